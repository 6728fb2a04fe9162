/* search_bench.c - what the index is held to, on 100,000 works: quality by known items, CPU time by query length, size,
 * time to build. One JSON object a line; target 0 means that there is none. `search_bench [all|quality|time] [N]`: one part
 * of it; every Nth query of quality. bench/run.sh makes results of it. */
#include <malloc.h>

#include "search/testing.h"

static const char catalogue[] = "catalogue/docs-100k.tsv.gz";

static int compare_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(const char *what, const char *set, double value, const char *unit, double target, bool at_least)
{
	bool met = !(target > 0) || (at_least ? value >= target : value <= target);

	printf("{\"what\":\"%s\",\"set\":\"%s\",\"value\":%.5g,\"unit\":\"%s\",\"target\":%.4g,\"at_least\":%s,\"met\":%s}\n", what,
	       set, value, unit, target, at_least ? "true" : "false", met ? "true" : "false");
	fflush(stdout);
}

static void quality(struct index *index, const char *file, const char *set, double target, size_t step)
{
	struct arena *kept = arena_new(1 << 30), *arena = arena_new(1 << 28);
	struct corpus_queries queries = corpus_queries(kept, file);
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < queries.count; i += step, count++) {
		double r = corpus_reciprocal(index, arena, &queries.items[i]);

		if (getenv("MISSES") && r < 1)
			fprintf(stderr, "%s\t%lld\t%.*s\t%.2f\n", set, (long long)queries.items[i].right,
				TEXT_ARG(queries.items[i].keyword), r);
		sum += r;
		arena_reset(arena);
	}
	report("MRR@10", set, sum / (double)(count ? count : 1), "", target, true);
	arena_free(arena);
	arena_free(kept);
}

static void search_once(struct index_reader *reader, struct arena *arena, struct text keyword)
{
	struct index_query ask = { .keyword = keyword, .price_most = -1, .limit = 10 };
	struct index_result result;

	index_search(reader, arena, &ask, &result);
}

static void suggest_once(struct index_reader *reader, struct arena *arena, struct text keyword)
{
	struct index_suggestion items[10];

	(void)arena;
	index_suggest(reader, keyword, 10, items);
}

enum { ROUNDS = 5 };

/* Of each query the median of five, so that what else the machine does is left out. */
static void latency(struct index *index, const char *file, const char *set, double target_us,
		    void (*once)(struct index_reader *, struct arena *, struct text))
{
	struct arena *kept = arena_new(1 << 28), *arena = arena_new(1 << 28);
	struct corpus_queries queries = corpus_queries(kept, file);
	double *us = ARENA_ARRAY(kept, double, queries.count *ROUNDS),
	       *median = ARENA_ARRAY(kept, double, queries.count);
	double sum = 0;

	for (size_t i = 0; i < queries.count * ROUNDS; i++) {
		struct index_reader *reader = index_enter(index);
		size_t query = i % queries.count, round = i / queries.count;
		double start = corpus_cpu_us();

		once(reader, arena, queries.items[query].keyword);
		us[query * ROUNDS + round] = corpus_cpu_us() - start;
		index_leave(reader);
		arena_reset(arena);
	}
	for (size_t i = 0; i < queries.count; i++) {
		qsort(us + i * ROUNDS, ROUNDS, sizeof *us, compare_double);
		median[i] = us[i * ROUNDS + ROUNDS / 2];
		sum += median[i];
	}
	qsort(median, queries.count, sizeof *median, compare_double);
	report("CPU p50", set, median[queries.count / 2], "us", 0, false);
	report("CPU p99", set, median[queries.count * 99 / 100], "us", target_us, false);
	report("per second and core", set, 1e6 / (sum / (double)queries.count), "", 0, true);
	arena_free(arena);
	arena_free(kept);
}

static struct index *build(struct arena *kept, const char *file)
{
	struct corpus_docs docs = corpus_read(kept, file);
	struct index *index = index_new();

	corpus_fill(index, &docs);
	return index;
}

