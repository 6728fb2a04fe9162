#include "base/csv.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <time.h>

const struct problem csv_encoding = { 422, "csv-encoding", "The file is neither UTF-8 nor GBK. Save it as CSV UTF-8." };

/* ---- encodings ---- */

static problem convert(struct arena *arena, const char *from, struct text bytes, struct text *ret)
{
	size_t room = bytes.length * 3 + 16, left = bytes.length;
	char *out = arena_alloc(arena, room), *to = out, *at = (char *)(uintptr_t)bytes.at;
	iconv_t way = iconv_open("UTF-8", from);
	bool done;

	if (way == (iconv_t)-1)
		return &csv_encoding;
	done = iconv(way, &at, &left, &to, &room) != (size_t)-1 && !left;
	iconv_close(way);
	if (!done)
		return &csv_encoding;
	*ret = (struct text){ out, (size_t)(to - out) };
	return NULL;
}

problem csv_decode(struct arena *arena, struct text bytes, struct text *ret)
{
	if (text_starts(bytes, TEXT("\xff\xfe")))
		return convert(arena, "UTF-16LE", text_from(bytes, 2), ret);
	if (text_starts(bytes, TEXT("\xfe\xff")))
		return convert(arena, "UTF-16BE", text_from(bytes, 2), ret);
	if (!text_is_utf8(bytes))
		return convert(arena, "GB18030", bytes, ret);
	*ret = text_without_mark(bytes);
	return NULL;
}

/* ---- reading ---- */

static size_t line_end(struct text t)
{
	size_t end = text_find_char(t, '\n');

	return end == SIZE_MAX ? t.length : end;
}

struct csv_reader csv_open(struct text utf8)
{
	static const char marks[] = { ',', '\t', ';' };
	struct text first = text_head(utf8, line_end(utf8));
	struct csv_reader r = { .rest = utf8, .by = ',', .next = 1 };

	for (size_t i = 0; i < sizeof marks; i++) {
		if (text_find_char(first, marks[i]) != SIZE_MAX) {
			r.by = marks[i];
			break;
		}
	}
	return r;
}

/* "a ""b""" -> a "b"; *at stands behind the closing quote. */
static enum csv_fault quoted(struct text all, size_t *at, struct arena *arena, struct text *ret)
{
	size_t begin = *at + 1, end = begin, doubled = 0, n = 0;
	char *out;

	for (;; end++) {
		if (end >= all.length)
			return CSV_OPEN_QUOTE;
		if (all.at[end] != '"')
			continue;
		if (end + 1 >= all.length || all.at[end + 1] != '"')
			break;
		doubled++;
		end++;
	}
	*at = end + 1;
	*ret = (struct text){ all.at + begin, end - begin };
	if (!doubled)
		return CSV_SOUND;
	out = arena_alloc(arena, ret->length);
	for (size_t i = begin; i < end; i++) {
		out[n++] = all.at[i];
		i += all.at[i] == '"';
	}
	*ret = (struct text){ out, n };
	return CSV_SOUND;
}

static bool ends_cell(const struct csv_reader *r, size_t at)
{
	char c = at < r->rest.length ? r->rest.at[at] : '\n';

	return c == r->by || c == '\n' || (c == '\r' && (at + 1 >= r->rest.length || r->rest.at[at + 1] == '\n'));
}

static enum csv_fault cell_of(const struct csv_reader *r, size_t *at, struct arena *arena, struct text *ret)
{
	size_t begin = *at;

	while (*at < r->rest.length && r->rest.at[*at] == ' ')
		++*at;
	if (*at < r->rest.length && r->rest.at[*at] == '"') {
		enum csv_fault fault = quoted(r->rest, at, arena, ret);

		while (!fault && *at < r->rest.length && r->rest.at[*at] == ' ')
			++*at;
		return fault ? fault : ends_cell(r, *at) ? CSV_SOUND : CSV_STRAY_QUOTE;
	}
	for (; !ends_cell(r, *at); ++*at) {
		if (r->rest.at[*at] == '"' && r->by != '\t') /* between tabs it is an inch */
			return CSV_STRAY_QUOTE;
	}
	*ret = (struct text){ r->rest.at + begin, *at - begin };
	return CSV_SOUND;
}

static size_t lines_in(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.length; i++)
		n += t.at[i] == '\n';
	return n;
}

/* Reads cells up to the row's end; *at stands on its line end, or at a fault's place. */
static void cells_of(const struct csv_reader *r, size_t *at, struct arena *arena, struct csv_row *ret)
{
	*ret = (struct csv_row){ 0 };
	for (;; ++*at) {
		struct text cell = { 0 };

		ret->column = ret->count + 1;
		ret->fault = ret->count == CSV_COLUMNS_MAX ? CSV_TOO_WIDE : cell_of(r, at, arena, &cell);
		if (ret->fault)
			return;
		ret->cells[ret->count++] = text_trim(cell);
		if (*at >= r->rest.length || r->rest.at[*at] != r->by)
			return;
	}
}

static bool is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		if (row->cells[i].length)
			return false;
	}
	return !row->fault;
}

bool csv_next(struct csv_reader *r, struct arena *arena, struct csv_row *ret)
{
	while (r->rest.length) {
		size_t at = 0;

		cells_of(r, &at, arena, ret);
		if (ret->fault)
			at = 0;
		at += line_end(text_from(r->rest, at));
		at += at < r->rest.length;
		r->line = r->next;
		r->next += lines_in(text_head(r->rest, at));
		r->rest = text_from(r->rest, at);
		if (!is_empty(ret))
			return true;
	}
	return false;
}

/* ---- writing ---- */

/* Excel takes a cell that begins so for a formula, whatever the quotes say; in East Asia also when the sign is a wide one. */
static bool would_run(struct text cell)
{
	static const char *const wide[] = { "\uff1d", "\uff0b", "\uff0d", "\uff20" };

	if (cell.length && strchr("=+-@\t\r\n", cell.at[0]))
		return true;
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		if (text_starts(cell, text_of(wide[i])))
			return true;
	}
	return false;
}

void csv_write_text(struct buffer *out, struct text cell)
{
	buffer_add_char(out, '"');
	if (would_run(cell))
		buffer_add_char(out, '\'');
	for (size_t i = 0; i < cell.length; i++) {
		if (cell.at[i] == '"')
			buffer_add_char(out, '"');
		buffer_add_char(out, cell.at[i]);
	}
	buffer_add_char(out, '"');
}

void csv_write_money(struct buffer *out, struct money amount)
{
	uint64_t size = amount.fen < 0 ? 0 - (uint64_t)amount.fen : (uint64_t)amount.fen;

	buffer_format(out, "%s%llu.%02llu", amount.fen < 0 ? "-" : "", (unsigned long long)(size / 100), (unsigned long long)(size % 100));
}

void csv_write_id(struct buffer *out, int64_t id) { buffer_format(out, "\"'%lld\"", (long long)id); }

void csv_write_beijing(struct buffer *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000 + 8 * 3600);
	struct tm tm;
	char text[32];

	if (ms && gmtime_r(&seconds, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
		buffer_add(out, text_of(text));
}
