/* wechat.c - WeChat Pay API v3 as a channel: Native and H5. The sandbox is reached by the same code: only the address and
 * the keys of the configuration differ.
 * An answer is believed only when its signature was verified; an error body is advice. Whatever was sent and not clearly
 * answered is unknown, and the resolver asks again. */
#include "payment/recon.h"
#include "payment/wechat_room.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { DESCRIPTION_CHARACTERS = 40, CLOCK_WARN_S = 2, CLOCK_STOP_S = 60, CLOCK_HOLD_MS = 60000 };

#define BILL_PATH "/v3/billdownload/"
enum { BILL_WAIT_MS = 120 * 1000 };

static const struct problem clock_wrong = { 503, "payment-clock-wrong", "This server's clock is wrong; nothing was sent." };

/* ---- requests ---- */

static struct text authorization(struct wechat *w, struct arena *arena, const char *method, struct text target, struct text body)
{
	struct text nonce = token_make(arena, w->world, 16), signature = { 0 };
	long long now = (long long)(world_now_ms(w->world) / 1000);
	struct text message = arena_format(arena, "%s\n%.*s\n%lld\n%.*s\n%.*s\n", method, TEXT_ARG(target), now, TEXT_ARG(nonce), TEXT_ARG(body));

	if (rsa_sign(w->private_key, arena, message, &signature))
		abort(); /* the key was tried at the start */
	return arena_format(arena,
	                    "WECHATPAY2-SHA256-RSA2048 mchid=\"%.*s\",nonce_str=\"%.*s\",timestamp=\"%lld\",serial_no=\"%.*s\","
	                    "signature=\"%.*s\"",
	                    TEXT_ARG(w->merchant), TEXT_ARG(nonce), now, TEXT_ARG(w->serial), TEXT_ARG(signature));
}

static struct text error_code(struct arena *arena, struct text body)
{
	json_t *tree;

	return json_read(arena, body, &tree) ? (struct text){ 0 } : json_get_text(tree, "code");
}

bool wechat__says_not_there(struct text code)
{
	return text_eq(code, TEXT("ORDER_NOT_EXIST")) || text_eq(code, TEXT("ORDERNOTEXIST")) || text_eq(code, TEXT("RESOURCE_NOT_EXISTS"));
}

problem wechat__refused(struct arena *arena, const struct http_answer *answer, struct text *ret_code)
{
	*ret_code = error_code(arena, answer->body);
	if (answer->status == 429)
		return &payment_channel_down;
	if (answer->status >= 500)
		return &payment_unknown;
	if (!wechat__says_not_there(*ret_code)) /* that is an answer to a question, not a refusal */
		log_line(LOG_WARN, "wechat-refused", "code", *ret_code, "request", http_answer_header(answer, "Request-ID"), NULL);
	return &payment_channel_refused;
}

problem wechat__send(struct wechat *w, struct arena *arena, enum method method, struct text target, struct text body, struct http_answer *ret)
{
	const char *name = method == GET ? "GET" : "POST";
	bool file = text_starts(target, TEXT(BILL_PATH));
	const struct header headers[] = {
		{ TEXT("Authorization"), authorization(w, arena, name, target, body) },
		{ TEXT("Accept"), TEXT("application/json") },
		{ TEXT("Content-Type"), TEXT("application/json") },
		{ TEXT("User-Agent"), TEXT("zhifang") },
		{ TEXT("Wechatpay-Serial"), w->public_key_id }, /* the answer shall be signed by this one */
	};
	const struct http_call out = {
		.method = method,
		.url = arena_format(arena, "%.*s%.*s", TEXT_ARG(w->base), TEXT_ARG(target)),
		.headers = headers,
		.header_count = sizeof headers / sizeof *headers - (w->public_key_id.at ? 0 : 1),
		.body = method == GET ? (struct text){ 0 } : body,
		.plain_http_on_loopback = w->loopback,
		.answer_max = file ? BILL_BYTES_MAX : 0,
		.total_ms = file ? BILL_WAIT_MS : 0,
	};
	problem why;

	db_step("before-call");
	why = http_call(arena, &out, ret);
	db_step("after-call");
	if (why == &http_answer_large && file)
		return &bill_large;
	return !why ? NULL : why == &http_unreachable ? &payment_channel_down : &payment_unknown;
}

