/* segment.c - documents are collected as a heap of (term, document, impact), sorted by term once, and packed. */
#include "search/segment.h"

#include <assert.h>
#include <math.h>

#include "search/memory.h"

/* ---- texts and columns ---- */

enum { TEXTS_OF_DOC = 7 };

static size_t put_length(char *at, size_t length)
{
	at[0] = (char)(length & 0xFF);
	at[1] = (char)(length >> 8);
	return 2;
}

static struct text get_text(const char **at)
{
	const unsigned char *length = (const unsigned char *)*at;
	struct text ret = { *at + 2, (size_t)length[0] | (size_t)length[1] << 8 };

	*at += 2 + ret.length;
	return ret;
}

struct doc_texts segment_texts(const struct segment *segment, uint32_t doc)
{
	const char *at = segment->texts + segment->columns[doc].text;
	struct doc_texts ret;

	assert(doc < segment->docs);
	ret.title = get_text(&at);
	ret.url = get_text(&at);
	ret.author = get_text(&at);
	ret.author_slug = get_text(&at);
	ret.tags = get_text(&at);
	ret.language = get_text(&at);
	ret.summary = get_text(&at);
	return ret;
}

static uint32_t at_most(int64_t value)
{
	return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static struct column column_of(const struct index_doc *doc, size_t text)
{
	assert(text <= UINT32_MAX);
	return (struct column){
		doc->id,        doc->published_ms, at_most(doc->sales), at_most(doc->popularity),
		(uint32_t)text, doc->hue,          doc->pattern,
	};
}

static struct facts facts_of(const struct index_doc *doc, uint16_t category)
{
	double known = log10(1.0 + at_most(doc->popularity) + at_most(doc->sales)) / 6;

	assert(doc->kind < INDEX_KINDS);
	return (struct facts){ at_most(doc->price), category, (uint8_t)doc->kind,
			       (uint8_t)(255 * (known < 1 ? known : 1)) };
}

/* ---- what may be asked of it ---- */

const struct term *segment_term(const struct segment *segment, uint64_t key)
{
	const uint32_t *bucket = segment_bucket(segment, key);

	for (uint32_t i = bucket[0]; i < bucket[1]; i++)
		if (term_key_of(&segment->terms[i]) == key)
			return &segment->terms[i];
	return NULL;
}

size_t segment_bytes(const struct segment *segment)
{
	return sizeof *segment + segment->docs * (sizeof *segment->facts + sizeof *segment->columns) +
	       segment->texts_length + (segment->docs + 1) * sizeof *segment->title_starts +
	       segment->title_starts[segment->docs] * sizeof *segment->titles + segment->term_count * sizeof *segment->terms +
	       (((size_t)1 << segment->bucket_bits) + 1) * sizeof *segment->buckets + segment->lists_length +
	       words_bytes(&segment->words) + suggestions_bytes(&segment->suggestions);
}

void segment_free(struct segment *segment)
{
	if (!segment)
		return;
	free(segment->facts);
	free(segment->columns);
	free(segment->texts);
	free(segment->titles);
	free(segment->title_starts);
	free(segment->terms);
	free(segment->buckets);
	free(segment->lists);
	words_free(&segment->words);
	suggestions_free(&segment->suggestions);
	free(segment);
}

static void segment_take_lists(struct segment *segment, struct postings_maker *from)
{
	segment->terms = memory_array(from->terms, sizeof *from->terms, from->term_count);
	segment->lists = memory_array(from->lists, 1, from->length);
	segment->term_count = from->term_count;
	segment->lists_length = from->length;
	segment->postings = from->count;
	*from = (struct postings_maker){ 0 };
}

/* About four terms a bucket. */
static void segment_make_buckets(struct segment *segment)
{
	unsigned bits = 1;
	size_t count, term = 0;

	while (segment->term_count >> (bits + 2) && bits < 30)
		bits++;
	count = (size_t)1 << bits;
	segment->bucket_bits = bits;
	segment->buckets = memory_array(NULL, sizeof *segment->buckets, count + 1);
	for (size_t b = 0; b < count; b++) {
		while (term < segment->term_count && term_key_of(&segment->terms[term]) >> (TERM_KEY_BITS - bits) < b)
			term++;
		segment->buckets[b] = (uint32_t)term;
	}
	segment->buckets[count] = (uint32_t)segment->term_count;
}

/* ---- from documents ---- */

struct loose {
	uint64_t key;
	uint32_t doc;
	uint8_t impact;
};

struct segment_maker {
	struct terms_maker *terms;
	struct loose *loose, *spare;
	size_t count, room, spare_room;
	struct term_name *names;
	size_t name_count, name_room;
	struct facts *facts;
	struct column *columns;
	size_t docs, facts_room, columns_room;
	char *texts;
	size_t texts_length, texts_room;
	uint16_t *titles;
	uint32_t *title_starts;
	size_t titles_length, titles_room, title_starts_room;
};

enum { MAKER_FULL = 1 << 20 /* postings; sorting them takes 32 MB */, FEW = 4096 };

struct segment_maker *segment_maker_new(void)
{
	struct segment_maker *maker = memory_zeroed(sizeof *maker, 1);

	maker->terms = terms_maker_new();
	return maker;
}

void segment_maker_free(struct segment_maker *maker)
{
	if (!maker)
		return;
	terms_maker_free(maker->terms);
	free(maker->loose);
	free(maker->spare);
	free(maker->names);
	free(maker->facts);
	free(maker->columns);
	free(maker->texts);
	free(maker->titles);
	free(maker->title_starts);
	free(maker);
}

enum { SHOWN_TITLE_MAX = 600, SHOWN_SUMMARY_MAX = 360, SHOWN_OTHER_MAX = 400 };

static void add_texts(struct segment_maker *maker, const struct index_doc *doc)
{
	struct text texts[TEXTS_OF_DOC] = {
		text_clip(doc->title, SHOWN_TITLE_MAX),  text_clip(doc->url, SHOWN_OTHER_MAX),
		text_clip(doc->author, SHOWN_OTHER_MAX), text_clip(doc->author_slug, SHOWN_OTHER_MAX),
		text_clip(doc->tags, SHOWN_OTHER_MAX),   text_clip(doc->language, SHOWN_OTHER_MAX),
		text_clip(doc->summary, SHOWN_SUMMARY_MAX),
	};

	for (int i = 0; i < TEXTS_OF_DOC; i++) {
		maker->texts =
			memory_grow(maker->texts, 1, maker->texts_length, 2 + texts[i].length, &maker->texts_room);
		maker->texts_length += put_length(maker->texts + maker->texts_length, texts[i].length);
		if (texts[i].length)
			memcpy(maker->texts + maker->texts_length, texts[i].at, texts[i].length);
		maker->texts_length += texts[i].length;
	}
}

static void add_title(struct segment_maker *maker, struct text title)
{
	maker->titles =
		memory_grow(maker->titles, sizeof *maker->titles, maker->titles_length, TITLE_UNITS_MAX, &maker->titles_room);
	maker->title_starts =
		memory_grow(maker->title_starts, sizeof *maker->title_starts, maker->docs, 2, &maker->title_starts_room);
	maker->title_starts[maker->docs] = (uint32_t)maker->titles_length;
	maker->titles_length += fold_into(title, TITLE_UNITS_MAX, maker->titles + maker->titles_length, NULL);
	maker->title_starts[maker->docs + 1] = (uint32_t)maker->titles_length;
}

void segment_maker_add(struct segment_maker *maker, const struct index_doc *doc, uint16_t category)
{
	struct doc_terms terms = terms_of(maker->terms, doc);
	uint32_t number = (uint32_t)maker->docs;

	add_title(maker, text_clip(doc->title, SHOWN_TITLE_MAX));
	maker->facts = memory_grow(maker->facts, sizeof *maker->facts, maker->docs, 1, &maker->facts_room);
	maker->facts[maker->docs] = facts_of(doc, category);
	maker->columns = memory_grow(maker->columns, sizeof *maker->columns, maker->docs, 1, &maker->columns_room);
	maker->columns[maker->docs++] = column_of(doc, maker->texts_length);
	add_texts(maker, doc);
	maker->loose = memory_grow(maker->loose, sizeof *maker->loose, maker->count, terms.count, &maker->room);
	for (size_t i = 0; i < terms.count; i++)
		maker->loose[maker->count++] = (struct loose){ terms.items[i].key, number, terms.items[i].impact };
	maker->names =
		memory_grow(maker->names, sizeof *maker->names, maker->name_count, terms.name_count, &maker->name_room);
	if (terms.name_count)
		memcpy(maker->names + maker->name_count, terms.names, terms.name_count * sizeof *terms.names);
	maker->name_count += terms.name_count;
}

void segment_maker_trim(struct segment_maker *maker)
{
	if (maker->count || maker->room <= FEW)
		return;
	free(maker->loose);
	free(maker->spare);
	maker->loose = maker->spare = NULL;
	maker->room = maker->spare_room = 0;
}

bool segment_maker_full(const struct segment_maker *maker)
{
	return maker->count >= MAKER_FULL;
}

uint32_t segment_maker_count(const struct segment_maker *maker)
{
	return (uint32_t)maker->docs;
}

static int loose_compare(const void *a, const void *b)
{
	const struct loose *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->doc > y->doc) - (x->doc < y->doc);
}

