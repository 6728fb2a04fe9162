/* people.c - WeChat's people: an official account's page sends somebody here, he says yes, and the site learns his openid by a
 * code that is good once. The wire is that of open.weixin.qq.com and api.weixin.qq.com; there are three people to be.
 * An openid differs from one official account to the next, a unionid does not. */
#include "sandbox.h"

enum { CODE_BYTES = 16, CODE_LIFE_MS = 5 * 60 * 1000, TOKEN_S = 7200 };

const struct migration people_migrations[] = {
	{ "sandbox_people", 1, "people",
	  "create table people_code (code {TEXT} primary key, appid {TEXT} not null, person {I64} not null, scope {TEXT} not null,"
	  " created_ms {I64} not null) {STRICT};\n" },
};
const size_t people_migrations_count = sizeof(people_migrations) / sizeof(people_migrations[0]);

static const char *const names[][2] = { { "小红", "Hong" }, { "阿明", "Ming" }, { "老周", "Zhou" } };
enum { PEOPLE = sizeof(names) / sizeof(names[0]) };

static struct text digest_of(struct call *call, const char *what, struct text appid, int64_t person)
{
	struct text seed = arena_format(call->arena, "%s|%.*s|%lld|%.*s", what, TEXT_ARG(appid), (long long)person, TEXT_ARG(call->sandbox->keys.apiv3));

	return text_head(sha256_hex(call->arena, seed), 24);
}

struct text people_openid(struct call *call, struct text appid, int64_t person)
{
	return arena_format(call->arena, "oSbx%.*s", TEXT_ARG(digest_of(call, "openid", appid, person)));
}

/* Whose openid is it at this official account? false: nobody's. */
bool people_has(struct call *call, struct text appid, struct text openid)
{
	for (int64_t i = 0; i < (int64_t)PEOPLE; i++)
		if (text_eq(openid, people_openid(call, appid, i)))
			return true;
	return false;
}

/* ---- saying yes ---- */

struct ask {
	struct text appid, back, scope, state;
};

/* Where the site wants him back; only http and https. */
static bool ask_read(struct call *call, struct ask *ret)
{
	*ret = (struct ask){ call_query(call, "appid"), call_query(call, "redirect_uri"), call_query(call, "scope"), call_query(call, "state") };
	return text_eq(ret->appid, call->sandbox->keys.appid) && (text_starts(ret->back, TEXT("http://")) || text_starts(ret->back, TEXT("https://"))) &&
	       (text_is(ret->scope, "snsapi_base") || text_is(ret->scope, "snsapi_userinfo"));
}

static problem refuse(struct call *call)
{
	page_begin(call, &call->answer);
	call->status = 400;
	buffer_add(&call->answer, TEXT("<h1>redirect_uri 参数错误</h1><p>appid, redirect_uri, scope</p>"));
	page_end(&call->answer);
	return NULL;
}

static problem authorize(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct buffer *out = &call->answer;
	bool english = page_is_english(call);
	struct ask ask;

	(void)tx;
	if (!ask_read(call, &ask))
		return refuse(call);
	page_begin(call, out);
	buffer_format(out, "<article class=\"phone\"><h1>%s</h1><p>%s</p>", english ? "Sign in by WeChat" : "微信登录",
	              english ? "Who are you in this sandbox?" : "在沙箱里，你是谁？");
	/* links, since a form may not end at another site than its own */
	for (int i = 0; i < PEOPLE; i++) {
		page_html(out, "<p><a class=\"button\" href=\"/connect/oauth2/agree?", call->rq->query, "");
		buffer_format(out, "&amp;person=%d\">%s</a></p>", i, names[i][english]);
	}
	buffer_add(out, TEXT("</article>"));
	page_end(out);
	return NULL;
}

