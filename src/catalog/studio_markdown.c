/* studio_markdown.c - Markdown files that were dropped become lessons of the draft: the first folder is the section, names give
 * the order (2 before 10), headings the titles. All of it is read before anything is written, and written in one transaction. */
#include "catalog/doc.h"
#include "catalog/import_parts.h"
#include "catalog/studio.h"

#include <stdlib.h>

enum { FILES_MAX = 500, PATH_LENGTH_MAX = 300 };

struct dropped_file {
	struct text path, text;
};
struct dropped_image {
	struct text path, blob;
	int64_t width, height;
};
struct dropped {
	struct dropped_file *files;
	size_t file_count;
	struct dropped_image *images;
	size_t image_count;
};
static const struct shape file_shape = SHAPE(dropped_file,
	FIELD(dropped_file, path, SHAPE_TEXT, .min = 1, .max = PATH_LENGTH_MAX),
	FIELD(dropped_file, text, SHAPE_TEXT, .max = MARKDOWN_MAX));
static const struct shape image_shape = SHAPE(dropped_image,
	FIELD(dropped_image, path,   SHAPE_TEXT, .min = 1, .max = PATH_LENGTH_MAX),
	FIELD(dropped_image, blob,   SHAPE_TEXT, .min = 1, .max = 80),
	FIELD(dropped_image, width,  SHAPE_INT, .min = 1, .max = MEDIA_SIDE_MAX),
	FIELD(dropped_image, height, SHAPE_INT, .min = 1, .max = MEDIA_SIDE_MAX));
const struct shape dropped_shape = SHAPE(dropped,
	LIST(dropped, files, file_count, &file_shape, .min = 1, .max = FILES_MAX),
	LIST(dropped, images, image_count, &image_shape, .optional = true, .max = 1000));

struct leaf {
	struct text path, source, key, title;
	struct markdown md;
	struct doc_facts facts;
};
struct dropping {
	struct request *rq;
	const struct dropped *in;
	struct leaf *leaves, *leaf; /* leaf: that is being read */
	struct work_id work;
	struct work_card card;
	struct studio_work answer;
};

/* ---- names ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Numbers by their value, so that 2 stands before 10; a README before its neighbours. */
static int compare_parts(struct text a, struct text b)
{
	size_t i = 0, k = 0;

	if (text_eq_nocase(a, TEXT("README.md")) != text_eq_nocase(b, TEXT("README.md")))
		return text_eq_nocase(a, TEXT("README.md")) ? -1 : 1;
	while (i < a.length && k < b.length) {
		size_t ai = i, bk = k;
		unsigned long long left = 0, right = 0;

		for (; ai < a.length && is_digit(a.at[ai]) && ai - i < 18; ai++)
			left = left * 10 + (unsigned)(a.at[ai] - '0');
		for (; bk < b.length && is_digit(b.at[bk]) && bk - k < 18; bk++)
			right = right * 10 + (unsigned)(b.at[bk] - '0');
		if (ai > i && bk > k && left != right)
			return left < right ? -1 : 1;
		if ((ai == i || bk == k) && a.at[i] != b.at[k])
			return (unsigned char)a.at[i] < (unsigned char)b.at[k] ? -1 : 1;
		i = ai > i && bk > k ? ai : i + 1;
		k = ai > i && bk > k ? bk : k + 1;
	}
	return (int)(a.length - i > 0) - (int)(b.length - k > 0);
}

static int by_name(const void *one, const void *other)
{
	struct text a = ((const struct leaf *)one)->path, b = ((const struct leaf *)other)->path;
	int order;

	for (;;) {
		struct text left = text_cut(&a, '/'), right = text_cut(&b, '/');

		if (!a.at != !b.at)
			return !a.at ? -1 : 1;
		order = compare_parts(left, right);
		if (order || !a.at)
			return order;
	}
}

/* "03-循环.md" -> "循环", "2. Loops" -> "Loops" */
static struct text bare_name(struct text name)
{
	size_t i = 0;

