/* serve.h - a request between the socket and a rule: who may, limits, idempotency, executor, problems, pages, OpenAPI.
 * A route table is the contract; a room adds one and gets all of it. Handlers are straight-line code. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/shape.h"
#include "db/db.h"
#include "http/http.h"

struct serve;
struct request;
struct module;

enum runs {
	READS = 1, /* SQLite: on the loop thread, own read connection; PostgreSQL: on the pool. rq->tx is there. */
	WRITES,    /* on the writer thread, group commit; PostgreSQL: SERIALIZABLE on the pool. rq->tx is there; may run twice. */
	WORKS,     /* bounded pool of workers, no transaction; its truth goes through request_write. Full: 503, Retry-After. */
	STREAMS,   /* WORKS on a pool of its own, for uploads: the body is read piece by piece with http_body_read(rq->http, ...) */
	KNOWS,     /* on the loop thread, no transaction: answers from what is in memory, quickly */
};

/* Who may: a set. A signed-in person has LEARNER and the roles granted. */
enum who {
	ANYBODY = 1 << 0, /* signed in or not */
	LEARNER = 1 << 1, CREATOR = 1 << 2, MODERATOR = 1 << 3, FINANCE = 1 << 4, ANALYST = 1 << 5, ADMIN = 1 << 6,
	SIGNED = 1 << 7,  /* by a signature that the handler checks (gateway notifications): no session, no CSRF */
};

enum once { ONCE_NOT, BY_KEY /* Idempotency-Key is required; same key, same input: the stored answer; other input: 422; running: 409 */ };

enum limit { LIMIT_NORMAL, LIMIT_SIGN_IN /* 10 a minute an address */, LIMIT_SEARCH, LIMIT_NONE,
             LIMIT_CODE /* 6 a minute an address, 20 at once: each may cost the owner a message */,
             LIMIT_EVENT /* one batch a second, 60 at once */,
             LIMIT_VOUCHER /* 10 a minute an address, 20 at once: what is typed from a card, and might be guessed */,
             LIMIT_PICTURE /* one a second, 40 at once: each may have to be drawn */ };

struct route {
	enum method method;
	const char *path;              /* "/api/works/{id}/lessons/{key*}": {x} one segment, {x*} the rest with slashes */
	problem (*serve)(struct request *rq);
	enum runs runs;
	unsigned who;
	const struct shape *takes;     /* body; decoded into rq->body before the handler */
	const struct shape *asks;      /* query string; decoded into rq->asked */
	const struct shape *gives;     /* body of the 2xx answer */
	const char *says;
	enum once once;
	enum limit limit;
	size_t body_max;               /* 0: 64 KiB; STREAMS: the handler's business */
	bool page;                     /* HTML: a problem is rendered as a page, in the visitor's language */
	bool raw;                      /* the body is not JSON: rq->http->body as it came */
	const void *defaults;          /* struct that rq->asked starts from; NULL: zeroes */
};

struct person {
	struct user_id id;             /* 0: nobody */
	unsigned roles;                /* set of enum who; ANYBODY always */
	struct text name;
	int64_t session;               /* row of the session */
	bool fresh;                    /* signed in within the last 15 minutes */
	bool stale;                    /* the row should be told that it is in use: session_source.touch is called */
};

extern const struct problem sign_in_required;   /* 401: the route is for somebody, and nobody is signed in */
extern const struct problem idempotency_key_wrong; /* 400: missing, or not 1 to 64 visible characters */
extern const struct problem idempotency_mismatch;  /* 422: the key was used with other input */
extern const struct problem idempotency_running;   /* 409: the same request is still running */

struct request {
	struct serve *serve;
	struct http_request *http;
	struct arena *arena;
	struct tx *tx;                 /* READS, WRITES */
	const struct route *route;
	struct person who;
	void *body, *asked;            /* structs of route->takes and ->asks */
	struct text language;          /* "zh-CN" or "en": by the address (/en/...), else cookie, else Accept-Language */
	struct text id;                /* request id, as in the log and in problems */
	/* what varies about a problem; goes into the answer if the handler returns one */
	struct field_errors errors;
	struct text detail;
};

/* ---- what a handler uses ---- */

