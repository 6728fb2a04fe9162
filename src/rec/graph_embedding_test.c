/* graph_embedding_test.c - gradients against differences of the loss, ranks against whole sorted lists, both in double; steps and likenesses that are planted. */
#include "rec/graph_embedding.h"

#include <math.h>

#include "rec/testing.h"

static void triples_new(struct triples *t, uint32_t things, uint32_t relations, size_t room)
{
	*t = (struct triples){ .things = things, .relations = relations, .head = calloc(room, sizeof *t->head), .relation = calloc(room, sizeof *t->relation),
		               .tail = calloc(room, sizeof *t->tail) };
}

static void triple_add(struct triples *t, uint32_t head, uint32_t relation, uint32_t tail)
{
	t->head[t->count] = head;
	t->relation[t->count] = relation;
	t->tail[t->count++] = tail;
}

static void triples_made(struct triples *t, uint32_t things, uint32_t relations, size_t count, uint64_t seed)
{
	struct random r = random_of(seed, 7);

	triples_new(t, things, relations, count);
	while (t->count < count) {
		uint32_t head = random_below(&r, things), relation = random_below(&r, relations);

		triple_add(t, head, relation, random_below(&r, things));
	}
}

static void model_made(struct graph_embedding *m, enum embedding_kind kind, uint32_t things, uint32_t relations, uint32_t width)
{
	struct random r = random_of(width, 3);

	*m = (struct graph_embedding){ .settings = embedding_usual };
	m->settings.kind = kind;
	m->settings.width = width;
	m->settings.lambda = .03;
	m->thing = dense_of(calloc(things * width, sizeof(float)), things, width);
	m->relation = dense_of(calloc(relations * width, sizeof(float)), relations, width);
	for (size_t i = 0; i < things * width; i++)
		m->thing.at[i] = (float)(random_normal(&r) * .5);
	for (size_t i = 0; i < relations * width; i++)
		m->relation.at[i] = (float)(random_normal(&r) * .5);
}

/* ---- the formulas, slowly ---- */

struct slow {
	enum embedding_kind kind;
	size_t d;
	double *thing, *relation;
};

static double slow_score(const struct slow *m, uint32_t head, uint32_t relation, uint32_t tail)
{
	const double *h = m->thing + head * m->d, *r = m->relation + relation * m->d, *t = m->thing + tail * m->d;
	double s = 0;

	for (size_t f = 0; f < m->d; f++)
		s += m->kind == TRANSE ? -(h[f] + r[f] - t[f]) * (h[f] + r[f] - t[f]) : h[f] * r[f] * t[f];
	return s;
}

static double squares(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sum;
}

static double slow_loss(const struct slow *m, const struct embedding_batch *b, uint32_t things, double lambda)
{
	double loss = 0, factor = b->negatives < things ? (double)things / b->negatives : 1;

	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t head = b->t->head[b->row[i]], relation = b->t->relation[b->row[i]], tail = b->t->tail[b->row[i]];
		double s = slow_score(m, head, relation, tail), tails = exp(s), heads = exp(s);

		for (uint32_t j = 0; j < b->negatives; j++) {
			tails += b->negative[j] == tail ? 0 : factor * exp(slow_score(m, head, relation, b->negative[j]));
			heads += b->negative[j] == head ? 0 : factor * exp(slow_score(m, b->negative[j], relation, tail));
		}
		loss += (log(tails) - s + log(heads) - s) / 2;
		loss += lambda / 2 * (squares(m->thing + head * m->d, m->d) + squares(m->relation + relation * m->d, m->d) + squares(m->thing + tail * m->d, m->d));
	}
	return loss / b->count;
}

static double *doubles(struct dense x)
{
	double *ret = calloc(x.rows * x.columns, sizeof *ret);

	for (size_t i = 0; i < x.rows * x.columns; i++)
		ret[i] = x.at[i];
	return ret;
}

