/* context_asking.c - `zhifang rec recommend --context`: the best candidates of a recommender in the order in which they are wanted now (fm.h). What the
 * context model may ask about a candidate: the item, who asks, the recommender's score and place, what --about has of the item, what is
 * --given, and the moment. */
#include <math.h>
#include <stdlib.h>

#include "rec/asking.h"
#include "rec/context_ranking.h"

static const char *name_or(const struct command *c, const char *option, const char *otherwise)
{
	return command_has(c, option) ? command_text(c, option) : otherwise;
}

static struct text name_of(const struct asking *a, uint32_t item)
{
	char number[TEXT_INT_MAX];

	return a->r.item_names ? a->r.item_names[item] : arena_text(a->c->arena, text_of_int(item, number));
}

/* ---- what --about has ---- */

static struct text cell(const struct table_column *c, size_t row, char word[TABLE_WORD_MAX])
{
	if (c->kind == NUMBERS)
		return table_word(c->numbers[row], word);
	return c->words[row] == NO_WORD ? (struct text){ 0 } : c->levels[c->words[row]];
}

/* row (items of the model): of the table, SIZE_MAX where there is none */
static int rows_of(struct asking *a, const struct source *about, const struct table_column *label, size_t *row)
{
	char word[TABLE_WORD_MAX];

	for (uint32_t i = 0; i < a->r.items; i++)
		row[i] = SIZE_MAX;
	for (size_t i = 0; i < about->table.rows; i++) {
		uint32_t item = asking_item(a, cell(label, i, word));

		if (item < a->r.items && row[item] != SIZE_MAX) {
			fprintf(a->c->err, "zhifang: %s: %.*s: stands there twice\n", about->file, TEXT_ARG(text_clip(name_of(a, item), 40)));
			return 1;
		}
		if (item < a->r.items)
			row[item] = i;
	}
	return 0;
}

/* A column of the candidates alone, holes where the table has no row */
static void take_column(struct ranking *r, const struct table_column *from, const size_t *row)
{
	struct arena *arena = r->c->arena;
	struct table *t = &r->s.table;
	struct table_column *to = &t->column[t->columns++];

	*to = *from;
	to->numbers = from->kind == NUMBERS ? ARENA_ARRAY(arena, real, t->rows) : NULL;
	to->words = from->kind == NUMBERS ? NULL : ARENA_ARRAY(arena, unsigned, t->rows);
	for (size_t i = 0; i < t->rows; i++) {
		if (from->kind == NUMBERS)
			to->numbers[i] = row[i] == SIZE_MAX ? (real)NAN : from->numbers[row[i]];
		else
			to->words[i] = row[i] == SIZE_MAX ? NO_WORD : from->words[row[i]];
	}
}

static int take_about(struct asking *a, const struct top *best, struct ranking *r)
{
	struct source about;
	const char *item = name_or(a->c, "--item", "item");
	size_t *of_item = ARENA_ARRAY(a->c->arena, size_t, a->r.items), *row = ARENA_ARRAY(a->c->arena, size_t, best->count);
	int status = command_load_keys(a->c, command_text(a->c, "--about"), ranking_keys(r, item), &about);
	const struct table_column *label = status ? NULL : command_column(a->c, &about, item, &status);

	if (!status)
		status = rows_of(a, &about, label, of_item);
	if (status)
		return status;
	for (size_t i = 0; i < best->count; i++)
		row[i] = of_item[best->found[i].item];
	r->s = (struct source){ about.file, { .rows = best->count, .column = ARENA_ARRAY(a->c->arena, struct table_column, about.table.columns) } };
	for (size_t j = 0; j < about.table.columns; j++) {
		if (&about.table.column[j] != label)
			take_column(r, &about.table.column[j], row);
	}
	return 0;
}

/* ---- what the recommender knows ---- */

/* Is it a field that no column tells yet, of this kind? */
static bool is_wanted(const struct ranking *r, const char *name, enum field_kind kind)
{
	const struct field *field = ranking_field(r, text_of(name));

	return field && field->kind == kind && !table_find(&r->s.table, field->name);
}

static void add_items(const struct asking *a, const struct top *best, struct ranking *r)
{
	const char *name = name_or(a->c, "--item", "item");
	struct text *levels = ARENA_ARRAY(a->c->arena, struct text, best->count);
	struct table_column *column;

	if (!is_wanted(r, name, FIELD_WORDS))
		return;
	for (size_t i = 0; i < best->count; i++)
		levels[i] = name_of(a, best->found[i].item);
	column = ranking_add_words(a->c->arena, &r->s.table, name, (struct levels){ levels, best->count });
	for (size_t i = 0; i < best->count; i++)
		column->words[i] = (unsigned)i;
}

