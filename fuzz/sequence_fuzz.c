/* sequence_fuzz.c - a network over sequences as anybody may have written it, its length and checksum put right: it is refused, or it
 * scores every item by a number for whatever was had, and names are within the file. */
#include <assert.h>
#include <stdlib.h>

#include "model_file.h"
#include "rec/sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Weights may be so large that scores overflow: no promise is made of their values, but of where is read and written. */
static void ask(struct sequence_model *m)
{
	struct sequence_live *live = sequence_live_new(m);
	float *scores = malloc(sequence_items(m) * sizeof *scores);

	if (!scores)
		abort();
	sequence_live_score(live, scores);
	for (uint32_t t = 0; t < 5; t++) {
		sequence_live_add(live, t * 7);
		sequence_live_score(live, scores);
	}
	free(scores);
	sequence_live_free(&live);
	sequence_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct sequence_model *m;
	struct text *names;
	struct saved saved;

	if (!saved_open((struct text){ (const char *)file, size }, SEQUENCE_SAVED, SEQUENCE_VERSION, &saved)) {
		if (!sequence_load_names(arena, &saved, &names) && names)
			assert(names[0].length <= size);
		if (!sequence_load(&saved, &m))
			ask(m);
	}
	arena_free(arena);
	free(file);
	return 0;
}
