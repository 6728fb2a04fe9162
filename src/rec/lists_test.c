/* lists_test.c - from scores to what is shown: blends against their definition, what a blend is for, reranking against every limit, shares
 * of exposure by hand. */
#include "rec/blend.h"
#include "rec/fairness.h"
#include "rec/rerank.h"

#include "rec/testing.h"

/* ---- blend ---- */

enum { ITEMS = 50, USERS = 200 };

/* What a user wants is seen by each of two scorers through noise of its own; the third is noise alone. */
struct noisy {
	uint64_t seed;
	double noise, scale, shift;
};

static double wanted_of(uint32_t user, uint32_t item)
{
	struct random r = random_of(77, user * 1000 + item);

	return random_normal(&r);
}

static void noisy_score(void *self, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct noisy *n = self;

	(void)thread;
	for (size_t u = 0; u < count; u++)
		for (uint32_t i = 0; i < ITEMS; i++) {
			struct random r = random_of(n->seed, users[u] * 1000 + i);
			double sees = n->noise < 100 ? wanted_of(users[u], i) : 0;

			scores[u * ITEMS + i] = (float)((sees + fmin(n->noise, 1.5) * random_normal(&r)) * n->scale + n->shift);
		}
}

static struct noisy noisy[3] = { { 1, 1, 1000, -5 }, { 2, 1, .001, 3 }, { 3, 1000, 50, 0 } };

static void wanted_set(struct sparse *known, struct sparse *test)
{
	CLEANUP(interactions_free) struct interactions m = { .users = USERS, .items = ITEMS }, none = { .users = USERS, .items = ITEMS };

	m.user = malloc(USERS * ITEMS * sizeof *m.user);
	m.item = malloc(USERS * ITEMS * sizeof *m.item);
	for (uint32_t u = 0; u < USERS; u++)
		for (uint32_t i = 0; i < ITEMS; i++)
			if (wanted_of(u, i) > 1.5) {
				m.user[m.count] = u;
				m.item[m.count++] = i;
			}
	sparse_of(&m, NULL, PART_ANY, test);
	sparse_of(&none, NULL, PART_ANY, known);
}

static void two_see_more_than_one(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(sparse_free) struct sparse known = { 0 }, test = { 0 };
	struct trial trial = { &known, &test, { 5 }, 0 };
	struct blend b = { .count = 3, .items = ITEMS }, alone, again;
	struct evaluation e;
	double ndcg, best = 0;

	(void)state;
	wanted_set(&known, &test);
	for (size_t s = 0; s < 3; s++) {
		b.scorers[s] = (struct scorer){ noisy_score, &noisy[s] };
		evaluate(threads, &trial, &b.scorers[s], NULL, &e);
		best = fmax(best, e.at[0].ndcg);
	}
	again = b;
	ndcg = blend_fit(threads, &trial, BLEND_ROOM, &b);
	assert_true(ndcg > best + .04);
	assert_true(b.weights[0] > .25 && b.weights[1] > .25 && b.weights[2] < .15);
	assert_true(fabs(b.weights[0] + b.weights[1] + b.weights[2] - 1) < 1e-9);
	assert_true(blend_fit(threads, &trial, 0, &again) == ndcg && again.weights[0] == b.weights[0]);
	alone = b;
	alone.count = 1;
	assert_true(blend_fit(threads, &trial, BLEND_ROOM, &alone) > .1 && alone.weights[0] == 1);
}

static void fixed_score(void *self, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	(void)users;
	(void)thread;
	for (size_t u = 0; u < count; u++)
		memcpy(scores + u * 4, self, 4 * sizeof(float));
}

static void a_blend_is_its_definition(void **state)
{
	float a[4] = { 1, 2, 3, NAN }, b[4] = { 5, -INFINITY, 5, 5 }, c[4] = { 1, 1, 1, -INFINITY }, scores[4];
	struct blend blend = { .count = 3, .items = 4, .weights = { .5, .5, 0 },
		.scorers = { { fixed_score, a }, { fixed_score, b }, { fixed_score, c } } };
	uint32_t user = 0;

	(void)state;
	blend_score(&blend, &user, 1, scores, 0);
	assert_true(fabs((double)scores[0] + .5 * sqrt(1.5)) < 1e-6 && fabs((double)scores[2] - .5 * sqrt(1.5)) < 1e-6);
	assert_true(scores[1] == -INFINITY && scores[3] == 0); /* no number says nothing; c has no weight, so no word */
}

/* ---- rerank ---- */

