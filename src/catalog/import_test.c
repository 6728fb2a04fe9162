/* import_test.c - the works that are shipped, a course as found in the wild with the exact list of what it lacks, what a second
 * import does, and what is refused. */
#include "base/testing.h"
#include "catalog/import.h"
#include "db/embedded.h"
#include "db/testing.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	struct world *world;
	struct db *db;
	struct arena *arena;
	char folder[200];         /* data, and copies */
	struct import_report report;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	test_folder(f->folder, "import-test");
	f->world = world_test(INT64_C(1790000000000), 1);
	f->arena = arena_new((size_t)1 << 30);
	f->db = db_testing_open(f->world, migrations_all, migrations_all_count);
	*state = f;
	return 0;
}

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
	char command[1000];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof command, format, values);
	va_end(values);
	assert_int_equal(system(command), 0);
}

/* The first number that a command prints: what the folder says of itself. */
static int64_t shell_number(const char *folder, const char *command)
{
	char all[1000];
	long long number = -1;
	FILE *out;

	snprintf(all, sizeof all, "cd '%s' && %s", folder, command);
	out = popen(all, "r");
	assert_non_null(out);
	assert_int_equal(fscanf(out, "%lld", &number), 1);
	assert_int_equal(pclose(out), 0);
	return number;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	db_testing_close(f->db);
	world_close(f->world);
	arena_free(f->arena);
	shell("rm -r %s", f->folder);
	free(f);
	return 0;
}

static const char *source_path(const char *below)
{
	static char path[500];
	const char *root = getenv("ZHIFANG_SOURCE");

	snprintf(path, sizeof path, "%s/%s", root ? root : ".", below);
	return path;
}

static problem import_as(struct fixture *f, const char *folder, const char *creator, bool move)
{
	struct import_options options = { .folder = text_of(folder), .creator = text_of(creator), .language = TEXT("zh-CN"), .move = move };

	return import_folder(f->db, text_of(f->folder), &options, f->arena, &f->report);
}

static problem import(struct fixture *f, const char *folder, const char *language, bool new_edition)
{
	struct import_options options = { .folder = text_of(folder), .creator = TEXT("陈思源"), .language = text_of(language), .new_edition = new_edition };

	return import_folder(f->db, text_of(f->folder), &options, f->arena, &f->report);
}

static size_t notes_of(const struct fixture *f, enum import_note_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < f->report.note_count; i++)
		n += f->report.notes[i].kind == kind;
	return n;
}

static bool has_note(const struct fixture *f, enum import_note_kind kind, const char *file, const char *what)
{
	for (size_t i = 0; i < f->report.note_count; i++) {
		const struct import_note *note = &f->report.notes[i];

		if (note->kind == kind && text_is(note->file, file) && text_find(note->what, text_of(what)) != SIZE_MAX)
			return true;
	}
	return false;
}

/* ---- what is stored ---- */

struct look {
	struct fixture *f;
	struct work_id id;
	const char *key;          /* of a lesson or a quiz */
	struct work work;
	struct lesson lesson;
	struct quiz quiz;
	struct quiz *quizzes;
	size_t quiz_count;
};

static problem look_at(struct tx *tx, void *arg)
{
	struct look *look = arg;
	struct work_card card;
	problem why;

	tx_use_arena(tx, look->f->arena);
	why = work_by_id(tx, look->id, &card);
	if (!why)
		why = work_load(tx, &card, &look->work);
	if (!why && look->key)
		why = lesson_load(tx, look->work.card.edition, text_of(look->key), &look->lesson);
	if (!why && look->key)
		why = quizzes_of_lesson(tx, look->work.card.edition, text_of(look->key), &look->quizzes, &look->quiz_count);
	return why;
}

static struct look look(struct fixture *f, const char *key)
{
	struct look look = { .f = f, .id = f->report.work, .key = key };

	assert_done(db_read(f->db, look_at, &look));
	return look;
}

static const char *const node_types[] = {
	"doc", "text", "paragraph", "heading", "bulletList", "orderedList", "listItem", "taskItem", "blockquote", "callout", "codeBlock", "table",
	"tableRow", "tableHeader", "tableCell", "image", "horizontalRule", "hardBreak", "mathInline", "mathBlock", "footnotes", "footnote",
};

