/* db.h - one interface over SQLite and PostgreSQL: transactions, rows by shape, migrations, durable jobs, news.
 *
 * A transaction is a function of (struct tx *, argument), whatever thread runs it. Only db begins and commits. SQL is one
 * text for both databases: $1..$n, `on conflict`, `returning`, flags as 0/1; see db/README.md for the rules.
 *
 * SQLite: reads run where they are called, each thread on its own connection and snapshot; writes run on the one writer
 * thread, a savepoint each, and one COMMIT (one fsync) for all that were waiting. PostgreSQL: a pool of blocking
 * connections, SERIALIZABLE, run again when the server asks for it. A function may therefore run more than once: it keeps
 * its effects in the transaction and in `arg`, and .again empties `arg` before each further run.
 *
 * The first problem of a transaction sticks: later statements do nothing, and it is rolled back. */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/problem.h"
#include "base/shape.h"
#include "base/world.h"

struct db;
struct tx;

extern const struct problem db_unique;       /* 409: a row with this key is there already */
extern const struct problem db_reference;    /* 409: it refers to something that is not there, or is referred to */
extern const struct problem db_check;        /* 500: a constraint of ours refused it */
extern const struct problem db_busy;         /* 503: locked, or the queue is full */
extern const struct problem db_full;         /* 507: no room on the disk */
extern const struct problem db_failed;       /* 500: the database failed; nothing was written */
extern const struct problem db_unknown;      /* 500: the commit failed half-way: it may or may not have been written */
extern const struct problem db_newer;        /* 500: written by a newer program than this */
extern const struct problem db_changed;      /* 500: a migration that was applied reads otherwise now */

struct db_options {
	struct world *world;        /* borrowed */
	int readers;                /* PostgreSQL: connections of the pool; 0: 8 */
	size_t queue;               /* calls that may wait; 0: 1024; more answer db_busy */
	int busy_ms;                /* how long a lock of somebody else is waited for; 0: 5000 */
};

/* "sqlite:PATH", a bare path, or "postgresql://..." (any libpq URI). */
MUST problem db_open(struct text url, const struct db_options *options, struct db **ret);
void db_close(struct db *db); /* finishes what is queued; NULL is fine */
bool db_is_postgresql(const struct db *db);
struct world *db_world(const struct db *db);
/* What the running database says of itself: a pragma of the connection that writes ("synchronous" -> "2", "journal_mode"
 * -> "wal"), a setting of PostgreSQL ("fsync" -> "on"), of either "isolation" -> "serializable". Absent: it says nothing. */
struct text db_setting(struct db *db, struct arena *arena, const char *name);

/* The transaction's answer is what the function returns, else the problem that sticks: so a rule may look at tx_problem
 * and return a word of its own for it. Any problem rolls back. */
typedef problem (*tx_fn)(struct tx *tx, void *arg);

/* Blocks until the commit is durable. Not from a loop thread, nor from within a transaction. */
MUST problem db_write(struct db *db, tx_fn fn, void *arg);
MUST problem db_read(struct db *db, tx_fn fn, void *arg);

/* The same without blocking; the caller owns the struct until .done ran, on a thread of the database, after the commit.
 * A full queue calls .done with db_busy at once, on the caller's thread. */
struct db_call {
	tx_fn fn;
	void (*again)(void *arg);                 /* may be NULL */
	void (*done)(void *arg, problem why);
	void *arg;
	struct db_call *next;                     /* db's own */
};
void db_write_later(struct db *db, struct db_call *call);
void db_read_later(struct db *db, struct db_call *call); /* PostgreSQL: on the pool; SQLite: at once, on the caller's thread */

/* ---- statements ---- */

struct value {
	enum { VALUE_NULL = 1, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BLOB } kind;
	union {
		int64_t i;
		double x;
		struct text t;
	};
};

static inline struct value value_int(int64_t i) { return (struct value){ .kind = VALUE_INT, .i = i }; }
static inline struct value value_bool(bool b) { return value_int(b); }
static inline struct value value_size(size_t n) { return value_int((int64_t)n); }
static inline struct value value_real(double x) { return (struct value){ .kind = VALUE_REAL, .x = x }; }
static inline struct value value_text(struct text t) /* an absent text is null, and still of type text */
{
	return (struct value){ .kind = VALUE_TEXT, .t = t };
}
static inline struct value value_cstr(const char *s) { return value_text(text_of(s)); }
static inline struct value value_blob(struct text t) { return (struct value){ .kind = VALUE_BLOB, .t = t }; }
static inline struct value value_self(struct value v) { return v; }
/* A null of type int; it may be stored in a text column too, but compared with numbers only. */
static inline struct value value_null(void) { return (struct value){ .kind = VALUE_NULL }; }

