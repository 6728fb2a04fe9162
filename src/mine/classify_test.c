/* classify_test.c - classifiers on whole tables: anchors, held-out chances, reasons that add up, files that come back; naive Bayes by
 * hand and against sums written out. */
#include "mine/linear_testing.h"
#include "mine/mine.h"
#include "num/testing.h"

#include <unistd.h>

static void frame_of(const char *csv, struct encoder *e, struct frame *f)
{
	struct table_place where;
	struct frame_report report;
	struct frame_fault fault;
	struct table *t = ARENA_NEW(arena, struct table);

	assert_done(table_read(arena, text_of(csv), t, &where));
	assert_done(frame_make(arena, t, &(struct frame_wish){ .label = TEXT("y"), .split = SPLIT_NONE }, e, f, &report, &fault));
}

/* ---- naive Bayes ---- */

/* Class 0: 1, 3; class 1: 7, 9 and a hole. All: mean 5, variance 10. With one more row of those, class 0 has mean 3 and variance
 * (1 + 1 + 2 * 1 + ... )/3, written out below. Words: class 0 a, b; class 1 b, b, b. */
static void naive_by_hand(void **state)
{
	const double mean[] = { (1 + 3 + 5) / 3., (7 + 9 + 5) / 3. };
	/* squares about the class's own mean, the further row's about the joint mean, and its variance */
	const double variance[] = { (4 + 0 + 4 + 10) / 3., (0 + 4 + 4 + 10) / 3. };
	double score[5], reason[2], wanted;
	struct naive_model m;
	struct encoder e;
	struct frame f;

	(void)state;
	frame_of("x,w,y\n1,a,0\n3,b,0\n7,b,1\n9,b,1\n,b,1\n", &e, &f);
	naive_train(arena, &e, &f, &m);
	assert_within(m.prior, log(3. / 2), 1e-14);
	for (int class = 0; class < 2; class++) {
		assert_within(m.column[0].mean[class], mean[class], 1e-14);
		assert_within(m.column[0].variance[class], variance[class], 1e-14);
	}
	assert_within(m.column[1].weight[0], log((1. / 5) / (2. / 4)), 1e-14); /* a: 0 + 1 of 3 + 2 by 1 + 1 of 2 + 2 */
	assert_within(m.column[1].weight[1], log((4. / 5) / (2. / 4)), 1e-14);
	naive_scores(&m, &f, score);
	wanted = m.prior + log(.8 / .5) - .5 * (log(variance[1]) + pow(9 - mean[1], 2) / variance[1]) + .5 * (log(variance[0]) + pow(9 - mean[0], 2) / variance[0]);
	assert_within(score[3], wanted, 1e-13);
	assert_within(score[4], m.prior + log(.8 / .5), 1e-13); /* a hole says nothing */
	naive_reasons(&m, &f, 3, reason);
	assert_within(m.prior + reason[0] + reason[1], score[3], 1e-13);
}

static void naive_bears_what_is_constant_or_far(void **state)
{
	struct naive_model m;
	struct encoder e;
	struct frame f;
	double score[4];

	(void)state;
	frame_of("x,z,y\n1,5,0\n1,5,0\n2,5,1\n2,5,1\n", &e, &f);
	naive_train(arena, &e, &f, &m);
	naive_scores(&m, &f, score);
	assert_true(score[0] < 0 && score[3] > 0 && isfinite(score[0]) && isfinite(score[3]));
	f.ord[0] = 1e300;
	f.ord[1] = -1.7e308;
	naive_scores(&m, &f, score);
	assert_true(isfinite(score[0]) && isfinite(score[1]));
}

/* ---- public sets ---- */

static struct classify_options options_of(enum classifier_kind kind, enum classifier_chances chances)
{
	return (struct classify_options){ .kind = kind, .chances = chances, .seed = 1 };
}

