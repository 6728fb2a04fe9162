/* money.h - an amount in the site's one currency, in its smallest unit; never a float, never a bare integer. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/text.h"

struct money {
	int64_t fen;
};

#define MONEY(fen_) ((struct money){ .fen = (fen_) })
enum { MONEY_TEXT_MAX = 24 };

/* "12.30" -> 1230: digits, at most two decimals, no sign, no blank, no exponent; false on overflow too. */
bool money_from_yuan(struct text yuan, struct money *ret);
/* 1230 -> "12.30"; out holds MONEY_TEXT_MAX. */
struct text money_to_yuan(struct money m, char *out);
/* Shares of total by weights, largest remainder first, what is left over to the earlier one: sum of ret = total.
 * weights >= 0 with a sum > 0; total may be negative. */
void money_split(struct money total, const int64_t *weights, size_t n, struct money *ret);

#endif
