#include "mine/product_trial.h"

#include <math.h>

const struct problem trial_unfit = { 422, "trial-unfit", "People and those who did it are counts, each group has somebody, and the planned share lies between 0 and 1." };

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

double trial_significance(double significance, size_t looks) { return significance / (double)(looks ? looks : 1); }
