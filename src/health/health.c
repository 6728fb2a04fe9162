/* health.c - what is asked, and what is made of it. Asking and judging are apart: the second is arithmetic. */
#include "health/health_room.h"

#include <assert.h>

#define X_NAME(id, name) [HEALTH_##id] = name,
const char *const health_verdict_names[] = { NULL, HEALTH_VERDICTS(X_NAME) NULL };
#undef X_NAME

/* ---- asking ---- */

static problem gather_checks(struct tx *tx, struct health_facts *ret)
{
	serve_traffic(ret->serve, &ret->traffic);
	ret->search_lag_ms = search_lag_ms(ret->serve);
	ret->slow_count = db_slow(serve_db(ret->serve), tx_arena(tx), SLOW_SHOWN, &ret->slow);
	return site_checks(tx, ret->serve, &ret->checks);
}

problem health__gather(struct tx *tx, const struct serve *serve, struct health_facts *ret)
{
	problem why = db_size(tx, &ret->room.database);

	ret->now_ms = tx_now_ms(tx);
	ret->serve = serve;
	ret->migrations = db_migrations(tx);
	if (!why)
		why = media_sums(tx, &ret->room.media);
	if (!why)
		why = db_job_counts(tx, &ret->jobs, &ret->job_count);
	if (!why)
		why = inbox_sums(serve ? payments_of(serve) : NULL, tx, &ret->inbox);
	if (!why)
		why = backup_folder(tx, &ret->backup_folder);
	return why || !serve ? why : gather_checks(tx, ret);
}

void health__disks(struct disks *disks, struct text data_folder, struct health_facts *facts)
{
	facts->data_folder = data_folder;
	facts->room.data = disks_ask(disks, DISK_DATA, data_folder, facts->now_ms);
	facts->room.backup = disks_ask(disks, DISK_BACKUP, facts->backup_folder, facts->now_ms);
}

/* ---- judging ---- */

static void add(struct health_list *list, struct health_line line)
{
	assert(list->count < HEALTH_LINES_MAX && line.verdict);
	list->lines[list->count++] = line;
}

enum health_verdict health_of_disk(int64_t free, int64_t all)
{
	static const int64_t gib = INT64_C(1) << 30;

	if (free < gib || (free < 5 * gib && free < all / 100 * 3))
		return HEALTH_ACT;
	return free < 5 * gib || free < all / 10 ? HEALTH_LOOK : HEALTH_FINE;
}

static void judge_room(const struct disk_answer *disk, const char *key, struct health_list *list)
{
	if (!disk->silent && disk->all >= 0)
		add(list, (struct health_line){ .key = key, .verdict = (int)health_of_disk(disk->free, disk->all), .count = disk->free });
}

static void judge_disks(const struct health_facts *f, struct health_list *list)
{
	const struct disk_answer *data = &f->room.data, *backup = &f->room.backup;

	if (data->silent)
		add(list, (struct health_line){ .key = "disk-silent", .verdict = HEALTH_ACT, .detail = f->data_folder, .at_ms = data->at_ms });
	judge_room(data, "disk", list);
	if (!f->backup_folder.length)
		return;
	if (backup->silent)
		add(list, (struct health_line){ .key = "backup-silent", .verdict = HEALTH_ACT, .detail = f->backup_folder, .at_ms = backup->at_ms });
	else if (backup->all < 0)
		add(list, (struct health_line){ .key = "backup-folder", .verdict = HEALTH_ACT, .detail = f->backup_folder });
	judge_room(backup, "backup-disk", list);
}

/* Letters that tell somebody what stands in the shop anyway: one of them is no loss, however many go to a mailbox that is dead. */
static bool is_notice(struct text kind)
{
	return text_is(kind, "notify-message") || text_is(kind, "notify-login") || text_is(kind, "notify-invited");
}

