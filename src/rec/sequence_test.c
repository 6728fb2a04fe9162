/* sequence_test.c - what the networks learn where it is known what there is to learn, that threads change no bit of it, that files of
 * models are believed in nothing, and (at length) that they reach on public sets what others published. */
#include "rec/sequence.h"
#include "rec/sequence_parts.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "num/progress_testing.h"
#include "num/saved.h"
#include "rec/testing.h"

static const enum sequence_kind kinds[] = { GRU4REC, SASREC, CASER };
enum { KINDS = 3 };

/* Sequences of users, each `length` items long: items follow each other by `step`, modulo items, but for a share of noise. */
static struct sparse made(uint32_t users, uint32_t items, uint32_t length, double noise)
{
	struct sparse s = { .rows = users, .columns = items, .start = calloc(users + 1, sizeof(size_t)), .column = calloc((size_t)users * length, sizeof(uint32_t)) };

	for (uint32_t u = 0; u < users; u++) {
		struct random r = random_of(5, u);
		uint32_t item = random_below(&r, items);

		for (uint32_t t = 0; t < length; t++) {
			s.column[s.start[u] + t] = item;
			item = random_unit(&r) < noise ? random_below(&r, items) : (item + 1) % items;
		}
		s.start[u + 1] = s.start[u] + length;
	}
	return s;
}

static struct sequence_settings small(enum sequence_kind kind)
{
	struct sequence_settings s = sequence_defaults(kind, 100);

	s.width = 16;
	s.length = kind == CASER ? 3 : 8;
	s.batch = 64;
	s.inner = 32;
	s.horizontal = 8;
	s.vertical = 2;
	s.dropout = .05;
	s.ahead = 1; /* two ahead would be as good an answer as one */
	s.rate = kind == GRU4REC ? .1 : .01;
	s.negatives = kind == GRU4REC ? 32 : 0;
	s.epochs = 12;
	s.patience = 0;
	return s;
}

static struct sequence_model *fit(const struct sparse *train, const struct sequence_settings *s, size_t threads)
{
	CLEANUP(threads_free) struct threads *t = threads_start(threads);
	struct sequence_data data = { train, NULL };
	struct sequence_model *m;

	assert_done(sequence_fit(t, &data, s, NULL, &m));
	return m;
}

static uint32_t best_of(const float *scores, uint32_t items)
{
	uint32_t best = 0;

	for (uint32_t j = 1; j < items; j++)
		best = scores[j] > scores[best] ? j : best;
	return best;
}

static problem load(struct text bytes, struct sequence_model **ret)
{
	struct saved s;
	problem why = saved_open(bytes, SEQUENCE_SAVED, SEQUENCE_VERSION, &s);

	return why ? why : sequence_load(&s, ret);
}

/* ---- what is learned ---- */

static void a_planted_order_is_found_by_each(void **state)
{
	enum { ITEMS = 60 };
	struct sparse train = made(300, ITEMS, 8, .1);
	float scores[ITEMS];

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct sequence_settings s = small(kinds[k]);
		struct sequence_model *m = fit(&train, &s, 2);
		struct sequence_live *live = sequence_live_new(m);
		uint32_t found = 0;

		for (uint32_t item = 0; item < ITEMS; item++) {
			sequence_live_forget(live);
			for (uint32_t t = 3; t-- > 0;)
				sequence_live_add(live, (item + ITEMS - t) % ITEMS);
			sequence_live_score(live, scores);
			found += best_of(scores, ITEMS) == (item + 1) % ITEMS;
		}
		print_message("%s finds %u of %u\n", m->network->name, found, (unsigned)ITEMS);
		assert_true(found >= ITEMS * 95 / 100);
		sequence_live_free(&live);
		sequence_free(&m);
	}
	sparse_free(&train);
}

/* Which the most popular item cannot: every item is as popular as every other. */
static void popularity_does_not_find_it(void **state)
{
	enum { ITEMS = 60 };
	struct sparse train = made(300, ITEMS, 8, .1);
	uint32_t counts[ITEMS] = { 0 }, most = 0;

	(void)state;
	for (size_t i = 0; i < sparse_count(&train); i++)
		most = ++counts[train.column[i]] > counts[most] ? train.column[i] : most;
	assert_true(counts[most] < sparse_count(&train) / 30);
	sparse_free(&train);
}

struct losses { double last; uint32_t epochs; };

