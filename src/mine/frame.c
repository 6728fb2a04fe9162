/* frame.c - in this order: which columns are features, which rows are kept, their values, which are test rows; then what is learned
 * from the train rows (bounds before means, since a bound moves the mean). */
#include "mine/frame.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/score.h"
#include "num/random.h"

const struct problem frame_column = { 422, "frame-column", "There is no such column." };
const struct problem frame_words = { 422, "frame-words", "Words stand in a column that had numbers when the model was made." };
const struct problem frame_infinite = { 422, "frame-infinite", "An infinite number, or one that is too large, stands among numbers." };
const struct problem frame_label = { 422, "frame-label", "The label needs two classes, or the one that is meant (--positive)." };
const struct problem frame_class = { 422, "frame-class", "The class that is meant is in no row." };
const struct problem frame_one_class = { 422, "frame-one-class", "All rows to learn from have the same class." };
const struct problem frame_few = { 422, "frame-few", "No rows or no columns are left to learn from." };
const struct problem frame_keys = { 422, "frame-keys", "A column of times or groups must be whole: a cell is empty, or its words were not kept." };
const struct problem frame_mark = { 422, "frame-mark", "Rows to judge by are marked 1, yes, true or test, the others 0, no, false, train or not at all." };
const struct problem frame_no_test = { 422, "frame-no-test", "No row is left to judge by; --all learns from all rows." };
const struct problem frame_one_time = { 422, "frame-one-time", "All rows have the same time: none is later, to judge by." };
const struct problem frame_one_group = { 422, "frame-one-group", "All rows are of one group: there is no other to judge by." };
const struct problem frame_large = { 413, "frame-large", "The table is too large: rows times columns may be 268 million." };

void *frame_array(struct arena *arena, size_t each, size_t count)
{
	void *at = calloc(count ? count : 1, each);

	if (!at)
		abort();
	arena_defer(arena, free, at);
	return at;
}

/* ---- words of a column, whatever its kind ---- */

static const struct text hole_word = TEXT_INIT("?");

/* Numbers as words: the code 171 is the word 171. */
static struct text *words_of_numbers(struct arena *arena, const real *numbers, size_t count)
{
	struct text *ret = ARENA_ARRAY(arena, struct text, count + 1);
	char word[TABLE_WORD_MAX];

	for (size_t k = 0; k < count; k++)
		ret[k] = arena_text(arena, table_word(numbers[k], word));
	return ret;
}

