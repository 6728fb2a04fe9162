/* statement.c - the prepared statements of one connection. The key is the address of the literal, which costs nothing
 * to hash; that the text behind it is still the same is asserted, since SQL made on the heap would break the promise. */
#include "db/internal.h"

#include <assert.h>
#include <stdlib.h>

struct statements {
	void (*drop)(struct statement *statement);
	struct statement **slots;
	size_t room, count;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct statements *statements_new(void (*drop)(struct statement *statement))
{
	struct statements *s = must(calloc(1, sizeof *s));

	*s = (struct statements){ .drop = drop, .room = 64 };
	s->slots = must(calloc(s->room, sizeof *s->slots));
	return s;
}

static size_t place(const struct statements *s, const char *sql)
{
	return ((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (s->room - 1);
}

static void insert(struct statements *s, struct statement *statement)
{
	size_t at = place(s, statement->sql);

	while (s->slots[at])
		at = (at + 1) & (s->room - 1);
	s->slots[at] = statement;
}

static void grow(struct statements *s)
{
	struct statement **old = s->slots;
	size_t n = s->room;

	s->room *= 2;
	s->slots = must(calloc(s->room, sizeof *s->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i])
			insert(s, old[i]);
	free(old);
}

struct statement *statements_find(struct statements *s, const char *sql, const char *types)
{
	struct statement *found;

	for (size_t at = place(s, sql); (found = s->slots[at]); at = (at + 1) & (s->room - 1)) {
		if (found->sql != sql)
			continue;
		assert(!strcmp(found->text, sql));
		if (!strcmp(found->types, types))
			return found;
	}
	return NULL;
}

struct statement *statements_add(struct statements *s, const char *sql, const char *types)
{
	struct statement *statement = must(calloc(1, sizeof *statement));

	assert(s->count < DB_STATEMENTS_MAX);
	if (++s->count * 2 > s->room)
		grow(s);
	*statement = (struct statement){ .sql = sql, .text = must(strdup(sql)), .types = must(strdup(types)) };
	insert(s, statement);
	return statement;
}

size_t statements_count(const struct statements *s)
{
	return s->count;
}

void statements_clear(struct statements *s)
{
	for (size_t i = 0; i < s->room; i++) {
		struct statement *statement = s->slots[i];

		if (!statement)
			continue;
		s->drop(statement);
		free(statement->text);
		free(statement->types);
		free(statement->places);
		free(statement);
		s->slots[i] = NULL;
	}
	s->count = 0;
}

void statements_free(struct statements *s)
{
	if (!s)
		return;
	statements_clear(s);
	free(s->slots);
	free(s);
}
