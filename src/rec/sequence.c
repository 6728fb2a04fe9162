/* sequence.c - a network that is there: its settings, its file, what it is asked. */
#include "rec/sequence_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/random.h"
#include "rec/names.h"

const struct problem sequence_settings_wrong = { 422, "sequence-settings-wrong", "A setting of the model lies beyond what it may be." };
const struct problem sequence_short = { 422, "sequence-short", "Nobody had two items: there is no order to learn." };
const struct problem sequence_diverged = { 422, "sequence-diverged", "The loss is no number any more: take a smaller rate." };

enum { BODY_MAX = 1 << 28, FULL_MOST = 8192 };

static const struct sequence_network *const networks[] = { [GRU4REC] = &sequence_gru4rec, [SASREC] = &sequence_sasrec, [CASER] = &sequence_caser };

/* ---- settings ---- */

struct sequence_settings sequence_defaults(enum sequence_kind kind, uint32_t items)
{
	uint32_t negatives = items > FULL_MOST ? 2048 : 0;

	switch (kind) {
	case GRU4REC:
		return (struct sequence_settings){ .kind = kind, .optimiser = BY_ADAGRAD, .width = 128, .length = 50, .batch = 128, .negatives = 2048,
			                           .power = .5, .dropout = .2, .rate = .07, .epochs = 50, .patience = 4, .seed = 1 };
	case SASREC:
		return (struct sequence_settings){ .kind = kind, .optimiser = BY_ADAM, .width = 64, .length = 50, .batch = 512, .blocks = 2, .inner = 256,
			                           .negatives = negatives, .power = .5, .dropout = .3, .rate = 2e-3, .epochs = 100, .patience = 5, .seed = 1 };
	case CASER:
		return (struct sequence_settings){ .kind = kind, .optimiser = BY_ADAM, .width = 50, .length = 5, .batch = 512, .horizontal = 16, .vertical = 4,
			                           .ahead = 3, .negatives = negatives, .power = .5, .dropout = .5, .rate = 1e-3, .epochs = 60, .patience = 4,
			                           .seed = 1 };
	}
	abort();
}

static bool within(double x, double least, double most) { return x >= least && x <= most; }

static bool fits_kind(const struct sequence_settings *s)
{
	switch (s->kind) {
	case GRU4REC:
		return true;
	case SASREC:
		return within(s->blocks, 1, 8) && within(s->inner, 1, 4096) && s->batch >= s->length;
	case CASER:
		return within(s->horizontal, 1, 256) && within(s->vertical, 1, 64) && within(s->ahead, 1, 16);
	}
	return false;
}

problem sequence_check(const struct sequence_settings *s)
{
	bool fits = fits_kind(s) && (s->optimiser == BY_ADAGRAD || s->optimiser == BY_ADAM) && within(s->width, 1, 1024) &&
	            within(s->length, 1, LAYER_LENGTH_MAX) && within(s->batch, 1, 65536) && s->negatives <= 1 << 20 && within(s->power, 0, 1) &&
	            within(s->dropout, 0, .9) && within(s->rate, 1e-6, 1) && within(s->epochs, 1, 10000);

	return fits && networks[s->kind]->body_count(s) <= BODY_MAX ? NULL : &sequence_settings_wrong;
}

/* ---- the model ---- */

void body_fill(float *at, size_t count, float value)
{
	for (size_t i = 0; i < count; i++)
		at[i] = value;
}

void body_normal(float *at, size_t count, double sd, uint64_t seed)
{
	struct random r = random_of(seed, 2);

	for (size_t i = 0; i < count; i++)
		at[i] = (float)(sd * random_normal(&r));
}

struct sequence_model *sequence_model_new(const struct sequence_settings *s, uint32_t items)
{
	struct sequence_model *m = array_of(1, sizeof *m);

	*m = (struct sequence_model){ .is = *s, .network = networks[s->kind], .items = items, .body_count = networks[s->kind]->body_count(s) };
	m->table = array_of((size_t)items * s->width, sizeof(float));
	m->bias = array_of(items, sizeof(float));
	m->body = array_of(m->body_count, sizeof(float));
	return m;
}