static bool note(void *self, const struct sequence_epoch *e)
{
	*(struct losses *)self = (struct losses){ e->loss, e->epoch };
	return true;
}

/* A few sequences by heart. What follows depends on more than the last item, but for GRU4REC, which is not followed back over steps: what a
 * step may have to keep for the next it does not learn. */
static void a_tiny_set_is_learnt_to_near_certainty(void **state)
{
	static uint32_t items[] = { 0, 9, 1, 9, 2, 3, 9, 4, 9, 5, 6, 9, 7, 9, 8, 1, 10, 4, 10, 7 };
	static size_t start[] = { 0, 5, 10, 15, 20 };
	static uint32_t plain[] = { 0, 9, 1, 8, 2, 3, 7, 4, 10, 5, 6, 3, 7, 4, 10, 9, 1, 8, 2, 11 };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct sequence_settings s = small(kinds[k]);
		const struct sparse train = { .rows = 4, .columns = 12, .start = start, .column = kinds[k] == GRU4REC ? plain : items };
		struct sequence_data data = { &train, NULL };
		struct losses losses = { 0 };
		struct sequence_watch watch = { note, &losses };
		struct sequence_model *m;

		s.width = 32;
		s.epochs = 2000;
		s.dropout = 0;
		s.negatives = 0;
		s.optimiser = BY_ADAM;
		s.rate = .01;
		assert_done(sequence_fit(threads, &data, &s, &watch, &m));
		print_message("%s: loss %.4f\n", m->network->name, losses.last);
		assert_true(losses.last < .02 && losses.epochs == 2000);
		sequence_free(&m);
	}
}

/* The best epoch is kept, and patience ends what gets no better. */
static void the_best_epoch_is_kept(void **state)
{
	enum { ITEMS = 60 };
	struct sparse train = made(300, ITEMS, 8, .1), validation = { .rows = 300, .columns = ITEMS, .start = calloc(301, sizeof(size_t)), .column = calloc(300, 4) };
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	struct sequence_data data = { &train, &validation };
	struct sequence_settings s = small(SASREC);
	struct losses losses;
	struct sequence_watch watch = { note, &losses };
	struct sequence_model *m;

	(void)state;
	for (uint32_t u = 0; u < 300; u++) {
		validation.column[u] = (train.column[train.start[u] + 7] + 1) % ITEMS;
		validation.start[u + 1] = u + 1;
	}
	s.epochs = 200;
	s.patience = 2;
	assert_done(sequence_fit(threads, &data, &s, &watch, &m));
	assert_true(losses.epochs < 100);
	sequence_free(&m);
	sparse_free(&train);
	sparse_free(&validation);
}

static void it_is_told_how_far_it_is(void **state)
{
	struct sparse train = made(200, 20, 8, .1);
	CLEANUP(threads_free) struct threads *threads = threads_start(1);

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct sequence_settings s = small(kinds[k]);
		struct watching far = { { watch_to_the_end }, 0, 0 };
		struct sequence_watch watch = { .progress = &far.hook };
		struct sequence_model *m;

		s.epochs = 3;
		assert_done(sequence_fit(threads, &(struct sequence_data){ &train, NULL }, &s, &watch, &m));
		assert_true(far.last == 1 && far.told > 6);
		sequence_free(&m);
	}
	sparse_free(&train);
}

static bool note_best(void *self, const struct sequence_epoch *e)
{
	uint32_t *best = self;

	assert_true(isnan(e->ndcg) && isnan(e->hit_rate));
	*best = e->is_best ? e->epoch : *best;
	return true;
}

/* What is held back was had before by all: it says nothing of when to stop. */
static void with_nobody_to_judge_the_last_epoch_is_kept(void **state)
{
	struct sparse train = made(30, 20, 8, .1), validation = { .rows = 30, .columns = 20, .start = calloc(31, sizeof(size_t)), .column = calloc(30, 4) };
	CLEANUP(threads_free) struct threads *threads = threads_start(1);
	struct sequence_settings s = small(SASREC);
	uint32_t best = 0;
	struct sequence_model *m;

	(void)state;
	for (uint32_t u = 0; u < 30; u++) {
		validation.column[u] = train.column[train.start[u]];
		validation.start[u + 1] = u + 1;
	}
	s.epochs = 6;
	s.patience = 2;
	assert_done(sequence_fit(threads, &(struct sequence_data){ &train, &validation }, &s, &(struct sequence_watch){ .epoch = note_best, .self = &best }, &m));
	assert_int_equal(best, 6);
	sequence_free(&m);
	sparse_free(&train);
	sparse_free(&validation);
}

