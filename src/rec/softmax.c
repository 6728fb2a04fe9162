/* softmax.c - no e^s overflows: each part takes its own largest score off, and the join the largest of all. */
#include "rec/softmax.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "rec/kernel.h"

static const float LEFT_OUT = -1e30f;

void softmax_own(const struct softmax_rows *r, const float *table, const float *bias, float *own)
{
	size_t d = r->h.columns;

	for (size_t i = 0; i < r->h.rows * r->ahead; i++) {
		uint32_t item = r->target[i];

		own[i] = item == NO_ITEM ? 0 : dense_dot(dense_row(&r->h, i / r->ahead), table + item * d, d) + bias[item];
	}
}

static void leave_out(const struct softmax_part *p, float *scores, uint32_t target)
{
	for (size_t j = 0; j < p->table.rows; j++)
		scores[j] = p->item[j] == target ? LEFT_OUT : scores[j];
}

/* Lane by lane, then over lanes: so that a compiler makes vectors of it, and the order does not hang on their width. */
enum { LANES = 16 };

/* x += bias; the largest */
EACH_WIDTH static float row_shift(float *restrict x, const float *restrict bias, size_t n)
{
	float most[LANES], ret;
	size_t j = 0;

	for (size_t l = 0; l < LANES; l++)
		most[l] = LEFT_OUT;
	for (; j + LANES <= n; j += LANES)
		for (size_t l = 0; l < LANES; l++) {
			x[j + l] += bias[j + l];
			most[l] = x[j + l] > most[l] ? x[j + l] : most[l];
		}
	ret = most[0];
	for (size_t l = 1; l < LANES; l++)
		ret = most[l] > ret ? most[l] : ret;
	for (; j < n; j++) {
		x[j] += bias[j];
		ret = x[j] > ret ? x[j] : ret;
	}
	return ret;
}

/* x = e^(x - most); their sum */
EACH_WIDTH static float row_exponentials(float *x, float most, size_t n)
{
	float sum[LANES] = { 0 }, ret = 0;
	size_t j = 0;

	for (; j + LANES <= n; j += LANES)
		for (size_t l = 0; l < LANES; l++) {
			x[j + l] = exp_of(x[j + l] - most);
			sum[l] += x[j + l];
		}
	for (size_t l = 0; l < LANES; l++)
		ret += sum[l];
	for (; j < n; j++)
		ret += x[j] = exp_of(x[j] - most);
	return ret;
}

/* x *= by; to += x */
EACH_WIDTH static void row_scale(float *restrict x, float by, float *restrict to, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		x[j] *= by;
		to[j] += x[j];
	}
}

void softmax_forward(const struct softmax_rows *r, const struct softmax_part *p)
{
	size_t n = p->table.rows;

	assert(n > 0 && p->e.rows == r->h.rows && p->e.columns == n);
	dense_abt(&p->e, &r->h, &p->table, DENSE_SET);
	for (size_t i = 0; i < r->h.rows; i++) {
		float *row = dense_row(&p->e, i);

		for (size_t t = 0; p->item && t < r->ahead; t++)
			if (r->target[i * r->ahead + t] != NO_ITEM)
				leave_out(p, row, r->target[i * r->ahead + t]);
		p->most[i] = row_shift(row, p->bias, n);
		p->sum[i] = row_exponentials(row, p->most[i], n);
	}
}

struct joined {
	double most, sum; /* over the parts */
	size_t targets;
};

static struct joined join_row(const struct softmax_rows *r, const struct softmax_part *parts, size_t count, size_t i)
{
	struct joined j = { .most = parts[0].most[i] };

	for (size_t p = 1; p < count; p++)
		j.most = fmax(j.most, parts[p].most[i]);
	for (size_t t = 0; t < r->ahead; t++)
		j.targets += r->target[i * r->ahead + t] != NO_ITEM;
	for (size_t p = 0; p < count; p++)
		j.sum += parts[p].sum[i] * exp(parts[p].most[i] - j.most);
	return j;
}