static void add_user(const struct asking *a, struct ranking *r)
{
	const char *name = name_or(a->c, "--user", "user");
	struct text *level = ARENA_NEW(a->c->arena, struct text);

	if (!command_has(a->c, "--of") || !is_wanted(r, name, FIELD_WORDS))
		return;
	*level = text_of(command_text(a->c, "--of"));
	ranking_add_words(a->c->arena, &r->s.table, name, (struct levels){ level, 1 });
}

static void add_scores(const struct asking *a, const struct top *best, struct ranking *r)
{
	static const char *const names[] = { "score", "place" };

	for (int is_place = 0; is_place < 2; is_place++) {
		struct table_column *column;

		if (!is_wanted(r, names[is_place], FIELD_NUMBERS))
			continue;
		column = ranking_add_numbers(a->c->arena, &r->s.table, names[is_place]);
		for (size_t i = 0; i < best->count; i++)
			column->numbers[i] = is_place ? (real)(i + 1) : (real)best->found[i].score;
	}
}

/* ---- all of it ---- */

int asking_check_context(const struct command *c)
{
	static const char *const of_context[] = { "--given", "--now", "--about", "--candidates" };

	for (size_t i = 0; i < sizeof of_context / sizeof *of_context; i++) {
		if (command_has(c, of_context[i]) && !command_has(c, "--context"))
			return command_refuse(c, of_context[i], "says nothing without --context");
	}
	return command_has(c, "--context") && command_count(c, "--candidates") < command_count(c, "--at") ? command_refuse(c, "--candidates", "are fewer than --at") : 0;
}

/* The columns of a candidate's own first, then what is the same for all of them */
static int tell(struct asking *a, const struct top *best, struct ranking *r)
{
	int status = 0;

	r->s.table.rows = best->count;
	if (command_has(a->c, "--about"))
		status = take_about(a, best, r);
	if (status)
		return status;
	ranking_widen(a->c->arena, &r->s.table);
	add_items(a, best, r);
	add_scores(a, best, r);
	r->own = r->s.table.columns;
	add_user(a, r);
	return ranking_moment(r, "--now");
}

static void close_ranking(void *ranking) { ranking_close(ranking); }

int asking_by_context(struct asking *a, struct top *best)
{
	struct ranking *r = ARENA_NEW(a->c->arena, struct ranking);
	struct topk_found *was = ARENA_ARRAY(a->c->arena, struct topk_found, best->count + 1);
	int status;

	*r = (struct ranking){ .c = a->c, .threads = a->threads };
	arena_defer(a->c->arena, close_ranking, r);
	status = ranking_open(r, command_text(a->c, "--context"));
	if (!status && best->count)
		status = tell(a, best, r);
	if (!status && best->count)
		status = ranking_score(r);
	if (status)
		return status;
	for (size_t i = 0; i < best->count; i++)
		was[i] = best->found[i];
	for (size_t i = 0; i < best->count; i++)
		best->found[i] = (struct topk_found){ was[r->order[i]].item, (float)r->score[r->order[i]] };
	a->context = r;
	a->by_model = was;
	a->candidates = best->count;
	return 0;
}

uint32_t asking_place(const struct asking *a, uint32_t item)
{
	uint32_t i = 0;

	while (a->by_model[i].item != item)
		i++;
	return i;
}

void asking_say_context(const struct asking *a)
{
	const struct ranking *r = a->context;
	FILE *out = a->c->out;

	if (!r)
		return;
	if (a->c->json)
		fprintf(out, "\"in_context\":%zu,\"words_unknown\":%zu,\"not_told\":[", a->candidates, r->unknown);
	else
		fprintf(out, "the best %zu, in the order of %s", a->candidates, command_text(a->c, "--context"));
	ranking_say_missing(r);
	if (a->c->json)
		fputs("],", out);
	else if (r->unknown)
		fprintf(out, "; %zu word%s that it does not know", r->unknown, command_s(r->unknown));
	fputs(a->c->json ? "" : "\n", out);
}

void asking_say_now(const struct asking *a, uint32_t item)
{
	uint32_t place = asking_place(a, item);
	const struct ranking *r = a->context;
	FILE *out = a->c->out;
	struct fm_part part;
	char six[32];

	if (a->c->json)
		fprintf(out, ",\"place\":%u", place + 1);
	else
		fprintf(out, "   %u before", place + 1);
	if (!ranking_part(r, place, &part))
		return;
	fputs(a->c->json ? ",\"now_because\":[" : ", now because of ", out);
	for (size_t i = 0; i < (part.a == part.b ? 1u : 2u); i++) {
		struct text feature = ranking_feature(r, place, r->x.start[place] + (i ? part.b : part.a));

		fputs(i ? a->c->json ? "," : " with " : "", out);
		if (a->c->json)
			command_json_text(out, feature);
		else
			fprintf(out, "%.*s", TEXT_ARG(feature));
	}
	if (a->c->json) {
		fputs("],", out);
		command_json_number(out, "now_part", part.part);
	} else {
		fprintf(out, ": %s", command_six(part.part, six));
	}
}