enum { RADIX_BITS = 10, RADIX = 1 << RADIX_BITS, SHARE_FEW = 64 };

/* Leaves in `starts` where each digit ends. Equals keep their order. */
static void radix_pass(const struct loose *from, struct loose *to, size_t count, unsigned shift, uint32_t *starts)
{
	uint32_t sum = 0;

	memset(starts, 0, RADIX * sizeof *starts);
	for (size_t i = 0; i < count; i++)
		starts[from[i].key >> shift & (RADIX - 1)]++;
	for (size_t r = 0; r < RADIX; r++) {
		uint32_t n = starts[r];

		starts[r] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i].key >> shift & (RADIX - 1)]++] = from[i];
}

static void insertion_sort(struct loose *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct loose moved = items[i];
		size_t at = i;

		for (; at && items[at - 1].key > moved.key; at--)
			items[at] = items[at - 1];
		items[at] = moved;
	}
}

static void sort_share(struct loose *share, struct loose *other, size_t count)
{
	static const unsigned shifts[] = { 0, 10, 20, 28 }; /* two bits twice: with the first digit they are the key */
	uint32_t starts[RADIX];

	static_assert(TERM_KEY_BITS == 28 + 2 * RADIX_BITS, "no bit is left out");
	if (count < SHARE_FEW) {
		insertion_sort(share, count);
		return;
	}
	for (size_t pass = 0; pass < sizeof shifts / sizeof *shifts; pass += 2) {
		radix_pass(share, other, count, shifts[pass], starts);
		radix_pass(other, share, count, shifts[pass + 1], starts);
	}
}

