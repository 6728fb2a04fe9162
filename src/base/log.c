/* log.c - one write() per line, or of whole lines that were gathered, so lines of several threads do not mix. */
#include "base/log.h"
#include "base/json.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* The last errors; `next` counts all there were. */
static struct {
	pthread_mutex_t lock;
	uint64_t next;
	struct log_recent at[LOG_RECENT_MAX];
} recent = { .lock = PTHREAD_MUTEX_INITIALIZER };

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

/* ---- the last errors ---- */

/* Words of ours: what else a line says may have come from outside. */
static bool is_ours(const char *key)
{
	static const char *const keys[] = { "why", "kind", "route", "status", "what", "code", "problem", "verdict", "tries" };

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void add_detail(struct log_recent *one, struct text value)
{
	size_t length = strlen(one->detail), room = sizeof one->detail - length;

	if (value.length && value.length + 2 < room && text_is_utf8(value))
		snprintf(one->detail + length, room, "%s%.*s", length ? " " : "", TEXT_ARG(value));
}

static void keep(const struct log_recent *one)
{
	pthread_mutex_lock(&recent.lock);
	recent.at[recent.next++ % LOG_RECENT_MAX] = *one;
	pthread_mutex_unlock(&recent.lock);
}

static struct log_recent begin_recent(const char *event)
{
	struct log_recent one = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	one.at_ms = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
	snprintf(one.event, sizeof one.event, "%s", event);
	return one;
}

size_t log_recent(struct log_recent ret[LOG_RECENT_MAX])
{
	size_t n;

	pthread_mutex_lock(&recent.lock);
	n = recent.next < LOG_RECENT_MAX ? (size_t)recent.next : LOG_RECENT_MAX;
	for (size_t i = 0; i < n; i++)
		ret[i] = recent.at[(recent.next - 1 - i) % LOG_RECENT_MAX];
	pthread_mutex_unlock(&recent.lock);
	return n;
}

static void keep_recent(const char *event, va_list pairs)
{
	struct log_recent one = begin_recent(event);
	const char *key;

	while ((key = va_arg(pairs, const char *))) {
		struct text value = va_arg(pairs, struct text);

		if (is_ours(key))
			add_detail(&one, value);
	}
	keep(&one);
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
	if (level == LOG_ERROR) {
		va_start(pairs, event);
		keep_recent(event, pairs);
		va_end(pairs);
	}
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
