/* fm.c - a batch in two loops over threads: rows first (their sums and how far they are off), then features, each by the rows that have it, in their
 * order. So a feature's gradient is the same sum whoever adds it up. */
#include "rec/fm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/order.h"
#include "num/random.h"
#include "rec/kernel.h"
#include "rec/optimiser.h"

const struct problem fm_settings_wrong = { 422, "fm-settings-wrong", "The settings of the factorisation machine are out of their bounds." };
const struct problem fm_no_numbers = { 422, "fm-no-numbers", "A value is no number or too large a one, or what was wanted is neither 0 nor 1." };
const struct problem fm_one_kind = { 422, "fm-one-kind", "All rows were wanted, or none: there is nothing to tell apart." };
const struct problem fm_diverged = { 422, "fm-diverged", "The factorisation machine grew beyond all numbers: a smaller rate may help." };

enum { ROWS_A_PART = 64, FEATURES_A_PART = 32 };
static const double value_max = 1e6;

void fm_free(struct fm *m)
{
	free(m->theta.at);
	*m = (struct fm){ 0 };
}

static size_t width_of(const struct fm_settings *s) { return (size_t)s->factors + 1; }

size_t fm_bytes(const struct fm_settings *s, uint32_t features)
{
	return features * (3 * width_of(s) * sizeof(float) + sizeof(uint32_t));
}

/* ---- a row ---- */

/* sums += v x, squares += (v x)^2 */
EACH_WIDTH static void add_feature(float *restrict sums, float *restrict squares, const float *restrict v, float x, size_t k)
{
	for (size_t f = 0; f < k; f++) {
		float vx = v[f] * x;

		sums[f] += vx;
		squares[f] += vx * vx;
	}
}

static double loss_of(double s, double y) { return (s > 0 ? s : 0) + log1p(exp(-fabs(s))) - y * s; }
static double chance_of(double s) { return s >= 0 ? 1 / (1 + exp(-s)) : exp(s) / (1 + exp(s)); }
static float value_of(const struct sparse *x, size_t at) { return x->weight ? x->weight[at] : 1; }

/* s of a row; sums (k) are kept for the gradient. Features beyond the model are left out. */
static double score_row(const struct fm *m, const struct sparse *x, uint32_t row, float *sums)
{
	float squares[FM_FACTORS_MAX] = { 0 };
	size_t k = m->settings.factors;
	double s = m->bias, pairs = 0;

	memset(sums, 0, k * sizeof *sums);
	for (size_t at = x->start[row]; at < x->start[row + 1]; at++) {
		const float *theta;

		if (x->column[at] >= m->theta.rows)
			continue;
		theta = dense_row(&m->theta, x->column[at]);
		s += (double)theta[0] * (double)value_of(x, at);
		add_feature(sums, squares, theta + 1, value_of(x, at), k);
	}
	for (size_t f = 0; f < k; f++)
		pairs += (double)sums[f] * (double)sums[f] - (double)squares[f];
	return s + pairs / 2;
}

/* ---- scores ---- */

struct scoring {
	const struct fm *m;
	const struct sparse *x;
	double *ret;
};

static size_t parts_of(size_t count, size_t each) { return (count + each - 1) / each; }
static size_t end_of(size_t part, size_t each, size_t count) { return (part + 1) * each < count ? (part + 1) * each : count; }

static void score_part(void *self, size_t part, size_t thread)
{
	const struct scoring *s = self;
	float sums[FM_FACTORS_MAX];

	(void)thread;
	for (size_t row = part * ROWS_A_PART; row < end_of(part, ROWS_A_PART, s->x->rows); row++)
		s->ret[row] = score_row(s->m, s->x, (uint32_t)row, sums);
}

void fm_score(struct threads *threads, const struct fm *m, const struct sparse *x, double *ret)
{
	threads_each(threads, parts_of(x->rows, ROWS_A_PART), score_part, &(struct scoring){ m, x, ret });
}

static int largest_first(const void *a, const void *b)
{
	const struct fm_part *x = a, *y = b;

	return FALLING(x->part, y->part) ?: RISING(x->a, y->a) ?: RISING(x->b, y->b);
}

