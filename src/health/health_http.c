/* health_http.c - the owner's page: verdicts and what they stand on, failed jobs, what the channel told, slow statements. */
#include "health/health_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit.h"
#include "health/version.h"

struct health_home {
	const struct serve *serve;
	int64_t started_ms;
	struct disks *disks;
};

/* ---- how the shop is ---- */

static const struct shape line_shape = SHAPE(health_line,
	FIELD(health_line, key,     SHAPE_WORD),
	FIELD(health_line, verdict, SHAPE_ENUM, .names = health_verdict_names),
	FIELD(health_line, count,   SHAPE_INT, .says = "of what it speaks: bytes, jobs, messages, microseconds"),
	FIELD(health_line, at_ms,   SHAPE_TIME, .says = "since when, or when; 0: no matter"),
	FIELD(health_line, detail,  SHAPE_TEXT, .optional = true));

static const struct shape room_shape = SHAPE(health_room_left,
	NAMED(health_room_left, "data_free",       data.free,         SHAPE_INT, .says = "bytes; -1: nobody knows"),
	NAMED(health_room_left, "data_all",        data.all,          SHAPE_INT),
	NAMED(health_room_left, "data_ms",         data.at_ms,        SHAPE_TIME, .says = "when the disk was asked for this; 0: it never answered"),
	NAMED(health_room_left, "backup_free",     backup.free,       SHAPE_INT),
	NAMED(health_room_left, "backup_all",      backup.all,        SHAPE_INT),
	NAMED(health_room_left, "backup_ms",       backup.at_ms,      SHAPE_TIME),
	FIELD(health_room_left, database,          SHAPE_INT),
	NAMED(health_room_left, "pictures",        media.blobs,       SHAPE_INT),
	NAMED(health_room_left, "picture_bytes",   media.blob_bytes,  SHAPE_INT),
	NAMED(health_room_left, "recordings",      media.assets,      SHAPE_INT),
	NAMED(health_room_left, "recording_bytes", media.asset_bytes, SHAPE_INT));

static const struct shape job_count_shape = SHAPE(job_count,
	FIELD(job_count, kind,    SHAPE_TEXT),
	FIELD(job_count, waiting, SHAPE_INT),
	FIELD(job_count, running, SHAPE_INT),
	FIELD(job_count, parked,  SHAPE_INT, .says = "given up, until somebody asks for it"),
	FIELD(job_count, failing, SHAPE_INT, .says = "of those that wait: the last try failed"),
	FIELD(job_count, due_ms,  SHAPE_TIME, .says = "since when the oldest that waits could have run; 0: none could"));

static const struct shape traffic_shape = SHAPE(traffic,
	FIELD(traffic, minutes,     SHAPE_INT, .says = "answers of the last five minutes"),
	FIELD(traffic, hour,        SHAPE_INT),
	FIELD(traffic, hour_failed, SHAPE_INT),
	FIELD(traffic, day,         SHAPE_INT),
	FIELD(traffic, day_failed,  SHAPE_INT),
	FIELD(traffic, p50_us,      SHAPE_INT, .says = "of the last hour: half of the answers were made in so many microseconds or less"),
	FIELD(traffic, p99_us,      SHAPE_INT));

struct shown_error {
	int64_t at_ms;
	struct text event, detail;
};
static const struct shape error_shape = SHAPE(shown_error,
	FIELD(shown_error, at_ms,  SHAPE_TIME),
	FIELD(shown_error, event,  SHAPE_TEXT),
	FIELD(shown_error, detail, SHAPE_TEXT));

struct health {
	int64_t now_ms, started_ms, memory, migrations;
	int verdict;
	struct text version;
	bool postgresql;
	struct health_line *lines;
	size_t line_count;
	struct health_room_left room;
	struct job_count *jobs;
	size_t job_count;
	struct traffic traffic;
	struct shown_error *errors;
	size_t error_count;
};
static const struct shape health_shape = SHAPE(health,
	FIELD(health, now_ms,     SHAPE_TIME),
	FIELD(health, started_ms, SHAPE_TIME),
	FIELD(health, verdict,    SHAPE_ENUM, .names = health_verdict_names, .says = "the worst of all lines"),
	FIELD(health, version,    SHAPE_TEXT),
	FIELD(health, memory,     SHAPE_INT, .says = "bytes that this process has in memory"),
	FIELD(health, migrations, SHAPE_INT),
	FIELD(health, postgresql, SHAPE_BOOL),
	LIST(health, lines, line_count, &line_shape, .says = "the worst first"),
	FIELD(health, room,       SHAPE_OBJECT, .of = &room_shape),
	LIST(health, jobs, job_count, &job_count_shape, .says = "by kind"),
	FIELD(health, traffic,    SHAPE_OBJECT, .of = &traffic_shape),
	LIST(health, errors, error_count, &error_shape, .says = "the last ones since the start, newest first"));

