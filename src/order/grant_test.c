/* grant_test.c - access that nobody paid for: it begins and ends with its grant, waits for a login that nobody has proven, and what
 * was bought is not touched. */
#include "order/testing.h"

#include "account/invitation.h"
#include "account/people.h"
#include "order/grant.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

struct granting {
	struct grant_draft draft;
	struct grant_time time;
	struct text reason;
	struct grant grant;
};

static int64_t person(const char *login, bool verified)
{
	struct account account;
	const struct account_draft draft = { .login = text_of(login), .password = TEXT("correct horse battery"), .verified = verified };

	assert_done(account_create(shop.db, account_keyring(shop.house.serve), shop.arena, &draft, &account));
	return account.id.v;
}

static problem grant_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;

	tx_use_arena(tx, shop.arena);
	return order_grant(tx, &g->draft, (struct user_id){ AUTHOR }, &g->grant);
}

static problem try_grant(int64_t user, struct grant_time time, struct grant *ret)
{
	struct granting g = { .draft = { .user = { user }, .work = shop.work, .time = time, .reason = TEXT("For the jury") } };
	problem why = db_write(shop.db, grant_it, &g);

	*ret = g.grant;
	return why;
}

static struct grant grant(int64_t user, struct grant_time time)
{
	struct grant ret;

	assert_done(try_grant(user, time, &ret));
	return ret;
}

static problem extend_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;
	problem why = order_grant_by_id(tx, g->grant.id, &g->grant);

	return why ? why : order_grant_extend(tx, &g->grant, &g->time, TEXT("Ill for a week"), (struct user_id){ AUTHOR });
}

static problem extend(int64_t id, struct grant_time time)
{
	struct granting g = { .grant.id = id, .time = time };

	return db_write(shop.db, extend_it, &g);
}

static problem revoke_it(struct tx *tx, void *arg)
{
	struct granting *g = arg;
	problem why = order_grant_by_id(tx, g->grant.id, &g->grant);

	return why ? why : order_grant_revoke(tx, &g->grant, TEXT("Wrong person"), (struct user_id){ AUTHOR });
}

static problem revoke(int64_t id)
{
	struct granting g = { .grant.id = id };

	return db_write(shop.db, revoke_it, &g);
}

struct asking {
	int64_t user;
	bool entitled;
	struct entitlement *owned;
	size_t owned_count;
};

static problem ask_it(struct tx *tx, void *arg)
{
	struct asking *a = arg;

	tx_use_arena(tx, shop.arena);
	a->entitled = entitled(tx, (struct user_id){ a->user }, shop.work);
	return entitlements_of(tx, (struct user_id){ a->user }, 10, &a->owned, &a->owned_count);
}

static struct asking ask(int64_t user)
{
	struct asking a = { .user = user };

	assert_done(db_read(shop.db, ask_it, &a));
	return a;
}

static const struct grant_time forever = { .access = ACCESS_FOREVER }, week = { .access = ACCESS_DAYS, .days = 7 };

static void test_a_grant_lets_in_and_says_why(void **state)
{
	int64_t ann = person("ann@example.cn", true);
	struct grant given = grant(ann, forever);
	struct asking a = ask(ann);

	(void)state;
	assert_true(a.entitled);
	assert_int_equal(a.owned_count, 1);
	assert_text(a.owned[0].given, "For the jury");
	assert_int_equal(a.owned[0].until_ms, 0);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'access-granted' and detail like '%jury%'"), 1);
	assert_int_equal(given.creator.v, shop.creator.v);
	expect_sound();
	assert_problem(try_grant(ann, forever, &given), grant_held);
	assert_problem(try_grant(999, forever, &given), user_missing);
	by_hand("update entitlement set revoked_ms = 1 where source = 'staff'");
	expect_wrong("its entitlement is not there");
}

static void test_days_end_and_are_extended(void **state)
{
	int64_t ann = person("ann@example.cn", true);
	struct grant given = grant(ann, week);

	(void)state;
	world_move(shop.house.world, 7 * DAY_MS - 1);
	assert_true(ask(ann).entitled);
	assert_done(extend(given.id, week)); /* added to the end there is */
	world_move(shop.house.world, 7 * DAY_MS);
	assert_true(ask(ann).entitled);
	world_move(shop.house.world, 1);
	assert_false(ask(ann).entitled);
	assert_done(extend(given.id, week)); /* added to now */
	assert_true(ask(ann).entitled);
	assert_problem(extend(given.id, (struct grant_time){ .access = ACCESS_UNTIL, .until_ms = world_now_ms(shop.house.world) + DAY_MS }), grant_no_longer);
	assert_done(extend(given.id, forever));
	assert_problem(extend(given.id, week), grant_no_longer);
	assert_text(ask(ann).owned[0].given, "Ill for a week");
	expect_sound();
}

static void test_an_end_lies_ahead(void **state)
{
	int64_t ann = person("ann@example.cn", true), now_ms = world_now_ms(shop.house.world);
	struct grant given;

	(void)state;
	assert_problem(try_grant(ann, (struct grant_time){ .access = ACCESS_UNTIL, .until_ms = now_ms }, &given), grant_no_longer);
	assert_problem(try_grant(ann, (struct grant_time){ .access = ACCESS_DAYS }, &given), grant_no_longer);
	assert_problem(try_grant(ann, (struct grant_time){ .access = ACCESS_DAYS, .days = INT64_MAX / 2 }, &given), grant_no_longer);
	assert_int_equal(count("select count(*) from access_grant"), 0);
	assert_int_equal(count("select count(*) from entitlement"), 0);
}