/* The clock of a signed answer; whole seconds on both sides blur it by one. While ours is far off, no money is moved: times
 * that we name would be wrong. Questions go on, and after a while one request is let through, so that an answer can say
 * that the clock is right again. */
static void compare_clock(struct wechat *w, struct text timestamp)
{
	int64_t now_ms = world_now_ms(w->world), last = w->clock_said_ms, said_s = 0, off_s;
	char digits[TEXT_INT_MAX];

	if (!text_to_int(timestamp, &said_s))
		return;
	off_s = said_s - now_ms / 1000;
	w->clock_wrong_ms = llabs(off_s) > CLOCK_STOP_S ? now_ms : 0;
	if (llabs(off_s) < CLOCK_WARN_S || (last && now_ms < last + CLOCK_HOLD_MS) || !atomic_compare_exchange_strong(&w->clock_said_ms, &last, now_ms))
		return;
	log_line(LOG_WARN, "wechat-clock", "seconds", text_of_int(off_s, digits), NULL);
}

static bool clock_is_wrong(const struct wechat *w)
{
	int64_t seen_ms = w->clock_wrong_ms, ago_ms = world_now_ms(w->world) - seen_ms;

	return seen_ms && ago_ms >= 0 && ago_ms < CLOCK_HOLD_MS;
}

/* *ret_body is verified when NULL is returned; *ret_code is set when the channel refused. */
static problem call(struct wechat *w, struct arena *arena, enum method method, struct text target, struct text body, struct text *ret_body,
                    struct text *ret_code)
{
	struct http_answer answer;
	struct signed_bytes in;
	problem why = wechat__send(w, arena, method, target, body, &answer);

	if (why)
		return why;
	if (answer.status < 200 || answer.status > 299)
		return wechat__refused(arena, &answer, ret_code);
	in = wechat__signed_answer(&answer);
	why = wechat__check(w, arena, &in, world_now_ms(w->world));
	if (why == &payment_key_unknown && !wechat__fetch_keys(w, w->db, arena))
		why = wechat__check(w, arena, &in, world_now_ms(w->world));
	if (why)
		return &payment_unknown;
	compare_clock(w, in.timestamp);
	*ret_body = answer.body;
	return NULL;
}

/* ---- times ---- */

static struct text beijing_time(struct arena *arena, int64_t ms)
{
	time_t s = (time_t)(ms / 1000 + 8 * 3600);
	struct tm tm;
	char out[40];
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S+08:00", &tm);
	return arena_text(arena, (struct text){ out, n });
}

/* '0' stands for any digit; the text may go on behind it. */
static bool is_like(const char *at, const char *form)
{
	for (; *form; form++, at++) {
		if (*form == '0' ? *at < '0' || *at > '9' : *at != *form)
			return false;
	}
	return true;
}

/* "Z" or "+08:00" to its end. */
static bool offset_read(const char *at, int64_t *ret_s)
{
	int sign = *at == '+' ? 1 : -1;

	*ret_s = 0;
	if (!strcmp(at, "Z"))
		return true;
	if ((*at != '+' && *at != '-') || !is_like(at + 1, "00:00") || at[6] || strncmp(at + 1, "23:59", 5) > 0 || at[4] > '5')
		return false;
	*ret_s = sign * (((at[1] - '0') * 10 + at[2] - '0') * 3600 + ((at[4] - '0') * 10 + at[5] - '0') * 60);
	return true;
}

