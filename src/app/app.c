#include "app/app_room.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "account/account.h"
#include "account/people.h"
#include "account/privacy.h"
#include "audit/audit.h"
#include "backup/backup.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "db/embedded.h"
#include "event/event.h"
#include "desk/desk.h"
#include "health/health.h"
#include "http/redirect.h"
#include "insight/insight.h"
#include "learning/learning.h"

#include "media/media.h"
#include "notify/broadcast.h"
#include "notify/notification.h"
#include "notify/notify.h"
#include "oauth/oauth.h"
#include "order/grant.h"
#include "order/order.h"
#include "payment/payment.h"
#include "recommend/recommend.h"
#include "search/search.h"
#include "share/share.h"
#include "site/proof.h"
#include "site/site.h"
#include "talk/talk.h"

const struct module *const app_modules[] = {
	&account_module,
	&account_code_module,
	&account_login_module,
	&second_factor_module,
	&staff_module,
	&consent_module,
	&privacy_module,
	&site_module,
	&tls_module,
	&proof_module,
	&oauth_module,
	&notify_module,
	&notification_module,
	&announcement_module,
	&media_module,
	&catalog_module,
	&studio_module,
	&discount_module,
	&bundle_module,
	&picks_module,
	&first_review_module,
	&categories_module,
	&search_module,
	&payment_module,
	&payment_setting_module,
	&payment_bill_module,
	&payers_module,
	&order_module,
	&order_refund_module,
	&coupon_module,
	&redeem_module,
	&learning_module,
	&event_module,
	&recommend_module,
	&insight_module,
	&share_module,
	&desk_module,
	&desk_import_module,
	&talk_module,
	&note_module,
	&review_module,
	&report_module,
	&backup_module,
	&health_module,
	NULL,
};

static const struct privacy_part *const privacy_rooms[] = {
	&notify_privacy, &talk_privacy, &media_privacy, &catalog_privacy, &order_privacy, &learning_privacy, &share_privacy, &event_privacy, &recommend_privacy, NULL
};

/* ---- news: who listens ---- */

struct sale {
	int64_t order, work;
};

/* Whoever bought a bundle bought each work of it too. */
static problem count_all(struct tx *tx, const struct sale *sale)
{
	struct work_id *works;
	size_t n = 0;
	problem why = catalog_count_sale(tx, (struct work_id){ sale->work }, 1);

	if (!why)
		why = order_opens(tx, (struct order_id){ sale->order }, &works, &n);
	for (size_t i = 0; !why && i < n; i++) {
		if (works[i].v != sale->work)
			why = catalog_count_sale(tx, works[i], 1);
	}
	return why;
}

/* The news may come twice, and a job that did its work may run again: what was counted is remembered in the same transaction. */
static problem count_sale(struct tx *tx, void *arg)
{
	const struct sale *sale = arg;
	struct work_card card;
	problem why = work_by_id(tx, (struct work_id){ sale->work }, &card);

	if (why)
		return why == &work_missing ? tx_problem(tx) : why;
	return app__count_once(tx, sale->order) ? count_all(tx, sale) : tx_problem(tx);
}

static problem run_count_sale(struct job *job)
{
	json_t *payload;
	struct sale sale;
	problem why = json_read(job->arena, job->payload, &payload);

	if (why)
		return why;
	payload = json_object_get(payload, "payload");
	sale = (struct sale){ .order = json_get_int(payload, "order", 0), .work = json_get_int(payload, "work", 0) };
	return db_write(job->db, count_sale, &sale);
}

static problem add_creator(struct tx *tx, const struct account *account)
{
	struct text name = account->name;
	struct creator creator;
	problem why = creator_by_name(tx, name, &creator);

	if (!why) /* somebody else teaches under this name */
		name = arena_format(tx_arena(tx), "%.*s %lld", TEXT_ARG(name), (long long)account->id.v % 10000);
	return why && why != &creator_missing ? why : creator_add(tx, name, TEXT(""), account->id, &creator);
}

/* The shop's owner teaches in it, and whoever was made a creator. */
static problem make_creator(struct tx *tx, void *arg)
{
	const struct user_id *user = arg;
	struct account account;
	struct creator creator;
	problem why = account_by_id(tx, *user, &account);

	if (!why)
		why = creator_by_user(tx, *user, &creator);
	return why == &creator_missing ? add_creator(tx, &account) : why;
}

static problem run_make_creator(struct job *job)
{
	json_t *news;
	struct user_id owner;
	problem why = json_read(job->arena, job->payload, &news);

	owner.v = why ? 0 : json_get_int(news, "subject", 0);
	return why ? why : db_write(job->db, make_creator, &owner);
}

const struct job_kind app_jobs[] = { { .kind = "count-sale", .run = run_count_sale }, { .kind = "make-creator", .run = run_make_creator }, { 0 } };

