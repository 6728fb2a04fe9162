/* tool.c - programs of others read foreign bytes, so they run as children: by argument vector, without a shell and without an
 * environment, nice, in a group of their own, with limits on memory, processor, file size and time, which hold from the
 * child's first instruction. When the server stops, or the time is over, the group is killed. */
#include "media/make.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 200, ERRORS_MAX = 64 << 10, ASKED_MAX = 1 << 20, PRINTED = 64 << 10, TICK_MS = 2000 };

static const char PRLIMIT[] = "/usr/bin/prlimit", NICE[] = "/usr/bin/nice";

const struct problem tool_missing = { 500, "tool-missing", "A program that this needs is not installed." };
const struct problem tool_failed = { 422, "tool-failed", "The file could not be read." };
const struct problem tool_slow = { 500, "tool-slow", "It took longer than it may." };
const struct problem make_stopped = { 503, "stopped", "The server stopped meanwhile." };

struct child {
	pid_t pid;
	int out, err;             /* our ends; -1: closed */
	struct buffer errors;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* prlimit and nice put their limits on themselves and then become the tool: limits set from here would come after the start,
 * and a child that is quicker would run without. */
static char *const *restrained(const struct tool *tool, const char *path, struct arena *arena)
{
	const struct { const char *name; int64_t most; } limits[] = { { "cpu", tool->cpu_s }, { "as", tool->memory }, { "fsize", tool->file } };
	const char *const become[] = { "--", NICE, "-n", "10", path };
	enum { OWN_MAX = 16 };
	size_t given = 1, n = 0;
	const char **argv;

	while (tool->argv[given])
		given++;
	argv = ARENA_ARRAY(arena, const char *, OWN_MAX + given);
	argv[n++] = PRLIMIT;
	argv[n++] = "--core=0";
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].most > 0)
			argv[n++] = arena_cstr(arena, arena_format(arena, "--%s=%lld", limits[i].name, (long long)limits[i].most));
	memcpy(argv + n, become, sizeof become);
	n += sizeof become / sizeof *become;
	memcpy(argv + n, tool->argv + 1, given * sizeof *argv);
	return (char *const *)argv;
}

static bool spawn(char *const *argv, int out, int err, pid_t *ret)
{
	static char *const nothing[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	int failed;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&how, &none);
	failed = posix_spawn(ret, argv[0], &files, &how, argv, nothing);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return !failed;
}

static problem start(const struct tool *tool, struct arena *arena, struct child *ret)
{
	const char *path = arena_cstr(arena, arena_format(arena, "/usr/bin/%s", tool->argv[0]));
	int out[2], err[2];
	bool started;

	if (access(path, X_OK) || access(PRLIMIT, X_OK) || access(NICE, X_OK))
		return &tool_missing;
	if (pipe2(out, O_CLOEXEC))
		return &problem_busy;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return &problem_busy;
	}
	*ret = (struct child){ .out = out[0], .err = err[0], .errors = BUFFER(ERRORS_MAX) };
	started = spawn(restrained(tool, path, arena), out[1], err[1], &ret->pid);
	close(out[1]);
	close(err[1]);
	if (started)
		return NULL;
	close_end(&ret->out);
	close_end(&ret->err);
	return &problem_busy;
}

/* The end of the complaints is what matters. */
static void complain(struct child *child, struct text bytes)
{
	if (child->errors.length + bytes.length >= ERRORS_MAX)
		buffer_clear(&child->errors);
	buffer_add(&child->errors, bytes);
}

static void take_some(int *fd, const struct tool *tool, struct child *child)
{
	char bytes[PRINTED];
	ssize_t n = read(*fd, bytes, sizeof bytes);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		close_end(fd);
	else if (fd == &child->err)
		complain(child, (struct text){ bytes, (size_t)n });
	else if (tool->take)
		tool->take(tool->self, (struct text){ bytes, (size_t)n });
}

void make_tell(struct making *m)
{
	int64_t now_ms = world_now_ms(serve_world(m->serve));

	if (now_ms - m->told_ms < TICK_MS)
		return;
	m->told_ms = now_ms;
	if (m->tick)
		m->tick(m);
}

/* Until it has closed both ends, which its end does for it. */
static problem follow(struct making *m, const struct tool *tool, struct child *child)
{
	int64_t start_ms = world_now_ms(serve_world(m->serve));
	int64_t looks = (int64_t)tool->wall_s * 1000 / LOOK_MS;

	while (child->out >= 0 || child->err >= 0) {
		struct pollfd ends[2] = { { .fd = child->out, .events = POLLIN }, { .fd = child->err, .events = POLLIN } };
		int ready = poll(ends, 2, LOOK_MS);
		int64_t now_ms = world_now_ms(serve_world(m->serve));

		if (ends[0].revents)
			take_some(&child->out, tool, child);
		if (ends[1].revents)
			take_some(&child->err, tool, child);
		if (atomic_load(m->stopping))
			return &make_stopped;
		/* by the clock, and by silent looks where the clock of a test stands still */
		if (now_ms - start_ms > (int64_t)tool->wall_s * 1000 || (ready == 0 && --looks < 0))
			return &tool_slow;
		make_tell(m);
	}
	return NULL;
}

problem tool_run(struct making *m, const struct tool *tool)
{
	struct child child;
	problem why = start(tool, m->arena, &child);
	int status = 0;

	if (why)
		return why;
	why = follow(m, tool, &child);
	if (why)
		kill(-child.pid, SIGKILL);
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	close_end(&child.out);
	close_end(&child.err);
	if (tool->errors)
		*tool->errors = arena_text(m->arena, buffer_text(&child.errors));
	buffer_free(&child.errors);
	if (!why && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		why = &tool_failed;
	return why;
}

static void gather(void *self, struct text bytes) { buffer_add(self, bytes); }

problem tool_ask(struct making *m, const struct tool *tool, struct text *ret)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(ASKED_MAX);
	struct tool asking = *tool;
	problem why;

	asking.take = gather;
	asking.self = &out;
	why = tool_run(m, &asking);
	if (!why && out.why)
		why = &tool_failed;
	if (!why)
		*ret = arena_text(m->arena, buffer_text(&out));
	return why;
}
