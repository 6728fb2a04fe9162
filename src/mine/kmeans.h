/* kmeans.h - rows in k groups, each near its own mean: k-means. Sources: Lloyd, IEEE Trans. Information Theory 28 (1982); Hamerly, SDM
 * (2010), whose bounds leave out most distances and change no result; starts by Arthur and Vassilvitskii, SODA (2007).
 *
 * The same bit for bit for any number of threads. Scratch and results are the caller's arena: some 32 bytes a row and 32 MB. */
#ifndef MINE_KMEANS_H
#define MINE_KMEANS_H

#include "mine/points.h"
#include "num/progress.h"

enum { CLUSTERS_MAX = 1024 };

extern const struct problem clusters_unfit; /* 422: none, or more than CLUSTERS_MAX or than rows */
extern const struct problem clusters_few;   /* 422: fewer different rows than clusters */

struct kmeans_options {
	size_t k;
	const double *centres; /* (k, columns) to start from; NULL: by k-means++ */
	size_t starts;         /* the one of least inertia is kept; 0: 10; with centres there is one */
	uint64_t seed;
	size_t rounds;         /* at most; 0: 300 */
	size_t threads;        /* 0: one for each processor */
	struct progress *progress; /* by starts; NULL: nobody looks */
};

struct clusters {
	size_t k, columns;
	double *centres;   /* (k, columns) */
	uint32_t *of;      /* (rows) */
	size_t *sizes;     /* (k) none is 0 */
	double inertia;    /* sum of squared distances to the own centre */
	size_t rounds;     /* until no row changed its cluster, that round counted */
	bool settled;      /* false: the rounds were not enough */
	uint64_t distances; /* of a row from all k centres, how often they were computed */
};

problem kmeans(struct arena *arena, const struct points *p, const struct kmeans_options *o, struct clusters *ret) MUST;

/* The first k rows that differ from each other; false: there are not so many. centres: (k, columns) */
bool kmeans_first_rows(const struct points *p, size_t k, double *centres);

/* ---- how good, and how many ---- */

/* Of a sample of rows (seeded; all where there are no more), the mean of (b - a) / max(a, b): a, how far the own cluster's rows of the sample
 * are on average; b, those of the nearest other one (Rousseeuw, J. Comp. Appl. Math. 20, 1987). 1: far apart, 0: one cloud. NaN for one
 * cluster. Work grows with the square of the sample. */
double silhouette(struct arena *arena, const struct points *p, const struct clusters *c, size_t sample, uint64_t seed);

struct k_score {
	size_t k;
	double inertia, silhouette;
};
/* Clusters for each k from low to high (low at least 2), o->k left aside. scores: (high - low + 1). best: the k of the largest silhouette;
 * elbow: where inertia bends most, farthest below the line from first to last (Satopaa et al., ICDCSW 2011); 0 for fewer than three. */
struct k_range {
	size_t low, high, sample;
};
problem kmeans_choose(struct arena *arena, const struct points *p, const struct kmeans_options *o, struct k_range range, struct k_score *scores,
                      size_t *best, size_t *elbow) MUST;

/* Of each cluster and column, how many standard deviations of all rows its mean lies above theirs: (k, columns); 0 in a constant column. */
void clusters_profile(struct arena *arena, const struct points *p, const struct clusters *c, double *ret);
const char *profile_word(double deviations); /* "far above", "above", "about", "below", "far below" */

#endif
