/* frame_test.c - the published tables get the shapes that their anchors had, and what is odd in a table is said or kept apart. */
#include "mine/testing.h"
#include "num/testing.h"

static void table_of(const char *csv, struct table *ret)
{
	struct table_place where;

	assert_done(table_read(arena, text_of(csv), ret, &where));
}

static void published_tables_have_their_shapes(void **state)
{
	static const struct { size_t rows, wide, test, positive; } shapes[MINING_SETS] = {
		{ 12330, 75, 2466, 1908 }, { 4424, 248, 885, 1421 }, { 26361, 53, 0, 0 }, { 32561, 108, 6513, 7841 }, { 45211, 51, 9043, 5289 },
	};
	struct encoder e;
	struct frame f;

	(void)state;
	for (size_t s = 0; s < MINING_SETS; s++) {
		size_t test = 0, positive = 0;

		if (!mining_frame(arena, &mining_sets[s], &e, &f))
			skip();
		for (size_t i = 0; i < f.rows; i++) {
			test += f.test[i];
			positive += f.label[i];
		}
		assert_int_equal(f.rows, shapes[s].rows);
		assert_int_equal(e.wide, shapes[s].wide);
		if (shapes[s].test) {
			assert_int_equal(test, shapes[s].test);
			assert_int_equal(positive, shapes[s].positive);
		}
	}
}

static void synthetic_rows_are_those_of_the_anchors(void **state)
{
	struct frame f;
	size_t positive = 0;

	(void)state;
	mining_synthetic(arena, 200000, &f);
	for (size_t i = 0; i < f.rows; i++)
		positive += f.label[i];
	assert_int_equal(positive, 90912);
}

/* Row 0 is a test row: neither its 1000 nor its word moves what is learned, but its word is a level. */
static void numbers_are_learned_from_train_rows_only(void **state)
{
	double *wide;
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("n,w,y\n1000,z,1\n1,b,0\n2,a,1\n,,1\n3,b,0\n", &t);
	assert_done(frame_make(arena, &t, &(struct frame_wish){ .label = TEXT("y") }, &e, &f, &report, &fault));
	assert_true(e.feature[0].mean == 2);
	assert_within(e.feature[0].deviation, sqrt(2. / 3), 1e-15);
	assert_int_equal(e.feature[1].level_count, 4);
	assert_text(e.feature[1].levels[0], "?");
	assert_text(encoder_wide_name(arena, &e, 0), "n");
	assert_text(encoder_wide_name(arena, &e, 2), "w=a");
	assert_text(e.classes[1], "1");
	assert_true(f.test[0] && !f.test[1] && report.train == 4 && report.test == 1 && report.hole_cells == 2);
	assert_true(f.ord[5] == 3 && f.ord[6] == 2 && f.ord[8] == 0 && isnan(f.ord[3]));
	assert_done(frame_wide(arena, &e, &f, &wide));
	assert_true(wide[5] == (1 - 2) / e.feature[0].deviation && wide[5 + 3] == 1 && wide[15] == 0 && wide[16] == 1);
}

/* More different words than a column keeps. */
static void a_label_of_names(struct table *ret)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);

	buffer_add(&csv, TEXT("w,n,y\n"));
	for (int i = 0; i < TABLE_LEVELS_MAX + 1; i++)
		buffer_format(&csv, "b,1,y%d\n", i);
	table_of(arena_cstr(arena, buffer_text(&csv)), ret);
}

static void a_later_table_is_read_as_the_first(void **state)
{
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("n,w,y\n5,z,yes\n1,b,no\n2,a,yes\n3,b,no\n", &t);
	assert_done(frame_make(arena, &t, &(struct frame_wish){ .label = TEXT("y") }, &e, &f, &report, &fault));
	table_of("w,more,n\nb,1,7\nq,2,8\n,3,\n", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.rows == 3 && !f.label && report.unknown == 1 && report.hole_cells == 2);
	assert_true(f.ord[0] == 7 && f.ord[3] == 1 && isnan(f.ord[4]) && isnan(f.ord[5]));
	table_of("w,y,n\nb,yes,7\na,perhaps,8\na,,8\na,no,9\n", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.rows == 4 && !f.label && report.without_label == 2);
	table_of("w,y,n\nb,yes,7\na,no,8\n", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.rows == 2 && f.label[0] == 1 && f.label[1] == 0 && report.without_label == 0);
	a_label_of_names(&t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.rows == TABLE_LEVELS_MAX + 1 && !f.label);
	table_of("w,q\nb,1\n", &t);
	assert_problem(frame_apply(arena, &t, &e, &f, &report, &fault), frame_column);
	assert_text(fault.column, "n");
	table_of("w,n\nb,1\nb,many\n", &t);
	assert_problem(frame_apply(arena, &t, &e, &f, &report, &fault), frame_words);
	assert_text(fault.word, "many");
	assert_int_equal(fault.line, 3);
}

