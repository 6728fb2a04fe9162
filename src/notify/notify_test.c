/* notify_test.c - from the news of a code to what a server got: retries, once only, what stays secret; the owner's settings; on
 * both databases. The servers here are the simplest that can be; mail_test.c and sms_test.c have the hard ones. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/people.h"
#include "base/log.h"
#include "base/testing.h"
#include "notify/notification_room.h"
#include "serve/testing.h"

#define SECRET "correct horse battery"
#define MINUTE ((int64_t)60 * 1000)

static struct house house;
static struct arena *arena;
static struct visitor v;

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }
static int64_t letters(void) { return count("select count(*) from job where kind = 'notify-message'"); }

static int post(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int post(const char *path, const char *format, ...)
{
	char body[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(body, sizeof body, format, list);
	va_end(list);
	return visit(&v, POST, path, body);
}

static const struct module *const rooms[] = { &account_module, &account_code_module, &account_login_module, &staff_module, &site_module, &notify_module, &notification_module, NULL };
static const struct news_job listeners[] = {
	{ ACCOUNT_NEWS_CODE, NOTIFY_JOB_CODE }, { ACCOUNT_NEWS_LOGIN, NOTIFY_JOB_LOGIN }, { ACCOUNT_NEWS_INVITED, NOTIFY_JOB_INVITED },
	{ ACCOUNT_NEWS_SECURITY, NOTIFY_JOB_SECURITY }, { 0 },
};

/* ---- a webhook that takes SMS ---- */

static struct {
	struct http_server *server;
	int port, status, count;
	char last[4096];
	bool silent;
} hook;

static void take_sms(void *self, struct http_request *rq)
{
	(void)self;
	hook.count++;
	snprintf(hook.last, sizeof hook.last, "%.*s", TEXT_ARG(rq->body));
	if (hook.silent)
		usleep(300 * 1000);
	http_reply(rq, &(struct http_reply){ .status = hook.status, .body = hook.status == 204 ? TEXT("") : TEXT("{\"error\":\"not now\"}") });
}

static size_t sms_limit(void *self, enum method method, struct text path) { return (void)self, (void)method, (void)path, 65536; }

/* ---- a mail server that takes mails, or refuses the recipient ---- */

static struct {
	int fd, port, stop[2];
	pthread_t thread;
	_Atomic int count;
	const char *_Atomic refuses, *_Atomic with; /* a verb; NULL: takes everything */
	char last[65536];
} post_office;

static void take_mail(int client)
{
	FILE *in = fdopen(client, "r+");
	char line[2048];
	bool data = false;
	size_t length = 0;

	fputs("220 here\r\n", in);
	while (fflush(in), fgets(line, sizeof line, in)) {
		if (data && !strcmp(line, ".\r\n")) {
			data = false;
			post_office.count++;
			fputs("250 taken\r\n", in);
		} else if (data) {
			length += (size_t)snprintf(post_office.last + length, sizeof post_office.last - length, "%s", line);
		} else if (!strncasecmp(line, "DATA", 4)) {
			data = true;
			length = 0;
			fputs("354 go on\r\n", in);
		} else {
			fputs(post_office.refuses && !strncasecmp(line, post_office.refuses, 4) ? post_office.with : "250 ok\r\n", in);
		}
	}
	fclose(in);
}

static void *run_post_office(void *arg)
{
	fd_set both;

	(void)arg;
	for (;;) {
		FD_ZERO(&both);
		FD_SET(post_office.fd, &both);
		FD_SET(post_office.stop[0], &both);
		if (select(FD_SETSIZE, &both, NULL, NULL, NULL) < 0 || FD_ISSET(post_office.stop[0], &both))
			return NULL;
		take_mail(accept(post_office.fd, NULL, NULL));
	}
}

static void refuse(const char *verb, const char *with)
{
	post_office.with = with;
	post_office.refuses = verb;
}
#define NOBODY_THERE "550 5.1.1 <ann@x.cn>: nobody here\r\n"

static void open_servers(void)
{
	const struct http_server_options options = { .address = TEXT("127.0.0.1"), .loops = 1, .serve = take_sms, .body_limit = sms_limit };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof at;

	memset(&hook, 0, sizeof hook);
	memset(&post_office, 0, sizeof post_office);
	hook.status = 204;
	assert_done(http_server_start(&options, &hook.server));
	hook.port = http_server_port(hook.server);
	post_office.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(post_office.fd, (struct sockaddr *)&at, sizeof at) | listen(post_office.fd, 8) | pipe(post_office.stop), 0);
	getsockname(post_office.fd, (struct sockaddr *)&at, &length);
	post_office.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&post_office.thread, NULL, run_post_office, NULL), 0);
}

