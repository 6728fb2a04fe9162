/* payment_settings.c - the merchant's keys by upload, looked at before they are taken: is it a key, does the certificate belong to
 * it, has it ended, is it of this site's mode? A field that is wrong is named. Then the channel is asked whether it knows them.
 * Keys go in and are used; no answer holds one. */
#include "payment/wechat_config.h"

#include "account/account.h"
#include "base/log.h"
#include "site/site.h"

enum { PEM_MAX = 16 * 1024, SAYS_MAX = 200, MONTH_MS_DAYS = 30 };
static const int64_t month_ms = (int64_t)MONTH_MS_DAYS * 24 * 3600 * 1000;

static const struct problem merchant_fixed = { 409, "payment-merchant-fixed",
	"There are payments of the merchant that is set now; only it can give them back. Keys may change, the merchant number may not." };

/* ---- what is shown ---- */

struct wechat_shown {
	int64_t version;
	struct wechat_setting value;
	struct secret key, certificate, apiv3_key, platform_key;
	struct text notify_url, configured; /* configured: merchant of the configuration file, used while value.on is false */
	bool open;                          /* the channel takes payments now */
};
static const struct shape wechat_shown_shape = SHAPE(wechat_shown,
	FIELD(wechat_shown, version,      SHAPE_INT),
	FIELD(wechat_shown, value,        SHAPE_OBJECT, .of = &wechat_setting_shape),
	FIELD(wechat_shown, key,          SHAPE_OBJECT, .of = &secret_shape),
	FIELD(wechat_shown, certificate,  SHAPE_OBJECT, .of = &secret_shape),
	FIELD(wechat_shown, apiv3_key,    SHAPE_OBJECT, .of = &secret_shape),
	FIELD(wechat_shown, platform_key, SHAPE_OBJECT, .of = &secret_shape),
	FIELD(wechat_shown, notify_url,   SHAPE_TEXT),
	FIELD(wechat_shown, configured,   SHAPE_TEXT, .says = "merchant of the configuration file; it is used while value.on is false"),
	FIELD(wechat_shown, open,         SHAPE_BOOL, .says = "payments are taken now"));

static problem load_shown(struct request *rq, struct tx *tx, struct wechat_shown *ret)
{
	const struct {
		const char *name;
		struct secret *to;
	} secrets[] = { { WECHAT_KEY, &ret->key }, { WECHAT_CERTIFICATE, &ret->certificate }, { WECHAT_APIV3, &ret->apiv3_key }, { WECHAT_PLATFORM, &ret->platform_key } };
	const struct channel *channel;
	void *self;
	problem why = setting_read(tx, &wechat_group, &ret->value, &ret->version);

	for (size_t i = 0; !why && i < sizeof secrets / sizeof *secrets; i++)
		why = secret_about(tx, secrets[i].name, secrets[i].to);
	ret->notify_url = payment__notify_url(payments_of(rq->serve), rq->arena, TEXT("wechat"));
	ret->configured = serve_setting(rq->serve, "wechat.mchid");
	ret->open = !payment__channel(payments_of(rq->serve), TEXT("wechat"), &channel, &self);
	return why;
}

static problem show(struct request *rq)
{
	struct wechat_shown shown = { 0 };
	problem why = load_shown(rq, rq->tx, &shown);

	return why ? why : reply(rq, 200, &wechat_shown_shape, &shown);
}

/* ---- what is taken ---- */

struct wechat_draft {
	int64_t version;
	struct wechat_setting value;
	struct text key, certificate, apiv3_key, platform_key; /* absent: what is there stays */
};
static const struct shape wechat_draft_shape = SHAPE(wechat_draft,
	FIELD(wechat_draft, version,      SHAPE_INT),
	FIELD(wechat_draft, value,        SHAPE_OBJECT, .of = &wechat_setting_shape),
	FIELD(wechat_draft, key,          SHAPE_TEXT, .optional = true, .max = PEM_MAX, .says = "apiclient_key.pem"),
	FIELD(wechat_draft, certificate,  SHAPE_TEXT, .optional = true, .max = PEM_MAX, .says = "apiclient_cert.pem"),
	FIELD(wechat_draft, apiv3_key,    SHAPE_TEXT, .optional = true, .max = 64),
	FIELD(wechat_draft, platform_key, SHAPE_TEXT, .optional = true, .max = PEM_MAX, .says = "pub_key.pem, or a platform certificate"));

