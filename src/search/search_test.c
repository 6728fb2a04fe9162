/* search_test.c - the room: what is stored is found within a second, by this process and by another; what is no longer
 * public never shows, whatever the index believes; the answers of the API and the page. */
#include "base/testing.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "db/embedded.h"
#include "search/search.h"
#include "serve/testing.h"

enum { FRESH_MS = 60000, START_MS = 60000, MANY = 1300 };

struct fixture {
	struct house house;
	struct visitor visitor;
	struct arena *arena;
	struct creator creator;
};

/* ---- the catalogue ---- */

static problem add_creator(struct tx *tx, void *arg)
{
	struct fixture *f = arg;

	tx_use_arena(tx, f->arena);
	return creator_add(tx, TEXT("林知遥"), TEXT("教书的人"), (struct user_id){ 0 }, &f->creator);
}

struct storing {
	struct fixture *f;
	const char *source, *title, *category, *tags;
	int64_t price, count;
	struct work_id id;
};

static problem store(struct tx *tx, void *arg)
{
	struct storing *s = arg;
	struct lesson_draft lesson = { .key = TEXT("a"), .title = TEXT("第一课：开场白"), .plain = TEXT("从一个小例子说起。"), .free = true,
		                       .doc = TEXT("{\"type\":\"doc\",\"content\":[]}") };
	struct section_draft section = { TEXT("全部"), &lesson, 1 };
	struct text tag = text_of(s->tags);
	problem why = NULL;

	for (int64_t i = 0; !why && i < (s->count ? s->count : 1); i++) {
		struct work_draft draft = { .source = arena_format(s->f->arena, "%s-%lld", s->source, (long long)i), .creator = s->f->creator.id,
			                    .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(s->title),
			                    .summary = TEXT("给所有人的一门课，讲得很慢。"), .category = text_of(s->category), .tags = &tag,
			                    .tag_count = tag.length > 0, .price = MONEY(s->price), .price_given = true, .sections = &section,
			                    .section_count = 1 };
		enum work_change change;

		why = work_store(tx, &draft, (struct user_id){ 0 }, &change, &s->id);
	}
	return why;
}

static struct work_id put_by(struct db *db, struct fixture *f, const char *source, const char *title)
{
	struct storing s = { f, source, title, "数学", "概率", 990, 0, { 0 } };

	assert_done(db_write(db, store, &s));
	return s.id;
}

static struct work_id put(struct fixture *f, const char *source, const char *title)
{
	return put_by(f->house.db, f, source, title);
}

/* Without news: what the index cannot know. */
static problem hide(struct tx *tx, void *arg)
{
	struct work_id *id = arg;

	run(tx, "update work set state = 'withdrawn' where id = $1", V(id->v));
	return tx_problem(tx);
}

struct moving {
	struct work_id id;
	enum work_state to;
};

static problem move(struct tx *tx, void *arg)
{
	struct moving *m = arg;

	return work_move(tx, m->id, m->to, &(struct person){ .id = { 1 }, .roles = ANYBODY | LEARNER | ADMIN | MODERATOR });
}

