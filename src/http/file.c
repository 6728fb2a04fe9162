/* file.c - conditional requests and ranges (RFC 9110, 13 and 14), as a pure function of request and file. */
#include "http/answer.h"

#include <stdio.h>

static struct text opaque(struct text tag)
{
	return text_starts(tag, TEXT("W/")) ? text_from(tag, 2) : tag;
}

/* Weak comparison: what a cache has is good enough to be kept. A comma inside a tag is not expected: ours have none. */
static bool has_tag(struct text list, struct text etag)
{
	if (text_eq(text_trim(list), TEXT("*")))
		return true;
	while (list.length)
		if (text_eq(opaque(text_trim(text_cut(&list, ','))), opaque(etag)))
			return true;
	return false;
}

static bool is_unchanged(const struct http_request *rq, const struct http_file *file)
{
	struct text none_match = http_header(rq, "if-none-match");
	int64_t since;

	if (none_match.at)
		return file->etag.length && has_tag(none_match, file->etag);
	return http_date_read(http_header(rq, "if-modified-since"), &since) && file->modified_s <= since;
}

/* Strong comparison: parts of two different files must not be put together. */
static bool range_holds(const struct http_request *rq, const struct http_file *file)
{
	struct text wanted = http_header(rq, "if-range");
	int64_t date;

	if (!wanted.at)
		return true;
	if (http_date_read(wanted, &date))
		return date == file->modified_s;
	return wanted.length && !text_starts(wanted, TEXT("W/")) && text_eq(wanted, file->etag);
}

enum range { RANGE_IGNORED, RANGE_GOOD, RANGE_OUTSIDE };

/* What is not one plain range of bytes is ignored, as the RFC allows, and the whole file sent. A number too large to be
 * read is as good as the largest one. */
static bool read_number(struct text t, int64_t *ret)
{
	for (size_t i = 0; i < t.length; i++)
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
	if (!text_to_int(t, ret))
		*ret = INT64_MAX;
	return t.length > 0;
}

static enum range read_suffix(struct text digits, int64_t size, struct file_part *ret)
{
	int64_t last;

	if (!read_number(digits, &last))
		return RANGE_IGNORED;
	if (last == 0 || size == 0)
		return RANGE_OUTSIDE;
	ret->length = last < size ? last : size;
	ret->at = size - ret->length;
	return RANGE_GOOD;
}

static enum range read_range(struct text range, int64_t size, struct file_part *ret)
{
	struct text first = text_cut(&range, '=');
	int64_t from, to = INT64_MAX;

	if (!text_eq_nocase(first, TEXT("bytes")) || !range.at)
		return RANGE_IGNORED;
	range = text_trim(range);
	first = text_cut(&range, '-');
	if (!range.at)
		return RANGE_IGNORED;
	if (!first.length)
		return read_suffix(range, size, ret);
	if (!read_number(first, &from) || (range.length && !read_number(range, &to)) || to < from)
		return RANGE_IGNORED;
	if (from >= size)
		return RANGE_OUTSIDE;
	ret->at = from;
	ret->length = (to < size ? to + 1 : size) - from;
	return RANGE_GOOD;
}

struct file_part file_part(const struct http_request *rq, const struct http_file *file)
{
	struct file_part part = { .status = 200, .length = file->size };
	struct text range = rq->method == GET ? http_header(rq, "range") : (struct text){ 0 };

	if (is_unchanged(rq, file))
		return (struct file_part){ .status = 304 };
	if (!range.at || !range_holds(rq, file))
		return part;
	switch (read_range(range, file->size, &part)) {
	case RANGE_GOOD:
		part.status = 206;
		break;
	case RANGE_OUTSIDE:
		return (struct file_part){ .status = 416 };
	case RANGE_IGNORED:
		break;
	}
	return part;
}

void file_lines(struct buffer *out, const struct http_request *rq, const struct http_file *file, struct file_part part)
{
	char range[96];

	answer_lines(out, file->headers, file->header_count);
	if (file->etag.length)
		answer_line(out, "ETag", file->etag);
	answer_line(out, "Last-Modified", http_date(rq->arena, file->modified_s));
	answer_line(out, "Accept-Ranges", TEXT("bytes"));
	if (part.status == 206)
		snprintf(range, sizeof range, "bytes %lld-%lld/%lld", (long long)part.at,
			 (long long)(part.at + part.length - 1), (long long)file->size);
	else
		snprintf(range, sizeof range, "bytes */%lld", (long long)file->size);
	if (part.status == 206 || part.status == 416)
		answer_line(out, "Content-Range", text_of(range));
}
