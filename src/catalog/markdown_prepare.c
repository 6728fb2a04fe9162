/* markdown_prepare.c - what the parser cannot know is written into the text before it, line by line: dashes for short
 * delimiter rows of tables, a blank beside stars that Chinese punctuation would take for something else, dollar signs that are
 * prices. Footnotes are taken out. The number of lines stays, so that a place in the text is a place in the source. */
#include "catalog/markdown_parts.h"

enum { TICKS_MAX = 32, LABEL_MAX = 64 };

struct scan {
	struct buffer out;        /* of the text, or of the footnote that is being read */
	bool bold_open[4];        /* by number of stars: 2 or 3 */
	bool formula;             /* between $$ and $$ */
	char fence;               /* '`' or '~' within a fenced block, else 0 */
	size_t fence_length;
	bool no_ticks[TICKS_MAX + 1]; /* no run of so many ticks follows in this line */
};

static uint32_t code_point_at(struct text line, size_t i)
{
	struct text rest = text_from(line, i);

	return rest.length ? text_next(&rest) : ' ';
}

static uint32_t code_point_before(struct text line, size_t i)
{
	if (!i)
		return ' ';
	do
		i--;
	while (i && ((unsigned char)line.at[i] & 0xC0) == 0x80);
	return code_point_at(line, i);
}

static bool is_blank(uint32_t c) { return c == ' ' || c == '\t' || c == 0xA0 || c == 0x3000; }

static size_t run_length(struct text line, size_t i)
{
	size_t n = 1;

	while (i + n < line.length && line.at[i + n] == line.at[i])
		n++;
	return n;
}

static bool is_plain(uint32_t c) { return !is_blank(c) && !markdown__is_punctuation(c); }

/* Closing stars need white space behind them when punctuation stands before them, opening ones the other way round. */
static size_t scan_stars(struct scan *s, struct text line, size_t i)
{
	size_t n = run_length(line, i);
	struct text stars = { line.at + i, n };
	uint32_t before = code_point_before(line, i), after = code_point_at(line, i + n);
	bool chinese = before >= 0x2000 || after >= 0x2000, *open = &s->bold_open[n < 4 ? n : 0];
	bool closes = *open && !is_blank(before), opens = !closes && !*open && !is_blank(after);

	if (n < 2 || n > 3 || (before < 0x80 && after < 0x80 && is_plain(before) && is_plain(after))) {
		buffer_add(&s->out, stars);
		return n;
	}
	if (opens && chinese && markdown__is_punctuation(after) && is_plain(before))
		buffer_add(&s->out, TEXT(MARKDOWN_BLANK));
	buffer_add(&s->out, stars);
	if (closes && chinese && markdown__is_punctuation(before) && is_plain(after))
		buffer_add(&s->out, TEXT(MARKDOWN_BLANK));
	*open = opens || (*open && !closes);
	return n;
}

/* A code span that ends in this line is passed over as a whole. */
static size_t scan_ticks(struct scan *s, struct text line, size_t i)
{
	size_t n = run_length(line, i), k = i + n;

	while (n <= TICKS_MAX && !s->no_ticks[n] && k < line.length) {
		size_t other = line.at[k] == '`' ? run_length(line, k) : 0;

		if (other == n) {
			buffer_add(&s->out, (struct text){ line.at + i, k + n - i });
			return k + n - i;
		}
		k += other ? other : 1;
	}
	if (n <= TICKS_MAX)
		s->no_ticks[n] = true;
	buffer_add(&s->out, (struct text){ line.at + i, n });
	return n;
}

/* $x$ is a formula when neither sign has a blank within, and no digit follows: "$5 and $10" are prices. */
static size_t formula_length(struct text line, size_t i)
{
	size_t end = i + 1;

	while (end < line.length && line.at[end] != '$')
		end += line.at[end] == '\\' ? 2 : 1;
	if (end >= line.length || end == i + 1 || is_blank(code_point_at(line, i + 1)) || is_blank(code_point_before(line, end)))
		return 0;
	if (end + 1 < line.length && (line.at[end + 1] == '$' || (line.at[end + 1] >= '0' && line.at[end + 1] <= '9')))
		return 0;
	return end + 1 - i;
}

