/* smtp.c - what a mail server says to each line; no socket in it. Whatever comes, it answers or ends: lines, commands, recipients
 * and the message have limits, and nothing is believed but the shape of what was said. */
#include <stdlib.h>

#include "sandbox.h"

enum { LINE_MAX_BYTES = 4096, COMMANDS_MAX = 500 };

enum stage { GREETING = 0, READY, FROM, TO, MESSAGE, AUTH_PLAIN, AUTH_USER, AUTH_PASSWORD };

void smtp_open(struct smtp *s)
{
	*s = (struct smtp){ .line = BUFFER(LINE_MAX_BYTES), .message = BUFFER(SMTP_MESSAGE_MAX), .stage = GREETING };
}

void smtp_close(struct smtp *s)
{
	buffer_free(&s->line);
	buffer_free(&s->message);
}

static void answer(struct buffer *out, const char *line)
{
	buffer_add(out, text_of(line));
	buffer_add(out, TEXT("\r\n"));
}

static void end(struct smtp *s, struct buffer *out, const char *line)
{
	answer(out, line);
	s->over = true;
}

static void begin_again(struct smtp *s)
{
	s->stage = s->stage == GREETING ? GREETING : READY;
	s->to_count = 0;
	buffer_clear(&s->message);
}

/* "FROM:<ann@x.cn> SIZE=7", in any case: what stands between the brackets; it may be empty. */
static bool path_read(struct text rest, const char *word, char out[SMTP_PATH_MAX])
{
	struct text head = text_head(rest, strlen(word)), path;

	if (!text_eq_nocase(head, text_of(word)))
		return false;
	path = text_trim(text_from(rest, strlen(word)));
	if (!text_starts(path, TEXT("<")) || text_find_char(path, '>') == SIZE_MAX)
		return false;
	path = text_head(text_from(path, 1), text_find_char(path, '>') - 1);
	for (size_t i = 0; i < path.length; i++)
		if ((unsigned char)path.at[i] <= ' ' || (unsigned char)path.at[i] >= 0x7F || path.at[i] == '<')
			return false;
	if (path.length >= SMTP_PATH_MAX)
		return false;
	memcpy(out, path.at, path.length);
	out[path.length] = '\0';
	return true;
}

static void take_from(struct smtp *s, struct text rest, struct buffer *out)
{
	if (s->stage != READY)
		answer(out, s->stage == GREETING ? "503 say EHLO first" : "503 one at a time");
	else if (!path_read(rest, "FROM:", s->from))
		answer(out, "501 MAIL FROM:<address>");
	else {
		s->stage = FROM;
		answer(out, "250 ok");
	}
}

/* Nobody is there: so that a letter can fail without any other one failing too. */
#define SMTP_REFUSED "refused.example"

static void take_to(struct smtp *s, struct text rest, struct buffer *out)
{
	if (s->stage != FROM && s->stage != TO)
		answer(out, "503 say MAIL first");
	else if (s->to_count == SMTP_TO_MAX)
		answer(out, "452 too many recipients");
	else if (!path_read(rest, "TO:", s->to[s->to_count]) || !*s->to[s->to_count])
		answer(out, "501 RCPT TO:<address>");
	else if (s->refuses || text_ends(text_of(s->to[s->to_count]), TEXT("@" SMTP_REFUSED)))
		answer(out, "550 5.1.1 nobody of this name here");
	else {
		s->to_count++;
		s->stage = TO;
		answer(out, "250 ok");
	}
}

/* Anybody is let in: it is a sandbox. */
static void take_auth(struct smtp *s, struct text rest, struct buffer *out)
{
	struct text way = text_cut(&rest, ' ');

	if (s->stage != READY)
		answer(out, "503 not now");
	else if (text_eq_nocase(way, TEXT("PLAIN")) && rest.length)
		answer(out, "235 welcome");
	else if (text_eq_nocase(way, TEXT("PLAIN"))) {
		s->stage = AUTH_PLAIN;
		answer(out, "334 ");
	} else if (text_eq_nocase(way, TEXT("LOGIN"))) {
		s->stage = rest.length ? AUTH_PASSWORD : AUTH_USER;
		answer(out, rest.length ? "334 UGFzc3dvcmQ6" : "334 VXNlcm5hbWU6");
	} else
		answer(out, "504 PLAIN or LOGIN");
}

