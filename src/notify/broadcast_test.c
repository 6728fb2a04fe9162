/* broadcast_test.c - what is told to many: once to each, from where it stood, withdrawn, within limits, and by whom. */
#include "base/testing.h"
#include "notify/broadcast_room.h"
#include "serve/testing.h"

enum { BOSS = 41, CROWD = 1000 /* the first of them */, MANY = 250 };

static struct house house;
static struct visitor boss, ann, creator;
static struct db_jobs *jobs;
static const struct module *const modules[] = { &account_module, &site_module, &notify_module, &notification_module, &announcement_module, NULL };

/* ---- owners of work 7: those of the crowd, two rows for the first ---- */

static int64_t owners;

static problem some(struct tx *tx, int64_t work, int64_t after, size_t most, struct reached **ret, size_t *ret_count)
{
	*ret = ARENA_ARRAY(tx_arena(tx), struct reached, most);
	for (int64_t at = after + 1; work == 7 && at <= owners + 1 && *ret_count < most; at++)
		(*ret)[(*ret_count)++] = (struct reached){ at, { CROWD + (at > 1 ? at - 2 : 0) } };
	return NULL;
}
static int64_t count_owners(struct tx *tx, int64_t work) { return (void)tx, work == 7 ? owners : 0; }
static problem about(struct tx *tx, int64_t work, struct text *ret_title, struct text *ret_url)
{
	(void)tx;
	*ret_title = TEXT("Rust");
	*ret_url = TEXT("/learn/7");
	return work == 7 ? NULL : &problem_not_found;
}
static const struct broadcast_owners source = { some, count_owners, about };

static problem add_crowd(struct tx *tx, void *arg)
{
	const int64_t *n = arg;

	run(tx, "with recursive k (i) as (select 0 union all select i + 1 from k where i < $1 - 1) insert into user_account"
	        " (id, name, name_folded, language, password_hash, created_ms) select 1000 + i, 'P' || i, 'p' || i, 'zh-CN', '', 1 from k", V(*n));
	return tx_problem(tx);
}

static void add_people(int64_t n) { assert_done(db_write(house.db, add_crowd, &n)); }

static int setup(void **state)
{
	static const struct job_kind *tables[] = { notification_jobs };

	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	broadcast_know_owners(house.serve, &source);
	owners = MANY;
	boss = visitor_of(&house, BOSS, ADMIN);
	ann = visitor_of(&house, CROWD, 0);
	creator = visitor_of(&house, CROWD + 1, CREATOR);
	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	visitor_close(&boss);
	visitor_close(&ann);
	visitor_close(&creator);
	house_close(&house);
	return 0;
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }
static int64_t number_at(struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }
static struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }
static int announce(const char *title, const char *rest)
{
	char body[512];
	static char key[32];
	static int made;

	snprintf(key, sizeof key, "key-%d", made++);
	boss.key = key;
	snprintf(body, sizeof body, "{\"title\":\"%s\",\"text\":\"We move.\\nThank you.\",%s}", title, rest);
	return visit(&boss, POST, "/api/announcements", body);
}
static int withdraw(int64_t id)
{
	char path[64];

	snprintf(path, sizeof path, "/api/announcements/%lld/withdrawal", (long long)id);
	return visit(&boss, POST, path, NULL);
}
#define EVERYBODY "\"audience\":\"everybody\""

static void test_everybody_is_told_once_and_the_owner_sees_how_many(void **state)
{
	(void)state;
	add_people(MANY);
	assert_int_equal(visit(&boss, GET, "/api/announcements/reach?audience=everybody", NULL), 200);
	assert_int_equal(number_at(&boss, "people"), MANY);
	assert_int_equal(announce("Closed on Monday", EVERYBODY), 201);
	assert_text(word_at(&boss, "state"), "sending");
	assert_int_equal(count("select count(*) from notification"), 0); /* nothing of it in the owner's transaction */
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification where kind = 'announced'"), MANY);
	assert_int_equal(count("select count(distinct user_id) from notification"), MANY);
	assert_int_equal(visit(&boss, GET, "/api/announcements", NULL), 200);
	assert_text(word_at(&boss, "items.0.state"), "sent");
	assert_int_equal(number_at(&boss, "items.0.told"), MANY);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'announcement-sent'"), 1);
	assert_int_equal(visit(&ann, GET, "/api/me/notifications", NULL), 200);
	assert_text(word_at(&ann, "items.0.text"), "公告：Closed on Monday");
	assert_text(word_at(&ann, "items.0.note"), "We move.\nThank you.");
	assert_text(word_at(&ann, "items.0.topic"), "news");
}

