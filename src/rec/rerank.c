/* rerank.c - greedy. A newcomer's slot is kept free as soon as there are no more slots left than newcomers owed. */
#include "rec/rerank.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct state {
	const struct candidates *c;
	const struct rerank *how;
	bool taken[RERANK_MOST];
	float length[RERANK_MOST], likeness[RERANK_MOST]; /* of its vector; largest to what is taken */
	size_t owed, filled;                              /* newcomers */
};

static size_t of_creator(const struct state *s, const size_t *shown, int creator)
{
	size_t count = 0;

	for (size_t i = 0; i < s->filled && creator != NO_CREATOR; i++)
		count += s->c->at[shown[i]].creator == creator;
	return count;
}

static bool allowed(const struct state *s, const size_t *shown, size_t i)
{
	const struct candidate *c = &s->c->at[i];

	if (s->owed >= s->how->slots - s->filled && s->owed > 0 && !c->newcomer)
		return false;
	return s->how->most_a_creator == 0 || of_creator(s, shown, c->creator) < s->how->most_a_creator;
}

/* The best that is not taken, within the limits or without them; count: there is none. */
static size_t best(const struct state *s, const size_t *shown, bool within)
{
	size_t found = s->c->count;
	double most = 0;

	for (size_t i = 0; i < s->c->count; i++) {
		double worth = (double)s->c->at[i].relevance - s->how->diversity * (double)s->likeness[i];

		if (s->taken[i] || (found < s->c->count && !(worth > most)) || (within && !allowed(s, shown, i)))
			continue;
		found = i;
		most = worth;
	}
	return found;
}

static void take(struct state *s, size_t i)
{
	const struct dense *v = s->c->vectors;

	s->taken[i] = true;
	s->owed -= s->owed > 0 && s->c->at[i].newcomer;
	s->filled++;
	for (size_t j = 0; v && j < s->c->count; j++) {
		float lengths = s->length[i] * s->length[j], like;

		if (s->taken[j] || !(lengths > 0))
			continue;
		like = dense_dot(dense_row(v, i), dense_row(v, j), v->columns) / lengths;
		s->likeness[j] = s->filled == 1 ? like : fmaxf(s->likeness[j], like);
	}
}

static struct state begin(const struct candidates *c, const struct rerank *how)
{
	struct state s = { .c = c, .how = how };
	size_t newcomers = 0;

	for (size_t i = 0; i < c->count; i++) {
		assert(isfinite(c->at[i].relevance));
		newcomers += c->at[i].newcomer;
		if (c->vectors)
			s.length[i] = sqrtf(dense_dot(dense_row(c->vectors, i), dense_row(c->vectors, i), c->vectors->columns));
	}
	s.owed = how->least_newcomers < newcomers ? how->least_newcomers : newcomers;
	s.owed = s.owed < how->slots ? s.owed : how->slots;
	return s;
}

void rerank(const struct candidates *c, const struct rerank *how, size_t *shown, struct reranked *ret)
{
	struct state s;

	assert(c->count <= RERANK_MOST && how->diversity >= 0 && (!c->vectors || c->vectors->rows == c->count));
	s = begin(c, how);
	*ret = (struct reranked){ 0 };
	while (s.filled < how->slots && s.filled < c->count) {
		size_t i = best(&s, shown, true);

		if (i == c->count) {
			i = best(&s, shown, false);
			ret->relaxed++;
		}
		shown[s.filled] = i;
		take(&s, i);
	}
	ret->count = s.filled;
}
