/* list.c - orders and people as files for a spreadsheet: written to a file without a name, in one snapshot, a page of rows at a time,
 * so that neither memory nor the database is held up; then sent. */
#include "desk/desk_room.h"

#include "base/csv.h"
#include "payment/payment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct problem list_too_long = { 422, "list-too-long", "More than 200,000 rows: take fewer days at a time." };
static const struct problem list_failed = { 500, "list-failed", "The file cannot be written." };

enum { LIST_ROWS_MAX = 200000, PAGE_ROWS = 500, PAGE_BYTES = 4 << 20 };
#define DAY_MS     ((int64_t)24 * 3600 * 1000)
#define BEIJING_MS ((int64_t)8 * 3600 * 1000)

struct list_asked {
	struct text from, to;
	struct work_id work;
	int state;
};

struct list {
	struct request *rq;
	struct arena *page;      /* of the rows; emptied after each page */
	struct buffer out;
	int fd;
	size_t rows;
	struct sold_query query;
};

/* ---- the file ---- */

static int nameless_file(struct arena *arena, struct text folder)
{
	char *name = (char *)(uintptr_t)arena_cstr(arena, arena_format(arena, "%.*s/list-XXXXXX", TEXT_ARG(folder)));
	int fd = mkstemp(name);

	if (fd >= 0)
		unlink(name);
	return fd;
}

static problem write_out(struct list *l)
{
	const char *at = l->out.at;
	size_t left = l->out.length;

	if (l->out.why)
		return l->out.why;
	while (left) {
		ssize_t n = write(l->fd, at, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno == ENOSPC ? &db_full : &list_failed;
		at += n;
		left -= (size_t)n;
	}
	buffer_clear(&l->out);
	return NULL;
}

/* ---- cells ---- */

static void next_cell(struct list *l) { buffer_add_char(&l->out, ','); }

static void head(struct list *l, const char *const *keys)
{
	buffer_add(&l->out, TEXT("\xef\xbb\xbf")); /* by this Excel knows UTF-8 */
	for (size_t i = 0; keys[i]; i++) {
		if (i)
			next_cell(l);
		csv_write_text(&l->out, say(l->rq, keys[i]));
	}
	buffer_add(&l->out, TEXT("\r\n"));
}

static void add_text(struct list *l, struct text t)
{
	next_cell(l);
	csv_write_text(&l->out, t);
}

static void add_time(struct list *l, int64_t ms)
{
	next_cell(l);
	csv_write_beijing(&l->out, ms);
}

static void add_money(struct list *l, struct money m)
{
	next_cell(l);
	csv_write_money(&l->out, m);
}

/* ---- orders ---- */

static const char *const order_heads[] = { "lists.order", "lists.trade_no", "lists.transaction", "lists.buyer", "lists.name", "lists.work", "lists.state",
	                                   "lists.total", "lists.refunded", "lists.placed", "lists.paid", NULL };

static problem order_row(struct tx *tx, struct list *l, const struct sold *sold)
{
	struct desk_order order;
	problem why = desk__order(tx, sold, &order);

	if (why)
		return why;
	csv_write_id(&l->out, order.id.v);
	add_text(l, order.trade_no);
	next_cell(l);
	if (order.transaction.length)
		buffer_format(&l->out, "\"'%.*s\"", TEXT_ARG(order.transaction)); /* 28 digits */
	next_cell(l);
	csv_write_id(&l->out, order.buyer.v);
	add_text(l, order.buyer_name);
	add_text(l, order.title);
	add_text(l, say(l->rq, arena_cstr(l->page, arena_format(l->page, "order.states.%s", order_state_names[order.state]))));
	add_money(l, order.total);
	add_money(l, order.refunded);
	add_time(l, order.created_ms);
	add_time(l, order.paid_ms);
	buffer_add(&l->out, TEXT("\r\n"));
	return NULL;
}

static problem order_page(struct tx *tx, struct list *l, bool *ret_more)
{
	struct sold *sold;
	size_t n;
	problem why = order_sold(tx, &l->query, PAGE_ROWS, &sold, &n);

	for (size_t i = 0; !why && i < n; i++)
		why = order_row(tx, l, &sold[i]);
	if (why)
		return why;
	l->rows += n;
	*ret_more = n == PAGE_ROWS;
	if (n)
		l->query.before = sold[n - 1].id.v;
	return NULL;
}

/* ---- people ---- */

static const char *const people_heads[] = { "lists.person", "lists.name", "lists.logins", "lists.verified", "lists.joined", "lists.holds", "lists.spent",
	                                    "lists.banned", NULL };

static problem add_logins(struct tx *tx, struct list *l, struct user_id id)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(8192);
	struct person_login *logins;
	size_t n = 0;
	problem why = account_person_logins(tx, account_keyring(l->rq->serve), id, true, &logins, &n);

	for (size_t i = 0; !why && i < n; i++) {
		if (i)
			buffer_add_char(&all, ' ');
		buffer_add(&all, logins[i].login);
	}
	add_text(l, buffer_text(&all));
	return why;
}

