/* evaluate_command.c - `zhifang rec evaluate`: how good each of several recommenders is on what came later. */
#include <stdlib.h>

#include "num/memory.h"
#include "rec/evaluating.h"

/* One recommender, judged */
struct judged {
	const char *name;
	struct evaluation e;
	struct stars stars;
	struct fair fair;
	struct blended blend; /* afterwards only what it says of itself */
};

/* Of a pair that was rated twice the latest is what they think, in the test too. */
static void judge_stars(const struct evaluating *e, const struct ratings *m, struct stars *ret)
{
	CLEANUP(sparse_free) struct sparse test = { 0 };

	sparse_latest(&e->m, e->parts, PART_TEST, &test);
	ratings_judge(m, strcmp(e->how, "users") != 0 ? NULL : &e->latest, &test, ret);
}

static void judge(struct evaluating *e, const struct scorer *scorer, float *per_user, struct judged *ret)
{
	struct trial trial = e->trial;
	struct command_progress progress;

	command_progress_begin(&progress, e->c, arena_cstr(e->c->arena, arena_format(e->c->arena, "judging %s", ret->name)));
	trial.progress = &progress.hook;
	evaluate(e->threads, &trial, scorer, per_user, &ret->e);
	command_progress_end(&progress);
}

/* self: NULL where it is not one of the recommenders alone */
static void judge_lists(struct evaluating *e, const struct scorer *scorer, const struct recommender_scorer *self, struct judged *ret)
{
	struct command_progress progress;
	struct listed listed = { *scorer, &e->known, e->trial.cutoffs[0], NULL, &progress.hook };
	float *per_user;
	struct topk_found *lists;

	if (!e->fairness.wanted) {
		judge(e, scorer, NULL, ret);
		return;
	}
	listed.served = per_user = array_of(e->m.users, sizeof *per_user);
	lists = array_of(e->m.users * listed.slots, sizeof *lists);
	judge(e, scorer, per_user, ret);
	command_progress_begin(&progress, e->c, arena_cstr(e->c->arena, arena_format(e->c->arena, "lists of %s", ret->name)));
	if (self)
		recommender_lists(e->threads, self, &listed, lists);
	else
		scorer_lists(e->threads, &listed, lists);
	command_progress_end(&progress);
	rec_fairness_judge(e, per_user, lists, &ret->fair);
	free(per_user);
	free(lists);
}

static int judge_one(struct evaluating *e, struct judged *ret)
{
	CLEANUP(member_free) struct member m = { 0 };
	int status = evaluating_fit(e, ret->name, &m);

	if (status)
		return status;
	if (m.recommender.kind == REC_RATINGS)
		judge_stars(e, &m.recommender.ratings, &ret->stars);
	judge_lists(e, &(struct scorer){ recommender_scorer_score, &m.self }, &m.self, ret);
	return 0;
}

static int judge_blend(struct evaluating *e, struct judged *ret)
{
	struct blended *b = &ret->blend;
	int status = rec_blend_names(e->c, ret->name, b);

	if (!status)
		status = rec_blend_fit(e, b);
	if (!status)
		judge_lists(e, &(struct scorer){ blend_score, &b->blend }, NULL, ret);
	rec_blend_release(b);
	return status;
}

static int judge_named(struct evaluating *e, const char *name, struct judged *ret)
{
	*ret = (struct judged){ .name = name };
	return rec_is_blend(name) ? judge_blend(e, ret) : judge_one(e, ret);
}

static void say_split_json(const struct evaluating *e, const struct evaluation *judged)
{
	FILE *out = e->c->out;
	const struct split *s = &e->split;

	fprintf(out, ",\"split\":\"%s\",\"train\":%zu,\"known\":%zu,\"test\":%zu", e->how, s->train, s->known, s->test);
	if (!strcmp(e->how, "time"))
		fprintf(out, ",\"test_since\":%lld", (long long)s->since);
	fputs(",", out);
	command_json_number(out, "tied", s->tied);
	fprintf(out, ",\"unwanted\":%zu,\"judged\":%zu,\"nothing_known\":%zu,\"nothing_new\":%zu,\"few_known\":%zu,\"repeated\":%zu", e->unwanted,
	        judged->users, judged->nothing_known, judged->nothing_new, judged->few_known, judged->repeated);
}

