/* buffer.h - bytes that grow up to a ceiling given at birth. The error sticks, so writers need no ladder of ifs: look
 * at `why` once, at the end. Out of memory aborts. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/problem.h"
#include "base/text.h"

struct buffer {
	char *at;
	size_t length, room, max;
	problem why;
};

#define BUFFER(ceiling) ((struct buffer){ .max = (ceiling) })

void buffer_free(struct buffer *b); /* for CLEANUP(buffer_free) too; leaves an empty buffer of the same ceiling */
void buffer_clear(struct buffer *b); /* keeps the room, forgets the error */
void buffer_add(struct buffer *b, struct text t);
void buffer_add_char(struct buffer *b, char c);
void buffer_add_int(struct buffer *b, int64_t n);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buffer_extend(struct buffer *b, size_t bytes); /* room for bytes at the end, counted in; NULL when it is full */
static inline struct text buffer_text(const struct buffer *b)
{
	return (struct text){ b->at ? b->at : "", b->length };
}

#define CLEANUP(undo) __attribute__((cleanup(undo)))

#endif