static problem person_row(struct tx *tx, struct list *l, struct user_id id)
{
	const struct desk_view everybody = { .all = true };
	struct desk_person person;
	problem why = desk__person(l->rq, tx, &everybody, id, &person);

	if (why)
		return why;
	csv_write_id(&l->out, person.id.v);
	add_text(l, person.name);
	why = add_logins(tx, l, id);
	add_text(l, say(l->rq, person.verified ? "lists.yes" : "lists.no"));
	add_time(l, person.joined_ms);
	next_cell(l);
	buffer_add_int(&l->out, person.holds);
	add_money(l, order_spent(tx, id));
	add_time(l, person.banned_ms);
	buffer_add(&l->out, TEXT("\r\n"));
	return why;
}

static problem people_page(struct tx *tx, struct list *l, bool *ret_more)
{
	struct user_id *ids;
	size_t n;
	problem why = account_people_after(tx, (struct user_id){ l->query.before }, PAGE_ROWS, &ids, &n);

	for (size_t i = 0; !why && i < n; i++)
		why = person_row(tx, l, ids[i]);
	if (why)
		return why;
	l->rows += n;
	*ret_more = n == PAGE_ROWS;
	if (n)
		l->query.before = ids[n - 1].v;
	return NULL;
}

/* ---- a list ---- */

struct taking {
	struct list *list;
	problem (*page)(struct tx *tx, struct list *l, bool *ret_more);
	const char *const *heads;
	const char *name;
};

/* It may run again from the beginning. */
static problem write_all(struct tx *tx, void *arg)
{
	const struct taking *t = arg;
	struct list *l = t->list;
	bool more = true;
	problem why = NULL;

	buffer_clear(&l->out);
	l->rows = 0;
	l->query.before = 0;
	if (ftruncate(l->fd, 0) || lseek(l->fd, 0, SEEK_SET))
		return &list_failed;
	head(l, t->heads);
	tx_use_arena(tx, l->page);
	while (!why && more) {
		why = t->page(tx, l, &more);
		if (!why)
			why = l->rows > LIST_ROWS_MAX ? &list_too_long : write_out(l);
		arena_reset(l->page);
	}
	return why;
}

static problem note_taken(struct tx *tx, void *arg)
{
	const struct taking *t = arg;

	audit_add(tx, t->list->rq->who.id, "list-taken", "desk", 0, arena_format(tx_arena(tx), "{\"list\":\"%s\",\"rows\":%zu}", t->name, t->list->rows));
	return tx_problem(tx);
}

static problem send(struct request *rq, const struct taking *t)
{
	struct stat status;

	if (fstat(t->list->fd, &status))
		return &list_failed;
	reply_header(rq, "Cache-Control", TEXT("no-store"));
	reply_header(rq, "Content-Disposition", arena_format(rq->arena, "attachment; filename=\"%s.csv\"", t->name));
	return reply_file(rq, t->list->fd, status.st_size, status.st_mtime, arena_format(rq->arena, "\"%.*s\"", TEXT_ARG(rq->id)), TEXT("text/csv; charset=utf-8"));
}

static problem take(struct request *rq, struct taking *t)
{
	struct list *l = t->list;
	problem why;

	l->rq = rq;
	l->out = BUFFER(PAGE_BYTES);
	l->fd = nameless_file(rq->arena, serve_data_folder(rq->serve));
	if (l->fd < 0)
		return &list_failed;
	l->page = arena_new(64 << 20);
	why = request_read(rq, write_all, t);
	if (!why)
		why = request_write(rq, note_taken, t);
	arena_free(l->page);
	buffer_free(&l->out);
	if (why)
		close(l->fd);
	return why ? why : send(rq, t);
}

/* ---- routes ---- */

const struct shape desk__list_asks = SHAPE(list_asked,
	FIELD(list_asked, from,  SHAPE_TEXT, .optional = true, .max = 10, .says = "placed from this day on (Beijing): 2026-11-01"),
	FIELD(list_asked, to,    SHAPE_TEXT, .optional = true, .max = 10, .says = "and on this one at the latest"),
	FIELD(list_asked, work,  SHAPE_ID, .optional = true),
	FIELD(list_asked, state, SHAPE_ENUM, .names = order_state_names, .optional = true));

static problem day_of(struct request *rq, const char *name, struct text day, int64_t *ret_ms)
{
	if (!day.length)
		return NULL;
	return payment_day_read(day, ret_ms) ? NULL : field_wrong(rq, text_of(name), "pattern");
}

problem desk__take_orders(struct request *rq)
{
	const struct list_asked *asked = rq->asked;
	struct list list = { .query = { .work = asked->work, .state = asked->state } };
	struct taking taking = { &list, order_page, order_heads, "orders" };
	problem why = day_of(rq, "from", asked->from, &list.query.from_ms);

	if (!why)
		why = day_of(rq, "to", asked->to, &list.query.to_ms);
	if (list.query.to_ms)
		list.query.to_ms += DAY_MS;
	return why ? why : take(rq, &taking);
}

problem desk__take_people(struct request *rq)
{
	struct list list = { 0 };

	if (!rq->who.fresh)
		return &session_not_fresh;
	return take(rq, &(struct taking){ &list, people_page, people_heads, "learners" });
}
