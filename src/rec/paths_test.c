/* paths_test.c - the best paths against all paths there are, walked one by one; hubs, ties, limits. */
#include "rec/paths.h"

#include <math.h>

#include "num/order.h"
#include "num/random.h"
#include "base/testing.h"

/* ---- all paths, the slow way ---- */

enum { ALL_MAX = 200000 };

struct walked {
	const struct triples *t;
	const struct path_settings *s;
	const struct path_ends *ends;
	double *weight; /* of each path that there is */
	size_t count;
	uint32_t been[PATH_LINKS_MAX + 1], length;
};

/* Different heads (tails) of the relation that go with one thing, as the formula has it */
static double others(const struct triples *t, size_t triple, bool heads)
{
	double count = 0;

	for (size_t i = 0; i < t->count; i++) {
		bool is_first = true;

		if (t->relation[i] != t->relation[triple] || t->head[i] == t->tail[i])
			continue;
		if (heads ? t->tail[i] != t->tail[triple] : t->head[i] != t->head[triple])
			continue;
		for (size_t j = 0; j < i; j++)
			is_first &= t->head[j] != t->head[i] || t->tail[j] != t->tail[i] || t->relation[j] != t->relation[i];
		count += is_first;
	}
	return count;
}

static bool is_first(const struct triples *t, size_t triple)
{
	for (size_t j = 0; j < triple; j++) {
		if (t->head[j] == t->head[triple] && t->tail[j] == t->tail[triple] && t->relation[j] == t->relation[triple])
			return false;
	}
	return true;
}

static void walk(struct walked *w, double weight)
{
	uint32_t at = w->been[w->length];

	if (at == w->ends->to) {
		assert_true(w->count < ALL_MAX);
		w->weight[w->count++] = weight;
		return;
	}
	for (size_t i = 0; i < w->t->count && w->length < w->s->longest; i++) {
		uint32_t next = w->t->head[i] == at ? w->t->tail[i] : w->t->head[i];
		bool is_open = (w->t->head[i] == at || w->t->tail[i] == at) && is_first(w->t, i);
		double factor = w->s->weight ? w->s->weight[w->t->relation[i]] : 1;

		for (uint32_t k = 0; k <= w->length; k++)
			is_open &= w->been[k] != next;
		for (size_t k = 0; k < w->ends->count; k++)
			is_open &= w->ends->from[k] != next || next == w->ends->to;
		if (!is_open || !(factor > 0))
			continue;
		w->been[++w->length] = next;
		walk(w, weight * w->s->fade * factor * pow(others(w->t, i, false) * others(w->t, i, true), -w->s->damp));
		w->length--;
	}
}

static int largest_first(const void *a, const void *b) { return order_f64(b, a); }

static void made(struct triples *t, struct random *r, uint32_t things, uint32_t relations, size_t count)
{
	*t = (struct triples){ .things = things, .relations = relations, .count = count };
	t->head = calloc(count, sizeof *t->head);
	t->relation = calloc(count, sizeof *t->relation);
	t->tail = calloc(count, sizeof *t->tail);
	for (size_t i = 0; i < count; i++) {
		t->head[i] = random_below(r, things);
		t->relation[i] = random_below(r, relations);
		t->tail[i] = random_below(r, 3) ? random_below(r, things) : random_below(r, 2); /* two hubs */
	}
}

/* A path is one of the graph, and weighs what its links say. */
static void assert_path(const struct triples *t, const struct path_settings *s, const struct path_ends *ends, const struct path *p)
{
	uint32_t at = p->from;
	double weight = 1;

	for (uint32_t i = 0; i < p->length; i++) {
		const struct path_step *step = &p->step[i];
		size_t k = 0;

		while (k < t->count && !(t->relation[k] == step->relation && t->head[k] == (step->back ? step->thing : at) && t->tail[k] == (step->back ? at : step->thing)))
			k++;
		assert_true(k < t->count);
		weight *= s->fade * (s->weight ? s->weight[step->relation] : 1) * pow(others(t, k, false) * others(t, k, true), -s->damp);
		at = step->thing;
	}
	assert_int_equal(at, ends->to);
	assert_true(fabs(weight - p->weight) <= 1e-12 * weight);
}

static void compare(const struct triples *t, const struct path_settings *s, const struct path_ends *ends)
{
	struct walked w = { .t = t, .s = s, .ends = ends, .weight = calloc(ALL_MAX, sizeof(double)) };
	CLEANUP(graph_links_free) struct graph_links g = { 0 };
	struct path ret[PATHS_MAX];
	size_t count;
	bool cut;

	for (size_t i = 0; i < ends->count; i++) {
		w.been[0] = ends->from[i];
		if (ends->from[i] != ends->to)
			walk(&w, 1);
	}
	qsort(w.weight, w.count, sizeof *w.weight, largest_first);
	graph_links_of(t, t->things, s, &g);
	for (size_t most = 1; most <= PATHS_MAX; most += 33) {
		count = paths_find(&g, s, ends, ret, most, &cut);
		assert_false(cut);
		assert_int_equal(count, w.count < most ? w.count : most);
		for (size_t i = 0; i < count; i++) {
			assert_true(fabs(ret[i].weight - w.weight[i]) <= 1e-12 * w.weight[i]);
			assert_path(t, s, ends, &ret[i]);
			for (size_t j = 0; j < i; j++)
				assert_true(memcmp(&ret[j], &ret[i], sizeof ret[i]) != 0);
		}
	}
	free(w.weight);
}

