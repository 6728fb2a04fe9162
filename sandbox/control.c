/* control.c - the API by which tests and people move the gateway: payers, faults, the clock, refunds, the log. JSON in
 * and out, never signed: it belongs to this machine. docs/sandbox.md lists it. */
#include "sandbox.h"

static const struct problem no_payment = { 404, "PAYMENT_MISSING", "no such payment" };
static const struct problem not_open = { 409, "PAYMENT_NOT_OPEN", "this payment is not open" };
static const struct problem no_fault = { 404, "FAULT_MISSING", "no such fault; GET /sandbox/api/faults lists them" };
static const struct problem no_refund = { 404, "REFUND_MISSING", "no such refund" };
static const struct problem no_more_keys = { 409, "KEYS_FULL", "eight certificates are all there is room for" };
static const struct problem bad_input = { 422, "INPUT_INVALID", "a field is missing or of the wrong kind" };

static void items_json(struct buffer *out, const struct shape *shape, const void *items, size_t n)
{
	buffer_add(out, TEXT("{\"items\":["));
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_add_char(out, ',');
		shape_write(shape, out, (const char *)items + i * shape->size);
	}
	buffer_add(out, TEXT("]}"));
}

/* ---- payments ---- */

static problem list_payments(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct trade *trades;
	size_t n;
	problem why = book_trades(tx, text_is(call_query(call, "open"), "1"), &trades, &n);

	if (!why)
		items_json(&call->answer, &trade_shape, trades, n);
	return why;
}

static problem trade_named(struct tx *tx, struct call *call, struct trade *ret)
{
	struct text prepay = json_get_text(call->body, "prepay"), number = json_get_text(call->body, "out_trade_no");
	problem why = prepay.at
			      ? book_trade_by_prepay(tx, prepay, ret)
			      : book_trade_by_number(tx, call->sandbox->keys.mchid, number.at ? number : TEXT(""), ret);

	return why == &book_missing ? &no_payment : why;
}

static problem act(struct tx *tx, struct call *call, enum payer_act what)
{
	struct trade t;
	problem why = trade_named(tx, call, &t);

	if (!why)
		why = payer_act(tx, call, &t, what);
	if (why)
		return why == &payer_refused ? &not_open : why;
	shape_write(&trade_shape, &call->answer, &t);
	return NULL;
}

static problem api_pay(struct tx *tx, void *arg)
{
	struct call *call = arg;
	bool late = json_is_true(json_object_get(call->body, "late")),
	     twice = json_is_true(json_object_get(call->body, "twice"));

	return act(tx, call, late ? PAYER_PAYS_LATE : twice ? PAYER_PAYS_TWICE : PAYER_PAYS);
}

static problem api_decline(struct tx *tx, void *arg)
{
	return act(tx, arg, PAYER_DECLINES);
}

/* What WeChat does when a page calls getBrandWCPayRequest: it looks at the merchant's signature, and then shows the payer his page. */
static problem bridge(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct text package = json_get_text(call->body, "package"), time_stamp = json_get_text(call->body, "timeStamp");
	struct text message = arena_format(call->arena, "%.*s\n%.*s\n%.*s\n%.*s\n", TEXT_ARG(json_get_text(call->body, "appId")), TEXT_ARG(time_stamp),
					   TEXT_ARG(json_get_text(call->body, "nonceStr")), TEXT_ARG(package));
	struct trade t;
	int64_t at_s;

	if (!text_starts(package, TEXT("prepay_id=")) || !text_to_int(time_stamp, &at_s) || !text_is(json_get_text(call->body, "signType"), "RSA") ||
	    !text_eq(json_get_text(call->body, "appId"), call->sandbox->keys.appid) ||
	    rsa_verify(call->sandbox->keys.merchant, message, json_get_text(call->body, "paySign")))
		return &gateway_sign_error;
	if (book_trade_by_prepay(tx, text_from(package, 10), &t))
		return &no_payment;
	if (!text_is(t.way, "jsapi"))
		return &bad_input;
	buffer_format(&call->answer, "{\"page\":\"/sandbox/pay/%.*s\"}", TEXT_ARG(t.prepay));
	return NULL;
}

static problem settle_refund(struct tx *tx, void *arg)
{
	static const char *const states[] = { "SUCCESS", "CLOSED", "ABNORMAL" };
	struct call *call = arg;
	struct text state = json_get_text(call->body, "state"), number = json_get_text(call->body, "out_refund_no");
	struct refund r;
	problem why = book_refund_by_number(tx, call->sandbox->keys.mchid, number.at ? number : TEXT(""), &r);

	if (why)
		return why == &book_missing ? &no_refund : why;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!text_is(state, states[i]))
			continue;
		refund_settle(tx, call->sandbox, &r, states[i]);
		call->notify = true;
		buffer_format(&call->answer, "{\"state\":\"%s\"}", states[i]);
		return NULL;
	}
	return &bad_input;
}

/* ---- faults ---- */

