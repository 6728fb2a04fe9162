/* site_test.c - the first visit, settings with their versions, secrets at rest, and who is told. */
#include "site/site_room.h"

#include "account/account.h"
#include "serve/testing.h"
#include "site/proof.h"
#include "site/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct house house;
static struct visitor v;
static _Atomic int told, failing; /* failing: so often yet */

static problem count_told(void *arg)
{
	(void)arg;
	told++;
	return failing > 0 && failing-- ? &problem_busy : NULL;
}

static problem start_watcher(struct serve *serve, void **ret_state)
{
	(void)ret_state;
	setting_watch(serve, "site.shop", count_told, NULL);
	setting_watch(serve, "pay", count_told, NULL);
	return NULL;
}
static const struct module watcher_module = { .name = "watcher", .start = start_watcher };
static const struct module *const modules[] = { &account_module, &site_module, &proof_module, &watcher_module, NULL };

static int open_house(void **state)
{
	(void)state;
	told = 0;
	house_open(&house, NULL, 0);
	house.options.face = site_face;
	house.options.speaks_english = site_speaks_english;
	house_start(&house, modules, &account_sessions);
	visitor_open(&v, &house);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	visitor_close(&v);
	house_close(&house);
	return 0;
}

/* Outlives the visits, whose arena is emptied by the next one. */
static char tokens[4][64];
static int token_count;

static struct text token(void)
{
	char *kept = tokens[token_count++ % 4];
	struct text made = { 0 };

	assert_null(setup_token(house.db, v.arena, &made));
	snprintf(kept, sizeof tokens[0], "%.*s", TEXT_ARG(made));
	return made.at ? text_of(kept) : made;
}

static int own(struct text with)
{
	char body[512];

	snprintf(body, sizeof body, "{\"token\":\"%.*s\",\"login\":\"owner@example.cn\",\"password\":\"correct horse\",\"name\":\"店主\",\"shop_name\":\"山间书院\"}",
	         TEXT_ARG(with));
	return visit(&v, POST, "/api/setup", body);
}

static void become_owner(void)
{
	assert_int_equal(own(token()), 204);
	assert_int_equal(visit(&v, POST, "/api/sessions", "{\"login\":\"owner@example.cn\",\"password\":\"correct horse\"}"), 201);
}

static const char *string_at(const char *path)
{
	const char *s = json_string_value(answer_at(&v, path));

	return s ? s : "(none)";
}

static bool page_says(const char *path, const char *what)
{
	visit(&v, GET, path, NULL);
	return text_find(v.answer.body, text_of(what)) != SIZE_MAX;
}

static void test_first_visitor_with_the_token_owns(void **state)
{
	struct text first, second;

	(void)state;
	assert_int_equal(visit(&v, GET, "/api/setup", NULL), 200);
	assert_true(json_is_true(answer_at(&v, "open")));
	first = token();
	assert_int_equal(own(TEXT("guess")), 403);
	assert_true(answer_is_problem(&v, "setup-token-wrong"));
	second = token();
	assert_int_equal(own(first), 403); /* each start makes a new one */
	assert_int_equal(visit(&v, POST, "/api/sessions", "{\"login\":\"owner@example.cn\",\"password\":\"correct horse\"}"), 401);
	assert_int_equal(own(second), 204);
	assert_int_equal(own(second), 409);
	assert_false(token().at);
	assert_int_equal(visit(&v, POST, "/api/sessions", "{\"login\":\"owner@example.cn\",\"password\":\"correct horse\"}"), 201);
	assert_string_equal(string_at("roles.1"), "creator");
	assert_string_equal(string_at("roles.2"), "admin");
	assert_true(page_says("/login", "<title>山间书院</title>"));
}

#define SHOP_IN(english, version, name, logo) \
	"{\"version\":" #version ",\"value\":{\"name\":{\"zh\":\"" name "\",\"en\":\"House\"},\"slogan\":{},\"logo\":\"" logo "\",\"accent\":\"indigo\",\"english\":" #english "," \
	"\"company\":\"\",\"mail\":\"a@b.cn\",\"phone\":\"\",\"wechat\":\"\",\"address\":\"\",\"icp\":\"\",\"police\":\"\"}}"

#define SHOP(version, name, logo) SHOP_IN(true, version, name, logo)

static void test_settings_have_versions(void **state)
{
	(void)state;
	become_owner();
	told = 0;
	assert_int_equal(visit(&v, GET, "/api/settings/shop", NULL), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "version")), 1);
	assert_string_equal(string_at("value.name.zh"), "山间书院");
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(1, "云上书院", "")), 200);
	assert_int_equal(json_integer_value(answer_at(&v, "version")), 2);
	assert_int_equal(told, 1);
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(1, "晚了一步", "")), 409);
	assert_true(answer_is_problem(&v, "setting-changed"));
	assert_true(page_says("/login", "<title>云上书院</title>"));
	assert_int_equal(visit(&v, GET, "/api/site", NULL), 200);
	assert_string_equal(string_at("mail"), "a@b.cn");
}

