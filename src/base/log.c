/* log.c - one write() per line, or of whole lines that were gathered, so lines of several threads do not mix. */
#include "base/log.h"
#include "base/json.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 << 10, GATHER_BYTES = 64 << 10 };

/* The one state of a process that is global by nature, like standard error itself. */
static _Atomic int log_fd = STDERR_FILENO, log_most = LOG_INFO;

/* Lines that wait for the thread; `users` > 0 while it runs. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	int users;
	size_t length;
	char at[GATHER_BYTES];
} gathered = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void write_out(const char *at, size_t length)
{
	if (length && write(log_fd, at, length) < 0)
		return; /* nowhere left to say so */
}

static void write_gathered(void)
{
	write_out(gathered.at, gathered.length);
	gathered.length = 0;
}

static void *write_now_and_then(void *arg)
{
	struct timespec until;

	pthread_mutex_lock(&gathered.lock);
	while (gathered.users) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOG_GATHER_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&gathered.wake, &gathered.lock, &until);
		write_gathered();
	}
	pthread_mutex_unlock(&gathered.lock);
	return arg;
}

void log_gather(void)
{
	pthread_mutex_lock(&gathered.lock);
	if (!gathered.users++ && pthread_create(&gathered.thread, NULL, write_now_and_then, NULL))
		abort();
	pthread_mutex_unlock(&gathered.lock);
}

void log_gather_end(void)
{
	pthread_t thread;
	bool last;

	pthread_mutex_lock(&gathered.lock);
	assert(gathered.users > 0);
	last = !--gathered.users;
	thread = gathered.thread;
	pthread_cond_signal(&gathered.wake);
	pthread_mutex_unlock(&gathered.lock);
	if (last)
		pthread_join(thread, NULL);
}

static void write_line(enum log_level level, struct text line)
{
	pthread_mutex_lock(&gathered.lock);
	if (gathered.length + line.length > GATHER_BYTES)
		write_gathered();
	if (!gathered.users) {
		write_out(line.at, line.length);
	} else {
		memcpy(gathered.at + gathered.length, line.at, line.length);
		gathered.length += line.length;
		if (level <= LOG_WARN)
			write_gathered();
	}
	pthread_mutex_unlock(&gathered.lock);
}

void log_set(int fd, enum log_level most)
{
	log_fd = fd;
	log_most = (int)most;
}

/* The second is spelt once for all lines that a thread writes in it. */
static void write_time(struct buffer *line)
{
	static _Thread_local char spelt[40];
	static _Thread_local time_t second = -1;
	struct timespec now;
	struct tm utc;
	int ms;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != second) {
		second = now.tv_sec;
		gmtime_r(&second, &utc);
		strftime(spelt, sizeof spelt, "{\"time\":\"%Y-%m-%dT%H:%M:%S.", &utc);
	}
	ms = (int)(now.tv_nsec / 1000000);
	buffer_add(line, text_of(spelt));
	buffer_add(line, (struct text){ (char[]){ (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10) }, 3 });
	buffer_add(line, TEXT("Z\""));
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
	write_line(level, buffer_text(&line));
}
