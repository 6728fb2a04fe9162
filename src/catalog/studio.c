/* studio.c - an author's rules: what is his, where a section or a lesson stands, what is missing before readers may see it, and
 * how a draft becomes an edition.
 *
 * Nobody's draft is ever half published: contents, edition, state, note, audit row and news are one transaction, and the
 * readers' edition changes by its last statement only. */
#include "catalog/bundle_room.h"
#include "catalog/first_review.h"
#include "catalog/discount.h"

#include <assert.h>

#include "audit/audit.h"
#include "site/shop.h"

const struct problem studio_missing = { 404, "studio-missing", "There is no such section or lesson in your drafts." };
const struct problem studio_full = { 409, "studio-full", "The work has as many sections or lessons as it may have." };
const struct problem lesson_draft_newer = { 409, "lesson-draft-newer", "This lesson was saved elsewhere in the meantime." };
const struct problem work_not_ready = { 422, "work-not-ready", "Something is missing before this work can be published." };
const struct problem work_unchanged = { 409, "work-unchanged", "This is what is published already." };
static const struct problem review_first = { 403, "review-first", "The first publication is reviewed, and cannot be timed." };
static const struct problem plan_past = { 422, "plan-past", "The time to publish has passed, or is more than a year away." };

enum { TIMED_MIN_MS = 30 * 1000 };
static const int64_t TIMED_MAX_MS = (int64_t)366 * 24 * 3600 * 1000;

/* ---- works ---- */

static problem own_creator(struct tx *tx, const struct person *by, struct creator *ret)
{
	problem why = creator_by_user(tx, by->id, ret);
	struct text name = by->name;

	if (why != &creator_missing)
		return why;
	if (!name.length || !creator_by_name(tx, name, ret))
		name = arena_format(tx_arena(tx), "%.*s%lld", TEXT_ARG(name.length ? name : TEXT("author-")), (long long)by->id.v % 100000);
	return creator_add(tx, name, TEXT(""), by->id, ret);
}

problem studio__start(struct tx *tx, const struct studio_start *start, const struct person *by, struct work_id *ret)
{
	struct work_draft draft = { .kind = start->kind, .title = start->title, .language = start->language };
	struct creator creator;
	struct legal legal;
	problem why = own_creator(tx, by, &creator);

	if (!why)
		why = setting_read(tx, &legal_group, &legal, NULL);
	if (why)
		return why;
	draft.creator = creator.id;
	*ret = (struct work_id){ tx_id(tx) };
	studio__insert_work(tx, *ret, &draft, catalog__free_slug(tx, &draft));
	studio__set_refund_days(tx, *ret, legal.refund_days);
	studio__insert_draft(tx, *ret, TEXT(""));
	audit_add(tx, by->id, "work-started", "work", ret->v, (struct text){ 0 });
	return tx_problem(tx);
}

problem studio__own(struct tx *tx, struct work_id id, const struct person *by, struct work_card *ret)
{
	struct creator creator;
	problem why = work_by_id(tx, id, ret);

	if (!why)
		why = creator_by_id(tx, ret->creator, &creator);
	if (why || by->roles & ADMIN)
		return why;
	return by->id.v && creator.user.v == by->id.v ? NULL : &work_missing;
}

static problem edition_hash(struct tx *tx, const struct work_card *card, struct text *ret)
{
	struct edition edition;
	problem why;

	*ret = TEXT("");
	if (!card->edition.v)
		return NULL;
	why = catalog__edition(tx, card->edition, &edition);
	if (!why)
		*ret = edition.hash;
	return why;
}

problem studio__open(struct tx *tx, const struct work_card *card)
{
	struct draft draft;
	struct text hash;
	problem why = edition_hash(tx, card, &hash), known;

	if (why)
		return why;
	known = studio__read_draft(tx, card->id, &draft);
	if (!known && (draft.changed_ms || text_eq(draft.base_hash, hash)))
		return NULL;
	if (known && known != &work_missing)
		return known;
	if (!known)
		studio__drop(tx, card->id);
	studio__copy(tx, card, hash);
	return tx_problem(tx);
}

problem studio__discard(struct tx *tx, const struct work_card *card)
{
	if (!card->edition.v)
		return &work_moved_on;
	studio__drop(tx, card->id);
	return studio__open(tx, card);
}

/* ---- is it ready ---- */

static bool any_written(const struct studio_work *w)
{
	for (size_t i = 0; i < w->section_count; i++) {
		for (size_t k = 0; k < w->sections[i].lesson_count; k++) {
			if (!w->sections[i].lessons[k].empty)
				return true;
		}
	}
	return false;
}