struct census {
	size_t lessons, images, missing, quizzes, links;
};

static void count_marks(const json_t *node, struct census *census)
{
	const json_t *marks = json_object_get(node, "marks");

	for (size_t i = 0; i < json_array_size(marks); i++)
		census->links += json_get_text(json_object_get(json_array_get(marks, i), "attrs"), "lesson").at != NULL;
}

static void check_node(const json_t *node, struct census *census)
{
	struct text type = json_get_text(node, "type");
	const json_t *content = json_object_get(node, "content");
	bool known = false;

	for (size_t i = 0; i < sizeof node_types / sizeof *node_types; i++)
		known = known || text_is(type, node_types[i]);
	assert_true(known);
	if (text_is(type, "image")) {
		census->images += json_get_text(json_object_get(node, "attrs"), "blob").at != NULL;
		census->missing += json_get_text(json_object_get(node, "attrs"), "blob").at == NULL;
	}
	if (text_is(type, "text"))
		assert_true(json_get_text(node, "text").length > 0);
	count_marks(node, census);
	for (size_t i = 0; i < json_array_size(content); i++)
		check_node(json_array_get(content, i), census);
}

/* Every lesson of the work is read back and looked through. */
static struct census take_census(struct fixture *f)
{
	struct look all = look(f, NULL);
	struct census census = { 0 };

	for (size_t i = 0; i < all.work.section_count; i++) {
		for (size_t k = 0; k < all.work.sections[i].lesson_count; k++) {
			struct lesson_head *head = &all.work.sections[i].lessons[k];
			struct look one = look(f, arena_cstr(f->arena, head->key));
			json_t *doc;

			assert_done(json_read(f->arena, one.lesson.doc, &doc));
			check_node(doc, &census);
			assert_true(head->title.length > 0);
			census.lessons++;
			census.quizzes += one.quiz_count;
		}
	}
	return census;
}

/* ---- the demo ---- */

static void test_demo(void **state)
{
	static const char *const works[] = { "bookkeeping", "c-language", "probability", "recommender", "sql", "statistics-en", "writing" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
		const char *folder = arena_cstr(f->arena, arena_format(f->arena, "%s/%s", source_path("demo"), works[i]));
		const char *language = i == 5 ? "en" : "zh-CN";
		struct census census;

		assert_done(import(f, folder, language, false));
		assert_int_equal(f->report.change, WORK_ADDED);
		assert_int_equal(f->report.note_count, 0);
		assert_int_equal(f->report.lessons, shell_number(folder, "ls *.md | wc -l"));
		assert_int_equal(f->report.quizzes, shell_number(folder, "ls quiz/*.json | wc -l"));
		assert_int_equal(f->report.images, shell_number(folder, "(ls images/*.png 2>/dev/null || true) | wc -l"));
		census = take_census(f);
		assert_int_equal(census.lessons, f->report.lessons);
		assert_int_equal(census.quizzes, f->report.quizzes);
		assert_int_equal(census.images, f->report.images);
		assert_int_equal(census.missing, 0);
		assert_int_equal(census.links, shell_number(folder, "cat *.md | grep -oE '\\]\\([^)]*\\.md' | wc -l"));
		assert_done(import(f, folder, language, false));
		assert_int_equal(f->report.change, WORK_SAME);
	}
}

static void test_demo_details(void **state)
{
	struct fixture *f = *state;
	struct look one;

	assert_done(import(f, source_path("demo/c-language"), "zh-CN", false));
	one = look(f, "02-arrays-and-pointers");
	assert_text(one.work.card.title, "C 语言：指针、内存与可靠的程序");
	assert_text(one.work.card.slug, "c-language");
	assert_text(one.work.card.category.name, "编程");
	assert_int_equal(one.work.card.price.fen, 9900);
	assert_int_equal(one.work.card.kind, WORK_COURSE);
	assert_text(one.lesson.title, "数组与指针：像，但不是一回事");
	assert_text(one.lesson.section, "地址与格子");
	assert_false(one.lesson.free);
	assert_true(look(f, "01-values-and-addresses").lesson.free);
	assert_int_equal(one.quiz_count, 1);
	assert_text(one.quizzes[0].key, "quiz/02");
	assert_text(one.quizzes[0].title, "指针与数组");
}

