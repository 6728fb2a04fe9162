/* codes.c - codes that are typed from paper: no 0 and O, no 1, I and L. 31 characters are a prime number of them, so the weighted
 * sum finds each single wrong character and each two that changed places. They are stored as hashes: 75 random bits need no salt. */
#include <assert.h>

#include "crypto/crypto.h"
#include "order/coupon.h"

static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
enum { LETTERS = sizeof alphabet - 1, GROUP = 4 };
static_assert(LETTERS == 31, "the check needs a prime number");

static int place_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* sum of (place + 1) * letter over all is nothing, modulo 31 */
static char check_of(const int *letters)
{
	int sum = 0;

	for (int i = 0; i < CODE_LENGTH - 1; i++)
		sum += (i + 1) * letters[i];
	for (int c = 0; c < LETTERS; c++) {
		if ((sum + CODE_LENGTH * c) % LETTERS == 0)
			return alphabet[c];
	}
	abort(); /* 16 has an inverse modulo 31 */
}

/* Bytes from 248 up are thrown away: 248 is 8 * 31, so that each letter is as likely. */
static int random_letter(struct world *world)
{
	unsigned char byte;

	do
		world_random(world, &byte, 1);
	while (byte >= LETTERS * (256 / LETTERS));
	return byte % LETTERS;
}

struct text order__new_code(struct tx *tx)
{
	char *at = arena_alloc(tx_arena(tx), CODE_LENGTH + CODE_LENGTH / GROUP);
	int letters[CODE_LENGTH - 1];
	size_t n = 0;

	for (int i = 0; i < CODE_LENGTH; i++) {
		if (i && i % GROUP == 0)
			at[n++] = '-';
		if (i < CODE_LENGTH - 1)
			letters[i] = random_letter(tx_world(tx));
		at[n++] = i < CODE_LENGTH - 1 ? alphabet[letters[i]] : check_of(letters);
	}
	return (struct text){ at, n };
}

struct text order__fold_code(struct arena *arena, struct text typed)
{
	char *at = arena_alloc(arena, typed.length + 1);
	size_t n = 0;

	for (size_t i = 0; i < typed.length; i++) {
		char c = typed.at[i];

		if (c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r')
			continue;
		at[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return (struct text){ at, n };
}

bool order__code_sound(struct text folded)
{
	int sum = 0;

	if (folded.length != CODE_LENGTH)
		return false;
	for (int i = 0; i < CODE_LENGTH; i++) {
		int letter = place_of(folded.at[i]);

		if (letter < 0)
			return false;
		sum += (i + 1) * letter;
	}
	return sum % LETTERS == 0;
}

struct text order__code_hash(struct arena *arena, struct text folded) { return sha256_hex(arena, folded); }
