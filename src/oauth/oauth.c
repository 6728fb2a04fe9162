/* oauth.c - WeChat sends somebody back with a code; we ask WeChat whose it is, from a worker, and he is signed in, or it is bound
 * to who is signed in already. The state that went along must be the one in this browser's cookie: nobody is signed in as
 * somebody else by a link. It is signed and dated by us, too, so that a cookie made up elsewhere makes us ask nobody. The app secret
 * goes to WeChat alone, over TLS, and into no log. */
#include "oauth/oauth.h"

#include "account/account.h"
#include "base/log.h"
#include "site/site.h"

enum { STATE_BYTES = 16, STATE_LIFE_S = 600, TO_MAX = 500, SECRET_MAX = 200, ANSWER_MAX = 16 * 1024, SAYS_MAX = 200 };

const struct problem oauth_off = { 503, "oauth-off", "Signing in by WeChat is not set up here." };
static const struct problem oauth_denied = { 403, "oauth-denied", "WeChat did not say who you are; you are not signed in." };
static const struct problem oauth_stale = { 403, "oauth-stale", "This sign-in was begun elsewhere or too long ago. Begin again." };
static const struct problem oauth_down = { 502, "oauth-down", "WeChat does not answer; try again in a moment." };
static const struct problem oauth_refused = { 502, "oauth-refused", "WeChat refused the sign-in." };

/* ---- settings ---- */

struct wechat_sign_in {
	bool on;
	struct text appid;
};
static const struct shape wechat_sign_in_shape = SHAPE(wechat_sign_in,
	FIELD(wechat_sign_in, on,    SHAPE_BOOL),
	FIELD(wechat_sign_in, appid, SHAPE_TEXT, .max = 32));
static const struct setting_group wechat_group = { "oauth.official", &wechat_sign_in_shape, NULL };
#define WECHAT_SECRET "oauth.official.secret"

struct official {
	struct text app, secret, ask, api; /* app absent: off */
	bool loopback;
};

static problem read_secret_file(struct tx *tx, const struct serve *serve, struct text *ret)
{
	problem why = secret_file_read(arena_cstr(tx_arena(tx), serve_setting(serve, "wechat.app_secret_file")), SECRET_MAX, tx_arena(tx), ret);

	if (!why)
		*ret = text_trim(*ret);
	return why;
}

/* What the owner set, else what the configuration names (a sandbox's). */
static problem read_official(struct tx *tx, const struct serve *serve, struct official *ret)
{
	struct text base = serve_setting(serve, "wechat.oauth_base");
	struct wechat_sign_in setting;
	problem why = setting_read(tx, &wechat_group, &setting, NULL);

	*ret = (struct official){ .loopback = serve_sandbox(serve), .ask = base.length ? base : TEXT("https://open.weixin.qq.com"),
		                  .api = base.length ? base : TEXT("https://api.weixin.qq.com") };
	if (why)
		return why;
	if (setting.on) {
		ret->app = setting.appid;
		return secret_get(tx, account_keyring(serve), WECHAT_SECRET, &ret->secret);
	}
	if (!serve_setting(serve, "wechat.app_secret_file").length)
		return NULL;
	ret->app = serve_setting(serve, "wechat.appid");
	return read_secret_file(tx, serve, &ret->secret);
}

problem oauth_openid(struct tx *tx, const struct serve *serve, struct user_id user, struct text *ret)
{
	struct official official;
	struct vouched who = { .provider = "wechat" };
	problem why = read_official(tx, serve, &official);

	if (!why && !official.app.length)
		why = &oauth_off;
	who.app = official.app;
	return why ? why : account_vouched_name(tx, account_keyring(serve), user, &who, ret);
}

problem oauth_app(struct tx *tx, const struct serve *serve, struct text *ret)
{
	struct official official;
	problem why = read_official(tx, serve, &official);

	*ret = why ? (struct text){ 0 } : official.app;
	return why;
}

/* ---- the state: a keyed hash, a token, and when it was made; letters and digits, 128 at most, as WeChat has it ---- */

enum { STATE_SEAL = 2 * SHA256_BYTES, STATE_TOKEN = 2 * STATE_BYTES, STATE_MAX = 128 };

static struct text seal_of(const struct request *rq, struct text made) { return blind_index(account_keyring(rq->serve), rq->arena, "oauth", "state", made); }

static struct text state_make(const struct request *rq)
{
	struct world *world = serve_world(rq->serve);
	unsigned char random[STATE_BYTES];
	struct text made;

