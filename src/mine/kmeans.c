/* kmeans.c - each row knows an upper bound of the distance to its centre and a lower bound of that to any other; centres that moved by m
 * move them by m. Where the bounds do not overlap nothing is computed. They are compared with a margin above what rounding can do
 * to them, so that each row goes where all distances would send it; of equal ones to the centre of the smaller number.
 *
 * Rows stand in parts, whose number follows from the size of the task. A part keeps sums of its rows by cluster, from which a row that changes
 * is taken and to which it is added, in the order of rows; `real` is wide enough that nothing is lost. All parts' sums are added in order. */
#include "mine/kmeans.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "num/random.h"
#include "num/threads.h"
#include "stats/stats.h"

const struct problem clusters_unfit = { 422, "clusters-unfit", "There are at least 1 cluster, at most 1024, and no more than rows." };
const struct problem clusters_few = { 422, "clusters-few", "There are fewer different rows than clusters." };

/* Products and sums are rounded one by one, on every processor alike. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3", "fp-contract=off")))
#else
#define CLONES
#endif

enum { LANES = 8, PART_ROWS = 1024, SUMS_MAX = 1 << 21 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
static const double MARGIN = 1 + 1e-12, ROUNDED = 1 + 1e-15; /* above the rounding of a distance; of one sum */

struct run {
	const struct points *p;
	size_t k, blocks;        /* LANES centres stand side by side in a block */
	double *centres, *was;   /* (k, columns) */
	double *beside;          /* (blocks, columns, LANES) */
	uint32_t *of;            /* (rows) */
	double *upper, *lower;   /* (rows) */
	double *half, *moved;    /* (k) half of the distance to the nearest other centre; since the last round */
	uint32_t farthest;       /* the centre that moved most */
	double most, second;     /* how far it and the next moved */
	size_t parts, part_rows;
	real *sums;              /* (parts, k, columns) */
	real *total;             /* (k, columns) */
	size_t *counts;          /* (parts, k) */
	bool *changed;           /* (parts) */
	uint64_t *distances;     /* (parts) */
	double *inertia;         /* (parts) */
	size_t *sizes;           /* (k) */
	bool first;              /* no bounds yet */
	struct threads *threads;
};

static double square(const double *a, const double *b, size_t columns)
{
	double sum = 0;

	for (size_t j = 0; j < columns; j++)
		sum += (a[j] - b[j]) * (a[j] - b[j]);
	return sum;
}

static size_t row_end(const struct run *r, size_t part)
{
	size_t end = (part + 1) * r->part_rows;

	return end < r->p->rows ? end : r->p->rows;
}

/* ---- assignment ---- */

struct nearest {
	uint32_t centre;
	double own, other; /* squared distances to it and to the next */
};

static inline __attribute__((always_inline)) struct nearest nearest_of(const struct run *r, const double *x)
{
	struct nearest n = { 0, INFINITY, INFINITY };

	for (size_t b = 0; b < r->blocks; b++) {
		const double *beside = r->beside + b * r->p->columns * LANES;
		lanes sum = { 0 };

		for (size_t j = 0; j < r->p->columns; j++) {
			lanes off = x[j] - *(const lanes *)(beside + j * LANES);

			sum += off * off;
		}
		for (size_t l = 0; l < LANES && b * LANES + l < r->k; l++) {
			if (sum[l] < n.own)
				n = (struct nearest){ (uint32_t)(b * LANES + l), sum[l], n.own };
			else if (sum[l] < n.other)
				n.other = sum[l];
		}
	}
	return n;
}

/* Do the bounds say that the row stays? */
static inline __attribute__((always_inline)) bool stays(struct run *r, size_t row)
{
	uint32_t own = r->of[row];
	double upper = (r->upper[row] + r->moved[own]) * ROUNDED, lower = r->lower[row], limit;

	lower -= (own == r->farthest ? r->second : r->most) * MARGIN + lower * (ROUNDED - 1);
	limit = r->half[own] > lower ? r->half[own] : lower;
	if (upper * MARGIN >= limit)
		upper = sqrt(square(r->p->at + row * r->p->columns, r->centres + own * r->p->columns, r->p->columns));
	r->upper[row] = upper;
	r->lower[row] = lower;
	return upper * MARGIN < limit;
}

