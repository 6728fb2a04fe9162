/* db_test.c - one text of SQL means the same on both databases: each rule of README.md that rooms rely on, values and
 * rows of every kind, and the names of errors. */
#include "base/testing.h"
#include "db/testing.h"

#include <pthread.h>

static const char tables[] =
	"create table thing (\n"
	"	id {I64} primary key,\n"
	"	name {TEXT} not null unique,\n"
	"	size {I64} check (size >= 0),\n"
	"	ratio {REAL},\n"
	"	bytes {BLOB},\n"
	"	flag {I64} not null default 0 check (flag in (0, 1)),\n"
	"	state {TEXT}\n"
	") {STRICT};\n"
	"create table part (\n"
	"	id {I64} primary key,\n"
	"	thing {I64} not null references thing (id) on delete restrict\n"
	") {STRICT};\n"
	"create index part_thing on part (thing);\n"
	"create unique index thing_big on thing (state) where size > 1000;\n";

enum thing_state { NOBODY, THING_OPEN, THING_SHUT };
static const char *const thing_states[] = { NULL, "open", "shut", NULL };

struct thing {
	struct work_id id;
	struct text name;
	struct money size;
	double ratio;
	struct text bytes;
	bool flag;
	int state;
	enum given size_given;
};

static const struct shape thing_shape = SHAPE(thing,
	FIELD(thing, id, SHAPE_ID),
	FIELD(thing, name, SHAPE_TEXT),
	FIELD(thing, size, SHAPE_MONEY, .given_at = offsetof(struct thing, size_given)),
	FIELD(thing, ratio, SHAPE_REAL),
	FIELD(thing, bytes, SHAPE_TEXT),
	FIELD(thing, flag, SHAPE_BOOL),
	FIELD(thing, state, SHAPE_ENUM, .names = thing_states));

#define THING_COLUMNS "id, name, size, ratio, bytes, flag, state"

struct one {
	int64_t n;
};
static const struct shape one_shape = SHAPE(one, FIELD(one, n, SHAPE_INT));
struct word {
	struct text t;
};
static const struct shape word_shape = SHAPE(word, FIELD(word, t, SHAPE_TEXT));

static struct world *world;
static struct db *db;

static int setup(void **state)
{
	(void)state;
	world = world_test(INT64_C(1735732800000), 1);
	db = db_testing_open_with(world, tables);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

static const struct problem no_thing = { 404, "no-thing", "" };

/* ---- values and rows ---- */

static problem store_things(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name, size, ratio, bytes, flag, state) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(7, "知识", INT64_C(9007199254740993), 0.1, value_blob((struct text){ "\0\xff\x27", 3 }), true, "shut"));
	run(tx, "insert into thing (id, name, size, ratio, bytes, flag, state) values ($1, $2, $3, $4, $5, $6, $7)",
	    V(8, TEXT(""), value_null(), value_null(), value_blob((struct text){ 0 }), false, (struct text){ 0 }));
	return tx_problem(tx);
}

static problem load_things(struct tx *tx, void *arg)
{
	struct thing thing = { .id = { 99 } };

	(void)arg;
	assert_done(read_one(tx, &no_thing, &thing_shape, &thing, "select " THING_COLUMNS " from thing where id = $1", V(7)));
	assert_int_equal(thing.id.v, 7);
	assert_text(thing.name, "知识");
	assert_int_equal(thing.size.fen, INT64_C(9007199254740993));
	assert_int_equal(thing.size_given, GIVEN_VALUE);
	assert_true(thing.ratio == 0.1);
	assert_int_equal(thing.bytes.length, 3);
	assert_memory_equal(thing.bytes.at, "\0\xff\x27", 3);
	assert_true(thing.flag);
	assert_int_equal(thing.state, THING_SHUT);

	assert_done(read_one(tx, &no_thing, &thing_shape, &thing, "select " THING_COLUMNS " from thing where id = $1", V(8)));
	assert_non_null(thing.name.at);
	assert_int_equal(thing.name.length, 0);
	assert_int_equal(thing.size.fen, 0);
	assert_int_equal(thing.size_given, GIVEN_NULL);
	assert_true(thing.ratio == 0);
	assert_null(thing.bytes.at);
	assert_false(thing.flag);
	assert_int_equal(thing.state, NOBODY);

	thing.id.v = 99;
	assert_problem(read_one(tx, &no_thing, &thing_shape, &thing, "select " THING_COLUMNS " from thing where id = $1", V(9)), no_thing);
	assert_int_equal(thing.id.v, 99);
	assert_null(tx_problem(tx));
	return NULL;
}