/* ---- a course as found ---- */

static void same_list(struct fixture *f, const char *file)
{
	char *printed = NULL, *wanted = calloc(1, 1 << 20);
	size_t printed_length = 0, wanted_length;
	FILE *memory = open_memstream(&printed, &printed_length), *list = fopen(source_path(file), "rb");
	struct text have, want;

	assert_non_null(list);
	import_print(&f->report, memory);
	fclose(memory);
	wanted_length = fread(wanted, 1, 1 << 20, list);
	fclose(list);
	have = (struct text){ printed, printed_length };
	want = (struct text){ wanted, wanted_length };
	while (want.length) {
		struct text a = text_cut(&have, '\n'), b = text_cut(&want, '\n');

		assert_text(a, arena_cstr(f->arena, b));
	}
	/* the summing up is all that is left */
	text_cut(&have, '\n');
	assert_int_equal(have.length, 0);
	free(printed);
	free(wanted);
}

static void test_course(struct fixture *f, const char *language, const char *folder, const char *list)
{
	static char course[500];
	char command[500];
	struct census census;
	struct look all;

	snprintf(course, sizeof course, "%s", source_path("../shared/data/courses/iot-for-beginners"));
	if (access(course, R_OK)) {
		print_message("skipped: %s is not there\n", course);
		skip();
	}
	assert_done(import(f, course, language, false));
	assert_int_equal(f->report.change, WORK_ADDED);
	snprintf(command, sizeof command, "find translations/%s -name '*.md' | wc -l", folder);
	assert_int_equal(f->report.lessons + notes_of(f, NOTE_LEFT_OUT), shell_number(course, command));
	snprintf(command, sizeof command, "find translations/%s/*/lessons -mindepth 1 -maxdepth 1 -type d | wc -l", folder);
	assert_int_equal(shell_number(course, command), 24);
	snprintf(command, sizeof command, "for i in translated_images/*; do grep -rqF --include=*.md \"$(basename \"$i\")\" translations/%s && echo 1; done | wc -l", folder);
	assert_int_equal(f->report.images, shell_number(course, command));
	assert_int_equal(f->report.quizzes, 48);
	census = take_census(f);
	assert_int_equal(census.lessons, 127);
	assert_int_equal(census.quizzes, 48);
	all = look(f, "1-getting-started/lessons/1-introduction-to-iot");
	assert_int_equal(all.work.section_count, 7);
	assert_int_equal(all.quiz_count, 2);
	assert_text(all.quizzes[0].key, "quiz/1");
	assert_text(all.lesson.next_key, "1-getting-started/lessons/1-introduction-to-iot/assignment");
	same_list(f, list);
	assert_done(import(f, course, language, false));
	assert_int_equal(f->report.change, WORK_SAME);
}

static void test_course_chinese(void **state)
{
	test_course(*state, "zh-CN", "zh", "src/catalog/testdata/iot-zh.txt");
	assert_int_equal(((struct fixture *)*state)->report.images, 84);
	assert_text(look(*state, NULL).work.sections[1].title, "农场");
}

static void test_course_english(void **state) { test_course(*state, "en", "en", "src/catalog/testdata/iot-en.txt"); }

/* ---- again ---- */

static const char *copy_of(struct fixture *f, const char *demo)
{
	const char *copy = arena_cstr(f->arena, arena_format(f->arena, "%s/%s", f->folder, demo));

	shell("cp -r %s/%s %s && chmod -R u+w %s", source_path("demo"), demo, copy, copy);
	return copy;
}

