/* rfm_command.c - `zhifang mine rfm`: how recently, how often and for how much customers bought, who comes back, what they are still worth. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/product_value.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 20, COHORTS_SAID = 24, WEEK = 7 };

static const struct command_option options[] = {
	{ "--customer", OPTION_TEXT, "COLUMN", "who bought", .needed = true },
	{ "--day", OPTION_TEXT, "COLUMN", "when: 2026-01-31, with a time or not, or 20260131", .needed = true },
	{ "--amount", OPTION_TEXT, "COLUMN", "for how much; without: only how often" },
	{ "--as-of", OPTION_TEXT, "DAY", "as it was then; without: at the last purchase" },
	{ "--weeks", OPTION_COUNT, "N", "how far ahead purchases are expected", .least = 1, .most = 520, .otherwise = 13 },
	{ "--rows", OPTION_FLAG, NULL, "also each customer" },
	{ NULL }
};

struct shop {
	struct command *c;
	struct source source;
	struct ids who;
	struct purchases p;
	const struct table_column *columns[3];
	size_t column_count;
	int32_t as_of, limit; /* the day it is told of; later purchases are not looked at */
	int32_t first, last;  /* purchases that are */
	size_t later;
	struct rfm *rfm;
	struct customer *customer;
	struct retention cohorts;
	struct bgnbd rate;
	struct gamma_gamma amount;
	problem no_rate, no_amount; /* why there is none */
};

/* ---- purchases in ---- */

static int take_rows(struct shop *s, const struct table_column *day, const struct table_column *amount)
{
	size_t rows = s->source.table.rows;
	uint32_t *customer = ARENA_ARRAY(s->c->arena, uint32_t, rows);
	int32_t *days = ARENA_ARRAY(s->c->arena, int32_t, rows);
	double *amounts = ARENA_ARRAY(s->c->arena, double, rows);

	s->p = (struct purchases){ 0, s->who.count, customer, days, amount ? amounts : NULL };
	for (size_t i = 0; i < rows; i++) {
		size_t at = s->p.rows;

		if (s->who.of[i] == UINT32_MAX || cell_is_hole(day, i) || (amount && cell_is_hole(amount, i)))
			continue;
		if (!cell_day(day, i, &days[at]))
			return command_refuse_cell(s->c, &s->source, day, i, "is no day, such as 2026-01-31");
		if (days[at] > s->limit) {
			s->later++;
			continue;
		}
		customer[at] = s->who.of[i];
		amounts[at] = amount ? (double)amount->numbers[i] : 0;
		s->as_of = days[at] > s->as_of ? days[at] : s->as_of;
		s->first = days[at] < s->first ? days[at] : s->first;
		s->p.rows++;
	}
	return s->p.rows ? 0 : command_problem(s->c, s->source.file, &product_unfit);
}

static int load(struct shop *s)
{
	struct command *c = s->c;
	const char *as_of = command_text(c, "--as-of"), *amount = command_text(c, "--amount");
	int status;

	s->limit = INT32_MAX;
	s->as_of = s->last = INT32_MIN;
	s->first = INT32_MAX;
	if (as_of && !product_day(text_of(as_of), &s->limit))
		return command_refuse(c, as_of, "is no day, such as 2026-01-31");
	status = command_load_names(c, c->words[0], (const char *const[]){ command_text(c, "--customer"), command_text(c, "--day"), NULL }, &s->source);
	if (!status)
		status = command_ids(c, &s->source, command_text(c, "--customer"), &s->who);
	if (status)
		return status;
	s->columns[s->column_count++] = s->who.column;
	s->columns[s->column_count++] = command_column(c, &s->source, command_text(c, "--day"), &status);
	if (!status && amount) {
		s->columns[s->column_count] = command_column(c, &s->source, amount, &status);
		status = status ? status : command_is_numbers(c, &s->source, s->columns[s->column_count++]);
	}
	if (!status)
		status = take_rows(s, s->columns[1], s->columns[2]);
	s->last = s->as_of;
	if (as_of)
		s->as_of = s->limit;
	return status;
}

