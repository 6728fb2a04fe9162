/* snapshot_postgresql.c - one REPEATABLE READ transaction sees one moment; COPY reads each table in it. Back they come into an empty
 * database, in one transaction: tables by the migrations that made them, references taken away, rows, references made again, which
 * checks them. No other program is needed for that, and no version of one has to fit. */
#include "db/snapshot_inside.h"

#include "base/log.h"

#include <libpq-fe.h>
#include <stdlib.h>

enum { SCRIPT_MAX = 4 << 20, TABLES_MAX = 1000, ROWS_AT_ONCE = 4 << 20, ROW_MAX = 1 << 30 };

/* ---- statements ---- */

static problem failed(struct connection *c, const PGresult *result, const char *what)
{
	const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL, *says = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	c->lost |= PQstatus(c->handle) == CONNECTION_BAD;
	db__log_failure("postgresql", code ? code : "", says ? says : PQerrorMessage(c->handle), what);
	return code && !strcmp(code, "53100") ? &db_full : &db_failed;
}

static problem ask(struct connection *c, const char *sql, PGresult **ret)
{
	PGresult *result = PQexec(c->handle, sql);
	problem why = PQresultStatus(result) == PGRES_TUPLES_OK ? NULL : failed(c, result, sql);

	if (why)
		PQclear(result);
	else
		*ret = result;
	return why;
}

static struct text cell(const PGresult *result, int row, int column)
{
	return (struct text){ PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column) };
}

static problem script(struct connection *c, struct text sql)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(SCRIPT_MAX);

	buffer_add(&out, sql);
	buffer_add_char(&out, 0);
	return out.why ? out.why : db__postgresql.script(c, out.at);
}

problem snapshot__pin_postgresql(struct connection *c)
{
	problem why = db__postgresql.script(c, "begin isolation level repeatable read read only");

	return why ? why : db__postgresql.script(c, "select 1 from pg_catalog.pg_class limit 1");
}

/* ---- out ---- */

/* Names that need no quotes: ours. They stand in statements, also those that come out of an archive. */
static bool is_plain(struct text names)
{
	for (size_t i = 0; i < names.length; i++) {
		char c = names.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != ',' && c != ' ')
			return false;
	}
	return names.length > 0;
}

problem db_snapshot_tables(struct db_snapshot *s, struct arena *arena, struct db_table **ret, size_t *ret_count)
{
	PGresult *rows;
	problem why = ask(s->c, "select c.relname, string_agg(a.attname, ', ' order by a.attnum) from pg_catalog.pg_class c"
	                        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_attribute a on a.attrelid = c.oid"
	                        " where n.nspname = current_schema() and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
	                        " group by c.relname order by c.relname", &rows);

	if (why)
		return why;
	*ret_count = (size_t)PQntuples(rows);
	*ret = ARENA_ARRAY(arena, struct db_table, *ret_count);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = (struct db_table){ arena_text(arena, cell(rows, (int)i, 0)), arena_text(arena, cell(rows, (int)i, 1)) };
	PQclear(rows);
	return NULL;
}

static problem begin_copy(struct connection *c, const struct db_table *table, const char *way, ExecStatusType wanted)
{
	CLEANUP(buffer_free) struct buffer sql = BUFFER(SCRIPT_MAX);
	PGresult *result;
	problem why;

	if (!is_plain(table->name) || !is_plain(table->columns))
		return &db_failed;
	buffer_format(&sql, "copy \"%.*s\" (\"", TEXT_ARG(table->name));
	for (struct text rest = table->columns; rest.at;) {
		buffer_add(&sql, text_trim(text_cut(&rest, ',')));
		buffer_add(&sql, rest.at ? TEXT("\", \"") : TEXT("\")"));
	}
	buffer_format(&sql, " %s", way);
	buffer_add_char(&sql, 0);
	result = PQexec(c->handle, sql.at);
	why = PQresultStatus(result) == wanted ? NULL : failed(c, result, sql.at);
	PQclear(result);
	return why;
}

