/* studio.h - between the files of this room only: the draft that an author writes on, and how it becomes an edition.
 *
 * A draft stands beside the editions and is made from the newest one when it is first opened. What stands in the work itself
 * (title, price, rules) is changed where it is; sections and lessons change in the draft, and buyers see them when it is
 * published: silently as a revision, or as a new edition. Lessons keep their keys, so progress and links survive both. */
#ifndef CATALOG_STUDIO_H
#define CATALOG_STUDIO_H

#include "catalog/catalog_room.h"
#include "catalog/doc_check.h"
#include "media/media.h"

extern const struct problem studio_missing;       /* 404: no such section or lesson among one's own */
extern const struct problem studio_full;          /* 409: WORK_SECTIONS_MAX, WORK_LESSONS_MAX */
extern const struct problem lesson_draft_newer;   /* 409: saved elsewhere in the meantime; the detail is the newer version */
extern const struct problem work_not_ready;       /* 422: the fields say what is missing */
extern const struct problem work_unchanged;       /* 409: what is published is the same already */

/* ---- the draft ---- */

struct draft {
	struct work_id work;
	struct text base_hash;     /* of the edition that it was made from; "" for none */
	int64_t changed_ms;        /* 0: as published */
	int64_t plan_ms;           /* to be published then; 0: no plan */
	bool plan_edition;
	struct text plan_changes;
	struct user_id plan_by;
};

struct draft_lesson {
	int64_t id, section;
	struct text key, title;
	bool free, empty;
	int64_t version, saved_ms, minutes;
};
struct draft_section {
	int64_t id;
	struct text title;
	struct draft_lesson *lessons;
	size_t lesson_count;
};

/* What an author writes into one lesson. */
struct draft_quiz {
	struct text key, title;
	struct quiz_item *items;
	size_t item_count;
};
struct draft_text {
	int64_t version, saved_ms;
	struct text doc, title;
	struct draft_quiz *quizzes;
	size_t quiz_count;
};

/* ---- a work as its author sees it ---- */

struct studio_plan {
	int64_t at_ms;
	bool edition;
	struct text changes;
};
struct edition_note {
	int64_t number, revision, at_ms;
	struct text changes;
};
struct studio_work {
	struct work_card card;
	struct text category, description;
	struct text *for_whom, *tags;
	size_t for_whom_count, tag_count;
	bool priced;
	struct work_terms terms;
	int64_t edition_number, revision;
	bool changed;              /* the draft differs from what is published */
	bool behind;               /* what is published was changed past the draft (by an import) */
	struct studio_plan plan;
	enum given plan_given;
	struct draft_section *sections;
	size_t section_count;
	struct text *missing;      /* what it lacks before it can be published: "title", "price", "lessons" or "works", "access" */
	size_t missing_count;
	struct edition_note *history;
	size_t history_count;
	struct text sent_back;     /* why the staff did, before its first publication; absent: it did not */
	int64_t added;             /* the section or lesson that was just made; 0: none */
};

struct studio_start {
	int kind;
	struct text title, language;
};
/* A draft work of this person, who becomes a creator by it if he has the role and is none yet. */
MUST problem studio__start(struct tx *tx, const struct studio_start *start, const struct person *by, struct work_id *ret);
/* One's own, or anybody's for ADMIN; work_missing otherwise. */
MUST problem studio__own(struct tx *tx, struct work_id id, const struct person *by, struct work_card *ret);
/* Makes the draft where there is none, and anew where nothing was changed in it and an import went past it. */
MUST problem studio__open(struct tx *tx, const struct work_card *card);
MUST problem studio__discard(struct tx *tx, const struct work_card *card);
MUST problem studio__load(struct tx *tx, struct work_id id, struct studio_work *ret);

struct studio_patch {
	struct text title, subtitle, summary, category, language, cover, description; /* absent: as it is; "": taken away */
	struct text *for_whom, *tags;
	size_t for_whom_count, tag_count;
	struct money price;
	enum given price_given;
	struct work_terms terms;
	enum given terms_given;
};
MUST problem studio__patch(struct tx *tx, const struct work_card *card, const struct studio_patch *patch, const struct person *by);

/* ---- the tree ---- */

/* Next to another one; both 0: at the end (of .section, for a lesson). */
struct studio_place {
	int64_t before, after, section;
};
struct studio_node {               /* a section or a lesson that is one's own */
	int64_t id, section;
	struct work_id work;
	struct work_card card;
};
MUST problem studio__section(struct tx *tx, int64_t id, const struct person *by, struct studio_node *ret);
MUST problem studio__lesson(struct tx *tx, int64_t id, const struct person *by, struct studio_node *ret);
MUST problem studio__add_section(struct tx *tx, struct work_id work, struct text title, int64_t *ret);
MUST problem studio__add_lesson(struct tx *tx, const struct studio_node *section, struct text title, int64_t *ret);
/* What a lesson that was just made shows: one recording, document or file of this person. asset_missing; problem_invalid: pictures
 * and captions are none of these. */
struct studio_recording {
	struct asset_id asset;
	struct user_id owner;
	struct text title;
};
MUST problem studio__show(struct tx *tx, const struct studio_node *lesson, const struct studio_recording *recording);
MUST problem studio__move_section(struct tx *tx, const struct studio_node *section, const struct studio_place *place);
MUST problem studio__move_lesson(struct tx *tx, const struct studio_node *lesson, const struct studio_place *place);
MUST problem studio__remove_section(struct tx *tx, const struct studio_node *section);
MUST problem studio__remove_lesson(struct tx *tx, const struct studio_node *lesson);
/* lesson_draft_newer leaves the version that is kept in text->version. */
MUST problem studio__save(struct tx *tx, const struct studio_node *lesson, const struct doc_facts *facts, struct draft_text *text);

