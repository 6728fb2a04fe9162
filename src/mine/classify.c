/* classify.c - frames into rows, one of four models, chances by scores that were held out. */
#include "mine/classify.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/score.h"
#include "num/random.h"

const struct problem classify_few = { 422, "classify-few", "A class has fewer than five rows: too few to learn chances from." };
const struct problem classify_apart = { 422, "classify-apart", "Chances cannot be learned: without a fifth of the groups, or before a time, a class is missing." };

enum { FOLDS = 5 };

/* ---- rows ---- */

/* Further from the mean than any row to learn from can be; keeps sums of what a later table may hold finite. */
static const double FARTHEST = 1e30;

static double standardised(const struct feature *f, double x)
{
	return isnan(x) ? 0 : fmin(fmax((x - f->mean) / f->deviation, -FARTHEST), FARTHEST);
}

/* Numbers first, then levels, each in the order of columns. */
struct linear_rows classify_rows(const struct encoder *encoder, const struct frame *f)
{
	size_t words = 0, numbers = 0, levels = 0;
	struct linear_rows x;

	assert(f->columns == encoder->count);
	for (size_t j = 0; j < encoder->count; j++)
		words += encoder->feature[j].is_words;
	x = linear_rows_new(f->rows, encoder->count - words, words, encoder->wide - (encoder->count - words));
	words = 0;
	for (size_t j = 0; j < encoder->count; j++) {
		const struct feature *feature = &encoder->feature[j];
		const double *at = f->ord + j * f->rows;

		for (size_t i = 0; i < f->rows && !feature->is_words; i++)
			linear_row(&x, i)[numbers] = standardised(feature, at[i]);
		for (size_t i = 0; i < f->rows && feature->is_words; i++)
			linear_words(&x, i)[words] = isnan(at[i]) ? LINEAR_NO_WORD : (uint32_t)(levels + (size_t)at[i]);
		numbers += !feature->is_words;
		words += feature->is_words;
		levels += feature->level_count;
	}
	return x;
}

static void rows_part(const struct linear_rows *x, const uint8_t *y, const unsigned char *keep, struct linear_rows *ret, uint8_t *ret_y)
{
	size_t n = 0;

	for (size_t i = 0; i < x->rows; i++)
		n += keep[i];
	*ret = linear_rows_new(n, x->numbers, x->words, x->levels);
	n = 0;
	for (size_t i = 0; i < x->rows; i++) {
		if (!keep[i])
			continue;
		memcpy(linear_row(ret, n), linear_row(x, i), x->stride * sizeof(double));
		if (x->words)
			memcpy(linear_words(ret, n), linear_words(x, i), x->words * sizeof(uint32_t));
		ret_y[n++] = y[i];
	}
}

/* ---- one of the models ---- */

static problem train_rows(struct arena *arena, const struct linear_rows *x, const uint8_t *y, const struct classify_options *o,
                          struct threads *threads, struct classifier *ret)
{
	const struct linear_options linear = { .loss = o->kind == CLASSIFY_SVM ? LINEAR_SVM : LINEAR_LOGISTIC, .cost = o->cost, .weight = { 1, o->weight } };
	const struct rbf_options radial = { .cost = o->cost, .gamma = o->gamma, .weight = { 1, o->weight } };

	if (o->kind == CLASSIFY_RADIAL)
		return rbf_train(x, y, &radial, &ret->radial, NULL);
	return linear_train(arena, x, y, &linear, threads, &ret->linear, NULL);
}

static void score_rows(const struct classifier *m, const struct linear_rows *x, struct threads *threads, double *ret)
{
	if (m->kind == CLASSIFY_RADIAL)
		rbf_scores(&m->radial, x, threads, ret);
	else
		linear_scores(&m->linear, x, ret);
}

/* ---- scores that were held out ---- */

/* Each class spread evenly: shuffled by the seed, then dealt. */
static void deal_rows(struct arena *arena, const uint8_t *y, size_t rows, uint64_t seed, unsigned *fold)
{
	uint32_t *order = FRAME_ARRAY(arena, uint32_t, rows);

	for (unsigned class = 0; class < 2; class++) {
		struct random r = random_of(seed, class);
		uint32_t n = 0;

		for (size_t i = 0; i < rows; i++)
			if (y[i] == class)
				order[n++] = (uint32_t)i;
		random_shuffle(&r, order, n);
		for (uint32_t k = 0; k < n; k++)
			fold[order[k]] = k % FOLDS;
	}
}

