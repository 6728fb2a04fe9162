/* base64_fuzz.c - our decoders accept exactly what libsodium's accept, give the same bytes, and every text that is
 * accepted is the one that encoding makes: nothing has two spellings. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if ((unsigned char)t.at[i] >= 0x80)
			return false;
	return true;
}

static void same(struct arena *arena, struct text t, bool ok, struct text bytes, int variant)
{
	unsigned char *other = arena_alloc(arena, t.length + 1);
	size_t length = 0;
	const char *end = NULL;
	bool theirs = is_ascii(t) &&
		      sodium_base642bin(other, t.length + 1, t.at, t.length, NULL, &length, &end, variant) == 0 &&
		      end == t.at + t.length;

	assert(ok == theirs);
	assert(!ok || (bytes.length == length && memcmp(bytes.at, other, length) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 * size + 65536);
	struct text t = { (const char *)data, size }, bytes = { 0 };
	bool ok = base64_decode(arena, t, &bytes);

	same(arena, t, ok, bytes, sodium_base64_VARIANT_ORIGINAL);
	assert(!ok || text_eq(base64_encode(arena, bytes), t));
	ok = base64url_decode(arena, t, &bytes);
	same(arena, t, ok, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	assert(!ok || text_eq(base64url_encode(arena, bytes), t));
	ok = hex_decode(arena, t, &bytes);
	assert(!ok || text_eq_nocase(hex_encode(arena, bytes), t));
	assert(base64_decode(arena, base64_encode(arena, t), &bytes) && text_eq(bytes, t));
	arena_free(arena);
	return 0;
}
