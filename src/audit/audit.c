/* audit.c - the chain's rules: what a hash covers, sealing, and walking it again. */
#include <assert.h>

#include "audit/audit_store.h"
#include "crypto/crypto.h"

enum { SEAL_BATCH = 500, SEAL_EVERY_MS = 10000 };

static bool is_word(const char *word)
{
	for (const char *c = word; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-' || *c == '_'))
			return false;
	return *word;
}

void audit_add(struct tx *tx, struct user_id actor, const char *verb, const char *kind, int64_t subject,
	       struct text detail)
{
	assert(is_word(verb) && is_word(kind) && subject >= 0 && actor.v >= 0);
	audit__insert(tx, &(struct audit_row){ .id = tx_id(tx),
					       .at_ms = tx_now_ms(tx),
					       .actor = actor.v,
					       .verb = text_of(verb),
					       .kind = text_of(kind),
					       .subject = subject,
					       .detail = detail.at ? detail : TEXT("{}") });
}

/* Lengths stand before the texts, so that no byte can wander from one column into the next unseen. */
static void add_column(struct buffer *out, struct text column)
{
	buffer_add_int(out, (int64_t)column.length);
	buffer_add_char(out, ':');
	buffer_add(out, column);
	buffer_add_char(out, '\n');
}

static void add_number(struct buffer *out, int64_t n)
{
	buffer_add_int(out, n);
	buffer_add_char(out, '\n');
}

static struct text row_hash(struct arena *arena, struct text previous, int64_t sequence, const struct audit_row *row)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(SIZE_MAX / 4);

	buffer_add(&out, TEXT("audit 1\n"));
	add_column(&out, previous);
	add_number(&out, sequence);
	add_number(&out, row->id);
	add_number(&out, row->at_ms);
	add_number(&out, row->actor);
	add_column(&out, row->verb);
	add_column(&out, row->kind);
	add_number(&out, row->subject);
	add_column(&out, row->detail);
	return sha256_hex(arena, buffer_text(&out));
}

/* ---- sealing ---- */

static problem seal_batch(struct tx *tx, void *arg)
{
	size_t *sealed = arg, n = 0;
	struct audit_row head = { 0 }, *rows;
	problem why = audit__head(tx, &head);

	*sealed = 0;
	if (!why)
		why = audit__unsealed(tx, SEAL_BATCH, &rows, &n);
	for (size_t i = 0; i < n && !why; i++) {
		rows[i].sequence = head.sequence + 1;
		rows[i].hash = row_hash(tx_arena(tx), head.hash, rows[i].sequence, &rows[i]);
		why = audit__mark_sealed(tx, &rows[i]);
		head = rows[i];
	}
	*sealed = n;
	return why;
}

problem audit_seal(struct db *db, int64_t *ret)
{
	size_t n = SEAL_BATCH;
	problem why = NULL;

	for (*ret = 0; !why && n == SEAL_BATCH; *ret += why ? 0 : (int64_t)n)
		why = db_write(db, seal_batch, &n);
	return why;
}

/* ---- the job ---- */

static problem job_plan(struct tx *tx, void *arg)
{
	(void)arg;
	job_add(tx, "audit-seal", TEXT("audit"), TEXT("{}"), tx_now_ms(tx) + SEAL_EVERY_MS);
	return NULL;
}

problem audit_start(struct db *db)
{
	return db_write(db, job_plan, NULL);
}

static problem run_seal(struct job *job)
{
	int64_t sealed;
	problem why = audit_seal(job->db, &sealed);

	return why ? why : db_write(job->db, job_plan, NULL);
}

/* Never parked: the next try is never more than a minute away. */
static int64_t seal_wait_ms(int tries)
{
	return tries < 6 ? tries * SEAL_EVERY_MS : 6 * SEAL_EVERY_MS;
}

const struct job_kind audit_jobs[] = {
	{ .kind = "audit-seal", .run = run_seal, .tries_max = INT32_MAX, .wait_ms = seal_wait_ms },
	{ 0 },
};

/* ---- verifying ---- */

struct walk {
	const struct audit_head *kept;
	struct audit_report report;
	int64_t expected; /* sequence of the next row */
	char hash[2 * SHA256_BYTES + 1];
	struct arena *arena; /* emptied row by row */
	bool stopped;
};

static void stop(struct walk *walk, int64_t id, const char *why)
{
	walk->stopped = true;
	walk->report.wrong = walk->expected;
	walk->report.wrong_id = id;
	walk->report.why = why;
}

static bool passes_kept(const struct walk *walk, const struct audit_row *row)
{
	return !walk->kept || walk->kept->sequence != row->sequence || text_eq(walk->kept->hash, row->hash);
}

/* After the first wrong place nothing more can be said: all later hashes hang on it. */
static problem walk_row(void *arg, const void *found)
{
	struct walk *walk = arg;
	const struct audit_row *row = found;

	if (walk->stopped)
		return NULL;
	if (row->sequence != walk->expected) {
		stop(walk, 0, "missing");
		return NULL;
	}
	if (!text_eq(row_hash(walk->arena, text_of(walk->hash), row->sequence, row), row->hash) ||
	    !passes_kept(walk, row)) {
		stop(walk, row->id, "changed");
		return NULL;
	}
	assert(row->hash.length == 2 * SHA256_BYTES);
	memcpy(walk->hash, row->hash.at, row->hash.length);
	arena_reset(walk->arena);
	walk->report.sealed++;
	walk->expected++;
	return NULL;
}

static problem walk_all(struct tx *tx, void *arg)
{
	struct walk *walk = arg;
	problem why;

	*walk = (struct walk){ .kept = walk->kept, .arena = walk->arena, .expected = 1 };
	why = audit__each_sealed(tx, walk_row, walk);
	walk->report.unsealed = audit__count_unsealed(tx);
	if (!walk->stopped && walk->kept && walk->kept->sequence >= walk->expected)
		stop(walk, 0, "cut");
	return why;
}

problem audit_verify(struct db *db, const struct audit_head *kept, struct audit_report *ret)
{
	struct walk walk = { .kept = kept, .arena = arena_new(64 << 20) };
	problem why = db_read(db, walk_all, &walk);

	arena_free(walk.arena);
	if (!why)
		*ret = walk.report;
	return why;
}

struct head_call {
	struct arena *arena;
	struct audit_head head;
};

static problem head_read(struct tx *tx, void *arg)
{
	struct head_call *call = arg;
	struct audit_row row = { 0 };
	problem why = audit__head(tx, &row);

	if (!why)
		call->head = (struct audit_head){ row.sequence, arena_text(call->arena, row.hash) };
	return why;
}

problem audit_head(struct db *db, struct arena *arena, struct audit_head *ret)
{
	struct head_call call = { .arena = arena };
	problem why = db_read(db, head_read, &call);

	if (!why)
		*ret = call.head;
	return why;
}