/* Old links lead on; the API and the application speak Chinese too. */
static void test_a_shop_without_english(void **state)
{
	(void)state;
	become_owner();
	assert_int_equal(visit(&v, GET, "/en/login?next=%2Fme", NULL), 303);
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP_IN(false, 1, "云上书院", "")), 200);
	v.more[v.more_count++] = (struct header){ TEXT("Accept-Language"), TEXT("en") };
	assert_int_equal(visit(&v, GET, "/en/login?next=%2Fme", NULL), 302);
	assert_true(text_is(answer_header(&v, "Location"), "/login?next=%2Fme"));
	assert_true(page_says("/login", "<html lang=\"zh-CN\" data-accent=\"indigo\">"));
	assert_true(page_says("/login", "\"english\":false"));
	assert_true(page_says("/no-such-page", "<html lang=\"zh-CN\""));
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(2, "云上书院", "")), 200);
	assert_int_equal(visit(&v, GET, "/en/login?next=%2Fme", NULL), 303);
	assert_true(page_says("/login", "<title>House</title>"));
}

/* What stands around every page: an own address leads to the page in the language that is read, a record to its register. */
static void test_face_of_every_page(void **state)
{
	(void)state;
	become_owner();
	assert_int_equal(visit(&v, PUT, "/api/settings/look",
	                       "{\"version\":0,\"value\":{\"banners\":[],\"nav\":[{\"title\":{\"zh\":\"专栏\",\"en\":\"Columns\"},\"url\":\"/courses?kind=column\"}],"
	                       "\"footer\":[{\"title\":{\"zh\":\"知乎\"},\"url\":\"https://example.com/\"}],\"faq\":[],\"notice\":{\"zh\":\"放假一天\"},\"notice_url\":\"/help\","
	                       "\"notice_until_ms\":0,\"teacher_text\":{},\"teacher_image\":\"\"}}"), 200);
	assert_true(page_says("/no-such-page", "<a href=\"/courses?kind=column\">专栏</a>"));
	assert_true(page_says("/no-such-page", "<a href=\"https://example.com/\">知乎</a>"));
	assert_true(page_says("/no-such-page", "<a href=\"/help\">放假一天</a>"));
	assert_true(page_says("/no-such-page", "mailto:") == false);
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(1, "云上书院", "/media/a.png")), 200);
	assert_true(page_says("/no-such-page", "<img src=\"/media/a.png\" alt=\"\" height=\"30\">"));
	assert_true(page_says("/no-such-page", "href=\"mailto:a@b.cn\""));
	assert_true(page_says("/en/no-such-page", "<a href=\"/en/courses?kind=column\">Columns</a>"));
	assert_true(page_says("/en/no-such-page", "<a href=\"/en/help\">放假一天</a>"));
}

static void test_what_is_refused(void **state)
{
	(void)state;
	become_owner();
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(1, " ", "")), 422);
	assert_string_equal(string_at("errors.0.path"), "value.name.zh");
	assert_int_equal(visit(&v, PUT, "/api/settings/shop", SHOP(1, "坊", "https://evil.example/x.png")), 422);
	assert_int_equal(visit(&v, PUT, "/api/settings/look",
	                       "{\"version\":0,\"value\":{\"banners\":[],\"nav\":[{\"title\":{\"zh\":\"x\"},\"url\":\"javascript:alert(1)\"}],\"footer\":[],\"faq\":[],"
	                       "\"notice\":{},\"notice_url\":\"\",\"notice_until_ms\":0,\"teacher_text\":{},\"teacher_image\":\"\"}}"), 422);
	assert_string_equal(string_at("errors.0.path"), "value.nav[0].url");
}

