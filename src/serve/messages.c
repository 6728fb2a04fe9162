/* messages.c - the front end's message files, flattened to "a.b.c" -> text. Sorted once, searched by halves. */
#include "serve/page.h"

#include "base/json.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LANGUAGES = 2, FILE_MAX = 4 << 20, DEPTH_MAX = 16 };

static const char *const languages[LANGUAGES] = { "zh-CN", "en" };

struct message {
	struct text key, text;
};

struct messages {
	struct message *items[LANGUAGES];
	size_t count[LANGUAGES];
};

static size_t count_texts(const json_t *tree)
{
	size_t count = 0;
	const char *key;
	json_t *value;

	if (json_is_string(tree))
		return 1;
	json_object_foreach((json_t *)(uintptr_t)tree, key, value)
		count += count_texts(value);
	return count;
}

struct flat {
	struct arena *arena;
	struct message *items;
	size_t count;
};

static void flatten(struct flat *to, struct text above, const json_t *tree, int depth)
{
	const char *key;
	json_t *value;

	assert(depth < DEPTH_MAX);
	if (json_is_string(tree))
		to->items[to->count++] = (struct message){ above, arena_text(to->arena, json_text(tree)) };
	json_object_foreach((json_t *)(uintptr_t)tree, key, value) {
		struct text path = above.length ? arena_format(to->arena, "%.*s.%s", TEXT_ARG(above), key)
		                                : arena_text(to->arena, text_of(key));

		flatten(to, path, value, depth + 1);
	}
}

static int compare_messages(const void *a, const void *b)
{
	return text_compare(((const struct message *)a)->key, ((const struct message *)b)->key);
}

static bool read_file(struct arena *arena, const char *path, struct text *ret)
{
	FILE *file = fopen(path, "rbe");
	char *bytes;
	size_t length;

	if (!file)
		return false;
	bytes = arena_alloc(arena, FILE_MAX);
	length = fread(bytes, 1, FILE_MAX, file);
	fclose(file);
	*ret = (struct text){ bytes, length };
	return true;
}

static problem load_language(struct arena *arena, struct messages *messages, int language, const char *path)
{
	struct arena *scratch = arena_new(64 << 20);
	struct flat flat = { .arena = arena };
	struct text bytes;
	json_t *tree = NULL;
	problem why = NULL;

	if (read_file(scratch, path, &bytes)) {
		why = json_read(scratch, bytes, &tree);
		flat.items = ARENA_ARRAY(arena, struct message, why ? 1 : count_texts(tree) + 1);
	}
	if (why) {
		log_line(LOG_ERROR, "messages-broken", "file", text_of(path), NULL);
	} else if (tree) {
		flatten(&flat, TEXT(""), tree, 0);
		qsort(flat.items, flat.count, sizeof(*flat.items), compare_messages);
		messages->items[language] = flat.items;
		messages->count[language] = flat.count;
	}
	arena_free(scratch);
	return why;
}

problem messages_open(struct arena *arena, struct text folder, struct messages **ret)
{
	struct messages *messages = ARENA_NEW(arena, struct messages);
	problem why = NULL;

	for (int i = 0; i < LANGUAGES && !why && folder.length; i++)
		why = load_language(arena, messages, i, arena_format(arena, "%.*s/%s.json", TEXT_ARG(folder), languages[i]).at);
	if (!why)
		*ret = messages;
	return why;
}

struct text messages_find(const struct messages *messages, struct text language, struct text key)
{
	int i = text_is(language, "en");
	struct message wanted = { .key = key }, *found;

	if (!messages->count[i])
		return (struct text){ 0 };
	found = bsearch(&wanted, messages->items[i], messages->count[i], sizeof(wanted), compare_messages);
	return found ? found->text : (struct text){ 0 };
}

bool messages_are_there(const struct messages *messages)
{
	return messages && messages->count[0];
}
