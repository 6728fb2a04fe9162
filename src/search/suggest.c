/* suggest.c - keys in order, each made from its text when it is looked at: twelve bytes a title instead of two hundred.
 */
#include "search/suggest.h"

#include <assert.h>
#include <math.h>

#include "search/memory.h"
#include "search/segment.h"

enum { KEY_MOST = 32, TAGS_MOST = 20 };

/* ---- texts and keys ---- */

static struct text tag_nth(struct text tags, unsigned n)
{
	struct text tag = { 0 };

	for (unsigned i = 0; i <= n && tags.at; i++)
		tag = text_cut(&tags, ' ');
	return tag;
}

static struct text entry_text(const struct segment *segment, const struct suggestion_entry *entry)
{
	struct doc_texts texts = segment_texts(segment, entry->doc);

	switch ((enum index_suggestion_kind)entry->kind) {
	case SUGGEST_WORK:
		return texts.title;
	case SUGGEST_AUTHOR:
		return texts.author;
	case SUGGEST_TAG:
		return tag_nth(texts.tags, entry->tag);
	}
	abort();
}

static size_t put_name(uint16_t *at, const char *name, size_t length)
{
	for (; *name && length < KEY_MOST; name++)
		at[length++] = (uint8_t)*name;
	return length;
}

/* Folded text without gaps; Han characters as they are, by their sound or by its initial. */
static size_t key_from(const uint16_t *folded, size_t folded_length, enum suggestion_key kind, uint16_t ret[KEY_MOST])
{
	size_t length = 0;

	for (size_t i = 0; i < folded_length && length < KEY_MOST; i++) {
		uint32_t readings = kind == KEY_TEXT ? 0 : readings_of(folded[i]);

		if (folded[i] == FOLD_GAP)
			continue;
		if (!readings)
			ret[length++] = folded[i];
		else if (kind == KEY_SOUND)
			length = put_name(ret, syllable_name(reading_nth(readings, 0)), length);
		else
			ret[length++] = (uint8_t)syllable_name(reading_nth(readings, 0))[0];
	}
	return length;
}

/* At most `room` units; titles are kept folded. */
static struct folded entry_folded(const struct segment *segment, const struct suggestion_entry *entry, size_t room, uint16_t *at)
{
	struct folded ret;

	if (entry->kind != SUGGEST_WORK)
		return (struct folded){ .at = at, .length = fold_into(entry_text(segment, entry), room, at, NULL) };
	ret = segment_title(segment, entry->doc);
	ret.length = ret.length < room ? ret.length : room;
	return ret;
}

enum { FOLDED_MOST = KEY_MOST + KEY_MOST / 2 };

static size_t key_of(const struct segment *segment, uint32_t key, uint16_t ret[KEY_MOST])
{
	uint16_t at[FOLDED_MOST];
	struct folded folded = entry_folded(segment, &segment->suggestions.entries[key >> 2], FOLDED_MOST, at);

	return key_from(folded.at, folded.length, (enum suggestion_key)(key & 3), ret);
}

