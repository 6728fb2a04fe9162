/* dbscan.h - clusters of any shape, by density: DBSCAN (Ester, Kriegel, Sander and Xu, KDD 1996; Schubert et al., ACM TODS 42, 2017).
 * A row with at least `least` rows (itself too) within `radius` is a core row. Core rows within the radius of each other are of one cluster,
 * and so on; a row that is none, but within the radius of one, is of the border: of the cluster of the smallest number. The rest is noise.
 * Clusters are numbered by their first core row, so that nothing depends on the order of the search. */
#ifndef MINE_DBSCAN_H
#define MINE_DBSCAN_H

#include "mine/points.h"

extern const struct problem dbscan_unfit; /* 422: a radius that is no finite number above 0, or no rows wanted */
static const uint32_t NOISE = ~0u;

struct density {
	uint32_t *of;   /* (rows) cluster, or NOISE */
	bool *is_core;  /* (rows) */
	size_t clusters, core, noise;
};

/* The same for any number of threads; 0: one for each processor. In many columns all rows are about as far from each other: then the work
 * grows with the square of the rows, and a radius means little. */
problem dbscan(struct arena *arena, const struct points *p, double radius, size_t least, size_t threads, struct density *ret) MUST;

#endif
