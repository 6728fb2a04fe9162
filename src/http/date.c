/* date.c - IMF-fixdate, the one form of dates that HTTP still writes: "Sun, 06 Nov 1994 08:49:37 GMT". */
#include "http/answer.h"

#include <stdio.h>
#include <time.h>

enum { DATE_LENGTH = 29 };

static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct text date_write(char out[DATE_TEXT_MAX], int64_t seconds)
{
	struct tm tm;
	time_t at = (time_t)seconds;

	gmtime_r(&at, &tm);
	snprintf(out, DATE_TEXT_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday, tm.tm_mday,
		 months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return text_of(out);
}

struct text http_date(struct arena *arena, int64_t seconds)
{
	char out[DATE_TEXT_MAX];

	return arena_text(arena, date_write(out, seconds));
}

static int number(const char *at, size_t digits)
{
	int n = 0;

	for (size_t i = 0; i < digits; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		n = n * 10 + at[i] - '0';
	}
	return n;
}

static int named(const char *names, int count, const char *at)
{
	for (int i = 0; i < count; i++)
		if (!memcmp(names + 3 * i, at, 3))
			return i;
	return -1;
}

static bool has_form(const char *at)
{
	static const char fixed[DATE_LENGTH + 1] = "___, __ ___ ____ __:__:__ GMT";

	for (int i = 0; i < DATE_LENGTH; i++)
		if (fixed[i] != '_' && fixed[i] != at[i])
			return false;
	return true;
}

bool http_date_read(struct text t, int64_t *ret_seconds)
{
	struct tm tm = { 0 }, back;
	time_t at;

	if (t.length != DATE_LENGTH || !has_form(t.at))
		return false;
	tm.tm_wday = named(days, 7, t.at);
	tm.tm_mday = number(t.at + 5, 2);
	tm.tm_mon = named(months, 12, t.at + 8);
	tm.tm_year = number(t.at + 12, 4) - 1900;
	tm.tm_hour = number(t.at + 17, 2);
	tm.tm_min = number(t.at + 20, 2);
	tm.tm_sec = number(t.at + 23, 2);
	if (tm.tm_wday < 0 || tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return false;
	back = tm;
	at = timegm(&back);
	/* the 30th of February comes back as another day */
	if (back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min ||
	    back.tm_sec != tm.tm_sec || back.tm_wday != tm.tm_wday || tm.tm_year < 0)
		return false;
	*ret_seconds = (int64_t)at;
	return true;
}