static void test_values_come_back(void **state)
{
	(void)state;
	assert_done(db_write(db, store_things, NULL));
	assert_done(db_read(db, load_things, NULL));
}

static problem store_many(struct tx *tx, void *arg)
{
	int n = *(int *)arg;

	for (int i = 1; i <= n; i++) {
		char name[24];

		snprintf(name, sizeof name, "thing %d", i);
		run(tx, "insert into thing (id, name, size, flag) values ($1, $2, $3, 1)", V(i, (const char *)name, i));
	}
	return NULL;
}

static void store_n(int n)
{
	assert_done(db_write(db, store_many, &n));
}

static problem sum_row(void *arg, const void *row)
{
	*(int64_t *)arg += ((const struct one *)row)->n;
	return *(int64_t *)arg > 50 ? &no_thing : NULL;
}

static problem load_many(struct tx *tx, void *arg)
{
	struct one *rows;
	size_t n;
	int64_t sum = 0;

	(void)arg;
	assert_done(read_all(tx, &one_shape, 100, (void **)&rows, &n, "select id from thing order by id", V0));
	assert_int_equal(n, 100);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rows[i].n, i + 1);
	assert_done(read_all(tx, &one_shape, 3, (void **)&rows, &n, "select id from thing order by id limit 4", V0));
	assert_int_equal(n, 3);
	assert_done(read_all(tx, &one_shape, 3, (void **)&rows, &n, "select id from thing where id < 0", V0));
	assert_int_equal(n, 0);
	assert_problem(read_each(tx, &one_shape, sum_row, &sum, "select id from thing order by id", V0), no_thing);
	assert_int_equal(sum, 55);
	assert_null(tx_problem(tx));
	assert_int_equal(read_int(tx, -1, "select sum(size) from thing where id > $1", V(0)), 5050);
	assert_int_equal(read_int(tx, -1, "select sum(size) from thing where id > $1", V(1000)), -1);
	assert_int_equal(read_int(tx, -1, "select size from thing where id > $1", V(1000)), -1);
	return NULL;
}

static void test_many_rows(void **state)
{
	(void)state;
	store_n(100);
	assert_done(db_read(db, load_many, NULL));
}

/* the same literal runs inside itself */
static struct tx *outer;
static problem each_within(void *arg, const void *row)
{
	int *depth = arg, deeper = *depth - 1;

	(void)row;
	if (!deeper)
		return NULL;
	(void)arg;
	return read_each(outer, &one_shape, each_within, &deeper, "select id from thing where id <= $1", V(3));
}

static problem nested(struct tx *tx, void *arg)
{
	int depth = 3;

	(void)arg;
	outer = tx;
	return each_within(&depth, NULL);
}

static void test_statement_within_itself(void **state)
{
	(void)state;
	store_n(5);
	assert_done(db_read(db, nested, NULL));
	assert_done(db_read(db, nested, NULL));
}

static problem count_changes(struct tx *tx, void *arg)
{
	(void)arg;
	assert_int_equal(run_count(tx, "update thing set flag = 0 where id <= $1", V(4)), 4);
	assert_int_equal(run_count(tx, "update thing set flag = 0 where id < $1", V(0)), 0);
	assert_int_equal(run_count(tx, "delete from thing where id in ($1, $2)", V(1, 2)), 2);
	assert_done(run_one(tx, &no_thing, "delete from thing where id = $1", V(3)));
	assert_problem(run_one(tx, &no_thing, "delete from thing where id = $1", V(3)), no_thing);
	assert_ptr_equal(tx_problem(tx), &no_thing);
	run(tx, "delete from thing", V0); /* nothing happens any more */
	assert_int_equal(run_count(tx, "delete from thing", V0), 0);
	assert_int_equal(read_int(tx, -5, "select count(*) from thing", V0), -5);
	return NULL;
}

static problem count_things(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from thing", V0);
	return NULL;
}

static int64_t things(void)
{
	int64_t n;

	assert_done(db_read(db, count_things, &n));
	return n;
}

static void test_first_problem_sticks_and_rolls_back(void **state)
{
	(void)state;
	store_n(5);
	assert_problem(db_write(db, count_changes, NULL), no_thing);
	assert_int_equal(things(), 5);
}

/* ---- errors ---- */

static problem break_unique(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name) values ($1, $2)", V(50, "thing 1"));
	return NULL;
}

static problem break_key(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name) values ($1, $2)", V(1, "other"));
	return NULL;
}

static problem break_reference(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into part (id, thing) values ($1, $2)", V(1, 4711));
	return NULL;
}

static problem break_restrict(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into part (id, thing) values ($1, $2)", V(1, 1));
	run(tx, "delete from thing where id = $1", V(1));
	return NULL;
}

