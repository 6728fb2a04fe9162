/* refund.c - refunds: accepted at once, done a little later, told of where an address was given. */
#include <assert.h>
#include <stdlib.h>

#include "sandbox.h"

static const struct problem not_paid = { 400, "INVALID_REQUEST", "订单未支付，不能退款" };
static const struct problem too_much = { 400, "INVALID_REQUEST", "申请退款金额超过可退金额" };
static const struct problem too_many = { 403, "RULE_LIMIT", "一笔订单最多支持50次部分退款" };
static const struct problem number_used = { 400, "INVALID_REQUEST", "同一退款单号的请求参数不一致" };
static const struct problem refund_missing = { 404, "RESOURCE_NOT_EXISTS", "退款单不存在" };

enum { PARTS_MAX = 50, SETTLE_MS = 2000 };

static void refund_json(struct arena *arena, const struct refund *r, struct buffer *out)
{
	buffer_add_char(out, '{');
	json_member(out, "refund_id", r->refund);
	json_member(out, "out_refund_no", r->out_refund_no);
	json_member(out, "transaction_id", r->transaction);
	json_member(out, "out_trade_no", r->out_trade_no);
	json_member(out, "channel", TEXT("ORIGINAL"));
	json_member(out, "user_received_account", TEXT("支付用户零钱"));
	if (text_is(r->state, "SUCCESS"))
		json_member(out, "success_time", clock_rfc3339(arena, r->success_ms));
	json_member(out, "create_time", clock_rfc3339(arena, r->created_ms));
	json_member(out, "status", r->state);
	json_member(out, "funds_account", TEXT("AVAILABLE"));
	buffer_format(out,
		      ",\"promotion_detail\":[],\"amount\":{\"total\":%lld,\"refund\":%lld,\"payer_total\":%lld,"
		      "\"payer_refund\":%lld,"
		      "\"settlement_refund\":%lld,\"settlement_total\":%lld,\"discount_refund\":0,\"currency\":\"CNY\","
		      "\"from\":[]}}",
		      (long long)r->total, (long long)r->amount, (long long)r->total, (long long)r->amount,
		      (long long)r->amount, (long long)r->total);
}

struct refund_request {
	struct text out_refund_no, transaction, out_trade_no, reason, notify_url;
	int64_t amount, total;
};

static problem check_amounts(struct call *call, struct refund_request *ret)
{
	const json_t *amount = json_object_get(call->body, "amount");
	problem why = json_is_object(amount) ? NULL : wrong_field(call, "amount");

	if (!why)
		why = check_amount(call, amount, "refund", &ret->amount);
	if (!why)
		why = check_amount(call, amount, "total", &ret->total);
	return why ? why : check_currency(call, amount, true);
}

static problem check_refund(struct call *call, struct refund_request *ret)
{
	problem why = check_text(call, call->body, "out_refund_no", 1, 64, &ret->out_refund_no);

	if (!why)
		why = check_number(call, ret->out_refund_no, 1, 64, "_-*@|", "out_refund_no");
	if (!why)
		why = check_text(call, call->body, "transaction_id", 0, 32, &ret->transaction);
	if (!why)
		why = check_text(call, call->body, "out_trade_no", 0, 32, &ret->out_trade_no);
	if (!why && !ret->transaction.length == !ret->out_trade_no.length)
		why = wrong_field(call, "transaction_id");
	if (!why)
		why = check_text(call, call->body, "reason", 0, 80, &ret->reason);
	if (!why)
		why = check_text(call, call->body, "notify_url", 0, 255, &ret->notify_url);
	if (!why && ret->notify_url.length)
		why = check_notify_url(call, ret->notify_url);
	return why ? why : check_amounts(call, ret);
}

static problem trade_find(struct tx *tx, struct call *call, const struct refund_request *rq, struct trade *ret)
{
	struct text mchid = call->sandbox->keys.mchid;
	problem why = rq->transaction.length ? book_trade_by_transaction(tx, mchid, rq->transaction, ret)
					     : book_trade_by_number(tx, mchid, rq->out_trade_no, ret);

	return why == &book_missing ? &gateway_order_missing : why;
}

static problem trade_allows(struct tx *tx, struct call *call, const struct refund_request *rq, const struct trade *t)
{
	int64_t count, refunded;

	if (!t->transaction.at)
		return &not_paid;
	if (rq->total != t->total)
		return wrong_field(call, "total");
	refunded = book_refunded(tx, t->transaction, &count);
	if (count >= PARTS_MAX)
		return &too_many;
	return rq->amount > t->total - refunded ? &too_much : NULL;
}

static struct text request_digest(struct call *call)
{
	char *canonical = json_dumps(call->body, JSON_SORT_KEYS | JSON_COMPACT);
	struct text digest;

