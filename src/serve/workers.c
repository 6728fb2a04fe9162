/* workers.c - see workers.h. */
#include "serve/workers.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct work *first, **last;
	size_t waiting, most;
	bool stopping;
	int count;
	pthread_t threads[];
};

static struct work *next_work(struct workers *workers)
{
	struct work *work;

	pthread_mutex_lock(&workers->lock);
	while (!workers->first && !workers->stopping)
		pthread_cond_wait(&workers->wake, &workers->lock);
	work = workers->first;
	if (work) {
		workers->first = work->next;
		if (!workers->first)
			workers->last = &workers->first;
		workers->waiting--;
	}
	pthread_mutex_unlock(&workers->lock);
	return work;
}

static void *work_on(void *arg)
{
	struct workers *workers = arg;
	struct work *work;

	while ((work = next_work(workers)))
		work->run(work->arg);
	return NULL;
}

struct workers *workers_start(int threads, size_t queue_max)
{
	struct workers *workers = calloc(1, sizeof(*workers) + (size_t)threads * sizeof(pthread_t));

	assert(workers && threads > 0);
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->wake, NULL);
	workers->last = &workers->first;
	workers->most = queue_max;
	for (; workers->count < threads; workers->count++)
		if (pthread_create(&workers->threads[workers->count], NULL, work_on, workers))
			abort();
	return workers;
}

bool workers_give(struct workers *workers, struct work *work)
{
	bool room;

	work->next = NULL;
	pthread_mutex_lock(&workers->lock);
	room = workers->waiting < workers->most && !workers->stopping;
	if (room) {
		*workers->last = work;
		workers->last = &work->next;
		workers->waiting++;
		pthread_cond_signal(&workers->wake);
	}
	pthread_mutex_unlock(&workers->lock);
	return room;
}

size_t workers_waiting(struct workers *workers)
{
	size_t waiting;

	pthread_mutex_lock(&workers->lock);
	waiting = workers->waiting;
	pthread_mutex_unlock(&workers->lock);
	return waiting;
}

void workers_stop(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->wake);
	pthread_mutex_unlock(&workers->lock);
	for (int i = 0; i < workers->count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->wake);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}
