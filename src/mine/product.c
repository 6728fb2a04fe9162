#include "mine/product.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "num/num.h"

const struct problem product_unfit = { 422, "product-unfit", "There is nothing to tell of, or an amount or a day that is none." };
const struct problem product_long = { 422, "product-long", "Purchases are more than 1,000 months apart: a day may be mistyped." };

/* ---- days (Howard Hinnant, chrono-compatible low-level date algorithms) ---- */

static int32_t days_from_civil(int year, int month, int day)
{
	int y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int32_t days, int *year, int *month, int *day)
{
	int z = days + 719468, era = z / 146097, of_era = z - era * 146097;
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

static bool digits(struct text t, size_t from, size_t count, int *ret)
{
	*ret = 0;
	if (from + count > t.length)
		return false;
	for (size_t i = from; i < from + count; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		*ret = *ret * 10 + t.at[i] - '0';
	}
	return true;
}

bool product_day(struct text date, int32_t *ret)
{
	bool plain = date.length == 8;
	int year, month, day, y, m, d;

	if (!digits(date, 0, 4, &year) || !digits(date, plain ? 4 : 5, 2, &month) || !digits(date, plain ? 6 : 8, 2, &day))
		return false;
	if (!plain && (date.at[4] != '-' || date.at[7] != '-' || (date.length > 10 && date.at[10] != 'T' && date.at[10] != ' ')))
		return false;
	if (year < 1900 || month < 1 || month > 12 || day < 1)
		return false;
	*ret = days_from_civil(year, month, day);
	civil_of(*ret, &y, &m, &d);
	return d == day && m == month;
}

int32_t product_month(int32_t day)
{
	int y, m, d;

	civil_of(day, &y, &m, &d);
	return (y - 1970) * 12 + m - 1;
}

void product_date_of(int32_t day, char ret[16])
{
	int y, m, d;

	civil_of(day, &y, &m, &d);
	snprintf(ret, 16, "%04d-%02u-%02u", y % 10000, (unsigned)m % 100, (unsigned)d % 100);
}

static problem check_purchases(const struct purchases *p)
{
	if (!p->rows || !p->customers || p->rows > UINT32_MAX || p->customers > UINT32_MAX)
		return &product_unfit;
	for (size_t i = 0; i < p->rows; i++) {
		assert(p->customer[i] < p->customers);
		if (abs(p->day[i]) > 4000000 || (p->amount && !isfinite(p->amount[i])))
			return &product_unfit;
	}
	return NULL;
}

/* ---- recency, frequency, monetary value ---- */

struct ranked {
	double value;
	uint32_t customer;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Upwards: equal ones are in the fifth in which the middle of their ranks lies. */
static void take_fifths(struct ranked *all, size_t count, size_t field, struct rfm *ret)
{
	qsort(all, count, sizeof *all, by_value);
	for (size_t from = 0, end; from < count; from = end) {
		for (end = from; end < count && all[end].value == all[from].value;)
			end++;
		for (size_t i = from; i < end; i++)
			((unsigned char *)&ret[all[i].customer] + field)[0] = (unsigned char)(1 + (from + end - 1) * 5 / (2 * count));
	}
}

static void score(struct arena *arena, size_t customers, struct rfm *ret)
{
	struct ranked *all = ARENA_ARRAY(arena, struct ranked, customers);
	const size_t fields[] = { offsetof(struct rfm, r), offsetof(struct rfm, f), offsetof(struct rfm, m) };

	for (int k = 0; k < 3; k++) {
		size_t count = 0;

		for (uint32_t i = 0; i < customers; i++) {
			const double values[] = { -(double)ret[i].recency, ret[i].frequency, ret[i].monetary };

			if (ret[i].frequency)
				all[count++] = (struct ranked){ values[k], i };
		}
		take_fifths(all, count, fields[k], ret);
	}
}

problem rfm_of(struct arena *arena, const struct purchases *p, int32_t as_of, struct rfm *ret)
{
	problem why = check_purchases(p);

	if (why)
		return why;
	for (size_t i = 0; i < p->customers; i++)
		ret[i] = (struct rfm){ .recency = -1 };
	for (size_t i = 0; i < p->rows; i++) {
		struct rfm *of = &ret[p->customer[i]];

		if (p->day[i] > as_of)
			continue;
		if (!of->frequency++ || as_of - p->day[i] < of->recency)
			of->recency = as_of - p->day[i];
		of->monetary += p->amount ? p->amount[i] : 0;
	}
	score(arena, p->customers, ret);
	for (size_t i = 0; i < p->customers && !p->amount; i++)
		ret[i].m = ret[i].f;
	return NULL;
}

const char *rfm_segment(const struct rfm *r)
{
	int much = (r->f + r->m + 1) / 2;

	if (!r->frequency)
		return "no purchase";
	if (r->r >= 4)
		return r->frequency == 1 ? "new" : much >= 4 ? "champions" : much == 3 ? "loyal" : "promising";
	if (r->r == 3)
		return much >= 4 ? "loyal" : much == 3 ? "need attention" : "about to sleep";
	return much == 5 ? "cannot lose" : much >= 3 ? "at risk" : r->r == 2 ? "hibernating" : "lost";
}

/* sum of (2 i - n - 1) x_i by n sum of x_i, x sorted upwards */
problem gini(struct arena *arena, const double *x, size_t n, double *ret)
{
	struct ranked *sorted = ARENA_ARRAY(arena, struct ranked, n);
	real sum = 0, weighed = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(x[i] >= 0) || !isfinite(x[i]))
			return &product_unfit;
		sorted[i].value = x[i];
	}
	qsort(sorted, n, sizeof *sorted, by_value);
	for (size_t i = 0; i < n; i++) {
		sum += sorted[i].value;
		weighed += (2 * (real)i + 1 - (real)n) * sorted[i].value;
	}
	if (!(sum > 0))
		return &product_unfit;
	*ret = (double)(weighed / ((real)n * sum));
	return NULL;
}

