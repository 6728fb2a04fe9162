/* paths.c - the best first: for each thing and number of links left, how much the best walk to the end can weigh is worked out first; a beginning of a
 * path is then taken up in the order of the most that it can come to (Hart, Nilsson and Raphael, 1968), so nothing is missed. */
#include "rec/paths.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "num/order.h"

/* ---- links ---- */

struct edge {
	uint32_t relation, head, tail, out, in;
};

static int by_head(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return RISING(x->relation, y->relation) ?: RISING(x->head, y->head) ?: RISING(x->tail, y->tail);
}

static int by_tail(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return RISING(x->relation, y->relation) ?: RISING(x->tail, y->tail) ?: RISING(x->head, y->head);
}

/* Each triple once, by (relation, head), with how many there are of the head and of the tail; returns how many */
static size_t list_edges(const struct triples *t, const double *weight, struct edge *e)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (t->head[i] != t->tail[i] && (!weight || weight[t->relation[i]] > 0))
			e[count++] = (struct edge){ .relation = t->relation[i], .head = t->head[i], .tail = t->tail[i] };
	}
	qsort(e, count, sizeof *e, by_tail);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || by_tail(&e[i], &e[kept - 1]) != 0)
			e[kept++] = e[i];
	}
	for (size_t from = 0, end; from < kept; from = end) {
		for (end = from + 1; end < kept && e[end].relation == e[from].relation && e[end].tail == e[from].tail;)
			end++;
		for (size_t i = from; i < end; i++)
			e[i].in = (uint32_t)(end - from);
	}
	qsort(e, kept, sizeof *e, by_head);
	for (size_t from = 0, end; from < kept; from = end) {
		for (end = from + 1; end < kept && e[end].relation == e[from].relation && e[end].head == e[from].head;)
			end++;
		for (size_t i = from; i < end; i++)
			e[i].out = (uint32_t)(end - from);
	}
	return kept;
}

void graph_links_of(const struct triples *t, uint32_t things, const struct path_settings *s, struct graph_links *ret)
{
	struct edge *e = array_of(t->count, sizeof *e);
	size_t count = list_edges(t, s->weight, e), *at;
	uint32_t all = t->things > things ? t->things : things;

	assert(s->fade > 0 && s->fade <= 1 && s->damp >= 0 && s->damp <= 4);
	*ret = (struct graph_links){ all, array_of((size_t)all + 1, sizeof *ret->start), array_of(2 * count, sizeof *ret->link) };
	for (size_t i = 0; i < count; i++) {
		ret->start[e[i].head + 1]++;
		ret->start[e[i].tail + 1]++;
	}
	for (uint32_t i = 0; i < all; i++)
		ret->start[i + 1] += ret->start[i];
	at = array_of(all, sizeof *at);
	memcpy(at, ret->start, all * sizeof *at);
	for (size_t i = 0; i < count; i++) {
		double weight = s->fade * (s->weight ? s->weight[e[i].relation] : 1) * pow((double)e[i].out * (double)e[i].in, -s->damp);

		ret->link[at[e[i].head]++] = (struct graph_link){ e[i].tail, e[i].relation, false, weight };
		ret->link[at[e[i].tail]++] = (struct graph_link){ e[i].head, e[i].relation, true, weight };
	}
	free(at);
	free(e);
}

void graph_links_free(struct graph_links *g)
{
	free(g->start);
	free(g->link);
	*g = (struct graph_links){ 0 };
}

size_t paths_bytes(const struct triples *t, uint32_t things, const struct path_settings *s)
{
	size_t all = t->things > things ? t->things : things;

	return all * (2 * sizeof(size_t) + (s->longest + 1) * sizeof(double)) + t->count * (sizeof(struct edge) + 2 * sizeof(struct graph_link));
}

/* ---- which of two is first ---- */

static int first_of(const struct path *x, const struct path *y)
{
	int way = FALLING(x->weight, y->weight) ?: RISING(x->length, y->length) ?: RISING(x->from, y->from);

	for (uint32_t i = 0; i < x->length && !way; i++) {
		const struct path_step *a = &x->step[i], *b = &y->step[i];

		way = RISING(a->relation, b->relation) ?: RISING(a->back, b->back) ?: RISING(a->thing, b->thing);
	}
	return way;
}

/* Into the sorted list of at most `most` */
static void keep_path(struct path *list, size_t *count, size_t most, const struct path *p)
{
	size_t at = *count;

	if (at == most && first_of(p, &list[most - 1]) > 0)
		return;
	at = at == most ? most - 1 : (*count)++;
	for (; at > 0 && first_of(p, &list[at - 1]) < 0; at--)
		list[at] = list[at - 1];
	list[at] = *p;
}

/* ---- the search ---- */

/* The beginning of a path: the one before it with a link more; 0 stands for none */
struct beginning {
	double weight, most; /* of its links; that it can come to */
	size_t before;
	uint32_t length;
	struct path_step step; /* the first: its thing is where the path begins */
};

struct search {
	const struct graph_links *g;
	const struct path_ends *ends;
	uint32_t longest;
	double *best;          /* (longest + 1, things) of walks of at most so many links to the end */
	struct beginning *all; /* [1 ..] */
	size_t count, room, limit;
	size_t *heap, waiting; /* the largest `most` first, of equals the later one: it is further */
	bool cut;
};

