/* doc.c - one function per kind of node, found in a table. Text is escaped always; an address must be http(s), mailto or our
 * own path, or the link is only its text. */
#include "catalog/doc.h"

#include "serve/page.h"

struct writer {
	const struct doc_view *view;
	struct buffer out;
	int depth;
};

static void write_node(struct writer *w, const json_t *node);

static void put(struct writer *w, const char *html) { buffer_add(&w->out, text_of(html)); }

static void put_text(struct writer *w, struct text t) { escape_html(&w->out, t); }

static void put_attribute(struct writer *w, const char *name, struct text value)
{
	buffer_format(&w->out, " %s=\"", name);
	put_text(w, value);
	buffer_add_char(&w->out, '"');
}

static const json_t *attrs_of(const json_t *node) { return json_object_get(node, "attrs"); }
static struct text attr(const json_t *node, const char *name) { return json_get_text(attrs_of(node), name); }

static void write_children(struct writer *w, const json_t *node)
{
	const json_t *content = json_object_get(node, "content");

	if (w->depth >= DOC_DEPTH_MAX)
		return;
	w->depth++;
	for (size_t i = 0; i < json_array_size(content); i++)
		write_node(w, json_array_get(content, i));
	w->depth--;
}

static void write_in(struct writer *w, const json_t *node, const char *open, const char *close)
{
	put(w, open);
	write_children(w, node);
	put(w, close);
}

/* ---- text and marks ---- */

/* Browsers drop tabs and line ends from an address, and may read what is left as another host. */
static bool has_control(struct text href)
{
	for (size_t i = 0; i < href.length; i++) {
		if ((unsigned char)href.at[i] < ' ')
			return true;
	}
	return false;
}

static bool own_path(struct text href) { return text_starts(href, TEXT("/")) && !text_starts(href, TEXT("//")) && text_find_char(href, '\\') == SIZE_MAX; }

static bool foreign(struct text href) { return text_starts(href, TEXT("https://")) || text_starts(href, TEXT("http://")); }

bool doc_address_is_safe(struct text href)
{
	if (has_control(href))
		return false;
	return own_path(href) || foreign(href) || text_starts(href, TEXT("mailto:")) || text_starts(href, TEXT("#"));
}

static bool open_link(struct writer *w, const json_t *mark)
{
	struct text href = attr(mark, "href"), lesson = attr(mark, "lesson"), anchor = attr(mark, "anchor");

	if (lesson.at) {
		put(w, "<a href=\"");
		put_text(w, w->view->work_url);
		put(w, "/");
		put_text(w, lesson);
		if (anchor.length) {
			put(w, "#");
			put_text(w, anchor);
		}
		put(w, "\">");
		return true;
	}
	if (!doc_address_is_safe(href))
		return false;
	put(w, "<a");
	put_attribute(w, "href", href);
	put(w, foreign(href) ? " rel=\"noopener nofollow\">" : ">");
	return true;
}

static const struct {
	const char *type, *open, *close;
} simple_marks[] = {
	{ "bold", "<strong>", "</strong>" },
	{ "italic", "<em>", "</em>" },
	{ "strike", "<s>", "</s>" },
	{ "code", "<code>", "</code>" },
};

static const char *open_mark(struct writer *w, const json_t *mark)
{
	struct text type = json_get_text(mark, "type");

	for (size_t i = 0; i < sizeof simple_marks / sizeof *simple_marks; i++) {
		if (text_is(type, simple_marks[i].type)) {
			put(w, simple_marks[i].open);
			return simple_marks[i].close;
		}
	}
	return text_eq(type, TEXT("link")) && open_link(w, mark) ? "</a>" : "";
}

static void write_text(struct writer *w, const json_t *node)
{
	enum { MARKS_MAX = 8 };
	const json_t *marks = json_object_get(node, "marks");
	const char *close[MARKS_MAX];
	size_t n = json_array_size(marks);

	if (n > MARKS_MAX)
		n = MARKS_MAX;
	for (size_t i = 0; i < n; i++)
		close[i] = open_mark(w, json_array_get(marks, i));
	put_text(w, json_get_text(node, "text"));
	while (n-- > 0)
		put(w, close[n]);
}

/* ---- blocks ---- */

static bool only_image(const json_t *node)
{
	const json_t *content = json_object_get(node, "content");

	return json_array_size(content) == 1 && text_eq(json_get_text(json_array_get(content, 0), "type"), TEXT("image"));
}

static void write_paragraph(struct writer *w, const json_t *node)
{
	if (only_image(node))
		write_in(w, node, "<figure>", "</figure>");
	else
		write_in(w, node, "<p>", "</p>");
}

static void write_heading(struct writer *w, const json_t *node)
{
	int64_t level = json_get_int(attrs_of(node), "level", 2);

	level = level < 2 ? 2 : level > 6 ? 6 : level;
	buffer_format(&w->out, "<h%d", (int)level);
	if (attr(node, "id").length)
		put_attribute(w, "id", attr(node, "id"));
	put(w, ">");
	write_children(w, node);
	buffer_format(&w->out, "</h%d>", (int)level);
}

