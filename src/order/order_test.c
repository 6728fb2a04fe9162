/* order_test.c - an order from its placing to what follows from its payment, through a channel that says what the test wants;
 * with facts told twice, too late, to the wrong sum, and with every statement and commit failing once. */
#include "order/order_room.h"

#include <pthread.h>
#include <unistd.h>

#include "base/log.h"
#include "base/testing.h"
#include "payment/payment_room.h"
#include "serve/testing.h"

enum { BUYER = 41, OTHER = 42, AUTHOR = 43, PRICE = 10000 };

/* ---- a channel that does as it is told ---- */

static struct fake {
	problem create_why, query_why;
	struct channel_fact query, query_after_close; /* the number asked for is filled in */
	enum refund_tag refund;
	int created, queried, closed, refunded;
	char refund_no[64], refund_trade_no[64];
	int64_t refund_fen;
} fake;

static problem fake_create(void *self, struct arena *arena, const struct payment *payment, struct text notify_url, struct text *ret_url)
{
	(void)self;
	assert_true(text_ends(notify_url, TEXT("/api/notify/wechat")));
	fake.created++;
	*ret_url = arena_format(arena, "weixin://pay/%.*s", TEXT_ARG(payment->trade_no));
	return fake.create_why;
}

static problem fake_query(void *self, struct arena *arena, struct text trade_no, struct channel_fact *ret)
{
	(void)self;
	fake.queried++;
	*ret = fake.closed && fake.query_after_close.tag ? fake.query_after_close : fake.query;
	ret->trade_no = arena_text(arena, trade_no);
	return fake.query_why;
}

static problem fake_close(void *self, struct arena *arena, struct text trade_no)
{
	(void)self, (void)arena, (void)trade_no;
	fake.closed++;
	return NULL;
}

static problem fake_refund(void *self, struct arena *arena, const struct channel_refund *refund, enum refund_tag *ret)
{
	(void)self, (void)arena;
	fake.refunded++;
	fake.refund_fen = refund->amount.fen;
	snprintf(fake.refund_no, sizeof fake.refund_no, "%.*s", TEXT_ARG(refund->refund_no));
	snprintf(fake.refund_trade_no, sizeof fake.refund_trade_no, "%.*s", TEXT_ARG(refund->trade_no));
	*ret = fake.refund;
	return NULL;
}

static bool fake_matches(void *self, const struct channel_fact *fact, const struct payment *payment)
{
	(void)self;
	return text_is(fact->merchant, "M1") && text_eq(fact->trade_no, payment->trade_no) && fact->total.fen == payment->amount.fen;
}

/* A message is "TRADE-NO FEN", and nobody signs it. */
static problem fake_notified(void *self, struct arena *arena, const struct http_request *rq, int64_t now_ms, struct text *ret_message,
                             struct channel_fact *ret)
{
	struct text rest = rq->body, trade_no = text_cut(&rest, ' ');
	int64_t fen;

	(void)self;
	if (!text_to_int(rest, &fen))
		return &payment_forged;
	*ret_message = arena_format(arena, "message-%.*s", TEXT_ARG(trade_no));
	*ret = (struct channel_fact){ .tag = CHANNEL_PAID, .trade_no = trade_no, .merchant = TEXT("M1"), .total = MONEY(fen), .paid_ms = now_ms,
	                              .transaction = arena_format(arena, "T-%.*s", TEXT_ARG(trade_no)) };
	return NULL;
}

static void fake_close_state(void *self) { (void)self; }

static const struct channel fake_channel = {
	.name = "wechat", .create = fake_create, .query = fake_query, .close = fake_close, .refund = fake_refund,
	.notified = fake_notified, .matches = fake_matches, .close_state = fake_close_state,
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

static const struct module *const modules[] = { &payment_module, &order_module, NULL };
static const struct job_kind *const job_tables[] = { payment_jobs, order_jobs };

/* The token is the number of the person. */
static problem find_session(struct tx *tx, struct text token, int64_t now_ms, struct person *ret)
{
	(void)tx, (void)now_ms;
	if (text_to_int(token, &ret->id.v))
		ret->roles = ANYBODY | LEARNER | (ret->id.v == AUTHOR ? CREATOR : 0);
	ret->session = ret->id.v;
	return NULL;
}

static const struct session_source sessions = { .find = find_session, .cookie = "session" };

static problem store_work(struct tx *tx, int64_t fen)
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

static problem stock(struct tx *tx, void *arg)
{
	struct creator creator;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);

	(void)arg;
	shop.creator = creator.id;
	return why ? why : store_work(tx, PRICE);
}

