#include "mine/product_trial.h"

#include <math.h>

const struct problem trial_before = { 422, "trial-before", "What was before the trial is not known, or the same for all, or so are the values." };
const struct problem trial_unfit = { 422, "trial-unfit", "People and those who did it are counts, each group has somebody (for means two), values are numbers, and the planned share lies between 0 and 1." };

static bool is_count(double x) { return x >= 0 && x <= 1e9 && floor(x) == x; }

static problem check(const struct trial *t)
{
	for (int i = 0; i < 2; i++) {
		if (!is_count(t->shown[i]) || !is_count(t->did[i]) || t->did[i] > t->shown[i] || t->shown[i] < 1)
			return &trial_unfit;
	}
	if (!(t->planned >= 0 && t->planned < 1))
		return &trial_unfit;
	return t->level >= 0 && t->level < 1 ? NULL : &level_unfit;
}

/* Newcombe's method 10: the ends of Wilson's intervals, squared and added */
static struct interval difference_of(const double share[2], const struct interval within[2])
{
	double difference = share[1] - share[0];

	return (struct interval){ difference - hypot(share[1] - within[1].low, within[0].high - share[0]),
		                  difference + hypot(within[1].high - share[1], share[0] - within[0].low) };
}

/* ln of the ratio has variance 1/x - 1/n + 1/y - 1/m (Katz et al. 1978) */
static struct interval lift_of(const struct trial *t, double ratio, double z)
{
	double variance = 1 / t->did[0] - 1 / t->shown[0] + 1 / t->did[1] - 1 / t->shown[1], off = exp(z * sqrt(variance));

	return t->did[0] > 0 && t->did[1] > 0 ? (struct interval){ ratio / off - 1, ratio * off - 1 } : (struct interval){ NAN, NAN };
}

static problem could_be_chance(const struct trial *t, double level, struct trial_verdict *v)
{
	const double table[] = { t->did[0], t->shown[0] - t->did[0], t->did[1], t->shown[1] - t->did[1] };
	double least = 0;
	struct finding f;
	problem why;

	if (t->did[0] + t->did[1] == 0 || table[1] + table[3] == 0) { /* all alike: nothing to be found */
		v->p = 1;
		v->exact = true;
		return NULL;
	}
	why = test_independence(table, 2, 2, false, &f, &least);
	v->exact = !why && least < 5;
	if (!why && least < 5)
		why = test_fisher(table, level, &f);
	if (!why)
		v->p = f.verdict.p;
	return why;
}

/* Groups of different sizes tell as much as two of their harmonic mean. */
static double group_size(const struct trial *t) { return 2 / (1 / t->shown[0] + 1 / t->shown[1]); }

static double power_at(const struct trial *t, double other, double level)
{
	const double p[] = { t->did[0] / t->shown[0], other };
	double power;

	return other > 0 && other < 1 && p[0] > 0 && p[0] < 1 && !power_of_proportions(group_size(t), p, 1 - level, &power) ? power : NAN;
}

/* The smallest share above A's that is seen four times of five, by halving; power grows with it. */
static double least_seen(const struct trial *t, double level)
{
	double from = t->did[0] / t->shown[0], low = from, high = 1 - 1e-9;

	if (!(power_at(t, high, level) >= .8))
		return NAN;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (power_at(t, middle, level) >= .8)
			high = middle;
		else
			low = middle;
	}
	return high - from;
}

