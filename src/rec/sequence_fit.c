/* sequence_fit.c - one batch after another: pieces forward, softmax over items part by part, pieces backward, weights follow. Pieces and
 * parts follow from the settings alone, each writes what is its own, and what is summed is summed in their order: so threads are
 * many or one, the model is the same. All memory but that of the data is one block, laid out by fit_take, which sequence_memory asks too.
 *
 * Over all items each row of the table is followed in each step; with sampled ones only the rows that were read, told or drawn: what
 * each owes is chained by row (`owed`). */
#include "rec/sequence_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/memory.h"
#include "num/order.h"
#include "num/random.h"
#include "rec/optimiser.h"

enum { PART_ITEMS = 512, FOLLOW_AT_ONCE = 4096, ROWS_AT_ONCE = 64, KEY_ORDER = 11, KEY_DRAWN = 12, KEY_DROPOUT = 13 };
static const uint32_t NONE = ~0u;

/* SASREC: the items before `end` of a user, at most length + 1; CASER: the item at `end` is the first to tell; GRU4REC: all of the user */
struct place { uint32_t user, end; };
struct slot { uint32_t user, at; };
struct owing { uint32_t item; float by; const float *row; bool has_bias; float bias; };
struct moments { float *first, *second; };

struct fit {
	struct threads *threads;
	const struct sparse *train;
	struct sequence_settings s;
	const struct sequence_network *network;
	struct sequence_model *m;
	uint32_t items;
	size_t ahead, piece_rows, rows_max, tokens_max, body_count;

	/* what is to be learned from, in this epoch's order */
	struct place *places;
	uint32_t *order;
	size_t place_count, next_place, slot_count;
	struct slot *slots;
	float *state, *next_state; /* (batch, width) */

	/* the batch */
	size_t rows, tokens, piece_count;
	struct piece pieces[PIECES_MAX];
	size_t row_from[PIECES_MAX], token_from[PIECES_MAX];
	uint32_t *item, *lengths, *target;
	float *h, *dh, *dinput, *own, *pull, *work, *dbody;
	size_t work_each;

	/* over items */
	struct softmax_rows asked;
	struct softmax_part *parts;
	size_t part_count, told; /* told: items over which the sum goes */
	float *e, *most, *sum, *dh_parts, *dtable, *dbias;
	struct sampler sampler;
	uint32_t *drawn;
	float *gathered, *gathered_bias;

	/* what follows */
	struct moments table, bias, body;
	uint64_t step;
	uint32_t *row_of, *first_owed, *last_owed, *next_owed, *rows_owing; /* chains; row_of (items): place in rows_owing */
	struct owing *owed;
	size_t owed_count, owing_count;
	float *best_table, *best_bias, *best_body;
};

/* ---- memory ---- */

struct heap { char *at; size_t used; };

static void *take(struct heap *h, size_t count, size_t each)
{
	void *here = h->at ? h->at + h->used : NULL;

	h->used += (count * each + 63) / 64 * 64;
	return here;
}

static float *take_floats(struct heap *h, size_t count) { return take(h, count, sizeof(float)); }

static void take_batch(struct fit *f, struct heap *h)
{
	size_t d = f->s.width, rows = f->rows_max, pieces = f->network->pieces;

	f->item = take(h, f->tokens_max, sizeof(uint32_t));
	f->lengths = take(h, rows, sizeof(uint32_t));
	f->target = take(h, rows * f->ahead, sizeof(uint32_t));
	f->h = take_floats(h, rows * d);
	f->dh = take_floats(h, rows * d);
	f->dinput = take_floats(h, f->tokens_max * d);
	f->own = take_floats(h, rows * f->ahead);
	f->pull = take_floats(h, rows * f->ahead);
	f->work = take_floats(h, pieces * f->work_each);
	f->dbody = take_floats(h, pieces * f->body_count);
	f->state = take_floats(h, f->s.kind == GRU4REC ? rows * d : 0);
	f->next_state = take_floats(h, f->s.kind == GRU4REC ? rows * d : 0);
	f->slots = take(h, f->s.kind == GRU4REC ? rows : 0, sizeof *f->slots);
}

