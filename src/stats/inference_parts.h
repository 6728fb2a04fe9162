/* inference_parts.h - what the files of tests share. */
#ifndef STATS_INFERENCE_PARTS_H
#define STATS_INFERENCE_PARTS_H

#include "stats/inference.h"

struct finding finding__none(void);
struct side finding__lower(struct tails p);
struct side finding__upper(struct tails p);
void finding__by_t(const struct distribution *t, struct finding *ret); /* all p from verdict.statistic */
/* p of a distribution over 0, 1, ..., last, when `at` was seen: both sides, and twice the smaller. less: is `at` small? */
void finding__by_chances(const real *chances, size_t last, size_t at, struct finding *ret);
double finding__normal(double level); /* z of a two-sided interval; NaN where the level is none */
double finding__beta_quantile(enum tail tail, double p, double a, double b);
bool finding__all_finite(const double *x, size_t n);
/* By z, all sides; or the upper tail of chi-square. */
void finding__by_normal(real z, struct finding *ret);
problem finding__by_chi_square(real statistic, double freedom, struct finding *ret) MUST;

#endif
