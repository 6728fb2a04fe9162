/* sink.c - the mail server of the sandbox: listens on this machine only, takes every mail and shows it in the inbox. A thread a
 * connection, few at a time, none for long; what is said is smtp.c's business. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"

enum { CONNECTIONS_MAX = 32, IDLE_MS = 30000, HANG_MS = 15000, CHUNK = 16384, ANSWER_BYTES = 65536 };

struct sink {
	struct sandbox *sandbox;
	int fd, port, stop[2]; /* a pipe: readable when all is over */
	pthread_t listener;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running;
};

struct guest {
	struct sink *sink;
	int fd;
};

static void take(void *arg, const struct smtp *s)
{
	struct sink *sink = arg;
	struct arena *arena = arena_new((size_t)64 << 20);
	struct mail_seen seen;

	mail_read(arena, buffer_text(&s->message), &seen);
	for (size_t i = 0; i < s->to_count; i++)
		inbox_add(sink->sandbox->inbox, &(struct inbox_item){ .kind = TEXT("mail"), .to = text_of(s->to[i]), .from = seen.from,
								      .subject = seen.subject, .text = seen.text,
								      .code = code_in(seen.subject).at ? code_in(seen.subject) : code_in(seen.text),
								      .at_ms = world_now_ms(sink->sandbox->world) });
	arena_free(arena);
}

static bool send_all(int fd, struct text t)
{
	while (t.length) {
		ssize_t sent = send(fd, t.at, t.length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		t = text_from(t, (size_t)sent);
	}
	return true;
}

/* False: nothing comes any more, or all is over. */
static bool wait_for(const struct guest *guest, bool bytes, int ms)
{
	struct pollfd fds[] = { { guest->sink->stop[0], POLLIN, 0 }, { guest->fd, POLLIN, 0 } };

	return poll(fds, bytes ? 2 : 1, ms) > 0 && !fds[0].revents;
}

static bool faulty(const struct guest *guest, enum gateway_fault fault)
{
	return faults_take(guest->sink->sandbox->faults, fault, NULL);
}

static void converse(const struct guest *guest, struct smtp *s, struct buffer *out)
{
	char bytes[CHUNK];

	buffer_add(out, TEXT("220 sandbox.zhifang\r\n"));
	while (send_all(guest->fd, buffer_text(out)) && !s->over && wait_for(guest, true, IDLE_MS)) {
		ssize_t n = recv(guest->fd, bytes, sizeof(bytes), 0);

		if (n <= 0)
			return;
		buffer_clear(out);
		smtp_feed(s, (struct text){ bytes, (size_t)n }, out);
		if (text_starts(buffer_text(out), TEXT("354")) && faulty(guest, FAULT_MAIL_CUT))
			return;
	}
}

static void receive(const struct guest *guest)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(ANSWER_BYTES);
	struct smtp s;
	int64_t ms;

	if (faults_take(guest->sink->sandbox->faults, FAULT_MAIL_HANG, &ms)) {
		wait_for(guest, false, ms > 0 && ms < HANG_MS ? (int)ms : HANG_MS);
		return;
	}
	if (faulty(guest, FAULT_MAIL_HTML)) {
		send_all(guest->fd, TEXT("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><body>400</body></html>\r\n"));
		return;
	}
	smtp_open(&s);
	s.refuses = faulty(guest, FAULT_MAIL_REFUSE);
	s.taken = take;
	s.arg = guest->sink;
	converse(guest, &s, &out);
	smtp_close(&s);
}

static void *run_guest(void *arg)
{
	struct guest *guest = arg;
	struct sink *sink = guest->sink;

	receive(guest);
	close(guest->fd);
	free(guest);
	pthread_mutex_lock(&sink->lock);
	sink->running--;
	pthread_cond_broadcast(&sink->changed);
	pthread_mutex_unlock(&sink->lock);
	return NULL;
}

static void welcome(struct sink *sink, int fd)
{
	struct guest *guest = malloc(sizeof(*guest));
	pthread_t thread;
	bool room;

	if (!guest)
		abort();
	*guest = (struct guest){ sink, fd };
	pthread_mutex_lock(&sink->lock);
	room = sink->running < CONNECTIONS_MAX;
	sink->running += room;
	pthread_mutex_unlock(&sink->lock);
	if (room && !pthread_create(&thread, NULL, run_guest, guest)) {
		pthread_detach(thread);
		return;
	}
	pthread_mutex_lock(&sink->lock);
	sink->running -= room;
	pthread_mutex_unlock(&sink->lock);
	close(fd);
	free(guest);
}

static void *listen_all(void *arg)
{
	struct sink *sink = arg;
	struct pollfd fds[] = { { sink->fd, POLLIN, 0 }, { sink->stop[0], POLLIN, 0 } };

	while (poll(fds, 2, -1) >= 0 && !fds[1].revents) {
		int fd = accept4(sink->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			welcome(sink, fd);
	}
	return NULL;
}

problem sink_open(struct sandbox *sandbox, int port, struct sink **ret)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(at);
	struct sink *sink = calloc(1, sizeof(*sink));
	int on = 1;

	if (!sink || pthread_mutex_init(&sink->lock, NULL) || pthread_cond_init(&sink->changed, NULL) || pipe(sink->stop))
		abort();
	sink->sandbox = sandbox;
	sink->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(sink->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	*ret = sink;
	if (sink->fd < 0 || bind(sink->fd, (struct sockaddr *)&at, sizeof(at)) || listen(sink->fd, CONNECTIONS_MAX))
		return &http_address_in_use;
	getsockname(sink->fd, (struct sockaddr *)&at, &length);
	sink->port = ntohs(at.sin_port);
	if (pthread_create(&sink->listener, NULL, listen_all, sink))
		abort();
	return NULL;
}

int sink_port(const struct sink *sink)
{
	return sink->port;
}

void sink_close(struct sink *sink)
{
	if (!sink)
		return;
	close(sink->stop[1]); /* readable for everybody, for good */
	if (sink->port)
		pthread_join(sink->listener, NULL);
	pthread_mutex_lock(&sink->lock);
	while (sink->running)
		pthread_cond_wait(&sink->changed, &sink->lock);
	pthread_mutex_unlock(&sink->lock);
	close(sink->stop[0]);
	close(sink->fd);
	pthread_cond_destroy(&sink->changed);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}
