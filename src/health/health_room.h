/* health_room.h - between the files of this room only. */
#ifndef HEALTH_HEALTH_ROOM_H
#define HEALTH_HEALTH_ROOM_H

#include <sys/statvfs.h>

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

/* ---- disks ---- */

enum disk_of { DISK_DATA, DISK_BACKUP, DISK_COUNT };
enum { DISK_WAIT_S = 2 };      /* a disk that sleeps may need longer; then the next look has its answer */
struct disk_answer {
	int64_t free, all;     /* bytes; -1: nobody knows */
	int64_t at_ms;         /* when it was asked for this; 0: it never answered */
	bool silent;           /* it was asked, and says nothing: never yet, or for more than a minute */
};
typedef int disk_call(const char *path, struct statvfs *ret); /* statvfs, but for a test */
struct disks;
struct disks *disks_new(disk_call *call);
void disks_free(struct disks *disks);  /* does not wait for a disk that hangs */
/* Waits a moment at most, from any thread. No folder: no disk, which is not silent. */
struct disk_answer disks_ask(struct disks *disks, enum disk_of which, struct text folder, int64_t now_ms);

/* ---- facts ---- */

/* What the page shows beside the verdicts. */
struct health_room_left {
	struct disk_answer data, backup;
	int64_t database;      /* bytes */
	struct media_sums media;
};
struct health_facts {
	int64_t now_ms;
	struct health_room_left room;
	struct text data_folder;
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
void health__disks(struct disks *disks, struct text data_folder, struct health_facts *facts);
void health__judge(const struct health_facts *facts, struct health_list *ret); /* the worst first */

extern const struct route health_routes[];

#endif