size_t fm_parts(const struct fm *m, const struct sparse *x, uint32_t row, struct fm_part *ret)
{
	const uint32_t *feature = sparse_row(x, row);
	uint32_t n = (uint32_t)sparse_length(x, row);
	size_t count = 0;

	for (uint32_t a = 0; a < n; a++) {
		double xa = (double)value_of(x, x->start[row] + a);

		if (feature[a] >= m->theta.rows)
			continue;
		ret[count++] = (struct fm_part){ a, a, (double)dense_row(&m->theta, feature[a])[0] * xa };
		for (uint32_t b = a + 1; b < n; b++) {
			double pair = 0;

			if (feature[b] >= m->theta.rows)
				continue;
			for (size_t f = 1; f <= m->settings.factors; f++)
				pair += (double)dense_row(&m->theta, feature[a])[f] * (double)dense_row(&m->theta, feature[b])[f];
			ret[count++] = (struct fm_part){ a, b, pair * xa * (double)value_of(x, x->start[row] + b) };
		}
	}
	qsort(ret, count, sizeof *ret, largest_first);
	return count;
}

/* ---- judging ---- */

struct scored {
	double score;
	bool wanted;
};

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return RISING(x->score, y->score);
}

/* Ranks of those that are wanted, ties at their middle (Mann and Whitney) */
static double auc_of(struct scored *s, size_t count)
{
	double ranks = 0, wanted = 0;

	qsort(s, count, sizeof *s, by_score);
	for (size_t from = 0, end; from < count; from = end) {
		double hits = 0;

		for (end = from; end < count && s[end].score == s[from].score; end++)
			hits += s[end].wanted;
		ranks += hits * ((double)(from + 1 + end) / 2);
		wanted += hits;
	}
	return (ranks - wanted * (wanted + 1) / 2) / (wanted * ((double)count - wanted));
}

struct fm_judged fm_judge(const double *score, const float *y, size_t count)
{
	struct scored *s = array_of(count, sizeof *s);
	struct fm_judged ret = { 0, 0 };

	for (size_t i = 0; i < count; i++) {
		s[i] = (struct scored){ score[i], y[i] > 0 };
		ret.log_loss += loss_of(score[i], (double)y[i]);
	}
	ret.log_loss /= (double)count;
	ret.auc = auc_of(s, count);
	free(s);
	return ret;
}

/* ---- a batch ---- */

struct entry {
	uint32_t row; /* place in the batch */
	float x;
};

struct batch {
	const struct fm_data *data;
	struct fm *m;
	const uint32_t *row;
	uint32_t count;
	float *sums;       /* (count, k) */
	double *pull, *loss; /* (count) gradient by s; the loss */
	uint32_t *slot;    /* (features) place among the touched, from 1; zeros between batches */
	size_t *start;     /* (touched + 1) of entries, feature by feature */
	struct entry *entry;
	struct fm_gradient *g;
	float *sum_squares; /* (features, 1 + k) of Adagrad; NULL: no step is taken */
};

static void rows_part(void *self, size_t part, size_t thread)
{
	const struct batch *b = self;
	const struct sparse *x = b->data->x;
	double lambda = b->m->settings.lambda;

	(void)thread;
	for (size_t i = part * ROWS_A_PART; i < end_of(part, ROWS_A_PART, b->count); i++) {
		double y = (double)b->data->y[b->row[i]], s = score_row(b->m, x, b->row[i], b->sums + i * b->m->settings.factors);

		b->pull[i] = (chance_of(s) - y) / b->count;
		b->loss[i] = loss_of(s, y);
		for (size_t at = x->start[b->row[i]]; lambda > 0 && at < x->start[b->row[i] + 1]; at++) {
			const float *theta = dense_row(&b->m->theta, x->column[at]);

			b->loss[i] += lambda / 2 * (double)dense_dot(theta, theta, b->m->theta.columns);
		}
	}
}

/* g += p (sums - v x) */
EACH_WIDTH static void add_pull(float *restrict g, const float *restrict sums, const float *restrict v, float p, float x, size_t k)
{
	for (size_t f = 0; f < k; f++)
		g[f] += p * (sums[f] - v[f] * x);
}

