/* sets.c - depth first over sets; beside each set stand the items that go with it often enough, each with the baskets it shares with
 * the set as bits of words (Eclat).
 *
 * - Infrequent items go first, then equal baskets are one with a weight. A weight is a sum of powers of two, and baskets of one power
 *   fill words of their own (a span), so that a count is a shifted popcount.
 * - The first level reads on in the baskets of one item from where it stands and counts what else is in them (occurrence deliver), since
 *   of all pairs of a catalogue few ever meet. The bits below it are over that item's baskets only, of those that have two more that are
 *   frequent with it.
 * - Items are tried by support, rarest first, again at each set: the popular ones, which go with everything, then have little left
 *   to go with.
 * - An item in every basket of a set doubles all that lies below and is not searched: for closed and maximal sets it joins the set, for
 *   frequent ones it stands aside (free) and is multiplied in where a set is told.
 * - For closed and maximal sets the items tried before are kept too (done): where one of them is in all baskets of a set, the set and
 *   all below it were seen with that item.
 * Differences instead of bits (diffsets) were left out: they are as many words. */
#include "mine/sets.h"

#include <assert.h>
#include <stdlib.h>

const struct problem sets_unfit = { 422, "sets-unfit", "The support is at least 1 basket, and the shortest set no longer than the longest." };
const struct problem sets_many = { 422, "sets-many", "There are more sets than allowed: ask for a larger support." };
const struct problem sets_long = { 422, "sets-long", "There is a set of more than 1024 items." };
const struct problem sets_memory = { 422, "sets-memory", "The sets want more memory than allowed: ask for a larger support." };

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default"), optimize("O3")))
#define COUNTING __attribute__((target("arch=x86-64-v4,avx512vpopcntdq"), optimize("O3"))) /* no name of a processor stands for it */
#else
#define CLONES
#endif

/* So many words are met at once where the processor counts the bits of eight: a span then has a multiple of them. */
enum { OCTET = 8 };

/* ---- memory: words, given back in reverse ---- */

struct block {
	struct block *below;
	size_t room, used;
	_Alignas(64) uint64_t at[];
};

struct words {
	struct block *top;
	size_t held, most; /* bytes */
};

struct mark {
	struct block *block;
	size_t used;
};

static struct mark words_mark(const struct words *w) { return (struct mark){ w->top, w->top ? w->top->used : 0 }; }

static void words_back(struct words *w, struct mark to)
{
	while (w->top != to.block) {
		struct block *gone = w->top;

		w->top = gone->below;
		w->held -= gone->room * 8;
		free(gone);
	}
	if (w->top)
		w->top->used = to.used;
}

/* Whole octets. NULL: it would be more than allowed */
static void *words_take(struct words *w, size_t count)
{
	size_t room = w->top && w->top->room >= (size_t)1 << 21 ? (size_t)1 << 22 : (size_t)1 << 16;
	struct block *more;

	count = (count + OCTET - 1) / OCTET * OCTET;
	if (!w->top || count > w->top->room - w->top->used) {
		room = count > room ? count : room;
		if (room > w->most / 8 || room * 8 > w->most - w->held)
			return NULL;
		more = aligned_alloc(64, sizeof *more + room * 8);
		if (!more)
			abort();
		*more = (struct block){ .below = w->top, .room = room };
		w->top = more;
		w->held += room * 8;
	}
	w->top->used += count;
	return w->top->at + w->top->used - count;
}

/* ---- what stands beside a set ---- */

struct extension {
	uint64_t *bits; /* the baskets of the set that have the item too */
	uint32_t item, support;
};

enum { SPANS = 28 };
struct span {
	size_t words;
	unsigned shift;
};

struct class {
	const struct span *spans;
	size_t span_count, words;
	struct extension *done, *next; /* tried before; to be tried, rarest first */
	size_t done_count, next_count;
};

