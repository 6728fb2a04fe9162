/* encoding.c - base64, base64url and hex. One text, one meaning: no blanks, no missing or surplus padding, no bits that
 * are dropped, so that nobody can vary a signed or stored value without changing what it says. (OpenSSL's decoder is
 * lenient at the edges and counts padding as bytes.) */
#include <assert.h>

#include "crypto/crypto.h"

struct alphabet {
	const char *digits; /* 64 */
	bool padded;
};

static const struct alphabet standard = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true };
static const struct alphabet url = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false };

static struct text encode(const struct alphabet *alphabet, struct arena *arena, struct text bytes)
{
	char *out = arena_alloc(arena, bytes.length / 3 * 4 + 5);
	size_t n = 0;

	for (size_t i = 0; i < bytes.length; i += 3) {
		size_t have = bytes.length - i < 3 ? bytes.length - i : 3;
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < have ? (unsigned char)bytes.at[i + k] : 0u);
		for (size_t k = 0; k <= have; k++)
			out[n++] = alphabet->digits[bits >> (18 - 6 * k) & 63];
		for (size_t k = have; k < 3 && alphabet->padded; k++)
			out[n++] = '=';
	}
	return (struct text){ out, n };
}

static int digit_value(const struct alphabet *alphabet, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == alphabet->digits[62] ? 62 : c == alphabet->digits[63] ? 63 : -1;
}

/* The digits without their padding; false when the padding is not exactly what their number asks for. */
static bool unpad(struct text *t)
{
	size_t digits = t->length;

	if (t->length % 4)
		return false;
	while (digits && t->length - digits < 2 && t->at[digits - 1] == '=')
		digits--;
	t->length = digits;
	return true;
}

static bool decode(const struct alphabet *alphabet, struct arena *arena, struct text t, struct text *ret)
{
	char *out;
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;

	if ((alphabet->padded && !unpad(&t)) || t.length % 4 == 1)
		return false;
	out = arena_alloc(arena, t.length / 4 * 3 + 3);
	for (size_t i = 0; i < t.length; i++) {
		int value = digit_value(alphabet, t.at[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	if (bits)
		return false;
	*ret = (struct text){ out, n };
	return true;
}

struct text base64_encode(struct arena *arena, struct text bytes)
{
	return encode(&standard, arena, bytes);
}

bool base64_decode(struct arena *arena, struct text t, struct text *ret)
{
	return decode(&standard, arena, t, ret);
}

struct text base64url_encode(struct arena *arena, struct text bytes)
{
	return encode(&url, arena, bytes);
}

bool base64url_decode(struct arena *arena, struct text t, struct text *ret)
{
	return decode(&url, arena, t, ret);
}

struct text hex_encode(struct arena *arena, struct text bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(arena, bytes.length * 2 + 1);

	assert(bytes.length < SIZE_MAX / 2);
	for (size_t i = 0; i < bytes.length; i++) {
		out[2 * i] = digits[(unsigned char)bytes.at[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)bytes.at[i] & 15];
	}
	return (struct text){ out, bytes.length * 2 };
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(struct arena *arena, struct text t, struct text *ret)
{
	char *out = arena_alloc(arena, t.length / 2 + 1);

	if (t.length % 2)
		return false;
	for (size_t i = 0; i < t.length; i += 2) {
		int high = hex_value(t.at[i]), low = hex_value(t.at[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (char)(high << 4 | low);
	}
	*ret = (struct text){ out, t.length / 2 };
	return true;
}
