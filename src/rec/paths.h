/* paths.h - what of a graph leads from things somebody had to the one that is proposed: the paths of the largest weight, as reasons for eyes.
 *
 * A link is a triple, walked from its head or back. A path's weight is the product over its links of
 *
 *   fade * weight[relation] * (out * in)^-damp
 *
 * out: how many tails the link's head has by its relation, in: how many heads its tail has. So a path over what everything has ("language: English")
 * weighs next to nothing, one over what few share much: the path-degree product of Himmelstein and Baranzini (PLoS Computational Biology
 * 11(7), 2015, "Degree-weighted path count", whose damp is .4), its `fade` that of Katz (Psychometrika 18, 1953): a longer path is a poorer reason. */
#ifndef REC_PATHS_H
#define REC_PATHS_H

#include "rec/graph.h"

enum { PATH_LINKS_MAX = 6, PATHS_MAX = 100 };

/* ---- the links of a graph ---- */

struct graph_link {
	uint32_t thing, relation;
	bool back;     /* from a tail to its head */
	double weight; /* as above, above 0 */
};
struct graph_links {
	uint32_t things;
	size_t *start; /* (things + 1) */
	struct graph_link *link;
};

struct path_settings {
	uint32_t longest;     /* links of a path, 1 .. PATH_LINKS_MAX */
	double fade, damp;    /* 0 < fade <= 1, 0 <= damp <= 4 */
	const double *weight; /* (relations) 0 or more, 0: it is not walked; NULL: each 1 */
	size_t partial;       /* so many beginnings of paths are kept at most; then the search ends, and says so */
};
static const struct path_settings paths_usual = { .longest = 4, .fade = .5, .damp = .4, .partial = 1 << 20 };

/* Things are those of t, or `things` where that is more. What a triple says twice counts once; a link from a thing to itself leads nowhere. */
void graph_links_of(const struct triples *t, uint32_t things, const struct path_settings *s, struct graph_links *ret);
void graph_links_free(struct graph_links *g); /* for CLEANUP too */

/* ---- paths ---- */

size_t paths_bytes(const struct triples *t, uint32_t things, const struct path_settings *s); /* that links and a search want at most, about */

struct path_step {
	uint32_t relation, thing; /* by which it goes on, and where to */
	bool back;
};
struct path {
	double weight;
	uint32_t from, length;
	struct path_step step[PATH_LINKS_MAX]; /* (length) the last one's thing is where it leads */
};

struct path_ends {
	const uint32_t *from; /* (count) things somebody had, upwards, each once; below things */
	size_t count;
	uint32_t to;          /* below things */
};

/* ret (most, at most PATHS_MAX): those of the largest weight, largest first; of equals the shorter, then that of the smaller numbers. No thing stands
 * in a path twice; what they had stands at beginnings only, since the path from there says more. Returns how many there are;
 * *cut: there may be others, of no larger weight than these, among what was not looked at. */
size_t paths_find(const struct graph_links *g, const struct path_settings *s, const struct path_ends *ends, struct path *ret, size_t most, bool *cut);

#endif
