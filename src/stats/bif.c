/* bif.c - Bayesian networks in the Interchange Format, version 0.15 (Cozman 1998), as bnlearn, SamIam and GeNIe write it: nodes before
 * the tables that name them; properties are passed over. A file that names what is not there, leaves a row out or has one twice is refused. A name with blanks or marks stands in
 * quotes, and a quote in it twice: that is our own way, others have no such names. */
#include <math.h>
#include <stdlib.h>

#include "stats/network.h"

const struct problem network_malformed = { 422, "network-malformed", "This is no Bayesian network in BIF, or not a whole one." };
const struct problem network_chances = { 422, "network-chances", "Chances lie between 0 and 1, and those of a row sum to 1." };
const struct problem network_large = { 413, "network-large", "The network is larger than allowed: 4096 nodes, 1024 states, 24 parents, 16 million cells." };

/* ---- words ---- */

struct reader {
	struct arena *arena;
	struct text rest;
	size_t line;
	struct text word; /* a mark alone, or all up to the next mark or blank, or what stood in quotes; empty at the end */
	bool quoted;
	problem why;      /* the first sticks */
	struct network n;
	bool *has_table;  /* (nodes) */
	size_t cells;
};

static bool is_mark(char c) { return c && strchr("{}()[]|,;", c); }
static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void skip_blanks(struct reader *r)
{
	while (r->rest.length && is_blank(*r->rest.at)) {
		r->line += *r->rest.at == '\n';
		r->rest = text_from(r->rest, 1);
	}
}

static void fail(struct reader *r, problem why)
{
	if (!r->why)
		r->why = why;
	r->rest = r->word = (struct text){ "", 0 }; /* so that every loop ends */
}

/* Where a word in quotes ends: at a quote with none behind it; SIZE_MAX: nowhere */
static size_t quote_end(struct text rest)
{
	for (size_t i = 1; i < rest.length; i++) {
		if (rest.at[i] != '"')
			continue;
		if (i + 1 == rest.length || rest.at[i + 1] != '"')
			return i;
		i++;
	}
	return SIZE_MAX;
}

static void next_quoted(struct reader *r)
{
	size_t end = quote_end(r->rest), n = 0;
	char *word;

	if (end == SIZE_MAX || end == 1) {
		fail(r, &network_malformed);
		return;
	}
	word = arena_alloc(r->arena, end);
	for (size_t i = 1; i < end; i++) {
		r->line += r->rest.at[i] == '\n';
		word[n++] = r->rest.at[i];
		i += r->rest.at[i] == '"';
	}
	r->quoted = true;
	r->word = (struct text){ word, n };
	r->rest = text_from(r->rest, end + 1);
}

static void next(struct reader *r)
{
	size_t n = 0;

	r->quoted = false;
	skip_blanks(r);
	while (text_starts(r->rest, TEXT("//"))) {
		size_t end = text_find_char(r->rest, '\n');

		r->rest = text_from(r->rest, end == SIZE_MAX ? r->rest.length : end);
		skip_blanks(r);
	}
	if (text_starts(r->rest, TEXT("\""))) {
		next_quoted(r);
		return;
	}
	while (n < r->rest.length && !is_blank(r->rest.at[n]) && !is_mark(r->rest.at[n]))
		n++;
	n += n == 0 && r->rest.length;
	r->word = text_head(r->rest, n);
	r->rest = text_from(r->rest, n);
}

/* A word that stands for itself */
static bool is(const struct reader *r, const char *word) { return !r->quoted && text_is(r->word, word); }

static void expect(struct reader *r, const char *word)
{
	if (!is(r, word))
		fail(r, &network_malformed);
	else
		next(r);
}

static struct text name(struct reader *r)
{
	struct text word = r->word;

	if (!word.length || (is_mark(*word.at) && !r->quoted))
		fail(r, &network_malformed);
	else
		next(r);
	return word;
}

static double number(struct reader *r)
{
	char word[64] = { 0 }, *end;
	double x;

	if (!r->word.length || r->word.length >= sizeof word) {
		fail(r, &network_malformed);
		return 0;
	}
	memcpy(word, r->word.at, r->word.length);
	x = strspn(word, "+-.0123456789eE") == r->word.length ? strtod(word, &end) : NAN;
	if (isnan(x) || *end || !(x >= 0 && x <= 1))
		fail(r, &network_chances);
	else
		next(r);
	return x;
}

/* property ...; */
static bool skip_property(struct reader *r)
{
	if (!is(r, "property"))
		return false;
	while (r->word.length && !is(r, ";"))
		next(r);
	expect(r, ";");
	return true;
}

/* ---- nodes ---- */

