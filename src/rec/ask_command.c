/* ask_command.c - `zhifang rec recommend` and `explain`: what a model proposes to somebody, and why. Somebody is a user of a log, or
 * nothing but the items that they had. */
#include <math.h>
#include <stdlib.h>

#include "num/order.h"
#include "rec/asking.h"
#include "rec/graph.h"
#include "rec/recommender_blend.h"

struct event {
	int64_t time; /* of stars, of which the latest count; else 0 */
	size_t at;    /* when, as rows go */
	uint32_t item;
	float weight;
};

/* ---- names ---- */

static int find_names(struct asking *a)
{
	uint32_t number;

	a->names.most = a->r.items;
	for (uint32_t i = 0; a->r.item_names && i < a->r.items; i++) {
		if (names_add(&a->names, a->r.item_names[i], &number) || number != i)
			return command_problem(a->c, command_text(a->c, "--model"), &saved_damaged);
	}
	return 0;
}

uint32_t asking_item(const struct asking *a, struct text name)
{
	return a->r.item_names ? names_find(&a->names, name) : names_number(NULL, a->r.items, name);
}

static int by_item(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return RISING(x->item, y->item) ?: RISING(x->time, y->time) ?: RISING(x->at, y->at);
}

static void each_once(struct asking *a)
{
	size_t kept = 0;

	a->items = ARENA_ARRAY(a->c->arena, uint32_t, a->count + 1);
	qsort(a->events, a->count, sizeof *a->events, by_item);
	for (size_t i = 0; i < a->count; i++) {
		const struct event *e = &a->events[i];

		if (a->stars)
			a->stars[kept - (i > 0 && e->item == a->items[kept - 1])] = e->weight;
		if (i > 0 && e->item == a->items[kept - 1]) {
			if (a->weights)
				a->weights[kept - 1] = (a->r.kind == REC_RATINGS ? 0 : a->weights[kept - 1]) + e->weight;
			continue;
		}
		if (a->weights)
			a->weights[kept] = e->weight;
		a->items[kept++] = e->item;
	}
	a->count = kept;
}

/* ---- who asks ---- */

static int read_had(struct asking *a)
{
	struct command *c = a->c;

	if (command_has(c, "--weight"))
		return command_refuse(c, "--weight", "is a column of FILE, and --had stands alone");
	if (recommender_is_of_stars(&a->r))
		return command_refuse(c, "--had", "says no stars, and the model is of ratings: ask with FILE, --of and --weight");
	a->events = ARENA_ARRAY(c->arena, struct event, COMMAND_GIVEN_MAX);
	for (int i = 0; i < c->given_count; i++) {
		uint32_t item;

		if (strcmp(c->given[i].option->name, "--had") != 0)
			continue;
		item = asking_item(a, text_of(c->given[i].word));
		if (item == a->r.items)
			return command_refuse(c, c->given[i].word, "is no item that the model knows");
		a->events[a->count] = (struct event){ 0, a->count, item, 1 };
		a->count++;
	}
	return 0;
}

static bool is_user(const struct interactions *m, size_t row, struct text user)
{
	char number[TEXT_INT_MAX];

	return text_eq(names_word(m->user_names, m->user[row], number), user);
}

/* Items of the log are found in the model by their names, since the log may be a later one. */
static int read_user(struct asking *a)
{
	struct command *c = a->c;
	struct text user = text_of(command_text(c, "--of"));
	struct interactions m;
	size_t rows = 0;
	bool stars = recommender_is_of_stars(&a->r);
	int status = rec_load(c, c->words[0], &m);

	if (status)
		return status;
	if (stars && !m.weight)
		return command_refuse(c, "--weight", "is missing: the column of stars, which the model is of");
	a->events = ARENA_ARRAY(c->arena, struct event, m.count);
	for (size_t i = 0; i < m.count; i++) {
		char number[TEXT_INT_MAX];
		uint32_t item;

		if (!is_user(&m, i, user))
			continue;
		rows++;
		item = asking_item(a, names_word(m.item_names, m.item[i], number));
		if (item == a->r.items)
			a->unknown++;
		else
			a->events[a->count++] = (struct event){ stars && m.time ? m.time[i] : 0, i, item, m.weight ? m.weight[i] : 1 };
	}
	a->weights = m.weight ? ARENA_ARRAY(c->arena, float, a->count + 1) : NULL;
	a->stars = stars && a->r.kind == REC_BLEND ? ARENA_ARRAY(c->arena, float, a->count + 1) : NULL;
	return rows ? 0 : command_refuse(c, command_text(c, "--of"), "is no user of the log");
}

