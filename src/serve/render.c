/* render.c - walks a parsed template: names are looked up in the contexts, the innermost first. */
#include "serve/template.h"

#include "base/log.h"

#include <assert.h>

enum { CONTEXTS_MAX = 64, PARTIALS_MAX = 32, INDENT_MAX = 128, VALUE_MAX = 8 << 20 };

struct render {
	const struct template *in;
	struct style style;
	struct buffer *out, value;
	struct view contexts[CONTEXTS_MAX];
	size_t depth, partials;
	struct text indent;     /* before each line of the partial that we are in */
	bool line_begins;
	problem why;
};

static void render_nodes(struct render *r, size_t from, size_t to);

void escape_html(struct buffer *out, struct text t)
{
	size_t done = 0;

	for (size_t i = 0; i < t.length; i++) {
		const char *as = t.at[i] == '&' ? "&amp;" : t.at[i] == '<' ? "&lt;" : t.at[i] == '>' ? "&gt;" : t.at[i] == '"' ? "&quot;" :
		                 t.at[i] == '\'' ? "&#39;" : NULL;

		if (!as)
			continue;
		buffer_add(out, (struct text){ t.at + done, i - done });
		buffer_add(out, text_of(as));
		done = i + 1;
	}
	buffer_add(out, text_from(t, done));
}

static bool look_up(const struct render *r, struct text name, struct view *ret)
{
	struct text rest = name, first;
	bool found = false;

	assert(r->depth);
	if (text_is(name, ".")) {
		*ret = r->contexts[r->depth - 1];
		return true;
	}
	first = text_cut(&rest, '.');
	for (size_t i = r->depth; i && !found; i--)
		found = r->contexts[i - 1].kind->member(r->contexts[i - 1], first, ret);
	while (found && rest.at) {
		first = text_cut(&rest, '.');
		found = ret->kind->member(*ret, first, ret);
	}
	return found;
}

static void begin_line(struct render *r)
{
	if (r->line_begins)
		buffer_add(r->out, r->indent);
	r->line_begins = false;
}

static void render_text(struct render *r, struct text t)
{
	struct text rest = t;

	while (r->indent.length && rest.length) {
		size_t newline = text_find_char(rest, '\n'), length = newline == SIZE_MAX ? rest.length : newline + 1;

		begin_line(r);
		buffer_add(r->out, text_head(rest, length));
		r->line_begins = newline != SIZE_MAX;
		rest = text_from(rest, length);
	}
	if (rest.length) {
		buffer_add(r->out, rest);
		r->line_begins = rest.at[rest.length - 1] == '\n';
	}
}

static struct text value_of(struct render *r, struct view v)
{
	buffer_clear(&r->value);
	v.kind->print(v, &r->style, &r->value);
	return buffer_text(&r->value);
}

static void render_raw(struct render *r, struct view v)
{
	enum raw raw = v.kind->raw(v);

	switch (raw) {
	case RAW_NO:
		r->why = &template_broken;
		break;
	case RAW_HTML:
		buffer_add(r->out, value_of(r, v));
		break;
	case RAW_SCRIPT:
		json_write_script(r->out, value_of(r, v));
		break;
	}
}

static void push(struct render *r, struct view v)
{
	if (r->depth == CONTEXTS_MAX)
		r->why = &template_broken;
	else
		r->contexts[r->depth++] = v;
}

static void render_inside(struct render *r, struct view v, size_t from, size_t to)
{
	push(r, v);
	if (r->why)
		return;
	render_nodes(r, from, to);
	r->depth--;
}

static void render_section(struct render *r, const struct node *node, size_t from)
{
	struct view v;
	size_t count;

	if (!look_up(r, node->text, &v))
		return;
	if (!v.kind->is_list(v, &count)) {
		if (v.kind->is_true(v))
			render_inside(r, v, from, node->end);
		return;
	}
	for (size_t i = 0; i < count && !r->why; i++)
		render_inside(r, v.kind->item(v, i), from, node->end);
}

