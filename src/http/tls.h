/* tls.h - TLS between the bytes on the wire and those of HTTP, over OpenSSL. The inside of the room.
 *
 * OpenSSL never sees a socket. In the loop the wire is a bufferevent: its input is decoded into `plain`, and what is encoded goes
 * out at once or joins its output, so ends, limits and stalled readers are the connection's business as they are without TLS.
 * While a worker reads a streamed body the wire is lent to it: its own descriptor, and what the loop had read ahead. One thread
 * at a time touches it; it is held by its connection and, meanwhile, by the exchange. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <openssl/ssl.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "http/http.h"

/* ---- certificate.c: the files, and what new connections are opened with ---- */

struct certificate_files {
	const char *chain, *key;
};

struct credentials {
	X509 *leaf;
	STACK_OF(X509) *chain; /* without the leaf */
	EVP_PKEY *key;
	int64_t from_ms, until_ms;
};
MUST problem credentials_read(const struct certificate_files *files, struct credentials *ret);
void credentials_free(struct credentials *credentials);
/* With ticket keys of its own. NULL: OpenSSL does not take them, as when the key is too short. */
SSL_CTX *credentials_context(const struct credentials *credentials);

struct tls_server;
MUST problem tls_server_open(const struct http_server_options *options, struct tls_server **ret); /* NULL: plain http */
void tls_server_close(struct tls_server *server);                                                  /* NULL is fine */
MUST problem tls_server_renew(struct tls_server *server, bool *ret_changed);
int64_t tls_server_until_ms(struct tls_server *server);
SSL *tls_server_accept(struct tls_server *server);

/* ---- tls.c: one connection ---- */

struct tls;
struct tls *tls_open(struct tls_server *server, struct bufferevent *wire);
void tls_hold(struct tls *tls); /* one more holder */
void tls_close(struct tls *tls); /* one holder fewer; NULL is fine */

enum tls_found {
	TLS_MORE = 1, /* everything that came is decoded */
	TLS_FULL,     /* `most` bytes are there, and there may be more */
	TLS_ENDED,    /* the peer has said that it sends nothing more */
	TLS_BROKEN,   /* no handshake with this peer, or bytes changed on their way */
	TLS_FOREIGN,  /* the first byte was none of a handshake's: it stands in the wire still */
};
struct evbuffer *tls_plain(const struct tls *tls);
enum tls_found tls_fill(struct tls *tls, size_t most);
bool tls_send(struct tls *tls, struct text head, struct text body); /* false: the wire is broken */
void tls_end(struct tls *tls);                                      /* says, if it can, that we send nothing more */

void tls_lend(struct tls *tls, int fd); /* to the worker */
void tls_take_back(struct tls *tls, struct bufferevent *wire);
ssize_t tls_receive(struct tls *tls, void *at, size_t room); /* as recv: 0 at the end, -1 with errno */

#endif
