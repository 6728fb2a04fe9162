/* make.h - making an asset fit for browsers: steps, and the programs of others that do the work. */
#ifndef MEDIA_MAKE_H
#define MEDIA_MAKE_H

#include <stdatomic.h>

#include "media/asset.h"

extern const struct problem tool_missing;   /* 500: the program is not installed */
extern const struct problem tool_failed;    /* 422: it did not understand the file */
extern const struct problem tool_slow;      /* 500: it took longer than it may */
extern const struct problem make_stopped;   /* 503: the server stops: again later */
extern const struct problem asset_broken;   /* 422: the file cannot be read as what it is */
extern const struct problem asset_too_much; /* 422: too many pixels, pages, hours */

/* One asset on its way. */
struct making {
	struct serve *serve;
	struct arena *arena;
	struct asset asset;
	const atomic_bool *stopping;
	void (*tick)(struct making *m); /* now and then while a tool runs: tells progress, keeps the lease */
	int64_t told_ms;
};

/* The first step: bytes hashed and understood. Afterwards the state is READY, or TRANSCODING where ffmpeg has work. */
MUST problem make_probe(struct making *m);
MUST problem make_slowly(struct making *m);

MUST problem make_image(struct making *m);
MUST problem make_pdf(struct making *m);
MUST problem make_captions(struct making *m);
MUST problem make_probe_video(struct making *m);
MUST problem make_video(struct making *m);
MUST problem make_audio(struct making *m);

/* Calls tick, every two seconds at most: it writes. */
void make_tell(struct making *m);

const char *make_path(const struct making *m, const char *file);
/* The draft becomes the file, durably. */
MUST problem make_keep(const struct making *m, const char *draft, const char *file);

/* ---- mp4.c: what an MP4 says of itself ---- */

struct mp4 {
	bool whole;               /* the boxes end where the file ends */
	bool index_first;         /* moov before mdat: plays before it is loaded */
	bool h264, other_video, aac, other_audio;
	int64_t duration_ms, width, height;
};
/* False: no MP4 that we can read. */
bool mp4_read(int fd, int64_t size, struct mp4 *ret);

/* ---- tool.c: a program as a child: no shell, no environment, nice, with limits ---- */

struct tool {
	const char *const *argv;  /* argv[0] is a name in /usr/bin */
	int wall_s, cpu_s;        /* longest time by the clock and of a core */
	int64_t memory, file;     /* bytes of address space, of a file that it writes */
	void (*take)(void *self, struct text bytes); /* what it prints; NULL: thrown away */
	void *self;
	struct text *errors;      /* the last of what it complains of; may be NULL */
};
MUST problem tool_run(struct making *m, const struct tool *tool);
/* The same with all that it prints, at most 1 MiB. */
MUST problem tool_ask(struct making *m, const struct tool *tool, struct text *ret);

#endif
