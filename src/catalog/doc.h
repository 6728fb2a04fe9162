/* doc.h - document JSON (the editor's tree of blocks and marks) to HTML, by a whitelist: what is not named here does not come
 * out. Classes: web/README.md. */
#ifndef CATALOG_DOC_H
#define CATALOG_DOC_H

#include "media/media.h"
#include "serve/serve.h"

enum { DOC_DEPTH_MAX = 32, DOC_HTML_MAX = 4 * 1024 * 1024 };

struct doc_view {
	const struct request *rq;  /* messages in its language */
	struct text work_url;      /* links to lessons of the same work begin with it */
	const struct media_item *media; /* recordings and files that may be shown; of the others stands the title */
	size_t media_count;
};
/* problem_malformed when it is no document; the HTML lives in the request's arena. */
MUST problem doc_to_html(const struct doc_view *view, struct text doc, struct text *ret);
/* http(s), mailto, a path of our own or a place on the page: nothing that runs. */
bool doc_address_is_safe(struct text href);

#endif
