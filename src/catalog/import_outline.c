/* import_outline.c - which files of the folder are lessons, in which sections and order: as work.json says, else by the side bar
 * (docs/_sidebar.md or _sidebar.md), else by path. */
#include "catalog/import_parts.h"

enum { WORK_FILE_MAX = 256 * 1024 };

/* ---- pages ---- */

static bool key_is_taken(const struct importing *p, struct text key)
{
	for (size_t i = 0; i < p->page_count; i++) {
		if (text_eq(p->pages[i].key, key))
			return true;
	}
	return false;
}

static bool fits_address(char c) { return (unsigned char)c > ' ' && c != 0x7F && !strchr("?#%\\\"<>", c); }

static bool is_key(struct text key)
{
	for (size_t i = 0; i < key.length; i++) {
		if (!fits_address(key.at[i]))
			return false;
	}
	return key.length && import__is_plain(key);
}

/* Its path without ".md" and "/README": the address of the lesson, so nothing that an address cannot hold. */
static struct text key_of(const struct importing *p, struct text path)
{
	struct text key = text_head(path, path.length - 3);
	char *out = arena_alloc(p->arena, path.length + 1);

	if (text_ends(key, TEXT("/README")) && !key_is_taken(p, text_head(key, key.length - 7)))
		key.length -= 7;
	for (size_t i = 0; i < key.length; i++)
		out[i] = fits_address(key.at[i]) ? key.at[i] : '-';
	return (struct text){ out, key.length };
}

struct import_page *import__add_page(struct importing *p, struct text path, size_t section)
{
	struct import_page *page = &p->pages[p->page_count];

	if (p->page_count == IMPORT_PAGES_MAX) {
		import__wrong(p, path, TEXT("too many lessons"));
		return NULL;
	}
	*page = (struct import_page){ .path = path, .key = key_of(p, path), .section = section };
	p->page_count++;
	return page;
}

/* ---- derived ---- */

static bool is_meta(struct text path)
{
	static const char *const names[] = { "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md", "SUPPORT.md", "LICENSE.md", "CHANGELOG.md",
		                             "TRANSLATIONS.md", "_sidebar.md", "_navbar.md", "_coverpage.md" };
	static const char *const folders[] = { "quiz-app", "lesson-template", "images", "assets", ".github" };
	struct text part = { 0 };

	while (path.length) {
		part = text_cut(&path, '/');
		for (size_t i = 0; path.at && i < sizeof folders / sizeof *folders; i++) {
			if (text_is(part, folders[i]))
				return true;
		}
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_eq_nocase(part, text_of(names[i])))
			return true;
	}
	return false;
}

struct outline {
	struct importing *p;
	struct text *paths;
	bool *taken;
	size_t path_count;
	struct text folders[WORK_SECTIONS_MAX]; /* of each section: the first part of its paths */
};

static struct text first_part(struct text path)
{
	size_t slash = text_find_char(path, '/');

	return slash == SIZE_MAX ? TEXT("") : text_head(path, slash);
}

static size_t section_of(struct outline *o, struct text path, struct text title)
{
	struct importing *p = o->p;
	struct text folder = first_part(path);

	for (size_t i = 0; i < p->draft.section_count; i++) {
		if (text_eq(o->folders[i], folder))
			return i;
	}
	if (p->draft.section_count == WORK_SECTIONS_MAX) {
		import__wrong(p, path, TEXT("too many sections"));
		return 0;
	}
	o->folders[p->draft.section_count] = folder;
	p->sections[p->draft.section_count] = (struct section_draft){ .title = title };
	return p->draft.section_count++;
}

static void take(struct outline *o, size_t i, struct text title)
{
	if (o->taken[i])
		return;
	o->taken[i] = true;
	if (is_meta(o->paths[i]))
		import__note(o->p, NOTE_LEFT_OUT, import__in_base(o->p, o->paths[i]), 0, TEXT("about the repository, no lesson"));
	else
		import__add_page(o->p, o->paths[i], section_of(o, o->paths[i], title));
}

static size_t folder_length(struct text path)
{
	size_t n = path.length;

	while (n && path.at[n - 1] != '/')
		n--;
	return n;
}

/* A file that the side bar names brings its section's own page before it, and its folder's other pages behind it. */
static void take_named(struct outline *o, struct text path, struct text title)
{
	struct text folder = text_head(path, folder_length(path));
	struct text own = arena_format(o->p->arena, "%.*s/README.md", TEXT_ARG(first_part(path)));

	for (size_t i = 0; i < o->path_count; i++) {
		if (folder.length && text_eq(o->paths[i], own))
			take(o, i, title);
	}
	for (size_t i = 0; i < o->path_count; i++) {
		bool sibling = folder.length && text_starts(o->paths[i], folder) && folder_length(o->paths[i]) == folder.length;

		if (text_eq(o->paths[i], path) || (sibling && folder.length > first_part(path).length + 1))
			take(o, i, title);
	}
}

