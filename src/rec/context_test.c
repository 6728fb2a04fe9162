/* context_test.c - tables as fields, moments, and `zhifang rec fit-context` and `rerank` as they are typed. */
#include "rec/fields.h"

#include <math.h>
#include <time.h>

#include "num/random.h"
#include "rec/command_testing.h"
#include "rec/fm.h"

/* ---- fields ---- */

static void read_table(struct arena *arena, const char *text, struct table *t)
{
	struct table_place where;

	assert_done(table_read_keys(arena, text_of(text), (const char *const[]){ "who", NULL }, t, &where));
}

static void cells_become_features(void **state)
{
	const uint32_t row[] = { 0, 1, 2, 3 }, feature[] = { 1, 4, 0, 3, 4, 1, 2, 4, 0 };
	const double value[] = { 1, -1.5, 1, 1, 0, 1, 1, 1.5, 1 };
	const bool wanted[] = { true, true, true, true, false }, as_words[] = { false, true, false, false, false };
	const uint32_t of[] = { 0, 2, 0, 1, 2, 0, 1, 2, 0 };
	struct arena *arena = arena_new(1 << 24);
	CLEANUP(sparse_free) struct sparse x = { 0 };
	enum field_left left[5];
	struct fields f;
	struct table t;
	uint32_t *field, which;
	size_t unknown;

	(void)state;
	read_table(arena, "who,hour,score,same,not\nb,,2,7,1\na,9,4,7,1\nb,21,6,7,2\na,,?,7,2\nc,9,1000,8,2\n", &t);
	fields_learn(arena, &t, &(struct field_choice){ row, 4, wanted, as_words }, &f, left);
	assert_true(f.count == 3 && f.features == 5 && left[3] == FIELD_CONSTANT && left[0] == FIELD_KEPT && left[4] == FIELD_KEPT);
	assert_text(f.field[1].words[0], "21"); /* by bytes, not as numbers */
	assert_true(fabs(f.field[2].mean - 4) < 1e-12 && fabs(f.field[2].deviation - sqrt(8 / 3.)) < 1e-12);
	f.field[2].deviation = 4 / 3.;
	assert_done(fields_rows(&f, &t, row, 4, &x, &field, &unknown, &which));
	assert_true(x.rows == 4 && sparse_count(&x) == 9 && unknown == 0);
	assert_memory_equal(x.column, feature, sizeof feature);
	assert_memory_equal(field, of, sizeof of);
	for (size_t i = 0; i < 9; i++)
		assert_true(fabs(x.weight[i] - value[i]) < 1e-6);
	free(field);
	sparse_free(&x);
	assert_done(fields_rows(&f, &t, (const uint32_t[]){ 4 }, 1, &x, NULL, &unknown, &which));
	assert_true(sparse_count(&x) == 2 && unknown == 1 && x.column[0] == 3 && x.weight[1] == 10); /* c is not known; 1000 is held */
	sparse_free(&x);
	read_table(arena, "hour,score\n9,much\n", &t);
	assert_problem(fields_rows(&f, &t, row, 1, &x, NULL, &unknown, &which), fields_kind);
	assert_int_equal(which, 2);
	arena_free(arena);
}

/* As the C library has it in UTC */
static void moments_are_those_of_the_calendar(void **state)
{
	struct random r = random_of(4, 4);

	(void)state;
	for (int i = 0; i < 2000; i++) {
		int64_t zone = 1800 * ((int64_t)random_below(&r, 53) - 24), seconds = (int64_t)(random_unit(&r) * 8e9) - 2000000000;
		time_t at = (time_t)(seconds + zone);
		struct moment m = moment_of(seconds, zone);
		struct tm tm;

		assert_non_null(gmtime_r(&at, &tm));
		assert_true(m.hour == tm.tm_hour && m.weekday == tm.tm_wday);
	}
}

/* ---- commands ---- */