static void take_items(struct fit *f, struct heap *h)
{
	size_t d = f->s.width, rows = f->rows_max, sampled = f->s.negatives;

	f->parts = take(h, f->part_count, sizeof *f->parts);
	f->e = take_floats(h, rows * f->told);
	f->most = take_floats(h, rows * f->part_count);
	f->sum = take_floats(h, rows * f->part_count);
	f->dh_parts = take_floats(h, rows * d * f->part_count);
	f->dtable = take_floats(h, f->told * d);
	f->dbias = take_floats(h, f->told);
	f->drawn = take(h, sampled, sizeof(uint32_t));
	f->gathered = take_floats(h, sampled * d);
	f->gathered_bias = take_floats(h, sampled);
}

static void take_followed(struct fit *f, struct heap *h)
{
	size_t d = f->s.width, table = f->items * d, twice = f->s.optimiser == BY_ADAM, owed = f->s.negatives ? f->s.negatives + f->rows_max * f->ahead + f->tokens_max : 0;

	f->table = (struct moments){ take_floats(h, table), take_floats(h, twice * table) };
	f->bias = (struct moments){ take_floats(h, f->items), take_floats(h, twice * f->items) };
	f->body = (struct moments){ take_floats(h, f->body_count), take_floats(h, twice * f->body_count) };
	f->best_table = take_floats(h, table);
	f->best_bias = take_floats(h, f->items);
	f->best_body = take_floats(h, f->body_count);
	f->row_of = take(h, owed ? f->items : 0, sizeof(uint32_t));
	f->first_owed = take(h, owed, sizeof(uint32_t));
	f->last_owed = take(h, owed, sizeof(uint32_t));
	f->next_owed = take(h, owed, sizeof(uint32_t));
	f->rows_owing = take(h, owed, sizeof(uint32_t));
	f->owed = take(h, owed, sizeof *f->owed);
}

static const struct sequence_network *network_of(enum sequence_kind kind)
{
	switch (kind) {
	case GRU4REC:
		return &sequence_gru4rec;
	case SASREC:
		return &sequence_sasrec;
	case CASER:
		return &sequence_caser;
	}
	abort();
}

static size_t most_of(size_t a, size_t b) { return a > b ? a : b; }

/* Everything of a fit that follows from settings and items. */
static struct fit fit_of(const struct sequence_settings *s, uint32_t items)
{
	struct fit f = { .s = *s, .network = network_of(s->kind), .items = items, .ahead = s->kind == CASER ? s->ahead : 1 };

	f.body_count = f.network->body_count(s);
	f.piece_rows = (s->batch + f.network->pieces - 1) / f.network->pieces;
	if (s->kind == SASREC)
		f.piece_rows = most_of(f.piece_rows, s->length);
	f.rows_max = f.piece_rows * f.network->pieces;
	f.tokens_max = f.network->tokens(s, f.rows_max);
	f.work_each = f.network->work_count(s, f.network->tokens(s, f.piece_rows));
	f.told = s->negatives ? s->negatives : items;
	f.part_count = (f.told + PART_ITEMS - 1) / PART_ITEMS;
	return f;
}

size_t sequence_memory(const struct sequence_settings *s, uint32_t items)
{
	struct fit f = fit_of(s, items);
	struct heap h = { 0 };

	take_batch(&f, &h);
	take_items(&f, &h);
	take_followed(&f, &h);
	/* and the model, the sampler, and one thread's scores of the validation */
	return h.used + ((size_t)items * (s->width + 1) + f.body_count) * sizeof(float) + (s->negatives ? 12 * (size_t)items : 0) +
	       SCORED_AT_ONCE * (size_t)items * sizeof(float);
}

/* ---- what is learned from ---- */

static size_t places_of_user(const struct fit *f, uint32_t user, struct place *to)
{
	uint32_t n = (uint32_t)sparse_length(f->train, user);
	size_t count = 0;

	if (n < 2)
		return 0;
	if (f->s.kind == GRU4REC) {
		if (to)
			to[0] = (struct place){ user, n };
		return 1;
	}
	/* SASREC: windows from the end, so that each item but the first is told once; CASER: each item but the first */
	for (uint32_t end = f->s.kind == CASER ? n - 1 : n; end >= (f->s.kind == CASER ? 1 : 2); count++) {
		uint32_t step = f->s.kind == CASER ? 1 : f->s.length;

		if (to)
			to[count] = (struct place){ user, end };
		end = end > step ? end - step : 0;
	}
	return count;
}

