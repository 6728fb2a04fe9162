/* random.h - random numbers that follow from a seed and a place, not from the order in which they are drawn: so a result is the same
 * for any number of threads. SplitMix64 in its counter form (Steele, Lea and Flood, OOPSLA 2014). */
#ifndef NUM_RANDOM_H
#define NUM_RANDOM_H

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_bits(uint64_t k)
{
	uint64_t z = (k + 1) * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static inline double random_unit_of(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; } /* [0, 1) */

/* The numbers of one thing (a row, a tree, a user): copy it and the same come again. */
struct random {
	uint64_t key, next;
};

static inline struct random random_of(uint64_t seed, uint64_t thing)
{
	return (struct random){ .key = random_bits(random_bits(seed) + thing) };
}

static inline uint64_t random_next(struct random *r) { return random_bits(r->key + r->next++); }
static inline double random_unit(struct random *r) { return random_unit_of(random_next(r)); }

/* [0, n), each as likely as the others (Lemire, ACM TOMACS 29, 2019); n > 0 */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
	uint64_t wide;

	assert(n > 0);
	do
		wide = (random_next(r) >> 32) * n;
	while ((uint32_t)wide < -n % n);
	return (uint32_t)(wide >> 32);
}

/* Standard normal (Box and Muller): two numbers are drawn for each. */
static inline double random_normal(struct random *r)
{
	double radius = sqrt(-2 * log(1 - random_unit(r)));

	return radius * cos(2 * M_PI * random_unit(r));
}

static inline void random_shuffle(struct random *r, uint32_t *at, uint32_t count)
{
	for (uint32_t i = count; i > 1; i--) {
		uint32_t other = random_below(r, i), held = at[i - 1];

		at[i - 1] = at[other];
		at[other] = held;
	}
}

#endif
