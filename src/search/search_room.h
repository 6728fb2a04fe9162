/* search_room.h - between search.c and search_http.c only. */
#ifndef SEARCH_SEARCH_ROOM_H
#define SEARCH_SEARCH_ROOM_H

#include "search/index.h"
#include "search/search.h"

struct search;

/* NULL while the index is being read in. */
struct index *search__index(const struct serve *serve);
extern const struct route search_routes[];

#endif
