/* rank.c - every document that fits is counted, so totals and facets are exact.
 *
 * Lists are read window by window (WINDOW documents, whose sums fit the cache), slot by slot. With the lists of a
 * catalogue of 100,000 works that costs less than skipping what cannot win, and needs no second run for the counts. */
#include "search/rank.h"

#include <assert.h>
#include <math.h>

#include "search/likeness.h"
#include "search/memory.h"

enum {
	WINDOW = 16384,
	LONG_LIST = 8, /* so many times longer than what was found */
	COMMON = 20,   /* a character that one document in so many holds tells nothing more about a question */
};

struct cell {
	float score, cover;
	uint32_t slot; /* the last that was filled here: its place in the order, + 1 */
};

enum { GROUP = 256 }; /* documents; a window of 64 groups */
static_assert(WINDOW / GROUP == 64, "a set of groups is one word");

struct scratch {
	uint64_t touched[WINDOW / 64], allowed[WINDOW / 64];
	uint64_t groups; /* which hold one that was touched */
	struct cell cells[WINDOW];
	struct cursor cursors[PROBES_MAX];
	const struct term *terms[PARTS_MAX][PROBES_MAX];
	float shares[PROBES_MAX], credits[PROBES_MAX]; /* of the whole query */
	uint16_t order[SLOTS_MAX];                     /* the rarest slot first */
	float rest[SLOTS_MAX + 1];                     /* what the slots from here on may still add to a cover */
	size_t finders; /* so many of them; the rest cannot reach the least cover alone */
	uint16_t found[WINDOW];
	size_t found_count;
};

void scratch_free(struct scratch *scratch)
{
	free(scratch);
}

/* ---- how rare ---- */

static float rarity_of(uint64_t docs, size_t holders)
{
	double d = (double)docs, h = holders < docs ? (double)holders : d;

	return (float)log(1 + (d - h + 0.5) / (h + 0.5));
}

struct rare_slot {
	float credit;
	uint16_t slot;
};

static int rare_compare(const void *a, const void *b)
{
	const struct rare_slot *x = a, *y = b;

	if (x->credit != y->credit)
		return x->credit > y->credit ? -1 : 1;
	return (x->slot > y->slot) - (x->slot < y->slot);
}

/* A slot that came when there was no room for probes any more has none: it asks for nothing. */
static bool counts(const struct slot *slot) { return slot->count && !slot->refines; }

/* Documents that only the commonest slots hold, so many that they do not suffice together, need not be found at all. */
static void order_slots(struct scratch *scratch, const struct plan *plan)
{
	struct rare_slot slots[SLOTS_MAX];

	for (size_t s = 0; s < plan->slot_count; s++) {
		const struct slot *slot = &plan->slots[s];

		slots[s] = (struct rare_slot){ counts(slot) ? scratch->credits[slot->first] : 0, (uint16_t)s };
	}
	qsort(slots, plan->slot_count, sizeof *slots, rare_compare);
	scratch->rest[plan->slot_count] = 0;
	for (size_t s = plan->slot_count; s-- > 0;) {
		scratch->order[s] = slots[s].slot;
		scratch->rest[s] = scratch->rest[s + 1] + slots[s].credit;
	}
	scratch->finders = plan->slot_count;
	while (scratch->finders && scratch->rest[scratch->finders - 1] < plan->need)
		scratch->finders--;
}

/* Nearly each look-up waits for the memory three times: so all begin before the first is ended. */
static void segment_terms(const struct segment *segment, const struct probe *probes, size_t count,
			  const struct term **ret)
{
	for (size_t p = 0; p < count; p++)
		__builtin_prefetch(segment_bucket(segment, probes[p].key));
	for (size_t p = 0; p < count; p++)
		__builtin_prefetch(&segment->terms[*segment_bucket(segment, probes[p].key)]);
	for (size_t p = 0; p < count; p++) {
		ret[p] = segment_term(segment, probes[p].key);
		if (ret[p] && !(ret[p]->where & POSTING_ALONE))
			__builtin_prefetch(segment->lists + ret[p]->where);
	}
}