static int setup(void **state)
{
	(void)state;
	shop = (struct shop){ .arena = arena_new(64 << 20) };
	fake = (struct fake){ .query = { .tag = CHANNEL_NOT_PAID }, .refund = REFUND_TAG_SUCCESS };
	house_open(&shop.house, NULL, 0);
	house_start(&shop.house, modules, &sessions);
	shop.db = shop.house.db;
	shop.payments = payments_of(shop.house.serve);
	shop.payments->wechat = &fake_channel;
	payments_know(shop.payments, &order_payable);
	assert_done(db_jobs_start(shop.db, job_tables, 2, shop.house.serve, 0, &shop.jobs));
	assert_done(db_write(shop.db, stock, NULL));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(shop.jobs);
	house_close(&shop.house);
	arena_free(shop.arena);
	return 0;
}

/* ---- steps ---- */

struct ask {
	const char *sql;
	int64_t n;
};

static problem ask_int(struct tx *tx, void *arg)
{
	struct ask *ask = arg;

	ask->n = read_int(tx, 0, ask->sql, V0);
	return tx_problem(tx);
}

static int64_t count(const char *sql)
{
	struct ask ask = { .sql = sql };

	assert_done(db_read(shop.db, ask_int, &ask));
	return ask.n;
}

static problem run_sql(struct tx *tx, void *arg)
{
	run(tx, arg, V0);
	return tx_problem(tx);
}

static void by_hand(const char *sql) { assert_done(db_write(shop.db, run_sql, (void *)sql)); }

struct placing {
	struct user_id buyer;
	struct order_draft draft;
	struct order order;
};

static problem place_it(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	tx_use_arena(tx, shop.arena);
	return order__place(tx, &p->draft, p->buyer, 200, &p->order);
}

static problem try_place(int64_t buyer, int64_t seen_fen, struct order *ret)
{
	struct placing p = { .buyer = { buyer }, .draft = { .work = shop.work, .price = MONEY(seen_fen), .price_given = GIVEN_VALUE } };
	problem why = db_write(shop.db, place_it, &p);

	*ret = p.order;
	return why;
}

static struct order place(int64_t buyer)
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

static problem begin_it(struct tx *tx, void *arg)
{
	struct beginning *b = arg;
	const struct payment_draft draft = {
		.payable_kind = "order", .channel = "wechat", .payable = b->order->id.v, .way = b->way, .amount = b->order->total,
		.description = TEXT("Course"), .payer_address = TEXT("127.0.0.1"), .expires_ms = b->order->expires_ms,
	};

	tx_use_arena(tx, shop.arena);
	return payment_begin(tx, &draft, &b->payment);
}

static struct payment begin_way(const struct order *order, int way)
{
	struct beginning b = { .order = order, .way = way };

	assert_done(db_write(shop.db, begin_it, &b));
	return b.payment;
}

static struct payment begin(const struct order *order)
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

static problem tell_it(struct tx *tx, void *arg)
{
	struct telling *t = arg;
	struct payment payment;
	problem why = payment__by_trade_no(tx, TEXT("wechat"), t->trade_no, &payment);

	return why ? why : payment__apply(shop.payments, tx, &payment, &t->fact);
}

static struct telling paid_fact(const struct payment *payment)
{
	return (struct telling){
		.trade_no = payment->trade_no,
		.fact = { .tag = CHANNEL_PAID, .trade_no = payment->trade_no, .merchant = TEXT("M1"), .currency = TEXT("CNY"), .total = payment->amount,
		          .transaction = arena_format(shop.arena, "T%lld", (long long)payment->id.v), .paid_ms = world_now_ms(shop.house.world) },
	};
}

