/* cluster_command.c - `zhifang mine cluster`: rows that are like each other, and in what. */
#include "mine/command_parts.h"
#include "mine/dbscan.h"
#include "mine/kmeans.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 16, SAMPLE = 2000, DISTANCES = 10000, LEAST_MAX = 10000 };

static const struct command_option options[] = {
	{ "--columns", OPTION_TEXT, "A[,B...]", "what likeness goes by; without: all columns of numbers" },
	{ "--method", OPTION_TEXT, "NAME", "kmeans, or dbscan: of any shape, by density; rows in none are noise (kmeans without)" },
	{ "--k", OPTION_COUNT, "N", "how many clusters; without: as many as stand farthest apart", .least = 1, .most = CLUSTERS_MAX, .otherwise = 0 },
	{ "--most", OPTION_COUNT, "N", "without --k: at most", .least = 2, .most = 100, .otherwise = 10 },
	{ "--starts", OPTION_COUNT, "N", "the best of so many", .least = 1, .most = 1000, .otherwise = 10 },
	{ "--radius", OPTION_NUMBER, "R", "dbscan: how near is near; without: where distances bend, with some to choose from", .least = 1e-100, .most = 1e100, .otherwise = 0 },
	{ "--least", OPTION_COUNT, "N", "dbscan: so many rows near it, itself too, make a row a core row; without: twice the columns, at least 4", .least = 1, .most = LEAST_MAX, .otherwise = 0 },
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
	double *mean;          /* (k, columns) as they stand */
	uint32_t *order;       /* (k) clusters by size, downwards; noise last */
	struct k_score *scores;
	size_t score_count, elbow;
	bool by_density;
	size_t noise;          /* the number of the last cluster, if that is noise; else SIZE_MAX */
	struct density density;
	double radius, *distance;
	size_t least, distances;
};

/* ---- rows in ---- */

static int choose_columns(struct task *t)
{
	const char *wanted = command_text(t->c, "--columns");
	struct text *names;
	size_t count = command_list(t->c, &t->source.table, wanted, &names);
	int status = 0;

	t->column = ARENA_ARRAY(t->c->arena, const struct table_column *, t->source.table.columns + count + 1);
	for (size_t j = 0; j < t->source.table.columns && !wanted && !status; j++) {
		const struct table_column *of = &t->source.table.column[j];

		status = command_is_finite(t->c, &t->source, of);
		if (of->kind == NUMBERS && of->holes < t->source.table.rows)
			t->column[t->columns++] = of;
	}
	for (size_t j = 0; j < count && !status; j++) {
		const struct table_column *found = command_column(t->c, &t->source, arena_cstr(t->c->arena, names[j]), &status);

		if (!found)
			break;
		status = command_is_numbers(t->c, &t->source, found);
		for (size_t k = 0; k < t->columns && !status; k++) {
			if (t->column[k] == found)
				status = command_refuse(t->c, arena_cstr(t->c->arena, names[j]), "is there twice");
		}
		t->column[t->columns++] = found;
	}
	if (!status && !t->columns)
		return command_refuse(t->c, t->source.file, "has no column of numbers");
	return status;
}

static int refuse_cell(const struct task *t, size_t row, size_t j, const char *why)
{
	fprintf(t->c->err, "zhifang: %s, line %zu, column %.*s: %s\n", t->source.file, t->source.table.line[row], TEXT_ARG(t->column[j]->name), why);
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
				return refuse_cell(t, i, j, "--log wants numbers of 0 and above");
			if (fabs(x) >= 1e100)
				return refuse_cell(t, i, j, "is no number below 1e100");
			t->own[t->rows * t->columns + j] = x;
			t->scaled[t->rows * t->columns + j] = command_has(t->c, "--log") ? log1p(x) : x;
		}
		if (whole)
			t->row[t->rows++] = i;
	}
	return t->rows ? 0 : command_refuse(t->c, t->source.file, "has no row without a hole in one of these columns");
}

/* ---- clusters ---- */

