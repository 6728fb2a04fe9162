/* caser.c - body: for each height 1 .. length its horizontal filters (filters, height d) and their shifts; vertical filters (filters,
 * length); the inner layer (parts, d) and its shift, parts = length horizontal + vertical d. The inner layer has no ReLU: what it gives is
 * scored by the table that is read from too, where both signs mean something. */
#include "rec/sequence_parts.h"

#include <math.h>
#include <string.h>

#include "num/random.h"

struct sizes { size_t d, length, horizontal, vertical, parts; };

static struct sizes sizes_of(const struct sequence_settings *s)
{
	return (struct sizes){ s->width, s->length, s->horizontal, s->vertical, (size_t)s->length * s->horizontal + (size_t)s->vertical * s->width };
}

/* Of all heights below this one: weights, and numbers that the convolutions of one row give. */
static size_t filters_before(struct sizes z, size_t height) { return z.horizontal * (z.d * height * (height - 1) / 2 + height - 1); }
static size_t places_before(struct sizes z, size_t height) { return z.horizontal * ((height - 1) * z.length - (height - 1) * (height - 2) / 2); }

struct weights { float *horizontal, *vertical, *inner, *shift; };

static struct weights weights_at(struct sizes z, float *body)
{
	struct weights w = { .horizontal = body_take(&body, filters_before(z, z.length + 1)) };

	w.vertical = body_take(&body, z.vertical * z.length);
	w.inner = body_take(&body, z.parts * z.d);
	w.shift = body_take(&body, z.d);
	return w;
}


struct work { float *x, *over_time; struct dense parts, kept, dparts; uint32_t *where; };

static struct work work_at(struct sizes z, size_t n, float *work)
{
	struct work w = { .x = body_take(&work, n * z.length * z.d) };

	w.over_time = body_take(&work, n * places_before(z, z.length + 1));
	w.parts = dense_of(body_take(&work, n * z.parts), n, z.parts);
	w.kept = dense_of(body_take(&work, n * z.parts), n, z.parts);
	w.dparts = dense_of(body_take(&work, n * z.parts), n, z.parts);
	w.where = (uint32_t *)(void *)body_take(&work, n * z.length * z.horizontal);
	return w;
}

static size_t tokens(const struct sequence_settings *s, size_t rows) { return rows * s->length; }

static size_t body_count(const struct sequence_settings *s)
{
	struct sizes z = sizes_of(s);

	return filters_before(z, z.length + 1) + z.vertical * z.length + (z.parts + 1) * z.d;
}

static size_t work_count(const struct sequence_settings *s, size_t n)
{
	struct sizes z = sizes_of(s);

	return n / z.length * (z.length * z.d + places_before(z, z.length + 1) + 3 * z.parts + z.length * z.horizontal);
}

static void begin(struct sequence_model *m)
{
	struct sizes z = sizes_of(&m->is);
	struct weights w = weights_at(z, m->body);

	for (size_t height = 1; height <= z.length; height++)
		body_normal(w.horizontal + filters_before(z, height), z.horizontal * height * z.d, sqrt(1.0 / (double)(height * z.d)), m->is.seed + height);
	body_normal(w.vertical, z.vertical * z.length, sqrt(1.0 / (double)z.length), m->is.seed + z.length + 1);
	body_normal(w.inner, z.parts * z.d, sqrt(1.0 / (double)z.parts), m->is.seed + z.length + 2);
}

static void forward(const struct sequence_model *m, const struct piece *p, struct dense h)
{
	struct sizes z = sizes_of(&m->is);
	struct weights w = weights_at(z, m->body);
	struct work at = work_at(z, p->rows, p->work);
	struct window window = { p->rows, z.length, z.d };
	size_t flat = z.length * z.horizontal;

	embedding_forward(m->table, p->item, dense_of(at.x, p->tokens, z.d));
	for (size_t height = 1; height <= z.length; height++) {
		float *filter = w.horizontal + filters_before(z, height), *y = at.over_time + p->rows * places_before(z, height);
		struct dense to = dense_columns(at.parts, (height - 1) * z.horizontal, z.horizontal);

		horizontal_forward(&window, (struct horizontal){ height, z.horizontal }, at.x, filter, filter + z.horizontal * height * z.d, y);
		max_forward(y, p->rows, z.length - height + 1, z.horizontal, to, at.where + p->rows * (height - 1) * z.horizontal);
	}
	vertical_forward(&window, at.x, w.vertical, dense_columns(at.parts, flat, z.vertical * z.d));
	for (size_t i = 0; i < p->rows; i++) {
		float *row = dense_row(&at.parts, i), *kept = dense_row(&at.kept, i);

		activation_forward(RELU, row, row, flat);
		memcpy(kept, row, z.parts * sizeof(float));
	}
	dropout(at.kept.at, p->rows * z.parts, p->dropped, random_bits(p->key));
	linear_forward(at.kept, w.inner, w.shift, h);
}

static void backward(const struct sequence_model *m, const struct piece *p, struct dense dh, float *dbody, float *dinput)
{
	struct sizes z = sizes_of(&m->is);
	struct weights w = weights_at(z, m->body), dw = weights_at(z, dbody);
	struct work at = work_at(z, p->rows, p->work);
	struct window window = { p->rows, z.length, z.d };
	size_t flat = z.length * z.horizontal;

	linear_backward(at.kept, w.inner, dh, dw.inner, dw.shift, at.dparts);
	dropout(at.dparts.at, p->rows * z.parts, p->dropped, random_bits(p->key));
	memset(dinput, 0, p->tokens * z.d * sizeof(float));
	for (size_t i = 0; i < p->rows; i++)
		activation_backward(RELU, NULL, dense_row(&at.parts, i), dense_row(&at.dparts, i), dense_row(&at.dparts, i), flat);
	for (size_t height = 1; height <= z.length; height++) {
		size_t filter = filters_before(z, height), shift = filter + z.horizontal * height * z.d;
		float *dy = at.over_time + p->rows * places_before(z, height);
		struct horizontal_back back = { at.x, w.horizontal + filter, dw.horizontal + filter, dw.horizontal + shift, dinput };

		max_backward(dense_columns(at.dparts, (height - 1) * z.horizontal, z.horizontal), z.length - height + 1,
		             at.where + p->rows * (height - 1) * z.horizontal, dy);
		horizontal_backward(&window, (struct horizontal){ height, z.horizontal }, dy, &back);
	}
	vertical_backward(&window, at.x, w.vertical, dense_columns(at.dparts, flat, z.vertical * z.d), dw.vertical, dinput);
}

const struct sequence_network sequence_caser = { "caser", 8, tokens, body_count, work_count, begin, forward, backward };
