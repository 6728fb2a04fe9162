/* rules.c - all frequent sets are kept with their supports, by size, to be found by what is in them: a set's key is the exclusive or of its
 * items' keys, so that the key of a part is near at hand; what is found is compared item by item.
 *
 * Rules are looked at by the size of the head, then by that of the set, so that those with one item less in the body were looked at just
 * before. Each leaves behind how likely its head is at most with any part of its body, itself too: whether a rule is explained is asked of as
 * many numbers as the body has items, and not of all its parts. */
#include "mine/rules.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/random.h"
#include "stats/inference.h"

const struct problem rules_unfit = { 422, "rules-unfit", "Confidence, improvement and significance lie from 0 to 1, lift is not below 0." };
const struct problem rules_many = { 422, "rules-many", "There are more rules than are kept: ask for a larger support, confidence or lift, or for shorter ones." };

/* ---- frequent sets by what is in them ---- */

/* A set of more items has more parts, frequent all, than are kept. */
enum { HELD_LONGEST = 30, SET_BYTES = 20 /* beside its items */ };

struct store {
	size_t count, slots, longest;
	size_t first[HELD_LONGEST + 2];  /* the place of the first set of each size; then: of none */
	size_t filled[HELD_LONGEST + 1];
	uint32_t *items[HELD_LONGEST + 1]; /* (sets of that size, size) */
	uint32_t *support;  /* (count) */
	uint32_t *slot;     /* place of a set, from 1 */
	struct progress *progress;
	uint64_t of;        /* what all the work is counted as */
};

enum { TOLD = 1 << 12 };

static uint64_t key_of(const uint32_t *items, size_t size)
{
	uint64_t key = 0;

	for (size_t i = 0; i < size; i++)
		key ^= random_bits(items[i]);
	return key;
}

static const uint32_t *items_of(const struct store *s, size_t size, size_t set) { return s->items[size] + (set - s->first[size]) * size; }

static problem keep(void *self, const struct item_set *set)
{
	struct store *s = self;
	size_t nth = s->filled[set->size]++, at = key_of(set->items, set->size) & (s->slots - 1);

	while (s->slot[at])
		at = (at + 1) & (s->slots - 1);
	memcpy(s->items[set->size] + nth * set->size, set->items, set->size * sizeof *set->items);
	s->support[s->first[set->size] + nth] = set->support;
	s->slot[at] = (uint32_t)(s->first[set->size] + nth + 1);
	if (s->count++ % TOLD == 0)
		progress_at(s->progress, s->count - 1, s->of);
	return NULL;
}

/* Every part of a frequent set is one. */
static size_t find(const struct store *s, const uint32_t *items, size_t size, uint64_t key)
{
	for (size_t at = key & (s->slots - 1);; at = (at + 1) & (s->slots - 1)) {
		size_t set = (size_t)s->slot[at] - 1;

		assert(s->slot[at]);
		if (set >= s->first[size] && set < s->first[size + 1] && !memcmp(items_of(s, size, set), items, size * sizeof *items))
			return set;
	}
}

/* Room for the sets that were counted, by size */
static void store_new(struct arena *arena, const struct sets_summary *sum, struct store *ret)
{
	for (ret->slots = 16; ret->slots < 2 * sum->count;)
		ret->slots *= 2;
	ret->longest = sum->longest;
	for (size_t size = 1; size <= HELD_LONGEST; size++) {
		ret->first[size + 1] = ret->first[size] + sum->by_size[size];
		ret->items[size] = ARENA_ARRAY(arena, uint32_t, sum->by_size[size] * size + 1);
	}
	ret->support = ARENA_ARRAY(arena, uint32_t, sum->count + 1);
	ret->slot = ARENA_ARRAY(arena, uint32_t, ret->slots);
}

/* ---- ways to part a set ---- */

/* Which of a set's items are in the head, as places upwards */
struct parting {
	size_t head[SET_SIZE_MAX], head_size;
	uint32_t body_items[SET_SIZE_MAX], head_items[SET_SIZE_MAX];
	const uint32_t *items;
	size_t size;
};

static void first_heads(struct parting *p, size_t head_size)
{
	p->head_size = head_size;
	for (size_t i = 0; i < head_size; i++)
		p->head[i] = i;
}

