/* inbox.c - the mails and SMS that arrived here, the last 200, in memory: a page for people, an API for tests, and the webhook
 * that takes SMS, with its signature checked. */
#include <pthread.h>
#include <stdlib.h>

#include "sandbox.h"

enum { ITEMS_MAX = 200, ITEM_BYTES = 256 * 1024, SKEW_S = 300, SECRET_BYTES = 24 };

static const struct problem wrong_signature = { 401, "SIGN_ERROR", "the signature is not of this body and secret" };
static const struct problem not_sms = { 422, "INPUT_INVALID", "an SMS has id, to and text" };
static const struct problem sms_refused = { 403, "REFUSED", "this number gets nothing" };

/* ---- what is kept ---- */

struct inbox {
	pthread_mutex_t lock;
	struct arena *arenas[ITEMS_MAX];
	struct inbox_item items[ITEMS_MAX]; /* item id is at id % ITEMS_MAX */
	int64_t first, next;
	struct arena *arena;
	struct text secret;
};

problem inbox_open(const char *folder, struct world *world, struct inbox **ret)
{
	struct inbox *inbox = calloc(1, sizeof(*inbox));
	const char *path;
	problem why;

	if (!inbox || pthread_mutex_init(&inbox->lock, NULL))
		abort();
	inbox->first = inbox->next = 1;
	inbox->arena = arena_new(1 << 20);
	*ret = inbox;
	path = arena_format(inbox->arena, "%s/sms.secret", folder).at;
	why = secret_file_write(path, token_make(inbox->arena, world, SECRET_BYTES), false);
	if (why && why != &problem_conflict)
		return why;
	return secret_file_read(path, 4096, inbox->arena, &inbox->secret);
}

static void drop_first(struct inbox *inbox)
{
	arena_free(inbox->arenas[inbox->first % ITEMS_MAX]);
	inbox->arenas[inbox->first++ % ITEMS_MAX] = NULL;
}

static void drop_all(struct inbox *inbox)
{
	while (inbox->first < inbox->next)
		drop_first(inbox);
}

void inbox_close(struct inbox *inbox)
{
	if (!inbox)
		return;
	drop_all(inbox);
	arena_free(inbox->arena);
	pthread_mutex_destroy(&inbox->lock);
	free(inbox);
}

static struct inbox_item item_copy(struct arena *arena, const struct inbox_item *item)
{
	return (struct inbox_item){ .id = item->id,
				    .at_ms = item->at_ms,
				    .request = item->request,
				    .kind = arena_text(arena, item->kind),
				    .to = arena_text(arena, item->to),
				    .from = arena_text(arena, item->from),
				    .subject = arena_text(arena, item->subject),
				    .text = arena_text(arena, item->text),
				    .code = arena_text(arena, item->code) };
}

/* A transaction may run twice, and is still one request. */
static bool is_again(const struct inbox *inbox, const struct inbox_item *item)
{
	return item->request && inbox->first < inbox->next && inbox->items[(inbox->next - 1) % ITEMS_MAX].request == item->request;
}

void inbox_add(struct inbox *inbox, const struct inbox_item *item)
{
	size_t at;

	pthread_mutex_lock(&inbox->lock);
	if (!is_again(inbox, item)) {
		if (inbox->next - inbox->first == ITEMS_MAX)
			drop_first(inbox);
		at = (size_t)(inbox->next % ITEMS_MAX);
		inbox->arenas[at] = arena_new(ITEM_BYTES);
		inbox->items[at] = item_copy(inbox->arenas[at], item);
		inbox->items[at].id = inbox->next++;
	}
	pthread_mutex_unlock(&inbox->lock);
}

