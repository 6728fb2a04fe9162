/* catalog.c - rules of works: what is visible, how one is stored again, which way its life goes. */
#include "catalog/catalog_room.h"

#include "audit/audit.h"
#include "catalog/bundle_room.h"
#include "catalog/first_review.h"
#include "crypto/crypto.h"
#include "media/media.h"

const struct problem work_missing = { 404, "work-missing", "There is no such work." };
const struct problem work_gone = { 410, "work-gone", "This work is no longer offered." };
const struct problem work_moved_on = { 409, "work-moved-on", "The work's state does not allow this." };
const struct problem lesson_missing = { 404, "lesson-missing", "There is no such lesson." };
const struct problem lesson_locked = { 402, "lesson-locked", "Buy the work to open this lesson." };
const struct problem quiz_missing = { 404, "quiz-missing", "There is no such quiz." };
const struct problem creator_missing = { 404, "creator-missing", "There is no such creator." };
const struct problem creator_name_taken = { 409, "creator-name-taken", "Another creator has this name." };

const char *work_kind_path(enum work_kind kind)
{
	return kind == WORK_EBOOK ? "book" : work_kind_names[kind];
}

problem work_visible(const struct work_card *card)
{
	switch ((enum work_state)card->state) {
	case WORK_PUBLISHED:
	case WORK_UNLISTED:
		return NULL;
	case WORK_ARCHIVED:
	case WORK_SUSPENDED:
	case WORK_WITHDRAWN:
		return &work_gone;
	case WORK_STATE_NONE:
	case WORK_DRAFT:
	case WORK_IN_REVIEW:
	case WORK_STATE_COUNT:
		return &work_missing;
	}
	return &work_missing;
}

problem work_for_sale(struct tx *tx, struct work_id id, struct work_card *ret)
{
	struct work_terms terms;
	problem why = work_by_id(tx, id, ret);

	if (!why)
		why = work_visible(ret);
	if (!why)
		why = work_terms_load(tx, id, &terms);
	if (why)
		return why;
	if (ret->kind == WORK_BUNDLE)
		return bundle__count_on_sale(tx, id) < BUNDLE_LEAST ? &bundle_too_small : NULL;
	return terms.access == ACCESS_UNTIL && terms.access_until_ms <= tx_now_ms(tx) ? &work_gone : NULL;
}

void catalog__finish_card(struct tx *tx, struct work_card *card)
{
	const struct text url[] = {
		text_is(card->language, "en") ? TEXT("/en/") : TEXT("/"), text_of(work_kind_path((enum work_kind)card->kind)), TEXT("/"), card->slug,
	};

	card->free = card->price.fen == 0;
	card->discounted = card->list_price.fen > 0;
	card->was_lower = card->discounted && card->lowest_price.fen < card->list_price.fen;
	card->category_given = card->category.name.at ? GIVEN_VALUE : GIVEN_NOT;
	card->url = arena_join(tx_arena(tx), url, sizeof url / sizeof *url);
}

struct text slug_make(struct arena *arena, struct text title, const char *prefix)
{
	enum { SLUG_MAX = 60 };
	char *out = arena_alloc(arena, SLUG_MAX + 1);
	size_t n = 0;

	for (size_t i = 0; i < title.length && n < SLUG_MAX; i++) {
		char c = title.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	return n >= 3 ? (struct text){ out, n } : arena_format(arena, "%s-%08x", prefix, (unsigned)(text_hash(title) & 0xffffffff));
}

/* ---- storing ---- */

static void hash_text(struct sha256_stream *s, struct text t)
{
	int64_t length = t.at ? (int64_t)t.length : -1;

	sha256_add(s, (struct text){ (const char *)&length, sizeof length });
	sha256_add(s, t);
}

static void hash_int(struct sha256_stream *s, int64_t n) { sha256_add(s, (struct text){ (const char *)&n, sizeof n }); }

static struct text hash_end(struct arena *arena, struct sha256_stream *s)
{
	struct sha256 hash = sha256_end(s);

	return hex_encode(arena, (struct text){ (const char *)hash.at, sizeof hash.at });
}

/* What stands in the work itself: a change of it is no revision of the content, but is written and told. */
static struct text head_hash(struct arena *arena, const struct work_draft *d)
{
	struct sha256_stream s = sha256_begin();

	hash_int(&s, d->kind);
	hash_int(&s, d->creator.v);
	hash_text(&s, d->language);
	hash_text(&s, d->title);
	hash_text(&s, d->subtitle);
	hash_text(&s, d->summary);
	hash_text(&s, d->category);
	hash_int(&s, (int64_t)d->for_whom_count);
	for (size_t i = 0; i < d->for_whom_count; i++)
		hash_text(&s, d->for_whom[i]);
	for (size_t i = 0; i < d->tag_count; i++)
		hash_text(&s, d->tags[i]);
	return hash_end(arena, &s);
}

struct text catalog__tree_hash(struct arena *arena, const struct work_draft *d)
{
	struct sha256_stream s = sha256_begin();

