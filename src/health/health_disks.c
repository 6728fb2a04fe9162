/* health_disks.c - how much room the disks have. A disk behind a dead server answers never, and whoever asks it hangs past all help:
 * so a thread of its own asks, one at most for each disk, and who looks waits a moment and takes the last answer. A thread that hangs
 * keeps what it writes to alive, and nothing else. */
#include "health/health_room.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct disk {
	int holders;               /* whoever looks, and the thread that asks */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	disk_call *call;
	char *folder;
	bool asking;
	int64_t asked_ms;          /* by the clock of who looks */
	struct timespec until;     /* so long is waited for the question under way */
	struct disk_answer last;
};

struct disks {
	pthread_mutex_t lock;
	disk_call *call;
	struct disk *of[DISK_COUNT];
};

/* ---- one disk ---- */

static struct disk *disk_new(disk_call *call, struct text folder)
{
	struct disk *disk = calloc(1, sizeof *disk);
	pthread_condattr_t monotonic;

	if (!disk || !(disk->folder = strndup(folder.at, folder.length)))
		abort();
	disk->holders = 1;
	disk->call = call;
	disk->last = (struct disk_answer){ .free = -1, .all = -1 };
	pthread_mutex_init(&disk->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&disk->answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return disk;
}

/* Its lock is held, and is no more. */
static void release(struct disk *disk)
{
	bool last = --disk->holders == 0;

	pthread_mutex_unlock(&disk->lock);
	if (!last)
		return;
	pthread_cond_destroy(&disk->answered);
	pthread_mutex_destroy(&disk->lock);
	free(disk->folder);
	free(disk);
}

static void *ask(void *arg)
{
	struct disk *disk = arg;
	struct statvfs about;
	bool there = !disk->call(disk->folder, &about);

	pthread_mutex_lock(&disk->lock);
	disk->last = (struct disk_answer){ .free = there ? (int64_t)about.f_bavail * (int64_t)about.f_frsize : -1,
		                           .all = there ? (int64_t)about.f_blocks * (int64_t)about.f_frsize : -1, .at_ms = disk->asked_ms };
	disk->asking = false;
	pthread_cond_broadcast(&disk->answered);
	release(disk);
	return NULL;
}

static struct timespec in_a_moment(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += DISK_WAIT_S;
	return time;
}

/* Under its lock. Where no thread can be had, nothing is known. */
static void begin(struct disk *disk, int64_t now_ms)
{
	pthread_attr_t alone;
	pthread_t thread;

	pthread_attr_init(&alone);
	pthread_attr_setdetachstate(&alone, PTHREAD_CREATE_DETACHED);
	disk->asked_ms = now_ms;
	disk->until = in_a_moment();
	disk->asking = !pthread_create(&thread, &alone, ask, disk);
	disk->holders += disk->asking;
	pthread_attr_destroy(&alone);
}

/* Lets it go. */
static struct disk_answer look(struct disk *disk, int64_t now_ms)
{
	struct disk_answer answer;

	pthread_mutex_lock(&disk->lock);
	if (!disk->asking)
		begin(disk, now_ms);
	while (disk->asking)
		if (pthread_cond_timedwait(&disk->answered, &disk->lock, &disk->until))
			break;
	answer = disk->last;
	answer.silent = !answer.at_ms || (disk->asking && now_ms - answer.at_ms > MINUTE_MS);
	release(disk);
	return answer;
}

/* ---- all of them ---- */

struct disks *disks_new(disk_call *call)
{
	struct disks *disks = calloc(1, sizeof *disks);

	if (!disks)
		abort();
	disks->call = call;
	pthread_mutex_init(&disks->lock, NULL);
	return disks;
}

static void let_go(struct disk *disk)
{
	if (!disk)
		return;
	pthread_mutex_lock(&disk->lock);
	release(disk);
}

void disks_free(struct disks *disks)
{
	if (!disks)
		return;
	for (int i = 0; i < DISK_COUNT; i++)
		let_go(disks->of[i]);
	pthread_mutex_destroy(&disks->lock);
	free(disks);
}

/* Held for who asked. Another folder is another disk: what was asked of the one before is of no use. */
static struct disk *hold(struct disks *disks, enum disk_of which, struct text folder)
{
	struct disk *disk;

	pthread_mutex_lock(&disks->lock);
	disk = disks->of[which];
	if (!disk || !text_is(folder, disk->folder)) {
		let_go(disk);
		disk = disks->of[which] = disk_new(disks->call, folder);
	}
	pthread_mutex_lock(&disk->lock);
	disk->holders++;
	pthread_mutex_unlock(&disk->lock);
	pthread_mutex_unlock(&disks->lock);
	return disk;
}

struct disk_answer disks_ask(struct disks *disks, enum disk_of which, struct text folder, int64_t now_ms)
{
	assert(which < DISK_COUNT && now_ms > 0);
	if (!folder.length)
		return (struct disk_answer){ .free = -1, .all = -1 };
	return look(hold(disks, which, folder), now_ms);
}