/* RFC 3339 with offset, as "2018-06-08T10:34:56+08:00"; false for anything else, the 30th of February included. */
bool wechat__time_read(struct text t, int64_t *ret_ms)
{
	struct tm tm = { 0 }, day;
	char copy[40], *rest;
	int64_t at_s, offset_s;

	if (t.length < 20 || t.length >= sizeof copy)
		return false;
	memcpy(copy, t.at, t.length);
	copy[t.length] = '\0';
	rest = is_like(copy, "0000-00-00T00:00:00") ? strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!rest)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	day = tm;
	at_s = (int64_t)timegm(&day);
	if (day.tm_mday != tm.tm_mday || !offset_read(rest, &offset_s))
		return false;
	*ret_ms = (at_s - offset_s) * 1000;
	return true;
}

/* ---- create, query, close, refund ---- */

static struct text short_description(struct text t)
{
	struct text rest = t;

	for (int i = 0; i < DESCRIPTION_CHARACTERS && rest.length; i++)
		text_next(&rest);
	return text_head(t, t.length - rest.length);
}

/* What was begun under another appid of this merchant stays under it. */
static struct text app_of(const struct wechat *w, const struct payment *p) { return p->app.length ? p->app : w->app; }

static struct text create_body(struct wechat *w, struct arena *arena, const struct payment *p, struct text notify_url)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(8192);

	buffer_add(&out, TEXT("{\"appid\":"));
	json_write_text(&out, app_of(w, p));
	buffer_add(&out, TEXT(",\"mchid\":"));
	json_write_text(&out, w->merchant);
	buffer_add(&out, TEXT(",\"description\":"));
	json_write_text(&out, short_description(p->description));
	buffer_add(&out, TEXT(",\"out_trade_no\":"));
	json_write_text(&out, p->trade_no);
	buffer_add(&out, TEXT(",\"time_expire\":"));
	json_write_text(&out, beijing_time(arena, p->expires_ms));
	buffer_add(&out, TEXT(",\"notify_url\":"));
	json_write_text(&out, notify_url);
	buffer_format(&out, ",\"amount\":{\"total\":%lld,\"currency\":\"CNY\"},\"scene_info\":{\"payer_client_ip\":", (long long)p->amount.fen);
	json_write_text(&out, p->payer_address);
	if (p->way == PAYMENT_H5)
		buffer_add(&out, TEXT(",\"h5_info\":{\"type\":\"Wap\"}"));
	buffer_add_char(&out, '}');
	if (p->way == PAYMENT_JSAPI) {
		buffer_add(&out, TEXT(",\"payer\":{\"openid\":"));
		json_write_text(&out, p->payer);
		buffer_add_char(&out, '}');
	}
	buffer_add_char(&out, '}');
	return out.why ? (struct text){ 0 } : arena_text(arena, buffer_text(&out));
}

/* It has this number already, from a request whose answer we missed: what became of it is asked. */
static bool says_there(struct text code)
{
	return text_eq(code, TEXT("OUT_TRADE_NO_USED")) || text_eq(code, TEXT("ORDERPAID"));
}

static const struct {
	struct text target;
	const char *answer;
} ways[] = {
	[PAYMENT_NATIVE] = { TEXT_INIT("/v3/pay/transactions/native"), "code_url" },
	[PAYMENT_H5] = { TEXT_INIT("/v3/pay/transactions/h5"), "h5_url" },
	[PAYMENT_JSAPI] = { TEXT_INIT("/v3/pay/transactions/jsapi"), "prepay_id" },
};

static problem create(void *self, struct arena *arena, const struct payment *p, struct text notify_url, struct text *ret_url)
{
	struct wechat *w = self;
	struct text body = create_body(w, arena, p, notify_url), answer, code = { 0 };
	json_t *tree;
	problem why;

	if (!body.at)
		return &payment_channel_refused;
	if (clock_is_wrong(w))
		return &clock_wrong;
	why = call(w, arena, POST, ways[p->way].target, body, &answer, &code);
	if ((!why && json_read(arena, answer, &tree)) || (why == &payment_channel_refused && says_there(code)))
		why = &payment_unknown;
	if (why)
		return why;
	*ret_url = json_get_text(tree, ways[p->way].answer);
	return ret_url->at && ret_url->length ? NULL : &payment_unknown;
}

