/* studio_http.c - routes of the author: a work from its title to its publication. Every one asks first whether it is his. */
#include "catalog/doc.h"
#include "catalog/markdown.h"
#include "catalog/studio.h"
#include "media/media.h"

/* ---- how a work looks to its author ---- */

static const struct shape draft_lesson_shape = SHAPE(draft_lesson,
	FIELD(draft_lesson, id,       SHAPE_INT),
	FIELD(draft_lesson, key,      SHAPE_TEXT),
	FIELD(draft_lesson, title,    SHAPE_TEXT),
	FIELD(draft_lesson, free,     SHAPE_BOOL),
	FIELD(draft_lesson, empty,    SHAPE_BOOL),
	FIELD(draft_lesson, version,  SHAPE_INT),
	FIELD(draft_lesson, saved_ms, SHAPE_TIME),
	FIELD(draft_lesson, minutes,  SHAPE_INT));
static const struct shape draft_section_shape = SHAPE(draft_section,
	FIELD(draft_section, id,    SHAPE_INT),
	FIELD(draft_section, title, SHAPE_TEXT),
	LIST(draft_section, lessons, lesson_count, &draft_lesson_shape));
static const struct shape plan_shape = SHAPE(studio_plan,
	FIELD(studio_plan, at_ms,   SHAPE_TIME),
	FIELD(studio_plan, edition, SHAPE_BOOL),
	FIELD(studio_plan, changes, SHAPE_TEXT));
static const struct shape studio_work_shape = SHAPE(studio_work,
	NAMED(studio_work, "id",           card.id,           SHAPE_ID),
	NAMED(studio_work, "url",          card.url,          SHAPE_TEXT),
	NAMED(studio_work, "kind",         card.kind,         SHAPE_ENUM, .names = work_kind_names),
	NAMED(studio_work, "state",        card.state,        SHAPE_ENUM, .names = work_state_names),
	NAMED(studio_work, "title",        card.title,        SHAPE_TEXT),
	NAMED(studio_work, "subtitle",     card.subtitle,     SHAPE_TEXT, .optional = true),
	NAMED(studio_work, "summary",      card.summary,      SHAPE_TEXT),
	NAMED(studio_work, "language",     card.language,     SHAPE_TEXT),
	NAMED(studio_work, "price",        card.price,        SHAPE_MONEY),
	NAMED(studio_work, "hue",          card.hue,          SHAPE_INT),
	NAMED(studio_work, "pattern",      card.pattern,      SHAPE_INT),
	NAMED(studio_work, "cover",        card.cover,        SHAPE_TEXT, .optional = true),
	NAMED(studio_work, "author",       card.author,       SHAPE_OBJECT, .of = &author_ref_shape),
	NAMED(studio_work, "sales",        card.sales,        SHAPE_INT),
	FIELD(studio_work, category,       SHAPE_TEXT, .optional = true),
	FIELD(studio_work, description,    SHAPE_JSON, .optional = true),
	LIST_OF(studio_work, for_whom, for_whom_count, SHAPE_TEXT),
	LIST_OF(studio_work, tags, tag_count, SHAPE_TEXT),
	FIELD(studio_work, priced,         SHAPE_BOOL),
	FIELD(studio_work, terms,          SHAPE_OBJECT, .of = &work_terms_shape),
	FIELD(studio_work, edition_number, SHAPE_INT),
	FIELD(studio_work, revision,       SHAPE_INT),
	FIELD(studio_work, changed,        SHAPE_BOOL),
	FIELD(studio_work, behind,         SHAPE_BOOL),
	FIELD(studio_work, plan,           SHAPE_OBJECT, .of = &plan_shape, .optional = true, .given_at = offsetof(struct studio_work, plan_given)),
	LIST(studio_work, sections, section_count, &draft_section_shape),
	LIST_OF(studio_work, missing, missing_count, SHAPE_TEXT),
	LIST(studio_work, history, history_count, &edition_note_shape),
	FIELD(studio_work, sent_back,      SHAPE_TEXT, .optional = true),
	FIELD(studio_work, added,          SHAPE_INT));

static problem reply_work(struct request *rq, int status, struct work_id id, int64_t added)
{
	struct studio_work work = { .added = added };
	problem why = studio__load(rq->tx, id, &work);

	return why ? why : reply(rq, status, &studio_work_shape, &work);
}

static problem own_work(struct request *rq, struct work_card *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : studio__own(rq->tx, (struct work_id){ id }, &rq->who, ret);
}