static int by_bytes(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The levels of a column of words, or of numbers taken for words, with "?" where it has holes. False: too many. */
static bool levels_of(struct arena *arena, const struct table_column *c, size_t rows, struct feature *ret)
{
	size_t count = c->level_count;
	const real *numbers = c->kind == NUMBERS ? table_numbers(arena, c, rows, &count) : NULL;

	if (count > TABLE_LEVELS_MAX) /* words too, where the table was read with keys */
		return false;
	if (numbers) {
		ret->levels = words_of_numbers(arena, numbers, count);
	} else {
		ret->levels = ARENA_ARRAY(arena, struct text, count + 1);
		memcpy(ret->levels, c->levels, count * sizeof *ret->levels);
	}
	if (c->holes)
		ret->levels[count++] = hole_word;
	qsort(ret->levels, count, sizeof *ret->levels, by_bytes);
	ret->level_count = count;
	ret->is_words = true;
	return true;
}

/* NaN: the feature has no such level. */
static double level_of(const struct feature *f, struct text word)
{
	const struct text *found = bsearch(&word, f->levels, f->level_count, sizeof word, by_bytes);

	return found ? (double)(found - f->levels) : NAN;
}

/* ---- one column of values ---- */

static problem take_numbers(const struct table_column *c, const struct frame *f, double *to, struct frame_fault *fault)
{
	if (c->kind != NUMBERS) {
		*fault = (struct frame_fault){ c->name, c->word, c->word_line };
		return &frame_words;
	}
	for (size_t i = 0; i < f->rows; i++)
		to[i] = (double)c->numbers[f->row[i]];
	return NULL;
}

/* Are its levels numbers that are names? Then 171.0 is the name 171. */
static bool has_numbers(const struct feature *f)
{
	char word[TABLE_WORD_MAX];
	real number;

	for (size_t k = 0; k < f->level_count; k++) {
		if (!text_eq(f->levels[k], hole_word) && !(table_number(f->levels[k], &number) && text_eq(table_word(number, word), f->levels[k])))
			return false;
	}
	return true;
}

static double level_of_number(const struct feature *f, struct text cell)
{
	char word[TABLE_WORD_MAX];
	real number;

	return table_number(cell, &number) ? level_of(f, table_word(number, word)) : NAN;
}

static void take_words(const struct feature *feature, const struct table_column *c, const struct frame *f, double *to)
{
	double hole = level_of(feature, hole_word), *place = malloc((c->level_count ? c->level_count : 1) * sizeof *place);
	bool numbers = has_numbers(feature);

	if (!place)
		abort();
	for (size_t k = 0; k < c->level_count; k++)
		place[k] = numbers ? level_of_number(feature, c->levels[k]) : level_of(feature, c->levels[k]);
	for (size_t i = 0; i < f->rows; i++) {
		unsigned word = c->words[f->row[i]];

		to[i] = word == NO_WORD ? hole : place[word];
	}
	free(place);
}

static void take_codes(const struct feature *feature, const struct table_column *c, const struct frame *f, double *to)
{
	double hole = level_of(feature, hole_word);
	char word[TABLE_WORD_MAX];

	for (size_t i = 0; i < f->rows; i++) {
		real x = c->numbers[f->row[i]];

		to[i] = isnan(x) ? hole : level_of(feature, table_word(x, word));
	}
}

static problem take_column(const struct feature *feature, const struct table_column *c, const struct frame *f, double *to,
                           struct frame_fault *fault)
{
	if (!feature->is_words)
		return take_numbers(c, f, to, fault);
	if (c->kind == WORDS)
		take_words(feature, c, f, to);
	else if (c->kind == NUMBERS)
		take_codes(feature, c, f, to);
	else
		for (size_t i = 0; i < f->rows; i++)
			to[i] = NAN;
	return NULL;
}

static void clip_column(const struct feature *feature, double *at, size_t rows, size_t *clipped)
{
	for (size_t i = 0; i < rows; i++) {
		double now = at[i] < feature->low ? feature->low : at[i] > feature->high ? feature->high : at[i];

		*clipped += now < at[i] || now > at[i];
		at[i] = now;
	}
}

static bool is_hole(const struct table_column *c, size_t row)
{
	return c->kind == NUMBERS ? isnan(c->numbers[row]) : c->kind == WORDS && c->words[row] == NO_WORD;
}

/* ---- the label ---- */

/* The class of a row: 0, 1, or -1 where it is neither. */
static int class_of(const struct encoder *e, const struct table_column *c, size_t row)
{
	char word[TABLE_WORD_MAX];
	struct text text;

	if (is_hole(c, row))
		return -1;
	text = c->kind == WORDS ? c->levels[c->words[row]] : table_word(c->numbers[row], word);
	if (text_eq(text, e->classes[1]))
		return 1;
	return !e->classes[0].length || text_eq(text, e->classes[0]) ? 0 : -1;
}

/* The different words of the label, upwards; numbers by their size. */
static problem words_of_label(struct arena *arena, const struct table *t, const struct table_column *c, struct text **ret, size_t *count)
{
	const real *numbers;

	*ret = c->levels;
	*count = c->level_count;
	if (c->kind != NUMBERS)
		return c->kind == WORDS ? NULL : &frame_label;
	numbers = table_numbers(arena, c, t->rows, count);
	if (*count > TABLE_LEVELS_MAX)
		return &frame_label;
	*ret = words_of_numbers(arena, numbers, *count);
	return NULL;
}

/* 1.0 is the class 1 of a label of numbers. */
static struct text class_meant(struct arena *arena, const struct table_column *c, struct text wished)
{
	real number;

	return c->kind == NUMBERS && table_number(wished, &number) ? words_of_numbers(arena, &number, 1)[0] : wished;
}

static problem name_classes(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct encoder *e)
{
	const struct table_column *c = table_find(t, wish->label);
	struct text *words, positive = class_meant(arena, c, wish->positive);
	size_t count, meant;
	problem why = words_of_label(arena, t, c, &words, &count);

	if (why)
		return why;
	if (count < 2)
		return count ? &frame_one_class : &frame_label;
	if (count > 2 && !positive.length)
		return &frame_label;
	for (meant = 0; positive.length && meant < count && !text_eq(words[meant], positive); meant++)
		;
	if (meant == count)
		return &frame_class;
	if (!positive.length)
		meant = 1;
	e->label = c->name;
	e->classes[1] = words[meant];
	e->classes[0] = count > 2 ? TEXT("") : words[1 - meant];
	return NULL;
}

/* ---- which columns ---- */

static bool is_among(struct text name, const struct text *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text_eq(name, names[i]))
			return true;
	}
	return false;
}

