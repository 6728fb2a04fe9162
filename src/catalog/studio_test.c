/* studio_test.c - an author writes a work from nothing: what is his, what is missing, two tabs at one lesson, hostile
 * documents, revisions and editions past a learner's keys, a publication at a time, and one that is reviewed. */
#include "catalog/studio.h"

#include "base/testing.h"
#include "media/media.h"
#include "serve/testing.h"

enum { OWNER = 51, AUTHOR = 52, OTHER = 53, BOSS = 54 };

static struct house house;
static struct visitor owner, author, other, boss, nobody;
static const struct module *const modules[] = { &media_module, &catalog_module, &studio_module, &first_review_module, NULL };

static int setup(void **state)
{
	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	owner = visitor_of(&house, OWNER, CREATOR | ADMIN);
	author = visitor_of(&house, AUTHOR, CREATOR);
	other = visitor_of(&house, OTHER, CREATOR);
	boss = visitor_of(&house, BOSS, MODERATOR);
	nobody = visitor_of(&house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	struct visitor *const all[] = { &owner, &author, &other, &boss, &nobody };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		visitor_close(all[i]);
	house_close(&house);
	return 0;
}

/* ---- steps ---- */

static int call(struct visitor *v, enum method method, const char *body, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int call(struct visitor *v, enum method method, const char *body, const char *format, ...)
{
	char path[256];
	va_list list;

	va_start(list, format);
	vsnprintf(path, sizeof path, format, list);
	va_end(list);
	return visit(v, method, path, body);
}

static long long number_at(struct visitor *v, const char *path) { return (long long)json_integer_value(answer_at(v, path)); }
static struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }

static long long begin(struct visitor *v, const char *title)
{
	char body[512];

	snprintf(body, sizeof body, "{\"kind\":\"course\",\"title\":\"%s\",\"language\":\"zh-CN\"}", title);
	assert_int_equal(call(v, POST, body, "/api/studio/works"), 201);
	return number_at(v, "id");
}

static long long add_section(struct visitor *v, long long work, const char *title)
{
	char body[512];

	snprintf(body, sizeof body, "{\"title\":\"%s\"}", title);
	assert_int_equal(call(v, POST, body, "/api/studio/works/%lld/sections", work), 201);
	return number_at(v, "added");
}

static long long add_lesson(struct visitor *v, long long section, const char *title)
{
	char body[512];

	snprintf(body, sizeof body, "{\"title\":\"%s\"}", title);
	assert_int_equal(call(v, POST, body, "/api/studio/sections/%lld/lessons", section), 201);
	return number_at(v, "added");
}

#define PARAGRAPH(words) "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"" words "\"}]}]}"

static int save(struct visitor *v, long long lesson, int version, const char *doc)
{
	char body[8192];

	snprintf(body, sizeof body, "{\"version\":%d,\"doc\":%s,\"quizzes\":[]}", version, doc);
	return call(v, PUT, body, "/api/studio/lessons/%lld/draft", lesson);
}

struct written {
	long long work, section, lesson;
};

/* A work of one lesson with a text, at no price. */
static struct written write_work(struct visitor *v, const char *title)
{
	struct written w = { .work = begin(v, title) };

	w.section = add_section(v, w.work, "Part");
	w.lesson = add_lesson(v, w.section, "Opening");
	assert_int_equal(save(v, w.lesson, 1, PARAGRAPH("Hello")), 200);
	assert_int_equal(call(v, PATCH, "{\"price\":0,\"summary\":\"About\"}", "/api/studio/works/%lld", w.work), 200);
	return w;
}

static void publish(struct visitor *v, long long work, const char *how)
{
	assert_int_equal(call(v, POST, how, "/api/studio/works/%lld/publish", work), 200);
}

/* ---- tests ---- */

static void test_from_nothing(void **state)
{
	struct written w;
	char url[200];

	(void)state;
	w.work = begin(&owner, "从零开始");
	assert_text(word_at(&owner, "state"), "draft");
	assert_int_equal(json_array_size(answer_at(&owner, "missing")), 2);
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&owner, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 404);
	assert_int_equal(call(&owner, POST, "{}", "/api/studio/works/%lld/publish", w.work), 422);
	assert_true(answer_is_problem(&owner, "work-not-ready"));
	assert_text(word_at(&owner, "errors.0.path"), "price");
	assert_text(word_at(&owner, "errors.1.path"), "lessons");

	w = write_work(&owner, "写好的课");
	assert_int_equal(json_array_size(answer_at(&owner, "missing")), 0);
	publish(&owner, w.work, "{}");
	assert_text(word_at(&owner, "state"), "published");
	assert_int_equal(number_at(&owner, "edition_number"), 1);
	assert_false(json_is_true(answer_at(&owner, "changed")));
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&owner, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	assert_int_equal(call(&nobody, GET, NULL, "%s/opening", url), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<p>Hello</p>")) != SIZE_MAX);
	assert_int_equal(call(&owner, POST, "{}", "/api/studio/works/%lld/publish", w.work), 409);
	assert_true(answer_is_problem(&owner, "work-unchanged"));
}

static void test_whose(void **state)
{
	struct written w = write_work(&author, "我的课");

	(void)state;
	assert_int_equal(call(&other, POST, NULL, "/api/studio/works/%lld/draft", w.work), 404);
	assert_int_equal(call(&other, PATCH, "{\"price\":1}", "/api/studio/works/%lld", w.work), 404);
	assert_int_equal(call(&other, POST, "{\"title\":\"x\"}", "/api/studio/works/%lld/sections", w.work), 404);
	assert_int_equal(call(&other, PATCH, "{\"title\":\"x\"}", "/api/studio/sections/%lld", w.section), 404);
	assert_int_equal(call(&other, DELETE, NULL, "/api/studio/lessons/%lld", w.lesson), 404);
	assert_int_equal(call(&other, GET, NULL, "/api/studio/lessons/%lld/draft", w.lesson), 404);
	assert_int_equal(save(&other, w.lesson, 2, PARAGRAPH("Mine now")), 404);
	assert_int_equal(call(&other, POST, "{}", "/api/studio/works/%lld/publish", w.work), 404);
	assert_int_equal(call(&boss, POST, NULL, "/api/studio/works/%lld/draft", w.work), 403);
	assert_int_equal(call(&nobody, GET, NULL, "/api/studio/lessons/%lld/draft", w.lesson), 401);
	assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", w.lesson), 200);
	assert_int_equal(number_at(&author, "version"), 2);
}

static void test_order_of_things(void **state)
{
	long long work = begin(&author, "Order"), a = add_section(&author, work, "A"), b = add_section(&author, work, "B");
	long long one = add_lesson(&author, a, "Same"), two = add_lesson(&author, a, "Same"), three = add_lesson(&author, b, "Same");
	char body[128];

	(void)state;
	snprintf(body, sizeof body, "{\"before\":%lld}", one);
	assert_int_equal(call(&author, POST, body, "/api/studio/lessons/%lld/place", three), 200);
	assert_int_equal(number_at(&author, "sections.0.lessons.0.id"), three);
	assert_int_equal(number_at(&author, "sections.0.lessons.1.id"), one);
	assert_int_equal(json_array_size(answer_at(&author, "sections.1.lessons")), 0);
	snprintf(body, sizeof body, "{\"after\":%lld}", two);
	assert_int_equal(call(&author, POST, body, "/api/studio/lessons/%lld/place", three), 200);
	assert_int_equal(number_at(&author, "sections.0.lessons.2.id"), three);
	snprintf(body, sizeof body, "{\"section\":%lld}", b);
	assert_int_equal(call(&author, POST, body, "/api/studio/lessons/%lld/place", one), 200);
	assert_int_equal(number_at(&author, "sections.1.lessons.0.id"), one);
	snprintf(body, sizeof body, "{\"before\":%lld}", a);
	assert_int_equal(call(&author, POST, body, "/api/studio/sections/%lld/place", b), 200);
	assert_int_equal(number_at(&author, "sections.0.id"), b);
	assert_text(word_at(&author, "sections.0.lessons.0.key"), "same");
	assert_text(word_at(&author, "sections.1.lessons.0.key"), "same-2");
	assert_text(word_at(&author, "sections.1.lessons.1.key"), "same-3");

	/* next to something of another work */
	snprintf(body, sizeof body, "{\"before\":%lld}", write_work(&author, "Elsewhere").lesson);
	assert_int_equal(call(&author, POST, body, "/api/studio/lessons/%lld/place", one), 404);
	assert_int_equal(call(&author, DELETE, NULL, "/api/studio/sections/%lld", a), 200);
	assert_int_equal(json_array_size(answer_at(&author, "sections")), 1);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", two), 404);
}

/* The text of a statement is its name, so it must stay: it is written out. */
#define UPLOADED(id, whose, kind) \
	"insert into asset (id, user_id, name, ext, kind, state, size, expires_ms, progress, duration_ms, width, height, pages, poster, peaks, tries," \
	" lease_ms, created_ms, changed_ms) values (" id ", " whose ", 'a', 'a', '" kind "', 'uploaded', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"

/* Many recordings become lessons, each when it has come whole: whichever comes first, they stand in the order of their names. */
static void test_recordings(void **state)
{
	long long work = begin(&author, "Filmed"), section = add_section(&author, work, "Part"), second, first;
	char body[256];

	(void)state;
	db_testing_run(house.db, UPLOADED("9001", "52", "video"));
	db_testing_run(house.db, UPLOADED("9002", "52", "audio"));
	db_testing_run(house.db, UPLOADED("9003", "52", "captions"));
	db_testing_run(house.db, UPLOADED("9004", "53", "video"));
	assert_int_equal(call(&author, POST, "{\"title\":\"\\\"Two\\\"\",\"asset\":9002}", "/api/studio/sections/%lld/lessons", section), 201);
	second = number_at(&author, "added");
	snprintf(body, sizeof body, "{\"title\":\"One\",\"asset\":9001,\"before\":%lld}", second);
	assert_int_equal(call(&author, POST, body, "/api/studio/sections/%lld/lessons", section), 201);
	first = number_at(&author, "added");
	assert_int_equal(number_at(&author, "sections.0.lessons.0.id"), first);
	assert_int_equal(number_at(&author, "sections.0.lessons.1.id"), second);
	assert_false(json_is_true(answer_at(&author, "sections.0.lessons.0.empty")));
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", first), 200);
	assert_text(word_at(&author, "doc.content.0.type"), "video");
	assert_int_equal(number_at(&author, "doc.content.0.attrs.asset"), 9001);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", second), 200);
	assert_text(word_at(&author, "doc.content.0.type"), "audio");
	assert_text(word_at(&author, "doc.content.0.attrs.title"), "\"Two\"");

	/* captions show nothing by themselves, another's recording is none, and neither leaves a lesson */
	assert_int_equal(call(&author, POST, "{\"title\":\"Three\",\"asset\":9003}", "/api/studio/sections/%lld/lessons", section), 422);
	assert_text(word_at(&author, "errors.0.path"), "asset");
	assert_int_equal(call(&author, POST, "{\"title\":\"Four\",\"asset\":9004}", "/api/studio/sections/%lld/lessons", section), 404);
	assert_int_equal(call(&author, POST, "{\"title\":\"Five\",\"after\":1}", "/api/studio/sections/%lld/lessons", section), 404);
	assert_int_equal(call(&author, POST, NULL, "/api/studio/works/%lld/draft", work), 200);
	assert_int_equal(json_array_size(answer_at(&author, "sections.0.lessons")), 2);
}

static void test_two_tabs(void **state)
{
	struct written w = write_work(&author, "Tabs");

	(void)state;
	assert_int_equal(save(&author, w.lesson, 2, PARAGRAPH("First tab")), 200);
	assert_int_equal(number_at(&author, "version"), 3);
	assert_int_equal(save(&author, w.lesson, 2, PARAGRAPH("Second tab")), 409);
	assert_true(answer_is_problem(&author, "lesson-draft-newer"));
	assert_text(word_at(&author, "detail"), "3");
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", w.lesson), 200);
	assert_text(word_at(&author, "doc.content.0.content.0.text"), "First tab");
	assert_int_equal(save(&author, w.lesson, 3, PARAGRAPH("Second tab takes over")), 200);
}

#define TEXT_NODE "{\"type\":\"text\",\"text\":\"x\"}"

static void test_hostile_documents(void **state)
{
	static const struct {
		const char *doc, *path, *why;
	} all[] = {
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"script\",\"content\":[" TEXT_NODE "]}]}", "doc.content[0]", "unknown" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"html\",\"text\":\"<b>\"}]}]}", "doc.content[0].content[0]", "unknown" },
		{ "{\"type\":\"doc\",\"content\":[" TEXT_NODE "]}", "doc.content[0]", "misplaced" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"marks\":[{\"type\":\"link\","
		  "\"attrs\":{\"href\":\"javascript:alert(1)\"}}]}]}]}", "doc.content[0].content[0].marks[0]", "address" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"marks\":[{\"type\":\"link\","
		  "\"attrs\":{\"href\":\"java\\tscript:alert(1)\"}}]}]}]}", "doc.content[0].content[0].marks[0]", "address" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"x\",\"marks\":[{\"type\":\"link\","
		  "\"attrs\":{\"href\":\"data:text/html,x\"}}]}]}]}", "doc.content[0].content[0].marks[0]", "address" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"image\",\"attrs\":{\"blob\":\"../x.png\"}}]}]}",
		  "doc.content[0].content[0]", "type" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"image\",\"attrs\":{\"src\":\"javascript:1\"}}]}]}",
		  "doc.content[0].content[0]", "address" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"attrs\":{\"onclick\":\"x\"}}]}", "doc.content[0]", "unknown" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"heading\",\"attrs\":{\"level\":{\"a\":1}}}]}", "doc.content[0]", "type" },
		{ "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"style\":\"x\"}]}", "doc.content[0]", "unknown" },
		{ "{\"type\":\"doc\",\"content\":{}}", "doc", "type" },
		{ "{\"type\":\"page\"}", "doc", "type" },
		{ "[]", "doc", "type" },
	};
	struct written w = write_work(&author, "Hostile");

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		assert_int_equal(save(&author, w.lesson, 2, all[i].doc), 422);
		assert_text(word_at(&author, "errors.0.path"), all[i].path);
		assert_text(word_at(&author, "errors.0.why"), all[i].why);
	}
	assert_int_equal(save(&author, w.lesson, 2, PARAGRAPH("<script>alert(1)</script>")), 200);
}

