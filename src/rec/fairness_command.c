/* fairness_command.c - `zhifang rec evaluate --fairness`: of the lists of all who are judged, what is shown and how much, whose it is, and whom it serves. */
#include <math.h>
#include <stdlib.h>

#include "rec/evaluating.h"
#include "rec/names.h"

/* ---- groups ---- */

/* Items or users of the log */
struct members_named {
	const struct text *names; /* NULL: they are numbers */
	uint32_t count;
};

static problem take_names(const struct members_named *m, struct names *ret)
{
	uint32_t number;
	problem why = NULL;

	ret->most = m->count;
	for (uint32_t i = 0; m->names && i < m->count && !why; i++)
		why = names_add(ret, m->names[i], &number);
	return why;
}

/* count: there is none */
static uint32_t number_of(const struct members_named *m, const struct names *names, struct text word)
{
	return m->names ? names_find(names, word) : names_number(NULL, m->count, word);
}

/* Those of whom nothing is said are a group of their own, the last, if there are any. */
static void put_together(struct arena *arena, const struct interactions *m, uint32_t count, struct rec_groups *g)
{
	struct text *names = ARENA_ARRAY(arena, struct text, (size_t)m->items + 1);
	bool any = false;

	for (uint32_t i = 0; i < m->items; i++)
		names[i] = m->item_names[i];
	names[m->items] = TEXT("(no group)");
	for (uint32_t i = 0; i < count; i++) {
		any = any || g->of[i] == UINT32_MAX;
		g->of[i] = g->of[i] == UINT32_MAX ? m->items : g->of[i];
	}
	g->names = names;
	g->count = (size_t)m->items + any;
}

static int read_groups(struct command *c, struct text column, const struct members_named *members, struct rec_groups *g)
{
	const struct rec_table table = { g->file, " Those of groups are item or user, and group.", { column, TEXT("group"), { 0 }, { 0 } } };
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(names_free) struct names names = { 0 };
	int status = rec_read(c, &table, &m);
	problem why;

	if (status)
		return status;
	if (m.count > m.users)
		return rec_twice(c, g->file, &m);
	why = take_names(members, &names);
	if (why)
		return command_problem(c, g->file, why);
	for (uint32_t i = 0; i < members->count; i++)
		g->of[i] = UINT32_MAX;
	for (size_t k = 0; k < m.count; k++) {
		uint32_t number = number_of(members, &names, m.user_names[m.user[k]]);

		if (number == members->count)
			g->unknown++;
		else
			g->of[number] = m.item[k];
	}
	put_together(c->arena, &m, members->count, g);
	return 0;
}

static int open_groups(struct command *c, const char *option, struct members_named members, struct rec_groups *g)
{
	static const struct text all = TEXT_INIT("all");

	*g = (struct rec_groups){ command_text(c, option), 1, &all, ARENA_ARRAY(c->arena, uint32_t, members.count), 0 };
	return g->file ? read_groups(c, !strcmp(option, "--item-groups") ? TEXT("item") : TEXT("user"), &members, g) : 0;
}

int rec_fairness_open(struct evaluating *e)
{
	struct rec_fairness *f = &e->fairness;
	struct command *c = e->c;
	int status;

	f->wanted = command_has(c, "--fairness") || command_has(c, "--item-groups") || command_has(c, "--user-groups");
	if (!f->wanted)
		return 0;
	status = open_groups(c, "--item-groups", (struct members_named){ e->m.item_names, e->m.items }, &f->items);
	if (!status)
		status = open_groups(c, "--user-groups", (struct members_named){ e->m.user_names, e->m.users }, &f->users);
	if (!status)
		status = command_memory(c, "the lists of everybody", (size_t)e->m.users * e->trial.cutoffs[0] * sizeof(struct topk_found));
	f->taken_up = ARENA_ARRAY(c->arena, size_t, e->m.items);
	for (size_t k = 0; k < sparse_count(&e->known); k++)
		f->taken_up[e->known.column[k]]++;
	return status;
}

/* ---- judging ---- */

void rec_fairness_judge(const struct evaluating *e, const float *per_user, const struct topk_found *lists, struct fair *ret)
{
	const struct rec_fairness *f = &e->fairness;
	size_t slots = e->trial.cutoffs[0];

	ret->shares = ARENA_ARRAY(e->c->arena, struct group_shares, f->items.count);
	ret->served = ARENA_ARRAY(e->c->arena, double, f->users.count);
	ret->users = ARENA_ARRAY(e->c->arena, size_t, f->users.count);
	for (size_t u = 0; u < e->m.users; u++)
		ret->users[f->users.of[u]] += isnan(per_user[u]) ? 0 : 1;
	fairness_items(&(struct lists){ e->m.users, slots, lists }, &(struct items_grouped){ e->m.items, f->items.of, f->taken_up, f->items.count },
	               ret->shares, &ret->shown);
	ret->gap = fairness_users(&(struct users_grouped){ e->m.users, f->users.count, f->users.of, per_user }, ret->served);
}

