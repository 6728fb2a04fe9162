/* rec_bench.c - what recommenders are held to: a pass over the interactions, lists for everybody, one list among many items, somebody
 * folded in, a closed form, a step of a network. One JSON object a line, with a reading a round; target 0 means that there is none.
 *
 *	rec_bench [quick|NAME...]    all of it, all but what is large in one round, or some
 *	rec_bench export FOLDER      what its peers compute with, and what they are to find, as arrays of NumPy
 *
 * Two threads, as the peers were given. A reading is the CPU time by the number of threads that share the work: what it takes where
 * nothing else runs; what the clock said stands beside it. */
#include <time.h>

#include "rec/als.h"
#include "rec/ease.h"
#include "rec/evaluate.h"
#include "rec/layers.h"
#include "rec/sequence.h"
#include "rec/testing.h"
#include "rec/topk.h"

enum { THREADS = 2, ROUNDS_MAX = 5, SHOWN = 20 };

static int rounds = ROUNDS_MAX;
static bool is_quick;

struct spent {
	double cpu, clock;
};

static double seconds(clockid_t of)
{
	struct timespec t;

	clock_gettime(of, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct spent spent_now(void) { return (struct spent){ seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC) }; }

static struct spent spent_since(struct spent then)
{
	struct spent now = spent_now();

	return (struct spent){ now.cpu - then.cpu, now.clock - then.clock };
}

struct figure {
	const char *what, *set, *unit;
	size_t threads; /* that share the work */
	double times;   /* of seconds to the unit; of a rate: things a round */
	double target;
	bool is_rate;   /* the more the better */
};

static double in_unit(const struct figure *f, double s) { return f->is_rate ? f->times / s : f->times * s; }

static void report(const struct figure *f, const struct spent *each, int count)
{
	printf("{\"what\":\"%s\",\"set\":\"%s\",\"unit\":\"%s\",\"threads\":%zu,\"target\":%.4g,\"at_least\":%s,\"values\":[", f->what, f->set, f->unit,
	       f->threads, f->target, f->is_rate ? "true" : "false");
	for (int i = 0; i < count; i++)
		printf("%s%.5g", i ? "," : "", in_unit(f, each[i].cpu / (double)f->threads));
	printf("],\"clock\":[");
	for (int i = 0; i < count; i++)
		printf("%s%.5g", i ? "," : "", in_unit(f, each[i].clock));
	printf("]}\n");
	fflush(stdout);
}

/* How good, which takes no time: one value a seed */
static void report_measure(const char *what, const char *set, const double *values, double least)
{
	printf("{\"what\":\"%s\",\"set\":\"%s\",\"unit\":\"\",\"threads\":0,\"target\":%.4g,\"at_least\":true,\"values\":[", what, set, least);
	for (int i = 0; i < rounds; i++)
		printf("%s%.5f", i ? "," : "", values[i]);
	printf("],\"clock\":[]}\n");
	fflush(stdout);
}

/* ---- fitting, and lists for everybody ---- */

struct held {
	const char *name;
	uint32_t factors;
	double epoch, users; /* targets: seconds, users a second */
};

static void lists(struct threads *threads, const struct als *m, const struct sparse *seen, const struct held *held)
{
	struct topk_found *found = malloc(m->users.rows * SHOWN * sizeof *found);
	CLEANUP(topk_free) struct topk *t = NULL;
	struct spent each[ROUNDS_MAX];

	assert_done(topk_open(&m->items, TOPK_BEST, &t));
	for (int round = 0; round < rounds; round++) {
		struct spent start = spent_now();

		topk_all(t, threads, &m->users, seen, SHOWN, found);
		each[round] = spent_since(start);
	}
	report(&(struct figure){ "top 20 for all users", held->name, "users/s", THREADS, (double)m->users.rows, held->users, true }, each, rounds);
	free(found);
}

static void fitting(struct threads *threads, const struct sparse *seen, const struct held *held)
{
	CLEANUP(sparse_free) struct sparse by_item = { 0 };
	CLEANUP(als_free) struct als m = { 0 };
	struct als_settings settings = als_usual;
	struct spent each[ROUNDS_MAX];

	settings.factors = held->factors;
	sparse_transpose(seen, &by_item);
	assert_done(als_begin(threads, seen, &settings, &m));
	for (int round = 0; round < rounds; round++) {
		struct spent start = spent_now();

		als_epoch(&m, threads, seen, &by_item);
		each[round] = spent_since(start);
	}
	report(&(struct figure){ "iALS epoch", held->name, "s", THREADS, 1, held->epoch, false }, each, rounds);
	lists(threads, &m, seen, held);
}

static void published(struct threads *threads, const char *folder, const struct held *held)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	char train[128], test[128];

	snprintf(train, sizeof train, "%s/train.txt.gz", folder);
	snprintf(test, sizeof test, "%s/test.txt.gz", folder);
	if (!recs_open(train, test, &set))
		return;
	fitting(threads, &set.train, &held[0]);
	fitting(threads, &set.train, &held[1]);
}

