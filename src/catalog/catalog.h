/* catalog.h - what is offered: creators, categories, works, their editions, sections, lessons and quizzes.
 *
 * An edition is what was sold; a revision of it changes wording only. A lesson's key stays the same over editions, so
 * progress, notes and links survive. The content of lessons is stored by its hash and never changes. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "account/account.h"
#include "serve/serve.h"

/* 0 is nobody's kind */
#define WORK_KINDS(X) \
	X(COURSE, "course") X(COLUMN, "column") X(EBOOK, "ebook") X(AUDIO, "audio") X(VIDEO, "video") X(BUNDLE, "bundle")
#define X_WORK_KIND(kind, name) WORK_##kind,
enum work_kind { WORK_KIND_NONE, WORK_KINDS(X_WORK_KIND) WORK_KIND_COUNT };
#undef X_WORK_KIND
extern const char *const work_kind_names[];
/* first part of a work's address: "course", "column", "book", "audio", "video", "bundle" */
const char *work_kind_path(enum work_kind kind);

#define WORK_STATES(X) \
	X(DRAFT, "draft") X(IN_REVIEW, "in-review") X(PUBLISHED, "published") X(UNLISTED, "unlisted") \
	X(ARCHIVED, "archived") X(SUSPENDED, "suspended") X(WITHDRAWN, "withdrawn")
#define X_WORK_STATE(state, name) WORK_##state,
enum work_state { WORK_STATE_NONE, WORK_STATES(X_WORK_STATE) WORK_STATE_COUNT };
#undef X_WORK_STATE
extern const char *const work_state_names[];

extern const struct problem work_missing;       /* 404 */
extern const struct problem work_gone;          /* 410: archived, suspended or withdrawn; buyers keep access */
extern const struct problem work_moved_on;      /* 409: the life cycle has no such arrow for this person */
extern const struct problem lesson_missing;     /* 404 */
extern const struct problem lesson_locked;      /* 402 */
extern const struct problem quiz_missing;       /* 404 */
extern const struct problem creator_missing;    /* 404 */
extern const struct problem creator_name_taken; /* 409 */

enum { WORK_LESSONS_MAX = 2000, WORK_SECTIONS_MAX = 200, WORK_TAGS_MAX = 20, PAGE_MAX = 50 };

struct creator {
	struct creator_id id;
	struct user_id user;      /* 0: has no account (yet) */
	struct text name, slug, about;
	int64_t created_ms;
};

struct category_ref {
	struct text name, slug, name_en; /* name_en may be absent */
};
struct author_ref {
	struct text name, slug;
};
/* What a list shows of a work. */
struct work_card {
	struct work_id id;
	struct text slug;
	int kind;                 /* enum work_kind */
	int state;                /* enum work_state; not in public answers */
	struct text title, subtitle, summary, language;
	struct money price;
	bool free;                /* price is 0 */
	struct money list_price;  /* while a dated discount holds: what was asked before, else 0 */
	struct money lowest_price; /* then: the lowest of the thirty days before */
	int64_t discount_until_ms;
	bool discounted, was_lower; /* was_lower: lowest_price is below list_price */
	struct author_ref author;
	enum given category_given;
	struct category_ref category;
	int64_t lesson_count;     /* of a bundle: its works */
	int64_t sales, hue, pattern, published_ms;
	struct text url;          /* "/course/SLUG", "/en/course/SLUG" for a work in English */
	struct creator_id creator;
	struct edition_id edition;
	int64_t popularity;       /* by what "popular" sorts; never shown as sales */
	struct text cover;        /* an image's blob name; absent: the drawn one, by hue and pattern */
};
extern const struct shape work_card_shape;

/* What a work is sold with. An order keeps a copy: who has bought is not touched by a change. */
#define ACCESS_RULES(X) X(FOREVER, "forever") X(DAYS, "days") X(UNTIL, "until")
#define X_ACCESS_RULE(id, name) ACCESS_##id,
enum access_rule { ACCESS_NONE, ACCESS_RULES(X_ACCESS_RULE) ACCESS_RULE_COUNT };
#undef X_ACCESS_RULE
extern const char *const access_rule_names[];
struct work_terms {
	int access;               /* enum access_rule */
	int64_t access_days, access_until_ms;
	int64_t refund_days, refund_percent; /* refunded at once within so many days, while no more than that share was studied; 0 days: not */
};
extern const struct shape work_terms_shape;
MUST problem work_terms_load(struct tx *tx, struct work_id id, struct work_terms *ret);
/* When access that begins now ends; 0: never. */
int64_t work_terms_end(const struct work_terms *terms, int64_t from_ms);

