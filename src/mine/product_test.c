/* product_test.c - every value of truth/product_truth.csv: customers and cohorts of CDNOW, students who leave, a shop's dirty lines, BG/NBD as
 * published; and the same things by the obvious way on small data. */
#include "mine/product.h"
#include "mine/product_survival.h"
#include "mine/product_trial.h"
#include "mine/product_value.h"

#include "base/buffer.h"
#include "mine/product_testing.h"
#include "num/order.h"
#include "num/random.h"
#include "stats/regression.h"
#include "num/testing.h"

static double truth(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A value of truth/product_truth.csv by its key. */
static double truth(const char *format, ...)
{
	char key[128];
	va_list words;

	va_start(words, format);
	vsnprintf(key, sizeof key, format, words);
	va_end(words);
	return mining_truth_of("truth/product_truth.csv", key);
}

/* ---- days ---- */

static void days_are_days(void **state)
{
	char word[16];
	int32_t day, before = 0;

	(void)state;
	for (int32_t d = -25567; d < 60000; d++) {
		product_date_of(d, word);
		assert_true(product_day(text_of(word), &day));
		assert_int_equal(day, d);
		assert_true(d == -25567 || product_month(d) == before || product_month(d) == before + 1);
		before = product_month(d);
	}
	assert_true(product_day(TEXT("1970-01-01"), &day) && day == 0);
	assert_true(product_day(TEXT("19980630"), &day) && day == cdnow_day(19980630));
	assert_true(product_day(TEXT("2010-12-01T08:26"), &day) && product_month(day) == 491);
	assert_false(product_day(TEXT("2011-02-29"), &day));
	assert_false(product_day(TEXT("2011-13-01"), &day));
	assert_false(product_day(TEXT("2011-1-1"), &day));
	assert_false(product_day(TEXT("2011/01/01"), &day));
	assert_false(product_day(TEXT("01.02.2011"), &day));
	assert_false(product_day(TEXT(""), &day));
}

/* ---- customers of CDNOW ---- */

static bool read_cdnow(struct purchases *ret)
{
	struct cdnow d = { 0 };

	if (!cdnow_read(arena, "cdnow/CDNOW_master.txt.gz", &d))
		return false;
	*ret = (struct purchases){ d.rows, d.customers, d.customer, d.day, d.amount };
	return true;
}

static void customers_by_recency_frequency_and_money(void **state)
{
	struct purchases p = { 0 };
	struct rfm *rfm;
	double *recency, *money, frequency = 0, sum = 0, twice = 0, g;
	size_t fifths[6] = { 0 };

	(void)state;
	if (!read_cdnow(&p))
		skip();
	rfm = ARENA_ARRAY(arena, struct rfm, p.customers);
	recency = ARENA_ARRAY(arena, double, p.customers);
	money = ARENA_ARRAY(arena, double, p.customers);
	assert_done(rfm_of(arena, &p, cdnow_day(19980630), rfm));
	for (size_t i = 0; i < p.customers; i++) {
		recency[i] = rfm[i].recency;
		money[i] = rfm[i].monetary;
		frequency += rfm[i].frequency;
		sum += rfm[i].monetary;
		twice += rfm[i].frequency >= 2;
		fifths[rfm[i].r]++;
	}
	assert_true((double)p.customers == truth("rfm.n"));
	assert_near(frequency / (double)p.customers, truth("rfm.F.mean"));
	assert_near(sum / (double)p.customers, truth("rfm.M.mean"));
	assert_near(twice / (double)p.customers, truth("rfm.F>=2.share"));
	assert_done(gini(arena, money, p.customers, &g));
	assert_near(g, truth("gini.monetary"));
	qsort(recency, p.customers, sizeof *recency, order_f64);
	qsort(money, p.customers, sizeof *money, order_f64);
	assert_near(sample_quantile(recency, p.customers, .5), truth("rfm.R.median"));
	assert_near(sample_quantile(money, p.customers, .9), truth("rfm.M.p90.type7"));
	for (int k = 1; k <= 5; k++)
		assert_true(fabs((double)fifths[k] / (double)p.customers - .2) < .03);
}

static void cohorts_come_back(void **state)
{
	struct purchases p = { 0 };
	struct retention r;
	int32_t *month;
	char date[16];

	(void)state;
	if (!read_cdnow(&p))
		skip();
	month = ARENA_ARRAY(arena, int32_t, p.rows);
	for (size_t i = 0; i < p.rows; i++)
		month[i] = product_month(p.day[i]);
	assert_done(retention_of(arena, &p, month, &r));
	assert_int_equal(r.periods, 18);
	for (size_t cohort = 0; cohort < 3; cohort++) {
		for (size_t at = 0; at < 18; at++) {
			int m = r.first + (int)at, first = r.first + (int)cohort;

			assert_true(r.active[cohort * 18 + at] == truth("cohort.active.%d%02d.%d%02d", 1970 + first / 12, first % 12 + 1, 1970 + m / 12, m % 12 + 1));
		}
	}
	product_date_of(p.day[0], date);
	assert_string_equal(date, "1997-01-01");
}

static void small_customers(void **state)
{
	const uint32_t who[] = { 0, 0, 2, 2, 0 };
	const int32_t day[] = { 10, 12, 11, 40, 99 };
	const double amount[] = { 5, 7, 1, 2, 1000 }, shares[] = { 0, 0, 0, 8 }, alike[] = { 3, 3, 3 };
	const struct purchases p = { 5, 3, who, day, amount };
	struct rfm r[3];
	struct retention back;
	double g;

	(void)state;
	assert_done(rfm_of(arena, &p, 50, r));
	assert_true(r[0].recency == 38 && r[0].frequency == 2 && r[0].monetary == 12);
	assert_true(r[1].recency == -1 && r[1].frequency == 0 && r[1].r == 0);
	assert_true(r[2].recency == 10 && r[2].r > r[0].r && r[2].m < r[0].m && r[2].f == r[0].f);
	assert_string_equal(rfm_segment(&r[1]), "no purchase");
	assert_done(rfm_of(arena, &(struct purchases){ 5, 3, who, day, NULL }, 99, r)); /* without amounts names go by how often alone */
	assert_true(r[0].frequency == 3 && r[0].f == 3 && r[0].m == 3 && r[1].m == 0 && r[2].f == 1 && r[2].m == 1);
	assert_string_equal(rfm_segment(&(struct rfm){ .frequency = 9, .r = 5, .f = 5, .m = 5 }), "champions");
	assert_string_equal(rfm_segment(&(struct rfm){ .frequency = 1, .r = 1, .f = 1, .m = 1 }), "lost");
	assert_done(gini(arena, shares, 4, &g));
	assert_near(g, .75);
	assert_done(gini(arena, alike, 3, &g));
	assert_true(g == 0);
	assert_problem(gini(arena, shares, 3, &g), product_unfit);
	assert_problem(gini(arena, (const double[]){ 1, -1 }, 2, &g), product_unfit);
	assert_problem(gini(arena, (const double[]){ 1, NAN }, 2, &g), product_unfit);
	assert_done(retention_of(arena, &p, (const int32_t[]){ 3, 3, 3, 4, 6 }, &back));
	assert_memory_equal(back.active, ((const uint32_t[]){ 2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }), 64);
	assert_problem(retention_of(arena, &p, (const int32_t[]){ 3, 3, 3, 4, 6000 }, &back), product_long);
	assert_problem(rfm_of(arena, &(struct purchases){ 0 }, 50, r), product_unfit);
}

/* ---- students who leave ---- */

enum { STUDENTS = 32593 };
struct students {
	size_t count;
	double at[STUDENTS];
	bool left[STUDENTS];
	uint32_t woman[STUDENTS], disabled[STUDENTS];
};

static double length_of(const char *module, const char *presentation)
{
	gzFile file = mining_open("oulad/course.csv.gz");
	char line[256], wanted[64];
	double length = NAN;

	snprintf(wanted, sizeof wanted, "%s,%s,", module, presentation);
	while (gzgets(file, line, sizeof line))
		length = strncmp(line, wanted, strlen(wanted)) ? length : strtod(line + strlen(wanted), NULL);
	gzclose(file);
	return length;
}

/* Registered students, in the same order in both files; who left before the first day was never there, who left after the end stayed. */
static struct students *read_students(void)
{
	struct students *s = ARENA_NEW(arena, struct students);
	gzFile people = mining_open("oulad/student.csv.gz"), registrations = mining_open("oulad/student_registration.csv.gz");
	char person[512], line[256], last[64] = "";
	double length = 0;

	if (!people || !registrations)
		return NULL;
	assert_true(gzgets(people, person, sizeof person) && gzgets(registrations, line, sizeof line));
	while (gzgets(people, person, sizeof person) && gzgets(registrations, line, sizeof line)) {
		char course[64], *module, *presentation, *id, *end;
		size_t same = 0;

		while (person[same] == line[same]) /* module, presentation and student */
			same++;
		id = strchr(strchr(line, ',') + 1, ',') + 1;
		assert_true(line + same > strchr(id, ','));
		snprintf(course, sizeof course, "%.*s", (int)(id - line), line);
		end = strchr(strchr(id, ',') + 1, ',') + 1;
		if (strcmp(course, last)) {
			snprintf(last, sizeof last, "%s", course);
			module = strtok(course, ",");
			presentation = strtok(NULL, ",");
			length = length_of(module, presentation);
		}
		if (*end >= '0' ? strtod(end, NULL) <= 0 : *end == '-')
			continue;
		s->left[s->count] = *end >= '0' && strtod(end, NULL) <= length;
		s->at[s->count] = s->left[s->count] ? strtod(end, NULL) : length;
		s->woman[s->count] = strstr(person, ",F,") != NULL;
		s->disabled[s->count++] = strstr(person, ",TRUE,") != NULL;
	}
	gzclose(people);
	gzclose(registrations);
	return s;
}

static void students_leave(void **state)
{
	const int days[] = { 14, 30, 60, 90, 180, 240 };
	struct students *s = read_students();
	struct survival survival;
	struct verdict v;

	(void)state;
	if (!s)
		skip();
	const struct watched w = { s->count, s->at, s->left };
	assert_true((double)s->count == truth("km.n"));
	assert_done(survival_of(arena, &w, .95, &survival));
	assert_true((double)survival.events == truth("km.events"));
	assert_true(isnan(survival.median));
	for (size_t i = 0; i < 6; i++) {
		struct survival_step at = survival_at(&survival, days[i]);

		assert_near(at.survival, truth("km.S(%d)", days[i]));
		assert_near(at.error, truth("km.greenwood_se(%d)", days[i]));
		assert_true(at.within.low < at.survival && at.survival < at.within.high);
	}
	assert_done(survival_compare(arena, &w, s->disabled, 2, &v));
	assert_near(v.statistic, truth("logrank.disability.chi2"));
	assert_done(survival_compare(arena, &w, s->woman, 2, &v));
	assert_near(v.statistic, truth("logrank.gender.chi2"));
	assert_true(v.freedom == 1 && v.p > 1e-8 && v.p < 1e-6);
}

/* 6-MP against placebo (Freireich et al. 1963; Cox 1972): S(10) = .753, S(23) = .448, log-rank 16.79 */
static void patients_of_freireich(void **state)
{
	const double at[] = { 6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35,
		              1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23 };
	const double twice[] = { 1, 2, 3, 4 };
	bool left[42], stays[4] = { false };
	uint32_t group[42], of_three[42];
	struct survival s;
	struct verdict both, three;

	(void)state;
	for (size_t i = 0; i < 42; i++) {
		left[i] = i < 9 || i >= 21;
		group[i] = i >= 21;
		of_three[i] = i >= 21 ? 4 : 1; /* groups of nobody are none */
	}
	assert_done(survival_of(arena, &(struct watched){ 21, at, left }, .95, &s));
	assert_near(survival_at(&s, 10).survival, 6. / 7 * 16 / 17 * 14 / 15);
	assert_true(fabs(survival_at(&s, 10).error - .0963) < 5e-5);
	assert_true(fabs(survival_at(&s, 24).survival - .448) < 5e-4);
	assert_true(s.median == 23 && survival_at(&s, 5.9).survival == 1);
	assert_done(survival_compare(arena, &(struct watched){ 42, at, left }, group, 2, &both));
	assert_true(fabs(both.statistic - 16.79) < 5e-3);
	assert_done(survival_compare(arena, &(struct watched){ 42, at, left }, of_three, 6, &three));
	assert_near(three.statistic, both.statistic);
	for (size_t i = 0; i < 42; i++)
		of_three[i] = (uint32_t)(i % 3);
	assert_done(survival_compare(arena, &(struct watched){ 42, at, left }, of_three, 3, &three));
	assert_true(three.freedom == 2 && three.p > .05);
	assert_problem(survival_of(arena, &(struct watched){ 4, twice, stays }, .95, &s), survival_unfit);
	assert_problem(survival_of(arena, &(struct watched){ 0, twice, stays }, .95, &s), survival_unfit);
	assert_problem(survival_of(arena, &(struct watched){ 21, at, left }, 1, &s), level_unfit);
	assert_problem(survival_of(arena, &(struct watched){ 1, (const double[]){ -1 }, left }, .95, &s), survival_unfit);
	assert_problem(survival_of(arena, &(struct watched){ 1, (const double[]){ NAN }, left }, .95, &s), survival_unfit);
	assert_problem(survival_compare(arena, &(struct watched){ 21, at, left }, group, 2, &both), survival_unfit);
	assert_done(survival_of(arena, &(struct watched){ 2, (const double[]){ 0, 3 }, (const bool[]){ true, true } }, .95, &s)); /* gone at once */
	assert_true(survival_at(&s, 0).survival == .5 && s.median == 0);
}

/* 11/12 10/11 8/10 7/8 6/7 is a half, which no order of rounding may hide. */
static void half_is_found_however_it_is_rounded(void **state)
{
	static const double at[] = { 1, 3, 4, 4, 5, 7, 16, 22, 42, 43, 43, 46 };
	static const bool left[] = { true, true, true, true, true, true, true, true, true, true, true, true };
	struct survival s;

	(void)state;
	assert_done(survival_of(arena, &(struct watched){ 12, at, left }, .95, &s));
	assert_true(s.median == 7);
	assert_done(survival_of(arena, &(struct watched){ 11, at, left }, .95, &s));
	assert_true(s.median == 7);
}

static void who_was_gone_before_the_first_tells_of_no_difference(void **state)
{
	static const double at[] = { 1, 1.5, 2, 3, 4, 5, 6 };
	static const bool left[] = { false, false, true, true, true, false, true };
	struct verdict three, others;

	(void)state;
	assert_done(survival_compare(arena, &(struct watched){ 7, at, left }, (const uint32_t[]){ 0, 1, 1, 2, 1, 1, 2 }, 3, &three));
	assert_done(survival_compare(arena, &(struct watched){ 5, at + 2, left + 2 }, (const uint32_t[]){ 0, 1, 0, 0, 1 }, 2, &others));
	assert_true(three.statistic == others.statistic && three.freedom == 1 && three.p == others.p);
	assert_problem(survival_compare(arena, &(struct watched){ 7, at, left }, (const uint32_t[]){ 0, 1, 2, 2, 2, 2, 2 }, 3, &others), survival_unfit);
}

/* ---- a shop's dirty lines ---- */

static void lines_of_a_shop_are_cleaned(void **state)
{
	enum { LINES = 541909 };
	struct text rest = mining_text(arena, "retail/online_retail.tsv.gz", "");
	struct text *cells[4];
	double *quantity = ARENA_ARRAY(arena, double, LINES), *price = ARENA_ARRAY(arena, double, LINES);
	struct sale_report r;
	size_t rows = 0, clean = 0, repeated = 0;
	enum sale_kind *kind = ARENA_ARRAY(arena, enum sale_kind, LINES);

	(void)state;
	if (!rest.at)
		skip();
	for (int i = 0; i < 4; i++)
		cells[i] = ARENA_ARRAY(arena, struct text, LINES);
	for (; rest.length; rows++) {
		struct text line = text_cut(&rest, '\n');

		assert_true(rows < LINES);
		cells[0][rows] = text_cut(&line, '\t');
		quantity[rows] = strtod(arena_cstr(arena, text_cut(&line, '\t')), NULL);
		cells[1][rows] = text_cut(&line, '\t');
		price[rows] = strtod(arena_cstr(arena, text_cut(&line, '\t')), NULL);
		cells[2][rows] = text_cut(&line, '\t');
		cells[3][rows] = line;
	}
	assert_done(sales_clean(arena, &(struct sale_lines){ rows, cells[0], cells[1], cells[2], cells[3], quantity, price }, kind, &r));
	for (size_t i = 0; i < rows; i++)
		clean += kind[i] != SALE_UNFIT, repeated += kind[i] == SALE_REPEATED;
	assert_int_equal(clean, r.clean);
	assert_int_equal(clean - repeated, r.clean_once);
	assert_true((double)r.rows == truth("onlineretail.rows"));
	assert_true((double)r.no_customer == truth("onlineretail.missing_customer"));
	assert_true((double)r.no_description == truth("onlineretail.missing_description"));
	assert_true((double)r.no_quantity == truth("onlineretail.qty<=0"));
	assert_true((double)r.no_price == truth("onlineretail.price<=0"));
	assert_true((double)r.repeated == truth("onlineretail.exact_duplicate_rows(all 6 columns)"));
	assert_true((double)r.clean == truth("onlineretail.clean_rows(cust&qty>0&price>0&desc)"));
	assert_true((double)r.customers == truth("onlineretail.clean_customers"));
	assert_true(fabs(r.revenue - truth("onlineretail.clean_revenue")) < .005);
	assert_true((double)r.clean_once == truth("onlineretail.clean_dedup_rows"));
	assert_true(fabs(r.revenue_once - truth("onlineretail.clean_dedup_revenue")) < .005);
	assert_true((double)r.items == truth("onlineretail.items(trimmed desc)"));
	assert_true((double)r.baskets == truth("onlineretail.baskets(customer+minute)"));
	assert_true((double)r.in_baskets == truth("onlineretail.basket_item_occurrences"));
}

/* ---- what a customer is worth ---- */

static size_t read_sample(struct customer **ret)
{
	struct cdnow d = { 0 };

	if (!cdnow_read(arena, "cdnow/cdnowElog_sample.csv.gz", &d))
		return 0;
	*ret = ARENA_ARRAY(arena, struct customer, d.customers);
	assert_done(customers_of(arena, &(struct purchases){ d.rows, d.customers, d.customer, d.day, d.amount }, cdnow_day(19970930), 7, *ret));
	return d.customers;
}

static const struct bgnbd published = { .24259453, 4.41360238, .79292205, 2.42590691, 0 };

static void bgnbd_of_cdnow(void **state)
{
	struct customer *c;
	size_t n = read_sample(&c);
	struct bgnbd m;

	(void)state;
	if (!n)
		skip();
	assert_int_equal(n, 2357);
	assert_true(fabs(bgnbd_log_likelihood(&published, c, n) - truth("bgnbd.cdnow_sample.loglik")) < 1e-6);
	assert_done(bgnbd_fit(c, n, &m));
	assert_true(fabs(m.log_likelihood - truth("bgnbd.cdnow_sample.loglik")) < 1e-6);
	assert_within(m.r, truth("bgnbd.cdnow_sample.r"), 5e-6);
	assert_within(m.alpha, truth("bgnbd.cdnow_sample.alpha"), 5e-6);
	assert_within(m.a, truth("bgnbd.cdnow_sample.a"), 5e-6);
	assert_within(m.b, truth("bgnbd.cdnow_sample.b"), 5e-6);
}

/* Published with .243, 4.414, .793, 2.426: two repeats, the last after 30.43 of 38.86 weeks: 1.226 more in the 39 weeks to come */
static void bgnbd_foretells(void **state)
{
	const struct customer again = { 2, 30.43, 38.86, 0 }, none = { 0, 0, 20, 0 }, silent = { 8, 5, 39, 0 };
	const struct bgnbd whole = { .6, 3, 1.7, 2.2, 0 };
	double area = 0;

	(void)state;
	assert_true(fabs(bgnbd_expected(&published, &again, 39) - 1.226) < 5e-4);
	assert_true(bgnbd_alive(&published, &none) == 1);
	assert_true(bgnbd_alive(&published, &silent) < .01 && bgnbd_alive(&published, &again) > .5);
	assert_near(bgnbd_expected_new(&published, 0) + 1, 1);
	/* E X(t) for one rate and chance is (1 - exp(-l p t)) / p (equation 8); over both by midpoints */
	for (int i = 0; i < 2000; i++) {
		double p = (i + .5) / 2000, beta = exp(lgamma(3.9) - lgamma(1.7) - lgamma(2.2) + .7 * log(p) + 1.2 * log(1 - p));

		area += beta * (1 - pow(3 / (3 + p * 10), .6)) / p / 2000;
	}
	assert_within(bgnbd_expected_new(&whole, 10), area, 1e-4);
	assert_within(bgnbd_expected_new(&(struct bgnbd){ .6, 3, 1, 2.2, 0 }, 10), bgnbd_expected_new(&(struct bgnbd){ .6, 3, 1.00001, 2.2, 0 }, 10), 1e-4);
}

/* Fader and Hardie 2013: p 6.25, q 3.74, gamma 15.44 of the 946 who came back */
static void gamma_gamma_of_cdnow(void **state)
{
	struct customer *c;
	size_t n = read_sample(&c), back = 0;
	struct gamma_gamma m;

	(void)state;
	if (!n)
		skip();
	for (size_t i = 0; i < n; i++) {
		back += c[i].repeats > 0;
		if (c[i].repeats > 0 && !(c[i].spent > 0))
			c[i].repeats = 0, c[i].last = 0; /* free ones */
	}
	assert_int_equal(back, 946);
	assert_done(gamma_gamma_fit(c, n, &m));
	print_message("p %.4f q %.4f gamma %.4f\n", m.p, m.q, m.gamma);
	assert_true(fabs(m.p - 6.25) < .01 && fabs(m.q - 3.74) < .01 && fabs(m.gamma - 15.44) < .05);
	assert_near(gamma_gamma_expected(&m, &(struct customer){ 0 }), m.gamma * m.p / (m.q - 1));
	assert_near(gamma_gamma_expected(&m, &(struct customer){ 3, 1, 2, 40 }), (m.gamma + 120) * m.p / (m.p * 3 + m.q - 1));
}

static real log_beta(real a, real b) { return lgammal(a) + lgammal(b) - lgammal(a + b); }

/* Equation 6 as it stands, customer by customer */
static real slow_bgnbd(const struct bgnbd *m, const struct customer *c, size_t n)
{
	real r = m->r, alpha = m->alpha, a = m->a, b = m->b, sum = 0;

	for (size_t i = 0; i < n; i++) {
		real x = c[i].repeats, rate = lgammal(r + x) - lgammal(r) + r * logl(alpha);
		real here = expl(log_beta(a, b + x) - log_beta(a, b) + rate - (r + x) * logl(alpha + c[i].age));
		real gone = x > 0 ? expl(log_beta(a + 1, b + x - 1) - log_beta(a, b) + rate - (r + x) * logl(alpha + c[i].last)) : 0;

		sum += logl(here + gone);
	}
	return sum;
}

/* Equation 1a of the Gamma-Gamma paper, with the mean amount */
static real slow_gamma_gamma(const struct gamma_gamma *m, const struct customer *c, size_t n)
{
	real p = m->p, q = m->q, gamma = m->gamma, sum = 0;

	for (size_t i = 0; i < n; i++) {
		real x = c[i].repeats, z = c[i].spent;

		if (x > 0)
			sum += lgammal(p * x + q) - lgammal(p * x) - lgammal(q) + q * logl(gamma) + (p * x - 1) * logl(z) + p * x * logl(x)
				- (p * x + q) * logl(gamma + x * z);
	}
	return sum;
}

/* Many days and few, many alike and none, amounts whose product is no number: the sums that are made quickly are the slow ones. */
static void likelihoods_are_the_slow_ones(void **state)
{
	struct customer *c = ARENA_ARRAY(arena, struct customer, 3000);

	(void)state;
	for (uint64_t k = 0; k < 6; k++) {
		size_t n = k < 2 ? 1 + k : 3000;
		struct random r = random_of(5, k);
		double scale = k == 5 ? 1e200 : 10;

		for (size_t i = 0; i < n; i++) {
			double age = 1 + floor(50 * random_unit(&r)), part = random_unit(&r);

			c[i].repeats = fmax(0, floor((k == 3 ? 300 : 8) * random_unit(&r)) - 4);
			c[i].age = k == 4 ? age + random_unit(&r) : age;
			c[i].last = c[i].repeats > 0 ? k == 4 ? c[i].age * part : floor(age * part) : 0;
			c[i].spent = c[i].repeats > 0 ? scale * (random_unit(&r) + .01) : 0;
		}
		for (int j = 0; j < 20; j++) {
			struct bgnbd m = { exp(6 * random_unit(&r) - 3), exp(6 * random_unit(&r) - 3), exp(6 * random_unit(&r) - 3), exp(6 * random_unit(&r) - 3), 0 };
			struct gamma_gamma g = { m.r, m.a, m.alpha, 0 };

			assert_within(bgnbd_log_likelihood(&m, c, n), (double)slow_bgnbd(&m, c, n), 1e-12);
			if (slow_gamma_gamma(&g, c, n) != 0)
				assert_within(gamma_gamma_log_likelihood(&g, c, n), (double)slow_gamma_gamma(&g, c, n), 1e-12);
		}
	}
}

/* Customers made by the model itself have its parameters again, near enough. */
static void what_the_model_made_is_found_again(void **state)
{
	enum { MADE = 40000 };
	const struct bgnbd true_one = { 1.2, 5, 1.5, 4, 0 };
	struct customer *c = ARENA_ARRAY(arena, struct customer, MADE);
	struct bgnbd m;

	(void)state;
	for (size_t i = 0; i < MADE; i++) {
		struct random r = random_of(77, i);
		double rate = 0, chance, u, v, time = 0;

		do /* beta by Johnk, gamma of shape 1.2 by rejection from an exponential of the same mean */
			u = pow(random_unit(&r), 1 / true_one.a), v = pow(random_unit(&r), 1 / true_one.b);
		while (u + v > 1);
		chance = u / (u + v);
		do
			rate = -1.2 * log(1 - random_unit(&r));
		while (random_unit(&r) > pow(rate / 1.2, .2) * exp(.2 - rate * (1 - 1 / 1.2)));
		rate /= true_one.alpha;
		c[i].age = 20 + 20 * random_unit(&r);
		while (time -= log(1 - random_unit(&r)) / rate, time <= c[i].age) {
			c[i].repeats++;
			c[i].last = time;
			if (random_unit(&r) < chance)
				break;
		}
	}
	assert_done(bgnbd_fit(c, MADE, &m));
	print_message("r %.3f alpha %.3f a %.3f b %.3f\n", m.r, m.alpha, m.a, m.b);
	assert_within(m.r, true_one.r, .05);
	assert_within(m.alpha, true_one.alpha, .05);
	assert_within(m.a / (m.a + m.b), true_one.a / (true_one.a + true_one.b), .05);
}

static void what_says_nothing_of_worth(void **state)
{
	const struct customer once[] = { { 0, 0, 5, 0 }, { 0, 0, 7, 0 } }, late[] = { { 1, 9, 5, 1 }, { 1, 2, 5, 1 } }, half[] = { { .5, 1, 2, 1 }, { 0, 0, 1, 0 } };
	const struct customer alike[] = { { 2, 3, 5, 7 }, { 2, 3, 5, 7 }, { 3, 3, 5, 7 } }, free_of_charge[] = { { 2, 3, 5, 0 }, { 2, 3, 5, 7 } };
	struct bgnbd m;
	struct gamma_gamma g;
	struct customer c[2];

	(void)state;
	assert_problem(bgnbd_fit(once, 2, &m), value_flat);
	assert_problem(bgnbd_fit(late, 2, &m), value_unfit);
	assert_problem(bgnbd_fit(half, 2, &m), value_unfit);
	assert_problem(bgnbd_fit(once, 1, &m), value_unfit);
	assert_problem(gamma_gamma_fit(alike, 3, &g), value_flat);
	assert_problem(gamma_gamma_fit(free_of_charge, 2, &g), value_unfit);
	assert_problem(gamma_gamma_fit(once, 2, &g), value_unfit);
	assert_done(customers_of(arena, &(struct purchases){ 3, 2, (const uint32_t[]){ 1, 1, 1 }, (const int32_t[]){ 9, 2, 9 }, (const double[]){ 1, 2, 4 } }, 16, 7, c));
	assert_true(c[0].age == -1 && c[1].age == 2 && c[1].last == 1 && c[1].repeats == 1 && c[1].spent == 5);
}

/* ---- trials, and the rest of the file ---- */

static double is_true(const char *word) { return !strcmp(word, "TRUE"); }

static void a_trial_is_judged(void **state)
{
	struct trial_verdict v;

	(void)state;
	assert_done(trial_evaluate(&(struct trial){ { 2000, 2000 }, { 120, 150 }, 0, 0 }, &v));
	assert_near(v.difference, .015);
	assert_near(v.lift, .25);
	assert_true(!v.exact && !v.mismatch && v.mismatch_p == 1);
	assert_true(v.difference_within.low < 0 && v.difference_within.high > .03 && v.difference_within.high < .031);
	assert_true(v.power > .4 && v.power < .5 && v.least_seen > .015 && v.least_seen < .03);
	assert_true(v.lift_within.low < 0 && v.lift_within.high > .5);
	/* Newcombe 1998, table II, method 10: 56/70 - 48/80 lies within .0524 and .3339 */
	assert_done(trial_evaluate(&(struct trial){ { 80, 70 }, { 48, 56 }, 0, 0 }, &v));
	assert_true(fabs(v.difference_within.low - .0524) < 5e-5 && fabs(v.difference_within.high - .3339) < 5e-5);
	assert_done(trial_evaluate(&(struct trial){ { 821588, 815482 }, { 100, 100 }, 0, 0 }, &v)); /* Fabijan's: looks even, is not */
	assert_true(v.mismatch && v.mismatch_p < 2e-6);
	assert_done(trial_evaluate(&(struct trial){ { 1000, 9000 }, { 100, 900 }, .1, 0 }, &v));
	assert_true(!v.mismatch && v.p == 1);
	assert_done(trial_evaluate(&(struct trial){ { 4, 4 }, { 1, 3 }, 0, 0 }, &v));
	assert_true(v.exact);
	assert_near(v.p, 34 / 70.);
	assert_done(trial_evaluate(&(struct trial){ { 10, 10 }, { 0, 0 }, 0, 0 }, &v));
	assert_true(v.p == 1 && isnan(v.lift));
	assert_problem(trial_evaluate(&(struct trial){ { 10, 0 }, { 1, 0 }, 0, 0 }, &v), trial_unfit);
	assert_problem(trial_evaluate(&(struct trial){ { 10, 10 }, { 11, 0 }, 0, 0 }, &v), trial_unfit);
	assert_problem(trial_evaluate(&(struct trial){ { 10, 10 }, { 1, NAN }, 0, 0 }, &v), trial_unfit);
	assert_problem(trial_evaluate(&(struct trial){ { 10, 10 }, { 1, 1 }, 1, 0 }, &v), trial_unfit);
	assert_near(trial_significance(.05, 5), .01);
}

/* What is taken off is the regression on group and value before: the difference is that coefficient. */
static void what_was_before_is_taken_off(void **state)
{
	enum { EACH = 300 };
	struct design d = design_new(arena, 2 * EACH, 3, true);
	double *y[2], *x[2];
	struct random r = random_of(3, 3);
	struct trial_means m;
	struct linear of;
	struct place where;

	(void)state;
	for (int g = 0; g < 2; g++) {
		y[g] = ARENA_ARRAY(arena, double, EACH);
		x[g] = ARENA_ARRAY(arena, double, EACH);
		for (size_t i = 0; i < EACH; i++) {
			x[g][i] = 50 * random_unit(&r);
			y[g][i] = 7 + 2 * x[g][i] + 3 * g + 10 * random_unit(&r);
			matrix_column(&d.x, 1)[EACH * (size_t)g + i] = g;
			matrix_column(&d.x, 2)[EACH * (size_t)g + i] = x[g][i];
			d.y[EACH * (size_t)g + i] = y[g][i];
		}
	}
	assert_done(trial_means(arena, &(struct trial_values){ { EACH, EACH }, { y[0], y[1] }, { x[0], x[1] }, 0, 0 }, &m));
	assert_done(linear_fit(arena, &d, .95, &of, &where));
	assert_near(m.adjusted.difference, of.of[1].estimate);
	assert_near(m.slope, of.of[2].estimate);
	assert_true(m.variance_off > .95 && m.before_p > .01 && m.unknown == 0 && !m.mismatch);
	assert_true(m.adjusted.difference_within.low > 2 && m.adjusted.difference_within.high < 4 && m.adjusted.p < 1e-6 && m.plain.p > 1e-3);
	assert_true(m.adjusted.least_seen < m.plain.least_seen / 4);
	assert_true(m.adjusted.lift_within.low < m.adjusted.lift && m.adjusted.lift < m.adjusted.lift_within.high);
	x[0][7] = x[1][2] = NAN;
	assert_done(trial_means(arena, &(struct trial_values){ { EACH, EACH }, { y[0], y[1] }, { x[0], x[1] }, 0, 0 }, &m));
	assert_true(m.unknown == 2 && m.adjusted.p < 1e-6);
}

static void a_trial_of_means_that_makes_none(void **state)
{
	const double x[] = { 1, 2, 3 }, same[] = { 4, 4, 4 }, none[] = { NAN, NAN, NAN }, bad[] = { 1, INFINITY, 2 };
	struct trial_means m;

	(void)state;
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 1 }, { x, x }, { NULL, NULL }, 0, 0 }, &m), trial_unfit);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { x, bad }, { NULL, NULL }, 0, 0 }, &m), trial_unfit);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { x, x }, { NULL, NULL }, 1, 0 }, &m), trial_unfit);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { x, x }, { NULL, NULL }, 0, 1 }, &m), level_unfit);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { same, same }, { NULL, NULL }, 0, 0 }, &m), sample_groups_constant);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { x, x }, { same, same }, 0, 0 }, &m), trial_before);
	assert_problem(trial_means(arena, &(struct trial_values){ { 3, 3 }, { x, x }, { none, none }, 0, 0 }, &m), trial_before);
	assert_done(trial_means(arena, &(struct trial_values){ { 3, 3 }, { same, x }, { NULL, NULL }, 0, 0 }, &m));
	assert_true(isnan(m.plain.within[0].low) && m.plain.difference == -2 && m.plain.lift == -.5);
}