static void sum_part(struct run *r, size_t part)
{
	size_t columns = r->p->columns, *counts = r->counts + part * r->k;
	real *sums = r->sums + part * r->k * columns;

	memset(sums, 0, r->k * columns * sizeof *sums);
	memset(counts, 0, r->k * sizeof *counts);
	for (size_t row = part * r->part_rows; row < row_end(r, part); row++) {
		real *to = sums + r->of[row] * columns;

		counts[r->of[row]]++;
		for (size_t j = 0; j < columns; j++)
			to[j] += r->p->at[row * columns + j];
	}
}

static void change(struct run *r, size_t part, size_t row, uint32_t to)
{
	size_t columns = r->p->columns, *counts = r->counts + part * r->k;
	real *sums = r->sums + part * r->k * columns;

	counts[r->of[row]]--;
	counts[to]++;
	for (size_t j = 0; j < columns; j++) {
		sums[r->of[row] * columns + j] -= r->p->at[row * columns + j];
		sums[to * columns + j] += r->p->at[row * columns + j];
	}
	r->of[row] = to;
}

CLONES
static void assign_part(void *self, size_t part, size_t thread)
{
	struct run *r = self;
	bool changed = r->first;

	(void)thread;
	for (size_t row = part * r->part_rows; row < row_end(r, part); row++) {
		struct nearest n;

		if (!r->first && stays(r, row))
			continue;
		n = nearest_of(r, r->p->at + row * r->p->columns);
		r->distances[part]++;
		if (r->first) {
			r->of[row] = n.centre;
		} else if (n.centre != r->of[row]) {
			change(r, part, row, n.centre);
			changed = true;
		}
		r->upper[row] = sqrt(n.own);
		r->lower[row] = sqrt(n.other) / MARGIN;
	}
	r->changed[part] = changed;
	if (r->first)
		sum_part(r, part);
}

static void prepare_centres(struct run *r)
{
	size_t columns = r->p->columns;

	for (size_t c = 0; c < r->k; c++) {
		double least = INFINITY;

		for (size_t j = 0; j < columns; j++)
			r->beside[(c / LANES * columns + j) * LANES + c % LANES] = r->centres[c * columns + j];
		for (size_t other = 0; other < r->k; other++) {
			if (other != c)
				least = fmin(least, square(r->centres + c * columns, r->centres + other * columns, columns));
		}
		r->half[c] = sqrt(least) / 2;
	}
}

/* Does any row change? */
static bool assign(struct run *r)
{
	bool changed = false;

	prepare_centres(r);
	threads_each(r->threads, r->parts, assign_part, r);
	for (size_t part = 0; part < r->parts; part++)
		changed |= r->changed[part];
	r->first = false;
	return changed;
}

/* ---- centres ---- */

static void count_sizes(struct run *r)
{
	memset(r->sizes, 0, r->k * sizeof *r->sizes);
	for (size_t part = 0; part < r->parts; part++) {
		for (size_t c = 0; c < r->k; c++)
			r->sizes[c] += r->counts[part * r->k + c];
	}
}

/* The row farthest from its centre, if it is not there alone and not upon it; rows: there is none */
static size_t farthest_row(const struct run *r)
{
	size_t columns = r->p->columns, found = r->p->rows;
	double most = 0;

	for (size_t row = 0; row < r->p->rows; row++) {
		uint32_t own = r->of[row];
		double off = r->sizes[own] > 1 ? square(r->p->at + row * columns, r->centres + own * columns, columns) : 0;

		if (off > most) {
			most = off;
			found = row;
		}
	}
	return found;
}

