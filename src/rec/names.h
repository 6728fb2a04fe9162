/* names.h - words and the numbers that they get in the order in which they come, by their hash. */
#ifndef REC_NAMES_H
#define REC_NAMES_H

#include "base/arena.h"
#include "base/problem.h"

struct names {
	struct text *words;  /* (count) by their numbers; not owned */
	size_t count, room;
	size_t most;         /* so many different ones at most: set by who begins */
	uint32_t *slots;     /* each has the number of its word, from 1 */
	size_t slot_count;   /* a power of 2, or 0 */
};

/* The number of the word, which must stay where it is: a new one if it is new. Problems: interactions_cell (it is empty), interactions_large. */
MUST problem names_add(struct names *n, struct text word, uint32_t *ret);

uint32_t names_find(const struct names *n, struct text word); /* count: there is none */
struct text *names_keep(struct arena *arena, const struct names *n); /* (count) */
void names_free(struct names *n); /* for CLEANUP too */

#endif
