/* audit.h - who did what to which thing. A row is written in the transaction of the fact; a sealer chains committed
 * rows by hash afterwards, so no writer ever waits for the head of a chain. A row that commits late is sealed later:
 * the order of the chain is the sealer's, not that of the ids.
 *
 * Each hash covers the row, its place in the chain and the hash before it: a row that is changed, removed, added
 * between, or moved breaks the chain there. Cutting rows off its end, or rewriting all of it, shows only against a head
 * that was kept elsewhere: audit_head gives it, root_sign signs it. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "base/id.h"
#include "db/db.h"

/* actor 0: the system itself. verb and kind are words of ours ("refund-approve", "order"); subject 0: none; detail: a
 * JSON object without secrets, or absent. A failure sticks to the transaction. */
void audit_add(struct tx *tx, struct user_id actor, const char *verb, const char *kind, int64_t subject,
	       struct text detail);

/* What was done to one thing, newest first; texts live in the transaction's arena. */
struct audit_line {
	int64_t id, at_ms;
	struct user_id actor;
	struct text verb, detail;
};
MUST problem audit_about(struct tx *tx, const char *kind, int64_t subject, size_t most, struct audit_line **ret,
			 size_t *ret_count);

/* Seals whatever is committed and not sealed yet; how many rows goes to *ret. */
MUST problem audit_seal(struct db *db, int64_t *ret);

/* Seals every ten seconds, once started; the job starts itself anew. For the table of jobs; audit_start at every start.
 */
extern const struct job_kind audit_jobs[];
MUST problem audit_start(struct db *db);

struct audit_head {
	int64_t sequence; /* 0: nothing is sealed */
	struct text hash; /* hex */
};
MUST problem audit_head(struct db *db, struct arena *arena, struct audit_head *ret);

struct audit_report {
	int64_t sealed, unsealed; /* rows that hold; rows that wait for the sealer */
	int64_t wrong;            /* sequence of the first place where the chain does not hold; 0: none */
	int64_t wrong_id;         /* the row found there, 0 when none is */
	const char *why;          /* "changed", "missing" or "cut"; NULL: all is well */
};
/* Walks the whole chain. `kept`: a head noted earlier, NULL or .sequence 0 for none: the chain must still pass through
 * it. */
MUST problem audit_verify(struct db *db, const struct audit_head *kept, struct audit_report *ret);

#endif
