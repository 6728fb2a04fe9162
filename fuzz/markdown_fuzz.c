/* markdown_fuzz.c - whatever the text is: what comes out is JSON that our own reader takes (its depth included), plain text
 * is UTF-8, and a link's line is one of the source's. */
#include <assert.h>

#include "base/json.h"
#include "catalog/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_link(void *self, struct text href, int64_t line, struct markdown_link *ret)
{
	assert(line >= 1 && line <= *(int64_t *)self);
	ret->href = href;
	return href.length % 2;
}

static bool on_image(void *self, struct text src, int64_t line, struct markdown_image *ret)
{
	assert(line >= 1 && line <= *(int64_t *)self);
	*ret = (struct markdown_image){ TEXT("a.png"), 1, 1 };
	return src.length % 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct text source = { (const char *)data, size };
	int64_t lines = 1;
	struct markdown_options options = { on_link, on_image, &lines };
	struct markdown md;
	json_t *tree;
	problem why;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r';
	why = markdown_read(arena, source, &options, &md);
	if (!why) {
		assert(!json_read(arena, md.doc, &tree));
		assert(text_is_utf8(md.plain));
	}
	arena_free(arena);
	return 0;
}
