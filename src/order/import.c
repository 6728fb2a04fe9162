/* import.c - a file is decoded, its first line says which column is what, and each row is judged by itself; all that is wrong is told,
 * not the first thing alone. Nothing of it is anybody's before it is applied. */
#include "order/import_room.h"
#include "order/part.h"

#include "account/account.h"
#include "account/people.h"
#include "audit/audit.h"
#include "base/csv.h"
#include "catalog/bundle.h"

#include <assert.h>

const struct problem import_missing = { 404, "import-missing", "There is no such import." };
const struct problem import_over = { 409, "import-over", "This import was applied or given up already." };
const struct problem import_unsound = { 409, "import-unsound", "Nothing is applied while a row is wrong, or none is good." };
const struct problem import_columns = { 422, "import-columns", "The first line must name a column for phone or mail, and one for the course unless one is chosen." };
const struct problem import_too_long = { 422, "import-too-long", "A file has at most 20,000 rows." };
const struct problem import_empty = { 422, "import-empty", "There is no row below the first line." };

enum { PIECE = 200 };
#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* ---- columns ---- */

enum { PHONE, MAIL, NAME, WORK, DAYS, COLUMN_COUNT };
static const char *const heads[COLUMN_COUNT][6] = {
	[PHONE] = { "手机号", "手机", "电话", "phone", "mobile" }, [MAIL] = { "邮箱", "电子邮箱", "邮件", "email", "mail", "e-mail" },
	[NAME] = { "姓名", "昵称", "名字", "name" },               [WORK] = { "课程", "作品", "课程名称", "work", "course" },
	[DAYS] = { "天数", "有效天数", "days" },
};

struct columns {
	size_t at[COLUMN_COUNT]; /* SIZE_MAX: there is none */
};

static bool names(size_t column, struct text cell)
{
	for (size_t i = 0; i < 6 && heads[column][i]; i++) {
		if (text_eq_nocase(cell, text_of(heads[column][i])))
			return true;
	}
	return false;
}

static struct columns columns_of(const struct csv_row *head)
{
	struct columns c;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		c.at[i] = SIZE_MAX;
		for (size_t k = 0; k < head->count && c.at[i] == SIZE_MAX; k++) {
			if (names(i, head->cells[k]))
				c.at[i] = k;
		}
	}
	return c;
}

/* ---- rows ---- */

struct piece {
	struct csv_row row;
	size_t line;
};
struct reading {
	struct db *db;
	struct keyring *keyring;
	struct arena *arena;
	const struct import_draft *draft;
	struct import import;
	struct columns columns;
	struct piece pieces[PIECE];
	size_t count, rows;
};

static struct text cell_of(const struct reading *r, const struct piece *p, size_t column)
{
	size_t at = r->columns.at[column];

	return at < p->row.count ? p->row.cells[at] : TEXT("");
}

static void wrong(const struct reading *r, struct import_entry *e, const char *why, size_t column)
{
	e->row.state = IMPORT_WRONG;
	e->row.why = text_of(why);
	e->row.column = column < COLUMN_COUNT && r->columns.at[column] != SIZE_MAX ? (int64_t)r->columns.at[column] + 1 : 0;
}

/* Of a row with both, the phone number counts. */
static problem read_login(struct tx *tx, const struct reading *r, const struct piece *p, struct import_entry *e)
{
	struct text phone = cell_of(r, p, PHONE), mail = cell_of(r, p, MAIL), typed = phone.length ? phone : mail;
	size_t column = phone.length ? PHONE : MAIL;
	struct login_key key;

	if (!typed.length) {
		wrong(r, e, "login-missing", r->columns.at[PHONE] != SIZE_MAX ? PHONE : MAIL);
		return NULL;
	}
	if (account_login_key(r->keyring, tx_arena(tx), typed, &key)) {
		wrong(r, e, "login-wrong", column);
		return NULL;
	}
	e->blind = key.blind;
	e->row.sealed = field_seal(r->keyring, tx_arena(tx), (struct place){ "grant_batch_row", e->row.id, "sealed" },
	                           arena_format(tx_arena(tx), "%.*s\n%.*s", TEXT_ARG(key.value), TEXT_ARG(text_clip(cell_of(r, p, NAME), 64))));
	return NULL;
}

