/* rules.c - all frequent sets are kept with their supports, to be found by what is in them: a set's key is the exclusive or of its items'
 * keys, so that the key of a part is near at hand; what is found is compared item by item. */
#include "mine/rules.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/random.h"
#include "stats/inference.h"

const struct problem rules_unfit = { 422, "rules-unfit", "Confidence, improvement and significance lie from 0 to 1, lift is not below 0." };
const struct problem rules_many = { 422, "rules-many", "There are more rules than allowed: ask for a larger support or confidence." };

/* ---- frequent sets by what is in them ---- */

struct store {
	size_t count, slots;
	size_t *start;     /* (count + 1) */
	uint32_t *items, *support;
	uint32_t *slot;    /* place of a set, from 1 */
};

static uint64_t key_of(const uint32_t *items, size_t size)
{
	uint64_t key = 0;

	for (size_t i = 0; i < size; i++)
		key ^= random_bits(items[i]);
	return key;
}

static problem keep(void *self, const struct item_set *set)
{
	struct store *s = self;
	size_t at = key_of(set->items, set->size) & (s->slots - 1);

	while (s->slot[at])
		at = (at + 1) & (s->slots - 1);
	memcpy(s->items + s->start[s->count], set->items, set->size * sizeof *set->items);
	s->support[s->count++] = set->support;
	s->start[s->count] = s->start[s->count - 1] + set->size;
	s->slot[at] = (uint32_t)s->count;
	return NULL;
}

/* Every part of a frequent set is one. */
static uint32_t support_of(const struct store *s, const uint32_t *items, size_t size)
{
	for (size_t at = key_of(items, size) & (s->slots - 1);; at = (at + 1) & (s->slots - 1)) {
		size_t i = s->slot[at] - 1;

		assert(s->slot[at]);
		if (s->start[i + 1] - s->start[i] == size && !memcmp(s->items + s->start[i], items, size * sizeof *items))
			return s->support[i];
	}
}