static void assert_gradient(const struct slow *slow, double *at, const struct dense *g, const struct embedding_batch *b, uint32_t things, double lambda)
{
	const double step = 1e-5;

	for (size_t i = 0; i < g->rows * g->columns; i++) {
		double held = at[i], up, difference;

		at[i] = held + step;
		up = slow_loss(slow, b, things, lambda);
		at[i] = held - step;
		difference = (up - slow_loss(slow, b, things, lambda)) / (2 * step);
		at[i] = held;
		assert_true(fabs(g->at[i] - difference) <= 1e-4 * (.02 + fabs(difference)));
	}
}

static void gradients_are_differences(void **state)
{
	enum { THINGS = 14, RELATIONS = 3, TRIPLES = 90, DRAWN = 6, WIDTH = 5 };
	uint32_t row[TRIPLES], all[THINGS];
	const uint32_t drawn[DRAWN] = { 3, 9, 3, 0, 13, 7 };

	(void)state;
	for (uint32_t i = 0; i < TRIPLES; i++)
		row[i] = (i * 37 + 11) % TRIPLES;
	for (uint32_t i = 0; i < THINGS; i++)
		all[i] = i;
	for (enum embedding_kind kind = TRANSE; kind <= DISTMULT; kind++) {
		for (int whole = 0; whole < 2; whole++) {
			CLEANUP(threads_free) struct threads *threads = threads_start(2);
			CLEANUP(triples_free) struct triples t = { 0 };
			CLEANUP(graph_embedding_free) struct graph_embedding m = { 0 };
			CLEANUP(embedding_gradient_free) struct embedding_gradient g = { 0 };
			struct embedding_batch b = { &t, row, whole ? all : drawn, TRIPLES, whole ? THINGS : DRAWN };
			struct slow slow;

			triples_made(&t, THINGS, RELATIONS, TRIPLES, (uint64_t)kind);
			model_made(&m, kind, THINGS, RELATIONS, WIDTH);
			slow = (struct slow){ kind, WIDTH, doubles(m.thing), doubles(m.relation) };
			embedding_gradient_of(threads, &m, &b, &g);
			assert_true(fabs(g.loss - slow_loss(&slow, &b, THINGS, m.settings.lambda)) < 1e-5);
			assert_gradient(&slow, slow.thing, &g.thing, &b, THINGS, m.settings.lambda);
			assert_gradient(&slow, slow.relation, &g.relation, &b, THINGS, m.settings.lambda);
			free(slow.thing);
			free(slow.relation);
		}
	}
}

static void scores_are_the_formulas(void **state)
{
	(void)state;
	for (enum embedding_kind kind = TRANSE; kind <= DISTMULT; kind++) {
		CLEANUP(graph_embedding_free) struct graph_embedding m = { 0 };
		struct slow slow;
		float tails[30], heads[30];

		model_made(&m, kind, 30, 2, 19);
		slow = (struct slow){ kind, 19, doubles(m.thing), doubles(m.relation) };
		graph_embedding_score(&m, (struct graph_query){ 4, 1, false }, tails);
		graph_embedding_score(&m, (struct graph_query){ 4, 1, true }, heads);
		for (uint32_t i = 0; i < 30; i++) {
			assert_true(fabs(tails[i] - slow_score(&slow, 4, 1, i)) < 1e-4);
			assert_true(fabs(heads[i] - slow_score(&slow, i, 1, 4)) < 1e-4);
		}
		free(slow.thing);
		free(slow.relation);
	}
}

/* ---- ranks ---- */

static bool is_known(const struct triples *t, uint32_t head, uint32_t relation, uint32_t tail)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->head[i] == head && t->relation[i] == relation && t->tail[i] == tail)
			return true;
	}
	return false;
}

/* Scores with many ties */
static void score_coarsely(void *self, struct graph_query q, float *scores)
{
	uint32_t things = *(const uint32_t *)self;

	for (uint32_t i = 0; i < things; i++)
		scores[i] = (float)((i * 7 + q.given * 3 + q.relation + q.back) % 5);
}

