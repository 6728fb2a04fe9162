/* rearrange_command.c - from the best that a model knows to what `zhifang rec recommend` shows (rerank.h). Candidates are the best thousand; relevance is
 * brought to mean 0 and deviation 1 over them, so that --diverse means the same for every model. With --context they are fewer, and relevance is
 * what that says. */
#include <math.h>
#include <stdlib.h>

#include "num/memory.h"
#include "num/order.h"
#include "rec/asking.h"
#include "rec/blend.h"
#include "rec/rerank.h"

/* What is known of the items of the model */
struct shelf {
	int *creator;        /* NO_CREATOR: nobody said */
	uint8_t *is_new;
	struct sparse terms; /* (items, terms) */
};

/* ---- what may be asked ---- */

static int check_options(const struct command *c)
{
	bool creators = command_has(c, "--most-of-a-creator"), news = command_has(c, "--new");

	if ((creators || news) && !command_has(c, "--items"))
		return command_refuse(c, creators ? "--most-of-a-creator" : "--new", "wants --items, which say whose each is, or since when there is it");
	if (!creators && !news && command_has(c, "--items"))
		return command_refuse(c, "--items", "say nothing without --most-of-a-creator or --new");
	if (news != command_has(c, "--new-since"))
		return command_refuse(c, news ? "--new" : "--new-since", news ? "wants --new-since: from when on" : "wants --new: how many");
	if (command_has(c, "--content") && !command_has(c, "--diverse"))
		return command_refuse(c, "--content", "says nothing without --diverse");
	if (news && command_count(c, "--new") > command_count(c, "--at"))
		return command_refuse(c, "--new", "is more than --at");
	return 0;
}

/* ---- what is known of items ---- */

static int read_items(struct asking *a, struct interactions *ret)
{
	const struct command *c = a->c;
	bool creators = command_has(c, "--most-of-a-creator"), news = command_has(c, "--new");
	const struct rec_table table = { command_text(c, "--items"), " Those of items are item, creator and created.",
		                         { TEXT("item"), creators ? TEXT("creator") : TEXT("item"), { 0 }, news ? TEXT("created") : (struct text){ 0 } } };
	int status = rec_read(a->c, &table, ret);

	return !status && ret->count > ret->users ? rec_twice(c, table.file, ret) : status;
}

static int know_items(struct asking *a, struct shelf *s)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	double since = command_number(a->c, "--new-since");
	int status = command_has(a->c, "--items") ? read_items(a, &m) : 0;

	s->creator = ARENA_ARRAY(a->c->arena, int, a->r.items);
	s->is_new = ARENA_ARRAY(a->c->arena, uint8_t, a->r.items);
	for (uint32_t i = 0; i < a->r.items; i++)
		s->creator[i] = NO_CREATOR;
	for (size_t k = 0; k < m.count && !status; k++) {
		uint32_t item = asking_item(a, m.user_names[m.user[k]]);

		if (item == a->r.items) {
			a->rearranged.unknown++;
			continue;
		}
		if (command_has(a->c, "--most-of-a-creator"))
			s->creator[item] = (int)m.item[k];
		s->is_new[item] = m.time && (double)m.time[k] >= since;
	}
	return status;
}

static void free_terms(void *terms) { sparse_free(terms); }

static int know_terms(struct asking *a, struct shelf *s)
{
	const struct rec_table table = { command_text(a->c, "--content"), " Those of content are item and term.", { TEXT("item"), TEXT("term"), { 0 }, { 0 } } };
	CLEANUP(interactions_free) struct interactions m = { 0 };
	int status = rec_read(a->c, &table, &m);
	size_t kept = 0;

	if (status)
		return status;
	for (size_t k = 0; k < m.count; k++) {
		m.user[kept] = asking_item(a, m.user_names[m.user[k]]);
		m.item[kept] = m.item[k];
		kept += m.user[kept] < a->r.items;
	}
	m.count = kept;
	m.users = a->r.items;
	sparse_of(&m, NULL, PART_ANY, &s->terms);
	arena_defer(a->c->arena, free_terms, &s->terms);
	return 0;
}