/* ---- what they are worth ---- */

/* Of customers known by then; they keep their places by `who`. */
static void fit(struct shop *s)
{
	struct customer *known = ARENA_ARRAY(s->c->arena, struct customer, s->p.customers), *spent = ARENA_ARRAY(s->c->arena, struct customer, s->p.customers);
	size_t count = 0, spent_count = 0;

	for (size_t i = 0; i < s->p.customers; i++) {
		if (s->customer[i].age >= 0)
			known[count++] = s->customer[i];
		if (s->customer[i].repeats > 0 && s->customer[i].spent > 0) /* what is given away tells no amount */
			spent[spent_count++] = s->customer[i];
	}
	s->no_rate = bgnbd_fit(known, count, &s->rate);
	s->no_amount = s->p.amount ? gamma_gamma_fit(spent, spent_count, &s->amount) : &value_unfit;
}

struct worth {
	double alive, purchases, amount;
};

static struct worth worth_of(const struct shop *s, size_t i)
{
	const struct customer *c = &s->customer[i];
	double weeks = command_number(s->c, "--weeks");

	if (c->age < 0 || s->no_rate)
		return (struct worth){ NAN, NAN, NAN };
	return (struct worth){ bgnbd_alive(&s->rate, c), bgnbd_expected(&s->rate, c, weeks),
		               s->no_amount ? NAN : bgnbd_expected(&s->rate, c, weeks) * gamma_gamma_expected(&s->amount, c) };
}

static void say_worth(const struct shop *s)
{
	struct command *c = s->c;
	double purchases = 0, amount = 0;

	for (size_t i = 0; i < s->p.customers; i++) {
		struct worth w = worth_of(s, i);

		purchases += isnan(w.purchases) ? 0 : w.purchases;
		amount += isnan(w.amount) ? 0 : w.amount;
	}
	if (!c->json)
		fprintf(c->out, "\nthe next %zu week%s%s%s\n", command_count(c, "--weeks"), command_s(command_count(c, "--weeks")), s->no_rate ? ": " : "", s->no_rate ? s->no_rate->title : "");
	if (s->no_rate)
		return;
	command_lines(c, (struct named[]){
		{ "purchases_expected", "days with a purchase, expected", purchases },
		{ "amount_expected", "amount expected", s->no_amount ? NAN : amount },
		{ "bgnbd_r", "BG/NBD r", s->rate.r }, { "bgnbd_alpha", "alpha", s->rate.alpha }, { "bgnbd_a", "a", s->rate.a }, { "bgnbd_b", "b", s->rate.b },
		{ "gamma_gamma_p", "Gamma-Gamma p", s->no_amount ? NAN : s->amount.p }, { "gamma_gamma_q", "q", s->no_amount ? NAN : s->amount.q },
		{ "gamma_gamma_gamma", "gamma", s->no_amount ? NAN : s->amount.gamma },
	}, 9);
}

/* ---- segments ---- */

struct segment {
	const char *name;
	double count, recency, frequency, monetary;
};

static int by_count(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->name, y->name);
}

static size_t segments_of(const struct shop *s, struct segment ret[32])
{
	size_t count = 0;

	for (size_t i = 0; i < s->p.customers; i++) {
		const char *name = rfm_segment(&s->rfm[i]);
		size_t k = 0;

		if (!s->rfm[i].frequency)
			continue;
		while (k < count && strcmp(ret[k].name, name))
			k++;
		if (k == count)
			ret[count++] = (struct segment){ name, 0, 0, 0, 0 };
		ret[k].count++;
		ret[k].recency += s->rfm[i].recency;
		ret[k].frequency += s->rfm[i].frequency;
		ret[k].monetary += s->rfm[i].monetary;
	}
	qsort(ret, count, sizeof *ret, by_count);
	return count;
}

