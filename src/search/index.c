/* index.c - the one writer and its readers.
 *
 * The index is a set of segments that never change. A publish makes one more, sets the bits of what it replaces in a
 * copy of the old bits, and puts a new list of segments where readers look; they go on with the list they hold. Small
 * segments are merged as they gather (four of a size become one), so a document is packed again about once for each
 * fourfold of the index, and adding one costs what it holds.
 *
 * Readers neither wait nor count on shared memory: each takes a place of its own and writes there which list it holds
 * (a hazard pointer); the writer frees a list once no place names it. */
#include "search/index.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>

#include "search/memory.h"
#include "search/view.h"

enum { READERS_MAX = 64, CATEGORIES_MAX = 65535 };

struct index_reader {
	_Alignas(64) _Atomic(const struct view *) view; /* NULL: the place is free */
	struct index *index;
	struct scratch *scratch;
};

/* A document that is not in a segment yet. */
struct waiting {
	int64_t id;
	uint32_t doc; /* of the maker; UINT32_MAX: the place is free */
};

struct index {
	struct index_reader readers[READERS_MAX];
	_Atomic(const struct view *) current;

	/* the writer's */
	struct segment_maker *maker;
	struct part parts[PARTS_MAX]; /* what the next view will hold, besides what waits in the maker */
	size_t part_count;
	struct waiting *waiting;
	size_t waiting_room, waiting_count;
	uint64_t *waiting_dead;
	struct category *categories;
	size_t category_count, category_room;
	struct category *old_categories[32]; /* arrays that were outgrown; older views read them */
	size_t old_category_count;
	struct view *aside;
};

/* ---- readers ---- */

struct index_reader *index_enter(struct index *index)
{
	for (size_t i = 0;; i = (i + 1) % READERS_MAX) {
		struct index_reader *reader = &index->readers[i];
		const struct view *free_place = NULL, *view = atomic_load(&index->current), *now;

		if (i == READERS_MAX - 1)
			sched_yield();
		if (!atomic_compare_exchange_strong(&reader->view, &free_place, view))
			continue;
		/* The writer may have changed lists before it could see the place: name the one that is current then.
		 */
		while ((now = atomic_load(&index->current)) != view) {
			view = now;
			atomic_store(&reader->view, view);
		}
		return reader;
	}
}

void index_leave(struct index_reader *reader)
{
	atomic_store(&reader->view, NULL);
}

const struct view *reader_view(const struct index_reader *reader)
{
	return atomic_load_explicit(&reader->view, memory_order_relaxed);
}

struct scratch **reader_scratch(struct index_reader *reader)
{
	return &reader->scratch;
}

/* ---- parts ---- */

static void dead_drop(struct dead *dead)
{
	if (dead && --dead->holders == 0)
		free(dead);
}

static void segment_drop(struct segment *segment)
{
	if (--segment->holders == 0)
		segment_free(segment);
}

static void part_drop(struct part *part)
{
	segment_drop(part->segment);
	dead_drop(part->dead);
}

static void part_hold(struct part *part)
{
	part->segment->holders++;
	if (part->dead)
		part->dead->holders++;
}

static uint32_t part_living(const struct part *part)
{
	return part->segment->docs - (part->dead ? part->dead->count : 0);
}

static size_t dead_size(uint32_t docs)
{
	return sizeof(struct dead) + (docs + 63) / 64 * sizeof(uint64_t);
}

/* Bits that may be written: the part's own, copied from those it shares with a view. */
static struct dead *part_dead(struct part *part)
{
	struct dead *old = part->dead, *dead;
	size_t size = dead_size(part->segment->docs);

	if (old && old->holders == 1)
		return old;
	dead = memory_zeroed(size, 1);
	if (old)
		memcpy(dead, old, size);
	dead->holders = 1;
	dead_drop(old);
	part->dead = dead;
	return dead;
}

static void part_kill(struct part *part, uint32_t doc)
{
	struct dead *dead = part_dead(part);

	assert(!bit_is_set(dead->bits, doc));
	dead->bits[doc / 64] |= (uint64_t)1 << doc % 64;
	dead->count++;
}

static void part_add(struct index *index, struct segment *segment, struct dead *dead)
{
	assert(index->part_count < PARTS_MAX);
	segment->holders = 1;
	index->parts[index->part_count++] = (struct part){ segment, dead };
}

/* ---- putting and removing ---- */

