/* talk_html.c - what people wrote as HTML: everything is escaped, and an address is a link only when it begins with http:// or https://
 * and has nothing in it that an address has not. */
#include "serve/page.h"
#include "talk/review_room.h"

static bool is_in_address(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~:/?#[]@!$&'()*+,;=%", c));
}

static size_t address_length(struct text t)
{
	size_t head = text_starts(t, TEXT("https://")) ? 8 : text_starts(t, TEXT("http://")) ? 7 : 0, n = head;

	while (head && n < t.length && is_in_address(t.at[n]))
		n++;
	while (n > head && strchr(".,;:!?'\")]", t.at[n - 1])) /* ends the sentence, not the address */
		n--;
	return n > head ? n : 0;
}

static void write_line(struct buffer *out, struct text line)
{
	size_t from = 0, i = 0;

	while (i < line.length) {
		size_t n = line.at[i] == 'h' ? address_length(text_from(line, i)) : 0;
		const struct text address = { line.at + i, n };

		if (!n) {
			i++;
			continue;
		}
		escape_html(out, (struct text){ line.at + from, i - from });
		buffer_add(out, TEXT("<a class=\"link\" rel=\"nofollow ugc noopener noreferrer\" href=\""));
		escape_html(out, address);
		buffer_add(out, TEXT("\">"));
		escape_html(out, address);
		buffer_add(out, TEXT("</a>"));
		i += n;
		from = i;
	}
	escape_html(out, text_from(line, from));
}

struct text talk__html(struct arena *arena, struct text said)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(1 << 20);
	struct text rest = said;
	bool open = false;

	while (rest.at && said.length) {
		struct text line = text_cut(&rest, '\n');

		if (!line.length) {
			buffer_add(&out, open ? TEXT("</p>") : TEXT(""));
			open = false;
			continue;
		}
		buffer_add(&out, open ? TEXT("<br>") : TEXT("<p>"));
		open = true;
		write_line(&out, line);
	}
	if (open)
		buffer_add(&out, TEXT("</p>"));
	return arena_text(arena, buffer_text(&out));
}
