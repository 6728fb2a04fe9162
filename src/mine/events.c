/* events.c - events are sorted by person and time; a row looks at its person's events and stops at the cut-off. */
#include "mine/events.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "mine/frame.h"

const struct problem events_unfit = { 422, "events-unfit", "Events need kinds, cut-offs and windows, at most 16, and amounts that are numbers." };
const struct problem events_order = { 422, "events-order", "Cut-offs go upwards, and so do windows, from above 0." };
const struct problem events_overlap = { 422, "events-overlap", "The label of an earlier cut-off reaches behind the last one, whose rows are judged by." };
const struct problem events_unknown = { 422, "events-unknown", "The label of the last cut-off reaches behind what is known." };

struct laying {
	const struct event_wish *wish;
	struct event *event; /* by person, then time */
	size_t events;
	bool *has_amounts;   /* (kinds) */
	struct table table;
};

/* ---- is it sound? ---- */

static bool go_upwards(const int64_t *at, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (at[i] <= at[i - 1])
			return false;
	}
	return true;
}

static problem check_times(const struct event_wish *w)
{
	int64_t last = w->cuts[w->cut_count - 1], end;

	if (!go_upwards(w->cuts, w->cut_count) || !go_upwards(w->windows, w->window_count) || w->windows[0] <= 0)
		return &events_order;
	if (w->label == w->kind_count)
		return NULL;
	if (w->horizon <= 0 || __builtin_add_overflow(last, w->horizon, &end))
		return &events_order;
	if (end > w->until)
		return &events_unknown;
	return w->cut_count > 1 && w->cuts[w->cut_count - 2] + w->horizon > last ? &events_overlap : NULL;
}

static problem check(const struct event *events, size_t count, const struct event_wish *w)
{
	assert(w->label <= w->kind_count);
	if (!count || !w->kind_count || !w->cut_count || w->cut_count > EVENTS_CUTS_MAX || !w->window_count || w->window_count > EVENTS_WINDOWS_MAX)
		return &events_unfit;
	for (size_t i = 0; i < count; i++) {
		assert(events[i].kind < w->kind_count);
		if (!isfinite(events[i].amount))
			return &events_unfit;
	}
	return check_times(w);
}

/* ---- columns ---- */

static int by_person_and_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void add_column(struct arena *arena, struct laying *l, struct text name)
{
	struct table_column *c = &l->table.column[l->table.columns++];

	*c = (struct table_column){ .name = name, .kind = NUMBERS, .numbers = FRAME_ARRAY(arena, real, l->table.rows) };
}

static void name_columns(struct arena *arena, struct laying *l)
{
	const struct event_wish *w = l->wish;

	add_column(arena, l, TEXT("who"));
	add_column(arena, l, TEXT("cut"));
	for (size_t k = 0; k < w->kind_count; k++) {
		add_column(arena, l, arena_format(arena, "%.*s since", TEXT_ARG(w->kinds[k])));
		for (size_t v = 0; v < w->window_count; v++) {
			add_column(arena, l, arena_format(arena, "%.*s in %lld", TEXT_ARG(w->kinds[k]), (long long)w->windows[v]));
			if (l->has_amounts[k])
				add_column(arena, l, arena_format(arena, "%.*s amount in %lld", TEXT_ARG(w->kinds[k]), (long long)w->windows[v]));
		}
	}
	add_column(arena, l, TEXT("since the first"));
	add_column(arena, l, TEXT("test"));
	if (w->label < w->kind_count)
		add_column(arena, l, TEXT("label"));
}

static size_t columns_wanted(const struct laying *l)
{
	size_t columns = 5;

	for (size_t k = 0; k < l->wish->kind_count && columns <= CSV_COLUMNS_MAX; k++)
		columns += 1 + l->wish->window_count * (l->has_amounts[k] ? 2 : 1);
	return columns;
}

/* ---- rows ---- */

struct person {
	const struct event *from, *to; /* all his events */
};

/* The next person from i on; i moves behind him. */
static struct person next_person(const struct laying *l, size_t *i)
{
	size_t from = *i;

