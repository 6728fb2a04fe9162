/* names.h - words and the numbers that they get in the order in which they come, by their hash; and names in a model file. */
#ifndef REC_NAMES_H
#define REC_NAMES_H

#include "base/arena.h"
#include "base/problem.h"
#include "num/saved.h"

struct names {
	struct text *words;  /* (count) by their numbers; not owned */
	size_t count, room;
	size_t most;         /* so many different ones at most: set by who begins */
	uint32_t *slots;     /* each has the number of its word, from 1 */
	size_t slot_count;   /* a power of 2, or 0 */
};

/* The number of the word, which must stay where it is: a new one if it is new. Problems: interactions_empty, interactions_large. */
MUST problem names_add(struct names *n, struct text word, uint32_t *ret);

uint32_t names_find(const struct names *n, struct text word); /* count: there is none */
struct text *names_keep(struct arena *arena, const struct names *n); /* (count) */
void names_free(struct names *n); /* for CLEANUP too */

/* ---- a few asked for, one by one; without names (NULL) they are their numbers ---- */

uint32_t names_number(const struct text *names, size_t count, struct text name); /* count: there is none */
struct text names_word(const struct text *names, uint32_t number, char out[TEXT_INT_MAX]);

/* Names in a file are two arrays: all their bytes one behind the other, and where each ends. */
struct names_saved {
	const char *ends, *bytes; /* the arrays' names */
	size_t count;
};
void names_save(const struct text *names, const struct names_saved *as, struct buffer *b);
/* Copies in the arena. *ret NULL: the file has neither array, they are numbers. */
MUST problem names_load(struct arena *arena, const struct saved *s, const struct names_saved *as, struct text **ret);

#endif
