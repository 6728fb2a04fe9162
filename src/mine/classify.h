/* classify.h - a classifier whole: what was learned of the columns, a linear, radial or naive model on them, and how its scores become
 * chances. Learned from the train rows of a frame, asked about any later table, kept as one file.
 *
 * Chances: logistic regression without weights says them itself; every other score is calibrated. Calibration is learned from scores that a
 * model of four fifths of the train rows gave to the last fifth, five times over: no row had a part in its own. */
#ifndef MINE_CLASSIFY_H
#define MINE_CLASSIFY_H

#include "mine/calibrate.h"
#include "mine/frame.h"
#include "mine/linear.h"
#include "mine/naive.h"
#include "mine/svm.h"
#include "num/progress.h"
#include "num/threads.h"

extern const struct problem classify_few; /* 422: too few rows of a class to learn chances from */

enum classifier_kind { CLASSIFY_LOGISTIC = 1, CLASSIFY_SVM, CLASSIFY_RADIAL, CLASSIFY_NAIVE };
enum classifier_chances { CHANCES_OWN = 1 /* of a logistic or naive model */, CHANCES_PLATT, CHANCES_ISOTONIC };

struct classify_options {
	enum classifier_kind kind;
	enum classifier_chances chances;
	double cost, gamma; /* 0: 1; 1 / columns */
	double weight;      /* of a row of class 1, where one of class 0 counts 1; 0: 1; not of a naive model */
	uint64_t seed;      /* of the five parts of the train rows */
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
 * its own; NULL where CHANCES_OWN and the caller does not want them. Problems are those of the models. */
problem classify_train(struct arena *arena, const struct encoder *encoder, const struct frame *f, const struct classify_options *options,
                       struct threads *threads, struct classifier *ret, double *held) MUST;

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
