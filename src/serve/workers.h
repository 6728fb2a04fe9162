/* workers.h - a few threads and a bounded queue. What does not fit is refused, so a flood waits outside. */
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct workers;

struct work {
	void (*run)(void *arg);
	void *arg;
	struct work *next;
};

struct workers *workers_start(int threads, size_t queue_max);
bool workers_give(struct workers *workers, struct work *work); /* false: the queue is full. The work is borrowed until it ran. */
size_t workers_waiting(struct workers *workers);
void workers_stop(struct workers *workers); /* does what is queued, joins the threads; NULL is fine */

#endif
