/* words.c - the vocabulary of names. A misspelt word is compared with all of them: a set of letters tells most apart in
 * a nanosecond, so 30,000 words cost less than a table of all their misspellings would in memory. */
#include "search/words.h"

#include "search/memory.h"

void words_free(struct words *words)
{
	free(words->starts);
	free(words->letters);
	free(words->at);
	*words = (struct words){ 0 };
}

size_t words_bytes(const struct words *words)
{
	return words->count ? words->count * 2 * sizeof(uint32_t) + words->starts[words->count] * sizeof *words->at : 0;
}

static int word_compare(const uint16_t *a, size_t a_length, const uint16_t *b, size_t b_length)
{
	for (size_t i = 0; i < a_length && i < b_length; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return (a_length > b_length) - (a_length < b_length);
}

static int name_compare(const void *a, const void *b)
{
	const struct term_name *x = a, *y = b;

	return word_compare(x->at, x->length, y->at, y->length);
}

static uint32_t letters_of(const uint16_t *at, size_t length)
{
	uint32_t set = 0;

	for (size_t i = 0; i < length; i++)
		set |= 1u << (at[i] % 32);
	return set;
}

static size_t word_length(const struct words *words, uint32_t n)
{
	return words->starts[n + 1] - words->starts[n];
}

static void words_room(struct words *words, size_t count, size_t letters)
{
	*words = (struct words){
		.starts = memory_array(NULL, sizeof *words->starts, count + 1),
		.letters = memory_array(NULL, sizeof *words->letters, count),
		.at = memory_array(NULL, sizeof *words->at, letters),
	};
	words->starts[0] = 0;
}

/* Behind the others, unless it is the last one again. */
static void words_append(struct words *words, const uint16_t *at, size_t length)
{
	uint32_t end = words->starts[words->count], last;

	if (words->count) {
		last = words->starts[words->count - 1];
		if (!word_compare(words->at + last, end - last, at, length))
			return;
	}
	memcpy(words->at + end, at, length * sizeof *at);
	words->letters[words->count++] = letters_of(at, length);
	words->starts[words->count] = end + (uint32_t)length;
}

static void words_fit(struct words *words)
{
	words->starts = memory_array(words->starts, sizeof *words->starts, words->count + 1);
	words->letters = memory_array(words->letters, sizeof *words->letters, words->count);
	words->at = memory_array(words->at, sizeof *words->at, words->starts[words->count]);
}

void words_make(struct term_name *names, size_t count, struct words *ret)
{
	size_t letters = 0;

	if (count)
		qsort(names, count, sizeof *names, name_compare);
	for (size_t i = 0; i < count; i++)
		letters += names[i].length;
	words_room(ret, count, letters);
	for (size_t i = 0; i < count; i++)
		words_append(ret, names[i].at, names[i].length);
	words_fit(ret);
}

static int word_compare_nth(const struct words *a, uint32_t i, const struct words *b, uint32_t j)
{
	return word_compare(a->at + a->starts[i], word_length(a, i), b->at + b->starts[j], word_length(b, j));
}

static void words_merge_two(const struct words *a, const struct words *b, struct words *ret)
{
	uint32_t i = 0, j = 0;

	words_room(ret, (size_t)a->count + b->count, (size_t)a->starts[a->count] + b->starts[b->count]);
	while (i < a->count || j < b->count) {
		bool first = j == b->count || (i < a->count && word_compare_nth(a, i, b, j) <= 0);
		const struct words *from = first ? a : b;
		uint32_t n = first ? i++ : j++;

		words_append(ret, from->at + from->starts[n], word_length(from, n));
	}
	words_fit(ret);
}

void words_merge(const struct words *const *from, size_t n, struct words *ret)
{
	words_room(ret, 0, 0);
	for (size_t i = 0; i < n; i++) {
		struct words both;

		words_merge_two(ret, from[i], &both);
		words_free(ret);
		*ret = both;
	}
}

/* The first word not before this one. */
static uint32_t words_find(const struct words *words, const uint16_t *at, size_t length)
{
	uint32_t low = 0, high = words->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (word_compare(words->at + words->starts[middle], word_length(words, middle), at, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t words_beginning(const struct words *words, const uint16_t *at, size_t length, struct word_match *ret,
		       size_t most)
{
	size_t count = 0;

	for (uint32_t n = words_find(words, at, length); n < words->count && count < most; n++) {
		const uint16_t *word = words->at + words->starts[n];
		size_t its_length = word_length(words, n);

		if (its_length < length || memcmp(word, at, length * sizeof *at) != 0)
			break;
		if (its_length > length)
			ret[count++] = (struct word_match){ word, (uint8_t)its_length, 0 };
	}
	return count;
}

/* Optimal string alignment, three rows of a table. */
unsigned word_slips(const uint16_t *a, size_t a_length, const uint16_t *b, size_t b_length, unsigned most)
{
	uint8_t rows[3][WORD_MOST + 1], *before = rows[0], *last = rows[1], *now = rows[2];

	if (a_length > WORD_MOST || b_length > WORD_MOST || a_length > b_length + most || b_length > a_length + most)
		return most + 1;
	for (size_t j = 0; j <= b_length; j++)
		last[j] = (uint8_t)j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned least = now[0] = (uint8_t)i;
		uint8_t *spare = before;

		for (size_t j = 1; j <= b_length; j++) {
			unsigned slips = last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u);

			if (last[j] + 1u < slips)
				slips = last[j] + 1u;
			if (now[j - 1] + 1u < slips)
				slips = now[j - 1] + 1u;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1u < slips)
				slips = before[j - 2] + 1u;
			now[j] = (uint8_t)slips;
			if (slips < least)
				least = slips;
		}
		if (least > most)
			return most + 1;
		before = last, last = now, now = spare;
	}
	return last[b_length] <= most ? last[b_length] : most + 1;
}

static void match_keep(struct word_match *ret, size_t *count, size_t most, struct word_match match)
{
	size_t place = *count;

	while (place && ret[place - 1].slips > match.slips)
		place--;
	if (place == most)
		return;
	if (*count < most)
		++*count;
	memmove(ret + place + 1, ret + place, (*count - place - 1) * sizeof *ret);
	ret[place] = match;
}

size_t words_near(const struct words *words, const uint16_t *at, size_t length, struct word_match *ret, size_t most)
{
	unsigned slips_most = word_slips_most(length);
	uint32_t letters = letters_of(at, length);
	size_t count = 0;

	for (uint32_t n = 0; slips_most && n < words->count; n++) {
		uint32_t other = words->letters[n] ^ letters;
		size_t its_length = word_length(words, n);
		unsigned slips;

		/* a slip changes at most two letters of the set */
		for (unsigned bits = 0; bits < 2 * slips_most && other; bits++)
			other &= other - 1;
		if (other || its_length + slips_most < length || its_length > length + slips_most)
			continue;
		slips = word_slips(at, length, words->at + words->starts[n], its_length, slips_most);
		if (slips && slips <= slips_most)
			match_keep(ret, &count, most,
				   (struct word_match){ words->at + words->starts[n], (uint8_t)its_length,
							(uint8_t)slips });
	}
	return count;
}