static void write_list(struct writer *w, const json_t *node) { write_in(w, node, "<ul>", "</ul>"); }

static void write_ordered(struct writer *w, const json_t *node)
{
	buffer_format(&w->out, "<ol start=\"%lld\">", (long long)json_get_int(attrs_of(node), "start", 1));
	write_in(w, node, "", "</ol>");
}

static void write_item(struct writer *w, const json_t *node) { write_in(w, node, "<li>", "</li>"); }

static void write_task(struct writer *w, const json_t *node)
{
	bool done = json_is_true(json_object_get(attrs_of(node), "checked"));

	write_in(w, node, done ? "<li class=\"task task--done\">" : "<li class=\"task\">", "</li>");
}

static void write_quote(struct writer *w, const json_t *node) { write_in(w, node, "<blockquote>", "</blockquote>"); }
static void write_rule(struct writer *w, const json_t *node) { (void)node, put(w, "<hr>"); }
static void write_break(struct writer *w, const json_t *node) { (void)node, put(w, "<br>"); }

static void write_callout(struct writer *w, const json_t *node)
{
	static const char *const kinds[] = { "note", "tip", "important", "warning", "caution" };
	struct text kind = attr(node, "kind");
	const char *known = kinds[0];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (text_is(kind, kinds[i]))
			known = kinds[i];
	}
	buffer_format(&w->out, "<div class=\"callout callout--%s\"><p class=\"callout__title\">", known);
	put_text(w, say(w->view->rq, arena_cstr(w->view->rq->arena, arena_format(w->view->rq->arena, "callout.%s", known))));
	write_in(w, node, "</p>", "</div>");
}

static void write_code(struct writer *w, const json_t *node)
{
	struct text language = attr(node, "language");

	put(w, "<div class=\"code\">");
	if (language.length) {
		put(w, "<span class=\"code__language\">");
		put_text(w, language);
		put(w, "</span>");
	}
	write_in(w, node, "<pre tabindex=\"0\"><code>", "</code></pre></div>");
}

static void write_image(struct writer *w, const json_t *node)
{
	struct text blob = attr(node, "blob"), alt = attr(node, "alt");
	int64_t width = json_get_int(attrs_of(node), "width", 0), height = json_get_int(attrs_of(node), "height", 0);

	if (!blob.length) {
		put(w, "<span class=\"missing\">");
		put_text(w, alt);
		put(w, "</span>");
		return;
	}
	put(w, "<img loading=\"lazy\" src=\"/media/");
	put_text(w, blob);
	put(w, "\"");
	put_attribute(w, "alt", alt.at ? alt : TEXT(""));
	if (width > 0 && height > 0)
		buffer_format(&w->out, " width=\"%lld\" height=\"%lld\"", (long long)width, (long long)height);
	put(w, ">");
}

/* ---- recordings and files ---- */

static const struct media_item *item_of(const struct writer *w, int64_t id)
{
	for (size_t i = 0; i < w->view->media_count; i++) {
		if (w->view->media[i].id.v == id && w->view->media[i].state == ASSET_READY)
			return &w->view->media[i];
	}
	return NULL;
}

static void write_captions(struct writer *w, const struct media_item *item)
{
	for (size_t i = 0; i < item->caption_count; i++) {
		put(w, "<track kind=\"captions\"");
		put_attribute(w, "src", item->captions[i].url);
		put_attribute(w, "srclang", item->captions[i].language);
		put_attribute(w, "label", item->captions[i].language);
		put(w, ">");
	}
}

/* The browser's own controls: they work without script. */
static void write_player(struct writer *w, const struct media_item *item, struct text title)
{
	bool video = item->kind == ASSET_VIDEO;

	put(w, video ? "<figure><video controls playsinline preload=\"metadata\"" : "<figure><audio controls preload=\"metadata\"");
	put_attribute(w, "src", item->url);
	if (item->poster.length)
		put_attribute(w, "poster", item->poster);
	if (video && item->width > 0)
		buffer_format(&w->out, " width=\"%lld\" height=\"%lld\"", (long long)item->width, (long long)item->height);
	put(w, ">");
	write_captions(w, item);
	put(w, video ? "</video><figcaption>" : "</audio><figcaption>");
	put_text(w, title);
	put(w, "</figcaption></figure>");
}

static void write_pages(struct writer *w, const struct media_item *item, struct text title)
{
	put(w, "<div class=\"pages\" tabindex=\"0\" role=\"region\"");
	put_attribute(w, "aria-label", title);
	put(w, ">");
	for (int64_t page = 1; page <= item->pages; page++) {
		struct text rest = item->page_url, before = text_cut(&rest, '{');

		put(w, "<img loading=\"lazy\" alt=\"\" src=\"");
		put_text(w, before);
		buffer_format(&w->out, "%lld", (long long)page);
		put_text(w, text_from(rest, 2));
		put(w, "\">");
	}
	put(w, "</div>");
}