static void gather_places(struct fit *f)
{
	for (uint32_t u = 0; u < f->train->rows; u++)
		f->place_count += places_of_user(f, u, NULL);
	f->places = array_of(f->place_count, sizeof *f->places);
	f->order = array_of(f->place_count, sizeof *f->order);
	f->place_count = 0;
	for (uint32_t u = 0; u < f->train->rows; u++)
		f->place_count += places_of_user(f, u, f->places + f->place_count);
}

/* ---- batches ---- */

static uint64_t key_of(const struct fit *f, uint64_t which, uint64_t place) { return random_bits(random_bits(f->s.seed * 31 + which) + place); }

static void begin_epoch(struct fit *f, uint32_t epoch)
{
	struct random r = random_of(key_of(f, KEY_ORDER, epoch), 0);

	for (uint32_t i = 0; i < f->place_count; i++)
		f->order[i] = i;
	random_shuffle(&r, f->order, (uint32_t)f->place_count);
	f->next_place = 0;
	f->slot_count = 0;
	for (; f->s.kind == GRU4REC && f->slot_count < f->s.batch && f->next_place < f->place_count; f->next_place++)
		f->slots[f->slot_count++] = (struct slot){ f->places[f->order[f->next_place]].user, 0 };
	if (f->s.kind == GRU4REC)
		memset(f->state, 0, f->rows_max * f->s.width * sizeof(float));
}

static struct piece *piece_begin(struct fit *f)
{
	size_t p = f->piece_count++;

	f->row_from[p] = f->rows;
	f->token_from[p] = f->tokens;
	f->pieces[p] = (struct piece){ .item = f->item + f->tokens, .lengths = f->lengths + f->rows, .dropped = f->s.dropout,
		                       .key = key_of(f, KEY_DROPOUT, f->step * PIECES_MAX + p), .work = f->work + p * f->work_each };
	return &f->pieces[p];
}

static void fill_sasrec(struct fit *f, struct piece *p)
{
	while (f->next_place < f->place_count) {
		struct place at = f->places[f->order[f->next_place]];
		const uint32_t *items = sparse_row(f->train, at.user);
		uint32_t n = at.end - 1 < f->s.length ? at.end - 1 : f->s.length;

		if (p->tokens + n > f->piece_rows)
			return;
		memcpy(f->item + f->tokens, items + at.end - 1 - n, n * sizeof *items);
		memcpy(f->target + f->rows, items + at.end - n, n * sizeof *items);
		p->lengths[p->sequences++] = n;
		p->tokens = p->rows += n;
		f->rows = f->tokens += n;
		f->next_place++;
	}
}

static void fill_caser(struct fit *f, struct piece *p)
{
	for (; p->rows < f->piece_rows && f->next_place < f->place_count; f->next_place++) {
		struct place at = f->places[f->order[f->next_place]];
		const uint32_t *items = sparse_row(f->train, at.user);
		size_t n = sparse_length(f->train, at.user), length = f->s.length;

		for (size_t t = 0; t < length; t++)
			f->item[f->tokens + t] = at.end + t < length ? NO_ITEM : items[at.end + t - length];
		for (size_t t = 0; t < f->ahead; t++)
			f->target[f->rows * f->ahead + t] = at.end + t < n ? items[at.end + t] : NO_ITEM;
		p->rows++;
		p->tokens += length;
		f->rows++;
		f->tokens += length;
	}
}

static void fill_gru4rec(struct fit *f, struct piece *p)
{
	size_t d = f->s.width;

	p->state = f->state + f->rows * d;
	p->next = f->next_state + f->rows * d;
	for (; p->rows < f->piece_rows && f->rows < f->slot_count; p->rows++, p->tokens++, f->rows++, f->tokens++) {
		const struct slot *s = &f->slots[f->rows];

		f->item[f->tokens] = sparse_row(f->train, s->user)[s->at];
		f->target[f->rows] = sparse_row(f->train, s->user)[s->at + 1];
	}
}

