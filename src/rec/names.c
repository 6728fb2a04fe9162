#include "rec/names.h"

#include <stdlib.h>

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
		return &interactions_cell;
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
