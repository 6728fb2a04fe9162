/* head.c - the strict walk over a head, then llhttp, then what is ours to ask of it: one Host, one plain path, a body
 * whose length cannot be read in two ways. */
#include "http/head.h"

#include <assert.h>
#include <llhttp.h>

#include "http/target.h"

enum { TOKEN = 1, TARGET = 2, VALUE = 4, VERSION = 8, HOST = 16, EVERYWHERE = TOKEN | TARGET | VALUE | HOST };

/* The later line wins. '#' is missing from TARGET, since a fragment never leaves the browser. */
static const uint8_t kinds[256] = {
	['\t'] = VALUE,
	[' '] = VALUE,
	['!' ... '~'] = TARGET | VALUE,
	['#'] = TOKEN | VALUE,
	['!'] = EVERYWHERE,
	['$' ... '\''] = EVERYWHERE,
	['(' ... ')'] = TARGET | VALUE | HOST,
	['*' ... '+'] = EVERYWHERE,
	['-'] = EVERYWHERE,
	['.'] = EVERYWHERE | VERSION,
	['/'] = TARGET | VALUE | VERSION,
	['0' ... '9'] = EVERYWHERE | VERSION,
	[':' ... ';'] = TARGET | VALUE | HOST,
	['='] = TARGET | VALUE | HOST,
	['A' ... 'Z'] = EVERYWHERE | VERSION,
	['['] = TARGET | VALUE | HOST,
	[']'] = TARGET | VALUE | HOST,
	['^'] = TOKEN | TARGET | VALUE,
	['_'] = EVERYWHERE,
	['`'] = TOKEN | TARGET | VALUE,
	['a' ... 'z'] = EVERYWHERE,
	['|'] = TOKEN | TARGET | VALUE,
	['~'] = EVERYWHERE,
	[0x80 ... 0xFF] = VALUE,
};

static bool is_all(struct text t, uint8_t kind)
{
	for (size_t i = 0; i < t.length; i++)
		if (!(kinds[(unsigned char)t.at[i]] & kind))
			return false;
	return t.length > 0;
}

bool head_is_token(struct text t)
{
	return is_all(t, TOKEN);
}

enum state { BEFORE, BEFORE_LF, IN_METHOD, IN_TARGET, IN_VERSION, LINE_LF, LINE_START, IN_NAME, IN_VALUE, END_LF };

static bool refuse(struct refusal *refusal, int status, const char *why)
{
	*refusal = (struct refusal){ status, why };
	return false;
}

/* Why a byte that ends a part is none of those that may. */
static bool refuse_byte(struct refusal *refusal, const struct head_scan *scan, unsigned char c)
{
	if (c == '\n')
		return refuse(refusal, 400, "a line ends with a bare LF");
	if (scan->state == LINE_LF || scan->state == END_LF || scan->state == BEFORE_LF)
		return refuse(refusal, 400, "a CR stands alone");
	if (scan->state == LINE_START && (c == ' ' || c == '\t'))
		return refuse(refusal, 400, "a header is folded");
	if (scan->state == LINE_START || scan->state == IN_NAME)
		return refuse(refusal, 400, "a header's name has a byte that is not allowed");
	if (scan->state == IN_VALUE)
		return refuse(refusal, 400, "a header's value has a byte that is not allowed");
	return refuse(refusal, 400, "the request line is malformed");
}

/* The byte that is no part of what is being walked over: on to the next state, or refused. */
static bool turn(struct head_scan *scan, unsigned char c, const struct http_limits *limits, struct refusal *refusal)
{
	size_t length = scan->at - scan->line;
	int next = -1;

	switch ((enum state)scan->state) {
	case BEFORE:
		next = c == '\r' && scan->at == 0 ? BEFORE_LF : kinds[c] & TOKEN ? IN_METHOD : -1;
		break;
	case BEFORE_LF:
		next = c == '\n' ? BEFORE : -1;
		break;
	case IN_METHOD:
		next = c == ' ' ? IN_TARGET : -1;
		break;
	case IN_TARGET:
		next = c == ' ' && length > 0 ? IN_VERSION : -1;
		break;
	case IN_VERSION:
		next = c == '\r' && length > 0 ? LINE_LF : -1;
		break;
	case IN_VALUE:
		next = c == '\r' ? LINE_LF : -1;
		break;
	case LINE_LF:
		next = c == '\n' ? LINE_START : -1;
		break;
	case LINE_START:
		next = c == '\r' ? END_LF : kinds[c] & TOKEN ? IN_NAME : -1;
		break;
	case IN_NAME:
		next = c == ':' ? IN_VALUE : -1;
		break;
	case END_LF:
		break;
	}
	if (next < 0)
		return refuse_byte(refusal, scan, c);
	if (next == IN_METHOD)
		scan->start = scan->at;
	if (next == IN_NAME && ++scan->headers > limits->headers)
		return refuse(refusal, 431, "too many headers");
	scan->state = next;
	scan->line = next == IN_METHOD || next == IN_NAME ? scan->at : scan->at + 1;
	return true;
}

