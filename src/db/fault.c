/* fault.c - what tests need to see a database fail: the n-th statement or commit, and the end of the process at its n-th
 * durable step. The count of steps is the process's own, as the signal is. */
#include "db/internal.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void db_fault(struct db *db, enum fault what, int64_t n)
{
	assert(what >= FAULT_STATEMENT && what <= FAULT_COMMIT_AFTER && n >= 0);
	db->faults.hit = false;
	db->faults.left[what] = n;
}

bool db_fault_hit(const struct db *db)
{
	return db->faults.hit;
}

bool fault_now(struct db *db, enum fault what)
{
	if (db->faults.left[what] <= 0 || atomic_fetch_sub(&db->faults.left[what], 1) != 1)
		return false;
	db->faults.hit = true;
	return true;
}

static pthread_once_t steps_once = PTHREAD_ONCE_INIT;
static _Atomic int64_t steps_passed;
static int64_t step_to_kill;
static int step_file = -1;

static void steps_start(void)
{
	const char *kill_at = getenv("ZHIFANG_KILL_AT"), *file = getenv("ZHIFANG_KILL_COUNT");

	if (kill_at)
		step_to_kill = strtoll(kill_at, NULL, 10);
	if (file)
		step_file = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* The file holds the count and the name of the last step, so that a test can say where something broke. */
void db_step(const char *what)
{
	char line[64];
	int64_t passed;
	int length;

	pthread_once(&steps_once, steps_start);
	if (step_file < 0 && !step_to_kill)
		return;
	passed = atomic_fetch_add(&steps_passed, 1) + 1;
	length = snprintf(line, sizeof line, "%" PRId64 " %-40.40s\n", passed, what);
	if (step_file >= 0 && pwrite(step_file, line, (size_t)length, 0) < 0)
		step_file = -1;
	if (passed == step_to_kill)
		kill(getpid(), SIGKILL);
}