static void anchors_are_met(void **state)
{
	static const struct { enum classifier_kind kind; enum classifier_chances chances; double auc; } models[] = {
		{ CLASSIFY_LOGISTIC, CHANCES_OWN, .888125 }, { CLASSIFY_SVM, CHANCES_PLATT, .902165 }, { CLASSIFY_SVM, CHANCES_ISOTONIC, .902165 },
		{ CLASSIFY_NAIVE, CHANCES_ISOTONIC, 0 },
	};
	struct anchor_set set;

	(void)state;
	if (!anchor_read(arena, SET_OSI, &set))
		skip();
	for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
		const struct frame *test = &set.frame[1];
		struct classify_options o = options_of(models[k].kind, models[k].chances);
		double *held = ARENA_ARRAY(arena, double, set.frame[0].rows), *score = ARENA_ARRAY(arena, double, test->rows),
		       *chance = ARENA_ARRAY(arena, double, test->rows);
		struct classifier m;
		struct score of;

		assert_done(classify_train(arena, &set.encoder, &set.frame[0], &o, two, &m, held));
		classify(&m, test, two, score, chance);
		assert_done(score_chances(chance, test->label, test->rows, &of));
		print_message("model %d, chances %d: AUC %.6f, calibration error %.4f, log loss %.4f\n", m.kind, m.chances, auc_of(score, test->label, test->rows),
		              of.ece, of.log_loss);
		if (models[k].auc > 0)
			assert_true(fabs(auc_of(score, test->label, test->rows) - models[k].auc) < 2e-6);
		else
			assert_true(auc_of(score, test->label, test->rows) > .75);
		assert_true(of.ece < (m.chances == CHANCES_PLATT ? .05 : .03)); /* a sigmoid cannot follow this set's long tail */
	}
	anchor_free(&set);
}

/* A row had no part in its held-out score: of pure chance they are right half the time, the model's own scores far more often. */
static void held_out_scores_do_not_know_their_rows(void **state)
{
	struct frame f = { .rows = 200, .columns = 60 };
	struct encoder e = { .count = 60, .wide = 60 };
	struct random r = random_of(7, 7);
	double held[200], score[200];
	struct classify_options o = options_of(CLASSIFY_SVM, CHANCES_PLATT);
	struct classifier m;

	(void)state;
	e.feature = ARENA_ARRAY(arena, struct feature, 60);
	f.ord = ARENA_ARRAY(arena, double, 200 * 60);
	f.row = ARENA_ARRAY(arena, size_t, 200);
	f.label = ARENA_ARRAY(arena, unsigned char, 200);
	for (size_t j = 0; j < 60; j++)
		e.feature[j] = (struct feature){ .name = TEXT("x"), .deviation = 1, .low = -INFINITY, .high = INFINITY };
	for (size_t i = 0; i < 200 * 60; i++)
		f.ord[i] = random_normal(&r);
	for (size_t i = 0; i < 200; i++)
		f.label[i] = random_unit(&r) < .5;
	assert_done(classify_train(arena, &e, &f, &o, two, &m, held));
	classify(&m, &f, two, score, NULL);
	assert_true(auc_of(score, f.label, 200) > .75);
	assert_true(fabs(auc_of(held, f.label, 200) - .5) < .12);
}

enum { PERSONS = 60, EACH = 8, PERSON_ROWS = PERSONS * EACH };

/* Rows of one person are nearly equal and share a label of pure chance. */
static void persons(struct encoder *e, struct frame *f)
{
	struct random r = random_of(8, 8);

	*f = (struct frame){ .rows = PERSON_ROWS, .columns = 2, .groups = PERSONS };
	*e = (struct encoder){ .count = 2, .wide = 2, .feature = ARENA_ARRAY(arena, struct feature, 2) };
	f->ord = ARENA_ARRAY(arena, double, PERSON_ROWS * 2);
	f->row = ARENA_ARRAY(arena, size_t, PERSON_ROWS);
	f->label = ARENA_ARRAY(arena, unsigned char, PERSON_ROWS);
	f->group = ARENA_ARRAY(arena, unsigned, PERSON_ROWS);
	for (size_t j = 0; j < 2; j++) {
		e->feature[j] = (struct feature){ .name = TEXT("x"), .deviation = 1, .low = -INFINITY, .high = INFINITY };
		for (size_t i = 0; i < PERSON_ROWS; i++)
			f->ord[j * PERSON_ROWS + i] = i % EACH ? f->ord[j * PERSON_ROWS + i - 1] + .001 : random_normal(&r);
	}
	for (size_t i = 0; i < PERSON_ROWS; i++) {
		f->row[i] = i;
		f->group[i] = (unsigned)(i / EACH);
		f->label[i] = i % EACH ? f->label[i - 1] : random_unit(&r) < .5;
	}
}