static void test_what_is_revoked_is_over_and_what_was_bought_stays(void **state)
{
	int64_t ann = person("ann@example.cn", true);
	struct grant given = grant(ann, week);
	struct order order = place(BUYER);
	struct payment payment = begin(&order);

	(void)state;
	assert_done(tell_paid(&payment));
	assert_done(revoke(given.id));
	assert_false(ask(ann).entitled);
	assert_problem(revoke(given.id), grant_over);
	assert_problem(extend(given.id, forever), grant_over);
	assert_problem(revoke(order.id.v), grant_missing); /* an order's number is no grant's */
	assert_true(buyer_entitled());
	expect_sound();
	grant(ann, forever); /* once more */
	assert_true(ask(ann).entitled);
	expect_sound();
}

static problem add_waiting(struct tx *tx, void *arg)
{
	struct login_key key;
	problem why = account_login_key(account_keyring(shop.house.serve), tx_arena(tx), text_of(arg), &key);

	run(tx,
	    "insert into access_grant (id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by, created_ms, blind)"
	    " values ($1, $2, $3, 'days', 7, 0, 'Class of 2026', 'WAITING', 43, 1, $4)",
	    V(tx_id(tx), shop.work.v, shop.creator.v, key.blind));
	return why ? why : tx_problem(tx);
}

static problem claim_it(struct tx *tx, void *arg)
{
	int64_t given;
	const int64_t *user = arg;

	return order_grants_claim(tx, (struct user_id){ *user }, &given);
}

static void test_a_grant_waits_for_the_owner_of_the_login(void **state)
{
	int64_t claims, owner;

	(void)state;
	assert_done(db_write(shop.db, add_waiting, (char []){ "bea@example.cn" }));
	claims = person("bea@example.cn", false); /* says so, and nothing more */
	assert_done(db_write(shop.db, claim_it, &claims));
	assert_false(ask(claims).entitled);
	by_hand("delete from identity");
	owner = person("bea@example.cn", true);
	assert_done(db_write(shop.db, claim_it, &owner));
	assert_true(ask(owner).entitled);
	assert_false(ask(claims).entitled);
	assert_done(db_write(shop.db, claim_it, &owner)); /* the news may come twice */
	assert_int_equal(count("select count(*) from entitlement"), 1);
	assert_text(ask(owner).owned[0].given, "Class of 2026");
	world_move(shop.house.world, 7 * DAY_MS); /* the days begin when it is given */
	assert_false(ask(owner).entitled);
	expect_sound();
}

/* ---- bans ---- */

struct banning {
	int64_t user;
	unsigned role;
	const char *what;
};

static problem ban_it(struct tx *tx, void *arg)
{
	const struct banning *b = arg;

	if (b->role)
		return account_grant(tx, (struct user_id){ b->user }, b->role, (struct user_id){ 0 });
	return b->what ? account_ban(tx, (struct user_id){ b->user }, text_of(b->what), (struct user_id){ AUTHOR })
	               : account_unban(tx, (struct user_id){ b->user }, TEXT("Sorry"), (struct user_id){ AUTHOR });
}

static problem ban(int64_t user, const char *reason)
{
	struct banning b = { .user = user, .what = reason };

	return db_write(shop.db, ban_it, &b);
}

static void make_admin(int64_t user)
{
	struct banning b = { .user = user, .role = ADMIN };

	assert_done(db_write(shop.db, ban_it, &b));
}

static int sign_in(const char *login)
{
	struct visitor v;
	int status;

	visitor_open(&v, &shop.house);
	status = visit(&v, POST, "/api/sessions",
	               arena_cstr(shop.arena, arena_format(shop.arena, "{\"login\":\"%s\",\"password\":\"correct horse battery\"}", login)));
	visitor_close(&v);
	return status;
}

static void test_who_is_banned_does_not_come_in_and_keeps_what_is_his(void **state)
{
	int64_t ann = person("ann@example.cn", true);

	(void)state;
	grant(ann, forever);
	assert_int_equal(sign_in("ann@example.cn"), 201);
	assert_int_equal(count("select count(*) from session"), 1);
	assert_done(ban(ann, "Sold her password"));
	assert_int_equal(count("select count(*) from session"), 0);
	assert_int_equal(sign_in("ann@example.cn"), 403);
	assert_true(ask(ann).entitled);
	assert_problem(ban(AUTHOR, "Why not"), user_missing);
	assert_done(ban(ann, NULL));
	assert_int_equal(sign_in("ann@example.cn"), 201);
	assert_int_equal(count("select count(*) from audit_entry where verb in ('user-banned', 'user-unbanned')"), 2);
	expect_sound();
}

static void test_the_last_who_administers_is_not_banned(void **state)
{
	int64_t ann = person("ann@example.cn", true), bea = person("bea@example.cn", true);

	(void)state;
	make_admin(ann);
	assert_problem(ban(ann, "Why not"), last_admin);
	make_admin(bea);
	assert_done(ban(ann, "Left the firm"));
	assert_problem(ban(bea, "Alone now"), last_admin); /* ann has the role, and cannot come in */
	assert_done(ban(ann, "Left for good")); /* once more: the newer reason */
	assert_int_equal(count("select count(*) from account_ban where reason = 'Left for good'"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_grant_lets_in_and_says_why),
		TEST(test_days_end_and_are_extended),
		TEST(test_an_end_lies_ahead),
		TEST(test_what_is_revoked_is_over_and_what_was_bought_stays),
		TEST(test_a_grant_waits_for_the_owner_of_the_login),
		TEST(test_who_is_banned_does_not_come_in_and_keeps_what_is_his),
		TEST(test_the_last_who_administers_is_not_banned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
