/* mail_test.c - mails against somebody else's server and parser (smtp_peer.py), and against servers that fail in every way a
 * mail server fails. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/testing.h"
#include "notify/notify_room.h"

#define NOW INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */

static struct arena *arena;
static struct world *world;
static char folder[] = "/tmp/mail-test-XXXXXX";

static struct sending sending_new(void) { return (struct sending){ .arena = arena, .world = world }; }

static struct mail_server server_at(int port)
{
	return (struct mail_server){ .host = TEXT("127.0.0.1"), .port = port, .security = MAIL_PLAIN, .from_name = TEXT("知坊"),
		                     .from_address = TEXT("shop@zhifang.example"), .connect_ms = 3000, .total_ms = 5000 };
}

static const struct mail letter = {
	.id = TEXT_INIT("code-77"), .to = TEXT_INIT("ann@x.cn"), .subject = TEXT_INIT("123456 是您在知坊的验证码"), .code = TEXT_INIT("123456"),
	.text = TEXT_INIT("您好 <b>:\n123456\n.\n..\nFrom me\n十分钟内有效。"), .language = TEXT_INIT("zh-CN"),
};

/* ---- certificates ---- */

static const char *path_of(const char *name) { return arena_format(arena, "%s/%s", folder, name).at; }

/* Of openssl's own making, for a name. */
static void certify(const char *name, const char *subject)
{
	struct text command = arena_format(arena, "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s -addext subjectAltName=%s "
	                                          "-keyout %s.key -out %s.pem 2>/dev/null", name, subject, path_of(name), path_of(name));

	assert_int_equal(system(command.at), 0);
}

/* ---- somebody else's server ---- */

struct peer {
	pid_t child;
	int in, port;
	FILE *out;
};

static void peer_open(struct peer *peer, const char *mode, const char *certificate)
{
	int in[2], out[2];
	char line[32];
	struct text script = arena_format(arena, "%s/src/notify/smtp_peer.py", getenv("ZHIFANG_SOURCE"));
	const char *pem = arena_format(arena, "%s.pem", path_of(certificate)).at, *key = arena_format(arena, "%s.key", path_of(certificate)).at;

	assert_int_equal(pipe(in) | pipe(out), 0);
	peer->child = fork();
	if (!peer->child) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", script.at, mode, pem, key, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	peer->in = in[1];
	peer->out = fdopen(out[0], "r");
	assert_non_null(peer->out);
	if (!fgets(line, sizeof line, peer->out))
		fail_msg("smtp_peer.py did not start: /usr/bin/python3 and python3-aiosmtpd are needed");
	peer->port = atoi(line);
}

static void peer_close(struct peer *peer)
{
	close(peer->in);
	fclose(peer->out);
	waitpid(peer->child, NULL, 0);
}

static json_t *peer_mail(struct peer *peer)
{
	static char line[1 << 16];
	json_t *mail;

	assert_non_null(fgets(line, sizeof line, peer->out));
	assert_done(json_read(arena, text_trim(text_of(line)), &mail));
	return mail;
}

#define SAYS(mail, key, expected) assert_text(json_get_text((mail), (key)), (expected))

static void check_letter(const json_t *mail)
{
	SAYS(mail, "sender", "shop@zhifang.example");
	assert_text(json_text(json_array_get(json_object_get(mail, "to"), 0)), "ann@x.cn");
	assert_int_equal(json_array_size(json_object_get(mail, "to")), 1);
	SAYS(mail, "hello", "zhifang.example");
	SAYS(mail, "subject", "123456 是您在知坊的验证码");
	SAYS(mail, "from_name", "知坊");
	SAYS(mail, "from_address", "shop@zhifang.example");
	SAYS(mail, "to_header", "ann@x.cn");
	SAYS(mail, "date", "2026-09-21T14:13:20+00:00");
	SAYS(mail, "id", "<code-77@zhifang.example>");
	SAYS(mail, "auto", "auto-generated");
	SAYS(mail, "outer", "multipart/alternative");
	SAYS(mail, "text", "您好 <b>:\n123456\n.\n..\nFrom me\n十分钟内有效。\n");
	assert_int_equal(json_array_size(json_object_get(mail, "defects")), 0);
	assert_true(json_get_int(mail, "longest", 999) <= 78);
	assert_int_equal(json_get_int(mail, "bare", 9), 0);
	assert_true(json_is_true(json_object_get(mail, "ascii")));
}

