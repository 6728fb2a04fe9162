/* structure_command.c - `zhifang stats structure`: which columns of a file tell each other, as the arrows of a Bayesian network; with --bif
 * the network itself, for `zhifang stats network`. */
#include "stats/structure.h"

#include <stdlib.h>
#include <string.h>

#include "stats/command_parts.h"

enum { ARCS_MAX = 4096 };

struct learning {
	struct command *c;
	struct source in;
	const struct table_column **columns; /* (nodes) as words */
	struct network n;
	const unsigned **states; /* (nodes, used) of whole rows */
	size_t used;
	unsigned *tier;
	struct arc *must, *never;
	struct structure_options how;
	double score, *losses;
};

/* ---- columns ---- */

static int take_column(struct learning *l, const struct table_column *column)
{
	int status = stats_as_words(l->c, &l->in, &column);

	if (status)
		return status;
	for (size_t i = 0; i < l->n.count; i++) {
		if (text_eq(l->n.nodes[i].name, column->name))
			return command_refuse(l->c, arena_cstr(l->c->arena, column->name), "is there twice");
	}
	if (l->n.count == STRUCTURE_NODES_MAX)
		return command_problem(l->c, l->in.file, &structure_large);
	l->columns[l->n.count] = column;
	l->n.nodes[l->n.count++] = (struct node){ .name = column->name, .states = column->levels, .state_count = column->level_count, .rows = 1 };
	return column->level_count ? 0 : command_problem(l->c, arena_cstr(l->c->arena, column->name), &sample_unfit);
}

static int take_columns(struct learning *l)
{
	const char *of = command_text(l->c, "--of");
	struct text rest = text_of(of);
	int status = 0;

	l->columns = ARENA_ARRAY(l->c->arena, const struct table_column *, STRUCTURE_NODES_MAX);
	l->n.nodes = ARENA_ARRAY(l->c->arena, struct node, STRUCTURE_NODES_MAX);
	for (size_t j = 0; !of && j < l->in.table.columns && !status; j++)
		status = take_column(l, &l->in.table.column[j]);
	while (of && rest.at && !status) {
		const char *name = arena_cstr(l->c->arena, text_trim(text_cut(&rest, ',')));
		const struct table_column *column = command_column(l->c, &l->in, name, &status);

		status = column ? take_column(l, column) : status;
	}
	return status;
}

static void take_rows(struct learning *l)
{
	size_t rows = l->in.table.rows;
	unsigned **states = ARENA_ARRAY(l->c->arena, unsigned *, l->n.count);

	l->states = ARENA_ARRAY(l->c->arena, const unsigned *, l->n.count);
	for (size_t i = 0; i < l->n.count; i++)
		l->states[i] = states[i] = ARENA_ARRAY(l->c->arena, unsigned, rows);
	for (size_t row = 0; row < rows; row++) {
		bool hole = false;

		for (size_t i = 0; i < l->n.count; i++)
			hole |= stats_is_hole(l->columns[i], row);
		for (size_t i = 0; i < l->n.count && !hole; i++)
			states[i][l->used] = l->columns[i]->words[row];
		l->used += !hole;
	}
}

/* ---- which arrows ---- */

static int node_of(const struct learning *l, struct text name, size_t *ret)
{
	*ret = network_find(&l->n, text_trim(name));
	return *ret < l->n.count ? 0 : command_refuse(l->c, arena_cstr(l->c->arena, name), "is none of the columns");
}

/* a,b/c,d: what is before the stroke comes first. Who is not named comes last. */
static int read_tiers(struct learning *l)
{
	struct text rest = text_of(command_text(l->c, "--tiers"));
	unsigned tier = 0;

	if (!rest.length)
		return 0;
	l->tier = ARENA_ARRAY(l->c->arena, unsigned, l->n.count);
	for (size_t i = 0; i < l->n.count; i++)
		l->tier[i] = ~0u;
	for (; rest.at; tier++) {
		struct text one = text_cut(&rest, '/');

		while (one.at) {
			struct text name = text_cut(&one, ',');
			size_t i;

			if (node_of(l, name, &i))
				return 2;
			if (l->tier[i] != ~0u)
				return command_problem(l->c, arena_cstr(l->c->arena, name), &structure_cyclic);
			l->tier[i] = tier;
		}
	}
	l->how.tier = l->tier;
	return 0;
}

