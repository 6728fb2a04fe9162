/* regression.h - y explained by columns: linear (least squares) and logistic (will it happen?), with what their numbers are worth.
 * Arrays in, arrays out, in the caller's arena. What makes no model is a problem with its place, never a number. */
#ifndef STATS_REGRESSION_H
#define STATS_REGRESSION_H

#include "base/arena.h"
#include "num/qr.h"
#include "stats/stats.h"

extern const struct problem regression_short;     /* not more rows than columns */
extern const struct problem regression_value;     /* place: a value that is no finite number, as a power may be */
extern const struct problem regression_range;     /* place.column: its coefficient, or the error of it, is beyond all doubles */
extern const struct problem regression_constant;  /* place.column: all its values are equal */
extern const struct problem regression_collinear; /* place.column: it is a sum of columns before it */
extern const struct problem regression_outcome;   /* place.row: not 0 or 1 */
extern const struct problem regression_separated; /* place.column: the outcome is told without error, so no coefficient is largest */
extern const struct problem regression_endless;   /* Newton's steps came to no end */

/* The columns of x, and y (x.rows). With an intercept the first column is all 1. They are `real` so that powers
 * of a column, and decimal digits, are not rounded before they are used. */
struct design {
	struct matrix x;
	real *y;
	bool intercept;
};

/* Row and column from 0; column x.columns is y. */
struct place {
	size_t row, column;
};

/* Columns with the intercept's; which is filled in. */
struct design design_new(struct arena *arena, size_t rows, size_t columns, bool intercept);

struct coefficient {
	double estimate, error; /* its standard error */
	double statistic, p, log_p; /* estimate / error; is it 0? by t, or for a logistic model by the normal distribution */
	struct interval within; /* with the level that was asked */
	double inflation;       /* variance inflation factor: 1 / (1 - R^2 of this column by the others); NaN for the intercept */
};

/* ---- linear ---- */

struct linear {
	size_t rows, columns;
	bool intercept, exact;  /* exact: no residual is left; then errors are 0 and what is divided by them is NaN */
	struct coefficient *of; /* (columns) */
	double freedom, sigma;  /* rows - columns; residual standard error */
	double r2, adjusted;    /* without an intercept against 0 instead of the mean, as everybody does */
	struct verdict f;       /* all columns but the intercept at once; f.freedom: how many they are */
	double log_likelihood, aic, bic;
	double condition;       /* of columns of length 1; above 30 look at the inflation, above 1000 at the question */
	double durbin_watson;   /* 2: neighbours' residuals have nothing in common */
	struct verdict breusch_pagan; /* Koenker's form: does the size of the residuals depend on the columns? NaN without an intercept */
	double *fitted, *residual, *leverage, *cook; /* (rows) */
	real *inverse, *b;      /* (columns, columns) (X'X)^-1; (columns) */
};

/* From so many rows on, where no columns are near to each other, R is made in double: coefficients keep their digits, the rest twelve. */
enum { LINEAR_TALL = 100000 };

/* level: of the coefficients' intervals, as .95. *where is filled for problems that have a place. */
problem linear_fit(struct arena *arena, const struct design *d, double level, struct linear *ret, struct place *where) MUST;

struct prediction {
	double value;
	struct interval mean; /* of all rows like this one */
	struct interval one;  /* of one such row */
};

/* row (columns), with the intercept's 1; NaN where a value is none */
problem linear_predict(const struct linear *m, const double *row, double level, struct prediction *ret) MUST;

/* ---- logistic ---- */

struct logistic {
	size_t rows, columns;
	int rounds;             /* of Newton's method */
	bool intercept;
	struct coefficient *of; /* (columns) of the logarithm of the odds; statistic: Wald's z; exp of estimate and interval: odds ratio */
	double log_likelihood, deviance, null_deviance; /* null: with the intercept alone, or every chance 1/2 without */
	struct verdict whole;   /* null deviance - deviance: all columns but the intercept at once */
	double mcfadden, nagelkerke; /* two of the numbers called R^2: shares of the log-likelihood, of what it could at most tell */
	double aic, bic;
	double *probability;    /* (rows) fitted */
	real *inverse, *b;      /* (columns, columns) covariance; (columns) */
};

/* y: 0 or 1 */
problem logistic_fit(struct arena *arena, const struct design *d, double level, struct logistic *ret, struct place *where) MUST;

struct chance {
	double value;
	struct interval within; /* of the chance of all rows like this one */
};

problem logistic_predict(const struct logistic *m, const double *row, double level, struct chance *ret) MUST;

#endif
