/* sms_aliyun.c - Aliyun's SendSms (2017-05-25), signed by ACS3-HMAC-SHA256, the version that its documentation calls current. The
 * parameters are a query, as its own clients send them; the body is empty. */
#include "notify/notify_room.h"

#include <time.h>

#define HOME "https://dysmsapi.aliyuncs.com"

enum { QUERY_MAX = 16 * 1024 };

/* ---- request ---- */

static struct text template_json(struct arena *arena, const struct sms_settings *settings, const struct sms *sms)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);
	struct text names = settings->template_params.length ? settings->template_params : TEXT("code");

	buffer_add_char(&out, '{');
	while (names.at) {
		struct text name = text_trim(text_cut(&names, ','));

		if (out.length > 1)
			buffer_add_char(&out, ',');
		json_write_text(&out, name);
		buffer_add_char(&out, ':');
		json_write_text(&out, sms__param(sms, name).at ? sms__param(sms, name) : TEXT(""));
	}
	buffer_add_char(&out, '}');
	return arena_text(arena, buffer_text(&out));
}

/* In the order of their names, as the signature wants them. */
static struct text query_of(struct arena *arena, const struct sms_settings *settings, const struct sms *sms)
{
	const struct header pairs[] = {
		{ TEXT("OutId"), sms->id },
		{ TEXT("PhoneNumbers"), sms->to },
		{ TEXT("SignName"), settings->sign_name },
		{ TEXT("TemplateCode"), settings->template },
		{ TEXT("TemplateParam"), template_json(arena, settings, sms) },
	};
	CLEANUP(buffer_free) struct buffer out = BUFFER(QUERY_MAX);

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		buffer_format(&out, "%s%.*s=", i ? "&" : "", TEXT_ARG(pairs[i].name));
		http_encode(&out, pairs[i].value);
	}
	return arena_text(arena, buffer_text(&out));
}

static struct text utc_time(struct arena *arena, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char out[32];

	gmtime_r(&s, &tm);
	return arena_text(arena, (struct text){ out, strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &tm) });
}

/* ---- answer ---- */

static const struct sms_word words[] = {
	{ "InvalidAccessKeyId", &sms_key_refused }, { "SignatureDoesNotMatch", &sms_key_refused }, { "InvalidTimeStamp", &sms_key_refused },
	{ "Forbidden", &sms_key_refused }, { "NoPermission", &sms_key_refused }, { "isp.RAM_PERMISSION_DENY", &sms_key_refused },
	{ "IncompleteSignature", &sms_key_refused }, { "isv.ACCOUNT_", &sms_unpaid }, { "isv.OUT_OF_SERVICE", &sms_unpaid },
	{ "isv.AMOUNT_NOT_ENOUGH", &sms_unpaid }, { "isv.MOBILE_", &sms_number_refused }, { "isv.BLACK_KEY_CONTROL_LIMIT", &sms_template_refused },
	{ "isv.SMS_SIGN", &sms_template_refused }, { "isv.SMS_TEMPLATE", &sms_template_refused }, { "isv.TEMPLATE_", &sms_template_refused },
	{ "isv.INVALID_PARAMETERS", &sms_template_refused }, { "isv.INVALID_JSON_PARAM", &sms_template_refused },
	{ "isv.BUSINESS_LIMIT_CONTROL", &sms_limited }, { "isv.DAY_LIMIT_CONTROL", &sms_limited }, { "isv.MONTH_LIMIT_CONTROL", &sms_limited },
	{ "Throttling", &sms_limited }, { 0 },
};

static problem read_answer(struct sending *s, const json_t *json)
{
	struct text code = json_get_text(json, "Code");

	if (text_is(code, "OK"))
		return NULL;
	if (!code.length) {
		sending_says(s, "answer", TEXT("it has no Code"));
		return &sms_answer_wrong;
	}
	sending_says(s, arena_format(s->arena, "%.*s", TEXT_ARG(text_clip(code, 80))).at, json_get_text(json, "Message"));
	return sms__why(words, code);
}

static problem check(struct sending *s, const struct sms_settings *settings)
{
	const struct sms_param needed[] = { { "key_id", settings->key_id }, { "secret", settings->secret }, { "sign_name", settings->sign_name },
		                            { "template", settings->template }, { 0 } };
	problem why = sms__need(s, needed);

	if (!why)
		why = sms__names(s, settings->template_params);
	return why || !settings->url.length ? why : sms__host(s, settings->url, ".aliyuncs.com");
}

static problem send(struct sending *s, const struct sms_settings *settings, const struct sms *sms)
{
	struct arena *arena = s->arena;
	struct text home = settings->url.length ? settings->url : TEXT(HOME), query = query_of(arena, settings, sms);
	struct header headers[] = {
		{ TEXT("host"), sms__host_and_port(home) },
		{ TEXT("x-acs-action"), TEXT("SendSms") },
		{ TEXT("x-acs-content-sha256"), sha256_hex(arena, TEXT("")) },
		{ TEXT("x-acs-date"), utc_time(arena, world_now_ms(s->world)) },
		{ TEXT("x-acs-signature-nonce"), token_make(arena, s->world, 16) },
		{ TEXT("x-acs-version"), TEXT("2017-05-25") },
		{ TEXT("authorization"), { 0 } },
	};
	enum { COUNT = sizeof headers / sizeof *headers };
	const struct signing in = { .method = "POST", .query = query, .body = TEXT(""), .headers = headers, .header_count = COUNT - 1,
		                    .key_id = settings->key_id, .secret = settings->secret };
	json_t *json = NULL;
	int status;
	problem why;

	headers[COUNT - 1].value = acs3_authorization(arena, &in);
	why = sms__call(s, settings,
	                &(struct http_call){ .method = POST, .url = arena_format(arena, "%.*s/?%.*s", TEXT_ARG(home), TEXT_ARG(query)),
	                                     .headers = headers, .header_count = COUNT, .body = TEXT("") },
	                &json, &status);
	return why ? why : read_answer(s, json);
}

const struct sms_channel sms_aliyun = { .name = "aliyun", .check = check, .send = send };
