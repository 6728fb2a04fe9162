/* media.h - what belongs to works and is no text: blobs, which are public, and assets, which are not.
 *
 * A blob is bytes under their hash: an image of a page. Its file is durable before its row; a file without a row is only waste.
 * An asset is a recording, a document or an attachment of somebody. It comes by tus (/api/uploads), is checked and made fit for
 * browsers, and is served to whom a signed address was given: media_grant makes one, and who may have it is known above. */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "serve/serve.h"

/* ---- blobs: PNG, JPEG, GIF, WebP, told by their bytes, never by their name. SVG is refused: it is a program ---- */

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

/* The same picture to the bit, without what cameras and programs write beside it: EXIF with its place, XMP, IPTC, comments, what
 * hangs behind its end. How it is to be turned stays. A GIF stays as it is. media_no_image: broken. */
MUST problem image_strip(struct arena *arena, struct text bytes, struct text *ret);

struct blob {
	struct text hash, ext;    /* SHA-256, lower-case hex */
	int64_t size, width, height, created_ms;
};
struct text blob_name(struct arena *arena, const struct blob *blob); /* "hash.ext": its address is /media/ and this */

/* Keeps an image under the data folder: a draft, fsync, rename, fsync of the folder. Outside transactions. */
MUST problem media_keep(struct arena *arena, struct text data_folder, struct text bytes, struct blob *ret);
void media_add(struct tx *tx, const struct blob *blob); /* its row; once more is no harm */
MUST problem media_find(struct tx *tx, struct text name, struct blob *ret); /* blob_missing */

/* ---- pictures that we draw ---- */

extern const struct problem media_draw_off; /* 503: the program for it, or a Chinese font, is not installed */

/* Who wants to draw waits for his turn; problem_busy where three wait, or after a while. Both below are asked for with the turn taken. */
MUST problem media_turn_take(void);
void media_turn_leave(void);
/* An SVG of ours, with all that it shows in it, as a JPEG at that path, whole or not at all. From a worker: it takes a second. */
MUST problem media_draw(struct serve *serve, struct arena *arena, struct text svg, const char *path);
/* A blob made small, to stand in such an SVG: a JPEG, or a PNG where what one sees through is kept. */
struct media_size {
	int side;
	bool keeps_alpha;
};
MUST problem media_small(struct serve *serve, struct arena *arena, const struct blob *blob, const struct media_size *size, struct text *ret);

/* ---- how much there is ---- */

struct media_sums {
	int64_t blobs, blob_bytes;   /* pictures of pages */
	int64_t assets, asset_bytes; /* recordings and documents, as they were sent */
	int64_t making, failed;      /* assets that are being made fit for browsers, or wait for it; that could not be */
	int64_t since_ms;            /* since when the longest of those waits; 0: none does */
};
MUST problem media_sums(struct tx *tx, struct media_sums *ret);

/* ---- assets ---- */

ID_TYPE(asset_id);

/* 0 is nobody's kind */
#define ASSET_KINDS(X) \
	X(VIDEO, "video") X(AUDIO, "audio") X(IMAGE, "image") X(PDF, "pdf") X(CAPTIONS, "captions") X(FILE, "file")
#define X_ASSET_KIND(kind, name) ASSET_##kind,
enum asset_kind { ASSET_KIND_NONE, ASSET_KINDS(X_ASSET_KIND) ASSET_KIND_COUNT };
#undef X_ASSET_KIND
extern const char *const asset_kind_names[];

/* uploading -> uploaded -> probing -> ready | transcoding -> ready; from the three in the middle to failed, and back by hand */
#define ASSET_STATES(X) \
	X(UPLOADING, "uploading") X(UPLOADED, "uploaded") X(PROBING, "probing") X(TRANSCODING, "transcoding") X(READY, "ready") \
	X(FAILED, "failed")
#define X_ASSET_STATE(state, name) ASSET_##state,
enum asset_state { ASSET_STATE_NONE, ASSET_STATES(X_ASSET_STATE) ASSET_STATE_COUNT };
#undef X_ASSET_STATE
extern const char *const asset_state_names[];

extern const struct problem asset_missing; /* 404: not there, or not his */
extern const struct problem asset_used;    /* 409: a lesson shows it */

/* What kind of thing this person has uploaded under that number; asset_missing: nothing, or not he. */
MUST problem asset_kind_of(struct tx *tx, struct asset_id id, struct user_id owner, enum asset_kind *ret);

enum { MEDIA_IN_DOC_MAX = 200, MEDIA_CAPTIONS_MAX = 16 };