	while (*i < l->events && l->event[*i].who == l->event[from].who)
		++*i;
	return (struct person){ l->event + from, l->event + *i };
}

static size_t count_rows(const struct laying *l)
{
	size_t rows = 0;

	for (size_t i = 0; i < l->events;) {
		struct person p = next_person(l, &i);

		for (size_t cut = 0; cut < l->wish->cut_count; cut++)
			rows += p.from->at < l->wish->cuts[cut];
	}
	return rows;
}

/* One kind's columns from `first` on, of events before the cut. */
static void fill_kind(struct laying *l, const struct person *p, uint32_t kind, int64_t cut, size_t row, struct table_column **first)
{
	const struct event_wish *w = l->wish;
	size_t step = l->has_amounts[kind] ? 2 : 1;
	struct table_column *since = *first, *in = since + 1;

	*first = in + w->window_count * step;
	since->numbers[row] = NAN;
	for (const struct event *e = p->from; e < p->to && e->at < cut; e++) {
		int64_t ago;

		if (e->kind != kind || __builtin_sub_overflow(cut, e->at, &ago))
			continue;
		since->numbers[row] = ago;
		for (size_t v = 0; v < w->window_count; v++) {
			if (ago > w->windows[v])
				continue;
			in[v * step].numbers[row]++;
			if (step == 2)
				in[v * step + 1].numbers[row] += e->amount;
		}
	}
	since->holes += isnan(since->numbers[row]) ? 1 : 0;
}

static bool has_label(const struct event_wish *w, const struct person *p, int64_t cut)
{
	for (const struct event *e = p->from; e < p->to; e++) {
		if (e->kind == w->label && e->at >= cut && e->at < cut + w->horizon)
			return true;
	}
	return false;
}

static void fill_row(struct laying *l, const struct person *p, size_t which, size_t row)
{
	const struct event_wish *w = l->wish;
	struct table_column *c = l->table.column;
	int64_t cut = w->cuts[which];

	c++->numbers[row] = p->from->who;
	c++->numbers[row] = cut;
	for (uint32_t k = 0; k < w->kind_count; k++)
		fill_kind(l, p, k, cut, row, &c);
	c++->numbers[row] = (real)cut - p->from->at;
	c++->numbers[row] = w->cut_count > 1 && which == w->cut_count - 1;
	if (w->label < w->kind_count)
		c->numbers[row] = has_label(w, p, cut);
	l->table.line[row] = row + 1;
}

static void fill(struct laying *l)
{
	size_t row = 0;

	for (size_t cut = 0; cut < l->wish->cut_count; cut++) {
		for (size_t i = 0; i < l->events;) {
			struct person p = next_person(l, &i);

			if (p.from->at < l->wish->cuts[cut])
				fill_row(l, &p, cut, row++);
		}
	}
	assert(row == l->table.rows);
}

problem events_table(struct arena *arena, const struct event *events, size_t count, const struct event_wish *wish, struct table *ret)
{
	struct laying l = { .wish = wish, .events = count };
	problem why = check(events, count, wish);
	size_t columns;

	if (why)
		return why;
	l.event = FRAME_ARRAY(arena, struct event, count);
	memcpy(l.event, events, count * sizeof *events);
	qsort(l.event, count, sizeof *l.event, by_person_and_time);
	l.has_amounts = ARENA_ARRAY(arena, bool, wish->kind_count);
	for (size_t i = 0; i < count; i++)
		l.has_amounts[events[i].kind] |= events[i].amount != 0;
	l.table.rows = count_rows(&l);
	columns = columns_wanted(&l);
	if (!l.table.rows)
		return &table_empty;
	if (columns > CSV_COLUMNS_MAX || l.table.rows > TABLE_CELLS_MAX / columns)
		return &table_large;
	l.table.column = ARENA_ARRAY(arena, struct table_column, columns);
	l.table.line = FRAME_ARRAY(arena, size_t, l.table.rows);
	name_columns(arena, &l);
	fill(&l);
	*ret = l.table;
	return NULL;
}