static size_t list(struct inbox *inbox, struct arena *arena, struct text to, struct inbox_item *ret)
{
	size_t n = 0;

	pthread_mutex_lock(&inbox->lock);
	for (int64_t id = inbox->next - 1; id >= inbox->first; id--)
		if (!to.length || text_eq_nocase(to, inbox->items[id % ITEMS_MAX].to))
			ret[n++] = item_copy(arena, &inbox->items[id % ITEMS_MAX]);
	pthread_mutex_unlock(&inbox->lock);
	return n;
}

/* ---- the API ---- */

struct messages {
	struct inbox_item *items;
	size_t count;
};
static const struct shape item_shape =
	SHAPE_AS("message", inbox_item, FIELD(inbox_item, id, SHAPE_INT), FIELD(inbox_item, at_ms, SHAPE_TIME), FIELD(inbox_item, kind, SHAPE_TEXT),
		 FIELD(inbox_item, to, SHAPE_TEXT), FIELD(inbox_item, from, SHAPE_TEXT), FIELD(inbox_item, subject, SHAPE_TEXT),
		 FIELD(inbox_item, text, SHAPE_TEXT), FIELD(inbox_item, code, SHAPE_TEXT, .optional = true));
static const struct shape messages_shape = SHAPE(messages, LIST(messages, items, count, &item_shape));

static problem list_messages(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct messages all = { .items = ARENA_ARRAY(call->arena, struct inbox_item, ITEMS_MAX) };

	(void)tx;
	all.count = list(call->sandbox->inbox, call->arena, call_query(call, "to"), all.items);
	shape_write(&messages_shape, &call->answer, &all);
	return NULL;
}

static problem clear_messages(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct inbox *inbox = call->sandbox->inbox;

	(void)tx;
	pthread_mutex_lock(&inbox->lock);
	drop_all(inbox);
	pthread_mutex_unlock(&inbox->lock);
	buffer_add(&call->answer, TEXT("{\"items\":[]}"));
	return NULL;
}

/* ---- SMS ---- */

static bool signature_is_right(struct call *call)
{
	struct text stamp = http_header(call->rq, "x-zhifang-timestamp"), signature = http_header(call->rq, "x-zhifang-signature");
	int64_t at_s, now_s = world_now_ms(call->sandbox->world) / 1000;
	struct sha256 mac;
	struct text wanted;

	if (!text_to_int(stamp, &at_s) || at_s < now_s - SKEW_S || at_s > now_s + SKEW_S)
		return false;
	mac = hmac_sha256(call->sandbox->inbox->secret, arena_format(call->arena, "%.*s.%.*s", TEXT_ARG(stamp), TEXT_ARG(call->rq->body)));
	wanted = arena_format(call->arena, "v1=%.*s", TEXT_ARG(hex_encode(call->arena, (struct text){ (const char *)mac.at, sizeof(mac.at) })));
	return secret_eq(signature, wanted);
}

/* Instead of taking it; false: none is due. */
static bool sms_fault(struct call *call)
{
	struct faults *faults = call->sandbox->faults;

	if (faults_take(faults, FAULT_SMS_HTML, NULL)) {
		call->content_type = "text/html; charset=utf-8";
		buffer_add(&call->answer, TEXT("<!doctype html><title>Welcome</title><h1>It works!</h1>"));
		return true;
	}
	if (faults_take(faults, FAULT_SMS_ERROR, NULL)) {
		buffer_add(&call->answer, TEXT("{\"ok\":false,\"error\":\"no credit\"}"));
		return true;
	}
	return false;
}

static problem take_sms(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct text to = json_get_text(call->body, "to"), text = json_get_text(call->body, "text");
	struct text code = json_get_text(json_object_get(call->body, "params"), "code");

	(void)tx;
	if (!signature_is_right(call))
		return &wrong_signature;
	if (!to.length || !text.length || !json_get_text(call->body, "id").length)
		return &not_sms;
	if (faults_take(call->sandbox->faults, FAULT_SMS_REFUSE, NULL))
		return &sms_refused;
	if (sms_fault(call))
		return NULL;
	inbox_add(call->sandbox->inbox, &(struct inbox_item){ .kind = TEXT("sms"), .to = to, .from = TEXT(""), .subject = TEXT(""), .text = text,
							      .code = code.length ? code : code_in(text), .request = call->rq->number + 1,
							      .at_ms = world_now_ms(call->sandbox->world) });
	buffer_add(&call->answer, TEXT("{\"ok\":true}"));
	return NULL;
}

