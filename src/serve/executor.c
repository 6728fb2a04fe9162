/* executor.c - puts a handler where its route says it runs, and only here begins and commits what a request does.
 *
 * A reply leaves after its commit is durable. A handler may run more than once (the neighbours of its batch failed, the
 * server asked for a retry): before each further run its reply, its arena and what it changed of its input are as if it
 * had never run. */
#include "serve/inside.h"

#include <assert.h>

void call_again(void *arg)
{
	struct call *call = arg;
	const struct route *route = call->rq.route;

	reply_clear(&call->reply);
	arena_reset(call->rq.arena);
	call->rq.who = call->person;
	call->rq.errors = (struct field_errors){ 0 };
	call->rq.detail = (struct text){ 0 };
	call->forget_count = 0;
	call->once_stored = false;
	if (call->body_kept)
		memcpy(call->rq.body, call->body_kept, route->takes->size);
	if (call->asked_kept)
		memcpy(call->rq.asked, call->asked_kept, route->asks->size);
}

static void finish_on_loop(void *arg)
{
	call_finish(arg);
}

/* The writer thread commits for everybody: it must not compress one's answer. */
static void finish_off_writer(struct call *call)
{
	if (db_is_postgresql(call->rq.serve->options.db))
		call_finish(call);
	else
		http_on_loop(call->rq.http, finish_on_loop, call);
}

static void settled(void *arg, problem why)
{
	struct call *call = arg;

	if (why)
		reply_problem(call, why);
	finish_off_writer(call);
}

/* A problem below 500 is an answer like any other: the same key gets it again. Its transaction was rolled back, so it is
 * stored in one of its own. That there were too many is no answer to keep. */
static bool settles_problem(const struct call *call, problem why)
{
	return call->once && !call->once_stored && why->status < 500 && why != &idempotency_mismatch && why != &idempotency_running &&
	       why != &too_many_requests;
}

static void wrote(void *arg, problem why)
{
	struct call *call = arg;

	call->rq.tx = NULL;
	if (why)
		reply_problem(call, why);
	assert(call->reply.status && "the handler did not reply");
	if (!why || !settles_problem(call, why)) {
		finish_off_writer(call);
		return;
	}
	call->db = (struct db_call){ .fn = once_settle, .done = settled, .arg = call };
	db_write_later(call->rq.serve->options.db, &call->db);
}

static void have_read(void *arg, problem why)
{
	struct call *call = arg;

	call->rq.tx = NULL;
	if (why)
		reply_problem(call, why);
	assert(call->reply.status && "the handler did not reply");
	call_finish(call);
}

static problem run_in_tx(struct tx *tx, void *arg)
{
	struct call *call = arg;

	tx_use_arena(tx, call->rq.arena);
	call->rq.tx = tx;
	return call->once ? once_run(call, tx) : call->rq.route->serve(&call->rq);
}

/* ---- WORKS ---- */

static problem work_under_key(struct call *call)
{
	struct db *db = call->rq.serve->options.db;
	problem why = db_write(db, once_claim, call), stored;

	if (why || call->once_stored)
		return why;
	why = call->rq.route->serve(&call->rq);
	if (why)
		reply_problem(call, why);
	stored = db_write(db, !why || why->status < 500 ? once_settle : once_drop, call);
	return why ? why : stored;
}

static void work(void *arg)
{
	struct call *call = arg;
	problem why = call->once ? work_under_key(call) : call->rq.route->serve(&call->rq);

	if (why)
		reply_problem(call, why);
	assert(call->reply.status && "the handler did not reply");
	call_finish(call);
}

static void give_work(struct call *call)
{
	const struct route *route = call->rq.route;
	enum work_kind kind = route->runs == STREAMS ? WORK_STREAMS : route->limit == LIMIT_SIGN_IN ? WORK_HASHES : WORK_OTHERS;

	call->work = (struct work){ .run = work, .arg = call };
	if (!workers_give(call->rq.serve->workers[kind], &call->work))
		call_fail(call, &problem_busy);
}

struct lent {
	struct request *rq;
	tx_fn fn;
	void *arg;
};

static problem run_lent(struct tx *tx, void *arg)
{
	struct lent *lent = arg;
	problem why;

	tx_use_arena(tx, lent->rq->arena);
	lent->rq->tx = tx;
	why = lent->fn(tx, lent->arg);
	lent->rq->tx = NULL;
	return why;
}

static bool has_no_tx(const struct request *rq)
{
	return (rq->route->runs == WORKS || rq->route->runs == STREAMS) && !rq->tx;
}

problem request_write(struct request *rq, tx_fn fn, void *arg)
{
	assert(has_no_tx(rq));
	return db_write(rq->serve->options.db, run_lent, &(struct lent){ rq, fn, arg });
}

problem request_read(struct request *rq, tx_fn fn, void *arg)
{
	assert(has_no_tx(rq));
	return db_read(rq->serve->options.db, run_lent, &(struct lent){ rq, fn, arg });
}

void execute(struct call *call)
{
	struct db *db = call->rq.serve->options.db;

	switch (call->rq.route->runs) {
	case READS:
		call->db = (struct db_call){ .fn = run_in_tx, .again = call_again, .done = have_read, .arg = call };
		db_read_later(db, &call->db);
		break;
	case WRITES:
		call->db = (struct db_call){ .fn = run_in_tx, .again = call_again, .done = wrote, .arg = call };
		db_write_later(db, &call->db);
		break;
	case WORKS:
	case STREAMS:
		give_work(call);
		break;
	case KNOWS:
		have_read(call, call->rq.route->serve(&call->rq));
		break;
	}
}
