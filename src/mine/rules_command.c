/* rules_command.c - `zhifang mine rules`: what is bought together. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/rules.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 36 };

static_assert(RULES_MOST == 1048576, "rules_full says so");
static const struct problem rules_full = { 422, "rules-full", "There are more than 1,048,576 rules: ask for larger --least, --confidence or --lift, or smaller --longest, --heads or --significance." };
static const struct problem rules_nothing = { 422, "rules-nothing", "No basket has an item." };

static const struct command_option options[] = {
	{ "--basket", OPTION_TEXT, "COLUMN", "which basket (customer, order) a row is of" },
	{ "--item", OPTION_TEXT, "COLUMN", "what is in it. Without both: a basket a line, of numbers with blanks between" },
	{ "--least", OPTION_COUNT, "N", "baskets that have all of a rule, at least", .least = 1, .most = BASKETS_MAX, .otherwise = 20 },
	{ "--confidence", OPTION_NUMBER, "P", "of baskets with the body, the share that has the head, at least", .most = 1, .otherwise = .5 },
	{ "--lift", OPTION_NUMBER, "X", "how much more often than by chance, at least", .most = 1e9, .otherwise = 1 },
	{ "--heads", OPTION_COUNT, "N", "items in the head, at most", .least = 1, .most = 8, .otherwise = 1 },
	{ "--longest", OPTION_COUNT, "N", "items in all, at most", .least = 1, .most = SET_SIZE_MAX, .otherwise = 0 },
	{ "--significance", OPTION_NUMBER, "P", "corrected p, at most", .least = 0, .most = 1, .otherwise = .05 },
	{ "--explained", OPTION_FLAG, NULL, "also rules that are as sure with a part of their body" },
	{ "--sets", OPTION_TEXT, "KIND", "instead of rules the sets: frequent, closed or maximal" },
	{ "--top", OPTION_COUNT, "N", "lines that are shown", .least = 1, .most = RULES_MOST, .otherwise = 50 },
	{ NULL }
};

struct shop {
	struct command *c;
	struct baskets baskets;
	struct text *name; /* of items */
	size_t rows, left_out; /* of a table; of a basket a line: 0 */
	const char *file;
};

/* ---- baskets in ---- */

static int load_lines(struct shop *s)
{
	const uint32_t *numbers;
	struct text bytes;
	size_t line = 0;
	char word[TEXT_INT_MAX];
	int status = command_bytes(s->c, s->file, (size_t)512 << 20, &bytes);
	problem why;

	if (status)
		return status;
	why = baskets_read(s->c->arena, bytes, &s->baskets, &numbers, &line);
	if (why) {
		fprintf(s->c->err, "zhifang: %s, line %zu: %s\n", s->file, line, why->title);
		return 1;
	}
	s->name = ARENA_ARRAY(s->c->arena, struct text, s->baskets.items + 1);
	for (size_t i = 0; i < s->baskets.items; i++)
		s->name[i] = arena_text(s->c->arena, text_of_int(numbers[i], word));
	return 0;
}

static int load_table(struct shop *s)
{
	struct source source;
	struct ids basket, item;
	struct basket_rows all = { 0 };
	uint32_t *baskets, *items;
	const char *names[] = { command_text(s->c, "--basket"), command_text(s->c, "--item"), NULL };
	int status = command_load_names(s->c, s->file, names, &source);
	problem why;

	if (!status)
		status = command_ids(s->c, &source, names[0], &basket);
	if (!status)
		status = command_ids(s->c, &source, names[1], &item);
	if (status)
		return status;
	all = (struct basket_rows){ baskets = ARENA_ARRAY(s->c->arena, uint32_t, source.table.rows + 1),
		                    items = ARENA_ARRAY(s->c->arena, uint32_t, source.table.rows + 1), 0, basket.count, item.count };
	for (size_t i = 0; i < source.table.rows; i++) {
		if (basket.of[i] == UINT32_MAX || item.of[i] == UINT32_MAX)
			continue;
		baskets[all.rows] = basket.of[i];
		items[all.rows++] = item.of[i];
	}
	s->rows = source.table.rows;
	s->left_out = source.table.rows - all.rows;
	s->name = item.name;
	why = baskets_of(s->c->arena, &all, &s->baskets);
	return why ? command_problem(s->c, s->file, why) : 0;
}

