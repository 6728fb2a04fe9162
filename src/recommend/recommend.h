/* recommend.h - works that may be wanted next, each with the reason why it stands there. The rules are in this room's README; they are
 * the same for every work, and nobody can pay for a place. */
#ifndef RECOMMEND_RECOMMEND_H
#define RECOMMEND_RECOMMEND_H

#include "catalog/catalog.h"
#include "serve/serve.h"

/* For catalog_know_part: works like the one that the page is about. */
extern const struct work_part recommend_part;
extern const struct privacy_part recommend_privacy;
/* Behind search_module and event_module. */
extern const struct module recommend_module;

#endif
