/* sasrec.c - body: positions (length, d), of which the last is that of the newest item; the blocks; the last norm. A block is
 *   x += dropout(attention(norm(x))), x += dropout(W2 gelu(W1 norm(x) + b1) + b2)
 * with the norm before each part (Xiong et al., ICML 2020), so that it learns without a warm-up. */
#include "rec/sequence_parts.h"

#include <string.h>

#include "num/random.h"

struct block { float *gain1, *shift1, *wqkv, *bqkv, *wo, *bo, *gain2, *shift2, *w1, *b1, *w2, *b2; };

static struct block block_take(const struct sequence_settings *s, float **body)
{
	size_t d = s->width, inner = s->inner;
	struct block b = { .gain1 = body_take(body, d) };

	b.shift1 = body_take(body, d);
	b.wqkv = body_take(body, d * 3 * d);
	b.bqkv = body_take(body, 3 * d);
	b.wo = body_take(body, d * d);
	b.bo = body_take(body, d);
	b.gain2 = body_take(body, d);
	b.shift2 = body_take(body, d);
	b.w1 = body_take(body, d * inner);
	b.b1 = body_take(body, inner);
	b.w2 = body_take(body, inner * d);
	b.b2 = body_take(body, d);
	return b;
}

/* What a block leaves for the way back. x: what it took; middle: after attention. */
struct kept { struct dense x, norm1, qkv, heard, middle, norm2, inner, active; float *scale1, *scale2, *chances; };

static struct kept kept_take(const struct sequence_settings *s, size_t n, float **work)
{
	size_t d = s->width;
	struct kept k = { .x = dense_of(body_take(work, n * d), n, d) };

	k.norm1 = dense_of(body_take(work, n * d), n, d);
	k.qkv = dense_of(body_take(work, n * 3 * d), n, 3 * d);
	k.heard = dense_of(body_take(work, n * d), n, d);
	k.middle = dense_of(body_take(work, n * d), n, d);
	k.norm2 = dense_of(body_take(work, n * d), n, d);
	k.inner = dense_of(body_take(work, n * s->inner), n, s->inner);
	k.active = dense_of(body_take(work, n * s->inner), n, s->inner);
	k.scale1 = body_take(work, n);
	k.scale2 = body_take(work, n);
	k.chances = body_take(work, n * s->length);
	return k;
}

static size_t tokens(const struct sequence_settings *s, size_t rows) { (void)s; return rows; }

static size_t block_count(const struct sequence_settings *s)
{
	size_t d = s->width;

	return 4 * d * d + 2 * d * s->inner + 9 * d + s->inner;
}

static size_t body_count(const struct sequence_settings *s)
{
	return (size_t)s->length * s->width + s->blocks * block_count(s) + 2 * (size_t)s->width;
}

static size_t kept_count(const struct sequence_settings *s) { return 8 * (size_t)s->width + 2 * (size_t)s->inner + 2 + s->length; }

/* Beside what is kept: the last x and its scale, and the way back's own dx, dinner, dqkv, dpart */
static size_t work_count(const struct sequence_settings *s, size_t n)
{
	return n * (s->blocks * kept_count(s) + (size_t)s->width + 1 + s->inner + 5 * (size_t)s->width);
}

static void begin_block(const struct sequence_settings *s, struct block b, uint64_t seed)
{
	size_t d = s->width;

	body_fill(b.gain1, d, 1);
	body_fill(b.gain2, d, 1);
	body_normal(b.wqkv, d * 3 * d, .02, seed);
	body_normal(b.wo, d * d, .02, seed + 1);
	body_normal(b.w1, d * s->inner, .02, seed + 2);
	body_normal(b.w2, s->inner * d, .02, seed + 3);
}

static void begin(struct sequence_model *m)
{
	float *at = m->body;

	body_normal(body_take(&at, (size_t)m->is.length * m->is.width), (size_t)m->is.length * m->is.width, .02, m->is.seed + 1);
	for (uint32_t i = 0; i < m->is.blocks; i++)
		begin_block(&m->is, block_take(&m->is, &at), m->is.seed + 2 + 4 * i);
	body_fill(at, m->is.width, 1);
}

static struct attention attention_of(const struct sequence_model *m, const struct piece *p, uint64_t key, size_t sequence)
{
	return (struct attention){ p->lengths[sequence], m->is.width, p->dropped, random_bits(key + sequence) };
}

static void attend(const struct sequence_model *m, const struct piece *p, const struct kept *k, uint64_t key)
{
	size_t d = m->is.width, first = 0;

	for (size_t q = 0; q < p->sequences; first += p->lengths[q++]) {
		struct attention a = attention_of(m, p, key, q);

		attention_forward(&a, k->qkv.at + first * 3 * d, k->chances + first * m->is.length, k->heard.at + first * d);
	}
}

static void attend_back(const struct sequence_model *m, const struct piece *p, const struct kept *k, uint64_t key, const float *dy, float *dqkv)
{
	size_t d = m->is.width, first = 0;

	for (size_t q = 0; q < p->sequences; first += p->lengths[q++]) {
		struct attention a = attention_of(m, p, key, q);

		attention_backward(&a, k->qkv.at + first * 3 * d, k->chances + first * m->is.length, dy + first * d, dqkv + first * 3 * d);
	}
}

/* Keys of a block's three dropouts: the chances, and the outcome of either part. */
static uint64_t key_of(const struct piece *p, size_t block, size_t which) { return random_bits(p->key + 3 * block + which + 1); }

