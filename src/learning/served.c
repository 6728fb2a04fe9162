/* served.c - what was given out of a work, which is the server's own knowledge, and what of it counts when money is asked back.
 *
 * A lesson counts by the larger of two: what the browser told (finished: all of it) and what went out. Of a lesson with recordings went
 * out the mean of them, each by its parts that were sent, but for the start that a player takes in before anybody plays; another lesson
 * went out when its text was opened. One text that was opened and not finished is a look, and free but for the share that was fetched of
 * its documents and files: a book of one PDF counts by its pages. What is free to all never counts as
 * given out. So who blocks the report has studied what he took, and who only looked in has studied nothing. */
#include "learning/learning_room.h"

#include <assert.h>
#include <stdlib.h>

enum { WHOLE = 1000 };

/* ---- a text is opened ---- */

struct opening {
	struct db_call db;
	struct user_id user;
	struct work_id work;
	struct text key;
	size_t count;
	struct served_row rows[MEDIA_IN_DOC_MAX];
	char key_bytes[];
};

static problem write_opening(struct tx *tx, void *arg)
{
	const struct opening *o = arg;

	learning__add_served(tx, o->user, o->work, &(struct served_row){ .key = o->key });
	for (size_t i = 0; i < o->count; i++)
		learning__add_served(tx, o->user, o->work, &o->rows[i]);
	return tx_problem(tx);
}

/* If it fails, the next time that it is opened tries again. */
static void written(void *arg, problem why)
{
	(void)why;
	free(arg);
}

static bool is_file(const struct media_item *item) { return item->kind == ASSET_PDF || item->kind == ASSET_FILE; }

static bool is_counted(const struct media_item *item)
{
	return item->state == ASSET_READY && (item->kind == ASSET_VIDEO || item->kind == ASSET_AUDIO || is_file(item));
}

/* All of it stands there already: most texts are opened more than once. */
static bool is_known(struct tx *tx, const struct lesson_opened *opened)
{
	bool known = learning__is_served(tx, opened, (struct asset_id){ 0 });

	for (size_t i = 0; known && i < opened->media_count; i++)
		known = !is_counted(&opened->media[i]) || learning__is_served(tx, opened, opened->media[i].id);
	return known;
}

void learning__note_opened(struct request *rq, const struct lesson_opened *opened)
{
	struct opening *o;

	assert(opened->user.v && opened->media_count <= MEDIA_IN_DOC_MAX);
	if (is_known(rq->tx, opened))
		return;
	o = calloc(1, sizeof *o + opened->key.length);
	assert(o);
	o->user = opened->user;
	o->work = opened->work;
	memcpy(o->key_bytes, opened->key.at, opened->key.length);
	o->key = (struct text){ o->key_bytes, opened->key.length };
	for (size_t i = 0; i < opened->media_count; i++) {
		const struct media_item *item = &opened->media[i];

		if (is_counted(item))
			o->rows[o->count++] = (struct served_row){ .key = o->key, .asset = item->id, .size = is_file(item) ? MEDIA_NOT_PLAYED : 0 };
	}
	o->db = (struct db_call){ .fn = write_opening, .done = written, .arg = o };
	db_write_later(serve_db(rq->serve), &o->db);
}

problem learning_served(struct tx *tx, const struct media_served *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		learning__add_parts(tx, &items[i]);
	return tx_problem(tx);
}

/* ---- what counts ---- */

/* Rows of one lesson, the text first: how much went out, 0 to WHOLE, and what of that is free if it is the one look. */
static int64_t given_out(const struct served_row *rows, size_t n, int64_t *ret_look)
{
	int64_t sum = 0, recordings = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t part = media_served_permille(rows[i].parts, rows[i].size);

		if (!rows[i].asset.v)
			continue;
		if (rows[i].size == MEDIA_NOT_PLAYED) {
			most = part > most ? part : most;
		} else {
			sum += part;
			recordings++;
		}
	}
	*ret_look = recordings || !n ? 0 : WHOLE - most;
	return recordings ? sum / recordings : n ? WHOLE : 0;
}

static size_t first_of(const struct served_row *rows, size_t n, struct text key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare(rows[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct counting {
	const struct served_row *rows;
	size_t count;
	int64_t sum;
	int64_t look;             /* the one look: what is saved most */
};

static void add_lesson(struct counting *c, const struct lesson_done *lesson)
{
	size_t from = first_of(c->rows, c->count, lesson->key), to = from;
	int64_t out, look;

	while (to < c->count && text_eq(c->rows[to].key, lesson->key))
		to++;
	out = given_out(&c->rows[from], to - from, &look);
	c->sum += lesson->done ? WHOLE : out;
	if (!lesson->done && look > c->look)
		c->look = look;
}

static int64_t share(struct counting c, const struct lesson_done *lessons, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_lesson(&c, &lessons[i]);
	return n ? (c.sum - c.look) * 100 / ((int64_t)n * WHOLE) : 0;
}

problem learning_received(struct tx *tx, struct user_id user, struct work_id work, int64_t *ret_percent)
{
	struct counting c = { 0 };
	struct served_row *rows;
	struct work_edition *editions;
	size_t n;
	problem why = learning__served(tx, user, work, &rows, &c.count);

	c.rows = rows;
	*ret_percent = 0;
	if (!why)
		why = learning__editions(tx, user, work, &editions, &n);
	for (size_t i = 0; !why && i < n; i++) {
		struct lesson_done *lessons;
		size_t count;

		why = learning__lessons(tx, &(struct lessons_of){ user, work, editions[i].id }, &lessons, &count);
		if (!why && share(c, lessons, count) > *ret_percent)
			*ret_percent = share(c, lessons, count);
	}
	return why;
}
