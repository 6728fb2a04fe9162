/* book.c - the gateway's durable book, in a SQLite file of its own: trades, refunds, notifications, the log of requests. */
#include "sandbox.h"

const struct problem book_missing = { 404, "missing", "Not in the book." };

const struct migration book_migrations[] = {
	{ "sandbox", 1, "book",
	  "create table trade (id {I64} primary key, prepay {TEXT} not null unique, mchid {TEXT} not null, appid {TEXT} not null,"
	  " out_trade_no {TEXT} not null, way {TEXT} not null check (way in ('native', 'h5')), description {TEXT} not null,"
	  " notify_url {TEXT} not null, attach {TEXT} not null, request {TEXT} not null, total {I64} not null, created_ms {I64} not null,"
	  " expires_ms {I64} not null, state {TEXT} not null check (state in ('NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED', 'PAYERROR')),"
	  " transaction_id {TEXT} unique, openid {TEXT}, payer_total {I64} not null, success_ms {I64} not null,"
	  " unique (mchid, out_trade_no)) {STRICT};\n"
	  "create table refund (id {I64} primary key, refund_id {TEXT} not null unique, mchid {TEXT} not null, out_refund_no {TEXT} not null,"
	  " out_trade_no {TEXT} not null, transaction_id {TEXT} not null, reason {TEXT} not null, notify_url {TEXT} not null,"
	  " request {TEXT} not null, state {TEXT} not null check (state in ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')),"
	  " amount {I64} not null, total {I64} not null, created_ms {I64} not null, success_ms {I64} not null,"
	  " unique (mchid, out_refund_no)) {STRICT};\n"
	  "create index refund_of on refund (transaction_id);\n"
	  "create table notification (id {I64} primary key, message_id {TEXT} not null, event {TEXT} not null, summary {TEXT} not null,"
	  " type {TEXT} not null, url {TEXT} not null, plain {TEXT} not null, created_ms {I64} not null, tries {I64} not null,"
	  " next_ms {I64} not null, state {TEXT} not null check (state in ('waiting', 'done', 'given-up')), last {TEXT} not null) {STRICT};\n"
	  "create index notification_due on notification (next_ms) where state = 'waiting';\n"
	  "create table request_log (id {I64} primary key, at_ms {I64} not null, direction {TEXT} not null, method {TEXT} not null,"
	  " target {TEXT} not null, verdict {TEXT} not null, status {I64} not null, body {TEXT} not null) {STRICT};\n"
	  "create table gateway_setting (name {TEXT} primary key, value {I64} not null) {STRICT};\n" },
	{ "sandbox_jsapi", 1, "jsapi",
	  "create table trade_made_anew (id {I64} primary key, prepay {TEXT} not null unique, mchid {TEXT} not null, appid {TEXT} not null,"
	  " out_trade_no {TEXT} not null, way {TEXT} not null check (way in ('native', 'h5', 'jsapi')), description {TEXT} not null,"
	  " notify_url {TEXT} not null, attach {TEXT} not null, request {TEXT} not null, total {I64} not null, created_ms {I64} not null,"
	  " expires_ms {I64} not null, state {TEXT} not null check (state in ('NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED', 'PAYERROR')),"
	  " transaction_id {TEXT} unique, openid {TEXT}, payer_total {I64} not null, success_ms {I64} not null,"
	  " unique (mchid, out_trade_no)) {STRICT};\n"
	  "insert into trade_made_anew select * from trade;\ndrop table trade;\nalter table trade_made_anew rename to trade;\n" },
};
const size_t book_migrations_count = sizeof(book_migrations) / sizeof(book_migrations[0]);

enum { LIST_MAX = 200, LOG_KEPT = 2000 };

/* ---- trades ---- */

#define TRADE_COLUMNS \
	"id, prepay, mchid, appid, out_trade_no, way, description, notify_url, attach, request, total, created_ms, expires_ms, state," \
	" transaction_id, openid, payer_total, success_ms"

const struct shape trade_shape = SHAPE(trade,
	FIELD(trade, id, SHAPE_INT), FIELD(trade, prepay, SHAPE_TEXT), FIELD(trade, mchid, SHAPE_TEXT), FIELD(trade, appid, SHAPE_TEXT),
	FIELD(trade, out_trade_no, SHAPE_TEXT), FIELD(trade, way, SHAPE_TEXT), FIELD(trade, description, SHAPE_TEXT),
	FIELD(trade, notify_url, SHAPE_TEXT), FIELD(trade, attach, SHAPE_TEXT), FIELD(trade, request, SHAPE_TEXT),
	FIELD(trade, total, SHAPE_INT), FIELD(trade, created_ms, SHAPE_TIME), FIELD(trade, expires_ms, SHAPE_TIME),
	FIELD(trade, state, SHAPE_TEXT), NAMED(trade, "transaction_id", transaction, SHAPE_TEXT, .optional = true, .nullable = true),
	FIELD(trade, openid, SHAPE_TEXT, .optional = true, .nullable = true), FIELD(trade, payer_total, SHAPE_INT),
	FIELD(trade, success_ms, SHAPE_TIME));

