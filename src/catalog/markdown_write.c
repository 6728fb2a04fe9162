/* markdown_write.c - nothing is kept as a tree; what turns out to be empty is cut off the end again. */
#include "catalog/markdown_write.h"

#include <assert.h>

void doc_begin(struct doc_writer *w, struct arena *arena)
{
	*w = (struct doc_writer){ .arena = arena, .out = BUFFER(MARKDOWN_DOC_MAX), .plain = BUFFER(MARKDOWN_DOC_MAX), .run = BUFFER(MARKDOWN_DOC_MAX) };
	w->ids = ARENA_ARRAY(arena, struct text, IDS_MAX);
	w->id_slots = ARENA_ARRAY(arena, struct id_slot, 2 * IDS_MAX);
	buffer_add(&w->out, TEXT("{\"type\":\"doc\",\"content\":["));
	w->nodes[0].kind = NODE_CONTAINER;
}

void doc_end(struct doc_writer *w)
{
	buffer_free(&w->out);
	buffer_free(&w->plain);
	buffer_free(&w->run);
}

struct node *doc_top(struct doc_writer *w) { return &w->nodes[w->depth]; }

/* list, item, table, row, cell, or paragraph */
bool doc_has_room(const struct doc_writer *w) { return w->depth + 6 <= NODE_DEPTH_MAX; }

static void separate(struct doc_writer *w)
{
	if (doc_top(w)->any)
		buffer_add_char(&w->out, ',');
	doc_top(w)->any = true;
}

void doc_open(struct doc_writer *w, enum node_kind kind, const char *type)
{
	struct node node = { .kind = kind, .start = w->out.length, .plain_start = w->plain.length, .elder = doc_top(w)->any };

	separate(w);
	assert(w->depth < NODE_DEPTH_MAX);
	w->nodes[++w->depth] = node;
	buffer_format(&w->out, "{\"type\":\"%s\"", type);
}

void doc_content(struct doc_writer *w) { buffer_add(&w->out, TEXT(",\"content\":[")); }

static void end_line(struct doc_writer *w)
{
	if (w->plain.length && w->plain.at[w->plain.length - 1] != '\n')
		buffer_add_char(&w->plain, '\n');
}

void doc_close(struct doc_writer *w) { doc_shut(w, TEXT("]}")); }

void doc_shut(struct doc_writer *w, struct text tail)
{
	doc_flush(w);
	buffer_add(&w->out, tail);
	if (doc_top(w)->kind == NODE_CELL)
		buffer_add_char(&w->plain, ' ');
	else
		end_line(w);
	w->depth--;
}

void doc_take_back(struct doc_writer *w)
{
	struct node node = *doc_top(w);

	buffer_clear(&w->run);
	w->soft = false;
	if (w->out.why || w->plain.why)
		return;
	w->out.length = node.start;
	w->plain.length = node.plain_start;
	w->depth--;
	doc_top(w)->any = node.elder;
}

static void keep_lead(struct doc_writer *w, const struct node *paragraph)
{
	struct text plain = text_from(buffer_text(&w->plain), paragraph->plain_start);

	if (!w->lead.at && w->depth == 1 && text_trim(plain).length)
		w->lead = arena_text(w->arena, text_trim(plain));
}

void doc_close_paragraph(struct doc_writer *w)
{
	if (doc_top(w)->kind != NODE_PARAGRAPH)
		return;
	doc_flush(w);
	w->soft = false;
	keep_lead(w, doc_top(w));
	if (doc_top(w)->any)
		doc_close(w);
	else
		doc_take_back(w);
}

void doc_leaf(struct doc_writer *w, const char *type, const char *attribute, struct text value)
{
	separate(w);
	buffer_format(&w->out, "{\"type\":\"%s\"", type);
	if (attribute) {
		buffer_format(&w->out, ",\"attrs\":{\"%s\":", attribute);
		json_write_text(&w->out, value);
		buffer_add_char(&w->out, '}');
	}
	buffer_add_char(&w->out, '}');
}

/* ---- inline ---- */

void doc_inline(struct doc_writer *w)
{
	if (doc_top(w)->kind == NODE_CONTAINER || doc_top(w)->kind == NODE_QUOTE) {
		doc_open(w, NODE_PARAGRAPH, "paragraph");
		doc_content(w);
	}
}

static void mark_comma(struct buffer *out, bool *first)
{
	buffer_add(out, *first ? TEXT(",\"marks\":[") : TEXT(","));
	*first = false;
}