static int open_asking(struct asking *a)
{
	struct command *c = a->c;
	const char *file = command_text(c, "--model");
	struct saved saved;
	int status;
	problem why;

	if ((c->count == 1) != command_has(c, "--of") || command_has(c, "--of") == command_has(c, "--had"))
		return command_refuse(c, c->kind->name, "wants a FILE and --of, or --had alone");
	status = command_model(c, file, RECOMMENDER_SAVED, RECOMMENDER_VERSION, &saved);
	if (status)
		return status;
	why = recommender_load(c->arena, a->threads, &saved, &a->r);
	if (why)
		return command_problem(c, file, why);
	status = find_names(a);
	if (status)
		return status;
	status = command_has(c, "--of") ? read_user(a) : read_had(a);
	if (status)
		return status;
	each_once(a);
	a->shares = ARENA_ARRAY(c->arena, float, a->count + 1);
	return 0;
}

/* als+ease: as it was fitted by, but for members of a weight of 0 */
static const char *recommender_name(const struct asking *a)
{
	const struct recommender *r = &a->r;
	const char *ret = "";

	if (r->kind != REC_BLEND)
		return recommender_names[r->kind];
	for (size_t i = 0; i < r->member_count; i++)
		ret = arena_cstr(a->c->arena, arena_format(a->c->arena, "%s%s%s", ret, i ? "+" : "", recommender_names[r->members[i].kind]));
	return ret;
}

static void say_who(const struct asking *a)
{
	const char *name = recommender_name(a);

	if (a->c->json) {
		fprintf(a->c->out, "{\"recommender\":\"%s\",\"had\":%zu,\"unknown\":%zu,\"nothing_known\":%s,", name, a->count, a->unknown,
		        a->count ? "false" : "true");
		return;
	}
	fprintf(a->c->out, "%s, by %zu item%s that they had", name, a->count, command_s(a->count));
	if (a->unknown)
		fprintf(a->c->out, "; left out: %zu row%s of items that the model does not know", a->unknown, command_s(a->unknown));
	fputs(a->count ? "\n" : "; nothing is known: what is popular\n", a->c->out);
}

/* ---- recommend ---- */

struct reason {
	uint32_t item;
	float share, weight;
};

/* The reason with the largest share; false: there is none */
static bool main_reason(struct asking *a, uint32_t item, struct reason *ret)
{
	struct history h = asking_history(a);
	size_t best = 0;

	if (recommender_reasons(&a->r, &h, item, a->shares))
		return false;
	for (size_t i = 1; i < a->count; i++)
		best = a->shares[i] > a->shares[best] ? i : best;
	*ret = (struct reason){ a->items[best], a->shares[best], a->weights ? a->weights[best] : 1 };
	return ret->share > 0;
}