/* "- Title", or "  - [1](../path/README.md)" */
static void take_side_bar(struct outline *o, struct text file, struct text lines)
{
	struct text title = { 0 };

	while (lines.length) {
		struct text line = text_trim(text_cut(&lines, '\n')), path;
		size_t open = text_find(line, TEXT("](")), close;

		if (!line.length || !strchr("-*+", *line.at))
			continue;
		if (open == SIZE_MAX) {
			title = text_trim(text_from(line, 1));
			continue;
		}
		close = text_find_char(text_from(line, open), ')');
		if (close == SIZE_MAX || !import__resolve(o->p->arena, file, (struct text){ line.at + open + 2, close - 2 }, &path))
			continue;
		if (o->p->root.length && text_starts(path, o->p->root))
			path = text_from(path, o->p->root.length + 1);
		take_named(o, path, title);
	}
}

/* The pages of the root itself: in front when there is nothing else, else an appendix. */
static void take_root(struct outline *o)
{
	bool english = text_is(o->p->draft.language, "en");
	struct text title = o->p->draft.section_count == 0 ? (struct text){ 0 } : english ? TEXT("Appendix") : TEXT("附录");

	for (size_t i = 0; i < o->path_count; i++) {
		if (!first_part(o->paths[i]).length)
			take(o, i, title);
	}
}

void import__derive(struct importing *p)
{
	static const char *const side_bars[] = { "_sidebar.md", "docs/_sidebar.md" };
	struct outline o = { .p = p };

	o.paths = import__walk(p, &o.path_count);
	o.taken = ARENA_ARRAY(p->arena, bool, o.path_count + 1);
	for (size_t i = 0; i < sizeof side_bars / sizeof *side_bars; i++) {
		struct text file = import__in_base(p, text_of(side_bars[i])), lines;

		if (import__read(p, file, MARKDOWN_MAX, &lines))
			take_side_bar(&o, file, lines);
	}
	for (size_t i = 0; i < o.path_count; i++) {
		if (first_part(o.paths[i]).length)
			take(&o, i, (struct text){ 0 });
	}
	take_root(&o);
}

/* ---- work.json ---- */

struct listed_section {
	struct text title, lessons; /* lessons: JSON, each a path or {"path","key","title"} */
};
struct listed_quiz {
	struct text after, file;
};
struct work_file {
	struct text title, subtitle, summary, slug, language, category;
	int kind;
	struct text *for_whom, *tags, *free;
	size_t for_whom_count, tag_count, free_count;
	struct money price;
	enum given price_given;
	struct listed_section *sections;
	size_t section_count;
	struct listed_quiz *quizzes;
	size_t quiz_count;
};
static const struct shape listed_section_shape = SHAPE(listed_section,
	FIELD(listed_section, title,   SHAPE_TEXT, .min = 1, .max = 100),
	FIELD(listed_section, lessons, SHAPE_JSON));
static const struct shape listed_quiz_shape = SHAPE(listed_quiz,
	FIELD(listed_quiz, after, SHAPE_TEXT, .max = 300),
	FIELD(listed_quiz, file,  SHAPE_TEXT, .max = 300));
static const struct shape work_file_shape = SHAPE(work_file,
	FIELD(work_file, title,    SHAPE_TEXT, .optional = true, .min = 1, .max = 200),
	FIELD(work_file, subtitle, SHAPE_TEXT, .optional = true, .max = 200),
	FIELD(work_file, summary,  SHAPE_TEXT, .optional = true, .max = 2000),
	FIELD(work_file, slug,     SHAPE_TEXT, .optional = true, .pattern = "slug"),
	FIELD(work_file, language, SHAPE_TEXT, .optional = true, .pattern = "language"),
	FIELD(work_file, category, SHAPE_TEXT, .optional = true, .max = 50),
	FIELD(work_file, kind,     SHAPE_ENUM, .optional = true, .names = work_kind_names),
	LIST_OF(work_file, for_whom, for_whom_count, SHAPE_TEXT, .optional = true, .max = 20),
	LIST_OF(work_file, tags, tag_count, SHAPE_TEXT, .optional = true, .max = WORK_TAGS_MAX),
	LIST_OF(work_file, free, free_count, SHAPE_TEXT, .optional = true, .max = WORK_LESSONS_MAX),
	FIELD(work_file, price,    SHAPE_MONEY, .optional = true, .max = 100000000, .given_at = offsetof(struct work_file, price_given)),
	LIST(work_file, sections, section_count, &listed_section_shape, .optional = true, .max = WORK_SECTIONS_MAX),
	LIST(work_file, quizzes, quiz_count, &listed_quiz_shape, .optional = true, .max = IMPORT_QUIZZES_MAX));