static void close_servers(void)
{
	assert_int_equal(write(post_office.stop[1], "x", 1), 1);
	pthread_join(post_office.thread, NULL);
	close(post_office.fd);
	close(post_office.stop[0]);
	close(post_office.stop[1]);
	http_server_stop(hook.server, 2000);
}

/* ---- a site that is configured to use them ---- */

static bool configured;
static char secret_path[300];
static struct db_jobs *jobs;

static struct text setting(void *self, const char *key)
{
	static char mail_port[16], sms_url[64];

	(void)self;
	if (!configured)
		return (struct text){ 0 };
	snprintf(mail_port, sizeof mail_port, "%d", post_office.port);
	snprintf(sms_url, sizeof sms_url, "http://127.0.0.1:%d/sms", hook.port);
	if (!strcmp(key, "mail.host"))
		return TEXT("127.0.0.1");
	if (!strcmp(key, "mail.port"))
		return text_of(mail_port);
	if (!strcmp(key, "mail.security"))
		return TEXT("none");
	if (!strcmp(key, "mail.from_address"))
		return TEXT("shop@zhifang.example");
	if (!strcmp(key, "sms.channel"))
		return TEXT("webhook");
	if (!strcmp(key, "sms.url"))
		return text_of(sms_url);
	return strcmp(key, "sms.secret_file") ? (struct text){ 0 } : text_of(secret_path);
}

static void start_house(bool with_configuration)
{
	static const struct job_kind *tables[] = { notify_jobs, notification_jobs };

	configured = with_configuration;
	arena = arena_new(64 << 20);
	open_servers();
	house_open(&house, NULL, 0);
	snprintf(secret_path, sizeof secret_path, "%s/sms.secret", house.folder);
	assert_done(secret_file_write(secret_path, TEXT("webhook-secret\n"), true));
	house.options.setting = setting;
	house.options.face = site_face;
	house_start(&house, rooms, &account_sessions);
	db_news_jobs(house.db, listeners);
	account_know_sender(house.serve, &notify_sender);
	assert_done(db_jobs_start(house.db, tables, 2, house.serve, 0, &jobs));
	visitor_open(&v, &house);
}

static int open_configured(void **state)
{
	(void)state;
	start_house(true);
	return 0;
}

static int open_bare(void **state)
{
	(void)state;
	start_house(false);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	visitor_close(&v);
	unlink(secret_path);
	house_close(&house);
	close_servers();
	arena_free(arena);
	return 0;
}

static int ask_code(const char *login) { return post("/api/auth/codes", "{\"login\":\"%s\",\"purpose\":\"sign_in\"}", login); }

static int64_t digits_kept(void) { return count("select count(*) from code where digits is not null"); }

/* The six digits of the last SMS. */
static const char *sms_code(void)
{
	static char code[8];
	const char *at = strstr(hook.last, "\"code\":\"");

	snprintf(code, sizeof code, "%.6s", at ? at + 8 : "");
	return code;
}

static int enter_with(const char *login, const char *code)
{
	return post("/api/auth/code-session", "{\"login\":\"%s\",\"code\":\"%s\"}", login, code);
}

/* ---- codes ---- */

static void test_code_by_sms(void **state)
{
	(void)state;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	assert_int_equal(hook.count, 0); /* nothing is sent before the commit, nor while somebody waits */
	assert_int_equal(digits_kept(), 1);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(hook.count, 1);
	assert_non_null(strstr(hook.last, "\"to\":\"13800138000\""));
	assert_non_null(strstr(hook.last, "\"minutes\":\"10\""));
	assert_non_null(strstr(hook.last, "10 分钟内有效"));
	assert_int_equal(digits_kept(), 0);
	assert_int_equal(db_jobs_run(jobs), 0);
	assert_int_equal(hook.count, 1);
	assert_int_equal(enter_with("13800138000", sms_code()) / 100, 2);
}

static void test_code_by_mail(void **state)
{
	(void)state;
	assert_int_equal(ask_code("ann@x.cn") / 100, 2);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(post_office.count, 1);
	assert_non_null(strstr(post_office.last, "To: <ann@x.cn>\r\n"));
	assert_non_null(strstr(post_office.last, "Message-ID: <code-"));
	assert_non_null(strstr(post_office.last, "Auto-Submitted: auto-generated\r\n"));
	assert_int_equal(digits_kept(), 0);
}

/* Refused at first: tried again, ever later, the same letter; then erased, and not sent again. */
static void test_retries(void **state)
{
	char first[sizeof hook.last];

	(void)state;
	hook.status = 503;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	assert_int_equal(db_jobs_run(jobs), 1);
	memcpy(first, hook.last, sizeof first);
	assert_int_equal(db_jobs_run(jobs), 0); /* not at once */
	world_move(house.world, 2000);
	assert_int_equal(db_jobs_run(jobs), 1);
	world_move(house.world, 2000);
	assert_int_equal(db_jobs_run(jobs), 0);
	world_move(house.world, 2000);
	hook.status = 204;
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(hook.count, 3);
	assert_string_equal(hook.last, first); /* one id, one code: whoever got it twice can tell */
	world_move(house.world, 60 * MINUTE);
	assert_int_equal(db_jobs_run(jobs), 0);
	assert_int_equal(digits_kept(), 0);
}

