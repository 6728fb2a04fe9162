/* testing.h - for the tests of what is learned from rows: the published tables of ../shared/data/mining as frames, split and coded as the
 * anchors beside them were. */
#ifndef MINE_TESTING_H
#define MINE_TESTING_H

#include "mine/frame.h"
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

/* The whole file behind the set's head; absent, and a word about it, where it is not beside the source. */
static inline struct text mining_text(struct arena *arena, const struct mining_set *set)
{
	gzFile file = mining_open(set->file);
	CLEANUP(buffer_free) struct buffer bytes = BUFFER(64 << 20);
	char piece[1 << 14];
	int n;

	if (!file)
		return (struct text){ 0 };
	buffer_add(&bytes, text_of(set->head));
	while ((n = gzread(file, piece, sizeof piece)) > 0)
		buffer_add(&bytes, (struct text){ piece, (size_t)n });
	gzclose(file);
	assert_null(bytes.why);
	return arena_text(arena, buffer_text(&bytes));
}

static inline bool mining_table(struct arena *arena, const struct mining_set *set, struct table *ret)
{
	struct text bytes = mining_text(arena, set);
	struct table_place where;

	if (!bytes.at)
		return false;
	assert_done(table_read(arena, bytes, ret, &where));
	return true;
}

static inline bool mining_frame(struct arena *arena, const struct mining_set *set, struct encoder *encoder, struct frame *ret)
{
	struct text categories[16], rest = text_of(set->categories);
	struct frame_wish wish = { .label = text_of(set->label), .positive = text_of(set->positive), .categories = categories };
	struct frame_report report;
	struct frame_fault fault;
	struct table t;

	if (!mining_table(arena, set, &t))
		return false;
	while (rest.length)
		categories[wish.category_count++] = text_cut(&rest, ';');
	if (set->split) {
		wish.split = SPLIT_COLUMN;
		wish.by = text_of(set->split);
	}
	assert_done(frame_make(arena, &t, &wish, encoder, ret, &report, &fault));
	return true;
}

/* synth200k and synth1m of the design: 20 numbers in [0, 1), of which five tell something. */
static inline void mining_synthetic(struct arena *arena, size_t rows, struct frame *ret)
{
	struct frame f = { .rows = rows, .columns = 20 };

	f.ord = FRAME_ARRAY(arena, double, rows * 20);
	f.row = FRAME_ARRAY(arena, size_t, rows);
	f.label = FRAME_ARRAY(arena, unsigned char, rows);
	f.test = FRAME_ARRAY(arena, unsigned char, rows);
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

#endif