struct lesson_head {
	struct text key, title;
	bool free;
	int64_t quiz_count, minutes;
	struct text url;          /* of the public page if it is free, else absent */
};
struct section {
	struct text title;
	struct lesson_head *lessons;
	size_t lesson_count;
};
struct work {
	struct work_card card;
	struct text *for_whom, *tags;
	size_t for_whom_count, tag_count;
	struct section *sections;
	size_t section_count;
	struct lesson_head *previews; /* the free lessons */
	size_t preview_count;
	int64_t edition_number, revision, refund_days, changed_ms;
	struct work_terms terms;
	struct text author_about, description; /* description: document JSON */
	struct work_card *works;  /* of a bundle: those on offer, in its order */
	size_t work_count;
	struct money single, saved; /* what these cost one by one, and how much less the bundle */
	bool saves;
};
extern const struct shape work_shape;      /* flat: the card's fields stand beside sections */
extern const struct shape section_shape;

MUST problem work_by_slug(struct tx *tx, struct text slug, struct work_card *ret); /* in any state */
MUST problem work_by_id(struct tx *tx, struct work_id id, struct work_card *ret);  /* in any state */
/* Exactly this title, in any state but gone ones; problem_conflict: several have it. */
MUST problem work_by_title(struct tx *tx, struct text title, struct work_card *ret);
/* NULL for what anybody may look at (published, unlisted); work_gone or work_missing otherwise. */
MUST problem work_visible(const struct work_card *card);
/* The edition that the card names, which need not be the newest. */
MUST problem work_load(struct tx *tx, const struct work_card *card, struct work *ret);
struct work_edition {
	struct edition_id id;
	int64_t number, at_ms;
	struct text changes;      /* in the author's words; empty: none were said */
};
enum { WORK_EDITIONS_MAX = 100 };
extern const struct shape work_edition_shape;
/* Newest first; of more than WORK_EDITIONS_MAX the newest ones. */
MUST problem work_editions(struct tx *tx, struct work_id id, struct work_edition **ret, size_t *ret_count);
/* May it be bought now? */
MUST problem work_for_sale(struct tx *tx, struct work_id id, struct work_card *ret);
/* A dated discount begins and ends by a job; this does what it has not come to yet. Before an order is placed. */
MUST problem work_price_settle(struct tx *tx, struct work_id id);
/* At most PAGE_MAX * 4; any state; the order of ids is not kept. */
MUST problem works_by_ids(struct tx *tx, const int64_t *ids, size_t n, struct work_card **ret, size_t *ret_count);

/* Which of these are published, and at what price; in no order. The leanest look there is: search asks it for each answer. */
struct work_offer {
	struct work_id id;
	struct money price, list_price; /* list_price 0: no discount holds */
};
MUST problem works_published(struct tx *tx, const int64_t *ids, size_t n, struct work_offer **ret, size_t *ret_count);

struct lesson {
	struct text key, title, doc; /* doc: document JSON */
	bool free;
	struct text section;
	struct text previous_key, previous_title, next_key, next_title; /* absent at the ends */
};
MUST problem lesson_load(struct tx *tx, struct edition_id edition, struct text key, struct lesson *ret);

struct quiz {
	struct text key, lesson_key, title, items; /* items: JSON of quiz_items_shape, with the answers */
};
MUST problem quiz_load(struct tx *tx, struct edition_id edition, struct text key, struct quiz *ret);
MUST problem quizzes_of_lesson(struct tx *tx, struct edition_id edition, struct text lesson_key, struct quiz **ret, size_t *ret_count);

enum quiz_kind { QUIZ_NONE, QUIZ_SINGLE, QUIZ_MULTIPLE, QUIZ_NUMBER, QUIZ_TEXT };
extern const char *const quiz_kind_names[];
struct quiz_item {
	int kind;                 /* enum quiz_kind */
	struct text question, why;
	union {
		struct {
			struct text *options;
			size_t option_count;
			int64_t *answer;  /* indexes of the right options */
			size_t answer_count;
		} choice;
		struct {
			double answer, tolerance;
		} number;
		struct {
			struct text *answer; /* accepted variants */
			size_t answer_count;
		} words;
	};
};
struct quiz_items {
	struct quiz_item *items;
	size_t item_count;
};
extern const struct shape quiz_items_shape; /* {"items":[…]} */

/* ---- picks: what the owner chose by hand ---- */

#define PICK_SLOTS(X) X(HOME, "home") X(BEGIN, "begin")
#define X_PICK_SLOT(id, name) PICK_##id,
enum pick_slot { PICK_SLOTS(X_PICK_SLOT) PICK_SLOT_COUNT };
#undef X_PICK_SLOT
extern const char *const pick_slot_names[];
struct picked {
	struct text title_zh, title_en; /* empty: the page's own word */
	struct work_card *works;        /* published ones alone, in the owner's order; at most 12 */
	size_t work_count;
};
MUST problem catalog_picks(struct tx *tx, enum pick_slot slot, struct picked *ret);

/* Published works as "popular" sorts them, without state, creator and edition; at most PAGE_MAX. */
MUST problem catalog_popular(struct tx *tx, size_t most, struct work_card **ret, size_t *ret_count);

/* ---- categories ---- */

/* Each slug that leads to a category, its own and those that were merged into it, with the category of today. */
struct category_name {
	struct text slug, own, name;   /* own: the slug of today */
	struct text top, top_name;     /* of the one above it, or itself */
	bool hidden;                   /* it or the one above it */
};
/* In the owner's order; names in the language. At most 1,000. */
MUST problem catalog_category_names(struct tx *tx, struct text language, struct category_name **ret, size_t *ret_count);

