/* money.c - amounts are whole numbers; 128 bits wherever two of them are multiplied. */
#include "base/money.h"
#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_digits(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
	return t.length > 0;
}

bool money_from_yuan(struct text yuan, struct money *ret)
{
	bool has_point = text_find_char(yuan, '.') != SIZE_MAX;
	struct text fraction = yuan, whole = text_cut(&fraction, '.');
	int64_t fen, cents = 0;

	if (!is_digits(whole) || !text_to_int(whole, &fen))
		return false;
	if (has_point) {
		if (!is_digits(fraction) || fraction.length > 2)
			return false;
		cents = (fraction.at[0] - '0') * 10 + (fraction.length == 2 ? fraction.at[1] - '0' : 0);
	}
	if (__builtin_mul_overflow(fen, 100, &fen) || __builtin_add_overflow(fen, cents, &fen))
		return false;
	ret->fen = fen;
	return true;
}

struct text money_to_yuan(struct money m, char *out)
{
	uint64_t fen = m.fen < 0 ? 0 - (uint64_t)m.fen : (uint64_t)m.fen;
	int length = snprintf(out, MONEY_TEXT_MAX, "%s%llu.%02llu", m.fen < 0 ? "-" : "",
			      (unsigned long long)(fen / 100), (unsigned long long)(fen % 100));

	return (struct text){ out, (size_t)length };
}

/* What the division of one share left over. */
struct rest {
	unsigned __int128 rest;
	size_t index;
};

static int larger_rest_first(const void *a, const void *b)
{
	const struct rest *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest < y->rest ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

static void rests_free(struct rest **rests)
{
	free(*rests);
}

void money_split(struct money total, const int64_t *weights, size_t n, struct money *ret)
{
	uint64_t amount = total.fen < 0 ? 0 - (uint64_t)total.fen : (uint64_t)total.fen, left = amount;
	int64_t sign = total.fen < 0 ? -1 : 1;
	CLEANUP(rests_free) struct rest *rests = calloc(n, sizeof *rests);
	unsigned __int128 sum = 0;

	for (size_t i = 0; i < n; i++) {
		assert(weights[i] >= 0);
		sum += (uint64_t)weights[i];
	}
	assert(sum > 0);
	if (!rests)
		abort();
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 share = (unsigned __int128)amount * (uint64_t)weights[i];

		rests[i] = (struct rest){ share % sum, i };
		left -= (uint64_t)(share / sum);
		ret[i].fen = (int64_t)((uint64_t)(share / sum) * (uint64_t)sign);
	}
	qsort(rests, n, sizeof *rests, larger_rest_first);
	for (size_t i = 0; i < left; i++)
		ret[rests[i].index].fen += sign;
}
