/* make_test.c - what becomes of real recordings, pictures and documents, and of hostile ones. They are made by ffmpeg, libvips and
 * poppler as Debian ships them; where these are missing, what can be tested without them is. */
#include "base/testing.h"
#include "db/embedded.h"
#include "media/make.h"
#include "serve/testing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fixture {
	struct house house;
	struct visitor owner;
	struct arena *arena;
} f;

static int setup(void **state)
{
	static const struct module *const modules[] = { &media_module, NULL };

	(void)state;
	f = (struct fixture){ .arena = arena_new(256 << 20) };
	house_open(&f.house, migrations_all, migrations_all_count);
	house_start(&f.house, modules, &testing_sessions);
	f.owner = visitor_of(&f.house, 1, CREATOR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&f.owner);
	house_close(&f.house);
	arena_free(f.arena);
	return 0;
}

static const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *print(const char *format, ...)
{
	char line[4096];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(f.arena, text_of(line));
}

static const char *scratch(const char *name) { return print("%s/%s", f.house.folder, name); }

/* ---- fixtures, by other programs than the one that is tested ---- */

static bool has_tools(void) { return !access("/usr/bin/ffmpeg", X_OK) && !access("/usr/bin/vipsthumbnail", X_OK) && !access("/usr/bin/pdfinfo", X_OK); }

#define NEEDS_TOOLS() do { if (!has_tools()) skip(); } while (0)

static const char *made_by_ffmpeg(const char *arguments, const char *name)
{
	const char *path = scratch(name);

	assert_int_equal(system(print("ffmpeg -nostdin -v error -y %s %s", arguments, path)), 0);
	return path;
}

#define PICTURE "-f lavfi -i testsrc=size=320x180:rate=10:duration=2"
#define TONE    "-f lavfi -i sine=frequency=440:duration=2"
#define H264    "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

static struct text read_whole(const char *path)
{
	struct stat about;
	FILE *file = fopen(path, "r");
	char *bytes;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &about), 0);
	bytes = arena_alloc(f.arena, (size_t)about.st_size + 1);
	assert_int_equal(fread(bytes, 1, (size_t)about.st_size, file), about.st_size);
	fclose(file);
	return (struct text){ bytes, (size_t)about.st_size };
}

/* ---- as uploaded ---- */

static problem insert(struct tx *tx, void *arg)
{
	struct asset *asset = arg;

	asset->id.v = tx_id(tx);
	asset__insert(tx, asset);
	return asset__uploaded(tx, asset->id);
}

static struct asset_id bring(const char *name, struct text bytes)
{
	struct asset asset = { .user = { 1 }, .name = text_of(name), .size = (int64_t)bytes.length };
	struct text folder = text_of(f.house.folder);
	enum asset_kind kind;
	FILE *file;

	assert_true(kind_of_name(asset.name, &kind, &asset.ext));
	asset.kind = (int)kind;
	assert_done(db_write(f.house.db, insert, &asset));
	assert_done(asset_make_folder(f.arena, folder, asset.id));
	file = fopen(asset_path(f.arena, folder, asset.id, "original"), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.at, 1, bytes.length, file), bytes.length);
	fclose(file);
	keeper_wake(media_home(f.house.serve)->keeper);
	media_wait(f.house.serve);
	assert_int_equal(visit(&f.owner, GET, print("/api/assets/%lld", (long long)asset.id.v), NULL), 200);
	return asset.id;
}

static struct asset_id bring_file(const char *name, const char *path) { return bring(name, read_whole(path)); }

static void is(const char *member, const char *wanted)
{
	struct text found = json_text(answer_at(&f.owner, member));

	if (!text_is(found, wanted))
		print_error("%.*s\n", TEXT_ARG(f.owner.answer.body));
	assert_text(found, wanted);
}

static int64_t number(const char *member) { return json_integer_value(answer_at(&f.owner, member)); }

static void failed(const char *why)
{
	is("state", "failed");
	is("why", why);
	assert_null(answer_at(&f.owner, "url"));
}

static const char *file_of(struct asset_id id, const char *file) { return asset_path(f.arena, text_of(f.house.folder), id, file); }

static const char *probe(const char *path, const char *what)
{
	static char line[256];
	FILE *said = popen(print("ffprobe -v error -show_entries %s -of csv=p=0 %s | tr '\\n' ' '", what, path), "r");

	assert_non_null(said);
	line[0] = 0;
	(void)!fgets(line, sizeof line, said);
	pclose(said);
	return line;
}

/* ---- video ---- */

