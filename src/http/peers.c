/* peers.c - how many connections each address holds. Touched at accept and close only, so one lock does. */
#include "http/address.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum { BUCKETS = 4096 };

struct peer {
	struct peer *next;
	struct address address;
	size_t count;
};

struct peers {
	pthread_mutex_t lock;
	size_t most;
	uint8_t seed[16]; /* so that nobody can choose addresses that meet in one bucket */
	struct peer *buckets[BUCKETS];
};

struct peers *peers_new(size_t most)
{
	struct peers *peers = calloc(1, sizeof *peers);

	if (!peers || getrandom(peers->seed, sizeof peers->seed, 0) != sizeof peers->seed)
		abort();
	pthread_mutex_init(&peers->lock, NULL);
	peers->most = most;
	return peers;
}

void peers_free(struct peers *peers)
{
	for (size_t i = 0; i < BUCKETS; i++)
		assert(!peers->buckets[i]);
	pthread_mutex_destroy(&peers->lock);
	free(peers);
}

/* A household or a server has a /64 of IPv6 for itself. */
static struct address key_of(struct address address)
{
	static const uint8_t v4_prefix[12] = { [10] = 0xFF, [11] = 0xFF };

	if (memcmp(address.bytes, v4_prefix, sizeof v4_prefix))
		memset(address.bytes + 8, 0, 8);
	return address;
}

static struct peer **find(struct peers *peers, struct address key)
{
	uint8_t bytes[sizeof peers->seed + sizeof key];
	struct peer **at;

	memcpy(bytes, peers->seed, sizeof peers->seed);
	memcpy(bytes + sizeof peers->seed, &key, sizeof key);
	at = &peers->buckets[text_hash((struct text){ (char *)bytes, sizeof bytes }) % BUCKETS];
	while (*at && memcmp(&(*at)->address, &key, sizeof key))
		at = &(*at)->next;
	return at;
}

bool peers_enter(struct peers *peers, struct address address)
{
	struct address key = key_of(address);
	struct peer **at;
	bool may;

	pthread_mutex_lock(&peers->lock);
	at = find(peers, key);
	if (!*at) {
		*at = calloc(1, sizeof **at);
		if (!*at)
			abort();
		(*at)->address = key;
	}
	may = (*at)->count < peers->most;
	(*at)->count += may;
	pthread_mutex_unlock(&peers->lock);
	return may;
}

void peers_leave(struct peers *peers, struct address address)
{
	struct peer **at, *last = NULL;

	pthread_mutex_lock(&peers->lock);
	at = find(peers, key_of(address));
	assert(*at && (*at)->count);
	if (!--(*at)->count) {
		last = *at;
		*at = last->next;
	}
	pthread_mutex_unlock(&peers->lock);
	free(last);
}
