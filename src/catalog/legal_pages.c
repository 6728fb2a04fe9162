/* legal_pages.c - what a shop must say: terms, privacy, refunds, help. Ours are Markdown with the shop's data in it; where the
 * owner wrote his own, that is shown. Both go the same way, through the documents' whitelist: nobody writes HTML here. */
#include "catalog/catalog.h"
#include "catalog/doc.h"
#include "catalog/markdown.h"
#include "catalog/pages.h"

#include "site/shop.h"

#include <assert.h>

/* ---- our words ---- */

struct legal_words {
	struct text name, operator, mail, phone, wechat, address;
	int64_t refund_days;
	bool refundable;
};
static const struct shape words_shape = SHAPE(legal_words,
	FIELD(legal_words, name,        SHAPE_TEXT),
	FIELD(legal_words, operator,    SHAPE_TEXT),
	FIELD(legal_words, mail,        SHAPE_TEXT),
	FIELD(legal_words, phone,       SHAPE_TEXT),
	FIELD(legal_words, wechat,      SHAPE_TEXT),
	FIELD(legal_words, address,     SHAPE_TEXT),
	FIELD(legal_words, refund_days, SHAPE_INT),
	FIELD(legal_words, refundable,  SHAPE_BOOL));

static struct legal_words words_of(struct request *rq, const struct shop *shop, const struct legal *legal, struct text language)
{
	struct text name = both_in(&shop->name, language);

	if (!name.length)
		name = serve_site_name(rq->serve);
	return (struct legal_words){ .name = name, .operator = shop->company.length ? shop->company : name, .mail = shop->mail, .phone = shop->phone,
	                             .wechat = shop->wechat, .address = shop->address, .refund_days = legal->refund_days, .refundable = legal->refund_days > 0 };
}

enum prose { TERMS, PRIVACY, REFUND };
static const struct {
	const char *chinese, *english, *title, *path;
} proses[] = {
	[TERMS] = { "catalog/terms.zh-CN", "catalog/terms.en", "nav.terms", "/terms" },
	[PRIVACY] = { "catalog/privacy.zh-CN", "catalog/privacy.en", "nav.privacy", "/privacy" },
	[REFUND] = { "catalog/refund-policy.zh-CN", "catalog/refund-policy.en", "nav.refund", "/refund-policy" },
};

const char *catalog_legal_version(enum agreement agreement)
{
	static const char *const versions[AGREEMENT_COUNT] = { [AGREEMENT_TERMS] = "2026-01", [AGREEMENT_PRIVACY] = "2026-11", [AGREEMENT_REFUND] = "2026-11" };

	assert(versions[agreement]);
	return versions[agreement];
}

struct settings {
	struct shop shop;
	struct legal legal;
	struct look look;
};

static problem read_settings(struct request *rq, struct settings *ret)
{
	problem why = setting_read(rq->tx, &shop_group, &ret->shop, NULL);

	if (!why)
		why = setting_read(rq->tx, &legal_group, &ret->legal, NULL);
	return why ? why : setting_read(rq->tx, &look_group, &ret->look, NULL);
}

static problem our_words(struct request *rq, const struct settings *s, enum prose prose, struct text language, struct text *ret)
{
	const struct legal_words words = words_of(rq, &s->shop, &s->legal, language);
	bool english = text_is(language, "en");

	return render_text(rq, language, english ? proses[prose].english : proses[prose].chinese, (struct view_body){ &words_shape, &words }, ret);
}

static const struct both *own_words(const struct legal *legal, enum prose prose)
{
	switch (prose) {
	case TERMS:
		return &legal->terms;
	case PRIVACY:
		return &legal->privacy;
	case REFUND:
		return &legal->refund;
	}
	return NULL;
}

/* ---- the page ---- */

struct prose_page {
	struct text title, html;
};
static const struct shape prose_page_shape = SHAPE(prose_page,
	FIELD(prose_page, title, SHAPE_TEXT),
	FIELD(prose_page, html,  SHAPE_HTML));

static problem to_html(struct request *rq, struct text source, struct text *ret_title, struct text *ret)
{
	const struct doc_view view = { .rq = rq };
	struct markdown markdown;
	problem why = markdown_read(rq->arena, source, NULL, &markdown);

	if (!why)
		why = doc_to_html(&view, markdown.doc, ret);
	if (!why && markdown.title.length)
		*ret_title = markdown.title;
	return why;
}