/* The one use of _Generic in the house: it binds values by their C type. */
#define VALUE(x) \
	_Generic((x), bool: value_bool, int: value_int, unsigned: value_int, long: value_int, long long: value_int, \
	         size_t: value_size, double: value_real, struct text: value_text, char *: value_cstr, const char *: value_cstr, \
	         struct value: value_self)(x)

/* V(a, b, c) -> array and count, up to 24 values; V0 for none. */
#define V0                 NULL, 0
#define V_N(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, _18, _19, _20, _21, _22, _23, _24, N, ...) N
#define V_1(x)       VALUE(x)
#define V_2(x, ...)  VALUE(x), V_1(__VA_ARGS__)
#define V_3(x, ...)  VALUE(x), V_2(__VA_ARGS__)
#define V_4(x, ...)  VALUE(x), V_3(__VA_ARGS__)
#define V_5(x, ...)  VALUE(x), V_4(__VA_ARGS__)
#define V_6(x, ...)  VALUE(x), V_5(__VA_ARGS__)
#define V_7(x, ...)  VALUE(x), V_6(__VA_ARGS__)
#define V_8(x, ...)  VALUE(x), V_7(__VA_ARGS__)
#define V_9(x, ...)  VALUE(x), V_8(__VA_ARGS__)
#define V_10(x, ...) VALUE(x), V_9(__VA_ARGS__)
#define V_11(x, ...) VALUE(x), V_10(__VA_ARGS__)
#define V_12(x, ...) VALUE(x), V_11(__VA_ARGS__)
#define V_13(x, ...) VALUE(x), V_12(__VA_ARGS__)
#define V_14(x, ...) VALUE(x), V_13(__VA_ARGS__)
#define V_15(x, ...) VALUE(x), V_14(__VA_ARGS__)
#define V_16(x, ...) VALUE(x), V_15(__VA_ARGS__)
#define V_17(x, ...) VALUE(x), V_16(__VA_ARGS__)
#define V_18(x, ...) VALUE(x), V_17(__VA_ARGS__)
#define V_19(x, ...) VALUE(x), V_18(__VA_ARGS__)
#define V_20(x, ...) VALUE(x), V_19(__VA_ARGS__)
#define V_21(x, ...) VALUE(x), V_20(__VA_ARGS__)
#define V_22(x, ...) VALUE(x), V_21(__VA_ARGS__)
#define V_23(x, ...) VALUE(x), V_22(__VA_ARGS__)
#define V_24(x, ...) VALUE(x), V_23(__VA_ARGS__)
#define V_JOIN_(a, b) a##b
#define V_JOIN(a, b)  V_JOIN_(a, b)
#define V_COUNT(...)  V_N(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define V(...)        (const struct value[]){ V_JOIN(V_, V_COUNT(__VA_ARGS__))(__VA_ARGS__) }, V_COUNT(__VA_ARGS__)

/* `sql` is a string literal (its address is the key of the statement cache) with $1..$n for exactly the n values. */
void run(struct tx *tx, const char *sql, const struct value *values, size_t n);
/* Exactly one row must change; otherwise `none` becomes the transaction's problem. */
MUST problem run_one(struct tx *tx, problem none, const char *sql, const struct value *values, size_t n);
int64_t run_count(struct tx *tx, const char *sql, const struct value *values, size_t n); /* rows changed; 0 after a problem */

/* The first row into *ret by a flat shape: column k fills field k (ENUM columns hold the name as text, BOOL 0/1, JSON text;
 * null: 0, absent, and GIVEN_NULL where the field has .given_at).
 * No row: returns `none`, which does NOT stick (asking is no failure), and *ret is untouched. Text lives in the tx's arena. */
MUST problem read_one(struct tx *tx, problem none, const struct shape *row, void *ret, const char *sql, const struct value *values, size_t n);
/* All rows into an array of the tx's arena, at most `most` (one more row is a bug and asserted unless the SQL has a limit). */
MUST problem read_all(struct tx *tx, const struct shape *row, size_t most, void **ret, size_t *ret_count, const char *sql,
                      const struct value *values, size_t n);
int64_t read_int(struct tx *tx, int64_t otherwise, const char *sql, const struct value *values, size_t n); /* first column of the first row */
/* Row by row for long results; stops when `each` returns a problem. `row` is a struct of the shape, valid during the call. */
MUST problem read_each(struct tx *tx, const struct shape *row, problem (*each)(void *arg, const void *row), void *arg, const char *sql,
                       const struct value *values, size_t n);

