/* calibrate.c - Platt's sigmoid by Newton's method, isotonic steps by pooling, and the threshold that costs least by a walk from
 * the highest score down. */
#include "mine/calibrate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const struct problem calibrate_value = { 422, "calibrate-value", "A score is no finite number." };
const struct problem calibrate_one_class = { 422, "calibrate-one-class", "All rows are of one class: no chance can be told from them." };
const struct problem calibrate_costs = { 422, "calibrate-costs", "Costs are finite, at least 0 and not both 0." };

static problem check(const double *score, const uint8_t *y, size_t rows)
{
	size_t ones = 0;

	for (size_t i = 0; i < rows; i++) {
		assert(y[i] <= 1);
		ones += y[i];
		if (!isfinite(score[i]))
			return &calibrate_value;
	}
	return ones == 0 || ones == rows ? &calibrate_one_class : NULL;
}

/* ---- Platt ---- */

enum { PLATT_ROUNDS_MAX = 100 };

/* Scores are taken as (score - mean) / sd, so that their unit does not matter. */
struct sigmoid {
	const double *score;
	const uint8_t *y;
	size_t rows;
	double mean, sd;
	double target[2];    /* what stands for a label: not quite 0 and 1, by Bayes' rule with even odds */
	double a, b;
	double gradient[2], hessian[3]; /* of a, b; aa, ab, bb */
};

static double scaled(const struct sigmoid *s, size_t i) { return s->sd > 0 ? (s->score[i] - s->mean) / s->sd : 0; }

static void set_scale(struct sigmoid *s)
{
	double n = (double)s->rows, squares = 0;

	for (size_t i = 0; i < s->rows; i++)
		s->mean += s->score[i] / n;
	for (size_t i = 0; i < s->rows; i++)
		squares += (s->score[i] - s->mean) * (s->score[i] - s->mean) / n;
	s->sd = sqrt(squares);
}

/* -sum of t ln p + (1 - t) ln(1 - p), where no part of it overflows or cancels */
static double platt_loss(const struct sigmoid *s, double a, double b)
{
	double sum = 0;

	for (size_t i = 0; i < s->rows; i++) {
		double z = a * scaled(s, i) + b, t = s->target[s->y[i]];

		sum += z >= 0 ? t * z + log1p(exp(-z)) : (t - 1) * z + log1p(exp(z));
	}
	return sum;
}

static void set_derivatives(struct sigmoid *s)
{
	double g[2] = { 0 }, h[3] = { 1e-12, 0, 1e-12 }; /* a matrix with an inverse even where all scores are one */

	for (size_t i = 0; i < s->rows; i++) {
		double x = scaled(s, i), z = s->a * x + s->b, away = exp(-fabs(z)), p = z >= 0 ? away / (1 + away) : 1 / (1 + away);
		double d = s->target[s->y[i]] - p, w = away / ((1 + away) * (1 + away));

		g[0] += x * d;
		g[1] += d;
		h[0] += x * x * w;
		h[1] += x * w;
		h[2] += w;
	}
	memcpy(s->gradient, g, sizeof g);
	memcpy(s->hessian, h, sizeof h);
}

/* false: no step makes it smaller. */
static bool platt_step(struct sigmoid *s, double *loss)
{
	const double *g = s->gradient, *h = s->hessian;
	double determinant = h[0] * h[2] - h[1] * h[1];
	double a = -(h[2] * g[0] - h[1] * g[1]) / determinant, b = -(h[0] * g[1] - h[1] * g[0]) / determinant;

	for (double step = 1; step >= 1e-10; step /= 2) {
		double next = platt_loss(s, s->a + step * a, s->b + step * b);

		if (!(next < *loss + 1e-4 * step * (g[0] * a + g[1] * b)))
			continue;
		s->a += step * a;
		s->b += step * b;
		*loss = next;
		return true;
	}
	return false;
}

/* Of sigmoids that do not fall, where the best of all would: the loss is convex, so it lies at the edge, a = 0. */
static void lie_flat(struct sigmoid *s)
{
	double mean = 0;

	for (size_t i = 0; i < s->rows; i++)
		mean += s->target[s->y[i]] / (double)s->rows;
	s->a = 0;
	s->b = log((1 - mean) / mean);
}