static void look_up(const struct view *view, struct scratch *scratch, const struct plan *plan)
{
	float rarity[PROBES_MAX], all = 0;

	for (size_t i = 0; i < view->part_count; i++)
		segment_terms(view->parts[i].segment, plan->probes, plan->probe_count, scratch->terms[i]);
	for (size_t p = 0; p < plan->probe_count; p++) {
		size_t holders = 0;

		for (size_t i = 0; i < view->part_count; i++) {
			const struct segment *segment = view->parts[i].segment;
			const struct term *term = scratch->terms[i][p];

			holders += term ? postings_length(segment->lists, term) : 0;
		}
		rarity[p] = rarity_of(view->docs, holders);
		if (plan->probes[p].credit == 0 && holders * COMMON > view->docs)
			for (size_t i = 0; i < view->part_count; i++)
				scratch->terms[i][p] = NULL;
	}
	for (size_t s = 0; s < plan->slot_count; s++)
		all += counts(&plan->slots[s]) ? rarity[plan->slots[s].first] : 0;
	for (size_t s = 0; s < plan->slot_count; s++) {
		const struct slot *slot = &plan->slots[s];

		for (size_t p = slot->first; p < (size_t)slot->first + slot->count; p++) {
			scratch->shares[p] = plan->probes[p].weight * rarity[p] / 255 / all;
			scratch->credits[p] = plan->probes[p].credit * rarity[slot->first] / all;
		}
	}
	order_slots(scratch, plan);
}

/* ---- one window ---- */

struct window {
	const struct part *part;
	uint32_t start, end;
};

static void open_cursors(const struct part *part, const struct term *const *terms, size_t count, struct cursor *cursors)
{
	for (size_t p = 0; p < count; p++) {
		if (terms[p])
			cursor_open(&cursors[p], part->segment->lists, terms[p]);
		else
			cursors[p].doc = CURSOR_END;
	}
}

static inline void fill_cell(struct cell *cell, uint32_t slot, float score, float credit)
{
	if (cell->slot == slot)
		return;
	cell->slot = slot;
	cell->score += score;
	cell->cover += credit;
}

static void fill_probe(struct scratch *scratch, const struct window *window, size_t p, uint32_t slot)
{
	struct cursor *cursor = &scratch->cursors[p];
	float share = scratch->shares[p], credit = scratch->credits[p];

	for (; cursor->doc < window->end; cursor_next(cursor)) {
		uint32_t at = cursor->doc - window->start;

		scratch->touched[at / 64] |= (uint64_t)1 << at % 64;
		scratch->groups |= (uint64_t)1 << at / GROUP;
		fill_cell(&scratch->cells[at], slot, share * (float)cursor->impact_now, credit);
	}
}

/* Adds to what was found: a short list is read, a long one is asked for each document. */
static void add_probe(struct scratch *scratch, const struct window *window, size_t p, uint32_t slot)
{
	struct cursor *cursor = &scratch->cursors[p];
	float share = scratch->shares[p], credit = scratch->credits[p];
	uint64_t left = (uint64_t)cursor->left + cursor->left_in_block;
	size_t found = scratch->found_count;

	if (!found)
		return;
	cursor_seek(cursor, window->start);
	if (left * WINDOW < (uint64_t)LONG_LIST * found * (window->part->segment->docs - window->start)) {
		for (; cursor->doc < window->end; cursor_next(cursor)) {
			uint32_t at = cursor->doc - window->start;

			if (bit_is_set(scratch->touched, at))
				fill_cell(&scratch->cells[at], slot, share * (float)cursor->impact_now, credit);
		}
		return;
	}
	for (size_t i = 0; i < found && cursor->doc != CURSOR_END; i++) {
		uint32_t doc = window->start + scratch->found[i];

		if (cursor->doc < doc)
			cursor_seek(cursor, doc);
		if (cursor->doc == doc)
			fill_cell(&scratch->cells[scratch->found[i]], slot, share * (float)cursor->impact_now, credit);
	}
}

