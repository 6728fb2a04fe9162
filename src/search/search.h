/* search.h - finding works: one index per process, in memory, kept fresh from the news of the catalogue. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "catalog/catalog.h"
#include "serve/serve.h"

extern const struct problem search_not_ready; /* 503: the index is still being read in */

/* Works whose titles, tags and texts are most like this one's (BM25), the likest first; itself and what has nothing in common are left
 * out. What the index proposes may be a change behind: look each up before it is shown. None while the index is being read in. */
struct search_like {
	struct work_id work;
	double share; /* 0 to 1: of what the work has in common with itself */
};
MUST problem search_similar(const struct serve *serve, struct tx *tx, struct work_id work, size_t most, struct search_like *ret, size_t *ret_count);

/* How old what it knows of the catalogue is, in ms; -1: it is still being read in. */
int64_t search_lag_ms(const struct serve *serve);

extern const struct module search_module;

#endif
