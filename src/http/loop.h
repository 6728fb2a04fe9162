/* loop.h - the inside of the server: loops, connections, exchanges.
 *
 * A connection belongs to one loop and is touched by its thread only. An exchange is one request and its answer. It is
 * held by the connection until the answer is out, and by the handler until it has answered; as every answer comes to
 * the loop's thread (at once, or as a note in its list), both holders are known there and nothing needs a lock. When
 * the client leaves first, x->connection becomes NULL and the answer, once there, is dropped.
 *
 * A connection walks through stages:
 *
 *   HEAD -> [BODY] -> SERVE -> [WRITE] -> HEAD ...           the next request; one at a time
 *      \------\---------------> WRITE -> LINGER -> CLOSED    refused, "Connection: close", or the server stops
 *
 * A streamed body is read within SERVE, by the thread that handles it and from the socket itself; the loop looks away then.
 *
 * LINGER: our side is shut, and what the client still sends is read and thrown away for a while; closing at once would
 * reset the connection and could destroy the answer on its way. */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "http/address.h"
#include "http/answer.h"
#include "http/chunked.h"
#include "http/head.h"
#include "http/tls.h"

enum stage { STAGE_HEAD, STAGE_BODY, STAGE_SERVE, STAGE_WRITE, STAGE_LINGER, STAGE_CLOSED };

/* What a connection waits for; each kind lasts equally long for all, so a queue in order of arrival is in order of
 * time. */
enum wait { WAIT_NONE, WAIT_IDLE, WAIT_HEAD, WAIT_BODY, WAIT_WRITE, WAIT_LINGER, WAIT_KINDS };

enum { BODY_RATE = 16 << 10 }; /* bytes a second that keep a long upload alive */

struct file_piece {
	int fd;
	int64_t at, length;
	bool (*sent)(void *arg, int64_t at, int64_t length); /* NULL: nobody wants to know */
	void *arg;
};

struct connection {
	struct loop *loop;
	struct bufferevent *socket;
	int fd; /* -1: no socket (fuzzer): everything goes through the bufferevent */
	struct tls *tls; /* NULL: plain */
	enum stage stage;
	enum wait wait;
	int64_t due_ms, linger_ms;         /* linger_ms: when lingering ends, however much still comes */
	struct connection *before, *after; /* in loop->waiting[wait] */
	struct head_scan scan;
	struct chunked chunked;
	struct exchange *exchange;
	struct file_piece file; /* what is not encoded yet of a file that goes out under TLS; fd -1: none */
	size_t mark; /* progress at the last look: bytes of body, or bytes still to write */
	struct address peer;
	char peer_text[ADDRESS_TEXT_MAX];
	bool trusted; /* the peer is a proxy that is believed */
	bool counted; /* in server->peers */
	bool ended;   /* the client sends no more; it may still read */
	bool advancing;
	bool misdirected; /* speaks plain http to a server of https */
};

struct exchange {
	struct http_request rq; /* first: a handler's pointer is ours */
	struct loop *loop;
	struct connection *connection;
	struct head head;
	struct buffer body;
	char peer[ADDRESS_TEXT_MAX];
	int64_t served_us; /* 0: not yet */
	int status;
	size_t bytes;
	struct {
		bool (*fn)(void *arg, int64_t at, int64_t length); /* NULL: nobody wants to know */
		void *arg;
		size_t head;       /* bytes before the file's */
		int64_t at;        /* of what was not told yet */
		int64_t told;      /* bytes */
	} sent;
	bool close;   /* no further request on this connection */
	struct {
		int fd;            /* of the same socket, for the thread that reads the body; -1: the body is not streamed */
		struct tls *tls;   /* lent to that thread; NULL: plain */
		size_t ahead;      /* bytes of `body` that were read: they came with the head */
		uint64_t left;     /* bytes still in the socket */
		bool continues;    /* the client waits to be told to go on */
		int64_t due_us;    /* BODY_RATE is looked at then */
		uint64_t since;    /* bytes since the last look */
	} stream;
	bool serving; /* within serve(): not to be released under its feet */
	bool finished;
	atomic_bool answered;
	struct exchange *next;
};