static void rows_are_left_out_where_asked_and_counted(void **state)
{
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_NONE, .drop_holes = true, .drop_twice = true };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("n,w,e,y\n1,a,,1\n1,a,,1\n1,a,,0\n,a,,0\n2,,,0\n3,b,,\n0,b,,0\n-0,b,,0\n", &t);
	assert_problem(frame_make(arena, &t, &(struct frame_wish){ .label = TEXT("x") }, &e, &f, &report, &fault), frame_column);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(report.read == 8 && report.without_label == 1 && report.with_holes == 2 && report.twice == 2 && report.rows == 3);
	assert_true(f.rows == 3 && f.row[1] == 2 && f.row[2] == 6);
	assert_true(report.empty_count == 1);
	assert_text(report.empty[0], "e");
}

static void outliers_count_as_the_bound(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_NONE, .clip = .99 };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	buffer_add(&csv, TEXT("n,y\n"));
	for (int i = 0; i < 100; i++)
		buffer_format(&csv, "%d,%d\n", i == 50 ? 100000 : i, i % 2);
	table_of(arena_cstr(arena, buffer_text(&csv)), &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(e.feature[0].high == 99 && e.feature[0].low == 1 && f.ord[50] == 99 && f.ord[0] == 1 && report.clipped == 2);
}

static void labels_that_make_no_task_are_refused(void **state)
{
	static const struct { const char *csv, *positive; const struct problem *why; } cases[] = {
		{ "n,y\n1,a\n2,b\n3,c\n4,a\n", "", &frame_label }, { "n,y\n1,a\n2,b\n3,a\n", "q", &frame_class }, { "n,y\n1,a\n2,a\n", "", &frame_one_class },
		{ "n,y\n1,\n2,\n", "", &frame_label }, { "n,y\n1,a\n2,b\n3,b\n", "", &frame_one_class }, { "y\na\nb\nc\n", "a", &frame_few },
		{ "n,y\n1,1\n2,2\n3,3\n", "", &frame_label }, { "n,y\n1,1\n2,2\n3,3\n4,3\n", "3", NULL }, { "n,y\n1,1.0\n2,2.0\n3,1.0\n", "1.0", NULL }, { "n,y\n1,b\n2,a\n3,b\n", "a", NULL },
	};
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frame_wish wish = { .label = TEXT("y"), .positive = text_of(cases[i].positive) };

		table_of(cases[i].csv, &t);
		assert_problem_at(frame_make(arena, &t, &wish, &e, &f, &report, &fault), cases[i].why, cases[i].csv, (int)i);
	}
	assert_text(e.classes[0], "b");
	assert_int_equal(f.label[1], 1);
}

