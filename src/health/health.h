/* health.h - is the shop well, and if not, what is to be done: one list of verdicts from what the rooms below know, for an owner who
 * is no programmer. It keeps nothing of its own. */
#ifndef HEALTH_HEALTH_H
#define HEALTH_HEALTH_H

#include "serve/serve.h"

/* look: it goes on, and somebody should see why. act: something is lost, or soon will be, unless somebody does something. */
#define HEALTH_VERDICTS(X) X(FINE, "fine") X(LOOK, "look") X(ACT, "act")
#define X_HEALTH_VERDICT(id, name) HEALTH_##id,
enum health_verdict { HEALTH_VERDICT_NONE, HEALTH_VERDICTS(X_HEALTH_VERDICT) HEALTH_VERDICT_COUNT };
#undef X_HEALTH_VERDICT
extern const char *const health_verdict_names[];

/* The page has its words: "health.line.KEY.VERDICT". */
struct health_line {
	const char *key;
	int verdict;
	int64_t count;            /* of what it speaks: bytes, jobs, messages */
	int64_t at_ms;            /* since when, or when; 0: no matter */
	struct text detail;       /* what varies: a kind, an error of the last try; may be absent */
};
enum { HEALTH_LINES_MAX = 40 };
struct health_list {
	struct health_line lines[HEALTH_LINES_MAX];
	size_t count;
};

/* Of what the database and the disk tell, whether the site serves or not; `zhifang health` prints it. The worst first. */
MUST problem health_look(struct db *db, struct arena *arena, struct text data_folder, struct health_list *ret);
enum health_verdict health_worst(const struct health_list *list);

/* Free bytes of a disk that has so many. */
enum health_verdict health_of_disk(int64_t free, int64_t all);

extern const struct module health_module;

#endif