/* Over what belongs to the part that is being walked over; it may be nothing. */
static size_t skip(const struct head_scan *scan, struct text bytes)
{
	static const uint8_t inside[] = {
		[IN_METHOD] = TOKEN, [IN_TARGET] = TARGET, [IN_VERSION] = VERSION,
		[IN_NAME] = TOKEN,   [IN_VALUE] = VALUE,   [END_LF] = 0,
	};
	uint8_t kind = inside[scan->state];
	size_t at = scan->at;

	while (at < bytes.length && kinds[(unsigned char)bytes.at[at]] & kind)
		at++;
	return at;
}

static bool within(const struct head_scan *scan, const struct http_limits *limits, struct refusal *refusal)
{
	if (scan->state == IN_TARGET && scan->at - scan->line > limits->target_bytes)
		return refuse(refusal, 414, "the address is too long");
	if (scan->at <= limits->header_bytes)
		return true;
	return scan->state == IN_TARGET ? refuse(refusal, 414, "the address is too long")
					: refuse(refusal, 431, "the header is too large");
}

enum head_found head_scan(struct head_scan *scan, struct text bytes, const struct http_limits *limits,
			  struct refusal *refusal)
{
	while (scan->at < bytes.length) {
		scan->at = skip(scan, bytes);
		if (!within(scan, limits, refusal))
			return HEAD_REFUSED;
		if (scan->at == bytes.length)
			return HEAD_MORE;
		if (scan->state == END_LF && bytes.at[scan->at] == '\n') {
			scan->at++;
			return within(scan, limits, refusal) ? HEAD_WHOLE : HEAD_REFUSED;
		}
		if (!turn(scan, (unsigned char)bytes.at[scan->at], limits, refusal))
			return HEAD_REFUSED;
		scan->at++;
	}
	return HEAD_MORE;
}

/* ---- what it means ---- */

struct reading {
	struct http_request *rq;
	struct header *headers;
	size_t count, room;
};

/* llhttp may hand a span over in pieces; they lie behind each other. */
static void extend(struct text *span, const char *at, size_t length)
{
	if (!span->at)
		span->at = at;
	span->length = (size_t)(at + length - span->at);
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
	struct reading *reading = parser->data;

	extend(&reading->rq->target, at, length);
	return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t length)
{
	struct reading *reading = parser->data;

	if (reading->count == reading->room)
		return HPE_USER;
	extend(&reading->headers[reading->count].name, at, length);
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t length)
{
	struct reading *reading = parser->data;

	if (reading->count == reading->room)
		return HPE_USER;
	extend(&reading->headers[reading->count].value, at, length);
	return 0;
}

static int on_value_end(llhttp_t *parser)
{
	struct reading *reading = parser->data;
	struct header *header = &reading->headers[reading->count++];

	header->value = header->value.at ? text_trim(header->value) : TEXT("");
	return 0;
}

static int on_head_end(llhttp_t *parser)
{
	(void)parser;
	return HPE_PAUSED; /* the body is ours to read */
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_header_value_complete = on_value_end,
	.on_headers_complete = on_head_end,
};

static bool refuse_grammar(struct refusal *refusal, llhttp_errno_t error)
{
	if (error == HPE_INVALID_METHOD)
		return refuse(refusal, 501, "the method is unknown");
	if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE)
		return refuse(refusal, 505, "only HTTP/1.1 is spoken here");
	if (error == HPE_INVALID_CONTENT_LENGTH || error == HPE_UNEXPECTED_CONTENT_LENGTH)
		return refuse(refusal, 400, "the length of the body is unclear");
	if (error == HPE_INVALID_TRANSFER_ENCODING)
		return refuse(refusal, 400, "the transfer coding is unclear");
	return refuse(refusal, 400, "the request is malformed");
}