/* Page values on weekdays and at the weekend, by R's t.test */
static void a_trial_of_means_by_R(void **state)
{
	double *value = ARENA_ARRAY(arena, double, 12330), *weekend = ARENA_ARRAY(arena, double, 12330), *of[2];
	size_t rows = mining_column("tabular/online_shoppers_intention.csv.gz", ',', 8, NULL, value), n[2] = { 0 };
	struct trial_means m;

	(void)state;
	if (!rows)
		skip();
	mining_column("tabular/online_shoppers_intention.csv.gz", ',', 16, is_true, weekend);
	for (int g = 0; g < 2; g++)
		of[g] = ARENA_ARRAY(arena, double, rows);
	for (size_t i = 0; i < rows; i++)
		of[weekend[i] > 0][n[weekend[i] > 0]++] = value[i];
	assert_done(trial_means(arena, &(struct trial_values){ { n[0], n[1] }, { of[0], of[1] }, { NULL, NULL }, 0, 0 }, &m));
	assert_near(m.plain.p, mining_truth("welch.p"));
	assert_near(m.plain.freedom, mining_truth("welch.df"));
	assert_near(m.plain.difference_within.low, -mining_truth("welch.ci.hi"));
	assert_near(m.plain.difference_within.high, -mining_truth("welch.ci.lo"));
}

