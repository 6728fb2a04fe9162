/* studio_store.c - SQL of drafts: the tree that an author writes on, its texts, plans and notes. */
#include "catalog/studio.h"

#include <assert.h>

/* ---- the work's own columns ---- */

void studio__insert_work(struct tx *tx, struct work_id id, const struct work_draft *d, struct text slug)
{
	int64_t now_ms = tx_now_ms(tx);
	struct drawn_cover look = catalog__look(d->title);

	run(tx,
	    "insert into work (id, creator_id, slug, kind, state, language, title, summary, for_whom, tags, price, priced, lesson_count, sales,"
	    " popularity, hue, pattern, head_hash, created_ms, published_ms, changed_ms)"
	    " values ($1, $2, $3, $4, 'draft', $5, $6, '', '[]', '[]', 0, 0, 0, 0, 0, $7, $8, '', $9, $9, $9)",
	    V(id.v, d->creator.v, slug, work_kind_names[d->kind], d->language, d->title, look.hue, look.pattern, now_ms));
}

void studio__set_refund_days(struct tx *tx, struct work_id id, int64_t days) { run(tx, "update work set refund_days = $1 where id = $2", V(days, id.v)); }

static struct text list_or_absent(struct tx *tx, const struct text *texts, size_t n)
{
	return texts ? catalog__texts_json(tx_arena(tx), texts, n) : (struct text){ 0 };
}

/* "" takes away what may be absent */
static struct text or_null(struct text t) { return t.length ? t : (struct text){ 0 }; }

static void update_terms(struct tx *tx, struct work_id id, const struct work_terms *t)
{
	run(tx, "update work set access = $1, access_days = $2, access_until_ms = $3, refund_days = $4, refund_percent = $5 where id = $6",
	    V(access_rule_names[t->access], t->access_days, t->access_until_ms, t->refund_days, t->refund_percent, id.v));
}

void studio__update_work(struct tx *tx, struct work_id id, const struct studio_patch *p)
{
	run(tx,
	    "update work set title = coalesce($1, title), summary = coalesce($2, summary), language = coalesce($3, language),"
	    " for_whom = coalesce($4, for_whom), tags = coalesce($5, tags), changed_ms = $6 where id = $7",
	    V(or_null(p->title), p->summary, or_null(p->language), list_or_absent(tx, p->for_whom, p->for_whom_count),
	      list_or_absent(tx, p->tags, p->tag_count), tx_now_ms(tx), id.v));
	if (p->subtitle.at)
		run(tx, "update work set subtitle = $1 where id = $2", V(or_null(p->subtitle), id.v));
	if (p->cover.at)
		run(tx, "update work set cover = $1 where id = $2", V(or_null(p->cover), id.v));
	if (p->description.at)
		run(tx, "update work set description = $1 where id = $2", V(or_null(p->description), id.v));
	if (p->category.at) {
		int64_t category = catalog__category(tx, p->category);

		run(tx, "update work set category_id = $1 where id = $2", V(category ? value_int(category) : value_null(), id.v));
	}
	if (p->price_given) {
		run(tx, "update work set price = $1, priced = 1 where id = $2 and list_price is null", V(p->price.fen, id.v));
		catalog__note_price(tx, id);
	}
	if (p->terms_given)
		update_terms(tx, id, &p->terms);
}

void studio__set_published(struct tx *tx, struct work_id id)
{
	run(tx, "update work set published_ms = $1 where id = $2", V(tx_now_ms(tx), id.v));
}

struct head_row {
	struct text category, description, for_whom, tags, hash, base_hash, changes;
	bool priced, plan_edition;
	int64_t number, revision, changed_ms, plan_ms;
};
static const struct shape head_row = SHAPE(head_row,
	FIELD(head_row, category,     SHAPE_TEXT, .nullable = true),
	FIELD(head_row, description,  SHAPE_JSON, .nullable = true),
	FIELD(head_row, for_whom,     SHAPE_TEXT),
	FIELD(head_row, tags,         SHAPE_TEXT),
	FIELD(head_row, priced,       SHAPE_BOOL),
	FIELD(head_row, number,       SHAPE_INT),
	FIELD(head_row, revision,     SHAPE_INT),
	FIELD(head_row, hash,         SHAPE_TEXT),
	FIELD(head_row, base_hash,    SHAPE_TEXT),
	FIELD(head_row, changed_ms,   SHAPE_INT),
	FIELD(head_row, plan_ms,      SHAPE_INT),
	FIELD(head_row, plan_edition, SHAPE_BOOL),
	FIELD(head_row, changes,      SHAPE_TEXT));

