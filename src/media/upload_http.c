/* upload_http.c - tus 1.0.0: creation (with the first bytes, if they come along), termination, checksum, expiration.
 *
 * The offset is the length of the file, so nothing can be in two minds about it. Bytes with a checksum are held back until it was
 * right: the row says from where on the file is in doubt, and whoever comes next cuts it there. A lock on the file keeps writers
 * apart, in this process and in others, and goes with the process that dies. */
#include "media/asset.h"
#include "media/media_room.h"
#include "media/tus.h"

#include "audit/audit.h"
#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, WINDOW = 8 << 20, OPEN_UPLOADS_MAX = 200, CAPTIONS_MAX = 2 << 20, DOCUMENT_MAX = 200 << 20 };
#define EXPIRES_MS      ((int64_t)7 * 24 * 3600 * 1000)
#define PROLONGED_MS    ((int64_t)24 * 3600 * 1000)

static const struct problem tus_version = { 412, "tus-version", "This server speaks tus 1.0.0." };
static const struct problem upload_length_wrong = { 400, "upload-length", "Upload-Length must be a number above 0." };
static const struct problem upload_name_wrong = { 400, "upload-name", "Upload-Metadata must hold a filename in base64." };
static const struct problem upload_large = { 413, "upload-large", "The file is larger than is allowed." };
static const struct problem upload_many = { 429, "upload-many", "Too many uploads are open: finish or delete some." };
static const struct problem upload_offset = { 409, "upload-offset", "The file ends elsewhere: ask for its offset." };
static const struct problem upload_busy = { 423, "upload-busy", "Somebody is writing to this upload." };
static const struct problem upload_type = { 415, "upload-type", "The body must be application/offset+octet-stream." };
static const struct problem checksum_unknown = { 400, "upload-checksum-unknown", "Upload-Checksum must be sha1 or sha256 and base64." };
static const struct problem checksum_wrong = { 460, "upload-checksum", "The bytes are not those of the checksum." };
static const struct problem upload_cut = { 503, "upload-cut", "The line broke: ask for the offset and go on from there." };

static struct text folder_of(const struct request *rq) { return serve_data_folder(rq->serve); }

static struct text number(struct request *rq, int64_t n) { return arena_format(rq->arena, "%lld", (long long)n); }

static problem speak_tus(struct request *rq)
{
	if (!text_is(http_header(rq->http, "Tus-Resumable"), "1.0.0"))
		return &tus_version;
	reply_header(rq, "Tus-Resumable", TEXT("1.0.0"));
	return NULL;
}

problem upload__abilities(struct request *rq)
{
	reply_header(rq, "Tus-Resumable", TEXT("1.0.0"));
	reply_header(rq, "Tus-Version", TEXT("1.0.0"));
	reply_header(rq, "Tus-Extension", TEXT("creation,creation-with-upload,termination,checksum,expiration"));
	reply_header(rq, "Tus-Max-Size", number(rq, media_home(rq->serve)->upload_max));
	reply_header(rq, "Tus-Checksum-Algorithm", TEXT("sha1,sha256"));
	return reply_none(rq, 204);
}

static void tell_expiry(struct request *rq, const struct asset *asset)
{
	reply_header(rq, "Upload-Expires", http_date(rq->arena, asset->expires_ms / 1000));
}

static problem disk_holds(const struct request *rq, const char *folder, int64_t bytes)
{
	int64_t left = disk_free(folder);

	return left >= 0 && left - media_home(rq->serve)->disk_reserve < bytes ? &media_full : NULL;
}

/* ---- one upload, open ---- */

struct upload {
	struct request *rq;
	struct asset asset;
	int fd;
	int64_t offset;
};

static void upload_close(struct upload *u)
{
	if (u->fd >= 0)
		close(u->fd);
}

static problem load(struct tx *tx, void *arg)
{
	struct upload *u = arg;

	return asset__load_own(tx, u->asset.id, u->rq->who.id, &u->asset);
}

