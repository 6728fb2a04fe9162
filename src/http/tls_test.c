/* tls_test.c - https: files that are refused, other people's clients (curl, openssl), renewal while serving, handshakes that never
 * end, plain http on this port, goodbyes. That HTTP itself is the same over TLS is shown by the *_tls_test.c. */
#define OVER_TLS 1
#include <errno.h>
#include <time.h>

#include <openssl/err.h>

#include "http/redirect.h"
#include "http/testing.h"

static struct heard heard;

static char folder[32], chain[80], key[80], other_chain[80], other_key[80];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/http_tls_XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(chain, sizeof chain, "%s/chain", folder);
	snprintf(key, sizeof key, "%s/key", folder);
	snprintf(other_chain, sizeof other_chain, "%s/other-chain", folder);
	snprintf(other_key, sizeof other_key, "%s/other-key", folder);
	return 0;
}

static int remove_folder(void **state)
{
	char command[120];

	(void)state;
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	return system(command);
}

/* What a command prints, both ways, in `heard`; its exit status. */
static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
	char command[1000];
	va_list arguments;
	FILE *pipe;

	va_start(arguments, format);
	vsnprintf(command, sizeof command, format, arguments);
	va_end(arguments);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	heard = (struct heard){ .length = 0 };
	heard.length = fread(heard.at, 1, sizeof heard.at - 1, pipe);
	heard.at[heard.length] = 0;
	return WEXITSTATUS(pclose(pipe));
}

static problem start_with(const char *chain_file, const char *key_file)
{
	struct http_server *server;
	struct site site = { .serve = site_echo };
	const struct http_server_options options = { .address = TEXT("127.0.0.1"), .loops = 1, .serve = site_serve, .self = &site,
		                                     .certificate_file = text_of(chain_file), .key_file = text_of(key_file) };
	problem why = http_server_start(&options, &server);

	if (!why)
		http_server_stop(server, 100);
	return why;
}

/* ---- files ---- */

static void test_files_are_looked_at(void **state)
{
	(void)state;
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key });
	test_certificate(&(struct test_certificate){ .chain = other_chain, .key = other_key });
	assert_done(start_with(chain, key));
	assert_problem(start_with(chain, ""), tls_one_of_two);
	assert_problem(start_with("", key), tls_one_of_two);
	assert_problem(start_with("/nonexistent", key), tls_certificate_unreadable);
	assert_problem(start_with(folder, key), tls_certificate_unreadable);
	assert_problem(start_with(key, key), tls_certificate_unreadable);
	assert_problem(start_with(chain, "/nonexistent"), tls_key_unreadable);
	assert_problem(start_with(chain, other_key), tls_key_other);
	chmod(key, 0640);
	assert_problem(start_with(chain, key), tls_key_open);
	chmod(key, 0600);
	assert_int_equal(run("openssl pkey -in '%s' -aes256 -passout pass:word -out '%s' && chmod 600 '%s'", key, other_key, other_key), 0);
	assert_problem(start_with(chain, other_key), tls_key_unreadable);
	assert_int_equal(run("openssl x509 -in '%s' -out '%s'", chain, other_key), 0);
	chmod(other_key, 0600);
	assert_problem(start_with(chain, other_key), tls_key_unreadable);
}

static void test_certificates_are_looked_at(void **state)
{
	(void)state;
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .from_s = -7200, .until_s = -3600 });
	assert_problem(start_with(chain, key), tls_certificate_expired);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .from_s = 3600 });
	assert_problem(start_with(chain, key), tls_certificate_early);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .rsa_bits = 1024 });
	assert_problem(start_with(chain, key), tls_certificate_weak);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .rsa_bits = 2048 });
	assert_done(start_with(chain, key));
}

/* ---- other people's clients ---- */

static void test_curl(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' -d abc https://localhost:%d/a%%20b?x 2>&1", site_chain, site.port), 0);
	assert_string_equal(heard.at, "POST /a b x abc\n");
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' --http1.0 https://127.0.0.1:%d/ 2>&1", site_chain, site.port), 0);
	/* who trusts somebody else does not come in: 60 is "the certificate cannot be verified" */
	test_certificate(&(struct test_certificate){ .chain = other_chain, .key = other_key });
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' https://localhost:%d/ 2>&1", other_chain, site.port), 60);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 2);
}

