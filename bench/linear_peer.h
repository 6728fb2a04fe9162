/* linear_peer.h - LIBLINEAR behind a name of its own: its `struct problem` is not ours. */
#ifndef BENCH_LINEAR_PEER_H
#define BENCH_LINEAR_PEER_H

#include <stddef.h>

struct peer;

/* Row i has cells start[i] to start[i + 1]: column from 1, value. y: 1 or -1 */
struct peer *peer_new(size_t rows, size_t columns, const size_t *start, const int *column, const double *value, const double *y);
/* Its solver 2 (primal support vector machine) or 0 (logistic regression) at C = 1; w (columns) */
void peer_train(struct peer *p, int solver, double eps, double *w);
void peer_free(struct peer *p);

#endif
