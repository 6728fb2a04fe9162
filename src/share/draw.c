/* draw.c - lines of text for a picture. A renderer of SVG does not wrap, so lines are broken here, by the widths of the font that they
 * are drawn with. Chinese breaks anywhere but before a closing mark and behind an opening one; Latin between words. */
#include "share/draw.h"

#include <string.h>

/* ---- widths: thousandths of the size ---- */

enum { ASCII_FIRST = 32, ASCII_COUNT = 95, OTHER = 700, NARROW_END = 0x2e80, WIDE = 1000, EMOJI = 0x1f000, EMOJI_WIDTH = 1300 };

static const short regular[ASCII_COUNT] = {
	224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555, 555, 555, 555, 555, 555,
	555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589, 552, 689, 728, 293, 535, 646, 543, 812, 723, 742,
	633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555, 559, 606, 563, 618, 510, 620, 554, 325, 564,
	607, 275, 275, 552, 284, 926, 610, 606, 620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
};
static const short bold[ASCII_COUNT] = {
	227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 387, 590, 590, 590, 590, 590, 590, 590, 590,
	590, 590, 325, 325, 590, 590, 590, 514, 1007, 641, 681, 656, 714, 615, 585, 717, 757, 330, 568, 686, 578, 853, 749, 770,
	667, 770, 682, 624, 625, 748, 619, 915, 627, 580, 613, 378, 387, 378, 590, 567, 626, 591, 644, 527, 644, 581, 372, 597,
	640, 304, 306, 604, 315, 964, 641, 626, 644, 644, 436, 495, 421, 637, 576, 863, 562, 574, 511, 378, 296, 378, 590,
};

static bool is_unseen(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

static bool turns_around(uint32_t c) { return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x200e || c == 0x200f || c == 0xfeff; }

static bool is_mark(uint32_t c) { return (c >= 0x2010 && c <= 0x2027) || c == 0xb7 || c == 0xd7; } /* wide in a Chinese font */

static int thousandths(const struct type *type, uint32_t c)
{
	if (c >= ASCII_FIRST && c < ASCII_FIRST + ASCII_COUNT)
		return type->bold ? bold[c - ASCII_FIRST] : regular[c - ASCII_FIRST];
	if (is_unseen(c))
		return 0;
	return c >= EMOJI ? EMOJI_WIDTH : c >= NARROW_END || is_mark(c) ? WIDE : c >= 0x0370 ? WIDE : OTHER;
}

int draw_width(const struct type *type, struct text line)
{
	int64_t sum = 0;
	uint32_t c;

	while ((c = text_next(&line)))
		sum += thousandths(type, c);
	return (int)((sum * type->size + 999) / 1000);
}

/* ---- lines ---- */

static bool closes(uint32_t c)
{
	static const char marks[] = "，。、！？：；）》」』】〉”’…%),.!?:;]}";
	struct text rest = { marks, sizeof marks - 1 };
	uint32_t mark;

	while ((mark = text_next(&rest))) {
		if (mark == c)
			return true;
	}
	return false;
}

static bool opens(uint32_t c)
{
	static const char marks[] = "（《「『【〈“‘([{";
	struct text rest = { marks, sizeof marks - 1 };
	uint32_t mark;

	while ((mark = text_next(&rest))) {
		if (mark == c)
			return true;
	}
	return false;
}

static bool is_word(uint32_t c) { return c && c != ' ' && c < NARROW_END; }

/* May a line end between these two? */
static bool may_break(uint32_t before, uint32_t after)
{
	if (before == ' ')
		return true;
	if (closes(after) || opens(before) || is_unseen(after))
		return false;
	return after == ' ' || !is_word(before) || !is_word(after);
}

/* One blank for each run of them; control characters count as such. */
static struct text tidy(struct arena *arena, struct text t)
{
	char *out = arena_alloc(arena, t.length * 3 + 1); /* a broken byte becomes three */
	size_t length = 0;
	bool blank = true;
	uint32_t c;

	while ((c = text_next(&t))) {
		if (turns_around(c))
			continue;
		if (c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x3000) {
			if (!blank)
				out[length++] = ' ';
			blank = true;
			continue;
		}
		blank = false;
		length += text_encode(c, out + length);
	}
	return text_trim((struct text){ out, length });
}

/* How much of it fits: up to the last place where a line may end, else as many characters as there is room for. */
static struct text fitting(const struct type *type, struct text t, int64_t room)
{
	struct text rest = t;
	size_t good = 0, at = 0;
	int64_t used = 0;
	uint32_t before = 0, c;

	while ((c = text_next(&rest))) {
		if (before && may_break(before, c))
			good = at;
		used += (int64_t)thousandths(type, c) * type->size;
		if (used > room && c != ' ')
			return text_head(t, good ? good : at ? at : (size_t)(rest.at - t.at));
		at = (size_t)(rest.at - t.at);
		before = c;
	}
	return t;
}

static struct text shortened(struct arena *arena, const struct wrapping *how, struct text t)
{
	struct text kept = t;
	int64_t room = ((int64_t)how->width - how->type->size) * 1000; /* of the dots */
	size_t at = 0;
	uint32_t c;

	for (struct text rest = t; (c = text_next(&rest)); at = (size_t)(rest.at - t.at)) {
		room -= (int64_t)thousandths(how->type, c) * how->type->size;
		if (room < 0)
			break;
	}
	kept = text_trim(text_head(t, at));
	return arena_format(arena, "%.*s…", TEXT_ARG(kept));
}

size_t draw_wrap(struct arena *arena, struct text t, const struct wrapping *how, struct text *ret)
{
	struct text rest = tidy(arena, t);
	size_t n = 0;

	while (rest.length && n < how->most) {
		struct text line = fitting(how->type, rest, (int64_t)how->width * 1000);

		if (n + 1 == how->most && line.length < rest.length) {
			ret[n++] = shortened(arena, how, rest);
			break;
		}
		ret[n++] = text_trim(line);
		rest = text_trim(text_from(rest, line.length));
	}
	return n;
}

/* ---- SVG ---- */

void draw_escaped(struct buffer *svg, struct text t)
{
	char bytes[4];
	uint32_t c;

	while ((c = text_next(&t))) {
		switch (c) {
		case '&': buffer_add(svg, TEXT("&amp;")); break;
		case '<': buffer_add(svg, TEXT("&lt;")); break;
		case '>': buffer_add(svg, TEXT("&gt;")); break;
		case '"': buffer_add(svg, TEXT("&quot;")); break;
		case '\'': buffer_add(svg, TEXT("&#39;")); break;
		default:
			if (c >= ' ' && c != 0x7f && c != 0xfffe && c != 0xffff)
				buffer_add(svg, (struct text){ bytes, text_encode(c, bytes) });
		}
	}
}

void draw_line(struct buffer *svg, int x, int y, const struct type *type, struct text line)
{
	buffer_format(svg, "<text x=\"%d\" y=\"%d\" font-family=\"%s\" font-size=\"%d\" font-weight=\"%d\" fill=\"%s\" text-anchor=\"%s\" xml:lang=\"zh-CN\">", x, y,
	              type->serif ? "Noto Serif CJK SC, Noto Sans CJK SC, serif" : "Noto Sans CJK SC, sans-serif", type->size, type->bold ? 700 : 400, type->fill,
	              type->anchor ? type->anchor : "start");
	draw_escaped(svg, line);
	buffer_add(svg, TEXT("</text>"));
}
