/* catalogue_command.c - what `zhifang rec fit` and `evaluate` are told of a catalogue: terms of items, also of items that nobody had, out of which
 * factors are made for these (prior.h). */
#include <stdlib.h>

#include "rec/command_parts.h"
#include "rec/names.h"

static void free_log(void *log) { interactions_free(log); }
static void free_matrix(void *matrix) { sparse_free(matrix); }

static int read_content(struct command *c, const char *file, struct interactions *ret)
{
	const struct rec_table table = { file, " Those of content are item and term.", { TEXT("item"), TEXT("term"), { 0 }, { 0 } } };
	struct interactions_place where;
	struct text bytes;
	int status;
	problem why;

	if (!command_has(c, "--adjacency"))
		return rec_read(c, &table, ret);
	status = command_bytes(c, file, INTERACTION_BYTES_MAX, &bytes);
	why = status ? NULL : interactions_read_adjacency(bytes, ret, &where);
	return why ? rec_problem(c, file, &where, why, "") : status;
}

/* Items of the content get the numbers that the log has for them, and new ones behind. */
static problem number_items(struct command *c, struct interactions *m, struct interactions *content)
{
	CLEANUP(names_free) struct names names = { .most = ITEMS_MAX };
	uint32_t *number = ARENA_ARRAY(c->arena, uint32_t, content->users), any;
	problem why = NULL;

	if (!m->item_names) { /* numbers are themselves */
		m->items = content->users = m->items > content->users ? m->items : content->users;
		return NULL;
	}
	for (uint32_t i = 0; i < m->items && !why; i++)
		why = names_add(&names, m->item_names[i], &any);
	for (uint32_t i = 0; i < content->users && !why; i++)
		why = names_add(&names, content->user_names[i], &number[i]);
	if (why)
		return why;
	for (size_t k = 0; k < content->count; k++)
		content->user[k] = number[content->user[k]];
	m->items = content->users = (uint32_t)names.count;
	m->item_names = names_keep(c->arena, &names);
	return NULL;
}

int rec_content_load(struct command *c, struct interactions *m, struct rec_content *ret)
{
	const char *file = command_text(c, "--content");
	struct interactions *content;
	uint32_t before = m->items;
	int status;
	problem why;

	*ret = (struct rec_content){ 0 };
	if (!file)
		return command_has(c, "--prior") ? command_refuse(c, "--prior", "wants a --content") : 0;
	if (!rec_is_by(c, REC_ALS))
		return command_refuse(c, "--content", "only als makes factors of it");
	content = ARENA_NEW(c->arena, struct interactions);
	arena_defer(c->arena, free_log, content);
	status = read_content(c, file, content);
	if (status)
		return status;
	why = number_items(c, m, content);
	if (why)
		return command_problem(c, file, why);
	ret->rows = content->count;
	ret->added = m->items - before;
	ret->terms = ARENA_NEW(c->arena, struct sparse);
	sparse_of(content, NULL, PART_ANY, ret->terms);
	free(ret->terms->weight); /* a term is there or not */
	ret->terms->weight = NULL;
	arena_defer(c->arena, free_matrix, ret->terms);
	return 0;
}

void rec_say_content(const struct command *c, const struct rec_content *t, size_t filled)
{
	if (!t->terms)
		return;
	if (c->json)
		fprintf(c->out, ",\"content\":%zu,\"terms\":%u,\"items_added\":%u,\"items_from_terms\":%zu", t->rows, t->terms->columns, t->added, filled);
	else
		fprintf(c->out, "content: %zu row%s, %u term%s, %u item%s that nobody had; out of terms come the factors of %zu item%s\n", t->rows,
		        command_s(t->rows), t->terms->columns, command_s(t->terms->columns), t->added, command_s(t->added), filled, command_s(filled));
}
