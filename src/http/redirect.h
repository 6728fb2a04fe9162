/* redirect.h - plain http beside https: sends people to the right address, and shows an authority of certificates what it asks
 * for (HTTP-01 of RFC 8555, as `certbot --webroot` writes it). */
#ifndef HTTP_REDIRECT_H
#define HTTP_REDIRECT_H

#include "http/http.h"

struct http_redirect_options {
	struct text address;
	int port;
	struct text origin;        /* "https://example.com"; absent: the host that was asked for, at https_port */
	int https_port;
	struct text acme_folder;   /* the web root that was told to certbot; absent: none */
};
struct http_redirect;
MUST problem http_redirect_start(const struct http_redirect_options *options, struct http_redirect **ret);
int http_redirect_port(const struct http_redirect *redirect);
void http_redirect_stop(struct http_redirect *redirect); /* NULL is fine */

#endif
