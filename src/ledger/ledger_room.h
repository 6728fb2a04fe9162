/* ledger_room.h - between ledger.c and ledger_store.c only. */
#ifndef LEDGER_LEDGER_ROOM_H
#define LEDGER_LEDGER_ROOM_H

#include "ledger/ledger.h"

struct journal {
	int64_t id;
	struct text kind, key;
	int64_t at_ms, line_count;
	struct text hash;
};
/* A posting with the account's code and owner beside it. */
struct journal_line {
	int64_t journal, line, owner;
	int code; /* enum ledger_code */
	struct money amount;
};

int64_t ledger__account(struct tx *tx, enum ledger_code code, int64_t owner); /* made when it is new */
void ledger__insert(struct tx *tx, const struct journal *journal, const struct posting *lines, const int64_t *accounts, size_t n);
MUST problem ledger__journals(struct tx *tx, int64_t after, size_t most, struct journal **ret, size_t *ret_count);
MUST problem ledger__lines_between(struct tx *tx, int64_t first, int64_t last, struct journal_line **ret, size_t *ret_count);
int64_t ledger__lost_postings(struct tx *tx); /* journal of a posting that has none, 0 */
int64_t ledger__sum_of_all(struct tx *tx);
struct money ledger__on_normal_side(enum ledger_code code, int64_t sum);

#endif