problem trial_evaluate(const struct trial *t, struct trial_verdict *ret)
{
	struct trial_verdict v = { 0 };
	double level, planned, least, z = NAN;
	struct distribution normal;
	struct finding f;
	problem why = check(t);

	if (why)
		return why;
	level = t->level > 0 ? t->level : .95;
	planned = t->planned > 0 ? t->planned : .5;
	for (int i = 0; i < 2 && !why; i++) {
		v.share[i] = t->did[i] / t->shown[i];
		why = test_proportion(t->did[i], t->shown[i], .5, level, &f, &v.within[i]);
	}
	if (!why)
		why = normal_of_sd(0, 1, &normal);
	if (!why)
		why = distribution_quantile(&normal, UPPER, (1 - level) / 2, &z);
	if (!why)
		why = could_be_chance(t, level, &v);
	if (!why)
		why = test_proportions_given(t->shown, (const double[]){ planned, 1 - planned }, 2, &f, &least);
	if (why)
		return why;
	v.difference = v.share[1] - v.share[0];
	v.difference_within = difference_of(v.share, v.within);
	v.lift = t->did[0] > 0 ? v.share[1] / v.share[0] - 1 : NAN;
	v.lift_within = lift_of(t, v.lift + 1, z);
	v.power = power_at(t, v.share[1], level);
	v.least_seen = least_seen(t, level);
	v.mismatch_p = f.verdict.p;
	v.mismatch = v.mismatch_p < .001;
	*ret = v;
	return NULL;
}

/* ---- means ---- */

static real mean_of(struct sample s)
{
	real sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += s.x[i];
	return sum / (real)s.n;
}

static real variance_of(struct sample s)
{
	real mean = mean_of(s), squares = 0;

	for (size_t i = 0; i < s.n; i++)
		squares += (s.x[i] - mean) * (s.x[i] - mean);
	return squares / (real)(s.n - 1);
}

/* The variance of b / a is near vb / a^2 + va b^2 / a^4, of means with variances va and vb. */
static struct interval ratio_of(const double mean[2], const double variance[2], double z)
{
	double ratio = mean[1] / mean[0], error = sqrt(variance[1] + variance[0] * ratio * ratio) / mean[0];

	return mean[0] > 0 ? (struct interval){ ratio - 1 - z * error, ratio - 1 + z * error } : (struct interval){ NAN, NAN };
}

static problem difference_of_means(const struct sample s[2], double level, struct trial_difference *ret)
{
	struct trial_difference d = { .lift = NAN };
	struct distribution normal;
	double variance[2], z = NAN, seen = NAN;
	struct finding f;
	problem why = test_means(s[1], s[0], UNEQUAL, level, &f);

	if (!why)
		why = normal_of_sd(0, 1, &normal);
	if (!why)
		why = distribution_quantile(&normal, UPPER, (1 - level) / 2, &z);
	if (!why)
		why = distribution_quantile(&normal, LOWER, .8, &seen);
	if (why)
		return why;
	d.difference = f.estimate;
	d.difference_within = f.within;
	d.p = f.verdict.p;
	d.freedom = f.verdict.freedom;
	for (int i = 0; i < 2; i++) {
		d.mean[i] = (double)mean_of(s[i]);
		variance[i] = (double)(variance_of(s[i]) / (real)s[i].n);
		d.within[i] = test_mean(s[i], 0, level, &f) ? (struct interval){ NAN, NAN } : f.within;
	}
	d.lift = d.mean[0] > 0 ? d.mean[1] / d.mean[0] - 1 : NAN;
	d.lift_within = ratio_of(d.mean, variance, z);
	d.least_seen = (z + seen) * sqrt(variance[0] + variance[1]);
	*ret = d;
	return NULL;
}

/* ---- what was known before (CUPED) ---- */

/* Unknown ones become the mean of the known ones, which is told; NaN: none is known. */
static double fill_before(const struct trial_values *t, double *const to[2], size_t *unknown)
{
	real sum = 0;
	size_t known = 0;

	for (int g = 0; g < 2; g++) {
		for (size_t i = 0; i < t->shown[g]; i++) {
			bool is_known = !isnan(t->before[g][i]);

			known += is_known;
			*unknown += !is_known;
			sum += is_known ? t->before[g][i] : 0;
		}
	}
	sum /= (real)known;
	for (int g = 0; g < 2; g++) {
		for (size_t i = 0; i < t->shown[g]; i++)
			to[g][i] = isnan(t->before[g][i]) ? (double)sum : t->before[g][i];
	}
	return known ? (double)sum : NAN;
}

