/* fields.c - cells as features */
#include "rec/fields.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "rec/fm.h"

const struct problem fields_kind = { 422, "fields-kind", "A column has words where the model learned from numbers." };

static const double deviations_max = 10;

/* ---- what there is ---- */

static int by_bytes(const void *a, const void *b) { return text_compare(*(const struct text *)a, *(const struct text *)b); }

/* A cell as a word; absent: a hole */
static struct text word_of(const struct table_column *c, uint32_t row, char out[TABLE_WORD_MAX])
{
	if (c->kind == WORDS)
		return c->words[row] == NO_WORD ? (struct text){ 0 } : c->levels[c->words[row]];
	return isnan(c->numbers[row]) ? (struct text){ 0 } : table_word(c->numbers[row], out);
}

/* Levels that the rows have */
static void learn_levels(const struct table_column *c, const struct field_choice *choice, struct field *f)
{
	bool *seen = array_of(c->level_count, sizeof *seen);

	for (size_t i = 0; i < choice->count; i++) {
		if (c->words[choice->row[i]] != NO_WORD)
			seen[c->words[choice->row[i]]] = true;
	}
	for (size_t i = 0; i < c->level_count; i++) {
		if (seen[i])
			f->words[f->count++] = c->levels[i];
	}
	free(seen);
}

static void learn_number_words(struct arena *arena, const struct table_column *c, const struct field_choice *choice, struct field *f)
{
	real *number = array_of(choice->count, sizeof *number);
	char out[TABLE_WORD_MAX];
	size_t count = 0;

	for (size_t i = 0; i < choice->count; i++) {
		if (!isnan(c->numbers[choice->row[i]]))
			number[count++] = c->numbers[choice->row[i]] + 0;
	}
	qsort(number, count, sizeof *number, table_by_number);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || number[i] != number[i - 1])
			f->words[f->count++] = arena_text(arena, table_word(number[i], out));
	}
	qsort(f->words, f->count, sizeof *f->words, by_bytes);
	free(number);
}

static void learn_words(struct arena *arena, const struct table_column *c, const struct field_choice *choice, struct field *f)
{
	*f = (struct field){ .name = c->name, .kind = FIELD_WORDS };
	f->words = ARENA_ARRAY(arena, struct text, choice->count + 1);
	if (c->kind == WORDS)
		learn_levels(c, choice, f);
	else
		learn_number_words(arena, c, choice, f);
}

static void learn_numbers(const struct table_column *c, const struct field_choice *choice, struct field *f)
{
	real sum = 0, squares = 0, about_zero = 0, count = 0, mean;

	for (size_t i = 0; i < choice->count; i++) {
		if (!isnan(c->numbers[choice->row[i]])) {
			sum += c->numbers[choice->row[i]];
			count++;
		}
	}
	mean = count > 0 ? sum / count : 0;
	for (size_t i = 0; i < choice->count; i++) {
		real x = c->numbers[choice->row[i]];

		squares += isnan(x) ? 0 : (x - mean) * (x - mean);
		about_zero += isnan(x) ? 0 : x * x;
	}
	*f = (struct field){ .name = c->name, .kind = FIELD_NUMBERS, .count = 1, .mean = (double)mean };
	f->deviation = real_is_rounding(squares, about_zero) ? 0 : (double)sqrtl(squares / count);
}

void fields_learn(struct arena *arena, const struct table *t, const struct field_choice *choice, struct fields *ret, enum field_left *left)
{
	*ret = (struct fields){ 0 };
	for (size_t j = 0; j < t->columns; j++) {
		const struct table_column *c = &t->column[j];
		struct field f;

		left[j] = FIELD_KEPT;
		if (!choice->wanted[j])
			continue;
		if (c->kind == TOO_MANY_WORDS) {
			left[j] = FIELD_MANY;
			continue;
		}
		if (c->kind == WORDS || choice->as_words[j])
			learn_words(arena, c, choice, &f);
		else
			learn_numbers(c, choice, &f);
		if (f.kind == FIELD_WORDS ? f.count < 2 : !(f.deviation > 0 && isfinite(f.deviation))) {
			left[j] = FIELD_CONSTANT;
			continue;
		}
		if (f.count > FM_FEATURES_MAX - ret->features) {
			left[j] = FIELD_MANY;
			continue;
		}
		assert(ret->count < FIELDS_MAX);
		f.first = ret->features;
		ret->features += f.count;
		ret->field[ret->count++] = f;
	}
}

