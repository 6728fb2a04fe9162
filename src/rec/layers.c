/* layers.c - plain loops over arrays. What costs is in the products of matrices; the rest is written so that a compiler makes vectors of it. */
#include "rec/layers.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/random.h"
#include "rec/kernel.h"

/* ---- one number each ---- */

static inline float sigmoid_of(float x) { return 1.0f / (1.0f + exp_of(-x)); }
static inline float tanh_of(float x) { return 2.0f * sigmoid_of(2.0f * x) - 1.0f; }
static inline float gelu_gate(float x) { return sigmoid_of(1.5957691216f * (x + 0.044715f * x * x * x)); }

float number_sigmoid(float x) { return sigmoid_of(x); }

EACH_WIDTH void row_exp(float *x, float less, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = exp_of(x[i] - less);
}

EACH_WIDTH void activation_forward(enum activation a, const float *x, float *y, size_t n)
{
	switch (a) {
	case RELU:
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] > 0 ? x[i] : 0;
		return;
	case GELU:
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] * gelu_gate(x[i]);
		return;
	case TANH:
		for (size_t i = 0; i < n; i++)
			y[i] = tanh_of(x[i]);
		return;
	case SIGMOID:
		for (size_t i = 0; i < n; i++)
			y[i] = sigmoid_of(x[i]);
		return;
	}
}

static inline float gelu_slope(float x)
{
	float g = gelu_gate(x);

	return g + x * g * (1 - g) * 1.5957691216f * (1 + 3 * 0.044715f * x * x);
}

EACH_WIDTH void activation_backward(enum activation a, const float *x, const float *y, const float *dy, float *dx, size_t n)
{
	switch (a) {
	case RELU:
		for (size_t i = 0; i < n; i++)
			dx[i] = y[i] > 0 ? dy[i] : 0;
		return;
	case GELU:
		for (size_t i = 0; i < n; i++)
			dx[i] = dy[i] * gelu_slope(x[i]);
		return;
	case TANH:
		for (size_t i = 0; i < n; i++)
			dx[i] = dy[i] * (1 - y[i] * y[i]);
		return;
	case SIGMOID:
		for (size_t i = 0; i < n; i++)
			dx[i] = dy[i] * y[i] * (1 - y[i]);
		return;
	}
}

/* Four numbers share the 64 bits of one draw. */
EACH_WIDTH void dropout(float *x, size_t n, double share, uint64_t key)
{
	uint32_t below = (uint32_t)(share * 65536);
	float kept = (float)(65536.0 / (65536.0 - below));

	assert(share >= 0 && share < 1);
	if (below == 0)
		return;
	for (size_t i = 0; i + 4 <= n; i += 4) {
		uint64_t bits = random_bits(key + i / 4);

		for (size_t k = 0; k < 4; k++)
			x[i + k] *= (uint16_t)(bits >> (16 * k)) < below ? 0 : kept;
	}
	for (size_t i = n / 4 * 4; i < n; i++)
		x[i] *= (uint16_t)(random_bits(key + i / 4) >> (16 * (i % 4))) < below ? 0 : kept;
}

/* ---- rows ---- */

void embedding_forward(const float *table, const uint32_t *item, struct dense y)
{
	for (size_t i = 0; i < y.rows; i++) {
		if (item[i] == NO_ITEM)
			memset(dense_row(&y, i), 0, y.columns * sizeof(float));
		else
			memcpy(dense_row(&y, i), table + item[i] * y.columns, y.columns * sizeof(float));
	}
}

void embedding_backward(const uint32_t *item, struct dense dy, float *dtable)
{
	for (size_t i = 0; i < dy.rows; i++)
		if (item[i] != NO_ITEM)
			dense_axpy(dtable + item[i] * dy.columns, 1, dense_row(&dy, i), dy.columns);
}

