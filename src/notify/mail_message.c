/* mail_message.c - a mail as bytes: headers by RFC 5322 and 2047, the text twice (plain, and simple HTML), each as base64 lines.
 * Nothing from outside can start a header of its own: what holds a control character is refused, what is not plain ASCII
 * goes into encoded words, and bodies are base64. */
#include "notify/notify_room.h"

enum { WORD_BYTES = 45, LINE_BYTES = 57, HEADER_TEXT_MAX = 400, PLAIN_MAX = 60 };

const struct problem mail_text_wrong = { 422, "mail-text-wrong", "An address, a name or a subject of this mail is not one." };

bool mail_name_ok(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if ((unsigned char)t.at[i] < ' ' || t.at[i] == 0x7F)
			return false;
	}
	return t.length <= HEADER_TEXT_MAX && text_is_utf8(t);
}

static bool is_plain(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		if ((unsigned char)t.at[i] > '~')
			return false;
	}
	return t.length <= PLAIN_MAX && text_find(t, TEXT("=?")) == SIZE_MAX;
}

struct wanted_address {
	struct text mail;
};
static const struct shape address_shape = SHAPE(wanted_address, FIELD(wanted_address, mail, SHAPE_TEXT, .max = 254, .pattern = "mail"));

bool mail_address_ok(struct text address)
{
	CLEANUP(buffer_free) struct buffer json = BUFFER(4096);
	struct arena *arena = arena_new(64 * 1024);
	struct wanted_address read = { 0 };
	struct field_errors errors = { 0 };
	bool ok;

	buffer_add(&json, TEXT("{\"mail\":"));
	json_write_text(&json, address);
	buffer_add_char(&json, '}');
	ok = address.length && mail_name_ok(address) && !json.why && !shape_read(&address_shape, arena, buffer_text(&json), &read, &errors);
	arena_free(arena);
	return ok;
}

/* ---- headers ---- */

/* Encoded words of whole characters, at most 75 bytes each, one a line. */
static void add_words(struct buffer *out, struct arena *arena, struct text t)
{
	while (t.length) {
		struct text part = text_clip(t, WORD_BYTES);

		buffer_format(out, "=?UTF-8?B?%.*s?=", TEXT_ARG(base64_encode(arena, part)));
		t = text_from(t, part.length);
		if (t.length)
			buffer_add(out, TEXT("\r\n "));
	}
}

static void add_quoted(struct buffer *out, struct text t)
{
	buffer_add_char(out, '"');
	for (size_t i = 0; i < t.length; i++) {
		if (t.at[i] == '"' || t.at[i] == '\\')
			buffer_add_char(out, '\\');
		buffer_add_char(out, t.at[i]);
	}
	buffer_add_char(out, '"');
}

static void add_name(struct buffer *out, struct arena *arena, struct text name)
{
	if (!name.length)
		return;
	if (is_plain(name))
		add_quoted(out, name);
	else
		add_words(out, arena, name);
	buffer_add_char(out, ' ');
}

/* http_date says GMT, which RFC 5322 knows as obsolete. */
static void add_date(struct buffer *out, struct sending *s)
{
	struct text date = http_date(s->arena, world_now_ms(s->world) / 1000);

	buffer_format(out, "Date: %.*s+0000\r\n", (int)date.length - 3, date.at);
}

static void add_message_id(struct buffer *out, struct sending *s, const struct mail_server *server, const struct mail *mail)
{
	struct text id = mail->id.length ? mail->id : token_make(s->arena, s->world, 18), domain = server->from_address;

	text_cut(&domain, '@');
	buffer_format(out, "Message-ID: <%.*s@%.*s>\r\n", TEXT_ARG(id), TEXT_ARG(domain));
}

static void add_headers(struct sending *s, const struct mail_server *server, const struct mail *mail, struct buffer *out)
{
	buffer_add(out, TEXT("From: "));
	add_name(out, s->arena, server->from_name);
	buffer_format(out, "<%.*s>\r\nTo: <%.*s>\r\nSubject: ", TEXT_ARG(server->from_address), TEXT_ARG(mail->to));
	if (is_plain(mail->subject))
		buffer_add(out, mail->subject);
	else
		add_words(out, s->arena, mail->subject);
	buffer_add(out, TEXT("\r\n"));
	add_date(out, s);
	add_message_id(out, s, server, mail);
	/* RFC 3834: no holiday notices in answer, please */
	buffer_add(out, TEXT("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"));
	if (mail->language.length)
		buffer_format(out, "Content-Language: %.*s\r\n", TEXT_ARG(mail->language));
}

