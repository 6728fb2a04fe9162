/* normalise.h - text as search sees it: narrow, small, simplified, without accents and invisible characters; whatever
 * is no letter, digit or character is a gap, and gaps in a row are one. One table look-up a character. */
#ifndef SEARCH_NORMALISE_H
#define SEARCH_NORMALISE_H

#include "base/arena.h"
#include "base/text.h"

enum glyph {
	GLYPH_DROP,
	GLYPH_GAP,
	GLYPH_HAN, /* a unit by itself: Han, kana, hangul: scripts that put no blanks between words */
	GLYPH_LETTER,
	GLYPH_DIGIT,
};

/* The tables are made by tools/search_tables.py. */

struct fold_astral {
	uint32_t from;
	uint16_t to;
};
extern const uint16_t fold_table[65536];
extern const uint8_t glyph_table[65536];
extern const struct fold_astral fold_astral_table[];
extern const size_t fold_astral_count;
enum { READING_FIRST = 0x3400, READING_LAST = 0x9FFF };
extern const uint32_t reading_table[READING_LAST - READING_FIRST + 1];
extern const char syllable_names[][8];
extern const unsigned syllable_count;

enum { FOLD_GAP = 0x20 };

/* Characters beyond the first plane share FOLD_PRIVATE_SIZE places from FOLD_PRIVATE on: two of the same place are
 * taken for one another. */
enum { FOLD_PRIVATE = 0xE000, FOLD_PRIVATE_SIZE = 6389 };

/* at[i] came from the code point number points[i] of the original (points only if asked for). */
struct folded {
	uint16_t *at;
	uint32_t *points;
	size_t length;
};

/* Reads at most `room` units of t; at (and points, unless NULL) hold that many. No gap at either end. */
size_t fold_into(struct text t, size_t room, uint16_t *at, uint32_t *points);
struct folded fold(struct arena *arena, struct text t, size_t room);

static inline enum glyph glyph_of(uint16_t folded)
{
	return (enum glyph)glyph_table[folded];
}
static inline bool glyph_is_word(enum glyph g)
{
	return g == GLYPH_LETTER || g == GLYPH_DIGIT;
}

/* A run of units of one sort: Han, letters (with '+' and '#' behind them: c++, c#) or digits. */
struct run {
	enum glyph glyph;
	const uint16_t *at;
	size_t start, length; /* of the folded text */
};
/* The next run from *place on; false at the end. */
bool run_next(const struct folded *text, size_t *place, struct run *ret);

/* Readings of a Han character as numbers of syllables: three of 10 bits, the commonest lowest, 0 is none. */
static inline uint32_t readings_of(uint16_t folded)
{
	return folded >= READING_FIRST && folded <= READING_LAST ? reading_table[folded - READING_FIRST] : 0;
}
enum { READINGS_MAX = 3, SYLLABLE_BITS = 10, SYLLABLE_MASK = (1 << SYLLABLE_BITS) - 1 };
static inline unsigned reading_nth(uint32_t readings, unsigned n)
{
	return readings >> (SYLLABLE_BITS * n) & SYLLABLE_MASK;
}
static inline bool readings_hold(uint32_t readings, unsigned syllable)
{
	return syllable && (reading_nth(readings, 0) == syllable || reading_nth(readings, 1) == syllable ||
			    reading_nth(readings, 2) == syllable);
}
bool readings_meet_slowly(uint32_t a, uint32_t b);
/* Could the two be read alike? Nearly all characters have one reading. */
static inline bool readings_meet(uint32_t a, uint32_t b)
{
	return (a | b) >> SYLLABLE_BITS ? readings_meet_slowly(a, b) : a == b && a;
}
const char *syllable_name(unsigned syllable);

/* Cuts letters into the fewest whole syllables: "xianggang" -> xiang gang. Several ways of the same count: the one
 * whose first syllables are longest. 0 when it cannot be cut, or into more than `most`. */
size_t syllables_cut(const uint16_t *letters, size_t length, size_t most, uint16_t *ret);

#endif
