/* delay.c - after five wrong passwords for a login each further one doubles the wait, up to half a minute: guessing becomes
 * pointless, and nobody can lock somebody else out for long. Kept in memory, for logins that exist and that do not. */
#include "account/account_room.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { SETS = 1024, WAYS = 4, FREE_TRIES = 5, WAIT_MAX_MS = 30000, FORGET_MS = 15 * 60000 };

struct entry {
	uint64_t login;
	int fails;
	int64_t failed_ms;
};

struct delays {
	pthread_mutex_t lock;
	struct entry entries[SETS][WAYS];
};

struct delays *delays_new(void)
{
	struct delays *delays = calloc(1, sizeof(*delays));

	assert(delays);
	pthread_mutex_init(&delays->lock, NULL);
	return delays;
}

void delays_free(struct delays *delays)
{
	if (!delays)
		return;
	pthread_mutex_destroy(&delays->lock);
	free(delays);
}

/* The blind index is an HMAC: nobody outside can aim at an entry. */
static struct entry *find(struct delays *delays, struct text blind, bool make)
{
	uint64_t login = text_hash(blind);
	struct entry *set = delays->entries[login % SETS], *oldest = &set[0];

	for (int way = 0; way < WAYS; way++) {
		if (set[way].login == login)
			return &set[way];
		if (set[way].failed_ms < oldest->failed_ms)
			oldest = &set[way];
	}
	if (!make)
		return NULL;
	*oldest = (struct entry){ .login = login };
	return oldest;
}

static int64_t wait_after(int fails)
{
	int64_t wait = 1000;

	for (int i = FREE_TRIES; i < fails && wait < WAIT_MAX_MS; i++)
		wait *= 2;
	return fails < FREE_TRIES ? 0 : wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
}

bool delays_may_try(struct delays *delays, struct text blind, int64_t now_ms, int64_t *ret_wait_ms)
{
	struct entry *entry;
	int64_t wait = 0;

	pthread_mutex_lock(&delays->lock);
	entry = find(delays, blind, false);
	if (entry && now_ms - entry->failed_ms < FORGET_MS)
		wait = entry->failed_ms + wait_after(entry->fails) - now_ms;
	pthread_mutex_unlock(&delays->lock);
	*ret_wait_ms = wait > 0 ? wait : 0;
	return wait <= 0;
}

void delays_failed(struct delays *delays, struct text blind, int64_t now_ms)
{
	struct entry *entry;

	pthread_mutex_lock(&delays->lock);
	entry = find(delays, blind, true);
	if (now_ms - entry->failed_ms >= FORGET_MS)
		entry->fails = 0;
	entry->fails++;
	entry->failed_ms = now_ms;
	pthread_mutex_unlock(&delays->lock);
}

void delays_passed(struct delays *delays, struct text blind)
{
	struct entry *entry;

	pthread_mutex_lock(&delays->lock);
	entry = find(delays, blind, false);
	if (entry)
		*entry = (struct entry){ 0 };
	pthread_mutex_unlock(&delays->lock);
}
