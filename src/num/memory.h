/* memory.h - arrays too large for an arena, and how much memory there is at all. */
#ifndef NUM_MEMORY_H
#define NUM_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/* Zeroed, of malloc, freed by whoever asked. Out of memory aborts. */
static inline void *array_of(size_t count, size_t each)
{
	void *p = calloc(count ? count : 1, each);

	if (!p)
		abort();
	return p;
}

enum { MEMORY_LINE = 64, MEMORY_LARGE_PAGE = 1 << 21 };

/* A wish that what lies there, from a large page's begin on, lies on large pages: rows that are walked far from each other are then found
 * sooner. Where the system has none, nothing happens. */
void memory_ask_large_pages(void *at, size_t bytes);

/* Not zeroed, of malloc, freed by whoever asked; from a cache line's begin on, or from that of a large page where there is more than one.
 * Out of memory aborts. */
void *memory_large(size_t bytes);

/* How many bytes this process may have: those of the machine, or of the container that it is in (Linux' control groups: memory.max of version 2,
 * memory.limit_in_bytes of version 1, of its group and those above it), whichever are fewest. 0: nobody says. Swap is not counted.
 * root: the folder under which proc and sys lie, "" those of the machine. */
size_t memory_there(const char *root);

#endif
