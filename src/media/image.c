/* image.c - kind and size of an image from its first bytes, without decoding it. */
#include "media/media.h"

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
