/* insight.c - which days are asked about. */
#include "insight/insight_room.h"

#include <assert.h>

enum { BEIJING_MS = 8 * 3600 * 1000 };

struct scope insight__scope(int64_t creator, int64_t days, int64_t now_ms)
{
	int64_t today = event_day(now_ms);
	struct scope s = { .creator = creator, .first_day = today - days + 1, .last_day = today };

	assert(days >= 1 && days <= NUMBERS_DAYS_MAX);
	s.from_ms = s.first_day * EVENT_DAY_MS - BEIJING_MS;
	s.to_ms = (today + 1) * EVENT_DAY_MS - BEIJING_MS;
	return s;
}

const struct module insight_module = { .name = "insight", .routes = insight_routes };