/* The program died after a piece: whoever takes over goes on behind it, and nobody is told twice. */
static void test_it_goes_on_from_where_it_stood(void **state)
{
	(void)state;
	add_people(MANY);
	assert_int_equal(announce("A", EVERYBODY), 201);
	db_jobs_run(jobs);
	db_testing_run(house.db, "delete from notification where user_id >= 1100");
	db_testing_run(house.db, "update broadcast set state = 'sending', reached = 1099, told = 100");
	db_testing_run(house.db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms)"
	                         " select 1, 'notify-broadcast', '{\"broadcast\":' || id || '}', 'waiting', 0, 0, 0, 0 from broadcast");
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification"), MANY);
	assert_int_equal(count("select told from broadcast"), MANY);
	assert_int_equal(count("select count(*) from broadcast where state = 'sent'"), 1);
	/* the cursor was lost altogether: still nobody twice */
	db_testing_run(house.db, "update broadcast set state = 'sending', reached = 0, told = 0");
	db_testing_run(house.db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms)"
	                         " select 2, 'notify-broadcast', '{\"broadcast\":' || id || '}', 'waiting', 0, 0, 0, 0 from broadcast");
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification"), MANY);
}

/* More than one run gives out: it comes again by itself. */
static void test_tens_of_pieces(void **state)
{
	(void)state;
	add_people(2150);
	assert_int_equal(announce("A", EVERYBODY), 201);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(distinct user_id) from notification"), 2150);
	assert_int_equal(count("select count(*) from broadcast where state = 'sent' and told = 2150"), 1);
	assert_int_equal(count("select count(*) from job where kind = 'notify-broadcast'"), 0);
}

static void test_owners_creators_and_who_wants_none(void **state)
{
	(void)state;
	add_people(MANY);
	db_testing_run(house.db, "insert into role_grant (user_id, role, granted_by, at_ms) values (1001, 'creator', 0, 1)");
	db_testing_run(house.db, "insert into account_ban (user_id, reason, banned_by, at_ms) values (1005, 'x', 1, 1)");
	assert_int_equal(visit(&ann, PUT, "/api/me/notification-preferences", "{\"topic\":\"news\",\"channel\":\"site\",\"wanted\":false}"), 200);
	assert_int_equal(announce("To owners", "\"audience\":\"owners\",\"work\":7"), 201);
	assert_int_equal(number_at(&boss, "people"), MANY);
	assert_text(word_at(&boss, "work_title"), "Rust");
	assert_text(word_at(&boss, "url"), "/learn/7");
	assert_int_equal(announce("To creators", "\"audience\":\"creators\""), 201);
	assert_int_equal(number_at(&boss, "people"), 1);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification n join broadcast b on b.id = n.subject where b.audience = 'owners'"), MANY - 2);
	assert_int_equal(count("select count(*) from notification where user_id in (1000, 1005)"), 0);
	assert_int_equal(count("select user_id from notification n join broadcast b on b.id = n.subject where b.audience = 'creators'"), 1001);
	assert_int_equal(count("select told from broadcast where audience = 'owners'"), MANY - 2);
}