static problem tell_paid(const struct payment *payment)
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

static problem look_at_book(struct tx *tx, void *arg)
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

static void expect_book(int64_t receivable, int64_t held, int64_t commission, int64_t fee)
{
	struct looking l = { 0 };

	assert_done(db_read(shop.db, look_at_book, &l));
	assert_int_equal(l.receivable, receivable);
	assert_int_equal(l.held, held);
	assert_int_equal(l.commission, commission);
	assert_int_equal(l.fee, fee);
}

static bool buyer_entitled(void)
{
	struct looking l = { 0 };

	assert_done(db_read(shop.db, look_at_book, &l));
	return l.entitled;
}

static int64_t unallocated_of(const struct payment *payment)
{
	struct looking l = { .payment_id = payment->id };

	assert_done(db_read(shop.db, look_at_book, &l));
	return l.unallocated;
}

static problem look_at_rows(struct tx *tx, void *arg)
{
	struct looking *l = arg;
	problem why = order__by_id(tx, l->id, &l->order);

	return why || !l->payment_id.v ? why : payment_by_id(tx, l->payment_id, &l->payment);
}

static enum order_state state_of(const struct order *order)
{
	struct looking l = { .id = order->id };

	assert_done(db_read(shop.db, look_at_rows, &l));
	return (enum order_state)l.order.state;
}

static enum payment_state payment_state_of(const struct order *order, const struct payment *payment)
{
	struct looking l = { .id = order->id, .payment_id = payment->id };

	assert_done(db_read(shop.db, look_at_rows, &l));
	return (enum payment_state)l.payment.state;
}

static void expect_sound(void)
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

static void expect_wrong(const char *says)
{
	struct order_report orders;

	assert_done(order_verify(shop.db, shop.arena, &orders));
	assert_false(orders.sound);
	if (text_find(orders.first_wrong, text_of(says)) == SIZE_MAX)
		assert_text(orders.first_wrong, says);
}

static void move_and_run(int64_t ms)
{
	world_move(shop.house.world, ms);
	db_jobs_run(shop.jobs);
}

/* ---- paid ---- */

static void expect_paid_once(const struct order *order)
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

static void test_paid_and_all_that_follows(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_false(buyer_entitled());
	expect_book(0, 0, 0, 0);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_PAID);
	assert_int_equal(count("select subject from news where topic = 'order-paid'"), order.id.v);
	assert_int_equal(count("select payment_id from purchase"), payment.id.v);
}

static void test_a_hundred_tellings_are_one_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

static void *tell_many(void *arg)
{
	struct telling *t = arg;
	intptr_t failed = 0;

	for (int i = 0; i < 25; i++)
		failed += db_write(shop.db, tell_it, t) != NULL;
	return (void *)failed;
}

static void test_tellings_at_the_same_moment_are_one_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct telling t = paid_fact(&payment);
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, tell_many, &t), 0);
	for (int i = 0; i < 4; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	expect_paid_once(&order);
}

static void test_a_lost_notification_is_found_by_asking(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	move_and_run(2000);
	assert_int_equal(fake.queried, 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	fake.query = paid_fact(&payment).fact;
	move_and_run(2000);
	expect_paid_once(&order);
}

/* What the log says at warning level and above while an attempt is open for `seconds`. */
static struct text log_while_open(int seconds)
{
	FILE *file = tmpfile();
	char *bytes = arena_alloc(shop.arena, 4096);
	struct text said;

	assert_non_null(file);
	log_set(fileno(file), LOG_WARN);
	for (int i = 0; i < seconds; i++)
		move_and_run(1000);
	log_set(STDERR_FILENO, LOG_INFO);
	rewind(file);
	said = (struct text){ bytes, fread(bytes, 1, 4096, file) };
	fclose(file);
	return said;
}

static void test_asking_about_an_open_payment_is_no_failure(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_text(log_while_open(60), "");
	assert_int_equal(fake.queried, 30);
	assert_text(log_while_open(100), "");
	assert_int_equal(fake.queried, 40);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_READY);
}