static int upwards(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The earlier half of the rows, then an eighth each; equal times stay together, with the earlier. */
static void cut_time(struct arena *arena, const double *time, size_t rows, unsigned *fold)
{
	double *sorted = FRAME_ARRAY(arena, double, rows);

	memcpy(sorted, time, rows * sizeof *sorted);
	qsort(sorted, rows, sizeof *sorted, upwards);
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < FOLDS - 1; k++)
			fold[i] += time[i] > sorted[rows * (FOLDS - 1 + k) / (2 * (FOLDS - 1)) - 1];
}

static const unsigned *folds_of(struct arena *arena, const struct frame *f, const struct classify_options *o)
{
	unsigned *fold = FRAME_ARRAY(arena, unsigned, f->rows);

	if (o->time)
		cut_time(arena, o->time, f->rows, fold);
	else if (f->group)
		score_folds(f->group, f->rows, f->groups, FOLDS, o->seed, fold);
	else
		deal_rows(arena, f->label, f->rows, o->seed, fold);
	return fold;
}

/* Of one fold: learn from the others, or from those before it, and score it. */
struct holding {
	const struct encoder *encoder;
	const struct frame *f;
	const struct linear_rows *x; /* NULL: a naive model */
	const struct classify_options *options;
	struct threads *threads;
	const unsigned *fold;
	unsigned char *learns, *scored; /* (rows) */
	double *held;
};

/* False: no row is in the fold, or it is the first in time. */
static bool choose_fold(const struct holding *h, unsigned fold)
{
	bool any = false;

	for (size_t i = 0; i < h->f->rows; i++) {
		h->learns[i] = h->options->time ? h->fold[i] < fold : h->fold[i] != fold;
		h->scored[i] = h->fold[i] == fold;
		any |= h->scored[i];
	}
	return any && !(h->options->time && fold == 0);
}

static void scatter(const struct holding *h, const double *score)
{
	for (size_t i = 0, n = 0; i < h->f->rows; i++)
		if (h->scored[i])
			h->held[i] = score[n++];
}

static problem hold_rows(struct arena *arena, const struct holding *h, double *score)
{
	struct linear_rows part, rest;
	uint8_t *y = FRAME_ARRAY(arena, uint8_t, h->f->rows);
	struct classifier m = { .kind = h->options->kind };
	problem why;

	rows_part(h->x, h->f->label, h->learns, &part, y);
	why = train_rows(arena, &part, y, h->options, h->threads, &m);
	linear_rows_free(&part);
	if (why)
		return why;
	rows_part(h->x, h->f->label, h->scored, &rest, y);
	score_rows(&m, &rest, h->threads, score);
	linear_rows_free(&rest);
	if (m.kind == CLASSIFY_RADIAL)
		rbf_free(&m.radial);
	return NULL;
}

static void hold_naive(struct arena *arena, const struct holding *h, double *score)
{
	struct frame whole = *h->f, part;
	struct naive_model m;

	whole.test = h->learns;
	frame_part(arena, &whole, true, &part);
	naive_train(arena, h->encoder, &part, &m);
	whole.test = h->scored;
	frame_part(arena, &whole, true, &part);
	naive_scores(&m, &part, score);
}

static bool learns_both(const struct holding *h)
{
	size_t rows[2] = { 0 };

	for (size_t i = 0; i < h->f->rows; i++)
		rows[h->f->label[i]] += h->learns[i];
	return rows[0] && rows[1];
}

static problem hold_fold(struct arena *arena, const struct holding *h, unsigned fold, double *score)
{
	problem why = NULL;

	if (!choose_fold(h, fold))
		return NULL;
	if (!learns_both(h))
		return &classify_apart;
	if (h->x)
		why = hold_rows(arena, h, score);
	else
		hold_naive(arena, h, score);
	if (!why)
		scatter(h, score);
	return why;
}

/* Too few where times are equal, too: then nothing is held out, or one class. */
static bool holds_enough(const struct holding *h)
{
	size_t rows[2] = { 0 };

	for (size_t i = 0; i < h->f->rows; i++)
		rows[h->f->label[i]] += isnan(h->held[i]) ? 0 : 1;
	return rows[0] >= FOLDS && rows[1] >= FOLDS;
}

static void arena_drop(struct arena **arena) { arena_free(*arena); }

static problem hold_out(struct holding *h)
{
	CLEANUP(arena_drop) struct arena *arena = arena_new((size_t)1 << 30);
	double *score = FRAME_ARRAY(arena, double, h->f->rows);
	problem why = NULL;

	h->fold = folds_of(arena, h->f, h->options);
	h->learns = FRAME_ARRAY(arena, unsigned char, h->f->rows);
	h->scored = FRAME_ARRAY(arena, unsigned char, h->f->rows);
	for (size_t i = 0; i < h->f->rows; i++)
		h->held[i] = NAN;
	for (unsigned fold = 0; fold < FOLDS && !why; fold++) {
		why = hold_fold(arena, h, fold, score);
		progress_at(h->options->progress, fold + 2, FOLDS + 1);
	}
	return why || holds_enough(h) ? why : &classify_few;
}

