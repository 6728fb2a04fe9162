/* template.c - Mustache's grammar. A tag that stands alone on its line takes the line with it. */
#include "serve/template.h"

#include "base/log.h"

#include <assert.h>

enum { NESTING_MAX = 32, DELIMITER_MAX = 16 };

const struct problem template_broken = { 500, "template-broken", "A page template is broken." };

struct parser {
	struct template *t;
	struct text source;
	size_t at;
	struct text open, close;
	size_t sections[NESTING_MAX], depth;
	const char *wrong;
};

struct tag {
	char kind;              /* the sign behind the delimiter; 0: none */
	struct text name;
	size_t start, end;      /* of the whole tag in the source */
};

static struct node *add_node(struct parser *p, enum node_kind kind, struct text text)
{
	struct template *t = p->t;

	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 32;
		struct node *more = ARENA_ARRAY(t->set->arena, struct node, room);

		if (t->count)
			memcpy(more, t->nodes, t->count * sizeof(*more));
		t->nodes = more;
		t->room = room;
	}
	t->nodes[t->count] = (struct node){ .kind = kind, .text = text };
	return &t->nodes[t->count++];
}

static void fail(struct parser *p, const char *why)
{
	if (!p->wrong)
		p->wrong = why;
}

static struct text slice(const struct parser *p, size_t from, size_t to)
{
	return (struct text){ p->source.at + from, to - from };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the line begins, if there are only blanks before `at`; SIZE_MAX otherwise. */
static size_t line_start(const struct parser *p, size_t at)
{
	while (at && is_blank(p->source.at[at - 1]))
		at--;
	return !at || p->source.at[at - 1] == '\n' ? at : SIZE_MAX;
}

/* Where the next line begins, if there are only blanks behind `at`. */
static size_t line_end(const struct parser *p, size_t at)
{
	size_t length = p->source.length;

	while (at < length && is_blank(p->source.at[at]))
		at++;
	if (at == length)
		return at;
	if (p->source.at[at] == '\r' && at + 1 < length)
		at++;
	return p->source.at[at] == '\n' ? at + 1 : SIZE_MAX;
}

static bool stands_alone(const struct parser *p, const struct tag *tag, size_t *ret_start, size_t *ret_end)
{
	if (!tag->kind || !strchr("#^/>!=", tag->kind))
		return false;
	*ret_start = line_start(p, tag->start);
	*ret_end = line_end(p, tag->end);
	return *ret_start != SIZE_MAX && *ret_end != SIZE_MAX;
}

/* The next tag; false: there is none. */
static bool next_tag(struct parser *p, struct tag *ret)
{
	size_t start = text_find(text_from(p->source, p->at), p->open), from, length, closing;
	struct text close = p->close;
	char braces[DELIMITER_MAX + 1] = "}", sign;

	if (start == SIZE_MAX)
		return false;
	start += p->at;
	from = start + p->open.length;
	sign = from < p->source.length ? p->source.at[from] : '\0';
	ret->kind = sign && strchr("#^/>!=&{", sign) ? sign : '\0';
	from += ret->kind != 0;
	if (ret->kind == '{' || ret->kind == '=') {
		braces[0] = ret->kind == '{' ? '}' : '=';
		memcpy(braces + 1, p->close.at, p->close.length);
		close = (struct text){ braces, p->close.length + 1 };
	}
	length = text_find(text_from(p->source, from), close);
	if (length == SIZE_MAX) {
		fail(p, "a tag does not end");
		return false;
	}
	closing = from + length + close.length;
	*ret = (struct tag){ .kind = ret->kind, .name = text_trim(slice(p, from, from + length)), .start = start, .end = closing };
	return true;
}

static void set_delimiters(struct parser *p, struct text both)
{
	size_t blank = 0;

	while (blank < both.length && !is_blank(both.at[blank]) && both.at[blank] != '\n')
		blank++;
	p->open = text_head(both, blank);
	p->close = text_trim(text_from(both, blank));
	if (!p->open.length || !p->close.length || p->close.length >= DELIMITER_MAX || text_find_char(p->close, ' ') != SIZE_MAX)
		fail(p, "delimiters are wrong");
}

static void open_section(struct parser *p, enum node_kind kind, struct text name)
{
	if (p->depth == NESTING_MAX) {
		fail(p, "too deep");
		return;
	}
	p->sections[p->depth++] = p->t->count;
	add_node(p, kind, name);
}

static void close_section(struct parser *p, struct text name)
{
	struct node *opened;

	if (!p->depth) {
		fail(p, "a section ends that did not begin");
		return;
	}
	opened = &p->t->nodes[p->sections[--p->depth]];
	opened->end = p->t->count;
	if (!text_eq(opened->text, name))
		fail(p, "a section ends under another name");
}

static bool is_message(const struct parser *p, struct text name)
{
	return p->t->set->messages && text_starts(name, TEXT("t."));
}

static void add_tag(struct parser *p, const struct tag *tag, struct text indent)
{
	if (tag->kind != '!' && tag->kind != '=' && !tag->name.length)
		fail(p, "a tag has no name");
	switch (tag->kind) {
	case '!':
		break;
	case '=':
		set_delimiters(p, tag->name);
		break;
	case '#':
		open_section(p, NODE_SECTION, tag->name);
		break;
	case '^':
		open_section(p, NODE_INVERTED, tag->name);
		break;
	case '/':
		close_section(p, tag->name);
		break;
	case '>':
		add_node(p, NODE_PARTIAL, tag->name)->indent = indent;
		break;
	case '&': case '{':
		add_node(p, NODE_RAW, tag->name);
		break;
	default:
		if (is_message(p, tag->name))
			add_node(p, NODE_MESSAGE, text_from(tag->name, 2));
		else
			add_node(p, NODE_PRINT, tag->name);
	}
}

static void add_text(struct parser *p, size_t from, size_t to)
{
	if (to > from)
		add_node(p, NODE_TEXT, slice(p, from, to));
}

problem template_parse(struct template *t)
{
	struct parser p = { .t = t, .source = t->source, .open = TEXT("{{"), .close = TEXT("}}") };
	struct tag tag;

	while (!p.wrong && next_tag(&p, &tag)) {
		size_t start = tag.start, end = tag.end;
		struct text indent = { 0 };

		if (stands_alone(&p, &tag, &start, &end))
			indent = slice(&p, start, tag.start);
		else
			start = tag.start, end = tag.end;
		add_text(&p, p.at, start);
		add_tag(&p, &tag, indent);
		p.at = end;
	}
	add_text(&p, p.at, p.source.length);
	if (p.depth)
		fail(&p, "a section does not end");
	if (!p.wrong)
		return NULL;
	log_line(LOG_ERROR, "template-broken", "template", t->name, "why", text_of(p.wrong), NULL);
	return &template_broken;
}

/* ---- a set of them ---- */

const struct template *templates_find(const struct templates *set, struct text name)
{
	for (size_t i = 0; i < set->count; i++)
		if (text_eq(set->items[i].name, name))
			return &set->items[i];
	return NULL;
}

struct text template_text(const struct template *t)
{
	return t->source;
}

static problem link_partials(struct template *t)
{
	problem why = NULL;

	for (size_t i = 0; i < t->count; i++) {
		struct node *node = &t->nodes[i];

		if (node->kind != NODE_PARTIAL)
			continue;
		node->partial = templates_find(t->set, node->text);
		if (node->partial || t->set->lenient)
			continue;
		log_line(LOG_ERROR, "template-broken", "template", t->name, "why", TEXT("no such partial"),
		         "name", node->text, NULL);
		why = &template_broken;
	}
	return why;
}

problem templates_open(struct arena *arena, const struct templates_options *options, struct templates **ret)
{
	struct templates *set = ARENA_NEW(arena, struct templates);
	problem why = NULL;

	*set = (struct templates){ .arena = arena, .messages = options->messages, .lenient = options->lenient, .count = options->count };
	set->items = ARENA_ARRAY(arena, struct template, options->count + 1);
	for (size_t i = 0; i < set->count && !why; i++) {
		set->items[i].name = text_of(options->sources[i].name);
		set->items[i].source = options->sources[i].text;
		set->items[i].set = set;
		why = template_parse(&set->items[i]);
	}
	for (size_t i = 0; i < set->count && !why; i++)
		why = link_partials(&set->items[i]);
	if (!why)
		*ret = set;
	return why;
}
