/* internal.h - what the files of db share: a connection, a running statement, a transaction, and the struct of functions
 * that a database is.
 *
 *   db.c          opening, and the public face of reading and writing
 *   tx.c          a transaction: its first problem, its arena, its statements
 *   rows.c        rows by shape
 *   statement.c   prepared statements of one connection, by the address of the literal
 *   sqlite.c      a connection to SQLite      writer.c   its one writer thread, the readers and the checkpoints
 *   postgresql.c  a connection to PostgreSQL  pool.c     its connections and threads
 *   snapshot.c   the whole at one moment: snapshot_sqlite.c, snapshot_postgresql.c
 *   slow.c        how long statements take   watch.c    jobs that failed, the size of it all
 *   migrate.c  jobs.c  news.c  fault.c  testing.c */
#ifndef DB_INTERNAL_H
#define DB_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"

enum {
	DB_VALUES_MAX = 64,             /* of one statement */
	DB_BATCH_MAX = 256,             /* writes that share one commit */
	DB_BATCH_US = 4000,
	DB_RETRIES_MAX = 20,
	DB_STATEMENTS_MAX = 2000,       /* of one connection: SQL is written, not made, so more is a bug */
	DB_ARENA_MAX = 512 << 20,
	DB_BUSY_MS = 5000,
};

enum mode {
	MODE_READ = 1,
	MODE_WRITE,
	MODE_CLAIM, /* a write of one statement that locks what it takes: PostgreSQL need not serialize it */
};

/* Inside the room only: the database asks for the transaction to be run again. */
extern const struct problem db__again;

/* ---- statements ---- */

struct statement {
	const char *sql;
	char *text, *types;              /* copies: what was prepared */
	void *handle;                    /* sqlite3_stmt *, or the name of a prepared statement */
	uint8_t *places;                 /* SQLite: value n is parameter places[n] */
	bool in_use, reads;
};

struct statements;
struct statements *statements_new(void (*drop)(struct statement *statement));
void statements_free(struct statements *s);
/* NULL when it is not there. `types` names the kinds of the values: PostgreSQL prepares for each. */
struct statement *statements_find(struct statements *s, const char *sql, const char *types);
struct statement *statements_add(struct statements *s, const char *sql, const char *types);
void statements_clear(struct statements *s);
size_t statements_count(const struct statements *s);

/* ---- connections ---- */

struct connection {
	struct db *db;
	void *handle;                    /* sqlite3 *, PGconn * */
	struct statements *statements;
	bool in_use, lost;
	struct connection *next, *sibling; /* lists of the driver */
};

struct rows {
	struct connection *c;
	struct statement *statement;
	void *result;                    /* sqlite3_stmt *, PGresult * */
	int columns, row;
	bool alone;                      /* SQLite: the statement is not from the cache */
	bool done;
	int64_t changes, began_ns;
	bool wrote;
};

struct db_driver {
	const char *name;
	bool postgresql;

	problem (*connect)(struct db *db, struct connection **ret);
	void (*disconnect)(struct connection *c);
	problem (*begin)(struct connection *c, enum mode mode);
	/* On a problem the transaction is over; db_unknown when it cannot be told which way. */
	problem (*commit)(struct connection *c);
	void (*rollback)(struct connection *c);
	problem (*script)(struct connection *c, const char *sql); /* several statements, no values */
	problem (*setting)(struct connection *c, struct arena *arena, const char *name, struct text *ret);

	problem (*query)(struct connection *c, const char *sql, const struct value *values, size_t n, struct rows *ret);
	problem (*next)(struct rows *rows, bool *ret);
	/* The column as the kind that is asked for, or as VALUE_NULL; false when it is something else. Valid until next. */
	bool (*column)(struct rows *rows, int k, int kind, struct arena *arena, struct value *ret);
	problem (*finish)(struct rows *rows); /* always; what writes is run to its end */

	problem (*start)(struct db *db);
	void (*stop)(struct db *db);
	problem (*run)(struct db *db, enum mode mode, tx_fn fn, void *arg);
	void (*later)(struct db *db, enum mode mode, struct db_call *call);
	/* On a connection that writes, outside any transaction. */
	problem (*alone)(struct db *db, problem (*fn)(struct connection *c, void *arg), void *arg);
};

extern const struct db_driver db__sqlite, db__postgresql;

/* ---- the database ---- */

struct faults {
	_Atomic int64_t left[FAULT_COMMIT_AFTER + 1]; /* 0: off */
	_Atomic bool hit;
};

bool fault_now(struct db *db, enum fault what);

struct db {
	const struct db_driver *driver;
	struct world *world;
	struct db_options options;
	char *url;                       /* of the driver: a path or an URI */
	void *own;                       /* of the driver: threads and connections */
	struct faults faults;

	struct slow *slow;               /* how long statements took */
	_Atomic int snapshots;           /* that are held now */

	pthread_mutex_t lock;            /* of what follows */
	struct arena *idle[64];          /* arenas of finished transactions */
	size_t idle_count;
	struct interned *interned;
	pthread_cond_t jobs_changed;
	uint64_t jobs_count;             /* commits that added jobs */

	const struct news_job *news_jobs;
	pthread_mutex_t hint_lock;       /* held during the call, so none comes after it was taken away */
	void (*hint)(void *arg);
	void *hint_arg;
};

struct arena *db__arena(struct db *db);
void db__arena_back(struct db *db, struct arena *arena); /* NULL is fine */
/* The same address for the same text, as long as the database is open: for statements made of constants at the start. */
const char *db__intern(struct db *db, struct text sql);
/* What a commit brings about besides its rows. */
void db__committed(struct db *db, bool jobs, bool news);
void db__log_failure(const char *what, const char *code, const char *says, const char *sql);
/* With its steps and faults; `wrote`: there is something to lose. */
problem db__commit(struct connection *c, bool wrote);
int64_t db__monotonic_us(void);
struct timespec db__monotonic_after(int64_t ms);
void db__cond_init(pthread_cond_t *cond); /* on the monotonic clock */

/* ---- how long statements take; see slow.c ---- */

struct slow *slow__new(void);
void slow__free(struct slow *slow); /* NULL is fine */
int64_t slow__now_ns(void);
void slow__add(struct slow *slow, const char *sql, int64_t ns); /* by the address of the text */

/* ---- a transaction ---- */

struct tx {
	struct db *db;
	struct connection *c;
	enum mode mode;
	problem (*begin)(struct tx *tx); /* at the first statement; NULL: the driver's */
	bool begun, wrote, jobs, news;
	problem why;
	struct arena *own, *results;
	int64_t now_ms;
};

/* The function's answer, else the problem that sticks; db__again before both. Begins by itself, ends nothing. */
MUST problem tx__run(struct tx *tx, tx_fn fn, void *arg);
void tx__stick(struct tx *tx, problem why);
void tx__clear(struct tx *tx);           /* before a further run */
void tx__done(struct tx *tx);            /* gives the arena back */
/* Begun, the statement started, its problem stuck. */
problem tx__query(struct tx *tx, const char *sql, const struct value *values, size_t n, struct rows *ret);
problem tx__finish(struct tx *tx, struct rows *rows);

/* ---- jobs and news ---- */

void news__prune(struct tx *tx, int64_t before_ms);
void owner__name(char *out, size_t room);
bool owner__is_dead(struct text owner);

#endif
