/* router_test.c - the tree of routes, the buckets of the limits, the remembered sessions, without a socket. */
#include "serve/rate.h"
#include "serve/router.h"
#include "serve/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static problem nothing(struct request *rq)
{
	(void)rq;
	return NULL;
}

static const struct route routes[] = {
	{ GET, "/", nothing, READS, ANYBODY },
	{ GET, "/courses", nothing, READS, ANYBODY },
	{ GET, "/course/{slug}", nothing, READS, ANYBODY },
	{ GET, "/course/{slug}/{key*}", nothing, READS, ANYBODY },
	{ GET, "/api/orders/{id}", nothing, READS, ANYBODY },
	{ GET, "/api/orders/mine", nothing, READS, ANYBODY },
	{ POST, "/api/orders/{id}", nothing, WRITES, ANYBODY },
	{ POST, "/api/orders/{id}/payments/{payment}/qr.svg", nothing, WRITES, ANYBODY },
	{ GET, "/api/{rest*}", nothing, READS, ANYBODY },
	{ 0 }
};

static struct match find(enum method method, const char *path)
{
	static struct router *router;
	struct match match;

	if (!router) {
		router = router_new(arena_new(1 << 20));
		for (const struct route *route = routes; route->method; route++)
			router_add(router, route);
	}
	router_find(router, method, text_of(path), &match);
	return match;
}

static void leads(enum method method, const char *path, int to)
{
	struct match match = find(method, path);

	if (match.route != (to < 0 ? NULL : &routes[to]))
		fail_msg("%s leads to %s", path, match.route ? match.route->path : "nothing");
	if (to >= 0)
		assert_int_equal(match.number, to);
}

static void test_routes(void **state)
{
	struct match match;

	(void)state;
	leads(GET, "/", 0);
	leads(HEAD, "/courses", 1);
	leads(GET, "/courses/", -1);
	leads(GET, "//courses", -1);
	leads(GET, "/course/x", 2);
	leads(GET, "/course/", -1);
	leads(GET, "/course/x/", -1);
	leads(GET, "/course/x/a/b", 3);
	leads(GET, "/api/orders/7", 4);
	leads(GET, "/api/orders/mine", 5);
	leads(POST, "/api/orders/mine", 6);
	leads(GET, "/api/orders/7/payments", 8);
	leads(POST, "/api/orders/7/payments", -1);
	leads(GET, "", -1);
	leads(GET, "api", -1);
	match = find(POST, "/api/orders/7/payments/9/qr.svg");
	assert_true(text_is(match_value(&match, "id"), "7") && text_is(match_value(&match, "payment"), "9"));
	match = find(GET, "/course/x/a/b");
	assert_true(text_is(match_value(&match, "slug"), "x") && text_is(match_value(&match, "key"), "a/b"));
	assert_int_equal(find(DELETE, "/api/orders/7").allowed, 1u << GET | 1u << POST);
	assert_int_equal(find(DELETE, "/nothing").allowed, 0);
}

static void test_buckets(void **state)
{
	static const unsigned char seed[16] = { 1 };
	struct rates *rates = rates_new(seed);
	struct rate rate = { .per_second = 2, .burst = 3 };
	int64_t wait = 0;
	char name[32];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(rates_take(rates, TEXT("a"), 1, rate, 1000000, &wait));
	assert_false(rates_take(rates, TEXT("a"), 1, rate, 1000000, &wait));
	assert_int_equal(wait, 1);
	assert_true(rates_take(rates, TEXT("b"), 1, rate, 1000000, &wait));
	assert_true(rates_take(rates, TEXT("a"), 2, rate, 1000000, &wait));
	assert_true(rates_take(rates, TEXT("a"), 1, rate, 1500000, &wait));
	assert_false(rates_take(rates, TEXT("a"), 1, rate, 1500000, &wait));
	/* a flood of other addresses frees nobody who is at his limit */
	for (int i = 0; i < 200000; i++) {
		snprintf(name, sizeof(name), "10.0.%d", i);
		assert_true(rates_take(rates, text_of(name), 1, rate, 1500000, &wait));
	}
	assert_false(rates_take(rates, TEXT("a"), 1, rate, 1500000, &wait));
	rates_free(rates);
}

static void test_addresses(void **state)
{
	char a[64], b[64];

	(void)state;
	assert_true(text_eq(rate_address(TEXT("2001:db8:1:2:3::4"), a), rate_address(TEXT("2001:db8:1:2:ffff::1"), b)));
	assert_false(text_eq(rate_address(TEXT("2001:db8:1:2::1"), a), rate_address(TEXT("2001:db8:1:3::1"), b)));
	assert_true(text_is(rate_address(TEXT("192.0.2.7"), a), "192.0.2.7"));
	assert_true(text_is(rate_address(TEXT("no address at all"), a), "no address at all"));
}

static void test_sessions(void **state)
{
	struct sessions *sessions = sessions_new((const unsigned char *)"sixteen  letters");
	struct arena *arena = arena_new(1 << 20);
	struct person person = { .id = { 7 }, .session = 70, .name = TEXT("Ann") }, found;
	unsigned char hash[SESSION_HASH], other[SESSION_HASH];
	unsigned since = sessions_version(sessions);

	(void)state;
	session_hash(sessions, TEXT("token"), hash);
	session_hash(sessions, TEXT("tokem"), other);
	assert_false(sessions_find(sessions, hash, 0, arena, &found));
	sessions_keep(sessions, hash, 0, since, &person);
	assert_true(sessions_find(sessions, hash, SESSION_LIFE_MS * 1000 - 1, arena, &found));
	assert_true(found.id.v == 7 && text_is(found.name, "Ann"));
	assert_false(sessions_find(sessions, hash, SESSION_LIFE_MS * 1000, arena, &found));
	assert_false(sessions_find(sessions, other, 0, arena, &found));
	sessions_forget(sessions, 71, (struct user_id){ 0 });
	assert_true(sessions_find(sessions, hash, 0, arena, &found));
	sessions_forget(sessions, 70, (struct user_id){ 0 });
	assert_false(sessions_find(sessions, hash, 0, arena, &found));
	/* read before it was forgotten, kept after: it must not come back */
	sessions_keep(sessions, hash, 0, since, &person);
	assert_false(sessions_find(sessions, hash, 0, arena, &found));
	sessions_keep(sessions, hash, 0, sessions_version(sessions), &person);
	sessions_forget(sessions, 0, (struct user_id){ 7 });
	assert_false(sessions_find(sessions, hash, 0, arena, &found));
	sessions_free(sessions);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes), cmocka_unit_test(test_buckets), cmocka_unit_test(test_addresses), cmocka_unit_test(test_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
