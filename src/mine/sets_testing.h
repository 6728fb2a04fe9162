/* sets_testing.h - for the tests: baskets of fim/, where they are beside the source. */
#ifndef MINE_SETS_TESTING_H
#define MINE_SETS_TESTING_H

#include "mine/baskets.h"
#include "stats/testing.h"

static inline bool task_read(struct arena *to, const char *name, struct baskets *ret)
{
	char path[128];
	const uint32_t *numbers;
	struct text bytes;
	size_t line;

	snprintf(path, sizeof path, "fim/%s.dat.gz", name);
	bytes = mining_text(to, path, "");
	if (!bytes.at)
		return false;
	assert_done(baskets_read(to, bytes, ret, &numbers, &line));
	return true;
}

#endif