static problem must_be_there(const struct table *t, const struct text *names, size_t count, struct frame_fault *fault)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].length && !table_find(t, names[i])) {
			fault->column = names[i];
			return &frame_column;
		}
	}
	return NULL;
}

static bool is_no_feature(const struct frame_wish *wish, struct text name)
{
	return text_eq(name, wish->label) || text_eq(name, wish->group) || text_eq(name, wish->by) || is_among(name, wish->without, wish->without_count);
}

/* A column of numbers that one infinity made words of would be learned as so many names. */
static problem must_be_finite(const struct table_column *c, struct frame_fault *fault)
{
	if (!c->is_infinite)
		return NULL;
	*fault = (struct frame_fault){ c->name, c->word, c->word_line };
	return &frame_infinite;
}

static problem choose_features(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct encoder *e,
                               struct frame_report *report, struct frame_fault *fault)
{
	e->feature = ARENA_ARRAY(arena, struct feature, t->columns);
	report->empty = ARENA_ARRAY(arena, struct text, t->columns);
	report->too_many_words = ARENA_ARRAY(arena, struct text, t->columns);
	for (size_t j = 0; j < t->columns; j++) {
		const struct table_column *c = &t->column[j];
		struct feature *f = &e->feature[e->count];
		bool is_words = c->kind == WORDS || is_among(c->name, wish->categories, wish->category_count);

		if (is_no_feature(wish, c->name))
			continue;
		if (!is_among(c->name, wish->categories, wish->category_count) && must_be_finite(c, fault))
			return &frame_infinite;
		*f = (struct feature){ .name = c->name, .deviation = 1, .low = -INFINITY, .high = INFINITY };
		if (c->kind != TOO_MANY_WORDS && c->holes == t->rows)
			report->empty[report->empty_count++] = c->name;
		else if (c->kind == TOO_MANY_WORDS || (is_words && !levels_of(arena, c, t->rows, f)))
			report->too_many_words[report->too_many_words_count++] = c->name;
		else
			e->wide += e->feature[e->count++].is_words ? f->level_count : 1;
	}
	return NULL;
}

/* ---- which rows ---- */

static size_t holes_in(const struct table *t, const struct encoder *e, size_t row)
{
	size_t holes = 0;

	for (size_t j = 0; j < e->count; j++)
		holes += is_hole(table_find(t, e->feature[j].name), row);
	return holes;
}

/* A row whose class is not known cannot be learned from. */
static bool has_class(const struct encoder *e, const struct table_column *label, size_t row, unsigned char *ret)
{
	int class = class_of(e, label, row);

	*ret = class == 1;
	return class >= 0;
}

static void choose_rows(struct arena *arena, const struct table *t, const struct encoder *e, bool drop_holes, struct frame *f,
                        struct frame_report *report)
{
	const struct table_column *label = table_find(t, e->label);

	f->row = FRAME_ARRAY(arena, size_t, t->rows);
	f->label = FRAME_ARRAY(arena, unsigned char, t->rows);
	f->columns = e->count;
	report->read = t->rows;
	for (size_t i = 0; i < t->rows; i++) {
		size_t holes = holes_in(t, e, i);

		if (!has_class(e, label, i, &f->label[f->rows])) {
			report->without_label++;
		} else if (holes && drop_holes) {
			report->with_holes++;
		} else {
			report->hole_cells += holes;
			f->row[f->rows++] = i;
		}
	}
}

/* All rows; labels where each of them has one. */
static void all_rows(struct arena *arena, const struct table *t, const struct encoder *e, struct frame *f, struct frame_report *report)
{
	const struct table_column *label = table_find(t, e->label);

	f->rows = report->read = t->rows;
	f->row = FRAME_ARRAY(arena, size_t, t->rows);
	f->label = FRAME_ARRAY(arena, unsigned char, t->rows);
	f->columns = e->count;
	for (size_t i = 0; i < t->rows; i++) {
		f->row[i] = i;
		report->hole_cells += holes_in(t, e, i);
		report->without_label += !(label && label->kind != TOO_MANY_WORDS && has_class(e, label, i, &f->label[i]));
	}
	if (report->without_label)
		f->label = NULL;
}