problem studio__read_head(struct tx *tx, struct work_id id, struct studio_work *ret)
{
	struct head_row row;
	problem why = read_one(tx, &work_missing, &head_row, &row,
	                       "select k.name, w.description, w.for_whom, w.tags, w.priced, coalesce(e.number, 0), coalesce(e.revision, 0),"
	                       " coalesce(e.hash, ''), d.base_hash, d.changed_ms, coalesce(d.plan_ms, 0), d.plan_edition, d.plan_changes"
	                       " from work w join draft d on d.work_id = w.id left join edition e on e.id = w.edition_id"
	                       " left join category k on k.id = w.category_id where w.id = $1",
	                       V(id.v));

	if (!why)
		why = catalog__read_texts(tx_arena(tx), row.for_whom, &ret->for_whom, &ret->for_whom_count);
	if (!why)
		why = catalog__read_texts(tx_arena(tx), row.tags, &ret->tags, &ret->tag_count);
	if (why)
		return why;
	ret->category = row.category;
	ret->description = row.description;
	ret->priced = row.priced;
	ret->edition_number = row.number;
	ret->revision = row.revision;
	ret->changed = row.changed_ms != 0;
	ret->behind = !text_eq(row.hash, row.base_hash);
	ret->plan = (struct studio_plan){ row.plan_ms, row.plan_edition, row.changes };
	ret->plan_given = row.plan_ms ? GIVEN_VALUE : GIVEN_NOT;
	return work_terms_load(tx, id, &ret->terms);
}

/* ---- drafts ---- */

static const struct shape draft_row = SHAPE(draft,
	FIELD(draft, work,         SHAPE_ID),
	FIELD(draft, base_hash,    SHAPE_TEXT),
	FIELD(draft, changed_ms,   SHAPE_INT),
	FIELD(draft, plan_ms,      SHAPE_INT),
	FIELD(draft, plan_edition, SHAPE_BOOL),
	FIELD(draft, plan_changes, SHAPE_TEXT),
	FIELD(draft, plan_by,      SHAPE_ID, .nullable = true));

problem studio__read_draft(struct tx *tx, struct work_id id, struct draft *ret)
{
	return read_one(tx, &work_missing, &draft_row, ret,
	                "select work_id, base_hash, changed_ms, coalesce(plan_ms, 0), plan_edition, plan_changes, plan_by from draft where work_id = $1",
	                V(id.v));
}

void studio__insert_draft(struct tx *tx, struct work_id id, struct text base_hash)
{
	run(tx,
	    "insert into draft (work_id, base_hash, changed_ms, plan_edition, plan_changes, plan_by) values ($1, $2, 0, 0, '', 0)"
	    " on conflict (work_id) do nothing",
	    V(id.v, base_hash));
}

void studio__drop(struct tx *tx, struct work_id id)
{
	run(tx, "delete from draft_lesson where work_id = $1", V(id.v));
	run(tx, "delete from draft_section where work_id = $1", V(id.v));
	run(tx, "delete from draft where work_id = $1", V(id.v));
}

void studio__touch(struct tx *tx, struct work_id id)
{
	run(tx, "update draft set changed_ms = $1 where work_id = $2", V(tx_now_ms(tx), id.v));
}

void studio__set_plan(struct tx *tx, struct work_id id, const struct studio_publish *plan, struct user_id by)
{
	run(tx, "update draft set plan_ms = $1, plan_edition = $2, plan_changes = $3, plan_by = $4 where work_id = $5",
	    V(plan ? value_int(plan->at_ms) : value_null(), plan && plan->edition, plan && plan->changes.at ? plan->changes : TEXT(""), by.v, id.v));
}

