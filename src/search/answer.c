/* answer.c - one question to the index: passes, page, facets, marks. */
#include "search/index.h"

#include <assert.h>

#include "search/marks.h"
#include "search/memory.h"
#include "search/rank.h"

/* A document that covers this much is what was meant: nobody need guess. */
static const float cover_sure = 0.95f, cover_fair = 0.6f;
enum { QUESTION_LEAST = 7, DRIFT = 20 };

struct answer {
	const struct index_query *query;
	const struct view *view;
	struct scratch **scratch;
	struct arena *arena;
	struct filter filter;
};

/* A plan and what came of it. */
struct attempt {
	struct plan plan;
	struct matches matches;
};

/* A slug may have several numbers: one for each name that it was read in with. */
static const uint64_t *category_bits(struct arena *arena, const struct view *view, const struct index_query *query)
{
	uint64_t *bits;

	if (!query->categories)
		return NULL;
	bits = ARENA_ARRAY(arena, uint64_t, view->category_count / 64 + 1);
	for (size_t n = 1; n < view->category_count; n++) {
		for (size_t i = 0; i < query->category_count; i++) {
			if (text_eq(view->categories[n].slug, query->categories[i]))
				bits[n / 64] |= UINT64_C(1) << n % 64;
		}
	}
	return bits;
}

static struct filter filter_of(struct arena *arena, const struct view *view, const struct index_query *query)
{
	struct filter ret = { .kind = query->kind, .price_most = UINT32_MAX };

	if (query->price_least > 0)
		ret.price_least = query->price_least < UINT32_MAX ? (uint32_t)query->price_least : UINT32_MAX;
	if (query->price_most >= 0 && query->price_most < UINT32_MAX)
		ret.price_most = (uint32_t)query->price_most;
	if (query->author.length)
		ret.author = term_author(query->author);
	ret.categories = category_bits(arena, view, query);
	return ret;
}

/* How many places must be right. On a further page documents may have come and gone before its first. */
static size_t places_of(const struct index_query *query)
{
	return query->skip + query->limit + (query->after ? DRIFT : 0);
}

static void attempt_run(const struct answer *answer, struct attempt *attempt)
{
	size_t places = places_of(answer->query);

	attempt->matches =
		(struct matches){ .most = places < RERANK_MAX ? RERANK_MAX : places, .sort = answer->query->sort };
	attempt->matches.best = ARENA_ARRAY(answer->arena, struct candidate, attempt->matches.most);
	attempt->matches.categories = ARENA_ARRAY(answer->arena, int64_t, answer->view->category_count);
	rank_run(answer->view, answer->scratch, &attempt->plan, &answer->filter, &attempt->matches);
}

static void loose_attempt(const struct answer *answer, struct attempt *best, struct attempt *other)
{
	for (int reading = 0; reading < READING_COUNT && (best->plan.pass != 2 || best->matches.cover < cover_fair);
	     reading++) {
		if (reading != READ_WORDS && !other->plan.letters)
			continue;
		if (!plan_loose(&other->plan, answer->view, answer->arena, (enum reading)reading))
			continue;
		attempt_run(answer, other);
		if (best->plan.pass != 2 || other->matches.cover > best->matches.cover)
			*best = *other;
	}
}

/* The first pass that finds what may have been meant. Many characters of which no document holds even half are not a
 * title with a slip in it but a question. */
static void answer_find(const struct answer *answer, struct attempt *ret)
{
	struct attempt *other;

	plan_text(&ret->plan, answer->arena, answer->query->keyword);
	plan_exact(&ret->plan);
	if (answer->query->keyword.length && !ret->plan.slot_count)
		return;
	attempt_run(answer, ret);
	if (!ret->plan.slot_count || ret->matches.cover >= cover_sure ||
	    (ret->plan.unit_count == 1 && !ret->plan.letters))
		return;
	if (ret->plan.han >= QUESTION_LEAST && ret->matches.cover == 0) {
		plan_question(&ret->plan);
		attempt_run(answer, ret);
		return;
	}
	other = ARENA_NEW(answer->arena, struct attempt);
	other->plan = ret->plan;
	loose_attempt(answer, ret, other);
}

static size_t first_place(const struct index_query *query, const struct matches *matches)
{
	if (query->after)
		for (size_t i = 0; i < matches->count; i++)
			if (matches->best[i].id == query->after)
				return i + 1;
	return query->skip < matches->count ? query->skip : matches->count;
}

