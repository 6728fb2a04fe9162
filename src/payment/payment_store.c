/* payment_store.c - SQL of attempts and the channels' keys. A state changes only from the state that was read: no row changed
 * means that another thread was quicker, and the transaction is tried again or refused. */
#include "payment/payment_room.h"

#define X_NAME(id, name) [PAYMENT_##id] = name,
const char *const payment_state_names[] = { PAYMENT_STATES(X_NAME)[PAYMENT_STATE_COUNT] = NULL };
#undef X_NAME
const char *const payment_way_names[] = { NULL, [PAYMENT_NATIVE] = "native", [PAYMENT_H5] = "h5", [PAYMENT_JSAPI] = "jsapi", NULL };

const struct problem payment_missing = { 404, "payment-missing", "There is no such payment." };
static const struct problem payment_moved_on = { 409, "payment-moved-on", "The payment has changed in the meantime." };

static const struct shape payment_call_shape = SHAPE(payment_call,
	NAMED(payment_call, "appId",     app,        SHAPE_TEXT),
	NAMED(payment_call, "timeStamp", time_stamp, SHAPE_TEXT),
	NAMED(payment_call, "nonceStr",  nonce,      SHAPE_TEXT),
	NAMED(payment_call, "package",   package,    SHAPE_TEXT),
	NAMED(payment_call, "signType",  sign_type,  SHAPE_TEXT),
	NAMED(payment_call, "paySign",   pay_sign,   SHAPE_TEXT));

const struct shape payment_shape = SHAPE(payment,
	FIELD(payment, id,         SHAPE_ID),
	FIELD(payment, state,      SHAPE_ENUM, .names = payment_state_names),
	FIELD(payment, channel,    SHAPE_TEXT),
	FIELD(payment, way,        SHAPE_ENUM, .names = payment_way_names),
	FIELD(payment, amount,     SHAPE_MONEY),
	FIELD(payment, code_url,   SHAPE_TEXT, .optional = true, .says = "what the QR code holds (native)"),
	FIELD(payment, h5_url,     SHAPE_TEXT, .optional = true, .says = "where the phone goes to pay (h5)"),
	FIELD(payment, call,       SHAPE_OBJECT, .of = &payment_call_shape, .optional = true, .says = "for getBrandWCPayRequest (jsapi)"),
	FIELD(payment, expires_ms, SHAPE_TIME));

static const struct shape payment_row = SHAPE_AS("payment_row", payment,
	FIELD(payment, id,            SHAPE_ID),
	FIELD(payment, payable_kind,  SHAPE_TEXT),
	FIELD(payment, payable,       SHAPE_INT),
	FIELD(payment, channel,       SHAPE_TEXT),
	FIELD(payment, way,           SHAPE_ENUM, .names = payment_way_names),
	FIELD(payment, state,         SHAPE_ENUM, .names = payment_state_names),
	FIELD(payment, amount,        SHAPE_MONEY),
	FIELD(payment, trade_no,      SHAPE_TEXT),
	FIELD(payment, description,   SHAPE_TEXT),
	FIELD(payment, payer_address, SHAPE_TEXT),
	FIELD(payment, code_url,      SHAPE_TEXT, .nullable = true),
	FIELD(payment, h5_url,        SHAPE_TEXT, .nullable = true),
	FIELD(payment, payer,         SHAPE_TEXT, .nullable = true),
	FIELD(payment, app,           SHAPE_TEXT, .nullable = true),
	FIELD(payment, prepay,        SHAPE_TEXT, .nullable = true),
	FIELD(payment, transaction,   SHAPE_TEXT, .nullable = true),
	FIELD(payment, created_ms,    SHAPE_TIME),
	FIELD(payment, expires_ms,    SHAPE_TIME),
	FIELD(payment, paid_ms,       SHAPE_TIME, .nullable = true));

#define PAYMENT_COLUMNS                                                                                          \
	"id, payable_kind, payable_id, channel, way, state, amount, trade_no, description, payer_address, code_url," \
	" h5_url, payer, app, prepay, transaction_id, created_ms, expires_ms, paid_ms"

problem payment__insert(struct tx *tx, const struct payment *p)
{
	run(tx,
	    "insert into payment (id, payable_kind, payable_id, channel, way, state, amount, trade_no, description,"
	    " payer_address, payer, app, created_ms, expires_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	    V(p->id.v, p->payable_kind, p->payable, p->channel, payment_way_names[p->way], payment_state_names[p->state], p->amount.fen,
	      p->trade_no, p->description, p->payer_address, p->payer, p->app, p->created_ms, p->expires_ms));
	return tx_problem(tx);
}

problem payment_forget_payer(struct tx *tx, const char *payable_kind, int64_t payable)
{
	run(tx, "update payment set payer_address = '', payer = null where payable_kind = $1 and payable_id = $2", V(payable_kind, payable));
	return tx_problem(tx);
}

problem payment_by_id(struct tx *tx, struct payment_id id, struct payment *ret)
{
	return read_one(tx, &payment_missing, &payment_row, ret, "select " PAYMENT_COLUMNS " from payment where id = $1", V(id.v));
}

problem payment_by_number(struct tx *tx, struct text number, struct payment *ret)
{
	return read_one(tx, &payment_missing, &payment_row, ret,
	                "select " PAYMENT_COLUMNS " from payment where id in (select id from payment where trade_no = $1"
	                " union select id from payment where transaction_id = $1 union select payment_id from refund where refund_no = $1) limit 1",
	                V(number));
}

problem payment__by_trade_no(struct tx *tx, struct text channel, struct text trade_no, struct payment *ret)
{
	return read_one(tx, &payment_missing, &payment_row, ret,
	                "select " PAYMENT_COLUMNS " from payment where trade_no = $1 and channel = $2", V(trade_no, channel));
}

