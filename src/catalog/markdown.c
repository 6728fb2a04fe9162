/* markdown.c - from the parser's events to the writer: which node each block and span becomes. */
#include "catalog/markdown_write.h"

#include <md4c.h>

enum { LANGUAGE_BYTES_MAX = 40 };

struct reader {
	struct doc_writer doc;
	const struct markdown_options *options;
	struct markdown *ret;
	struct markdown_source source;
	int64_t notes_used;
	struct text input;        /* what is being parsed: the text or a footnote */
	int64_t first_line;       /* of the input in the source */
	const uint32_t *lines;    /* where each begins */
	size_t line_count;
	size_t at;                /* in the input: where the parser was last seen */
	int flat;                 /* containers that were one too many: their content stands in the one around */
	int bold, italic, strike; /* how deep */
	int in_image;
	struct text image_src;
	int64_t image_line;
	struct buffer alt, html, formula;
	bool in_html;
	size_t html_at;
};

/* ---- places ---- */

static void see(struct reader *r, const char *at)
{
	if (at >= r->input.at && at < r->input.at + r->input.length)
		r->at = (size_t)(at - r->input.at);
}

static int64_t line_of(const struct reader *r, size_t at)
{
	size_t low = 0, high = r->line_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (r->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return r->first_line + (int64_t)low;
}

static const uint32_t *find_lines(struct arena *arena, struct text t, size_t *ret_count)
{
	size_t n = 1, k = 1;
	uint32_t *lines;

	for (size_t i = 0; i < t.length; i++)
		n += t.at[i] == '\n';
	lines = ARENA_ARRAY(arena, uint32_t, n);
	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] == '\n')
			lines[k++] = (uint32_t)i + 1;
	}
	*ret_count = n;
	return lines;
}

/* ---- addresses ---- */

static struct text attribute(struct reader *r, const MD_ATTRIBUTE *a)
{
	CLEANUP(buffer_free) struct buffer raw = BUFFER(MARKDOWN_DOC_MAX), out = BUFFER(MARKDOWN_DOC_MAX);

	see(r, a->text);
	for (int i = 0; a->text && a->substr_offsets[i] < a->size; i++) {
		struct text part = { a->text + a->substr_offsets[i], a->substr_offsets[i + 1] - a->substr_offsets[i] };

		if (a->substr_types[i] == MD_TEXT_ENTITY)
			markdown__entity(&raw, part);
		else if (a->substr_types[i] == MD_TEXT_NULLCHAR)
			buffer_add(&raw, TEXT("\xEF\xBF\xBD"));
		else
			buffer_add(&raw, part);
	}
	markdown__restore(&out, buffer_text(&raw));
	return arena_text(r->doc.arena, buffer_text(&out));
}

static void begin_link(struct reader *r, struct text href)
{
	struct doc_writer *doc = &r->doc;
	struct markdown_link link = { .href = href };

	doc_flush(doc);
	doc->linked = r->options->link ? r->options->link(r->options->self, href, line_of(r, r->at), &link) : href.length > 0;
	doc->link = link;
}

static void end_link(struct reader *r)
{
	doc_flush(&r->doc);
	r->doc.linked = false;
}

/* A linked image that is not there leaves the link with its words: many are previews of films. */
static void put_image(struct reader *r, struct text src, struct text alt, int64_t line)
{
	struct markdown_image image = { 0 };

	if (!r->options->image || !r->options->image(r->options->self, src, line, &image))
		image = (struct markdown_image){ 0 };
	if (!image.blob.at && r->doc.linked && text_trim(alt).length)
		doc_text(&r->doc, alt);
	else
		doc_image(&r->doc, &image, src, alt);
}

/* ---- raw HTML: <img> and <br>; words between tags of a block stay words ---- */

static struct text html_attribute(struct reader *r, struct text tag, const char *name)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(MARKDOWN_MAX);
	size_t length = strlen(name);

	for (size_t i = 1; i + length + 2 < tag.length; i++) {
		struct text rest = text_from(tag, i + length);
		size_t end;

		if (!text_eq_nocase((struct text){ tag.at + i, length }, text_of(name)) || rest.at[0] != '=' || (tag.at[i - 1] != ' ' && tag.at[i - 1] != '\n'))
			continue;
		if (rest.at[1] != '"' && rest.at[1] != '\'')
			continue;
		end = text_find_char(text_from(rest, 2), rest.at[1]);
		if (end == SIZE_MAX)
			break;
		markdown__restore(&out, (struct text){ rest.at + 2, end });
		return arena_text(r->doc.arena, buffer_text(&out));
	}
	return (struct text){ 0 };
}

