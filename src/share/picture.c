/* picture.c - a poster for phones and a card for links, as SVG: the same parts, laid out twice. Whatever people wrote goes through
 * draw_line, which escapes it; nothing is asked for from outside. */
#include "share/picture.h"

#include "serve/serve.h"

static const char ink[] = "#1e1c19", muted[] = "#5c5750", red[] = "#b3341f";

/* As web/src/styles/accents.css has them, in light. */
static const char *accent_of(struct text name)
{
	static const struct {
		const char *name, *is;
	} accents[] = { { "teal", "#0b6e69" }, { "blue", "#2459b0" },   { "indigo", "#4a4fb5" }, { "purple", "#7a3f9d" },
		        { "rose", "#a92f5a" }, { "orange", "#974a0c" }, { "green", "#2c6b31" },  { "ink", "#3b3a46" } };

	for (size_t i = 0; i < sizeof accents / sizeof *accents; i++) {
		if (text_is(name, accents[i].name))
			return accents[i].is;
	}
	return accents[0].is;
}

static void begin(struct buffer *svg, int width, int height)
{
	buffer_format(svg,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">"
	              "<rect width=\"%d\" height=\"%d\" fill=\"#fbfaf7\"/>",
	              width, height, width, height, width, height);
}

/* The shop: logo and name on a line. */
static void draw_shop(struct buffer *svg, struct arena *arena, const struct picture *p, struct box at)
{
	const struct type type = { .size = at.height * 2 / 3, .bold = true, .fill = accent_of(p->accent) };
	int x = at.x;
	struct text name[1];

	if (p->logo.length) {
		buffer_format(svg, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"xMidYMid meet\" xlink:href=\"", at.x, at.y, at.height, at.height);
		draw_escaped(svg, p->logo);
		buffer_add(svg, TEXT("\"/>"));
		x += at.height + 16;
	}
	if (draw_wrap(arena, p->shop, &(struct wrapping){ &type, at.x + at.width - x, 1 }, name))
		draw_line(svg, x, at.y + at.height * 3 / 4, &type, name[0]);
}

/* Lines below each other from y on; where the next one would stand. */
struct paragraph {
	struct type type;
	size_t most;
	int leading;
};
static int draw_paragraph(struct buffer *svg, struct arena *arena, const struct paragraph *how, struct text t, struct box at)
{
	struct text lines[4];
	size_t n = draw_wrap(arena, t, &(struct wrapping){ &how->type, at.width, how->most }, lines);

	for (size_t i = 0; i < n; i++)
		draw_line(svg, at.x, at.y + how->type.size + (int)i * how->leading, &how->type, lines[i]);
	return at.y + (int)n * how->leading;
}

/* Behind the price: what was asked before, struck out, and below it until when the lower one holds. */
static void draw_price(struct buffer *svg, const struct picture *p, int x, int y)
{
	const struct type price = { .size = 56, .bold = true, .fill = red }, old = { .size = 30, .fill = muted }, until = { .size = 22, .fill = muted };
	int behind = x + draw_width(&price, p->price) + 20, above = p->until.length ? y - 30 : y;

	draw_line(svg, x, y, &price, p->price);
	if (!p->old_price.length)
		return;
	draw_line(svg, behind, above, &old, p->old_price);
	buffer_format(svg, "<path d=\"M%d %dh%d\" stroke=\"%s\" stroke-width=\"2\"/>", behind, above - 10, draw_width(&old, p->old_price), muted);
	if (p->until.length)
		draw_line(svg, behind, y, &until, p->until);
}

/* Whole pixels a square, so that a scanner sees sharp edges. */
static bool draw_code(struct buffer *svg, struct text link, struct box at)
{
	CLEANUP(buffer_free) struct buffer path = BUFFER(512 * 1024);
	int side, unit;

	if (!qr_path(&path, link, &side) || path.why || side > at.width)
		return false;
	unit = at.width / side;
	buffer_format(svg, "<g shape-rendering=\"crispEdges\" transform=\"translate(%d %d) scale(%d)\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
	              at.x + (at.width - side * unit) / 2, at.y + (at.height - side * unit) / 2, unit, side, side);
	buffer_add(svg, buffer_text(&path));
	buffer_add(svg, TEXT("\"/></g>"));
	return true;
}

enum { EDGE = 48, CODE_SIDE = 264 };