static problem take_all(struct arena *arena, const struct table *t, const struct encoder *e, struct frame *f, struct frame_fault *fault)
{
	if (f->rows > FRAME_ROWS_MAX || (f->rows && e->count > FRAME_CELLS_MAX / f->rows))
		return &frame_large;
	f->ord = FRAME_ARRAY(arena, double, f->rows * e->count);
	for (size_t j = 0; j < e->count; j++) {
		const struct table_column *c = table_find(t, e->feature[j].name);
		problem why = take_column(&e->feature[j], c, f, f->ord + j * f->rows, fault);

		if (why)
			return why;
	}
	return NULL;
}

/* ---- rows that are there twice ---- */

static uint64_t row_hash(const struct frame *f, size_t i)
{
	uint64_t hash = f->label[i];

	for (size_t j = 0; j < f->columns; j++) {
		double x = f->ord[j * f->rows + i] + 0; /* -0 and 0 are one */
		uint64_t bits;

		memcpy(&bits, &x, sizeof bits);
		hash = random_bits(hash ^ (isnan(x) ? 1 : bits));
	}
	return hash;
}

static bool rows_equal(const struct frame *f, size_t a, size_t b)
{
	for (size_t j = 0; j < f->columns; j++) {
		double x = f->ord[j * f->rows + a], y = f->ord[j * f->rows + b];

		if (!(x == y || (isnan(x) && isnan(y))))
			return false;
	}
	return f->label[a] == f->label[b];
}

/* keep[i]: no row before i is equal to it. How many are not kept is returned. */
static size_t find_twice(const struct frame *f, unsigned char *keep)
{
	size_t slots = 1, twice = 0, *slot;

	while (slots < 2 * f->rows + 1)
		slots *= 2;
	slot = calloc(slots, sizeof *slot);
	if (!slot)
		abort();
	for (size_t i = 0; i < f->rows; i++) {
		size_t at = row_hash(f, i) & (slots - 1);

		while (slot[at] && !rows_equal(f, slot[at] - 1, i))
			at = (at + 1) & (slots - 1);
		keep[i] = !slot[at];
		twice += !keep[i];
		slot[at] = slot[at] ? slot[at] : i + 1;
	}
	free(slot);
	return twice;
}

static void keep_rows(struct arena *arena, const struct frame *f, const unsigned char *keep, struct frame *ret)
{
	struct frame out = { .columns = f->columns, .groups = f->groups };
	size_t *from = malloc((f->rows ? f->rows : 1) * sizeof *from);

	if (!from)
		abort();
	for (size_t i = 0; i < f->rows; i++) {
		if (keep[i])
			from[out.rows++] = i;
	}
	out.row = FRAME_ARRAY(arena, size_t, out.rows);
	out.ord = FRAME_ARRAY(arena, double, out.rows * out.columns);
	out.label = f->label ? FRAME_ARRAY(arena, unsigned char, out.rows) : NULL;
	out.test = f->test ? FRAME_ARRAY(arena, unsigned char, out.rows) : NULL;
	out.group = f->group ? FRAME_ARRAY(arena, unsigned, out.rows) : NULL;
	for (size_t i = 0; i < out.rows; i++) {
		out.row[i] = f->row[from[i]];
		if (out.label)
			out.label[i] = f->label[from[i]];
		if (out.test)
			out.test[i] = f->test[from[i]];
		if (out.group)
			out.group[i] = f->group[from[i]];
	}
	for (size_t j = 0; j < out.columns; j++) {
		for (size_t i = 0; i < out.rows; i++)
			out.ord[j * out.rows + i] = f->ord[j * f->rows + from[i]];
	}
	free(from);
	*ret = out;
}

void frame_part(struct arena *arena, const struct frame *f, bool test, struct frame *ret)
{
	unsigned char *keep = malloc(f->rows ? f->rows : 1);

	if (!keep)
		abort();
	for (size_t i = 0; i < f->rows; i++)
		keep[i] = (f->test && f->test[i]) == test;
	keep_rows(arena, f, keep, ret);
	free(keep);
}

