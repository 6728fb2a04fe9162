/* similar.c - which documents are like one: its own terms, the rarest and heaviest of them, asked as a query whose slots need not be
 * filled. The score is BM25's sum over the terms that both hold; as a share of what the document would score itself, so that one bound
 * holds for long and for short ones. Its author is left out: works of one author are on his own page. */
#include "search/segment.h"
#include "search/view.h"

#include <math.h>
#include <stdlib.h>

#include "search/memory.h"

enum { TERMS_MOST = 48, COMMON_SHARE = 5 /* a term that one in so many holds tells little */, SMALL = 50 };

struct asked {
	uint64_t key;
	float weight; /* of its impact here, and how rare it is */
};

static size_t holders_of(const struct view *view, uint64_t key)
{
	size_t n = 0;

	for (size_t i = 0; i < view->part_count; i++) {
		const struct term *term = segment_term(view->parts[i].segment, key);

		n += term ? postings_length(view->parts[i].segment->lists, term) : 0;
	}
	return n;
}

static int asked_compare(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

/* The heaviest terms of the document that somebody else holds too. */
static size_t choose(const struct view *view, const struct doc_terms *terms, struct asked *ret)
{
	struct asked *all = memory_array(NULL, sizeof *all, terms->count + 1);
	size_t n = 0;

	for (size_t i = 0; i < terms->count; i++) {
		size_t holders = holders_of(view, terms->items[i].key);
		double d = (double)view->docs, h = (double)holders;

		if (holders < 2 || (view->docs > SMALL && holders * COMMON_SHARE > view->docs))
			continue;
		all[n++] = (struct asked){ terms->items[i].key, (float)(terms->items[i].impact / 255.0 * log(1 + (d - h + 0.5) / (h + 0.5))) };
	}
	qsort(all, n, sizeof *all, asked_compare);
	n = n < TERMS_MOST ? n : TERMS_MOST;
	memcpy(ret, all, n * sizeof *all);
	free(all);
	return n;
}

static void add_list(const struct segment *segment, const struct asked *term, float *scores)
{
	const struct term *found = segment_term(segment, term->key);
	struct cursor cursor;

	if (!found)
		return;
	for (cursor_open(&cursor, segment->lists, found); cursor.doc != CURSOR_END; cursor_next(&cursor))
		scores[cursor.doc] += term->weight * (float)cursor.impact_now / 255;
}

static size_t keep_best(struct index_like *best, size_t count, size_t most, struct index_like one)
{
	size_t at = count;

	while (at && best[at - 1].share < one.share)
		at--;
	if (at == most)
		return count;
	count += count < most;
	memmove(best + at + 1, best + at, (count - at - 1) * sizeof *best);
	best[at] = one;
	return count;
}

size_t index_similar(struct index_reader *reader, const struct index_doc *doc, size_t most, struct index_like *ret)
{
	const struct view *view = reader_view(reader);
	struct index_doc unsigned_doc = *doc;
	struct terms_maker *maker = terms_maker_new();
	struct asked asked[TERMS_MOST];
	struct doc_terms terms;
	size_t n, count = 0;
	double self = 0;

	unsigned_doc.author = unsigned_doc.author_slug = (struct text){ 0 };
	terms = terms_of(maker, &unsigned_doc);
	n = choose(view, &terms, asked);
	for (size_t i = 0; i < terms.count; i++) {
		for (size_t k = 0; k < n; k++)
			self += terms.items[i].key == asked[k].key ? (double)asked[k].weight * terms.items[i].impact / 255 : 0;
	}
	for (size_t p = 0; n && most && p < view->part_count; p++) {
		const struct segment *segment = view->parts[p].segment;
		const uint64_t *dead = view->parts[p].dead ? view->parts[p].dead->bits : NULL;
		float *scores = memory_array(NULL, sizeof *scores, segment->docs + 1);

		memset(scores, 0, (segment->docs + 1) * sizeof *scores);
		for (size_t k = 0; k < n; k++)
			add_list(segment, &asked[k], scores);
		for (uint32_t d = 0; d < segment->docs; d++) {
			if (scores[d] > 0 && segment->columns[d].id != doc->id && !bit_is_set(dead, d))
				count = keep_best(ret, count, most, (struct index_like){ segment->columns[d].id, scores[d] / self });
		}
		free(scores);
	}
	terms_maker_free(maker);
	return count;
}
