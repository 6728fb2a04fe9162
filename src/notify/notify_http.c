/* notify_http.c - the owner's settings of mail and SMS, and the buttons that try them for real. Passwords and secrets go in and are
 * used; no answer holds one. Codes that open accounts go this way, so setting it asks for a sign-in of the last minutes. */
#include "notify/notify_room.h"

static const struct problem tests_too_many = { 429, "tests-too-many", "Five tests a minute are enough." };

/* ---- what is shown ---- */

struct mail_shown {
	int64_t version;
	struct mail_setting value;
	struct secret password;
	struct text configured;
	bool open;
};
static const struct shape mail_shown_shape = SHAPE(mail_shown,
	FIELD(mail_shown, version,    SHAPE_INT),
	FIELD(mail_shown, value,      SHAPE_OBJECT, .of = &mail_setting_shape),
	FIELD(mail_shown, password,   SHAPE_OBJECT, .of = &secret_shape),
	FIELD(mail_shown, configured, SHAPE_TEXT, .says = "host of the configuration file; it is used while value.host is empty"),
	FIELD(mail_shown, open,       SHAPE_BOOL, .says = "letters can be sent by mail"));

struct sms_shown {
	int64_t version;
	struct sms_setting value;
	struct secret secret;
	struct text configured;
	bool open;
};
static const struct shape sms_shown_shape = SHAPE(sms_shown,
	FIELD(sms_shown, version,    SHAPE_INT),
	FIELD(sms_shown, value,      SHAPE_OBJECT, .of = &sms_setting_shape),
	FIELD(sms_shown, secret,     SHAPE_OBJECT, .of = &secret_shape),
	FIELD(sms_shown, configured, SHAPE_TEXT, .says = "channel of the configuration file; it is used while value.channel is off"),
	FIELD(sms_shown, open,       SHAPE_BOOL, .says = "letters can be sent by SMS"));

static problem load_mail(const struct notify_home *home, struct tx *tx, struct mail_shown *ret)
{
	problem why = setting_read(tx, &mail_group, &ret->value, &ret->version);

	ret->configured = home->mail.host;
	ret->open = atomic_load(&home->open[BY_MAIL]);
	return why ? why : secret_about(tx, MAIL_PASSWORD, &ret->password);
}

static problem load_sms(const struct notify_home *home, struct tx *tx, struct sms_shown *ret)
{
	problem why = setting_read(tx, &sms_group, &ret->value, &ret->version);

	ret->configured = home->sms.channel;
	ret->open = atomic_load(&home->open[BY_PHONE]);
	return why ? why : secret_about(tx, SMS_SECRET, &ret->secret);
}

static problem show_mail(struct request *rq)
{
	struct mail_shown shown = { 0 };
	problem why = load_mail(notify_home(rq->serve), rq->tx, &shown);

	return why ? why : reply(rq, 200, &mail_shown_shape, &shown);
}

static problem show_sms(struct request *rq)
{
	struct sms_shown shown = { 0 };
	problem why = load_sms(notify_home(rq->serve), rq->tx, &shown);

	return why ? why : reply(rq, 200, &sms_shown_shape, &shown);
}

/* ---- what is taken ---- */

struct mail_draft {
	int64_t version;
	struct mail_setting value;
	struct text password;
};
static const struct shape mail_draft_shape = SHAPE(mail_draft,
	FIELD(mail_draft, version,  SHAPE_INT, .says = "as it was read"),
	FIELD(mail_draft, value,    SHAPE_OBJECT, .of = &mail_setting_shape),
	FIELD(mail_draft, password, SHAPE_TEXT, .optional = true, .max = 500, .says = "absent: what is there stays; empty: none"));

struct sms_draft {
	int64_t version;
	struct sms_setting value;
	struct text secret;
};
static const struct shape sms_draft_shape = SHAPE(sms_draft,
	FIELD(sms_draft, version, SHAPE_INT, .says = "as it was read"),
	FIELD(sms_draft, value,   SHAPE_OBJECT, .of = &sms_setting_shape),
	FIELD(sms_draft, secret,  SHAPE_TEXT, .optional = true, .max = 500, .says = "absent: what is there stays; empty: none"));

struct taking {
	struct request *rq;
	union {
		struct mail_shown mail;
		struct sms_shown sms;
	};
};