static struct waiting *waiting_of(struct index *index, int64_t id)
{
	size_t place = (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & (index->waiting_room - 1);

	while (index->waiting[place].doc != UINT32_MAX && index->waiting[place].id != id)
		place = (place + 1) & (index->waiting_room - 1);
	return &index->waiting[place];
}

static void waiting_clear(struct index *index)
{
	for (size_t i = 0; i < index->waiting_room; i++)
		index->waiting[i].doc = UINT32_MAX;
	memset(index->waiting_dead, 0, index->waiting_room / 8);
	index->waiting_count = 0;
}

static void waiting_add(struct index *index, int64_t id, uint32_t doc)
{
	struct waiting *waiting = waiting_of(index, id);

	assert(doc < index->waiting_room / 2);
	*waiting = (struct waiting){ id, doc };
	index->waiting_count++;
}

/* The maker's documents become a segment, without suggestions so far. */
static void index_flush(struct index *index)
{
	struct segment *segment;
	struct dead *dead = NULL;

	if (!segment_maker_count(index->maker))
		return;
	segment = segment_make(index->maker);
	for (uint32_t d = 0; d < segment->docs; d++) {
		if (!bit_is_set(index->waiting_dead, d))
			continue;
		if (!dead)
			dead = memory_zeroed(dead_size(segment->docs), 1);
		dead->holders = 1;
		dead->bits[d / 64] |= (uint64_t)1 << d % 64;
		dead->count++;
	}
	part_add(index, segment, dead);
	waiting_clear(index);
}

static bool part_find(const struct part *part, int64_t id, uint32_t *ret)
{
	const struct term *term;
	struct cursor cursor;

	if (id < part->segment->id_least || id > part->segment->id_most)
		return false;
	term = segment_term(part->segment, term_id(id));
	if (!term)
		return false;
	for (cursor_open(&cursor, part->segment->lists, term); cursor.doc != CURSOR_END; cursor_next(&cursor)) {
		if (part->segment->columns[cursor.doc].id != id ||
		    (part->dead && bit_is_set(part->dead->bits, cursor.doc)))
			continue;
		*ret = cursor.doc;
		return true;
	}
	return false;
}

void index_remove(struct index *index, int64_t id)
{
	struct waiting *waiting = waiting_of(index, id);
	uint32_t doc;

	if (waiting->doc != UINT32_MAX && !bit_is_set(index->waiting_dead, waiting->doc)) {
		index->waiting_dead[waiting->doc / 64] |= (uint64_t)1 << waiting->doc % 64;
		return;
	}
	for (size_t i = 0; i < index->part_count; i++) {
		if (!part_find(&index->parts[i], id, &doc))
			continue;
		part_kill(&index->parts[i], doc);
		return;
	}
}

static void category_room(struct index *index)
{
	struct category *old = index->categories;

	if (index->category_count < index->category_room)
		return;
	index->category_room *= 2;
	index->categories = memory_array(NULL, sizeof *old, index->category_room);
	memcpy(index->categories, old, index->category_count * sizeof *old);
	index->old_categories[index->old_category_count++] = old;
}

static struct text text_kept(struct text t)
{
	char *at = memory_array(NULL, 1, t.length);