/* A model that learns rows by heart knows persons it saw, and nobody else: chances learned from persons it saw are far too sure. */
static void groups_are_held_out_whole(void **state)
{
	struct classify_options o = { .kind = CLASSIFY_RADIAL, .chances = CHANCES_PLATT, .gamma = 10, .seed = 1 };
	double held[2][PERSON_ROWS], chance[PERSON_ROWS];
	struct classifier m;
	struct encoder e;
	struct frame f;

	(void)state;
	persons(&e, &f);
	assert_done(classify_train(arena, &e, &f, &o, two, &m, held[0]));
	classify(&m, &f, two, NULL, chance);
	assert_true(fabs(auc_of(held[0], f.label, PERSON_ROWS) - .5) < .2);
	for (size_t i = 0; i < PERSON_ROWS; i++)
		assert_true(chance[i] > .1 && chance[i] < .9);
	for (int kind = CLASSIFY_LOGISTIC; kind <= CLASSIFY_NAIVE; kind++) { /* a person's scores do not depend on that person's labels */
		o.kind = (enum classifier_kind)kind;
		for (int k = 0; k < 2; k++) {
			for (size_t i = 5 * EACH; i < 6 * EACH; i++)
				f.label[i] = !f.label[i];
			assert_done(classify_train(arena, &e, &f, &o, two, &m, held[k]));
		}
		assert_memory_equal(held[0] + (size_t)(5 * EACH), held[1] + (size_t)(5 * EACH), EACH * sizeof **held);
	}
}

/* Labels of the last eighth change no score that was held out: they are scored by models of what was before. */
static void later_rows_tell_nothing_of_earlier_ones(void **state)
{
	double held[2][PERSON_ROWS], time[PERSON_ROWS];
	struct encoder e;
	struct frame f;

	(void)state;
	persons(&e, &f);
	f.group = NULL;
	for (size_t i = 0; i < PERSON_ROWS; i++)
		time[i] = -(double)(i / 3); /* the first rows are the last in time; three at a time */
	for (int kind = CLASSIFY_LOGISTIC; kind <= CLASSIFY_NAIVE; kind++) {
		struct classify_options o = { .kind = (enum classifier_kind)kind, .chances = CHANCES_PLATT, .seed = 1, .time = time };

		for (int k = 0; k < 2; k++) {
			struct classifier m;

			for (size_t i = 0; i < PERSON_ROWS / 8; i++)
				f.label[i] = !f.label[i];
			assert_done(classify_train(arena, &e, &f, &o, two, &m, held[k]));
		}
		for (size_t i = 0; i < PERSON_ROWS; i++)
			assert_true(isnan(held[0][i]) ? isnan(held[1][i]) && i >= PERSON_ROWS / 2 : held[0][i] == held[1][i] && i < PERSON_ROWS / 2);
	}
}

/* One group has all rows of a class, or the class begins late: a model of the rest has one class. */
static void what_holding_out_leaves_without_a_class_is_a_problem(void **state)
{
	struct classify_options o = options_of(CLASSIFY_NAIVE, CHANCES_PLATT);
	double held[PERSON_ROWS], time[PERSON_ROWS];
	struct classifier m;
	struct encoder e;
	struct frame f;

	(void)state;
	persons(&e, &f);
	for (size_t i = 0; i < PERSON_ROWS; i++) {
		f.label[i] = i >= PERSON_ROWS - EACH;
		time[i] = (double)i;
	}
	for (int kind = CLASSIFY_LOGISTIC; kind <= CLASSIFY_NAIVE; kind++) {
		o.kind = (enum classifier_kind)kind;
		o.time = NULL;
		f.group = ARENA_ARRAY(arena, unsigned, PERSON_ROWS);
		for (size_t i = 0; i < PERSON_ROWS; i++)
			f.group[i] = (unsigned)(i / EACH);
		assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), classify_apart);
		f.group = NULL;
		o.time = time;
		assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), classify_apart);
	}
	for (size_t i = 0; i < PERSON_ROWS; i++) { /* all at once: none can be held out */
		time[i] = 7;
		f.label[i] = i % 2;
	}
	assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), classify_few);
}

/* ---- small tables ---- */

