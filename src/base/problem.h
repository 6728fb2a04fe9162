/* problem.h - why a thing cannot be done: a pointer to a constant, NULL when it was done (RFC 9457).
 * It lives with its domain and compares by address. Nothing else is an error channel; bugs are asserted. */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

struct problem {
	int status;         /* HTTP */
	const char *type;   /* stable, machine-readable, kebab-case */
	const char *title;  /* plain English; the screens translate by type */
};

typedef const struct problem *problem;

#define MUST __attribute__((warn_unused_result))

extern const struct problem problem_invalid;     /* 422: fields are wrong; details name their paths */
extern const struct problem problem_malformed;   /* 400: not JSON, not UTF-8, too deep */
extern const struct problem problem_not_found;   /* 404 */
extern const struct problem problem_forbidden;   /* 403 */
extern const struct problem problem_conflict;    /* 409 */
extern const struct problem problem_too_large;   /* 413 */
extern const struct problem problem_busy;        /* 503: a queue is full, try again */
extern const struct problem problem_unknown;     /* 500: it may or may not have been done */
extern const struct problem problem_internal;    /* 500: it was not done */

#endif
