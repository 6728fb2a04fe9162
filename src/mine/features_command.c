/* features_command.c - `zhifang mine features`: from what people did to a table that the commands which learn a label read. */
#include "mine/command_ids.h"
#include "mine/command_parts.h"
#include "mine/events.h"
#include "mine/product.h"

#include <math.h>
#include <stdlib.h>

enum { NAME_WIDTH = 12 };

static const struct command_option options[] = {
	{ "--who", OPTION_TEXT, "COLUMN", "who did it", .needed = true },
	{ "--when", OPTION_TEXT, "COLUMN", "when: days as 2026-01-31, with a time or not, or 20260131; or whole numbers of any unit", .needed = true },
	{ "--kind", OPTION_TEXT, "COLUMN", "what was done; without: all the same, \"event\"" },
	{ "--amount", OPTION_TEXT, "COLUMN", "how much: a price, minutes; a hole is 0" },
	{ "--cut", OPTION_TEXT, "T[,T...]", "features are of before, the label of from then on; of several the rows of the last are to judge by", .needed = true },
	{ "--windows", OPTION_TEXT, "N[,N...]", "how far back is counted, in days or the unit of --when (7,30,90 without)" },
	{ "--label", OPTION_TEXT, "KIND", "what is to be foretold: is there one within the horizon?" },
	{ "--horizon", OPTION_COUNT, "N", "so far behind the cut-off the label looks", .least = 1, .most = 0x1p53, .otherwise = 0 },
	{ "--until", OPTION_TEXT, "T", "all events before are known; without: those up to and with the last one" },
	{ "--out", OPTION_TEXT, "FILE", "the table as a file, and what it is of is said; without: the table" },
	{ NULL }
};

struct task {
	struct command *c;
	struct source source;
	struct ids who, when, kind; /* kind.count 0: there is one */
	const struct table_column *amount;
	bool by_day;
	int64_t *time;       /* (when.count) */
	struct event *events;
	size_t count;
	int64_t first, last; /* events */
	int64_t cuts[EVENTS_CUTS_MAX], windows[EVENTS_WINDOWS_MAX];
	struct event_wish wish;
	struct table table;
};

static const struct text one_kind = TEXT_INIT("event");
static const struct problem nobody_yet = { 422, "nobody-yet", "Nobody did anything before the first cut-off." };

/* ---- times ---- */

static bool whole_number(struct text word, int64_t *ret)
{
	real number;

	if (!table_number(word, &number) || number != rintl(number) || fabsl(number) > 0x1p53L)
		return false;
	*ret = (int64_t)number;
	return true;
}

static bool time_of(const struct task *t, struct text word, int64_t *ret)
{
	char held[TABLE_WORD_MAX];
	int32_t day;
	real number;

	if (!t->by_day)
		return whole_number(word, ret);
	if (table_number(word, &number))
		word = table_word(number, held);
	if (!product_day(word, &day))
		return false;
	*ret = day;
	return true;
}

static const char *not_a_time(const struct task *t) { return t->by_day ? "is no day, such as 2026-01-31" : "is neither a day, such as 2026-01-31, nor a whole number"; }

/* Each different word once; days if the first that is there is one */
static int read_times(struct task *t)
{
	const struct table_column *column = t->when.column;
	size_t row = 0;
	int32_t day;
	bool *is_time;

	while (row < t->source.table.rows && cell_is_hole(column, row))
		row++;
	t->by_day = row < t->source.table.rows && cell_day(column, row, &day);
	t->time = ARENA_ARRAY(t->c->arena, int64_t, t->when.count + 1);
	is_time = ARENA_ARRAY(t->c->arena, bool, t->when.count + 1);
	for (size_t k = 0; k < t->when.count; k++)
		is_time[k] = time_of(t, t->when.name[k], &t->time[k]);
	for (row = 0; row < t->source.table.rows; row++) {
		if (!cell_is_hole(column, row) && !is_time[t->when.of[row]])
			return command_refuse_cell(t->c, &t->source, column, row, not_a_time(t));
	}
	return 0;
}

/* "a,b" as times, or as numbers above 0 where is_span */
static int read_list(const struct task *t, const char *option, const char *words, bool is_span, int64_t *ret, size_t most, size_t *count)
{
	struct text rest = text_of(words);

	while (rest.length) {
		struct text word = text_trim(text_cut(&rest, ','));

		if (*count == most)
			return command_refuse(t->c, option, "too many at once");
		if (!(is_span ? whole_number(word, &ret[*count]) && ret[*count] > 0 : time_of(t, word, &ret[*count])))
			return command_refuse(t->c, arena_cstr(t->c->arena, word), is_span ? "is no whole number above 0" : not_a_time(t));
		++*count;
	}
	return *count ? 0 : command_refuse(t->c, option, "wants a number");
}

