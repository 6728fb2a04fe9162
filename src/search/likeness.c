/* likeness.c - common runs and common order by dynamic programming, a row for each unit of the title that fits
 * anything. */
#include "search/likeness.h"

#include <stdlib.h>

size_t text_units(const struct folded *text, bool readings, struct text_unit *ret, size_t most)
{
	size_t place = 0, count = 0;
	struct run run;

	while (count < most && run_next(text, &place, &run)) {
		if (run.glyph != GLYPH_HAN) {
			ret[count++] = text_unit_of_word(&run);
			continue;
		}
		for (size_t i = 0; i < run.length && count < most; i++)
			ret[count++] = text_unit_of_han(&run, i, readings);
	}
	return count;
}

static void sieve_set(uint64_t *bits, uint32_t n)
{
	bits[n % SIEVE_BITS / 64] |= (uint64_t)1 << n % 64;
}

struct sieve sieve_of(const struct plan *plan)
{
	struct sieve ret = { .most = 0 };

	for (size_t i = 0; i < plan->unit_count; i++) {
		const struct unit *unit = &plan->units[i];

		ret.words |= unit->kind == UNIT_WORD;
		ret.all |= unit->kind == UNIT_INITIAL;
		ret.readings |= unit->kind == UNIT_INITIAL || unit->kind == UNIT_SOUND || unit->loose;
		ret.most += unit_most(unit);
		if (unit->kind == UNIT_HAN)
			sieve_set(ret.characters, unit->at);
		if (unit->kind == UNIT_SOUND)
			sieve_set(ret.sounds, unit->at);
		for (uint32_t readings = unit->loose ? unit->readings : 0; readings; readings >>= SYLLABLE_BITS)
			sieve_set(ret.sounds, readings & SYLLABLE_MASK);
	}
	return ret;
}

static unsigned word_fits(const struct plan *plan, const struct unit *unit, const uint16_t *text,
			  const struct text_unit *t)
{
	const uint16_t *typed = plan->text.at + unit->at, *word = text + t->at;
	size_t both = unit->length < t->length ? unit->length : t->length;
	bool begins = !memcmp(typed, word, both * sizeof *typed);
	unsigned slips = word_slips_most(unit->length);

	if (begins && unit->length == t->length)
		return FIT_WORD;
	if (!unit->loose)
		return 0;
	if (begins && unit->length < t->length)
		return FIT_WORD_LOOSE;
	return slips && word_slips(typed, unit->length, word, t->length, slips) <= slips ? FIT_WORD_LOOSE : 0;
}

static bool initial_fits(uint32_t readings, uint16_t letter)
{
	for (unsigned n = 0; n < READINGS_MAX && reading_nth(readings, n); n++)
		if (syllable_name(reading_nth(readings, n))[0] == letter)
			return true;
	return false;
}

unsigned unit_fits_other(const struct plan *plan, const struct unit *unit, const uint16_t *text,
			 const struct text_unit *t)
{
	if ((unit->kind == UNIT_WORD) != (t->length > 0))
		return 0;
	switch (unit->kind) {
	case UNIT_HAN:
		return 0;
	case UNIT_SOUND:
		return readings_hold(t->readings, unit->at) ? FIT_WHOLE : 0;
	case UNIT_INITIAL:
		return initial_fits(t->readings, unit->at) ? FIT_WHOLE : 0;
	case UNIT_WORD:
		return word_fits(plan, unit, text, t);
	}
	abort();
}

/* order[i]: the most of the query's first i units that stands in the title so far in the same order; run[i]: the common
 * run that ends with unit i and the last unit of the title. */
struct rows {
	uint16_t order[UNITS_MAX + 1], run[UNITS_MAX + 1], longest;
	bool running;
};

static void rows_step(struct rows *rows, const struct plan *plan, const uint16_t *text, const struct text_unit *t)
{
	uint16_t order_before = 0, run_before = 0;

	rows->running = false;
	for (size_t i = 1; i <= plan->unit_count; i++) {
		uint16_t fits = (uint16_t)unit_fits(plan, &plan->units[i - 1], text, t);
		uint16_t order_was = rows->order[i], run_was = rows->run[i], through = (uint16_t)(order_before + fits);

		if (rows->order[i] < rows->order[i - 1])
			rows->order[i] = rows->order[i - 1];
		if (fits && rows->order[i] < through)
			rows->order[i] = through;
		rows->run[i] = fits ? (uint16_t)(run_before + fits) : 0;
		if (rows->run[i] > rows->longest)
			rows->longest = rows->run[i];
		rows->running |= fits > 0;
		order_before = order_was;
		run_before = run_was;
	}
}

struct likeness likeness_of(const struct plan *plan, const struct sieve *sieve, const struct folded *title)
{
	struct text_unit units[TITLE_UNITS_MAX];
	size_t count = text_units(title, sieve->readings, units, TITLE_UNITS_MAX);
	struct rows rows = { .longest = 0 };

	for (size_t j = 0; j < count; j++) {
		if (sieve_holds(sieve, &units[j])) {
			rows_step(&rows, plan, title->at, &units[j]);
		} else if (rows.running) {
			memset(rows.run, 0, sizeof rows.run);
			rows.running = false;
		}
	}
	return (struct likeness){ (double)rows.longest / sieve->most,
				  (double)rows.order[plan->unit_count] / sieve->most,
				  rows.longest == sieve->most && count == plan->unit_count };
}