static void test_an_unclear_answer_is_unknown_and_then_found(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin_way(&order, PAYMENT_H5), sent;

	(void)state;
	fake.create_why = &payment_unknown;
	assert_problem(payment_send(shop.payments, shop.db, shop.arena, payment.id, &sent), payment_unknown);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_UNKNOWN);
	fake.query = paid_fact(&payment).fact;
	move_and_run(2000);
	expect_paid_once(&order);
}

static void test_a_channel_that_is_down_leaves_the_attempt_new(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin_way(&order, PAYMENT_NATIVE), again;

	(void)state;
	fake.create_why = &payment_channel_down;
	assert_problem(payment_send(shop.payments, shop.db, shop.arena, payment.id, &again), payment_channel_down);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_NEW);
	fake.create_why = NULL;
	again = begin(&order);
	assert_text(again.trade_no, arena_cstr(shop.arena, payment.trade_no));
	assert_int_equal(fake.created, 2);
}

static void test_a_fact_about_something_else_has_no_effect(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct telling less = paid_fact(&payment), more = less, foreign = less, unknown = less;

	(void)state;
	less.fact.total.fen--;
	more.fact.total.fen++;
	foreign.fact.merchant = TEXT("M2");
	unknown.trade_no = TEXT("ZF1");
	assert_problem(db_write(shop.db, tell_it, &less), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &more), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &foreign), payment_mismatch);
	assert_problem(db_write(shop.db, tell_it, &unknown), payment_missing);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	assert_int_equal(count("select count(*) from journal"), 0);
	assert_false(buyer_entitled());
	expect_sound();
}

/* ---- placing ---- */

static problem make_free(struct tx *tx, void *arg)
{
	(void)arg;
	return store_work(tx, 0);
}

static problem make_dearer(struct tx *tx, void *arg)
{
	(void)arg;
	return store_work(tx, PRICE + 1);
}

static void test_what_is_free_is_owned_at_once(void **state)
{
	struct order order;

	(void)state;
	assert_done(db_write(shop.db, make_free, NULL));
	assert_done(try_place(BUYER, 0, &order));
	assert_int_equal(order.state, ORDER_PAID);
	assert_true(buyer_entitled());
	assert_int_equal(count("select count(*) from journal"), 0);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
	assert_int_equal(count("select count(*) from payment"), 0);
	expect_sound();
	assert_problem(try_place(BUYER, 0, &order), already_owned);
}

static void test_what_is_owned_is_not_sold_again(void **state)
{
	struct order order = place(BUYER), again;
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	assert_problem(try_place(BUYER, PRICE, &again), already_owned);
	assert_done(try_place(OTHER, PRICE, &again));
	assert_int_equal(count("select count(*) from purchase"), 2);
}

static void test_an_open_order_is_given_again_until_the_price_changes(void **state)
{
	struct order order = place(BUYER), again = place(BUYER), dearer;
	problem why;

	(void)state;
	assert_int_equal(order.id.v, again.id.v);
	assert_done(db_write(shop.db, make_dearer, NULL));
	why = try_place(BUYER, PRICE, &dearer);
	assert_non_null(why);
	assert_string_equal(why->type, "price-changed");
	assert_done(try_place(BUYER, PRICE + 1, &dearer));
	assert_int_not_equal(order.id.v, dearer.id.v);
	assert_int_equal(dearer.total.fen, PRICE + 1);
	assert_int_equal(state_of(&order), ORDER_PENDING); /* its promise holds until its deadline */
}

static void test_the_share_is_exact_for_every_price(void **state)
{
	(void)state;
	assert_int_equal(order__creator_share(MONEY(10000), 200).fen, 8000);
	assert_int_equal(order__creator_share(MONEY(1), 200).fen, 0);
	assert_int_equal(order__creator_share(MONEY(9), 0).fen, 9);
	assert_int_equal(order__creator_share(MONEY(9), 1000).fen, 0);
	assert_int_equal(order__creator_share(MONEY(9007199254740991), 1).fen, 9007199254740991 / 1000 * 999 + 991 * 999 / 1000);
	for (int64_t fen = 0; fen < 3000; fen++)
		assert_int_equal(order__creator_share(MONEY(fen), 333).fen, fen * 667 / 1000);
}

