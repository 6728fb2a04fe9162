/* baskets_fuzz.c - baskets as anybody may send them: refused with a line within the file, or sorted, each item once, and mined without
 * harm within the limits that were given. */
#include <assert.h>

#include "mine/sets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_baskets(const struct baskets *b, const uint32_t *numbers)
{
	assert(b->start[0] == 0);
	for (size_t i = 0; i < b->count; i++) {
		for (size_t k = b->start[i]; k < b->start[i + 1]; k++)
			assert(b->item[k] < b->items && (k == b->start[i] || b->item[k] > b->item[k - 1]));
	}
	for (size_t i = 1; i < b->items; i++)
		assert(numbers[i] > numbers[i - 1]);
}

static void mine(const struct baskets *b, enum set_kind kind, struct sets_summary *sum)
{
	const struct sets_options o = { .kind = kind, .support = 2, .most = 100000, .memory = 16 << 20 };
	problem why = sets_mine(b, &o, NULL, NULL, sum);

	assert(!why || why == &sets_many || why == &sets_long || why == &sets_memory);
	assert(sum->count <= o.most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 << 20);
	struct baskets b;
	struct sets_summary sum;
	const uint32_t *numbers;
	size_t line = 0;
	problem why = baskets_read(arena, (struct text){ (const char *)data, size }, &b, &numbers, &line);

	assert(!why || (line > 0 && line <= size + 1));
	if (!why) {
		check_baskets(&b, numbers);
		for (int kind = FREQUENT_SETS; kind <= MAXIMAL_SETS; kind++)
			mine(&b, (enum set_kind)kind, &sum);
	}
	arena_free(arena);
	return 0;
}