static void test_what_plays_stays_the_file_that_it_is(void **state)
{
	struct asset_id id;
	struct stat original, served;

	(void)state;
	NEEDS_TOOLS();
	id = bring_file("a.mp4", made_by_ffmpeg(PICTURE " " TONE " " H264 " -c:a aac -movflags +faststart", "a.mp4"));
	is("state", "ready");
	assert_int_equal(number("width"), 320);
	assert_int_equal(number("height"), 180);
	assert_in_range(number("duration_ms"), 1900, 2200);
	assert_int_equal(stat(file_of(id, "original"), &original) || stat(file_of(id, "video.mp4"), &served), 0);
	assert_int_equal(original.st_ino, served.st_ino);
	assert_true(json_text(answer_at(&f.owner, "poster")).length > 0);
	assert_int_equal(visit(&f.owner, GET, arena_cstr(f.arena, json_text(answer_at(&f.owner, "poster"))), NULL), 200);
	assert_text(answer_header(&f.owner, "Content-Type"), "image/jpeg");
	assert_memory_equal(f.owner.answer.body.at, "\xFF\xD8\xFF", 3);
}

/* The same pictures and sounds, the index in front. */
static void test_an_index_at_the_end_is_moved(void **state)
{
	struct asset_id id;
	struct mp4 mp4;
	struct stat about;
	int fd;

	(void)state;
	NEEDS_TOOLS();
	id = bring_file("a.mp4", made_by_ffmpeg(PICTURE " " TONE " " H264 " -c:a aac", "a.mp4"));
	is("state", "ready");
	fd = open(file_of(id, "video.mp4"), O_RDONLY);
	assert_int_equal(fstat(fd, &about), 0);
	assert_true(mp4_read(fd, about.st_size, &mp4));
	close(fd);
	assert_true(mp4.index_first && mp4.h264 && mp4.aac && mp4.whole);
	assert_true(system(print("cd %s && for s in v a; do for x in original video.mp4; do ffmpeg -v error -f mov -i $x -map 0:$s -c copy -f md5 -; done"
	                         " | uniq | wc -l; done | sort -u | grep -qx 1", file_of(id, ""))) == 0);
}

static void test_other_kinds_are_made_anew(void **state)
{
	struct asset_id id;

	(void)state;
	NEEDS_TOOLS();
	id = bring_file("a.mkv", made_by_ffmpeg(PICTURE " " TONE " -c:v mpeg4 -c:a libmp3lame", "a.mkv"));
	is("state", "ready");
	assert_string_equal(probe(file_of(id, "video.mp4"), "stream=codec_name,pix_fmt"), "h264,yuv420p aac ");
	/* nothing of what the file told about its maker goes on */
	id = bring_file("b.mov", made_by_ffmpeg(PICTURE " -c:v libx264 -pix_fmt yuv444p -metadata title=secret -metadata location=+31.2/", "b.mov"));
	is("state", "ready");
	assert_string_equal(probe(file_of(id, "video.mp4"), "stream=codec_name,pix_fmt:format_tags=title,location"), "h264,yuv420p  ");
	/* MP4 by name, but with a codec that few browsers know */
	id = bring_file("c.mp4", made_by_ffmpeg(PICTURE " -c:v mpeg4 -movflags +faststart", "c.mp4"));
	is("state", "ready");
	assert_string_equal(probe(file_of(id, "video.mp4"), "stream=codec_name"), "h264 ");
}

/* ---- hostile recordings ---- */

/* A box that claims four gigabytes, boxes in boxes without end, a list of samples that is not there. */
static void test_hostile_boxes(void **state)
{
	struct text bytes = { "\0\0\0\x10" "ftypisom\0\0\0\0" "\xFF\xFF\xFF\xF0" "moovxxxx", 28 };
	char *deep = arena_alloc(f.arena, 16 + 64 * 8);

	(void)state;
	(void)bring("a.mp4", bytes);
	failed("asset-broken");
	memcpy(deep, bytes.at, 16);
	for (size_t i = 0; i < 64; i++)
		memcpy(deep + 16 + i * 8, (char[]){ 0, 0, (char)((64 - i) * 8 >> 8), (char)((64 - i) * 8), 'm', 'o', 'o', 'v' }, 8);
	(void)bring("a.mp4", (struct text){ deep, 16 + 64 * 8 });
	failed("asset-broken");
}

