/* asset_test.c - uploads by tus, what becomes of them, and to whom they are served. Where ffmpeg and its friends are installed, with
 * real recordings that they make. */
#include "base/testing.h"
#include "db/embedded.h"
#include "media/asset.h"
#include "media/make.h"
#include "crypto/crypto.h"
#include "media/tus.h"
#include "serve/testing.h"

#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#define OWNER 1
#define OTHER 2
#define BUYER 3

struct fixture {
	struct house house;
	struct visitor owner, other, buyer, nobody;
	struct arena *arena;
};

static struct fixture f;

static int setup(void **state)
{
	static const struct module *const modules[] = { &media_module, NULL };

	(void)state;
	f = (struct fixture){ .arena = arena_new(256 << 20) };
	house_open(&f.house, migrations_all, migrations_all_count);
	house_start(&f.house, modules, &testing_sessions);
	f.owner = visitor_of(&f.house, OWNER, CREATOR);
	f.other = visitor_of(&f.house, OTHER, CREATOR);
	f.buyer = visitor_of(&f.house, BUYER, 0);
	f.nobody = visitor_of(&f.house, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&f.owner);
	visitor_close(&f.other);
	visitor_close(&f.buyer);
	visitor_close(&f.nobody);
	house_close(&f.house);
	arena_free(f.arena);
	return 0;
}

