/* embedded.h - every room's migrations, in the order of the layers, as the build packs them into the program. */
#ifndef DB_EMBEDDED_H
#define DB_EMBEDDED_H

#include "db/db.h"

extern const struct migration migrations_all[];
extern const size_t migrations_all_count;

#endif