/* An empty cluster gets the farthest row. */
static problem fill_empty(struct run *r)
{
	for (size_t c = 0; c < r->k; c++) {
		size_t row;

		if (r->sizes[c])
			continue;
		row = farthest_row(r);
		if (row == r->p->rows)
			return &clusters_few;
		r->of[row] = (uint32_t)c;
		memcpy(r->centres + c * r->p->columns, r->p->at + row * r->p->columns, r->p->columns * sizeof *r->centres);
		r->upper[row] = r->lower[row] = 0;
		sum_part(r, row / r->part_rows);
		count_sizes(r);
	}
	return NULL;
}

static void take_means(struct run *r)
{
	size_t columns = r->p->columns;

	memset(r->total, 0, r->k * columns * sizeof *r->total);
	for (size_t part = 0; part < r->parts; part++) {
		for (size_t i = 0; i < r->k * columns; i++)
			r->total[i] += r->sums[part * r->k * columns + i];
	}
	r->most = r->second = 0;
	r->farthest = 0;
	for (size_t c = 0; c < r->k; c++) {
		for (size_t j = 0; j < columns; j++)
			r->centres[c * columns + j] = (double)(r->total[c * columns + j] / (real)r->sizes[c]);
		r->moved[c] = sqrt(square(r->centres + c * columns, r->was + c * columns, columns));
		if (r->moved[c] > r->most) {
			r->second = r->most;
			r->most = r->moved[c];
			r->farthest = (uint32_t)c;
		} else {
			r->second = fmax(r->second, r->moved[c]);
		}
	}
}

static problem move_centres(struct run *r)
{
	problem why;

	memcpy(r->was, r->centres, r->k * r->p->columns * sizeof *r->was);
	count_sizes(r);
	why = fill_empty(r);
	if (!why)
		take_means(r);
	return why;
}

/* ---- one start ---- */

static void inertia_part(void *self, size_t part, size_t thread)
{
	struct run *r = self;
	size_t columns = r->p->columns;

	(void)thread;
	r->inertia[part] = 0;
	for (size_t row = part * r->part_rows; row < row_end(r, part); row++)
		r->inertia[part] += square(r->p->at + row * columns, r->centres + r->of[row] * columns, columns);
}

static double sum_of(const double *x, size_t n)
{
	real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return (double)sum;
}

/* From r->centres on */
static problem settle(struct run *r, size_t most, struct clusters *ret)
{
	problem why = NULL;

	r->first = true;
	memset(r->of, 0, r->p->rows * sizeof *r->of);
	memset(r->distances, 0, r->parts * sizeof *r->distances);
	ret->rounds = 0;
	ret->settled = false;
	while (!why && !ret->settled && ret->rounds < most) {
		ret->settled = !assign(r);
		ret->rounds++;
		if (!ret->settled)
			why = move_centres(r);
	}
	if (why)
		return why;
	if (!ret->settled) { /* each row to the centres as they are now; an empty one stays where it is */
		assign(r);
		count_sizes(r);
		why = fill_empty(r);
	}
	threads_each(r->threads, r->parts, inertia_part, r);
	ret->inertia = sum_of(r->inertia, r->parts);
	ret->distances = 0;
	for (size_t part = 0; part < r->parts; part++)
		ret->distances += r->distances[part];
	return why;
}

/* ---- k-means++ ---- */

/* Rows' squared distances to the nearest centre so far stand in upper; with a candidate too in lower. */
struct seeding {
	struct run *r;
	const double *candidate;
};

static void try_part(void *self, size_t part, size_t thread)
{
	struct seeding *s = self;
	struct run *r = s->r;
	size_t columns = r->p->columns;
	double sum = 0;

	(void)thread;
	for (size_t row = part * r->part_rows; row < row_end(r, part); row++) {
		double off = square(r->p->at + row * columns, s->candidate, columns);

		r->lower[row] = off < r->upper[row] ? off : r->upper[row];
		sum += r->lower[row];
	}
	r->inertia[part] = sum;
}

static double try_candidate(struct seeding *s, size_t row)
{
	s->candidate = s->r->p->at + row * s->r->p->columns;
	threads_each(s->r->threads, s->r->parts, try_part, s);
	return sum_of(s->r->inertia, s->r->parts);
}

