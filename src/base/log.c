/* log.c - one write() per line, so lines of several threads do not mix. */
#include "base/log.h"
#include "base/json.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 << 10 };

/* The one state of a process that is global by nature, like standard error itself. */
static _Atomic int log_fd = STDERR_FILENO, log_most = LOG_INFO;

void log_set(int fd, enum log_level most)
{
	log_fd = fd;
	log_most = (int)most;
}

static void write_time(struct buffer *line)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	buffer_format(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ\"", utc.tm_year + 1900, utc.tm_mon + 1,
		      utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

/* Bytes that are no UTF-8 are replaced: whoever reads the log gets JSON, whatever was sent to us. */
static void write_value(struct buffer *line, struct text value)
{
	CLEANUP(buffer_free) struct buffer clean = BUFFER(LINE_MAX_BYTES);
	char bytes[4];

	if (text_is_utf8(value)) {
		json_write_text(line, value);
		return;
	}
	while (value.length)
		buffer_add(&clean, (struct text){ bytes, text_encode(text_next(&value), bytes) });
	json_write_text(line, buffer_text(&clean));
}

/* A pair that would pass the ceiling is left out, so that the line stays whole. */
static void write_pair(struct buffer *line, const char *key, struct text value)
{
	size_t before = line->length;

	buffer_add_char(line, ',');
	json_write_key(line, key);
	write_value(line, value);
	if (!line->why)
		return;
	line->length = before;
	line->why = NULL;
}

void log_line(enum log_level level, const char *event, ...)
{
	static const char *const names[] = {
		[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"
	};
	CLEANUP(buffer_free) struct buffer line = BUFFER(LINE_MAX_BYTES);
	const char *key;
	va_list pairs;

	if ((int)level > log_most)
		return;
	write_time(&line);
	write_pair(&line, "level", text_of(names[level]));
	write_pair(&line, "event", text_of(event));
	va_start(pairs, event);
	while ((key = va_arg(pairs, const char *)))
		write_pair(&line, key, va_arg(pairs, struct text));
	va_end(pairs);
	line.max += 2;
	buffer_add(&line, TEXT("}\n"));
	if (write(log_fd, line.at, line.length) < 0)
		return; /* nowhere left to say so */
}
