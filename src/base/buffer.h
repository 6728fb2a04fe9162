/* buffer.h - bytes that grow up to a ceiling given at birth. The error sticks, so writers need no ladder of ifs: look
 * at `why` once, at the end. Out of memory aborts. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/problem.h"
#include "base/text.h"

/* The error is problem_too_large, which nothing but buffer_clear and buffer_free takes away. */
struct buffer {
	char *at;
	size_t length, room, max;
	problem why;
};

#define BUFFER(ceiling) ((struct buffer){ .max = (ceiling) })

void buffer_free(struct buffer *b); /* for CLEANUP(buffer_free) too; leaves an empty buffer of the same ceiling */
void buffer_clear(struct buffer *b); /* keeps the room, forgets the error */
char *buffer_grow(struct buffer *b, size_t bytes); /* buffer_extend where the room may not do */

/* Room for bytes at the end, counted in; NULL when it is full. */
static inline char *buffer_extend(struct buffer *b, size_t bytes)
{
	if (b->why || bytes >= b->room - b->length)
		return buffer_grow(b, bytes);
	b->length += bytes;
	return b->at + b->length - bytes;
}

static inline void buffer_add(struct buffer *b, struct text t)
{
	char *to = t.length ? buffer_extend(b, t.length) : NULL;

	if (to)
		memcpy(to, t.at, t.length);
}

static inline void buffer_add_char(struct buffer *b, char c)
{
	char *to = buffer_extend(b, 1);

	if (to)
		*to = c;
}

void buffer_add_int(struct buffer *b, int64_t n);
/* Wants a byte more than it adds: one of the ceiling is lost to it. */
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct text buffer_text(const struct buffer *b)
{
	return (struct text){ b->at ? b->at : "", b->length };
}

#define CLEANUP(undo) __attribute__((cleanup(undo)))

#endif
