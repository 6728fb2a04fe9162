/* stream_test.c - bodies that a worker reads from the socket: whole, cut, slow, unread, and the connection afterwards. */
#include "http/testing.h"

static struct heard heard;

enum { LARGE = 5 << 20 };

static unsigned char byte_of(size_t i) { return (unsigned char)(i * 31 + (i >> 10)); }

static bool under_up(void *self, enum method method, struct text path)
{
	(void)self;
	return method == PATCH && text_starts(path, TEXT("/up"));
}

static const struct http_server_options streaming = { .streams = under_up, .limits = { .body_ms = 300 } };

/* How much of the body came, and whether it was what had been sent. */
static void *read_and_answer(void *arg)
{
	struct http_request *rq = arg;
	char piece[10000];
	size_t all = 0, n = 1;
	bool same = true;
	problem why = NULL;

	while (!why && n && !text_is(rq->path, "/up/unread")) {
		why = http_body_read(rq, piece, sizeof piece, &n);
		for (size_t i = 0; !why && i < n; i++)
			same &= (unsigned char)piece[i] == byte_of(all + i);
		all += why ? 0 : n;
	}
	http_reply(rq, &(struct http_reply){ .status = why ? why->status : 200,
	                                     .body = arena_format(rq->arena, "%zu of %lld %s\n", all, (long long)rq->body_length, same ? "same" : "other") });
	return NULL;
}

static void *echo_late(void *rq)
{
	usleep(300000);
	site_echo(NULL, rq);
	return NULL;
}

static void serve_on_a_thread(struct site *site, struct http_request *rq)
{
	pthread_t thread;

	if (rq->method != PATCH && !text_is(rq->path, "/late")) {
		site_echo(site, rq);
		return;
	}
	assert_int_equal(pthread_create(&thread, NULL, rq->method == PATCH ? read_and_answer : echo_late, rq), 0);
	pthread_detach(thread);
}

static void open_streaming(struct site *site)
{
	site->body_limit = SIZE_MAX;
	site->serve = serve_on_a_thread;
	site_open_with(site, streaming);
	heard = (struct heard){ .length = 0 };
}

static char *large(size_t head_length)
{
	char *bytes = malloc(head_length + LARGE + 100);

	assert_non_null(bytes);
	for (size_t i = 0; i < LARGE; i++)
		bytes[head_length + i] = (char)byte_of(i);
	return bytes;
}

static const char head[] = "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5242880\r\n\r\n";
static const char next[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/* All at once, with the next request behind it: none of its bytes may be taken for the body. */
static void test_a_large_body_and_what_follows_it(void **state)
{
	struct site site = { 0 };
	char *bytes = large(sizeof head - 1);
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	memcpy(bytes, head, sizeof head - 1);
	memcpy(bytes + sizeof head - 1 + LARGE, next, sizeof next - 1);
	for (int i = 0; i < 3; i++) {
		heard = (struct heard){ .length = 0 };
		say_bytes(fd, bytes, sizeof head - 1 + LARGE + sizeof next - 1);
		hear(fd, &heard, "GET /next", HEAR_MS);
		assert_non_null(strstr(heard.at, "5242880 of 5242880 same"));
		assert_non_null(strstr(heard.at, "GET /next"));
	}
	close(fd);
	free(bytes);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 6);
}

/* While a request waits for its answer the loop reads on, so that much of the next one's body is there with its head. */
static void test_a_body_read_ahead(void **state)
{
	static const char late[] = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
	struct site site = { 0 };
	char *bytes = large(sizeof late - 1 + sizeof head - 1);
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	memcpy(bytes, late, sizeof late - 1);
	memcpy(bytes + sizeof late - 1, head, sizeof head - 1);
	say_bytes(fd, bytes, sizeof late - 1 + sizeof head - 1 + LARGE);
	hear(fd, &heard, "same", HEAR_MS);
	assert_non_null(strstr(heard.at, "GET /late"));
	assert_non_null(strstr(heard.at, "5242880 of 5242880 same"));
	close(fd);
	free(bytes);
	site_close(&site);
}