static void drop_twice(struct arena *arena, struct frame *f, struct frame_report *report)
{
	unsigned char *keep = malloc(f->rows ? f->rows : 1);

	if (!keep)
		abort();
	report->twice = find_twice(f, keep);
	if (report->twice)
		keep_rows(arena, f, keep, f);
	free(keep);
}

/* ---- groups, and the rows to judge by ---- */

/* A number for each row that orders, and tells apart, what the column says. */
static problem keys_of(struct arena *arena, const struct table *t, struct text name, const struct frame *f, real **ret, struct frame_fault *fault)
{
	const struct table_column *c = table_find(t, name);

	if (must_be_finite(c, fault))
		return &frame_infinite;
	*fault = (struct frame_fault){ .column = name };
	if (c->kind == TOO_MANY_WORDS)
		return &frame_keys;
	*ret = FRAME_ARRAY(arena, real, f->rows);
	for (size_t i = 0; i < f->rows; i++) {
		if (is_hole(c, f->row[i])) {
			fault->line = t->line[f->row[i]];
			return &frame_keys;
		}
		(*ret)[i] = c->kind == WORDS ? c->words[f->row[i]] : c->numbers[f->row[i]];
	}
	return NULL;
}

static real *sorted_keys(struct arena *arena, const real *keys, size_t count)
{
	real *ret = FRAME_ARRAY(arena, real, count);

	memcpy(ret, keys, count * sizeof *ret);
	qsort(ret, count, sizeof *ret, table_by_number);
	return ret;
}

static problem name_groups(struct arena *arena, const struct table *t, struct text name, struct frame *f, struct frame_fault *fault)
{
	real *keys, *first;
	problem why = keys_of(arena, t, name, f, &keys, fault);

	if (why)
		return why;
	first = sorted_keys(arena, keys, f->rows);
	for (size_t i = 0; i < f->rows; i++) {
		if (!f->groups || first[f->groups - 1] < first[i])
			first[f->groups++] = first[i];
	}
	f->group = FRAME_ARRAY(arena, unsigned, f->rows);
	for (size_t i = 0; i < f->rows; i++) {
		const real *found = bsearch(&keys[i], first, f->groups, sizeof *first, table_by_number);

		f->group[i] = (unsigned)(found - first);
	}
	return NULL;
}

/* 1: to judge by, 0: to learn from, -1: the word says neither. */
static int mark_of(struct text word)
{
	static const char *const marks[2][4] = { { "0", "no", "false", "train" }, { "1", "yes", "true", "test" } };

	for (int mark = 0; mark < 2; mark++) {
		for (size_t k = 0; k < 4; k++) {
			if (text_eq_nocase(word, text_of(marks[mark][k])))
				return mark;
		}
	}
	return -1;
}

static problem split_by_column(const struct table *t, const struct table_column *c, struct frame *f, struct frame_fault *fault)
{
	if (c->kind == TOO_MANY_WORDS)
		return &frame_mark;
	for (size_t i = 0; i < f->rows; i++) {
		size_t row = f->row[i];
		int mark = is_hole(c, row) ? 0 : c->kind == NUMBERS ? c->numbers[row] != 0 : mark_of(c->levels[c->words[row]]);

		if (mark < 0) {
			fault->word = c->levels[c->words[row]];
			fault->line = t->line[row];
			return &frame_mark;
		}
		f->test[i] = mark == 1;
	}
	return NULL;
}

/* The last fifth; where more have the last time, all of them. */
static problem split_by_time(struct arena *arena, const struct table *t, struct text name, struct frame *f, struct frame_fault *fault)
{
	real *keys, *sorted, before;
	problem why = keys_of(arena, t, name, f, &keys, fault);

	if (why)
		return why;
	sorted = sorted_keys(arena, keys, f->rows);
	before = sorted[f->rows - 1 - f->rows / 5];
	for (size_t i = f->rows - 1; i > 0 && before == sorted[f->rows - 1]; i--)
		before = sorted[i - 1];
	if (before == sorted[f->rows - 1])
		return &frame_one_time;
	for (size_t i = 0; i < f->rows; i++)
		f->test[i] = keys[i] > before;
	return NULL;
}

static problem split_by_groups(struct arena *arena, uint64_t seed, struct frame *f)
{
	unsigned *fold = FRAME_ARRAY(arena, unsigned, f->rows);

	assert(f->group);
	if (f->groups < 2)
		return &frame_one_group;
	score_folds(f->group, f->rows, f->groups, 5, seed, fold);
	for (size_t i = 0; i < f->rows; i++)
		f->test[i] = fold[i] == 0;
	return NULL;
}

