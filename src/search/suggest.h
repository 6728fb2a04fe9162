/* suggest.h - what a half-typed text may become: titles, authors and tags, by their characters, their full pinyin and
 * their initials. One sorted array of keys; a key is not stored but made from the text when it is compared. */
#ifndef SEARCH_SUGGEST_H
#define SEARCH_SUGGEST_H

#include "search/index.h"

struct segment;

enum suggestion_key { KEY_TEXT, KEY_SOUND, KEY_INITIALS };

/* A title, or an author or tag by one document that has it: the one best known. */
struct suggestion_entry {
	uint32_t doc;
	uint16_t weight; /* 1000 * log10(1 + popularity and sales of all that have it) */
	uint8_t kind;    /* enum index_suggestion_kind */
	uint8_t tag;     /* which of the document's tags */
};

enum { SUGGESTION_BLOCK = 32 };
struct suggestions {
	struct suggestion_entry *entries;
	uint32_t *keys;    /* sorted; entry << 2 | enum suggestion_key */
	uint16_t *weights; /* of each key, */
	uint16_t *peaks;   /* the largest of each block of keys, */
	uint64_t *heads;   /* and the first four units of its first key */
	uint32_t entry_count, key_count;
};

void suggestions_make(const struct segment *segment, struct suggestions *ret);
void suggestions_free(struct suggestions *suggestions);
size_t suggestions_bytes(const struct suggestions *suggestions);

/* The heaviest so far, heaviest first, each text once. */
struct suggestion_best {
	struct index_suggestion *items;
	uint16_t weights[INDEX_SUGGESTIONS_MAX];
	size_t count, most;
};
void suggestions_find(const struct segment *segment, const uint64_t *dead, struct text typed,
		      struct suggestion_best *best);

#endif