/* Audio is wanted on the phone and before noon, text at the desk and after: no column alone says anything. */
static void write_shown(int rows)
{
	struct random r = random_of(11, 1);
	FILE *to = fopen("shown.csv", "w");

	fputs("item,kind,device,time,wanted\n", to);
	for (int i = 0; i < rows; i++) {
		bool is_audio = random_below(&r, 2), is_phone = random_below(&r, 2);
		long long time = 1700000000 + 1800LL * i;
		bool is_early = moment_of(time, 8 * 3600).hour < 12;
		double s = (is_audio ? 1 : -1) * ((is_phone ? 1.2 : -1.2) + (is_early ? 1 : -1));

		fprintf(to, "%c%u,%s,%s,%lld,%d\n", is_audio ? 'a' : 't', random_below(&r, 5), is_audio ? "audio" : "text", is_phone ? "phone" : "desk", time,
		        random_unit(&r) < 1 / (1 + exp(-s)));
	}
	fclose(to);
}

static double number_behind(const char *what)
{
	const char *at = strstr(said, what);

	if (!at)
		fail_msg("no \"%s\" in: %s", what, said);
	return strtod(at + strlen(what), NULL);
}

static void context_changes_what_is_first(void **state)
{
	char model[40000], again[40000];
	size_t length;
	FILE *file;

	(void)state;
	write_shown(3000);
	run(0, "fit-context shown.csv --of wanted --time time --model model --json");
	assert_says("{\"rows\":3000,\"left_out_rows\":0,\"train\":2160,\"validation\":240,\"test\":600,\"fields\":[{\"name\":\"item\",\"words\":10},");
	assert_says("{\"name\":\"hour\",\"words\":24},{\"name\":\"weekday\",\"words\":7}],\"left_out\":[],");
	assert_true(number_behind("\"linear\",\"log_loss\":") > .68);
	assert_true(number_behind("\"pairs\",\"log_loss\":") < .55);
	file = fopen("model", "r");
	length = fread(model, 1, sizeof model, file);
	fclose(file);
	run(0, "fit-context shown.csv --of wanted --time time --model model --threads 1");
	assert_says("by time\nfields: item (10 words), kind (2 words),");
	file = fopen("model", "r");
	assert_int_equal(fread(again, 1, sizeof again, file), length);
	fclose(file);
	assert_memory_equal(model, again, length);
	write_file("candidates.csv", "item,kind\na1,audio\nt1,text\nz,text\n");
	run(0, "rerank candidates.csv --model model --given device=phone --time 1700010000 --json"); /* 9 o'clock in China */
	assert_says("{\"rows\":3,\"unknown\":1,\"not_told\":[],\"items\":[{\"item\":\"a1\",\"chance\":0.");
	assert_says("\"because\":[\"kind=audio\",\"");
	run(0, "rerank candidates.csv --model model --given device=desk --time 1700060400 --at 2"); /* 23 o'clock */
	assert_says("3 candidates; 1 word that the model does not know\nt1 ");
	run(0, "rerank candidates.csv --model model --given device=desk");
	assert_says("3 candidates; not told: hour, weekday; 1 word");
}

/* Learned from 0 to 9: what is far beyond counts as ten deviations, and is told as it is. */
static void numbers_are_told_as_they_are(void **state)
{
	FILE *to = fopen("shown.csv", "w");

	(void)state;
	fputs("price,wanted\n", to);
	for (int i = 0; i < 40; i++)
		fprintf(to, "%d,%d\n", i % 10, i % 10 > 4);
	fclose(to);
	write_file("candidates.csv", "item,price\nx,1000\ny,8.25\n");
	run(0, "fit-context shown.csv --of wanted --all --epochs 20 --factors 2 --model model");
	run(0, "rerank candidates.csv --model model --json");
	assert_says("\"because\":[\"price=1000\"]");
	assert_says("\"because\":[\"price=8.25\"]");
}

