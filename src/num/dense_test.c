/* dense_test.c - each kernel on each path that the processor has, against sums in double written as the formula reads: sizes around the
 * lanes and tiles, matrices that are part of wider ones, and what stands beside them left alone. */
#include "base/testing.h"

#include "num/dense.h"
#include "num/random.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 31, 33, 64, 100, 130 };
enum { SIZES = sizeof sizes / sizeof *sizes, ROOM = 4096 };
static const float beside = 1234567;

/* Values in a matrix whose rows are three wider than it. */
static struct dense matrix_of(struct random *r, size_t rows, size_t columns)
{
	struct dense m = { rows, columns, columns + 3, malloc((rows * (columns + 3) + 1) * sizeof(float)) };

	for (size_t i = 0; i < rows * m.stride; i++)
		m.at[i] = i % m.stride < columns ? (float)random_normal(r) : beside;
	return m;
}

static float *vector_of(struct random *r, size_t n)
{
	float *v = malloc((n + 1) * sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = (float)random_normal(r);
	v[n] = beside;
	return v;
}

static struct dense copy_of(const struct dense *m)
{
	struct dense c = *m;

	c.at = malloc((m->rows * m->stride + 1) * sizeof(float));
	memcpy(c.at, m->at, m->rows * m->stride * sizeof(float));
	return c;
}

static void assert_beside(const struct dense *m)
{
	for (size_t i = 0; i < m->rows; i++)
		for (size_t j = m->columns; j < m->stride; j++)
			assert_true(dense_row(m, i)[j] == beside);
}

/* Nearness by what the terms amount to, not by their sum, which may be near 0. */
static void assert_sum(float got, double wanted, double terms)
{
	if (!(fabs((double)got - wanted) <= 1e-5 * (terms + 1e-3)))
		fail_msg("got %.9g, wanted %.9g of terms %.3g", (double)got, wanted, terms);
}

static void on_each_path(void (*check)(struct random *r))
{
	enum dense_path widest = dense_path();

	for (enum dense_path path = 0; path < DENSE_PATHS; path++) {
		struct random r = random_of(1, 1);

		if (!dense_use(path)) {
			print_message("[ SKIPPED ] path %d: this processor has it not\n", path);
			continue;
		}
		assert_int_equal(dense_path(), path);
		check(&r);
	}
	assert_true(dense_use(widest));
}

/* ---- vectors ---- */

static void check_vectors(struct random *r)
{
	for (size_t n = 0; n <= 70; n++) {
		float *a = vector_of(r, n), *b = vector_of(r, n);
		double sum = 0, terms = 0;

		for (size_t i = 0; i < n; i++) {
			sum += (double)a[i] * (double)b[i];
			terms += fabs((double)a[i] * (double)b[i]);
		}
		assert_sum(dense_dot(a, b, n), sum, terms);
		for (size_t i = 0; i < n; i++)
			a[i] = (float)(int)(a[i] * 100), b[i] = (float)(int)(b[i] * 100);
		dense_axpy(a, 2, b, n);
		dense_axpy(a, -2, b, n); /* whole numbers: exact */
		dense_axpy(a, -1, a, n);
		for (size_t i = 0; i < n; i++)
			assert_true(a[i] == 0);
		assert_true(a[n] == beside && b[n] == beside);
		free(a);
		free(b);
	}
}

static void test_vectors(void **state)
{
	(void)state;
	on_each_path(check_vectors);
}

/* ---- matrix by vector ---- */

/* Rows by their numbers, the last three of which are only wanted soon; in one piece, and interrupted. */
static void check_gram_times(const struct dense *a, const float *x, const struct dense_weights *w)
{
	enum { SOON = 3 };
	float *y = calloc(a->columns + 1, sizeof *y), *pieces = calloc(a->columns + 1, sizeof *pieces);
	uint32_t *rows = malloc((a->rows + SOON) * sizeof *rows);
	struct dense_some some = { a, rows, a->rows, a->rows ? SOON : 0 };

	for (size_t i = 0; i < a->rows + some.soon; i++)
		rows[i] = (uint32_t)((i * 7 + 3) % a->rows);
	y[a->columns] = beside;
	dense_gram_times(y, &some, w, x);
	for (size_t j = 0; j < a->columns; j++) {
		double sum = 0, terms = 0;

		for (size_t i = 0; i < a->rows; i++) {
			double row = 0, size = 0, by = w->weight ? fabs((double)w->weight[i]) : 1, plus = w->aimed ? !w->weight || w->weight[i] > 0 ? by : 0 : 0;
			const float *at = dense_row(a, rows[i]);

			for (size_t k = 0; k < a->columns; k++) {
				row += (double)at[k] * (double)x[k];
				size += fabs((double)at[k] * (double)x[k]);
			}
			sum += (row * by + plus) * (double)at[j];
			terms += (size * by + plus) * fabs((double)at[j]);
		}
		assert_sum(y[j], sum, terms);
	}
	assert_true(y[a->columns] == beside);
	for (size_t from = 0; from < a->rows; from += DENSE_AT_ONCE) {
		size_t left = a->rows - from;
		struct dense_some piece = { a, rows + from, left < DENSE_AT_ONCE ? left : DENSE_AT_ONCE, 0 };

		dense_gram_times(pieces, &piece, &(struct dense_weights){ w->weight ? w->weight + from : NULL, w->aimed }, x);
	}
	assert_memory_equal(pieces, y, a->columns * sizeof *y);
	free(rows);
	free(pieces);
	free(y);
}

static void check_gemv(const struct dense *a, const float *x, const float *w)
{
	float *y = malloc((a->rows + 1) * sizeof *y), *z = malloc((a->columns + 1) * sizeof *z);

	y[a->rows] = z[a->columns] = beside;
	dense_gemv(y, a, x);
	for (size_t j = 0; j < a->columns; j++)
		z[j] = 3;
	dense_gemv_t(z, a, w);
	for (size_t i = 0; i < a->rows; i++) {
		double sum = 0, terms = 0;

		for (size_t j = 0; j < a->columns; j++) {
			sum += (double)dense_row(a, i)[j] * (double)x[j];
			terms += fabs((double)dense_row(a, i)[j] * (double)x[j]);
		}
		assert_sum(y[i], sum, terms);
		assert_true(y[i] == dense_dot(dense_row(a, i), x, a->columns)); /* wherever the row stands */
	}
	for (size_t j = 0; j < a->columns; j++) {
		double sum = 3, terms = 3;

		for (size_t i = 0; i < a->rows; i++) {
			sum += (double)dense_row(a, i)[j] * (double)w[i];
			terms += fabs((double)dense_row(a, i)[j] * (double)w[i]);
		}
		assert_sum(z[j], sum, terms);
	}
	assert_true(y[a->rows] == beside && z[a->columns] == beside);
	free(y);
	free(z);
}

static void check_matrix_by_vector(struct random *r)
{
	for (size_t i = 0; i < SIZES; i++)
		for (size_t j = 0; j < SIZES; j++) {
			struct dense a = matrix_of(r, sizes[i], sizes[j]);
			float *x = vector_of(r, a.columns + a.rows), *w = vector_of(r, a.rows);

			check_gemv(&a, x, w);
			check_gram_times(&a, x, &(struct dense_weights){ w, false });
			check_gram_times(&a, x, &(struct dense_weights){ w, true });
			check_gram_times(&a, x, &(struct dense_weights){ NULL, true });
			check_gram_times(&a, x, &(struct dense_weights){ 0 });
			free(x);
			free(w);
			free(a.at);
		}
}

static void test_matrix_by_vector(void **state)
{
	(void)state;
	on_each_path(check_matrix_by_vector);
}

/* ---- matrix by matrix ---- */

/* c = before + left * right, value by value; left and right say where a value is read */
static void assert_product(const struct dense *c, const struct dense *before, size_t depth, const float *const at[2], const size_t step[2][2])
{
	for (size_t i = 0; i < c->rows; i++)
		for (size_t j = 0; j < c->columns; j++) {
			double sum = before ? (double)dense_row(before, i)[j] : 0, terms = fabs(sum);

			for (size_t p = 0; p < depth; p++) {
				double term = (double)at[0][i * step[0][0] + p * step[0][1]] * (double)at[1][j * step[1][0] + p * step[1][1]];

				sum += term;
				terms += fabs(term);
			}
			assert_sum(dense_row(c, i)[j], sum, terms);
		}
	assert_beside(c);
}

typedef void product(const struct dense *, const struct dense *, const struct dense *, enum dense_into);

static void check_product(struct random *r, product *multiply, const size_t size[3])
{
	bool a_turned = multiply == dense_atb, b_turned = multiply == dense_abt;
	struct dense a = a_turned ? matrix_of(r, size[2], size[0]) : matrix_of(r, size[0], size[2]);
	struct dense b = b_turned ? matrix_of(r, size[1], size[2]) : matrix_of(r, size[2], size[1]);
	struct dense c = matrix_of(r, size[0], size[1]), before = copy_of(&c), part, again;
	const float *const at[2] = { a.at, b.at };
	const size_t step[2][2] = { { a_turned ? 1 : a.stride, a_turned ? a.stride : 1 }, { b_turned ? b.stride : 1, b_turned ? 1 : b.stride } };

	multiply(&c, &a, &b, DENSE_ADD);
	assert_product(&c, &before, size[2], at, step);
	multiply(&c, &a, &b, DENSE_SET);
	assert_product(&c, NULL, size[2], at, step);
	if (!a_turned && size[0] > 3) { /* the same rows, in another place: the same bits */
		again = dense_rows(&before, 1, size[0] - 3);
		part = dense_rows(&a, 1, size[0] - 3);
		multiply(&again, &part, &b, DENSE_SET);
		for (size_t i = 0; i < again.rows; i++)
			assert_memory_equal(dense_row(&again, i), dense_row(&c, i + 1), size[1] * sizeof(float));
	}
	free(a.at);
	free(b.at);
	free(c.at);
	free(before.at);
}

static void check_products(struct random *r)
{
	static product *const products[] = { dense_ab, dense_abt, dense_atb };
	static const size_t large[][3] = { { 97, 70, 257 }, { 200, 65, 300 }, { 13, 1030, 130 }, { 5, 2100, 64 }, { 3, 3, 600 }, { 4, 5, 0 }, { 1, 1, 1 } };

	for (size_t m = 0; m < 3; m++) {
		for (size_t i = 0; i < SIZES - 2; i += 2)
			for (size_t j = 1; j < SIZES - 2; j += 2)
				for (size_t k = 0; k < SIZES - 2; k += 3)
					check_product(r, products[m], (const size_t[]){ sizes[i], sizes[j], sizes[k] });
		for (size_t i = 0; i < sizeof large / sizeof *large; i++)
			check_product(r, products[m], large[i]);
	}
}

static void test_matrix_by_matrix(void **state)
{
	(void)state;
	on_each_path(check_products);
}

static void check_gram(struct random *r, size_t rows, size_t columns, bool weighted)
{
	struct dense a = matrix_of(r, rows, columns), c = matrix_of(r, columns, columns), before = copy_of(&c);
	float *w = weighted ? vector_of(r, rows) : NULL;

	dense_gram(&c, &a, w);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = i; j < columns; j++) {
			double sum = (double)dense_row(&before, i)[j], terms = fabs(sum);

			for (size_t p = 0; p < rows; p++) {
				double term = (double)dense_row(&a, p)[i] * (double)dense_row(&a, p)[j] * (w ? (double)w[p] : 1);

				sum += term;
				terms += fabs(term);
			}
			assert_sum(dense_row(&c, i)[j], sum, terms);
		}
	dense_mirror(&c);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(dense_row(&c, i)[j] == dense_row(&c, j)[i]);
	assert_beside(&c);
	free(a.at);
	free(c.at);
	free(before.at);
	free(w);
}

