/* postings.h - which documents hold a term, and how much it says about each: written once, then only read.
 *
 * A list: its length (varint), for more than one block a directory of {last document, end of block}, then blocks of
 * POSTINGS_BLOCK: the impacts, then the distances between documents (varint). A term of one document has no list: it
 * stands in the term itself. */
#ifndef SEARCH_POSTINGS_H
#define SEARCH_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POSTINGS_BLOCK = 128 };

/* Terms are sorted by key. `where` is an offset into the lists or, with POSTING_ALONE, the only posting. */
struct term {
	uint32_t key_high, where;
	uint16_t key_low;
};
#define POSTING_ALONE 0x80000000u
enum { POSTING_DOCUMENTS_MAX = 1 << 23 };

static inline uint64_t term_key_of(const struct term *term)
{
	return (uint64_t)term->key_high << 16 | term->key_low;
}

struct postings_maker {
	struct term *terms;
	size_t term_count, term_room;
	uint8_t *lists;
	size_t length, room;
	uint64_t count;
};
/* One more term, with a key above all before it; documents ascend, count >= 1. */
void postings_add(struct postings_maker *maker, uint64_t key, const uint32_t *docs, const uint8_t *impacts,
		  size_t count);

struct cursor {
	const uint8_t *impact, *distance; /* of the next posting */
	const uint8_t *directory, *data;
	uint32_t doc, impact_now;     /* where it stands */
	uint32_t left_in_block, left; /* behind where it stands */
	uint32_t block;
};
enum { CURSOR_END = UINT32_MAX };

size_t postings_length(const uint8_t *lists, const struct term *term);
/* Stands on the first posting. */
void cursor_open(struct cursor *cursor, const uint8_t *lists, const struct term *term);
/* To the next block's first posting, or the end. */
void cursor_next_block(struct cursor *cursor);
/* To the first posting of a document not below `doc`; never back. */
void cursor_seek(struct cursor *cursor, uint32_t doc);

static inline uint32_t cursor_distance(struct cursor *c)
{
	uint32_t value = *c->distance++;

	if (value < 0x80)
		return value;
	value &= 0x7F;
	for (unsigned shift = 7;; shift += 7) {
		uint8_t byte = *c->distance++;

		value |= (uint32_t)(byte & 0x7F) << shift;
		if (byte < 0x80)
			return value;
	}
}

static inline void cursor_next(struct cursor *c)
{
	if (!c->left_in_block) {
		cursor_next_block(c);
		return;
	}
	c->left_in_block--;
	c->doc += cursor_distance(c);
	c->impact_now = *c->impact++;
}

#endif