/* A row by its share of the squared distances; never one that has none */
static size_t draw(const struct run *r, const double *of_part, double unit)
{
	double left = unit * sum_of(of_part, r->parts);
	size_t part = 0, last = r->p->rows;

	while (part + 1 < r->parts && left >= of_part[part])
		left -= of_part[part++];
	for (; part < r->parts; part++) {
		for (size_t row = part * r->part_rows; row < row_end(r, part); row++) {
			if (!(r->upper[row] > 0))
				continue;
			last = row;
			left -= r->upper[row];
			if (left < 0)
				return row;
		}
	}
	while (last == r->p->rows || !(r->upper[last] > 0)) /* what rounding left over */
		last--;
	return last;
}

/* Of several candidates the one that leaves the least; of_part: (parts) sums of upper */
static problem plus_plus(struct run *r, struct random *random, double *of_part)
{
	struct seeding s = { r, NULL };
	size_t tries = 2 + (size_t)log((double)r->k), row = (size_t)(random_unit(random) * (double)r->p->rows), columns = r->p->columns;

	for (size_t i = 0; i < r->p->rows; i++)
		r->upper[i] = INFINITY;
	for (size_t c = 0; c < r->k; c++) {
		double least = INFINITY;

		for (size_t t = 0; c && t < tries; t++) {
			size_t candidate = draw(r, of_part, random_unit(random));
			double left = try_candidate(&s, candidate);

			if (left < least) {
				least = left;
				row = candidate;
			}
		}
		memcpy(r->centres + c * columns, r->p->at + row * columns, columns * sizeof *r->centres);
		least = try_candidate(&s, row);
		memcpy(r->upper, r->lower, r->p->rows * sizeof *r->upper);
		memcpy(of_part, r->inertia, r->parts * sizeof *of_part);
		if (!(least > 0) && c + 1 < r->k)
			return &clusters_few;
	}
	return NULL;
}

/* ---- all starts ---- */

static struct run run_new(struct arena *arena, const struct points *p, size_t k)
{
	struct run r = { .p = p, .k = k, .blocks = (k + LANES - 1) / LANES, .part_rows = PART_ROWS };
	size_t cells = k * p->columns;

	while ((p->rows / r.part_rows + 1) * cells > SUMS_MAX && r.part_rows < p->rows)
		r.part_rows *= 2;
	r.parts = (p->rows + r.part_rows - 1) / r.part_rows;
	r.centres = ARENA_ARRAY(arena, double, cells);
	r.was = ARENA_ARRAY(arena, double, cells);
	r.beside = ARENA_ARRAY(arena, double, r.blocks * p->columns * LANES);
	r.of = ARENA_ARRAY(arena, uint32_t, p->rows);
	r.upper = ARENA_ARRAY(arena, double, p->rows);
	r.lower = ARENA_ARRAY(arena, double, p->rows);
	r.half = ARENA_ARRAY(arena, double, k);
	r.moved = ARENA_ARRAY(arena, double, k);
	r.sums = ARENA_ARRAY(arena, real, r.parts * cells);
	r.total = ARENA_ARRAY(arena, real, cells);
	r.counts = ARENA_ARRAY(arena, size_t, r.parts * k);
	r.changed = ARENA_ARRAY(arena, bool, r.parts);
	r.distances = ARENA_ARRAY(arena, uint64_t, r.parts);
	r.inertia = ARENA_ARRAY(arena, double, r.parts);
	r.sizes = ARENA_ARRAY(arena, size_t, k);
	return r;
}

static void keep(const struct run *r, const struct clusters *of_start, struct clusters *best)
{
	double *centres = best->centres;
	uint32_t *of = best->of;
	size_t *sizes = best->sizes;

	*best = *of_start;
	best->k = r->k;
	best->columns = r->p->columns;
	best->centres = memcpy(centres, r->centres, r->k * r->p->columns * sizeof *centres);
	best->of = memcpy(of, r->of, r->p->rows * sizeof *of);
	best->sizes = memcpy(sizes, r->sizes, r->k * sizeof *sizes);
}

