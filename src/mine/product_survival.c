#include "mine/product_survival.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

const struct problem survival_unfit = { 422, "survival-unfit", "Times must be finite and 0 or above, somebody must have left, and groups that can differ are at least two." };

struct person {
	double at;
	uint32_t group;
	bool left;
};

static int by_time(const void *a, const void *b)
{
	const struct person *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* By time; group NULL: all 0 */
static problem sorted(struct arena *arena, const struct watched *w, const uint32_t *group, struct person **ret)
{
	struct person *all = ARENA_ARRAY(arena, struct person, w->count + 1);
	bool any = false;

	for (size_t i = 0; i < w->count; i++) {
		if (!(w->at[i] >= 0) || !isfinite(w->at[i]))
			return &survival_unfit;
		all[i] = (struct person){ w->at[i], group ? group[i] : 0, w->left[i] };
		any |= w->left[i];
	}
	if (!any)
		return &survival_unfit;
	qsort(all, w->count, sizeof *all, by_time);
	*ret = all;
	return NULL;
}

/* Those from `from` on at one time; how many of them left */
static size_t same_time(const struct person *all, size_t count, size_t from, size_t *left)
{
	size_t end = from;

	*left = 0;
	for (; end < count && all[end].at == all[from].at; end++)
		*left += all[end].left;
	return end;
}

/* Half or fewer; a half that came of many factors may be off by the rounding of each. */
static bool is_half(real share, size_t factors) { return share <= .5L + (real)factors * LDBL_EPSILON; }

/* ln(-ln S) has error `error / (S |ln S|)` (Kalbfleisch and Prentice 1980). */
static struct interval within_of(double s, double error, double z)
{
	double off = z * error / (s * log(s));

	return s > 0 && s < 1 ? (struct interval){ pow(s, exp(-off)), pow(s, exp(off)) } : (struct interval){ NAN, NAN };
}

problem survival_of(struct arena *arena, const struct watched *w, double level, struct survival *ret)
{
	struct survival_step *steps = ARENA_ARRAY(arena, struct survival_step, w->count + 1);
	struct survival s = { steps, 0, 0, NAN };
	struct distribution normal;
	struct person *all;
	real share = 1, sum = 0;
	double z;
	problem why = level > 0 && level < 1 ? sorted(arena, w, NULL, &all) : &level_unfit;

	if (!why)
		why = normal_of_sd(0, 1, &normal);
	if (!why)
		why = distribution_quantile(&normal, UPPER, (1 - level) / 2, &z);
	if (why)
		return why;
	for (size_t from = 0, left, end; from < w->count; from = end) {
		size_t there = w->count - from;
		double error;

		end = same_time(all, w->count, from, &left);
		if (!left)
			continue;
		share *= 1 - (real)left / (real)there;
		sum += left == there ? 0 : (real)left / ((real)there * (real)(there - left));
		error = (double)(share * sqrtl(sum));
		steps[s.count++] = (struct survival_step){ all[from].at, there, left, (double)share, error, within_of((double)share, error, z) };
		s.events += left;
		if (isnan(s.median) && is_half(share, s.count))
			s.median = all[from].at;
	}
	*ret = s;
	return NULL;
}

struct survival_step survival_at(const struct survival *s, double at)
{
	size_t low = 0, high = s->count;

	while (low < high) { /* the first step after it */
		size_t middle = low + (high - low) / 2;

		if (s->steps[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? s->steps[low - 1] : (struct survival_step){ .at = at, .survival = 1, .within = { 1, 1 } };
}

/* ---- the log-rank test ---- */

/* Over groups but the last: what was seen less what was expected, and its covariances */
struct ranking {
	size_t groups;
	real *off, *covariance;
	size_t *there, *left;
};

static void add_time(struct ranking *r, size_t all_there, size_t all_left)
{
	real n = (real)all_there, d = (real)all_left, spread = all_there > 1 ? d * (n - d) / (n - 1) : 0;

	for (size_t i = 0; i < r->groups; i++) {
		real share = (real)r->there[i] / n;

		r->off[i] += (real)r->left[i] - d * share;
		for (size_t j = 0; j < r->groups; j++)
			r->covariance[i * r->groups + j] += spread * share * ((i == j) - (real)r->there[j] / n);
	}
}

/* off' covariance^-1 off over the first k - 1 groups, by elimination without pivots: the matrix is positive definite. NaN: it is not. */
static real quadratic(const struct ranking *r)
{
	size_t k = r->groups;
	real sum = 0, *a = r->covariance;

	for (size_t i = 0; i + 1 < k; i++) {
		if (!(a[i * k + i] > 0))
			return NAN;
		sum += r->off[i] * r->off[i] / a[i * k + i];
		for (size_t j = i + 1; j + 1 < k; j++) {
			real factor = a[j * k + i] / a[i * k + i];

			for (size_t l = i; l + 1 < k; l++)
				a[j * k + l] -= factor * a[i * k + l];
			r->off[j] -= factor * r->off[i];
		}
	}
	return sum;
}

/* Who was not watched any more when first somebody left tells nothing of a difference: where the others begin */
static size_t first_leaving(const struct person *all, size_t count)
{
	size_t from = 0, left = 0, end;

	while ((end = same_time(all, count, from, &left)) < count && !left)
		from = end;
	return from;
}

/* Numbers for the groups that have somebody */
static size_t number_groups(struct arena *arena, struct person *all, size_t count, size_t groups)
{
	uint32_t *number = ARENA_ARRAY(arena, uint32_t, groups);
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		number[all[i].group] = 1;
	for (size_t g = 0; g < groups; g++)
		number[g] = number[g] ? (uint32_t)used++ : 0;
	for (size_t i = 0; i < count; i++)
		all[i].group = number[all[i].group];
	return used;
}

problem survival_compare(struct arena *arena, const struct watched *w, const uint32_t *group, size_t groups, struct verdict *ret)
{
	struct person *all;
	struct ranking r = { 0 };
	struct distribution d;
	struct tails tails;
	size_t count = w->count, never;
	real statistic;
	problem why = sorted(arena, w, group, &all);

	if (why)
		return why;
	never = first_leaving(all, count);
	all += never;
	count -= never;
	r.groups = number_groups(arena, all, count, groups);
	if (r.groups < 2 || r.groups > 1000)
		return &survival_unfit;
	r.off = ARENA_ARRAY(arena, real, r.groups);
	r.covariance = ARENA_ARRAY(arena, real, r.groups * r.groups);
	r.there = ARENA_ARRAY(arena, size_t, r.groups);
	r.left = ARENA_ARRAY(arena, size_t, r.groups);
	for (size_t i = 0; i < count; i++)
		r.there[all[i].group]++;
	for (size_t from = 0, left, end; from < count; from = end) {
		end = same_time(all, count, from, &left);
		memset(r.left, 0, r.groups * sizeof *r.left);
		for (size_t i = from; i < end; i++)
			r.left[all[i].group] += all[i].left;
		if (left)
			add_time(&r, count - from, left);
		for (size_t i = from; i < end; i++)
			r.there[all[i].group]--;
	}
	statistic = quadratic(&r);
	if (isnan(statistic) || chi_square_of((double)r.groups - 1, &d))
		return &survival_unfit;
	tails = distribution_tails(&d, (double)statistic);
	*ret = (struct verdict){ (double)statistic, (double)r.groups - 1, (double)tails.upper, (double)tails.log_upper };
	return NULL;
}