static problem reply_prose(struct request *rq, enum prose prose)
{
	struct prose_page shown = { .title = say(rq, proses[prose].title) };
	struct settings settings;
	struct text source;
	struct page page;
	problem why = read_settings(rq, &settings);

	if (why)
		return why;
	source = both_in(own_words(&settings.legal, prose), rq->language);
	if (!source.length)
		why = our_words(rq, &settings, prose, rq->language, &source);
	if (!why)
		why = to_html(rq, source, &shown.title, &shown.html);
	page = (struct page){ .view = "catalog/prose", .title = shown.title, .path = text_of(proses[prose].path), .translated = true };
	return why ? why : reply_page(rq, 200, &page, &prose_page_shape, &shown);
}

problem page_terms(struct request *rq) { return reply_prose(rq, TERMS); }
problem page_privacy(struct request *rq) { return reply_prose(rq, PRIVACY); }
problem page_refund_policy(struct request *rq) { return reply_prose(rq, REFUND); }

/* What an owner begins with who writes his own. */
const struct shape legal_templates_shape = SHAPE_AS("legal_templates", legal,
	FIELD(legal, terms,   SHAPE_OBJECT, .of = &prose_shape),
	FIELD(legal, privacy, SHAPE_OBJECT, .of = &prose_shape),
	FIELD(legal, refund,  SHAPE_OBJECT, .of = &prose_shape));

static problem both_words(struct request *rq, const struct settings *s, enum prose prose, struct both *ret)
{
	problem why = our_words(rq, s, prose, TEXT("zh-CN"), &ret->zh);

	return why ? why : our_words(rq, s, prose, TEXT("en"), &ret->en);
}

problem serve_legal_templates(struct request *rq)
{
	struct settings settings;
	struct legal ours = { 0 };
	problem why = read_settings(rq, &settings);

	if (!why)
		why = both_words(rq, &settings, TERMS, &ours.terms);
	if (!why)
		why = both_words(rq, &settings, PRIVACY, &ours.privacy);
	if (!why)
		why = both_words(rq, &settings, REFUND, &ours.refund);
	return why ? why : reply(rq, 200, &legal_templates_shape, &ours);
}

/* ---- help: the owner's answers first, then ours, then whom to ask ---- */

struct answered {
	struct text question, html;
};
static const struct shape answered_shape = SHAPE(answered,
	FIELD(answered, question, SHAPE_TEXT),
	FIELD(answered, html,     SHAPE_HTML));
struct help_page {
	struct answered *faq;
	size_t faq_count;
	struct text contact;
	bool has_faq;
	int64_t refund_days;
};
static const struct shape help_page_shape = SHAPE(help_page,
	LIST(help_page,  faq,        faq_count, &answered_shape),
	FIELD(help_page, contact,    SHAPE_HTML),
	FIELD(help_page, has_faq,    SHAPE_BOOL),
	FIELD(help_page, refund_days, SHAPE_INT));

static problem add_answers(struct request *rq, const struct look *look, struct help_page *page)
{
	problem why = NULL;

	page->faq = ARENA_ARRAY(rq->arena, struct answered, look->faq_count + 1);
	for (size_t i = 0; !why && i < look->faq_count; i++) {
		struct answered *one = &page->faq[page->faq_count];
		struct text heading;

		one->question = both_in(&look->faq[i].question, rq->language);
		if (!one->question.length)
			continue;
		why = to_html(rq, both_in(&look->faq[i].answer, rq->language), &heading, &one->html);
		page->faq_count++;
	}
	page->has_faq = page->faq_count > 0;
	return why;
}

static problem add_contact(struct request *rq, const struct settings *s, struct help_page *page)
{
	const struct legal_words words = words_of(rq, &s->shop, &s->legal, rq->language);
	struct text source, heading;
	const char *view = text_is(rq->language, "en") ? "catalog/contact.en" : "catalog/contact.zh-CN";
	problem why = render_text(rq, rq->language, view, (struct view_body){ &words_shape, &words }, &source);

	return why ? why : to_html(rq, source, &heading, &page->contact);
}

problem page_help(struct request *rq)
{
	const struct page page = { .view = text_is(rq->language, "en") ? "catalog/help.en" : "catalog/help.zh-CN", .title = say(rq, "nav.help"),
	                           .path = TEXT("/help"), .translated = true };
	struct settings settings;
	struct help_page shown = { 0 };
	problem why = read_settings(rq, &settings);

	if (!why)
		why = add_answers(rq, &settings.look, &shown);
	if (!why)
		why = add_contact(rq, &settings, &shown);
	shown.refund_days = settings.legal.refund_days;
	return why ? why : reply_page(rq, 200, &page, &help_page_shape, &shown);
}
