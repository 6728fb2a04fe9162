/* neighbours.h - models of who is near whom. Items that the same users had: cosine (Sarwar et al., WWW 2001), with shrinking of what rests
 * on few; and RP3beta, the chance to walk from an item over a user to another, less by its popularity (Paudel et al., ACM TiiS 7, 2017).
 * Both are item models. Users who had the same items: exact cosine over all of them, at the time they are asked. */
#ifndef REC_NEIGHBOURS_H
#define REC_NEIGHBOURS_H

#include "num/threads.h"
#include "rec/item_model.h"

extern const struct problem neighbours_unfit; /* 422: options out of bounds, or RP3beta over weights that are not above 0 */

enum neighbours_kind { NEIGHBOURS_COSINE = 1, NEIGHBOURS_RP3BETA };

struct neighbours_options {
	enum neighbours_kind kind;
	uint32_t keep;   /* links to each item, 1 or more */
	double shrink;   /* cosine: x_i'x_j / (|x_i| |x_j| + shrink), 0 or more */
	double alpha;    /* RP3beta: power of each step's chance, 0 to 2 */
	double beta;     /* RP3beta: power of the popularity that is divided by, 0 to 2 */
};

/* x (users, items) */
MUST problem neighbours_fit(struct threads *threads, const struct sparse *x, const struct neighbours_options *options, struct item_model *ret);

/* ---- users ---- */

/* Points into by_user and by_item, which stay: x (users, items), and turned. */
struct user_neighbours {
	const struct sparse *by_user, *by_item;
	uint32_t neighbours; /* the nearest that count, 1 or more */
	double shrink;
	float *length;       /* (users) */
};

void user_neighbours_of(const struct sparse *by_user, const struct sparse *by_item, uint32_t neighbours, double shrink,
                        struct user_neighbours *ret);
void user_neighbours_free(struct user_neighbours *n);

/* Somebody by what they had, who need not be among the users; `himself`, who is no neighbour of his own, is UINT32_MAX then.
 * score_j = sum over the nearest users v of cosine(v) x_vj. */
struct asking_user {
	uint32_t himself;
	const uint32_t *items;
	const float *weights; /* NULL: each 1 */
	size_t count;
};
void user_neighbours_score_one(const struct user_neighbours *n, const struct asking_user *who, float *scores);
/* shares (count) of the score of an item, which they sum up to: what each thing he had gave to the nearness of those who had the item. What
 * is taken away also changes who is near. */
void user_neighbours_reasons(const struct user_neighbours *n, const struct asking_user *who, uint32_t item, float *shares);

/* What to hand to evaluate.h: users of `known`, by what they had; those of by_user under the same number are themselves, if `same`. */
struct user_neighbours_scorer {
	const struct user_neighbours *model;
	const struct sparse *known;
	bool same;
};
void user_neighbours_score(void *user_neighbours_scorer, const uint32_t *users, size_t count, float *scores, size_t thread);

#endif
