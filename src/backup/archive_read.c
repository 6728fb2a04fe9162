/* archive_read.c - reads what archive_write.c wrote and nothing else. Each header is made anew and compared, padding is zero, the
 * manifest that comes last is the one that was gathered on the way, and behind it stands nothing: so no bit can be another one. */
#include "backup/backup_room.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 30, ABOUT_MAX = 4 << 20 };

struct archive_in {
	int fd;
	struct sealed_stream *seal;
	bool ended;                    /* sealed: the last piece was read */
	char piece[STREAM_PIECE], raw[STREAM_PIECE + STREAM_MORE];
	size_t filled, used;
	int64_t at_s;                  /* of the first file; all are the same */
	struct buffer manifest, about;
	struct archive_taker *taker;
};

/* ---- bytes ---- */

static problem read_up_to(int fd, char *to, size_t most, size_t *ret)
{
	*ret = 0;
	while (*ret < most) {
		ssize_t n = read(fd, to + *ret, most - *ret);

		if (n < 0)
			return &backup_failed;
		if (!n)
			break;
		*ret += (size_t)n;
	}
	return NULL;
}

static problem refill(struct archive_in *in)
{
	size_t n;
	problem why = in->ended ? &backup_damaged : read_up_to(in->fd, in->seal ? in->raw : in->piece, in->seal ? sizeof in->raw : sizeof in->piece, &n);

	if (why)
		return why;
	in->used = 0;
	in->filled = n;
	if (!in->seal)
		return n ? NULL : &backup_damaged;
	if (sealed_pull(in->seal, (struct text){ in->raw, n }, in->piece, &in->ended))
		return &backup_damaged;
	in->filled -= STREAM_MORE;
	return NULL;
}

/* What is there already, at most n bytes of it; at least one. */
static problem some(struct archive_in *in, size_t most, struct text *ret)
{
	problem why = in->used == in->filled ? refill(in) : NULL;
	size_t n = in->filled - in->used;

	if (why)
		return why;
	if (!n)
		return &backup_damaged;
	n = n < most ? n : most;
	*ret = (struct text){ in->piece + in->used, n };
	in->used += n;
	return NULL;
}

static problem exactly(struct archive_in *in, char *to, size_t n)
{
	struct text part;
	problem why = NULL;

	while (!why && n) {
		why = some(in, n, &part);
		if (why)
			break;
		memcpy(to, part.at, part.length);
		to += part.length;
		n -= part.length;
	}
	return why;
}

static problem zeroes(struct archive_in *in, size_t n)
{
	char block[2 * TAR_BLOCK];
	problem why;

	assert(n <= sizeof block);
	why = exactly(in, block, n);
	for (size_t i = 0; !why && i < n; i++)
		why = block[i] ? &backup_damaged : NULL;
	return why;
}

/* ---- files ---- */

static problem read_head(struct archive_in *in, char block[TAR_BLOCK], struct tar_head *ret)
{
	problem why = exactly(in, block, TAR_BLOCK);

	if (why)
		return why;
	if (!tar_read(block, ret) || !tar_name_is_safe(ret->name) || (ret->same.at && !tar_name_is_safe(ret->same)))
		return &backup_damaged;
	snprintf(in->taker->where, sizeof in->taker->where, "%.*s", TEXT_ARG(ret->name));
	if (!in->at_s)
		in->at_s = ret->at_s;
	return ret->at_s == in->at_s ? NULL : &backup_damaged;
}

typedef problem (*take_bytes)(void *arg, struct text bytes);

static problem read_bytes(struct archive_in *in, const struct tar_head *head, take_bytes take, void *arg)
{
	struct sha256_stream hash = sha256_begin();
	struct sha256 is;
	char hex[MANIFEST_HEX];
	struct text part;
	problem why = NULL;

	for (int64_t left = head->size; !why && left; left -= (int64_t)part.length) {
		why = some(in, left < STREAM_PIECE ? (size_t)left : STREAM_PIECE, &part);
		if (why)
			break;
		sha256_add(&hash, part);
		why = take ? take(arg, part) : NULL;
	}
	is = sha256_end(&hash);
	manifest_add(&in->manifest, hex_of(&is, hex), head->name);
	if (!why)
		why = in->manifest.why;
	return why ? why : zeroes(in, (size_t)(-head->size & (TAR_BLOCK - 1)));
}