static double best_of(const struct search *s, uint32_t links, uint32_t thing) { return s->best[(size_t)links * s->g->things + thing]; }

static void walk_back(struct search *s)
{
	const struct graph_links *g = s->g;

	s->best = array_of((size_t)(s->longest + 1) * g->things, sizeof *s->best);
	s->best[s->ends->to] = 1;
	for (uint32_t links = 1; links <= s->longest; links++) {
		double *to = s->best + (size_t)links * g->things;

		memcpy(to, to - g->things, g->things * sizeof *to);
		for (uint32_t i = 0; i < g->things; i++) {
			for (size_t k = g->start[i]; k < g->start[i + 1]; k++)
				to[i] = fmax(to[i], g->link[k].weight * best_of(s, links - 1, g->link[k].thing));
		}
	}
}

static bool is_before(const struct search *s, size_t x, size_t y)
{
	return s->all[x].most != s->all[y].most ? s->all[x].most > s->all[y].most : x > y;
}

static void wait_in_heap(struct search *s, size_t which)
{
	size_t at = s->waiting++;

	for (; at > 0 && is_before(s, which, s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		s->heap[at] = s->heap[(at - 1) / 2];
	s->heap[at] = which;
}

static size_t take_first(struct search *s)
{
	size_t first = s->heap[0], last = s->heap[--s->waiting], at = 0;

	for (size_t child; (child = 2 * at + 1) < s->waiting; at = child) {
		child += child + 1 < s->waiting && is_before(s, s->heap[child + 1], s->heap[child]);
		if (!is_before(s, s->heap[child], last))
			break;
		s->heap[at] = s->heap[child];
	}
	s->heap[at] = last;
	return first;
}

static void begin(struct search *s, struct beginning b)
{
	b.most = b.weight * best_of(s, s->longest - b.length, b.step.thing);
	if (!(b.most > 0))
		return;
	if (s->count == s->limit) {
		s->cut = true;
		return;
	}
	if (++s->count >= s->room) {
		s->room = 2 * s->room + 64;
		s->all = reallocarray(s->all, s->room, sizeof *s->all);
		s->heap = reallocarray(s->heap, s->room, sizeof *s->heap);
		if (!s->all || !s->heap)
			abort();
	}
	s->all[s->count] = b;
	wait_in_heap(s, s->count);
}

static bool is_had(const struct path_ends *ends, uint32_t thing)
{
	size_t from = 0, to = ends->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (ends->from[middle] < thing)
			from = middle + 1;
		else
			to = middle;
	}
	return from < ends->count && ends->from[from] == thing;
}

static bool stands_in(const struct search *s, size_t which, uint32_t thing)
{
	while (which && s->all[which].step.thing != thing)
		which = s->all[which].before;
	return which != 0;
}

static void go_on(struct search *s, size_t which)
{
	const struct graph_links *g = s->g;
	struct beginning b = s->all[which];

	for (size_t k = g->start[b.step.thing]; k < g->start[b.step.thing + 1]; k++) {
		const struct graph_link *l = &g->link[k];

		if ((l->thing == s->ends->to || !is_had(s->ends, l->thing)) && !stands_in(s, which, l->thing))
			begin(s, (struct beginning){ .weight = b.weight * l->weight, .before = which, .length = b.length + 1,
			                             .step = { l->relation, l->thing, l->back } });
	}
}

static struct path whole(const struct search *s, size_t which)
{
	struct path p = { .weight = s->all[which].weight, .length = s->all[which].length };

	for (; s->all[which].before; which = s->all[which].before)
		p.step[s->all[which].length - 1] = s->all[which].step;
	p.from = s->all[which].step.thing;
	return p;
}

size_t paths_find(const struct graph_links *g, const struct path_settings *settings, const struct path_ends *ends, struct path *ret, size_t most, bool *cut)
{
	static const double rounding = 1e-9; /* what can come to as much, but for rounding, is looked at too */
	struct search s = { .g = g, .ends = ends, .longest = settings->longest, .limit = settings->partial };
	size_t count = 0;

	assert(most > 0 && most <= PATHS_MAX && s.longest > 0 && s.longest <= PATH_LINKS_MAX && ends->to < g->things);
	walk_back(&s);
	for (size_t i = 0; i < ends->count; i++) {
		assert(ends->from[i] < g->things && (i == 0 || ends->from[i - 1] < ends->from[i]));
		if (ends->from[i] != ends->to)
			begin(&s, (struct beginning){ .weight = 1, .step = { .thing = ends->from[i] } });
	}
	while (s.waiting && !s.cut) {
		size_t which = take_first(&s);

		if (count == most && s.all[which].most < ret[most - 1].weight * (1 - rounding))
			break;
		if (s.all[which].step.thing == ends->to) {
			struct path p = whole(&s, which);

			keep_path(ret, &count, most, &p);
		} else {
			go_on(&s, which);
		}
	}
	*cut = s.cut;
	free(s.best);
	free(s.all);
	free(s.heap);
	return count;
}
