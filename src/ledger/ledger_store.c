/* ledger_store.c - the book's SQL. Nothing here updates or deletes. */
#include "ledger/ledger_room.h"

const struct shape ledger_line_shape = SHAPE(ledger_line,
	FIELD(ledger_line, journal, SHAPE_INT),
	FIELD(ledger_line, at_ms,   SHAPE_TIME),
	FIELD(ledger_line, kind,    SHAPE_TEXT),
	FIELD(ledger_line, key,     SHAPE_TEXT),
	FIELD(ledger_line, amount,  SHAPE_MONEY));

static const struct shape journal_row = SHAPE(journal,
	FIELD(journal, id,         SHAPE_INT),
	FIELD(journal, kind,       SHAPE_TEXT),
	FIELD(journal, key,        SHAPE_TEXT),
	FIELD(journal, at_ms,      SHAPE_TIME),
	FIELD(journal, line_count, SHAPE_INT),
	FIELD(journal, hash,       SHAPE_TEXT));

static const struct shape journal_line_row = SHAPE(journal_line,
	FIELD(journal_line, journal, SHAPE_INT),
	FIELD(journal_line, line,    SHAPE_INT),
	FIELD(journal_line, code,    SHAPE_ENUM, .names = ledger_code_names),
	FIELD(journal_line, owner,   SHAPE_INT),
	FIELD(journal_line, amount,  SHAPE_MONEY));

bool ledger_has(struct tx *tx, struct text key)
{
	return read_int(tx, 0, "select 1 from journal where entry_key = $1", V(key)) != 0;
}

int64_t ledger__account(struct tx *tx, enum ledger_code code, int64_t owner)
{
	const char *name = ledger_code_names[code];
	int64_t id = read_int(tx, 0, "select id from account where code = $1 and owner = $2", V(name, owner));

	if (id)
		return id;
	id = tx_id(tx);
	run(tx, "insert into account (id, code, owner) values ($1, $2, $3)", V(id, name, owner));
	return id;
}

void ledger__insert(struct tx *tx, const struct journal *journal, const struct posting *lines, const int64_t *accounts, size_t n)
{
	run(tx, "insert into journal (id, kind, entry_key, at_ms, line_count, hash) values ($1, $2, $3, $4, $5, $6)",
	    V(journal->id, journal->kind, journal->key, journal->at_ms, journal->line_count, journal->hash));
	for (size_t i = 0; i < n; i++)
		run(tx, "insert into posting (journal_id, line, account_id, amount) values ($1, $2, $3, $4)",
		    V(journal->id, i, accounts[i], lines[i].amount.fen));
}

struct money ledger_balance(struct tx *tx, enum ledger_code code, int64_t owner)
{
	int64_t sum = read_int(tx, 0,
	                       "select coalesce(sum(p.amount), 0) from posting p join account a on a.id = p.account_id"
	                       " where a.code = $1 and a.owner = $2",
	                       V(ledger_code_names[code], owner));

	return ledger__on_normal_side(code, sum);
}

problem ledger_lines(struct tx *tx, enum ledger_code code, int64_t owner, int64_t before, size_t most, struct ledger_line **ret, size_t *ret_count)
{
	problem why = read_all(tx, &ledger_line_shape, most, (void **)ret, ret_count,
	                       "select j.id, j.at_ms, j.kind, j.entry_key, p.amount from posting p"
	                       " join account a on a.id = p.account_id join journal j on j.id = p.journal_id"
	                       " where a.code = $1 and a.owner = $2 and j.id < $3 order by j.id desc, p.line desc limit $4",
	                       V(ledger_code_names[code], owner, before ? before : INT64_MAX, most));

	for (size_t i = 0; !why && i < *ret_count; i++)
		(*ret)[i].amount = ledger__on_normal_side(code, (*ret)[i].amount.fen);
	return why;
}

problem ledger__journals(struct tx *tx, int64_t after, size_t most, struct journal **ret, size_t *ret_count)
{
	return read_all(tx, &journal_row, most, (void **)ret, ret_count,
	                "select id, kind, entry_key, at_ms, line_count, hash from journal where id > $1 order by id limit $2", V(after, most));
}

problem ledger__lines_between(struct tx *tx, int64_t first, int64_t last, struct journal_line **ret, size_t *ret_count)
{
	return read_all(tx, &journal_line_row, 500 * LEDGER_LINES_MAX, (void **)ret, ret_count,
	                "select p.journal_id, p.line, a.code, a.owner, p.amount from posting p join account a on a.id = p.account_id"
	                " where p.journal_id between $1 and $2 order by p.journal_id, p.line limit 8000",
	                V(first, last));
}

int64_t ledger__lost_postings(struct tx *tx)
{
	return read_int(tx, 0,
	                "select p.journal_id from posting p left join journal j on j.id = p.journal_id where j.id is null"
	                " order by p.journal_id limit 1",
	                V0);
}

int64_t ledger__sum_of_all(struct tx *tx)
{
	return read_int(tx, 0, "select coalesce(sum(amount), 0) from posting", V0);
}
