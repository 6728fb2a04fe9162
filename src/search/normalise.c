/* normalise.c - characters to units of search, by table.
 *
 * '+' and '#' are gaps but right behind a letter, so that C, C++ and C# are three words. */
#include "search/normalise.h"

#include <assert.h>

static uint16_t fold_astral(uint32_t code)
{
	size_t low = 0, high = fold_astral_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (fold_astral_table[middle].from < code)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < fold_astral_count && fold_astral_table[low].from == code)
		return fold_astral_table[low].to;
	if (code >= 0x20000 && code < 0x40000)
		return (uint16_t)(FOLD_PRIVATE + code % FOLD_PRIVATE_SIZE);
	return FOLD_GAP;
}

static bool goes_with_letters(uint16_t last)
{
	return glyph_of(last) == GLYPH_LETTER || last == '+' || last == '#';
}

/* The next code point, folded; the two lengths that matter are done here, without a call. */
static inline uint16_t next_folded(struct text *rest, uint16_t last)
{
	const unsigned char *p = (const unsigned char *)rest->at;
	uint32_t code;

	if (rest->length >= 3 && (p[0] & 0xF0) == 0xE0 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
		rest->at += 3, rest->length -= 3;
		return fold_table[(p[0] & 15) << 12 | (p[1] & 63) << 6 | (p[2] & 63)];
	}
	if (p[0] < 0x80) {
		rest->at++, rest->length--;
		if ((p[0] == '+' || p[0] == '#') && goes_with_letters(last))
			return p[0];
		return p[0] ? fold_table[p[0]] : FOLD_GAP;
	}
	code = text_next(rest);
	return code < 0x10000 ? fold_table[code] : fold_astral(code);
}

size_t fold_into(struct text t, size_t room, uint16_t *at, uint32_t *points)
{
	size_t length = 0;
	uint16_t last = FOLD_GAP;

	for (uint32_t number = 0; t.length && length < room; number++) {
		uint16_t to = next_folded(&t, last);

		if (!to || (to == FOLD_GAP && last == FOLD_GAP))
			continue;
		if (points)
			points[length] = number;
		at[length++] = last = to;
	}
	return length && last == FOLD_GAP ? length - 1 : length;
}

struct folded fold(struct arena *arena, struct text t, size_t room)
{
	size_t most = t.length < room ? t.length : room;
	struct folded ret = { .at = ARENA_ARRAY(arena, uint16_t, most + 1),
			      .points = ARENA_ARRAY(arena, uint32_t, most + 1) };

	ret.length = fold_into(t, most, ret.at, ret.points);
	return ret;
}

static bool run_goes_on(enum glyph glyph, uint16_t c)
{
	return glyph_of(c) == glyph || (glyph == GLYPH_LETTER && (c == '+' || c == '#'));
}

bool run_next(const struct folded *text, size_t *place, struct run *ret)
{
	size_t i = *place, start;
	enum glyph glyph;

	while (i < text->length && text->at[i] == FOLD_GAP)
		i++;
	if (i == text->length)
		return false;
	start = i;
	glyph = glyph_of(text->at[i++]);
	while (i < text->length && run_goes_on(glyph, text->at[i]))
		i++;
	*place = i;
	*ret = (struct run){ .glyph = glyph, .at = text->at + start, .start = start, .length = i - start };
	return true;
}

bool readings_meet_slowly(uint32_t a, uint32_t b)
{
	for (unsigned n = 0; n < READINGS_MAX; n++)
		if (readings_hold(a, reading_nth(b, n)))
			return true;
	return false;
}

const char *syllable_name(unsigned syllable)
{
	assert(syllable <= syllable_count);
	return syllable_names[syllable];
}

enum { SYLLABLE_LETTERS_MAX = 6, CUT_LETTERS_MAX = 64 };

/* The number of the syllable, 0 if there is none; the names are sorted. Interjections without a vowel (m, ng) are not
 * what anybody types, and would make a syllable of any n. The u of lue and nue stands for u-umlaut. */
static unsigned syllable_find(const uint16_t *letters, size_t length)
{
	unsigned low = 1, high = syllable_count;
	char name[SYLLABLE_LETTERS_MAX + 2] = "";

	for (size_t i = 0; i < length; i++)
		name[i] = (char)letters[i];
	if (!strpbrk(name, "aeiouv"))
		return 0;
	if (!strcmp(name, "lue") || !strcmp(name, "nue"))
		name[1] = 'v';
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (strcmp(syllable_names[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return strcmp(syllable_names[low], name) == 0 ? low : 0;
}

size_t syllables_cut(const uint16_t *letters, size_t length, size_t most, uint16_t *ret)
{
	/* best[i]: fewest syllables that make up letters[i..]; first[i]: the first of them */
	uint8_t best[CUT_LETTERS_MAX + 1] = { 0 }, step[CUT_LETTERS_MAX + 1] = { 0 };
	uint16_t first[CUT_LETTERS_MAX + 1] = { 0 };
	size_t count = 0;

	if (!length || length > CUT_LETTERS_MAX)
		return 0;
	for (size_t i = 0; i < length; i++)
		if (letters[i] < 'a' || letters[i] > 'z')
			return 0;
	for (size_t i = length; i-- > 0;) {
		best[i] = UINT8_MAX;
		for (size_t n = 1; n <= SYLLABLE_LETTERS_MAX && i + n <= length; n++) {
			unsigned syllable = best[i + n] < UINT8_MAX ? syllable_find(letters + i, n) : 0;

			if (!syllable || best[i + n] + 1 > best[i])
				continue;
			best[i] = (uint8_t)(best[i + n] + 1);
			step[i] = (uint8_t)n;
			first[i] = (uint16_t)syllable;
		}
	}
	if (best[0] > most)
		return 0;
	for (size_t i = 0; i < length; i += step[i])
		ret[count++] = first[i];
	return count;
}