/* ---- asking ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask(struct fixture *f, const char *query)
{
	struct text encoded = { 0 };
	struct buffer out = BUFFER(4096);

	for (const char *at = query; *at; at++) {
		if (*at > ' ' && *at < 0x7F)
			buffer_add_char(&out, *at);
		else
			buffer_format(&out, "%%%02X", (unsigned char)*at);
	}
	encoded = arena_text(f->arena, buffer_text(&out));
	buffer_free(&out);
	visit(&f->visitor, GET, arena_cstr(f->arena, encoded), NULL);
}

static int64_t total(struct fixture *f, const char *keyword)
{
	ask(f, arena_format(f->arena, "/api/search?keyword=%s", keyword).at);
	assert_int_equal(f->visitor.answer.status, 200);
	return json_integer_value(answer_at(&f->visitor, "total"));
}

static size_t shown(struct fixture *f, const char *keyword)
{
	total(f, keyword);
	return json_array_size(answer_at(&f->visitor, "items"));
}

/* Milliseconds until so many are found. */
static int64_t until(struct fixture *f, const char *keyword, int64_t wanted, int64_t patience_ms)
{
	int64_t start = now_ms();

	while (now_ms() - start < patience_ms) {
		if (total(f, keyword) == wanted)
			return now_ms() - start;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return patience_ms + 1;
}

#define assert_within(f, keyword, wanted, ms) assert_in_range(until((f), (keyword), (wanted), (ms)), 0, (ms))

static void wait_until_ready(struct fixture *f)
{
	int64_t start = now_ms();

	do
		assert_in_range(now_ms() - start, 0, START_MS);
	while (visit(&f->visitor, GET, "/readyz", NULL) != 200);
}

static int set_up(void **state)
{
	static const struct module *const modules[] = { &catalog_module, &search_module, NULL };
	static const struct session_source nobody = { .find = NULL, .cookie = "session" };
	struct fixture *f = calloc(1, sizeof *f);

	f->arena = arena_new((size_t)1 << 30);
	house_open(&f->house, migrations_all, migrations_all_count);
	assert_done(db_write(f->house.db, add_creator, f));
	put(f, "before", "机器学习入门");
	house_start(&f->house, modules, &nobody);
	visitor_open(&f->visitor, &f->house);
	wait_until_ready(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	visitor_close(&f->visitor);
	house_close(&f->house);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* ---- what holds ---- */

static void test_what_was_there_is_found(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(total(f, "机器学习"), 1);
	assert_int_equal(total(f, "jiqixuexi"), 1);
	assert_int_equal(total(f, "開場白"), 1);  /* a lesson's title */
	assert_int_equal(total(f, "小例子"), 1);  /* its text */
	assert_int_equal(total(f, "林知遥"), 1);
	assert_int_equal(total(f, "量子"), 0);
}

static void test_answer_is_whole(void **state)
{
	struct fixture *f = *state;

	ask(f, "/api/search?keyword=机器 慢");
	assert_text(json_text(answer_at(&f->visitor, "items.0.title")), "机器学习入门");
	assert_text(json_text(answer_at(&f->visitor, "items.0.author.name")), "林知遥");
	assert_text(json_text(answer_at(&f->visitor, "items.0.kind")), "course");
	assert_text(json_text(answer_at(&f->visitor, "items.0.category.name")), "数学");
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "items.0.price")), 990);
	assert_true(text_starts(json_text(answer_at(&f->visitor, "items.0.url")), TEXT("/course/")));
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "items.0.marks.title.0.start")), 0);
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "items.0.marks.title.0.length")), 2);
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "items.0.marks.summary.0.start")), 12);
	assert_text(json_text(answer_at(&f->visitor, "facets.kind.0.value")), "course");
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "facets.category.0.count")), 1);
	assert_null(answer_at(&f->visitor, "next"));
}

/* The index knows the category of the day a work was read in; the answer has that of today, and a filter what stands below it. */
static void test_categories_are_those_of_today(void **state)
{
	struct fixture *f = *state;

	db_testing_run(f->house.db, "update category set name = '理科', name_en = 'Science' where slug = '数学'");
	ask(f, "/api/search?keyword=机器 慢");
	assert_text(json_text(answer_at(&f->visitor, "items.0.category.name")), "理科");
	assert_text(json_text(answer_at(&f->visitor, "facets.category.0.name")), "理科");
	db_testing_run(f->house.db, "insert into category (id, slug, name, position) values (7, 'top', '学科', 99)");
	db_testing_run(f->house.db, "update category set parent_id = 7 where slug = '数学'");
	ask(f, "/api/search?keyword=机器 慢&category=top");
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "total")), 1);
	assert_text(json_text(answer_at(&f->visitor, "facets.category.0.value")), "top");
	assert_text(json_text(answer_at(&f->visitor, "facets.category.1.name")), "理科");
	db_testing_run(f->house.db, "update category set parent_id = null where slug = '数学'");
	ask(f, "/api/search?keyword=机器 慢&category=top");
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "total")), 0);
	db_testing_run(f->house.db, "update work set category_id = 7");
	db_testing_run(f->house.db, "delete from category where slug = '数学'");
	db_testing_run(f->house.db, "insert into category_alias (slug, category_id) values ('数学', 7)"); /* merged */
	ask(f, "/api/search?keyword=机器 慢&category=top");
	assert_int_equal(json_integer_value(answer_at(&f->visitor, "total")), 1);
	assert_text(json_text(answer_at(&f->visitor, "items.0.category.slug")), "top");
	db_testing_run(f->house.db, "update category set hidden = 1");
	ask(f, "/api/search?keyword=机器 慢");
	assert_null(answer_at(&f->visitor, "items.0.category"));
	assert_null(answer_at(&f->visitor, "facets.category.0"));
}

