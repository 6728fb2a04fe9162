/* wechat_config.c - whose merchant this site is: by the owner's settings where they are on, else by the configuration. Play money
 * and real money stay apart here too: a key of the sandbox is refused in production, a real one in a sandbox. */
#include "payment/wechat_config.h"

#include "account/account.h"
#include "base/log.h"

enum { KEY_FILE_MAX = 16 * 1024, SANDBOX_EXPONENT = 65539 };

static const struct problem no_gateway = { 503, "payment-no-gateway", "A sandbox pays by the gateway on this machine, and none was named (wechat.base)." };
static const struct problem merchant_of_sandbox = { 422, "sandbox-merchant", "This merchant or key is of the payment sandbox; production takes real ones." };
static const struct problem merchant_is_real = { 422, "real-merchant", "A sandbox takes the merchant and the key that zhifang-sandbox made, no real ones." };

const struct shape wechat_setting_shape = SHAPE(wechat_setting,
	FIELD(wechat_setting, on,              SHAPE_BOOL),
	FIELD(wechat_setting, mchid,           SHAPE_TEXT, .max = 32),
	FIELD(wechat_setting, appid,           SHAPE_TEXT, .max = 32),
	FIELD(wechat_setting, serial,          SHAPE_TEXT, .max = 64),
	FIELD(wechat_setting, platform_serial, SHAPE_TEXT, .max = PLATFORM_SERIAL_MAX));
const struct setting_group wechat_group = { "payment.wechat", &wechat_setting_shape, NULL };

bool payment_sandbox_merchant(struct text merchant) { return text_starts(merchant, TEXT("0")); }
bool payment_sandbox_key(const struct rsa_key *key) { return rsa_exponent(key) == SANDBOX_EXPONENT; }

problem wechat__fits_mode(const struct serve *serve, struct text merchant, struct text key_pem)
{
	struct rsa_key *key = NULL;
	bool sandbox = payment_sandbox_merchant(merchant);
	problem why = rsa_private_read(key_pem, &key);

	if (why)
		return why;
	if (serve_sandbox(serve))
		why = sandbox && payment_sandbox_key(key) ? NULL : &merchant_is_real;
	else
		why = sandbox || payment_sandbox_key(key) ? &merchant_of_sandbox : NULL;
	rsa_close(key);
	return why;
}

problem wechat__place(struct serve *serve, struct arena *arena, struct wechat_config *ret)
{
	ret->base = arena_text(arena, serve_setting(serve, "wechat.base"));
	ret->loopback = serve_sandbox(serve);
	if (!ret->base.length && ret->loopback)
		return &no_gateway;
	if (!ret->base.length)
		ret->base = TEXT("https://api.mch.weixin.qq.com");
	return NULL;
}

/* ---- by the configuration ---- */

static problem read_file(struct serve *serve, const char *key, struct arena *arena, struct text *ret)
{
	problem why = secret_file_read(arena_cstr(arena, serve_setting(serve, key)), KEY_FILE_MAX, arena, ret);

	if (why)
		log_line(LOG_ERROR, "wechat-key", "setting", text_of(key), "why", text_of(why->type), NULL);
	return why;
}

static problem by_files(struct serve *serve, struct arena *arena, struct wechat_config *ret)
{
	problem why;

	ret->merchant = serve_setting(serve, "wechat.mchid");
	if (!ret->merchant.length)
		return NULL;
	ret->app = serve_setting(serve, "wechat.appid");
	ret->serial = serve_setting(serve, "wechat.serial");
	ret->platform_serial = serve_setting(serve, "wechat.platform_serial");
	why = wechat__place(serve, arena, ret);
	if (why == &no_gateway) { /* the guard of the start says more of it than this room can */
		ret->base = TEXT("https://api.mch.weixin.qq.com");
		why = NULL;
	}
	if (!why)
		why = read_file(serve, "wechat.key_file", arena, &ret->key);
	if (!why)
		why = read_file(serve, "wechat.apiv3_key_file", arena, &ret->apiv3_key);
	if (!why && serve_setting(serve, "wechat.platform_key_file").length)
		why = read_file(serve, "wechat.platform_key_file", arena, &ret->platform_key);
	return why;
}

/* ---- by the settings ---- */

struct reading {
	struct serve *serve;
	struct arena *arena;
	struct wechat_setting setting;
	struct wechat_config *config;
};

static problem read_settings(struct tx *tx, void *arg)
{
	struct reading *r = arg;
	struct keyring *keyring;
	problem why;

	tx_use_arena(tx, r->arena);
	why = setting_read(tx, &wechat_group, &r->setting, NULL);
	if (why || !r->setting.on)
		return why;
	keyring = account_keyring(r->serve);
	why = secret_get(tx, keyring, WECHAT_KEY, &r->config->key);
	if (!why)
		why = secret_get(tx, keyring, WECHAT_APIV3, &r->config->apiv3_key);
	if (!why && secret_get(tx, keyring, WECHAT_PLATFORM, &r->config->platform_key) != &secret_missing)
		why = tx_problem(tx);
	return why;
}

static problem read_on(struct tx *tx, void *arg)
{
	return setting_read(tx, &wechat_group, arg, NULL);
}

problem wechat_is_set(struct serve *serve, bool *ret)
{
	struct wechat_setting setting = { 0 };
	problem why = db_read(serve_db(serve), read_on, &setting);

	*ret = setting.on;
	return why;
}

problem wechat__config(struct serve *serve, struct arena *arena, struct wechat_config *ret)
{
	struct reading r = { .serve = serve, .arena = arena, .config = ret };
	problem why = db_read(serve_db(serve), read_settings, &r);

	if (why || !r.setting.on)
		return why ? why : by_files(serve, arena, ret);
	ret->merchant = r.setting.mchid;
	ret->app = r.setting.appid;
	ret->serial = r.setting.serial;
	ret->platform_serial = r.setting.platform_serial;
	why = wechat__place(serve, arena, ret);
	return why ? why : wechat__fits_mode(serve, ret->merchant, ret->key);
}