void sequence_free(struct sequence_model **m)
{
	if (!*m)
		return;
	free((*m)->table);
	free((*m)->bias);
	free((*m)->body);
	free(*m);
	*m = NULL;
}

uint32_t sequence_items(const struct sequence_model *m) { return m->items; }
const struct sequence_settings *sequence_settings_of(const struct sequence_model *m) { return &m->is; }

/* ---- the file ---- */

/* Settings as numbers, in this order. */
enum { NUMBERS_U32 = 14, NUMBERS_F64 = 3 };

static void settings_out(const struct sequence_model *m, uint32_t u[NUMBERS_U32], double f[NUMBERS_F64])
{
	const struct sequence_settings *s = &m->is;
	const uint32_t all[NUMBERS_U32] = { s->kind, s->optimiser, s->width, s->length, s->batch, s->blocks, s->inner, s->horizontal, s->vertical, s->ahead,
		                            s->negatives, s->epochs, s->patience, m->items };

	memcpy(u, all, sizeof all);
	memcpy(f, (double[]){ s->power, s->dropout, s->rate }, NUMBERS_F64 * sizeof *f);
}

static struct sequence_settings settings_in(const uint32_t *u, const double *f, int64_t seed)
{
	return (struct sequence_settings){ .kind = u[0], .optimiser = u[1], .width = u[2], .length = u[3], .batch = u[4], .blocks = u[5], .inner = u[6],
		                           .horizontal = u[7], .vertical = u[8], .ahead = u[9], .negatives = u[10], .epochs = u[11], .patience = u[12],
		                           .power = f[0], .dropout = f[1], .rate = f[2], .seed = (uint64_t)seed };
}

static struct names_saved items_saved(uint32_t items) { return (struct names_saved){ "name_ends", "names", items }; }

void sequence_save(const struct sequence_model *m, const struct text *names, struct buffer *b)
{
	uint32_t u[NUMBERS_U32];
	double f[NUMBERS_F64];
	int64_t seed = (int64_t)m->is.seed;

	settings_out(m, u, f);
	saved_begin(b, SEQUENCE_SAVED, SEQUENCE_VERSION);
	saved_add(b, "settings", SAVED_U32, u, NUMBERS_U32);
	saved_add(b, "rates", SAVED_F64, f, NUMBERS_F64);
	saved_add(b, "seed", SAVED_I64, &seed, 1);
	saved_add(b, "table", SAVED_F32, m->table, (size_t)m->items * m->is.width);
	saved_add(b, "bias", SAVED_F32, m->bias, m->items);
	saved_add(b, "body", SAVED_F32, m->body, m->body_count);
	if (names)
		names_save(names, (struct names_saved[]){ items_saved(m->items) }, b);
	saved_end(b);
}

static problem load_settings(const struct saved *s, struct sequence_settings *ret, uint32_t *items)
{
	const void *u, *f, *seed;
	problem why = saved_array_of(s, "settings", SAVED_U32, NUMBERS_U32, &u);

	if (!why)
		why = saved_array_of(s, "rates", SAVED_F64, NUMBERS_F64, &f);
	if (!why)
		why = saved_array_of(s, "seed", SAVED_I64, 1, &seed);
	if (why)
		return why;
	*ret = settings_in(u, f, *(const int64_t *)seed);
	*items = ((const uint32_t *)u)[NUMBERS_U32 - 1];
	return sequence_check(ret) || *items == 0 || *items > ITEMS_MAX ? &saved_damaged : NULL;
}

struct weights_read { const char *name; size_t count; const void *at; };

static problem load_weights(const struct saved *s, struct weights_read *w)
{
	problem why = saved_array_of(s, w->name, SAVED_F32, w->count, &w->at);

	for (size_t i = 0; !why && i < w->count; i++)
		if (!isfinite(((const float *)w->at)[i]))
			why = &saved_damaged;
	return why;
}

