/* server_test.c - the server over real sockets: keep-alive, pipelining, bodies, limits, time, threads, stopping. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
