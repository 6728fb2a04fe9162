/* time_test.c - the server and time: slow clients, ceilings of connections, graceful stop. Limits are scaled down so
 * that the tests are quick; nothing is asked to be quick, so that a busy machine fails nothing. */
#include <ifaddrs.h>
#include <time.h>

#include "http/testing.h"

static struct heard heard;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { SLOWER = OVER_TLS ? 4 : 1 }; /* the handshake counts too, and both its sides are here */

/* Longer than a busy machine holds up one thread: what goes on by steps is not to be taken for what has stopped. */
enum { STEADY_MS = 1500 };

static const struct http_server_options steady = { .limits = { .body_ms = STEADY_MS, .write_ms = STEADY_MS } };
static const struct http_server_options quick = {
	.limits = { .header_ms = 200 * SLOWER, .body_ms = 300, .idle_ms = 400, .write_ms = 300 },
};

/* Sends a byte of `drip` every 20 ms until the server has closed; returns how long that took. */
static int64_t drip_until_closed(const struct site *site, const char *first, const char *drip)
{
	int64_t start = now_ms();
	int fd = dial(site);

	heard = (struct heard){ .length = 0 };
	say(fd, first);
	while (!heard.ended && now_ms() - start < HEAR_MS) {
		say_bytes(fd, drip, *drip ? 1 : 0);
		hear(fd, &heard, NULL, 20);
	}
	assert_true(heard.ended);
	close(fd);
	return now_ms() - start;
}

/* Not before it may; how much later is the machine's matter. */
static void assert_waited(int64_t ms, int64_t least)
{
	if (ms < least)
		print_error("%lld ms\n", (long long)ms);
	assert_true(ms >= least);
}