/* What is met with which, and where that is put: bits one behind the other */
struct meeting {
	const struct class *c;
	const struct extension *with;
	uint32_t least;
	struct extension *ret;
	uint64_t *bits;
};

enum { CHOICES = 32 };

/* FREQUENT_SETS: the set is `set` with any of `free`; else `set` is closed. */
struct miner {
	const struct sets_options *o;
	sets_found *found;
	void *self;
	struct sets_summary *sum;
	struct words words;
	size_t (*meet)(const struct meeting *m, const struct extension *of, size_t count);
	size_t group; /* words that it meets at once */
	uint64_t most;
	size_t longest;
	uint32_t set[SET_SIZE_MAX], free[SET_SIZE_MAX];
	size_t size, free_count;
	uint64_t choices[CHOICES][CHOICES]; /* so many of so many */
};

static inline __attribute__((always_inline)) uint64_t meet_span(const uint64_t *restrict a, const uint64_t *restrict b, uint64_t *restrict to, size_t words)
{
	uint64_t sum = 0;

	for (size_t w = 0; w < words; w++) {
		to[w] = a[w] & b[w];
		sum += (uint64_t)__builtin_popcountll(to[w]);
	}
	return sum;
}

/* Of each extension the baskets it shares with `with`; those with at least `least` are kept: how many. Words are a multiple of `group`. */
static inline __attribute__((always_inline)) size_t meet_any(const struct meeting *m, const struct extension *of, size_t count, size_t group)
{
	const struct class *c = m->c;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const uint64_t *a = m->with->bits, *b = of[i].bits;
		uint64_t *to = m->bits + kept * c->words, support = 0;

		for (size_t s = 0; s < c->span_count; s++) {
			size_t words = c->spans[s].words;

			support += meet_span(a, b, to, words / group * group) << c->spans[s].shift;
			a += words;
			b += words;
			to += words;
		}
		if (support >= m->least)
			m->ret[kept++] = (struct extension){ to - c->words, of[i].item, (uint32_t)support };
	}
	return kept;
}

CLONES
static size_t meet(const struct meeting *m, const struct extension *of, size_t count) { return meet_any(m, of, count, 1); }

#if defined COUNTING
COUNTING
static size_t meet_counting(const struct meeting *m, const struct extension *of, size_t count) { return meet_any(m, of, count, OCTET); }

static bool has_counting(void) { return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vpopcntdq"); }
#else
static bool has_counting(void) { return false; }
#define meet_counting meet
#endif

/* Is one of them in all baskets of `with`? */
static bool covered(const struct class *c, const struct extension *with, const struct extension *by, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t w = 0;

		if (by[i].support < with->support)
			continue;
		while (w < c->words && !(with->bits[w] & ~by[i].bits[w]))
			w++;
		if (w == c->words)
			return true;
	}
	return false;
}

static int by_support(const void *a, const void *b)
{
	const struct extension *x = a, *y = b;

	return x->support != y->support ? (x->support > y->support) - (x->support < y->support) : (x->item > y->item) - (x->item < y->item);
}

/* Few, and nearly in order as they were beside the set above */
static void sort_extensions(struct extension *e, size_t count)
{
	if (count > 64) {
		qsort(e, count, sizeof *e, by_support);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct extension held = e[i];
		size_t at = i;

		for (; at && by_support(&e[at - 1], &held) > 0; at--)
			e[at] = e[at - 1];
		e[at] = held;
	}
}

/* ---- telling ---- */