static enum method method_of(unsigned method)
{
	static const uint8_t methods[] = {
		[HTTP_GET] = GET,     [HTTP_HEAD] = HEAD,     [HTTP_POST] = POST,       [HTTP_PUT] = PUT,
		[HTTP_PATCH] = PATCH, [HTTP_DELETE] = DELETE, [HTTP_OPTIONS] = OPTIONS,
	};

	return method < sizeof methods ? (enum method)methods[method] : METHOD_NONE;
}

static bool read_host(struct http_request *rq, const struct header *header, struct refusal *refusal)
{
	if (rq->host.at)
		return refuse(refusal, 400, "there are two Host headers");
	if (!is_all(header->value, HOST))
		return refuse(refusal, 400, "the Host header is malformed");
	rq->host = header->value;
	return true;
}

static bool read_expectation(struct head *head, const struct header *header, struct refusal *refusal)
{
	if (!text_eq_nocase(header->value, TEXT("100-continue")))
		return refuse(refusal, 417, "this expectation cannot be met");
	head->expects_continue = !head->old;
	return true;
}

/* "chunked" once and nothing else: any other list of codings is one that somebody before us may have read otherwise. */
static bool read_coding(struct head *head, const struct header *header, struct refusal *refusal)
{
	if (head->chunked || head->old)
		return refuse(refusal, 400, "the transfer coding is unclear");
	if (!text_eq_nocase(header->value, TEXT("chunked")))
		return refuse(refusal, 501, "only the transfer coding \"chunked\" is understood");
	head->chunked = true;
	return true;
}

static bool read_header(struct http_request *rq, struct head *head, const struct header *header,
			struct refusal *refusal)
{
	if (header->name.length == 4 && text_eq_nocase(header->name, TEXT("host")))
		return read_host(rq, header, refusal);
	if (header->name.length == 6 && text_eq_nocase(header->name, TEXT("expect")))
		return read_expectation(head, header, refusal);
	if (header->name.length == 17 && text_eq_nocase(header->name, TEXT("transfer-encoding")))
		return read_coding(head, header, refusal);
	return true;
}

static bool read_meaning(struct http_request *rq, const llhttp_t *parser, struct head *head, struct refusal *refusal)
{
	rq->method = method_of(parser->method);
	if (rq->method == METHOD_NONE)
		return refuse(refusal, 501, "the method is unknown");
	if (parser->http_major != 1 || parser->http_minor > 1)
		return refuse(refusal, 505, "only HTTP/1.1 is spoken here");
	*head = (struct head){
		.old = parser->http_minor == 0,
		.keep_alive = llhttp_should_keep_alive(parser),
		.length = parser->flags & F_CONTENT_LENGTH ? parser->content_length : 0,
	};
	for (size_t i = 0; i < rq->header_count; i++)
		if (!read_header(rq, head, &rq->headers[i], refusal))
			return false;
	if (head->chunked && parser->flags & F_CONTENT_LENGTH)
		return refuse(refusal, 400, "the length of the body is unclear");
	if (!rq->host.at && !head->old)
		return refuse(refusal, 400, "there is no Host header");
	rq->host = rq->host.at ? rq->host : TEXT("");
	return target_read(rq, refusal);
}

bool head_read(struct text bytes, size_t headers, struct http_request *rq, struct head *ret, struct refusal *refusal)
{
	struct reading reading = { .rq = rq, .room = headers };
	llhttp_t parser;
	llhttp_errno_t error;

	rq->headers = reading.headers = ARENA_ARRAY(rq->arena, struct header, headers);
	llhttp_init(&parser, HTTP_REQUEST, &settings);
	parser.data = &reading;
	error = llhttp_execute(&parser, bytes.at, bytes.length);
	rq->header_count = reading.count;
	if (error != HPE_PAUSED)
		return refuse_grammar(refusal, error == HPE_OK ? HPE_USER : error);
	if (reading.count != headers)
		return refuse(refusal, 400, "the request is malformed");
	return read_meaning(rq, &parser, ret, refusal);
}