static void say_split(const struct evaluating *e, const struct evaluation *judged)
{
	const struct command *c = e->c;
	const struct split *s = &e->split;

	fprintf(c->out, "split by %s: %zu row%s learned from", e->how, s->train, command_s(s->train));
	if (s->known)
		fprintf(c->out, ", %zu told of others", s->known);
	fprintf(c->out, ", %zu asked", s->test);
	if (!strcmp(e->how, "time"))
		fprintf(c->out, ", from time %lld on", (long long)s->since);
	if (s->tied > 0)
		fprintf(c->out, "; the order of rows decided for %.3g %% of the users", 100 * s->tied);
	if (e->unwanted)
		fprintf(c->out, "\nnot wanted: %zu of what is asked has a weight of 0 or below%s, and is no hit", e->unwanted,
		        command_has(c, "--liked") ? ", or less than --liked" : "");
	fprintf(c->out, "\njudged: %zu users; left out: %zu without anything new, %zu with too little before; %zu repeats\n", judged->users,
	        judged->nothing_new, judged->few_known, judged->repeated);
	if (judged->nothing_known)
		fprintf(c->out, "of %zu of them nothing is known: each recommender shows them what is popular (--least-known 1 leaves them out)\n",
		        judged->nothing_known);
	fputs("\n", c->out);
}

static void say_measures(const struct command *c, const struct judged *judged, size_t count)
{
	struct command_rows rows = { "recommenders", "recommender", 14, 0 };

	for (size_t i = 0; i < count; i++) {
		const struct measures *m = &judged[i].e.at[0];
		const struct named cells[] = { { "recall", "recall", m->recall }, { "ndcg", "NDCG", m->ndcg }, { "hit_rate", "hit rate", m->hit_rate },
			                       { "mrr", "MRR", m->mrr }, { "coverage", "coverage", m->coverage }, { "novelty", "novelty", m->novelty },
			                       { "gini", "Gini", m->gini } };
		enum { CELLS = sizeof cells / sizeof *cells };

		if (i == 0)
			command_rows_begin(c, &rows, cells, CELLS);
		command_row(c, &rows, text_of(judged[i].name), cells, CELLS);
	}
	command_rows_end(c);
}

static void say_stars(const struct command *c, const struct judged *judged)
{
	const struct stars *s = &judged->stars;
	const struct named own[] = { { "rmse", "RMSE", s->rmse }, { "mae", "MAE", s->mae } };
	const struct named flat[] = { { "rmse", "RMSE", s->flat_rmse }, { "mae", "MAE", s->flat_mae } };
	struct command_rows rows = { "stars", "by", 14, 0 };

	if (!s->rows)
		return;
	fprintf(c->out, c->json ? ",\"stars_asked\":%zu" : "\nhow far off, of %zu stars that were asked:\n", s->rows);
	command_rows_begin(c, &rows, own, 2);
	command_row(c, &rows, text_of(judged->name), own, 2);
	command_row(c, &rows, TEXT("mean"), flat, 2);
	command_rows_end(c);
}

static void say_blends(const struct command *c, const struct judged *judged, size_t count)
{
	size_t said = 0;

	for (size_t i = 0; i < count; i++) {
		if (!judged[i].blend.count)
			continue;
		if (c->json)
			fputs(said ? "," : ",\"blends\":[", c->out);
		rec_say_blend(c, judged[i].name, &judged[i].blend);
		said++;
	}
	fputs(c->json && said ? "]" : "", c->out);
}

