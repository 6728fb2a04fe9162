/* blend_command.c - `zhifang rec evaluate --by als+ease` and `fit --by als+ease`: several as one. What the weights are fitted on none of them has seen, and
 * it is no test: the training is split once more, as the whole was. With these weights all learn from the whole training, and are judged as any other.
 * To be kept, the whole log is split once, for the weights, and then all learn from all of it. */
#include <stdlib.h>

#include "num/memory.h"
#include "rec/evaluating.h"
#include "rec/recommender_blend.h"

static const struct problem nobody_to_fit_on = { 422, "blend-nobody", "A part of the training is held back to fit weights on, and nobody in it had anything new." };

bool rec_is_blend(const char *name) { return strchr(name, '+') != NULL; }

static bool is_twice(const struct blended *b)
{
	for (size_t i = 0; i + 1 < b->count; i++) {
		if (!strcmp(b->names[i], b->names[b->count - 1]))
			return true;
	}
	return false;
}

int rec_blend_names(const struct command *c, const char *name, struct blended *ret)
{
	struct text rest = text_of(name);
	struct recommender_options o;
	int status = 0;

	*ret = (struct blended){ 0 };
	while (rest.at && !status) {
		if (ret->count == BLEND_MOST)
			return command_refuse(c, name, "are more than 16 recommenders");
		ret->names[ret->count++] = arena_cstr(c->arena, text_cut(&rest, '+'));
		status = is_twice(ret) ? command_refuse(c, name, "has the same recommender twice") : rec_options(c, ret->names[ret->count - 1], &o);
	}
	return status;
}

/* ---- the training as a log of its own ---- */

static void take_training(const struct evaluating *e, struct interactions *ret)
{
	const struct interactions *m = &e->m;
	size_t count = 0;

	*ret = *m;
	ret->user = array_of(e->split.train, sizeof *ret->user);
	ret->item = array_of(e->split.train, sizeof *ret->item);
	ret->weight = m->weight ? array_of(e->split.train, sizeof *ret->weight) : NULL;
	ret->time = m->time ? array_of(e->split.train, sizeof *ret->time) : NULL;
	for (size_t i = 0; i < m->count; i++) {
		if (e->parts[i] != PART_TRAIN)
			continue;
		ret->user[count] = m->user[i];
		ret->item[count] = m->item[i];
		if (m->weight)
			ret->weight[count] = m->weight[i];
		if (m->time)
			ret->time[count] = m->time[i];
		count++;
	}
	ret->count = count;
}

/* ---- fitting ---- */

void rec_blend_release(struct blended *b)
{
	for (size_t i = 0; i < b->count; i++)
		member_free(&b->members[i]);
}

static int fit_members(struct evaluating *e, struct blended *b)
{
	int status = 0;

	b->blend.count = b->count;
	b->blend.items = e->m.items;
	for (size_t i = 0; i < b->count && !status; i++) {
		status = evaluating_fit(e, b->names[i], &b->members[i]);
		b->blend.scorers[i] = (struct scorer){ recommender_scorer_score, &b->members[i].self };
	}
	return status;
}

static int fit_weights(struct evaluating *inner, struct blended *b)
{
	struct evaluation judged;
	int status = fit_members(inner, b);

	if (status)
		return status;
	b->ndcg = blend_fit(inner->threads, &inner->trial, BLEND_ROOM, &b->blend);
	evaluate(inner->threads, &inner->trial, &(struct scorer){ blend_score, &b->blend }, NULL, &judged);
	b->users = judged.users;
	memcpy(b->weights, b->blend.weights, sizeof b->weights);
	return b->users ? 0 : command_problem(inner->c, inner->c->words[0], &nobody_to_fit_on);
}

int rec_blend_fit(struct evaluating *e, struct blended *b)
{
	CLEANUP(evaluating_close) struct evaluating inner = { .c = e->c, .threads = e->threads, .graph = e->graph, .content = e->content };
	CLEANUP(interactions_free) struct interactions training = { 0 };
	int status;

	take_training(e, &training);
	inner.m = training;
	status = evaluating_open(&inner);
	if (!status)
		status = fit_weights(&inner, b);
	rec_blend_release(b);
	return status ? status : fit_members(e, b);
}

/* ---- to be kept ---- */

static int fit_kept(struct evaluating *e, const struct blended *b, struct recommender *members)
{
	int status = 0;

	for (size_t i = 0; i < b->count && !status; i++) {
		struct recommender_options o;

		if (!(b->weights[i] > 0))
			continue;
		status = rec_options(e->c, b->names[i], &o);
		if (status)
			return status;
		o.features = e->graph.features;
		o.terms = e->content.terms;
		status = rec_fit(&(struct rec_learning){ e->c, e->threads, &e->m, NULL }, &o, &members[i]);
		e->from_terms = o.kind == REC_ALS ? members[i].from_terms : e->from_terms;
	}
	return status;
}

int rec_blend_keep(struct evaluating *e, struct blended *b, struct recommender *ret)
{
	CLEANUP(evaluating_close) struct evaluating inner = { .c = e->c, .threads = e->threads, .m = e->m, .graph = e->graph, .content = e->content };
	struct recommender *members = ARENA_ARRAY(e->c->arena, struct recommender, b->count);
	int status = evaluating_open(&inner);

	if (!status)
		status = fit_weights(&inner, b);
	rec_blend_release(b);
	if (!status)
		status = fit_kept(e, b, members);
	if (!status)
		recommender_blend_of(members, b->weights, b->count, ret);
	for (size_t i = 0; i < b->count; i++)
		recommender_free(&members[i]);
	return status;
}

/* ---- what is said ---- */

static void say_json(const struct command *c, const char *name, const struct blended *b)
{
	fputs("{\"recommender\":", c->out);
	command_json_text(c->out, text_of(name));
	fprintf(c->out, ",\"users\":%zu,", b->users);
	command_json_number(c->out, "ndcg", b->ndcg);
	fputs(",\"weights\":{", c->out);
	for (size_t i = 0; i < b->count; i++) {
		fputs(i ? "," : "", c->out);
		command_json_number(c->out, b->names[i], b->weights[i]);
	}
	fputs("}}", c->out);
}

void rec_say_blend(const struct command *c, const char *name, const struct blended *b)
{
	char six[32];

	if (c->json) {
		say_json(c, name, b);
		return;
	}
	fprintf(c->out, "\n%s: the weights of the best NDCG, %s, for %zu user%s in a part of the training that was held back:\n", name,
	        command_six(b->ndcg, six), b->users, command_s(b->users));
	for (size_t i = 0; i < b->count; i++)
		fprintf(c->out, "%-14s %12s\n", b->names[i], command_six(b->weights[i], six));
}
