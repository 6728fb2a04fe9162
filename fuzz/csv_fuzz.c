/* csv_fuzz.c - a table as anybody may send it: each row is within its limits, reading comes to an end, and what is written is read
 * back as it was. */
#include <assert.h>
#include <stddef.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void back_again(struct arena *arena, const struct csv_row *row)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(8 << 20);
	struct csv_reader reader;
	struct csv_row again;
	bool any = false;

	for (size_t i = 0; i < row->count; i++) {
		buffer_add(&out, i ? TEXT(",") : TEXT("x,"));
		csv_write_text(&out, row->cells[i]);
		any = any || row->cells[i].length;
	}
	if (out.why || !any || row->count == CSV_COLUMNS_MAX)
		return;
	reader = csv_open(buffer_text(&out));
	reader.by = ',';
	assert(csv_next(&reader, arena, &again) && !again.fault && again.count == row->count + 1);
	for (size_t i = 0; i < row->count; i++)
		assert(text_ends(again.cells[i + 1], row->cells[i])); /* but for an apostrophe in front */
	assert(!csv_next(&reader, arena, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(256 << 20);
	struct text all = { (const char *)data, size }, utf8;
	struct csv_reader reader;
	struct csv_row row;
	size_t rows = 0;

	if (!csv_decode(arena, all, &utf8)) {
		reader = csv_open(utf8);
		for (size_t last = 0; csv_next(&reader, arena, &row); last = reader.line, rows++) {
			assert(reader.line > last && row.count <= CSV_COLUMNS_MAX);
			assert(row.fault ? row.column >= 1 : row.count >= 1);
			if (!row.fault && rows < 100)
				back_again(arena, &row);
		}
	}
	arena_free(arena);
	return 0;
}
