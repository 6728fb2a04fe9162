/* root.c - Ed25519 signatures over roots (of the audit chain, of a closed day), which leave the machine: whoever holds
 * the public key can tell later whether history was rewritten. */
#include <assert.h>
#include <sodium.h>

#include "crypto/inside.h"

struct pair {
	unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

static struct pair pair_of(const unsigned char seed[ROOT_KEY_BYTES])
{
	struct pair pair;

	sodium__ready();
	crypto_sign_seed_keypair(pair.public, pair.secret, seed);
	return pair;
}

struct text ed25519__public(const unsigned char seed[ROOT_KEY_BYTES], struct arena *arena)
{
	struct pair pair = pair_of(seed);

	sodium_memzero(pair.secret, sizeof(pair.secret));
	return arena_text(arena, (struct text){ (char *)pair.public, sizeof(pair.public) });
}

struct text ed25519__sign(const unsigned char seed[ROOT_KEY_BYTES], struct arena *arena, struct text message)
{
	struct pair pair = pair_of(seed);
	unsigned char *signature = arena_alloc(arena, ROOT_SIGNATURE_BYTES);

	crypto_sign_detached(signature, NULL, bytes_of(message), message.length, pair.secret);
	sodium_memzero(&pair, sizeof(pair));
	return (struct text){ (char *)signature, ROOT_SIGNATURE_BYTES };
}

problem ed25519__verify(struct text public_key, struct text message, struct text signature)
{
	sodium__ready();
	if (public_key.length != ROOT_KEY_BYTES || signature.length != ROOT_SIGNATURE_BYTES ||
	    crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.length, bytes_of(public_key)))
		return &signature_wrong;
	return NULL;
}

struct text root_public(struct keyring *keyring, struct arena *arena)
{
	unsigned char seed[KEY_BYTES];
	struct text key;

	keyring__root_seed(keyring, seed);
	key = ed25519__public(seed, arena);
	sodium_memzero(seed, sizeof(seed));
	return base64_encode(arena, key);
}

struct text root_sign(struct keyring *keyring, struct arena *arena, struct text message)
{
	unsigned char seed[KEY_BYTES];
	struct text signature;

	keyring__root_seed(keyring, seed);
	signature = ed25519__sign(seed, arena, message);
	sodium_memzero(seed, sizeof(seed));
	return base64_encode(arena, signature);
}

problem root_verify(struct text public_base64, struct text message, struct text signature_base64)
{
	struct arena *arena = arena_new(4096);
	struct text key, signature;
	problem why = &signature_wrong;

	if (public_base64.length <= 64 && signature_base64.length <= 128 && base64_decode(arena, public_base64, &key) &&
	    base64_decode(arena, signature_base64, &signature))
		why = ed25519__verify(key, message, signature);
	arena_free(arena);
	return why;
}
