/* legal_test.c - what a shop must say: ours with its data, the owner's own where he wrote them, and nothing that runs. */
#include "catalog/catalog.h"
#include "crypto/crypto.h"
#include "media/media.h"
#include "serve/testing.h"
#include "site/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct house house;
static struct visitor owner, reader;
static const struct module *const modules[] = { &site_module, &media_module, &catalog_module, &studio_module, NULL };

static int setup(void **state)
{
	(void)state;
	house_open(&house, NULL, 0);
	house.options.face = site_face;
	house.options.speaks_english = site_speaks_english;
	house_start(&house, modules, &testing_sessions);
	owner = visitor_of(&house, 1, ADMIN | CREATOR);
	reader = visitor_of(&house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&owner);
	visitor_close(&reader);
	house_close(&house);
	return 0;
}

static bool says(const char *path, const char *what)
{
	assert_int_equal(visit(&reader, GET, path, NULL), 200);
	return text_find(reader.answer.body, text_of(what)) != SIZE_MAX;
}

static void put(const char *path, const char *body) { assert_int_equal(visit(&owner, PUT, path, body), 200); }

#define SHOP(company) \
	"{\"version\":0,\"value\":{\"name\":{\"zh\":\"山间书院\",\"en\":\"Hill House\"},\"slogan\":{},\"logo\":\"\",\"accent\":\"teal\",\"english\":true," \
	"\"company\":\"" company "\",\"mail\":\"ask@example.cn\",\"phone\":\"\",\"wechat\":\"hill\",\"address\":\"\",\"icp\":\"\",\"police\":\"\"}}"
#define LEGAL(version, days, terms) \
	"{\"version\":" #version ",\"value\":{\"terms\":" terms ",\"privacy\":{},\"refund\":{},\"refund_days\":" #days "}}"

static void test_ours_have_the_shops_data(void **state)
{
	(void)state;
	assert_true(says("/terms", "本条款由你与Workshop（下称"));
	put("/api/settings/shop", SHOP("山间 <文化> & 有限公司"));
	assert_true(says("/terms", "<h1>服务条款</h1>"));
	assert_true(says("/terms", "本条款由你与山间 &lt;文化&gt; &amp; 有限公司（下称"));
	assert_true(says("/terms", "href=\"mailto:ask@example.cn\""));
	assert_true(says("/terms", "微信：hill") && !says("/terms", "电话：") && !says("/terms", "地址："));
	assert_true(says("/privacy", "《中华人民共和国个人信息保护法》"));
	assert_true(says("/en/privacy", "<h1>Privacy policy</h1>") && says("/en/privacy", "the site “Hill House”"));
	assert_true(says("/en/terms", "href=\"/en/refund-policy\""));
	assert_true(says("/help", "id=\"contact\"") && says("/help", "经营者：山间"));
}

static void test_days_of_refund(void **state)
{
	(void)state;
	assert_true(says("/refund-policy", "<strong>7 天内</strong>"));
	put("/api/settings/legal", LEGAL(0, 14, "{}"));
	assert_true(says("/refund-policy", "<strong>14 天内</strong>") && says("/en/refund-policy", "<strong>14 days</strong>"));
	put("/api/settings/legal", LEGAL(1, 0, "{}"));
	assert_true(says("/refund-policy", "售出后一般不退") && !says("/refund-policy", "天内</strong>"));
}

/* One that is written in Chinese only stands on the English page too; who takes it away gets ours again. */
static void test_the_owners_own_words(void **state)
{
	(void)state;
	put("/api/settings/legal", LEGAL(0, 7, "{\"zh\":\"# 我的规矩\\n\\n- **不许**外传\\n\\n<script>alert(1)</script><img src=x onerror=alert(1)>\\n\\n[x](javascript:alert(1))\"}"));
	assert_true(says("/terms", "<h1>我的规矩</h1>") && says("/terms", "<strong>不许</strong>"));
	assert_false(says("/terms", "<script>alert") || says("/terms", "onerror=") || says("/terms", "href=\"javascript:"));
	assert_true(says("/en/terms", "我的规矩"));
	assert_true(says("/privacy", "<h1>隐私政策</h1>"));
	put("/api/settings/legal", LEGAL(1, 7, "{}"));
	assert_true(says("/terms", "<h1>服务条款</h1>"));
}

