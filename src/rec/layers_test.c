/* layers_test.c - every layer against an obvious slow version of itself in double, and its gradient against central differences of that. */
#include "base/testing.h"

#include <math.h>
#include <string.h>

#include "num/random.h"
#include "rec/optimiser.h"
#include "rec/softmax.h"

enum { MOST = 4096 };

/* A layer as numbers in, numbers out; what it takes and its weights are one array. */
typedef void slow_layer(const double *in, double *out);
typedef void fast_layer(const float *in, float *out, const float *dout, float *din);

static double in[MOST], out[MOST], by[MOST];
static float in_f[MOST], out_f[MOST], by_f[MOST], din[MOST];

static void random_numbers(double *to, float *to_f, size_t n, uint64_t seed)
{
	struct random r = random_of(7, seed);

	for (size_t i = 0; i < n; i++)
		to[i] = to_f[i] = (float)random_normal(&r);
}

static double loss(slow_layer *slow, size_t outs)
{
	double sum = 0;

	slow(in, out);
	for (size_t i = 0; i < outs; i++)
		sum += by[i] * out[i];
	return sum;
}

/* The gradient of sum_i by_i out_i */
static void check(slow_layer *slow, fast_layer *fast, size_t ins, size_t outs)
{
	double size = 0, truth[MOST];

	assert_true(ins <= MOST && outs <= MOST);
	random_numbers(in, in_f, ins, ins);
	random_numbers(by, by_f, outs, outs + 1000);
	memset(din, 0, sizeof din);
	fast(in_f, out_f, by_f, din);
	slow(in, out);
	for (size_t i = 0; i < outs; i++)
		if (!(fabs(out_f[i] - out[i]) <= 1e-5 * (1 + fabs(out[i]))))
			fail_msg("out %zu: got %g, wanted %g", i, out_f[i], out[i]);
	for (size_t i = 0; i < ins; i++) {
		double held = in[i], step = 1e-5, above;

		in[i] = held + step;
		above = loss(slow, outs);
		in[i] = held - step;
		truth[i] = (above - loss(slow, outs)) / (2 * step);
		in[i] = held;
		size += truth[i] * truth[i];
	}
	size = sqrt(size / (double)ins);
	assert_true(size > 1e-3);
	for (size_t i = 0; i < ins; i++)
		if (!(fabs(din[i] - truth[i]) <= 1e-4 * fmax(fabs(truth[i]), .1 * size)))
			fail_msg("gradient %zu of %zu: got %g, differences say %g (size %g)", i, ins, din[i], truth[i], size);
}

/* ---- one number each ---- */

enum { N = 61 };
static enum activation activation;

static double slow_activation_of(double x)
{
	switch (activation) {
	case RELU:
		return x > 0 ? x : 0;
	case GELU:
		return .5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + .044715 * x * x * x)));
	case TANH:
		return tanh(x);
	case SIGMOID:
		return 1 / (1 + exp(-x));
	}
	abort();
}

static void slow_activation(const double *x, double *y)
{
	for (size_t i = 0; i < N; i++)
		y[i] = slow_activation_of(x[i]);
}

static void fast_activation(const float *x, float *y, const float *dy, float *dx)
{
	activation_forward(activation, x, y, N);
	activation_backward(activation, x, y, dy, dx, N);
}

static void activations(void **state)
{
	(void)state;
	for (activation = RELU; activation <= SIGMOID; activation++)
		check(slow_activation, fast_activation, N, N);
}

static void exponentials_are_near_in_all_their_range(void **state)
{
	(void)state;
	for (double x = -86; x < 88; x += .0137) {
		float at = (float)x, y = at;

		row_exp(&y, 0, 1);
		if (!(fabs(y / exp(at) - 1) <= 3e-7))
			fail_msg("e^%g: %g", (double)at, (double)y);
	}
	float far[] = { -INFINITY, -1e30f, -200 };
	row_exp(far, 0, 3);
	for (int i = 0; i < 3; i++)
		assert_true(far[i] >= 0 && far[i] < 1e-37f);
	assert_true(number_sigmoid(-1e30f) >= 0 && number_sigmoid(1e30f) == 1);
}