static size_t scan_dollar(struct scan *s, struct text line, size_t i)
{
	size_t n = run_length(line, i), length;

	if (n == 2) {
		s->formula = !s->formula;
		buffer_add(&s->out, TEXT("$$"));
		return 2;
	}
	length = n == 1 && !s->formula ? formula_length(line, i) : 0;
	if (length) {
		buffer_add(&s->out, (struct text){ line.at + i, length });
		return length;
	}
	for (size_t k = 0; k < n; k++)
		buffer_add(&s->out, s->formula ? TEXT("$") : TEXT(MARKDOWN_DOLLAR));
	return n;
}

static void scan_line(struct scan *s, struct text line)
{
	memset(s->no_ticks, 0, sizeof s->no_ticks);
	for (size_t i = 0; i < line.length;) {
		char c = line.at[i];

		if (c == '$') {
			i += scan_dollar(s, line, i);
		} else if (!s->formula && c == '`') {
			i += scan_ticks(s, line, i);
		} else if (!s->formula && c == '*') {
			i += scan_stars(s, line, i);
		} else {
			size_t n = c == '\\' && i + 1 < line.length ? 2 : 1;

			buffer_add(&s->out, (struct text){ line.at + i, n });
			i += n;
		}
	}
}

/* ---- lines ---- */

static size_t indent_of(struct text line)
{
	size_t n = 0;

	while (n < line.length && (line.at[n] == ' ' || line.at[n] == '\t'))
		n++;
	return n;
}

/* Without indentation and marks of quotes. */
static struct text inner(struct text line)
{
	for (;;) {
		line = text_from(line, indent_of(line));
		if (!line.length || *line.at != '>')
			return line;
		line = text_from(line, 1);
	}
}

static bool starts_block(struct text line)
{
	size_t digits = 0;

	if (!line.length || *line.at == '#' || *line.at == '|')
		return true;
	while (digits < line.length && line.at[digits] >= '0' && line.at[digits] <= '9')
		digits++;
	if (digits)
		return digits + 1 < line.length && (line.at[digits] == '.' || line.at[digits] == ')') && line.at[digits + 1] == ' ';
	return line.length > 1 && (*line.at == '-' || *line.at == '*' || *line.at == '+') && line.at[1] == ' ';
}

/* Is the line part of a fenced block, its fences included? */
static bool scan_fence(struct scan *s, struct text line)
{
	struct text t = inner(line);
	size_t n = t.length && (*t.at == '`' || *t.at == '~') ? run_length(t, 0) : 0;

	if (s->fence) {
		if (n >= s->fence_length && *t.at == s->fence && !text_trim(text_from(t, n)).length)
			s->fence = 0;
		return true;
	}
	if (n < 3 || (*t.at == '`' && text_find_char(text_from(t, n), '`') != SIZE_MAX))
		return false;
	s->fence = *t.at;
	s->fence_length = n;
	return true;
}

static bool is_delimiter_row(struct text line)
{
	bool bar = false, dash = false;

	for (size_t i = 0; i < line.length; i++) {
		char c = line.at[i];

		bar = bar || c == '|';
		dash = dash || c == '-';
		if (c != '|' && c != '-' && c != ':' && c != ' ' && c != '\t' && c != '>')
			return false;
	}
	return bar && dash;
}

/* GitHub wants one dash in each cell, the parser three. */
static void pad_row(struct scan *s, struct text line)
{
	for (size_t i = 0; i < line.length;) {
		size_t n = line.at[i] == '-' ? run_length(line, i) : 1;

		buffer_add(&s->out, (struct text){ line.at + i, n });
		for (size_t k = n; line.at[i] == '-' && k < 3; k++)
			buffer_add_char(&s->out, '-');
		i += n;
	}
}

static void add_line(struct scan *s, struct text line)
{
	bool was_fence = scan_fence(s, line);

	if (!was_fence && starts_block(inner(line))) {
		memset(s->bold_open, 0, sizeof s->bold_open);
		s->formula = false;
	}
	if (was_fence)
		buffer_add(&s->out, line);
	else if (is_delimiter_row(line))
		pad_row(s, line);
	else
		scan_line(s, line);
	buffer_add_char(&s->out, '\n');
}

