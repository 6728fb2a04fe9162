/* tus.c - see tus.h. */
#include "media/tus.h"

#include "crypto/crypto.h"

bool tus_metadata(struct arena *arena, struct text header, const char *key, struct text *ret)
{
	struct text rest = header, value = { 0 };
	bool found = false;

	while (rest.at) {
		struct text pair = text_trim(text_cut(&rest, ',')), name = text_cut(&pair, ' '), bytes = TEXT("");

		if (!name.length || (pair.at && !base64_decode(arena, text_trim(pair), &bytes)))
			return false;
		if (text_is(name, key)) {
			if (found)
				return false;
			found = true;
			value = bytes;
		}
	}
	if (found)
		*ret = value;
	return found;
}

enum tus_digest tus_checksum(struct arena *arena, struct text header, struct text *ret)
{
	struct text rest = header, name = text_cut(&rest, ' ');
	enum tus_digest digest = text_is(name, "sha1") ? TUS_SHA1 : text_is(name, "sha256") ? TUS_SHA256 : TUS_DIGEST_WRONG;

	if (!header.at)
		return TUS_DIGEST_NONE;
	if (digest == TUS_DIGEST_WRONG || !rest.at || !base64_decode(arena, text_trim(rest), ret))
		return TUS_DIGEST_WRONG;
	return ret->length == (digest == TUS_SHA1 ? SHA1_BYTES : SHA256_BYTES) ? digest : TUS_DIGEST_WRONG;
}

/* Control characters, and those that turn the direction of what follows, have no place in a name. */
static bool is_shown(uint32_t c)
{
	return c >= ' ' && c != 0x7F && !(c >= 0x80 && c < 0xA0) && !(c >= 0x200E && c <= 0x200F) && !(c >= 0x2028 && c <= 0x202E) &&
	       !(c >= 0x2066 && c <= 0x2069) && c != 0xFEFF && c != 0xFFFD;
}

struct text tus_file_name(struct arena *arena, struct text raw, size_t most)
{
	char *out = arena_alloc(arena, raw.length * 4 + 1);
	size_t length = 0, characters = 0;
	struct text rest = raw;

	for (size_t i = 0; i < raw.length; i++)
		if (raw.at[i] == '/' || raw.at[i] == '\\')
			rest = text_from(raw, i + 1);
	/* the end of a long name is kept: the extension stands there */
	for (size_t all = text_characters(rest); all > most; all--)
		(void)text_next(&rest);
	while (rest.length && characters++ < most) {
		uint32_t c = text_next(&rest);

		if (is_shown(c))
			length += text_encode(c, out + length);
	}
	return text_trim((struct text){ out, length });
}
