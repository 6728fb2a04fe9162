/* pages.h - the public pages of this room; between its files only. */
#ifndef CATALOG_PAGES_H
#define CATALOG_PAGES_H

#include "serve/serve.h"

MUST problem page_home(struct request *rq);
MUST problem page_list(struct request *rq);
MUST problem page_work(struct request *rq);
MUST problem page_lesson(struct request *rq);
MUST problem page_author(struct request *rq);
MUST problem page_help(struct request *rq);
MUST problem page_terms(struct request *rq);
MUST problem page_privacy(struct request *rq);
MUST problem page_refund_policy(struct request *rq);
extern const struct shape legal_templates_shape;
MUST problem serve_legal_templates(struct request *rq);
MUST problem serve_sitemap(struct request *rq);
MUST problem serve_robots(struct request *rq);

#endif