problem calibrate_platt(const double *score, const uint8_t *y, size_t rows, struct calibration *ret)
{
	struct sigmoid s = { .score = score, .y = y, .rows = rows };
	problem why = check(score, y, rows);
	double ones = 0, loss, a, b;

	if (why)
		return why;
	for (size_t i = 0; i < rows; i++)
		ones += y[i];
	s.target[1] = (ones + 1) / (ones + 2);
	s.target[0] = 1 / ((double)rows - ones + 2);
	s.b = log(((double)rows - ones + 1) / (ones + 1));
	set_scale(&s);
	if (!isfinite(s.sd) || !isfinite(s.mean))
		return &calibrate_value;
	loss = platt_loss(&s, s.a, s.b);
	for (int round = 0; round < PLATT_ROUNDS_MAX; round++) {
		set_derivatives(&s);
		if (!platt_step(&s, &loss))
			break;
	}
	if (s.a > 0)
		lie_flat(&s);
	a = s.sd > 0 ? s.a / s.sd : 0;
	b = s.b - a * s.mean;
	if (!isfinite(a) || !isfinite(b))
		return &calibrate_value;
	*ret = (struct calibration){ .kind = CALIBRATION_PLATT, .a = a, .b = b };
	return NULL;
}

/* ---- isotonic ---- */

struct labelled {
	double score;
	uint8_t y;
};

static int by_score(const void *a, const void *b)
{
	double x = ((const struct labelled *)a)->score, y = ((const struct labelled *)b)->score;

	return (x > y) - (x < y);
}

static struct labelled *sorted(const double *score, const uint8_t *y, size_t rows)
{
	struct labelled *at = malloc((rows ? rows : 1) * sizeof *at);

	if (!at)
		abort();
	for (size_t i = 0; i < rows; i++)
		at[i] = (struct labelled){ score[i] + 0, y[i] }; /* -0 becomes 0 */
	qsort(at, rows, sizeof *at, by_score);
	return at;
}

/* Rows with one chance. */
struct block {
	double from, to, rows, ones;
};

/* a's share is at least b's; counts, so exactly */
static bool violates(const struct block *a, const struct block *b) { return a->ones * b->rows >= b->ones * a->rows; }

/* Equal scores are one block from the start; a block joins the one before it as long as that is not below it. */
static size_t pool(const struct labelled *at, size_t rows, struct block *block)
{
	size_t count = 0;

	for (size_t i = 0; i < rows;) {
		struct block b = { at[i].score, at[i].score, 0, 0 };

		for (; i < rows && at[i].score == b.from; i++) {
			b.rows++;
			b.ones += at[i].y;
		}
		while (count && violates(&block[count - 1], &b)) {
			const struct block *before = &block[--count];

			b = (struct block){ before->from, b.to, before->rows + b.rows, before->ones + b.ones };
		}
		block[count++] = b;
	}
	return count;
}

problem calibrate_isotonic(struct arena *arena, const double *score, const uint8_t *y, size_t rows, struct calibration *ret)
{
	struct calibration c = { .kind = CALIBRATION_ISOTONIC };
	problem why = check(score, y, rows);
	struct labelled *at;
	struct block *block;
	size_t count;

	if (why)
		return why;
	at = sorted(score, y, rows);
	block = malloc(rows * sizeof *block);
	if (!block)
		abort();
	count = pool(at, rows, block);
	c.score = ARENA_ARRAY(arena, double, 2 * count);
	c.chance = ARENA_ARRAY(arena, double, 2 * count);
	for (size_t k = 0; k < count; k++) {
		double chance = block[k].ones / block[k].rows;

		c.score[c.points] = block[k].from;
		c.chance[c.points++] = chance;
		if (block[k].to > block[k].from) {
			c.score[c.points] = block[k].to;
			c.chance[c.points++] = chance;
		}
	}
	free(at);
	free(block);
	*ret = c;
	return NULL;
}

static double between(const struct calibration *c, double score)
{
	size_t low = 0, high = c->points - 1;
	double share;

	if (score <= c->score[low])
		return c->chance[low];
	if (score >= c->score[high])
		return c->chance[high];
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (c->score[middle] <= score)
			low = middle;
		else
			high = middle;
	}
	share = (score / 2 - c->score[low] / 2) / (c->score[high] / 2 - c->score[low] / 2); /* halves: their difference is finite */
	return c->chance[low] + share * (c->chance[high] - c->chance[low]);
}

double calibrated(const struct calibration *c, double score)
{
	double z, away;

	if (isnan(score))
		return NAN;
	if (c->kind == CALIBRATION_ISOTONIC)
		return between(c, score);
	z = c->a == 0 ? c->b : c->a * score + c->b;
	away = exp(-fabs(z));
	return z >= 0 ? away / (1 + away) : 1 / (1 + away);
}

