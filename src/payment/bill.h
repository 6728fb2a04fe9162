/* bill.h - reads the trade bill of a day as WeChat Pay writes it: a header, rows whose cells stand behind back-ticks, a header of
 * sums and one row of sums, amounts in yuan. A bill whose rows are not what its sums say is not read. */
#ifndef PAYMENT_BILL_H
#define PAYMENT_BILL_H

#include "base/money.h"
#include "base/problem.h"

enum { BILL_BYTES_MAX = 512 << 20 }; /* a million rows have some 400 MB */

extern const struct problem bill_large;      /* 502: longer than BILL_BYTES_MAX */
extern const struct problem bill_unreadable; /* 502: not in the form of a bill */
extern const struct problem bill_sums_wrong; /* 502: its rows do not add up to its own sums */

/* Texts lie within the bytes that were read. */
struct bill_fact {
	bool back;                   /* money that goes back; else money that came in */
	struct text trade_no, refund_no;         /* ours; refund_no of money back alone */
	struct text channel_number;  /* theirs, of the payment or the refund */
	struct text state;           /* SUCCESS, or of money back SUCCESS, PROCESSING, FAIL, CHANGE */
	struct money amount;
	int64_t fee;                 /* thousandths of a fen; below zero where it comes back */
	int64_t at_ms;
};
struct bill_sums {
	int64_t rows, fee;
	struct money gross, refunded;
};
/* `each` may be NULL: only to see whether all is well. A problem of `each` ends the reading. *ret: of the rows. */
MUST problem bill_read(struct text bytes, problem (*each)(void *arg, const struct bill_fact *fact), void *arg, struct bill_sums *ret);
/* "0.59400", "-0.00600": yuan with at most five decimals, as thousandths of a fen. */
bool bill_fee_read(struct text t, int64_t *ret);

#endif
