/* dense_kernels.h - the inner loops of dense.c, included once for each path with
 *   PATH(name)      the name of a function on this path
 *   TARGET          the attribute that lets the compiler use its instructions
 *   LANES           floats of a vector
 *   EVEN, ODD(a, b) of each four lanes, numbers 0, 2 of a and of b; numbers 1, 3
 *   TILE_ROWS       rows of a tile of a product, which is two vectors wide: what fits in the registers
 * Vectors are read and written where they lie (a type of alignment 4). What is left over at the end of a row is summed one by one. */

typedef float PATH(vector) __attribute__((vector_size(4 * LANES)));
typedef float PATH(loose) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef union { PATH(vector) all; quad fours[LANES / 4]; } PATH(lanes);

#define V PATH(vector)
#define LOAD(at) ((V)*(const PATH(loose) *)(at))
#define STORE(at, v) (*(PATH(loose) *)(at) = (v))
#define INLINE TARGET static inline __attribute__((always_inline))

/* ret[i] = sum of the lanes of a[i]: within fours as ((0 + 1) + (2 + 3)), then over fours upwards. */
INLINE void PATH(sums4)(float ret[4], const V *a)
{
	V ab = EVEN(a[0], a[1]) + ODD(a[0], a[1]), cd = EVEN(a[2], a[3]) + ODD(a[2], a[3]);
	PATH(lanes) all = { EVEN(ab, cd) + ODD(ab, cd) };
	quad sum = all.fours[0];

#pragma GCC unroll 4
	for (int i = 1; i < LANES / 4; i++)
		sum += all.fours[i];
	memcpy(ret, &sum, sizeof sum);
}

/* ret[i] = row i of four by x */
INLINE void PATH(dot4)(float ret[4], const float *const row[4], const float *x, size_t n)
{
	V sum[4] = { { 0 }, { 0 }, { 0 }, { 0 } };
	size_t j = 0;

	for (; j + LANES <= n; j += LANES) {
		V xs = LOAD(x + j);

		sum[0] += LOAD(row[0] + j) * xs;
		sum[1] += LOAD(row[1] + j) * xs;
		sum[2] += LOAD(row[2] + j) * xs;
		sum[3] += LOAD(row[3] + j) * xs;
	}
	PATH(sums4)(ret, sum);
	for (; j < n; j++)
		for (size_t i = 0; i < 4; i++)
			ret[i] += row[i][j] * x[j];
}

/* y += sum of by[i] times row i of four */
INLINE void PATH(axpy4)(float *y, const float by[4], const float *a, size_t stride, size_t n)
{
	size_t j = 0;

	for (; j + LANES <= n; j += LANES) {
		V ys = LOAD(y + j);

		ys += LOAD(a + j) * by[0];
		ys += LOAD(a + stride + j) * by[1];
		ys += LOAD(a + 2 * stride + j) * by[2];
		ys += LOAD(a + 3 * stride + j) * by[3];
		STORE(y + j, ys);
	}
	for (; j < n; j++)
		for (size_t i = 0; i < 4; i++)
			y[j] += a[i * stride + j] * by[i];
}

/* As dot4 sums a row, so that a result does not hang on where in its matrix a row stands. */
INLINE float PATH(dot1)(const float *a, const float *b, size_t n)
{
	V sums[4] = { { 0 }, { 0 }, { 0 }, { 0 } };
	float ret[4];
	size_t j = 0;

	for (; j + LANES <= n; j += LANES)
		sums[0] += LOAD(a + j) * LOAD(b + j);
	PATH(sums4)(ret, sums);
	for (; j < n; j++)
		ret[0] += a[j] * b[j];
	return ret[0];
}

INLINE void PATH(axpy1)(float *y, float by, const float *x, size_t n)
{
	size_t j = 0;

	for (; j + LANES <= n; j += LANES)
		STORE(y + j, LOAD(y + j) + LOAD(x + j) * by);
	for (; j < n; j++)
		y[j] += x[j] * by;
}

TARGET static float PATH(dot)(const float *a, const float *b, size_t n) { return PATH(dot1)(a, b, n); }
TARGET static void PATH(axpy)(float *y, float by, const float *x, size_t n) { PATH(axpy1)(y, by, x, n); }