static struct text time_text(const struct task *t, int64_t time)
{
	char date[32];

	if (!t->by_day)
		return arena_format(t->c->arena, "%lld", (long long)time);
	product_date_of((int32_t)time, date);
	return arena_text(t->c->arena, text_of(date));
}

/* ---- events in ---- */

static int take_events(struct task *t)
{
	t->events = ARENA_ARRAY(t->c->arena, struct event, t->source.table.rows);
	t->first = INT64_MAX;
	t->last = INT64_MIN;
	for (size_t i = 0; i < t->source.table.rows; i++) {
		struct event *e = &t->events[t->count];
		double amount = t->amount ? (double)t->amount->numbers[i] : 0;

		if (t->who.of[i] == UINT32_MAX || t->when.of[i] == UINT32_MAX || (t->kind.count && t->kind.of[i] == UINT32_MAX))
			continue;
		*e = (struct event){ t->who.of[i], t->kind.count ? t->kind.of[i] : 0, t->time[t->when.of[i]], isnan(amount) ? 0 : amount };
		t->first = e->at < t->first ? e->at : t->first;
		t->last = e->at > t->last ? e->at : t->last;
		t->count++;
	}
	return t->count ? 0 : command_refuse(t->c, t->source.file, "has no event");
}

static int load(struct task *t)
{
	struct command *c = t->c;
	const char *who = command_text(c, "--who"), *when = command_text(c, "--when"), *kind = command_text(c, "--kind"), *amount = command_text(c, "--amount");
	int status = command_load_names(c, c->words[0], (const char *const[]){ who, when, kind ? kind : who, NULL }, &t->source);

	if (!status)
		status = command_ids(c, &t->source, who, &t->who);
	if (!status)
		status = command_ids(c, &t->source, when, &t->when);
	if (!status && kind)
		status = command_ids(c, &t->source, kind, &t->kind);
	if (!status && amount)
		t->amount = command_column(c, &t->source, amount, &status);
	if (!status && amount)
		status = command_is_numbers(c, &t->source, t->amount);
	if (!status)
		status = read_times(t);
	return status ? status : take_events(t);
}

/* ---- what is wished ---- */

static int choose_label(struct task *t)
{
	const char *label = command_text(t->c, "--label");

	t->wish.label = (uint32_t)t->wish.kind_count;
	t->wish.horizon = (int64_t)command_number(t->c, "--horizon");
	if (!label != !t->wish.horizon)
		return command_refuse(t->c, "--label, --horizon", "stand together");
	for (uint32_t k = 0; label && k < t->wish.kind_count; k++)
		t->wish.label = text_is(t->wish.kinds[k], label) ? k : t->wish.label;
	return label && t->wish.label == t->wish.kind_count ? command_refuse(t->c, label, "is no kind of event in the file") : 0;
}

static int choose(struct task *t)
{
	const char *windows = command_text(t->c, "--windows"), *until = command_text(t->c, "--until");
	size_t one = 0;
	int status;

	t->wish.kinds = t->kind.count ? t->kind.name : &one_kind;
	t->wish.kind_count = t->kind.count ? t->kind.count : 1;
	t->wish.cuts = t->cuts;
	t->wish.windows = t->windows;
	t->wish.until = t->last + 1;
	status = read_list(t, "--cut", command_text(t->c, "--cut"), false, t->cuts, EVENTS_CUTS_MAX, &t->wish.cut_count);
	if (!status)
		status = read_list(t, "--windows", windows ? windows : "7,30,90", true, t->windows, EVENTS_WINDOWS_MAX, &t->wish.window_count);
	if (!status && until)
		status = read_list(t, "--until", until, false, &t->wish.until, 1, &one);
	return status ? status : choose_label(t);
}

/* Kinds such as `a` and `a amount` would make two columns of one name. */
static int check_names(const struct task *t)
{
	for (size_t j = 0; j < t->table.columns; j++) {
		for (size_t k = 0; k < j; k++) {
			if (!text_eq(t->table.column[j].name, t->table.column[k].name))
				continue;
			fprintf(t->c->err, "zhifang: %s: two columns would be called %.*s: rename a kind\n", t->source.file, TEXT_ARG(t->table.column[j].name));
			return 1;
		}
	}
	return 0;
}

/* ---- out ---- */

/* Of one cut-off there is nothing to mark. */
static bool is_wanted(const struct task *t, const struct table_column *c) { return t->wish.cut_count > 1 || !text_is(c->name, "test"); }