static void test_independent_server(void **state)
{
	struct peer peer;
	struct sending s = sending_new();
	struct mail_server server;
	struct mail other = letter;
	json_t *mail;
	struct text html;

	(void)state;
	peer_open(&peer, "plain", "none");
	server = server_at(peer.port);
	assert_done(mail_send(&s, &server, &letter));
	mail = peer_mail(&peer);
	check_letter(mail);
	html = json_get_text(mail, "html");
	assert_true(text_find(html, TEXT("您好 &lt;b&gt;:")) != SIZE_MAX);
	assert_true(text_find(html, TEXT("letter-spacing:6px;margin:16px 0\">123456</p>")) != SIZE_MAX);
	assert_true(text_find(html, TEXT(">知坊</p>")) != SIZE_MAX);
	assert_true(text_find(html, TEXT("<b>")) == SIZE_MAX && text_find(html, TEXT("<a ")) == SIZE_MAX);
	other.link = other.text = TEXT("https://x.cn/invitation?a=\"&b#c");
	assert_done(mail_send(&s, &server, &other));
	html = json_get_text(peer_mail(&peer), "html");
	assert_true(text_find(html, TEXT("<a href=\"https://x.cn/invitation?a=&quot;&amp;b#c\">https://x.cn/invitation?a=&quot;&amp;b#c</a>")) != SIZE_MAX);
	peer_close(&peer);
}

/* Names and subjects that would break a header written by hand; what the other parser reads is what was meant. */
static void test_odd_names(void **state)
{
	static const char *const odd[] = {
		"a", "Ann \"O\\'Neil\", Ltd. <x@y>", "=?UTF-8?B?QQ==?=", "(comment) ; : group", "很长的名字很长的名字很长的名字很长的名字很长的名字很长的名字很长的名字",
		"emoji 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉 end", "plain but much longer than one line of a header may be, so that it is broken somewhere sensible",
	};
	struct peer peer;

	(void)state;
	peer_open(&peer, "plain", "none");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct sending s = sending_new();
		struct mail_server server = server_at(peer.port);
		struct mail mail = letter;
		json_t *got;

		server.from_name = mail.subject = text_of(odd[i]);
		assert_done(mail_send(&s, &server, &mail));
		got = peer_mail(&peer);
		SAYS(got, "subject", odd[i]);
		SAYS(got, "from_name", odd[i]);
		SAYS(got, "from_address", "shop@zhifang.example");
		assert_int_equal(json_array_size(json_object_get(got, "defects")), 0);
		assert_true(json_get_int(got, "longest", 999) <= 100);
	}
	peer_close(&peer);
}

static void test_nothing_is_injected(void **state)
{
	static const char *const lines[] = { "a\r\nBcc: b@x.cn", "a\nBcc: b@x.cn", "a\rb", "a\tb", "a\x7f", "\x1b[0m" };
	static const char *const addresses[] = { "", "ann", "ann@x.cn\r\nRCPT TO:<b@x.cn>", "ann@x.cn>", "<ann@x.cn>", "a b@x.cn", "ann@x.cn,b@x.cn",
		                                 "ann@x.cn SIZE=1", "\"a\"@x.cn", "ann@x", "安@x.cn" };
	const struct mail_server server = server_at(9);

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct sending s = sending_new();
		struct mail_server named = server;
		struct mail mail = letter;

		mail.subject = text_of(lines[i]);
		assert_problem(mail_send(&s, &server, &mail), mail_text_wrong);
		named.from_name = text_of(lines[i]);
		assert_problem(mail_send(&s, &named, &letter), mail_text_wrong);
	}
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct sending s = sending_new();
		struct mail_server from = server;
		struct mail mail = letter;

		mail.to = text_of(addresses[i]);
		assert_problem(mail_send(&s, &server, &mail), mail_text_wrong);
		from.from_address = text_of(addresses[i]);
		assert_problem(mail_send(&s, &from, &letter), mail_settings_wrong);
	}
}

static void test_nul_is_refused(void **state)
{
	struct sending s = sending_new();
	const struct mail_server server = server_at(9);
	struct mail mail = letter;

	(void)state;
	mail.to = TEXT("ann@x.cn\0.evil.cn");
	assert_problem(mail_send(&s, &server, &mail), mail_text_wrong);
	mail.to = letter.to;
	mail.subject = TEXT("a\0b");
	assert_problem(mail_send(&s, &server, &mail), mail_text_wrong);
}