static void test_change_is_seen_within_a_second(void **state)
{
	struct fixture *f = *state;

	put(f, "new", "微积分的本质");
	assert_within(f, "微积分", 1, FRESH_MS);
	put(f, "new", "线性代数的本质");
	assert_within(f, "线性代数", 1, FRESH_MS);
	assert_int_equal(total(f, "微积分"), 0);
}

/* What another process writes comes with no hint. */
static void test_other_process_is_seen_within_a_second(void **state)
{
	struct fixture *f = *state;
	struct db *other;

	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = f->house.world }, &other));
	put_by(other, f, "other", "会计学原理");
	assert_within(f, "会计学", 1, FRESH_MS);
	db_close(other);
}

/* A write that has begun before an index reads in, and ends after. */
struct slow_write {
	struct storing storing;
	_Atomic bool stored, end;
};

static problem store_slowly(struct tx *tx, void *arg)
{
	struct slow_write *w = arg;
	problem why = store(tx, &w->storing);

	w->stored = true;
	while (!w->end)
		usleep(1000);
	return why;
}

static void *write_slowly(void *arg)
{
	struct slow_write *w = arg;

	assert_done(db_write(w->storing.f->house.db, store_slowly, w));
	return NULL;
}

static int64_t documents_of(void *search)
{
	static const char name[] = "\nsearch_documents ";
	struct buffer out = BUFFER(4096);
	const char *at;
	int64_t count;

	search_module.metrics(search, &out);
	buffer_add_char(&out, 0);
	at = strstr(buffer_text(&out).at, name);
	assert_non_null(at);
	count = strtoll(at + strlen(name), NULL, 10);
	buffer_free(&out);
	return count;
}

static void test_a_write_under_way_at_the_start_is_found(void **state)
{
	struct fixture *f = *state;
	struct slow_write w = { .storing = { f, "slow", "慢慢来的课", "数学", NULL, 0, 0, { 0 } } };
	int64_t before, start = now_ms();
	pthread_t writer;
	void *second;

	before = documents_of(module_state(f->house.serve, &search_module));
	assert_int_equal(pthread_create(&writer, NULL, write_slowly, &w), 0);
	while (!w.stored)
		usleep(1000);
	assert_done(search_module.start(f->house.serve, &second));
	while (!search_module.ready(second))
		assert_in_range(now_ms() - start, 0, START_MS);
	assert_int_equal(documents_of(second), before);
	w.end = true;
	pthread_join(writer, NULL);
	while (documents_of(second) < before + 1) {
		assert_in_range(now_ms() - start, 0, START_MS);
		usleep(1000);
	}
	search_module.stop(second);
}

static void test_withdrawn_is_never_shown(void **state)
{
	struct fixture *f = *state;
	struct work_id quietly = put(f, "quietly", "拓扑学导论"), loudly = put(f, "loudly", "数论导引");

	assert_within(f, "拓扑学", 1, FRESH_MS);
	assert_within(f, "数论", 1, FRESH_MS);
	assert_done(db_write(f->house.db, hide, &quietly));
	assert_int_equal(shown(f, "拓扑学"), 0);
	ask(f, "/api/suggest?q=拓扑");
	assert_int_equal(json_array_size(answer_at(&f->visitor, "items")), 0);
	assert_done(db_write(f->house.db, move, &(struct moving){ loudly, WORK_SUSPENDED }));
	assert_int_equal(shown(f, "数论"), 0);
	assert_within(f, "数论", 0, FRESH_MS);
}

/* More news than are read at once. */
static void test_many_at_once(void **state)
{
	struct fixture *f = *state;
	struct storing s = { f, "many", "写作课", "语文", NULL, 0, MANY, { 0 } };
	int64_t seen = 0;

	assert_done(db_write(f->house.db, store, &s));
	assert_within(f, "写作课", MANY, START_MS);
	ask(f, "/api/search?keyword=写作课&limit=50&free=1");
	assert_int_equal(json_array_size(answer_at(&f->visitor, "items")), 50);
	while (answer_at(&f->visitor, "next") && seen++ < 30) {
		struct text next = arena_text(f->arena, json_text(answer_at(&f->visitor, "next")));

		ask(f, arena_format(f->arena, "/api/search?keyword=写作课&limit=50&free=1&after=%.*s", TEXT_ARG(next)).at);
		assert_int_equal(json_array_size(answer_at(&f->visitor, "items")), 50);
	}
	assert_int_equal(seen, 19); /* a thousand places, no more */
}