static void the_last_rows_by_time_are_test_rows(void **state)
{
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_TIME, .by = TEXT("day") };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("day,n,y\n2026-01-05,5,1\n2026-01-01,1,0\n2026-01-04,4,1\n2026-01-02,2,0\n2026-01-03,3,1\n2026-01-05,6,0\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_int_equal(e.count, 1);
	for (size_t i = 0; i < f.rows; i++)
		assert_int_equal(f.test[i], i == 0 || i == 5); /* the fifth row by time is of the same day as the sixth: both are last */
	table_of("day,n,y\n9,5,1\n1,1,0\n4,4,1\n2,2,0\n3,3,1\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(f.test[0] && report.test == 1);
	table_of("day,n,y\n9,5,1\n,1,0\n4,4,1\n", &t);
	assert_problem(frame_make(arena, &t, &wish, &e, &f, &report, &fault), frame_keys);
	assert_text(fault.column, "day");
	assert_int_equal(fault.line, 3);
	table_of("day,n,y\n9,5,1\n9,1,0\n9,4,1\n", &t);
	assert_problem(frame_make(arena, &t, &wish, &e, &f, &report, &fault), frame_one_time);
	table_of("day,n,y\n1,5,1\n1,1,0\n0,4,1\n0,3,0\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(report.test == 2 && f.test[0] && f.test[1]);
	wish.split = SPLIT_NONE; /* even then a time is no feature */
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_int_equal(e.count, 1);
}

/* Each row another time, as in a log with seconds. */
static void times_may_be_many(void **state)
{
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_TIME, .by = TEXT("t") };
	enum { ROWS = TABLE_LEVELS_MAX + 4 };
	struct table_place where;
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	buffer_add(&csv, TEXT("t,n,y\n"));
	for (int i = 0; i < ROWS; i++)
		buffer_format(&csv, "2026-01-05 %02d:%02d:%02d,%d,%d\n", i / 3600, i / 60 % 60, i % 60, i % 9, i % 2);
	assert_done(table_read_keys(arena, buffer_text(&csv), (const char *const[]){ "t", NULL }, &t, &where));
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(report.test == ROWS / 5 && report.train == ROWS - ROWS / 5 && f.test[ROWS - 1] && !f.test[0]);
	assert_done(table_read(arena, buffer_text(&csv), &t, &where)); /* the words are not there */
	assert_problem(frame_make(arena, &t, &wish, &e, &f, &report, &fault), frame_keys);
	assert_text(fault.column, "t");
}

static void rows_to_judge_by_are_marked(void **state)
{
	static const struct { const char *csv; const struct problem *why; const char *column; } cases[] = {
		{ "m,n,y\nyes,1,0\nNo,2,1\n,3,0\nno,4,1\n", NULL, "" }, { "m,n,y\nTRUE,1,0\nFalse,2,1\nfalse,3,0\n", NULL, "" },
		{ "m,n,y\n1,1,0\n0,2,1\n0,3,0\n", NULL, "" }, { "m,n,y\ntest,1,0\ntrain,2,1\n0,3,0\n", NULL, "" },
		{ "m,n,y\nyes,1,0\nnever,2,1\nno,3,0\n", &frame_mark, "m" }, { "m,n,y\nno,1,0\nno,2,1\n", &frame_no_test, "m" },
		{ "m,n,y\nyes,1,0\nyes,2,1\n", &frame_few, "m" }, { "m,n,y\nno,1,0\nno,2,0\nyes,3,1\n", &frame_one_class, "y" },
		{ "m,n,y\nno,1,0\nno,inf,1\nyes,3,1\n", &frame_infinite, "n" },
	};
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_COLUMN, .by = TEXT("m") };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		problem why;

		table_of(cases[i].csv, &t);
		why = frame_make(arena, &t, &wish, &e, &f, &report, &fault);
		assert_problem_at(why, cases[i].why, cases[i].csv, (int)i);
		if (why == &frame_mark) {
			assert_text(fault.word, "never");
			assert_int_equal(fault.line, 3);
		}
		if (why)
			assert_text(fault.column, cases[i].column);
		else
			assert_true(report.test == 1 && f.test[0]);
	}
}

static void every_fifth_row_may_be_none(void **state)
{
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("n,y\n1,\n2,0\n3,1\n4,0\n", &t);
	assert_problem(frame_make(arena, &t, &(struct frame_wish){ .label = TEXT("y") }, &e, &f, &report, &fault), frame_no_test);
	assert_int_equal(fault.column.length, 0);
}

