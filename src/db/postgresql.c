/* postgresql.c - a connection to PostgreSQL: statements prepared once a connection with declared types (so that a null and
 * `$1 - $2` mean the same as on SQLite), values in binary, results as text. Errors are told by SQLSTATE, never by message. */
#include "db/postgresql.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_FLOAT8 = 701 };

/* synchronous_commit: a server that is told to forget the last commits is not told so by us; a stricter one stays so. */
static const char settings[] =
	"set default_transaction_isolation = 'serializable';"
	"set timezone = 'UTC'; set bytea_output = 'hex'; set extra_float_digits = 1; set standard_conforming_strings = on;"
	"set idle_in_transaction_session_timeout = '120s';"
	"select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

static const struct state {
	const char *code;
	const struct problem *why;
} states[] = {
	{ "23505", &db_unique },
	{ "23503", &db_reference }, { "23001", &db_reference },
	{ "40001", &db__again },    { "40P01", &db__again },
	{ "0A000", &db__again }, /* "cached plan must not change result type": a table was changed under us */
	{ "55P03", &db_busy },      { "53300", &db_busy },      { "57014", &db_busy },
	{ "53100", &db_full },
};

static problem lose(struct connection *c)
{
	c->lost = true;
	return &db__again;
}

/* Also when there is no result at all: then the connection is gone. */
static problem problem_of(struct connection *c, PGresult *result, const char *sql)
{
	const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	if (PQstatus(c->handle) == CONNECTION_BAD || (code && !strncmp(code, "57P", 3))) /* it is being shut down */
		return lose(c);
	for (size_t i = 0; code && i < sizeof states / sizeof *states; i++)
		if (!strcmp(code, states[i].code)) {
			c->lost |= !strcmp(code, "0A000"); /* with all that it has prepared */
			return states[i].why;
		}
	/* the first line alone: the details show values of the row */
	db__log_failure("postgresql", code ? code : "", code ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : "no answer", sql);
	return code && !strncmp(code, "23", 2) ? &db_check : &db_failed;
}