/* ---- as a file ---- */

void calibration_save(const struct calibration *c, struct buffer *b)
{
	const uint8_t kind = (uint8_t)c->kind;
	const double numbers[] = { c->a, c->b };

	saved_add(b, "calibration.kind", SAVED_U8, &kind, 1);
	saved_add(b, "calibration.numbers", SAVED_F64, numbers, 2);
	saved_add(b, "calibration.score", SAVED_F64, c->score, c->points);
	saved_add(b, "calibration.chance", SAVED_F64, c->chance, c->points);
}

static bool is_sound(const struct calibration *c)
{
	if (c->kind == CALIBRATION_PLATT)
		return isfinite(c->a) && c->a <= 0 && isfinite(c->b) && c->points == 0;
	if (c->kind != CALIBRATION_ISOTONIC || c->points == 0)
		return false;
	for (size_t i = 0; i < c->points; i++) {
		if (!isfinite(c->score[i]) || !(c->chance[i] >= 0 && c->chance[i] <= 1))
			return false;
		if (i && !(c->score[i] > c->score[i - 1] && c->chance[i] >= c->chance[i - 1]))
			return false;
	}
	return true;
}

static double *copied(struct arena *arena, const void *from, size_t count)
{
	double *at = ARENA_ARRAY(arena, double, count);

	if (count)
		memcpy(at, from, count * sizeof *at);
	return at;
}

problem calibration_load(struct arena *arena, const struct saved *s, struct calibration *ret)
{
	const void *kind, *numbers, *score, *chance;
	struct calibration c = { 0 };
	problem why = saved_array_of(s, "calibration.kind", SAVED_U8, 1, &kind);

	if (!why)
		why = saved_array_of(s, "calibration.numbers", SAVED_F64, 2, &numbers);
	if (!why)
		why = saved_array(s, "calibration.score", SAVED_F64, &c.points, &score);
	if (!why)
		why = saved_array_of(s, "calibration.chance", SAVED_F64, c.points, &chance);
	if (why)
		return why;
	c.kind = (enum calibration_kind) * (const uint8_t *)kind;
	memcpy(&c.a, numbers, sizeof c.a);
	memcpy(&c.b, (const double *)numbers + 1, sizeof c.b);
	c.score = copied(arena, score, c.points);
	c.chance = copied(arena, chance, c.points);
	if (!is_sound(&c))
		return &saved_damaged;
	*ret = c;
	return NULL;
}

/* ---- thresholds ---- */

double threshold_of_costs(struct costs costs) { return costs.false_alarm / (costs.false_alarm + costs.missed); }

static double cost_of(const struct threshold *t, struct costs costs)
{
	return (double)t->false_alarms * costs.false_alarm + (double)t->missed * costs.missed;
}

struct threshold threshold_at(const double *score, const uint8_t *y, size_t rows, struct costs costs, double at)
{
	struct threshold t = { .at = at };

	for (size_t i = 0; i < rows; i++) {
		bool act = score[i] >= at;

		t.caught += act && y[i];
		t.false_alarms += act && !y[i];
		t.missed += !act && y[i];
		t.left_alone += !act && !y[i];
	}
	t.cost = cost_of(&t, costs);
	return t;
}

problem threshold_best(const double *score, const uint8_t *y, size_t rows, struct costs costs, struct threshold *ret)
{
	struct threshold t = { .at = INFINITY }, best;
	problem why = check(score, y, rows);
	struct labelled *at;

	if (!why && !(isfinite(costs.false_alarm + costs.missed) && costs.false_alarm >= 0 && costs.missed >= 0 && costs.false_alarm + costs.missed > 0))
		why = &calibrate_costs;
	if (why)
		return why;
	at = sorted(score, y, rows);
	for (size_t i = 0; i < rows; i++) {
		t.missed += y[i];
		t.left_alone += !y[i];
	}
	t.cost = cost_of(&t, costs);
	best = t;
	for (size_t i = rows; i-- > 0;) {
		t.caught += at[i].y;
		t.missed -= at[i].y;
		t.false_alarms += !at[i].y;
		t.left_alone -= !at[i].y;
		t.at = i ? at[i].score : -INFINITY;
		t.cost = cost_of(&t, costs);
		if ((i == 0 || at[i - 1].score < at[i].score) && t.cost < best.cost)
			best = t;
	}
	free(at);
	*ret = best;
	return NULL;
}