static problem find_means(struct task *t, const struct points *p, struct clusters *ret)
{
	struct kmeans_options o = { .k = command_count(t->c, "--k"), .starts = command_count(t->c, "--starts"), .seed = command_count(t->c, "--seed"),
		                    .threads = command_count(t->c, "--threads") };
	struct k_range range = { 2, command_count(t->c, "--most"), SAMPLE };
	struct command_progress progress;
	problem why = NULL;

	o.progress = &progress.hook;

	if (!o.k) {
		t->scores = ARENA_ARRAY(t->c->arena, struct k_score, range.high + 1);
		while (range.high > 2 && !kmeans_first_rows(p, range.high, ARENA_ARRAY(t->c->arena, double, range.high * p->columns)))
			range.high--; /* so many rows do not differ */
		t->score_count = range.high - 1;
		command_progress_begin(&progress, t->c, "how many");
		why = kmeans_choose(t->c->arena, p, &o, range, t->scores, &o.k, &t->elbow);
		command_progress_end(&progress);
	}
	if (why)
		return why;
	command_progress_begin(&progress, t->c, "clusters");
	why = kmeans(t->c->arena, p, &o, ret);
	command_progress_end(&progress);
	return why;
}

static const struct problem rows_few = { 422, "rows-few", "There are fewer rows than make a core row (--least)." };
static const struct problem radius_flat = { 422, "radius-flat", "Nearly all rows stand where enough others do: --radius is wanted." };

static problem choose_radius(struct task *t, const struct points *p)
{
	struct command_progress progress;
	struct dbscan_options o = { .least = t->least, .threads = command_count(t->c, "--threads"), .progress = &progress.hook };
	problem why;

	if (t->least > p->rows)
		return &rows_few;
	t->distances = p->rows < DISTANCES ? p->rows : DISTANCES;
	t->distance = ARENA_ARRAY(t->c->arena, double, t->distances);
	command_progress_begin(&progress, t->c, "distances");
	why = dbscan_distances(t->c->arena, p, &o, t->distances, t->distance);
	command_progress_end(&progress);
	t->radius = why ? 0 : dbscan_bend(t->distance, t->distances);
	return why || t->radius > 0 ? why : &radius_flat;
}

/* Noise becomes the last cluster, so that it is told of like the others. */
static void take_density(struct task *t, struct clusters *ret)
{
	struct density *d = &t->density;

	*ret = (struct clusters){ .k = d->clusters + (d->noise > 0), .columns = t->columns, .of = d->of };
	ret->sizes = ARENA_ARRAY(t->c->arena, size_t, ret->k + 1);
	t->noise = d->noise ? d->clusters : SIZE_MAX;
	for (size_t i = 0; i < t->rows; i++) {
		d->of[i] = d->of[i] == NOISE ? (uint32_t)d->clusters : d->of[i];
		ret->sizes[d->of[i]]++;
	}
}

static problem find_dense(struct task *t, const struct points *p, struct clusters *ret)
{
	struct command_progress progress;
	problem why = NULL;

	t->radius = command_number(t->c, "--radius");
	t->least = command_count(t->c, "--least");
	if (!t->least)
		t->least = p->columns > 2 ? 2 * p->columns : 4;
	if (t->radius == 0)
		why = choose_radius(t, p);
	if (why)
		return why;
	command_progress_begin(&progress, t->c, "clusters");
	why = dbscan(t->c->arena, p, &(struct dbscan_options){ t->radius, t->least, command_count(t->c, "--threads"), &progress.hook }, &t->density);
	command_progress_end(&progress);
	if (!why)
		take_density(t, ret);
	return why;
}

static problem find_clusters(struct task *t, struct points *p, struct clusters *ret)
{
	double *mean = ARENA_ARRAY(t->c->arena, double, p->columns), *sd = ARENA_ARRAY(t->c->arena, double, p->columns);
	problem why = points_check(p);

	if (why)
		return why;
	if (!command_has(t->c, "--raw"))
		points_standardise(p, mean, sd, t->scaled);
	return t->by_density ? find_dense(t, p, ret) : find_means(t, p, ret);
}

static void find_own_means(struct task *t, const struct clusters *of)
{
	t->mean = ARENA_ARRAY(t->c->arena, double, of->k * t->columns);
	for (size_t i = 0; i < t->rows; i++) {
		for (size_t j = 0; j < t->columns; j++)
			t->mean[of->of[i] * t->columns + j] += t->own[i * t->columns + j] / (double)of->sizes[of->of[i]];
	}
}