static bool succeeded(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static problem postgresql_script(struct connection *c, const char *sql)
{
	PGresult *result = PQexec(c->handle, sql);
	problem why = succeeded(result) ? NULL : problem_of(c, result, sql);

	PQclear(result);
	return why;
}

static problem set_up(struct connection *c)
{
	char sql[64];
	problem why = postgresql_script(c, settings);

	snprintf(sql, sizeof sql, "set lock_timeout = %d", c->db->options.busy_ms);
	return why ? why : postgresql_script(c, sql);
}

static void be_silent(void *arg, const PGresult *result)
{
	(void)arg, (void)result;
}

static void drop_statement(struct statement *statement)
{
	free(statement->handle);
}

static problem postgresql_connect(struct db *db, struct connection **ret)
{
	/* what stands in the URI comes later and wins, but for the encoding */
	static const char *const keys[] = { "connect_timeout", "tcp_user_timeout", "fallback_application_name", "dbname",
					    "client_encoding", NULL };
	const char *const values[] = { "5", "15000", "zhifang", db->url, "UTF8", NULL };
	struct connection *c = calloc(1, sizeof *c);
	problem why;

	if (!c)
		abort();
	*c = (struct connection){ .db = db, .handle = PQconnectdbParams(keys, values, 1),
				  .statements = statements_new(drop_statement) };
	PQsetNoticeReceiver(c->handle, be_silent, NULL);
	if (PQstatus(c->handle) == CONNECTION_OK) {
		why = set_up(c);
	} else {
		db__log_failure("postgresql", "connect", PQerrorMessage(c->handle), "");
		why = &db_failed;
	}
	if (why) {
		db__postgresql.disconnect(c);
		return why == &db__again ? &db_failed : why;
	}
	*ret = c;
	return NULL;
}

static void postgresql_disconnect(struct connection *c)
{
	statements_free(c->statements);
	PQfinish(c->handle);
	free(c);
}

/* ---- statements ---- */

/* Parameters in binary, so that nothing has to be copied or quoted and a NUL in a text is refused rather than cut off. */
struct parameters {
	Oid types[DB_VALUES_MAX];
	const char *at[DB_VALUES_MAX];
	int lengths[DB_VALUES_MAX], formats[DB_VALUES_MAX];
	uint64_t numbers[DB_VALUES_MAX];
	char kinds[DB_VALUES_MAX + 1];
};

static void put_number(struct parameters *p, size_t i, const void *eight)
{
	memcpy(&p->numbers[i], eight, sizeof p->numbers[i]);
	p->numbers[i] = htobe64(p->numbers[i]);
	p->at[i] = (const char *)&p->numbers[i];
	p->lengths[i] = sizeof p->numbers[i];
}

static void put_text(struct parameters *p, size_t i, struct text t)
{
	assert(t.length <= INT32_MAX);
	p->at[i] = t.at;
	p->lengths[i] = (int)t.length;
}

static void put(struct parameters *p, size_t i, const struct value *v)
{
	p->formats[i] = 1;
	switch (v->kind) {
	case VALUE_NULL:
		p->types[i] = OID_INT8;
		p->kinds[i] = 'i';
		p->at[i] = NULL;
		return;
	case VALUE_INT:
		p->types[i] = OID_INT8;
		p->kinds[i] = 'i';
		put_number(p, i, &v->i);
		return;
	case VALUE_REAL:
		p->types[i] = OID_FLOAT8;
		p->kinds[i] = 'x';
		put_number(p, i, &v->x);
		return;
	case VALUE_TEXT:
		p->types[i] = OID_TEXT;
		p->kinds[i] = 't';
		put_text(p, i, v->t);
		return;
	case VALUE_BLOB:
		p->types[i] = OID_BYTEA;
		p->kinds[i] = 'b';
		put_text(p, i, v->t);
		return;
	}
	abort();
}

static struct statement *prepared(struct connection *c, const char *sql, const struct parameters *p, size_t n, problem *why)
{
	struct statement *statement = statements_find(c->statements, sql, p->kinds);
	char name[24];
	PGresult *result;

	if (statement)
		return statement;
	snprintf(name, sizeof name, "s%zu", statements_count(c->statements));
	result = PQprepare(c->handle, name, sql, (int)n, p->types);
	*why = succeeded(result) ? NULL : problem_of(c, result, sql);
	PQclear(result);
	if (*why)
		return NULL;
	statement = statements_add(c->statements, sql, p->kinds);
	statement->handle = strdup(name);
	if (!statement->handle)
		abort();
	return statement;
}

static problem postgresql_query(struct connection *c, const char *sql, const struct value *values, size_t n, struct rows *ret)
{
	struct parameters p;
	struct statement *statement;
	problem why = NULL;
	const char *word;

	for (size_t i = 0; i < n; i++)
		put(&p, i, &values[i]);
	p.kinds[n] = 0;
	statement = prepared(c, sql, &p, n, &why);
	if (!statement)
		return why;
	*ret = (struct rows){ .c = c, .statement = statement, .row = -1 };
	ret->result = PQexecPrepared(c->handle, statement->handle, (int)n, p.at, p.lengths, p.formats, 0);
	if (!succeeded(ret->result)) {
		why = problem_of(c, ret->result, sql);
		PQclear(ret->result);
		return why;
	}
	word = PQcmdStatus(ret->result);
	ret->wrote = strncmp(word, "SELECT", strlen("SELECT"));
	ret->changes = strtoll(PQcmdTuples(ret->result), NULL, 10);
	ret->columns = PQnfields(ret->result);
	return NULL;
}

static problem postgresql_next(struct rows *rows, bool *ret)
{
	*ret = ++rows->row < PQntuples(rows->result);
	return NULL;
}

static problem postgresql_finish(struct rows *rows)
{
	PQclear(rows->result);
	return NULL;
}

static int nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* \x0aff... */
static struct text from_hex(struct arena *arena, struct text hex)
{
	size_t n = (hex.length - 2) / 2;
	char *bytes = arena_alloc(arena, n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(nibble(hex.at[2 + 2 * i]) << 4 | nibble(hex.at[3 + 2 * i]));
	return (struct text){ bytes, n };
}

static bool real_of(const char *digits, struct value *ret)
{
	char *end;

	*ret = value_real(strtod(digits, &end));
	return end != digits && !*end;
}

static bool postgresql_column(struct rows *rows, int k, int kind, struct arena *arena, struct value *ret)
{
	struct text t = { PQgetvalue(rows->result, rows->row, k), (size_t)PQgetlength(rows->result, rows->row, k) };
	int64_t i;

	if (PQgetisnull(rows->result, rows->row, k)) {
		*ret = value_null();
		return true;
	}
	switch (kind) {
	case VALUE_INT:
		if (!text_to_int(t, &i))
			return false;
		*ret = value_int(i);
		return true;
	case VALUE_REAL:
		return real_of(t.at, ret);
	case VALUE_TEXT:
		*ret = value_text(PQftype(rows->result, k) == OID_BYTEA ? from_hex(arena, t) : t);
		return true;
	default:
		abort();
	}
}

/* ---- transactions ---- */

static problem postgresql_begin(struct connection *c, enum mode mode)
{
	switch (mode) {
	case MODE_READ:
		return postgresql_script(c, "begin isolation level serializable read only");
	case MODE_WRITE:
		return postgresql_script(c, "begin isolation level serializable");
	case MODE_CLAIM:
		return postgresql_script(c, "begin isolation level read committed");
	}
	abort();
}

static void postgresql_rollback(struct connection *c)
{
	if (!c->lost && PQtransactionStatus(c->handle) != PQTRANS_IDLE && postgresql_script(c, "rollback"))
		c->lost = true;
}

/* An answer is an answer; silence may hide a commit. */
static problem postgresql_commit(struct connection *c)
{
	PGresult *result = PQexec(c->handle, "commit");
	problem why = succeeded(result) ? NULL : problem_of(c, result, "commit");

	if (!why && strcmp(PQcmdStatus(result), "COMMIT"))
		why = &db_failed; /* an error had ended the transaction already */
	if (why && c->lost)
		why = &db_unknown;
	PQclear(result);
	return why;
}

static problem postgresql_setting(struct connection *c, struct arena *arena, const char *name, struct text *ret)
{
	char sql[96];
	PGresult *result;

	if (!strcmp(name, "isolation"))
		name = "default_transaction_isolation";
	assert(snprintf(sql, sizeof sql, "show %s", name) < (int)sizeof sql);
	result = PQexec(c->handle, sql);
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		*ret = arena_text(arena, text_of(PQgetvalue(result, 0, 0)));
	PQclear(result);
	return NULL;
}

const struct db_driver db__postgresql = {
	.name = "postgresql",
	.postgresql = true,
	.connect = postgresql_connect,
	.disconnect = postgresql_disconnect,
	.begin = postgresql_begin,
	.commit = postgresql_commit,
	.rollback = postgresql_rollback,
	.script = postgresql_script,
	.setting = postgresql_setting,
	.query = postgresql_query,
	.next = postgresql_next,
	.column = postgresql_column,
	.finish = postgresql_finish,
	.start = pool__start,
	.stop = pool__stop,
	.run = pool__run,
	.later = pool__later,
	.alone = pool__alone,
};
