/* answer.c - status line and headers as bytes. */
#include "http/answer.h"

#include <assert.h>

#include "http/head.h"

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 425, "Too Early" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "";
}

bool answer_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

static bool is_control(unsigned char c)
{
	return (c < ' ' && c != '\t') || c == 0x7F;
}

static void add_value(struct buffer *out, struct text value)
{
	char *at = buffer_extend(out, value.length);

	for (size_t i = 0; at && i < value.length; i++)
		at[i] = is_control((unsigned char)value.at[i]) ? '?' : value.at[i];
}

static void add_line(struct buffer *out, struct text name, struct text value)
{
	buffer_add(out, name);
	buffer_add(out, TEXT(": "));
	add_value(out, value);
	buffer_add(out, TEXT("\r\n"));
}

void answer_line(struct buffer *out, const char *name, struct text value)
{
	add_line(out, text_of(name), value);
}

static bool is_ours(struct text name)
{
	return text_eq_nocase(name, TEXT("content-length")) || text_eq_nocase(name, TEXT("transfer-encoding")) ||
	       text_eq_nocase(name, TEXT("connection")) || text_eq_nocase(name, TEXT("date"));
}

void answer_lines(struct buffer *out, const struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert(head_is_token(headers[i].name) && !is_ours(headers[i].name));
		add_line(out, headers[i].name, headers[i].value);
	}
}

void answer_head(struct buffer *out, const struct answer_head *head)
{
	assert(head->status >= 200 && head->status < 600);
	if (head->status == 200) {
		buffer_add(out, TEXT("HTTP/1.1 200 OK\r\n"));
	} else {
		buffer_add(out, TEXT("HTTP/1.1 "));
		buffer_add_int(out, head->status);
		buffer_add_char(out, ' ');
		buffer_add(out, text_of(title_of(head->status)));
		buffer_add(out, TEXT("\r\n"));
	}
	buffer_add(out, head->lines);
	buffer_add(out, TEXT("Date: "));
	buffer_add(out, head->date);
	if (answer_has_body(head->status)) {
		buffer_add(out, TEXT("\r\nContent-Length: "));
		buffer_add_int(out, (int64_t)head->length);
	}
	if (head->close)
		buffer_add(out, TEXT("\r\nConnection: close"));
	else if (head->old)
		buffer_add(out, TEXT("\r\nConnection: keep-alive"));
	buffer_add(out, TEXT("\r\n\r\n"));
}