static void states(struct reader *r, struct node *node, size_t wanted)
{
	if (!wanted || wanted > NETWORK_STATES_MAX) {
		fail(r, wanted ? &network_large : &network_malformed);
		return;
	}
	node->states = ARENA_ARRAY(r->arena, struct text, wanted);
	expect(r, "{");
	while (!r->why) {
		struct text state = name(r);

		for (size_t k = 0; k < node->state_count; k++) {
			if (text_eq(node->states[k], state))
				fail(r, &network_malformed);
		}
		if (node->state_count == wanted)
			fail(r, &network_malformed);
		if (!r->why)
			node->states[node->state_count++] = state;
		if (!is(r, ","))
			break;
		next(r);
	}
	expect(r, "}");
	if (node->state_count != wanted)
		fail(r, &network_malformed);
}

/* variable NAME { type discrete [ 2 ] { yes, no }; } */
static void variable(struct reader *r)
{
	struct node *node = &r->n.nodes[r->n.count];
	int64_t wanted = 0;

	if (r->n.count == NETWORK_NODES_MAX) {
		fail(r, &network_large);
		return;
	}
	*node = (struct node){ .name = name(r) };
	if (!r->why && network_find(&r->n, node->name) < r->n.count)
		fail(r, &network_malformed);
	expect(r, "{");
	while (skip_property(r))
		;
	expect(r, "type");
	expect(r, "discrete");
	expect(r, "[");
	if (!text_to_int(r->word, &wanted) || wanted < 0)
		fail(r, &network_malformed);
	next(r);
	expect(r, "]");
	states(r, node, (size_t)wanted);
	expect(r, ";");
	while (skip_property(r))
		;
	expect(r, "}");
	r->n.count += !r->why;
}

/* ---- tables ---- */

static size_t node_named(struct reader *r)
{
	size_t i = network_find(&r->n, name(r));

	if (i == r->n.count)
		fail(r, &network_malformed);
	return r->why ? 0 : i;
}

static void parents(struct reader *r, struct node *node)
{
	node->parents = ARENA_ARRAY(r->arena, size_t, NETWORK_PARENTS_MAX);
	while (!r->why) {
		size_t parent = node_named(r);

		for (size_t k = 0; k < node->parent_count; k++) {
			if (node->parents[k] == parent)
				fail(r, &network_malformed);
		}
		if (node->parent_count == NETWORK_PARENTS_MAX)
			fail(r, &network_large);
		if (r->why)
			return;
		node->parents[node->parent_count++] = parent;
		node->rows *= r->n.nodes[parent].state_count;
		if (node->rows * node->state_count > NETWORK_CELLS_MAX)
			fail(r, &network_large);
		if (!is(r, ","))
			return;
		next(r);
	}
}

/* v, v, ...; divided by their sum */
static void row_of(struct reader *r, const struct node *node, size_t row)
{
	double *chances = node->chances + row * node->state_count, sum = 0;

	for (size_t k = 0; k < node->state_count && !r->why; k++) {
		if (k)
			expect(r, ",");
		if (!r->why)
			sum += chances[k] = number(r);
	}
	if (!r->why && !(fabs(sum - 1) < 1e-3))
		fail(r, &network_chances);
	for (size_t k = 0; k < node->state_count && !r->why; k++)
		chances[k] /= sum;
	expect(r, ";");
}

/* (yes, no) -> the row of these states */
static size_t row_named(struct reader *r, const struct node *node)
{
	size_t row = 0;

	expect(r, "(");
	for (size_t p = 0; p < node->parent_count && !r->why; p++) {
		const struct node *parent = &r->n.nodes[node->parents[p]];
		struct text state;
		size_t k = 0;

		if (p)
			expect(r, ",");
		state = name(r);
		while (k < parent->state_count && !text_eq(parent->states[k], state))
			k++;
		if (k == parent->state_count)
			fail(r, &network_malformed);
		row = row * parent->state_count + k;
	}
	expect(r, ")");
	return r->why ? 0 : row;
}

static void rows_of(struct reader *r, struct node *node)
{
	bool *seen = ARENA_ARRAY(r->arena, bool, node->rows);
	size_t count = 0;

	while (!r->why && !is(r, "}")) {
		size_t row;

		if (skip_property(r))
			continue;
		if (!node->parent_count)
			expect(r, "table");
		row = node->parent_count ? row_named(r, node) : 0;
		if (!r->why && seen[row])
			fail(r, &network_malformed);
		if (r->why)
			return;
		seen[row] = true;
		count++;
		row_of(r, node, row);
	}
	if (count != node->rows)
		fail(r, &network_malformed);
}

/* probability ( X | P, Q ) { (yes, no) .1, .9; ... } */
static void probability(struct reader *r)
{
	struct node *node;
	size_t i;

	expect(r, "(");
	i = node_named(r);
	if (r->why)
		return;
	node = &r->n.nodes[i];
	node->rows = 1;
	if (r->has_table[i])
		fail(r, &network_malformed);
	r->has_table[i] = true;
	if (is(r, "|")) {
		next(r);
		parents(r, node);
	}
	expect(r, ")");
	expect(r, "{");
	r->cells += node->rows * node->state_count;
	if (r->cells > NETWORK_CELLS_MAX)
		fail(r, &network_large);
	if (r->why)
		return;
	node->chances = ARENA_ARRAY(r->arena, double, node->rows * node->state_count);
	rows_of(r, node);
	expect(r, "}");
}