static bool next_heads(struct parting *p)
{
	size_t i = p->head_size;

	while (i > 0 && p->head[i - 1] == p->size - p->head_size + i - 1)
		i--;
	if (!i)
		return false;
	p->head[i - 1]++;
	for (; i < p->head_size; i++)
		p->head[i] = p->head[i - 1] + 1;
	return true;
}

static void part(struct parting *p)
{
	size_t head = 0, body = 0;

	for (size_t i = 0; i < p->size; i++) {
		if (head < p->head_size && p->head[head] == i)
			p->head_items[head++] = p->items[i];
		else
			p->body_items[body++] = p->items[i];
	}
}

/* How likely a head is at most with any part of a body: of the sets of one size, of each all heads of one size */
struct likely {
	double *here, *below; /* (sets, heads); below: of the sets with one item less */
};

struct miner {
	struct arena *arena;
	const struct rules_options *o;
	struct store store;
	double baskets;
	uint64_t looked_at, done, kept, explained, most;
	bool only_count;
	struct likely likely;
	struct rule *rules;
	size_t room;
	struct parting parting;
	size_t without[SET_SIZE_MAX]; /* the place of the set at hand less its i-th item */
	uint64_t key;                 /* of the set at hand */
	uint64_t choices[HELD_LONGEST + 1][HELD_LONGEST + 1]; /* so many of so many */
};

/* Pascal's triangle */
static void fill_choices(struct miner *m)
{
	for (size_t n = 0; n <= HELD_LONGEST; n++) {
		for (size_t k = 0; k <= n; k++)
			m->choices[n][k] = k && k < n ? m->choices[n - 1][k - 1] + m->choices[n - 1][k] : 1;
	}
}

static struct rule measure(const struct miner *m, size_t set)
{
	const struct parting *p = &m->parting;
	uint32_t support = m->store.support[set];
	struct rule r = { .body_size = p->size - p->head_size, .head_size = p->head_size, .support = support };
	uint64_t head_key = key_of(p->head_items, r.head_size);
	double body, head;

	r.body_support = m->store.support[r.head_size == 1 ? m->without[p->head[0]] : find(&m->store, p->body_items, r.body_size, m->key ^ head_key)];
	r.head_support = m->store.support[find(&m->store, p->head_items, r.head_size, head_key)];
	body = r.body_support;
	head = r.head_support;
	r.share = support / m->baskets;
	r.confidence = support / body;
	r.lift = support * m->baskets / (body * head);
	r.leverage = (support - body * head / m->baskets) / m->baskets;
	r.conviction = support == r.body_support ? INFINITY : body * (m->baskets - head) / (m->baskets * (body - support));
	return r;
}

static bool is_wanted(const struct miner *m, const struct rule *r)
{
	return r->support >= m->o->confidence * r->body_support * (1 - 1e-12) && r->lift >= m->o->lift * (1 - 1e-12);
}

/* Which of the heads of its size the head is (the combinatorial number system) in the set less the body's item at a place; SIZE_MAX: in all
 * of it */
static size_t rank_of(const struct miner *m, size_t without)
{
	size_t rank = 0;

	for (size_t j = 0; j < m->parting.head_size; j++)
		rank += m->choices[m->parting.head[j] - (m->parting.head[j] > without)][j + 1];
	return rank;
}

/* With only a part of the body, or with nothing */
static double likely_without(const struct miner *m, const struct rule *r)
{
	const struct parting *p = &m->parting;
	double most = r->head_support / m->baskets;

	for (size_t i = 0, head = 0; i < p->size && r->body_size > 1; i++) {
		const double *of;

		if (head < p->head_size && p->head[head] == i) {
			head++;
			continue;
		}
		of = m->likely.below + (m->without[i] - m->store.first[p->size - 1]) * m->choices[p->size - 1][p->head_size];
		most = fmax(most, of[rank_of(m, i)]);
	}
	return most;
}

