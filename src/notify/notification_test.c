/* notification_test.c - what a person is told: once, and nobody else; how it is read, chosen, taken along and cleared away. Letters are
 * in notify_test.c. */
#include "account/privacy.h"
#include "base/testing.h"
#include "notify/notification_room.h"
#include "serve/testing.h"

enum { ANN = 41, BOB = 42 };
#define DAY_MS ((int64_t)24 * 3600 * 1000)

static struct house house;
static struct visitor ann, bob, author, nobody;
static struct db_jobs *jobs;
static const struct module *const modules[] = { &account_module, &site_module, &notify_module, &notification_module, NULL };

static int setup(void **state)
{
	static const struct job_kind *tables[] = { notify_jobs, notification_jobs };

	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	ann = visitor_of(&house, ANN, 0);
	bob = visitor_of(&house, BOB, 0);
	author = visitor_of(&house, 43, CREATOR);
	nobody = visitor_of(&house, 0, 0);
	assert_done(db_jobs_start(house.db, tables, 2, house.serve, 0, &jobs));
	return 0;
}

static int teardown(void **state)
{
	struct visitor *const all[] = { &ann, &bob, &author, &nobody };

	(void)state;
	db_jobs_stop(jobs);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		visitor_close(all[i]);
	house_close(&house);
	return 0;
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }
static int64_t number_at(struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }
static struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }

static problem tell_it(struct tx *tx, void *arg)
{
	notification_add(tx, arg);
	return tx_problem(tx);
}

static void tell(enum notification_kind kind, int64_t whom, int64_t subject)
{
	struct notification_draft draft = { .kind = kind, .whom = { whom }, .by = { BOB }, .subject = subject, .title = TEXT("Rust"), .amount = MONEY(1990), .url = TEXT("/me/orders") };

	assert_done(db_write(house.db, tell_it, &draft));
}

static const char *with(const char *before, int64_t id, const char *after)
{
	static char line[128];

	snprintf(line, sizeof line, "%s%lld%s", before, (long long)id, after);
	return line;
}