static problem end_copy(struct connection *c)
{
	PGresult *result;
	problem why = NULL;

	while ((result = PQgetResult(c->handle))) {
		if (!why && PQresultStatus(result) != PGRES_COMMAND_OK)
			why = failed(c, result, "copy");
		PQclear(result);
	}
	return why;
}

/* Stopped half-way: the rest of the rows is of no use. */
static void give_up(struct connection *c)
{
	PGcancel *cancel = PQgetCancel(c->handle);
	char says[256], *row;

	if (cancel)
		(void)PQcancel(cancel, says, sizeof says);
	PQfreeCancel(cancel);
	while (PQgetCopyData(c->handle, &row, 0) > 0)
		PQfreemem(row);
	while (PQstatus(c->handle) == CONNECTION_OK && PQtransactionStatus(c->handle) == PQTRANS_ACTIVE)
		PQclear(PQgetResult(c->handle));
}

typedef problem (*take_rows)(void *arg, struct text rows);

static problem pass_on(struct buffer *rows, size_t from, take_rows each, void *arg)
{
	problem why = rows->why;

	if (!why && rows->length > from)
		why = each(arg, buffer_text(rows));
	if (!why && rows->length > from)
		buffer_clear(rows);
	return why;
}

static problem copy_out(struct connection *c, const struct db_table *table, take_rows each, void *arg)
{
	CLEANUP(buffer_free) struct buffer rows = BUFFER(ROW_MAX);
	problem why = begin_copy(c, table, "to stdout", PGRES_COPY_OUT);
	char *row;
	int n;

	if (why)
		return why;
	while (!why && (n = PQgetCopyData(c->handle, &row, 0)) > 0) {
		buffer_add(&rows, (struct text){ row, (size_t)n });
		PQfreemem(row);
		why = pass_on(&rows, ROWS_AT_ONCE, each, arg);
	}
	if (why) {
		give_up(c);
		return why;
	}
	why = n == -1 ? end_copy(c) : failed(c, NULL, "copy");
	return why ? why : pass_on(&rows, 0, each, arg);
}

problem db_snapshot_rows(struct db_snapshot *s, const struct db_table *table, problem (*each)(void *arg, struct text rows), void *arg)
{
	return copy_out(s->c, table, each, arg);
}

/* ---- in ---- */

static problem is_empty(struct connection *c)
{
	PGresult *rows;
	problem why = ask(c, "select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
	                     " where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') limit 1", &rows);

	if (why)
		return why;
	why = PQntuples(rows) ? &db_not_empty : NULL;
	PQclear(rows);
	return why;
}

static bool was_applied(const struct db_load *load, const struct migration *m)
{
	for (size_t i = 0; i < load->applied_count; i++) {
		if (text_is(load->applied[i].room, m->room) && load->applied[i].number == m->number)
			return true;
	}
	return false;
}

static problem make_tables(struct connection *c, const struct db_load *load)
{
	problem why = db_applied_known(load->all, load->n, load->applied, load->applied_count);

	for (size_t i = 0; !why && i < load->n; i++) {
		CLEANUP(buffer_free) struct buffer sql = BUFFER(SCRIPT_MAX);

		if (!migrate__is_for(&load->all[i], c->db) || !was_applied(load, &load->all[i]))
			continue;
		migrate__expand(&sql, text_of(load->all[i].sql), true);
		why = db__postgresql.script(c, sql.at);
	}
	return why;
}

/* Rows that a migration has put in come with the others. */
static problem empty_tables(struct connection *c)
{
	PGresult *rows;
	problem why = ask(c, "select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_catalog.pg_tables where schemaname = current_schema()", &rows);

	if (why)
		return why;
	why = PQgetisnull(rows, 0, 0) ? NULL : script(c, cell(rows, 0, 0));
	PQclear(rows);
	return why;
}

