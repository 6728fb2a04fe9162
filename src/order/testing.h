/* testing.h - a shop with one work, a channel that does as it is told, and steps from an order to its payment. For the tests of
 * this room. */
#ifndef ORDER_TESTING_H
#define ORDER_TESTING_H

#include "account/account.h"
#include "base/testing.h"
#include "order/order_room.h"
#include "payment/payment_room.h"
#include "serve/testing.h"

enum { BUYER = 41, OTHER = 42, AUTHOR = 43, PRICE = 10000 };

/* ---- a channel that does as it is told ---- */

static struct fake {
	problem create_why, query_why;
	struct channel_fact query, query_after_close; /* the number asked for is filled in */
	enum refund_tag refund, refund_asked; /* what it answers to a refund, and when asked after one */
	problem refund_why;
	int created, queried, closed, refunded, refund_queried;
	void (*while_creating)(void); /* what happens until the channel answers */
	char refund_no[64], refund_trade_no[64];
	int64_t refund_fen;
} fake;

static inline problem fake_create(void *self, struct arena *arena, const struct payment *payment, struct text notify_url, struct text *ret_url)
{
	(void)self;
	assert_true(text_ends(notify_url, TEXT("/api/notify/wechat")));
	fake.created++;
	if (fake.while_creating)
		fake.while_creating();
	*ret_url = arena_format(arena, "weixin://pay/%.*s", TEXT_ARG(payment->trade_no));
	return fake.create_why;
}

static inline problem fake_query(void *self, struct arena *arena, struct text trade_no, struct channel_fact *ret)
{
	(void)self;
	fake.queried++;
	*ret = fake.closed && fake.query_after_close.tag ? fake.query_after_close : fake.query;
	ret->trade_no = arena_text(arena, trade_no);
	return fake.query_why;
}

static inline problem fake_close(void *self, struct arena *arena, struct text trade_no)
{
	(void)self, (void)arena, (void)trade_no;
	fake.closed++;
	return NULL;
}

static inline problem fake_refund(void *self, struct arena *arena, const struct channel_refund *refund, struct refund_fact *ret)
{
	(void)self;
	assert_true(text_ends(refund->notify_url, TEXT("/api/notify/wechat")));
	fake.refunded++;
	fake.refund_fen = refund->amount.fen;
	snprintf(fake.refund_no, sizeof fake.refund_no, "%.*s", TEXT_ARG(refund->refund_no));
	snprintf(fake.refund_trade_no, sizeof fake.refund_trade_no, "%.*s", TEXT_ARG(refund->trade_no));
	*ret = (struct refund_fact){ .tag = fake.refund, .refund_no = arena_text(arena, refund->refund_no), .trade_no = arena_text(arena, refund->trade_no),
	                             .amount = refund->amount, .total = refund->total, .word = TEXT("NOT_ENOUGH") };
	return fake.refund_why;
}

/* Of the refund that was sent last. */
static inline problem fake_query_refund(void *self, struct arena *arena, struct text refund_no, struct refund_fact *ret)
{
	(void)self;
	fake.refund_queried++;
	*ret = (struct refund_fact){ .tag = fake.refund_asked, .refund_no = arena_text(arena, refund_no), .amount = MONEY(fake.refund_fen) };
	return NULL;
}

static inline bool fake_matches_refund(void *self, const struct refund_fact *fact, const struct refund *refund, const struct payment *payment)
{
	(void)self, (void)payment;
	return text_eq(fact->refund_no, refund->refund_no) && fact->amount.fen == refund->amount.fen;
}

static inline bool fake_matches(void *self, const struct channel_fact *fact, const struct payment *payment)
{
	(void)self;
	return text_is(fact->merchant, "M1") && text_eq(fact->trade_no, payment->trade_no) && fact->total.fen == payment->amount.fen;
}

/* A message is "TRADE-NO FEN" or "REFUND-NO FEN STATE", and nobody signs it. */
static inline problem fake_refund_told(struct text refund_no, struct text rest, struct refund_fact *ret)
{
	struct text fen = text_cut(&rest, ' ');

	*ret = (struct refund_fact){ .refund_no = refund_no };
	if (!text_to_int(fen, &ret->amount.fen))
		return &payment_forged;
	ret->tag = text_is(rest, "SUCCESS") ? REFUND_TAG_SUCCESS : text_is(rest, "CLOSED") ? REFUND_TAG_CLOSED : REFUND_TAG_ABNORMAL;
	return NULL;
}


static inline problem fake_notified(void *self, struct arena *arena, const struct http_request *rq, int64_t now_ms, struct text *ret_message,
                             struct channel_fact *ret)
{
	struct text rest = rq->body, trade_no = text_cut(&rest, ' ');
	int64_t fen;

