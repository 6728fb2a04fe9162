/* boost.h - gradient boosting of trees for two classes: each tree steps the log-odds of the rows in its leaves towards their labels, by
 * Newton's step on the logistic loss (Friedman, Annals of Statistics 29, 2001; Chen and Guestrin, KDD 2016). From bins; a tree grows
 * where the gain is largest, up to so many leaves (Ke and others, NIPS 2017).
 *
 * With G and H the sums over a node's rows of chance - label and of chance * (1 - chance), its value is -rate * G / (H + shrink), and a
 * question gains half of G_l^2 / (H_l + shrink) + G_r^2 / (H_r + shrink) - G^2 / (H + shrink). */
#ifndef MINE_BOOST_H
#define MINE_BOOST_H

#include "mine/tree.h"

enum { BOOST_LEAVES_MAX = 4096 };

struct boost_options {
	unsigned trees;  /* 0: 100 */
	unsigned leaves; /* most of a tree, 0: 31 */
	double rate;     /* 0: .1; at most 1 */
	double shrink;   /* 0: 1 */
	double weight;   /* least H on a side, 0: 1 */
	struct progress *progress; /* NULL: nobody looks */
};

/* At most so many bytes while it grows, with all rows of f; 0: the options are unfit. 2 KB for each column of each node that may yet be split. */
size_t boost_memory(const struct frame *f, const struct boost_options *options);

/* The same bit for bit for any number of threads: sums are of whole numbers. Rows: those of f that are no test rows. */
problem boost_fit(struct arena *arena, const struct frame *f, const struct boost_options *options, struct threads *threads, struct trees *ret) MUST;

#endif
