/* product_value.c - both likelihoods are looked at on the scale of the parameters' logarithms, which keeps them above 0. Where the top lies at the
 * end of that scale (e^-12, e^12) there is none. The search looks at them some hundred times: what of the sums repeats itself is looked at once. */
#include "mine/product_value.h"

#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "mine/simplex.h"
#include "num/memory.h"

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

/* ln of a product is looked at once, not of each factor; each above 0. */
struct log_sum {
	real sum, product;
};

static void log_add(struct log_sum *s, real factor)
{
	s->product *= factor;
	if (s->product < 0x1p8000L && s->product > 0x1p-8000L)
		return;
	s->sum += logl(s->product);
	s->product = 1;
}

static real log_end(const struct log_sum *s) { return s->sum + logl(s->product); }

/* What depends on the number of repeats alone, for each number up to the largest */
struct by_repeats {
	size_t count;
	real *rate;    /* ln G(r + x) / G(r) */
	real *staying; /* ln B(a, b + x) / B(a, b) = ln of the product of (b + i) / (a + b + i) */
	real *gone;    /* ln a / (b + x - 1), where x > 0 */
};

static void fill(const struct bgnbd *m, const struct by_repeats *by)
{
	by->rate[0] = by->staying[0] = by->gone[0] = 0;
	for (size_t x = 1; x < by->count; x++) {
		real i = (real)(x - 1);

		by->rate[x] = by->rate[x - 1] + logl(m->r + i);
		by->staying[x] = by->staying[x - 1] + logl((m->b + i) / ((real)m->a + m->b + i));
		by->gone[x] = logl(m->a / (m->b + i));
	}
}

/* Customers that are alike, as most are who never came back: looked at once. Times stand once, too: there are few different days. */
struct alike {
	struct customer c;
	size_t count;
	uint32_t last, age; /* among the times */
};

struct fitting {
	struct alike *alike;
	size_t n, times;
	double *time; /* (times) upwards */
	real *since;  /* (times) ln(alpha + time) */
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
		alike[i] = (struct alike){ c[i], 1, 0, 0 };
	qsort(alike, n, sizeof *alike, by_what_counts);
	for (size_t i = 0; i < n; i++) {
		if (kinds && !by_what_counts(&alike[kinds - 1], &alike[i]))
			alike[kinds - 1].count++;
		else
			alike[kinds++] = alike[i];
	}
	return kinds;
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static uint32_t place_of(const struct fitting *f, double time)
{
	const double *at = bsearch(&time, f->time, f->times, sizeof time, by_time);

	return (uint32_t)(at - f->time);
}

static void find_times(struct fitting *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->n; i++) {
		f->time[count++] = f->alike[i].c.last;
		f->time[count++] = f->alike[i].c.age;
	}
	qsort(f->time, count, sizeof *f->time, by_time);
	for (size_t i = 0; i < count; i++) {
		if (!f->times || f->time[f->times - 1] < f->time[i])
			f->time[f->times++] = f->time[i];
	}
	for (size_t i = 0; i < f->n; i++) {
		f->alike[i].last = place_of(f, f->alike[i].c.last);
		f->alike[i].age = place_of(f, f->alike[i].c.age);
	}
}

static size_t most_repeats(const struct customer *c, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, c[i].repeats);
	return (size_t)most;
}

static void fitting_free(struct fitting *f)
{
	free(f->alike);
	free(f->time);
	free(f->since);
	free(f->by.rate);
}

static struct fitting fitting_of(const struct customer *c, size_t n)
{
	struct fitting f = { .alike = array_of(n, sizeof *f.alike), .by.count = most_repeats(c, n) + 1 };

	f.by.rate = array_of(3 * f.by.count, sizeof *f.by.rate);
	f.by.staying = f.by.rate + f.by.count;
	f.by.gone = f.by.staying + f.by.count;
	f.n = merge(c, n, f.alike);
	f.time = array_of(2 * f.n, sizeof *f.time);
	find_times(&f);
	f.since = array_of(f.times, sizeof *f.since);
	return f;
}

/* Equation 6 of the paper, for somebody who came back: (alpha + T)^-(r + x) + a / (b + x - 1) (alpha + t)^-(r + x). The larger of the two is
 * taken out of the sum; its ln is the answer, what is left of the sum is a factor of rest. */
static real log_larger(const struct bgnbd *m, const struct fitting *f, const struct alike *k, struct log_sum *rest)
{
	size_t x = (size_t)k->c.repeats;
	real power = m->r + (real)x, here = -power * f->since[k->age], gone = f->by.gone[x] - power * f->since[k->last];
	real factor = 1 + (real)exp(-fabs((double)(here - gone)));

	for (size_t i = 0; i < k->count; i++)
		log_add(rest, factor);
	return here > gone ? here : gone;
}

