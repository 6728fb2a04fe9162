/* ledger.h - double-entry book, append only. An amount is a debit when positive, a credit when negative; a balance is a sum
 * of postings, never a column. Chart of accounts: src/ledger/README.md. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "serve/serve.h"

/* code, name, normal side; owner: whose account of this kind it is (a creator's or payment's id, 0 for the site's) */
#define LEDGER_CODES(X) \
	X(CHANNEL_RECEIVABLE, "A10", DEBIT)  /* paid to the channel, not settled; owner 0 */ \
	X(BANK, "A20", DEBIT)                \
	X(CREATOR_CLAWBACK, "A30", DEBIT)    \
	X(CREATOR_HELD, "L10", CREDIT)       /* inside the refund window; owner: creator */ \
	X(CREATOR_AVAILABLE, "L11", CREDIT)  \
	X(PAYOUT_TRANSIT, "L12", CREDIT)     \
	X(REFUND_TRANSIT, "L20", CREDIT)     /* owner: refund */ \
	X(UNALLOCATED, "L60", CREDIT)        /* duplicate, late, unknown receipts; owner: payment */ \
	X(COMMISSION, "R10", CREDIT)         \
	X(CHANNEL_FEE, "E10", DEBIT)         \
	X(COUPON_SUBSIDY, "E20", DEBIT)      /* what the shop bears of coupons */
#define X_LEDGER_CODE(id, code, side) LEDGER_##id,
enum ledger_code { LEDGER_NONE, LEDGER_CODES(X_LEDGER_CODE) LEDGER_CODE_COUNT };
#undef X_LEDGER_CODE
extern const char *const ledger_code_names[]; /* by enum ledger_code: "A10" … */

struct posting {
	enum ledger_code code;
	int64_t owner;
	struct money amount; /* debit > 0, credit < 0, never 0 */
};

enum { LEDGER_LINES_MAX = 16 };

extern const struct problem ledger_unbalanced; /* 500: the postings do not sum to nothing */
extern const struct problem ledger_short;      /* 409: an account that may not go below nothing would */
extern const struct problem ledger_posted;     /* 409: this fact is in the book already */

/* One journal entry. `key` names the fact in the outside world ("wechat|4200…|paid"): it can be posted once, whatever is
 * replayed. Asserts 2..LEDGER_LINES_MAX lines and a sum of nothing. */
MUST problem ledger_post(struct tx *tx, const char *kind, struct text key, const struct posting *lines, size_t n, struct journal_id *ret);

bool ledger_has(struct tx *tx, struct text key); /* is this fact in the book? */

/* On the account's normal side: what a creator is owed is positive. */
struct money ledger_balance(struct tx *tx, enum ledger_code code, int64_t owner);

struct ledger_line {
	int64_t journal, at_ms;
	struct text kind, key;
	struct money amount; /* on the account's normal side */
};
extern const struct shape ledger_line_shape;
/* Newest first, below `before` (0: from the newest). */
MUST problem ledger_lines(struct tx *tx, enum ledger_code code, int64_t owner, int64_t before, size_t most, struct ledger_line **ret, size_t *ret_count);

/* Checks every row: each entry sums to nothing, has at least two lines in order, was not changed since (hash), all sums to
 * nothing, no account below nothing that may not be. Names the first wrong row. */
struct ledger_report {
	int64_t journals, postings;
	bool sound;
	struct text first_wrong; /* "posting 123/2: …" or absent; in the arena given */
};
MUST problem ledger_verify(struct db *db, struct arena *arena, struct ledger_report *ret);

#endif