struct taking {
	struct request *rq;
	struct wechat_draft *draft;
	struct text key, apiv3_key, platform_key; /* that will hold */
	struct secret certificate_about, platform_about;
	struct wechat_shown shown;
};

static problem kept_secret(struct taking *t, struct tx *tx, const char *name, struct text *ret)
{
	problem why = ret->at ? NULL : secret_get(tx, account_keyring(t->rq->serve), name, ret);

	return why == &secret_missing ? NULL : why;
}

static problem load_kept(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	problem why;

	tx_use_arena(tx, t->rq->arena);
	t->key = t->draft->key;
	t->apiv3_key = t->draft->apiv3_key;
	t->platform_key = t->draft->platform_key;
	why = kept_secret(t, tx, WECHAT_KEY, &t->key);
	if (!why)
		why = kept_secret(t, tx, WECHAT_APIV3, &t->apiv3_key);
	if (!why)
		why = kept_secret(t, tx, WECHAT_PLATFORM, &t->platform_key);
	return why;
}

static bool only_digits(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
	}
	return t.length > 0;
}

/* The certificate must be of this key, and tells its serial and its end. */
static problem look_at_certificate(struct taking *t)
{
	struct rsa_key *private_key = NULL, *public_key = NULL;
	struct text signature;
	int64_t from_ms, now_ms = world_now_ms(serve_world(t->rq->serve));
	const char *wrong = NULL;

	if (rsa_private_read(t->key, &private_key))
		return field_wrong(t->rq, TEXT("key"), "not-a-key");
	if (rsa_public_read(t->draft->certificate, &public_key) || !rsa_serial(public_key).at)
		wrong = "not-a-certificate";
	else if (rsa_sign(private_key, t->rq->arena, TEXT("try"), &signature) || rsa_verify(public_key, TEXT("try"), signature))
		wrong = "other-key";
	else if (!rsa_validity(public_key, &from_ms, &t->certificate_about.expires_ms) || now_ms >= t->certificate_about.expires_ms)
		wrong = "expired";
	if (!wrong)
		t->draft->value.serial = arena_text(t->rq->arena, rsa_serial(public_key));
	rsa_close(private_key);
	rsa_close(public_key);
	return wrong ? field_wrong(t->rq, TEXT("certificate"), wrong) : NULL;
}

static problem look_at_platform_key(struct taking *t)
{
	struct rsa_key *key = NULL;
	int64_t from_ms, until_ms = 0, now_ms = world_now_ms(serve_world(t->rq->serve));

	if (rsa_public_read(t->platform_key, &key))
		return field_wrong(t->rq, TEXT("platform_key"), "not-a-key");
	if (rsa_validity(key, &from_ms, &until_ms))
		t->draft->value.platform_serial = arena_text(t->rq->arena, rsa_serial(key));
	t->platform_about.expires_ms = until_ms;
	rsa_close(key);
	if (until_ms && now_ms >= until_ms)
		return field_wrong(t->rq, TEXT("platform_key"), "expired");
	return t->draft->value.platform_serial.length ? NULL : field_wrong(t->rq, TEXT("value.platform_serial"), "missing");
}

static problem look_at_values(struct taking *t)
{
	const struct wechat_setting *value = &t->draft->value;

	if (!only_digits(value->mchid))
		return field_wrong(t->rq, TEXT("value.mchid"), value->mchid.length ? "pattern" : "missing");
	if (!text_starts(value->appid, TEXT("wx")))
		return field_wrong(t->rq, TEXT("value.appid"), value->appid.length ? "pattern" : "missing");
	if (!t->key.length)
		return field_wrong(t->rq, TEXT("key"), "missing");
	if (!t->apiv3_key.length)
		return field_wrong(t->rq, TEXT("apiv3_key"), "missing");
	return text_trim(t->apiv3_key).length == GCM_KEY_BYTES ? NULL : field_wrong(t->rq, TEXT("apiv3_key"), "not-32-characters");
}

/* All of it together, as it would be used. */
static problem look_as_a_whole(struct taking *t)
{
	const struct wechat_setting *value = &t->draft->value;
	struct wechat_config config = { .merchant = value->mchid, .app = value->appid, .serial = value->serial, .platform_serial = value->platform_serial,
		.key = t->key, .apiv3_key = t->apiv3_key, .platform_key = t->platform_key };
	struct wechat *w = NULL;
	problem why = wechat__fits_mode(t->rq->serve, value->mchid, t->key);

	if (!why && !value->serial.length)
		return field_wrong(t->rq, TEXT("certificate"), "missing");
	if (!why)
		why = wechat__place(t->rq->serve, t->rq->arena, &config);
	if (!why)
		why = wechat__open(t->rq->serve, &config, &w);
	if (w)
		wechat__close(w);
	if (why == &key_unusable)
		return field_wrong(t->rq, TEXT("key"), "not-a-key");
	if (why && why->status == 500) { /* what the configuration is told of in the same case */
		t->rq->detail = text_of(why->title);
		return field_wrong(t->rq, TEXT("platform_key"), why->type);
	}
	return why;
}

