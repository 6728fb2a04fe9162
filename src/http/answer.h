/* answer.h - the head of an answer, and what a request for a file gets of it. No sockets here. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http/http.h"

enum { ANSWER_HEAD_MAX = 128 << 10, DATE_TEXT_MAX = 80 };

struct text date_write(char out[DATE_TEXT_MAX], int64_t seconds);

/* "Name: value\r\n" each. A control byte in a value becomes '?', so that nothing a handler echoes starts a line. */
void answer_lines(struct buffer *out, const struct header *headers, size_t count);
void answer_line(struct buffer *out, const char *name, struct text value);

bool answer_has_body(int status); /* 1xx, 204, 304: never */

/* The whole head: `lines` as above; `length` of the body that is, or for HEAD would be, sent. */
struct answer_head {
	int status;
	struct text lines;
	uint64_t length;
	struct text date;
	bool close, old; /* old: the client speaks HTTP/1.0 */
};
void answer_head(struct buffer *out, const struct answer_head *head);

/* What of a file is sent: status 200, 206, 304 or 416, and the part. */
struct file_part {
	int status;
	int64_t at, length;
};
struct file_part file_part(const struct http_request *rq, const struct http_file *file);
void file_lines(struct buffer *out, const struct http_request *rq, const struct http_file *file, struct file_part part);

#endif