static void add_value(struct task *t, struct buffer *out, const struct table_column *c, size_t row)
{
	char word[TABLE_WORD_MAX];

	if (isnan(c->numbers[row]))
		return;
	if (text_is(c->name, "who"))
		command_csv_cell(out, t->who.name[(size_t)c->numbers[row]]);
	else if (text_is(c->name, "cut"))
		buffer_add(out, time_text(t, (int64_t)c->numbers[row]));
	else
		buffer_add(out, table_word(c->numbers[row], word));
}

static void write_table(struct task *t, struct buffer *out)
{
	for (size_t i = 0; i <= t->table.rows; i++) {
		for (size_t j = 0; j < t->table.columns; j++) {
			const struct table_column *c = &t->table.column[j];

			if (!is_wanted(t, c))
				continue;
			buffer_add(out, j ? TEXT(",") : TEXT(""));
			if (i)
				add_value(t, out, c, i - 1);
			else
				command_csv_cell(out, c->name);
		}
		buffer_add(out, TEXT("\n"));
	}
}

static void say_cuts(struct task *t)
{
	static const struct named heads[] = { { "people", "people", 0 }, { "labelled", "label 1", 0 }, { "share", "share", 0 } };
	struct command_rows rows = { "cuts", t->c->json ? "cut" : "cut-off", NAME_WIDTH, 0 };
	size_t cells = t->wish.horizon ? 3 : 1;
	const struct table_column *cut = table_find(&t->table, TEXT("cut")), *label = table_find(&t->table, TEXT("label"));

	fputs(t->c->json ? "" : "\n", t->c->out);
	command_rows_begin(t->c, &rows, heads, cells);
	for (size_t from = 0, end; from < t->table.rows; from = end) {
		double labelled = 0;

		for (end = from; end < t->table.rows && cut->numbers[end] == cut->numbers[from]; end++)
			labelled += label && label->numbers[end] > 0;
		command_row(t->c, &rows, time_text(t, (int64_t)cut->numbers[from]), (struct named[]){
			{ "people", NULL, (double)(end - from) }, { "labelled", NULL, labelled }, { "share", NULL, labelled / (double)(end - from) },
		}, cells);
	}
	command_rows_end(t->c);
}

static void say(struct task *t)
{
	const struct table_column *columns[3] = { t->who.column, t->when.column, t->kind.column };
	struct command *c = t->c;
	struct text first = time_text(t, t->first), last = time_text(t, t->last);
	size_t written = t->table.columns - (t->wish.cut_count == 1);

	fputs(c->json ? "{" : "", c->out);
	command_say_rows(c, &t->source, columns, t->kind.count ? 3 : 2, t->count);
	fprintf(c->out, c->json ? ",\"first\":\"%.*s\",\"last\":\"%.*s\"" : "events: from %.*s to %.*s\n", TEXT_ARG(first), TEXT_ARG(last));
	command_lines(c, (struct named[]){ { "people", "people in the file", (double)t->who.count }, { "columns_written", "columns", (double)written },
	                                   { "rows_written", "rows, of people at cut-offs before which they did something", (double)t->table.rows } }, 3);
	say_cuts(t);
	fputs(c->json ? "}\n" : "", c->out);
}

static int features(struct command *c)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(TABLE_BYTES_MAX);
	struct task *t = ARENA_NEW(c->arena, struct task);
	const char *file = command_text(c, "--out");
	problem why;
	int status;

	t->c = c;
	if (c->json && !file)
		return command_refuse(c, "--json", "stands with --out");
	status = load(t);
	if (!status)
		status = choose(t);
	if (status)
		return status;
	why = events_table(c->arena, t->events, t->count, &t->wish, &t->table);
	if (why)
		return command_problem(c, t->source.file, why == &table_empty ? &nobody_yet : why);
	status = check_names(t);
	if (status)
		return status;
	write_table(t, &out);
	if (out.why)
		return command_problem(c, t->source.file, &table_large);
	if (!file)
		return fwrite(out.at, 1, out.length, c->out) == out.length ? 0 : command_refuse(c, "the table", "cannot be written");
	status = command_save(c, file, &out);
	if (!status)
		say(t);
	return status;
}

const struct command_kind features_kind = {
	"features", "mine features FILE --who COLUMN --when COLUMN --cut T[,T] [--kind COLUMN] [--label KIND --horizon N] [--out FILE]",
	"rows to learn from, out of events: what was before, and what came after",
	"Features as of a cut-off, the label of what came from then on: docs/numbers/features.md.\n"
	"FILE is CSV or TSV, its first line has the names, a row is an event; - is what is piped in.\n",
	options, .words_least = 1, .words_most = 1,
	"printf 'who,day,did\\nann,2026-01-05,view\\nbob,2026-01-09,view\\nann,2026-02-03,buy\\n' | zhifang mine features - --who who --when day --kind did --cut 2026-02-01 --label buy --horizon 3", features,
};
