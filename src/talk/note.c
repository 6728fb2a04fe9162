/* note.c - routes of notes: beside a lesson, over all works, and as Markdown to take away. Nobody but their writer reads them; they stay
 * when the access to the work ends. */
#include "talk/note_room.h"

const struct problem note_missing = { 404, "note-missing", "There is no such note." };
const struct problem note_moved_on = { 409, "note-moved-on", "The note was changed elsewhere since." };
const struct problem notes_full = { 409, "notes-full", "There is no room for more notes." };

enum { SECOND_MAX = 7 * 24 * 3600, KEY_MAX = 64 };

#define NOTE_FIELDS(type, note) \
	NAMED(type, "key",        note.key,        SHAPE_TEXT),                                                     \
	NAMED(type, "work",       note.work,       SHAPE_ID),                                                       \
	NAMED(type, "lesson",     note.lesson,     SHAPE_TEXT),                                                     \
	NAMED(type, "asset",      note.asset,      SHAPE_ID, .optional = true),                                     \
	NAMED(type, "at_s",       note.at_s,       SHAPE_INT, .optional = true, .given_at = offsetof(struct type, note.at_given)), \
	NAMED(type, "place",      note.place,      SHAPE_REAL, .says = "in the lesson, 0 to 1"),                    \
	NAMED(type, "text",       note.body,       SHAPE_TEXT),                                                     \
	NAMED(type, "revision",   note.revision,   SHAPE_INT),                                                      \
	NAMED(type, "created_ms", note.created_ms, SHAPE_TIME),                                                     \
	NAMED(type, "changed_ms", note.changed_ms, SHAPE_TIME)

struct note_view {
	struct note note;
	struct text work_title, lesson_title;
};
static const struct shape note_shape = SHAPE_AS("note", note_view, NOTE_FIELDS(note_view, note));
static const struct shape found_shape = SHAPE_AS("found_note", note_view, NOTE_FIELDS(note_view, note),
	FIELD(note_view, work_title,   SHAPE_TEXT),
	FIELD(note_view, lesson_title, SHAPE_TEXT, .optional = true));

struct note_list {
	struct note_view *items;
	size_t item_count;
	struct text next;
};
static const struct shape lesson_notes_shape = SHAPE_AS("lesson_notes", note_list, LIST(note_list, items, item_count, &note_shape));
static const struct shape found_notes_shape = SHAPE_AS("found_notes", note_list,
	LIST(note_list, items, item_count, &found_shape),
	FIELD(note_list, next, SHAPE_TEXT, .optional = true));

static void to_view(const struct note *note, struct note_view *ret)
{
	*ret = (struct note_view){ .note = *note };
	ret->note.at_given = note->at_given == GIVEN_VALUE || note->at_given == GIVEN_NOT ? note->at_given : GIVEN_NOT;
}

static problem reply_note(struct request *rq, const struct note *note)
{
	struct note_view view;

	to_view(note, &view);
	return reply(rq, 200, &note_shape, &view);
}

/* ---- beside a lesson ---- */

struct notes_asked {
	struct text lesson;
};
static const struct shape notes_asked_shape = SHAPE(notes_asked, FIELD(notes_asked, lesson, SHAPE_TEXT, .min = 1, .max = 500));

static problem serve_lesson_notes(struct request *rq)
{
	const struct notes_asked *asked = rq->asked;
	struct note_list list = { 0 };
	struct note *notes;
	int64_t work;
	size_t n;
	problem why = path_id(rq, "id", &work);

	if (!why)
		why = note__at_lesson(rq->tx, rq->who.id, (struct work_id){ work }, asked->lesson, &notes, &n);
	if (why)
		return why;
	list.items = ARENA_ARRAY(rq->arena, struct note_view, n);
	for (; list.item_count < n; list.item_count++)
		to_view(&notes[list.item_count], &list.items[list.item_count]);
	return reply(rq, 200, &lesson_notes_shape, &list);
}

/* ---- keeping one ---- */

struct note_draft {
	struct work_id work;
	struct text lesson, text;
	struct asset_id asset;
	int64_t at_s, revision;
	enum given at_given;
	double place;
};
static const struct shape note_draft_shape = SHAPE(note_draft,
	FIELD(note_draft, work,     SHAPE_ID),
	FIELD(note_draft, lesson,   SHAPE_TEXT, .min = 1, .max = 500),
	FIELD(note_draft, asset,    SHAPE_ID, .optional = true),
	FIELD(note_draft, at_s,     SHAPE_INT, .optional = true, .min = 0, .max = SECOND_MAX, .given_at = offsetof(struct note_draft, at_given)),
	FIELD(note_draft, place,    SHAPE_REAL, .optional = true, .min = 0, .max = 1),
	FIELD(note_draft, text,     SHAPE_TEXT, .min = 1, .max = NOTE_MAX),
	FIELD(note_draft, revision, SHAPE_INT, .min = 1, .max = INT64_C(9007199254740991), .says = "one more than the one that was changed"));