/* appId, timeStamp, nonceStr and the package, a line each: what the payer's WeChat shows to WeChat Pay. */
static problem invoke(void *self, struct arena *arena, const struct payment *p, struct payment_call *ret)
{
	struct wechat *w = self;
	struct text message;

	*ret = (struct payment_call){
		.app = app_of(w, p),
		.time_stamp = arena_format(arena, "%lld", (long long)(world_now_ms(w->world) / 1000)),
		.nonce = token_make(arena, w->world, 16),
		.package = arena_format(arena, "prepay_id=%.*s", TEXT_ARG(p->prepay)),
		.sign_type = TEXT("RSA"),
	};
	message = arena_format(arena, "%.*s\n%.*s\n%.*s\n%.*s\n", TEXT_ARG(ret->app), TEXT_ARG(ret->time_stamp), TEXT_ARG(ret->nonce), TEXT_ARG(ret->package));
	return rsa_sign(w->private_key, arena, message, &ret->pay_sign);
}

static problem read_transaction(struct arena *arena, struct text json, struct channel_fact *ret)
{
	json_t *tree, *amount;
	struct text state;

	if (json_read(arena, json, &tree))
		return &payment_unknown;
	amount = json_object_get(tree, "amount");
	state = json_get_text(tree, "trade_state");
	*ret = (struct channel_fact){
		.tag = CHANNEL_NOT_PAID,
		.trade_no = json_get_text(tree, "out_trade_no"),
		.transaction = json_get_text(tree, "transaction_id"),
		.merchant = json_get_text(tree, "mchid"),
		.app = json_get_text(tree, "appid"),
		.currency = json_get_text(amount, "currency"),
		.total = MONEY(json_get_int(amount, "total", -1)),
	};
	if (text_eq(state, TEXT("SUCCESS")) || text_eq(state, TEXT("REFUND")))
		ret->tag = CHANNEL_PAID;
	else if (text_eq(state, TEXT("CLOSED")) || text_eq(state, TEXT("REVOKED")) || text_eq(state, TEXT("PAYERROR")))
		ret->tag = CHANNEL_CLOSED;
	else if (!text_eq(state, TEXT("NOTPAY")) && !text_eq(state, TEXT("USERPAYING")))
		return &payment_unknown;
	if (ret->tag == CHANNEL_PAID && (!ret->transaction.length || !wechat__time_read(json_get_text(tree, "success_time"), &ret->paid_ms)))
		return &payment_unknown;
	return NULL;
}

static problem query(void *self, struct arena *arena, struct text trade_no, struct channel_fact *ret)
{
	struct wechat *w = self;
	struct text target = arena_format(arena, "/v3/pay/transactions/out-trade-no/%.*s?mchid=%.*s", TEXT_ARG(trade_no), TEXT_ARG(w->merchant));
	struct text answer, code = { 0 };
	problem why = call(w, arena, GET, target, TEXT(""), &answer, &code);

	if (why == &payment_channel_refused && wechat__says_not_there(code)) {
		*ret = (struct channel_fact){ .tag = CHANNEL_NOT_THERE, .trade_no = trade_no };
		return NULL;
	}
	return why ? why : read_transaction(arena, answer, ret);
}

static problem close_trade(void *self, struct arena *arena, struct text trade_no)
{
	struct wechat *w = self;
	struct text target = arena_format(arena, "/v3/pay/transactions/out-trade-no/%.*s/close", TEXT_ARG(trade_no));
	struct text body = arena_format(arena, "{\"mchid\":\"%.*s\"}", TEXT_ARG(w->merchant));
	struct text answer, code = { 0 };
	problem why = call(w, arena, POST, target, body, &answer, &code);

	/* closed before, paid, or never there: the query that follows tells which */
	return why == &payment_channel_refused ? NULL : why;
}