void linear_forward(struct dense x, const float *w, const float *b, struct dense y)
{
	struct dense weights = dense_given(w, x.columns, y.columns);

	for (size_t i = 0; b && i < y.rows; i++)
		memcpy(dense_row(&y, i), b, y.columns * sizeof(float));
	if (x.rows == 1) { /* a live step: the weights are read where they lie */
		if (!b)
			memset(y.at, 0, y.columns * sizeof(float));
		dense_gemv_t(y.at, &weights, x.at);
		return;
	}
	dense_ab(&y, &x, &weights, b ? DENSE_ADD : DENSE_SET);
}

void linear_backward(struct dense x, const float *w, struct dense dy, float *dw, float *db, struct dense dx)
{
	struct dense weights = dense_given(w, x.columns, dy.columns), dweights = dense_of(dw, x.columns, dy.columns);

	dense_atb(&dweights, &x, &dy, DENSE_ADD);
	for (size_t i = 0; db && i < dy.rows; i++)
		dense_axpy(db, 1, dense_row(&dy, i), dy.columns);
	if (dx.at)
		dense_abt(&dx, &dy, &weights, DENSE_SET);
}

static inline float row_mean(const float *x, size_t n)
{
	float sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += x[j];
	return sum / (float)n;
}

void norm_forward(struct dense x, const float *gain, const float *shift, struct dense y, float *scale)
{
	for (size_t i = 0; i < x.rows; i++) {
		const float *from = dense_row(&x, i);
		float *to = dense_row(&y, i), mean = row_mean(from, x.columns);

		for (size_t j = 0; j < x.columns; j++)
			to[j] = from[j] - mean;
		scale[i] = 1 / sqrtf(dense_dot(to, to, x.columns) / (float)x.columns + 1e-6f);
		for (size_t j = 0; j < x.columns; j++)
			to[j] = to[j] * scale[i] * gain[j] + shift[j];
	}
}

/* With e = dy gain and u = (x - mean) scale: dx = scale (e - mean(e) - u mean(e u)) */
void norm_backward(struct dense x, struct dense dy, const struct norm_back *n, struct dense dx)
{
	size_t d = x.columns;

	for (size_t i = 0; i < x.rows; i++) {
		const float *from = dense_row(&x, i), *back = dense_row(&dy, i);
		float *to = dense_row(&dx, i), mean = row_mean(from, d), scale = n->scale[i], mean_e = 0, mean_eu = 0;

		for (size_t j = 0; j < d; j++) {
			float u = (from[j] - mean) * scale, e = back[j] * n->gain[j];

			n->dgain[j] += back[j] * u;
			n->dshift[j] += back[j];
			mean_e += e;
			mean_eu += e * u;
		}
		mean_e /= (float)d;
		mean_eu /= (float)d;
		for (size_t j = 0; j < d; j++)
			to[j] = scale * (back[j] * n->gain[j] - mean_e - (from[j] - mean) * scale * mean_eu);
	}
}

/* ---- attention ---- */

static void softmax_row(float *x, size_t n)
{
	float most = x[0], sum = 0;

	for (size_t j = 1; j < n; j++)
		most = x[j] > most ? x[j] : most;
	row_exp(x, most, n);
	for (size_t j = 0; j < n; j++)
		sum += x[j];
	for (size_t j = 0; j < n; j++)
		x[j] /= sum;
}

/* Row i of the chances as they were used, after dropout. */
static void used_chances(const struct attention *a, const float *chances, size_t i, float ret[LAYER_LENGTH_MAX])
{
	memcpy(ret, chances + i * a->n, (i + 1) * sizeof(float));
	dropout(ret, i + 1, a->dropped, random_bits(a->key + i));
}

