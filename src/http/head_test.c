/* head_test.c - the head of a request: what is refused, with which status, and what is read out of what is taken. Every
 * request is walked over in one piece, byte by byte and split at each place, which must make no difference. */
#include "base/testing.h"
#include "http/head.h"

static const struct http_limits limits = { .header_bytes = 16 << 10, .headers = 100, .target_bytes = 8 << 10 };

struct read {
	struct arena *arena;
	struct http_request rq;
	struct head head;
	struct refusal refusal;
};

/* 0 fine, -1 not whole yet, else the status; the first `first` bytes come first, then `step` at a time. */
static int scan_in(struct head_scan *scan, struct text bytes, size_t first, size_t step, struct refusal *refusal)
{
	for (size_t n = first;; n += step) {
		switch (head_scan(scan, text_head(bytes, n), &limits, refusal)) {
		case HEAD_WHOLE:
			return 0;
		case HEAD_REFUSED:
			return refusal->status;
		case HEAD_MORE:
			break;
		}
		if (n >= bytes.length)
			return -1;
	}
}

static int scan_all_ways(struct text bytes, struct head_scan *ret, struct refusal *refusal)
{
	struct head_scan scan = { 0 };
	int status = scan_in(&scan, bytes, bytes.length, 1, refusal);

	*ret = scan;
	scan = (struct head_scan){ 0 };
	assert_int_equal(scan_in(&scan, bytes, 0, 1, refusal), status);
	if (!status)
		assert_int_equal(scan.at, ret->at);
	for (size_t i = 0; i < bytes.length && bytes.length < 500; i++) {
		scan = (struct head_scan){ 0 };
		assert_int_equal(scan_in(&scan, bytes, i, bytes.length - i, refusal), status);
		if (!status)
			assert_int_equal(scan.at, ret->at);
		assert_int_equal(scan.headers, ret->headers);
	}
	return status;
}

static int read_bytes(struct read *read, struct text bytes)
{
	struct head_scan scan;
	int status = scan_all_ways(bytes, &scan, &read->refusal);

	arena_free(read->arena);
	*read = (struct read){ .arena = arena_new(1 << 20), .refusal = read->refusal };
	read->rq.arena = read->arena;
	if (status)
		return status;
	bytes = arena_text(read->arena, text_from(text_head(bytes, scan.at), scan.start));
	return head_read(bytes, scan.headers, &read->rq, &read->head, &read->refusal) ? 0 : read->refusal.status;
}

struct row {
	struct text bytes;
	int status; /* 0: taken; -1: waits for more */
};

#define ROW(status_, literal)                                                                                          \
	{                                                                                                              \
		TEXT_INIT(literal), status_                                                                            \
	}