static real log_likelihood(const struct bgnbd *m, const struct fitting *f)
{
	struct log_sum rest = { 0, 1 };
	real sum = 0, begun = m->r * logl(m->alpha);

	fill(m, &f->by);
	for (size_t i = 0; i < f->times; i++)
		f->since[i] = logl(m->alpha + f->time[i]);
	for (size_t i = 0; i < f->n; i++) {
		const struct alike *k = &f->alike[i];
		size_t x = (size_t)k->c.repeats;
		real larger = x ? log_larger(m, f, k, &rest) : -m->r * f->since[k->age];

		sum += (real)k->count * (begun + f->by.rate[x] + f->by.staying[x] + larger);
	}
	return sum + log_end(&rest);
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

double bgnbd_log_likelihood(const struct bgnbd *m, const struct customer *c, size_t n)
{
	CLEANUP(fitting_free) struct fitting f = fitting_of(c, n);

	return (double)log_likelihood(m, &f);
}

static problem check_customers(const struct customer *c, size_t n, double *mean_age)
{
	*mean_age = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_customer(&c[i]))
			return &value_unfit;
		*mean_age += c[i].age / (double)n;
	}
	if (n < 2 || n > UINT32_MAX / 2 || !(*mean_age > 0))
		return &value_unfit;
	return most_repeats(c, n) ? NULL : &value_flat;
}

problem bgnbd_fit(const struct customer *c, size_t n, struct bgnbd *ret)
{
	double x[4] = { 0, 0, 0, 0 }, age;
	real least;
	problem why = check_customers(c, n, &age);

	if (why)
		return why;
	CLEANUP(fitting_free) struct fitting f = fitting_of(c, n);

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

/* Those who came back, by repeats; and the sums that do not hang on the parameters */
struct spending {
	struct spent {
		double repeats, total;
	} *of;
	size_t n;
	real weighed, logs; /* sums of x ln(total) and of ln of the mean amount */
};

static int by_number(const void *a, const void *b)
{
	const struct spent *x = a, *y = b;

	return (x->repeats > y->repeats) - (x->repeats < y->repeats);
}

static void spending_free(struct spending *s) { free(s->of); }

static struct spending spending_of(const struct customer *c, size_t n)
{
	struct spending s = { array_of(n, sizeof *s.of), 0, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		real total = (real)c[i].spent * c[i].repeats;

		if (!(c[i].repeats > 0))
			continue;
		s.of[s.n++] = (struct spent){ c[i].repeats, (double)total };
		s.weighed += c[i].repeats * logl(total);
		s.logs += logl(c[i].spent);
	}
	qsort(s.of, s.n, sizeof *s.of, by_number);
	return s;
}

/* Of a customer: ln G(p x + q) / (G(p x) G(q)) + q ln gamma + p x ln(total) - ln(mean) - (p x + q) ln(gamma + total); equation 1a */
static real log_amounts(const struct gamma_gamma *m, const struct spending *s)
{
	real n = (real)s->n, p = m->p, q = m->q, sum = n * (q * logl(m->gamma) - num_log_gamma(q)) + p * s->weighed - s->logs;

	for (size_t from = 0, end; from < s->n; from = end) {
		real shape = p * s->of[from].repeats;
		struct log_sum totals = { 0, 1 };

		for (end = from; end < s->n && s->of[end].repeats == s->of[from].repeats; end++)
			log_add(&totals, m->gamma + (real)s->of[end].total);
		sum += (real)(end - from) * (num_log_gamma(shape + q) - num_log_gamma(shape)) - (shape + q) * log_end(&totals);
	}
	return sum;
}

static struct gamma_gamma gamma_gamma_at(const double *x) { return (struct gamma_gamma){ exp(x[0]), exp(x[1]), exp(x[2]), 0 }; }

static real unlikely_amounts(void *self, const double *x)
{
	const struct gamma_gamma m = gamma_gamma_at(x);

	return is_inside(x, 3) ? -log_amounts(&m, self) : INFINITY;
}

double gamma_gamma_log_likelihood(const struct gamma_gamma *m, const struct customer *c, size_t n)
{
	CLEANUP(spending_free) struct spending s = spending_of(c, n);

	return (double)log_amounts(m, &s);
}

problem gamma_gamma_fit(const struct customer *c, size_t n, struct gamma_gamma *ret)
{
	double x[3] = { 0, 1, 0 }, sum = 0, count = 0;
	real least;

	for (size_t i = 0; i < n; i++) {
		if (!is_customer(&c[i]) || (c[i].repeats > 0 && (!(c[i].spent > 0) || !isfinite(c[i].spent * c[i].repeats))))
			return &value_unfit;
		sum += c[i].repeats > 0 ? c[i].spent : 0;
		count += c[i].repeats > 0;
	}
	if (count < 2)
		return &value_unfit;
	CLEANUP(spending_free) struct spending s = spending_of(c, n);

	x[2] = log(sum / count);
	if (!simplex_minimise(&(struct simplex_task){ unlikely_amounts, &s, 3 }, x, &least) || !isfinite((double)least))
		return &value_flat;
	for (size_t i = 0; i < 3; i++) {
		if (!(fabs(x[i]) < LOG_MAX - .01))
			return &value_flat;
	}
	*ret = gamma_gamma_at(x);
	ret->log_likelihood = (double)-least;
	return NULL;
}

double gamma_gamma_expected(const struct gamma_gamma *m, const struct customer *c)
{
	double shape = m->p * c->repeats + m->q - 1;

	return m->q > 1 ? (m->gamma + (c->repeats > 0 ? c->spent * c->repeats : 0)) * m->p / shape : NAN;
}