static void write_asset(struct writer *w, const json_t *node)
{
	struct text type = json_get_text(node, "type"), title = attr(node, "title");
	const struct media_item *item = item_of(w, json_get_int(attrs_of(node), "asset", 0));

	if (!title.length)
		title = item ? item->name : say(w->view->rq, arena_cstr(w->view->rq->arena, arena_format(w->view->rq->arena, "media.kind.%.*s", TEXT_ARG(type))));
	if (item && (item->kind == ASSET_VIDEO || item->kind == ASSET_AUDIO)) {
		write_player(w, item, title);
	} else if (item && item->pages) {
		write_pages(w, item, title);
	} else {
		put(w, "<p class=\"asset\">");
		if (item && item->url.length) {
			put(w, "<a download");
			put_attribute(w, "href", item->url);
			put(w, ">");
		}
		put_text(w, title);
		put(w, item && item->url.length ? "</a></p>" : "</p>");
	}
}

static void write_math_inline(struct writer *w, const json_t *node)
{
	put(w, "<span class=\"math\">");
	put_text(w, attr(node, "tex"));
	put(w, "</span>");
}

static void write_math_block(struct writer *w, const json_t *node)
{
	put(w, "<div class=\"math math--block\" tabindex=\"0\">");
	put_text(w, attr(node, "tex"));
	put(w, "</div>");
}

/* ---- tables: rows of header cells first ---- */

static bool is_head_row(const json_t *row)
{
	return text_eq(json_get_text(json_array_get(json_object_get(row, "content"), 0), "type"), TEXT("tableHeader"));
}

static void write_cell(struct writer *w, const json_t *node)
{
	bool head = text_eq(json_get_text(node, "type"), TEXT("tableHeader"));
	struct text align = attr(node, "align");
	const char *class = text_eq(align, TEXT("right")) ? " class=\"right\"" : text_eq(align, TEXT("center")) ? " class=\"center\"" : "";

	buffer_format(&w->out, head ? "<th scope=\"col\"%s>" : "<td%s>", class);
	write_in(w, node, "", head ? "</th>" : "</td>");
}

static void write_row(struct writer *w, const json_t *node) { write_in(w, node, "<tr>", "</tr>"); }

static void write_table(struct writer *w, const json_t *node)
{
	const json_t *rows = json_object_get(node, "content");
	size_t n = json_array_size(rows), heads = 0;

	put(w, "<div class=\"table\" tabindex=\"0\" role=\"region\"");
	put_attribute(w, "aria-label", say(w->view->rq, "learn.table"));
	put(w, "><table>");
	while (heads < n && is_head_row(json_array_get(rows, heads)))
		heads++;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || i == heads)
			put(w, i < heads ? "<thead>" : "<tbody>");
		write_node(w, json_array_get(rows, i));
		if (i + 1 == n || i + 1 == heads)
			put(w, i < heads ? "</thead>" : "</tbody>");
	}
	put(w, "</table></div>");
}

static void write_footnotes(struct writer *w, const json_t *node)
{
	put(w, "<section class=\"footnotes\"");
	put_attribute(w, "aria-label", say(w->view->rq, "learn.footnotes"));
	write_in(w, node, "><ol>", "</ol></section>");
}

static void write_footnote(struct writer *w, const json_t *node)
{
	put(w, "<li");
	put_attribute(w, "id", attr(node, "id"));
	write_in(w, node, ">", "</li>");
}

static const struct {
	const char *type;
	void (*write)(struct writer *w, const json_t *node);
} nodes[] = {
	{ "text", write_text },
	{ "paragraph", write_paragraph },
	{ "heading", write_heading },
	{ "bulletList", write_list },
	{ "orderedList", write_ordered },
	{ "listItem", write_item },
	{ "taskItem", write_task },
	{ "blockquote", write_quote },
	{ "callout", write_callout },
	{ "codeBlock", write_code },
	{ "table", write_table },
	{ "tableRow", write_row },
	{ "tableHeader", write_cell },
	{ "tableCell", write_cell },
	{ "image", write_image },
	{ "horizontalRule", write_rule },
	{ "hardBreak", write_break },
	{ "mathInline", write_math_inline },
	{ "mathBlock", write_math_block },
	{ "footnotes", write_footnotes },
	{ "footnote", write_footnote },
	{ "video", write_asset },
	{ "audio", write_asset },
	{ "attachment", write_asset },
	{ "pdf", write_asset },
};

static void write_node(struct writer *w, const json_t *node)
{
	struct text type = json_get_text(node, "type");

	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		if (text_is(type, nodes[i].type)) {
			nodes[i].write(w, node);
			return;
		}
	}
}

problem doc_to_html(const struct doc_view *view, struct text doc, struct text *ret)
{
	struct writer w = { .view = view, .out = BUFFER(DOC_HTML_MAX) };
	json_t *tree;
	problem why = json_read(view->rq->arena, doc, &tree);

	if (why)
		return why;
	if (!text_eq(json_get_text(tree, "type"), TEXT("doc")))
		return &problem_malformed;
	write_children(&w, tree);
	why = w.out.why;
	if (!why)
		*ret = arena_text(view->rq->arena, buffer_text(&w.out));
	buffer_free(&w.out);
	return why;
}
