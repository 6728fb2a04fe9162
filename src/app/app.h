/* app.h - what only the program as a whole knows: the table of modules, and who listens to which news. */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/config.h"
#include "serve/serve.h"

extern const struct module *const app_modules[];    /* ends with NULL */
extern const struct news_job app_news[];            /* ends with { 0 } */

/* Opens the database that the configuration names, migrated. */
MUST problem app_open_db(const struct config *config, struct world *world, struct db **ret);
/* Makes an empty site: database, keys, and the mode that it keeps. What is there already stays. */
MUST problem app_begin(const struct config *config, struct world *world);
/* Serves until SIGINT or SIGTERM, with a configuration that has passed config_check. */
MUST problem app_serve(const struct config *config, struct world *world);

#endif