static bool is_key(struct text key)
{
	for (size_t i = 0; i < key.length; i++) {
		char c = key.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return key.length > 0 && key.length <= KEY_MAX;
}

static problem has_room(struct request *rq, struct text more)
{
	return note__size(rq->tx, rq->who.id) + (int64_t)text_characters(more) > NOTES_SIZE_MAX ? &notes_full : NULL;
}

static problem begin_note(struct request *rq, struct text key, struct text body)
{
	const struct note_draft *draft = rq->body;
	struct talk_place place;
	struct note note = { .id = tx_id(rq->tx), .key = key, .work = draft->work, .lesson = draft->lesson, .asset = draft->asset, .at_s = draft->at_s,
		             .at_given = draft->at_given, .place = draft->place, .body = body, .revision = draft->revision,
		             .created_ms = tx_now_ms(rq->tx), .changed_ms = tx_now_ms(rq->tx) };
	problem why = talk__place(rq->tx, &rq->who, draft->work, draft->lesson, &place);

	if (!why && note__count(rq->tx, rq->who.id) >= NOTES_MAX)
		why = &notes_full;
	if (!why)
		why = has_room(rq, body);
	if (why)
		return why;
	note__insert(rq->tx, rq->who.id, &note);
	return reply_note(rq, &note);
}

static problem keep_note(struct request *rq)
{
	const struct note_draft *draft = rq->body;
	struct text key = path_text(rq, "key"), body;
	struct note note;
	problem why = is_key(key) ? talk__clean(rq, "text", draft->text, &body) : &note_missing;

	if (why)
		return why;
	why = note__by_key(rq->tx, rq->who.id, key, &note);
	if (why)
		return why == &note_missing ? begin_note(rq, key, body) : why;
	if (draft->revision <= note.revision)
		return draft->revision == note.revision && text_eq(body, note.body) ? reply_note(rq, &note) : &note_moved_on; /* sent twice */
	if (body.length > note.body.length && has_room(rq, text_from(body, note.body.length)))
		return &notes_full;
	note.body = body;
	note.revision = draft->revision;
	note.changed_ms = tx_now_ms(rq->tx);
	note__update(rq->tx, &note);
	return reply_note(rq, &note);
}

static problem drop_note(struct request *rq)
{
	problem why = note__delete(rq->tx, rq->who.id, path_text(rq, "key"));

	return why ? why : reply_none(rq, 204);
}

/* ---- over all works ---- */

/* Of the note before: many stand at the same lesson. */
struct titles {
	struct work_id work;
	struct text key, work_title, lesson_title;
};

/* In the edition that this person learns from. */
static problem find_titles(struct tx *tx, struct user_id user, const struct note *note, struct titles *ret)
{
	struct work_card work;
	struct lesson lesson = { 0 };
	problem why;

	if (ret->work.v == note->work.v && text_eq(ret->key, note->lesson))
		return NULL;
	why = work_by_id(tx, note->work, &work);
	if (!why)
		why = learning_edition(tx, user, &work);
	if (!why)
		why = lesson_load(tx, work.edition, note->lesson, &lesson);
	if (why && why != &lesson_missing)
		return why;
	*ret = (struct titles){ note->work, arena_text(tx_arena(tx), note->lesson), work.title, lesson.title };
	return NULL;
}

struct search_asked {
	struct text q;
	struct work_id work;
	int64_t after;
};
static const struct shape search_asked_shape = SHAPE(search_asked,
	FIELD(search_asked, q,     SHAPE_TEXT, .optional = true, .max = 100),
	FIELD(search_asked, work,  SHAPE_ID, .optional = true),
	FIELD(search_asked, after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX));

struct searching {
	struct arena *arena;
	const struct search_asked *asked;
	struct note_list *list;
	bool more;
};

/* ASCII letters in either case; everything else as it stands. */
static bool holds(struct text t, struct text what)
{
	for (size_t i = 0; i + what.length <= t.length; i++) {
		if (text_eq_nocase((struct text){ t.at + i, what.length }, what))
			return true;
	}
	return false;
}

static problem look_at_note(void *arg, const void *row)
{
	struct searching *s = arg;
	const struct note *note = row;
	struct note_view *to = &s->list->items[s->list->item_count];

	if ((s->asked->work.v && s->asked->work.v != note->work.v) || (s->asked->q.length && !holds(note->body, s->asked->q)))
		return NULL;
	if (s->list->item_count == NOTES_PAGE) {
		s->more = true;
		return NULL;
	}
	to_view(note, to);
	to->note.key = arena_text(s->arena, note->key);
	to->note.lesson = arena_text(s->arena, note->lesson);
	to->note.body = arena_text(s->arena, note->body);
	s->list->item_count++;
	return NULL;
}

static problem serve_notes(struct request *rq)
{
	struct note_list list = { .items = ARENA_ARRAY(rq->arena, struct note_view, NOTES_PAGE + 1) };
	struct searching s = { rq->arena, rq->asked, &list, false };
	struct titles titles = { 0 };
	problem why = note__each(rq->tx, rq->who.id, s.asked->after, look_at_note, &s);

	for (size_t i = 0; !why && i < list.item_count; i++) {
		why = find_titles(rq->tx, rq->who.id, &list.items[i].note, &titles);
		list.items[i].work_title = titles.work_title;
		list.items[i].lesson_title = titles.lesson_title;
	}
	if (why)
		return why;
	if (s.more)
		list.next = arena_format(rq->arena, "%lld", (long long)list.items[NOTES_PAGE - 1].note.id);
	return reply(rq, 200, &found_notes_shape, &list);
}

/* ---- to take away: once along them for the titles, once more for the texts, which are many and stay where they are ---- */

struct exporting {
	struct arena *arena;
	struct user_id user;
	struct titles *places;    /* each work and lesson once, in order */
	size_t place_count, at;   /* at: one behind the place that is being written */
	struct buffer *out;
};

static bool is_at(const struct titles *place, const struct note *note)
{
	return place->work.v == note->work.v && text_eq(place->key, note->lesson);
}

static problem collect_place(void *arg, const void *row)
{
	struct exporting *e = arg;
	const struct note *note = row;

	if (e->place_count && is_at(&e->places[e->place_count - 1], note))
		return NULL;
	if (e->place_count < NOTES_MAX)
		e->places[e->place_count++] = (struct titles){ .work = note->work, .key = arena_text(e->arena, note->lesson) };
	return NULL;
}

static void write_head(struct exporting *e)
{
	const struct titles *now = &e->places[e->at], *before = e->at ? now - 1 : NULL;

	if (!before || before->work.v != now->work.v)
		buffer_format(e->out, "%s# %.*s\n", before ? "\n" : "", TEXT_ARG(now->work_title));
	buffer_format(e->out, "\n## %.*s\n\n", TEXT_ARG(now->lesson_title.length ? now->lesson_title : now->key));
	e->at++;
}

/* Lines after the first stand below it, so that the list stays one. */
static problem write_note(void *arg, const void *row)
{
	struct exporting *e = arg;
	const struct note *note = row;
	struct text rest = note->body;

	while (e->at < e->place_count && !(e->at && is_at(&e->places[e->at - 1], note)))
		write_head(e);
	buffer_add(e->out, TEXT("- "));
	if (note->at_given == GIVEN_VALUE)
		buffer_format(e->out, "**%lld:%02lld** ", (long long)note->at_s / 60, (long long)note->at_s % 60);
	buffer_add(e->out, text_cut(&rest, '\n'));
	while (rest.at) {
		struct text line = text_cut(&rest, '\n');

		buffer_add(e->out, line.length ? TEXT("\n  ") : TEXT("\n"));
		buffer_add(e->out, line);
	}
	buffer_add_char(e->out, '\n');
	return e->out->why;
}

static problem find_all_titles(struct tx *tx, struct exporting *e)
{
	problem why = NULL;

	for (size_t i = 0; !why && i < e->place_count; i++) {
		const struct note at = { .work = e->places[i].work, .lesson = e->places[i].key };
		struct titles found = { 0 };

		why = find_titles(tx, e->user, &at, &found);
		e->places[i] = found;
	}
	return why;
}

static problem serve_markdown(struct request *rq)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(12 << 20);
	struct exporting e = { .arena = rq->arena, .user = rq->who.id, .places = ARENA_ARRAY(rq->arena, struct titles, NOTES_MAX), .out = &out };
	problem why = note__each_in_order(rq->tx, rq->who.id, collect_place, &e);

	if (!why)
		why = find_all_titles(rq->tx, &e);
	if (!why)
		why = note__each_in_order(rq->tx, rq->who.id, write_note, &e);
	if (why)
		return why;
	reply_header(rq, "Content-Disposition", TEXT("attachment; filename=\"notes.md\""));
	return reply_bytes(rq, 200, TEXT("text/markdown; charset=utf-8"), buffer_text(&out));
}

const struct route note_routes[] = {
	{ GET, "/api/works/{id}/notes", serve_lesson_notes, READS, .who = LEARNER, .asks = &notes_asked_shape, .gives = &lesson_notes_shape,
	  .says = "My notes at a lesson, along it" },
	{ GET, "/api/me/notes", serve_notes, READS, .who = LEARNER, .asks = &search_asked_shape, .gives = &found_notes_shape, .says = "My notes, newest first" },
	{ GET, "/api/me/notes.md", serve_markdown, READS, .who = LEARNER, .says = "My notes as Markdown, by work and lesson" },
	{ PUT, "/api/me/notes/{key}", keep_note, WRITES, .who = LEARNER, .takes = &note_draft_shape, .gives = &note_shape,
	  .says = "Keep a note; the key is the browser's to choose, so that it may be sent again" },
	{ DELETE, "/api/me/notes/{key}", drop_note, WRITES, .who = LEARNER, .says = "Drop a note of mine" },
	{ 0 },
};
const struct module note_module = { .name = "note", .routes = note_routes };