static const char small_csv[] = "x,city,z,y\n1,a,3,no\n2,b,,no\n3,a,2,no\n4,b,7,yes\n5,c,1,no\n6,c,9,yes\n7,c,4,yes\n8,a,6,yes\n2,b,2,no\n7,b,8,yes\n1,c,5,no\n9,a,7,yes\n";

static void reasons_add_up(void **state)
{
	static const enum classifier_kind kinds[] = { CLASSIFY_LOGISTIC, CLASSIFY_SVM, CLASSIFY_NAIVE };
	struct encoder e;
	struct frame f;

	(void)state;
	frame_of(small_csv, &e, &f);
	for (size_t k = 0; k < 3; k++) {
		struct classify_options o = options_of(kinds[k], CHANCES_PLATT);
		double held[12], score[12], reason[3], rest = NAN;
		struct classifier m;

		assert_done(classify_train(arena, &e, &f, &o, two, &m, held));
		classify(&m, &f, two, score, NULL);
		for (size_t i = 0; i < f.rows; i++) {
			double sum = 0;

			classify_reasons(&m, &f, i, reason);
			for (size_t j = 0; j < e.count; j++)
				sum += reason[j];
			if (i)
				assert_true(fabs(score[i] - sum - rest) < 1e-12); /* the mean row's score, the same for all */
			rest = score[i] - sum;
		}
		classify_reasons(&m, &f, 11, reason);
		assert_true(reason[0] > 0); /* x is 9, and high x are yes */
	}
}

static void threads_and_runs_are_the_same(void **state)
{
	struct threads *three = threads_start(3);
	struct encoder e;
	struct frame f;

	(void)state;
	frame_of(small_csv, &e, &f);
	for (int kind = CLASSIFY_LOGISTIC; kind <= CLASSIFY_NAIVE; kind++) {
		struct classify_options o = options_of((enum classifier_kind)kind, CHANCES_ISOTONIC);
		double held[2][12], chance[2][12];

		for (int k = 0; k < 2; k++) {
			struct classifier m;

			assert_done(classify_train(arena, &e, &f, &o, k ? three : two, &m, held[k]));
			classify(&m, &f, k ? three : two, NULL, chance[k]);
		}
		assert_memory_equal(held[0], held[1], sizeof held[0]);
		assert_memory_equal(chance[0], chance[1], sizeof chance[0]);
	}
	threads_stop(three);
}

static void models_come_back_and_meet_other_tables(void **state)
{
	struct encoder e;
	struct frame f, other;
	struct frame_report report;
	struct frame_fault fault;
	struct table_place where;
	struct table t;

	(void)state;
	frame_of(small_csv, &e, &f);
	assert_done(table_read(arena, TEXT("z,city,x\n1e308,nowhere,-1e308\n3,a,1\n,,\n"), &t, &where));
	for (int kind = CLASSIFY_LOGISTIC; kind <= CLASSIFY_NAIVE; kind++) {
		CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
		struct classify_options o = options_of((enum classifier_kind)kind, CHANCES_PLATT);
		double held[12], chance[2][12], reason[3];
		struct classifier m, back;
		struct saved s;

		assert_done(classify_train(arena, &e, &f, &o, two, &m, held));
		classifier_save(&m, &b);
		assert_null(b.why);
		assert_done(saved_open(buffer_text(&b), CLASSIFIER_KIND, CLASSIFIER_VERSION, &s));
		assert_done(classifier_load(arena, &s, &back));
		classify(&m, &f, two, NULL, chance[0]);
		classify(&back, &f, two, NULL, chance[1]);
		assert_memory_equal(chance[0], chance[1], sizeof chance[0]);
		assert_done(frame_apply(arena, &t, &back.encoder, &other, &report, &fault));
		assert_int_equal(report.unknown, 1);
		classify(&back, &other, two, NULL, chance[1]);
		for (size_t i = 0; i < 3; i++)
			assert_true(chance[1][i] >= 0 && chance[1][i] <= 1);
		if (kind != CLASSIFY_RADIAL)
			classify_reasons(&back, &other, 0, reason);
	}
}

/* ---- from the command line ---- */

static char *said_by(int wanted, int count, const char **words)
{
	char *said = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&said, &length);
	int status = mine_command(count, words, out, out);

	fclose(out);
	if (status != wanted)
		fail_msg("%d and not %d: %s", status, wanted, said);
	return said;
}