/* A course is named by its number, its address or its title. */
static problem find_work(struct tx *tx, struct text typed, struct work_card *ret)
{
	struct work_id id;
	problem why = text_to_int(typed, &id.v) ? work_by_id(tx, id, ret) : &work_missing;

	if (why == &work_missing)
		why = work_by_slug(tx, typed, ret);
	return why == &work_missing ? work_by_title(tx, typed, ret) : why;
}

static problem read_work(struct tx *tx, const struct reading *r, const struct piece *p, struct import_entry *e)
{
	struct text typed = cell_of(r, p, WORK);
	struct work_card card;
	problem why = typed.length ? find_work(tx, typed, &card) : r->draft->work.v ? work_by_id(tx, r->draft->work, &card) : NULL;

	if (!typed.length && !r->draft->work.v)
		wrong(r, e, "work-missing", WORK);
	else if (why == &problem_conflict)
		wrong(r, e, "work-twice", WORK);
	else if (why == &work_missing || (!why && !card.edition.v))
		wrong(r, e, "work-unknown", WORK);
	else if (!why) {
		e->row.work = card.id;
		e->creator = card.creator;
	}
	return why == &problem_conflict || why == &work_missing ? NULL : why;
}

static void read_days(const struct reading *r, const struct piece *p, struct import_entry *e)
{
	struct text typed = cell_of(r, p, DAYS);

	e->row.days = r->draft->days;
	if (typed.length && (!text_to_int(typed, &e->row.days) || e->row.days < 1 || e->row.days > GRANT_DAYS_MAX)) {
		e->row.days = 0;
		wrong(r, e, "days-wrong", DAYS);
	}
}

/* Has whoever proved this login what the row would give him? */
static problem has_it(struct tx *tx, const struct import_entry *e, bool *ret)
{
	struct user_id holder;
	struct work_card card, *works;
	size_t n;
	problem why;

	*ret = import__is_granted(tx, e->blind, e->row.work);
	if (*ret || account_proven_holder(tx, e->blind, &holder))
		return tx_problem(tx);
	why = work_by_id(tx, e->row.work, &card);
	if (!why)
		why = work_opens(tx, &card, OPENS_HELD, &works, &n);
	if (!why)
		*ret = order__owns_all(tx, holder, works, n);
	return why == &bundle_too_small ? tx_problem(tx) : why;
}

static problem judge(struct tx *tx, const struct reading *r, const struct piece *p, struct import_entry *e)
{
	bool has = false;
	problem why;

	if (p->row.fault) {
		e->row.state = IMPORT_WRONG;
		e->row.why = p->row.fault == CSV_TOO_WIDE ? TEXT("wide") : TEXT("quote");
		e->row.column = (int64_t)p->row.column;
		return NULL;
	}
	e->row.state = IMPORT_GOOD;
	read_days(r, p, e);
	why = read_work(tx, r, p, e);
	if (!why)
		why = read_login(tx, r, p, e);
	if (why || e->row.state == IMPORT_WRONG)
		return why;
	if (import__is_twice(tx, r->import.id, e))
		wrong(r, e, "twice", COLUMN_COUNT);
	else
		why = has_it(tx, e, &has);
	if (has)
		e->row.state = IMPORT_KNOWN;
	return why ? why : tx_problem(tx);
}

static problem store_piece(struct tx *tx, void *arg)
{
	const struct reading *r = arg;
	problem why = NULL;

	for (size_t i = 0; !why && i < r->count; i++) {
		struct import_entry e = { .row = { .id = tx_id(tx), .line = (int64_t)r->pieces[i].line } };

		why = judge(tx, r, &r->pieces[i], &e);
		if (!why)
			import__add_row(tx, r->import.id, &e);
	}
	return why ? why : tx_problem(tx);
}

