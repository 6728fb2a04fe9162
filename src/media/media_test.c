/* media_test.c - kinds and sizes from real headers, refusals, files and rows, the address with its validators. */
#include "base/testing.h"
#include "db/embedded.h"
#include "media/media.h"
#include "serve/testing.h"

#include <stdlib.h>
#include <sys/stat.h>

static const unsigned char png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 2, 0x80, 0, 0, 1, 0xE0,
	                             8, 2, 0, 0, 0, 1, 2, 3, 4 };
static const unsigned char gif[] = { 'G', 'I', 'F', '8', '9', 'a', 10, 0, 20, 1, 0, 0, 0 };
static const unsigned char jpg[] = { 0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 'J', 'F', 0xFF, 0xFF, 0xC2, 0, 11, 8, 0x01, 0x00, 0x02, 0x00, 3 };
static const unsigned char vp8x[] = { 'R', 'I', 'F', 'F', 22, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'X', 10, 0, 0, 0, 0, 0, 0, 0,
	                              0x1F, 3, 0, 0x57, 2, 0 };
static const unsigned char vp8l[] = { 'R', 'I', 'F', 'F', 22, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', 'L', 10, 0, 0, 0, 0x2F,
	                              0x8F, 0xC1, 0x18, 0, 0, 0, 0, 0, 0 };
static const unsigned char vp8[] = { 'R', 'I', 'F', 'F', 22, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8', ' ', 10, 0, 0, 0, 0, 0, 0,
	                             0x9D, 0x01, 0x2A, 0x26, 2, 0x70, 1 };

#define BYTES(array) ((struct text){ (const char *)(array), sizeof(array) })

static void wants(struct text bytes, const char *ext, int64_t width, int64_t height)
{
	struct image image;

	assert_done(image_measure(bytes, &image));
	assert_string_equal(image.ext, ext);
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
}

static void test_sizes(void **state)
{
	(void)state;
	wants(BYTES(png), "png", 640, 480);
	wants(BYTES(gif), "gif", 10, 276);
	wants(BYTES(jpg), "jpg", 512, 256);
	wants(BYTES(vp8x), "webp", 800, 600);
	wants(BYTES(vp8l), "webp", 400, 100);
	wants(BYTES(vp8), "webp", 550, 368);
}