/* Decimals are named as they stand in the file, whether they are features or the label. */
static void decimals_may_be_names(void **state)
{
	const struct text names[] = { TEXT("c") };
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_NONE, .categories = names, .category_count = 1 };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("c,y\n0.1,0.3\n0.30,0.1\n.7,0.3\n7300000000000000001,0.1\n7300000000000000000,0.3\n-0,.3\n0,.3\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(f.rows == 7 && e.feature[0].level_count == 6);
	assert_text(e.feature[0].levels[1], "0.1");
	assert_text(e.feature[0].levels[5], "7300000000000000001");
	assert_text(e.classes[1], "0.3");
	assert_text(e.classes[0], "0.1");
	for (size_t i = 0; i < f.rows; i++)
		assert_true(!isnan(f.ord[i]) && f.label[i] == (i != 1 && i != 3));
	assert_true(f.ord[0] == 1 && f.ord[3] == 5 && f.ord[4] == 4 && f.ord[5] == 0 && f.ord[6] == 0);
	table_of("c,y\n0.10,0.30\n", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(report.unknown == 0 && f.ord[0] == 1 && f.label[0] == 1);
}

static void read_names(const char *csv, const char *name, struct table *ret)
{
	struct table_place where;

	assert_done(table_read_names(arena, text_of(csv), (const char *const[]){ name, NULL }, ret, &where));
}

/* A word is what it was, whatever other rows of the later table have. */
static void words_that_look_like_numbers_are_met_again(void **state)
{
	const struct text names[] = { TEXT("n") };
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_NONE, .categories = names, .category_count = 1 };
	CLEANUP(buffer_free) struct buffer csv = BUFFER(1 << 20);
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	table_of("c,n,y\n01,7,1\n1,8,0\nx,8,1\n1.0,7,0\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	read_names("c,n\n01,7.0\n1.0,08\n1,7\n001,9\n", "c", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.ord[0] == 0 && f.ord[1] == 2 && f.ord[2] == 1 && isnan(f.ord[3]) && report.unknown == 2);
	assert_true(f.ord[4] == 0 && f.ord[5] == 1 && f.ord[6] == 0 && isnan(f.ord[7]));
	read_names("c,n\n01,7.0\n1.0,08\n1,7\n001,9\n", "n", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.ord[4] == 0 && f.ord[5] == 1 && f.ord[6] == 0 && isnan(f.ord[7]));
	buffer_add(&csv, TEXT("c,n\n01,7\n"));
	for (int i = 0; i <= TABLE_LEVELS_MAX; i++)
		buffer_format(&csv, "w%d,8\n", i);
	read_names(arena_cstr(arena, buffer_text(&csv)), "c", &t);
	assert_done(frame_apply(arena, &t, &e, &f, &report, &fault));
	assert_true(f.ord[0] == 0 && isnan(f.ord[1]) && report.unknown == TABLE_LEVELS_MAX + 1);
}

static void groups_stay_together(void **state)
{
	struct frame_wish wish = { .label = TEXT("y"), .split = SPLIT_GROUPS, .group = TEXT("who") };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f, part;
	struct table t;

	(void)state;
	table_of("who,n,y\na,1,0\nb,2,1\na,3,1\nc,4,0\nd,5,1\ne,6,0\nb,7,1\nf,8,0\ng,9,1\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(f.groups == 7 && e.count == 1 && report.test > 0);
	assert_true(f.test[0] == f.test[2] && f.test[1] == f.test[6]);
	frame_part(arena, &f, true, &part);
	assert_true(part.rows == report.test && part.group[0] < 7);
	table_of("who,n,y\n7300000000000000000,1,0\n7300000000000000001,2,1\n7300000000000000002,3,0\n", &t);
	assert_done(frame_make(arena, &t, &wish, &e, &f, &report, &fault));
	assert_true(f.groups == 3 && report.test == 1); /* as doubles they are one */
	table_of("who,n,y\na,1,0\na,2,1\na,3,0\n", &t);
	assert_problem(frame_make(arena, &t, &wish, &e, &f, &report, &fault), frame_one_group);
	assert_text(fault.column, "who");
	table_of("who,n,y\na,1,0\nb,2,1\n,3,0\n", &t);
	assert_problem(frame_make(arena, &t, &wish, &e, &f, &report, &fault), frame_keys);
	assert_text(fault.column, "who");
	assert_int_equal(fault.line, 4);
}

static void an_encoder_is_saved_and_loaded(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e, again;
	struct saved saved;
	struct frame f;
	struct table t;

	(void)state;
	table_of("n,w,y\n5,z,yes\n1,b,no\n2,,yes\n3,b,no\n", &t);
	assert_done(frame_make(arena, &t, &(struct frame_wish){ .label = TEXT("y") }, &e, &f, &report, &fault));
	saved_begin(&b, "test", 1);
	encoder_save(&e, &b);
	saved_end(&b);
	assert_done(saved_open(arena_text(arena, buffer_text(&b)), "test", 1, &saved));
	assert_done(encoder_load(arena, &saved, &again));
	assert_true(again.count == 2 && again.wide == e.wide && again.feature[0].mean == e.feature[0].mean && again.feature[1].level_count == 3);
	assert_text(again.feature[1].levels[2], "z");
	assert_text(again.classes[1], "yes");
	assert_true(isinf(again.feature[0].high));
	for (int k = 0; k < 2; k++) {
		e.feature[1].levels[2] = k ? TEXT("z") : TEXT("a");
		e.classes[1] = k ? TEXT("ye\xce") : e.classes[1]; /* no text */
		buffer_clear(&b);
		saved_begin(&b, "test", 1);
		encoder_save(&e, &b);
		saved_end(&b);
		assert_done(saved_open(arena_text(arena, buffer_text(&b)), "test", 1, &saved));
		assert_problem(encoder_load(arena, &saved, &again), saved_damaged);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_tables_have_their_shapes),
		cmocka_unit_test(synthetic_rows_are_those_of_the_anchors),
		cmocka_unit_test(numbers_are_learned_from_train_rows_only),
		cmocka_unit_test(a_later_table_is_read_as_the_first),
		cmocka_unit_test(rows_are_left_out_where_asked_and_counted),
		cmocka_unit_test(outliers_count_as_the_bound),
		cmocka_unit_test(labels_that_make_no_task_are_refused),
		cmocka_unit_test(the_last_rows_by_time_are_test_rows),
		cmocka_unit_test(times_may_be_many),
		cmocka_unit_test(rows_to_judge_by_are_marked),
		cmocka_unit_test(every_fifth_row_may_be_none),
		cmocka_unit_test(decimals_may_be_names),
		cmocka_unit_test(words_that_look_like_numbers_are_met_again),
		cmocka_unit_test(groups_stay_together),
		cmocka_unit_test(an_encoder_is_saved_and_loaded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
