/* linear_testing.h - for the tests of linear and kernel models: the public sets as rows, split and standardised as the truth values
 * want it (numbers by mean and population sd of the training rows; all words of the whole file as levels; every fifth row is kept for
 * the test, of oulad60 those marked so), and the area under the ROC curve as it is defined. */
#ifndef MINE_LINEAR_TESTING_H
#define MINE_LINEAR_TESTING_H

#include "mine/linear.h"
#include "stats/testing.h"

enum { SET_COLUMNS_MAX = 40 };

struct set_file {
	const char *name, *path;
	char by;
	bool header;
	const char *words; /* of each column: w words, n numbers, y the label, t whether it is a test row, . not used */
	const char *yes;   /* the label of class 1 */
};

static const struct set_file OSI = { "osi", "tabular/online_shoppers_intention.csv.gz", ',', true, "nnnnnnnnnnwwwwwwwy", "TRUE" };
static const struct set_file ADULT = { "adult", "tabular/adult.data.gz", ',', false, "nwnwnwwwwwnnnwy", ">50K" };
static const struct set_file BANK = { "bank", "tabular/bank-full-reordered.csv.gz", ',', true, "wwwwwwwwnwnnnnnny", "yes" };
static const struct set_file OULAD = { "oulad60", "oulad/oulad60_features.csv.gz", ',', true, "wwwwwwwnnnnnnnnnnty", "1" };
static const struct set_file STUDENTS = { "students", "tabular/students_dropout.csv.gz", ';', true, "wwnwwwnwwwwwnnnnnnnnnnnnnnnnnnnnnnnny", "Dropout" };

struct anchor_set {
	struct linear_rows rows[2]; /* for training, for the test */
	uint8_t *y[2];
	size_t columns;
};

struct set_cells {
	size_t rows, columns;
	struct text *at; /* (rows, columns) */
};

static inline struct set_cells set_read(struct arena *arena, const struct set_file *f, gzFile file)
{
	struct set_cells c = { 0, strlen(f->words), NULL };
	char line[4096];

	c.at = ARENA_ARRAY(arena, struct text, 50000 * c.columns);
	if (f->header)
		assert_non_null(gzgets(file, line, sizeof line));
	while (gzgets(file, line, sizeof line)) {
		struct text rest = arena_text(arena, text_trim(text_of(line)));

		if (!rest.length)
			continue;
		for (size_t j = 0; j < c.columns; j++)
			c.at[c.rows * c.columns + j] = text_trim(text_cut(&rest, f->by));
		c.rows++;
	}
	return c;
}

static inline bool set_is_test(const struct set_file *f, const struct set_cells *c, size_t row)
{
	const char *mark = strchr(f->words, 't');

	return mark ? text_is(c->at[row * c->columns + (size_t)(mark - f->words)], "1") : row % 5 == 0;
}

static inline int set_by_bytes(const void *a, const void *b) { return text_compare(*(const struct text *)a, *(const struct text *)b); }

/* Different words of a column, sorted; how many. */
static inline size_t set_levels(const struct set_cells *c, size_t column, struct text *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < c->rows; i++) {
		struct text word = c->at[i * c->columns + column];
		size_t k = 0;

		while (k < count && !text_eq(ret[k], word))
			k++;
		if (k == count)
			ret[count++] = word;
	}
	qsort(ret, count, sizeof *ret, set_by_bytes);
	return count;
}

static inline void set_numbers(const struct set_file *f, const struct set_cells *c, size_t column, size_t to, struct anchor_set *ret)
{
	double sum = 0, squares = 0, mean, sd;
	size_t at[2] = { 0 }, n = ret->rows[0].rows;

	for (int pass = 0; pass < 2; pass++) {
		mean = sum / (double)n;
		for (size_t i = 0; i < c->rows; i++) {
			double value = strtod(c->at[i * c->columns + column].at, NULL);

			if (set_is_test(f, c, i))
				continue;
			sum += pass ? 0 : value;
			squares += pass ? (value - mean) * (value - mean) : 0;
		}
	}
	sd = sqrt(squares / (double)n);
	for (size_t i = 0; i < c->rows; i++) {
		bool test = set_is_test(f, c, i);

		linear_row(&ret->rows[test], at[test]++)[to] = (strtod(c->at[i * c->columns + column].at, NULL) - mean) / sd;
	}
}

