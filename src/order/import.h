/* import.h - many people given access at once, from a table: one row a person and a work. It is read and looked at first; applying it
 * is one transaction that makes a waiting grant of each good row. Whoever has proven the login of a row gets it within moments, the
 * others when they prove it: a number in a file owns nothing by itself. */
#ifndef ORDER_IMPORT_H
#define ORDER_IMPORT_H

#include "order/grant.h"

/* What was looked at and not applied goes after so many days; what was applied and waits for a login that nobody proves, too. */
enum { IMPORT_LOOKED_DAYS = 7, IMPORT_WAITS_DAYS = 180 };
enum { IMPORT_BYTES_MAX = 5 << 20, IMPORT_ROWS_MAX = 20000, IMPORT_NAME_MAX = 120 };

extern const struct problem import_missing;  /* 404 */
extern const struct problem import_over;     /* 409: applied or given up already */
extern const struct problem import_unsound;    /* 409: there are wrong rows, or no good ones */
extern const struct problem import_columns;  /* 422: the first line names neither phone nor mail, or no work where none was chosen */
extern const struct problem import_too_long; /* 422 */
extern const struct problem import_empty;    /* 422 */

enum import_state { IMPORT_NONE, IMPORT_READING, IMPORT_READY, IMPORT_APPLIED, IMPORT_DISCARDED };
extern const char *const import_state_names[];
enum import_row_state { IMPORT_ROW_NONE, IMPORT_GOOD, IMPORT_KNOWN, IMPORT_WRONG };
extern const char *const import_row_state_names[]; /* "good", "known": has it already, changes nothing; "wrong" */

struct import_draft {
	struct text name, bytes;
	struct work_id work;   /* where a row names none; 0: each must */
	int64_t days;          /* where a row says nothing; 0: for ever */
	struct user_id by;
};
struct import {
	int64_t id;
	struct text sha256, name;
	int state;             /* enum import_state */
	struct text reason;    /* absent until it is applied */
	struct user_id by;
	int64_t made_ms, good, known, wrong, applied_ms, given, waiting; /* the last two: of what was applied */
};
struct import_row {
	int64_t id, line;
	int state;             /* enum import_row_state */
	struct text why;       /* of a wrong one: quote, wide, login-missing, login-wrong, work-missing, work-unknown, work-twice, days-wrong, twice */
	int64_t column;        /* from 1; 0: of none */
	struct text sealed, login, name; /* login: masked */
	struct work_id work;
	struct text title;
	int64_t days;          /* 0: for ever */
	bool given;            /* it was applied, and is somebody's */
};
/* From a worker. The same file, with the same work and days, is the batch that there is already. */
MUST problem order_import(struct db *db, struct keyring *keyring, struct arena *arena, const struct import_draft *draft, struct import *ret);
MUST problem order_import_apply(struct tx *tx, int64_t id, struct text reason, struct user_id by, struct import *ret);
MUST problem order_import_discard(struct tx *tx, int64_t id, struct user_id by);
MUST problem order_import_by_id(struct tx *tx, int64_t id, struct import *ret);
MUST problem order_imports(struct tx *tx, size_t most, struct import **ret, size_t *ret_count); /* newest first */
/* Of one state, or of any (0), behind a line. */
struct import_query {
	int64_t id, after;
	int state;
};
MUST problem order_import_rows(struct tx *tx, struct keyring *keyring, const struct import_query *query, size_t most, struct import_row **ret, size_t *ret_count);

#endif