TARGET static void PATH(gemv)(float *y, const struct dense *a, const float *x)
{
	size_t i = 0;

	for (; i + 4 <= a->rows; i += 4)
		PATH(dot4)(y + i, (const float *[4])ROWS4(dense_row(a, i), a->stride), x, a->columns);
	for (; i < a->rows; i++)
		y[i] = PATH(dot1)(dense_row(a, i), x, a->columns);
}

TARGET static void PATH(gemv_t)(float *y, const struct dense *a, const float *x)
{
	size_t i = 0;

	for (; i + 4 <= a->rows; i += 4)
		PATH(axpy4)(y, x + i, dense_row(a, i), a->stride, a->columns);
	for (; i < a->rows; i++)
		PATH(axpy1)(y, x[i], dense_row(a, i), a->columns);
}

/* y += sum of by[i] times row i of eight: as axpy4 twice, with y read and written once. */
INLINE void PATH(axpy8)(float *y, const float by[8], const float *const row[8], size_t n)
{
	size_t j = 0;

	for (; j + LANES <= n; j += LANES) {
		V ys = LOAD(y + j);

		ys += LOAD(row[0] + j) * by[0];
		ys += LOAD(row[1] + j) * by[1];
		ys += LOAD(row[2] + j) * by[2];
		ys += LOAD(row[3] + j) * by[3];
		ys += LOAD(row[4] + j) * by[4];
		ys += LOAD(row[5] + j) * by[5];
		ys += LOAD(row[6] + j) * by[6];
		ys += LOAD(row[7] + j) * by[7];
		STORE(y + j, ys);
	}
	for (; j < n; j++)
		for (size_t i = 0; i < 8; i++)
			y[j] += row[i][j] * by[i];
}

/* A line of each of four rows that are wanted soon: a bit at a time, since only so many lines can be on their way. */
INLINE void PATH(fetch4)(const float *const soon[4], size_t j)
{
	if (LANES < 16 && j % 16 != 0)
		return;
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++)
		__builtin_prefetch(soon[i] + j);
}

INLINE void PATH(gram_times8)(float *y, const float *const row[8], const float *const soon[8], const struct dense_weights *w, size_t first, const float *x, size_t n)
{
	V sum[8] = { 0 };
	float by[8];
	size_t j = 0;

	for (; j + LANES <= n; j += LANES) {
		V xs = LOAD(x + j);

		PATH(fetch4)(soon, j);
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			sum[i] += LOAD(row[i] + j) * xs;
	}
	PATH(sums4)(by, sum);
	PATH(sums4)(by + 4, sum + 4);
	for (; j < n; j++)
		for (size_t i = 0; i < 8; i++)
			by[i] += row[i][j] * x[j];
	for (size_t i = 0; i < 8; i++)
		by[i] = weighed(w, first + i, by[i]);
	for (j = 0; j + LANES <= n; j += LANES) {
		V ys = LOAD(y + j);

		PATH(fetch4)(soon + 4, j);
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			ys += LOAD(row[i] + j) * by[i];
		STORE(y + j, ys);
	}
	for (; j < n; j++)
		for (size_t i = 0; i < 8; i++)
			y[j] += row[i][j] * by[i];
}

TARGET static void PATH(gram_times)(float *y, const struct dense_some *a, const struct dense_weights *w, const float *x)
{
	size_t i = 0, n = a->of->columns;

	for (; i + DENSE_AT_ONCE <= a->count; i += DENSE_AT_ONCE) {
		const float *row[DENSE_AT_ONCE], *soon[DENSE_AT_ONCE];

		for (size_t r = 0; r < DENSE_AT_ONCE; r++) {
			size_t next = i + r + DENSE_AT_ONCE;

			row[r] = dense_row(a->of, a->rows[i + r]);
			soon[r] = next < a->count + a->soon ? dense_row(a->of, a->rows[next]) : row[r];
		}
		PATH(gram_times8)(y, row, soon, w, i, x, n);
	}
	for (; i < a->count; i++) {
		const float *row = dense_row(a->of, a->rows[i]);

		PATH(axpy1)(y, weighed(w, i, PATH(dot1)(row, x, n)), row, n);
	}
}

