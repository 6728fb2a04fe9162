/* csv.h - tables as spreadsheets write and read them (RFC 4180). In: UTF-8 with or without a mark, UTF-16 with one, GBK and GB18030;
 * a quote that stands where none may is told with its place, and the next line goes on; between tabs, where cells are rarely quoted, one
 * within a cell is a character (a frame of 7"). Out: what a spreadsheet would take for a
 * formula, or round, stays text. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/money.h"
#include "base/problem.h"

enum { CSV_COLUMNS_MAX = 256 };

extern const struct problem csv_encoding; /* 422: neither UTF-8 nor GB18030 */

/* As UTF-8, without a mark. */
MUST problem csv_decode(struct arena *arena, struct text bytes, struct text *ret);

struct csv_reader {
	struct text rest;
	char by;         /* between cells: ',' or, as the first line says, ';' or a tab */
	size_t line;     /* where the row that was read last begins, from 1: as an editor counts */
	size_t next;     /* where the rest begins */
};
enum csv_fault { CSV_SOUND, CSV_STRAY_QUOTE /* within a cell, or behind its closing quote */, CSV_OPEN_QUOTE /* it does not end */, CSV_TOO_WIDE };
struct csv_row {
	struct text cells[CSV_COLUMNS_MAX]; /* within the bytes, or in the arena where quotes were doubled; trimmed */
	size_t count;
	enum csv_fault fault;
	size_t column;   /* of the fault, from 1 */
};
struct csv_reader csv_open(struct text utf8);
/* The next row that is not empty; false at the end. After a fault the row ends with its first line. */
bool csv_next(struct csv_reader *reader, struct arena *arena, struct csv_row *ret);

/* Writers of one cell; commas and line ends are the caller's. */
void csv_write_text(struct buffer *out, struct text cell);
void csv_write_money(struct buffer *out, struct money amount); /* 12.30 */
void csv_write_id(struct buffer *out, int64_t id);             /* as text: Excel rounds more than 15 digits */
void csv_write_beijing(struct buffer *out, int64_t ms);        /* 2026-11-22 10:11:12; 0: empty */

#endif
