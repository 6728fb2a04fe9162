/* target_fuzz.c - the address in a request line. The first line of the input is the host, the rest the target: the path that
 * comes out has one reading only, the query is a piece of the target, the two decoders of query strings agree, and
 * what is encoded is decoded to the same. */
#include <assert.h>

#include "base/shape.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUCH = 1 << 20 };

static void check_path(struct text path)
{
	struct text rest = path;

	assert(path.length && path.at[0] == '/' && text_is_utf8(path));
	for (size_t i = 0; i < path.length; i++)
		assert((unsigned char)path.at[i] >= 0x20 && path.at[i] != 0x7F);
	while (rest.at) {
		struct text part = text_cut(&rest, '/');

		assert(!text_is(part, ".") && !text_is(part, ".."));
	}
}

/* What the grammar of a request line lets through. */
static bool is_target(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if ((unsigned char)t.at[i] <= 0x20 || (unsigned char)t.at[i] >= 0x7F)
			return false;
	return t.length;
}

static void try_target(struct arena *arena, struct text host, struct text target)
{
	struct http_request rq = { .method = GET, .target = target, .host = host, .arena = arena };
	struct refusal refusal = { 0 };

	if (!is_target(target))
		return;
	if (!target_read(&rq, &refusal)) {
		assert(refusal.status == 400 && refusal.why);
		return;
	}
	check_path(rq.path);
	assert(!rq.query.at || (rq.query.at > target.at && rq.query.at + rq.query.length == target.at + target.length));
}

static void try_decoders(struct arena *arena, struct text coded)
{
	static const struct field field = { .name = "q", .kind = SHAPE_TEXT, .optional = true, .max = MUCH };
	static const struct shape shape = { .name = "word", .size = sizeof(struct text), .fields = &field, .count = 1 };
	struct text query = arena_join(arena, (const struct text[]){ TEXT("q="), coded }, 2), ours = { 0 }, theirs = { 0 };
	struct field_errors errors;
	bool ok = http_decode(arena, coded, true, &ours);
	problem why;

	if (text_find_char(coded, '&') != SIZE_MAX)
		return;
	why = shape_read_query(&shape, arena, query, &theirs, &errors);
	assert(ok == !why && (!ok || text_eq(ours, theirs)));
}

static void try_encoder(struct arena *arena, struct text raw)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(MUCH);
	struct text back;

	http_encode(&out, raw);
	assert(!out.why && text_find_char(buffer_text(&out), '/') == SIZE_MAX);
	if (text_is_utf8(raw) && text_find_char(raw, '\0') == SIZE_MAX) {
		bool ok = http_decode(arena, buffer_text(&out), raw.length % 2, &back);

		assert(ok && text_eq(back, raw));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct text rest = { (const char *)data, size < 8192 ? size : 8192 }, host = text_cut(&rest, '\n');

	try_target(arena, host, rest);
	try_decoders(arena, rest);
	try_encoder(arena, rest);
	arena_free(arena);
	return 0;
}
