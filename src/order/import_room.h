/* import_room.h - between import.c and its store. */
#ifndef ORDER_IMPORT_ROOM_H
#define ORDER_IMPORT_ROOM_H

#include "order/grant_room.h"
#include "order/import.h"

struct import_entry {
	struct import_row row;
	struct text blind;
	struct creator_id creator;
};

MUST problem import__insert(struct tx *tx, const struct import *import);
MUST problem import__same(struct tx *tx, struct text sha256, struct import *ret);
void import__purge(struct tx *tx, int64_t before_ms); /* what was looked at and never applied */
void import__drop_rows(struct tx *tx, int64_t batch);
/* Of applied rows for which nothing waits any more, or of this one alone (not 0): the login is known without them. */
void import__blank(struct tx *tx, int64_t row);
struct lapsed {
	int64_t batch, count;
};
/* Ends what has waited since before then; *ret: how many of each batch. */
MUST problem import__lapse(struct tx *tx, int64_t before_ms, struct lapsed **ret, size_t *ret_count);
MUST problem import__run_purge(struct job *job);
MUST problem import__plan(struct db *db);
void import__add_row(struct tx *tx, int64_t batch, const struct import_entry *entry);
bool import__is_twice(struct tx *tx, int64_t batch, const struct import_entry *entry);
bool import__is_granted(struct tx *tx, struct text blind, struct work_id work);
MUST problem import__set_ready(struct tx *tx, int64_t id);
MUST problem import__set_state(struct tx *tx, int64_t id, enum import_state to);
MUST problem import__set_applied(struct tx *tx, const struct import *import);
void import__make_grants(struct tx *tx, const struct import *import);
MUST problem import__rows(struct tx *tx, const struct import_query *query, size_t most, struct import_row **ret, size_t *ret_count);
MUST problem import__waiting(struct tx *tx, int64_t batch, int64_t after, size_t most, struct grant **ret, size_t *ret_count);
MUST problem import__run_give(struct job *job);
void import__forget(struct tx *tx, struct text blind); /* whose login it was has asked to be forgotten */

#define ORDER_JOB_IMPORT "order-import"
#define ORDER_JOB_PURGE  "order-import-purge" /* every day */

#endif