/* ---- what is said ---- */

static void say_spread(const struct evaluating *e, const char *const *names, const struct fair *const *judged, size_t count)
{
	struct command_rows rows = { "fairness", "recommender", 14, 0 };

	fputs(e->c->json ? "" : "\nhow what is shown is spread:\n", e->c->out);
	for (size_t i = 0; i < count; i++) {
		const struct exposure *x = &judged[i]->shown;
		const struct named cells[] = { { "gini", "Gini", x->gini }, { "coverage", "coverage", x->coverage }, { "tail", "tail", x->tail },
			                       { "largest", "largest", e->fairness.items.file ? x->largest : NAN },
			                       { "gap", "gap", e->fairness.users.file ? judged[i]->gap : NAN } };
		enum { CELLS = sizeof cells / sizeof *cells };

		if (i == 0)
			command_rows_begin(e->c, &rows, cells, CELLS);
		command_row(e->c, &rows, text_of(names[i]), cells, CELLS);
	}
	command_rows_end(e->c);
}

static void say_shares(const struct evaluating *e, const struct fair *judged)
{
	const struct rec_groups *g = &e->fairness.items;
	struct command_rows rows = { "groups", "group", 14, 0 };

	for (size_t i = 0; i < g->count; i++) {
		const struct group_shares *s = &judged->shares[i];
		const struct named cells[] = { { "catalogue", "catalogue", s->catalogue }, { "taken_up", "taken up", s->taken_up },
			                       { "visibility", "visibility", s->visibility }, { "exposure", "exposure", s->exposure }, { "over", "over", s->over } };
		enum { CELLS = sizeof cells / sizeof *cells };

		if (i == 0)
			command_rows_begin(e->c, &rows, cells, CELLS);
		command_row(e->c, &rows, g->names[i], cells, CELLS);
	}
	command_rows_end(e->c);
}

static void say_items(const struct evaluating *e, const char *const *names, const struct fair *const *judged, size_t count)
{
	const struct command *c = e->c;

	fputs(c->json ? ",\"item_groups\":[" : "", c->out);
	for (size_t i = 0; i < count; i++) {
		if (c->json) {
			fputs(i ? ",{\"recommender\":" : "{\"recommender\":", c->out);
			command_json_text(c->out, text_of(names[i]));
		} else {
			fprintf(c->out, "\nwhose items %s shows:\n", names[i]);
		}
		say_shares(e, judged[i]);
		fputs(c->json ? "}" : "", c->out);
	}
	fputs(c->json ? "]" : "", c->out);
}

static void say_users(const struct evaluating *e, const char *const *names, const struct fair *const *judged, size_t count)
{
	const struct rec_groups *g = &e->fairness.users;
	struct command_rows rows = { "user_groups", "group", 14, 0 };
	struct named *cells = ARENA_ARRAY(e->c->arena, struct named, count + 1);

	fputs(e->c->json ? "" : "\nwhom they serve, NDCG:\n", e->c->out);
	for (size_t i = 0; i < g->count; i++) {
		cells[0] = (struct named){ "users", "users", (double)judged[0]->users[i] };
		for (size_t r = 0; r < count; r++)
			cells[r + 1] = (struct named){ names[r], names[r], judged[r]->served[i] };
		if (i == 0)
			command_rows_begin(e->c, &rows, cells, count + 1);
		command_row(e->c, &rows, g->names[i], cells, count + 1);
	}
	command_rows_end(e->c);
}

static void say_unknown(const struct command *c, const struct rec_groups *g, const char *what)
{
	if (g->file && g->unknown && !c->json)
		fprintf(c->out, "%s: %zu row%s of %s that the log does not know\n", g->file, g->unknown, command_s(g->unknown), what);
	if (g->file && c->json)
		fprintf(c->out, ",\"%s_unknown\":%zu", what, g->unknown);
}

void rec_say_fairness(const struct evaluating *e, const char *const *names, const struct fair *const *judged, size_t count)
{
	say_spread(e, names, judged, count);
	if (e->fairness.items.file)
		say_items(e, names, judged, count);
	if (e->fairness.users.file)
		say_users(e, names, judged, count);
	say_unknown(e->c, &e->fairness.items, "items");
	say_unknown(e->c, &e->fairness.users, "users");
}