static void add_listed(struct importing *p, struct text file, const json_t *lesson, size_t section)
{
	struct text path = json_is_string(lesson) ? json_text(lesson) : json_get_text(lesson, "path"), key = json_get_text(lesson, "key");
	struct import_page *page;

	if (!text_ends(path, TEXT(".md")) || !import__is_plain(path) || !import__exists(p, import__in_base(p, path))) {
		import__wrong(p, file, arena_format(p->arena, "sections: there is no lesson \"%.*s\"", TEXT_ARG(path)));
		return;
	}
	page = import__add_page(p, path, section);
	if (!page)
		return;
	page->title = json_get_text(lesson, "title");
	if (key.at)
		page->key = key;
	if (!is_key(page->key))
		import__wrong(p, file, arena_format(p->arena, "sections: no address can hold the key \"%.*s\"", TEXT_ARG(key)));
}

static void take_sections(struct importing *p, struct text file, const struct work_file *work)
{
	for (size_t i = 0; i < work->section_count; i++) {
		json_t *lessons;

		p->sections[i].title = work->sections[i].title;
		if (json_read(p->arena, work->sections[i].lessons, &lessons) || !json_is_array(lessons)) {
			import__wrong(p, file, TEXT("sections: lessons is a list"));
			return;
		}
		for (size_t k = 0; k < json_array_size(lessons); k++)
			add_listed(p, file, json_array_get(lessons, k), i);
	}
	p->draft.section_count = work->section_count;
}

static void take_free(struct importing *p, struct text file, const struct work_file *work)
{
	for (size_t i = 0; i < work->free_count; i++) {
		struct import_page *page = import__page_by_path(p, work->free[i]);

		if (page)
			page->free = true;
		else
			import__wrong(p, file, arena_format(p->arena, "free: there is no lesson \"%.*s\"", TEXT_ARG(work->free[i])));
	}
}

static void take_quizzes(struct importing *p, struct text file, const struct work_file *work)
{
	for (size_t i = 0; i < work->quiz_count; i++) {
		struct import_page *page = import__page_by_path(p, work->quizzes[i].after);

		if (page)
			import__quiz_file(p, import__in_base(p, work->quizzes[i].file), page->key);
		else
			import__wrong(p, file, arena_format(p->arena, "quizzes: there is no lesson \"%.*s\"", TEXT_ARG(work->quizzes[i].after)));
	}
}

static void take_head(struct importing *p, const struct work_file *work)
{
	struct work_draft *draft = &p->draft;

	draft->title = work->title;
	draft->subtitle = work->subtitle;
	draft->summary = work->summary;
	draft->slug = work->slug;
	draft->category = work->category;
	draft->kind = work->kind;
	draft->for_whom = work->for_whom;
	draft->for_whom_count = work->for_whom_count;
	draft->tags = work->tags;
	draft->tag_count = work->tag_count;
	if (!p->options->language.at && work->language.at)
		draft->language = work->language;
	if (!draft->price_given && work->price_given == GIVEN_VALUE) {
		draft->price = work->price;
		draft->price_given = true;
	}
}

static void read_work_file(struct importing *p, struct text file, struct text json)
{
	struct work_file work = { .kind = WORK_COURSE };
	struct field_errors errors = { 0 };
	problem why = shape_read(&work_file_shape, p->arena, json, &work, &errors);

	for (size_t i = 0; why && i < errors.count; i++)
		import__wrong(p, file, arena_format(p->arena, "%.*s: %s", TEXT_ARG(errors.items[i].path), errors.items[i].why));
	if (why) {
		import__wrong(p, file, text_of(why->title));
		return;
	}
	if (work.kind == WORK_BUNDLE)
		import__wrong(p, file, TEXT("kind: a bundle is put together of works in the studio, and has no folder"));
	take_head(p, &work);
	p->listed = work.section_count > 0;
	if (p->listed)
		take_sections(p, file, &work);
	else
		import__derive(p);
	take_free(p, file, &work);
	take_quizzes(p, file, &work);
}

static void refuse_twins(struct importing *p)
{
	for (size_t i = 0; i < p->page_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (text_eq(p->pages[i].key, p->pages[k].key))
				import__wrong(p, import__in_base(p, p->pages[i].path),
				              arena_format(p->arena, "two lessons have the key \"%.*s\"", TEXT_ARG(p->pages[i].key)));
		}
	}
}

void import__outline(struct importing *p)
{
	struct text file = import__in_base(p, TEXT("work.json")), json;

	p->draft.kind = WORK_COURSE;
	if (import__read(p, file, WORK_FILE_MAX, &json))
		read_work_file(p, file, json);
	else
		import__derive(p);
	refuse_twins(p);
}
