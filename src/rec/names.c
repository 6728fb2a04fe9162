#include "rec/names.h"

#include <stdlib.h>

#include "num/memory.h"
#include "rec/interactions.h"

static size_t slot_of(const struct names *n, struct text word)
{
	size_t at = text_digest(word) & (n->slot_count - 1);

	while (n->slots[at] && !text_eq(n->words[n->slots[at] - 1], word))
		at = (at + 1) & (n->slot_count - 1);
	return at;
}

static void grow(struct names *n)
{
	n->room = n->room ? 2 * n->room : 256;
	n->words = reallocarray(n->words, n->room, sizeof *n->words);
	free(n->slots);
	n->slot_count = 2 * n->room;
	n->slots = calloc(n->slot_count, sizeof *n->slots);
	if (!n->words || !n->slots)
		abort();
	for (size_t i = 0; i < n->count; i++)
		n->slots[slot_of(n, n->words[i])] = (uint32_t)i + 1;
}

problem names_add(struct names *n, struct text word, uint32_t *ret)
{
	size_t at;

	if (!word.length)
		return &interactions_empty;
	if (n->count == n->room)
		grow(n);
	at = slot_of(n, word);
	if (!n->slots[at]) {
		if (n->count == n->most)
			return &interactions_large;
		n->words[n->count++] = word;
		n->slots[at] = (uint32_t)n->count;
	}
	*ret = n->slots[at] - 1;
	return NULL;
}

uint32_t names_find(const struct names *n, struct text word)
{
	uint32_t slot = n->count ? n->slots[slot_of(n, word)] : 0;

	return slot ? slot - 1 : (uint32_t)n->count;
}

struct text *names_keep(struct arena *arena, const struct names *n)
{
	struct text *ret = ARENA_ARRAY(arena, struct text, n->count);

	memcpy(ret, n->words, n->count * sizeof *ret);
	return ret;
}

void names_free(struct names *n)
{
	free(n->words);
	free(n->slots);
	*n = (struct names){ 0 };
}

uint32_t names_number(const struct text *names, size_t count, struct text name)
{
	int64_t number;
	uint32_t i = 0;

	if (!names)
		return text_to_int(name, &number) && number >= 0 && number < (int64_t)count ? (uint32_t)number : (uint32_t)count;
	while (i < count && !text_eq(names[i], name))
		i++;
	return i;
}

struct text names_word(const struct text *names, uint32_t number, char out[TEXT_INT_MAX])
{
	return names ? names[number] : text_of_int(number, out);
}

/* ---- as part of a file ---- */

void names_save(const struct text *names, const struct names_saved *as, struct buffer *b)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(b->max);
	int64_t *ends = array_of(as->count, sizeof *ends);

	for (size_t i = 0; i < as->count; i++) {
		buffer_add(&all, names[i]);
		ends[i] = (int64_t)all.length;
	}
	saved_add(b, as->ends, SAVED_I64, ends, as->count);
	saved_add(b, as->bytes, SAVED_U8, buffer_text(&all).at, all.length);
	free(ends);
	if (all.why)
		b->why = all.why;
}

problem names_load(struct arena *arena, const struct saved *s, const struct names_saved *as, struct text **ret)
{
	const void *at, *bytes;
	const int64_t *ends;
	size_t count, length;
	int64_t from = 0;
	problem no_ends = saved_array(s, as->ends, SAVED_I64, &count, &at), no_bytes = saved_array(s, as->bytes, SAVED_U8, &length, &bytes);

	*ret = NULL;
	if (no_ends && no_bytes)
		return NULL;
	if (no_ends || no_bytes || count != as->count)
		return &saved_lacks;
	ends = at;
	*ret = ARENA_ARRAY(arena, struct text, count);
	for (size_t i = 0; i < count; from = ends[i++]) {
		if (ends[i] < from || ends[i] > (int64_t)length)
			return &saved_damaged;
		(*ret)[i] = arena_text(arena, (struct text){ (const char *)bytes + from, (size_t)(ends[i] - from) });
		if (!text_is_utf8((*ret)[i]))
			return &saved_damaged;
	}
	return NULL;
}
