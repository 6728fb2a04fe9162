/* target.c - percent-decoding, and the path of a request: no dot segments, no control characters, UTF-8. */
#include "http/target.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte behind '%', or -1. */
static int escaped(struct text t, size_t at)
{
	int high = at + 2 < t.length ? hex(t.at[at + 1]) : -1;
	int low = high >= 0 ? hex(t.at[at + 2]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

bool http_decode(struct arena *arena, struct text encoded, bool form, struct text *ret)
{
	char *out = arena_alloc(arena, encoded.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < encoded.length; i++) {
		int c = (unsigned char)encoded.at[i];

		if (c == '%') {
			c = escaped(encoded, i);
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		if (c <= 0)
			return false;
		out[length++] = (char)c;
	}
	if (!text_is_utf8((struct text){ out, length }))
		return false;
	*ret = (struct text){ out, length };
	return true;
}

void http_encode(struct buffer *out, struct text raw)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < raw.length; i++) {
		unsigned char c = (unsigned char)raw.at[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c && strchr("-._~", c))) {
			buffer_add_char(out, (char)c);
			continue;
		}
		buffer_add(out, (struct text){ (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3 });
	}
}

static bool is_dots(struct text segment)
{
	return text_eq(segment, TEXT(".")) || text_eq(segment, TEXT(".."));
}

static bool is_plain(struct text path)
{
	size_t start = 1;

	for (size_t i = 0; i <= path.length; i++) {
		if (i < path.length && ((unsigned char)path.at[i] < 0x20 || path.at[i] == 0x7F))
			return false;
		if (i < path.length && path.at[i] != '/')
			continue;
		if (i >= start && is_dots((struct text){ path.at + start, i - start }))
			return false;
		start = i + 1;
	}
	return true;
}

static bool refuse(struct refusal *refusal, const char *why)
{
	*refusal = (struct refusal){ 400, why };
	return false;
}

/* "http://host/path" is what proxies are sent, and a server must take it too; two different hosts it need not. */
static bool strip_origin(struct http_request *rq, struct text *target, struct refusal *refusal)
{
	size_t scheme = text_eq_nocase(text_head(*target, 7), TEXT("http://"))    ? 7
			: text_eq_nocase(text_head(*target, 8), TEXT("https://")) ? 8
										  : 0;
	struct text rest = text_from(*target, scheme);
	size_t end = 0;

	if (!scheme)
		return refuse(refusal, "the address is malformed");
	while (end < rest.length && rest.at[end] != '/' && rest.at[end] != '?')
		end++;
	if (!end || !text_eq_nocase(text_head(rest, end), rq->host))
		return refuse(refusal, "the address names another host than the Host header");
	*target = text_from(rest, end);
	return true;
}

static bool read_path(struct http_request *rq, struct text raw, struct refusal *refusal)
{
	rq->path = raw;
	if (raw.length && memchr(raw.at, '%', raw.length) && !http_decode(rq->arena, raw, false, &rq->path))
		return refuse(refusal, "the address has a bad escape");
	if (!is_plain(rq->path))
		return refuse(refusal, "the address has dot segments or control characters");
	return true;
}

bool target_read(struct http_request *rq, struct refusal *refusal)
{
	struct text target = rq->target;
	size_t mark;

	if (rq->method == OPTIONS && text_eq(target, TEXT("*"))) {
		rq->path = target;
		return true;
	}
	if (target.at[0] != '/' && !strip_origin(rq, &target, refusal))
		return false;
	mark = text_find_char(target, '?');
	if (mark != SIZE_MAX) {
		rq->query = text_from(target, mark + 1);
		target = text_head(target, mark);
	}
	return read_path(rq, target.length ? target : TEXT("/"), refusal);
}
