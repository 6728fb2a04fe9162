/* graph_embedding.h - what else is probably so: a vector for each thing and each relation of a graph, such that triples that are there score high.
 *
 *   TransE (Bordes et al., NIPS 2013):   s(h, r, t) = -|h + r - t|^2       a relation is a step from here to there
 *   DistMult (Yang et al., ICLR 2015):   s(h, r, t) = sum_f h_f r_f t_f    a relation says which directions two things must have in common
 *
 * Both are learned alike: of each triple the tail is asked for, and the head, among the thing that is there and N drawn ones, by cross-entropy
 *
 *   ln(e^s + sum_j e^(s_j) things / N) - s + lambda / 2 (|h|^2 + |r|^2 + |t|^2)
 *
 * which serves both better than the margins of the papers (Kadlec, Bajgar and Kleindienst, RepL4NLP 2017; Ruffinelli, Broscheit and Gemulla, ICLR 2020);
 * with N of all things it is the whole softmax. Adagrad over batches in an order drawn by the seed; the same bit for bit for any number of threads. */
#ifndef REC_GRAPH_EMBEDDING_H
#define REC_GRAPH_EMBEDDING_H

#include "num/dense.h"
#include "num/progress.h"
#include "num/saved.h"
#include "num/threads.h"
#include "rec/graph.h"

enum embedding_kind { TRANSE = 1, DISTMULT };
enum { EMBEDDING_WIDTH_MAX = 1024, EMBEDDING_BATCH_MAX = 1 << 14, EMBEDDING_NEGATIVES_MAX = 1 << 16 };

struct embedding_settings {
	enum embedding_kind kind;
	uint32_t width, epochs, batch, negatives;
	uint32_t patience;   /* epochs without a better validation, after which it ends */
	double rate, lambda;
	uint64_t seed;
};
static const struct embedding_settings embedding_usual = { .kind = TRANSE, .width = 64, .epochs = 60, .batch = 256, .negatives = 512, .patience = 5, .rate = .1,
	                                                   .lambda = 1e-3, .seed = 1 };

struct graph_embedding {
	struct embedding_settings settings;
	struct dense thing, relation; /* (things, width), (relations, width) */
	struct text *thing_names, *relation_names; /* (things), (relations) not owned; NULL: they are numbers */
};

extern const struct problem embedding_settings_wrong; /* 422: out of their bounds */
extern const struct problem embedding_no_numbers;     /* 422: it grew beyond all numbers, or a model that holds none */

void graph_embedding_free(struct graph_embedding *m); /* for CLEANUP too */
size_t graph_embedding_bytes(const struct embedding_settings *s, uint32_t things); /* that fitting wants, about */

/* ---- who is asked for ---- */

/* (given, relation, ?), or (?, relation, given) where it goes back */
struct graph_query {
	uint32_t given, relation;
	bool back;
};
void graph_embedding_score(const struct graph_embedding *m, struct graph_query q, float *scores); /* (things) s of each in the open place */

/* Triples as questions: how high does what is there stand among all things, those left out that `known` has as well (Bordes et al.: "filtered")? Its rank
 * is 1 + things above it + half of those that are equal to it. Each triple is asked both ways. */
struct graph_scorer {
	void (*score)(void *self, struct graph_query q, float *scores); /* called by several threads at once; no NaN */
	void *self;
};
struct graph_ranks {
	size_t asked;
	double mrr, hits_1, hits_3, hits_10, mean_rank; /* means over what was asked: of 1 / rank; of rank <= 1, 3, 10; of the rank */
};
void graph_rank(struct threads *threads, const struct graph_scorer *scorer, const struct triples *test, const struct triples *known, struct graph_ranks *ret);

struct graph_scorer graph_embedding_scorer(const struct graph_embedding *m); /* m stays where it is */

/* What any model has to beat: how often each thing stands in that place of that relation. */
struct graph_frequency {
	uint32_t things;
	size_t *start;   /* (2 relations + 1) of relation r as tails from start[2 r] on, as heads from start[2 r + 1] on */
	uint32_t *thing;
	float *count;
};
void graph_frequency_of(const struct triples *t, uint32_t things, struct graph_frequency *ret);
void graph_frequency_free(struct graph_frequency *f);
struct graph_scorer graph_frequency_scorer(const struct graph_frequency *f);

/* ---- fitting ---- */

struct embedding_report {
	uint32_t epochs, best;
	double mrr; /* of the validation, at the best; NaN without one */
};
/* things, relations: those of t. validation (may be NULL): triples, among t's things, of which at most 500 are asked after each epoch; the best is kept. */
MUST problem graph_embedding_fit(struct threads *threads, const struct triples *t, const struct triples *validation, const struct embedding_settings *settings,
                                 struct progress *progress, struct embedding_report *report, struct graph_embedding *ret);

/* A step, as fitting takes it: the mean loss over the triples `row` (count), asked both ways among `negative` (negatives), and its gradient. */
struct embedding_gradient {
	double loss;
	struct dense thing, relation;
};
void embedding_gradient_free(struct embedding_gradient *g); /* for CLEANUP too */
struct embedding_batch {
	const struct triples *t;
	const uint32_t *row, *negative;
	uint32_t count, negatives;
};
void embedding_gradient_of(struct threads *threads, const struct graph_embedding *m, const struct embedding_batch *b, struct embedding_gradient *ret);

/* ---- as a file ---- */

#define GRAPH_EMBEDDING_SAVED "graph-embedding"
enum { GRAPH_EMBEDDING_VERSION = 1 };
void graph_embedding_save(const struct graph_embedding *m, struct buffer *b); /* arrays of a file that the caller began and ends */
MUST problem graph_embedding_load(struct arena *arena, const struct saved *s, struct graph_embedding *ret); /* a copy, checked; names lie in the arena */

#endif
