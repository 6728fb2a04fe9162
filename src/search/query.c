/* query.c - from what was typed to terms. */
#include "search/query.h"

/* What a probe weighs beside the slot as written, and how much of it it fills. */
static const struct ways {
	float weight, credit;
} as_written = { 1.0f, 1.0f }, by_sound = { 0.5f, 0.8f }, swapped = { 0.4f, 0.7f }, one_left_out = { 0.45f, 0.7f },
  one_too_much = { 0.4f, 0.6f }, one_wrong = { 0.4f, 0.6f }, half_typed = { 0.7f, 0.9f }, misspelt = { 0.6f, 0.8f },
  by_pinyin = { 0.6f, 1.0f }, by_initials = { 0.6f, 1.0f }, alone = { 0.3f, 0.0f };

static const float need_exact = 0.45f, need_loose = 0.3f, need_question = 0.1f;

static void slot_new(struct plan *plan)
{
	if (plan->slot_count < SLOTS_MAX)
		plan->slots[plan->slot_count++] = (struct slot){ .first = (uint16_t)plan->probe_count };
}

static void probe_add(struct plan *plan, uint64_t key, struct ways way)
{
	struct slot *slot = &plan->slots[plan->slot_count - 1];

	if (plan->probe_count == PROBES_MAX)
		return;
	plan->probes[plan->probe_count++] = (struct probe){ key, way.weight, way.credit };
	slot->count++;
}

static void unit_add(struct plan *plan, struct unit unit)
{
	if (plan->unit_count < UNITS_MAX)
		plan->units[plan->unit_count++] = unit;
}

static void plan_begin(struct plan *plan, unsigned pass, float need)
{
	plan->pass = pass;
	plan->need = need;
	plan->unit_count = plan->slot_count = plan->probe_count = 0;
	plan->corrected = (struct text){ 0 };
}

void plan_text(struct plan *plan, struct arena *arena, struct text keyword)
{
	size_t place = 0;
	struct run run;

	plan->text = fold(arena, keyword, INDEX_QUERY_CHARACTERS_MAX);
	plan->han = 0;
	plan->letters = false;
	while (run_next(&plan->text, &place, &run)) {
		plan->han += run.glyph == GLYPH_HAN ? run.length : 0;
		plan->letters |= run.glyph == GLYPH_LETTER;
	}
}

static void units_of_run(struct plan *plan, const struct run *run, bool loose)
{
	if (run->glyph != GLYPH_HAN) {
		unit_add(plan, (struct unit){ .kind = UNIT_WORD,
					      .at = (uint16_t)run->start,
					      .length = (uint8_t)run->length,
					      .loose = loose });
		return;
	}
	for (size_t i = 0; i < run->length; i++)
		unit_add(plan, (struct unit){ .kind = UNIT_HAN,
					      .at = run->at[i],
					      .loose = loose,
					      .joined = i > 0,
					      .readings = readings_of(run->at[i]) });
}

/* ---- as written ---- */

static void exact_run(struct plan *plan, const struct run *run)
{
	if (run->glyph != GLYPH_HAN || run->length == 1) {
		slot_new(plan);
		probe_add(plan,
			  run->glyph == GLYPH_HAN ? term_key(TERM_CHAR, run->at[0], 0)
						  : term_word(run->at, run->length),
			  as_written);
	}
	for (size_t i = 1; run->glyph == GLYPH_HAN && i < run->length; i++) {
		slot_new(plan);
		probe_add(plan, term_key(TERM_PAIR, run->at[i - 1], run->at[i]), as_written);
	}
	units_of_run(plan, run, false);
}

void plan_exact(struct plan *plan)
{
	size_t place = 0;
	struct run run;

	plan_begin(plan, 1, need_exact);
	while (run_next(&plan->text, &place, &run))
		exact_run(plan, &run);
	if (!plan->slot_count)
		plan->need = 0;
}

/* ---- with sounds and slips ---- */

static void probe_sounds(struct plan *plan, uint16_t a, uint16_t b)
{
	uint32_t x = readings_of(a), y = readings_of(b);

	for (unsigned i = 0; i < 2 && reading_nth(x, i); i++)
		for (unsigned j = 0; j < 2 && reading_nth(y, j); j++)
			probe_add(plan, term_key(TERM_SOUND, reading_nth(x, i), reading_nth(y, j)), by_sound);
}

/* A pair that is not found as it stands: another of its sound, its two characters swapped, one that was left out
 * between them, or the second one wrong or too much. */
static void loose_pair(struct plan *plan, const uint16_t *c, size_t left)
{
	slot_new(plan);
	probe_add(plan, term_key(TERM_PAIR, c[0], c[1]), as_written);
	probe_sounds(plan, c[0], c[1]);
	probe_add(plan, term_key(TERM_SKIP, c[0], c[1]), one_left_out);
	probe_add(plan, term_key(TERM_PAIR, c[1], c[0]), swapped);
	if (left < 3)
		return;
	probe_add(plan, term_key(TERM_SKIP, c[0], c[2]), one_wrong);
	probe_add(plan, term_key(TERM_PAIR, c[0], c[2]), one_too_much);
}

static void loose_han(struct plan *plan, const struct run *run)
{
	if (run->length == 1) {
		exact_run(plan, run);
		return;
	}
	for (size_t i = 1; i < run->length; i++)
		loose_pair(plan, run->at + i - 1, run->length - i + 1);
	units_of_run(plan, run, true);
}

