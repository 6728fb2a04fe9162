/* served.c - how much of each recording, document and file went out to each person. A range that was sent is marked in memory, by slots of
 * the parts of the file: what was sent twice counts once. As many parts count as all the marked slots make up, the fullest first: whoever
 * takes a piece of each part has taken what the pieces are together. What does not make up a part is known to this process alone. What is
 * new is told once a second, so a viewer costs at most MEDIA_PARTS small writes a recording, and none a request. */
#include "media/asset.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

/* ROOM: a power of two. Where a recording finds no place among NEAR neighbours, the one that is told and least begun gives way. */
enum { ROOM = 8192, NEAR = 16, TOLD_AT_ONCE = 1000 };
/* Of a part: bits of a word. A slot of which anything was sent is marked. */
enum { SLOTS = 64, SLOTS_IN_ALL = MEDIA_PARTS * SLOTS };
/* What a browser takes in before anybody plays: that much, or half of a small file. */
#define AHEAD ((int64_t)4 << 20)

struct entry {
	struct media_served of;         /* user 0: free */
	int64_t all, told;
	uint64_t got[MEDIA_PARTS];      /* bit j: of the j-th slot of that part something was sent */
};

struct served {
	struct db *db;
	pthread_mutex_t lock;           /* guards what follows */
	media_served_fn tell;           /* NULL: nobody to tell yet */
	struct entry *entries;
	bool fresh;                     /* an entry has parts that were not told */
};

int64_t media_served_permille(int64_t parts, int64_t size)
{
	int64_t ahead = size / 2 < AHEAD ? size / 2 : AHEAD;
	int64_t free = size > 0 ? (ahead * MEDIA_PARTS + size - 1) / size : 0, had = __builtin_popcountll((uint64_t)parts);

	return had <= free ? 0 : (had - free) * 1000 / (MEDIA_PARTS - free);
}

static bool same(const struct media_served *a, const struct media_served *b)
{
	return a->user.v == b->user.v && a->work.v == b->work.v && a->asset.v == b->asset.v && a->size == b->size;
}

static struct entry *entry_of(struct served *served, const struct media_served *of, int64_t all)
{
	uint64_t hash = (uint64_t)(of->user.v * 31 + of->asset.v * 17 + of->work.v) * 0x9E3779B97F4A7C15u >> 32;
	struct entry *worst = NULL;

	for (uint64_t i = 0; i < NEAR; i++) {
		struct entry *e = &served->entries[(hash + i) % ROOM];

		if (same(&e->of, of) && e->all == all)
			return e;
		if (!e->of.user.v) {
			*e = (struct entry){ .of = *of, .all = all };
			return e;
		}
		if (e->of.parts == e->told && (!worst || __builtin_popcountll((uint64_t)e->told) < __builtin_popcountll((uint64_t)worst->told)))
			worst = e;
	}
	if (worst)
		*worst = (struct entry){ .of = *of, .all = all };
	return worst;
}

static void mark(struct entry *e, struct served_piece piece)
{
	__int128 all = e->all;
	int64_t from = (int64_t)(piece.at * SLOTS_IN_ALL / all), to = (int64_t)(((piece.at + piece.length) * SLOTS_IN_ALL + all - 1) / all);

	for (int64_t slot = from; slot < to; slot++)
		e->got[slot / SLOTS] |= UINT64_C(1) << slot % SLOTS;
}

static int fullest_uncounted(const struct entry *e)
{
	int best = -1;

	for (int part = 0; part < MEDIA_PARTS; part++) {
		if (!(e->of.parts >> part & 1) && (best < 0 || __builtin_popcountll(e->got[part]) > __builtin_popcountll(e->got[best])))
			best = part;
	}
	return best;
}

static void count(struct entry *e)
{
	int marked = 0;

	for (int part = 0; part < MEDIA_PARTS; part++)
		marked += __builtin_popcountll(e->got[part]);
	for (int more = marked / SLOTS - __builtin_popcountll((uint64_t)e->of.parts); more > 0; more--)
		e->of.parts |= INT64_C(1) << fullest_uncounted(e);
}

void served_note(struct served *served, const struct media_served *of, struct served_piece piece)
{
	struct entry *e;

	assert(of->user.v && of->work.v && !of->parts && piece.at >= 0 && piece.at + piece.length <= piece.all);
	if (piece.length <= 0)
		return;
	pthread_mutex_lock(&served->lock);
	e = entry_of(served, of, piece.all);
	if (e) {
		mark(e, piece);
		count(e);
	}
	served->fresh = served->fresh || (e && e->of.parts != e->told);
	pthread_mutex_unlock(&served->lock);
}

struct telling {
	media_served_fn tell;
	size_t count;
	size_t places[TOLD_AT_ONCE];
	struct media_served items[TOLD_AT_ONCE];
};

static problem tell(struct tx *tx, void *arg)
{
	const struct telling *t = arg;

	return t->tell(tx, t->items, t->count);
}

static void gather(struct served *served, struct telling *t)
{
	pthread_mutex_lock(&served->lock);
	t->tell = served->tell;
	t->count = 0;
	for (size_t i = 0; served->fresh && i < ROOM && t->count < TOLD_AT_ONCE; i++) {
		if (served->entries[i].of.parts != served->entries[i].told) {
			t->places[t->count] = i;
			t->items[t->count++] = served->entries[i].of;
		}
	}
	pthread_mutex_unlock(&served->lock);
}

/* A place that was not told yet is given to nobody else. */
static void settle(struct served *served, const struct telling *t)
{
	pthread_mutex_lock(&served->lock);
	served->fresh = false;
	for (size_t i = 0; i < t->count; i++)
		served->entries[t->places[i]].told = t->items[i].parts;
	for (size_t i = 0; !served->fresh && i < ROOM; i++)
		served->fresh = served->entries[i].of.parts != served->entries[i].told;
	pthread_mutex_unlock(&served->lock);
}

void served_flush(struct served *served)
{
	struct telling *t = malloc(sizeof *t);
	problem why = NULL;

	assert(t);
	do {
		gather(served, t);
		if (!t->tell || !t->count)
			break;
		why = db_write(served->db, tell, t);
		if (why)
			log_line(LOG_WARN, "media-served", "problem", text_of(why->type), NULL);
		else
			settle(served, t);
	} while (!why && t->count == TOLD_AT_ONCE);
	free(t);
}

struct served *served_start(struct db *db)
{
	struct served *served = calloc(1, sizeof *served);

	assert(served);
	served->db = db;
	served->entries = calloc(ROOM, sizeof *served->entries);
	assert(served->entries);
	pthread_mutex_init(&served->lock, NULL);
	return served;
}

void served_know(struct served *served, media_served_fn fn)
{
	pthread_mutex_lock(&served->lock);
	assert(!served->tell && fn);
	served->tell = fn;
	pthread_mutex_unlock(&served->lock);
}

void served_stop(struct served *served)
{
	served_flush(served);
	pthread_mutex_destroy(&served->lock);
	free(served->entries);
	free(served);
}