/* Sums of products about the groups' own means: so that what the trial did is no part of the slope. NaN: before is the same for all. */
static real slope_of(const struct sample value[2], const struct sample before[2], real *variance_off)
{
	real products = 0, squares = 0, of_value = 0;

	for (int g = 0; g < 2; g++) {
		real y = mean_of(value[g]), x = mean_of(before[g]);

		for (size_t i = 0; i < value[g].n; i++) {
			real off = before[g].x[i] - x;

			products += off * (value[g].x[i] - y);
			squares += off * off;
			of_value += (value[g].x[i] - y) * (value[g].x[i] - y);
		}
	}
	*variance_off = products * products / (squares * of_value);
	return squares > 0 && of_value > 0 ? products / squares : NAN;
}

static problem adjust(struct arena *arena, const struct trial_values *t, const struct sample value[2], double level, struct trial_means *ret)
{
	double *before[2] = { ARENA_ARRAY(arena, double, t->shown[0]), ARENA_ARRAY(arena, double, t->shown[1]) };
	double *off[2] = { ARENA_ARRAY(arena, double, t->shown[0]), ARENA_ARRAY(arena, double, t->shown[1]) };
	double mean = fill_before(t, before, &ret->unknown);
	struct sample known[2], left[2];
	struct finding f;
	real slope, variance_off;

	if (!isfinite(mean))
		return &trial_before;
	for (int g = 0; g < 2; g++) {
		known[g] = (struct sample){ before[g], t->shown[g] };
		left[g] = (struct sample){ off[g], t->shown[g] };
	}
	slope = slope_of(value, known, &variance_off);
	if (!isfinite((double)slope))
		return &trial_before;
	for (int g = 0; g < 2; g++) {
		for (size_t i = 0; i < t->shown[g]; i++)
			off[g][i] = (double)(value[g].x[i] - slope * ((real)before[g][i] - mean));
	}
	ret->slope = (double)slope;
	ret->variance_off = (double)variance_off;
	ret->before_p = test_means(known[1], known[0], UNEQUAL, level, &f) ? NAN : f.verdict.p;
	return difference_of_means(left, level, &ret->adjusted);
}

static problem check_values(const struct trial_values *t)
{
	if (t->shown[0] < 2 || t->shown[1] < 2 || !(t->planned >= 0 && t->planned < 1))
		return &trial_unfit;
	for (int g = 0; g < 2; g++) {
		for (size_t i = 0; i < t->shown[g]; i++) {
			if (!isfinite(t->value[g][i]) || (t->before[g] && isinf(t->before[g][i])))
				return &trial_unfit;
		}
	}
	return t->level >= 0 && t->level < 1 ? NULL : &level_unfit;
}

problem trial_means(struct arena *arena, const struct trial_values *t, struct trial_means *ret)
{
	struct trial_means m = { .slope = NAN, .variance_off = NAN, .before_p = NAN };
	const struct sample value[2] = { { t->value[0], t->shown[0] }, { t->value[1], t->shown[1] } };
	double level = t->level > 0 ? t->level : .95, planned = t->planned > 0 ? t->planned : .5, least;
	struct finding f;
	problem why = check_values(t);

	if (!why)
		why = difference_of_means(value, level, &m.plain);
	if (!why)
		why = test_proportions_given((const double[]){ (double)t->shown[0], (double)t->shown[1] }, (const double[]){ planned, 1 - planned }, 2, &f, &least);
	if (why)
		return why;
	for (int g = 0; g < 2; g++)
		m.sd[g] = (double)sqrtl(variance_of(value[g]));
	m.mismatch_p = f.verdict.p;
	m.mismatch = m.mismatch_p < .001;
	if (t->before[0])
		why = adjust(arena, t, value, level, &m);
	if (!why)
		*ret = m;
	return why;
}

double trial_significance(double significance, size_t looks) { return significance / (double)(looks ? looks : 1); }