static int by_place(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_wanted(const struct miner *m, size_t size) { return size && size >= m->o->shortest && size <= m->longest; }

static problem count_sets(struct miner *m, size_t size, uint64_t times, uint32_t support)
{
	if (times > m->most - m->sum->count)
		return &sets_many;
	if (size > SET_SIZE_MAX)
		return &sets_long;
	m->sum->count += times;
	m->sum->supports += times * support;
	m->sum->by_size[size] += times;
	if (size > m->sum->longest)
		m->sum->longest = size;
	return NULL;
}

/* Items upwards, and one more at its place; where that is */
static size_t put(uint32_t *items, size_t size, uint32_t item)
{
	size_t at = size;

	for (; at && items[at - 1] > item; at--)
		items[at] = items[at - 1];
	items[at] = item;
	return at;
}

/* The set of items with each choice of the free ones from `from` on. items: upwards, with room for them */
static problem tell_all(struct miner *m, uint32_t *items, size_t size, size_t from, uint32_t support)
{
	problem why = NULL;

	if (is_wanted(m, size)) {
		why = count_sets(m, size, 1, support);
		if (!why)
			why = m->found(m->self, &(struct item_set){ items, size, support });
	}
	for (size_t i = from; i < m->free_count && size < m->longest && !why; i++) {
		size_t at = put(items, size, m->free[i]);

		why = tell_all(m, items, size + 1, i + 1, support);
		memmove(items + at, items + at + 1, (size - at) * sizeof *items);
	}
	return why;
}

static problem tell_each(struct miner *m, uint32_t support)
{
	uint32_t items[SET_SIZE_MAX];

	if (m->size + m->free_count > SET_SIZE_MAX)
		return &sets_long;
	for (size_t i = 0; i < m->size; i++)
		put(items, i, m->set[i]);
	return tell_all(m, items, m->size, 0, support);
}

/* Of more free items than the table has, as long as their choices are not too many */
static problem count_choices(struct miner *m, uint32_t support)
{
	uint64_t choose = 1;
	problem why = NULL;

	for (size_t k = 0; k <= m->free_count && m->size + k <= m->longest && !why; k++) {
		if (is_wanted(m, m->size + k))
			why = count_sets(m, m->size + k, choose, support);
		if (choose > SETS_MAX) /* all the larger sets are as many */
			return why ? why : &sets_many;
		choose = choose * (m->free_count - k) / (k + 1);
	}
	return why;
}

static problem tell(struct miner *m, uint32_t support)
{
	problem why = NULL;

	if (m->found)
		return tell_each(m, support);
	if (m->free_count >= CHOICES)
		return count_choices(m, support);
	for (size_t k = 0; k <= m->free_count && m->size + k <= m->longest && !why; k++) {
		if (is_wanted(m, m->size + k))
			why = count_sets(m, m->size + k, m->choices[m->free_count][k], support);
	}
	return why;
}

/* Pascal's triangle */
static void fill_choices(struct miner *m)
{
	for (size_t n = 0; n < CHOICES; n++) {
		for (size_t k = 0; k <= n; k++)
			m->choices[n][k] = k && k < n ? m->choices[n - 1][k - 1] + m->choices[n - 1][k] : 1;
	}
}

/* ---- depth first ---- */

static problem visit(struct miner *m, const struct class *c);

/* Takes those out that are in all baskets of the set: into the set, or aside. */
static problem take_perfect(struct miner *m, struct extension *next, size_t *count, uint32_t support)
{
	size_t kept = 0;

	while (kept < *count && next[kept].support != support)
		kept++;
	for (size_t i = kept; i < *count; i++) {
		if (next[i].support != support) {
			next[kept++] = next[i];
			continue;
		}
		if (m->size + m->free_count == SET_SIZE_MAX)
			return &sets_long;
		if (m->o->kind == FREQUENT_SETS)
			m->free[m->free_count++] = next[i].item;
		else
			m->set[m->size++] = next[i].item;
	}
	*count = kept;
	return NULL;
}

/* The set is made; who may go with it is known but for `done`, of which it is said whether one is frequent. */
static problem tell_if(struct miner *m, uint32_t support, bool has_next, bool has_done)
{
	return m->o->kind == MAXIMAL_SETS && (has_next || has_done) ? NULL : tell(m, support);
}

/* The set with an item that nothing is left to go with */
static problem tell_last(struct miner *m, const struct extension *e)
{
	if (m->size == SET_SIZE_MAX)
		return &sets_long;
	m->set[m->size++] = e->item;
	return tell(m, e->support);
}

/* Where the extensions of a set and their bits are put: of one child of a class after the other */
struct room {
	struct extension *at;
	uint64_t *bits;
};

/* The set with next[at], and what lies below */
static problem step(struct miner *m, const struct class *c, size_t at, const struct room *room)
{
	const struct extension *e = &c->next[at];
	size_t before = m->o->kind == FREQUENT_SETS ? 0 : c->done_count + at;
	struct class child = { .spans = c->spans, .span_count = c->span_count, .words = c->words, .next = room->at };
	struct meeting meeting = { c, e, m->o->support, room->at, room->bits };
	problem why;

	if (m->size == SET_SIZE_MAX)
		return &sets_long;
	m->set[m->size++] = e->item;
	child.next_count = m->meet(&meeting, e + 1, c->next_count - at - 1);
	meeting.bits += child.next_count * c->words;
	why = take_perfect(m, child.next, &child.next_count, e->support);
	if (why || m->size > m->longest)
		return why;
	child.done = child.next + child.next_count;
	if (before && (child.next_count || m->o->kind == MAXIMAL_SETS)) {
		meeting.ret = child.done;
		child.done_count = m->meet(&meeting, c->done, c->done_count);
		meeting.ret += child.done_count;
		meeting.bits += child.done_count * c->words;
		child.done_count += m->meet(&meeting, c->next, at);
	}
	why = tell_if(m, e->support, child.next_count, child.done_count);
	if (why || !child.next_count || m->size >= m->longest)
		return why;
	if (m->o->kind == FREQUENT_SETS && child.next_count == 1)
		return tell_last(m, child.next);
	sort_extensions(child.next, child.next_count);
	return visit(m, &child);
}

static problem visit(struct miner *m, const struct class *c)
{
	size_t size = m->size, free_count = m->free_count, most = c->next_count - 1 + (m->o->kind == FREQUENT_SETS ? 0 : c->done_count);
	struct mark mark = words_mark(&m->words);
	struct room room = { words_take(&m->words, most * sizeof *room.at / 8), words_take(&m->words, most * c->words) };
	problem why = room.at && room.bits ? NULL : &sets_memory;

	for (size_t at = 0; at < c->next_count && !why; at++) {
		const struct extension *e = &c->next[at];

		if (m->o->kind != FREQUENT_SETS && (covered(c, e, c->done, c->done_count) || covered(c, e, c->next, at)))
			continue;
		why = m->o->kind == FREQUENT_SETS && at + 1 == c->next_count ? tell_last(m, e) : step(m, c, at, &room);
		m->size = size;
		m->free_count = free_count;
	}
	words_back(&m->words, mark);
	return why;
}

/* ---- the first level ---- */

static const uint32_t END = UINT32_MAX;

/* Items by rank: rarest first. A row is a basket with its ranks upwards; equal baskets are one. Rows of one power of two of their
 * weights stand together, so a row may be there for several. Before and behind each stands END. */
struct root {
	size_t ranks;
	uint32_t *item, *support;   /* (ranks) */
	uint32_t *rank;             /* row after row */
	size_t span_end[SPANS];     /* places in rank up to which the weight is 1 << span */
	size_t *first;              /* (ranks + 1) */
	uint32_t *at;               /* where each rank stands in rows, upwards */
	/* scratch, by rank */
	uint32_t *count, *touched, *slot;
	size_t met;                 /* ranks that stand in the rows of the one at hand */
};

static void touch(struct root *r, uint32_t other, uint32_t weight, size_t *touched)
{
	if (!r->count[other])
		r->touched[(*touched)++] = other;
	r->count[other] += weight;
}

/* Of the rank's rows, how often each other rank is in them; how many ranks were touched. later: only those above it */
static size_t deliver(struct root *r, size_t rank, bool later)
{
	size_t touched = 0;
	unsigned span = 0;

	r->met = 0;
	for (size_t i = r->first[rank]; i < r->first[rank + 1]; i++) {
		const uint32_t *here = r->rank + r->at[i], *from = here, *to = here + 1;

		while (r->at[i] >= r->span_end[span])
			span++;
		for (; *to != END; to++)
			touch(r, *to, 1u << span, &touched);
		while (!later && *--from != END)
			touch(r, *from, 1u << span, &touched);
		r->met += (size_t)(to - from);
	}
	return touched;
}

/* Which of the touched are frequent with the rank: into next and done. */
static void choose(const struct miner *m, const struct root *r, size_t rank, size_t touched, struct class *c)
{
	for (size_t i = 0; i < touched; i++) {
		uint32_t other = r->touched[i];
		const struct extension e = { NULL, other, r->count[other] };

		if (e.support < m->o->support)
			continue;
		if (other > rank)
			c->next[c->next_count++] = e;
		else
			c->done[c->done_count++] = e;
	}
}

/* A bit to be set: of an extension, by its place from 1 on, for a row */
struct mote {
	uint32_t slot, bit;
};

/* The rank's rows with what has a slot. Only rows that can tell something about two items beside the rank: with two to be tried, or with
 * one where those done are asked too. Each span begins a group of words. Returns how many bits; spans: words up to the end of each */
static size_t project(const struct miner *m, const struct root *r, size_t rank, struct mote *motes, struct span *spans)
{
	bool alone = m->o->kind == FREQUENT_SETS;
	size_t count = 0, bit = 0, span = 0, unit = 64 * m->group;

	for (size_t i = r->first[rank]; i < r->first[rank + 1]; i++) {
		size_t before = count;

		while (r->at[i] >= r->span_end[span]) {
			bit = (bit + unit - 1) / unit * unit;
			span++;
		}
		for (const uint32_t *to = r->rank + r->at[i] + 1; *to != END; to++) {
			motes[count] = (struct mote){ r->slot[*to], (uint32_t)bit };
			count += r->slot[*to] > 0;
		}
		if (count - before < (alone ? 2 : 1)) {
			count = before;
			continue;
		}
		for (const uint32_t *from = r->rank + r->at[i] - 1; !alone && *from != END; from--) {
			motes[count] = (struct mote){ r->slot[*from], (uint32_t)bit };
			count += r->slot[*from] > 0;
		}
		spans[span].words = (bit++ / unit + 1) * m->group;
	}
	return count;
}

/* Spans without rows are left out; each then has its own words, not those up to its end. */
static void tidy_spans(struct class *c, struct span *spans)
{
	size_t kept = 0, before = 0;

	for (unsigned s = 0; s < SPANS; s++) {
		if (!spans[s].words)
			continue;
		spans[kept] = (struct span){ spans[s].words - before, s };
		before += spans[kept++].words;
	}
	c->spans = spans;
	c->span_count = kept;
	c->words = before;
}

static void set_slots(struct root *r, const struct class *c, bool on)
{
	for (size_t i = 0; i < c->next_count + c->done_count; i++)
		r->slot[c->next[i].item] = on ? (uint32_t)i + 1 : 0;
}

/* done stands behind next. One alone to be tried needs none. */
static problem give_bits(struct miner *m, struct root *r, size_t rank, struct class *c, struct span *spans)
{
	struct mote *motes = words_take(&m->words, r->met + 1);
	size_t count = c->next_count + c->done_count, bits_set;
	uint64_t *bits;

	if (!motes)
		return &sets_memory;
	if (m->o->kind == FREQUENT_SETS && c->next_count < 2)
		return NULL;
	set_slots(r, c, true);
	bits_set = project(m, r, rank, motes, spans);
	set_slots(r, c, false);
	tidy_spans(c, spans);
	bits = words_take(&m->words, count * c->words);
	if (!bits)
		return &sets_memory;
	memset(bits, 0, count * c->words * 8);
	for (size_t i = 0; i < bits_set; i++)
		bits[(motes[i].slot - 1) * c->words + motes[i].bit / 64] |= (uint64_t)1 << motes[i].bit % 64;
	for (size_t i = 0; i < count; i++)
		c->next[i].bits = bits + i * c->words;
	return NULL;
}

static void name_items(const struct root *r, struct extension *e, size_t count)
{
	for (size_t i = 0; i < count; i++)
		e[i].item = r->item[e[i].item];
}

/* Does one tried before go with every basket of the rank? */
static bool was_seen(const struct root *r, size_t rank, const struct class *c)
{
	for (size_t i = 0; i < c->done_count; i++) {
		if (c->done[i].support == r->support[rank])
			return true;
	}
	return false;
}

static problem below_rank(struct miner *m, struct root *r, size_t rank, struct class *c, struct span *spans)
{
	problem why = NULL;
	size_t ranks = c->next_count;

	m->set[m->size++] = r->item[rank];
	sort_extensions(c->next, c->next_count);
	sort_extensions(c->done, c->done_count);
	while (ranks && c->next[ranks - 1].support == r->support[rank]) /* those in all its baskets stand last */
		ranks--;
	for (size_t i = ranks; i < c->next_count; i++)
		c->next[i].item = r->item[c->next[i].item];
	why = take_perfect(m, c->next, &c->next_count, r->support[rank]);
	if (why || m->size > m->longest)
		return why;
	why = tell_if(m, r->support[rank], c->next_count, c->done_count);
	if (why || !c->next_count || m->size >= m->longest)
		return why;
	c->done = memmove(c->next + c->next_count, c->done, c->done_count * sizeof *c->done);
	why = give_bits(m, r, rank, c, spans);
	name_items(r, c->next, c->next_count + c->done_count);
	return why ? why : visit(m, c);
}

static problem first_level(struct miner *m, struct root *r)
{
	size_t size = m->size, free_count = m->free_count;
	struct mark mark = words_mark(&m->words);
	problem why = NULL;

	for (size_t rank = 0; rank < r->ranks && !why; rank++) {
		size_t touched = deliver(r, rank, m->o->kind == FREQUENT_SETS);
		struct class c = { 0 };
		struct span spans[SPANS] = { { 0, 0 } };

		c.next = words_take(&m->words, 2 * touched * sizeof *c.next / 8);
		if (!c.next)
			return &sets_memory;
		c.done = c.next + touched;
		choose(m, r, rank, touched, &c);
		for (size_t i = 0; i < touched; i++)
			r->count[r->touched[i]] = 0;
		if (!was_seen(r, rank, &c))
			why = below_rank(m, r, rank, &c, spans);
		m->size = size;
		m->free_count = free_count;
		words_back(&m->words, mark);
	}
	return why;
}

/* ---- rows ---- */

static uint32_t *supports_of(const struct baskets *b)
{
	uint32_t *support = calloc(b->items + 1, sizeof *support);

	if (!support)
		abort();
	for (size_t i = 0; i < b->start[b->count]; i++)
		support[b->item[i]]++;
	return support;
}

/* Frequent items by support, upwards; those in every basket are taken at once. rank_of: (items), UINT32_MAX for the rest */
static problem rank_items(struct miner *m, const struct baskets *b, struct root *r, uint32_t *rank_of)
{
	uint32_t *support = supports_of(b);
	struct extension *all = words_take(&m->words, (b->items + 1) * sizeof *all / 8);
	size_t count = 0;
	problem why = all ? NULL : &sets_memory;

	for (size_t i = 0; i < b->items && !why; i++) {
		rank_of[i] = UINT32_MAX;
		if (support[i] >= m->o->support)
			all[count++] = (struct extension){ NULL, (uint32_t)i, support[i] };
	}
	free(support);
	if (!why)
		why = take_perfect(m, all, &count, (uint32_t)b->count);
	if (why)
		return why;
	qsort(all, count, sizeof *all, by_support);
	r->ranks = count;
	r->item = words_take(&m->words, count / 2 + 1);
	r->support = words_take(&m->words, count / 2 + 1);
	if (!r->item || !r->support)
		return &sets_memory;
	for (size_t k = 0; k < count; k++) {
		r->item[k] = all[k].item;
		r->support[k] = all[k].support;
		rank_of[all[k].item] = (uint32_t)k;
	}
	return NULL;
}

static uint64_t hash_of(const uint32_t *ranks, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ ranks[i]) * 0x9E3779B97F4A7C15u, hash ^= hash >> 29;
	return hash;
}

