#include "rec/neighbours.h"

#include "num/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const struct problem neighbours_unfit = { 422, "neighbours-unfit", "An option is out of its bounds, or a weight is not above 0." };

/* ---- items: link_ij = from_i to_j sum over users of step_u f(x_ui) f(x_uj) ---- */

struct walk {
	const struct sparse *by_user, *by_item; /* weights as f has made them */
	double shrink;
	double *step;      /* (users) */
	double *from, *to; /* (items) */
	double *length;    /* (items) for shrinking; NULL: none */
	double **sums;     /* (threads) (items), 0 between rows */
};

/* Returns how many cells of users' rows it added up. */
static size_t walk_sum(const struct walk *w, uint32_t to, double *sums)
{
	const struct sparse *x = w->by_user;
	size_t added = 0;

	for (size_t k = w->by_item->start[to]; k < w->by_item->start[to + 1]; k++) {
		uint32_t user = w->by_item->column[k];
		double by = w->step[user] * sparse_weight(w->by_item, k);

		for (size_t l = x->start[user]; l < x->start[user + 1]; l++)
			sums[x->column[l]] += by * sparse_weight(x, l);
		added += sparse_length(x, user);
	}
	return added;
}

/* Is there a link from i? Its sum is 0 afterwards, so that nothing is taken twice. */
static bool take_link(const struct walk *w, uint32_t i, uint32_t to, double *sums, struct item_link *ret)
{
	double by = w->length ? 1 / (w->length[i] * w->length[to] + w->shrink) : w->from[i] * w->to[to];

	*ret = (struct item_link){ i, sums[i] != 0 ? (float)(by * sums[i]) : 0 };
	sums[i] = 0;
	return i != to && ret->value != 0;
}

/* All items are looked at only where that is less than those of the users who had it: most of a large catalogue were had by few. */
static size_t walk_row(void *self, uint32_t to, struct item_link *found, size_t thread)
{
	const struct walk *w = self;
	const struct sparse *x = w->by_user;
	double *sums = w->sums[thread];
	size_t count = 0, added = walk_sum(w, to, sums);
	struct item_link link;

	for (uint32_t i = 0; added >= x->columns && i < x->columns; i++) {
		if (take_link(w, i, to, sums, &link))
			found[count++] = link;
	}
	if (added >= x->columns)
		return count;
	for (size_t k = w->by_item->start[to]; k < w->by_item->start[to + 1]; k++) {
		uint32_t user = w->by_item->column[k];

		for (size_t l = x->start[user]; l < x->start[user + 1]; l++) {
			if (take_link(w, x->column[l], to, sums, &link))
				found[count++] = link;
		}
	}
	return count;
}

static void walk_cosine(struct walk *w)
{
	for (uint32_t u = 0; u < w->by_user->rows; u++)
		w->step[u] = 1;
	w->length = array_of(w->by_user->columns, sizeof *w->length);
	for (size_t k = 0; k < sparse_count(w->by_user); k++)
		w->length[w->by_user->column[k]] += (double)sparse_weight(w->by_user, k) * sparse_weight(w->by_user, k);
	for (uint32_t i = 0; i < w->by_user->columns; i++)
		w->length[i] = sqrt(w->length[i]);
}

/* The chance of a step is a weight by the sum of its row; its power splits into powers of both. */
static void walk_rp3(struct walk *w, double alpha, double beta, float *powers[2])
{
	const struct sparse *x = w->by_user;
	double *popularity = w->from;

	for (uint32_t u = 0; u < x->rows; u++) {
		for (size_t k = x->start[u]; k < x->start[u + 1]; k++) {
			w->step[u] += sparse_weight(x, k);
			popularity[x->column[k]] += sparse_weight(x, k);
		}
		w->step[u] = w->step[u] > 0 ? pow(w->step[u], -alpha) : 0;
	}
	for (uint32_t i = 0; i < x->columns; i++) {
		w->to[i] = popularity[i] > 0 ? pow(popularity[i], -beta) : 0;
		w->from[i] = popularity[i] > 0 ? pow(popularity[i], -alpha) : 0;
	}
	for (size_t k = 0; x->weight && k < sparse_count(x); k++) {
		powers[0][k] = (float)pow(x->weight[k], alpha);
		powers[1][k] = (float)pow(w->by_item->weight[k], alpha);
	}
}

static bool is_fit(const struct sparse *x, const struct neighbours_options *o)
{
	if (o->keep < 1 || !(o->shrink >= 0) || !isfinite(o->shrink))
		return false;
	if (o->kind == NEIGHBOURS_COSINE)
		return true;
	for (size_t k = 0; x->weight && k < sparse_count(x); k++) {
		if (!(x->weight[k] > 0))
			return false;
	}
	return o->alpha >= 0 && o->alpha <= 2 && o->beta >= 0 && o->beta <= 2;
}

problem neighbours_fit(struct threads *threads, const struct sparse *x, const struct neighbours_options *options, struct item_model *ret)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	struct sparse user_side = *x, item_side;
	size_t count = x->weight ? sparse_count(x) : 0, thread_count = threads_count(threads);
	float *powers[2] = { array_of(count, sizeof **powers), array_of(count, sizeof **powers) };
	struct walk w = { .by_user = x, .by_item = &by_item, .shrink = options->shrink, .step = array_of(x->rows, sizeof *w.step),
		          .from = array_of(x->columns, sizeof *w.from), .to = array_of(x->columns, sizeof *w.to),
		          .sums = array_of(thread_count, sizeof *w.sums) };
	bool fits = is_fit(x, options);

	for (size_t t = 0; t < thread_count; t++)
		w.sums[t] = array_of(x->columns, sizeof **w.sums);
	if (fits) {
		sparse_transpose(x, &by_item);
		item_side = by_item;
		if (options->kind == NEIGHBOURS_COSINE)
			walk_cosine(&w);
		else
			walk_rp3(&w, options->alpha, options->beta, powers);
		if (options->kind == NEIGHBOURS_RP3BETA && x->weight) {
			user_side.weight = powers[0];
			item_side.weight = powers[1];
			w.by_user = &user_side;
			w.by_item = &item_side;
		}
		item_model_keep(threads, x->columns, &(struct link_source){ walk_row, &w }, options->keep, ret);
	}
	for (size_t t = 0; t < thread_count; t++)
		free(w.sums[t]);
	free(w.sums);
	free(w.step);
	free(w.from);
	free(w.to);
	free(w.length);
	free(powers[0]);
	free(powers[1]);
	return fits ? NULL : &neighbours_unfit;
}
