/* make.c - the first step of every asset, and those kinds that need no ffmpeg: captions, pictures, documents, attachments. */
#include "media/make.h"
#include "media/media_room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

const struct problem asset_broken = { 422, "asset-broken", "The file cannot be read as what its name says." };
const struct problem asset_too_much = { 422, "asset-too-much", "The file has too many pixels, pages or hours." };

enum { PIECE = 1 << 20, CAPTIONS_MAX = 2 << 20, PAGES_MAX = 1000, TOOL_MEMORY_MB = 2048 };

const char *make_path(const struct making *m, const char *file)
{
	return asset_path(m->arena, serve_data_folder(m->serve), m->asset.id, file);
}

problem make_keep(const struct making *m, const char *draft, const char *file)
{
	const char *from = make_path(m, draft), *to = make_path(m, file);
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	bool kept = fd >= 0 && !fsync(fd) && !rename(from, to);

	if (fd >= 0)
		close(fd);
	return kept ? media__sync_folder(make_path(m, "")) : media__failure();
}

/* ---- hash ---- */

static problem hash_file(struct making *m, int fd, char *piece)
{
	struct sha256_stream hash = sha256_begin();
	struct sha256 is;
	ssize_t n;

	while ((n = read(fd, piece, PIECE)) > 0 && !atomic_load(m->stopping)) {
		sha256_add(&hash, (struct text){ piece, (size_t)n });
		make_tell(m);
	}
	is = sha256_end(&hash);
	if (atomic_load(m->stopping))
		return &make_stopped;
	m->asset.sha256 = hex_encode(m->arena, (struct text){ (const char *)is.at, sizeof is.at });
	return n < 0 ? media__failure() : NULL;
}