	(void)self;
	if (text_starts(trade_no, TEXT("ZR"))) {
		*ret_message = arena_text(arena, rq->body);
		*ret = (struct channel_fact){ .tag = CHANNEL_REFUND };
		return fake_refund_told(trade_no, rest, &ret->refund);
	}
	if (!text_to_int(rest, &fen))
		return &payment_forged;
	*ret_message = arena_format(arena, "message-%.*s", TEXT_ARG(trade_no));
	*ret = (struct channel_fact){ .tag = CHANNEL_PAID, .trade_no = trade_no, .merchant = TEXT("M1"), .total = MONEY(fen), .paid_ms = now_ms,
	                              .transaction = arena_format(arena, "T-%.*s", TEXT_ARG(trade_no)) };
	return NULL;
}

static inline struct text fake_app(void *self)
{
	(void)self;
	return TEXT("wx-of-now");
}

static inline void fake_close_state(void *self) { (void)self; }

static const struct channel fake_channel = {
	.name = "wechat", .create = fake_create, .query = fake_query, .close = fake_close, .refund = fake_refund,
	.query_refund = fake_query_refund, .matches_refund = fake_matches_refund, .notified = fake_notified, .app = fake_app, .matches = fake_matches, .close_state = fake_close_state,
};

/* ---- the shop ---- */

static struct shop {
	struct house house;
	struct db *db;
	struct payments *payments;
	struct db_jobs *jobs;
	struct arena *arena;
	struct creator_id creator;
	struct work_id work;
} shop;

static const struct module *const modules[] = { &account_module, &payment_module, &order_module, &order_refund_module, &coupon_module, &redeem_module, NULL };
static const struct job_kind *const job_tables[] = { payment_jobs, order_jobs };

static inline problem store_work(struct tx *tx, int64_t fen)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = TEXT("test"), .creator = shop.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"),
		.summary = TEXT("About"), .price = MONEY(fen), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &shop.work);
}

static inline problem stock(struct tx *tx, void *arg)
{
	struct creator creator;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);

	(void)arg;
	shop.creator = creator.id;
	return why ? why : store_work(tx, PRICE);
}

static struct text (*shop_setting)(void *, const char *); /* of the shops that are opened from now on; NULL: none is set */

static inline int setup(void **state)
{
	(void)state;
	shop = (struct shop){ .arena = arena_new(64 << 20) };
	fake = (struct fake){ .query = { .tag = CHANNEL_NOT_PAID }, .refund = REFUND_TAG_SUCCESS };
	house_open(&shop.house, NULL, 0);
	shop.house.options.setting = shop_setting;
	house_start(&shop.house, modules, &testing_sessions);
	shop.db = shop.house.db;
	shop.payments = payments_of(shop.house.serve);
	shop.payments->wechat = &fake_channel;
	payments_know(shop.payments, &order_payable);
	assert_done(db_jobs_start(shop.db, job_tables, 2, shop.house.serve, 0, &shop.jobs));
	assert_done(db_write(shop.db, stock, NULL));
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	db_jobs_stop(shop.jobs);
	house_close(&shop.house);
	arena_free(shop.arena);
	return 0;
}

static inline problem make_dearer(struct tx *tx, void *arg)
{
	(void)arg;
	return store_work(tx, PRICE + 1);
}

/* ---- steps ---- */

static inline int64_t count(const char *sql) { return db_testing_int(shop.db, sql); }
static inline void by_hand(const char *sql) { db_testing_run(shop.db, sql); }

struct placing {
	struct user_id buyer;
	struct order_draft draft;
	struct order order;
};

static inline problem place_it(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	tx_use_arena(tx, shop.arena);
	return order__place(tx, &p->draft, p->buyer, 200, &p->order);
}

static inline problem try_place(int64_t buyer, int64_t seen_fen, struct order *ret)
{
	struct placing p = { .buyer = { buyer }, .draft = { .work = shop.work, .price = MONEY(seen_fen), .price_given = GIVEN_VALUE } };
	problem why = db_write(shop.db, place_it, &p);

	*ret = p.order;
	return why;
}

static inline struct order place(int64_t buyer)
{
	struct order order;

	assert_done(try_place(buyer, PRICE, &order));
	return order;
}

struct beginning {
	const struct order *order;
	int way;
	struct payment payment;
};

static inline problem begin_it(struct tx *tx, void *arg)
{
	struct beginning *b = arg;
	const struct payment_draft draft = {
		.payable_kind = "order", .channel = "wechat", .payable = b->order->id.v, .way = b->way, .amount = b->order->total,
		.description = TEXT("Course"), .payer_address = TEXT("127.0.0.1"), .expires_ms = b->order->expires_ms,
	};

	tx_use_arena(tx, shop.arena);
	return payment_begin(tx, &draft, &b->payment);
}

static inline struct payment begin_way(const struct order *order, int way)
{
	struct beginning b = { .order = order, .way = way };

	assert_done(db_write(shop.db, begin_it, &b));
	return b.payment;
}

static inline struct payment begin(const struct order *order)
{
	struct payment payment = begin_way(order, PAYMENT_NATIVE);

	assert_done(payment_send(shop.payments, shop.db, shop.arena, payment.id, &payment));
	assert_int_equal(payment.state, PAYMENT_READY);
	return payment;
}