problem tx_problem(const struct tx *tx);              /* the one that sticks, NULL so far */
MUST problem tx_fail(struct tx *tx, problem why);     /* makes it stick, unless one does, and returns what sticks */
struct arena *tx_arena(struct tx *tx);                /* emptied before a further run, freed after .done / db_write */
void tx_use_arena(struct tx *tx, struct arena *arena);/* results live in the caller's arena instead */
struct world *tx_world(struct tx *tx);
int64_t tx_now_ms(struct tx *tx);
int64_t tx_id(struct tx *tx);

/* ---- migrations ---- */

/* One per file NNNN_name.sql of a room, in order of number; room after room in the order of src/LAYERS. Placeholders:
 * {I64} {TEXT} {REAL} {BLOB} {STRICT}. `-- only: sqlite` / `-- only: postgresql` on the first line limits a file to one. */
struct migration {
	const char *room;
	int number;
	const char *name, *sql;
};
MUST problem db_migrate(struct db *db, const struct migration *all, size_t n);

/* ---- jobs: done at least once, by one process at a time ---- */

struct job {
	int64_t id;
	int tries;                 /* 1 at the first run */
	struct text kind, payload; /* payload: JSON */
	struct db *db;
	void *home;                /* what db_jobs_start was given */
	struct arena *arena;
	int64_t again_ms;          /* set by job_again */
};
struct job_kind {
	const char *kind;
	problem (*run)(struct job *job);   /* outside a transaction; NULL: done, unless it called job_again; else a failed try */
	int tries_max;                     /* then it is parked and counted; 0: 20, or as .wait_ms says where there is one */
	int64_t first_wait_ms;             /* back-off doubles from here to an hour; 0: 1000 */
	/* not NULL: the wait before try n+1 (n tries were made), instead of doubling; < 0: park */
	int64_t (*wait_ms)(int tries);
};
/* In a transaction. `key` absent: none; else a second waiting job of the same kind and key is not added. */
/* run_at_ms 0: now. */
void job_add(struct tx *tx, const char *kind, struct text key, struct text payload, int64_t run_at_ms);
/* Is there one, with `part` in its payload, that was not done yet? Parked ones are given up. */
bool job_waits(struct tx *tx, const char *kind, struct text part);
/* Within a run that then returns NULL: all went well, and it wants to run again at that time. That is no failure: nothing is
 * logged, and the tries are counted from 1 again. */
void job_again(struct job *job, int64_t at_ms);
struct db_jobs;
MUST problem db_jobs_start(struct db *db, const struct job_kind *const *tables, size_t n, void *home, int threads, struct db_jobs **ret);
void db_jobs_stop(struct db_jobs *jobs); /* finishes what runs */
/* For tests: runs all that is due, on this thread, until nothing is; returns how many ran. */
size_t db_jobs_run(struct db_jobs *jobs);
/* A job_kind table of a room ends with { 0 }. */
int64_t db_jobs_count(struct db *db, const char *state); /* waiting, running, parked; -1: the database does not answer */

/* ---- news: written with the fact, followed upward ---- */

void news_add(struct tx *tx, const char *topic, int64_t subject, struct text payload);
struct news {
	int64_t id, subject, at_ms;
	struct text topic, payload;
};
extern const struct shape news_shape;
/* A tail: all processes follow from a cursor of their own, which is the highest id they were given (news_last() at first, read
 * before the state that they keep fresh). In id order, at most `most` new ones; PostgreSQL repeats those of the last 10 s in
 * front of them, since a slow transaction may commit an older id. So the same news may come twice. */
int64_t news_last(struct tx *tx);
MUST problem news_after(struct tx *tx, int64_t cursor, size_t most, struct news **ret, size_t *ret_count);
/* A listener that is a job: news of `topic` becomes one job of `kind` with the news as payload, JSON by news_shape. app/
 * holds the table. */
struct news_job {
	const char *topic, *kind;
};
void db_news_jobs(struct db *db, const struct news_job *table); /* ends with { 0 }; before anything writes */
/* Called on a thread of the database after each commit that wrote news (hint, to wake tails); NULL: nobody any more. One
 * at a time; it must not use the database itself. */
void db_on_news(struct db *db, void (*hint)(void *arg), void *arg);

/* ---- fault points, for tests ---- */

enum fault { FAULT_STATEMENT = 1, FAULT_COMMIT_BEFORE, FAULT_COMMIT_AFTER };
/* The n-th (from 1) such step from now fails: a statement with db_failed; a commit before (nothing written: db_failed) or
 * after it became durable (db_unknown). 0: off. */
void db_fault(struct db *db, enum fault what, int64_t n);
bool db_fault_hit(const struct db *db);
/* Environment ZHIFANG_KILL_AT=n: the process ends by SIGKILL at its n-th durable step (before or after a commit, before or
 * after an outgoing call); ZHIFANG_KILL_COUNT=FILE writes how many were passed. db_step() marks one outside the database. */
void db_step(const char *what);

#endif
