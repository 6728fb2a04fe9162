/* command_testing.h - for the tests of commands as they are typed: a folder of their own, in which they stand, and what was said last. */
#ifndef NUM_COMMAND_TESTING_H
#define NUM_COMMAND_TESTING_H

#include <dirent.h>
#include <unistd.h>

#include "base/testing.h"

static char folder[] = "/tmp/command-XXXXXX";
static char *said;

static inline int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static inline int teardown(void **state)
{
	DIR *all = opendir(".");

	(void)state;
	assert_non_null(all);
	for (struct dirent *file; (file = readdir(all));)
		unlink(file->d_name); /* . and .. stay */
	closedir(all);
	free(said);
	return chdir("/") || rmdir(folder);
}

static inline void write_file(const char *name, const char *lines)
{
	FILE *to = fopen(name, "w");

	assert_non_null(to);
	assert_true(fputs(lines, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

/* line: words with a space between. What it said, and complained of, is kept until the next. */
static inline const char *run_command(int command(int, const char **, FILE *, FILE *), int wanted, const char *line)
{
	const char *words[40];
	char copy[512];
	int count = 0, status;
	size_t length;
	FILE *out;

	free(said);
	said = NULL;
	snprintf(copy, sizeof copy, "%s", line);
	for (char *rest = NULL, *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	out = open_memstream(&said, &length);
	status = command(count, words, out, out);
	fclose(out);
	if (status != wanted)
		fail_msg("%s: %d and not %d: %s", line, status, wanted, said);
	return said;
}

static inline void assert_says(const char *what)
{
	if (!strstr(said, what))
		fail_msg("no \"%s\" in: %s", what, said);
}

static inline void assert_never_says(const char *what)
{
	if (strstr(said, what))
		fail_msg("there is \"%s\" in: %s", what, said);
}

#endif