void book_trade_add(struct tx *tx, const struct trade *t)
{
	run(tx, "insert into trade (" TRADE_COLUMNS ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
	    V(t->id, t->prepay, t->mchid, t->appid, t->out_trade_no, t->way, t->description, t->notify_url, t->attach, t->request, t->total,
	      t->created_ms, t->expires_ms, t->state, t->transaction, t->openid, t->payer_total, t->success_ms));
}

problem book_trade_by_number(struct tx *tx, struct text mchid, struct text out_trade_no, struct trade *ret)
{
	return read_one(tx, &book_missing, &trade_shape, ret,
	                "select " TRADE_COLUMNS " from trade where mchid = $1 and out_trade_no = $2", V(mchid, out_trade_no));
}

problem book_trade_by_transaction(struct tx *tx, struct text mchid, struct text transaction, struct trade *ret)
{
	return read_one(tx, &book_missing, &trade_shape, ret,
	                "select " TRADE_COLUMNS " from trade where mchid = $1 and transaction_id = $2", V(mchid, transaction));
}

problem book_trade_by_prepay(struct tx *tx, struct text prepay, struct trade *ret)
{
	return read_one(tx, &book_missing, &trade_shape, ret, "select " TRADE_COLUMNS " from trade where prepay = $1", V(prepay));
}

problem book_trades(struct tx *tx, bool open_only, struct trade **ret, size_t *ret_count)
{
	return read_all(tx, &trade_shape, LIST_MAX, (void **)ret, ret_count,
	                "select " TRADE_COLUMNS " from trade where ($1 = 0 or state = 'NOTPAY') order by id desc limit $2",
	                V(open_only, (int)LIST_MAX));
}

void book_trade_state(struct tx *tx, const struct trade *t)
{
	run(tx, "update trade set state = $2, transaction_id = $3, openid = $4, payer_total = $5, success_ms = $6 where id = $1",
	    V(t->id, t->state, t->transaction, t->openid, t->payer_total, t->success_ms));
}

/* ---- refunds ---- */

#define REFUND_COLUMNS \
	"id, refund_id, mchid, out_refund_no, out_trade_no, transaction_id, reason, notify_url, request, state, amount, total, created_ms," \
	" success_ms"

static const struct shape refund_shape = SHAPE(refund,
	FIELD(refund, id, SHAPE_INT), FIELD(refund, refund, SHAPE_TEXT), FIELD(refund, mchid, SHAPE_TEXT),
	FIELD(refund, out_refund_no, SHAPE_TEXT), FIELD(refund, out_trade_no, SHAPE_TEXT), FIELD(refund, transaction, SHAPE_TEXT),
	FIELD(refund, reason, SHAPE_TEXT), FIELD(refund, notify_url, SHAPE_TEXT), FIELD(refund, request, SHAPE_TEXT),
	FIELD(refund, state, SHAPE_TEXT), FIELD(refund, amount, SHAPE_INT), FIELD(refund, total, SHAPE_INT),
	FIELD(refund, created_ms, SHAPE_TIME), FIELD(refund, success_ms, SHAPE_TIME));

void book_refund_add(struct tx *tx, const struct refund *r)
{
	run(tx, "insert into refund (" REFUND_COLUMNS ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	    V(r->id, r->refund, r->mchid, r->out_refund_no, r->out_trade_no, r->transaction, r->reason, r->notify_url, r->request, r->state,
	      r->amount, r->total, r->created_ms, r->success_ms));
}

problem book_refund_by_number(struct tx *tx, struct text mchid, struct text out_refund_no, struct refund *ret)
{
	return read_one(tx, &book_missing, &refund_shape, ret,
	                "select " REFUND_COLUMNS " from refund where mchid = $1 and out_refund_no = $2", V(mchid, out_refund_no));
}

void book_refund_state(struct tx *tx, const struct refund *r)
{
	run(tx, "update refund set state = $2, success_ms = $3 where id = $1", V(r->id, r->state, r->success_ms));
}

int64_t book_refunded(struct tx *tx, struct text transaction, int64_t *ret_count)
{
	*ret_count = read_int(tx, 0, "select count(*) from refund where transaction_id = $1", V(transaction));
	return read_int(tx, 0, "select coalesce(sum(amount), 0) from refund where transaction_id = $1 and state <> 'CLOSED'", V(transaction));
}

problem book_refunds_due(struct tx *tx, int64_t created_before_ms, struct refund **ret, size_t *ret_count)
{
	return read_all(tx, &refund_shape, LIST_MAX, (void **)ret, ret_count,
	                "select " REFUND_COLUMNS " from refund where state = 'PROCESSING' and created_ms <= $1 order by id limit $2",
	                V(created_before_ms, (int)LIST_MAX));
}

