/* linear_peer.c - rows as LIBLINEAR takes them. */
#include "linear_peer.h"

#include <linear.h>
#include <stdlib.h>
#include <string.h>

struct peer {
	struct problem rows;
	struct feature_node *all;
};

static void say_nothing(const char *line) { (void)line; }

struct peer *peer_new(size_t rows, size_t columns, const size_t *start, const int *column, const double *value, const double *y)
{
	struct peer *p = calloc(1, sizeof *p);
	struct feature_node *to;

	if (!p)
		abort();
	p->rows = (struct problem){ .l = (int)rows, .n = (int)columns, .y = calloc(rows, sizeof *y), .x = calloc(rows, sizeof *p->rows.x), .bias = -1 };
	p->all = to = calloc(start[rows] + rows, sizeof *to);
	if (!p->rows.y || !p->rows.x || !to)
		abort();
	for (size_t i = 0; i < rows; i++) {
		p->rows.y[i] = y[i];
		p->rows.x[i] = to;
		for (size_t k = start[i]; k < start[i + 1]; k++)
			*to++ = (struct feature_node){ column[k], value[k] };
		*to++ = (struct feature_node){ -1, 0 };
	}
	set_print_string_function(say_nothing);
	return p;
}

void peer_train(struct peer *p, int solver, double eps, double *w)
{
	struct parameter parameter = { .solver_type = solver, .eps = eps, .C = 1 };
	struct model *m = train(&p->rows, &parameter);
	double sign = m->label[0] > 0 ? 1 : -1;

	for (int j = 0; j < m->nr_feature; j++)
		w[j] = sign * m->w[j];
	free_and_destroy_model(&m);
}

void peer_free(struct peer *p)
{
	free(p->rows.y);
	free(p->rows.x);
	free(p->all);
	free(p);
}
