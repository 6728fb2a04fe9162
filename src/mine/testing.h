/* testing.h - for the tests of what is learned from rows: the published tables of ../shared/data/mining as frames, split and coded as the
 * anchors beside them were. */
#ifndef MINE_TESTING_H
#define MINE_TESTING_H

#include "mine/score.h"
#include "mine/tree.h"
#include "num/random.h"
#include "stats/testing.h"

struct mining_set {
	const char *name, *file, *head /* where the file has none */, *label, *positive, *categories /* ; between */, *split;
};

static const struct mining_set mining_sets[] = {
	{ "osi", "tabular/online_shoppers_intention.csv.gz", "", "Revenue", "TRUE", "OperatingSystems;Browser;Region;TrafficType", NULL },
	{ "students", "tabular/students_dropout.csv.gz", "", "Target", "Dropout",
	  "Marital status;Application mode;Course;Daytime/evening attendance;Previous qualification;Nacionality;Mother's qualification;"
	  "Father's qualification;Mother's occupation;Father's occupation", NULL },
	{ "oulad60", "oulad/oulad60_features.csv.gz", "", "withdrawn", "1", "", "test" },
	{ "adult", "tabular/adult.data.gz",
	  "age,workclass,fnlwgt,education,education-num,marital,occupation,relationship,race,sex,gain,loss,hours,country,income\n", "income", ">50K",
	  "", NULL },
	{ "bank", "tabular/bank-full-reordered.csv.gz", "", "y", "yes", "", NULL },
};
enum { MINING_SETS = sizeof mining_sets / sizeof *mining_sets };

static inline bool mining_table(struct arena *to, const struct mining_set *set, struct table *ret)
{
	struct text bytes = mining_text(to, set->file, set->head);
	struct table_place where;

	if (!bytes.at)
		return false;
	assert_done(table_read(to, bytes, ret, &where));
	return true;
}

static inline bool mining_frame(struct arena *to, const struct mining_set *set, struct encoder *encoder, struct frame *ret)
{
	struct text categories[16], rest = text_of(set->categories);
	struct frame_wish wish = { .label = text_of(set->label), .positive = text_of(set->positive), .categories = categories };
	struct frame_report report;
	struct frame_fault fault;
	struct table t;

	if (!mining_table(to, set, &t))
		return false;
	while (rest.length)
		categories[wish.category_count++] = text_cut(&rest, ';');
	if (set->split) {
		wish.split = SPLIT_COLUMN;
		wish.by = text_of(set->split);
	}
	assert_done(frame_make(to, &t, &wish, encoder, ret, &report, &fault));
	return true;
}

/* synth200k and synth1m of the design: 20 numbers in [0, 1), of which five tell something. */
static inline void mining_synthetic(struct arena *to, size_t rows, struct frame *ret)
{
	struct frame f = { .rows = rows, .columns = 20 };

	f.ord = FRAME_ARRAY(to, double, rows * 20);
	f.row = FRAME_ARRAY(to, size_t, rows);
	f.label = FRAME_ARRAY(to, unsigned char, rows);
	f.test = FRAME_ARRAY(to, unsigned char, rows);
	for (size_t i = 0; i < rows; i++) {
		double x[21], s;

		for (size_t j = 0; j < 21; j++)
			x[j] = random_unit_of(random_bits(21 * i + j));
		s = (x[0] - .5) * 4 + ((x[1] - .5) * (x[2] - .5)) * 12 + (x[3] > .7 ? 1 : -.4) + ((x[4] - .5) * (x[4] - .5)) * 8 - 1;
		for (size_t j = 0; j < 20; j++)
			f.ord[j * rows + i] = x[j];
		f.row[i] = i;
		f.label[i] = x[20] < .5 + s / (2 * (1 + fabs(s)));
		f.test[i] = i % 5 == 0;
	}
	*ret = f;
}

/* Few values and many, one column of one value, holes; a label that follows from them, mostly */
static inline struct frame small_frame(struct arena *to, uint64_t seed, size_t rows, size_t columns)
{
	struct random r = random_of(seed, 1);
	struct frame f = { .rows = rows, .columns = columns };

	f.ord = FRAME_ARRAY(to, double, rows * columns);
	f.label = FRAME_ARRAY(to, unsigned char, rows);
	for (size_t i = 0; i < rows; i++) {
		double sum = 0;

		for (size_t j = 0; j < columns; j++) {
			double x = j == 1 ? 7 : (double)random_below(&r, j % 2 ? 5 : 200) / 3 - 20;

			f.ord[j * rows + i] = j % 3 == 2 && random_below(&r, 4) == 0 ? NAN : x;
			sum += isnan(f.ord[j * rows + i]) ? 15 : x;
		}
		f.label[i] = sum / (double)columns + 20 * random_normal(&r) > 5;
	}
	return f;
}

/* By the rows of f that are not learned from */
static inline struct score trees_judged(struct arena *to, struct threads *threads, const struct trees *t, const struct frame *f)
{
	struct frame test;
	struct score s;
	double *p;

	frame_part(to, f, true, &test);
	p = FRAME_ARRAY(to, double, test.rows);
	assert_done(trees_chances(t, &test, threads, p));
	assert_done(score_chances(p, test.label, test.rows, &s));
	return s;
}

static inline bool goes_left(double x, double threshold, bool holes_left) { return isnan(x) ? holes_left : x <= threshold; }

#endif