/* By term, then by document: they come in order of documents. Keys are hashes, so their first digit shares them out
 * evenly; each share fits the nearest cache while the other digits, last one first, put it in order. */
static void sort_loose(struct segment_maker *maker)
{
	uint32_t ends[RADIX], first = 0;

	if (maker->count < FEW) {
		qsort(maker->loose, maker->count, sizeof *maker->loose, loose_compare);
		return;
	}
	assert(maker->count <= UINT32_MAX);
	maker->spare = memory_grow(maker->spare, sizeof *maker->spare, 0, maker->count, &maker->spare_room);
	radix_pass(maker->loose, maker->spare, maker->count, TERM_KEY_BITS - RADIX_BITS, ends);
	for (size_t r = 0; r < RADIX; first = ends[r++]) {
		size_t count = ends[r] - first;

		sort_share(maker->spare + first, maker->loose + first, count);
		memcpy(maker->loose + first, maker->spare + first, count * sizeof *maker->loose);
	}
}

static void pack_loose(const struct loose *loose, size_t count, struct postings_maker *to, uint32_t docs)
{
	uint32_t *numbers = memory_array(NULL, sizeof *numbers, docs);
	uint8_t *impacts = memory_array(NULL, 1, docs);

	for (size_t i = 0; i < count;) {
		uint64_t key = loose[i].key;
		size_t n = 0;

		for (; i < count && loose[i].key == key; i++, n++) {
			numbers[n] = loose[i].doc;
			impacts[n] = loose[i].impact;
		}
		postings_add(to, key, numbers, impacts, n);
	}
	free(numbers);
	free(impacts);
}