static problem references(struct connection *c, PGresult **ret)
{
	return ask(c, "select format('alter table %s drop constraint %I', r.conrelid::regclass, r.conname),"
	              " format('alter table %s add constraint %I %s', r.conrelid::regclass, r.conname, pg_get_constraintdef(r.oid))"
	              " from pg_catalog.pg_constraint r join pg_catalog.pg_namespace n on n.oid = r.connamespace"
	              " where r.contype = 'f' and n.nspname = current_schema()", ret);
}

static problem each_reference(struct connection *c, const PGresult *all, int column)
{
	problem why = NULL;

	for (int i = 0; !why && i < PQntuples(all); i++)
		why = script(c, cell(all, i, column));
	return why;
}

static problem put_rows(struct connection *c, const struct db_load *load, size_t table)
{
	problem why = begin_copy(c, &load->tables[table], "from stdin", PGRES_COPY_IN), end;
	struct text rows = { 0 };

	if (why)
		return why;
	do {
		why = load->rows(load->arg, table, &rows);
		if (!why && rows.length && PQputCopyData(c->handle, rows.at, (int)rows.length) != 1)
			why = failed(c, NULL, "copy");
	} while (!why && rows.at);
	if (PQputCopyEnd(c->handle, why ? "stopped" : NULL) != 1 && !why)
		why = failed(c, NULL, "copy");
	end = end_copy(c);
	return why ? why : end;
}

static problem fill(struct connection *c, const struct db_load *load)
{
	PGresult *all;
	problem why = references(c, &all);

	if (why)
		return why;
	why = each_reference(c, all, 0);
	if (!why)
		why = empty_tables(c);
	for (size_t i = 0; !why && i < load->table_count; i++)
		why = put_rows(c, load, i);
	if (!why)
		why = each_reference(c, all, 1);
	PQclear(all);
	return why;
}

static problem load_all(struct connection *c, void *arg)
{
	const struct db_load *load = arg;
	problem why = db__postgresql.script(c, "begin isolation level repeatable read");

	if (why)
		return why;
	why = is_empty(c);
	if (!why)
		why = make_tables(c, load);
	if (!why)
		why = fill(c, load);
	if (!why)
		return db__postgresql.commit(c);
	db__postgresql.rollback(c);
	return why;
}

problem db_load(struct db *db, const struct db_load *load)
{
	problem why;

	if (!db->driver->postgresql)
		return &db_wrong_kind;
	why = db->driver->alone(db, load_all, (void *)(uintptr_t)load);
	return why == &db__again ? &db_failed : why;
}

/* ---- looking through ---- */

static problem pass_over(void *arg, struct text rows)
{
	*(size_t *)arg += rows.length;
	return NULL;
}

static problem first_broken(struct connection *c, struct arena *arena, struct db_soundness *ret)
{
	PGresult *rows;
	problem why = ask(c, "select 'index ' || indexrelid::regclass::text from pg_catalog.pg_index where not indisvalid"
	                     " union all select 'reference ' || conname from pg_catalog.pg_constraint where not convalidated limit 1", &rows);

	if (why)
		return why;
	if (PQntuples(rows))
		*ret = (struct db_soundness){ .wrong = arena_format(arena, "%s does not hold", PQgetvalue(rows, 0, 0)) };
	PQclear(rows);
	return NULL;
}

problem snapshot__verify_postgresql(struct connection *c, struct arena *arena, struct db_soundness *ret)
{
	struct db_snapshot s = { c->db, c };
	struct db_table *tables;
	size_t n = 0, bytes = 0;
	problem why = first_broken(c, arena, ret);

	if (!why)
		why = db_snapshot_tables(&s, arena, &tables, &n);
	for (size_t i = 0; !why && ret->sound && i < n; i++) {
		if (!copy_out(c, &tables[i], pass_over, &bytes))
			continue;
		*ret = (struct db_soundness){ .wrong = arena_format(arena, "table %.*s cannot be read", TEXT_ARG(tables[i].name)) };
	}
	return why;
}