static void list_found(struct scratch *scratch)
{
	scratch->found_count = 0;
	for (uint64_t groups = scratch->groups; groups; groups &= groups - 1) {
		uint32_t first = (uint32_t)__builtin_ctzll(groups) * (GROUP / 64);

		for (uint32_t word = first; word < first + GROUP / 64; word++)
			for (uint64_t bits = scratch->touched[word]; bits; bits &= bits - 1)
				scratch->found[scratch->found_count++] =
					(uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
	}
}

static void forget_touched(struct scratch *scratch)
{
	for (uint64_t groups = scratch->groups; groups; groups &= groups - 1)
		memset(scratch->touched + (size_t)__builtin_ctzll(groups) * (GROUP / 64), 0, GROUP / 8);
	scratch->groups = 0;
}

/* Covers are sums of rounded numbers: who is this near to the least is not given up. */
static const float cover_margin = 1e-4f;

/* Leaves those of what was found that may yet reach the least cover. */
static void give_up(struct scratch *scratch, float least)
{
	size_t count = 0;

	for (size_t i = 0; i < scratch->found_count; i++) {
		uint32_t at = scratch->found[i];

		scratch->found[count] = (uint16_t)at;
		if (scratch->cells[at].cover >= least) {
			count++;
			continue;
		}
		scratch->cells[at] = (struct cell){ 0 };
		scratch->touched[at / 64] &= ~((uint64_t)1 << at % 64);
	}
	scratch->found_count = count;
}

/* Finds the documents of the window, as scratch->found, and fills their cells. */
static void fill_window(struct scratch *scratch, const struct window *window, const struct plan *plan)
{
	for (uint32_t s = 0; s < plan->slot_count; s++) {
		const struct slot *slot = &plan->slots[scratch->order[s]];

		if (s == scratch->finders)
			list_found(scratch);
		if (s >= scratch->finders && (s == scratch->finders || scratch->rest[s] < scratch->rest[s - 1]))
			give_up(scratch, plan->need - scratch->rest[s] - cover_margin);
		for (size_t p = slot->first; p < (size_t)slot->first + slot->count; p++) {
			if (s < scratch->finders)
				fill_probe(scratch, window, p, s + 1);
			else
				add_probe(scratch, window, p, s + 1);
		}
	}
	if (scratch->finders == plan->slot_count)
		list_found(scratch);
}

static void find_all(struct scratch *scratch, const struct window *window)
{
	scratch->found_count = window->end - window->start;
	for (size_t i = 0; i < scratch->found_count; i++)
		scratch->found[i] = (uint16_t)i;
}

static void allow_author(struct scratch *scratch, const struct window *window, struct cursor *author)
{
	memset(scratch->allowed, 0, sizeof scratch->allowed);
	for (; author->doc < window->end; cursor_next(author)) {
		uint32_t at = author->doc - window->start;

		scratch->allowed[at / 64] |= (uint64_t)1 << at % 64;
	}
}

/* ---- the best ---- */

static bool candidate_before(const struct candidate *a, const struct candidate *b)
{
	if (a->major != b->major)
		return a->major > b->major;
	if (a->minor != b->minor)
		return a->minor > b->minor;
	return a->id > b->id;
}

/* The worst of the best stands at 0. */
static void heap_sink(struct candidate *heap, size_t count, size_t at)
{
	struct candidate moved = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= count)
			break;
		if (child + 1 < count && candidate_before(&heap[child], &heap[child + 1]))
			child++;
		if (!candidate_before(&moved, &heap[child]))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moved;
}

static void heap_rise(struct candidate *heap, size_t at)
{
	struct candidate moved = heap[at];

	while (at && candidate_before(&heap[(at - 1) / 2], &moved)) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = moved;
}

static void matches_offer(struct matches *matches, const struct candidate *candidate)
{
	if (matches->count < matches->most) {
		matches->best[matches->count] = *candidate;
		heap_rise(matches->best, matches->count++);
	} else if (candidate_before(candidate, &matches->best[0])) {
		matches->best[0] = *candidate;
		heap_sink(matches->best, matches->count, 0);
	}
}