static void render_inverted(struct render *r, const struct node *node, size_t from)
{
	struct view v;

	if (!look_up(r, node->text, &v) || !v.kind->is_true(v))
		render_nodes(r, from, node->end);
}

static struct text join_indents(struct text outer, struct text inner, char room[INDENT_MAX])
{
	outer = text_head(outer, INDENT_MAX / 2);
	inner = text_head(inner, INDENT_MAX / 2);
	memcpy(room, outer.at, outer.length);
	if (inner.length)
		memcpy(room + outer.length, inner.at, inner.length);
	return (struct text){ room, outer.length + inner.length };
}

static void render_partial(struct render *r, const struct node *node)
{
	const struct template *outer = r->in;
	struct text indent = r->indent, inner = node->indent;
	char both[INDENT_MAX];

	if (!node->partial)
		return;
	if (r->partials == PARTIALS_MAX) {
		r->why = &template_broken;
		return;
	}
	if (!inner.at)
		begin_line(r);
	else if (indent.length)
		inner = join_indents(indent, inner, both);
	r->indent = inner;
	r->line_begins = inner.length;
	r->in = node->partial;
	r->partials++;
	render_nodes(r, 0, r->in->count);
	r->partials--;
	r->in = outer;
	r->indent = indent;
	r->line_begins = inner.at && indent.length;
}

/* ---- messages ---- */

/* The next piece of a message: literal text, and behind it a {name} (absent at the end). */
static struct text next_piece(struct text *rest, struct text *ret_name)
{
	size_t open = text_find_char(*rest, '{'), close = open == SIZE_MAX ? open : text_find_char(text_from(*rest, open), '}');
	struct text literal = *rest;

	*ret_name = (struct text){ 0 };
	if (close == SIZE_MAX) {
		*rest = (struct text){ 0 };
		return literal;
	}
	literal = text_head(*rest, open);
	*ret_name = text_trim((struct text){ rest->at + open + 1, close - 1 });
	*rest = text_from(*rest, open + close + 1);
	return literal;
}

/* What a {name} of the message stands for: the tag says "key name=field"; without that, the field has the same name. */
static struct text field_of(struct text arguments, struct text name)
{
	while (arguments.length) {
		struct text field = text_cut(&arguments, ' '), said = text_cut(&field, '=');

		if (text_eq(said, name))
			return field;
	}
	return name;
}

static int64_t first_number(const struct render *r, struct text message, struct text arguments)
{
	struct text rest = message, name;
	struct view v;
	int64_t n;

	while (rest.at) {
		next_piece(&rest, &name);
		if (name.length && look_up(r, field_of(arguments, name), &v) && v.kind->is_number(v, &n))
			return n;
	}
	return 1;
}

/* Up to a bar that stands outside of braces. */
static struct text next_form(struct text *rest)
{
	struct text form = *rest;
	bool inside = false;

	for (size_t i = 0; i < rest->length; i++) {
		if (rest->at[i] == '{' || rest->at[i] == '}')
			inside = rest->at[i] == '{';
		if (inside || rest->at[i] != '|')
			continue;
		*rest = text_from(*rest, i + 1);
		return text_head(form, i);
	}
	*rest = (struct text){ 0 };
	return form;
}

static struct text plural_of(const struct render *r, struct text message, struct text arguments)
{
	struct text forms[3], rest = message;
	size_t count = 0;
	int64_t n;

	while (rest.at && count < 3)
		forms[count++] = text_trim(next_form(&rest));
	if (count == 1)
		return message;
	n = first_number(r, message, arguments);
	if (count == 2)
		return forms[n != 1];
	return forms[n == 0 ? 0 : n == 1 ? 1 : 2];
}