static void test_no_letter_after_the_code_has_ended(void **state)
{
	(void)state;
	hook.status = 503;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	for (int i = 0; i < 40; i++) {
		db_jobs_run(jobs);
		world_move(house.world, MINUTE);
	}
	assert_in_range(hook.count, 9, 20);
	assert_int_equal(db_jobs_count(house.db, "waiting") + db_jobs_count(house.db, "parked"), count("select count(*) from job where kind <> 'notify-code'"));
}

/* No answer: it may have gone. Once more, and that is all. */
static void test_unknown_is_not_repeated_for_ever(void **state)
{
	struct notify_home *home = notify_home(house.serve);
	size_t runs = 0;

	(void)state;
	home->sms.total_ms = 100;
	hook.silent = true;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	for (int i = 0; i < 5; i++) {
		runs += db_jobs_run(jobs);
		world_move(house.world, MINUTE / 2);
	}
	assert_int_equal(runs, 2);
	assert_int_equal(digits_kept(), 0);
}

/* It was sent, and that could not be written down: the same letter goes again, and a mailbox can tell that it is the same. */
static void test_sent_and_not_recorded(void **state)
{
	char first[sizeof hook.last];

	(void)state;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	db_fault(house.db, FAULT_COMMIT_BEFORE, 2); /* the first is the job's own claim */
	db_jobs_run(jobs);
	assert_true(db_fault_hit(house.db));
	db_fault(house.db, FAULT_COMMIT_BEFORE, 0);
	assert_int_equal(hook.count, 1);
	assert_int_equal(digits_kept(), 1);
	memcpy(first, hook.last, sizeof first);
	world_move(house.world, MINUTE / 2);
	db_jobs_run(jobs);
	assert_int_equal(hook.count, 2);
	assert_string_equal(hook.last, first);
	assert_int_equal(digits_kept(), 0);
	world_move(house.world, MINUTE);
	assert_int_equal(db_jobs_run(jobs), 0);
}

static void test_nothing_secret_is_logged(void **state)
{
	char path[300], log[65536];
	size_t n;
	FILE *file;

	(void)state;
	snprintf(path, sizeof path, "%s/log", house.folder);
	file = fopen(path, "w+");
	log_set(fileno(file), LOG_DEBUG);
	hook.status = 500;
	refuse("RCPT", NOBODY_THERE);
	assert_int_equal(ask_code("13800138000") / 100, 2);
	assert_int_equal(ask_code("ann@x.cn") / 100, 2);
	assert_int_equal(db_jobs_run(jobs), 2);
	log_set(2, LOG_WARN);
	rewind(file);
	n = fread(log, 1, sizeof log - 1, file);
	log[n] = '\0';
	fclose(file);
	unlink(path);
	assert_non_null(strstr(log, "sms-refused"));
	assert_non_null(strstr(log, "mail-recipient-refused"));
	assert_null(strstr(log, sms_code()));
	assert_null(strstr(log, "13800138000"));
	assert_null(strstr(log, "ann@x.cn"));
	assert_null(strstr(log, "webhook-secret"));
}

static void test_codes_are_off_without_a_way(void **state)
{
	(void)state;
	assert_int_equal(ask_code("13800138000"), 503);
	assert_true(answer_is_problem(&v, "codes-off"));
}

/* ---- the owner ---- */

static problem make_admin(struct tx *tx, void *arg)
{
	const struct user_id *user = arg;

	return account_grant(tx, *user, ADMIN, *user);
}

static void become_admin(void)
{
	struct account account;

	assert_done(account_create(house.db, account_keyring(house.serve), arena, &(struct account_draft){ .login = TEXT("owner@x.cn"), .password = TEXT(SECRET) }, &account));
	assert_done(db_write(house.db, make_admin, &account.id));
	assert_int_equal(post("/api/sessions", "{\"login\":\"owner@x.cn\",\"password\":\"%s\"}", SECRET), 201);
}

static int put_mail(int version, const char *host, const char *security, const char *password)
{
	char body[1024];

	snprintf(body, sizeof body, "{\"version\":%d,\"value\":{\"host\":\"%s\",\"port\":%d,\"security\":\"%s\",\"user\":\"shop\",\"from_name\":\"坊\","
	         "\"from_address\":\"shop@x.cn\"}%s}", version, host, post_office.port, security, password);
	return visit(&v, PUT, "/api/settings/mail", body);
}

static bool says(const char *what) { return text_find(v.answer.body, text_of(what)) != SIZE_MAX; }