static void note_ids(struct segment *segment)
{
	segment->id_least = INT64_MAX;
	segment->id_most = INT64_MIN;
	for (uint32_t d = 0; d < segment->docs; d++) {
		int64_t id = segment->columns[d].id;

		if (id < segment->id_least)
			segment->id_least = id;
		if (id > segment->id_most)
			segment->id_most = id;
	}
}

struct segment *segment_make(struct segment_maker *maker)
{
	struct segment *segment = memory_zeroed(sizeof *segment, 1);
	struct postings_maker postings = { 0 };

	sort_loose(maker);
	pack_loose(maker->loose, maker->count, &postings, (uint32_t)maker->docs);
	segment_take_lists(segment, &postings);
	segment_make_buckets(segment);
	words_make(maker->names, maker->name_count, &segment->words);
	segment->docs = (uint32_t)maker->docs;
	segment->facts = memory_array(maker->facts, sizeof *maker->facts, maker->docs);
	segment->columns = memory_array(maker->columns, sizeof *maker->columns, maker->docs);
	segment->texts = memory_array(maker->texts, 1, maker->texts_length);
	segment->texts_length = maker->texts_length;
	segment->titles = memory_array(maker->titles, sizeof *maker->titles, maker->titles_length);
	segment->title_starts = memory_array(maker->title_starts, sizeof *maker->title_starts, maker->docs + 1);
	note_ids(segment);
	maker->facts = NULL;
	maker->columns = NULL;
	maker->texts = NULL;
	maker->titles = NULL;
	maker->title_starts = NULL;
	maker->docs = maker->facts_room = maker->columns_room = maker->texts_length = maker->texts_room = 0;
	maker->titles_length = maker->titles_room = maker->title_starts_room = 0;
	maker->count = maker->name_count = 0;
	return segment;
}

/* ---- from segments ---- */

/* The new numbers of the documents of one of the segments that are merged. */
struct merge_part {
	const struct segment *segment;
	uint32_t *numbers; /* UINT32_MAX: dead */
	size_t term;       /* the next to take */
};

struct merge {
	struct merge_part *parts;
	size_t count;
	uint32_t docs;
	uint32_t *numbers; /* of one list, while it is put together */
	uint8_t *impacts;
};

static void merge_number(struct merge *merge, struct merge_part *part, const uint64_t *dead)
{
	part->numbers = memory_array(NULL, sizeof *part->numbers, part->segment->docs);
	for (uint32_t d = 0; d < part->segment->docs; d++)
		part->numbers[d] = bit_is_set(dead, d) ? UINT32_MAX : merge->docs++;
}

static size_t merge_list(struct merge *merge, const struct merge_part *part, const struct term *term, size_t count)
{
	struct cursor cursor;

	for (cursor_open(&cursor, part->segment->lists, term); cursor.doc != CURSOR_END; cursor_next(&cursor)) {
		uint32_t number = part->numbers[cursor.doc];

		if (number == UINT32_MAX)
			continue;
		merge->numbers[count] = number;
		merge->impacts[count++] = (uint8_t)cursor.impact_now;
	}
	return count;
}

static const struct term *part_term(const struct merge_part *part)
{
	return part->term < part->segment->term_count ? &part->segment->terms[part->term] : NULL;
}

