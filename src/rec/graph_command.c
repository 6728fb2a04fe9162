/* graph_command.c - the graph that `zhifang rec fit` and `evaluate` hand to EASE: which of its relations count, and how much. */
#include <stdlib.h>

#include "rec/command_parts.h"
#include "rec/graph.h"

static void free_triples(void *triples) { triples_free(triples); }
static void free_features(void *features) { sparse_free(features); }

static int load_triples(struct command *c, const struct interactions *m, struct triples *ret)
{
	const char *file = command_text(c, "--graph");
	struct text bytes;
	size_t line = 0;
	int status = command_bytes(c, file, INTERACTION_BYTES_MAX, &bytes);
	problem why;

	if (status)
		return status;
	if (m->item_names)
		why = triples_read_table(c->arena, bytes, m->item_names, m->items, ret, &line);
	else
		why = triples_read(bytes, ret, &line);
	return why ? rec_problem(c, file, line, why, " Those of a graph are item, relation and thing.") : 0;
}

/* t->relations: there is none */
static uint32_t relation_of(const struct triples *t, struct text name)
{
	int64_t number;
	uint32_t i = 0;

	if (!t->relation_names)
		return text_to_int(name, &number) && number >= 0 && number < t->relations ? (uint32_t)number : t->relations;
	while (i < t->relations && !text_eq(t->relation_names[i], name))
		i++;
	return i;
}

/* NAME=W; a name may have = in it */
static int read_relation(const struct command *c, const char *word, const struct triples *t, double *weight)
{
	const char *end = strrchr(word, '=');
	uint32_t relation = end ? relation_of(t, (struct text){ word, (size_t)(end - word) }) : 0;

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

static bool is_by_ease(const struct command *c)
{
	for (int i = 0; i < c->given_count; i++) {
		if (!strcmp(c->given[i].option->name, "--by") && !strcmp(c->given[i].word, recommender_names[REC_EASE]))
			return true;
	}
	return false;
}

int rec_graph_load(struct command *c, const struct interactions *m, struct rec_graph *ret)
{
	struct triples *t;
	double *weight;
	int status;

	*ret = (struct rec_graph){ 0 };
	if (!command_has(c, "--graph"))
		return command_has(c, "--relation") ? command_refuse(c, "--relation", "wants a --graph") : 0;
	if (!is_by_ease(c))
		return command_refuse(c, "--graph", "only ease learns from it");
	t = ARENA_NEW(c->arena, struct triples);
	arena_defer(c->arena, free_triples, t);
	status = load_triples(c, m, t);
	if (status)
		return status;
	weight = ARENA_ARRAY(c->arena, double, t->relations);
	status = read_relations(c, t, weight);
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