	assert(canonical);
	digest = sha256_hex(call->arena, text_of(canonical));
	free(canonical);
	return digest;
}

static problem refund_new(struct tx *tx, struct call *call, const struct refund_request *rq, struct text digest)
{
	struct trade t;
	struct refund r;
	int64_t id = tx_id(tx);
	problem why = trade_find(tx, call, rq, &t);

	if (!why)
		why = trade_allows(tx, call, rq, &t);
	if (why)
		return why;
	r = (struct refund){ .id = id,
			     .refund = arena_format(call->arena, "503000%022lld", (long long)id),
			     .mchid = t.mchid,
			     .out_refund_no = rq->out_refund_no,
			     .out_trade_no = t.out_trade_no,
			     .transaction = t.transaction,
			     .reason = rq->reason,
			     .notify_url = rq->notify_url,
			     .request = digest,
			     .state = TEXT("PROCESSING"),
			     .amount = rq->amount,
			     .total = rq->total,
			     .created_ms = clock_now_ms(call->sandbox->clock) };
	book_refund_add(tx, &r);
	t.state = TEXT("REFUND");
	book_trade_state(tx, &t);
	refund_json(call->arena, &r, &call->answer);
	call->notify = true;
	return NULL;
}

static problem refund_create(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct refund_request rq = { 0 };
	struct refund known;
	struct text digest;
	problem why = check_refund(call, &rq);

	if (why)
		return why;
	digest = request_digest(call);
	why = book_refund_by_number(tx, call->sandbox->keys.mchid, rq.out_refund_no, &known);
	if (why)
		return why == &book_missing ? refund_new(tx, call, &rq, digest) : why;
	if (!text_eq(known.request, digest))
		return &number_used;
	refund_json(call->arena, &known, &call->answer);
	return NULL;
}

static problem refund_query(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct refund r;
	problem why = book_refund_by_number(tx, call->sandbox->keys.mchid, call->segment, &r);

	if (why)
		return why == &book_missing ? &refund_missing : why;
	refund_json(call->arena, &r, &call->answer);
	return NULL;
}

/* ---- their end ---- */

static void refund_notify(struct tx *tx, struct sandbox *s, const struct refund *r)
{
	struct arena *arena = tx_arena(tx);
	CLEANUP(buffer_free) struct buffer plain = BUFFER(65536);
	int64_t now = clock_now_ms(s->clock);

	buffer_add_char(&plain, '{');
	json_member(&plain, "mchid", r->mchid);
	json_member(&plain, "out_trade_no", r->out_trade_no);
	json_member(&plain, "transaction_id", r->transaction);
	json_member(&plain, "out_refund_no", r->out_refund_no);
	json_member(&plain, "refund_id", r->refund);
	json_member(&plain, "refund_status", r->state);
	if (text_is(r->state, "SUCCESS"))
		json_member(&plain, "success_time", clock_rfc3339(arena, r->success_ms));
	json_member(&plain, "user_received_account", TEXT("支付用户零钱"));
	buffer_format(&plain,
		      ",\"amount\":{\"total\":%lld,\"refund\":%lld,\"payer_total\":%lld,\"payer_refund\":%lld}}",
		      (long long)r->total, (long long)r->amount, (long long)r->total, (long long)r->amount);
	book_notify_add(tx, &(struct notification){ .id = tx_id(tx),
						    .message = message_id(s->world, arena),
						    .event = arena_format(arena, "REFUND.%.*s", TEXT_ARG(r->state)),
						    .summary = TEXT("退款通知"),
						    .type = TEXT("refund"),
						    .url = r->notify_url,
						    .plain = buffer_text(&plain),
						    .created_ms = now,
						    .next_ms = now,
						    .state = TEXT("waiting"),
						    .last = TEXT("") });
}

void refund_settle(struct tx *tx, struct sandbox *s, struct refund *r, const char *state)
{
	r->state = text_of(state);
	r->success_ms = text_is(r->state, "SUCCESS") ? clock_now_ms(s->clock) : 0;
	book_refund_state(tx, r);
	if (r->notify_url.length)
		refund_notify(tx, s, r);
}

problem refunds_settle(struct tx *tx, void *arg)
{
	struct sandbox *s = arg;
	struct refund *due;
	size_t n;
	problem why = book_refunds_due(tx, clock_now_ms(s->clock) - SETTLE_MS, &due, &n);

	for (size_t i = 0; i < n && !why; i++)
		refund_settle(tx, s, &due[i], "SUCCESS");
	return why;
}

const struct gateway_route refund_routes[] = {
	{ POST, "/v3/refund/domestic/refunds", refund_create },
	{ GET, "/v3/refund/domestic/refunds/{x}", refund_query },
	{ 0 },
};