static void check_grams(struct random *r)
{
	for (size_t i = 0; i < SIZES; i++)
		for (size_t j = 0; j < SIZES; j++)
			check_gram(r, sizes[i], sizes[j], (i + j) % 2);
	check_gram(r, 300, 70, true);
	check_gram(r, 300, 128, true); /* read where it lies, more rows than at once */
	check_gram(r, 70, 256, false);
	check_gram(r, 20, 272, true);
	check_gram(r, 0, 5, false);
	check_gram(r, 3, 520, true);
}

static void test_gram(void **state)
{
	(void)state;
	on_each_path(check_grams);
}

/* ---- solving ---- */

/* Column j is j + 1 times b, but of the last ones, which are 0: x as often. Each the same bits beside others. */
static void check_columns(const struct dense *u, const float *b, const float *x)
{
	enum { SOLVED = 40, ALL = 64 };
	size_t n = u->rows;
	float *at = calloc(n * ALL + 1, sizeof *at), *one = calloc(n * DENSE_COLUMNS + 1, sizeof *one);
	struct dense all = dense_of(at, n, ALL), alone = dense_of(one, n, DENSE_COLUMNS);

	at[n * ALL] = beside;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < SOLVED; j++)
			dense_row(&all, i)[j] = (float)(j + 1) * b[i];
		dense_row(&alone, i)[0] = dense_row(&all, i)[SOLVED - 1];
	}
	dense_solve_columns(u, &all);
	dense_solve_columns(u, &alone);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < ALL; j++)
			assert_true(fabsf(dense_row(&all, i)[j] - (j < SOLVED ? (float)(j + 1) * x[i] : 0)) < 2e-4f * (float)(j + 1));
	for (size_t i = 0; i < n; i++)
		assert_true(dense_row(&alone, i)[0] == dense_row(&all, i)[SOLVED - 1]);
	assert_true(at[n * ALL] == beside);
	free(at);
	free(one);
}