static problem own_section(struct request *rq, struct studio_node *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : studio__section(rq->tx, id, &rq->who, ret);
}

static problem own_lesson(struct request *rq, struct studio_node *ret)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	return why ? why : studio__lesson(rq->tx, id, &rq->who, ret);
}

/* ---- works ---- */

static const struct shape start_shape = SHAPE(studio_start,
	FIELD(studio_start, kind,     SHAPE_ENUM, .names = work_kind_names),
	FIELD(studio_start, title,    SHAPE_TEXT, .min = 1, .max = 120),
	FIELD(studio_start, language, SHAPE_TEXT, .optional = true, .pattern = "language"));

static bool of_the_site(struct text language) { return text_is(language, "zh-CN") || text_is(language, "en"); }

static problem start(struct request *rq)
{
	struct studio_start *body = rq->body;
	struct work_id id;
	problem why;

	if (!text_trim(body->title).length)
		return field_wrong(rq, TEXT("title"), "too-short");
	if (!body->language.length)
		body->language = rq->language;
	if (!of_the_site(body->language))
		return field_wrong(rq, TEXT("language"), "not-one-of");
	why = studio__start(rq->tx, body, &rq->who, &id);
	return why ? why : reply_work(rq, 201, id, 0);
}

static problem open_draft(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = studio__open(rq->tx, &card);
	return why ? why : reply_work(rq, 200, card.id, 0);
}

static problem discard_draft(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = studio__discard(rq->tx, &card);
	return why ? why : reply_work(rq, 200, card.id, 0);
}

static const struct shape patch_shape = SHAPE(studio_patch,
	FIELD(studio_patch, title,       SHAPE_TEXT, .optional = true, .min = 1, .max = 120),
	FIELD(studio_patch, subtitle,    SHAPE_TEXT, .optional = true, .max = 200),
	FIELD(studio_patch, summary,     SHAPE_TEXT, .optional = true, .max = 2000),
	FIELD(studio_patch, category,    SHAPE_TEXT, .optional = true, .max = 60),
	FIELD(studio_patch, language,    SHAPE_TEXT, .optional = true, .pattern = "language"),
	FIELD(studio_patch, cover,       SHAPE_TEXT, .optional = true, .max = 80, .says = "an image's name, as uploading gave it; empty: the drawn one"),
	FIELD(studio_patch, description, SHAPE_JSON, .optional = true, .max = DOC_MAX),
	LIST_OF(studio_patch, for_whom, for_whom_count, SHAPE_TEXT, .optional = true, .max = 20),
	LIST_OF(studio_patch, tags, tag_count, SHAPE_TEXT, .optional = true, .max = WORK_TAGS_MAX),
	FIELD(studio_patch, price,       SHAPE_MONEY, .optional = true, .min = 0, .max = 100000000, .given_at = offsetof(struct studio_patch, price_given)),
	FIELD(studio_patch, terms,       SHAPE_OBJECT, .of = &work_terms_shape, .optional = true, .given_at = offsetof(struct studio_patch, terms_given)));

static problem check_doc(struct request *rq, struct text doc, struct doc_facts *ret)
{
	struct doc_fault fault;
	problem why = doc_check(rq->arena, doc, ret, &fault);

	return why == &problem_invalid ? field_wrong(rq, fault.path, fault.why) : why;
}

static problem check_terms(struct request *rq, const struct work_terms *terms)
{
	if (terms->access == ACCESS_DAYS && terms->access_days < 1)
		return field_wrong(rq, TEXT("terms.access_days"), "too-small");
	if (terms->access == ACCESS_UNTIL && terms->access_until_ms <= tx_now_ms(rq->tx))
		return field_wrong(rq, TEXT("terms.access_until_ms"), "too-small");
	return NULL;
}

static problem check_words(struct request *rq, const struct text *words, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!text_trim(words[i]).length || text_characters(words[i]) > 200)
			return field_wrong(rq, arena_format(rq->arena, "%s[%zu]", name, i), words[i].length ? "too-long" : "too-short");
	}
	return NULL;
}

static problem check_patch(struct request *rq, const struct studio_patch *patch)
{
	struct doc_facts facts;
	struct blob blob;
	problem why = NULL;

	if (patch->title.at && !text_trim(patch->title).length)
		return field_wrong(rq, TEXT("title"), "too-short");
	if (patch->language.length && !of_the_site(patch->language))
		return field_wrong(rq, TEXT("language"), "not-one-of");
	if (patch->cover.length && media_find(rq->tx, patch->cover, &blob))
		return field_wrong(rq, TEXT("cover"), "missing");
	if (patch->description.length)
		why = check_doc(rq, patch->description, &facts);
	if (!why && patch->terms_given)
		why = check_terms(rq, &patch->terms);
	if (!why)
		why = check_words(rq, patch->for_whom, patch->for_whom_count, "for_whom");
	return why ? why : check_words(rq, patch->tags, patch->tag_count, "tags");
}