	if (text_ends(name, TEXT(".md")))
		name = text_head(name, name.length - 3);
	while (i < name.length && is_digit(name.at[i]))
		i++;
	while (i && i < name.length && strchr(" .-_", name.at[i]))
		i++;
	return i < name.length ? text_from(name, i) : name;
}

static struct text last_part(struct text path)
{
	size_t n = path.length;

	while (n && path.at[n - 1] != '/')
		n--;
	return text_from(path, n);
}

static struct text folder_of(struct text path)
{
	size_t slash = text_find_char(path, '/');

	return slash == SIZE_MAX ? (struct text){ 0 } : text_head(path, slash);
}

/* ---- reading ---- */

static bool on_image(void *self, struct text src, int64_t line, struct markdown_image *ret)
{
	struct dropping *d = self;
	struct text path;

	(void)line;
	path = text_head(src, text_find_char(src, '?'));
	if (!http_decode(d->rq->arena, path, false, &path) || !import__resolve(d->rq->arena, d->leaf->path, path, &path))
		return false;
	for (size_t i = 0; i < d->in->image_count; i++) {
		const struct dropped_image *image = &d->in->images[i];

		if (text_eq(image->path, path)) {
			*ret = (struct markdown_image){ image->blob, image->width, image->height };
			return true;
		}
	}
	return false;
}

/* To another of the files: to its lesson. An address that could run something, or leads nowhere, is only its text. */
static bool on_link(void *self, struct text href, int64_t line, struct markdown_link *ret)
{
	struct dropping *d = self;
	struct text path = text_head(href, text_find_char(href, '#'));

	(void)line;
	if (text_find(href, TEXT("://")) != SIZE_MAX || text_starts(href, TEXT("mailto:")) || text_starts(href, TEXT("#")))
		return doc_address_is_safe(href);
	if (!http_decode(d->rq->arena, path, false, &path) || !import__resolve(d->rq->arena, d->leaf->path, path, &path))
		return false;
	for (size_t i = 0; i < d->in->file_count; i++) {
		if (text_eq(d->leaves[i].path, path)) {
			*ret = (struct markdown_link){ .lesson = d->leaves[i].key };
			return true;
		}
	}
	return false;
}

static problem wrong_file(struct request *rq, const struct leaf *leaf, const char *why)
{
	return field_wrong(rq, arena_format(rq->arena, "files[%.*s]", TEXT_ARG(text_clip(leaf->path, 100))), why);
}

static problem read_leaf(struct dropping *d, struct leaf *leaf)
{
	const struct markdown_options options = { on_link, on_image, d };
	struct doc_fault fault;
	problem why;

	d->leaf = leaf;
	why = markdown_read(d->rq->arena, leaf->source, &options, &leaf->md);
	if (!why)
		why = doc_check(d->rq->arena, leaf->md.doc, &leaf->facts, &fault);
	if (why)
		return wrong_file(d->rq, leaf, why == &problem_too_large ? "too-large" : "type");
	leaf->title = leaf->md.title.length ? leaf->md.title : bare_name(last_part(leaf->path));
	leaf->title = text_clip(leaf->title, 600);
	return NULL;
}

static problem take_leaves(struct dropping *d)
{
	d->leaves = ARENA_ARRAY(d->rq->arena, struct leaf, d->in->file_count);
	for (size_t i = 0; i < d->in->file_count; i++) {
		struct leaf *leaf = &d->leaves[i];

		*leaf = (struct leaf){ .path = d->in->files[i].path, .source = d->in->files[i].text };
		if (!import__is_plain(leaf->path) || !text_ends(leaf->path, TEXT(".md")))
			return wrong_file(d->rq, leaf, "pattern");
	}
	qsort(d->leaves, d->in->file_count, sizeof *d->leaves, by_name);
	for (size_t i = 1; i < d->in->file_count; i++) {
		if (text_eq(d->leaves[i - 1].path, d->leaves[i].path))
			return wrong_file(d->rq, &d->leaves[i], "duplicate");
	}
	return NULL;
}