static void ranks_are_places_in_the_filtered_list(void **state)
{
	uint32_t things = 25;
	struct graph_scorer scorer = { score_coarsely, &things };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	CLEANUP(triples_free) struct triples known = { 0 }, test = { 0 };
	struct graph_ranks ranks;
	double mrr = 0, hits_3 = 0, mean = 0;

	(void)state;
	triples_made(&known, things, 2, 120, 1);
	triples_new(&test, things, 2, 30);
	for (size_t i = 0; i < 30; i++)
		triple_add(&test, known.head[4 * i], known.relation[4 * i], known.tail[4 * i]);
	graph_rank(threads, &scorer, &test, &known, &ranks);
	for (size_t i = 0; i < 30; i++) {
		for (int back = 0; back < 2; back++) {
			struct graph_query q = { back ? test.tail[i] : test.head[i], test.relation[i], back };
			uint32_t own = back ? test.head[i] : test.tail[i];
			double rank = 1;
			float scores[25];

			score_coarsely(&things, q, scores);
			for (uint32_t j = 0; j < things; j++) {
				if (j == own || is_known(&known, back ? j : q.given, q.relation, back ? q.given : j))
					continue;
				rank += scores[j] > scores[own] ? 1 : scores[j] == scores[own] ? .5 : 0;
			}
			mrr += 1 / rank / 60;
			hits_3 += (rank <= 3) / 60.;
			mean += rank / 60;
		}
	}
	assert_int_equal(ranks.asked, 60);
	assert_true(fabs(ranks.mrr - mrr) < 1e-12 && fabs(ranks.hits_3 - hits_3) < 1e-12 && fabs(ranks.mean_rank - mean) < 1e-9);
	assert_true(ranks.hits_1 <= ranks.hits_3 && ranks.hits_3 <= ranks.hits_10);
}

static void frequency_counts(void **state)
{
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(graph_frequency_free) struct graph_frequency f = { 0 };
	struct graph_scorer scorer;
	float scores[20];

	(void)state;
	triples_made(&t, 20, 5, 60, 12);
	for (size_t i = 0; i < t.count; i++)
		t.relation[i] += t.relation[i] == 2; /* one that no triple has */
	graph_frequency_of(&t, 20, &f);
	scorer = graph_frequency_scorer(&f);
	for (uint32_t relation = 0; relation < 5; relation++) {
		for (int back = 0; back < 2; back++) {
			scorer.score(scorer.self, (struct graph_query){ 3, relation, back }, scores);
			for (uint32_t thing = 0; thing < 20; thing++) {
				float count = 0;

				for (size_t i = 0; i < t.count; i++)
					count += t.relation[i] == relation && (back ? t.head[i] : t.tail[i]) == thing;
				assert_true(scores[thing] == count);
			}
		}
	}
}

/* ---- what is planted ---- */

enum { WORKS = 24, EDITIONS = 6, PEOPLE = 150, GROUPS = 6 };

/* A fifth, by chance, is held back for the test. */
static void plant(struct triples *train, struct triples *test, size_t *i, const uint32_t triple[3])
{
	triple_add(random_bits((*i)++) % 5 ? train : test, triple[0], triple[1], triple[2]);
}

/* Works in six editions, each relation from one kind of edition to another: the same work there. From the first to the third by the second. */
static void plant_steps(struct triples *train, struct triples *test)
{
	size_t count = 0;

	triples_new(train, WORKS * EDITIONS, EDITIONS * EDITIONS, WORKS * EDITIONS * EDITIONS);
	triples_new(test, WORKS * EDITIONS, EDITIONS * EDITIONS, WORKS * EDITIONS * EDITIONS);
	for (uint32_t i = 0; i < WORKS; i++) {
		for (uint32_t a = 0; a < EDITIONS; a++) {
			for (uint32_t b = a + 1; b < EDITIONS; b++)
				plant(train, test, &count, (const uint32_t[]){ i * EDITIONS + a, a * EDITIONS + b, i * EDITIONS + b });
		}
	}
}

