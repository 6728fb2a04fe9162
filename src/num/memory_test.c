/* memory_test.c - how much memory there is, by the files of a machine, a container of either version, and one within another; arrays on large pages. */
#include "base/testing.h"

#include "num/memory.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/memory_test.XXXXXX";

static int setup(void **state)
{
	(void)state;
	strcpy(root + strlen(root) - 6, "XXXXXX");
	assert_non_null(mkdtemp(root));
	return 0;
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
	(void)s, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* With the folders that it is in */
static void file_of(const char *name, const char *text)
{
	char path[512];
	FILE *to;

	snprintf(path, sizeof path, "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = 0;
		mkdir(path, 0700);
	}
	to = fopen(path, "w");
	assert_non_null(to);
	fputs(text, to);
	fclose(to);
}

static void machine_of_8_gb(const char *group)
{
	file_of("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          100000 kB\n");
	file_of("proc/self/cgroup", group);
}

static const size_t GB = (size_t)1 << 30;

static void a_machine_has_what_it_has(void **state)
{
	(void)state;
	assert_true(memory_there(root) == 0); /* nobody says */
	file_of("proc/meminfo", "MemTotal:        8388608 kB\n");
	assert_true(memory_there(root) == 8 * GB);
	machine_of_8_gb("0::/user.slice/session\n");
	file_of("sys/fs/cgroup/user.slice/session/memory.max", "max\n");
	assert_true(memory_there(root) == 8 * GB);
	assert_true(memory_there("") > 0);
}

static void a_container_has_its_limit(void **state)
{
	(void)state;
	machine_of_8_gb("0::/\n");
	file_of("sys/fs/cgroup/memory.max", "536870912\n");
	assert_true(memory_there(root) == GB / 2);
	file_of("sys/fs/cgroup/memory.max", "99999999999999\n"); /* more than there is */
	assert_true(memory_there(root) == 8 * GB);
	file_of("sys/fs/cgroup/memory.max", "18446744073709551615\n");
	assert_true(memory_there(root) == 8 * GB);
	file_of("sys/fs/cgroup/memory.max", "what\n");
	assert_true(memory_there(root) == 8 * GB);
}

static void the_tightest_of_those_above_holds(void **state)
{
	(void)state;
	machine_of_8_gb("0::/pods/pod7/run\n");
	file_of("sys/fs/cgroup/pods/pod7/run/memory.max", "max\n");
	file_of("sys/fs/cgroup/pods/pod7/memory.max", "1073741824\n");
	file_of("sys/fs/cgroup/pods/memory.max", "4294967296\n");
	assert_true(memory_there(root) == GB);
	/* Seen from within, the container's own group is where groups are mounted. */
	machine_of_8_gb("0::/docker/0123abc\n");
	file_of("sys/fs/cgroup/memory.max", "268435456\n");
	assert_true(memory_there(root) == GB / 4);
}

static void version_1_has_another_name(void **state)
{
	(void)state;
	machine_of_8_gb("7:cpu,cpuacct:/docker/a\n5:memory:/docker/a\n3:hugememory:/docker/b\n0::/\n");
	file_of("sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes", "2147483648\n");
	file_of("sys/fs/cgroup/memory/docker/b/memory.limit_in_bytes", "1\n");
	file_of("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	assert_true(memory_there(root) == 2 * GB);
	machine_of_8_gb("5:rdma,memory:/elsewhere\n");
	file_of("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
	assert_true(memory_there(root) == GB);
	machine_of_8_gb("broken\n5:memory\n\n");
	assert_true(memory_there(root) == 8 * GB);
}

/* Room for all that was asked for, from where it should begin */
static void large_arrays_begin_where_they_should(void **state)
{
	static const size_t sizes[] = { 0, 1, 64, 4096, MEMORY_LARGE_PAGE - 1, MEMORY_LARGE_PAGE, 3 * MEMORY_LARGE_PAGE + 5 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		void *at = memory_large(sizes[i]);

		assert_int_equal((uintptr_t)at % (sizes[i] < MEMORY_LARGE_PAGE ? MEMORY_LINE : MEMORY_LARGE_PAGE), 0);
		memset(at, 1, sizes[i]);
		free(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_machine_has_what_it_has, setup, teardown), cmocka_unit_test_setup_teardown(a_container_has_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(the_tightest_of_those_above_holds, setup, teardown), cmocka_unit_test_setup_teardown(version_1_has_another_name, setup, teardown),
		cmocka_unit_test(large_arrays_begin_where_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
