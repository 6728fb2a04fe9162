/* draw.h - text and shapes of a picture, as SVG. What is drawn is escaped here, whoever wrote it. */
#ifndef SHARE_DRAW_H
#define SHARE_DRAW_H

#include "base/arena.h"
#include "base/buffer.h"

struct type {
	int size;            /* pixels */
	bool bold, serif;
	const char *fill;
	const char *anchor;  /* "middle", "end"; NULL: start */
};

struct box {
	int x, y, width, height;
};

/* One line, its baseline at y. */
void draw_line(struct buffer *svg, int x, int y, const struct type *type, struct text line);
/* About how wide it becomes: by the advances of Noto Sans CJK, which is what it is drawn with. */
int draw_width(const struct type *type, struct text line);

/* Words and characters into at most `most` lines of that width; what is left over ends in "…". Blanks, and what cannot be seen or
 * turns the text around, become one blank or nothing. How many lines. */
struct wrapping {
	const struct type *type;
	int width;
	size_t most;
};
size_t draw_wrap(struct arena *arena, struct text t, const struct wrapping *how, struct text *ret);

void draw_escaped(struct buffer *svg, struct text t); /* for text and attributes; what XML may not hold is left out */

#endif
