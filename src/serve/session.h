/* session.h - who is asking: remembers for a few seconds what the session source found, so that most requests need no row.
 * A change is seen at once in this process (serve_forget_session), after SESSION_LIFE_MS in the others. */
#ifndef SERVE_SESSION_H
#define SERVE_SESSION_H

#include "serve/serve.h"

enum { SESSION_LIFE_MS = 5000, SESSION_HASH = 16, SESSION_NAME_MAX = 192 };

struct sessions;

struct sessions *sessions_new(const unsigned char seed[16]);
void sessions_free(struct sessions *sessions); /* NULL is fine */
/* SipHash of 128 bits under the seed, which nobody knows: it is asked for at each request, and leaves the process nowhere. */
void session_hash(const struct sessions *sessions, struct text token, unsigned char ret[SESSION_HASH]);
/* The name is copied into the arena. */
bool sessions_find(struct sessions *sessions, const unsigned char hash[SESSION_HASH], int64_t now_us, struct arena *arena,
                   struct person *ret);
/* `since` is what sessions_version said before the row was read: nothing is kept if anything was forgotten meanwhile. */
unsigned sessions_version(const struct sessions *sessions);
void sessions_keep(struct sessions *sessions, const unsigned char hash[SESSION_HASH], int64_t now_us, unsigned since,
                   const struct person *person);
void sessions_forget(struct sessions *sessions, int64_t session, struct user_id person); /* either; 0: not this one */

#endif
