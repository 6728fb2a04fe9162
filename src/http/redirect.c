#include "http/redirect.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOKEN_MAX = 128, CHALLENGE_MAX = 4096, STOP_MS = 1000, CONNECTIONS = 1000 };

struct http_redirect {
	struct http_server *server;
	struct text origin;
	int https_port;
	char *challenges; /* folder; NULL: none */
};

static struct text copy(struct text t)
{
	char *at = t.at ? strndup(t.at, t.length) : NULL;

	if (t.at && !at)
		abort();
	return (struct text){ at, t.length };
}

static void say(struct http_request *rq, int status, struct text body, const struct header *more)
{
	struct header headers[2] = { { TEXT_INIT("Content-Type"), TEXT_INIT("text/plain; charset=utf-8") } };

	if (more)
		headers[1] = *more;
	http_reply(rq, &(struct http_reply){ .status = status, .headers = headers, .header_count = more ? 2 : 1, .body = body });
}

/* ---- challenges ---- */

/* Of base64url letters, so it is one name in one folder. */
static bool is_token(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		char c = t.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return t.length > 0 && t.length <= TOKEN_MAX;
}

static bool read_challenge(const char *path, struct arena *arena, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *at = arena_alloc(arena, CHALLENGE_MAX);
	struct stat status;
	ssize_t n = -1;

	if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size < CHALLENGE_MAX)
		n = read(fd, at, CHALLENGE_MAX);
	if (fd >= 0)
		close(fd);
	*ret = (struct text){ at, n > 0 ? (size_t)n : 0 };
	return n >= 0;
}

static void show_challenge(const struct http_redirect *redirect, struct http_request *rq, struct text token)
{
	struct text body;

	if (redirect->challenges && is_token(token) &&
	    read_challenge(arena_format(rq->arena, "%s/%.*s", redirect->challenges, TEXT_ARG(token)).at, rq->arena, &body))
		say(rq, 200, body, NULL);
	else
		say(rq, 404, TEXT("there is no such challenge\n"), NULL);
}

/* ---- the right address ---- */

static struct text without_port(struct text host)
{
	size_t end = host.length;

	while (end && host.at[end - 1] >= '0' && host.at[end - 1] <= '9')
		end--;
	return end && end < host.length && host.at[end - 1] == ':' ? text_head(host, end - 1) : host;
}

static struct text https_address(const struct http_redirect *redirect, const struct http_request *rq)
{
	struct text target = text_starts(rq->target, TEXT("/")) ? rq->target : TEXT("/"), host = without_port(rq->host);

	if (redirect->origin.length)
		return arena_format(rq->arena, "%.*s%.*s", TEXT_ARG(redirect->origin), TEXT_ARG(target));
	if (redirect->https_port == 443)
		return arena_format(rq->arena, "https://%.*s%.*s", TEXT_ARG(host), TEXT_ARG(target));
	return arena_format(rq->arena, "https://%.*s:%d%.*s", TEXT_ARG(host), redirect->https_port, TEXT_ARG(target));
}

static void serve(void *self, struct http_request *rq)
{
	const struct text challenges = TEXT("/.well-known/acme-challenge/");
	const struct http_redirect *redirect = self;
	struct header location = { TEXT_INIT("Location"), { 0 } };

	if ((rq->method != GET && rq->method != HEAD) || !rq->host.length) {
		say(rq, 400, TEXT("write https:// before the address\n"), NULL);
		return;
	}
	if (text_starts(rq->path, challenges)) {
		show_challenge(redirect, rq, text_from(rq->path, challenges.length));
		return;
	}
	location.value = https_address(redirect, rq);
	say(rq, 301, TEXT("this site is read by https\n"), &location);
}

static size_t no_body(void *self, enum method method, struct text path)
{
	(void)self, (void)method, (void)path;
	return 0;
}

problem http_redirect_start(const struct http_redirect_options *options, struct http_redirect **ret)
{
	struct http_redirect *redirect = calloc(1, sizeof *redirect);
	struct text folder = options->acme_folder;
	problem why;

	if (!redirect || (folder.length && asprintf(&redirect->challenges, "%.*s/.well-known/acme-challenge", TEXT_ARG(folder)) < 0))
		abort();
	redirect->origin = copy(options->origin);
	redirect->https_port = options->https_port;
	why = http_server_start(&(struct http_server_options){ .address = options->address, .port = options->port, .loops = 1,
							       .limits = { .connections = CONNECTIONS, .idle_ms = 5000 },
							       .body_limit = no_body, .serve = serve, .self = redirect },
				&redirect->server);
	if (why)
		http_redirect_stop(redirect);
	else
		*ret = redirect;
	return why;
}

int http_redirect_port(const struct http_redirect *redirect)
{
	return http_server_port(redirect->server);
}

void http_redirect_stop(struct http_redirect *redirect)
{
	if (!redirect)
		return;
	http_server_stop(redirect->server, STOP_MS);
	free((char *)redirect->origin.at);
	free(redirect->challenges);
	free(redirect);
}
