/* points.c - sums in long double: a mean of large equal numbers is that number. */
#include "mine/points.h"

#include <math.h>

#include "num/num.h"

const struct problem points_unfit = { 422, "points-unfit", "There is no row, or a value that is no finite number below 1e100, or there are too many." };

problem points_check(const struct points *p)
{
	if (!p->rows || !p->columns || p->rows > POINTS_CELLS_MAX / p->columns)
		return &points_unfit;
	for (size_t i = 0; i < p->rows * p->columns; i++) {
		if (!(fabs(p->at[i]) < 1e100))
			return &points_unfit;
	}
	return NULL;
}

void points_standardise(const struct points *p, double *mean, double *sd, double *at)
{
	for (size_t j = 0; j < p->columns; j++) {
		real sum = 0, squares = 0, about_zero = 0;

		for (size_t i = 0; i < p->rows; i++)
			sum += p->at[i * p->columns + j];
		sum /= (real)p->rows;
		for (size_t i = 0; i < p->rows; i++) {
			real x = p->at[i * p->columns + j];

			squares += (x - sum) * (x - sum);
			about_zero += x * x;
		}
		mean[j] = (double)sum;
		sd[j] = real_is_rounding(squares, about_zero) ? 0 : (double)sqrtl(squares / (real)p->rows);
	}
	for (size_t i = 0; i < p->rows; i++) {
		for (size_t j = 0; j < p->columns; j++)
			at[i * p->columns + j] = sd[j] > 0 ? (p->at[i * p->columns + j] - mean[j]) / sd[j] : 0;
	}
}