static inline void set_words(const struct set_file *f, const struct set_cells *c, const struct text *levels, size_t count, size_t *place,
                             struct anchor_set *ret)
{
	size_t at[2] = { 0 }, column = place[0], to = place[1], first = place[2];

	for (size_t i = 0; i < c->rows; i++) {
		bool test = set_is_test(f, c, i);
		uint32_t k = 0;

		while (!text_eq(levels[k], c->at[i * c->columns + column]))
			k++;
		assert_true(k < count);
		linear_words(&ret->rows[test], at[test]++)[to] = (uint32_t)(first + k);
	}
}

static inline void set_labels(const struct set_file *f, const struct set_cells *c, struct anchor_set *ret)
{
	size_t at[2] = { 0 }, column = (size_t)(strchr(f->words, 'y') - f->words);

	for (size_t i = 0; i < c->rows; i++) {
		bool test = set_is_test(f, c, i);

		ret->y[test][at[test]++] = text_is(c->at[i * c->columns + column], f->yes);
	}
}

static inline void set_fill(struct arena *arena, const struct set_file *f, const struct set_cells *c, struct anchor_set *ret)
{
	static struct text levels[SET_COLUMNS_MAX][512];
	size_t counts[SET_COLUMNS_MAX] = { 0 }, numbers = 0, words = 0, all = 0, tests = 0;

	for (size_t j = 0; j < c->columns; j++) {
		numbers += f->words[j] == 'n';
		words += f->words[j] == 'w';
		counts[j] = f->words[j] == 'w' ? set_levels(c, j, levels[j]) : 0;
		all += counts[j];
	}
	for (size_t i = 0; i < c->rows; i++)
		tests += set_is_test(f, c, i);
	for (int k = 0; k < 2; k++) {
		ret->rows[k] = linear_rows_new(k ? tests : c->rows - tests, numbers, words, all);
		ret->y[k] = ARENA_ARRAY(arena, uint8_t, ret->rows[k].rows);
	}
	ret->columns = numbers + all;
	numbers = words = all = 0;
	for (size_t j = 0; j < c->columns; j++) {
		if (f->words[j] == 'n')
			set_numbers(f, c, j, numbers++, ret);
		if (f->words[j] == 'w')
			set_words(f, c, levels[j], counts[j], (size_t[]){ j, words++, all }, ret);
		all += counts[j];
	}
	set_labels(f, c, ret);
}

/* false, and a word about it, where the file is not. Free with anchor_free. */
static inline bool anchor_read(struct arena *arena, const struct set_file *f, struct anchor_set *ret)
{
	gzFile file = mining_open(f->path);
	struct set_cells cells;

	if (!file)
		return false;
	cells = set_read(arena, f, file);
	gzclose(file);
	set_fill(arena, f, &cells, ret);
	return true;
}

static inline void anchor_free(struct anchor_set *set)
{
	linear_rows_free(&set->rows[0]);
	linear_rows_free(&set->rows[1]);
}

struct scored { double score; uint8_t y; };

static inline int by_score(const void *a, const void *b)
{
	double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

	return (x > y) - (x < y);
}

/* Of a row of each class, how often is the score of the first higher? Ties count half. */
static inline double auc_of(const double *score, const uint8_t *y, size_t n)
{
	struct scored *s = malloc(n * sizeof *s);
	double ranks = 0, ones = 0;

	for (size_t i = 0; i < n; i++)
		s[i] = (struct scored){ score[i], y[i] };
	qsort(s, n, sizeof *s, by_score);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && s[to].score == s[from].score; to++)
			ones += s[to].y;
		for (size_t i = from; i < to; i++)
			ranks += s[i].y * ((double)(from + to - 1) / 2 + 1);
	}
	free(s);
	return (ranks - ones * (ones + 1) / 2) / (ones * ((double)n - ones));
}

#endif
