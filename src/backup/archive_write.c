/* archive_write.c - a tar, written from front to back. Its last file holds the SHA-256 of each one before, in the form of
 * sha256sum, so that whoever has only Debian's tools can look through it. Sealed, the same bytes go through a stream under a pass
 * phrase, in pieces of one length. */
#include "backup/backup_room.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 30, WINDOW = 8 << 20, REST_MAX_MS = 200 };

struct archive_out {
	int fd;
	struct sealed_stream *seal;    /* NULL: not sealed */
	struct world *world;
	int64_t at_s;
	char piece[STREAM_PIECE], sealed[STREAM_PIECE + STREAM_MORE];
	size_t filled;
	int64_t written, begun;        /* bytes of the file; those that the disk was told to write */
	int64_t rested_ms;             /* when the last rest ended */
	struct buffer manifest;
	struct text name;              /* of the file that is being written; its bytes lie in name_bytes */
	char name_bytes[TAR_NAME_MAX];
	int64_t size, left;
	struct sha256_stream hash;
};

/* ---- bytes ---- */

/* As long as the last window took: half of the disk and of a core is always left to those who buy. */
static void rest(struct archive_out *out)
{
	int64_t worked_ms = world_now_ms(out->world) - out->rested_ms;
	int64_t ms = worked_ms < REST_MAX_MS ? worked_ms : REST_MAX_MS;

	if (ms > 0)
		(void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
	out->rested_ms = world_now_ms(out->world);
}

/* The disk writes all the time, a window behind us, and what it has written is not kept in memory. Else a gigabyte would wait for the
 * last fsync, and with it whoever buys meanwhile. A disk that knows no such thing does it at the end. */
static void pass_on(struct archive_out *out)
{
	if (out->written - out->begun < WINDOW)
		return;
	(void)sync_file_range(out->fd, out->begun, out->written - out->begun, SYNC_FILE_RANGE_WRITE);
	if (out->begun >= WINDOW) {
		(void)sync_file_range(out->fd, out->begun - WINDOW, WINDOW, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
		(void)posix_fadvise(out->fd, out->begun - WINDOW, WINDOW, POSIX_FADV_DONTNEED);
	}
	out->begun = out->written;
	rest(out);
}

static problem flush(struct archive_out *out, bool last)
{
	struct text piece = { out->piece, out->filled };
	problem why;

	out->filled = 0;
	if (out->seal)
		piece = (struct text){ out->sealed, sealed_push(out->seal, piece, last, out->sealed) };
	why = backup__write(out->fd, piece);
	out->written += (int64_t)piece.length;
	pass_on(out);
	return why;
}

static problem put(struct archive_out *out, struct text bytes)
{
	problem why = NULL;

	while (!why && bytes.length) {
		size_t n = STREAM_PIECE - out->filled;

		n = n < bytes.length ? n : bytes.length;
		memcpy(out->piece + out->filled, bytes.at, n);
		out->filled += n;
		bytes = text_from(bytes, n);
		if (out->filled == STREAM_PIECE)
			why = flush(out, false);
	}
	return why;
}

static problem put_zeroes(struct archive_out *out, size_t n)
{
	static const char zeroes[2 * TAR_BLOCK];

	assert(n <= sizeof zeroes);
	return put(out, (struct text){ zeroes, n });
}

/* ---- files ---- */

problem archive_begin(int fd, struct text passphrase, struct world *world, struct archive_out **ret)
{
	struct archive_out *out = calloc(1, sizeof *out);
	unsigned char head[STREAM_HEAD_BYTES];
	problem why = NULL;

	if (!out)
		abort();
	*out = (struct archive_out){ .fd = fd, .world = world, .at_s = world_now_ms(world) / 1000, .rested_ms = world_now_ms(world), .manifest = BUFFER(MANIFEST_MAX) };
	if (passphrase.at)
		why = sealed_begin(passphrase, world, head, &out->seal);
	if (!why && out->seal)
		why = backup__write(fd, TEXT(ARCHIVE_SEALED));
	if (!why && out->seal)
		why = backup__write(fd, (struct text){ (const char *)head, sizeof head });
	if (why)
		archive_drop(out);
	else
		*ret = out;
	return why;
}

static problem put_head(struct archive_out *out, const struct tar_head *head)
{
	char block[TAR_BLOCK];

	if (!tar_name_is_safe(head->name) || !tar_write(head, block))
		return &backup_failed;
	return put(out, (struct text){ block, sizeof block });
}

problem archive_file(struct archive_out *out, struct text name, int64_t size)
{
	problem why = put_head(out, &(struct tar_head){ .name = name, .size = size, .at_s = out->at_s });

	assert(!out->name.at && size >= 0);
	if (why)
		return why;
	memcpy(out->name_bytes, name.at, name.length);
	out->name = (struct text){ out->name_bytes, name.length };
	out->size = out->left = size;
	out->hash = sha256_begin();
	return NULL;
}

problem archive_bytes(struct archive_out *out, struct text bytes)
{
	assert((int64_t)bytes.length <= out->left);
	out->left -= (int64_t)bytes.length;
	sha256_add(&out->hash, bytes);
	return put(out, bytes);
}

problem archive_file_end(struct archive_out *out)
{
	struct sha256 hash = sha256_end(&out->hash);
	char hex[MANIFEST_HEX];

	assert(out->name.at && !out->left);
	manifest_add(&out->manifest, hex_of(&hash, hex), out->name);
	out->name = (struct text){ 0 };
	return out->manifest.why ? out->manifest.why : put_zeroes(out, (size_t)(-out->size & (TAR_BLOCK - 1)));
}

problem archive_whole(struct archive_out *out, struct text name, struct text bytes)
{
	problem why = archive_file(out, name, (int64_t)bytes.length);

	if (!why)
		why = archive_bytes(out, bytes);
	return why ? why : archive_file_end(out);
}

problem archive_same(struct archive_out *out, struct text name, struct text as)
{
	struct tar_head head = { .name = name, .same = as, .at_s = out->at_s };

	if (!manifest_add_same(&out->manifest, &head))
		return &backup_failed;
	return put_head(out, &head);
}

problem archive_end(struct archive_out *out)
{
	struct text manifest = buffer_text(&out->manifest);
	problem why = put_head(out, &(struct tar_head){ .name = TEXT(ARCHIVE_MANIFEST), .size = (int64_t)manifest.length, .at_s = out->at_s });

	if (!why)
		why = put(out, manifest);
	if (!why)
		why = put_zeroes(out, -manifest.length & (TAR_BLOCK - 1));
	if (!why)
		why = put_zeroes(out, 2 * TAR_BLOCK);
	if (!why)
		why = flush(out, true);
	if (!why && fsync(out->fd))
		why = backup__failure();
	return why;
}

void archive_drop(struct archive_out *out)
{
	if (!out)
		return;
	if (out->name.at)
		sha256_drop(&out->hash);
	sealed_close(out->seal);
	buffer_free(&out->manifest);
	free(out);
}
