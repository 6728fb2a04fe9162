/* log.h - one line of JSON per event on standard error, written once, at the edge. Domain code does not log: it returns.
 * Values are escaped, so nothing that comes from outside can start a line of its own. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_ERROR = 1, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set(int fd, enum log_level most);
/* While somebody gathers, lines below LOG_WARN are written together by a thread of the log's, at most LOG_GATHER_MS late;
 * a warning or an error takes those before it along at once. For a server's log of requests. Counted: end what you began. */
enum { LOG_GATHER_MS = 100 };
void log_gather(void);
void log_gather_end(void); /* writes what was gathered */
/* log_line(LOG_INFO, "job-failed", "kind", kind, "why", text_of(why->type), NULL): pairs of const char * and struct text. */
void log_line(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* The last LOG_RECENT_MAX errors, newest first: which event, when, and of what was said with it only what is a word of ours (the kind
 * of a problem, a route, a kind of job), never a value that came from outside. */
enum { LOG_RECENT_MAX = 50 };
struct log_recent {
	int64_t at_ms;
	char event[40], detail[120];
};
size_t log_recent(struct log_recent ret[LOG_RECENT_MAX]);

#endif
