/* classify.h - a classifier whole: what was learned of the columns, a linear, radial or naive model on them, and how its scores become
 * chances. Learned from the train rows of a frame, asked about any later table, kept as one file.
 *
 * Chances: logistic regression without weights says them itself; every other score is calibrated. Calibration is learned from scores that a
 * model of four fifths of the train rows gave to the last fifth, five times over: no row had a part in its own. Of a frame with groups the
 * fifths are of whole groups: no row of a group had a part either. With times, the earlier half of the rows is only learned from; of the
 * later half each fourth in turn is scored by a model of all rows before it: no row of the same time or later had a part. */
#ifndef MINE_CLASSIFY_H
#define MINE_CLASSIFY_H

#include "mine/calibrate.h"
#include "mine/frame.h"
#include "mine/linear.h"
#include "mine/naive.h"
#include "mine/svm.h"
#include "num/progress.h"
#include "num/threads.h"

extern const struct problem classify_few;   /* 422: too few rows of a class to learn chances from */
extern const struct problem classify_apart; /* 422: beside a fifth of the groups, or before a time, there is one class only */

enum classifier_kind { CLASSIFY_LOGISTIC = 1, CLASSIFY_SVM, CLASSIFY_RADIAL, CLASSIFY_NAIVE };
enum classifier_chances { CHANCES_OWN = 1 /* of a logistic or naive model */, CHANCES_PLATT, CHANCES_ISOTONIC };

struct classify_options {
	enum classifier_kind kind;
	enum classifier_chances chances;
	double cost, gamma; /* 0: 1; 1 / columns */
	double weight;      /* of a row of class 1, where one of class 0 counts 1; 0: 1; not of a naive model */
	uint64_t seed;      /* of the five parts of the train rows */
	const double *time; /* (rows) of the train rows, of a frame without groups; NULL: they have no order */
	struct progress *progress; /* NULL: nobody wants to know */
};

struct classifier {
	enum classifier_kind kind;
	enum classifier_chances chances;
	struct encoder encoder;
	struct linear_model linear;
	struct rbf_model radial;
	struct naive_model naive;
	struct calibration calibration;
	double *mean;       /* (encoder.wide) of the train rows, in the order of linear's columns */
};

/* f: the rows to learn from, all of them. held (f->rows) becomes the scores that calibration was learned from, in which no row had a part in
 * its own, NaN of rows that were only learned from; NULL where CHANCES_OWN and the caller does not want them. Problems are those of the
 * models, and the two above where held is wanted. */
problem classify_train(struct arena *arena, const struct encoder *encoder, const struct frame *f, const struct classify_options *options,
                       struct threads *threads, struct classifier *ret, double *held) MUST;

/* Scores and labels (f->rows) of the rows that were held out; how many is returned. */
size_t classify_held(const struct frame *f, const double *held, double *score, unsigned char *label);

/* score, chance (f->rows); either may be NULL */
void classify(const struct classifier *m, const struct frame *f, struct threads *threads, double *score, double *chance);

/* What each column of the table adds to the row's score, against the mean row (naive: against nothing known): ret (encoder.count). Not of a
 * radial model, which is asserted. */
void classify_reasons(const struct classifier *m, const struct frame *f, size_t row, double *ret);

/* Rows of a frame as linear and radial models take them: numbers standardised, holes the mean, words as levels. Free with linear_rows_free. */
struct linear_rows classify_rows(const struct encoder *encoder, const struct frame *f);

enum { CLASSIFIER_VERSION = 1 };
#define CLASSIFIER_KIND "mine.classifier"
void classifier_save(const struct classifier *m, struct buffer *b); /* a whole file */
/* Texts point into the file's bytes. The radial model's vectors go with the arena. */
problem classifier_load(struct arena *arena, const struct saved *s, struct classifier *ret) MUST;

#endif
