/* doc_check.c - a walk along the tree with one table: what a node is, what it holds, which attributes it has. */
#include "catalog/doc_check.h"

#include <assert.h>
#include <stdio.h>

#include "base/json.h"
#include "catalog/doc.h"
#include "catalog/markdown_parts.h"

enum holds { NOTHING = 0, BLOCK = 1 << 0, INLINE = 1 << 1, ITEM = 1 << 2, ROW = 1 << 3, CELL = 1 << 4, NOTE = 1 << 5 };

static const struct known {
	const char *type;
	unsigned is, holds;
	const char *attrs[6];
	bool shows; /* worth publishing even without a text */
} nodes[] = {
	{ "text", INLINE, NOTHING, { NULL }, false },
	{ "hardBreak", INLINE, NOTHING, { NULL }, false },
	{ "mathInline", INLINE, NOTHING, { "tex" }, true },
	{ "image", INLINE, NOTHING, { "blob", "src", "alt", "title", "width", "height" }, true },
	{ "paragraph", BLOCK, INLINE, { NULL }, false },
	{ "heading", BLOCK, INLINE, { "level", "id" }, false },
	{ "blockquote", BLOCK, BLOCK, { NULL }, false },
	{ "callout", BLOCK, BLOCK, { "kind" }, false },
	{ "codeBlock", BLOCK, INLINE, { "language" }, false },
	{ "bulletList", BLOCK, ITEM, { NULL }, false },
	{ "orderedList", BLOCK, ITEM, { "start" }, false },
	{ "listItem", ITEM, BLOCK | INLINE, { NULL }, false },
	{ "taskItem", ITEM, BLOCK | INLINE, { "checked" }, false },
	{ "table", BLOCK, ROW, { NULL }, false },
	{ "tableRow", ROW, CELL, { NULL }, false },
	{ "tableHeader", CELL, INLINE, { "align" }, false },
	{ "tableCell", CELL, INLINE, { "align" }, false },
	{ "mathBlock", BLOCK, NOTHING, { "tex" }, true },
	{ "horizontalRule", BLOCK, NOTHING, { NULL }, false },
	{ "footnotes", BLOCK, NOTE, { NULL }, false },
	{ "footnote", NOTE, BLOCK | INLINE, { "id" }, false },
	{ "video", BLOCK, NOTHING, { "asset", "title" }, true },
	{ "audio", BLOCK, NOTHING, { "asset", "title" }, true },
	{ "pdf", BLOCK, NOTHING, { "asset", "title" }, true },
	{ "attachment", BLOCK, NOTHING, { "asset", "title" }, true },
};
static const struct known document = { "doc", NOTHING, BLOCK, { NULL }, false };

static const struct known marks[] = {
	{ "bold", 0, 0, { NULL }, false },
	{ "italic", 0, 0, { NULL }, false },
	{ "strike", 0, 0, { NULL }, false },
	{ "code", 0, 0, { NULL }, false },
	{ "link", 0, 0, { "href", "lesson", "anchor" }, false },
};

enum { PATH_MAX_BYTES = 2048, MARKS_MAX = 8, ATTRS_MAX = 6, ATTR_MAX = 20000 };

struct check {
	struct arena *arena;
	struct doc_fault *fault;
	struct buffer plain;
	char path[PATH_MAX_BYTES];
	size_t path_length, nodes;
	int depth;
	bool shows;
};

static bool refuse(struct check *c, const char *why)
{
	*c->fault = (struct doc_fault){ arena_text(c->arena, (struct text){ c->path, c->path_length }), why };
	return false;
}

/* Depth is limited, so the room is always enough. */
static size_t enter(struct check *c, const char *step, size_t i)
{
	size_t before = c->path_length;
	int n = snprintf(c->path + before, sizeof c->path - before, ".%s[%zu]", step, i);

	assert(n > 0 && before + (size_t)n < sizeof c->path);
	c->path_length += (size_t)n;
	return before;
}

static const struct known *find(const struct known *table, size_t n, struct text type)
{
	for (size_t i = 0; i < n; i++) {
		if (text_is(type, table[i].type))
			return &table[i];
	}
	return NULL;
}

/* ---- attributes ---- */

static bool is_plain(const json_t *value)
{
	return json_is_string(value) ? json_string_length(value) <= ATTR_MAX : !json_is_object(value) && !json_is_array(value);
}

static bool is_blob(struct text name)
{
	enum { HASH = 64 };

	for (size_t i = 0; i < name.length; i++) {
		bool letter = (name.at[i] >= 'a' && name.at[i] <= 'z') || (name.at[i] >= '0' && name.at[i] <= '9');

		if (i == HASH ? name.at[i] != '.' : !letter)
			return false;
	}
	return name.length > HASH + 1 && name.length <= HASH + 6;
}

