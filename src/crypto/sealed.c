/* sealed.c - a long stream under a pass phrase. Argon2id makes two keys of it: one seals, a part of the other stands in the head and
 * tells a wrong pass phrase from damage. Each piece is bound to its place; the last one says so, hence a stream that was cut is no
 * stream. The head is bound into the first piece. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "crypto/inside.h"

const struct problem passphrase_wrong = { 422, "passphrase-wrong", "This pass phrase does not open it, or its first bytes are damaged." };

/* 64 MiB and three passes: half a second for its owner, and too much for who guesses */
enum { PASSES = 3, MEMORY = 64 << 20, CHECK_BYTES = 16 };

struct head {
	unsigned char salt[crypto_pwhash_SALTBYTES], check[CHECK_BYTES], nonce[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
};
static_assert(sizeof(struct head) == STREAM_HEAD_BYTES, "the head is as long as it says");
static_assert(STREAM_MORE == crypto_secretstream_xchacha20poly1305_ABYTES, "a piece grows by this");

struct keys {
	unsigned char seal[crypto_secretstream_xchacha20poly1305_KEYBYTES], check[32];
};

struct sealed_stream {
	crypto_secretstream_xchacha20poly1305_state state;
	struct head head;
	bool begun;
};

static struct sealed_stream *stream_new(void)
{
	struct sealed_stream *stream;

	sodium__ready();
	stream = sodium_malloc(sizeof(*stream));
	if (!stream)
		abort();
	memset(stream, 0, sizeof(*stream));
	return stream;
}

static problem derive(struct text passphrase, const unsigned char *salt, struct keys *ret)
{
	if (!passphrase.length || passphrase.length > PASSWORD_BYTES_MAX)
		return &passphrase_wrong;
	return crypto_pwhash((unsigned char *)ret, sizeof(*ret), passphrase.at, passphrase.length, salt, PASSES, MEMORY,
			     crypto_pwhash_ALG_ARGON2ID13) ? &problem_busy : NULL;
}

problem sealed_begin(struct text passphrase, struct world *world, unsigned char head[STREAM_HEAD_BYTES], struct sealed_stream **ret)
{
	struct sealed_stream *stream = stream_new();
	struct keys keys;
	problem why;

	world_random(world, stream->head.salt, sizeof(stream->head.salt));
	why = derive(passphrase, stream->head.salt, &keys);
	if (why) {
		sealed_close(stream);
		return why;
	}
	memcpy(stream->head.check, keys.check, CHECK_BYTES);
	crypto_secretstream_xchacha20poly1305_init_push(&stream->state, stream->head.nonce, keys.seal);
	sodium_memzero(&keys, sizeof(keys));
	memcpy(head, &stream->head, sizeof(stream->head));
	*ret = stream;
	return NULL;
}

problem sealed_open(struct text passphrase, const unsigned char head[STREAM_HEAD_BYTES], struct sealed_stream **ret)
{
	struct sealed_stream *stream = stream_new();
	struct keys keys;
	problem why;

	memcpy(&stream->head, head, sizeof(stream->head));
	why = derive(passphrase, stream->head.salt, &keys);
	if (!why && (sodium_memcmp(keys.check, stream->head.check, CHECK_BYTES) ||
		     crypto_secretstream_xchacha20poly1305_init_pull(&stream->state, stream->head.nonce, keys.seal)))
		why = &passphrase_wrong;
	sodium_memzero(&keys, sizeof(keys));
	if (why)
		sealed_close(stream);
	else
		*ret = stream;
	return why;
}

/* Only the first piece carries the head along. */
static struct text bound(struct sealed_stream *stream)
{
	struct text head = { (const char *)&stream->head, stream->begun ? 0 : sizeof(stream->head) };

	stream->begun = true;
	return head;
}

size_t sealed_push(struct sealed_stream *stream, struct text plain, bool last, char *to)
{
	struct text with = bound(stream);
	unsigned char tag = last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;

	assert(plain.length <= STREAM_PIECE);
	crypto_secretstream_xchacha20poly1305_push(&stream->state, (unsigned char *)to, NULL, bytes_of(plain), plain.length, bytes_of(with),
						   with.length, tag);
	return plain.length + STREAM_MORE;
}

problem sealed_pull(struct sealed_stream *stream, struct text sealed, char *to, bool *ret_last)
{
	struct text with = bound(stream);
	unsigned char tag;

	if (sealed.length < STREAM_MORE || sealed.length > STREAM_PIECE + STREAM_MORE ||
	    crypto_secretstream_xchacha20poly1305_pull(&stream->state, (unsigned char *)to, NULL, &tag, bytes_of(sealed), sealed.length,
						       bytes_of(with), with.length))
		return &seal_broken;
	*ret_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	return NULL;
}

void sealed_close(struct sealed_stream *stream)
{
	sodium_free(stream);
}