static void movielens(struct threads *threads)
{
	static const struct held held[] = { { "ML-1M, k=64", 64, .0352, 160500 }, { "ML-1M, k=128", 128, .0625, 210000 } };

	published(threads, "ml-1m-ultragcn", held);
}

static void courses(struct threads *threads)
{
	static const struct held held[] = { { "MOOCCubeX, k=64", 64, .162, 205500 }, { "MOOCCubeX, k=128", 128, .3685, 160500 } };

	published(threads, "mooccubex-kg", held);
}

/* w0, lambda and the eight epochs were chosen on a tenth of the training (als_test.c). A seed a round. */
static void quality(struct threads *threads)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	struct als_settings settings = als_usual;
	double ndcg[ROUNDS_MAX], recall[ROUNDS_MAX];
	struct spent each[ROUNDS_MAX];

	if (!recs_ml1m(&set))
		return;
	settings.w0 = .3;
	settings.lambda = .008;
	settings.epochs = 8;
	for (int round = 0; round < rounds; round++) {
		CLEANUP(als_free) struct als m = { 0 };
		struct spent start = spent_now();
		struct evaluation e;

		settings.seed = (uint64_t)round + 1;
		assert_done(als_fit(threads, &set.train, &settings, NULL, &m));
		each[round] = spent_since(start);
		evaluate(threads, &(struct trial){ .known = &set.train, .test = &set.test, .cutoffs = { SHOWN } }, &(struct scorer){ als_score, &m }, NULL, &e);
		ndcg[round] = e.at[0].ndcg;
		recall[round] = e.at[0].recall;
	}
	report(&(struct figure){ "iALS trained", "ML-1M, k=128", "s", THREADS, 1, 1, false }, each, rounds);
	report_measure("NDCG@20 of it", "ML-1M, k=128", ndcg, .267);
	report_measure("recall@20 of it", "ML-1M, k=128", recall, .28);
}

/* As MovieLens 20M: 138,493 users, 26,744 items, 10 million interactions; popular items by a power of their place. */
static void generated(struct threads *threads)
{
	static const struct held held[] = { { "generated, 10 M, k=64", 64, .572, 0 }, { "generated, 10 M, k=128", 128, 1, 0 } };
	CLEANUP(interactions_free) struct interactions m = { .users = 138493, .items = 26744, .count = 10600000 };
	CLEANUP(sparse_free) struct sparse seen = { 0 };
	struct random r = random_of(1, 1);

	m.user = malloc(m.count * sizeof *m.user);
	m.item = malloc(m.count * sizeof *m.item);
	for (size_t i = 0; i < m.count; i++) {
		m.user[i] = (uint32_t)(pow(random_unit(&r), 1.6) * m.users);
		m.item[i] = (uint32_t)(pow(random_unit(&r), 3) * m.items);
	}
	sparse_of(&m, NULL, PART_ANY, &seen);
	fitting(threads, &seen, &held[0]);
	fitting(threads, &seen, &held[1]);
}

/* ---- one list, one person ---- */

static struct dense made_factors(size_t rows, size_t k)
{
	struct dense m = dense_of(malloc(rows * k * sizeof(float)), rows, k);
	struct random r = random_of(2, rows);

	for (size_t i = 0; i < rows * k; i++) /* the sum of four is near enough to normal, and quick */
		m.at[i] = (float)(random_unit(&r) + random_unit(&r) + random_unit(&r) + random_unit(&r) - 2);
	return m;
}

