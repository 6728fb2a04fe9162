/* field.c - fields that are sealed at rest, and the blind index by which their row is found. A sealed field says which
 * key sealed it, and is bound to table, row, column and key: moved anywhere else it does not open. */
#include <assert.h>
#include <sodium.h>

#include "crypto/inside.h"

enum {
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

static struct text place_text(struct arena *arena, struct place place, int64_t key)
{
	return arena_format(arena, "%s|%lld|%s|%lld", place.table, (long long)place.row, place.column, (long long)key);
}

struct text field_seal(struct keyring *keyring, struct arena *arena, struct place place, struct text plain)
{
	int64_t id = keyring_newest(keyring);
	struct text aad = place_text(arena, place, id);
	unsigned char key[KEY_BYTES], *out = arena_alloc(arena, NONCE_BYTES + plain.length + TAG_BYTES);
	unsigned long long length = 0;
	struct text body;
	problem why = keyring__seal_key(keyring, id, key);

	assert(!why);
	world_random(keyring__world(keyring), out, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, &length, bytes_of(plain), plain.length,
						   bytes_of(aad), aad.length, NULL, out, key);
	sodium_memzero(key, sizeof(key));
	body = base64url_encode(arena, (struct text){ (char *)out, NONCE_BYTES + (size_t)length });
	return arena_format(arena, "%lld.%.*s", (long long)id, TEXT_ARG(body));
}

static bool sealed_cut(struct text sealed, int64_t *ret_key, struct text *ret_body)
{
	struct text body = sealed, id = text_cut(&body, '.');

	if (!text_to_int(id, ret_key) || *ret_key <= 0 || id.at[0] == '0')
		return false;
	*ret_body = body;
	return true;
}

problem field_open(struct keyring *keyring, struct arena *arena, struct place place, struct text sealed,
		   struct text *ret)
{
	unsigned char key[KEY_BYTES], *out;
	struct text body, raw, aad;
	unsigned long long length = 0;
	int64_t id;
	problem why;
	int wrong;

	if (!sealed_cut(sealed, &id, &body) || !base64url_decode(arena, body, &raw) ||
	    raw.length < NONCE_BYTES + TAG_BYTES)
		return &seal_broken;
	why = keyring__seal_key(keyring, id, key);
	if (why)
		return why;
	aad = place_text(arena, place, id);
	out = arena_alloc(arena, raw.length - NONCE_BYTES - TAG_BYTES + 1);
	wrong = crypto_aead_xchacha20poly1305_ietf_decrypt(out, &length, NULL, bytes_of(raw) + NONCE_BYTES,
							   raw.length - NONCE_BYTES, bytes_of(aad), aad.length,
							   bytes_of(raw), key);
	sodium_memzero(key, sizeof(key));
	if (wrong)
		return &seal_broken;
	*ret = (struct text){ (char *)out, (size_t)length };
	return NULL;
}

bool field_outdated(struct keyring *keyring, struct text sealed)
{
	struct text body;
	int64_t id;

	return !sealed_cut(sealed, &id, &body) || id != keyring_newest(keyring);
}

struct text blind_index(struct keyring *keyring, struct arena *arena, const char *table, const char *column,
			struct text value)
{
	struct text name = arena_format(arena, "%s|%s|", table, column);
	size_t length = name.length + value.length;
	char *named = arena_alloc(arena, length);
	unsigned char key[KEY_BYTES];
	struct sha256 sum;

	memcpy(named, name.at, name.length);
	memcpy(named + name.length, bytes_of(value), value.length);
	keyring__index_key(keyring, key);
	sum = hmac_sha256((struct text){ (char *)key, sizeof(key) }, (struct text){ named, length });
	sodium_memzero(key, sizeof(key));
	return hex_encode(arena, (struct text){ (char *)sum.at, sizeof(sum.at) });
}