/* A body that lies whole beside its head, byte by byte, and one of nothing. */
static void test_small_bodies(void **state)
{
	struct site site = { 0 };
	char small[] = "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n123";
	int fd;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		small[sizeof small - 4 + i] = (char)byte_of(i);
	open_streaming(&site);
	fd = dial(&site);
	say_bytes(fd, small, sizeof small - 1);
	hear(fd, &heard, "3 of 3 same", HEAR_MS);
	for (size_t i = 0; i < sizeof small - 1; i++)
		say_bytes(fd, small + i, 1);
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, "3 of 3 same", HEAR_MS);
	assert_non_null(strstr(heard.at, "3 of 3 same"));
	say(fd, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	hear(fd, &heard, "0 of 0 same", HEAR_MS);
	assert_non_null(strstr(heard.at, "0 of 0 same"));
	close(fd);
	site_close(&site);
}

static void test_an_answer_before_the_body_closes(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	say(fd, "PATCH /up/unread HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
	hear(fd, &heard, NULL, HEAR_MS);
	assert_non_null(strstr(heard.at, "Connection: close"));
	assert_non_null(strstr(heard.at, "0 of 100000"));
	assert_true(heard.ended && !heard.reset);
	close(fd);
	site_close(&site);
}

static void test_a_client_that_leaves(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	say(fd, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
	close(fd);
	wait_for(&site.done, 1);
	assert_int_equal(atomic_load(&site.last_work_us), -1); /* its sender took its time, which says nothing of us */
	/* it may still listen */
	assert_int_equal(ask(&site, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc", &heard), 400);
	assert_non_null(strstr(heard.at, "3 of 100000"));
	site_close(&site);
}

static void test_a_slow_one_and_one_without_length(void **state)
{
	struct site site = { 0 };
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	say(fd, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
	for (int i = 0; i < 200 && !heard.ended; i++) {
		say(fd, "x");
		hear(fd, &heard, NULL, 20);
	}
	assert_non_null(strstr(heard.at, "HTTP/1.1 400 "));
	close(fd);
	assert_int_equal(ask(&site, "PATCH /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &heard), 411);
	site_close(&site);
}

static void test_goes_on_when_told(void **state)
{
	struct site site = { 0 };
	char body[3] = { (char)byte_of(0), (char)byte_of(1), (char)byte_of(2) };
	int fd;

	(void)state;
	open_streaming(&site);
	fd = dial(&site);
	say(fd, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	hear(fd, &heard, "100 Continue\r\n\r\n", HEAR_MS);
	assert_non_null(strstr(heard.at, "HTTP/1.1 100 Continue\r\n\r\n"));
	say_bytes(fd, body, sizeof body);
	hear(fd, &heard, "3 of 3 same", HEAR_MS);
	assert_non_null(strstr(heard.at, "3 of 3 same"));
	/* refused without having been asked to go on */
	heard = (struct heard){ .length = 0 };
	say(fd, "PATCH /up/unread HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	hear(fd, &heard, "0 of 3", HEAR_MS);
	assert_null(strstr(heard.at, "100 Continue"));
	close(fd);
	site_close(&site);
}

/* The body limit is an hour away: only the stop itself can end it. */
static void test_a_stop_cuts_it(void **state)
{
	struct site site = { .body_limit = SIZE_MAX, .serve = serve_on_a_thread };
	int fd;

	(void)state;
	heard = (struct heard){ .length = 0 };
	site_open_with(&site, (struct http_server_options){ .streams = under_up, .limits = { .body_ms = 3600 * 1000 } });
	fd = dial(&site);
	say(fd, "PATCH /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
	wait_for(&site.served, 1);
	site_close(&site);
	hear(fd, &heard, NULL, HEAR_MS);
	assert_non_null(strstr(heard.at, "3 of 100000"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_large_body_and_what_follows_it), cmocka_unit_test(test_a_body_read_ahead), cmocka_unit_test(test_small_bodies),
		cmocka_unit_test(test_an_answer_before_the_body_closes), cmocka_unit_test(test_a_client_that_leaves),
		cmocka_unit_test(test_a_slow_one_and_one_without_length), cmocka_unit_test(test_goes_on_when_told),
		cmocka_unit_test(test_a_stop_cuts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
