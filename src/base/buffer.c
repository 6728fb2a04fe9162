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

static void grow(struct buffer *b, size_t needed)
{
	size_t room = b->room ? b->room * 2 : ROOM_FIRST;

	if (room > b->max)
		room = b->max;
	if (room < needed)
		room = needed;
	b->at = realloc(b->at, room);
	if (!b->at)
		abort();
	b->room = room;
}

/* Room for bytes at the end, not yet counted in. */
static char *reserve(struct buffer *b, size_t bytes)
{
	if (b->why || bytes > b->max - b->length) {
		b->why = b->why ? b->why : &problem_too_large;
		return NULL;
	}
	if (bytes > b->room - b->length || !b->at)
		grow(b, b->length + bytes ? b->length + bytes : 1);
	return b->at + b->length;
}

char *buffer_extend(struct buffer *b, size_t bytes)
{
	char *at = reserve(b, bytes);

	if (at)
		b->length += bytes;
	return at;
}

void buffer_add(struct buffer *b, struct text t)
{
	char *to = t.length ? buffer_extend(b, t.length) : NULL;

	if (to)
		memcpy(to, t.at, t.length);
}

void buffer_add_char(struct buffer *b, char c)
{
	char *to = buffer_extend(b, 1);

	if (to)
		*to = c;
}

void buffer_add_int(struct buffer *b, int64_t n)
{
	char digits[20];
	size_t at = sizeof digits;
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (n < 0)
		digits[--at] = '-';
	buffer_add(b, (struct text){ digits + at, sizeof digits - at });
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	int length;
	char *to;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	assert(length >= 0);
	/* vsnprintf wants a byte more for its NUL: it is borrowed, so the ceiling must have it too */
	to = reserve(b, (size_t)length + 1);
	if (to) {
		vsnprintf(to, (size_t)length + 1, format, again);
		b->length += (size_t)length;
	}
	va_end(again);
	va_end(args);
}
