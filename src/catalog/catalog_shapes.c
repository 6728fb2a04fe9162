/* catalog_shapes.c - how works look outside: one description for API, pages and the front end's types. */
#include "catalog/catalog_room.h"

#define X_NAME(id, name) [WORK_##id] = name,
const char *const work_kind_names[] = { WORK_KINDS(X_NAME)[WORK_KIND_COUNT] = NULL };
const char *const work_state_names[] = { WORK_STATES(X_NAME)[WORK_STATE_COUNT] = NULL };
#define X_RULE(id, name) [ACCESS_##id] = name,
const char *const access_rule_names[] = { ACCESS_RULES(X_RULE)[ACCESS_RULE_COUNT] = NULL };
const char *const quiz_kind_names[] = { NULL, "single", "multiple", "number", "text", NULL };
const char *const work_sort_names[] = { NULL, "new", "popular", "price", "price-desc", NULL };

const struct shape author_ref_shape = SHAPE(author_ref,
	FIELD(author_ref, name, SHAPE_TEXT),
	FIELD(author_ref, slug, SHAPE_TEXT));

const struct shape category_ref_shape = SHAPE(category_ref,
	FIELD(category_ref, name, SHAPE_TEXT),
	FIELD(category_ref, slug, SHAPE_TEXT));

#define CARD_FIELDS(type, path)                                                                                      \
	NAMED(type, "id",           path id,           SHAPE_ID),                                                    \
	NAMED(type, "slug",         path slug,         SHAPE_TEXT),                                                  \
	NAMED(type, "kind",         path kind,         SHAPE_ENUM, .names = work_kind_names),                        \
	NAMED(type, "title",        path title,        SHAPE_TEXT),                                                  \
	NAMED(type, "subtitle",     path subtitle,     SHAPE_TEXT, .optional = true),                                \
	NAMED(type, "summary",      path summary,      SHAPE_TEXT),                                                  \
	NAMED(type, "language",     path language,     SHAPE_TEXT),                                                  \
	NAMED(type, "price",        path price,        SHAPE_MONEY),                                                 \
	NAMED(type, "free",         path free,         SHAPE_BOOL),                                                  \
	NAMED(type, "discounted",   path discounted,   SHAPE_BOOL),                                                  \
	NAMED(type, "list_price",   path list_price,   SHAPE_MONEY, .says = "while a discount holds: what was asked before"), \
	NAMED(type, "was_lower",    path was_lower,    SHAPE_BOOL),                                                  \
	NAMED(type, "lowest_price", path lowest_price, SHAPE_MONEY, .says = "then: the lowest of the thirty days before"), \
	NAMED(type, "discount_until_ms", path discount_until_ms, SHAPE_TIME),                                        \
	NAMED(type, "author",       path author,       SHAPE_OBJECT, .of = &author_ref_shape),                       \
	NAMED(type, "category",     path category,     SHAPE_OBJECT, .of = &category_ref_shape, .optional = true,    \
	      .given_at = offsetof(struct type, path category_given)),                                               \
	NAMED(type, "lesson_count", path lesson_count, SHAPE_INT),                                                   \
	NAMED(type, "sales",        path sales,        SHAPE_INT),                                                   \
	NAMED(type, "hue",          path hue,          SHAPE_INT),                                                   \
	NAMED(type, "pattern",      path pattern,      SHAPE_INT),                                                   \
	NAMED(type, "published_ms", path published_ms, SHAPE_TIME),                                                  \
	NAMED(type, "cover",        path cover,        SHAPE_TEXT, .optional = true),                                \
	NAMED(type, "url",          path url,          SHAPE_TEXT)
#define ITSELF

const struct shape work_card_shape = SHAPE(work_card, CARD_FIELDS(work_card, ITSELF));

const struct shape lesson_head_shape = SHAPE(lesson_head,
	FIELD(lesson_head, key,        SHAPE_TEXT),
	FIELD(lesson_head, title,      SHAPE_TEXT),
	FIELD(lesson_head, free,       SHAPE_BOOL),
	FIELD(lesson_head, quiz_count, SHAPE_INT),
	FIELD(lesson_head, minutes,    SHAPE_INT),
	FIELD(lesson_head, url,        SHAPE_TEXT, .optional = true));

const struct shape work_terms_shape = SHAPE(work_terms,
	FIELD(work_terms, access,          SHAPE_ENUM, .names = access_rule_names),
	FIELD(work_terms, access_days,     SHAPE_INT, .optional = true, .min = 0, .max = 3650),
	FIELD(work_terms, access_until_ms, SHAPE_TIME, .optional = true, .min = 0, .max = INT64_C(4102444800000)),
	FIELD(work_terms, refund_days,     SHAPE_INT, .min = 0, .max = 365),
	FIELD(work_terms, refund_percent,  SHAPE_INT, .min = 0, .max = 100));

