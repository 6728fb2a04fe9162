/* search.h - finding works: one index per process, in memory, kept fresh from the news of the catalogue. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "catalog/catalog.h"
#include "serve/serve.h"

extern const struct problem search_not_ready; /* 503: the index is still being read in */

extern const struct module search_module;

#endif
