/* memory.h - arrays too large for an arena: zeroed, of malloc, freed by whoever asked. Out of memory aborts. */
#ifndef NUM_MEMORY_H
#define NUM_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

static inline void *array_of(size_t count, size_t each)
{
	void *p = calloc(count ? count : 1, each);

	if (!p)
		abort();
	return p;
}

#endif
