/* progress_testing.h - for the tests: who looks how far it is. It rises; watch: it is never said to be done; watch_to_the_end: it may be. */
#ifndef NUM_PROGRESS_TESTING_H
#define NUM_PROGRESS_TESTING_H

#include "base/testing.h"
#include "num/progress.h"

struct watching {
	struct progress hook;
	double last;
	size_t told;
};

static inline void watch_to_the_end(struct progress *self, double share)
{
	struct watching *w = (struct watching *)self;

	assert_true(share >= w->last && share <= 1);
	w->last = share;
	w->told++;
}

static inline void watch(struct progress *self, double share)
{
	assert_true(share < 1);
	watch_to_the_end(self, share);
}

#endif