static problem change_work(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = check_patch(rq, rq->body);
	if (!why)
		why = studio__open(rq->tx, &card);
	if (!why)
		why = studio__patch(rq->tx, &card, rq->body, &rq->who);
	return why ? why : reply_work(rq, 200, card.id, 0);
}

/* ---- sections and lessons ---- */

struct titled {
	struct text title;
	bool free;
	enum given free_given;
};
static const struct shape titled_shape = SHAPE_AS("studio_title", titled, FIELD(titled, title, SHAPE_TEXT, .min = 1, .max = 200));
static const struct shape lesson_patch_shape = SHAPE_AS("studio_lesson_patch", titled,
	FIELD(titled, title, SHAPE_TEXT, .optional = true, .min = 1, .max = 200),
	FIELD(titled, free,  SHAPE_BOOL, .optional = true, .given_at = offsetof(struct titled, free_given)));
static const struct shape place_shape = SHAPE(studio_place,
	FIELD(studio_place, before,  SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991)),
	FIELD(studio_place, after,   SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991)),
	FIELD(studio_place, section, SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991)));

/* A lesson that is begun: empty, or with a recording in it; at the end, or next to another one. */
struct begun {
	struct text title;
	int64_t asset;
	struct studio_place place;
};
static const struct shape begun_shape = SHAPE_AS("studio_lesson_new", begun,
	FIELD(begun, title, SHAPE_TEXT, .min = 1, .max = 200),
	FIELD(begun, asset, SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991), .says = "what it shows: an upload of mine"),
	NAMED(begun, "before", place.before, SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991)),
	NAMED(begun, "after", place.after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_C(9007199254740991)));

static problem check_title(struct request *rq, struct text title)
{
	return title.at && !text_trim(title).length ? field_wrong(rq, TEXT("title"), "too-short") : NULL;
}

static problem add_section(struct request *rq)
{
	const struct titled *body = rq->body;
	struct work_card card;
	int64_t added = 0;
	problem why = own_work(rq, &card);

	if (!why)
		why = check_title(rq, body->title);
	if (!why)
		why = studio__open(rq->tx, &card);
	if (!why)
		why = studio__add_section(rq->tx, card.id, body->title, &added);
	return why ? why : reply_work(rq, 201, card.id, added);
}

static problem fill_lesson(struct request *rq, int64_t id, const struct begun *body)
{
	const struct studio_recording recording = { .asset.v = body->asset, .owner = rq->who.id, .title = body->title };
	struct studio_node lesson;
	problem why = studio__lesson(rq->tx, id, &rq->who, &lesson);

	if (!why && (body->place.before || body->place.after))
		why = studio__move_lesson(rq->tx, &lesson, &body->place);
	if (!why && body->asset)
		why = studio__show(rq->tx, &lesson, &recording);
	return why == &problem_invalid ? field_wrong(rq, TEXT("asset"), "not-one-of") : why;
}

static problem add_lesson(struct request *rq)
{
	const struct begun *body = rq->body;
	struct studio_node section;
	int64_t added = 0;
	problem why = own_section(rq, &section);

	if (!why)
		why = check_title(rq, body->title);
	if (!why)
		why = studio__add_lesson(rq->tx, &section, body->title, &added);
	if (!why)
		why = fill_lesson(rq, added, body);
	return why ? why : reply_work(rq, 201, section.work, added);
}

static problem change_section(struct request *rq)
{
	const struct titled *body = rq->body;
	struct studio_node section;
	problem why = own_section(rq, &section);

	if (!why)
		why = check_title(rq, body->title);
	if (why)
		return why;
	studio__rename_section(rq->tx, section.id, body->title);
	studio__touch(rq->tx, section.work);
	return reply_work(rq, 200, section.work, 0);
}

static problem change_lesson(struct request *rq)
{
	const struct titled *body = rq->body;
	struct studio_node lesson;
	problem why = own_lesson(rq, &lesson);

	if (!why)
		why = check_title(rq, body->title);
	if (why)
		return why;
	studio__rename_lesson(rq->tx, lesson.id, body->title, body->free_given, body->free);
	studio__touch(rq->tx, lesson.work);
	return reply_work(rq, 200, lesson.work, 0);
}

