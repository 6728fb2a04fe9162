/* db_migrate_test.c - each migration once and whole; nothing is done to a database that knows more than this program. */
#include "base/testing.h"
#include "db/embedded.h"
#include "db/testing.h"

#include <pthread.h>

static struct world *world;

static int setup(void **state)
{
	(void)state;
	world = world_test(INT64_C(1735732800000), 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(world);
	return 0;
}

enum { MOST = 8 };
struct list {
	struct migration all[MOST];
	size_t n;
};

static void add(struct list *list, const char *room, int number, const char *sql)
{
	assert_true(list->n < MOST);
	list->all[list->n++] = (struct migration){ room, number, "test", sql };
}

static struct list own(void)
{
	struct list list = { 0 };

	for (size_t i = 0; !strcmp(migrations_all[i].room, "db"); i++)
		list.all[list.n++] = migrations_all[i];
	return list;
}

static problem migrate(struct db *db, const struct list *list)
{
	return db_migrate(db, list->all, list->n);
}

static problem count(struct tx *tx, void *arg)
{
	int64_t *n = arg;

	*n = read_int(tx, -1, "select count(*) from migration where room <> 'db'", V0);
	return NULL;
}

static int64_t applied(struct db *db)
{
	int64_t n;

	assert_done(db_read(db, count, &n));
	return n;
}

static problem use(struct tx *tx, void *arg)
{
	run(tx, "insert into fruit (id, name) values ($1, $2)", V(1, "pear"));
	(void)arg;
	return tx_problem(tx);
}

static problem look(struct tx *tx, void *arg)
{
	(void)arg;
	assert_int_equal(read_int(tx, -1, "select price from fruit where id = 1", V0), 0);
	assert_int_equal(read_int(tx, -1, "select fruit from basket where id = 1", V0), 1);
	return tx_problem(tx);
}

static problem fill_basket(struct tx *tx, void *arg)
{
	(void)arg;
	run(tx, "insert into basket (id, fruit) values (1, 1)", V0);
	return tx_problem(tx);
}

static const char fruit[] = "create table fruit (id {I64} primary key, name {TEXT} not null) {STRICT};\n";
static const char basket[] = "create table basket (id {I64} primary key, fruit {I64} not null references fruit (id)) {STRICT};\n";
/* what SQLite needs for a change of a table that others refer to */
static const char rebuild_sqlite[] = "-- only: sqlite\n"
				     "create table fruit_new (id {I64} primary key, name {TEXT} not null, price {I64} not null) {STRICT};\n"
				     "insert into fruit_new (id, name, price) select id, name, 0 from fruit;\n"
				     "drop table fruit;\n"
				     "alter table fruit_new rename to fruit;\n";
static const char rebuild_postgresql[] = "-- only: postgresql\nalter table fruit add column price {I64} not null default 0;\n";

static void test_each_once_and_in_order(void **state)
{
	struct list list = own();
	struct db *db;

	(void)state;
	add(&list, "test", 1, fruit);
	db = db_testing_open(world, list.all, list.n);
	assert_int_equal(applied(db), 1);
	assert_done(migrate(db, &list));
	assert_done(db_write(db, use, NULL));
	add(&list, "test", 2, basket);
	assert_done(migrate(db, &list));
	assert_done(db_write(db, fill_basket, NULL));
	add(&list, "test", 3, rebuild_sqlite);
	add(&list, "test", 4, rebuild_postgresql);
	assert_done(migrate(db, &list));
	assert_done(migrate(db, &list));
	assert_int_equal(applied(db), 3); /* one of the last two */
	assert_done(db_read(db, look, NULL));
	db_testing_close(db);
}

static problem is_gone(struct tx *tx, void *arg)
{
	(void)arg;
	return read_int(tx, -1, "select count(*) from half", V0) < 0 ? tx_problem(tx) : NULL;
}

static void test_a_failed_migration_leaves_nothing(void **state)
{
	struct list list = own(), better;
	struct db *db;

	(void)state;
	add(&list, "test", 1, fruit);
	better = list;
	db = db_testing_open(world, list.all, list.n);
	add(&list, "test", 2, "create table half (id {I64} primary key) {STRICT};\ninsert into half (id) values (1);\ncreate tabel other;\n");
	add(&list, "test", 3, basket);
	assert_problem(migrate(db, &list), db_failed);
	assert_int_equal(applied(db), 1);
	assert_problem(db_read(db, is_gone, NULL), db_failed);
	add(&better, "test", 2, "create table half (id {I64} primary key) {STRICT};\n");
	assert_done(migrate(db, &better));
	assert_done(db_read(db, is_gone, NULL));
	db_testing_close(db);
}

static void test_references_are_checked(void **state)
{
	struct list list = own();
	struct db *db;

	(void)state;
	add(&list, "test", 1, fruit);
	add(&list, "test", 2, basket);
	db = db_testing_open(world, list.all, list.n);
	add(&list, "test", 3, "insert into basket (id, fruit) values (1, 77);\n");
	assert_problem(migrate(db, &list), db_reference);
	assert_int_equal(applied(db), 2);
	assert_done(db_write(db, use, NULL)); /* and foreign keys are on again */
	assert_done(db_write(db, fill_basket, NULL));
	list.n--;
	assert_done(migrate(db, &list));
	db_testing_close(db);
}

static void test_foreign_keys_are_on_afterwards(void **state)
{
	struct list list = own();
	struct db *db;

	(void)state;
	add(&list, "test", 1, fruit);
	add(&list, "test", 2, basket);
	db = db_testing_open(world, list.all, list.n);
	assert_problem(db_write(db, fill_basket, NULL), db_reference);
	db_testing_close(db);
}

static void test_a_newer_database_is_refused(void **state)
{
	struct list list = own(), older;
	struct db *db;

	(void)state;
	add(&list, "test", 1, fruit);
	older = list;
	add(&list, "test", 2, basket);
	db = db_testing_open(world, list.all, list.n);
	add(&older, "more", 1, "create table more (id {I64} primary key) {STRICT};\n");
	assert_problem(migrate(db, &older), db_newer);
	assert_int_equal(applied(db), 2);
	list.all[list.n - 1].sql = rebuild_sqlite;
	assert_problem(migrate(db, &list), db_changed);
	db_testing_close(db);
}

static void *migrate_on_thread(void *arg)
{
	struct list *list = arg;
	struct db *db;

	assert_done(db_open(db_testing_url(), &(struct db_options){ .world = world }, &db));
	assert_done(migrate(db, list));
	db_close(db);
	return NULL;
}

static void test_two_programs_start_at_once(void **state)
{
	struct list list = own();
	struct db *db = db_testing_open(world, list.all, list.n);
	pthread_t threads[3];

	(void)state;
	add(&list, "test", 1, fruit);
	add(&list, "test", 2, basket);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate_on_thread, &list), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(applied(db), 2);
	db_testing_close(db);
}

static void test_all_rooms(void **state)
{
	struct db *db = db_testing_open(world, migrations_all, migrations_all_count);

	(void)state;
	assert_done(db_migrate(db, migrations_all, migrations_all_count));
	db_testing_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_each_once_and_in_order),
		T(test_a_failed_migration_leaves_nothing),
		T(test_references_are_checked),
		T(test_foreign_keys_are_on_afterwards),
		T(test_a_newer_database_is_refused),
		T(test_two_programs_start_at_once),
		T(test_all_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