/* ---- the gradient of a whole network, along a direction ---- */

struct whole { struct sequence_model *m; struct piece p; float *by; double loss; };

static double whole_loss(struct whole *w)
{
	size_t d = w->m->is.width;
	float *h = calloc(w->p.rows * d, sizeof *h);
	double sum = 0;

	w->m->network->forward(w->m, &w->p, dense_of(h, w->p.rows, d));
	for (size_t i = 0; i < w->p.rows * d; i++)
		sum += (double)h[i] * w->by[i];
	free(h);
	return sum;
}

/* d loss / d step where at moves along `way` */
static double along(struct whole *w, float *at, const float *way, size_t n, double step)
{
	double above, below;

	dense_axpy(at, (float)step, way, n);
	above = whole_loss(w);
	dense_axpy(at, (float)(-2 * step), way, n);
	below = whole_loss(w);
	dense_axpy(at, (float)step, way, n);
	return (above - below) / (2 * step);
}

static void check_whole(enum sequence_kind kind)
{
	enum { ITEMS = 20, LONG = 4 };
	static uint32_t lengths[] = { 3, 1, 4 };
	struct sequence_settings s = small(kind);
	struct sequence_model *m;
	struct whole w;
	double within = kind == CASER ? 2e-2 : 2e-3, step = kind == CASER ? 3e-4 : 2e-3; /* it has corners, where differences are none */
	uint32_t item[8 * LONG];
	struct random r = random_of(3, kind);
	size_t tokens, d;
	float *dbody, *dinput, *dtable, *way, *state, *next;

	s.length = LONG;
	m = sequence_model_new(&s, ITEMS);
	d = s.width;
	m->network->begin(m);
	body_normal(m->table, ITEMS * d, .5, 8);
	tokens = kind == CASER ? 8 * LONG : 8;
	for (size_t i = 0; i < tokens; i++)
		item[i] = kind == CASER && i % 5 == 0 ? NO_ITEM : random_below(&r, ITEMS);
	state = calloc(8 * d, sizeof *state);
	next = calloc(8 * d, sizeof *next);
	body_normal(state, 8 * d, .5, 9);
	w = (struct whole){ m, { tokens, item, 8, 3, lengths, state, next, .2, 77, calloc(m->network->work_count(&s, tokens), sizeof(float)) },
		            calloc(8 * d, sizeof(float)), 0 };
	body_normal(w.by, 8 * d, 1, 10);
	dbody = calloc(m->body_count, sizeof *dbody);
	dinput = calloc(tokens * d, sizeof *dinput);
	dtable = calloc(ITEMS * d, sizeof *dtable);
	way = calloc(m->body_count + ITEMS * d, sizeof *way);
	for (uint64_t seed = 0; seed < 5; seed++) {
		float *dh = calloc(8 * d, sizeof *dh);
		double truth;

		memcpy(dh, w.by, 8 * d * sizeof *dh);
		memset(dbody, 0, m->body_count * sizeof *dbody);
		memset(dtable, 0, ITEMS * d * sizeof *dtable);
		whole_loss(&w);
		m->network->backward(m, &w.p, dense_of(dh, 8, d), dbody, dinput);
		embedding_backward(item, dense_of(dinput, tokens, d), dtable);
		body_normal(way, m->body_count, 1 / sqrt((double)m->body_count), 20 + seed);
		truth = along(&w, m->body, way, m->body_count, step);
		if (!(fabs(dense_dot(dbody, way, m->body_count) - truth) <= within * fmax(1, fabs(truth))))
			fail_msg("%s, body: %g, differences say %g", m->network->name, dense_dot(dbody, way, m->body_count), truth);
		body_normal(way, ITEMS * d, 1 / sqrt(ITEMS * (double)d), 30 + seed);
		truth = along(&w, m->table, way, ITEMS * d, step);
		if (!(fabs(dense_dot(dtable, way, ITEMS * d) - truth) <= within * fmax(1, fabs(truth))))
			fail_msg("%s, table: %g, differences say %g", m->network->name, dense_dot(dtable, way, ITEMS * d), truth);
		free(dh);
	}
	free(dbody);
	free(dinput);
	free(dtable);
	free(way);
	free(state);
	free(next);
	free(w.by);
	free(w.p.work);
	sequence_free(&m);
}