static int64_t memory_now(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long long all, here = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lld %lld", &all, &here) != 2)
		here = 0;
	fclose(file);
	return here * sysconf(_SC_PAGESIZE);
}

static void add_errors(struct request *rq, struct health *to)
{
	struct log_recent *last = ARENA_ARRAY(rq->arena, struct log_recent, LOG_RECENT_MAX);

	to->error_count = log_recent(last);
	to->errors = ARENA_ARRAY(rq->arena, struct shown_error, LOG_RECENT_MAX);
	for (size_t i = 0; i < to->error_count; i++)
		to->errors[i] = (struct shown_error){ last[i].at_ms, text_of(last[i].event), text_of(last[i].detail) };
}

struct asking {
	struct request *rq;
	struct health_facts facts;
};

static problem ask(struct tx *tx, void *arg)
{
	struct asking *a = arg;

	tx_use_arena(tx, a->rq->arena);
	return health__gather(tx, a->rq->serve, &a->facts);
}

/* On a worker: a disk that is far away may take a moment. */
static problem show(struct request *rq)
{
	const struct health_home *home = module_state(rq->serve, &health_module);
	struct asking a = { .rq = rq };
	struct health_list *list = ARENA_NEW(rq->arena, struct health_list);
	const struct health_facts *f = &a.facts;
	problem why = request_read(rq, ask, &a);

	if (why)
		return why;
	health__disks(home->disks, serve_data_folder(rq->serve), &a.facts);
	health__judge(f, list);
	struct health health = {
		.now_ms = f->now_ms, .started_ms = home->started_ms, .memory = memory_now(), .migrations = f->migrations, .verdict = (int)health_worst(list),
		.version = TEXT(PROGRAM_VERSION), .postgresql = db_is_postgresql(serve_db(rq->serve)), .lines = list->lines, .line_count = list->count,
		.room = f->room, .jobs = f->jobs, .job_count = f->job_count, .traffic = f->traffic,
	};
	add_errors(rq, &health);
	return reply(rq, 200, &health_shape, &health);
}

/* ---- jobs ---- */

enum { SHOWN_MAX = 20 };

struct page_asked {
	int64_t before;
};
static const struct shape page_asks = SHAPE_AS("health_page_query", page_asked,
	FIELD(page_asked, before, SHAPE_INT, .optional = true, .min = 0, .max = INT64_C(1) << 53, .says = "the id at which the page before ended; 0: the first page"));

struct job_page {
	struct failed_job *items;
	size_t item_count;
	bool more;
};
static const struct shape failed_shape = SHAPE(failed_job,
	FIELD(failed_job, id,        SHAPE_INT),
	FIELD(failed_job, kind,      SHAPE_TEXT),
	FIELD(failed_job, parked,    SHAPE_BOOL, .says = "given up; else it is tried again by itself"),
	FIELD(failed_job, tries,     SHAPE_INT),
	FIELD(failed_job, added_ms,  SHAPE_TIME),
	FIELD(failed_job, failed_ms, SHAPE_TIME),
	FIELD(failed_job, next_ms,   SHAPE_TIME, .says = "of the next try; 0: none"),
	FIELD(failed_job, why,       SHAPE_TEXT, .optional = true));
static const struct shape job_page_shape = SHAPE_AS("failed_job_list", job_page,
	LIST(job_page, items, item_count, &failed_shape, .says = "newest first"),
	FIELD(job_page, more, SHAPE_BOOL));

static bool cut_page(size_t *count)
{
	bool more = *count > SHOWN_MAX;

	*count = more ? SHOWN_MAX : *count;
	return more;
}

static problem list_jobs(struct request *rq)
{
	const struct page_asked *asked = rq->asked;
	struct job_page page = { 0 };
	problem why = db_failed_jobs(rq->tx, asked->before, SHOWN_MAX + 1, &page.items, &page.item_count);

	page.more = cut_page(&page.item_count);
	return why ? why : reply(rq, 200, &job_page_shape, &page);
}

static problem decide(struct request *rq, problem (*verb)(struct tx *tx, int64_t id, struct failed_job *ret), const char *word)
{
	struct failed_job was;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = verb(rq->tx, id, &was);
	if (why)
		return why;
	audit_add(rq->tx, rq->who.id, word, "job", id, arena_format(rq->arena, "{\"kind\":\"%.*s\"}", TEXT_ARG(was.kind)));
	return reply_none(rq, 204);
}

static problem retry_job(struct request *rq) { return decide(rq, db_job_retry, "job-retry"); }
static problem drop_job(struct request *rq) { return decide(rq, db_job_drop, "job-drop"); }

