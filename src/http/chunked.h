/* chunked.h - the chunked transfer coding, decoded strictly: sizes of hexadecimal digits alone, CRLF and nothing else
 * after every line and every chunk, extensions and trailers bounded and forgotten. llhttp 8.1.0 is too lenient here:
 * unless it is built in strict mode, any two bytes end a chunk. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/buffer.h"

struct chunked {
	int state; /* 0 at first */
	int digits;
	uint64_t left; /* of this chunk */
	size_t extra;  /* bytes of extensions and trailers, in all */
};

enum chunked_found { CHUNKED_MORE, CHUNKED_END, CHUNKED_BAD, CHUNKED_LARGE };

enum { CHUNKED_EXTRA_MAX = 8 << 10 };

/* Takes what it can from the head of *in. CHUNKED_LARGE: more than body->max. */
enum chunked_found chunked_read(struct chunked *chunked, struct text *in, struct buffer *body);

#endif
