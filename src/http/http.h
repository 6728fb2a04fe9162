/* http.h - bytes and headers: server, reply, client. Knows no word of the domain.
 *
 * Server: libevent (bufferevent) for sockets, llhttp for the grammar, a strict pre-scan before it, ours the connection
 * state machine. One loop thread per core with SO_REUSEPORT. A request is given to `serve` on its loop thread once its body
 * is complete; it is answered once, from any thread, by http_reply*. Pipelined requests are handled one at a time. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/problem.h"
#include "base/text.h"

enum method { METHOD_NONE, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS };

struct header {
	struct text name, value; /* names as they came; compare with text_eq_nocase */
};

struct http_request {
	enum method method;
	struct text target;             /* as sent: path and query, percent-encoding untouched */
	struct text path;               /* decoded once (so %2F is a slash), no dot segments or control characters, UTF-8; "*" for OPTIONS * */
	struct text query;              /* behind '?', raw; absent when there is no '?' */
	const struct header *headers;
	size_t header_count;
	struct text body;
	int64_t body_length;            /* of a streamed body: http_body_read gives it piece by piece, and `body` is empty */
	struct text peer;               /* address of the client, after trusted proxies; no port */
	struct text host, scheme;       /* host: empty only for HTTP/1.0; scheme "https" under TLS, or as a trusted proxy says */
	int64_t started_us;             /* monotonic */
	int64_t work_us;                /* from `serve` until its answer was ready; < 0: not yet, never, or a streamed body, whose sender takes its time */
	uint64_t number;                /* of this process: the request id is built from it */
	struct arena *arena;            /* lives until the reply is written and released */
	void *mine;                     /* the handler's own */
};

struct http_limits {
	size_t header_bytes;            /* 0: 16 KiB */
	size_t headers;                 /* 0: 100 */
	size_t target_bytes;            /* 0: 8 KiB */
	size_t connections;             /* 0: 10000 */
	size_t connections_per_peer;    /* 0: 512; loopback and trusted proxies are not counted */
	/* Whole header, whole body, between requests, a stalled reader; 0: 10000, 30000, 60000, 30000. A body may take longer
	 * while 16 KiB of it come each second; a reader, while it reads anything. */
	int header_ms, body_ms, idle_ms, write_ms;
};

struct http_server_options {
	struct text address;            /* "127.0.0.1", "::", ... */
	int port;                       /* 0: any free one */
	int loops;                      /* 0: as many as cores */
	struct http_limits limits;
	const struct text *trusted_proxies; /* addresses or CIDR blocks whose X-Forwarded-For/-Proto are believed */
	size_t trusted_proxy_count;
	/* https: PEM files of the certificate with its chain, and of its key (mode 0600). Both absent: plain http. */
	struct text certificate_file, key_file;
	/* Bytes of body allowed for this method and path, asked once the header is complete; larger is 413 before reading. */
	size_t (*body_limit)(void *self, enum method method, struct text path);
	/* Is the body of such a request streamed? Then `serve` is called with the head alone; without a length it is 411. May be NULL. */
	bool (*streams)(void *self, enum method method, struct text path);
	void (*serve)(void *self, struct http_request *rq);
	/* A request that never reached `serve` (bad grammar, too large, timed out): makes the body of the answer and returns its
	 * content type; of `rq` only the number and the peer are sure to be there. May be NULL. */
	struct text (*refuse)(void *self, const struct http_request *rq, int status, const char *why, struct buffer *body);
	/* After the last byte of an answer was handed to the socket (or the client left), refused requests included: for the
	 * access log. On the loop's thread. May be NULL. */
	void (*done)(void *self, const struct http_request *rq, int status, size_t bytes_sent, int64_t microseconds);
	void *self;
};

struct http_server;
MUST problem http_server_start(const struct http_server_options *options, struct http_server **ret);
int http_server_port(const struct http_server *server);
/* Accepts nothing new, finishes what runs (at most `wait_ms`), closes idle connections, joins the threads. A handler that
 * still runs then may answer later: into nothing. Not from a loop's thread; NULL is fine. */
void http_server_stop(struct http_server *server, int wait_ms);
size_t http_server_connections(const struct http_server *server);
/* Looks at the files of the certificate: new connections get what was renewed, and twice a day another key for session tickets.
 * What is wrong with new files is told once; the old certificate stays. From one thread at a time. */
