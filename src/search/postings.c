/* postings.c - lists of documents, packed. Directory entries are read by memcpy: nothing is aligned. */
#include "search/postings.h"

#include <assert.h>

#include "search/memory.h"

struct block_entry {
	uint32_t last, end; /* end: offset behind the block, from the first block on */
};

static uint8_t *put_varint(uint8_t *at, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	return at;
}

static const uint8_t *get_varint(const uint8_t *at, uint32_t *ret)
{
	uint32_t value = 0;
	unsigned shift = 0;

	for (; *at >= 0x80; shift += 7)
		value |= (uint32_t)(*at++ & 0x7F) << shift;
	*ret = value | (uint32_t)*at << shift;
	return at + 1;
}

static uint8_t *put_block(uint8_t *at, const uint32_t *docs, const uint8_t *impacts, size_t count, uint32_t before)
{
	memcpy(at, impacts, count);
	at += count;
	for (size_t i = 0; i < count; i++) {
		at = put_varint(at, docs[i] - before);
		before = docs[i];
	}
	return at;
}

static void put_list(struct postings_maker *maker, const uint32_t *docs, const uint8_t *impacts, size_t count)
{
	size_t blocks = (count + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK;
	uint8_t *at, *directory, *data;

	maker->lists = memory_grow(maker->lists, 1, maker->length, 5 + blocks * sizeof(struct block_entry) + count * 6,
				   &maker->room);
	directory = put_varint(maker->lists + maker->length, (uint32_t)count);
	at = data = directory + (blocks > 1 ? blocks * sizeof(struct block_entry) : 0);
	for (size_t b = 0; b < blocks; b++) {
		size_t first = b * POSTINGS_BLOCK, n = count - first < POSTINGS_BLOCK ? count - first : POSTINGS_BLOCK;
		struct block_entry entry = { .last = docs[first + n - 1] };

		at = put_block(at, docs + first, impacts + first, n, b ? docs[first - 1] : 0);
		entry.end = (uint32_t)(at - data);
		if (blocks > 1)
			memcpy(directory + b * sizeof entry, &entry, sizeof entry);
	}
	maker->length = (size_t)(at - maker->lists);
}

void postings_add(struct postings_maker *maker, uint64_t key, const uint32_t *docs, const uint8_t *impacts,
		  size_t count)
{
	struct term *term;

	assert(count && docs[count - 1] < POSTING_DOCUMENTS_MAX && maker->length < POSTING_ALONE);
	maker->terms = memory_grow(maker->terms, sizeof *term, maker->term_count, 1, &maker->term_room);
	term = &maker->terms[maker->term_count++];
	*term = (struct term){ .key_high = (uint32_t)(key >> 16),
			       .key_low = (uint16_t)key,
			       .where = (uint32_t)maker->length };
	maker->count += count;
	if (count == 1)
		term->where = POSTING_ALONE | docs[0] << 8 | impacts[0];
	else
		put_list(maker, docs, impacts, count);
}

size_t postings_length(const uint8_t *lists, const struct term *term)
{
	uint32_t count;

	if (term->where & POSTING_ALONE)
		return 1;
	get_varint(lists + term->where, &count);
	return count;
}

static struct block_entry entry_of(const struct cursor *c, uint32_t block)
{
	struct block_entry entry;

	memcpy(&entry, c->directory + block * sizeof entry, sizeof entry);
	return entry;
}

/* Stands on the first posting of c->block; `left` counts what is behind it. */
static void enter_block(struct cursor *c, uint32_t count, uint32_t before, const uint8_t *start)
{
	uint32_t n = count < POSTINGS_BLOCK ? count : POSTINGS_BLOCK;

	c->impact = start;
	c->distance = start + n;
	c->left = count - n;
	c->left_in_block = n - 1;
	c->doc = before + cursor_distance(c);
	c->impact_now = *c->impact++;
}

void cursor_open(struct cursor *c, const uint8_t *lists, const struct term *term)
{
	uint32_t count, blocks;

	*c = (struct cursor){ 0 };
	if (term->where & POSTING_ALONE) {
		c->doc = (term->where & ~POSTING_ALONE) >> 8;
		c->impact_now = term->where & 0xFF;
		return;
	}
	c->directory = get_varint(lists + term->where, &count);
	blocks = (count + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK;
	c->data = c->directory + (blocks > 1 ? blocks * sizeof(struct block_entry) : 0);
	enter_block(c, count, 0, c->data);
}

static void move_to_block(struct cursor *c, uint32_t block)
{
	struct block_entry before = entry_of(c, block - 1);
	uint32_t count = c->left - (block - c->block - 1) * POSTINGS_BLOCK;

	c->block = block;
	enter_block(c, count, before.last, c->data + before.end);
}

void cursor_next_block(struct cursor *c)
{
	if (c->left)
		move_to_block(c, c->block + 1);
	else
		c->doc = CURSOR_END;
}

void cursor_seek(struct cursor *c, uint32_t doc)
{
	uint32_t blocks_left = (c->left + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK, block = c->block;

	while (blocks_left && c->doc < doc && entry_of(c, block).last < doc)
		block++, blocks_left--;
	if (block != c->block)
		move_to_block(c, block);
	while (c->doc < doc)
		cursor_next(c);
}