struct telling {
	struct channel_fact fact;
	struct text trade_no;
};

static inline problem tell_it(struct tx *tx, void *arg)
{
	struct telling *t = arg;
	struct payment payment;
	problem why = payment__by_trade_no(tx, TEXT("wechat"), t->trade_no, &payment);

	return why ? why : payment__apply(shop.payments, tx, &payment, &t->fact);
}

static inline struct telling paid_fact(const struct payment *payment)
{
	return (struct telling){
		.trade_no = payment->trade_no,
		.fact = { .tag = CHANNEL_PAID, .trade_no = payment->trade_no, .merchant = TEXT("M1"), .currency = TEXT("CNY"), .total = payment->amount,
		          .transaction = arena_format(shop.arena, "T%lld", (long long)payment->id.v), .paid_ms = world_now_ms(shop.house.world) },
	};
}

static inline problem tell_paid(const struct payment *payment)
{
	struct telling t = paid_fact(payment);

	return db_write(shop.db, tell_it, &t);
}

struct looking {
	struct order_id id;
	struct payment_id payment_id;
	struct order order;
	struct payment payment;
	bool entitled;
	int64_t receivable, held, commission, fee, unallocated, transit;
};

static inline problem look_at_book(struct tx *tx, void *arg)
{
	struct looking *l = arg;

	l->receivable = ledger_balance(tx, LEDGER_CHANNEL_RECEIVABLE, 0).fen;
	l->held = ledger_balance(tx, LEDGER_CREATOR_HELD, shop.creator.v).fen;
	l->commission = ledger_balance(tx, LEDGER_COMMISSION, 0).fen;
	l->fee = ledger_balance(tx, LEDGER_CHANNEL_FEE, 0).fen;
	l->unallocated = ledger_balance(tx, LEDGER_UNALLOCATED, l->payment_id.v).fen;
	l->entitled = entitled(tx, (struct user_id){ BUYER }, shop.work);
	return tx_problem(tx);
}

static inline void expect_book(int64_t receivable, int64_t held, int64_t commission, int64_t fee)
{
	struct looking l = { 0 };

	assert_done(db_read(shop.db, look_at_book, &l));
	assert_int_equal(l.receivable, receivable);
	assert_int_equal(l.held, held);
	assert_int_equal(l.commission, commission);
	assert_int_equal(l.fee, fee);
}

static inline bool buyer_entitled(void)
{
	struct looking l = { 0 };

	assert_done(db_read(shop.db, look_at_book, &l));
	return l.entitled;
}

static inline int64_t unallocated_of(const struct payment *payment)
{
	struct looking l = { .payment_id = payment->id };

	assert_done(db_read(shop.db, look_at_book, &l));
	return l.unallocated;
}

static inline problem look_at_rows(struct tx *tx, void *arg)
{
	struct looking *l = arg;
	problem why = order__by_id(tx, l->id, &l->order);

	return why || !l->payment_id.v ? why : payment_by_id(tx, l->payment_id, &l->payment);
}

static inline enum order_state state_of(const struct order *order)
{
	struct looking l = { .id = order->id };

	assert_done(db_read(shop.db, look_at_rows, &l));
	return (enum order_state)l.order.state;
}

static inline enum payment_state payment_state_of(const struct order *order, const struct payment *payment)
{
	struct looking l = { .id = order->id, .payment_id = payment->id };

	assert_done(db_read(shop.db, look_at_rows, &l));
	return (enum payment_state)l.payment.state;
}

static inline void expect_sound(void)
{
	struct ledger_report book;
	struct order_report orders;

	assert_done(ledger_verify(shop.db, shop.arena, &book));
	assert_text(book.first_wrong, "");
	assert_true(book.sound);
	assert_done(order_verify(shop.db, shop.arena, &orders));
	assert_text(orders.first_wrong, "");
	assert_true(orders.sound);
}

static inline void expect_wrong(const char *says)
{
	struct order_report orders;

	assert_done(order_verify(shop.db, shop.arena, &orders));
	assert_false(orders.sound);
	if (text_find(orders.first_wrong, text_of(says)) == SIZE_MAX)
		assert_text(orders.first_wrong, says);
}

static inline void move_and_run(int64_t ms)
{
	world_move(shop.house.world, ms);
	db_jobs_run(shop.jobs);
}

static inline void expect_paid_once(const struct order *order)
{
	assert_int_equal(state_of(order), ORDER_PAID);
	assert_true(buyer_entitled());
	expect_book(PRICE - 60, 8000, 2000, 60);
	assert_int_equal(count("select count(*) from journal"), 2);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
	assert_int_equal(count("select count(*) from refund"), 0);
	expect_sound();
}

static inline void close_order(const struct order *order)
{
	fake.query = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	assert_done(order__close(shop.house.serve, shop.db, shop.arena, order->id));
	assert_int_equal(state_of(order), ORDER_CLOSED);
}

#endif