/* Cut anywhere, a recording is broken, played as far as it goes, or made anew: it never hangs and nothing crashes. */
static void test_cut_recordings(void **state)
{
	struct text whole;

	(void)state;
	NEEDS_TOOLS();
	whole = read_whole(made_by_ffmpeg(PICTURE " " H264 " -movflags +faststart", "a.mp4"));
	for (size_t part = 1; part < 6; part++) {
		(void)bring("a.mp4", text_head(whole, whole.length * part / 6));
		assert_true(text_is(json_text(answer_at(&f.owner, "state")), "failed") || text_is(json_text(answer_at(&f.owner, "state")), "ready"));
	}
	(void)bring("a.mkv", TEXT("\x1A\x45\xDF\xA3 nothing of a film"));
	failed("asset-broken");
	(void)bring("a.mp3", TEXT("ID3 nothing of a song"));
	failed("asset-broken");
}

/* A list that names other files is no recording, whatever it is called. */
static void test_no_other_file_is_read(void **state)
{
	(void)state;
	NEEDS_TOOLS();
	(void)bring("a.mkv", TEXT("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"));
	failed("asset-broken");
	(void)bring("a.avi", TEXT("ffconcat version 1.0\nfile /etc/passwd\n"));
	failed("asset-broken");
}

/* ---- audio ---- */

/* Two recordings, one thirty decibels below the other, come out equally loud. */
static int64_t loudness_of(const char *path)
{
	FILE *said = popen(print("ffmpeg -nostdin -hide_banner -i %s -af ebur128 -f null - 2>&1 | awk '/I:/ { i = $2 } END { print int(i * 10) }'", path), "r");
	long long is = 0;

	assert_non_null(said);
	assert_int_equal(fscanf(said, "%lld", &is), 1);
	pclose(said);
	return is;
}

static void test_sound_is_made_even(void **state)
{
	int64_t loud, quiet;

	(void)state;
	NEEDS_TOOLS();
	loud = loudness_of(file_of(bring_file("a.wav", made_by_ffmpeg("-f lavfi -i sine=frequency=440:duration=6 -af volume=0dB", "a.wav")), "audio.m4a"));
	is("state", "ready");
	quiet = loudness_of(file_of(bring_file("b.wav", made_by_ffmpeg("-f lavfi -i sine=frequency=440:duration=6 -af volume=-30dB", "b.wav")), "audio.m4a"));
	is("state", "ready");
	assert_in_range(loud + 1000, 1000 - 175, 1000 - 145);
	assert_in_range(quiet + 1000, 1000 - 175, 1000 - 145);
}

static void test_peaks(void **state)
{
	const char *path;
	const json_t *peaks;
	json_t *tree;

	(void)state;
	NEEDS_TOOLS();
	/* a second of silence, a second of tone */
	(void)bring_file("a.mp3", made_by_ffmpeg("-f lavfi -i sine=frequency=440:duration=1 -af adelay=1000", "a.mp3"));
	is("state", "ready");
	path = arena_cstr(f.arena, json_text(answer_at(&f.owner, "peaks")));
	assert_int_equal(visit(&f.owner, GET, path, NULL), 200);
	assert_text(answer_header(&f.owner, "Content-Type"), "application/json");
	assert_done(json_read(f.arena, f.owner.answer.body, &tree));
	peaks = tree;
	assert_in_range(json_array_size(peaks), 900, 1000);
	assert_in_range(json_integer_value(json_array_get(peaks, 200)), 0, 2);
	assert_in_range(json_integer_value(json_array_get(peaks, 800)), 10, 100);
}

static void test_silence_stays_silent(void **state)
{
	(void)state;
	NEEDS_TOOLS();
	(void)bring_file("a.flac", made_by_ffmpeg("-f lavfi -i anullsrc=r=44100:cl=mono -t 1", "a.flac"));
	is("state", "ready");
}

/* ---- pictures ---- */

static void test_a_picture_is_made_anew_without_its_secrets(void **state)
{
	struct text bytes;
	const char *path;

	(void)state;
	NEEDS_TOOLS();
	path = made_by_ffmpeg("-f lavfi -i testsrc=size=4000x1000:duration=1 -frames:v 1", "a.jpg");
	bytes = read_whole(path);
	/* an APP1 with EXIF behind the start */
	{
		static const char exif[] = "\xFF\xE1\0\x20" "Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0SECRET-PLACE";
		char *with = arena_alloc(f.arena, bytes.length + sizeof exif);

		memcpy(with, bytes.at, 2);
		memcpy(with + 2, exif, 34);
		memcpy(with + 36, bytes.at + 2, bytes.length - 2);
		bytes = (struct text){ with, bytes.length + 34 };
	}
	(void)bring("a.jpg", bytes);
	is("state", "ready");
	assert_int_equal(number("width"), 2560);
	path = print("/media/%.*s", TEXT_ARG(json_text(answer_at(&f.owner, "blob"))));
	assert_int_equal(visit(&f.owner, GET, path, NULL), 200);
	assert_true(text_find(f.owner.answer.body, TEXT("SECRET-PLACE")) == SIZE_MAX);
	assert_true(text_find(f.owner.answer.body, TEXT("Exif")) == SIZE_MAX);
}