static void take_greeting(struct smtp *s, bool extended, struct buffer *out)
{
	s->stage = READY;
	begin_again(s);
	answer(out, extended ? "250-sandbox.zhifang\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN" : "250 sandbox.zhifang");
}

static void take_data(struct smtp *s, struct buffer *out)
{
	if (s->stage != TO) {
		answer(out, "503 say RCPT first");
		return;
	}
	s->stage = MESSAGE;
	answer(out, "354 end with a dot");
}

static void take_command(struct smtp *s, struct text line, struct buffer *out)
{
	struct text rest = line, verb = text_cut(&rest, ' ');

	if (++s->commands > COMMANDS_MAX)
		end(s, out, "421 enough");
	else if (text_eq_nocase(verb, TEXT("EHLO")) || text_eq_nocase(verb, TEXT("HELO")))
		take_greeting(s, text_eq_nocase(verb, TEXT("EHLO")), out);
	else if (text_eq_nocase(verb, TEXT("MAIL")))
		take_from(s, text_trim(rest), out);
	else if (text_eq_nocase(verb, TEXT("RCPT")))
		take_to(s, text_trim(rest), out);
	else if (text_eq_nocase(verb, TEXT("DATA")))
		take_data(s, out);
	else if (text_eq_nocase(verb, TEXT("AUTH")))
		take_auth(s, text_trim(rest), out);
	else if (text_eq_nocase(verb, TEXT("RSET"))) {
		begin_again(s);
		answer(out, "250 ok");
	} else if (text_eq_nocase(verb, TEXT("NOOP")))
		answer(out, "250 ok");
	else if (text_eq_nocase(verb, TEXT("QUIT")))
		end(s, out, "221 bye");
	else
		answer(out, "500 what?");
}

/* The dot that ends a message, and one dot fewer where a line begins with some. */
static void take_message_line(struct smtp *s, struct text line, struct buffer *out)
{
	if (text_is(line, ".")) {
		bool whole = !s->message.why;

		answer(out, whole ? "250 2.0.0 taken" : "552 5.3.4 too large");
		if (whole && s->taken)
			s->taken(s->arg, s);
		begin_again(s);
		return;
	}
	buffer_add(&s->message, text_starts(line, TEXT(".")) ? text_from(line, 1) : line);
	buffer_add(&s->message, TEXT("\r\n"));
}

static void take_line(struct smtp *s, struct text line, struct buffer *out)
{
	switch ((enum stage)s->stage) {
	case MESSAGE:
		take_message_line(s, line, out);
		return;
	case AUTH_USER:
		s->stage = AUTH_PASSWORD;
		answer(out, "334 UGFzc3dvcmQ6");
		return;
	case AUTH_PLAIN:
	case AUTH_PASSWORD:
		s->stage = READY;
		answer(out, text_is(line, "*") ? "501 as you like" : "235 welcome");
		return;
	case GREETING:
	case READY:
	case FROM:
	case TO:
		take_command(s, line, out);
		return;
	}
	abort();
}

void smtp_feed(struct smtp *s, struct text bytes, struct buffer *out)
{
	while (bytes.at && bytes.length && !s->over) {
		size_t at = text_find_char(bytes, '\n');
		struct text line;

		buffer_add(&s->line, text_head(bytes, at));
		if (s->line.why) {
			end(s, out, "500 a line is too long");
			return;
		}
		if (at == SIZE_MAX)
			return;
		bytes = text_from(bytes, at + 1);
		line = buffer_text(&s->line);
		take_line(s, text_ends(line, TEXT("\r")) ? text_head(line, line.length - 1) : line, out);
		buffer_clear(&s->line);
	}
}