static problem flush(struct reading *r)
{
	problem why = r->count ? db_write(r->db, store_piece, r) : NULL;

	r->count = 0;
	return why;
}

static problem read_rows(struct reading *r, struct csv_reader *reader)
{
	problem why = NULL;

	while (!why && csv_next(reader, r->arena, &r->pieces[r->count].row)) {
		if (++r->rows > IMPORT_ROWS_MAX)
			return &import_too_long;
		r->pieces[r->count++].line = reader->line;
		if (r->count == PIECE)
			why = flush(r);
	}
	if (!why)
		why = flush(r);
	return !why && !r->rows ? &import_empty : why;
}

/* ---- a file ---- */

static problem begin(struct tx *tx, void *arg)
{
	struct reading *r = arg;

	import__purge(tx, tx_now_ms(tx) - IMPORT_LOOKED_DAYS * DAY_MS);
	r->import.id = tx_id(tx);
	r->import.made_ms = tx_now_ms(tx);
	return import__insert(tx, &r->import);
}

static problem end(struct tx *tx, void *arg)
{
	struct reading *r = arg;
	problem why = import__set_ready(tx, r->import.id);

	if (!why)
		audit_add(tx, r->import.by, "import-read", "import", r->import.id, (struct text){ 0 });
	return why ? why : tx_problem(tx);
}

static problem find_same(struct tx *tx, void *arg)
{
	struct reading *r = arg;

	tx_use_arena(tx, r->arena);
	return import__same(tx, r->import.sha256, &r->import);
}

static problem read_file(struct reading *r)
{
	struct text utf8;
	struct csv_reader reader;
	struct csv_row head;
	problem why = csv_decode(r->arena, r->draft->bytes, &utf8);

	if (why)
		return why;
	reader = csv_open(utf8);
	if (!csv_next(&reader, r->arena, &head))
		return &import_empty;
	r->columns = columns_of(&head);
	if ((r->columns.at[PHONE] == SIZE_MAX && r->columns.at[MAIL] == SIZE_MAX) || (r->columns.at[WORK] == SIZE_MAX && !r->draft->work.v))
		return &import_columns;
	why = db_write(r->db, begin, r);
	if (!why)
		why = read_rows(r, &reader);
	return why ? why : db_write(r->db, end, r);
}

problem order_import(struct db *db, struct keyring *keyring, struct arena *arena, const struct import_draft *draft, struct import *ret)
{
	struct reading *r = ARENA_NEW(arena, struct reading);
	problem why;

	*r = (struct reading){ .db = db, .keyring = keyring, .arena = arena, .draft = draft };
	r->import = (struct import){ .name = draft->name, .by = draft->by };
	r->import.sha256 = sha256_hex(arena, arena_format(arena, "%.*s %lld %lld", TEXT_ARG(sha256_hex(arena, draft->bytes)), (long long)draft->work.v,
	                                                  (long long)draft->days));
	why = db_read(db, find_same, r);
	if (why == &import_missing)
		why = read_file(r);
	if (!why || why == &db_unique) /* the same one at the same moment */
		why = db_read(db, find_same, r);
	if (!why)
		*ret = r->import;
	return why;
}

/* ---- applying ---- */

problem order_import_apply(struct tx *tx, int64_t id, struct text reason, struct user_id by, struct import *ret)
{
	problem why = order_import_by_id(tx, id, ret);

	if (!why && ret->state != IMPORT_READY)
		why = &import_over;
	if (!why && (ret->wrong || !ret->good))
		why = &import_unsound;
	if (why)
		return why;
	ret->reason = reason;
	ret->by = by;
	ret->applied_ms = tx_now_ms(tx);
	why = import__set_applied(tx, ret);
	import__make_grants(tx, ret);
	job_add(tx, ORDER_JOB_IMPORT, arena_format(tx_arena(tx), "%lld", (long long)id), arena_format(tx_arena(tx), "{\"batch\":%lld}", (long long)id), 0);
	audit_add(tx, by, "import-applied", "import", id, arena_format(tx_arena(tx), "{\"rows\":%lld}", (long long)ret->good));
	return why ? why : order_import_by_id(tx, id, ret);
}

