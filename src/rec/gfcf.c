#include "rec/gfcf.h"

#include "num/memory.h"
#include "rec/sparse_saved.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct problem gfcf_unfit = { 422, "gfcf-unfit", "An option is out of its bounds, or a weight is not above 0 and at most a million." };

static const double weight_max = 1e6, alpha_max = 1000;
enum { ROUNDS_MAX = 100, EXTRA_LEAST = 10 };

void gfcf_free(struct gfcf *m)
{
	sparse_free(&m->users);
	sparse_free(&m->items);
	svd_free(&m->waves);
	free(m->degree);
	*m = (struct gfcf){ 0 };
}

/* ---- fitting ---- */

static bool is_fit(const struct sparse *x, const struct gfcf_options *o)
{
	if (o->factors < 1 || o->factors > SVD_MOST || !(o->alpha >= 0 && o->alpha <= alpha_max) || o->rounds < 1 || o->rounds > ROUNDS_MAX)
		return false;
	for (size_t k = 0; x->weight && k < sparse_count(x); k++) {
		if (!(x->weight[k] > 0 && x->weight[k] <= weight_max))
			return false;
	}
	return true;
}

/* R, and the roots of degrees */
static void normalise(const struct sparse *x, struct gfcf *m)
{
	size_t count = sparse_count(x);
	double *of_user = array_of(x->rows, sizeof *of_user);
	struct sparse r = { .rows = x->rows, .columns = x->columns };

	r.start = array_of((size_t)x->rows + 1, sizeof *r.start);
	r.column = array_of(count, sizeof *r.column);
	r.weight = array_of(count, sizeof *r.weight);
	m->degree = array_of(x->columns, sizeof *m->degree);
	memcpy(r.start, x->start, ((size_t)x->rows + 1) * sizeof *r.start);
	memcpy(r.column, x->column, count * sizeof *r.column);
	for (uint32_t u = 0; u < x->rows; u++) {
		for (size_t k = x->start[u]; k < x->start[u + 1]; k++) {
			of_user[u] += sparse_weight(x, k);
			m->degree[x->column[k]] += sparse_weight(x, k);
		}
	}
	for (uint32_t i = 0; i < x->columns; i++)
		m->degree[i] = sqrt(m->degree[i]);
	for (uint32_t u = 0; u < x->rows; u++) {
		for (size_t k = x->start[u]; k < x->start[u + 1]; k++)
			r.weight[k] = (float)(sparse_weight(x, k) / (sqrt(of_user[u]) * m->degree[x->column[k]]));
	}
	m->users = r;
	sparse_transpose(&m->users, &m->items);
	free(of_user);
}

/* Kept besides, so that values that stand close to each other converge */
static uint32_t extra_of(const struct gfcf_options *o) { return o->factors / 2 < EXTRA_LEAST ? EXTRA_LEAST : o->factors / 2; }

size_t gfcf_bytes(const struct gfcf_options *o, const struct interactions *m)
{
	size_t wide = (size_t)o->factors + extra_of(o), rows = (size_t)m->users + m->items;

	return m->count * 24 + rows * (16 + wide * sizeof(double)) + 64 * wide * wide * sizeof(double);
}

problem gfcf_fit(struct threads *threads, const struct sparse *x, const struct gfcf_options *o, struct progress *progress, struct gfcf *ret)
{
	struct svd_options waves = { .count = o->factors, .extra = extra_of(o), .rounds = o->rounds, .seed = o->seed, .progress = progress };
	struct gfcf m = { .alpha = o->alpha };

	if (!is_fit(x, o))
		return &gfcf_unfit;
	if (sparse_count(x) == 0)
		return &interactions_none;
	normalise(x, &m);
	svd_of(threads, &m.users, &waves, &m.waves);
	*ret = m;
	return NULL;
}

/* ---- scores ---- */

static float had_weight(const struct gfcf_had *had, size_t i) { return had->weights ? had->weights[i] : 1; }

/* to (items) += x R'R, user by user in their order */
static void add_near(const struct gfcf *m, const struct gfcf_had *had, double *to)
{
	double *near = array_of(m->users.rows, sizeof *near);

	for (size_t i = 0; i < had->count; i++) {
		assert(had->items[i] < m->items.rows);
		for (size_t k = m->items.start[had->items[i]]; k < m->items.start[had->items[i] + 1]; k++)
			near[m->items.column[k]] += (double)had_weight(had, i) * m->items.weight[k];
	}
	for (uint32_t u = 0; u < m->users.rows; u++) {
		for (size_t k = m->users.start[u]; near[u] != 0 && k < m->users.start[u + 1]; k++)
			to[m->users.column[k]] += near[u] * m->users.weight[k];
	}
	free(near);
}

/* What an item weighs in waves: what nobody had is in none. */
static double in_waves(const struct gfcf *m, uint32_t item) { return m->degree[item] > 0 ? 1 / m->degree[item] : 0; }

