/* product_value.c - both likelihoods are looked at on the scale of the parameters' logarithms, which keeps them above 0. Where the top lies at the
 * end of that scale (e^-12, e^12) there is none. */
#include "mine/product_value.h"

#include <math.h>
#include <stdlib.h>

#include "mine/simplex.h"

const struct problem value_unfit = { 422, "value-unfit", "There are too few customers, or one whose repeats, last purchase and age do not go together." };
const struct problem value_flat = { 422, "value-flat", "The purchases do not say it: nobody comes back, or all do alike." };

static const double LOG_MAX = 12;

/* ---- customers from purchases ---- */

struct bought {
	uint32_t customer;
	int32_t day;
	double amount;
};

static int by_customer_and_day(const void *a, const void *b)
{
	const struct bought *x = a, *y = b;

	return x->customer != y->customer ? (x->customer > y->customer) - (x->customer < y->customer) : (x->day > y->day) - (x->day < y->day);
}

/* The rows of one customer, by day */
static struct customer customer_of(const struct bought *rows, size_t count, int32_t until, double unit)
{
	struct customer c = { 0, (rows[count - 1].day - rows[0].day) / unit, (until - rows[0].day) / unit, 0 };
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].day == rows[0].day)
			continue;
		c.repeats += rows[i].day != rows[i - 1].day;
		sum += rows[i].amount;
	}
	c.spent = c.repeats > 0 ? sum / c.repeats : 0;
	return c;
}

problem customers_of(struct arena *arena, const struct purchases *p, int32_t until, double unit, struct customer *ret)
{
	struct bought *rows = ARENA_ARRAY(arena, struct bought, p->rows + 1);
	size_t count = 0;

	if (!p->rows || !(unit > 0) || !isfinite(unit))
		return &product_unfit;
	for (size_t i = 0; i < p->customers; i++)
		ret[i] = (struct customer){ .age = -1 };
	for (size_t i = 0; i < p->rows; i++) {
		if (p->amount && !isfinite(p->amount[i]))
			return &product_unfit;
		if (p->day[i] <= until)
			rows[count++] = (struct bought){ p->customer[i], p->day[i], p->amount ? p->amount[i] : 0 };
	}
	qsort(rows, count, sizeof *rows, by_customer_and_day);
	for (size_t from = 0, end; from < count; from = end) {
		for (end = from; end < count && rows[end].customer == rows[from].customer;)
			end++;
		ret[rows[from].customer] = customer_of(rows + from, end - from, until, unit);
	}
	return NULL;
}

/* ---- BG/NBD ---- */

static bool is_customer(const struct customer *c)
{
	return c->repeats >= 0 && c->repeats < 1e6 && floor(c->repeats) == c->repeats && c->last >= 0 && c->last <= c->age && isfinite(c->age)
		&& (c->repeats > 0 || c->last == 0);
}

/* What depends on the number of repeats alone, for each number up to the largest */
struct by_repeats {
	size_t count;
	real *rate;    /* ln G(r + x) / G(r) */
	real *staying; /* ln B(a, b + x) / B(a, b) = ln of the product of (b + i) / (a + b + i) */
};

static void fill(const struct bgnbd *m, struct by_repeats *by)
{
	by->rate[0] = by->staying[0] = 0;
	for (size_t x = 1; x < by->count; x++) {
		real i = (real)(x - 1);

		by->rate[x] = by->rate[x - 1] + logl(m->r + i);
		by->staying[x] = by->staying[x - 1] + logl((m->b + i) / ((real)m->a + m->b + i));
	}
}

/* (alpha / (alpha + T))^r ... + d / ... with the larger power taken out of the sum: equation 6 of the paper */
static real log_chance(const struct bgnbd *m, const struct by_repeats *by, const struct customer *c)
{
	size_t x = (size_t)c->repeats;
	real r = m->r, alpha = m->alpha, here = by->staying[x] - (r + (real)x) * logl(alpha + c->age), gone;

	if (!x)
		return by->rate[0] + r * logl(alpha) + here;
	/* B(a + 1, b + x - 1) / B(a, b) = B(a, b + x) / B(a, b) a / (b + x - 1) */
	gone = by->staying[x] + logl(m->a / (m->b + (real)x - 1)) - (r + (real)x) * logl(alpha + c->last);
	return by->rate[x] + r * logl(alpha) + (here > gone ? here + log1pl(expl(gone - here)) : gone + log1pl(expl(here - gone)));
}

