/* terms.h - what a document is found by. A term is 48 bits: a hash of its kind and its characters; two of different
 * meaning that share a hash would be one term to us, which at a million terms happens about once in five hundred
 * indexes and costs a document found too much. */
#ifndef SEARCH_TERMS_H
#define SEARCH_TERMS_H

#include "search/index.h"
#include "search/normalise.h"

enum term_kind {
	TERM_CHAR = 1, /* one Han character */
	TERM_PAIR,     /* two that stand side by side */
	TERM_SKIP,     /* two with one between them */
	TERM_SOUND,    /* two syllables side by side */
	TERM_INITIALS, /* the initials of three syllables side by side */
	TERM_WORD,     /* letters or digits */
	TERM_AUTHOR,   /* the slug of an author: filters only */
	TERM_ID,       /* the document itself */
};

enum { TERM_KEY_BITS = 48 };

uint64_t term_key(enum term_kind kind, uint32_t a, uint32_t b);
uint64_t term_initials(char a, char b, char c);
uint64_t term_word(const uint16_t *at, size_t length);
uint64_t term_author(struct text slug);
uint64_t term_id(int64_t id);

/* What one document holds: each term once, with its impact (how much it says about the document, 1..255). */
struct term_weight {
	uint64_t key;
	uint8_t impact;
};
/* A word of letters as it stands in a name: what a half-typed or misspelt word may have meant. */
enum { WORD_LEAST = 2, WORD_MOST = 24 };
struct term_name {
	uint64_t key;
	uint16_t at[WORD_MOST];
	uint8_t length;
};
struct doc_terms {
	const struct term_weight *items;
	const struct term_name *names;
	size_t count, name_count;
};

struct terms_maker; /* memory that is used again for each document */
struct terms_maker *terms_maker_new(void);
void terms_maker_free(struct terms_maker *maker);
/* In no order; valid until the next call. */
struct doc_terms terms_of(struct terms_maker *maker, const struct index_doc *doc);

#endif
