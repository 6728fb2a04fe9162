/* optimiser.h - how weights follow a gradient g, number by number: so any split of them over threads gives the same. */
#ifndef REC_OPTIMISER_H
#define REC_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

/* Adagrad (Duchi, Hazan and Singer, JMLR 12, 2011): sum += g^2, w -= rate g / sqrt(sum + 1e-12). */
void adagrad_step(double rate, float *w, float *sum, const float *g, size_t n);

/* Adam (Kingma and Ba, arXiv 1412.6980), betas .9 and .999, epsilon 1e-8; its correction for the start is folded into two factors. */
struct adam { float rate, root; };
struct adam adam_at(double rate, uint64_t step); /* step: 1, 2, ... */
void adam_step(struct adam a, float *w, float *first, float *second, const float *g, size_t n);

#endif