static struct text refund_body(struct arena *arena, const struct channel_refund *refund)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);

	buffer_add(&out, TEXT("{\"out_trade_no\":"));
	json_write_text(&out, refund->trade_no);
	buffer_add(&out, TEXT(",\"out_refund_no\":"));
	json_write_text(&out, refund->refund_no);
	buffer_add(&out, TEXT(",\"reason\":"));
	json_write_text(&out, refund->reason);
	buffer_add(&out, TEXT(",\"notify_url\":"));
	json_write_text(&out, refund->notify_url);
	buffer_format(&out, ",\"amount\":{\"refund\":%lld,\"total\":%lld,\"currency\":\"CNY\"}}", (long long)refund->amount.fen,
	              (long long)refund->total.fen);
	return out.why ? (struct text){ 0 } : arena_text(arena, buffer_text(&out));
}

static enum refund_tag refund_tag(struct text status)
{
	if (text_eq(status, TEXT("SUCCESS")))
		return REFUND_TAG_SUCCESS;
	if (text_eq(status, TEXT("CLOSED")))
		return REFUND_TAG_CLOSED;
	return text_eq(status, TEXT("ABNORMAL")) ? REFUND_TAG_ABNORMAL : REFUND_TAG_PROCESSING;
}

/* An answer calls it "status", a message "refund_status", and only the latter names the merchant. */
static problem read_refund(struct arena *arena, struct text json, const char *status, struct refund_fact *ret)
{
	json_t *tree, *amount;

	if (json_read(arena, json, &tree) || !json_get_text(tree, status).length)
		return &payment_unknown;
	amount = json_object_get(tree, "amount");
	*ret = (struct refund_fact){
		.tag = refund_tag(json_get_text(tree, status)),
		.refund_no = json_get_text(tree, "out_refund_no"),
		.trade_no = json_get_text(tree, "out_trade_no"),
		.merchant = json_get_text(tree, "mchid"),
		.amount = MONEY(json_get_int(amount, "refund", -1)),
		.total = MONEY(json_get_int(amount, "total", -1)),
	};
	return NULL;
}

/* What was refused, or came too often, may be sent again as it is, once what stands in its way is gone: money that is missing
 * at the channel, a rule, a setting. Nothing is taken for failed by a body that nobody signed. */
static problem refund(void *self, struct arena *arena, const struct channel_refund *refund, struct refund_fact *ret)
{
	struct wechat *w = self;
	struct text body = refund_body(arena, refund), answer, code = { 0 };
	problem why;

	if (clock_is_wrong(w))
		return &clock_wrong;
	why = call(w, arena, POST, TEXT("/v3/refund/domestic/refunds"), body, &answer, &code);
	if (why == &payment_channel_refused || (why == &payment_channel_down && code.length)) {
		*ret = (struct refund_fact){ .tag = REFUND_TAG_WAITS, .word = code.length ? text_head(code, 64) : TEXT("REFUSED") };
		return NULL;
	}
	return why ? why : read_refund(arena, answer, "status", ret);
}

static problem query_refund(void *self, struct arena *arena, struct text refund_no, struct refund_fact *ret)
{
	struct wechat *w = self;
	struct text answer, code = { 0 };
	problem why = call(w, arena, GET, arena_format(arena, "/v3/refund/domestic/refunds/%.*s", TEXT_ARG(refund_no)), TEXT(""), &answer, &code);

	if (why == &payment_channel_refused && wechat__says_not_there(code)) {
		*ret = (struct refund_fact){ .tag = REFUND_TAG_NOT_THERE, .refund_no = refund_no };
		return NULL;
	}
	return why ? why : read_refund(arena, answer, "status", ret);
}

/* ---- bills ---- */

/* The file lies behind a path that only this channel names: whatever host is said, it is asked of the one that was configured. It is
 * not signed; its hash is, in the answer that names it. */
static problem download(struct wechat *w, struct arena *arena, const json_t *tree, struct text *ret)
{
	struct text url = json_get_text(tree, "download_url"), hash = json_get_text(tree, "hash_value");
	size_t at = text_find(url, TEXT(BILL_PATH));
	struct http_answer answer;
	problem why;

	if (at == SIZE_MAX || !text_is(json_get_text(tree, "hash_type"), "SHA1"))
		return &bill_unreadable;
	why = wechat__send(w, arena, GET, text_from(url, at), TEXT(""), &answer);
	if (why)
		return why;
	if (answer.status != 200)
		return &payment_channel_refused;
	if (!text_eq_nocase(sha1_hex(arena, answer.body), hash))
		return &bill_hash_wrong;
	*ret = answer.body;
	return NULL;
}