/* Nothing waits for minutes but where no runner runs, or all of them are held up. */
static void judge_jobs(const struct health_facts *f, struct health_list *list)
{
	enum { LATE_MS = 10 * MINUTE_MS, MANY = 10 };
	bool lost = false;
	struct health_line late = { .key = "jobs-late", .verdict = HEALTH_FINE }, failed = { .key = "jobs-failed", .verdict = HEALTH_FINE };
	int64_t failing = 0, work = 0; /* work: without the mere notices */

	for (size_t i = 0; i < f->job_count; i++) {
		const struct job_count *kind = &f->jobs[i];

		late.count += kind->waiting + kind->running;
		if (kind->due_ms && (!late.at_ms || kind->due_ms < late.at_ms))
			late.at_ms = kind->due_ms;
		if (kind->parked > 0 && (!failed.detail.at || (!lost && !is_notice(kind->kind))))
			failed.detail = kind->kind;
		lost |= kind->parked > 0 && !is_notice(kind->kind);
		failed.count += kind->parked;
		failing += kind->failing;
		work += is_notice(kind->kind) ? 0 : kind->failing;
	}
	if (late.at_ms && late.at_ms < f->now_ms - LATE_MS)
		late.verdict = late.at_ms < f->now_ms - HOUR_MS ? HEALTH_ACT : HEALTH_LOOK;
	failed.verdict = lost ? HEALTH_ACT : failed.count ? HEALTH_LOOK : HEALTH_FINE;
	add(list, late);
	add(list, failed);
	if (failing) /* one address that is wrong, or a server that is down */
		add(list, (struct health_line){ .key = "jobs-failing", .verdict = work >= MANY ? HEALTH_ACT : HEALTH_LOOK, .count = failing });
}

static void judge_inbox(const struct health_facts *f, struct health_list *list)
{
	const struct inbox_sums *inbox = &f->inbox;

	add(list, (struct health_line){ .key = "told", .verdict = inbox->paid && !inbox->told ? HEALTH_LOOK : HEALTH_FINE, .count = inbox->paid, .at_ms = inbox->last_ms });
	if (inbox->parked)
		add(list, (struct health_line){ .key = "told-parked", .verdict = HEALTH_LOOK, .count = inbox->parked });
	if (inbox->rejected)
		add(list, (struct health_line){ .key = "told-rejected", .verdict = HEALTH_ACT, .count = inbox->rejected });
}

static void judge_media(const struct health_facts *f, struct health_list *list)
{
	const struct media_sums *m = &f->room.media;
	bool late = m->since_ms && m->since_ms < f->now_ms - 2 * (int64_t)HOUR_MS;

	add(list, (struct health_line){ .key = "media", .verdict = late ? HEALTH_LOOK : HEALTH_FINE, .count = m->making, .at_ms = m->since_ms });
	if (m->failed)
		add(list, (struct health_line){ .key = "media-failed", .verdict = HEALTH_LOOK, .count = m->failed });
}

static void judge_traffic(const struct health_facts *f, struct health_list *list)
{
	enum { SLOW_US = 2000000, MANY = 20, ENOUGH = 100 };
	const struct traffic *t = &f->traffic;
	enum health_verdict verdict = !t->hour_failed ? HEALTH_FINE : t->hour_failed >= MANY && t->hour_failed * 20 >= t->hour ? HEALTH_ACT : HEALTH_LOOK;

	add(list, (struct health_line){ .key = "errors", .verdict = (int)verdict, .count = t->hour_failed });
	/* of a few answers one is no habit: there the half tells. The bound of what took not longer than SLOW_US is SLOW_US itself. */
	add(list, (struct health_line){ .key = "answers", .verdict = (t->hour < ENOUGH ? t->p50_us : t->p99_us) > SLOW_US ? HEALTH_LOOK : HEALTH_FINE, .count = t->p99_us });
}

