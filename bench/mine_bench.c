/* mine_bench.c - itemsets, rules and clusters by themselves, CPU milliseconds of one thread. One JSON object a line, {"key":..., "value":...}.
 * `mine_bench [ROUNDS]`: so many readings of each; `mine_bench points NAME FILE`: the rows of a clustering as doubles, for who is measured beside it.
 * bench/measure/mining.py makes results of it. */
#include <inttypes.h>
#include <time.h>

#include "mine/kmeans.h"
#include "mine/product_testing.h"
#include "mine/rules.h"
#include "mine/sets_testing.h"
#include "num/random.h"

enum { ROUNDS_MAX = 101 };

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

struct timing {
	struct arena *arena;
	size_t rounds;
};

static void report(const char *what, const char *set, const double *readings, size_t rounds)
{
	for (size_t i = 0; i < rounds; i++)
		printf("{\"key\":\"%s %s\",\"value\":%.5g}\n", what, set, readings[i]);
	fflush(stdout);
}

/* ---- itemsets ---- */

static struct text bytes_of(struct arena *arena, const char *name)
{
	struct buffer all = BUFFER(64 << 20);
	char path[128], piece[1 << 16];
	struct text text;
	gzFile file;
	int n;

	snprintf(path, sizeof path, "fim/%s.dat.gz", name);
	file = mining_open(path);
	if (!file)
		exit(1);
	while ((n = gzread(file, piece, sizeof piece)) > 0)
		buffer_add(&all, (struct text){ piece, (size_t)n });
	gzclose(file);
	text = arena_text(arena, buffer_text(&all));
	buffer_free(&all);
	return text;
}

static problem nothing(void *self, const struct item_set *set)
{
	*(uint64_t *)self += set->support;
	return NULL;
}

/* From the bytes of the file on, as the programs do that are measured beside it: counted, and each told */
static void time_sets(const struct timing *t, const char *name, uint32_t support)
{
	struct arena *kept = arena_new(256 << 20);
	struct text bytes = bytes_of(kept, name);
	double counted[ROUNDS_MAX], told[ROUNDS_MAX];
	struct sets_summary sum;
	char set[64];

	snprintf(set, sizeof set, "%s %u", name, support);
	for (size_t i = 0; i < t->rounds; i++) {
		for (int tell = 0; tell < 2; tell++) {
			const uint32_t *numbers;
			struct baskets b;
			uint64_t supports = 0;
			size_t line;
			double begun = cpu_ms();
			problem why = baskets_read(t->arena, bytes, &b, &numbers, &line);

			if (!why)
				why = sets_mine(&b, &(struct sets_options){ .support = support }, tell ? nothing : NULL, &supports, &sum);
			if (why)
				exit(1);
			(tell ? told : counted)[i] = cpu_ms() - begun;
			arena_reset(t->arena);
		}
	}
	report("count", set, counted, t->rounds);
	printf("{\"key\":\"sets %s\",\"value\":%" PRIu64 "}\n", set, sum.count);
	report("tell", set, told, t->rounds);
	arena_free(kept);
}

/* ---- clusters ---- */

static struct points customers(struct arena *arena)
{
	struct cdnow d = { 0 };
	double *at, mean[3], sd[3];

	if (!cdnow_read(arena, "cdnow/CDNOW_master.txt.gz", &d))
		exit(1);
	at = ARENA_ARRAY(arena, double, d.customers * 3);
	for (size_t i = 0; i < d.customers * 3; i += 3)
		at[i] = INFINITY;
	for (size_t i = 0; i < d.rows; i++) {
		double *of = at + d.customer[i] * 3;

		of[0] = fmin(of[0], cdnow_day(19980630) - d.day[i]);
		of[1]++;
		of[2] += d.amount[i];
	}
	for (size_t i = 0; i < d.customers * 3; i++)
		at[i] = log1p(at[i]);
	points_standardise(&(struct points){ at, d.customers, 3 }, mean, sd, at);
	return (struct points){ at, d.customers, 3 };
}

