/* progress_testing.h - for the tests: who looks how far it is. It rises, and is never said to be done. */
#ifndef MINE_PROGRESS_TESTING_H
#define MINE_PROGRESS_TESTING_H

#include "num/progress.h"
#include "num/testing.h"

struct watching {
	struct progress hook;
	double last;
	size_t told;
};

static inline void watch(struct progress *self, double share)
{
	struct watching *w = (struct watching *)self;

	assert_true(share >= w->last && share < 1);
	w->last = share;
	w->told++;
}

#endif