static void dropout_leaves_out_its_share_and_keeps_the_mean(void **state)
{
	enum { MANY = 100003 };
	float *x = malloc(MANY * sizeof *x), *again = malloc(MANY * sizeof *x);
	double sum = 0;
	size_t gone = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		x[i] = again[i] = 1;
	dropout(x, MANY, .3, 5);
	dropout(again, MANY, .3, 5);
	assert_memory_equal(x, again, MANY * sizeof *x);
	for (size_t i = 0; i < MANY; i++) {
		gone += x[i] == 0;
		sum += x[i];
	}
	assert_true(fabs((double)gone / MANY - .3) < .006 && fabs(sum / MANY - 1) < .01);
	for (size_t i = 0; i < MANY; i++)
		again[i] = 1;
	dropout(again, MANY, .3, 6);
	assert_true(memcmp(x, again, MANY * sizeof *x) != 0);
	for (size_t i = 0; i < 7; i++)
		again[i] = 1;
	dropout(again, 7, .3, 5); /* the place counts, not the length */
	assert_memory_equal(x, again, 7 * sizeof *x);
	free(x);
	free(again);
}

/* ---- rows ---- */

enum { ROWS = 7, WIDE = 11, TO = 5, TABLE = 6 };
static const uint32_t items[ROWS] = { 3, 0, 5, 3, ~0u, 1, 3 };

static void slow_embedding(const double *table, double *y)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < WIDE; j++)
			y[i * WIDE + j] = items[i] == NO_ITEM ? 0 : table[items[i] * WIDE + j];
}

static void fast_embedding(const float *table, float *y, const float *dy, float *dtable)
{
	embedding_forward(table, items, dense_of(y, ROWS, WIDE));
	embedding_backward(items, dense_given(dy, ROWS, WIDE), dtable);
}

static void embeddings(void **state)
{
	(void)state;
	check(slow_embedding, fast_embedding, TABLE * WIDE, ROWS * WIDE);
}

/* x, W, b side by side */
static void slow_product(const double *x, const double *w, const double *b, double *y)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < TO; j++) {
			y[i * TO + j] = b[j];
			for (size_t k = 0; k < WIDE; k++)
				y[i * TO + j] += x[i * WIDE + k] * w[k * TO + j];
		}
}

static void slow_linear(const double *x, double *y) { slow_product(x, x + ROWS * WIDE, x + ROWS * WIDE + WIDE * TO, y); }

static void fast_linear(const float *x, float *y, const float *dy, float *dx)
{
	size_t w = ROWS * WIDE, b = w + WIDE * TO;
	struct dense from = dense_given(x, ROWS, WIDE);

	linear_forward(from, x + w, x + b, dense_of(y, ROWS, TO));
	linear_backward(from, x + w, dense_given(dy, ROWS, TO), dx + w, dx + b, dense_of(dx, ROWS, WIDE));
}

static void linear(void **state)
{
	(void)state;
	check(slow_linear, fast_linear, ROWS * WIDE + WIDE * TO + TO, ROWS * TO);
}

static void slow_norm(const double *x, double *y)
{
	const double *gain = x + ROWS * WIDE, *shift = gain + WIDE;

	for (size_t i = 0; i < ROWS; i++) {
		double mean = 0, variance = 0;

		for (size_t j = 0; j < WIDE; j++)
			mean += x[i * WIDE + j] / WIDE;
		for (size_t j = 0; j < WIDE; j++)
			variance += (x[i * WIDE + j] - mean) * (x[i * WIDE + j] - mean) / WIDE;
		for (size_t j = 0; j < WIDE; j++)
			y[i * WIDE + j] = (x[i * WIDE + j] - mean) / sqrt(variance + 1e-6) * gain[j] + shift[j];
	}
}

static void fast_norm(const float *x, float *y, const float *dy, float *dx)
{
	size_t gain = ROWS * WIDE, shift = gain + WIDE;
	struct dense from = dense_given(x, ROWS, WIDE);
	float scale[ROWS];
	struct norm_back back = { x + gain, scale, dx + gain, dx + shift };

	norm_forward(from, x + gain, x + shift, dense_of(y, ROWS, WIDE), scale);
	norm_backward(from, dense_given(dy, ROWS, WIDE), &back, dense_of(dx, ROWS, WIDE));
}

static void norms(void **state)
{
	(void)state;
	check(slow_norm, fast_norm, ROWS * WIDE + 2 * WIDE, ROWS * WIDE);
}