/* Baskets as ranks, each once: those of place k are from start[k] on. Equal ones are found by their hash; a slot has the place of one, from 1. */
struct merger {
	uint32_t *slot, *weight, *rank;
	size_t *start;
	size_t slots, count;
	uint32_t weights; /* all bits that any has */
};

static void merge(struct merger *t, size_t size)
{
	const uint32_t *ranks = t->rank + t->start[t->count];
	size_t at = hash_of(ranks, size) & (t->slots - 1);

	for (; t->slot[at]; at = (at + 1) & (t->slots - 1)) {
		size_t other = t->slot[at] - 1;

		if (t->start[other + 1] - t->start[other] == size && !memcmp(t->rank + t->start[other], ranks, size * sizeof *ranks)) {
			t->weight[other]++;
			return;
		}
	}
	t->slot[at] = (uint32_t)++t->count;
	t->weight[t->count - 1] = 1;
	t->start[t->count] = t->start[t->count - 1] + size;
}

static void sort_ranks(uint32_t *ranks, size_t size)
{
	if (size > 32) {
		qsort(ranks, size, sizeof *ranks, by_place);
		return;
	}
	for (size_t i = 1; i < size; i++)
		put(ranks, i, ranks[i]);
}

/* Baskets as ranks, upwards, without what is infrequent */
static void merge_all(struct merger *t, const struct baskets *b, const uint32_t *rank_of)
{
	for (size_t i = 0; i < b->count; i++) {
		uint32_t *ranks = t->rank + t->start[t->count];
		size_t size = 0;

		for (size_t k = b->start[i]; k < b->start[i + 1]; k++) {
			ranks[size] = rank_of[b->item[k]];
			size += ranks[size] != UINT32_MAX;
		}
		if (!size)
			continue;
		sort_ranks(ranks, size);
		merge(t, size);
	}
	for (size_t i = 0; i < t->count; i++)
		t->weights |= t->weight[i];
}