static struct text tag_name(struct text tag)
{
	size_t from = tag.length > 1 && tag.at[1] == '/' ? 2 : 1, n = from;

	while (n < tag.length && (((tag.at[n] | 0x20) >= 'a' && (tag.at[n] | 0x20) <= 'z') || (tag.at[n] >= '0' && tag.at[n] <= '9')))
		n++;
	return (struct text){ tag.at + from, n - from };
}

/* "<vm_name>" in running text is a word of the author, not a tag. */
static bool is_html(struct text name)
{
	static const char *const known[] = {
		"a", "abbr", "article", "aside", "audio", "b", "big", "blockquote", "br", "button", "caption", "center", "cite", "code", "col",
		"dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "form", "h1", "h2", "h3", "h4", "h5",
		"h6", "header", "hr", "i", "iframe", "img", "input", "ins", "kbd", "label", "li", "link", "main", "mark", "meta", "nav", "object",
		"ol", "p", "path", "picture", "pre", "q", "s", "samp", "script", "section", "small", "source", "span", "strike", "strong", "style",
		"sub", "summary", "sup", "svg", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "title", "tr", "tt", "u", "ul", "var",
		"video", "wbr",
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (text_eq_nocase(name, text_of(known[i])))
			return true;
	}
	return false;
}

static void put_tag(struct reader *r, struct text tag)
{
	struct text name = tag_name(tag);

	if (text_eq_nocase(name, TEXT("br"))) {
		doc_flush(&r->doc);
		doc_inline(&r->doc);
		doc_leaf(&r->doc, "hardBreak", NULL, (struct text){ 0 });
	} else if (text_eq_nocase(name, TEXT("img"))) {
		struct text src = html_attribute(r, tag, "src"), alt = html_attribute(r, tag, "alt");

		if (src.length)
			put_image(r, src, alt.at ? alt : TEXT(""), line_of(r, r->at));
	} else if (!is_html(name) && !r->in_html && tag.at[1] != '!' && tag.at[1] != '?') {
		doc_text(&r->doc, tag);
	}
}

static void put_words(struct reader *r, struct text words)
{
	while (words.length) {
		struct text word = text_cut(&words, '\n');

		if (text_trim(word).length) {
			doc_text(&r->doc, text_trim(word));
			doc_soft_break(&r->doc);
		}
	}
}

/* What comes behind a comment, or an element whose content is no text; SIZE_MAX: nothing. */
static size_t skip_hidden(struct text html)
{
	static const struct {
		const char *open, *close;
	} hidden[] = { { "<!--", "-->" }, { "<script", "</script>" }, { "<style", "</style>" }, { "<?", "?>" } };

	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		size_t end;

		if (!text_starts(html, text_of(hidden[i].open)))
			continue;
		end = text_find(html, text_of(hidden[i].close));
		return end == SIZE_MAX ? html.length : end + strlen(hidden[i].close);
	}
	return 0;
}

static void put_html(struct reader *r, struct text html)
{
	while (html.length) {
		size_t open = text_find_char(html, '<'), end = skip_hidden(html);

		if (end) {
			html = text_from(html, end);
			continue;
		}
		if (open) {
			put_words(r, text_head(html, open));
			html = text_from(html, open == SIZE_MAX ? html.length : open);
			continue;
		}
		end = text_find_char(html, '>');
		if (end == SIZE_MAX)
			return;
		put_tag(r, text_head(html, end + 1));
		html = text_from(html, end + 1);
	}
}

static void end_html_block(struct reader *r)
{
	r->at = r->html_at;
	put_html(r, buffer_text(&r->html));
	doc_close_paragraph(&r->doc);
	buffer_clear(&r->html);
	r->in_html = false;
}

/* ---- blocks ---- */

static void enter_container(struct reader *r, enum node_kind kind, const char *type)
{
	if (r->flat || !doc_has_room(&r->doc)) {
		r->flat++;
		return;
	}
	doc_open(&r->doc, kind, type);
	doc_content(&r->doc);
}