/* ---- rows ---- */

/* Of a cell: its feature; FM_FEATURES_MAX: none */
struct cell {
	uint32_t feature;
	float value;
	bool is_unknown;
};

static struct cell cell_of(const struct field *f, const struct table_column *c, uint32_t row)
{
	char out[TABLE_WORD_MAX];
	struct text word, *found;
	double z;

	if (f->kind == FIELD_NUMBERS) {
		z = ((double)c->numbers[row] - f->mean) / f->deviation;
		z = z < -deviations_max ? -deviations_max : z > deviations_max ? deviations_max : z;
		return (struct cell){ isnan(z) ? FM_FEATURES_MAX : f->first, (float)z, false };
	}
	word = word_of(c, row, out);
	if (!word.at)
		return (struct cell){ FM_FEATURES_MAX, 0, false };
	found = bsearch(&word, f->words, f->count, sizeof *f->words, by_bytes);
	return (struct cell){ found ? f->first + (uint32_t)(found - f->words) : FM_FEATURES_MAX, 1, !found };
}

static problem find_columns(const struct fields *f, const struct table *t, const struct table_column **column, uint32_t *which)
{
	for (uint32_t i = 0; i < f->count; i++) {
		column[i] = table_find(t, f->field[i].name);
		if (!column[i])
			continue;
		*which = i;
		if (f->field[i].kind == FIELD_NUMBERS ? column[i]->kind != NUMBERS : column[i]->kind == TOO_MANY_WORDS)
			return &fields_kind;
	}
	return NULL;
}

problem fields_rows(const struct fields *f, const struct table *t, const uint32_t *row, size_t count, struct sparse *ret, uint32_t **field,
                    size_t *unknown, uint32_t *which)
{
	const struct table_column *column[FIELDS_MAX];
	uint32_t *of = NULL;
	size_t at = 0;
	problem why = find_columns(f, t, column, which);

	if (why)
		return why;
	assert(count <= UINT32_MAX);
	*ret = (struct sparse){ .rows = (uint32_t)count, .columns = f->features, .start = array_of(count + 1, sizeof *ret->start),
		                .column = array_of(count * f->count, sizeof *ret->column), .weight = array_of(count * f->count, sizeof *ret->weight) };
	if (field)
		*field = of = array_of(count * f->count, sizeof *of);
	*unknown = 0;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < f->count; j++) {
			struct cell c = column[j] ? cell_of(&f->field[j], column[j], row[i]) : (struct cell){ FM_FEATURES_MAX, 0, false };

			*unknown += c.is_unknown;
			if (c.feature == FM_FEATURES_MAX)
				continue;
			ret->column[at] = c.feature;
			ret->weight[at] = c.value;
			if (of)
				of[at] = j;
			at++;
		}
		ret->start[i + 1] = at;
	}
	return NULL;
}

static int64_t floor_of(int64_t a, int64_t b) { return a / b - (a % b < 0); }

struct moment moment_of(int64_t seconds, int64_t zone)
{
	enum { HOUR = 3600, HOURS = 24, DAYS = 7, FIRST_DAY = 4 /* 1970-01-01 was a Thursday */ };
	int64_t hours = floor_of(seconds + zone, HOUR), days = floor_of(hours, HOURS);

	return (struct moment){ (int)(hours - days * HOURS), (int)(days + FIRST_DAY - floor_of(days + FIRST_DAY, DAYS) * DAYS) };
}

/* ---- as a file ---- */

