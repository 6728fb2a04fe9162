/* language.c - which language a visitor reads. An address under /en is English, a page without it Chinese: what a search
 * engine finds under an address is what everybody finds there. Anything else (the API, the application, problems) goes by
 * the cookie `language`, then by Accept-Language. */
#include "serve/inside.h"

#include <stdlib.h>

static double quality_of(struct text parameters)
{
	struct text rest = parameters, value;
	char digits[8];
	size_t at;

	while (rest.at) {
		value = text_trim(text_cut(&rest, ';'));
		if (!text_starts(value, TEXT("q=")))
			continue;
		value = text_head(text_from(value, 2), sizeof(digits) - 1);
		for (at = 0; at < value.length; at++)
			digits[at] = value.at[at];
		digits[at] = 0;
		return strtod(digits, NULL);
	}
	return 1;
}

static bool prefers_english(struct text accept)
{
	struct text rest = accept;
	double english = 0, chinese = 0;

	while (rest.at) {
		struct text parameters = text_cut(&rest, ','), tag = text_trim(text_cut(&parameters, ';'));
		double quality = quality_of(parameters);

		if (text_eq_nocase(text_head(tag, 2), TEXT("en")) && quality > english)
			english = quality;
		if (text_eq_nocase(text_head(tag, 2), TEXT("zh")) && quality > chinese)
			chinese = quality;
	}
	return english > chinese;
}

static struct text path_without_language(struct text path, bool *ret_english)
{
	*ret_english = text_is(path, "/en") || text_starts(path, TEXT("/en/"));
	if (!*ret_english)
		return path;
	return path.length == 3 ? TEXT("/") : text_from(path, 3);
}

bool language_is_offered(const struct call *call)
{
	const struct serve *serve = call->rq.serve;

	return !serve->options.speaks_english || serve->options.speaks_english(serve);
}

void language_choose(struct call *call)
{
	struct http_request *http = call->rq.http;
	struct text cookie = http_cookie(http, "language");
	bool english = text_is(cookie, "en") || (!text_is(cookie, "zh-CN") && prefers_english(http_header(http, "Accept-Language")));

	call->path = path_without_language(http->path, &call->language_in_path);
	call->rq.language = (english || call->language_in_path) && language_is_offered(call) ? TEXT("en") : TEXT("zh-CN");
}