static problem move_section(struct request *rq)
{
	struct studio_node section;
	problem why = own_section(rq, &section);

	if (!why)
		why = studio__move_section(rq->tx, &section, rq->body);
	return why ? why : reply_work(rq, 200, section.work, 0);
}

static problem move_lesson(struct request *rq)
{
	struct studio_node lesson;
	problem why = own_lesson(rq, &lesson);

	if (!why)
		why = studio__move_lesson(rq->tx, &lesson, rq->body);
	return why ? why : reply_work(rq, 200, lesson.work, 0);
}

static problem remove_section(struct request *rq)
{
	struct studio_node section;
	problem why = own_section(rq, &section);

	if (!why)
		why = studio__remove_section(rq->tx, &section);
	return why ? why : reply_work(rq, 200, section.work, 0);
}

static problem remove_lesson(struct request *rq)
{
	struct studio_node lesson;
	problem why = own_lesson(rq, &lesson);

	if (!why)
		why = studio__remove_lesson(rq->tx, &lesson);
	return why ? why : reply_work(rq, 200, lesson.work, 0);
}

/* ---- the text of a lesson ---- */

static const struct shape draft_text_shape = SHAPE(draft_text,
	FIELD(draft_text, version,  SHAPE_INT),
	FIELD(draft_text, saved_ms, SHAPE_TIME),
	FIELD(draft_text, title,    SHAPE_TEXT),
	FIELD(draft_text, doc,      SHAPE_JSON),
	LIST(draft_text, quizzes, quiz_count, &draft_quiz_shape));
static const struct shape text_in_shape = SHAPE_AS("studio_text_in", draft_text,
	FIELD(draft_text, version, SHAPE_INT, .min = 1, .max = INT64_C(9007199254740991), .says = "that it was made from: refused when a newer one is kept"),
	FIELD(draft_text, doc,     SHAPE_JSON, .max = DOC_MAX),
	LIST(draft_text, quizzes, quiz_count, &draft_quiz_shape, .max = 20));
static const struct shape saved_shape = SHAPE_AS("studio_saved", draft_text,
	FIELD(draft_text, version,  SHAPE_INT),
	FIELD(draft_text, saved_ms, SHAPE_TIME));

static problem serve_text(struct request *rq)
{
	struct studio_node lesson;
	struct draft_text text;
	problem why = own_lesson(rq, &lesson);

	if (!why)
		why = studio__read_text(rq->tx, lesson.id, &text);
	return why ? why : reply(rq, 200, &draft_text_shape, &text);
}

static problem check_quizzes(struct request *rq, const struct draft_text *text)
{
	for (size_t i = 0; i < text->quiz_count; i++) {
		for (size_t k = 0; k < text->quizzes[i].item_count; k++) {
			if (catalog__quiz_wrong(&text->quizzes[i].items[k]))
				return field_wrong(rq, arena_format(rq->arena, "quizzes[%zu].items[%zu].answer", i, k), "not-one-of");
		}
	}
	return NULL;
}

static problem save_text(struct request *rq)
{
	struct draft_text text = *(const struct draft_text *)rq->body;
	struct doc_facts facts;
	struct studio_node lesson;
	problem why = own_lesson(rq, &lesson);

	if (!why)
		why = check_doc(rq, text.doc, &facts);
	if (!why)
		why = check_quizzes(rq, &text);
	if (why)
		return why;
	facts.empty = facts.empty && !text.quiz_count;
	why = studio__save(rq->tx, &lesson, &facts, &text);
	if (why == &lesson_draft_newer)
		rq->detail = arena_format(rq->arena, "%lld", (long long)text.version);
	return why ? why : reply(rq, 200, &saved_shape, &text);
}

/* ---- publishing ---- */

static const struct shape publish_shape = SHAPE(studio_publish,
	FIELD(studio_publish, edition, SHAPE_BOOL, .optional = true, .says = "what was sold changes; else a revision: wording, typos, pictures"),
	FIELD(studio_publish, changes, SHAPE_TEXT, .optional = true, .max = 2000),
	FIELD(studio_publish, at_ms,   SHAPE_INT,  .optional = true, .min = 0, .max = INT64_C(4102444800000), .says = "absent: now"));