static problem agree(struct tx *tx, void *arg)
{
	struct call *call = arg;
	CLEANUP(buffer_free) struct buffer state = BUFFER(4096);
	unsigned char bytes[CODE_BYTES];
	struct text code;
	int64_t person;
	struct ask ask;

	if (!ask_read(call, &ask) || !text_to_int(call_query(call, "person"), &person) || person < 0 || person >= PEOPLE)
		return refuse(call);
	world_random(call->sandbox->world, bytes, sizeof(bytes));
	code = hex_encode(call->arena, (struct text){ (char *)bytes, sizeof(bytes) });
	run(tx, "insert into people_code (code, appid, person, scope, created_ms) values ($1, $2, $3, $4, $5)",
	    V(code, ask.appid, person, ask.scope, clock_now_ms(call->sandbox->clock)));
	http_encode(&state, ask.state);
	call->status = 302;
	call->location = arena_format(call->arena, "%.*s%scode=%.*s&state=%.*s", TEXT_ARG(ask.back), text_find_char(ask.back, '?') == SIZE_MAX ? "?" : "&",
	                              TEXT_ARG(code), TEXT_ARG(buffer_text(&state)));
	return tx_problem(tx);
}

/* ---- what the site asks: errors come with status 200, as from the real one ---- */

static problem say_error(struct call *call, int code, const char *message)
{
	call->content_type = "text/plain"; /* as the real one labels its JSON */
	buffer_format(&call->answer, "{\"errcode\":%d,\"errmsg\":\"%s, rid: sandbox\"}", code, message);
	return NULL;
}

struct code_row {
	struct text appid, scope;
	int64_t person, created_ms;
};
static const struct shape code_row_shape = SHAPE(code_row,
	FIELD(code_row, appid, SHAPE_TEXT), FIELD(code_row, scope, SHAPE_TEXT), FIELD(code_row, person, SHAPE_INT), FIELD(code_row, created_ms, SHAPE_TIME));

static problem token(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct text appid = call_query(call, "appid"), code = call_query(call, "code");
	struct buffer *out = &call->answer;
	struct code_row row = { 0 };
	problem why;

	if (!text_eq(appid, call->sandbox->keys.appid))
		return say_error(call, 40013, "invalid appid");
	if (!text_eq(call_query(call, "secret"), people_secret(&call->sandbox->keys, call->arena)))
		return say_error(call, 40125, "invalid appsecret");
	why = read_one(tx, &book_missing, &code_row_shape, &row, "select appid, scope, person, created_ms from people_code where code = $1", V(code));
	if (why && why != &book_missing)
		return why;
	run(tx, "delete from people_code where code = $1", V(code));
	if (why || clock_now_ms(call->sandbox->clock) > row.created_ms + CODE_LIFE_MS)
		return say_error(call, 40029, "invalid code");
	call->content_type = "text/plain";
	buffer_format(out, "{\"access_token\":\"%.*s\",\"expires_in\":%d,\"refresh_token\":\"%.*s\",\"openid\":\"%.*s\",\"scope\":\"%.*s\",\"unionid\":\"%.*s\"}",
	              TEXT_ARG(digest_of(call, "token", code, row.person)), TOKEN_S, TEXT_ARG(digest_of(call, "refresh", code, row.person)),
	              TEXT_ARG(people_openid(call, appid, row.person)), TEXT_ARG(row.scope), TEXT_ARG(digest_of(call, "union", TEXT(""), row.person)));
	return tx_problem(tx);
}

/* 32 hex digits, as WeChat's own; they follow from the APIv3 key, so that there is one file less to keep. */
struct text people_secret(const struct keys *keys, struct arena *arena)
{
	return text_head(sha256_hex(arena, arena_format(arena, "appsecret|%.*s", TEXT_ARG(keys->apiv3))), 32);
}

problem people_write_secret(const struct keys *keys, const char *folder)
{
	struct arena *arena = arena_new(64 * 1024);
	problem why = secret_file_write(arena_cstr(arena, arena_format(arena, "%s/app.secret", folder)), people_secret(keys, arena), true);

	arena_free(arena);
	return why;
}

const struct gateway_route people_routes[] = {
	{ GET, "/connect/oauth2/authorize", authorize },
	{ GET, "/connect/oauth2/agree", agree },
	{ GET, "/sns/oauth2/access_token", token },
	{ 0 },
};
