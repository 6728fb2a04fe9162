/* catalog_room.h - between the files of this room only. */
#ifndef CATALOG_CATALOG_ROOM_H
#define CATALOG_CATALOG_ROOM_H

#include "catalog/catalog.h"

/* ---- lists ---- */

enum work_sort { SORT_NONE, SORT_NEW, SORT_POPULAR, SORT_PRICE, SORT_PRICE_DESC };
extern const char *const work_sort_names[];

struct work_query {
	int kind, sort;            /* 0: any kind; enum work_sort */
	struct text category, author, language, after;
	bool free;
	int64_t limit;
};
extern const struct shape work_query_shape;
struct work_list {
	struct work_card *items;   /* without state, creator and edition */
	size_t item_count;
	struct text next;          /* absent at the end */
};
extern const struct shape work_list_shape;
/* Published works only. `after` is the `next` of an earlier answer; any other text is problem_malformed. */
MUST problem catalog__list(struct tx *tx, const struct work_query *query, struct work_list *ret);

/* A creator's works in any state, newest first. */
MUST problem catalog__own(struct tx *tx, struct creator_id creator, struct work_card **ret, size_t *ret_count);
/* Of all public works, at most `most`, by id. */
MUST problem catalog__addresses(struct tx *tx, int64_t after, size_t most, struct work_card **ret, size_t *ret_count);

/* ---- shapes shared by API and pages ---- */

extern const struct shape author_ref_shape, category_ref_shape, lesson_head_shape;
extern const struct shape creator_shape, quiz_item_shape;
void catalog__finish_card(struct tx *tx, struct work_card *card); /* url and flags that no column holds */

/* ---- a work's own rows, for writing ---- */

struct edition {
	struct edition_id id;
	int64_t number, revision;
	struct text hash;
};
struct work_row {
	struct work_id id;
	struct edition_id edition;
	int state;
	int64_t price;
	struct text head_hash;     /* of what stands in the work itself */
	struct creator_id creator;
};
MUST problem catalog__by_source(struct tx *tx, struct text source, struct work_row *ret); /* work_missing */
bool catalog__slug_taken(struct tx *tx, struct text slug);
MUST problem catalog__edition(struct tx *tx, struct edition_id id, struct edition *ret);
int64_t catalog__category(struct tx *tx, struct text name); /* made when it is new; 0 for an absent name */
void catalog__insert_work(struct tx *tx, const struct work_draft *draft, struct work_id id, struct text slug, struct text head_hash);
void catalog__update_work(struct tx *tx, const struct work_draft *draft, struct work_id id, struct text head_hash);
void catalog__set_edition(struct tx *tx, struct work_id work, struct edition_id edition, int64_t lessons);
void catalog__insert_edition(struct tx *tx, struct work_id work, const struct edition *edition);
void catalog__update_edition(struct tx *tx, const struct edition *edition);
void catalog__write_tree(struct tx *tx, struct edition_id edition, const struct work_draft *draft); /* in place of what was there */
/* Steps of storing a work that the studio takes too. */
MUST problem catalog__use_media(struct tx *tx, const struct work_draft *draft, struct work_id work, struct user_id by);
struct text catalog__tree_hash(struct arena *arena, const struct work_draft *draft);
int64_t catalog__count_lessons(const struct work_draft *draft);
struct text catalog__free_slug(struct tx *tx, const struct work_draft *draft);
void catalog__add_edition(struct tx *tx, const struct work_draft *draft, struct work_id work, int64_t number, struct text hash);
void catalog__note_price(struct tx *tx, struct work_id id); /* what is asked from now on */
MUST problem catalog__tell(struct tx *tx, struct work_id id, struct user_id by, const char *verb); /* audit row and news, of bundles that it is in, too */
struct text catalog__texts_json(struct arena *arena, const struct text *texts, size_t n);
MUST problem catalog__read_texts(struct arena *arena, struct text json, struct text **ret, size_t *ret_count);
struct drawn_cover {
	int64_t hue, pattern;
};
struct drawn_cover catalog__look(struct text title);
/* What a shape cannot say of a question; NULL: it is well. */
const char *catalog__quiz_wrong(const struct quiz_item *item);

void catalog__insert_creator(struct tx *tx, const struct creator *creator);
MUST problem catalog__set_state(struct tx *tx, struct work_id id, enum work_state from, enum work_state to);

/* What the parts of a work's page give: sections one after the other, members of the JSON-LD each behind a comma. */
MUST problem catalog__show_parts(struct request *rq, const struct work_card *card, struct work_part_view *ret);

extern const struct route catalog_routes[];

#endif