static void block_forward(const struct sequence_model *m, const struct piece *p, size_t i, const struct block *b, const struct kept *k, struct dense out)
{
	size_t n = p->tokens * m->is.width;

	norm_forward(k->x, b->gain1, b->shift1, k->norm1, k->scale1);
	linear_forward(k->norm1, b->wqkv, b->bqkv, k->qkv);
	attend(m, p, k, key_of(p, i, 0));
	linear_forward(k->heard, b->wo, b->bo, k->middle);
	dropout(k->middle.at, n, p->dropped, key_of(p, i, 1));
	dense_axpy(k->middle.at, 1, k->x.at, n);
	norm_forward(k->middle, b->gain2, b->shift2, k->norm2, k->scale2);
	linear_forward(k->norm2, b->w1, b->b1, k->inner);
	activation_forward(GELU, k->inner.at, k->active.at, p->tokens * m->is.inner);
	linear_forward(k->active, b->w2, b->b2, out);
	dropout(out.at, n, p->dropped, key_of(p, i, 2));
	dense_axpy(out.at, 1, k->middle.at, n);
}

static void positions_add(const struct sequence_model *m, const struct piece *p, float *x)
{
	size_t d = m->is.width;

	for (size_t q = 0; q < p->sequences; x += p->lengths[q++] * d)
		dense_axpy(x, 1, m->body + (m->is.length - p->lengths[q]) * d, p->lengths[q] * d);
}

static void forward(const struct sequence_model *m, const struct piece *p, struct dense h)
{
	size_t d = m->is.width, n = p->tokens;
	float *body = m->body + m->is.length * d, *work = p->work, *scale;
	struct dense x;

	embedding_forward(m->table, p->item, dense_of(work, n, d));
	positions_add(m, p, work);
	dropout(work, n * d, p->dropped, random_bits(p->key));
	for (size_t i = 0; i < m->is.blocks; i++) {
		struct block b = block_take(&m->is, &body);
		struct kept k = kept_take(&m->is, n, &work);

		block_forward(m, p, i, &b, &k, dense_of(work, n, d));
	}
	x = dense_of(body_take(&work, n * d), n, d);
	scale = body_take(&work, n);
	norm_forward(x, body, body + d, h, scale);
}

/* The gradients of a block's weights lie as the weights do. dx: in by what it gave, out by what it took. */
struct back { struct dense dx, dpart; float *dinner, *dqkv; };

static void block_backward(const struct sequence_model *m, const struct piece *p, size_t i, const struct kept *k, const struct back *t,
                           const struct block *b, const struct block *g)
{
	size_t d = m->is.width, n = p->tokens;
	struct dense dinner = dense_of(t->dinner, n, m->is.inner), dqkv = dense_of(t->dqkv, n, 3 * d);
	struct dense dnorm = dense_of(t->dqkv, n, d); /* qkv's own is not needed yet, or no more */
	struct norm_back second = { b->gain2, k->scale2, g->gain2, g->shift2 }, first = { b->gain1, k->scale1, g->gain1, g->shift1 };

	memcpy(t->dpart.at, t->dx.at, n * d * sizeof(float));
	dropout(t->dpart.at, n * d, p->dropped, key_of(p, i, 2));
	linear_backward(k->active, b->w2, t->dpart, g->w2, g->b2, dinner);
	activation_backward(GELU, k->inner.at, k->active.at, dinner.at, dinner.at, n * m->is.inner);
	linear_backward(k->norm2, b->w1, dinner, g->w1, g->b1, dnorm);
	norm_backward(k->middle, dnorm, &second, t->dpart);
	dense_axpy(t->dx.at, 1, t->dpart.at, n * d);

	memcpy(t->dpart.at, t->dx.at, n * d * sizeof(float));
	dropout(t->dpart.at, n * d, p->dropped, key_of(p, i, 1));
	linear_backward(k->heard, b->wo, t->dpart, g->wo, g->bo, k->norm2); /* norm2 has been read for the last time */
	attend_back(m, p, k, key_of(p, i, 0), k->norm2.at, dqkv.at);
	linear_backward(k->norm1, b->wqkv, dqkv, g->wqkv, g->bqkv, k->heard);
	norm_backward(k->x, k->heard, &first, t->dpart);
	dense_axpy(t->dx.at, 1, t->dpart.at, n * d);
}

static void backward(const struct sequence_model *m, const struct piece *p, struct dense dh, float *dbody, float *dinput)
{
	size_t d = m->is.width, n = p->tokens, count = block_count(&m->is), kept = n * kept_count(&m->is), first = 0;
	float *work = p->work + m->is.blocks * kept, *last = m->body + m->is.length * d + m->is.blocks * count;
	float *dlast = dbody + (last - m->body), *x = body_take(&work, n * d), *scale = body_take(&work, n);
	struct norm_back norm = { last, scale, dlast, dlast + d };
	struct back t = { .dx = dense_of(dinput, n, d), .dinner = body_take(&work, n * m->is.inner), .dqkv = body_take(&work, n * 3 * d) };

	t.dpart = dense_of(body_take(&work, n * d), n, d);
	norm_backward(dense_of(x, n, d), dh, &norm, t.dx);
	for (size_t i = m->is.blocks; i-- > 0;) {
		float *body = m->body + m->is.length * d + i * count, *dbody_i = dbody + m->is.length * d + i * count, *at = p->work + i * kept;
		struct block b = block_take(&m->is, &body), g = block_take(&m->is, &dbody_i);
		struct kept k = kept_take(&m->is, n, &at);

		block_backward(m, p, i, &k, &t, &b, &g);
	}
	dropout(dinput, n * d, p->dropped, random_bits(p->key));
	for (size_t q = 0; q < p->sequences; first += p->lengths[q++])
		dense_axpy(dbody + (m->is.length - p->lengths[q]) * d, 1, dinput + first * d, p->lengths[q] * d);
}

const struct sequence_network sequence_sasrec = { "sasrec", 8, tokens, body_count, work_count, begin, forward, backward };