static problem list_faults(struct tx *tx, void *arg)
{
	struct call *call = arg;

	(void)tx;
	faults_json(call->sandbox->faults, &call->answer);
	return NULL;
}

static problem set_fault(struct tx *tx, void *arg)
{
	struct call *call = arg;
	enum gateway_fault fault;

	if (!fault_by_name(json_get_text(call->body, "name"), &fault))
		return &no_fault;
	faults_set(call->sandbox->faults, fault, json_get_int(call->body, "times", -1),
		   json_get_int(call->body, "ms", 0));
	return list_faults(tx, call);
}

static problem clear_faults(struct tx *tx, void *arg)
{
	struct call *call = arg;

	faults_clear(call->sandbox->faults);
	return list_faults(tx, call);
}

static problem clear_fault(struct tx *tx, void *arg)
{
	struct call *call = arg;
	enum gateway_fault fault;

	if (!fault_by_name(call->segment, &fault))
		return &no_fault;
	faults_set(call->sandbox->faults, fault, 0, 0);
	return list_faults(tx, call);
}

/* ---- the clock ---- */

static problem read_clock(struct tx *tx, void *arg)
{
	struct call *call = arg;

	(void)tx;
	buffer_format(&call->answer, "{\"now_ms\":%lld,\"speed\":%lld}", (long long)clock_now_ms(call->sandbox->clock),
		      (long long)clock_speed(call->sandbox->clock));
	return NULL;
}

enum { SPEED_MAX = 100000 };

/* Forwards only: the book's order of things is made of times. The lead over real time outlives a restart. */
static problem move_clock(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct clock *clock = call->sandbox->clock;
	int64_t by = json_get_int(call->body, "move_ms", 0),
		speed = json_get_int(call->body, "speed", clock_speed(clock)), now;

	if (by < 0 || by > INT64_C(366) * 86400000 || speed < 1 || speed > SPEED_MAX)
		return &bad_input;
	now = clock_now_ms(clock) + by;
	clock_set(clock, now, speed);
	book_setting(tx, "lead_ms", now - world_now_ms(call->sandbox->world));
	call->notify = true;
	return read_clock(tx, call);
}

/* ---- the platform's keys ---- */

static problem list_keys(struct tx *tx, void *arg)
{
	struct call *call = arg;
	const struct keys *keys = &call->sandbox->keys;

	(void)tx;
	buffer_add(&call->answer, TEXT("{\"items\":["));
	for (int i = 0; i < keys->platform_count; i++)
		buffer_format(&call->answer, "%s{\"serial\":\"%.*s\",\"listed\":%s,\"signs\":%s}", i ? "," : "",
			      TEXT_ARG(keys->platforms[i].serial), i >= keys->first_listed ? "true" : "false",
			      i == keys->signing ? "true" : "false");
	buffer_add(&call->answer, TEXT("]}"));
	return NULL;
}

/* All writes run on one thread, so do these. */
static problem rotate(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct sandbox *s = call->sandbox;
	struct text act = json_get_text(call->body, "act");
	problem why = &bad_input;

	if (text_is(act, "publish"))
		why = keys_publish(&s->keys, s->folder, s->world);
	else if (text_is(act, "use"))
		why = keys_use(&s->keys, s->folder);
	else if (text_is(act, "withdraw"))
		why = keys_withdraw(&s->keys, s->folder);
	if (why)
		return why == &problem_conflict ? &no_more_keys : why;
	return list_keys(tx, call);
}

/* ---- what happened ---- */

static problem list_log(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct log_row *rows;
	int64_t after = 0;
	size_t n;
	problem why;

	if (!text_to_int(call_query(call, "after"), &after))
		after = 0;
	why = book_log_after(tx, after, &rows, &n);
	if (!why)
		items_json(&call->answer, &log_shape, rows, n);
	return why;
}

static problem list_notifications(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct notification *items;
	size_t n;
	problem why = book_notifications(tx, &items, &n);

	if (!why)
		items_json(&call->answer, &notification_shape, items, n);
	return why;
}

const struct gateway_route control_routes[] = {
	{ GET, "/sandbox/api/payments", list_payments },
	{ POST, "/sandbox/api/pay", api_pay },
	{ POST, "/sandbox/api/decline", api_decline },
	{ POST, "/sandbox/api/jsapi", bridge },
	{ POST, "/sandbox/api/refunds", settle_refund },
	{ GET, "/sandbox/api/faults", list_faults },
	{ POST, "/sandbox/api/faults", set_fault },
	{ DELETE, "/sandbox/api/faults", clear_faults },
	{ DELETE, "/sandbox/api/faults/{x}", clear_fault },
	{ GET, "/sandbox/api/clock", read_clock },
	{ POST, "/sandbox/api/clock", move_clock },
	{ GET, "/sandbox/api/keys", list_keys },
	{ POST, "/sandbox/api/keys", rotate },
	{ GET, "/sandbox/api/log", list_log },
	{ GET, "/sandbox/api/notifications", list_notifications },
	{ 0 },
};