/* ---- attention ---- */

static double dropped;

static void slow_attention(const double *qkv, double *y)
{
	for (size_t i = 0; i < ROWS; i++) {
		double e[ROWS], sum = 0;
		float kept[ROWS];

		for (size_t j = 0; j <= i; j++) {
			double s = 0;

			for (size_t k = 0; k < WIDE; k++)
				s += qkv[i * 3 * WIDE + k] * qkv[j * 3 * WIDE + WIDE + k];
			sum += e[j] = exp(s / sqrt(WIDE));
			kept[j] = 1;
		}
		dropout(kept, i + 1, dropped, random_bits(9 + i));
		for (size_t k = 0; k < WIDE; k++)
			y[i * WIDE + k] = 0;
		for (size_t j = 0; j <= i; j++)
			for (size_t k = 0; k < WIDE; k++)
				y[i * WIDE + k] += kept[j] * e[j] / sum * qkv[j * 3 * WIDE + 2 * WIDE + k];
	}
}

static void fast_attention(const float *qkv, float *y, const float *dy, float *dqkv)
{
	struct attention a = { ROWS, WIDE, dropped, 9 };
	float chances[ROWS * ROWS];

	attention_forward(&a, qkv, chances, y);
	attention_backward(&a, qkv, chances, dy, dqkv);
}

static void attention(void **state)
{
	(void)state;
	for (dropped = 0; dropped < .5; dropped += .25)
		check(slow_attention, fast_attention, ROWS * 3 * WIDE, ROWS * WIDE);
}

/* ---- the gated recurrent unit ---- */

static double s(double x) { return 1 / (1 + exp(-x)); }

/* x, h, Wx, bx, Wh, bh side by side; width WIDE in, TO state: from PyTorch's formula */
enum { GRU_X = 0, GRU_H = ROWS * WIDE, GRU_WX = GRU_H + ROWS * TO, GRU_BX = GRU_WX + WIDE * 3 * TO, GRU_WH = GRU_BX + 3 * TO,
       GRU_BH = GRU_WH + TO * 3 * TO, GRU_INS = GRU_BH + 3 * TO };

static double slow_row(const double *x, const double *w, const double *b, size_t n, size_t j)
{
	double sum = b[j];

	for (size_t k = 0; k < n; k++)
		sum += x[k] * w[k * 3 * TO + j];
	return sum;
}

static void slow_gru(const double *at, double *y)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < TO; j++) {
			double x[3], h[3], r, z, n;

			for (size_t gate = 0; gate < 3; gate++) {
				x[gate] = slow_row(at + i * WIDE, at + GRU_WX, at + GRU_BX, WIDE, gate * TO + j);
				h[gate] = slow_row(at + GRU_H + i * TO, at + GRU_WH, at + GRU_BH, TO, gate * TO + j);
			}
			r = s(x[0] + h[0]);
			z = s(x[1] + h[1]);
			n = tanh(x[2] + r * h[2]);
			y[i * TO + j] = (1 - z) * n + z * at[GRU_H + i * TO + j];
		}
}

static void fast_gru(const float *at, float *y, const float *dy, float *back)
{
	float fx[ROWS * 3 * TO], fh[ROWS * 3 * TO], g[ROWS * 3 * TO], dfx[ROWS * 3 * TO], dfh[ROWS * 3 * TO], through[ROWS * TO];
	struct dense x = dense_given(at, ROWS, WIDE), h = dense_given(at + GRU_H, ROWS, TO), dh = dense_of(back + GRU_H, ROWS, TO);
	struct dense from_x = dense_of(fx, ROWS, 3 * TO), from_h = dense_of(fh, ROWS, 3 * TO), gates = dense_of(g, ROWS, 3 * TO);
	struct dense dfrom_x = dense_of(dfx, ROWS, 3 * TO), dfrom_h = dense_of(dfh, ROWS, 3 * TO);
	struct gru_back b = { from_h, h, gates };

	linear_forward(x, at + GRU_WX, at + GRU_BX, from_x);
	linear_forward(h, at + GRU_WH, at + GRU_BH, from_h);
	gru_forward(from_x, from_h, h, gates, dense_of(y, ROWS, TO));
	gru_backward(&b, dense_given(dy, ROWS, TO), dfrom_x, dfrom_h, dense_of(through, ROWS, TO));
	linear_backward(x, at + GRU_WX, dfrom_x, back + GRU_WX, back + GRU_BX, dense_of(back, ROWS, WIDE));
	linear_backward(h, at + GRU_WH, dfrom_h, back + GRU_WH, back + GRU_BH, dh);
	dense_axpy(dh.at, 1, through, ROWS * TO);
}

