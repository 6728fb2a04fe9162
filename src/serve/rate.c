/* rate.c - see rate.h. Shards keep the loop threads from waiting for each other. */
#include "serve/rate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 16, BUCKETS = 4096, WAYS = 8 };

struct bucket {
	uint64_t key;     /* 0: free */
	double tokens;    /* at the time `at_us` */
	int64_t at_us, full_us;
};

struct shard {
	pthread_mutex_t lock;
	struct bucket buckets[BUCKETS];
};

struct rates {
	unsigned char seed[crypto_shorthash_KEYBYTES];
	struct shard shards[SHARDS];
};

struct rates *rates_new(const unsigned char seed[16])
{
	struct rates *rates = calloc(1, sizeof(*rates));

	assert(rates);
	static_assert(crypto_shorthash_KEYBYTES == 16, "the seed is the key of the hash");
	memcpy(rates->seed, seed, sizeof(rates->seed));
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&rates->shards[i].lock, NULL);
	return rates;
}

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_destroy(&rates->shards[i].lock);
	free(rates);
}

/* A keyed hash: who chooses his own address cannot choose whose bucket he shares. */
static uint64_t key_of(const struct rates *rates, struct text who, unsigned kind)
{
	unsigned char in[80] = { (unsigned char)kind };
	uint64_t key;
	size_t length = who.length < sizeof(in) - 1 ? who.length : sizeof(in) - 1;

	if (length)
		memcpy(in + 1, who.at, length);
	crypto_shorthash((unsigned char *)&key, in, 1 + length, rates->seed);
	return key ? key : 1;
}

static struct bucket *bucket_of(struct shard *shard, uint64_t key, double burst, int64_t now_us)
{
	struct bucket *oldest = NULL;

	for (size_t way = 0; way < WAYS; way++) {
		struct bucket *bucket = &shard->buckets[(key / SHARDS + way) % BUCKETS];

		if (bucket->key == key)
			return bucket;
		if (!oldest || bucket->full_us < oldest->full_us)
			oldest = bucket;
	}
	*oldest = (struct bucket){ .key = key, .tokens = burst, .at_us = now_us, .full_us = now_us };
	return oldest;
}

static bool take_token(struct bucket *bucket, struct rate rate, int64_t now_us)
{
	double passed = (double)(now_us - bucket->at_us) / 1e6;
	bool there;

	if (passed > 0) {
		bucket->tokens = fmin(rate.burst, bucket->tokens + passed * rate.per_second);
		bucket->at_us = now_us;
	}
	there = bucket->tokens >= 1;
	if (there)
		bucket->tokens -= 1;
	bucket->full_us = now_us + (int64_t)((rate.burst - bucket->tokens) / rate.per_second * 1e6);
	return there;
}

bool rates_take(struct rates *rates, struct text who, unsigned kind, struct rate rate, int64_t now_us, int64_t *ret_wait_s)
{
	uint64_t key = key_of(rates, who, kind);
	struct shard *shard = &rates->shards[key % SHARDS];
	struct bucket *bucket;
	bool there;

	assert(rate.per_second > 0 && rate.burst >= 1);
	pthread_mutex_lock(&shard->lock);
	bucket = bucket_of(shard, key, rate.burst, now_us);
	there = take_token(bucket, rate, now_us);
	if (!there)
		*ret_wait_s = (int64_t)ceil((1 - bucket->tokens) / rate.per_second);
	pthread_mutex_unlock(&shard->lock);
	return there;
}

struct text rate_address(struct text peer, char *out)
{
	struct in6_addr six;
	int length;

	peer = text_head(peer, 63);
	memcpy(out, peer.length ? peer.at : "", peer.length);
	out[peer.length] = 0;
	if (text_find_char(peer, ':') == SIZE_MAX || inet_pton(AF_INET6, out, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
		return (struct text){ out, peer.length };
	memset(six.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &six, out, INET6_ADDRSTRLEN);
	length = (int)strlen(out);
	return (struct text){ out, (size_t)length };
}
