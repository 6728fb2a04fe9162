/* ledger.c - the book's rules. Entries are only ever added; a wrong one is mended by another. Each entry carries a hash over
 * itself and its lines, so that a row changed behind the program's back is found and named. */
#include "ledger/ledger_room.h"

#include <assert.h>

#include "crypto/crypto.h"

const struct problem ledger_unbalanced = { 500, "ledger-unbalanced", "The entry's debits and credits differ." };
const struct problem ledger_short = { 409, "ledger-short", "The account does not hold that much." };
const struct problem ledger_posted = { 409, "ledger-posted", "This fact is in the book already." };

#define X_NAME(id, code, side) [LEDGER_##id] = code,
const char *const ledger_code_names[] = { LEDGER_CODES(X_NAME)[LEDGER_CODE_COUNT] = NULL };

enum { DEBIT = 1, CREDIT = -1 };
#define X_SIDE(id, code, side) [LEDGER_##id] = side,
static const int normal_side[] = { LEDGER_CODES(X_SIDE) };

/* What is owed to others may be paid out, but never more than there is. */
static const bool stays_covered[LEDGER_CODE_COUNT] = {
	[LEDGER_CREATOR_HELD] = true,
	[LEDGER_CREATOR_AVAILABLE] = true,
	[LEDGER_PAYOUT_TRANSIT] = true,
	[LEDGER_REFUND_TRANSIT] = true,
	[LEDGER_UNALLOCATED] = true,
};

static struct text entry_hash(struct arena *arena, const struct journal *journal, const struct journal_line *lines, size_t n)
{
	CLEANUP(buffer_free) struct buffer bytes = BUFFER(64 * 1024);

	buffer_format(&bytes, "%lld\n%.*s\n%.*s\n%lld\n%lld\n", (long long)journal->id, TEXT_ARG(journal->kind),
	              TEXT_ARG(journal->key), (long long)journal->at_ms, (long long)journal->line_count);
	for (size_t i = 0; i < n; i++)
		buffer_format(&bytes, "%lld %s %lld %lld\n", (long long)lines[i].line, ledger_code_names[lines[i].code],
		              (long long)lines[i].owner, (long long)lines[i].amount.fen);
	assert(!bytes.why);
	return sha256_hex(arena, buffer_text(&bytes));
}

static void assert_entry(const struct posting *lines, size_t n)
{
	int64_t sum = 0;

	assert(n >= 2 && n <= LEDGER_LINES_MAX);
	for (size_t i = 0; i < n; i++) {
		assert(lines[i].code > LEDGER_NONE && lines[i].code < LEDGER_CODE_COUNT && lines[i].amount.fen != 0);
		sum += lines[i].amount.fen;
	}
	assert(sum == 0);
}

static problem check_covered(struct tx *tx, const struct posting *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (stays_covered[lines[i].code] && lines[i].amount.fen > 0 &&
		    ledger_balance(tx, lines[i].code, lines[i].owner).fen < 0)
			return tx_fail(tx, &ledger_short);
	}
	return tx_problem(tx);
}

problem ledger_post(struct tx *tx, const char *kind, struct text key, const struct posting *lines, size_t n, struct journal_id *ret)
{
	struct journal journal = { .kind = text_of(kind), .key = key, .line_count = (int64_t)n };
	struct journal_line hashed[LEDGER_LINES_MAX];
	int64_t accounts[LEDGER_LINES_MAX];
	problem why;

	assert_entry(lines, n);
	if (ledger_has(tx, key))
		return &ledger_posted;
	journal.id = tx_id(tx);
	journal.at_ms = tx_now_ms(tx);
	for (size_t i = 0; i < n; i++) {
		accounts[i] = ledger__account(tx, lines[i].code, lines[i].owner);
		hashed[i] = (struct journal_line){ .line = (int64_t)i, .code = lines[i].code, .owner = lines[i].owner, .amount = lines[i].amount };
	}
	journal.hash = entry_hash(tx_arena(tx), &journal, hashed, n);
	ledger__insert(tx, &journal, lines, accounts, n);
	why = check_covered(tx, lines, n);
	if (!why && ret)
		*ret = (struct journal_id){ journal.id };
	return why;
}

struct money ledger__on_normal_side(enum ledger_code code, int64_t sum)
{
	return MONEY(normal_side[code] == DEBIT ? sum : -sum);
}

/* ---- verification ---- */

enum { VERIFY_STEP = 500 };

struct verification {
	struct arena *arena;
	struct ledger_report *report;
	int64_t after;
	bool done;
};

static void wrong(struct verification *v, const char *what, int64_t journal, const char *why)
{
	if (!v->report->sound)
		return;
	v->report->sound = false;
	v->report->first_wrong = arena_format(v->arena, "%s %lld: %s", what, (long long)journal, why);
}

static void verify_entry(struct verification *v, struct arena *scratch, const struct journal *journal, const struct journal_line *lines, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += lines[i].amount.fen;
	if ((int64_t)n != journal->line_count || n < 2)
		wrong(v, "journal", journal->id, "a line is missing or too many");
	else if (sum != 0)
		wrong(v, "journal", journal->id, "debits and credits differ");
	else if (!text_eq(entry_hash(scratch, journal, lines, n), journal->hash))
		wrong(v, "journal", journal->id, "it was changed after it was written");
}

static problem verify_step(struct tx *tx, void *arg)
{
	struct verification *v = arg;
	struct journal *journals;
	struct journal_line *lines;
	size_t n, line_count, at = 0;
	problem why = ledger__journals(tx, v->after, VERIFY_STEP, &journals, &n);

	if (why || n == 0) {
		v->done = true;
		return why;
	}
	why = ledger__lines_between(tx, journals[0].id, journals[n - 1].id, &lines, &line_count);
	for (size_t i = 0; !why && i < n; i++) {
		size_t first = at;

		while (at < line_count && lines[at].journal == journals[i].id)
			at++;
		verify_entry(v, tx_arena(tx), &journals[i], lines + first, at - first);
		v->report->postings += (int64_t)(at - first);
	}
	v->report->journals += (int64_t)n;
	v->after = journals[n - 1].id;
	return why;
}

static problem verify_whole(struct tx *tx, void *arg)
{
	struct verification *v = arg;
	int64_t lost = ledger__lost_postings(tx);

	if (lost)
		wrong(v, "posting of journal", lost, "its journal is gone");
	else if (ledger__sum_of_all(tx) != 0)
		wrong(v, "book", 0, "all debits and all credits differ");
	return tx_problem(tx);
}

problem ledger_verify(struct db *db, struct arena *arena, struct ledger_report *ret)
{
	struct verification v = { .arena = arena, .report = ret };
	problem why = NULL;

	*ret = (struct ledger_report){ .sound = true };
	while (!why && !v.done)
		why = db_read(db, verify_step, &v);
	return why ? why : db_read(db, verify_whole, &v);
}