	if (t.length)
		memcpy(at, t.at, t.length);
	return (struct text){ at, t.length };
}

/* Entries behind a view's count may be written while it is read. */
static uint16_t category_number(struct index *index, struct text slug, struct text name)
{
	if (!slug.length)
		return 0;
	for (size_t n = 1; n < index->category_count; n++)
		if (text_eq(index->categories[n].slug, slug) && text_eq(index->categories[n].name, name))
			return (uint16_t)n;
	if (index->category_count == CATEGORIES_MAX)
		return 0;
	category_room(index);
	index->categories[index->category_count] = (struct category){ text_kept(slug), text_kept(name) };
	return (uint16_t)index->category_count++;
}

static void index_merge_fresh(struct index *index);

void index_put(struct index *index, const struct index_doc *doc)
{
	index_remove(index, doc->id);
	waiting_add(index, doc->id, segment_maker_count(index->maker));
	segment_maker_add(index->maker, doc, category_number(index, doc->category_slug, doc->category));
	if (!segment_maker_full(index->maker) && segment_maker_count(index->maker) < index->waiting_room / 2)
		return;
	index_flush(index);
	index_merge_fresh(index);
}

/* ---- merging ---- */

enum { MERGE_WIDTH = 4, MERGE_SOON_MAX = 8192, FRESH_MAX = 32, DEAD_SHARE = 5 /* a fifth */ };

struct index_merge {
	struct part parts[PARTS_MAX]; /* held: dead bits as they were when it began */
	size_t count;
	struct segment *segment;
};

static unsigned size_class(uint32_t docs)
{
	unsigned class = 0;

	for (; docs >= MERGE_WIDTH; docs /= MERGE_WIDTH)
		class ++;
	return class;
}

static bool part_is_rotten(const struct part *part)
{
	return part->dead && part->dead->count * DEAD_SHARE > part->segment->docs;
}

/* The parts of at most this size class that no merge has; *ret_count: how many are of just this class. */
static uint64_t parts_up_to(const struct index *index, unsigned class, size_t *ret_count, uint64_t *ret_docs)
{
	uint64_t set = 0;

	*ret_count = 0;
	*ret_docs = 0;
	for (size_t i = 0; i < index->part_count; i++) {
		unsigned its = size_class(part_living(&index->parts[i]));

		if (index->parts[i].busy || its > class)
			continue;
		set |= (uint64_t)1 << i;
		*ret_count += its == class;
		*ret_docs += part_living(&index->parts[i]);
	}
	return set;
}

/* Which parts should become one: a set, 0 for none. With four of a size go all that are smaller, and so they do with a
 * part of which a fifth is dead. */
static uint64_t merge_choose(const struct index *index, uint64_t docs_most)
{
	uint64_t ret = 0, set, docs;
	size_t count;

	for (size_t i = 0; i < index->part_count; i++) {
		const struct part *part = &index->parts[i];

		set = parts_up_to(index, size_class(part_living(part)), &count, &docs);
		if (!part->busy && docs <= docs_most && (count >= MERGE_WIDTH || part_is_rotten(part)))
			ret |= set;
	}
	return ret;
}

static void merge_begin(struct index *index, uint64_t set, struct index_merge *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < index->part_count; i++) {
		if (!(set >> i & 1))
			continue;
		index->parts[i].busy = true;
		ret->parts[ret->count] = index->parts[i];
		part_hold(&ret->parts[ret->count++]);
	}
}

static void merge_run(struct index_merge *merge)
{
	const struct segment *from[PARTS_MAX];
	const uint64_t *dead[PARTS_MAX];

	for (size_t i = 0; i < merge->count; i++) {
		from[i] = merge->parts[i].segment;
		dead[i] = merge->parts[i].dead ? merge->parts[i].dead->bits : NULL;
	}
	merge->segment = segments_merge(from, dead, merge->count);
}

static struct part *part_of(struct index *index, const struct segment *segment)
{
	for (size_t i = 0; i < index->part_count; i++)
		if (index->parts[i].segment == segment)
			return &index->parts[i];
	abort(); /* only a merge removes parts, and one runs at a time */
}

/* What died while the merge ran is dead in its result too. */
static void merge_bury(struct index *index, struct index_merge *merge, struct part *to)
{
	uint32_t number = 0;

	for (size_t i = 0; i < merge->count; i++) {
		const uint64_t *then = merge->parts[i].dead ? merge->parts[i].dead->bits : NULL;
		struct part *now = part_of(index, merge->parts[i].segment);

		for (uint32_t d = 0; d < now->segment->docs; d++) {
			if (bit_is_set(then, d))
				continue;
			if (now->dead && bit_is_set(now->dead->bits, d))
				part_kill(to, number);
			number++;
		}
	}
}

static void merge_end(struct index *index, struct index_merge *merge)
{
	struct part fresh = { .segment = merge->segment };

	fresh.segment->holders = 1;
	merge_bury(index, merge, &fresh);
	for (size_t i = 0; i < merge->count; i++) {
		struct part *old = part_of(index, merge->parts[i].segment);

		part_drop(old);
		*old = index->parts[--index->part_count];
		part_drop(&merge->parts[i]);
	}
	if (part_living(&fresh))
		index->parts[index->part_count++] = fresh;
	else
		part_drop(&fresh);
}

static void index_merge_set(struct index *index, uint64_t set)
{
	struct index_merge merge;

	merge_begin(index, set, &merge);
	merge_run(&merge);
	merge_end(index, &merge);
}

/* Many new documents at once: their segments are merged when they become too many, not in fours. */
static void index_merge_fresh(struct index *index)
{
	uint64_t set = 0;

	if (index->part_count < FRESH_MAX)
		return;
	for (size_t i = 0; i < index->part_count; i++)
		if (!index->parts[i].busy)
			set |= (uint64_t)1 << i;
	index_merge_set(index, set);
}

struct index_merge *index_merge_begin(struct index *index)
{
	struct index_merge *merge;
	uint64_t set = merge_choose(index, UINT64_MAX);

	if (!set)
		return NULL;
	merge = memory_zeroed(sizeof *merge, 1);
	merge_begin(index, set, merge);
	return merge;
}

