/* testing.h - what the tests of every room start with: cmocka, two words it lacks, and folders. */
#ifndef BASE_TESTING_H
#define BASE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/problem.h"
#include "base/text.h"

#define assert_text(actual, expected) assert_text_at((actual), text_of(expected), __FILE__, __LINE__)

static inline void assert_text_at(struct text actual, struct text expected, const char *file, int line)
{
	if (text_eq(actual, expected))
		return;
	print_error("got \"%.*s\", wanted \"%.*s\"\n", TEXT_ARG(actual), TEXT_ARG(expected));
	_fail(file, line);
}

#define assert_done(problem_)              assert_problem_at((problem_), NULL, __FILE__, __LINE__)
#define assert_problem(problem_, expected) assert_problem_at((problem_), &(expected), __FILE__, __LINE__)

static inline void assert_problem_at(problem actual, problem expected, const char *file, int line)
{
	if (actual == expected)
		return;
	print_error("got %s, wanted %s\n", actual ? actual->type : "done", expected ? expected->type : "done");
	_fail(file, line);
}

/* A new folder where scratch files lie (TMPDIR, else /tmp), for the test to remove. path gets its name, at most 200 bytes. */
static inline void test_folder(char path[200], const char *name)
{
	const char *where = getenv("TMPDIR");

	snprintf(path, 200, "%s/%s-XXXXXX", where ? where : "/tmp", name);
	if (!mkdtemp(path))
		fail_msg("no folder %s", path);
}

#endif
