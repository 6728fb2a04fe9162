#include "mine/grow.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static void *larger(void *at, size_t each, size_t count)
{
	void *now = reallocarray(at, count, each);

	if (!now)
		abort();
	return now;
}

uint32_t grown_leaf(struct grown *g)
{
	if (g->nodes == g->room) {
		g->room = g->room ? g->room * 2 : 64;
		g->node = larger(g->node, sizeof *g->node, g->room);
		g->value = larger(g->value, sizeof *g->value, g->room);
		g->cover = larger(g->cover, sizeof *g->cover, g->room);
		g->gain = larger(g->gain, sizeof *g->gain, g->room);
	}
	g->node[g->nodes] = (struct tree_node){ 0 };
	g->value[g->nodes] = g->cover[g->nodes] = g->gain[g->nodes] = 0;
	return g->nodes++;
}

uint32_t grown_pair(struct grown *g)
{
	uint32_t left = grown_leaf(g);

	grown_leaf(g);
	return left;
}

static uint32_t add_node(struct grown *g, struct side s)
{
	uint32_t node = grown_leaf(g);

	g->value[node] = (float)((double)s.ones / (double)s.weight);
	g->cover[node] = (float)s.weight;
	return node;
}

static void wait(struct grown *g, struct piece p)
{
	if (g->waits == g->waiting_room) {
		g->waiting_room = g->waiting_room ? g->waiting_room * 2 : 64;
		g->waiting = larger(g->waiting, sizeof *g->waiting, g->waiting_room);
	}
	g->waiting[g->waits++] = p;
}

void grown_root(struct grown *g, struct side all, size_t rows)
{
	assert(g->nodes == 0 && all.weight > 0);
	wait(g, (struct piece){ 0, rows, add_node(g, all), 0, all });
}

static bool stays_leaf(const struct grow_limits *limits, const struct piece *p)
{
	size_t rows = p->to - p->from;

	return p->all.ones == 0 || p->all.ones == p->all.weight || rows < 2 || rows < 2 * (size_t)limits->leaf ||
	       (limits->depth && p->depth >= limits->depth);
}

bool grown_next(struct grown *g, const struct grow_limits *limits, struct piece *ret)
{
	while (g->waits > 0) {
		*ret = g->waiting[--g->waits];
		if (!stays_leaf(limits, ret))
			return true;
	}
	return false;
}

void grown_split(struct grown *g, const struct piece *p, const struct question *q, double threshold, size_t middle)
{
	struct side right = side_less(p->all, q->left);
	uint32_t left = add_node(g, q->left);

	assert(middle > p->from && middle < p->to);
	add_node(g, right);
	g->node[p->node] = (struct tree_node){ threshold, left, (uint16_t)q->at.column, q->holes_left, 0 };
	g->gain[p->node] = (float)fmax(0, 2 * (q->score - side_score(p->all)));
	wait(g, (struct piece){ middle, p->to, left + 1, p->depth + 1, right });
	wait(g, (struct piece){ p->from, middle, left, p->depth + 1, q->left });
}

void grown_free(struct grown *g)
{
	free(g->node);
	free(g->value);
	free(g->cover);
	free(g->gain);
	free(g->waiting);
	*g = (struct grown){ 0 };
}

problem grown_join(struct arena *arena, struct grown *tree, size_t count, size_t columns, struct trees *ret)
{
	struct trees t = { .sum = TREES_SHARE, .columns = columns, .count = count };
	problem why;

	for (size_t k = 0; k < count; k++)
		t.nodes += tree[k].nodes;
	why = t.nodes > UINT32_MAX ? &frame_large : NULL;
	if (!why) {
		t.first = FRAME_ARRAY(arena, uint32_t, count + 1);
		t.node = FRAME_ARRAY(arena, struct tree_node, t.nodes);
		t.value = FRAME_ARRAY(arena, float, t.nodes);
		t.cover = FRAME_ARRAY(arena, float, t.nodes);
		t.gain = FRAME_ARRAY(arena, float, t.nodes);
	}
	for (size_t k = 0; k < count; k++) {
		struct grown *g = &tree[k];

		if (!why) {
			memcpy(t.node + t.first[k], g->node, g->nodes * sizeof *g->node);
			memcpy(t.value + t.first[k], g->value, g->nodes * sizeof *g->value);
			memcpy(t.cover + t.first[k], g->cover, g->nodes * sizeof *g->cover);
			memcpy(t.gain + t.first[k], g->gain, g->nodes * sizeof *g->gain);
			t.first[k + 1] = t.first[k] + g->nodes;
		}
		grown_free(g);
	}
	if (!why)
		*ret = t;
	return why;
}