static void enter_item(struct reader *r, const MD_BLOCK_LI_DETAIL *item)
{
	if (r->flat) {
		r->flat++;
		return;
	}
	doc_open(&r->doc, NODE_CONTAINER, item->is_task ? "taskItem" : "listItem");
	if (item->is_task)
		buffer_format(&r->doc.out, ",\"attrs\":{\"checked\":%s}", item->task_mark == ' ' ? "false" : "true");
	doc_content(&r->doc);
}

static void enter_ordered(struct reader *r, const MD_BLOCK_OL_DETAIL *list)
{
	if (r->flat || !doc_has_room(&r->doc)) {
		r->flat++;
		return;
	}
	doc_open(&r->doc, NODE_CONTAINER, "orderedList");
	buffer_format(&r->doc.out, ",\"attrs\":{\"start\":%u}", list->start);
	doc_content(&r->doc);
}

static void leave_container(struct reader *r)
{
	if (r->flat)
		r->flat--;
	else
		doc_close(&r->doc);
}

static void enter_code(struct reader *r, const MD_BLOCK_CODE_DETAIL *code)
{
	struct text language = attribute(r, &code->lang);

	doc_open(&r->doc, NODE_CODE, "codeBlock");
	if (language.length) {
		buffer_add(&r->doc.out, TEXT(",\"attrs\":{\"language\":"));
		json_write_text(&r->doc.out, text_clip(language, LANGUAGE_BYTES_MAX));
		buffer_add_char(&r->doc.out, '}');
	}
	doc_content(&r->doc);
}

static void leave_code(struct reader *r)
{
	if (r->doc.run.length && r->doc.run.at[r->doc.run.length - 1] == '\n')
		r->doc.run.length--;
	doc_close(&r->doc);
}

static void enter_cell(struct reader *r, const char *type, MD_ALIGN align)
{
	static const char *const names[] = { [MD_ALIGN_LEFT] = "left", [MD_ALIGN_CENTER] = "center", [MD_ALIGN_RIGHT] = "right" };

	doc_open(&r->doc, NODE_CELL, type);
	if (align != MD_ALIGN_DEFAULT)
		buffer_format(&r->doc.out, ",\"attrs\":{\"align\":\"%s\"}", names[align]);
	doc_content(&r->doc);
}

static void leave_heading(struct reader *r, unsigned level)
{
	struct doc_writer *doc = &r->doc;
	struct text plain, id;

	doc_flush(doc);
	doc->soft = false;
	plain = text_trim(text_from(buffer_text(&doc->plain), doc_top(doc)->plain_start));
	id = doc_heading_id(doc, plain);
	if (level == 1 && !r->ret->title.at && plain.length && doc->depth == 1) {
		r->ret->title = arena_text(doc->arena, plain);
		r->ret->title_id = id;
		doc->id_count -= id.at != NULL;
		doc->lead = (struct text){ 0 };
		doc_take_back(doc);
		return;
	}
	buffer_format(&doc->out, "],\"attrs\":{\"level\":%u,\"id\":", level);
	json_write_text(&doc->out, id.at ? id : TEXT("section"));
	doc_shut(doc, TEXT("}}"));
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *self)
{
	struct reader *r = self;

	doc_close_paragraph(&r->doc);
	switch (type) {
	case MD_BLOCK_DOC:
	case MD_BLOCK_P:
	case MD_BLOCK_THEAD:
	case MD_BLOCK_TBODY:
		break;
	case MD_BLOCK_QUOTE:
		enter_container(r, NODE_QUOTE, "blockquote");
		break;
	case MD_BLOCK_UL:
		enter_container(r, NODE_CONTAINER, "bulletList");
		break;
	case MD_BLOCK_OL:
		enter_ordered(r, detail);
		break;
	case MD_BLOCK_LI:
		enter_item(r, detail);
		break;
	case MD_BLOCK_HR:
		doc_leaf(&r->doc, "horizontalRule", NULL, (struct text){ 0 });
		break;
	case MD_BLOCK_H:
		doc_open(&r->doc, NODE_HEADING, "heading");
		doc_content(&r->doc);
		break;
	case MD_BLOCK_CODE:
		enter_code(r, detail);
		break;
	case MD_BLOCK_HTML:
		r->in_html = true;
		r->html_at = r->at;
		break;
	case MD_BLOCK_TABLE:
	case MD_BLOCK_TR:
		doc_open(&r->doc, NODE_CONTAINER, type == MD_BLOCK_TABLE ? "table" : "tableRow");
		doc_content(&r->doc);
		break;
	case MD_BLOCK_TH:
		enter_cell(r, "tableHeader", ((const MD_BLOCK_TD_DETAIL *)detail)->align);
		break;
	case MD_BLOCK_TD:
		enter_cell(r, "tableCell", ((const MD_BLOCK_TD_DETAIL *)detail)->align);
		break;
	}
	return r->doc.out.why ? -1 : 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *self)
{
	struct reader *r = self;

	doc_close_paragraph(&r->doc);
	switch (type) {
	case MD_BLOCK_DOC:
	case MD_BLOCK_P:
	case MD_BLOCK_THEAD:
	case MD_BLOCK_TBODY:
	case MD_BLOCK_HR:
		break;
	case MD_BLOCK_QUOTE:
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
	case MD_BLOCK_LI:
		leave_container(r);
		break;
	case MD_BLOCK_H:
		leave_heading(r, ((const MD_BLOCK_H_DETAIL *)detail)->level);
		break;
	case MD_BLOCK_CODE:
		leave_code(r);
		break;
	case MD_BLOCK_HTML:
		end_html_block(r);
		break;
	case MD_BLOCK_TABLE:
	case MD_BLOCK_TR:
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		doc_close(&r->doc);
		break;
	}
	return r->doc.out.why ? -1 : 0;
}