problem sequence_load(const struct saved *s, struct sequence_model **ret)
{
	struct sequence_settings settings;
	uint32_t items;
	problem why = load_settings(s, &settings, &items);

	if (why)
		return why;

	struct weights_read w[] = { { "table", (size_t)items * settings.width, NULL }, { "bias", items, NULL },
		                    { "body", networks[settings.kind]->body_count(&settings), NULL } };

	for (size_t i = 0; !why && i < 3; i++)
		why = load_weights(s, &w[i]);
	if (why)
		return why;
	*ret = sequence_model_new(&settings, items);
	memcpy((*ret)->table, w[0].at, w[0].count * sizeof(float));
	memcpy((*ret)->bias, w[1].at, w[1].count * sizeof(float));
	memcpy((*ret)->body, w[2].at, w[2].count * sizeof(float));
	return NULL;
}

problem sequence_load_names(struct arena *arena, const struct saved *s, struct text **ret)
{
	const void *settings;

	*ret = NULL;
	if (saved_array_of(s, "settings", SAVED_U32, NUMBERS_U32, &settings))
		return &saved_lacks;
	return names_load(arena, s, (struct names_saved[]){ items_saved(((const uint32_t *)settings)[NUMBERS_U32 - 1]) }, ret);
}

/* ---- asking ---- */

static size_t width_of(const struct sequence_model *m) { return m->is.width; }

/* GRU4REC: two states, one row of work; the others: items, lengths, outcomes, work of all tokens. */
size_t sequence_ask_count(const struct sequence_model *m, size_t count)
{
	size_t tokens = count * m->is.length, d = width_of(m);

	if (m->is.kind == GRU4REC)
		return count * (2 * d + m->network->work_count(&m->is, 1) + 1);
	return tokens + count + tokens * d + m->network->work_count(&m->is, tokens);
}

/* Those who have an item at this step, each a row; their states move on. */
static void ask_gru_step(const struct sequence_model *m, uint32_t *items, size_t rows, float *state, float *work)
{
	size_t d = width_of(m);
	struct piece p = { .tokens = rows, .item = items, .rows = rows, .state = state, .next = work, .work = work + rows * d };

	m->network->forward(m, &p, dense_of(state, rows, d));
}

static void ask_gru(const struct sequence_model *m, const struct asked *asked, size_t count, float *work, struct dense ret)
{
	size_t d = width_of(m);
	float *state = work, *rest = work + count * d;

	for (size_t i = 0; i < count; i++) {
		size_t first = asked[i].count > m->is.length ? asked[i].count - m->is.length : 0;

		memset(state, 0, d * sizeof(float));
		for (size_t t = first; t < asked[i].count; t++) {
			uint32_t item = asked[i].item[t];

			ask_gru_step(m, &item, 1, state, rest);
		}
		memcpy(dense_row(&ret, i), state, d * sizeof(float));
	}
}

/* The last items of each, one behind the other; CASER: in rows of `length`, NO_ITEM in front. */
static size_t gather(const struct sequence_model *m, const struct asked *asked, size_t count, uint32_t *items, uint32_t *lengths)
{
	size_t tokens = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = asked[i].count < m->is.length ? asked[i].count : m->is.length;

		for (size_t pad = n; m->is.kind == CASER && pad < m->is.length; pad++)
			items[tokens++] = NO_ITEM;
		for (size_t t = asked[i].count - n; t < asked[i].count; t++)
			items[tokens++] = asked[i].item[t];
		lengths[i] = (uint32_t)n;
	}
	return tokens;
}

static void ask_window(const struct sequence_model *m, const struct asked *asked, size_t count, float *work, struct dense ret)
{
	size_t most = count * m->is.length, d = width_of(m), row = 0;
	uint32_t *items = (uint32_t *)(void *)work, *lengths = items + most;
	float *h = work + most + count;
	size_t tokens = gather(m, asked, count, items, lengths);
	struct piece p = { .tokens = tokens, .item = items, .rows = m->is.kind == CASER ? count : tokens, .sequences = count, .lengths = lengths, .work = h + most * d };

	if (m->is.kind == CASER) {
		m->network->forward(m, &p, ret);
		return;
	}
	m->network->forward(m, &p, dense_of(h, tokens, d));
	for (size_t i = 0; i < count; row += lengths[i++]) {
		if (lengths[i] == 0)
			memset(dense_row(&ret, i), 0, d * sizeof(float));
		else
			memcpy(dense_row(&ret, i), h + (row + lengths[i] - 1) * d, d * sizeof(float));
	}
}

