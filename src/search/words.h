/* words.h - the words of letters that stand in names, sorted: what a half-typed word may become, and what a misspelt
 * one may have meant. */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include "search/terms.h"

struct words {
	uint32_t count;
	uint32_t *starts;  /* count + 1 */
	uint32_t *letters; /* of each word a set of its letters, to see at once that it is too different */
	uint16_t *at;
};

/* What was found for a typed word. */
struct word_match {
	const uint16_t *at;
	uint8_t length,
		slips; /* slips: letters changed, left out, added or swapped with a neighbour; 0: it begins so */
};
enum { WORD_MATCHES_MAX = 12 };

void words_free(struct words *words);
/* Sorts names (and drops doubles) into *ret. */
void words_make(struct term_name *names, size_t count, struct words *ret);
void words_merge(const struct words *const *from, size_t n, struct words *ret);
size_t words_bytes(const struct words *words);

/* Words that begin with the letters and are longer; at most `most`. */
size_t words_beginning(const struct words *words, const uint16_t *at, size_t length, struct word_match *ret,
		       size_t most);
/* Words with at most one slip from 4 letters on, two from 8 on; those with fewest slips, at most `most`. */
size_t words_near(const struct words *words, const uint16_t *at, size_t length, struct word_match *ret, size_t most);
/* How many slips are forgiven in a word of this length. */
static inline unsigned word_slips_most(size_t length)
{
	return length >= 8 ? 2 : length >= 4 ? 1 : 0;
}
/* How many slips lie between the two; more than `most` is most + 1. */
unsigned word_slips(const uint16_t *a, size_t a_length, const uint16_t *b, size_t b_length, unsigned most);

#endif