static void say_proposal(struct asking *a, size_t place)
{
	const struct topk_found *found = &a->top.found[place];
	uint32_t item = found->item;
	FILE *out = a->c->out;
	char number[TEXT_INT_MAX], other[TEXT_INT_MAX], six[32];
	struct text name = names_word(a->r.item_names, item, number);
	struct reason reason;
	double score = a->context ? 1 / (1 + exp(-(double)found->score)) : (double)found->score;
	bool is_because = main_reason(a, item, &reason), is_new = a->rearranged.is_new && a->rearranged.is_new[item];

	if (!a->c->json) {
		fprintf(out, "%-24.*s %12s", TEXT_ARG(name), command_six(score, six));
		if (a->context)
			asking_say_now(a, item);
		if (is_because)
			fprintf(out, reason.weight < 0 ? "   because %.*s was not wanted: %s" : "   because of %.*s: %s",
			        TEXT_ARG(names_word(a->r.item_names, reason.item, other)), command_six(reason.share, six));
		fputs(is_new ? "   new\n" : "\n", out);
		return;
	}
	fputs(place == 0 ? "{\"item\":" : ",{\"item\":", out);
	command_json_text(out, name);
	fputs(",", out);
	command_json_number(out, a->context ? "chance" : "score", score);
	if (a->context)
		asking_say_now(a, item);
	if (a->rearranged.is_new)
		fprintf(out, ",\"new\":%s", is_new ? "true" : "false");
	if (is_because) {
		fputs(",\"because\":", out);
		command_json_text(out, names_word(a->r.item_names, reason.item, other));
		fputs(",", out);
		command_json_number(out, "weight", reason.weight);
		fputs(",", out);
		command_json_number(out, "part", reason.share);
	}
	fputs("}", out);
}

/* count: it is not there */
static size_t place_of(const struct top *top, uint32_t item)
{
	size_t i = 0;

	while (i < top->count && top->found[i].item != item)
		i++;
	return i;
}

/* Those between what is proposed, out of a file that may name anything */
static int read_prerequisites(struct asking *a, struct prerequisites *ret)
{
	const struct rec_table table = { command_text(a->c, "--prerequisites"), " Those of prerequisites are before and after.",
		                         { TEXT("before"), TEXT("after"), { 0 }, { 0 } } };
	CLEANUP(interactions_free) struct interactions m = { 0 };
	uint32_t *before, *after;
	int status = rec_read(a->c, &table, &m);

	if (status)
		return status;
	before = ARENA_ARRAY(a->c->arena, uint32_t, m.count);
	after = ARENA_ARRAY(a->c->arena, uint32_t, m.count);
	*ret = (struct prerequisites){ 0, before, after };
	for (size_t i = 0; i < m.count; i++) {
		before[ret->count] = asking_item(a, m.user_names[m.user[i]]);
		after[ret->count] = asking_item(a, m.item_names[m.item[i]]);
		ret->count += place_of(&a->top, before[ret->count]) < a->top.count && place_of(&a->top, after[ret->count]) < a->top.count;
	}
	return 0;
}

/* What was done by prerequisites */
struct arranged {
	size_t count, broken;
};

static int arrange(struct asking *a, struct arranged *ret)
{
	uint32_t order[CUTOFF_MAX];
	struct topk_found before[CUTOFF_MAX];
	struct top *top = &a->top, was = { top->most, top->count, before };
	struct prerequisites p;
	int status = read_prerequisites(a, &p);

	if (status)
		return status;
	for (size_t i = 0; i < top->count; i++) {
		before[i] = top->found[i];
		order[i] = before[i].item;
	}
	prerequisites_arrange(&p, order, top->count);
	for (size_t i = 0; i < top->count; i++)
		top->found[i] = before[place_of(&was, order[i])];
	*ret = (struct arranged){ p.count, 0 };
	for (size_t i = 0; i < p.count; i++)
		ret->broken += place_of(top, p.before[i]) >= place_of(top, p.after[i]);
	return 0;
}

static void say_rearranged(const struct asking *a)
{
	const struct rearranged *r = &a->rearranged;
	FILE *out = a->c->out;

	if (!r->wanted)
		return;
	if (a->c->json) {
		fprintf(out, "\"candidates\":%zu,\"relaxed\":%zu,\"items_unknown\":%zu,", r->candidates, r->relaxed, r->unknown);
		return;
	}
	fprintf(out, "rearranged from the best %zu", r->candidates);
	if (r->relaxed)
		fprintf(out, "; against a limit, as there is nothing else: %zu", r->relaxed);
	if (r->unknown)
		fprintf(out, "; items that the model does not know, and cannot show: %zu", r->unknown);
	fputs("\n", out);
}