/* Below 32,768 items one thread scans, so that its CPU time is the time. */
static void one_list(struct threads *threads, size_t items, size_t k, double target)
{
	enum { QUERIES = 20, SHARED_FROM = 1 << 15 };
	struct dense y = made_factors(items, k), x = made_factors(QUERIES, k);
	CLEANUP(topk_free) struct topk *t = NULL;
	struct topk_found found[SHOWN];
	struct spent each[ROUNDS_MAX];
	char set[64];

	assert_done(topk_open(&y, TOPK_BEST, &t));
	for (int round = 0; round < rounds; round++) {
		struct spent start = spent_now();

		for (size_t q = 0; q < QUERIES; q++)
			topk_find(t, threads, dense_row(&x, q), NULL, SHOWN, found);
		each[round] = spent_since(start);
	}
	snprintf(set, sizeof set, "%zu items, k=%zu", items, k);
	report(&(struct figure){ "top 20 of one", set, "ms", items > SHARED_FROM ? THREADS : 1, 1e3 / QUERIES, target, false }, each, rounds);
	free(y.at);
	free(x.at);
}

static void scans(struct threads *threads)
{
	static const struct { size_t items, k; double ms; } all[] = { { 10000, 64, .04 }, { 100000, 64, .183 }, { 100000, 128, .57 }, { 1000000, 64, 2.4 }, { 1000000, 128, 4.6 } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!is_quick || all[i].items <= 10000)
			one_list(threads, all[i].items, all[i].k, all[i].ms);
}

static void one_person(size_t k, size_t events, double target)
{
	enum { PEOPLE = 200, ITEMS = 5000 };
	struct als m = { .settings = als_usual, .items = made_factors(ITEMS, k), .gram = made_factors(k, k) };
	struct arena *arena = arena_new(1 << 24);
	uint32_t had[500];
	struct spent each[ROUNDS_MAX];
	char set[64];

	m.settings.factors = (uint32_t)k;
	memset(m.gram.at, 0, k * k * sizeof(float));
	dense_gram(&m.gram, &m.items, NULL);
	for (int round = 0; round < rounds; round++) {
		struct spent start = spent_now();

		for (uint32_t person = 0; person < PEOPLE; person++) {
			struct als_person p;

			for (uint32_t e = 0; e < events; e++)
				had[e] = (person * 7 + e * 9) % ITEMS;
			als_fold_in(&m, arena, &(struct als_events){ events, had, NULL }, &p);
			arena_reset(arena);
		}
		each[round] = spent_since(start);
	}
	snprintf(set, sizeof set, "%zu events, k=%zu", events, k);
	report(&(struct figure){ "fold-in", set, "us", 1, 1e6 / PEOPLE, target, false }, each, rounds);
	arena_free(arena);
	free(m.items.at);
	free(m.gram.at);
}

static void people(struct threads *threads)
{
	static const struct { size_t k, events; double us; } all[] = { { 64, 5, 6.5 }, { 64, 50, 8.8 }, { 64, 500, 32 }, { 128, 5, 27 }, { 128, 50, 34 }, { 128, 500, 104 } };

	(void)threads;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		one_person(all[i].k, all[i].events, all[i].us);
}

/* ---- an answer: somebody folded in as of now, the best items that they have not had, and why each ---- */

static int by_cpu(const void *a, const void *b)
{
	double x = ((const struct spent *)a)->cpu, y = ((const struct spent *)b)->cpu;

	return (x > y) - (x < y);
}

static void answer(const struct als *m, const struct topk *t, struct arena *arena, uint32_t person)
{
	enum { EVENTS = 50 };
	uint32_t had[EVENTS];
	struct topk_found found[SHOWN];
	uint32_t shown[SHOWN];
	float shares[SHOWN * EVENTS];
	struct als_person p;
	size_t count;

	for (uint32_t e = 0; e < EVENTS; e++)
		had[e] = person * 7 + e * 9;
	als_fold_in(m, arena, &(struct als_events){ EVENTS, had, NULL }, &p);
	count = topk_find(t, NULL, p.factors, &(struct topk_without){ .list = had, .count = EVENTS }, SHOWN, found);
	for (size_t i = 0; i < count; i++)
		shown[i] = found[i].item;
	als_reasons(m, arena, &p, shown, count, shares);
	arena_reset(arena);
}

