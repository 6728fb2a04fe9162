/* marks.h - where in a text, as it is shown, the query was found. */
#ifndef SEARCH_MARKS_H
#define SEARCH_MARKS_H

#include "search/likeness.h"

/* In order, apart from one another, in code points of t. */
struct index_marks marks_of(struct arena *arena, const struct plan *plan, const struct sieve *sieve, struct text t);

#endif
