/* header.c - reading headers: lookup, cookies, Accept-Encoding. */
#include "http/http.h"

static struct text find(const struct header *headers, size_t count, const char *name)
{
	struct text wanted = text_of(name);

	for (size_t i = 0; i < count; i++)
		if (headers[i].name.length == wanted.length && text_eq_nocase(headers[i].name, wanted))
			return headers[i].value;
	return (struct text){ 0 };
}

struct text http_header(const struct http_request *rq, const char *name)
{
	return find(rq->headers, rq->header_count, name);
}

struct text http_answer_header(const struct http_answer *answer, const char *name)
{
	return find(answer->headers, answer->header_count, name);
}

static struct text cookie_in(struct text value, struct text name)
{
	while (value.length) {
		struct text rest = text_trim(text_cut(&value, ';'));
		struct text key = text_cut(&rest, '=');

		if (rest.at && text_eq(key, name))
			return rest;
	}
	return (struct text){ 0 };
}

struct text http_cookie(const struct http_request *rq, const char *name)
{
	struct text found = { 0 };

	for (size_t i = 0; i < rq->header_count && !found.at; i++)
		if (text_eq_nocase(rq->headers[i].name, TEXT("cookie")))
			found = cookie_in(rq->headers[i].value, text_of(name));
	return found;
}

/* "q=0", "q=0.0", "q=0.000"; whatever else is there counts as wanted. */
static bool is_zero_weight(struct text parameter)
{
	parameter = text_trim(parameter);
	if (parameter.length < 3 || (parameter.at[0] | 0x20) != 'q' || parameter.at[1] != '=')
		return false;
	for (size_t i = 2; i < parameter.length; i++)
		if (parameter.at[i] != '0' && parameter.at[i] != '.')
			return false;
	return true;
}

bool http_accepts(struct text accept_encoding, const char *coding)
{
	bool any = false;

	while (accept_encoding.length) {
		struct text item = text_cut(&accept_encoding, ',');
		struct text name = text_trim(text_cut(&item, ';'));
		bool wanted = !is_zero_weight(item);

		if (text_eq_nocase(name, text_of(coding)))
			return wanted;
		if (text_eq(name, TEXT("*")))
			any = wanted;
	}
	return any;
}
