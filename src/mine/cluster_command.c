/* cluster_command.c - `zhifang mine cluster`: rows that are like each other, and in what. */
#include "mine/command_parts.h"
#include "mine/kmeans.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 16, SAMPLE = 2000 };

static const struct command_option options[] = {
	{ "--columns", OPTION_TEXT, "A[,B...]", "what likeness goes by; without: all columns of numbers" },
	{ "--k", OPTION_COUNT, "N", "how many clusters; without: as many as stand farthest apart", .least = 1, .most = CLUSTERS_MAX, .otherwise = 0 },
	{ "--most", OPTION_COUNT, "N", "without --k: at most", .least = 2, .most = 100, .otherwise = 10 },
	{ "--starts", OPTION_COUNT, "N", "the best of so many", .least = 1, .most = 1000, .otherwise = 10 },
	{ "--log", OPTION_FLAG, NULL, "by the logarithm of 1 and the number: for amounts and counts" },
	{ "--raw", OPTION_FLAG, NULL, "in the columns' own units; without: by standard deviations" },
	{ "--rows", OPTION_FLAG, NULL, "also which cluster each row is in" },
	COMMAND_SEED, COMMAND_THREADS, { NULL }
};

struct task {
	struct command *c;
	struct source source;
	const struct table_column **column;
	size_t columns, rows;
	size_t *row;           /* (rows) of the table */
	double *own, *scaled;  /* (rows, columns) as they stand; as they are compared */
	uint32_t *order;       /* (k) clusters by size, downwards */
	struct k_score *scores;
	size_t score_count, elbow;
};

/* ---- rows in ---- */

static int choose_columns(struct task *t)
{
	const char *wanted = command_text(t->c, "--columns");
	struct text *names;
	size_t count = command_list(t->c, &t->source.table, wanted, &names);
	int status = 0;

	t->column = ARENA_ARRAY(t->c->arena, const struct table_column *, t->source.table.columns + count + 1);
	for (size_t j = 0; j < t->source.table.columns && !wanted; j++) {
		if (t->source.table.column[j].kind == NUMBERS)
			t->column[t->columns++] = &t->source.table.column[j];
	}
	for (size_t j = 0; j < count && !status; j++) {
		const struct table_column *found = command_column(t->c, &t->source, arena_cstr(t->c->arena, names[j]), &status);

		if (!found)
			break;
		status = command_is_numbers(t->c, &t->source, found);
		t->column[t->columns++] = found;
	}
	if (!status && !t->columns)
		return command_refuse(t->c, t->source.file, "has no column of numbers");
	return status;
}

static int refuse_negative(const struct task *t, size_t row, size_t j)
{
	fprintf(t->c->err, "zhifang: %s, line %zu, column %.*s: --log wants numbers of 0 and above\n", t->source.file, t->source.table.line[row],
	        TEXT_ARG(t->column[j]->name));
	return 1;
}

static int take_rows(struct task *t)
{
	size_t cells = t->source.table.rows * t->columns;

	t->own = ARENA_ARRAY(t->c->arena, double, cells);
	t->scaled = ARENA_ARRAY(t->c->arena, double, cells);
	t->row = ARENA_ARRAY(t->c->arena, size_t, t->source.table.rows);
	for (size_t i = 0; i < t->source.table.rows; i++) {
		bool whole = true;

		for (size_t j = 0; j < t->columns; j++) {
			double x = (double)t->column[j]->numbers[i];

			whole &= !isnan(x);
			if (command_has(t->c, "--log") && x < 0)
				return refuse_negative(t, i, j);
			t->own[t->rows * t->columns + j] = x;
			t->scaled[t->rows * t->columns + j] = command_has(t->c, "--log") ? log1p(x) : x;
		}
		if (whole)
			t->row[t->rows++] = i;
	}
	return t->rows ? 0 : command_refuse(t->c, t->source.file, "has no row without a hole");
}

/* ---- clusters ---- */