/* ---- spans ---- */

static void set_mark(struct reader *r, int *depth, int by, unsigned mark)
{
	doc_flush(&r->doc);
	*depth += by;
	r->doc.marks = *depth ? r->doc.marks | mark : r->doc.marks & ~mark;
}

static void end_formula(struct reader *r, bool display)
{
	struct doc_writer *doc = &r->doc;
	CLEANUP(buffer_free) struct buffer tex = BUFFER(MARKDOWN_DOC_MAX);

	markdown__restore(&tex, text_trim(buffer_text(&r->formula)));
	if (display && (doc_top(doc)->kind == NODE_PARAGRAPH || doc_top(doc)->kind == NODE_CONTAINER || doc_top(doc)->kind == NODE_QUOTE)) {
		doc_close_paragraph(doc);
		doc_leaf(doc, "mathBlock", "tex", buffer_text(&tex));
	} else {
		doc_inline(doc);
		if (doc->soft)
			doc_text(doc, TEXT(MARKDOWN_BLANK));
		doc_flush(doc);
		doc_leaf(doc, "mathInline", "tex", buffer_text(&tex));
	}
	buffer_add(&doc->plain, buffer_text(&tex));
	buffer_clear(&r->formula);
}

static void change_span(struct reader *r, MD_SPANTYPE type, void *detail, bool enter)
{
	int by = enter ? 1 : -1, code = 0;

	switch (type) {
	case MD_SPAN_EM:
		set_mark(r, &r->italic, by, MARK_ITALIC);
		break;
	case MD_SPAN_STRONG:
		set_mark(r, &r->bold, by, MARK_BOLD);
		break;
	case MD_SPAN_DEL:
		set_mark(r, &r->strike, by, MARK_STRIKE);
		break;
	case MD_SPAN_CODE:
		set_mark(r, &code, enter ? 1 : 0, MARK_CODE);
		break;
	case MD_SPAN_A:
		if (enter)
			begin_link(r, attribute(r, &((const MD_SPAN_A_DETAIL *)detail)->href));
		else
			end_link(r);
		break;
	case MD_SPAN_LATEXMATH:
	case MD_SPAN_LATEXMATH_DISPLAY:
		if (!enter)
			end_formula(r, type == MD_SPAN_LATEXMATH_DISPLAY);
		break;
	case MD_SPAN_IMG:
	case MD_SPAN_WIKILINK:
	case MD_SPAN_U:
		break;
	}
}

