/* markdown_write.h - the append-only writer of document JSON: nodes open and close, text gathers in runs of the same marks. */
#ifndef CATALOG_MARKDOWN_WRITE_H
#define CATALOG_MARKDOWN_WRITE_H

#include "base/json.h"
#include "catalog/markdown_parts.h"

enum node_kind { NODE_CONTAINER = 1, NODE_QUOTE, NODE_PARAGRAPH, NODE_HEADING, NODE_CELL, NODE_CODE };
enum mark { MARK_BOLD = 1, MARK_ITALIC = 2, MARK_STRIKE = 4, MARK_CODE = 8 };
enum { NODE_DEPTH_MAX = 26, IDS_MAX = 1000 };

struct node {
	enum node_kind kind;
	size_t start, plain_start; /* where it begins, to take it back */
	bool any;                 /* has a child */
	bool elder;               /* its parent had one before */
};

struct doc_writer {
	struct arena *arena;
	struct buffer out, plain;
	struct buffer run;        /* text of the same marks, not written yet */
	bool soft;                /* a line break that is a blank, if anything follows */
	unsigned marks;           /* set of enum mark */
	bool linked;
	struct markdown_link link;
	struct node nodes[NODE_DEPTH_MAX + 1];
	int depth;
	struct text lead;
	struct text *ids;
	size_t id_count;
	struct id_slot {
		uint64_t hash;
		size_t again;
	} *id_slots;              /* open addressing, 2 * IDS_MAX */
};

void doc_begin(struct doc_writer *w, struct arena *arena);
void doc_end(struct doc_writer *w);  /* frees */
struct node *doc_top(struct doc_writer *w);
bool doc_has_room(const struct doc_writer *w); /* for a container with all that may stand in it */

void doc_open(struct doc_writer *w, enum node_kind kind, const char *type); /* then attributes, then: */
void doc_content(struct doc_writer *w);
void doc_close(struct doc_writer *w);
void doc_shut(struct doc_writer *w, struct text tail); /* the same where the caller ends list and object */
void doc_take_back(struct doc_writer *w); /* closes the node as if it had never been */
void doc_close_paragraph(struct doc_writer *w); /* if one is open */
void doc_leaf(struct doc_writer *w, const char *type, const char *attribute, struct text value); /* attribute NULL: none */

void doc_text(struct doc_writer *w, struct text t);
void doc_soft_break(struct doc_writer *w);
void doc_flush(struct doc_writer *w);
void doc_inline(struct doc_writer *w); /* opens a paragraph where inline content needs one */
void doc_marks(struct doc_writer *w); /* ,"marks":[…] as they are now */
void doc_image(struct doc_writer *w, const struct markdown_image *image, struct text src, struct text alt);

struct text doc_heading_id(struct doc_writer *w, struct text heading); /* unique in the document */

#endif
