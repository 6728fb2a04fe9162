/* server_test.c - the server over real sockets: persistence, bodies, refusals, threads, files, proxies. Time and
 * stopping are in time_test.c. */
#include "http/testing.h"

static struct heard heard;

static void test_answers_a_request(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	assert_int_equal(ask(&site, "GET /a%20b/%E7%9F%A5?x=%41&y HTTP/1.1\r\nHost: a\r\n\r\n", &heard), 200);
	assert_non_null(strstr(heard.at, "\r\n\r\nGET /a b/知 x=%41&y \n"));
	assert_non_null(strstr(heard.at, "\r\nDate: "));
	assert_non_null(strstr(heard.at, "\r\nContent-Length: 22\r\n"));
	assert_null(strstr(heard.at, "Connection:"));
	site_close(&site);
	assert_int_equal(atomic_load(&site.done), 1);
	assert_int_equal(atomic_load(&site.done_bytes), heard.length);
}

/* ---- persistence ---- */

static void test_keeps_alive(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	site_open(&site);
	fd = dial(&site);
	for (int i = 0; i < 3; i++) {
		heard = (struct heard){ .length = 0 };
		say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
		hear(fd, &heard, "abc\n", HEAR_MS);
		assert_int_equal(times(&heard, "200 OK"), 1);
		assert_false(heard.ended);
	}
	assert_int_equal(http_server_connections(site.server), 1);
	close(fd);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 3);
}

/* The client does not close its side, so the end must come from the server. */
static void closes_after(const struct site *site, const char *request, const char *said)
{
	int fd = dial(site);

	heard = (struct heard){ .length = 0 };
	say(fd, request);
	hear(fd, &heard, NULL, HEAR_MS);
	assert_true(heard.ended);
	assert_false(heard.reset);
	assert_non_null(strstr(heard.at, said));
	close(fd);
}

static void test_closes_when_asked(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	site_open(&site);
	closes_after(&site, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "\r\nConnection: close\r\n");
	closes_after(&site, "GET / HTTP/1.0\r\n\r\n", "\r\nConnection: close\r\n");
	fd = dial(&site);
	heard = (struct heard){ .length = 0 };
	say(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	hear(fd, &heard, "GET /", HEAR_MS);
	say(fd, "GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	hear(fd, &heard, "GET /2", HEAR_MS);
	assert_int_equal(times(&heard, "Connection: keep-alive"), 2);
	close(fd);
	site_close(&site);
}

static void test_pipelines_in_order(void **state)
{
	enum { MANY = 500 };
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct site site = { 0 };
	const char *at;

	(void)state;
	site_open(&site);
	for (int i = 0; i < MANY; i++) {
		if (i % 3 == 2)
			buffer_format(&b,
				      "POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
				      "chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n",
				      i);
		else
			buffer_format(&b, "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%.*s", i, i % 3,
				      i % 3, "ab");
	}
	ask_bytes(&site, b.at, b.length, &heard);
	assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), MANY);
	at = heard.at;
	for (int i = 0; i < MANY; i++) {
		char line[64];

		snprintf(line, sizeof line, "POST /%d  %s\n", i, i % 3 == 2 ? "xyz" : i % 3 == 1 ? "a" : "");
		at = strstr(at, line);
		assert_non_null(at);
	}
	site_close(&site);
	assert_int_equal(atomic_load(&site.done), MANY);
}

static void test_any_split_is_the_same(void **state)
{
	static const char request[] = "POST /s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
				      "chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nT: u\r\n\r\n"
				      "GET /t HTTP/1.1\r\nHost: a\r\n\r\n";
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	for (size_t i = 1; i < sizeof request - 1; i += 3) {
		int fd = dial(&site);

		heard = (struct heard){ .length = 0 };
		setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){ 1 }, sizeof(int));
		say_bytes(fd, request, i);
		usleep(2000);
		say(fd, request + i);
		hear(fd, &heard, "GET /t", HEAR_MS);
		assert_non_null(strstr(heard.at, "POST /s  abc\n"));
		assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), 2);
		close(fd);
	}
	site_close(&site);
}

static void test_head_has_no_body(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	assert_int_equal(ask(&site, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nHEAD /y HTTP/1.1\r\nHost: a\r\n\r\n", &heard),
			 200);
	assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), 2);
	assert_int_equal(times(&heard, "\r\nContent-Length: 10\r\n"), 2);
	assert_null(strstr(heard.at, "HEAD /"));
	site_close(&site);
}

