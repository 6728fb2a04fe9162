/* image.c - kind and size of an image from its first bytes, and what an image says beside its picture taken out of it, both
 * without decoding it. */
#include "media/media.h"

#include <assert.h>
#include <zlib.h>

static uint32_t byte_at(struct text t, size_t i) { return (unsigned char)t.at[i]; }
static uint32_t big16(struct text t, size_t i) { return byte_at(t, i) << 8 | byte_at(t, i + 1); }
static uint32_t big32(struct text t, size_t i) { return big16(t, i) << 16 | big16(t, i + 2); }
static uint32_t little16(struct text t, size_t i) { return byte_at(t, i) | byte_at(t, i + 1) << 8; }
static uint32_t little24(struct text t, size_t i) { return little16(t, i) | byte_at(t, i + 2) << 16; }

static bool is_at(struct text t, size_t i, struct text what) { return text_starts(text_from(t, i), what); }

static bool measure_png(struct text t, struct image *ret)
{
	if (t.length < 33 || !text_starts(t, TEXT("\x89PNG\r\n\x1a\n")) || big32(t, 8) != 13 || !is_at(t, 12, TEXT("IHDR")))
		return false;
	*ret = (struct image){ "png", big32(t, 16), big32(t, 20) };
	return true;
}

static bool measure_gif(struct text t, struct image *ret)
{
	if (t.length < 13 || (!text_starts(t, TEXT("GIF87a")) && !text_starts(t, TEXT("GIF89a"))))
		return false;
	*ret = (struct image){ "gif", little16(t, 6), little16(t, 8) };
	return true;
}

static bool is_frame(uint32_t marker) { return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC; }

/* From segment to segment up to the frame header. */
static bool measure_jpeg(struct text t, struct image *ret)
{
	size_t i = 2;

	if (!text_starts(t, TEXT("\xFF\xD8\xFF")))
		return false;
	while (i + 4 <= t.length && byte_at(t, i) == 0xFF) {
		uint32_t marker = byte_at(t, i + 1), length;

		if (marker == 0xFF) {
			i++;
			continue;
		}
		length = big16(t, i + 2);
		if (is_frame(marker)) {
			if (length < 8 || i + 9 > t.length)
				return false;
			*ret = (struct image){ "jpg", big16(t, i + 7), big16(t, i + 5) };
			return true;
		}
		if (marker == 0xDA || marker == 0xD9 || length < 2)
			return false;
		i += 2 + length;
	}
	return false;
}

static bool measure_webp(struct text t, struct image *ret)
{
	if (t.length < 30 || !text_starts(t, TEXT("RIFF")) || !is_at(t, 8, TEXT("WEBP")))
		return false;
	*ret = (struct image){ .ext = "webp" };
	if (is_at(t, 12, TEXT("VP8X"))) {
		ret->width = little24(t, 24) + 1;
		ret->height = little24(t, 27) + 1;
	} else if (is_at(t, 12, TEXT("VP8L")) && byte_at(t, 20) == 0x2F) {
		uint32_t bits = little16(t, 21) | little16(t, 23) << 16;

		ret->width = (bits & 0x3FFF) + 1;
		ret->height = (bits >> 14 & 0x3FFF) + 1;
	} else if (is_at(t, 12, TEXT("VP8 ")) && is_at(t, 23, TEXT("\x9D\x01\x2A"))) {
		ret->width = little16(t, 26) & 0x3FFF;
		ret->height = little16(t, 28) & 0x3FFF;
	}
	return true;
}

problem image_measure(struct text bytes, struct image *ret)
{
	struct image image;

	if (!measure_png(bytes, &image) && !measure_jpeg(bytes, &image) && !measure_gif(bytes, &image) && !measure_webp(bytes, &image))
		return &media_no_image;
	if (image.width <= 0 || image.height <= 0)
		return &media_no_image;
	if (bytes.length > MEDIA_IMAGE_MAX || image.width > MEDIA_SIDE_MAX || image.height > MEDIA_SIDE_MAX || image.width * image.height > MEDIA_PIXELS_MAX)
		return &media_too_large;
	*ret = image;
	return NULL;
}

/* ---- without what hides in it ---- */

/* TIFF with nothing but how the picture is to be turned, which stands at TURN_AT */
#define TURN_ONLY "MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0"
enum { TURN_AT = 19, TURN_LENGTH = sizeof TURN_ONLY - 1, ORIENTATION = 0x112, SHORT = 3, GROWTH = 128 };