static problem hash_original(struct making *m)
{
	int fd = open(make_path(m, "original"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *piece = malloc(PIECE);
	struct stat file;
	problem why = fd < 0 || !piece || fstat(fd, &file) ? media__failure() : NULL;

	if (!why && file.st_size != m->asset.size)
		why = &asset_broken;
	if (!why)
		why = hash_file(m, fd, piece);
	free(piece);
	if (fd >= 0)
		close(fd);
	return why;
}

problem make_probe(struct making *m)
{
	problem why = hash_original(m);

	if (why)
		return why;
	m->asset.progress = 0;
	m->asset.state = ASSET_READY;
	switch ((enum asset_kind)m->asset.kind) {
	case ASSET_VIDEO:
		return make_probe_video(m);
	case ASSET_AUDIO:
		m->asset.state = ASSET_TRANSCODING;
		return NULL;
	case ASSET_IMAGE:
		return make_image(m);
	case ASSET_PDF:
		return make_pdf(m);
	case ASSET_CAPTIONS:
		return make_captions(m);
	case ASSET_FILE:
		return NULL;
	case ASSET_KIND_NONE:
	case ASSET_KIND_COUNT:
		break;
	}
	return &asset_broken;
}

problem make_slowly(struct making *m) { return m->asset.kind == ASSET_AUDIO ? make_audio(m) : make_video(m); }

/* ---- whole small files ---- */

static problem read_file(struct making *m, const char *file, size_t max, struct text *ret)
{
	int fd = open(make_path(m, file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;
	size_t length = 0;
	char *bytes;
	ssize_t n = 1;

	if (fd < 0)
		return media__failure();
	if (fstat(fd, &about) || about.st_size > (off_t)max) {
		close(fd);
		return &asset_too_much;
	}
	bytes = arena_alloc(m->arena, (size_t)about.st_size + 1);
	while (n > 0 && length < (size_t)about.st_size) {
		n = read(fd, bytes + length, (size_t)about.st_size - length);
		length += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	*ret = (struct text){ bytes, length };
	return n < 0 ? media__failure() : NULL;
}

static problem write_file(struct making *m, const char *file, struct text bytes)
{
	int fd = open(make_path(m, "draft"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	problem why = fd < 0 ? media__failure() : media__write(fd, bytes);

	if (fd >= 0 && close(fd) && !why)
		why = media__failure();
	return why ? why : make_keep(m, "draft", file);
}

/* ---- captions: WebVTT, UTF-8, with at least one cue ---- */

problem make_captions(struct making *m)
{
	struct text bytes;
	problem why = read_file(m, "original", CAPTIONS_MAX, &bytes);

	if (why)
		return why;
	if (text_starts(bytes, TEXT("\xEF\xBB\xBF")))
		bytes = text_from(bytes, 3);
	if (!text_starts(bytes, TEXT("WEBVTT")) || !text_is_utf8(bytes) || text_find(bytes, TEXT("-->")) == SIZE_MAX)
		return &asset_broken;
	m->asset.served = TEXT("captions.vtt");
	return write_file(m, "captions.vtt", bytes);
}

/* ---- pictures: made anew, so that what hides in a file stays behind ---- */

struct keeping {
	const struct blob *blob;
};

static problem add_blob(struct tx *tx, void *arg)
{
	media_add(tx, ((const struct keeping *)arg)->blob);
	return tx_problem(tx);
}

static problem keep_image(struct making *m, const char *made)
{
	struct text bytes;
	struct blob blob;
	problem why = read_file(m, made, MEDIA_IMAGE_MAX, &bytes);

	if (!why)
		why = media_keep(m->arena, serve_data_folder(m->serve), bytes, &blob);
	if (!why)
		why = db_write(serve_db(m->serve), add_blob, &(struct keeping){ &blob });
	(void)unlink(make_path(m, made));
	if (why)
		return why;
	m->asset.blob = blob_name(m->arena, &blob);
	m->asset.width = blob.width;
	m->asset.height = blob.height;
	return NULL;
}

problem make_image(struct making *m)
{
	struct text bytes;
	struct image image;
	const char *in, *out, *made;
	problem why = read_file(m, "original", MEDIA_IMAGE_MAX, &bytes);

	if (!why)
		why = image_measure(bytes, &image);
	if (why)
		return why == &media_too_large ? &asset_too_much : why == &media_no_image ? &asset_broken : why;
	/* moving pictures become WebP, which keeps them moving */
	made = text_is(text_of(image.ext), "gif") ? "made.webp" : arena_cstr(m->arena, arena_format(m->arena, "made.%s", image.ext));
	in = arena_cstr(m->arena, arena_format(m->arena, "%s%s", make_path(m, "original"), text_is(text_of(image.ext), "gif") ? "[n=-1]" : ""));
	out = arena_cstr(m->arena, arena_format(m->arena, "%s[%sstrip]", make_path(m, made), text_ends(text_of(made), TEXT("png")) ? "" : "Q=85,"));
	why = tool_run(m, &(struct tool){ .argv = (const char *const[]){ "vipsthumbnail", in, "--size", "2560x2560>", "-o", out, "--vips-concurrency=1", NULL },
		                          .wall_s = 120, .cpu_s = 120, .memory = (int64_t)TOOL_MEMORY_MB << 20, .file = MEDIA_IMAGE_MAX * 4 });
	return why ? why : keep_image(m, made);
}

/* ---- documents: each page a picture, and its words for who does not see ---- */

static problem count_pages(struct making *m)
{
	struct text said, line;
	problem why = tool_ask(m, &(struct tool){ .argv = (const char *const[]){ "pdfinfo", make_path(m, "original"), NULL },
		                                  .wall_s = 60, .cpu_s = 60, .memory = (int64_t)TOOL_MEMORY_MB << 20 }, &said);

	if (why)
		return why;
	m->asset.pages = 0;
	while (said.at) {
		line = text_cut(&said, '\n');
		if (text_starts(line, TEXT("Pages:")))
			(void)!text_to_int(text_trim(text_from(line, 6)), &m->asset.pages);
	}
	return m->asset.pages <= 0 ? &asset_broken : m->asset.pages > PAGES_MAX ? &asset_too_much : NULL;
}

static problem make_page(struct making *m, int64_t page)
{
	const char *n = arena_cstr(m->arena, arena_format(m->arena, "%lld", (long long)page));
	const char *to = make_path(m, arena_cstr(m->arena, arena_format(m->arena, "page-%s", n)));

	return tool_run(m, &(struct tool){
		.argv = (const char *const[]){ "pdftoppm", "-q", "-jpeg", "-jpegopt", "quality=80", "-scale-to-x", "1400", "-scale-to-y", "-1", "-f", n,
		                               "-l", n, "-singlefile", make_path(m, "original"), to, NULL },
		.wall_s = 60, .cpu_s = 60, .memory = (int64_t)TOOL_MEMORY_MB << 20, .file = 64 << 20 });
}

problem make_pdf(struct making *m)
{
	problem why = count_pages(m);

	for (int64_t page = 1; !why && page <= m->asset.pages; page++) {
		why = make_page(m, page);
		m->asset.progress = page * 100 / m->asset.pages;
	}
	if (!why)
		why = tool_run(m, &(struct tool){ .argv = (const char *const[]){ "pdftotext", "-q", "-enc", "UTF-8", make_path(m, "original"),
			                                                         make_path(m, "text.txt"), NULL },
			                          .wall_s = 120, .cpu_s = 120, .memory = (int64_t)TOOL_MEMORY_MB << 20, .file = 64 << 20 });
	return why ? why : media__sync_folder(make_path(m, ""));
}
