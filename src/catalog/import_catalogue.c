/* import_catalogue.c - one row of a file is one work with one lesson: id, title, author, tags, text, kind, popularity, age in
 * days, tab-separated. A batch of rows is one transaction; a work is found again by its id. */
#include "catalog/import_parts.h"

#include <zlib.h>

const struct problem import_no_file = { 422, "import-no-file", "There is no such file, or it may not be read." };

enum { COLUMNS = 8, LINE_BYTES_MAX = 256 * 1024, BATCH = 1000, SUMMARY_CHARACTERS = 120, PRICE_STEPS = 300, AGE_DAYS_MAX = 36500 };
static const int64_t DAY_MS = 24 * 60 * 60 * 1000;

struct row {
	int64_t id, popularity, age;
	struct text title, author, tags, text;
	int kind;
};
struct batch {
	struct arena *arena;      /* of the rows: emptied behind each batch */
	struct row rows[BATCH];
	size_t count, changed;
	int64_t now_ms;
};

static int kind_of(struct text kind)
{
	static const struct {
		const char *name;
		enum work_kind kind;
	} kinds[] = { { "course", WORK_COURSE }, { "news", WORK_COLUMN }, { "video", WORK_VIDEO }, { "poem", WORK_EBOOK } };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (text_is(kind, kinds[i].name))
			return kinds[i].kind;
	}
	return WORK_KIND_NONE;
}

static bool read_row(struct arena *arena, struct text line, struct row *ret)
{
	struct text columns[COLUMNS];
	size_t n = 0;

	line = arena_text(arena, line);
	while (line.at && n < COLUMNS)
		columns[n++] = text_cut(&line, '\t');
	if (n != COLUMNS || line.at)
		return false;
	*ret = (struct row){ .title = columns[1], .author = columns[2], .tags = columns[3], .text = columns[4], .kind = kind_of(columns[5]) };
	return text_to_int(columns[0], &ret->id) && text_to_int(columns[6], &ret->popularity) && text_to_int(columns[7], &ret->age) &&
	       ret->id > 0 && ret->popularity >= 0 && ret->age >= 0 && ret->age <= AGE_DAYS_MAX && ret->title.length && ret->author.length && ret->kind;
}

static struct text head_of(struct text t, size_t characters)
{
	struct text rest = t;

	for (size_t i = 0; i < characters && rest.length; i++)
		text_next(&rest);
	return text_head(t, t.length - rest.length);
}

static struct text one_paragraph(struct arena *arena, struct text t)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(MARKDOWN_DOC_MAX);

	buffer_add(&out, TEXT("{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":"));
	json_write_text(&out, t.length ? t : TEXT(" "));
	buffer_add(&out, TEXT("}]}]}"));
	return arena_text(arena, buffer_text(&out));
}

static size_t cut_tags(struct arena *arena, struct text tags, struct text **ret)
{
	size_t n = 0;

	*ret = ARENA_ARRAY(arena, struct text, WORK_TAGS_MAX);
	while (tags.length && n < WORK_TAGS_MAX) {
		struct text tag = text_cut(&tags, ' ');

		if (tag.length)
			(*ret)[n++] = tag;
	}
	return n;
}

/* A work with one lesson in one section. */
static struct work_draft draft_of(struct arena *arena, const struct row *row, int64_t now_ms)
{
	struct lesson_draft *lesson = ARENA_NEW(arena, struct lesson_draft);
	struct section_draft *section = ARENA_NEW(arena, struct section_draft);
	struct work_draft draft = {
		.source = arena_format(arena, "catalogue:%lld", (long long)row->id), .kind = row->kind, .language = TEXT("zh-CN"),
		.slug = arena_format(arena, "catalogue-%lld", (long long)row->id), .title = row->title,
		.summary = head_of(row->text, SUMMARY_CHARACTERS), .price = MONEY(100 * (row->age % PRICE_STEPS)), .price_given = true,
		.sections = section, .section_count = 1, .published_ms = now_ms - row->age * DAY_MS, .popularity = row->popularity,
	};

	*lesson = (struct lesson_draft){ .key = TEXT("text"), .title = row->title, .doc = one_paragraph(arena, row->text), .plain = row->text, .minutes = 1 };
	*section = (struct section_draft){ .title = row->title, .lessons = lesson, .lesson_count = 1 };
	draft.tag_count = cut_tags(arena, row->tags, &draft.tags);
	if (draft.tag_count)
		draft.category = draft.tags[0];
	return draft;
}

static problem store_row(struct tx *tx, const struct row *row, int64_t now_ms, enum work_change *ret)
{
	struct work_draft draft = draft_of(tx_arena(tx), row, now_ms);
	struct creator creator;
	struct work_id id;
	problem why = creator_by_name(tx, row->author, &creator);

	if (why == &creator_missing)
		why = creator_add(tx, row->author, TEXT(""), (struct user_id){ 0 }, &creator);
	if (why)
		return why;
	draft.creator = creator.id;
	return work_store(tx, &draft, (struct user_id){ 0 }, ret, &id);
}

static problem store_batch(struct tx *tx, void *arg)
{
	struct batch *batch = arg;

	batch->changed = 0;
	for (size_t i = 0; i < batch->count; i++) {
		enum work_change change = WORK_SAME;
		problem why = store_row(tx, &batch->rows[i], batch->now_ms, &change);

		if (why)
			return why;
		batch->changed += change != WORK_SAME;
	}
	return NULL;
}

static problem end_batch(struct db *db, struct batch *batch, struct import_report *report)
{
	problem why;

	if (!batch->count)
		return NULL;
	why = db_write(db, store_batch, batch);
	if (why)
		return why;
	report->works += batch->count;
	report->works_changed += batch->changed;
	batch->count = 0;
	arena_reset(batch->arena);
	return NULL;
}

static problem wrong_line(struct arena *arena, struct text file, int64_t line, struct import_report *report)
{
	report->notes = ARENA_NEW(arena, struct import_note);
	report->notes[0] = (struct import_note){ NOTE_WRONG, file, line, TEXT("eight columns: id, title, author, tags, text, kind, popularity, age") };
	report->note_count = 1;
	return &import_wrong;
}

static problem read_lines(struct db *db, gzFile in, struct text file, int64_t limit, struct arena *arena, struct batch *batch, struct import_report *report)
{
	char *line = arena_alloc(arena, LINE_BYTES_MAX);
	problem why = NULL;

	for (int64_t n = 1; !why && (!limit || n <= limit) && gzgets(in, line, LINE_BYTES_MAX); n++) {
		struct text t = text_trim(text_of(line));

		if (!text_is_utf8(t) || !read_row(batch->arena, t, &batch->rows[batch->count]))
			return wrong_line(arena, file, n, report);
		if (++batch->count == BATCH)
			why = end_batch(db, batch, report);
	}
	return why ? why : end_batch(db, batch, report);
}

problem import_catalogue(struct db *db, struct text file, int64_t limit, struct arena *arena, struct import_report *ret)
{
	gzFile in = gzopen(arena_cstr(arena, file), "rb");
	struct batch *batch = ARENA_NEW(arena, struct batch);
	problem why;

	*ret = (struct import_report){ 0 };
	if (!in)
		return &import_no_file;
	gzbuffer(in, 256 * 1024);
	batch->arena = arena_new((size_t)BATCH * LINE_BYTES_MAX * 2);
	batch->now_ms = world_now_ms(db_world(db));
	why = read_lines(db, in, file, limit, arena, batch, ret);
	arena_free(batch->arena);
	gzclose(in);
	return why;
}