static problem bill(void *self, struct arena *arena, struct text day, struct text *ret)
{
	struct wechat *w = self;
	struct text answer, code = { 0 };
	json_t *tree;
	problem why = call(w, arena, GET, arena_format(arena, "/v3/bill/tradebill?bill_date=%.*s&bill_type=ALL", TEXT_ARG(day)), TEXT(""), &answer, &code);

	*ret = TEXT("");
	if (why == &payment_channel_refused && text_eq(code, TEXT("NO_STATEMENT_EXIST")))
		return NULL;
	if (why == &payment_channel_refused && text_eq(code, TEXT("STATEMENT_CREATING")))
		return &bill_early;
	if (!why && json_read(arena, answer, &tree))
		return &bill_unreadable;
	return why ? why : download(w, arena, tree, ret);
}

/* ---- notifications ---- */

static int header_times(const struct http_request *rq, const char *name)
{
	int times = 0;

	for (size_t i = 0; i < rq->header_count; i++)
		times += text_eq_nocase(rq->headers[i].name, text_of(name));
	return times;
}

/* Absent when it is not there exactly once. */
static struct text only_header(const struct http_request *rq, const char *name)
{
	return header_times(rq, name) == 1 ? http_header(rq, name) : (struct text){ 0 };
}

static problem open_resource(struct wechat *w, struct arena *arena, const json_t *resource, struct text *ret)
{
	struct text sealed;

	if (!text_eq(json_get_text(resource, "algorithm"), TEXT("AEAD_AES_256_GCM")))
		return &payment_forged;
	if (!base64_decode(arena, json_get_text(resource, "ciphertext"), &sealed))
		return &payment_forged;
	if (gcm_open(w->apiv3_key, json_get_text(resource, "nonce"), json_get_text(resource, "associated_data"), arena, sealed, ret))
		return &payment_forged;
	return NULL;
}

/* It is sealed by a key that the channel and we alone have: that it opens says that nobody changed it. */
static problem reread(void *self, struct arena *arena, struct text raw, struct text *ret_message, struct channel_fact *ret)
{
	struct text plain;
	json_t *tree;

	if (json_read(arena, raw, &tree))
		return &payment_forged;
	*ret_message = json_get_text(tree, "id");
	if (!ret_message->length || ret_message->length > 128 || open_resource(self, arena, json_object_get(tree, "resource"), &plain))
		return &payment_forged;
	if (text_starts(json_get_text(tree, "event_type"), TEXT("REFUND."))) {
		*ret = (struct channel_fact){ .tag = CHANNEL_REFUND };
		return read_refund(arena, plain, "refund_status", &ret->refund) ? &payment_forged : NULL;
	}
	if (!text_eq(json_get_text(tree, "event_type"), TEXT("TRANSACTION.SUCCESS"))) {
		*ret = (struct channel_fact){ .tag = CHANNEL_NOT_PAID };
		return NULL;
	}
	return read_transaction(arena, plain, ret) ? &payment_forged : NULL;
}

static problem notified(void *self, struct arena *arena, const struct http_request *rq, int64_t now_ms, struct text *ret_message,
                        struct channel_fact *ret)
{
	struct wechat *w = self;
	const struct signed_bytes in = {
		.timestamp = only_header(rq, "Wechatpay-Timestamp"),
		.nonce = only_header(rq, "Wechatpay-Nonce"),
		.serial = only_header(rq, "Wechatpay-Serial"),
		.signature = only_header(rq, "Wechatpay-Signature"),
		.type = http_header(rq, "Wechatpay-Signature-Type"),
		.body = rq->body,
	};
	problem why;

	if (header_times(rq, "Wechatpay-Signature-Type") > 1)
		return &payment_forged;
	why = wechat__check(w, arena, &in, now_ms);
	return why ? why : reread(w, arena, rq->body, ret_message, ret);
}

