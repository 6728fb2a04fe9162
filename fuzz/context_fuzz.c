/* context_fuzz.c - a model of contexts as anybody may have written it, its length and checksum put right: it is refused, or it makes numbers of
 * any rows, and their parts are features of the row. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "model_file.h"
#include "rec/fields.h"
#include "rec/fm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A table that has a word of each field, where it has one, and a number of the others */
static void table_for(struct arena *arena, const struct fields *f, struct table *t)
{
	*t = (struct table){ .rows = 2, .columns = f->count, .column = ARENA_ARRAY(arena, struct table_column, f->count) };
	for (uint32_t i = 0; i < f->count; i++) {
		struct table_column *c = &t->column[i];

		c->name = f->field[i].name;
		c->kind = f->field[i].kind == FIELD_WORDS ? WORDS : NUMBERS;
		c->numbers = ARENA_ARRAY(arena, real, 2);
		c->numbers[1] = 1e300L;
		c->words = ARENA_ARRAY(arena, unsigned, 2);
		c->words[1] = f->field[i].count ? 1 : NO_WORD;
		c->levels = ARENA_ARRAY(arena, struct text, 2);
		c->levels[0] = TEXT("none such");
		c->levels[1] = f->field[i].count && f->field[i].words ? f->field[i].words[f->field[i].count - 1] : TEXT("");
		c->level_count = 2;
	}
}

static void ask(struct threads *one, struct arena *arena, const struct fields *f, const struct fm *m)
{
	const uint32_t row[] = { 0, 1 };
	struct sparse x = { 0 };
	struct fm_part *part;
	double score[2];
	uint32_t which;
	size_t unknown, n;
	struct table t;

	table_for(arena, f, &t);
	if (fields_rows(f, &t, row, 2, &x, NULL, &unknown, &which))
		return; /* two fields of one name and different kinds */
	fm_score(one, m, &x, score);
	assert(!isnan(score[0]) && !isnan(score[1]));
	n = sparse_length(&x, 1);
	part = ARENA_ARRAY(arena, struct fm_part, n * (n + 1) / 2 + 1);
	for (size_t i = fm_parts(m, &x, 1, part); i > 0; i--)
		assert(part[i - 1].a < n && part[i - 1].b < n);
	sparse_free(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct threads *one;
	struct arena *arena = arena_new((size_t)1 << 30);
	uint8_t *file = mended(data, size);
	struct saved saved;
	struct fields *f = ARENA_NEW(arena, struct fields);
	struct fm m;

	if (!one)
		one = threads_start(1);
	if (!saved_open((struct text){ (const char *)file, size }, FIELDS_SAVED, FIELDS_VERSION, &saved) && !fm_load(&saved, &m)) {
		if (!fields_load(arena, &saved, f) && f->features == m.theta.rows)
			ask(one, arena, f, &m);
		fm_free(&m);
	}
	arena_free(arena);
	free(file);
	return 0;
}