static void test_slow_clients_are_let_go(void **state)
{
	struct site site = { .body_limit = 100000 };

	(void)state;
	site_open_with(&site, quick);
	/* a header that never ends */
	assert_waited(drip_until_closed(&site, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y"), 190 * SLOWER);
	assert_non_null(strstr(heard.at, "HTTP/1.1 408 "));
	/* a body that comes by drops */
	assert_waited(drip_until_closed(&site, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n", "y"), 290);
	assert_non_null(strstr(heard.at, "HTTP/1.1 408 "));
	assert_waited(drip_until_closed(&site, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;", "y"), 290);
	assert_non_null(strstr(heard.at, "HTTP/1.1 408 "));
	/* who says nothing hears nothing */
	assert_waited(drip_until_closed(&site, "", ""), 190 * SLOWER);
	assert_int_equal(heard.length, 0);
	/* an idle connection after an answer */
	assert_waited(drip_until_closed(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""), 390);
	assert_int_equal(times(&heard, "HTTP/1.1 "), 1);
	site_close(&site);
	assert_int_equal(atomic_load(&site.served), 1);
}

static void test_long_upload_lives_while_it_comes(void **state)
{
	enum { PIECE = 4000, PIECES = 45 };
	static char piece[PIECE];
	struct site site = { .body_limit = PIECE * PIECES };
	int64_t start = now_ms();
	int fd;

	(void)state;
	site_open_with(&site, steady);
	fd = dial(&site);
	say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 180000\r\n\r\n");
	memset(piece, 'x', PIECE);
	for (int i = 0; i < PIECES; i++) {
		say_bytes(fd, piece, PIECE);
		usleep(70000);
	}
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, "x\n", HEAR_MS);
	assert_non_null(strstr(heard.at, "HTTP/1.1 200 OK"));
	assert_true(now_ms() - start > 2 * STEADY_MS);
	close(fd);
	site_close(&site);
}

enum { LARGE = 16 << 20 };

static void serve_large(struct site *site, struct http_request *rq)
{
	(void)site;
	http_reply(rq, &(struct http_reply){ .status = 200, .body = { arena_alloc(rq->arena, LARGE), LARGE } });
}

static void test_stalled_reader_is_let_go(void **state)
{
	static char buffer[1 << 20];
	struct site site = { .serve = serve_large };
	int64_t start = now_ms();
	size_t got = 0;
	ssize_t n;
	int fd;

	(void)state;
	site_open_with(&site, steady);
	fd = dial(&site);
	say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < HEAR_MS && !atomic_load(&site.done); i++)
		usleep(1000);
	assert_waited(now_ms() - start, STEADY_MS - 10);
	assert_true(atomic_load(&site.done_bytes) < LARGE);
	close(fd);
	/* one who reads slowly, but reads, gets everything */
	fd = dial(&site);
	say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	while (got < LARGE && (n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
		got += (size_t)n;
		usleep(20000);
	}
	assert_true(got >= LARGE);
	close(fd);
	site_close(&site);
}

/* ---- ceilings ---- */

static void test_drips_do_not_hinder_others(void **state)
{
	enum { DRIPS = OVER_TLS ? 40 : 300, ASKED = 200 }; /* the test itself is the other half of each handshake */
	struct site site = { 0 };
	int fds[DRIPS], fd;

	(void)state;
	site_open_with(&site, (struct http_server_options){ .limits = { .header_ms = HEAR_MS } });
	for (int i = 0; i < DRIPS; i++) {
		fds[i] = dial(&site);
		say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	}
	fd = dial(&site);
	for (int i = 0; i < ASKED; i++) {
		say_bytes(fds[i % DRIPS], "y", 1);
		heard = (struct heard){ .length = 0 };
		say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
		hear(fd, &heard, "GET /x", HEAR_MS / 2); /* before the first drip is given up */
		assert_non_null(strstr(heard.at, "GET /x"));
	}
	for (int i = 0; i < DRIPS; i++)
		close(fds[i]);
	close(fd);
	site_close(&site);
}

static void serve_held(struct site *site, struct http_request *rq)
{
	if (text_is(rq->path, "/held"))
		atomic_store(&site->mine, rq);
	else
		site_echo(site, rq);
}

static void test_ceiling_of_connections(void **state)
{
	struct site site = { .serve = serve_held };
	int fds[3], fd;

	(void)state;
	site_open_with(&site, (struct http_server_options){ .limits = { .connections = 3 } });
	for (int i = 0; i < 3; i++) {
		heard = (struct heard){ .length = 0 };
		fds[i] = dial(&site);
		say(fds[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
		hear(fds[i], &heard, "GET /x", HEAR_MS);
	}
	/* the one that has been idle for longest makes room */
	assert_int_equal(ask(&site, "GET /y HTTP/1.1\r\nHost: a\r\n\r\n", &heard), 200);
	heard = (struct heard){ .length = 0 };
	hear(fds[0], &heard, NULL, HEAR_MS);
	assert_true(heard.ended);
	close(fds[0]);
	/* where none is idle, the new one is told to come again */
	fds[0] = dial(&site);
	say(fds[0], "GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
	say(fds[1], "GET /");
	say(fds[2], "GET /");
	wait_for(&site.served, 5);
	usleep(50000);
	fd = dial(&site);
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, NULL, HEAR_MS);
	assert_true(over_tls || strstr(heard.at, "HTTP/1.1 503 ")); /* without a handshake nothing can be said */
	assert_true(over_tls || strstr(heard.at, "\r\nRetry-After: "));
	assert_true(heard.ended);
	close(fd);
	site_echo(&site, atomic_load(&site.mine));
	heard = (struct heard){ .length = 0 };
	hear(fds[0], &heard, "GET /held", HEAR_MS);
	assert_non_null(strstr(heard.at, "GET /held"));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	site_close(&site);
}

/* An address of this machine that is not the loopback. */
static bool find_address(struct sockaddr_in *ret)
{
	struct ifaddrs *all, *at;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (at = all; at && !found; at = at->ifa_next) {
		if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(ret, at->ifa_addr, sizeof *ret);
		found = (ntohl(ret->sin_addr.s_addr) >> 24) != 127;
	}
	freeifaddrs(all);
	return found;
}

static void test_ceiling_of_a_peer(void **state)
{
	struct site site = { 0 };
	struct sockaddr_in to;
	int fds[3];

	(void)state;
	if (!find_address(&to)) {
		print_message("no address but the loopback here\n");
		skip();
	}
	site_open_with(&site, (struct http_server_options){ .address = TEXT("0.0.0.0"),
							    .limits = { .connections_per_peer = 2 } });
	to.sin_port = htons((uint16_t)site.port);
	for (int i = 0; i < 3; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&to, sizeof to), 0);
		fds[i] = over_tls ? relay_through_tls(fds[i]) : fds[i];
		heard = (struct heard){ .length = 0 };
		if (i < 2)
			say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		hear(fds[i], &heard, i < 2 ? "\r\n\r\n" : NULL, HEAR_MS);
		assert_true((over_tls && i == 2) || strstr(heard.at, i < 2 ? "HTTP/1.1 200 OK" : "HTTP/1.1 503 "));
		assert_int_equal(heard.ended, i == 2);
	}
	assert_int_equal(ask(&site, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", &heard),
			 200); /* the loopback is not counted */
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	site_close(&site);
}

/* ---- stopping ---- */

static void *stop(void *arg)
{
	struct site *site = arg;

	http_server_stop(site->server, HEAR_MS);
	return NULL;
}

static bool is_refused(const struct site *site)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)site->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool refused = connect(fd, (struct sockaddr *)&to, sizeof to) != 0;

	close(fd);
	return refused;
}

static void test_stop_finishes_what_runs(void **state)
{
	struct site site = { .serve = serve_held };
	int64_t start;
	int held, idle;
	pthread_t thread;

	(void)state;
	site_open_with(&site, (struct http_server_options){ .loops = 2 });
	held = dial(&site);
	idle = dial(&site);
	say(held, "GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
	say(idle, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
	heard = (struct heard){ .length = 0 };
	hear(idle, &heard, "GET /x", HEAR_MS);
	wait_for(&site.served, 2);
	start = now_ms();
	assert_int_equal(pthread_create(&thread, NULL, stop, &site), 0);
	hear(idle, &heard, NULL, HEAR_MS);
	assert_true(heard.ended); /* idle ones are closed at once */
	for (int i = 0; i < HEAR_MS && !is_refused(&site); i++)
		usleep(1000);
	assert_true(is_refused(&site));
	usleep(100000);
	site_echo(&site, atomic_load(&site.mine));
	heard = (struct heard){ .length = 0 };
	hear(held, &heard, NULL, HEAR_MS);
	assert_true(heard.ended);
	assert_non_null(strstr(heard.at, "GET /held"));
	assert_non_null(strstr(heard.at, "\r\nConnection: close\r\n"));
	assert_null(strstr(heard.at, "/next"));
	close(held);
	close(idle);
	pthread_join(thread, NULL);
	assert_waited(now_ms() - start, 90);
}

static void test_stop_waits_no_longer_than_it_may(void **state)
{
	struct site site = { .serve = serve_held };
	int64_t start;
	int fd;

	(void)state;
	site_open(&site);
	fd = dial(&site);
	say(fd, "GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for(&site.served, 1);
	start = now_ms();
	http_server_stop(site.server, 100);
	assert_waited(now_ms() - start, 90);
	heard = (struct heard){ .length = 0 };
	hear(fd, &heard, NULL, HEAR_MS);
	assert_true(heard.ended);
	close(fd);
	/* the handler is told nothing; its answer goes nowhere, and takes the last of the server with it */
	site_echo(&site, atomic_load(&site.mine));
}

static void test_stop_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct site site = { 0 };

		site_open_with(&site, (struct http_server_options){ .loops = 3 });
		site_close(&site);
	}
	http_server_stop(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_clients_are_let_go),
		cmocka_unit_test(test_long_upload_lives_while_it_comes),
		cmocka_unit_test(test_stalled_reader_is_let_go),
		cmocka_unit_test(test_drips_do_not_hinder_others),
		cmocka_unit_test(test_ceiling_of_connections),
		cmocka_unit_test(test_ceiling_of_a_peer),
		cmocka_unit_test(test_stop_finishes_what_runs),
		cmocka_unit_test(test_stop_waits_no_longer_than_it_may),
		cmocka_unit_test(test_stop_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