static void say_fairness(const struct evaluating *e, const struct judged *judged, size_t count)
{
	const char *names[COMMAND_GIVEN_MAX + 1];
	const struct fair *fair[COMMAND_GIVEN_MAX + 1];

	for (size_t i = 0; i < count; i++) {
		names[i] = judged[i].name;
		fair[i] = &judged[i].fair;
	}
	if (e->fairness.wanted)
		rec_say_fairness(e, names, fair, count);
}

static void say_all(struct evaluating *e, const struct judged *judged, size_t count)
{
	const struct command *c = e->c;

	fputs(c->json ? "{" : "", c->out);
	rec_say_log(c, &e->m);
	rec_say_graph(c, &e->graph);
	rec_say_content(c, &e->content, e->from_terms);
	(c->json ? say_split_json : say_split)(e, &judged[0].e);
	fprintf(c->out, c->json ? ",\"at\":%zu" : "the first %zu, of all that each had not had:\n", e->trial.cutoffs[0]);
	say_measures(c, judged, count);
	for (size_t i = 0; i < count; i++)
		say_stars(c, &judged[i]);
	say_blends(c, judged, count);
	say_fairness(e, judged, count);
	fputs(c->json ? "}\n" : "", c->out);
}

static bool is_new(const struct judged *judged, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(judged[i].name, name))
			return false;
	}
	return true;
}

/* Before any is fitted, which may take long */
static int check_options(const struct command *c)
{
	struct recommender_options o;
	struct blended b;
	int status = command_has(c, "--liked") && !command_has(c, "--weight") ? command_refuse(c, "--liked", "wants --weight") : 0;

	for (int i = 0; i < c->given_count && !status; i++) {
		const char *name = c->given[i].word;

		if (!strcmp(c->given[i].option->name, "--by"))
			status = rec_is_blend(name) ? rec_blend_names(c, name, &b) : rec_options(c, name, &o);
	}
	return status;
}

static int evaluate_all(struct evaluating *e)
{
	struct judged *judged = ARENA_ARRAY(e->c->arena, struct judged, COMMAND_GIVEN_MAX + 1);
	const struct command *c = e->c;
	size_t count = 1;
	int status = judge_named(e, recommender_names[REC_POPULARITY], &judged[0]);

	for (int i = 0; i < c->given_count && !status; i++) {
		if (!strcmp(c->given[i].option->name, "--by") && is_new(judged, count, c->given[i].word))
			status = judge_named(e, c->given[i].word, &judged[count++]);
	}
	if (!status)
		say_all(e, judged, count);
	return status;
}

static int run_evaluate(struct command *c)
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	CLEANUP(evaluating_close) struct evaluating e = { .c = c, .threads = threads };
	int status = check_options(c);

	if (!status)
		status = rec_load(c, c->words[0], &e.m);
	if (!status)
		status = rec_content_load(c, &e.m, &e.content);
	if (!status)
		status = rec_graph_load(c, &e.m, &e.graph);
	if (!status)
		status = evaluating_open(&e);
	if (!status)
		status = rec_fairness_open(&e);
	return status ? status : evaluate_all(&e);
}

static const struct command_option evaluate_options[] = {
	{ "--by", OPTION_TEXT, "NAME", "a recommender, or several as one, als+ease; popularity is always there", .many = true },
	REC_HELD_BACK, REC_FAIRNESS, REC_LOG, REC_GRAPH, REC_CONTENT, REC_OPTIONS, { NULL }
};

const struct command_kind evaluate_kind = {
	"evaluate", "rec evaluate FILE [--by NAME ...] [--split HOW] [--at K] [--json]", "how good is a recommender on what came later",
	REC_FILE REC_GRAPH_SAID REC_CONTENT_SAID
	"Several as one: what each says, brought to one scale and added, by weights that are fitted on a part of the training that was held back.\n"
	"Every item that a user has not had is ranked, none is sampled.\n", evaluate_options, 1, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\nc,x\\nc,y\\n' | zhifang rec evaluate - --split last --by item-knn --at 1", run_evaluate,
};