	world_random(world, random, sizeof random);
	made = arena_format(rq->arena, "%.*s%lld", TEXT_ARG(hex_encode(rq->arena, (struct text){ (const char *)random, sizeof random })),
	                    (long long)(world_now_ms(world) / 1000));
	return arena_format(rq->arena, "%.*s%.*s", TEXT_ARG(seal_of(rq, made)), TEXT_ARG(made));
}

static bool state_holds(const struct request *rq, struct text state)
{
	struct text made;
	int64_t made_s, now_s = world_now_ms(serve_world(rq->serve)) / 1000;

	if (state.length <= STATE_SEAL + STATE_TOKEN)
		return false;
	made = text_from(state, STATE_SEAL);
	return secret_eq(text_head(state, STATE_SEAL), seal_of(rq, made)) && text_to_int(text_from(made, STATE_TOKEN), &made_s) && made_s <= now_s &&
	       now_s - made_s < STATE_LIFE_S;
}

/* ---- there ---- */

struct to_query {
	struct text to;
};
static const struct shape to_query_shape = SHAPE(to_query, FIELD(to_query, to, SHAPE_TEXT, .optional = true, .max = TO_MAX, .says = "own path to go on to"));

static bool is_own_path(struct text to)
{
	if (!to.length || to.at[0] != '/' || (to.length > 1 && (to.at[1] == '/' || to.at[1] == '\\')))
		return false;
	for (size_t i = 0; i < to.length; i++) {
		if ((unsigned char)to.at[i] <= ' ' || to.at[i] == 0x7f || to.at[i] == '\\')
			return false;
	}
	return true;
}

static problem go_there(struct request *rq)
{
	CLEANUP(buffer_free) struct buffer back = BUFFER(4096);
	struct text to = ((const struct to_query *)rq->asked)->to, state;
	struct official official;
	problem why = read_official(rq->tx, rq->serve, &official);

	if (!why && !official.app.length)
		why = &oauth_off;
	if (why)
		return why;
	state = state_make(rq);
	reply_cookie(rq, "oauth", arena_format(rq->arena, "%.*s.%.*s", TEXT_ARG(state), TEXT_ARG(base64url_encode(rq->arena, is_own_path(to) ? to : TEXT("/me")))),
	             STATE_LIFE_S);
	http_encode(&back, arena_format(rq->arena, "%.*s/oauth/wechat/back", TEXT_ARG(request_origin(rq))));
	return reply_redirect_out(rq, 303,
	                          arena_format(rq->arena, "%.*s/connect/oauth2/authorize?appid=%.*s&redirect_uri=%.*s&response_type=code&scope=snsapi_base&state=%.*s#wechat_redirect",
	                                       TEXT_ARG(official.ask), TEXT_ARG(official.app), TEXT_ARG(buffer_text(&back)), TEXT_ARG(state)));
}

/* ---- and back ---- */

struct back_query {
	struct text code, state;
};
static const struct shape back_query_shape = SHAPE(back_query,
	FIELD(back_query, code,  SHAPE_TEXT, .optional = true, .max = 512),
	FIELD(back_query, state, SHAPE_TEXT, .optional = true, .max = STATE_MAX));

struct coming {
	struct request *rq;
	struct official official;
	struct vouching by;
	struct user_id user;
};

static problem load_official(struct tx *tx, void *arg)
{
	struct coming *c = arg;

	tx_use_arena(tx, c->rq->arena);
	return read_official(tx, c->rq->serve, &c->official);
}

/* The way to go on, when this browser began it. */
static problem check_state(struct request *rq, struct text *ret_to)
{
	const struct back_query *asked = rq->asked;
	struct text kept = request_cookie(rq, "oauth"), state = text_cut(&kept, '.');

	if (!asked->state.length || !state.length || !secret_eq(state, asked->state) || !state_holds(rq, state) || !base64url_decode(rq->arena, kept, ret_to) || !is_own_path(*ret_to))
		return &oauth_stale;
	return asked->code.length ? NULL : &oauth_denied;
}

static problem read_answer(struct coming *c, struct text body)
{
	json_t *tree;
	struct text message;

	if (json_read(c->rq->arena, body, &tree))
		return &oauth_refused;
	c->by.who.subject = json_get_text(tree, "openid");
	c->by.who.unionid = json_get_text(tree, "unionid");
	if (c->by.who.subject.length && c->by.who.subject.length <= 128)
		return NULL;
	message = json_get_text(tree, "errmsg");
	c->rq->detail = text_head(message, message.length > SAYS_MAX ? SAYS_MAX : message.length);
	log_line(LOG_WARN, "oauth-refused", "says", c->rq->detail, "request", c->rq->id, NULL);
	return json_get_int(tree, "errcode", 0) == 40029 ? &oauth_stale : &oauth_refused;
}

