/* import.h - works from outside: a course kept as a folder of Markdown, and a large catalogue as one file. See
 * docs/import.md. What is imported again unchanged changes nothing; a changed folder makes a revision or a new edition. */
#ifndef CATALOG_IMPORT_H
#define CATALOG_IMPORT_H

#include <stdio.h>

#include "catalog/catalog.h"

extern const struct problem import_no_folder; /* 422: it is not there, or holds no lesson */
extern const struct problem import_no_file;   /* 422: of a catalogue */
extern const struct problem import_other_creator; /* 409: the work is known and another creator's; a note of kind NOTE_WRONG names him */
extern const struct problem import_wrong;     /* 422: a note of kind NOTE_WRONG names the file and why; nothing was written */

struct import_options {
	struct text folder, creator, language; /* of the site; absent: what work.json says, else zh-CN */
	struct text about;        /* of a creator that is new; may be absent */
	bool price_given;         /* else work.json's, else what a known work costs, else nothing */
	struct money price;
	bool new_edition;
	bool move;                /* a known work may change its creator, who gets what it earns from now on */
	struct user_id by;        /* 0: the operator */
};

#define IMPORT_NOTES(X) \
	X(WRONG, "wrong") X(DERIVED, "derived") X(LEFT_OUT, "left-out") X(LINK, "link") X(ANCHOR, "anchor") X(IMAGE, "image") \
	X(FOREIGN_IMAGE, "foreign-image") X(QUIZ, "quiz")
#define X_IMPORT_NOTE(kind, name) NOTE_##kind,
enum import_note_kind { NOTE_NONE, IMPORT_NOTES(X_IMPORT_NOTE) NOTE_COUNT };
#undef X_IMPORT_NOTE
extern const char *const import_note_names[];

struct import_note {
	enum import_note_kind kind;
	struct text file;         /* within the folder */
	int64_t line;             /* 0: the file as a whole */
	struct text what;         /* address, field or reason */
};
struct import_report {
	enum work_change change;
	struct work_id work;
	struct text title;
	struct text new_creator;  /* absent: he was there already */
	size_t sections, lessons, images, quizzes;
	size_t works, works_changed; /* of a catalogue: rows read, rows that changed anything */
	struct import_note *notes;
	size_t note_count;
};

/* Not from within a transaction. Texts of the report live in the arena. */
MUST problem import_folder(struct db *db, struct text data_folder, const struct import_options *options, struct arena *arena,
                           struct import_report *ret);
/* Eight columns, tab-separated, gzipped or not; at most `limit` rows, 0: all. */
MUST problem import_catalogue(struct db *db, struct text file, int64_t limit, struct arena *arena, struct import_report *ret);
void import_print(const struct import_report *report, FILE *out);

#endif
