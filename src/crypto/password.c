/* password.c - Argon2id by libsodium: 46 MiB and one pass, one of the allowed minima and the quickest of them on two
 * cores. */
#include <sodium.h>
#include <stdlib.h>

#include "crypto/inside.h"

enum { PASSES = 1, MEMORY_BYTES = 46 * 1024 * 1024 };

/* Of 32 random bytes that were thrown away. */
static const char decoy[] =
	"$argon2id$v=19$m=47104,t=1,p=1$1kxlsidcyGSQzbuojzHuEw$Snrtm83Gn7JzpgSJuddRqX+g92fSPFZC1KuyK6EABpg";

void sodium__ready(void)
{
	if (sodium_init() < 0)
		abort();
}

problem password_hash(struct arena *arena, struct text password, struct text *ret)
{
	char *hash;

	if (password.length > PASSWORD_BYTES_MAX)
		return &problem_too_large;
	sodium__ready();
	hash = arena_alloc(arena, crypto_pwhash_STRBYTES);
	if (crypto_pwhash_str_alg(hash, password.at ? password.at : "", password.length, PASSES, MEMORY_BYTES,
				  crypto_pwhash_ALG_ARGON2ID13))
		return &problem_busy;
	*ret = text_of(hash);
	return NULL;
}

/* libsodium wants the hash NUL-terminated, in a room of its full size. */
static bool hash_copy(struct text hash, char to[crypto_pwhash_STRBYTES])
{
	if (!text_starts(hash, TEXT("$argon2id$")) || hash.length >= crypto_pwhash_STRBYTES ||
	    memchr(hash.at, 0, hash.length))
		return false;
	memset(to, 0, crypto_pwhash_STRBYTES);
	memcpy(to, hash.at, hash.length);
	return true;
}

bool password_is(struct text hash, struct text password)
{
	char copy[crypto_pwhash_STRBYTES];

	if (password.length > PASSWORD_BYTES_MAX || !hash_copy(hash, copy))
		return false;
	sodium__ready();
	return crypto_pwhash_str_verify(copy, password.at ? password.at : "", password.length) == 0;
}

bool password_outdated(struct text hash)
{
	char copy[crypto_pwhash_STRBYTES];

	return !hash_copy(hash, copy) || crypto_pwhash_str_needs_rehash(copy, PASSES, MEMORY_BYTES) != 0;
}

struct text password_decoy(void)
{
	return text_of(decoy);
}
