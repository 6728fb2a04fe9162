#include "rec/graph.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/csv.h"
#include "num/memory.h"
#include "num/order.h"
#include "rec/names.h"

const struct problem prerequisites_cyclic = { 422, "prerequisites-cyclic", "Things want each other first, in a circle." };

/* ---- triples ---- */

void triples_free(struct triples *t)
{
	free(t->head);
	free(t->relation);
	free(t->tail);
	*t = (struct triples){ 0 };
}

static bool is_between(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static problem next_number(struct text *line, uint32_t most, uint32_t *ret)
{
	int64_t number;
	size_t length = 0;

	while (line->length && is_between(*line->at))
		*line = text_from(*line, 1);
	while (length < line->length && !is_between(line->at[length]))
		length++;
	if (!text_to_int(text_head(*line, length), &number) || number < 0)
		return &interactions_malformed;
	if (number >= most)
		return &interactions_large;
	*line = text_from(*line, length);
	*ret = (uint32_t)number;
	return NULL;
}

static void add_triple(struct triples *t, size_t *room, const uint32_t part[3])
{
	if (t->count == *room) {
		*room = *room ? 2 * *room : 1024;
		t->head = reallocarray(t->head, *room, sizeof *t->head);
		t->relation = reallocarray(t->relation, *room, sizeof *t->relation);
		t->tail = reallocarray(t->tail, *room, sizeof *t->tail);
		if (!t->head || !t->relation || !t->tail)
			abort();
	}
	t->head[t->count] = part[0];
	t->relation[t->count] = part[1];
	t->tail[t->count++] = part[2];
	t->things = part[0] >= t->things ? part[0] + 1 : t->things;
	t->things = part[2] >= t->things ? part[2] + 1 : t->things;
	t->relations = part[1] >= t->relations ? part[1] + 1 : t->relations;
}

static problem read_line(struct text line, struct triples *t, size_t *room)
{
	static const uint32_t most[3] = { GRAPH_THINGS_MAX, GRAPH_RELATIONS_MAX, GRAPH_THINGS_MAX };
	uint32_t part[3];
	problem why = NULL;

	if (!text_trim(line).length)
		return NULL;
	for (int i = 0; i < 3 && !why; i++)
		why = next_number(&line, most[i], &part[i]);
	if (!why && text_trim(line).length)
		why = &interactions_malformed;
	if (!why)
		add_triple(t, room, part);
	return why;
}

problem triples_read(struct text bytes, struct triples *ret, struct interactions_place *where)
{
	struct triples t = { 0 };
	struct text rest = text_without_mark(bytes);
	size_t room = 0;
	problem why = bytes.length > INTERACTION_BYTES_MAX ? &interactions_large : NULL;

	*where = (struct interactions_place){ 0 };
	while (!why && rest.at && rest.length) {
		where->line++;
		why = read_line(text_cut(&rest, '\n'), &t, &room);
	}
	if (!why && !t.count) {
		where->line = 0;
		why = &interactions_none;
	}
	if (why)
		triples_free(&t);
	else
		*ret = t;
	return why;
}

/* ---- a table of triples ---- */

enum { COLUMNS = 3 };
struct triples_table {
	struct triples t;
	size_t room;
	struct names things, relations;
	size_t column[COLUMNS];
	struct text at; /* the column that is looked at, so that a problem is told of it */
};
static const struct text called[COLUMNS] = { TEXT_INIT("item"), TEXT_INIT("relation"), TEXT_INIT("thing") };

static problem find_columns(struct triples_table *table, const struct csv_row *names)
{
	size_t *column = table->column;

	for (size_t i = 0; i < COLUMNS; i++) {
		table->at = called[i];
		column[i] = names->count;
		for (size_t j = 0; j < names->count; j++) {
			if (!text_eq(names->cells[j], called[i]))
				continue;
			if (column[i] < names->count)
				return &interactions_twice;
			column[i] = j;
		}
		if (column[i] == names->count)
			return &interactions_columns;
	}
	return NULL;
}

static problem take_triple(struct triples_table *table, const struct csv_row *row)
{
	uint32_t part[COLUMNS];
	problem why = NULL;

	for (size_t i = 0; i < COLUMNS && !why; i++) {
		table->at = called[i];
		why = names_add(i == 1 ? &table->relations : &table->things, row->cells[table->column[i]], &part[i]);
	}
	if (!why)
		add_triple(&table->t, &table->room, part);
	return why;
}

static problem read_triples(struct triples_table *table, struct arena *arena, struct csv_reader *reader)
{
	struct csv_row *row = ARENA_NEW(arena, struct csv_row);
	size_t cells;
	problem why;

	if (!csv_next(reader, arena, row))
		return &interactions_none;
	if (row->fault)
		return &interactions_quotes;
	cells = row->count;
	why = find_columns(table, row);
	while (!why && csv_next(reader, arena, row)) {
		bool is_sound = !row->fault && row->count == cells;

		table->at = (struct text){ 0 };
		why = is_sound ? take_triple(table, row) : &interactions_quotes;
	}
	return why || table->t.count ? why : &interactions_none;
}

problem triples_read_table(struct arena *arena, struct text bytes, const struct text *item_names, uint32_t items, struct triples *ret,
                           struct interactions_place *where)
{
	struct triples_table table = { .things = { .most = GRAPH_THINGS_MAX }, .relations = { .most = GRAPH_RELATIONS_MAX } };
	struct csv_reader reader;
	struct text utf8;
	uint32_t number;
	problem why = bytes.length > INTERACTION_BYTES_MAX ? &interactions_large : csv_decode(arena, bytes, &utf8);

	*where = (struct interactions_place){ 0 };
	for (uint32_t i = 0; !why && i < items; i++)
		why = names_add(&table.things, item_names[i], &number);
	if (!why) {
		reader = csv_open(utf8);
		why = read_triples(&table, arena, &reader);
		*where = (struct interactions_place){ reader.line, why && why != &interactions_none ? table.at : (struct text){ 0 } };
	}
	if (why) {
		triples_free(&table.t);
	} else {
		*ret = table.t;
		ret->things = (uint32_t)table.things.count;
		ret->relation_names = names_keep(arena, &table.relations);
		ret->thing_names = names_keep(arena, &table.things);
	}
	names_free(&table.things);
	names_free(&table.relations);
	return why;
}

/* ---- features ---- */

struct feature {
	uint32_t relation, tail, item;
};

static int by_feature(const void *a, const void *b)
{
	const struct feature *x = a, *y = b;

	return RISING(x->relation, y->relation) ?: RISING(x->tail, y->tail) ?: RISING(x->item, y->item);
}

static bool is_same(const struct feature *a, const struct feature *b) { return a->relation == b->relation && a->tail == b->tail; }

/* Each (feature, item) once, sorted; returns how many */
static size_t list_features(const struct triples *t, uint32_t items, struct feature *ret)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (t->head[i] >= items)
			continue;
		ret[count++] = (struct feature){ t->relation[i], t->tail[i], t->head[i] };
		if (t->tail[i] < items)
			ret[count++] = (struct feature){ t->relation[i], t->tail[i], t->tail[i] };
	}
	qsort(ret, count, sizeof *ret, by_feature);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || by_feature(&ret[i], &ret[kept - 1]) != 0)
			ret[kept++] = ret[i];
	}
	return kept;
}