static problem split(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct frame *f, struct frame_fault *fault)
{
	f->test = FRAME_ARRAY(arena, unsigned char, f->rows);
	*fault = (struct frame_fault){ .column = wish->split == SPLIT_GROUPS ? wish->group : wish->by };
	switch (wish->split) {
	case SPLIT_FIFTHS:
		for (size_t i = 0; i < f->rows; i++)
			f->test[i] = f->row[i] % 5 == 0;
		return NULL;
	case SPLIT_COLUMN:
		return split_by_column(t, table_find(t, wish->by), f, fault);
	case SPLIT_TIME:
		return split_by_time(arena, t, wish->by, f, fault);
	case SPLIT_GROUPS:
		return split_by_groups(arena, wish->seed, f);
	case SPLIT_NONE:
		return NULL;
	}
	abort();
}

/* ---- what is learned of the numbers ---- */

/* The k-th largest and smallest of the train rows bound the rest: as many as `clip` leaves outside. */
static void learn_bounds(struct feature *feature, const double *at, const struct frame *f, double clip)
{
	double *sorted = malloc((f->rows ? f->rows : 1) * sizeof *sorted);
	size_t n = 0, outside;

	if (!sorted)
		abort();
	for (size_t i = 0; i < f->rows; i++) {
		if (!f->test[i] && !isnan(at[i]))
			sorted[n++] = at[i];
	}
	qsort(sorted, n, sizeof *sorted, by_size);
	outside = (size_t)((double)n * (1 - clip));
	if (n) {
		feature->low = sorted[outside];
		feature->high = sorted[n - 1 - outside];
	}
	free(sorted);
}

/* Population mean and standard deviation of the train rows, holes left out. */
static void learn_scale(struct feature *feature, const double *at, const struct frame *f)
{
	real sum = 0, square = 0, mean, variance;
	size_t n = 0;

	for (size_t i = 0; i < f->rows; i++) {
		if (!f->test[i] && !isnan(at[i])) {
			sum += at[i];
			n++;
		}
	}
	mean = n ? sum / (real)n : 0;
	for (size_t i = 0; i < f->rows; i++) {
		if (!f->test[i] && !isnan(at[i]))
			square += (at[i] - mean) * (at[i] - mean);
	}
	variance = n ? square / (real)n : 0;
	feature->mean = (double)mean;
	feature->deviation = real_is_rounding(variance, mean * mean) ? 1 : (double)sqrtl(variance);
}

static void learn_numbers(struct encoder *e, struct frame *f, double clip, struct frame_report *report)
{
	assert(clip == 0 || (clip > .5 && clip < 1));
	for (size_t j = 0; j < e->count; j++) {
		double *at = f->ord + j * f->rows;

		if (e->feature[j].is_words)
			continue;
		if (clip > 0) {
			learn_bounds(&e->feature[j], at, f, clip);
			clip_column(&e->feature[j], at, f->rows, &report->clipped);
		}
		learn_scale(&e->feature[j], at, f);
	}
}

static void count_classes(const struct frame *f, struct frame_report *report)
{
	report->rows = f->rows;
	for (size_t i = 0; i < f->rows; i++) {
		bool test = f->test && f->test[i], one = f->label && f->label[i];

		report->test += test;
		report->train += !test;
		report->test_positive += test && one;
		report->train_positive += !test && one;
	}
}

/* ---- a table to learn from ---- */

static problem fill(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct encoder *e, struct frame *f,
                    struct frame_report *report, struct frame_fault *fault)
{
	problem why;

	*fault = (struct frame_fault){ 0 };
	choose_rows(arena, t, e, wish->drop_holes, f, report);
	why = e->count && f->rows ? take_all(arena, t, e, f, fault) : &frame_few;
	if (why)
		return why;
	if (wish->drop_twice)
		drop_twice(arena, f, report);
	if (wish->group.length)
		why = name_groups(arena, t, wish->group, f, fault);
	if (!why)
		why = split(arena, t, wish, f, fault);
	if (why)
		return why;
	count_classes(f, report);
	if (!report->train)
		return &frame_few;
	if (!report->test && wish->split != SPLIT_NONE)
		return &frame_no_test;
	fault->column = e->label;
	if (!report->train_positive || report->train_positive == report->train)
		return &frame_one_class;
	learn_numbers(e, f, wish->clip, report);
	return NULL;
}