static void test_suggestions(void **state)
{
	struct fixture *f = *state;

	ask(f, "/api/suggest?q=jiqi");
	assert_text(json_text(answer_at(&f->visitor, "items.0.text")), "机器学习入门");
	assert_text(json_text(answer_at(&f->visitor, "items.0.kind")), "work");
	ask(f, "/api/suggest?q=林");
	assert_text(json_text(answer_at(&f->visitor, "items.0.kind")), "author");
	assert_true(text_starts(json_text(answer_at(&f->visitor, "items.0.url")), TEXT("/author/")));
	ask(f, "/api/suggest?q=概");
	assert_text(json_text(answer_at(&f->visitor, "items.0.kind")), "tag");
}

static void test_wrong_questions(void **state)
{
	static const char *const wrong[] = { "kind=film", "sort=best", "limit=0", "limit=51", "price_min=-1", "price_max=much", "more=1" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ask(f, arena_format(f->arena, "/api/search?keyword=课&%s", wrong[i]).at);
		assert_int_equal(f->visitor.answer.status, 422);
		assert_true(answer_is_problem(&f->visitor, "invalid"));
	}
	ask(f, "/api/search?keyword=课&after=rubbish");
	assert_int_equal(f->visitor.answer.status, 400);
	ask(f, "/api/search?keyword=课&after=1001.1");
	assert_int_equal(f->visitor.answer.status, 400);
	ask(f, "/api/suggest");
	assert_int_equal(f->visitor.answer.status, 422);
	assert_int_equal(total(f, "%25"), 0);
}

static void test_page(void **state)
{
	struct fixture *f = *state;

	put(f, "hostile", "<script>alert(1)</script>与安全");
	assert_within(f, "安全", 1, FRESH_MS);
	ask(f, "/search?keyword=机器学习");
	assert_int_equal(f->visitor.answer.status, 200);
	assert_true(text_find(f->visitor.answer.body, TEXT("<mark>机器学习</mark>入门")) != SIZE_MAX);
	ask(f, "/search?keyword=alert 安全");
	assert_int_equal(f->visitor.answer.status, 200);
	assert_true(text_find(f->visitor.answer.body, TEXT("<script>alert")) == SIZE_MAX);
	assert_true(text_find(f->visitor.answer.body, TEXT("<mark>安全</mark>")) != SIZE_MAX);
	ask(f, "/search?keyword=机器学习&price_from=1&price_to=5");
	assert_true(text_find(f->visitor.answer.body, TEXT("<mark>")) == SIZE_MAX);
	ask(f, "/search?keyword=课&price_from=1&price_to=500");
	assert_true(text_find(f->visitor.answer.body, TEXT("price_from=1&amp;price_to=500")) != SIZE_MAX);
	assert_true(text_find(f->visitor.answer.body, TEXT("name=\"price_to\" min=\"0\" step=\"1\" value=\"500\"")) != SIZE_MAX);
	ask(f, "/en/search?keyword=machine&kind=course");
	assert_int_equal(f->visitor.answer.status, 200);
	ask(f, "/search");
	assert_int_equal(f->visitor.answer.status, 200);
}

/* The link of a tag on the work's page finds the work again, whatever the tag is written with. */
static void tag_leads(struct fixture *f, const char *title, const char *tag, const char *link)
{
	struct storing s = { f, title, title, "数学", tag, 990, 0, { 0 } };

	assert_done(db_write(f->house.db, store, &s));
	assert_within(f, title, 1, FRESH_MS);
	ask(f, arena_cstr(f->arena, json_get_text(json_array_get(answer_at(&f->visitor, "items"), 0), "url")));
	assert_int_equal(f->visitor.answer.status, 200);
	assert_true(text_find(f->visitor.answer.body, text_of(link)) != SIZE_MAX);
}

static void test_tags_lead_to_a_search(void **state)
{
	struct fixture *f = *state;

	tag_leads(f, "金属冶炼", "C++", "href=\"/search?keyword=C%2B%2B\" lang=\"zh-CN\">C++</a>");
	assert_int_equal(total(f, "C%2B%2B"), 1);
	tag_leads(f, "园林设计", "a&b", "href=\"/search?keyword=a%26b\" lang=\"zh-CN\">a&amp;b</a>");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_there_is_found),
		cmocka_unit_test(test_answer_is_whole),
		cmocka_unit_test(test_categories_are_those_of_today),
		cmocka_unit_test(test_change_is_seen_within_a_second),
		cmocka_unit_test(test_other_process_is_seen_within_a_second),
		cmocka_unit_test(test_a_write_under_way_at_the_start_is_found),
		cmocka_unit_test(test_withdrawn_is_never_shown),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_wrong_questions),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_tags_lead_to_a_search),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
