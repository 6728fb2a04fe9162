/* import_http.c - routes of files of learners: read and look, look again, apply, give up. */
#include "desk/desk_room.h"

#include "order/import.h"

static const struct shape import_shape = SHAPE(import,
	FIELD(import, id,         SHAPE_INT),
	FIELD(import, name,       SHAPE_TEXT),
	FIELD(import, state,      SHAPE_ENUM, .names = import_state_names),
	FIELD(import, reason,     SHAPE_TEXT, .optional = true),
	FIELD(import, made_ms,    SHAPE_TIME),
	FIELD(import, good,       SHAPE_INT),
	FIELD(import, known,      SHAPE_INT, .says = "have it already: nothing changes for them"),
	FIELD(import, wrong,      SHAPE_INT),
	FIELD(import, applied_ms, SHAPE_TIME, .says = "0: not"),
	FIELD(import, given,      SHAPE_INT, .says = "of what was applied: is somebody's"),
	FIELD(import, waiting,    SHAPE_INT, .says = "of what was applied: waits until the login is proven"));
static const struct shape row_shape = SHAPE(import_row,
	FIELD(import_row, line,   SHAPE_INT),
	FIELD(import_row, state,  SHAPE_ENUM, .names = import_row_state_names),
	FIELD(import_row, why,    SHAPE_TEXT, .optional = true,
	      .says = "quote, wide, login-missing, login-wrong, work-missing, work-unknown, work-twice, days-wrong, twice"),
	FIELD(import_row, column, SHAPE_INT, .says = "0: of none"),
	FIELD(import_row, login,  SHAPE_TEXT, .optional = true, .says = "masked"),
	FIELD(import_row, name,   SHAPE_TEXT, .optional = true),
	FIELD(import_row, title,  SHAPE_TEXT, .optional = true),
	FIELD(import_row, days,   SHAPE_INT, .says = "0: for ever"),
	FIELD(import_row, given,  SHAPE_BOOL));

struct file_asked {
	struct text name;
	struct work_id work;
	int64_t days;
};
static const struct shape file_asks = SHAPE_AS("import_file", file_asked,
	FIELD(file_asked, name, SHAPE_TEXT, .optional = true, .max = IMPORT_NAME_MAX, .says = "of the file"),
	FIELD(file_asked, work, SHAPE_ID, .optional = true, .says = "where a row names none"),
	FIELD(file_asked, days, SHAPE_INT, .optional = true, .min = 0, .max = GRANT_DAYS_MAX, .says = "where a row says nothing; 0: for ever"));

static problem read_file(struct request *rq)
{
	const struct file_asked *asked = rq->asked;
	const struct import_draft draft = { .name = asked->name.length ? asked->name : TEXT("csv"), .bytes = rq->http->body, .work = asked->work,
		                            .days = asked->days, .by = rq->who.id };
	struct import import;
	problem why = order_import(serve_db(rq->serve), account_keyring(rq->serve), rq->arena, &draft, &import);

	return why ? why : reply(rq, 201, &import_shape, &import);
}

enum { IMPORTS_MAX = 50, ROWS_MAX = 100 };

struct import_list {
	struct import *items;
	size_t item_count;
};
static const struct shape list_shape = SHAPE(import_list, LIST(import_list, items, item_count, &import_shape));

static problem serve_imports(struct request *rq)
{
	struct import_list list = { 0 };
	problem why = order_imports(rq->tx, IMPORTS_MAX, &list.items, &list.item_count);

	return why ? why : reply(rq, 200, &list_shape, &list);
}

struct import_view {
	struct import_query query;
	struct import import;
	struct import_row *rows;
	size_t row_count;
	struct text next;
};
static const struct shape view_asks = SHAPE_AS("import_query", import_view,
	NAMED(import_view, "state", query.state, SHAPE_ENUM, .names = import_row_state_names, .optional = true),
	NAMED(import_view, "after", query.after, SHAPE_INT, .optional = true, .min = 1, .max = INT64_MAX, .says = "the line"));
static const struct shape view_shape = SHAPE(import_view,
	FIELD(import_view, import, SHAPE_OBJECT, .of = &import_shape),
	LIST(import_view, rows, row_count, &row_shape),
	FIELD(import_view, next, SHAPE_TEXT, .optional = true));

static problem serve_import(struct request *rq)
{
	struct import_view *view = rq->asked;
	problem why = path_id(rq, "id", &view->query.id);

	if (!why)
		why = order_import_by_id(rq->tx, view->query.id, &view->import);
	if (!why)
		why = order_import_rows(rq->tx, account_keyring(rq->serve), &view->query, ROWS_MAX, &view->rows, &view->row_count);
	if (!why && view->row_count == ROWS_MAX)
		view->next = arena_format(rq->arena, "%lld", (long long)view->rows[ROWS_MAX - 1].line);
	return why ? why : reply(rq, 200, &view_shape, view);
}

struct applying {
	struct text reason;
};
static const struct shape applying_shape = SHAPE_AS("import_application", applying,
	FIELD(applying, reason, SHAPE_TEXT, .min = 1, .max = GRANT_REASON_MAX, .says = "the learners read it"));

static problem apply(struct request *rq)
{
	const struct applying *body = rq->body;
	struct text reason = text_trim(body->reason);
	struct import import;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why && !reason.length)
		why = field_wrong(rq, TEXT("reason"), "too-short");
	if (!why)
		why = order_import_apply(rq->tx, id, reason, rq->who.id, &import);
	return why ? why : reply(rq, 200, &import_shape, &import);
}

static problem discard(struct request *rq)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = order_import_discard(rq->tx, id, rq->who.id);
	return why ? why : reply_none(rq, 204);
}

static const struct route routes[] = {
	{ POST, "/api/desk/imports", read_file, WORKS, .who = ADMIN, .raw = true, .asks = &file_asks, .gives = &import_shape, .body_max = IMPORT_BYTES_MAX,
	  .says = "Read a table of learners and look at it; nothing is given yet" },
	{ GET, "/api/desk/imports", serve_imports, READS, .who = ADMIN, .gives = &list_shape, .says = "The last files" },
	{ GET, "/api/desk/imports/{id}", serve_import, READS, .who = ADMIN, .asks = &view_asks, .gives = &view_shape, .says = "A file and its rows" },
	{ POST, "/api/desk/imports/{id}/application", apply, WRITES, .who = ADMIN, .takes = &applying_shape, .gives = &import_shape,
	  .says = "Give all of its rows what they say, or none" },
	{ DELETE, "/api/desk/imports/{id}", discard, WRITES, .who = ADMIN, .says = "Give it up; nothing was given" },
	{ 0 },
};

const struct module desk_import_module = { .name = "desk-import", .routes = routes };