static const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *print(const char *format, ...)
{
	char line[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(f.arena, text_of(line));
}

/* ---- a client that speaks tus ---- */

static struct http_answer answer;

static int speak(const struct visitor *who, enum method method, const char *path, struct text body, const struct header *more, size_t n)
{
	struct header headers[16] = { { TEXT("Sec-Fetch-Site"), TEXT("same-origin") }, { TEXT("Tus-Resumable"), TEXT("1.0.0") } };
	struct http_call call = { .method = method, .headers = headers, .header_count = 2, .body = body, .plain_http_on_loopback = true, .total_ms = 30000 };
	problem why;

	if (who->session[0])
		headers[call.header_count++] = (struct header){ TEXT("Cookie"), text_of(print("session=%s", who->session)) };
	for (size_t i = 0; i < n; i++)
		headers[call.header_count++] = more[i];
	call.url = text_of(print("http://127.0.0.1:%d%s", serve_port(f.house.serve), path));
	answer = (struct http_answer){ 0 };
	why = http_call(f.arena, &call, &answer);
	return why ? 0 : answer.status;
}

static bool is_problem(const char *type) { return text_find(answer.body, text_of(print("\"type\":\"%s\"", type))) != SIZE_MAX; }

static int begin(const struct visitor *who, const char *name, int64_t length)
{
	struct text encoded = base64_encode(f.arena, text_of(name));
	const struct header more[] = { { TEXT("Upload-Length"), text_of(print("%lld", (long long)length)) },
	                               { TEXT("Upload-Metadata"), text_of(print("filename %.*s", TEXT_ARG(encoded))) } };

	return speak(who, POST, "/api/uploads", (struct text){ 0 }, more, 2);
}

static const char *new_upload(const char *name, int64_t length)
{
	assert_int_equal(begin(&f.owner, name, length), 201);
	return arena_cstr(f.arena, http_answer_header(&answer, "Location"));
}

static int patch_with(const struct visitor *who, const char *path, int64_t offset, struct text bytes, struct text checksum)
{
	const struct header more[] = { { TEXT("Upload-Offset"), text_of(print("%lld", (long long)offset)) },
	                               { TEXT("Content-Type"), TEXT("application/offset+octet-stream") },
	                               { TEXT("Upload-Checksum"), checksum } };

	return speak(who, PATCH, path, bytes, more, checksum.at ? 3 : 2);
}

static int patch(const char *path, int64_t offset, struct text bytes) { return patch_with(&f.owner, path, offset, bytes, (struct text){ 0 }); }

static int64_t offset_of(const char *path)
{
	int64_t offset = -1;

	if (speak(&f.owner, HEAD, path, (struct text){ 0 }, NULL, 0) != 200)
		return -1;
	assert_true(text_to_int(http_answer_header(&answer, "Upload-Offset"), &offset));
	return offset;
}

/* ---- assets ---- */

static const char *asset_of(const char *upload) { return print("/api/assets/%s", strrchr(upload, '/') + 1); }

static const char *whole(const char *name, struct text bytes)
{
	const char *path = new_upload(name, (int64_t)bytes.length);

	assert_int_equal(patch(path, 0, bytes), 204);
	media_wait(f.house.serve);
	return asset_of(path);
}

static const json_t *see(const char *asset, const char *member)
{
	assert_int_equal(visit(&f.owner, GET, asset, NULL), 200);
	return answer_at(&f.owner, member);
}

static void is_state(const char *asset, const char *state, const char *why)
{
	struct text is = json_text(see(asset, "state")), reason = json_text(answer_at(&f.owner, "why"));

	if (!text_is(is, state))
		print_error("%s: %.*s\n", asset, TEXT_ARG(f.owner.answer.body));
	assert_text(is, state);
	if (why)
		assert_text(reason, why);
}

static const char *address_of(const char *asset, const char *member)
{
	struct text address = json_text(see(asset, member));

	assert_true(address.length > 0);
	return arena_cstr(f.arena, address);
}

#define ZIP TEXT("PK\x03\x04 and so on")

/* ---- tus ---- */

static void test_abilities(void **state)
{
	(void)state;
	assert_int_equal(speak(&f.nobody, OPTIONS, "/api/uploads", (struct text){ 0 }, NULL, 0), 204);
	assert_text(http_answer_header(&answer, "Tus-Version"), "1.0.0");
	assert_text(http_answer_header(&answer, "Tus-Extension"), "creation,creation-with-upload,termination,checksum,expiration");
	assert_text(http_answer_header(&answer, "Tus-Max-Size"), "10737418240");
	assert_text(http_answer_header(&answer, "Tus-Checksum-Algorithm"), "sha1,sha256");
	assert_int_equal(visit(&f.owner, POST, "/api/uploads", NULL), 412);
	assert_true(answer_is_problem(&f.owner, "tus-version"));
}

static void test_piece_by_piece(void **state)
{
	const char *path = new_upload("课件 一.zip", (int64_t)ZIP.length);

	(void)state;
	assert_true(http_answer_header(&answer, "Upload-Expires").length > 0);
	assert_int_equal(offset_of(path), 0);
	assert_text(http_answer_header(&answer, "Upload-Length"), print("%zu", ZIP.length));
	assert_text(http_answer_header(&answer, "Cache-Control"), "no-store");
	assert_int_equal(patch(path, 0, text_head(ZIP, 5)), 204);
	assert_text(http_answer_header(&answer, "Upload-Offset"), "5");
	assert_int_equal(patch(path, 4, text_from(ZIP, 4)), 409);
	assert_int_equal(patch(path, 6, text_from(ZIP, 6)), 409);
	assert_int_equal(offset_of(path), 5);
	assert_int_equal(patch(path, 5, TEXT("longer than what is left of it")), 413);
	assert_int_equal(patch(path, 5, text_from(ZIP, 5)), 204);
	assert_int_equal(offset_of(path), (int64_t)ZIP.length);
	media_wait(f.house.serve);
	is_state(asset_of(path), "ready", NULL);
	assert_text(json_text(see(asset_of(path), "name")), "课件 一.zip");
	assert_int_equal(json_integer_value(answer_at(&f.owner, "size")), ZIP.length);
	/* there is nothing more to send, nor to give up */
	assert_int_equal(patch(path, (int64_t)ZIP.length, TEXT("")), 409);
	assert_int_equal(speak(&f.owner, DELETE, path, (struct text){ 0 }, NULL, 0), 404);
}

static void test_with_the_first_bytes(void **state)
{
	const struct header more[] = { { TEXT("Upload-Length"), TEXT("3") }, { TEXT("Upload-Metadata"), TEXT("filename YS50eHQ=,filetype dGV4dA==") },
	                               { TEXT("Content-Type"), TEXT("application/offset+octet-stream") } };

	(void)state;
	assert_int_equal(speak(&f.owner, POST, "/api/uploads", TEXT("abc"), more, 3), 201);
	assert_text(http_answer_header(&answer, "Upload-Offset"), "3");
	assert_int_equal(speak(&f.owner, POST, "/api/uploads", TEXT("ab"), more, 3), 201);
	assert_text(http_answer_header(&answer, "Upload-Offset"), "2");
	assert_int_equal(patch(arena_cstr(f.arena, http_answer_header(&answer, "Location")), 2, TEXT("c")), 204);
}

static void test_what_is_no_upload(void **state)
{
	static const struct {
		const char *name;
		int64_t length;
		int status;
	} wrong[] = { { "a.exe", 3, 415 }, { "a", 3, 415 }, { "mp4", 3, 415 }, { "a.html", 3, 415 }, { "a.svg", 3, 415 }, { "a.mp4/", 3, 400 },
	              { "a.mp4", 0, 400 }, { "a.mp4", -1, 400 }, { "a.mp4", (INT64_C(10) << 30) + 1, 413 }, { "a.vtt", 3 << 20, 413 },
	              { "a.png", 21 << 20, 413 } };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(begin(&f.owner, wrong[i].name, wrong[i].length), wrong[i].status);
	assert_int_equal(speak(&f.owner, POST, "/api/uploads", (struct text){ 0 }, &(struct header){ TEXT("Upload-Length"), TEXT("3") }, 1), 400);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset"), 0);
}

static void test_only_his_own(void **state)
{
	const char *path = new_upload("a.txt", 3);

	(void)state;
	assert_int_equal(speak(&f.other, HEAD, path, (struct text){ 0 }, NULL, 0), 404);
	assert_int_equal(patch_with(&f.other, path, 0, TEXT("abc"), (struct text){ 0 }), 404);
	assert_int_equal(speak(&f.other, DELETE, path, (struct text){ 0 }, NULL, 0), 404);
	assert_int_equal(begin(&f.buyer, "a.txt", 3), 403);
	assert_int_equal(begin(&f.nobody, "a.txt", 3), 401);
	assert_int_equal(visit(&f.other, GET, asset_of(path), NULL), 404);
	assert_int_equal(visit(&f.other, DELETE, asset_of(path), NULL), 404);
	assert_int_equal(offset_of(path), 0);
}

/* Known answers: sha1 and sha256 of "abc". */
static void test_checksums(void **state)
{
	const char *path = new_upload("a.txt", 9);

	(void)state;
	assert_int_equal(patch_with(&f.owner, path, 0, TEXT("abc"), TEXT("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")), 204);
	assert_int_equal(patch_with(&f.owner, path, 3, TEXT("abc"), TEXT("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")), 204);
	assert_int_equal(patch_with(&f.owner, path, 6, TEXT("abd"), TEXT("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")), 460);
	assert_int_equal(offset_of(path), 6);
	assert_int_equal(patch_with(&f.owner, path, 6, TEXT("abc"), TEXT("md5 kAFQmDzST7DWlj99KOF/cg==")), 400);
	assert_int_equal(patch_with(&f.owner, path, 6, TEXT("abc"), TEXT("sha1 !!!!")), 400);
	assert_int_equal(patch_with(&f.owner, path, 6, TEXT("abc"), TEXT("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")), 204);
	assert_int_equal(offset_of(path), 9);
}

static const char *file_of(const char *upload, const char *file)
{
	int64_t id;

	assert_true(text_to_int(text_of(strrchr(upload, '/') + 1), &id));
	return asset_path(f.arena, text_of(f.house.folder), (struct asset_id){ id }, file);
}

/* As a program leaves them that was killed: bytes that no checksum was compared with, and all bytes without the row. */
static void test_what_a_killed_program_leaves(void **state)
{
	const char *path = new_upload("a.txt", 9);
	FILE *file;

	(void)state;
	assert_int_equal(patch(path, 0, TEXT("abc")), 204);
	file = fopen(file_of(path, "original"), "a");
	assert_int_equal(fputs("???", file) >= 0 && !fclose(file), 1);
	db_testing_run(f.house.db, "update asset set hold_from = 3");
	assert_int_equal(offset_of(path), 3);
	assert_int_equal(patch(path, 3, TEXT("def")), 204);
	file = fopen(file_of(path, "original"), "a");
	assert_int_equal(fputs("ghi", file) >= 0 && !fclose(file), 1);
	assert_int_equal(offset_of(path), 9);
	media_wait(f.house.serve);
	is_state(asset_of(path), "ready", NULL);
}

static void test_two_writers(void **state)
{
	const char *path = new_upload("a.txt", 9);
	int fd;

	(void)state;
	assert_int_equal(patch(path, 0, TEXT("abc")), 204);
	fd = open(file_of(path, "original"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(patch(path, 3, TEXT("def")), 423);
	assert_int_equal(offset_of(path), 3);
	close(fd);
	assert_int_equal(patch(path, 3, TEXT("def")), 204);
}

/* The first bytes tell: nobody sends 20 GB to hear no. */
static void test_a_zip_that_is_called_mp4(void **state)
{
	const char *path = new_upload("lecture.mp4", INT64_C(9) << 30);
	char *zeros = arena_alloc(f.arena, 8192);

	(void)state;
	memcpy(zeros, ZIP.at, ZIP.length);
	assert_int_equal(patch(path, 0, (struct text){ zeros, 8192 }), 415);
	assert_true(is_problem("upload-kind-wrong"));
	assert_int_equal(offset_of(path), -1);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset"), 0);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from job where kind = 'media-remove'"), 1);
	/* and the other way round: a recording that is called a text, a page that is called a picture */
	path = new_upload("a.txt", 12);
	assert_int_equal(patch(path, 0, (struct text){ "\0\0\0\x0c" "ftypisom", 12 }), 415);
	path = new_upload("a.png", 6);
	assert_int_equal(patch(path, 0, TEXT("<html>")), 415);
}

static void test_given_up_and_expired(void **state)
{
	const char *path = new_upload("a.txt", 9);

	(void)state;
	assert_int_equal(patch(path, 0, TEXT("abc")), 204);
	assert_int_equal(speak(&f.owner, DELETE, path, (struct text){ 0 }, NULL, 0), 204);
	assert_int_equal(offset_of(path), -1);
	path = new_upload("a.txt", 9);
	assert_int_equal(patch(path, 0, TEXT("abc")), 204);
	world_move(f.house.world, INT64_C(6) * 24 * 3600 * 1000);
	assert_int_equal(patch(path, 3, TEXT("def")), 204); /* it goes on, so it lives on */
	world_move(f.house.world, INT64_C(6) * 24 * 3600 * 1000);
	assert_int_equal(offset_of(path), 6);
	world_move(f.house.world, INT64_C(2) * 24 * 3600 * 1000);
	assert_int_equal(patch(path, 6, TEXT("ghi")), 404);
	assert_int_equal(offset_of(path), -1);
	(void)new_upload("b.txt", 9);
	keeper_wake(media_home(f.house.serve)->keeper);
	media_wait(f.house.serve);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset"), 1);
}

/* So much that what others write to this disk meanwhile makes no difference. */
#define GIB ((int64_t)1 << 30)

static void leave_free(int64_t bytes)
{
	media_home(f.house.serve)->disk_reserve = disk_free(f.house.folder) - bytes;
}

static void test_a_full_disk(void **state)
{
	const char *path;

	(void)state;
	leave_free(20 * GIB);
	(void)new_upload("a.mp4", 9 * GIB);
	path = new_upload("b.zip", 9 * GIB);
	assert_int_equal(begin(&f.other, "c.zip", 9 * GIB), 507);
	assert_true(is_problem("media-full"));
	/* it filled since: what came is kept, and it goes on when there is room again */
	assert_int_equal(patch(path, 0, text_head(ZIP, 5)), 204);
	leave_free(-GIB);
	assert_int_equal(patch(path, 5, text_from(ZIP, 5)), 507);
	assert_true(is_problem("media-full"));
	assert_int_equal(patch_with(&f.owner, path, 5, TEXT("abc"), TEXT("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")), 507);
	assert_int_equal(offset_of(path), 5);
	leave_free(20 * GIB);
	assert_int_equal(patch(path, 5, text_from(ZIP, 5)), 204);
	/* what was given up wants no room */
	assert_int_equal(speak(&f.owner, DELETE, path, (struct text){ 0 }, NULL, 0), 204);
	assert_int_equal(begin(&f.other, "c.zip", 9 * GIB), 201);
}

/* A half one that a lesson names, as older lessons did, stays, and keeps nobody else's. */
static void test_the_sweep_goes_on(void **state)
{
	(void)state;
	(void)new_upload("a.txt", 9);
	db_testing_run(f.house.db, "insert into asset_use (asset_id, work_id) select id, 77 from asset");
	(void)new_upload("b.txt", 9);
	(void)new_upload("c.txt", 9);
	world_move(f.house.world, INT64_C(8) * 24 * 3600 * 1000);
	keeper_wake(media_home(f.house.serve)->keeper);
	media_wait(f.house.serve);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset where name = 'a.txt'"), 1);
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset"), 1);
}

/* ---- what is served, and to whom ---- */

static void test_a_file_is_for_whom_its_address_was_given(void **state)
{
	const char *asset = whole("讲义 \"1\".zip", ZIP), *address = address_of(asset, "url");

	(void)state;
	assert_int_equal(visit(&f.owner, GET, address, NULL), 200);
	assert_true(text_eq(f.owner.answer.body, ZIP));
	assert_text(answer_header(&f.owner, "Content-Type"), "application/octet-stream");
	assert_true(text_starts(answer_header(&f.owner, "Content-Disposition"), TEXT("attachment; filename=\"______ _1_.zip\"; filename*=UTF-8''%E8")));
	assert_text(answer_header(&f.owner, "X-Content-Type-Options"), "nosniff");
	assert_int_equal(visit(&f.other, GET, address, NULL), 403);
	assert_int_equal(visit(&f.buyer, GET, address, NULL), 403);
	assert_int_equal(visit(&f.nobody, GET, address, NULL), 403);
	world_move(f.house.world, INT64_C(7) * 3600 * 1000);
	assert_int_equal(visit(&f.owner, GET, address, NULL), 403);
}

/* Each byte of the address, changed: nothing comes, save where only the case of a per cent sign's digits differs. */
static void test_no_byte_of_an_address_can_be_changed(void **state)
{
	const char *address = address_of(whole("a.zip", ZIP), "url");
	char *changed = arena_alloc(f.arena, strlen(address) + 1);

	(void)state;
	for (size_t i = 1; address[i]; i++) {
		static const char others[] = "0a1f&/9";

		for (size_t k = 0; k < sizeof others - 1; k++) {
			memcpy(changed, address, strlen(address));
			if (changed[i] == others[k])
				continue;
			changed[i] = others[k];
			(void)visit(&f.owner, GET, changed, NULL); /* another address of ours may be a page */
			if (f.owner.answer.status < 200 || text_eq(f.owner.answer.body, ZIP))
				fail_msg("%s: %d", changed, f.owner.answer.status);
		}
	}
	/* what stands in no signed part */
	assert_int_equal(visit(&f.owner, GET, print("%s&x=1", address), NULL), 422);
	assert_int_equal(visit(&f.owner, GET, print("%.*s", (int)(strchr(address, '?') - address), address), NULL), 403);
}

static int get_range(const char *address, const char *range, const char *if_range)
{
	f.owner.more_count = 0;
	f.owner.more[f.owner.more_count++] = (struct header){ TEXT("Range"), text_of(range) };
	if (if_range)
		f.owner.more[f.owner.more_count++] = (struct header){ TEXT("If-Range"), text_of(if_range) };
	visit(&f.owner, GET, address, NULL);
	f.owner.more_count = 0;
	return f.owner.answer.status;
}

static void test_ranges(void **state)
{
	const char *address = address_of(whole("a.zip", ZIP), "url"), *etag;

	(void)state;
	assert_int_equal(visit(&f.owner, HEAD, address, NULL), 200);
	assert_text(answer_header(&f.owner, "Accept-Ranges"), "bytes");
	assert_text(answer_header(&f.owner, "Content-Length"), print("%zu", ZIP.length));
	etag = arena_cstr(f.arena, answer_header(&f.owner, "ETag"));
	assert_int_equal(get_range(address, "bytes=0-0", NULL), 206);
	assert_text(f.owner.answer.body, "P");
	assert_text(answer_header(&f.owner, "Content-Range"), print("bytes 0-0/%zu", ZIP.length));
	assert_int_equal(get_range(address, "bytes=-2", NULL), 206);
	assert_text(f.owner.answer.body, "on");
	assert_int_equal(get_range(address, "bytes=5-", etag), 206);
	assert_true(text_eq(f.owner.answer.body, text_from(ZIP, 5)));
	assert_int_equal(get_range(address, "bytes=5-", "\"another\""), 200);
	assert_int_equal(get_range(address, "bytes=99-", NULL), 416);
	assert_int_equal(get_range(address, "bytes=0-99999999999999999999", NULL), 206);
	assert_int_equal(get_range(address, "lines=1-2", NULL), 200);
}

/* ---- documents ---- */

static const char *doc_with(const char *asset, const char *type)
{
	return print("{\"type\":\"doc\",\"content\":[{\"type\":\"blockquote\",\"content\":[{\"type\":\"%s\",\"attrs\":{\"asset\":%s}}]}]}", type,
	             strrchr(asset, '/') + 1);
}

struct showing {
	const char *doc;
	int64_t work, stored_by, user;
	struct media_item *items;
	size_t count;
};

static problem use(struct tx *tx, void *arg)
{
	const struct showing *s = arg;

	media_use_doc(tx, text_of(s->doc), (struct work_id){ s->work }, (struct user_id){ s->stored_by }, (struct user_id){ 0 });
	return tx_problem(tx);
}

static problem show(struct tx *tx, void *arg)
{
	struct showing *s = arg;

	tx_use_arena(tx, f.arena);
	return media_grant_doc(f.house.serve, tx, &(struct media_shown){ .doc = text_of(s->doc), .work = { s->work }, .user = { s->user } }, &s->items,
	                       &s->count);
}

static size_t shown(const char *doc, int64_t work, int64_t user, const char **ret_address)
{
	struct showing s = { .doc = doc, .work = work, .user = user };

	assert_done(db_read(f.house.db, show, &s));
	if (s.count)
		*ret_address = arena_cstr(f.arena, s.items[0].url);
	return s.count;
}

/* Nobody shows what belongs to somebody else by writing its number into a lesson of his own. */
static void test_a_lesson_shows_what_its_author_owns(void **state)
{
	const char *asset = whole("a.zip", ZIP), *doc = doc_with(asset, "attachment"), *address;
	struct showing half = { .doc = doc_with(asset_of(new_upload("b.zip", 9)), "attachment"), .work = 77, .stored_by = OWNER };
	struct showing mine = { .doc = doc, .work = 77, .stored_by = OWNER }, stolen = { .doc = doc, .work = 88, .stored_by = OTHER };

	(void)state;
	assert_int_equal(shown(doc, 77, BUYER, &address), 0);
	assert_done(db_write(f.house.db, use, &half)); /* it may never come */
	assert_int_equal(db_testing_int(f.house.db, "select count(*) from asset_use"), 0);
	assert_done(db_write(f.house.db, use, &mine));
	assert_done(db_write(f.house.db, use, &mine));
	assert_done(db_write(f.house.db, use, &stolen));
	assert_int_equal(shown(doc, 88, BUYER, &address), 0);
	assert_int_equal(shown(doc_with(asset, "paragraph"), 77, BUYER, &address), 0);
	assert_int_equal(shown(doc, 77, BUYER, &address), 1);
	assert_int_equal(visit(&f.buyer, GET, address, NULL), 200);
	assert_int_equal(visit(&f.other, GET, address, NULL), 403);
	assert_int_equal(shown(doc, 77, 0, &address), 1);
	assert_int_equal(visit(&f.nobody, GET, address, NULL), 200);
	world_move(f.house.world, INT64_C(3) * 3600 * 1000);
	assert_int_equal(visit(&f.nobody, GET, address, NULL), 403);
	/* and what is shown stays */
	assert_int_equal(visit(&f.owner, DELETE, asset, NULL), 409);
	assert_true(answer_is_problem(&f.owner, "asset-used"));
	assert_true(json_is_true(see(asset, "used")));
}

static void test_the_list(void **state)
{
	(void)state;
	for (int i = 0; i < 53; i++)
		(void)new_upload(print("%d.txt", i), 3);
	(void)new_upload("100%.mp4", 3);
	assert_int_equal(visit(&f.owner, GET, "/api/assets", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&f.owner, "items")), 50);
	assert_text(json_text(answer_at(&f.owner, "items.0.name")), "100%.mp4");
	assert_int_equal(visit(&f.owner, GET, print("/api/assets?before=%lld", json_integer_value(answer_at(&f.owner, "next"))), NULL), 200);
	assert_int_equal(json_array_size(answer_at(&f.owner, "items")), 4);
	assert_null(answer_at(&f.owner, "next"));
	assert_int_equal(visit(&f.owner, GET, "/api/assets?kind=video&state=uploading&q=0%25", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&f.owner, "items")), 1);
	assert_int_equal(visit(&f.owner, GET, "/api/assets?kind=film", NULL), 422);
	assert_int_equal(visit(&f.other, GET, "/api/assets", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&f.other, "items")), 0);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_abilities), IN_HOUSE(test_piece_by_piece), IN_HOUSE(test_with_the_first_bytes), IN_HOUSE(test_what_is_no_upload),
		IN_HOUSE(test_only_his_own), IN_HOUSE(test_checksums), IN_HOUSE(test_what_a_killed_program_leaves), IN_HOUSE(test_two_writers),
		IN_HOUSE(test_a_zip_that_is_called_mp4), IN_HOUSE(test_given_up_and_expired), IN_HOUSE(test_the_sweep_goes_on), IN_HOUSE(test_a_full_disk),
		IN_HOUSE(test_a_file_is_for_whom_its_address_was_given), IN_HOUSE(test_no_byte_of_an_address_can_be_changed), IN_HOUSE(test_ranges),
		IN_HOUSE(test_a_lesson_shows_what_its_author_owns), IN_HOUSE(test_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
