#include "num/qr.h"

#include <assert.h>
#include <float.h>
#include <math.h>

struct matrix matrix_new(struct arena *arena, size_t rows, size_t columns)
{
	return (struct matrix){ rows, columns, arena_array_of(arena, rows * sizeof(real), columns) };
}

/* ---- loops over a column ---- */

static real dot(const real *restrict a, const real *restrict b, size_t n)
{
	real even = 0, odd = 0;
	size_t i = 0;

	for (; i + 1 < n; i += 2) {
		even += a[i] * b[i];
		odd += a[i + 1] * b[i + 1];
	}
	return i < n ? even + odd + a[i] * b[i] : even + odd;
}

/* y += s x */
static void add_times(real *restrict y, real s, const real *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += s * x[i];
}

static real square(real x) { return x * x; }

/* Without overflow or underflow: by the largest element. */
static real length_of(const real *x, size_t n)
{
	real most = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		most = fmaxl(most, fabsl(x[i]));
	for (size_t i = 0; most > 0 && i < n; i++)
		sum += square(x[i] / most);
	return most * sqrtl(sum);
}

/* ---- X P = Q R ---- */

/* H = 1 - v v' / (v_1 |x|) turns x into (-+|x|, 0, ...); v is kept where x was, but for its head. */
static void reflect_column(struct qr *q, size_t k)
{
	real *v = matrix_column(&q->a, k) + k, length = sqrtl(dot(v, v, q->a.rows - k));
	real sign = v[0] < 0 ? -1 : 1;

	q->head[k] = v[0] + sign * length;
	v[0] = -sign * length;
}

/* y = H_k y; y has all rows */
static void reflect(const struct qr *q, size_t k, real *y)
{
	const real *v = matrix_column(&q->a, k);
	real head = q->head[k], length = fabsl(v[k]), s;

	s = -(head * y[k] + dot(v + k + 1, y + k + 1, q->a.rows - k - 1)) / (fabsl(head) * length);
	y[k] += s * head;
	add_times(y + k + 1, s, v + k + 1, q->a.rows - k - 1);
}

static void swap_columns(struct qr *q, size_t j, size_t k)
{
	real *a = matrix_column(&q->a, j), *b = matrix_column(&q->a, k);
	size_t was = q->order[j];

	if (j == k)
		return;
	for (size_t i = 0; i < q->a.rows; i++) {
		real x = a[i];

		a[i] = b[i];
		b[i] = x;
	}
	q->order[j] = q->order[k];
	q->order[k] = was;
}

/* left[j]: squared length of column j below row k; told[j]: the same when it was last summed. Less a square it loses digits, so it is
 * summed anew before they are gone. */
struct lengths {
	real *left, *told;
};

static void shorten(const struct qr *q, struct lengths *l, size_t k, size_t j)
{
	const real *below = matrix_column(&q->a, j) + k + 1;

	l->left[j] -= square(below[-1]);
	if (l->left[j] > 1e-6L * l->told[j])
		return;
	l->told[j] = l->left[j] = dot(below, below, q->a.rows - k - 1);
}

static size_t longest(const struct lengths *l, size_t from, size_t columns)
{
	size_t best = from;

	for (size_t j = from + 1; j < columns; j++) {
		if (l->left[j] > l->left[best] * (1 + 1e-9L)) /* of equals the first, so that the constant leads */
			best = j;
	}
	return best;
}

static void swap_lengths(struct lengths *l, size_t j, size_t k)
{
	real left = l->left[j], told = l->told[j];

	l->left[j] = l->left[k];
	l->told[j] = l->told[k];
	l->left[k] = left;
	l->told[k] = told;
}

static void keep_r(struct arena *arena, struct qr *q)
{
	q->r = ARENA_ARRAY(arena, real, q->a.columns * q->a.columns);
	for (size_t k = 0; k < q->rank; k++) {
		for (size_t j = k; j < q->a.columns; j++)
			q->r[k * q->a.columns + j] = matrix_column(&q->a, j)[k];
	}
}

static void scale_columns(const struct matrix *x, struct qr *q, struct lengths *l)
{
	for (size_t j = 0; j < x->columns; j++) {
		const real *from = matrix_column(x, j);
		real *to = matrix_column(&q->a, j), length = length_of(from, x->rows);

		q->scale[j] = length > 0 ? length : 1;
		for (size_t i = 0; i < x->rows; i++)
			to[i] = from[i] / q->scale[j];
		l->left[j] = l->told[j] = length > 0;
		q->order[j] = j;
	}
}