static bool word_is_known(const struct view *view, const struct run *run)
{
	uint64_t key = term_word(run->at, run->length);

	for (size_t i = 0; i < view->part_count; i++)
		if (segment_term(view->parts[i].segment, key))
			return true;
	return false;
}

static struct text text_of_units(struct arena *arena, const uint16_t *at, size_t length)
{
	char *bytes = arena_alloc(arena, length * 3 + 1);
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text_encode(at[i], bytes + count);
	return (struct text){ bytes, count };
}

/* The words it may become or may have been meant for, as further probes of the slot. */
static void probe_words(struct plan *plan, const struct view *view, struct arena *arena, const struct run *run)
{
	struct word_match matches[WORD_MATCHES_MAX];
	unsigned fewest = WORD_MOST;

	for (size_t p = 0; p < view->part_count; p++) {
		const struct words *words = &view->parts[p].segment->words;
		size_t count = words_beginning(words, run->at, run->length, matches, WORD_MATCHES_MAX);

		for (size_t i = 0; i < count; i++)
			probe_add(plan, term_word(matches[i].at, matches[i].length), half_typed);
		count = words_near(words, run->at, run->length, matches, WORD_MATCHES_MAX);
		for (size_t i = 0; i < count; i++)
			probe_add(plan, term_word(matches[i].at, matches[i].length), misspelt);
		if (!count || matches[0].slips >= fewest)
			continue;
		fewest = matches[0].slips;
		plan->corrected = text_of_units(arena, matches[0].at, matches[0].length);
	}
}

static void loose_word(struct plan *plan, const struct view *view, struct arena *arena, const struct run *run,
		       bool known)
{
	slot_new(plan);
	probe_add(plan, term_word(run->at, run->length), as_written);
	if (!known)
		probe_words(plan, view, arena, run);
	units_of_run(plan, run, !known);
}

static void loose_syllables(struct plan *plan, const uint16_t *syllables, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unit_add(plan, (struct unit){ .kind = UNIT_SOUND, .at = syllables[i], .joined = i > 0 });
		if (i == 0)
			continue;
		slot_new(plan);
		probe_add(plan, term_key(TERM_SOUND, syllables[i - 1], syllables[i]), by_pinyin);
	}
}

static void loose_initials(struct plan *plan, const struct run *run)
{
	for (size_t i = 0; i < run->length; i++) {
		unit_add(plan, (struct unit){ .kind = UNIT_INITIAL, .at = run->at[i], .joined = i > 0 });
		if (i < 2)
			continue;
		slot_new(plan);
		probe_add(plan, term_initials((char)run->at[i - 2], (char)run->at[i - 1], (char)run->at[i]),
			  by_initials);
	}
}

enum { INITIALS_MOST = 16, SYLLABLES_MOST = 24 };

static bool run_is_ascii(const struct run *run)
{
	for (size_t i = 0; i < run->length; i++)
		if (run->at[i] < 'a' || run->at[i] > 'z')
			return false;
	return run->glyph == GLYPH_LETTER;
}

/* Words in a row that are pinyin, and no words of ours: their syllables belong together, however they were spaced.
 * Moves *place behind them. */
static size_t pinyin_row(const struct plan *plan, const struct view *view, const struct run *first, size_t *place,
			 uint16_t *syllables)
{
	size_t count = 0, behind = *place;
	struct run run = *first;

	do {
		size_t more = syllables_cut(run.at, run.length, SYLLABLES_MOST - count, syllables + count);

		if (!run_is_ascii(&run) || !more || word_is_known(view, &run))
			break;
		count += more;
		*place = behind;
	} while (count < SYLLABLES_MOST && run_next(&plan->text, &behind, &run));
	return count;
}

static void loose_letters(struct plan *plan, const struct view *view, struct arena *arena, const struct run *run,
			  size_t *place)
{
	uint16_t syllables[SYLLABLES_MOST];
	bool known = word_is_known(view, run);
	size_t behind = *place,
	       count = known || plan->reading != READ_SOUNDS ? 0 : pinyin_row(plan, view, run, &behind, syllables);

	if (count >= 2) {
		plan->applies = true;
		loose_syllables(plan, syllables, count);
		*place = behind;
	} else if (!known && plan->reading == READ_INITIALS && run_is_ascii(run) && run->length >= 3 &&
		   run->length <= INITIALS_MOST) {
		plan->applies = true;
		loose_initials(plan, run);
	} else {
		loose_word(plan, view, arena, run, known);
	}
}

bool plan_loose(struct plan *plan, const struct view *view, struct arena *arena, enum reading reading)
{
	size_t place = 0;
	struct run run;

	plan_begin(plan, 2, need_loose);
	plan->reading = reading;
	plan->applies = reading == READ_WORDS;
	while (run_next(&plan->text, &place, &run)) {
		if (run.glyph == GLYPH_HAN)
			loose_han(plan, &run);
		else
			loose_letters(plan, view, arena, &run, &place);
	}
	return plan->applies;
}

/* ---- as a question ---- */

void plan_question(struct plan *plan)
{
	size_t place = 0;
	struct run run;

	plan_begin(plan, 3, need_question);
	while (run_next(&plan->text, &place, &run))
		exact_run(plan, &run);
	for (place = 0; run_next(&plan->text, &place, &run);) {
		for (size_t i = 0; run.glyph == GLYPH_HAN && run.length > 1 && i < run.length; i++) {
			slot_new(plan);
			plan->slots[plan->slot_count - 1].refines = true;
			probe_add(plan, term_key(TERM_CHAR, run.at[i], 0), alone);
		}
	}
}