static void test_mail_settings(void **state)
{
	(void)state;
	become_admin();
	assert_int_equal(visit(&v, GET, "/api/settings/mail", NULL), 200);
	assert_true(says("\"version\":0") && says("\"open\":false") && says("\"port\":465") && says("\"security\":\"tls\""));
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 503);
	assert_true(answer_is_problem(&v, "mail-off"));
	assert_int_equal(put_mail(0, "smtp.x.cn", "none", ""), 422);
	assert_true(says("value.security"));
	assert_int_equal(put_mail(0, "smtp x.cn", "tls", ""), 422);
	assert_true(says("value.host"));
	assert_int_equal(put_mail(0, "127.0.0.1", "none", ",\"password\":\"pass-word-77\""), 200);
	assert_true(says("\"version\":1") && says("\"open\":true") && !says("pass-word-77"));
	assert_true(account_reaches(house.serve, "mail") && !account_reaches(house.serve, "phone"));
	assert_int_equal(put_mail(0, "127.0.0.1", "none", ""), 409); /* somebody was quicker */
	assert_int_equal(put_mail(1, "127.0.0.1", "none", ""), 200);
	assert_true(json_integer_value(answer_at(&v, "password.changed_ms")) > 0);
	assert_int_equal(visit(&v, GET, "/api/settings/mail", NULL), 200);
	assert_false(says("pass-word-77"));
	assert_int_equal(count("select count(*) from secret where sealed like '%pass-word%'"), 0);
	assert_int_equal(put_mail(2, "localhost", "none", ""), 200); /* another server does not get this one's password */
	assert_int_equal(json_integer_value(answer_at(&v, "password.changed_ms")), 0);
}

static void test_mail_is_tried(void **state)
{
	(void)state;
	become_admin();
	assert_int_equal(put_mail(0, "127.0.0.1", "none", ""), 200);
	db_testing_run(house.db, "update setting set value = replace(value, '\"user\":\"shop\"', '\"user\":\"\"') where name = 'notify.mail'");
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 204);
	assert_int_equal(post_office.count, 1);
	assert_non_null(strstr(post_office.last, "From: =?UTF-8?B?5Z2K?= <shop@x.cn>\r\n"));
	refuse("RCPT", NOBODY_THERE);
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 502);
	assert_true(answer_is_problem(&v, "mail-recipient-refused") && says("550 5.1.1 <ann@x.cn>: nobody here"));
	assert_int_equal(visit(&v, GET, "/api/site/checks", NULL), 200);
	assert_true(says("{\"key\":\"mail\",\"state\":\"good\"") && says("{\"key\":\"sms\",\"state\":\"missing\""));
	refuse("RCPT", "554 5.7.1 <ann@x.cn>: Relay access denied\r\n");
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 502);
	assert_int_equal(visit(&v, GET, "/api/site/checks", NULL), 200);
	assert_true(says("{\"key\":\"mail\",\"state\":\"wrong\"") && says("RCPT 554 5.7.1") && !says("ann@x.cn"));
	for (int i = 3; i < TESTS_MAX; i++)
		assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 502);
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 429);
	world_move(house.world, MINUTE);
	refuse(NULL, NULL);
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\"}"), 204);
	assert_int_equal(visit(&v, GET, "/api/site/checks", NULL), 200);
	assert_true(says("{\"key\":\"mail\",\"state\":\"good\""));
	assert_int_equal(visit(&v, POST, "/api/settings/mail/test", "{\"to\":\"ann@x.cn\\r\\nBcc: b@x.cn\"}"), 422);
}

static int put_sms(int version, const char *channel, const char *url, const char *secret)
{
	char body[1024];

	snprintf(body, sizeof body, "{\"version\":%d,\"value\":{\"channel\":\"%s\",\"url\":\"%s\",\"key_id\":\"\",\"sign_name\":\"\",\"template\":\"\",\"template_params\":\"\","
	         "\"app_id\":\"\",\"region\":\"\"}%s}", version, channel, url, secret);
	return visit(&v, PUT, "/api/settings/sms", body);
}

static void test_sms_settings(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%d/sms", hook.port);
	become_admin();
	assert_int_equal(put_sms(0, "aliyun", "", ""), 422);
	assert_true(says("value.key_id"));
	assert_int_equal(put_sms(0, "webhook", "http://sms.example.com/", ""), 422);
	assert_true(says("value.url"));
	assert_int_equal(put_sms(0, "webhook", url, ",\"secret\":\"s3cr3t-of-hook\""), 200);
	assert_false(says("s3cr3t-of-hook"));
	assert_true(says("\"open\":true"));
	assert_int_equal(visit(&v, POST, "/api/settings/sms/test", "{\"to\":\"+8613800138000\"}"), 204);
	assert_string_equal(sms_code(), "123456");
	assert_non_null(strstr(hook.last, "\"to\":\"13800138000\""));
	hook.status = 401;
	assert_int_equal(visit(&v, POST, "/api/settings/sms/test", "{\"to\":\"13800138000\"}"), 502);
	assert_true(answer_is_problem(&v, "sms-key-refused") && says("not now"));
	assert_int_equal(put_sms(1, "webhook", "http://127.0.0.1:1/sms", ""), 200); /* the secret is not for another */
	assert_int_equal(visit(&v, POST, "/api/settings/sms/test", "{\"to\":\"13800138000\"}"), 422);
	assert_true(says("secret: missing"));
}

