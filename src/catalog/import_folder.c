/* import_folder.c - a folder becomes a draft of a work, and the draft is stored in one transaction. Whatever is wrong is found
 * before, so nothing is half done; images are kept before it, and a file that no row names is no harm. */
#include "catalog/catalog_room.h"
#include "catalog/import_parts.h"

#include <stdlib.h>

const struct problem import_no_folder = { 422, "import-no-folder", "There is no such folder, or no lesson in it." };
const struct problem import_other_creator = { 409, "import-other-creator", "This work belongs to another creator; nothing was written." };
const struct problem import_wrong = { 422, "import-wrong", "The folder has faults; see the notes." };

void import__note(struct importing *p, enum import_note_kind kind, struct text file, int64_t line, struct text what)
{
	if (p->report->note_count < IMPORT_NOTES_MAX)
		p->report->notes[p->report->note_count++] = (struct import_note){ kind, file, line, arena_text(p->arena, what) };
}

void import__wrong(struct importing *p, struct text file, struct text why)
{
	import__note(p, NOTE_WRONG, file, 0, why);
	if (!p->why)
		p->why = &import_wrong;
}

/* ---- images ---- */

static problem keep_image(struct importing *p, struct text path, struct import_image *image)
{
	struct text bytes, in_root = import__in_base(p, path);
	problem why;

	if (!import__read(p, path, MEDIA_IMAGE_MAX, &bytes) && !import__read(p, in_root, MEDIA_IMAGE_MAX, &bytes))
		return &blob_missing;
	image->blob = ARENA_NEW(p->arena, struct blob);
	why = media_keep(p->arena, p->data_folder, bytes, image->blob);
	if (why && why != &media_no_image && why != &media_too_large && !p->why)
		p->why = why;
	return why;
}

static struct import_image *find_image(struct importing *p, struct text path)
{
	struct import_image *image;

	for (size_t i = 0; i < p->image_count; i++) {
		if (text_eq(p->images[i].path, path))
			return &p->images[i];
	}
	if (p->image_count == IMPORT_IMAGES_MAX)
		return NULL;
	image = &p->images[p->image_count++];
	image->path = path;
	image->found = !keep_image(p, path, image);
	return image;
}

static struct text place(const struct importing *p) { return import__in_base(p, p->page->path); }

/* The address without query and fragment, its escapes undone. */
static bool local_path(struct importing *p, struct text href, struct text *ret)
{
	struct text path = text_head(href, text_find_char(href, '#'));

	path = text_head(path, text_find_char(path, '?'));
	return http_decode(p->arena, path, false, &path) && import__resolve(p->arena, place(p), path, ret);
}

static bool is_foreign(struct text href) { return text_find(href, TEXT("://")) != SIZE_MAX || text_starts(href, TEXT("//")) || text_starts(href, TEXT("data:")); }

static bool on_image(void *self, struct text src, int64_t line, struct markdown_image *ret)
{
	struct importing *p = self;
	struct import_image *image;
	struct text path;

	if (is_foreign(src)) {
		import__note(p, NOTE_FOREIGN_IMAGE, place(p), line, text_clip(src, 300));
		return false;
	}
	image = local_path(p, src, &path) ? find_image(p, path) : NULL;
	if (!image || !image->found) {
		import__note(p, NOTE_IMAGE, place(p), line, src);
		return false;
	}
	*ret = (struct markdown_image){ blob_name(p->arena, image->blob), image->blob->width, image->blob->height };
	return true;
}

/* ---- links ---- */

static bool has_id(const struct markdown *md, struct text id)
{
	for (size_t i = 0; i < md->id_count; i++) {
		if (text_eq(md->ids[i], id))
			return true;
	}
	return false;
}

/* The title is no part of the document: its anchor is the lesson's top. */
static struct text find_anchor(struct importing *p, const struct import_page *page, struct text href, int64_t line)
{
	size_t hash = text_find_char(href, '#');
	struct text anchor = hash == SIZE_MAX ? (struct text){ 0 } : text_from(href, hash + 1);

	if (!anchor.length || !http_decode(p->arena, anchor, false, &anchor) || text_eq(anchor, page->md.title_id))
		return (struct text){ 0 };
	if (has_id(&page->md, anchor))
		return anchor;
	import__note(p, NOTE_ANCHOR, place(p), line, href);
	return (struct text){ 0 };
}

/* Within another language's copy, or outside all of them, the same place is meant in this one. */
static const struct import_page *find_page(struct importing *p, struct text path)
{
	if (p->root.length && text_starts(path, p->root) && (path.length == p->root.length || path.at[p->root.length] == '/'))
		path = text_from(path, p->root.length + 1);
	return import__page_by_path(p, path);
}

static bool is_outward(struct text href)
{
	return text_starts(href, TEXT("https://")) || text_starts(href, TEXT("http://")) || text_starts(href, TEXT("mailto:"));
}

