/* second.c - each second: whose access ended is asked for, what was sent is told. */
#include "media/asset.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct second {
	struct media_home *home;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
};

static bool wait_or_stop(struct second *second)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&second->lock);
	if (!second->stopping)
		pthread_cond_timedwait(&second->wake, &second->lock, &until);
	stopping = second->stopping;
	pthread_mutex_unlock(&second->lock);
	return stopping;
}

static void *run_each(void *arg)
{
	struct second *second = arg;

	while (!wait_or_stop(second)) {
		ended_refresh(second->home->ended);
		served_flush(second->home->served);
	}
	return NULL;
}

struct second *second_start(struct media_home *home)
{
	struct second *second = calloc(1, sizeof *second);

	assert(second && home->ended && home->served);
	second->home = home;
	pthread_mutex_init(&second->lock, NULL);
	pthread_cond_init(&second->wake, NULL);
	if (pthread_create(&second->thread, NULL, run_each, second))
		abort();
	return second;
}

void second_stop(struct second *second)
{
	pthread_mutex_lock(&second->lock);
	second->stopping = true;
	pthread_cond_signal(&second->wake);
	pthread_mutex_unlock(&second->lock);
	pthread_join(second->thread, NULL);
	pthread_cond_destroy(&second->wake);
	pthread_mutex_destroy(&second->lock);
	free(second);
}