/* ---- bodies ---- */

static void add_html_text(struct buffer *out, struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		switch (t.at[i]) {
		case '&': buffer_add(out, TEXT("&amp;")); break;
		case '<': buffer_add(out, TEXT("&lt;")); break;
		case '>': buffer_add(out, TEXT("&gt;")); break;
		case '"': buffer_add(out, TEXT("&quot;")); break;
		default: buffer_add_char(out, t.at[i]);
		}
	}
}

static void add_paragraph(struct buffer *out, const struct mail *mail, struct text line)
{
	bool large = mail->code.length && text_eq(line, mail->code), leads = mail->link.length && text_eq(line, mail->link);

	buffer_add(out, large ? TEXT("<p style=\"font-size:32px;font-weight:700;letter-spacing:6px;margin:16px 0\">") : TEXT("<p style=\"margin:12px 0\">"));
	if (leads) {
		buffer_add(out, TEXT("<a href=\""));
		add_html_text(out, line);
		buffer_add(out, TEXT("\">"));
	}
	add_html_text(out, line);
	buffer_add(out, leads ? TEXT("</a></p>\n") : TEXT("</p>\n"));
}

/* No picture, no script, no link but ours: the same words, with the site's name above them. */
static void write_html(struct buffer *out, const struct mail_server *server, const struct mail *mail)
{
	struct text rest = mail->text;

	buffer_format(out, "<!doctype html>\n<html lang=\"%.*s\"><head><meta charset=\"utf-8\"><title>", TEXT_ARG(mail->language));
	add_html_text(out, mail->subject);
	buffer_add(out, TEXT("</title></head><body style=\"margin:0;padding:24px;font:16px/1.6 sans-serif\">\n"
	                     "<p style=\"font-size:18px;font-weight:600;margin:0 0 16px\">"));
	add_html_text(out, server->from_name.length ? server->from_name : server->from_address);
	buffer_add(out, TEXT("</p>\n"));
	while (rest.at) {
		struct text line = text_trim(text_cut(&rest, '\n'));

		if (line.length)
			add_paragraph(out, mail, line);
	}
	buffer_add(out, TEXT("</body></html>\n"));
}

static void write_text(struct buffer *out, struct text t)
{
	while (t.at) {
		buffer_add(out, text_trim(text_cut(&t, '\n')));
		buffer_add(out, TEXT("\r\n"));
	}
}

static void add_part(struct sending *s, struct buffer *out, const char *type, struct text boundary, struct text body)
{
	buffer_format(out, "--%.*s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", TEXT_ARG(boundary), type);
	for (; body.length; body = text_from(body, LINE_BYTES))
		buffer_format(out, "%.*s\r\n", TEXT_ARG(base64_encode(s->arena, text_head(body, LINE_BYTES))));
	buffer_add(out, TEXT("\r\n"));
}

static void add_bodies(struct sending *s, const struct mail_server *server, const struct mail *mail, struct buffer *out)
{
	CLEANUP(buffer_free) struct buffer plain = BUFFER(64 * 1024);
	CLEANUP(buffer_free) struct buffer html = BUFFER(256 * 1024);
	struct text boundary = arena_format(s->arena, "=_%.*s", TEXT_ARG(token_make(s->arena, s->world, 18))); /* no base64 line has a '_' */

	write_text(&plain, mail->text);
	write_html(&html, server, mail);
	buffer_format(out, "Content-Type: multipart/alternative;\r\n boundary=\"%.*s\"\r\n\r\n", TEXT_ARG(boundary));
	add_part(s, out, "plain", boundary, buffer_text(&plain));
	add_part(s, out, "html", boundary, buffer_text(&html));
	buffer_format(out, "--%.*s--\r\n", TEXT_ARG(boundary));
	if (plain.why || html.why)
		out->why = &problem_too_large;
}

problem mail_write(struct sending *s, const struct mail_server *server, const struct mail *mail, struct buffer *out)
{
	if (!mail_address_ok(mail->to) || !mail_address_ok(server->from_address) || !mail_name_ok(server->from_name) ||
	    !mail_name_ok(mail->subject) || !mail_name_ok(mail->id) || text_find_char(mail->id, '@') != SIZE_MAX || !text_is_utf8(mail->text))
		return &mail_text_wrong;
	add_headers(s, server, mail, out);
	add_bodies(s, server, mail, out);
	return out->why;
}