void studio__settle(struct tx *tx, struct work_id id, struct text hash)
{
	run(tx, "update draft set base_hash = $1, changed_ms = 0, plan_ms = null where work_id = $2", V(hash, id.v));
}

/* ---- sections and lessons ---- */

static const struct shape section_row = SHAPE_AS("draft_section_row", draft_section,
	FIELD(draft_section, id,    SHAPE_INT),
	FIELD(draft_section, title, SHAPE_TEXT));
static const struct shape lesson_row = SHAPE_AS("draft_lesson_row", draft_lesson,
	FIELD(draft_lesson, id,       SHAPE_INT),
	FIELD(draft_lesson, section,  SHAPE_INT),
	FIELD(draft_lesson, key,      SHAPE_TEXT),
	FIELD(draft_lesson, title,    SHAPE_TEXT),
	FIELD(draft_lesson, free,     SHAPE_BOOL),
	FIELD(draft_lesson, empty,    SHAPE_BOOL),
	FIELD(draft_lesson, version,  SHAPE_INT),
	FIELD(draft_lesson, saved_ms, SHAPE_INT),
	FIELD(draft_lesson, minutes,  SHAPE_INT));

/* Sections and lessons come in the same order, so each section's lessons are neighbours. */
static void hang(struct draft_section *sections, size_t section_count, struct draft_lesson *lessons, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < section_count; i++) {
		sections[i].lessons = lessons + at;
		while (at < n && lessons[at].section == sections[i].id) {
			at++;
			sections[i].lesson_count++;
		}
	}
	assert(at == n);
}

problem studio__read_tree(struct tx *tx, struct work_id id, struct draft_section **ret, size_t *ret_count)
{
	struct draft_lesson *lessons;
	size_t n;
	problem why = read_all(tx, &section_row, WORK_SECTIONS_MAX, (void **)ret, ret_count,
	                       "select id, title from draft_section where work_id = $1 order by position, id limit 200", V(id.v));

	if (!why)
		why = read_all(tx, &lesson_row, WORK_LESSONS_MAX, (void **)&lessons, &n,
		               "select l.id, l.section_id, l.lesson_key, l.title, l.free, l.empty, l.version, l.saved_ms, l.minutes from draft_lesson l"
		               " join draft_section s on s.id = l.section_id where l.work_id = $1 order by s.position, s.id, l.position, l.id limit 2000",
		               V(id.v));
	if (!why)
		hang(*ret, *ret_count, lessons, n);
	return why;
}

static const struct shape node_row = SHAPE(studio_node,
	FIELD(studio_node, id,      SHAPE_INT),
	FIELD(studio_node, section, SHAPE_INT),
	FIELD(studio_node, work,    SHAPE_ID));

problem studio__find_section(struct tx *tx, int64_t id, struct studio_node *ret)
{
	return read_one(tx, &studio_missing, &node_row, ret, "select id, id, work_id from draft_section where id = $1", V(id));
}

problem studio__find_lesson(struct tx *tx, int64_t id, struct studio_node *ret)
{
	return read_one(tx, &studio_missing, &node_row, ret, "select id, section_id, work_id from draft_lesson where id = $1", V(id));
}

struct id_row {
	int64_t id;
};
static const struct shape id_row = SHAPE(id_row, FIELD(id_row, id, SHAPE_INT));

problem studio__section_ids(struct tx *tx, struct work_id id, int64_t **ret, size_t *ret_count)
{
	static_assert(sizeof(struct id_row) == sizeof(int64_t), "rows of ids are an array of ids");
	return read_all(tx, &id_row, WORK_SECTIONS_MAX, (void **)ret, ret_count,
	                "select id from draft_section where work_id = $1 order by position, id limit 200", V(id.v));
}

problem studio__lesson_ids(struct tx *tx, int64_t section, int64_t **ret, size_t *ret_count)
{
	return read_all(tx, &id_row, WORK_LESSONS_MAX, (void **)ret, ret_count,
	                "select id from draft_lesson where section_id = $1 order by position, id limit 2000", V(section));
}

