/* svd.c - blocks stand row by row, a row of `width` doubles for each column (or row) of A: then A and A' are sums of rows, and each sum is of one
 * part alone. */
#include "rec/svd.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/order.h"
#include "num/random.h"
#include "rec/kernel.h"

enum { ROWS_A_PART = 64, GRAM_ROWS = 1024, GRAM_PARTS_MAX = 64, LANES = 8, SWEEPS_MAX = 60 };

/* Shares of a column's squared length, or of the largest value, below which there is nothing but rounding. */
static const double dependent = 1e-13, nothing = 1e-12, is_right_angle = 1e-13;

struct block {
	size_t rows, width;
	double *at;
};

static struct block block_new(size_t rows, size_t width)
{
	return (struct block){ rows, width, array_of(rows * width, sizeof(double)) };
}

static double *block_row(const struct block *b, size_t i) { return b->at + i * b->width; }

/* ---- loops that cost ---- */

EACH_WIDTH static void add_row(double *restrict y, double a, const double *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

/* In lanes that are added in their order. */
EACH_WIDTH static double dot(const double *a, const double *b, size_t n)
{
	double lanes[LANES] = { 0 }, sum = 0;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		for (size_t l = 0; l < LANES; l++)
			lanes[l] += a[i + l] * b[i + l];
	}
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (size_t l = 0; l < LANES; l++)
		sum += lanes[l];
	return sum;
}

EACH_WIDTH static void rotate(double *restrict a, double *restrict b, double cosine, double sine, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = a[i], y = b[i];

		a[i] = cosine * x - sine * y;
		b[i] = sine * x + cosine * y;
	}
}

/* ---- A times a block ---- */

struct product {
	const struct sparse *a;
	const struct block *from, *to;
};

static void product_rows(void *self, size_t part, size_t thread)
{
	const struct product *p = self;
	size_t first = part * ROWS_A_PART, last = first + ROWS_A_PART < p->a->rows ? first + ROWS_A_PART : p->a->rows;

	(void)thread;
	for (size_t r = first; r < last; r++) {
		double *to = block_row(p->to, r);

		memset(to, 0, p->to->width * sizeof *to);
		for (size_t k = p->a->start[r]; k < p->a->start[r + 1]; k++)
			add_row(to, p->a->weight ? (double)p->a->weight[k] : 1, block_row(p->from, p->a->column[k]), p->to->width);
	}
}

static void multiply(struct threads *threads, const struct sparse *a, const struct block *from, const struct block *to)
{
	struct product p = { a, from, to };

	assert(from->rows == a->columns && to->rows == a->rows && from->width == to->width);
	threads_each(threads, ((size_t)a->rows + ROWS_A_PART - 1) / ROWS_A_PART, product_rows, &p);
}

/* ---- B'B, in parts that are added in order ---- */

struct gram {
	const struct block *of;
	size_t rows;   /* of a part, by how many there are: each part has a matrix of its own */
	double *parts; /* (parts, width, width) upper triangles */
};

static void gram_part(void *self, size_t part, size_t thread)
{
	const struct gram *g = self;
	size_t width = g->of->width, first = part * g->rows, last = first + g->rows < g->of->rows ? first + g->rows : g->of->rows;
	double *to = g->parts + part * width * width;

	(void)thread;
	for (size_t from = 0; from < width; from += LANES) { /* some rows of the triangle at a time stay near */
		size_t until = from + LANES < width ? from + LANES : width;

		for (size_t r = first; r < last; r++) {
			const double *row = block_row(g->of, r);

			for (size_t i = from; i < until; i++)
				add_row(to + i * width + i, row[i], row + i, width - i);
		}
	}
}

/* ret (width, width): both triangles */
static void gram_of(struct threads *threads, const struct block *b, struct block *ret)
{
	size_t width = b->width, least = (b->rows + GRAM_PARTS_MAX - 1) / GRAM_PARTS_MAX, rows = least < GRAM_ROWS ? GRAM_ROWS : least;
	size_t parts = (b->rows + rows - 1) / rows;
	struct block sums = block_new(parts * width, width);
	struct gram g = { b, rows, sums.at };

	threads_each(threads, parts, gram_part, &g);
	memset(ret->at, 0, width * width * sizeof(double));
	for (size_t part = 0; part < parts; part++)
		add_row(ret->at, 1, sums.at + part * width * width, width * width);
	for (size_t i = 0; i < width; i++)
		for (size_t j = 0; j < i; j++)
			ret->at[i * width + j] = ret->at[j * width + i];
	free(sums.at);
}

/* ---- orthonormal columns: B R^-1 with R'R = B'B, twice; columns that are sums of others become 0 ---- */

/* g becomes R, its upper triangle; a row of 0 where a column is dropped. */
static void root_of(struct block *g)
{
	size_t n = g->width;

	for (size_t j = 0; j < n; j++) {
		double *row = block_row(g, j), whole = 0, left = row[j];

		for (size_t i = 0; i < j; i++)
			whole += block_row(g, i)[j] * block_row(g, i)[j];
		if (!(left > dependent * (left + whole))) {
			memset(row + j, 0, (n - j) * sizeof *row);
			continue;
		}
		for (size_t k = j; k < n; k++)
			row[k] /= sqrt(left);
		row[j] = sqrt(left);
		for (size_t i = j + 1; i < n; i++)
			add_row(block_row(g, i) + i, -row[i], row + i, n - i);
	}
}

struct division {
	const struct block *b, *root;
};

