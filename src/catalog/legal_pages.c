/* legal_pages.c - pages that are prose: one template a language, nothing to fill in. */
#include "catalog/pages.h"

#include "catalog/catalog.h"

struct prose {
	const char *chinese, *english, *title, *path;
};

static problem prose(struct request *rq, const struct prose *p)
{
	const struct page page = {
		.view = text_is(rq->language, "en") ? p->english : p->chinese,
		.title = say(rq, p->title),
		.path = text_of(p->path),
		.translated = true,
	};

	return reply_page(rq, 200, &page, NULL, NULL);
}

problem page_help(struct request *rq)
{
	return prose(rq, &(struct prose){ "catalog/help.zh-CN", "catalog/help.en", "nav.help", "/help" });
}

problem page_terms(struct request *rq)
{
	return prose(rq, &(struct prose){ "catalog/terms.zh-CN", "catalog/terms.en", "nav.terms", "/terms" });
}

problem page_privacy(struct request *rq)
{
	return prose(rq, &(struct prose){ "catalog/privacy.zh-CN", "catalog/privacy.en", "nav.privacy", "/privacy" });
}

problem page_refund_policy(struct request *rq)
{
	return prose(rq, &(struct prose){ "catalog/refund-policy.zh-CN", "catalog/refund-policy.en", "nav.refund", "/refund-policy" });
}