int64_t studio__count_lessons(struct tx *tx, struct work_id id)
{
	return read_int(tx, 0, "select count(*) from draft_lesson where work_id = $1", V(id.v));
}

bool studio__key_taken(struct tx *tx, struct work_id id, struct text key)
{
	return read_int(tx, 0,
	                "select 1 from draft_lesson where work_id = $1 and lesson_key = $2 union all select 1 from lesson l"
	                " join edition e on e.id = l.edition_id where e.work_id = $1 and l.lesson_key = $2 limit 1",
	                V(id.v, key)) == 1;
}

void studio__insert_section(struct tx *tx, struct work_id work, int64_t id, struct text title, int64_t position)
{
	run(tx, "insert into draft_section (id, work_id, position, title) values ($1, $2, $3, $4)", V(id, work.v, position, title));
}

void studio__insert_lesson(struct tx *tx, const struct studio_node *at, struct text key, struct text title, int64_t position)
{
	run(tx,
	    "insert into draft_lesson (id, work_id, section_id, position, lesson_key, title, free, version, saved_ms, doc, plain, minutes, empty,"
	    " quizzes) values ($1, $2, $3, $4, $5, $6, 0, 1, $7, '{\"type\":\"doc\",\"content\":[]}', '', 1, 1, '{\"quizzes\":[]}')",
	    V(at->id, at->work.v, at->section, position, key, title, tx_now_ms(tx)));
}

void studio__rename_section(struct tx *tx, int64_t id, struct text title)
{
	run(tx, "update draft_section set title = $1 where id = $2", V(title, id));
}

void studio__rename_lesson(struct tx *tx, int64_t id, struct text title, enum given free_given, bool free)
{
	run(tx, "update draft_lesson set title = coalesce($1, title), free = case when $2 = 1 then $3 else free end where id = $4",
	    V(or_null(title), free_given == GIVEN_VALUE, free, id));
}

void studio__set_section_position(struct tx *tx, int64_t id, int64_t position)
{
	run(tx, "update draft_section set position = $1 where id = $2 and position <> $1", V(position, id));
}

void studio__set_lesson_position(struct tx *tx, int64_t id, int64_t section, int64_t position)
{
	run(tx, "update draft_lesson set position = $1, section_id = $2 where id = $3 and (position <> $1 or section_id <> $2)", V(position, section, id));
}

void studio__delete_section(struct tx *tx, int64_t id)
{
	run(tx, "delete from draft_lesson where section_id = $1", V(id));
	run(tx, "delete from draft_section where id = $1", V(id));
}

void studio__delete_lesson(struct tx *tx, int64_t id) { run(tx, "delete from draft_lesson where id = $1", V(id)); }

/* ---- texts ---- */

struct text_row {
	int64_t version, saved_ms;
	struct text doc, title, quizzes;
};
static const struct shape text_row = SHAPE(text_row,
	FIELD(text_row, version,  SHAPE_INT),
	FIELD(text_row, saved_ms, SHAPE_INT),
	FIELD(text_row, doc,      SHAPE_JSON),
	FIELD(text_row, title,    SHAPE_TEXT),
	FIELD(text_row, quizzes,  SHAPE_JSON));

struct quiz_list {
	struct draft_quiz *quizzes;
	size_t quiz_count;
};
const struct shape draft_quiz_shape = SHAPE(draft_quiz,
	FIELD(draft_quiz, key,   SHAPE_TEXT, .min = 1, .max = 200),
	FIELD(draft_quiz, title, SHAPE_TEXT, .min = 1, .max = 200),
	LIST(draft_quiz, items, item_count, &quiz_item_shape, .min = 1, .max = 100));
const struct shape draft_quizzes_shape = SHAPE_AS("draft_quizzes", quiz_list, LIST(quiz_list, quizzes, quiz_count, &draft_quiz_shape, .max = 20));

static problem read_quizzes(struct tx *tx, struct text json, struct quiz_list *ret)
{
	struct field_errors errors = { 0 };

	*ret = (struct quiz_list){ 0 };
	return shape_read(&draft_quizzes_shape, tx_arena(tx), json, ret, &errors);
}

