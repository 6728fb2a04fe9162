/* guard.c - what must hold before a site serves, so that play money and real money never meet: a database stays in the mode it
 * was begun in; production has real hosts, a public https address to be notified at, and no key of the sandbox; a sandbox
 * reaches no gateway but one on this machine. The rooms below know nothing of it. */
#include "app/app_room.h"

#include "crypto/crypto.h"
#include "payment/payment.h"

#define X_GUARD(name, type, title) const struct problem guard_##name = { 500, type, title };
GUARDS(X_GUARD)
#undef X_GUARD

enum { KEY_FILE_MAX = 16 * 1024 };

/* ---- addresses ---- */

struct address {
	bool secure;
	struct text host; /* lower case or not, as it was written; without port */
};

/* "http://HOST[:PORT]" or https, with nothing behind it but an optional path; false for anything else. */
static bool address_read(struct text url, struct address *ret)
{
	struct text rest;
	size_t bracket;

	ret->secure = text_starts(url, TEXT("https://"));
	if (!ret->secure && !text_starts(url, TEXT("http://")))
		return false;
	rest = text_from(url, ret->secure ? 8 : 7);
	rest = text_cut(&rest, '/');
	if (text_find_char(rest, '@') != SIZE_MAX || text_find_char(rest, '?') != SIZE_MAX || text_find_char(rest, '#') != SIZE_MAX)
		return false;
	bracket = text_find_char(rest, ']');
	if (!text_starts(rest, TEXT("[")))
		ret->host = text_cut(&rest, ':');
	else
		ret->host = text_head(rest, bracket == SIZE_MAX ? 0 : bracket + 1);
	return ret->host.length > 0;
}

static bool is_loopback(struct text host)
{
	return text_eq_nocase(host, TEXT("localhost")) || text_eq(host, TEXT("[::1]")) ||
	       (text_starts(host, TEXT("127.")) && strspn(host.at, "0123456789.") >= host.length);
}

static bool name_characters(struct text host)
{
	for (size_t i = 0; i < host.length; i++) {
		char c = host.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
	}
	return true;
}

/* A name that the world can look up: not a number, not one of those that are kept for home use and tests. */
static bool is_public(struct text host)
{
	static const char *const kept[] = { "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "test",
		                            "example", "invalid", "onion", "arpa" };
	size_t dot = host.length;
	struct text last;

	while (dot && host.at[dot - 1] != '.')
		dot--;
	last = text_from(host, dot);
	if (!dot || !last.length || !name_characters(host) || (last.at[0] >= '0' && last.at[0] <= '9'))
		return false;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		if (text_eq_nocase(last, text_of(kept[i])))
			return false;
	}
	return true;
}

static struct text notify_address(const struct config *config)
{
	struct text base = config_get(config, "payment.notify_base");

	return base.length ? base : config_get(config, "origin");
}

/* ---- keys ---- */

typedef problem (*key_reader)(struct text pem, struct rsa_key **ret);

/* A file that cannot be read is the payment room's to complain of. */
static bool made_by_sandbox(const struct config *config, struct arena *arena, const char *setting, key_reader reader)
{
	struct text path = config_get(config, setting), pem;
	struct rsa_key *key = NULL;
	bool made;

	if (!path.length || secret_file_read(arena_cstr(arena, path), KEY_FILE_MAX, arena, &pem) || reader(pem, &key))
		return false;
	made = payment_sandbox_key(key);
	rsa_close(key);
	return made;
}

static bool sandbox_merchant(const struct config *config) { return payment_sandbox_merchant(config_get(config, "wechat.mchid")); }

/* ---- the two modes ---- */

static problem check_production(const struct config *config, struct arena *arena)
{
	static const char *const hosts[] = { "https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com", "https://api2.wechatpay.cn" };
	struct text base = config_get(config, "wechat.base");
	struct address notify;
	bool real = !base.length;

	if (!address_read(notify_address(config), &notify) || !notify.secure)
		return &guard_notify_not_https;
	if (!is_public(notify.host))
		return &guard_notify_not_public;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		real = real || text_is(base, hosts[i]);
	if (!real)
		return &guard_gateway_not_real;
	if (sandbox_merchant(config))
		return &guard_sandbox_merchant;
	if (made_by_sandbox(config, arena, "wechat.key_file", rsa_private_read) ||
	    made_by_sandbox(config, arena, "wechat.platform_key_file", rsa_public_read))
		return &guard_sandbox_key;
	return NULL;
}

static problem check_sandbox(const struct config *config, struct arena *arena)
{
	struct address gateway, notify;

	if (!config_get(config, "wechat.mchid").length)
		return NULL;
	if (!address_read(config_get(config, "wechat.base"), &gateway) || !is_loopback(gateway.host))
		return &guard_gateway_elsewhere;
	if (!sandbox_merchant(config) || !made_by_sandbox(config, arena, "wechat.key_file", rsa_private_read))
		return &guard_real_merchant;
	if (notify_address(config).length && (!address_read(notify_address(config), &notify) || (!notify.secure && !is_loopback(notify.host))))
		return &guard_notify_elsewhere;
	return NULL;
}

/* ---- the mode of the database ---- */

struct beginning {
	const char *mode, *was;
};

static problem look_at_mode(struct tx *tx, void *arg)
{
	struct beginning *b = arg;

	b->was = app__site_mode(tx);
	return tx_problem(tx);
}

/* Of two first starts at the same moment one is the first. */
static problem begin_mode(struct tx *tx, void *arg)
{
	struct beginning *b = arg;

	app__begin_site(tx, b->mode);
	return look_at_mode(tx, b);
}

static problem compare(const struct beginning *b)
{
	if (!b->was || !strcmp(b->was, b->mode))
		return NULL;
	return !strcmp(b->was, "sandbox") ? &guard_begun_as_sandbox : &guard_begun_as_production;
}

problem guard_check(const struct config *config, struct db *db, struct arena *arena)
{
	struct text mode = config_get(config, "mode");
	bool production = text_is(mode, "production");
	struct beginning beginning = { .mode = production ? "production" : "sandbox" };
	problem why;

	if (!production && !text_is(mode, "sandbox"))
		return &guard_mode_unknown;
	why = db_read(db, look_at_mode, &beginning);
	if (!why)
		why = compare(&beginning);
	if (!why)
		why = production ? check_production(config, arena) : check_sandbox(config, arena);
	if (!why && !beginning.was)
		why = db_write(db, begin_mode, &beginning);
	return why ? why : compare(&beginning);
}
