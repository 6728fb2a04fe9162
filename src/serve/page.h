/* page.h - public pages: Mustache templates over shapes, messages in the visitor's language, the layout around them.
 *
 * A template is src/ROOM/pages/NAME.html, called "ROOM/NAME"; it is parsed once at start, and checked against the shape
 * that it is rendered with: a name that the shape does not know is a fault found at the first use, not an empty place.
 *
 *   {{name}}              escaped for HTML, text and attributes alike
 *   {{{name}}} {{&name}}  only for SHAPE_HTML (as it is) and SHAPE_JSON (escaped for <script type="application/json">)
 *   {{#name}}..{{/name}}  list: for each; object: inside it, if it is there; else: if it is true, not 0, not empty
 *   {{^name}}..{{/name}}  otherwise
 *   {{> room/name}}       partial; {{! comment}}; {{=<% %>=}} other delimiters; {{a.b}} dotted; {{.}} the item itself
 *   {{t.key.of.message}}  a message of web/src/locales; its {name} is looked up as {{name}} would be, or, behind
 *                         {{t.key name=field}}, as {{field}}. "one | many" and "none | one | many" choose by the first
 *                         number that it names
 *   MONEY   ¥199, ¥199.50; 0 is the message card.free; .yuan "199.00" and .fen 19900 for machines
 *   TIME    2026年11月22日, Nov 22, 2026 (Beijing days); .iso for machines, .clock 14:05
 *   ENUM    the message FIELD.NAME where there is one, else its name; .name its name; {{#kind.course}} is true if it is that
 *   LIST    .count
 *
 * Around each page's struct lies the layout's, so every template may ask page.title ..., site {name, origin, sandbox},
 * me (none or one: id, name), lang, prefix ("" or "/en", before own paths), other_lang, other_lang_url, assets. */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "base/shape.h"

/* ---- a value that a template looks at ---- */

struct messages;
struct view_kind;

struct view {
	const struct view_kind *kind;
	const void *at;
	const struct shape *shape;   /* shapes: of an object, or of a list's items */
	const struct field *field;   /* shapes: of a plain value; its name and .names */
	enum shape_kind what;
	size_t count;                /* of a list's items; which part of a plain value */
	const void *count_at;        /* shapes: of a list's size_t */
};

struct style {
	const struct messages *messages;
	struct text language;
};

enum raw { RAW_NO, RAW_HTML, RAW_SCRIPT };

struct view_kind {
	bool (*member)(struct view of, struct text name, struct view *ret);
	bool (*is_list)(struct view v, size_t *ret_count);
	struct view (*item)(struct view list, size_t i);
	bool (*is_true)(struct view v);
	bool (*is_number)(struct view v, int64_t *ret); /* for the plural of a message */
	void (*print)(struct view v, const struct style *style, struct buffer *out); /* plain text */
	enum raw (*raw)(struct view v);
};

struct view view_of(const struct shape *shape, const void *at);
/* Is that a part of a plain value (.yuan, .iso, .count, the name of an enum)? Needs `what` and `field` only. */
bool view_has_part(struct view of, struct text name);

/* ---- templates ---- */

struct templates;
struct template;

extern const struct problem template_broken; /* 500: a template does not parse, or does not fit its shape; the log says where */

struct template_source {
	const char *name;
	struct text text;
};

struct templates_options {
	const struct template_source *sources;
	size_t count;
	const struct messages *messages;  /* NULL: {{t.x}} is a name like any other */
	bool lenient;                     /* unknown names and partials are empty, as the specification has it; any value may be raw */
};

MUST problem templates_open(struct arena *arena, const struct templates_options *options, struct templates **ret);
const struct template *templates_find(const struct templates *set, struct text name); /* NULL: none */
struct text template_text(const struct template *t); /* as it was written */
/* Would every name of it be found in one of these shapes, the last one first? Once per template and shape. */
MUST problem template_check(const struct template *t, const struct shape *const *shapes, size_t count);
/* Looks names up in contexts, the last one first. */
MUST problem template_render(const struct template *t, struct text language, const struct view *contexts, size_t count,
                             struct buffer *out);

/* ---- messages: FOLDER/zh-CN.json and FOLDER/en.json, nested objects of texts, as vue-i18n reads them ---- */

MUST problem messages_open(struct arena *arena, struct text folder, struct messages **ret); /* no folder: no messages */
struct text messages_find(const struct messages *messages, struct text language, struct text key); /* absent: none */
bool messages_are_there(const struct messages *messages);

void escape_html(struct buffer *out, struct text t);

#endif