problem studio__read_text(struct tx *tx, int64_t lesson, struct draft_text *ret)
{
	struct text_row row;
	struct quiz_list list;
	problem why = read_one(tx, &studio_missing, &text_row, &row, "select version, saved_ms, doc, title, quizzes from draft_lesson where id = $1", V(lesson));

	if (!why)
		why = read_quizzes(tx, row.quizzes, &list);
	if (!why)
		*ret = (struct draft_text){ .version = row.version, .saved_ms = row.saved_ms, .doc = row.doc, .title = row.title, .quizzes = list.quizzes,
			                    .quiz_count = list.quiz_count };
	return why;
}

problem studio__update_text(struct tx *tx, int64_t lesson, const struct doc_facts *facts, const struct draft_text *t, struct text quizzes)
{
	return run_one(tx, &lesson_draft_newer,
	               "update draft_lesson set doc = $1, plain = $2, minutes = $3, empty = $4, quizzes = $5, saved_ms = $6, version = version + 1"
	               " where id = $7 and version = $8",
	               V(t->doc, facts->plain, facts->minutes, facts->empty, quizzes, t->saved_ms, lesson, t->version));
}

/* ---- out of the draft: contents as work_store takes them ---- */

struct content_row {
	struct lesson_draft lesson;
	int64_t section;
	struct text quizzes;
};
static const struct shape content_row = SHAPE(content_row,
	NAMED(content_row, "key",     lesson.key,     SHAPE_TEXT),
	NAMED(content_row, "title",   lesson.title,   SHAPE_TEXT),
	NAMED(content_row, "doc",     lesson.doc,     SHAPE_JSON),
	NAMED(content_row, "plain",   lesson.plain,   SHAPE_TEXT),
	NAMED(content_row, "free",    lesson.free,    SHAPE_BOOL),
	NAMED(content_row, "minutes", lesson.minutes, SHAPE_INT),
	FIELD(content_row, section,   SHAPE_INT),
	FIELD(content_row, quizzes,   SHAPE_JSON));

enum { QUIZZES_A_LESSON = 20, QUIZZES_MAX = 2 * 1024 * 1024 };

static bool has_quiz(const struct work_draft *d, struct text key)
{
	for (size_t i = 0; i < d->quiz_count; i++) {
		if (text_eq(d->quizzes[i].key, key))
			return true;
	}
	return false;
}

static problem add_quizzes(struct tx *tx, const struct content_row *row, struct work_draft *d)
{
	struct quiz_list list;
	problem why = read_quizzes(tx, row->quizzes, &list);

	for (size_t i = 0; !why && i < list.quiz_count; i++) {
		CLEANUP(buffer_free) struct buffer out = BUFFER(QUIZZES_MAX);
		const struct draft_quiz *quiz = &list.quizzes[i];
		struct quiz_items items = { quiz->items, quiz->item_count };
		struct text key = has_quiz(d, quiz->key) ? arena_format(tx_arena(tx), "quiz/%lld", (long long)tx_id(tx)) : quiz->key;

		shape_write(&quiz_items_shape, &out, &items);
		if (out.why)
			return out.why;
		d->quizzes[d->quiz_count++] = (struct quiz_draft){ key, row->lesson.key, quiz->title, arena_text(tx_arena(tx), buffer_text(&out)) };
	}
	return why;
}

static problem fill_sections(struct tx *tx, const struct draft_section *sections, size_t n, struct content_row *rows, size_t row_count,
                             struct work_draft *d)
{
	struct lesson_draft *lessons = ARENA_ARRAY(tx_arena(tx), struct lesson_draft, row_count);
	size_t at = 0;
	problem why = NULL;

	d->sections = ARENA_ARRAY(tx_arena(tx), struct section_draft, n);
	d->quizzes = ARENA_ARRAY(tx_arena(tx), struct quiz_draft, row_count * QUIZZES_A_LESSON);
	d->section_count = n;
	for (size_t i = 0; i < n; i++) {
		d->sections[i] = (struct section_draft){ .title = sections[i].title, .lessons = lessons + at };
		while (!why && at < row_count && rows[at].section == sections[i].id) {
			lessons[at] = rows[at].lesson;
			why = add_quizzes(tx, &rows[at++], d);
			d->sections[i].lesson_count++;
		}
	}
	return why;
}