static problem look(struct taking *t)
{
	problem why = look_at_values(t);

	if (!why && t->draft->certificate.at)
		why = look_at_certificate(t);
	if (!why && t->platform_key.length)
		why = look_at_platform_key(t);
	return why ? why : look_as_a_whole(t);
}

/* Tells one key from another, and nothing of the key. */
static struct text fingerprint(struct arena *arena, struct text key) { return text_head(sha256_hex(arena, key.at ? key : TEXT("")), 8); }

/* Whose payments these are. Settings that are off and no configuration: the merchant that was used last. */
static struct text merchant_of(const struct serve *serve, const struct wechat_setting *setting)
{
	struct text configured = serve_setting(serve, "wechat.mchid");

	return setting->on || !configured.length ? setting->mchid : configured;
}

static problem keep_merchant(struct taking *t, struct tx *tx)
{
	const struct serve *serve = t->rq->serve;
	struct wechat_setting old;
	struct text before;
	problem why = setting_read(tx, &wechat_group, &old, NULL);

	if (why)
		return why;
	before = merchant_of(serve, &old);
	if (!before.length || text_eq(before, merchant_of(serve, &t->draft->value)))
		return NULL;
	return payment__has_merchant(tx, TEXT("wechat")) ? &merchant_fixed : tx_problem(tx);
}

static problem keep_secret(struct taking *t, struct tx *tx, const struct secret *secret, struct text bytes)
{
	return bytes.at ? secret_set(tx, account_keyring(t->rq->serve), secret, bytes, t->rq->who.id) : NULL;
}

static problem keep(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	const struct wechat_draft *d = t->draft;
	struct text serial = d->value.serial, apiv3_key = d->apiv3_key.at ? text_trim(d->apiv3_key) : d->apiv3_key;
	problem why = keep_merchant(t, tx);

	if (!why)
		why = setting_write(tx, &wechat_group, &d->value, d->version, t->rq->who.id);
	if (!why)
		why = keep_secret(t, tx, &(struct secret){ .name = TEXT(WECHAT_KEY), .hint = fingerprint(tx_arena(tx), d->key) }, d->key);
	if (!why)
		why = keep_secret(t, tx, &(struct secret){ .name = TEXT(WECHAT_CERTIFICATE), .hint = serial, .expires_ms = t->certificate_about.expires_ms }, d->certificate);
	if (!why)
		why = keep_secret(t, tx, &(struct secret){ .name = TEXT(WECHAT_APIV3), .hint = fingerprint(tx_arena(tx), apiv3_key) }, apiv3_key);
	if (!why)
		why = keep_secret(t, tx, &(struct secret){ .name = TEXT(WECHAT_PLATFORM), .hint = d->value.platform_serial, .expires_ms = t->platform_about.expires_ms },
		                  d->platform_key);
	return why;
}

static problem load_again(struct tx *tx, void *arg)
{
	struct taking *t = arg;

	tx_use_arena(tx, t->rq->arena);
	return load_shown(t->rq, tx, &t->shown);
}

static problem take(struct request *rq)
{
	struct taking t = { .rq = rq, .draft = rq->body };
	problem why = rq->who.fresh ? request_read(rq, load_kept, &t) : &session_not_fresh;

	if (!why && t.draft->value.on)
		why = look(&t);
	if (!why)
		why = request_write(rq, keep, &t);
	if (why)
		return why;
	setting_refresh(rq->serve);
	why = request_read(rq, load_again, &t);
	return why ? why : reply(rq, 200, &wechat_shown_shape, &t.shown);
}

/* ---- asking the channel ---- */

struct asking {
	bool good;
	struct text code, says; /* the channel's own words; absent when all is well */
};
static const struct shape asking_shape = SHAPE_AS("channel_asked", asking,
	FIELD(asking, good, SHAPE_BOOL),
	FIELD(asking, code, SHAPE_TEXT, .optional = true, .says = "a word of ours or of the channel: SIGN_ERROR, unreachable, …"),
	FIELD(asking, says, SHAPE_TEXT, .optional = true));

