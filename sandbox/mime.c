/* mime.c - what can be read in a mail: its subject and its first plain text. Foreign bytes: what is not understood is shown as it
 * came, or not at all. */
#include "sandbox.h"

enum { SHOWN_MAX = 16 * 1024, SUBJECT_MAX = 500 };

static struct text as_utf8(struct text t)
{
	return text_is_utf8(t) && text_find_char(t, '\0') == SIZE_MAX ? t : TEXT("(not UTF-8)");
}

static bool is_folded(struct text line)
{
	return text_starts(line, TEXT(" ")) || text_starts(line, TEXT("\t"));
}

/* A header's value with the lines that go on with it, one blank where each began. */
static struct text unfold(struct arena *arena, struct text value, struct text more)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(SHOWN_MAX);

	buffer_add(&out, text_trim(value));
	while (more.at && is_folded(more) && !out.why) {
		buffer_add_char(&out, ' ');
		buffer_add(&out, text_trim(text_cut(&more, '\n')));
	}
	return arena_text(arena, buffer_text(&out));
}

/* Absent: it is not there. */
static struct text header_value(struct arena *arena, struct text head, const char *name)
{
	while (head.at && head.length) {
		struct text value = text_cut(&head, '\n'), key = text_cut(&value, ':');

		if (value.at && text_eq_nocase(key, text_of(name)))
			return unfold(arena, value, head);
	}
	return (struct text){ 0 };
}

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* "=E7=9F" -> bytes; in headers '_' is a blank; "=" at a line's end joins it with the next. */
static struct text quoted_printable(struct arena *arena, struct text t, bool header)
{
	char *out = arena_alloc(arena, t.length + 1);
	size_t n = 0;

	for (size_t i = 0; i < t.length; i++) {
		bool escape = t.at[i] == '=';

		if (escape && i + 2 < t.length && hex(t.at[i + 1]) >= 0 && hex(t.at[i + 2]) >= 0) {
			out[n++] = (char)(hex(t.at[i + 1]) * 16 + hex(t.at[i + 2]));
			i += 2;
		} else if (escape && i + 1 < t.length && (t.at[i + 1] == '\n' || t.at[i + 1] == '\r'))
			i += t.at[i + 1] == '\r' && i + 2 < t.length && t.at[i + 2] == '\n' ? 2 : 1;
		else
			out[n++] = header && t.at[i] == '_' ? ' ' : t.at[i];
	}
	return (struct text){ out, n };
}

static struct text base64_lines(struct arena *arena, struct text t)
{
	char *out = arena_alloc(arena, t.length + 1);
	struct text decoded;
	size_t n = 0;

	for (size_t i = 0; i < t.length; i++)
		if ((unsigned char)t.at[i] > ' ')
			out[n++] = t.at[i];
	return base64_decode(arena, (struct text){ out, n }, &decoded) ? decoded : TEXT("(broken base64)");
}

/* "=?UTF-8?B?5Z2K?=", or false. *rest moves behind it. */
static bool word_read(struct arena *arena, struct text *rest, struct text *ret)
{
	struct text t = *rest, charset, way, bytes;

	if (!text_starts(t, TEXT("=?")))
		return false;
	t = text_from(t, 2);
	charset = text_cut(&t, '?');
	way = text_cut(&t, '?');
	if (!t.at || !text_eq_nocase(charset, TEXT("UTF-8")))
		return false;
	bytes = text_cut(&t, '?');
	if (!text_starts(t, TEXT("=")) || (!text_eq_nocase(way, TEXT("B")) && !text_eq_nocase(way, TEXT("Q"))))
		return false;
	*ret = text_eq_nocase(way, TEXT("B")) ? base64_lines(arena, bytes) : quoted_printable(arena, bytes, true);
	*rest = text_from(t, 1);
	return true;
}

/* Blanks between two encoded words are none (RFC 2047, 6.2). */
static struct text words_read(struct arena *arena, struct text t)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(SHOWN_MAX);
	struct text word;

	while (t.length) {
		if (word_read(arena, &t, &word)) {
			struct text ahead = text_trim(t);

			buffer_add(&out, word);
			if (text_starts(ahead, TEXT("=?")))
				t = ahead;
			continue;
		}
		buffer_add_char(&out, *t.at);
		t = text_from(t, 1);
	}
	return arena_text(arena, buffer_text(&out));
}

/* Head and body; without an empty line all is head. */
static struct text cut_head(struct text *rest)
{
	size_t crlf = text_find(*rest, TEXT("\r\n\r\n"));
	struct text head = text_head(*rest, crlf == SIZE_MAX ? rest->length : crlf + 2);

	*rest = text_from(*rest, crlf == SIZE_MAX ? rest->length : crlf + 4);
	return head;
}

static struct text body_read(struct arena *arena, struct text head, struct text body)
{
	struct text way = header_value(arena, head, "Content-Transfer-Encoding");

	if (text_eq_nocase(way, TEXT("base64")))
		return base64_lines(arena, body);
	return text_eq_nocase(way, TEXT("quoted-printable")) ? quoted_printable(arena, body, false) : body;
}

static struct text boundary_of(struct arena *arena, struct text type)
{
	size_t at = text_find(type, TEXT("boundary="));
	struct text value = at == SIZE_MAX ? TEXT("") : text_from(type, at + 9);

	if (text_starts(value, TEXT("\""))) {
		value = text_from(value, 1);
		value = text_cut(&value, '"');
	} else {
		value = text_trim(text_cut(&value, ';'));
	}
	return value.length && value.length <= 70 ? arena_format(arena, "--%.*s", TEXT_ARG(value)) : (struct text){ 0 };
}

/* The first part that is plain text; absent: there is none. */
static struct text plain_part(struct arena *arena, struct text boundary, struct text body)
{
	size_t at = text_find(body, boundary);

	for (int parts = 0; at != SIZE_MAX && parts < 20; parts++) {
		struct text part = text_from(body, at + boundary.length), head, type;

		body = part;
		at = text_find(body, boundary);
		part = text_head(part, at == SIZE_MAX ? part.length : at);
		head = cut_head(&part);
		type = header_value(arena, head, "Content-Type");
		if (text_starts(type, TEXT("text/plain")))
			return body_read(arena, head, part);
	}
	return (struct text){ 0 };
}

void mail_read(struct arena *arena, struct text raw, struct mail_seen *ret)
{
	struct text body = raw, head = cut_head(&body), type = header_value(arena, head, "Content-Type"), text = { 0 };
	struct text boundary = text_starts(type, TEXT("multipart/")) ? boundary_of(arena, type) : (struct text){ 0 };

	text = boundary.length ? plain_part(arena, boundary, body) : body_read(arena, head, body);
	ret->subject = text_clip(as_utf8(words_read(arena, header_value(arena, head, "Subject"))), SUBJECT_MAX);
	ret->from = text_clip(as_utf8(words_read(arena, header_value(arena, head, "From"))), SUBJECT_MAX);
	ret->text = text.at ? text_clip(as_utf8(text), SHOWN_MAX) : TEXT("(no plain text)");
}

struct text code_in(struct text t)
{
	size_t run = 0;

	for (size_t i = 0; i <= t.length; i++) {
		if (i < t.length && t.at[i] >= '0' && t.at[i] <= '9') {
			run++;
			continue;
		}
		if (run == 6)
			return text_head(text_from(t, i - 6), 6);
		run = 0;
	}
	return (struct text){ 0 };
}
