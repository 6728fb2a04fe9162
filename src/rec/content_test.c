/* content_test.c - weights and cosines against the formulas over whole matrices; reasons against the score that they are parts of; works that
 * nobody has had, found by what they are about. */
#include "rec/content.h"

#include "rec/evaluate.h"
#include "rec/testing.h"

enum { ITEMS = 40, TERMS = 25 };

static double counted[ITEMS][TERMS]; /* the matrix, whole; item 2 has no term */

static void made(bool counts, struct sparse *ret)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };

	recs_made(ITEMS, TERMS, 300, 8, &m);
	for (size_t i = 0; i < m.count; i++)
		m.user[i] += m.user[i] == 2;
	recs_matrix(&m, counts, ret);
	recs_whole(ret, &counted[0][0]);
}

/* ---- the slow way ---- */

static double slow_weight(size_t i, size_t t, const struct content_options *o)
{
	double items = 0, with = 0, all = 0, length = 0, c = counted[i][t];

	for (size_t j = 0; j < ITEMS; j++) {
		double sum = 0;

		for (size_t s = 0; s < TERMS; s++)
			sum += counted[j][s];
		items += sum > 0;
		with += counted[j][t] > 0;
		all += sum;
		length = j == i ? sum : length;
	}
	if (c == 0)
		return 0;
	if (o->weighting == CONTENT_TFIDF)
		return c * log(items / with);
	return c * (o->k1 + 1) / (c + o->k1 * (1 - o->b + o->b * length * items / all)) * log((items + 1) / (with + .5));
}

static void slow_vector(size_t i, const struct content_options *o, double *ret)
{
	double squares = 0;

	for (size_t t = 0; t < TERMS; t++) {
		ret[t] = slow_weight(i, t, o);
		squares += ret[t] * ret[t];
	}
	for (size_t t = 0; t < TERMS && squares > 0; t++)
		ret[t] /= sqrt(squares);
}

static double slow_cosine(const double *a, const double *b)
{
	double dot = 0, of_a = 0, of_b = 0;

	for (size_t t = 0; t < TERMS; t++) {
		dot += a[t] * b[t];
		of_a += a[t] * a[t];
		of_b += b[t] * b[t];
	}
	return of_a > 0 && of_b > 0 ? dot / sqrt(of_a * of_b) : 0;
}

static double slow_score(const struct content_had *had, size_t item, const struct content_options *o)
{
	double profile[TERMS] = { 0 }, v[TERMS];

	for (size_t i = 0; i < had->count; i++) {
		slow_vector(had->items[i], o, v);
		for (size_t t = 0; t < TERMS; t++)
			profile[t] += (had->weights ? had->weights[i] : 1) * v[t];
	}
	slow_vector(item, o, v);
	return slow_cosine(profile, v);
}

static const struct content_options kinds[] = {
	{ CONTENT_BM25, 1.2, .75 }, { CONTENT_BM25, 0, 0 }, { CONTENT_BM25, 3, 1 }, { CONTENT_TFIDF, 0, 0 },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const uint32_t had_items[] = { 1, 2, 7, 30 };
static const float had_weights[] = { 1, 2, .5f, -.25f };
static const struct content_had somebody = { 4, had_items, had_weights }, unweighed = { 4, had_items, NULL }, one_item = { 1, had_items, NULL };

/* ---- tests ---- */

static void scores_are_the_formulas(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * KINDS; i++) {
		const struct content_options *o = &kinds[i / 2];
		const struct content_had *had[] = { &somebody, &unweighed, &one_item };
		CLEANUP(sparse_free) struct sparse counts = { 0 };
		CLEANUP(content_free) struct content m = { 0 };

		made(i % 2, &counts);
		assert_done(content_fit(&counts, o, &m));
		for (size_t h = 0; h < 3; h++) {
			float scores[ITEMS];

			content_score_one(&m, had[h], scores);
			for (size_t j = 0; j < ITEMS; j++)
				assert_true(fabs((double)scores[j] - slow_score(had[h], j, o)) < 1e-6);
			assert_true(scores[2] == 0);
		}
	}
}