/* ---- the whole ---- */

static void skip_head(struct reader *r)
{
	while (r->word.length && !is(r, "{"))
		next(r);
	while (r->word.length && !is(r, "}"))
		next(r);
	expect(r, "}");
}

/* Takes away who has no parent left, until nobody is left, or only circles (Kahn 1962). */
static bool is_cyclic(struct arena *arena, const struct network *n)
{
	bool *done = ARENA_ARRAY(arena, bool, n->count), any = true;
	size_t count = 0;

	while (any) {
		any = false;
		for (size_t i = 0; i < n->count; i++) {
			bool ready = !done[i];

			for (size_t p = 0; p < n->nodes[i].parent_count && ready; p++)
				ready = done[n->nodes[i].parents[p]];
			done[i] |= ready;
			any |= ready;
			count += ready;
		}
	}
	return count < n->count;
}

problem network_read_bif(struct arena *arena, struct text bif, struct network *ret, size_t *line)
{
	struct reader r = { .arena = arena, .rest = bif, .line = 1 };

	*line = 1;
	if (!text_is_utf8(bif))
		return &network_malformed;
	r.n.nodes = ARENA_ARRAY(arena, struct node, NETWORK_NODES_MAX + 1);
	r.has_table = ARENA_ARRAY(arena, bool, NETWORK_NODES_MAX + 1);
	next(&r);
	while (r.word.length && !r.why) {
		struct text word = r.word;

		next(&r);
		if (text_is(word, "network"))
			skip_head(&r);
		else if (text_is(word, "variable"))
			variable(&r);
		else if (text_is(word, "probability"))
			probability(&r);
		else
			fail(&r, &network_malformed);
	}
	for (size_t i = 0; i < r.n.count && !r.why; i++) {
		if (!r.has_table[i])
			r.why = &network_malformed;
	}
	if (!r.why && !r.n.count)
		r.why = &network_malformed;
	if (!r.why && is_cyclic(arena, &r.n))
		r.why = &network_cyclic;
	*line = r.line;
	if (r.why)
		return r.why;
	*ret = r.n;
	return NULL;
}

/* ---- out ---- */

static bool wants_quotes(struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		if (is_mark(name.at[i]) || is_blank(name.at[i]) || name.at[i] == '"')
			return true;
	}
	return !name.length || text_starts(name, TEXT("//"));
}

static void write_name(struct text name, struct buffer *out)
{
	if (!wants_quotes(name)) {
		buffer_add(out, name);
		return;
	}
	buffer_add_char(out, '"');
	for (size_t i = 0; i < name.length; i++) {
		buffer_add_char(out, name.at[i]);
		if (name.at[i] == '"')
			buffer_add_char(out, '"');
	}
	buffer_add_char(out, '"');
}

static void write_variable(const struct node *node, struct buffer *out)
{
	buffer_add(out, TEXT("variable "));
	write_name(node->name, out);
	buffer_format(out, " {\n  type discrete [ %zu ] { ", node->state_count);
	for (size_t k = 0; k < node->state_count; k++) {
		buffer_add(out, k ? TEXT(", ") : TEXT(""));
		write_name(node->states[k], out);
	}
	buffer_add(out, TEXT(" };\n}\n"));
}

/* (yes, no): the states of a row, the last parent's change first */
static void write_row_name(const struct network *n, const struct node *node, size_t row, struct buffer *out)
{
	size_t step = node->rows;

	for (size_t p = 0; p < node->parent_count; p++) {
		const struct node *parent = &n->nodes[node->parents[p]];

		step /= parent->state_count;
		buffer_add(out, p ? TEXT(", ") : TEXT("  ("));
		write_name(parent->states[row / step % parent->state_count], out);
	}
	buffer_add(out, node->parent_count ? TEXT(") ") : TEXT("  table "));
}

static void write_table(const struct network *n, const struct node *node, struct buffer *out)
{
	buffer_add(out, TEXT("probability ( "));
	write_name(node->name, out);
	for (size_t p = 0; p < node->parent_count; p++) {
		buffer_add(out, p ? TEXT(", ") : TEXT(" | "));
		write_name(n->nodes[node->parents[p]].name, out);
	}
	buffer_add(out, TEXT(" ) {\n"));
	for (size_t row = 0; row < node->rows; row++) {
		write_row_name(n, node, row, out);
		for (size_t k = 0; k < node->state_count; k++)
			buffer_format(out, "%s%.17g", k ? ", " : "", node->chances[row * node->state_count + k]);
		buffer_add(out, TEXT(";\n"));
	}
	buffer_add(out, TEXT("}\n"));
}

void network_write_bif(const struct network *n, struct buffer *out)
{
	buffer_add(out, TEXT("network unknown {\n}\n"));
	for (size_t i = 0; i < n->count; i++)
		write_variable(&n->nodes[i], out);
	for (size_t i = 0; i < n->count; i++)
		write_table(n, &n->nodes[i], out);
}
