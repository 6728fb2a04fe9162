/* db.c - opening a database, and the public face of reading and writing. */
#include "db/internal.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

const struct problem db_unique = { 409, "already-there", "It is there already." };
const struct problem db_reference = { 409, "still-referred-to", "It refers to something that is not there, or is referred to." };
const struct problem db_check = { 500, "database-check", "The database refused a value." };
const struct problem db_busy = { 503, "database-busy", "The database is busy. Try again in a moment." };
const struct problem db_full = { 507, "database-full", "There is no room left to store this." };
const struct problem db_failed = { 500, "database-failed", "The database failed; nothing was changed." };
const struct problem db_unknown = { 500, "database-unknown", "The database failed; whether this was stored is not known." };
const struct problem db_newer = { 500, "database-newer", "The database was written by a newer version of this program." };
const struct problem db_changed = { 500, "database-changed", "The database was made by another version of a migration." };

struct interned {
	struct interned *next;
	char sql[];
};

static const char *const postgresql_schemes[] = { "postgresql://", "postgres://" };

static const struct db_driver *driver_of(struct text url)
{
	for (size_t i = 0; i < sizeof postgresql_schemes / sizeof *postgresql_schemes; i++)
		if (text_starts(url, text_of(postgresql_schemes[i])))
			return &db__postgresql;
	return &db__sqlite;
}

static char *place_of(struct text url)
{
	char *place;

	if (text_starts(url, TEXT("sqlite:")))
		url = text_from(url, strlen("sqlite:"));
	place = strndup(url.at, url.length);
	if (!place)
		abort();
	return place;
}

static struct db_options with_defaults(const struct db_options *options)
{
	struct db_options o = *options;

	o.readers = o.readers ? o.readers : 8;
	o.queue = o.queue ? o.queue : 1024;
	o.busy_ms = o.busy_ms ? o.busy_ms : DB_BUSY_MS;
	return o;
}

problem db_open(struct text url, const struct db_options *options, struct db **ret)
{
	struct db *db = calloc(1, sizeof *db);
	problem why;

	if (!db)
		abort();
	assert(options->world);
	db->driver = driver_of(url);
	db->world = options->world;
	db->options = with_defaults(options);
	db->url = place_of(url);
	db->slow = slow__new();
	pthread_mutex_init(&db->lock, NULL);
	pthread_mutex_init(&db->hint_lock, NULL);
	db__cond_init(&db->jobs_changed);
	why = db->driver->start(db);
	if (why)
		db_close(db);
	else
		*ret = db;
	return why;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db->driver->stop(db);
	for (size_t i = 0; i < db->idle_count; i++)
		arena_free(db->idle[i]);
	for (struct interned *one = db->interned, *next; one; one = next) {
		next = one->next;
		free(one);
	}
	pthread_cond_destroy(&db->jobs_changed);
	pthread_mutex_destroy(&db->hint_lock);
	pthread_mutex_destroy(&db->lock);
	slow__free(db->slow);
	free(db->url);
	free(db);
}

bool db_is_postgresql(const struct db *db)
{
	return db->driver->postgresql;
}

struct world *db_world(const struct db *db)
{
	return db->world;
}

struct asked {
	struct arena *arena;
	const char *name;
	struct text answer;
};

static problem ask_setting(struct connection *c, void *arg)
{
	struct asked *asked = arg;

	return c->db->driver->setting(c, asked->arena, asked->name, &asked->answer);
}

struct text db_setting(struct db *db, struct arena *arena, const char *name)
{
	struct asked asked = { .arena = arena, .name = name };

	assert(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name));
	return db->driver->alone(db, ask_setting, &asked) ? (struct text){ 0 } : asked.answer;
}

problem db_write(struct db *db, tx_fn fn, void *arg)
{
	return db->driver->run(db, MODE_WRITE, fn, arg);
}

problem db_read(struct db *db, tx_fn fn, void *arg)
{
	return db->driver->run(db, MODE_READ, fn, arg);
}

void db_write_later(struct db *db, struct db_call *call)
{
	db->driver->later(db, MODE_WRITE, call);
}

void db_read_later(struct db *db, struct db_call *call)
{
	db->driver->later(db, MODE_READ, call);
}

/* ---- shared by the drivers ---- */

problem db__commit(struct connection *c, bool wrote)
{
	struct db *db = c->db;
	int64_t began_ns;
	problem why;

	if (!wrote)
		return db->driver->commit(c);
	began_ns = slow__now_ns();
	db_step("commit-before");
	if (fault_now(db, FAULT_COMMIT_BEFORE)) {
		db->driver->rollback(c);
		return &db_failed;
	}
	why = db->driver->commit(c);
	slow__add(db->slow, "commit", slow__now_ns() - began_ns);
	if (why)
		return why;
	db_step("commit-after");
	return fault_now(db, FAULT_COMMIT_AFTER) ? &db_unknown : NULL;
}

struct arena *db__arena(struct db *db)
{
	struct arena *arena = NULL;

	pthread_mutex_lock(&db->lock);
	if (db->idle_count)
		arena = db->idle[--db->idle_count];
	pthread_mutex_unlock(&db->lock);
	return arena ? arena : arena_new(DB_ARENA_MAX);
}

void db__arena_back(struct db *db, struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	pthread_mutex_lock(&db->lock);
	if (db->idle_count < sizeof db->idle / sizeof *db->idle) {
		db->idle[db->idle_count++] = arena;
		arena = NULL;
	}
	pthread_mutex_unlock(&db->lock);
	arena_free(arena);
}

const char *db__intern(struct db *db, struct text sql)
{
	struct interned *one;

	pthread_mutex_lock(&db->lock);
	for (one = db->interned; one && !text_is(sql, one->sql); one = one->next)
		;
	if (!one) {
		one = malloc(sizeof *one + sql.length + 1);
		if (!one)
			abort();
		memcpy(one->sql, sql.at, sql.length);
		one->sql[sql.length] = 0;
		one->next = db->interned;
		db->interned = one;
	}
	pthread_mutex_unlock(&db->lock);
	return one->sql;
}

void db__committed(struct db *db, bool jobs, bool news)
{
	if (jobs) {
		pthread_mutex_lock(&db->lock);
		db->jobs_count++;
		pthread_cond_broadcast(&db->jobs_changed);
		pthread_mutex_unlock(&db->lock);
	}
	if (!news)
		return;
	pthread_mutex_lock(&db->hint_lock);
	if (db->hint)
		db->hint(db->hint_arg);
	pthread_mutex_unlock(&db->hint_lock);
}

/* A problem is a constant and cannot say which statement it was: this line does. Values are never in it. */
void db__log_failure(const char *what, const char *code, const char *says, const char *sql)
{
	log_line(LOG_ERROR, "database", "what", text_of(what), "code", text_of(code), "says", text_of(says), "sql", text_of(sql),
		 NULL);
}

int64_t db__monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

struct timespec db__monotonic_after(int64_t ms)
{
	int64_t us = db__monotonic_us() + ms * 1000;

	return (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
}

void db__cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}