static problem add_about(void *arg, struct text bytes)
{
	struct archive_in *in = arg;

	buffer_add(&in->about, bytes);
	return in->about.why ? &backup_damaged : NULL;
}

static problem read_about(struct archive_in *in)
{
	char block[TAR_BLOCK];
	struct tar_head head;
	problem why = read_head(in, block, &head);

	if (why || !text_is(head.name, ARCHIVE_ABOUT) || head.same.at)
		return why && why != &backup_damaged ? why : in->seal ? &backup_damaged : &backup_none;
	why = read_bytes(in, &head, add_about, in);
	return !why && in->taker->about ? in->taker->about(in->taker->arg, buffer_text(&in->about)) : why;
}

static problem read_manifest(struct archive_in *in, const struct tar_head *head)
{
	struct text expected = buffer_text(&in->manifest), part;
	problem why = head->same.at || head->size != (int64_t)expected.length ? &backup_damaged : NULL;

	while (!why && expected.length) {
		why = some(in, expected.length < STREAM_PIECE ? expected.length : STREAM_PIECE, &part);
		if (!why && memcmp(expected.at, part.at, part.length))
			why = &backup_damaged;
		if (!why)
			expected = text_from(expected, part.length);
	}
	return why ? why : zeroes(in, (size_t)(-head->size & (TAR_BLOCK - 1)));
}

static problem read_end(struct archive_in *in)
{
	char more;
	problem why = zeroes(in, 2 * TAR_BLOCK);

	if (!why && in->seal && !in->ended && in->used == in->filled)
		why = refill(in);
	if (!why && (in->used != in->filled || read(in->fd, &more, 1) != 0))
		why = &backup_damaged;
	return !why && in->seal && !in->ended ? &backup_damaged : why;
}

static problem read_file(struct archive_in *in, const struct tar_head *head)
{
	struct archive_taker *taker = in->taker;
	problem why = taker->file ? taker->file(taker->arg, head) : NULL;

	if (!why && head->same.at)
		why = manifest_add_same(&in->manifest, head) ? NULL : &backup_damaged;
	else if (!why)
		why = read_bytes(in, head, taker->bytes, taker->arg);
	return !why && taker->file_end ? taker->file_end(taker->arg) : why;
}

static problem read_all_files(struct archive_in *in)
{
	char block[TAR_BLOCK];
	struct tar_head head;
	problem why;

	for (;;) {
		why = read_head(in, block, &head);
		if (why)
			return why;
		if (text_is(head.name, ARCHIVE_MANIFEST))
			return read_manifest(in, &head);
		why = read_file(in, &head);
		if (why)
			return why;
	}
}

/* ---- sealed or not ---- */

static problem open_seal(struct archive_in *in, struct text passphrase)
{
	char mark[sizeof ARCHIVE_SEALED - 1];
	unsigned char head[STREAM_HEAD_BYTES];
	size_t n;
	problem why = read_up_to(in->fd, mark, sizeof mark, &n);

	if (why)
		return why;
	if (n < sizeof mark || memcmp(mark, ARCHIVE_SEALED, sizeof mark))
		return lseek(in->fd, 0, SEEK_SET) ? &backup_failed : NULL;
	if (!passphrase.length)
		return &backup_sealed;
	why = read_up_to(in->fd, (char *)head, sizeof head, &n);
	if (!why && n < sizeof head)
		why = &backup_damaged;
	return why ? why : sealed_open(passphrase, head, &in->seal);
}

problem archive_read(const char *path, struct text passphrase, struct archive_taker *taker)
{
	struct archive_in *in = calloc(1, sizeof *in);
	problem why = NULL;

	if (!in)
		abort();
	*in = (struct archive_in){ .fd = open(path, O_RDONLY | O_CLOEXEC), .manifest = BUFFER(MANIFEST_MAX), .about = BUFFER(ABOUT_MAX), .taker = taker };
	taker->where[0] = 0;
	why = in->fd < 0 ? &backup_none : open_seal(in, passphrase);
	if (!why)
		why = read_about(in);
	if (!why)
		why = read_all_files(in);
	if (!why)
		why = read_end(in);
	backup__close(&in->fd);
	sealed_close(in->seal);
	buffer_free(&in->manifest);
	buffer_free(&in->about);
	free(in);
	return why;
}
