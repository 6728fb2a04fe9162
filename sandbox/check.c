/* check.c - what the real gateway refuses about a request to pay: lengths, characters, amounts, addresses. */
#include "sandbox.h"

const struct problem gateway_param_error = { 400, "PARAM_ERROR", "参数错误" };
static const struct problem mismatch = { 400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配" };
static const struct problem no_merchant = { 400, "MCH_NOT_EXISTS", "商户号不存在" };

enum { AMOUNT_MAX = 1000000000, EXPIRES_MIN_MS = 60000 };
#define EXPIRES_MAX_MS     (INT64_C(90) * 86400000)
#define EXPIRES_DEFAULT_MS (INT64_C(7) * 86400000)

problem wrong_field(struct call *call, const char *name)
{
	call->why = text_of(name);
	return &gateway_param_error;
}

/* min 0: may be absent, and is empty then */
problem check_text(struct call *call, const json_t *object, const char *name, size_t min, size_t max, struct text *ret)
{
	const json_t *value = json_object_get(object, name);
	struct text t = json_text(value);
	size_t length;

	if (!value && !min) {
		*ret = TEXT("");
		return NULL;
	}
	length = t.at ? text_characters(t) : 0;
	if (!t.at || length < min || length > max)
		return wrong_field(call, name);
	*ret = t;
	return NULL;
}

problem check_number(struct call *call, struct text number, size_t min, size_t max, const char *marks, const char *name)
{
	if (number.length < min || number.length > max)
		return wrong_field(call, name);
	for (size_t i = 0; i < number.length; i++) {
		char c = number.at[i];
		bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!letter && (!c || !strchr(marks, c)))
			return wrong_field(call, name);
	}
	return NULL;
}

problem check_amount(struct call *call, const json_t *amount, const char *name, int64_t *ret)
{
	const json_t *value = json_object_get(amount, name);

	if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > AMOUNT_MAX)
		return wrong_field(call, name);
	*ret = json_integer_value(value);
	return NULL;
}

problem check_currency(struct call *call, const json_t *amount, bool required)
{
	const json_t *value = json_object_get(amount, "currency");

	return (!value && !required) || text_is(json_text(value), "CNY") ? NULL : wrong_field(call, "currency");
}

static bool is_loopback(struct text url)
{
	static const char *const hosts[] = { "http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:",
					     "http://localhost/", "http://[::1]:",     "http://[::1]/" };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (text_starts(url, text_of(hosts[i])))
			return true;
	return false;
}

problem check_notify_url(struct call *call, struct text url)
{
	bool secure = text_starts(url, TEXT("https://")) && url.length > 8 && url.at[8] != '/';

	if ((!secure && !is_loopback(url)) || text_find_char(url, '?') != SIZE_MAX ||
	    text_find_char(url, '#') != SIZE_MAX)
		return wrong_field(call, "notify_url");
	for (size_t i = 0; i < url.length; i++)
		if ((unsigned char)url.at[i] <= ' ' || (unsigned char)url.at[i] >= 0x7f)
			return wrong_field(call, "notify_url");
	return NULL;
}

problem check_merchant(struct call *call, struct text mchid)
{
	return text_eq(mchid, call->sandbox->keys.mchid) ? NULL : &no_merchant;
}

static problem check_expiry(struct call *call, int64_t *ret)
{
	const json_t *value = json_object_get(call->body, "time_expire");
	int64_t now = clock_now_ms(call->sandbox->clock), at;

	if (!value) {
		*ret = now + EXPIRES_DEFAULT_MS;
		return NULL;
	}
	if (!json_is_string(value) || !clock_from_rfc3339(json_text(value), &at))
		return wrong_field(call, "time_expire");
	/* a minute less the time that the request took */
	if (at < now + EXPIRES_MIN_MS - 5000 || at > now + EXPIRES_MAX_MS)
		return wrong_field(call, "time_expire");
	*ret = at;
	return NULL;
}

static problem check_scene(struct call *call, bool h5)
{
	static const char *const types[] = { "iOS", "Android", "Wap" };
	const json_t *scene = json_object_get(call->body, "scene_info");
	struct text type, address;
	problem why;

	if (!scene && !h5)
		return NULL;
	if (!json_is_object(scene))
		return wrong_field(call, "scene_info");
	why = check_text(call, scene, "payer_client_ip", 1, 45, &address);
	if (why || !h5)
		return why;
	why = check_text(call, json_object_get(scene, "h5_info"), "type", 1, 32, &type);
	for (size_t i = 0; i < 3 && !why; i++)
		if (text_is(type, types[i]))
			return NULL;
	return why ? why : wrong_field(call, "type");
}

static problem check_texts(struct call *call, struct create_request *ret)
{
	problem why = check_text(call, call->body, "appid", 1, 32, &ret->appid);

	if (!why)
		why = check_text(call, call->body, "mchid", 1, 32, &ret->mchid);
	if (!why)
		why = check_merchant(call, ret->mchid);
	if (!why && !text_eq(ret->appid, call->sandbox->keys.appid))
		why = &mismatch;
	if (!why)
		why = check_text(call, call->body, "description", 1, 127, &ret->description);
	if (!why)
		why = check_text(call, call->body, "attach", 0, 128, &ret->attach);
	if (!why)
		why = check_text(call, call->body, "out_trade_no", 6, 32, &ret->out_trade_no);
	if (!why)
		why = check_number(call, ret->out_trade_no, 6, 32, "_-*", "out_trade_no");
	if (!why)
		why = check_text(call, call->body, "notify_url", 1, 255, &ret->notify_url);
	return why ? why : check_notify_url(call, ret->notify_url);
}

problem check_create(struct call *call, bool h5, struct create_request *ret)
{
	const json_t *amount = json_object_get(call->body, "amount");
	problem why = check_texts(call, ret);

	if (!why && !json_is_object(amount))
		why = wrong_field(call, "amount");
	if (!why)
		why = check_amount(call, amount, "total", &ret->total);
	if (!why)
		why = check_currency(call, amount, false);
	if (!why)
		why = check_expiry(call, &ret->expires_ms);
	return why ? why : check_scene(call, h5);
}