/* ---- money that is not wanted ---- */

static void expect_sent_back(const struct order *order, const struct payment *payment)
{
	assert_int_equal(payment_state_of(order, payment), PAYMENT_DUPLICATE_PAID);
	assert_int_equal(unallocated_of(payment), 0);
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(fake.refund_fen, payment->amount.fen);
	assert_text(payment->trade_no, fake.refund_trade_no);
	assert_int_equal(count("select count(*) from refund where state = 'SUCCESS'"), 1);
	assert_int_equal(count("select coalesce(sum(p.amount), 0) from posting p join account a on a.id = p.account_id where a.code in ('L20', 'L60')"), 0);
	expect_sound();
}

static void test_a_second_attempt_that_was_paid_goes_back(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);

	(void)state;
	assert_int_not_equal(first.id.v, second.id.v);
	assert_done(tell_paid(&second));
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&first));
	assert_int_equal(payment_state_of(&order, &second), PAYMENT_PAID);
	expect_book(2 * PRICE - 60, 8000, 2000, 60);
	expect_sent_back(&order, &first);
	expect_book(PRICE - 60, 8000, 2000, 60);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	assert_int_equal(count("select count(*) from news where topic = 'order-paid'"), 1);
}

static void test_a_refund_under_way_is_asked_for_by_the_same_number(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);
	char number[64];

	(void)state;
	fake.refund = REFUND_TAG_PROCESSING;
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&second));
	db_jobs_run(shop.jobs);
	assert_int_equal(fake.refunded, 1);
	assert_int_equal(count("select count(*) from refund where state = 'PROCESSING'"), 1);
	snprintf(number, sizeof number, "%s", fake.refund_no);
	fake.refund = REFUND_TAG_SUCCESS;
	move_and_run(2000);
	assert_int_equal(fake.refunded, 2);
	assert_string_equal(fake.refund_no, number);
	expect_book(PRICE - 60, 8000, 2000, 60);
	move_and_run(3600 * 1000);
	assert_int_equal(fake.refunded, 2);
	expect_sound();
}

static void close_order(const struct order *order)
{
	fake.query = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	assert_done(order__close(shop.house.serve, shop.db, shop.arena, order->id));
	assert_int_equal(state_of(order), ORDER_CLOSED);
}

static void test_paid_after_the_close_is_granted_late(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	close_order(&order);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_CLOSED);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'order-late-paid'"), 1);
}

