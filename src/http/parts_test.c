/* parts_test.c - the small parts: escapes, dates, codings, cookies, chunks, addresses, ranges, heads of answers. */
#include "base/testing.h"
#include "http/address.h"
#include "http/answer.h"
#include "http/chunked.h"

/* ---- escapes ---- */

static void test_decode(void **state)
{
	static const struct {
		const char *encoded, *plain, *form; /* NULL: refused */
	} cases[] = {
		{ "", "", "" },         { "a+b", "a+b", "a b" }, { "%E7%9F%a5", "知", "知" }, { "%2B%25", "+%", "+%" },
		{ "%", NULL, NULL },    { "%2", NULL, NULL },    { "%g0", NULL, NULL },       { "%0g", NULL, NULL },
		{ "a%00", NULL, NULL }, { "%ff", NULL, NULL },   { "%ed%a0%80", NULL, NULL }, { "%c0%80", NULL, NULL },
		{ "%0A", "\n", "\n" },
	};
	struct arena *arena = arena_new(1 << 20);
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(http_decode(arena, text_of(cases[i].encoded), false, &t), cases[i].plain != NULL);
		if (cases[i].plain)
			assert_text(t, cases[i].plain);
		assert_int_equal(http_decode(arena, text_of(cases[i].encoded), true, &t), cases[i].form != NULL);
		if (cases[i].form)
			assert_text(t, cases[i].form);
	}
	arena_free(arena);
}

static void test_encode_comes_back(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	struct text t;

	(void)state;
	http_encode(&b, TEXT("aZ09-._~ /+%&=知\n"));
	assert_text(buffer_text(&b), "aZ09-._~%20%2F%2B%25%26%3D%E7%9F%A5%0A");
	assert_true(http_decode(arena, buffer_text(&b), true, &t));
	assert_text(t, "aZ09-._~ /+%&=知\n");
	arena_free(arena);
}

/* ---- dates ---- */

