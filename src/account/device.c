/* device.c - browsers that an account knows, and what they call themselves. */
#include "account/device.h"

#include "account/login.h"
#include "base/csv.h"

enum { TOKEN_BYTES = 32, TOKEN_LENGTH = 43, MINUTES = sizeof "2026-11-29 18:05" - 1 };

struct mark_of {
	const char *mark, *name;
};

static const char *first_of(const struct mark_of *known, size_t n, struct text agent)
{
	for (size_t i = 0; i < n; i++) {
		if (text_find(agent, text_of(known[i].mark)) != SIZE_MAX)
			return known[i].name;
	}
	return NULL;
}

/* As the list of devices names them (web/src/account/device.ts). */
struct text device_name(struct arena *arena, struct text agent)
{
	static const struct mark_of browsers[] = { { "MicroMessenger", "WeChat" }, { "Edg", "Edge" }, { "Firefox", "Firefox" }, { "FxiOS", "Firefox" }, { "OPR", "Opera" },
		                                   { "Chrome", "Chrome" }, { "CriOS", "Chrome" }, { "Safari", "Safari" } };
	static const struct mark_of systems[] = { { "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Android", "Android" }, { "HarmonyOS", "HarmonyOS" }, { "Windows", "Windows" },
		                                  { "Mac OS", "macOS" }, { "CrOS", "ChromeOS" }, { "Linux", "Linux" } };
	const char *browser = first_of(browsers, sizeof browsers / sizeof *browsers, agent), *system = first_of(systems, sizeof systems / sizeof *systems, agent);

	if (!browser && !system)
		return TEXT("?");
	return arena_format(arena, "%s%s%s", browser ? browser : "", browser && system ? " · " : "", system ? system : "");
}

/* Which one, and when. Days and hours are those of Beijing. */
static struct text about(struct request *rq, struct tx *tx)
{
	CLEANUP(buffer_free) struct buffer time = BUFFER(64);
	struct text name = device_name(tx_arena(tx), http_header(rq->http, "User-Agent"));

	csv_write_beijing(&time, tx_now_ms(tx));
	return arena_format(tx_arena(tx), "%.*s, %.*s", TEXT_ARG(name), TEXT_ARG(text_head(buffer_text(&time), MINUTES)));
}

problem device_met(struct request *rq, struct tx *tx, struct user_id user, int64_t session, struct text *ret_token)
{
	struct text token = request_cookie(rq, DEVICE_COOKIE), mark;
	bool warns;

	if (token.length != TOKEN_LENGTH)
		token = token_make(tx_arena(tx), tx_world(tx), TOKEN_BYTES);
	*ret_token = token;
	mark = sha256_hex(tx_arena(tx), arena_format(tx_arena(tx), "%lld %.*s", (long long)user.v, TEXT_ARG(token)));
	device__set(tx, session, mark);
	if (device__touch(tx, user, mark))
		return tx_problem(tx);
	warns = device__any(tx, user);
	device__add(tx, user, mark);
	return warns ? login_tell(tx, user, NOTICE_SIGNED_IN, about(rq, tx)) : tx_problem(tx);
}

void device_reply(struct request *rq, struct text token) { reply_cookie(rq, DEVICE_COOKIE, token, DEVICE_MS / 1000); }
