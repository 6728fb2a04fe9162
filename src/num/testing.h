/* testing.h - for the tests of numbers: an arena, and two threads where they are wanted, from the first test to the last. */
#ifndef NUM_TESTING_H
#define NUM_TESTING_H

#include "base/arena.h"
#include "base/testing.h"
#include "num/threads.h"

static struct arena *arena; /* with room for what public data need */
static struct threads *two;

static inline int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)6 << 30);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static inline int setup_threads(void **state)
{
	two = threads_start(2);
	return setup(state);
}

static inline int teardown_threads(void **state)
{
	threads_stop(two);
	return teardown(state);
}

#endif
