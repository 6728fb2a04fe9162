/* bif_fuzz.c - a Bayesian network as anybody may send it: it is refused with a line, or each row of each table sums to 1, it is written and
 * read again as it was, and a question about its last node has an answer that sums to 1. */
#include <assert.h>
#include <math.h>

#include "stats/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tables(const struct network *n)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct node *node = &n->nodes[i];

		for (size_t row = 0; row < node->rows; row++) {
			double sum = 0;

			for (size_t k = 0; k < node->state_count; k++)
				sum += node->chances[row * node->state_count + k];
			assert(fabs(sum - 1) < 1e-9);
		}
	}
}

static void check_answer(struct arena *arena, const struct network *n)
{
	unsigned known[NETWORK_NODES_MAX];
	double posterior[NETWORK_STATES_MAX], evidence, sum = 0;
	size_t target = n->count - 1;
	problem why;

	for (size_t i = 0; i < n->count; i++)
		known[i] = i % 3 || i == target ? NOT_KNOWN : 0;
	why = network_ask(arena, n, known, target, posterior, &evidence);
	if (why)
		return;
	for (size_t k = 0; k < n->nodes[target].state_count; k++)
		sum += posterior[k];
	assert(fabs(sum - 1) < 1e-9 && evidence > 0 && evidence < 1 + 1e-9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 << 20);
	struct arena *arena = arena_new((size_t)4 << 30);
	struct network n, again;
	size_t line;

	if (!network_read_bif(arena, (struct text){ (const char *)data, size }, &n, &line)) {
		check_tables(&n);
		network_write_bif(&n, &out);
		assert(out.why || !network_read_bif(arena, buffer_text(&out), &again, &line));
		assert(out.why || (again.count == n.count && text_eq(again.nodes[0].name, n.nodes[0].name)));
		check_answer(arena, &n);
	}
	arena_free(arena);
	return 0;
}
