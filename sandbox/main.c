/* main.c - zhifang-sandbox --data DIR --port N [--write-config FILE]: starts the gateway, and stops it at a signal when
 * what runs is finished. It listens on this machine only, unless it is told otherwise in so many words. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "db/embedded.h"
#include "sandbox.h"

enum { NODE = 63, STOP_MS = 3000, PORT_DEFAULT = 8781 };

struct options {
	const char *data, *settings, *address;
	int port, mail_port;
	bool anywhere;
};

static const char usage[] =
	"usage: zhifang-sandbox --data DIR [--port N] [--mail-port N] [--write-config FILE] [--address IPV4 --not-only-this-machine]\n"
	"A payment gateway that speaks WeChat Pay's protocol, for tests and demonstrations: no real money moves.\n"
	"  --data DIR           keys and book; made at the first start\n"
	"  --port N             8781 if not given; 0: any free one\n"
	"  --mail-port N        of the mail server; any free one if not given\n"
	"  --write-config FILE  writes the settings that zhifang reads (mode 0600)\n"
	"  --address IPV4       127.0.0.1 if not given; another one only with --not-only-this-machine\n";

static bool options_read(int count, char **words, struct options *o)
{
	static const struct option known[] = { { "data", required_argument, NULL, 'd' },
					       { "port", required_argument, NULL, 'p' },
					       { "mail-port", required_argument, NULL, 'm' },
					       { "write-config", required_argument, NULL, 'w' },
					       { "address", required_argument, NULL, 'a' },
					       { "not-only-this-machine", no_argument, NULL, 'n' },
					       { 0 } };
	int64_t port = PORT_DEFAULT, mail_port = 0;
	int c;

	while ((c = getopt_long(count, words, "", known, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->data = optarg;
			break;
		case 'p':
			port = text_to_int(text_of(optarg), &port) ? port : -1;
			break;
		case 'm':
			mail_port = text_to_int(text_of(optarg), &mail_port) ? mail_port : -1;
			break;
		case 'w':
			o->settings = optarg;
			break;
		case 'a':
			o->address = optarg;
			break;
		case 'n':
			o->anywhere = true;
			break;
		default:
			return false;
		}
	}
	o->port = (int)port;
	o->mail_port = (int)mail_port;
	return o->data && optind == count && port >= 0 && port <= 65535 && mail_port >= 0 && mail_port <= 65535;
}

static bool address_allowed(const struct options *o)
{
	return o->anywhere || !strncmp(o->address, "127.", 4);
}

/* db's own tables, and the book's: the rooms of the platform have none here. */
static problem book_open(struct sandbox *s, const char *folder)
{
	struct migration all[64];
	size_t n = 0;
	char url[4096];
	problem why;

	for (size_t i = 0; i < migrations_all_count; i++)
		if (!strcmp(migrations_all[i].room, "db") && n < 32)
			all[n++] = migrations_all[i];
	for (size_t i = 0; i < book_migrations_count; i++)
		all[n++] = book_migrations[i];
	for (size_t i = 0; i < people_migrations_count; i++)
		all[n++] = people_migrations[i];
	snprintf(url, sizeof(url), "sqlite:%s/book.db", folder);
	why = db_open(text_of(url), &(struct db_options){ .world = s->world }, &s->db);
	return why ? why : db_migrate(s->db, all, n);
}

static problem clock_load(struct tx *tx, void *arg)
{
	struct sandbox *s = arg;

	clock_set(s->clock, world_now_ms(s->world) + book_setting_read(tx, "lead_ms", 0), 1);
	return NULL;
}

static problem server_open(struct sandbox *s, const struct options *o)
{
	problem why = wire_open(o->address, o->port, &s->wire);

	if (why)
		return why;
	s->port = wire_port(s->wire);
	why = http_server_start(&(struct http_server_options){ .address = TEXT("127.0.0.1"),
							       .loops = 1,
							       .serve = desk_serve,
							       .body_limit = desk_body_limit,
							       .self = s },
				&s->server);
	if (!why)
		wire_start(s->wire, http_server_port(s->server));
	return why;
}

static problem sandbox_open(struct sandbox *s, const struct options *o)
{
	problem why;

	s->folder = o->data;
	why = mkdir(o->data, 0700) && errno != EEXIST ? &secret_file_failed : NULL;

	s->world = world_real(NODE);
	s->clock = clock_new(s->world);
	s->faults = faults_new();
	if (!why)
		why = keys_open(o->data, s->world, &s->keys);
	if (!why)
		why = book_open(s, o->data);
	if (!why)
		why = db_read(s->db, clock_load, s);
	if (why)
		return why;
	s->courier = courier_open(s);
	s->desk = desk_open();
	why = inbox_open(o->data, s->world, &s->inbox);
	if (!why)
		why = sink_open(s, o->mail_port, &s->sink);
	if (!why)
		why = server_open(s, o);
	if (!why)
		why = people_write_secret(&s->keys, o->data);
	if (!why && o->settings)
		why = keys_write_settings(&s->keys, o->data, o->settings, &(struct ports){ s->port, sink_port(s->sink) });
	return why;
}

static void sandbox_close(struct sandbox *s)
{
	if (s->desk)
		desk_hurry(s->desk);
	if (s->server)
		http_server_stop(s->server, STOP_MS);
	wire_close(s->wire);
	desk_close(s->desk);
	courier_close(s->courier);
	sink_close(s->sink);
	inbox_close(s->inbox);
	db_close(s->db);
	keys_close(&s->keys);
	faults_free(s->faults);
	clock_free(s->clock);
	world_close(s->world);
}

static void wait_for_signal(void)
{
	sigset_t set;
	int which;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigwait(&set, &which);
}

/* Before any thread is there, so that all inherit it. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int count, char **words)
{
	struct options o = { .address = "127.0.0.1" };
	struct sandbox s = { 0 };
	problem why;

	if (!options_read(count, words, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	if (!address_allowed(&o)) {
		fprintf(stderr, "sandbox: %s is not this machine; --not-only-this-machine if that is meant\n",
			o.address);
		return 2;
	}
	block_signals();
	why = sandbox_open(&s, &o);
	if (why) {
		fprintf(stderr, "sandbox: %s: %s\n", why->type, why->title);
	} else {
		printf("sandbox: http://127.0.0.1:%d/sandbox/\n", s.port);
		fflush(stdout);
		wait_for_signal();
	}
	sandbox_close(&s);
	return why ? 1 : 0;
}