static void gradients_of_whole_networks(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++)
		check_whole(kinds[k]);
}

/* ---- threads, files ---- */

static void threads_change_no_bit(void **state)
{
	struct sparse train = made(150, 700, 9, .3);

	(void)state;
	for (size_t k = 0; k < 2 * KINDS; k++) {
		struct sequence_settings s = small(kinds[k / 2]);
		CLEANUP(buffer_free) struct buffer one = BUFFER(1 << 24), two = BUFFER(1 << 24);
		struct sequence_model *m;

		s.negatives = k % 2 ? 600 : 0;
		s.ahead = 2;
		s.epochs = 2;
		m = fit(&train, &s, 1);
		sequence_save(m, NULL, &one);
		sequence_free(&m);
		m = fit(&train, &s, 2);
		sequence_save(m, NULL, &two);
		sequence_free(&m);
		assert_int_equal(one.length, two.length);
		assert_memory_equal(one.at, two.at, one.length);
		buffer_free(&two);
	}
	sparse_free(&train);
}

static void a_file_gives_the_same_scores(void **state)
{
	enum { ITEMS = 60 };
	struct sparse train = made(40, ITEMS, 8, .1);

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct sequence_settings s = small(kinds[k]);
		CLEANUP(buffer_free) struct buffer file = BUFFER(1 << 24);
		struct sequence_model *m, *again;
		float scores[ITEMS], others[ITEMS], row[SCORED_AT_ONCE * ITEMS];
		struct scorer scorer;
		struct sequence_live *live;

		s.epochs = 1;
		m = fit(&train, &s, 1);
		sequence_save(m, NULL, &file);
		assert_done(load(buffer_text(&file), &again));
		assert_int_equal(sequence_items(again), ITEMS);
		assert_int_equal(sequence_settings_of(again)->kind, kinds[k]);
		for (int which = 0; which < 2; which++) {
			live = sequence_live_new(which ? again : m);
			sequence_live_add(live, ITEMS); /* passed over */
			for (size_t t = 0; t < 8; t++)
				sequence_live_add(live, train.column[train.start[7] + t]);
			sequence_live_score(live, which ? others : scores);
			sequence_live_free(&live);
		}
		assert_memory_equal(scores, others, sizeof scores);
		/* many users at once are scored as one is */
		scorer = sequence_scorer(m, &train, 1);
		scorer.score(scorer.self, (uint32_t[]){ 3, 7, 9 }, 3, row, 0);
		for (size_t j = 0; j < ITEMS; j++)
			assert_true(fabsf(row[ITEMS + j] - scores[j]) <= 1e-5f);
		sequence_scorer_free(&scorer);
		sequence_free(&m);
		sequence_free(&again);
	}
	sparse_free(&train);
}

/* A file whose checksum is right, but whose numbers are not */
static void a_file_is_believed_in_nothing(void **state)
{
	struct sequence_settings s = small(SASREC);
	struct sequence_model *m = sequence_model_new(&s, 9), *loaded;
	struct arena *arena = arena_new(1 << 20);
	struct text *names;
	struct saved saved;
	CLEANUP(buffer_free) struct buffer file = BUFFER(1 << 24);

	(void)state;
	m->table[5] = NAN;
	sequence_save(m, NULL, &file);
	assert_problem(load(buffer_text(&file), &loaded), saved_damaged);
	buffer_clear(&file);
	m->table[5] = 0;
	m->is.length = 100000;
	sequence_save(m, NULL, &file);
	assert_problem(load(buffer_text(&file), &loaded), saved_damaged);
	buffer_clear(&file);
	m->is.length = s.length;
	sequence_save(m, (struct text[9]){ TEXT("a"), TEXT("b") }, &file);
	assert_done(saved_open(buffer_text(&file), SEQUENCE_SAVED, SEQUENCE_VERSION, &saved));
	assert_done(sequence_load_names(arena, &saved, &names));
	assert_true(text_eq(names[1], TEXT("b")) && names[8].length == 0);
	arena_free(arena);
	buffer_clear(&file);
	m->is.length = s.length + 1;
	sequence_save(m, NULL, &file);
	assert_problem(load(buffer_text(&file), &loaded), saved_lacks);
	file.at[file.length - 1] ^= 1;
	assert_problem(load(buffer_text(&file), &loaded), saved_damaged);
	assert_problem(load(TEXT("no model, but long enough to hold the head of a file that has one: 64 bytes"), &loaded), saved_not);
	m->is = s;
	sequence_free(&m);
}

