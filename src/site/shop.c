/* shop.c - what the owner says of the shop, its look and its legal pages: shapes, defaults, and what is refused. */
#include "site/shop.h"

#include <string.h>

#define X_ACCENT(id, name) [ACCENT_##id] = name,
const char *const accent_names[] = { ACCENTS(X_ACCENT) NULL };
#undef X_ACCENT

enum { LINKS_MAX = 12, BANNERS_MAX = 6, QUESTIONS_MAX = 50, LEGAL_CHARACTERS = 60000 };

const struct shape both_shape = SHAPE(both,
	FIELD(both, zh, SHAPE_TEXT, .optional = true, .max = 2000),
	FIELD(both, en, SHAPE_TEXT, .optional = true, .max = 2000));

struct text both_in(const struct both *both, struct text language)
{
	return text_is(language, "en") && both->en.length ? both->en : both->zh;
}

const struct shape shop_shape = SHAPE(shop,
	FIELD(shop, name,    SHAPE_OBJECT, .of = &both_shape),
	FIELD(shop, slogan,  SHAPE_OBJECT, .of = &both_shape),
	FIELD(shop, logo,    SHAPE_TEXT, .max = 200, .says = "path of an image in /media/"),
	FIELD(shop, accent,  SHAPE_ENUM, .names = accent_names),
	FIELD(shop, english, SHAPE_BOOL, .says = "pages are offered in English too"),
	FIELD(shop, company, SHAPE_TEXT, .max = 100),
	FIELD(shop, mail,    SHAPE_TEXT, .max = 254),
	FIELD(shop, phone,   SHAPE_TEXT, .max = 40),
	FIELD(shop, wechat,  SHAPE_TEXT, .max = 60),
	FIELD(shop, address, SHAPE_TEXT, .max = 200),
	FIELD(shop, icp,     SHAPE_TEXT, .max = 60),
	FIELD(shop, police,  SHAPE_TEXT, .max = 60));

static const struct shop shop_defaults = { .english = true };
const struct setting_group shop_group = { "site.shop", &shop_shape, &shop_defaults };

static const struct shape look_link_shape = SHAPE(look_link,
	FIELD(look_link, title, SHAPE_OBJECT, .of = &both_shape),
	FIELD(look_link, url,   SHAPE_TEXT, .min = 1, .max = 500));
static const struct shape look_banner_shape = SHAPE(look_banner,
	FIELD(look_banner, title, SHAPE_OBJECT, .of = &both_shape),
	FIELD(look_banner, text,  SHAPE_OBJECT, .of = &both_shape),
	FIELD(look_banner, url,   SHAPE_TEXT, .max = 500),
	FIELD(look_banner, image, SHAPE_TEXT, .max = 200));
const struct shape question_answered_shape = SHAPE(question_answered,
	FIELD(question_answered, question, SHAPE_OBJECT, .of = &both_shape),
	FIELD(question_answered, answer,   SHAPE_OBJECT, .of = &both_shape));
const struct shape look_shape = SHAPE(look,
	LIST(look, banners, banner_count, &look_banner_shape, .max = BANNERS_MAX),
	LIST(look, nav, nav_count, &look_link_shape, .max = LINKS_MAX),
	LIST(look, footer, footer_count, &look_link_shape, .max = LINKS_MAX),
	LIST(look, faq, faq_count, &question_answered_shape, .max = QUESTIONS_MAX),
	FIELD(look, notice,          SHAPE_OBJECT, .of = &both_shape),
	FIELD(look, notice_url,      SHAPE_TEXT, .max = 500),
	FIELD(look, notice_until_ms, SHAPE_TIME, .says = "0: for ever"),
	FIELD(look, teacher_text,    SHAPE_OBJECT, .of = &both_shape, .says = "shown after a payment, with the picture"),
	FIELD(look, teacher_image,   SHAPE_TEXT, .max = 200));

/* A list that is there but empty is written as []; one that is NULL is left out, and required when it is read again. */
static struct look_banner no_banners[1];
static struct look_link no_links[1];
static struct question_answered no_questions[1];
static const struct look look_defaults = { .banners = no_banners, .nav = no_links, .footer = no_links, .faq = no_questions };
const struct setting_group look_group = { "site.look", &look_shape, &look_defaults };

const struct shape prose_shape = SHAPE_AS("both_prose", both,
	FIELD(both, zh, SHAPE_TEXT, .optional = true, .max = LEGAL_CHARACTERS, .says = "Markdown; empty: our text"),
	FIELD(both, en, SHAPE_TEXT, .optional = true, .max = LEGAL_CHARACTERS, .says = "Markdown; empty: our text"));
const struct shape legal_shape = SHAPE(legal,
	FIELD(legal, terms,       SHAPE_OBJECT, .of = &prose_shape),
	FIELD(legal, privacy,     SHAPE_OBJECT, .of = &prose_shape),
	FIELD(legal, refund,      SHAPE_OBJECT, .of = &prose_shape),
	FIELD(legal, refund_days, SHAPE_INT, .max = 365));

static const struct legal legal_defaults = { .refund_days = 7 };
const struct setting_group legal_group = { "site.legal", &legal_shape, &legal_defaults };

bool address_is_safe(struct text url)
{
	for (size_t i = 0; i < url.length; i++) {
		unsigned char c = (unsigned char)url.at[i];

		if (c <= ' ' || c == 0x7f || c == '\\' || c == '"' || c == '<' || c == '>')
			return false;
	}
	if (!url.length || text_starts(url, TEXT("https://")))
		return true;
	return url.at[0] == '/' && (url.length == 1 || url.at[1] != '/');
}
