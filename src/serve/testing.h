/* testing.h - a real server over a fresh database, and visitors who speak to it, for tests of rooms. */
#ifndef SERVE_TESTING_H
#define SERVE_TESTING_H

#include "db/testing.h"
#include "serve/serve.h"

struct house {
	struct world *world;
	struct db *db;
	struct serve *serve;
	struct serve_options options; /* of the start: may be changed before house_start */
	char folder[256];             /* for data; it goes with the house */
	char web[260];                /* in it: the messages of web/src/locales, so that pages are tested with their words */
};

/* A database with all migrations and `more`, a world that stands still; nothing serves yet. */
void house_open(struct house *house, const struct migration *more, size_t n);
void house_start(struct house *house, const struct module *const *modules, const struct session_source *sessions);
void house_close(struct house *house);

/* One browser: keeps the session cookie and says where its requests come from, as browsers do. */
struct visitor {
	struct house *house;
	struct arena *arena;
	struct http_answer answer; /* to the last request */
	char session[256];
	const char *key;           /* Idempotency-Key of the next request; NULL: none */
	bool foreign;              /* no Sec-Fetch-Site: not a browser */
	struct header more[8];     /* sent with each request */
	size_t more_count;
};
void visitor_open(struct visitor *visitor, struct house *house);
void visitor_close(struct visitor *visitor);
/* Signed in without account, where the house knows testing_sessions: a person by number, with these roles and LEARNER; 0: nobody. */
struct visitor visitor_of(struct house *house, int64_t person, unsigned roles);
extern const struct session_source testing_sessions;
/* The status; 0: no answer. body NULL: none. */
int visit(struct visitor *visitor, enum method method, const char *path, const char *body);
/* The answer's body is JSON: its value at "a.b.0.c"; NULL: there is none. Lives until the next visit. */
const json_t *answer_at(const struct visitor *visitor, const char *path);
bool answer_is_problem(const struct visitor *visitor, const char *type);
struct text answer_header(const struct visitor *visitor, const char *name);

#endif