/* to (items) = x D^-1/2 V V', of which degrees are still to be taken */
static void wave(const struct gfcf *m, const struct gfcf_had *had, float *to)
{
	float *factors = array_of(m->waves.count, sizeof *factors);

	for (size_t i = 0; i < had->count; i++)
		dense_axpy(factors, (float)(had_weight(had, i) * in_waves(m, had->items[i])), dense_row(&m->waves.right, had->items[i]), m->waves.count);
	dense_gemv(to, &m->waves.right, factors);
	free(factors);
}

void gfcf_score_one(const struct gfcf *m, const struct gfcf_had *had, float *scores)
{
	double *near = array_of(m->items.rows, sizeof *near);

	add_near(m, had, near);
	wave(m, had, scores);
	for (uint32_t j = 0; j < m->items.rows; j++)
		scores[j] = (float)(near[j] + m->alpha * (double)scores[j] * m->degree[j]);
	free(near);
}

void gfcf_score(void *gfcf_scorer, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct gfcf_scorer *s = gfcf_scorer;
	const struct sparse *known = s->known;

	(void)thread;
	for (size_t i = 0; i < count; i++) {
		struct gfcf_had had = { sparse_length(known, users[i]), sparse_row(known, users[i]),
			                known->weight ? known->weight + known->start[users[i]] : NULL };

		gfcf_score_one(s->model, &had, scores + i * s->model->items.rows);
	}
}

/* ---- reasons ---- */

/* (R'R)_ij: users who had both, of two rows that go upwards */
static double near_of(const struct gfcf *m, uint32_t i, uint32_t j)
{
	size_t a = m->items.start[i], b = m->items.start[j];
	double sum = 0;

	while (a < m->items.start[i + 1] && b < m->items.start[j + 1]) {
		uint32_t u = m->items.column[a], v = m->items.column[b];

		if (u == v)
			sum += (double)m->items.weight[a] * m->items.weight[b];
		a += u <= v;
		b += v <= u;
	}
	return sum;
}

void gfcf_reasons(const struct gfcf *m, const struct gfcf_had *had, uint32_t item, float *shares)
{
	assert(item < m->items.rows);
	for (size_t i = 0; i < had->count; i++) {
		double low = dense_dot(dense_row(&m->waves.right, had->items[i]), dense_row(&m->waves.right, item), m->waves.count);
		double link = near_of(m, had->items[i], item) + m->alpha * in_waves(m, had->items[i]) * low * m->degree[item];

		shares[i] = (float)(had_weight(had, i) * link);
	}
}

/* ---- the file ---- */

/* Of weights as they may be */
static const double degree_least = 1e-23, degree_most = 1e9;
static const float wave_most = 2; /* vectors are of length 1 */

void gfcf_save(const struct gfcf *m, struct buffer *b)
{
	double head[2] = { m->alpha, m->waves.count };

	saved_add(b, "gfcf", SAVED_F64, head, 2);
	sparse_save(b, "users", &m->users);
	saved_add(b, "degrees", SAVED_F64, m->degree, m->items.rows);
	saved_add(b, "waves", SAVED_F32, m->waves.right.at, (size_t)m->items.rows * m->waves.count);
}

static bool is_sound(const struct gfcf *m, const double *degree, const float *waves)
{
	for (uint32_t i = 0; i < m->users.columns; i++) {
		if (degree[i] != 0 && !(degree[i] >= degree_least && degree[i] <= degree_most))
			return false;
	}
	for (size_t i = 0; i < (size_t)m->users.columns * m->waves.count; i++) {
		if (!(fabsf(waves[i]) <= wave_most))
			return false;
	}
	for (size_t i = 0; i < sparse_count(&m->users); i++) {
		if (!(m->users.weight[i] >= 0 && m->users.weight[i] <= wave_most))
			return false;
	}
	return true;
}

static problem load_waves(const struct saved *s, struct gfcf *m)
{
	size_t items = m->users.columns, count = items * m->waves.count;
	const void *degree, *waves;
	problem why = saved_array_of(s, "degrees", SAVED_F64, items, &degree);

	if (!why)
		why = saved_array_of(s, "waves", SAVED_F32, count, &waves);
	if (why)
		return why;
	if (!m->users.weight || !is_sound(m, degree, waves))
		return &saved_damaged;
	m->degree = array_of(items, sizeof *m->degree);
	memcpy(m->degree, degree, items * sizeof *m->degree);
	m->waves.right = dense_of(array_of(count, sizeof(float)), items, m->waves.count);
	memcpy(m->waves.right.at, waves, count * sizeof(float));
	sparse_transpose(&m->users, &m->items);
	return NULL;
}

problem gfcf_load(const struct saved *s, struct gfcf *ret)
{
	struct gfcf m = { 0 };
	const void *at;
	const double *head;
	problem why = saved_array_of(s, "gfcf", SAVED_F64, 2, &at);

	if (why)
		return why;
	head = at;
	if (!(head[0] >= 0 && head[0] <= alpha_max) || !(head[1] >= 1 && head[1] <= SVD_MOST))
		return &saved_damaged;
	m.alpha = head[0];
	m.waves.count = (uint32_t)head[1];
	why = sparse_load(s, "users", &m.users);
	if (!why)
		why = load_waves(s, &m);
	if (why)
		gfcf_free(&m);
	else
		*ret = m;
	return why;
}
