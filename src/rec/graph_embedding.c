/* graph_embedding.c - both scores are a product of a query and a thing, plus what is of the thing alone: -|q - e|^2 = 2 q . e - |e|^2 - |q|^2, and |q|^2 is the
 * same for all things. So softmax.h does what costs; here are queries, and where gradients go. */
#include "rec/graph_embedding.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/order.h"
#include "num/random.h"
#include "rec/names.h"
#include "rec/optimiser.h"
#include "rec/softmax.h"

const struct problem embedding_settings_wrong = { 422, "embedding-settings-wrong", "The settings of the graph's vectors are out of their bounds." };
const struct problem embedding_no_numbers = { 422, "embedding-no-numbers", "The graph's vectors grew beyond all numbers: a smaller rate may help." };

enum { ROWS_A_BLOCK = 64, VALIDATION_MAX = 500 };

void graph_embedding_free(struct graph_embedding *m)
{
	free(m->thing.at);
	free(m->relation.at);
	*m = (struct graph_embedding){ 0 };
}

size_t graph_embedding_bytes(const struct embedding_settings *s, uint32_t things)
{
	size_t blocks = (2 * (size_t)s->batch + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;

	return (4 * (size_t)things + blocks * s->negatives + 8 * (size_t)s->batch) * s->width * sizeof(float);
}

/* ---- queries ---- */

/* h of softmax.h */
static void query_of(const struct graph_embedding *m, struct graph_query q, float *h)
{
	const float *given = dense_row(&m->thing, q.given), *relation = dense_row(&m->relation, q.relation);

	for (size_t f = 0; f < m->thing.columns; f++)
		h[f] = m->settings.kind == DISTMULT ? given[f] * relation[f] : 2 * (q.back ? given[f] - relation[f] : given[f] + relation[f]);
}

static float own_part(const struct graph_embedding *m, uint32_t thing)
{
	const float *e = dense_row(&m->thing, thing);

	return m->settings.kind == TRANSE ? -dense_dot(e, e, m->thing.columns) : 0;
}

void graph_embedding_score(const struct graph_embedding *m, struct graph_query q, float *scores)
{
	float h[EMBEDDING_WIDTH_MAX];
	size_t d = m->thing.columns;

	query_of(m, q, h);
	dense_gemv(scores, &m->thing, h);
	for (uint32_t i = 0; m->settings.kind == TRANSE && i < m->thing.rows; i++)
		scores[i] += own_part(m, i) - dense_dot(h, h, d) / 4;
}

static void score_embedding(void *self, struct graph_query q, float *scores) { graph_embedding_score(self, q, scores); }

struct graph_scorer graph_embedding_scorer(const struct graph_embedding *m) { return (struct graph_scorer){ score_embedding, (void *)m }; }

/* ---- ranks ---- */

struct answer {
	struct graph_query q;
	uint32_t thing;
};

static int by_query(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	return RISING(x->q.relation, y->q.relation) ?: RISING(x->q.back, y->q.back) ?: RISING(x->q.given, y->q.given);
}

/* Each triple as two answers, triple by triple */
static struct answer *answers_of(const struct triples *t)
{
	struct answer *ret = array_of(2 * t->count, sizeof *ret);

	for (size_t i = 0; i < t->count; i++) {
		ret[2 * i] = (struct answer){ { t->head[i], t->relation[i], false }, t->tail[i] };
		ret[2 * i + 1] = (struct answer){ { t->tail[i], t->relation[i], true }, t->head[i] };
	}
	return ret;
}

struct ranking {
	const struct graph_scorer *scorer;
	uint32_t things;
	struct answer *asked, *known; /* known: by query */
	size_t asked_count, known_count;
	double *rank;
	float *scores; /* (threads, things) */
};

static size_t first_known(const struct ranking *r, const struct answer *a)
{
	size_t from = 0, to = r->known_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (by_query(&r->known[middle], a) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void rank_one(void *self, size_t part, size_t thread)
{
	const struct ranking *r = self;
	const struct answer *a = &r->asked[part];
	float *scores = r->scores + thread * r->things, own;
	double above = 0, equal = 0;

	r->scorer->score(r->scorer->self, a->q, scores);
	own = scores[a->thing];
	for (size_t k = first_known(r, a); k < r->known_count && by_query(&r->known[k], a) == 0; k++)
		scores[r->known[k].thing] = -INFINITY;
	scores[a->thing] = -INFINITY;
	for (uint32_t i = 0; i < r->things; i++) {
		above += scores[i] > own;
		equal += scores[i] == own;
	}
	r->rank[part] = 1 + above + equal / 2;
}

void graph_rank(struct threads *threads, const struct graph_scorer *scorer, const struct triples *test, const struct triples *known, struct graph_ranks *ret)
{
	struct ranking r = { .scorer = scorer, .things = known->things, .asked = answers_of(test), .known = answers_of(known), .asked_count = 2 * test->count,
		             .known_count = 2 * known->count };

	assert(test->things <= known->things);
	qsort(r.known, r.known_count, sizeof *r.known, by_query);
	r.rank = array_of(r.asked_count, sizeof *r.rank);
	r.scores = array_of(threads_count(threads) * r.things, sizeof *r.scores);
	threads_each(threads, r.asked_count, rank_one, &r);
	*ret = (struct graph_ranks){ .asked = r.asked_count };
	for (size_t i = 0; i < r.asked_count; i++) {
		double each = 1.0 / (double)r.asked_count;

		ret->mrr += each / r.rank[i];
		ret->mean_rank += each * r.rank[i];
		ret->hits_1 += r.rank[i] <= 1 ? each : 0;
		ret->hits_3 += r.rank[i] <= 3 ? each : 0;
		ret->hits_10 += r.rank[i] <= 10 ? each : 0;
	}
	free(r.asked);
	free(r.known);
	free(r.rank);
	free(r.scores);
}

/* ---- what is frequent ---- */

/* By relation and side as by_query has it, then by the thing that answers */
static int by_answer(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	return RISING(x->q.relation, y->q.relation) ?: RISING(x->q.back, y->q.back) ?: RISING(x->thing, y->thing);
}

void graph_frequency_of(const struct triples *t, uint32_t things, struct graph_frequency *ret)
{
	struct answer *a = answers_of(t);
	size_t sides = 2 * (size_t)t->relations, kept = 0;

	*ret = (struct graph_frequency){ things, array_of(sides + 1, sizeof *ret->start), array_of(2 * t->count, sizeof *ret->thing),
		                         array_of(2 * t->count, sizeof *ret->count) };
	qsort(a, 2 * t->count, sizeof *a, by_answer);
	for (size_t i = 0; i < 2 * t->count; i++) {
		if (i == 0 || by_answer(&a[i], &a[i - 1]) != 0) {
			ret->thing[kept++] = a[i].thing;
			ret->start[2 * (size_t)a[i].q.relation + a[i].q.back + 1] = kept;
		}
		ret->count[kept - 1]++;
	}
	for (size_t i = 0; i < sides; i++)
		ret->start[i + 1] = ret->start[i + 1] ? ret->start[i + 1] : ret->start[i];
	free(a);
}

void graph_frequency_free(struct graph_frequency *f)
{
	free(f->start);
	free(f->thing);
	free(f->count);
	*f = (struct graph_frequency){ 0 };
}

static void score_frequency(void *self, struct graph_query q, float *scores)
{
	const struct graph_frequency *f = self;
	size_t side = 2 * (size_t)q.relation + q.back;

	memset(scores, 0, f->things * sizeof *scores);
	for (size_t i = f->start[side]; i < f->start[side + 1]; i++)
		scores[f->thing[i]] = f->count[i];
}

struct graph_scorer graph_frequency_scorer(const struct graph_frequency *f) { return (struct graph_scorer){ score_frequency, (void *)f }; }

/* ---- a step ---- */

/* Queries of a batch: triple i asks in row 2 i for its tail, in row 2 i + 1 for its head. Blocks of them are independent. */
struct step {
	const struct graph_embedding *m;
	const float *own;       /* (things) */
	struct embedding_batch b;
	size_t rows, blocks;
	float *h, *dh;          /* (rows, d) */
	uint32_t *target;       /* (rows) */
	float *target_own, *pull; /* (rows) */
	float *table, *bias;    /* negatives: (negatives, d), (negatives) */
	float *e, *most, *sum;  /* (rows, negatives), (rows) twice */
	float *dtable, *dbias;  /* for each block (negatives, d), (negatives) */
	double *loss;           /* of each block */
	struct embedding_gradient *g;
	uint32_t *touched;      /* things whose gradient may be other than 0 */
	bool *is_touched;       /* (things) */
	size_t touched_count;
};

static struct graph_query row_query(const struct step *s, size_t row)
{
	const struct triples *t = s->b.t;
	uint32_t i = s->b.row[row / 2];

	return row % 2 ? (struct graph_query){ t->tail[i], t->relation[i], true } : (struct graph_query){ t->head[i], t->relation[i], false };
}

static void step_new(struct step *s, uint32_t batch, uint32_t negatives)
{
	size_t d = s->m->thing.columns, rows = 2 * (size_t)batch, blocks = (rows + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;

	s->h = array_of(rows * d, sizeof *s->h);
	s->dh = array_of(rows * d, sizeof *s->dh);
	s->target = array_of(rows, sizeof *s->target);
	s->target_own = array_of(rows, sizeof *s->target_own);
	s->pull = array_of(rows, sizeof *s->pull);
	s->table = array_of(negatives * d, sizeof *s->table);
	s->bias = array_of(negatives, sizeof *s->bias);
	s->e = array_of(rows * negatives, sizeof *s->e);
	s->most = array_of(rows, sizeof *s->most);
	s->sum = array_of(rows, sizeof *s->sum);
	s->dtable = array_of(blocks * negatives * d, sizeof *s->dtable);
	s->dbias = array_of(blocks * negatives, sizeof *s->dbias);
	s->loss = array_of(blocks, sizeof *s->loss);
	s->touched = array_of(2 * rows + negatives, sizeof *s->touched);
	s->is_touched = array_of(s->m->thing.rows, sizeof *s->is_touched);
	s->g->thing = dense_of(array_of(s->m->thing.rows * d, sizeof(float)), s->m->thing.rows, d);
	s->g->relation = dense_of(array_of(s->m->relation.rows * d, sizeof(float)), s->m->relation.rows, d);
}

static void step_free(struct step *s)
{
	free(s->h);
	free(s->dh);
	free(s->target);
	free(s->target_own);
	free(s->pull);
	free(s->table);
	free(s->bias);
	free(s->e);
	free(s->most);
	free(s->sum);
	free(s->dtable);
	free(s->dbias);
	free(s->loss);
	free(s->touched);
	free(s->is_touched);
}

static void block_part(void *self, size_t block, size_t thread)
{
	const struct step *s = self;
	size_t d = s->m->thing.columns, n = s->b.negatives, from = block * ROWS_A_BLOCK, left = s->rows - from, rows = left < ROWS_A_BLOCK ? left : ROWS_A_BLOCK;
	struct softmax_rows r = { .h = dense_of(s->h + from * d, rows, d), .target = s->target + from, .ahead = 1, .own = s->target_own + from,
		                  .pull = s->pull + from, .weight = 1.0 / (double)s->rows, .sampled = true };
	struct softmax_part p = { .table = dense_of(s->table, n, d), .bias = s->bias, .item = s->b.negative, .e = dense_of(s->e + from * n, rows, n),
		                  .most = s->most + from, .sum = s->sum + from };

	(void)thread;
	for (size_t i = 0; i < rows; i++) {
		uint32_t triple = s->b.row[(from + i) / 2];

		query_of(s->m, row_query(s, from + i), s->h + (from + i) * d);
		s->target[from + i] = (from + i) % 2 ? s->b.t->head[triple] : s->b.t->tail[triple];
	}
	softmax_own(&r, s->m->thing.at, s->own, s->target_own + from);
	softmax_forward(&r, &p);
	s->loss[block] = softmax_join(&r, &p, 1);
	softmax_backward(&r, &p, dense_of(s->dtable + block * n * d, n, d), s->dbias + block * n, dense_of(s->dh + from * d, rows, d));
}

/* A thing's gradient, which is no longer 0 */
static float *touch(struct step *s, uint32_t thing)
{
	if (!s->is_touched[thing]) {
		s->is_touched[thing] = true;
		s->touched[s->touched_count++] = thing;
	}
	return dense_row(&s->g->thing, thing);
}

/* To what a row was made of: the given thing, the relation, and the target with its own part */
static void spread_row(struct step *s, size_t row)
{
	struct graph_query q = row_query(s, row);
	uint32_t target = s->target[row];
	size_t d = s->m->thing.columns;
	const float *given = dense_row(&s->m->thing, q.given), *relation = dense_row(&s->m->relation, q.relation), *e = dense_row(&s->m->thing, target);
	float *dh = s->dh + row * d, *h = s->h + row * d, *dgiven = touch(s, q.given), *dtarget = touch(s, target), *drelation = dense_row(&s->g->relation, q.relation);
	float pull = s->pull[row], shrink = (float)(s->m->settings.lambda / (double)s->rows);
	bool is_step = s->m->settings.kind == TRANSE;

	for (size_t f = 0; f < d; f++) {
		float by = dh[f] + pull * e[f];

		dgiven[f] += (is_step ? 2 * by : by * relation[f]) + shrink * given[f];
		drelation[f] += (is_step ? q.back ? -2 * by : 2 * by : by * given[f]) + shrink * relation[f];
		dtarget[f] += pull * (is_step ? h[f] - 2 * e[f] : h[f]) + shrink * e[f];
	}
	s->g->loss += s->m->settings.lambda / 2 / (double)s->rows
		* ((double)dense_dot(given, given, d) + (double)dense_dot(relation, relation, d) + (double)dense_dot(e, e, d));
}

static void spread_negatives(struct step *s)
{
	size_t d = s->m->thing.columns, n = s->b.negatives;

	for (size_t j = 0; j < n; j++) {
		float *g = touch(s, s->b.negative[j]), own = 0;

		for (size_t block = 0; block < s->blocks; block++) {
			dense_axpy(g, 1, s->dtable + (block * n + j) * d, d);
			own += s->dbias[block * n + j];
		}
		if (s->m->settings.kind == TRANSE)
			dense_axpy(g, -2 * own, s->table + j * d, d);
	}
}

static void step_run(struct threads *threads, struct step *s)
{
	size_t d = s->m->thing.columns, n = s->b.negatives, things = s->m->thing.rows;
	float drawn = n < things ? (float)log((double)things / (double)n) : 0;

	s->rows = 2 * (size_t)s->b.count;
	s->blocks = (s->rows + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK;
	for (size_t j = 0; j < n; j++) {
		memcpy(s->table + j * d, dense_row(&s->m->thing, s->b.negative[j]), d * sizeof(float));
		s->bias[j] = s->own[s->b.negative[j]] + drawn;
	}
	threads_each(threads, s->blocks, block_part, s);
	s->g->loss = 0;
	for (size_t block = 0; block < s->blocks; block++)
		s->g->loss += s->loss[block];
	for (size_t row = 0; row < s->rows; row++)
		spread_row(s, row);
	spread_negatives(s);
}

static float *owns_of(const struct graph_embedding *m)
{
	float *own = array_of(m->thing.rows, sizeof *own);

	for (uint32_t i = 0; i < m->thing.rows; i++)
		own[i] = own_part(m, i);
	return own;
}

void embedding_gradient_free(struct embedding_gradient *g)
{
	free(g->thing.at);
	free(g->relation.at);
	*g = (struct embedding_gradient){ 0 };
}

void embedding_gradient_of(struct threads *threads, const struct graph_embedding *m, const struct embedding_batch *b, struct embedding_gradient *ret)
{
	float *own = owns_of(m);
	struct step s = { .m = m, .own = own, .b = *b, .g = ret };

	step_new(&s, b->count, b->negatives);
	step_run(threads, &s);
	step_free(&s);
	free(own);
}

/* ---- fitting ---- */

struct fitting {
	struct threads *threads;
	struct graph_embedding *m;
	const struct triples *t, *validation;
	struct step step;
	float *own;
	float *thing_squares, *relation_squares;
	uint32_t *order, *negative, negatives;
	struct triples asked, known; /* at most 500 of the validation; all there are. Only pointers and counts are their own */
	struct graph_embedding best;
	struct embedding_report report;
};

static problem settings_check(const struct embedding_settings *s)
{
	bool fine = (s->kind == TRANSE || s->kind == DISTMULT) && s->width > 0 && s->width <= EMBEDDING_WIDTH_MAX && s->epochs > 0 && s->batch > 0
		&& s->batch <= EMBEDDING_BATCH_MAX && s->negatives > 0 && s->negatives <= EMBEDDING_NEGATIVES_MAX && s->patience > 0 && s->rate > 0 && s->rate <= 10
		&& s->lambda >= 0 && s->lambda <= 1e6;

	return fine ? NULL : &embedding_settings_wrong;
}

/* Uniform within 1.5 / sqrt(width): of a length near 1 */
static struct dense vectors_new(uint64_t seed, size_t rows, size_t width)
{
	struct dense ret = dense_of(array_of(rows * width, sizeof(float)), rows, width);
	double most = 1.5 / sqrt((double)width);

	for (size_t i = 0; i < rows; i++) {
		struct random r = random_of(seed, i);

		for (size_t f = 0; f < width; f++)
			dense_row(&ret, i)[f] = (float)((2 * random_unit(&r) - 1) * most);
	}
	return ret;
}

static void draw_negatives(struct fitting *f, uint64_t batch)
{
	struct random r = random_of(random_bits(f->m->settings.seed ^ 0x6e65u), batch);

	for (uint32_t j = 0; j < f->negatives; j++)
		f->negative[j] = f->negatives == f->m->thing.rows ? j : random_below(&r, (uint32_t)f->m->thing.rows);
}

static void take_step(struct fitting *f)
{
	struct step *s = &f->step;
	size_t d = f->m->thing.columns;

	for (size_t i = 0; i < s->touched_count; i++) {
		uint32_t thing = s->touched[i];

		adagrad_step(f->m->settings.rate, dense_row(&f->m->thing, thing), f->thing_squares + thing * d, dense_row(&s->g->thing, thing), d);
		memset(dense_row(&s->g->thing, thing), 0, d * sizeof(float));
		s->is_touched[thing] = false;
		f->own[thing] = own_part(f->m, thing);
	}
	s->touched_count = 0;
	adagrad_step(f->m->settings.rate, f->m->relation.at, f->relation_squares, s->g->relation.at, f->m->relation.rows * d);
	memset(s->g->relation.at, 0, f->m->relation.rows * d * sizeof(float));
}

static bool learn_epoch(struct fitting *f, uint32_t epoch)
{
	uint32_t count = (uint32_t)f->t->count, batch = f->m->settings.batch, batches = (count + batch - 1) / batch;
	struct random r = random_of(~f->m->settings.seed, epoch);

	random_shuffle(&r, f->order, count);
	for (uint32_t i = 0; i < batches; i++) {
		uint32_t from = i * batch;

		draw_negatives(f, (uint64_t)epoch * batches + i);
		f->step.b = (struct embedding_batch){ f->t, f->order + from, f->negative, count - from < batch ? count - from : batch, f->negatives };
		step_run(f->threads, &f->step);
		if (!isfinite(f->step.g->loss))
			return false;
		take_step(f);
	}
	return true;
}

static struct dense copy_of(struct dense m)
{
	float *at = array_of(m.rows * m.columns, sizeof *at);

	memcpy(at, m.at, m.rows * m.columns * sizeof *at);
	return dense_of(at, m.rows, m.columns);
}

static bool are_finite(struct dense m)
{
	for (size_t i = 0; i < m.rows * m.columns; i++) {
		if (!(fabsf(m.at[i]) <= 1e9f))
			return false;
	}
	return true;
}

/* Keeps the epoch where it is the best so far; false: that is too long ago */
static bool look(struct fitting *f)
{
	struct graph_scorer scorer = graph_embedding_scorer(f->m);
	struct graph_ranks ranks;

	if (!f->validation) {
		f->report.best = f->report.epochs;
		return true;
	}
	graph_rank(f->threads, &scorer, &f->asked, &f->known, &ranks);
	if (!(ranks.mrr <= f->report.mrr)) {
		graph_embedding_free(&f->best);
		f->best = (struct graph_embedding){ f->m->settings, copy_of(f->m->thing), copy_of(f->m->relation) };
		f->report.mrr = ranks.mrr;
		f->report.best = f->report.epochs;
	}
	return f->report.epochs - f->report.best < f->m->settings.patience;
}

/* Both one behind the other */
static void join_triples(const struct triples *a, const struct triples *b, struct triples *ret)
{
	size_t count = a->count + b->count;

	*ret = (struct triples){ .things = a->things, .relations = a->relations, .count = count, .head = array_of(count, sizeof *ret->head),
		                 .relation = array_of(count, sizeof *ret->relation), .tail = array_of(count, sizeof *ret->tail) };
	memcpy(ret->head, a->head, a->count * sizeof *a->head);
	memcpy(ret->relation, a->relation, a->count * sizeof *a->relation);
	memcpy(ret->tail, a->tail, a->count * sizeof *a->tail);
	memcpy(ret->head + a->count, b->head, b->count * sizeof *b->head);
	memcpy(ret->relation + a->count, b->relation, b->count * sizeof *b->relation);
	memcpy(ret->tail + a->count, b->tail, b->count * sizeof *b->tail);
}

static bool learn(struct fitting *f, struct progress *progress)
{
	uint32_t epochs = f->m->settings.epochs;
	bool go_on = true;

	for (uint32_t epoch = 0; epoch < epochs && go_on; epoch++) {
		progress_at(progress, epoch, epochs);
		if (!learn_epoch(f, epoch) || !are_finite(f->m->thing) || !are_finite(f->m->relation))
			return false;
		f->report.epochs = epoch + 1;
		go_on = look(f);
	}
	return true;
}

static void fitting_new(struct fitting *f, struct embedding_gradient *g)
{
	const struct embedding_settings *s = &f->m->settings;
	size_t count = f->t->count;

	f->m->thing = vectors_new(s->seed, f->t->things, s->width);
	f->m->relation = vectors_new(~s->seed, f->t->relations, s->width);
	f->negatives = s->negatives < f->t->things ? s->negatives : f->t->things;
	f->negative = array_of(f->negatives, sizeof *f->negative);
	f->order = array_of(count, sizeof *f->order);
	for (uint32_t i = 0; i < count; i++)
		f->order[i] = i;
	f->own = owns_of(f->m);
	f->thing_squares = array_of((size_t)f->t->things * s->width, sizeof(float));
	f->relation_squares = array_of((size_t)f->t->relations * s->width, sizeof(float));
	f->step = (struct step){ .m = f->m, .own = f->own, .g = g };
	step_new(&f->step, s->batch < count ? s->batch : (uint32_t)count, f->negatives);
	if (f->validation) {
		join_triples(f->t, f->validation, &f->known);
		f->asked = *f->validation;
		f->asked.count = f->asked.count < VALIDATION_MAX ? f->asked.count : VALIDATION_MAX;
	}
}

static void fitting_free(struct fitting *f)
{
	step_free(&f->step);
	embedding_gradient_free(f->step.g);
	triples_free(&f->known);
	free(f->negative);
	free(f->order);
	free(f->own);
	free(f->thing_squares);
	free(f->relation_squares);
}

problem graph_embedding_fit(struct threads *threads, const struct triples *t, const struct triples *validation, const struct embedding_settings *settings,
                            struct progress *progress, struct embedding_report *report, struct graph_embedding *ret)
{
	struct graph_embedding m = { .settings = *settings };
	struct embedding_gradient g = { 0 };
	struct fitting f = { .threads = threads, .m = &m, .t = t, .validation = validation, .report = { .mrr = NAN } };
	problem why = settings_check(settings);

	if (why)
		return why;
	assert(t->count > 0 && t->count < UINT32_MAX / 2 && (!validation || (validation->count > 0 && validation->things <= t->things)));
	fitting_new(&f, &g);
	why = learn(&f, progress) ? NULL : &embedding_no_numbers;
	fitting_free(&f);
	if (!why && validation) {
		graph_embedding_free(&m);
		m = f.best;
	} else {
		graph_embedding_free(&f.best);
	}
	if (why) {
		graph_embedding_free(&m);
		return why;
	}
	if (report)
		*report = f.report;
	*ret = m;
	return NULL;
}

/* ---- as a file ---- */

enum { SIZE_THINGS, SIZE_RELATIONS, SIZE_KIND, SIZE_COLUMNS, SIZE_EPOCHS, SIZE_BATCH, SIZE_NEGATIVES, SIZE_PATIENCE, SIZES };
enum { NUMBER_RATE, NUMBER_LAMBDA, NUMBERS };

static struct names_saved things_saved(size_t count) { return (struct names_saved){ "thing_ends", "thing_names", count }; }
static struct names_saved relations_saved(size_t count) { return (struct names_saved){ "relation_ends", "relation_names", count }; }

void graph_embedding_save(const struct graph_embedding *m, struct buffer *b)
{
	const struct embedding_settings *s = &m->settings;
	uint32_t sizes[SIZES] = { (uint32_t)m->thing.rows, (uint32_t)m->relation.rows, s->kind, s->width, s->epochs, s->batch, s->negatives, s->patience };
	double numbers[NUMBERS] = { s->rate, s->lambda };
	int64_t seed = (int64_t)s->seed;

	saved_add(b, "sizes", SAVED_U32, sizes, SIZES);
	saved_add(b, "numbers", SAVED_F64, numbers, NUMBERS);
	saved_add(b, "seed", SAVED_I64, &seed, 1);
	saved_add(b, "thing", SAVED_F32, m->thing.at, m->thing.rows * m->thing.columns);
	saved_add(b, "relation", SAVED_F32, m->relation.at, m->relation.rows * m->relation.columns);
	if (m->thing_names) {
		names_save(m->thing_names, (struct names_saved[]){ things_saved(m->thing.rows) }, b);
		names_save(m->relation_names, (struct names_saved[]){ relations_saved(m->relation.rows) }, b);
	}
}

static problem load_settings(const struct saved *s, struct embedding_settings *ret, const uint32_t **sizes)
{
	const void *at_sizes, *at_numbers, *at_seed;
	problem why = saved_array_of(s, "sizes", SAVED_U32, SIZES, &at_sizes);

	if (!why)
		why = saved_array_of(s, "numbers", SAVED_F64, NUMBERS, &at_numbers);
	if (!why)
		why = saved_array_of(s, "seed", SAVED_I64, 1, &at_seed);
	if (why)
		return why;
	*sizes = at_sizes;
	*ret = (struct embedding_settings){ (*sizes)[SIZE_KIND], (*sizes)[SIZE_COLUMNS], (*sizes)[SIZE_EPOCHS], (*sizes)[SIZE_BATCH], (*sizes)[SIZE_NEGATIVES],
		(*sizes)[SIZE_PATIENCE], ((const double *)at_numbers)[NUMBER_RATE], ((const double *)at_numbers)[NUMBER_LAMBDA], (uint64_t)*(const int64_t *)at_seed };
	if ((*sizes)[SIZE_THINGS] > GRAPH_THINGS_MAX || (*sizes)[SIZE_RELATIONS] > GRAPH_RELATIONS_MAX)
		return &embedding_settings_wrong;
	return settings_check(ret);
}

problem graph_embedding_load(struct arena *arena, const struct saved *s, struct graph_embedding *ret)
{
	struct text *thing_names = NULL, *relation_names = NULL;
	struct embedding_settings settings;
	const void *thing, *relation;
	const uint32_t *sizes;
	problem why = load_settings(s, &settings, &sizes);
	struct dense things, relations;

	if (!why)
		why = saved_array_of(s, "thing", SAVED_F32, (size_t)sizes[SIZE_THINGS] * settings.width, &thing);
	if (!why)
		why = saved_array_of(s, "relation", SAVED_F32, (size_t)sizes[SIZE_RELATIONS] * settings.width, &relation);
	if (!why)
		why = names_load(arena, s, (struct names_saved[]){ things_saved(sizes[SIZE_THINGS]) }, &thing_names);
	if (!why)
		why = names_load(arena, s, (struct names_saved[]){ relations_saved(sizes[SIZE_RELATIONS]) }, &relation_names);
	if (!why && !thing_names != !relation_names)
		why = &saved_lacks;
	if (why)
		return why;
	things = dense_of((float *)thing, sizes[SIZE_THINGS], settings.width);
	relations = dense_of((float *)relation, sizes[SIZE_RELATIONS], settings.width);
	if (!are_finite(things) || !are_finite(relations))
		return &embedding_no_numbers;
	*ret = (struct graph_embedding){ settings, copy_of(things), copy_of(relations), thing_names, relation_names };
	return NULL;
}
