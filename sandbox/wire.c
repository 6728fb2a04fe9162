/* wire.c - the public port: carries bytes between clients and the server behind it, and spoils an answer on its way
 * when the answer's header x-sandbox-wire says so. Faults of the socket have no place in a proper server, so they
 * happen here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

enum { CONNECTIONS_MAX = 512, CHUNK = 65536, SLOW_BYTES = 8, SLOW_MS = 200, BACKLOG = 128 };

struct wire {
	int fd, port, to_port;
	int stop[2]; /* a pipe: readable when all is over */
	pthread_t listener;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int running;
};

struct cable {
	struct wire *wire;
	int client, server;
};

static bool send_all(int fd, const char *at, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void rest_ms(int ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

enum spoil { SPOIL_NONE, SPOIL_CUT, SPOIL_SLOW };

static enum spoil spoil_of(struct text bytes)
{
	size_t end = text_find(bytes, TEXT("\r\n\r\n"));
	struct text head = text_head(bytes, end);

	if (!text_starts(bytes, TEXT("HTTP/1.1 ")) || end == SIZE_MAX)
		return SPOIL_NONE;
	if (text_find(head, TEXT("\r\nX-Sandbox-Wire: cut")) != SIZE_MAX)
		return SPOIL_CUT;
	return text_find(head, TEXT("\r\nX-Sandbox-Wire: slow")) != SIZE_MAX ? SPOIL_SLOW : SPOIL_NONE;
}

/* Half of what is left, then nothing more. */
static bool send_cut(int fd, struct text bytes)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (send_all(fd, bytes.at, bytes.length - (bytes.length - text_find(bytes, TEXT("\r\n\r\n"))) / 2))
		rest_ms(50);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return false;
}

static bool send_slow(int fd, struct text bytes)
{
	while (bytes.length) {
		struct text part = text_head(bytes, SLOW_BYTES);

		if (!send_all(fd, part.at, part.length))
			return false;
		bytes = text_from(bytes, part.length);
		rest_ms(SLOW_MS);
	}
	return true;
}

/* An answer's head arrives in one piece from a server on this machine. */
static bool carry_answer(const struct cable *cable)
{
	char at[CHUNK];
	ssize_t n = recv(cable->server, at, sizeof(at), 0);
	struct text bytes = { at, n > 0 ? (size_t)n : 0 };

	if (n <= 0)
		return false;
	switch (spoil_of(bytes)) {
	case SPOIL_CUT:
		return send_cut(cable->client, bytes);
	case SPOIL_SLOW:
		return send_slow(cable->client, bytes);
	case SPOIL_NONE:
		return send_all(cable->client, bytes.at, bytes.length);
	}
	abort();
}

static bool carry_request(const struct cable *cable)
{
	char at[CHUNK];
	ssize_t n = recv(cable->client, at, sizeof(at), 0);

	return n > 0 && send_all(cable->server, at, (size_t)n);
}

static int server_connect(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	close(fd);
	return -1;
}

static void carry_all(struct cable *cable)
{
	struct pollfd fds[] = { { cable->client, POLLIN, 0 },
				{ cable->server, POLLIN, 0 },
				{ cable->wire->stop[0], POLLIN, 0 } };
	bool going = true;

	while (going && (poll(fds, 3, -1) > 0 || errno == EINTR)) {
		if (fds[1].revents)
			going = carry_answer(cable);
		if (going && fds[0].revents)
			going = carry_request(cable);
		/* an answer that is on its way when all stops still arrives: the server behind closes after it */
		if (going && fds[2].revents)
			going = poll(&fds[1], 1, 1000) > 0;
	}
}

static void *cable_run(void *arg)
{
	struct cable *cable = arg;
	struct wire *wire = cable->wire;

	cable->server = server_connect(wire->to_port);
	if (cable->server >= 0) {
		carry_all(cable);
		close(cable->server);
	}
	close(cable->client);
	free(cable);
	pthread_mutex_lock(&wire->lock);
	wire->running--;
	pthread_cond_broadcast(&wire->changed);
	pthread_mutex_unlock(&wire->lock);
	return NULL;
}

static void cable_start(struct wire *wire, int client)
{
	struct cable *cable = malloc(sizeof(*cable));
	pthread_t thread;
	int on = 1;
	bool room;

	if (!cable)
		abort();
	*cable = (struct cable){ wire, client, -1 };
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	pthread_mutex_lock(&wire->lock);
	room = wire->running < CONNECTIONS_MAX;
	wire->running += room;
	pthread_mutex_unlock(&wire->lock);
	if (room && !pthread_create(&thread, NULL, cable_run, cable)) {
		pthread_detach(thread);
		return;
	}
	close(client);
	free(cable);
}

static void *listener_run(void *arg)
{
	struct wire *wire = arg;
	struct pollfd fds[] = { { wire->fd, POLLIN, 0 }, { wire->stop[0], POLLIN, 0 } };

	while (poll(fds, 2, -1) > 0 || errno == EINTR) {
		int client;

		if (fds[1].revents)
			break;
		client = accept4(wire->fd, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			cable_start(wire, client);
	}
	return NULL;
}

static int listen_at(const char *address, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, address, &at.sin_addr) == 1 && !bind(fd, (struct sockaddr *)&at, sizeof(at)) &&
	    !listen(fd, BACKLOG))
		return fd;
	close(fd);
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_in at = { 0 };
	socklen_t length = sizeof(at);

	return getsockname(fd, (struct sockaddr *)&at, &length) ? 0 : ntohs(at.sin_port);
}

problem wire_open(const char *address, int port, struct wire **ret)
{
	int fd = listen_at(address, port);
	struct wire *wire;

	if (fd < 0)
		return &http_address_in_use;
	wire = calloc(1, sizeof(*wire));
	if (!wire || pipe2(wire->stop, O_CLOEXEC) || pthread_mutex_init(&wire->lock, NULL) ||
	    pthread_cond_init(&wire->changed, NULL))
		abort();
	wire->fd = fd;
	wire->port = port_of(fd);
	*ret = wire;
	return NULL;
}

void wire_start(struct wire *wire, int to_port)
{
	wire->to_port = to_port;
	if (pthread_create(&wire->listener, NULL, listener_run, wire))
		abort();
}

int wire_port(const struct wire *wire)
{
	return wire->port;
}

void wire_close(struct wire *wire)
{
	if (!wire)
		return;
	close(wire->stop[1]); /* hangs up the pipe: every poll wakes */
	if (wire->to_port)
		pthread_join(wire->listener, NULL);
	close(wire->fd);
	pthread_mutex_lock(&wire->lock);
	while (wire->running)
		pthread_cond_wait(&wire->changed, &wire->lock);
	pthread_mutex_unlock(&wire->lock);
	close(wire->stop[0]);
	pthread_cond_destroy(&wire->changed);
	pthread_mutex_destroy(&wire->lock);
	free(wire);
}