static problem break_check(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name, size) values ($1, $2, $3)", V(51, "negative", -1));
	return NULL;
}

static problem break_not_null(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name) values ($1, $2)", V(51, (struct text){ 0 }));
	return NULL;
}

static problem break_partial(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "update thing set size = 2000, state = 'open' where id in ($1, $2)", V(1, 2));
	return NULL;
}

static problem break_and_name(struct tx *tx, void *arg)
{
	(void)break_unique(tx, arg);
	return tx_problem(tx) == &db_unique ? &no_thing : NULL;
}

static problem write_in_read(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "delete from thing", V0);
	return NULL;
}

static problem misspell(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "delete from thin", V0);
	return NULL;
}

static problem read_wrong_kind(struct tx *tx, void *arg)
{
	struct one one;

	(void)arg;
	return read_one(tx, &no_thing, &one_shape, &one, "select name from thing where id = $1", V(1));
}

static void test_errors_have_one_name(void **state)
{
	(void)state;
	store_n(5);
	assert_problem(db_write(db, break_unique, NULL), db_unique);
	assert_problem(db_write(db, break_key, NULL), db_unique);
	assert_problem(db_write(db, break_partial, NULL), db_unique);
	assert_problem(db_write(db, break_reference, NULL), db_reference);
	assert_problem(db_write(db, break_restrict, NULL), db_reference);
	assert_problem(db_write(db, break_check, NULL), db_check);
	assert_problem(db_write(db, break_not_null, NULL), db_check);
	assert_problem(db_write(db, break_and_name, NULL), no_thing);
	assert_problem(db_write(db, misspell, NULL), db_failed);
	assert_problem(db_read(db, write_in_read, NULL), db_failed);
	assert_problem(db_read(db, read_wrong_kind, NULL), db_failed);
	assert_int_equal(things(), 5);
}

/* ---- one text, one meaning ---- */

static void says(struct tx *tx, const char *expected, const char *sql, const struct value *values, size_t n)
{
	struct word word = { 0 };

	assert_done(read_one(tx, &no_thing, &word_shape, &word, sql, values, n));
	assert_text(word.t, expected);
}

static problem same_answers(struct tx *tx, void *arg)
{
	(void)arg;
	/* values go by number, not by first appearance */
	assert_int_equal(read_int(tx, -1, "select $2 - $1", V(3, 10)), 7);
	assert_int_equal(read_int(tx, -1, "select $1 * $2 * 86400000", V(365, 100)), INT64_C(3153600000000));
	/* a null has a type */
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where ($1 is null or name = $1)", V((struct text){ 0 })), 5);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where ($1 is null or name = $1)", V("thing 2")), 1);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where ($1 is null or id > $1)", V(value_null())), 5);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where ($1 is null or id > $1)", V(3)), 2);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where name like $1", V("Thing%")), 0);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where name like $1", V("thing%")), 5);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where name like $1 escape '!'", V("thing!%")), 0);
	assert_int_equal(read_int(tx, -1, "select 7 / 2", V0), 3);
	assert_int_equal(read_int(tx, -1, "select length($1)", V("知识ab")), 4);
	says(tx, "识a", "select substr($1, 2, 2)", V("知识ab"));
	says(tx, "b-c", "select coalesce(nullif($1, 'a'), 'b') || '-' || replace($2, 'x', 'c')", V("a", "x"));
	assert_int_equal(read_int(tx, -1, "select count(*) filter (where id > 2) from thing", V0), 3);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where (flag, id) < ($1, $2)", V(1, 3)), 2);
	assert_int_equal(read_int(tx, -1, "with recursive up (n) as (select 1 union all select n + 1 from up where n < 10)"
					  " select count(*) from up", V0), 10);
	assert_int_equal(read_int(tx, -1, "select rank from (select id, rank() over (order by size desc) as rank from thing) as r"
					  " where id = $1", V(5)), 1);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing where id in ($1, $2, $3, $4)", V(1, 2, 2, 99)), 2);
	assert_int_equal(read_int(tx, -1, "select case when size > 3 then 1 else 0 end from thing where id = $1", V(4)), 1);
	return NULL;
}