struct place {
	size_t size, first;
	uint32_t cluster;
	bool is_noise;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->is_noise != y->is_noise)
		return x->is_noise ? 1 : -1;
	return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : (x->first > y->first) - (x->first < y->first);
}

/* The largest first; of equal ones that of the earliest row */
static void order_clusters(struct task *t, const struct clusters *c)
{
	struct place *place = ARENA_ARRAY(t->c->arena, struct place, c->k);

	t->order = ARENA_ARRAY(t->c->arena, uint32_t, c->k);
	for (uint32_t k = 0; k < c->k; k++)
		place[k] = (struct place){ c->sizes[k], 0, k, k == t->noise };
	for (size_t i = t->rows; i-- > 0;)
		place[c->of[i]].first = i;
	qsort(place, c->k, sizeof *place, by_place);
	for (size_t k = 0; k < c->k; k++)
		t->order[k] = place[k].cluster;
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

static void say_means(const struct task *t, const double *mean, const double *profile)
{
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

/* "cluster 3" or "noise"; in JSON the number or null */
static void say_name(const struct task *t, size_t rank)
{
	bool is_noise = t->order[rank] == t->noise;

	if (is_noise)
		fputs(t->c->json ? "\"cluster\":null" : "noise", t->c->out);
	else
		fprintf(t->c->out, t->c->json ? "\"cluster\":%zu" : "cluster %zu", rank + 1);
}

static void say_clusters(const struct task *t, const struct clusters *of, const double *profile)
{
	fputs(t->c->json ? ",\"clusters\":[" : "", t->c->out);
	for (size_t rank = 0; rank < of->k; rank++) {
		size_t at = t->order[rank] * t->columns, size = of->sizes[t->order[rank]];
		double share = (double)size / (double)t->rows;

		fputs(!t->c->json ? "\n" : rank ? ",{" : "{", t->c->out);
		say_name(t, rank);
		if (t->c->json) {
			fprintf(t->c->out, ",\"size\":%zu,", size);
			command_json_number(t->c->out, "share", share);
			fputs(",\"means\":[", t->c->out);
		} else {
			fprintf(t->c->out, ": %zu row%s, %.1f %%: ", size, command_s(size), 100 * share);
			say_words(t, profile + at);
			fputs("\n", t->c->out);
		}
		say_means(t, t->mean + at, profile + at);
		fputs(t->c->json ? "]}" : "", t->c->out);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

/* Columns that likeness does not go by, where nobody said which it should. */
static void say_left_out(const struct task *t)
{
	const struct table *of = &t->source.table;
	size_t said = 0;

	if (command_text(t->c, "--columns"))
		return;
	fputs(t->c->json ? ",\"columns_left_out\":[" : "", t->c->out);
	for (size_t j = 0, k = 0; j < of->columns; j++) {
		if (k < t->columns && t->column[k] == &of->column[j]) {
			k++;
		} else if (t->c->json) {
			fputs(said++ ? "," : "", t->c->out);
			command_json_text(t->c->out, of->column[j].name);
		} else {
			fprintf(t->c->out, "%s %.*s (%s)", said++ ? "," : "left out:", TEXT_ARG(of->column[j].name), of->column[j].kind == NUMBERS ? "empty" : "words");
		}
	}
	fputs(t->c->json ? "]" : said ? "\n" : "", t->c->out);
}

static void say_rows(const struct task *t, const struct clusters *of)
{
	size_t *rank = ARENA_ARRAY(t->c->arena, size_t, of->k);

	for (size_t k = 0; k < of->k; k++)
		rank[t->order[k]] = k;
	fputs(t->c->json ? ",\"of_rows\":[" : "\n", t->c->out);
	for (size_t i = 0; i < t->rows; i++) {
		fprintf(t->c->out, t->c->json ? "%s{\"line\":%zu," : "%sline %zu: ", i && t->c->json ? "," : "", t->source.table.line[t->row[i]]);
		say_name(t, rank[of->of[i]]);
		fputs(t->c->json ? "}" : "\n", t->c->out);
	}
	fputs(t->c->json ? "]" : "", t->c->out);
}

/* The distance that so many of the rows have at most, of the measured ones */
static void say_distances(const struct task *t)
{
	static const double shares[] = { .1, .25, .5, .75, .9, .95, .98, .99, 1 };
	struct command_rows rows = { "distances", t->c->json ? "share" : "share of rows", NAME_WIDTH, 0 };
	const char *says = t->c->json ? "" : arena_format(t->c->arena, "to nearest %zu", t->least).at;
	char word[32];

	if (!t->distances)
		return;
	fputs(t->c->json ? "" : "\n", t->c->out);
	command_rows_begin(t->c, &rows, (struct named[]){ { "distance", says, 0 } }, 1);
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
		size_t at = (size_t)ceil(shares[i] * (double)t->distances) - 1;

		command_row(t->c, &rows, text_of(command_six(shares[i], word)), (struct named[]){ { "distance", NULL, t->distance[at] } }, 1);
	}
	command_rows_end(t->c);
}

static void say_density(const struct task *t)
{
	const struct density *d = &t->density;

	say_distances(t);
	command_lines(t->c, (struct named[]){
		{ "distances_rows", "distances are of so many of the rows", t->distances && t->distances < t->rows ? (double)t->distances : NAN },
		{ "radius", t->distances ? "radius, where they bend" : "radius", t->radius }, { "least", "rows within it that make a core row", (double)t->least },
		{ "clusters_found", "clusters", (double)d->clusters }, { "core", "core rows", (double)d->core },
		{ "border", "border rows", (double)(t->rows - d->core - d->noise) }, { "noise", "noise", (double)d->noise },
	}, 7);
}

static void say_inertia(const struct task *t, const struct points *p, const struct clusters *of)
{
	say_scores(t, of);
	command_lines(t->c, (struct named[]){ { "inertia", "inertia", of->inertia }, { "rounds", "rounds", (double)of->rounds },
	                                      { "silhouette", "silhouette", silhouette(t->c->arena, p, of, SAMPLE, command_count(t->c, "--seed")) },
	                                      { "silhouette_rows", "silhouette is of so many of the rows", p->rows > SAMPLE ? SAMPLE : NAN } }, 4);
}

/* Which method, and no option of the other one */
static int choose_method(struct task *t)
{
	static const char *const own[2][4] = { { "--k", "--most", "--starts" }, { "--radius", "--least" } };
	const char *name = command_text(t->c, "--method");

	t->noise = SIZE_MAX;
	t->by_density = name && !strcmp(name, "dbscan");
	if (name && !t->by_density && strcmp(name, "kmeans") != 0)
		return command_refuse(t->c, name, "is none of kmeans, dbscan");
	for (const char *const *o = own[!t->by_density]; *o; o++) {
		if (command_has(t->c, *o))
			return command_refuse(t->c, *o, t->by_density ? "is no option of --method dbscan" : "wants --method dbscan");
	}
	return 0;
}

static int cluster(struct command *c)
{
	struct task t = { .c = c };
	struct clusters of;
	struct points p;
	double *profile;
	int status = choose_method(&t);
	problem why;

	if (!status)
		status = command_load(c, c->words[0], &t.source);
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
	find_own_means(&t, &of);
	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &t.source, t.column, t.columns, t.rows);
	say_left_out(&t);
	if (t.by_density)
		say_density(&t);
	else
		say_inertia(&t, &p, &of);
	say_clusters(&t, &of, profile);
	if (command_has(c, "--rows"))
		say_rows(&t, &of);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

const struct command_kind cluster_kind = {
	"cluster", "mine cluster FILE [--columns A,B] [--k N] [--log] [--rows]\n       zhifang mine cluster FILE --method dbscan [--radius R] [--least N] ...", "rows that are like each other, and in what",
	"k-means, docs/numbers/clusters.md: each row stands with those whose mean is nearest.\n"
	"DBSCAN, docs/numbers/density.md: rows that enough others are near to, and what is near to those.\n"
	"FILE is CSV or TSV, its first line has the names; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1, "printf 'a,b\\n1,2\\n2,1\\n9,8\\n8,9\\n' | zhifang mine cluster - --k 2", cluster,
};