/* ---- by what items are alike ---- */

/* Of a blend the factors of the member that counts most, of those that have some */
static const struct recommender *with_factors(const struct recommender *r)
{
	const struct recommender *ret = r;
	double most = 0;

	for (size_t i = 0; i < r->member_count; i++) {
		enum recommender_kind kind = r->members[i].kind;

		if ((kind == REC_ALS || kind == REC_GFCF || kind == REC_RATINGS) && r->weights[i] > most) {
			most = r->weights[i];
			ret = &r->members[i];
		}
	}
	return ret;
}

/* Rows of factors where the model has some */
static bool factors_of(const struct recommender *r, struct dense *ret)
{
	if (r->kind == REC_ALS)
		*ret = r->als.items;
	else if (r->kind == REC_GFCF)
		*ret = r->gfcf.waves.right;
	else if (r->kind == REC_RATINGS && r->ratings.settings.factors)
		*ret = (struct dense){ r->items, r->ratings.settings.factors, r->ratings.items.stride, r->ratings.items.at };
	else
		return false;
	return true;
}

static void free_rows(void *rows) { free(((struct dense *)rows)->at); }

static void take_factors(const struct dense *factors, const struct top *best, struct dense *ret)
{
	*ret = dense_of(array_of(best->count * factors->columns, sizeof(float)), best->count, factors->columns);
	for (size_t i = 0; i < best->count; i++)
		memcpy(dense_row(ret, i), dense_row(factors, best->found[i].item), factors->columns * sizeof(float));
}

/* Terms of the candidates alone: a column for each that one of them has */
static int take_terms(struct asking *a, const struct sparse *terms, const struct top *best, struct dense *ret)
{
	uint32_t *column = array_of(terms->columns, sizeof *column), columns = 0; /* from 1 */
	int status;

	for (size_t i = 0; i < best->count; i++) {
		for (size_t k = terms->start[best->found[i].item]; k < terms->start[best->found[i].item + 1]; k++) {
			if (!column[terms->column[k]])
				column[terms->column[k]] = ++columns;
		}
	}
	status = command_memory(a->c, "--content", best->count * columns * sizeof(float));
	if (!status)
		*ret = dense_of(array_of(best->count * columns, sizeof(float)), best->count, columns);
	for (size_t i = 0; i < best->count && !status; i++) {
		for (size_t k = terms->start[best->found[i].item]; k < terms->start[best->found[i].item + 1]; k++)
			dense_row(ret, i)[column[terms->column[k]] - 1] = 1;
	}
	free(column);
	return status;
}

static int likeness_of(struct asking *a, const struct shelf *s, const struct top *best, const struct dense **ret)
{
	struct dense *rows = ARENA_NEW(a->c->arena, struct dense), factors;
	int status = 0;

	*ret = NULL;
	if (!command_has(a->c, "--diverse"))
		return 0;
	if (command_has(a->c, "--content"))
		status = take_terms(a, &s->terms, best, rows);
	else if (factors_of(with_factors(&a->r), &factors))
		take_factors(&factors, best, rows);
	else
		return command_refuse(a->c, "--diverse", "wants --content: the model has no factors by which items are alike");
	arena_defer(a->c->arena, free_rows, rows);
	*ret = rows;
	return status;
}

/* ---- candidates ---- */

static int best_first(const void *a, const void *b)
{
	const struct topk_found *x = a, *y = b;

	return FALLING(x->score, y->score) ?: RISING(x->item, y->item);
}

