/* svm.c - rows for LIBSVM, and its answer in our own arrays. LIBSVM keeps what is not 0 of a row; it prints, which is turned off, and
 * knows nothing of numbers that are none: those never reach it. */
#include "mine/svm.h"

#include <assert.h>
#include <libsvm/svm.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

const struct problem rbf_rows = { 422, "rbf-rows", "More than 10,000 rows: take a sample, or a linear model, or trees." };

enum { CACHE_MB = 200, SCORE_ROWS = 64 };
static const double COST_MAX = 1e6, LENGTH_MAX = 1e100; /* of a row, squared: far from where doubles end */

static void *new_array(size_t count, size_t each)
{
	void *at = calloc(count ? count : 1, each);

	if (!at)
		abort();
	return at;
}

/* ---- rows for LIBSVM ---- */

struct nodes {
	struct svm_node *all, **row;
	double *y;
};

static void nodes_free(struct nodes *n)
{
	free(n->all);
	free(n->row);
	free(n->y);
}

static int by_index(const void *a, const void *b) { return ((const struct svm_node *)a)->index - ((const struct svm_node *)b)->index; }

/* Columns from 1, rising: numbers, then levels. Ends with -1. */
static struct svm_node *add_row(const struct linear_rows *x, size_t i, struct svm_node *to)
{
	struct svm_node *words;

	for (size_t j = 0; j < x->numbers; j++)
		if (linear_row(x, i)[j] != 0)
			*to++ = (struct svm_node){ (int)j + 1, linear_row(x, i)[j] };
	words = to;
	for (size_t a = 0; a < x->words; a++)
		if (linear_words(x, i)[a] != LINEAR_NO_WORD)
			*to++ = (struct svm_node){ (int)(x->numbers + linear_words(x, i)[a]) + 1, 1 };
	qsort(words, (size_t)(to - words), sizeof *words, by_index);
	*to++ = (struct svm_node){ -1, 0 };
	return to;
}

static struct nodes nodes_of(const struct linear_rows *x, const uint8_t *y)
{
	struct nodes n = { new_array(x->rows * (x->numbers + x->words + 1), sizeof *n.all), new_array(x->rows, sizeof *n.row), new_array(x->rows, sizeof *n.y) };
	struct svm_node *to = n.all;

	for (size_t i = 0; i < x->rows; i++) {
		n.row[i] = to;
		n.y[i] = y[i] ? 1 : -1;
		to = add_row(x, i, to);
	}
	return n;
}

/* ---- training ---- */

static problem check_rows(const struct linear_rows *x, const uint8_t *y, size_t *row)
{
	size_t ones = 0;

	for (size_t i = 0; i < x->rows; i++) {
		double length = 0;

		if (row)
			*row = i;
		assert(y[i] <= 1);
		ones += y[i];
		for (size_t j = 0; j < x->numbers; j++) {
			if (!isfinite(linear_row(x, i)[j]))
				return &linear_value;
			length += linear_row(x, i)[j] * linear_row(x, i)[j];
		}
		if (!(length <= LENGTH_MAX))
			return &linear_scale;
		for (size_t a = 0; a < x->words; a++)
			assert(linear_words(x, i)[a] < x->levels || linear_words(x, i)[a] == LINEAR_NO_WORD);
	}
	return ones == 0 || ones == x->rows ? &linear_one_class : NULL;
}

static bool is_cost(double x) { return x > 0 && x <= COST_MAX; }

static void say_nothing(const char *line) { (void)line; }
static void set_silent(void) { svm_set_print_string_function(say_nothing); }

static void take_vectors(const struct linear_rows *x, const struct svm_model *m, struct rbf_model *ret)
{
	*ret = (struct rbf_model){ m->param.gamma, m->rho[0], linear_rows_new((size_t)m->l, x->numbers, x->words, x->levels), new_array((size_t)m->l, sizeof(double)) };
	for (size_t k = 0; k < (size_t)m->l; k++) {
		size_t i = (size_t)m->sv_indices[k] - 1;

		memcpy(linear_row(&ret->vectors, k), linear_row(x, i), x->stride * sizeof(double));
		if (x->words)
			memcpy(linear_words(&ret->vectors, k), linear_words(x, i), x->words * sizeof(uint32_t));
		ret->coefficient[k] = m->sv_coef[0][k];
	}
}

