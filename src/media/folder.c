/* folder.c - a blob's file: DATA/blobs/ab/cdef….ext. Whoever sees it under its name sees all of it. */
#include "media/media_room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

const struct problem media_no_image = { 415, "media-no-image", "This is no PNG, JPEG, GIF or WebP image." };
const struct problem media_too_large = { 413, "media-too-large", "The image is too large." };
const struct problem media_failed = { 500, "media-failed", "The file could not be kept." };
const struct problem media_full = { 507, "media-full", "There is no room for the file." };
const struct problem blob_missing = { 404, "blob-missing", "There is no such file." };

problem media__failure(void) { return errno == ENOSPC || errno == EDQUOT ? &media_full : &media_failed; }

const char *media__path(struct arena *arena, struct text data_folder, const struct blob *blob)
{
	return arena_cstr(arena, arena_format(arena, "%.*s/blobs/%.*s/%.*s.%.*s", TEXT_ARG(data_folder), TEXT_ARG(text_head(blob->hash, 2)),
	                                      TEXT_ARG(text_from(blob->hash, 2)), TEXT_ARG(blob->ext)));
}

problem media__sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	problem why = fd < 0 || fsync(fd) ? media__failure() : NULL;

	if (fd >= 0)
		close(fd);
	return why;
}

/* A new folder is durable only when the one around it is. */
problem media__make_folder(const char *path, const char *around)
{
	if (!mkdir(path, 0750))
		return media__sync_folder(around);
	return errno == EEXIST ? NULL : media__failure();
}

problem media__write(int fd, struct text bytes)
{
	while (bytes.length) {
		ssize_t n = write(fd, bytes.at, bytes.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return media__failure();
		bytes = text_from(bytes, (size_t)n);
	}
	return NULL;
}

static problem write_draft(char *draft, struct text bytes)
{
	int fd = mkostemp(draft, O_CLOEXEC);
	problem why;

	if (fd < 0)
		return media__failure();
	why = media__write(fd, bytes);
	if (!why && fsync(fd))
		why = media__failure();
	if (!why && fchmod(fd, 0640))
		why = media__failure();
	if (close(fd) && !why)
		why = media__failure();
	return why;
}

/* There already: renamed whole, so the size only tells a file that somebody else has cut. */
static bool is_kept(const char *path, int64_t size)
{
	struct stat stat_of;

	return !stat(path, &stat_of) && S_ISREG(stat_of.st_mode) && stat_of.st_size == size;
}

static problem write_file(struct arena *arena, struct text data_folder, const struct blob *blob, const char *path, struct text bytes)
{
	const char *data = arena_cstr(arena, data_folder), *blobs = arena_cstr(arena, arena_format(arena, "%s/blobs", data));
	const char *shelf = arena_cstr(arena, arena_format(arena, "%s/%.*s", blobs, TEXT_ARG(text_head(blob->hash, 2))));
	struct text name = arena_format(arena, "%s/draft-XXXXXX", blobs);
	char *draft = arena_alloc(arena, name.length + 1);
	problem why = media__make_folder(data, ".");

	memcpy(draft, name.at, name.length);
	if (!why)
		why = media__make_folder(blobs, data);
	if (!why)
		why = media__make_folder(shelf, blobs);
	if (why)
		return why;
	why = write_draft(draft, bytes);
	if (!why && rename(draft, path))
		why = media__failure();
	if (why) {
		unlink(draft);
		return why;
	}
	return media__sync_folder(shelf);
}

problem media_keep(struct arena *arena, struct text data_folder, struct text bytes, struct blob *ret)
{
	struct image image;
	const char *path;
	problem why = image_measure(bytes, &image);

	if (why)
		return why;
	*ret = (struct blob){ .hash = sha256_hex(arena, bytes), .ext = text_of(image.ext), .size = (int64_t)bytes.length,
		              .width = image.width, .height = image.height };
	path = media__path(arena, data_folder, ret);
	return is_kept(path, ret->size) ? NULL : write_file(arena, data_folder, ret, path, bytes);
}