static void test_login(void **state)
{
	struct peer peer;
	struct sending s = sending_new();
	struct mail_server server;

	(void)state;
	peer_open(&peer, "login", "none");
	server = server_at(peer.port);
	server.user = TEXT("shop");
	server.password = TEXT("geheim: 密码");
	assert_done(mail_send(&s, &server, &letter));
	SAYS(peer_mail(&peer), "user", "shop");
	server.password = TEXT("wrong-password-31");
	assert_problem(mail_send(&s, &server, &letter), mail_login_refused);
	assert_true(text_find(s.detail, TEXT("535")) != SIZE_MAX);
	assert_true(text_find(s.detail, TEXT("wrong-password-31")) == SIZE_MAX);
	server.user = (struct text){ 0 };
	assert_problem(mail_send(&s, &server, &letter), mail_login_refused); /* 530: sign in first */
	peer_close(&peer);
}

static void check_tls(const char *mode, int security)
{
	struct peer good, other;
	struct sending s = sending_new();
	struct mail_server server;
	json_t *mail;

	peer_open(&good, mode, "here");
	server = server_at(good.port);
	server.security = security;
	server.user = TEXT("shop");
	server.password = TEXT("geheim: 密码");
	assert_problem(mail_send(&s, &server, &letter), mail_certificate_wrong); /* nobody vouches for it */
	server.ca_file = text_of(path_of("here.pem"));
	assert_done(mail_send(&s, &server, &letter));
	mail = peer_mail(&good);
	assert_true(json_is_true(json_object_get(mail, "tls")));
	peer_close(&good);

	peer_open(&other, mode, "elsewhere"); /* for another name, although vouched for */
	server.port = other.port;
	server.ca_file = text_of(path_of("elsewhere.pem"));
	assert_problem(mail_send(&s, &server, &letter), mail_certificate_wrong);
	peer_close(&other);
}

static void test_tls(void **state)
{
	(void)state;
	check_tls("tls", MAIL_TLS);
	check_tls("starttls", MAIL_STARTTLS);
}

/* ---- a server that fails ---- */

struct rule {
	const char *verb;  /* "": at the greeting; ".": after the message */
	const char *reply; /* NULL: never; a reply without its end is followed by the end of the connection */
};

struct failing {
	int fd, port;
	pthread_t thread;
	const struct rule *rule;
	char seen[4096]; /* what was said to it */
	atomic_size_t seen_length;
	int stop[2];
};


/* False: over. */
static bool reply_to(struct failing *f, int client, const char *verb, const char *usual)
{
	const char *reply = strcmp(f->rule->verb, verb) ? usual : f->rule->reply;

	if (!reply) {
		struct pollfd fds[] = { { f->stop[0], POLLIN, 0 } };

		poll(fds, 1, 20000);
		return false;
	}
	return send(client, reply, strlen(reply), MSG_NOSIGNAL) >= 0 && *reply && reply[strlen(reply) - 1] == '\n';
}

static bool answer_line(struct failing *f, int client, const char *line, bool *data)
{
	if (*data) {
		*data = strcmp(line, ".");
		return *data || reply_to(f, client, ".", "250 2.0.0 queued\r\n");
	}
	if (!strncasecmp(line, "EHLO", 4))
		return reply_to(f, client, "EHLO", "250-failing.test\r\n250 AUTH PLAIN LOGIN\r\n");
	if (!strncasecmp(line, "AUTH", 4))
		return reply_to(f, client, "AUTH", "334 \r\n");
	if (!strncasecmp(line, "MAIL", 4))
		return reply_to(f, client, "MAIL", "250 ok\r\n");
	if (!strncasecmp(line, "RCPT", 4))
		return reply_to(f, client, "RCPT", "250 ok\r\n");
	if (!strncasecmp(line, "DATA", 4)) {
		*data = strcmp(f->rule->verb, "DATA");
		return reply_to(f, client, "DATA", "354 go on\r\n");
	}
	return reply_to(f, client, line, "235 signed in\r\n"); /* what follows AUTH */
}

