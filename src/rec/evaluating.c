/* evaluating.c - a log, split as the options of `zhifang rec evaluate` say. */
#include "rec/evaluating.h"

#include <stdlib.h>

static int split_log(struct evaluating *e)
{
	const struct command *c = e->c;
	const char *how = command_text(c, "--split");
	double share = command_number(c, "--test");
	problem why;

	e->how = how ? how : e->m.time ? "time" : "users";
	e->parts = ARENA_ARRAY(c->arena, uint8_t, e->m.count);
	if (!strcmp(e->how, "time"))
		why = split_by_time(&e->m, 0, share, e->parts, &e->split);
	else if (!strcmp(e->how, "last"))
		why = split_leave_last(&e->m, false, e->parts, &e->split);
	else if (!strcmp(e->how, "users"))
		why = split_users(&e->m, share, command_count(c, "--seed"), e->parts, &e->split);
	else
		return command_refuse(c, e->how, "is no split: time, last, users");
	return why ? command_problem(c, c->words[0], why) : 0;
}

/* What a row of a weight of 0 or below says is that it was not wanted, and so may be what few stars say: who shows it has hit nothing. */
static size_t leave_unwanted(struct sparse *test, double liked)
{
	size_t from = 0, to = 0;

	for (uint32_t r = 0; test->weight && r < test->rows; r++) {
		size_t end = test->start[r + 1];

		test->start[r] = to;
		for (; from < end; from++) {
			if (!(test->weight[from] > 0 && (double)test->weight[from] >= liked))
				continue;
			test->column[to] = test->column[from];
			if (test->time)
				test->time[to] = test->time[from];
			test->weight[to++] = test->weight[from];
		}
	}
	if (test->weight)
		test->start[test->rows] = to;
	return from - to;
}

int evaluating_open(struct evaluating *e)
{
	const struct command *c = e->c;
	bool stars = rec_is_by(c, REC_RATINGS);
	int status = split_log(e);

	if (status)
		return status;
	sparse_of(&e->m, e->parts, PART_TRAIN | PART_KNOWN, &e->known);
	if (stars)
		sparse_latest(&e->m, e->parts, PART_TRAIN | PART_KNOWN, &e->latest);
	(stars ? sparse_latest : sparse_of)(&e->m, e->parts, PART_TEST, &e->test);
	e->unwanted = leave_unwanted(&e->test, command_number(c, "--liked"));
	e->trial = (struct trial){ &e->known, &e->test, { command_count(c, "--at") }, command_count(c, "--least-known") };
	return 0;
}

void evaluating_close(struct evaluating *e)
{
	sparse_free(&e->known);
	sparse_free(&e->latest);
	sparse_free(&e->test);
}

int evaluating_fit(struct evaluating *e, const char *name, struct member *ret)
{
	struct recommender_options o;
	int status = rec_options(e->c, name, &o);

	if (status)
		return status;
	o.features = e->graph.features;
	o.terms = e->content.terms;
	ret->self = (struct recommender_scorer){ &ret->recommender, o.kind == REC_RATINGS ? &e->latest : &e->known, strcmp(e->how, "users") != 0 };
	status = rec_fit(&(struct rec_learning){ e->c, e->threads, &e->m, e->parts }, &o, &ret->recommender);
	if (o.kind == REC_ALS)
		e->from_terms = ret->recommender.from_terms;
	return status;
}

void member_free(struct member *m) { recommender_free(&m->recommender); }