static void link_mark(struct buffer *out, const struct markdown_link *link)
{
	buffer_add(out, TEXT("{\"type\":\"link\",\"attrs\":{"));
	json_write_key(out, link->lesson.at ? "lesson" : "href");
	json_write_text(out, link->lesson.at ? link->lesson : link->href);
	if (link->lesson.at && link->anchor.length) {
		buffer_add_char(out, ',');
		json_write_key(out, "anchor");
		json_write_text(out, link->anchor);
	}
	buffer_add(out, TEXT("}}"));
}

void doc_marks(struct doc_writer *w)
{
	static const char *const names[] = { "bold", "italic", "strike", "code" };
	bool first = true;

	if (w->linked) {
		mark_comma(&w->out, &first);
		link_mark(&w->out, &w->link);
	}
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (w->marks & 1U << i) {
			mark_comma(&w->out, &first);
			buffer_format(&w->out, "{\"type\":\"%s\"}", names[i]);
		}
	}
	if (!first)
		buffer_add_char(&w->out, ']');
}

void doc_flush(struct doc_writer *w)
{
	struct text t = buffer_text(&w->run);

	if (!t.length)
		return;
	separate(w);
	buffer_add(&w->out, TEXT("{\"type\":\"text\",\"text\":"));
	json_write_text(&w->out, t);
	if (doc_top(w)->kind != NODE_CODE)
		doc_marks(w);
	buffer_add_char(&w->out, '}');
	buffer_add(&w->plain, t);
	buffer_clear(&w->run);
}

static uint32_t last_code_point(struct text t)
{
	size_t i = t.length;

	while (i && t.length - i < 3 && ((unsigned char)t.at[i - 1] & 0xC0) == 0x80)
		i--;
	t = text_from(t, i ? i - 1 : 0);
	return text_next(&t);
}

/* Chinese is written without blanks: a line break between two such characters is none. */
static void end_soft(struct doc_writer *w, struct text next)
{
	struct text before = w->run.length ? buffer_text(&w->run) : buffer_text(&w->plain);

	w->soft = false;
	if (!(markdown__is_wide(last_code_point(before)) && markdown__is_wide(text_next(&next))))
		buffer_add_char(&w->run, ' ');
}

void doc_text(struct doc_writer *w, struct text t)
{
	if (!t.length)
		return;
	doc_inline(w);
	if (w->soft)
		end_soft(w, t);
	markdown__restore(&w->run, t);
	if (w->run.why && !w->out.why)
		w->out.why = w->run.why;
}

void doc_soft_break(struct doc_writer *w)
{
	if (doc_top(w)->kind == NODE_PARAGRAPH || doc_top(w)->kind == NODE_CELL || doc_top(w)->kind == NODE_HEADING)
		w->soft = true;
}

static void image_attributes(struct buffer *out, const struct markdown_image *image, struct text src)
{
	json_write_key(out, image->blob.at ? "blob" : "src");
	json_write_text(out, image->blob.at ? image->blob : src);
	if (image->blob.at)
		buffer_format(out, ",\"width\":%lld,\"height\":%lld", (long long)image->width, (long long)image->height);
}

void doc_image(struct doc_writer *w, const struct markdown_image *image, struct text src, struct text alt)
{
	doc_inline(w);
	w->soft = false;
	doc_flush(w);
	separate(w);
	buffer_add(&w->out, TEXT("{\"type\":\"image\",\"attrs\":{"));
	image_attributes(&w->out, image, src);
	buffer_add(&w->out, TEXT(",\"alt\":"));
	json_write_text(&w->out, alt);
	buffer_add_char(&w->out, '}');
	doc_marks(w);
	buffer_add_char(&w->out, '}');
}

/* ---- ids of headings ---- */

static struct id_slot *id_slot(struct doc_writer *w, struct text id)
{
	uint64_t hash = text_hash(id) | 1;
	size_t i = (size_t)(hash >> 1) % (2 * IDS_MAX);

	while (w->id_slots[i].hash && w->id_slots[i].hash != hash)
		i = (i + 1) % (2 * IDS_MAX);
	return &w->id_slots[i];
}

struct text doc_heading_id(struct doc_writer *w, struct text heading)
{
	CLEANUP(buffer_free) struct buffer slug = BUFFER(MARKDOWN_DOC_MAX);
	struct id_slot *slot, *own;
	struct text id;

	markdown__slug(&slug, text_clip(heading, 400));
	if (!slug.length)
		buffer_add(&slug, TEXT("section"));
	if (w->id_count >= IDS_MAX)
		return (struct text){ 0 };
	id = arena_text(w->arena, buffer_text(&slug));
	own = slot = id_slot(w, id);
	while (own->hash) {
		id = arena_format(w->arena, "%.*s-%zu", TEXT_ARG(buffer_text(&slug)), ++slot->again);
		own = id_slot(w, id);
	}
	own->hash = text_hash(id) | 1;
	w->ids[w->id_count++] = id;
	return id;
}