struct text path_text(const struct request *rq, const char *name);
MUST problem path_id(const struct request *rq, const char *name, int64_t *ret); /* problem_not_found unless a positive integer */
MUST problem reply(struct request *rq, int status, const struct shape *gives, const void *body); /* so: return reply(...) */
/* Counts it as one of that kind too: where it depends on what the body brings. 429: not for now. */
MUST problem request_take(struct request *rq, enum limit limit);
MUST problem reply_none(struct request *rq, int status);  /* 204 */
MUST problem reply_bytes(struct request *rq, int status, struct text content_type, struct text bytes);
/* An open file (images, downloads): ranges and 304 are handled; fd is taken over. */
MUST problem reply_file(struct request *rq, int fd, int64_t size, int64_t modified_s, struct text etag, struct text content_type);
/* After reply_file: `sent` is told on a loop thread how many bytes from where on went out, each second and once that is over; false cuts
 * it. `arg` lives as long as the arena of rq->http at the least. */
void reply_file_tell(struct request *rq, bool (*sent)(void *arg, int64_t at, int64_t length), void *arg);
/* One path of unit squares, the quiet zone around them; how many units a side has. False: too long a text. */
MUST bool qr_path(struct buffer *out, struct text code, int *ret_side);
MUST problem reply_qr(struct request *rq, struct text code); /* a QR code, as SVG */
MUST problem reply_redirect(struct request *rq, int status, struct text location); /* own paths only */
/* To somebody else's page: an https address of ours to say (over http in a sandbox), never one that a visitor gave. */
MUST problem reply_redirect_out(struct request *rq, int status, struct text location);
void reply_header(struct request *rq, const char *name, struct text value);
void reply_cookie(struct request *rq, const char *name, struct text value, int64_t max_age_s); /* HttpOnly, SameSite=Lax; __Host- and Secure under TLS */
/* Fails one field: adds to rq->errors and returns problem_invalid. */
MUST problem field_wrong(struct request *rq, struct text path, const char *why);
/* From a WORKS or STREAMS handler: a durable transaction; fn gets arg. */
MUST problem request_write(struct request *rq, tx_fn fn, void *arg);
MUST problem request_read(struct request *rq, tx_fn fn, void *arg);
struct text request_site_name(const struct request *rq); /* of the shop, in the request's language; in its arena */
struct text request_origin(const struct request *rq); /* "https://host": configured, else from the request */

/* Pages: a Mustache template "room/name" with the struct's shape; layout and messages around it. See serve/page.h. */
struct page {
	const char *view;                 /* "catalog/work" */
	struct text title, description;   /* of the document */
	struct text path;                 /* canonical, without language prefix: "/course/x" */
	struct text json_ld;              /* JSON or absent */
	const char *type;                 /* of Open Graph: "product", "article"; NULL: "website" */
	struct text image;                /* for who shares the link: absolute path of a JPEG of 1200 x 630, or absent */
	struct text price;                /* of a product: "199.00"; absent: it has none */
	bool no_index;
	bool translated;                  /* there is a page of the same path in the other language */
	int64_t max_age_s;
};
struct view_body {
	const struct shape *shape;
	const void *at;
};
MUST problem reply_page(struct request *rq, int status, const struct page *page, const struct shape *shape, const void *body);
/* The template alone, without a layout, in either language: a text to send or to go on with. What it shows is escaped as in a page. */
MUST problem render_text(struct request *rq, struct text language, const char *view, struct view_body body, struct text *ret);
/* A message of web/src/locales in the request's language; the key itself where there is none. */
struct text say(const struct request *rq, const char *key);
/* What is remembered about a session (a row's id), or about all sessions of a person, is dropped once this request has
 * committed: after signing out, a change of roles, of the name, of the password. */
void reply_forget_session(struct request *rq, int64_t session);
void reply_forget_person(struct request *rq, struct user_id person);
/* What reply_cookie gave this browser; absent without it. */
struct text request_cookie(const struct request *rq, const char *name);
/* The value of the session cookie, for account; absent without one. */
struct text request_session_token(const struct request *rq);

/* ---- modules ---- */

struct template_file {
	const char *name, *text; /* "catalog/work", contents of pages/work.html */
};

