/* sms_webhook.c - SMS by any server of the owner's: one POST, signed, described in docs/mail-and-sms.md. It has taken the
 * message when it answers 2xx with an empty body, or with {"ok": true}. */
#include "notify/notify_room.h"

static struct text body_of(struct arena *arena, const struct sms_settings *settings, const struct sms *sms)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(16 * 1024);

	buffer_add_char(&out, '{');
	sms__member(&out, "id", sms->id);
	sms__member(&out, "to", sms->to);
	sms__member(&out, "text", sms->text);
	sms__member(&out, "language", sms->language);
	sms__member(&out, "template", settings->template);
	buffer_add(&out, TEXT(",\"params\":{"));
	for (size_t i = 0; i < sms->param_count; i++) {
		if (i)
			buffer_add_char(&out, ',');
		json_write_key(&out, sms->params[i].name);
		json_write_text(&out, sms->params[i].value);
	}
	buffer_add(&out, TEXT("}}"));
	return arena_text(arena, buffer_text(&out));
}

static problem read_answer(struct sending *s, int status, const json_t *json)
{
	bool taken = status < 300 && (!json || json_is_true(json_object_get(json, "ok")));
	struct text error = json_get_text(json, "error");

	if (taken)
		return NULL;
	sending_says(s, arena_format(s->arena, "status %d", status).at, error.at ? error : TEXT("no \"ok\": true in the answer"));
	return status == 401 || status == 403 ? &sms_key_refused : status == 429 ? &sms_limited : &sms_refused;
}

static problem check(struct sending *s, const struct sms_settings *settings)
{
	const struct sms_param needed[] = { { "url", settings->url }, { "secret", settings->secret }, { 0 } };
	problem why = sms__need(s, needed);

	return why ? why : sms__host(s, settings->url, "");
}

static problem send(struct sending *s, const struct sms_settings *settings, const struct sms *sms)
{
	struct text body = body_of(s->arena, settings, sms);
	struct text timestamp = arena_format(s->arena, "%lld", (long long)(world_now_ms(s->world) / 1000));
	const struct header headers[] = {
		{ TEXT("Content-Type"), TEXT("application/json") },
		{ TEXT("X-Zhifang-Timestamp"), timestamp },
		{ TEXT("X-Zhifang-Signature"), webhook_signature(s->arena, settings->secret, timestamp, body) },
	};
	json_t *json = NULL;
	int status = 0;
	problem why = sms__call(s, settings,
	                        &(struct http_call){ .method = POST, .url = settings->url, .headers = headers,
	                                             .header_count = sizeof headers / sizeof *headers, .body = body },
	                        &json, &status);

	return why ? why : read_answer(s, status, json);
}

const struct sms_channel sms_webhook = { .name = "webhook", .free_text = true, .check = check, .send = send };
