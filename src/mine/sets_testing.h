/* sets_testing.h - for the tests: baskets of fim/, where they are beside the source. */
#ifndef MINE_SETS_TESTING_H
#define MINE_SETS_TESTING_H

#include "base/buffer.h"
#include "mine/baskets.h"
#include "stats/testing.h"

static inline bool task_read(struct arena *arena, const char *name, struct baskets *ret)
{
	struct buffer all = BUFFER(64 << 20);
	char path[128], piece[1 << 16];
	const uint32_t *numbers;
	size_t line;
	gzFile file;
	int n;

	snprintf(path, sizeof path, "fim/%s.dat.gz", name);
	file = mining_open(path);
	if (!file)
		return false;
	while ((n = gzread(file, piece, sizeof piece)) > 0)
		buffer_add(&all, (struct text){ piece, (size_t)n });
	gzclose(file);
	assert_done(baskets_read(arena, arena_text(arena, buffer_text(&all)), ret, &numbers, &line));
	buffer_free(&all);
	return true;
}

#endif