problem rbf_train(const struct linear_rows *x, const uint8_t *y, const struct rbf_options *options, struct rbf_model *ret, size_t *row)
{
	static pthread_once_t silent = PTHREAD_ONCE_INIT;
	int labels[] = { -1, 1 };
	double weights[] = { options->weight[0] == 0 ? 1 : options->weight[0], options->weight[1] == 0 ? 1 : options->weight[1] };
	struct svm_parameter parameter = { .svm_type = C_SVC, .kernel_type = RBF, .cache_size = CACHE_MB, .eps = 1e-3, .shrinking = 1,
		                           .C = options->cost == 0 ? 1 : options->cost, .nr_weight = 2, .weight_label = labels, .weight = weights,
		                           .gamma = options->gamma == 0 ? 1 / (double)(x->numbers + x->levels) : options->gamma };
	struct svm_problem problem_of;
	struct svm_model *m;
	struct nodes nodes;
	problem why;

	if (x->rows > RBF_ROWS_MAX)
		return &rbf_rows;
	if (x->numbers + x->levels > LINEAR_COLUMNS_MAX)
		return &linear_wide;
	if (!is_cost(parameter.C * weights[0]) || !is_cost(parameter.C * weights[1]) || !(parameter.gamma > 0 && isfinite(parameter.gamma)))
		return &linear_cost;
	why = check_rows(x, y, row);
	if (why)
		return why;
	pthread_once(&silent, set_silent);
	nodes = nodes_of(x, y);
	problem_of = (struct svm_problem){ (int)x->rows, nodes.y, nodes.row };
	assert(!svm_check_parameter(&problem_of, &parameter));
	m = svm_train(&problem_of, &parameter);
	assert(m->nr_class == 2 && m->label[0] == 1);
	take_vectors(x, m, ret);
	svm_free_and_destroy_model(&m);
	nodes_free(&nodes);
	return NULL;
}

void rbf_free(struct rbf_model *m)
{
	linear_rows_free(&m->vectors);
	free(m->coefficient);
	*m = (struct rbf_model){ 0 };
}

/* ---- asking ---- */

/* Squared: of numbers the differences, of words 1 for each that only one row has. */
static double distance(const struct linear_rows *a, size_t i, const struct linear_rows *b, size_t k)
{
	const double *x = linear_row(a, i), *z = linear_row(b, k);
	const uint32_t *u = linear_words(a, i), *v = linear_words(b, k);
	double sum = 0;

	for (size_t j = 0; j < a->numbers; j++)
		sum += (x[j] - z[j]) * (x[j] - z[j]);
	for (size_t w = 0; w < a->words; w++)
		if (u[w] != v[w])
			sum += (u[w] != LINEAR_NO_WORD) + (v[w] != LINEAR_NO_WORD);
	return sum;
}

struct asking {
	const struct rbf_model *m;
	const struct linear_rows *x;
	double *ret;
};

static void score_part(void *self, size_t part, size_t thread)
{
	struct asking *a = self;
	size_t end = (part + 1) * SCORE_ROWS < a->x->rows ? (part + 1) * SCORE_ROWS : a->x->rows;

	(void)thread;
	for (size_t i = part * SCORE_ROWS; i < end; i++) {
		double sum = -a->m->rho;

		for (size_t k = 0; k < a->m->vectors.rows; k++)
			sum += a->m->coefficient[k] * exp(-a->m->gamma * distance(a->x, i, &a->m->vectors, k));
		a->ret[i] = sum;
	}
}

void rbf_scores(const struct rbf_model *m, const struct linear_rows *x, struct threads *threads, double *ret)
{
	struct asking a = { m, x, ret };

	assert(x->numbers == m->vectors.numbers && x->words == m->vectors.words && x->levels == m->vectors.levels);
	threads_each(threads, (x->rows + SCORE_ROWS - 1) / SCORE_ROWS, score_part, &a);
}

