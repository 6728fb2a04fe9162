/* graph_command.c - `--graph`: the graph that `zhifang rec fit` and `evaluate` hand to EASE, and what of it `explain` shows; which of its
 * relations count, and how much. */
#include <stdlib.h>

#include "rec/command_parts.h"
#include "rec/names.h"
#include "rec/paths.h"

static void free_features(void *features) { sparse_free(features); }

/* NAME=W; a name may have = in it */
static int read_relation(const struct command *c, const char *word, const struct triples *t, double *weight)
{
	const char *end = strrchr(word, '=');
	uint32_t relation = end ? names_number(t->relation_names, t->relations, (struct text){ word, (size_t)(end - word) }) : 0;

	if (!end)
		return command_refuse(c, word, "wants a name, =, and how much it counts");
	if (relation == t->relations)
		return command_refuse(c, word, "is no relation of the graph");
	if (!command_read_number(end + 1, &weight[relation]) || !(weight[relation] >= 0 && weight[relation] <= 1e6))
		return command_refuse(c, word, "counts no number from 0 to 1000000");
	return 0;
}

static int read_relations(const struct command *c, const struct triples *t, double *weight)
{
	int status = 0;

	for (uint32_t i = 0; i < t->relations && !command_has(c, "--relation"); i++)
		weight[i] = 1;
	for (int i = 0; i < c->given_count && !status; i++) {
		if (!strcmp(c->given[i].option->name, "--relation"))
			status = read_relation(c, c->given[i].word, t, weight);
	}
	return status;
}

/* The graph, and how much each of its relations counts. item_names NULL: they are numbers */
static int load_graph(struct command *c, const struct text *item_names, uint32_t items, struct triples **ret, double **weight)
{
	struct triples *t = ARENA_NEW(c->arena, struct triples);
	int status = rec_triples_load(c, &(struct rec_triples){ command_text(c, "--graph"), "", !item_names, item_names, items }, t);

	if (status)
		return status;
	*ret = t;
	*weight = ARENA_ARRAY(c->arena, double, t->relations);
	return read_relations(c, t, *weight);
}

int rec_graph_load(struct command *c, const struct interactions *m, struct rec_graph *ret)
{
	struct triples *t;
	double *weight;
	int status;

	*ret = (struct rec_graph){ 0 };
	if (!command_has(c, "--graph"))
		return command_has(c, "--relation") ? command_refuse(c, "--relation", "wants a --graph") : 0;
	if (!rec_is_by(c, REC_EASE))
		return command_refuse(c, "--graph", "only ease learns from it");
	status = load_graph(c, m->item_names, m->items, &t, &weight);
	if (status)
		return status;
	ret->features = ARENA_NEW(c->arena, struct sparse);
	ret->triples = t->count;
	graph_features(t, m->items, weight, command_number(c, "--shared"), ret->features);
	arena_defer(c->arena, free_features, ret->features);
	return 0;
}

void rec_say_graph(const struct command *c, const struct rec_graph *g)
{
	if (!g->features)
		return;
	if (c->json)
		fprintf(c->out, ",\"triples\":%zu,\"features\":%u", g->triples, g->features->rows);
	else
		fprintf(c->out, "graph: %zu triple%s, %u thing%s that two or more items share\n", g->triples, command_s(g->triples), g->features->rows,
		        command_s(g->features->rows));
}

/* ---- paths ---- */

struct rec_paths {
	const struct triples *t;
	struct path path[PATHS_MAX];
	size_t count;
	uint32_t longest;
	bool cut;
};

int rec_paths_find(struct command *c, const struct rec_paths_asked *asked, struct rec_paths **ret)
{
	CLEANUP(graph_links_free) struct graph_links links = { 0 };
	struct path_settings s = paths_usual;
	struct rec_paths *found;
	struct triples *t;
	double *weight;
	int status;

	*ret = NULL;
	if (!command_has(c, "--graph"))
		return command_has(c, "--relation") ? command_refuse(c, "--relation", "wants a --graph") : 0;
	status = load_graph(c, asked->item_names, asked->items, &t, &weight);
	if (status)
		return status;
	s.weight = weight;
	s.longest = (uint32_t)command_count(c, "--links");
	s.damp = command_number(c, "--damp");
	s.fade = command_number(c, "--fade");
	if (command_memory(c, "paths", paths_bytes(t, asked->items, &s)))
		return 1;
	found = ARENA_NEW(c->arena, struct rec_paths);
	found->t = t;
	found->longest = s.longest;
	graph_links_of(t, asked->items, &s, &links);
	found->count = paths_find(&links, &s, &(struct path_ends){ asked->had, asked->count, asked->item }, found->path, command_count(c, "--paths"), &found->cut);
	*ret = found;
	return 0;
}

static void say_path(const struct command *c, const struct triples *t, const struct path *p)
{
	char number[TEXT_INT_MAX], six[32];

	fprintf(c->out, "%-12s  %.*s", command_six(p->weight, six), TEXT_ARG(names_word(t->thing_names, p->from, number)));
	for (uint32_t i = 0; i < p->length; i++) {
		const struct path_step *step = &p->step[i];

		fprintf(c->out, step->back ? " <- %.*s -" : " - %.*s ->", TEXT_ARG(names_word(t->relation_names, step->relation, number)));
		fprintf(c->out, " %.*s", TEXT_ARG(names_word(t->thing_names, step->thing, number)));
	}
	fputs("\n", c->out);
}

static void say_path_json(const struct command *c, const struct triples *t, const struct path *p)
{
	char number[TEXT_INT_MAX];

	fputs("{", c->out);
	command_json_number(c->out, "weight", p->weight);
	fputs(",\"from\":", c->out);
	command_json_text(c->out, names_word(t->thing_names, p->from, number));
	fputs(",\"links\":[", c->out);
	for (uint32_t i = 0; i < p->length; i++) {
		fputs(i ? ",{\"relation\":" : "{\"relation\":", c->out);
		command_json_text(c->out, names_word(t->relation_names, p->step[i].relation, number));
		fprintf(c->out, ",\"back\":%s,\"thing\":", p->step[i].back ? "true" : "false");
		command_json_text(c->out, names_word(t->thing_names, p->step[i].thing, number));
		fputs("}", c->out);
	}
	fputs("]}", c->out);
}

void rec_say_paths(const struct command *c, const struct rec_paths *p)
{
	if (!p)
		return;
	if (c->json)
		fprintf(c->out, ",\"triples\":%zu,\"cut\":%s,\"paths\":[", p->t->count, p->cut ? "true" : "false");
	else
		fprintf(c->out, "\nin the graph, of %zu triple%s%s:\n", p->t->count, command_s(p->t->count), p->count ? "" : ", no path leads there");
	if (!c->json && p->count)
		fprintf(c->out, "%-12s  at most %u link%s; no part of the score\n", "weight", p->longest, command_s(p->longest));
	for (size_t i = 0; i < p->count; i++) {
		fputs(c->json && i ? "," : "", c->out);
		(c->json ? say_path_json : say_path)(c, p->t, &p->path[i]);
	}
	if (!c->json && p->cut)
		fputs("there may be more: the search was ended at its limit\n", c->out);
	fputs(c->json ? "]" : "", c->out);
}
