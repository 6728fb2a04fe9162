/* header_fuzz.c - headers that say who is asking and what is wanted. The lines of the input are Cookie, a second Cookie,
 * Accept-Encoding, If-Modified-Since, X-Forwarded-For, and a block of addresses.
 *
 * A cookie is what a slow and obvious reader finds; a date that is read is the one that is written; an address that is read is
 * written and read as the same; whoever is said to be the peer is not one of the trusted, unless the list ended there. */
#include <assert.h>

#include "http/address.h"
#include "serve/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char cookie_name[] = "__Host-session";

/* Wherever "name=" stands at the start or behind ';' and blanks, up to the next ';'. */
static struct text slow_cookie(struct text value)
{
	for (size_t i = 0; i < value.length; i++) {
		struct text head = text_trim(text_head(value, i)), here = text_from(value, i);

		if (!text_starts(here, TEXT("__Host-session=")) || (head.length && head.at[head.length - 1] != ';'))
			continue;
		return text_from(text_trim(text_head(here, text_find_char(here, ';'))), sizeof cookie_name);
	}
	return (struct text){ 0 };
}

static void try_cookies(const struct http_request *rq)
{
	static const unsigned char seed[16] = { 1 };
	static struct sessions *sessions;
	unsigned char hash[SESSION_HASH];
	struct text found = http_cookie(rq, cookie_name), slow = slow_cookie(rq->headers[0].value);
	struct person person;

	if (!slow.at)
		slow = slow_cookie(rq->headers[1].value);
	assert(!found.at == !slow.at && text_eq(found, slow));
	if (!sessions)
		sessions = sessions_new(seed);
	session_hash(sessions, found, hash);
	assert(!sessions_find(sessions, hash, 1, rq->arena, &person));
}

static void try_date(struct arena *arena, struct text date)
{
	int64_t seconds;

	if (http_date_read(date, &seconds))
		assert(text_eq(http_date(arena, seconds), date));
}

static void check_address(struct address address)
{
	char out[ADDRESS_TEXT_MAX];
	struct address again;
	bool ok = address_read(address_write(address, out), &again);

	assert(ok && !memcmp(&address, &again, sizeof again));
}

static void try_peers(const struct http_request *rq, struct text block)
{
	struct block blocks[2];
	struct trusted trusted = { blocks, 1 };
	struct address peer, found;

	if (!address_read(TEXT("10.0.0.1"), &peer) || !block_read(TEXT("10.0.0.0/8"), &blocks[0]))
		abort();
	if (block_read(block, &blocks[1])) {
		check_address(blocks[1].address);
		assert(block_has(blocks[1], blocks[1].address));
		trusted.count = 2;
	}
	found = trusted_peer(&trusted, rq, peer);
	check_address(found);
	assert(http_header(rq, "x-forwarded-for").length || !memcmp(&found, &peer, sizeof peer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Cookie", "COOKIE", "Accept-Encoding", "If-Modified-Since", "X-Forwarded-For" };
	enum { COUNT = sizeof names / sizeof *names };
	struct text rest = { (const char *)data, size };
	struct header headers[COUNT];
	struct http_request rq = { .method = GET, .headers = headers, .header_count = COUNT, .arena = arena_new(1 << 20) };

	for (size_t i = 0; i < COUNT; i++)
		headers[i] = (struct header){ text_of(names[i]), text_trim(text_cut(&rest, '\n')) };
	try_cookies(&rq);
	assert(!http_accepts(headers[2].value, "br") || headers[2].value.length);
	try_date(rq.arena, headers[3].value);
	try_peers(&rq, rest);
	arena_free(rq.arena);
	return 0;
}
