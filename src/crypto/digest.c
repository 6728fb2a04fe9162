/* digest.c - SHA-256 and what is built on it; OpenSSL, since it uses the processor's own instructions. */
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "crypto/inside.h"

struct sha256 sha256_of(struct text bytes)
{
	struct sha256 sum;
	const unsigned char *done = SHA256(bytes_of(bytes), bytes.length, sum.at);

	assert(done);
	return sum;
}

struct sha256 hmac_sha256(struct text key, struct text message)
{
	struct sha256 sum;
	unsigned length = sizeof(sum.at);
	const unsigned char *done;

	assert(key.length <= INT32_MAX);
	done = HMAC(EVP_sha256(), bytes_of(key), (int)key.length, bytes_of(message), message.length, sum.at, &length);
	assert(done && length == sizeof(sum.at));
	return sum;
}

struct text sha256_hex(struct arena *arena, struct text bytes)
{
	struct sha256 sum = sha256_of(bytes);

	return hex_encode(arena, (struct text){ (const char *)sum.at, sizeof(sum.at) });
}

struct text sha1_hex(struct arena *arena, struct text bytes)
{
	unsigned char sum[SHA1_BYTES];
	const unsigned char *done = SHA1(bytes_of(bytes), bytes.length, sum);

	assert(done);
	return hex_encode(arena, (struct text){ (const char *)sum, sizeof(sum) });
}

struct sha256_stream sha256_begin(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	assert(ok);
	return (struct sha256_stream){ context };
}

void sha256_add(struct sha256_stream *stream, struct text bytes)
{
	int ok = EVP_DigestUpdate(stream->state, bytes_of(bytes), bytes.length);

	assert(ok);
}

struct sha256 sha256_end(struct sha256_stream *stream)
{
	struct sha256 sum;
	unsigned length = 0;
	int ok = EVP_DigestFinal_ex(stream->state, sum.at, &length);

	assert(ok && length == sizeof(sum.at));
	sha256_drop(stream);
	return sum;
}

void sha256_drop(struct sha256_stream *stream)
{
	EVP_MD_CTX_free(stream->state);
	stream->state = NULL;
}

bool secret_eq(struct text a, struct text b)
{
	return a.length == b.length && CRYPTO_memcmp(bytes_of(a), bytes_of(b), a.length) == 0;
}

struct text token_make(struct arena *arena, struct world *world, size_t bytes)
{
	char raw[64];
	struct text token;

	assert(bytes >= 16 && bytes <= sizeof(raw));
	world_random(world, raw, bytes);
	token = base64url_encode(arena, (struct text){ raw, bytes });
	OPENSSL_cleanse(raw, sizeof(raw));
	return token;
}