/* ---- the page ---- */

enum word { W_TITLE, W_LEAD, W_NONE, W_NONE_HINT, W_MAIL, W_SMS, W_AGAIN, W_CASHIER, W_COUNT };
static const char *const words[2][W_COUNT] = {
	{ [W_TITLE] = "沙箱收件箱", [W_LEAD] = "站点发出的邮件和短信都到这里，不会寄给任何人。", [W_NONE] = "还没有收到什么",
	  [W_NONE_HINT] = "在站点获取验证码后，这里会出现一封邮件或一条短信。", [W_MAIL] = "邮件", [W_SMS] = "短信", [W_AGAIN] = "刷新",
	  [W_CASHIER] = "去收银台" },
	{ [W_TITLE] = "Sandbox inbox", [W_LEAD] = "Mails and SMS of the site arrive here and go to nobody.", [W_NONE] = "Nothing has arrived",
	  [W_NONE_HINT] = "Ask the site for a code, and a mail or an SMS shows up here.", [W_MAIL] = "Mail", [W_SMS] = "SMS", [W_AGAIN] = "Refresh",
	  [W_CASHIER] = "To the cashier" },
};

static const char *word(const struct call *call, enum word w)
{
	return words[page_is_english(call)][w];
}

static void write_item(struct call *call, const struct inbox_item *item)
{
	struct buffer *out = &call->answer;
	bool mail = text_is(item->kind, "mail");
	struct text time = clock_rfc3339(call->arena, item->at_ms);

	buffer_format(out, "<li class=\"letter\"><p><span class=\"badge\">%s</span> <span>", word(call, mail ? W_MAIL : W_SMS));
	page_html(out, "", item->to, "</span>");
	buffer_format(out, " <small>%.5s %.8s</small></p>", time.at + 5, time.at + 11);
	if (item->code.length)
		page_html(out, "<p class=\"digits\">", item->code, "</p>");
	if (mail)
		page_html(out, "<p><b>", item->subject, "</b></p>");
	page_html(out, "<p class=\"words\">", text_trim(item->text), "</p></li>\n");
}

static problem inbox_page(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct inbox_item *items = ARENA_ARRAY(call->arena, struct inbox_item, ITEMS_MAX);
	size_t n = list(call->sandbox->inbox, call->arena, call_query(call, "to"), items);
	struct buffer *out = &call->answer;

	(void)tx;
	page_begin(call, out);
	buffer_format(out, "<h1>%s</h1><p>%s</p><p class=\"foot\"><a href=\"/sandbox/inbox\">%s</a> <a href=\"/sandbox/\">%s</a></p>", word(call, W_TITLE),
		      word(call, W_LEAD), word(call, W_AGAIN), word(call, W_CASHIER));
	if (!n)
		buffer_format(out, "<p class=\"empty\">%s<br><small>%s</small></p>", word(call, W_NONE), word(call, W_NONE_HINT));
	else
		buffer_add(out, TEXT("<ul class=\"list\">\n"));
	for (size_t i = 0; i < n; i++)
		write_item(call, &items[i]);
	if (n)
		buffer_add(out, TEXT("</ul>\n"));
	page_end(out);
	return NULL;
}

const struct gateway_route inbox_routes[] = {
	{ POST, SMS_PATH, take_sms },
	{ GET, "/sandbox/api/messages", list_messages },
	{ DELETE, "/sandbox/api/messages", clear_messages },
	{ GET, "/sandbox/inbox", inbox_page },
	{ 0 },
};
