/* wechat.c - transactions by Native, H5 and JSAPI, their state, the certificates, and what a payer does to them. */
#include <assert.h>
#include <stdlib.h>

#include "sandbox.h"

static const struct problem number_used = { 403, "OUT_TRADE_NO_USED", "商户订单号重复" };
static const struct problem order_closed = { 400, "ORDER_CLOSED", "订单已关闭" };
static const struct problem order_paid = { 400, "ORDERPAID", "订单已支付" };
static const struct problem order_over = { 400, "INVALID_REQUEST", "该订单支付失败，请更换商户订单号" };
const struct problem payer_refused = { 409, "payer-refused", "This payment is not open any more." };

enum { COPY_GAP_MS = 1000, PREPAY_BYTES = 16 };

/* ---- a trade as JSON ---- */

static const char *state_says(struct text state)
{
	static const char *const says[][2] = { { "NOTPAY", "订单未支付" },
					       { "SUCCESS", "支付成功" },
					       { "REFUND", "转入退款" },
					       { "CLOSED", "订单已关闭" },
					       { "PAYERROR", "支付失败" } };

	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (text_is(state, says[i][0]))
			return says[i][1];
	abort();
}

void json_member(struct buffer *out, const char *key, struct text value)
{
	if (out->length && out->at[out->length - 1] != '{')
		buffer_add_char(out, ',');
	json_write_key(out, key);
	json_write_text(out, value);
}

static void paid_members(struct call *call, const struct trade *t, struct buffer *out)
{
	json_member(out, "transaction_id", t->transaction);
	json_member(out, "trade_type", text_is(t->way, "h5") ? TEXT("MWEB") : text_is(t->way, "jsapi") ? TEXT("JSAPI") : TEXT("NATIVE"));
	json_member(out, "bank_type", TEXT("OTHERS"));
	json_member(out, "success_time", clock_rfc3339(call->arena, t->success_ms));
	buffer_add(out, TEXT(",\"payer\":{\"openid\":"));
	json_write_text(out, t->openid);
	buffer_add_char(out, '}');
}

void trade_json(struct call *call, const struct trade *t, struct buffer *out)
{
	buffer_add_char(out, '{');
	json_member(out, "mchid", t->mchid);
	json_member(out, "appid", t->appid);
	json_member(out, "out_trade_no", t->out_trade_no);
	json_member(out, "trade_state", t->state);
	json_member(out, "trade_state_desc", text_of(state_says(t->state)));
	json_member(out, "attach", t->attach);
	if (t->transaction.at)
		paid_members(call, t, out);
	buffer_format(out, ",\"promotion_detail\":[],\"amount\":{\"total\":%lld,\"currency\":\"CNY\"",
		      (long long)t->total);
	if (t->transaction.at)
		buffer_format(out, ",\"payer_total\":%lld,\"payer_currency\":\"CNY\"", (long long)t->payer_total);
	buffer_add(out, TEXT("}}"));
}

/* ---- creating ---- */

/* What makes two requests the same: every member, whatever its order. */
static struct text request_digest(struct call *call, const char *way)
{
	char *canonical = json_dumps(call->body, JSON_SORT_KEYS | JSON_COMPACT);
	struct text whole;

	assert(canonical);
	whole = arena_format(call->arena, "%s %s", way, canonical);
	free(canonical);
	return sha256_hex(call->arena, whole);
}

static void answer_address(struct call *call, const struct trade *t)
{
	struct buffer *out = &call->answer;

	if (text_is(t->way, "native"))
		buffer_format(out, "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=%.*s\"}", TEXT_ARG(t->prepay));
	else if (text_is(t->way, "jsapi"))
		buffer_format(out, "{\"prepay_id\":\"%.*s\"}", TEXT_ARG(t->prepay));
	else
		buffer_format(out, "{\"h5_url\":\"http://127.0.0.1:%d/sandbox/h5/%.*s?package=1\"}",
			      call->sandbox->port, TEXT_ARG(t->prepay));
}

static problem create_again(struct call *call, const struct trade *t, struct text digest)
{
	if (!text_eq(t->request, digest))
		return &number_used;
	if (text_is(t->state, "CLOSED"))
		return &order_closed;
	if (text_is(t->state, "PAYERROR"))
		return &order_over;
	if (!text_is(t->state, "NOTPAY"))
		return &order_paid;
	answer_address(call, t);
	return NULL;
}