static struct text app(void *self) { return ((const struct wechat *)self)->app; }

static bool matches(void *self, const struct channel_fact *fact, const struct payment *payment)
{
	const struct wechat *w = self;

	return text_eq(fact->merchant, w->merchant) && text_eq(fact->app, app_of(w, payment)) && text_eq(fact->trade_no, payment->trade_no) &&
	       fact->total.fen == payment->amount.fen && (!fact->currency.at || text_eq(fact->currency, TEXT("CNY")));
}

static bool matches_refund(void *self, const struct refund_fact *fact, const struct refund *refund, const struct payment *payment)
{
	const struct wechat *w = self;

	return (!fact->merchant.at || text_eq(fact->merchant, w->merchant)) && text_eq(fact->refund_no, refund->refund_no) &&
	       text_eq(fact->trade_no, payment->trade_no) && fact->amount.fen == refund->amount.fen && fact->total.fen == payment->amount.fen;
}

/* ---- keys ---- */

static void close_state(void *self)
{
	struct wechat *w = self;

	rsa_close(w->private_key);
	wechat__close_keys(w);
	arena_free(w->arena);
	free(w);
}

static const struct channel wechat_channel = {
	.name = "wechat",
	.create = create,
	.query = query,
	.close = close_trade,
	.refund = refund,
	.query_refund = query_refund,
	.notified = notified,
	.reread = reread,
	.app = app,
	.matches = matches,
	.invoke = invoke,
	.bill = bill,
	.matches_refund = matches_refund,
	.read_keys = wechat__read_keys,
	.fetch_keys = wechat__fetch_keys,
	.close_state = close_state,
};

/* A key that cannot sign is found now, not at the first order. */
static problem take_own_keys(struct wechat *w, const struct wechat_config *config)
{
	struct text signature;
	problem why = rsa_private_read(config->key, &w->private_key);

	if (why)
		return why;
	w->apiv3_key = arena_text(w->arena, text_trim(config->apiv3_key));
	return w->apiv3_key.length == GCM_KEY_BYTES ? rsa_sign(w->private_key, w->arena, TEXT("try"), &signature) : &key_unusable;
}

static problem read_stored(struct tx *tx, void *arg) { return wechat__read_keys(arg, tx); }

void wechat__close(struct wechat *w) { close_state(w); }

problem wechat__open(struct serve *serve, const struct wechat_config *config, struct wechat **ret)
{
	struct wechat *w = calloc(1, sizeof *w);
	problem why;

	if (!w)
		abort();
	w->arena = arena_new(256 * 1024);
	w->world = serve_world(serve);
	w->db = serve_db(serve);
	pthread_rwlock_init(&w->lock, NULL);
	w->base = arena_text(w->arena, config->base);
	w->merchant = arena_text(w->arena, config->merchant);
	w->app = arena_text(w->arena, config->app);
	w->serial = arena_text(w->arena, config->serial);
	w->loopback = config->loopback;
	why = take_own_keys(w, config);
	/* without one the certificates are fetched before the first answer is believed */
	if (!why && config->platform_key.length)
		why = wechat__configure_key(w, config->platform_key, arena_text(w->arena, config->platform_serial));
	if (!why)
		why = db_read(w->db, read_stored, w);
	if (why)
		close_state(w);
	else
		*ret = w;
	return why;
}

problem wechat_open(struct serve *serve, const struct channel **ret, void **ret_self)
{
	struct arena *arena = arena_new(256 * 1024);
	struct wechat_config config = { 0 };
	struct wechat *w = NULL;
	problem why = wechat__config(serve, arena, &config);

	if (!why && config.merchant.length)
		why = wechat__open(serve, &config, &w);
	if (why)
		log_line(LOG_ERROR, "wechat-keys", "why", text_of(why->type), "says", text_of(why->title), NULL);
	if (!why && w) {
		*ret = &wechat_channel;
		*ret_self = w;
	}
	arena_free(arena);
	return why;
}
