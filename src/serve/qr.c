/* qr.c - a QR code as a picture: one path of unit squares, with the quiet zone that scanners need. */
#include "serve/serve.h"

#include "base/buffer.h"

#include <qrencode.h>

enum { QUIET = 4, CODE_MAX = 2000 };

bool qr_path(struct buffer *out, struct text code, int *ret_side)
{
	char text[CODE_MAX + 1];
	QRcode *qr;

	if (code.length > CODE_MAX)
		return false;
	memcpy(text, code.at, code.length);
	text[code.length] = 0;
	qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!qr)
		return false;
	for (int i = 0; i < qr->width * qr->width; i++) {
		if (qr->data[i] & 1)
			buffer_format(out, "M%d %dh1v1h-1z", i % qr->width + QUIET, i / qr->width + QUIET);
	}
	*ret_side = qr->width + 2 * QUIET;
	QRcode_free(qr);
	return true;
}

problem reply_qr(struct request *rq, struct text code)
{
	CLEANUP(buffer_free) struct buffer path = BUFFER(512 * 1024), svg = BUFFER(512 * 1024);
	int side;

	if (!qr_path(&path, code, &side))
		return &problem_internal;
	buffer_format(&svg,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
	              "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
	              side, side, side, side);
	buffer_add(&svg, buffer_text(&path));
	buffer_add(&svg, TEXT("\"/></svg>"));
	return svg.why ? svg.why : reply_bytes(rq, 200, TEXT("image/svg+xml"), buffer_text(&svg));
}
