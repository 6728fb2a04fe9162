/* template.h - a parsed template: what the parser makes, and the renderer and the checker walk. */
#ifndef SERVE_TEMPLATE_H
#define SERVE_TEMPLATE_H

#include "serve/page.h"

#include <stdatomic.h>

enum node_kind { NODE_TEXT = 1, NODE_PRINT, NODE_RAW, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL, NODE_MESSAGE };

struct node {
	enum node_kind kind;
	struct text text;                /* literal, name, or key of the message */
	size_t end;                      /* sections: the node behind the last one inside */
	const struct template *partial;  /* NULL: there is none (lenient) */
	struct text indent;              /* of a partial that stands alone on its line */
};

struct template {
	struct text name, source;
	struct templates *set;
	struct node *nodes;
	size_t count, room;
	_Atomic(const struct shape *) fits; /* checked with this shape */
};

struct templates {
	struct arena *arena;
	struct template *items;
	size_t count;
	const struct messages *messages;
	bool lenient;
};

/* Parses t->source into t->nodes; partials stay names until all are parsed. */
MUST problem template_parse(struct template *t);

#endif
