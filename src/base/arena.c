/* arena.c - a list of blocks, each twice as large as the one before up to BLOCK_MOST; what is larger gets a block of
 * its own. Under AddressSanitizer every piece is fenced, so an overrun is found as it would be on the heap. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature) /* clang's way to say __SANITIZE_ADDRESS__ */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
enum { FENCE = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
enum { FENCE = 0 };
#endif

enum { ALIGN = alignof(max_align_t), BLOCK_FIRST = 16 << 10, BLOCK_MOST = 1 << 20, FORMAT_SHORT = 256 };

struct block {
	struct block *before;
	size_t room, used;
	alignas(max_align_t) char at[];
};

struct undo {
	struct undo *before;
	void (*undo)(void *);
	void *what;
};

struct arena {
	struct block *last;
	struct undo *undo;
	size_t used, ceiling;
};

static struct block *block_new(size_t room, struct block *before)
{
	struct block *block = malloc(sizeof *block + room);

	if (!block)
		abort();
	*block = (struct block){ .before = before, .room = room };
	ASAN_POISON_MEMORY_REGION(block->at, room);
	return block;
}

static void block_free(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->at, block->room);
	free(block);
}

struct arena *arena_new(size_t ceiling)
{
	struct arena *arena = malloc(sizeof *arena);

	if (!arena)
		abort();
	*arena = (struct arena){ .last = block_new(BLOCK_FIRST, NULL), .ceiling = ceiling };
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	block_free(arena->last);
	free(arena);
}

void arena_reset(struct arena *arena)
{
	while (arena->undo) {
		struct undo *last = arena->undo;

		arena->undo = last->before;
		last->undo(last->what);
	}
	while (arena->last->before) {
		struct block *block = arena->last;

		arena->last = block->before;
		block_free(block);
	}
	ASAN_POISON_MEMORY_REGION(arena->last->at, arena->last->used);
	arena->last->used = arena->used = 0;
}

/* A piece of half a block or more stands alone below the last block, whose rest so stays in use. */
static struct block *block_for(struct arena *arena, size_t bytes)
{
	size_t next = arena->last->room < BLOCK_MOST ? arena->last->room * 2 : BLOCK_MOST;

	if (bytes < next / 2)
		return arena->last = block_new(next, arena->last);
	if (arena->last->before)
		return arena->last->before = block_new(bytes, arena->last->before);
	return arena->last = block_new(bytes > next ? bytes : next, arena->last);
}

/* Not zeroed: for what is written whole at once. */
static void *piece_of(struct arena *arena, size_t bytes)
{
	struct block *block = arena->last;
	size_t step;
	void *piece;

	if (bytes > arena->ceiling - arena->used) {
		fprintf(stderr, "arena: %zu bytes more than the ceiling of %zu\n", bytes, arena->ceiling);
		abort();
	}
	step = (bytes + FENCE + ALIGN - 1) / ALIGN * ALIGN;
	if (step > block->room - block->used)
		block = block_for(arena, step);
	piece = block->at + block->used;
	block->used += step;
	arena->used += bytes;
	ASAN_UNPOISON_MEMORY_REGION(piece, bytes);
	return piece;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	return memset(piece_of(arena, bytes), 0, bytes);
}

void *arena_array_of(struct arena *arena, size_t each, size_t count)
{
	size_t bytes;

	if (__builtin_mul_overflow(each, count, &bytes))
		abort();
	return arena_alloc(arena, bytes);
}

const char *arena_cstr(struct arena *arena, struct text t)
{
	char *copy;

	if (!t.at)
		return NULL;
	copy = piece_of(arena, t.length + 1);
	memcpy(copy, t.at, t.length);
	copy[t.length] = 0;
	return copy;
}

struct text arena_text(struct arena *arena, struct text t)
{
	return (struct text){ arena_cstr(arena, t), t.length };
}

struct text arena_join(struct arena *arena, const struct text *parts, size_t count)
{
	size_t length = 0;
	char *out, *end;

	for (size_t i = 0; i < count; i++)
		length += parts[i].length;
	out = end = piece_of(arena, length + 1);
	for (size_t i = 0; i < count; end += parts[i++].length)
		if (parts[i].length)
			memcpy(end, parts[i].at, parts[i].length);
	*end = 0;
	return (struct text){ out, length };
}

/* Most are short: they are formatted once and copied, where asking for the length first would format twice. */
struct text arena_format(struct arena *arena, const char *format, ...)
{
	char shortly[FORMAT_SHORT], *out;
	va_list args, again;
	int length;

	assert(format);
	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(shortly, sizeof shortly, format, args);
	assert(length >= 0);
	out = piece_of(arena, (size_t)length + 1);
	if ((size_t)length < sizeof shortly)
		memcpy(out, shortly, (size_t)length + 1);
	else
		vsnprintf(out, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return (struct text){ out, (size_t)length };
}

void arena_defer(struct arena *arena, void (*undo)(void *), void *what)
{
	struct undo *last = ARENA_NEW(arena, struct undo);

	*last = (struct undo){ .before = arena->undo, .undo = undo, .what = what };
	arena->undo = last;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
