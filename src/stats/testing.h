/* testing.h - for the tests of numbers: what lies in ../shared/data/mining beside the source, and nearness in relative terms. */
#ifndef STATS_TESTING_H
#define STATS_TESTING_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/testing.h"

#include <math.h>
#include <zlib.h>

#define assert_near(value, truth) assert_within((value), (truth), 1e-10)

#define assert_within(value, truth, relative) \
	do { \
		double value_ = (value), truth_ = (truth); \
		if (!(fabs(value_ - truth_) <= (relative) * fabs(truth_))) { \
			print_error("got %.17g, wanted %.17g\n", value_, truth_); \
			_fail(__FILE__, __LINE__); \
		} \
	} while (0)

/* NULL, and a word about it, where the file is not */
static inline gzFile mining_open(const char *name)
{
	const char *source = getenv("ZHIFANG_SOURCE");
	char path[4096];
	gzFile file;

	snprintf(path, sizeof path, "%s/../shared/data/mining/%s", source ? source : ".", name);
	file = gzopen(path, "rb");
	if (!file)
		print_message("[ SKIPPED ] ../shared/data/mining/%s is not beside the source\n", name);
	return file;
}

/* The whole file behind the head, which may be empty; absent, and a word about it, where it is not */
static inline struct text mining_text(struct arena *to, const char *name, const char *head)
{
	gzFile file = mining_open(name);
	CLEANUP(buffer_free) struct buffer bytes = BUFFER(256 << 20);
	char piece[1 << 16];
	int n;

	if (!file)
		return (struct text){ 0 };
	buffer_add(&bytes, text_of(head));
	while ((n = gzread(file, piece, sizeof piece)) > 0)
		buffer_add(&bytes, (struct text){ piece, (size_t)n });
	gzclose(file);
	assert_null(bytes.why);
	return arena_text(to, buffer_text(&bytes));
}

/* One column of a table of tabular/, after its header; words by `number_of`, or as numbers where that is NULL. 0 without the file. */
static inline size_t mining_column(const char *name, char by, int at, double (*number_of)(const char *word), double *ret)
{
	gzFile file = mining_open(name);
	char line[4096];
	size_t n = 0;

	if (!file)
		return 0;
	assert_non_null(gzgets(file, line, sizeof line));
	while (gzgets(file, line, sizeof line)) {
		char *word = line;

		for (int i = 0; i < at; i++)
			word = strchr(word, by) + 1;
		word[strcspn(word, (char[]){ by, '\r', '\n', 0 })] = 0;
		ret[n++] = number_of ? number_of(word) : strtod(word, NULL);
	}
	gzclose(file);
	return n;
}

/* A value of a file of truth/ by its key: behind the last comma. */
static inline double mining_truth_of(const char *name, const char *key)
{
	gzFile file = mining_open(name);
	char line[4096];
	size_t length = strlen(key);
	double value = NAN;

	assert_non_null(file);
	while (gzgets(file, line, sizeof line)) {
		if (!strncmp(line, key, length) && strrchr(line, ',') == line + length)
			value = strtod(line + length + 1, NULL);
	}
	gzclose(file);
	if (isnan(value))
		fail_msg("no truth for %s", key);
	return value;
}

static inline double mining_truth(const char *key) { return mining_truth_of("truth/stats_truth.csv", key); }

#endif
