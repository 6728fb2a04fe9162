/* device_test.c - a sign-in from a browser that the account does not know is told, once; the one that signed up, and one that was known,
 * are not. Who is signed out elsewhere is unknown again. */
#include "account/testing.h"

#include "account/device.h"
#include "account/login.h"

static const char chrome[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
static const char phone[] = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";

/* What a browser keeps; NULL: nothing. */
struct browser {
	const char *agent;
	char device[64];
};

static struct text cookie_set(const char *name)
{
	for (size_t i = 0; i < v.answer.header_count; i++) {
		struct text rest = v.answer.headers[i].value, pair = text_cut(&rest, ';'), is = text_cut(&pair, '=');

		if (text_eq_nocase(v.answer.headers[i].name, TEXT("Set-Cookie")) && text_is(is, name))
			return pair;
	}
	return (struct text){ 0 };
}

static void as(struct browser *b)
{
	v.session[0] = 0;
	v.more_count = 0;
	v.more[v.more_count++] = (struct header){ TEXT("User-Agent"), text_of(b->agent) };
	if (b->device[0])
		v.more[v.more_count++] = (struct header){ TEXT("Cookie"), arena_format(arena, "device=%s", b->device) };
}

static void comes_in(struct browser *b, const char *login)
{
	as(b);
	assert_int_equal(sign_in(&v, login, SECRET), 201);
	snprintf(b->device, sizeof b->device, "%.*s", TEXT_ARG(cookie_set("device")));
	v.more_count = 0;
}

static int64_t told(void) { return count("select count(*) from news where topic = 'account.security' and payload like '%signed-in%'"); }
static int64_t mails(void) { return count("select count(*) from news where topic = 'account.login_changed' and payload like '%signed-in%'"); }
static int64_t named(void) { return count("select count(*) from news where topic = 'account.security' and payload like '%iPhone%'"); }

static void signs_up(struct browser *b, const char *login)
{
	as(b);
	assert_int_equal(join(&v, login), 201);
	snprintf(b->device, sizeof b->device, "%.*s", TEXT_ARG(cookie_set("device")));
	v.more_count = 0;
}

static void test_a_new_browser_is_told_once(void **state)
{
	struct browser desk = { .agent = chrome }, mobile = { .agent = phone };

	(void)state;
	signs_up(&desk, "ann@example.cn");
	assert_int_equal(strlen(desk.device), 43);
	comes_in(&desk, "ann@example.cn"); /* the first sign-in, from where one signed up */
	assert_int_equal(told(), 0);
	comes_in(&mobile, "ann@example.cn");
	assert_int_equal(told(), 1);
	assert_int_equal(named(), 1);
	assert_int_equal(mails(), 0); /* nothing is proven */
	comes_in(&mobile, "ann@example.cn");
	comes_in(&desk, "ann@example.cn");
	assert_int_equal(told(), 1);
	assert_int_equal(count("select count(*) from known_device"), 2);
}

static void test_a_proven_mail_is_written_to_and_no_number(void **state)
{
	struct browser desk = { .agent = chrome }, mobile = { .agent = phone };

	(void)state;
	signs_up(&desk, "ann@example.cn");
	db_testing_run(house.db, "update identity set verified_ms = 1");
	comes_in(&mobile, "ann@example.cn");
	assert_int_equal(mails(), 1);
	signs_up(&desk, "13800138000");
	db_testing_run(house.db, "update identity set verified_ms = 1");
	comes_in(&mobile, "13800138000");
	assert_int_equal(told(), 2);
	assert_int_equal(mails(), 1);
}

/* One browser of two people: neither is warned of his own, and nothing tells that it is the same. */
static void test_two_accounts_of_one_browser(void **state)
{
	struct browser desk = { .agent = chrome };

	(void)state;
	signs_up(&desk, "ann@example.cn");
	signs_up(&desk, "bob@example.cn");
	comes_in(&desk, "ann@example.cn");
	comes_in(&desk, "bob@example.cn");
	assert_int_equal(told(), 0);
	assert_int_equal(count("select count(distinct mark) from known_device"), 2);
}

static void test_signed_out_elsewhere_is_unknown_again(void **state)
{
	struct browser desk = { .agent = chrome }, mobile = { .agent = phone };

	(void)state;
	signs_up(&desk, "ann@example.cn");
	comes_in(&mobile, "ann@example.cn");
	comes_in(&desk, "ann@example.cn");
	assert_int_equal(told(), 1);
	assert_int_equal(visit(&v, DELETE, "/api/me/sessions", NULL), 204);
	comes_in(&desk, "ann@example.cn"); /* this one stays known */
	assert_int_equal(told(), 1);
	comes_in(&mobile, "ann@example.cn");
	assert_int_equal(told(), 2);
	comes_in(&desk, "ann@example.cn");
	assert_int_equal(visit(&v, GET, "/api/me/sessions", NULL), 200);
	for (size_t i = 0; i < json_array_size(answer_at(&v, "items")); i++) {
		const char *path = arena_cstr(arena, arena_format(arena, "items.%zu.agent", i));

		if (text_find(json_text(answer_at(&v, path)), TEXT("iPhone")) != SIZE_MAX) {
			int64_t id = json_integer_value(answer_at(&v, arena_cstr(arena, arena_format(arena, "items.%zu.id", i))));

			assert_int_equal(visit(&v, DELETE, arena_cstr(arena, arena_format(arena, "/api/me/sessions/%lld", (long long)id)), NULL), 204);
			break;
		}
	}
	comes_in(&mobile, "ann@example.cn");
	assert_int_equal(told(), 3);
}

static void test_a_cookie_that_somebody_made_up_is_none(void **state)
{
	struct browser desk = { .agent = chrome }, forged = { .agent = phone, .device = "short" };

	(void)state;
	signs_up(&desk, "ann@example.cn");
	comes_in(&forged, "ann@example.cn");
	assert_int_equal(told(), 1);
	assert_int_equal(strlen(forged.device), 43); /* a real one was given */
}

static void test_names(void **state)
{
	(void)state;
	assert_text(device_name(arena, text_of(chrome)), "Chrome · Windows");
	assert_text(device_name(arena, text_of(phone)), "Safari · iPhone");
	assert_text(device_name(arena, TEXT("curl/8.0")), "?");
	assert_text(device_name(arena, (struct text){ 0 }), "?");
	assert_text(device_name(arena, TEXT("Linux")), "Linux");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_browser_is_told_once), TEST(test_a_proven_mail_is_written_to_and_no_number), TEST(test_two_accounts_of_one_browser),
		TEST(test_signed_out_elsewhere_is_unknown_again), TEST(test_a_cookie_that_somebody_made_up_is_none), TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