/* What another thread has for the loop. */
struct note {
	struct note *next;
	enum note_kind { NOTE_ANSWER = 1, NOTE_FILE, NOTE_CALL } kind;
	struct loop *loop;
	struct exchange *exchange; /* NOTE_CALL: none */
	int status;
	struct file_piece piece;
	void (*fn)(void *arg);
	void *arg;
	size_t lines, body; /* sizes within bytes */
	char bytes[];
};

struct loop {
	struct http_server *server;
	pthread_t thread, joined; /* joined: the same, for the thread that starts and stops */
	struct event_base *base;
	struct event *wake, *tick, *accepting;
	int listener, wake_fd;
	_Atomic(struct note *) notes;
	atomic_bool dead; /* its thread has ended: notes are thrown away by whoever brings them */
	struct connection *waiting[WAIT_KINDS], *last[WAIT_KINDS];
	struct connection *closed; /* freed when the callback that is running has ended */
	struct exchange *spare;
	size_t spares;
	size_t running; /* exchanges given to serve and not answered yet */
	size_t connections;
	struct buffer scratch; /* heads and small files on their way out */
	struct buffer lines;
	int64_t tell_ms; /* when those who want to know what goes out are told again */
	int64_t date_s;
	char date[DATE_TEXT_MAX];
	bool stopping, full; /* full: no more file descriptors, accepting pauses */
};

struct http_server {
	struct http_server_options options; /* limits completed */
	struct trusted trusted;
	struct peers *peers;
	struct tls_server *tls; /* NULL: plain http */
	struct loop *loops;
	int count, port;
	atomic_size_t connections;
	atomic_ullong number;
	atomic_size_t references; /* the server itself, notes being brought, and after the end every running exchange */
	atomic_bool stopping;
	_Atomic int64_t stop_by_ms;
};

/* server.c */
MUST problem server_new(const struct http_server_options *options, struct http_server **ret);
void server_release(struct http_server *server, size_t references);

/* loop.c */
void loop_open(struct loop *loop, struct http_server *server);
void loop_close(struct loop *loop); /* on its thread, at its end: drops all connections */
void loop_free(struct loop *loop);
void loop_post(struct loop *loop, struct note *note);
void loop_wake(struct loop *loop);
void loop_rest(struct loop *loop); /* at the end of each callback: frees what was closed */
bool loop_is_here(const struct loop *loop);
struct text loop_date(struct loop *loop); /* now, for the Date header */
int64_t loop_now_ms(void);
int64_t loop_now_us(void);

/* accept.c */
MUST problem accept_open(struct http_server *server);
void accept_start(struct loop *loop);
void accept_stop(struct loop *loop); /* takes in what the kernel has accepted already */

/* connection.c */
void connection_open(struct loop *loop, struct bufferevent *socket, struct address peer, bool counted);
void connection_close(struct connection *c);
void connection_free(struct connection *c);
void connection_wait(struct connection *c, enum wait wait);
void connection_expire(struct connection *c);
void connection_tell(struct connection *c); /* what went out so far, to whom wants to know */
bool connection_is_idle(const struct connection *c);
void connection_advance(struct connection *c); /* goes on with what has come in already */
void connection_send(struct connection *c, struct text head, struct text body);
void connection_send_file(struct connection *c, struct text head, const struct file_piece *piece);

/* stream.c */
bool stream_open(struct connection *c, struct exchange *x); /* false: no socket to read from */
void stream_close(struct exchange *x);
void stream_cut(struct exchange *x); /* whoever reads the body gets no more */

/* exchange.c */
struct exchange *exchange_new(struct connection *c);
void exchange_serve(struct exchange *x);
void exchange_refuse(struct exchange *x, struct refusal refusal);
void exchange_identify(struct exchange *x); /* peer and scheme, once the headers are known */
void exchange_note(struct note *note);      /* on the loop's thread; frees the note */
void exchange_drop_note(struct note *note); /* when the loop is dead */
void exchange_finish(struct exchange *x);   /* the answer is out, or nobody is there to read it */
bool exchange_tell(struct exchange *x, size_t out); /* so many bytes of the answer; false: no more is to go */
void exchange_free(struct exchange *x);     /* to the loop's spares */
void exchange_destroy(struct exchange *x);

#endif