static struct text prepay_make(struct call *call)
{
	unsigned char bytes[PREPAY_BYTES];

	world_random(call->sandbox->world, bytes, sizeof(bytes));
	return arena_format(call->arena, "wx%s",
			    hex_encode(call->arena, (struct text){ (char *)bytes, sizeof(bytes) }).at);
}

/* Who will pay: one of the people, by his openid at this official account. */
static problem check_payer(struct call *call, struct text *ret)
{
	*ret = json_get_text(json_object_get(call->body, "payer"), "openid");
	return people_has(call, json_get_text(call->body, "appid"), *ret) ? NULL : wrong_field(call, "openid");
}

static problem create(struct tx *tx, struct call *call, const char *way)
{
	struct create_request rq = { 0 };
	struct text digest, openid = { 0 };
	struct trade t = { 0 };
	problem why = check_create(call, text_is(text_of(way), "h5"), &rq);

	if (!why && text_is(text_of(way), "jsapi"))
		why = check_payer(call, &openid);
	if (why)
		return why;
	digest = request_digest(call, way);
	why = book_trade_by_number(tx, rq.mchid, rq.out_trade_no, &t);
	if (!why)
		return create_again(call, &t, digest);
	if (why != &book_missing)
		return why;
	t = (struct trade){ .id = tx_id(tx),
			    .prepay = prepay_make(call),
			    .mchid = rq.mchid,
			    .appid = rq.appid,
			    .out_trade_no = rq.out_trade_no,
			    .way = text_of(way),
			    .description = rq.description,
			    .notify_url = rq.notify_url,
			    .attach = rq.attach,
			    .request = digest,
			    .total = rq.total,
			    .created_ms = clock_now_ms(call->sandbox->clock),
			    .expires_ms = rq.expires_ms,
			    .state = TEXT("NOTPAY"),
			    .openid = openid };
	book_trade_add(tx, &t);
	answer_address(call, &t);
	return NULL;
}

static problem create_native(struct tx *tx, void *arg)
{
	return create(tx, arg, "native");
}

static problem create_h5(struct tx *tx, void *arg)
{
	return create(tx, arg, "h5");
}

static problem create_jsapi(struct tx *tx, void *arg)
{
	return create(tx, arg, "jsapi");
}

/* ---- asking and closing ---- */

typedef problem (*trade_finder)(struct tx *tx, struct text mchid, struct text what, struct trade *ret);

static problem query(struct tx *tx, struct call *call, trade_finder find)
{
	struct text mchid = call_query(call, "mchid");
	struct trade t;
	problem why = mchid.length ? check_merchant(call, mchid) : wrong_field(call, "mchid");

	if (!why)
		why = find(tx, mchid, call->segment, &t);
	if (why)
		return why == &book_missing ? &gateway_order_missing : why;
	if (faults_take(call->sandbox->faults, FAULT_QUERY_WRONG_AMOUNT, NULL))
		t.total++;
	trade_json(call, &t, &call->answer);
	return NULL;
}

static problem query_by_number(struct tx *tx, void *arg)
{
	return query(tx, arg, book_trade_by_number);
}

static problem query_by_transaction(struct tx *tx, void *arg)
{
	return query(tx, arg, book_trade_by_transaction);
}

static problem close_trade(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct text mchid;
	struct trade t;
	problem why = check_text(call, call->body, "mchid", 1, 32, &mchid);

	if (!why)
		why = check_merchant(call, mchid);
	if (!why)
		why = book_trade_by_number(tx, mchid, call->segment, &t);
	if (why)
		return why == &book_missing ? &gateway_order_missing : why;
	if (text_is(t.state, "SUCCESS") || text_is(t.state, "REFUND"))
		return &order_paid;
	t.state = TEXT("CLOSED");
	book_trade_state(tx, &t);
	call->status = 204;
	return NULL;
}

