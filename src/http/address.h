/* address.h - who is at the other end: addresses of both families, blocks of them, what trusted proxies say, and how
 * many connections each one holds. */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "http/http.h"

/* IPv4 as ::ffff:a.b.c.d */
struct address {
	uint8_t bytes[16];
};

struct block {
	struct address address;
	int bits;
};

enum { ADDRESS_TEXT_MAX = INET6_ADDRSTRLEN };

struct address address_of(const struct sockaddr *socket);
bool address_read(struct text t, struct address *ret);        /* numbers only; no port */
struct text address_write(struct address address, char *out); /* out holds ADDRESS_TEXT_MAX */
bool address_is_loopback(struct address address);
bool address_to_socket(struct address address, int port, struct sockaddr_storage *ret, socklen_t *ret_length);

bool block_read(struct text t, struct block *ret); /* "10.0.0.0/8", "::1" */
bool block_has(struct block block, struct address address);

struct trusted {
	struct block *blocks;
	size_t count;
};

bool trusted_has(const struct trusted *trusted, struct address address);
/* The rightmost address that no trusted proxy vouches for: walks X-Forwarded-For from its end, starting at the socket's
 * peer, and stops at the first that is not trusted or not readable. */
struct address trusted_peer(const struct trusted *trusted, const struct http_request *rq, struct address peer);

/* Connections of each address (IPv6: each /64), at most `most`. Safe from any thread. */
struct peers;
struct peers *peers_new(size_t most);
void peers_free(struct peers *peers);
bool peers_enter(struct peers *peers, struct address address);
void peers_leave(struct peers *peers, struct address address);

#endif
