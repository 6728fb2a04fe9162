/* markdown_parts.h - between the files of markdown only. */
#ifndef CATALOG_MARKDOWN_PARTS_H
#define CATALOG_MARKDOWN_PARTS_H

#include "base/buffer.h"
#include "catalog/markdown.h"

/* Put into the text before parsing and taken out behind it. */
#define MARKDOWN_BLANK "\xE2\x81\x9F"  /* U+205F beside stars: white space to CommonMark, so that bold holds */
#define MARKDOWN_DOLLAR "\xEF\xB7\x90" /* U+FDD0 (no character of any language): a dollar sign that starts no formula */

struct markdown_note {
	struct text label, body;
	int64_t line;             /* of its first line in the source */
	int64_t number;           /* in order of reference; 0: nobody refers to it */
};
struct markdown_source {
	struct text text;         /* with the same line breaks as what came in; footnotes are blank lines */
	struct markdown_note *notes;
	size_t note_count;
};
void markdown__prepare(struct arena *arena, struct text source, struct markdown_source *ret);

/* Adds t without what markdown__prepare put in. */
void markdown__restore(struct buffer *out, struct text t);
/* "&amp;", "&#39;", "&#x27;" to its characters; one that nobody knows stays as it is. */
void markdown__entity(struct buffer *out, struct text entity);
/* Letters, digits, '-' and '_' of a heading, lower-cased, blanks as '-': as GitHub makes them. */
void markdown__slug(struct buffer *out, struct text heading);
bool markdown__is_wide(uint32_t c); /* written without blanks: Chinese, Japanese, their punctuation */
bool markdown__is_punctuation(uint32_t c);
int64_t markdown__minutes(struct text plain);

#endif