const struct news_job app_news[] = {
	{ .topic = ORDER_NEWS_PAID, .kind = "count-sale" }, { .topic = SITE_NEWS_OWNED, .kind = "make-creator" },
	{ .topic = ORDER_NEWS_PAID, .kind = EVENT_JOB_BUY },
	{ .topic = ORDER_NEWS_PAID, .kind = TALK_JOB_RECOUNT },
	{ .topic = ORDER_NEWS_GIVEN, .kind = TALK_JOB_RECOUNT },
	{ .topic = ORDER_NEWS_REFUND, .kind = TALK_JOB_RECOUNT },
	{ .topic = ORDER_NEWS_REVOKED, .kind = TALK_JOB_RECOUNT },
	{ .topic = LEARNING_NEWS_DONE, .kind = EVENT_JOB_PROGRESS },
	{ .topic = CATALOG_NEWS_CHANGED, .kind = ORDER_JOB_CHANGED },
	{ .topic = ACCOUNT_NEWS_PROVEN, .kind = ORDER_JOB_CLAIM },
	{ .topic = ACCOUNT_NEWS_CREATOR, .kind = "make-creator" },
	{ .topic = ACCOUNT_NEWS_CODE, .kind = NOTIFY_JOB_CODE },
	{ .topic = ACCOUNT_NEWS_LOGIN, .kind = NOTIFY_JOB_LOGIN },
	{ .topic = ACCOUNT_NEWS_SECURITY, .kind = NOTIFY_JOB_SECURITY },
	{ .topic = ACCOUNT_NEWS_INVITED, .kind = NOTIFY_JOB_INVITED },
	{ 0 }
};

/* ---- database ---- */

static void make_folder(struct text path)
{
	struct arena *arena = arena_new(8192);

	if (mkdir(arena_cstr(arena, path), 0700) && errno != EEXIST)
		log_line(LOG_ERROR, "data-folder", "path", path, NULL);
	arena_free(arena);
}

problem app__open_db(const struct config *config, struct world *world, struct db **ret)
{
	struct text data = config_get(config, "data"), url = config_get(config, "database");
	struct arena *arena = arena_new(8192);
	problem why;

	make_folder(data);
	if (!url.length)
		url = arena_format(arena, "sqlite:%.*s/zhifang.db", TEXT_ARG(data));
	why = db_open(url, &(struct db_options){ .world = world }, ret);
	arena_free(arena);
	return why;
}

problem app_open_db(const struct config *config, struct world *world, struct db **ret)
{
	problem why = app__open_db(config, world, ret);

	if (why)
		return why;
	why = db_migrate(*ret, migrations_all, migrations_all_count);
	if (why) {
		db_close(*ret);
		return why;
	}
	db_news_jobs(*ret, app_news);
	return NULL;
}

/* ---- serving ---- */

static struct text setting(void *self, const char *key)
{
	return config_get(self, key);
}

/* The token stands behind '#': a browser keeps that to itself, so it comes into no log. */
static problem say_where(struct db *db, struct serve *serve)
{
	struct arena *arena = arena_new(8192);
	struct text token, address = arena_format(arena, "http://127.0.0.1:%d", serve_port(serve)), origin = serve_origin(serve);
	int64_t until_ms;
	problem why = setup_token(db, arena, &token);

	if (serve_certificate(serve, &until_ms)) /* it names a host */
		address = origin.length ? origin : arena_format(arena, "https://127.0.0.1:%d", serve_port(serve));
	if (!why && token.at)
		printf("zhifang: nobody owns this shop yet; its owner begins at %.*s/setup#%.*s\n", TEXT_ARG(address), TEXT_ARG(token));
	if (!why)
		printf("zhifang: %.*s/\n", TEXT_ARG(address));
	fflush(stdout);
	arena_free(arena);
	return why;
}

/* Letters have threads of their own: a mail server that hangs holds up other letters, and no payment. Codes and what else somebody
 * waits for have some that messages never take: twenty thousand of these may come at once. So have backups, which take their time; one
 * at once. */
struct all_jobs {
	const struct job_kind *tables[16], *letters[1], *messages[1], *backups[1];
	struct db_jobs *most, *sending, *telling, *keeping;
};

static problem start_jobs(struct db *db, struct serve *serve, struct all_jobs *all)
{
	const struct job_kind *tables[] = {
		app_jobs, audit_jobs, account_code_module.jobs, privacy_module.jobs, studio_module.jobs, payment_module.jobs, order_module.jobs,
		serve_module.jobs, media_module.jobs, event_module.jobs, recommend_module.jobs, review_module.jobs,
	};
	size_t n = 0;
	problem why;

	static_assert(sizeof tables / sizeof *tables <= sizeof all->tables / sizeof *all->tables, "give all_jobs more room");
	*all = (struct all_jobs){ .letters = { notify_module.jobs }, .messages = { notification_module.jobs }, .backups = { backup_module.jobs } };
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (tables[i])
			all->tables[n++] = tables[i];
	}
	why = db_jobs_start(db, all->tables, n, serve, 4, &all->most);
	if (!why)
		why = db_jobs_start(db, all->letters, 1, serve, 2, &all->sending);
	if (!why)
		why = db_jobs_start(db, all->messages, 1, serve, 2, &all->telling);
	return why ? why : db_jobs_start(db, all->backups, 1, serve, 1, &all->keeping);
}

