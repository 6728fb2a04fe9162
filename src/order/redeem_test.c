/* redeem_test.c - codes that open a work: shown once, stored as hashes, used once each whoever comes at once. */
#include <pthread.h>

#include "order/redeem.h"
#include "order/testing.h"

enum { THREADS = 4 };
static const int64_t DAY_MS = 24 * 3600 * 1000;
static const struct person author = { .id = { AUTHOR }, .roles = ANYBODY | LEARNER | CREATOR };

struct making {
	struct redeem_draft draft;
	struct redeem_batch batch;
	struct text *codes;
};

static problem make_it(struct tx *tx, void *arg)
{
	struct making *m = arg;

	tx_use_arena(tx, shop.arena);
	m->draft.work = shop.work;
	m->draft.name = TEXT("Cards");
	return redeem__make(tx, &m->draft, &author, &m->batch, &m->codes);
}

static struct making make(struct redeem_draft draft)
{
	struct making m = { .draft = draft };

	assert_done(db_write(shop.db, make_it, &m));
	return m;
}

struct using {
	struct text code;
	int64_t user;
	struct redeemed got;
};

static problem use_it(struct tx *tx, void *arg)
{
	struct using *u = arg;

	tx_use_arena(tx, shop.arena);
	return redeem__use(tx, u->code, (struct user_id){ u->user }, &u->got);
}

static problem use(struct text code, int64_t user)
{
	struct using u = { code, user, { .until_ms = 0 } };

	return db_write(shop.db, use_it, &u);
}

static bool refused(problem why, const char *type) { return why && !strcmp(why->type, type); }

static void test_a_code_opens_once(void **state)
{
	struct making m = make((struct redeem_draft){ .count = 2 });

	(void)state;
	assert_false(buyer_entitled());
	assert_done(use(m.codes[0], BUYER));
	assert_true(buyer_entitled());
	assert_int_equal(count("select count(*) from entitlement where source = 'redeem' and until_ms is null"), 1);
	assert_true(refused(use(m.codes[0], OTHER), "redeem-used"));
	assert_true(refused(use(m.codes[1], BUYER), "already-owned"));
	assert_int_equal(count("select count(*) from redeem_code where used_by is not null"), 1);
	assert_done(use(arena_format(shop.arena, " %.*s\n", TEXT_ARG(m.codes[1])), OTHER));
	expect_sound();
}

static void test_what_was_never_made_opens_nothing(void **state)
{
	struct making m = make((struct redeem_draft){ .count = 1 });
	char *slip = (char *)(uintptr_t)arena_text(shop.arena, m.codes[0]).at;

	(void)state;
	slip[0] = slip[0] == 'A' ? 'B' : 'A';
	assert_true(refused(use((struct text){ slip, m.codes[0].length }, BUYER), "redeem-missing"));
	assert_true(refused(use(TEXT("2222-2222-2222-2222"), BUYER), "redeem-missing"));
	assert_true(refused(use(TEXT("x"), BUYER), "redeem-missing"));
	assert_int_equal(count(arena_cstr(shop.arena, arena_format(shop.arena, "select count(*) from redeem_code where code_hash like '%%%.*s%%'", 4, m.codes[0].at))), 0);
	expect_sound();
}

static void test_days_count_from_when_it_is_redeemed(void **state)
{
	struct making m = make((struct redeem_draft){ .count = 1, .access_days = 30 });

	(void)state;
	world_move(shop.house.world, 100 * DAY_MS);
	assert_done(use(m.codes[0], BUYER));
	assert_int_equal(count("select until_ms - from_ms from entitlement"), 30 * DAY_MS);
	world_move(shop.house.world, 30 * DAY_MS);
	assert_false(buyer_entitled());
}

static void test_a_batch_ends_by_its_date_and_by_hand(void **state)
{
	struct making brief = make((struct redeem_draft){ .count = 1, .until_ms = world_now_ms(shop.house.world) + DAY_MS }), m = make((struct redeem_draft){ .count = 1 });

	(void)state;
	world_move(shop.house.world, DAY_MS);
	assert_true(refused(use(brief.codes[0], BUYER), "redeem-over"));
	by_hand("update redeem_batch set stopped_ms = 1");
	assert_true(refused(use(m.codes[0], BUYER), "redeem-over"));
	by_hand("update redeem_batch set stopped_ms = null");
	by_hand("update work set state = 'suspended'");
	assert_true(refused(use(m.codes[0], BUYER), "work-gone"));
	by_hand("update work set state = 'archived'"); /* not on sale any more, but a code was given out */
	assert_done(use(m.codes[0], BUYER));
}