/* The slowest one in a hundred of a round's people, one thread */
static void answers_of(size_t items, size_t k, double target)
{
	enum { PEOPLE = 1000 };
	struct als m = { .settings = als_usual, .items = made_factors(items, k), .gram = made_factors(k, k) };
	struct arena *arena = arena_new(1 << 24);
	CLEANUP(topk_free) struct topk *t = NULL;
	struct spent each[ROUNDS_MAX];
	char set[64];

	m.settings.factors = (uint32_t)k;
	memset(m.gram.at, 0, k * k * sizeof(float));
	dense_gram(&m.gram, &m.items, NULL);
	assert_done(topk_open(&m.items, TOPK_BEST, &t));
	for (int round = 0; round < rounds; round++) {
		struct spent one[PEOPLE];

		for (uint32_t person = 0; person < PEOPLE; person++) {
			struct spent start = spent_now();

			answer(&m, t, arena, person);
			one[person] = spent_since(start);
		}
		qsort(one, PEOPLE, sizeof *one, by_cpu);
		each[round] = one[PEOPLE - PEOPLE / 100];
	}
	snprintf(set, sizeof set, "%zu items, k=%zu", items, k);
	report(&(struct figure){ "an answer with its reasons, p99", set, "ms", 1, 1e3, target, false }, each, rounds);
	arena_free(arena);
	free(m.items.at);
	free(m.gram.at);
}

static void answers(struct threads *threads)
{
	(void)threads;
	answers_of(10000, 128, .5);
	if (!is_quick)
		answers_of(100000, 128, 1.5);
}

/* ---- EASE ---- */

static void closed_form(struct threads *threads, const struct sparse *seen, const struct figure *f, int count)
{
	struct spent each[ROUNDS_MAX];

	for (int round = 0; round < count; round++) {
		CLEANUP(item_model_free) struct item_model m = { 0 };
		struct spent start = spent_now();

		assert_done(ease_fit(threads, seen, &(struct ease_options){ .lambda = 600, .keep = seen->columns > 5000 ? EASE_KEEP : 0 }, NULL, &m));
		each[round] = spent_since(start);
	}
	report(f, each, count);
}

static void ease(struct threads *threads)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse seen = { 0 };

	if (recs_ml1m(&set))
		closed_form(threads, &set.train, &(struct figure){ "EASE", "ML-1M", "s", THREADS, 1, .5, false }, rounds);
	if (is_quick)
		return;
	recs_made(50000, 10000, 2000000, 3, &m);
	sparse_of(&m, NULL, PART_ANY, &seen);
	closed_form(threads, &seen, &(struct figure){ "EASE", "generated, 10,000 items", "s", THREADS, 1, 6, false }, 1);
}

/* ---- a step of GRU4Rec: 128 sessions side by side, 128 wide, 2,048 sampled of 10,000 items ---- */

static struct sparse made_sequences(uint32_t users, uint32_t items, uint32_t length)
{
	struct sparse s = { .rows = users, .columns = items, .start = calloc(users + 1, sizeof(size_t)), .column = calloc((size_t)users * length, sizeof(uint32_t)) };

	for (uint32_t u = 0; u < users; u++) {
		struct random r = random_of(5, u);

		for (uint32_t t = 0; t < length; t++)
			s.column[s.start[u] + t] = (uint32_t)(pow(random_unit(&r), 2) * items);
		s.start[u + 1] = s.start[u] + length;
	}
	return s;
}

struct stopwatch {
	struct spent then, each[ROUNDS_MAX + 1];
	int count;
	size_t rows;
};

static bool epoch_ended(void *self, const struct sequence_epoch *e)
{
	struct stopwatch *w = self;

	w->each[w->count++] = spent_since(w->then);
	w->then = spent_now();
	w->rows = e->rows;
	return true;
}

/* What a fit begins with counts to its first epoch, which is left out. */
static void network(struct threads *threads, const struct figure *f)
{
	CLEANUP(sparse_free) struct sparse train = made_sequences(1280, 10000, 41);
	struct sequence_settings settings = sequence_defaults(GRU4REC, 10000);
	struct stopwatch w = { .then = spent_now() };
	struct sequence_watch watch = { epoch_ended, &w };
	struct sequence_model *m;
	struct figure rate = *f;

	settings.dropout = 0;
	settings.epochs = (uint32_t)rounds + 1;
	assert_done(sequence_fit(threads, &(struct sequence_data){ &train, NULL }, &settings, &watch, &m));
	rate.times = (double)w.rows;
	report(&rate, w.each + 1, w.count - 1);
	sequence_free(&m);
}

