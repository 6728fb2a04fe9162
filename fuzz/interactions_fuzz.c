/* interactions_fuzz.c - a log as anybody may send it, as lines of numbers, as a table and as triples, of numbers and of words: it is refused with a line within it, or every
 * row is within the bounds it states, and each row of the log is found again in the matrix. */
#include <assert.h>
#include <math.h>

#include "rec/graph.h"
#include "rec/interactions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct interactions *m)
{
	struct sparse by_user, by_item;

	assert(m->count > 0 && m->users <= USERS_MAX && m->items <= ITEMS_MAX);
	for (size_t i = 0; i < m->count; i++) {
		assert(m->user[i] < m->users && m->item[i] < m->items);
		assert(!m->weight || isfinite(m->weight[i]));
	}
	if (m->users <= 4096 && m->items <= 4096) {
		sparse_of(m, NULL, PART_ANY, &by_user);
		sparse_transpose(&by_user, &by_item);
		assert(sparse_count(&by_user) <= m->count && sparse_count(&by_item) == sparse_count(&by_user));
		for (size_t i = 0; i < m->count; i++)
			assert(sparse_has(&by_user, m->user[i], m->item[i]) && sparse_has(&by_item, m->item[i], m->user[i]));
		sparse_free(&by_user);
		sparse_free(&by_item);
	}
	interactions_free(m);
}

static void check_triples(struct triples *t)
{
	assert(t->count > 0);
	for (size_t i = 0; i < t->count; i++)
		assert(t->head[i] < t->things && t->tail[i] < t->things && t->relation[i] < t->relations);
	triples_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct text items[2] = { TEXT_INIT("C"), TEXT_INIT("SQL") };
	static const struct interaction_columns columns = { TEXT_INIT("user"), TEXT_INIT("item"), TEXT_INIT("weight"), TEXT_INIT("time") };
	struct arena *arena = arena_new(256 << 20);
	struct text bytes = { (const char *)data, size };
	struct interactions m;
	struct triples t;
	struct interactions_place where;
	problem why = interactions_read_adjacency(bytes, &m, &where);

	assert(where.line <= size + 1);
	if (!why)
		check(&m);
	why = interactions_read_table(arena, bytes, &columns, &m, &where);
	assert(where.line <= size + 1);
	if (!why)
		check(&m);
	why = triples_read(bytes, &t, &where);
	assert(where.line <= size + 1);
	if (!why)
		check_triples(&t);
	why = triples_read_table(arena, bytes, items, 2, &t, &where);
	assert(where.line <= size + 1);
	if (!why)
		check_triples(&t);
	arena_free(arena);
	return 0;
}
