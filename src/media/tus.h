/* tus.h - headers of the tus protocol 1.0.0, as text. No request here: the tests and the fuzzer feed it. */
#ifndef MEDIA_TUS_H
#define MEDIA_TUS_H

#include "base/arena.h"
#include "base/text.h"

/* The value of a key in "key base64,key base64"; false: broken, or the key is not there. */
bool tus_metadata(struct arena *arena, struct text header, const char *key, struct text *ret);
/* "sha1 base64" or "sha256 base64": the digest's bytes. */
enum tus_digest { TUS_DIGEST_NONE, TUS_SHA1, TUS_SHA256, TUS_DIGEST_WRONG };
enum tus_digest tus_checksum(struct arena *arena, struct text header, struct text *ret);
/* The last part of a path, without what would hide or end a line; at most `most` characters. Empty: no name. */
struct text tus_file_name(struct arena *arena, struct text raw, size_t most);

#endif