void graph_features(const struct triples *t, uint32_t items, const double *weight, double power, struct sparse *ret)
{
	struct feature *f = array_of(2 * t->count, sizeof *f);
	size_t count = list_features(t, items, f), end, kept = 0;

	*ret = (struct sparse){ .columns = items, .start = array_of(count + 1, sizeof *ret->start), .column = array_of(count, sizeof *ret->column),
		                .weight = array_of(count, sizeof *ret->weight) };
	for (size_t from = 0; from < count; from = end) {
		double value;

		for (end = from + 1; end < count && is_same(&f[end], &f[from]);)
			end++;
		value = sqrt(weight[f[from].relation] * pow((double)(end - from), -power));
		if (end - from < 2 || !(value > 0))
			continue;
		for (size_t i = from; i < end; i++, kept++) {
			ret->column[kept] = f[i].item;
			ret->weight[kept] = (float)value;
		}
		ret->start[++ret->rows] = kept;
	}
	free(f);
}

/* ---- order ---- */

/* Who wants what: after by before, as compressed rows */
static void successors(const struct prerequisites *p, uint32_t things, struct sparse *ret)
{
	struct interactions m = { .users = things, .items = things, .count = p->count, .user = (uint32_t *)p->before, .item = (uint32_t *)p->after };

	sparse_of(&m, NULL, PART_ANY, ret);
}

