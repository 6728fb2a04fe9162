#include "app/keeping.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/app_room.h"
#include "backup/backup.h"
#include "crypto/crypto.h"
#include "health/health.h"

enum { PASSPHRASE_MAX = 1024, NICE = 10 };

static int fail(problem why, struct text what)
{
	fprintf(stderr, "zhifang: %.*s%s%s (%s)\n", TEXT_ARG(what), what.length ? ": " : "", why->title, why->type);
	return 1;
}

/* The first line of its file. */
static problem read_passphrase(const struct keeping *k, struct text *ret)
{
	problem why;

	*ret = (struct text){ 0 };
	if (!k->passphrase_file)
		return NULL;
	why = secret_file_read(k->passphrase_file, PASSPHRASE_MAX, k->arena, ret);
	if (!why)
		*ret = text_trim(text_cut(ret, '\n'));
	return !why && !ret->length ? &passphrase_wrong : why;
}

static bool is_begun(const struct keeping *k)
{
	return !access(arena_format(k->arena, "%.*s/keyring", TEXT_ARG(config_get(k->config, "data"))).at, F_OK);
}

static const char *when(const struct keeping *k, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	char *out = arena_alloc(k->arena, 64);
	struct tm tm;

	strftime(out, 64, "%Y-%m-%d %H:%M:%S %Z", localtime_r(&s, &tm));
	return out;
}

/* ---- backup ---- */

struct asking {
	const char *mode;
};

static problem ask_mode(struct tx *tx, void *arg)
{
	((struct asking *)arg)->mode = app__site_mode(tx);
	return tx_problem(tx);
}

static problem make(const struct keeping *k, struct db *db, struct text passphrase, struct backup_report *ret)
{
	struct asking asking = { 0 };
	problem why = db_read(db, ask_mode, &asking);
	struct backup_order order = { .db = db, .world = k->world, .data_folder = config_get(k->config, "data"), .to = text_of(k->to),
		                      .passphrase = passphrase, .mode = asking.mode ? asking.mode : "" };

	return why ? why : backup_make(&order, k->arena, ret);
}

static int say_backup(const struct keeping *k, const struct backup_report *report)
{
	printf("%.*s: %lld bytes, as of %s; database and %lld files of %lld bytes\n", TEXT_ARG(report->path), (long long)report->size,
	       when(k, report->taken_ms), (long long)report->files, (long long)report->bytes);
	if (!report->missing)
		return 0;
	fprintf(stderr, "zhifang: %lld files were not there and are not in it; the first: %.*s\n", (long long)report->missing, TEXT_ARG(report->first_missing));
	return 1;
}

int keeping_backup(const struct keeping *k)
{
	struct backup_report report;
	struct text passphrase;
	struct db *db;
	problem why = is_begun(k) ? read_passphrase(k, &passphrase) : &backup_no_site;

	if (why)
		return fail(why, k->passphrase_file && why != &backup_no_site ? text_of(k->passphrase_file) : config_get(k->config, "data"));
	why = app__open_db(k->config, k->world, &db);
	if (why)
		return fail(why, TEXT("database"));
	(void)setpriority(PRIO_PROCESS, 0, NICE); /* the site goes first */
	why = make(k, db, passphrase, &report);
	db_close(db);
	return why ? fail(why, text_of(k->to)) : say_backup(k, &report);
}

/* ---- check ---- */

static int say_line(const struct check_line *line)
{
	if (line->wrong.at)
		printf("%s: WRONG: %.*s\n", line->what, TEXT_ARG(line->wrong));
	else if (line->count)
		printf("%s: all is well (%lld)\n", line->what, (long long)line->count);
	else
		printf("%s: all is well\n", line->what);
	return line->wrong.at ? 1 : 0;
}

static int check(const struct keeping *k, struct db *db)
{
	struct check_line lines[CHECK_LINES];
	problem why = backup_check(db, config_get(k->config, "data"), k->arena, lines);
	int status = 0;

	if (why)
		return fail(why, TEXT("check"));
	for (int i = 0; i < CHECK_LINES; i++)
		status |= say_line(&lines[i]);
	return status;
}

static int with_site(const struct keeping *k, int (*use)(const struct keeping *k, struct db *db))
{
	struct db *db;
	problem why = is_begun(k) ? NULL : &backup_no_site;
	int status;

	if (why)
		return fail(why, config_get(k->config, "data"));
	why = app_open_db(k->config, k->world, &db);
	if (why)
		return fail(why, TEXT("database"));
	status = use(k, db);
	db_close(db);
	return status;
}

int keeping_check(const struct keeping *k) { return with_site(k, check); }

/* ---- health ---- */

/* What a line speaks of, for who reads it in a terminal; the owner's page says more. */
static const char *line_says(const char *key)
{
	static const struct {
		const char *key, *says;
	} words[] = {
		{ "disk", "bytes free where the data is" }, { "backup-disk", "bytes free where backups go" }, { "backup-folder", "the folder for backups cannot be reached" },
		{ "jobs-late", "jobs wait or run" }, { "jobs-failed", "jobs were given up" }, { "jobs-failing", "jobs failed and are tried again" },
		{ "told", "payments of the last day; look: the channel told of none by itself" }, { "told-parked", "messages of the channel are of nothing we know" },
		{ "told-rejected", "messages of the channel disagree with what we know" }, { "media", "recordings wait to be made fit for browsers" },
		{ "media-failed", "recordings could not be made fit for browsers" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i].key, key))
			return words[i].says;
	return key;
}

static int health(const struct keeping *k, struct db *db)
{
	struct health_list list;
	problem why = health_look(db, k->arena, config_get(k->config, "data"), &list);

	if (why)
		return fail(why, TEXT("health"));
	for (size_t i = 0; i < list.count; i++) {
		const struct health_line *line = &list.lines[i];

		printf("%s  %-14s %lld %s%s%.*s\n", health_verdict_names[line->verdict], line->key, (long long)line->count, line_says(line->key),
		       line->detail.length ? ": " : "", TEXT_ARG(line->detail));
	}
	return health_worst(&list) == HEALTH_ACT;
}

int keeping_health(const struct keeping *k) { return with_site(k, health); }

/* ---- restore ---- */

int keeping_restore(const struct keeping *k)
{
	struct restore_order order = { .world = k->world, .path = text_of(k->file), .data_folder = config_get(k->config, "data"),
		                       .database = config_get(k->config, "database") };
	struct backup_about about;
	struct text where = { 0 };
	problem why = read_passphrase(k, &order.passphrase);

	if (why)
		return fail(why, text_of(k->passphrase_file));
	why = backup_restore(&order, k->arena, &about, &where);
	if (why == &restore_not_empty || why == &db_not_empty)
		return fail(why, order.data_folder);
	if (why)
		return fail(why, where.length ? arena_format(k->arena, "%s: %.*s", k->file, TEXT_ARG(where)) : order.path);
	printf("Restored into %.*s: a %.*s site on %.*s as of %s, made by version %.*s.\n", TEXT_ARG(order.data_folder), TEXT_ARG(about.mode),
	       TEXT_ARG(about.kind), when(k, about.taken_ms), TEXT_ARG(about.program));
	return keeping_check(k);
}