static void sequence(struct threads *threads)
{
	CLEANUP(threads_free) struct threads *one = threads_start(1);

	network(threads, &(struct figure){ "GRU4Rec", "128 wide, two threads", "events/s", THREADS, 0, 55000, true });
	network(one, &(struct figure){ "GRU4Rec", "128 wide, one thread", "events/s", 1, 0, 0, true });
}

/* ---- what the peers are given ---- */

/* descr: NumPy's name of the type of `each` bytes */
struct array {
	const char *name, *descr;
	size_t each, rows, columns;
	const void *at;
};

static void put_array(const char *folder, const struct array *a)
{
	enum { HEAD = 128 };
	char path[4096], head[HEAD + 1];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.npy", folder, a->name);
	file = fopen(path, "wb");
	assert_non_null(file);
	snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %zu)}", a->descr, a->rows, a->columns);
	fprintf(file, "\x93NUMPY\x01%c%c%c%-117s\n", 0, HEAD - 10, 0, head);
	assert_int_equal(fwrite(a->at, a->each, a->rows * a->columns, file), a->rows * a->columns);
	assert_int_equal(fclose(file), 0);
}

static void put_factors(struct threads *threads, const char *folder, const struct sparse *seen, uint32_t factors)
{
	CLEANUP(als_free) struct als m = { 0 };
	CLEANUP(topk_free) struct topk *t = NULL;
	struct als_settings settings = als_usual;
	struct topk_found *found = malloc(seen->rows * SHOWN * sizeof *found);
	uint32_t *list = malloc(seen->rows * SHOWN * sizeof *list);
	char names[3][32];

	settings.factors = factors;
	settings.epochs = 5;
	assert_done(als_fit(threads, seen, &settings, NULL, &m));
	assert_done(topk_open(&m.items, TOPK_BEST, &t));
	topk_all(t, threads, &m.users, seen, SHOWN, found);
	for (size_t i = 0; i < (size_t)seen->rows * SHOWN; i++)
		list[i] = found[i].item;
	snprintf(names[0], sizeof names[0], "users%u", factors);
	snprintf(names[1], sizeof names[1], "items%u", factors);
	snprintf(names[2], sizeof names[2], "lists%u", factors);
	put_array(folder, &(struct array){ names[0], "<f4", 4, m.users.rows, m.users.columns, m.users.at });
	put_array(folder, &(struct array){ names[1], "<f4", 4, m.items.rows, m.items.columns, m.items.at });
	put_array(folder, &(struct array){ names[2], "<u4", 4, seen->rows, SHOWN, list });
	free(found);
	free(list);
}

static void put_ease(struct threads *threads, const char *folder, const struct sparse *seen)
{
	CLEANUP(item_model_free) struct item_model m = { 0 };

	assert_done(ease_fit(threads, seen, &(struct ease_options){ .lambda = 600 }, NULL, &m));
	put_array(folder, &(struct array){ "ease", "<f4", 4, m.items, m.items, m.whole });
}

struct gru {
	struct dense x, h, from_x, from_h, gates, next, dnext, dfrom_x, dfrom_h, dx, dh, wx, wh, dwx, dwh;
	struct dense bx, bh, dbx, dbh;
};

static struct dense made_normal(size_t rows, size_t columns, double sd, uint64_t seed)
{
	struct dense m = dense_of(malloc(rows * columns * sizeof(float)), rows, columns);
	struct random r = random_of(seed, rows);

	for (size_t i = 0; i < rows * columns; i++)
		m.at[i] = (float)(sd * random_normal(&r));
	return m;
}

static struct dense nothing(size_t rows, size_t columns) { return made_normal(rows, columns, 0, 0); }

static struct gru gru_made(size_t n, size_t d)
{
	struct gru g = { .x = made_normal(n, d, 1, 1), .h = made_normal(n, d, .5, 2), .wx = made_normal(d, 3 * d, .15, 3), .wh = made_normal(d, 3 * d, .15, 4),
		         .bx = made_normal(1, 3 * d, .3, 5), .bh = made_normal(1, 3 * d, .3, 6), .dnext = made_normal(n, d, 1, 7) };

