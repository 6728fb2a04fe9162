/* terms.c - a document's terms and their impacts (BM25F with fixed average lengths, so that a document's impacts never
 * depend on another document and adding one costs what it holds).
 *
 * Titles, tags and authors are names: people half remember how they are written, so names also get terms of their
 * sound, of their initials and of every other character. */
#include "search/terms.h"

#include <assert.h>
#include <stdlib.h>

#include "search/memory.h"

enum field { FIELD_TITLE, FIELD_TAGS, FIELD_AUTHOR, FIELD_LESSONS, FIELD_BODY, FIELD_COUNT };

/* A field of `usual` units weighs `weight` a use; `bend` is how much a longer one weighs less. More than `most` uses in
 * a field say no more: stuffing does not pay. */
static const struct field_rule {
	float weight, bend, usual;
	unsigned most;
	bool name;
} field_rules[FIELD_COUNT] = {
	[FIELD_TITLE] = { 3.0f, 0.4f, 20, 3, true }, [FIELD_TAGS] = { 1.5f, 0.4f, 10, 2, true },
	[FIELD_AUTHOR] = { 1.5f, 0.0f, 4, 1, true }, [FIELD_LESSONS] = { 1.5f, 0.1f, 90, 3, false },
	[FIELD_BODY] = { 1.5f, 0.1f, 90, 5, false },
};
static const float saturation = 1.2f;

struct slot {
	uint64_t key; /* 0: free */
	uint8_t uses[FIELD_COUNT];
};

struct terms_maker {
	struct slot *slots;
	uint32_t *used; /* places of the slots that are taken */
	struct term_weight *items;
	size_t room, count; /* room: power of two */
	struct term_name *names;
	size_t name_count, name_room;
	uint16_t *folded;
	float lengths[FIELD_COUNT];
};

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93u;
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93u;
	return x ^ x >> 32;
}

uint64_t term_key(enum term_kind kind, uint32_t a, uint32_t b)
{
	uint64_t key = mixed((uint64_t)kind << 56 ^ (uint64_t)a << 28 ^ b) >> (64 - TERM_KEY_BITS);

	return key ? key : 1;
}

uint64_t term_initials(char a, char b, char c)
{
	return term_key(TERM_INITIALS, (uint32_t)a << 8 | (uint32_t)b, (uint32_t)c);
}

uint64_t term_word(const uint16_t *at, size_t length)
{
	uint64_t hash = text_hash((struct text){ (const char *)at, length * sizeof *at });

	return term_key(TERM_WORD, (uint32_t)(hash >> 36), (uint32_t)hash & 0xFFFFFFF);
}

uint64_t term_author(struct text slug)
{
	uint64_t hash = text_hash(slug);

	return term_key(TERM_AUTHOR, (uint32_t)(hash >> 36), (uint32_t)hash & 0xFFFFFFF);
}

uint64_t term_id(int64_t id)
{
	return term_key(TERM_ID, (uint32_t)(id >> 28) & 0xFFFFFFF, (uint32_t)id & 0xFFFFFFF);
}

struct terms_maker *terms_maker_new(void)
{
	struct terms_maker *maker = memory_array(NULL, sizeof *maker, 1);

	*maker = (struct terms_maker){ .room = 4096,
				       .folded = memory_array(NULL, sizeof *maker->folded, INDEX_TEXT_MAX) };
	maker->slots = memory_array(NULL, sizeof *maker->slots, maker->room);
	memset(maker->slots, 0, maker->room * sizeof *maker->slots);
	maker->used = memory_array(NULL, sizeof *maker->used, maker->room);
	maker->items = memory_array(NULL, sizeof *maker->items, maker->room);
	return maker;
}

void terms_maker_free(struct terms_maker *maker)
{
	if (!maker)
		return;
	free(maker->slots);
	free(maker->used);
	free(maker->items);
	free(maker->names);
	free(maker->folded);
	free(maker);
}

static struct slot *slot_of(struct terms_maker *maker, uint64_t key)
{
	size_t place = key & (maker->room - 1);

	while (maker->slots[place].key && maker->slots[place].key != key)
		place = (place + 1) & (maker->room - 1);
	return &maker->slots[place];
}

static void maker_grow(struct terms_maker *maker)
{
	struct slot *old = maker->slots;
	size_t count = maker->count, old_room = maker->room;

	maker->room *= 2;
	maker->slots = memory_array(NULL, sizeof *maker->slots, maker->room);
	memset(maker->slots, 0, maker->room * sizeof *maker->slots);
	maker->used = memory_array(maker->used, sizeof *maker->used, maker->room);
	maker->items = memory_array(maker->items, sizeof *maker->items, maker->room);
	maker->count = 0;
	for (size_t i = 0; i < old_room; i++) {
		struct slot *to = slot_of(maker, old[i].key);

		if (!old[i].key)
			continue;
		*to = old[i];
		maker->used[maker->count++] = (uint32_t)(to - maker->slots);
	}
	assert(maker->count == count);
	free(old);
}

static void use(struct terms_maker *maker, enum field field, uint64_t key)
{
	struct slot *slot = slot_of(maker, key);

	if (!slot->key) {
		slot->key = key;
		maker->used[maker->count++] = (uint32_t)(slot - maker->slots);
	}
	if (slot->uses[field] < field_rules[field].most)
		slot->uses[field]++;
	if (maker->count * 2 > maker->room)
		maker_grow(maker);
}

