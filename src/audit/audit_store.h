/* audit_store.h - the rows of the audit, between its rules and its SQL. */
#ifndef AUDIT_AUDIT_STORE_H
#define AUDIT_AUDIT_STORE_H

#include "audit/audit.h"

struct audit_row {
	int64_t id, at_ms, actor;
	struct text verb, kind;
	int64_t subject;
	struct text detail;
	int64_t sequence; /* 0: not sealed */
	struct text hash;
};

void audit__insert(struct tx *tx, const struct audit_row *row);
MUST problem audit__head(struct tx *tx, struct audit_row *ret); /* untouched when nothing is sealed */
MUST problem audit__unsealed(struct tx *tx, size_t most, struct audit_row **ret, size_t *ret_count);
MUST problem audit__mark_sealed(struct tx *tx, const struct audit_row *row);
MUST problem audit__each_sealed(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg);
int64_t audit__count_unsealed(struct tx *tx);

#endif