/* Whose it is, and which keys are free: links between the files need them. */
static problem give_keys(struct tx *tx, void *arg)
{
	struct dropping *d = arg;
	problem why = studio__own(tx, d->work, &d->rq->who, &d->card);

	for (size_t i = 0; !why && i < d->in->file_count; i++) {
		struct text wanted = slug_make(d->rq->arena, bare_name(last_part(d->leaves[i].path)), "lesson"), key = wanted;
		bool taken = true;

		for (int n = 2; taken; n++) {
			taken = studio__key_taken(tx, d->work, key);
			for (size_t k = 0; !taken && k < i; k++)
				taken = text_eq(d->leaves[k].key, key);
			if (taken)
				key = arena_format(d->rq->arena, "%.*s-%d", TEXT_ARG(wanted), n);
		}
		d->leaves[i].key = arena_text(d->rq->arena, key);
	}
	return why;
}

/* ---- writing ---- */

/* The section of that title, made where there is none. Files beside the folders go to the last section there is. */
static problem find_section(struct tx *tx, struct dropping *d, struct text folder, int64_t *ret)
{
	struct text title = folder.length ? bare_name(folder) : d->card.title;
	struct draft_section *sections;
	size_t n;
	problem why = studio__read_tree(tx, d->work, &sections, &n);

	if (why)
		return why;
	for (size_t i = 0; i < n; i++) {
		if (text_eq(sections[i].title, title)) {
			*ret = sections[i].id;
			return NULL;
		}
	}
	if (!folder.length && n) {
		*ret = sections[n - 1].id;
		return NULL;
	}
	return studio__add_section(tx, d->work, title, ret);
}

static problem write_leaf(struct tx *tx, struct dropping *d, const struct leaf *leaf, int64_t section)
{
	struct draft_text text = { .version = 1, .saved_ms = tx_now_ms(tx), .doc = leaf->md.doc };
	struct studio_node at = { .id = tx_id(tx), .section = section, .work = d->work };
	int64_t *ids;
	size_t n;
	problem why = studio__lesson_ids(tx, section, &ids, &n);

	if (!why && studio__count_lessons(tx, d->work) >= WORK_LESSONS_MAX)
		why = &studio_full;
	if (why)
		return why;
	studio__insert_lesson(tx, &at, leaf->key, leaf->title, (int64_t)n);
	return studio__update_text(tx, at.id, &leaf->facts, &text, TEXT("{\"quizzes\":[]}"));
}

static problem write_leaves(struct tx *tx, void *arg)
{
	struct dropping *d = arg;
	struct text folder = TEXT("/"); /* no folder's name */
	int64_t section = 0;
	problem why = studio__own(tx, d->work, &d->rq->who, &d->card);

	tx_use_arena(tx, d->rq->arena);
	if (!why)
		why = studio__open(tx, &d->card);
	for (size_t i = 0; !why && i < d->in->file_count; i++) {
		struct text here = folder_of(d->leaves[i].path);

		if (!text_eq(here, folder))
			why = find_section(tx, d, here, &section);
		folder = here;
		if (!why)
			why = write_leaf(tx, d, &d->leaves[i], section);
	}
	if (why)
		return why;
	studio__touch(tx, d->work);
	d->answer = (struct studio_work){ 0 };
	return studio__load(tx, d->work, &d->answer);
}

problem studio__drop_markdown(struct request *rq, struct studio_work *ret)
{
	struct dropping d = { .rq = rq, .in = rq->body };
	int64_t id;
	problem why = path_id(rq, "id", &id);

	d.work = (struct work_id){ id };
	if (!why)
		why = take_leaves(&d);
	if (!why)
		why = request_read(rq, give_keys, &d);
	for (size_t i = 0; !why && i < d.in->file_count; i++)
		why = read_leaf(&d, &d.leaves[i]);
	if (!why)
		why = request_write(rq, write_leaves, &d);
	if (!why)
		*ret = d.answer;
	return why;
}