/* Of what can its readers have something? */
static struct text lacks_contents(struct tx *tx, const struct studio_work *w)
{
	if (w->card.kind == WORK_BUNDLE)
		return bundle__count_on_sale(tx, w->card.id) < BUNDLE_LEAST ? TEXT("works") : (struct text){ 0 };
	return any_written(w) ? (struct text){ 0 } : TEXT("lessons");
}

static void find_missing(struct tx *tx, struct studio_work *w)
{
	struct text contents = lacks_contents(tx, w);
	const struct {
		bool is;
		struct text what;
	} all[] = {
		{ !text_trim(w->card.title).length, TEXT("title") },
		{ !w->priced, TEXT("price") },
		{ contents.length > 0, contents },
		{ w->terms.access == ACCESS_UNTIL && w->terms.access_until_ms <= tx_now_ms(tx), TEXT("access") },
	};

	w->missing = ARENA_ARRAY(tx_arena(tx), struct text, sizeof all / sizeof *all);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (all[i].is)
			w->missing[w->missing_count++] = all[i].what;
	}
}

problem studio__load(struct tx *tx, struct work_id id, struct studio_work *ret)
{
	problem why = work_by_id(tx, id, &ret->card);

	if (!why && ret->card.discounted)
		ret->card.price = ret->card.list_price; /* the ordinary one: the other has a page of its own */
	if (!why)
		why = studio__read_head(tx, id, ret);
	if (!why)
		why = studio__read_tree(tx, id, &ret->sections, &ret->section_count);
	if (!why)
		why = studio__read_history(tx, id, &ret->history, &ret->history_count);
	if (!why && ret->card.state == WORK_DRAFT)
		ret->sent_back = review__reason(tx, id);
	if (!why)
		find_missing(tx, ret);
	return why;
}

problem studio__patch(struct tx *tx, const struct work_card *card, const struct studio_patch *patch, const struct person *by)
{
	if (patch->price_given && card->discounted && patch->price.fen != card->list_price.fen)
		return &discount_running;
	if (patch->terms_given && card->kind == WORK_BUNDLE && patch->terms.access != ACCESS_FOREVER)
		return &bundle_no_access;
	studio__update_work(tx, card->id, patch);
	return catalog__tell(tx, card->id, by->id, patch->price_given || patch->terms_given ? "work-priced" : "work-described");
}

/* ---- the tree ---- */

static problem own_node(struct tx *tx, const struct person *by, struct studio_node *node)
{
	problem why = studio__own(tx, node->work, by, &node->card);

	return why == &work_missing ? &studio_missing : why;
}

problem studio__section(struct tx *tx, int64_t id, const struct person *by, struct studio_node *ret)
{
	problem why = studio__find_section(tx, id, ret);

	return why ? why : own_node(tx, by, ret);
}

problem studio__lesson(struct tx *tx, int64_t id, const struct person *by, struct studio_node *ret)
{
	problem why = studio__find_lesson(tx, id, ret);

	return why ? why : own_node(tx, by, ret);
}

problem studio__add_section(struct tx *tx, struct work_id work, struct text title, int64_t *ret)
{
	struct work_card card;
	int64_t *ids;
	size_t n = 0;
	problem why = work_by_id(tx, work, &card);

	if (!why && card.kind == WORK_BUNDLE)
		why = &bundle_no_lessons;
	if (!why)
		why = studio__section_ids(tx, work, &ids, &n);
	if (!why && n == WORK_SECTIONS_MAX)
		why = &studio_full;
	if (why)
		return why;
	*ret = tx_id(tx);
	studio__insert_section(tx, work, *ret, title, n ? (int64_t)n : 0);
	studio__touch(tx, work);
	return tx_problem(tx);
}

static struct text free_key(struct tx *tx, struct work_id work, struct text title)
{
	struct text wanted = slug_make(tx_arena(tx), title, "lesson"), key = wanted;

	for (int i = 2; studio__key_taken(tx, work, key); i++)
		key = arena_format(tx_arena(tx), "%.*s-%d", TEXT_ARG(wanted), i);
	return key;
}