static void what_makes_no_ranking_is_refused(void **state)
{
	(void)state;
	write_file("shown.csv", "who,n,when,wanted\na,1,5,1\nb,2,6,0\na,3,7,1\nb,,8,0\n");
	run(1, "fit-context shown.csv --of wanted --model model");
	assert_says("--all learns from every one");
	run(1, "fit-context shown.csv --of n --all --model model");
	assert_says("shown.csv, line 3, column n: 2, and what was wanted is to be 1, what was not 0\n");
	run(1, "fit-context shown.csv --of wanted --without who --without n --without when --all --model model");
	assert_says("No column is left to learn from.");
	run(2, "fit-context shown.csv --of wanted --without nothing --all --model model");
	run(2, "fit-context shown.csv --of wanted --words nothing --all --model model");
	run(1, "fit-context shown.csv --of who --all --model model");
	run(0, "fit-context shown.csv --of wanted --without when --all --model model");
	write_file("candidates.csv", "item,n\nx,1\ny,2\n");
	run(2, "rerank candidates.csv --model model --given n=3");
	assert_says("n=3: is a column of FILE, or given twice");
	run(2, "rerank candidates.csv --model model --given who=a --given who=b");
	run(2, "rerank candidates.csv --model model --given when=5");
	assert_says("is of no field that the model knows");
	run(2, "rerank candidates.csv --model model --given who");
	run(2, "rerank candidates.csv --model model --item thing");
	run(0, "rerank candidates.csv --model model --given who=a");
	write_file("candidates.csv", "item,n\nx,much\n");
	run(1, "rerank candidates.csv --model model");
	assert_says("n: A column has words where the model learned from numbers.");
	write_file("shown.csv", "who,when,wanted\na,5,1\nb,1e13,0\n");
	run(1, "fit-context shown.csv --of wanted --time when --all --model model");
	assert_says("shown.csv, line 3, column when: Seconds since 1970 are wanted");
	write_file("shown.csv", "who,wanted\na,1\nb,1\n");
	run(1, "fit-context shown.csv --of wanted --all --model model");
	assert_says("All rows were wanted, or none");
	run(1, "rerank candidates.csv --model shown.csv");
}

/* ---- in what a recommender proposes ---- */

/* Of articles on the phone 1 of 3 was wanted and of podcasts 2, at the desk the other way round: what each column says alone is half. */
#define CELLS \
	"article,phone,0\narticle,phone,0\narticle,phone,1\narticle,desk,1\narticle,desk,1\narticle,desk,0\n" \
	"podcast,phone,1\npodcast,phone,1\npodcast,phone,0\npodcast,desk,0\npodcast,desk,0\npodcast,desk,1\n"

/* By who had C: Pointers 2 / sqrt(3 * 3), Radio 1 / sqrt(3 * 1), Joins nothing. */
static void a_shop(void)
{
	write_file("shown.csv", "kind,device,wanted\n" CELLS);
	run(0, "fit-context shown.csv --of wanted --all --lambda 0 --factors 4 --epochs 1000 --model model");
	write_file("shown.csv", "user,item\nAnn,C\nAnn,Pointers\nBo,C\nBo,Pointers\nCai,C\nCai,Radio\nDee,Pointers\nDee,Joins\n");
	run(0, "fit shown.csv --by item-knn --model shop");
	write_file("candidates.csv", "kind,item\npodcast,Radio\narticle,Pointers\narticle,Joins\npodcast,Elsewhere\n");
}

static void check_chances(const char *first, const char *second)
{
	assert_true(strstr(said, first) < strstr(said, second));
	assert_true(fabs(number_behind("\"chance\":") - 2 / 3.) < 1e-3);
}