/* ---- who comes back ---- */

problem retention_of(struct arena *arena, const struct purchases *p, const int32_t *period, struct retention *ret)
{
	problem why = check_purchases(p);
	int32_t first = INT32_MAX, last = INT32_MIN, *cohort;
	uint32_t *active;
	bool *seen;
	size_t periods;

	if (why)
		return why;
	cohort = ARENA_ARRAY(arena, int32_t, p->customers);
	for (size_t i = 0; i < p->customers; i++)
		cohort[i] = INT32_MAX;
	for (size_t i = 0; i < p->rows; i++) {
		cohort[p->customer[i]] = period[i] < cohort[p->customer[i]] ? period[i] : cohort[p->customer[i]];
		first = period[i] < first ? period[i] : first;
		last = period[i] > last ? period[i] : last;
	}
	if ((int64_t)last - first >= RETENTION_PERIODS_MAX)
		return &product_long;
	periods = (size_t)(last - first) + 1;
	seen = ARENA_ARRAY(arena, bool, p->customers * periods);
	active = ARENA_ARRAY(arena, uint32_t, periods * periods);
	for (size_t i = 0; i < p->rows; i++) {
		size_t at = (size_t)(period[i] - first), of = (size_t)(cohort[p->customer[i]] - first);

		active[of * periods + at] += !seen[p->customer[i] * periods + at];
		seen[p->customer[i] * periods + at] = true;
	}
	*ret = (struct retention){ periods, periods, first, active };
	return NULL;
}

/* ---- a shop's lines ---- */

/* Different things by their texts; a slot has the place of a line, from 1. */
struct seen {
	const struct sale_lines *lines;
	bool (*is_same)(const struct sale_lines *l, size_t a, size_t b);
	uint64_t (*hash)(const struct sale_lines *l, size_t i);
	uint32_t *slot;
	size_t slots;
};

static struct text item_of(const struct sale_lines *l, size_t i) { return text_trim(l->description[i]); }

static uint64_t mix(uint64_t a, uint64_t b) { return (a ^ b >> 29 ^ b << 7) * 0x9E3779B97F4A7C15u; }

