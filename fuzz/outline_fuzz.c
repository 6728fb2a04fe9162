/* outline_fuzz.c - what stands beside the lessons of a folder: work.json, a quiz, the file of a quiz-app, the side bar. The
 * first line of the input says which of them the rest is.
 *
 * Promised: if nothing is wrong, each lesson has a key that an address can hold, no two have the same, each lies in a section
 * that is there, and each quiz reads back and belongs to a lesson. */
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/import_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_WORK, FILE_QUIZ, FILE_APP, FILE_BAR, FILES };
static const char *const names[FILES] = { "work.json", "quiz.json", "quiz-app/src/assets/translations/zh.json", "_sidebar.md" };
static const char listed[] = "{\"sections\":[{\"title\":\"S\",\"lessons\":[\"a.md\"]}],\"quizzes\":[{\"after\":\"a.md\",\"file\":\"quiz.json\"}]}";

/* ---- a folder with three lessons ---- */

static char base[PATH_MAX];
static const char *const folders[] = { "", "/b", "/quiz-app", "/quiz-app/src", "/quiz-app/src/assets", "/quiz-app/src/assets/translations" };
static const char *const lessons[] = { "a.md", "b/README.md", "b/c.md" };

static const char *path_of(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", base, name);
	return path;
}

static void put_file(const char *name, struct text bytes)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes.at, bytes.length) != (ssize_t)bytes.length || close(fd))
		abort();
}

static void drop_folder(void)
{
	for (size_t i = 0; i < FILES; i++)
		unlink(path_of(names[i]));
	for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++)
		unlink(path_of(lessons[i]));
	for (size_t i = sizeof folders / sizeof *folders; i-- > 0;)
		rmdir(path_of(folders[i]));
}

static void make_folder(void)
{
	const char *where = getenv("TMPDIR");
	char made[PATH_MAX];

	snprintf(made, sizeof made, "%s/zhifang-outline-XXXXXX", where ? where : "/tmp");
	if (!mkdtemp(made) || !realpath(made, base))
		abort();
	for (size_t i = 1; i < sizeof folders / sizeof *folders; i++)
		if (mkdir(path_of(folders[i] + 1), 0700))
			abort();
	for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++)
		put_file(lessons[i], TEXT("# T"));
	atexit(drop_folder);
}

/* ---- what came of it ---- */

static void check_key(const struct importing *p, size_t page)
{
	struct text key = p->pages[page].key, rest = key;

	for (size_t i = 0; i < key.length; i++)
		assert((unsigned char)key.at[i] > 0x20 && key.at[i] != 0x7F && !strchr("?#%\\\"<>", key.at[i]));
	while (rest.at) {
		struct text part = text_cut(&rest, '/');

		assert(part.length && !text_is(part, ".") && !text_is(part, ".."));
	}
	for (size_t i = 0; i < page; i++)
		assert(!text_eq(p->pages[i].key, key));
}

static void check_quiz(const struct importing *p, const struct import_quiz *quiz)
{
	struct quiz_items items = { 0 };
	struct field_errors errors;
	problem why = shape_read(&quiz_items_shape, p->arena, quiz->draft.items, &items, &errors);
	bool placed = false;

	assert(!why && items.item_count && quiz->draft.key.length && quiz->draft.title.length);
	for (size_t i = 0; i < p->page_count; i++)
		placed |= text_eq(p->pages[i].key, quiz->draft.lesson_key);
	assert(placed);
	for (const struct import_quiz *other = p->quizzes; other < quiz; other++)
		assert(!text_eq(other->draft.key, quiz->draft.key));
}

static void check(const struct importing *p)
{
	for (size_t i = 0; i < p->page_count; i++) {
		assert(p->pages[i].section < p->draft.section_count);
		check_key(p, i);
	}
	for (size_t i = 0; i < p->quiz_count; i++)
		check_quiz(p, &p->quizzes[i]);
}

static void try_folder(struct importing *p)
{
	import__outline(p);
	if (!p->listed)
		import__quiz_app(p);
	p->page = p->pages;
	if (p->page_count)
		import__quiz_link(p, TEXT("https://example.org/quiz/1"));
	if (p->why || !p->page_count)
		return;
	import__place_quizzes(p);
	check(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct import_page pages[IMPORT_PAGES_MAX];
	static struct import_quiz quizzes[IMPORT_QUIZZES_MAX];
	static struct import_note notes[IMPORT_NOTES_MAX];
	static const struct import_options options;
	struct text rest = { (const char *)data, size }, sort = text_cut(&rest, '\n');
	struct arena *arena = arena_new((size_t)256 << 20);
	struct import_report report = { .notes = notes };
	struct importing *p = ARENA_NEW(arena, struct importing);

	if (!*base)
		make_folder();
	for (size_t i = 0; i < FILES; i++)
		unlink(path_of(names[i]));
	for (size_t i = 0; i < FILES; i++)
		if (rest.at && text_is(sort, names[i]))
			put_file(names[i], rest);
	if (text_is(sort, names[FILE_QUIZ]))
		put_file(names[FILE_WORK], text_of(listed));
	*p = (struct importing){ .arena = arena, .options = &options, .report = &report, .base = text_of(base), .root = TEXT(""),
		                 .pages = pages, .quizzes = quizzes, .draft.language = TEXT("zh-CN") };
	try_folder(p);
	arena_free(arena);
	return 0;
}
