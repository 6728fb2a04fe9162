/* secret_file.c - files that only their owner may touch, written durably and at once: a half-written key would be a
 * lost one. A new file is made under another name, synced, and put in place by link (which never replaces) or rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "crypto/inside.h"

const struct problem secret_file_open = { 500, "secret-file-open",
					  "A file with secrets may be touched by others than its owner." };
const struct problem secret_file_failed = { 500, "secret-file-failed", "A file with secrets cannot be read or made." };

struct secret_bytes {
	char *at;
	size_t length;
};

static void secret_wipe(void *what)
{
	struct secret_bytes *secret = what;

	OPENSSL_cleanse(secret->at, secret->length);
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static problem fd_may_hold_secret(int fd, size_t max, size_t *ret_size)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return &secret_file_failed;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return &secret_file_open;
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return &problem_too_large;
	*ret_size = (size_t)st.st_size;
	return NULL;
}

problem secret_file_read(const char *path, size_t max, struct arena *arena, struct text *ret)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct secret_bytes *secret;
	size_t size = 0, have = 0;
	problem why = fd_may_hold_secret(fd, max, &size);

	if (why)
		return why;
	secret = ARENA_NEW(arena, struct secret_bytes);
	*secret = (struct secret_bytes){ arena_alloc(arena, size + 1), size };
	arena_defer(arena, secret_wipe, secret);
	while (have < size) {
		ssize_t n = read(fd, secret->at + have, size - have);

		if (n <= 0)
			return &secret_file_failed;
		have += (size_t)n;
	}
	*ret = (struct text){ secret->at, size };
	return NULL;
}

static bool folder_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	CLEANUP(fd_close) int fd = -1;

	if (slash && (size_t)(slash - path) >= sizeof(folder))
		return false;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0;
}

static bool all_written(int fd, struct text bytes)
{
	while (bytes.length) {
		ssize_t n = write(fd, bytes.at, bytes.length);

		if (n <= 0)
			return false;
		bytes = text_from(bytes, (size_t)n);
	}
	return fsync(fd) == 0;
}

problem secret_file_write(const char *path, struct text bytes, bool replace)
{
	char draft[4096];
	CLEANUP(fd_close) int fd = -1;
	problem why = NULL;

	if ((size_t)snprintf(draft, sizeof(draft), "%s.XXXXXX", path) >= sizeof(draft))
		return &secret_file_failed;
	fd = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return &secret_file_failed;
	if (!all_written(fd, bytes))
		why = &secret_file_failed;
	else if (replace ? rename(draft, path) : link(draft, path))
		why = errno == EEXIST ? &problem_conflict : &secret_file_failed;
	if (why || !replace)
		unlink(draft);
	return !why && !folder_sync(path) ? &secret_file_failed : why;
}