static void use_sounds(struct terms_maker *maker, enum field field, uint32_t a, uint32_t b)
{
	for (unsigned i = 0; i < READINGS_MAX && reading_nth(a, i); i++)
		for (unsigned j = 0; j < READINGS_MAX && reading_nth(b, j); j++)
			use(maker, field, term_key(TERM_SOUND, reading_nth(a, i), reading_nth(b, j)));
}

static unsigned initials_of(uint32_t readings, char ret[READINGS_MAX])
{
	unsigned count = 0;

	for (unsigned n = 0; n < READINGS_MAX && reading_nth(readings, n); n++) {
		char initial = syllable_name(reading_nth(readings, n))[0];

		if (!memchr(ret, initial, count))
			ret[count++] = initial;
	}
	return count;
}

static void use_initials(struct terms_maker *maker, enum field field, const uint32_t readings[3])
{
	char a[READINGS_MAX], b[READINGS_MAX], c[READINGS_MAX];
	unsigned an = initials_of(readings[0], a), bn = initials_of(readings[1], b), cn = initials_of(readings[2], c);

	for (unsigned i = 0; i < an * bn * cn; i++)
		use(maker, field, term_initials(a[i % an], b[i / an % bn], c[i / an / bn]));
}

static void use_han(struct terms_maker *maker, enum field field, const struct run *run)
{
	const uint16_t *c = run->at;
	bool name = field_rules[field].name;
	uint32_t readings[3] = { 0, 0, 0 };

	for (size_t i = 0; i < run->length; i++) {
		use(maker, field, term_key(TERM_CHAR, c[i], 0));
		if (i >= 1)
			use(maker, field, term_key(TERM_PAIR, c[i - 1], c[i]));
		if (!name)
			continue;
		readings[0] = readings[1], readings[1] = readings[2], readings[2] = readings_of(c[i]);
		use_sounds(maker, field, readings[1], readings[2]);
		use_initials(maker, field, readings);
		if (i >= 2)
			use(maker, field, term_key(TERM_SKIP, c[i - 2], c[i]));
	}
}

static void use_word(struct terms_maker *maker, enum field field, const struct run *run)
{
	uint64_t key = term_word(run->at, run->length);
	struct term_name *name;

	use(maker, field, key);
	if (field == FIELD_BODY || run->glyph != GLYPH_LETTER || run->length < WORD_LEAST || run->length > WORD_MOST)
		return;
	if (maker->name_count == maker->name_room) {
		maker->name_room = maker->name_room ? maker->name_room * 2 : 64;
		maker->names = memory_array(maker->names, sizeof *maker->names, maker->name_room);
	}
	name = &maker->names[maker->name_count++];
	*name = (struct term_name){ .key = key, .length = (uint8_t)run->length };
	memcpy(name->at, run->at, run->length * sizeof *run->at);
}

static void use_field(struct terms_maker *maker, enum field field, struct text text)
{
	struct folded folded = { .at = maker->folded, .length = fold_into(text, INDEX_TEXT_MAX, maker->folded, NULL) };
	size_t place = 0;
	struct run run;

	while (run_next(&folded, &place, &run)) {
		if (run.glyph == GLYPH_HAN)
			use_han(maker, field, &run);
		else
			use_word(maker, field, &run);
		maker->lengths[field] += run.glyph == GLYPH_HAN ? (float)run.length : 1;
	}
}

static uint8_t impact_of(const struct slot *slot, const float scale[FIELD_COUNT])
{
	float uses = 0, impact;

	for (int f = 0; f < FIELD_COUNT; f++)
		uses += scale[f] * slot->uses[f];
	impact = 255 * uses / (saturation + uses) + 0.5f;
	return impact < 1 ? 1 : (uint8_t)impact;
}

static void maker_clear(struct terms_maker *maker)
{
	for (size_t i = 0; i < maker->count; i++)
		maker->slots[maker->used[i]] = (struct slot){ 0 };
	maker->count = maker->name_count = 0;
	memset(maker->lengths, 0, sizeof maker->lengths);
}

struct doc_terms terms_of(struct terms_maker *maker, const struct index_doc *doc)
{
	float scale[FIELD_COUNT];

	maker_clear(maker);
	use_field(maker, FIELD_TITLE, doc->title);
	use_field(maker, FIELD_TAGS, doc->tags);
	use_field(maker, FIELD_TAGS, doc->category);
	use_field(maker, FIELD_AUTHOR, doc->author);
	use_field(maker, FIELD_LESSONS, doc->lessons);
	use_field(maker, FIELD_BODY, doc->body);
	if (doc->author_slug.length)
		use(maker, FIELD_AUTHOR, term_author(doc->author_slug));
	use(maker, FIELD_AUTHOR, term_id(doc->id));
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct field_rule *rule = &field_rules[f];

		scale[f] = rule->weight / (1 - rule->bend + rule->bend * maker->lengths[f] / rule->usual);
	}
	for (size_t i = 0; i < maker->count; i++) {
		const struct slot *slot = &maker->slots[maker->used[i]];

		maker->items[i] = (struct term_weight){ .key = slot->key, .impact = impact_of(slot, scale) };
	}
	return (struct doc_terms){ maker->items, maker->names, maker->count, maker->name_count };
}
