/* db_crash_test.c - SIGKILL at any moment and at each durable step, or an ordinary end beside us: nothing acknowledged is
 * lost. The child is this program again; it tells of each acknowledgement through a pipe. */
#include "base/testing.h"
#include "db/testing.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 8, STEPPED = 4 };

static struct world *world;
static struct db *db;

static int setup(void **state)
{
	(void)state;
	world = world_real(1);
	db = db_testing_open_with(world, "create table entry (id {I64} primary key, twice {I64} not null unique) {STRICT};\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

/* ---- the child ---- */

static problem add_entry(struct tx *tx, void *arg)
{
	int64_t *id = arg;

	*id = tx_id(tx);
	run(tx, "insert into entry (id, twice) values ($1, $2)", V(*id, -*id));
	run(tx, "update entry set twice = $2 where id = $1", V(*id, *id * 2));
	return NULL;
}

/* "Busy" is an answer, and an honest one: nothing was written. So is that an id is there already: on a disk in memory a process takes more ids
 * than its time has, and the next one may come upon those that it borrowed (world.c). */
static void write_one(struct db *child)
{
	int64_t id;
	problem why;

	do
		why = db_write(child, add_entry, &id);
	while (why == &db_busy || why == &db_unique);
	if (why || write(STDOUT_FILENO, &id, sizeof id) != sizeof id)
		_exit(1);
}

static void *write_for_ever(void *child)
{
	for (;;)
		write_one(child);
	return NULL;
}

static int be_child(const char *url, bool for_ever)
{
	struct world *own = world_real(2);
	struct db *child;
	pthread_t thread;

	if (db_open(text_of(url), &(struct db_options){ .world = own }, &child))
		return 1;
	for (int i = 0; for_ever && i < WRITERS; i++)
		if (pthread_create(&thread, NULL, write_for_ever, child))
			return 1;
	if (for_ever)
		pause();
	for (int i = 0; i < STEPPED; i++)
		write_one(child);
	db_close(child);
	world_close(own);
	return 0;
}

/* ---- the parent ---- */

static char url[1024];

static pid_t start_child(const char *mode, const char *kill_at, const char *count, int *ret_pipe)
{
	int ends[2];
	pid_t child;

	snprintf(url, sizeof url, "%.*s", TEXT_ARG(db_testing_child_url()));
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (kill_at)
			setenv("ZHIFANG_KILL_AT", kill_at, 1);
		if (count)
			setenv("ZHIFANG_KILL_COUNT", count, 1);
		execl("/proc/self/exe", "db_crash_test", mode, url, NULL);
		_exit(127);
	}
	close(ends[1]);
	*ret_pipe = ends[0];
	return child;
}

struct looking {
	int64_t id, twice;
};

/* May be run again: what it looks for stays what it is. */
static problem has_entry(struct tx *tx, void *arg)
{
	struct looking *one = arg;

	one->twice = read_int(tx, -1, "select twice from entry where id = $1", V(one->id));
	return tx_problem(tx);
}

struct entries {
	int64_t all, torn;
};

/* May be run again: what it found counts only when it is done. */
static problem count_entries(struct tx *tx, void *arg)
{
	struct entries *found = arg;

	found->all = read_int(tx, -1, "select count(*) from entry", V0);
	found->torn = read_int(tx, -1, "select count(*) from entry where twice <> id * 2", V0);
	return tx_problem(tx);
}

static int64_t entries(void)
{
	struct entries found;

	assert_done(db_read(db, count_entries, &found));
	assert_int_equal(found.torn, 0);
	return found.all;
}

/* Every id that came through the pipe is stored; returns how many came, at most so many. */
static int64_t check_acknowledged(int from, int64_t most)
{
	int64_t id, n = 0;

	for (; n < most && read(from, &id, sizeof id) == sizeof id; n++) {
		struct looking one = { .id = id };

		assert_done(db_read(db, has_entry, &one));
		assert_int_equal(one.twice, id * 2);
	}
	return n;
}

static void test_kill_at_any_moment(void **state)
{
	(void)state;
	for (int round = 0; round < 8; round++) {
		int64_t before = entries(), acknowledged;
		int status, from;
		pid_t child = start_child("for-ever", NULL, NULL, &from);

		acknowledged = check_acknowledged(from, 20 * round + 1);
		usleep(1700 * (useconds_t)round);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		db_testing_child_gone();
		acknowledged += check_acknowledged(from, INT64_MAX);
		close(from);
		assert_true(entries() - before >= acknowledged);
		assert_true(entries() - before <= acknowledged + WRITERS);
	}
	assert_true(entries() > 8 * 20 * 3); /* they did write */
}

static int64_t steps_in(const char *file)
{
	FILE *in = fopen(file, "r");
	char name[40] = "";
	long long n = 0;

	assert_non_null(in);
	assert_int_equal(fscanf(in, "%lld %39s", &n, name), 2);
	fclose(in);
	assert_string_equal(name, n % 2 ? "commit-before" : "commit-after");
	return n;
}

/* Odd steps come before a commit, even ones after it and before its acknowledgement. */
static void test_kill_at_each_step(void **state)
{
	char file[64], kill_at[24];
	int status, from;

	(void)state;
	snprintf(file, sizeof file, "/tmp/zhifang-steps-%d", getpid());
	for (int64_t n = 1; n <= 2 * STEPPED + 1; n++) {
		int64_t before = entries(), acknowledged;
		pid_t child;

		snprintf(kill_at, sizeof kill_at, "%lld", (long long)n);
		child = start_child("stepped", kill_at, file, &from);
		acknowledged = check_acknowledged(from, INT64_MAX);
		close(from);
		assert_int_equal(waitpid(child, &status, 0), child);
		db_testing_child_gone();
		assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, n <= 2 * STEPPED ? SIGKILL : 0);
		assert_int_equal(acknowledged, (n - 1) / 2);
		assert_int_equal(entries() - before, n / 2);
		assert_int_equal(steps_in(file), n <= 2 * STEPPED ? n : 2 * STEPPED);
	}
	unlink(file);
}

/* As an import beside the site: who leaves last tidies up, and must not take itself for the last. */
static void test_another_process_comes_and_goes(void **state)
{
	(void)state;
	for (int round = 1; round <= 3; round++) {
		int status, from;
		int64_t id;
		pid_t child;

		assert_done(db_write(db, add_entry, &id));
		child = start_child("stepped", NULL, NULL, &from);
		assert_int_equal(check_acknowledged(from, INT64_MAX), STEPPED);
		close(from);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_int_equal(entries(), round * (STEPPED + 1));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_kill_at_any_moment),
		T(test_kill_at_each_step),
		T(test_another_process_comes_and_goes),
	};

	if (argc == 3)
		return be_child(argv[2], !strcmp(argv[1], "for-ever"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
