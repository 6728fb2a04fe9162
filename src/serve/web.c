/* web.c - see web.h. Files are opened below the folder only: no part of a path may begin with a dot, and none is a link. */
#include "serve/web.h"

#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASSETS_JSON_MAX = 64 << 10 };

struct web {
	int folder; /* -1: none */
	struct web_assets assets;
};

const struct shape web_assets_shape = SHAPE_AS("assets", web_assets,
	FIELD(web_assets, css, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, js, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, dress, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, icons, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, favicon, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, app_css, SHAPE_TEXT, .optional = true),
	FIELD(web_assets, app_js, SHAPE_TEXT, .optional = true));

static problem read_assets(struct serve *serve, struct web *web)
{
	struct field_errors errors = { 0 };
	char *bytes = arena_alloc(serve->arena, ASSETS_JSON_MAX);
	int fd = openat(web->folder, "assets.json", O_RDONLY | O_CLOEXEC);
	ssize_t length;
	problem why;

	if (fd < 0)
		return NULL;
	length = read(fd, bytes, ASSETS_JSON_MAX);
	close(fd);
	why = shape_read(&web_assets_shape, serve->arena, (struct text){ bytes, length > 0 ? (size_t)length : 0 }, &web->assets, &errors);
	if (why)
		log_line(LOG_ERROR, "web-broken", "file", TEXT("assets.json"), "why", text_of(why->type), NULL);
	return why;
}

problem web_open(struct serve *serve, struct web **ret)
{
	struct web *web = ARENA_NEW(serve->arena, struct web);
	struct text folder = serve->options.web_folder;

	web->folder = folder.length ? open(arena_cstr(serve->arena, folder), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	web->assets = (struct web_assets){ TEXT("/public.css"), TEXT("/public.js"), TEXT("/dress.css"), TEXT("/icons.svg"), TEXT("/favicon.svg"),
	                                   TEXT("/app.css"), TEXT("/app.js") };
	*ret = web;
	return web->folder < 0 ? NULL : read_assets(serve, web);
}

void web_close(struct web *web)
{
	if (web && web->folder >= 0)
		close(web->folder);
}

const struct web_assets *web_assets(const struct web *web)
{
	return &web->assets;
}

static bool is_safe(struct text path)
{
	struct text rest = path;

	while (rest.at) {
		struct text part = text_cut(&rest, '/');

		if (!part.length || part.at[0] == '.')
			return false;
	}
	return true;
}

static struct text type_of(struct text path)
{
	static const struct { const char *end, *type; } types[] = {
		{ ".js", "text/javascript; charset=utf-8" }, { ".mjs", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" }, { ".svg", "image/svg+xml" }, { ".json", "application/json" },
		{ ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".webp", "image/webp" }, { ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" }, { ".wasm", "application/wasm" }, { ".txt", "text/plain; charset=utf-8" },
		{ ".webmanifest", "application/manifest+json" }, { ".map", "application/json" }, { ".bcmap", "application/octet-stream" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_ends(path, text_of(types[i].end)))
			return text_of(types[i].type);
	return (struct text){ 0 };
}

static int open_file(const struct web *web, struct arena *arena, struct text path, const char *suffix, struct stat *ret)
{
	const char *name = arena_format(arena, "%.*s%s", TEXT_ARG(path), suffix).at;
	int fd = openat(web->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (!fstat(fd, ret) && S_ISREG(ret->st_mode))
		return fd;
	close(fd);
	return -1;
}

/* The smallest form that the client understands and the build made. */
static int open_form(struct call *call, struct text path, struct stat *status, const char **ret_coding)
{
	static const struct { const char *coding, *suffix; } forms[] = { { "br", ".br" }, { "gzip", ".gz" } };
	const struct web *web = call->rq.serve->web;
	struct text accepted = http_header(call->rq.http, "Accept-Encoding");

	for (size_t i = 0; i < 2; i++) {
		int fd = http_accepts(accepted, forms[i].coding) ? open_file(web, call->rq.arena, path, forms[i].suffix, status) : -1;

		*ret_coding = forms[i].coding;
		if (fd >= 0)
			return fd;
	}
	*ret_coding = NULL;
	return open_file(web, call->rq.arena, path, "", status);
}

bool web_reply(struct call *call)
{
	const struct serve *serve = call->rq.serve;
	struct text path = text_from(call->rq.http->path, 1), type = type_of(path), etag;
	const char *coding;
	struct stat status;
	int fd;

	if (serve->web->folder < 0 || !type.length || !is_safe(path))
		return false;
	fd = open_form(call, path, &status, &coding);
	if (fd < 0)
		return false;
	etag = arena_format(call->rq.arena, "\"%llx-%llx%s%s\"", (unsigned long long)status.st_size,
	                    (unsigned long long)status.st_mtime, coding ? "-" : "", coding ? coding : "");
	call->reply.cache = text_starts(path, TEXT("assets/")) ? TEXT("public, max-age=31536000, immutable") : TEXT("no-cache");
	if (coding)
		reply_header(&call->rq, "Content-Encoding", text_of(coding));
	if (text_starts(type, TEXT("text/javascript")))
		reply_header(&call->rq, "Content-Security-Policy", serve->policy); /* a worker's own policy is its file's */
	return !reply_file(&call->rq, fd, status.st_size, status.st_mtime, etag, type);
}