static void what_cannot_be_learned_is_told(void **state)
{
	CLEANUP(threads_free) struct threads *t = threads_start(1);
	struct sparse single = { .rows = 2, .columns = 3, .start = (size_t[]){ 0, 1, 2 }, .column = (uint32_t[]){ 1, 2 } };
	struct sparse none = { .rows = 0, .columns = 0, .start = (size_t[]){ 0 }, .column = (uint32_t[]){ 0 } };
	struct sequence_data data = { &single, NULL };
	struct sequence_settings s = small(SASREC);
	struct sequence_model *m;

	(void)state;
	assert_problem(sequence_fit(t, &data, &s, NULL, &m), sequence_short);
	data.train = &none;
	assert_problem(sequence_fit(t, &data, &s, NULL, &m), sequence_short);
	s.dropout = NAN;
	assert_problem(sequence_fit(t, &data, &s, NULL, &m), sequence_settings_wrong);
	s = small(SASREC);
	s.batch = 4;
	assert_problem(sequence_check(&s), sequence_settings_wrong);
	for (size_t k = 0; k < KINDS; k++) {
		s = sequence_defaults(kinds[k], 12000);
		assert_done(sequence_check(&s));
		assert_true(sequence_memory(&s, 12000) > 12000 * 64 * 4 && sequence_memory(&s, 12000) < 200 << 20);
	}
}

static void repeated_items_and_one_item_do_no_harm(void **state)
{
	CLEANUP(threads_free) struct threads *t = threads_start(1);
	struct sparse same = { .rows = 2, .columns = 1, .start = (size_t[]){ 0, 5, 7 }, .column = (uint32_t[]){ 0, 0, 0, 0, 0, 0, 0 } };
	struct sequence_data data = { &same, NULL };

	(void)state;
	for (size_t k = 0; k < 2 * KINDS; k++) {
		struct sequence_settings s = small(kinds[k / 2]);
		struct sequence_model *m;

		s.negatives = k % 2 ? 7 : 0;
		s.epochs = 3;
		assert_done(sequence_fit(t, &data, &s, NULL, &m));
		sequence_free(&m);
	}
}

/* ---- public sets ---- */

struct set { struct sparse train, validation, history, known, test; };

static bool set_open(const char *name, struct set *ret)
{
	CLEANUP(interactions_free) struct interactions all = { 0 };
	struct split split;
	uint8_t *parts;

	if (!recs_adjacency(name, &all))
		return false;
	parts = calloc(all.count, 1);
	assert_done(split_leave_last(&all, true, parts, &split));
	sparse_sequences(&all, parts, PART_TRAIN, &ret->train);
	sparse_sequences(&all, parts, PART_TRAIN | PART_VALIDATION, &ret->history);
	sparse_of(&all, parts, PART_VALIDATION, &ret->validation);
	sparse_of(&all, parts, PART_TRAIN | PART_VALIDATION, &ret->known);
	sparse_of(&all, parts, PART_TEST, &ret->test);
	free(parts);
	return true;
}

static void set_close(struct set *s)
{
	sparse_free(&s->train);
	sparse_free(&s->validation);
	sparse_free(&s->history);
	sparse_free(&s->known);
	sparse_free(&s->test);
}

struct counts { uint32_t items; float *of; };

static void score_counts(void *self, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	const struct counts *c = self;

	(void)users;
	(void)thread;
	for (size_t i = 0; i < count; i++)
		memcpy(scores + i * c->items, c->of, c->items * sizeof *scores);
}

static struct measures judged(const struct set *s, const struct scorer *scorer, struct threads *threads)
{
	struct trial trial = { .known = &s->known, .test = &s->test, .cutoffs = { 10 } };
	struct evaluation e;

	evaluate(threads, &trial, scorer, NULL, &e);
	return e.at[0];
}

/* The row `Pop` of the published tables comes out to the digit when training and validation items are left out of the ranking and the test
 * items are counted as popularity too: so this is the variant of these tables, and theirs knows what it should not. */