/* Building, and what it takes in memory; the documents that were read are not counted. */
static struct index *build_measured(struct arena *kept, const char *file, const char *set)
{
	struct corpus_docs docs = corpus_read(kept, file);
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double start = corpus_cpu_us();
	struct index *index = index_new();
	struct index_size size;

	corpus_fill(index, &docs);
	report("build, CPU", set, (corpus_cpu_us() - start) / 1e6, "s", 3, false);
	size = index_size(index);
	report("bytes a work", set, (double)size.bytes / (double)size.documents, "B", 1300, false);
	report("heap a work", set,
	       (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / (double)size.documents, "B", 1300, false);
	report("terms", set, (double)size.terms, "", 0, true);
	report("postings", set, (double)size.postings, "", 0, true);
	return index;
}

static void append(struct index *index, struct arena *kept)
{
	struct corpus_docs docs = corpus_read(kept, catalogue);
	double sum = 0, worst = 0;

	for (size_t i = 0; i < 2000; i++) {
		double start = corpus_cpu_us(), took;

		index_put(index, &docs.items[i * 40]);
		index_publish(index);
		took = corpus_cpu_us() - start;
		sum += took;
		worst = took > worst ? took : worst;
	}
	report("change and publish, mean", "100k", sum / 2000, "us", 1000, false);
	report("change and publish, worst", "100k", worst, "us", 200000, false);
	report("parts then", "100k", (double)index_size(index).parts, "", 64, false);
}

/* ---- the two parts ---- */

static void all_quality(struct arena *kept, size_t step)
{
	static const struct {
		const char *file, *set;
		double target;
	} sets[] = {
		{ "catalogue/queries/ki_full", "full", 0.99 },   { "catalogue/queries/ki_frag", "frag", 0.95 },
		{ "catalogue/queries/ki_ex4", "ex4", 0.92 },     { "catalogue/queries/ki_typo", "typo", 0.97 },
		{ "catalogue/queries/ki_typo4", "typo4", 0.90 }, { "catalogue/queries/ki_del", "del", 0.97 },
		{ "catalogue/queries/ki_swap", "swap", 0.97 },   { "catalogue/queries/ki_trad", "trad", 0.97 },
		{ "catalogue/queries/ki_py", "py", 0.93 },       { "catalogue/queries/ki_pyi", "pyi", 0.95 },
	};
	struct index *index = build(kept, catalogue);

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		quality(index, sets[i].file, sets[i].set, sets[i].target, step);
	index_free(index);
	index = build(kept, "search/qa/passages.tsv");
	quality(index, "search/qa/queries.tsv", "questions", 0.95, step * 4);
	index_free(index);
}

static void all_time(struct arena *kept)
{
	static const char *const lengths[] = { "q1", "q2", "q4", "mix", "real" };
	struct index *index = build_measured(kept, catalogue, "100k");

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct text file = arena_format(kept, "catalogue/queries/lat_%s", lengths[i]);

		latency(index, file.at, lengths[i], i == 0 ? 2000 : 1000, search_once);
	}
	latency(index, "catalogue/queries/lat_q1", "suggest 1", 50, suggest_once);
	latency(index, "catalogue/queries/lat_q2", "suggest 2", 50, suggest_once);
	latency(index, "catalogue/queries/ki_pyi", "suggest initials", 50, suggest_once);
	append(index, kept);
	index_free(index);
}

int main(int argc, char **argv)
{
	struct arena *kept = arena_new((size_t)1 << 32);
	const char *part = argc > 1 ? argv[1] : "all";
	bool all = !strcmp(part, "all"), there = corpus_is_there(kept), known = all || !strcmp(part, "quality") || !strcmp(part, "time");
	int64_t step = 1;

	if (!known || argc > 3 || (argc > 2 && (!text_to_int(text_of(argv[2]), &step) || step < 1))) {
		fprintf(stderr, "usage: search_bench [all|quality|time] [N]\n");
		return 2;
	}
	if (!there)
		fprintf(stderr, "no corpus in ../shared/data\n");
	if (there && (all || !strcmp(part, "quality")))
		all_quality(kept, (size_t)step);
	if (there && (all || !strcmp(part, "time")))
		all_time(kept);
	arena_free(kept);
	return there ? 0 : 77;
}