/* a->b,c->d */
static int read_arcs(const struct learning *l, const char *option, struct arc **ret, size_t *count)
{
	struct text rest = text_of(command_text(l->c, option));

	*ret = ARENA_ARRAY(l->c->arena, struct arc, ARCS_MAX);
	while (rest.at) {
		struct text one = text_cut(&rest, ',');
		size_t at = text_find(one, TEXT("->"));
		struct arc *arc = &(*ret)[*count];

		if (at == SIZE_MAX)
			return command_refuse(l->c, arena_cstr(l->c->arena, one), "is no arrow, as a->b");
		if (*count == ARCS_MAX)
			return command_refuse(l->c, option, "names too many arrows");
		if (node_of(l, text_head(one, at), &arc->from) || node_of(l, text_from(one, at + 2), &arc->to))
			return 2;
		++*count;
	}
	return 0;
}

static int read_how(struct learning *l)
{
	const char *by = command_text(l->c, "--score");
	int status;

	l->how = (struct structure_options){
		.strength = command_number(l->c, "--strength"), .parents_max = command_count(l->c, "--parents"),
		.starts = command_count(l->c, "--starts"), .rounds = command_count(l->c, "--rounds"), .seed = command_count(l->c, "--seed"),
		.threads = command_count(l->c, "--threads"),
	};
	if (by && strcmp(by, "bic") != 0 && strcmp(by, "bdeu") != 0)
		return command_refuse(l->c, by, "is neither bdeu nor bic");
	l->how.by = by && !strcmp(by, "bic") ? BY_BIC : BY_BDEU;
	status = read_tiers(l);
	if (!status)
		status = read_arcs(l, "--must", &l->must, &l->how.must_count);
	if (!status)
		status = read_arcs(l, "--never", &l->never, &l->how.never_count);
	l->how.must = l->must;
	l->how.never = l->never;
	return status;
}

/* ---- out ---- */

static void print_arrow(const struct learning *l, size_t to, size_t from, double loss, bool first)
{
	FILE *out = l->c->out;
	const struct node *a = &l->n.nodes[from], *b = &l->n.nodes[to];
	char number[32];

	if (!l->c->json) {
		fprintf(out, "%.*s -> %.*s: %s\n", TEXT_ARG(a->name), TEXT_ARG(b->name), command_six(loss, number));
		return;
	}
	fputs(first ? "{\"from\":" : ",{\"from\":", out);
	command_json_text(out, a->name);
	fputs(",\"to\":", out);
	command_json_text(out, b->name);
	fputs(",", out);
	command_json_number(out, "loss", loss);
	fputs("}", out);
}

static void print(const struct learning *l)
{
	size_t arrows = 0;
	bool by_bic = l->how.by == BY_BIC;

	fputs(l->c->json ? "{" : "", l->c->out);
	command_say_rows(l->c, &l->in, l->columns, l->n.count, l->used);
	command_lines(l->c, (struct named[]){ { by_bic ? "bic" : "bdeu", by_bic ? "BIC" : "BDeu", l->score } }, 1);
	fputs(l->c->json ? ",\"arrows\":[" : "\narrows, and what the score loses without each\n", l->c->out);
	for (size_t to = 0; to < l->n.count; to++) {
		for (size_t k = 0; k < l->n.nodes[to].parent_count; k++, arrows++)
			print_arrow(l, to, l->n.nodes[to].parents[k], l->losses[arrows], !arrows);
	}
	fputs(l->c->json ? "]}\n" : arrows ? "" : "none: no column tells of another\n", l->c->out);
}

