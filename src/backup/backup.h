/* backup.h - the whole of a site in one file, taken while it serves; put back into an empty place; looked through.
 *
 * What is in it: the database at one moment, the keyring, blobs, assets that came whole. What is not: uploads that are still coming,
 * exports (they can be asked for again), logs, the configuration and the files that it names. The format: src/backup/README.md. */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "db/snapshot.h"
#include "serve/serve.h"

extern const struct problem backup_no_folder;  /* 422: there is no such folder to write into */
extern const struct problem backup_exists;     /* 409: a file of this name is there */
extern const struct problem backup_full;       /* 507: no room; nothing was left behind */
extern const struct problem backup_failed;     /* 500: it cannot be written or read */
extern const struct problem backup_no_site;    /* 422: nothing was begun in this data folder */
extern const struct problem backup_none;       /* 422: this file is no backup */
extern const struct problem backup_newer;      /* 422: made by a newer program */
extern const struct problem backup_damaged;    /* 422: changed, or cut */
extern const struct problem backup_sealed;     /* 422: it wants a pass phrase */
extern const struct problem restore_not_empty; /* 409: the place is not empty; nothing was touched */

enum { BACKUP_FORMAT = 1 };

/* ---- making one ---- */

struct backup_order {
	struct db *db;
	struct world *world;
	struct text data_folder;
	struct text to;           /* a folder, which gets a file named by the time; or the file; a folder for sure with '/' at its end */
	struct text passphrase;   /* absent: not sealed */
	const char *mode;         /* "sandbox", "production": told to whoever restores */
};
struct backup_report {
	struct text path;
	int64_t size;             /* of the archive */
	int64_t files, bytes;     /* besides the database */
	int64_t missing;          /* files that rows name and that were not there: what is left is kept */
	struct text first_missing;
	int64_t taken_ms;         /* the moment that it shows */
};
/* Texts of *ret come from the arena. */
MUST problem backup_make(const struct backup_order *order, struct arena *arena, struct backup_report *ret);

/* ---- what one says of itself ---- */

struct backup_about {
	int64_t format;
	struct text program, kind, mode; /* kind: "sqlite", "postgresql" */
	int64_t taken_ms;
	struct db_applied *applied;
	size_t applied_count;
	struct db_table *tables;
	size_t table_count;
};
/* Reads all of it: each file against its checksum. `where` (may be NULL): the part of it that is wrong. */
MUST problem backup_verify(struct text path, struct text passphrase, struct arena *arena, struct backup_about *ret, struct text *where);

/* ---- putting one back ---- */

struct restore_order {
	struct world *world;
	struct text path, passphrase;
	struct text data_folder;  /* made if it is not there */
	struct text database;     /* URL; absent: SQLite in the data folder */
};
/* All of it or nothing. What it brings is of the program that made it: migrate, then check. */
MUST problem backup_restore(const struct restore_order *order, struct arena *arena, struct backup_about *ret, struct text *where);

/* ---- looking through a site ---- */

struct check_line {
	const char *what;         /* "database", "ledger", "orders", "reviews", "audit", "keyring", "blobs", "assets" */
	int64_t count;            /* of what was looked at */
	struct text wrong;        /* the first that disagrees; absent: all is well */
};
enum { CHECK_LINES = 8 };
MUST problem backup_check(struct db *db, struct text data_folder, struct arena *arena, struct check_line ret[CHECK_LINES]);

/* By the clock while it serves, as the owner has set it: schedule.h. */
extern const struct module backup_module;
MUST problem backup_folder(struct tx *tx, struct text *ret); /* where they go; empty: none is made by the clock */

#endif