enum { FILE_SIZE = 5 << 20 };

/* Reads a streamed body and says whether it is the file. */
static void *compare_with_file(void *arg)
{
	struct http_request *rq = arg;
	struct site *site = rq->mine;
	char piece[9000], here[9000];
	int fd = open(site->file, O_RDONLY | O_CLOEXEC);
	int64_t all = 0;
	size_t n = 1;
	bool same = true;
	problem why = NULL;

	while (!why && n) {
		why = http_body_read(rq, piece, sizeof piece, &n);
		same &= !why && pread(fd, here, n, all) == (ssize_t)n && !memcmp(piece, here, n);
		all += why ? 0 : (int64_t)n;
	}
	close(fd);
	http_reply(rq, &(struct http_reply){ .status = 200, .body = arena_format(rq->arena, "%lld %s", (long long)all, same ? "same" : "other") });
	return NULL;
}

static void serve_file(struct site *site, struct http_request *rq)
{
	pthread_t thread;

	if (rq->method == GET) {
		http_reply_file(rq, &(struct http_file){ .fd = open(site->file, O_RDONLY | O_CLOEXEC), .size = FILE_SIZE, .etag = TEXT("\"v\"") });
		return;
	}
	rq->mine = site;
	assert_int_equal(pthread_create(&thread, NULL, compare_with_file, rq), 0);
	pthread_detach(thread);
}

static bool is_put(void *self, enum method method, struct text path)
{
	(void)self, (void)path;
	return method == PUT;
}

static void test_large_files_by_curl(void **state)
{
	struct site site = { .serve = serve_file, .body_limit = FILE_SIZE };
	char file[64];

	(void)state;
	snprintf(file, sizeof file, "%s/large", folder);
	assert_int_equal(run("head -c %d /dev/urandom >'%s'", FILE_SIZE, file), 0);
	site_open_with(&site, (struct http_server_options){ .streams = is_put });
	snprintf(site.file, sizeof site.file, "%s", file);
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' https://localhost:%d/ | cmp - '%s' 2>&1", site_chain, site.port, file), 0);
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' -r 1000001-4999999 https://localhost:%d/ >'%s.part'; "
	                     "tail -c +1000002 '%s' | head -c 3999999 | cmp - '%s.part' 2>&1", site_chain, site.port, file, file, file), 0);
	/* twice on one connection; curl asks first whether it may */
	assert_int_equal(run("curl -sS --noproxy '*' --cacert '%s' -T '%s' 'https://localhost:%d/[1-2]' 2>&1", site_chain, file, site.port), 0);
	assert_string_equal(heard.at, "5242880 same5242880 same");
	site_close(&site);
}

static void talk(const struct site *site, const char *options)
{
	run("printf 'GET /x HTTP/1.0\\r\\n\\r\\n' 2>/dev/null | timeout 10 openssl s_client -connect 127.0.0.1:%d -CAfile '%s' -ign_eof %s 2>&1", site->port, site_chain,
	    options);
}

static void test_openssl(void **state)
{
	static const char *const good[] = { "-tls1_3 -alpn http/1.1", "-tls1_2 -alpn h2,http/1.1", "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305" };
	static const char *const refused[] = { "-tls1_1 -cipher DEFAULT@SECLEVEL=0", "-tls1 -cipher DEFAULT@SECLEVEL=0", "-alpn h2", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA",
		                               "-tls1_2 -cipher AES128-GCM-SHA256" };
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		talk(&site, good[i]);
		assert_non_null(strstr(heard.at, "Verify return code: 0 (ok)"));
		assert_non_null(strstr(heard.at, "Compression: NONE"));
		assert_non_null(strstr(heard.at, "GET /x"));
		assert_true(i > 1 || strstr(heard.at, "ALPN protocol: http/1.1"));
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		talk(&site, refused[i]);
		if (!strstr(heard.at, "alert"))
			print_error("%s: %s\n", refused[i], heard.at);
		assert_non_null(strstr(heard.at, "alert")); /* and is told so */
		assert_null(strstr(heard.at, "GET /x"));
	}
	/* R asks for a renegotiation */
	run("(printf 'R\\n'; sleep 1; printf 'GET /x HTTP/1.0\\r\\n\\r\\n') 2>/dev/null | timeout 10 openssl s_client -connect 127.0.0.1:%d -tls1_2 2>&1", site.port);
	assert_non_null(strstr(heard.at, "no renegotiation"));
	site_close(&site);
}