static int enter_span(MD_SPANTYPE type, void *detail, void *self)
{
	struct reader *r = self;

	if (type == MD_SPAN_IMG) {
		if (!r->in_image++) {
			r->image_src = attribute(r, &((const MD_SPAN_IMG_DETAIL *)detail)->src);
			r->image_line = line_of(r, r->at);
		}
	} else if (!r->in_image) {
		change_span(r, type, detail, true);
	}
	return r->doc.out.why ? -1 : 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *self)
{
	struct reader *r = self;

	if (type == MD_SPAN_IMG) {
		if (!--r->in_image) {
			put_image(r, r->image_src, arena_text(r->doc.arena, buffer_text(&r->alt)), r->image_line);
			buffer_clear(&r->alt);
		}
	} else if (!r->in_image) {
		change_span(r, type, detail, false);
	}
	return r->doc.out.why ? -1 : 0;
}

/* ---- text ---- */

/* The first words of a quote say that it is a callout: the quote is taken back and opened again as one. */
static bool begins_callout(struct reader *r, struct text t)
{
	static const char *const kinds[] = { "note", "tip", "important", "warning", "caution" };
	struct node *top = doc_top(&r->doc);

	t = text_trim(t);
	if (top->kind != NODE_QUOTE || top->any || r->flat || t.length < 4 || !text_starts(t, TEXT("[!")) || !text_ends(t, TEXT("]")))
		return false;
	t = (struct text){ t.at + 2, t.length - 3 };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!text_eq_nocase(t, text_of(kinds[i])))
			continue;
		doc_take_back(&r->doc);
		doc_open(&r->doc, NODE_CONTAINER, "callout");
		buffer_format(&r->doc.out, ",\"attrs\":{\"kind\":\"%s\"}", kinds[i]);
		doc_content(&r->doc);
		return true;
	}
	return false;
}

static struct markdown_note *find_note(struct reader *r, struct text label)
{
	for (size_t i = 0; i < r->source.note_count; i++) {
		if (text_eq(r->source.notes[i].label, label))
			return &r->source.notes[i];
	}
	return NULL;
}

static void refer(struct reader *r, struct markdown_note *note)
{
	struct doc_writer *doc = &r->doc;
	bool linked = doc->linked;
	struct markdown_link link = doc->link;

	if (!note->number)
		note->number = ++r->notes_used;
	doc_flush(doc);
	doc->linked = true;
	doc->link = (struct markdown_link){ .href = arena_format(doc->arena, "#fn-%lld", (long long)note->number) };
	doc_text(doc, arena_format(doc->arena, "[%lld]", (long long)note->number));
	doc_flush(doc);
	doc->linked = linked;
	doc->link = link;
}

static void put_text(struct reader *r, struct text t)
{
	while (r->source.note_count) {
		size_t open = text_find(t, TEXT("[^")), end;
		struct markdown_note *note;

		if (open == SIZE_MAX)
			break;
		end = text_find_char(text_head(text_from(t, open), 64), ']');
		note = end == SIZE_MAX ? NULL : find_note(r, (struct text){ t.at + open + 2, end - 2 });
		doc_text(&r->doc, text_head(t, note ? open : open + 2));
		if (note)
			refer(r, note);
		t = text_from(t, note ? open + end + 1 : open + 2);
	}
	doc_text(&r->doc, t);
}

static void put_alt(struct reader *r, MD_TEXTTYPE type, struct text t)
{
	if (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR)
		buffer_add_char(&r->alt, ' ');
	else if (type == MD_TEXT_ENTITY)
		markdown__entity(&r->alt, t);
	else if (type != MD_TEXT_HTML && type != MD_TEXT_NULLCHAR)
		markdown__restore(&r->alt, t);
}

static void put_entity(struct reader *r, struct text entity)
{
	CLEANUP(buffer_free) struct buffer decoded = BUFFER(64);

	markdown__entity(&decoded, entity);
	doc_text(&r->doc, buffer_text(&decoded));
}