/* What is well known stands a little higher among what fits as well. */
static const float prior_weight = 0.1f;

static double known_of(const struct column *column)
{
	return (double)column->popularity + column->sales;
}

/* The first key; only those that it does not throw out need the second. */
static double major_of(const struct facts *facts, const struct column *column, enum index_sort sort, float score)
{
	switch (sort) {
	case SORT_RELEVANCE:
		return (double)(score * (1 + prior_weight / 255 * (float)facts->prior));
	case SORT_NEW:
		return (double)column->published_ms;
	case SORT_PRICE:
		return -(double)facts->price;
	case SORT_PRICE_DOWN:
		return facts->price;
	case SORT_SALES:
		return column->sales;
	}
	abort();
}

enum { PASSES_KIND = 1, PASSES_CATEGORY = 2, PASSES_PRICE = 4, PASSES_ALL = 7 };

static unsigned filter_passes(const struct filter *filter, const struct facts *facts)
{
	unsigned ret = 0;

	if (!filter->kind || facts->kind == filter->kind)
		ret |= PASSES_KIND;
	if (!filter->categories || filter->categories[facts->category / 64] >> facts->category % 64 & 1)
		ret |= PASSES_CATEGORY;
	if (facts->price >= filter->price_least && facts->price <= filter->price_most)
		ret |= PASSES_PRICE;
	return ret;
}

static bool matches_count(struct matches *matches, const struct filter *filter, const struct facts *facts)
{
	unsigned passes = filter_passes(filter, facts);

	if ((passes | PASSES_KIND) == PASSES_ALL)
		matches->kinds[facts->kind]++;
	if ((passes | PASSES_CATEGORY) == PASSES_ALL)
		matches->categories[facts->category]++;
	if ((passes | PASSES_PRICE) == PASSES_ALL && facts->price == 0)
		matches->free++;
	if (passes != PASSES_ALL)
		return false;
	matches->total++;
	return true;
}

struct harvest {
	const struct plan *plan;
	const struct filter *filter;
	struct matches *matches;
	uint16_t part;
};

static void harvest_doc(const struct harvest *harvest, const struct segment *segment, struct cell cell, uint32_t doc)
{
	const struct facts *facts = &segment->facts[doc];
	const struct column *column = &segment->columns[doc];
	struct matches *matches = harvest->matches;
	struct candidate candidate = { .score = cell.score, .doc = doc, .part = harvest->part };

	if (cell.cover > matches->cover)
		matches->cover = cell.cover;
	if (!matches_count(matches, harvest->filter, facts))
		return;
	candidate.major = major_of(facts, column, matches->sort, cell.score);
	if (matches->count == matches->most && candidate.major < matches->best[0].major)
		return;
	candidate.minor = known_of(column);
	candidate.id = column->id;
	matches_offer(matches, &candidate);
}

/* Leaves of what was found what covers enough of the query, and asks the memory for what will be read of it. */
static void keep_covering(const struct harvest *harvest, struct scratch *scratch, const struct window *window)
{
	const struct segment *segment = window->part->segment;
	const struct dead *dead = window->part->dead;
	size_t count = 0;

	for (size_t i = 0; i < scratch->found_count; i++) {
		uint32_t at = scratch->found[i];

		if (scratch->cells[at].cover < harvest->plan->need ||
		    (dead && bit_is_set(dead->bits, window->start + at)) ||
		    (harvest->filter->author && !bit_is_set(scratch->allowed, at))) {
			scratch->cells[at] = (struct cell){ 0 };
			continue;
		}
		__builtin_prefetch(&segment->facts[window->start + at]);
		__builtin_prefetch(&segment->columns[window->start + at]);
		scratch->found[count++] = (uint16_t)at;
	}
	scratch->found_count = count;
}