static void test_again(void **state)
{
	struct fixture *f = *state;
	const char *copy = copy_of(f, "probability");
	struct look before, after;
	struct work_id id;

	assert_done(import(f, copy, "zh-CN", false));
	id = f->report.work;
	before = look(f, "03-given-that");
	shell("echo '补一句。' >> %s/03-given-that.md", copy);
	assert_done(import(f, copy, "zh-CN", false));
	assert_int_equal(f->report.change, WORK_REVISED);
	assert_int_equal(f->report.work.v, id.v);
	after = look(f, "03-given-that");
	assert_int_equal(after.work.card.edition.v, before.work.card.edition.v);
	assert_int_equal(after.work.revision, before.work.revision + 1);
	assert_true(text_find(after.lesson.doc, TEXT("补一句。")) != SIZE_MAX);
	shell("echo '再补一句。' >> %s/03-given-that.md", copy);
	assert_done(import(f, copy, "zh-CN", true));
	assert_int_equal(f->report.change, WORK_NEW_EDITION);
	assert_int_equal(f->report.work.v, id.v);
	after = look(f, "03-given-that");
	assert_int_equal(after.work.edition_number, 2);
	assert_int_equal(after.work.section_count, before.work.section_count);
	for (size_t i = 0; i < after.work.section_count; i++) {
		for (size_t k = 0; k < after.work.sections[i].lesson_count; k++)
			assert_true(text_eq(after.work.sections[i].lessons[k].key, before.work.sections[i].lessons[k].key));
	}
	assert_done(import(f, copy, "zh-CN", true));
	assert_int_equal(f->report.change, WORK_SAME);
}

/* ---- refused ---- */

static problem count_works(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from work", V0);
	return tx_problem(tx);
}

static void wants_wrong(struct fixture *f, const char *folder, const char *file, const char *what)
{
	int64_t works = -1;

	assert_problem(import(f, folder, "zh-CN", false), import_wrong);
	assert_true(has_note(f, NOTE_WRONG, file, what));
	assert_done(db_read(f->db, count_works, &works));
	assert_int_equal(works, 0);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	const char *copy = copy_of(f, "writing");

	assert_problem(import(f, "/nowhere", "zh-CN", false), import_no_folder);
	shell("mkdir %s/empty", f->folder);
	assert_problem(import(f, arena_cstr(f->arena, arena_format(f->arena, "%s/empty", f->folder)), "zh-CN", false), import_no_folder);
	shell("mv %s/02-structure.md %s/moved", copy, copy);
	wants_wrong(f, copy, "work.json", "02-structure.md");
	shell("printf 'a\\377b' > %s/02-structure.md", copy);
	wants_wrong(f, copy, "02-structure.md", "");
	shell("mv %s/moved %s/02-structure.md && sed -i 's/\"price\": 2900/\"price\": \"2900\"/' %s/work.json", copy, copy, copy);
	wants_wrong(f, copy, "work.json", "price: type");
	shell("sed -i 's/\"price\": \"2900\"/\"price\": 2900/' %s/work.json && sed -i '0,/\"answer\": \\[[0-9]/s//\"answer\": [9/' %s/quiz/02.json", copy, copy);
	wants_wrong(f, copy, "quiz/02.json", "names no option");
}

/* What work.json may not say of addresses: a change to it, the file of the note, and what is said. */
static void test_refused_keys(void **state)
{
	static const struct {
		const char *from, *to, *file, *says;
	} wrong[] = {
		{ "\"02-structure.md\"]", "\"quiz\\/..\\/02-structure.md\"]", "work.json", "there is no lesson" },
		{ "\"02-structure.md\"]", "\"\\/02-structure.md\"]", "work.json", "there is no lesson" },
		{ "\"key\": \"04-explain\"", "\"key\": \"\"", "work.json", "no address can hold" },
		{ "\"key\": \"04-explain\"", "\"key\": \"a\\/..\\/b\"", "work.json", "no address can hold" },
		{ "\"key\": \"04-explain\"", "\"key\": \"a?b\"", "work.json", "no address can hold" },
		{ "\"key\": \"04-explain\"", "\"key\": \"05-revise\"", "05-revise.md", "two lessons have the key" },
		{ "\"02-structure.md\"]", "\"01-one-reader.md\"]", "01-one-reader.md", "two lessons have the key" },
		{ "quiz\\/05.json", "quiz\\/02.json", "quiz/02.json", "two quizzes have the key" },
		{ "quiz\\/05.json", "quiz\\/.\\/05.json", "quiz/./05.json", "there is no quiz" },
	};
	struct fixture *f = *state;
	const char *copy = copy_of(f, "writing");

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		shell("cp %s/work.json %s/kept && sed -i 's/%s/%s/' %s/work.json", copy, copy, wrong[i].from, wrong[i].to, copy);
		wants_wrong(f, copy, wrong[i].file, wrong[i].says);
		shell("mv %s/kept %s/work.json", copy, copy);
	}
	assert_done(import(f, copy, "zh-CN", false));
}

