/* asset.h - assets, between the files of this room only. */
#ifndef MEDIA_ASSET_H
#define MEDIA_ASSET_H

#include "media/media.h"

enum { ASSET_NAME_MAX = 200, ASSET_HEAD = 4096, ASSET_TRIES_MAX = 3, ASSET_LEASE_MS = 60 * 1000 };

struct asset {
	struct asset_id id;
	struct user_id user;
	struct text name, ext;
	int kind, state;
	int64_t size;
	int64_t hold_from;
	enum given hold_given;
	int64_t expires_ms;
	struct text sha256;
	int64_t progress, duration_ms, width, height, pages;
	struct text served;       /* name of the file that is played or downloaded */
	bool poster, peaks;
	struct text blob, language;
	struct asset_id captions_of;
	struct text why;
	int64_t tries, lease_ms, created_ms;
};

/* ---- kind.c: what a name and the first bytes say ---- */

extern const struct problem upload_kind_refused; /* 415: no such files are taken */
extern const struct problem upload_kind_wrong;   /* 415: the bytes are not what the name says */

/* By the extension; false: none that is taken. */
bool kind_of_name(struct text name, enum asset_kind *ret, struct text *ret_ext);
/* Do the first bytes (all, or ASSET_HEAD) belong to a file of this extension? */
bool kind_agrees(struct text ext, struct text head);
const char *kind_format(struct text ext); /* ffmpeg's name of the container */
struct text kind_content_type(struct text served);

/* ---- place.c: files of an asset, DATA/assets/NN/ID/... ---- */

const char *asset_path(struct arena *arena, struct text data_folder, struct asset_id id, const char *file);
MUST problem asset_make_folder(struct arena *arena, struct text data_folder, struct asset_id id);
void asset_remove_files(struct arena *arena, struct text data_folder, struct asset_id id);
/* False while somebody holds what is there. */
bool asset_may_remove(struct text data_folder, int *ret_hold);
int64_t disk_free(const char *data_folder); /* bytes that we may write; -1: nobody knows */

/* ---- ticket.c: signed addresses ---- */

/* A recording may be long, and may be paused; a free lesson is asked for again. */
enum { GRANT_S = 6 * 3600, FREE_GRANT_S = 2 * 3600, GRANT_STEP_S = 600, GRANT_MAX_S = GRANT_S + GRANT_STEP_S };
enum { TICKET_KEY_BYTES = 32 };
struct ticket {
	struct asset_id asset;
	struct user_id user;      /* 0: anybody */
	struct work_id work;      /* holds while the person's access to it does; 0: in any case */
	int64_t until_s;
	struct text name;         /* to download under; absent: not to be downloaded */
};
struct text ticket_sign(struct arena *arena, struct text key, const struct ticket *ticket);
bool ticket_holds(struct text key, const struct ticket *ticket, struct text signature, int64_t now_ms);

/* ---- ended.c: whose access was taken back while addresses still hold ---- */

struct ended;
struct ended *ended_start(struct db *db);
void ended_know(struct ended *ended, media_ended_fn ask);
void ended_refresh(struct ended *ended); /* nothing before who knows is known */
/* From memory, in less than a microsecond. problem_busy: nobody knows yet. */
MUST problem ended_check(struct ended *ended, struct media_ended of, problem when_ended);
void ended_stop(struct ended *ended);

/* ---- served.c: what was sent of recordings, pages and files ---- */

struct served;
struct served *served_start(struct db *db);
void served_know(struct served *served, media_served_fn tell);
struct served_piece {
	int64_t at, length, all;  /* bytes of a file, or pages */
};
/* From memory. */
void served_note(struct served *served, const struct media_served *of, struct served_piece piece);
void served_flush(struct served *served);
void served_stop(struct served *served); /* after the last is told */

/* ---- second.c: a thread that does what is done each second ---- */

struct media_home;
struct second;
struct second *second_start(struct media_home *home);
void second_stop(struct second *second);

/* ---- home.c: what the room keeps in memory ---- */