void qr_of(struct arena *arena, const struct matrix *x, struct qr *ret)
{
	size_t columns = x->columns;
	struct qr q = { .a = matrix_new(arena, x->rows, columns), .head = ARENA_ARRAY(arena, real, columns),
		        .scale = ARENA_ARRAY(arena, real, columns), .order = ARENA_ARRAY(arena, size_t, columns) };
	struct lengths l = { ARENA_ARRAY(arena, real, columns), ARENA_ARRAY(arena, real, columns) };

	assert(columns && x->rows >= columns);
	scale_columns(x, &q, &l);
	for (size_t k = 0; k < columns; k++, q.rank++) {
		size_t best = longest(&l, k, columns);

		if (l.left[best] <= square(QR_TOLERANCE))
			break;
		swap_columns(&q, k, best);
		swap_lengths(&l, k, best);
		reflect_column(&q, k);
		for (size_t j = k + 1; j < columns; j++) {
			reflect(&q, k, matrix_column(&q.a, j));
			shorten(&q, &l, k, j);
		}
	}
	keep_r(arena, &q);
	*ret = q;
}

/* R z = the first column that is left: it and those whose share is not 0 make one another. */
size_t qr_dependent(struct arena *arena, const struct qr *q)
{
	size_t n = q->a.columns, last = q->order[q->rank];
	real *z = ARENA_ARRAY(arena, real, n);

	assert(q->rank < n);
	for (size_t k = q->rank; k-- > 0;) {
		z[k] = q->r[k * n + q->rank];
		for (size_t j = k + 1; j < q->rank; j++)
			z[k] -= q->r[k * n + j] * z[j];
		z[k] /= q->r[k * n + k];
		if (fabsl(z[k]) > 1e-6L && q->order[k] > last)
			last = q->order[k];
	}
	return last;
}

void qr_turn(const struct qr *q, real *y)
{
	for (size_t k = 0; k < q->rank; k++)
		reflect(q, k, y);
}

void qr_turn_back(const struct qr *q, real *y)
{
	for (size_t k = q->rank; k-- > 0;)
		reflect(q, k, y);
}

/* ---- triangles: R b = y, R' b = y; in place ---- */

static void solve_upper(const struct qr *q, real *b)
{
	size_t n = q->a.columns;

	for (size_t k = n; k-- > 0;) {
		for (size_t j = k + 1; j < n; j++)
			b[k] -= q->r[k * n + j] * b[j];
		b[k] /= q->r[k * n + k];
	}
}

static void solve_lower(const struct qr *q, real *b)
{
	size_t n = q->a.columns;

	for (size_t k = 0; k < n; k++) {
		for (size_t j = 0; j < k; j++)
			b[k] -= q->r[j * n + k] * b[j];
		b[k] /= q->r[k * n + k];
	}
}

/* ---- sums in twice the precision: Ogita, Rump and Oishi, "Accurate sum and dot product" (SIAM J. Sci. Comput. 26, 2005) ---- */

struct twice {
	real high, low;
};

static void twice_add(struct twice *s, real x)
{
	real sum = s->high + x, seen = sum - s->high;

	s->low += (s->high - (sum - seen)) + (x - seen);
	s->high = sum;
}

/* a b = high + low exactly, each factor cut in the middle of its 64 bits (Veltkamp, Dekker) */
static void twice_add_product(struct twice *s, real a, real b)
{
	static const real cut = 4294967297.L;
	real a1 = cut * a, b1 = cut * b, product = a * b;

	a1 -= a1 - a;
	b1 -= b1 - b;
	s->low += ((a1 * b1 - product) + a1 * (b - b1) + (a - a1) * b1) + (a - a1) * (b - b1);
	twice_add(s, product);
}

/* ---- least squares ---- */

/* Least squares as one system, r + X b = y and X' r = 0. What is left of both, f and g, gives the step. */
struct solving {
	const struct qr *q;
	const struct matrix *x;
	const real *y;
	real *b, *residual; /* so far */
	real *f, *g;
	struct twice *sums; /* (rows) */
};

static void what_is_left(const struct solving *s)
{
	size_t rows = s->x->rows;

	for (size_t i = 0; i < rows; i++) {
		s->sums[i] = (struct twice){ s->y[i], 0 };
		twice_add(&s->sums[i], -s->residual[i]);
	}
	for (size_t j = 0; j < s->x->columns; j++) {
		const real *x = matrix_column(s->x, j);
		struct twice g = { 0 };

		for (size_t i = 0; i < rows; i++) {
			twice_add_product(&s->sums[i], -s->b[j], x[i]);
			twice_add_product(&g, -x[i], s->residual[i]);
		}
		s->g[j] = g.high + g.low;
	}
	for (size_t i = 0; i < rows; i++)
		s->f[i] = s->sums[i].high + s->sums[i].low;
}

/* h = R'^-1 P' g, (d1, d2) = Q' f: b += P R^-1 (d1 - h), r += Q (h, d2); the largest change of a
 * coefficient, relative to it */
