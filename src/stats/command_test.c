/* command_test.c - `zhifang stats` as it is typed, on files written for it: what a command does with rows and words before anything is
 * computed. */
#include "num/command_testing.h"
#include "stats/stats.h"

/* Lines name it FILE. */
static void write_rows(const char *lines) { write_file("FILE", lines); }

static void run(int wanted, const char *line) { run_command(stats_command, wanted, line); }

/* p and s have no outcome: of the words that are left, q is the first. R: lm drops unused levels too. */
static void words_of_rows_with_holes_explain_nothing(void **state)
{
	(void)state;
	write_rows("y,k,a\n,p,1\n2,q,2\n3,r,3\n4,q,5\n5,r,1\n6,q,9\n,s,3\n4,r,2\n");
	run(0, "regress FILE --of y --by k,a");
	assert_says("k is compared with q\n");
	assert_says("\n(intercept)          1.6 ");
	assert_says("\nk=r                  1.5 ");
	run(1, "regress FILE --of y --by k,a --new FILE");
	assert_says("line 2, column k: the model does not know \"p\"");
	write_rows("y,k,a\n,p,1\n2,q,2\n3,q,3\n4,q,5\n5,q,1\n");
	run(1, "regress FILE --of y --by k,a");
	assert_says("column k: All values of a column are equal.");
}

static void a_new_row_of_a_word_like_a_number_is_known(void **state)
{
	static char fresh[] = "/tmp/stats-XXXXXX";
	int at = mkstemp(fresh);
	char line[128];

	(void)state;
	assert_true(at >= 0 && write(at, "k\n2\nNA\n", 7) == 7 && close(at) == 0);
	write_rows("y,k\n1,1\n3,1\n4,2\n6,2\n9,3+\n7,3+\n");
	snprintf(line, sizeof line, "regress FILE --of y --by k --new %s", fresh);
	run(0, line);
	assert_says("\n           2            5 "); /* the mean of 4 and 6 */
	assert_says("\n           3            - ");
	assert_int_equal(unlink(fresh), 0);
}

/* Without them nobody knows what a sign means. */
static void json_tells_what_happens_and_compares(void **state)
{
	(void)state;
	write_rows("y,k,a\n\"n\"\"o\",p,1\nyes,q,2\n\"n\"\"o\",q,3\nyes,p,1\n\"n\"\"o\",p,4\nyes,q,0\n\"n\"\"o\",q,1\nyes,q,2\n");
	run(0, "regress FILE --of y --by k,a --logistic --json");
	assert_says("}],\"happens\":\"yes\",\"compared_with\":{\"k\":\"p\"},\"coefficients\":[");
	run(0, "regress FILE --of a --by k,y --json");
	assert_says("}],\"compared_with\":{\"k\":\"p\",\"y\":\"n\\\"o\"},\"coefficients\":[");
	run(0, "chance FILE --of y --by k --json");
	assert_says("}],\"happens\":\"yes\",\"cells\":[{\"value\":\"p\"");
}

static void zero_has_one_name(void **state)
{
	(void)state;
	write_rows("x,y\n-0,1\n0,0\n1,1\n");
	run(0, "chance FILE --of y --by x");
	assert_says("\n0                                   2            1 ");
	run(0, "dist binomial n=10 p=.5 --survival 10");
	assert_says("P(X > 10) = 0\n");
	run(0, "dist bernoulli p=1 --cdf 0");
	assert_says("P(X <= 0) = 0\n");
	write_rows("x,y\n1,3\n2,5\n3,7\n4,9\n");
	run(0, "test pearson FILE --of x --with y");
	assert_says("\np: 0\n");
}

/* Computed in `real`, told as doubles */
static void what_no_double_holds_is_refused(void **state)
{
	(void)state;
	write_rows("x,t,y,z\n1e300,1e-300,1e200,0\n2e300,2e-300,3e200,1\n3e300,3e-300,1e200,0\n4e300,5e-300,2e200,1\n");
	run(0, "regress FILE --of y --by x");
	run(1, "regress FILE --of y --by x^12");
	assert_says("line 2, column x^12: A value is no finite number");
	run(1, "regress FILE --of y --by t^2");
	assert_says("line 2, column t^2: A value is no finite number, or smaller than any.");
	run(1, "regress FILE --of y --by t");
	assert_says("column t: A coefficient or its error is larger or smaller than any number");
	run(0, "regress FILE --of z --by t --logistic");
	run(1, "regress FILE --of z --by x^2 --logistic");
	assert_says("line 2, column x^2: A value is no finite number");
}

static void a_family_is_chosen_that_fits(void **state)
{
	(void)state;
	write_rows("ms,zeros,same\n1764489600123,0,3\n1764489600456,0,3\n1764489600999,0,3\n");
	run(0, "fit FILE --of ms");
	assert_says("\nas normal\n");
	run(1, "fit FILE --of ms --as poisson");
	assert_says("ms: This family fits no such values: a Poisson has a mean above 0 and at most 1e12");
	run(1, "fit FILE --of zeros");
	assert_says("zeros: This family fits no such values");
	run(1, "fit FILE --of same --as normal");
	assert_says("same: This family fits no such values");
	run(0, "fit FILE --of same");
	assert_says("\nas poisson\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_rows_with_holes_explain_nothing),
		cmocka_unit_test(a_new_row_of_a_word_like_a_number_is_known),
		cmocka_unit_test(json_tells_what_happens_and_compares),
		cmocka_unit_test(zero_has_one_name),
		cmocka_unit_test(what_no_double_holds_is_refused),
		cmocka_unit_test(a_family_is_chosen_that_fits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