static problem run_all(struct arena *arena, struct run *r, const struct kmeans_options *o, struct clusters *best)
{
	size_t starts = o->centres ? 1 : o->starts ? o->starts : 10;
	double *of_part = ARENA_ARRAY(arena, double, r->parts);
	problem why = NULL;

	for (size_t start = 0; start < starts && !why; start++) {
		progress_at(o->progress, start, starts);
		struct random random = random_of(o->seed, start);
		struct clusters c = { 0 };

		if (o->centres)
			memcpy(r->centres, o->centres, r->k * r->p->columns * sizeof *r->centres);
		else
			why = plus_plus(r, &random, of_part);
		if (!why)
			why = settle(r, o->rounds ? o->rounds : 300, &c);
		if (!why && c.inertia < best->inertia)
			keep(r, &c, best);
	}
	return why;
}

problem kmeans(struct arena *arena, const struct points *p, const struct kmeans_options *o, struct clusters *ret)
{
	CLEANUP(threads_free) struct threads *threads = NULL;
	struct clusters best = { .inertia = INFINITY };
	struct run r;
	problem why = points_check(p);

	if (why)
		return why;
	if (!o->k || o->k > CLUSTERS_MAX || o->k > p->rows)
		return &clusters_unfit;
	if (o->centres && points_check(&(struct points){ o->centres, o->k, p->columns }))
		return &points_unfit;
	r = run_new(arena, p, o->k);
	best.centres = ARENA_ARRAY(arena, double, o->k * p->columns);
	best.of = ARENA_ARRAY(arena, uint32_t, p->rows);
	best.sizes = ARENA_ARRAY(arena, size_t, o->k);
	threads = r.threads = threads_start(o->threads);
	why = run_all(arena, &r, o, &best);
	if (!why)
		*ret = best;
	return why;
}

bool kmeans_first_rows(const struct points *p, size_t k, double *centres)
{
	size_t found = 0, bytes = p->columns * sizeof *centres;

	for (size_t row = 0; row < p->rows && found < k; row++) {
		bool is_new = true;

		for (size_t c = 0; c < found && is_new; c++)
			is_new = square(centres + c * p->columns, p->at + row * p->columns, p->columns) > 0;
		if (is_new)
			memcpy(centres + found++ * p->columns, p->at + row * p->columns, bytes);
	}
	return found == k;
}

/* ---- how good, and how many ---- */

/* Rows of the sample: all, or drawn one from each of `sample` stretches of equal length */
static size_t sample_rows(const struct points *p, size_t sample, uint64_t seed, size_t *ret)
{
	size_t count = p->rows < sample ? p->rows : sample;
	struct random random = random_of(seed, 1u << 20);

	for (size_t i = 0; i < count; i++) {
		size_t from = i * p->rows / count, to = (i + 1) * p->rows / count;

		ret[i] = from + (size_t)(random_unit(&random) * (double)(to - from));
	}
	return count;
}

/* far: (k) scratch; NaN where the row stands for its cluster alone in the sample, or there is no other */
static double silhouette_of(const struct points *p, const struct clusters *c, const size_t *rows, const size_t *sizes, size_t at, double *far)
{
	size_t count = 0;
	double other = INFINITY, own;
	uint32_t mine = c->of[rows[at]];

	memset(far, 0, c->k * sizeof *far);
	for (size_t k = 0; k < c->k; k++)
		count += sizes[k];
	for (size_t i = 0; i < count; i++)
		far[c->of[rows[i]]] += sqrt(square(p->at + rows[at] * p->columns, p->at + rows[i] * p->columns, p->columns));
	if (sizes[mine] < 2)
		return 0; /* Rousseeuw's convention */
	own = far[mine] / (double)(sizes[mine] - 1);
	for (size_t k = 0; k < c->k; k++) {
		if (k != mine && sizes[k])
			other = fmin(other, far[k] / (double)sizes[k]);
	}
	if (isinf(other))
		return NAN;
	return own == other ? 0 : (other - own) / fmax(own, other);
}

