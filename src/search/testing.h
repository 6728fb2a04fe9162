/* testing.h - the corpora that search is measured on, for tests and benches. They are no part of the product and may be
 * absent. Documents and queries live in the arena. */
#ifndef SEARCH_TESTING_H
#define SEARCH_TESTING_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include "search/index.h"

enum { CORPUS_DAY_MS = 24 * 3600 * 1000, CORPUS_LINE_MAX = 1 << 20 };
static const int64_t corpus_now_ms = 1760000000000;

struct corpus_docs {
	struct index_doc *items;
	size_t count;
};

struct corpus_query {
	int64_t right;
	struct text keyword;
};
struct corpus_queries {
	struct corpus_query *items;
	size_t count;
};

static inline struct text corpus_path(struct arena *arena, const char *name)
{
	const char *source = getenv("ZHIFANG_SOURCE");

	return arena_format(arena, "%s/../shared/data/%s", source ? source : ".", name);
}

static inline bool corpus_is_there(struct arena *arena)
{
	FILE *f = fopen(corpus_path(arena, "catalogue/docs-100k.tsv.gz").at, "r");

	if (f)
		fclose(f);
	return f != NULL;
}

/* The lines of a file, gzip or not. */
static inline struct text *corpus_lines(struct arena *arena, const char *name, size_t *ret_count)
{
	gzFile f = gzopen(corpus_path(arena, name).at, "r");
	char *line = malloc(CORPUS_LINE_MAX);
	struct text *lines = NULL;
	size_t count = 0, room = 0;

	while (f && gzgets(f, line, CORPUS_LINE_MAX)) {
		if (count == room)
			lines = realloc(lines, (room = room ? room * 2 : 4096) * sizeof *lines);
		lines[count++] = arena_text(arena, text_head(text_of(line), strcspn(line, "\n")));
	}
	if (f)
		gzclose(f);
	free(line);
	arena_defer(arena, free, lines);
	*ret_count = count;
	return lines;
}

static inline unsigned corpus_kind(struct text kind)
{
	return text_is(kind, "course")  ? 1
	       : text_is(kind, "news")  ? 2
	       : text_is(kind, "poem")  ? 3
	       : text_is(kind, "video") ? 5
					: 0;
}

static inline struct index_doc corpus_doc(struct arena *arena, struct text line)
{
	struct text f[8] = { 0 };
	struct index_doc doc = { 0 };
	int64_t age = 0;

	for (int i = 0; i < 8; i++)
		f[i] = text_cut(&line, '\t');
	text_to_int(f[0], &doc.id);
	text_to_int(f[6], &doc.popularity);
	text_to_int(f[7], &age);
	doc.title = f[1];
	doc.author = f[2];
	doc.author_slug = arena_format(arena, "a-%08x", (unsigned)text_hash(f[2]));
	doc.tags = f[3];
	doc.category = text_head(f[3], text_find_char(f[3], ' ') == SIZE_MAX ? f[3].length : text_find_char(f[3], ' '));
	doc.category_slug = doc.category;
	doc.body = f[4];
	doc.summary = f[4];
	doc.kind = corpus_kind(f[5]);
	doc.url = arena_format(arena, "/course/work-%lld", (long long)doc.id);
	doc.price = age % 300 * 100;
	doc.published_ms = corpus_now_ms - age * CORPUS_DAY_MS;
	return doc;
}

static inline struct corpus_docs corpus_read(struct arena *arena, const char *name)
{
	size_t count;
	struct text *lines = corpus_lines(arena, name, &count);
	struct corpus_docs ret = { ARENA_ARRAY(arena, struct index_doc, count), count };

	for (size_t i = 0; i < count; i++)
		ret.items[i] = corpus_doc(arena, lines[i]);
	return ret;
}

/* "id TAB query", or a query alone. */
static inline struct corpus_queries corpus_queries(struct arena *arena, const char *name)
{
	size_t count;
	struct text *lines = corpus_lines(arena, name, &count);
	struct corpus_queries ret = { ARENA_ARRAY(arena, struct corpus_query, count), count };

	for (size_t i = 0; i < count; i++) {
		struct text rest = lines[i], first = text_cut(&rest, '\t');

		ret.items[i].keyword = rest.at ? rest : first;
		if (rest.at)
			text_to_int(first, &ret.items[i].right);
	}
	return ret;
}

/* 1 / rank of the wanted document, if it is among ten. (queries/ki_right.tsv names no other that would do as well.) */
static inline double corpus_reciprocal(struct index *index, struct arena *arena, const struct corpus_query *query)
{
	struct index_query ask = { .keyword = query->keyword, .price_most = -1, .limit = 10 };
	struct index_reader *reader = index_enter(index);
	struct index_result result;
	double ret = 0;

	index_search(reader, arena, &ask, &result);
	for (size_t i = 0; i < result.hit_count && ret == 0; i++)
		if (result.hits[i].id == query->right)
			ret = 1 / (double)(i + 1);
	index_leave(reader);
	return ret;
}

static inline void corpus_fill(struct index *index, const struct corpus_docs *docs)
{
	for (size_t i = 0; i < docs->count; i++)
		index_put(index, &docs->items[i]);
	index_tidy(index);
}

/* CPU time of this thread. */
static inline double corpus_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

#endif
