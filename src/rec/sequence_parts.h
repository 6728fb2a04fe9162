/* sequence_parts.h - what a kind of network must tell so that one program fits, saves and asks all of them. */
#ifndef REC_SEQUENCE_PARTS_H
#define REC_SEQUENCE_PARTS_H

#include "rec/sequence.h"
#include "rec/softmax.h"

enum { PIECES_MAX = 8 };

struct sequence_model {
	struct sequence_settings is;
	const struct sequence_network *network;
	uint32_t items;
	size_t body_count;
	float *table; /* (items, width) */
	float *bias;  /* (items) */
	float *body;  /* all other weights */
};

/* A part of a batch that one thread takes forward and back. */
struct piece {
	size_t tokens;          /* items read, in `item`; SASREC: those of its sequences; CASER: (rows, length), NO_ITEM in front; GRU4REC: one a row */
	const uint32_t *item;
	size_t rows;            /* what is scored; SASREC: rows are tokens */
	size_t sequences;       /* SASREC */
	uint32_t *lengths;
	const float *state;     /* GRU4REC: (rows, width) before the step */
	float *next;            /* and after it */
	double dropped;         /* 0 when it is asked, not taught */
	uint64_t key;           /* of its dropout */
	float *work;            /* work_count(tokens) floats from forward to backward */
};

struct sequence_network {
	const char *name;
	size_t pieces;                      /* of a batch */
	size_t (*tokens)(const struct sequence_settings *s, size_t rows); /* at most */
	size_t (*body_count)(const struct sequence_settings *s);
	size_t (*work_count)(const struct sequence_settings *s, size_t tokens);
	void (*begin)(struct sequence_model *m); /* weights of the body, by the seed */
	void (*forward)(const struct sequence_model *m, const struct piece *p, struct dense h); /* h (rows, width) */
	/* dbody is added to, dinput (tokens, width) is set */
	void (*backward)(const struct sequence_model *m, const struct piece *p, struct dense dh, float *dbody, float *dinput);
};

extern const struct sequence_network sequence_gru4rec, sequence_sasrec, sequence_caser;

/* Weights taken off the body one behind the other: the same walk for values and gradients. */
static inline float *body_take(float **at, size_t count)
{
	float *here = *at;

	*at += count;
	return here;
}

void body_normal(float *at, size_t count, double sd, uint64_t seed); /* begin */
void body_fill(float *at, size_t count, float value);
struct sequence_model *sequence_model_new(const struct sequence_settings *s, uint32_t items);

/* Vectors of histories: ret (count, width). */
struct asked { const uint32_t *item; size_t count; };
size_t sequence_ask_count(const struct sequence_model *m, size_t count); /* floats of `work` for so many */
void sequence_ask(const struct sequence_model *m, const struct asked *asked, size_t count, float *work, struct dense ret);

#endif
