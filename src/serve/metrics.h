/* metrics.h - counts by route and status, and how long answers were in the making; Prometheus text. Counters only: no lock. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/buffer.h"
#include "serve/router.h"
#include "serve/traffic.h"

struct metrics;

struct metrics *metrics_new(struct arena *arena, const struct router *router);
/* number: of the route, or router_count() for what found no route. */
struct answered {
	unsigned route; /* its number */
	int status;
	size_t bytes;
	int64_t microseconds, now_ms; /* until it was ready; < 0: nothing is to be said about that */
};
void metrics_count(struct metrics *metrics, const struct answered *answered);
void metrics_traffic(const struct metrics *metrics, int64_t now_ms, struct traffic *ret);
void metrics_write(const struct metrics *metrics, struct buffer *out);

#endif