static problem find_clusters(struct task *t, struct points *p, struct clusters *ret)
{
	struct kmeans_options o = { .k = command_count(t->c, "--k"), .starts = command_count(t->c, "--starts"), .seed = command_count(t->c, "--seed"),
		                    .threads = command_count(t->c, "--threads") };
	struct k_range range = { 2, command_count(t->c, "--most"), SAMPLE };
	double *mean = ARENA_ARRAY(t->c->arena, double, p->columns), *sd = ARENA_ARRAY(t->c->arena, double, p->columns);
	problem why = points_check(p);

	if (why)
		return why;
	if (!command_has(t->c, "--raw"))
		points_standardise(p, mean, sd, t->scaled);
	if (!o.k) {
		t->scores = ARENA_ARRAY(t->c->arena, struct k_score, range.high + 1);
		while (range.high > 2 && !kmeans_first_rows(p, range.high, ARENA_ARRAY(t->c->arena, double, range.high * p->columns)))
			range.high--; /* so many rows do not differ */
		t->score_count = range.high - 1;
		why = kmeans_choose(t->c->arena, p, &o, range, t->scores, &o.k, &t->elbow);
	}
	return why ? why : kmeans(t->c->arena, p, &o, ret);
}

/* The largest first; of equal ones that of the earliest row */
static void order_clusters(struct task *t, const struct clusters *c)
{
	size_t *first = ARENA_ARRAY(t->c->arena, size_t, c->k);

	t->order = ARENA_ARRAY(t->c->arena, uint32_t, c->k);
	for (size_t i = t->rows; i-- > 0;)
		first[c->of[i]] = i;
	for (uint32_t k = 0; k < c->k; k++) {
		size_t at = k;

		for (; at; at--) {
			uint32_t other = t->order[at - 1];

			if (c->sizes[other] > c->sizes[k] || (c->sizes[other] == c->sizes[k] && first[other] < first[k]))
				break;
			t->order[at] = other;
		}
		t->order[at] = k;
	}
}

/* ---- out ---- */

static void say_scores(const struct task *t, const struct clusters *of)
{
	static const struct named heads[] = { { "inertia", "inertia", 0 }, { "silhouette", "silhouette", 0 } };
	struct command_rows rows = { "choices", "clusters", NAME_WIDTH, 0 };
	char word[TEXT_INT_MAX];

	if (!t->score_count)
		return;
	fputs(t->c->json ? "" : "\n", t->c->out);
	command_rows_begin(t->c, &rows, heads, 2);
	for (size_t i = 0; i < t->score_count; i++) {
		command_row(t->c, &rows, text_of_int((int64_t)t->scores[i].k, word), (struct named[]){
			{ "inertia", NULL, t->scores[i].inertia }, { "silhouette", NULL, t->scores[i].silhouette } }, 2);
	}
	command_rows_end(t->c);
	command_lines(t->c, (struct named[]){ { "chosen", "chosen, farthest apart", (double)of->k },
	                                      { "elbow", "the bend of inertia", t->elbow ? (double)t->elbow : NAN } }, 2);
}

/* "far above in amount, below in age", in standard deviations of all rows */
static void say_words(const struct task *t, const double *profile)
{
	size_t said = 0;

	for (int strong = 1; strong >= 0; strong--) {
		for (size_t j = 0; j < t->columns; j++) {
			const char *word = profile_word(profile[j]);

			if (!strcmp(word, "about") || (strncmp(word, "far", 3) == 0) != (strong == 1))
				continue;
			fprintf(t->c->out, "%s%s in %.*s", said++ ? ", " : "", word, TEXT_ARG(t->column[j]->name));
		}
	}
	fputs(said ? "" : "about the mean in all", t->c->out);
}