void attention_forward(const struct attention *a, const float *qkv, float *chances, float *y)
{
	size_t d = a->d;
	float scale = 1 / sqrtf((float)d), used[LAYER_LENGTH_MAX];

	assert(a->n <= LAYER_LENGTH_MAX);
	for (size_t i = 0; i < a->n; i++) {
		float *row = chances + i * a->n;

		for (size_t j = 0; j <= i; j++)
			row[j] = scale * dense_dot(qkv + i * 3 * d, qkv + j * 3 * d + d, d);
		softmax_row(row, i + 1);
		used_chances(a, chances, i, used);
		memset(y + i * d, 0, d * sizeof(float));
		for (size_t j = 0; j <= i; j++)
			dense_axpy(y + i * d, used[j], qkv + j * 3 * d + 2 * d, d);
	}
}

void attention_backward(const struct attention *a, const float *qkv, const float *chances, const float *dy, float *dqkv)
{
	size_t d = a->d;
	float scale = 1 / sqrtf((float)d), used[LAYER_LENGTH_MAX], back[LAYER_LENGTH_MAX];

	memset(dqkv, 0, a->n * 3 * d * sizeof(float));
	for (size_t i = 0; i < a->n; i++) {
		const float *row = chances + i * a->n, *q = qkv + i * 3 * d;
		float mean = 0;

		used_chances(a, chances, i, used);
		for (size_t j = 0; j <= i; j++) {
			dense_axpy(dqkv + j * 3 * d + 2 * d, used[j], dy + i * d, d);
			back[j] = dense_dot(dy + i * d, qkv + j * 3 * d + 2 * d, d);
		}
		dropout(back, i + 1, a->dropped, random_bits(a->key + i));
		for (size_t j = 0; j <= i; j++)
			mean += row[j] * back[j];
		for (size_t j = 0; j <= i; j++) {
			float slope = row[j] * (back[j] - mean) * scale;

			dense_axpy(dqkv + i * 3 * d, slope, qkv + j * 3 * d + d, d);
			dense_axpy(dqkv + j * 3 * d + d, slope, q, d);
		}
	}
}

/* ---- the gated recurrent unit ---- */

EACH_WIDTH void gru_forward(struct dense from_x, struct dense from_h, struct dense h, struct dense gates, struct dense next)
{
	size_t d = h.columns;

	for (size_t i = 0; i < h.rows; i++) {
		const float *x = dense_row(&from_x, i), *s = dense_row(&from_h, i), *old = dense_row(&h, i);
		float *g = dense_row(&gates, i), *to = dense_row(&next, i);

		for (size_t j = 0; j < 2 * d; j++)
			g[j] = sigmoid_of(x[j] + s[j]);
		for (size_t j = 0; j < d; j++) {
			float n = tanh_of(x[2 * d + j] + g[j] * s[2 * d + j]);

			g[2 * d + j] = n;
			to[j] = (1 - g[d + j]) * n + g[d + j] * old[j];
		}
	}
}

EACH_WIDTH void gru_backward(const struct gru_back *b, struct dense dnext, struct dense dfrom_x, struct dense dfrom_h, struct dense dh)
{
	size_t d = dnext.columns;

	for (size_t i = 0; i < dnext.rows; i++) {
		const float *s = dense_row(&b->from_h, i), *old = dense_row(&b->h, i), *g = dense_row(&b->gates, i), *dn = dense_row(&dnext, i);
		float *dx = dense_row(&dfrom_x, i), *ds = dense_row(&dfrom_h, i);

		for (size_t j = 0; j < d; j++) {
			float r = g[j], z = g[d + j], n = g[2 * d + j];
			float by_n = dn[j] * (1 - z) * (1 - n * n);

			dx[j] = ds[j] = by_n * s[2 * d + j] * r * (1 - r);
			dx[d + j] = ds[d + j] = dn[j] * (old[j] - n) * z * (1 - z);
			dx[2 * d + j] = by_n;
			ds[2 * d + j] = by_n * r;
		}
		for (size_t j = 0; dh.at && j < d; j++)
			dense_row(&dh, i)[j] = dn[j] * g[d + j];
	}
}

/* ---- convolutions ---- */

