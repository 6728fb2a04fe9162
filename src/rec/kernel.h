/* kernel.h - for the files whose loops over arrays cost, most of them marked EACH_WIDTH. Includes stand above this one, since what stands below
 * it is compiled for vectors: no rounding differs by that, but errno is not set and no exception flag is meant. */
#ifndef REC_KERNEL_H
#define REC_KERNEL_H

#include <stdint.h>
#include <string.h>

#include "num/widths.h"

#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize("O3", "no-math-errno", "no-trapping-math")
#endif

/* Functions without a branch or a call, so that loops of them become vectors. */

/* e^x, to 2 units in the last place, by 2^n e^r, |r| <= ln 2 / 2, and the polynomial of Cephes' expf */
static inline float exp_of(float x)
{
	const float shift = 12582912.0f; /* 1.5 2^23: what is added to it is rounded to a whole number, in the low bits */
	float at_least = x < -87.0f ? -87.0f : x, in = at_least > 88.0f ? 88.0f : at_least;
	float t = in * 1.44269504088896341f + shift, n = t - shift;
	float r = in - n * 0.693359375f + n * 2.12194440e-4f;
	float p = 1.9875691500e-4f;
	uint32_t bits;

	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	memcpy(&bits, &t, sizeof bits);
	bits = (bits + 127) << 23;
	memcpy(&t, &bits, sizeof t);
	return p * t;
}

/* 1 / sqrt(x) to 1e-6 of it, x >= 1e-30, by Newton's steps from a guess by the exponent */
static inline float root_under_1(float x)
{
	uint32_t bits;
	float y;

	memcpy(&bits, &x, sizeof bits);
	bits = 0x5f375a86u - (bits >> 1);
	memcpy(&y, &bits, sizeof y);
	for (int i = 0; i < 3; i++)
		y *= 1.5f - 0.5f * x * y * y;
	return y;
}

#endif