double silhouette(struct arena *arena, const struct points *p, const struct clusters *c, size_t sample, uint64_t seed)
{
	size_t *rows = ARENA_ARRAY(arena, size_t, p->rows < sample ? p->rows : sample), *sizes = ARENA_ARRAY(arena, size_t, c->k);
	size_t count = sample_rows(p, sample, seed, rows);
	double *far = ARENA_ARRAY(arena, double, c->k);
	real sum = 0;

	for (size_t i = 0; i < count; i++)
		sizes[c->of[rows[i]]]++;
	for (size_t i = 0; i < count; i++)
		sum += silhouette_of(p, c, rows, sizes, i, far);
	return (double)(sum / (real)count);
}

/* How far each lies below the line from first to last, both ways scaled to 1 */
static size_t elbow_of(const struct k_score *s, size_t count)
{
	double most = 0, drop = s[0].inertia - s[count - 1].inertia;
	size_t found = 0;

	for (size_t i = 1; i + 1 < count; i++) {
		double below = (s[0].inertia - s[i].inertia) / drop - (double)i / (double)(count - 1);

		if (below > most) {
			most = below;
			found = s[i].k;
		}
	}
	return found;
}

/* What one k is of all: work grows with k. */
struct share {
	struct progress hook, *of;
	double from, size;
};

static void share_at(struct progress *self, double share)
{
	struct share *s = (struct share *)self;

	s->of->at(s->of, s->from + s->size * share);
}

static struct share share_of(const struct kmeans_options *o, struct k_range range, size_t k)
{
	double low = (double)range.low, high = (double)range.high, at = (double)k, all = (low + high) * (high - low + 1) / 2;

	return (struct share){ { share_at }, o->progress, (low + at - 1) * (at - low) / 2 / all, at / all };
}

problem kmeans_choose(struct arena *arena, const struct points *p, const struct kmeans_options *o, struct k_range range, struct k_score *scores,
                      size_t *best, size_t *elbow)
{
	struct kmeans_options one = *o;
	size_t count = range.high - range.low + 1, most = 0;

	if (range.low < 2 || range.high < range.low || range.high > CLUSTERS_MAX || !range.sample)
		return &clusters_unfit;
	one.centres = NULL;
	for (size_t i = 0; i < count; i++) {
		struct share share = share_of(o, range, range.low + i);
		struct clusters c;
		problem why;

		one.progress = o->progress ? &share.hook : NULL;
		one.k = range.low + i;
		why = kmeans(arena, p, &one, &c);
		if (why)
			return why;
		scores[i] = (struct k_score){ one.k, c.inertia, silhouette(arena, p, &c, range.sample, o->seed) };
		if (scores[i].silhouette > scores[most].silhouette)
			most = i;
	}
	*best = scores[most].k;
	*elbow = elbow_of(scores, count);
	return NULL;
}

void clusters_profile(struct arena *arena, const struct points *p, const struct clusters *c, double *ret)
{
	double *mean = ARENA_ARRAY(arena, double, p->columns), *sd = ARENA_ARRAY(arena, double, p->columns);
	double *z = ARENA_ARRAY(arena, double, p->rows * p->columns);

	points_standardise(p, mean, sd, z);
	memset(ret, 0, c->k * p->columns * sizeof *ret);
	for (size_t i = 0; i < p->rows; i++) {
		for (size_t j = 0; j < p->columns; j++)
			ret[c->of[i] * p->columns + j] += z[i * p->columns + j];
	}
	for (size_t i = 0; i < c->k * p->columns; i++)
		ret[i] /= (double)c->sizes[i / p->columns];
}

const char *profile_word(double deviations)
{
	return deviations >= 1.5 ? "far above" : deviations >= .5 ? "above" : deviations > -.5 ? "about" : deviations > -1.5 ? "below" : "far below";
}
