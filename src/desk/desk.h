/* desk.h - looking after people: search, a learner's page, access by hand, bans. */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "serve/serve.h"

extern const struct module desk_module, desk_import_module;

#endif