/* The smallest first: a heap of numbers */
static void heap_add(uint32_t *heap, size_t *count, uint32_t thing)
{
	size_t at = (*count)++;

	for (; at > 0 && heap[(at - 1) / 2] > thing; at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = thing;
}

static uint32_t heap_take(uint32_t *heap, size_t *count)
{
	uint32_t first = heap[0], last = heap[--*count];
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < *count; at = child) {
		child += child + 1 < *count && heap[child + 1] < heap[child];
		if (last <= heap[child])
			break;
		heap[at] = heap[child];
	}
	heap[at] = last;
	return first;
}

/* Of those that are left each wants another that is left: going back from one, sooner or later, one comes again. */
static uint32_t find_cycle(const struct sparse *wants, const uint32_t *left, uint32_t *order)
{
	uint32_t things = wants->rows, *seen = array_of(things, sizeof *seen), at = 0, steps = 0, from;

	while (!left[at])
		at++;
	while (!seen[at]) {
		const uint32_t *first = sparse_row(wants, at);

		seen[at] = ++steps;
		while (!left[*first])
			first++;
		at = *first;
	}
	from = seen[at];
	for (uint32_t i = 0; i < things; i++) {
		if (seen[i] >= from)
			order[steps - seen[i]] = i;
	}
	free(seen);
	return steps - from + 1;
}

problem prerequisites_order(const struct prerequisites *p, uint32_t things, uint32_t *order, uint32_t *cycle_length)
{
	CLEANUP(sparse_free) struct sparse after = { 0 }, wants = { 0 };
	uint32_t *left = array_of(things, sizeof *left), *heap = array_of(things, sizeof *heap), placed = 0;
	size_t count = 0;

	successors(p, things, &after);
	sparse_transpose(&after, &wants);
	for (uint32_t i = 0; i < things; i++) {
		left[i] = (uint32_t)sparse_length(&wants, i);
		if (!left[i])
			heap_add(heap, &count, i);
	}
	while (count > 0) {
		uint32_t next = heap_take(heap, &count);

		order[placed++] = next;
		for (size_t k = after.start[next]; k < after.start[next + 1]; k++) {
			if (--left[after.column[k]] == 0)
				heap_add(heap, &count, after.column[k]);
		}
	}
	*cycle_length = placed < things ? find_cycle(&wants, left, order) : 0;
	free(left);
	free(heap);
	return placed < things ? &prerequisites_cyclic : NULL;
}

static bool is_in(const uint32_t *list, size_t count, uint32_t thing)
{
	size_t i = 0;

	while (i < count && list[i] != thing)
		i++;
	return i < count;
}

/* Does it want none of the rest? Itself it may want. */
static bool is_free_of(const struct prerequisites *p, uint32_t thing, const uint32_t *rest, size_t count)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->after[i] == thing && p->before[i] != thing && is_in(rest, count, p->before[i]))
			return false;
	}
	return true;
}

/* The next is the first of the rest that wants none of the rest; where all do, the first. */
void prerequisites_arrange(const struct prerequisites *p, uint32_t *list, size_t count)
{
	for (size_t to = 0; to < count; to++) {
		size_t next = to;

		while (next < count && !is_free_of(p, list[next], list + to, count - to))
			next++;
		if (next < count && next > to) {
			uint32_t held = list[next];

			memmove(list + to + 1, list + to, (next - to) * sizeof *list);
			list[to] = held;
		}
	}
}