/* ---- creators ---- */

MUST problem creator_by_name(struct tx *tx, struct text name, struct creator *ret);
MUST problem creator_by_slug(struct tx *tx, struct text slug, struct creator *ret);
MUST problem creator_by_user(struct tx *tx, struct user_id user, struct creator *ret);
MUST problem creator_by_id(struct tx *tx, struct creator_id id, struct creator *ret);
MUST problem creator_add(struct tx *tx, struct text name, struct text about, struct user_id user, struct creator *ret);
MUST problem creator_describe(struct tx *tx, struct creator_id id, struct text about, struct user_id user);
/* ASCII letters (lower case) and digits with '-' between; a title that has none gets PREFIX-HASH. */
struct text slug_make(struct arena *arena, struct text title, const char *prefix);

/* ---- writing: import; the studio has its own way, studio.h ---- */

struct lesson_draft {
	struct text key, title, doc, plain; /* plain: the text alone, for search */
	bool free;
	int64_t minutes;
};
struct section_draft {
	struct text title;
	struct lesson_draft *lessons;
	size_t lesson_count;
};
struct quiz_draft {
	struct text key, lesson_key, title, items;
};
struct work_draft {
	struct text source;       /* what it is made from, unique: a second import finds the work by it; absent: always a new one */
	struct creator_id creator;
	int kind;
	struct text slug, language, title, subtitle, summary, category; /* subtitle and category may be absent */
	struct text *for_whom, *tags;
	size_t for_whom_count, tag_count;
	struct money price;
	bool price_given;         /* else a known work keeps its price */
	struct section_draft *sections;
	size_t section_count;
	struct quiz_draft *quizzes;
	size_t quiz_count;
	bool new_edition;
	int64_t published_ms;     /* 0: now */
	int64_t popularity;
};
enum work_change { WORK_SAME = 1, WORK_ADDED, WORK_REVISED, WORK_NEW_EDITION };
/* Stores and publishes in one transaction, with audit row and news. Nothing changed: WORK_SAME, and nothing is written. */
MUST problem work_store(struct tx *tx, const struct work_draft *draft, struct user_id by, enum work_change *ret, struct work_id *ret_id);

/* The life cycle's one way to move: checks from -> to for this person, writes state, audit row and news. */
MUST problem work_move(struct tx *tx, struct work_id id, enum work_state to, const struct person *by);

/* ---- for rooms above ---- */

/* A sale (+1), or one taken back (-1), as `order` reports it. */
MUST problem catalog_count_sale(struct tx *tx, struct work_id id, int64_t by);

/* What search indexes of a work; texts live in the transaction's arena. Only published works have one: work_missing otherwise. */
struct catalog_search_doc {
	struct work_id id;
	int kind;
	struct text title, author, author_slug, category, category_slug, language; /* category may be absent */
	struct text tags;         /* blank between */
	struct text body;         /* summary and the first 300 characters of each lesson */
	struct text lesson_titles, slug, url, summary;
	struct money price;
	int64_t published_ms, sales, popularity, hue, pattern;
};
MUST problem catalog_search_doc(struct tx *tx, struct work_id id, struct catalog_search_doc *ret);
/* The next ones by id, at most `most`; *ret_count 0 at the end. */
MUST problem catalog_search_docs(struct tx *tx, struct work_id after, size_t most, struct catalog_search_doc **ret, size_t *ret_count);

/* A part of a work's page that a room above tells: what others say of the work, what is like it. It stands below what the author says,
 * in the order in which the parts were made known. A part that has nothing to show leaves *ret as it is. */
struct work_part_view {
	struct text html;         /* made by a template of that room (render_text), so that what people wrote is escaped */
	struct text json_ld;      /* members for search engines, without the comma before them: "aggregateRating":{...}; may be absent */
};
struct work_part {
	const char *name;         /* of its place in the page: <section id="NAME">; letters and '-' */
	/* Within the page's read transaction; rq->language says which language the page speaks. A problem fails the page. */
	MUST problem (*show)(struct request *rq, const struct work_card *card, struct work_part_view *ret);
};
enum { WORK_PARTS_MAX = 8 };
/* Before serving; app/ wires it, the part lives as long as the program. */
void catalog_know_part(struct serve *serve, const struct work_part *part);

/* The topic of news about works; the subject is the work's id. */
#define CATALOG_NEWS "work"
/* A work that was out already was published anew, and its author says what changed. Subject: the work; {"by":USER,"changes":TEXT}. */
#define CATALOG_NEWS_CHANGED "work.changed"

/* The day of our own words of an agreement; a test holds it to their hash. */
const char *catalog_legal_version(enum agreement agreement);

extern const struct privacy_part catalog_privacy; /* of account: what is kept about who teaches */
extern const struct module catalog_module, studio_module, discount_module, bundle_module, picks_module, categories_module, first_review_module;

#endif