struct keeper;
struct media_home {
	struct serve *serve;
	unsigned char key[TICKET_KEY_BYTES];
	struct keeper *keeper;
	struct ended *ended;
	struct served *served;
	struct second *second;
	int64_t upload_max;
	_Atomic int64_t disk_reserve; /* bytes of the disk that no upload takes */
};
struct media_home *media_home(const struct serve *serve);

/* ---- asset_store.c ---- */

void asset__insert(struct tx *tx, const struct asset *asset);
MUST problem asset__load(struct tx *tx, struct asset_id id, struct asset *ret); /* asset_missing */
MUST problem asset__load_own(struct tx *tx, struct asset_id id, struct user_id user, struct asset *ret);
int64_t asset__uploads_of(struct tx *tx, struct user_id user);
MUST problem asset__hold(struct tx *tx, struct asset_id id, int64_t from); /* < 0: all that came is good */
MUST problem asset__prolong(struct tx *tx, struct asset_id id, int64_t expires_ms);
MUST problem asset__uploaded(struct tx *tx, struct asset_id id);
MUST problem asset__delete(struct tx *tx, struct asset_id id); /* with its captions; asset_used */
MUST problem asset__captions(struct tx *tx, struct asset_id of, struct asset **ret, size_t *ret_count);
MUST problem asset__label(struct tx *tx, struct asset_id id, struct asset_id of, struct text language);
bool asset__is_used(struct tx *tx, struct asset_id id);
bool asset__is_used_by(struct tx *tx, struct asset_id id, struct work_id work);
void asset__use(struct tx *tx, struct asset_id id, struct work_id work, struct user_id one, struct user_id other);
struct asset_list {
	struct user_id user;
	int kind, state;          /* 0: any */
	int64_t before;           /* 0: from the newest */
	struct text like;         /* absent: any name */
	int64_t most;
};
MUST problem asset__list(struct tx *tx, const struct asset_list *list, struct asset **ret, size_t *ret_count);
MUST problem asset__expired(struct tx *tx, int64_t now_ms, struct asset **ret, size_t *ret_count);
/* Each upload that may still go on. */
MUST problem asset__open(struct tx *tx, int64_t now_ms, problem (*each)(void *arg, const void *row), void *arg);
MUST problem asset__each_whole(struct tx *tx, problem (*each)(void *arg, const void *row), void *arg); /* that came whole */
MUST problem asset__retry(struct tx *tx, struct asset_id id);

/* Of the two that make: the next one that waits, with a lease; asset_missing: there is none. */
MUST problem asset__claim(struct tx *tx, bool slow, int64_t now_ms, struct asset *ret);
bool asset__waits(struct tx *tx, bool slow, int64_t now_ms);
void asset__renew(struct tx *tx, struct asset_id id, int64_t progress, int64_t now_ms);
void asset__leave(struct tx *tx, struct asset_id id);
MUST problem asset__made(struct tx *tx, const struct asset *asset); /* state and all that was found out */

/* ---- asset.c: rules ---- */

/* The folder goes by a job, after the commit. */
MUST problem asset_drop(struct tx *tx, const struct asset *asset, struct user_id by);
extern const struct job_kind media_jobs[];

/* ---- keeper.c: threads that make assets ready ---- */

struct keeper *keeper_start(struct serve *serve);
void keeper_stop(struct keeper *keeper);
void keeper_wake(struct keeper *keeper);
void keeper_wait(struct keeper *keeper);

/* ---- routes ---- */

extern const struct shape upload_state_shape, asset_view_shape, asset_page_shape, asset_ask_shape, asset_label_shape, ticket_ask_shape;
problem upload__abilities(struct request *rq);
problem upload__create(struct request *rq);
problem upload__tell(struct request *rq);
problem upload__append(struct request *rq);
problem upload__terminate(struct request *rq);
problem asset__serve_list(struct request *rq);
problem asset__serve_one(struct request *rq);
problem asset__serve_delete(struct request *rq);
problem asset__serve_label(struct request *rq);
problem asset__serve_retry(struct request *rq);
problem asset__serve_file(struct request *rq);

#endif