/* People of groups: 0 knows somebody of the own group, 1 is against somebody of the one beside it (2 k and 2 k + 1). */
static void plant_groups(struct triples *train, struct triples *test)
{
	struct random r = random_of(6, 6);
	size_t count = 0;

	triples_new(train, PEOPLE, 2, 20 * PEOPLE);
	triples_new(test, PEOPLE, 2, 20 * PEOPLE);
	for (uint32_t i = 0; i < PEOPLE; i++) {
		for (int k = 0; k < 8; k++) {
			uint32_t group = i % GROUPS, other = random_below(&r, PEOPLE / GROUPS);

			plant(train, test, &count, (const uint32_t[]){ i, 0, other * GROUPS + group });
			plant(train, test, &count, (const uint32_t[]){ i, 1, other * GROUPS + (group ^ 1) });
		}
	}
}

static struct graph_ranks judge(const struct triples *train, const struct triples *test, const struct graph_scorer *scorer, const char *name)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(triples_free) struct triples known = { 0 };
	struct graph_ranks ranks;

	triples_new(&known, train->things, train->relations, train->count + test->count);
	for (size_t i = 0; i < train->count; i++)
		triple_add(&known, train->head[i], train->relation[i], train->tail[i]);
	for (size_t i = 0; i < test->count; i++)
		triple_add(&known, test->head[i], test->relation[i], test->tail[i]);
	graph_rank(threads, scorer, test, &known, &ranks);
	print_message("%s: MRR %.3f, hits@1 %.3f, hits@10 %.3f, mean rank %.1f\n", name, ranks.mrr, ranks.hits_1, ranks.hits_10, ranks.mean_rank);
	return ranks;
}

static struct graph_ranks learn(const struct triples *train, const struct triples *test, enum embedding_kind kind)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	CLEANUP(graph_embedding_free) struct graph_embedding m = { 0 };
	struct embedding_settings s = embedding_usual;
	struct graph_scorer scorer;

	s.kind = kind;
	s.width = 16;
	s.epochs = 150;
	s.batch = 64;
	s.negatives = 64;
	assert_done(graph_embedding_fit(threads, train, NULL, &s, NULL, NULL, &m));
	scorer = graph_embedding_scorer(&m);
	return judge(train, test, &scorer, kind == TRANSE ? "TransE" : "DistMult");
}

/* A step from here to there, the sum of two others */
static void steps_are_learned(void **state)
{
	CLEANUP(triples_free) struct triples train = { 0 }, test = { 0 };
	CLEANUP(graph_frequency_free) struct graph_frequency f = { 0 };
	struct graph_scorer scorer;
	struct graph_ranks frequent, steps;

	(void)state;
	plant_steps(&train, &test);
	graph_frequency_of(&train, WORKS * EDITIONS, &f);
	scorer = graph_frequency_scorer(&f);
	frequent = judge(&train, &test, &scorer, "frequency");
	steps = learn(&train, &test, TRANSE);
	assert_true(steps.mrr > .8 && steps.hits_10 > .95);
	assert_true(frequent.mrr < .2);
}

/* Who knows whom: all of a group alike, which is about the best that can be said of those who are asked. */
static void likenesses_are_learned(void **state)
{
	CLEANUP(triples_free) struct triples train = { 0 }, test = { 0 };
	CLEANUP(graph_frequency_free) struct graph_frequency f = { 0 };
	struct graph_scorer scorer;
	struct graph_ranks frequent, alike;

	(void)state;
	plant_groups(&train, &test);
	graph_frequency_of(&train, PEOPLE, &f);
	scorer = graph_frequency_scorer(&f);
	frequent = judge(&train, &test, &scorer, "frequency");
	alike = learn(&train, &test, DISTMULT);
	assert_true(alike.mean_rank < 14 && alike.hits_10 > .45 && frequent.hits_10 < .2);
}