	for (size_t i = 0; i < d->section_count; i++) {
		hash_text(&s, d->sections[i].title);
		hash_int(&s, (int64_t)d->sections[i].lesson_count);
		for (size_t k = 0; k < d->sections[i].lesson_count; k++) {
			const struct lesson_draft *lesson = &d->sections[i].lessons[k];

			hash_text(&s, lesson->key);
			hash_text(&s, lesson->title);
			hash_text(&s, lesson->doc);
			hash_int(&s, lesson->free);
			hash_int(&s, lesson->minutes);
		}
	}
	for (size_t i = 0; i < d->quiz_count; i++) {
		hash_text(&s, d->quizzes[i].key);
		hash_text(&s, d->quizzes[i].lesson_key);
		hash_text(&s, d->quizzes[i].title);
		hash_text(&s, d->quizzes[i].items);
	}
	return hash_end(arena, &s);
}

int64_t catalog__count_lessons(const struct work_draft *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->section_count; i++)
		n += d->sections[i].lesson_count;
	return (int64_t)n;
}

struct text catalog__free_slug(struct tx *tx, const struct work_draft *d)
{
	struct text wanted = d->slug.at ? d->slug : slug_make(tx_arena(tx), d->title, work_kind_path((enum work_kind)d->kind)), slug = wanted;

	for (int i = 2; catalog__slug_taken(tx, slug); i++)
		slug = arena_format(tx_arena(tx), "%.*s-%d", TEXT_ARG(wanted), i);
	return slug;
}

problem catalog__tell(struct tx *tx, struct work_id id, struct user_id by, const char *verb)
{
	audit_add(tx, by, verb, "work", id.v, (struct text){ 0 });
	news_add(tx, CATALOG_NEWS, id.v, TEXT("{}"));
	return bundle__recount(tx, id);
}

void catalog__add_edition(struct tx *tx, const struct work_draft *draft, struct work_id work, int64_t number, struct text hash)
{
	struct edition edition = { .id = { tx_id(tx) }, .number = number, .revision = 0, .hash = hash };

	catalog__insert_edition(tx, work, &edition);
	catalog__write_tree(tx, edition.id, draft);
	catalog__set_edition(tx, work, edition.id, catalog__count_lessons(draft));
}

/* Whose recordings a lesson may show: those of whoever stores it, and of whose work it is. */
problem catalog__use_media(struct tx *tx, const struct work_draft *draft, struct work_id work, struct user_id by)
{
	struct work_card card;
	struct creator creator;
	problem why = work_by_id(tx, work, &card);

	if (!why)
		why = creator_by_id(tx, card.creator, &creator);
	for (size_t i = 0; !why && i < draft->section_count; i++) {
		for (size_t k = 0; k < draft->sections[i].lesson_count; k++)
			media_use_doc(tx, draft->sections[i].lessons[k].doc, work, by, creator.user);
	}
	return why ? why : tx_problem(tx);
}

static problem add_work(struct tx *tx, const struct work_draft *draft, struct user_id by, struct work_id *ret_id)
{
	struct work_id id = { tx_id(tx) };
	problem why;

	catalog__insert_work(tx, draft, id, catalog__free_slug(tx, draft), head_hash(tx_arena(tx), draft));
	catalog__add_edition(tx, draft, id, 1, catalog__tree_hash(tx_arena(tx), draft));
	*ret_id = id;
	why = catalog__use_media(tx, draft, id, by);
	return why ? why : catalog__tell(tx, id, by, "work-added");
}

static problem store_again(struct tx *tx, const struct work_draft *draft, const struct work_row *row, struct user_id by, enum work_change *ret)
{
	struct text head = head_hash(tx_arena(tx), draft), tree = catalog__tree_hash(tx_arena(tx), draft);
	bool head_changed = !text_eq(head, row->head_hash) || (draft->price_given && draft->price.fen != row->price);
	struct edition edition;
	problem why = catalog__edition(tx, row->edition, &edition);
	bool tree_changed;

	if (why)
		return why;
	tree_changed = !text_eq(tree, edition.hash);
	*ret = !tree_changed ? (head_changed ? WORK_REVISED : WORK_SAME) : draft->new_edition ? WORK_NEW_EDITION : WORK_REVISED;
	if (*ret == WORK_SAME)
		return NULL;
	if (head_changed)
		catalog__update_work(tx, draft, row->id, head);
	if (tree_changed && draft->new_edition) {
		catalog__add_edition(tx, draft, row->id, edition.number + 1, tree);
	} else if (tree_changed) {
		edition.revision++;
		edition.hash = tree;
		catalog__update_edition(tx, &edition);
		catalog__write_tree(tx, edition.id, draft);
		catalog__set_edition(tx, row->id, edition.id, catalog__count_lessons(draft));
	}
	why = catalog__use_media(tx, draft, row->id, by);
	return why ? why : catalog__tell(tx, row->id, by, *ret == WORK_NEW_EDITION ? "work-new-edition" : "work-revised");
}