static problem ask_who(struct coming *c)
{
	CLEANUP(buffer_free) struct buffer code = BUFFER(4096);
	struct http_call call = { .method = GET, .answer_max = ANSWER_MAX, .plain_http_on_loopback = c->official.loopback };
	struct http_answer answer;
	problem why;

	http_encode(&code, ((const struct back_query *)c->rq->asked)->code);
	call.url = arena_format(c->rq->arena, "%.*s/sns/oauth2/access_token?appid=%.*s&secret=%.*s&code=%.*s&grant_type=authorization_code",
	                        TEXT_ARG(c->official.api), TEXT_ARG(c->official.app), TEXT_ARG(c->official.secret), TEXT_ARG(buffer_text(&code)));
	why = http_call(c->rq->arena, &call, &answer);
	if (why)
		return &oauth_down;
	return answer.status == 200 ? read_answer(c, answer.body) : &oauth_refused;
}

static problem find_user(struct tx *tx, void *arg)
{
	struct coming *c = arg;

	tx_use_arena(tx, c->rq->arena);
	c->by.fresh = !account_may_change_logins(c->rq, tx);
	return account_vouched(tx, account_keyring(c->rq->serve), &c->by, &c->user);
}

static problem come_back(struct request *rq)
{
	struct coming c = { .rq = rq, .by = { .who.provider = "wechat", .here = rq->who.id, .language = rq->language, .agrees = account_agreements(rq->serve) } };
	struct text to, half = { 0 };
	problem why = check_state(rq, &to);

	reply_cookie(rq, "oauth", TEXT(""), 0);
	if (!why)
		why = request_read(rq, load_official, &c);
	if (!why && !c.official.app.length)
		why = &oauth_off;
	c.by.who.app = c.official.app;
	if (!why)
		why = ask_who(&c);
	if (!why)
		why = request_write(rq, find_user, &c);
	if (!why && rq->who.id.v != c.user.v)
		why = account_enter(rq, c.user, &half);
	if (why)
		return why;
	return reply_redirect(rq, 303, half.at ? arena_format(rq->arena, "/login#second-factor=%.*s", TEXT_ARG(half)) : to);
}

/* ---- what one sees of it ---- */

struct bound {
	bool on, bound;
};
static const struct shape bound_shape = SHAPE_AS("wechat_bound", bound,
	FIELD(bound, on,    SHAPE_BOOL, .says = "one may sign in by WeChat here"),
	FIELD(bound, bound, SHAPE_BOOL, .says = "whoever asks has bound his"));

static problem serve_bound(struct request *rq)
{
	struct official official;
	struct bound bound;
	struct text openid;
	problem why = read_official(rq->tx, rq->serve, &official), found;

	if (why)
		return why;
	bound = (struct bound){ .on = official.app.length > 0 };
	found = bound.on && rq->who.id.v ? oauth_openid(rq->tx, rq->serve, rq->who.id, &openid) : &vouched_missing;
	bound.bound = !found;
	return found && found != &vouched_missing ? found : reply(rq, 200, &bound_shape, &bound);
}

static problem unbind(struct request *rq)
{
	struct official official;
	problem why = account_may_change_logins(rq, rq->tx);

	if (!why)
		why = read_official(rq->tx, rq->serve, &official);
	if (!why)
		why = account_vouched_drop(rq->tx, rq->who.id, &(struct vouched){ .provider = "wechat", .app = official.app });
	return why ? why : reply_none(rq, 204);
}

/* ---- the owner's settings ---- */

struct wechat_sign_in_shown {
	int64_t version;
	struct wechat_sign_in value;
	struct secret secret;
	struct text back_url;
};
static const struct shape shown_shape = SHAPE(wechat_sign_in_shown,
	FIELD(wechat_sign_in_shown, version,  SHAPE_INT),
	FIELD(wechat_sign_in_shown, value,    SHAPE_OBJECT, .of = &wechat_sign_in_shape),
	FIELD(wechat_sign_in_shown, secret,   SHAPE_OBJECT, .of = &secret_shape),
	FIELD(wechat_sign_in_shown, back_url, SHAPE_TEXT, .says = "its host is the domain to enter at WeChat"));