/* Customers that are alike, as most are who never came back: looked at once. */
struct alike {
	struct customer c;
	size_t count;
};

struct fitting {
	struct alike *alike;
	size_t n;
	struct by_repeats by;
};

static int by_what_counts(const void *a, const void *b)
{
	const struct customer *x = &((const struct alike *)a)->c, *y = &((const struct alike *)b)->c;

	if (x->repeats != y->repeats)
		return (x->repeats > y->repeats) - (x->repeats < y->repeats);
	return x->last != y->last ? (x->last > y->last) - (x->last < y->last) : (x->age > y->age) - (x->age < y->age);
}

/* alike has room for n */
static size_t merge(const struct customer *c, size_t n, struct alike *alike)
{
	size_t kinds = 0;

	for (size_t i = 0; i < n; i++)
		alike[i] = (struct alike){ c[i], 1 };
	qsort(alike, n, sizeof *alike, by_what_counts);
	for (size_t i = 0; i < n; i++) {
		if (kinds && !by_what_counts(&alike[kinds - 1], &alike[i]))
			alike[kinds - 1].count++;
		else
			alike[kinds++] = alike[i];
	}
	return kinds;
}

static real log_likelihood(const struct bgnbd *m, const struct fitting *f)
{
	struct by_repeats by = f->by;
	real sum = 0;

	fill(m, &by);
	for (size_t i = 0; i < f->n; i++)
		sum += (real)f->alike[i].count * log_chance(m, &by, &f->alike[i].c);
	return sum;
}

static struct bgnbd bgnbd_at(const double *x) { return (struct bgnbd){ exp(x[0]), exp(x[1]), exp(x[2]), exp(x[3]), 0 }; }

static bool is_inside(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(x[i]) < LOG_MAX))
			return false;
	}
	return true;
}

static real unlikely(void *self, const double *x)
{
	const struct bgnbd m = bgnbd_at(x);

	return is_inside(x, 4) ? -log_likelihood(&m, self) : INFINITY;
}

static size_t most_repeats(const struct customer *c, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, c[i].repeats);
	return (size_t)most;
}

double bgnbd_log_likelihood(const struct bgnbd *m, const struct customer *c, size_t n)
{
	size_t count = most_repeats(c, n) + 1;
	real *both = malloc(2 * count * sizeof *both), sum;
	struct fitting f = { malloc((n + 1) * sizeof *f.alike), 0, { count, both, both + count } };

	if (!both || !f.alike)
		abort();
	f.n = merge(c, n, f.alike);
	sum = log_likelihood(m, &f);
	free(f.alike);
	free(both);
	return (double)sum;
}

problem bgnbd_fit(struct arena *arena, const struct customer *c, size_t n, struct bgnbd *ret)
{
	struct fitting f = { 0 };
	double x[4] = { 0, 0, 0, 0 }, age = 0;
	real least;

	for (size_t i = 0; i < n; i++) {
		if (!is_customer(&c[i]))
			return &value_unfit;
		age += c[i].age / (double)n;
	}
	if (n < 2 || !(age > 0))
		return &value_unfit;
	f.by.count = most_repeats(c, n) + 1;
	if (f.by.count == 1)
		return &value_flat;
	f.by.rate = ARENA_ARRAY(arena, real, f.by.count);
	f.by.staying = ARENA_ARRAY(arena, real, f.by.count);
	f.alike = ARENA_ARRAY(arena, struct alike, n);
	f.n = merge(c, n, f.alike);
	x[1] = log(age) - 1; /* alpha is a time */
	if (!simplex_minimise(&(struct simplex_task){ unlikely, &f, 4 }, x, &least) || !isfinite((double)least))
		return &value_flat;
	for (size_t i = 0; i < 4; i++) {
		if (!(fabs(x[i]) < LOG_MAX - .01))
			return &value_flat;
	}
	*ret = bgnbd_at(x);
	ret->log_likelihood = (double)-least;
	return NULL;
}