/* Is the head as likely, up to the improvement, with only a part of the body, or with nothing? */
static bool is_explained(struct miner *m, size_t set, const struct rule *r)
{
	size_t nth = set - m->store.first[m->parting.size];
	double without = likely_without(m, r);

	m->likely.here[nth * m->choices[m->parting.size][r->head_size] + rank_of(m, SIZE_MAX)] = fmax(without, r->confidence);
	return r->confidence - without <= m->o->improvement + 1e-12;
}

/* The table of four: body and head, body alone, head alone, neither */
static problem find_p(const struct miner *m, struct rule *r)
{
	double body = r->body_support - r->support, head = r->head_support - r->support;
	const double table[] = { r->support, body, head, m->baskets - r->support - body - head };

	if (r->head_support < m->baskets && r->body_support < m->baskets)
		return test_fisher_more(table, &r->log_p);
	r->log_p = 0; /* in every basket: it could not be otherwise */
	return NULL;
}

/* Bonferroni's correction, by all that are looked at: those of too little confidence are looked at too. */
static bool is_significant(const struct miner *m, struct rule *r)
{
	r->p_corrected = fmin(1, exp(r->log_p + log((double)m->looked_at)));
	return !(m->o->significance > 0) || r->p_corrected <= m->o->significance;
}

static void add_rule(struct miner *m, struct rule *r)
{
	uint32_t *items = ARENA_ARRAY(m->arena, uint32_t, m->parting.size);

	memcpy(items, m->parting.body_items, r->body_size * sizeof *items);
	memcpy(items + r->body_size, m->parting.head_items, r->head_size * sizeof *items);
	r->body = items;
	r->head = items + r->body_size;
	if (m->kept == m->room) {
		struct rule *more = ARENA_ARRAY(m->arena, struct rule, m->room ? 2 * m->room : 64);

		if (m->room)
			memcpy(more, m->rules, m->kept * sizeof *more);
		m->rules = more;
		m->room = m->room ? 2 * m->room : 64;
	}
	m->rules[m->kept] = *r;
}

static problem look_at(struct miner *m, size_t set)
{
	struct rule r;
	bool explained;
	problem why = NULL;

	part(&m->parting);
	r = measure(m, set);
	explained = m->o->drop_explained && !m->only_count && is_explained(m, set, &r);
	if (!is_wanted(m, &r))
		return NULL;
	m->explained += explained;
	if (explained)
		return NULL;
	if (!m->only_count)
		why = find_p(m, &r);
	if (why || (!m->only_count && !is_significant(m, &r)))
		return why;
	if (m->kept == m->most)
		return &rules_many;
	if (!m->only_count)
		add_rule(m, &r);
	m->kept++;
	return NULL;
}

static void find_parts(struct miner *m)
{
	const struct parting *p = &m->parting;
	uint32_t part[SET_SIZE_MAX];

	assert(p->size > 1);
	m->key = key_of(p->items, p->size);
	memcpy(part, p->items + 1, (p->size - 1) * sizeof *part);
	for (size_t i = 0; i < p->size; i++) {
		m->without[i] = find(&m->store, part, p->size - 1, m->key ^ random_bits(p->items[i]));
		part[i] = p->items[i];
	}
}

/* All rules of the sets of a size with heads of a size */
static problem look_at_size(struct miner *m, size_t size, size_t head_size)
{
	const struct store *s = &m->store;
	struct parting *p = &m->parting;
	problem why = NULL;

	p->size = size;
	for (size_t set = s->first[size]; set < s->first[size + 1] && !why; set++) {
		p->items = items_of(s, size, set);
		find_parts(m);
		first_heads(p, head_size);
		do
			why = look_at(m, set);
		while (!why && next_heads(p));
		m->done += m->choices[size][head_size];
		if (set % TOLD == 0)
			progress_at(m->o->progress, s->count + m->done, s->of);
	}
	return why;
}

static size_t longest_head(const struct miner *m, size_t size)
{
	size_t most = m->o->head_longest ? m->o->head_longest : 1;

	return most < size ? most : size - 1;
}