problem studio__add_lesson(struct tx *tx, const struct studio_node *section, struct text title, int64_t *ret)
{
	struct studio_node at = { .id = tx_id(tx), .section = section->id, .work = section->work };
	int64_t *ids;
	size_t n;
	problem why = studio__lesson_ids(tx, section->id, &ids, &n);

	if (!why && studio__count_lessons(tx, section->work) >= WORK_LESSONS_MAX)
		why = &studio_full;
	if (why)
		return why;
	*ret = at.id;
	studio__insert_lesson(tx, &at, free_key(tx, section->work, title), title, n ? (int64_t)n : 0);
	studio__touch(tx, section->work);
	return tx_problem(tx);
}

/* `id` out of where it stands, if it does, and next to the other one; false: the other one is not among them. */
static bool put_next(int64_t *ids, size_t *n, int64_t id, const struct studio_place *place)
{
	int64_t beside = place->before ? place->before : place->after;
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (ids[i] != id)
			ids[kept++] = ids[i];
	}
	while (beside && at < kept && ids[at] != beside)
		at++;
	if (!beside)
		at = kept;
	else if (at == kept)
		return false;
	at += place->after && !place->before;
	memmove(ids + at + 1, ids + at, (kept - at) * sizeof *ids);
	ids[at] = id;
	*n = kept + 1;
	return true;
}

static int64_t *with_room(struct tx *tx, const int64_t *ids, size_t n)
{
	int64_t *copy = ARENA_ARRAY(tx_arena(tx), int64_t, n + 1);

	if (n)
		memcpy(copy, ids, n * sizeof *ids);
	return copy;
}

problem studio__move_section(struct tx *tx, const struct studio_node *section, const struct studio_place *place)
{
	int64_t *ids;
	size_t n;
	problem why = studio__section_ids(tx, section->work, &ids, &n);

	if (why)
		return why;
	ids = with_room(tx, ids, n);
	if (!put_next(ids, &n, section->id, place))
		return &studio_missing;
	for (size_t i = 0; i < n; i++)
		studio__set_section_position(tx, ids[i], (int64_t)i);
	studio__touch(tx, section->work);
	return tx_problem(tx);
}

/* Into which section: the other lesson's, the one that is named, or where it stands. */
static problem target_section(struct tx *tx, const struct studio_node *lesson, const struct studio_place *place, int64_t *ret)
{
	struct studio_node other = { .work = lesson->work, .section = lesson->section };
	int64_t beside = place->before ? place->before : place->after;
	problem why = NULL;

	if (beside)
		why = studio__find_lesson(tx, beside, &other);
	else if (place->section)
		why = studio__find_section(tx, place->section, &other);
	if (!why && other.work.v != lesson->work.v)
		why = &studio_missing;
	if (!why)
		*ret = other.section;
	return why;
}

problem studio__move_lesson(struct tx *tx, const struct studio_node *lesson, const struct studio_place *place)
{
	int64_t section, *ids;
	size_t n;
	problem why = target_section(tx, lesson, place, &section);

	if (!why)
		why = studio__lesson_ids(tx, section, &ids, &n);
	if (why)
		return why;
	ids = with_room(tx, ids, n);
	if (!put_next(ids, &n, lesson->id, place))
		return &studio_missing;
	for (size_t i = 0; i < n; i++)
		studio__set_lesson_position(tx, ids[i], section, (int64_t)i);
	studio__touch(tx, lesson->work);
	return tx_problem(tx);
}

problem studio__remove_section(struct tx *tx, const struct studio_node *section)
{
	studio__delete_section(tx, section->id);
	studio__touch(tx, section->work);
	return tx_problem(tx);
}

problem studio__remove_lesson(struct tx *tx, const struct studio_node *lesson)
{
	studio__delete_lesson(tx, lesson->id);
	studio__touch(tx, lesson->work);
	return tx_problem(tx);
}

problem studio__save(struct tx *tx, const struct studio_node *lesson, const struct doc_facts *facts, struct draft_text *text)
{
	enum { QUIZZES_MAX = 2 * 1024 * 1024 };
	CLEANUP(buffer_free) struct buffer quizzes = BUFFER(QUIZZES_MAX);
	struct draft_text kept;
	problem why = studio__read_text(tx, lesson->id, &kept);

	if (why)
		return why;
	if (kept.version != text->version) {
		text->version = kept.version;
		return &lesson_draft_newer;
	}
	buffer_add(&quizzes, TEXT("{\"quizzes\":["));
	for (size_t i = 0; i < text->quiz_count; i++) {
		if (i)
			buffer_add_char(&quizzes, ',');
		shape_write(&draft_quiz_shape, &quizzes, &text->quizzes[i]);
	}
	buffer_add(&quizzes, TEXT("]}"));
	if (quizzes.why)
		return quizzes.why;
	text->saved_ms = tx_now_ms(tx);
	why = studio__update_text(tx, lesson->id, facts, text, buffer_text(&quizzes));
	studio__touch(tx, lesson->work);
	text->version++;
	return why ? why : tx_problem(tx);
}