static int key_compare(const uint16_t *a, size_t a_length, const uint16_t *b, size_t b_length)
{
	for (size_t i = 0; i < a_length && i < b_length; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return (a_length > b_length) - (a_length < b_length);
}

/* ---- making ---- */

struct entries_maker {
	const struct segment *segment;
	struct suggestion_entry *entries;
	double *known; /* popularity of all that have it */
	double *best;  /* and of the one it stands at */
	size_t count, room;
	uint32_t *places; /* authors and tags by hash; entry + 1 */
	size_t place_mask;
};

static double known_of(const struct column *column)
{
	return (double)column->popularity + column->sales;
}

static void entries_append(struct entries_maker *maker, struct suggestion_entry entry, double known)
{
	if (maker->count == maker->room) {
		maker->room = maker->room ? maker->room * 2 : 64;
		maker->entries = memory_array(maker->entries, sizeof *maker->entries, maker->room);
		maker->known = memory_array(maker->known, sizeof *maker->known, maker->room);
		maker->best = memory_array(maker->best, sizeof *maker->best, maker->room);
	}
	maker->entries[maker->count] = entry;
	maker->known[maker->count] = maker->best[maker->count] = known;
	maker->count++;
}

/* An author or a tag: once, however many works have it. */
static void entries_share(struct entries_maker *maker, struct suggestion_entry entry, struct text text, double known)
{
	size_t place = text_hash(text) * 8 + entry.kind;
	uint32_t at;

	for (;; place++) {
		at = maker->places[place & maker->place_mask];
		if (!at)
			break;
		if (maker->entries[at - 1].kind == entry.kind &&
		    text_eq(entry_text(maker->segment, &maker->entries[at - 1]), text)) {
			maker->known[at - 1] += known;
			if (known > maker->best[at - 1]) {
				maker->best[at - 1] = known;
				maker->entries[at - 1] = entry;
			}
			return;
		}
	}
	entries_append(maker, entry, known);
	maker->places[place & maker->place_mask] = (uint32_t)maker->count;
}

static void entries_of_doc(struct entries_maker *maker, uint32_t doc)
{
	struct doc_texts texts = segment_texts(maker->segment, doc);
	double known = known_of(&maker->segment->columns[doc]);
	struct text rest = texts.tags;

	entries_append(maker, (struct suggestion_entry){ .doc = doc, .kind = SUGGEST_WORK }, known);
	if (texts.author.length)
		entries_share(maker, (struct suggestion_entry){ .doc = doc, .kind = SUGGEST_AUTHOR }, texts.author,
			      known);
	for (uint8_t n = 0; rest.at && n < TAGS_MOST; n++) {
		struct text tag = text_cut(&rest, ' ');

		if (tag.length)
			entries_share(maker, (struct suggestion_entry){ .doc = doc, .kind = SUGGEST_TAG, .tag = n },
				      tag, known);
	}
}

static size_t tags_of(const struct segment *segment)
{
	size_t count = 0;

	for (uint32_t d = 0; d < segment->docs; d++) {
		struct text rest = segment_texts(segment, d).tags;

		for (int n = 0; rest.at && n < TAGS_MOST; n++, count++)
			text_cut(&rest, ' ');
	}
	return count;
}

static void entries_make(const struct segment *segment, struct suggestions *ret)
{
	struct entries_maker maker = { .segment = segment };
	size_t places = 64;

	while (places < 2 * (segment->docs + tags_of(segment)))
		places *= 2;
	maker.place_mask = places - 1;
	maker.places = memory_zeroed(sizeof *maker.places, places);
	for (uint32_t d = 0; d < segment->docs; d++)
		entries_of_doc(&maker, d);
	for (size_t e = 0; e < maker.count; e++)
		maker.entries[e].weight = (uint16_t)(1000 * log10(1 + maker.known[e]));
	ret->entries = memory_array(maker.entries, sizeof *maker.entries, maker.count);
	ret->entry_count = (uint32_t)maker.count;
	free(maker.known);
	free(maker.best);
	free(maker.places);
}

/* A key while they are sorted. */
struct made_key {
	uint64_t head; /* the first four units */
	uint32_t key, start, length;
};
struct key_sorter {
	struct made_key *keys;
	uint16_t *at;
	size_t count, room, length, at_room;
};

static int made_compare(const void *a, const void *b, void *at)
{
	const struct made_key *x = a, *y = b;
	const uint16_t *units = at;
	int order;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	order = key_compare(units + x->start, x->length, units + y->start, y->length);
	return order ? order : (x->key > y->key) - (x->key < y->key);
}

/* The first four units; `rest` stands for those that are missing. */
static uint64_t head_of(const uint16_t *at, size_t length, uint16_t rest)
{
	uint64_t head = 0;

	for (size_t i = 0; i < 4; i++)
		head = head << 16 | (i < length ? at[i] : rest);
	return head;
}

static void sorter_add(struct key_sorter *sorter, uint32_t key, const uint16_t *at, size_t length)
{
	uint64_t head = head_of(at, length, 0);

	sorter->keys = memory_grow(sorter->keys, sizeof *sorter->keys, sorter->count, 1, &sorter->room);
	sorter->at = memory_grow(sorter->at, sizeof *sorter->at, sorter->length, length, &sorter->at_room);
	memcpy(sorter->at + sorter->length, at, length * sizeof *at);
	sorter->keys[sorter->count++] = (struct made_key){ head, key, (uint32_t)sorter->length, (uint32_t)length };
	sorter->length += length;
}

static void sorter_add_entry(struct key_sorter *sorter, const struct segment *segment, uint32_t entry)
{
	uint16_t at[FOLDED_MOST], text[KEY_MOST], other[KEY_MOST];
	struct folded folded = entry_folded(segment, &segment->suggestions.entries[entry], FOLDED_MOST, at);
	size_t text_length = key_from(folded.at, folded.length, KEY_TEXT, text), length;

	if (!text_length)
		return;
	sorter_add(sorter, entry << 2 | KEY_TEXT, text, text_length);
	for (uint32_t kind = KEY_SOUND; kind <= KEY_INITIALS; kind++) {
		length = key_from(folded.at, folded.length, (enum suggestion_key)kind, other);
		if (key_compare(text, text_length, other, length) != 0)
			sorter_add(sorter, entry << 2 | kind, other, length);
	}
}

static void keys_blocks(struct suggestions *s, const struct made_key *made)
{
	size_t blocks = (s->key_count + SUGGESTION_BLOCK - 1) / SUGGESTION_BLOCK;

	s->keys = memory_array(NULL, sizeof *s->keys, s->key_count);
	s->weights = memory_array(NULL, sizeof *s->weights, s->key_count);
	s->peaks = memory_zeroed(sizeof *s->peaks, blocks);
	s->heads = memory_array(NULL, sizeof *s->heads, blocks);
	for (uint32_t k = 0; k < s->key_count; k++) {
		uint16_t weight = s->entries[made[k].key >> 2].weight, *peak = &s->peaks[k / SUGGESTION_BLOCK];

		s->keys[k] = made[k].key;
		s->weights[k] = weight;
		if (weight > *peak)
			*peak = weight;
		if (k % SUGGESTION_BLOCK == 0)
			s->heads[k / SUGGESTION_BLOCK] = made[k].head;
	}
}

void suggestions_make(const struct segment *segment, struct suggestions *ret)
{
	struct key_sorter sorter = { 0 };

	entries_make(segment, ret);
	for (uint32_t e = 0; e < ret->entry_count; e++)
		sorter_add_entry(&sorter, segment, e);
	if (sorter.count)
		qsort_r(sorter.keys, sorter.count, sizeof *sorter.keys, made_compare, sorter.at);
	ret->key_count = (uint32_t)sorter.count;
	keys_blocks(ret, sorter.keys);
	free(sorter.keys);
	free(sorter.at);
}

void suggestions_free(struct suggestions *s)
{
	free(s->entries);
	free(s->keys);
	free(s->weights);
	free(s->peaks);
	free(s->heads);
	*s = (struct suggestions){ 0 };
}

size_t suggestions_bytes(const struct suggestions *s)
{
	return s->entry_count * sizeof *s->entries + s->key_count * (sizeof *s->keys + sizeof *s->weights) +
	       (s->key_count + SUGGESTION_BLOCK - 1) / SUGGESTION_BLOCK * (sizeof *s->peaks + sizeof *s->heads);
}

/* ---- finding ---- */

/* The first block whose head is at least this. */
static uint32_t block_find(const struct suggestions *s, uint64_t head)
{
	uint32_t low = 0, high = (s->key_count + SUGGESTION_BLOCK - 1) / SUGGESTION_BLOCK;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->heads[middle] < head)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first key that is not before the prefix; with `behind`, the first behind all that begin with it. The heads of the
 * blocks tell where to look: nearly always in one of them. */
static uint32_t keys_find(const struct segment *segment, const uint16_t *prefix, size_t length, bool behind)
{
	const struct suggestions *s = &segment->suggestions;
	uint64_t least = head_of(prefix, length, 0), most = head_of(prefix, length, UINT16_MAX);
	uint32_t first = block_find(s, length <= 4 && behind ? most : least);
	uint32_t last = length <= 4 && !behind ? first : block_find(s, most + 1);
	uint32_t low = first ? (first - 1) * SUGGESTION_BLOCK : 0, high = last * SUGGESTION_BLOCK;
	uint16_t key[KEY_MOST];

	if (high > s->key_count)
		high = s->key_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		size_t key_length = key_of(segment, s->keys[middle], key);
		int order = key_compare(key, behind && key_length > length ? length : key_length, prefix, length);

		if (order < 0 || (behind && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void best_keep(struct suggestion_best *best, struct index_suggestion item, uint16_t weight)
{
	size_t place = 0, end;

	while (place < best->count && best->weights[place] >= weight) {
		if (best->items[place].kind == item.kind && text_eq(best->items[place].text, item.text))
			return;
		place++;
	}
	if (place == best->most)
		return;
	for (end = place; end < best->count; end++)
		if (best->items[end].kind == item.kind && text_eq(best->items[end].text, item.text))
			break;
	if (end == best->most)
		end--;
	else if (end == best->count)
		best->count++;
	memmove(best->items + place + 1, best->items + place, (end - place) * sizeof *best->items);
	memmove(best->weights + place + 1, best->weights + place, (end - place) * sizeof *best->weights);
	best->items[place] = item;
	best->weights[place] = weight;
}

static void best_offer(struct suggestion_best *best, const struct segment *segment,
		       const struct suggestion_entry *entry)
{
	struct doc_texts texts = segment_texts(segment, entry->doc);
	struct index_suggestion item = { .kind = (enum index_suggestion_kind)entry->kind,
					 .text = entry_text(segment, entry) };

	if (item.kind == SUGGEST_WORK) {
		item.url = texts.url;
		item.id = segment->columns[entry->doc].id;
	}
	if (item.kind == SUGGEST_AUTHOR)
		item.slug = texts.author_slug;
	best_keep(best, item, entry->weight);
}

/* Typed Han characters stand before typed letters (an input method half-way): the text must begin with them. */
static bool entry_begins(const struct segment *segment, const struct suggestion_entry *entry, const uint16_t *typed,
			 size_t length)
{
	uint16_t at[KEY_MOST], key[KEY_MOST];
	struct folded folded = entry_folded(segment, entry, KEY_MOST, at);
	size_t key_length = key_from(folded.at, folded.length, KEY_TEXT, key);

	return key_length >= length && !memcmp(key, typed, length * sizeof *typed);
}

struct suggestion_ask {
	const struct segment *segment;
	const uint64_t *dead;
	const uint16_t *typed;
	size_t han; /* how many characters at its beginning must be the same */
};

/* The heaviest entries of a range of keys, heaviest first: found without a look at their texts. */
enum { HEAVY_MAX = 3 * INDEX_SUGGESTIONS_MAX };
struct heavy {
	uint32_t entries[HEAVY_MAX];
	uint16_t weights[HEAVY_MAX];
	size_t count;
};

static void heavy_keep(struct heavy *heavy, uint32_t entry, uint16_t weight)
{
	size_t place = heavy->count;

	for (size_t i = 0; i < heavy->count; i++)
		if (heavy->entries[i] == entry)
			return;
	while (place && heavy->weights[place - 1] < weight)
		place--;
	if (heavy->count < HEAVY_MAX)
		heavy->count++;
	memmove(heavy->entries + place + 1, heavy->entries + place,
		(heavy->count - place - 1) * sizeof *heavy->entries);
	memmove(heavy->weights + place + 1, heavy->weights + place,
		(heavy->count - place - 1) * sizeof *heavy->weights);
	heavy->entries[place] = entry;
	heavy->weights[place] = weight;
}

static void heavy_find(const struct suggestion_ask *ask, uint32_t low, uint32_t high, struct heavy *heavy)
{
	const struct suggestions *s = &ask->segment->suggestions;

	for (uint32_t k = low; k < high; k++) {
		bool full = heavy->count == HEAVY_MAX;
		uint16_t least = full ? heavy->weights[HEAVY_MAX - 1] : 0;

		if (full && s->peaks[k / SUGGESTION_BLOCK] <= least)
			k |= SUGGESTION_BLOCK - 1;
		else if ((!full || s->weights[k] > least) && !bit_is_set(ask->dead, s->entries[s->keys[k] >> 2].doc))
			heavy_keep(heavy, s->keys[k] >> 2, s->weights[k]);
	}
}

/* All keys of the range, with their texts: slower, and needed only where many heavy entries read alike or do not begin
 * with what was typed. */
static void offer_all(const struct suggestion_ask *ask, uint32_t low, uint32_t high, struct suggestion_best *best)
{
	const struct suggestions *s = &ask->segment->suggestions;

	for (uint32_t k = low; k < high; k++) {
		const struct suggestion_entry *entry = &s->entries[s->keys[k] >> 2];

		if ((best->count == best->most && entry->weight <= best->weights[best->most - 1]) ||
		    bit_is_set(ask->dead, entry->doc))
			continue;
		if (!ask->han || entry_begins(ask->segment, entry, ask->typed, ask->han))
			best_offer(best, ask->segment, entry);
	}
}

static void keys_offer(const struct suggestion_ask *ask, uint32_t low, uint32_t high, struct suggestion_best *best)
{
	const struct suggestion_entry *entries = ask->segment->suggestions.entries;
	struct heavy heavy = { .count = 0 };

	if (ask->han) {
		offer_all(ask, low, high, best);
		return;
	}
	heavy_find(ask, low, high, &heavy);
	for (size_t i = 0; i < heavy.count; i++) {
		if (best->count == best->most && heavy.weights[i] <= best->weights[best->most - 1])
			return;
		best_offer(best, ask->segment, &entries[heavy.entries[i]]);
	}
	if (heavy.count == HEAVY_MAX && best->count < best->most)
		offer_all(ask, low, high, best);
}

/* All keys that begin with these letters. */
static void prefix_offer(const struct suggestion_ask *ask, const uint16_t *prefix, size_t length,
			 struct suggestion_best *best)
{
	keys_offer(ask, keys_find(ask->segment, prefix, length, false), keys_find(ask->segment, prefix, length, true),
		   best);
}

void suggestions_find(const struct segment *segment, const uint64_t *dead, struct text typed,
		      struct suggestion_best *best)
{
	uint16_t folded[KEY_MOST], text[KEY_MOST], sound[KEY_MOST];
	size_t folded_length = fold_into(typed, KEY_MOST, folded, NULL);
	size_t length = key_from(folded, folded_length, KEY_TEXT, text), sound_length;
	struct suggestion_ask ask = { .segment = segment, .dead = dead, .typed = text };

	if (!length)
		return;
	prefix_offer(&ask, text, length, best);
	while (ask.han < length && glyph_of(text[ask.han]) == GLYPH_HAN)
		ask.han++;
	if (!ask.han || ask.han == length)
		return;
	sound_length = key_from(folded, folded_length, KEY_SOUND, sound);
	prefix_offer(&ask, sound, sound_length, best);
}
