/* dbscan.h - clusters of any shape, by density: DBSCAN (Ester, Kriegel, Sander and Xu, KDD 1996; Schubert et al., ACM TODS 42, 2017).
 * A row with at least `least` rows (itself too) within `radius` is a core row. Core rows within the radius of each other are of one cluster,
 * and so on; a row that is none, but within the radius of one, is of the border: of the cluster of the smallest number. The rest is noise.
 * Clusters are numbered by their first core row, so that nothing depends on the order of the search. */
#ifndef MINE_DBSCAN_H
#define MINE_DBSCAN_H

#include "mine/points.h"
#include "num/progress.h"

extern const struct problem dbscan_unfit; /* 422: a radius that is no finite number above 0, or no rows wanted, or for distances more than there are */
static const uint32_t NOISE = ~0u;

struct density {
	uint32_t *of;   /* (rows) cluster, or NOISE */
	bool *is_core;  /* (rows) */
	size_t clusters, core, noise;
};

struct dbscan_options {
	double radius;
	size_t least;
	size_t threads;            /* 0: one for each processor; the same for any number of them */
	struct progress *progress; /* by rows; NULL: nobody looks */
};

/* In many columns all rows are about as far from each other: then the work
 * grows with the square of the rows, and a radius means little. */
problem dbscan(struct arena *arena, const struct points *p, const struct dbscan_options *o, struct density *ret) MUST;

/* Which radius (that of the options is not looked at)? For `count` rows, spread evenly over all, how far the least-th nearest row is (itself too): with that radius it is just a core
 * row. ret: (count) upwards. Where they begin to rise steeply the clusters end and the noise begins (the k-distance graph of Ester et al.):
 * the bend is the one that lies farthest below the line from the first to the last (Satopaa et al., ICDCSW 2011), of those above 0; 0: there
 * is none. */
problem dbscan_distances(struct arena *arena, const struct points *p, const struct dbscan_options *o, size_t count, double *ret) MUST;
double dbscan_bend(const double *distances, size_t count);

#endif