static void the_like_of_what_is_above_goes_down(void **state)
{
	static float vectors[] = { 1, 0, 1, .01f, 0, 1, 0, 0 };
	static const struct candidate at[] = { { 1, NO_CREATOR, false }, { .9f, NO_CREATOR, false }, { .5f, NO_CREATOR, false }, { .4f, NO_CREATOR, false } };
	struct dense rows = dense_of(vectors, 4, 2);
	struct candidates c = { 4, at, &rows };
	struct rerank how = { .slots = 4 };
	struct reranked r;
	size_t shown[4];

	(void)state;
	rerank(&c, &how, shown, &r);
	assert_true(r.count == 4 && r.relaxed == 0 && shown[0] == 0 && shown[1] == 1 && shown[2] == 2 && shown[3] == 3);
	how.diversity = .7;
	rerank(&c, &how, shown, &r);
	assert_true(shown[0] == 0 && shown[1] == 2 && shown[2] == 3 && shown[3] == 1);
	how.slots = 2;
	rerank(&c, &how, shown, &r);
	assert_true(r.count == 2 && shown[1] == 2);
	c.count = 0;
	rows.rows = 0;
	rerank(&c, &how, shown, &r);
	assert_true(r.count == 0);
}

static size_t count_of(const struct candidate *at, const size_t *shown, size_t count, int creator)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += creator < 0 ? at[shown[i]].newcomer : at[shown[i]].creator == creator;
	return n;
}

/* Every small case by a seed: limits hold unless the list would stay short, and then the count says so. */
static void limits_hold(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct random r = random_of(seed, 1);
		struct candidate at[12];
		struct candidates c = { 1 + random_below(&r, 12), at, NULL };
		struct rerank how = { 1 + random_below(&r, 8), 0, random_below(&r, 4), random_below(&r, 4) };
		size_t shown[12], newcomers = 0, owed;
		struct reranked got;

		for (size_t i = 0; i < c.count; i++) {
			at[i] = (struct candidate){ (float)random_below(&r, 6), (int)random_below(&r, 4) - 1, random_below(&r, 3) == 0 };
			newcomers += at[i].newcomer;
		}
		rerank(&c, &how, shown, &got);
		assert_int_equal(got.count, c.count < how.slots ? c.count : how.slots);
		for (size_t i = 0; i < got.count; i++)
			for (size_t j = 0; j < i; j++)
				assert_true(shown[i] != shown[j]);
		if (got.relaxed)
			continue;
		for (int creator = 0; creator < 3; creator++)
			assert_true(how.most_a_creator == 0 || count_of(at, shown, got.count, creator) <= how.most_a_creator);
		owed = how.least_newcomers < newcomers ? how.least_newcomers : newcomers;
		assert_true(count_of(at, shown, got.count, -1) >= (owed < got.count ? owed : got.count) || got.count < how.slots);
		if (how.most_a_creator == 0 && how.least_newcomers == 0)
			for (size_t i = 1; i < got.count; i++)
				assert_true(at[shown[i - 1]].relevance > at[shown[i]].relevance ||
				            (at[shown[i - 1]].relevance == at[shown[i]].relevance && shown[i - 1] < shown[i]));
	}
}

/* ---- fairness ---- */

static void shares_are_those_by_hand(void **state)
{
	static const struct topk_found at[] = { { 0, 1 }, { 1, 1 }, { 0, 1 }, { TOPK_NONE, 0 } };
	static const uint32_t group[] = { 0, 1, 1, 1, 1 };
	static const size_t taken_up[] = { 6, 2, 1, 1, 0 };
	struct lists lists = { 2, 2, at };
	struct items_grouped items = { 5, group, taken_up, 2 };
	struct group_shares shares[2];
	struct exposure e;
	double second = 1 / log2(3), all = 2 + second;

	(void)state;
	fairness_items(&lists, &items, shares, &e);
	assert_true(fabs(shares[0].catalogue - .2) < 1e-12 && fabs(shares[1].taken_up - .4) < 1e-12);
	assert_true(fabs(shares[0].visibility - 2. / 3) < 1e-12 && fabs(shares[0].exposure - 2 / all) < 1e-12);
	assert_true(fabs(shares[0].over - (2 / all - .6)) < 1e-12 && fabs(e.largest - fabs(2 / all - .6)) < 1e-12);
	assert_true(fabs(e.coverage - .4) < 1e-12 && e.slots == 3 && fabs(e.tail - second / all) < 1e-12);
	/* mean difference of all pairs by twice the mean: exposures 0, 0, 0, second, 2 */
	assert_true(fabs(e.gini - (2 * (3 * second + 3 * 2 + (2 - second))) / (2 * 5 * all)) < 1e-12);
	lists.users = 0;
	fairness_items(&lists, &items, shares, &e);
	assert_true(e.slots == 0 && e.gini == 0 && shares[0].exposure == 0);
}

static void gaps_are_between_means(void **state)
{
	static const float served[] = { .5f, .25f, NAN, .75f, NAN };
	static const uint32_t group[] = { 0, 0, 0, 1, 2 };
	struct users_grouped u = { 5, 3, group, served };
	double mean[3];

	(void)state;
	assert_true(fairness_users(&u, mean) == .375);
	assert_true(mean[0] == .375 && mean[1] == .75 && isnan(mean[2]));
	u.users = 3;
	assert_true(fairness_users(&u, mean) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_see_more_than_one),
		cmocka_unit_test(a_blend_is_its_definition),
		cmocka_unit_test(the_like_of_what_is_above_goes_down),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(shares_are_those_by_hand),
		cmocka_unit_test(gaps_are_between_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