size_t classify_held(const struct frame *f, const double *held, double *score, unsigned char *label)
{
	size_t n = 0;

	for (size_t i = 0; i < f->rows; i++) {
		if (isnan(held[i]))
			continue;
		score[n] = held[i];
		label[n++] = f->label[i];
	}
	return n;
}

/* ---- training ---- */

static problem check(const struct frame *f, const struct classify_options *o, bool holds)
{
	size_t ones = 0;

	assert(!(o->time && f->group));
	assert(o->chances != CHANCES_OWN || o->kind == CLASSIFY_LOGISTIC || o->kind == CLASSIFY_NAIVE);
	assert(f->label);
	for (size_t i = 0; i < f->rows; i++)
		ones += f->label[i];
	if (ones == 0 || ones == f->rows)
		return &linear_one_class;
	return holds && (ones < FOLDS || f->rows - ones < FOLDS) ? &classify_few : NULL;
}

static problem learn_chances(struct arena *arena, const struct frame *f, const double *held, struct classifier *m)
{
	double *score = FRAME_ARRAY(arena, double, f->rows);
	unsigned char *label = FRAME_ARRAY(arena, unsigned char, f->rows);
	size_t rows = held ? classify_held(f, held, score, label) : 0;

	switch (m->chances) {
	case CHANCES_OWN: return NULL;
	case CHANCES_PLATT: return calibrate_platt(score, label, rows, &m->calibration);
	case CHANCES_ISOTONIC: return calibrate_isotonic(arena, score, label, rows, &m->calibration);
	}
	abort();
}

static problem learn_model(struct arena *arena, struct holding *h, struct classifier *m)
{
	problem why;

	if (!h->x) {
		naive_train(arena, h->encoder, h->f, &m->naive);
		return NULL;
	}
	m->mean = ARENA_ARRAY(arena, double, h->encoder->wide);
	linear_means(h->x, m->mean);
	why = train_rows(arena, h->x, h->f->label, h->options, h->threads, m);
	return why;
}

static void free_radial(void *at) { rbf_free(at); }

/* Its vectors lie in malloc's memory: they go with the arena. */
static void keep_radial(struct arena *arena, const struct rbf_model *m)
{
	struct rbf_model *kept = ARENA_NEW(arena, struct rbf_model);

	*kept = *m;
	arena_defer(arena, free_radial, kept);
}

problem classify_train(struct arena *arena, const struct encoder *encoder, const struct frame *f, const struct classify_options *options,
                       struct threads *threads, struct classifier *ret, double *held)
{
	struct classifier m = { .kind = options->kind, .chances = options->chances, .encoder = *encoder };
	struct linear_rows x = { 0 };
	struct holding h = { .encoder = encoder, .f = f, .x = options->kind == CLASSIFY_NAIVE ? NULL : &x, .options = options, .threads = threads, .held = held };
	problem why = check(f, options, held);

	assert(held || options->chances == CHANCES_OWN);
	if (why)
		return why;
	if (h.x)
		x = classify_rows(encoder, f);
	why = learn_model(arena, &h, &m);
	if (!why && m.kind == CLASSIFY_RADIAL)
		keep_radial(arena, &m.radial);
	progress_at(options->progress, 1, held ? FOLDS + 1 : 1);
	if (!why && held)
		why = hold_out(&h);
	if (!why)
		why = learn_chances(arena, f, held, &m);
	if (!why)
		*ret = m;
	linear_rows_free(&x);
	return why;
}

/* ---- asking ---- */

void classify(const struct classifier *m, const struct frame *f, struct threads *threads, double *score, double *chance)
{
	double *at = score ? score : chance;

	if (m->kind == CLASSIFY_NAIVE) {
		naive_scores(&m->naive, f, at);
	} else {
		struct linear_rows x = classify_rows(&m->encoder, f);

		score_rows(m, &x, threads, at);
		linear_rows_free(&x);
	}
	for (size_t i = 0; chance && i < f->rows; i++)
		chance[i] = m->chances == CHANCES_OWN ? linear_probability(at[i]) : calibrated(&m->calibration, at[i]);
}

static struct frame one_row(const struct frame *f, size_t row, double *ord, size_t *at)
{
	for (size_t j = 0; j < f->columns; j++)
		ord[j] = f->ord[j * f->rows + row];
	*at = f->row[row];
	return (struct frame){ .rows = 1, .columns = f->columns, .row = at, .ord = ord };
}