static void talk_to(struct failing *f, int client)
{
	FILE *in = fdopen(dup(client), "r");
	char line[2048];
	bool data = false, on = reply_to(f, client, "", "220 failing.test\r\n");

	while (on && fgets(line, sizeof line, in)) {
		size_t n = strlen(line), at = f->seen_length;

		if (at + n < sizeof f->seen) {
			memcpy(f->seen + at, line, n);
			f->seen_length = at + n;
		}
		line[strcspn(line, "\r\n")] = '\0';
		on = answer_line(f, client, line, &data);
	}
	fclose(in);
	close(client);
}

static void *serve_failing(void *arg)
{
	struct failing *f = arg;
	struct pollfd fds[] = { { f->fd, POLLIN, 0 }, { f->stop[0], POLLIN, 0 } };

	while (poll(fds, 2, -1) > 0 && !fds[1].revents)
		talk_to(f, accept(f->fd, NULL, NULL));
	return NULL;
}

static void failing_open(struct failing *f, const struct rule *rule)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof at;

	*f = (struct failing){ .fd = socket(AF_INET, SOCK_STREAM, 0), .rule = rule };
	assert_int_equal(bind(f->fd, (struct sockaddr *)&at, sizeof at) | listen(f->fd, 8) | pipe(f->stop), 0);
	getsockname(f->fd, (struct sockaddr *)&at, &length);
	f->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&f->thread, NULL, serve_failing, f), 0);
}

static void failing_close(struct failing *f)
{
	assert_int_equal(write(f->stop[1], "x", 1), 1);
	pthread_join(f->thread, NULL);
	close(f->fd);
	close(f->stop[0]);
	close(f->stop[1]);
}

#define HTML "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><body>no</body></html>\r\n"

static void test_failures(void **state)
{
	static const struct {
		struct rule rule;
		const struct problem *why;
		const char *says;
		bool quick; /* it would wait */
		const char *brief;
		enum recipient recipient;
	} cases[] = {
		{ { "", NULL }, &mail_timed_out, "", true },
		{ { "", HTML }, &mail_not_smtp, "", true },
		{ { "", "" }, &mail_closed, "" },
		{ { "", "554 no service for you\r\n" }, &mail_not_smtp, "554 no service for you" },
		{ { "", "SSH-2.0-OpenSSH_9.2\r\n" }, &mail_not_smtp, "", true },
		{ { "EHLO", NULL }, &mail_timed_out, "EHLO", true },
		{ { "EHLO", "250-fail" }, &mail_closed, "EHLO" },
		{ { "AUTH", "535 5.7.8 bad \x01\x1b[31m credentials\r\n" }, &mail_login_refused, "535 5.7.8 bad [31m credentials" },
		{ { "MAIL", "550 5.1.0 sender unknown\r\n" }, &mail_sender_refused, "MAIL: 550 5.1.0 sender unknown" },
		{ { "MAIL", "451 later\r\n" }, &mail_sender_refused, "451 later" },
		{ { "RCPT", "550 5.1.1 <ann@x.cn>: no such user\r\n" }, &mail_recipient_refused, "RCPT: 550 5.1.1 <ann@x.cn>: no such user", false, "RCPT 550 5.1.1",
		  RECIPIENT_DEAD },
		{ { "RCPT", "550 ann@x.cn?\r\n" }, &mail_recipient_refused, "", false, "RCPT 550", RECIPIENT_DEAD },
		{ { "RCPT", "550 5 ann@x.cn?\r\n" }, &mail_recipient_refused, "", false, "RCPT 550", RECIPIENT_DEAD },
		{ { "RCPT", "450 4.2.0 <ann@x.cn>: try again later\r\n" }, &mail_recipient_refused, "", false, "RCPT 450 4.2.0", RECIPIENT_LATER },
		{ { "RCPT", "554 5.7.1 <ann@x.cn>: access denied\r\n" }, &mail_recipient_refused, "", false, "RCPT 554 5.7.1" },
		{ { "RCPT", "550 relay not permitted\r\n" }, &mail_recipient_refused, "", false, "RCPT 550" },
		{ { "RCPT", "" }, &mail_closed, "RCPT" },
		{ { "DATA", "554 5.7.1 spam\r\n" }, &mail_message_refused, "DATA: 554 5.7.1 spam" },
		{ { ".", "552 too large\r\n" }, &mail_message_refused, "552 too large" },
		{ { ".", "" }, &mail_unanswered, "" },
		{ { ".", NULL }, &mail_unanswered, "", true },
		{ { "QUIT", NULL }, NULL, "", true }, /* taken is taken */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct failing f;
		struct sending s = sending_new();
		struct mail_server server;
		problem why;

		failing_open(&f, &cases[i].rule);
		server = server_at(f.port);
		server.user = TEXT("shop");
		server.password = TEXT("s3cret-of-ours");
		server.connect_ms = server.total_ms = cases[i].quick ? 400 : 5000;
		why = mail_send(&s, &server, &letter);
		if (why != cases[i].why || text_find(s.detail, text_of(cases[i].says)) == SIZE_MAX)
			print_error("case %zu: %s (%.*s)\n", i, why ? why->type : "done", TEXT_ARG(s.detail));
		assert_ptr_equal(why, cases[i].why);
		assert_true(text_find(s.detail, text_of(cases[i].says)) != SIZE_MAX);
		assert_int_equal(s.recipient, cases[i].recipient);
		assert_true(s.brief.length <= BRIEF_MAX && text_find_char(s.brief, '@') == SIZE_MAX);
		if (cases[i].brief)
			assert_text(s.brief, cases[i].brief);
		assert_true(s.detail.length <= DETAIL_MAX + 10 && text_is_utf8(s.detail));
		assert_true(text_find(s.detail, TEXT("s3cret")) == SIZE_MAX && text_find_char(s.detail, 0x1b) == SIZE_MAX);
		failing_close(&f);
	}
}