static void test_paid_after_the_close_goes_back_when_owned(void **state)
{
	struct order order = place(BUYER), again;
	struct payment late = begin(&order), payment;

	(void)state;
	close_order(&order);
	again = place(BUYER);
	assert_int_not_equal(order.id.v, again.id.v);
	payment = begin(&again);
	assert_done(tell_paid(&payment));
	assert_done(tell_paid(&late));
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	expect_sent_back(&order, &late);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

static void test_paid_after_the_close_goes_back_when_no_longer_offered(void **state)
{
	struct order order = place(BUYER);
	struct payment late = begin(&order);

	(void)state;
	close_order(&order);
	by_hand("update work set state = 'withdrawn'");
	assert_done(tell_paid(&late));
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	assert_false(buyer_entitled());
	expect_sent_back(&order, &late);
	expect_book(0, 0, 0, 0);
}

/* Two open orders of one work, from before and after a change of price, both paid. */
static void test_two_orders_of_one_work_are_one_entitlement(void **state)
{
	struct order order = place(BUYER), dearer;
	struct payment first = begin(&order), second;

	(void)state;
	assert_done(db_write(shop.db, make_dearer, NULL));
	assert_done(try_place(BUYER, PRICE + 1, &dearer));
	second = begin(&dearer);
	assert_done(tell_paid(&first));
	assert_done(tell_paid(&second));
	expect_sent_back(&dearer, &second);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

/* ---- the deadline ---- */

static void test_the_deadline_closes(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_after_close = (struct channel_fact){ .tag = CHANNEL_CLOSED };
	move_and_run(ORDER_LIFE_MS - 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	move_and_run(1);
	assert_int_equal(state_of(&order), ORDER_CLOSED);
	assert_int_equal(payment_state_of(&order, &payment), PAYMENT_CLOSED);
	assert_int_equal(fake.closed, 1);
	expect_sound();
}

static void test_paid_at_the_moment_of_the_close(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_after_close = paid_fact(&payment).fact;
	move_and_run(ORDER_LIFE_MS);
	expect_paid_once(&order);
	move_and_run(3600 * 1000);
	expect_paid_once(&order);
}

static void test_an_order_waits_for_a_channel_that_is_silent(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	fake.query_why = &payment_unknown;
	move_and_run(ORDER_LIFE_MS);
	assert_int_equal(state_of(&order), ORDER_CLOSING);
	fake.query_why = NULL;
	fake.query = paid_fact(&payment).fact;
	move_and_run(3600 * 1000);
	expect_paid_once(&order);
}

/* ---- failing steps ---- */

struct traces {
	int64_t journals, postings, entitlements, news, refunds, jobs, audits, paid;
};

static struct traces traces(void)
{
	return (struct traces){
		.journals = count("select count(*) from journal"),
		.postings = count("select count(*) from posting"),
		.entitlements = count("select count(*) from entitlement"),
		.news = count("select count(*) from news where topic = 'order-paid'"),
		.refunds = count("select count(*) from refund"),
		.jobs = count("select count(*) from job"),
		.audits = count("select count(*) from audit_entry"),
		.paid = count("select count(*) from payment where state in ('PAID', 'DUPLICATE_PAID')"),
	};
}

/* Each statement and both sides of the commit fail once; returns how many statements there were. */
static int tell_with_faults(const struct payment *payment)
{
	struct traces before = traces(), after;
	int n = 1;

	for (;; n++) {
		problem why;

		db_fault(shop.db, FAULT_STATEMENT, n);
		why = tell_paid(payment);
		if (!db_fault_hit(shop.db))
			break;
		assert_problem(why, db_failed);
		after = traces();
		assert_memory_equal(&before, &after, sizeof before);
		expect_sound();
		assert_true(n < 500);
	}
	db_fault(shop.db, FAULT_STATEMENT, 0);
	return n - 1;
}

static void test_no_failing_statement_leaves_half_a_payment(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	int statements;

	(void)state;
	statements = tell_with_faults(&payment);
	assert_true(statements >= 12);
	expect_paid_once(&order);
}

static void test_no_failing_statement_leaves_half_a_return(void **state)
{
	struct order order = place(BUYER);
	struct payment first = begin(&order), second = begin_way(&order, PAYMENT_H5);

	(void)state;
	assert_done(tell_paid(&first));
	assert_true(tell_with_faults(&second) >= 12);
	expect_sent_back(&order, &second);
	expect_book(PRICE - 60, 8000, 2000, 60);
}

static void test_a_commit_that_fails_writes_nothing(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct traces before = traces(), after;

	(void)state;
	db_fault(shop.db, FAULT_COMMIT_BEFORE, 1);
	assert_problem(tell_paid(&payment), db_failed);
	assert_true(db_fault_hit(shop.db));
	after = traces();
	assert_memory_equal(&before, &after, sizeof before);
	expect_sound();
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

static void test_a_commit_without_an_answer_is_told_again_without_harm(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	db_fault(shop.db, FAULT_COMMIT_AFTER, 1);
	assert_problem(tell_paid(&payment), db_unknown);
	assert_true(db_fault_hit(shop.db));
	expect_paid_once(&order);
	assert_done(tell_paid(&payment));
	expect_paid_once(&order);
}

/* ---- access, and what verify sees ---- */

static void test_access_follows_from_entitlements_alone(void **state)
{
	struct order order = place(BUYER);

	(void)state;
	by_hand("update purchase set state = 'PAID'");
	assert_int_equal(state_of(&order), ORDER_PAID);
	assert_false(buyer_entitled());
	expect_wrong("no entitlement");
}

static void test_an_entitlement_ends(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	by_hand("update entitlement set until_ms = from_ms + 1000");
	assert_true(buyer_entitled());
	world_move(shop.house.world, 1000);
	assert_false(buyer_entitled());
	by_hand("update entitlement set until_ms = null, revoked_ms = 1");
	assert_false(buyer_entitled());
	by_hand("update entitlement set revoked_ms = null, user_id = 0");
	assert_false(buyer_entitled());
}

static void test_verify_names_what_disagrees(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	expect_sound();
	by_hand("update purchase set state = 'PENDING'");
	expect_wrong("not paid");
	by_hand("update purchase set state = 'PAID', payment_id = null");
	expect_wrong("by no payment");
	by_hand("update purchase set payment_id = (select id from payment)");
	expect_sound();
	by_hand("update payment set amount = amount + 1");
	expect_wrong("another amount");
	by_hand("update payment set amount = amount - 1, state = 'CLOSED'");
	expect_wrong("that was paid");
	by_hand("update payment set state = 'PAID', payable_id = payable_id + 1");
	expect_wrong("of this order");
	by_hand("update payment set payable_id = payable_id - 1");
	by_hand("update journal set entry_key = 'elsewhere' where kind = 'paid'");
	expect_wrong("not in the ledger");
	by_hand("update purchase set payment_id = 1");
	expect_wrong("payment is not there");
	by_hand("update purchase set payment_id = (select id from payment)");
	by_hand("delete from entitlement");
	expect_wrong("no entitlement");
}

/* ---- over HTTP ---- */

static struct visitor visitor_of(int person)
{
	struct visitor v;

	visitor_open(&v, &shop.house);
	if (person)
		snprintf(v.session, sizeof v.session, "%d", person);
	return v;
}

static int post(struct visitor *v, const char *path, const char *body)
{
	static int keys;
	static char key[32];

	snprintf(key, sizeof key, "key-%d", ++keys);
	v->key = key;
	return visit(v, POST, path, body);
}

static const char *path_of(const struct order *order, const char *rest)
{
	return arena_cstr(shop.arena, arena_format(shop.arena, "/api/orders/%lld%s", (long long)order->id.v, rest));
}

static void test_an_order_over_http(void **state)
{
	struct visitor buyer = visitor_of(BUYER), channel = visitor_of(0);
	const char *draft = arena_cstr(shop.arena, arena_format(shop.arena, "{\"work\":%lld,\"price\":%d}", (long long)shop.work.v, PRICE));
	struct order order = { 0 };
	const char *message;

	(void)state;
	assert_int_equal(post(&buyer, "/api/orders", draft), 201);
	order.id.v = json_integer_value(answer_at(&buyer, "id"));
	assert_int_equal(post(&buyer, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 201);
	message = arena_cstr(shop.arena, arena_format(shop.arena, "ZF%lld %d", (long long)json_integer_value(answer_at(&buyer, "id")), PRICE));
	assert_true(text_starts(json_text(answer_at(&buyer, "code_url")), TEXT("weixin://")));
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", "nonsense"), 401);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", "ZF1 10000"), 404);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 204);
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 204);
	assert_int_equal(visit(&buyer, GET, path_of(&order, ""), NULL), 200);
	assert_text(json_text(answer_at(&buyer, "state")), "PAID");
	assert_text(json_text(answer_at(&buyer, "payment.state")), "PAID");
	expect_paid_once(&order);
	assert_int_equal(count("select count(*) from channel_event where state = 'APPLIED'"), 1);
	assert_int_equal(post(&buyer, "/api/orders", draft), 409);
	assert_true(answer_is_problem(&buyer, "already-owned"));
	assert_int_equal(post(&buyer, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 409);
	visitor_close(&buyer);
	visitor_close(&channel);
}

static void test_a_message_with_another_sum_is_kept_and_refused(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct visitor channel = visitor_of(0);
	const char *message = arena_cstr(shop.arena, arena_format(shop.arena, "%.*s %d", TEXT_ARG(payment.trade_no), PRICE - 1));

	(void)state;
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", message), 400);
	assert_int_equal(count("select count(*) from channel_event where state = 'REJECTED'"), 1);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	assert_int_equal(count("select count(*) from journal"), 0);
	visitor_close(&channel);
}

static void test_an_order_is_its_buyers_alone(void **state)
{
	struct order order = place(BUYER);
	struct visitor other = visitor_of(OTHER), nobody = visitor_of(0);

	(void)state;
	assert_int_equal(visit(&other, GET, path_of(&order, ""), NULL), 404);
	assert_int_equal(post(&other, path_of(&order, "/payments"), "{\"channel\":\"wechat\",\"way\":\"native\"}"), 404);
	assert_int_equal(post(&other, path_of(&order, "/close"), "{}"), 404);
	assert_int_equal(visit(&other, GET, "/api/orders", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&other, "items")), 0);
	assert_int_equal(visit(&other, GET, "/api/studio/balance", NULL), 403);
	assert_int_equal(visit(&nobody, GET, path_of(&order, ""), NULL), 401);
	assert_int_equal(post(&nobody, "/api/orders", "{\"work\":1}"), 401);
	assert_int_equal(state_of(&order), ORDER_PENDING);
	visitor_close(&other);
	visitor_close(&nobody);
}

static void test_a_creator_sees_what_the_book_has(void **state)
{
	struct order order = place(BUYER);
	struct payment payment = begin(&order);
	struct visitor author = visitor_of(AUTHOR);

	(void)state;
	assert_done(tell_paid(&payment));
	assert_int_equal(visit(&author, GET, "/api/studio/balance", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&author, "held")), 8000);
	assert_int_equal(json_integer_value(answer_at(&author, "available")), 0);
	assert_int_equal(json_integer_value(answer_at(&author, "items.0.share")), 8000);
	visitor_close(&author);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paid_and_all_that_follows),
		TEST(test_a_hundred_tellings_are_one_effect),
		TEST(test_tellings_at_the_same_moment_are_one_effect),
		TEST(test_a_lost_notification_is_found_by_asking),
		TEST(test_asking_about_an_open_payment_is_no_failure),
		TEST(test_an_unclear_answer_is_unknown_and_then_found),
		TEST(test_a_channel_that_is_down_leaves_the_attempt_new),
		TEST(test_a_fact_about_something_else_has_no_effect),
		TEST(test_what_is_free_is_owned_at_once),
		TEST(test_what_is_owned_is_not_sold_again),
		TEST(test_an_open_order_is_given_again_until_the_price_changes),
		TEST(test_the_share_is_exact_for_every_price),
		TEST(test_a_second_attempt_that_was_paid_goes_back),
		TEST(test_a_refund_under_way_is_asked_for_by_the_same_number),
		TEST(test_paid_after_the_close_is_granted_late),
		TEST(test_paid_after_the_close_goes_back_when_owned),
		TEST(test_paid_after_the_close_goes_back_when_no_longer_offered),
		TEST(test_two_orders_of_one_work_are_one_entitlement),
		TEST(test_the_deadline_closes),
		TEST(test_paid_at_the_moment_of_the_close),
		TEST(test_an_order_waits_for_a_channel_that_is_silent),
		TEST(test_no_failing_statement_leaves_half_a_payment),
		TEST(test_no_failing_statement_leaves_half_a_return),
		TEST(test_a_commit_that_fails_writes_nothing),
		TEST(test_a_commit_without_an_answer_is_told_again_without_harm),
		TEST(test_access_follows_from_entitlements_alone),
		TEST(test_an_entitlement_ends),
		TEST(test_verify_names_what_disagrees),
		TEST(test_an_order_over_http),
		TEST(test_a_message_with_another_sum_is_kept_and_refused),
		TEST(test_an_order_is_its_buyers_alone),
		TEST(test_a_creator_sees_what_the_book_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
