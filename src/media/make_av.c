/* make_av.c - recordings, by ffmpeg where they need it. What browsers play (MP4 with H.264 and AAC, index in front) stays the file
 * that it is; the index alone is moved where only it stands wrong; the rest is made anew. Sound alone gets an even loudness
 * (EBU R 128, measured first) and a picture of its peaks. */
#include "media/make.h"
#include "media/media_room.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR_S = 3600, LONGEST_H = 12, SIDE_MAX = 8192, PEAKS = 1000, RATE = 8000, SLACK_MB = 512 };

static const int64_t tool_memory = (int64_t)4 << 30;

/* ---- what ffprobe says ---- */

struct found {
	bool video, audio;
	bool h264_aac;            /* and in the common layout of pixels */
	int64_t duration_ms, width, height;
};

static bool is_word(const json_t *object, const char *key, const char *word) { return text_is(json_get_text(object, key), word); }

static bool is_cover(const json_t *stream) { return json_get_int(json_object_get(stream, "disposition"), "attached_pic", 0) == 1; }

static void take_stream(const json_t *stream, struct found *found)
{
	if (is_word(stream, "codec_type", "video") && !is_cover(stream) && !found->video) {
		found->video = true;
		found->h264_aac &= is_word(stream, "codec_name", "h264") && is_word(stream, "pix_fmt", "yuv420p");
		found->width = json_get_int(stream, "width", 0);
		found->height = json_get_int(stream, "height", 0);
	} else if (is_word(stream, "codec_type", "audio") && !found->audio) {
		found->audio = true;
		found->h264_aac &= is_word(stream, "codec_name", "aac");
	}
}

/* "12.345000" */
static int64_t milliseconds(struct text seconds)
{
	struct text rest = seconds, whole = text_cut(&rest, '.');
	int64_t s = 0, part = 0, scale = 100;

	if (!text_to_int(whole, &s) || s < 0 || s > 1000 * HOUR_S)
		return 0;
	for (size_t i = 0; i < rest.length && i < 3 && rest.at[i] >= '0' && rest.at[i] <= '9'; i++, scale /= 10)
		part += (rest.at[i] - '0') * scale;
	return s * 1000 + part;
}

static problem ask_probe(struct making *m, struct text *ret)
{
	return tool_ask(m, &(struct tool){
		.argv = (const char *const[]){ "ffprobe", "-v", "error", "-protocol_whitelist", "file", "-f", kind_format(m->asset.ext), "-show_format",
		                               "-show_streams", "-of", "json", make_path(m, "original"), NULL },
		.wall_s = 120, .cpu_s = 60, .memory = tool_memory, .file = 1 << 20 }, ret);
}

static problem probe(struct making *m, struct found *ret)
{
	struct text said;
	json_t *tree, *streams;
	problem why = ask_probe(m, &said);

	if (!why && json_read(m->arena, said, &tree))
		why = &asset_broken;
	if (why)
		return why == &tool_failed ? &asset_broken : why;
	*ret = (struct found){ .h264_aac = true, .duration_ms = milliseconds(json_get_text(json_object_get(tree, "format"), "duration")) };
	streams = json_object_get(tree, "streams");
	for (size_t i = 0; i < json_array_size(streams); i++)
		take_stream(json_array_get(streams, i), ret);
	if (ret->duration_ms > (int64_t)LONGEST_H * HOUR_S * 1000 || ret->width > SIDE_MAX || ret->height > SIDE_MAX)
		return &asset_too_much;
	return NULL;
}

/* ---- video that needs nothing ---- */

static problem keep_original(struct making *m)
{
	const char *to = make_path(m, "video.mp4");

	if (link(make_path(m, "original"), to) && errno != EEXIST)
		return media__failure();
	return media__sync_folder(make_path(m, ""));
}

static problem make_poster(struct making *m);