static void certificate_json(struct call *call, const struct platform *p)
{
	struct buffer *out = &call->answer;

	buffer_format(out, "{\"serial_no\":\"%.*s\",\"effective_time\":\"%s\",\"expire_time\":\"%s\",\"encrypt_certificate\":",
		      TEXT_ARG(p->serial), clock_rfc3339(call->arena, p->from_ms).at, clock_rfc3339(call->arena, p->until_ms).at);
	signer_seal(call->sandbox->keys.apiv3, call->sandbox->world, call->arena, NULL, TEXT("certificate"), p->certificate, out);
	buffer_add_char(out, '}');
}

static problem certificates(struct tx *tx, void *arg)
{
	struct call *call = arg;
	const struct keys *keys = &call->sandbox->keys;
	int first = keys->first_listed, count = keys->platform_count;

	(void)tx;
	buffer_add(&call->answer, TEXT("{\"data\":["));
	for (int i = first; i < count; i++) {
		if (i > first)
			buffer_add_char(&call->answer, ',');
		certificate_json(call, &keys->platforms[i]);
	}
	buffer_add(&call->answer, TEXT("]}"));
	return NULL;
}

/* ---- the payer ---- */

/* 28 digits: 4200, the day, the row. */
static struct text transaction_make(struct call *call, const struct trade *t)
{
	struct text day = clock_rfc3339(call->arena, clock_now_ms(call->sandbox->clock));

	return arena_format(call->arena, "4200%.4s%.2s%.2s%016lld", day.at, day.at + 5, day.at + 8, (long long)t->id);
}

struct text message_id(struct world *world, struct arena *arena)
{
	unsigned char b[16];
	struct text hex;

	world_random(world, b, sizeof(b));
	hex = hex_encode(arena, (struct text){ (char *)b, sizeof(b) });
	return arena_format(arena, "%.8s-%.4s-5%.3s-8%.3s-%.12s", hex.at, hex.at + 8, hex.at + 13, hex.at + 17,
			    hex.at + 20);
}

static void trade_notify(struct tx *tx, struct call *call, const struct trade *t, int64_t delay_ms)
{
	CLEANUP(buffer_free) struct buffer plain = BUFFER(65536);
	int64_t now = clock_now_ms(call->sandbox->clock);

	trade_json(call, t, &plain);
	book_notify_add(tx, &(struct notification){ .id = tx_id(tx),
						    .message = message_id(call->sandbox->world, call->arena),
						    .event = TEXT("TRANSACTION.SUCCESS"),
						    .summary = TEXT("支付成功"),
						    .type = TEXT("transaction"),
						    .url = t->notify_url,
						    .plain = buffer_text(&plain),
						    .created_ms = now,
						    .next_ms = now + delay_ms,
						    .state = TEXT("waiting"),
						    .last = TEXT("") });
	call->notify = true;
}

static void decline(struct tx *tx, struct trade *t)
{
	t->state = TEXT("PAYERROR");
	book_trade_state(tx, t);
}

/* Who pays late was on the way when the payment expired or was closed: it goes through all the same. */
problem payer_act(struct tx *tx, struct call *call, struct trade *t, enum payer_act act)
{
	int64_t now = clock_now_ms(call->sandbox->clock);
	bool open = text_is(t->state, "NOTPAY") && now < t->expires_ms, unpaid = !t->transaction.at;

	if (act == PAYER_PAYS_LATE ? !unpaid : !open)
		return &payer_refused;
	if (act == PAYER_DECLINES) {
		decline(tx, t);
		return NULL;
	}
	t->state = TEXT("SUCCESS");
	t->transaction = transaction_make(call, t);
	if (!t->openid.length)
		t->openid = TEXT("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
	t->payer_total = t->total;
	t->success_ms = now;
	book_trade_state(tx, t);
	trade_notify(tx, call, t, 0);
	if (act == PAYER_PAYS_TWICE)
		trade_notify(tx, call, t, COPY_GAP_MS);
	return NULL;
}

const struct gateway_route wechat_routes[] = {
	{ POST, "/v3/pay/transactions/native", create_native },
	{ POST, "/v3/pay/transactions/h5", create_h5 },
	{ POST, "/v3/pay/transactions/jsapi", create_jsapi },
	{ GET, "/v3/pay/transactions/id/{x}", query_by_transaction },
	{ POST, "/v3/pay/transactions/out-trade-no/{x}/close", close_trade },
	{ GET, "/v3/pay/transactions/out-trade-no/{x}", query_by_number },
	{ GET, "/v3/certificates", certificates },
	{ 0 },
};
