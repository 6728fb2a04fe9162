/* mp4.c - the boxes of an MP4 (ISO 14496-12), as far as they tell whether a browser can play it as it is. Reads by offset and only
 * what it needs; every box must lie within the one around it. */
#include "media/make.h"

#include <unistd.h>

enum { BOXES_MAX = 10000, DEPTH_MAX = 8, ENTRY_MAX = 512 };

struct reader {
	int fd;
	int boxes;                /* how many more are read */
	struct mp4 *found;
	bool has_index, has_data;
};

struct track {
	bool video, sound;        /* by its handler */
};

struct box {
	char type[4];
	int64_t at, end;          /* of its content */
};

static uint32_t big32(const unsigned char *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }
static uint64_t big64(const unsigned char *at) { return (uint64_t)big32(at) << 32 | big32(at + 4); }

static bool read_at(const struct reader *r, int64_t at, void *to, size_t n) { return pread(r->fd, to, n, (off_t)at) == (ssize_t)n; }

static bool is_type(const struct box *box, const char *type) { return !memcmp(box->type, type, 4); }

/* The box at `at`, within what ends at `end`. */
static bool read_box(struct reader *r, int64_t at, int64_t end, struct box *ret)
{
	unsigned char head[16];
	uint64_t size;
	int64_t length = 8;

	if (--r->boxes < 0 || end - at < 8 || !read_at(r, at, head, 8))
		return false;
	size = big32(head);
	memcpy(ret->type, head + 4, 4);
	if (size == 1) {
		length = 16;
		if (end - at < 16 || !read_at(r, at + 8, head + 8, 8))
			return false;
		size = big64(head + 8);
	} else if (size == 0) {
		size = (uint64_t)(end - at);
	}
	if (size < (uint64_t)length || size > (uint64_t)(end - at))
		return false;
	ret->at = at + length;
	ret->end = at + (int64_t)size;
	return true;
}

static bool read_movie_head(struct reader *r, const struct box *box)
{
	unsigned char bytes[32];
	uint64_t scale, duration;
	bool large;

	if (box->end - box->at < 32 || !read_at(r, box->at, bytes, sizeof bytes))
		return false;
	large = bytes[0] == 1;
	scale = big32(bytes + (large ? 20 : 12));
	duration = large ? big64(bytes + 24) : big32(bytes + 16);
	if (!scale || duration > (uint64_t)INT64_MAX / 1000)
		return false;
	r->found->duration_ms = (int64_t)(duration * 1000 / scale);
	return true;
}

static bool read_handler(struct reader *r, const struct box *box, struct track *track)
{
	unsigned char bytes[12];

	if (box->end - box->at < 12 || !read_at(r, box->at, bytes, sizeof bytes))
		return false;
	*track = (struct track){ .video = !memcmp(bytes + 8, "vide", 4), .sound = !memcmp(bytes + 8, "soun", 4) };
	return true;
}

/* The profiles that browsers decode: Baseline, Main, Extended, High, 8 bits of 4:2:0. */
static bool is_common_profile(struct reader *r, int64_t at, int64_t end)
{
	struct box box;
	unsigned char bytes[4];

	for (; read_box(r, at, end, &box); at = box.end) {
		if (is_type(&box, "avcC"))
			return box.end - box.at >= 4 && read_at(r, box.at, bytes, sizeof bytes) &&
			       (bytes[1] == 66 || bytes[1] == 77 || bytes[1] == 88 || bytes[1] == 100);
	}
	return false;
}

static void take_video(struct reader *r, const struct box *entry, const unsigned char *bytes)
{
	enum { VISUAL = 78 };     /* fixed part of a visual sample entry, behind the box's head */
	bool avc = is_type(entry, "avc1") || is_type(entry, "avc3");
	int64_t width = (int64_t)bytes[24] << 8 | bytes[25], height = (int64_t)bytes[26] << 8 | bytes[27];

	if (!avc || r->found->h264 || !width || !height || !is_common_profile(r, entry->at + VISUAL, entry->end)) {
		r->found->other_video = true;
		return;
	}
	r->found->h264 = true;
	r->found->width = width;
	r->found->height = height;
}

/* The first entry of a track's sample descriptions; several would mean that the codec changes on the way. */
static bool read_descriptions(struct reader *r, const struct box *box, const struct track *track)
{
	unsigned char count[8], bytes[78];
	struct box entry;

	if (box->end - box->at < 8 || !read_at(r, box->at, count, sizeof count) || !read_box(r, box->at + 8, box->end, &entry))
		return false;
	if (track->video) {
		if (entry.end - entry.at < (int64_t)sizeof bytes || !read_at(r, entry.at, bytes, sizeof bytes))
			return false;
		take_video(r, &entry, bytes);
		r->found->other_video |= big32(count + 4) != 1;
	} else if (track->sound) {
		r->found->aac |= is_type(&entry, "mp4a");
		r->found->other_audio |= !is_type(&entry, "mp4a") || big32(count + 4) != 1;
	}
	return true;
}

static bool walk(struct reader *r, struct box around, int depth, struct track *track);

static bool look_into(struct reader *r, const struct box *box, int depth, struct track *track)
{
	static const char *const inner[] = { "moov", "trak", "mdia", "minf", "stbl" };

	if (is_type(box, "mvhd"))
		return read_movie_head(r, box);
	if (is_type(box, "hdlr") && depth == 3) /* that of the media; QuickTime has another further in */
		return read_handler(r, box, track);
	if (is_type(box, "stsd") && depth == 5)
		return read_descriptions(r, box, track);
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
		struct track own = { 0 };

		if (is_type(box, inner[i]))
			return walk(r, *box, depth + 1, is_type(box, "trak") ? &own : track);
	}
	return true;
}

static bool walk(struct reader *r, struct box around, int depth, struct track *track)
{
	struct box box;
	int64_t at = around.at;

	if (depth > DEPTH_MAX)
		return false;
	while (at < around.end) {
		if (!read_box(r, at, around.end, &box) || !look_into(r, &box, depth, track))
			return false;
		at = box.end;
	}
	return true;
}

bool mp4_read(int fd, int64_t size, struct mp4 *ret)
{
	struct reader r = { .fd = fd, .boxes = BOXES_MAX, .found = ret };
	struct track none = { 0 };
	struct box box;
	int64_t at = 0;

	*ret = (struct mp4){ 0 };
	while (at < size) {
		if (!read_box(&r, at, size, &box))
			return false;
		if (is_type(&box, "moov")) {
			if (r.has_index || !walk(&r, box, 1, &none))
				return false;
			r.has_index = true;
			ret->index_first = !r.has_data;
		}
		/* pieces with an index each: for streaming, not for us */
		if (is_type(&box, "moof"))
			ret->other_video = true;
		r.has_data |= is_type(&box, "mdat");
		at = box.end;
	}
	ret->whole = at == size && r.has_data;
	return r.has_index;
}
