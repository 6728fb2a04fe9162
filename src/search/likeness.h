/* likeness.h - a query and a text, unit by unit: what fits where. */
#ifndef SEARCH_LIKENESS_H
#define SEARCH_LIKENESS_H

#include "search/query.h"

/* A character or a word of a text. */
struct text_unit {
	uint16_t at;    /* the character, or where the word starts in the folded text */
	uint8_t length; /* of a word, else 0 */
	uint32_t readings;
	uint32_t place; /* in the folded text */
};
static inline struct text_unit text_unit_of_word(const struct run *run)
{
	return (struct text_unit){ .at = (uint16_t)run->start,
				   .length = (uint8_t)(run->length < UINT8_MAX ? run->length : UINT8_MAX),
				   .place = (uint32_t)run->start };
}
static inline struct text_unit text_unit_of_han(const struct run *run, size_t i, bool readings)
{
	return (struct text_unit){ .at = run->at[i],
				   .readings = readings ? readings_of(run->at[i]) : 0,
				   .place = (uint32_t)(run->start + i) };
}
/* Readings only if they are wanted: else they are 0. */
size_t text_units(const struct folded *text, bool readings, struct text_unit *ret, size_t most);

/* Nearly all units of a text fit nothing in the query: a sieve says so at once. */
enum { SIEVE_BITS = 1 << SYLLABLE_BITS };
struct sieve {
	uint64_t characters[SIEVE_BITS / 64], sounds[SIEVE_BITS / 64];
	bool words, all;
	bool readings; /* of the text's units are looked at */
	unsigned most; /* all that the query's units may fit */
};
struct sieve sieve_of(const struct plan *plan);
static inline bool sieve_bit(const uint64_t *bits, uint32_t n)
{
	return bits[n % SIEVE_BITS / 64] >> n % 64 & 1;
}
static inline bool sieve_holds(const struct sieve *sieve, const struct text_unit *t)
{
	if (sieve->all)
		return true;
	if (t->length)
		return sieve->words;
	if (sieve_bit(sieve->characters, t->at))
		return true;
	for (uint32_t readings = t->readings; readings; readings >>= SYLLABLE_BITS)
		if (sieve_bit(sieve->sounds, readings & SYLLABLE_MASK))
			return true;
	return false;
}

enum { FIT_WHOLE = 16, FIT_SOUND = 12, FIT_WORD = 32, FIT_WORD_LOOSE = 24 };

/* How well the unit of the query fits the one of the text: 0, or up to unit_most. */
unsigned unit_fits_other(const struct plan *plan, const struct unit *unit, const uint16_t *text,
			 const struct text_unit *t);
static inline unsigned unit_fits(const struct plan *plan, const struct unit *unit, const uint16_t *text,
				 const struct text_unit *t)
{
	if (unit->kind != UNIT_HAN || t->length)
		return unit_fits_other(plan, unit, text, t);
	if (unit->at == t->at)
		return FIT_WHOLE;
	return unit->loose && readings_meet(unit->readings, t->readings) ? FIT_SOUND : 0;
}
static inline unsigned unit_most(const struct unit *unit)
{
	return unit->kind == UNIT_WORD ? FIT_WORD : FIT_WHOLE;
}

/* The longest common run, and what is common in the same order, as shares of the query. */
struct likeness {
	double run, order;
	bool same;
};
struct likeness likeness_of(const struct plan *plan, const struct sieve *sieve, const struct folded *title);

#endif
