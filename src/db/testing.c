/* testing.c - see testing.h */
#include "db/testing.h"
#include "db/embedded.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHILD "zhifang-child"

/* Of a test's process, which has one database at a time. */
static char last_url[1024], child_url[1100], empty_url[1024], folder[256];
static int made, server_version;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "db_testing: %s: %s\n", what, why);
	abort();
}

static bool on_postgresql(void)
{
	const char *which = getenv("ZHIFANG_TEST_DB");

	if (!which || !strcmp(which, "sqlite"))
		return false;
	if (strcmp(which, "postgresql"))
		fail("ZHIFANG_TEST_DB is neither sqlite nor postgresql", which);
	return true;
}

static void make_folder(void)
{
	const char *where = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/zhifang-test-XXXXXX", where ? where : "/tmp");
	if (!mkdtemp(folder))
		fail(folder, strerror(errno));
	snprintf(last_url, sizeof last_url, "sqlite:%s/test.db", folder);
}

static void remove_folder(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[300];

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s/test.db%s", folder, ends[i]);
		unlink(path);
	}
	rmdir(folder);
}

static const char *server(void)
{
	const char *server = getenv("ZHIFANG_TEST_POSTGRESQL");

	if (!server)
		fail("ZHIFANG_TEST_POSTGRESQL is not set", "tests on PostgreSQL need a server where databases may be made");
	return server;
}

static void be_silent(void *arg, const PGresult *result)
{
	(void)arg, (void)result;
}

static void on_server(const char *verb, const char *name, const char *how)
{
	PGconn *connection = PQconnectdb(server());
	PGresult *result;
	char sql[256];

	PQsetNoticeReceiver(connection, be_silent, NULL);
	server_version = PQserverVersion(connection);
	snprintf(sql, sizeof sql, "%s %s %s", verb, name, how);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail(sql, PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

/* postgresql://person@host:port/DATABASE?more, with another database */
static void name_database(const char *name, char url[1024])
{
	struct text uri = text_of(server()), query = { "", 0 };
	size_t start = text_find(uri, TEXT("://")) + 3, slash, mark = text_find_char(uri, '?');

	if (mark != SIZE_MAX) {
		query = text_from(uri, mark);
		uri = text_head(uri, mark);
	}
	slash = text_find_char(text_from(uri, start), '/');
	if (slash != SIZE_MAX)
		uri = text_head(uri, start + slash);
	snprintf(url, 1024, "%.*s/%s%.*s", TEXT_ARG(uri), name, TEXT_ARG(query));
}

static void make_database(const char *how)
{
	char name[64];

	snprintf(name, sizeof name, "zhifang_test_%d_%d", getpid(), ++made);
	on_server("drop database if exists", name, "with (force)");
	on_server("create database", name, how);
	name_database(name, last_url);
}

static bool child_is_connected(PGconn *connection)
{
	char sql[256];
	PGresult *result;
	bool any;

	snprintf(sql, sizeof sql, "select 1 from pg_stat_activity where datname = 'zhifang_test_%d_%d' and application_name = '" CHILD "'",
		 getpid(), made);
	result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail(sql, PQerrorMessage(connection));
	any = PQntuples(result) > 0;
	PQclear(result);
	return any;
}

static void remove_database(void)
{
	char name[64];

	snprintf(name, sizeof name, "zhifang_test_%d_%d", getpid(), made);
	on_server("drop database if exists", name, "with (force)");
}

/* A program migrates one database, and copies it for each of its tests: a copy costs less than two hundred tables made anew. */
static char model[64];

static void remove_model(void)
{
	if (model[0])
		on_server("drop database if exists", model, "with (force)");
}

static void make_model(struct world *world)
{
	char url[1024];
	struct db *db;
	problem why;

	snprintf(model, sizeof model, "zhifang_test_%d_model", getpid());
	remove_model();
	on_server("create database", model, "template template0 encoding 'UTF8'");
	name_database(model, url);
	why = db_open(text_of(url), &(struct db_options){ .world = world }, &db);
	if (!why)
		why = db_migrate(db, migrations_all, migrations_all_count);
	if (why)
		fail("the model", why->type);
	db_close(db);
	atexit(remove_model);
}

static void make_copy(struct world *world)
{
	char how[100];

	if (!model[0])
		make_model(world);
	/* no test waits for a crash of the server, for which each page would be written to its log */
	snprintf(how, sizeof how, "template %s%s", model, server_version >= 150000 ? " strategy file_copy" : "");
	make_database(how);
}

struct db *db_testing_open(struct world *world, const struct migration *all, size_t n)
{
	struct db *db;
	problem why;

	if (!on_postgresql())
		make_folder();
	else if (all == migrations_all && n == migrations_all_count)
		make_copy(world);
	else
		make_database("template template0 encoding 'UTF8'");
	why = db_open(text_of(last_url), &(struct db_options){ .world = world }, &db);
	if (why)
		fail(last_url, why->type);
	why = n ? db_migrate(db, all, n) : NULL;
	if (why)
		fail("migrations", why->type);
	return db;
}

struct text db_testing_url(void)
{
	return text_of(last_url);
}

struct text db_testing_child_url(void)
{
	if (!on_postgresql())
		return text_of(last_url);
	snprintf(child_url, sizeof child_url, "%s%capplication_name=" CHILD, last_url, strchr(last_url, '?') ? '&' : '?');
	return text_of(child_url);
}

void db_testing_child_gone(void)
{
	PGconn *connection;

	if (!on_postgresql())
		return;
	connection = PQconnectdb(server());
	while (child_is_connected(connection))
		usleep(2000);
	PQfinish(connection);
}

static void name_empty(char name[64]) { snprintf(name, 64, "zhifang_test_%d_empty", getpid()); }

struct text db_testing_empty_url(void)
{
	char name[64];

	if (!on_postgresql())
		return (struct text){ 0 };
	db_testing_empty_gone();
	name_empty(name);
	on_server("create database", name, "template template0 encoding 'UTF8'");
	name_database(name, empty_url);
	return text_of(empty_url);
}

void db_testing_empty_gone(void)
{
	char name[64];

	name_empty(name);
	if (on_postgresql())
		on_server("drop database if exists", name, "with (force)");
}

struct db *db_testing_open_with(struct world *world, const char *sql)
{
	struct migration list[16];
	size_t n = 0;

	for (size_t i = 0; i < migrations_all_count && !strcmp(migrations_all[i].room, "db"); i++)
		list[n++] = migrations_all[i];
	assert(n && n < sizeof list / sizeof *list);
	list[n++] = (struct migration){ .room = "test", .number = 1, .name = "test", .sql = sql };
	return db_testing_open(world, list, n);
}

struct asking {
	const char *sql;
	int64_t answer;
};

static problem ask(struct tx *tx, void *arg)
{
	struct asking *asking = arg;

	asking->answer = read_int(tx, 0, asking->sql, V0);
	return tx_problem(tx);
}

int64_t db_testing_int(struct db *db, const char *sql)
{
	struct asking asking = { .sql = sql };
	problem why = db_read(db, ask, &asking);

	if (why)
		fail(sql, why->type);
	return asking.answer;
}

static problem run_by_hand(struct tx *tx, void *arg)
{
	run(tx, arg, V0);
	return tx_problem(tx);
}

void db_testing_run(struct db *db, const char *sql)
{
	problem why = db_write(db, run_by_hand, (void *)(uintptr_t)sql);

	if (why)
		fail(sql, why->type);
}

void db_testing_close(struct db *db)
{
	bool postgresql = db_is_postgresql(db);

	db_close(db);
	if (postgresql)
		remove_database();
	else
		remove_folder();
}