/* After a step: sessions go on, end and are followed by others, or are no more. */
static void slots_advance(struct fit *f)
{
	size_t d = f->s.width;

	memcpy(f->state, f->next_state, f->slot_count * d * sizeof(float));
	for (size_t i = f->slot_count; i-- > 0;) {
		struct slot *s = &f->slots[i];

		if (++s->at + 1 < sparse_length(f->train, s->user))
			continue;
		if (f->next_place < f->place_count) {
			*s = (struct slot){ f->places[f->order[f->next_place++]].user, 0 };
			memset(f->state + i * d, 0, d * sizeof(float));
		} else {
			*s = f->slots[--f->slot_count];
			memmove(f->state + i * d, f->state + f->slot_count * d, d * sizeof(float));
		}
	}
}

/* false: the epoch is over */
static bool next_batch(struct fit *f)
{
	f->rows = f->tokens = f->piece_count = 0;
	while (f->piece_count < f->network->pieces) {
		struct piece *p = piece_begin(f);

		if (f->s.kind == SASREC)
			fill_sasrec(f, p);
		else if (f->s.kind == CASER)
			fill_caser(f, p);
		else
			fill_gru4rec(f, p);
		if (p->rows == 0) {
			f->piece_count--;
			break;
		}
	}
	return f->rows > 0;
}

/* ---- forward, over items, backward ---- */

static void piece_forward(void *self, size_t p, size_t thread)
{
	struct fit *f = self;

	(void)thread;
	f->network->forward(f->m, &f->pieces[p], dense_of(f->h + f->row_from[p] * f->s.width, f->pieces[p].rows, f->s.width));
}

static void piece_backward(void *self, size_t p, size_t thread)
{
	struct fit *f = self;
	size_t d = f->s.width;

	(void)thread;
	memset(f->dbody + p * f->body_count, 0, f->body_count * sizeof(float));
	f->network->backward(f->m, &f->pieces[p], dense_of(f->dh + f->row_from[p] * d, f->pieces[p].rows, d), f->dbody + p * f->body_count,
	                     f->dinput + f->token_from[p] * d);
}

static void draw(struct fit *f)
{
	uint64_t key = key_of(f, KEY_DRAWN, f->step);

	for (uint32_t j = 0; j < f->s.negatives; j++)
		f->drawn[j] = sampler_draw(&f->sampler, random_bits(key + j));
}

static void parts_begin(struct fit *f)
{
	bool sampled = f->s.negatives > 0;

	for (size_t p = 0; p < f->part_count; p++) {
		size_t first = p * PART_ITEMS, count = f->told - first < PART_ITEMS ? f->told - first : PART_ITEMS, d = f->s.width;

		f->parts[p] = (struct softmax_part){
			.table = dense_of((sampled ? f->gathered : f->m->table) + first * d, count, d), .bias = (sampled ? f->gathered_bias : f->m->bias) + first,
			.item = sampled ? f->drawn + first : NULL, .first = (uint32_t)first, .e = dense_of(f->e + first * f->rows, f->rows, count),
			.most = f->most + p * f->rows_max, .sum = f->sum + p * f->rows_max };
	}
}

static void part_forward(void *self, size_t part, size_t thread)
{
	struct fit *f = self;
	const struct softmax_part *p = &f->parts[part];
	size_t first = part * PART_ITEMS;
	float log_count = f->s.negatives ? logf((float)f->s.negatives) : 0;

	(void)thread;
	if (p->item)
		embedding_forward(f->m->table, p->item, p->table);
	for (size_t j = 0; p->item && j < p->table.rows; j++)
		f->gathered_bias[first + j] = f->m->bias[p->item[j]] - f->sampler.log_chance[p->item[j]] - log_count;
	softmax_forward(&f->asked, p);
}

static void part_backward(void *self, size_t part, size_t thread)
{
	struct fit *f = self;
	const struct softmax_part *p = &f->parts[part];
	size_t d = f->s.width, first = part * PART_ITEMS;

	(void)thread;
	softmax_backward(&f->asked, p, dense_of(f->dtable + first * d, p->table.rows, d), f->dbias + first,
	                 dense_of(f->dh_parts + part * f->rows_max * d, f->rows, d));
}