static void say_segments(const struct shop *s, double customers)
{
	static const struct named heads[] = {
		{ "customers", "customers", 0 }, { "share", "share", 0 }, { "recency", "days since", 0 }, { "frequency", "purchases", 0 }, { "monetary", "amount", 0 },
	};
	size_t cells = s->p.amount ? 5 : 4;
	struct command_rows rows = { "segments", "segment", NAME_WIDTH, 0 };
	struct segment segment[32];
	size_t count = segments_of(s, segment);

	fputs(s->c->json ? "" : "\n", s->c->out);
	command_rows_begin(s->c, &rows, heads, cells);
	for (size_t k = 0; k < count; k++) {
		const struct segment *of = &segment[k];

		command_row(s->c, &rows, text_of(of->name), (struct named[]){
			{ "customers", NULL, of->count }, { "share", NULL, of->count / customers }, { "recency", NULL, of->recency / of->count },
			{ "frequency", NULL, of->frequency / of->count }, { "monetary", NULL, of->monetary / of->count },
		}, cells);
	}
	command_rows_end(s->c);
}

/* ---- cohorts ---- */

static problem find_cohorts(struct shop *s)
{
	int32_t *month = ARENA_ARRAY(s->c->arena, int32_t, s->p.rows);

	for (size_t i = 0; i < s->p.rows; i++)
		month[i] = product_month(s->p.day[i]);
	return retention_of(s->c->arena, &s->p, month, &s->cohorts);
}

/* Months behind the last purchase, up to the day it is told of, are known: nobody bought. */
static double share_at(const struct shop *s, size_t cohort, int later)
{
	const struct retention *r = &s->cohorts;
	size_t at = cohort + (size_t)later;

	if (r->first + (int)at > product_month(s->as_of))
		return NAN;
	return at < r->periods ? r->active[cohort * r->periods + at] / (double)r->active[cohort * r->periods + cohort] : 0;
}

static void say_cohorts(const struct shop *s)
{
	static const struct named heads[] = {
		{ "customers", "customers", 0 }, { "month_1", "month 1", 0 }, { "month_2", "2", 0 }, { "month_3", "3", 0 }, { "month_6", "6", 0 }, { "month_12", "12", 0 },
	};
	struct command_rows rows = { "cohorts", "first purchase", NAME_WIDTH, 0 };
	const struct retention r = s->cohorts;

	rows.label = s->c->json ? "month" : rows.label;
	fputs(s->c->json ? "" : "\n", s->c->out);
	command_rows_begin(s->c, &rows, heads, 6);
	for (size_t k = r.periods > COHORTS_SAID ? r.periods - COHORTS_SAID : 0; k < r.periods; k++) {
		char name[16];
		int of = r.first + (int)k;

		if (!r.active[k * r.periods + k])
			continue;
		snprintf(name, sizeof name, "%04u-%02u", (unsigned)(1970 + (of < 0 ? (of - 11) / 12 : of / 12)) % 10000, (unsigned)((of % 12 + 12) % 12 + 1));
		command_row(s->c, &rows, text_of(name), (struct named[]){
			{ "customers", NULL, r.active[k * r.periods + k] }, { "month_1", NULL, share_at(s, k, 1) }, { "month_2", NULL, share_at(s, k, 2) },
			{ "month_3", NULL, share_at(s, k, 3) }, { "month_6", NULL, share_at(s, k, 6) }, { "month_12", NULL, share_at(s, k, 12) },
		}, 6);
	}
	command_rows_end(s->c);
}

/* ---- all of it ---- */

static void say_customers(const struct shop *s)
{
	static const struct named heads[] = {
		{ "recency", "days since", 0 }, { "frequency", "purchases", 0 }, { "monetary", "amount", 0 }, { "r", "R", 0 }, { "f", "F", 0 }, { "m", "M", 0 },
		{ "alive", "alive", 0 }, { "purchases_expected", "expected", 0 }, { "amount_expected", "worth", 0 },
	};
	struct command_rows rows = { "of_customers", "customer", NAME_WIDTH, 0 };

	fputs(s->c->json ? "" : "\n", s->c->out);
	command_rows_begin(s->c, &rows, heads, 9);
	for (size_t i = 0; i < s->p.customers; i++) {
		const struct rfm *of = &s->rfm[i];
		struct worth w = worth_of(s, i);

		if (!of->frequency)
			continue;
		command_row(s->c, &rows, s->who.name[i], (struct named[]){
			{ "recency", NULL, of->recency }, { "frequency", NULL, of->frequency }, { "monetary", NULL, s->p.amount ? of->monetary : NAN },
			{ "r", NULL, of->r }, { "f", NULL, of->f }, { "m", NULL, s->p.amount ? of->m : NAN },
			{ "alive", NULL, w.alive }, { "purchases_expected", NULL, w.purchases }, { "amount_expected", NULL, w.amount },
		}, 9);
	}
	command_rows_end(s->c);
}