static void test_withdrawn(void **state)
{
	int64_t id;

	(void)state;
	add_people(MANY);
	assert_int_equal(announce("Wrong", EVERYBODY), 201);
	id = number_at(&boss, "id");
	db_jobs_run(jobs);
	db_testing_run(house.db, "delete from notification where user_id > 1000");
	db_testing_run(house.db, "update broadcast set state = 'sending', reached = 1000, told = 1");
	assert_int_equal(withdraw(id), 200);
	assert_text(word_at(&boss, "state"), "withdrawn");
	db_testing_run(house.db, "insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms)"
	                         " select 1, 'notify-broadcast', '{\"broadcast\":' || id || '}', 'waiting', 0, 0, 0, 0 from broadcast");
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from notification"), 1); /* given out no more */
	assert_int_equal(visit(&ann, GET, "/api/me/notifications", NULL), 200);
	assert_text(word_at(&ann, "items.0.text"), "一条公告已被撤回");
	assert_null(answer_at(&ann, "items.0.note"));
	boss.key = NULL;
	assert_int_equal(withdraw(id), 409);
	assert_int_equal(withdraw(id + 1), 404);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'announcement-withdrawn'"), 1);
	assert_int_equal(announce("Wrong", EVERYBODY), 201); /* the same may be said again */
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(announce("A", EVERYBODY), 409); /* nobody is there */
	add_people(2);
	assert_int_equal(announce("A", EVERYBODY), 201);
	assert_int_equal(announce("A", EVERYBODY), 409);
	assert_text(word_at(&boss, "type"), "announcement-twice");
	assert_int_equal(announce("   ", EVERYBODY), 422);
	assert_int_equal(announce("B", "\"audience\":\"owners\""), 422);
	assert_int_equal(announce("B", "\"audience\":\"owners\",\"work\":8"), 404);
	assert_int_equal(announce("B", "\"audience\":\"strangers\""), 422);
	assert_int_equal(announce("B", EVERYBODY ",\"url\":\"//evil.example/\""), 422);
	assert_int_equal(announce("B", EVERYBODY ",\"url\":\"https://evil.example/\""), 422);
	assert_int_equal(announce("B", EVERYBODY ",\"url\":\"/faq\""), 201);
	for (char title[] = "C"; *title < 'C' + 8; ++*title)
		assert_int_equal(announce(title, EVERYBODY), 201);
	assert_int_equal(announce("Z", EVERYBODY), 429);
	world_move(house.world, INT64_C(25) * 3600 * 1000);
	assert_int_equal(announce("A", EVERYBODY), 201);
	assert_int_equal(visit(&ann, GET, "/api/announcements", NULL), 403);
	assert_int_equal(visit(&creator, POST, "/api/announcements", "{\"title\":\"x\",\"text\":\"y\",\"audience\":\"everybody\"}"), 403);
}

/* A fact is told once, whoever hears of it how often. */
static problem tell_fact(struct tx *tx, void *arg)
{
	(void)arg;
	broadcast_add(tx, &(struct broadcast_draft){ .kind = NOTIFICATION_CHANGED, .origin = 77, .audience = AUDIENCE_OWNERS, .work = 7, .by = { CROWD + 3 },
	                                             .title = TEXT("Rust"), .note = TEXT("Chapter 3 is new"), .url = TEXT("/course/rust#changes") });
	return tx_problem(tx);
}

static void test_a_fact_is_told_once(void **state)
{
	(void)state;
	add_people(MANY);
	assert_done(db_write(house.db, tell_fact, NULL));
	assert_done(db_write(house.db, tell_fact, NULL));
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from broadcast"), 1);
	assert_int_equal(count("select count(*) from notification"), MANY - 1); /* not who did it */
	assert_int_equal(visit(&ann, GET, "/api/me/notifications", NULL), 200);
	assert_text(word_at(&ann, "items.0.text"), "《Rust》有更新");
	assert_text(word_at(&ann, "items.0.note"), "Chapter 3 is new");
	assert_text(word_at(&ann, "items.0.url"), "/course/rust#changes");
	assert_int_equal(visit(&boss, GET, "/api/announcements", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&boss, "items")), 0); /* that is no announcement, and nobody takes it back */
	assert_int_equal(withdraw(count("select id from broadcast")), 404);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everybody_is_told_once_and_the_owner_sees_how_many), TEST(test_it_goes_on_from_where_it_stood), TEST(test_tens_of_pieces),
		TEST(test_owners_creators_and_who_wants_none), TEST(test_withdrawn), TEST(test_limits), TEST(test_a_fact_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
