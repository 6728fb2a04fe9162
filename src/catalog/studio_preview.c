/* studio_preview.c - a draft as a learner will see it, at an address that is shown once and ends by itself: for the author's
 * other screens and his phone, without signing in there. No search engine sees it, and nothing of it can be bought. */
#include "catalog/bundle_room.h"
#include "catalog/doc.h"
#include "catalog/pages.h"
#include "crypto/crypto.h"

const struct problem preview_ended = { 404, "preview-ended", "This preview has ended, or there never was one." };

enum { TOKEN_BYTES = 24, PREVIEW_MS = 2 * 3600 * 1000 };

const struct shape preview_shape = SHAPE(preview,
	FIELD(preview, url,      SHAPE_TEXT),
	FIELD(preview, until_ms, SHAPE_TIME));

problem studio__add_view(struct tx *tx, const struct work_card *card, struct preview *ret)
{
	unsigned char bytes[TOKEN_BYTES];
	struct text token;

	if (card->kind == WORK_BUNDLE)
		return &bundle_no_lessons;
	world_random(tx_world(tx), bytes, sizeof bytes);
	token = hex_encode(tx_arena(tx), (struct text){ (const char *)bytes, sizeof bytes });
	*ret = (struct preview){ arena_format(tx_arena(tx), "/preview/%.*s", TEXT_ARG(token)), tx_now_ms(tx) + PREVIEW_MS };
	studio__insert_view(tx, card->id, sha256_hex(tx_arena(tx), token), ret->until_ms);
	return tx_problem(tx);
}

/* ---- the page ---- */

struct preview_link {
	struct text title, url;
	bool current;
};
struct preview_section {
	struct text title;
	struct preview_link *lessons;
	size_t lesson_count;
};
struct preview_page {
	struct text work_title, title, html, language;
	struct preview_section *sections;
	size_t section_count;
	bool has_lesson, has_quizzes;
};
static const struct shape link_shape = SHAPE(preview_link,
	FIELD(preview_link, title,   SHAPE_TEXT),
	FIELD(preview_link, url,     SHAPE_TEXT),
	FIELD(preview_link, current, SHAPE_BOOL));
static const struct shape section_of_preview_shape = SHAPE(preview_section,
	FIELD(preview_section, title, SHAPE_TEXT),
	LIST(preview_section, lessons, lesson_count, &link_shape));
static const struct shape preview_page_shape = SHAPE(preview_page,
	FIELD(preview_page, work_title, SHAPE_TEXT),
	FIELD(preview_page, title,      SHAPE_TEXT),
	FIELD(preview_page, html,       SHAPE_HTML),
	FIELD(preview_page, language,   SHAPE_TEXT),
	LIST(preview_page, sections, section_count, &section_of_preview_shape),
	FIELD(preview_page, has_lesson,  SHAPE_BOOL),
	FIELD(preview_page, has_quizzes, SHAPE_BOOL));

static void add_links(struct request *rq, const struct draft_section *from, struct text root, struct text key, struct preview_section *to)
{
	*to = (struct preview_section){ .title = from->title, .lessons = ARENA_ARRAY(rq->arena, struct preview_link, from->lesson_count) };
	for (size_t i = 0; i < from->lesson_count; i++)
		to->lessons[to->lesson_count++] = (struct preview_link){
			from->lessons[i].title, arena_format(rq->arena, "%.*s/%.*s", TEXT_ARG(root), TEXT_ARG(from->lessons[i].key)),
			text_eq(from->lessons[i].key, key) };
}

/* By its key; the first one where none is named. */
static const struct draft_lesson *choose(const struct draft_section *sections, size_t n, struct text key)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sections[i].lesson_count; k++) {
			if (!key.at || text_eq(sections[i].lessons[k].key, key))
				return &sections[i].lessons[k];
		}
	}
	return NULL;
}

/* Whoever has the preview's address sees the author's recordings. */
static problem grant_media(struct request *rq, const struct work_card *card, struct text doc, struct doc_view *view)
{
	struct media_item *media;
	struct creator creator;
	problem why = creator_by_id(rq->tx, card->creator, &creator);

	if (!why)
		why = media_grant_doc(rq->serve, rq->tx, &(struct media_shown){ .doc = doc, .work = card->id, .author = creator.user }, &media,
		                      &view->media_count);
	if (!why)
		view->media = media;
	return why;
}

static problem fill_lesson(struct request *rq, const struct work_card *card, const struct draft_lesson *lesson, struct text root,
                           struct preview_page *shown)
{
	struct doc_view view = { .rq = rq, .work_url = root };
	struct draft_text text;
	problem why = studio__read_text(rq->tx, lesson->id, &text);

	if (!why)
		why = grant_media(rq, card, text.doc, &view);
	if (!why)
		why = doc_to_html(&view, text.doc, &shown->html);
	if (why)
		return why;
	shown->title = text.title;
	shown->has_lesson = true;
	shown->has_quizzes = text.quiz_count > 0;
	return NULL;
}

static problem show(struct request *rq, struct text key)
{
	struct text token = path_text(rq, "token"), root = arena_format(rq->arena, "/preview/%.*s", TEXT_ARG(token));
	struct preview_page shown = { 0 };
	struct draft_section *sections;
	const struct draft_lesson *lesson = NULL;
	struct work_card card;
	struct work_id id;
	struct page page;
	problem why = studio__find_view(rq->tx, sha256_hex(rq->arena, token), &id);

	if (!why)
		why = work_by_id(rq->tx, id, &card);
	if (!why)
		why = studio__read_tree(rq->tx, id, &sections, &shown.section_count);
	if (why)
		return why;
	lesson = choose(sections, shown.section_count, key);
	if (!lesson && key.at)
		return &lesson_missing;
	shown.work_title = shown.title = card.title;
	shown.language = card.language;
	shown.sections = ARENA_ARRAY(rq->arena, struct preview_section, shown.section_count);
	for (size_t i = 0; i < shown.section_count; i++)
		add_links(rq, &sections[i], root, lesson ? lesson->key : key, &shown.sections[i]);
	if (lesson)
		why = fill_lesson(rq, &card, lesson, root, &shown);
	page = (struct page){ .view = "catalog/preview", .title = shown.title, .path = root, .no_index = true };
	reply_header(rq, "Referrer-Policy", TEXT("no-referrer"));
	return why ? why : reply_page(rq, 200, &page, &preview_page_shape, &shown);
}

problem page_preview(struct request *rq) { return show(rq, (struct text){ 0 }); }
problem page_preview_lesson(struct request *rq) { return show(rq, path_text(rq, "key")); }
