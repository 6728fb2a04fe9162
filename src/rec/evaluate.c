/* evaluate.c - users in blocks of a size that follows from the number of items; each block keeps its own sums, which are added in
 * their order; how often an item is shown is counted by each thread, in whole numbers. */
#include "rec/evaluate.h"

#include "num/memory.h"
#include "num/order.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- the first few of many ---- */

/* A heap whose root is the one to go first: the lowest score, of equals the larger number. */
struct best {
	float score[CUTOFF_MAX];
	uint32_t item[CUTOFF_MAX];
	size_t count, most;
	float least; /* what a further one must exceed */
};

static bool goes_first(const struct best *b, size_t i, size_t j)
{
	return b->score[i] < b->score[j] || (b->score[i] == b->score[j] && b->item[i] > b->item[j]);
}

static void exchange(struct best *b, size_t i, size_t j)
{
	float score = b->score[i];
	uint32_t item = b->item[i];

	b->score[i] = b->score[j];
	b->item[i] = b->item[j];
	b->score[j] = score;
	b->item[j] = item;
}

static void sink(struct best *b, size_t count)
{
	for (size_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && goes_first(b, child + 1, child))
			child++;
		if (goes_first(b, at, child))
			return;
		exchange(b, at, child);
	}
}

static void rise(struct best *b, size_t at)
{
	while (at > 0 && goes_first(b, at, (at - 1) / 2)) {
		exchange(b, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void take(struct best *b, float score, uint32_t item)
{
	if (b->count < b->most) {
		b->score[b->count] = score;
		b->item[b->count] = item;
		rise(b, b->count++);
	} else {
		b->score[0] = score;
		b->item[0] = item;
		sink(b, b->count);
	}
	if (b->count == b->most)
		b->least = b->score[0];
}

/* Items come upwards, so that of equals the first stays. NaN exceeds nothing. */
static void take_range(struct best *b, const float *scores, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		if (scores[i] > b->least)
			take(b, scores[i], i);
	}
}

size_t evaluate_top(const float *scores, uint32_t items, struct had without, uint32_t *best, size_t most)
{
	struct best b;
	uint32_t from = 0;

	assert(most > 0 && most <= CUTOFF_MAX);
	b.count = 0;
	b.most = most;
	b.least = -INFINITY;
	for (size_t i = 0; i < without.count; i++) {
		take_range(&b, scores, from, without.items[i]);
		from = without.items[i] + 1;
	}
	take_range(&b, scores, from, items);
	for (size_t left = b.count; left > 1; left--) {
		exchange(&b, 0, left - 1);
		sink(&b, left - 1);
	}
	memcpy(best, b.item, b.count * sizeof *best);
	return b.count;
}

/* ---- one user ---- */

/* What is summed over users, for one cutoff */
struct sums {
	double recall, recall_capped, precision, ndcg, hit_rate, mrr;
};

struct judging {
	const struct trial *trial;
	const struct scorer *scorer;
	uint32_t items;
	uint32_t *users, user_count; /* who are judged */
	size_t blocks;
	atomic_size_t done;          /* of the blocks */
	size_t at_once;              /* users of one block */
	size_t cutoffs, most;        /* most: the last cutoff */
	struct sums *sums;           /* (blocks, cutoffs) */
	size_t *no_numbers;          /* (blocks) */
	float **scores;              /* (threads) (at_once, items) */
	uint32_t **shown;            /* (threads) (cutoffs, items) how often each item was */
	float *per_user;
	double *gain;                /* (most) 1 / log2(rank + 1) */
	double *best_gain;           /* (most + 1) sums of these */
};

static struct had had_by(const struct judging *j, uint32_t user)
{
	return (struct had){ sparse_row(j->trial->known, user), sparse_length(j->trial->known, user) };
}

/* Test items that the user has not had */
static size_t asked_of(const struct trial *t, uint32_t user)
{
	size_t count = 0;

	for (size_t i = t->test->start[user]; i < t->test->start[user + 1]; i++)
		count += !sparse_has(t->known, user, t->test->column[i]);
	return count;
}

/* Measures of the first cutoff ranks. hit (count): is it in the test? */
static struct sums measure(const struct judging *j, const bool *hit, size_t count, size_t cutoff, size_t asked)
{
	size_t hits = 0, least = asked < cutoff ? asked : cutoff;
	struct sums s = { 0 };

	for (size_t r = 0; r < count && r < cutoff; r++) {
		if (!hit[r])
			continue;
		if (!hits++)
			s.mrr = 1 / (double)(r + 1);
		s.ndcg += j->gain[r];
	}
	s.ndcg /= j->best_gain[least];
	s.recall = (double)hits / (double)asked;
	s.recall_capped = (double)hits / (double)least;
	s.precision = (double)hits / (double)cutoff;
	s.hit_rate = hits > 0;
	return s;
}

static void sums_add(struct sums *to, const struct sums *s)
{
	to->recall += s->recall;
	to->recall_capped += s->recall_capped;
	to->precision += s->precision;
	to->ndcg += s->ndcg;
	to->hit_rate += s->hit_rate;
	to->mrr += s->mrr;
}

static void judge_user(const struct judging *j, uint32_t user, const float *scores, struct sums *sums, uint32_t *shown)
{
	uint32_t best[CUTOFF_MAX];
	bool hit[CUTOFF_MAX];
	size_t count = evaluate_top(scores, j->items, had_by(j, user), best, j->most), asked = asked_of(j->trial, user);
	struct sums s = { 0 };

	for (size_t r = 0; r < count; r++)
		hit[r] = sparse_has(j->trial->test, user, best[r]);
	for (size_t c = 0; c < j->cutoffs; c++) {
		s = measure(j, hit, count, j->trial->cutoffs[c], asked);
		sums_add(&sums[c], &s);
		for (size_t r = 0; r < count && r < j->trial->cutoffs[c]; r++)
			shown[c * j->items + best[r]]++;
	}
	if (j->per_user)
		j->per_user[user] = (float)s.ndcg;
}

static size_t nans_in(const float *scores, size_t count)
{
	size_t nans = 0;

	for (size_t i = 0; i < count; i++)
		nans += scores[i] != scores[i];
	return nans;
}

static void judge_block(void *self, size_t part, size_t thread)
{
	struct judging *j = self;
	size_t from = part * j->at_once, left = j->user_count - from, count = left < j->at_once ? left : j->at_once;
	float *scores = j->scores[thread];

	j->scorer->score(j->scorer->self, j->users + from, count, scores, thread);
	j->no_numbers[part] = nans_in(scores, count * j->items);
	for (size_t i = 0; i < count; i++)
		judge_user(j, j->users[from + i], scores + i * j->items, j->sums + part * j->cutoffs, j->shown[thread]);
	atomic_fetch_add(&j->done, 1);
	if (thread == 0)
		progress_at(j->trial->progress, atomic_load(&j->done), j->blocks);
}

/* ---- all of them ---- */

static void choose_users(struct judging *j, struct evaluation *ret)
{
	const struct trial *t = j->trial;

	j->users = array_of(t->test->rows, sizeof *j->users);
	for (uint32_t u = 0; u < t->test->rows; u++) {
		size_t asked = asked_of(t, u);

		if (j->per_user)
			j->per_user[u] = NAN;
		ret->repeated += sparse_length(t->test, u) - asked;
		if (!asked) {
			ret->nothing_new++;
		} else if (sparse_length(t->known, u) < t->least_known) {
			ret->few_known++;
		} else {
			ret->nothing_known += !sparse_length(t->known, u);
			j->users[j->user_count++] = u;
		}
	}
	ret->users = j->user_count;
}

static void fill_gains(struct judging *j)
{
	j->gain = array_of(j->most, sizeof *j->gain);
	j->best_gain = array_of(j->most + 1, sizeof *j->best_gain);
	for (size_t r = 0; r < j->most; r++) {
		j->gain[r] = 1 / log2((double)r + 2);
		j->best_gain[r + 1] = j->best_gain[r] + j->gain[r];
	}
}

static uint32_t users_with_any(const struct sparse *known)
{
	uint32_t users = 0;

	for (uint32_t u = 0; u < known->rows; u++)
		users += sparse_length(known, u) > 0;
	return users ? users : 1;
}

/* shown (items) is sorted afterwards. */
static void measure_lists(const struct judging *j, const uint32_t *popularity, uint32_t *shown, struct measures *ret)
{
	double all = 0, surprise = 0, ranks = 0, users = users_with_any(j->trial->known), items = j->items;
	uint32_t different = 0;

	for (uint32_t i = 0; i < j->items; i++) {
		double owners = popularity[i] ? popularity[i] : 1;

		different += shown[i] > 0;
		all += shown[i];
		surprise -= shown[i] * log2(owners / users);
	}
	qsort(shown, j->items, sizeof *shown, order_u32);
	for (uint32_t i = 0; i < j->items; i++)
		ranks += (2 * ((double)i + 1) - items - 1) * shown[i];
	ret->coverage = j->user_count ? different / items : NAN;
	ret->novelty = all > 0 ? surprise / all : NAN;
	ret->gini = all > 0 ? ranks / (items * all) : NAN;
}

static void conclude(struct judging *j, size_t threads, struct evaluation *ret)
{
	uint32_t *popularity = array_of(j->items, sizeof *popularity);
	double n = j->user_count ? j->user_count : (double)NAN;

	for (size_t i = 0; i < sparse_count(j->trial->known); i++)
		popularity[j->trial->known->column[i]]++;
	for (size_t b = 0; b < j->blocks; b++)
		ret->no_numbers += j->no_numbers[b];
	for (size_t t = 1; t < threads; t++) {
		for (size_t i = 0; i < j->cutoffs * j->items; i++)
			j->shown[0][i] += j->shown[t][i];
	}
	for (size_t c = 0; c < j->cutoffs; c++) {
		struct measures *m = &ret->at[c];
		struct sums s = { 0 };

		for (size_t b = 0; b < j->blocks; b++)
			sums_add(&s, &j->sums[b * j->cutoffs + c]);
		*m = (struct measures){ .cutoff = j->trial->cutoffs[c], .recall = s.recall / n, .recall_capped = s.recall_capped / n,
			                .precision = s.precision / n, .ndcg = s.ndcg / n, .hit_rate = s.hit_rate / n, .mrr = s.mrr / n };
		measure_lists(j, popularity, j->shown[0] + c * j->items, m);
	}
	free(popularity);
}

static size_t block_size(uint32_t items)
{
	size_t fits = ((size_t)1 << 22) / (items ? items : 1);

	return fits < 1 ? 1 : fits > SCORED_AT_ONCE ? SCORED_AT_ONCE : fits;
}

void evaluate(struct threads *threads, const struct trial *trial, const struct scorer *scorer, float *per_user, struct evaluation *ret)
{
	struct judging j = { .trial = trial, .scorer = scorer, .items = trial->known->columns, .per_user = per_user };
	size_t count = threads_count(threads);

	assert(trial->known->rows == trial->test->rows && trial->known->columns == trial->test->columns);
	*ret = (struct evaluation){ 0 };
	for (; j.cutoffs < CUTOFFS_MAX && trial->cutoffs[j.cutoffs]; j.cutoffs++) {
		assert(trial->cutoffs[j.cutoffs] > j.most && trial->cutoffs[j.cutoffs] <= CUTOFF_MAX);
		j.most = trial->cutoffs[j.cutoffs];
	}
	assert(j.cutoffs > 0);
	ret->cutoff_count = j.cutoffs;
	fill_gains(&j);
	choose_users(&j, ret);
	j.at_once = block_size(j.items);
	j.blocks = (j.user_count + j.at_once - 1) / j.at_once;
	j.sums = array_of(j.blocks * j.cutoffs, sizeof *j.sums);
	j.no_numbers = array_of(j.blocks, sizeof *j.no_numbers);
	j.scores = array_of(count, sizeof *j.scores);
	j.shown = array_of(count, sizeof *j.shown);
	for (size_t t = 0; t < count; t++) {
		j.scores[t] = array_of(j.at_once * j.items, sizeof **j.scores);
		j.shown[t] = array_of(j.cutoffs * j.items, sizeof **j.shown);
	}
	threads_each(threads, j.blocks, judge_block, &j);
	conclude(&j, count, ret);
	for (size_t t = 0; t < count; t++) {
		free(j.scores[t]);
		free(j.shown[t]);
	}
	free(j.scores);
	free(j.shown);
	free(j.sums);
	free(j.no_numbers);
	free(j.users);
	free(j.gain);
	free(j.best_gain);
}