static void render_message(struct render *r, struct text tag)
{
	struct text arguments = tag, key = text_cut(&arguments, ' ');
	struct text message = messages_find(r->style.messages, r->style.language, key), rest, name;
	struct view v;

	begin_line(r);
	rest = message.at ? plural_of(r, message, arguments) : key;
	while (rest.at) {
		escape_html(r->out, next_piece(&rest, &name));
		if (name.length > 2 && name.at[0] == '\'')
			escape_html(r->out, (struct text){ name.at + 1, name.length - 2 }); /* {'|'} is the sign itself */
		else if (name.length && look_up(r, field_of(arguments, name), &v))
			escape_html(r->out, value_of(r, v));
	}
}

static void render_node(struct render *r, const struct node *node, size_t behind)
{
	struct view v;

	switch (node->kind) {
	case NODE_TEXT:
		render_text(r, node->text);
		break;
	case NODE_PRINT:
		begin_line(r);
		if (look_up(r, node->text, &v))
			escape_html(r->out, value_of(r, v));
		break;
	case NODE_RAW:
		begin_line(r);
		if (look_up(r, node->text, &v))
			render_raw(r, v);
		break;
	case NODE_SECTION:
		render_section(r, node, behind);
		break;
	case NODE_INVERTED:
		render_inverted(r, node, behind);
		break;
	case NODE_PARTIAL:
		render_partial(r, node);
		break;
	case NODE_MESSAGE:
		render_message(r, node->text);
		break;
	}
}

static void render_nodes(struct render *r, size_t from, size_t to)
{
	for (size_t i = from; i < to && !r->why; ) {
		const struct node *node = &r->in->nodes[i];

		render_node(r, node, i + 1);
		i = node->end ? node->end : i + 1;
	}
}

problem template_render(const struct template *t, struct text language, const struct view *contexts, size_t count, struct buffer *out)
{
	struct render r = { .in = t, .style = { t->set->messages, language }, .out = out, .value = BUFFER(VALUE_MAX), .depth = count };

	assert(count && count < CONTEXTS_MAX);
	memcpy(r.contexts, contexts, count * sizeof(*contexts));
	render_nodes(&r, 0, t->count);
	if (r.why)
		log_line(LOG_ERROR, "template-broken", "template", r.in->name, "why",
		         TEXT("a value may not stand there raw, or too deep"), NULL);
	buffer_free(&r.value);
	return r.why ? r.why : out->why;
}

/* ---- would it fit? ---- */

struct check {
	const struct template *in;
	struct view contexts[CONTEXTS_MAX]; /* shape, field and what; no values */
	size_t depth, partials;
	problem why;
};

static void misfit(struct check *c, struct text name, const char *what)
{
	log_line(LOG_ERROR, "template-broken", "template", c->in->name, "why", text_of(what), "name", name, NULL);
	c->why = &template_broken;
}

static struct view type_of_field(const struct field *field)
{
	return (struct view){ .field = field, .what = field->kind, .shape = field->of };
}

static bool member_type(struct view of, struct text name, struct view *ret)
{
	const struct field *field = NULL;

	if (of.what != SHAPE_OBJECT) {
		*ret = (struct view){ .what = SHAPE_TEXT };
		return view_has_part(of, name);
	}
	field = shape_field(of.shape, name);
	for (size_t i = 0; !field && of.shape->tag && i < 64 && of.shape->variants[i]; i++)
		field = shape_field(of.shape->variants[i], name);
	if (field)
		*ret = type_of_field(field);
	return field;
}

static bool find_type(const struct check *c, struct text name, struct view *ret)
{
	struct text rest = name, first;
	bool found = false;

	if (text_is(name, ".")) {
		*ret = c->contexts[c->depth - 1];
		return true;
	}
	first = text_cut(&rest, '.');
	/* parts are asked of a value by name, never of the value around it */
	for (size_t i = c->depth; i && !found; i--)
		found = c->contexts[i - 1].what == SHAPE_OBJECT && member_type(c->contexts[i - 1], first, ret);
	while (found && rest.at) {
		struct view of = *ret;

		found = member_type(of, text_cut(&rest, '.'), ret);
	}
	return found;
}