static void divide_rows(void *self, size_t part, size_t thread)
{
	const struct division *d = self;
	size_t n = d->b->width, first = part * ROWS_A_PART, last = first + ROWS_A_PART < d->b->rows ? first + ROWS_A_PART : d->b->rows;

	(void)thread;
	for (size_t r = first; r < last; r++) {
		double *row = block_row(d->b, r);

		for (size_t j = 0; j < n; j++) {
			const double *by = block_row(d->root, j);

			row[j] = by[j] > 0 ? row[j] / by[j] : 0;
			add_row(row + j + 1, -row[j], by + j + 1, n - j - 1);
		}
	}
}

static void orthonormalise(struct threads *threads, const struct block *b)
{
	struct block root = block_new(b->width, b->width);
	struct division d = { b, &root };

	for (int time = 0; time < 2; time++) {
		gram_of(threads, b, &root);
		root_of(&root);
		threads_each(threads, (b->rows + ROWS_A_PART - 1) / ROWS_A_PART, divide_rows, &d);
	}
	free(root.at);
}

/* ---- the small matrix: eigenvectors of a positive semidefinite one, by rotations of its rows until they are at right angles (Hestenes, 1958) ---- */

/* Returns false where they were already. */
static bool turn_pair(struct block *g, struct block *vectors, size_t p, size_t q)
{
	size_t n = g->width;
	double *a = block_row(g, p), *b = block_row(g, q);
	double aa = dot(a, a, n), bb = dot(b, b, n), ab = dot(a, b, n), zeta, tangent, cosine;

	if (!(fabs(ab) > is_right_angle * sqrt(aa * bb)) || ab == 0)
		return false;
	zeta = (bb - aa) / (2 * ab);
	tangent = copysign(1, zeta) / (fabs(zeta) + sqrt(1 + zeta * zeta));
	cosine = 1 / sqrt(1 + tangent * tangent);
	rotate(a, b, cosine, cosine * tangent, n);
	rotate(block_row(vectors, p), block_row(vectors, q), cosine, cosine * tangent, n);
	return true;
}

/* g is lost; rows of `vectors` become eigenvectors. Rows of g are their eigenvalues times these, so their lengths are eigenvalues. */
static void eigenvectors(struct block *g, struct block *vectors)
{
	bool turned = true;

	for (size_t i = 0; i < g->width; i++)
		block_row(vectors, i)[i] = 1;
	for (int sweep = 0; turned && sweep < SWEEPS_MAX; sweep++) {
		turned = false;
		for (size_t p = 0; p < g->width; p++)
			for (size_t q = p + 1; q < g->width; q++)
				turned |= turn_pair(g, vectors, p, q);
	}
}

/* ---- all ---- */

struct ranked {
	double value;
	size_t at;
};

static int largest_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return FALLING(x->value, y->value) ?: RISING(x->at, y->at);
}

static void start(struct block *b, uint64_t seed)
{
	for (size_t i = 0; i < b->rows; i++) {
		struct random r = random_of(seed, i);

		for (size_t j = 0; j < b->width; j++)
			block_row(b, i)[j] = random_normal(&r);
	}
}

/* Q and the eigenvectors of (AQ)'(AQ), of which `most` are taken */
static void take(const struct block *q, const struct block *vectors, const struct ranked *order, size_t most, struct svd *ret)
{
	while (ret->count < most && order[ret->count].value > nothing * order[0].value)
		ret->count++;
	ret->values = array_of(ret->count, sizeof *ret->values);
	ret->right = dense_of(array_of(q->rows * ret->count, sizeof(float)), q->rows, ret->count);
	for (size_t k = 0; k < ret->count; k++)
		ret->values[k] = sqrt(order[k].value);
	for (size_t i = 0; i < q->rows; i++)
		for (size_t k = 0; k < ret->count; k++)
			dense_row(&ret->right, i)[k] = (float)dot(block_row(q, i), block_row(vectors, order[k].at), q->width);
}

static void rank(const struct block *q, struct block *small, size_t most, struct svd *ret)
{
	struct block vectors = block_new(q->width, q->width);
	struct ranked *order = array_of(q->width, sizeof *order);

	eigenvectors(small, &vectors);
	for (size_t i = 0; i < q->width; i++)
		order[i] = (struct ranked){ sqrt(dot(block_row(small, i), block_row(small, i), q->width)), i };
	qsort(order, q->width, sizeof *order, largest_first);
	take(q, &vectors, order, most < q->width ? most : q->width, ret);
	free(order);
	free(vectors.at);
}

void svd_of(struct threads *threads, const struct sparse *a, const struct svd_options *options, struct svd *ret)
{
	CLEANUP(sparse_free) struct sparse turned = { 0 };
	size_t wanted = (size_t)options->count + options->extra, width = wanted < a->columns ? wanted : a->columns;
	struct block q = block_new(a->columns, width), z = block_new(a->rows, width), small = block_new(width, width);

	assert(options->count >= 1 && options->count <= SVD_MOST && options->extra <= SVD_MOST && options->rounds >= 1);
	*ret = (struct svd){ 0 };
	sparse_transpose(a, &turned);
	start(&q, options->seed);
	orthonormalise(threads, &q);
	for (uint32_t round = 0; round < options->rounds; round++) {
		multiply(threads, a, &q, &z);
		multiply(threads, &turned, &z, &q);
		orthonormalise(threads, &q);
		progress_at(options->progress, round + 1, options->rounds);
	}
	multiply(threads, a, &q, &z);
	gram_of(threads, &z, &small);
	rank(&q, &small, options->count, ret);
	free(q.at);
	free(z.at);
	free(small.at);
}

void svd_free(struct svd *s)
{
	free(s->values);
	free(s->right.at);
	*s = (struct svd){ 0 };
}