/* ---- publishing ---- */

struct studio_publish {
	bool edition;              /* what was sold changes; else a revision */
	struct text changes;
	int64_t at_ms;             /* 0: now */
};
/* The first time for somebody who is not the owner it only asks for a review. */
MUST problem studio__publish(struct tx *tx, const struct work_card *card, const struct studio_publish *how, const struct person *by);
/* The draft becomes an edition or a revision, whatever the state. */
MUST problem studio__publish_draft(struct tx *tx, struct work_id id, const struct studio_publish *how, struct user_id by);
MUST problem studio__cancel(struct tx *tx, const struct work_card *card, struct user_id by);

extern const struct job_kind studio_jobs[];

/* ---- looking at a draft ---- */

extern const struct problem preview_ended;        /* 404 */
struct preview {
	struct text url;           /* a path; whoever has it may look until then */
	int64_t until_ms;
};
extern const struct shape preview_shape;
MUST problem studio__add_view(struct tx *tx, const struct work_card *card, struct preview *ret);
MUST problem page_preview(struct request *rq);
MUST problem page_preview_lesson(struct request *rq);

/* ---- Markdown ---- */

extern const struct shape dropped_shape;           /* {"files":[{"path","text"}],"images":[{"path","blob","width","height"}]} */
MUST problem studio__drop_markdown(struct request *rq, struct studio_work *ret); /* in a WORKS handler */

/* ---- store ---- */

/* What the list of one's own works says besides. */
struct draft_head {
	struct work_id work;
	int64_t lessons, plan_ms;
	bool changed;
};
MUST problem studio__heads(struct tx *tx, struct creator_id creator, struct draft_head **ret, size_t *ret_count);
void studio__insert_view(struct tx *tx, struct work_id id, struct text token_hash, int64_t until_ms); /* and forgets those that ended */
MUST problem studio__find_view(struct tx *tx, struct text token_hash, struct work_id *ret); /* preview_ended */

MUST problem studio__read_draft(struct tx *tx, struct work_id id, struct draft *ret); /* work_missing */
MUST problem studio__read_head(struct tx *tx, struct work_id id, struct studio_work *ret);
MUST problem studio__read_tree(struct tx *tx, struct work_id id, struct draft_section **ret, size_t *ret_count);
MUST problem studio__read_history(struct tx *tx, struct work_id id, struct edition_note **ret, size_t *ret_count);
MUST problem studio__find_section(struct tx *tx, int64_t id, struct studio_node *ret);
MUST problem studio__find_lesson(struct tx *tx, int64_t id, struct studio_node *ret);
MUST problem studio__read_text(struct tx *tx, int64_t lesson, struct draft_text *ret);
/* Sections, lessons and quizzes as work_store takes them. */
MUST problem studio__read_contents(struct tx *tx, struct work_id id, struct work_draft *ret);
MUST problem studio__section_ids(struct tx *tx, struct work_id id, int64_t **ret, size_t *ret_count);
MUST problem studio__lesson_ids(struct tx *tx, int64_t section, int64_t **ret, size_t *ret_count);
int64_t studio__count_lessons(struct tx *tx, struct work_id id);
bool studio__key_taken(struct tx *tx, struct work_id id, struct text key); /* by the draft or any edition */
void studio__insert_work(struct tx *tx, struct work_id id, const struct work_draft *draft, struct text slug);
void studio__set_refund_days(struct tx *tx, struct work_id id, int64_t days);
void studio__update_work(struct tx *tx, struct work_id id, const struct studio_patch *patch);
void studio__copy(struct tx *tx, const struct work_card *card, struct text base_hash); /* the edition into a new draft */
void studio__drop(struct tx *tx, struct work_id id);
void studio__insert_draft(struct tx *tx, struct work_id id, struct text base_hash);
void studio__insert_section(struct tx *tx, struct work_id work, int64_t id, struct text title, int64_t position);
void studio__insert_lesson(struct tx *tx, const struct studio_node *at, struct text key, struct text title, int64_t position);
void studio__rename_section(struct tx *tx, int64_t id, struct text title);
void studio__rename_lesson(struct tx *tx, int64_t id, struct text title, enum given free_given, bool free);
void studio__set_section_position(struct tx *tx, int64_t id, int64_t position);
void studio__set_lesson_position(struct tx *tx, int64_t id, int64_t section, int64_t position);
void studio__delete_section(struct tx *tx, int64_t id);
void studio__delete_lesson(struct tx *tx, int64_t id);
MUST problem studio__update_text(struct tx *tx, int64_t lesson, const struct doc_facts *facts, const struct draft_text *text, struct text quizzes);
void studio__touch(struct tx *tx, struct work_id id); /* the draft differs from now on */
void studio__set_plan(struct tx *tx, struct work_id id, const struct studio_publish *plan, struct user_id by); /* NULL: none */
void studio__settle(struct tx *tx, struct work_id id, struct text hash); /* the draft is what is published now */
void studio__insert_note(struct tx *tx, struct work_id id, const struct edition_note *note);
void studio__set_published(struct tx *tx, struct work_id id);

extern const struct shape draft_quiz_shape, draft_quizzes_shape, edition_note_shape;

#endif