static void test_refused(void **state)
{
	static const struct {
		const unsigned char *at;
		size_t length;
	} all[] = { { png, sizeof png }, { gif, sizeof gif }, { jpg, sizeof jpg }, { vp8x, sizeof vp8x }, { vp8, sizeof vp8 } };
	unsigned char wide[sizeof png];
	struct image image;

	(void)state;
	assert_problem(image_measure(TEXT("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), &image), media_no_image);
	assert_problem(image_measure(TEXT(""), &image), media_no_image);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		for (size_t n = 0; n < (all[i].at == jpg ? 18 : all[i].length); n++) {
			char *exact = malloc(n + 1);

			memcpy(exact, all[i].at, n);
			assert_problem(image_measure((struct text){ exact, n }, &image), media_no_image);
			free(exact);
		}
	}
	memcpy(wide, png, sizeof png);
	wide[17] = 1;
	assert_problem(image_measure(BYTES(wide), &image), media_too_large);
	wide[17] = wide[18] = wide[19] = 0;
	assert_problem(image_measure(BYTES(wide), &image), media_no_image);
}

/* ---- without what hides in it ---- */

#define TIFF(turn) "II\x2A\0\x08\0\0\0\x02\0" "\x12\x01\x03\0\x01\0\0\0" turn "\0\0\0" "\x25\x88\x04\0\x01\0\0\0\x1A\0\0\0" "\0\0\0\0" "SECRET"
#define TURNED(turn) "MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" turn "\0\0\0\0\0\0"
#define SOI "\xFF\xD8"
#define EOI "\xFF\xD9"
#define JFIF "\xFF\xE0\0\x04JF"
#define FRAME "\xFF\xC2\0\x0B\x08\x01\0\x02\0\x03\x01\x11\0"
#define SCAN "\xFF\xDA\0\x02" "ab\xFF\0\xFF\xD0" "cd"
#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define IHDR "\0\0\0\x0DIHDR\0\0\x02\x80\0\0\x01\xE0\x08\x02\0\0\0...."
#define IEND "\0\0\0\0IEND...."

static struct text stripped(struct arena *arena, struct text bytes)
{
	char *exact = malloc(bytes.length); /* so that a step beyond it is seen */
	struct text out;

	memcpy(exact, bytes.at, bytes.length);
	assert_done(image_strip(arena, (struct text){ exact, bytes.length }, &out));
	out = arena_text(arena, out);
	free(exact);
	return out;
}

static void test_stripped(void **state)
{
	static const struct {
		struct text in, out;
	} all[] = {
		{ TEXT_INIT(SOI JFIF "\xFF\xE1\0\x34" "Exif\0\0" TIFF("\x06") "\xFF\xED\0\x08SECRET\xFF\xFE\0\x08SECRET" FRAME SCAN
		            "\xFF\xFE\0\x08SECRET" SCAN EOI "SECRET"),
		  TEXT_INIT(SOI JFIF "\xFF\xE1\0\x22" "Exif\0\0" TURNED("\x06") FRAME SCAN SCAN EOI) },
		{ TEXT_INIT(SOI "\xFF\xE1\0\x34" "Exif\0\0" TIFF("\x01") "\xFF\xE2\0\x10ICC_PROFILE\0\x01\x01\xFF\xE2\0\x06MPF\0" FRAME SCAN EOI),
		  TEXT_INIT(SOI "\xFF\xE2\0\x10ICC_PROFILE\0\x01\x01" FRAME SCAN EOI) },
		{ TEXT_INIT(SIGNATURE IHDR "\0\0\0\x06tEXtSECRET....\0\0\0\x01IDATx....\0\0\0\x06iTXtSECRET...."
		            "\0\0\0\x06zTXtSECRET....\0\0\0\x2C" "eXIf" TIFF("\x01") "...." IEND "SECRET"),
		  TEXT_INIT(SIGNATURE IHDR "\0\0\0\x01IDATx...." IEND) },
		{ TEXT_INIT("RIFF\x58\0\0\0WEBPVP8X\x0A\0\0\0\x3C\0\0\0\x1F\x03\0\x57\x02\0" "EXIF\x2C\0\0\0" TIFF("\x08") "XMP \x05\0\0\0SECRE\0SECRET"),
		  TEXT_INIT("RIFF\x38\0\0\0WEBPVP8X\x0A\0\0\0\x38\0\0\0\x1F\x03\0\x57\x02\0" "EXIF\x1A\0\0\0" TURNED("\x08")) },
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct text out = stripped(arena, all[i].in);

		if (!text_eq(out, all[i].out))
			fail_msg("%zu: %zu bytes for %zu", i, out.length, all[i].out.length);
		assert_true(text_eq(stripped(arena, out), out));
	}
	arena_free(arena);
}

static void test_broken_is_not_stripped(void **state)
{
	static const struct text all[] = {
		TEXT_INIT(SOI FRAME "\xFF\xE1\x7F\xFF" "Exif"), TEXT_INIT(SOI FRAME "SECRET"), TEXT_INIT(SIGNATURE IHDR "\0\0\0\x60tEXtSECRET...."),
		TEXT_INIT("RIFF\x1F\0\0\0WEBPVP8X\x0A\0\0\0\x38\0\0\0\x1F\x03\0\x57\x02\0"),
	};
	struct arena *arena = arena_new(1 << 20);
	struct text out;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_problem(image_strip(arena, all[i], &out), media_no_image);
	arena_free(arena);
}

struct fixture {
	struct house house;
	struct visitor visitor;
	struct arena *arena;
};

static int setup(void **state)
{
	static const struct module *const modules[] = { &media_module, NULL };
	struct fixture *f = calloc(1, sizeof *f);

	f->arena = arena_new(64 * 1024 * 1024);
	house_open(&f->house, migrations_all, migrations_all_count);
	house_start(&f->house, modules, NULL);
	visitor_open(&f->visitor, &f->house);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	visitor_close(&f->visitor);
	house_close(&f->house);
	arena_free(f->arena);
	free(f);
	return 0;
}

static problem add(struct tx *tx, void *arg)
{
	media_add(tx, arg);
	return tx_problem(tx);
}

static int64_t modified_ns(const struct fixture *f, const struct blob *blob)
{
	struct stat stat_of;
	char path[512];

	snprintf(path, sizeof path, "%s/blobs/%.2s/%s.png", f->house.folder, blob->hash.at, blob->hash.at + 2);
	assert_int_equal(stat(path, &stat_of), 0);
	assert_int_equal(stat_of.st_size, sizeof png);
	return stat_of.st_mtim.tv_sec * INT64_C(1000000000) + stat_of.st_mtim.tv_nsec;
}

static void test_kept_once(void **state)
{
	struct fixture *f = *state;
	struct blob blob, again;
	int64_t written;

	assert_done(media_keep(f->arena, text_of(f->house.folder), BYTES(png), &blob));
	written = modified_ns(f, &blob);
	assert_done(media_keep(f->arena, text_of(f->house.folder), BYTES(png), &again));
	assert_true(text_eq(blob.hash, again.hash));
	assert_int_equal(modified_ns(f, &blob), written);
	assert_problem(media_keep(f->arena, TEXT("/proc/nowhere"), BYTES(gif), &again), media_failed);
	assert_problem(media_keep(f->arena, text_of(f->house.folder), TEXT("<svg/>"), &again), media_no_image);
}

static void test_served(void **state)
{
	struct fixture *f = *state;
	struct blob blob;
	const char *path;

	assert_done(media_keep(f->arena, text_of(f->house.folder), BYTES(png), &blob));
	path = arena_cstr(f->arena, arena_format(f->arena, "/media/%.*s", TEXT_ARG(blob_name(f->arena, &blob))));
	assert_int_equal(visit(&f->visitor, GET, path, NULL), 404);
	assert_done(db_write(f->house.db, add, &blob));
	assert_done(db_write(f->house.db, add, &blob));
	assert_int_equal(visit(&f->visitor, GET, path, NULL), 200);
	assert_true(text_eq(f->visitor.answer.body, BYTES(png)));
	assert_text(answer_header(&f->visitor, "Content-Type"), "image/png");
	assert_text(answer_header(&f->visitor, "Cache-Control"), "public, max-age=31536000, immutable");
	f->visitor.more[0] = (struct header){ TEXT("If-None-Match"), answer_header(&f->visitor, "ETag") };
	f->visitor.more[0].value = arena_text(f->arena, f->visitor.more[0].value);
	f->visitor.more_count = 1;
	assert_int_equal(visit(&f->visitor, GET, path, NULL), 304);
	f->visitor.more_count = 0;
	assert_int_equal(visit(&f->visitor, GET, "/media/..%2F..%2Fetc%2Fpasswd", NULL), 400);
	assert_int_equal(visit(&f->visitor, GET, "/media/x.png", NULL), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_broken_is_not_stripped),
		cmocka_unit_test_setup_teardown(test_kept_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_served, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