problem book_bill_each(struct tx *tx, const struct shape *row, problem (*each)(void *arg, const void *row), void *arg, int64_t from_ms,
                       int64_t to_ms, bool payments, bool refunds)
{
	return read_each(tx, row, each, arg,
	                 "select success_ms as at_ms, total, 0 as refund, transaction_id, out_trade_no, openid, way, description, attach,"
	                 " '' as refund_id, '' as out_refund_no, '' as state, id from trade"
	                 " where success_ms >= $1 and success_ms < $2 and $3 = 1 and transaction_id is not null"
	                 " union all select r.created_ms, r.total, r.amount, r.transaction_id, r.out_trade_no, t.openid, t.way, t.description,"
	                 " t.attach, r.refund_id, r.out_refund_no, r.state, r.id from refund r join trade t on t.transaction_id = r.transaction_id"
	                 " where r.created_ms >= $1 and r.created_ms < $2 and $4 = 1 order by 1, 13",
	                 V(from_ms, to_ms, payments, refunds));
}

/* ---- notifications ---- */

#define NOTIFY_COLUMNS "id, message_id, event, summary, type, url, plain, created_ms, tries, next_ms, state, last"

const struct shape notification_shape = SHAPE(notification,
	FIELD(notification, id, SHAPE_INT), FIELD(notification, message, SHAPE_TEXT), FIELD(notification, event, SHAPE_TEXT),
	FIELD(notification, summary, SHAPE_TEXT), FIELD(notification, type, SHAPE_TEXT), FIELD(notification, url, SHAPE_TEXT),
	FIELD(notification, plain, SHAPE_TEXT), FIELD(notification, created_ms, SHAPE_TIME), FIELD(notification, tries, SHAPE_INT),
	FIELD(notification, next_ms, SHAPE_TIME), FIELD(notification, state, SHAPE_TEXT), FIELD(notification, last, SHAPE_TEXT));

void book_notify_add(struct tx *tx, const struct notification *n)
{
	run(tx, "insert into notification (" NOTIFY_COLUMNS ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
	    V(n->id, n->message, n->event, n->summary, n->type, n->url, n->plain, n->created_ms, n->tries, n->next_ms, n->state, n->last));
}

problem book_notify_due(struct tx *tx, int64_t now_ms, int64_t shard, int64_t shards, struct notification **ret, size_t *ret_count)
{
	return read_all(tx, &notification_shape, LIST_MAX, (void **)ret, ret_count,
	                "select " NOTIFY_COLUMNS " from notification where state = 'waiting' and next_ms <= $1 and id % $2 = $3"
	                " order by next_ms limit $4", V(now_ms, shards, shard, (int)LIST_MAX));
}

void book_notify_sent(struct tx *tx, const struct notification *n)
{
	run(tx, "update notification set tries = $2, next_ms = $3, state = $4, last = $5 where id = $1",
	    V(n->id, n->tries, n->next_ms, n->state, n->last));
}

problem book_notifications(struct tx *tx, struct notification **ret, size_t *ret_count)
{
	return read_all(tx, &notification_shape, LIST_MAX, (void **)ret, ret_count,
	                "select " NOTIFY_COLUMNS " from notification order by id desc limit $1", V((int)LIST_MAX));
}

/* ---- log and settings ---- */

const struct shape log_shape = SHAPE(log_row,
	FIELD(log_row, id, SHAPE_INT), FIELD(log_row, at_ms, SHAPE_TIME), FIELD(log_row, direction, SHAPE_TEXT),
	FIELD(log_row, method, SHAPE_TEXT), FIELD(log_row, target, SHAPE_TEXT), FIELD(log_row, verdict, SHAPE_TEXT),
	FIELD(log_row, status, SHAPE_INT), FIELD(log_row, body, SHAPE_TEXT));

void book_log(struct tx *tx, const struct log_row *row)
{
	int64_t id = tx_id(tx);

	run(tx, "insert into request_log (id, at_ms, direction, method, target, verdict, status, body) values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(id, row->at_ms, row->direction, row->method, row->target, row->verdict, row->status, row->body));
	if (id % 64 == 0)
		run(tx, "delete from request_log where id <= (select id from request_log order by id desc limit 1 offset $1)", V((int)LOG_KEPT));
}

problem book_log_after(struct tx *tx, int64_t after, struct log_row **ret, size_t *ret_count)
{
	return read_all(tx, &log_shape, LIST_MAX, (void **)ret, ret_count,
	                "select id, at_ms, direction, method, target, verdict, status, body from request_log where id > $1 order by id limit $2",
	                V(after, (int)LIST_MAX));
}

void book_setting(struct tx *tx, const char *name, int64_t value)
{
	run(tx, "insert into gateway_setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
	    V(name, value));
}

int64_t book_setting_read(struct tx *tx, const char *name, int64_t otherwise)
{
	return read_int(tx, otherwise, "select value from gateway_setting where name = $1", V(name));
}