static void features_part(void *self, size_t part, size_t thread)
{
	const struct batch *b = self;
	size_t k = b->m->settings.factors, width = k + 1;

	(void)thread;
	for (size_t i = part * FEATURES_A_PART; i < end_of(part, FEATURES_A_PART, b->g->count); i++) {
		uint32_t feature = b->g->touched[i];
		float *theta = dense_row(&b->m->theta, feature), *g = b->g->by + i * width;
		float by = (float)(b->m->settings.lambda * (double)(b->start[i + 1] - b->start[i]) / b->count);

		for (size_t f = 0; f < width; f++)
			g[f] = by * theta[f];
		for (size_t at = b->start[i]; at < b->start[i + 1]; at++) {
			const struct entry *e = &b->entry[at];
			float p = (float)(b->pull[e->row] * (double)e->x);

			g[0] += p;
			add_pull(g + 1, b->sums + e->row * k, theta + 1, p, e->x, k);
		}
		if (b->sum_squares)
			adagrad_step(b->m->settings.rate, theta, b->sum_squares + feature * width, g, width);
	}
}

/* Entries of the batch's rows, feature by feature, features in the order in which they come, rows within one in theirs */
static void turn(struct batch *b)
{
	const struct sparse *x = b->data->x;
	struct fm_gradient *g = b->g;
	size_t sum = 0;

	g->count = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		for (size_t at = x->start[b->row[i]]; at < x->start[b->row[i] + 1]; at++) {
			uint32_t *slot = &b->slot[x->column[at]];

			if (!*slot) {
				g->touched[g->count] = x->column[at];
				b->start[g->count] = 0;
				*slot = ++g->count;
			}
			b->start[*slot - 1]++;
		}
	}
	for (uint32_t i = 0; i < g->count; i++) {
		size_t length = b->start[i];

		b->start[i] = sum;
		sum += length;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		for (size_t at = x->start[b->row[i]]; at < x->start[b->row[i] + 1]; at++)
			b->entry[b->start[b->slot[x->column[at]] - 1]++] = (struct entry){ i, value_of(x, at) };
	}
	for (uint32_t i = g->count; i > 0; i--)
		b->start[i] = b->start[i - 1];
	b->start[0] = 0;
	for (uint32_t i = 0; i < g->count; i++)
		b->slot[g->touched[i]] = 0;
}

static void run_batch(struct threads *threads, struct batch *b)
{
	threads_each(threads, parts_of(b->count, ROWS_A_PART), rows_part, b);
	b->g->loss = b->g->bias = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		b->g->bias += b->pull[i];
		b->g->loss += b->loss[i] / b->count;
	}
	turn(b);
	threads_each(threads, parts_of(b->g->count, FEATURES_A_PART), features_part, b);
}

/* Room for any `most` of the rows */
static void batch_room(struct batch *b, uint32_t most)
{
	const struct sparse *x = b->data->x;
	size_t k = b->m->settings.factors, longest = 0, entries;

	for (uint32_t i = 0; i < x->rows; i++)
		longest = sparse_length(x, i) > longest ? sparse_length(x, i) : longest;
	entries = most * longest < sparse_count(x) ? most * longest : sparse_count(x);
	b->sums = array_of(most * k, sizeof *b->sums);
	b->pull = array_of(most, sizeof *b->pull);
	b->loss = array_of(most, sizeof *b->loss);
	b->slot = array_of(b->m->theta.rows, sizeof *b->slot);
	b->start = array_of(entries + 1, sizeof *b->start);
	b->entry = array_of(entries, sizeof *b->entry);
	b->g->touched = array_of(entries, sizeof *b->g->touched);
	b->g->by = array_of((entries < b->m->theta.rows ? entries : b->m->theta.rows) * (k + 1), sizeof *b->g->by);
}

static void batch_free(struct batch *b)
{
	free(b->sums);
	free(b->pull);
	free(b->loss);
	free(b->slot);
	free(b->start);
	free(b->entry);
	free(b->sum_squares);
}

void fm_gradient_free(struct fm_gradient *g)
{
	free(g->touched);
	free(g->by);
	*g = (struct fm_gradient){ 0 };
}

void fm_gradient_of(struct threads *threads, const struct fm *m, const struct fm_data *data, const uint32_t *row, uint32_t count, struct fm_gradient *ret)
{
	struct fm same = *m;
	struct batch b = { .data = data, .m = &same, .row = row, .count = count, .g = ret };

	*ret = (struct fm_gradient){ 0 };
	batch_room(&b, count);
	run_batch(threads, &b);
	batch_free(&b);
}

/* ---- fitting ---- */