static void test_a_fact_is_told_once_and_to_one_person(void **state)
{
	(void)state;
	tell(NOTIFICATION_PAID, ANN, 7);
	tell(NOTIFICATION_PAID, ANN, 7);
	assert_int_equal(count("select count(*) from notification"), 1);
	tell(NOTIFICATION_SOLD, ANN, 7); /* another fact of the same thing */
	tell(NOTIFICATION_PAID, ANN, 8);
	assert_int_equal(count("select count(*) from notification"), 3);
	tell(NOTIFICATION_PAID, BOB, 9); /* what he did himself */
	tell(NOTIFICATION_PAID, 0, 9);   /* who is no more */
	assert_int_equal(count("select count(*) from notification"), 3);
	assert_int_equal(visit(&bob, GET, "/api/me/notifications", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 0);
	assert_int_equal(number_at(&bob, "unread"), 0);
	assert_int_equal(visit(&nobody, GET, "/api/me/notifications", NULL), 401);
}

static void test_words_in_both_languages(void **state)
{
	(void)state;
	tell(NOTIFICATION_REFUND_APPROVED, ANN, 7);
	ann.more[ann.more_count++] = (struct header){ TEXT("Accept-Language"), TEXT("zh-CN") };
	assert_int_equal(visit(&ann, GET, "/api/me/notifications", NULL), 200);
	assert_text(word_at(&ann, "items.0.text"), "《Rust》的退款 ¥19.90 已同意，正在退回");
	assert_text(word_at(&ann, "items.0.kind"), "refund_approved");
	assert_text(word_at(&ann, "items.0.topic"), "orders");
	assert_text(word_at(&ann, "items.0.url"), "/me/orders");
	assert_null(answer_at(&ann, "items.0.note"));
	ann.more[ann.more_count - 1].value = TEXT("en");
	assert_int_equal(visit(&ann, GET, "/api/me/notifications", NULL), 200);
	assert_text(word_at(&ann, "items.0.text"), "Your refund of ¥19.90 for “Rust” was approved and is on its way");
}

/* Every kind has words in each language, with nothing left to fill in. */
static void test_every_kind_has_words(void **state)
{
	static const char *const languages[] = { "zh-CN", "en" };
	struct arena *arena = arena_new(1 << 20);
	struct text words, note;

	(void)state;
	for (int kind = 1; kind < NOTIFICATION_KIND_COUNT; kind++) {
		const struct notification n = { .kind = kind, .params = TEXT("{\"title\":\"{x}\",\"amount\":\"1.00\"}") };

		for (size_t i = 0; i < 2; i++) {
			assert_done(notification__words(house.serve, arena, text_of(languages[i]), &n, &words, &note));
			assert_true(text_find(words, TEXT("notify.")) == SIZE_MAX && words.length);
			assert_true(text_find(words, TEXT("{title}")) == SIZE_MAX && text_find(words, TEXT("{amount}")) == SIZE_MAX);
			if (kind < NOTIFICATION_PASSWORD_CHANGED) /* those after it name nothing */
				assert_true(text_find(words, TEXT("{x}")) != SIZE_MAX); /* what is filled in is not read again */
		}
	}
	arena_free(arena);
}

static void test_reading(void **state)
{
	int64_t first, last;

	(void)state;
	tell(NOTIFICATION_PAID, ANN, 1);
	tell(NOTIFICATION_ANSWERED, ANN, 2);
	tell(NOTIFICATION_ANSWERED, BOB + 1, 3);
	visit(&ann, GET, "/api/me/notifications", NULL);
	assert_int_equal(number_at(&ann, "unread"), 2);
	assert_text(word_at(&ann, "items.0.kind"), "answered"); /* newest first */
	last = number_at(&ann, "items.0.id");
	first = number_at(&ann, "items.1.id");
	assert_int_equal(visit(&bob, POST, with("/api/me/notifications/", first, "/read"), NULL), 404);
	assert_int_equal(visit(&nobody, POST, with("/api/me/notifications/", first, "/read"), NULL), 401);
	assert_int_equal(visit(&ann, POST, with("/api/me/notifications/", last, "/read"), NULL), 200);
	assert_int_equal(number_at(&ann, "unread"), 1);
	assert_int_equal(visit(&ann, POST, with("/api/me/notifications/", last, "/read"), NULL), 200);
	assert_int_equal(visit(&bob, POST, "/api/me/notifications/read", with("{\"upto\":", last, "}")), 200);
	assert_int_equal(visit(&ann, GET, "/api/me/notifications/unread", NULL), 200);
	assert_int_equal(number_at(&ann, "unread"), 1); /* bob's "all" is of bob's */
	tell(NOTIFICATION_PAID, ANN, 4);
	assert_int_equal(visit(&ann, POST, "/api/me/notifications/read", with("{\"upto\":", last, "}")), 200);
	assert_int_equal(number_at(&ann, "unread"), 1); /* what came meanwhile stays new */
	visit(&ann, GET, "/api/me/notifications", NULL);
	assert_true(json_is_false(answer_at(&ann, "items.0.read")));
	assert_true(json_is_true(answer_at(&ann, "items.1.read")));
}

static void test_pages(void **state)
{
	int64_t seen = 0;
	const char *path = "/api/me/notifications";

	(void)state;
	for (int i = 1; i <= 2 * PAGE_MAX + 1; i++)
		tell(NOTIFICATION_PAID, ANN, i);
	for (int page = 0; page < 3; page++) {
		assert_int_equal(visit(&ann, GET, path, NULL), 200);
		seen += (int64_t)json_array_size(answer_at(&ann, "items"));
		if (page < 2) {
			int64_t next;

			assert_true(text_to_int(word_at(&ann, "next"), &next));
			path = with("/api/me/notifications?after=", next, "");
		}
	}
	assert_null(answer_at(&ann, "next"));
	assert_int_equal(seen, 2 * PAGE_MAX + 1);
}

static int prefer(struct visitor *v, const char *topic, const char *channel, const char *wanted)
{
	char body[200];

	snprintf(body, sizeof body, "{\"topic\":\"%s\",\"channel\":\"%s\",\"wanted\":%s}", topic, channel, wanted);
	return visit(v, PUT, "/api/me/notification-preferences", body);
}

static void test_preferences(void **state)
{
	(void)state;
	assert_int_equal(visit(&ann, GET, "/api/me/notification-preferences", NULL), 200);
	assert_text(word_at(&ann, "items.0.topic"), "answers");
	assert_text(word_at(&ann, "items.0.site"), "on");
	assert_text(word_at(&ann, "items.0.mail"), "on");
	assert_text(word_at(&ann, "items.0.sms"), "off");
	assert_text(word_at(&ann, "items.1.topic"), "decisions"); /* a learner is asked nothing and sells nothing */
	assert_text(word_at(&ann, "items.2.topic"), "orders");
	assert_text(word_at(&ann, "items.2.site"), "fixed");
	assert_int_equal(prefer(&ann, "answers", "site", "false"), 200);
	assert_text(word_at(&ann, "items.0.site"), "off");
	assert_int_equal(prefer(&ann, "orders", "site", "false"), 409);
	assert_int_equal(prefer(&ann, "security", "mail", "false"), 409);
	assert_int_equal(prefer(&ann, "questions", "sms", "true"), 409);
	assert_int_equal(prefer(&ann, "weather", "mail", "true"), 422);
	tell(NOTIFICATION_ANSWERED, ANN, 1); /* mail is wanted: the row is there for the letter, and not in the list */
	tell(NOTIFICATION_PAID, ANN, 1);
	visit(&ann, GET, "/api/me/notifications", NULL);
	assert_int_equal(json_array_size(answer_at(&ann, "items")), 1);
	assert_int_equal(number_at(&ann, "unread"), 1);
	assert_int_equal(prefer(&ann, "answers", "mail", "false"), 200);
	tell(NOTIFICATION_ANSWERED, ANN, 2);
	assert_int_equal(count("select count(*) from notification where kind = 'answered'"), 1);
	tell(NOTIFICATION_ANSWERED, BOB + 1, 2); /* nobody else's choice */
	assert_int_equal(count("select count(*) from notification where kind = 'answered' and shown = 1"), 1);
	assert_int_equal(visit(&author, GET, "/api/me/notification-preferences", NULL), 200);
	assert_text(word_at(&author, "items.1.topic"), "questions");
}

struct row {
	int64_t id, n;
	const char *kind;
};

static problem add_many(struct tx *tx, void *arg)
{
	const struct row *r = arg;

	run(tx, "with recursive k (i) as (select 1 union all select i + 1 from k where i < $2) insert into notification"
	        " (id, user_id, kind, subject, turn, params, url, made_ms, read_ms, shown) select $1 * 100000 + i, $1, 'paid', i, 0, '{}', '/me', $3, 0, 1 from k",
	    V(r->id, r->n, tx_now_ms(tx)));
	return tx_problem(tx);
}

/* Subjects 1 to n, now. */
static void many(int64_t whom, int64_t n) { assert_done(db_write(house.db, add_many, &(struct row){ whom, n, NULL })); }

/* ---- clearing up ---- */

struct finding {
	int64_t after, found[3];
	size_t n;
};

static problem find(struct tx *tx, void *arg)
{
	struct finding *f = arg;
	struct crowded *people;
	problem why = notification__crowded(tx, (struct user_id){ f->after }, 2, &people, &f->n);

	for (size_t i = 0; !why && i < f->n; i++)
		f->found[i] = people[i].user.v;
	return why;
}

static problem drop_three(struct tx *tx, void *arg)
{
	*(int64_t *)arg = notification__drop_beyond(tx, (struct user_id){ 97 }, 3);
	return tx_problem(tx);
}

/* Who has too much is found by a read, page by page; what goes goes in steps: the one writer is nobody's for long. */
static void test_clearing_up_holds_no_writer(void **state)
{
	struct finding f = { 0 };
	int64_t gone;

	(void)state;
	for (int64_t whom = 95; whom <= 97; whom++)
		many(whom, NOTIFICATIONS_KEPT + 4);
	many(90, NOTIFICATIONS_KEPT);
	assert_done(db_read(house.db, find, &f));
	assert_true(f.n == 2 && f.found[0] == 95 && f.found[1] == 96);
	f.after = 96;
	assert_done(db_read(house.db, find, &f));
	assert_true(f.n == 1 && f.found[0] == 97);
	assert_done(db_write(house.db, drop_three, &gone));
	assert_int_equal(gone, 3);
	assert_int_equal(count("select min(subject) from notification where user_id = 97"), 4); /* the oldest first */
	assert_done(db_write(house.db, drop_three, &gone));
	assert_int_equal(gone, 1);
}

static problem add_parked_row(struct tx *tx, void *arg)
{
	const struct row *r = arg;

	run(tx, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms, why, failed_ms) values ($1, $2, '{}', 'parked', $3, 12, 0, $3, 'x', $3)",
	    V(r->id, r->kind, tx_now_ms(tx) - r->n * DAY_MS));
	return tx_problem(tx);
}