/* c (TILE_ROWS, 2 LANES) = or += the product of a strip of A, TILE_ROWS values for each step of depth, and one of B, 2 LANES. */
TARGET static void PATH(tile)(float *c, size_t stride, const float *a, const float *b, size_t depth, bool add)
{
	V sum[TILE_ROWS][2] = { 0 };

	for (size_t p = 0; p < depth; p++, a += TILE_ROWS, b += 2 * LANES) {
		V left = LOAD(b), right = LOAD(b + LANES);

#pragma GCC unroll 12
		for (int i = 0; i < TILE_ROWS; i++) {
			sum[i][0] += left * a[i];
			sum[i][1] += right * a[i];
		}
	}
#pragma GCC unroll 12
	for (int i = 0; i < TILE_ROWS; i++) {
		float *to = c + (size_t)i * stride;

		STORE(to, add ? LOAD(to) + sum[i][0] : sum[i][0]);
		STORE(to + LANES, add ? LOAD(to + LANES) + sum[i][1] : sum[i][1]);
	}
}

/* count rows of C = those of A by B, which is read where it lies and whose columns are whole pairs of vectors. */
INLINE void PATH(rows_by)(const struct dense *c, const struct dense *a, const struct dense *b, size_t first, int count)
{
	for (size_t j = 0; j < b->columns; j += 2 * LANES) {
		const float *row = b->at + j, *at = dense_row(a, first);
		V sum[FEW_ROWS][2] = { 0 };

		for (size_t p = 0; p < b->rows; p++, row += b->stride) {
			V left = LOAD(row), right = LOAD(row + LANES);

#pragma GCC unroll 8
			for (int i = 0; i < count; i++) {
				sum[i][0] += left * at[(size_t)i * a->stride + p];
				sum[i][1] += right * at[(size_t)i * a->stride + p];
			}
		}
#pragma GCC unroll 8
		for (int i = 0; i < count; i++) {
			STORE(dense_row(c, first + (size_t)i) + j, sum[i][0]);
			STORE(dense_row(c, first + (size_t)i) + j + LANES, sum[i][1]);
		}
	}
}

TARGET static void PATH(few_rows)(const struct dense *c, const struct dense *a, const struct dense *b)
{
	size_t i = 0;

	for (; i + FEW_ROWS <= a->rows; i += FEW_ROWS)
		PATH(rows_by)(c, a, b, i, FEW_ROWS);
	for (; i + 4 <= a->rows; i += 4)
		PATH(rows_by)(c, a, b, i, 4);
	for (; i < a->rows; i++)
		PATH(rows_by)(c, a, b, i, 1);
}

/* c (LANES, LANES) += what `depth` rows add to that square of A' diag(by) A: a and b point to where its rows and its columns stand in
 * the first. Both are read where they lie. */
TARGET static void PATH(square)(const struct square *s, const float *a, const float *b, const float *by, size_t depth)
{
	V c[LANES];

#pragma GCC unroll 16
	for (int i = 0; i < LANES; i++)
		c[i] = LOAD(s->at + (size_t)i * s->stride);
	for (size_t p = 0; p < depth; p++, a += s->step, b += s->step) {
		V row = by ? LOAD(b) * by[p] : LOAD(b);

#pragma GCC unroll 16
		for (int i = 0; i < LANES; i++)
			c[i] += row * a[i];
	}
#pragma GCC unroll 16
	for (int i = 0; i < LANES; i++)
		STORE(s->at + (size_t)i * s->stride, c[i]);
}

/* The same of LANES / 2 rows and twice as many columns: fewer values are read for as many products. */
TARGET static void PATH(wide)(const struct square *s, const float *a, const float *b, const float *by, size_t depth)
{
	V c[LANES / 2][2];

#pragma GCC unroll 8
	for (int i = 0; i < LANES / 2; i++) {
		c[i][0] = LOAD(s->at + (size_t)i * s->stride);
		c[i][1] = LOAD(s->at + (size_t)i * s->stride + LANES);
	}
	for (size_t p = 0; p < depth; p++, a += s->step, b += s->step) {
		V left = LOAD(b), right = LOAD(b + LANES);

		if (by) {
			left *= by[p];
			right *= by[p];
		}
#pragma GCC unroll 8
		for (int i = 0; i < LANES / 2; i++) {
			c[i][0] += left * a[i];
			c[i][1] += right * a[i];
		}
	}
#pragma GCC unroll 8
	for (int i = 0; i < LANES / 2; i++) {
		STORE(s->at + (size_t)i * s->stride, c[i][0]);
		STORE(s->at + (size_t)i * s->stride + LANES, c[i][1]);
	}
}