static void test_addresses(void **state)
{
	static const char *const good[] = { "", "/", "/course/x", "https://example.com/a?b=c" };
	static const char *const bad[] = { "//evil.example", "javascript:alert(1)", "http://example.com", "/a b", "/\\evil.example", "https://x\n", "data:text/html,x", " /x" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(address_is_safe(text_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(address_is_safe(text_of(bad[i])));
}

/* ---- secrets ---- */

static struct keyring *keys(void) { return account_keyring(house.serve); }

static problem set_key(struct tx *tx, void *arg)
{
	return secret_set(tx, keys(), &(struct secret){ .name = TEXT("pay.key"), .hint = TEXT("…9f"), .expires_ms = 5 }, *(struct text *)arg, (struct user_id){ 1 });
}

struct found {
	struct text bytes, sealed;
	struct secret about;
	problem why;
};

static problem get_key(struct tx *tx, void *arg)
{
	struct found *f = arg;
	struct secret_row row = { 0 };
	problem why;

	tx_use_arena(tx, v.arena);
	f->bytes = (struct text){ 0 };
	f->why = secret_get(tx, keys(), "pay.key", &f->bytes);
	why = secret_about(tx, "pay.key", &f->about);
	if (!why && !site__secret(tx, TEXT("pay.key"), &row))
		f->sealed = row.sealed;
	return why;
}

static problem move_key(struct tx *tx, void *arg)
{
	struct secret_row row;
	problem why = site__secret(tx, TEXT("pay.key"), &row);

	(void)arg;
	row.name = TEXT("pay.other");
	row.id = 77;
	if (!why)
		site__put_secret(tx, &row, (struct user_id){ 1 });
	return why;
}

static problem get_moved(struct tx *tx, void *arg)
{
	struct text bytes;

	(void)arg;
	return secret_get(tx, keys(), "pay.other", &bytes);
}

static void test_secrets_are_sealed_and_stay_where_they_are(void **state)
{
	struct text plain = TEXT("-----BEGIN PRIVATE KEY-----"), none = { 0 };
	struct found found = { 0 };

	(void)state;
	assert_null(db_read(house.db, get_key, &found));
	assert_ptr_equal(found.why, &secret_missing);
	assert_int_equal(found.about.changed_ms, 0);
	assert_null(db_write(house.db, set_key, &plain));
	setting_refresh(house.serve);
	assert_int_equal(told, 1);
	assert_null(db_read(house.db, get_key, &found));
	assert_true(text_eq(found.bytes, plain));
	assert_true(text_is(found.about.hint, "…9f"));
	assert_int_equal(found.about.expires_ms, 5);
	assert_true(text_find(found.sealed, TEXT("PRIVATE")) == SIZE_MAX);
	assert_null(db_write(house.db, move_key, NULL));
	assert_ptr_equal(db_read(house.db, get_moved, NULL), &seal_broken);
	assert_null(db_write(house.db, set_key, &none));
	assert_null(db_read(house.db, get_key, &found));
	assert_ptr_equal(found.why, &secret_missing);
	setting_refresh(house.serve);
	assert_int_equal(told, 2);
	setting_refresh(house.serve); /* nothing new: nobody is told */
	assert_int_equal(told, 2);
}

static void test_who_could_not_follow_is_told_again(void **state)
{
	struct text plain = TEXT("key");

	(void)state;
	failing = 2;
	assert_null(db_write(house.db, set_key, &plain));
	setting_refresh(house.serve);
	setting_refresh(house.serve);
	setting_refresh(house.serve);
	assert_int_equal(told, 3);
	setting_refresh(house.serve);
	assert_int_equal(told, 3);
}

/* ---- verification files ---- */

static int put_proof(const char *name, const char *content)
{
	char body[600];

	snprintf(body, sizeof body, "{\"name\":\"%s\",\"content\":\"%s\"}", name, content);
	return visit(&v, PUT, "/api/settings/proofs", body);
}

static void test_verification_files(void **state)
{
	static const char *const bad[] = { "index.html", "MP_verify_.txt", "MP_verify_a.html", "MP_verify_../a.txt", "MP_verify_a b.txt", "robots.txt", "xMP_verify_a.txt" };

	(void)state;
	become_owner();
	assert_int_equal(visit(&v, GET, "/MP_verify_AbC123.txt", NULL), 404);
	assert_int_equal(put_proof("MP_verify_AbC123.txt", "AbC123\\n"), 204);
	assert_int_equal(visit(&v, GET, "/MP_verify_AbC123.txt", NULL), 200);
	assert_true(text_is(v.answer.body, "AbC123"));
	assert_true(text_starts(answer_header(&v, "Content-Type"), TEXT("text/plain")));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(put_proof(bad[i], "x"), 422);
	assert_int_equal(put_proof("MP_verify_b.txt", "<script>"), 422);
	assert_int_equal(visit(&v, GET, "/no-such-page", NULL), 404);
	assert_int_equal(visit(&v, DELETE, "/api/settings/proofs/MP_verify_AbC123.txt", NULL), 204);
	assert_int_equal(visit(&v, GET, "/MP_verify_AbC123.txt", NULL), 404);
}

static void test_check_list(void **state)
{
	(void)state;
	assert_int_equal(visit(&v, GET, "/api/site/checks", NULL), 401);
	become_owner();
	assert_int_equal(visit(&v, GET, "/api/site/checks", NULL), 200);
	assert_string_equal(string_at("items.0.key"), "name");
	assert_string_equal(string_at("items.0.state"), "good");
	assert_string_equal(string_at("items.1.state"), "missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_visitor_with_the_token_owns, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_settings_have_versions, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_a_shop_without_english, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_face_of_every_page, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_what_is_refused, open_house, close_house),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_secrets_are_sealed_and_stay_where_they_are, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_who_could_not_follow_is_told_again, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_verification_files, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_check_list, open_house, close_house),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