problem frame_make(struct arena *arena, const struct table *t, const struct frame_wish *wish, struct encoder *encoder, struct frame *ret,
                   struct frame_report *report, struct frame_fault *fault)
{
	struct text named[] = { wish->label, wish->by, wish->group };
	struct encoder e = { 0 };
	struct frame f = { 0 };
	problem why;

	*report = (struct frame_report){ 0 };
	*fault = (struct frame_fault){ 0 };
	why = must_be_there(t, named, 3, fault);
	if (!why)
		why = must_be_there(t, wish->categories, wish->category_count, fault);
	if (!why)
		why = must_be_there(t, wish->without, wish->without_count, fault);
	if (why)
		return why;
	fault->column = wish->label;
	why = name_classes(arena, t, wish, &e);
	if (why)
		return why;
	why = choose_features(arena, t, wish, &e, report, fault);
	if (!why)
		why = fill(arena, t, wish, &e, &f, report, fault);
	if (why)
		return why;
	*encoder = e;
	*ret = f;
	return NULL;
}

/* ---- a table that comes later ---- */

static size_t unknown_words(const struct encoder *e, const struct table *t, const struct frame *f)
{
	size_t unknown = 0;

	for (size_t j = 0; j < e->count; j++) {
		const struct table_column *c = table_find(t, e->feature[j].name);

		for (size_t i = 0; i < f->rows && e->feature[j].is_words; i++)
			unknown += isnan(f->ord[j * f->rows + i]) && !is_hole(c, f->row[i]);
	}
	return unknown;
}

problem frame_apply(struct arena *arena, const struct table *t, const struct encoder *encoder, struct frame *ret, struct frame_report *report,
                    struct frame_fault *fault)
{
	struct frame f = { 0 };
	problem why = NULL;

	*report = (struct frame_report){ 0 };
	*fault = (struct frame_fault){ 0 };
	for (size_t j = 0; j < encoder->count && !why; j++)
		why = must_be_there(t, &encoder->feature[j].name, 1, fault);
	if (why)
		return why;
	all_rows(arena, t, encoder, &f, report);
	why = take_all(arena, t, encoder, &f, fault);
	if (why)
		return why;
	report->unknown = unknown_words(encoder, t, &f);
	for (size_t j = 0; j < encoder->count; j++)
		clip_column(&encoder->feature[j], f.ord + j * f.rows, f.rows, &report->clipped);
	count_classes(&f, report);
	*ret = f;
	return NULL;
}

/* ---- wide ---- */

static double *wide_of(const struct feature *feature, double value, double *to)
{
	if (!feature->is_words) {
		*to = isnan(value) ? 0 : (value - feature->mean) / feature->deviation;
		return to + 1;
	}
	for (size_t k = 0; k < feature->level_count; k++)
		to[k] = 0;
	if (!isnan(value))
		to[(size_t)value] = 1;
	return to + feature->level_count;
}

void frame_wide_row(const struct encoder *encoder, const double *ord, double *to)
{
	for (size_t j = 0; j < encoder->count; j++)
		to = wide_of(&encoder->feature[j], ord[j], to);
}

problem frame_wide(struct arena *arena, const struct encoder *encoder, const struct frame *f, double **ret)
{
	assert(f->columns == encoder->count);
	if (f->rows && encoder->wide > FRAME_CELLS_MAX / f->rows)
		return &frame_large;
	*ret = FRAME_ARRAY(arena, double, f->rows * encoder->wide);
	for (size_t i = 0; i < f->rows; i++) {
		double *to = *ret + i * encoder->wide;

		for (size_t j = 0; j < encoder->count; j++)
			to = wide_of(&encoder->feature[j], f->ord[j * f->rows + i], to);
	}
	return NULL;
}

struct text encoder_wide_name(struct arena *arena, const struct encoder *encoder, size_t column)
{
	assert(column < encoder->wide);
	for (const struct feature *f = encoder->feature;; f++) {
		size_t wide = f->is_words ? f->level_count : 1;

		if (column < wide)
			return f->is_words ? arena_format(arena, "%.*s=%.*s", TEXT_ARG(f->name), TEXT_ARG(f->levels[column])) : f->name;
		column -= wide;
	}
}