struct decided {
	int64_t count;
	bool more;
};
static const struct shape decided_shape = SHAPE_AS("decided_jobs", decided,
	FIELD(decided, count, SHAPE_INT, .says = "jobs that this was done to"),
	FIELD(decided, more,  SHAPE_BOOL, .says = "others may be left: ask again"));

/* The kind is one that is in the table, or the count is 0. */
static problem decide_all(struct request *rq, problem (*verb)(struct tx *tx, struct text kind, int64_t *ret_count), const char *word)
{
	struct text kind = path_text(rq, "kind");
	struct decided decided = { 0 };
	problem why = verb(rq->tx, kind, &decided.count);

	if (why)
		return why;
	decided.more = decided.count == JOBS_AT_ONCE;
	if (decided.count)
		audit_add(rq->tx, rq->who.id, word, "job", 0, arena_format(rq->arena, "{\"kind\":\"%.*s\",\"count\":%lld}", TEXT_ARG(kind), (long long)decided.count));
	return reply(rq, 200, &decided_shape, &decided);
}

static problem retry_jobs(struct request *rq) { return decide_all(rq, db_jobs_retry, "job-retry-all"); }
static problem drop_jobs(struct request *rq) { return decide_all(rq, db_jobs_drop, "job-drop-all"); }

/* ---- what the channel told ---- */

struct inbox_page {
	int64_t now_ms;
	struct inbox_sums sums;
	struct notification *items;
	size_t item_count;
	bool more;
};
static const struct shape notification_shape = SHAPE_AS("channel_message", notification,
	FIELD(notification, id,           SHAPE_INT),
	FIELD(notification, channel,      SHAPE_TEXT),
	FIELD(notification, state,        SHAPE_ENUM, .names = inbox_state_names),
	FIELD(notification, number,       SHAPE_TEXT, .optional = true, .says = "our number of the payment or refund"),
	FIELD(notification, is_refund,    SHAPE_BOOL),
	FIELD(notification, why,          SHAPE_TEXT, .optional = true, .says = "amount, merchant, unknown-payment, unknown-refund"),
	FIELD(notification, at_ms,        SHAPE_TIME),
	FIELD(notification, replayed_ms,  SHAPE_TIME, .says = "0: nobody had it done again"),
	FIELD(notification, payable_kind, SHAPE_TEXT, .optional = true),
	FIELD(notification, payable,      SHAPE_INT));
static const struct shape sums_shape = SHAPE(inbox_sums,
	FIELD(inbox_sums, last_ms,   SHAPE_TIME, .says = "0: none ever came"),
	FIELD(inbox_sums, paid,      SHAPE_INT, .says = "payments of the last day"),
	FIELD(inbox_sums, told,      SHAPE_INT, .says = "of them the channel told of by itself"),
	FIELD(inbox_sums, parked,    SHAPE_INT),
	FIELD(inbox_sums, rejected,  SHAPE_INT),
	FIELD(inbox_sums, forged,    SHAPE_INT, .says = "since the start; kept nowhere"),
	FIELD(inbox_sums, forged_ms, SHAPE_TIME));
static const struct shape inbox_page_shape = SHAPE_AS("channel_message_list", inbox_page,
	FIELD(inbox_page, now_ms, SHAPE_TIME),
	FIELD(inbox_page, sums,   SHAPE_OBJECT, .of = &sums_shape),
	LIST(inbox_page, items, item_count, &notification_shape, .says = "newest first"),
	FIELD(inbox_page, more,   SHAPE_BOOL));

static problem list_notifications(struct request *rq)
{
	const struct page_asked *asked = rq->asked;
	struct inbox_page page = { .now_ms = tx_now_ms(rq->tx) };
	problem why = inbox_sums(payments_of(rq->serve), rq->tx, &page.sums);

	if (!why)
		why = inbox_list(rq->tx, asked->before, SHOWN_MAX + 1, &page.items, &page.item_count);
	page.more = cut_page(&page.item_count);
	return why ? why : reply(rq, 200, &inbox_page_shape, &page);
}

struct replayed {
	int outcome;
};
static const struct shape replayed_shape = SHAPE(replayed, FIELD(replayed, outcome, SHAPE_ENUM, .names = replay_names));

static problem replay(struct request *rq)
{
	enum replay outcome;
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = inbox_replay(payments_of(rq->serve), rq->tx, id, &outcome);
	if (why)
		return why;
	audit_add(rq->tx, rq->who.id, "notification-replay", "notification", id, arena_format(rq->arena, "{\"outcome\":\"%s\"}", replay_names[outcome]));
	return reply(rq, 200, &replayed_shape, &(struct replayed){ (int)outcome });
}

/* ---- slow statements ---- */