problem order_import_discard(struct tx *tx, int64_t id, struct user_id by)
{
	struct import import;
	problem why = order_import_by_id(tx, id, &import);

	if (!why)
		why = import__set_state(tx, id, IMPORT_DISCARDED);
	import__drop_rows(tx, id);
	if (!why)
		audit_add(tx, by, "import-discarded", "import", id, (struct text){ 0 });
	return why ? why : tx_problem(tx);
}

/* ---- what was applied goes to who has proven the login ---- */

struct giving {
	int64_t batch, after, next; /* next: what `after` becomes when the piece is durable */
	bool done;
};

static problem give_piece(struct tx *tx, void *arg)
{
	struct giving *g = arg;
	struct grant *waiting;
	size_t n = 0;
	struct user_id holder;
	problem why = import__waiting(tx, g->batch, g->after, PIECE, &waiting, &n);

	for (size_t i = 0; !why && i < n; i++) {
		if (!account_proven_holder(tx, waiting[i].blind, &holder))
			why = grant__give(tx, &waiting[i], holder);
		else
			why = tx_problem(tx);
	}
	g->done = n < PIECE;
	if (!why && n)
		g->next = waiting[n - 1].id;
	return why;
}

problem import__run_give(struct job *job)
{
	struct giving g = { 0 };
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (!why)
		g.batch = json_get_int(payload, "batch", 0);
	while (!why && !g.done) {
		why = db_write(job->db, give_piece, &g);
		g.after = g.next;
	}
	return why;
}

/* ---- nothing of a person stays for longer than it is of use ---- */

static problem purge(struct tx *tx, void *arg)
{
	struct lapsed *lapsed;
	size_t n = 0;
	problem why;

	(void)arg;
	import__purge(tx, tx_now_ms(tx) - IMPORT_LOOKED_DAYS * DAY_MS);
	why = import__lapse(tx, tx_now_ms(tx) - IMPORT_WAITS_DAYS * DAY_MS, &lapsed, &n);
	for (size_t i = 0; !why && i < n; i++)
		audit_add(tx, (struct user_id){ 0 }, "import-lapsed", "import", lapsed[i].batch,
		          arena_format(tx_arena(tx), "{\"rows\":%lld}", (long long)lapsed[i].count));
	import__blank(tx, 0);
	return why ? why : tx_problem(tx);
}

problem import__run_purge(struct job *job)
{
	problem why = db_write(job->db, purge, NULL);

	if (!why)
		job_again(job, world_now_ms(db_world(job->db)) + DAY_MS);
	return why;
}

static problem plan(struct tx *tx, void *arg)
{
	(void)arg;
	job_add(tx, ORDER_JOB_PURGE, TEXT("one"), TEXT("{}"), tx_now_ms(tx) + DAY_MS / 24);
	return tx_problem(tx);
}

problem import__plan(struct db *db) { return db_write(db, plan, NULL); }

/* ---- looking ---- */

static problem open_row(struct tx *tx, struct keyring *keyring, struct import_row *row)
{
	struct work_card card;
	struct login_key key;
	struct text plain;
	problem why = row->work.v ? work_by_id(tx, row->work, &card) : &work_missing;

	if (!why)
		row->title = card.title;
	if (!row->sealed.length)
		return NULL;
	why = field_open(keyring, tx_arena(tx), (struct place){ "grant_batch_row", row->id, "sealed" }, row->sealed, &plain);
	if (!why)
		why = account_login_key(keyring, tx_arena(tx), text_cut(&plain, '\n'), &key);
	row->login = why ? (struct text){ 0 } : key.masked;
	row->name = plain;
	return why;
}

problem order_import_rows(struct tx *tx, struct keyring *keyring, const struct import_query *query, size_t most, struct import_row **ret, size_t *ret_count)
{
	problem why = import__rows(tx, query, most, ret, ret_count);

	for (size_t i = 0; !why && i < *ret_count; i++)
		why = open_row(tx, keyring, &(*ret)[i]);
	return why;
}