static void add_parked(int64_t id, const char *kind, int64_t days) { assert_done(db_write(house.db, add_parked_row, &(struct row){ id, days, kind })); }

static void test_letters_that_were_given_up_go_after_a_week(void **state)
{
	(void)state;
	world_move(house.world, DAY_MS);
	add_parked(1, NOTIFY_JOB_MESSAGE, 8);
	add_parked(2, NOTIFY_JOB_LOGIN, 8);
	add_parked(3, NOTIFY_JOB_INVITED, 8); /* somebody waits for an answer to it */
	add_parked(4, NOTIFY_JOB_MESSAGE, 6);
	add_parked(5, "order-import", 8);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(count("select count(*) from job where state = 'parked'"), 3);
	assert_int_equal(count("select count(*) from job where id in (3, 4, 5)"), 3);
}

static void test_what_is_old_or_too_much_goes(void **state)
{
	(void)state;
	tell(NOTIFICATION_PAID, ANN, 1);
	world_move(house.world, 200 * DAY_MS);
	many(99, NOTIFICATIONS_KEPT + 5);
	many(98, NOTIFICATIONS_KEPT + 700); /* more than one step takes away */
	tell(NOTIFICATION_PAID, ANN, 2);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(count("select count(*) from notification where user_id = 41"), 2);
	assert_int_equal(count("select count(*) from notification where user_id = 99"), NOTIFICATIONS_KEPT);
	assert_int_equal(count("select min(subject) from notification where user_id = 99"), 6); /* the newest stay */
	assert_int_equal(count("select count(*) from notification where user_id = 98"), NOTIFICATIONS_KEPT);
	assert_int_equal(count("select min(subject) from notification where user_id = 98"), 701);
	world_move(house.world, 200 * DAY_MS);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(count("select count(*) from notification where user_id = 41"), 1);
}

static problem forget(struct tx *tx, void *arg)
{
	bool kept = true;
	problem why = notify_privacy.erase(tx, *(struct user_id *)arg, &kept);

	assert_false(kept);
	return why;
}

static void test_who_is_forgotten_leaves_no_message(void **state)
{
	struct user_id user = { ANN };

	(void)state;
	tell(NOTIFICATION_PAID, ANN, 1);
	tell(NOTIFICATION_PAID, 99, 1);
	prefer(&ann, "answers", "site", "false");
	assert_done(db_write(house.db, forget, &user));
	assert_int_equal(count("select count(*) from notification"), 1);
	assert_int_equal(count("select count(*) from notification_preference"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_fact_is_told_once_and_to_one_person),
		TEST(test_words_in_both_languages),
		TEST(test_every_kind_has_words),
		TEST(test_reading),
		TEST(test_pages),
		TEST(test_preferences),
		TEST(test_clearing_up_holds_no_writer),
		TEST(test_letters_that_were_given_up_go_after_a_week),
		TEST(test_what_is_old_or_too_much_goes),
		TEST(test_who_is_forgotten_leaves_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