const struct shape section_shape = SHAPE(section,
	FIELD(section, title, SHAPE_TEXT),
	LIST(section, lessons, lesson_count, &lesson_head_shape));

const struct shape work_shape = SHAPE(work,
	CARD_FIELDS(work, card.),
	LIST_OF(work, for_whom, for_whom_count, SHAPE_TEXT),
	LIST_OF(work, tags, tag_count, SHAPE_TEXT),
	LIST(work, sections, section_count, &section_shape),
	FIELD(work, edition_number, SHAPE_INT),
	FIELD(work, revision,       SHAPE_INT),
	FIELD(work, refund_days,    SHAPE_INT),
	FIELD(work, terms,          SHAPE_OBJECT, .of = &work_terms_shape),
	FIELD(work, changed_ms,     SHAPE_TIME),
	FIELD(work, author_about,   SHAPE_TEXT, .optional = true),
	LIST(work, works, work_count, &work_card_shape, .says = "of a bundle: those on offer, in its order"),
	FIELD(work, single,         SHAPE_MONEY, .says = "of a bundle: what its works cost one by one"),
	FIELD(work, saved,          SHAPE_MONEY, .says = "of a bundle: how much less it costs; 0: not less"),
	FIELD(work, saves,          SHAPE_BOOL));

const struct shape work_list_shape = SHAPE(work_list,
	LIST(work_list, items, item_count, &work_card_shape),
	FIELD(work_list, next, SHAPE_TEXT, .optional = true));

const struct shape work_query_shape = SHAPE(work_query,
	FIELD(work_query, kind,     SHAPE_ENUM, .names = work_kind_names, .optional = true),
	FIELD(work_query, category, SHAPE_TEXT, .optional = true, .max = 64),
	FIELD(work_query, author,   SHAPE_TEXT, .optional = true, .max = 64),
	FIELD(work_query, language, SHAPE_TEXT, .optional = true, .pattern = "language"),
	FIELD(work_query, free,     SHAPE_BOOL, .optional = true),
	FIELD(work_query, sort,     SHAPE_ENUM, .names = work_sort_names, .optional = true),
	FIELD(work_query, limit,    SHAPE_INT,  .optional = true, .min = 1, .max = PAGE_MAX),
	FIELD(work_query, after,    SHAPE_TEXT, .optional = true, .max = 64));

const struct shape creator_shape = SHAPE(creator,
	FIELD(creator, id,    SHAPE_ID),
	FIELD(creator, name,  SHAPE_TEXT),
	FIELD(creator, slug,  SHAPE_TEXT),
	FIELD(creator, about, SHAPE_TEXT));

/* ---- quizzes: a union by kind ---- */

#define QUIZ_CHOICE                                                                              \
	SHAPE(quiz_item,                                                                         \
	      { .name = "options", .at = offsetof(struct quiz_item, choice.options), .kind = SHAPE_LIST, \
	        .count_at = offsetof(struct quiz_item, choice.option_count), .each = SHAPE_TEXT, .min = 2, .max = 20 }, \
	      { .name = "answer", .at = offsetof(struct quiz_item, choice.answer), .kind = SHAPE_LIST, \
	        .count_at = offsetof(struct quiz_item, choice.answer_count), .each = SHAPE_INT, .min = 1, .max = 20 })
static const struct shape quiz_choice = QUIZ_CHOICE;
static const struct shape quiz_number = SHAPE(quiz_item,
	NAMED(quiz_item, "answer",    number.answer,    SHAPE_REAL),
	NAMED(quiz_item, "tolerance", number.tolerance, SHAPE_REAL, .optional = true));
static const struct shape quiz_words = SHAPE(quiz_item,
	{ .name = "answer", .at = offsetof(struct quiz_item, words.answer), .kind = SHAPE_LIST,
	  .count_at = offsetof(struct quiz_item, words.answer_count), .each = SHAPE_TEXT, .min = 1, .max = 20 });
static const struct shape *const quiz_variants[] = {
	[QUIZ_SINGLE] = &quiz_choice, [QUIZ_MULTIPLE] = &quiz_choice, [QUIZ_NUMBER] = &quiz_number, [QUIZ_TEXT] = &quiz_words,
};
const struct shape quiz_item_shape = SHAPE_UNION(quiz_item, "kind", quiz_variants,
	FIELD(quiz_item, kind,     SHAPE_ENUM, .names = quiz_kind_names),
	FIELD(quiz_item, question, SHAPE_TEXT, .min = 1, .max = 2000),
	FIELD(quiz_item, why,      SHAPE_TEXT, .optional = true, .max = 2000));

const struct shape quiz_items_shape = SHAPE(quiz_items, LIST(quiz_items, items, item_count, &quiz_item_shape, .min = 1, .max = 100));