static uint64_t hash_customer(const struct sale_lines *l, size_t i) { return text_hash(l->customer[i]); }
static uint64_t hash_item(const struct sale_lines *l, size_t i) { return text_hash(item_of(l, i)); }
static uint64_t hash_basket(const struct sale_lines *l, size_t i) { return mix(text_hash(l->customer[i]), text_hash(l->time[i])); }
static uint64_t hash_in_basket(const struct sale_lines *l, size_t i) { return mix(hash_basket(l, i), hash_item(l, i)); }
static uint64_t hash_line(const struct sale_lines *l, size_t i)
{
	return mix(mix(hash_basket(l, i), text_hash(l->description[i])), (uint64_t)(int64_t)l->quantity[i]);
}

static bool same_customer(const struct sale_lines *l, size_t a, size_t b) { return text_eq(l->customer[a], l->customer[b]); }
static bool same_item(const struct sale_lines *l, size_t a, size_t b) { return text_eq(item_of(l, a), item_of(l, b)); }
static bool same_basket(const struct sale_lines *l, size_t a, size_t b) { return same_customer(l, a, b) && text_eq(l->time[a], l->time[b]); }
static bool same_in_basket(const struct sale_lines *l, size_t a, size_t b) { return same_basket(l, a, b) && same_item(l, a, b); }
static bool same_line(const struct sale_lines *l, size_t a, size_t b)
{
	return same_basket(l, a, b) && text_eq(l->description[a], l->description[b]) && text_eq(l->country[a], l->country[b])
		&& l->quantity[a] == l->quantity[b] && l->price[a] == l->price[b];
}

static struct seen seen_new(struct arena *arena, const struct sale_lines *l, bool (*is_same)(const struct sale_lines *, size_t, size_t),
                            uint64_t (*hash)(const struct sale_lines *, size_t))
{
	struct seen s = { l, is_same, hash, NULL, 16 };

	while (s.slots < 2 * l->rows)
		s.slots *= 2;
	s.slot = ARENA_ARRAY(arena, uint32_t, s.slots);
	return s;
}

/* Is it the first of its kind? */
static bool is_first(struct seen *s, size_t i)
{
	size_t at = s->hash(s->lines, i) & (s->slots - 1);

	for (; s->slot[at]; at = (at + 1) & (s->slots - 1)) {
		if (s->is_same(s->lines, s->slot[at] - 1, i))
			return false;
	}
	s->slot[at] = (uint32_t)i + 1;
	return true;
}

static void count_line(const struct sale_lines *l, size_t i, struct sale_report *r)
{
	r->no_customer += !l->customer[i].length;
	r->no_description += !item_of(l, i).length;
	r->no_quantity += !(l->quantity[i] > 0);
	r->no_price += !(l->price[i] > 0);
}

problem sales_clean(struct arena *arena, const struct sale_lines *lines, enum sale_kind *kind, struct sale_report *ret)
{
	struct seen line = seen_new(arena, lines, same_line, hash_line), customer = seen_new(arena, lines, same_customer, hash_customer);
	struct seen item = seen_new(arena, lines, same_item, hash_item), basket = seen_new(arena, lines, same_basket, hash_basket);
	struct seen in_basket = seen_new(arena, lines, same_in_basket, hash_in_basket);
	struct sale_report r = { .rows = lines->rows };
	real revenue = 0, once = 0;

	if (!lines->rows || lines->rows > UINT32_MAX / 4)
		return &product_unfit;
	for (size_t i = 0; i < lines->rows; i++) {
		bool is_new, clean;

		if (!(fabs(lines->quantity[i]) < 1e15) || !(fabs(lines->price[i]) < 1e15))
			return &product_unfit;
		is_new = is_first(&line, i);
		clean = lines->customer[i].length && item_of(lines, i).length && lines->quantity[i] > 0 && lines->price[i] > 0;
		count_line(lines, i, &r);
		r.repeated += !is_new;
		if (kind)
			kind[i] = !clean ? SALE_UNFIT : is_new ? SALE_CLEAN : SALE_REPEATED;
		if (!clean)
			continue;
		r.clean++;
		r.clean_once += is_new;
		revenue += (real)lines->quantity[i] * lines->price[i];
		once += is_new ? (real)lines->quantity[i] * lines->price[i] : 0;
		r.customers += is_first(&customer, i);
		r.items += is_first(&item, i);
		r.baskets += is_first(&basket, i);
		r.in_baskets += is_first(&in_basket, i);
	}
	r.revenue = (double)revenue;
	r.revenue_once = (double)once;
	*ret = r;
	return NULL;
}