/* ---- renewal ---- */

struct client {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
};

static int dial_plainly(const struct site *site)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)site->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static struct client client_open(const struct site *site, SSL_SESSION *session)
{
	struct client c = { .context = SSL_CTX_new(TLS_client_method()), .fd = dial_plainly(site) };

	c.ssl = SSL_new(c.context);
	SSL_set_fd(c.ssl, c.fd);
	if (session)
		SSL_set_session(c.ssl, session);
	assert_int_equal(SSL_connect(c.ssl), 1);
	return c;
}

static void client_close(struct client *c)
{
	SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	SSL_CTX_free(c->context);
	close(c->fd);
}

static long serial_of(const struct client *c)
{
	X509 *certificate = SSL_get1_peer_certificate(c->ssl);
	long serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));

	X509_free(certificate);
	return serial;
}

static void client_asks(struct client *c)
{
	char bytes[1000];

	assert_true(SSL_write(c->ssl, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", 28) > 0);
	assert_true(SSL_read(c->ssl, bytes, sizeof bytes) > 15);
	assert_memory_equal(bytes, "HTTP/1.1 200 OK", 15);
}

static long serial_now(const struct site *site)
{
	struct client c = client_open(site, NULL);
	long serial = serial_of(&c);

	client_asks(&c);
	client_close(&c);
	return serial;
}

static void renews(struct site *site, problem expected, bool expected_change)
{
	bool changed;
	problem why = http_server_renew(site->server, &changed);

	assert_ptr_equal(why, expected);
	assert_int_equal(changed, expected_change);
}

static void overwrite(const char *path, const char *bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(bytes, file);
	fclose(file);
}

static void site_open_files(struct site *site)
{
	*site = (struct site){ .body_limit = 1000, .serve = site_echo };
	assert_done(http_server_start(&(struct http_server_options){ .address = TEXT("127.0.0.1"), .loops = 2, .serve = site_serve, .done = site_done,
				              .certificate_file = text_of(chain), .key_file = text_of(key), .self = site }, &site->server));
	site->port = http_server_port(site->server);
}

static void test_renewal(void **state)
{
	struct site site;
	struct client old;
	int64_t first_ms, second_ms;

	(void)state;
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .serial = 7 });
	site_open_files(&site);
	assert_true(http_server_certificate(site.server, &first_ms));
	assert_true(first_ms > (int64_t)time(NULL) * 1000 && first_ms <= ((int64_t)time(NULL) + 86400) * 1000);
	renews(&site, NULL, false);
	old = client_open(&site, NULL);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .serial = 8, .until_s = 2 * 86400 });
	assert_int_equal(serial_now(&site), 7);
	renews(&site, NULL, true);
	renews(&site, NULL, false);
	assert_int_equal(serial_now(&site), 8);
	assert_true(http_server_certificate(site.server, &second_ms));
	assert_true(second_ms > first_ms + 80000 * 1000LL);
	client_asks(&old); /* goes on */
	client_close(&old);
	/* what is broken is told once, and changes nothing */
	overwrite(chain, "-----BEGIN CERTIFICATE-----\nnonsense\n");
	renews(&site, &tls_certificate_unreadable, true);
	renews(&site, NULL, false);
	assert_int_equal(serial_now(&site), 8);
	/* half of a renewal, and then all of it */
	test_certificate(&(struct test_certificate){ .chain = chain, .key = other_key, .serial = 9 });
	renews(&site, &tls_key_other, true);
	assert_int_equal(serial_now(&site), 8);
	assert_int_equal(rename(other_key, key), 0);
	renews(&site, NULL, true);
	assert_int_equal(serial_now(&site), 9);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key, .from_s = -20, .until_s = -10 });
	renews(&site, &tls_certificate_expired, true);
	assert_int_equal(serial_now(&site), 9);
	http_server_stop(site.server, HEAR_MS);
}

