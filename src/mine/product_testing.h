/* product_testing.h - for the tests: purchases of cdnow/, where they are beside the source. */
#ifndef MINE_PRODUCT_TESTING_H
#define MINE_PRODUCT_TESTING_H

#include "stats/testing.h"

struct cdnow {
	size_t rows, customers;
	uint32_t *customer; /* from 0, in the order of the file */
	int32_t *day;       /* since 1970-01-01 */
	double *amount;
};

/* Days since 1970-01-01 of 19970131, by counting */
static inline int32_t cdnow_day(int date)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	int year = date / 10000, month = date / 100 % 100, days = 0;

	for (int y = 1970; y < year; y++)
		days += y % 4 == 0 ? 366 : 365;
	return days + before[month - 1] + (month > 2 && year % 4 == 0) + date % 100 - 1;
}

/* Lines of `customer date pieces amount` after `skip` words, in the order of customers. false without the file. */
static inline bool cdnow_read(struct arena *to, const char *name, struct cdnow *ret)
{
	bool sample = strstr(name, "sample") != NULL;
	gzFile file = mining_open(name);
	char line[256];
	int last = -1;

	if (!file)
		return false;
	*ret = (struct cdnow){ 0, 0, ARENA_ARRAY(to, uint32_t, 70000), ARENA_ARRAY(to, int32_t, 70000), ARENA_ARRAY(to, double, 70000) };
	if (sample)
		assert_non_null(gzgets(file, line, sizeof line));
	while (gzgets(file, line, sizeof line)) {
		int id, date, pieces, read;
		double amount;

		read = sample ? sscanf(line, "%*d,%d,%d,%d,%lf", &id, &date, &pieces, &amount) : sscanf(line, "%d %d %d %lf", &id, &date, &pieces, &amount);
		assert_int_equal(read, 4);
		assert_true(ret->rows < 70000);
		ret->customers += id != last;
		last = id;
		ret->customer[ret->rows] = (uint32_t)ret->customers - 1;
		ret->day[ret->rows] = cdnow_day(date);
		ret->amount[ret->rows++] = amount;
	}
	gzclose(file);
	return true;
}

#endif
