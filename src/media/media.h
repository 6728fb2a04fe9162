/* media.h - blobs: bytes kept in a folder under their hash, so that they never change and the same bytes are kept once.
 *
 * The file is durable before the row that names it is written; a file without a row is only waste. Images for now: PNG,
 * JPEG, GIF, WebP, told by their bytes, never by their name. SVG is refused: it is a program. */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "serve/serve.h"

extern const struct problem media_no_image;  /* 415: none of the four kinds, or broken before its size is told */
extern const struct problem media_too_large; /* 413: in bytes or in pixels */
extern const struct problem media_failed;    /* 500: the folder cannot be written */
extern const struct problem media_full;      /* 507: no room on the disk */
extern const struct problem blob_missing;    /* 404 */

enum { MEDIA_IMAGE_MAX = 20 * 1024 * 1024, MEDIA_SIDE_MAX = 20000, MEDIA_PIXELS_MAX = 100 * 1000 * 1000 };

struct image {
	const char *ext;          /* "png", "jpg", "gif", "webp" */
	int64_t width, height;    /* pixels, as the header says */
};
MUST problem image_measure(struct text bytes, struct image *ret);

struct blob {
	struct text hash, ext;    /* SHA-256, lower-case hex */
	int64_t size, width, height, created_ms;
};
struct text blob_name(struct arena *arena, const struct blob *blob); /* "hash.ext": its address is /media/ and this */

/* Keeps an image under the data folder: a draft, fsync, rename, fsync of the folder. Outside transactions. */
MUST problem media_keep(struct arena *arena, struct text data_folder, struct text bytes, struct blob *ret);
void media_add(struct tx *tx, const struct blob *blob); /* its row; once more is no harm */
MUST problem media_find(struct tx *tx, struct text name, struct blob *ret); /* blob_missing */

extern const struct module media_module;

#endif
