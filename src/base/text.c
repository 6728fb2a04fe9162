/* text.c - slices of UTF-8. Nothing here allocates, and nothing reads past a slice's length. */
#include "base/text.h"

#include <assert.h>

#define EIGHT(byte) (0x0101010101010101u * (byte))

int text_compare(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter ? memcmp(a.at, b.at, shorter) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool text_eq_nocase(struct text a, struct text b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

bool text_starts(struct text t, struct text with)
{
	return text_eq(text_head(t, with.length), with);
}

struct text text_without_mark(struct text t) { return text_starts(t, TEXT("\xef\xbb\xbf")) ? text_from(t, 3) : t; }

bool text_ends(struct text t, struct text with)
{
	return t.length >= with.length && text_eq(text_from(t, t.length - with.length), with);
}

size_t text_find(struct text t, struct text what)
{
	const char *found;

	if (!what.length)
		return 0;
	found = t.length ? memmem(t.at, t.length, what.at, what.length) : NULL;
	return found ? (size_t)(found - t.at) : SIZE_MAX;
}

size_t text_find_char(struct text t, char what)
{
	const char *found = t.length ? memchr(t.at, what, t.length) : NULL;

	return found ? (size_t)(found - t.at) : SIZE_MAX;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text text_trim(struct text t)
{
	while (t.length && is_blank(t.at[t.length - 1]))
		t.length--;
	while (t.length && is_blank(*t.at))
		t = text_from(t, 1);
	return t;
}

struct text text_clip(struct text t, size_t most)
{
	while (most && most < t.length && ((unsigned char)t.at[most] & 0xC0) == 0x80)
		most--;
	return text_head(t, most);
}

struct text text_cut(struct text *rest, char by)
{
	struct text whole = *rest;
	size_t end = text_find_char(whole, by);

	if (end == SIZE_MAX) {
		*rest = (struct text){ 0 };
		return whole;
	}
	*rest = text_from(whole, end + 1);
	return text_head(whole, end);
}

bool text_to_int(struct text t, int64_t *ret)
{
	bool negative = t.length && *t.at == '-';
	int64_t n = 0;

	if (t.length == (size_t)negative)
		return false;
	for (size_t i = negative; i < t.length; i++) {
		int digit = t.at[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		/* counted downwards, since INT64_MIN has no positive twin */
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, digit, &n))
			return false;
	}
	if (!negative && n == INT64_MIN)
		return false;
	*ret = negative ? n : -n;
	return true;
}

/* Two digits a step: a division costs more than all the rest. */
static char *digits_before(char *end, uint64_t n)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
		"4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
		"99";

	for (; n >= 100; n /= 100)
		memcpy(end -= 2, pairs + n % 100 * 2, 2);
	if (n >= 10)
		return memcpy(end - 2, pairs + n * 2, 2);
	*--end = (char)('0' + n);
	return end;
}

struct text text_of_int(int64_t n, char out[TEXT_INT_MAX])
{
	char *end = out + TEXT_INT_MAX;
	char *at = digits_before(end, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);

	if (n < 0)
		*--at = '-';
	return (struct text){ at, (size_t)(end - at) };
}

/* Bytes of the well-formed code point at the start of t, which is not empty; 0 when it is broken. */
static size_t decode(struct text t, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 }; /* below it the form is overlong */
	unsigned char first = (unsigned char)*t.at;
	size_t length = first < 0x80   ? 1
			: first < 0xC2 ? 0
			: first < 0xE0 ? 2
			: first < 0xF0 ? 3
			: first < 0xF5 ? 4
				       : 0;
	uint32_t code_point = length == 1 ? first : first & (0x7Fu >> length);

	if (!length || t.length < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)t.at[i] & 0xC0) != 0x80)
			return 0;
		code_point = code_point << 6 | ((unsigned char)t.at[i] & 0x3F);
	}
	if (code_point < least[length] || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
		return 0;
	*ret = code_point;
	return length;
}

static uint64_t eight_bytes(const char *at)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof bytes);
	return bytes;
}

bool text_is_utf8(struct text t)
{
	uint32_t ignored;

	while (t.length) {
		size_t step = t.length >= 8 && !(eight_bytes(t.at) & EIGHT(0x80u)) ? 8 : decode(t, &ignored);

		if (!step)
			return false;
		t = text_from(t, step);
	}
	return true;
}

size_t text_characters(struct text utf8)
{
	size_t count = 0;

	for (size_t i = 0; i < utf8.length; i++)
		count += ((unsigned char)utf8.at[i] & 0xC0) != 0x80;
	return count;
}

uint32_t text_next(struct text *rest)
{
	uint32_t code_point = 0xFFFD;
	size_t length;

	if (!rest->length)
		return 0;
	length = decode(*rest, &code_point);
	*rest = text_from(*rest, length ? length : 1);
	return code_point;
}

size_t text_encode(uint32_t code_point, char out[4])
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;

	assert(code_point <= 0x10FFFF);
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code_point & 0x3F));
		code_point >>= 6;
	}
	out[0] = (char)(lead[length] | code_point);
	return length;
}

uint64_t text_hash(struct text t)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < t.length; i++)
		hash = (hash ^ (unsigned char)t.at[i]) * 0x100000001b3u;
	return hash;
}

/* Each bit of the product hangs on all bits of both; folded, so that none is lost. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* wyhash's step on two lanes, which do not wait for each other, with wyhash's constants. The length comes last, since the
 * end is filled up with zeros. */
uint64_t text_digest(struct text t)
{
	const uint64_t one = 0xa0761d6478bd642fu, two = 0xe7037ed1a0b428dbu;
	uint64_t left = 0x8ebc6af09c88c6e3u, right = 0x589965cc75374cc3u, length = t.length;
	char end[32] = { 0 };

	for (; t.length >= sizeof end; t = text_from(t, sizeof end)) {
		left = fold(eight_bytes(t.at) ^ one, eight_bytes(t.at + 8) ^ left);
		right = fold(eight_bytes(t.at + 16) ^ two, eight_bytes(t.at + 24) ^ right);
	}
	if (t.length)
		memcpy(end, t.at, t.length);
	left = fold(eight_bytes(end) ^ one, eight_bytes(end + 8) ^ left);
	right = fold(eight_bytes(end + 16) ^ two, eight_bytes(end + 24) ^ right);
	return fold(left ^ one, right ^ two ^ length);
}