/* The row's loss times its weight; *spread: what e^(s_j - most) of every part is multiplied by. */
static double pull_row(const struct softmax_rows *r, const struct joined *j, size_t i, double *spread)
{
	double weight = j->targets ? r->weight / (double)j->targets : 0, loss = 0;

	*spread = 0;
	for (size_t k = i * r->ahead; k < (i + 1) * r->ahead; k++) {
		double most = r->sampled ? fmax(j->most, r->own[k]) : j->most, others, e;

		r->pull[k] = 0;
		if (r->target[k] == NO_ITEM)
			continue;
		e = r->sampled ? exp(r->own[k] - most) : 0;
		others = j->sum * exp(j->most - most);
		loss += weight * (log(others + e) + most - r->own[k]);
		*spread += weight / (others + e) * exp(j->most - most);
		r->pull[k] = (float)(weight * (e / (others + e) - 1));
	}
	return loss;
}

double softmax_join(const struct softmax_rows *r, const struct softmax_part *parts, size_t count)
{
	double loss = 0;

	for (size_t i = 0; i < r->h.rows; i++) {
		struct joined j = join_row(r, parts, count, i);
		double spread;

		loss += pull_row(r, &j, i, &spread);
		for (size_t p = 0; p < count; p++)
			parts[p].sum[i] = (float)(spread * exp(parts[p].most[i] - j.most));
	}
	return loss;
}

static void pull_at(float *row, float *dbias, size_t j, float pull)
{
	row[j] += pull;
	dbias[j] += pull;
}

void softmax_backward(const struct softmax_rows *r, const struct softmax_part *p, struct dense dtable, float *dbias, struct dense dh)
{
	size_t n = p->table.rows;

	memset(dbias, 0, n * sizeof(float));
	for (size_t i = 0; i < r->h.rows; i++) {
		float *row = dense_row(&p->e, i);

		row_scale(row, p->sum[i], dbias, n);
		for (size_t t = 0; !p->item && t < r->ahead; t++) {
			uint32_t at = r->target[i * r->ahead + t];

			if (at != NO_ITEM && at >= p->first && at - p->first < n)
				pull_at(row, dbias, at - p->first, r->pull[i * r->ahead + t]);
		}
	}
	dense_atb(&dtable, &p->e, &r->h, DENSE_SET);
	dense_ab(&dh, &p->e, &p->table, DENSE_SET);
}

/* ---- the sampler ---- */

struct sampler sampler_new(const uint32_t *counts, uint32_t items, double power)
{
	struct sampler s = { items, array_of(items, sizeof *s.keep), array_of(items, sizeof *s.other), array_of(items, sizeof *s.log_chance) };
	double *share = array_of(items, sizeof *share), sum = 0;
	uint32_t *small = array_of(items, sizeof *small), *large = array_of(items, sizeof *large), smalls = 0, larges = 0;

	assert(items > 0);
	for (uint32_t j = 0; j < items; j++)
		sum += share[j] = pow(counts[j] + 1.0, power);
	for (uint32_t j = 0; j < items; j++) {
		s.log_chance[j] = (float)log(share[j] / sum);
		share[j] *= items / sum;
		s.keep[j] = 1;
		s.other[j] = j;
		if (share[j] < 1)
			small[smalls++] = j;
		else
			large[larges++] = j;
	}
	while (smalls > 0 && larges > 0) {
		uint32_t few = small[--smalls], many = large[larges - 1];

		s.keep[few] = (float)share[few];
		s.other[few] = many;
		share[many] -= 1 - share[few];
		if (share[many] < 1) {
			larges--;
			small[smalls++] = many;
		}
	}
	free(share);
	free(small);
	free(large);
	return s;
}

void sampler_free(struct sampler *s)
{
	free(s->keep);
	free(s->other);
	free(s->log_chance);
	*s = (struct sampler){ 0 };
}

/* The upper half says which, the lower one whether it or its other. */
uint32_t sampler_draw(const struct sampler *s, uint64_t bits)
{
	uint32_t j = (uint32_t)((bits >> 32) * s->items >> 32);

	return (float)(uint32_t)bits * 0x1p-32f < s->keep[j] ? j : s->other[j];
}