problem payment__open_attempt(struct tx *tx, const struct payment_draft *draft, int64_t now_ms, struct payment *ret)
{
	return read_one(tx, &payment_missing, &payment_row, ret,
	                "select " PAYMENT_COLUMNS " from payment where payable_kind = $1 and payable_id = $2 and channel = $3"
	                " and way = $4 and (way <> 'jsapi' or payer = $5) and state in ('NEW', 'READY', 'UNKNOWN') and expires_ms > $6"
	                " order by id desc limit 1",
	                V(draft->payable_kind, draft->payable, draft->channel, payment_way_names[draft->way], draft->payer, now_ms));
}

problem payment__open_attempts(struct tx *tx, const char *kind, int64_t payable, struct payment **ret, size_t *ret_count)
{
	return read_all(tx, &payment_row, 50, (void **)ret, ret_count,
	                "select " PAYMENT_COLUMNS " from payment where payable_kind = $1 and payable_id = $2"
	                " and state in ('NEW', 'READY', 'UNKNOWN') order by id limit 50",
	                V(kind, payable));
}

problem payment_of(struct tx *tx, const char *kind, int64_t payable, struct payment *ret)
{
	return read_one(tx, &payment_missing, &payment_row, ret,
	                "select " PAYMENT_COLUMNS " from payment where payable_kind = $1 and payable_id = $2"
	                " order by case when state = 'PAID' then 0 when state in ('NEW', 'READY', 'UNKNOWN') then 1 else 2 end, id desc limit 1",
	                V(kind, payable));
}

problem payment__set_state(struct tx *tx, struct payment *p, enum payment_state to)
{
	problem why = run_one(tx, &payment_moved_on, "update payment set state = $1 where id = $2 and state = $3",
	                      V(payment_state_names[to], p->id.v, payment_state_names[p->state]));

	if (!why)
		p->state = (int)to;
	return why;
}

problem payment__set_ready(struct tx *tx, struct payment *p, struct text url)
{
	problem why;

	*(p->way == PAYMENT_NATIVE ? &p->code_url : p->way == PAYMENT_H5 ? &p->h5_url : &p->prepay) = url;
	why = run_one(tx, &payment_moved_on, "update payment set state = 'READY', code_url = $1, h5_url = $2, prepay = $3 where id = $4 and state = $5",
	              V(p->code_url, p->h5_url, p->prepay, p->id.v, payment_state_names[p->state]));
	if (!why)
		p->state = PAYMENT_READY;
	return why;
}

problem payment__set_paid(struct tx *tx, struct payment *p, enum payment_state to, const struct channel_fact *fact)
{
	problem why = run_one(tx, &payment_moved_on, "update payment set state = $1, transaction_id = $2, paid_ms = $3 where id = $4 and state = $5",
	                      V(payment_state_names[to], fact->transaction, fact->paid_ms, p->id.v, payment_state_names[p->state]));

	if (why)
		return why;
	p->state = (int)to;
	p->transaction = fact->transaction;
	p->paid_ms = fact->paid_ms;
	return NULL;
}

void payment__set_notified(struct tx *tx, struct payment_id id)
{
	run(tx, "update payment set notified_ms = $1 where id = $2 and notified_ms is null", V(tx_now_ms(tx), id.v));
}

int64_t payment__notified_ms(struct tx *tx, struct payment_id id)
{
	return read_int(tx, 0, "select coalesce(notified_ms, 0) from payment where id = $1", V(id.v));
}

bool payment__has_merchant(struct tx *tx, struct text channel)
{
	return read_int(tx, 0,
	                "select 1 from payment where channel = $1 and ((payable_kind <> 'trial' and state in ('READY', 'UNKNOWN', 'PAID')) or (state = 'DUPLICATE_PAID' and exists"
	                " (select 1 from refund r where r.payment_id = payment.id and r.state in ('APPROVED', 'PROCESSING', 'ABNORMAL')))) limit 1",
	                V(channel)) == 1;
}

int64_t payment__last_trial_ms(struct tx *tx)
{
	return read_int(tx, 0,
	                "select max(p.paid_ms) from payment p join refund r on r.payment_id = p.id where p.payable_kind = $1 and r.state = 'SUCCESS'",
	                V(PAYMENT_TRIAL));
}

static const struct shape stored_key_row = SHAPE(stored_key,
	FIELD(stored_key, serial,   SHAPE_TEXT),
	FIELD(stored_key, pem,      SHAPE_TEXT),
	FIELD(stored_key, from_ms,  SHAPE_TIME),
	FIELD(stored_key, until_ms, SHAPE_TIME));

enum { KEYS_MAX = 100 };

problem payment__keys(struct tx *tx, struct text channel, int64_t now_ms, struct stored_key **ret, size_t *ret_count)
{
	return read_all(tx, &stored_key_row, KEYS_MAX, (void **)ret, ret_count,
	                "select serial, pem, from_ms, until_ms from platform_key where channel = $1 and until_ms > $2 order by until_ms desc limit 100",
	                V(channel, now_ms));
}

void payment__keep_key(struct tx *tx, struct text channel, const struct stored_key *key)
{
	run(tx,
	    "insert into platform_key (channel, serial, pem, from_ms, until_ms) values ($1, $2, $3, $4, $5)"
	    " on conflict (channel, serial) do update set pem = excluded.pem, from_ms = excluded.from_ms, until_ms = excluded.until_ms",
	    V(channel, key->serial, key->pem, key->from_ms, key->until_ms));
}

void payment__drop_keys(struct tx *tx, struct text channel, int64_t expired_ms)
{
	run(tx, "delete from platform_key where channel = $1 and until_ms <= $2", V(channel, expired_ms));
}