static problem store_new(struct arena *arena, const struct baskets *b, const struct sets_options *o, struct store *ret)
{
	struct sets_summary *sum = ARENA_NEW(arena, struct sets_summary);
	size_t items = 0;
	problem why = sets_mine(b, o, NULL, NULL, sum);

	if (why)
		return why;
	for (size_t size = 1; size <= sum->longest; size++)
		items += size * sum->by_size[size];
	if (sum->count >= UINT32_MAX / 4 || items * 4 + sum->count * 24 > o->memory)
		return &sets_memory;
	for (ret->slots = 16; ret->slots < 2 * sum->count;)
		ret->slots *= 2;
	ret->start = ARENA_ARRAY(arena, size_t, sum->count + 1);
	ret->items = ARENA_ARRAY(arena, uint32_t, items + 1);
	ret->support = ARENA_ARRAY(arena, uint32_t, sum->count + 1);
	ret->slot = ARENA_ARRAY(arena, uint32_t, ret->slots);
	return sets_mine(b, o, keep, ret, sum);
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

struct miner {
	struct arena *arena;
	const struct rules_options *o;
	struct store store;
	double baskets;
	uint64_t looked_at, kept, explained, most;
	bool only_count;
	struct rule *rules;
	struct parting parting;
};

static struct rule measure(const struct miner *m, uint32_t support)
{
	const struct parting *p = &m->parting;
	struct rule r = { .body_size = p->size - p->head_size, .head_size = p->head_size, .support = support };
	double body, head;

	r.body_support = support_of(&m->store, p->body_items, r.body_size);
	r.head_support = support_of(&m->store, p->head_items, r.head_size);
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

/* Is the head as likely, up to the improvement, with only a part of the body, or with nothing? */
static bool is_explained(const struct miner *m, const struct rule *r)
{
	const struct parting *p = &m->parting;
	uint32_t few[RULE_ITEMS_MAX], all[RULE_ITEMS_MAX];
	uint32_t full = (1u << r->body_size) - 1;

	if (r->confidence - r->head_support / m->baskets <= m->o->improvement + 1e-12)
		return true;
	for (uint32_t mask = 1; mask < full; mask++) {
		size_t size = 0, body = 0, head = 0;

		for (size_t i = 0; i < r->body_size; i++) {
			if (mask >> i & 1)
				few[body++] = p->body_items[i];
		}
		for (size_t i = 0; i < body || head < r->head_size;)
			all[size++] = head == r->head_size || (i < body && few[i] < p->head_items[head]) ? few[i++] : p->head_items[head++];
		if (r->confidence - support_of(&m->store, all, size) / (double)support_of(&m->store, few, body) <= m->o->improvement + 1e-12)
			return true;
	}
	return false;
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

static problem look_at(struct miner *m, uint32_t support)
{
	struct rule r;
	problem why = NULL;

	part(&m->parting);
	r = measure(m, support);
	m->looked_at++;
	if (!is_wanted(m, &r))
		return NULL;
	if (!m->only_count && m->o->drop_explained && is_explained(m, &r)) {
		m->explained++;
		return NULL;
	}
	if (m->kept == m->most)
		return &rules_many;
	if (!m->only_count) {
		uint32_t *items = ARENA_ARRAY(m->arena, uint32_t, m->parting.size);

		why = find_p(m, &r);
		memcpy(items, m->parting.body_items, r.body_size * sizeof *items);
		memcpy(items + r.body_size, m->parting.head_items, r.head_size * sizeof *items);
		r.body = items;
		r.head = items + r.body_size;
		m->rules[m->kept] = r;
	}
	m->kept++;
	return why;
}

static problem look_at_set(struct miner *m, size_t set)
{
	struct parting *p = &m->parting;
	size_t most = m->o->head_longest ? m->o->head_longest : 1;
	problem why = NULL;

	p->items = m->store.items + m->store.start[set];
	p->size = m->store.start[set + 1] - m->store.start[set];
	for (size_t head = 1; head <= most && head < p->size && !why; head++) {
		first_heads(p, head);
		do
			why = look_at(m, m->store.support[set]);
		while (!why && next_heads(p));
	}
	return why;
}

static bool within(double x, double most) { return x >= 0 && x <= most; }

static problem look_at_all(struct miner *m, const struct baskets *b)
{
	struct sets_options o = { .support = m->o->support, .longest = m->o->longest, .memory = m->o->memory ? m->o->memory : SETS_MEMORY };
	problem why;

	if (!within(m->o->confidence, 1) || !within(m->o->lift, INFINITY) || !within(m->o->improvement, 1) || !within(m->o->significance, 1))
		return &rules_unfit;
	if (m->o->drop_explained && (!o.longest || o.longest > RULE_ITEMS_MAX))
		o.longest = RULE_ITEMS_MAX;
	m->baskets = (double)b->count;
	why = store_new(m->arena, b, &o, &m->store);
	for (size_t set = 0; set < m->store.count && !why; set++)
		why = look_at_set(m, set);
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

enum { SETS_TOLD = 256 };

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

/* Bonferroni's correction, by all that were looked at: those of too little confidence were looked at too. */
static void correct(struct miner *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->kept; i++) {
		struct rule *r = &m->rules[i];

		r->p_corrected = fmin(1, exp(r->log_p + log((double)m->looked_at)));
		if (!(m->o->significance > 0) || r->p_corrected <= m->o->significance)
			m->rules[kept++] = *r;
	}
	m->kept = kept;
}

problem rules_mine(struct arena *arena, const struct baskets *baskets, const struct rules_options *options, struct rules *ret)
{
	struct miner *m = ARENA_NEW(arena, struct miner);
	uint64_t count, most = options->most ? options->most : RULES_MOST;
	problem why;

	/* the first round says how much room they want */
	*m = (struct miner){ .arena = arena, .o = options, .only_count = true, .most = UINT64_MAX };
	why = look_at_all(m, baskets);
	if (why)
		return why;
	count = m->kept < most ? m->kept : most;
	m->rules = ARENA_ARRAY(arena, struct rule, count + 1);
	m->only_count = false;
	m->most = most;
	m->looked_at = m->kept = 0;
	for (size_t set = 0; set < m->store.count && !why; set++) {
		if (set % SETS_TOLD == 0)
			progress_at(options->progress, set, m->store.count);
		why = look_at_set(m, set);
	}
	if (why)
		return why;
	correct(m);
	qsort(m->rules, m->kept, sizeof *m->rules, by_lift);
	*ret = (struct rules){ m->rules, m->kept, m->looked_at, m->explained };
	return NULL;
}
