/* factors_fuzz.c - a model of factors as anybody may have written it, its length and checksum put right: it is refused, or what it says of
 * somebody is a number. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model_file.h"
#include "rec/als.h"
#include "rec/ratings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_als(const struct als *m)
{
	struct arena *arena = arena_new((size_t)1 << 28);
	uint32_t items = (uint32_t)m->items.rows, had[2] = { 0, items - 1 };
	float shares[2];
	struct als_person p;

	als_fold_in(m, arena, &(struct als_events){ items ? 2 : 0, had, NULL }, &p);
	for (uint32_t i = 0; i < items && i < 8; i++) {
		assert(isfinite(als_person_score(m, &p, i)));
		als_reasons(m, arena, &p, &i, 1, shares);
		assert(isfinite(shares[0]) && isfinite(shares[1]));
	}
	arena_free(arena);
}

static void ask_ratings(const struct ratings *m)
{
	for (uint32_t u = 0; u < 4; u++)
		for (uint32_t i = 0; i < 4; i++) {
			double rating = ratings_predict(m, u, i);

			assert(rating >= m->low && rating <= m->high);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct threads *one;
	uint8_t *file = mended(data, size);
	struct text bytes = { (const char *)file, size };
	struct als als;
	struct ratings ratings;

	if (!one)
		one = threads_start(1);
	if (!als_load(one, bytes, &als)) {
		ask_als(&als);
		als_free(&als);
	}
	if (!ratings_load(bytes, &ratings)) {
		ask_ratings(&ratings);
		ratings_free(&ratings);
	}
	free(file);
	return 0;
}