static void gru(void **state)
{
	(void)state;
	check(slow_gru, fast_gru, GRU_INS, ROWS * TO);
}

/* ---- convolutions ---- */

enum { LENGTH = 5, HIGH = 3, FILTERS = 4, PLACES = LENGTH - HIGH + 1, WINDOW = ROWS * LENGTH * WIDE };
static const struct window window = { ROWS, LENGTH, WIDE };
static const struct horizontal shape = { HIGH, FILTERS };

/* x, filters, shifts; the largest over time */
static void slow_horizontal(const double *x, double *y)
{
	const double *filter = x + WINDOW, *shift = filter + FILTERS * HIGH * WIDE;

	for (size_t i = 0; i < ROWS; i++)
		for (size_t f = 0; f < FILTERS; f++) {
			y[i * FILTERS + f] = -INFINITY;
			for (size_t t = 0; t < PLACES; t++) {
				double sum = shift[f];

				for (size_t k = 0; k < HIGH * WIDE; k++)
					sum += x[(i * LENGTH + t) * WIDE + k] * filter[f * HIGH * WIDE + k];
				y[i * FILTERS + f] = fmax(y[i * FILTERS + f], sum);
			}
		}
}

static void fast_horizontal(const float *x, float *y, const float *dy, float *dx)
{
	size_t filter = WINDOW, shift = filter + FILTERS * HIGH * WIDE;
	struct horizontal_back b = { x, x + filter, dx + filter, dx + shift, dx };
	float all[ROWS * PLACES * FILTERS], dall[ROWS * PLACES * FILTERS];
	uint32_t where[ROWS * FILTERS];

	horizontal_forward(&window, shape, x, x + filter, x + shift, all);
	max_forward(all, ROWS, PLACES, FILTERS, dense_of(y, ROWS, FILTERS), where);
	max_backward(dense_given(dy, ROWS, FILTERS), PLACES, where, dall);
	horizontal_backward(&window, shape, dall, &b);
}

static void slow_vertical(const double *x, double *y)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t f = 0; f < FILTERS; f++)
			for (size_t j = 0; j < WIDE; j++) {
				double sum = 0;

				for (size_t t = 0; t < LENGTH; t++)
					sum += x[WINDOW + f * LENGTH + t] * x[(i * LENGTH + t) * WIDE + j];
				y[(i * FILTERS + f) * WIDE + j] = sum;
			}
}

static void fast_vertical(const float *x, float *y, const float *dy, float *dx)
{
	vertical_forward(&window, x, x + WINDOW, dense_of(y, ROWS, FILTERS * WIDE));
	vertical_backward(&window, x, x + WINDOW, dense_given(dy, ROWS, FILTERS * WIDE), dx + WINDOW, dx);
}

static void convolutions(void **state)
{
	(void)state;
	check(slow_horizontal, fast_horizontal, WINDOW + FILTERS * HIGH * WIDE + FILTERS, ROWS * FILTERS);
	check(slow_vertical, fast_vertical, WINDOW + FILTERS * LENGTH, ROWS * FILTERS * WIDE);
}

/* ---- softmax ---- */

enum { ITEMS = 40, SAMPLED = 30, AHEAD = 2, SOFTMAX_INS = ROWS * WIDE + ITEMS * WIDE + ITEMS };
static const uint32_t targets[ROWS * AHEAD] = { 3, ~0u, 39, 0, ~0u, ~0u, 8, 9, ~0u, 12, 17, 17, 31, 3 };
static uint32_t drawn[SAMPLED];
static float log_expected[ITEMS]; /* ln(S Q) */

static double slow_score(const double *at, size_t row, size_t item)
{
	double sum = at[ROWS * WIDE + ITEMS * WIDE + item];

	for (size_t k = 0; k < WIDE; k++)
		sum += at[row * WIDE + k] * at[ROWS * WIDE + item * WIDE + k];
	return sum;
}