/* The square on the diagonal becomes that of U, ret its pivots' inverses. What stands below the diagonal is no number of U. */
INLINE bool PATH(pivots)(V *c, float *ret)
{
#pragma GCC unroll 16
	for (int j = 0; j < LANES; j++) {
		float pivot = c[j][j];

		if (!(pivot > 0) || pivot > FLT_MAX)
			return false;
		ret[j] = 1 / sqrtf(pivot);
		c[j] *= ret[j];
#pragma GCC unroll 16
		for (int i = j + 1; i < LANES; i++)
			c[i] -= c[j] * c[j][i];
	}
	return true;
}

/* A square right of it, whose rows follow from those of U on the diagonal. */
INLINE void PATH(beside_pivots)(V *c, const float *diagonal, size_t stride, const float *inverse)
{
#pragma GCC unroll 16
	for (int j = 0; j < LANES; j++) {
		c[j] *= inverse[j];
#pragma GCC unroll 16
		for (int i = j + 1; i < LANES; i++)
			c[i] -= c[j] * diagonal[(size_t)j * stride + (size_t)i];
	}
}

/* Squares of LANES rows and columns, whole ones: each less what the rows above take off it, while it is in the registers. */
TARGET static bool PATH(cholesky)(const struct dense *a)
{
	for (size_t from = 0; from < a->rows; from += LANES) {
		float inverse[LANES], *diagonal = dense_row(a, from) + from;

		for (size_t left = from; left < a->columns; left += LANES) {
			const float *row = a->at + left, *by = a->at + from;
			float *at = dense_row(a, from) + left;
			V c[LANES];

#pragma GCC unroll 16
			for (int i = 0; i < LANES; i++)
				c[i] = LOAD(at + (size_t)i * a->stride);
			for (size_t p = 0; p < from; p++, row += a->stride, by += a->stride) {
				V above = LOAD(row);

#pragma GCC unroll 16
				for (int i = 0; i < LANES; i++)
					c[i] -= above * by[i];
			}
			if (left > from)
				PATH(beside_pivots)(c, diagonal, a->stride, inverse);
			else if (!PATH(pivots)(c, inverse))
				return false;
#pragma GCC unroll 16
			for (int i = 0; i < LANES; i++)
				STORE(at + (size_t)i * a->stride, c[i]);
		}
	}
	return true;
}

/* U'x = x: eight values, which are then taken off all below. */
INLINE void PATH(solve_down)(const struct dense *u, float *x)
{
	size_t n = u->rows;

	for (size_t from = 0; from < n; from += 8) {
		size_t to = from + 8 < n ? from + 8 : n;
		float by[8], inverse[8];

		for (size_t j = from; j < to; j++)
			inverse[j - from] = 1 / dense_row(u, j)[j];
		for (size_t j = from; j < to; j++) {
			const float *row = dense_row(u, j);

			x[j] *= inverse[j - from];
			by[j - from] = -x[j];
			for (size_t c = j + 1; c < to; c++)
				x[c] -= x[j] * row[c];
		}
		if (to < n)
			PATH(axpy8)(x + to, by, (const float *[8])ROWS8(dense_row(u, from) + to, u->stride), n - to);
	}
}

/* U x = x, from the end: what is solved is taken off eight values at once. */
INLINE void PATH(solve_up)(const struct dense *u, float *x)
{
	size_t n = u->rows;

	for (size_t from = (n - 1) / 8 * 8;; from -= 8) {
		size_t to = from + 8 < n ? from + 8 : n;
		float off[8] = { 0 }, inverse[8];

		for (size_t j = from; j < to; j++)
			inverse[j - from] = 1 / dense_row(u, j)[j];
		if (to < n) {
			const float *row[8] = ROWS8(dense_row(u, from) + to, u->stride);

			PATH(dot4)(off, row, x + to, n - to);
			PATH(dot4)(off + 4, row + 4, x + to, n - to);
		}
		for (size_t j = to; j-- > from;) {
			const float *row = dense_row(u, j);

			x[j] -= off[j - from];
			for (size_t c = j + 1; c < to; c++)
				x[j] -= row[c] * x[c];
			x[j] *= inverse[j - from];
		}
		if (from == 0)
			return;
	}
}

