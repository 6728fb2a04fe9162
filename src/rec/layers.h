/* layers.h - the layers of small networks, each with its step forward and its step backward written out. Arrays of floats, row by row.
 *
 * Backward takes the gradient of the loss by what the layer gave, writes the gradient by what it took (over what stood there), and ADDS
 * the gradients of its weights to theirs. No layer keeps a state, allocates or starts threads: work is split by whoever calls, in
 * blocks of rows that follow from the work, each with weight gradients of its own, summed afterwards in the order of the blocks. */
#ifndef REC_LAYERS_H
#define REC_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/dense.h"

static const uint32_t NO_ITEM = ~0u; /* in the place of an item: none stands there */
enum { LAYER_LENGTH_MAX = 512 };     /* of a sequence that attention sees at once */

/* What is only read, as a matrix. */
static inline struct dense dense_given(const float *at, size_t rows, size_t columns) { return dense_of((float *)at, rows, columns); }

static inline struct dense dense_columns(struct dense m, size_t first, size_t count)
{
	return (struct dense){ m.rows, count, m.stride, m.at + first };
}

/* ---- one number each ---- */

enum activation { RELU = 1, GELU, TANH, SIGMOID };
/* GELU by Hendrycks and Gimpel (arXiv 1606.08415), the form with tanh. y may be x. */
void activation_forward(enum activation a, const float *x, float *y, size_t n);
/* dx = dy times the slope; x is what it took, y what it gave (RELU, TANH, SIGMOID want y only, GELU x only). dx may be dy. */
void activation_backward(enum activation a, const float *x, const float *y, const float *dy, float *dx, size_t n);
void row_exp(float *x, float less, size_t n); /* x = e^(x - less), to 2 units in the last place; below e^-87 it is e^-87 */
float number_sigmoid(float x);

/* Dropout (Srivastava et al., JMLR 15, 2014): each number is 0 with the probability `share`, else divided by 1 - share. Which ones
 * follows from the key and the place alone, so backward is the same call, on the gradient. share < 1, in steps of 2^-16. */
void dropout(float *x, size_t n, double share, uint64_t key);

/* ---- rows ---- */

/* y row i = row item[i] of the table (columns of y wide); zeros for NO_ITEM */
void embedding_forward(const float *table, const uint32_t *item, struct dense y);
void embedding_backward(const uint32_t *item, struct dense dy, float *dtable);

/* y = x W + b; W (columns of x, columns of y). b, db may be NULL; dx.at may be NULL. */
void linear_forward(struct dense x, const float *w, const float *b, struct dense y);
void linear_backward(struct dense x, const float *w, struct dense dy, float *dw, float *db, struct dense dx);

/* y = (x - mean) / sqrt(variance + 1e-6) gain + shift, of each row (Ba, Kiros and Hinton, arXiv 1607.06450).
 * scale (rows): 1 / sqrt(...), kept for backward, which takes y. A gain of exactly 0 loses the gradient of x in its column. */
void norm_forward(struct dense x, const float *gain, const float *shift, struct dense y, float *scale);
struct norm_back { const float *gain, *scale; float *dgain, *dshift; };
void norm_backward(struct dense x, struct dense dy, const struct norm_back *n, struct dense dx);

/* Causal self-attention of one sequence, one head (Vaswani et al., 2017; Kang and McAuley, ICDM 2018): row i sees rows 0 .. i.
 * qkv (n, 3 d): queries, keys, values side by side. chances (n, n): row i has i + 1 of them, before dropout. */
struct attention { size_t n, d; double dropped; uint64_t key; };
void attention_forward(const struct attention *a, const float *qkv, float *chances, float *y);
void attention_backward(const struct attention *a, const float *qkv, const float *chances, const float *dy, float *dqkv);

/* A step of a gated recurrent unit (Cho et al., 2014), the reset AFTER the matrix product, as cuDNN and PyTorch have it, so that the three
 * products of the state are one: r = s(xr + hr), z = s(xz + hz), n = tanh(xn + r hn), next = (1 - z) n + z h.
 * from_x = x Wx + bx and from_h = h Wh + bh, (rows, 3 d), columns r, z, n. gates (rows, 3 d): r, z, n, for backward. */
void gru_forward(struct dense from_x, struct dense from_h, struct dense h, struct dense gates, struct dense next);
/* dh: the part of the gradient by h that does not go through from_h; NULL at: not wanted, for steps not followed back */
struct gru_back { struct dense from_h, h, gates; };
void gru_backward(const struct gru_back *g, struct dense dnext, struct dense dfrom_x, struct dense dfrom_h, struct dense dh);

/* ---- convolutions over a window of items (Tang and Wang, WSDM 2018) ---- */

struct window { size_t count, length, width; }; /* x (count, length, width) */

/* Horizontal: filters (filters, height * width), y (count, places, filters), places = length - height + 1 */
struct horizontal { size_t height, filters; };
void horizontal_forward(const struct window *w, struct horizontal f, const float *x, const float *filter, const float *shift, float *y);
/* dx is ADDED to, since the heights share it */
struct horizontal_back { const float *x, *filter; float *dfilter, *dshift, *dx; };
void horizontal_backward(const struct window *w, struct horizontal f, const float *dy, const struct horizontal_back *b);

/* Over time: the largest of (places) of each filter, and where it was; the first of equals. ret row i begins at i * stride. */
void max_forward(const float *y, size_t count, size_t places, size_t filters, struct dense ret, uint32_t *where);
void max_backward(struct dense d, size_t places, const uint32_t *where, float *dy);

/* Vertical: filters (filters, length), y row i = (filters, width) */
void vertical_forward(const struct window *w, const float *x, const float *filter, struct dense y);
void vertical_backward(const struct window *w, const float *x, const float *filter, struct dense dy, float *dfilter, float *dx); /* dx ADDED to */

#endif