static struct text channel_message(struct arena *arena, struct text body)
{
	json_t *tree;
	struct text message = json_read(arena, body, &tree) ? (struct text){ 0 } : json_get_text(tree, "message");

	return text_head(message, message.length > SAYS_MAX ? SAYS_MAX : message.length);
}

/* A number that nobody has: "not there" is the answer of a channel that took our signature. */
static problem ask_channel(struct wechat *w, struct arena *arena, struct asking *ret)
{
	struct text target = arena_format(arena, "/v3/pay/transactions/out-trade-no/ZFTRY%lld?mchid=%.*s", (long long)world_now_ms(w->world), TEXT_ARG(w->merchant));
	struct http_answer answer = { 0 };
	problem why = wechat__send(w, arena, GET, target, TEXT(""), &answer);

	if (why) {
		*ret = (struct asking){ .code = TEXT("unreachable"), .says = text_of(why->title) };
		return NULL;
	}
	why = wechat__refused(arena, &answer, &ret->code);
	if (wechat__says_not_there(ret->code)) {
		*ret = (struct asking){ .good = true };
		return NULL;
	}
	ret->says = channel_message(arena, answer.body);
	if (!ret->code.length)
		ret->code = text_of(why->type);
	return NULL;
}

static problem ask(struct request *rq)
{
	struct wechat_config config = { 0 };
	struct asking asking = { 0 };
	struct wechat *w = NULL;
	problem why = wechat__config(rq->serve, rq->arena, &config);

	if (!why && !config.merchant.length)
		why = &payment_channel_off;
	if (!why)
		why = wechat__open(rq->serve, &config, &w);
	if (why)
		return why;
	why = ask_channel(w, rq->arena, &asking);
	wechat__close(w);
	return why ? why : reply(rq, 200, &asking_shape, &asking);
}

/* ---- the check-list ---- */

static problem key_check(struct tx *tx, const char *name, struct check *check)
{
	struct secret secret;
	problem why = secret_about(tx, name, &secret);

	if (!why && secret.changed_ms && secret.expires_ms && tx_now_ms(tx) > secret.expires_ms - month_ms) {
		check->state = CHECK_WRONG;
		check->detail = secret.hint;
	}
	return why;
}

static problem checks(struct tx *tx, const struct serve *serve, struct checks *list)
{
	struct check keys = { .key = TEXT("payment-keys"), .state = CHECK_GOOD, .needed = true };
	struct check trial = { .key = TEXT("payment-trial"), .state = CHECK_MISSING };
	const struct channel *channel;
	void *self;
	problem why;

	if (payment__channel(payments_of(serve), TEXT("wechat"), &channel, &self))
		keys.state = CHECK_MISSING;
	else if (payment__last_trial_ms(tx))
		trial.state = CHECK_GOOD;
	why = key_check(tx, WECHAT_CERTIFICATE, &keys);
	if (!why)
		why = key_check(tx, WECHAT_PLATFORM, &keys);
	check_add(list, &keys);
	check_add(list, &trial);
	return why;
}

/* ---- the module ---- */

static const struct route routes[] = {
	{ GET, "/api/settings/payment/wechat", show, READS, .who = ADMIN, .gives = &wechat_shown_shape, .says = "The merchant at WeChat Pay; of keys only what tells them apart" },
	{ PUT, "/api/settings/payment/wechat", take, WORKS, .who = ADMIN, .takes = &wechat_draft_shape, .gives = &wechat_shown_shape,
	  .says = "Set it; each key is looked at first" },
	{ POST, "/api/settings/payment/wechat/ask", ask, WORKS, .who = ADMIN, .gives = &asking_shape, .says = "Ask the channel whether it knows our keys" },
	{ POST, "/api/settings/payment/trials", trial_begin, WORKS, .who = ADMIN, .gives = &trial_shape, .says = "Pay one fen and get it back" },
	{ GET, "/api/settings/payment/trials/{id}", trial_show, READS, .who = ADMIN, .gives = &trial_shape, .says = "How it goes" },
	{ GET, "/api/settings/payment/trials/{id}/qr.svg", trial_qr, READS, .who = ADMIN, .says = "Its QR code" },
	{ 0 },
};

static problem start(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	setting_watch(serve, "payment", payment__reopen, payments_of(serve));
	site_know_check(serve, checks);
	return NULL;
}

const struct module payment_setting_module = { .name = "payment_setting", .routes = routes, .start = start };
