/* threads.c - one loop over several threads: parts are handed out by a counter under the lock. A part is meant to be large enough
 * that a lock for each does not count. */
#include "num/threads.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct threads {
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	size_t count, next, parts, at_work;
	void (*part)(void *self, size_t part, size_t thread);
	void *self;
	bool stopping;
	struct helper { struct threads *of; size_t number; pthread_t thread; } helpers[THREADS_MAX];
};

/* Under the lock: takes parts until none is left. */
static void work(struct threads *t, size_t thread)
{
	while (t->next < t->parts) {
		size_t mine = t->next++;

		pthread_mutex_unlock(&t->lock);
		t->part(t->self, mine, thread);
		pthread_mutex_lock(&t->lock);
	}
}

static void *help(void *self)
{
	struct helper *h = self;
	struct threads *t = h->of;

	pthread_mutex_lock(&t->lock);
	while (!t->stopping) {
		if (t->next >= t->parts) {
			pthread_cond_wait(&t->begin, &t->lock);
			continue;
		}
		t->at_work++;
		work(t, h->number);
		if (--t->at_work == 0)
			pthread_cond_signal(&t->end);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static size_t processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

	return n > 0 ? (size_t)n : 1;
}

struct threads *threads_start(size_t count)
{
	struct threads *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->begin, NULL);
	pthread_cond_init(&t->end, NULL);
	if (count == 0)
		count = processors();
	if (count > THREADS_MAX)
		count = THREADS_MAX;
	for (t->count = 1; t->count < count; t->count++) {
		struct helper *h = &t->helpers[t->count];

		*h = (struct helper){ .of = t, .number = t->count };
		if (pthread_create(&h->thread, NULL, help, h))
			break;
	}
	return t;
}

void threads_stop(struct threads *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->begin);
	pthread_mutex_unlock(&t->lock);
	for (size_t i = 1; i < t->count; i++)
		pthread_join(t->helpers[i].thread, NULL);
	pthread_cond_destroy(&t->begin);
	pthread_cond_destroy(&t->end);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void threads_free(struct threads **t) { threads_stop(*t); }
size_t threads_count(const struct threads *t) { return t->count; }

void threads_each(struct threads *t, size_t parts, void (*part)(void *self, size_t part, size_t thread), void *self)
{
	pthread_mutex_lock(&t->lock);
	assert(t->next >= t->parts && t->at_work == 0);
	t->part = part;
	t->self = self;
	t->next = 0;
	t->parts = parts;
	if (parts > 1)
		pthread_cond_broadcast(&t->begin);
	work(t, 0);
	while (t->at_work > 0)
		pthread_cond_wait(&t->end, &t->lock);
	pthread_mutex_unlock(&t->lock);
}