static void test_dates(void **state)
{
	static const char *const bad[] = {
		"",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Mon, 06 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 19x4 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
	};
	struct arena *arena = arena_new(1 << 20);
	int64_t s = -1;

	(void)state;
	assert_text(http_date(arena, 784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110, 5.6.7 */
	assert_true(http_date_read(TEXT("Sun, 06 Nov 1994 08:49:37 GMT"), &s));
	assert_int_equal(s, 784111777);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(http_date_read(text_of(bad[i]), &s));
	for (int64_t t = 0; t < 4000000000; t += 86399 * 41) {
		assert_true(http_date_read(http_date(arena, t), &s));
		assert_int_equal(s, t);
	}
	arena_free(arena);
}

/* ---- headers ---- */

static void test_accepts(void **state)
{
	static const struct {
		const char *value;
		bool gzip;
	} cases[] = {
		{ "gzip", true },         { "br, GZIP", true },     { "gzip;q=0", false }, { "gzip; q=0.000", false },
		{ "gzip;q=0.1", true },   { "gzip;q=1.0", true },   { "*", true },         { "*;q=0", false },
		{ "gzip;q=0, *", false }, { "*, gzip;Q=0", false }, { "", false },         { "xgzip", false },
		{ "gzipx", false },       { "br", false },          { ",, gzip ,", true }, { "identity", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(http_accepts(text_of(cases[i].value), "gzip"), cases[i].gzip);
	assert_false(http_accepts((struct text){ 0 }, "gzip"));
}

static void test_cookies(void **state)
{
	const struct header headers[] = {
		{ TEXT_INIT("Cookie"), TEXT_INIT("a=1; session=x=y;b; c=") },
		{ TEXT_INIT("cookie"), TEXT_INIT("session=second; d=4") },
	};
	const struct http_request rq = { .headers = headers, .header_count = 2 };

	(void)state;
	assert_text(http_cookie(&rq, "a"), "1");
	assert_text(http_cookie(&rq, "session"), "x=y");
	assert_text(http_cookie(&rq, "c"), "");
	assert_non_null(http_cookie(&rq, "c").at);
	assert_text(http_cookie(&rq, "d"), "4");
	assert_null(http_cookie(&rq, "b").at);
	assert_null(http_cookie(&rq, "A").at);
	assert_null(http_cookie(&rq, "ession").at);
}

/* ---- chunks ---- */

static enum chunked_found decode(struct text in, size_t step, size_t max, struct buffer *body, size_t *ret_left)
{
	struct chunked chunked = { 0 };
	enum chunked_found found = CHUNKED_MORE;
	size_t at = 0;

	*body = BUFFER(max);
	while (found == CHUNKED_MORE && at < in.length) {
		struct text piece = text_head(text_from(in, at), step);
		size_t before = piece.length;

		found = chunked_read(&chunked, &piece, body);
		at += before - piece.length;
	}
	*ret_left = in.length - at;
	return found;
}

struct chunked_row {
	struct text in;
	enum chunked_found found;
	const char *body;
	size_t left;
};

static const struct chunked_row chunked_rows[] = {
	{ TEXT_INIT("5\r\nhello\r\n0\r\n\r\n"), CHUNKED_END, "hello", 0 },
	{ TEXT_INIT("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET"), CHUNKED_END, "hello world", 3 },
	{ TEXT_INIT("005;name=value;x=\"y z\"\r\nhello\r\n0;last\r\nTrailer: x\r\nB: c\r\n\r\n"), CHUNKED_END, "hello",
	  0 },
	{ TEXT_INIT("a\r\n0123456789\r\nA\r\nabcdefghij\r\n000\r\n\r\n"), CHUNKED_END, "0123456789abcdefghij", 0 },
	{ TEXT_INIT("0\r\n\r\n"), CHUNKED_END, "", 0 },
	{ TEXT_INIT("5\r\nhel"), CHUNKED_MORE, "hel", 0 },
	{ TEXT_INIT("5\nhello\r\n0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5\r\nhello\n0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5\r\nhelloXX0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5\r\nhello\r\r0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5 \r\nhello\r\n0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT(" 5\r\nhello\r\n0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT(";x\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("+5\r\nhello\r\n0\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("-1\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0x5\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5;a\rb\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5;a\nb\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("5;a\0b\r\nhello"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0\r\n\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0\r\nA: b\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0\r\nA: b\rC: d\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0\r\nA: b\r\n folded\r\n\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("0\r\n\rX"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("10000000000000000\r\n"), CHUNKED_BAD, NULL, 0 },
	{ TEXT_INIT("fffffffffffffff\r\nx"), CHUNKED_LARGE, NULL, 0 },
	{ TEXT_INIT("15\r\n012345678901234567890"), CHUNKED_LARGE, NULL, 0 },
	{ TEXT_INIT("14\r\n01234567890123456789\r\n1\r\nx"), CHUNKED_LARGE, NULL, 0 },
};

static void test_chunks(void **state)
{
	struct buffer body;
	size_t left;

	(void)state;
	for (size_t i = 0; i < sizeof chunked_rows / sizeof chunked_rows[0]; i++) {
		const struct chunked_row *row = &chunked_rows[i];

		for (size_t step = 1; step <= row->in.length; step++) {
			assert_int_equal(decode(row->in, step, 20, &body, &left), row->found);
			if (row->body) {
				assert_text(buffer_text(&body), row->body);
				assert_int_equal(left, row->left);
			}
			buffer_free(&body);
		}
	}
}

static void test_chunk_extras_end(void **state)
{
	static char in[20000] = "5;";
	struct buffer body;
	size_t left;

	(void)state;
	memset(in + 2, 'x', sizeof in - 2);
	assert_int_equal(decode((struct text){ in, sizeof in }, 7, 20, &body, &left), CHUNKED_BAD);
	memcpy(in, "0\r\n", 3);
	assert_int_equal(decode((struct text){ in, sizeof in }, 7, 20, &body, &left), CHUNKED_BAD);
}

/* ---- addresses ---- */

static struct address address(const char *t)
{
	struct address ret = { 0 };

	assert_true(address_read(text_of(t), &ret));
	return ret;
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "",         "1.2.3",  "1.2.3.4.5", "1.2.3.256", "a",
					   "1.2.3.4 ", "::1%lo", "[::1]",     "01.2.3.4" };
	char out[ADDRESS_TEXT_MAX];
	struct address ret;

	(void)state;
	assert_text(address_write(address("1.2.3.4"), out), "1.2.3.4");
	assert_text(address_write(address("::ffff:1.2.3.4"), out), "1.2.3.4");
	assert_text(address_write(address("2001:DB8::0:1"), out), "2001:db8::1");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(address_read(text_of(bad[i]), &ret));
	assert_true(address_is_loopback(address("127.8.0.1")));
	assert_true(address_is_loopback(address("::1")));
	assert_false(address_is_loopback(address("128.0.0.1")));
	assert_false(address_is_loopback(address("::2")));
}

static void test_blocks(void **state)
{
	static const struct {
		const char *block, *address;
		bool has;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.1.2", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.4", false },
		{ "192.168.128.0/17", "192.168.129.1", true },
		{ "192.168.128.0/17", "192.168.127.1", false },
		{ "0.0.0.0/0", "9.9.9.9", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "9.9.9.9", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::1", "::1", true },
	};
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/-1",  "10.0.0.0/", "::/129",
					   "/8",          "10.0.0.0/8/8", "x/8" };
	struct block block;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(block_read(text_of(cases[i].block), &block));
		assert_int_equal(block_has(block, address(cases[i].address)), cases[i].has);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(block_read(text_of(bad[i]), &block));
}

static void test_forwarded(void **state)
{
	static const struct {
		const char *peer, *first, *second, *client; /* second: a later header of the same name */
	} cases[] = {
		{ "10.0.0.1", "1.1.1.1", NULL, "1.1.1.1" },
		{ "9.9.9.9", "1.1.1.1", NULL, "9.9.9.9" },           /* nobody's word counts */
		{ "10.0.0.1", "6.6.6.6, 1.1.1.1", NULL, "1.1.1.1" }, /* what the client made up stands to the left */
		{ "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", NULL, "1.1.1.1" },
		{ "10.0.0.1", "6.6.6.6", "1.1.1.1 , 10.0.0.2", "1.1.1.1" },
		{ "10.0.0.1", "6.6.6.6, 1.1.1.1", "10.0.0.2", "1.1.1.1" },
		{ "10.0.0.1", "1.1.1.1, junk, 10.0.0.2", NULL, "10.0.0.2" },
		{ "10.0.0.1", "", NULL, "10.0.0.1" },
		{ "10.0.0.1", "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3" },
		{ "10.0.0.1", "[2001:db8::7]:443", NULL, "2001:db8::7" },
		{ "::1", "2001:db8::7", NULL, "2001:db8::7" },
		{ "10.0.0.1", "1.1.1.1:5678", NULL, "1.1.1.1" },
		{ "10.0.0.1", "unknown", NULL, "10.0.0.1" },
	};
	struct block blocks[2];
	const struct trusted trusted = { blocks, 2 };
	char out[ADDRESS_TEXT_MAX];

	(void)state;
	assert_true(block_read(TEXT("10.0.0.0/8"), &blocks[0]));
	assert_true(block_read(TEXT("::1"), &blocks[1]));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct header headers[] = {
			{ TEXT("X-Forwarded-For"), text_of(cases[i].first) },
			{ TEXT("x-forwarded-for"), text_of(cases[i].second) },
		};
		const struct http_request rq = { .headers = headers, .header_count = cases[i].second ? 2 : 1 };

		assert_text(address_write(trusted_peer(&trusted, &rq, address(cases[i].peer)), out), cases[i].client);
	}
}

static void test_peers(void **state)
{
	struct peers *peers = peers_new(2);

	(void)state;
	assert_true(peers_enter(peers, address("1.1.1.1")));
	assert_true(peers_enter(peers, address("1.1.1.1")));
	assert_false(peers_enter(peers, address("1.1.1.1")));
	assert_true(peers_enter(peers, address("1.1.1.2")));
	peers_leave(peers, address("1.1.1.1"));
	assert_true(peers_enter(peers, address("1.1.1.1")));
	/* one /64 is one household */
	assert_true(peers_enter(peers, address("2001:db8::1")));
	assert_true(peers_enter(peers, address("2001:db8::2:1")));
	assert_false(peers_enter(peers, address("2001:db8::3:0:0:1")));
	assert_true(peers_enter(peers, address("2001:db8:0:1::1")));
	peers_leave(peers, address("1.1.1.1"));
	peers_leave(peers, address("1.1.1.1"));
	peers_leave(peers, address("1.1.1.2"));
	peers_leave(peers, address("2001:db8::1"));
	peers_leave(peers, address("2001:db8::1"));
	peers_leave(peers, address("2001:db8:0:1::1"));
	peers_free(peers);
}

/* ---- files ---- */

struct part_row {
	enum method method;
	const char *range, *if_range, *none_match, *since;
	int64_t size;
	int status;
	int64_t at, length;
};

#define LATER   "Sun, 06 Nov 1994 08:49:38 GMT"
#define SAME    "Sun, 06 Nov 1994 08:49:37 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"

static const struct part_row part_rows[] = {
	{ GET, .size = 1000, .status = 200, .at = 0, .length = 1000 },
	{ GET, "bytes=0-", .size = 1000, .status = 206, .at = 0, .length = 1000 },
	{ GET, "bytes=0-0", .size = 1000, .status = 206, .at = 0, .length = 1 },
	{ GET, "bytes=999-", .size = 1000, .status = 206, .at = 999, .length = 1 },
	{ GET, "bytes=500-599", .size = 1000, .status = 206, .at = 500, .length = 100 },
	{ GET, "bytes=500-99999", .size = 1000, .status = 206, .at = 500, .length = 500 },
	{ GET, "bytes=500-99999999999999999999", .size = 1000, .status = 206, .at = 500, .length = 500 },
	{ GET, "bytes=-1", .size = 1000, .status = 206, .at = 999, .length = 1 },
	{ GET, "bytes=-1000", .size = 1000, .status = 206, .at = 0, .length = 1000 },
	{ GET, "bytes=-5000", .size = 1000, .status = 206, .at = 0, .length = 1000 },
	{ GET, "BYTES=1-2", .size = 1000, .status = 206, .at = 1, .length = 2 },
	{ GET, "bytes=1000-", .size = 1000, .status = 416 },
	{ GET, "bytes=99999999999999999999-", .size = 1000, .status = 416 },
	{ GET, "bytes=-0", .size = 1000, .status = 416 },
	{ GET, "bytes=0-", .size = 0, .status = 416 },
	{ GET, "bytes=-5", .size = 0, .status = 416 },
	{ GET, "bytes=5-4", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=0-1,5-6", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=a-b", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=-", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=+1-2", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=1 - 2", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "items=0-1", .size = 1000, .status = 200, .length = 1000 },
	{ HEAD, "bytes=0-1", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=0-1", .if_range = "\"v1\"", .size = 1000, .status = 206, .length = 2 },
	{ GET, "bytes=0-1", .if_range = "\"v2\"", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=0-1", .if_range = "W/\"v1\"", .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=0-1", .if_range = SAME, .size = 1000, .status = 206, .length = 2 },
	{ GET, "bytes=0-1", .if_range = LATER, .size = 1000, .status = 200, .length = 1000 },
	{ GET, .none_match = "\"v1\"", .size = 1000, .status = 304 },
	{ GET, .none_match = "W/\"v1\"", .size = 1000, .status = 304 },
	{ GET, .none_match = "\"v0\", \"v1\"", .size = 1000, .status = 304 },
	{ GET, .none_match = "*", .size = 1000, .status = 304 },
	{ GET, .none_match = "\"v0\"", .size = 1000, .status = 200, .length = 1000 },
	{ GET, .none_match = "v1", .size = 1000, .status = 200, .length = 1000 },
	{ HEAD, .none_match = "\"v1\"", .size = 1000, .status = 304 },
	{ GET, .since = SAME, .size = 1000, .status = 304 },
	{ GET, .since = LATER, .size = 1000, .status = 304 },
	{ GET, .since = EARLIER, .size = 1000, .status = 200, .length = 1000 },
	{ GET, .since = "yesterday", .size = 1000, .status = 200, .length = 1000 },
	{ GET, .none_match = "\"v0\"", .since = LATER, .size = 1000, .status = 200, .length = 1000 },
	{ GET, "bytes=0-1", .none_match = "\"v1\"", .size = 1000, .status = 304 },
};

static void test_parts_of_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof part_rows / sizeof part_rows[0]; i++) {
		const struct part_row *row = &part_rows[i];
		const char *values[] = { row->range, row->if_range, row->none_match, row->since };
		static const char *const names[] = { "Range", "If-Range", "If-None-Match", "If-Modified-Since" };
		struct header headers[4];
		struct http_request rq = { .method = row->method, .headers = headers };
		const struct http_file file = { .size = row->size, .modified_s = 784111777, .etag = TEXT("\"v1\"") };
		struct file_part part;

		for (size_t h = 0; h < 4; h++)
			if (values[h])
				headers[rq.header_count++] = (struct header){ text_of(names[h]), text_of(values[h]) };
		part = file_part(&rq, &file);
		if (part.status != row->status)
			print_error("row %zu\n", i);
		assert_int_equal(part.status, row->status);
		assert_int_equal(part.at, row->at);
		assert_int_equal(part.length, row->length);
	}
}

static void test_file_headers(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20);
	const struct http_request rq = { .method = GET, .arena = arena };
	const struct http_file file = { .size = 1000, .modified_s = 784111777, .etag = TEXT("\"v1\"") };

	(void)state;
	file_lines(&b, &rq, &file, (struct file_part){ 206, 500, 100 });
	assert_text(buffer_text(&b), "ETag: \"v1\"\r\nLast-Modified: " SAME "\r\nAccept-Ranges: bytes\r\n"
				     "Content-Range: bytes 500-599/1000\r\n");
	buffer_clear(&b);
	file_lines(&b, &rq, &file, (struct file_part){ 416, 0, 0 });
	assert_non_null(strstr(arena_cstr(arena, buffer_text(&b)), "Content-Range: bytes */1000\r\n"));
	arena_free(arena);
}

/* ---- heads of answers ---- */

static void test_answer_heads(void **state)
{
	CLEANUP(buffer_free) struct buffer b = BUFFER(1 << 20), lines = BUFFER(1 << 20);
	const struct header evil = { TEXT_INIT("Location"), TEXT_INIT("/a\r\nSet-Cookie: x\0y\x7f\tz") };

	(void)state;
	answer_lines(&lines, &evil, 1);
	answer_head(
		&b,
		&(struct answer_head){
			.status = 404, .lines = buffer_text(&lines), .length = 7, .date = TEXT("D"), .close = true });
	assert_text(buffer_text(&b), "HTTP/1.1 404 Not Found\r\nLocation: /a??Set-Cookie: x?y?\tz\r\nDate: D\r\n"
				     "Content-Length: 7\r\nConnection: close\r\n\r\n");
	buffer_clear(&b);
	answer_head(&b, &(struct answer_head){ .status = 204, .date = TEXT("D"), .old = true });
	assert_text(buffer_text(&b), "HTTP/1.1 204 No Content\r\nDate: D\r\nConnection: keep-alive\r\n\r\n");
	buffer_clear(&b);
	answer_head(&b, &(struct answer_head){ .status = 299, .date = TEXT("D") });
	assert_text(buffer_text(&b), "HTTP/1.1 299 \r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_encode_comes_back),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_chunk_extras_end),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_parts_of_files),
		cmocka_unit_test(test_file_headers),
		cmocka_unit_test(test_answer_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
