/* picture.h - the two pictures that are sent around: the poster, with a QR code, and the card of a link. Between the files of this
 * room only. */
#ifndef SHARE_PICTURE_H
#define SHARE_PICTURE_H

#include "base/money.h"
#include "share/draw.h"

enum { POSTER_WIDTH = 750, POSTER_HEIGHT = 1334, CARD_WIDTH = 1200, CARD_HEIGHT = 630, PICTURE_BYTES_MAX = 16 << 20 };

struct picture {
	struct text shop, slogan, accent;   /* accent: its name in the style sheet; absent: the first one */
	struct text logo, cover;            /* what an <image> may show: "data:image/…"; absent: none, the drawn one */
	bool of_work;                       /* else of the home page: what follows is absent */
	struct text title, author, summary, price, old_price; /* prices as they are shown; old_price absent: there is none */
	struct text until;                  /* how long the price holds, beside an old one; may be absent */
	int64_t hue, pattern;
	struct text link;                   /* in the QR code; only a poster has one */
	struct text scan, invite;           /* "long-press to open", and why */
};

/* False: the link is too long for a QR code. */
MUST bool picture_poster(struct buffer *svg, struct arena *arena, const struct picture *p);
void picture_card(struct buffer *svg, struct arena *arena, const struct picture *p);

/* cover.c: the cover that a title makes, as the pages draw it by CSS. `id` tells it from others in the same picture. */
struct cover {
	struct box box;
	struct text title, author, picture; /* picture: shown instead */
	int64_t hue, pattern;
};
void cover_draw(struct buffer *svg, struct arena *arena, const struct cover *cover);

#endif