/* What the owner sets wins over the configuration; taken away, the configuration holds again. */
static void test_configuration_below(void **state)
{
	(void)state;
	become_admin();
	assert_int_equal(visit(&v, GET, "/api/settings/sms", NULL), 200);
	assert_true(says("\"channel\":\"off\"") && says("\"configured\":\"webhook\"") && says("\"open\":true") && !says("webhook-secret"));
	assert_int_equal(put_sms(0, "webhook", "http://127.0.0.1:1/sms", ",\"secret\":\"x\""), 200);
	assert_int_equal(visit(&v, POST, "/api/settings/sms/test", "{\"to\":\"13800138000\"}"), 502);
	assert_true(answer_is_problem(&v, "sms-unreachable"));
	assert_int_equal(put_sms(1, "off", "", ""), 200);
	assert_int_equal(visit(&v, POST, "/api/settings/sms/test", "{\"to\":\"13800138000\"}"), 204);
}

/* A session that was left open sends nobody's codes elsewhere. */
static void test_settings_ask_for_a_fresh_sign_in(void **state)
{
	(void)state;
	become_admin();
	world_move(house.world, 16 * MINUTE);
	serve_forget(house.serve, 0, (struct user_id){ db_testing_int(house.db, "select max(id) from user_account") });
	assert_int_equal(put_mail(0, "127.0.0.1", "none", ",\"password\":\"x\""), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	assert_int_equal(put_sms(0, "webhook", "http://127.0.0.1:1/sms", ",\"secret\":\"x\""), 403);
	assert_true(answer_is_problem(&v, "session-not-fresh"));
	assert_int_equal(post("/api/sessions", "{\"login\":\"owner@x.cn\",\"password\":\"%s\"}", SECRET), 201);
	assert_int_equal(put_sms(0, "webhook", "http://127.0.0.1:1/sms", ",\"secret\":\"x\""), 200);
}

/* ---- notices ---- */

static void test_invitation(void **state)
{
	(void)state;
	become_admin();
	assert_int_equal(visit(&v, POST, "/api/staff/invitations", "{\"grant\":\"analyst\",\"login\":\"13900139000\"}") / 100, 2);
	assert_true(db_jobs_run(jobs) >= 1);
	assert_non_null(strstr(hook.last, "\"to\":\"13900139000\""));
	assert_non_null(strstr(hook.last, "分析员"));
	assert_non_null(strstr(hook.last, "/invitation#"));
}

static void reset_to(const char *password)
{
	world_move(house.world, 2 * MINUTE);
	assert_int_equal(post("/api/auth/codes", "{\"login\":\"13800138000\",\"purpose\":\"reset\"}") / 100, 2);
	db_jobs_run(jobs);
	assert_int_equal(post("/api/auth/reset", "{\"login\":\"13800138000\",\"code\":\"%s\",\"password\":\"%s\"}", sms_code(), password) / 100, 2);
	db_jobs_run(jobs);
}

static void test_password_change_is_told(void **state)
{
	(void)state;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	db_jobs_run(jobs);
	assert_int_equal(enter_with("13800138000", sms_code()) / 100, 2);
	reset_to("battery horse correct"); /* a first one changes nothing */
	assert_null(strstr(hook.last, "刚刚更换了密码"));
	assert_int_equal(count("select count(*) from notification"), 0);
	reset_to(SECRET);
	assert_non_null(strstr(hook.last, "刚刚更换了密码"));
	assert_int_equal(count("select count(*) from notification where kind = 'password_changed' and shown = 1"), 1);
	assert_int_equal(count("select count(*) from notification"), 1);
	assert_int_equal(letters(), 0); /* the letter above is the one */
}

static problem bind_wechat(struct tx *tx, void *arg)
{
	const struct vouching *by = arg;
	struct user_id user;
	problem why = account_vouched(tx, account_keyring(house.serve), by, &user);

	assert_int_equal(user.v, by->here.v);
	return why;
}

static problem unbind_wechat(struct tx *tx, void *arg)
{
	const struct vouching *by = arg;

	return account_vouched_drop(tx, by->here, &by->who);
}

static void test_wechat_is_told(void **state)
{
	struct vouching by = { .who = { .provider = "wechat", .app = TEXT("wx7"), .subject = TEXT("oHong") }, .fresh = true };

	(void)state;
	assert_int_equal(ask_code("13800138000") / 100, 2);
	db_jobs_run(jobs);
	assert_int_equal(enter_with("13800138000", sms_code()) / 100, 2);
	by.here.v = db_testing_int(house.db, "select max(id) from user_account");
	assert_done(db_write(house.db, bind_wechat, &by));
	db_jobs_run(jobs);
	assert_non_null(strstr(hook.last, "刚刚绑定了微信"));
	assert_done(db_write(house.db, unbind_wechat, &by));
	db_jobs_run(jobs);
	assert_non_null(strstr(hook.last, "刚刚解除了微信绑定"));
}

#define CONFIGURED(test) cmocka_unit_test_setup_teardown(test, open_configured, close_all)
#define BARE(test)       cmocka_unit_test_setup_teardown(test, open_bare, close_all)

/* ---- messages ---- */

static int64_t somebody(const char *login, bool verified)
{
	struct account made;
	struct keyring *keyring = account_keyring(house.serve);

	assert_done(account_create(house.db, keyring, arena, &(struct account_draft){ .login = text_of(login), .password = TEXT(SECRET), .verified = verified }, &made));
	return made.id.v;
}

static problem tell(struct tx *tx, void *arg)
{
	notification_add(tx, arg);
	return tx_problem(tx);
}

static void tell_of(enum notification_kind kind, int64_t whom, int64_t subject)
{
	struct notification_draft draft = { .kind = kind, .whom = { whom }, .subject = subject, .title = TEXT("Rust\nin a day"), .amount = MONEY(1990),
		                            .note = TEXT("As you asked."), .url = TEXT("/me/orders") };

	assert_done(db_write(house.db, tell, &draft));
}

/* The plain text of the last mail: lines of base64. */
static struct text mail_text(void)
{
	static const char head[] = "base64\r\n\r\n";
	CLEANUP(buffer_free) struct buffer joined = BUFFER(64 * 1024);
	const char *body = strstr(post_office.last, head);
	struct text plain = { 0 };

	assert_non_null(body);
	for (body += strlen(head); *body && *body != '-'; body++) {
		if (*body > ' ')
			buffer_add_char(&joined, *body);
	}
	assert_true(base64_decode(arena, buffer_text(&joined), &plain));
	return plain;
}

static void enter_anew(void)
{
	v.session[0] = 0;
	assert_int_equal(post("/api/sessions", "{\"login\":\"ann@x.cn\",\"password\":\"%s\"}", SECRET), 201);
	db_jobs_run(jobs);
}

/* A browser that keeps no cookie is a new one each time. */
static void test_a_new_device_is_told(void **state)
{
	(void)state;
	somebody("ann@x.cn", true);
	enter_anew(); /* the first there is */
	assert_int_equal(count("select count(*) from notification"), 0);
	assert_int_equal(post_office.count, 0);
	enter_anew();
	assert_int_equal(post_office.count, 1);
	assert_non_null(strstr(post_office.last, "To: <ann@x.cn>\r\n"));
	assert_true(text_find(mail_text(), TEXT("刚刚在一台新设备上登录：?, 20")) != SIZE_MAX);
	assert_true(text_find(mail_text(), TEXT("/me/security")) != SIZE_MAX);
	assert_true(text_find(mail_text(), TEXT("请马上重设密码")) != SIZE_MAX);
	assert_int_equal(visit(&v, GET, "/api/me/notifications", NULL), 200);
	assert_text(json_text(answer_at(&v, "items.0.kind")), "signed_in");
	assert_text(json_text(answer_at(&v, "items.0.url")), "/me/security");
	assert_int_equal(letters(), 0); /* the letter above is the one */
}

static void test_a_message_goes_out_by_mail_once(void **state)
{
	int64_t ann = somebody("ann@x.cn", true);

	(void)state;
	tell_of(NOTIFICATION_REFUND_APPROVED, ann, 7);
	tell_of(NOTIFICATION_REFUND_APPROVED, ann, 7); /* a handler that runs again */
	assert_int_equal(letters(), 1);
	assert_int_equal(post_office.count, 0);
	db_jobs_run(jobs);
	assert_int_equal(post_office.count, 1);
	assert_non_null(strstr(post_office.last, "To: <ann@x.cn>\r\n"));
	assert_non_null(strstr(post_office.last, "Message-ID: <message-"));
	db_jobs_run(jobs);
	assert_int_equal(post_office.count, 1);
	assert_int_equal(hook.count, 0); /* SMS only for who wants it */
}

static void test_letters_as_people_chose(void **state)
{
	int64_t ann = somebody("ann@x.cn", true), phone = somebody("13800138000", true);

	(void)state;
	tell_of(NOTIFICATION_ASKED, ann, 1); /* mail is off, until it is chosen */
	assert_int_equal(letters(), 0);
	db_testing_run(house.db, "insert into notification_preference select id, 'questions', 'mail', 1 from user_account");
	db_testing_run(house.db, "insert into notification_preference select id, 'orders', 'mail', 0 from user_account");
	db_testing_run(house.db, "insert into notification_preference select id, 'orders', 'sms', 1 from user_account");
	tell_of(NOTIFICATION_ASKED, ann, 2);
	assert_int_equal(letters(), 1);
	tell_of(NOTIFICATION_PAID, ann, 3); /* no longer; and has no phone */
	tell_of(NOTIFICATION_ASKED, phone, 4); /* no address */
	assert_int_equal(letters(), 1);
	tell_of(NOTIFICATION_PAID, phone, 5);
	assert_int_equal(letters(), 2);
	db_jobs_run(jobs);
	assert_int_equal(post_office.count, 1);
	assert_int_equal(hook.count, 1);
	assert_non_null(strstr(hook.last, "\"to\":\"13800138000\""));
	assert_non_null(strstr(hook.last, "/me/orders"));
}

static void test_no_letter_that_is_wanted_no_more(void **state)
{
	int64_t ann = somebody("ann@x.cn", true);

	(void)state;
	tell_of(NOTIFICATION_PAID, ann, 1);
	tell_of(NOTIFICATION_ANSWERED, ann, 2);
	assert_int_equal(letters(), 2);
	db_testing_run(house.db, "insert into notification_preference select id, 'orders', 'mail', 0 from user_account");
	db_jobs_run(jobs);
	assert_int_equal(letters(), 0);
	assert_int_equal(post_office.count, 1);
}

static void test_who_was_erased_is_told_nothing(void **state)
{
	int64_t ann = somebody("ann@x.cn", true);

	(void)state;
	db_testing_run(house.db, "insert into privacy_request (id, user_id, kind, state, received_ms, due_ms) select 1, id, 'deletion', 'received', 0, 0 from user_account");
	tell_of(NOTIFICATION_PAID, ann, 1); /* he may come back */
	assert_int_equal(count("select count(*) from notification"), 1);
	db_testing_run(house.db, "update privacy_request set state = 'part_held'");
	tell_of(NOTIFICATION_PAID, ann, 2);
	assert_int_equal(count("select count(*) from notification"), 1);
}

struct keepers {
	struct user_id banned, left;
	size_t n;
};

static problem ban_one(struct tx *tx, void *arg)
{
	struct keepers *k = arg;
	struct user_id *found;
	problem why = account_grant(tx, k->banned, FINANCE, k->left);

	if (!why)
		why = account_grant(tx, k->left, FINANCE, k->left);
	if (!why)
		why = account_ban(tx, k->banned, TEXT("left the shop"), k->left);
	if (!why)
		why = account_with_role(tx, "finance", 9, &found, &k->n);
	if (!why && k->n)
		k->left = found[0];
	return why;
}

static void test_who_is_banned_keeps_nothing_for_the_shop(void **state)
{
	int64_t bob = somebody("bob@x.cn", true);
	struct keepers k = { .left = { somebody("ann@x.cn", true) }, .banned = { bob } };

	(void)state;
	assert_done(db_write(house.db, ban_one, &k));
	assert_int_equal(k.n, 1);
	assert_int_not_equal(k.left.v, bob);
}

static int put_aliyun(int version)
{
	char body[1024];

	snprintf(body, sizeof body, "{\"version\":%d,\"value\":{\"channel\":\"aliyun\",\"url\":\"\",\"key_id\":\"id\",\"sign_name\":\"坊\",\"template\":\"SMS_1\","
	         "\"template_params\":\"\",\"app_id\":\"\",\"region\":\"\"},\"secret\":\"x\"}", version);
	return visit(&v, PUT, "/api/settings/sms", body);
}

/* Aliyun knows a template of codes; of orders it can tell nothing. */
static void test_a_channel_of_templates_is_open_for_codes_only(void **state)
{
	int64_t phone = somebody("13800138000", true);

	(void)state;
	become_admin();
	db_testing_run(house.db, "insert into notification_preference select id, 'orders', 'sms', 1 from user_account");
	assert_int_equal(put_aliyun(0), 200);
	assert_true(account_reaches(house.serve, "phone"));
	tell_of(NOTIFICATION_PAID, phone, 1);
	assert_int_equal(letters(), 0);
	assert_int_equal(post("/api/sessions", "{\"login\":\"13800138000\",\"password\":\"%s\"}", SECRET), 201);
	assert_int_equal(visit(&v, GET, "/api/me/notification-preferences", NULL), 200);
	assert_true(says("\"sms\":false"));
}

static void test_no_letter_to_an_unproven_address_nor_about_what_was_read(void **state)
{
	int64_t ann = somebody("ann@x.cn", true), bob = somebody("bob@x.cn", false);

	(void)state;
	tell_of(NOTIFICATION_PAID, bob, 1);
	assert_int_equal(letters(), 0);
	tell_of(NOTIFICATION_PAID, ann, 1);
	assert_int_equal(letters(), 1);
	db_testing_run(house.db, "update notification set read_ms = 1");
	db_jobs_run(jobs);
	assert_int_equal(post_office.count, 0);
	assert_int_equal(letters(), 0);
}

static void try_for_an_hour(void)
{
	for (int i = 0; i < 60; i++) {
		db_jobs_run(jobs);
		world_move(house.world, MINUTE);
	}
}

static void test_a_dead_mailbox_parks_no_notice(void **state)
{
	int64_t ann = somebody("ann@x.cn", true);

	(void)state;
	refuse("RCPT", "451 4.2.1 <ann@x.cn>: come again\r\n");
	tell_of(NOTIFICATION_GIVEN, ann, 1);
	try_for_an_hour();
	assert_int_equal(letters(), 1);
	refuse("RCPT", NOBODY_THERE);
	world_move(house.world, 60 * MINUTE);
	db_jobs_run(jobs);
	assert_int_equal(letters(), 0);
}

/* Whoever invited may see that it does not arrive. */
static void test_an_invitation_to_a_dead_mailbox_stays_failing(void **state)
{
	(void)state;
	become_admin();
	refuse("RCPT", NOBODY_THERE);
	assert_int_equal(visit(&v, POST, "/api/staff/invitations", "{\"grant\":\"analyst\",\"login\":\"ann@x.cn\"}") / 100, 2);
	try_for_an_hour();
	assert_int_equal(count("select count(*) from job where kind = 'notify-invited' and why = 'mail-recipient-refused'"), 1);
}

/* As the program runs them: codes and messages by jobs of their own. */
static void test_no_code_waits_behind_messages(void **state)
{
	const struct job_kind *const letters_only[] = { notify_module.jobs }, *const messages_only[] = { notification_module.jobs };
	int64_t ann = somebody("ann@x.cn", true);
	struct db_jobs *codes, *messages;

	(void)state;
	assert_done(db_jobs_start(house.db, letters_only, 1, house.serve, 0, &codes));
	assert_done(db_jobs_start(house.db, messages_only, 1, house.serve, 0, &messages));
	for (int i = 1; i <= 20; i++)
		tell_of(NOTIFICATION_GIVEN, ann, i);
	world_move(house.world, 1000);
	assert_int_equal(ask_code("13800138000") / 100, 2);
	assert_int_equal(db_jobs_run(codes), 1);
	assert_int_equal(hook.count, 1);
	assert_int_equal(letters(), 20);
	assert_int_equal(db_jobs_run(messages), 20);
	assert_int_equal(post_office.count, 20);
	db_jobs_stop(codes);
	db_jobs_stop(messages);
}

static void test_without_mail_nothing_is_queued(void **state)
{
	int64_t ann = somebody("ann@x.cn", true);

	(void)state;
	tell_of(NOTIFICATION_PAID, ann, 1);
	assert_int_equal(letters(), 0);
	assert_int_equal(count("select count(*) from notification"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIGURED(test_code_by_sms),
		CONFIGURED(test_code_by_mail),
		CONFIGURED(test_retries),
		CONFIGURED(test_no_letter_after_the_code_has_ended),
		CONFIGURED(test_unknown_is_not_repeated_for_ever),
		CONFIGURED(test_sent_and_not_recorded),
		CONFIGURED(test_nothing_secret_is_logged),
		BARE(test_codes_are_off_without_a_way),
		BARE(test_mail_settings),
		BARE(test_mail_is_tried),
		BARE(test_sms_settings),
		CONFIGURED(test_configuration_below),
		CONFIGURED(test_settings_ask_for_a_fresh_sign_in),
		CONFIGURED(test_invitation),
		CONFIGURED(test_password_change_is_told),
		CONFIGURED(test_wechat_is_told),
		CONFIGURED(test_a_new_device_is_told),
		CONFIGURED(test_a_message_goes_out_by_mail_once),
		CONFIGURED(test_letters_as_people_chose),
		CONFIGURED(test_no_letter_that_is_wanted_no_more),
		CONFIGURED(test_who_was_erased_is_told_nothing),
		CONFIGURED(test_who_is_banned_keeps_nothing_for_the_shop),
		CONFIGURED(test_a_channel_of_templates_is_open_for_codes_only),
		CONFIGURED(test_no_letter_to_an_unproven_address_nor_about_what_was_read),
		CONFIGURED(test_a_dead_mailbox_parks_no_notice),
		CONFIGURED(test_an_invitation_to_a_dead_mailbox_stays_failing),
		CONFIGURED(test_no_code_waits_behind_messages),
		BARE(test_without_mail_nothing_is_queued),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
