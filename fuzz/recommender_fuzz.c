/* recommender_fuzz.c - a recommender as anybody may have written it, its length and checksum put right: it is refused, or it proposes to whoever had
 * something, with reasons, and its names are within the file. So are the files of a blend's members put right. */
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
			recommender_of_everybody(r, &h, found[i].item);
	}
	h.count = 0;
	recommender_top(r, &h, &top);
}

/* Files in the file, those of a blend's members, the innermost first; then the whole. */
static void mend_members(uint8_t *file, size_t size)
{
	enum { ALIGNED = 64, MAGIC = 8, LENGTH_AT = 48 };

	for (size_t at = size / ALIGNED * ALIGNED; at >= ALIGNED; at -= ALIGNED) {
		uint64_t length;

		if (size - at < ALIGNED || memcmp(file + at, file, MAGIC) != 0)
			continue;
		memcpy(&length, file + at + LENGTH_AT, sizeof length);
		if (length <= size - at)
			mend(file + at, (size_t)length);
	}
	mend(file, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct threads *one;
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct recommender r;
	struct saved saved;

	mend_members(file, size);
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