static bool on_link(void *self, struct text href, int64_t line, struct markdown_link *ret)
{
	struct importing *p = self;
	const struct import_page *page = NULL;
	struct text path;

	if (import__quiz_link(p, href))
		return false;
	if (is_outward(href))
		return true;
	if (text_starts(href, TEXT("#")))
		page = p->page;
	else if (!is_foreign(href) && href.length && local_path(p, href, &path))
		page = find_page(p, path);
	if (!page) {
		import__note(p, NOTE_LINK, place(p), line, href);
		return false;
	}
	*ret = (struct markdown_link){ .lesson = page->key, .anchor = find_anchor(p, page, href, line) };
	return true;
}

/* ---- pages ---- */

static void read_page(struct importing *p, struct import_page *page)
{
	struct text file = import__in_base(p, page->path);
	problem why;

	if (!import__read(p, file, MARKDOWN_MAX, &page->source)) {
		import__wrong(p, file, TEXT("it cannot be read, or is larger than a megabyte"));
		return;
	}
	why = markdown_read(p->arena, page->source, NULL, &page->md);
	if (why)
		import__wrong(p, file, text_of(why->title));
}

static void convert_page(struct importing *p, struct import_page *page)
{
	struct markdown_options options = { on_link, on_image, p };
	struct markdown md;
	problem why;

	p->page = page;
	why = markdown_read(p->arena, page->source, &options, &md);
	if (why)
		import__wrong(p, import__in_base(p, page->path), text_of(why->title));
	else
		page->md = md;
}

static struct text file_name(struct text path)
{
	size_t n = path.length;

	while (n && path.at[n - 1] != '/')
		n--;
	return text_from(path, n);
}

static struct text page_title(const struct import_page *page)
{
	struct text name = file_name(page->path);

	return page->title.length ? page->title : page->md.title.length ? page->md.title : text_head(name, name.length - 3);
}

/* ---- the work itself: what work.json does not say ---- */

static struct text cut_words(struct arena *arena, struct text t, size_t characters)
{
	struct text rest = t;

	for (size_t i = 0; i < characters && rest.length; i++)
		text_next(&rest);
	return rest.length ? arena_format(arena, "%.*s…", (int)(t.length - rest.length), t.at) : t;
}

static void derive_head(struct importing *p)
{
	enum { SUMMARY_MAX = 200 };
	struct work_draft *draft = &p->draft;
	const struct import_page *readme = import__page_by_path(p, TEXT("README.md")), *first = &p->pages[0];
	struct text folder = file_name(p->base);

	if (!draft->title.length) {
		draft->title = readme && readme->md.title.length ? readme->md.title : folder;
		import__note(p, NOTE_DERIVED, TEXT("title"), 0, draft->title);
	}
	if (!draft->summary.length) {
		draft->summary = cut_words(p->arena, readme && readme->md.lead.length ? readme->md.lead : first->md.lead, SUMMARY_MAX);
		draft->summary = draft->summary.at ? draft->summary : TEXT("");
		import__note(p, NOTE_DERIVED, TEXT("summary"), 0, draft->summary);
	}
	if (!draft->slug.length) {
		bool chinese = text_is(draft->language, "zh-CN");

		draft->slug = slug_make(p->arena, arena_format(p->arena, "%.*s%s%.*s", TEXT_ARG(folder), chinese ? "" : "-", TEXT_ARG(chinese ? TEXT("") : draft->language)), "work");
		import__note(p, NOTE_DERIVED, TEXT("slug"), 0, draft->slug);
	}
}

static struct text section_title(const struct importing *p, size_t section)
{
	for (size_t i = 0; i < p->page_count; i++) {
		if (p->pages[i].section == section)
			return p->draft.section_count == 1 ? p->draft.title : page_title(&p->pages[i]);
	}
	return p->draft.title;
}

/* Nothing says which lessons are free to look into: the first is. */
static bool any_free(const struct importing *p)
{
	for (size_t i = 0; i < p->page_count; i++) {
		if (p->pages[i].free)
			return true;
	}
	return false;
}

static struct lesson_draft lesson_of(const struct import_page *page)
{
	return (struct lesson_draft){ .key = page->key, .title = page_title(page), .doc = page->md.doc, .plain = page->md.plain,
		                      .free = page->free, .minutes = page->md.minutes };
}

static void fill_sections(struct importing *p)
{
	for (size_t i = 0; i < p->draft.section_count; i++) {
		struct section_draft *section = &p->sections[i];

		section->lessons = ARENA_ARRAY(p->arena, struct lesson_draft, p->page_count);
		for (size_t k = 0; k < p->page_count; k++) {
			if (p->pages[k].section == i)
				section->lessons[section->lesson_count++] = lesson_of(&p->pages[k]);
		}
		if (!section->title.length)
			section->title = section_title(p, i);
	}
	p->draft.sections = p->sections;
}

static void fill_draft(struct importing *p)
{
	derive_head(p);
	if (!any_free(p)) {
		p->pages[0].free = true;
		import__note(p, NOTE_DERIVED, TEXT("free"), 0, p->pages[0].key);
	}
	fill_sections(p);
	p->draft.quizzes = ARENA_ARRAY(p->arena, struct quiz_draft, p->quiz_count + 1);
	for (size_t i = 0; i < p->quiz_count; i++)
		p->draft.quizzes[i] = p->quizzes[i].draft;
	p->draft.quiz_count = p->quiz_count;
	p->draft.source = arena_format(p->arena, "%.*s:%.*s", TEXT_ARG(p->draft.language), TEXT_ARG(file_name(p->base)));
	p->draft.new_edition = p->options->new_edition;
}

