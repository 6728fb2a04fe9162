/* events_test.c - features as of a cut-off, by hand, and against leakage: whatever comes at the cut-off or after changes no feature. */
#include "mine/events.h"

#include "mine/frame.h"
#include "mine/testing.h"
#include "num/testing.h"

enum { VIEW, BUY };
static const struct text kinds[] = { TEXT_INIT("view"), TEXT_INIT("buy") };
static const int64_t windows[] = { 7, 30 }, one_cut[] = { 100 };

static struct event_wish wish_of(const int64_t *cuts, size_t count)
{
	return (struct event_wish){ .kinds = kinds, .kind_count = 2, .cuts = cuts, .cut_count = count, .windows = windows, .window_count = 2, .label = BUY,
		                    .horizon = 7, .until = 1000 };
}

static double cell(const struct table *t, const char *column, size_t row)
{
	const struct table_column *c = table_find(t, text_of(column));

	assert_non_null(c);
	return (double)c->numbers[row];
}

static void features_by_hand(void **state)
{
	/* out of order; of person 2 only after the cut-off: no row */
	static const struct event events[] = {
		{ 1, VIEW, 99, 0 }, { 0, BUY, 106, 5 }, { 0, VIEW, 93, 0 }, { 0, VIEW, 92, 0 }, { 0, BUY, 70, 10 }, { 0, BUY, 69, 20 }, { 1, BUY, 107, 9 },
		{ 2, BUY, 100, 3 },
	};
	struct event_wish wish = wish_of(one_cut, 1);
	struct table t;

	(void)state;
	assert_done(events_table(arena, events, 8, &wish, &t));
	assert_int_equal(t.rows, 2);
	assert_true(cell(&t, "view since", 0) == 7 && cell(&t, "view in 7", 0) == 1 && cell(&t, "view in 30", 0) == 2);
	assert_true(cell(&t, "buy since", 0) == 30 && cell(&t, "buy in 7", 0) == 0 && cell(&t, "buy in 30", 0) == 1);
	assert_true(cell(&t, "buy amount in 30", 0) == 10 && cell(&t, "since the first", 0) == 31 && cell(&t, "cut", 0) == 100);
	assert_null(table_find(&t, TEXT("view amount in 7")));
	assert_true(isnan(cell(&t, "buy since", 1)) && table_find(&t, TEXT("buy since"))->holes == 1);
	assert_true(cell(&t, "label", 0) == 1 && cell(&t, "label", 1) == 0); /* 106 is within 7 of 100, 107 is not */
	assert_true(cell(&t, "test", 0) == 0);
}

static void random_events(struct random *r, struct event *ret, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = (struct event){ random_below(r, 5), random_below(r, 2), random_below(r, 200), random_below(r, 9) };
}

static void assert_columns_equal(const struct table *a, const struct table *b, bool label)
{
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->columns, b->columns);
	for (size_t j = 0; j < a->columns; j++) {
		for (size_t i = 0; i < a->rows && (label || !text_is(a->column[j].name, "label")); i++) {
			real x = a->column[j].numbers[i], y = b->column[j].numbers[i];

			assert_true(x == y || (isnan(x) && isnan(y)));
		}
	}
}

static void what_comes_at_the_cut_or_after_changes_no_feature(void **state)
{
	enum { N = 60 };
	struct event events[N + 1];
	struct random r = random_of(1, 0);
	struct event_wish wish = wish_of(one_cut, 1);

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct table before, after;
		uint32_t who = random_below(&r, 5);

		random_events(&r, events, N);
		events[0] = (struct event){ who, VIEW, 50, 4 };
		assert_done(events_table(arena, events, N, &wish, &before));
		events[N] = (struct event){ who, random_below(&r, 2), 100 + random_below(&r, 2), 7 }; /* at the cut, or one second after */
		assert_done(events_table(arena, events, N + 1, &wish, &after));
		assert_columns_equal(&before, &after, false);
		events[N].at = 99;
		assert_done(events_table(arena, events, N + 1, &wish, &after));
		for (size_t i = 0; i < after.rows; i++) /* and one before it does */
			assert_true(cell(&after, "who", i) != who || cell(&after, events[N].kind == BUY ? "buy since" : "view since", i) == 1);
		for (size_t i = 0; i < N; i++) /* all the later ones change at once */
			events[i].amount = events[i].at >= 100 ? 1e6 : events[i].amount;
		events[N].at = 150;
		assert_done(events_table(arena, events, N + 1, &wish, &after));
		assert_columns_equal(&before, &after, false);
	}
}