static problem settings_check(const struct fm_settings *s)
{
	bool fine = s->factors <= FM_FACTORS_MAX && s->epochs > 0 && s->batch > 0 && s->batch <= 1 << 20 && s->patience > 0 && s->rate > 0 && s->rate <= 10
		&& s->lambda >= 0 && s->lambda <= 1e6 && s->deviation >= 0 && s->deviation <= 10;

	return fine ? NULL : &fm_settings_wrong;
}

static problem data_check(const struct fm_data *d, size_t *wanted)
{
	*wanted = 0;
	for (size_t i = 0; d->x->weight && i < sparse_count(d->x); i++) {
		if (!(fabs((double)d->x->weight[i]) <= value_max))
			return &fm_no_numbers;
	}
	for (uint32_t i = 0; i < d->x->rows; i++) {
		if (d->y[i] != 0 && d->y[i] != 1)
			return &fm_no_numbers;
		*wanted += d->y[i] > 0;
	}
	return NULL;
}

static void start(struct fm *m, uint32_t features, double share)
{
	size_t width = width_of(&m->settings);

	m->theta = dense_of(array_of(features * width, sizeof(float)), features, width);
	m->bias = log(share / (1 - share));
	for (uint32_t i = 0; i < features; i++) {
		struct random r = random_of(m->settings.seed, i);

		for (size_t f = 1; f < width; f++)
			dense_row(&m->theta, i)[f] = (float)(random_normal(&r) * m->settings.deviation);
	}
}

struct fitting {
	struct threads *threads;
	struct batch batch;
	uint32_t *order;
	double bias_squares;
	double *score;   /* of the validation */
	struct fm best;
	struct fm_report report;
};

static bool learn_epoch(struct fitting *f, uint32_t epoch)
{
	struct batch *b = &f->batch;
	struct random r = random_of(~b->m->settings.seed, epoch);
	uint32_t rows = b->data->x->rows;

	random_shuffle(&r, f->order, rows);
	for (uint32_t from = 0; from < rows; from += b->count) {
		b->row = f->order + from;
		b->count = rows - from < b->m->settings.batch ? rows - from : b->m->settings.batch;
		run_batch(f->threads, b);
		f->bias_squares += b->g->bias * b->g->bias;
		b->m->bias -= b->m->settings.rate * b->g->bias / sqrt(f->bias_squares + 1e-12);
		if (!isfinite(b->g->loss) || !isfinite(b->m->bias))
			return false;
	}
	return true;
}

/* Keeps the epoch where it is the best so far; false: that is too long ago */
static bool look(struct fitting *f, const struct fm_data *validation)
{
	const struct fm *m = f->batch.m;
	struct fm_judged judged;

	if (!validation) {
		f->report.best = f->report.epochs;
		return true;
	}
	fm_score(f->threads, m, validation->x, f->score);
	judged = fm_judge(f->score, validation->y, validation->x->rows);
	if (!(judged.log_loss >= f->report.loss)) {
		f->report.loss = judged.log_loss;
		f->report.best = f->report.epochs;
		f->best.bias = m->bias;
		memcpy(f->best.theta.at, m->theta.at, m->theta.rows * m->theta.columns * sizeof(float));
	}
	return f->report.epochs - f->report.best < m->settings.patience;
}

static bool learn(struct fitting *f, const struct fm_data *validation, struct progress *progress)
{
	uint32_t epochs = f->batch.m->settings.epochs;
	bool go_on = true;

	for (uint32_t epoch = 0; epoch < epochs && go_on; epoch++) {
		progress_at(progress, epoch, epochs);
		if (!learn_epoch(f, epoch))
			return false;
		f->report.epochs = epoch + 1;
		go_on = look(f, validation);
	}
	return true;
}

static bool are_finite(const struct fm *m)
{
	for (size_t i = 0; i < m->theta.rows * m->theta.columns; i++) {
		if (!(fabsf(m->theta.at[i]) <= 1e9f))
			return false;
	}
	return fabs(m->bias) <= 1e9;
}

problem fm_fit(struct threads *threads, const struct fm_data *train, const struct fm_data *validation, const struct fm_settings *settings,
               struct progress *progress, struct fm_report *report, struct fm *ret)
{
	struct fm m = { .settings = *settings };
	struct fm_gradient g = { 0 };
	struct fitting f = { .threads = threads, .batch = { .data = train, .m = &m, .g = &g }, .report = { .loss = NAN } };
	uint32_t rows = train->x->rows, features = train->x->columns;
	size_t wanted, unused;
	problem why = settings_check(settings);

