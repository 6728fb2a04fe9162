/* index.h - the index in memory, as a pure library: no database, no request. Private to this room.
 *
 * One writer puts and removes documents and publishes them; any number of readers search at the same time and never
 * wait for it. What a reader sees is one published state, whole. */
#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include "base/arena.h"
#include "base/text.h"

struct index;

enum {
	INDEX_QUERY_CHARACTERS_MAX = 64, /* more are not looked at */
	INDEX_TEXT_MAX = 20000,          /* characters of one field that are indexed */
	INDEX_PLACES_MAX = 1000,         /* how deep a result may be paged */
	INDEX_RESULTS_MAX = 50,
	INDEX_SUGGESTIONS_MAX = 20,
	INDEX_KINDS = 16,
};

struct index_doc {
	int64_t id;
	struct text title, author, author_slug, category, category_slug, url, summary,
		language; /* category may be absent */
	struct text tags; /* blank between */
	struct text body;
	struct text lessons; /* their titles */
	unsigned kind;       /* below INDEX_KINDS, 0 is none */
	int64_t price, published_ms, sales, popularity;
	uint8_t hue, pattern; /* of its picture */
};

struct index *index_new(void);
void index_free(struct index *index);

/* ---- the writer: one thread at a time ---- */

void index_put(struct index *index, const struct index_doc *doc); /* instead of an older one of the same id */
void index_remove(struct index *index, int64_t id);
void index_publish(struct index *index); /* all of that is seen from now on, at once */
/* Merges parts and throws out what is dead, where that pays, and publishes. Takes up to seconds; readers go on. */
void index_tidy(struct index *index);
/* The same in pieces, so that the writer can go on too: `run` may be on any thread. NULL: nothing is worth it. One at a
 * time; while it runs, index_tidy must not be called. Its result is published by the next index_publish. */
struct index_merge;
struct index_merge *index_merge_begin(struct index *index);
void index_merge_run(struct index_merge *merge);
void index_merge_end(struct index *index, struct index_merge *merge);

struct index_size {
	size_t documents, parts, terms, postings, bytes; /* bytes: all of what is published */
};
struct index_size index_size(struct index *index);

/* ---- readers ---- */

enum index_sort { SORT_RELEVANCE, SORT_NEW, SORT_PRICE, SORT_PRICE_DOWN, SORT_SALES };

struct index_query {
	struct text keyword;             /* absent or empty: everything */
	unsigned kind;                   /* 0: any */
	const struct text *categories;   /* slugs; NULL: any */
	size_t category_count;
	struct text author;              /* slug; absent: any */
	int64_t price_least, price_most; /* price_most < 0: no limit */
	enum index_sort sort;
	size_t skip, limit; /* skip + limit at most INDEX_PLACES_MAX */
	int64_t after;      /* not 0: begin behind this document, if it is among the places; else at skip */
};

/* length code points from start on */
struct index_mark {
	int64_t start, length;
};
struct index_marks {
	struct index_mark *items;
	size_t count;
};
struct index_hit {
	int64_t id, price;
	double score;
	unsigned kind;
	struct text title, url, author, author_slug, category, category_slug, summary, language;
	uint8_t hue, pattern;
	struct index_marks title_marks, summary_marks;
};
struct index_count {
	struct text value, name;
	int64_t count;
};
struct index_result {
	struct index_hit *hits;
	size_t hit_count, skipped; /* skipped: places before the first hit */
	size_t total;              /* documents that match and pass the filters */
	/* each counts the documents that pass all filters but the one of its own sort */
	int64_t kinds[INDEX_KINDS], free;
	struct index_count *categories; /* largest first */
	size_t category_count;
	struct text corrected; /* what was searched instead of a word that nobody wrote; else absent */
	unsigned pass;         /* 1 exact, 2 with sounds and slips, 3 as a question */
};

struct index_suggestion {
	struct text text, url; /* url: of a work */
	enum index_suggestion_kind { SUGGEST_WORK = 1, SUGGEST_AUTHOR, SUGGEST_TAG } kind;
	int64_t id;       /* of a work */
	struct text slug; /* of an author */
};

/* A reader holds one published state until it leaves. All texts below are valid until then. */
struct index_reader;
struct index_reader *index_enter(struct index *index);
void index_leave(struct index_reader *reader);

void index_search(struct index_reader *reader, struct arena *arena, const struct index_query *query,
		  struct index_result *ret);
/* Documents that are like this one, the likest first, itself left out; share: of the score that it would have itself. */
struct index_like {
	int64_t id;
	double share;
};
size_t index_similar(struct index_reader *reader, const struct index_doc *doc, size_t most, struct index_like *ret);
size_t index_suggest(struct index_reader *reader, struct text typed, size_t most, struct index_suggestion *ret);

#endif