/* The plain list of what is missing, as fields of the work. */
static problem say_missing(struct request *rq, struct work_id id)
{
	struct studio_work work = { 0 };
	problem why = studio__load(rq->tx, id, &work);

	for (size_t i = 0; !why && i < work.missing_count; i++)
		(void)!field_wrong(rq, work.missing[i], "missing");
	return why ? why : &work_not_ready;
}

static problem publish(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = studio__open(rq->tx, &card);
	if (!why)
		why = studio__publish(rq->tx, &card, rq->body, &rq->who);
	if (why == &work_not_ready)
		return say_missing(rq, card.id);
	return why ? why : reply_work(rq, 200, card.id, 0);
}

static problem cancel_plan(struct request *rq)
{
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = studio__open(rq->tx, &card);
	if (!why)
		why = studio__cancel(rq->tx, &card, rq->who.id);
	return why ? why : reply_work(rq, 200, card.id, 0);
}

/* ---- looking at it ---- */

static problem add_preview(struct request *rq)
{
	struct preview preview;
	struct work_card card;
	problem why = own_work(rq, &card);

	if (!why)
		why = studio__open(rq->tx, &card);
	if (!why)
		why = studio__add_view(rq->tx, &card, &preview);
	return why ? why : reply(rq, 201, &preview_shape, &preview);
}

struct code {
	struct text path;
};
static const struct shape code_shape = SHAPE_AS("studio_code", code, FIELD(code, path, SHAPE_TEXT, .min = 1, .max = 300));

/* A page of ours as a code to be scanned: a preview for the author's phone, a work to be shared. */
static problem serve_code(struct request *rq)
{
	const struct code *code = rq->asked;

	if (!text_starts(code->path, TEXT("/")) || text_starts(code->path, TEXT("//")) || !doc_address_is_safe(code->path))
		return field_wrong(rq, TEXT("path"), "pattern");
	return reply_qr(rq, arena_format(rq->arena, "%.*s%.*s", TEXT_ARG(request_origin(rq)), TEXT_ARG(code->path)));
}

/* ---- pictures and Markdown from outside ---- */

struct picture {
	struct text blob;
	int64_t width, height;
};
static const struct shape picture_shape = SHAPE_AS("studio_picture", picture,
	FIELD(picture, blob,   SHAPE_TEXT),
	FIELD(picture, width,  SHAPE_INT),
	FIELD(picture, height, SHAPE_INT));

static problem add_blob(struct tx *tx, void *arg)
{
	media_add(tx, arg);
	return tx_problem(tx);
}

static problem keep_picture(struct request *rq)
{
	struct blob blob;
	struct picture picture;
	struct text bytes;
	problem why = image_strip(rq->arena, rq->http->body, &bytes); /* everybody will see it */

	if (!why)
		why = media_keep(rq->arena, serve_data_folder(rq->serve), bytes, &blob);
	if (!why)
		why = request_write(rq, add_blob, &blob);
	if (why)
		return why;
	picture = (struct picture){ blob_name(rq->arena, &blob), blob.width, blob.height };
	return reply(rq, 201, &picture_shape, &picture);
}

static problem drop_markdown(struct request *rq)
{
	struct studio_work work;
	problem why = studio__drop_markdown(rq, &work);

	return why ? why : reply(rq, 201, &studio_work_shape, &work);
}

struct pasted {
	struct text text, doc;
};
static const struct shape pasted_in_shape = SHAPE_AS("studio_paste", pasted, FIELD(pasted, text, SHAPE_TEXT, .max = MARKDOWN_MAX));
static const struct shape pasted_shape = SHAPE(pasted, FIELD(pasted, doc, SHAPE_JSON));

static bool keep_link(void *self, struct text href, int64_t line, struct markdown_link *ret)
{
	(void)self, (void)line;
	*ret = (struct markdown_link){ .href = href };
	return doc_address_is_safe(href);
}

static problem convert(struct request *rq)
{
	const struct markdown_options options = { .link = keep_link };
	struct pasted *pasted = rq->body;
	struct markdown md;
	problem why = markdown_read(rq->arena, pasted->text, &options, &md);

	if (why)
		return why;
	pasted->doc = md.doc;
	return reply(rq, 200, &pasted_shape, pasted);
}

enum { MARKDOWN_BODY_MAX = 24 * 1024 * 1024 };
enum { TEXT_BODY_MAX = DOC_MAX + 2 * 1024 * 1024 };

#define AUTHOR .who = CREATOR | ADMIN
#define GIVES_WORK .gives = &studio_work_shape