/* quotes nested so deep; NULL: a document of so many paragraphs */
static char *make_doc(int depth, int paragraphs)
{
	size_t room = 200 + (size_t)depth * 40 + (size_t)paragraphs * 24;
	char *doc = malloc(room), *at = doc;

	at += sprintf(at, "{\"version\":2,\"quizzes\":[],\"doc\":{\"type\":\"doc\",\"content\":[");
	for (int i = 0; i < depth; i++)
		at += sprintf(at, "{\"type\":\"blockquote\",\"content\":[");
	for (int i = 0; i < paragraphs; i++)
		at += sprintf(at, "%s{\"type\":\"paragraph\"}", i ? "," : "");
	for (int i = 0; i < depth; i++)
		at += sprintf(at, "]}");
	sprintf(at, "]}}");
	return doc;
}

static int save_made(long long lesson, int depth, int paragraphs)
{
	char *body = make_doc(depth, paragraphs);
	int status = call(&author, PUT, body, "/api/studio/lessons/%lld/draft", lesson);

	free(body);
	return status;
}

static void test_limits(void **state)
{
	static const char head[] = "{\"version\":3,\"quizzes\":[],\"doc\":\"";
	struct written w = write_work(&author, "Limits");
	char *huge = malloc(DOC_MAX + 4096);

	(void)state;
	assert_int_equal(save_made(w.lesson, 40, 0), 400); /* more levels than JSON may have */
	assert_int_equal(save_made(w.lesson, 29, 30), 200);
	assert_int_equal(save_made(w.lesson, 0, DOC_NODES_MAX + 1), 422);
	assert_text(word_at(&author, "errors.0.why"), "too-large");
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", w.lesson), 200);
	assert_int_equal(number_at(&author, "version"), 3);
	memset(huge, 'x', DOC_MAX + 4096);
	memcpy(huge, head, sizeof head - 1);
	memcpy(huge + DOC_MAX + 4090, "\"}", 3);
	assert_int_equal(call(&author, PUT, huge, "/api/studio/lessons/%lld/draft", w.lesson), 422);
	free(huge);
	assert_int_equal(call(&author, PATCH, "{\"cover\":\"nothing.png\"}", "/api/studio/works/%lld", w.work), 422);
	assert_int_equal(call(&author, PATCH, "{\"price\":-1}", "/api/studio/works/%lld", w.work), 422);
	assert_int_equal(call(&author, PATCH, "{\"title\":\"   \"}", "/api/studio/works/%lld", w.work), 422);
	assert_int_equal(call(&author, PATCH, "{\"state\":\"published\"}", "/api/studio/works/%lld", w.work), 422);
	assert_int_equal(call(&author, POST, "{\"kind\":\"course\",\"title\":\" \"}", "/api/studio/works"), 422);
	assert_int_equal(call(&author, POST, "{\"kind\":\"shop\",\"title\":\"x\"}", "/api/studio/works"), 422);
}