static void test_an_owner_begins_with_ours(void **state)
{
	const char *zh, *en;

	(void)state;
	assert_int_equal(visit(&reader, GET, "/api/settings/legal/templates", NULL), 401);
	put("/api/settings/shop", SHOP("山间公司"));
	assert_int_equal(visit(&owner, GET, "/api/settings/legal/templates", NULL), 200);
	zh = json_string_value(answer_at(&owner, "terms.zh"));
	en = json_string_value(answer_at(&owner, "refund.en"));
	assert_non_null(zh);
	assert_non_null(en);
	assert_ptr_equal(strstr(zh, "# 服务条款"), zh);
	assert_non_null(strstr(zh, "山间公司"));
	assert_ptr_equal(strstr(en, "# Refund policy"), en);
}

static void test_frequent_questions(void **state)
{
	(void)state;
	put("/api/settings/look",
	    "{\"version\":0,\"value\":{\"banners\":[],\"nav\":[],\"footer\":[],\"faq\":[{\"question\":{\"zh\":\"能开<发票>吗？\",\"en\":\"Invoices?\"},\"answer\":{\"zh\":\"能，**三天**内。\"}}],"
	    "\"notice\":{},\"notice_url\":\"\",\"notice_until_ms\":0,\"teacher_text\":{},\"teacher_image\":\"\"}}");
	assert_true(says("/help", "<h2>能开&lt;发票&gt;吗？</h2>") && says("/help", "<strong>三天</strong>"));
	assert_true(says("/en/help", "<h2>Invoices?</h2>"));
}

static struct text page_source(const char *name)
{
	static char bytes[256 * 1024];
	const char *source = getenv("ZHIFANG_SOURCE");
	char path[512];
	size_t length = 0;

	for (int i = 0; i < 2; i++) {
		FILE *file;

		snprintf(path, sizeof path, "%s/src/catalog/pages/%s.%s.md", source ? source : ".", name, i ? "en" : "zh-CN");
		file = fopen(path, "rb");
		assert_non_null(file);
		length += fread(bytes + length, 1, sizeof bytes - length, file);
		fclose(file);
	}
	return (struct text){ bytes, length };
}

/* Who agreed to a day agreed to these words. Whoever changes the words gives them a new day, and writes both here. */
static void test_our_words_are_those_of_their_day(void **state)
{
	static const struct {
		enum agreement agreement;
		const char *page, *day, *hash;
	} ours[] = {
		{ AGREEMENT_TERMS, "terms", "2026-01", "c2cae48aff2f53cbfd43dce85aec8d3a75121b302c0dea74563e33dad0690152" },
		{ AGREEMENT_PRIVACY, "privacy", "2026-11", "1a60f21a479ecaa94945e0577939e5b22bf1337c3d368a41b1863d1f04925f7c" },
		{ AGREEMENT_REFUND, "refund-policy", "2026-11", "765480f17be8ff5ea296e7eb567b822b669a14618c480c0def6554344efaf775" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		assert_string_equal(catalog_legal_version(ours[i].agreement), ours[i].day);
		assert_string_equal(arena_cstr(reader.arena, sha256_hex(reader.arena, page_source(ours[i].page))), ours[i].hash);
	}
}

/* What the owner says is what a work begins with, and what the pages say. */
static void test_new_works_begin_with_the_shops_rule(void **state)
{
	(void)state;
	assert_true(says("/help", "付款后 7 天内"));
	put("/api/settings/legal", LEGAL(0, 14, "{}"));
	assert_int_equal(visit(&owner, POST, "/api/studio/works", "{\"kind\":\"course\",\"title\":\"One\",\"language\":\"zh-CN\"}"), 201);
	assert_int_equal(db_testing_int(house.db, "select refund_days from work where title = 'One'"), 14);
	assert_true(says("/help", "付款后 14 天内") && says("/en/help", "within 14 days"));
	put("/api/settings/legal", LEGAL(1, 0, "{}"));
	assert_int_equal(visit(&owner, POST, "/api/studio/works", "{\"kind\":\"course\",\"title\":\"Two\",\"language\":\"zh-CN\"}"), 201);
	assert_int_equal(db_testing_int(house.db, "select refund_days from work where title = 'Two'"), 0);
	assert_true(says("/help", "不自动退款") && !says("/help", "付款后"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ours_have_the_shops_data, setup, teardown),
		cmocka_unit_test_setup_teardown(test_days_of_refund, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_owners_own_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_owner_begins_with_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frequent_questions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_our_words_are_those_of_their_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_works_begin_with_the_shops_rule, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
