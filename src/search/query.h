/* query.h - what somebody typed, as terms to look up.
 *
 * A query is cut into slots: two characters side by side, a word. Each slot may be filled in several ways (probes): as
 * it is written, by its sound, with a character too much or too little, with two swapped. A slot counts once, by the
 * first probe that fits. What share of the slots a document fills, weighed by how rare they are, is its cover. */
#ifndef SEARCH_QUERY_H
#define SEARCH_QUERY_H

#include "search/normalise.h"
#include "search/view.h"

enum { UNITS_MAX = INDEX_QUERY_CHARACTERS_MAX, SLOTS_MAX = 96, PROBES_MAX = 192 };

/* What is compared with a title, one by one. */
struct unit {
	enum unit_kind { UNIT_HAN = 1, UNIT_SOUND, UNIT_INITIAL, UNIT_WORD } kind;
	uint16_t at; /* HAN: the character; SOUND: the syllable; INITIAL: the letter; WORD: where it starts in the text
		      */
	uint8_t length;    /* WORD */
	bool loose;        /* HAN: another of the same sound fits too; WORD: so does a longer or a misspelt one */
	bool joined;       /* it stands right behind the unit before it */
	uint32_t readings; /* HAN */
};

struct probe {
	uint64_t key;
	float weight; /* of the impact */
	float credit; /* how much of the slot it fills, 0..1 */
};

struct slot {
	uint16_t first, count; /* probes; the first is the slot as it was typed */
	bool refines;          /* adds to documents that other slots found, and finds none */
};

/* What letters that are no word of ours may be: pinyin, a word half-typed or misspelt, initials. */
enum reading { READ_SOUNDS, READ_WORDS, READ_INITIALS, READING_COUNT };

struct plan {
	unsigned pass;
	struct folded text;
	struct unit units[UNITS_MAX];
	struct slot slots[SLOTS_MAX];
	struct probe probes[PROBES_MAX];
	size_t unit_count, slot_count, probe_count;
	float need;   /* the least cover; 0 without slots: everything is found */
	size_t han;   /* how many characters were typed */
	bool letters; /* there are words of letters */
	bool applies; /* some of them could be read as asked */
	enum reading reading;
	struct text corrected; /* absent: nothing was */
};

/* The passes: as written; with sounds and slips (letters that are no word of ours: as pinyin or as initials); as a
 * question, of which a document need hold only a little. Each begins anew. */
void plan_text(struct plan *plan, struct arena *arena, struct text keyword);
void plan_exact(struct plan *plan);
/* false: no word can be read so */
bool plan_loose(struct plan *plan, const struct view *view, struct arena *arena, enum reading reading);
void plan_question(struct plan *plan);

#endif
