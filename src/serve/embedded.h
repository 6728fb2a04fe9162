/* embedded.h - the page templates of every room, as the build packs them into the program. */
#ifndef SERVE_EMBEDDED_H
#define SERVE_EMBEDDED_H

#include "serve/serve.h"

extern const struct template_file templates_all[];
extern const size_t templates_all_count;

#endif
