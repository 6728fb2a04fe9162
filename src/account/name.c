/* name.c - a name as people type it, and the form in which two names are compared: nobody shall pass for somebody else by a
 * full-width letter, another case, or a sign that cannot be seen. */
#include "account/account_room.h"

#include <stdlib.h>
#include <utf8proc.h>

const struct problem name_wrong = { 422, "name-wrong", "A name has 2 to 32 characters that can be seen." };

static struct text mapped(struct arena *arena, struct text t, utf8proc_option_t how)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)t.at, (utf8proc_ssize_t)t.length, &out, how);
	struct text ret = { 0 };

	if (length >= 0)
		ret = arena_text(arena, (struct text){ (const char *)out, (size_t)length });
	free(out);
	return ret;
}

/* Letters, marks, numbers, punctuation, symbols and the plain blank: nothing that hides or turns the text around. */
static bool is_visible(struct text name)
{
	struct text rest = name;
	uint32_t c;

	while ((c = text_next(&rest))) {
		utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

		if (c != ' ' && (category == UTF8PROC_CATEGORY_CN || category >= UTF8PROC_CATEGORY_ZS))
			return false;
	}
	return true;
}

problem name_read(struct arena *arena, struct text typed, struct text *ret)
{
	struct text name = mapped(arena, text_trim(typed), UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	size_t characters = text_characters(name);

	if (!name.at || characters < NAME_MIN || characters > NAME_MAX || !is_visible(name) || text_find(name, TEXT("  ")) != SIZE_MAX)
		return &name_wrong;
	*ret = name;
	return NULL;
}

struct text name_folded(struct arena *arena, struct text name)
{
	struct text folded = mapped(arena, name, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

	return folded.at ? folded : name;
}