static uint32_t little32(struct text t, size_t i) { return little16(t, i) | little16(t, i + 2) << 16; }

/* 1 to 8, as EXIF counts; 1 is as it lies, and what is said of a picture where nothing readable is said. */
static uint32_t turn_of(struct text exif)
{
	struct text tiff = text_starts(exif, TEXT("Exif\0\0")) ? text_from(exif, 6) : exif;
	bool big = text_starts(tiff, TEXT("MM\0\x2A"));
	uint32_t (*two)(struct text t, size_t i) = big ? big16 : little16;
	size_t at;

	if (tiff.length < 8 || (!big && !text_starts(tiff, TEXT("II\x2A\0"))))
		return 1;
	at = big ? big32(tiff, 4) : little32(tiff, 4);
	if (at > tiff.length || tiff.length - at < 2)
		return 1;
	for (size_t n = two(tiff, at), i = at + 2; n && i + 12 <= tiff.length; n--, i += 12) {
		if (two(tiff, i) == ORIENTATION && two(tiff, i + 2) == SHORT)
			return two(tiff, i + 8) >= 1 && two(tiff, i + 8) <= 8 ? two(tiff, i + 8) : 1;
	}
	return 1;
}

struct strip {
	struct text in;
	char *at;                 /* room for `in` and GROWTH more */
	size_t length;
	bool turned;
};

static void put(struct strip *s, struct text bytes)
{
	assert(bytes.length <= s->in.length + GROWTH - s->length);
	memcpy(s->at + s->length, bytes.at, bytes.length);
	s->length += bytes.length;
}

static void put_from(struct strip *s, size_t from, size_t length) { put(s, text_head(text_from(s->in, from), length)); }

static void put_number(struct strip *s, uint32_t n, bool big)
{
	for (int i = 0; i < 4; i++)
		s->at[s->length++] = (char)(n >> (big ? 24 - 8 * i : 8 * i));
}

/* Once, and only where it says something. */
static bool wants_turn(struct strip *s, struct text exif, char ret[TURN_LENGTH])
{
	uint32_t turn = turn_of(exif);

	if (s->turned || turn == 1)
		return false;
	memcpy(ret, TURN_ONLY, TURN_LENGTH);
	ret[TURN_AT] = (char)turn;
	s->turned = true;
	return true;
}

static bool is_one_of(struct text name, const char *names)
{
	size_t at = text_find(text_of(names), name);

	return at != SIZE_MAX && at % 5 == 0;
}

/* Of the application's segments: JFIF, the colour profile, Adobe's kind of colours. */
static bool keeps_segment(uint32_t marker, struct text body)
{
	if (marker == 0xE2)
		return text_starts(body, TEXT("ICC_PROFILE\0"));
	return marker == 0xE0 || marker == 0xEE || (marker != 0xFE && (marker < 0xE0 || marker > 0xEF));
}

static void strip_segment(struct strip *s, size_t i, size_t length)
{
	struct text body = text_head(text_from(s->in, i + 4), length - 2);
	char turn[TURN_LENGTH];

	if (keeps_segment(byte_at(s->in, i + 1), body)) {
		put_from(s, i, 2 + length);
	} else if (text_starts(body, TEXT("Exif\0\0")) && wants_turn(s, body, turn)) {
		put(s, TEXT("\xFF\xE1\0\x22" "Exif\0\0"));
		put(s, (struct text){ turn, TURN_LENGTH });
	}
}

/* Where the marker behind a scan stands. */
static size_t scan_end(struct text t, size_t i)
{
	for (; i + 1 < t.length; i++) {
		uint32_t next = byte_at(t, i + 1);

		if (byte_at(t, i) == 0xFF && next != 0 && (next < 0xD0 || next > 0xD7))
			return i;
	}
	return t.length;
}

/* To the end of the image, since phones hang other images and films behind it. One that was cut in a scan is shown all the same. */
static problem strip_jpeg(struct strip *s)
{
	struct text t = s->in;
	size_t i = 2;

	put_from(s, 0, 2);
	while (i + 4 <= t.length && byte_at(t, i) == 0xFF) {
		uint32_t marker = byte_at(t, i + 1), length = big16(t, i + 2);

		if (marker == 0xFF) {
			i++;
			continue;
		}
		if (marker == 0xD9)
			break;
		if (marker < 0xC0 || length < 2 || length > t.length - i - 2)
			return &media_no_image;
		strip_segment(s, i, length);
		i += 2 + length;
		if (marker == 0xDA) {
			size_t end = scan_end(t, i);

			put_from(s, i, end - i);
			i = end;
		}
	}
	if (i + 2 <= t.length && !is_at(t, i, TEXT("\xFF\xD9")))
		return &media_no_image;
	put(s, TEXT("\xFF\xD9"));
	return NULL;
}