static void say_means(const struct task *t, const struct clusters *of, size_t rank, const double *profile)
{
	double *mean = ARENA_ARRAY(t->c->arena, double, t->columns);

	for (size_t i = 0; i < t->rows; i++) {
		for (size_t j = 0; j < t->columns && of->of[i] == t->order[rank]; j++)
			mean[j] += t->own[i * t->columns + j] / (double)of->sizes[of->of[i]];
	}
	for (size_t j = 0; j < t->columns; j++) {
		char word[32];

		if (t->c->json) {
			fputs(j ? ",{\"column\":" : "{\"column\":", t->c->out);
			command_json_text(t->c->out, t->column[j]->name);
			fputs(",", t->c->out);
			command_json_number(t->c->out, "mean", mean[j]);
			fputs(",", t->c->out);
			command_json_number(t->c->out, "deviations", profile[j]);
			fputs("}", t->c->out);
		} else {
			fprintf(t->c->out, "  mean %.*s: %s\n", TEXT_ARG(t->column[j]->name), command_six(mean[j], word));
		}
	}
}

static void say_clusters(const struct task *t, const struct clusters *of, const double *profile)
{
	fputs(t->c->json ? ",\"clusters\":[" : "", t->c->out);
	for (size_t rank = 0; rank < of->k; rank++) {
		const double *own = profile + t->order[rank] * t->columns;
		size_t size = of->sizes[t->order[rank]];
		double share = (double)size / (double)t->rows;

		if (t->c->json) {
			fprintf(t->c->out, "%s{\"cluster\":%zu,\"size\":%zu,", rank ? "," : "", rank + 1, size);
			command_json_number(t->c->out, "share", share);
			fputs(",\"means\":[", t->c->out);
		} else {
			fprintf(t->c->out, "\ncluster %zu: %zu row%s, %.1f %%: ", rank + 1, size, command_s(size), 100 * share);
			say_words(t, own);
			fputs("\n", t->c->out);
		}
		say_means(t, of, rank, own);
		fputs(t->c->json ? "]}" : "", t->c->out);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

static void say_rows(const struct task *t, const struct clusters *of)
{
	uint32_t *rank = ARENA_ARRAY(t->c->arena, uint32_t, of->k);

	for (uint32_t k = 0; k < of->k; k++)
		rank[t->order[k]] = k + 1;
	fputs(t->c->json ? ",\"of_rows\":[" : "\n", t->c->out);
	for (size_t i = 0; i < t->rows; i++) {
		size_t line = t->source.table.line[t->row[i]];

		if (t->c->json)
			fprintf(t->c->out, "%s{\"line\":%zu,\"cluster\":%u}", i ? "," : "", line, rank[of->of[i]]);
		else
			fprintf(t->c->out, "line %zu: cluster %u\n", line, rank[of->of[i]]);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

static int cluster(struct command *c)
{
	struct task t = { .c = c };
	struct clusters of;
	struct points p;
	double *profile;
	int status = command_load(c, c->words[0], &t.source);
	problem why;

	if (!status)
		status = choose_columns(&t);
	if (!status)
		status = take_rows(&t);
	if (status)
		return status;
	p = (struct points){ t.scaled, t.rows, t.columns };
	why = find_clusters(&t, &p, &of);
	if (why)
		return command_problem(c, t.source.file, why);
	profile = ARENA_ARRAY(c->arena, double, of.k * t.columns);
	clusters_profile(c->arena, &p, &of, profile);
	order_clusters(&t, &of);
	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &t.source, t.column, t.columns, t.rows);
	say_scores(&t, &of);
	command_lines(c, (struct named[]){ { "inertia", "inertia", of.inertia }, { "rounds", "rounds", (double)of.rounds },
	                                   { "silhouette", "silhouette", silhouette(c->arena, &p, &of, SAMPLE, command_count(c, "--seed")) } }, 3);
	say_clusters(&t, &of, profile);
	if (command_has(c, "--rows"))
		say_rows(&t, &of);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

const struct command_kind cluster_kind = {
	"cluster", "mine cluster FILE [--columns A,B] [--k N] [--log] [--rows]", "rows that are like each other, and in what",
	"k-means, docs/numbers/clusters.md: each row stands with those whose mean is nearest.\n"
	"FILE is CSV or TSV, its first line has the names; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1, "printf 'a,b\\n1,2\\n2,1\\n9,8\\n8,9\\n' | zhifang mine cluster - --k 2", cluster,
};
