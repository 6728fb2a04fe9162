/* media_http.c - the address of a blob. What it names never changes, so it may be kept for ever. */
#include "media/asset.h"
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
	{ OPTIONS, "/api/uploads", upload__abilities, KNOWS, .who = ANYBODY, .says = "What this server knows of tus" },
	{ POST, "/api/uploads", upload__create, STREAMS, .who = CREATOR | ADMIN, .raw = true, .says = "Begin an upload (tus 1.0.0)" },
	{ GET, "/api/uploads/{id}", upload__tell, STREAMS, .who = CREATOR | ADMIN, .gives = &upload_state_shape, .says = "How far an upload of mine is" },
	{ PATCH, "/api/uploads/{id}", upload__append, STREAMS, .who = CREATOR | ADMIN, .raw = true, .says = "The next bytes of an upload" },
	{ DELETE, "/api/uploads/{id}", upload__terminate, WRITES, .who = CREATOR | ADMIN, .says = "Give an upload up" },
	{ GET, "/api/assets", asset__serve_list, READS, .who = CREATOR | ADMIN, .asks = &asset_ask_shape, .gives = &asset_page_shape,
	  .says = "My recordings and files, newest first" },
	{ GET, "/api/assets/{id}", asset__serve_one, READS, .who = CREATOR | ADMIN, .gives = &asset_view_shape, .says = "A recording or file of mine" },
	{ PATCH, "/api/assets/{id}", asset__serve_label, WRITES, .who = CREATOR | ADMIN, .takes = &asset_label_shape, .gives = &asset_view_shape,
	  .says = "Whose captions a file holds, and in which language" },
	{ POST, "/api/assets/{id}/retry", asset__serve_retry, WRITES, .who = CREATOR | ADMIN, .gives = &asset_view_shape,
	  .says = "Make a file ready that could not be made before" },
	{ DELETE, "/api/assets/{id}", asset__serve_delete, WRITES, .who = CREATOR | ADMIN, .says = "Delete a file that no lesson shows" },
	{ GET, "/media/asset/{id}/{name}", asset__serve_file, KNOWS, .who = ANYBODY, .asks = &ticket_ask_shape, .limit = LIMIT_NONE,
	  .says = "A recording or file, to whom its address was given" },
	{ GET, "/media/{name}", serve_blob, READS, .who = ANYBODY, .says = "An image, by its hash" },
	{ 0 }
};
