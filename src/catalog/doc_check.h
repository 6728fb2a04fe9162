/* doc_check.h - is what an editor sends a document of ours? What doc.h can write, and nothing else, is let in: an unknown
 * node, mark or attribute is refused with its path, and so is an address that could run something. */
#ifndef CATALOG_DOC_CHECK_H
#define CATALOG_DOC_CHECK_H

#include "base/arena.h"
#include "base/problem.h"

enum { DOC_MAX = 1024 * 1024, DOC_NODES_MAX = 20000 };

struct doc_facts {
	struct text plain;        /* the text alone, a line a block, for search */
	int64_t minutes;          /* of reading, at least 1 */
	bool empty;               /* nothing that anybody could read, see or hear */
};
struct doc_fault {
	struct text path;         /* "doc.content[2].marks[0]" */
	const char *why;          /* unknown, misplaced, type, address, too-deep, too-large */
};
/* problem_malformed: no JSON; problem_too_large: beyond DOC_MAX; problem_invalid: *ret_fault says where and why. */
MUST problem doc_check(struct arena *arena, struct text doc, struct doc_facts *ret, struct doc_fault *ret_fault);

#endif