static struct points sessions(struct arena *arena)
{
	double *at = ARENA_ARRAY(arena, double, 12330 * 10), *column = ARENA_ARRAY(arena, double, 12330), mean[10], sd[10];

	for (int j = 0; j < 10; j++) {
		if (mining_column("tabular/online_shoppers_intention.csv.gz", ',', j, NULL, column) != 12330)
			exit(1);
		for (size_t i = 0; i < 12330; i++)
			at[i * 10 + (size_t)j] = column[i];
	}
	points_standardise(&(struct points){ at, 12330, 10 }, mean, sd, at);
	return (struct points){ at, 12330, 10 };
}

static double u(uint64_t k) { return random_unit_of(random_bits(k)); }

static struct points million(struct arena *arena)
{
	const size_t rows = 1000000;
	double *at = ARENA_ARRAY(arena, double, rows * 8);

	for (size_t i = 0; i < rows; i++) {
		uint64_t base = 33 * i, place = random_bits(base) % 16;

		for (size_t j = 0; j < 8; j++) {
			uint64_t k = base + 1 + 4 * j;

			at[i * 8 + j] = 10 * u(((uint64_t)1 << 40) + 8 * place + j) + (u(k) + u(k + 1) + u(k + 2) + u(k + 3) - 2);
		}
	}
	return (struct points){ at, rows, 8 };
}

static const struct {
	const char *name;
	struct points (*read)(struct arena *arena);
	size_t k;
} clusterings[] = { { "rfm", customers, 5 }, { "osi", sessions, 8 }, { "blobs1m", million, 16 } };

enum { CLUSTERINGS = sizeof clusterings / sizeof *clusterings };

static void time_clusters(const struct timing *t, size_t which)
{
	struct arena *kept = arena_new((size_t)1 << 30);
	struct points p = clusterings[which].read(kept);
	size_t k = clusterings[which].k, rounds = t->rounds < 3 || p.rows < 100000 ? t->rounds : 3;
	double *first = ARENA_ARRAY(kept, double, k * p.columns), readings[ROUNDS_MAX];
	struct clusters c;

	if (!kmeans_first_rows(&p, k, first))
		exit(1);
	for (size_t i = 0; i < rounds; i++) {
		double begun = cpu_ms();

		if (kmeans(t->arena, &p, &(struct kmeans_options){ .k = k, .centres = first, .threads = 1 }, &c))
			exit(1);
		readings[i] = cpu_ms() - begun;
		arena_reset(t->arena);
	}
	report("cluster", clusterings[which].name, readings, rounds);
	arena_free(kept);
}

/* Columns, k, then the rows */
static int write_points(const char *name, const char *path)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	FILE *to = fopen(path, "wb");
	bool done = false;

	for (size_t i = 0; i < CLUSTERINGS && to; i++) {
		if (strcmp(name, clusterings[i].name))
			continue;
		struct points p = clusterings[i].read(arena);
		const double head[] = { (double)p.columns, (double)clusterings[i].k };

		done = fwrite(head, sizeof *head, 2, to) == 2 && fwrite(p.at, sizeof *p.at, p.rows * p.columns, to) == p.rows * p.columns;
	}
	if (to)
		done &= fclose(to) == 0;
	arena_free(arena);
	return done ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t support;
	} tasks[] = { { "mushroom", 1625 }, { "chess", 1598 }, { "retail", 88 }, { "retail", 9 }, { "t10i4d100k", 100 }, { "t10i4d100k", 10 },
		      { "bms1", 36 }, { "kosarak25k", 50 }, { "onlineretail", 93 } };
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 5;
	struct timing t = { NULL, rounds > 0 && rounds <= ROUNDS_MAX ? (size_t)rounds : 5 };

	if (argc == 4 && !strcmp(argv[1], "points"))
		return write_points(argv[2], argv[3]);
	t.arena = arena_new((size_t)2 << 30);
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		time_sets(&t, tasks[i].name, tasks[i].support);
	for (size_t i = 0; i < CLUSTERINGS; i++)
		time_clusters(&t, i);
	arena_free(t.arena);
	return 0;
}
