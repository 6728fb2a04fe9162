/* recommender_fuzz.c - a recommender as anybody may have written it, its length and checksum put right: it is refused, or it proposes to whoever had
 * something, with reasons, and its names are within the file. */
#include <assert.h>
#include <stdlib.h>

#include "model_file.h"
#include "rec/recommender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Numbers may be so large that scores overflow: no promise is made of their values, but of where is read and written. */
static void ask(const struct recommender *r)
{
	uint32_t had[2] = { 0, r->items - 1 };
	struct history h = { had, NULL, r->items > 1 ? 2 : r->items };
	struct topk_found found[5];
	struct top top = { 5, 0, found };
	float shares[2];

	recommender_top(r, &h, &top);
	assert(top.count + h.count <= r->items);
	for (size_t i = 0; i < top.count; i++) {
		assert(found[i].item < r->items);
		if (!recommender_reasons(r, &h, found[i].item, shares))
			recommender_of_everybody(r, found[i].item);
	}
	h.count = 0;
	recommender_top(r, &h, &top);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct threads *one;
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct recommender r;
	struct saved saved;

	if (!one)
		one = threads_start(1);
	if (!saved_open((struct text){ (const char *)file, size }, RECOMMENDER_SAVED, RECOMMENDER_VERSION, &saved) &&
	    !recommender_load(arena, one, &saved, &r)) {
		ask(&r);
		recommender_free(&r);
	}
	arena_free(arena);
	free(file);
	return 0;
}
