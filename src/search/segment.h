/* segment.h - a part of the index: some documents, complete with terms, columns, texts and suggestions; never changed
 * once made. Numbers of documents count from 0 in each segment. */
#ifndef SEARCH_SEGMENT_H
#define SEARCH_SEGMENT_H

#include "search/index.h"
#include "search/postings.h"
#include "search/suggest.h"
#include "search/terms.h"
#include "search/words.h"

/* What is read of every document that matches. */
struct facts {
	uint32_t price;    /* fen; at most UINT32_MAX, like all counts here */
	uint16_t category; /* number in the index's table, 0 is none */
	uint8_t kind;
	uint8_t prior; /* 255 * min(1, log10(1 + popularity + sales) / 6) */
};

/* What is read of some. */
struct column {
	int64_t id, published_ms;
	uint32_t sales, popularity;
	uint32_t text; /* where its texts stand */
	uint8_t hue, pattern;
};

/* The texts of a document, as they are shown. */
struct doc_texts {
	struct text title, url, author, author_slug, tags, language, summary;
};

struct segment {
	unsigned holders; /* views; counted by the writer alone */
	uint32_t docs;
	int64_t id_least, id_most; /* new works have new numbers: most segments need not be asked for an older one */
	struct facts *facts;
	struct column *columns;
	char *texts;
	size_t texts_length;
	uint16_t *titles;       /* folded, one behind another: what is compared with a query is read of many */
	uint32_t *title_starts; /* docs + 1 */
	struct term *terms;
	size_t term_count;
	uint32_t *buckets; /* terms whose key starts with b are buckets[b] up to buckets[b + 1] */
	unsigned bucket_bits;
	uint8_t *lists;
	size_t lists_length;
	uint64_t postings;
	struct words words;
	struct suggestions suggestions;
};

struct doc_texts segment_texts(const struct segment *segment, uint32_t doc);
/* Its first TITLE_UNITS_MAX units. */
enum { TITLE_UNITS_MAX = 128 };
static inline struct folded segment_title(const struct segment *segment, uint32_t doc)
{
	uint32_t start = segment->title_starts[doc];

	return (struct folded){ .at = segment->titles + start, .length = segment->title_starts[doc + 1] - start };
}
static inline const uint32_t *segment_bucket(const struct segment *segment, uint64_t key)
{
	return &segment->buckets[key >> (TERM_KEY_BITS - segment->bucket_bits)];
}
const struct term *segment_term(const struct segment *segment, uint64_t key); /* NULL: nobody has it */
size_t segment_bytes(const struct segment *segment);
void segment_free(struct segment *segment);

/* Takes documents until it is full; then a segment is made of them. */
struct segment_maker;
struct segment_maker *segment_maker_new(void);
void segment_maker_free(struct segment_maker *maker);
void segment_maker_add(struct segment_maker *maker, const struct index_doc *doc, uint16_t category);
bool segment_maker_full(const struct segment_maker *maker);
uint32_t segment_maker_count(const struct segment_maker *maker);
struct segment *segment_make(struct segment_maker *maker); /* and empties it */
void segment_maker_trim(struct segment_maker *maker);      /* gives the memory of a large one back, if it is empty */

/* One segment out of several, without the documents that are dead (bit sets, NULL: none is). The living keep
 * their order, the first segment's first. */
struct segment *segments_merge(const struct segment *const *from, const uint64_t *const *dead, size_t n);

static inline bool bit_is_set(const uint64_t *bits, uint32_t n)
{
	return bits && (bits[n / 64] >> n % 64 & 1);
}

#endif
