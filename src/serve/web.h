/* web.h - the built front end (web/dist): files with hashed names, precompressed by the build, and which of them the pages
 * name. Without a folder there are no files, and the pages name addresses that answer 404. */
#ifndef SERVE_WEB_H
#define SERVE_WEB_H

#include "serve/inside.h"

struct web_assets {
	struct text css, js, dress, icons, favicon, app_css, app_js; /* dress: of a shop with a look of its own */
};

extern const struct shape web_assets_shape;

MUST problem web_open(struct serve *serve, struct web **ret);
void web_close(struct web *web); /* NULL is fine */
const struct web_assets *web_assets(const struct web *web);
bool web_reply(struct call *call);          /* a file; false: there is none of this name */

#endif