/* Who had nothing is asked by the bias alone, but for CASER, to which nothing is a window too. */
void sequence_ask(const struct sequence_model *m, const struct asked *asked, size_t count, float *work, struct dense ret)
{
	if (m->is.kind == GRU4REC)
		ask_gru(m, asked, count, work, ret);
	else
		ask_window(m, asked, count, work, ret);
}

/* ---- for evaluate() ---- */

struct scoring {
	const struct sequence_model *m;
	const struct sparse *histories;
	size_t threads;
	float *work[THREADS_MAX];
};

static void score_users(void *self, const uint32_t *users, size_t count, float *scores, size_t thread)
{
	struct scoring *s = self;
	struct asked asked[SCORED_AT_ONCE] = { 0 };
	struct dense to = dense_of(scores, count, s->m->items), table = dense_given(s->m->table, s->m->items, s->m->is.width);
	struct dense h = dense_of(s->work[thread], count, s->m->is.width);

	assert(count <= SCORED_AT_ONCE && thread < s->threads);
	for (size_t i = 0; i < count; i++)
		asked[i] = (struct asked){ sparse_row(s->histories, users[i]), sparse_length(s->histories, users[i]) };
	sequence_ask(s->m, asked, count, s->work[thread] + SCORED_AT_ONCE * s->m->is.width, h);
	for (size_t i = 0; i < count; i++)
		memcpy(dense_row(&to, i), s->m->bias, s->m->items * sizeof(float));
	dense_abt(&to, &h, &table, DENSE_ADD);
}

struct scorer sequence_scorer(const struct sequence_model *m, const struct sparse *histories, size_t threads)
{
	struct scoring *s = array_of(1, sizeof *s);

	assert(threads <= THREADS_MAX && histories->columns <= m->items);
	*s = (struct scoring){ .m = m, .histories = histories, .threads = threads };
	for (size_t t = 0; t < threads; t++)
		s->work[t] = array_of(SCORED_AT_ONCE * m->is.width + sequence_ask_count(m, SCORED_AT_ONCE), sizeof(float));
	return (struct scorer){ score_users, s };
}

void sequence_scorer_free(struct scorer *s)
{
	struct scoring *own = s->self;

	for (size_t t = 0; own && t < own->threads; t++)
		free(own->work[t]);
	free(own);
	*s = (struct scorer){ 0 };
}

/* ---- one visitor ---- */

struct sequence_live {
	const struct sequence_model *m;
	size_t count;      /* of the last items */
	uint32_t *items;   /* (length) */
	float *h, *work;   /* h: GRU4REC's state */
};

struct sequence_live *sequence_live_new(const struct sequence_model *m)
{
	struct sequence_live *l = array_of(1, sizeof *l);

	*l = (struct sequence_live){ .m = m, .items = array_of(m->is.length, sizeof(uint32_t)), .h = array_of(m->is.width, sizeof(float)) };
	l->work = array_of(sequence_ask_count(m, 1), sizeof(float));
	return l;
}

void sequence_live_free(struct sequence_live **l)
{
	if (!*l)
		return;
	free((*l)->items);
	free((*l)->h);
	free((*l)->work);
	free(*l);
	*l = NULL;
}

void sequence_live_forget(struct sequence_live *l)
{
	l->count = 0;
	memset(l->h, 0, l->m->is.width * sizeof(float));
}

void sequence_live_add(struct sequence_live *l, uint32_t item)
{
	if (item >= l->m->items)
		return;
	if (l->m->is.kind == GRU4REC) {
		ask_gru_step(l->m, &item, 1, l->h, l->work);
		return;
	}
	if (l->count == l->m->is.length)
		memmove(l->items, l->items + 1, --l->count * sizeof *l->items);
	l->items[l->count++] = item;
}

void sequence_live_score(struct sequence_live *l, float *scores)
{
	struct asked asked = { l->items, l->count };
	struct dense table = dense_given(l->m->table, l->m->items, l->m->is.width);

	if (l->m->is.kind != GRU4REC)
		sequence_ask(l->m, &asked, 1, l->work, dense_of(l->h, 1, l->m->is.width));
	dense_gemv(scores, &table, l->h);
	dense_axpy(scores, 1, l->m->bias, l->m->items);
}