static problem same_order(struct tx *tx, void *arg)
{
	static const char *const names[] = { "b", "B", "é", "a", "知", "A", "~" }, *const sorted[] = { "A", "B", "a", "b", "~", "é", "知" };
	struct word *words;
	size_t n;

	(void)arg;
	for (int i = 0; i < 7; i++)
		run(tx, "insert into thing (id, name, state, size) values ($1, $2, 'sorted', $3)",
		    V(100 + i, names[i], i % 2 ? value_int(i) : value_null()));
	assert_done(read_all(tx, &word_shape, 7, (void **)&words, &n, "select name from thing where state = 'sorted' order by name", V0));
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++)
		assert_text(words[i].t, sorted[i]);
	assert_int_equal(read_int(tx, -1, "select id from thing where state = 'sorted' order by size nulls last, id limit 1", V0), 101);
	assert_int_equal(read_int(tx, -1, "select id from thing where state = 'sorted' order by size desc nulls last, id limit 1", V0), 105);
	assert_int_equal(read_int(tx, -1, "select id from thing where state = 'sorted' order by size nulls first, id limit $1 offset $2",
				  V(1, 1)), 102);
	return tx_problem(tx);
}

static problem same_writes(struct tx *tx, void *arg)
{
	(void)arg;
	assert_int_equal(read_int(tx, -1, "insert into thing (id, name, size) values ($1, $2, $3) returning size", V(60, "new", 6)), 6);
	assert_int_equal(read_int(tx, -1, "insert into thing (id, name, size) values ($1, $2, $3) on conflict (name)"
					  " do update set size = thing.size + excluded.size returning size", V(61, "new", 4)), 10);
	assert_int_equal(run_count(tx, "insert into thing (id, name) values ($1, $2) on conflict do nothing", V(62, "new")), 0);
	assert_int_equal(run_count(tx, "insert into thing (id, name) select id + 1000, name || '!' from thing where id <= $1"
				       " on conflict (name) do nothing", V(3)), 3);
	assert_int_equal(run_count(tx, "update thing set size = other.size + 1 from thing as other"
				       " where other.id = $1 and thing.id = $2", V(60, 1)), 1);
	assert_int_equal(read_int(tx, -1, "select size from thing where id = $1", V(1)), 11);
	assert_int_equal(run_count(tx, "insert into thing (id, name) values ($1, $2), ($3, $4)", V(70, "x", 71, "y")), 2);
	assert_int_equal(read_int(tx, -1, "update thing set flag = 1 - flag where id = (select id from thing where name = $1)"
					  " and flag = 0 returning flag", V("x")), 1);
	return tx_problem(tx);
}

static void test_one_text_one_meaning(void **state)
{
	(void)state;
	store_n(5);
	assert_done(db_read(db, same_answers, NULL));
	assert_done(db_write(db, same_order, NULL));
	assert_done(db_write(db, same_writes, NULL));
}

/* A column that does not hold integers refuses text, on SQLite too. */
static problem store_text_as_int(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into thing (id, name, size) values ($1, $2, $3)", V(80, "typed", TEXT("abc")));
	return NULL;
}

static void test_columns_have_types(void **state)
{
	(void)state;
	assert_non_null(db_write(db, store_text_as_int, NULL));
	assert_int_equal(things(), 0);
}

/* ---- what the database says of itself ---- */

static void test_the_database_is_durable(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_text(db_setting(db, arena, "isolation"), "serializable");
	if (db_is_postgresql(db)) {
		assert_text(db_setting(db, arena, "synchronous_commit"), "on");
		assert_text(db_setting(db, arena, "client_encoding"), "UTF8");
		assert_non_null(db_setting(db, arena, "fsync").at); /* the server's own: scratch servers of tests have it off */
	} else {
		assert_text(db_setting(db, arena, "synchronous"), "2");
		assert_text(db_setting(db, arena, "journal_mode"), "wal");
		assert_text(db_setting(db, arena, "foreign_keys"), "1");
		assert_text(db_setting(db, arena, "trusted_schema"), "0");
		assert_text(db_setting(db, arena, "busy_timeout"), "5000");
	}
	arena_free(arena);
}

/* ---- snapshots ---- */

static problem read_twice(struct tx *tx, void *arg)
{
	pthread_barrier_t *barrier = arg;
	int64_t before = read_int(tx, -1, "select count(*) from thing", V0);

	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	assert_int_equal(read_int(tx, -1, "select count(*) from thing", V0), before);
	return NULL;
}

static void *read_on_thread(void *barrier)
{
	assert_done(db_read(db, read_twice, barrier));
	return NULL;
}

static void test_a_read_sees_one_moment(void **state)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	(void)state;
	store_n(3);
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, read_on_thread, &barrier), 0);
	pthread_barrier_wait(&barrier);
	assert_done(db_write(db, store_things, NULL));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(things(), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_values_come_back),
		T(test_many_rows),
		T(test_statement_within_itself),
		T(test_first_problem_sticks_and_rolls_back),
		T(test_errors_have_one_name),
		T(test_one_text_one_meaning),
		T(test_columns_have_types),
		T(test_the_database_is_durable),
		T(test_a_read_sees_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