static void check_cholesky(struct random *r)
{
	static const size_t large[] = { 128, 272 };

	for (size_t s = 0; s < SIZES + 2; s++) {
		size_t n = s < SIZES ? sizes[s] : large[s - SIZES];
		struct dense rows = matrix_of(r, 2 * n, n), a = matrix_of(r, n, n), whole;
		float *x = vector_of(r, n), *b = vector_of(r, n);

		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				dense_row(&a, i)[j] = i == j;
		dense_gram(&a, &rows, NULL);
		dense_mirror(&a);
		whole = copy_of(&a);
		dense_gemv(b, &a, x);
		for (size_t i = 0; i < n; i++) /* what is below is not read */
			for (size_t j = 0; j < i; j++)
				dense_row(&a, i)[j] = NAN;
		assert_true(dense_cholesky(&a));
		check_columns(&a, b, x);
		dense_solve(&a, b);
		for (size_t i = 0; i < n; i++)
			assert_true(fabsf(b[i] - x[i]) < 2e-4f);
		for (size_t i = 0; i < n; i++) /* U'U is A again */
			for (size_t j = i; j < n; j++) {
				double sum = 0;

				for (size_t p = 0; p <= i; p++)
					sum += (double)dense_row(&a, p)[i] * (double)dense_row(&a, p)[j];
				assert_sum(dense_row(&whole, i)[j], sum, (double)dense_row(&whole, i)[i] + (double)dense_row(&whole, j)[j]);
			}
		assert_beside(&a);
		assert_true(b[n] == beside);
		free(rows.at);
		free(a.at);
		free(whole.at);
		free(x);
		free(b);
	}
}