static void say_baskets(const struct shop *s)
{
	const size_t numbers = s->baskets.start[s->baskets.count] + s->baskets.repeated; /* a line has many */
	const struct named lines[] = {
		{ "rows", "rows", s->rows ? (double)s->rows : NAN }, { "numbers", "numbers in all lines", s->rows ? NAN : (double)numbers }, { "rows_left_out", "left out for holes", s->left_out ? (double)s->left_out : NAN },
		{ "repeated", "there already", s->baskets.repeated ? (double)s->baskets.repeated : NAN },
		{ "baskets", "baskets", (double)s->baskets.count }, { "items", "different items", (double)s->baskets.items },
	};

	fputs(s->c->json ? "{\"what\":\"rules\"" : "", s->c->out);
	command_lines(s->c, lines, sizeof lines / sizeof *lines);
}

static struct text names_of(const struct shop *s, const uint32_t *items, size_t size)
{
	struct text *parts = ARENA_ARRAY(s->c->arena, struct text, 2 * size);

	for (size_t i = 0; i < size; i++) {
		parts[2 * i] = i ? TEXT(", ") : TEXT("");
		parts[2 * i + 1] = s->name[items[i]];
	}
	return arena_join(s->c->arena, parts, 2 * size);
}

/* ---- rules ---- */

static void say_rules(const struct shop *s, const struct rules *rules)
{
	static const struct named heads[] = {
		{ "baskets", "baskets", 0 }, { "share", "share", 0 }, { "confidence", "confidence", 0 }, { "lift", "lift", 0 }, { "leverage", "leverage", 0 },
		{ "conviction", "conviction", 0 }, { "p", "p corrected", 0 },
	};
	struct command *c = s->c;
	struct command_rows rows = { "rules", "rule", NAME_WIDTH, 0 };
	size_t top = command_count(c, "--top");

	command_lines(c, (struct named[]){ { "looked_at", "rules looked at", (double)rules->looked_at },
	                                   { "explained", "left out, since a part of the body is as sure", command_has(c, "--explained") ? NAN : (double)rules->explained },
	                                   { "found", "rules found", (double)rules->count } }, 3);
	fputs(c->json ? "" : "\n", c->out);
	command_rows_begin(c, &rows, heads, 7);
	for (size_t i = 0; i < rules->count && i < top; i++) {
		const struct rule *r = &rules->at[i];
		const struct text parts[] = { names_of(s, r->body, r->body_size), TEXT(" -> "), names_of(s, r->head, r->head_size) };

		command_row(c, &rows, arena_join(c->arena, parts, 3), (struct named[]){
			{ "baskets", NULL, r->support }, { "share", NULL, r->share }, { "confidence", NULL, r->confidence }, { "lift", NULL, r->lift },
			{ "leverage", NULL, r->leverage }, { "conviction", NULL, r->conviction }, { "p", NULL, r->p_corrected },
		}, 7);
	}
	command_rows_end(c);
	fputs(c->json ? "}\n" : "", c->out);
}

static int find_rules(const struct shop *s)
{
	struct command *c = s->c;
	struct rules_options o = {
		.support = (uint32_t)command_count(c, "--least"), .confidence = command_number(c, "--confidence"), .lift = command_number(c, "--lift"),
		.head_longest = command_count(c, "--heads"), .longest = command_count(c, "--longest"), .drop_explained = !command_has(c, "--explained"),
		.significance = command_number(c, "--significance"),
	};
	struct command_progress progress;
	struct rules rules;
	problem why;

	command_progress_begin(&progress, c, "rules");
	o.progress = &progress.hook;
	why = rules_mine(c->arena, &s->baskets, &o, &rules);
	command_progress_end(&progress);
	if (why)
		return command_problem(c, s->file, why == &rules_many ? &rules_full : why);
	say_baskets(s);
	say_rules(s, &rules);
	return 0;
}

/* ---- sets ---- */

struct found {
	struct arena *arena;
	struct item_set *sets;
	size_t count;
};

static problem keep(void *self, const struct item_set *set)
{
	struct found *f = self;
	uint32_t *items = ARENA_ARRAY(f->arena, uint32_t, set->size);

	memcpy(items, set->items, set->size * sizeof *items);
	f->sets[f->count++] = (struct item_set){ items, set->size, set->support };
	return NULL;
}