static void put_png_turn(struct strip *s, struct text exif)
{
	char turn[TURN_LENGTH];
	size_t from;

	if (!wants_turn(s, exif, turn))
		return;
	put_number(s, TURN_LENGTH, true);
	from = s->length;
	put(s, TEXT("eXIf"));
	put(s, (struct text){ turn, TURN_LENGTH });
	put_number(s, (uint32_t)crc32(0, (const Bytef *)s->at + from, (uInt)(s->length - from)), true);
}

static problem strip_png(struct strip *s)
{
	struct text t = s->in;
	size_t i = 8;

	put_from(s, 0, 8);
	while (t.length - i >= 12) {
		uint32_t length = big32(t, i);
		struct text name = text_head(text_from(t, i + 4), 4);

		if (length > t.length - i - 12)
			return &media_no_image;
		if (is_one_of(name, "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT pHYs bKGD acTL fcTL fdAT"))
			put_from(s, i, 12 + length);
		else if (text_is(name, "eXIf"))
			put_png_turn(s, text_head(text_from(t, i + 8), length));
		i += 12 + length;
		if (text_is(name, "IEND"))
			return NULL;
	}
	return i == t.length ? NULL : &media_no_image;
}

static void put_webp_turn(struct strip *s, struct text exif)
{
	char turn[TURN_LENGTH];

	if (!wants_turn(s, exif, turn))
		return;
	put(s, TEXT("EXIF"));
	put_number(s, TURN_LENGTH, false);
	put(s, (struct text){ turn, TURN_LENGTH });
}

enum { WEBP_FLAGS = 20, WEBP_EXIF = 8, WEBP_XMP = 4 };

static problem strip_chunks(struct strip *s, struct text t)
{
	size_t i = 12;

	while (t.length - i >= 8) {
		struct text name = text_head(text_from(t, i), 4);
		size_t length = little32(t, i + 4);

		if (length > t.length - i - 8 || (text_is(name, "VP8X") && (i != 12 || length < 10)))
			return &media_no_image;
		if (is_one_of(name, "VP8X VP8  VP8L ALPH ANIM ANMF ICCP")) {
			put_from(s, i, 8 + length);
			put(s, text_head(TEXT("\0"), length % 2));
		} else if (text_is(name, "EXIF")) {
			put_webp_turn(s, text_head(text_from(t, i + 8), length));
		}
		i += 8 + length + length % 2;
		if (i > t.length)
			break;
	}
	return NULL;
}

static problem strip_webp(struct strip *s)
{
	uint32_t riff = little32(s->in, 4);
	problem why;

	if (riff > s->in.length - 8 || riff < 4)
		return &media_no_image;
	put_from(s, 0, 12);
	why = strip_chunks(s, text_head(s->in, 8 + (size_t)riff));
	if (why)
		return why;
	if (s->length > WEBP_FLAGS && is_at((struct text){ s->at, s->length }, 12, TEXT("VP8X")))
		s->at[WEBP_FLAGS] = (char)((s->at[WEBP_FLAGS] & ~(WEBP_EXIF | WEBP_XMP)) | (s->turned ? WEBP_EXIF : 0));
	riff = (uint32_t)(s->length - 8);
	for (int i = 0; i < 4; i++)
		s->at[4 + i] = (char)(riff >> (8 * i));
	return NULL;
}

problem image_strip(struct arena *arena, struct text bytes, struct text *ret)
{
	struct image image;
	struct strip s = { .in = bytes };
	problem why = image_measure(bytes, &image);

	if (why)
		return why;
	if (text_is(text_of(image.ext), "gif")) {
		*ret = bytes;
		return NULL;
	}
	s.at = arena_alloc(arena, bytes.length + GROWTH);
	why = text_is(text_of(image.ext), "png") ? strip_png(&s) : text_is(text_of(image.ext), "jpg") ? strip_jpeg(&s) : strip_webp(&s);
	if (!why)
		*ret = (struct text){ s.at, s.length };
	return why;
}