/* A matrix of which one place is broken is refused, wherever that is. */
static void check_no_cholesky(struct random *r)
{
	static const float broken[] = { 0, -1, NAN, INFINITY };
	enum { LARGE = 48 };

	(void)r;
	for (size_t n = 1; n <= LARGE; n = n == 19 ? LARGE : n + 1)
		for (size_t at = 0; at < n; at++)
			for (size_t b = 0; b < 4; b++) {
				float values[LARGE * LARGE] = { 0 };
				struct dense a = dense_of(values, n, n);

				for (size_t i = 0; i < n; i++)
					dense_row(&a, i)[i] = i == at ? broken[b] : 2;
				assert_false(dense_cholesky(&a));
			}
}

static void test_cholesky(void **state)
{
	(void)state;
	on_each_path(check_cholesky);
	on_each_path(check_no_cholesky);
}

/* What is a wrong answer on one path only would be within the bounds above and still be told apart here. */
static void test_paths_agree(void **state)
{
	struct random r = random_of(2, 2);
	struct dense a = matrix_of(&r, 60, 100), b = matrix_of(&r, 70, 100), c[DENSE_PATHS];
	enum dense_path widest = dense_path();

	(void)state;
	for (enum dense_path path = 0; path < DENSE_PATHS; path++) {
		c[path] = matrix_of(&r, 60, 70);
		if (dense_use(path))
			dense_abt(&c[path], &a, &b, DENSE_SET);
		for (size_t i = 0; i < 60 && dense_use(path); i++)
			for (size_t j = 0; j < 70; j++)
				assert_true(fabsf(dense_row(&c[path], i)[j] - dense_row(&c[0], i)[j]) < 1e-5f * 100);
		free(path ? c[path].at : NULL);
	}
	assert_true(dense_use(widest));
	free(c[0].at);
	free(a.at);
	free(b.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors), cmocka_unit_test(test_matrix_by_vector), cmocka_unit_test(test_matrix_by_matrix),
		cmocka_unit_test(test_gram),    cmocka_unit_test(test_cholesky),	 cmocka_unit_test(test_paths_agree),
	};

	return cmocka_run_group_tests_name("num/dense", tests, NULL, NULL);
}