/* A worked example by hand: three items, "c" twice in the second. N = 3; a and c stand in two, b and d in one; mean length 7 / 3. */
static void an_example_by_hand(void **state)
{
	static size_t start[] = { 0, 2, 4, 6 };
	static uint32_t column[] = { 0, 1, 0, 2, 2, 3 };
	static float weight[] = { 1, 1, 1, 2, 1, 1 };
	const struct sparse counts = { 3, 4, start, column, weight, NULL };
	CLEANUP(content_free) struct content m = { 0 };
	uint32_t first = 0;
	float scores[3];

	(void)state;
	assert_done(content_fit(&counts, &(struct content_options){ .weighting = CONTENT_TFIDF }, &m));
	/* v_0 ~ (ln 1.5, ln 3, 0, 0), v_1 ~ (ln 1.5, 0, 2 ln 1.5, 0): cosine ln 1.5 / sqrt(5 (ln 1.5^2 + ln 3^2)) */
	content_score_one(&m, &(struct content_had){ 1, &first, NULL }, scores);
	assert_true(fabsf(scores[0] - 1) < 1e-6f);
	assert_true(fabsf(scores[1] - .15484f) < 1e-5f);
	assert_true(scores[2] == 0);
}

static void reasons_sum_up_to_the_score(void **state)
{
	CLEANUP(sparse_free) struct sparse counts = { 0 };
	CLEANUP(content_free) struct content m = { 0 };
	float scores[ITEMS];

	(void)state;
	made(true, &counts);
	assert_done(content_fit(&counts, &content_usual, &m));
	content_score_one(&m, &somebody, scores);
	for (uint32_t j = 0; j < ITEMS; j++) {
		struct content_term terms[TERMS];
		float shares[4];
		size_t count = content_reasons(&m, &somebody, j, shares, terms);
		double by_items = 0, by_terms = 0;

		assert_int_equal(count, sparse_length(&counts, j));
		for (size_t i = 0; i < 4; i++)
			by_items += (double)shares[i];
		for (size_t t = 0; t < count; t++) {
			by_terms += (double)terms[t].share;
			assert_true(counted[j][terms[t].term] > 0);
			assert_true(t == 0 || terms[t - 1].share > terms[t].share ||
			            (terms[t - 1].share == terms[t].share && terms[t - 1].term < terms[t].term));
		}
		assert_true(fabs(by_items - (double)scores[j]) < 1e-6);
		assert_true(fabs(by_terms - (double)scores[j]) < 1e-6);
		assert_true(shares[1] == 0); /* which has no terms */
	}
}

static void nothing_gives_nothing(void **state)
{
	static const uint32_t same[] = { 7, 7, 7 }, none[] = { 2 };
	static const float away[] = { 1, -1 }, nearly[] = { .1f, .2f, -.3f }; /* which leaves what floats round */
	const struct content_had had[] = { { 0, NULL, NULL }, { 1, none, NULL }, { 2, same, away }, { 3, same, nearly } };
	CLEANUP(sparse_free) struct sparse counts = { 0 };
	CLEANUP(content_free) struct content m = { 0 }, empty = { 0 };
	size_t start[] = { 0, 0 };
	const struct sparse no_terms = { .rows = 1, .columns = 0, .start = start };
	float scores[ITEMS];

	(void)state;
	made(true, &counts);
	assert_done(content_fit(&counts, &content_usual, &m));
	for (size_t h = 0; h < sizeof had / sizeof *had; h++) {
		content_score_one(&m, &had[h], scores);
		for (size_t j = 0; j < ITEMS; j++)
			assert_true(scores[j] == 0);
	}
	assert_done(content_fit(&no_terms, &content_usual, &empty));
	content_score_one(&empty, &(struct content_had){ 0 }, scores);
	assert_true(scores[0] == 0);
}

static void what_is_unfit_is_refused(void **state)
{
	static const struct content_options unfit[] = {
		{ CONTENT_BM25, -1, .5 }, { CONTENT_BM25, NAN, .5 }, { CONTENT_BM25, INFINITY, .5 }, { CONTENT_BM25, 1, -.1 }, { CONTENT_BM25, 1, 1.1 },
		{ CONTENT_BM25, 1, NAN },
	};
	static const float bad[] = { 0, -1, NAN, INFINITY, 2e9f };
	CLEANUP(sparse_free) struct sparse counts = { 0 };
	struct content m;

	(void)state;
	made(true, &counts);
	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
		assert_problem(content_fit(&counts, &unfit[i], &m), content_unfit);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		counts.weight[sparse_count(&counts) - 1] = bad[i];
		assert_problem(content_fit(&counts, &content_usual, &m), content_unfit);
	}
}

