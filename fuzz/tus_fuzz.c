/* tus_fuzz.c - headers of uploads as a client may write them: what is taken is bounded and clean, and a name never leads anywhere. */
#include <assert.h>

#include "crypto/crypto.h"
#include "media/tus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 200 };

static void check_name(struct text name)
{
	assert(name.length <= (size_t)MOST * 4 && text_is_utf8(name) && text_characters(name) <= MOST);
	for (size_t i = 0; i < name.length; i++)
		assert((unsigned char)name.at[i] >= ' ' && name.at[i] != '/' && name.at[i] != '\\' && name.at[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 << 20);
	struct text all = { (const char *)data, size }, value, digest = { 0 };
	enum tus_digest kind;

	if (tus_metadata(arena, all, "filename", &value)) {
		assert(value.length <= size);
		check_name(tus_file_name(arena, value, MOST));
	}
	check_name(tus_file_name(arena, all, MOST));
	kind = tus_checksum(arena, all, &digest);
	assert(kind != TUS_SHA1 || digest.length == SHA1_BYTES);
	assert(kind != TUS_SHA256 || digest.length == SHA256_BYTES);
	arena_free(arena);
	return 0;
}
