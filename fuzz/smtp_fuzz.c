/* smtp_fuzz.c - the sandbox's mail server: whatever a client says, in whatever pieces, each line gets one whole answer, limits hold,
 * and what is read in a mail is UTF-8 of a bounded length. The first byte says in pieces of how many bytes it comes. */
#include <assert.h>

#include "../sandbox/mime.c"
#include "../sandbox/smtp.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t taken;

static void check_seen(struct text raw)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct mail_seen seen;

	mail_read(arena, raw, &seen);
	assert(text_is_utf8(seen.subject) && text_is_utf8(seen.from) && text_is_utf8(seen.text));
	assert(seen.subject.length <= SUBJECT_MAX && seen.text.length <= SHOWN_MAX);
	assert(!code_in(seen.text).at || code_in(seen.text).length == 6);
	arena_free(arena);
}

static void take(void *arg, const struct smtp *s)
{
	(void)arg;
	taken++;
	assert(s->to_count >= 1 && s->to_count <= SMTP_TO_MAX && s->message.length <= SMTP_MESSAGE_MAX && !s->message.why);
	for (size_t i = 0; i < s->to_count; i++)
		assert(*s->to[i] && strlen(s->to[i]) < SMTP_PATH_MAX && !strpbrk(s->to[i], "<> \r\n"));
	check_seen(buffer_text(&s->message));
}

/* What was answered does not depend on how the bytes came. */
static void converse(struct text bytes, size_t piece, struct buffer *out)
{
	struct smtp s;

	taken = 0;
	smtp_open(&s);
	s.taken = take;
	while (bytes.length && !s.over) {
		smtp_feed(&s, text_head(bytes, piece), out);
		bytes = text_from(bytes, piece);
	}
	smtp_close(&s);
	assert(!out->length || text_ends(buffer_text(out), TEXT("\r\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = BUFFER(1 << 24), pieces = BUFFER(1 << 24);
	struct text bytes = { (const char *)data + 1, size - 1 };
	size_t first;

	if (!size)
		return 0;
	converse(bytes, size, &whole);
	first = taken;
	converse(bytes, (size_t)*data % 7 + 1, &pieces);
	assert(first == taken && text_eq(buffer_text(&whole), buffer_text(&pieces)));
	buffer_free(&whole);
	buffer_free(&pieces);
	check_seen(bytes);
	return 0;
}