static void test_terms(void **state)
{
	struct written w = write_work(&author, "Terms");

	(void)state;
	assert_int_equal(call(&author, PATCH, "{\"terms\":{\"access\":\"days\",\"refund_days\":7,\"refund_percent\":20}}", "/api/studio/works/%lld", w.work), 422);
	assert_text(word_at(&author, "errors.0.path"), "terms.access_days");
	assert_int_equal(call(&author, PATCH, "{\"terms\":{\"access\":\"until\",\"access_until_ms\":1000,\"refund_days\":7,\"refund_percent\":20}}",
	                      "/api/studio/works/%lld", w.work), 422);
	assert_int_equal(call(&author, PATCH, "{\"terms\":{\"access\":\"days\",\"access_days\":30,\"refund_days\":3,\"refund_percent\":20}}",
	                      "/api/studio/works/%lld", w.work), 200);
	assert_int_equal(number_at(&author, "terms.access_days"), 30);
	assert_int_equal(number_at(&author, "terms.refund_percent"), 20);
}

static void test_revision_and_edition(void **state)
{
	struct written w = write_work(&owner, "Editions");
	long long second;

	(void)state;
	publish(&owner, w.work, "{}");
	assert_int_equal(save(&owner, w.lesson, 2, PARAGRAPH("Hello, mended")), 200);
	assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_true(json_is_true(answer_at(&owner, "changed")));
	publish(&owner, w.work, "{\"changes\":\"A typo\"}");
	assert_int_equal(number_at(&owner, "edition_number"), 1);
	assert_int_equal(number_at(&owner, "revision"), 1);
	second = add_lesson(&owner, w.section, "More");
	assert_int_equal(save(&owner, second, 1, PARAGRAPH("More")), 200);
	publish(&owner, w.work, "{\"edition\":true,\"changes\":\"A lesson more\"}");
	assert_int_equal(number_at(&owner, "edition_number"), 2);
	assert_text(word_at(&owner, "history.0.changes"), "A lesson more");
	assert_text(word_at(&owner, "history.1.changes"), "A typo");
	assert_text(word_at(&owner, "sections.0.lessons.0.key"), "opening");
	assert_int_equal(db_testing_int(house.db, "select count(*) from lesson where lesson_key = 'opening' and edition_id in"
	                                          " (select id from edition e where e.work_id in (select id from work where title = 'Editions'))"), 2);

	/* thrown away: back to what is published */
	assert_int_equal(call(&owner, DELETE, NULL, "/api/studio/lessons/%lld", second), 200);
	assert_int_equal(call(&owner, DELETE, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_int_equal(json_array_size(answer_at(&owner, "sections.0.lessons")), 2);
	assert_false(json_is_true(answer_at(&owner, "changed")));
}

static void test_key_of_what_was_removed(void **state)
{
	struct written w = write_work(&owner, "Keys");

	(void)state;
	publish(&owner, w.work, "{}");
	assert_int_equal(call(&owner, DELETE, NULL, "/api/studio/lessons/%lld", w.lesson), 200);
	add_lesson(&owner, w.section, "Opening");
	assert_text(word_at(&owner, "sections.0.lessons.0.key"), "opening-2");
}

static void test_quizzes(void **state)
{
	static const char *const item = "{\"kind\":\"single\",\"question\":\"?\",\"options\":[\"a\",\"b\"],\"answer\":[%d]}";
	struct written w = write_work(&owner, "Quizzes");
	char body[1024], one[256];

	(void)state;
	snprintf(one, sizeof one, item, 2);
	snprintf(body, sizeof body, "{\"version\":2,\"doc\":" PARAGRAPH("x") ",\"quizzes\":[{\"key\":\"q\",\"title\":\"Quiz\",\"items\":[%s]}]}", one);
	assert_int_equal(call(&owner, PUT, body, "/api/studio/lessons/%lld/draft", w.lesson), 422);
	assert_text(word_at(&owner, "errors.0.path"), "quizzes[0].items[0].answer");
	snprintf(one, sizeof one, item, 1);
	snprintf(body, sizeof body, "{\"version\":2,\"doc\":" PARAGRAPH("x") ",\"quizzes\":[{\"key\":\"q\",\"title\":\"Quiz\",\"items\":[%s]}]}", one);
	assert_int_equal(call(&owner, PUT, body, "/api/studio/lessons/%lld/draft", w.lesson), 200);
	publish(&owner, w.work, "{}");
	assert_int_equal(db_testing_int(house.db, "select count(*) from quiz where quiz_key = 'q' and lesson_key = 'opening'"), 1);
	assert_int_equal(call(&owner, DELETE, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_int_equal(call(&owner, GET, NULL, "/api/studio/lessons/%lld/draft", number_at(&owner, "sections.0.lessons.0.id")), 200);
	assert_int_equal(number_at(&owner, "quizzes.0.items.0.answer.0"), 1);
}

static void test_review(void **state)
{
	struct written w = write_work(&author, "Reviewed");
	char url[200];

	(void)state;
	publish(&author, w.work, "{}");
	assert_text(word_at(&author, "state"), "in-review");
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&author, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 404);
	assert_int_equal(call(&author, POST, "{\"to\":\"published\"}", "/api/works/%lld/state", w.work), 409);
	world_move(house.world, 3600 * 1000);
	assert_int_equal(call(&boss, POST, "{\"to\":\"published\"}", "/api/works/%lld/state", w.work), 204);
	assert_int_equal(db_testing_int(house.db, "select published_ms from work where title = 'Reviewed'"), world_now_ms(house.world));
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	/* the review was of the first time */
	assert_int_equal(save(&author, w.lesson, 2, PARAGRAPH("Mended")), 200);
	publish(&author, w.work, "{}");
	assert_int_equal(number_at(&author, "revision"), 1);
}

/* The staff sees what waits, looks at it, sends it back with a reason that its creator reads, and publishes it in the end. */
static void test_staff_looks_first(void **state)
{
	struct visitor both = visitor_of(&house, AUTHOR, CREATOR | MODERATOR);
	struct written w = write_work(&author, "First");
	char url[200];

	(void)state;
	assert_int_equal(call(&boss, POST, NULL, "/api/staff/works/%lld/preview", w.work), 409); /* nobody asked for a look yet */
	publish(&author, w.work, "{}");
	assert_int_equal(visit(&author, GET, "/api/staff/works", NULL), 403);
	assert_int_equal(visit(&boss, GET, "/api/staff/works", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&boss, "items")), 1);
	assert_text(word_at(&boss, "items.0.title"), "First");
	assert_int_equal(number_at(&boss, "items.0.since_ms"), world_now_ms(house.world));
	assert_true(number_at(&boss, "items.0.lessons") > 0);
	assert_int_equal(call(&boss, POST, NULL, "/api/staff/works/%lld/preview", w.work), 201);
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&boss, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	assert_int_equal(call(&both, POST, "{\"act\":\"publish\"}", "/api/staff/works/%lld/decision", w.work), 409);
	assert_true(answer_is_problem(&both, "review-own-work"));
	assert_int_equal(call(&boss, POST, "{\"act\":\"send_back\",\"reason\":\" \"}", "/api/staff/works/%lld/decision", w.work), 422);
	assert_int_equal(call(&boss, POST, "{\"act\":\"send_back\",\"reason\":\"Say what it is about.\"}", "/api/staff/works/%lld/decision", w.work), 204);
	assert_int_equal(call(&boss, POST, "{\"act\":\"publish\"}", "/api/staff/works/%lld/decision", w.work), 409);
	assert_int_equal(call(&author, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_text(word_at(&author, "state"), "draft");
	assert_text(word_at(&author, "sent_back"), "Say what it is about.");
	publish(&author, w.work, "{}"); /* once more */
	assert_null(answer_at(&author, "sent_back"));
	assert_int_equal(call(&boss, POST, "{\"act\":\"publish\"}", "/api/staff/works/%lld/decision", w.work), 204);
	assert_int_equal(db_testing_int(house.db, "select count(*) from work where title = 'First' and state = 'published'"), 1);
	assert_int_equal(visit(&boss, GET, "/api/staff/works", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&boss, "items")), 0);
	visitor_close(&both);
}

/* ---- looked at, and from outside ---- */

static void test_preview(void **state)
{
	struct written w = write_work(&author, "Preview");
	char url[200];

	(void)state;
	assert_int_equal(call(&other, POST, NULL, "/api/studio/works/%lld/preview", w.work), 404);
	assert_int_equal(call(&author, POST, NULL, "/api/studio/works/%lld/preview", w.work), 201);
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&author, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<p>Hello</p>")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("noindex")) != SIZE_MAX);
	assert_int_equal(call(&nobody, GET, NULL, "%s/opening", url), 200);
	assert_int_equal(call(&nobody, GET, NULL, "%s/nothing", url), 404);
	assert_int_equal(visit(&nobody, GET, "/preview/0123456789", NULL), 404);
	world_move(house.world, 2 * 3600 * 1000);
	assert_int_equal(visit(&nobody, GET, url, NULL), 404);
}

static void test_markdown(void **state)
{
	static const char *const files =
		"{\"files\":["
		"{\"path\":\"10-last.md\",\"text\":\"See [two](2-two.md), [bad](javascript:alert(1)).\"},"
		"{\"path\":\"2-two.md\",\"text\":\"# The second\\n\\n![](img/a.png) text\"},"
		"{\"path\":\"1. 部分/a.md\",\"text\":\"x\"}],"
		"\"images\":[{\"path\":\"img/a.png\",\"blob\":\"0123456789012345678901234567890123456789012345678901234567890123.png\","
		"\"width\":10,\"height\":20}]}";
	long long work = begin(&author, "Dropped");

	(void)state;
	assert_int_equal(call(&author, POST, files, "/api/studio/works/%lld/markdown", work), 201);
	assert_text(word_at(&author, "sections.0.title"), "Dropped");
	assert_text(word_at(&author, "sections.0.lessons.0.title"), "The second");
	assert_text(word_at(&author, "sections.0.lessons.1.title"), "last");
	assert_text(word_at(&author, "sections.1.title"), "部分");
	assert_text(word_at(&author, "sections.1.lessons.0.title"), "a");
	assert_int_equal(call(&author, GET, NULL, "/api/studio/lessons/%lld/draft", number_at(&author, "sections.0.lessons.1.id")), 200);
	assert_text(word_at(&author, "doc.content.0.content.1.marks.0.attrs.lesson"), "two");
	assert_null(answer_at(&author, "doc.content.0.content.3.marks"));

	assert_int_equal(call(&other, POST, files, "/api/studio/works/%lld/markdown", work), 404);
	assert_int_equal(call(&author, POST, "{\"files\":[{\"path\":\"../a.md\",\"text\":\"x\"}]}", "/api/studio/works/%lld/markdown", work), 422);
	assert_int_equal(call(&author, POST, "{\"files\":[{\"path\":\"a.txt\",\"text\":\"x\"}]}", "/api/studio/works/%lld/markdown", work), 422);
	/* again: other keys, the same sections */
	assert_int_equal(call(&author, POST, files, "/api/studio/works/%lld/markdown", work), 201);
	assert_int_equal(json_array_size(answer_at(&author, "sections")), 2);
	assert_text(word_at(&author, "sections.0.lessons.2.key"), "two-2");
	assert_int_equal(call(&author, POST, "{\"text\":\"**a** [b](javascript:1)\"}", "/api/studio/markdown"), 200);
	assert_text(word_at(&author, "doc.content.0.content.0.marks.0.type"), "bold");
}

static void test_pictures_and_codes(void **state)
{
	char body[200];
	struct written w = write_work(&author, "Pictures");

	(void)state;
	assert_int_equal(call(&author, POST, "<svg/>", "/api/studio/pictures"), 415);
	assert_int_equal(call(&author, POST, "GIF89a\x0a\x01\x14\x01\x01\x01\x01", "/api/studio/pictures"), 201);
	snprintf(body, sizeof body, "{\"cover\":\"%.*s\"}", TEXT_ARG(word_at(&author, "blob")));
	assert_int_equal(call(&author, PATCH, body, "/api/studio/works/%lld", w.work), 200);
	assert_non_null(answer_at(&author, "cover"));
	assert_int_equal(call(&author, PATCH, "{\"cover\":\"\"}", "/api/studio/works/%lld", w.work), 200);
	assert_null(answer_at(&author, "cover"));
	assert_int_equal(call(&author, GET, NULL, "/api/studio/code.svg?path=/courses"), 200);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/code.svg?path=//elsewhere.example"), 422);
	assert_int_equal(call(&author, GET, NULL, "/api/studio/works"), 200);
}

/* A photograph says where its author lives. */
static void test_a_picture_tells_no_place(void **state)
{
	struct text at;
	char photo[640], *to = photo;

	(void)state;
	/* no byte is 0: each segment is 257 long */
	to += sprintf(to, "\xFF\xD8\xFF\xE1\x01\x01%-255s", "Exif GPS 31.2304 121.4737");
	to += sprintf(to, "\xFF\xC2\x01\x01\x08\x01\x01\x01\x01%-250s", "");
	sprintf(to, "\xFF\xD9");
	assert_int_equal(call(&author, POST, photo, "/api/studio/pictures"), 201);
	at = word_at(&author, "blob");
	assert_int_equal(call(&nobody, GET, NULL, "/media/%.*s", TEXT_ARG(at)), 200);
	assert_int_equal(nobody.answer.body.length, 2 + 259 + 2);
	assert_true(text_find(nobody.answer.body, TEXT("GPS")) == SIZE_MAX);
}

/* Every field that somebody reads: what stands there comes out as text on the public page. */
static void test_scripts_are_only_text(void **state)
{
	static const char *const bad = "<script>x()</script><img src=x onerror=x()>";
	struct written w = write_work(&owner, "<script>x()</script>");
	char body[2048], url[200];

	(void)state;
	snprintf(body, sizeof body, "{\"subtitle\":\"%s\",\"summary\":\"%s\",\"category\":\"%s\",\"for_whom\":[\"%s\"],\"tags\":[\"%s\"],\"description\":"
	         PARAGRAPH("<script>x()</script>") "}", bad, bad, bad, bad, bad);
	assert_int_equal(call(&owner, PATCH, body, "/api/studio/works/%lld", w.work), 200);
	snprintf(body, sizeof body, "{\"title\":\"%s\"}", bad);
	assert_int_equal(call(&owner, PATCH, body, "/api/studio/sections/%lld", w.section), 200);
	assert_int_equal(call(&owner, PATCH, body, "/api/studio/lessons/%lld", w.lesson), 200);
	snprintf(body, sizeof body, "{\"changes\":\"%s\"}", bad);
	publish(&owner, w.work, body);
	snprintf(url, sizeof url, "%.*s", TEXT_ARG(word_at(&owner, "url")));
	assert_int_equal(visit(&nobody, GET, url, NULL), 200);
	assert_true(text_find(nobody.answer.body, TEXT("&lt;script&gt;x()")) != SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("<script>x()")) == SIZE_MAX);
	assert_true(text_find(nobody.answer.body, TEXT("<img src=x")) == SIZE_MAX);
	assert_int_equal(call(&nobody, GET, NULL, "%s/opening", url), 200);
	assert_true(text_find(nobody.answer.body, TEXT("<script>x()")) == SIZE_MAX);
}

/* ---- at a time ---- */

static struct db_jobs *jobs;

static void start_jobs(void)
{
	static const struct job_kind *const tables[] = { studio_jobs };

	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
}

static void test_planned(void **state)
{
	struct written w = write_work(&owner, "Planned");
	int64_t now_ms = world_now_ms(house.world);
	char body[128];

	(void)state;
	start_jobs();
	snprintf(body, sizeof body, "{\"at_ms\":%lld}", (long long)now_ms + 1000);
	assert_int_equal(call(&owner, POST, body, "/api/studio/works/%lld/publish", w.work), 422);
	snprintf(body, sizeof body, "{\"at_ms\":%lld}", (long long)now_ms + 3600 * 1000);
	publish(&owner, w.work, body);
	assert_text(word_at(&owner, "state"), "draft");
	assert_int_equal(number_at(&owner, "plan.at_ms"), now_ms + 3600 * 1000);

	/* another time: the first one does nothing; then not at all; then again */
	snprintf(body, sizeof body, "{\"at_ms\":%lld}", (long long)now_ms + 7200 * 1000);
	publish(&owner, w.work, body);
	world_move(house.world, 3601 * 1000);
	db_jobs_run(jobs);
	assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_text(word_at(&owner, "state"), "draft");
	world_move(house.world, 3600 * 1000);
	db_jobs_run(jobs);
	assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_text(word_at(&owner, "state"), "published");
	assert_null(answer_at(&owner, "plan"));

	/* cancelled */
	assert_int_equal(save(&owner, w.lesson, 2, PARAGRAPH("Later")), 200);
	snprintf(body, sizeof body, "{\"at_ms\":%lld}", (long long)world_now_ms(house.world) + 3600 * 1000);
	publish(&owner, w.work, body);
	assert_int_equal(call(&owner, DELETE, NULL, "/api/studio/works/%lld/plan", w.work), 200);
	world_move(house.world, 7200 * 1000);
	db_jobs_run(jobs);
	assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
	assert_int_equal(number_at(&owner, "revision"), 0);
	db_jobs_stop(jobs);
}

/* As by hand: what was suspended, taken back or archived meanwhile does not change at the time, and the plan is over. */
static void test_planned_and_moved_on(void **state)
{
	static const char *const moves[] = { "update work set state = 'suspended'", "update work set state = 'withdrawn'",
		                             "update work set state = 'archived'" };
	struct written w = write_work(&owner, "Moved on");
	char text[160];

	(void)state;
	start_jobs();
	publish(&owner, w.work, "{}");
	assert_int_equal(save(&owner, w.lesson, 2, PARAGRAPH("Later")), 200);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof text, "{\"at_ms\":%lld}", (long long)world_now_ms(house.world) + 3600 * 1000);
		publish(&owner, w.work, text);
		db_testing_run(house.db, moves[i]);
		world_move(house.world, 3601 * 1000);
		db_jobs_run(jobs);
		assert_int_equal(db_testing_int(house.db, "select count(*) from audit_entry where verb = 'work-plan-failed'"), i + 1);
		db_testing_run(house.db, "update work set state = 'published'");
		assert_int_equal(call(&owner, POST, NULL, "/api/studio/works/%lld/draft", w.work), 200);
		assert_int_equal(number_at(&owner, "revision"), 0);
		assert_null(answer_at(&owner, "plan"));
	}
	db_jobs_stop(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_nothing),
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_order_of_things),
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_two_tabs),
		cmocka_unit_test(test_hostile_documents),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_revision_and_edition),
		cmocka_unit_test(test_key_of_what_was_removed),
		cmocka_unit_test(test_quizzes),
		cmocka_unit_test(test_review),
		cmocka_unit_test(test_staff_looks_first),
		cmocka_unit_test(test_preview),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_pictures_and_codes),
		cmocka_unit_test(test_a_picture_tells_no_place),
		cmocka_unit_test(test_scripts_are_only_text),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_planned_and_moved_on),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