static void what_is_proposed_is_in_the_order_of_now(void **state)
{
	(void)state;
	a_shop();
	run(0, "recommend --model shop --had C --at 2 --json");
	assert_says("\"items\":[{\"item\":\"Pointers\",\"score\":0.66666");
	run(0, "recommend --model shop --had C --at 2 --context model --candidates 2 --about candidates.csv --given device=phone --json");
	assert_says("\"in_context\":2,\"words_unknown\":0,\"not_told\":[],");
	check_chances("\"Radio\"", "\"Pointers\"");
	assert_says("\"place\":2,\"now_because\":[\"kind=podcast\",\"device=phone\"],");
	assert_says("\"because\":\"C\",\"weight\":1,\"part\":0.57735");
	run(0, "recommend --model shop --had C --at 2 --context model --candidates 2 --about candidates.csv --given device=desk --json");
	check_chances("\"Pointers\"", "\"Radio\"");
	run(0, "recommend --model shop --had C --at 1 --context model --about candidates.csv --given device=phone");
	assert_says("\nthe best 3, in the order of model\nRadio ");
	assert_says("   2 before, now because of kind=podcast with device=phone: ");
	run(0, "recommend --model shop --had C --at 3 --context model --given device=phone"); /* nothing tells them apart */
	assert_says("\nthe best 3, in the order of model; not told: kind\nPointers ");
	write_file("shown.csv", "item,creator\nRadio,one\nPointers,two\nJoins,one\n");
	run(0, "recommend --model shop --had C --at 2 --context model --about candidates.csv --given device=phone --most-of-a-creator 1 --items shown.csv");
	assert_says("rearranged from the best 3\nRadio ");
	assert_true(strstr(said, "\nPointers ") && !strstr(said, "Joins"));
}

/* The item itself, who asks, and the recommender's own score are told without a file: Bo wants what is far down, Ann what is on top. */
static void the_recommender_tells_what_it_knows(void **state)
{
	FILE *to = fopen("shown.csv", "w");

	(void)state;
	fputs("user,place,item,wanted\n", to);
	for (int i = 0; i < 60; i++)
		fprintf(to, "%s,%d,%s,%d\n", i % 2 ? "Ann" : "Bo", i / 2 % 2 + 1, i % 3 ? "x" : "y", i % 10 < 2 ? i % 2 != (i / 2 % 2 == 0) : i % 2 == (i / 2 % 2 == 0));
	fclose(to);
	run(0, "fit-context shown.csv --of wanted --all --epochs 400 --model model");
	write_file("shown.csv", "user,item\nAnn,C\nAnn,Pointers\nBo,C\nBo,Pointers\nCai,C\nCai,Radio\nDee,Pointers\n");
	run(0, "fit shown.csv --by item-knn --model shop");
	write_file("shown.csv", "user,item\nAnn,C\nBo,C\n");
	run(0, "recommend shown.csv --of Ann --model shop --context model --at 2");
	assert_says("2 words that it does not know\nPointers ");
	run(0, "recommend shown.csv --of Bo --model shop --context model --at 2");
	assert_says("2 words that it does not know\nRadio ");
	run(0, "recommend --had C --model shop --context model --at 2");
	assert_says("; not told: user; 2 words");
}

static void what_makes_no_context_is_refused(void **state)
{
	(void)state;
	a_shop();
	run(2, "recommend --model shop --had C --given device=phone");
	assert_says("--given: says nothing without --context");
	run(2, "recommend --model shop --had C --at 5 --candidates 4 --context model");
	assert_says("are fewer than --at");
	run(2, "recommend --model shop --had C --context model --given hour=3");
	assert_says("is of no field that the model knows");
	run(2, "recommend --model shop --had C --context model --about candidates.csv --given kind=article");
	assert_says("is a column of FILE, or given twice");
	run(1, "recommend --model shop --had C --context shop");
	run(2, "recommend --model shop --had C --context nowhere");
	write_file("candidates.csv", "item,kind\nRadio,podcast\nRadio,article\n");
	run(1, "recommend --model shop --had C --context model --about candidates.csv");
	assert_says("candidates.csv: Radio: stands there twice");
	write_file("candidates.csv", "work,kind\nRadio,podcast\n");
	run(2, "recommend --model shop --had C --context model --about candidates.csv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_become_features),
		cmocka_unit_test(moments_are_those_of_the_calendar),
		cmocka_unit_test(context_changes_what_is_first),
		cmocka_unit_test(numbers_are_told_as_they_are),
		cmocka_unit_test(what_makes_no_ranking_is_refused),
		cmocka_unit_test(what_is_proposed_is_in_the_order_of_now),
		cmocka_unit_test(the_recommender_tells_what_it_knows),
		cmocka_unit_test(what_makes_no_context_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
