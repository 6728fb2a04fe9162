/* image_fuzz.c - bytes that somebody uploads: what is taken for an image has a name and a size within the limits, and it is
 * the header alone that says so: more bytes change nothing, and fewer say the same or nothing. */
#include <assert.h>
#include <stdlib.h>

#include "media/media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct image *a, const struct image *b)
{
	return !strcmp(a->ext, b->ext) && a->width == b->width && a->height == b->height;
}

/* In a block of its own, so that a step beyond it is seen. */
static problem measure(const uint8_t *data, size_t size, struct image *ret)
{
	char *bytes = malloc(size ? size : 1);
	problem why;

	assert(bytes);
	if (size)
		memcpy(bytes, data, size);
	why = image_measure((struct text){ bytes, size }, ret);
	free(bytes);
	return why;
}

/* What is stripped is the same picture, and has nothing left to be stripped. */
static void strip(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 << 20);
	struct image before, after;
	struct text once, twice;

	if (!measure(data, size, &before) && !image_strip(arena, (struct text){ (const char *)data, size }, &once)) {
		assert(!measure((const uint8_t *)once.at, once.length, &after) && same(&before, &after));
		assert(!image_strip(arena, once, &twice) && text_eq(once, twice));
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image, other;
	problem why = measure(data, size, &image), less;

	assert(!why || why == &media_no_image || why == &media_too_large);
	if (!why) {
		assert(strlen(image.ext) >= 3 && image.width >= 1 && image.height >= 1);
		assert(image.width <= MEDIA_SIDE_MAX && image.height <= MEDIA_SIDE_MAX);
		assert(image.width * image.height <= MEDIA_PIXELS_MAX);
	}
	for (size_t n = size; n; n /= 2) {
		less = measure(data, n / 2, &other);
		assert(less == &media_no_image || (less == why && (less || same(&image, &other))));
	}
	strip(data, size);
	return 0;
}