/* The most frequent first; of equal ones the larger */
static int by_support(const void *a, const void *b)
{
	const struct item_set *x = a, *y = b;

	if (x->support != y->support)
		return (x->support < y->support) - (x->support > y->support);
	if (x->size != y->size)
		return (x->size < y->size) - (x->size > y->size);
	for (size_t i = 0; i < x->size; i++) {
		if (x->items[i] != y->items[i])
			return x->items[i] < y->items[i] ? -1 : 1;
	}
	return 0;
}

static void say_sets(const struct shop *s, struct found *f, const struct sets_summary *sum)
{
	static const struct named heads[] = { { "baskets", "baskets", 0 }, { "share", "share", 0 } };
	struct command *c = s->c;
	struct command_rows rows = { "sets", "set", NAME_WIDTH, 0 };
	size_t top = command_count(c, "--top");

	say_baskets(s);
	command_lines(c, (struct named[]){ { "found", "sets found", (double)sum->count }, { "longest", "items in the longest", (double)sum->longest } }, 2);
	fputs(c->json ? "" : "\n", c->out);
	qsort(f->sets, f->count, sizeof *f->sets, by_support);
	command_rows_begin(c, &rows, heads, 2);
	for (size_t i = 0; i < f->count && i < top; i++) {
		command_row(c, &rows, names_of(s, f->sets[i].items, f->sets[i].size), (struct named[]){
			{ "baskets", NULL, f->sets[i].support }, { "share", NULL, f->sets[i].support / (double)s->baskets.count } }, 2);
	}
	command_rows_end(c);
	fputs(c->json ? "}\n" : "", c->out);
}

static int find_sets(const struct shop *s, enum set_kind kind)
{
	struct command *c = s->c;
	struct sets_options o = { .kind = kind, .support = (uint32_t)command_count(c, "--least"), .longest = command_count(c, "--longest"), .most = RULES_MOST };
	struct sets_summary *sum = ARENA_NEW(c->arena, struct sets_summary);
	struct found f = { .arena = c->arena };
	problem why = sets_mine(&s->baskets, &o, NULL, NULL, sum); /* how many */

	if (!why) {
		f.sets = ARENA_ARRAY(c->arena, struct item_set, sum->count + 1);
		why = sets_mine(&s->baskets, &o, keep, &f, sum);
	}
	if (why)
		return command_problem(c, s->file, why);
	say_sets(s, &f, sum);
	return 0;
}

static int rules(struct command *c)
{
	static const char *const kinds[] = { [FREQUENT_SETS] = "frequent", [CLOSED_SETS] = "closed", [MAXIMAL_SETS] = "maximal" };
	const char *wanted = command_text(c, "--sets");
	struct shop s = { .c = c, .file = c->words[0] };
	int status, kind = FREQUENT_SETS;

	while (wanted && kind <= MAXIMAL_SETS && strcmp(wanted, kinds[kind]))
		kind++;
	if (kind > MAXIMAL_SETS)
		return command_refuse(c, wanted, "is neither frequent, closed nor maximal");
	if (!command_text(c, "--basket") != !command_text(c, "--item"))
		return command_refuse(c, command_text(c, "--item") ? "--item" : "--basket", "wants both --basket and --item");
	status = command_text(c, "--basket") ? load_table(&s) : load_lines(&s);
	if (status)
		return status;
	if (!s.baskets.start[s.baskets.count])
		return command_problem(c, s.file, &rules_nothing);
	return wanted ? find_sets(&s, (enum set_kind)kind) : find_rules(&s);
}

const struct command_kind rules_kind = {
	"rules", "mine rules FILE [--basket COLUMN --item COLUMN] [--least N] [--confidence P]\n       zhifang mine rules FILE ... --sets frequent|closed|maximal",
	"who has these has that too",
	"What stands in the same baskets more often than chance would have it: docs/numbers/rules.md and itemsets.md.\n"
	"FILE is CSV or TSV, its first line has the names; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1, "printf '1 2 3\\n1 2\\n3\\n1 2\\n' | zhifang mine rules - --least 2 --significance 1", rules,
};
