/* accept.c - listening sockets, one a loop, and who is let in. */
#include "http/loop.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

enum { BACKLOG = 1024, ACCEPT_AT_ONCE = 64 };

const struct problem http_address_in_use = { 500, "address-in-use",
					     "Another program listens on this address and port." };
const struct problem http_address_wrong = { 500, "address-wrong", "This address cannot be listened on." };

/* ---- letting in ---- */

/* At the ceiling the connection that has been idle for longest makes room. */
static bool make_room(struct loop *loop)
{
	if (!loop->waiting[WAIT_IDLE])
		return false;
	connection_close(loop->waiting[WAIT_IDLE]);
	loop_rest(loop);
	return true;
}

static void turn_away(const struct http_server *server, int fd)
{
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
				     "Connection: close\r\n\r\n";

	if (!server->tls && send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static void let_in(struct loop *loop, int fd, struct address peer)
{
	struct http_server *server = loop->server;
	bool counted = !address_is_loopback(peer) && !trusted_has(&server->trusted, peer);
	struct bufferevent *socket;

	if (atomic_load(&server->connections) >= server->options.limits.connections && !make_room(loop)) {
		turn_away(server, fd);
		return;
	}
	if (counted && !peers_enter(server->peers, peer)) {
		turn_away(server, fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	socket = bufferevent_socket_new(loop->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (socket) {
		connection_open(loop, socket, peer, counted);
		return;
	}
	if (counted)
		peers_leave(server->peers, peer);
	close(fd);
}

/* False: nobody waits, or there is no room for more descriptors. */
static bool accept_one(struct loop *loop)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	int fd = accept4(loop->listener, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		let_in(loop, fd, address_of((struct sockaddr *)&from));
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		loop->full = true;
		event_del(loop->accepting);
		return false;
	}
	return errno != EAGAIN && errno != EWOULDBLOCK;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd, (void)what;
	for (int i = 0; i < ACCEPT_AT_ONCE && accept_one(loop); i++)
		;
	loop_rest(loop);
}

void accept_start(struct loop *loop)
{
	loop->full = false;
	if (!loop->accepting)
		loop->accepting = event_new(loop->base, loop->listener, EV_READ | EV_PERSIST, on_accept, loop);
	event_add(loop->accepting, NULL);
}

void accept_stop(struct loop *loop)
{
	if (loop->listener < 0)
		return;
	for (int i = 0; i < BACKLOG && accept_one(loop); i++)
		;
	if (loop->accepting)
		event_free(loop->accepting);
	loop->accepting = NULL;
	close(loop->listener);
	loop->listener = -1;
}

/* ---- listening ---- */

/* Always with SO_REUSEADDR: connections take it over, and those that linger when the program has ended, or died, would
 * otherwise hold the port for a minute. */
static int bound(const struct sockaddr_storage *to, socklen_t length, bool shared)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	if (to->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int));
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ shared }, sizeof(int)) && !bind(fd, (const void *)to, length))
		return fd;
	close(fd);
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;

	if (getsockname(fd, (struct sockaddr *)&name, &length))
		return -1;
	return ntohs(name.ss_family == AF_INET ? ((struct sockaddr_in *)&name)->sin_port
					       : ((struct sockaddr_in6 *)&name)->sin6_port);
}

/* SO_REUSEPORT would let a second program of the same user share our port unnoticed, so the first try goes without it.
 */
static problem probe(struct address address, int *port)
{
	struct sockaddr_storage to;
	socklen_t length;
	int fd;

	if (!address_to_socket(address, *port, &to, &length))
		return &http_address_wrong;
	fd = bound(&to, length, false);
	if (fd < 0 || listen(fd, 1)) {
		int why = errno;

		if (fd >= 0)
			close(fd);
		return why == EADDRINUSE ? &http_address_in_use : &http_address_wrong;
	}
	*port = port_of(fd);
	close(fd);
	return NULL;
}

problem accept_open(struct http_server *server)
{
	struct address address;
	struct sockaddr_storage to;
	socklen_t length;
	problem why = &http_address_wrong;

	server->port = server->options.port;
	if (address_read(server->options.address, &address))
		why = probe(address, &server->port);
	if (why || !address_to_socket(address, server->port, &to, &length))
		return why;
	for (int i = 0; i < server->count; i++) {
		struct loop *loop = &server->loops[i];

		loop->listener = bound(&to, length, true);
		if (loop->listener < 0 || listen(loop->listener, BACKLOG))
			return &http_address_in_use;
		accept_start(loop);
	}
	return NULL;
}