static void say_days(const struct shop *s)
{
	char first[16], last[16];

	product_date_of(s->first, first);
	product_date_of(s->last, last);
	if (s->c->json)
		fprintf(s->c->out, ",\"first_purchase\":\"%s\",\"last_purchase\":\"%s\",\"rows_later\":%zu", first, last, s->later);
	else
		fprintf(s->c->out, "purchases from %s to %s\n", first, last);
	if (s->later && !s->c->json)
		fprintf(s->c->out, "left out: %zu row%s after that day\n", s->later, command_s(s->later));
}

static void say_head(const struct shop *s, double *customers)
{
	struct command *c = s->c;
	double *recency = ARENA_ARRAY(c->arena, double, s->p.customers), *money = ARENA_ARRAY(c->arena, double, s->p.customers);
	double again = 0, frequency = 0, sum = 0, unequal = NAN;
	size_t count = 0;
	char date[16];

	for (size_t i = 0; i < s->p.customers; i++) {
		if (!s->rfm[i].frequency)
			continue;
		recency[count] = s->rfm[i].recency;
		money[count++] = s->rfm[i].monetary;
		frequency += s->rfm[i].frequency;
		sum += s->rfm[i].monetary;
		again += s->rfm[i].frequency > 1;
	}
	if (!s->p.amount || gini(c->arena, money, count, &unequal))
		unequal = NAN;
	product_date_of(s->as_of, date);
	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &s->source, s->columns, s->column_count, s->p.rows);
	fprintf(c->out, c->json ? ",\"as_of\":\"%s\"" : "as of: %s\n", date);
	say_days(s);
	*customers = (double)count;
	command_lines(c, (struct named[]){
		{ "customers", "customers", *customers }, { "purchases", "purchases", frequency }, { "amount", "amount", s->p.amount ? sum : NAN },
		{ "again", "share that bought more than once", again / *customers }, { "gini", "Gini of amounts", unequal },
	}, 5);
}

static int rfm(struct command *c)
{
	struct shop s = { .c = c };
	double customers = 0;
	int status = load(&s);
	problem why;

	if (status)
		return status;
	s.rfm = ARENA_ARRAY(c->arena, struct rfm, s.p.customers);
	s.customer = ARENA_ARRAY(c->arena, struct customer, s.p.customers);
	why = rfm_of(c->arena, &s.p, s.as_of, s.rfm);
	if (!why)
		why = customers_of(c->arena, &s.p, s.as_of, WEEK, s.customer);
	if (!why)
		why = find_cohorts(&s);
	if (why)
		return command_problem(c, s.source.file, why);
	fit(&s);
	say_head(&s, &customers);
	say_segments(&s, customers);
	say_cohorts(&s);
	say_worth(&s);
	if (command_has(c, "--rows"))
		say_customers(&s);
	fputs(c->json ? "}\n" : "", c->out);
	return 0;
}

const struct command_kind rfm_kind = {
	"rfm", "mine rfm FILE --customer COLUMN --day COLUMN [--amount COLUMN] [--as-of DAY] [--weeks N] [--rows]",
	"how recently, how often and for how much they bought",
	"Recency, frequency and money, cohorts by month, and what is expected of each customer: docs/numbers/customers.md.\n"
	"FILE is CSV or TSV, its first line has the names, a row is a purchase; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1,
	"printf 'who,day\\nann,2026-01-05\\nbob,2026-01-09\\nann,2026-02-03\\n' | zhifang mine rfm - --customer who --day day", rfm,
};