double bgnbd_alive(const struct bgnbd *m, const struct customer *c)
{
	double x = c->repeats;

	if (!(x > 0))
		return 1; /* nobody goes before the first repeat: the model's, not the world's */
	return 1 / (1 + m->a / (m->b + x - 1) * pow((m->alpha + c->age) / (m->alpha + c->last), m->r + x));
}

/* Gauss's 2F1(a, b; c; z), 0 <= z < 1 (DLMF 15.2.1) */
static real hypergeometric(real a, real b, real c, real z)
{
	real term = 1, sum = 1;

	for (int n = 0; n < 1000000 && fabsl(term) > 1e-20L * fabsl(sum); n++) {
		term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
		sum += term;
	}
	return sum;
}

/* Equation 10; alive and gone customers alike, times the chance to be there. At a = 1 it is 0 / 0: a little beside it is near enough. */
static double expected(const struct bgnbd *m, const struct customer *c, double time)
{
	real a = fabs(m->a - 1) < 1e-7 ? 1 + 1e-7L : m->a, x = c->repeats, since = m->alpha + (real)c->age;
	real power = powl(since / (since + time), m->r + x);
	real f = hypergeometric(m->r + x, m->b + x, a + m->b + x - 1, time / (since + time));

	return (double)((a + m->b + x - 1) / (a - 1) * (1 - power * f) * bgnbd_alive(m, c));
}

double bgnbd_expected(const struct bgnbd *m, const struct customer *c, double time) { return expected(m, c, time); }
double bgnbd_expected_new(const struct bgnbd *m, double time) { return expected(m, &(struct customer){ 0 }, time); }

/* ---- Gamma-Gamma ---- */

struct spending {
	const struct customer *c;
	size_t n;
};

static real unlikely_amounts(void *self, const double *at)
{
	const struct spending *f = self;
	real p = exp(at[0]), q = exp(at[1]), gamma = exp(at[2]), sum = 0;

	if (!is_inside(at, 3))
		return INFINITY;
	for (size_t i = 0; i < f->n; i++) {
		real x = f->c[i].repeats, spent = f->c[i].spent;

		if (x > 0)
			sum += num_log_gamma(p * x + q) - num_log_gamma(p * x) - num_log_gamma(q) + q * logl(gamma) + (p * x - 1) * logl(spent) + p * x * logl(x)
				- (p * x + q) * logl(gamma + spent * x);
	}
	return -sum;
}

problem gamma_gamma_fit(const struct customer *c, size_t n, struct gamma_gamma *ret)
{
	struct spending f = { c, n };
	double at[3] = { 0, 1, 0 }, sum = 0, count = 0;
	real least;

	for (size_t i = 0; i < n; i++) {
		if (!is_customer(&c[i]) || (c[i].repeats > 0 && (!(c[i].spent > 0) || !isfinite(c[i].spent))))
			return &value_unfit;
		sum += c[i].repeats > 0 ? c[i].spent : 0;
		count += c[i].repeats > 0;
	}
	if (count < 2)
		return &value_unfit;
	at[2] = log(sum / count);
	if (!simplex_minimise(&(struct simplex_task){ unlikely_amounts, &f, 3 }, at, &least) || !isfinite((double)least))
		return &value_flat;
	for (size_t i = 0; i < 3; i++) {
		if (!(fabs(at[i]) < LOG_MAX - .01))
			return &value_flat;
	}
	*ret = (struct gamma_gamma){ exp(at[0]), exp(at[1]), exp(at[2]), (double)-least };
	return NULL;
}

double gamma_gamma_expected(const struct gamma_gamma *m, const struct customer *c)
{
	double shape = m->p * c->repeats + m->q - 1;

	return m->q > 1 ? (m->gamma + (c->repeats > 0 ? c->spent * c->repeats : 0)) * m->p / shape : NAN;
}