/* Its length would tell something, its ending more: a password gets no hint, only when it was set. */
static problem keep_secret(struct tx *tx, const struct request *rq, const char *name, struct text bytes)
{
	const struct secret secret = { .name = text_of(name), .hint = TEXT("") };

	if (!bytes.at)
		return tx_problem(tx);
	return secret_set(tx, account_keyring(rq->serve), &secret, bytes.length ? bytes : (struct text){ 0 }, rq->who.id);
}

/* A password belongs to the server it was typed for: another host gets it only when it is typed again. */
static problem keep_mail(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	const struct mail_draft *draft = t->rq->body;
	struct mail_setting old;
	struct text password = draft->password;
	problem why = setting_read(tx, &mail_group, &old, NULL);

	if (!why && !password.at && !text_eq(old.host, draft->value.host))
		password = TEXT("");
	if (!why)
		why = setting_write(tx, &mail_group, &draft->value, draft->version, t->rq->who.id);
	return why ? why : keep_secret(tx, t->rq, MAIL_PASSWORD, password);
}

static problem keep_sms(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	const struct sms_draft *draft = t->rq->body;
	struct sms_setting old;
	struct text secret = draft->secret;
	problem why = setting_read(tx, &sms_group, &old, NULL);

	if (!why && !secret.at && (old.channel != draft->value.channel || !text_eq(old.url, draft->value.url)))
		secret = TEXT("");
	if (!why)
		why = setting_write(tx, &sms_group, &draft->value, draft->version, t->rq->who.id);
	return why ? why : keep_secret(tx, t->rq, SMS_SECRET, secret);
}

static problem mail_again(struct tx *tx, void *arg)
{
	struct taking *t = arg;

	tx_use_arena(tx, t->rq->arena);
	return load_mail(notify_home(t->rq->serve), tx, &t->mail);
}

static problem sms_again(struct tx *tx, void *arg)
{
	struct taking *t = arg;

	tx_use_arena(tx, t->rq->arena);
	return load_sms(notify_home(t->rq->serve), tx, &t->sms);
}

/* As it would be used, but for the password, which may be there already. */
static problem look_at_mail(struct request *rq, const struct mail_setting *value)
{
	if (!value->host.length)
		return NULL;
	if (!mail_host_ok(value->host))
		return field_wrong(rq, TEXT("value.host"), "pattern");
	if (value->security == MAIL_PLAIN && !http_is_loopback(value->host))
		return field_wrong(rq, TEXT("value.security"), "not-encrypted");
	if (!mail_name_ok(value->from_name))
		return field_wrong(rq, TEXT("value.from_name"), "pattern");
	return mail_address_ok(value->from_address) ? NULL : field_wrong(rq, TEXT("value.from_address"), value->from_address.length ? "pattern" : "missing");
}

static problem take_mail(struct request *rq)
{
	struct taking t = { .rq = rq };
	problem why = rq->who.fresh ? NULL : &session_not_fresh;

	if (!why)
		why = look_at_mail(rq, &((const struct mail_draft *)rq->body)->value);
	if (!why)
		why = request_write(rq, keep_mail, &t);
	if (why)
		return why;
	setting_refresh(rq->serve);
	why = request_read(rq, mail_again, &t);
	return why ? why : reply(rq, 200, &mail_shown_shape, &t.mail);
}

/* The channel looks itself, with a stand-in for the secret; what it misses is named. */
static problem look_at_sms(struct request *rq, const struct sms_setting *value)
{
	struct sending s = { .arena = rq->arena, .world = serve_world(rq->serve) };
	const struct sms_channel *channel = sms_channel_named(text_of(sms_choice_names[value->channel]));
	const struct sms_settings settings = { .url = value->url, .key_id = value->key_id, .secret = TEXT("there"), .sign_name = value->sign_name,
		                               .template = value->template, .template_params = value->template_params, .app_id = value->app_id };
	struct text name;

	if (!channel || !channel->check(&s, &settings))
		return NULL;
	name = text_cut(&s.detail, ':');
	return field_wrong(rq, arena_format(rq->arena, "value.%.*s", TEXT_ARG(name)), text_is(text_trim(s.detail), "missing") ? "missing" : "pattern");
}