TARGET static void PATH(solve)(const struct dense *u, float *x)
{
	if (u->rows == 0)
		return;
	PATH(solve_down)(u, x);
	PATH(solve_up)(u, x);
}

/* `count` rows from `from` on of U'X = X, two vectors of columns of it at x, when the rows above are solved. */
INLINE void PATH(solve_below)(const struct dense *u, float *x, size_t stride, size_t from, int count)
{
	V sum[4][2];

#pragma GCC unroll 4
	for (int i = 0; i < count; i++)
		for (int v = 0; v < 2; v++)
			sum[i][v] = LOAD(x + (from + (size_t)i) * stride + v * LANES);
	for (size_t p = 0; p < from; p++) {
		const float *by = dense_row(u, p) + from;
		V left = LOAD(x + p * stride), right = LOAD(x + p * stride + LANES);

#pragma GCC unroll 4
		for (int i = 0; i < count; i++) {
			sum[i][0] -= left * by[i];
			sum[i][1] -= right * by[i];
		}
	}
#pragma GCC unroll 4
	for (int i = 0; i < count; i++) {
		const float *row = dense_row(u, from + (size_t)i) + from;

		for (int v = 0; v < 2; v++) {
			sum[i][v] *= 1 / row[i];
#pragma GCC unroll 4
			for (int c = i + 1; c < count; c++)
				sum[c][v] -= sum[i][v] * row[c];
			STORE(x + (from + (size_t)i) * stride + v * LANES, sum[i][v]);
		}
	}
}

/* The same of U X = X, when the rows below are solved. */
INLINE void PATH(solve_above)(const struct dense *u, float *x, size_t stride, size_t from, int count)
{
	V sum[4][2];

#pragma GCC unroll 4
	for (int i = 0; i < count; i++)
		for (int v = 0; v < 2; v++)
			sum[i][v] = LOAD(x + (from + (size_t)i) * stride + v * LANES);
	for (size_t p = from + (size_t)count; p < u->rows; p++) {
		V left = LOAD(x + p * stride), right = LOAD(x + p * stride + LANES);

#pragma GCC unroll 4
		for (int i = 0; i < count; i++) {
			float by = dense_row(u, from + (size_t)i)[p];

			sum[i][0] -= left * by;
			sum[i][1] -= right * by;
		}
	}
#pragma GCC unroll 4
	for (int i = count - 1; i >= 0; i--) {
		for (int v = 0; v < 2; v++) {
			sum[i][v] *= 1 / dense_row(u, from + (size_t)i)[from + (size_t)i];
#pragma GCC unroll 4
			for (int c = 0; c < i; c++)
				sum[c][v] -= sum[i][v] * dense_row(u, from + (size_t)c)[from + (size_t)i];
			STORE(x + (from + (size_t)i) * stride + v * LANES, sum[i][v]);
		}
	}
}

TARGET static void PATH(solve_columns)(const struct dense *u, const struct dense *x)
{
	size_t fours = u->rows / 4 * 4;

	for (size_t j = 0; j < x->columns; j += 2 * LANES) {
		for (size_t from = 0; from < fours; from += 4)
			PATH(solve_below)(u, x->at + j, x->stride, from, 4);
		for (size_t from = fours; from < u->rows; from++)
			PATH(solve_below)(u, x->at + j, x->stride, from, 1);
		for (size_t from = u->rows; from-- > fours;)
			PATH(solve_above)(u, x->at + j, x->stride, from, 1);
		for (size_t from = fours; from > 0; from -= 4)
			PATH(solve_above)(u, x->at + j, x->stride, from - 4, 4);
	}
}

static const struct kernels PATH(kernels) = {
	PATH(dot), PATH(axpy), PATH(gemv), PATH(gemv_t), PATH(gram_times), PATH(tile), PATH(few_rows), PATH(square), PATH(wide), PATH(cholesky), PATH(solve),
	PATH(solve_columns), TILE_ROWS, 2 * LANES, LANES,
};

#undef V
#undef LOAD
#undef STORE
#undef INLINE
#undef PATH
#undef TARGET
#undef LANES
#undef EVEN
#undef ODD
#undef TILE_ROWS
