/* arena.h - memory that belongs to one task (a request, a job, an import) and goes at once at its end.
 * Never returns NULL: out of memory aborts, and so does a task that passes the arena's ceiling, since every input has
 * a limit of its own and only a bug gets there. Not thread-safe: one arena, one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena;

struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *arena); /* NULL is fine */
void arena_reset(struct arena *arena); /* runs what was deferred, keeps the first block */

void *arena_alloc(struct arena *arena, size_t bytes); /* zeroed, aligned for anything */
#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array_of((arena), sizeof(type), (count)))
void *arena_array_of(struct arena *arena, size_t each, size_t count); /* refuses overflow by abort */

struct text arena_text(struct arena *arena, struct text t);   /* a copy, NUL behind it */
const char *arena_cstr(struct arena *arena, struct text t);   /* the same, for C interfaces */
struct text arena_join(struct arena *arena, const struct text *parts, size_t count); /* one behind the other, NUL behind them */
struct text arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs at reset or free, last first. For what a library allocated. */
void arena_defer(struct arena *arena, void (*undo)(void *), void *what);
size_t arena_used(const struct arena *arena);

#endif