/* A page behind a picture: what is served holds the picture alone. */
static void test_a_polyglot(void **state)
{
	struct text bytes;
	const char *path;

	(void)state;
	NEEDS_TOOLS();
	bytes = read_whole(made_by_ffmpeg("-f lavfi -i testsrc=size=40x30:duration=1 -frames:v 1", "a.png"));
	bytes = arena_join(f.arena, (const struct text[]){ bytes, TEXT("<script>alert(1)</script>PK\x03\x04") }, 2);
	(void)bring("a.png", bytes);
	is("state", "ready");
	path = print("/media/%.*s", TEXT_ARG(json_text(answer_at(&f.owner, "blob"))));
	assert_int_equal(visit(&f.owner, GET, path, NULL), 200);
	assert_true(text_find(f.owner.answer.body, TEXT("script")) == SIZE_MAX);
}

static void test_a_bomb_of_pixels(void **state)
{
	static const unsigned char bomb[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0x4E, 0x20, 0, 0, 0x4E, 0x20,
	                                      8, 2, 0, 0, 0, 1, 2, 3, 4 };

	(void)state;
	(void)bring("a.png", (struct text){ (const char *)bomb, sizeof bomb });
	failed("asset-too-much");
}

/* ---- documents ---- */

/* Two pages, written by hand. */
static const char pdf[] =
	"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 5 0 R/Resources<</Font<</F 6 0 R>>>>>>endobj\n"
	"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 5 0 R/Resources<</Font<</F 6 0 R>>>>>>endobj\n"
	"5 0 obj<</Length 42>>stream\nBT /F 24 Tf 10 40 Td (Hello reader) Tj ET \nendstream endobj\n"
	"6 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

static void test_a_document_page_by_page(void **state)
{
	struct text page;

	(void)state;
	NEEDS_TOOLS();
	(void)bring("a.pdf", text_of(pdf));
	is("state", "ready");
	assert_int_equal(number("pages"), 2);
	assert_null(answer_at(&f.owner, "url")); /* the file itself stays here */
	page = arena_text(f.arena, json_text(answer_at(&f.owner, "page_url")));
	assert_true(text_find(page, TEXT("page-{n}.jpg?")) != SIZE_MAX);
	for (int n = 0; n <= 3; n++) {
		struct text rest = page, before = text_cut(&rest, '{');

		assert_int_equal(visit(&f.owner, GET, print("%.*s%d%.*s", TEXT_ARG(before), n, TEXT_ARG(text_from(rest, 2))), NULL), n == 1 || n == 2 ? 200 : 404);
	}
	assert_int_equal(visit(&f.owner, GET, "/api/assets", NULL), 200);
	assert_int_equal(visit(&f.owner, GET, arena_cstr(f.arena, json_text(answer_at(&f.owner, "items.0.text_url"))), NULL), 200);
	assert_true(text_find(f.owner.answer.body, TEXT("Hello reader")) != SIZE_MAX);
	(void)bring("b.pdf", TEXT("%PDF-1.4\nnothing\n"));
	is("state", "failed");
}

/* ---- captions ---- */

static void test_captions(void **state)
{
	struct asset_id film, words;

	(void)state;
	words = bring("a.vtt", TEXT("\xEF\xBB\xBFWEBVTT\n\n00:00.000 --> 00:01.000\n你好\n"));
	is("state", "ready");
	film = bring("a.mp4", TEXT("\0\0\0\x10" "ftypisom\0\0\0\0"));
	assert_int_equal(visit(&f.owner, PATCH, print("/api/assets/%lld", (long long)words.v),
	                       print("{\"captions_of\":%lld,\"language\":\"zh-CN\"}", (long long)film.v)), 200);
	db_testing_run(f.house.db, "update asset set state = 'ready', served = 'video.mp4' where kind = 'video'");
	assert_int_equal(visit(&f.owner, GET, print("/api/assets/%lld", (long long)film.v), NULL), 200);
	is("captions.0.language", "zh-CN");
	assert_int_equal(visit(&f.owner, GET, arena_cstr(f.arena, json_text(answer_at(&f.owner, "captions.0.url"))), NULL), 200);
	assert_text(answer_header(&f.owner, "Content-Type"), "text/vtt; charset=utf-8");
	assert_true(text_starts(f.owner.answer.body, TEXT("WEBVTT")));
	/* of the wrong kind, of the same language twice, of what is not there */
	assert_int_equal(visit(&f.owner, PATCH, print("/api/assets/%lld", (long long)film.v),
	                       print("{\"captions_of\":%lld,\"language\":\"en\"}", (long long)film.v)), 409);
	words = bring("b.vtt", TEXT("WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n"));
	assert_int_equal(visit(&f.owner, PATCH, print("/api/assets/%lld", (long long)words.v),
	                       print("{\"captions_of\":%lld,\"language\":\"zh-CN\"}", (long long)film.v)), 409);
	assert_int_equal(visit(&f.owner, PATCH, print("/api/assets/%lld", (long long)words.v), "{\"captions_of\":7,\"language\":\"en\"}"), 409);
	(void)bring("c.vtt", TEXT("WEBVTT\n\nno time at all\n"));
	failed("asset-broken");
	(void)bring("d.vtt", TEXT("WEBVTT\n\n00:00.000 --> 00:01.000\n\xff\xfe\n"));
	failed("asset-broken");
}