/* What is counted tells how much room all of it wants, and how many rules will be looked at. */
static problem make_room(struct miner *m, const struct sets_summary *sum, size_t memory)
{
	bool weighs = m->o->drop_explained && !m->only_count;
	uint64_t items = 0, heads = 0;

	if (sum->count >= UINT32_MAX / 4)
		return &sets_memory;
	assert(sum->longest <= HELD_LONGEST);
	for (size_t size = 1; size <= sum->longest; size++) {
		items += size * sum->by_size[size];
		for (size_t head = 1; head <= longest_head(m, size); head++) {
			uint64_t here = sum->by_size[size] * m->choices[size][head];

			m->looked_at += here;
			heads = here > heads ? here : heads;
		}
	}
	if (items * 4 + sum->count * SET_BYTES + (weighs ? heads * 2 * sizeof *m->likely.here : 0) > memory)
		return &sets_memory;
	store_new(m->arena, sum, &m->store);
	if (weighs) {
		m->likely.here = ARENA_ARRAY(m->arena, double, heads + 1);
		m->likely.below = ARENA_ARRAY(m->arena, double, heads + 1);
	}
	m->store.progress = m->o->progress;
	m->store.of = sum->count + m->looked_at;
	return NULL;
}

static problem find_sets(struct miner *m, const struct baskets *b)
{
	struct sets_options o = { .support = m->o->support, .longest = m->o->longest, .memory = m->o->memory ? m->o->memory : SETS_MEMORY };
	struct sets_summary *sum = ARENA_NEW(m->arena, struct sets_summary);
	problem why;

	if (m->o->drop_explained && (!o.longest || o.longest > RULE_ITEMS_MAX))
		o.longest = RULE_ITEMS_MAX;
	o.most = o.memory / SET_BYTES + 1; /* there is no room for so many */
	why = sets_mine(b, &o, NULL, NULL, sum);
	if (!why)
		why = make_room(m, sum, o.memory);
	if (!why)
		why = sets_mine(b, &o, keep, &m->store, sum);
	return why == &sets_many ? &sets_memory : why;
}

static bool within(double x, double most) { return x >= 0 && x <= most; }

static problem look_at_all(struct miner *m, const struct baskets *b)
{
	problem why;

	if (!within(m->o->confidence, 1) || !within(m->o->lift, INFINITY) || !within(m->o->improvement, 1) || !within(m->o->significance, 1))
		return &rules_unfit;
	m->baskets = (double)b->count;
	fill_choices(m);
	why = find_sets(m, b);
	for (size_t head = 1; !why && m->store.longest && head <= longest_head(m, m->store.longest); head++) {
		for (size_t size = head + 1; size <= m->store.longest && !why; size++) {
			why = look_at_size(m, size, head);
			m->likely = (struct likely){ m->likely.below, m->likely.here };
		}
	}
	return why;
}

problem rules_count(struct arena *arena, const struct baskets *baskets, const struct rules_options *options, uint64_t *ret)
{
	struct miner *m = ARENA_NEW(arena, struct miner);
	problem why;

	*m = (struct miner){ .arena = arena, .o = options, .only_count = true, .most = options->most ? options->most : UINT64_MAX };
	why = look_at_all(m, baskets);
	if (!why)
		*ret = m->kept;
	return why;
}

/* ---- all of them ---- */

static int by_items(const uint32_t *a, size_t a_size, const uint32_t *b, size_t b_size)
{
	for (size_t i = 0; i < a_size && i < b_size; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return (a_size > b_size) - (a_size < b_size);
}

static int by_lift(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int order = x->lift != y->lift ? (x->lift < y->lift) - (x->lift > y->lift) : (x->support < y->support) - (x->support > y->support);

	if (!order)
		order = by_items(x->body, x->body_size, y->body, y->body_size);
	return order ? order : by_items(x->head, x->head_size, y->head, y->head_size);
}

problem rules_mine(struct arena *arena, const struct baskets *baskets, const struct rules_options *options, struct rules *ret)
{
	struct miner *m = ARENA_NEW(arena, struct miner);
	problem why;

	*m = (struct miner){ .arena = arena, .o = options, .most = options->most ? options->most : RULES_MOST };
	why = look_at_all(m, baskets);
	if (why)
		return why;
	if (m->kept)
		qsort(m->rules, m->kept, sizeof *m->rules, by_lift);
	*ret = (struct rules){ m->rules, m->kept, m->looked_at, m->explained };
	return NULL;
}
