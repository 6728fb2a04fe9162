/* db_snapshot_test.c - the whole at one moment while others write; back into an empty database; nothing of it where something is. */
#include "base/testing.h"
#include "db/embedded.h"
#include "db/snapshot.h"
#include "db/testing.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

enum { BEGIN = 2000 };

/* Both sums are always equal: each transaction moves one from here to there. */
static const char tables[] =
	"create table here (id {I64} primary key, n {I64} not null, says {TEXT} not null) {STRICT};\n"
	"create table there (id {I64} primary key, here_id {I64} not null references here (id), n {I64} not null, blob {BLOB}) {STRICT};\n";

static struct world *world;
static struct db *db;
static struct arena *arena;
static struct migration list[16];
static size_t list_n;
static char folder[200];

static void make_list(void)
{
	list_n = 0;
	for (size_t i = 0; i < migrations_all_count && !strcmp(migrations_all[i].room, "db"); i++)
		list[list_n++] = migrations_all[i];
	list[list_n++] = (struct migration){ .room = "test", .number = 1, .name = "test", .sql = tables };
}

static problem put_begin(struct tx *tx, void *arg)
{
	(void)arg;
	for (int i = 1; i <= BEGIN; i++) {
		run(tx, "insert into here (id, n, says) values ($1, 1, $2)", V(i, TEXT("知\t坊\\ \"'\n")));
		run(tx, "insert into there (id, here_id, n, blob) values ($1, $1, 1, $2)", V(i, value_blob(TEXT("\0\1\xff"))));
	}
	return tx_problem(tx);
}

static int setup(void **state)
{
	(void)state;
	world = world_real(1);
	arena = arena_new(1 << 26);
	make_list();
	db = db_testing_open(world, list, list_n);
	assert_done(db_write(db, put_begin, NULL));
	test_folder(folder, "db_snapshot_test");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	arena_free(arena);
	world_close(world);
	return rmdir(folder);
}

/* ---- somebody who writes all the time ---- */

static _Atomic bool stop;
static _Atomic int64_t written;

static problem move_one(struct tx *tx, void *arg)
{
	int64_t id = tx_id(tx);

	(void)arg;
	run(tx, "insert into here (id, n, says) values ($1, 1, 'x')", V(id));
	run(tx, "insert into there (id, here_id, n) values ($1, $1, 1)", V(id));
	return tx_problem(tx);
}

static void *write_on(void *arg)
{
	(void)arg;
	while (!stop) {
		if (!db_write(db, move_one, NULL))
			written++;
	}
	return NULL;
}

struct seen {
	int64_t here, there;
};

static problem look(struct tx *tx, void *arg)
{
	struct seen *seen = arg;

	seen->here = read_int(tx, -1, "select sum(n) from here", V0);
	seen->there = read_int(tx, -1, "select count(*) from there t join here h on h.id = t.here_id", V0);
	return tx_problem(tx);
}

/* ---- SQLite ---- */

static void test_file(void)
{
	struct db_snapshot *s;
	struct seen pinned, copied;
	struct db *copy;
	const char *path = arena_format(arena, "%s/copy.db", folder).at;
	char more[600];

	assert_done(db_snapshot_open(db, &s));
	assert_done(db_snapshot_read(s, look, &pinned));
	for (int64_t n = written; written < n + 50;)
		usleep(100);
	assert_done(db_snapshot_file(s, path));
	db_snapshot_close(s);
	assert_done(db_open(arena_format(arena, "sqlite:%s", path), &(struct db_options){ .world = world }, &copy));
	assert_done(db_migrate(copy, list, list_n));
	assert_done(db_read(copy, look, &copied));
	assert_int_equal(copied.here, pinned.here);
	assert_int_equal(copied.there, pinned.here);
	db_close(copy);
	snprintf(more, sizeof more, "rm -f %s/copy.db*", folder);
	assert_int_equal(system(more), 0);
}

/* ---- PostgreSQL ---- */

struct kept {
	struct db_table *tables;
	struct buffer *rows;
	size_t n, at;
	bool given;
	problem fail;
};

static problem keep(void *arg, struct text rows)
{
	buffer_add(arg, rows);
	return NULL;
}

static problem give(void *arg, size_t table, struct text *ret)
{
	struct kept *kept = arg;

	if (kept->fail && table == kept->n - 1)
		return kept->fail;
	kept->given = kept->at == table ? !kept->given : true;
	kept->at = table;
	*ret = kept->given ? buffer_text(&kept->rows[table]) : (struct text){ 0 };
	return NULL;
}