static void the_best_of_all_paths(void **state)
{
	static const double weight[] = { 1, 0, 2.5 };
	const struct path_settings settings[] = { paths_usual, { 3, 1, 0, NULL, 1 << 20 }, { 5, .9, 1, weight, 1 << 20 }, { 1, .5, .4, NULL, 1 << 20 } };
	struct random r = random_of(8, 1);

	(void)state;
	for (int round = 0; round < 40; round++) {
		CLEANUP(triples_free) struct triples t = { 0 };
		const uint32_t from[] = { 1, 4, 7 + random_below(&r, 4) };
		struct path_ends ends = { from, 1 + random_below(&r, 3), random_below(&r, 12) };

		made(&t, &r, 12, 3, 10 + random_below(&r, 14));
		compare(&t, &settings[round % 4], &ends);
	}
}

/* 0 and 1 share the language 4 with 2 and 3, and the teacher 5 alone. */
#define SCHOOL "0 0 4\n1 0 4\n2 0 4\n3 0 4\n0 1 5\n1 1 5\n"

static void what_few_share_says_more(void **state)
{
	const uint32_t from[] = { 0 };
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(graph_links_free) struct graph_links g = { 0 };
	struct path ret[3];
	struct interactions_place where;
	bool cut;

	(void)state;
	assert_done(triples_read(TEXT(SCHOOL), &t, &where));
	graph_links_of(&t, 9, &paths_usual, &g);
	assert_int_equal(g.things, 9);
	assert_int_equal(paths_find(&g, &paths_usual, &(struct path_ends){ from, 1, 1 }, ret, 3, &cut), 2);
	assert_true(ret[0].step[0].thing == 5 && !ret[0].step[0].back && ret[0].step[1].back && ret[0].step[1].thing == 1);
	assert_true(fabs(ret[0].weight - .25 * pow(2, -.8)) < 1e-15 && fabs(ret[1].weight - .25 * pow(4, -.8)) < 1e-15);
	assert_int_equal(paths_find(&g, &paths_usual, &(struct path_ends){ from, 1, 8 }, ret, 3, &cut), 0);
	assert_int_equal(paths_find(&g, &paths_usual, &(struct path_ends){ from, 1, 0 }, ret, 3, &cut), 0);
	assert_int_equal(paths_find(&g, &paths_usual, &(struct path_ends){ from, 0, 1 }, ret, 3, &cut), 0);
}

/* All alike: the shorter first, then smaller numbers. Over 1, which they had, nothing leads from 0. */
static void equals_have_an_order(void **state)
{
	const uint32_t from[] = { 0, 1 };
	const struct path_settings s = { .longest = 3, .fade = 1, .damp = 0, .partial = 1000 };
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(graph_links_free) struct graph_links g = { 0 };
	struct path ret[9];
	struct interactions_place where;
	bool cut;

	(void)state;
	assert_done(triples_read(TEXT("1 0 9\n0 0 1\n0 1 8\n8 1 9\n0 1 7\n0 1 7\n9 0 7\n0 0 0\n0 0 9\n"), &t, &where));
	graph_links_of(&t, 0, &s, &g);
	assert_int_equal(paths_find(&g, &s, &(struct path_ends){ from, 2, 9 }, ret, 9, &cut), 4);
	assert_true(ret[0].length == 1 && ret[0].from == 0 && ret[1].length == 1 && ret[1].from == 1);
	assert_true(ret[2].length == 2 && ret[2].step[0].thing == 7 && ret[3].step[0].thing == 8);
	assert_int_equal(paths_find(&g, &s, &(struct path_ends){ from, 2, 9 }, ret, 3, &cut), 3);
	assert_int_equal(ret[2].step[0].thing, 7);
}

/* A wide graph and little room: what is found is the best all the same, and it is said that there may be more. */
static void the_search_has_a_limit(void **state)
{
	enum { WIDE = 60 };
	const uint32_t from[] = { 0 };
	struct path_settings s = { .longest = 4, .fade = .5, .damp = .4, .partial = 100 };
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(graph_links_free) struct graph_links g = { 0 };
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct path few[PATHS_MAX], all[PATHS_MAX];
	struct interactions_place where;
	size_t count;
	bool cut;

	(void)state;
	for (int i = 0; i < WIDE; i++)
		buffer_format(&b, "0 0 %d\n1 0 %d\n%d 1 %d\n", 10 + i, 10 + i, 10 + i, 10 + (i + 1) % WIDE);
	assert_done(triples_read(buffer_text(&b), &t, &where));
	graph_links_of(&t, 0, &s, &g);
	count = paths_find(&g, &s, &(struct path_ends){ from, 1, 1 }, few, PATHS_MAX, &cut);
	assert_true(cut && count > 0 && count < PATHS_MAX);
	s.partial = 1 << 20;
	assert_int_equal(paths_find(&g, &s, &(struct path_ends){ from, 1, 1 }, all, PATHS_MAX, &cut), PATHS_MAX);
	assert_false(cut);
	for (size_t i = 0; i < count; i++)
		assert_true(few[i].weight == all[i].weight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_of_all_paths),
		cmocka_unit_test(what_few_share_says_more),
		cmocka_unit_test(equals_have_an_order),
		cmocka_unit_test(the_search_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
