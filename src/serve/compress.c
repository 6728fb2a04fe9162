/* compress.c - answers are made once and sent once, so the fast settings. */
#include "serve/inside.h"

#include <brotli/encode.h>
#include <zlib.h>

enum { BROTLI_QUALITY = 4, BROTLI_WINDOW = 18, GZIP_LEVEL = 4, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

bool compress_brotli(struct text in, struct buffer *out)
{
	size_t room = BrotliEncoderMaxCompressedSize(in.length);
	char *to = room ? buffer_extend(out, room) : NULL;

	if (!to || !BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_WINDOW, BROTLI_MODE_TEXT, in.length, (const uint8_t *)in.at, &room,
	                                  (uint8_t *)to)) {
		buffer_clear(out);
		return false;
	}
	out->length = room;
	return true;
}

static bool deflate_all(z_stream *stream, struct text in, struct buffer *out)
{
	size_t room = deflateBound(stream, in.length);
	char *to = buffer_extend(out, room);

	if (!to)
		return false;
	stream->next_in = (Bytef *)(uintptr_t)in.at; /* zlib does not write there, and says so only with ZLIB_CONST */
	stream->avail_in = (uInt)in.length;
	stream->next_out = (Bytef *)to;
	stream->avail_out = (uInt)room;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		return false;
	out->length = room - stream->avail_out;
	return true;
}

bool compress_gzip(struct text in, struct buffer *out)
{
	z_stream stream = { 0 };
	bool done;

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	done = deflate_all(&stream, in, out);
	deflateEnd(&stream);
	if (!done)
		buffer_clear(out);
	return done;
}
