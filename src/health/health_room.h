/* health_room.h - between the files of this room only. */
#ifndef HEALTH_HEALTH_ROOM_H
#define HEALTH_HEALTH_ROOM_H

#include "backup/backup.h"
#include "base/log.h"
#include "db/watch.h"
#include "health/health.h"
#include "media/media.h"
#include "payment/inbox.h"
#include "search/search.h"
#include "serve/traffic.h"
#include "site/site.h"

enum { HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000, SLOW_SHOWN = 50 };

/* What the page shows beside the verdicts. Bytes; -1: nobody knows. */
struct health_room_left {
	int64_t data_free, data_all, backup_free, backup_all, database;
	struct media_sums media;
};
struct health_facts {
	int64_t now_ms;
	struct health_room_left room;
	struct text backup_folder;     /* empty: none is made */
	bool postgresql;
	int64_t migrations;
	struct job_count *jobs;
	size_t job_count;
	struct inbox_sums inbox;
	/* only of a site that serves */
	const struct serve *serve;     /* NULL: nothing serves here */
	struct checks checks;
	struct traffic traffic;
	int64_t search_lag_ms;
	struct slow_statement *slow;
	size_t slow_count;
};

/* In a read transaction; `serve` as above. */
MUST problem health__gather(struct tx *tx, const struct serve *serve, struct health_facts *ret);
void health__disks(struct arena *arena, struct text data_folder, struct health_facts *facts); /* asks the disks, which may take a while */
void health__judge(const struct health_facts *facts, struct health_list *ret); /* the worst first */

extern const struct route health_routes[];

#endif
