/* calibrate.h - scores into chances that come true as often as they say, and where to draw the line. Learn it from rows that the model did not
 * see; a calibrated score never turns the order of the scores.
 *
 * Platt: chance = 1 / (1 + e^(a score + b)), a <= 0, by the method of Lin, Lin and Weng (Machine Learning 68, 2007): two numbers, for few rows
 * (some hundred) and scores of margins. Scores that say the opposite of what came get one chance, the same for all. Isotonic: the rising
 * steps nearest to the labels (pool adjacent violators; Ayer and others, Annals of Mathematical Statistics 26, 1955), straight lines between
 * them: any rising curve, wants thousands of rows. */
#ifndef MINE_CALIBRATE_H
#define MINE_CALIBRATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "num/saved.h"

extern const struct problem calibrate_value;     /* 422: a score that is no finite number */
extern const struct problem calibrate_one_class; /* 422: all rows are of one class, or there are none */
extern const struct problem calibrate_costs;     /* 422: costs that are not finite, below 0 or both 0 */

enum calibration_kind { CALIBRATION_PLATT = 1, CALIBRATION_ISOTONIC };

struct calibration {
	enum calibration_kind kind;
	double a, b;            /* Platt */
	size_t points;          /* isotonic; both rise, score strictly */
	double *score, *chance; /* (points) */
};

/* y (rows): 0 or 1, asserted */
problem calibrate_platt(const double *score, const uint8_t *y, size_t rows, struct calibration *ret) MUST;
problem calibrate_isotonic(struct arena *arena, const double *score, const uint8_t *y, size_t rows, struct calibration *ret) MUST;

/* Within [0, 1]. Isotonic: below the first and above the last score as there. NaN for NaN. */
double calibrated(const struct calibration *c, double score);

void calibration_save(const struct calibration *c, struct buffer *b);
problem calibration_load(struct arena *arena, const struct saved *s, struct calibration *ret) MUST; /* finite, rising, within [0, 1] */

/* What a mistake costs, in any one unit: a call for nothing, a buyer or a leaver overlooked. */
struct costs {
	double false_alarm, missed;
};

/* Above which chance it is worth to act, if chances come true: false_alarm / (false_alarm + missed). */
double threshold_of_costs(struct costs costs);

struct threshold {
	double at;   /* act where the score is at least this; infinite: nowhere, minus infinite: everywhere */
	double cost; /* of all rows */
	size_t caught, false_alarms, missed, left_alone;
};

/* What would have cost least on these rows; of equal ones the highest threshold. Scores of any scale. */
problem threshold_best(const double *score, const uint8_t *y, size_t rows, struct costs costs, struct threshold *ret) MUST;

/* The same rows, told for a threshold that is given. */
struct threshold threshold_at(const double *score, const uint8_t *y, size_t rows, struct costs costs, double at);

#endif
