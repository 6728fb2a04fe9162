/* draw.c - pictures that we draw ourselves. The SVG is ours, with all that it shows in it; it still goes through a child of its own, as
 * foreign bytes do, since pictures of people stand in it. One at a time: a flood of posters leaves the machine to the others. */
#include "media/make.h"
#include "media/media_room.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

const struct problem media_draw_off = { 503, "draw-off", "Pictures cannot be drawn here: libvips-tools or fonts-noto-cjk is not installed." };

enum { DRAW_S = 30, TURN_S = 15, WAITING_MAX = 3, MEMORY_MB = 2048, MADE_MAX = 8 << 20 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static atomic_int waiting = 0;
static const atomic_bool never = false;
static atomic_bool fonts_seen = false;

/* Each who waits holds a thread of the uploads. */
problem media_turn_take(void)
{
	struct timespec until;
	bool taken;

	if (!pthread_mutex_trylock(&turn))
		return NULL;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += TURN_S;
	taken = atomic_fetch_add(&waiting, 1) < WAITING_MAX && !pthread_mutex_timedlock(&turn, &until);
	atomic_fetch_sub(&waiting, 1);
	return taken ? NULL : &problem_busy;
}

void media_turn_leave(void) { pthread_mutex_unlock(&turn); }

static problem run_tool(struct making *m, const char *const *argv)
{
	struct text errors = { 0 };
	problem why = tool_run(m, &(struct tool){ .argv = argv, .wall_s = DRAW_S, .cpu_s = DRAW_S, .memory = (int64_t)MEMORY_MB << 20, .file = MADE_MAX,
		                                  .errors = &errors });

	if (why == &tool_failed)
		log_line(LOG_WARN, "draw-failed", "says", text_clip(errors, 300), NULL);
	return why == &tool_missing ? &media_draw_off : why;
}

/* Without a Chinese font a picture is full of boxes. Where nothing can say which fonts there are, it is tried. */
static problem look_for_fonts(struct making *m)
{
	struct text said = { 0 };
	problem why;

	if (atomic_load(&fonts_seen))
		return NULL;
	why = tool_ask(m, &(struct tool){ .argv = (const char *const[]){ "fc-list", ":lang=zh", "family", NULL }, .wall_s = DRAW_S, .cpu_s = DRAW_S }, &said);
	if (why && why != &tool_missing)
		return why;
	if (!why && !text_trim(said).length)
		return &media_draw_off;
	atomic_store(&fonts_seen, true);
	return NULL;
}

/* A name of its own beside `path`; *ret_fd is open where it is wanted. */
static problem new_draft(struct arena *arena, const char *folder, const char *ending, const char **ret, int *ret_fd)
{
	struct text name = arena_format(arena, "%s/draft-XXXXXX%s", folder, ending);
	char *draft = arena_alloc(arena, name.length + 1);

	memcpy(draft, name.at, name.length + 1);
	*ret_fd = mkostemps(draft, (int)strlen(ending), O_CLOEXEC);
	*ret = draft;
	return *ret_fd < 0 ? media__failure() : NULL;
}

static problem write_draft(struct arena *arena, const char *folder, struct text bytes, const char **ret)
{
	int fd;
	problem why = new_draft(arena, folder, ".svg", ret, &fd);

	if (why)
		return why;
	why = media__write(fd, bytes);
	close(fd);
	return why;
}

static problem draw(struct making *m, const char *svg, const char *path)
{
	const char *folder = arena_cstr(m->arena, text_head(text_of(path), (size_t)(strrchr(path, '/') - path))), *made;
	int fd;
	problem why = new_draft(m->arena, folder, ".jpg", &made, &fd);

	if (why)
		return why;
	close(fd);
	why = run_tool(m, (const char *const[]){ "vips", "copy", svg, arena_cstr(m->arena, arena_format(m->arena, "%s[Q=90,strip]", made)), "--vips-concurrency=1", NULL });
	if (!why && (chmod(made, 0640) || rename(made, path)))
		why = media__failure();
	if (why)
		unlink(made);
	return why;
}

problem media_draw(struct serve *serve, struct arena *arena, struct text svg, const char *path)
{
	struct making m = { .serve = serve, .arena = arena, .stopping = &never };
	const char *folder = arena_cstr(arena, text_head(text_of(path), (size_t)(strrchr(path, '/') - path))), *draft = NULL;
	problem why = look_for_fonts(&m);

	if (!why)
		why = write_draft(arena, folder, svg, &draft);
	if (!why)
		why = draw(&m, draft, path);
	if (draft)
		unlink(draft);
	return why;
}

static problem read_made(struct arena *arena, const char *path, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *bytes = arena_alloc(arena, MADE_MAX);
	size_t length = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && length < MADE_MAX) {
		n = read(fd, bytes + length, MADE_MAX - length);
		length += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	*ret = (struct text){ bytes, length };
	return fd < 0 || n < 0 ? media__failure() : length ? NULL : &tool_failed;
}

problem media_small(struct serve *serve, struct arena *arena, const struct blob *blob, const struct media_size *size, struct text *ret)
{
	struct making m = { .serve = serve, .arena = arena, .stopping = &never };
	const char *folder = arena_cstr(arena, serve_data_folder(serve)), *made, *to;
	struct text box = arena_format(arena, "%dx%d>", size->side, size->side);
	int fd;
	problem why = new_draft(arena, folder, size->keeps_alpha ? ".png" : ".jpg", &made, &fd);

	if (why)
		return why;
	close(fd);
	to = arena_cstr(arena, arena_format(arena, "%s[strip%s]", made, size->keeps_alpha ? "" : ",Q=88,background=255"));
	why = run_tool(&m, (const char *const[]){ "vipsthumbnail", media__path(arena, serve_data_folder(serve), blob), "--size",
		                                  arena_cstr(arena, box), "-o", to, "--vips-concurrency=1", NULL });
	if (!why)
		why = read_made(arena, made, ret);
	unlink(made);
	return why;
}
