/* view.h - one published state of the index: what a reader holds. Nothing in it changes. */
#ifndef SEARCH_VIEW_H
#define SEARCH_VIEW_H

#include "search/segment.h"

/* Which documents of a segment are there no more; shared by the views between two changes. */
struct dead {
	unsigned holders; /* counted by the writer alone */
	uint32_t count;
	uint64_t bits[];
};

struct part {
	struct segment *segment;
	struct dead *dead; /* NULL: none is */
	bool busy;         /* the writer's: a merge has it */
};

struct category {
	struct text slug, name;
};

enum { PARTS_MAX = 64 };
struct view {
	struct part parts[PARTS_MAX];
	size_t part_count;
	uint64_t docs;                     /* the living */
	const struct category *categories; /* by number; 0 is none */
	size_t category_count;
	struct view *next; /* the writer's: put aside until no reader holds it */
};

struct scratch; /* rank.c: memory for one query, kept by a reader's place */
void scratch_free(struct scratch *scratch);
const struct view *reader_view(const struct index_reader *reader);
struct scratch **reader_scratch(struct index_reader *reader);

#endif
