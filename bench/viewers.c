/* viewers.c - many people who watch a recording, each as a browser does: one request for all from some point on, read no faster than it
 * is played; the rest waits in the server.
 * viewers PORT SECONDS BYTES_A_SECOND SIZE <LIST     (a line of the list: an address and a session, with a tab between)
 * Says "playing" when each has got his first bytes, then plays for SECONDS, and says as one line of JSON what came of it. A viewer
 * stalls when what has come is more than a second of film behind what was to be played. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { VIEWERS_MAX = 10000, LINE = 2048, TICK_MS = 10, TURN_MS = 100, AHEAD_BYTES = 128 * 1024 };

struct viewer {
	int fd;
	int64_t began_ms, read, next_ms; /* read: bytes of film; next_ms: when he looks again */
	bool stalled;
};

static struct viewer viewers[VIEWERS_MAX];
static int viewer_count;
static int64_t rate;

static int64_t now_ms(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	fprintf(stderr, "viewers: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ahead = AHEAD_BYTES;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &ahead, sizeof ahead) || connect(fd, (struct sockaddr *)&to, sizeof to))
		fail("connect");
	return fd;
}

/* The head of the answer is read byte by byte: what follows it is film. */
static void read_head(int fd)
{
	char head[LINE];
	size_t n = 0;

	while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0) {
		if (n == sizeof head || recv(fd, head + n, 1, 0) != 1)
			fail("no answer");
		n++;
	}
	if (memcmp(head, "HTTP/1.1 206 ", 13) != 0) {
		fprintf(stderr, "viewers: answered with %.12s\n", head);
		exit(1);
	}
}

static void open_viewer(struct viewer *v, int port, char *line, int64_t from)
{
	char *session = strchr(line, '\t'), ask[2 * LINE];
	int n;

	if (!session)
		fail("a line without a session");
	*session++ = 0;
	session[strcspn(session, "\n")] = 0;
	n = snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session=%s\r\nRange: bytes=%lld-\r\n\r\n", line, session, (long long)from);
	v->fd = dial(port);
	if (send(v->fd, ask, (size_t)n, MSG_NOSIGNAL) != n)
		fail("send");
	read_head(v->fd);
	v->began_ms = now_ms();
	v->next_ms = v->began_ms + rand() % TURN_MS;
}

/* Reads what is to be played by now. */
static void look(struct viewer *v, int64_t now)
{
	static char film[1 << 16];
	int64_t due = rate * (now - v->began_ms) / 1000;

	while (v->read < due) {
		size_t want = (size_t)(due - v->read);
		ssize_t n = recv(v->fd, film, want < sizeof film ? want : sizeof film, MSG_DONTWAIT);

		if (n <= 0) {
			if (n < 0 && errno == EAGAIN)
				break;
			fail("the film ended before its time");
		}
		v->read += n;
	}
	v->stalled |= due - v->read > rate;
	v->next_ms += TURN_MS;
}

static void play_until(int64_t end_ms)
{
	int64_t now;

	while ((now = now_ms()) < end_ms) {
		for (int i = 0; i < viewer_count; i++)
			if (viewers[i].next_ms <= now)
				look(&viewers[i], now);
		nanosleep(&(struct timespec){ .tv_nsec = TICK_MS * 1000000L }, NULL);
	}
}

/* From now on counts; who came late is not behind for it. */
static void begin_anew(void)
{
	int64_t now = now_ms();

	for (int i = 0; i < viewer_count; i++)
		viewers[i] = (struct viewer){ .fd = viewers[i].fd, .began_ms = now, .next_ms = now + rand() % TURN_MS };
}

static void tell(double seconds)
{
	int64_t read = 0, least = INT64_MAX;
	int stalled = 0;

	for (int i = 0; i < viewer_count; i++) {
		read += viewers[i].read;
		least = viewers[i].read < least ? viewers[i].read : least;
		stalled += viewers[i].stalled;
	}
	printf("{\"viewers\":%d,\"bytes\":%lld,\"seconds\":%.3f,\"least_share\":%.4f,\"stalled\":%d}\n", viewer_count, (long long)read, seconds,
	       (double)least / (seconds * (double)rate), stalled);
}

int main(int argc, char **argv)
{
	char line[LINE];
	int64_t seconds, size, began;

	if (argc != 5) {
		fprintf(stderr, "usage: viewers PORT SECONDS BYTES_A_SECOND SIZE <LIST\n");
		return 2;
	}
	seconds = atoll(argv[2]);
	rate = atoll(argv[3]);
	size = atoll(argv[4]);
	(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){ VIEWERS_MAX + 64, VIEWERS_MAX + 64 });
	/* somewhere in what leaves enough to be played to the end */
	while (viewer_count < VIEWERS_MAX && fgets(line, sizeof line, stdin)) {
		open_viewer(&viewers[viewer_count], atoi(argv[1]), line, (int64_t)((double)rand() / RAND_MAX * (double)size / 2));
		viewer_count++;
	}
	play_until(now_ms() + 1000);
	begin_anew();
	printf("playing\n");
	fflush(stdout);
	began = now_ms();
	play_until(began + seconds * 1000);
	tell((double)(now_ms() - began) / 1000);
	return 0;
}
