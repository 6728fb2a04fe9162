/* wechat_room.h - between wechat.c (calls and notifications) and wechat_keys.c (the keys that WeChat Pay signs with). */
#ifndef PAYMENT_WECHAT_ROOM_H
#define PAYMENT_WECHAT_ROOM_H

#include <pthread.h>

#include "crypto/crypto.h"
#include "payment/payment_room.h"

enum { PLATFORM_KEYS_MAX = 16, PLATFORM_SERIAL_MAX = 64, CERTIFICATES_GAP_MS = 60000 };

struct platform_key {
	char serial[PLATFORM_SERIAL_MAX + 1];
	struct rsa_key *key;
	int64_t from_ms, until_ms; /* holds in [from, until) */
};
struct platform_keys {
	struct platform_key at[PLATFORM_KEYS_MAX];
	size_t count;
};

/* What a merchant is given by WeChat Pay: from the owner's settings, else from the configuration. Keys are PEM or bytes. */
struct wechat_config {
	struct text base, merchant, app, serial, platform_serial; /* merchant absent: the channel is off; platform_serial may be absent */
	struct text key, apiv3_key, platform_key;                 /* platform_key absent: certificates are fetched */
	bool loopback;                                            /* plain http to this machine: a sandbox */
};

struct wechat {
	struct arena *arena; /* the settings below live here */
	struct world *world;
	struct db *db;
	struct text base, merchant, app, serial, apiv3_key;
	struct text public_key_id; /* absent where the configured key is a certificate's, or there is none */
	struct rsa_key *private_key;
	bool loopback;
	pthread_rwlock_t lock; /* of keys */
	struct platform_keys keys;
	_Atomic int64_t asked_ms; /* when certificates were asked for last */
	_Atomic int64_t clock_wrong_ms, clock_said_ms; /* when our clock was last seen to be wrong, and when that was logged; 0: not */
};

/* ---- wechat.c ---- */

/* One signed request; an answer of any status, not verified yet. */
MUST problem wechat__send(struct wechat *w, struct arena *arena, enum method method, struct text target, struct text body,
                          struct http_answer *ret);
/* What an answer of another status than 2xx means; *ret_code is the channel's word. */
MUST problem wechat__refused(struct arena *arena, const struct http_answer *answer, struct text *ret_code);
bool wechat__says_not_there(struct text code);
bool wechat__time_read(struct text rfc3339, int64_t *ret_ms);

/* ---- wechat_config.c ---- */

MUST problem wechat__config(struct serve *serve, struct arena *arena, struct wechat_config *ret);
/* Opens nothing that does not fit this site's mode. */
MUST problem wechat__open(struct serve *serve, const struct wechat_config *config, struct wechat **ret);
void wechat__close(struct wechat *w);

/* ---- wechat_keys.c ---- */

/* What was signed, and by what; text that stands twice among the headers is no text. */
struct signed_bytes {
	struct text timestamp, nonce, serial, signature, type, body;
};
struct signed_bytes wechat__signed_answer(const struct http_answer *answer);
/* payment_forged, or payment_key_unknown when no key of that serial is here: then nothing is said about the rest. */
MUST problem wechat__check(struct wechat *w, struct arena *arena, const struct signed_bytes *in, int64_t now_ms);
/* The key of the configuration, if there is one. pem absent: none. */
MUST problem wechat__configure_key(struct wechat *w, struct text pem, struct text serial);
MUST problem wechat__read_keys(void *self, struct tx *tx);
MUST problem wechat__fetch_keys(void *self, struct db *db, struct arena *arena);
void wechat__close_keys(struct wechat *w);

#endif
