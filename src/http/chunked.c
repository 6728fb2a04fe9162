/* chunked.c - one state a byte, except in the data. */
#include "http/chunked.h"

enum state { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER_START, TRAILER, TRAILER_LF, END_LF, BAD };

static int hex(unsigned char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool is_text(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7F);
}

static enum state after_size(struct chunked *chunked, unsigned char c)
{
	int digit = hex(c);

	if (digit >= 0) {
		if (++chunked->digits > 15)
			return BAD;
		chunked->left = chunked->left << 4 | (unsigned)digit;
		return SIZE;
	}
	if (!chunked->digits)
		return BAD;
	return c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : BAD;
}

/* The rest of a line that is forgotten. */
static enum state after_rest(struct chunked *chunked, unsigned char c, enum state here, enum state next)
{
	if (c == '\r')
		return next;
	return is_text(c) && ++chunked->extra <= CHUNKED_EXTRA_MAX ? here : BAD;
}

static enum state after(struct chunked *chunked, unsigned char c)
{
	switch ((enum state)chunked->state) {
	case SIZE:
		return after_size(chunked, c);
	case EXTENSION:
		return after_rest(chunked, c, EXTENSION, SIZE_LF);
	case SIZE_LF:
		return c != '\n' ? BAD : chunked->left ? DATA : TRAILER_START;
	case DATA_CR:
		return c == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		chunked->digits = 0;
		return c == '\n' ? SIZE : BAD;
	case TRAILER_START:
		return c == ' ' || c == '\t' ? BAD : after_rest(chunked, c, TRAILER, END_LF);
	case TRAILER:
		return after_rest(chunked, c, TRAILER, TRAILER_LF);
	case TRAILER_LF:
		return c == '\n' ? TRAILER_START : BAD;
	case DATA:
	case END_LF:
	case BAD:
		break;
	}
	return BAD;
}

static bool take_data(struct chunked *chunked, struct text *in, struct buffer *body)
{
	size_t n = chunked->left < in->length ? (size_t)chunked->left : in->length;

	if (chunked->left > body->max - body->length)
		return false;
	buffer_add(body, text_head(*in, n));
	*in = text_from(*in, n);
	chunked->left -= n;
	if (!chunked->left)
		chunked->state = DATA_CR;
	return true;
}

enum chunked_found chunked_read(struct chunked *chunked, struct text *in, struct buffer *body)
{
	while (in->length) {
		unsigned char c = (unsigned char)in->at[0];

		if (chunked->state == DATA) {
			if (!take_data(chunked, in, body))
				return CHUNKED_LARGE;
			continue;
		}
		*in = text_from(*in, 1);
		if (chunked->state == END_LF)
			return c == '\n' ? CHUNKED_END : CHUNKED_BAD;
		chunked->state = (int)after(chunked, c);
		if (chunked->state == BAD)
			return CHUNKED_BAD;
	}
	return CHUNKED_MORE;
}