void classify_reasons(const struct classifier *m, const struct frame *f, size_t row, double *ret)
{
	double *ord, *wide;
	size_t at, number = 0, level = m->linear.numbers;
	struct linear_rows x;
	struct frame one;

	assert(m->kind != CLASSIFY_RADIAL && row < f->rows);
	if (m->kind == CLASSIFY_NAIVE) {
		naive_reasons(&m->naive, f, row, ret);
		return;
	}
	ord = calloc(f->columns + m->encoder.wide, sizeof *ord);
	if (!ord)
		abort();
	wide = ord + f->columns;
	one = one_row(f, row, ord, &at);
	x = classify_rows(&m->encoder, &one);
	linear_reasons(&m->linear, &x, 0, m->mean, wide);
	for (size_t j = 0; j < m->encoder.count; j++) {
		const struct feature *feature = &m->encoder.feature[j];

		ret[j] = feature->is_words ? 0 : wide[number++];
		for (size_t k = 0; k < feature->level_count; k++)
			ret[j] += wide[level++];
	}
	linear_rows_free(&x);
	free(ord);
}

/* ---- as a file ---- */

void classifier_save(const struct classifier *m, struct buffer *b)
{
	const uint8_t kind[] = { (uint8_t)m->kind, (uint8_t)m->chances };

	saved_begin(b, CLASSIFIER_KIND, CLASSIFIER_VERSION);
	saved_add(b, "classifier", SAVED_U8, kind, 2);
	encoder_save(&m->encoder, b);
	if (m->chances != CHANCES_OWN)
		calibration_save(&m->calibration, b);
	if (m->kind == CLASSIFY_NAIVE)
		naive_save(&m->naive, b);
	else if (m->kind == CLASSIFY_RADIAL)
		rbf_save(&m->radial, b);
	else
		linear_save(&m->linear, b);
	if (m->kind != CLASSIFY_NAIVE)
		saved_add(b, "classifier.mean", SAVED_F64, m->mean, m->encoder.wide);
	saved_end(b);
}

static bool is_kind(const uint8_t *kind)
{
	bool has_chances = kind[0] == CLASSIFY_LOGISTIC || kind[0] == CLASSIFY_NAIVE;

	return kind[0] >= CLASSIFY_LOGISTIC && kind[0] <= CLASSIFY_NAIVE && kind[1] >= CHANCES_OWN && kind[1] <= CHANCES_ISOTONIC &&
	       (has_chances || kind[1] != CHANCES_OWN);
}

/* Do the model's columns fit those of its encoder? */
static bool fits(const struct classifier *m)
{
	size_t words = 0, numbers, levels;

	for (size_t j = 0; j < m->encoder.count; j++)
		words += m->encoder.feature[j].is_words;
	numbers = m->encoder.count - words;
	levels = m->encoder.wide - numbers;
	if (m->kind == CLASSIFY_RADIAL)
		return m->radial.vectors.numbers == numbers && m->radial.vectors.words == words && m->radial.vectors.levels == levels;
	return m->linear.numbers == numbers && m->linear.levels == levels;
}

static problem load_rows_model(struct arena *arena, const struct saved *s, struct classifier *m)
{
	const void *mean;
	problem why = saved_array_of(s, "classifier.mean", SAVED_F64, m->encoder.wide, &mean);

	if (why)
		return why;
	if (m->kind == CLASSIFY_RADIAL) {
		why = rbf_load(s, &m->radial);
		if (!why)
			keep_radial(arena, &m->radial);
	} else {
		why = linear_load(arena, s, &m->linear);
	}
	if (!why && !fits(m))
		why = &saved_damaged;
	m->mean = ARENA_ARRAY(arena, double, m->encoder.wide);
	memcpy(m->mean, mean, m->encoder.wide * sizeof *m->mean);
	for (size_t j = 0; j < m->encoder.wide && !why; j++)
		why = isfinite(m->mean[j]) ? NULL : &saved_damaged;
	return why;
}

problem classifier_load(struct arena *arena, const struct saved *s, struct classifier *ret)
{
	struct classifier m = { 0 };
	const void *kind;
	problem why = saved_array_of(s, "classifier", SAVED_U8, 2, &kind);

	if (!why && !is_kind(kind))
		why = &saved_damaged;
	if (why)
		return why;
	m.kind = (enum classifier_kind)((const uint8_t *)kind)[0];
	m.chances = (enum classifier_chances)((const uint8_t *)kind)[1];
	why = encoder_load(arena, s, &m.encoder);
	if (!why && m.chances != CHANCES_OWN)
		why = calibration_load(arena, s, &m.calibration);
	if (!why)
		why = m.kind == CLASSIFY_NAIVE ? naive_load(arena, s, &m.encoder, &m.naive) : load_rows_model(arena, s, &m);
	if (!why)
		*ret = m;
	return why;
}