/* Jobs stop before what they work with. */
static problem serve_with_jobs(struct db *db, struct serve *serve)
{
	struct all_jobs jobs;
	problem why = start_jobs(db, serve, &jobs);

	if (!why)
		why = audit_start(db);
	if (why)
		return why;
	why = say_where(db, serve);
	if (why)
		return why;
	app__watch(serve);
	db_jobs_stop(jobs.most);
	db_jobs_stop(jobs.sending);
	db_jobs_stop(jobs.telling);
	db_jobs_stop(jobs.keeping);
	return NULL;
}

static void block_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

enum { PROXIES_MAX = 16 };

static size_t read_proxies(struct text list, struct text *ret)
{
	size_t n = 0;

	while (list.at && n < PROXIES_MAX) {
		struct text one = text_trim(text_cut(&list, ','));

		if (one.length)
			ret[n++] = one;
	}
	return n;
}

static problem guard_config(const struct config *config, struct db *db)
{
	struct arena *arena = arena_new(256 * 1024);
	problem why = guard_check(config, db, arena);

	arena_free(arena);
	return why;
}

problem app_begin(const struct config *config, struct world *world)
{
	struct keyring *keyring = NULL;
	struct db *db;
	problem why = app_open_db(config, world, &db);

	if (why)
		return why;
	why = guard_config(config, db);
	if (!why)
		why = account_keyring_open(config_get(config, "data"), world, &keyring);
	keyring_close(keyring);
	db_close(db);
	return why;
}

static const struct problem web_missing = { 500, "web-missing", "The folder of the front end that was named (web) is not there." };

enum { SANDBOX_URL_MAX = 300 };

/* The page of the gateway that a sandbox pays by: a visitor plays his payments through there. */
static struct text sandbox_page(const struct config *config, char out[SANDBOX_URL_MAX])
{
	struct text base = config_get(config, "wechat.base");

	if (!text_is(config_get(config, "mode"), "sandbox") || !config_get(config, "wechat.mchid").length || !base.length)
		return (struct text){ 0 };
	if (snprintf(out, SANDBOX_URL_MAX, "%.*s/sandbox/", TEXT_ARG(base)) >= SANDBOX_URL_MAX)
		return (struct text){ 0 };
	return text_of(out);
}

static bool is_folder(struct text path)
{
	struct arena *arena = arena_new(8192);
	struct stat status;
	bool there = !stat(arena_cstr(arena, path), &status) && S_ISDIR(status.st_mode);

	arena_free(arena);
	return there;
}

problem app_serve(const struct config *config, struct world *world)
{
	struct text proxies[PROXIES_MAX];
	char sandbox[SANDBOX_URL_MAX];
	struct serve_options options = {
		.world = world,
		.modules = app_modules,
		.sessions = &account_sessions,
		.address = config_get(config, "address"),
		.origin = config_get(config, "origin"),
		.data_folder = config_get(config, "data"),
		.web_folder = config_get(config, "web"),
		.sandbox = text_is(config_get(config, "mode"), "sandbox"),
		.sandbox_url = sandbox_page(config, sandbox),
		.site_name = config_get(config, "site_name"),
		.face = site_face,
		.speaks_english = site_speaks_english,
		.trusted_proxies = proxies,
		.certificate_file = config_get(config, "tls.certificate_file"),
		.key_file = config_get(config, "tls.key_file"),
		.setting = setting,
		.self = (void *)config,
	};
	struct http_redirect *redirect = NULL;
	struct serve *serve = NULL;
	int64_t port;
	bool read = text_to_int(config_get(config, "port"), &port);
	problem why;

	assert(read);
	if (config_is_given(config, "web") && options.web_folder.length && !is_folder(options.web_folder))
		return &web_missing;
	options.port = (int)port;
	options.trusted_proxy_count = read_proxies(config_get(config, "trusted_proxies"), proxies);
	block_signals();
	why = app_open_db(config, world, &options.db);
	if (why)
		return why;
	why = guard_config(config, options.db);
	if (!why)
		why = serve_start(&options, &serve);
	if (!why) {
		account_know_sender(serve, &notify_sender);
		payments_know(payments_of(serve), &order_payable);
		order_know_studied(serve, learning_received);
		media_know_ended(serve, learning_ended);
		media_know_served(serve, learning_served);
		catalog_know_part(serve, &talk_reviews_part);
		catalog_know_part(serve, &recommend_part);
		order_know_source(serve, share_source);
		broadcast_know_owners(serve, &order_owners);
		catalog_know_part(serve, &share_work_part);
		account_know_agreements(serve, &app_agreements);
		account_know_privacy(serve, privacy_rooms);
		why = app__redirect(config, serve, &redirect);
		if (!why)
			why = serve_with_jobs(options.db, serve);
	}
	http_redirect_stop(redirect);
	serve_stop(serve);
	db_close(options.db);
	return why;
}