static void put_break(struct reader *r)
{
	doc_inline(&r->doc);
	doc_flush(&r->doc);
	doc_leaf(&r->doc, "hardBreak", NULL, (struct text){ 0 });
	buffer_add_char(&r->doc.plain, '\n');
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *at, MD_SIZE size, void *self)
{
	struct reader *r = self;
	struct text t = { at, size };

	see(r, at);
	if (r->in_image) {
		put_alt(r, type, t);
		return r->doc.out.why ? -1 : 0;
	}
	switch (type) {
	case MD_TEXT_NORMAL:
		if (!begins_callout(r, t))
			put_text(r, t);
		break;
	case MD_TEXT_NULLCHAR:
		doc_text(&r->doc, TEXT("\xEF\xBF\xBD"));
		break;
	case MD_TEXT_BR:
		put_break(r);
		break;
	case MD_TEXT_SOFTBR:
		doc_soft_break(&r->doc);
		break;
	case MD_TEXT_ENTITY:
		put_entity(r, t);
		break;
	case MD_TEXT_CODE:
		doc_text(&r->doc, t);
		break;
	case MD_TEXT_HTML:
		if (!r->in_html) {
			put_html(r, t);
			break;
		}
		if (!r->html.length)
			r->html_at = r->at;
		buffer_add(&r->html, t);
		break;
	case MD_TEXT_LATEXMATH:
		buffer_add(&r->formula, t);
		break;
	}
	return r->doc.out.why ? -1 : 0;
}

/* ---- the whole ---- */

static void parse(struct reader *r, struct text input, int64_t first_line)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_LATEXMATHSPANS | MD_FLAG_PERMISSIVEURLAUTOLINKS,
		.enter_block = enter_block, .leave_block = leave_block, .enter_span = enter_span, .leave_span = leave_span, .text = on_text,
	};

	r->input = input;
	r->first_line = first_line;
	r->at = 0;
	r->lines = find_lines(r->doc.arena, input, &r->line_count);
	/* -1 when it is out of memory, or a callback said so (a positive answer would not stop it): the writer holds why */
	if (md_parse(input.at, (MD_SIZE)input.length, &parser, r) && !r->doc.out.why)
		r->doc.out.why = &problem_internal;
}

static struct markdown_note *note_of(struct reader *r, int64_t number)
{
	for (size_t i = 0; i < r->source.note_count; i++) {
		if (r->source.notes[i].number == number)
			return &r->source.notes[i];
	}
	return NULL;
}

static void put_notes(struct reader *r)
{
	struct markdown_note *note = note_of(r, 1);

	if (!note || r->doc.out.why)
		return;
	doc_open(&r->doc, NODE_CONTAINER, "footnotes");
	doc_content(&r->doc);
	/* a note may refer to further ones */
	for (int64_t number = 1; note && !r->doc.out.why; note = note_of(r, ++number)) {
		doc_open(&r->doc, NODE_CONTAINER, "footnote");
		buffer_format(&r->doc.out, ",\"attrs\":{\"id\":\"fn-%lld\"}", (long long)number);
		doc_content(&r->doc);
		parse(r, note->body, note->line);
		doc_close(&r->doc);
	}
	doc_close(&r->doc);
}

static void finish(struct reader *r)
{
	struct doc_writer *doc = &r->doc;
	struct markdown *ret = r->ret;

	buffer_add(&doc->out, TEXT("]}"));
	ret->doc = arena_text(doc->arena, buffer_text(&doc->out));
	ret->plain = arena_text(doc->arena, text_trim(buffer_text(&doc->plain)));
	ret->lead = doc->lead;
	ret->ids = doc->ids;
	ret->id_count = doc->id_count;
	ret->minutes = markdown__minutes(ret->plain);
}

problem markdown_read(struct arena *arena, struct text source, const struct markdown_options *options, struct markdown *ret)
{
	static const struct markdown_options none;
	struct reader r = { .options = options ? options : &none, .ret = ret, .alt = BUFFER(MARKDOWN_DOC_MAX), .html = BUFFER(MARKDOWN_DOC_MAX),
		            .formula = BUFFER(MARKDOWN_DOC_MAX) };
	problem why;

	*ret = (struct markdown){ 0 };
	if (source.length > MARKDOWN_MAX)
		return &problem_too_large;
	if (!text_is_utf8(source))
		return &problem_malformed;
	markdown__prepare(arena, source, &r.source);
	doc_begin(&r.doc, arena);
	parse(&r, r.source.text, 1);
	put_notes(&r);
	finish(&r);
	why = r.doc.out.why ? r.doc.out.why : r.doc.plain.why;
	doc_end(&r.doc);
	buffer_free(&r.alt);
	buffer_free(&r.html);
	buffer_free(&r.formula);
	return why;
}