/* One slow run is a checkpoint or a cold disk; one in a hundred is a habit. */
static void judge_slow(const struct health_facts *f, struct health_list *list)
{
	enum { SLOW_US = 500000, OFTEN = 20 };
	struct health_line line = { .key = "queries", .verdict = HEALTH_FINE };

	for (size_t i = 0; i < f->slow_count; i++)
		line.count += f->slow[i].count >= OFTEN && f->slow[i].p99_us >= SLOW_US;
	if (line.count)
		line.verdict = HEALTH_LOOK;
	add(list, line);
}

static void judge_search(const struct health_facts *f, struct health_list *list)
{
	enum { LATE_MS = MINUTE_MS, DEAD_MS = 10 * MINUTE_MS };
	int64_t lag = f->search_lag_ms;

	add(list, (struct health_line){ .key = "search", .verdict = lag >= DEAD_MS ? HEALTH_ACT : lag < 0 || lag >= LATE_MS ? HEALTH_LOOK : HEALTH_FINE,
	                                .count = lag });
}

/* Of the list for opening a shop, what can break later. What was never set up is no illness, but for backups and what sells. */
static void judge_check(const struct check *check, struct health_list *list)
{
	static const struct {
		const char *key, *line;
		bool missed;    /* its absence is worth a word */
		bool one_of_many; /* what is wrong may be a single letter's address; when all fail, the jobs say so */
	} known[] = {
		{ "payment-keys", "check-payment-keys", true }, { "tls", "check-tls", true }, { "mail", "check-mail", .one_of_many = true }, { "sms", "check-sms", .one_of_many = true },
		{ "backup", "check-backup", true }, { "backup-drill", "check-backup-drill", false }, { "wechat-sign-in", "check-wechat-sign-in", false },
		{ "wechat-pay-inside", "check-wechat-pay-inside", false },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!text_is(check->key, known[i].key))
			continue;
		if (check->state == CHECK_GOOD || check->state == CHECK_WRONG)
			add(list, (struct health_line){ .key = known[i].line, .detail = check->detail,
			                                .verdict = check->state == CHECK_GOOD ? HEALTH_FINE : known[i].one_of_many ? HEALTH_LOOK : HEALTH_ACT });
		else if (check->state == CHECK_MISSING && known[i].missed)
			add(list, (struct health_line){ .key = known[i].line, .verdict = HEALTH_LOOK });
	}
}

/* Stable: within a verdict the order above holds. */
static void worst_first(struct health_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct health_line line = list->lines[i];
		size_t at = i;

		for (; at > 0 && list->lines[at - 1].verdict < line.verdict; at--)
			list->lines[at] = list->lines[at - 1];
		list->lines[at] = line;
	}
}

void health__judge(const struct health_facts *f, struct health_list *ret)
{
	ret->count = 0;
	judge_disks(f, ret);
	judge_jobs(f, ret);
	judge_inbox(f, ret);
	judge_media(f, ret);
	for (size_t i = 0; i < f->checks.count; i++)
		judge_check(&f->checks.items[i], ret);
	if (f->serve) {
		judge_traffic(f, ret);
		judge_slow(f, ret);
		judge_search(f, ret);
	}
	worst_first(ret);
}

enum health_verdict health_worst(const struct health_list *list)
{
	return list->count ? (enum health_verdict)list->lines[0].verdict : HEALTH_FINE;
}

/* ---- from outside ---- */

struct looking {
	struct arena *arena;
	struct health_facts facts;
};

static problem look(struct tx *tx, void *arg)
{
	struct looking *l = arg;

	tx_use_arena(tx, l->arena);
	return health__gather(tx, NULL, &l->facts);
}

problem health_look(struct db *db, struct arena *arena, struct text data_folder, struct health_list *ret)
{
	struct looking l = { .arena = arena };
	problem why = db_read(db, look, &l);
	struct disks *disks;

	if (why)
		return why;
	disks = disks_new(statvfs);
	health__disks(disks, data_folder, &l.facts);
	disks_free(disks);
	health__judge(&l.facts, ret);
	return NULL;
}
