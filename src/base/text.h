/* text.h - a slice of UTF-8: carries its length, owns nothing, is never NUL-terminated by promise.
 * A text whose `at` is NULL is absent (JSON: not there; SQL: null); an empty text is there and empty. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	const char *at;
	size_t length;
};

#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
/* for initialisers of static data, where a compound literal is not a constant */
#define TEXT_INIT(literal) { "" literal, sizeof(literal) - 1 }
/* printf: "%.*s", TEXT_ARG(name) */
#define TEXT_ARG(t) (int)(t).length, ((t).at ? (t).at : "")

static inline bool text_eq(struct text a, struct text b)
{
	return a.length == b.length && (!a.length || !memcmp(a.at, b.at, a.length));
}

static inline bool text_is(struct text a, const char *b)
{
	size_t length = strlen(b);

	return a.length == length && (!length || !memcmp(a.at, b, length));
}

static inline struct text text_of(const char *c_string)
{
	return (struct text){ c_string, c_string ? strlen(c_string) : 0 };
}

static inline struct text text_from(struct text t, size_t start)
{
	return start >= t.length ? (struct text){ t.at ? t.at + t.length : NULL, 0 }
	                         : (struct text){ t.at + start, t.length - start };
}

static inline struct text text_head(struct text t, size_t length)
{
	return (struct text){ t.at, length < t.length ? length : t.length };
}

struct text text_clip(struct text utf8, size_t most); /* at most so many bytes, whole characters */
int text_compare(struct text a, struct text b); /* by byte, shorter first on a tie */
bool text_eq_nocase(struct text a, struct text b); /* ASCII letters only */
bool text_starts(struct text t, struct text with);
bool text_ends(struct text t, struct text with);
struct text text_without_mark(struct text t); /* the mark of UTF-8 (byte order mark) left out, where it begins with one */
size_t text_find(struct text t, struct text what); /* SIZE_MAX when it is not there */
size_t text_find_char(struct text t, char what);   /* SIZE_MAX when it is not there */
struct text text_trim(struct text t);              /* blanks, tabs, CR and LF at both ends */
/* The part of *rest before `by`; *rest moves behind it. At the end *rest becomes absent (at == NULL). */
struct text text_cut(struct text *rest, char by);
/* Decimal, whole text, no blanks, no '+', no overflow; false leaves *ret alone. */
bool text_to_int(struct text t, int64_t *ret);
bool text_is_utf8(struct text t); /* well-formed: no surrogates, no overlong forms, at most U+10FFFF */
size_t text_characters(struct text utf8);
/* The next code point, and *rest moves on; 0xFFFD for a broken byte, which is skipped alone; 0 at the end. */
uint32_t text_next(struct text *rest);
/* Bytes written to out (1-4) for a code point. */
size_t text_encode(uint32_t code_point, char out[4]);
/* A number in decimal; it lies within out. */
enum { TEXT_INT_MAX = 20 };
struct text text_of_int(int64_t n, char out[TEXT_INT_MAX]);
uint64_t text_hash(struct text t); /* FNV-1a, 64 bit */
/* The same in every process; for long texts, to see whether they changed. No help against who wants two texts to look alike. */
uint64_t text_digest(struct text t);

#endif
