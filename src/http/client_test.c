/* client_test.c - calls to others: what arrives, what comes back, and what is said when it does not. */
#include <signal.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/testing.h"

static problem call(struct arena *arena, const struct http_call *call, struct http_answer *ret)
{
	return http_call(arena, call, ret);
}

static struct text url_of(struct arena *arena, const char *scheme, int port, const char *path)
{
	return arena_format(arena, "%s://127.0.0.1:%d%s", scheme, port, path);
}

static void test_loopback(void **state)
{
	static const char *const here[] = { "localhost", "LocalHost", "127.0.0.1", "127.200.3.4", "::1", "[::1]" };
	static const char *const elsewhere[] = { "", "localhost.", "localhost.evil.cn", "127.0.0.1.evil.cn", "10.0.0.1", "0.0.0.0", "[::2]", "::", "[]", "example.com", "1270.0.0.1" };

	(void)state;
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		assert_true(http_is_loopback(text_of(here[i])));
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		assert_false(http_is_loopback(text_of(elsewhere[i])));
}

/* ---- against our own server ---- */

static void serve_headers(struct site *site, struct http_request *rq)
{
	const struct header headers[] = {
		{ TEXT_INIT("X-Answer"), TEXT_INIT(" two  words ") },
		{ TEXT_INIT("Location"), TEXT_INIT("/elsewhere") },
	};
	struct text body =
		arena_format(rq->arena, "%.*s|%.*s|%.*s|%.*s|%.*s", TEXT_ARG(http_header(rq, "x-mine")),
			     TEXT_ARG(http_header(rq, "content-type")), TEXT_ARG(http_header(rq, "user-agent")),
			     TEXT_ARG(http_header(rq, "expect")), TEXT_ARG(rq->body));

	if (text_starts(rq->path, TEXT("/echo")))
		site_echo(site, rq);
	else
		http_reply(rq, &(struct http_reply){ .status = text_is(rq->path, "/moved") ? 302 : 201,
						     .headers = headers,
						     .header_count = 2,
						     .body = body });
}

static void test_calls(void **state)
{
	static const char *const names[] = { [GET] = "GET",     [POST] = "POST",     [PUT] = "PUT",
					     [PATCH] = "PATCH", [DELETE] = "DELETE", [OPTIONS] = "OPTIONS" };
	const struct header headers[] = { { TEXT_INIT("X-Mine"), TEXT_INIT("知 坊") },
					  { TEXT_INIT("Empty"), TEXT_INIT("") } };
	struct site site = { .serve = serve_headers };
	struct arena *arena = arena_new(64 << 20);
	struct http_answer answer;

	(void)state;
	site_open(&site);
	for (enum method method = GET; method <= OPTIONS; method++) {
		struct http_call c = { .method = method,
				       .url = url_of(arena, "http", site.port, "/echo?q=%20"),
				       .plain_http_on_loopback = true };

		if (method == HEAD)
			continue;
		assert_done(call(arena, &c, &answer));
		assert_int_equal(answer.status, 200);
		assert_text(answer.body, arena_format(arena, "%s /echo q=%%20 \n", names[method]).at);
		c.body = TEXT("a body");
		assert_done(call(arena, &c, &answer));
		assert_text(answer.body, arena_format(arena, "%s /echo q=%%20 a body\n", names[method]).at);
	}
	assert_done(call(arena,
			 &(struct http_call){ .method = POST,
					      .url = url_of(arena, "http", site.port, "/"),
					      .headers = headers,
					      .header_count = 2,
					      .body = TEXT("{}"),
					      .plain_http_on_loopback = true },
			 &answer));
	assert_int_equal(answer.status, 201);
	assert_text(answer.body, "知 坊||zhifang||{}");
	assert_text(http_answer_header(&answer, "x-answer"), "two  words");
	assert_text(http_answer_header(&answer, "CONTENT-LENGTH"), arena_format(arena, "%zu", answer.body.length).at);
	assert_null(http_answer_header(&answer, "x-other").at);
	assert_done(call(arena,
			 &(struct http_call){ .method = HEAD,
					      .url = url_of(arena, "http", site.port, "/echo"),
					      .plain_http_on_loopback = true },
			 &answer));
	assert_int_equal(answer.body.length, 0);
	/* no redirect is followed */
	assert_done(call(arena,
			 &(struct http_call){ .method = GET,
					      .url = url_of(arena, "http", site.port, "/moved"),
					      .plain_http_on_loopback = true },
			 &answer));
	assert_int_equal(answer.status, 302);
	assert_text(http_answer_header(&answer, "location"), "/elsewhere");
	site_close(&site);
	arena_free(arena);
}

