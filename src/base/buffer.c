/* buffer.c - grows by doubling, so that appending costs the same however long it gets. */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM_FIRST = 512 };

void buffer_free(struct buffer *b)
{
	free(b->at);
	*b = BUFFER(b->max);
}

void buffer_clear(struct buffer *b)
{
	b->length = 0;
	b->why = NULL;
}

/* So that `bytes` more fit; false, with the error, when the ceiling is in the way. */
static bool make_room(struct buffer *b, size_t bytes)
{
	size_t room = b->room ? b->room * 2 : ROOM_FIRST;

	if (b->why || bytes > b->max - b->length) {
		b->why = &problem_too_large;
		return false;
	}
	if (bytes <= b->room - b->length && b->at)
		return true;
	if (room > b->max)
		room = b->max;
	if (room < b->length + bytes)
		room = b->length + bytes;
	b->at = realloc(b->at, room ? room : 1);
	if (!b->at)
		abort();
	b->room = room;
	return true;
}

char *buffer_grow(struct buffer *b, size_t bytes)
{
	if (!make_room(b, bytes))
		return NULL;
	b->length += bytes;
	return b->at + b->length - bytes;
}

void buffer_add_int(struct buffer *b, int64_t n)
{
	char digits[TEXT_INT_MAX];

	buffer_add(b, text_of_int(n, digits));
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	assert(length >= 0);
	/* vsnprintf wants a byte more for its NUL: it is borrowed, so the ceiling must have it too */
	if (make_room(b, (size_t)length + 1)) {
		vsnprintf(b->at + b->length, (size_t)length + 1, format, again);
		b->length += (size_t)length;
	}
	va_end(again);
	va_end(args);
}