	g.from_x = nothing(n, 3 * d);
	g.from_h = nothing(n, 3 * d);
	g.gates = nothing(n, 3 * d);
	g.next = nothing(n, d);
	g.dfrom_x = nothing(n, 3 * d);
	g.dfrom_h = nothing(n, 3 * d);
	g.dx = nothing(n, d);
	g.dh = nothing(n, d);
	g.dwx = nothing(d, 3 * d);
	g.dwh = nothing(d, 3 * d);
	g.dbx = nothing(1, 3 * d);
	g.dbh = nothing(1, 3 * d);
	return g;
}

/* One step forward and back, as gru4rec.c takes it; dh is the whole gradient by h. */
static void gru_step(struct gru *g)
{
	struct dense through = nothing(g->h.rows, g->h.columns);

	linear_forward(g->x, g->wx.at, g->bx.at, g->from_x);
	linear_forward(g->h, g->wh.at, g->bh.at, g->from_h);
	gru_forward(g->from_x, g->from_h, g->h, g->gates, g->next);
	gru_backward(&(struct gru_back){ g->from_h, g->h, g->gates }, g->dnext, g->dfrom_x, g->dfrom_h, g->dh);
	linear_backward(g->x, g->wx.at, g->dfrom_x, g->dwx.at, g->dbx.at, g->dx);
	linear_backward(g->h, g->wh.at, g->dfrom_h, g->dwh.at, g->dbh.at, through);
	dense_axpy(g->dh.at, 1, through.at, g->h.rows * g->h.columns);
	free(through.at);
}

static void put_gru(const char *folder)
{
	struct gru g = gru_made(128, 128);
	const struct { const char *name; struct dense *m; } given[] = { { "gru_x", &g.x }, { "gru_h", &g.h }, { "gru_wx", &g.wx }, { "gru_wh", &g.wh },
		{ "gru_bx", &g.bx }, { "gru_bh", &g.bh }, { "gru_dnext", &g.dnext } };
	const struct { const char *name; struct dense *m; } found[] = { { "gru_next", &g.next }, { "gru_dx", &g.dx }, { "gru_dh", &g.dh }, { "gru_dwx", &g.dwx },
		{ "gru_dwh", &g.dwh }, { "gru_dbx", &g.dbx }, { "gru_dbh", &g.dbh } };

	gru_step(&g);
	for (size_t i = 0; i < sizeof given / sizeof *given; i++)
		put_array(folder, &(struct array){ given[i].name, "<f4", 4, given[i].m->rows, given[i].m->columns, given[i].m->at });
	for (size_t i = 0; i < sizeof found / sizeof *found; i++)
		put_array(folder, &(struct array){ found[i].name, "<f4", 4, found[i].m->rows, found[i].m->columns, found[i].m->at });
}

static void export(struct threads *threads, const char *folder)
{
	CLEANUP(recs_close) struct recs_set set = { 0 };

	put_gru(folder);
	if (!recs_ml1m(&set))
		return;
	put_array(folder, &(struct array){ "seen_start", "<u8", 8, (size_t)set.train.rows + 1, 1, set.train.start });
	put_array(folder, &(struct array){ "seen_column", "<u4", 4, sparse_count(&set.train), 1, set.train.column });
	put_factors(threads, folder, &set.train, 64);
	put_factors(threads, folder, &set.train, 128);
	put_ease(threads, folder, &set.train);
}

static const struct mode {
	const char *name;
	void (*run)(struct threads *threads);
	bool is_large;
} modes[] = { { "movielens", movielens, false }, { "quality", quality, false }, { "courses", courses, true }, { "people", people, false }, { "scans", scans, false }, { "answers", answers, false },
	{ "ease", ease, false }, { "sequence", sequence, false }, { "generated", generated, true } };

static bool is_asked(const struct mode *mode, int argc, char **argv)
{
	bool asked = argc == 1 || (is_quick && !mode->is_large);

	for (int i = 1; i < argc; i++)
		asked = asked || !strcmp(argv[i], mode->name);
	return asked;
}

int main(int argc, char **argv)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(THREADS);

	if (argc == 3 && !strcmp(argv[1], "export")) {
		export(threads, argv[2]);
		return 0;
	}
	is_quick = argc == 2 && !strcmp(argv[1], "quick");
	rounds = is_quick ? 1 : ROUNDS_MAX;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (is_asked(&modes[i], argc, argv))
			modes[i].run(threads);
	return 0;
}
