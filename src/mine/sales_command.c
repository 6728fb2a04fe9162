/* sales_command.c - `zhifang mine sales`: a shop's lines, cleaned: what is left out, what is left, and that as a table for the other commands. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/product.h"

#include <math.h>

static const struct command_option options[] = {
	{ "--customer", OPTION_TEXT, "COLUMN", "who bought", .needed = true },
	{ "--time", OPTION_TEXT, "COLUMN", "when: lines of a customer at one time are a basket", .needed = true },
	{ "--item", OPTION_TEXT, "COLUMN", "what", .needed = true },
	{ "--quantity", OPTION_TEXT, "COLUMN", "how many; not above 0 is a return", .needed = true },
	{ "--price", OPTION_TEXT, "COLUMN", "of one", .needed = true },
	{ "--country", OPTION_TEXT, "COLUMN", "lines that differ in it are not the same" },
	{ "--once", OPTION_FLAG, NULL, "with --out: lines that stand there twice are written once" },
	{ "--out", OPTION_TEXT, "FILE", "the clean lines as a file, with their amount: for mine rfm and mine rules" },
	{ NULL }
};

enum { CUSTOMER, TIME, ITEM, COUNTRY, NAMES };
static const char *const name_options[NAMES] = { "--customer", "--time", "--item", "--country" };

struct task {
	struct command *c;
	struct source source;
	const struct table_column *name[NAMES]; /* NULL: not asked for */
	const struct table_column *quantity, *price;
	struct sale_lines lines;
	enum sale_kind *kind;
	struct sale_report report;
};

/* An empty cell is an empty text. */
static const struct text *texts_of(const struct task *t, const struct table_column *c)
{
	struct text *ret = ARENA_ARRAY(t->c->arena, struct text, t->source.table.rows);

	for (size_t i = 0; c && i < t->source.table.rows; i++)
		ret[i] = cell_is_hole(c, i) ? TEXT("") : c->levels[c->words[i]];
	return ret;
}

/* An empty cell is a 0, which is not above 0. */
static int numbers_of(const struct task *t, const struct table_column *c, const double **ret)
{
	double *numbers = ARENA_ARRAY(t->c->arena, double, t->source.table.rows);

	*ret = numbers;
	for (size_t i = 0; i < t->source.table.rows; i++) {
		numbers[i] = cell_is_hole(c, i) ? 0 : (double)c->numbers[i];
		if (fabs(numbers[i]) >= 1e15)
			return command_refuse_cell(t->c, &t->source, c, i, "is no number below 1e15");
	}
	return 0;
}

static const struct table_column *number_column(const struct task *t, const char *option, int *status)
{
	const struct table_column *found = *status ? NULL : command_column(t->c, &t->source, command_text(t->c, option), status);

	if (found)
		*status = command_is_numbers(t->c, &t->source, found);
	return found;
}

static int load(struct task *t)
{
	const char *names[NAMES + 1] = { NULL };
	size_t count = 0;
	int status;

	for (int k = 0; k < NAMES; k++) {
		if (command_has(t->c, name_options[k]))
			names[count++] = command_text(t->c, name_options[k]);
	}
	status = command_load_names(t->c, t->c->words[0], names, &t->source);
	for (int k = 0; k < NAMES && !status; k++) {
		if (command_has(t->c, name_options[k]))
			t->name[k] = command_column(t->c, &t->source, command_text(t->c, name_options[k]), &status);
	}
	t->quantity = number_column(t, "--quantity", &status);
	t->price = number_column(t, "--price", &status);
	if (status)
		return status;
	t->lines = (struct sale_lines){ .rows = t->source.table.rows, .description = texts_of(t, t->name[ITEM]), .time = texts_of(t, t->name[TIME]),
		                        .customer = texts_of(t, t->name[CUSTOMER]), .country = texts_of(t, t->name[COUNTRY]) };
	status = numbers_of(t, t->quantity, &t->lines.quantity);
	return status ? status : numbers_of(t, t->price, &t->lines.price);
}

/* ---- out ---- */

static void write_line(const struct task *t, struct buffer *out, size_t row)
{
	const struct text cells[] = { t->lines.customer[row], t->lines.time[row], text_trim(t->lines.description[row]) };
	char word[32];

	for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
		command_csv_cell(out, cells[k]);
		buffer_add(out, TEXT(","));
	}
	if (t->name[COUNTRY]) {
		command_csv_cell(out, t->lines.country[row]);
		buffer_add(out, TEXT(","));
	}
	buffer_format(out, "%s,", command_shortest(t->lines.quantity[row], word));
	buffer_format(out, "%s,", command_shortest(t->lines.price[row], word));
	buffer_format(out, "%s\n", command_shortest(t->lines.quantity[row] * t->lines.price[row], word));
}