static int print_bif(const struct learning *l)
{
	CLEANUP(buffer_free) struct buffer bif = BUFFER((size_t)1 << 30);

	network_write_bif(&l->n, &bif);
	if (bif.why)
		return command_problem(l->c, "--bif", bif.why);
	fwrite(bif.at, 1, bif.length, l->c->out);
	return 0;
}

/* ---- the work ---- */

static problem learn(struct learning *l)
{
	struct arena *arena = l->c->arena;
	struct command_progress p;
	size_t arrows = 0;
	problem why;

	command_progress_begin(&p, l->c, "networks");
	why = (command_has(l->c, "--exact") ? structure_exact : structure_learn)(arena, &l->n, l->states, l->used, &l->how, &p.hook, &l->score);
	command_progress_end(&p);
	for (size_t i = 0; i < l->n.count && !why; i++)
		arrows += l->n.nodes[i].parent_count;
	l->losses = ARENA_ARRAY(arena, double, arrows + 1);
	if (!why)
		why = structure_losses(arena, &l->n, l->states, l->used, &l->how, l->losses);
	return why ? why : network_fit(arena, &l->n, l->states, l->used, l->how.strength);
}

static int run(struct command *c)
{
	struct learning *l = ARENA_NEW(c->arena, struct learning);
	int status = command_load(c, c->words[0], &l->in);
	problem why;

	l->c = c;
	if (!status)
		status = take_columns(l);
	if (!status)
		status = read_how(l);
	if (status)
		return status;
	take_rows(l);
	status = command_memory(c, "the rows", l->n.count * l->used * (sizeof(unsigned) + sizeof(uint16_t)));
	if (status)
		return status;
	why = learn(l);
	if (why)
		return command_problem(c, l->in.file, why);
	if (command_has(c, "--bif"))
		return print_bif(l);
	print(l);
	return 0;
}

static const struct command_option options[] = {
	{ "--of", OPTION_TEXT, "A,B,...", "columns of words, or of at most 50 different numbers; without it all" },
	{ "--tiers", OPTION_TEXT, "A,B/C/D", "what comes first: no arrow goes from a later to an earlier; who is not named comes last" },
	{ "--must", OPTION_TEXT, "A->B,...", "arrows that must be" },
	{ "--never", OPTION_TEXT, "A->B,...", "arrows that must not be" },
	{ "--parents", OPTION_COUNT, "N", "arrows to one column at most", 0, STRUCTURE_PARENTS_MAX, 4 },
	{ "--score", OPTION_TEXT, "NAME", "bdeu, or bic, which draws fewer arrows" },
	{ "--strength", OPTION_NUMBER, "N", "of bdeu and of the tables: as many rows' worth of not knowing", 1e-6, 1e6, 1 },
	{ "--exact", OPTION_FLAG, NULL, "the best of all networks: at most 16 columns" },
	{ "--starts", OPTION_COUNT, "N", "searches from different networks", 1, STRUCTURE_STARTS_MAX, 2 },
	{ "--rounds", OPTION_COUNT, "N", "how often each goes on from its best", 0, STRUCTURE_ROUNDS_MAX, 100 },
	{ "--bif", OPTION_FLAG, NULL, "the network with its tables, for zhifang stats network" }, COMMAND_SEED, COMMAND_THREADS, { NULL }
};

const struct command_kind structure_kind = {
	"structure", "stats structure FILE [--of A,B,...] [--tiers A/B/C] [--must A->B] [--never A->B] [--score bdeu|bic] [--exact] [--bif] [--json]",
	"which columns tell each other: the arrows of a Bayesian network", STATS_FILE "Rows with a hole are left out.\n", options, 1, 1,
	"printf 'rain,wet\\nyes,yes\\nyes,yes\\nyes,yes\\nno,no\\nno,no\\nno,no\\nno,no\\n' | zhifang stats structure - --tiers rain/wet", run,
};