struct slow_list {
	struct slow_statement *items;
	size_t item_count;
};
static const struct shape slow_shape = SHAPE(slow_statement,
	FIELD(slow_statement, sql,      SHAPE_TEXT, .says = "its text, which has no values in it"),
	FIELD(slow_statement, count,    SHAPE_INT),
	FIELD(slow_statement, total_us, SHAPE_INT),
	FIELD(slow_statement, worst_us, SHAPE_INT),
	FIELD(slow_statement, p99_us,   SHAPE_INT, .says = "not more than this, to a factor of two, in 99 of 100 times"));
static const struct shape slow_list_shape = SHAPE_AS("slow_statement_list", slow_list,
	LIST(slow_list, items, item_count, &slow_shape, .says = "since the start; those that took most in all, first"));

static problem list_slow(struct request *rq)
{
	struct slow_list list;

	list.item_count = db_slow(serve_db(rq->serve), rq->arena, SLOW_SHOWN, &list.items);
	return reply(rq, 200, &slow_list_shape, &list);
}

const struct route health_routes[] = {
	{ GET, "/api/health", show, WORKS, .who = ADMIN, .gives = &health_shape, .says = "How the shop is: verdicts, the worst first, and what they stand on" },
	{ GET, "/api/health/jobs", list_jobs, READS, .who = ADMIN, .asks = &page_asks, .gives = &job_page_shape, .says = "Jobs whose last try failed" },
	{ POST, "/api/health/jobs/{id}/retry", retry_job, WRITES, .who = ADMIN, .says = "Try it now; one that runs is left alone" },
	{ POST, "/api/health/jobs/{id}/drop", drop_job, WRITES, .who = ADMIN, .says = "Away with it, undone" },
	{ POST, "/api/health/kinds/{kind}/retry", retry_jobs, WRITES, .who = ADMIN, .gives = &decided_shape, .says = "Try all of a kind that failed now, a thousand at most" },
	{ POST, "/api/health/kinds/{kind}/drop", drop_jobs, WRITES, .who = ADMIN, .gives = &decided_shape, .says = "Away with all of a kind that failed, a thousand at most" },
	{ GET, "/api/health/notifications", list_notifications, READS, .who = FINANCE | ADMIN, .asks = &page_asks, .gives = &inbox_page_shape,
	  .says = "What the payment channel told, and what became of it" },
	{ POST, "/api/health/notifications/{id}/replay", replay, WRITES, .who = ADMIN, .gives = &replayed_shape,
	  .says = "Do a message again; harmless where it was done. One that was refused is not believed: the channel is asked" },
	{ GET, "/api/health/queries", list_slow, KNOWS, .who = ADMIN, .gives = &slow_list_shape, .says = "Statements that take long" },
	{ 0 },
};

/* ---- the module ---- */

static void write_label(struct buffer *out, struct text sql)
{
	for (size_t i = 0; i < sql.length; i++) {
		char c = sql.at[i];

		if (c == '"' || c == '\\')
			buffer_add_char(out, '\\');
		buffer_add_char(out, c < ' ' ? ' ' : c);
	}
}

static void write_slow(struct buffer *out, const char *name, const struct slow_statement *slow, double value)
{
	buffer_format(out, "zhifang_statement_seconds%s{%ssql=\"", name, *name ? "" : "quantile=\"0.99\",");
	write_label(out, slow->sql);
	buffer_format(out, "\"} %.9g\n", value);
}

static void metrics(void *state, struct buffer *out)
{
	enum { TOLD = 20, METRICS_ARENA = 1 << 20 };
	const struct health_home *home = state;
	struct arena *arena = arena_new(METRICS_ARENA);
	struct slow_statement *slow;
	size_t n = db_slow(serve_db(home->serve), arena, TOLD, &slow);

	buffer_add(out, TEXT("# TYPE zhifang_statement_seconds summary\n"));
	for (size_t i = 0; i < n; i++) {
		write_slow(out, "", &slow[i], (double)slow[i].p99_us / 1e6);
		write_slow(out, "_sum", &slow[i], (double)slow[i].total_us / 1e6);
		write_slow(out, "_count", &slow[i], (double)slow[i].count);
	}
	arena_free(arena);
}

static problem start(struct serve *serve, void **ret_state)
{
	struct health_home *home = calloc(1, sizeof *home);

	if (!home)
		abort();
	*home = (struct health_home){ .serve = serve, .started_ms = world_now_ms(serve_world(serve)), .disks = disks_new(statvfs) };
	*ret_state = home;
	return NULL;
}

static void stop(void *state)
{
	struct health_home *home = state;

	disks_free(home->disks);
	free(home);
}

const struct module health_module = { .name = "health", .routes = health_routes, .start = start, .stop = stop, .metrics = metrics };
