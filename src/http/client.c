/* client.c - calls to others by libcurl.
 *
 * A problem tells the caller what the other side may have seen. http_unreachable: not a byte of the request was sent,
 * so nothing happened. http_unanswered: something was sent and no whole answer came, so anything may have happened;
 * every doubt ends here. libcurl sends a request a second time when a kept connection turns out to be dead; a POST or
 * PATCH therefore gets a fresh connection, so that one call is at most one request. */
#include "http/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "http/address.h"

const struct problem http_unreachable = { 502, "unreachable", "The other side could not be reached." };
const struct problem http_unanswered = { 504, "unanswered",
					 "The other side did not answer: it may or may not have acted." };
const struct problem http_answer_large = { 502, "answer-large", "The answer of the other side is too large." };
const struct problem http_refused_url = { 500, "refused-url", "This address may not be called." };

enum { CONNECT_MS = 3000, TOTAL_MS = 10000, ANSWER_MAX = 1 << 20, HEADER_BYTES_MAX = 64 << 10, HEADERS_MAX = 200 };

struct answering {
	struct arena *arena;
	struct buffer body;
	struct header headers[HEADERS_MAX];
	size_t count, bytes;
	bool large;
};

/* ---- one handle a thread ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t handles;

static void close_handle(void *curl)
{
	curl_easy_cleanup(curl);
}

static void prepare(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || pthread_key_create(&handles, close_handle))
		abort();
}

static CURL *handle_of_thread(void)
{
	CURL *curl;

	pthread_once(&once, prepare);
	curl = pthread_getspecific(handles);
	if (curl) {
		curl_easy_reset(curl);
		return curl;
	}
	curl = curl_easy_init();
	if (!curl || pthread_setspecific(handles, curl))
		abort();
	return curl;
}

/* ---- what comes back ---- */

static size_t on_body(char *at, size_t one, size_t length, void *arg)
{
	struct answering *answering = arg;

	(void)one;
	buffer_add(&answering->body, (struct text){ at, length });
	answering->large = answering->large || answering->body.why;
	return answering->large ? 0 : length;
}

static size_t on_header(char *at, size_t one, size_t length, void *arg)
{
	struct answering *answering = arg;
	struct text line = text_trim((struct text){ at, length }), name = text_cut(&line, ':');

	(void)one;
	answering->bytes += length;
	if (answering->count == HEADERS_MAX || answering->bytes > HEADER_BYTES_MAX) {
		answering->large = true;
		return 0;
	}
	if (text_starts(name, TEXT("HTTP/"))) /* also after a 100 (Continue) */
		answering->count = 0;
	else if (line.at)
		answering->headers[answering->count++] =
			(struct header){ arena_text(answering->arena, name),
					 arena_text(answering->arena, text_trim(line)) };
	return length;
}

/* ---- where to ---- */

bool http_is_loopback(struct text name)
{
	struct address address;

	if (text_starts(name, TEXT("[")) && text_ends(name, TEXT("]")))
		name = (struct text){ name.at + 1, name.length - 2 };
	return text_eq_nocase(name, TEXT("localhost")) ||
	       (address_read(name, &address) && address_is_loopback(address));
}

static bool is_allowed(CURLU *url, const struct http_call *call, bool *ret_loopback)
{
	char *scheme = NULL, *host = NULL, *user = NULL;
	bool allowed = false;

	if (!curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(url, CURLUPART_HOST, &host, 0)) {
		*ret_loopback = http_is_loopback(text_of(host));
		allowed = text_is(text_of(scheme), "https") ||
			  (text_is(text_of(scheme), "http") && call->plain_http_on_loopback && *ret_loopback);
	}
	if (!curl_url_get(url, CURLUPART_USER, &user, 0))
		allowed = false;
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	return allowed;
}

/* libcurl forgives a missing scheme, blanks and a third slash; an address that is that odd is not one of ours. */
static bool is_plain(struct text url)
{
	struct text host = url;

	for (size_t i = 0; i < url.length; i++)
		if ((unsigned char)url.at[i] <= ' ' || url.at[i] == 0x7F)
			return false;
	text_cut(&host, ':');
	return text_starts(host, TEXT("//")) && host.length > 2 && host.at[2] != '/';
}