struct module {
	const char *name;
	const struct route *routes;            /* ends with { 0 } */
	const struct job_kind *jobs;           /* ends with { 0 } */
	/* Opens what the room keeps in memory; *ret_state is found again by module_state. May be NULL. */
	problem (*start)(struct serve *serve, void **ret_state);
	void (*stop)(void *state);
	bool (*ready)(void *state);            /* for /readyz; NULL: always */
	void (*metrics)(void *state, struct buffer *out); /* Prometheus text; may be NULL */
};
bool serve_has(const struct serve *serve, const struct module *module); /* was it given to serve_start? */
void *module_state(const struct serve *serve, const struct module *module);
/* This room's own routes (/healthz, /readyz, /metrics, /api/openapi.json) and jobs; serve_start puts it before all others,
 * so tables of modules need not name it, except to find its jobs. */
extern const struct module serve_module;

/* ---- starting ---- */

/* Session lookup, given by account: fills *ret from the cookie's token; leaves it when there is none. Runs in rq->tx's database. */
struct session_source {
	problem (*find)(struct tx *tx, struct text token, int64_t now_ms, struct person *ret);
	/* In a write of its own, for a person found stale; may be NULL. */
	problem (*touch)(struct tx *tx, int64_t session, int64_t now_ms);
	const char *cookie; /* "session": under TLS the name gets the prefix __Host- */
};

/* What stands around every page, in one language; given by the room that keeps the owner's settings. Texts may be absent. */
struct site_link {
	struct text title, url;
};
struct site_banner {
	struct text title, text, url, image;
};
struct site_face {
	struct text name, slogan, logo, accent; /* logo: path of an image; accent: a name of the style sheet */
	struct text icp, police, police_url, company, mail, phone;
	struct text notice, notice_url;
	struct site_link *nav, *footer;
	size_t nav_count, footer_count;
	struct site_banner *banners;
	size_t banner_count;
	bool english;                          /* pages are offered in English too */
	bool ownerless;                        /* nobody owns it yet: the home page leads to /setup */
};

struct serve_options {
	struct db *db;
	struct world *world;
	const struct module *const *modules;   /* ends with NULL */
	const struct session_source *sessions;
	struct text address;
	int port, loops, workers;
	struct text origin;                    /* public address, absent: from the request */
	struct text data_folder;               /* for blobs etc.: rooms ask serve_data_folder */
	struct text web_folder;                /* built front end: assets, manifest, index.html, locales */
	bool sandbox;                          /* banner, cookie without prefix over plain http */
	struct text sandbox_url;               /* where the banner leads; may be absent */
	const struct text *trusted_proxies;
	size_t trusted_proxy_count;
	struct text certificate_file, key_file; /* https by these; absent: plain http */
	struct text site_name;                 /* where no room gives a face */
	/* From memory, on any thread, in the arena; NULL: only site_name. */
	void (*face)(const struct serve *serve, struct text language, struct arena *arena, struct site_face *ret);
	bool (*speaks_english)(const struct serve *serve); /* false: no page is English, /en/... leads to the Chinese one; NULL: always */
	/* "key" -> value of the configuration, for rooms ("wechat.mchid"); absent when not set */
	struct text (*setting)(void *self, const char *key);
	void *self;
	bool quiet;                            /* no access log (tests) */
};
MUST problem serve_start(const struct serve_options *options, struct serve **ret);
int serve_port(const struct serve *serve);
/* When the certificate of https ends (UTC); false: plain http, or nothing is served yet. */
bool serve_certificate(const struct serve *serve, int64_t *ret_until_ms);
MUST problem serve_renew_certificate(struct serve *serve, bool *ret_changed); /* as http_server_renew */
void serve_stop(struct serve *serve); /* accepts nothing new, finishes what runs; NULL is fine */
/* From outside a request (jobs, command line): as reply_forget_session and reply_forget_person. */
void serve_forget(struct serve *serve, int64_t session, struct user_id person);
struct db *serve_db(const struct serve *serve);
struct world *serve_world(const struct serve *serve);
struct text serve_data_folder(const struct serve *serve);
struct text serve_setting(const struct serve *serve, const char *key);
struct text serve_origin(const struct serve *serve);
bool serve_sandbox(const struct serve *serve);
/* As say(), for what is written outside of a request. */
struct text serve_message(const struct serve *serve, struct text language, const char *key);
struct text serve_site_name(const struct serve *serve); /* where no room gives one */
/* OpenAPI 3.1 of all route tables; also `zhifang openapi`. */
void serve_openapi(const struct module *const *modules, struct buffer *out);

#endif