problem make_probe_video(struct making *m)
{
	int fd = open(make_path(m, "original"), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool may_be = text_is(m->asset.ext, "mp4") || text_is(m->asset.ext, "m4v") || text_is(m->asset.ext, "mov");
	struct mp4 mp4;
	bool read;

	if (fd < 0)
		return media__failure();
	read = may_be && mp4_read(fd, m->asset.size, &mp4);
	close(fd);
	if (text_is(m->asset.ext, "mp4") && !read)
		return &asset_broken;
	m->asset.state = ASSET_TRANSCODING;
	if (!read || !mp4.whole || !mp4.index_first || !mp4.h264 || mp4.other_video || mp4.other_audio || !mp4.duration_ms)
		return NULL;
	m->asset.state = ASSET_READY;
	m->asset.duration_ms = mp4.duration_ms;
	m->asset.width = mp4.width;
	m->asset.height = mp4.height;
	m->asset.served = TEXT("video.mp4");
	m->asset.progress = 100;
	(void)!make_poster(m);
	return keep_original(m);
}

/* ---- ffmpeg ---- */

/* "out_time_us=1234567" */
struct progress {
	struct making *m;
	int64_t from, span;       /* per cent of the whole that this run stands for */
	struct buffer line;
};

static void take_line(struct progress *p, struct text line)
{
	struct text rest = line, key = text_cut(&rest, '=');
	int64_t us, share;

	if (!text_is(key, "out_time_us") || !text_to_int(rest, &us) || us < 0 || p->m->asset.duration_ms <= 0)
		return;
	share = us / 1000 >= p->m->asset.duration_ms ? p->span : us / 1000 * p->span / p->m->asset.duration_ms;
	p->m->asset.progress = p->from + share;
}

static void take_progress(void *self, struct text bytes)
{
	struct progress *p = self;

	for (size_t i = 0; i < bytes.length; i++) {
		if (bytes.at[i] != '\n') {
			buffer_add_char(&p->line, bytes.at[i]);
			continue;
		}
		take_line(p, buffer_text(&p->line));
		buffer_clear(&p->line);
	}
}

struct run {
	const char *const *middle; /* arguments between the input and the output, ends with NULL */
	const char *input, *output;
	const char *format;       /* of the input; NULL: a file that we made */
	struct text *errors;
	void (*take)(void *self, struct text bytes);
	void *self;
};

static problem ffmpeg(struct making *m, const struct run *run)
{
	enum { ARGUMENTS_MAX = 64 };
	static const char *const start[] = { "ffmpeg", "-nostdin", "-hide_banner", "-y", "-protocol_whitelist", "file,pipe" };
	const char *argv[ARGUMENTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < sizeof start / sizeof *start; i++)
		argv[n++] = start[i];
	if (run->format) {
		argv[n++] = "-f";
		argv[n++] = run->format;
	}
	argv[n++] = "-i";
	argv[n++] = run->input;
	for (size_t i = 0; run->middle[i]; i++) {
		assert(n < ARGUMENTS_MAX - 2);
		argv[n++] = run->middle[i];
	}
	argv[n++] = run->output;
	argv[n] = NULL;
	return tool_run(m, &(struct tool){ .argv = argv, .wall_s = LONGEST_H * HOUR_S, .cpu_s = LONGEST_H * HOUR_S * 4, .memory = tool_memory,
		                           .file = m->asset.size * 4 + ((int64_t)SLACK_MB << 20), .take = run->take, .self = run->self,
		                           .errors = run->errors });
}

static problem ffmpeg_with_progress(struct making *m, const struct run *run, int64_t from, int64_t span)
{
	struct progress progress = { m, from, span, BUFFER(4096) };
	struct run told = *run;
	problem why;

	told.take = take_progress;
	told.self = &progress;
	why = ffmpeg(m, &told);
	buffer_free(&progress.line);
	return why == &tool_failed ? &asset_broken : why;
}

/* One second in, where there is one: the first picture is often black. */
static problem make_poster(struct making *m)
{
	const char *second = m->asset.duration_ms > 4000 ? "2" : "0";
	static const char *const in = "poster-draft.jpg";
	problem why = ffmpeg(m, &(struct run){
		.input = make_path(m, "original"), .format = kind_format(m->asset.ext), .output = make_path(m, in),
		.middle = (const char *const[]){ "-v", "error", "-ss", second, "-frames:v", "1", "-an", "-sn", "-dn", "-vf", "scale='min(960,iw)':-2", "-map_metadata", "-1",
		                                 "-q:v", "4", NULL } });

	if (!why)
		why = make_keep(m, in, "poster.jpg");
	m->asset.poster = !why;
	return why;
}

static problem remux(struct making *m)
{
	return ffmpeg_with_progress(m, &(struct run){
		.input = make_path(m, "original"), .format = kind_format(m->asset.ext), .output = make_path(m, "draft.mp4"),
		.middle = (const char *const[]){ "-v", "error", "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-map_metadata", "-1", "-map_chapters", "-1", "-movflags",
		                                 "+faststart", "-progress", "pipe:1", NULL } }, 0, 100);
}

static problem transcode(struct making *m)
{
	return ffmpeg_with_progress(m, &(struct run){
		.input = make_path(m, "original"), .format = kind_format(m->asset.ext), .output = make_path(m, "draft.mp4"),
		.middle = (const char *const[]){ "-v", "error", "-map", "0:v:0", "-map", "0:a:0?", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt",
		                                 "yuv420p", "-vf", "scale='min(1920,iw)':-2", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-sn", "-dn",
		                                 "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-progress", "pipe:1", NULL } }, 0, 100);
}

/* Size and length are those of what is served. */
static problem measure_made(struct making *m)
{
	int fd = open(make_path(m, "draft.mp4"), O_RDONLY | O_CLOEXEC);
	struct stat file;
	struct mp4 mp4;
	bool read = fd >= 0 && !fstat(fd, &file) && mp4_read(fd, file.st_size, &mp4);

	if (fd >= 0)
		close(fd);
	if (!read || !mp4.h264 || !mp4.index_first)
		return &asset_broken;
	m->asset.duration_ms = mp4.duration_ms;
	m->asset.width = mp4.width;
	m->asset.height = mp4.height;
	return NULL;
}

problem make_video(struct making *m)
{
	struct found found;
	problem why = probe(m, &found);

	if (!why && !found.video)
		why = &asset_broken;
	if (why)
		return why;
	m->asset.duration_ms = found.duration_ms;
	(void)!make_poster(m);
	why = found.h264_aac ? remux(m) : transcode(m);
	if (!why)
		why = measure_made(m);
	if (!why)
		why = make_keep(m, "draft.mp4", "video.mp4");
	if (why) {
		(void)unlink(make_path(m, "draft.mp4"));
		return why;
	}
	m->asset.served = TEXT("video.mp4");
	m->asset.progress = 100;
	m->asset.state = ASSET_READY;
	return NULL;
}

/* ---- audio ---- */

/* The last thing that the filter says is an object of what it measured. */
static problem read_loudness(struct making *m, struct text said, struct text *ret_filter)
{
	size_t open = SIZE_MAX;
	json_t *tree;
	static const char *const keys[] = { "input_i", "input_tp", "input_lra", "input_thresh", "target_offset" };
	struct text is[sizeof keys / sizeof *keys];

	for (size_t i = 0; i < said.length; i++)
		open = said.at[i] == '{' ? i : open;
	if (open == SIZE_MAX || json_read(m->arena, text_trim(text_from(said, open)), &tree))
		return &asset_broken;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		is[i] = json_get_text(tree, keys[i]);
		/* silence has no loudness: it stays as it is */
		if (!is[i].length || text_find(is[i], TEXT("inf")) != SIZE_MAX) {
			*ret_filter = TEXT("anull");
			return NULL;
		}
	}
	*ret_filter = arena_format(m->arena, "loudnorm=I=-16:TP=-1.5:LRA=11:measured_I=%.*s:measured_TP=%.*s:measured_LRA=%.*s:measured_thresh=%.*s:offset=%.*s"
	                                     ":linear=true", TEXT_ARG(is[0]), TEXT_ARG(is[1]), TEXT_ARG(is[2]), TEXT_ARG(is[3]), TEXT_ARG(is[4]));
	return NULL;
}