/* The node that shows an asset of a kind; NULL: none does. */
static const char *node_of(enum asset_kind kind)
{
	static const char *const nodes[ASSET_KIND_COUNT] = {
		[ASSET_VIDEO] = "video", [ASSET_AUDIO] = "audio", [ASSET_PDF] = "pdf", [ASSET_FILE] = "attachment",
	};

	return nodes[kind];
}

static const struct shape attrs_shape = SHAPE(studio_recording,
	FIELD(studio_recording, asset, SHAPE_INT),
	FIELD(studio_recording, title, SHAPE_TEXT));

problem studio__show(struct tx *tx, const struct studio_node *lesson, const struct studio_recording *recording)
{
	CLEANUP(buffer_free) struct buffer doc = BUFFER(DOC_MAX);
	struct draft_text text = { .version = 1 };
	struct doc_facts facts;
	struct doc_fault fault;
	enum asset_kind kind;
	problem why = asset_kind_of(tx, recording->asset, recording->owner, &kind);

	if (why)
		return why;
	if (!node_of(kind))
		return &problem_invalid;
	buffer_format(&doc, "{\"type\":\"doc\",\"content\":[{\"type\":\"%s\",\"attrs\":", node_of(kind));
	shape_write(&attrs_shape, &doc, recording);
	buffer_add(&doc, TEXT("}]}"));
	text.doc = buffer_text(&doc);
	why = doc.why ? doc.why : doc_check(tx_arena(tx), text.doc, &facts, &fault);
	return why ? why : studio__save(tx, lesson, &facts, &text);
}

/* ---- publishing ---- */

static void write_tree(struct tx *tx, const struct work_card *card, struct edition *edition, const struct work_draft *draft, struct text hash)
{
	edition->revision++;
	edition->hash = hash;
	catalog__update_edition(tx, edition);
	catalog__write_tree(tx, edition->id, draft);
	catalog__set_edition(tx, card->id, edition->id, catalog__count_lessons(draft));
}

static void tell_changes(struct tx *tx, struct work_id id, struct text changes, struct user_id by)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 * 1024);

	if (!changes.length)
		return;
	buffer_format(&out, "{\"by\":%lld,\"changes\":", (long long)by.v);
	json_write_text(&out, changes);
	buffer_add_char(&out, '}');
	assert(!out.why);
	news_add(tx, CATALOG_NEWS_CHANGED, id.v, arena_text(tx_arena(tx), buffer_text(&out)));
}

problem studio__publish_draft(struct tx *tx, struct work_id id, const struct studio_publish *how, struct user_id by)
{
	struct work_draft draft = { 0 };
	struct work_card card;
	struct edition edition = { 0 };
	struct text hash;
	problem why = work_by_id(tx, id, &card);

	if (!why)
		why = studio__read_contents(tx, id, &draft);
	if (!why && card.edition.v)
		why = catalog__edition(tx, card.edition, &edition);
	if (why)
		return why;
	hash = catalog__tree_hash(tx_arena(tx), &draft);
	if (text_eq(hash, edition.hash))
		return &work_unchanged;
	if (card.edition.v && !how->edition) {
		write_tree(tx, &card, &edition, &draft, hash);
	} else {
		catalog__add_edition(tx, &draft, id, edition.number + 1, hash);
		edition = (struct edition){ .number = edition.number + 1 };
	}
	studio__insert_note(tx, id, &(struct edition_note){ edition.number, edition.revision, tx_now_ms(tx), how->changes.at ? how->changes : TEXT("") });
	studio__settle(tx, id, hash);
	if (card.edition.v)
		tell_changes(tx, id, text_trim(how->changes), by);
	why = catalog__use_media(tx, &draft, id, by);
	return why ? why : catalog__tell(tx, id, by, !card.edition.v ? "work-added" : how->edition ? "work-new-edition" : "work-revised");
}

/* One owner, no ceremony: his own works are published as he says; those of others are looked at before the first time. */
static bool needs_review(const struct work_card *card, const struct person *by)
{
	return !(by->roles & ADMIN) && !card->edition.v;
}