static void test_answers_have_a_ceiling(void **state)
{
	struct site site = { .serve = serve_headers };
	struct arena *arena = arena_new(64 << 20);
	struct http_call c = { .method = PUT, .body = TEXT("0123456789"), .plain_http_on_loopback = true };
	struct http_answer answer;

	(void)state;
	site_open(&site);
	c.url = url_of(arena, "http", site.port, "/echo");
	c.answer_max = strlen("PUT /echo  0123456789\n");
	assert_done(call(arena, &c, &answer));
	c.answer_max--;
	assert_problem(call(arena, &c, &answer), http_answer_large);
	site_close(&site);
	arena_free(arena);
}

static void test_refused_addresses(void **state)
{
	static const char *const urls[] = {
		"",
		"x",
		"ftp://127.0.0.1/",
		"file:///etc/passwd",
		"http://example.com/",
		"http://127.0.0.1.example.com/",
		"http://10.0.0.1/",
		"http://0.0.0.0/",
		"https://user@127.0.0.1/",
		"https://user:word@127.0.0.1/",
		"gopher://127.0.0.1/",
		"https://127.0.0.1/a b",
		"https://127.0.0.1/\r\nX: y",
		"https:///path",
		"//127.0.0.1/",
		"http://2130706433.example/",
	};
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		struct http_call c = { .method = GET, .url = text_of(urls[i]), .plain_http_on_loopback = true };
		problem why = call(arena, &c, &answer);

		if (why != &http_refused_url)
			print_error("%s\n", urls[i]);
		assert_ptr_equal(why, &http_refused_url);
	}
	assert_problem(call(arena, &(struct http_call){ .method = GET, .url = TEXT("http://127.0.0.1:9/") }, &answer),
		       http_refused_url);
	arena_free(arena);
}

static void test_headers_cannot_be_smuggled(void **state)
{
	const struct header headers[] = { { TEXT_INIT("X"), TEXT_INIT("a\r\nY: b") } };
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	(void)state;
	assert_problem(call(arena,
			    &(struct http_call){ .method = GET,
						 .url = TEXT("https://127.0.0.1:9/"),
						 .headers = headers,
						 .header_count = 1 },
			    &answer),
		       problem_malformed);
	arena_free(arena);
}

/* ---- against a server that misbehaves ---- */

struct script {
	const char *say[4]; /* to each request in turn, on whichever connection it comes; NULL: close without a word */
	int listener, port;
	bool mute; /* keeps the connection open and says nothing */
	atomic_int requests, connections, posts;
	pthread_t thread;
};

/* One connection: an answer to each request until the script says nothing. */
static void play(struct script *script, int fd)
{
	char got[4096];

	while (recv(fd, got, sizeof got, 0) > 0) {
		int n = atomic_fetch_add(&script->requests, 1);
		const char *say_now = n < 4 ? script->say[n] : NULL;

		atomic_fetch_add(&script->posts, !strncmp(got, "POST", 4));
		if (script->mute)
			continue;
		if (!say_now)
			break;
		say(fd, say_now);
		if (strstr(say_now, "Length: 99"))
			break;
	}
	close(fd);
}

static void *run_script(void *arg)
{
	struct script *script = arg;
	int fd;

	while ((fd = accept(script->listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&script->connections, 1);
		play(script, fd);
	}
	return NULL;
}

static void script_open(struct script *script)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof at;

	script->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(script->listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(script->listener, 10), 0);
	getsockname(script->listener, (struct sockaddr *)&at, &length);
	script->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&script->thread, NULL, run_script, script), 0);
}

static void script_close(struct script *script)
{
	shutdown(script->listener, SHUT_RDWR);
	pthread_join(script->thread, NULL);
	close(script->listener);
}

static problem call_script(struct arena *arena, const struct script *script, enum method method,
			   struct http_answer *answer)
{
	return call(arena,
		    &(struct http_call){ .method = method,
					 .url = url_of(arena, "http", script->port, "/"),
					 .total_ms = 400,
					 .plain_http_on_loopback = true },
		    answer);
}

#define KEPT "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void test_silence_is_not_refusal(void **state)
{
	struct script closes = { .say = { NULL } },
		      cuts = { .say = { "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok" } },
		      junk = { .say = { "SSH-2.0-OpenSSH_9.2 Length: 99\r\n" } }, mute = { .mute = true },
		      unbounded = { .say = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel" } };
	struct script *scripts[] = { &closes, &cuts, &mute, &unbounded, &junk };
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		script_open(scripts[i]);
		assert_problem(call_script(arena, scripts[i], POST, &answer), http_unanswered);
		assert_int_equal(atomic_load(&scripts[i]->posts), 1);
		/* the script sits in recv until the client's thread lets its kept connection go */
		if (!scripts[i]->mute && scripts[i] != &unbounded)
			script_close(scripts[i]);
	}
	script_close(&mute);
	script_close(&unbounded);
	arena_free(arena);
}