static bool is_target(size_t row, uint32_t item)
{
	for (size_t t = 0; t < AHEAD; t++)
		if (targets[row * AHEAD + t] == item)
			return true;
	return false;
}

static double slow_others(const double *at, size_t row, bool sampled)
{
	double sum = 0;

	for (size_t j = 0; j < (sampled ? SAMPLED : ITEMS); j++) {
		uint32_t item = sampled ? drawn[j] : (uint32_t)j;

		if (!sampled)
			sum += exp(slow_score(at, row, item));
		else if (!is_target(row, item))
			sum += exp(slow_score(at, row, item) - log_expected[item]);
	}
	return sum;
}

static void slow_softmax(const double *at, double *ret, bool sampled)
{
	*ret = 0;
	for (size_t i = 0; i < ROWS; i++) {
		double others = slow_others(at, i, sampled), sum = 0, count = 0;

		for (size_t t = 0; t < AHEAD; t++) {
			uint32_t item = targets[i * AHEAD + t];

			if (item == NO_ITEM)
				continue;
			sum += log(others + (sampled ? exp(slow_score(at, i, item)) : 0)) - slow_score(at, i, item);
			count++;
		}
		*ret += count > 0 ? sum / count / ROWS : 0;
	}
}

static void slow_full(const double *at, double *ret) { slow_softmax(at, ret, false); }
static void slow_sampled(const double *at, double *ret) { slow_softmax(at, ret, true); }

/* In two parts, the second smaller. */
static void fast_softmax(const float *at, float *ret, float dout, float *back, bool sampled)
{
	enum { FIRST = 23 };
	const float *table = at + ROWS * WIDE, *bias = table + ITEMS * WIDE;
	float own[ROWS * AHEAD], pull[ROWS * AHEAD], e[ROWS * ITEMS], most[2][ROWS], sum[2][ROWS], dtable[ITEMS * WIDE], dbias[ITEMS], dh[ROWS * WIDE];
	float gathered[SAMPLED * WIDE], biases[SAMPLED];
	struct softmax_rows r = { dense_given(at, ROWS, WIDE), targets, AHEAD, own, pull, dout / ROWS, sampled };
	struct softmax_part parts[2];
	size_t all = sampled ? SAMPLED : ITEMS;

	for (size_t j = 0; j < SAMPLED; j++) {
		memcpy(gathered + j * WIDE, table + drawn[j] * WIDE, WIDE * sizeof(float));
		biases[j] = bias[drawn[j]] - log_expected[drawn[j]];
	}
	softmax_own(&r, table, bias, own);
	for (size_t p = 0; p < 2; p++) {
		size_t from = p * FIRST, count = p ? all - FIRST : FIRST;

		parts[p] = (struct softmax_part){ dense_given((sampled ? gathered : table) + from * WIDE, count, WIDE), (sampled ? biases : bias) + from,
			                          sampled ? drawn + from : NULL, (uint32_t)from, dense_of(e + from * ROWS, ROWS, count), most[p], sum[p] };
		softmax_forward(&r, &parts[p]);
	}
	*ret = (float)(softmax_join(&r, parts, 2) / dout);
	for (size_t p = 0; p < 2; p++) {
		size_t from = p * FIRST;

		softmax_backward(&r, &parts[p], dense_of(dtable + from * WIDE, parts[p].table.rows, WIDE), dbias + from, dense_of(dh, ROWS, WIDE));
		dense_axpy(back, 1, dh, ROWS * WIDE);
	}
	for (size_t j = 0; j < all; j++) {
		size_t item = sampled ? drawn[j] : j;

		dense_axpy(back + ROWS * WIDE + item * WIDE, 1, dtable + j * WIDE, WIDE);
		back[ROWS * WIDE + ITEMS * WIDE + item] += dbias[j];
	}
	for (size_t i = 0; sampled && i < ROWS * AHEAD; i++) {
		if (targets[i] == NO_ITEM)
			continue;
		dense_axpy(back + i / AHEAD * WIDE, pull[i], table + targets[i] * WIDE, WIDE);
		dense_axpy(back + ROWS * WIDE + targets[i] * WIDE, pull[i], at + i / AHEAD * WIDE, WIDE);
		back[ROWS * WIDE + ITEMS * WIDE + targets[i]] += pull[i];
	}
}

