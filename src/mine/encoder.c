/* encoder.c - an encoder in a model file: five arrays. Texts lie one behind the other, with their lengths: of each feature its name and
 * its levels, then the label and its classes. */
#include "mine/frame.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { SCALES = 4 }; /* mean, deviation, low, high */

static void add_text(struct buffer *texts, struct buffer *lengths, struct text t)
{
	uint32_t length = (uint32_t)t.length;

	buffer_add(texts, t);
	buffer_add(lengths, (struct text){ (const char *)&length, sizeof length });
}

void encoder_save(const struct encoder *encoder, struct buffer *b)
{
	CLEANUP(buffer_free) struct buffer texts = BUFFER(b->max), lengths = BUFFER(b->max);
	uint32_t levels[CSV_COLUMNS_MAX];
	uint8_t is_words[CSV_COLUMNS_MAX];
	double scale[CSV_COLUMNS_MAX * SCALES];

	assert(encoder->count <= CSV_COLUMNS_MAX);
	for (size_t j = 0; j < encoder->count; j++) {
		const struct feature *f = &encoder->feature[j];

		is_words[j] = f->is_words;
		levels[j] = (uint32_t)f->level_count;
		memcpy(&scale[j * SCALES], (double[SCALES]){ f->mean, f->deviation, f->low, f->high }, SCALES * sizeof *scale);
		add_text(&texts, &lengths, f->name);
		for (size_t k = 0; k < f->level_count; k++)
			add_text(&texts, &lengths, f->levels[k]);
	}
	add_text(&texts, &lengths, encoder->label);
	add_text(&texts, &lengths, encoder->classes[0]);
	add_text(&texts, &lengths, encoder->classes[1]);
	if (texts.why || lengths.why)
		b->why = &problem_too_large;
	saved_add(b, "frame.words", SAVED_U8, is_words, encoder->count);
	saved_add(b, "frame.levels", SAVED_U32, levels, encoder->count);
	saved_add(b, "frame.scale", SAVED_F64, scale, encoder->count * SCALES);
	saved_add(b, "frame.texts", SAVED_U8, buffer_text(&texts).at, texts.length);
	saved_add(b, "frame.lengths", SAVED_U32, buffer_text(&lengths).at, lengths.length / sizeof(uint32_t));
}

/* ---- reading ---- */

struct stored {
	size_t count, text_bytes, texts;
	const uint8_t *is_words;
	const uint32_t *levels, *length;
	const double *scale;
	const char *text;
};

static problem find_arrays(const struct saved *s, struct stored *ret)
{
	const void *words, *levels, *scale, *texts, *lengths;
	problem why = saved_array(s, "frame.words", SAVED_U8, &ret->count, &words);

	if (!why && (ret->count < 1 || ret->count > CSV_COLUMNS_MAX))
		why = &saved_damaged;
	if (!why)
		why = saved_array_of(s, "frame.levels", SAVED_U32, ret->count, &levels);
	if (!why)
		why = saved_array_of(s, "frame.scale", SAVED_F64, ret->count * SCALES, &scale);
	if (!why)
		why = saved_array(s, "frame.texts", SAVED_U8, &ret->text_bytes, &texts);
	if (!why)
		why = saved_array(s, "frame.lengths", SAVED_U32, &ret->texts, &lengths);
	if (why)
		return why;
	ret->is_words = words;
	ret->levels = levels;
	ret->scale = scale;
	ret->text = texts;
	ret->length = lengths;
	return NULL;
}

/* Are there as many texts as features and levels want, and as many bytes as they are long? */
static bool fits(const struct stored *s)
{
	uint64_t texts = s->count + 3, bytes = 0;

	for (size_t j = 0; j < s->count; j++) {
		if (s->is_words[j] > 1 || s->levels[j] > FRAME_LEVELS_MAX || (s->is_words[j] ? !s->levels[j] : s->levels[j] != 0))
			return false;
		texts += s->levels[j];
	}
	if (texts != s->texts)
		return false;
	for (size_t i = 0; i < s->texts; i++)
		bytes += s->length[i];
	return bytes == s->text_bytes;
}

static bool take_feature(struct arena *arena, const struct stored *s, size_t j, struct text *next, struct feature *ret)
{
	const double *scale = s->scale + j * SCALES;

	*ret = (struct feature){ .name = *next, .is_words = s->is_words[j], .level_count = s->levels[j], .mean = scale[0], .deviation = scale[1],
	                         .low = scale[2], .high = scale[3] };
	ret->levels = ARENA_ARRAY(arena, struct text, ret->level_count);
	memcpy(ret->levels, next + 1, ret->level_count * sizeof *next);
	for (size_t k = 1; k < ret->level_count; k++) {
		if (text_compare(ret->levels[k - 1], ret->levels[k]) >= 0)
			return false;
	}
	return ret->name.length && isfinite(ret->mean) && isfinite(ret->deviation) && ret->deviation > 0 && ret->low <= ret->high;
}

static bool has_names_once(const struct encoder *e)
{
	for (size_t j = 0; j < e->count; j++) {
		for (size_t k = 0; k < j; k++) {
			if (text_eq(e->feature[j].name, e->feature[k].name))
				return false;
		}
	}
	return e->label.length && e->classes[1].length && !text_eq(e->classes[0], e->classes[1]);
}

problem encoder_load(struct arena *arena, const struct saved *s, struct encoder *ret)
{
	struct stored stored = { 0 };
	struct encoder e = { 0 };
	struct text *texts, *next;
	const char *at;
	bool are_texts = true;
	problem why = find_arrays(s, &stored);

	if (why)
		return why;
	if (!fits(&stored))
		return &saved_damaged;
	texts = next = ARENA_ARRAY(arena, struct text, stored.texts);
	at = stored.text;
	for (size_t i = 0; i < stored.texts; at += stored.length[i++]) {
		texts[i] = (struct text){ at, stored.length[i] };
		are_texts &= text_is_utf8(texts[i]); /* they are told of in JSON */
	}
	if (!are_texts)
		return &saved_damaged;
	e.count = stored.count;
	e.feature = ARENA_ARRAY(arena, struct feature, e.count);
	for (size_t j = 0; j < e.count; j++) {
		if (!take_feature(arena, &stored, j, next, &e.feature[j]))
			return &saved_damaged;
		next += 1 + e.feature[j].level_count;
		e.wide += e.feature[j].is_words ? e.feature[j].level_count : 1;
	}
	e.label = next[0];
	e.classes[0] = next[1];
	e.classes[1] = next[2];
	if (!has_names_once(&e))
		return &saved_damaged;
	*ret = e;
	return NULL;
}