/* The assets that a document's nodes name: {"type":"video"|"audio"|"attachment"|"pdf","attrs":{"asset":ID,"title":...}}. Each
 * once, at most MEDIA_IN_DOC_MAX. No document: none. */
size_t media_in_doc(struct arena *arena, struct text doc, struct asset_id ret[MEDIA_IN_DOC_MAX]);
/* A lesson of that work shows these; only what belongs to one of the two people, and came whole, counts. */
void media_use_doc(struct tx *tx, struct text doc, struct work_id work, struct user_id one, struct user_id other);

bool media_is_shown(struct tx *tx, struct asset_id asset, struct work_id work);

/* What a page shows of an asset. Addresses are those of a grant. */
struct media_captions {
	struct text language, name, url;
};
struct media_item {
	struct asset_id id;
	int kind, state;          /* enum asset_kind, asset_state: without addresses until it is ready */
	struct text name;
	int64_t size, progress, duration_ms, width, height, pages;
	struct text url;          /* the recording, the file to download; of a PDF none */
	struct text poster, peaks;
	struct text page_url, text_url; /* of a PDF; "{n}" stands for the page, from 1 */
	struct media_captions *captions;
	size_t caption_count;
};
extern const struct shape media_item_shape;
/* Addresses that are good for this person (0: for anybody, shortly), who may see it: ask before. */
MUST problem media_grant(struct serve *serve, struct tx *tx, struct asset_id asset, struct user_id user, struct media_item *ret);
/* The same for all that a lesson's document names, if it was put into that work by whom it belongs to, or belongs to `author`
 * (of a draft; 0: nobody). Nobody shows another's by writing its number into a lesson. */
struct media_shown {
	struct text doc;
	struct work_id work;
	struct user_id author, user;
	int64_t access_until_ms;  /* the person sees it by access to the work, which ends then at the latest: the addresses end with it; 0: otherwise */
};
MUST problem media_grant_doc(struct serve *serve, struct tx *tx, const struct media_shown *shown, struct media_item **ret, size_t *ret_count);

/* ---- access that ends before an address does ---- */

struct media_ended {
	struct user_id user;
	struct work_id work;
};
/* Whose access to which work was taken back since then, and who has no other: newest first. Who knows it stands above; app/ wires it,
 * before serving. Until it has answered once, addresses that hang on access are refused for the moment. */
typedef problem (*media_ended_fn)(struct tx *tx, int64_t since_ms, struct media_ended **ret, size_t *ret_count);
void media_know_ended(struct serve *serve, media_ended_fn fn);

/* ---- what was really sent of recordings ---- */

enum { MEDIA_PARTS = 60, MEDIA_NOT_PLAYED = 1 };
struct media_served {
	struct user_id user;
	struct work_id work;
	struct asset_id asset;
	int64_t size;             /* of the file that is played; MEDIA_NOT_PLAYED: pages, or a file, of which nothing is taken in ahead */
	int64_t parts;            /* bit i: the i-th of MEDIA_PARTS equal parts went out; pieces of several count together, as the fullest ones */
};
/* What was sent under addresses that hang on access, since it was told last; a second after, together. It may be told again. app/ wires
 * it, before serving; what was not told when the program dies is forgotten. */
typedef problem (*media_served_fn)(struct tx *tx, const struct media_served *items, size_t n);
void media_know_served(struct serve *serve, media_served_fn fn);
/* How much of a recording that is, 0 to 1000, but for what a player takes in before anybody plays. */
int64_t media_served_permille(int64_t parts, int64_t size);

/* ---- all files, for whoever keeps copies of them ---- */

struct media_file {
	struct text path;         /* below the data folder: "blobs/ab/cdef….png", "assets/07/1234/original" */
	int64_t size;             /* as its row says; -1: none does */
	struct text sha256;       /* hex; absent: no row says it */
	bool blob, needed;        /* needed: a row names it */
};
/* Each file that the rows name or that was made for one. Uploads that have not come whole are left out, and so are drafts. */
typedef problem (*media_file_fn)(void *arg, const struct media_file *file);
MUST problem media_files(struct tx *tx, struct text data_folder, media_file_fn each, void *arg);
/* While it is held, no process removes a file (a row may go: its file stays a while). Waits for a removal that runs. -1: it cannot. */
int media_hold(struct text data_folder);
void media_hold_end(int hold);

/* Waits until nothing is left to be made: for tests and the command line. */
void media_wait(struct serve *serve);

extern const struct privacy_part media_privacy;
extern const struct module media_module;

#endif