/* ---- the same for any number of threads, and as a file ---- */

static void saved(const struct graph_embedding *m, struct buffer *b)
{
	saved_begin(b, "graph", 1);
	graph_embedding_save(m, b);
	saved_end(b);
	assert_null(b->why);
}

static void threads_and_files_change_nothing(void **state)
{
	(void)state;
	for (enum embedding_kind kind = TRANSE; kind <= DISTMULT; kind++) {
		CLEANUP(triples_free) struct triples t = { 0 }, validation = { 0 };
		CLEANUP(buffer_free) struct buffer first = BUFFER(1 << 20), other = BUFFER(1 << 20), again = BUFFER(1 << 20);
		CLEANUP(graph_embedding_free) struct graph_embedding loaded = { 0 };
		struct arena *arena = arena_new(1 << 20);
		struct buffer *files[] = { &first, &other };
		struct embedding_settings s = embedding_usual;
		struct saved file;

		triples_made(&t, 80, 4, 900, 5);
		triples_made(&validation, 80, 4, 40, 6);
		s.kind = kind;
		s.width = 20;
		s.epochs = 3;
		s.negatives = 30;
		for (size_t k = 0; k < 2; k++) {
			CLEANUP(threads_free) struct threads *threads = threads_start(k + 1);
			CLEANUP(graph_embedding_free) struct graph_embedding m = { 0 };
			struct embedding_report report;

			assert_done(graph_embedding_fit(threads, &t, &validation, &s, NULL, &report, &m));
			assert_true(report.epochs == 3 && report.best > 0 && report.mrr > 0);
			saved(&m, files[k]);
		}
		assert_true(text_eq(buffer_text(&first), buffer_text(&other)));
		assert_done(saved_open(buffer_text(&first), "graph", 1, &file));
		assert_done(graph_embedding_load(arena, &file, &loaded));
		saved(&loaded, &again);
		assert_true(text_eq(buffer_text(&first), buffer_text(&again)));
		arena_free(arena);
	}
}

static void what_makes_no_model_is_refused(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	CLEANUP(triples_free) struct triples t = { 0 };
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	CLEANUP(graph_embedding_free) struct graph_embedding m = { 0 };
	struct embedding_settings s = embedding_usual;
	struct arena *arena = arena_new(1 << 20);
	struct graph_embedding none;
	struct saved file;

	(void)state;
	triples_made(&t, 8, 2, 20, 5);
	s.width = 0;
	assert_problem(graph_embedding_fit(threads, &t, NULL, &s, NULL, NULL, &none), embedding_settings_wrong);
	s = embedding_usual;
	s.rate = NAN;
	assert_problem(graph_embedding_fit(threads, &t, NULL, &s, NULL, NULL, &none), embedding_settings_wrong);
	model_made(&m, TRANSE, 8, 2, 4);
	m.thing.at[3] = INFINITY;
	saved(&m, &b);
	assert_done(saved_open(buffer_text(&b), "graph", 1, &file));
	assert_problem(graph_embedding_load(arena, &file, &none), embedding_no_numbers);
	buffer_clear(&b);
	m.thing.at[3] = 1;
	m.settings.width = 5; /* more than there are */
	saved(&m, &b);
	assert_done(saved_open(buffer_text(&b), "graph", 1, &file));
	assert_problem(graph_embedding_load(arena, &file, &none), saved_lacks);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_are_differences),
		cmocka_unit_test(scores_are_the_formulas),
		cmocka_unit_test(ranks_are_places_in_the_filtered_list),
		cmocka_unit_test(frequency_counts),
		cmocka_unit_test(steps_are_learned),
		cmocka_unit_test(likenesses_are_learned),
		cmocka_unit_test(threads_and_files_change_nothing),
		cmocka_unit_test(what_makes_no_model_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