/* ---- as a file ---- */

void rbf_save(const struct rbf_model *m, struct buffer *b)
{
	const struct linear_rows *v = &m->vectors;
	const int64_t shape[] = { (int64_t)v->rows, (int64_t)v->numbers, (int64_t)v->words, (int64_t)v->levels };
	const double numbers[] = { m->gamma, m->rho };

	saved_add(b, "rbf.shape", SAVED_I64, shape, 4);
	saved_add(b, "rbf.numbers", SAVED_F64, numbers, 2);
	saved_add(b, "rbf.coefficient", SAVED_F64, m->coefficient, v->rows);
	saved_add(b, "rbf.vector", SAVED_F64, v->number, v->rows * v->stride);
	saved_add(b, "rbf.word", SAVED_U32, v->word, v->rows * v->words);
}

static bool is_sound(const struct rbf_model *m)
{
	const struct linear_rows *v = &m->vectors;
	bool sound = isfinite(m->gamma) && m->gamma > 0 && fabs(m->rho) <= LENGTH_MAX;

	for (size_t k = 0; k < v->rows; k++) {
		sound &= fabs(m->coefficient[k]) <= LENGTH_MAX;
		for (size_t j = 0; j < v->numbers; j++)
			sound &= fabs(linear_row(v, k)[j]) <= LENGTH_MAX;
		for (size_t a = 0; a < v->words; a++)
			sound &= linear_words(v, k)[a] < v->levels || linear_words(v, k)[a] == LINEAR_NO_WORD;
	}
	return sound;
}

struct rbf_arrays {
	int64_t shape[4];
	const void *numbers, *coefficient, *vector, *word;
};

static problem find_arrays(const struct saved *s, struct rbf_arrays *a)
{
	const void *shape;
	problem why = saved_array_of(s, "rbf.shape", SAVED_I64, 4, &shape);
	size_t rows, stride;

	if (why)
		return why;
	memcpy(a->shape, shape, sizeof a->shape);
	if (a->shape[0] < 1 || a->shape[0] > RBF_ROWS_MAX)
		return &saved_damaged;
	for (int i = 1; i < 4; i++)
		if (a->shape[i] < 0 || a->shape[i] > LINEAR_COLUMNS_MAX)
			return &saved_damaged;
	if (a->shape[2] > a->shape[3])
		return &saved_damaged;
	rows = (size_t)a->shape[0];
	stride = linear_stride((size_t)a->shape[1]);
	why = saved_array_of(s, "rbf.numbers", SAVED_F64, 2, &a->numbers);
	if (!why)
		why = saved_array_of(s, "rbf.coefficient", SAVED_F64, rows, &a->coefficient);
	if (!why)
		why = saved_array_of(s, "rbf.vector", SAVED_F64, rows * stride, &a->vector);
	if (!why)
		why = saved_array_of(s, "rbf.word", SAVED_U32, rows * (size_t)a->shape[2], &a->word);
	return why;
}

problem rbf_load(const struct saved *s, struct rbf_model *ret)
{
	struct rbf_arrays a;
	problem why = find_arrays(s, &a);
	struct rbf_model m;

	if (why)
		return why;
	m = (struct rbf_model){ ((const double *)a.numbers)[0], ((const double *)a.numbers)[1],
		                linear_rows_new((size_t)a.shape[0], (size_t)a.shape[1], (size_t)a.shape[2], (size_t)a.shape[3]),
		                new_array((size_t)a.shape[0], sizeof(double)) };
	memcpy(m.coefficient, a.coefficient, m.vectors.rows * sizeof(double));
	memcpy(m.vectors.number, a.vector, m.vectors.rows * m.vectors.stride * sizeof(double));
	if (m.vectors.words)
		memcpy(m.vectors.word, a.word, m.vectors.rows * m.vectors.words * sizeof(uint32_t));
	if (!is_sound(&m)) {
		rbf_free(&m);
		return &saved_damaged;
	}
	*ret = m;
	return NULL;
}
