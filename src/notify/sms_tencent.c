/* sms_tencent.c - Tencent Cloud's SendSms (2021-01-11), signed by TC3-HMAC-SHA256. Mistakes come as 200 with an Error in the
 * Response, or with a Code for each number. */
#include "notify/notify_room.h"

#define HOME    "https://sms.tencentcloudapi.com"
#define TYPE    "application/json; charset=utf-8"
#define SERVICE "sms"

/* ---- request ---- */

/* A template's parameters have no names there, only their order. */
static struct text body_of(struct arena *arena, const struct sms_settings *settings, const struct sms *sms)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(8192);
	struct text names = settings->template_params.length ? settings->template_params : TEXT("code");

	buffer_add_char(&out, '{');
	sms__member(&out, "SmsSdkAppId", settings->app_id);
	sms__member(&out, "SignName", settings->sign_name);
	sms__member(&out, "TemplateId", settings->template);
	sms__member(&out, "SessionContext", sms->id);
	buffer_format(&out, ",\"PhoneNumberSet\":[\"+86%.*s\"],\"TemplateParamSet\":[", TEXT_ARG(sms->to));
	for (bool first = true; names.at; first = false) {
		struct text value = sms__param(sms, text_trim(text_cut(&names, ',')));

		if (!first)
			buffer_add_char(&out, ',');
		json_write_text(&out, value.at ? value : TEXT(""));
	}
	buffer_add(&out, TEXT("]}"));
	return arena_text(arena, buffer_text(&out));
}

/* ---- answer ---- */

static const struct sms_word words[] = {
	{ "AuthFailure", &sms_key_refused }, { "UnauthorizedOperation", &sms_key_refused }, { "FailedOperation.SignatureIncorrectOrUnapproved", &sms_template_refused },
	{ "FailedOperation.TemplateI", &sms_template_refused }, { "FailedOperation.TemplateP", &sms_template_refused },
	{ "InvalidParameterValue.Template", &sms_template_refused }, { "FailedOperation.MissingSignature", &sms_template_refused },
	{ "FailedOperation.ContainSensitiveWord", &sms_template_refused }, { "FailedOperation.InsufficientBalance", &sms_unpaid },
	{ "FailedOperation.PhoneNumberInBlacklist", &sms_number_refused }, { "InvalidParameterValue.IncorrectPhoneNumber", &sms_number_refused },
	{ "UnsupportedOperation.", &sms_number_refused }, { "InvalidParameterValue.SdkAppIdNotExist", &sms_settings_wrong },
	{ "LimitExceeded", &sms_limited }, { "RequestLimitExceeded", &sms_limited }, { 0 },
};

static problem refuse(struct sending *s, const json_t *said)
{
	struct text code = json_get_text(said, "Code");

	if (!code.length) {
		sending_says(s, "answer", TEXT("it has no Code"));
		return &sms_answer_wrong;
	}
	sending_says(s, arena_format(s->arena, "%.*s", TEXT_ARG(text_clip(code, 80))).at, json_get_text(said, "Message"));
	return sms__why(words, code);
}

static problem read_answer(struct sending *s, const json_t *json)
{
	const json_t *response = json_object_get(json, "Response"), *error = json_object_get(response, "Error");
	const json_t *status = json_array_get(json_object_get(response, "SendStatusSet"), 0);

	if (error)
		return refuse(s, error);
	return text_is(json_get_text(status, "Code"), "Ok") ? NULL : refuse(s, status);
}

static problem check(struct sending *s, const struct sms_settings *settings)
{
	const struct sms_param needed[] = { { "key_id", settings->key_id },       { "secret", settings->secret },   { "app_id", settings->app_id },
		                            { "sign_name", settings->sign_name }, { "template", settings->template }, { 0 } };
	problem why = sms__need(s, needed);

	if (!why)
		why = sms__names(s, settings->template_params);
	return why || !settings->url.length ? why : sms__host(s, settings->url, ".tencentcloudapi.com");
}

static problem send(struct sending *s, const struct sms_settings *settings, const struct sms *sms)
{
	struct arena *arena = s->arena;
	struct text home = settings->url.length ? settings->url : TEXT(HOME), body = body_of(arena, settings, sms);
	int64_t now_s = world_now_ms(s->world) / 1000;
	const struct header signed_ones[] = { { TEXT("content-type"), TEXT(TYPE) }, { TEXT("host"), sms__host_and_port(home) } };
	const struct signing in = { .method = "POST", .body = body, .headers = signed_ones, .header_count = 2,
		                    .key_id = settings->key_id, .secret = settings->secret };
	const struct header headers[] = {
		signed_ones[0], signed_ones[1],
		{ TEXT("authorization"), tc3_authorization(arena, &in, TEXT(SERVICE), now_s) },
		{ TEXT("x-tc-action"), TEXT("SendSms") },
		{ TEXT("x-tc-version"), TEXT("2021-01-11") },
		{ TEXT("x-tc-timestamp"), arena_format(arena, "%lld", (long long)now_s) },
		{ TEXT("x-tc-region"), settings->region.length ? settings->region : TEXT("ap-guangzhou") },
	};
	json_t *json = NULL;
	int status;
	problem why = sms__call(s, settings,
	                        &(struct http_call){ .method = POST, .url = arena_format(arena, "%.*s/", TEXT_ARG(home)), .headers = headers,
	                                             .header_count = sizeof headers / sizeof *headers, .body = body },
	                        &json, &status);

	return why ? why : read_answer(s, json);
}

const struct sms_channel sms_tencent = { .name = "tencent", .check = check, .send = send };