static void check_nodes(struct check *c, size_t from, size_t to);

static void check_section(struct check *c, struct view v, size_t from, size_t to)
{
	if (c->depth == CONTEXTS_MAX)
		return;
	if (v.what == SHAPE_LIST)
		v = v.shape ? (struct view){ .what = SHAPE_OBJECT, .shape = v.shape } : (struct view){ .what = v.field->each, .field = v.field };
	c->contexts[c->depth++] = v;
	check_nodes(c, from, to);
	c->depth--;
}

static void check_partial(struct check *c, const struct node *node)
{
	const struct template *outer = c->in;

	if (c->partials == PARTIALS_MAX)
		return; /* one that holds itself: seen often enough */
	c->partials++;
	c->in = node->partial;
	check_nodes(c, 0, c->in->count);
	c->in = outer;
	c->partials--;
}

static void check_message(struct check *c, struct text tag)
{
	static const struct { struct text name; } languages[] = { { TEXT_INIT("zh-CN") }, { TEXT_INIT("en") } };
	struct text arguments = tag, key = text_cut(&arguments, ' '), rest, name;
	struct view v;

	for (size_t i = 0; i < 2; i++) {
		rest = messages_find(c->in->set->messages, languages[i].name, key);
		if (!rest.at && messages_are_there(c->in->set->messages))
			misfit(c, key, "no such message");
		while (rest.at) {
			next_piece(&rest, &name);
			if (name.length && name.at[0] != '\'' && !find_type(c, field_of(arguments, name), &v))
				misfit(c, name, "no such name for a message");
		}
	}
}

static void check_node(struct check *c, const struct node *node, size_t behind)
{
	struct view v = { 0 };

	if (node->kind != NODE_TEXT && node->kind != NODE_PARTIAL && node->kind != NODE_MESSAGE && !find_type(c, node->text, &v)) {
		misfit(c, node->text, "no such name");
		return;
	}
	switch (node->kind) {
	case NODE_TEXT:
		break;
	case NODE_PRINT:
		if (v.what == SHAPE_LIST || v.what == SHAPE_OBJECT)
			misfit(c, node->text, "cannot be printed");
		break;
	case NODE_RAW:
		if (v.what != SHAPE_HTML && v.what != SHAPE_JSON)
			misfit(c, node->text, "only HTML and JSON may stand there raw");
		break;
	case NODE_SECTION:
		check_section(c, v, behind, node->end);
		break;
	case NODE_INVERTED:
		check_nodes(c, behind, node->end);
		break;
	case NODE_PARTIAL:
		check_partial(c, node);
		break;
	case NODE_MESSAGE:
		check_message(c, node->text);
		break;
	}
}

static void check_nodes(struct check *c, size_t from, size_t to)
{
	for (size_t i = from; i < to; ) {
		const struct node *node = &c->in->nodes[i];

		check_node(c, node, i + 1);
		i = node->end ? node->end : i + 1;
	}
}

problem template_check(const struct template *t, const struct shape *const *shapes, size_t count)
{
	struct template *mine = (struct template *)(uintptr_t)t; /* only `fits` is written */
	struct check *c;
	problem why;

	if (atomic_load_explicit(&mine->fits, memory_order_acquire) == shapes[count - 1])
		return NULL;
	c = &(struct check){ .in = t };
	for (; c->depth < count; c->depth++)
		c->contexts[c->depth] = (struct view){ .what = SHAPE_OBJECT, .shape = shapes[c->depth] };
	check_nodes(c, 0, t->count);
	why = c->why;
	if (!why)
		atomic_store_explicit(&mine->fits, shapes[count - 1], memory_order_release);
	return why;
}
