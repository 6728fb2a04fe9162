/* gru4rec.c - body: Wx (d, 3 d), bx, Wh (d, 3 d), bh. work: x, from x, from h, gates and their gradients, row by row. */
#include "rec/sequence_parts.h"

#include <math.h>
#include <string.h>

#include "num/random.h"

struct weights { float *wx, *bx, *wh, *bh; };

static struct weights weights_at(size_t d, float *body)
{
	struct weights w;

	w.wx = body_take(&body, 3 * d * d);
	w.bx = body_take(&body, 3 * d);
	w.wh = body_take(&body, 3 * d * d);
	w.bh = body_take(&body, 3 * d);
	return w;
}

struct work { struct dense x, from_x, from_h, gates, dfrom_x, dfrom_h; };

static struct work work_at(size_t d, size_t n, float *work)
{
	struct work w = { .x = dense_of(body_take(&work, n * d), n, d) };

	w.from_x = dense_of(body_take(&work, n * 3 * d), n, 3 * d);
	w.from_h = dense_of(body_take(&work, n * 3 * d), n, 3 * d);
	w.gates = dense_of(body_take(&work, n * 3 * d), n, 3 * d);
	w.dfrom_x = dense_of(body_take(&work, n * 3 * d), n, 3 * d);
	w.dfrom_h = dense_of(body_take(&work, n * 3 * d), n, 3 * d);
	return w;
}

static size_t tokens(const struct sequence_settings *s, size_t rows) { (void)s; return rows; }
static size_t body_count(const struct sequence_settings *s) { return 6 * ((size_t)s->width + 1) * s->width; }
static size_t work_count(const struct sequence_settings *s, size_t n) { return n * 16 * s->width; }

/* Uniform within sqrt(6 / (rows + columns)), as its authors do (Glorot and Bengio, 2010) */
static void begin(struct sequence_model *m)
{
	struct random r = random_of(m->is.seed, 1);
	double within = sqrt(6.0 / (2.0 * m->is.width));
	struct weights w = weights_at(m->is.width, m->body);
	size_t n = 3 * (size_t)m->is.width * m->is.width;

	for (size_t i = 0; i < n; i++)
		w.wx[i] = (float)(within * (2 * random_unit(&r) - 1));
	for (size_t i = 0; i < n; i++)
		w.wh[i] = (float)(within * (2 * random_unit(&r) - 1));
}

static void forward(const struct sequence_model *m, const struct piece *p, struct dense h)
{
	size_t d = m->is.width;
	struct weights w = weights_at(d, m->body);
	struct work at = work_at(d, p->rows, p->work);
	struct dense state = dense_given(p->state, p->rows, d), next = dense_of(p->next, p->rows, d);

	embedding_forward(m->table, p->item, at.x);
	dropout(at.x.at, p->rows * d, p->dropped, random_bits(p->key));
	linear_forward(at.x, w.wx, w.bx, at.from_x);
	linear_forward(state, w.wh, w.bh, at.from_h);
	gru_forward(at.from_x, at.from_h, state, at.gates, next);
	memcpy(h.at, next.at, p->rows * d * sizeof(float));
	dropout(h.at, p->rows * d, p->dropped, random_bits(p->key + 1));
}

static void backward(const struct sequence_model *m, const struct piece *p, struct dense dh, float *dbody, float *dinput)
{
	size_t d = m->is.width;
	struct weights w = weights_at(d, m->body), dw = weights_at(d, dbody);
	struct work at = work_at(d, p->rows, p->work);
	struct dense state = dense_given(p->state, p->rows, d);
	struct gru_back back = { at.from_h, state, at.gates };

	dropout(dh.at, p->rows * d, p->dropped, random_bits(p->key + 1));
	gru_backward(&back, dh, at.dfrom_x, at.dfrom_h, (struct dense){ 0 });
	linear_backward(at.x, w.wx, at.dfrom_x, dw.wx, dw.bx, dense_of(dinput, p->rows, d));
	linear_backward(state, w.wh, at.dfrom_h, dw.wh, dw.bh, (struct dense){ 0 });
	dropout(dinput, p->rows * d, p->dropped, random_bits(p->key));
}

const struct sequence_network sequence_gru4rec = { "gru4rec", 2, tokens, body_count, work_count, begin, forward, backward };
