/* session.c - see session.h. A fixed table of sets of four; the entry that ends first makes room. */
#include "serve/session.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SHARDS = 16, SETS = 128, WAYS = 4 };

struct entry {
	unsigned char hash[SESSION_HASH];
	int64_t ends_us; /* 0: free */
	struct person person;
	char name[SESSION_NAME_MAX];
};

struct shard {
	pthread_mutex_t lock;
	struct entry entries[SETS][WAYS];
};

struct sessions {
	unsigned char seed[crypto_shorthash_siphashx24_KEYBYTES];
	atomic_uint version;
	struct shard shards[SHARDS];
};

struct sessions *sessions_new(const unsigned char seed[16])
{
	struct sessions *sessions = calloc(1, sizeof(*sessions));

	assert(sessions);
	static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16, "the seed is the key of the hash");
	memcpy(sessions->seed, seed, sizeof(sessions->seed));
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&sessions->shards[i].lock, NULL);
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&sessions->shards[i].lock);
	free(sessions);
}

void session_hash(const struct sessions *sessions, struct text token, unsigned char ret[SESSION_HASH])
{
	static_assert(SESSION_HASH == crypto_shorthash_siphashx24_BYTES, "the long form of SipHash");
	crypto_shorthash_siphashx24(ret, (const unsigned char *)token.at, token.length, sessions->seed);
}

static struct shard *shard_of(struct sessions *sessions, const unsigned char *hash)
{
	return &sessions->shards[hash[0] % SHARDS];
}

static struct entry *set_of(struct shard *shard, const unsigned char *hash)
{
	return shard->entries[hash[1] % SETS];
}

bool sessions_find(struct sessions *sessions, const unsigned char hash[SESSION_HASH], int64_t now_us, struct arena *arena,
                   struct person *ret)
{
	struct shard *shard = shard_of(sessions, hash);
	struct entry *set = set_of(shard, hash);
	bool found = false;

	pthread_mutex_lock(&shard->lock);
	for (int way = 0; way < WAYS && !found; way++) {
		found = set[way].ends_us > now_us && !memcmp(set[way].hash, hash, SESSION_HASH);
		if (found) {
			*ret = set[way].person;
			ret->name = arena_text(arena, ret->name);
		}
	}
	pthread_mutex_unlock(&shard->lock);
	return found;
}

unsigned sessions_version(const struct sessions *sessions)
{
	return atomic_load(&sessions->version);
}

static struct entry *entry_for(struct entry *set, const unsigned char *hash)
{
	struct entry *first = &set[0];

	for (int way = 0; way < WAYS; way++) {
		if (!memcmp(set[way].hash, hash, SESSION_HASH))
			return &set[way];
		if (set[way].ends_us < first->ends_us)
			first = &set[way];
	}
	return first;
}

void sessions_keep(struct sessions *sessions, const unsigned char hash[SESSION_HASH], int64_t now_us, unsigned since,
                   const struct person *person)
{
	struct shard *shard = shard_of(sessions, hash);
	struct entry *entry;

	if (person->name.length > SESSION_NAME_MAX)
		return;
	pthread_mutex_lock(&shard->lock);
	if (atomic_load(&sessions->version) == since) {
		entry = entry_for(set_of(shard, hash), hash);
		*entry = (struct entry){ .ends_us = now_us + SESSION_LIFE_MS * 1000LL, .person = *person };
		memcpy(entry->hash, hash, SESSION_HASH);
		if (person->name.length)
			memcpy(entry->name, person->name.at, person->name.length);
		entry->person.name = (struct text){ entry->name, person->name.length };
	}
	pthread_mutex_unlock(&shard->lock);
}

static void forget_in(struct shard *shard, int64_t session, struct user_id person)
{
	pthread_mutex_lock(&shard->lock);
	for (int i = 0; i < SETS * WAYS; i++) {
		struct entry *entry = &shard->entries[i / WAYS][i % WAYS];

		if ((session && entry->person.session == session) || (person.v && entry->person.id.v == person.v))
			*entry = (struct entry){ 0 };
	}
	pthread_mutex_unlock(&shard->lock);
}

void sessions_forget(struct sessions *sessions, int64_t session, struct user_id person)
{
	atomic_fetch_add(&sessions->version, 1);
	for (int i = 0; i < SHARDS; i++)
		forget_in(&sessions->shards[i], session, person);
}
