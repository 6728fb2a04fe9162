/* json.h - JSON in (jansson, with our limits) and out (an append-only writer, some ten times faster than a tree).
 * In: RFC 8259, UTF-8; refused besides: duplicate keys, U+0000, more than JSON_DEPTH_MAX levels, trailing bytes. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/problem.h"

enum { JSON_DEPTH_MAX = 64 };

/* The tree lives as long as the arena. problem_malformed when it is no JSON. */
MUST problem json_read(struct arena *arena, struct text bytes, json_t **ret);

/* Writers of one value; commas and braces are the caller's. */
void json_write_text(struct buffer *out, struct text t); /* "quoted"; absent -> null */
void json_write_key(struct buffer *out, const char *key); /* "key": */
void json_write_int(struct buffer *out, int64_t n);
void json_write_real(struct buffer *out, double x); /* shortest form that reads back; not finite -> null */
void json_write_bool(struct buffer *out, bool yes);
void json_write_tree(struct buffer *out, const json_t *tree);
/* Text for <script type="application/json">: `<`, `>`, `&`, U+2028 and U+2029 are escaped. */
void json_write_script(struct buffer *out, struct text json);

struct text json_text(const json_t *value);                        /* absent when it is no string */
struct text json_get_text(const json_t *object, const char *key);
int64_t json_get_int(const json_t *object, const char *key, int64_t otherwise);

#endif