/* ---- storing ---- */

/* A mistyped name must not give a work, and its income, to somebody else. */
static problem check_owner(struct tx *tx, struct importing *p)
{
	struct creator owner;
	struct work_row row;
	problem why = catalog__by_source(tx, p->draft.source, &row);

	if (why)
		return why == &work_missing ? NULL : why;
	why = creator_by_id(tx, row.creator, &owner);
	if (why || p->options->move || text_eq(owner.name, p->options->creator))
		return why;
	import__note(p, NOTE_WRONG, file_name(p->base), 0,
	             arena_format(p->arena, "its creator is %.*s, not %.*s; --move hands it over, with what it earns from now on",
	                          TEXT_ARG(owner.name), TEXT_ARG(p->options->creator)));
	return &import_other_creator;
}

static problem find_creator(struct tx *tx, struct importing *p, struct creator *ret)
{
	problem why = creator_by_name(tx, p->options->creator, ret);

	p->new_creator = why == &creator_missing;
	if (!p->new_creator)
		return why;
	return creator_add(tx, p->options->creator, p->options->about.at ? p->options->about : TEXT(""), (struct user_id){ 0 }, ret);
}

static problem store(struct tx *tx, void *arg)
{
	struct importing *p = arg;
	struct creator creator;
	problem why = check_owner(tx, p);

	if (!why)
		why = find_creator(tx, p, &creator);
	if (why)
		return why;
	for (size_t i = 0; i < p->image_count; i++) {
		if (p->images[i].found)
			media_add(tx, p->images[i].blob);
	}
	p->draft.creator = creator.id;
	return work_store(tx, &p->draft, p->options->by, &p->report->change, &p->report->work);
}

static void count(struct importing *p)
{
	p->report->title = p->draft.title;
	p->report->sections = p->draft.section_count;
	p->report->lessons = p->page_count;
	p->report->quizzes = p->quiz_count;
	for (size_t i = 0; i < p->image_count; i++)
		p->report->images += p->images[i].found;
}

/* ---- the whole ---- */

/* "zh-CN": translations/zh-CN, translations/zh; else the folder itself */
static struct text find_root(const struct importing *p)
{
	struct text language = p->draft.language, root;

	for (size_t n = language.length; n; n = n > 2 ? 2 : 0) {
		root = arena_format(p->arena, "translations/%.*s", (int)n, language.at);
		if (import__exists(p, arena_format(p->arena, "%.*s/README.md", TEXT_ARG(root))))
			return root;
	}
	return TEXT("");
}

static bool open_folder(struct importing *p)
{
	char *real = realpath(arena_cstr(p->arena, p->options->folder), NULL);

	if (real)
		p->base = arena_text(p->arena, text_of(real));
	free(real);
	p->draft.language = p->options->language.length ? p->options->language : TEXT("zh-CN");
	p->draft.price = p->options->price;
	p->draft.price_given = p->options->price_given;
	if (p->base.length)
		p->root = find_root(p);
	return p->base.length > 1;
}

/* A work in another language would have no address, and no page to stand on. */
static bool is_of_the_site(struct text language) { return text_is(language, "zh-CN") || text_is(language, "en"); }

static void read_folder(struct importing *p)
{
	import__outline(p);
	if (!p->listed)
		import__quiz_app(p);
	for (size_t i = 0; i < p->page_count; i++)
		read_page(p, &p->pages[i]);
	for (size_t i = 0; !p->why && i < p->page_count; i++)
		convert_page(p, &p->pages[i]);
}

problem import_folder(struct db *db, struct text data_folder, const struct import_options *options, struct arena *arena, struct import_report *ret)
{
	struct importing *p = ARENA_NEW(arena, struct importing);
	problem why;

	*ret = (struct import_report){ .notes = ARENA_ARRAY(arena, struct import_note, IMPORT_NOTES_MAX) };
	p->arena = arena;
	p->options = options;
	p->report = ret;
	p->data_folder = data_folder;
	p->pages = ARENA_ARRAY(arena, struct import_page, IMPORT_PAGES_MAX);
	p->images = ARENA_ARRAY(arena, struct import_image, IMPORT_IMAGES_MAX);
	p->quizzes = ARENA_ARRAY(arena, struct import_quiz, IMPORT_QUIZZES_MAX);
	if (!open_folder(p))
		return &import_no_folder;
	read_folder(p);
	if (!is_of_the_site(p->draft.language))
		import__wrong(p, p->options->language.length ? TEXT("language") : TEXT("work.json"), TEXT("language: the site speaks zh-CN and en"));
	if (p->why)
		return p->why;
	if (!p->page_count)
		return &import_no_folder;
	import__place_quizzes(p);
	fill_draft(p);
	count(p);
	why = db_write(db, store, p);
	if (!why && p->new_creator)
		ret->new_creator = options->creator;
	return why;
}
