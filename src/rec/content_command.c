/* content_command.c - `zhifang rec similar`: which things are about the same, for what nobody has had yet. */
#include <stdlib.h>

#include "num/order.h"
#include "rec/command_parts.h"
#include "rec/content.h"
#include "rec/names.h"

struct similar {
	struct command *c;
	struct interactions m; /* items as users, terms as items */
	struct content content;
	uint32_t *had;         /* upwards, each once */
	uint32_t count;
	float *scores, *shares;
	struct content_term *terms;
};

static int load(struct similar *s)
{
	struct command *c = s->c;
	const char *item = command_text(c, "--item"), *term = command_text(c, "--term"), *weight = command_text(c, "--weight");
	const struct interaction_columns columns = { text_of(item ? item : "item"), text_of(term ? term : "term"), weight ? text_of(weight) : (struct text){ 0 },
		                                     { 0 } };
	CLEANUP(sparse_free) struct sparse counts = { 0 };
	struct interactions_place where;
	struct text bytes;
	int status = command_bytes(c, c->words[0], INTERACTION_BYTES_MAX, &bytes);
	problem why;

	if (status)
		return status;
	why = interactions_read_table(c->arena, bytes, &columns, &s->m, &where);
	if (why)
		return rec_problem(c, c->words[0], &where, why, " --item, --term and --weight say what they are called.");
	sparse_of(&s->m, NULL, PART_ANY, &counts);
	why = content_fit(&counts, &(struct content_options){ command_has(c, "--tf-idf") ? CONTENT_TFIDF : CONTENT_BM25, command_number(c, "--k1"),
	                                                      command_number(c, "--b") }, &s->content);
	return why ? rec_weights_problem(c, c->words[0], why, &s->m, &counts) : 0;
}

static int read_had(struct similar *s)
{
	struct command *c = s->c;
	uint32_t once = 0;

	s->had = ARENA_ARRAY(c->arena, uint32_t, COMMAND_GIVEN_MAX);
	for (int i = 0; i < c->given_count; i++) {
		uint32_t item;

		if (strcmp(c->given[i].option->name, "--had") != 0)
			continue;
		item = names_number(s->m.user_names, s->m.users, text_of(c->given[i].word));
		if (item == s->m.users)
			return command_refuse(c, c->given[i].word, "is no item of the file");
		s->had[s->count++] = item;
	}
	qsort(s->had, s->count, sizeof *s->had, order_u32);
	for (uint32_t i = 0; i < s->count; i++) {
		if (i == 0 || s->had[i] != s->had[once - 1])
			s->had[once++] = s->had[i];
	}
	s->count = once;
	return 0;
}

static void say_item(struct similar *s, uint32_t item, bool first)
{
	const struct content_had had = { s->count, s->had, NULL };
	size_t count = content_reasons(&s->content, &had, item, s->shares, s->terms);
	FILE *out = s->c->out;
	char six[32];

	if (s->c->json) {
		fputs(first ? "{\"item\":" : ",{\"item\":", out);
		command_json_text(out, s->m.user_names[item]);
		fputs(",", out);
		command_json_number(out, "score", s->scores[item]);
		fputs(",\"terms\":[", out);
	} else {
		fprintf(out, "%-24.*s %12s  ", TEXT_ARG(s->m.user_names[item]), command_six(s->scores[item], six));
	}
	for (size_t t = 0; t < count && s->terms[t].share > 0; t++) {
		struct text term = s->m.item_names[s->terms[t].term];

		if (!s->c->json) {
			fprintf(out, "%s %.*s: %s", t ? "," : "", TEXT_ARG(term), command_six(s->terms[t].share, six));
			continue;
		}
		fputs(t ? ",{\"term\":" : "{\"term\":", out);
		command_json_text(out, term);
		fputs(",", out);
		command_json_number(out, "part", s->terms[t].share);
		fputs("}", out);
	}
	fputs(s->c->json ? "]}" : "\n", out);
}

/* What has no term in common is not like it at all, and is not shown. */
static void say(struct similar *s)
{
	uint32_t best[CUTOFF_MAX];
	size_t count = evaluate_top(s->scores, s->m.users, (struct had){ s->had, s->count }, best, command_count(s->c, "--at"));
	FILE *out = s->c->out;

	if (s->c->json)
		fprintf(out, "{\"items_known\":%u,\"terms_known\":%u,\"had\":%u,\"items\":[", s->m.users, s->m.items, s->count);
	else
		fprintf(out, "%u item%s, %u term%s, by %u that they had\n", s->m.users, command_s(s->m.users), s->m.items, command_s(s->m.items), s->count);
	for (size_t i = 0; i < count && s->scores[best[i]] > 0; i++)
		say_item(s, best[i], i == 0);
	fputs(s->c->json ? "]}\n" : "", out);
}

static int run_similar(struct command *c)
{
	struct similar s = { .c = c };
	int status = load(&s);

	if (!status)
		status = read_had(&s);
	if (!status) {
		s.scores = ARENA_ARRAY(c->arena, float, s.m.users);
		s.shares = ARENA_ARRAY(c->arena, float, s.count);
		s.terms = ARENA_ARRAY(c->arena, struct content_term, s.m.items);
		content_score_one(&s.content, &(struct content_had){ s.count, s.had, NULL }, s.scores);
		say(&s);
	}
	content_free(&s.content);
	interactions_free(&s.m);
	return status;
}

static const struct command_option similar_options[] = {
	{ "--had", OPTION_TEXT, "ITEM", "something that they had, or what is to be like it", .needed = true, .many = true },
	{ "--at", OPTION_COUNT, "K", "how many", 1, CUTOFF_MAX, 10 }, { "--item", OPTION_TEXT, "C", "column of what (item without)" },
	{ "--term", OPTION_TEXT, "C", "column of a word of it (term without)" },
	{ "--weight", OPTION_TEXT, "C", "column of how often; without, each row counts 1" },
	{ "--tf-idf", OPTION_FLAG, NULL, "count times rarity, instead of BM25" },
	{ "--k1", OPTION_NUMBER, "K", "BM25: how much a second time counts", 0, 1000, 1.2 },
	{ "--b", OPTION_NUMBER, "B", "BM25: how much long items are held to be long for nothing", 0, 1, .75 }, { NULL }
};

const struct command_kind similar_kind = {
	"similar", "rec similar FILE --had ITEM [--had ITEM ...] [--at K] [--json]", "what is about the same, though nobody had it yet",
	"FILE is CSV or TSV, a row for each word, tag or concept of an item, its first line has the names. - is what is piped in.\n", similar_options, 1, 1,
	"printf 'item,term\\nx,c\\nx,pointers\\ny,c\\nz,rust\\n' | zhifang rec similar - --had x", run_similar,
};