static void a_trial_by_R(void **state)
{
	const double shown[] = { 1694, 10551 }, did[] = { 422, 1470 };
	gzFile file = mining_open("truth/stats_truth.csv");
	struct trial_verdict v;

	(void)state;
	if (!file)
		skip();
	gzclose(file);
	assert_done(trial_evaluate(&(struct trial){ { shown[0], shown[1] }, { did[0], did[1] }, 0, 0 }, &v));
	assert_near(v.p, mining_truth("ab.p"));
	assert_true(v.mismatch);
	assert_done(trial_evaluate(&(struct trial){ { 2000, 2000 }, { 120, 150 }, 0, 0 }, &v));
	assert_near(v.p, mining_truth("ab2.p"));
}

static void the_worked_example_and_a_chance(void **state)
{
	double *pages = ARENA_ARRAY(arena, double, 12330), *bought = ARENA_ARRAY(arena, double, 12330), counts[4] = { 0 };
	size_t rows = mining_column("tabular/online_shoppers_intention.csv.gz", ',', 4, NULL, pages);
	struct distribution d;

	(void)state;
	if (!rows)
		skip();
	mining_column("tabular/online_shoppers_intention.csv.gz", ',', 17, is_true, bought);
	for (size_t i = 0; i < rows; i++) {
		counts[0] += pages[i] == 10 && bought[i];
		counts[1] += pages[i] == 10;
		counts[2] += pages[i] >= 6 && pages[i] <= 10 && bought[i];
		counts[3] += pages[i] >= 6 && pages[i] <= 10;
	}
	assert_true(counts[0] == truth("osi.P(Revenue|ProductRelated=10).k") && counts[1] == truth("osi..n"));
	assert_true(counts[2] == truth("osi.P(Revenue|6<=ProductRelated<=10).k") && counts[3] == truth("osi..n2"));
	assert_done(normal_of_variance(10, 5, &d));
	assert_near((double)distribution_tails(&d, 15).upper, truth("worked.example.P(X>15) mean10 var5"));
	assert_done(normal_of_sd(10, 5, &d));
	assert_near((double)distribution_tails(&d, 15).upper, truth("worked.example.P(X>15) mean10 sd5"));
	assert_done(poisson_of(10, &d));
	assert_near((double)distribution_tails(&d, 15).upper, truth("worked.example.P(X>15) Poisson(10)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_days),
		cmocka_unit_test(customers_by_recency_frequency_and_money),
		cmocka_unit_test(cohorts_come_back),
		cmocka_unit_test(small_customers),
		cmocka_unit_test(students_leave),
		cmocka_unit_test(patients_of_freireich),
		cmocka_unit_test(half_is_found_however_it_is_rounded),
		cmocka_unit_test(who_was_gone_before_the_first_tells_of_no_difference),
		cmocka_unit_test(lines_of_a_shop_are_cleaned),
		cmocka_unit_test(bgnbd_of_cdnow),
		cmocka_unit_test(bgnbd_foretells),
		cmocka_unit_test(gamma_gamma_of_cdnow),
		cmocka_unit_test(likelihoods_are_the_slow_ones),
		cmocka_unit_test(what_the_model_made_is_found_again),
		cmocka_unit_test(what_says_nothing_of_worth),
		cmocka_unit_test(a_trial_is_judged),
		cmocka_unit_test(a_trial_by_R),
		cmocka_unit_test(what_was_before_is_taken_off),
		cmocka_unit_test(a_trial_of_means_that_makes_none),
		cmocka_unit_test(a_trial_of_means_by_R),
		cmocka_unit_test(the_worked_example_and_a_chance),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
