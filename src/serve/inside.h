/* inside.h - what the files of this room share; nobody else may include it. */
#ifndef SERVE_INSIDE_H
#define SERVE_INSIDE_H

#include "serve/metrics.h"
#include "serve/rate.h"
#include "serve/router.h"
#include "serve/serve.h"
#include "serve/session.h"
#include "serve/workers.h"

#include <stdatomic.h>

enum {
	REPLY_HEADERS_MAX = 32,
	REPLY_BODY_MAX = 16 << 20,
	CALL_ARENA_MAX = 64 << 20,
	BODY_MAX = 64 << 10,
	WORKS_QUEUE = 32,
	STREAMS_AT_ONCE = 32,                  /* a thread each, asleep while the line is slow */
	STREAMS_QUEUE = 8,
	STOP_MS = 10000,
	RETRY_AFTER_S = 2,
};

enum work_kind { WORK_HASHES, WORK_OTHERS, WORK_STREAMS, WORK_KINDS }; /* sign-ins must not hold up gateway calls, nor the reverse */

struct site;
struct web;

struct serve {
	struct serve_options options;
	struct arena *arena;                   /* lives as long as the server */
	const struct module **modules;         /* with serve_module first */
	void **states;
	size_t module_count, started;
	struct router *router;
	struct http_server *http;
	struct workers *workers[WORK_KINDS];
	struct rates *rates;
	double rate_factor;                    /* 0: no limits */
	bool rate_factor_set;
	struct sessions *sessions;
	struct text cookie_plain, cookie_host; /* names of the session cookie over http and https */
	struct site *site;                     /* templates and messages */
	struct web *web;                       /* the built front end */
	struct text policy;                    /* Content-Security-Policy of pages */
	struct metrics *metrics;
	struct buffer openapi;
	uint64_t boot;                         /* first half of every request id */
	atomic_bool stopping;
};

struct reply {
	int status; /* 0: nothing was replied yet */
	struct header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	struct text type;
	struct buffer body;
	bool is_file;
	struct http_file file;
	struct text cache; /* Cache-Control, if the reply knows better than the route */
};

/* A request on its way. Input lives in the arena of the http request; what a handler makes lives in rq.arena, which is
 * emptied before a further run. */
struct call {
	struct request rq; /* first: a handler's request is its call */
	struct match match;
	struct reply reply;
	struct db_call db;
	struct work work;
	struct person person;             /* as found: a further run starts from it */
	void *body_kept, *asked_kept;     /* likewise */
	struct text own_origin;
	struct text path;                 /* without the language */
	struct text token;                /* of the session cookie; absent: none */
	unsigned char token_hash[SESSION_HASH];
	unsigned sessions_since;
	bool language_in_path;
	bool api;                         /* below /api/: problems are JSON */
	struct once_key *once;            /* of a route with BY_KEY */
	bool once_stored;                 /* the reply is a stored one, or is stored */
	problem outcome;                  /* for the log */
	struct { int64_t session; struct user_id person; } forget[4]; /* after the commit */
	size_t forget_count;
};

static inline struct call *call_of(struct request *rq)
{
	return (struct call *)rq;
}

/* ---- request.c: the way of a request ---- */
struct text request_id(const struct serve *serve, const struct http_request *http);
void call_take(void *self, struct http_request *http);
bool call_streams(void *self, enum method method, struct text path);
size_t call_body_limit(void *self, enum method method, struct text path);
void call_finish(struct call *call);                 /* sends the reply, whatever it is */
void call_fail(struct call *call, problem why);      /* the reply becomes the problem */

/* ---- executor.c ---- */
void execute(struct call *call);
void call_again(void *arg);                          /* before a further run: as if the handler had never run */

/* ---- reply.c ---- */
void reply_clear(struct reply *reply);
void reply_send(struct call *call);
bool reply_has(const struct reply *reply, const char *header);

/* ---- problem_reply.c ---- */
void reply_problem(struct call *call, problem why);
struct text refuse_body(void *self, const struct http_request *http, int status, const char *why, struct buffer *body);
problem refusal_of(int status);                      /* what the server itself answers with this status */
extern const struct problem route_unknown_method, too_many_requests, csrf_refused, content_type_wrong, stopping_now;

/* ---- csrf.c ---- */
MUST problem csrf_check(const struct call *call);

/* ---- limits.c ---- */
MUST problem limits_check(struct call *call);

/* ---- idempotency.c ---- */
MUST problem once_open(struct call *call);           /* reads the key and hashes the input */
MUST problem once_run(struct call *call, struct tx *tx); /* WRITES: claim, handler, store, all in tx */
MUST problem once_claim(struct tx *tx, void *call);  /* WORKS: before the handler; call->once_stored: answered already */
MUST problem once_settle(struct tx *tx, void *call); /* the reply of a handler, or of a problem below 500 */
MUST problem once_drop(struct tx *tx, void *call);   /* WORKS: the handler failed for a reason that may go away */

/* ---- security.c ---- */
void security_headers(struct call *call);

/* ---- language.c ---- */
void language_choose(struct call *call);
bool language_is_offered(const struct call *call); /* English, that is */

/* ---- compress.c: false leaves `out` alone ---- */
bool compress_brotli(struct text in, struct buffer *out);
bool compress_gzip(struct text in, struct buffer *out);

/* ---- page.c ---- */
MUST problem site_open(struct serve *serve, struct site **ret);
MUST problem problem_page(struct call *call, problem why);
MUST problem serve_app(struct request *rq);          /* handler: the shell of the signed-in application */
struct text site_policy(struct arena *arena, const struct site *site);

/* ---- serve.c ---- */
bool serve_is_ready(struct serve *serve);
void serve_metrics(struct serve *serve, struct buffer *out);

#endif
