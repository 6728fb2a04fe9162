/* health.c - what machines ask (is it alive, is it ready, how does it do, what does it understand), and the shell of the
 * signed-in application, whose addresses all answer the same page. */
#include "serve/idempotency.h"
#include "serve/inside.h"

static problem serve_alive(struct request *rq)
{
	return reply_bytes(rq, 200, TEXT("text/plain; charset=utf-8"), TEXT("ok\n"));
}

static problem serve_readiness(struct request *rq)
{
	bool ready = read_int(rq->tx, 0, "select 1", V0) == 1 && serve_is_ready(rq->serve);

	return reply_bytes(rq, ready ? 200 : 503, TEXT("text/plain; charset=utf-8"), ready ? TEXT("ready\n") : TEXT("not ready\n"));
}

/* Figures of the inside are nobody's business but the operator's, who asks on this machine. */
static problem serve_metrics_text(struct request *rq)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(REPLY_BODY_MAX);

	if (!text_starts(rq->http->peer, TEXT("127.")) && !text_is(rq->http->peer, "::1"))
		return &problem_not_found;
	serve_metrics(rq->serve, &out);
	return reply_bytes(rq, 200, TEXT("text/plain; version=0.0.4; charset=utf-8"), buffer_text(&out));
}

static problem serve_openapi_text(struct request *rq)
{
	return reply_bytes(rq, 200, TEXT("application/json"), buffer_text(&rq->serve->openapi));
}

static const struct route serve_routes[] = {
	{ GET, "/healthz", serve_alive, KNOWS, .who = ANYBODY, .limit = LIMIT_NONE, .says = "Is the program alive?" },
	{ GET, "/readyz", serve_readiness, READS, .who = ANYBODY, .limit = LIMIT_NONE, .says = "Can it answer everything yet?" },
	{ GET, "/metrics", serve_metrics_text, KNOWS, .who = ANYBODY, .limit = LIMIT_NONE, .says = "Figures for Prometheus, on this machine only" },
	{ GET, "/api/openapi.json", serve_openapi_text, KNOWS, .who = ANYBODY, .says = "This description" },
#define APPLICATION(path_) { GET, path_, serve_app, KNOWS, .who = ANYBODY, .page = true, .says = "The signed-in application" }
	APPLICATION("/login"), APPLICATION("/join"), APPLICATION("/reset"), APPLICATION("/checkout/{x*}"), APPLICATION("/pay/{x*}"),
	APPLICATION("/learn/{x*}"), APPLICATION("/me"), APPLICATION("/me/{x*}"), APPLICATION("/studio"), APPLICATION("/studio/{x*}"),
	APPLICATION("/staff/{x*}"), APPLICATION("/invitation"),
	APPLICATION("/setup"), APPLICATION("/admin"), APPLICATION("/admin/{x*}"),
	{ 0 }
};

/* ---- keys that nobody will send again are swept away once a day ---- */

enum { DAY_MS = 86400000 };

static problem plan_sweep(struct tx *tx, void *arg)
{
	int64_t day = tx_now_ms(tx) / DAY_MS + 1;

	(void)arg;
	job_add(tx, "serve.sweep", arena_format(tx_arena(tx), "%lld", (long long)day), TEXT("{}"), day * DAY_MS);
	return tx_problem(tx);
}

static problem sweep(struct tx *tx, void *arg)
{
	once_delete_before(tx, tx_now_ms(tx) - (int64_t)ONCE_DAYS * DAY_MS);
	return plan_sweep(tx, arg);
}

static problem run_sweep(struct job *job)
{
	return db_write(job->db, sweep, NULL);
}

static const struct job_kind serve_jobs[] = {
	{ .kind = "serve.sweep", .run = run_sweep },
	{ 0 }
};

static problem start_serve(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	return db_write(serve_db(serve), plan_sweep, NULL);
}

const struct module serve_module = { .name = "serve", .routes = serve_routes, .jobs = serve_jobs, .start = start_serve };
