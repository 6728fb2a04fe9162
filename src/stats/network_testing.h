/* network_testing.h - published networks of ../shared/data/mining/bif, and rows drawn from them. */
#ifndef STATS_NETWORK_TESTING_H
#define STATS_NETWORK_TESTING_H

#include "base/buffer.h"
#include "stats/network.h"
#include "stats/testing.h"

/* A published network; false without the file */
static inline bool mining_network(struct arena *to, const char *name, struct network *ret)
{
	struct text bytes;
	char path[128];
	size_t line;

	snprintf(path, sizeof path, "bif/%s.bif.gz", name);
	bytes = mining_text(to, path, "");
	if (!bytes.at)
		return false;
	assert_done(network_read_bif(to, bytes, ret, &line));
	return true;
}

/* The rows of a sample as states of the network; NULL without the file */
static inline const unsigned **mining_rows(struct arena *to, const char *name, const struct network *n, size_t rows)
{
	const unsigned **ret = ARENA_ARRAY(to, const unsigned *, n->count);
	unsigned **columns = ARENA_ARRAY(to, unsigned *, n->count);
	size_t *at = ARENA_ARRAY(to, size_t, n->count);
	char path[128], line[1 << 14];
	struct text rest;
	gzFile file;

	snprintf(path, sizeof path, "bif/sample20000_%s.csv.gz", name);
	file = mining_open(path);
	if (!file || !gzgets(file, line, sizeof line))
		return NULL;
	rest = text_trim(text_of(line));
	for (size_t j = 0; rest.at; j++) {
		at[j] = network_find(n, text_cut(&rest, ','));
		assert_true(at[j] < n->count);
		ret[at[j]] = columns[at[j]] = ARENA_ARRAY(to, unsigned, rows);
	}
	for (size_t i = 0; i < rows; i++) {
		assert_non_null(gzgets(file, line, sizeof line));
		rest = text_trim(text_of(line));
		for (size_t j = 0; rest.at; j++)
			columns[at[j]][i] = (unsigned)strtoul(text_cut(&rest, ',').at, NULL, 10); /* states by their place */
	}
	gzclose(file);
	return ret;
}

#endif
