/* graph_fuzz.c - vectors of a graph as anybody may have written them, length and checksum put right: they are refused, or score every thing by a number,
 * and names are within the file. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model_file.h"
#include "rec/graph_embedding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct graph_embedding *m, size_t size)
{
	float *scores = malloc((m->thing.rows + 1) * sizeof *scores);

	if (!scores)
		abort();
	for (uint32_t i = 0; m->relation.rows && i < m->thing.rows && i < 4; i++) {
		graph_embedding_score(m, (struct graph_query){ i, (uint32_t)(i % m->relation.rows), i % 2 }, scores);
		assert(isfinite(scores[i]));
	}
	for (uint32_t i = 0; m->thing_names && i < m->thing.rows; i++)
		assert(m->thing_names[i].length <= size);
	free(scores);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct graph_embedding m;
	struct saved saved;

	if (!saved_open((struct text){ (const char *)file, size }, GRAPH_EMBEDDING_SAVED, GRAPH_EMBEDDING_VERSION, &saved) && !graph_embedding_load(arena, &saved, &m)) {
		ask(&m, size);
		graph_embedding_free(&m);
	}
	arena_free(arena);
	free(file);
	return 0;
}