static problem check_ready(struct tx *tx, struct work_id id)
{
	struct studio_work work = { 0 };
	problem why = studio__load(tx, id, &work);

	return why ? why : work.missing_count ? &work_not_ready : NULL;
}

static problem plan(struct tx *tx, const struct work_card *card, const struct studio_publish *how, struct user_id by)
{
	int64_t wait_ms = how->at_ms - tx_now_ms(tx);

	if (wait_ms < TIMED_MIN_MS || wait_ms > TIMED_MAX_MS)
		return &plan_past;
	studio__set_plan(tx, card->id, how, by);
	audit_add(tx, by, "work-planned", "work", card->id.v, (struct text){ 0 });
	job_add(tx, "studio-publish", arena_format(tx_arena(tx), "%lld-%lld", (long long)card->id.v, (long long)how->at_ms),
	        arena_format(tx_arena(tx), "{\"work\":%lld,\"at\":%lld}", (long long)card->id.v, (long long)how->at_ms), how->at_ms);
	return tx_problem(tx);
}

/* A draft and one that was taken back from a review go up with it; what is unlisted stays so. */
static problem go_up(struct tx *tx, const struct work_card *card, const struct studio_publish *how, struct user_id by)
{
	problem why = studio__publish_draft(tx, card->id, how, by);

	if (!why && (card->state == WORK_DRAFT || card->state == WORK_IN_REVIEW)) {
		studio__set_published(tx, card->id);
		why = catalog__set_state(tx, card->id, (enum work_state)card->state, WORK_PUBLISHED);
	}
	return why;
}

static problem may_go_up(struct tx *tx, const struct work_card *card)
{
	bool moved_on = card->state == WORK_ARCHIVED || card->state == WORK_SUSPENDED || card->state == WORK_WITHDRAWN;

	if (card->kind == WORK_BUNDLE && card->edition.v)
		return &bundle_no_editions;
	return moved_on ? &work_moved_on : check_ready(tx, card->id);
}

problem studio__publish(struct tx *tx, const struct work_card *card, const struct studio_publish *how, const struct person *by)
{
	problem why = may_go_up(tx, card);

	if (why)
		return why;
	if (needs_review(card, by)) {
		if (how->at_ms)
			return &review_first;
		studio__set_plan(tx, card->id, NULL, by->id);
		return work_move(tx, card->id, WORK_IN_REVIEW, by);
	}
	return how->at_ms ? plan(tx, card, how, by->id) : go_up(tx, card, how, by->id);
}

problem studio__cancel(struct tx *tx, const struct work_card *card, struct user_id by)
{
	studio__set_plan(tx, card->id, NULL, by);
	audit_add(tx, by, "work-plan-cancelled", "work", card->id.v, (struct text){ 0 });
	return tx_problem(tx);
}

/* ---- at the time ---- */

struct timed {
	struct work_id work;
	int64_t at_ms;
};

/* Cancelled, moved to another time or done by hand meanwhile: nothing to do. What is no longer ready, or was
 * suspended or taken back, stays a draft, and the audit trail says so. */
static problem publish_now(struct tx *tx, void *arg)
{
	const struct timed *t = arg;
	struct work_card card;
	struct draft draft;
	struct studio_publish how;
	problem why = work_by_id(tx, t->work, &card);

	if (!why)
		why = studio__read_draft(tx, t->work, &draft);
	if (why || draft.plan_ms != t->at_ms)
		return why == &work_missing ? NULL : why;
	how = (struct studio_publish){ .edition = draft.plan_edition, .changes = draft.plan_changes };
	why = may_go_up(tx, &card);
	if (!why) {
		why = go_up(tx, &card, &how, draft.plan_by);
		if (why == &work_moved_on)
			return why; /* while it went up: nothing of it is kept, and another try sees how it stands */
	}
	if (why != &work_not_ready && why != &work_unchanged && why != &work_moved_on)
		return why;
	studio__set_plan(tx, t->work, NULL, draft.plan_by);
	audit_add(tx, draft.plan_by, "work-plan-failed", "work", t->work.v, arena_format(tx_arena(tx), "{\"why\":\"%s\"}", why->type));
	return tx_problem(tx);
}

static problem run_publish(struct job *job)
{
	struct timed timed;
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (why)
		return why;
	timed = (struct timed){ { json_get_int(payload, "work", 0) }, json_get_int(payload, "at", 0) };
	return db_write(job->db, publish_now, &timed);
}

const struct job_kind studio_jobs[] = {
	{ .kind = "studio-publish", .run = run_publish },
	{ 0 },
};