/* Names of the fields, then the words of each, one behind the other, and where each ends */
void fields_save(const struct fields *f, struct buffer *b)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(b->max);
	int64_t *ends = array_of((size_t)f->count + f->features, sizeof *ends);
	uint32_t kinds[FIELDS_MAX], counts[FIELDS_MAX];
	double means[FIELDS_MAX], deviations[FIELDS_MAX];
	size_t at = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		kinds[i] = f->field[i].kind;
		counts[i] = f->field[i].count;
		means[i] = f->field[i].mean;
		deviations[i] = f->field[i].deviation;
		buffer_add(&all, f->field[i].name);
		ends[at++] = (int64_t)all.length;
	}
	for (uint32_t i = 0; i < f->count; i++) {
		for (uint32_t w = 0; f->field[i].kind == FIELD_WORDS && w < f->field[i].count; w++) {
			buffer_add(&all, f->field[i].words[w]);
			ends[at++] = (int64_t)all.length;
		}
	}
	saved_add(b, "field_kinds", SAVED_U32, kinds, f->count);
	saved_add(b, "field_counts", SAVED_U32, counts, f->count);
	saved_add(b, "field_means", SAVED_F64, means, f->count);
	saved_add(b, "field_deviations", SAVED_F64, deviations, f->count);
	saved_add(b, "field_ends", SAVED_I64, ends, at);
	saved_add(b, "field_texts", SAVED_U8, buffer_text(&all).at, all.length);
	free(ends);
	if (all.why)
		b->why = all.why;
}

/* What a file says, text by text */
struct texts {
	const int64_t *ends;
	const char *bytes;
	size_t count, length, next;
	int64_t from;
};

static problem next_text(struct arena *arena, struct texts *t, struct text *ret)
{
	int64_t end;

	if (t->next == t->count)
		return &saved_lacks;
	end = t->ends[t->next++];
	if (end < t->from || end > (int64_t)t->length)
		return &saved_damaged;
	*ret = arena_text(arena, (struct text){ t->bytes + t->from, (size_t)(end - t->from) });
	t->from = end;
	return text_is_utf8(*ret) ? NULL : &saved_damaged;
}

static problem load_words(struct arena *arena, struct texts *t, struct field *f)
{
	problem why = NULL;

	if (f->count > t->count)
		return &saved_lacks;
	f->words = ARENA_ARRAY(arena, struct text, f->count);
	for (uint32_t i = 0; i < f->count && !why; i++) {
		why = next_text(arena, t, &f->words[i]);
		if (!why && i > 0 && text_compare(f->words[i - 1], f->words[i]) >= 0)
			why = &saved_damaged;
	}
	return why;
}

static problem load_numbers(const struct saved *s, struct fields *f)
{
	const void *kinds, *counts, *means, *deviations;
	size_t count;
	problem why = saved_array(s, "field_kinds", SAVED_U32, &count, &kinds);

	if (!why && count > FIELDS_MAX)
		why = &saved_damaged;
	if (!why)
		why = saved_array_of(s, "field_counts", SAVED_U32, count, &counts);
	if (!why)
		why = saved_array_of(s, "field_means", SAVED_F64, count, &means);
	if (!why)
		why = saved_array_of(s, "field_deviations", SAVED_F64, count, &deviations);
	if (why)
		return why;
	for (f->count = 0; f->count < count; f->count++) {
		struct field *to = &f->field[f->count];

		*to = (struct field){ .kind = ((const uint32_t *)kinds)[f->count], .count = ((const uint32_t *)counts)[f->count], .first = f->features,
			              .mean = ((const double *)means)[f->count], .deviation = ((const double *)deviations)[f->count] };
		if (to->kind != FIELD_WORDS && !(to->kind == FIELD_NUMBERS && to->count == 1 && isfinite(to->mean) && to->deviation > 0 && isfinite(to->deviation)))
			return &saved_damaged;
		if (to->count > FM_FEATURES_MAX - f->features)
			return &saved_damaged;
		f->features += to->count;
	}
	return NULL;
}

problem fields_load(struct arena *arena, const struct saved *s, struct fields *ret)
{
	struct texts t = { 0 };
	const void *ends, *bytes;
	problem why;

	*ret = (struct fields){ 0 };
	why = load_numbers(s, ret);
	if (!why)
		why = saved_array(s, "field_ends", SAVED_I64, &t.count, &ends);
	if (!why)
		why = saved_array(s, "field_texts", SAVED_U8, &t.length, &bytes);
	if (why)
		return why;
	t.ends = ends;
	t.bytes = bytes;
	for (uint32_t i = 0; i < ret->count && !why; i++)
		why = next_text(arena, &t, &ret->field[i].name);
	for (uint32_t i = 0; i < ret->count && !why; i++) {
		if (ret->field[i].kind == FIELD_WORDS)
			why = load_words(arena, &t, &ret->field[i]);
	}
	return why;
}