/* What is new is mostly not among the best: the best of it are candidates too. */
static void add_newcomers(const struct asking *a, const struct shelf *s, size_t wanted, struct top *best)
{
	struct history h = asking_history(a);
	float *scores = array_of(a->r.items, sizeof *scores), *all = array_of(a->r.items, sizeof *all);
	uint32_t found[CUTOFF_MAX];
	size_t count;

	recommender_score(&a->r, &h, all);
	for (uint32_t i = 0; i < a->r.items; i++)
		scores[i] = s->is_new[i] ? all[i] : -INFINITY;
	for (size_t i = 0; i < best->count; i++)
		scores[best->found[i].item] = -INFINITY;
	count = evaluate_top(scores, a->r.items, (struct had){ h.items, h.count }, found, wanted);
	for (size_t i = 0; i < count; i++)
		best->found[best->count++] = (struct topk_found){ found[i], all[found[i]] };
	qsort(best->found, best->count, sizeof *best->found, best_first);
	free(scores);
	free(all);
}

static void find_candidates(struct asking *a, const struct shelf *s, struct top *best)
{
	struct history h = asking_history(a);
	size_t news = command_count(a->c, "--new");

	*best = (struct top){ command_has(a->c, "--context") ? command_count(a->c, "--candidates") : RERANK_MOST - news, 0, ARENA_ARRAY(a->c->arena, struct topk_found, RERANK_MOST) };
	recommender_top(&a->r, &h, best);
	if (news)
		add_newcomers(a, s, news, best);
}

/* ---- both ---- */

static void show(struct asking *a, const struct shelf *s, const struct top *best, const struct dense *vectors)
{
	const struct command *c = a->c;
	struct candidate *at = ARENA_ARRAY(c->arena, struct candidate, best->count + 1);
	float *relevance = ARENA_ARRAY(c->arena, float, best->count + 1);
	size_t *shown = ARENA_ARRAY(c->arena, size_t, a->top.most);
	struct rerank how = { a->top.most, command_number(c, "--diverse"), command_count(c, "--most-of-a-creator"), command_count(c, "--new") };
	struct reranked done;

	for (size_t i = 0; i < best->count; i++)
		relevance[i] = best->found[i].score;
	blend_standardise(relevance, best->count);
	for (size_t i = 0; i < best->count; i++)
		at[i] = (struct candidate){ relevance[i], s->creator[best->found[i].item], s->is_new[best->found[i].item] };
	rerank(&(struct candidates){ best->count, at, vectors }, &how, shown, &done);
	for (size_t i = 0; i < done.count; i++)
		a->top.found[i] = best->found[shown[i]];
	a->top.count = done.count;
	a->rearranged.candidates = best->count;
	a->rearranged.relaxed = done.relaxed;
	a->rearranged.is_new = command_has(c, "--new") ? s->is_new : NULL;
}

static int rearrange(struct asking *a)
{
	struct shelf *s = ARENA_NEW(a->c->arena, struct shelf);
	const struct dense *vectors = NULL;
	struct top best;
	int status = know_items(a, s);

	if (!status && command_has(a->c, "--content"))
		status = know_terms(a, s);
	if (status)
		return status;
	find_candidates(a, s, &best);
	if (command_has(a->c, "--context"))
		status = asking_by_context(a, &best);
	if (status)
		return status;
	status = likeness_of(a, s, &best, &vectors);
	if (!status)
		show(a, s, &best, vectors);
	return status;
}

int asking_propose(struct asking *a)
{
	const struct command *c = a->c;
	struct history h = asking_history(a);
	int status = check_options(c);

	if (!status)
		status = asking_check_context(c);
	if (status)
		return status;
	a->top.most = command_count(c, "--at");
	a->top.found = ARENA_ARRAY(c->arena, struct topk_found, a->top.most);
	a->rearranged.wanted = command_has(c, "--diverse") || command_has(c, "--items");
	if (a->rearranged.wanted || command_has(c, "--context"))
		return rearrange(a);
	recommender_top(&a->r, &h, &a->top);
	return 0;
}