static struct text contested;

static void *use_each(void *arg)
{
	intptr_t first = (intptr_t)arg, got = 0;

	for (int64_t i = 0; i < 25; i++) {
		problem why;

		do
			why = use(contested, 1000 + first * 100 + i);
		while (why == &db_busy);
		got += !why;
	}
	return (void *)got;
}

static void test_a_hundred_at_once_are_one(void **state)
{
	pthread_t threads[THREADS];
	intptr_t all = 0;

	(void)state;
	contested = make((struct redeem_draft){ .count = 1 }).codes[0];
	for (intptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_each, (void *)i), 0);
	for (int i = 0; i < THREADS; i++) {
		void *got;

		pthread_join(threads[i], &got);
		all += (intptr_t)got;
	}
	assert_int_equal(all, 1);
	assert_int_equal(count("select count(*) from entitlement"), 1);
	expect_sound();
}

static const char *path_of(int64_t id, const char *rest)
{
	return arena_cstr(shop.arena, arena_format(shop.arena, "/api/studio/redeem-batches/%lld/%s", (long long)id, rest));
}

static const char *draft_of(int count)
{
	return arena_cstr(shop.arena, arena_format(shop.arena, "{\"name\":\"Cards\",\"count\":%d,\"work\":%lld}", count, (long long)shop.work.v));
}

static void test_over_http(void **state)
{
	struct visitor admin = visitor_of(&shop.house, 99, ADMIN), creator = visitor_of(&shop.house, AUTHOR, CREATOR),
	               other = visitor_of(&shop.house, OTHER, CREATOR), buyer = visitor_of(&shop.house, BUYER, 0);
	const char *body = draft_of(10000);
	const char *code;
	int64_t id;

	(void)state;
	assert_int_equal(visit(&other, POST, "/api/studio/redeem-batches", body), 404);
	assert_int_equal(visit(&creator, POST, "/api/studio/redeem-batches", draft_of(10001)), 422);
	assert_int_equal(visit(&creator, POST, "/api/studio/redeem-batches", body), 201);
	assert_int_equal(json_array_size(answer_at(&creator, "codes")), 10000);
	id = json_integer_value(answer_at(&creator, "batch.id"));
	code = arena_cstr(shop.arena, arena_format(shop.arena, "{\"code\":\"%s\"}", json_string_value(answer_at(&creator, "codes.7"))));
	assert_int_equal(visit(&buyer, POST, "/api/me/redeem", code), 201);
	assert_int_equal(json_integer_value(answer_at(&buyer, "work.id")), shop.work.v);
	assert_int_equal(visit(&buyer, POST, "/api/me/redeem", code), 409);
	assert_int_equal(visit(&other, GET, path_of(id, "codes.csv"), NULL), 404);
	assert_int_equal(visit(&creator, GET, path_of(id, "codes.csv"), NULL), 200);
	assert_true(text_find(creator.answer.body, TEXT(",used,41,2026-")) != SIZE_MAX);
	assert_int_equal(visit(&other, POST, path_of(id, "stop"), NULL), 404);
	assert_int_equal(visit(&admin, POST, path_of(id, "stop"), NULL), 200);
	assert_int_equal(visit(&creator, GET, "/api/studio/redeem-batches", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&creator, "items.0.used")), 1);
	visitor_close(&admin);
	visitor_close(&creator);
	visitor_close(&other);
	visitor_close(&buyer);
}

/* In a test's house everybody may ask a hundred times as often. */
static void test_guessing_is_slowed(void **state)
{
	const struct route *route = redeem_module.routes;

	(void)state;
	while (strcmp(route->path, "/api/me/redeem") != 0)
		route++;
	assert_int_equal(route->limit, LIMIT_VOUCHER);
}

static void test_verify_names_what_was_changed(void **state)
{
	struct making m = make((struct redeem_draft){ .count = 1 });

	(void)state;
	assert_done(use(m.codes[0], BUYER));
	by_hand("update redeem_code set used_by = null, used_ms = null");
	expect_wrong("has no entitlement by it");
	by_hand("update redeem_code set used_by = 42, used_ms = 1");
	expect_wrong("has no entitlement by it");
	by_hand("update redeem_code set used_by = 41, used_ms = 1");
	expect_sound();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_code_opens_once), TEST(test_what_was_never_made_opens_nothing), TEST(test_days_count_from_when_it_is_redeemed),
		TEST(test_a_batch_ends_by_its_date_and_by_hand), TEST(test_a_hundred_at_once_are_one), TEST(test_over_http), TEST(test_guessing_is_slowed),
		TEST(test_verify_names_what_was_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
