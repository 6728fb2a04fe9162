/* sequence.h - what comes next: three networks that read the items somebody had, in their order, and score all items.
 *
 *   GRU4REC  a gated recurrent unit (Hidasi et al., ICLR 2016; negatives of Hidasi and Karatzoglou, CIKM 2018): sessions side by side, one
 *            step a time, gradients not followed back over steps, as its authors' own program does
 *   SASREC   causal self-attention (Kang and McAuley, ICDM 2018) with cross-entropy over items (Klenitskiy and Vasilev, RecSys 2023),
 *            layer norm before each part; positions are counted from the end
 *   CASER    convolutions over the last items (Tang and Wang, WSDM 2018), without its vector for each user, so that who is new is served alike
 *
 * All three have one table of item vectors, for what is read and for what is scored, and a bias for each item: score_j = h . e_j + bias_j.
 * Weights are floats. The same seed gives the same model bit for bit for any number of threads on one kind of processor. */
#ifndef REC_SEQUENCE_H
#define REC_SEQUENCE_H

#include "base/buffer.h"
#include "num/progress.h"
#include "num/saved.h"
#include "rec/evaluate.h"

enum sequence_kind { GRU4REC = 1, SASREC, CASER };
enum sequence_optimiser { BY_ADAGRAD = 1, BY_ADAM };

extern const struct problem sequence_settings_wrong; /* 422: a number beyond what the fields say */
extern const struct problem sequence_short;          /* 422: nobody had two items */
extern const struct problem sequence_diverged;       /* 422: the loss is no number any more: take a smaller rate */

struct sequence_settings {
	enum sequence_kind kind;
	enum sequence_optimiser optimiser;
	uint32_t width;      /* d of the item vectors and the state, 1 .. 1024 */
	uint32_t length;     /* last items that are read, 1 .. 512; GRU4REC: of a history that is scored, training has no end */
	uint32_t batch;      /* rows scored at once while fitting, length .. 65536 (GRU4REC: sessions side by side) */
	uint32_t blocks, inner;              /* SASREC: 1 .. 8; width of the inner layer, 1 .. 4096 */
	uint32_t horizontal, vertical, ahead; /* CASER: filters of each height 1 .. length, 1 .. 256; 1 .. 64; next items to be told, 1 .. 16 */
	uint32_t negatives;  /* sampled items for each batch; 0: all items */
	double power;        /* negatives are drawn by (times it was had + 1)^power, 0 .. 1 */
	double dropout;      /* 0 .. .9 */
	double rate;         /* of learning, 1e-6 .. 1 */
	uint32_t epochs;     /* at most, 1 .. 10000 */
	uint32_t patience;   /* epochs without a better NDCG@10 of the validation before it ends; 0: never */
	uint64_t seed;
};

/* Near what the authors chose; all items are scored up to 8,192, above it 2,048 are sampled, for GRU4REC always. */
struct sequence_settings sequence_defaults(enum sequence_kind kind, uint32_t items);
MUST problem sequence_check(const struct sequence_settings *s);

/* Bytes that a fit takes at most beside its data. */
size_t sequence_memory(const struct sequence_settings *s, uint32_t items);

struct sequence_epoch {
	uint32_t epoch;      /* from 1 */
	size_t rows;         /* learned from */
	double loss;         /* mean cross-entropy, nats; with sampled items that of the sample */
	double ndcg, hit_rate; /* @10 of the validation; NaN without one */
	bool is_best;
};

struct sequence_watch {
	bool (*epoch)(void *self, const struct sequence_epoch *e); /* false: end here, with the best so far; may be NULL */
	void *self;
	struct progress *progress; /* of all epochs, though it may end before; NULL: nobody wants to know */
};

struct sequence_data {
	const struct sparse *train;      /* sequences (users by items, in order) */
	const struct sparse *validation; /* matrix (users by items); NULL: the last epoch is kept */
};

struct sequence_model;

/* watch may be NULL. The model kept is that of the best epoch. */
MUST problem sequence_fit(struct threads *threads, const struct sequence_data *data, const struct sequence_settings *s,
                          const struct sequence_watch *watch, struct sequence_model **ret);
void sequence_free(struct sequence_model **m); /* for CLEANUP too */

uint32_t sequence_items(const struct sequence_model *m);
const struct sequence_settings *sequence_settings_of(const struct sequence_model *m);

/* ---- as a file (num/saved.h) ---- */

#define SEQUENCE_SAVED "sequence"
enum { SEQUENCE_VERSION = 1 };

/* names (items) go with it; NULL: items are numbers. b: an empty buffer */
void sequence_save(const struct sequence_model *m, const struct text *names, struct buffer *b);
/* After saved_open. The model has copies; every number of the file is checked. */
MUST problem sequence_load(const struct saved *s, struct sequence_model **ret);
MUST problem sequence_load_names(struct arena *arena, const struct saved *s, struct text **ret); /* NULL: they are numbers */

/* ---- scoring ---- */

/* Of users by their histories (sequences), for evaluate(). self is its own memory; free it by sequence_scorer_free. */
struct scorer sequence_scorer(const struct sequence_model *m, const struct sparse *histories, size_t threads);
void sequence_scorer_free(struct scorer *s);

/* One visitor: GRU4REC keeps the state alone, the others the last items. One thread at a time; with GRU4REC nothing is allocated after new. */
struct sequence_live;
struct sequence_live *sequence_live_new(const struct sequence_model *m);
void sequence_live_free(struct sequence_live **l);
void sequence_live_forget(struct sequence_live *l);
void sequence_live_add(struct sequence_live *l, uint32_t item); /* below sequence_items, else it is passed over */
void sequence_live_score(struct sequence_live *l, float *scores); /* (items) */

#endif