/* A ticket opens the session again, and not after the keys have changed. */
static void test_tickets(void **state)
{
	struct site site;
	struct client c;
	SSL_SESSION *session;

	(void)state;
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key });
	site_open_files(&site);
	c = client_open(&site, NULL);
	client_asks(&c);
	session = SSL_get1_session(c.ssl);
	assert_true(SSL_SESSION_is_resumable(session));
	client_close(&c);
	c = client_open(&site, session);
	assert_true(SSL_session_reused(c.ssl));
	client_asks(&c);
	client_close(&c);
	test_certificate(&(struct test_certificate){ .chain = chain, .key = key });
	renews(&site, NULL, true);
	c = client_open(&site, session);
	assert_false(SSL_session_reused(c.ssl));
	client_asks(&c);
	client_close(&c);
	SSL_SESSION_free(session);
	http_server_stop(site.server, HEAR_MS);
}

/* ---- who does not behave ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const struct http_server_options quick = { .limits = { .header_ms = 300, .idle_ms = 400, .write_ms = 300 } };

/* A hello that says it is long and comes by single bytes; silence; and half a handshake. */
static void test_handshakes_end(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open_with(&site, quick);
	for (int kind = 0; kind < 3; kind++) {
		int fd = dial_plainly(&site);
		int64_t start = now_ms();
		char byte = 0;
		ssize_t n = 1;

		if (kind)
			say_bytes(fd, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
		while (now_ms() - start < HEAR_MS && n > 0) {
			if (kind == 2)
				say_bytes(fd, "x", 1);
			usleep(20000);
			n = recv(fd, &byte, 1, MSG_DONTWAIT);
			n = n < 0 && errno == EAGAIN ? 1 : n;
		}
		assert_true(n <= 0 && now_ms() - start >= 290);
		close(fd);
	}
	for (int i = 0; i < HEAR_MS && http_server_connections(site.server); i++)
		usleep(1000);
	assert_int_equal(http_server_connections(site.server), 0);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served) + atomic_load(&site.done), 0);
}

static void test_nonsense_in_a_handshake(void **state)
{
	struct site site = { 0 };
	char junk[2000];

	(void)state;
	site_open(&site);
	for (int i = 0; i < 50; i++) {
		int fd = dial_plainly(&site);

		for (size_t j = 0; j < sizeof junk; j++)
			junk[j] = (char)(i * 131 + (int)j * 31 + (int)(j * j >> 3));
		memcpy(junk, "\x16\x03\x01", 3);
		junk[3] = (char)(i % 8);
		say_bytes(fd, junk, (size_t)(20 + i * 37));
		shutdown(fd, SHUT_WR);
		heard = (struct heard){ .length = 0 };
		for (ssize_t n = 1; n > 0;)
			n = recv(fd, heard.at, sizeof heard.at, 0);
		close(fd);
	}
	assert_int_equal(ask(&site, "GET /after HTTP/1.1\r\nHost: a\r\n\r\n", &heard), 200);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 1);
}

static void test_plain_http_is_told(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	site_open(&site);
	fd = dial_plainly(&site);
	say(fd, "GET /secret HTTP/1.1\r\nHost: a\r\nCookie: session=x\r\n\r\n");
	heard = (struct heard){ .length = 0 };
	for (ssize_t n = 1; n > 0; heard.length += n > 0 ? (size_t)n : 0)
		n = recv(fd, heard.at + heard.length, sizeof heard.at - 1 - heard.length, 0);
	assert_int_equal(strncmp(heard.at, "HTTP/1.1 400 ", 13), 0);
	assert_non_null(strstr(heard.at, "https://"));
	assert_non_null(strstr(heard.at, "\r\nConnection: close\r\n"));
	close(fd);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 0);
}