static problem merge_rows(struct miner *m, const struct baskets *b, const uint32_t *rank_of, struct merger *t)
{
	for (t->slots = 16; t->slots < 2 * b->count;)
		t->slots *= 2;
	t->slot = words_take(&m->words, t->slots / 2);
	t->weight = words_take(&m->words, b->count / 2 + 1);
	t->start = words_take(&m->words, b->count + 1);
	t->rank = words_take(&m->words, b->start[b->count] / 2 + 1);
	if (!t->slot || !t->weight || !t->start || !t->rank)
		return &sets_memory;
	memset(t->slot, 0, t->slots * sizeof *t->slot);
	t->start[0] = 0;
	merge_all(t, b, rank_of);
	return NULL;
}

/* A weight of 5 is a row among those of 4 and one among those of 1. */
static problem spread_weights(struct miner *m, struct root *r, const struct merger *t)
{
	size_t most = 1, at = 0;

	for (size_t i = 0; i < t->count; i++)
		most += (size_t)__builtin_popcount(t->weight[i]) * (t->start[i + 1] - t->start[i] + 1);
	r->rank = words_take(&m->words, most / 2 + 1);
	if (!r->rank)
		return &sets_memory;
	r->rank[at++] = END;
	for (unsigned s = 0; s < SPANS; s++) {
		for (size_t i = 0; i < t->count && t->weights >> s & 1; i++) {
			size_t size = t->start[i + 1] - t->start[i];

			if (!(t->weight[i] >> s & 1))
				continue;
			memcpy(r->rank + at, t->rank + t->start[i], size * sizeof *r->rank);
			at += size;
			r->rank[at++] = END;
		}
		r->span_end[s] = at;
	}
	assert(at == most && at < END); /* BASKETS_MAX has no more bits */
	return NULL;
}