static struct index_hit hit_of(const struct answer *answer, const struct plan *plan, const struct sieve *sieve,
			       const struct candidate *c)
{
	const struct segment *segment = answer->view->parts[c->part].segment;
	const struct facts *facts = &segment->facts[c->doc];
	const struct column *column = &segment->columns[c->doc];
	const struct category *category = &answer->view->categories[facts->category];
	struct doc_texts texts = segment_texts(segment, c->doc);

	return (struct index_hit){
		.id = c->id,
		.price = facts->price,
		.score = c->major,
		.kind = facts->kind,
		.title = texts.title,
		.url = texts.url,
		.author = texts.author,
		.author_slug = texts.author_slug,
		.summary = texts.summary,
		.language = texts.language,
		.hue = column->hue,
		.pattern = column->pattern,
		.category = category->name,
		.category_slug = category->slug,
		.title_marks = marks_of(answer->arena, plan, sieve, texts.title),
		.summary_marks = marks_of(answer->arena, plan, sieve, texts.summary),
	};
}

/* Reads a byte of each cache line of what will be shown: the memory's answers overlap. */
enum { LINE = 64, LINES = 8 };
static void fetch_texts(const struct answer *answer, const struct candidate *hits, size_t count)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct segment *segment = answer->view->parts[hits[i].part].segment;
		size_t at = segment->columns[hits[i].doc].text;

		for (size_t n = 0; n < LINES && at < segment->texts_length; n++, at += LINE)
			sum += (unsigned char)segment->texts[at];
	}
	__asm__ volatile("" : : "r"(sum)); /* so that the reading is not left out */
}

static int count_compare(const void *a, const void *b)
{
	const struct index_count *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return text_compare(x->value, y->value);
}

static void facets_of(const struct answer *answer, const struct matches *matches, struct index_result *ret)
{
	memcpy(ret->kinds, matches->kinds, sizeof ret->kinds);
	ret->free = matches->free;
	ret->total = matches->total;
	ret->categories = ARENA_ARRAY(answer->arena, struct index_count, answer->view->category_count);
	for (size_t n = 1; n < answer->view->category_count; n++)
		if (matches->categories[n])
			ret->categories[ret->category_count++] =
				(struct index_count){ answer->view->categories[n].slug,
						      answer->view->categories[n].name, matches->categories[n] };
	qsort(ret->categories, ret->category_count, sizeof *ret->categories, count_compare);
}

void index_search(struct index_reader *reader, struct arena *arena, const struct index_query *query,
		  struct index_result *ret)
{
	struct answer answer = { query, reader_view(reader), reader_scratch(reader), arena,
				 filter_of(arena, reader_view(reader), query) };
	struct attempt *found = ARENA_NEW(arena, struct attempt);
	struct sieve sieve;
	size_t count;

	assert(query->limit <= INDEX_RESULTS_MAX && query->skip + query->limit <= INDEX_PLACES_MAX);
	*ret = (struct index_result){ 0 };
	answer_find(&answer, found);
	if (query->keyword.length && !found->plan.unit_count)
		return;
	rank_order(answer.view, &found->plan, places_of(query), &found->matches);
	facets_of(&answer, &found->matches, ret);
	ret->pass = found->plan.pass;
	ret->corrected = found->matches.total ? found->plan.corrected : (struct text){ 0 };
	ret->skipped = first_place(query, &found->matches);
	sieve = sieve_of(&found->plan);
	ret->hits = ARENA_ARRAY(arena, struct index_hit, query->limit);
	count = found->matches.count - ret->skipped < query->limit ? found->matches.count - ret->skipped : query->limit;
	fetch_texts(&answer, found->matches.best + ret->skipped, count);
	for (size_t i = 0; i < count; i++)
		ret->hits[ret->hit_count++] = hit_of(&answer, &found->plan, &sieve, &found->matches.best[ret->skipped + i]);
}

size_t index_suggest(struct index_reader *reader, struct text typed, size_t most, struct index_suggestion *ret)
{
	const struct view *view = reader_view(reader);
	struct suggestion_best best = { .items = ret,
					.most = most < INDEX_SUGGESTIONS_MAX ? most : INDEX_SUGGESTIONS_MAX };

	for (size_t i = 0; most && i < view->part_count; i++) {
		const struct dead *dead = view->parts[i].dead;

		suggestions_find(view->parts[i].segment, dead ? dead->bits : NULL, typed, &best);
	}
	return best.count;
}