/* A password never goes over an open line: neither where encryption is not offered, nor where it is refused. */
static void test_no_encryption_no_password(void **state)
{
	static const struct rule rules[] = { { "EHLO", "250-failing.test\r\n250 AUTH PLAIN LOGIN\r\n" },
		                             { "EHLO", "250-failing.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct failing f;
		struct sending s = sending_new();
		struct mail_server server;

		failing_open(&f, &rules[i]);
		server = server_at(f.port);
		server.security = MAIL_STARTTLS;
		server.user = TEXT("shop");
		server.password = TEXT("secret");
		assert_problem(mail_send(&s, &server, &letter), mail_not_secure);
		failing_close(&f);
		assert_true(text_find((struct text){ f.seen, f.seen_length }, TEXT("AUTH")) == SIZE_MAX);
		assert_true(text_find((struct text){ f.seen, f.seen_length }, TEXT("MAIL")) == SIZE_MAX);
	}
}

static void test_nobody_there(void **state)
{
	struct failing f;
	struct sending s = sending_new();
	struct mail_server server;

	(void)state;
	failing_open(&f, &(struct rule){ "", "" });
	failing_close(&f);
	server = server_at(f.port);
	assert_problem(mail_send(&s, &server, &letter), mail_unreachable);
	server.host = TEXT("no-such-host.invalid");
	server.security = MAIL_TLS;
	assert_problem(mail_send(&s, &server, &letter), mail_host_unknown);
}

static void test_settings(void **state)
{
	static const char *const hosts[] = { "a b", "x/y", "u@h", "h?x", "h#x", "h\r\nX", "\"h\"" };
	struct sending s = sending_new();
	struct mail_server server = { 0 };

	(void)state;
	assert_problem(mail_send(&s, &server, &letter), mail_off);
	server = server_at(25);
	server.host = TEXT("mail.example.com"); /* a password over an open line across the world */
	assert_problem(mail_send(&s, &server, &letter), mail_settings_wrong);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		server = server_at(25);
		server.host = text_of(hosts[i]);
		server.security = MAIL_TLS;
		assert_problem(mail_send(&s, &server, &letter), mail_settings_wrong);
	}
	server = server_at(0);
	assert_problem(mail_send(&s, &server, &letter), mail_settings_wrong);
	server = server_at(25);
	server.security = 0;
	assert_problem(mail_send(&s, &server, &letter), mail_settings_wrong);
}

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	arena = arena_new((size_t)64 << 20);
	world = world_test(NOW, 7);
	assert_non_null(mkdtemp(folder));
	certify("here", "IP:127.0.0.1");
	certify("elsewhere", "DNS:mail.elsewhere.test");
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "here.pem", "here.key", "elsewhere.pem", "elsewhere.key" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		unlink(path_of(names[i]));
	rmdir(folder);
	world_close(world);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_independent_server),
		cmocka_unit_test(test_odd_names),
		cmocka_unit_test(test_nothing_is_injected),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_no_encryption_no_password),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
