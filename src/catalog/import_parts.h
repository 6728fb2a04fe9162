/* import_parts.h - between the files of import only. */
#ifndef CATALOG_IMPORT_PARTS_H
#define CATALOG_IMPORT_PARTS_H

#include "catalog/import.h"
#include "catalog/markdown.h"
#include "media/media.h"

enum { IMPORT_PAGES_MAX = WORK_LESSONS_MAX, IMPORT_IMAGES_MAX = 5000, IMPORT_QUIZZES_MAX = 2000, IMPORT_NOTES_MAX = 20000, IMPORT_DEPTH_MAX = 12 };

/* A Markdown file that becomes a lesson. */
struct import_page {
	struct text path;         /* within the root */
	struct text key, title;   /* title absent: the document's own */
	struct text source;
	struct markdown md;
	bool free;
	size_t section;
};
struct import_image {
	struct text path;         /* within the base */
	bool found;
	struct blob *blob;
};
struct import_quiz {
	struct quiz_draft draft;  /* lesson_key absent: no lesson links to it yet */
	int64_t number;           /* by which links name it; 0: they do not */
};
struct importing {
	struct arena *arena;
	const struct import_options *options;
	struct import_report *report;
	struct text data_folder;
	struct text base;         /* the folder, absolute */
	struct text root;         /* of this language within the base: "translations/zh", or "" */
	struct work_draft draft;
	bool listed;              /* work.json gives sections and quizzes: only what it names comes in */
	struct import_page *pages;
	size_t page_count;
	struct section_draft sections[WORK_SECTIONS_MAX];
	struct import_image *images;
	size_t image_count;
	struct import_quiz *quizzes;
	size_t quiz_count;
	bool new_creator;
	struct import_page *page; /* that is being turned into a document */
	problem why;              /* the first, sticks */
};

void import__note(struct importing *p, enum import_note_kind kind, struct text file, int64_t line, struct text what);
/* Notes why a file (within the base) is wrong and makes import_wrong stick. */
void import__wrong(struct importing *p, struct text file, struct text why);

/* ---- paths: '/' between, no '.' or '..' left ---- */
struct text import__in_base(const struct importing *p, struct text path_in_root); /* "translations/zh/x.md" */
/* `href` (decoded, no query) as seen from a file, both within the base; false: it leaves the base. */
bool import__resolve(struct arena *arena, struct text from_file, struct text href, struct text *ret);
/* Each part is there and is no dots: a path with one spelling, which an address can hold. */
bool import__is_plain(struct text path);
/* A regular file within the base, at most `most` bytes; false: not there, larger, or a link that leads out. */
bool import__read(const struct importing *p, struct text path, size_t most, struct text *ret);
bool import__exists(const struct importing *p, struct text path);
/* All *.md under the root, by path, a README first in its folder. */
struct text *import__walk(const struct importing *p, size_t *ret_count);
struct import_page *import__page_by_path(const struct importing *p, struct text path_in_root); /* a folder means its README */

/* ---- outline: which pages, in which sections ---- */
void import__outline(struct importing *p); /* from work.json, or derived */
void import__derive(struct importing *p);
struct import_page *import__add_page(struct importing *p, struct text path, size_t section);

/* ---- quizzes ---- */
void import__quiz_file(struct importing *p, struct text path, struct text lesson_key); /* {"title","items"} */
void import__quiz_app(struct importing *p); /* quiz-app/…/LANGUAGE.json, where there is one */
bool import__quiz_link(struct importing *p, struct text href); /* …/quiz/N: belongs to p->page from now on */
void import__place_quizzes(struct importing *p); /* those that no link names */

#endif
