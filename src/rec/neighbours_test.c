/* neighbours_test.c - nearness of items and users against the formulas over whole matrices; a published set, on which every kind must
 * do far better than popularity. */
#include "rec/neighbours.h"

#include "num/order.h"
#include "rec/evaluate.h"
#include "rec/testing.h"

enum { USERS = 60, ITEMS = 35 };

static double x[USERS][ITEMS]; /* the matrix, whole */

static void made(bool weighs, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };

	recs_made(USERS, ITEMS, 600, 12, &m);
	recs_matrix(&m, weighs, ret);
	recs_whole(ret, &x[0][0]);
}

static double cosine(uint32_t i, uint32_t j, const struct neighbours_options *o)
{
	double dot = 0, a = 0, b = 0;

	for (size_t u = 0; u < USERS; u++) {
		dot += x[u][i] * x[u][j];
		a += x[u][i] * x[u][i];
		b += x[u][j] * x[u][j];
	}
	return dot / (sqrt(a) * sqrt(b) + o->shrink);
}

static double rp3beta(uint32_t i, uint32_t j, const struct neighbours_options *o)
{
	double of_i = 0, of_j = 0, sum = 0;

	for (size_t u = 0; u < USERS; u++) {
		of_i += x[u][i];
		of_j += x[u][j];
	}
	for (size_t u = 0; u < USERS; u++) {
		double of_u = 0;

		for (size_t k = 0; k < ITEMS; k++)
			of_u += x[u][k];
		if (of_u > 0)
			sum += pow(x[u][i] / of_i, o->alpha) * pow(x[u][j] / of_u, o->alpha);
	}
	return sum / pow(of_j, o->beta);
}

static void links_are_the_formulas(void **state)
{
	static const struct neighbours_options options[] = {
		{ NEIGHBOURS_COSINE, ITEMS, 0, 0, 0 }, { NEIGHBOURS_COSINE, ITEMS, 7, 0, 0 }, { NEIGHBOURS_COSINE, 4, 7, 0, 0 },
		{ NEIGHBOURS_RP3BETA, ITEMS, 0, 1, .5 }, { NEIGHBOURS_RP3BETA, ITEMS, 0, .7, .3 }, { NEIGHBOURS_RP3BETA, 4, 0, .7, .3 },
	};
	CLEANUP(threads_free) struct threads *one = threads_start(1), *three = threads_start(3);

	(void)state;
	for (size_t o = 0; o < 2 * sizeof options / sizeof *options; o++) {
		const struct neighbours_options *by = &options[o / 2];
		CLEANUP(sparse_free) struct sparse m = { 0 };
		CLEANUP(item_model_free) struct item_model model = { 0 }, other = { 0 };

		made(o % 2, &m);
		assert_done(neighbours_fit(one, &m, by, &model));
		assert_done(neighbours_fit(three, &m, by, &other));
		assert_memory_equal(model.links.column, other.links.column, sparse_count(&model.links) * sizeof *model.links.column);
		assert_memory_equal(model.links.weight, other.links.weight, sparse_count(&model.links) * sizeof *model.links.weight);
		for (uint32_t i = 0; i < ITEMS; i++) {
			for (uint32_t j = 0; j < ITEMS; j++) {
				double truth = by->kind == NEIGHBOURS_COSINE ? cosine(i, j, by) : rp3beta(i, j, by);
				float link = item_model_link(&model, i, j);

				assert_true(link == 0 ? i == j || by->keep < ITEMS || truth == 0 : fabs(link - truth) < 1e-6 * truth);
			}
		}
		for (uint32_t i = 0; by->keep < ITEMS && i < ITEMS; i++) {
			size_t to = 0;

			for (uint32_t k = 0; k < ITEMS; k++)
				to += item_model_link(&model, k, i) != 0;
			assert_int_equal(to, by->keep);
		}
	}
}

/* The same links where a catalogue has a thousand times as many items, most of which nobody had: neither time nor memory go by pairs of items. */
static void a_large_catalogue_is_no_matter(void **state)
{
	enum { APART = 30011 };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);

	(void)state;
	for (int kind = NEIGHBOURS_COSINE; kind <= NEIGHBOURS_RP3BETA; kind++) {
		const struct neighbours_options by = { (enum neighbours_kind)kind, 4, kind == NEIGHBOURS_COSINE ? 7 : 0, .7, .3 };
		CLEANUP(sparse_free) struct sparse m = { 0 };
		CLEANUP(item_model_free) struct item_model model = { 0 }, wide = { 0 };

		made(true, &m);
		assert_done(neighbours_fit(threads, &m, &by, &model));
		m.columns = ITEMS * APART;
		for (size_t k = 0; k < sparse_count(&m); k++)
			m.column[k] *= APART;
		assert_done(neighbours_fit(threads, &m, &by, &wide));
		assert_int_equal(sparse_count(&wide.links), sparse_count(&model.links));
		for (uint32_t i = 0; i < ITEMS; i++) {
			for (uint32_t j = 0; j < ITEMS; j++)
				assert_true(item_model_link(&wide, i * APART, j * APART) == item_model_link(&model, i, j));
		}
	}
}

