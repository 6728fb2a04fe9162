/* numbers_bench.c - what the rooms of numbers are held to: CPU time of distributions, of a regression of 200,000 rows and 21 columns with all
 * its diagnostics, of questions to Bayesian networks and of learning one. One JSON object a line: its key is that of the peer's line in
 * numbers_peer.R. `numbers_bench CALLS`; bench/run.sh makes results of it. */
#include "stats/regression.h"
#include "stats/structure.h"

#include <time.h>

#include "num/random.h"
#include "stats/network_testing.h"

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *key, double value)
{
	printf("{\"key\":\"%s\",\"value\":%.5g}\n", key, value);
	fflush(stdout);
}

/* ---- distributions: the same arguments as the peer's ---- */

enum ask { LOWER_TAIL, QUANTILE_OF, DENSITY_AT };
static volatile double sink;

static double answer(const struct distribution *d, enum ask ask, double at)
{
	double x = 0;

	if (ask == LOWER_TAIL)
		return distribution_tail(d, LOWER, at);
	if (ask == DENSITY_AT)
		return distribution_density(d, at);
	return distribution_quantile(d, LOWER, at, &x) ? 0 : x;
}

/* Arguments go evenly from one to another, or are whole numbers in turn. */
static void time_calls(const char *key, const struct distribution *d, enum ask ask, const double range[2], size_t calls)
{
	bool whole = ask != QUANTILE_OF && distribution_is_discrete(d);
	double start = cpu(), sum = 0;

	for (size_t i = 0; i < calls; i++) {
		double share = ((double)i + .5) / (double)calls, at = range[0] + (range[1] - range[0]) * share;

		sum += answer(d, ask, whole ? floor(at) : at);
	}
	sink = sum;
	report(key, (cpu() - start) / (double)calls * 1e9);
}

static void distributions(size_t calls)
{
	struct distribution normal, poisson, binomial, student, chi_square;
	static const double z[] = { -4, 4 }, share[] = { 0, 1 }, few[] = { 0, 21 }, many[] = { 250, 351 }, above[] = { 0, 20 };

	if (normal_of_sd(0, 1, &normal) || poisson_of(10, &poisson) || binomial_of(1000, .3, &binomial) || student_of(7, &student) || chi_square_of(5, &chi_square))
		abort();
	time_calls("pnorm", &normal, LOWER_TAIL, z, calls);
	time_calls("qnorm", &normal, QUANTILE_OF, share, calls);
	time_calls("ppois", &poisson, LOWER_TAIL, few, calls);
	time_calls("qpois", &poisson, QUANTILE_OF, share, calls);
	time_calls("dbinom", &binomial, DENSITY_AT, many, calls);
	time_calls("pbinom", &binomial, LOWER_TAIL, many, calls);
	time_calls("qbinom", &binomial, QUANTILE_OF, share, calls);
	time_calls("pt", &student, LOWER_TAIL, z, calls);
	time_calls("pchisq", &chi_square, LOWER_TAIL, above, calls);
}

/* ---- regression ---- */

enum { ROWS = 200000, COLUMNS = 21 };

static void regression(void)
{
	struct arena *arena = arena_new((size_t)2 << 30);
	struct design d = design_new(arena, ROWS, COLUMNS, true);
	struct linear m;
	struct place where;
	double start;

	for (size_t i = 0; i < ROWS; i++) {
		struct random r = random_of(1, i);

		for (size_t j = 1; j < COLUMNS; j++) {
			matrix_column(&d.x, j)[i] = random_normal(&r);
			d.y[i] += matrix_column(&d.x, j)[i] * (real)j;
		}
		d.y[i] += random_normal(&r);
	}
	start = cpu();
	if (linear_fit(arena, &d, .95, &m, &where))
		abort();
	report("lm", (cpu() - start) * 1e3);
	arena_free(arena);
}

/* ---- Bayesian networks ---- */

/* Each node asked for, with nothing known, with the first node known, and with the first and the last */
static void questions(const char *name, const char *key)
{
	struct arena *arena = arena_new((size_t)1 << 30), *scratch = arena_new((size_t)1 << 30);
	struct network n;
	unsigned *known;
	double posterior[NETWORK_STATES_MAX], evidence, start, asked = 0;

	if (!mining_network(arena, name, &n))
		exit(1);
	known = ARENA_ARRAY(arena, unsigned, n.count);
	for (size_t i = 0; i < n.count; i++)
		known[i] = NOT_KNOWN;
	start = cpu();
	for (int times = 0; times < 20; times++) {
		for (int set = 0; set < 3; set++) {
			known[0] = set > 0 ? 0 : NOT_KNOWN;
			known[n.count - 1] = set > 1 ? 0 : NOT_KNOWN;
			for (size_t target = 0; target < n.count; target++, asked++) {
				if (network_ask(scratch, &n, known, target, posterior, &evidence))
					abort();
				arena_reset(scratch);
			}
		}
	}
	report(key, (cpu() - start) / asked * 1e6);
	arena_free(scratch);
	arena_free(arena);
}

static void structure(enum structure_score by, const char *key, const char *score_key)
{
	struct arena *arena = arena_new((size_t)2 << 30);
	struct structure_options how = structure_options();
	const unsigned **columns;
	struct network n;
	struct scores truth;
	double score, start;

	if (!mining_network(arena, "alarm", &n))
		exit(1);
	columns = mining_rows(arena, "alarm", &n, 20000);
	how.by = by;
	how.strength = 10;
	how.threads = 1;
	if (network_score(arena, &n, columns, 20000, how.strength, &truth))
		abort();
	start = cpu();
	if (structure_learn(arena, &n, columns, 20000, &how, NULL, &score))
		abort();
	report(key, (cpu() - start) * 1e3);
	report(score_key, score - (by == BY_BIC ? truth.bic : truth.bdeu));
	arena_free(arena);
}

int main(int argc, char **argv)
{
	size_t calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;

	distributions(calls);
	regression();
	questions("alarm", "alarm");
	questions("hailfinder", "hailfinder");
	structure(BY_BIC, "learn bic", "gain bic");
	structure(BY_BDEU, "learn bdeu", "gain bdeu");
	return 0;
}