static void serve_none(struct site *site, struct http_request *rq)
{
	(void)site;
	http_reply(rq,
		   &(struct http_reply){ .status = text_is(rq->path, "/304") ? 304 : 204, .body = TEXT("never sent") });
}

static void test_statuses_without_body(void **state)
{
	struct site site = { .serve = serve_none };

	(void)state;
	site_open(&site);
	assert_int_equal(ask(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\n", &heard),
			 204);
	assert_non_null(strstr(heard.at, "HTTP/1.1 304 Not Modified\r\n"));
	assert_null(strstr(heard.at, "Content-Length"));
	assert_null(strstr(heard.at, "never sent"));
	site_close(&site);
}

/* ---- bodies ---- */

static void test_reads_bodies(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct site site = { .body_limit = 200000 };

	(void)state;
	site_open(&site);
	assert_int_equal(ask(&site, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\r\nc", &heard), 200);
	assert_non_null(strstr(heard.at, "PUT /  ab\r\nc\n"));
	buffer_add(&b, TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n"));
	for (int i = 0; i < 150000 / 10; i++)
		buffer_format(&b, "%09d\n", i);
	assert_int_equal(ask_bytes(&site, b.at, b.length, &heard), 200);
	assert_non_null(strstr(heard.at, "\n000014999\n\n"));
	assert_int_equal(times(&heard, "\n0000"), 14999); /* all but the first stand behind a line end */
	site_close(&site);
}

static void test_body_over_limit_is_refused_before_reading(void **state)
{
	enum { SENT = 8 << 20 };
	struct site site = { .body_limit = 10 };
	char *much = calloc(1, SENT);
	int fd;

	(void)state;
	site_open(&site);
	fd = dial(&site);
	heard = (struct heard){ .length = 0 };
	say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
	hear(fd, &heard, "\r\n\r\n", HEAR_MS); /* not a byte of the body has been sent */
	assert_non_null(strstr(heard.at, "HTTP/1.1 413 "));
	assert_non_null(strstr(heard.at, "\r\nConnection: close\r\n"));
	close(fd);
	/* a client that sends all of it before it listens gets the answer too, not a reset */
	fd = dial(&site);
	heard = (struct heard){ .length = 0 };
	say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
	say_bytes(fd, much, SENT);
	hear(fd, &heard, NULL, HEAR_MS);
	assert_non_null(strstr(heard.at, "HTTP/1.1 413 "));
	assert_false(heard.reset);
	close(fd);
	free(much);
	assert_int_equal(ask(&site, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", &heard), 200);
	assert_int_equal(ask(&site, "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", &heard), 413);
	assert_int_equal(
		ask(&site,
		    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789x\r\n0\r\n\r\n",
		    &heard),
		413);
	assert_int_equal(
		ask(&site,
		    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
		    &heard),
		200);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 2);
}

static void test_expect_continue(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	site_open(&site);
	fd = dial(&site);
	heard = (struct heard){ .length = 0 };
	say(fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	hear(fd, &heard, "\r\n\r\n", HEAR_MS);
	assert_string_equal(heard.at, "HTTP/1.1 100 Continue\r\n\r\n");
	say(fd, "abc");
	hear(fd, &heard, "abc\n", HEAR_MS);
	assert_non_null(strstr(heard.at, "HTTP/1.1 200 OK\r\n"));
	close(fd);
	assert_int_equal(ask(&site,
			     "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n",
			     &heard),
			 413);
	assert_null(strstr(heard.at, "100 Continue"));
	assert_int_equal(
		ask(&site, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", &heard),
		200);
	assert_null(strstr(heard.at, "100 Continue")); /* it did not wait for it */
	assert_int_equal(ask(&site, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", &heard),
			 200);
	site_close(&site);
}

/* ---- refusals: every way in which the table of webstack.md, section 3, went wrong elsewhere ---- */

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct {
	int status;
	struct text bytes;
} hostile[] = {
	{ 400,
	  TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 40\r\n\r\nhello" SMUGGLED) },
	{ 400, TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
			 "chunked\r\n\r\n0\r\n\r\n" SMUGGLED) },
	{ 501, TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +45\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\nHost: a\n\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\r\nHost: a\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length\r: 5\r\n\r\nhello" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n" SMUGGLED) },
	{ 400,
	  TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" SMUGGLED) },
	{ 400,
	  TEXT_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n" SMUGGLED) },
	{ 505, TEXT_INIT("GET / HTTP/2.0\r\nHost: a\r\n\r\n" SMUGGLED) },
	{ 501, TEXT_INIT("BREW / HTTP/1.1\r\nHost: a\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("nonsense\r\n\r\n" SMUGGLED) },
	{ 400, TEXT_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" SMUGGLED) },
};

static void test_refuses_hostile_requests(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		int status = ask_bytes(&site, hostile[i].bytes.at, hostile[i].bytes.length, &heard);

		if (status != hostile[i].status)
			print_error("row %zu: %s\n", i, heard.at);
		assert_int_equal(status, hostile[i].status);
		assert_true(heard.ended);
		assert_false(heard.reset);
		assert_int_equal(times(&heard, "\r\nDate: "), 1);
		assert_int_equal(times(&heard, "\r\nConnection: close\r\n"), 1);
		assert_int_equal(atomic_load(&site.done), i + 1);
		assert_int_equal(atomic_load(&site.last_status), hostile[i].status);
	}
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 0);
}

static void test_refuses_the_large(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct site site = { 0 };

	(void)state;
	site_open(&site);
	buffer_add(&b, TEXT("GET /"));
	memset(buffer_extend(&b, 9000), 'a', 9000);
	assert_int_equal(ask_bytes(&site, b.at, b.length, &heard), 414);
	buffer_clear(&b);
	buffer_add(&b, TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: "));
	memset(buffer_extend(&b, 100000), 'a', 100000);
	assert_int_equal(ask_bytes(&site, b.at, b.length, &heard), 431);
	buffer_clear(&b);
	buffer_add(&b, TEXT("GET / HTTP/1.1\r\nHost: a\r\n"));
	for (int i = 0; i < 100; i++)
		buffer_add(&b, TEXT("X: y\r\n"));
	buffer_add(&b, TEXT("\r\n"));
	assert_int_equal(ask_bytes(&site, b.at, b.length, &heard), 431);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 0);
}

static struct text make_refusal(void *self, const struct http_request *rq, int status, const char *why, struct buffer *body)
{
	(void)self;
	buffer_format(body, "{\"status\":%d,\"title\":\"%s\",\"number\":%d}", status, why, rq->number > 0);
	return TEXT("application/problem+json");
}

static void test_refusals_have_the_sites_form(void **state)
{
	struct site site = { 0 };

	(void)state;
	site_open_with(&site, (struct http_server_options){ .refuse = make_refusal });
	assert_int_equal(ask(&site, "GET / HTTP/1.1\r\n\r\n", &heard), 400);
	assert_non_null(strstr(heard.at, "\r\nContent-Type: application/problem+json\r\n"));
	assert_non_null(strstr(heard.at, "{\"status\":400,\"title\":\"there is no Host header\",\"number\":1}"));
	assert_int_equal(ask(&site, "HEAD / HTTP/1.1\r\n\r\n", &heard), 400);
	assert_null(strstr(heard.at, "{"));
	site_close(&site);
}

/* ---- answers from other threads ---- */

struct later {
	struct http_request *rq;
	int ms;
	bool file;
};

static void *answer_later(void *arg)
{
	struct later later = *(struct later *)arg;

	free(arg);
	usleep((useconds_t)later.ms * 1000);
	/* the arena is the handler's, whatever has become of the client */
	site_echo(NULL, later.rq);
	return NULL;
}

static void detach(struct http_request *rq, int ms)
{
	struct later *later = malloc(sizeof *later);
	pthread_attr_t attributes;
	pthread_t thread;

	*later = (struct later){ .rq = rq, .ms = ms };
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	assert_int_equal(pthread_create(&thread, &attributes, answer_later, later), 0);
	pthread_attr_destroy(&attributes);
}

static void serve_later(struct site *site, struct http_request *rq)
{
	(void)site;
	detach(rq, text_is(rq->path, "/slow") ? 100 : 1);
}

static void test_other_threads_answer(void **state)
{
	struct site site = { .serve = serve_later };

	(void)state;
	site_open_with(&site, (struct http_server_options){ .loops = 2 });
	assert_int_equal(ask(&site,
			     "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
			     "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			     &heard),
			 200);
	assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), 3);
	assert_true(strstr(heard.at, "GET /slow") < strstr(heard.at, "GET /2"));
	assert_true(strstr(heard.at, "GET /2") < strstr(heard.at, "GET /3"));
	site_close(&site);
	assert_int_equal(atomic_load(&site.done), 3);
}

static void test_many_threads_answer(void **state)
{
	enum { MANY = 40 };
	struct site site = { .serve = serve_later };
	int fds[MANY];

	(void)state;
	site_open_with(&site, (struct http_server_options){ .loops = 2 });
	for (int i = 0; i < MANY; i++) {
		fds[i] = dial(&site);
		for (int j = 0; j < 5; j++)
			say(fds[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (int i = 0; i < MANY; i++) {
		shutdown(fds[i], SHUT_WR);
		heard = (struct heard){ .length = 0 };
		hear(fds[i], &heard, NULL, HEAR_MS);
		assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), 5);
		close(fds[i]);
	}
	site_close(&site);
	assert_int_equal(atomic_load(&site.done), MANY * 5);
}

static void test_client_leaves_while_handler_runs(void **state)
{
	struct site site = { .serve = serve_later };

	(void)state;
	site_open(&site);
	for (int i = 0; i < 10; i++) {
		int fd = dial(&site);

		say(fd, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
		wait_for(&site.served, i + 1);
		if (i % 2) /* a reset, and a plain close */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
		close(fd);
	}
	for (int i = 0; i < 2000 && http_server_connections(site.server); i++)
		usleep(1000);
	assert_int_equal(http_server_connections(site.server), 0);
	site_close(&site); /* waits for what still runs */
	assert_true(atomic_load(&site.done) >= 10);
}

static atomic_int on_loop_calls;

static void answer_on_loop(void *arg)
{
	atomic_fetch_add(&on_loop_calls, 1);
	site_echo(NULL, arg);
}

static void *hop(void *rq)
{
	http_on_loop(rq, answer_on_loop, rq);
	return NULL;
}

static void serve_by_hop(struct site *site, struct http_request *rq)
{
	pthread_t thread;

	(void)site;
	if (text_is(rq->path, "/here")) {
		http_on_loop(rq, answer_on_loop, rq);
		return;
	}
	assert_int_equal(pthread_create(&thread, NULL, hop, rq), 0);
	pthread_detach(thread);
}

static void test_calls_on_the_loop(void **state)
{
	struct site site = { .serve = serve_by_hop };

	(void)state;
	site_open(&site);
	assert_int_equal(ask(&site,
			     "GET /here HTTP/1.1\r\nHost: a\r\n\r\nGET /there HTTP/1.1\r\nHost: a\r\n\r\n"
			     "GET /here HTTP/1.1\r\nHost: a\r\n\r\n",
			     &heard),
			 200);
	assert_int_equal(times(&heard, "HTTP/1.1 200 OK"), 3);
	site_close(&site);
	assert_int_equal(atomic_load(&on_loop_calls), 3);
}

/* ---- large answers and files ---- */

enum { LARGE = 6 << 20 };

static char pattern(int64_t i)
{
	return (char)('a' + (i ^ i >> 8 ^ i >> 16) % 26);
}

static void serve_large(struct site *site, struct http_request *rq)
{
	char *large = arena_alloc(rq->arena, LARGE);

	(void)site;
	for (int i = 0; i < LARGE; i++)
		large[i] = pattern(i);
	http_reply(rq, &(struct http_reply){ .status = 200, .body = { large, LARGE } });
}

/* The answer's body must be bytes [at, at + length) of the pattern. */
static void hear_pattern(int fd, int64_t at, int64_t length)
{
	static char buffer[64 << 10];
	int64_t got = 0;
	size_t head;

	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, "\r\n\r\n", HEAR_MS);
	assert_non_null(strstr(heard.at, "\r\n\r\n"));
	head = (size_t)(strstr(heard.at, "\r\n\r\n") + 4 - heard.at);
	for (; got < (int64_t)(heard.length - head); got++)
		assert_int_equal(heard.at[head + (size_t)got], pattern(at + got));
	while (got < length) {
		ssize_t n = recv(fd, buffer, sizeof buffer, 0);

		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			if (buffer[i] != pattern(at + got++))
				fail();
	}
	assert_int_equal(got, length);
}

static void test_large_answers_are_whole(void **state)
{
	struct site site = { .serve = serve_large };
	int fd;

	(void)state;
	site_open(&site);
	fd = dial(&site);
	for (int i = 0; i < 2; i++) {
		say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		hear_pattern(fd, 0, LARGE);
	}
	close(fd);
	site_close(&site);
	assert_true(atomic_load(&site.done_bytes) > 2 * LARGE);
}

static atomic_int sent_times;
static _Atomic int64_t sent_from, sent_length, sent_sum;
static atomic_bool sent_enough;

static bool note_sent(void *arg, int64_t at, int64_t length)
{
	sent_from = at;
	sent_length = length;
	sent_sum += length;
	atomic_fetch_add((atomic_int *)arg, 1);
	return !sent_enough;
}

static void reply_with_file(struct site *site, struct http_request *rq)
{
	const struct header type = { TEXT_INIT("Content-Type"), TEXT_INIT("image/png") };
	int fd = open(site->file, O_RDONLY | O_CLOEXEC);
	int64_t size = text_starts(rq->path, TEXT("/small")) ? 1000
		       : text_is(rq->path, "/short")         ? LARGE + 100000
							     : LARGE;

	assert_true(fd >= 0);
	http_reply_file(rq, &(struct http_file){ .fd = fd,
						 .size = size,
						 .modified_s = 784111777,
						 .etag = TEXT("\"v1\""),
						 .headers = &type,
						 .header_count = 1,
						 .sent = note_sent,
						 .arg = &sent_times });
}

static struct site *file_site;

static void *reply_with_file_later(void *rq)
{
	reply_with_file(file_site, rq);
	return NULL;
}

static void serve_file(struct site *site, struct http_request *rq)
{
	pthread_t thread;

	if (!text_ends(rq->path, TEXT("-later"))) {
		reply_with_file(site, rq);
		return;
	}
	file_site = site;
	assert_int_equal(pthread_create(&thread, NULL, reply_with_file_later, rq), 0);
	pthread_detach(thread);
}

static void write_pattern(struct site *site)
{
	char *large = malloc(LARGE);
	int fd;

	snprintf(site->file, sizeof site->file, "/tmp/http_test_XXXXXX");
	fd = mkstemp(site->file);
	for (int i = 0; i < LARGE; i++)
		large[i] = pattern(i);
	assert_int_equal(write(fd, large, LARGE), LARGE);
	close(fd);
	free(large);
}

static int64_t now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* A phone that reads slowly is no slow answer. */
static void test_an_answer_took_as_long_as_its_making(void **state)
{
	static const char *const requests[] = { "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /a-later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" };
	static char bytes[1 << 16];
	struct site site = { .serve = serve_file };

	(void)state;
	site_open(&site);
	write_pattern(&site);
	for (int i = 0; i < 2; i++) {
		int fd = dial(&site);
		int64_t seen_us;

		say(fd, requests[i]);
		assert_int_equal(recv(fd, bytes, 1, MSG_PEEK), 1);
		seen_us = now_us();
		while (read(fd, bytes, sizeof bytes) > 0)
			;
		close(fd);
		while (atomic_load(&site.done) <= i)
			;
		assert_true(atomic_load(&site.last_work_us) >= 0);
		assert_true(atomic_load(&site.last_ready_us) <= seen_us);
	}
	unlink(site.file);
	site_close(&site);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_files(void **state)
{
	static const char *const paths[] = { "/large", "/small", "/large-later", "/small-later" };
	struct site site = { .serve = serve_file };
	char request[200];
	int fd, before;

	(void)state;
	site_open(&site);
	write_pattern(&site);
	before = open_descriptors();
	fd = dial(&site);
	for (size_t i = 0; i < 4; i++) {
		int64_t size = i % 2 ? 1000 : LARGE;

		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		say(fd, request);
		hear_pattern(fd, 0, size);
		assert_non_null(strstr(heard.at, "\r\nContent-Type: image/png\r\nETag: \"v1\"\r\n"));
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nRange: bytes=100-\r\n\r\n", paths[i]);
		say(fd, request);
		hear_pattern(fd, 100, size - 100);
		assert_non_null(strstr(heard.at, "HTTP/1.1 206 Partial Content\r\n"));
		snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		say(fd, request);
		hear_pattern(fd, 0, 0);
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\n\r\n",
			 paths[i]);
		say(fd, request);
		hear_pattern(fd, 0, 0);
		assert_non_null(strstr(heard.at, "HTTP/1.1 304 Not Modified\r\n"));
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nRange: bytes=%d-\r\n\r\n", paths[i],
			 LARGE);
		say(fd, request);
		hear_pattern(fd, 0, 0);
		assert_non_null(strstr(heard.at, "\r\nContent-Length: 0\r\n"));
	}
	close(fd);
	/* a file that is shorter than was said: the answer is cut, not made up */
	assert_int_equal(ask(&site, "GET /short HTTP/1.1\r\nHost: a\r\nRange: bytes=6291400-\r\n\r\n", &heard), 206);
	assert_true(heard.ended);
	assert_true(heard.length < 100000);
	for (int i = 0; i < 2000 && open_descriptors() != before; i++)
		usleep(1000);
	assert_int_equal(open_descriptors(), before);
	unlink(site.file);
	site_close(&site);
}

/* Of what was asked, or of what came through until somebody hung up; of a head alone nothing. */
static void test_files_tell_what_went_out(void **state)
{
	static const char *const paths[] = { "/large", "/small", "/large-later", "/small-later" };
	struct site site = { .serve = serve_file };
	char request[200];
	int fd;

	(void)state;
	site_open(&site);
	write_pattern(&site);
	atomic_store(&sent_times, 0);
	fd = dial_taking(&site, 32 << 10); /* or all of the large one may be in the kernel when we hang up */
	for (int i = 0; i < 4; i++) {
		snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		say(fd, request);
		hear_pattern(fd, 0, 0);
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nRange: bytes=100-799\r\n\r\n", paths[i]);
		say(fd, request);
		hear_pattern(fd, 100, 700);
		wait_for(&sent_times, i + 1);
		assert_int_equal(sent_from, 100);
		assert_int_equal(sent_length, 700);
	}
	sent_sum = 0;
	say(fd, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, "\r\n\r\n", HEAR_MS);
	close(fd);
	wait_for(&site.done, 9);
	assert_int_equal(sent_from + sent_length, sent_sum);
	assert_true(sent_sum > 0 && sent_sum < LARGE);
	unlink(site.file);
	site_close(&site);
}

/* Who reads a little and then nothing is told of while his answer is open, without what waits in the kernel for him; and who is told may end it. */
static void test_an_open_file_is_told_and_may_be_cut(void **state)
{
	struct site site = { .serve = serve_file };
	int fd;

	(void)state;
	site_open(&site);
	write_pattern(&site);
	sent_sum = 0;
	atomic_store(&sent_times, 0);
	fd = dial_taking(&site, 32 << 10);
	say(fd, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, "\r\n\r\n", HEAR_MS);
	wait_for(&sent_times, 2);
	assert_int_equal(atomic_load(&site.done), 0);
	assert_true(sent_sum > 0 && sent_sum < LARGE / 6);
	sent_enough = true;
	wait_for(&site.done, 1);
	sent_enough = false;
	assert_int_equal(sent_from + sent_length, sent_sum);
	assert_true(sent_sum < LARGE);
	close(fd);
	unlink(site.file);
	site_close(&site);
}

/* ---- who is at the other end ---- */

static void serve_peer(struct site *site, struct http_request *rq)
{
	struct text body =
		arena_format(rq->arena, "%.*s %.*s %.*s", TEXT_ARG(rq->scheme), TEXT_ARG(rq->host), TEXT_ARG(rq->peer));

	(void)site;
	http_reply(rq, &(struct http_reply){ .status = 200, .body = body });
}

static void test_proxies(void **state)
{
	static const struct text local = TEXT_INIT("127.0.0.0/8");
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: a.cn\r\nX-Forwarded-For: 6.6.6.6, 1.1.1.1\r\nX-Forwarded-Proto: https\r\n\r\n";
	struct site site = { .serve = serve_peer };

	(void)state;
	site_open(&site);
	ask(&site, request, &heard);
	assert_non_null(strstr(heard.at, over_tls ? "\r\n\r\nhttps a.cn 127.0.0.1" : "\r\n\r\nhttp a.cn 127.0.0.1"));
	site_close(&site);
	site_open_with(&site, (struct http_server_options){ .trusted_proxies = &local, .trusted_proxy_count = 1 });
	ask(&site, request, &heard);
	assert_non_null(strstr(heard.at, "\r\n\r\nhttps a.cn 1.1.1.1"));
	ask(&site, "GET / HTTP/1.1\r\nHost: a.cn\r\n\r\n", &heard);
	assert_non_null(strstr(heard.at, over_tls ? "\r\n\r\nhttps a.cn 127.0.0.1" : "\r\n\r\nhttp a.cn 127.0.0.1"));
	site_close(&site);
}

static void test_addresses_of_the_server(void **state)
{
	static const struct text junk = TEXT_INIT("10.0.0.0/99");
	struct site site = { 0 };
	struct http_server_options options = { .address = TEXT("127.0.0.1"), .serve = site_serve, .self = &site };
	struct http_server *second;

	(void)state;
	site_open(&site);
	options.port = site.port;
	assert_problem(http_server_start(&options, &second), http_address_in_use);
	site_close(&site);
	/* and at once again after the end */
	assert_done(http_server_start(&options, &second));
	http_server_stop(second, 100);
	options.address = TEXT("localhost");
	assert_problem(http_server_start(&options, &second), http_address_wrong);
	options.address = TEXT("203.0.113.1");
	assert_problem(http_server_start(&options, &second), http_address_wrong);
	options.address = TEXT("127.0.0.1");
	options.port = 70000;
	assert_problem(http_server_start(&options, &second), http_address_wrong);
	options.port = 0;
	options.trusted_proxies = &junk;
	options.trusted_proxy_count = 1;
	assert_problem(http_server_start(&options, &second), http_address_wrong);
}

/* The server closes first, the client not at all: the connection lingers on the server's port. */
static void test_starts_again_where_a_connection_lingers(void **state)
{
	struct site site = { 0 };
	int fd, port;

	(void)state;
	heard.length = 0;
	heard.ended = false;
	site_open(&site);
	fd = dial(&site);
	say(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(fd, &heard, "GET / ", HEAR_MS);
	port = site.port;
	site_close(&site);
	site_open_with(&site, (struct http_server_options){ .port = port });
	assert_int_equal(ask(&site, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", &heard), 200);
	site_close(&site);
	close(fd);
}

static void test_both_families(void **state)
{
	struct site site = { .serve = serve_peer };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to)) {
		print_message("no IPv6 here\n");
		skip();
	}
	close(fd);
	site_open_with(&site, (struct http_server_options){ .address = TEXT("::") });
	ask(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", &heard);
	assert_non_null(strstr(heard.at, over_tls ? "https a 127.0.0.1" : "http a 127.0.0.1"));
	to.sin6_port = htons((uint16_t)site.port);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	fd = over_tls ? relay_through_tls(fd) : fd;
	say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, " a ::1", HEAR_MS);
	assert_non_null(strstr(heard.at, over_tls ? "https a ::1" : "http a ::1"));
	close(fd);
	site_close(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_a_request),
		cmocka_unit_test(test_keeps_alive),
		cmocka_unit_test(test_closes_when_asked),
		cmocka_unit_test(test_pipelines_in_order),
		cmocka_unit_test(test_any_split_is_the_same),
		cmocka_unit_test(test_head_has_no_body),
		cmocka_unit_test(test_statuses_without_body),
		cmocka_unit_test(test_reads_bodies),
		cmocka_unit_test(test_body_over_limit_is_refused_before_reading),
		cmocka_unit_test(test_expect_continue),
		cmocka_unit_test(test_refuses_hostile_requests),
		cmocka_unit_test(test_refuses_the_large),
		cmocka_unit_test(test_refusals_have_the_sites_form),
		cmocka_unit_test(test_other_threads_answer),
		cmocka_unit_test(test_many_threads_answer),
		cmocka_unit_test(test_client_leaves_while_handler_runs),
		cmocka_unit_test(test_calls_on_the_loop),
		cmocka_unit_test(test_large_answers_are_whole),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_an_answer_took_as_long_as_its_making),
		cmocka_unit_test(test_files_tell_what_went_out),
		cmocka_unit_test(test_an_open_file_is_told_and_may_be_cut),
		cmocka_unit_test(test_proxies),
		cmocka_unit_test(test_addresses_of_the_server),
		cmocka_unit_test(test_starts_again_where_a_connection_lingers),
		cmocka_unit_test(test_both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
