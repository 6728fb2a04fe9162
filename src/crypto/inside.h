/* inside.h - what crypto's own files and tests share. */
#ifndef CRYPTO_INSIDE_H
#define CRYPTO_INSIDE_H

#include "crypto/crypto.h"

/* Published vectors use keys of 16 bytes; whoever is not a test calls gcm_open. */
MUST problem gcm__open_any(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text sealed,
			   struct text *ret);

/* Copies of single keys, which the caller wipes. */
enum { KEY_BYTES = 32 };
MUST problem keyring__seal_key(struct keyring *keyring, int64_t id, unsigned char to[KEY_BYTES]);
void keyring__index_key(struct keyring *keyring, unsigned char to[KEY_BYTES]);
void keyring__root_seed(struct keyring *keyring, unsigned char to[KEY_BYTES]);
struct world *keyring__world(struct keyring *keyring);

struct text ed25519__public(const unsigned char seed[ROOT_KEY_BYTES], struct arena *arena);
struct text ed25519__sign(const unsigned char seed[ROOT_KEY_BYTES], struct arena *arena, struct text message);
MUST problem ed25519__verify(struct text public_key, struct text message, struct text signature);

/* OpenSSL and libsodium speak of unsigned bytes, and not every function of theirs takes a NULL for none. */
static inline const unsigned char *bytes_of(struct text t)
{
	return (const unsigned char *)(t.at ? t.at : "");
}

/* libsodium wants to be told once before its first use; telling it again costs nothing. */
void sodium__ready(void);

#endif
