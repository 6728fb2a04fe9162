/* product_value.h - what a customer is still worth: how often will they buy (BG/NBD: Fader, Hardie and Lee, Marketing Science 24, 2005) and for
 * how much (Gamma-Gamma: Fader and Hardie, "The Gamma-Gamma Model of Monetary Value", 2013). For shops without contracts: a customer
 * buys at a rate of their own, and after each purchase may be gone for good, which nobody sees. */
#ifndef MINE_PRODUCT_VALUE_H
#define MINE_PRODUCT_VALUE_H

#include "mine/product.h"

extern const struct problem value_unfit; /* 422: fewer than two customers, or one whose repeats, last time and age do not go together */
extern const struct problem value_flat;  /* 422: the likelihood has no top: nobody comes back, or all do alike */

/* Repeats: days with a purchase after the first. last: of the last purchase, age: of today, both since the first purchase and in one unit,
 * such as weeks; 0 <= last <= age, and last is 0 where there is no repeat. spent: mean amount of such a day; 0 without repeats. */
struct customer {
	double repeats, last, age, spent;
};

/* From purchases up to and with day `until`, in units of unit days; who bought nothing by then has age -1 and belongs to nothing.
 * Purchases of one day are one. ret: (customers) */
problem customers_of(struct arena *arena, const struct purchases *p, int32_t until, double unit, struct customer *ret) MUST;

/* Rates are gamma (r, alpha), chances to be gone after a purchase beta (a, b). */
struct bgnbd {
	double r, alpha, a, b, log_likelihood;
};
double bgnbd_log_likelihood(const struct bgnbd *m, const struct customer *c, size_t n);
problem bgnbd_fit(const struct customer *c, size_t n, struct bgnbd *ret) MUST; /* by maximum likelihood */
double bgnbd_alive(const struct bgnbd *m, const struct customer *c);                    /* the chance that they will buy again */
double bgnbd_expected(const struct bgnbd *m, const struct customer *c, double time);    /* purchases in the time to come */
double bgnbd_expected_new(const struct bgnbd *m, double time);                          /* repeats of a new customer */

/* An amount is gamma (p, nu) with nu gamma (q, gamma), the same for all of a customer's purchases. */
struct gamma_gamma {
	double p, q, gamma, log_likelihood;
};
double gamma_gamma_log_likelihood(const struct gamma_gamma *m, const struct customer *c, size_t n);
problem gamma_gamma_fit(const struct customer *c, size_t n, struct gamma_gamma *ret) MUST; /* of those with repeats, all of whom spent more than 0 */
double gamma_gamma_expected(const struct gamma_gamma *m, const struct customer *c); /* mean amount of their purchases; NaN where q <= 1 */

#endif
