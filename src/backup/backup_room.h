/* backup_room.h - between the files of this room only: the archive, which is a tar of one strict form, sealed or not. */
#ifndef BACKUP_BACKUP_ROOM_H
#define BACKUP_BACKUP_ROOM_H

#include "backup/backup.h"
#include "crypto/crypto.h"
#include "db/snapshot.h"

/* ---- tar.c: one block in front of each file ---- */

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 100 };
struct tar_head {
	struct text name;
	struct text same;         /* absent: bytes follow; else it is the same file as this earlier one */
	int64_t size, at_s;
};
bool tar_write(const struct tar_head *head, char block[TAR_BLOCK]); /* false: the name does not fit */
/* Only what tar_write makes, to the bit. The texts lie in `block`. */
bool tar_read(const char block[TAR_BLOCK], struct tar_head *ret);
/* "blobs/ab/cdef.png": below, without tricks. */
bool tar_name_is_safe(struct text name);

enum { MANIFEST_HEX = 2 * SHA256_BYTES };
struct text hex_of(const struct sha256 *hash, char to[MANIFEST_HEX]);
void manifest_add(struct buffer *manifest, struct text hex, struct text name);
bool manifest_add_same(struct buffer *manifest, const struct tar_head *head); /* false: there is no such other one */

/* ---- files.c: of the operating system ---- */

problem backup__failure(void); /* by errno */
MUST problem backup__write(int fd, struct text bytes);
MUST problem backup__sync_folder(const char *path);
void backup__remove_tree(const char *path);
void backup__close(int *fd); /* for CLEANUP */

/* ---- archive_write.c ---- */

#define ARCHIVE_ABOUT "about.json"
#define ARCHIVE_MANIFEST "manifest.sha256"
#define ARCHIVE_DATABASE "database/site.db"
#define ARCHIVE_KEYRING "keyring"
#define ARCHIVE_SEALED "zhifang sealed backup 1\n"

struct archive_out;
/* Into this open file, which stays the caller's. */
MUST problem archive_begin(int fd, struct text passphrase, struct world *world, struct archive_out **ret);
MUST problem archive_file(struct archive_out *out, struct text name, int64_t size);  /* then so many bytes */
MUST problem archive_bytes(struct archive_out *out, struct text bytes);
MUST problem archive_file_end(struct archive_out *out);
MUST problem archive_whole(struct archive_out *out, struct text name, struct text bytes);
MUST problem archive_same(struct archive_out *out, struct text name, struct text as);
MUST problem archive_end(struct archive_out *out);                                   /* manifest and end; synced */
void archive_drop(struct archive_out *out);                                          /* always; NULL is fine */

/* ---- archive_read.c ---- */

/* Who takes what comes: each may be NULL. `about` comes first of all. */
struct archive_taker {
	problem (*about)(void *arg, struct text json);
	problem (*file)(void *arg, const struct tar_head *head);
	problem (*bytes)(void *arg, struct text bytes);
	problem (*file_end)(void *arg);
	void *arg;
	char where[TAR_NAME_MAX + 1]; /* the file that was being read */
};
/* NULL only after the last byte was right. What was given before a problem came is not to be used. */
MUST problem archive_read(const char *path, struct text passphrase, struct archive_taker *taker);

extern const struct shape backup_about_shape;

#endif
