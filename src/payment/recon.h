/* recon.h - the channel's bill of a day against our book, between the files of this room. */
#ifndef PAYMENT_RECON_H
#define PAYMENT_RECON_H

#include "payment/bill.h"
#include "payment/payment_room.h"

extern const struct problem bill_day_wrong;  /* 422: not a day that is over, or one of which the channel has no bill any more */
extern const struct problem bill_early;      /* 409: the channel has not written it yet */
extern const struct problem bill_hash_wrong; /* 502: what was downloaded is not what was announced */
extern const struct problem recon_running;   /* 409 */
extern const struct problem recon_missing;   /* 404 */

enum recon_state { RECON_NONE, RECON_RUNNING, RECON_DONE, RECON_FAILED };
extern const char *const recon_state_names[];
enum diff_kind { DIFF_NONE, DIFF_CHANNEL_ONLY, DIFF_OURS_ONLY, DIFF_AMOUNT, DIFF_STATE };
extern const char *const diff_kind_names[];

struct recon_run {
	int64_t id;
	struct text channel, day;  /* "2026-11-22", of Beijing */
	int state;                 /* enum recon_state */
	struct text why;           /* FAILED: the problem's word */
	int64_t started_ms, ended_ms;
	struct user_id by;         /* 0: the daily job */
	struct text sha1;
	int64_t rows, matched;
	struct money gross, refunded; /* of the bill */
	int64_t fee;               /* of the bill, in thousandths of a fen */
	struct money our_gross, our_refunded;
	int64_t open, resolved;    /* differences */
};
struct recon_diff {
	int64_t id, run;
	struct text day;
	int kind;                  /* enum diff_kind */
	struct text about;         /* "payment", "refund" */
	struct text number, channel_number;
	struct payment_id payment; /* 0: we know of none */
	struct text payable_kind;
	int64_t payable;
	struct money ours, theirs;
	struct text our_state, their_state;
	int64_t at_ms, resolved_ms;
	struct user_id resolved_by;
	struct text note;
};
struct text recon_day(struct arena *arena, int64_t ms);

/* From a worker or a job: fetches the bill and compares. A day may be asked for again; what was resolved stays so. */
MUST problem recon_take(struct payments *payments, struct db *db, struct arena *arena, struct text day, struct user_id by, struct recon_run *ret);
MUST problem recon_resolve(struct tx *tx, int64_t diff, struct text note, struct user_id by, struct recon_diff *ret);
MUST problem recon__run_daily(struct job *job);
/* The next 10:00 in Beijing. */
int64_t recon__next_ms(int64_t now_ms);

/* ---- recon_store.c ---- */

MUST problem recon__begin(struct tx *tx, struct recon_run *run);
MUST problem recon__by_id(struct tx *tx, int64_t id, struct recon_run *ret);
MUST problem recon__by_day(struct tx *tx, struct text channel, struct text day, struct recon_run *ret);
MUST problem recon__list(struct tx *tx, int64_t before, size_t most, struct recon_run **ret, size_t *ret_count); /* newest day first */
MUST problem recon__finish(struct tx *tx, const struct recon_run *run);
void recon__found(struct tx *tx, const struct recon_run *run, const struct recon_diff *diff);
void recon__matched(struct tx *tx, const struct recon_run *run, const struct bill_fact *fact, int64_t id);
MUST problem recon__ours_only(struct tx *tx, struct recon_run *run, int64_t from_ms, int64_t to_ms);
void recon__drop_stale(struct tx *tx, const struct recon_run *run);
MUST problem recon__diffs(struct tx *tx, int64_t run, size_t most, struct recon_diff **ret, size_t *ret_count);
MUST problem recon__diff(struct tx *tx, int64_t id, struct recon_diff *ret);
MUST problem recon__set_resolved(struct tx *tx, int64_t diff, struct text note, struct user_id by);
/* What all open and resolved differences of a run come to: theirs less ours. */
void recon__explained(struct tx *tx, int64_t run, struct money *ret_gross, struct money *ret_refunded);
bool recon__any_payment(struct tx *tx);

extern const struct route recon_routes[];

#endif
