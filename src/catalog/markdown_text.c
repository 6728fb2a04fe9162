/* markdown_text.c - small rules about characters. */
#include "catalog/markdown_parts.h"

#include <utf8proc.h>

bool markdown__is_wide(uint32_t c)
{
	return (c >= 0x2E80 && c < 0xD7B0) || (c >= 0xF900 && c < 0xFB00) || (c >= 0xFE30 && c < 0xFE50) || (c >= 0xFF00 && c < 0xFFF0) ||
	       (c >= 0x20000 && c < 0x40000);
}

bool markdown__is_punctuation(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

	if (c < 0x80)
		return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7F);
	return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

void markdown__restore(struct buffer *out, struct text t)
{
	size_t from = 0, i = 0;

	while (i + 3 <= t.length) {
		bool blank = !memcmp(t.at + i, MARKDOWN_BLANK, 3);

		if (!blank && memcmp(t.at + i, MARKDOWN_DOLLAR, 3)) {
			i++;
			continue;
		}
		buffer_add(out, (struct text){ t.at + from, i - from });
		if (!blank)
			buffer_add_char(out, '$');
		from = i += 3;
	}
	buffer_add(out, text_from(t, from));
}

static void add_code_point(struct buffer *out, uint32_t c)
{
	char bytes[4];

	if (!c || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		c = 0xFFFD;
	buffer_add(out, (struct text){ bytes, text_encode(c, bytes) });
}

/* "#39" or "#x27"; md4c has checked the grammar, and that there are at most seven digits */
static uint32_t numeric(struct text t)
{
	bool hexadecimal = t.length > 1 && (t.at[1] == 'x' || t.at[1] == 'X');
	uint32_t c = 0;

	for (size_t i = hexadecimal ? 2 : 1; i < t.length; i++) {
		uint32_t digit = (uint32_t)(unsigned char)t.at[i];

		digit = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
		c = c * (hexadecimal ? 16 : 10) + digit;
		if (c > 0x10FFFF)
			return 0;
	}
	return c;
}

void markdown__entity(struct buffer *out, struct text entity)
{
	static const struct {
		const char *name;
		uint32_t c;
	} known[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xA0 }, { "copy", 0xA9 },
		{ "reg", 0xAE }, { "trade", 0x2122 }, { "hellip", 0x2026 }, { "mdash", 0x2014 }, { "ndash", 0x2013 }, { "lsquo", 0x2018 },
		{ "rsquo", 0x2019 }, { "ldquo", 0x201C }, { "rdquo", 0x201D }, { "laquo", 0xAB }, { "raquo", 0xBB }, { "middot", 0xB7 },
		{ "bull", 0x2022 }, { "times", 0xD7 }, { "divide", 0xF7 }, { "plusmn", 0xB1 }, { "deg", 0xB0 }, { "micro", 0xB5 },
		{ "larr", 0x2190 }, { "uarr", 0x2191 }, { "rarr", 0x2192 }, { "darr", 0x2193 }, { "harr", 0x2194 }, { "le", 0x2264 },
		{ "ge", 0x2265 }, { "ne", 0x2260 }, { "asymp", 0x2248 }, { "infin", 0x221E }, { "radic", 0x221A }, { "sum", 0x2211 },
		{ "pi", 0x3C0 }, { "mu", 0x3BC }, { "sigma", 0x3C3 }, { "alpha", 0x3B1 }, { "beta", 0x3B2 }, { "euro", 0x20AC },
		{ "pound", 0xA3 }, { "yen", 0xA5 }, { "cent", 0xA2 }, { "sect", 0xA7 }, { "para", 0xB6 }, { "check", 0x2713 },
		{ "emsp", 0x2003 }, { "ensp", 0x2002 }, { "thinsp", 0x2009 }, { "frac12", 0xBD }, { "frac14", 0xBC }, { "sup2", 0xB2 },
		{ "sup3", 0xB3 }, { "eacute", 0xE9 }, { "egrave", 0xE8 }, { "auml", 0xE4 }, { "ouml", 0xF6 }, { "uuml", 0xFC },
		{ "szlig", 0xDF }, { "ccedil", 0xE7 }, { "ntilde", 0xF1 },
	};
	struct text name = { entity.at + 1, entity.length >= 2 ? entity.length - 2 : 0 };

	if (name.length && name.at[0] == '#') {
		add_code_point(out, numeric(name));
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (text_is(name, known[i].name)) {
			add_code_point(out, known[i].c);
			return;
		}
	}
	buffer_add(out, entity);
}

void markdown__slug(struct buffer *out, struct text heading)
{
	struct text rest = text_trim(heading);

	while (rest.length) {
		uint32_t c = text_next(&rest);
		utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
		bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;

		if (c == ' ')
			buffer_add_char(out, '-');
		else if (c == '-' || category == UTF8PROC_CATEGORY_PC || letter)
			add_code_point(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)c));
	}
}

int64_t markdown__minutes(struct text plain)
{
	enum { CHARACTERS_A_MINUTE = 400, WORDS_A_MINUTE = 200 };
	int64_t wide = 0, words = 0, minutes;
	bool within = false;

	while (plain.length) {
		uint32_t c = text_next(&plain);
		bool letter = c > ' ' && !markdown__is_wide(c);

		wide += markdown__is_wide(c);
		words += letter && !within;
		within = letter;
	}
	minutes = (wide * WORDS_A_MINUTE + words * CHARACTERS_A_MINUTE) / (CHARACTERS_A_MINUTE * WORDS_A_MINUTE) + 1;
	return minutes;
}
