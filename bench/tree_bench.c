/* tree_bench.c - trees on the public sets beside XGBoost, one thread, by CPU time, in turn; one JSON object a line.
 * `tree_bench ROUNDS [SET...]`, a forest's seed is the number of the round; `tree_bench --export FOLDER SET` writes a set for peers that are no C: d, n and the matrix as numbers. */
#include "mine/boost.h"
#include "mine/score.h"
#include "mine/testing.h"
#include "mine/tree.h"

#include <time.h>
#include <xgboost/c_api.h>

enum { TREES = 100 };

static struct arena *arena;
static struct threads *one;

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void told(const char *who, const char *what, const char *set, double ms, double auc)
{
	printf("{\"who\":\"%s\",\"what\":\"%s\",\"set\":\"%s\",\"ms\":%.5g,\"auc\":%.6f}\n", who, what, set, ms, auc);
	fflush(stdout);
}

static bool set_of(const char *name, struct frame *ret)
{
	struct encoder e;

	if (!strcmp(name, "synth200k")) {
		mining_synthetic(arena, 200000, ret);
		return true;
	}
	for (size_t s = 0; s < MINING_SETS; s++) {
		if (!strcmp(name, mining_sets[s].name))
			return mining_frame(arena, &mining_sets[s], &e, ret);
	}
	return false;
}

static double auc_of(const double *p, const struct frame *test)
{
	struct score s;

	assert_done(score_chances(p, test->label, test->rows, &s));
	return s.auc;
}

/* ---- ours ---- */

enum model { TREE, FOREST, BOOST, MODELS };
static const char *const names[MODELS] = { "tree", "forest", "boost" };

static void ours(const char *set, const struct frame *f, const struct frame *test, enum model model, uint64_t seed)
{
	double *p = FRAME_ARRAY(arena, double, test->rows), began = cpu_ms(), ms;
	problem why = NULL;
	struct trees t;

	switch (model) {
	case TREE: why = tree_fit(arena, f, &(struct tree_options){ 0 }, one, &t); break;
	case FOREST: why = forest_fit(arena, f, &(struct forest_options){ .trees = TREES, .seed = seed }, one, &t); break;
	case BOOST: why = boost_fit(arena, f, &(struct boost_options){ .trees = TREES }, one, &t); break;
	case MODELS: break;
	}
	ms = cpu_ms() - began;
	assert_done(why);
	assert_done(trees_chances(&t, test, one, p));
	told("ours", names[model], set, ms, auc_of(p, test));
}

/* ---- XGBoost ---- */

static float *row_by_row(const struct frame *f)
{
	float *at = FRAME_ARRAY(arena, float, f->rows * f->columns);

	for (size_t j = 0; j < f->columns; j++) {
		for (size_t i = 0; i < f->rows; i++)
			at[i * f->columns + j] = (float)f->ord[j * f->rows + i];
	}
	return at;
}

static DMatrixHandle matrix_of(const struct frame *f)
{
	float *label = FRAME_ARRAY(arena, float, f->rows);
	DMatrixHandle d;

	for (size_t i = 0; i < f->rows; i++)
		label[i] = f->label[i];
	assert_int_equal(XGDMatrixCreateFromMat(row_by_row(f), f->rows, f->columns, NAN, &d), 0);
	assert_int_equal(XGDMatrixSetFloatInfo(d, "label", label, f->rows), 0);
	return d;
}

/* Making its matrix is not counted. */
static void xgboost(const char *set, const struct frame *learn, const struct frame *test)
{
	static const char *const options[][2] = { { "tree_method", "hist" }, { "max_depth", "6" }, { "eta", "0.1" }, { "objective", "binary:logistic" },
		                                  { "nthread", "1" }, { "verbosity", "0" } };
	DMatrixHandle from = matrix_of(learn), to = matrix_of(test);
	double *p = FRAME_ARRAY(arena, double, test->rows), began, ms;
	const float *out;
	BoosterHandle b;
	bst_ulong n;

	assert_int_equal(XGBoosterCreate(&from, 1, &b), 0);
	for (size_t k = 0; k < sizeof options / sizeof *options; k++)
		XGBoosterSetParam(b, options[k][0], options[k][1]);
	began = cpu_ms();
	for (int k = 0; k < TREES; k++)
		assert_int_equal(XGBoosterUpdateOneIter(b, k, from), 0);
	ms = cpu_ms() - began;
	assert_int_equal(XGBoosterPredict(b, to, 0, 0, 0, &n, &out), 0);
	for (size_t i = 0; i < test->rows; i++)
		p[i] = (double)out[i];
	told("XGBoost", "boost", set, ms, auc_of(p, test));
	XGBoosterFree(b);
	XGDMatrixFree(from);
	XGDMatrixFree(to);
}

/* ---- for others ---- */

static int export(const char *folder, const char *set)
{
	char path[4096];
	struct frame f;
	FILE *to;

	if (!set_of(set, &f))
		return 2;
	snprintf(path, sizeof path, "%s/%s.bin", folder, set);
	to = fopen(path, "wb");
	if (!to)
		return 1;
	fwrite((uint64_t[]){ f.columns, f.rows }, sizeof(uint64_t), 2, to);
	fwrite(f.ord, sizeof *f.ord, f.rows * f.columns, to);
	fwrite(f.label, 1, f.rows, to);
	fwrite(f.test, 1, f.rows, to);
	return fclose(to) ? 1 : 0;
}

static int measure(const char *set, int rounds)
{
	struct frame f, learn, test;

	if (!set_of(set, &f))
		return 2;
	frame_part(arena, &f, false, &learn);
	frame_part(arena, &f, true, &test);
	for (int r = 0; r < rounds; r++) {
		for (enum model m = TREE; m < MODELS; m++)
			ours(set, &f, &test, m, (uint64_t)r);
		xgboost(set, &learn, &test);
	}
	return 0;
}

int main(int count, char **words)
{
	int status = count < 2 ? 2 : 0;

	arena = arena_new((size_t)4 << 30);
	one = threads_start(1);
	if (!status && !strcmp(words[1], "--export"))
		status = count == 4 ? export(words[2], words[3]) : 2;
	else
		for (int i = 2; i < count && !status; i++)
			status = measure(words[i], (int)strtol(words[1], NULL, 10));
	threads_stop(one);
	arena_free(arena);
	return status;
}
