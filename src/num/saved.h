/* saved.h - a model as a file: its kind, its version, named arrays, a checksum. A file that was cut, of another kind or version, or in
 * which one bit is other than it was written, is a problem, never a wrong number. Numbers are little-endian; arrays lie at
 * multiples of 64 bytes, so that they are used where they lie.
 *
 * What an array says is still foreign: who loads checks that indices are within bounds. */
#ifndef NUM_SAVED_H
#define NUM_SAVED_H

#include "base/arena.h"
#include "base/buffer.h"

enum saved_type { SAVED_U8, SAVED_U32, SAVED_I64, SAVED_F32, SAVED_F64, SAVED_TYPES };
enum { SAVED_NAME_MAX = 31, SAVED_ARRAYS_MAX = 1024 };

extern const struct problem saved_not;     /* 422: no model file */
extern const struct problem saved_kind;    /* 422: the model of something else */
extern const struct problem saved_version; /* 422: another version of the program wrote it */
extern const struct problem saved_damaged; /* 422: cut or changed */
extern const struct problem saved_lacks;   /* 422: an array is missing, of another type or length */

/* ---- writing: into a buffer of the ceiling that the caller allows; buffer's `why` is looked at once, by saved_write ---- */

void saved_begin(struct buffer *b, const char *kind, uint32_t version); /* an empty buffer */
void saved_add(struct buffer *b, const char *name, enum saved_type type, const void *at, size_t count);
void saved_end(struct buffer *b); /* afterwards its bytes are the file */
MUST problem saved_write(const struct buffer *b, const char *path); /* whole or not at all, durable; into a device as it is; problem_busy: could not, errno says why */

/* ---- reading ---- */

struct saved {
	struct text bytes; /* at a multiple of 16 */
	uint32_t arrays;
};

/* bytes stay where they are while the model is used, at a multiple of 16, as malloc and arenas give. */
MUST problem saved_open(struct text bytes, const char *kind, uint32_t version, struct saved *ret);
MUST problem saved_array(const struct saved *s, const char *name, enum saved_type type, size_t *count, const void **ret);
MUST problem saved_array_of(const struct saved *s, const char *name, enum saved_type type, size_t count, const void **ret); /* just so many */

#endif