/* ---- children ---- */

static void test_what_is_not_installed(void **state)
{
	atomic_bool stopping = false;
	struct making m = { .serve = f.house.serve, .arena = f.arena, .stopping = &stopping };

	(void)state;
	assert_problem(tool_run(&m, &(struct tool){ .argv = (const char *const[]){ "no-such-program", NULL }, .wall_s = 1 }), tool_missing);
	assert_problem(tool_run(&m, &(struct tool){ .argv = (const char *const[]){ "false", NULL }, .wall_s = 5 }), tool_failed);
	assert_problem(tool_run(&m, &(struct tool){ .argv = (const char *const[]){ "sleep", "60", NULL }, .wall_s = 1 }), tool_slow);
	atomic_store(&stopping, true);
	assert_problem(tool_run(&m, &(struct tool){ .argv = (const char *const[]){ "sleep", "60", NULL }, .wall_s = 60 }), make_stopped);
}

/* Neither the environment nor descriptors of the server are the child's. */
static void test_a_child_gets_nothing(void **state)
{
	atomic_bool stopping = false;
	struct making m = { .serve = f.house.serve, .arena = f.arena, .stopping = &stopping };
	struct text said;

	(void)state;
	setenv("ZHIFANG_SECRET", "x", 1);
	assert_done(tool_ask(&m, &(struct tool){ .argv = (const char *const[]){ "env", NULL }, .wall_s = 5 }, &said));
	assert_text(said, "");
	assert_done(tool_ask(&m, &(struct tool){ .argv = (const char *const[]){ "ls", "/proc/self/fd", NULL }, .wall_s = 5 }, &said));
	assert_text(said, "0\n1\n2\n3\n");
}

/* The first thing that a child can do is to ask. */
static void test_limits_hold_from_the_start(void **state)
{
	static const char ask[] = "ulimit -t; ulimit -v; ulimit -f; ulimit -c; nice";
	atomic_bool stopping = false;
	struct making m = { .serve = f.house.serve, .arena = f.arena, .stopping = &stopping };
	struct tool tool = { .argv = (const char *const[]){ "sh", "-c", ask, NULL }, .wall_s = 60, .cpu_s = 7, .memory = 64 << 20, .file = 1 << 20 };
	int nice = getpriority(PRIO_PROCESS, 0) + 10;
	struct text said;

	(void)state;
	assert_done(tool_ask(&m, &tool, &said));
	assert_text(said, print("7\n65536\n2048\n0\n%d\n", nice < 19 ? nice : 19));
	assert_problem(tool_run(&m, &(struct tool){ .argv = (const char *const[]){ "head", "-c", "100000000", "/dev/zero", NULL }, .wall_s = 60,
	                                            .memory = 1 << 20 }), tool_failed);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_what_plays_stays_the_file_that_it_is), IN_HOUSE(test_an_index_at_the_end_is_moved), IN_HOUSE(test_other_kinds_are_made_anew),
		IN_HOUSE(test_hostile_boxes), IN_HOUSE(test_cut_recordings), IN_HOUSE(test_no_other_file_is_read), IN_HOUSE(test_sound_is_made_even),
		IN_HOUSE(test_peaks), IN_HOUSE(test_silence_stays_silent), IN_HOUSE(test_a_picture_is_made_anew_without_its_secrets),
		IN_HOUSE(test_a_polyglot), IN_HOUSE(test_a_bomb_of_pixels), IN_HOUSE(test_a_document_page_by_page), IN_HOUSE(test_captions),
		IN_HOUSE(test_what_is_not_installed), IN_HOUSE(test_a_child_gets_nothing),
		IN_HOUSE(test_limits_hold_from_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