problem studio__read_contents(struct tx *tx, struct work_id id, struct work_draft *ret)
{
	struct draft_section *sections;
	struct content_row *rows;
	size_t section_count, n;
	problem why = read_all(tx, &section_row, WORK_SECTIONS_MAX, (void **)&sections, &section_count,
	                       "select id, title from draft_section where work_id = $1 order by position, id limit 200", V(id.v));

	if (!why)
		why = read_all(tx, &content_row, WORK_LESSONS_MAX, (void **)&rows, &n,
		               "select l.lesson_key, l.title, l.doc, l.plain, l.free, l.minutes, l.section_id, l.quizzes from draft_lesson l"
		               " join draft_section s on s.id = l.section_id where l.work_id = $1 order by s.position, s.id, l.position, l.id limit 2000",
		               V(id.v));
	return why ? why : fill_sections(tx, sections, section_count, rows, n, ret);
}

/* ---- into a draft: what is published ---- */

static problem quizzes_json(struct tx *tx, const struct work_card *card, struct text lesson, struct text *ret)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(QUIZZES_MAX);
	struct quiz_list list = { 0 };
	struct quiz *quizzes;
	size_t n;
	problem why = quizzes_of_lesson(tx, card->edition, lesson, &quizzes, &n);

	if (why)
		return why;
	list.quizzes = ARENA_ARRAY(tx_arena(tx), struct draft_quiz, n);
	for (size_t i = 0; !why && i < n; i++) {
		struct field_errors errors = { 0 };
		struct quiz_items items = { 0 };

		why = shape_read(&quiz_items_shape, tx_arena(tx), quizzes[i].items, &items, &errors);
		list.quizzes[list.quiz_count++] = (struct draft_quiz){ quizzes[i].key, quizzes[i].title, items.items, items.item_count };
	}
	shape_write(&draft_quizzes_shape, &out, &list);
	*ret = arena_text(tx_arena(tx), buffer_text(&out));
	return why ? why : out.why;
}

struct edition_lesson {
	struct text key;
	int64_t section, position, quizzes;
};
static const struct shape edition_lesson_row = SHAPE(edition_lesson,
	FIELD(edition_lesson, key,      SHAPE_TEXT),
	FIELD(edition_lesson, section,  SHAPE_INT),
	FIELD(edition_lesson, position, SHAPE_INT),
	FIELD(edition_lesson, quizzes,  SHAPE_INT));

static problem copy_lesson(struct tx *tx, const struct work_card *card, const struct edition_lesson *l, int64_t section)
{
	struct text quizzes = TEXT("{\"quizzes\":[]}");
	struct content_row row;
	problem why = read_one(tx, &lesson_missing, &content_row, &row,
	                       "select l.lesson_key, l.title, t.doc, t.plain, l.free, l.minutes, l.position, '{}' from lesson l"
	                       " join lesson_content t on t.hash = l.content_hash where l.edition_id = $1 and l.lesson_key = $2",
	                       V(card->edition.v, l->key));

	if (!why && l->quizzes)
		why = quizzes_json(tx, card, l->key, &quizzes);
	if (why)
		return why;
	run(tx,
	    "insert into draft_lesson (id, work_id, section_id, position, lesson_key, title, free, version, saved_ms, doc, plain, minutes, empty,"
	    " quizzes) values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, 0, $12)",
	    V(tx_id(tx), card->id.v, section, l->position, l->key, row.lesson.title, row.lesson.free, tx_now_ms(tx), row.lesson.doc, row.lesson.plain,
	      row.lesson.minutes, quizzes));
	return NULL;
}

