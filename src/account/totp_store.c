/* totp_store.c - SQL of second factors, recovery codes and half sessions. What must happen once is one statement that says
 * whether it did. */
#include "account/totp.h"

static const struct shape totp_row = SHAPE(totp,
	FIELD(totp, sealed,        SHAPE_TEXT),
	FIELD(totp, confirmed_ms,  SHAPE_TIME, .nullable = true),
	FIELD(totp, last_step,     SHAPE_INT),
	FIELD(totp, fails,         SHAPE_INT),
	FIELD(totp, fails_from_ms, SHAPE_TIME));

problem totp__load(struct tx *tx, struct user_id user, struct totp *ret)
{
	return read_one(tx, &second_factor_is_off, &totp_row, ret,
	                "select sealed, confirmed_ms, last_step, fails, fails_from_ms from totp where user_id = $1", V(user.v));
}

bool totp__is_on(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select 1 from totp where user_id = $1 and confirmed_ms is not null", V(user.v)) == 1;
}

void totp__begin(struct tx *tx, struct user_id user, struct text sealed)
{
	run(tx, "delete from totp where user_id = $1 and confirmed_ms is null", V(user.v));
	run(tx, "insert into totp (user_id, sealed, created_ms, last_step, fails, fails_from_ms) values ($1, $2, $3, 0, 0, 0)",
	    V(user.v, sealed, tx_now_ms(tx)));
}

bool totp__confirm(struct tx *tx, struct user_id user, int64_t step)
{
	return run_count(tx, "update totp set confirmed_ms = $1, last_step = $2, fails = 0 where user_id = $3 and confirmed_ms is null",
	                 V(tx_now_ms(tx), step, user.v)) == 1;
}

bool totp__use_step(struct tx *tx, struct user_id user, int64_t step)
{
	return run_count(tx, "update totp set last_step = $1, fails = 0 where user_id = $2 and confirmed_ms is not null and last_step < $1",
	                 V(step, user.v)) == 1;
}

void totp__count_fail(struct tx *tx, struct user_id user)
{
	int64_t now_ms = tx_now_ms(tx);

	run(tx,
	    "update totp set fails = case when fails_from_ms <= $2 then 1 else fails + 1 end,"
	    " fails_from_ms = case when fails_from_ms <= $2 then $3 else fails_from_ms end where user_id = $1",
	    V(user.v, now_ms - TOTP_WINDOW_MS, now_ms));
}

void totp__remove(struct tx *tx, struct user_id user)
{
	run(tx, "delete from recovery_code where user_id = $1", V(user.v));
	run(tx, "delete from half_session where user_id = $1", V(user.v));
	run(tx, "delete from totp where user_id = $1", V(user.v));
}

void recovery__replace(struct tx *tx, struct user_id user, const struct text *hashes, size_t n)
{
	run(tx, "delete from recovery_code where user_id = $1", V(user.v));
	for (size_t i = 0; i < n; i++)
		run(tx, "insert into recovery_code (user_id, code_hash) values ($1, $2)", V(user.v, hashes[i]));
}

bool recovery__use(struct tx *tx, struct user_id user, struct text hash)
{
	return run_count(tx, "update recovery_code set used_ms = $1 where user_id = $2 and code_hash = $3 and used_ms is null",
	                 V(tx_now_ms(tx), user.v, hash)) == 1;
}

int64_t recovery__left(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select count(*) from recovery_code where user_id = $1 and used_ms is null", V(user.v));
}

void totp__hold(struct tx *tx, int64_t session)
{
	run(tx, "update session set held = 1 where id = $1", V(session));
}

void totp__hold_all(struct tx *tx, struct user_id user)
{
	run(tx, "update session set held = 1 where user_id = $1", V(user.v));
}

void totp__release(struct tx *tx, struct user_id user)
{
	run(tx, "update session set held = 0 where user_id = $1 and held = 1", V(user.v));
}

void half_session__insert(struct tx *tx, struct user_id user, struct text token_hash)
{
	int64_t now_ms = tx_now_ms(tx);

	run(tx, "delete from half_session where expires_ms <= $1", V(now_ms));
	run(tx, "insert into half_session (token_hash, user_id, tries, expires_ms) values ($1, $2, 0, $3)",
	    V(token_hash, user.v, now_ms + HALF_SESSION_MS));
}

problem half_session__try(struct tx *tx, struct text token_hash, struct user_id *ret)
{
	int64_t counted = run_count(tx, "update half_session set tries = tries + 1 where token_hash = $1 and expires_ms > $2 and tries < $3",
	                            V(token_hash, tx_now_ms(tx), HALF_SESSION_TRIES));

	if (counted != 1)
		return tx_problem(tx) ? tx_problem(tx) : &second_factor_over;
	ret->v = read_int(tx, 0, "select user_id from half_session where token_hash = $1", V(token_hash));
	return tx_problem(tx);
}

bool half_session__end(struct tx *tx, struct text token_hash)
{
	return run_count(tx, "delete from half_session where token_hash = $1", V(token_hash)) == 1;
}