void index_merge_run(struct index_merge *merge)
{
	merge_run(merge);
	suggestions_make(merge->segment, &merge->segment->suggestions);
}

void index_merge_end(struct index *index, struct index_merge *merge)
{
	merge_end(index, merge);
	free(merge);
}

/* ---- publishing ---- */

static bool view_is_held(struct index *index, const struct view *view)
{
	for (size_t i = 0; i < READERS_MAX; i++)
		if (atomic_load(&index->readers[i].view) == view)
			return true;
	return false;
}

static void view_free(struct view *view)
{
	for (size_t i = 0; i < view->part_count; i++)
		part_drop(&view->parts[i]);
	free(view);
}

static void index_sweep(struct index *index)
{
	struct view **link = &index->aside;

	while (*link) {
		struct view *view = *link;

		if (view_is_held(index, view)) {
			link = &view->next;
			continue;
		}
		*link = view->next;
		view_free(view);
	}
}

static struct view *view_make(struct index *index)
{
	struct view *view = memory_zeroed(sizeof *view, 1);

	view->part_count = index->part_count;
	view->categories = index->categories;
	view->category_count = index->category_count;
	for (size_t i = 0; i < index->part_count; i++) {
		view->parts[i] = index->parts[i];
		part_hold(&view->parts[i]);
		view->docs += part_living(&index->parts[i]);
	}
	return view;
}

void index_publish(struct index *index)
{
	uint64_t set;
	struct view *view, *old;

	index_flush(index);
	while ((set = merge_choose(index, MERGE_SOON_MAX)))
		index_merge_set(index, set);
	for (size_t i = 0; i < index->part_count; i++)
		if (!index->parts[i].segment->suggestions.entries)
			suggestions_make(index->parts[i].segment, &index->parts[i].segment->suggestions);
	view = view_make(index);
	old = (struct view *)atomic_exchange(&index->current, view);
	old->next = index->aside;
	index->aside = old;
	index_sweep(index);
	segment_maker_trim(index->maker);
}

void index_tidy(struct index *index)
{
	uint64_t set;

	index_flush(index);
	while ((set = merge_choose(index, UINT64_MAX)))
		index_merge_set(index, set);
	index_publish(index);
}

/* ---- life ---- */

enum { WAITING_ROOM = 1 << 16 };

struct index *index_new(void)
{
	struct index *index = aligned_alloc(_Alignof(struct index), sizeof *index);

	if (!index)
		abort();
	memset(index, 0, sizeof *index);
	for (size_t i = 0; i < READERS_MAX; i++)
		index->readers[i].index = index;
	index->maker = segment_maker_new();
	index->waiting_room = WAITING_ROOM;
	index->waiting = memory_array(NULL, sizeof *index->waiting, WAITING_ROOM);
	index->waiting_dead = memory_zeroed(WAITING_ROOM / 8, 1);
	waiting_clear(index);
	index->category_room = 16;
	index->categories = memory_zeroed(sizeof *index->categories, index->category_room);
	index->category_count = 1;
	atomic_store(&index->current, view_make(index));
	return index;
}

static void categories_free(struct index *index)
{
	for (size_t n = 1; n < index->category_count; n++) {
		free((char *)index->categories[n].slug.at);
		free((char *)index->categories[n].name.at);
	}
	for (size_t i = 0; i < index->old_category_count; i++)
		free(index->old_categories[i]);
	free(index->categories);
}

void index_free(struct index *index)
{
	if (!index)
		return;
	index_sweep(index);
	assert(!index->aside);
	view_free((struct view *)atomic_load(&index->current));
	for (size_t i = 0; i < index->part_count; i++)
		part_drop(&index->parts[i]);
	for (size_t i = 0; i < READERS_MAX; i++)
		scratch_free(index->readers[i].scratch);
	categories_free(index);
	segment_maker_free(index->maker);
	free(index->waiting);
	free(index->waiting_dead);
	free(index);
}

struct index_size index_size(struct index *index)
{
	struct index_reader *reader = index_enter(index);
	const struct view *view = reader_view(reader);
	struct index_size ret = { .documents = view->docs, .parts = view->part_count, .bytes = sizeof *view };

	for (size_t i = 0; i < view->part_count; i++) {
		ret.terms += view->parts[i].segment->term_count;
		ret.postings += view->parts[i].segment->postings;
		ret.bytes += segment_bytes(view->parts[i].segment);
		ret.bytes += view->parts[i].dead ? dead_size(view->parts[i].segment->docs) : 0;
	}
	index_leave(reader);
	return ret;
}
