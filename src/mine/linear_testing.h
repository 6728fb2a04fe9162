/* linear_testing.h - for the tests of linear and kernel models: the public sets as rows, split and standardised as the truth values
 * want it, and the area under the ROC curve. */
#ifndef MINE_LINEAR_TESTING_H
#define MINE_LINEAR_TESTING_H

#include "mine/classify.h"
#include "mine/score.h"
#include "mine/testing.h"

enum { SET_OSI, SET_STUDENTS, SET_OULAD, SET_ADULT, SET_BANK };

struct anchor_set {
	struct encoder encoder;
	struct frame frame[2];      /* for training, for the test */
	struct linear_rows rows[2];
	size_t columns;
};

/* false, and a word about it, where the file is not. Free with anchor_free. */
static inline bool anchor_read(struct arena *to, int set, struct anchor_set *ret)
{
	struct frame f;

	if (!mining_frame(to, &mining_sets[set], &ret->encoder, &f))
		return false;
	for (int k = 0; k < 2; k++) {
		frame_part(to, &f, k, &ret->frame[k]);
		ret->rows[k] = classify_rows(&ret->encoder, &ret->frame[k]);
	}
	ret->columns = ret->encoder.wide;
	return true;
}

static inline void anchor_free(struct anchor_set *set)
{
	linear_rows_free(&set->rows[0]);
	linear_rows_free(&set->rows[1]);
}

static inline double auc_of(const double *score, const uint8_t *y, size_t n)
{
	struct score s;

	assert_done(score_ranking(score, y, n, &s));
	return s.auc;
}

#endif