static void links_are_cosines(void **state)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *two = threads_start(2);
	CLEANUP(sparse_free) struct sparse counts = { 0 };
	CLEANUP(content_free) struct content m = { 0 };
	CLEANUP(item_model_free) struct item_model links = { 0 }, other = { 0 }, few = { 0 };
	size_t count;

	(void)state;
	made(true, &counts);
	assert_done(content_fit(&counts, &content_usual, &m));
	content_links(one, &m, ITEMS, &links);
	content_links(two, &m, ITEMS, &other);
	content_links(two, &m, 3, &few);
	count = sparse_count(&links.links);
	assert_int_equal(count, sparse_count(&other.links));
	assert_memory_equal(links.links.column, other.links.column, count * sizeof *links.links.column);
	assert_memory_equal(links.links.weight, other.links.weight, count * sizeof *links.links.weight);
	for (uint32_t j = 0; j < ITEMS; j++) {
		float scores[ITEMS];
		size_t to = 0;

		content_score_one(&m, &(struct content_had){ 1, &j, NULL }, scores);
		for (uint32_t i = 0; i < ITEMS; i++) {
			assert_true(fabsf(item_model_link(&links, i, j) - (i == j ? 0 : scores[i])) < 1e-6f);
			to += item_model_link(&few, i, j) != 0;
		}
		assert_int_equal(to, j == 2 ? 0 : 3);
	}
}

/* ---- works that nobody has had ---- */

enum { PEOPLE = 200, WORKS = 300, SUBJECTS = 10, WORDS = 20 };

/* Work w is of subject w % SUBJECTS: six words of its subject, four of any. Each person had eight of one subject among the old ones, and will want
 * four of it among the new: those of WORKS / 2 on. */
static void planted(struct sparse *counts, struct sparse *known, struct sparse *test)
{
	CLEANUP(interactions_free) struct interactions words = { 0 }, had = { 0 }, wanted = { 0 };
	struct random r = random_of(31, 0);

	recs_made(WORKS, SUBJECTS * WORDS, WORKS * 10, 1, &words);
	for (size_t i = 0; i < words.count; i++) {
		words.user[i] = (uint32_t)(i / 10);
		words.item[i] = i % 10 < 6 ? words.user[i] % SUBJECTS * WORDS + random_below(&r, WORDS) : random_below(&r, SUBJECTS * WORDS);
		words.weight[i] = 1;
	}
	recs_made(PEOPLE, WORKS, PEOPLE * 8, 2, &had);
	recs_made(PEOPLE, WORKS, PEOPLE * 4, 3, &wanted);
	for (size_t i = 0; i < had.count; i++) {
		had.user[i] = (uint32_t)(i / 8);
		had.item[i] = random_below(&r, WORKS / 2 / SUBJECTS) * SUBJECTS + had.user[i] % SUBJECTS;
	}
	for (size_t i = 0; i < wanted.count; i++) {
		wanted.user[i] = (uint32_t)(i / 4);
		wanted.item[i] = WORKS / 2 + random_below(&r, WORKS / 2 / SUBJECTS) * SUBJECTS + wanted.user[i] % SUBJECTS;
	}
	sparse_of(&words, NULL, PART_ANY, counts);
	sparse_of(&had, NULL, PART_ANY, known);
	sparse_of(&wanted, NULL, PART_ANY, test);
}

static void new_works_are_found(void **state)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1), *two = threads_start(2);
	CLEANUP(sparse_free) struct sparse counts = { 0 }, known = { 0 }, test = { 0 };

	(void)state;
	planted(&counts, &known, &test);
	for (size_t i = 0; i < KINDS; i++) {
		CLEANUP(content_free) struct content m = { 0 };
		struct content_scorer scorer = { &m, &known };
		struct trial trial = { .known = &known, .test = &test, .cutoffs = { 25 } };
		struct evaluation e, other;

		assert_done(content_fit(&counts, &kinds[i], &m));
		evaluate(one, &trial, &(struct scorer){ content_score, &scorer }, NULL, &e);
		evaluate(two, &trial, &(struct scorer){ content_score, &scorer }, NULL, &other);
		assert_memory_equal(&e, &other, sizeof e);
		assert_int_equal(e.users, PEOPLE);
		print_message("kind %zu: recall@25 %.3f of works that nobody had (by chance .086)\n", i, e.at[0].recall);
		assert_true(e.at[0].recall > .8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_the_formulas), cmocka_unit_test(an_example_by_hand), cmocka_unit_test(reasons_sum_up_to_the_score),
		cmocka_unit_test(nothing_gives_nothing), cmocka_unit_test(what_is_unfit_is_refused), cmocka_unit_test(links_are_cosines),
		cmocka_unit_test(new_works_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