static problem set_url(CURL *curl, CURLU *url, struct arena *arena, const struct http_call *call)
{
	bool loopback = false;

	if (!is_plain(call->url) || curl_url_set(url, CURLUPART_URL, arena_cstr(arena, call->url), 0) ||
	    !is_allowed(url, call, &loopback))
		return &http_refused_url;
	curl_easy_setopt(curl, CURLOPT_CURLU, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, call->plain_http_on_loopback ? "http,https" : "https");
	if (loopback)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	return NULL;
}

/* ---- what goes out ---- */

static const char *name_of(enum method method)
{
	static const char *const names[] = {
		[GET] = "GET",     [HEAD] = "HEAD",     [POST] = "POST",       [PUT] = "PUT",
		[PATCH] = "PATCH", [DELETE] = "DELETE", [OPTIONS] = "OPTIONS",
	};

	return names[method] ? names[method] : "GET";
}

static void set_method(CURL *curl, const struct http_call *call)
{
	if (call->body.at || call->method == POST || call->method == PUT || call->method == PATCH) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.at ? call->body.at : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
	}
	if (call->method == HEAD)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, name_of(call->method));
	if (call->method == POST || call->method == PATCH)
		curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
	list = curl_slist_append(list, line);
	if (!list)
		abort();
	return list;
}

/* Headers of ours win over libcurl's; "Name:" alone takes one away, and "Name;" sends an empty one. */
static problem make_headers(struct arena *arena, const struct http_call *call, struct curl_slist **ret)
{
	struct curl_slist *list = append(append(NULL, "Expect:"), "Accept-Encoding:");
	bool typed = false;

	for (size_t i = 0; i < call->header_count; i++) {
		const struct header *header = &call->headers[i];
		struct text line = arena_format(arena, header->value.length ? "%.*s: %.*s" : "%.*s;%.*s",
						TEXT_ARG(header->name), TEXT_ARG(header->value));

		if (strpbrk(line.at, "\r\n") || strlen(line.at) != line.length) {
			curl_slist_free_all(list);
			return &problem_malformed;
		}
		typed = typed || text_eq_nocase(header->name, TEXT("content-type"));
		list = append(list, line.at);
	}
	*ret = typed ? list : append(list, "Content-Type:");
	return NULL;
}

static void set_rest(CURL *curl, const struct http_call *call, struct answering *answering)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "zhifang");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(call->connect_ms ? call->connect_ms : CONNECT_MS));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(call->total_ms ? call->total_ms : TOTAL_MS));
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answering);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answering);
}

/* OpenSSL writes to its socket without MSG_NOSIGNAL. */
static CURLcode perform_without_sigpipe(CURL *curl)
{
	sigset_t pipe, before;
	CURLcode code;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	code = curl_easy_perform(curl);
	while (!sigismember(&before, SIGPIPE) && sigtimedwait(&pipe, NULL, &(struct timespec){ 0 }) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

static problem what_happened(CURL *curl, CURLcode code, const struct answering *answering)
{
	long sent = 0;

	if (code == CURLE_OK)
		return NULL;
	if (answering->large)
		return &http_answer_large;
	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
	return sent > 0 ? &http_unanswered : &http_unreachable;
}

static void take_answer(CURL *curl, const struct answering *answering, struct http_answer *ret)
{
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	*ret = (struct http_answer){
		.status = (int)status,
		.headers = ARENA_ARRAY(answering->arena, struct header, answering->count),
		.header_count = answering->count,
		.body = arena_text(answering->arena, buffer_text(&answering->body)),
	};
	if (answering->count)
		memcpy(ret->headers, answering->headers, answering->count * sizeof *ret->headers);
}

problem http_call(struct arena *arena, const struct http_call *call, struct http_answer *ret)
{
	struct answering answering = { .arena = arena,
				       .body = BUFFER(call->answer_max ? call->answer_max : ANSWER_MAX) };
	struct curl_slist *headers = NULL;
	CURL *curl = handle_of_thread();
	CURLU *url = curl_url();
	problem why = set_url(curl, url, arena, call);

	if (!why)
		why = make_headers(arena, call, &headers);
	if (!why) {
		set_method(curl, call);
		set_rest(curl, call, &answering);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		why = what_happened(curl, perform_without_sigpipe(curl), &answering);
	}
	if (!why)
		take_answer(curl, &answering, ret);
	curl_easy_reset(curl); /* it must not keep what is freed here */
	curl_slist_free_all(headers);
	curl_url_cleanup(url);
	buffer_free(&answering.body);
	return why;
}