/* Of each rank the places where it stands */
static problem list_rows(struct miner *m, struct root *r)
{
	size_t *next, all = r->span_end[SPANS - 1];

	r->first = words_take(&m->words, r->ranks + 2);
	r->at = words_take(&m->words, all / 2 + 1);
	if (!r->first || !r->at)
		return &sets_memory;
	memset(r->first, 0, (r->ranks + 2) * sizeof *r->first);
	next = r->first + 1;
	for (size_t i = 0; i < all; i++) {
		if (r->rank[i] != END)
			next[r->rank[i] + 1]++;
	}
	for (size_t k = 0; k < r->ranks; k++)
		next[k + 1] += next[k];
	for (size_t i = 0; i < all; i++) {
		if (r->rank[i] != END)
			r->at[next[r->rank[i]]++] = (uint32_t)i;
	}
	return NULL;
}

static problem root_new(struct miner *m, const struct baskets *b, struct root *r)
{
	uint32_t *rank_of = words_take(&m->words, b->items / 2 + 1);
	struct merger t = { 0 };
	problem why = rank_of ? rank_items(m, b, r, rank_of) : &sets_memory;

	if (!why)
		why = merge_rows(m, b, rank_of, &t);
	if (!why)
		why = spread_weights(m, r, &t);
	if (!why)
		why = list_rows(m, r);
	if (why)
		return why;
	r->count = words_take(&m->words, r->ranks / 2 + 1);
	r->touched = words_take(&m->words, r->ranks / 2 + 1);
	r->slot = words_take(&m->words, r->ranks / 2 + 1);
	if (!r->count || !r->touched || !r->slot)
		return &sets_memory;
	memset(r->count, 0, r->ranks * sizeof *r->count);
	memset(r->slot, 0, r->ranks * sizeof *r->slot);
	return NULL;
}