static void what_is_unfit_is_refused(void **state)
{
	static const struct neighbours_options unfit[] = {
		{ NEIGHBOURS_COSINE, 0, 0, 0, 0 }, { NEIGHBOURS_COSINE, 5, -1, 0, 0 }, { NEIGHBOURS_COSINE, 5, NAN, 0, 0 },
		{ NEIGHBOURS_RP3BETA, 5, 0, -1, 0 }, { NEIGHBOURS_RP3BETA, 5, 0, 1, 3 }, { NEIGHBOURS_RP3BETA, 5, 0, NAN, 0 },
	};
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(sparse_free) struct sparse m = { 0 };
	struct item_model model;

	(void)state;
	made(true, &m);
	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
		assert_problem(neighbours_fit(threads, &m, &unfit[i], &model), neighbours_unfit);
	m.weight[3] = -1;
	assert_problem(neighbours_fit(threads, &m, &(struct neighbours_options){ NEIGHBOURS_RP3BETA, 5, 0, 1, 0 }, &model), neighbours_unfit);
}

/* ---- users ---- */

struct ranked {
	double cosine;
	uint32_t user;
};

static int nearest_first(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	return FALLING(p->cosine, q->cosine) ?: RISING(p->user, q->user);
}

static void slow_scores(uint32_t user, size_t neighbours, double shrink, double *scores)
{
	struct ranked near[USERS];

	memset(scores, 0, ITEMS * sizeof *scores);
	for (uint32_t v = 0; v < USERS; v++) {
		double dot = 0, a = 0, b = 0;

		for (size_t i = 0; i < ITEMS; i++) {
			dot += x[user][i] * x[v][i];
			a += x[user][i] * x[user][i];
			b += x[v][i] * x[v][i];
		}
		near[v] = (struct ranked){ v == user || dot <= 0 ? 0 : (float)(dot / (sqrt(a) * sqrt(b) + shrink)), v };
	}
	qsort(near, USERS, sizeof *near, nearest_first);
	for (size_t n = 0; n < neighbours; n++) {
		for (size_t i = 0; i < ITEMS; i++)
			scores[i] += near[n].cosine * x[near[n].user][i];
	}
}

static void near_users_are_the_formula_and_the_reason(void **state)
{
	(void)state;
	for (int weighs = 0; weighs < 2; weighs++) {
		CLEANUP(sparse_free) struct sparse m = { 0 }, turned = { 0 };
		CLEANUP(user_neighbours_free) struct user_neighbours n = { 0 };

		made(weighs, &m);
		sparse_transpose(&m, &turned);
		user_neighbours_of(&m, &turned, 9, 2, &n);
		for (uint32_t u = 0; u < USERS; u++) {
			struct asking_user who = { u, sparse_row(&m, u), m.weight ? m.weight + m.start[u] : NULL, sparse_length(&m, u) };
			struct user_neighbours_scorer self = { &n, &m, true };
			float scores[ITEMS], again[ITEMS], shares[ITEMS];
			double truth[ITEMS], sum = 0;

			slow_scores(u, 9, 2, truth);
			user_neighbours_score_one(&n, &who, scores);
			user_neighbours_score(&self, &u, 1, again, 0);
			assert_memory_equal(scores, again, sizeof scores);
			for (size_t i = 0; i < ITEMS; i++)
				assert_true(fabs(scores[i] - truth[i]) < 1e-5);
			user_neighbours_reasons(&n, &who, 3, shares);
			for (size_t i = 0; i < who.count; i++)
				sum += shares[i];
			assert_true(fabs(sum - scores[3]) < 1e-5);
		}
	}
}

/* ---- a published set ---- */

static void judge(struct threads *threads, const struct recs_set *set, const char *name, const struct scorer *scorer, double least)
{
	struct evaluation e;

	evaluate(threads, &(struct trial){ &set->train, &set->test, { 20 }, 0 }, scorer, NULL, &e);
	print_message("%s, ML-1M: recall@20 %.4f, NDCG %.4f\n", name, e.at[0].recall, e.at[0].ndcg);
	assert_true(e.at[0].ndcg > least);
}

static void all_do_better_than_popularity(void **state)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(item_model_free) struct item_model cosines = { 0 }, walks = { 0 };
	CLEANUP(user_neighbours_free) struct user_neighbours users = { 0 };

	(void)state;
	if (!recs_full() || !recs_ml1m(&set))
		skip();
	assert_done(neighbours_fit(threads, &set.train, &(struct neighbours_options){ NEIGHBOURS_COSINE, 100, 20, 0, 0 }, &cosines));
	judge(threads, &set, "item kNN", &(struct scorer){ item_model_score, &(struct item_scorer){ &cosines, &set.train } }, .22);
	assert_done(neighbours_fit(threads, &set.train, &(struct neighbours_options){ NEIGHBOURS_RP3BETA, 100, 0, 1, .5 }, &walks));
	judge(threads, &set, "RP3beta", &(struct scorer){ item_model_score, &(struct item_scorer){ &walks, &set.train } }, .22);
	sparse_transpose(&set.train, &by_item);
	user_neighbours_of(&set.train, &by_item, 100, 0, &users);
	judge(threads, &set, "user kNN", &(struct scorer){ user_neighbours_score, &(struct user_neighbours_scorer){ &users, &set.train, true } }, .22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_the_formulas),
		cmocka_unit_test(a_large_catalogue_is_no_matter),
		cmocka_unit_test(what_is_unfit_is_refused),
		cmocka_unit_test(near_users_are_the_formula_and_the_reason),
		cmocka_unit_test(all_do_better_than_popularity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