/* dh: the parts' shares in their order, and with sampled items that of the row's own targets. */
static void rows_join(void *self, size_t block, size_t thread)
{
	struct fit *f = self;
	size_t d = f->s.width, first = block * ROWS_AT_ONCE, count = f->rows - first < ROWS_AT_ONCE ? f->rows - first : ROWS_AT_ONCE;

	(void)thread;
	memcpy(f->dh + first * d, f->dh_parts + first * d, count * d * sizeof(float));
	for (size_t p = 1; p < f->part_count; p++)
		dense_axpy(f->dh + first * d, 1, f->dh_parts + (p * f->rows_max + first) * d, count * d);
	for (size_t i = first * f->ahead; f->s.negatives && i < (first + count) * f->ahead; i++)
		if (f->target[i] != NO_ITEM)
			dense_axpy(f->dh + i / f->ahead * d, f->pull[i], f->m->table + f->target[i] * d, d);
}

static double over_items(struct fit *f)
{
	double loss;

	f->asked = (struct softmax_rows){ dense_of(f->h, f->rows, f->s.width), f->target, f->ahead, f->own, f->pull, 1.0 / f->s.batch, f->s.negatives > 0 };
	if (f->s.negatives)
		draw(f);
	parts_begin(f);
	softmax_own(&f->asked, f->m->table, f->m->bias, f->own);
	threads_each(f->threads, f->part_count, part_forward, f);
	loss = softmax_join(&f->asked, f->parts, f->part_count);
	threads_each(f->threads, f->part_count, part_backward, f);
	threads_each(f->threads, (f->rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, rows_join, f);
	return loss;
}

/* ---- weights follow ---- */

static void follow(const struct fit *f, float *w, const struct moments *m, size_t first, const float *g, size_t n)
{
	if (f->s.optimiser == BY_ADAM)
		adam_step(adam_at(f->s.rate, f->step + 1), w + first, m->first + first, m->second + first, g, n);
	else
		adagrad_step(f->s.rate, w + first, m->first + first, g, n);
}

/* The body's gradients are summed over pieces, in their order, into the first one's. */
static void body_follow(void *self, size_t part, size_t thread)
{
	struct fit *f = self;
	size_t first = part * FOLLOW_AT_ONCE, n = f->body_count - first < FOLLOW_AT_ONCE ? f->body_count - first : FOLLOW_AT_ONCE;

	(void)thread;
	for (size_t p = 1; p < f->piece_count; p++)
		dense_axpy(f->dbody + first, 1, f->dbody + p * f->body_count + first, n);
	follow(f, f->m->body, &f->body, first, f->dbody + first, n);
}

static void items_follow(void *self, size_t part, size_t thread)
{
	struct fit *f = self;
	size_t d = f->s.width, first = part * PART_ITEMS, n = f->items - first < PART_ITEMS ? f->items - first : PART_ITEMS;

	(void)thread;
	follow(f, f->m->table, &f->table, first * d, f->dtable + first * d, n * d);
	follow(f, f->m->bias, &f->bias, first, f->dbias + first, n);
}

static void owe(struct fit *f, struct owing o)
{
	uint32_t entry = (uint32_t)f->owed_count++;

	f->owed[entry] = o;
	f->next_owed[entry] = NONE;
	if (f->row_of[o.item] == NONE) {
		f->row_of[o.item] = (uint32_t)f->owing_count;
		f->rows_owing[f->owing_count] = o.item;
		f->first_owed[f->owing_count++] = entry;
	} else {
		f->next_owed[f->last_owed[f->row_of[o.item]]] = entry;
	}
	f->last_owed[f->row_of[o.item]] = entry;
}

static void owed_begin(struct fit *f)
{
	size_t d = f->s.width;

	f->owed_count = f->owing_count = 0;
	for (size_t j = 0; j < f->told; j++)
		owe(f, (struct owing){ f->drawn[j], 1, f->dtable + j * d, true, f->dbias[j] });
	for (size_t i = 0; i < f->rows * f->ahead; i++)
		if (f->target[i] != NO_ITEM)
			owe(f, (struct owing){ f->target[i], f->pull[i], f->h + i / f->ahead * d, true, f->pull[i] });
	for (size_t i = 0; i < f->tokens; i++)
		if (f->item[i] != NO_ITEM)
			owe(f, (struct owing){ f->item[i], 1, f->dinput + i * d, false, 0 });
	for (size_t i = 0; i < f->owing_count; i++)
		f->row_of[f->rows_owing[i]] = NONE;
}

/* Rows lie anywhere: what is wanted two rows on is asked for now. */
static void row_fetch(const struct fit *f, size_t i)
{
	size_t d = f->s.width, at = i < f->owing_count ? f->rows_owing[i] * d : 0;

	for (size_t j = 0; j < d; j += 16) {
		__builtin_prefetch(f->m->table + at + j, 1);
		__builtin_prefetch(f->table.first + at + j, 1);
	}
}

static void owed_follow(void *self, size_t part, size_t thread)
{
	struct fit *f = self;
	size_t d = f->s.width, to = (part + 1) * ROWS_AT_ONCE < f->owing_count ? (part + 1) * ROWS_AT_ONCE : f->owing_count;
	float g[1024];

	(void)thread;
	for (size_t i = part * ROWS_AT_ONCE; i < to; i++) {
		uint32_t item = f->rows_owing[i];
		bool has_bias = false;
		float bias = 0;

		row_fetch(f, i + 2);
		memset(g, 0, d * sizeof *g);
		for (uint32_t k = f->first_owed[i]; k != NONE; k = f->next_owed[k]) {
			dense_axpy(g, f->owed[k].by, f->owed[k].row, d);
			bias += f->owed[k].bias;
			has_bias |= f->owed[k].has_bias;
		}
		follow(f, f->m->table, &f->table, item * d, g, d);
		if (has_bias)
			follow(f, f->m->bias, &f->bias, item, &bias, 1);
	}
}

static void weights_follow(struct fit *f)
{
	threads_each(f->threads, (f->body_count + FOLLOW_AT_ONCE - 1) / FOLLOW_AT_ONCE, body_follow, f);
	if (f->s.negatives) {
		owed_begin(f);
		threads_each(f->threads, (f->owing_count + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, owed_follow, f);
	} else {
		embedding_backward(f->item, dense_of(f->dinput, f->tokens, f->s.width), f->dtable);
		threads_each(f->threads, f->part_count, items_follow, f);
	}
	f->step++;
}

/* ---- epochs ---- */

static double learn_epoch(struct fit *f, uint32_t epoch, struct progress *progress, size_t *rows)
{
	double loss = 0;

	*rows = 0;
	begin_epoch(f, epoch);
	while (next_batch(f)) {
		threads_each(f->threads, f->piece_count, piece_forward, f);
		loss += over_items(f) * f->s.batch;
		threads_each(f->threads, f->piece_count, piece_backward, f);
		weights_follow(f);
		*rows += f->rows;
		if (f->s.kind == GRU4REC)
			slots_advance(f);
		progress_at(progress, (epoch - 1) * f->place_count + f->next_place, f->s.epochs * f->place_count);
	}
	return loss / (double)*rows;
}

/* A matrix of sequences: what each had, once, upwards. */
static struct sparse matrix_of(const struct sparse *s)
{
	struct sparse m = { .rows = s->rows, .columns = s->columns, .start = array_of((size_t)s->rows + 1, sizeof(size_t)),
		            .column = array_of(sparse_count(s), sizeof(uint32_t)) };

	for (uint32_t u = 0; u < s->rows; u++) {
		size_t n = sparse_length(s, u), to = m.start[u];

		if (n)
			memcpy(m.column + to, sparse_row(s, u), n * sizeof *m.column);
		qsort(m.column + to, n, sizeof *m.column, order_u32);
		for (size_t i = 0; i < n; i++)
			if (i == 0 || m.column[m.start[u] + i] != m.column[to - 1])
				m.column[to++] = m.column[m.start[u] + i];
		m.start[u + 1] = to;
	}
	return m;
}

static void judge(const struct fit *f, const struct sparse *known, const struct sparse *validation, struct sequence_epoch *ret)
{
	struct trial trial = { .known = known, .test = validation, .cutoffs = { 10 } };
	CLEANUP(sequence_scorer_free) struct scorer scorer = sequence_scorer(f->m, f->train, threads_count(f->threads));
	struct evaluation e;

	evaluate(f->threads, &trial, &scorer, NULL, &e);
	ret->ndcg = e.at[0].ndcg;
	ret->hit_rate = e.at[0].hit_rate;
}

static bool all_finite(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

static bool is_sound(const struct fit *f)
{
	return all_finite(f->m->table, (size_t)f->items * f->s.width) && all_finite(f->m->bias, f->items) && all_finite(f->m->body, f->body_count);
}

struct copies { float *model, *best; size_t count; };

static void best_copy(struct fit *f, bool keep)
{
	const struct copies all[] = { { f->m->table, f->best_table, (size_t)f->items * f->s.width }, { f->m->bias, f->best_bias, f->items },
		                      { f->m->body, f->best_body, f->body_count } };

	for (size_t i = 0; i < 3; i++)
		memcpy(keep ? all[i].best : all[i].model, keep ? all[i].model : all[i].best, all[i].count * sizeof(float));
}

static problem fit_epochs(struct fit *f, const struct sequence_data *data, const struct sequence_watch *watch)
{
	CLEANUP(sparse_free) struct sparse known = data->validation ? matrix_of(data->train) : (struct sparse){ 0 };
	uint32_t best = 0;
	double best_ndcg = -1;

	for (uint32_t epoch = 1; epoch <= f->s.epochs; epoch++) {
		struct sequence_epoch e = { .epoch = epoch, .ndcg = NAN, .hit_rate = NAN };

		e.loss = learn_epoch(f, epoch, watch ? watch->progress : NULL, &e.rows);
		if (!isfinite(e.loss) || !is_sound(f))
			return &sequence_diverged;
		if (data->validation)
			judge(f, &known, data->validation, &e);
		e.is_best = !(e.ndcg <= best_ndcg); /* nobody to judge: the last */
		if (e.is_best) {
			best = epoch;
			best_ndcg = e.ndcg;
			best_copy(f, true);
		}
		if (watch && watch->epoch && !watch->epoch(watch->self, &e))
			break;
		if (data->validation && f->s.patience && epoch - best >= f->s.patience)
			break;
	}
	best_copy(f, false);
	return NULL;
}

static void sampler_begin(struct fit *f)
{
	uint32_t *counts = array_of(f->items, sizeof *counts);

	for (size_t i = 0; i < sparse_count(f->train); i++)
		counts[f->train->column[i]]++;
	f->sampler = sampler_new(counts, f->items, f->s.power);
	free(counts);
	for (uint32_t i = 0; i < f->items; i++)
		f->row_of[i] = NONE;
}

static void fit_begin(struct fit *f, struct heap *h)
{
	take_batch(f, h);
	take_items(f, h);
	take_followed(f, h);
	h->at = array_of(h->used, 1);
	h->used = 0;
	take_batch(f, h);
	take_items(f, h);
	take_followed(f, h);
	f->m = sequence_model_new(&f->s, f->items);
	body_normal(f->m->table, (size_t)f->items * f->s.width, .02, f->s.seed);
	f->network->begin(f->m);
	if (f->s.negatives)
		sampler_begin(f);
}

problem sequence_fit(struct threads *threads, const struct sequence_data *data, const struct sequence_settings *s, const struct sequence_watch *watch,
                     struct sequence_model **ret)
{
	struct heap heap = { 0 };
	problem why = sequence_check(s);
	struct fit f;

	assert(!data->validation || (data->validation->rows == data->train->rows && data->validation->columns == data->train->columns));
	if (why)
		return why;
	if (data->train->columns == 0)
		return &sequence_short;
	f = fit_of(s, data->train->columns);
	f.threads = threads;
	f.train = data->train;
	gather_places(&f);
	if (f.place_count == 0 || f.place_count > UINT32_MAX) {
		why = &sequence_short;
	} else {
		fit_begin(&f, &heap);
		why = fit_epochs(&f, data, watch);
	}
	if (why)
		sequence_free(&f.m);
	else
		*ret = f.m;
	free(f.places);
	free(f.order);
	sampler_free(&f.sampler);
	free(heap.at);
	return why;
}