static void merge_terms(struct merge *merge, struct postings_maker *to)
{
	for (;;) {
		uint64_t key = UINT64_MAX;
		size_t count = 0;

		for (size_t i = 0; i < merge->count; i++) {
			const struct term *term = part_term(&merge->parts[i]);

			if (term && term_key_of(term) < key)
				key = term_key_of(term);
		}
		if (key == UINT64_MAX)
			return;
		for (size_t i = 0; i < merge->count; i++) {
			const struct term *term = part_term(&merge->parts[i]);

			if (!term || term_key_of(term) != key)
				continue;
			count = merge_list(merge, &merge->parts[i], term, count);
			merge->parts[i].term++;
		}
		if (count)
			postings_add(to, key, merge->numbers, merge->impacts, count);
	}
}

static size_t texts_length_of(const struct segment *segment, uint32_t doc)
{
	struct doc_texts texts = segment_texts(segment, doc);

	return (size_t)(texts.summary.at + texts.summary.length - (segment->texts + segment->columns[doc].text));
}

static void merge_title(const struct segment *from, uint32_t doc, struct segment *to, uint32_t number)
{
	struct folded title = segment_title(from, doc);
	uint32_t start = to->title_starts[number];

	memcpy(to->titles + start, title.at, title.length * sizeof *title.at);
	to->title_starts[number + 1] = start + (uint32_t)title.length;
}

static void merge_columns(const struct merge_part *part, struct segment *to)
{
	const struct segment *from = part->segment;

	for (uint32_t d = 0; d < from->docs; d++) {
		size_t length = texts_length_of(from, d);
		struct column *column;

		if (part->numbers[d] == UINT32_MAX)
			continue;
		merge_title(from, d, to, part->numbers[d]);
		to->facts[part->numbers[d]] = from->facts[d];
		column = &to->columns[part->numbers[d]];
		*column = from->columns[d];
		memcpy(to->texts + to->texts_length, from->texts + column->text, length);
		column->text = (uint32_t)to->texts_length;
		to->texts_length += length;
	}
}

static void merge_rest(const struct merge *merge, struct segment *to)
{
	const struct words **words = memory_array(NULL, sizeof *words, merge->count);
	size_t texts = 0, titles = 0;

	for (size_t i = 0; i < merge->count; i++) {
		const struct segment *from = merge->parts[i].segment;

		words[i] = &from->words;
		texts += from->texts_length;
		titles += from->title_starts[from->docs];
	}
	to->docs = merge->docs;
	to->facts = memory_array(NULL, sizeof *to->facts, to->docs);
	to->columns = memory_array(NULL, sizeof *to->columns, to->docs);
	to->texts = memory_array(NULL, 1, texts);
	to->titles = memory_array(NULL, sizeof *to->titles, titles);
	to->title_starts = memory_zeroed(sizeof *to->title_starts, to->docs + 1);
	for (size_t i = 0; i < merge->count; i++)
		merge_columns(&merge->parts[i], to);
	note_ids(to);
	to->texts = memory_array(to->texts, 1, to->texts_length);
	to->titles = memory_array(to->titles, sizeof *to->titles, to->title_starts[to->docs]);
	words_merge(words, merge->count, &to->words);
	free(words);
}

struct segment *segments_merge(const struct segment *const *from, const uint64_t *const *dead, size_t n)
{
	struct segment *ret = memory_zeroed(sizeof *ret, 1);
	struct merge merge = { .parts = memory_zeroed(sizeof *merge.parts, n), .count = n };
	struct postings_maker postings = { 0 };

	for (size_t i = 0; i < n; i++) {
		merge.parts[i].segment = from[i];
		merge_number(&merge, &merge.parts[i], dead[i]);
	}
	merge.numbers = memory_array(NULL, sizeof *merge.numbers, merge.docs);
	merge.impacts = memory_array(NULL, 1, merge.docs);
	merge_terms(&merge, &postings);
	segment_take_lists(ret, &postings);
	segment_make_buckets(ret);
	merge_rest(&merge, ret);
	for (size_t i = 0; i < n; i++)
		free(merge.parts[i].numbers);
	free(merge.parts);
	free(merge.numbers);
	free(merge.impacts);
	return ret;
}