static int write_clean(const struct task *t)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(TABLE_BYTES_MAX);
	bool once = command_has(t->c, "--once");

	buffer_format(&out, "customer,time,item,%squantity,price,amount\n", t->name[COUNTRY] ? "country," : "");
	for (size_t i = 0; i < t->lines.rows; i++) {
		if (t->kind[i] == SALE_CLEAN || (t->kind[i] == SALE_REPEATED && !once))
			write_line(t, &out, i);
	}
	return out.why ? command_problem(t->c, t->source.file, &table_large) : command_save(t->c, command_text(t->c, "--out"), &out);
}

/* The first and the last, where all that are there are days; else times have no order that is known. */
static bool find_days(const struct table_column *c, int32_t ends[2])
{
	ends[0] = INT32_MAX;
	ends[1] = INT32_MIN;
	for (size_t k = 0; k < c->level_count; k++) {
		int32_t day;

		if (!product_day(c->levels[k], &day))
			return false;
		ends[0] = day < ends[0] ? day : ends[0];
		ends[1] = day > ends[1] ? day : ends[1];
	}
	return c->level_count > 0;
}

static void say_rows(const struct task *t)
{
	char first[16], last[16];
	int32_t ends[2];

	fprintf(t->c->out, t->c->json ? "{\"rows\":%zu" : "rows: %zu\n", t->report.rows);
	if (!find_days(t->name[TIME], ends))
		return;
	product_date_of(ends[0], first);
	product_date_of(ends[1], last);
	fprintf(t->c->out, t->c->json ? ",\"first\":\"%s\",\"last\":\"%s\"" : "from %s to %s\n", first, last);
}

static void say(const struct task *t)
{
	const struct sale_report *r = &t->report;
	size_t no_time = t->name[TIME]->holes;

	say_rows(t);
	command_lines(t->c, (struct named[]){
		{ "no_time", "without a time, one basket of a customer", no_time ? (double)no_time : NAN },
		{ "no_customer", "without a customer", (double)r->no_customer }, { "no_item", "without an item", (double)r->no_description },
		{ "no_quantity", "quantity not above 0", (double)r->no_quantity }, { "no_price", "price not above 0", (double)r->no_price },
		{ "repeated", "all as in a line before", (double)r->repeated }, { "clean", "clean", (double)r->clean }, { "clean_once", "clean, each once", (double)r->clean_once },
		{ "amount", "their amount", r->revenue }, { "amount_once", "their amount, each once", r->revenue_once },
		{ "customers", "customers", (double)r->customers }, { "items", "items", (double)r->items }, { "baskets", "baskets", (double)r->baskets },
		{ "in_baskets", "items in baskets", (double)r->in_baskets },
	}, 14);
	fputs(t->c->json ? "}\n" : "", t->c->out);
}

static int sales(struct command *c)
{
	struct task t = { .c = c };
	problem why;
	int status = load(&t);

	if (!status && command_has(c, "--once") && !command_has(c, "--out"))
		return command_refuse(c, "--once", "stands with --out");
	if (status)
		return status;
	t.kind = ARENA_ARRAY(c->arena, enum sale_kind, t.lines.rows);
	why = sales_clean(c->arena, &t.lines, t.kind, &t.report);
	if (why)
		return command_problem(c, t.source.file, why);
	status = command_has(c, "--out") ? write_clean(&t) : 0;
	if (!status)
		say(&t);
	return status;
}

const struct command_kind sales_kind = {
	"sales", "mine sales FILE --customer COLUMN --time COLUMN --item COLUMN --quantity COLUMN --price COLUMN [--out FILE]",
	"a shop's lines, cleaned",
	"What is left out and what is left, and that as a table: docs/numbers/sales.md.\n"
	"FILE is CSV or TSV, its first line has the names, a row is a line of a bill; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1,
	"printf 'who,day,what,n,price\\nann,2026-01-05,book,1,30\\n,2026-01-05,book,1,30\\nann,2026-01-06,book,-1,30\\n' | zhifang mine sales - --customer who --time day --item what --quantity n --price price", sales,
};
