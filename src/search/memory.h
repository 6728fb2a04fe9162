/* memory.h - arrays of the index, which live longer than any request's arena. Out of memory aborts. */
#ifndef SEARCH_MEMORY_H
#define SEARCH_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Room for count items, the old ones kept; `at` may be NULL. */
static inline void *memory_array(void *at, size_t each, size_t count)
{
	void *ret = reallocarray(at, count ? count : 1, each);

	if (!ret)
		abort();
	return ret;
}

static inline void *memory_zeroed(size_t each, size_t count)
{
	void *ret = calloc(count ? count : 1, each);

	if (!ret)
		abort();
	return ret;
}

/* Makes room for `more` items behind `count`, doubling. */
static inline void *memory_grow(void *at, size_t each, size_t count, size_t more, size_t *room)
{
	if (count + more <= *room)
		return at;
	while (count + more > *room)
		*room = *room ? *room * 2 : 64;
	return memory_array(at, each, *room);
}

#endif
