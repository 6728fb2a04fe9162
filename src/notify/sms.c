/* sms.c - what all SMS channels share: which there are, a call with its limits, and what an answer must look like before
 * anybody reads words in it. */
#include "notify/notify_room.h"

#include <assert.h>

enum { ANSWER_MAX = 64 * 1024, CONNECT_MS = 5000, TOTAL_MS = 10000 };

const struct problem sms_off = { 503, "sms-off", "No SMS channel is set up." };
const struct problem sms_settings_wrong = { 422, "sms-settings-wrong", "A setting of the SMS channel is missing or wrong." };
const struct problem sms_unreachable = { 502, "sms-unreachable", "The SMS channel cannot be reached; nothing was sent." };
const struct problem sms_unanswered = { 504, "sms-unanswered", "The SMS channel did not answer: the message may or may not have been sent." };
const struct problem sms_answer_wrong = { 502, "sms-answer-wrong", "What answers there is not this SMS channel. Check the address." };
const struct problem sms_key_refused = { 502, "sms-key-refused", "The SMS channel refuses the key. Check key id and secret, and what the key may do." };
const struct problem sms_number_refused = { 502, "sms-number-refused", "The SMS channel refuses this phone number." };
const struct problem sms_template_refused = { 502, "sms-template-refused",
	"The SMS channel refuses the template, its parameters or the sign name. Check that they are approved." };
const struct problem sms_limited = { 502, "sms-limited", "The SMS channel's limit is reached for now. Try again later." };
const struct problem sms_unpaid = { 502, "sms-unpaid", "The account at the SMS channel has no credit left, or is suspended." };
const struct problem sms_refused = { 502, "sms-refused", "The SMS channel refuses to send." };

/* ---- channels ---- */

const struct sms_channel *sms_channel_named(struct text name)
{
	static const struct sms_channel *const channels[] = { &sms_aliyun, &sms_tencent, &sms_webhook };

	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
		if (text_is(name, channels[i]->name))
			return channels[i];
	}
	return NULL;
}

problem sms_send(struct sending *s, const struct sms_settings *settings, const struct sms *sms)
{
	const struct sms_channel *channel = sms_channel_named(settings->channel);
	problem why;

	if (!settings->channel.length)
		return &sms_off;
	if (!channel)
		return sending_says(s, "channel", settings->channel), &sms_settings_wrong;
	why = channel->check(s, settings);
	return why ? why : channel->send(s, settings, sms);
}

/* ---- settings ---- */

problem sms__need(struct sending *s, const struct sms_param *needed)
{
	for (; needed->name; needed++) {
		if (needed->value.length)
			continue;
		sending_says(s, needed->name, TEXT("missing"));
		return &sms_settings_wrong;
	}
	return NULL;
}

problem sms__names(struct sending *s, struct text names)
{
	while (names.length) {
		struct text name = text_trim(text_cut(&names, ','));

		if (text_is(name, "code") || text_is(name, "minutes"))
			continue;
		sending_says(s, "template_params", name);
		return &sms_settings_wrong;
	}
	return NULL;
}

struct text sms__host_and_port(struct text url)
{
	text_cut(&url, ':');
	url = text_from(url, 2);
	return text_cut(&url, '/');
}

static struct text host_of(struct text url)
{
	url = sms__host_and_port(url);
	return text_starts(url, TEXT("[")) ? text_head(url, text_find_char(url, ']') + 1) : text_cut(&url, ':');
}

problem sms__host(struct sending *s, struct text url, const char *domain)
{
	struct text host = host_of(url);
	bool here = http_is_loopback(host);

	if (text_starts(url, TEXT("https://")) ? here || !*domain || text_ends(host, text_of(domain)) : text_starts(url, TEXT("http://")) && here)
		return NULL;
	sending_says(s, "url", url);
	return &sms_settings_wrong;
}

struct text sms__param(const struct sms *sms, struct text name)
{
	for (size_t i = 0; i < sms->param_count; i++) {
		if (text_is(name, sms->params[i].name))
			return sms->params[i].value;
	}
	return (struct text){ 0 };
}

void sms__member(struct buffer *out, const char *key, struct text value)
{
	if (out->length > 1)
		buffer_add_char(out, ',');
	json_write_key(out, key);
	json_write_text(out, value.at ? value : TEXT(""));
}

/* ---- the call ---- */

static problem unanswered(struct sending *s, problem why)
{
	sending_says(s, "no answer", text_of(why->type));
	if (why == &http_unreachable)
		return &sms_unreachable;
	if (why == &http_answer_large)
		return &sms_answer_wrong;
	return why == &http_refused_url ? &sms_settings_wrong : &sms_unanswered;
}

problem sms__call(struct sending *s, const struct sms_settings *settings, const struct http_call *call, json_t **ret_json, int *ret_status)
{
	struct http_call out = *call;
	struct http_answer answer;
	problem why;

	out.connect_ms = CONNECT_MS;
	out.total_ms = settings->total_ms ? settings->total_ms : TOTAL_MS;
	out.answer_max = ANSWER_MAX;
	out.plain_http_on_loopback = true;
	db_step("before-call");
	why = http_call(s->arena, &out, &answer);
	db_step("after-call");
	if (why)
		return unanswered(s, why);
	*ret_status = answer.status;
	*ret_json = NULL;
	if (answer.status < 300 && !text_trim(answer.body).length)
		return NULL;
	if ((answer.status >= 300 && answer.status < 400) || json_read(s->arena, answer.body, ret_json) || !json_is_object(*ret_json)) {
		sending_says(s, arena_format(s->arena, "status %d", answer.status).at, answer.body);
		return &sms_answer_wrong;
	}
	return NULL;
}

problem sms__why(const struct sms_word *words, struct text code)
{
	const struct sms_word *best = NULL;

	for (; words->prefix; words++) {
		if (text_starts(code, text_of(words->prefix)) && (!best || strlen(words->prefix) > strlen(best->prefix)))
			best = words;
	}
	return best ? best->why : &sms_refused;
}

/* ---- what was said ---- */

void sending_says(struct sending *s, const char *doing, struct text said)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(2 * DETAIL_MAX);

	assert(*doing);
	s->brief = arena_text(s->arena, text_clip(text_of(doing), BRIEF_MAX));
	buffer_add(&out, s->brief);
	said = text_clip(text_trim(said), DETAIL_MAX);
	if (said.length)
		buffer_add(&out, TEXT(": "));
	while (said.length && out.length < DETAIL_MAX) {
		struct text rest = said;
		uint32_t c = text_next(&rest);
		bool control = c < ' ' || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;

		if (control && out.at[out.length - 1] != ' ')
			buffer_add_char(&out, ' ');
		else if (!control && c == 0xFFFD)
			buffer_add_char(&out, '?');
		else if (!control)
			buffer_add(&out, text_head(said, said.length - rest.length));
		said = rest;
	}
	s->detail = arena_text(s->arena, text_trim(buffer_text(&out)));
}
