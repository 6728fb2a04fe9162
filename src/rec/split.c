/* split.c - which rows of a log are learned from, and which are asked. */
#include "rec/evaluate.h"

#include "num/memory.h"

#include <assert.h>
#include <stdlib.h>

#include "num/order.h"
#include "num/random.h"

const struct problem split_no_times = { 422, "split-no-times", "Without times there is no split by time." };
const struct problem split_nothing = { 422, "split-nothing", "The split leaves nothing to learn from, or nothing to ask." };

/* Rows of each user in order */
struct histories {
	size_t *start, *row;
};

static struct histories histories_of(const struct interactions *m)
{
	struct histories h = { array_of((size_t)m->users + 1, sizeof *h.start), array_of(m->count, sizeof *h.row) };

	interactions_order(m, h.start, h.row);
	return h;
}

static void histories_free(struct histories *h)
{
	free(h->start);
	free(h->row);
}

/* What became of the log; tied: of how many users rows of the same time stand on both sides of the cut. */
static problem split_told(const struct interactions *m, const uint8_t *parts, int64_t since, size_t tied, struct split *ret)
{
	struct split s = { .since = since };
	uint8_t *asked = array_of(m->users, 1);

	for (size_t i = 0; i < m->count; i++) {
		s.train += parts[i] == PART_TRAIN;
		s.known += parts[i] == PART_KNOWN;
		s.validation += parts[i] == PART_VALIDATION;
		s.test += parts[i] == PART_TEST;
		s.left_out += parts[i] == PART_LEFT_OUT;
		if (parts[i] == PART_TEST)
			asked[m->user[i]] = 1;
	}
	for (size_t u = 0; u < m->users; u++)
		s.users += asked[u];
	free(asked);
	s.tied = s.users ? (double)tied / (double)s.users : 0;
	if (!s.train || !s.test)
		return &split_nothing;
	*ret = s;
	return NULL;
}

/* ---- by time ---- */

/* How many stand before the last `share`: of 10 rows .9 are 9, though 10 (1 - .9) is a little below 1 in doubles. */
static size_t before_last(size_t count, double share)
{
	size_t before = (size_t)((1 - share) * (double)count * (1 + 1e-12));

	return before < count ? before : count - 1;
}

problem split_by_time(const struct interactions *m, double validation, double test, uint8_t *parts, struct split *ret)
{
	int64_t *sorted, first, since;

	assert(test > 0 && validation >= 0 && test + validation < 1);
	if (!m->time)
		return &split_no_times;
	if (!m->count)
		return &split_nothing;
	sorted = array_of(m->count, sizeof *sorted);
	memcpy(sorted, m->time, m->count * sizeof *sorted);
	qsort(sorted, m->count, sizeof *sorted, order_i64);
	since = sorted[before_last(m->count, test)];
	first = sorted[before_last(m->count, test + validation)];
	free(sorted);
	for (size_t i = 0; i < m->count; i++)
		parts[i] = m->time[i] >= since ? PART_TEST : m->time[i] >= first ? PART_VALIDATION : PART_TRAIN;
	return split_told(m, parts, since, 0, ret);
}

/* ---- each user's last ---- */

static bool is_tied(const struct interactions *m, const size_t *row, size_t last)
{
	return !m->time || m->time[row[last]] == m->time[row[last - 1]];
}

problem split_leave_last(const struct interactions *m, bool validation, uint8_t *parts, struct split *ret)
{
	struct histories h = histories_of(m);
	size_t tied = 0, least = validation ? 3 : 2;

	memset(parts, PART_TRAIN, m->count);
	for (size_t u = 0; u < m->users; u++) {
		const size_t *row = h.row + h.start[u];
		size_t n = h.start[u + 1] - h.start[u];

		if (n < least)
			continue;
		parts[row[n - 1]] = PART_TEST;
		if (validation)
			parts[row[n - 2]] = PART_VALIDATION;
		tied += is_tied(m, row, n - 1) || (validation && is_tied(m, row, n - 2));
	}
	histories_free(&h);
	return split_told(m, parts, 0, tied, ret);
}

/* ---- whole users ---- */

/* Whom to hold out: the first of a shuffle of those who have two rows; returns how many. */
static uint32_t held_out(const struct histories *h, uint32_t users, double share, uint64_t seed, uint32_t *who)
{
	struct random r = random_of(seed, UINT64_MAX);
	uint32_t count = 0;

	for (uint32_t u = 0; u < users; u++) {
		if (h->start[u + 1] - h->start[u] >= 2)
			who[count++] = u;
	}
	random_shuffle(&r, who, count);
	return (uint32_t)(share * (double)count + .5);
}

static void shuffle_rows(size_t *row, size_t count, struct random r)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = random_below(&r, (uint32_t)i), kept = row[i - 1];

		row[i - 1] = row[other];
		row[other] = kept;
	}
}

problem split_users(const struct interactions *m, double share, uint64_t seed, uint8_t *parts, struct split *ret)
{
	struct histories h = histories_of(m);
	uint32_t *who = array_of(m->users, sizeof *who), count = held_out(&h, m->users, share, seed, who);
	size_t tied = 0;

	assert(share > 0 && share < 1);
	memset(parts, PART_TRAIN, m->count);
	for (uint32_t k = 0; k < count; k++) {
		size_t *row = h.row + h.start[who[k]], n = h.start[who[k] + 1] - h.start[who[k]], told = n * 4 / 5;

		told = told ? told : 1;
		tied += m->time && is_tied(m, row, told);
		if (!m->time)
			shuffle_rows(row, n, random_of(seed, who[k]));
		for (size_t i = 0; i < n; i++)
			parts[row[i]] = i < told ? PART_KNOWN : PART_TEST;
	}
	free(who);
	histories_free(&h);
	return split_told(m, parts, 0, tied, ret);
}