/* P(buy | 6 to 10 product pages) is 185 of 1,804, counted by others. */
static void shares_by_bands_are_those_counted(void **state)
{
	char path[] = "/tmp/mine-XXXXXX";
	struct text bytes = mining_text(arena, mining_sets[SET_OSI].file, mining_sets[SET_OSI].head);
	int file;
	char *said;

	(void)state;
	if (!bytes.at)
		skip();
	file = mkstemp(path);
	assert_true(file >= 0 && write(file, bytes.at, bytes.length) == (ssize_t)bytes.length);
	close(file);
	said = said_by(0, 7, (const char *[]){ "bayes", path, "--label", "Revenue", "--by", "ProductRelated", "--json" });
	assert_non_null(strstr(said, "{\"value\":\"6-10\",\"rows\":1804,\"happened\":185,"));
	free(said);
	said = said_by(1, 6, (const char *[]){ "bayes", path, "--label", "Revenue", "--by", "BounceRates" });
	assert_non_null(strstr(said, "is no count"));
	free(said);
	unlink(path);
}

/* 40 rows of 8 persons in order of time; the label follows x. */
static void how_scores_were_held_out_is_said(void **state)
{
	static const struct { const char *by, *says; } ways[] = {
		{ "--group", "held-out scores, whole groups at a time\n" }, { "--time", "held-out scores, of models of earlier rows\n" },
		{ "--without", "held-out scores\n" },
	};
	char path[] = "/tmp/mine-XXXXXX", *said;
	FILE *file = fdopen(mkstemp(path), "w");

	(void)state;
	assert_non_null(file);
	fputs("p,x,y\n", file);
	for (int i = 0; i < 40; i++)
		fprintf(file, "%d,%d,%d\n", i / 5, i * 17 % 40, i * 17 % 40 + i % 7 > 22);
	fclose(file);
	said = said_by(0, 7, (const char *[]){ "svm", path, "--label", "y", "--all", "--group", "p" });
	assert_non_null(strstr(said, "40 to learn from"));
	assert_non_null(strstr(said, ways[0].says));
	free(said);
	free(said_by(2, 8, (const char *[]){ "svm", path, "--label", "y", "--time", "x", "--group", "p" }));
	for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
		said = said_by(0, 8, (const char *[]){ "svm", path, "--label", "y", ways[k].by, "p", "--missed", "3" });
		assert_non_null(strstr(said, ways[k].says));
		assert_non_null(strstr(said, "where acting pays"));
		free(said);
	}
	unlink(path);
}

static void what_cannot_be_learned_is_a_problem(void **state)
{
	struct classify_options o = options_of(CLASSIFY_SVM, CHANCES_PLATT);
	double held[12];
	struct classifier m;
	struct encoder e;
	struct frame f;

	(void)state;
	frame_of("x,y\n1,0\n2,0\n3,1\n4,1\n5,1\n", &e, &f);
	assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), classify_few);
	f.rows = 2;
	assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), linear_one_class);
	frame_of(small_csv, &e, &f);
	o.cost = -1;
	assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), linear_cost);
	o.kind = CLASSIFY_RADIAL;
	assert_problem(classify_train(arena, &e, &f, &o, two, &m, held), linear_cost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naive_by_hand),
		cmocka_unit_test(naive_bears_what_is_constant_or_far),
		cmocka_unit_test(anchors_are_met),
		cmocka_unit_test(held_out_scores_do_not_know_their_rows),
		cmocka_unit_test(groups_are_held_out_whole),
		cmocka_unit_test(later_rows_tell_nothing_of_earlier_ones),
		cmocka_unit_test(what_holding_out_leaves_without_a_class_is_a_problem),
		cmocka_unit_test(reasons_add_up),
		cmocka_unit_test(threads_and_runs_are_the_same),
		cmocka_unit_test(models_come_back_and_meet_other_tables),
		cmocka_unit_test(shares_by_bands_are_those_counted),
		cmocka_unit_test(how_scores_were_held_out_is_said),
		cmocka_unit_test(what_cannot_be_learned_is_a_problem),
	};

	return cmocka_run_group_tests(tests, setup_threads, teardown_threads);
}
