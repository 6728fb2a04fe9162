/* media_http.c - the address of a blob. What it names never changes, so it may be kept for ever. */
#include "media/media_room.h"

#include <fcntl.h>

static struct text content_type(struct text ext)
{
	return text_is(ext, "png") ? TEXT("image/png") : text_is(ext, "gif") ? TEXT("image/gif") : text_is(ext, "webp") ? TEXT("image/webp") : TEXT("image/jpeg");
}

static problem serve_blob(struct request *rq)
{
	struct blob blob;
	problem why = media_find(rq->tx, path_text(rq, "name"), &blob);
	int fd;

	if (why)
		return why;
	fd = open(media__path(rq->arena, serve_data_folder(rq->serve), &blob), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return &blob_missing;
	reply_header(rq, "Cache-Control", TEXT("public, max-age=31536000, immutable"));
	return reply_file(rq, fd, blob.size, blob.created_ms / 1000, arena_format(rq->arena, "\"%.*s\"", TEXT_ARG(blob.hash)), content_type(blob.ext));
}

const struct route media_routes[] = {
	{ GET, "/media/{name}", serve_blob, READS, .who = ANYBODY, .says = "An image, by its hash" },
	{ 0 }
};

const struct module media_module = { .name = "media", .routes = media_routes };