static void the_published_tables_leave_out_what_was_had(void **state)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(2);
	struct set beauty;
	struct counts counts;
	struct scorer scorer = { score_counts, &counts };
	struct measures got;

	(void)state;
	if (!set_open("s3rec-sequences/Beauty.txt.gz", &beauty))
		skip();
	counts = (struct counts){ beauty.test.columns, calloc(beauty.test.columns, sizeof(float)) };
	for (size_t k = 0; k < sparse_count(&beauty.history); k++)
		counts.of[beauty.history.column[k]]++;
	for (size_t k = 0; k < sparse_count(&beauty.test); k++)
		counts.of[beauty.test.column[k]]++;
	got = judged(&beauty, &scorer, threads);
	assert_true(fabs(got.hit_rate - .0152) < 1e-4 && fabs(got.ndcg - .0068) < 1e-4); /* ties are broken in another order */
	free(counts.of);
	set_close(&beauty);
}

static bool tell(void *self, const struct sequence_epoch *e)
{
	print_message("%s %u: loss %.4f ndcg %.4f hr %.4f%s\n", (const char *)self, e->epoch, e->loss, e->ndcg, e->hit_rate, e->is_best ? " *" : "");
	return true;
}

/* NDCG@10 of the published tables (S3-Rec, CIKM 2020, table 2): one seed, the best epoch by the validation part. */
struct published { const char *set; double of[CASER + 1]; };

static void learnt_as_well_as(const struct published *wanted)
{
	static const char *const names[] = { [GRU4REC] = "gru4rec", [CASER] = "caser", [SASREC] = "sasrec" };
	CLEANUP(threads_free) struct threads *threads = threads_start(0);
	struct set set;

	if (!recs_full() || !set_open(wanted->set, &set))
		skip();
	for (enum sequence_kind kind = GRU4REC; kind <= CASER; kind++) {
		struct sequence_settings s = sequence_defaults(kind, set.train.columns);
		struct sequence_data data = { &set.train, &set.validation };
		char name[16];
		struct sequence_watch watch = { tell, strcpy(name, names[kind]) };
		clock_t began = clock();
		struct sequence_model *m;
		struct scorer scorer;
		struct measures got;

		assert_done(sequence_fit(threads, &data, &s, &watch, &m));
		print_message("%s %s: learnt in %.0f CPU s\n", wanted->set, name, (double)(clock() - began) / CLOCKS_PER_SEC);
		scorer = sequence_scorer(m, &set.history, threads_count(threads));
		got = judged(&set, &scorer, threads);
		print_message("%s %s, test: NDCG@10 %.4f HR@10 %.4f\n", wanted->set, name, got.ndcg, got.hit_rate);
		assert_true(got.ndcg >= wanted->of[kind]);
		sequence_scorer_free(&scorer);
		sequence_free(&m);
	}
	set_close(&set);
}

static void beauty_is_learnt_as_well_as_published(void **state)
{
	(void)state;
	learnt_as_well_as(&(struct published){ "s3rec-sequences/Beauty.txt.gz", { [GRU4REC] = .0137, [CASER] = .0176, [SASREC] = .0318 } });
}

static void sports_are_learnt_as_well_as_published(void **state)
{
	(void)state;
	learnt_as_well_as(&(struct published){ "s3rec-sequences/Sports_and_Outdoors.txt.gz", { [GRU4REC] = .0110, [CASER] = .0097, [SASREC] = .0192 } });
}

static void toys_are_learnt_as_well_as_published(void **state)
{
	(void)state;
	learnt_as_well_as(&(struct published){ "s3rec-sequences/Toys_and_Games.txt.gz", { [GRU4REC] = .0084, [CASER] = .0141, [SASREC] = .0374 } });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_of_whole_networks),
		cmocka_unit_test(a_planted_order_is_found_by_each),
		cmocka_unit_test(popularity_does_not_find_it),
		cmocka_unit_test(a_tiny_set_is_learnt_to_near_certainty),
		cmocka_unit_test(the_best_epoch_is_kept),
		cmocka_unit_test(it_is_told_how_far_it_is),
		cmocka_unit_test(with_nobody_to_judge_the_last_epoch_is_kept),
		cmocka_unit_test(threads_change_no_bit),
		cmocka_unit_test(a_file_gives_the_same_scores),
		cmocka_unit_test(a_file_is_believed_in_nothing),
		cmocka_unit_test(what_cannot_be_learned_is_told),
		cmocka_unit_test(repeated_items_and_one_item_do_no_harm),
		cmocka_unit_test(the_published_tables_leave_out_what_was_had),
		cmocka_unit_test(beauty_is_learnt_as_well_as_published),
		cmocka_unit_test(sports_are_learnt_as_well_as_published),
		cmocka_unit_test(toys_are_learnt_as_well_as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