/* What comes before the cut-off, or after the horizon, changes no label. */
static void labels_are_of_the_horizon_alone(void **state)
{
	static struct event events[] = { { 0, VIEW, 10, 0 }, { 0, BUY, 99, 1 }, { 0, BUY, 107, 1 }, { 0, VIEW, 101, 1 }, { 0, BUY, 5, 1 } };
	struct event_wish wish = wish_of(one_cut, 1);
	struct table t;

	(void)state;
	assert_done(events_table(arena, events, 5, &wish, &t));
	assert_true(cell(&t, "label", 0) == 0);
	events[4].at = 100;
	assert_done(events_table(arena, events, 5, &wish, &t));
	assert_true(cell(&t, "label", 0) == 1);
}

static void the_last_cut_is_judged_by_and_persons_stay_apart(void **state)
{
	enum { N = 400 };
	static const int64_t cuts[] = { 60, 90, 120 }, near[] = { 60, 115, 120 };
	struct random r = random_of(2, 0);
	struct event events[N];
	struct event_wish wish = wish_of(cuts, 3);
	struct text without[] = { TEXT_INIT("cut") };
	struct frame_wish frame_wish = { .label = TEXT("label"), .split = SPLIT_COLUMN, .by = TEXT("test"), .group = TEXT("who"), .without = without, .without_count = 1 };
	struct frame_report report;
	struct frame_fault fault;
	struct encoder e;
	struct frame f;
	struct table t;

	(void)state;
	for (size_t i = 0; i < N; i++)
		events[i] = (struct event){ random_below(&r, 60), random_below(&r, 8) == 0, random_below(&r, 200), 0 };
	assert_done(events_table(arena, events, N, &wish, &t));
	assert_done(frame_make(arena, &t, &frame_wish, &e, &f, &report, &fault));
	assert_true(report.test > 0 && report.train > report.test && f.groups <= 60);
	for (size_t i = 0; i < f.rows; i++)
		assert_true(f.test[i] == (cell(&t, "cut", i) == 120));
	wish.cuts = near;
	assert_problem(events_table(arena, events, N, &wish, &t), events_overlap);
}

static void what_makes_no_rows_is_refused(void **state)
{
	static const int64_t down[] = { 9, 5 }, zero[] = { 0, 5 };
	static const struct event events[] = { { 0, VIEW, 50, 0 } }, bad[] = { { 0, VIEW, 50, NAN } };
	struct event_wish wish = wish_of(one_cut, 1);
	struct table t;

	(void)state;
	assert_problem(events_table(arena, events, 0, &wish, &t), events_unfit);
	assert_problem(events_table(arena, bad, 1, &wish, &t), events_unfit);
	wish.until = 106;
	assert_problem(events_table(arena, events, 1, &wish, &t), events_unknown);
	wish.label = 2; /* none: nothing must be known afterwards */
	assert_done(events_table(arena, events, 1, &wish, &t));
	assert_null(table_find(&t, TEXT("label")));
	wish.windows = down;
	assert_problem(events_table(arena, events, 1, &wish, &t), events_order);
	wish.windows = zero;
	assert_problem(events_table(arena, events, 1, &wish, &t), events_order);
	wish = wish_of(down, 2);
	assert_problem(events_table(arena, events, 1, &wish, &t), events_order);
	wish = wish_of(zero + 1, 1);
	assert_problem(events_table(arena, events, 1, &wish, &t), table_empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_by_hand),
		cmocka_unit_test(what_comes_at_the_cut_or_after_changes_no_feature),
		cmocka_unit_test(labels_are_of_the_horizon_alone),
		cmocka_unit_test(the_last_cut_is_judged_by_and_persons_stay_apart),
		cmocka_unit_test(what_makes_no_rows_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
