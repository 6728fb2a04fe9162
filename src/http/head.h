/* head.h - from the bytes of a request's head to its fields. No sockets here: the connection, the tests and the fuzzer
 * feed it.
 *
 * Two parsers must agree. head_scan walks over the bytes as they come and lets through nothing but the strict grammar
 * (llhttp 8.1.0 takes a lone CR for the end of a header, CVE-2023-30589, and looks away elsewhere); llhttp then reads
 * the whole head and says what it means. Where their counts differ, the request is refused. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http/http.h"

struct refusal {
	int status;
	const char *why; /* plain English, fit for the client */
};

struct head_scan {
	int state;
	size_t at;    /* bytes looked at */
	size_t start; /* of the request line: one empty line before it is skipped */
	size_t line;  /* where the part that is being walked over starts */
	size_t headers;
};

enum head_found { HEAD_MORE, HEAD_WHOLE, HEAD_REFUSED };

/* Goes on at scan->at; `bytes` is everything since the request's first byte. HEAD_WHOLE: the head is [start, at). */
enum head_found head_scan(struct head_scan *scan, struct text bytes, const struct http_limits *limits,
			  struct refusal *refusal);

struct head {
	bool keep_alive, old; /* old: HTTP/1.0 */
	bool chunked, expects_continue;
	uint64_t length; /* of the body, unless chunked */
};

/* A head that head_scan let through, in memory that lives as long as rq->arena. Fills method, target, path, query,
 * headers and host; as far as it comes when it refuses. */
bool head_read(struct text bytes, size_t headers, struct http_request *rq, struct head *ret, struct refusal *refusal);

bool head_is_token(struct text t); /* may be the name of a header */

#endif