/* One who leaves without a word: what it asked for was whole, so it is answered. */
static void test_no_goodbye(void **state)
{
	struct site site = { 0 };
	struct client c;
	char bytes[1000];
	int n;

	(void)state;
	site_open(&site);
	c = client_open(&site, NULL);
	assert_true(SSL_write(c.ssl, "GET /x HTTP/1.1\r\nHost: a\r\n\r\nPOST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", 80) > 0);
	shutdown(c.fd, SHUT_WR);
	n = SSL_read(c.ssl, bytes, sizeof bytes);
	assert_true(n > 15);
	assert_memory_equal(bytes, "HTTP/1.1 200 OK", 15);
	assert_true(SSL_read(c.ssl, bytes, sizeof bytes) <= 0); /* half a request is none */
	client_close(&c);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 1);
}

/* ---- plain http beside it ---- */

static void test_redirects(void **state)
{
	struct http_redirect_options options = { .address = TEXT("127.0.0.1"), .https_port = 8443, .acme_folder = text_of(folder) };
	struct http_redirect *redirect;
	char path[200];
	int port;

	(void)state;
	snprintf(path, sizeof path, "%s/.well-known", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/.well-known/acme-challenge", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/.well-known/acme-challenge/to-ken_1", folder);
	overwrite(path, "to-ken_1.thumb");
	snprintf(path, sizeof path, "%s/.well-known/secret", folder);
	overwrite(path, "secret");
	snprintf(path, sizeof path, "%s/.well-known/acme-challenge/link", folder);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_done(http_redirect_start(&options, &redirect));
	port = http_redirect_port(redirect);
	run("curl -sS --noproxy '*' -o /dev/null -w '%%{http_code} %%{redirect_url}' 'http://localhost:%d/a%%20b?x=1'", port);
	assert_string_equal(heard.at, "301 https://localhost:8443/a%20b?x=1");
	run("curl -sS --noproxy '*' -w '%%{http_code}' -d x http://localhost:%d/", port);
	assert_non_null(strstr(heard.at, "413"));
	run("curl -sS --noproxy '*' -w '%%{http_code}' -X POST http://localhost:%d/", port);
	assert_non_null(strstr(heard.at, "400"));
	run("curl -sS --noproxy '*' http://localhost:%d/.well-known/acme-challenge/to-ken_1", port);
	assert_string_equal(heard.at, "to-ken_1.thumb");
	for (const char *const *bad = (const char *const[]){ "none", "", "link", "%2e%2e%2fsecret", "..%2Fsecret", "../secret", NULL }; *bad; bad++) {
		run("curl -sS --noproxy '*' --path-as-is -w ' %%{http_code}' http://localhost:%d/.well-known/acme-challenge/%s", port, *bad);
		assert_true(strstr(heard.at, " 404") || strstr(heard.at, " 400"));
		assert_true(!strstr(heard.at, "secret") && !strstr(heard.at, "root:"));
	}
	http_redirect_stop(redirect);
	options.origin = TEXT("https://shop.example");
	assert_done(http_redirect_start(&options, &redirect));
	run("curl -sS --noproxy '*' -o /dev/null -w '%%{http_code} %%{redirect_url}' -H 'Host: evil.example' http://127.0.0.1:%d/x", http_redirect_port(redirect));
	assert_string_equal(heard.at, "301 https://shop.example/x");
	http_redirect_stop(redirect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_are_looked_at), cmocka_unit_test(test_certificates_are_looked_at), cmocka_unit_test(test_curl),
		cmocka_unit_test(test_large_files_by_curl),
		cmocka_unit_test(test_openssl), cmocka_unit_test(test_renewal), cmocka_unit_test(test_tickets),
		cmocka_unit_test(test_handshakes_end), cmocka_unit_test(test_nonsense_in_a_handshake), cmocka_unit_test(test_plain_http_is_told),
		cmocka_unit_test(test_no_goodbye), cmocka_unit_test(test_redirects),
	};

	signal(SIGPIPE, SIG_IGN); /* the clients here write to whom has left */
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