/* A folder of strangers: addresses and links that lead out of it find nothing. */
static void test_hostile_folder(void **state)
{
	struct fixture *f = *state;

	shell("mkdir %s/x && printf '# T\\n\\n![a](../secret.png) ![b](/etc/passwd) ![c](link.png) [d](../../../etc/passwd) [e](javascript:alert(1))\\n' > %s/x/a.md && "
	      "printf 'x' > %s/secret.png && ln -s ../secret.png %s/x/link.png && ln -s /etc/passwd %s/x/b.md && ln -s / %s/x/all",
	      f->folder, f->folder, f->folder, f->folder, f->folder, f->folder);
	assert_problem(import(f, arena_cstr(f->arena, arena_format(f->arena, "%s/x", f->folder)), "zh-CN", false), import_wrong);
	assert_true(has_note(f, NOTE_WRONG, "b.md", ""));
	shell("rm %s/x/b.md", f->folder);
	assert_done(import(f, arena_cstr(f->arena, arena_format(f->arena, "%s/x", f->folder)), "zh-CN", false));
	assert_int_equal(notes_of(f, NOTE_IMAGE), 3);
	assert_int_equal(notes_of(f, NOTE_LINK), 2);
	assert_int_equal(f->report.lessons, 1);
	assert_text(f->report.title, "x");
	assert_true(text_find(look(f, "a").lesson.doc, TEXT("javascript")) == SIZE_MAX);
}

/* ---- a catalogue ---- */

static const char rows[] =
	"7\t七步诗\t曹植\t诗词 三国\t煮豆持作羹，漉菽以为汁。\tpoem\t5\t301\n"
	"8\t新闻一则\t记者\t\t今天有新闻。\tnews\t403355\t0\n"
	"9\tC 语言\t曹植\t编程\t学 \"C\"。\tcourse\t1\t1499\n";

static problem find_seven(struct tx *tx, void *arg)
{
	struct look *look = arg;
	struct work_card card;
	problem why;

	tx_use_arena(tx, look->f->arena);
	why = work_by_slug(tx, TEXT("catalogue-7"), &card);
	if (!why)
		why = work_load(tx, &card, &look->work);
	return why ? why : lesson_load(tx, card.edition, TEXT("text"), &look->lesson);
}

static void test_catalogue(void **state)
{
	struct fixture *f = *state;
	struct look seven = { .f = f };
	const char *file = arena_cstr(f->arena, arena_format(f->arena, "%s/rows.tsv", f->folder));
	FILE *out = fopen(file, "w");

	fputs(rows, out);
	fclose(out);
	assert_done(import_catalogue(f->db, text_of(file), 0, f->arena, &f->report));
	assert_int_equal(f->report.works, 3);
	assert_int_equal(f->report.works_changed, 3);
	assert_done(db_read(f->db, find_seven, &seven));
	assert_text(seven.work.card.title, "七步诗");
	assert_text(seven.work.card.author.name, "曹植");
	assert_text(seven.work.card.category.name, "诗词");
	assert_int_equal(seven.work.tag_count, 2);
	assert_int_equal(seven.work.card.kind, WORK_EBOOK);
	assert_int_equal(seven.work.card.price.fen, 100);
	assert_int_equal(seven.work.card.sales, 0);
	assert_int_equal(seven.work.card.published_ms, INT64_C(1790000000000) - 301 * INT64_C(86400000));
	assert_true(text_find(seven.lesson.doc, TEXT("煮豆持作羹")) != SIZE_MAX);
	shell("gzip %s", file);
	file = arena_cstr(f->arena, arena_format(f->arena, "%s.gz", file));
	assert_done(import_catalogue(f->db, text_of(file), 2, f->arena, &f->report));
	assert_int_equal(f->report.works, 2);
	assert_int_equal(f->report.works_changed, 0);
	assert_problem(import(f, source_path("demo/writing"), "fr", false), import_wrong);
	assert_true(has_note(f, NOTE_WRONG, "language", "zh-CN and en"));
}