static problem measure_loudness(struct making *m, struct text *ret_filter)
{
	struct text said = { 0 };
	problem why = ffmpeg_with_progress(m, &(struct run){
		.input = make_path(m, "original"), .format = kind_format(m->asset.ext), .output = "-", .errors = &said,
		.middle = (const char *const[]){ "-v", "info", "-nostats", "-map", "0:a:0", "-vn", "-sn", "-dn", "-af", "loudnorm=I=-16:TP=-1.5:LRA=11:print_format=json",
		                                 "-progress", "pipe:1", "-f", "null", NULL } }, 0, 40);

	return why ? why : read_loudness(m, said, ret_filter);
}

static problem make_even(struct making *m, struct text filter)
{
	return ffmpeg_with_progress(m, &(struct run){
		.input = make_path(m, "original"), .format = kind_format(m->asset.ext), .output = make_path(m, "draft.m4a"),
		.middle = (const char *const[]){ "-v", "error", "-map", "0:a:0", "-vn", "-sn", "-dn", "-af", arena_cstr(m->arena, filter), "-ar", "44100", "-c:a", "aac", "-b:a", "128k",
		                                 "-ac", "2", "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-progress",
		                                 "pipe:1", NULL } }, 40, 50);
}

/* ---- peaks: the loudest moment of each part, 0 to 100 ---- */