static real step(const struct solving *s, real *h)
{
	const struct qr *q = s->q;
	size_t n = q->a.columns;
	real most = 0;

	for (size_t k = 0; k < n; k++)
		h[k] = s->g[q->order[k]] / q->scale[q->order[k]];
	solve_lower(q, h);
	qr_turn(q, s->f);
	for (size_t k = 0; k < n; k++) {
		real d = s->f[k] - h[k];

		s->f[k] = h[k];
		h[k] = d;
	}
	solve_upper(q, h);
	qr_turn_back(q, s->f);
	for (size_t k = 0; k < n; k++) {
		real d = h[k] / q->scale[q->order[k]], *b = &s->b[q->order[k]];

		*b += d;
		most = fmaxl(most, d == 0 ? 0 : fabsl(d / *b));
	}
	for (size_t i = 0; i < q->a.rows; i++)
		s->residual[i] += s->f[i];
	return most;
}

void qr_solve(struct arena *arena, const struct qr *q, const struct matrix *x, const real *y, real *b, real *residual)
{
	size_t rows = x->rows, columns = x->columns;
	struct solving s = { q, x, y, b, residual, ARENA_ARRAY(arena, real, rows), ARENA_ARRAY(arena, real, columns),
		             ARENA_ARRAY(arena, struct twice, rows) };
	real *h = ARENA_ARRAY(arena, real, columns), change = 1;

	assert(q->rank == columns);
	for (size_t j = 0; j < columns; j++)
		b[j] = 0;
	for (size_t i = 0; i < rows; i++) {
		residual[i] = 0;
		s.f[i] = y[i];
	}
	step(&s, h);
	for (int round = 0; change > 1e-17L && round < 5; round++) {
		what_is_left(&s);
		change = step(&s, h);
	}
}

/* (X'X)^-1 = T T' with T = P R^-1, each row by its scale */
void qr_inverse(struct arena *arena, const struct qr *q, real *ret)
{
	size_t n = q->a.columns;
	real *t = ARENA_ARRAY(arena, real, n * n); /* column by column */

	assert(q->rank == n);
	for (size_t j = 0; j < n; j++) {
		t[j * n + j] = 1;
		solve_upper(q, t + j * n);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			real sum = 0;

			for (size_t j = 0; j < n; j++)
				sum += t[j * n + i] * t[j * n + k];
			ret[q->order[i] * n + q->order[k]] = sum / q->scale[q->order[i]] / q->scale[q->order[k]];
		}
	}
}

void qr_coefficients(const struct qr *q, real *g, real *b)
{
	solve_upper(q, g);
	for (size_t k = 0; k < q->a.columns; k++)
		b[q->order[k]] = g[k] / q->scale[q->order[k]];
}

void qr_expand(struct arena *arena, struct qr *q)
{
	size_t rows = q->a.rows, n = q->a.columns;
	real *v = ARENA_ARRAY(arena, real, rows);

	assert(q->rank == n);
	for (size_t k = n; k-- > 0;) { /* H_k of all columns from k on, the k-th of which is the unit vector */
		real *own = matrix_column(&q->a, k), head = q->head[k], length = fabsl(own[k]);

		for (size_t i = k; i < rows; i++)
			v[i] = i == k ? head : own[i];
		for (size_t i = 0; i < rows; i++)
			own[i] = i == k;
		for (size_t j = k; j < n; j++) {
			real *to = matrix_column(&q->a, j) + k, s = -dot(v + k, to, rows - k) / (fabsl(head) * length);

			add_times(to, s, v + k, rows - k);
		}
	}
}

/* ---- condition ---- */

/* One rotation that makes columns i and j of u orthogonal (Hestenes 1958); whether there was something to turn */
static bool rotate(real *u, size_t n, size_t i, size_t j)
{
	real *a = u + i * n, *b = u + j * n, aa = dot(a, a, n), bb = dot(b, b, n), ab = dot(a, b, n);
	real zeta, t, c;

	if (fabsl(ab) <= 16 * LDBL_EPSILON * sqrtl(aa) * sqrtl(bb))
		return false;
	zeta = (bb - aa) / (2 * ab);
	t = (zeta < 0 ? -1 : 1) / (fabsl(zeta) + hypotl(1, zeta));
	c = 1 / sqrtl(1 + t * t);
	for (size_t k = 0; k < n; k++) {
		real x = a[k];

		a[k] = c * (x - t * b[k]);
		b[k] = c * (t * x + b[k]);
	}
	return true;
}

real qr_condition(struct arena *arena, const struct qr *q)
{
	size_t n = q->a.columns;
	real *u = ARENA_ARRAY(arena, real, n * n), most = 0, least = INFINITY;
	bool turned = true;

	for (size_t i = 0; i < n * n; i++)
		u[i] = q->r[i]; /* R' by columns: the same singular values */
	for (int sweep = 0; turned && sweep < 40; sweep++) {
		turned = false;
		for (size_t i = 0; i < n; i++) {
			for (size_t j = i + 1; j < n; j++)
				turned |= rotate(u, n, i, j);
		}
	}
	for (size_t j = 0; j < n; j++) {
		real length = length_of(u + j * n, n);

		most = fmaxl(most, length);
		least = fminl(least, length);
	}
	return most / least;
}