problem sets_mine(const struct baskets *baskets, const struct sets_options *options, sets_found *found, void *self, struct sets_summary *ret)
{
	struct miner *m;
	struct root r = { 0 };
	problem why;

	*ret = (struct sets_summary){ 0 };
	if (!options->support || (options->longest && options->shortest > options->longest))
		return &sets_unfit;
	assert(baskets->count <= BASKETS_MAX);
	m = calloc(1, sizeof *m);
	if (!m)
		abort();
	*m = (struct miner){ .o = options, .found = found, .self = self, .sum = ret, .meet = has_counting() ? meet_counting : meet,
		             .group = has_counting() ? OCTET : 1, .words.most = options->memory ? options->memory : SETS_MEMORY,
		             .most = options->most && options->most < SETS_MAX ? options->most : SETS_MAX,
		             .longest = options->longest ? options->longest : SET_SIZE_MAX };
	fill_choices(m);
	why = baskets->count >= options->support ? root_new(m, baskets, &r) : NULL;
	if (!why && m->size <= m->longest) {
		if (m->size + m->free_count)
			why = tell_if(m, (uint32_t)baskets->count, r.ranks, false);
		if (!why && m->size < m->longest)
			why = first_level(m, &r);
	}
	words_back(&m->words, (struct mark){ NULL, 0 });
	free(m);
	return why;
}
