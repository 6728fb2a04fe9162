/* embedded.h - what the build packs into the program: every room's migrations, in the order of the layers, and page templates. */
#ifndef SERVE_EMBEDDED_H
#define SERVE_EMBEDDED_H

#include "serve/serve.h"

extern const struct migration migrations_all[];
extern const size_t migrations_all_count;
extern const struct template_file templates_all[];
extern const size_t templates_all_count;

#endif
