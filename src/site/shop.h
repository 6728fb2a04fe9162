/* shop.h - the groups of settings that this room owns: the shop, its look, its legal pages. */
#ifndef SITE_SHOP_H
#define SITE_SHOP_H

#include "site/setting.h"

/* A text in the site's languages; an empty English one falls back to the Chinese. */
struct both {
	struct text zh, en;
};
extern const struct shape both_shape;
struct text both_in(const struct both *both, struct text language);

/* Names of the style sheet's accents, each tried for contrast in light and dark. */
#define ACCENTS(X) X(TEAL, "teal") X(BLUE, "blue") X(INDIGO, "indigo") X(PURPLE, "purple") X(ROSE, "rose") X(ORANGE, "orange") X(GREEN, "green") X(INK, "ink")
#define X_ACCENT(id, name) ACCENT_##id,
enum accent { ACCENTS(X_ACCENT) ACCENT_COUNT };
#undef X_ACCENT
extern const char *const accent_names[];

struct shop {
	struct both name, slogan;
	struct text logo;                         /* "/media/HASH.png" or empty */
	int accent;
	bool english;                             /* pages are offered in English too */
	struct text company, mail, phone, wechat, address;
	struct text icp, police;                  /* record numbers, as they were given out */
};
extern const struct shape shop_shape;
extern const struct setting_group shop_group;

struct look_link {
	struct both title;
	struct text url;                          /* "/path" or "https://…" */
};
struct look_banner {
	struct both title, text;
	struct text url, image;
};
struct question_answered {
	struct both question, answer;
};
struct look {
	struct look_banner *banners;
	struct look_link *nav, *footer;
	struct question_answered *faq;
	size_t banner_count, nav_count, footer_count, faq_count;
	struct both notice;                       /* a line above every page; empty: none */
	struct text notice_url;
	int64_t notice_until_ms;                  /* 0: for ever */
	struct both teacher_text;                 /* shown after a payment, with the picture */
	struct text teacher_image;
};
extern const struct shape look_shape, question_answered_shape;
extern const struct setting_group look_group;

/* Markdown of the owner's own legal pages; an empty one means ours. The version of an agreement is that of this group, so
 * that a consent tells which words were agreed to. */
struct legal {
	struct both terms, privacy, refund;
	int64_t refund_days;                      /* of our text and of new works */
};
extern const struct shape legal_shape, prose_shape; /* prose: of one page, in both languages */
extern const struct setting_group legal_group;

/* Own paths and https addresses; empty is fine. */
bool address_is_safe(struct text url);

#endif