static problem read_applied(struct tx *tx, void *arg)
{
	struct db_load *load = arg;
	struct db_applied *applied;
	problem why;

	tx_use_arena(tx, arena);
	why = db_applied(tx, &applied, &load->applied_count);
	load->applied = applied;
	return why;
}

static void take_all(struct kept *kept, struct db_load *load, struct seen *pinned)
{
	struct db_snapshot *s;

	assert_done(db_snapshot_open(db, &s));
	assert_done(db_snapshot_read(s, look, pinned));
	assert_done(db_snapshot_read(s, read_applied, load));
	for (int64_t n = written; written < n + 50;)
		usleep(100);
	assert_done(db_snapshot_tables(s, arena, &kept->tables, &kept->n));
	kept->rows = ARENA_ARRAY(arena, struct buffer, kept->n);
	for (size_t i = 0; i < kept->n; i++) {
		kept->rows[i] = BUFFER(64 << 20);
		assert_done(db_snapshot_rows(s, &kept->tables[i], keep, &kept->rows[i]));
	}
	db_snapshot_close(s);
	load->tables = kept->tables;
	load->table_count = kept->n;
}

static void test_rows(void)
{
	struct kept kept = { .at = SIZE_MAX };
	struct db_load load = { .all = list, .n = list_n, .rows = give, .arg = &kept };
	struct seen pinned, loaded;

	take_all(&kept, &load, &pinned);
	assert_problem(db_load(db, &load), db_not_empty);
	stop = true; /* the one that writes ends with this database */
	db_testing_run(db, "drop table there");
	db_testing_run(db, "drop table here");
	db_testing_run(db, "drop table job");
	db_testing_run(db, "drop table news");
	assert_problem(db_load(db, &load), db_not_empty);
	db_testing_run(db, "drop table migration");
	kept.fail = &problem_busy;
	assert_problem(db_load(db, &load), problem_busy);
	kept.fail = NULL;
	kept.at = SIZE_MAX;
	kept.tables[0].columns = TEXT("id); drop table x; --");
	assert_problem(db_load(db, &load), db_failed);
	kept.tables[0].columns = arena_text(arena, TEXT("id, n, says"));
	kept.at = SIZE_MAX;
	assert_text(kept.tables[0].name, "here");
	assert_done(db_load(db, &load)); /* after two that left nothing behind */
	assert_done(db_migrate(db, list, list_n));
	assert_done(db_read(db, look, &loaded));
	assert_int_equal(loaded.here, pinned.here);
	assert_int_equal(loaded.there, pinned.here);
	assert_int_equal(db_testing_int(db, "select count(*) from pg_constraint where contype = 'f' and conrelid = 'there'::regclass"), 1);
	for (size_t i = 0; i < kept.n; i++)
		buffer_free(&kept.rows[i]);
}

static void test_while_writing(void **state)
{
	pthread_t writer;

	(void)state;
	stop = false;
	assert_int_equal(pthread_create(&writer, NULL, write_on, NULL), 0);
	if (db_is_postgresql(db))
		test_rows();
	else
		test_file();
	stop = true;
	pthread_join(writer, NULL);
}

static void test_what_a_row_says_comes_back(void **state)
{
	(void)state;
	assert_int_equal(db_testing_int(db, "select count(*) from here where id <= 2000"), BEGIN);
	assert_int_equal(db_testing_int(db, "select count(*) from here where says like '知%坊%'"), BEGIN);
	assert_int_equal(db_testing_int(db, "select count(*) from there where length(blob) = 3"), BEGIN);
}

static void test_known(void **state)
{
	struct db_applied newer = { TEXT("test"), 2, 5 }, other = { TEXT("test"), 1, 5 };

	(void)state;
	assert_problem(db_applied_known(list, list_n, &newer, 1), db_newer);
	assert_problem(db_applied_known(list, list_n, &other, 1), db_changed);
}

static void by_another_hand(const char *sql)
{
	sqlite3 *other;

	assert_int_equal(sqlite3_open(text_from(db_testing_url(), strlen("sqlite:")).at, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static void test_verify(void **state)
{
	struct db_soundness sound;

	(void)state;
	assert_done(db_verify(db, arena, &sound));
	assert_true(sound.sound);
	if (db_is_postgresql(db))
		return;
	by_another_hand("pragma foreign_keys = off; delete from here where id = 1");
	assert_done(db_verify(db, arena, &sound));
	assert_false(sound.sound);
	assert_text(sound.wrong, "a row of there refers to one that is not there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_while_writing),
		cmocka_unit_test(test_what_a_row_says_comes_back),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
