/* qr.c - a QR code as a picture: one path of unit squares, with the quiet zone that scanners need. */
#include "serve/serve.h"

#include "base/buffer.h"

#include <qrencode.h>

problem reply_qr(struct request *rq, struct text code)
{
	enum { QUIET = 4 };
	CLEANUP(buffer_free) struct buffer svg = BUFFER(512 * 1024);
	QRcode *qr = QRcode_encodeString8bit(arena_cstr(rq->arena, code), 0, QR_ECLEVEL_M);

	if (!qr)
		return &problem_internal;
	buffer_format(&svg,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
	              "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
	              qr->width + 2 * QUIET, qr->width + 2 * QUIET, qr->width + 2 * QUIET, qr->width + 2 * QUIET);
	for (int i = 0; i < qr->width * qr->width; i++) {
		if (qr->data[i] & 1)
			buffer_format(&svg, "M%d %dh1v1h-1z", i % qr->width + QUIET, i / qr->width + QUIET);
	}
	buffer_add(&svg, TEXT("\"/></svg>"));
	QRcode_free(qr);
	return svg.why ? svg.why : reply_bytes(rq, 200, TEXT("image/svg+xml"), buffer_text(&svg));
}
