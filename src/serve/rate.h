/* rate.h - token buckets, a fixed number of them: a bucket that is nearly full again is the one to be forgotten, so an
 * attacker with many addresses costs no memory and frees nobody who is at his limit. */
#ifndef SERVE_RATE_H
#define SERVE_RATE_H

#include "base/text.h"

struct rates;

struct rate {
	double per_second, burst;
};

struct rates *rates_new(const unsigned char seed[16]);
void rates_free(struct rates *rates); /* NULL is fine */
/* Takes a token from the bucket of `who` (any bytes) and `kind`. False: none there; *ret_wait_s until the next. */
bool rates_take(struct rates *rates, struct text who, unsigned kind, struct rate rate, int64_t now_us, int64_t *ret_wait_s);
/* An address without its host part: an IPv6 customer owns a /64, so that is the unit. out holds 64 bytes. */
struct text rate_address(struct text peer, char *out);

#endif
