/* tall_test.c - R by blocks in double against qr.h in `real` throughout, on easy columns and on ones that are near to each other. */
#include "num/tall.h"

#include "num/random.h"
#include "num/testing.h"

/* A constant, columns of any size, and one that is near to the one before it: off by `apart` of its size */
static struct matrix columns_of(size_t rows, size_t columns, double apart)
{
	struct matrix x = matrix_new(arena, rows, columns);

	for (size_t i = 0; i < rows; i++) {
		struct random r = random_of(3, i);

		matrix_column(&x, 0)[i] = 1;
		for (size_t j = 1; j < columns; j++)
			matrix_column(&x, j)[i] = ldexpl(random_normal(&r) + 1, (int)(40 * j % 97));
		if (columns > 2)
			matrix_column(&x, 2)[i] = matrix_column(&x, 1)[i] * (1 + apart * random_normal(&r));
	}
	return x;
}

static void assert_close(real value, real truth, real off)
{
	if (!(fabsl(value - truth) <= off)) {
		print_error("got %.18Lg, wanted %.18Lg\n", value, truth);
		fail();
	}
}

/* digits: of what is made of R alone; coefficients are refined */
static void check(size_t rows, size_t columns, double apart, real off)
{
	struct matrix x = columns_of(rows, columns, apart);
	real *y = ARENA_ARRAY(arena, real, rows), *b = ARENA_ARRAY(arena, real, columns), *c = ARENA_ARRAY(arena, real, columns);
	real *e = ARENA_ARRAY(arena, real, rows), *f = ARENA_ARRAY(arena, real, rows), *h = ARENA_ARRAY(arena, real, rows);
	real *inverse = ARENA_ARRAY(arena, real, columns * columns), *truth = ARENA_ARRAY(arena, real, columns * columns);
	real *part = ARENA_ARRAY(arena, real, columns), squares = 0, parts = 0;
	struct qr fast, slow;

	for (size_t i = 0; i < rows; i++) {
		struct random r = random_of(4, i);

		y[i] = random_normal(&r) + matrix_column(&x, columns - 1)[i] * ldexpl(1, -(int)(40 * (columns - 1) % 97));
	}
	qr_of(arena, &x, &slow);
	assert_true(tall_of(arena, &x, &fast));
	assert_close(qr_condition(arena, &fast) / qr_condition(arena, &slow), 1, off);
	qr_solve(arena, &slow, &x, y, c, f);
	tall_solve(arena, &fast, &x, y, b, e);
	for (size_t j = 0; j < columns; j++)
		assert_close(b[j] / c[j], 1, 1e-12L);
	for (size_t i = 0; i < rows; i++)
		assert_close(e[i], f[i], 1e-13L);
	qr_inverse(arena, &fast, inverse);
	qr_inverse(arena, &slow, truth);
	for (size_t j = 0; j < columns; j++)
		assert_close(inverse[j * columns + j] / truth[j * columns + j], 1, off);
	tall_rows(arena, &fast, &x, y, h, part);
	qr_expand(arena, &slow);
	for (size_t i = 0; i < rows; i++) {
		real sum = 0;

		for (size_t j = 0; j < columns; j++)
			sum += matrix_column(&slow.a, j)[i] * matrix_column(&slow.a, j)[i];
		assert_close(h[i], sum, off);
	}
	for (size_t j = 0; j < columns; j++) { /* both are bases of one space: y has the same part in it */
		real sum = 0;

		for (size_t i = 0; i < rows; i++)
			sum += matrix_column(&slow.a, j)[i] * y[i];
		squares += sum * sum;
		parts += part[j] * part[j];
	}
	assert_close(parts / squares, 1, off);
}

static void many_rows_are_as_few(void **state)
{
	(void)state;
	check(1, 1, 1, 1e-13L);
	check(5, 3, 1, 1e-12L);
	check(128, 5, 1, 1e-13L);
	check(129, 5, 1, 1e-13L);
	check(3000, 21, 1, 1e-13L);
	check(3000, 8, 1e-2, 1e-12L);
	check(3000, 4, 4e-4, 1e-10L); /* a condition of about 5,000 */
}

static void near_columns_are_left_to_the_slow_way(void **state)
{
	struct matrix x = columns_of(1000, 4, 1e-5);
	struct qr q;

	(void)state;
	assert_false(tall_of(arena, &x, &q));
	x = columns_of(1000, 4, 0);
	assert_false(tall_of(arena, &x, &q));
	for (size_t i = 0; i < 1000; i++)
		matrix_column(&x, 3)[i] = 0;
	assert_false(tall_of(arena, &x, &q));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(many_rows_are_as_few), cmocka_unit_test(near_columns_are_left_to_the_slow_way) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
