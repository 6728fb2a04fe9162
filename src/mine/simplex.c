#include "mine/simplex.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { EVALUATIONS = 20000 };

struct corner {
	double x[SIMPLEX_MAX];
	real value;
};

struct simplex {
	const struct simplex_task *t;
	struct corner corners[SIMPLEX_MAX + 1]; /* by value, upwards */
	size_t evaluations;
};

static void look(struct simplex *s, struct corner *c)
{
	c->value = s->t->of(s->t->self, c->x);
	if (isnan(c->value))
		c->value = INFINITY;
	s->evaluations++;
}

static void sort(struct simplex *s)
{
	for (size_t i = 1; i <= s->t->n; i++) {
		struct corner held = s->corners[i];
		size_t at = i;

		for (; at && s->corners[at - 1].value > held.value; at--)
			s->corners[at] = s->corners[at - 1];
		s->corners[at] = held;
	}
}

static void begin(struct simplex *s, const double *x, double size)
{
	for (size_t i = 0; i <= s->t->n; i++) {
		memcpy(s->corners[i].x, x, s->t->n * sizeof *x);
		if (i)
			s->corners[i].x[i - 1] += size;
		look(s, &s->corners[i]);
	}
	sort(s);
}

/* From the worst through the middle of the others, by so much of that way beyond it */
static struct corner beyond(struct simplex *s, double by)
{
	size_t n = s->t->n;
	struct corner c;

	for (size_t j = 0; j < n; j++) {
		double middle = 0;

		for (size_t i = 0; i < n; i++)
			middle += s->corners[i].x[j] / (double)n;
		c.x[j] = middle + by * (middle - s->corners[n].x[j]);
	}
	look(s, &c);
	return c;
}

static void shrink(struct simplex *s)
{
	for (size_t i = 1; i <= s->t->n; i++) {
		for (size_t j = 0; j < s->t->n; j++)
			s->corners[i].x[j] = (s->corners[i].x[j] + s->corners[0].x[j]) / 2;
		look(s, &s->corners[i]);
	}
}

static void step(struct simplex *s)
{
	struct corner *worst = &s->corners[s->t->n], mirrored = beyond(s, 1), other;

	if (mirrored.value < s->corners[0].value) {
		other = beyond(s, 2);
		*worst = other.value < mirrored.value ? other : mirrored;
	} else if (mirrored.value < worst[-1].value) {
		*worst = mirrored;
	} else {
		other = beyond(s, mirrored.value < worst->value ? .5 : -.5);
		if (other.value < fminl(mirrored.value, worst->value))
			*worst = other;
		else
			shrink(s);
	}
	sort(s);
}

static bool is_small(const struct simplex *s)
{
	double widest = 0;

	for (size_t i = 1; i <= s->t->n; i++) {
		for (size_t j = 0; j < s->t->n; j++)
			widest = fmax(widest, fabs(s->corners[i].x[j] - s->corners[0].x[j]));
	}
	return widest < 1e-9;
}

bool simplex_minimise(const struct simplex_task *t, double *x, real *ret)
{
	struct simplex s = { .t = t };
	real before = INFINITY;

	assert(t->n > 0 && t->n <= SIMPLEX_MAX);
	for (double size = 1; s.evaluations < EVALUATIONS; size = .1) {
		begin(&s, x, size);
		while (!is_small(&s) && s.evaluations < EVALUATIONS)
			step(&s);
		memcpy(x, s.corners[0].x, t->n * sizeof *x);
		*ret = s.corners[0].value;
		if (before - *ret <= 1e-12L * fabsl(*ret) || (isinf(before) && isinf(*ret)))
			return s.evaluations < EVALUATIONS;
		before = *ret;
	}
	return false;
}