static problem take_sms(struct request *rq)
{
	struct taking t = { .rq = rq };
	problem why = rq->who.fresh ? NULL : &session_not_fresh;

	if (!why)
		why = look_at_sms(rq, &((const struct sms_draft *)rq->body)->value);
	if (!why)
		why = request_write(rq, keep_sms, &t);
	if (why)
		return why;
	setting_refresh(rq->serve);
	why = request_read(rq, sms_again, &t);
	return why ? why : reply(rq, 200, &sms_shown_shape, &t.sms);
}

/* ---- trying them ---- */

struct test_draft {
	struct text to;
};
static const struct shape mail_test_shape = SHAPE_AS("mail_test", test_draft, FIELD(test_draft, to, SHAPE_TEXT, .max = 254, .pattern = "mail"));
static const struct shape sms_test_shape = SHAPE_AS("sms_test", test_draft, FIELD(test_draft, to, SHAPE_TEXT, .max = 20, .pattern = "phone"));

/* The oldest of the last ones must be long ago. */
static bool may_test(struct notify_home *home, enum notify_kind kind)
{
	int64_t now_ms = world_now_ms(serve_world(home->serve)), *oldest = &home->tests_ms[kind][0];
	bool may;

	pthread_mutex_lock(&home->lock);
	for (int i = 1; i < TESTS_MAX; i++) {
		if (home->tests_ms[kind][i] < *oldest)
			oldest = &home->tests_ms[kind][i];
	}
	may = !*oldest || now_ms - *oldest >= TESTS_MS || now_ms < *oldest;
	if (may)
		*oldest = now_ms;
	pthread_mutex_unlock(&home->lock);
	return may;
}

static problem test(struct request *rq, enum notify_kind kind, struct text to)
{
	struct notify_home *home = notify_home(rq->serve);
	const struct sms_param params[] = { { "code", TEXT("123456") }, { "minutes", TEXT("10") } };
	const struct letter letter = {
		.to = to, .kind = kind == BY_MAIL ? TEXT("mail") : TEXT("phone"), .language = rq->language,
		.id = token_make(rq->arena, serve_world(rq->serve), 16), .subject = "notify.test.subject", .lines = { "notify.test.text" },
		.sms = "notify.code.sms", .is_code = true, .params = params, .param_count = 2,
	};
	struct letter_end end = { 0 };
	problem why;

	if (!atomic_load(&home->open[kind]))
		return kind == BY_MAIL ? &mail_off : &sms_off;
	why = may_test(home, kind) ? letter_send(home, rq->arena, &letter, &end) : &tests_too_many;
	rq->detail = end.detail;
	return why ? why : reply_none(rq, 204);
}

static problem test_mail(struct request *rq) { return test(rq, BY_MAIL, ((const struct test_draft *)rq->body)->to); }

static problem test_sms(struct request *rq)
{
	struct text to = ((const struct test_draft *)rq->body)->to;

	return test(rq, BY_PHONE, text_starts(to, TEXT("+86")) ? text_from(to, 3) : to);
}

const struct route notify_routes[] = {
	{ GET, "/api/settings/mail", show_mail, READS, .who = ADMIN, .gives = &mail_shown_shape, .says = "The mail server; of the password only when it was set" },
	{ PUT, "/api/settings/mail", take_mail, WORKS, .who = ADMIN, .takes = &mail_draft_shape, .gives = &mail_shown_shape,
	  .says = "Set it; a password stays while the host does" },
	{ POST, "/api/settings/mail/test", test_mail, WORKS, .who = ADMIN, .takes = &mail_test_shape,
	  .says = "Send a mail by it, and hear what went wrong" },
	{ GET, "/api/settings/sms", show_sms, READS, .who = ADMIN, .gives = &sms_shown_shape, .says = "The SMS channel; of the secret only when it was set" },
	{ PUT, "/api/settings/sms", take_sms, WORKS, .who = ADMIN, .takes = &sms_draft_shape, .gives = &sms_shown_shape,
	  .says = "Set it; a secret stays while channel and url do" },
	{ POST, "/api/settings/sms/test", test_sms, WORKS, .who = ADMIN, .takes = &sms_test_shape,
	  .says = "Send an SMS by it (with the code 123456), and hear what went wrong" },
	{ 0 }
};
