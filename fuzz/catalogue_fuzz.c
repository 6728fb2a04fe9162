/* catalogue_fuzz.c - the lines of a catalogue: a row that is read becomes a work whose document is one that our reader takes,
 * whose texts are whole characters of the line, and whose numbers are in their range. */
#include <assert.h>

#include "catalog/import_catalogue.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t clock_ms = 1790000000000;

static void check_draft(struct arena *arena, const struct work_draft *draft)
{
	const struct lesson_draft *lesson = draft->sections[0].lessons;
	json_t *tree;
	problem why = json_read(arena, lesson->doc, &tree);

	assert(!why && draft->kind && draft->title.length && text_is_utf8(draft->title));
	assert(text_is_utf8(draft->summary) && text_characters(draft->summary) <= SUMMARY_CHARACTERS);
	assert(draft->price.fen >= 0 && draft->price.fen < 100 * PRICE_STEPS);
	assert(draft->published_ms <= clock_ms && draft->published_ms >= clock_ms - AGE_DAYS_MAX * DAY_MS && draft->popularity >= 0);
	assert(draft->tag_count <= WORK_TAGS_MAX);
	for (size_t i = 0; i < draft->tag_count; i++)
		assert(draft->tags[i].length && text_find_char(draft->tags[i], ' ') == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct text lines = { (const char *)data, size };
	struct row row;

	while (lines.at) {
		struct text line = text_trim(text_of(arena_cstr(arena, text_cut(&lines, '\n')))); /* a NUL ends it, as in gzgets */

		if (text_is_utf8(line) && line.length < LINE_BYTES_MAX && read_row(arena, line, &row)) {
			struct work_draft draft = draft_of(arena, &row, clock_ms);

			check_draft(arena, &draft);
		}
	}
	arena_free(arena);
	return 0;
}