struct wechat_sign_in_draft {
	int64_t version;
	struct wechat_sign_in value;
	struct text secret; /* absent: the one that is there */
};
static const struct shape draft_shape = SHAPE(wechat_sign_in_draft,
	FIELD(wechat_sign_in_draft, version, SHAPE_INT),
	FIELD(wechat_sign_in_draft, value,   SHAPE_OBJECT, .of = &wechat_sign_in_shape),
	FIELD(wechat_sign_in_draft, secret,  SHAPE_TEXT, .optional = true, .max = SECRET_MAX));

struct taking {
	struct request *rq;
	struct wechat_sign_in_shown shown;
};

static problem load_shown(struct tx *tx, void *arg)
{
	struct taking *t = arg;
	problem why;

	tx_use_arena(tx, t->rq->arena);
	why = setting_read(tx, &wechat_group, &t->shown.value, &t->shown.version);
	t->shown.back_url = arena_format(t->rq->arena, "%.*s/oauth/wechat/back", TEXT_ARG(request_origin(t->rq)));
	return why ? why : secret_about(tx, WECHAT_SECRET, &t->shown.secret);
}

static problem show(struct request *rq)
{
	struct taking t = { .rq = rq };
	problem why = load_shown(rq->tx, &t);

	return why ? why : reply(rq, 200, &shown_shape, &t.shown);
}

static problem keep(struct tx *tx, void *arg)
{
	struct request *rq = ((struct taking *)arg)->rq;
	const struct wechat_sign_in_draft *d = rq->body;
	problem why = setting_write(tx, &wechat_group, &d->value, d->version, rq->who.id);

	if (why || !d->secret.length)
		return why;
	return secret_set(tx, account_keyring(rq->serve), &(struct secret){ .name = TEXT(WECHAT_SECRET), .hint = d->value.appid }, d->secret, rq->who.id);
}

static problem take(struct request *rq)
{
	const struct wechat_sign_in_draft *d = rq->body;
	struct taking t = { .rq = rq };
	problem why = rq->who.fresh ? request_read(rq, load_shown, &t) : &session_not_fresh;

	if (why)
		return why;
	if (d->value.on && !text_starts(d->value.appid, TEXT("wx")))
		return field_wrong(rq, TEXT("value.appid"), d->value.appid.length ? "pattern" : "missing");
	if (d->value.on && !d->secret.length && !t.shown.secret.changed_ms)
		return field_wrong(rq, TEXT("secret"), "missing");
	why = request_write(rq, keep, &t);
	if (why)
		return why;
	setting_refresh(rq->serve);
	why = request_read(rq, load_shown, &t);
	return why ? why : reply(rq, 200, &shown_shape, &t.shown);
}

static problem checks(struct tx *tx, const struct serve *serve, struct checks *list)
{
	struct official official;
	problem why = read_official(tx, serve, &official);

	check_add(list, &(struct check){ .key = TEXT("wechat-sign-in"), .state = why ? CHECK_WRONG : official.app.length ? CHECK_GOOD : CHECK_LATER,
	                                 .detail = why ? text_of(why->title) : (struct text){ 0 } });
	return NULL;
}

/* ---- the module ---- */

static const struct route routes[] = {
	{ GET, "/oauth/wechat", go_there, READS, .who = ANYBODY, .asks = &to_query_shape, .says = "Sign in by WeChat", .page = true },
	{ GET, "/oauth/wechat/back", come_back, WORKS, .who = ANYBODY, .asks = &back_query_shape, .limit = LIMIT_CODE, .says = "WeChat sends somebody back",
	  .page = true },
	{ GET, "/api/oauth/wechat", serve_bound, READS, .who = ANYBODY, .gives = &bound_shape, .says = "Can one sign in by WeChat, and is mine bound?" },
	{ DELETE, "/api/me/wechat", unbind, WRITES, .who = LEARNER, .says = "Bind my WeChat account no more" },
	{ GET, "/api/settings/wechat", show, READS, .who = ADMIN, .gives = &shown_shape, .says = "The official account" },
	{ PUT, "/api/settings/wechat", take, WORKS, .who = ADMIN, .takes = &draft_shape, .gives = &shown_shape, .says = "Set it" },
	{ 0 },
};

static problem start(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	site_know_check(serve, checks);
	return NULL;
}

const struct module oauth_module = { .name = "oauth", .routes = routes, .start = start };
