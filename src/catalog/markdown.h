/* markdown.h - Markdown to document JSON, here and nowhere else. Tables, task lists, strike-through, callouts (> [!NOTE]),
 * footnotes, $…$ and $$…$$ are understood; raw HTML is dropped except <img> and <br>. **Bold** holds next to Chinese
 * punctuation too, where CommonMark loses it. Work and output stay linear in the input, whatever is in it. */
#ifndef CATALOG_MARKDOWN_H
#define CATALOG_MARKDOWN_H

#include "base/arena.h"
#include "base/problem.h"

enum { MARKDOWN_MAX = 1024 * 1024, MARKDOWN_DOC_MAX = 4 * 1024 * 1024, MARKDOWN_FOOTNOTES_MAX = 500 };

struct markdown_link {
	struct text href;         /* or, within the same work: */
	struct text lesson, anchor;
};
struct markdown_image {
	struct text blob;         /* name of the blob: hash.ext */
	int64_t width, height;
};
/* What becomes of a link or an image; false: the link is only its text, the image only its alternative text. Line: in the
 * source, from 1, where the address stands. A NULL function leaves links as they are and finds no image. */
struct markdown_options {
	bool (*link)(void *self, struct text href, int64_t line, struct markdown_link *ret);
	bool (*image)(void *self, struct text src, int64_t line, struct markdown_image *ret);
	void *self;
};

struct markdown {
	struct text doc, plain;   /* plain: the text alone, a line a block */
	struct text title;        /* of the first heading of level 1, which is not part of doc; absent: none */
	struct text title_id;     /* what its id would have been */
	struct text lead;         /* first paragraph behind the title (or at all), plain; absent: none */
	struct text *ids;         /* of the headings that are part of doc */
	size_t id_count;
	int64_t minutes;          /* of reading, at least 1 */
};
/* problem_malformed: not UTF-8; problem_too_large: beyond MARKDOWN_MAX or what comes out beyond MARKDOWN_DOC_MAX. All
 * texts live in the arena; options may be NULL. */
MUST problem markdown_read(struct arena *arena, struct text source, const struct markdown_options *options, struct markdown *ret);

#endif