static void fast_full(const float *at, float *ret, const float *dout, float *back) { fast_softmax(at, ret, *dout, back, false); }
static void fast_sampled(const float *at, float *ret, const float *dout, float *back) { fast_softmax(at, ret, *dout, back, true); }

static void softmaxes(void **state)
{
	struct random r = random_of(3, 3);

	(void)state;
	check(slow_full, fast_full, SOFTMAX_INS, 1);
	for (size_t j = 0; j < SAMPLED; j++)
		drawn[j] = random_below(&r, ITEMS);
	for (size_t j = 0; j < ITEMS; j++)
		log_expected[j] = (float)log(random_unit(&r) + .1);
	check(slow_sampled, fast_sampled, SOFTMAX_INS, 1);
}

static void large_scores_do_not_overflow(void **state)
{
	(void)state;
	random_numbers(in, in_f, SOFTMAX_INS, 4);
	for (size_t i = 0; i < ROWS * WIDE; i++)
		in_f[i] *= 1e4f;
	for (int sampled = 0; sampled < 2; sampled++) {
		memset(din, 0, sizeof din);
		fast_softmax(in_f, out_f, 1, din, sampled);
		assert_true(isfinite(out_f[0]));
		for (size_t i = 0; i < SOFTMAX_INS; i++)
			assert_true(isfinite(din[i]));
	}
}

/* ---- the sampler, the optimisers ---- */

static void the_sampler_draws_by_the_power_of_counts(void **state)
{
	enum { KINDS = 100, DRAWS = 1000000 };
	uint32_t counts[KINDS], seen[KINDS] = { 0 };
	double sum = 0, chi = 0;
	struct sampler sampler;

	(void)state;
	for (uint32_t j = 0; j < KINDS; j++)
		counts[j] = j * j;
	sampler = sampler_new(counts, KINDS, .75);
	for (uint64_t i = 0; i < DRAWS; i++)
		seen[sampler_draw(&sampler, random_bits(i))]++;
	for (uint32_t j = 0; j < KINDS; j++)
		sum += pow(counts[j] + 1, .75);
	for (uint32_t j = 0; j < KINDS; j++) {
		double expected = DRAWS * pow(counts[j] + 1, .75) / sum;

		chi += (seen[j] - expected) * (seen[j] - expected) / expected;
		assert_true(fabs(sampler.log_chance[j] - log(expected / DRAWS)) < 1e-5);
	}
	assert_true(chi < 160); /* 99 degrees of freedom: p below 1e-4 */
	sampler_free(&sampler);
	sampler = sampler_new((uint32_t[]){ 5 }, 1, .5);
	assert_int_equal(sampler_draw(&sampler, ~UINT64_C(0)), 0);
	sampler_free(&sampler);
}

static void optimisers_step_as_their_papers_say(void **state)
{
	double w = 1, m = 0, v = 0, sum = 0, wa = 1;
	float wf = 1, mf = 0, vf = 0, waf = 1, sumf = 0;

	(void)state;
	for (uint64_t t = 1; t < 200; t++) {
		double g = sin((double)t) + .2;
		float gf = (float)g;

		m = .9 * m + .1 * g;
		v = .999 * v + .001 * g * g;
		w -= .01 * (m / (1 - pow(.9, (double)t))) / (sqrt(v / (1 - pow(.999, (double)t))) + 1e-8);
		adam_step(adam_at(.01, t), &wf, &mf, &vf, &gf, 1);
		sum += g * g;
		wa -= .05 * g / sqrt(sum + 1e-12);
		adagrad_step(.05, &waf, &sumf, &gf, 1);
		assert_true(fabs(w - wf) < 2e-5 && fabs(wa - waf) < 2e-5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(activations),
		cmocka_unit_test(exponentials_are_near_in_all_their_range),
		cmocka_unit_test(dropout_leaves_out_its_share_and_keeps_the_mean),
		cmocka_unit_test(embeddings),
		cmocka_unit_test(linear),
		cmocka_unit_test(norms),
		cmocka_unit_test(attention),
		cmocka_unit_test(gru),
		cmocka_unit_test(convolutions),
		cmocka_unit_test(softmaxes),
		cmocka_unit_test(large_scores_do_not_overflow),
		cmocka_unit_test(the_sampler_draws_by_the_power_of_counts),
		cmocka_unit_test(optimisers_step_as_their_papers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