static const struct route studio_routes[] = {
	{ POST, "/api/studio/works", start, WRITES, AUTHOR, .takes = &start_shape, GIVES_WORK, .says = "Begin a work" },
	{ POST, "/api/studio/works/{id}/draft", open_draft, WRITES, AUTHOR, GIVES_WORK, .says = "My work as I write it; its draft is made where there is none" },
	{ DELETE, "/api/studio/works/{id}/draft", discard_draft, WRITES, AUTHOR, GIVES_WORK, .says = "Go back to what is published" },
	{ PATCH, "/api/studio/works/{id}", change_work, WRITES, AUTHOR, .takes = &patch_shape, GIVES_WORK, .body_max = TEXT_BODY_MAX,
	  .says = "Title, description, price and rules; they hold at once" },
	{ POST, "/api/studio/works/{id}/sections", add_section, WRITES, AUTHOR, .takes = &titled_shape, GIVES_WORK, .says = "Add a section" },
	{ PATCH, "/api/studio/sections/{id}", change_section, WRITES, AUTHOR, .takes = &titled_shape, GIVES_WORK, .says = "Rename a section" },
	{ POST, "/api/studio/sections/{id}/place", move_section, WRITES, AUTHOR, .takes = &place_shape, GIVES_WORK, .says = "Move a section" },
	{ DELETE, "/api/studio/sections/{id}", remove_section, WRITES, AUTHOR, GIVES_WORK, .says = "Remove a section and its lessons" },
	{ POST, "/api/studio/sections/{id}/lessons", add_lesson, WRITES, AUTHOR, .takes = &begun_shape, GIVES_WORK,
	  .says = "Add a lesson, empty or with a recording of mine" },
	{ PATCH, "/api/studio/lessons/{id}", change_lesson, WRITES, AUTHOR, .takes = &lesson_patch_shape, GIVES_WORK,
	  .says = "Rename a lesson, or let everybody read it" },
	{ POST, "/api/studio/lessons/{id}/place", move_lesson, WRITES, AUTHOR, .takes = &place_shape, GIVES_WORK, .says = "Move a lesson" },
	{ DELETE, "/api/studio/lessons/{id}", remove_lesson, WRITES, AUTHOR, GIVES_WORK, .says = "Remove a lesson" },
	{ GET, "/api/studio/lessons/{id}/draft", serve_text, READS, AUTHOR, .gives = &draft_text_shape, .says = "A lesson's text as I write it" },
	{ PUT, "/api/studio/lessons/{id}/draft", save_text, WRITES, AUTHOR, .takes = &text_in_shape, .gives = &saved_shape, .body_max = TEXT_BODY_MAX,
	  .says = "Save a lesson's text" },
	{ POST, "/api/studio/works/{id}/publish", publish, WRITES, AUTHOR, .takes = &publish_shape, GIVES_WORK,
	  .says = "Publish: a revision, an edition, or the first time; now or at a time" },
	{ DELETE, "/api/studio/works/{id}/plan", cancel_plan, WRITES, AUTHOR, GIVES_WORK, .says = "Do not publish at that time" },
	{ POST, "/api/studio/works/{id}/preview", add_preview, WRITES, AUTHOR, .gives = &preview_shape,
	  .says = "An address where the draft can be looked at for two hours, without signing in" },
	{ GET, "/api/studio/code.svg", serve_code, KNOWS, AUTHOR, .asks = &code_shape, .says = "A page of this site as a QR code" },
	{ POST, "/api/studio/pictures", keep_picture, WORKS, AUTHOR, .raw = true, .gives = &picture_shape, .body_max = MEDIA_IMAGE_MAX + 1,
	  .says = "Keep a picture for a lesson or a cover" },
	{ POST, "/api/studio/works/{id}/markdown", drop_markdown, WORKS, AUTHOR, .takes = &dropped_shape, GIVES_WORK, .body_max = MARKDOWN_BODY_MAX,
	  .says = "Markdown files become lessons of the draft" },
	{ POST, "/api/studio/markdown", convert, WORKS, AUTHOR, .takes = &pasted_in_shape, .gives = &pasted_shape, .body_max = 2 * MARKDOWN_MAX,
	  .says = "Markdown as a document" },
	{ GET, "/preview/{token}", page_preview, READS, .who = ANYBODY, .page = true, .says = "A draft, for who has the address" },
	{ GET, "/preview/{token}/{key*}", page_preview_lesson, READS, .who = ANYBODY, .page = true, .says = "A lesson of a draft" },
	{ 0 },
};

const struct module studio_module = { .name = "studio", .routes = studio_routes, .jobs = studio_jobs };