static problem find(struct request *rq, struct upload *ret)
{
	problem why;

	*ret = (struct upload){ .rq = rq, .fd = -1 };
	why = path_id(rq, "id", &ret->asset.id.v);
	return why ? why : request_read(rq, load, ret);
}

static problem measure(struct upload *u)
{
	struct stat file;

	if (fstat(u->fd, &file))
		return media__failure();
	u->offset = file.st_size;
	return NULL;
}

static problem open_file(struct upload *u)
{
	struct request *rq = u->rq;
	problem why = asset_make_folder(rq->arena, folder_of(rq), u->asset.id);

	if (why)
		return why;
	u->fd = open(asset_path(rq->arena, folder_of(rq), u->asset.id, "original"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return u->fd < 0 ? media__failure() : measure(u);
}

struct holding {
	struct asset_id id;
	int64_t from;
};

static problem write_hold(struct tx *tx, void *arg)
{
	const struct holding *h = arg;

	return asset__hold(tx, h->id, h->from);
}

static problem hold(struct upload *u, int64_t from)
{
	return request_write(u->rq, write_hold, &(struct holding){ u->asset.id, from });
}

/* What a writer that is gone has left unchecked is cut off. Only with the lock. */
static problem settle(struct upload *u)
{
	problem why;

	if (u->asset.hold_given != GIVEN_VALUE)
		return NULL;
	if (u->asset.hold_from < u->offset && (ftruncate(u->fd, u->asset.hold_from) || fsync(u->fd)))
		return media__failure();
	why = hold(u, -1);
	u->asset.hold_given = GIVEN_NOT;
	return why ? why : measure(u);
}

/* ---- the end ---- */

static problem finish_row(struct tx *tx, void *arg)
{
	const struct upload *u = arg;
	problem why = asset__uploaded(tx, u->asset.id);

	if (!why)
		audit_add(tx, u->asset.user, "asset-uploaded", "asset", u->asset.id.v, (struct text){ 0 });
	return why ? why : tx_problem(tx);
}

/* The bytes are on the disk, then the row says so. */
static problem finish(struct upload *u)
{
	problem why;

	if (fsync(u->fd) || media__sync_folder(asset_path(u->rq->arena, folder_of(u->rq), u->asset.id, "")))
		return media__failure();
	why = request_write(u->rq, finish_row, u);
	if (!why)
		keeper_wake(media_home(u->rq->serve)->keeper);
	return why;
}

static problem drop_row(struct tx *tx, void *arg)
{
	struct upload *u = arg;

	return asset_drop(tx, &u->asset, u->rq->who.id);
}

/* ---- bytes coming in ---- */

struct receiving {
	struct upload *upload;
	const char *folder;       /* whose disk it is */
	char *piece;
	enum tus_digest kind;
	struct text digest;
	EVP_MD_CTX *hash;
	bool checked;             /* the first bytes are what the name says */
	int64_t begun;            /* what lies before it, the disk was told to write */
};

static void receiving_end(struct receiving *r)
{
	free(r->piece);
	EVP_MD_CTX_free(r->hash);
}

/* Early: nobody shall wait for twenty gigabytes to hear that they are no recording. */
static problem check_head(struct receiving *r)
{
	struct upload *u = r->upload;
	char head[ASSET_HEAD];
	ssize_t n;

	if (r->checked || (u->offset < ASSET_HEAD && u->offset < u->asset.size))
		return NULL;
	n = pread(u->fd, head, sizeof head, 0);
	if (n < 0)
		return media__failure();
	r->checked = true;
	return kind_agrees(u->asset.ext, (struct text){ head, (size_t)n }) ? NULL : &upload_kind_wrong;
}

/* The disk writes what has come while more comes; the fsync at the end, for which the client waits, finds little left. */
static void pass_on(struct receiving *r)
{
	int64_t length = r->upload->offset - r->begun;

	if (length < WINDOW)
		return;
	(void)sync_file_range(r->upload->fd, r->begun, length, SYNC_FILE_RANGE_WRITE);
	r->begun = r->upload->offset;
}

static problem write_piece(struct receiving *r, struct text piece)
{
	problem why;

	if (r->hash && !EVP_DigestUpdate(r->hash, piece.at, piece.length))
		abort();
	why = disk_holds(r->upload->rq, r->folder, (int64_t)piece.length);
	if (!why)
		why = media__write(r->upload->fd, piece);
	if (why)
		return why;
	r->upload->offset += (int64_t)piece.length;
	pass_on(r);
	return check_head(r);
}

static problem check_digest(struct receiving *r)
{
	unsigned char is[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (!r->hash)
		return NULL;
	if (!EVP_DigestFinal_ex(r->hash, is, &length))
		abort();
	return text_eq((struct text){ (const char *)is, length }, r->digest) ? NULL : &checksum_wrong;
}

static problem pump(struct receiving *r)
{
	size_t n = 1;
	problem why = NULL;

	while (!why && n) {
		/* the client's going is no fault of its request */
		if (http_body_read(r->upload->rq->http, r->piece, PIECE, &n))
			return &upload_cut;
		if (n)
			why = write_piece(r, (struct text){ r->piece, n });
	}
	return why ? why : check_digest(r);
}

/* What must not stay of bytes that failed: those with a checksum; what a failed write left behind its whole pieces. */
static problem take_back(struct receiving *r, int64_t start, problem why)
{
	struct upload *u = r->upload;
	int64_t good = r->hash ? start : u->offset;

	(void)!ftruncate(u->fd, good);
	(void)fdatasync(u->fd);
	if (r->hash && !hold(u, -1))
		u->asset.hold_given = GIVEN_NOT;
	if (why == &upload_kind_wrong)
		(void)!request_write(u->rq, drop_row, u);
	return why;
}

static problem begin_digest(struct receiving *r)
{
	struct upload *u = r->upload;

	if (r->kind == TUS_DIGEST_NONE)
		return NULL;
	r->hash = EVP_MD_CTX_new();
	if (!r->hash || !EVP_DigestInit_ex(r->hash, r->kind == TUS_SHA1 ? EVP_sha1() : EVP_sha256(), NULL))
		abort();
	return hold(u, u->offset);
}

static problem receive(struct upload *u)
{
	CLEANUP(receiving_end) struct receiving r = { .upload = u, .begun = u->offset, .folder = arena_cstr(u->rq->arena, folder_of(u->rq)) };
	int64_t start = u->offset;
	problem why;

	r.kind = tus_checksum(u->rq->arena, http_header(u->rq->http, "Upload-Checksum"), &r.digest);
	if (r.kind == TUS_DIGEST_WRONG)
		return &checksum_unknown;
	if (u->rq->http->body_length > u->asset.size - start)
		return &upload_large;
	if (lseek(u->fd, start, SEEK_SET) != start)
		return media__failure();
	r.checked = start >= ASSET_HEAD;
	r.piece = malloc(PIECE);
	if (!r.piece)
		abort();
	why = disk_holds(u->rq, r.folder, u->rq->http->body_length);
	if (!why)
		why = begin_digest(&r);
	if (!why)
		why = pump(&r);
	if (why)
		return take_back(&r, start, why);
	if (u->offset == u->asset.size)
		return finish(u);
	if (fdatasync(u->fd))
		return media__failure();
	return r.hash ? hold(u, -1) : NULL;
}

/* ---- creation ---- */

static int64_t most_of(const struct request *rq, enum asset_kind kind)
{
	int64_t most = media_home(rq->serve)->upload_max;
	int64_t own = kind == ASSET_CAPTIONS ? CAPTIONS_MAX : kind == ASSET_IMAGE ? MEDIA_IMAGE_MAX : kind == ASSET_PDF ? DOCUMENT_MAX : most;

	return own < most ? own : most;
}

struct awaiting {
	struct request *rq;
	struct arena *arena;
	int64_t bytes;
};

static problem add_missing_of(void *arg, const void *row)
{
	struct awaiting *a = arg;
	const struct asset *asset = row;
	struct stat file;
	bool begun = !stat(asset_path(a->arena, folder_of(a->rq), asset->id, "original"), &file);

	a->bytes += begun && file.st_size < asset->size ? asset->size - file.st_size : begun ? 0 : asset->size;
	arena_reset(a->arena);
	return NULL;
}

static problem read_draft(struct request *rq, struct asset *ret)
{
	struct text raw;
	enum asset_kind kind;

	*ret = (struct asset){ .user = rq->who.id, .expires_ms = world_now_ms(serve_world(rq->serve)) + EXPIRES_MS };
	if (!text_to_int(http_header(rq->http, "Upload-Length"), &ret->size) || ret->size <= 0)
		return &upload_length_wrong;
	if (!tus_metadata(rq->arena, http_header(rq->http, "Upload-Metadata"), "filename", &raw))
		return &upload_name_wrong;
	ret->name = tus_file_name(rq->arena, raw, ASSET_NAME_MAX);
	if (!ret->name.length)
		return &upload_name_wrong;
	if (!kind_of_name(ret->name, &kind, &ret->ext))
		return &upload_kind_refused;
	ret->kind = (int)kind;
	return ret->size > most_of(rq, kind) ? &upload_large : NULL;
}

static problem add_missing(struct tx *tx, void *arg)
{
	struct awaiting *a = arg;

	a->bytes = 0;
	return asset__open(tx, world_now_ms(serve_world(a->rq->serve)), add_missing_of, a);
}

/* What the open uploads still want is as good as taken. */
static problem has_room(struct request *rq, int64_t bytes)
{
	struct awaiting a = { .rq = rq, .arena = arena_new(1 << 20) };
	problem why = request_read(rq, add_missing, &a);

	arena_free(a.arena);
	return why ? why : disk_holds(rq, arena_cstr(rq->arena, folder_of(rq)), a.bytes + bytes);
}

static problem insert(struct tx *tx, void *arg)
{
	struct asset *asset = arg;

	if (asset__uploads_of(tx, asset->user) >= OPEN_UPLOADS_MAX)
		return &upload_many;
	asset->id = (struct asset_id){ tx_id(tx) };
	asset__insert(tx, asset);
	return tx_problem(tx);
}

static bool brings_bytes(const struct request *rq)
{
	return text_is(http_header(rq->http, "Content-Type"), "application/offset+octet-stream");
}

static problem receive_first(struct upload *u)
{
	problem why = open_file(u);

	if (!why && flock(u->fd, LOCK_EX | LOCK_NB))
		why = &upload_busy;
	if (!why)
		why = receive(u);
	/* it was made: what came of its bytes is told by its offset */
	return why == &upload_cut ? NULL : why;
}

problem upload__create(struct request *rq)
{
	CLEANUP(upload_close) struct upload u = { .rq = rq, .fd = -1 };
	problem why = speak_tus(rq);

	if (!why)
		why = read_draft(rq, &u.asset);
	if (!why)
		why = has_room(rq, u.asset.size);
	if (!why)
		why = request_write(rq, insert, &u.asset);
	if (!why && brings_bytes(rq))
		why = receive_first(&u);
	if (why)
		return why;
	reply_header(rq, "Location", arena_format(rq->arena, "/api/uploads/%lld", (long long)u.asset.id.v));
	if (brings_bytes(rq))
		reply_header(rq, "Upload-Offset", number(rq, u.offset));
	tell_expiry(rq, &u.asset);
	return reply_none(rq, 201);
}

/* ---- going on ---- */

static problem prolong_row(struct tx *tx, void *arg)
{
	const struct upload *u = arg;

	return asset__prolong(tx, u->asset.id, u->asset.expires_ms);
}

/* An upload that goes on does not expire under its feet. */
static problem prolong(struct upload *u)
{
	int64_t now_ms = world_now_ms(serve_world(u->rq->serve));

	if (u->asset.expires_ms <= now_ms)
		return &asset_missing;
	if (u->asset.expires_ms - now_ms > EXPIRES_MS - PROLONGED_MS)
		return NULL;
	u->asset.expires_ms = now_ms + EXPIRES_MS;
	return request_write(u->rq, prolong_row, u);
}

static problem continue_at(struct upload *u, int64_t offset)
{
	problem why = prolong(u);

	if (!why)
		why = open_file(u);
	if (!why && flock(u->fd, LOCK_EX | LOCK_NB))
		return &upload_busy;
	/* the row was read before the lock was ours */
	if (!why)
		why = request_read(u->rq, load, u);
	if (!why)
		why = measure(u);
	if (!why)
		why = settle(u);
	if (!why && (u->offset != offset || u->asset.state != ASSET_UPLOADING))
		why = &upload_offset;
	return why ? why : receive(u);
}

problem upload__append(struct request *rq)
{
	CLEANUP(upload_close) struct upload u = { .fd = -1 };
	int64_t offset;
	problem why = speak_tus(rq);

	if (!why && !brings_bytes(rq))
		why = &upload_type;
	if (!why && (!text_to_int(http_header(rq->http, "Upload-Offset"), &offset) || offset < 0))
		why = &upload_offset;
	if (!why)
		why = find(rq, &u);
	if (!why && u.asset.state != ASSET_UPLOADING)
		why = &upload_offset;
	if (!why)
		why = continue_at(&u, offset);
	if (why)
		return why;
	reply_header(rq, "Upload-Offset", number(rq, u.offset));
	tell_expiry(rq, &u.asset);
	return reply_none(rq, 204);
}

/* ---- how far it is ---- */

/* Durable: what is told is on the disk. While somebody writes, what is certain. */
static problem find_offset(struct upload *u)
{
	problem why = open_file(u);

	if (why)
		return why;
	if (flock(u->fd, LOCK_EX | LOCK_NB)) {
		if (u->asset.hold_given == GIVEN_VALUE)
			u->offset = u->asset.hold_from;
		return NULL;
	}
	why = request_read(u->rq, load, u);
	if (!why)
		why = settle(u);
	if (!why && fsync(u->fd))
		why = media__failure();
	/* the program died between the last byte and the row */
	return !why && u->offset == u->asset.size && u->asset.state == ASSET_UPLOADING ? finish(u) : why;
}

struct upload_state {
	struct asset_id id;
	struct text name;
	int64_t offset, size, expires_ms;
};
const struct shape upload_state_shape = SHAPE_AS("upload", upload_state,
	FIELD(upload_state, id,         SHAPE_ID),
	FIELD(upload_state, name,       SHAPE_TEXT),
	FIELD(upload_state, offset,     SHAPE_INT),
	FIELD(upload_state, size,       SHAPE_INT),
	FIELD(upload_state, expires_ms, SHAPE_TIME));

problem upload__tell(struct request *rq)
{
	CLEANUP(upload_close) struct upload u = { .fd = -1 };
	problem why = rq->http->method == HEAD ? speak_tus(rq) : NULL;

	if (!why)
		why = find(rq, &u);
	if (why)
		return why;
	u.offset = u.asset.size;
	if (u.asset.state == ASSET_UPLOADING)
		why = u.asset.expires_ms <= world_now_ms(serve_world(rq->serve)) ? &asset_missing : find_offset(&u);
	if (why)
		return why;
	reply_header(rq, "Upload-Offset", number(rq, u.offset));
	reply_header(rq, "Upload-Length", number(rq, u.asset.size));
	tell_expiry(rq, &u.asset);
	return reply(rq, 200, &upload_state_shape,
	             &(struct upload_state){ u.asset.id, u.asset.name, u.offset, u.asset.size, u.asset.expires_ms });
}

problem upload__terminate(struct request *rq)
{
	struct asset asset = { 0 };
	problem why = speak_tus(rq);

	if (!why)
		why = path_id(rq, "id", &asset.id.v);
	if (!why)
		why = asset__load_own(rq->tx, asset.id, rq->who.id, &asset);
	if (!why && asset.state != ASSET_UPLOADING)
		why = &asset_missing;
	if (!why)
		why = asset_drop(rq->tx, &asset, rq->who.id);
	return why ? why : reply_none(rq, 204);
}