static void harvest_window(const struct harvest *harvest, struct scratch *scratch, const struct window *window)
{
	keep_covering(harvest, scratch, window);
	for (size_t i = 0; i < scratch->found_count; i++) {
		struct cell *cell = &scratch->cells[scratch->found[i]];

		harvest_doc(harvest, window->part->segment, *cell, window->start + scratch->found[i]);
		*cell = (struct cell){ 0 };
	}
	forget_touched(scratch);
}

static void run_part(const struct view *view, struct scratch *scratch, const struct harvest *harvest)
{
	const struct part *part = &view->parts[harvest->part];
	const struct term *author_term =
		harvest->filter->author ? segment_term(part->segment, harvest->filter->author) : NULL;
	struct cursor author = { .doc = CURSOR_END };

	if (author_term)
		cursor_open(&author, part->segment->lists, author_term);
	else if (harvest->filter->author)
		return;
	open_cursors(part, scratch->terms[harvest->part], harvest->plan->probe_count, scratch->cursors);
	for (uint32_t start = 0; start < part->segment->docs; start += WINDOW) {
		struct window window = { part, start, start + WINDOW };

		if (window.end > part->segment->docs)
			window.end = part->segment->docs;
		if (author_term)
			allow_author(scratch, &window, &author);
		if (harvest->plan->slot_count)
			fill_window(scratch, &window, harvest->plan);
		else
			find_all(scratch, &window);
		harvest_window(harvest, scratch, &window);
	}
}

void rank_run(const struct view *view, struct scratch **scratch, const struct plan *plan, const struct filter *filter,
	      struct matches *ret)
{
	struct harvest harvest = { plan, filter, ret, 0 };

	if (!*scratch)
		*scratch = memory_zeroed(sizeof **scratch, 1);
	look_up(view, *scratch, plan);
	for (; harvest.part < view->part_count; harvest.part++)
		run_part(view, *scratch, &harvest);
}

/* ---- the order ---- */

static int candidate_compare(const void *a, const void *b)
{
	return candidate_before(a, b) ? -1 : candidate_before(b, a);
}

/* What a title that is like the query adds to the relevance. */
static const double like_run = 0.6, like_order = 0.8, like_same = 0.5;

/* Keeps the `most` largest in order; the last of them when there are so many, else 0. */
static double keep_largest(double *largest, size_t *count, size_t most, double value)
{
	size_t place = *count < most ? (*count)++ : most;

	for (; place && largest[place - 1] < value; place--)
		if (place < most)
			largest[place] = largest[place - 1];
	if (place < most)
		largest[place] = value;
	return *count == most ? largest[most - 1] : 0;
}

/* Reads where they stand, all at once: the memory's answers overlap, where hints to the processor were seen to be lost. */
static void fetch_titles(const struct view *view, const struct candidate *best, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++) {
		struct folded title = segment_title(view->parts[best[i].part].segment, best[i].doc);

		sum += title.length ? title.at[0] : 0;
	}
	__asm__ volatile("" : : "r"(sum)); /* so that the reading is not left out */
}

void rank_order(const struct view *view, const struct plan *plan, size_t places, struct matches *matches)
{
	size_t count = matches->count < RERANK_MAX ? matches->count : RERANK_MAX, kept = 0;
	double largest[RERANK_MAX], bar = 0;
	struct sieve sieve = sieve_of(plan);

	qsort(matches->best, matches->count, sizeof *matches->best, candidate_compare);
	if (matches->sort != SORT_RELEVANCE || !plan->unit_count)
		return;
	fetch_titles(view, matches->best, count);
	for (size_t i = 0; i < count; i++) {
		struct candidate *c = &matches->best[i];
		struct folded title;
		struct likeness like;

		if (c->major * (1 + like_run + like_order + like_same) < bar)
			break;
		title = segment_title(view->parts[c->part].segment, c->doc);
		like = likeness_of(plan, &sieve, &title);
		c->major *=
			1 + like_run * like.run + like_order * like.order * like.order + (like.same ? like_same : 0);
		bar = keep_largest(largest, &kept, places < RERANK_MAX ? places : RERANK_MAX, c->major);
	}
	qsort(matches->best, count, sizeof *matches->best, candidate_compare);
}
