/* picture_test.c - posters and cards over sockets: a scanner of somebody else's reads the link out of the picture that was made; titles
 * break where they may and end in dots; what people wrote stays text. */
#include "share/picture.h"
#include "share/share_room.h"

#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "media/media.h"
#include "serve/testing.h"

enum { SHARER = 41 };

static struct house house;
static struct arena *arena;
static struct work_id work;
static struct visitor sharer, nobody;

static const struct module *const modules[] = { &media_module, &catalog_module, &payment_module, &order_module, &share_module, NULL };

static const char title[] = "从零开始读懂 <深度学习> & \"注意力\" 机制：a practical introduction to Transformers, with code, 习题与答案，一直讲到能用为止，再也不用到处找资料";

static problem store(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = {
		.source = TEXT("x"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(title), .summary = TEXT("一门讲到能用的课：]]></text><script>x</script>"),
		.price = MONEY(19900), .price_given = true, .sections = &section, .section_count = 1,
	};
	struct creator made;
	enum work_change change;
	problem why = creator_add(tx, TEXT("林老师 <b>"), TEXT(""), (struct user_id){ 0 }, &made);

	(void)arg;
	draft.creator = made.id;
	return why ? why : work_store(tx, &draft, (struct user_id){ 0 }, &change, &work);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house.options.sandbox = true;
	house.options.site_name = TEXT("知坊");
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, store, NULL));
	sharer = visitor_of(&house, SHARER, 0);
	nobody = visitor_of(&house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&sharer);
	visitor_close(&nobody);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static const char *format(const char *with, ...)
{
	char line[2048];
	va_list list;

	va_start(list, with);
	vsnprintf(line, sizeof line, with, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

/* ---- the picture ---- */

static bool can_draw(void) { return !access("/usr/bin/vips", X_OK); }

/* Asks for it; where it cannot be drawn the test says so and is skipped. */
static struct image draw(const char *path)
{
	struct image image;

	if (!can_draw()) {
		fprintf(stderr, "libvips-tools is not installed: no picture is drawn, none is looked at\n");
		skip();
	}
	assert_int_equal(visit(&nobody, GET, path, NULL), 200);
	assert_text(answer_header(&nobody, "Content-Type"), "image/jpeg");
	assert_done(image_measure(nobody.answer.body, &image));
	return image;
}

/* What ZBar reads in the picture that came last. */
static struct text scanned(void)
{
	const char *path = format("%s/scanned.jpg", house.folder);
	FILE *file = fopen(path, "w"), *zbar;
	char line[512] = "";

	if (access("/usr/bin/zbarimg", X_OK)) {
		fprintf(stderr, "zbar-tools is not installed: the code is not read back\n");
		skip();
	}
	assert_non_null(file);
	assert_int_equal(fwrite(nobody.answer.body.at, 1, nobody.answer.body.length, file), nobody.answer.body.length);
	fclose(file);
	zbar = popen(format("zbarimg -q --raw %s 2>/dev/null", path), "r");
	assert_non_null(zbar);
	assert_non_null(fgets(line, sizeof line, zbar));
	pclose(zbar);
	return text_trim(arena_text(arena, text_of(line)));
}

static void test_a_scanner_reads_the_sharers_link_out_of_the_poster(void **state)
{
	const char *code, *url;
	struct image image;

	(void)state;
	assert_int_equal(visit(&sharer, POST, "/api/share/links", format("{\"work\":%lld}", (long long)work.v)), 200);
	code = arena_cstr(arena, json_text(answer_at(&sharer, "code")));
	url = arena_cstr(arena, json_text(answer_at(&sharer, "url")));
	image = draw(format("/share/works/%lld/poster.jpg?code=%s", (long long)work.v, code));
	assert_int_equal(image.width, POSTER_WIDTH);
	assert_int_equal(image.height, POSTER_HEIGHT);
	assert_text(scanned(), url);
}

static void test_without_a_sharer_the_poster_leads_to_the_page(void **state)
{
	struct text link;

	(void)state;
	draw(format("/share/works/%lld/poster.jpg?language=en", (long long)work.v));
	link = scanned();
	assert_true(text_starts(link, TEXT("http://127.0.0.1:")) && text_find(link, TEXT("/course/")) != SIZE_MAX);
	draw("/share/poster.jpg");
	assert_true(text_ends(scanned(), TEXT("/")));
}

/* A dated discount: the price that was asked is struck out, the last day is told; it is another picture, and gone with the discount. */
static void test_a_dated_discount_stands_in_the_picture(void **state)
{
	CLEANUP(buffer_free) struct buffer svg = BUFFER(1 << 20), plain_svg = BUFFER(1 << 20);
	const char *path = format("/share/works/%lld/poster.jpg", (long long)work.v);
	struct picture picture = { .of_work = true, .title = TEXT("T"), .price = TEXT("¥99"), .link = TEXT("http://a/s/b") };
	struct text before, during;

	(void)state;
	picture_card(&plain_svg, arena, &picture);
	assert_int_equal(text_find(buffer_text(&plain_svg), TEXT("stroke-width=\"2\"/>")), SIZE_MAX);
	picture.old_price = TEXT("¥199");
	picture.until = TEXT("优惠至 2026-11-30");
	assert_true(picture_poster(&svg, arena, &picture));
	assert_true(text_find(buffer_text(&svg), TEXT(">¥199<")) != SIZE_MAX && text_find(buffer_text(&svg), TEXT(">优惠至 2026-11-30<")) != SIZE_MAX);
	assert_true(text_find(buffer_text(&svg), TEXT("stroke-width=\"2\"/>")) != SIZE_MAX);
	draw(path);
	before = arena_text(arena, answer_header(&nobody, "ETag"));
	db_testing_run(house.db, "update work set price = 9900, list_price = 19900, lowest_price = 19900, discount_until_ms = 1796054400000"); /* 2026-12-01 in Beijing */
	draw(path);
	during = arena_text(arena, answer_header(&nobody, "ETag"));
	assert_false(text_eq(before, during));
	draw(format("%s?language=en", path));
	assert_false(text_eq(answer_header(&nobody, "ETag"), during));
	db_testing_run(house.db, "update work set price = 19900, list_price = null, lowest_price = null, discount_until_ms = null");
	draw(path);
	assert_true(text_eq(answer_header(&nobody, "ETag"), before));
}

static void test_a_card_is_of_the_size_that_others_ask_for(void **state)
{
	struct image image = draw(format("/share/works/%lld/card.jpg?v=1", (long long)work.v));

	(void)state;
	assert_int_equal(image.width, CARD_WIDTH);
	assert_int_equal(image.height, CARD_HEIGHT);
	image = draw("/share/card.jpg");
	assert_int_equal(image.width, CARD_WIDTH);
	assert_int_equal(image.height, CARD_HEIGHT);
}

/* The second time it is the file of the first: its tag, and the time it was made, are the same. */
static void test_a_picture_is_drawn_once(void **state)
{
	const char *path = format("/share/works/%lld/card.jpg", (long long)work.v);
	struct text tag, other;

	(void)state;
	draw(path);
	tag = arena_text(arena, answer_header(&nobody, "ETag"));
	draw(path);
	assert_text(answer_header(&nobody, "ETag"), arena_cstr(arena, tag));
	db_testing_run(house.db, "update work set price = 100");
	draw(path);
	other = answer_header(&nobody, "ETag");
	assert_false(text_eq(tag, other));
}

static const char *kept_picture(void)
{
	glob_t found;
	const char *path;

	assert_int_equal(glob(format("%s/pictures/*/*.jpg", house.folder), 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	path = format("%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

struct asker {
	pthread_t thread;
	struct visitor visitor;
	const char *path;
	atomic_int status;
};

static void *ask(void *arg)
{
	struct asker *asker = arg;

	atomic_store(&asker->status, visit(&asker->visitor, GET, asker->path, NULL));
	return NULL;
}

static bool one_was_refused(struct asker *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (atomic_load(&all[i].status) == 503)
			return true;
	}
	return false;
}

/* Three wait, and find it drawn when it is their turn; a fourth would hold one more thread of the uploads. */
static void test_a_crowd_has_a_picture_drawn_once(void **state)
{
	enum { CROWD = 4 };
	const char *path = format("/share/works/%lld/card.jpg", (long long)work.v), *kept;
	struct asker all[CROWD];
	int drawn = 0;

	(void)state;
	draw(path);
	kept = kept_picture();
	assert_int_equal(unlink(kept), 0);
	assert_done(media_turn_take());
	for (size_t i = 0; i < CROWD; i++) {
		all[i] = (struct asker){ .visitor = visitor_of(&house, 0, 0), .path = path };
		assert_int_equal(pthread_create(&all[i].thread, NULL, ask, &all[i]), 0);
	}
	for (int i = 0; i < 10000 && !one_was_refused(all, CROWD); i++)
		usleep(1000);
	put(kept, "drawn meanwhile");
	media_turn_leave();
	for (size_t i = 0; i < CROWD; i++) {
		pthread_join(all[i].thread, NULL);
		drawn += all[i].status == 200 && text_is(all[i].visitor.answer.body, "drawn meanwhile");
		if (all[i].status != 200)
			assert_true(all[i].status == 503 && answer_header(&all[i].visitor, "Retry-After").length);
		visitor_close(&all[i].visitor);
	}
	assert_int_equal(drawn, CROWD - 1);
}

static void test_a_draft_is_left_to_whoever_writes_it(void **state)
{
	static const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	const char *path = format("/share/works/%lld/card.jpg", (long long)work.v), *kept, *shelf, *draft;

	(void)state;
	draw(path);
	kept = kept_picture();
	shelf = format("%.*s", (int)(strrchr(kept, '/') - kept), kept);
	draft = format("%s/draft-abcdef.svg", shelf);
	put(draft, "<svg/>");
	assert_int_equal(utimensat(AT_FDCWD, draft, long_ago, 0), 0);
	for (int i = 0; i < 8; i++)
		put(format("%s/%d.jpg", shelf, i), "x");
	assert_int_equal(unlink(kept), 0);
	draw(path);
	assert_int_equal(access(draft, R_OK), 0);
	assert_int_equal(access(kept, R_OK), 0);
}

/* In a test's house everybody may ask a hundred times as often. */
static void test_pictures_have_a_limit_of_their_own(void **state)
{
	int n = 0;

	(void)state;
	for (const struct route *route = share_module.routes; route->path; route++) {
		if (route->runs != STREAMS)
			continue;
		assert_int_equal(route->limit, LIMIT_PICTURE);
		n++;
	}
	assert_int_equal(n, 4);
}

static void test_what_has_no_page_has_no_picture(void **state)
{
	const char *code;

	(void)state;
	assert_int_equal(visit(&nobody, GET, "/share/works/7/card.jpg", NULL), 404);
	assert_int_equal(visit(&nobody, GET, format("/share/works/%lld/poster.jpg?code=22222222", (long long)work.v), NULL), 404);
	assert_int_equal(visit(&sharer, POST, "/api/share/links", "{}"), 200);
	code = arena_cstr(arena, json_text(answer_at(&sharer, "code"))); /* of the home page */
	assert_int_equal(visit(&nobody, GET, format("/share/works/%lld/poster.jpg?code=%s", (long long)work.v, code), NULL), 404);
	assert_int_equal(visit(&nobody, GET, format("/share/works/%lld/poster.jpg?language=fr", (long long)work.v), NULL), 422);
	db_testing_run(house.db, "update work set state = 'draft'");
	assert_int_equal(visit(&nobody, GET, format("/share/works/%lld/card.jpg", (long long)work.v), NULL), 404);
}

/* ---- lines ---- */

static const struct type plain = { .size = 10, .fill = "#000" };

static size_t wrap(const char *t, int width, size_t most, struct text ret[8])
{
	return draw_wrap(arena, text_of(t), &(struct wrapping){ &plain, width, most }, ret);
}

static void test_chinese_breaks_anywhere_but_not_before_a_full_stop(void **state)
{
	struct text lines[8];

	(void)state;
	assert_int_equal(wrap("一二三四五六七", 30, 8, lines), 3);
	assert_text(lines[0], "一二三");
	assert_text(lines[2], "七");
	assert_int_equal(wrap("一二三。四", 30, 8, lines), 2);
	assert_text(lines[0], "一二");
	assert_text(lines[1], "三。四");
	assert_int_equal(wrap("一二《三》", 30, 8, lines), 2);
	assert_text(lines[0], "一二");
}

static void test_latin_breaks_between_words_and_a_long_word_where_it_must(void **state)
{
	struct text lines[8];
	size_t n;

	(void)state;
	n = wrap("hello wide world", 60, 8, lines);
	assert_int_equal(n, 2);
	assert_text(lines[0], "hello wide");
	assert_text(lines[1], "world");
	n = wrap("supercalifragilistic", 40, 8, lines);
	assert_true(n > 1);
	for (size_t i = 0; i < n; i++)
		assert_true(draw_width(&plain, lines[i]) <= 40);
	assert_int_equal(wrap("学Python吗", 45, 8, lines), 2);
	assert_text(lines[0], "学Python");
}

static void test_too_much_ends_in_dots_within_the_width(void **state)
{
	struct text lines[8];
	size_t n = wrap(title, 120, 3, lines);

	(void)state;
	assert_int_equal(n, 3);
	assert_true(text_ends(lines[2], TEXT("…")));
	for (size_t i = 0; i < n; i++)
		assert_true(draw_width(&plain, lines[i]) <= 120);
	assert_int_equal(wrap("", 100, 3, lines), 0);
	assert_int_equal(wrap(" \t\n\xe2\x80\xae ", 100, 3, lines), 0);
	assert_int_equal(wrap("a\n\n\xe2\x80\xae" "b", 100, 3, lines), 1);
	assert_text(lines[0], "a b");
}

static void test_what_people_wrote_stays_text(void **state)
{
	CLEANUP(buffer_free) struct buffer svg = BUFFER(1 << 20);
	const struct picture picture = { .shop = TEXT("<svg onload='x'>"), .of_work = true, .title = TEXT("]]>&<script>\x01"), .author = TEXT("\"&"),
		                         .summary = TEXT("<image xlink:href=\"file:///etc/passwd\"/>"), .price = TEXT("¥1"), .link = TEXT("http://a/s/b") };

	(void)state;
	assert_true(picture_poster(&svg, arena, &picture));
	picture_card(&svg, arena, &picture);
	assert_null(svg.why);
	assert_int_equal(text_find(buffer_text(&svg), TEXT("<script")), SIZE_MAX);
	assert_int_equal(text_find(buffer_text(&svg), TEXT("<image")), SIZE_MAX);
	assert_int_equal(text_find(buffer_text(&svg), TEXT("onload='")), SIZE_MAX);
	assert_int_equal(text_find_char(buffer_text(&svg), '\x01'), SIZE_MAX);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_a_scanner_reads_the_sharers_link_out_of_the_poster),
		EACH(test_without_a_sharer_the_poster_leads_to_the_page),
		EACH(test_a_dated_discount_stands_in_the_picture),
		EACH(test_a_card_is_of_the_size_that_others_ask_for),
		EACH(test_a_picture_is_drawn_once),
		EACH(test_a_crowd_has_a_picture_drawn_once),
		EACH(test_a_draft_is_left_to_whoever_writes_it),
		EACH(test_pictures_have_a_limit_of_their_own),
		EACH(test_what_has_no_page_has_no_picture),
		EACH(test_chinese_breaks_anywhere_but_not_before_a_full_stop),
		EACH(test_latin_breaks_between_words_and_a_long_word_where_it_must),
		EACH(test_too_much_ends_in_dots_within_the_width),
		EACH(test_what_people_wrote_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
