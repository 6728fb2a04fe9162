/* triples_command.c - a graph as the commands of `zhifang rec` are given one: a table, or lines of numbers. */
#include <stdio.h>

#include "rec/command_parts.h"
#include "rec/graph.h"

static void free_triples(void *triples) { triples_free(triples); }

int rec_triples_load(struct command *c, const struct rec_triples *of, struct triples *ret)
{
	char called[96];
	struct interactions_place where;
	struct text bytes;
	int status = command_bytes(c, of->file, INTERACTION_BYTES_MAX, &bytes);
	problem why;

	if (status)
		return status;
	why = of->numbers ? triples_read(bytes, ret, &where) : triples_read_table(c->arena, bytes, of->names, of->things, ret, &where);
	if (why) {
		snprintf(called, sizeof called, " Those of a graph are item, relation and thing%s.", of->or_else);
		return rec_problem(c, of->file, &where, why, called);
	}
	arena_defer(c->arena, free_triples, ret);
	return 0;
}
