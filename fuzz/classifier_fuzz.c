/* classifier_fuzz.c - a classifier as anybody may have written it, its length and checksum put right: it is refused, or every row that its
 * columns allow has a chance from 0 to 1, and reasons that are finite. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model_file.h"
#include "mine/classify.h"

enum { ROWS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A row of first words and far numbers, one of last words, one of holes. */
static struct frame frame_for(struct arena *arena, const struct encoder *e)
{
	struct frame f = { .rows = ROWS, .columns = e->count, .row = FRAME_ARRAY(arena, size_t, ROWS), .ord = FRAME_ARRAY(arena, double, ROWS * e->count) };

	for (size_t j = 0; j < e->count; j++) {
		double *at = f.ord + j * ROWS;

		at[0] = e->feature[j].is_words ? 0 : 1.7e308;
		at[1] = e->feature[j].is_words ? (double)e->feature[j].level_count - 1 : -3;
		at[2] = NAN;
	}
	return f;
}

static void ask(struct arena *arena, const struct classifier *m)
{
	static struct threads *one;
	struct frame f = frame_for(arena, &m->encoder);
	double chance[ROWS], *reason = FRAME_ARRAY(arena, double, m->encoder.count);

	if (!one)
		one = threads_start(1);
	classify(m, &f, one, NULL, chance);
	for (size_t i = 0; i < ROWS; i++) {
		assert(chance[i] >= 0 && chance[i] <= 1);
		if (m->kind == CLASSIFY_RADIAL)
			continue;
		classify_reasons(m, &f, i, reason);
		for (size_t j = 0; j < m->encoder.count; j++)
			assert(isfinite(reason[j]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct classifier m;
	struct saved saved;

	if (!saved_open((struct text){ (const char *)file, size }, CLASSIFIER_KIND, CLASSIFIER_VERSION, &saved) && !classifier_load(arena, &saved, &m))
		ask(arena, &m);
	arena_free(arena);
	free(file);
	return 0;
}