problem work_store(struct tx *tx, const struct work_draft *draft, struct user_id by, enum work_change *ret, struct work_id *ret_id)
{
	struct work_row row;
	problem why = draft->source.at ? catalog__by_source(tx, draft->source, &row) : &work_missing;

	if (why == &work_missing) {
		*ret = WORK_ADDED;
		return add_work(tx, draft, by, ret_id);
	}
	if (why)
		return why;
	*ret_id = row.id;
	return store_again(tx, draft, &row, by, ret);
}

/* ---- life cycle ---- */

/* from -> to -> who may; nothing: never */
static const unsigned may[WORK_STATE_COUNT][WORK_STATE_COUNT] = {
	[WORK_DRAFT] = { [WORK_IN_REVIEW] = CREATOR, [WORK_PUBLISHED] = MODERATOR | ADMIN },
	[WORK_IN_REVIEW] = { [WORK_PUBLISHED] = MODERATOR | ADMIN, [WORK_DRAFT] = CREATOR | MODERATOR | ADMIN },
	[WORK_PUBLISHED] = { [WORK_UNLISTED] = CREATOR | ADMIN, [WORK_ARCHIVED] = CREATOR | ADMIN, [WORK_SUSPENDED] = MODERATOR | ADMIN },
	[WORK_UNLISTED] = { [WORK_PUBLISHED] = CREATOR | ADMIN, [WORK_ARCHIVED] = CREATOR | ADMIN, [WORK_SUSPENDED] = MODERATOR | ADMIN },
	[WORK_SUSPENDED] = { [WORK_PUBLISHED] = MODERATOR | ADMIN, [WORK_WITHDRAWN] = MODERATOR | ADMIN },
};

problem work_move(struct tx *tx, struct work_id id, enum work_state to, const struct person *by)
{
	struct work_card card;
	struct creator creator;
	unsigned allowed;
	problem why = work_by_id(tx, id, &card);

	if (!why)
		why = creator_by_id(tx, card.creator, &creator);
	if (why)
		return why;
	allowed = by->roles & may[card.state][to];
	/* CREATOR means the work's own */
	if (creator.user.v != by->id.v || !by->id.v)
		allowed &= ~(unsigned)CREATOR;
	if (!allowed)
		return by->roles & (MODERATOR | ADMIN) || creator.user.v == by->id.v ? &work_moved_on : &work_missing;
	if (to == WORK_PUBLISHED && card.kind == WORK_BUNDLE && bundle__count_on_sale(tx, id) < BUNDLE_LEAST)
		return &bundle_too_small;
	if (to == WORK_PUBLISHED && !card.edition.v) {
		why = studio__publish_draft(tx, id, &(struct studio_publish){ .edition = true }, by->id);
		studio__set_published(tx, id);
	}
	if (!why)
		why = catalog__set_state(tx, id, (enum work_state)card.state, to);
	if (!why && to == WORK_IN_REVIEW)
		review__asked(tx, id);
	return why ? why : catalog__tell(tx, id, by->id, work_state_names[to]);
}

problem creator_add(struct tx *tx, struct text name, struct text about, struct user_id user, struct creator *ret)
{
	struct creator other;
	struct text slug = slug_make(tx_arena(tx), name, "author");

	if (!creator_by_name(tx, name, &other))
		return &creator_name_taken;
	if (!creator_by_slug(tx, slug, &other))
		slug = arena_format(tx_arena(tx), "%.*s-%08x", TEXT_ARG(slug), (unsigned)(text_hash(name) & 0xffffffff));
	*ret = (struct creator){ .id = { tx_id(tx) }, .user = user, .name = name, .slug = slug, .about = about, .created_ms = tx_now_ms(tx) };
	catalog__insert_creator(tx, ret);
	audit_add(tx, user, "creator-added", "creator", ret->id.v, (struct text){ 0 });
	return tx_problem(tx);
}

int64_t work_terms_end(const struct work_terms *terms, int64_t from_ms)
{
	enum { DAY_MS = 24 * 3600 * 1000 };

	switch ((enum access_rule)terms->access) {
	case ACCESS_DAYS:
		return from_ms + terms->access_days * DAY_MS;
	case ACCESS_UNTIL:
		return terms->access_until_ms;
	case ACCESS_NONE:
	case ACCESS_FOREVER:
	case ACCESS_RULE_COUNT:
		return 0;
	}
	return 0;
}