static problem find_creator(struct tx *tx, void *arg)
{
	struct creator creator;

	return creator_by_name(tx, text_of(arg), &creator);
}

/* A name that was mistyped neither takes a work from its creator nor leaves a new one behind. */
static void test_another_creator(void **state)
{
	struct fixture *f = *state;
	char folder[500], mistyped[] = "何以按";

	snprintf(folder, sizeof folder, "%s", source_path("demo/writing"));
	assert_done(import_as(f, folder, "何以安", false));
	assert_true(text_is(f->report.new_creator, "何以安"));
	assert_done(import_as(f, folder, "何以安", false));
	assert_null(f->report.new_creator.at);
	assert_int_equal(f->report.change, WORK_SAME);
	assert_problem(import_as(f, folder, "何以按", false), import_other_creator);
	assert_true(has_note(f, NOTE_WRONG, "writing", "何以安"));
	assert_null(f->report.new_creator.at);
	assert_problem(db_read(f->db, find_creator, mistyped), creator_missing);
	assert_done(import_as(f, folder, "何以按", true));
	assert_true(text_is(f->report.new_creator, "何以按"));
	assert_int_equal(f->report.change, WORK_REVISED);
	assert_problem(import_as(f, folder, "何以安", false), import_other_creator);
}

static void test_catalogue_refused(void **state)
{
	static const char *const wrong[] = { "1\ta\tb\tc\td\tcourse\t1\n", "1\ta\tb\tc\td\tcourse\t1\t2\t3\n", "x\ta\tb\tc\td\tcourse\t1\t2\n",
		                             "1\ta\tb\tc\td\tsong\t1\t2\n", "1\t\tb\tc\td\tcourse\t1\t2\n",
		                             "0\ta\tb\tc\td\tcourse\t1\t2\n", "1\ta\tb\tc\td\tcourse\t-1\t2\n", "1\ta\tb\tc\td\tcourse\t1\t-2\n",
		                             "1\ta\tb\tc\td\tcourse\t1\t9223372036854775807\n", "1\ta\xFF\tb\tc\td\tcourse\t1\t2\n" };
	struct fixture *f = *state;
	const char *file = arena_cstr(f->arena, arena_format(f->arena, "%s/rows.tsv", f->folder));

	assert_problem(import_catalogue(f->db, TEXT("/nowhere"), 0, f->arena, &f->report), import_no_file);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		FILE *out = fopen(file, "w");

		fputs(wrong[i], out);
		fclose(out);
		assert_problem(import_catalogue(f->db, text_of(file), 0, f->arena, &f->report), import_wrong);
		assert_int_equal(f->report.notes[0].line, 1);
	}
}

static void test_catalogue_real(void **state)
{
	enum { ROWS = 2500 };
	struct fixture *f = *state;
	static char file[500];

	snprintf(file, sizeof file, "%s", source_path("../shared/data/catalogue/docs-100k.tsv.gz"));
	if (access(file, R_OK)) {
		print_message("skipped: %s is not there\n", file);
		skip();
	}
	assert_done(import_catalogue(f->db, text_of(file), ROWS, f->arena, &f->report));
	assert_int_equal(f->report.works_changed, ROWS);
	assert_done(import_catalogue(f->db, text_of(file), ROWS, f->arena, &f->report));
	assert_int_equal(f->report.works, ROWS);
	assert_int_equal(f->report.works_changed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_demo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_demo_details, setup, teardown),
		cmocka_unit_test_setup_teardown(test_course_chinese, setup, teardown),
		cmocka_unit_test_setup_teardown(test_course_english, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_creator, setup, teardown),
		cmocka_unit_test_setup_teardown(test_catalogue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_catalogue_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_catalogue_real, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