static void say_arranged(const struct asking *a, const struct arranged *done)
{
	if (a->c->json)
		fprintf(a->c->out, "\"prerequisites\":%zu,\"broken\":%zu,", done->count, done->broken);
	else
		fprintf(a->c->out, "arranged by %zu prerequisite%s between them; not kept, for circles: %zu\n", done->count, command_s(done->count), done->broken);
}

static int recommend(struct asking *a)
{
	struct arranged done;
	bool arranges = command_has(a->c, "--prerequisites");
	int status = asking_propose(a);

	if (!status && arranges)
		status = arrange(a, &done);
	if (status)
		return status;
	say_who(a);
	asking_say_context(a);
	say_rearranged(a);
	if (arranges)
		say_arranged(a, &done);
	fputs(a->c->json ? "\"items\":[" : "", a->c->out);
	for (size_t i = 0; i < a->top.count; i++)
		say_proposal(a, i);
	fputs(a->c->json ? "]}\n" : "", a->c->out);
	return 0;
}

/* ---- explain ---- */

static int largest_first(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	return FALLING(x->share, y->share) ?: RISING(x->item, y->item);
}

static void say_parts(struct asking *a, const struct reason *parts, double score)
{
	struct command_rows rows = { "parts", "item", 24, 0 };
	char number[TEXT_INT_MAX];

	for (size_t i = 0; i < a->count; i++) {
		double percent = score != 0 ? 100 * parts[i].share / score : NAN;
		const struct named cells[] = { { "part", "part", parts[i].share }, { "percent", "% of it", percent }, { "weight", "weight", parts[i].weight } };
		size_t count = a->weights ? 3 : 2;

		if (i == 0)
			command_rows_begin(a->c, &rows, cells, count);
		command_row(a->c, &rows, names_word(a->r.item_names, parts[i].item, number), cells, count);
	}
	command_rows_end(a->c);
}

static void say_score(const struct asking *a, const char *wanted, uint32_t item, double score)
{
	const struct command *c = a->c;
	struct history h = asking_history(a);
	bool has_more = a->r.kind == REC_RATINGS || a->r.kind == REC_BLEND;
	double more = has_more ? recommender_of_everybody(&a->r, &h, item) : 0;
	char six[32];

	if (!c->json) {
		fprintf(c->out, "score of %s: %s, the sum of\n", wanted, command_six(score, six));
		if (has_more)
			fprintf(c->out, "%s, %s, and\n", command_six(more, six), a->r.kind == REC_BLEND ? "what it has of everybody less what items have on average" : "from anybody");
		return;
	}
	fputs("\"item\":", c->out);
	command_json_text(c->out, text_of(wanted));
	fputs(",", c->out);
	command_json_number(c->out, "score", score);
	if (has_more) {
		fputs(",", c->out);
		command_json_number(c->out, "from_anybody", more);
	}
}

/* The same score, by who says it */
static void say_members(const struct asking *a, uint32_t item)
{
	struct command_rows rows = { "members", "recommender", 24, 0 };
	struct history h = asking_history(a);

	for (size_t i = 0; i < a->r.member_count; i++) {
		const struct named cells[] = { { "part", "part", recommender_blend_part(&a->r, i, &h, item) }, { "weight", "weight", a->r.weights[i] } };

		if (i == 0)
			command_rows_begin(a->c, &rows, cells, 2);
		command_row(a->c, &rows, text_of(recommender_names[a->r.members[i].kind]), cells, 2);
	}
	if (a->r.member_count)
		command_rows_end(a->c);
	fputs(a->r.member_count && !a->c->json ? "by what they had:\n" : "", a->c->out);
}