/* ---- footnotes: "[^label]: text", further lines indented ---- */

static bool is_note(struct text line, struct text *ret_label, struct text *ret_rest)
{
	size_t indent = indent_of(line), end;
	struct text t = text_from(line, indent);

	if (indent > 3 || !text_starts(t, TEXT("[^")))
		return false;
	end = text_find_char(text_head(t, LABEL_MAX), ']');
	if (end == SIZE_MAX || end == 2 || end + 1 >= t.length || t.at[end + 1] != ':')
		return false;
	*ret_label = (struct text){ t.at + 2, end - 2 };
	*ret_rest = text_trim(text_from(t, end + 2));
	return true;
}

struct preparing {
	struct arena *arena;
	struct markdown_source *source;
	struct scan main, note;
	bool in_note, note_blank; /* blank: the last line was */
};

static void end_note(struct preparing *p)
{
	if (p->in_note)
		p->source->notes[p->source->note_count - 1].body = arena_text(p->arena, buffer_text(&p->note.out));
	buffer_free(&p->note.out);
	p->note = (struct scan){ .out = BUFFER(MARKDOWN_DOC_MAX) };
	p->in_note = false;
}

static bool note_goes_on(const struct preparing *p, struct text line)
{
	bool blank = !text_trim(line).length;

	return p->in_note && (p->note.fence || blank || indent_of(line) >= 2 || (!p->note_blank && !starts_block(inner(line))));
}

static void prepare_line(struct preparing *p, struct text line, int64_t number)
{
	struct text label, rest;

	if (!p->main.fence && !(p->in_note && p->note.fence) && p->source->note_count < MARKDOWN_FOOTNOTES_MAX && is_note(line, &label, &rest)) {
		end_note(p);
		p->source->notes[p->source->note_count++] = (struct markdown_note){ .label = label, .line = number };
		p->in_note = true;
		p->note_blank = false;
		add_line(&p->note, rest);
	} else if (note_goes_on(p, line)) {
		size_t indent = indent_of(line);

		p->note_blank = !text_trim(line).length;
		add_line(&p->note, text_from(line, indent < 4 ? indent : 4));
	} else {
		end_note(p);
		add_line(&p->main, line);
		return;
	}
	buffer_add_char(&p->main.out, '\n');
}

static size_t count_nul(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.length; i++)
		n += t.at[i] == '\0';
	return n;
}

/* No carriage returns, no U+0000 (CommonMark: U+FFFD), nothing that stands for something else later. */
static struct text clean(struct arena *arena, struct text source)
{
	char *out = arena_alloc(arena, source.length + 2 * count_nul(source) + 1);
	size_t n = 0, i = text_starts(source, TEXT("\xEF\xBB\xBF")) ? 3 : 0;

	while (i < source.length) {
		struct text rest = text_from(source, i);

		if (text_starts(rest, TEXT(MARKDOWN_BLANK))) {
			out[n++] = ' ';
			i += 3;
		} else if (text_starts(rest, TEXT(MARKDOWN_DOLLAR)) || !source.at[i]) {
			memcpy(out + n, "\xEF\xBF\xBD", 3);
			n += 3;
			i += source.at[i] ? 3 : 1;
		} else {
			if (source.at[i] != '\r')
				out[n++] = source.at[i];
			else if (i + 1 == source.length || source.at[i + 1] != '\n')
				out[n++] = '\n';
			i++;
		}
	}
	return (struct text){ out, n };
}

void markdown__prepare(struct arena *arena, struct text source, struct markdown_source *ret)
{
	struct preparing p = { .arena = arena, .source = ret, .main.out = BUFFER(MARKDOWN_DOC_MAX), .note.out = BUFFER(MARKDOWN_DOC_MAX) };
	struct text rest = clean(arena, source);
	int64_t line = 0;

	*ret = (struct markdown_source){ .notes = ARENA_ARRAY(arena, struct markdown_note, MARKDOWN_FOOTNOTES_MAX) };
	while (rest.length)
		prepare_line(&p, text_cut(&rest, '\n'), ++line);
	end_note(&p);
	ret->text = arena_text(arena, buffer_text(&p.main.out));
	buffer_free(&p.main.out);
}