struct peaks {
	int64_t each, at;         /* samples of a part, samples so far */
	int high[PEAKS];
	int half;                 /* a sample's first byte, when the other one has not come; -1: none */
};

static void take_samples(void *self, struct text bytes)
{
	struct peaks *p = self;

	for (size_t i = 0; i < bytes.length; i++) {
		int byte = (unsigned char)bytes.at[i], sample;

		if (p->half < 0) {
			p->half = byte;
			continue;
		}
		sample = (int16_t)(p->half | byte << 8);
		sample = sample < 0 ? -sample : sample;
		p->half = -1;
		if (p->at / p->each < PEAKS && p->high[p->at / p->each] < sample)
			p->high[p->at / p->each] = sample;
		p->at++;
	}
}

static problem write_peaks(struct making *m, const struct peaks *p)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(16 * 1024);
	int64_t parts = (p->at + p->each - 1) / p->each;
	int fd = open(make_path(m, "peaks-draft"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	problem why = fd < 0 ? media__failure() : NULL;

	buffer_add_char(&out, '[');
	for (int64_t i = 0; i < parts && i < PEAKS; i++)
		buffer_format(&out, i ? ",%d" : "%d", p->high[i] * 100 / 32768);
	buffer_add_char(&out, ']');
	assert(!out.why);
	if (!why)
		why = media__write(fd, buffer_text(&out));
	if (fd >= 0 && close(fd) && !why)
		why = media__failure();
	return why ? why : make_keep(m, "peaks-draft", "peaks.json");
}

static problem make_peaks(struct making *m)
{
	struct peaks *p = ARENA_NEW(m->arena, struct peaks);
	problem why;

	p->half = -1;
	p->each = m->asset.duration_ms * RATE / 1000 / PEAKS + 1;
	why = ffmpeg(m, &(struct run){ .input = make_path(m, "draft.m4a"), .format = "mov", .output = "pipe:1", .take = take_samples, .self = p,
		                       .middle = (const char *const[]){ "-v", "error", "-ac", "1", "-ar", "8000", "-f", "s16le", NULL } });
	if (!why)
		why = write_peaks(m, p);
	m->asset.peaks = !why;
	return why;
}

problem make_audio(struct making *m)
{
	struct found found;
	struct text filter;
	problem why = probe(m, &found);

	if (!why && !found.audio)
		why = &asset_broken;
	if (why)
		return why;
	m->asset.duration_ms = found.duration_ms;
	why = measure_loudness(m, &filter);
	if (!why)
		why = make_even(m, filter);
	if (!why)
		why = make_peaks(m);
	if (!why)
		why = make_keep(m, "draft.m4a", "audio.m4a");
	if (why) {
		(void)unlink(make_path(m, "draft.m4a"));
		return why;
	}
	m->asset.served = TEXT("audio.m4a");
	m->asset.progress = 100;
	m->asset.state = ASSET_READY;
	return NULL;
}
