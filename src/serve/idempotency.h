/* idempotency.h - rows of serve_once: what a key was used for, and what was answered. */
#ifndef SERVE_IDEMPOTENCY_H
#define SERVE_IDEMPOTENCY_H

#include "db/db.h"

enum { ONCE_KEY_MAX = 64, ONCE_DAYS = 2, ONCE_LEASE_MS = 60000 };

struct once_key {
	struct text owner, route, key;
	struct text input; /* SHA-256 of path, query and body, in hex */
};

struct once_row {
	struct text input;
	int64_t status; /* 0: running */
	struct text content_type, answer;
	int64_t at_ms;
};

extern const struct problem once_absent;

bool once_insert(struct tx *tx, const struct once_key *key);       /* false: the key is there already */
MUST problem once_load(struct tx *tx, const struct once_key *key, struct once_row *ret);
void once_take_over(struct tx *tx, const struct once_key *key);    /* of a run that died, or of a key that has ended */
void once_save(struct tx *tx, const struct once_key *key, const struct once_row *row); /* unless it was answered meanwhile */
void once_delete(struct tx *tx, const struct once_key *key);       /* unless it was answered */
void once_delete_before(struct tx *tx, int64_t at_ms);

#endif
