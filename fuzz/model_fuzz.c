/* model_fuzz.c - a model file as anybody may hand it in, whose checksum fits: it is refused, or it answers about a row of zeros and one of
 * holes with a chance, and its reasons are numbers. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model_file.h"
#include "mine/classify.h"
#include "mine/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two rows: each number and each word the first, and holes everywhere. */
static struct frame two_rows(struct arena *arena, const struct encoder *e)
{
	struct frame f = { .rows = 2, .columns = e->count };

	f.ord = ARENA_ARRAY(arena, double, 2 * e->count);
	for (size_t j = 0; j < e->count; j++)
		f.ord[2 * j + 1] = NAN;
	return f;
}

static void check_trees(struct arena *arena, const struct encoder *e, const struct trees *t)
{
	double *row = ARENA_ARRAY(arena, double, e->count), *reasons = ARENA_ARRAY(arena, double, e->count);

	for (int round = 0; round < 2; round++) {
		double chance = trees_chance(t, row);

		assert(chance >= 0 && chance <= 1);
		assert(isfinite(trees_reasons(t, row, reasons)));
		for (size_t j = 0; j < e->count; j++) {
			assert(isfinite(reasons[j]));
			row[j] = NAN;
		}
	}
	trees_gains(t, reasons);
	for (size_t j = 0; j < e->count; j++)
		assert(reasons[j] >= 0);
}

static void check_classifier(struct arena *arena, const struct classifier *m, struct threads *threads)
{
	struct frame f = two_rows(arena, &m->encoder);
	double chance[2];

	classify(m, &f, threads, NULL, chance);
	assert(chance[0] >= 0 && chance[0] <= 1 && chance[1] >= 0 && chance[1] <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512 << 20);
	uint8_t *file = mended(data, size);
	struct text bytes = { (const char *)file, size };
	struct classifier m;
	struct encoder e;
	struct saved s;
	struct trees t;

	if (!saved_open(bytes, TREES_KIND, TREES_VERSION, &s) && !encoder_load(arena, &s, &e) && !trees_load(arena, &s, e.count, &t))
		check_trees(arena, &e, &t);
	if (!saved_open(bytes, CLASSIFIER_KIND, CLASSIFIER_VERSION, &s) && !classifier_load(arena, &s, &m)) {
		struct threads *threads = threads_start(1);

		check_classifier(arena, &m, threads);
		threads_stop(threads);
	}
	arena_free(arena);
	free(file);
	return 0;
}