static bool is_well(const char *key, const json_t *value)
{
	if (json_is_null(value))
		return true;
	if (!strcmp(key, "href") || !strcmp(key, "src"))
		return doc_address_is_safe(json_text(value));
	if (!strcmp(key, "blob"))
		return is_blob(json_text(value));
	if (!strcmp(key, "level") || !strcmp(key, "start") || !strcmp(key, "width") || !strcmp(key, "height") || !strcmp(key, "asset"))
		return json_is_integer(value) && json_integer_value(value) >= 0;
	return !strcmp(key, "checked") ? json_is_boolean(value) : json_is_string(value);
}

static bool is_named(const struct known *known, const char *key)
{
	for (size_t i = 0; i < ATTRS_MAX && known->attrs[i]; i++) {
		if (!strcmp(known->attrs[i], key))
			return true;
	}
	return false;
}

static bool check_attrs(struct check *c, const struct known *known, json_t *node)
{
	json_t *attrs = json_object_get(node, "attrs"), *value;
	const char *key;

	if (!attrs)
		return true;
	if (!json_is_object(attrs))
		return refuse(c, "type");
	json_object_foreach(attrs, key, value) {
		if (!is_named(known, key))
			return refuse(c, "unknown");
		if (!is_plain(value) || !is_well(key, value))
			return refuse(c, !strcmp(key, "href") || !strcmp(key, "src") ? "address" : "type");
	}
	return true;
}

/* What stands beside the type: nothing that a later reader could take for more than it is. */
static bool has_only(struct check *c, json_t *node, const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach(node, key, value) {
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key))
			i++;
		if (!keys[i])
			return refuse(c, "unknown");
	}
	return true;
}

/* ---- text ---- */

static bool check_marks(struct check *c, const json_t *node)
{
	static const char *const keys[] = { "type", "attrs", NULL };
	const json_t *list = json_object_get(node, "marks");

	if (list && (!json_is_array(list) || json_array_size(list) > MARKS_MAX))
		return refuse(c, "type");
	for (size_t i = 0; i < json_array_size(list); i++) {
		size_t before = enter(c, "marks", i);
		json_t *mark = json_array_get(list, i);
		const struct known *known = find(marks, sizeof marks / sizeof *marks, json_get_text(mark, "type"));

		if (!known)
			return refuse(c, "unknown");
		if (!has_only(c, mark, keys) || !check_attrs(c, known, mark))
			return false;
		c->path_length = before;
	}
	return true;
}

static bool check_text(struct check *c, const json_t *node)
{
	struct text words = json_get_text(node, "text");

	if (!words.length)
		return refuse(c, "type");
	buffer_add(&c->plain, words);
	return check_marks(c, node);
}

/* ---- nodes ---- */

static bool check_node(struct check *c, json_t *node, unsigned place);

static bool check_children(struct check *c, const json_t *node, const struct known *known)
{
	const json_t *content = json_object_get(node, "content");

	if (!content)
		return true;
	if (!json_is_array(content))
		return refuse(c, "type");
	if (json_array_size(content) && c->depth == DOC_DEPTH_MAX)
		return refuse(c, "too-deep");
	c->depth++;
	for (size_t i = 0; i < json_array_size(content); i++) {
		size_t before = enter(c, "content", i);

		if (!check_node(c, json_array_get(content, i), known->holds))
			return false;
		c->path_length = before;
	}
	c->depth--;
	return true;
}

static bool check_node(struct check *c, json_t *node, unsigned place)
{
	static const char *const keys[] = { "type", "attrs", "content", "text", "marks", NULL };
	struct text type = json_get_text(node, "type");
	const struct known *known = find(nodes, sizeof nodes / sizeof *nodes, type);

	if (++c->nodes > DOC_NODES_MAX)
		return refuse(c, "too-large");
	if (!known)
		return refuse(c, "unknown");
	if (!(known->is & place))
		return refuse(c, "misplaced");
	if (!has_only(c, node, keys) || !check_attrs(c, known, node) || (text_is(type, "text") && !check_text(c, node)) ||
	    !check_children(c, node, known))
		return false;
	c->shows |= known->shows;
	if (known->is & (BLOCK | CELL) && known->holds & INLINE)
		buffer_add_char(&c->plain, '\n');
	return true;
}

problem doc_check(struct arena *arena, struct text doc, struct doc_facts *ret, struct doc_fault *ret_fault)
{
	static const char *const keys[] = { "type", "content", NULL };
	struct check c = { .arena = arena, .fault = ret_fault, .plain = BUFFER(DOC_MAX + DOC_NODES_MAX), .path = "doc", .path_length = 3 };
	json_t *tree;
	bool right;
	problem why = doc.length > DOC_MAX ? &problem_too_large : json_read(arena, doc, &tree);

	if (why)
		return why;
	right = text_is(json_get_text(tree, "type"), "doc") ? has_only(&c, tree, keys) && check_children(&c, tree, &document) : refuse(&c, "type");
	if (right) {
		struct text plain = text_trim(buffer_text(&c.plain));

		*ret = (struct doc_facts){ .plain = arena_text(arena, plain), .minutes = markdown__minutes(plain), .empty = !plain.length && !c.shows };
	}
	why = right ? c.plain.why : &problem_invalid;
	buffer_free(&c.plain);
	return why;
}