static void test_unreachable(void **state)
{
	struct script script = { .say = { NULL } };
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	(void)state;
	script_open(&script);
	script_close(&script);
	assert_problem(call_script(arena, &script, POST, &answer), http_unreachable);
	arena_free(arena);
}

static void *call_get_then_post(void *arg)
{
	struct script *script = arg;
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	assert_done(call_script(arena, script, GET, &answer));
	assert_done(call_script(arena, script, GET, &answer));
	assert_int_equal(atomic_load(&script->connections), 1); /* kept */
	arena_free(arena);
	return NULL;
}

static void test_connections_are_kept(void **state)
{
	struct script script = { .say = { KEPT, KEPT } };
	pthread_t thread;

	(void)state;
	script_open(&script);
	/* a thread of its own: at its end its connections end too, and the script with them */
	assert_int_equal(pthread_create(&thread, NULL, call_get_then_post, &script), 0);
	pthread_join(thread, NULL);
	script_close(&script);
	assert_int_equal(atomic_load(&script.requests), 2);
}

static void *call_post_after_get(void *arg)
{
	struct script *script = arg;
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	assert_done(call_script(arena, script, GET, &answer));
	/* the script closes the kept connection; a POST neither goes there nor is it repeated */
	assert_problem(call_script(arena, script, POST, &answer), http_unanswered);
	arena_free(arena);
	return NULL;
}

static void test_posts_are_sent_once(void **state)
{
	struct script script = { .say = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: Length: 99\r\n\r\nok", NULL,
					  KEPT } };
	pthread_t thread;

	(void)state;
	script_open(&script);
	assert_int_equal(pthread_create(&thread, NULL, call_post_after_get, &script), 0);
	pthread_join(thread, NULL);
	script_close(&script);
	assert_int_equal(atomic_load(&script.posts), 1);
	assert_int_equal(atomic_load(&script.connections), 2);
}

static void test_interim_answers_are_skipped(void **state)
{
	struct script script = { .say = { "HTTP/1.1 100 Continue\r\nX: early\r\n\r\n"
					  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" } };
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;

	(void)state;
	script_open(&script);
	assert_done(call(arena,
			 &(struct http_call){ .method = PUT,
					      .url = url_of(arena, "http", script.port, "/"),
					      .plain_http_on_loopback = true },
			 &answer));
	assert_int_equal(answer.status, 200);
	assert_null(http_answer_header(&answer, "x").at);
	assert_text(answer.body, "ok");
	script_close(&script);
	arena_free(arena);
}

/* ---- certificates ---- */

static void sign_oneself(SSL_CTX *context)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -1000);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 100000);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"127.0.0.1", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

struct secret_server {
	SSL_CTX *context;
	int listener;
	atomic_int requests;
};

static void *accept_secretly(void *arg)
{
	struct secret_server *server = arg;
	int fd = accept(server->listener, NULL, NULL);
	SSL *ssl = SSL_new(server->context);
	char got[100];

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, got, sizeof got) > 0)
		atomic_fetch_add(&server->requests, 1);
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void test_certificates_are_checked(void **state)
{
	struct secret_server server = { .context = SSL_CTX_new(TLS_server_method()) };
	struct script script = { .listener = -1 };
	struct arena *arena = arena_new(1 << 20);
	struct http_answer answer;
	pthread_t thread;

	(void)state;
	sign_oneself(server.context);
	script_open(&script); /* for its socket only */
	pthread_cancel(script.thread);
	pthread_join(script.thread, NULL);
	server.listener = script.listener;
	assert_int_equal(pthread_create(&thread, NULL, accept_secretly, &server), 0);
	assert_problem(call(arena,
			    &(struct http_call){ .method = GET, .url = url_of(arena, "https", script.port, "/") },
			    &answer),
		       http_unreachable);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&server.requests), 0);
	close(script.listener);
	SSL_CTX_free(server.context);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_answers_have_a_ceiling),
		cmocka_unit_test(test_refused_addresses),
		cmocka_unit_test(test_headers_cannot_be_smuggled),
		cmocka_unit_test(test_silence_is_not_refusal),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_connections_are_kept),
		cmocka_unit_test(test_posts_are_sent_once),
		cmocka_unit_test(test_interim_answers_are_skipped),
		cmocka_unit_test(test_certificates_are_checked),
	};

	signal(SIGPIPE, SIG_IGN); /* SSL_accept of the test server */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