static const struct row rows[] = {
	ROW(0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(0, "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(-1, "GET / HTTP/1.1\r\nHost: a\r\n"),
	ROW(-1, ""),
	/* the length of the body, read in two ways */
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +45\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 2\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n"),
	ROW(0, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
	ROW(0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
	ROW(0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:Chunked\t\r\n\r\n"),
	ROW(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"),
	ROW(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunkedx\r\n\r\n"),
	ROW(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n"),
	ROW(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
		 "chunked\r\n\r\n"),
	ROW(400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
	/* line ends, and bytes that are none of a header's */
	ROW(400, "GET / HTTP/1.1\nHost: a\n\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
	ROW(400, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
	ROW(400, "POST / HTTP/1.1\r\nHost: a\r\nX: x\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\rHost: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n\rX"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n"),
	ROW(400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\tfolded\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX(: 1\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n\xe4\xb8\xad: 1\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\xb8\xad\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\n\r\n"),
	/* Host */
	ROW(400, "GET / HTTP/1.1\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nX: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1\r\nHost: a<b\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\r\nHost: a_b-c.d~e%20:80\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n"),
	ROW(0, "GET / HTTP/1.0\r\n\r\n"),
	/* the request line */
	ROW(501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(501, "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(501, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
	ROW(505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
	ROW(505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
	ROW(400, "PRI * HTTP/2.0\r\n\r\n"),
	ROW(400, "GET / HTTQ/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
	ROW(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /\r\n\r\n"),
	ROW(400, "GET /\t HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /\xe4\xb8\xad HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"), /* TLS on a plain port */
	/* the address */
	ROW(400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(0, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(0, "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(0, "GET HTTP://A:80?q HTTP/1.1\r\nHost: a:80\r\n\r\n"),
	ROW(400, "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /%c0%ae HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /.. HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a/. HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(400, "GET /a/.%2E%2fb HTTP/1.1\r\nHost: a\r\n\r\n"),
	ROW(0, "GET /.well-known/...x/..a HTTP/1.1\r\nHost: a\r\n\r\n"),
	/* expectations */
	ROW(0, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"),
	ROW(417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n"),
};

static void test_takes_and_refuses(void **state)
{
	struct read read = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int status = read_bytes(&read, rows[i].bytes);

		if (status != rows[i].status)
			print_error("row %zu: %.*s: %s\n", i, TEXT_ARG(rows[i].bytes),
				    status > 0 ? read.refusal.why : "");
		assert_int_equal(status, rows[i].status);
	}
	arena_free(read.arena);
}

static void test_reads_fields(void **state)
{
	struct read read = { 0 };

	(void)state;
	assert_int_equal(read_bytes(&read, TEXT("PUT /a%2Fb/%e7%9f%A5+?q=%20&r=? HTTP/1.1\r\nHost: x.cn:81\r\n"
						"Empty:\r\nX-A:  b c \t\r\ncontent-length: 42\r\n\r\n")),
			 0);
	assert_int_equal(read.rq.method, PUT);
	assert_text(read.rq.target, "/a%2Fb/%e7%9f%A5+?q=%20&r=?");
	assert_text(read.rq.path, "/a/b/知+");
	assert_text(read.rq.query, "q=%20&r=?");
	assert_text(read.rq.host, "x.cn:81");
	assert_int_equal(read.rq.header_count, 4);
	assert_text(read.rq.headers[1].name, "Empty");
	assert_text(read.rq.headers[1].value, "");
	assert_text(http_header(&read.rq, "x-a"), "b c");
	assert_null(http_header(&read.rq, "x-").at);
	assert_int_equal(read.head.length, 42);
	assert_true(read.head.keep_alive);
	assert_false(read.head.chunked);
	arena_free(read.arena);
}

static void test_absolute_address(void **state)
{
	struct read read = { 0 };

	(void)state;
	assert_int_equal(read_bytes(&read, TEXT("GET http://a?x HTTP/1.1\r\nHost: A\r\n\r\n")), 0);
	assert_text(read.rq.path, "/");
	assert_text(read.rq.query, "x");
	assert_int_equal(read_bytes(&read, TEXT("GET https://a/b/c HTTP/1.1\r\nHost: a\r\n\r\n")), 0);
	assert_text(read.rq.path, "/b/c");
	assert_null(read.rq.query.at);
	arena_free(read.arena);
}

static void test_persistence(void **state)
{
	static const struct {
		const char *request;
		bool keeps;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nHost: a\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true },
	};
	struct read read = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(read_bytes(&read, text_of(cases[i].request)), 0);
		assert_int_equal(read.head.keep_alive, cases[i].keeps);
	}
	arena_free(read.arena);
}

static struct text repeat(struct buffer *out, const char *start, const char *middle, size_t n, const char *end)
{
	buffer_clear(out);
	buffer_add(out, text_of(start));
	for (size_t i = 0; i < n; i++)
		buffer_add(out, text_of(middle));
	buffer_add(out, text_of(end));
	return buffer_text(out);
}

static void test_limits(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct read read = { 0 };

	(void)state;
	/* 100 headers and no more; 8 KiB of address and no more; 16 KiB in all and no more */
	assert_int_equal(read_bytes(&read, repeat(&b, "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", 99, "\r\n")), 0);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", 100, "\r\n")), 431);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET /", "a", 8191, " HTTP/1.1\r\nHost: a\r\n\r\n")), 0);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET /", "a", 8192, " HTTP/1.1\r\nHost: a\r\n\r\n")), 414);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET /", "a", 8192, "")), 414);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", 16384 - 32, "\r\n\r\n")),
			 0);
	assert_int_equal(b.length, 16384);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", 16385 - 32, "\r\n\r\n")),
			 431);
	assert_int_equal(read_bytes(&read, repeat(&b, "GET / HTTP/1.1\r\nHost: a\r\n", "y", 20000, "")), 431);
	assert_int_equal(read_bytes(&read, repeat(&b, "", "G", 20000, "")), 431);
	arena_free(read.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_and_refuses),
		cmocka_unit_test(test_reads_fields),
		cmocka_unit_test(test_absolute_address),
		cmocka_unit_test(test_persistence),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