/* At the foot of a poster: the code, and what to do with it. */
static bool draw_invitation(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	const int top = POSTER_HEIGHT - EDGE - CODE_SIDE - 24, words = EDGE + CODE_SIDE + 44;
	const struct box beside = { words, top + 76, POSTER_WIDTH - EDGE - 24 - words, 0 };
	const struct paragraph scan = { { .size = 32, .bold = true, .fill = ink }, 2, 44 }, invite = { { .size = 26, .fill = muted }, 3, 40 };
	struct box below = beside;

	buffer_format(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"20\" fill=\"#fff\" stroke=\"#e4e0d8\"/>", EDGE, top, POSTER_WIDTH - 2 * EDGE, CODE_SIDE + 24);
	below.y = draw_paragraph(svg, arena, &scan, p->scan, beside) + 12;
	draw_paragraph(svg, arena, &invite, p->invite, below);
	return draw_code(svg, p->link, (struct box){ EDGE + 12, top + 12, CODE_SIDE, CODE_SIDE });
}

static void draw_work(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	const struct paragraph title = { { .size = 46, .bold = true, .fill = ink }, 3, 62 }, author = { { .size = 28, .fill = muted }, 1, 44 },
	                       about = { { .size = 28, .fill = muted }, 2, 44 };
	struct box at = { EDGE, 588, POSTER_WIDTH - 2 * EDGE, 0 };

	cover_draw(svg, arena, &(struct cover){ { EDGE, 136, POSTER_WIDTH - 2 * EDGE, (POSTER_WIDTH - 2 * EDGE) * 10 / 16 }, p->title, p->author, p->cover, p->hue, p->pattern });
	at.y = draw_paragraph(svg, arena, &title, p->title, at) + 8;
	at.y = draw_paragraph(svg, arena, &author, p->author, at) + 8;
	at.y = draw_paragraph(svg, arena, &about, p->summary, at);
	draw_price(svg, p, EDGE, at.y + 64);
}

static void draw_home(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	const struct paragraph name = { { .size = 80, .bold = true, .fill = ink }, 3, 108 }, slogan = { { .size = 36, .fill = muted }, 4, 58 };
	struct box at = { EDGE, 300, POSTER_WIDTH - 2 * EDGE, 0 };

	at.y = draw_paragraph(svg, arena, &name, p->shop, at) + 24;
	draw_paragraph(svg, arena, &slogan, p->slogan, at);
}

bool picture_poster(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	bool coded;

	begin(svg, POSTER_WIDTH, POSTER_HEIGHT);
	buffer_format(svg, "<rect width=\"%d\" height=\"12\" fill=\"%s\"/>", POSTER_WIDTH, accent_of(p->accent));
	draw_shop(svg, arena, p, (struct box){ EDGE, 52, POSTER_WIDTH - 2 * EDGE, 52 });
	if (p->of_work)
		draw_work(svg, arena, p);
	else
		draw_home(svg, arena, p);
	coded = draw_invitation(svg, arena, p);
	buffer_add(svg, TEXT("</svg>"));
	return coded;
}

/* ---- the card ---- */

enum { CARD_EDGE = 72, CARD_COLUMN = 520, CARD_COVER = 480 };

static void draw_card_work(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	const struct paragraph title = { { .size = 52, .bold = true, .fill = ink }, 3, 70 }, author = { { .size = 28, .fill = muted }, 1, 44 };
	const int left = CARD_WIDTH - CARD_EDGE - CARD_COVER, height = CARD_COVER * 10 / 16;
	struct box at = { CARD_EDGE, 176, CARD_COLUMN, 0 };

	cover_draw(svg, arena, &(struct cover){ { left, (CARD_HEIGHT - height) / 2, CARD_COVER, height }, p->title, p->author, p->cover, p->hue, p->pattern });
	at.y = draw_paragraph(svg, arena, &title, p->title, at) + 12;
	draw_paragraph(svg, arena, &author, p->author, at);
	draw_price(svg, p, CARD_EDGE, CARD_HEIGHT - CARD_EDGE);
}

static void draw_card_home(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	const struct paragraph name = { { .size = 88, .bold = true, .fill = ink }, 2, 116 }, slogan = { { .size = 38, .fill = muted }, 3, 60 };
	struct box at = { CARD_EDGE, 200, CARD_WIDTH - 2 * CARD_EDGE, 0 };

	at.y = draw_paragraph(svg, arena, &name, p->shop, at) + 20;
	draw_paragraph(svg, arena, &slogan, p->slogan, at);
}

void picture_card(struct buffer *svg, struct arena *arena, const struct picture *p)
{
	begin(svg, CARD_WIDTH, CARD_HEIGHT);
	buffer_format(svg, "<rect width=\"16\" height=\"%d\" fill=\"%s\"/>", CARD_HEIGHT, accent_of(p->accent));
	draw_shop(svg, arena, p, (struct box){ CARD_EDGE, 72, CARD_WIDTH - 2 * CARD_EDGE, 52 });
	if (p->of_work)
		draw_card_work(svg, arena, p);
	else
		draw_card_home(svg, arena, p);
	buffer_add(svg, TEXT("</svg>"));
}