	if (!why)
		why = data_check(train, &wanted);
	if (!why && validation)
		why = data_check(validation, &unused);
	if (!why && (wanted == 0 || wanted == rows))
		why = &fm_one_kind;
	if (why)
		return why;
	assert(features <= FM_FEATURES_MAX && (!validation || validation->x->rows > 0));
	start(&m, features, (double)wanted / rows);
	f.order = array_of(rows, sizeof *f.order);
	for (uint32_t i = 0; i < rows; i++)
		f.order[i] = i;
	batch_room(&f.batch, settings->batch < rows ? settings->batch : rows);
	f.batch.sum_squares = array_of(features * width_of(settings), sizeof(float));
	if (validation) {
		f.score = array_of(validation->x->rows, sizeof *f.score);
		f.best = m;
		f.best.theta.at = array_of(features * width_of(settings), sizeof(float));
	}
	why = learn(&f, validation, progress) && are_finite(&m) ? NULL : &fm_diverged;
	batch_free(&f.batch);
	fm_gradient_free(&g);
	free(f.order);
	free(f.score);
	if (validation) {
		struct fm last = m;

		m = f.best;
		fm_free(&last);
	}
	if (why) {
		fm_free(&m);
		return why;
	}
	if (report)
		*report = f.report;
	*ret = m;
	return NULL;
}

/* ---- as a file ---- */

enum { SIZE_FEATURES, SIZE_FACTORS, SIZE_EPOCHS, SIZE_BATCH, SIZE_PATIENCE, SIZES };
enum { NUMBER_RATE, NUMBER_LAMBDA, NUMBER_DEVIATION, NUMBER_BIAS, NUMBERS };

void fm_save(const struct fm *m, struct buffer *b)
{
	const struct fm_settings *s = &m->settings;
	uint32_t sizes[SIZES] = { (uint32_t)m->theta.rows, s->factors, s->epochs, s->batch, s->patience };
	double numbers[NUMBERS] = { s->rate, s->lambda, s->deviation, m->bias };
	int64_t seed = (int64_t)s->seed;

	saved_add(b, "fm_sizes", SAVED_U32, sizes, SIZES);
	saved_add(b, "fm_numbers", SAVED_F64, numbers, NUMBERS);
	saved_add(b, "fm_seed", SAVED_I64, &seed, 1);
	saved_add(b, "fm_theta", SAVED_F32, m->theta.at, m->theta.rows * m->theta.columns);
}

problem fm_load(const struct saved *s, struct fm *ret)
{
	const void *at_sizes, *at_numbers, *at_seed, *theta;
	const uint32_t *sizes;
	const double *numbers;
	struct fm m = { 0 };
	size_t count;
	problem why = saved_array_of(s, "fm_sizes", SAVED_U32, SIZES, &at_sizes);

	if (!why)
		why = saved_array_of(s, "fm_numbers", SAVED_F64, NUMBERS, &at_numbers);
	if (!why)
		why = saved_array_of(s, "fm_seed", SAVED_I64, 1, &at_seed);
	if (why)
		return why;
	sizes = at_sizes;
	numbers = at_numbers;
	m.settings = (struct fm_settings){ sizes[SIZE_FACTORS], sizes[SIZE_EPOCHS], sizes[SIZE_BATCH], sizes[SIZE_PATIENCE], numbers[NUMBER_RATE],
		numbers[NUMBER_LAMBDA], numbers[NUMBER_DEVIATION], (uint64_t)*(const int64_t *)at_seed };
	m.bias = numbers[NUMBER_BIAS];
	if (settings_check(&m.settings) || sizes[SIZE_FEATURES] > FM_FEATURES_MAX)
		return &fm_settings_wrong;
	count = sizes[SIZE_FEATURES] * width_of(&m.settings);
	why = saved_array_of(s, "fm_theta", SAVED_F32, count, &theta);
	if (why)
		return why;
	m.theta = dense_of(array_of(count, sizeof(float)), sizes[SIZE_FEATURES], width_of(&m.settings));
	memcpy(m.theta.at, theta, count * sizeof(float));
	if (!are_finite(&m)) {
		fm_free(&m);
		return &fm_no_numbers;
	}
	*ret = m;
	return NULL;
}
