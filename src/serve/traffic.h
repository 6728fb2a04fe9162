/* traffic.h - how many answers this process gave lately and how long they took, as people look at it; machines ask /metrics. */
#ifndef SERVE_TRAFFIC_H
#define SERVE_TRAFFIC_H

#include "serve/serve.h"

struct traffic {
	int64_t minutes;            /* answers of the last five minutes */
	int64_t hour, hour_failed;  /* of the last hour; of them 5xx */
	int64_t day, day_failed;
	int64_t p50_us, p99_us;     /* of the last hour, 0: none came: so many percent took no longer, to the next bound of the histogram */
};
void serve_traffic(const struct serve *serve, struct traffic *ret);

#endif