MUST problem http_server_renew(struct http_server *server, bool *ret_changed);
/* When the certificate in use ends (UTC); false: plain http. From any thread. */
bool http_server_certificate(const struct http_server *server, int64_t *ret_until_ms);
extern const struct problem tls_one_of_two, tls_certificate_unreadable, tls_certificate_expired, tls_certificate_early, tls_certificate_weak,
	tls_key_open, tls_key_unreadable, tls_key_other; /* 500 each, and names the setting */
extern const struct problem http_address_in_use; /* 500 */
extern const struct problem http_address_wrong;  /* 500: not an address of this machine, or a trusted proxy that is no CIDR block */

struct text http_header(const struct http_request *rq, const char *name); /* absent when not there; the first if several */
struct text http_cookie(const struct http_request *rq, const char *name);

/* The next bytes of a streamed body, at most `room`; *ret_n is 0 at its end. Blocks: from one worker at a time, before the answer.
 * What is left unread when the answer goes costs the connection. */
MUST problem http_body_read(struct http_request *rq, void *at, size_t room, size_t *ret_n);
extern const struct problem http_body_cut; /* 400: the client is gone, too slow, or the server stops */

/* Answers. Exactly one call per request, from any thread; headers and body are copied or taken before it returns, and rq is
 * not to be touched any more.
 * Content-Length, Date, Connection, and for HEAD the missing body, are the server's business. */
struct http_reply {
	int status;
	const struct header *headers;
	size_t header_count;
	struct text body;
};
void http_reply(struct http_request *rq, const struct http_reply *reply);
/* A file or a part of it: answers Range (one range, If-Range), 206, 416, If-None-Match and If-Modified-Since by itself from
 * `etag` and `modified_s`; sendfile. Takes fd over. */
struct http_file {
	int fd;
	int64_t size, modified_s;
	struct text etag; /* quoted */
	const struct header *headers;
	size_t header_count;
	/* Told on the loop thread each second while a body goes out, and when it is over, whole or cut: so many more bytes from there on
	 * went out, or none. False: the rest is not to go, and the connection ends. `arg` in rq's arena lives till then. The kernel is
	 * given little ahead of such a body. */
	bool (*sent)(void *arg, int64_t at, int64_t length);
	void *arg;
};
void http_reply_file(struct http_request *rq, const struct http_file *file);
/* Runs fn(arg) soon on the loop thread of this request, which must not have been answered yet. */
void http_on_loop(struct http_request *rq, void (*fn)(void *arg), void *arg);

/* Percent-decoding of one component into the arena; '+' is a blank only if `form`. False: bad escape, NUL, not UTF-8. */
bool http_decode(struct arena *arena, struct text encoded, bool form, struct text *ret);
void http_encode(struct buffer *out, struct text raw); /* all but unreserved */
/* IMF-fixdate both ways. */
struct text http_date(struct arena *arena, int64_t seconds);
bool http_date_read(struct text t, int64_t *ret_seconds);
/* Is the encoding acceptable with q > 0 by this Accept-Encoding value? */
bool http_accepts(struct text accept_encoding, const char *coding);

/* Client (libcurl), blocking: from workers and jobs only. Redirects are off, certificates are checked, the whole answer is
 * in memory up to a limit. */
struct http_call {
	enum method method;
	struct text url;
	const struct header *headers;
	size_t header_count;
	struct text body;               /* absent: none */
	int connect_ms, total_ms;       /* 0: 3000, 10000 */
	size_t answer_max;              /* 0: 1 MiB */
	bool plain_http_on_loopback;    /* else only https is called */
};
struct http_answer {
	int status;
	struct header *headers;
	size_t header_count;
	struct text body;
};
extern const struct problem http_unreachable;   /* 502: no connection: the call did not reach anybody */
extern const struct problem http_unanswered;    /* 504: sent, but the answer is missing or cut: unknown */
extern const struct problem http_answer_large;  /* 502 */
extern const struct problem http_refused_url;   /* 500: scheme or host not allowed */
MUST problem http_call(struct arena *arena, const struct http_call *call, struct http_answer *ret);
struct text http_answer_header(const struct http_answer *answer, const char *name);
/* "localhost", 127.0.0.0/8, "::1" (with or without brackets): this machine, where bytes need no cover. */
bool http_is_loopback(struct text host);

#endif