static int explain(struct asking *a)
{
	struct command *c = a->c;
	const char *wanted = command_text(c, "--why");
	uint32_t item = asking_item(a, text_of(wanted));
	struct reason *parts = ARENA_ARRAY(c->arena, struct reason, a->count + 1);
	float *scores = ARENA_ARRAY(c->arena, float, a->r.items);
	struct history h = asking_history(a);
	struct rec_paths *paths;
	int status;
	problem why;

	if (item == a->r.items)
		return command_refuse(c, wanted, "is no item that the model knows");
	why = recommender_reasons(&a->r, &h, item, a->shares);
	if (why)
		return command_problem(c, wanted, why);
	status = rec_paths_find(c, &(struct rec_paths_asked){ a->r.item_names, a->r.items, item, a->items, a->count }, &paths);
	if (status)
		return status;
	for (size_t i = 0; i < a->count; i++)
		parts[i] = (struct reason){ a->items[i], a->shares[i], a->weights ? a->weights[i] : 1 };
	qsort(parts, a->count, sizeof *parts, largest_first);
	recommender_score(&a->r, &h, scores);
	say_who(a);
	say_score(a, wanted, item, scores[item]);
	say_members(a, item);
	say_parts(a, parts, scores[item]);
	rec_say_paths(c, paths);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

/* ---- both ---- */

static int ask(struct command *c, int (*answer)(struct asking *a))
{
	CLEANUP(threads_free) struct threads *threads = threads_start(command_count(c, "--threads"));
	struct asking a = { .c = c, .threads = threads };
	int status = open_asking(&a);

	if (!status)
		status = answer(&a);
	recommender_free(&a.r);
	names_free(&a.names);
	return status;
}

static int run_recommend(struct command *c) { return ask(c, recommend); }
static int run_explain(struct command *c) { return ask(c, explain); }

#define WHO \
	{ "--model", OPTION_TEXT, "FILE", "the model, of rec fit", .needed = true }, { "--of", OPTION_TEXT, "USER", "somebody in FILE" }, \
	{ "--had", OPTION_TEXT, "ITEM", "instead of FILE: something that they had", .many = true }

#define WHO_SAID \
	"Who asks is a user of FILE, by what they had there, or nothing but the items behind --had: they need not have been there when the model was fitted.\n"

static const struct command_option recommend_options[] = {
	WHO, { "--at", OPTION_COUNT, "K", "how many", 1, CUTOFF_MAX, 10 },
	{ "--prerequisites", OPTION_TEXT, "FILE", "columns before, after: of two that are proposed, which waits for which" },
	ASK_CONTEXT, ASK_REARRANGED, REC_LOG, COMMAND_THREADS, { NULL }
};

const struct command_kind recommend_kind = {
	"recommend", "rec recommend FILE --model FILE --of USER [--at K] [--json]\n       zhifang rec recommend --model FILE --had ITEM ... [--at K] [--json]",
	"what may somebody want next",
	WHO_SAID REC_FILE
	"With --context the best are brought into the order in which they are wanted now, and the chances of that are shown. A field of that model is told by\n"
	"its name: item and user (or as --item and --user call them), score and place of the recommender, columns of --about, --given, hour and weekday of --now.\n", recommend_options, 0, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\n' | zhifang rec fit - --by ease --lambda 1 --model shop.model && zhifang rec recommend --model shop.model --had x",
	run_recommend,
};

static const struct command_option explain_options[] = {
	WHO, { "--why", OPTION_TEXT, "ITEM", "the item that is proposed", .needed = true }, REC_PATHS, REC_LOG, COMMAND_THREADS, { NULL }
};

const struct command_kind explain_kind = {
	"explain", "rec explain FILE --model FILE --of USER --why ITEM [--json]\n       zhifang rec explain --model FILE --had ITEM ... --why ITEM [--json]",
	"why is something proposed: the parts of its score", WHO_SAID REC_FILE REC_PATHS_SAID, explain_options, 0, 1,
	"printf 'user,item\\na,x\\na,y\\nb,x\\nb,y\\n' | zhifang rec fit - --by ease --lambda 1 --model shop.model && zhifang rec explain --model shop.model --had x --why y",
	run_explain,
};