static problem copy_sections(struct tx *tx, const struct work_card *card, int64_t *ids)
{
	struct draft_section *sections;
	size_t n;
	problem why = read_all(tx, &section_row, WORK_SECTIONS_MAX, (void **)&sections, &n,
	                       "select position, title from section where edition_id = $1 order by position limit 200", V(card->edition.v));

	for (size_t i = 0; !why && i < n; i++) {
		ids[i] = tx_id(tx);
		studio__insert_section(tx, card->id, ids[i], sections[i].title, (int64_t)i);
	}
	return why;
}

void studio__copy(struct tx *tx, const struct work_card *card, struct text base_hash)
{
	int64_t *sections = ARENA_ARRAY(tx_arena(tx), int64_t, WORK_SECTIONS_MAX);
	struct edition_lesson *lessons;
	size_t n;
	problem why;

	studio__insert_draft(tx, card->id, base_hash);
	why = copy_sections(tx, card, sections);
	if (!why)
		why = read_all(tx, &edition_lesson_row, WORK_LESSONS_MAX, (void **)&lessons, &n,
		               "select l.lesson_key, l.section, l.position, (select count(*) from quiz q where q.edition_id = l.edition_id"
		               " and q.lesson_key = l.lesson_key) from lesson l where l.edition_id = $1 order by l.position limit 2000",
		               V(card->edition.v));
	for (size_t i = 0; !why && i < n; i++)
		why = copy_lesson(tx, card, &lessons[i], sections[lessons[i].section]);
	if (why)
		(void)!tx_fail(tx, why);
}

/* ---- what changed ---- */

void studio__insert_note(struct tx *tx, struct work_id id, const struct edition_note *n)
{
	run(tx,
	    "insert into edition_note (work_id, number, revision, changes, at_ms) values ($1, $2, $3, $4, $5)"
	    " on conflict (work_id, number, revision) do update set changes = excluded.changes, at_ms = excluded.at_ms",
	    V(id.v, n->number, n->revision, n->changes, n->at_ms));
}

const struct shape edition_note_shape = SHAPE(edition_note,
	FIELD(edition_note, number,   SHAPE_INT),
	FIELD(edition_note, revision, SHAPE_INT),
	FIELD(edition_note, at_ms,    SHAPE_TIME),
	FIELD(edition_note, changes,  SHAPE_TEXT));

problem studio__read_history(struct tx *tx, struct work_id id, struct edition_note **ret, size_t *ret_count)
{
	return read_all(tx, &edition_note_shape, 20, (void **)ret, ret_count,
	                "select number, revision, at_ms, changes from edition_note where work_id = $1 and changes <> ''"
	                " order by number desc, revision desc limit 20",
	                V(id.v));
}

/* ---- previews, and the list ---- */

void studio__insert_view(struct tx *tx, struct work_id id, struct text token_hash, int64_t until_ms)
{
	run(tx, "delete from draft_view where until_ms < $1", V(tx_now_ms(tx)));
	run(tx, "insert into draft_view (token_hash, work_id, until_ms) values ($1, $2, $3)", V(token_hash, id.v, until_ms));
}

problem studio__find_view(struct tx *tx, struct text token_hash, struct work_id *ret)
{
	ret->v = read_int(tx, 0, "select work_id from draft_view where token_hash = $1 and until_ms > $2", V(token_hash, tx_now_ms(tx)));
	return ret->v ? NULL : &preview_ended;
}

static const struct shape draft_head_row = SHAPE(draft_head,
	FIELD(draft_head, work,    SHAPE_ID),
	FIELD(draft_head, lessons, SHAPE_INT),
	FIELD(draft_head, plan_ms, SHAPE_INT),
	FIELD(draft_head, changed, SHAPE_BOOL));

problem studio__heads(struct tx *tx, struct creator_id creator, struct draft_head **ret, size_t *ret_count)
{
	return read_all(tx, &draft_head_row, 500, (void **)ret, ret_count,
	                "select d.work_id, (select count(*) from draft_lesson l where l.work_id = d.work_id), coalesce(d.plan_ms, 0),"
	                " case when d.changed_ms > 0 then 1 else 0 end from draft d join work w on w.id = d.work_id where w.creator_id = $1"
	                " order by w.id desc limit 500",
	                V(creator.v));
}