/* The rows of all windows that begin at place t: height items lie side by side already. */
static struct dense windows_at(const struct window *w, size_t height, const float *x, size_t t)
{
	return (struct dense){ w->count, height * w->width, w->length * w->width, (float *)x + t * w->width };
}

static struct dense places_at(const struct window *w, struct horizontal f, const float *y, size_t t)
{
	return (struct dense){ w->count, f.filters, (w->length - f.height + 1) * f.filters, (float *)y + t * f.filters };
}

void horizontal_forward(const struct window *w, struct horizontal f, const float *x, const float *filter, const float *shift, float *y)
{
	struct dense filters = dense_given(filter, f.filters, f.height * w->width);

	for (size_t t = 0; t + f.height <= w->length; t++) {
		struct dense to = places_at(w, f, y, t), from = windows_at(w, f.height, x, t);

		for (size_t i = 0; i < w->count; i++)
			memcpy(dense_row(&to, i), shift, f.filters * sizeof(float));
		dense_abt(&to, &from, &filters, DENSE_ADD);
	}
}

void horizontal_backward(const struct window *w, struct horizontal f, const float *dy, const struct horizontal_back *b)
{
	struct dense filters = dense_given(b->filter, f.filters, f.height * w->width), dfilters = dense_of(b->dfilter, f.filters, f.height * w->width);

	for (size_t t = 0; t + f.height <= w->length; t++) {
		struct dense back = places_at(w, f, dy, t), from = windows_at(w, f.height, b->x, t), dfrom = windows_at(w, f.height, b->dx, t);

		for (size_t i = 0; i < w->count; i++)
			dense_axpy(b->dshift, 1, dense_row(&back, i), f.filters);
		dense_atb(&dfilters, &back, &from, DENSE_ADD);
		dense_ab(&dfrom, &back, &filters, DENSE_ADD);
	}
}

void max_forward(const float *y, size_t count, size_t places, size_t filters, struct dense ret, uint32_t *where)
{
	for (size_t i = 0; i < count; i++) {
		const float *from = y + i * places * filters;

		for (size_t f = 0; f < filters; f++) {
			size_t best = 0;

			for (size_t t = 1; t < places; t++)
				best = from[t * filters + f] > from[best * filters + f] ? t : best;
			dense_row(&ret, i)[f] = from[best * filters + f];
			where[i * filters + f] = (uint32_t)best;
		}
	}
}

void max_backward(struct dense d, size_t places, const uint32_t *where, float *dy)
{
	memset(dy, 0, d.rows * places * d.columns * sizeof(float));
	for (size_t i = 0; i < d.rows; i++)
		for (size_t f = 0; f < d.columns; f++)
			dy[(i * places + where[i * d.columns + f]) * d.columns + f] = dense_row(&d, i)[f];
}

void vertical_forward(const struct window *w, const float *x, const float *filter, struct dense y)
{
	size_t filters = y.columns / w->width;

	for (size_t i = 0; i < w->count; i++) {
		memset(dense_row(&y, i), 0, y.columns * sizeof(float));
		for (size_t f = 0; f < filters; f++)
			for (size_t t = 0; t < w->length; t++)
				dense_axpy(dense_row(&y, i) + f * w->width, filter[f * w->length + t], x + (i * w->length + t) * w->width, w->width);
	}
}

void vertical_backward(const struct window *w, const float *x, const float *filter, struct dense dy, float *dfilter, float *dx)
{
	size_t filters = dy.columns / w->width;

	for (size_t i = 0; i < w->count; i++)
		for (size_t f = 0; f < filters; f++)
			for (size_t t = 0; t < w->length; t++) {
				const float *back = dense_row(&dy, i) + f * w->width;
				size_t at = (i * w->length + t) * w->width;

				dfilter[f * w->length + t] += dense_dot(back, x + at, w->width);
				dense_axpy(dx + at, filter[f * w->length + t], back, w->width);
			}
}
