/* backup_test.c - a backup of a shop that sells meanwhile, put back and looked through; every way to change, cut or mistake one; and
 * nothing touched where something is. */
#include "order/testing.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup_room.h"
#include "base/log.h"
#include "db/embedded.h"
#include "media/media.h"

#define PHRASE TEXT("马 电池 钉书钉")

static struct arena *mem;        /* of this thread; shop.arena is that of whoever sells */
static char place_of_tests[300]; /* goes with the house */

/* ---- a shop with pictures and a recording ---- */

static struct text picture(int n)
{
	static const unsigned char png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 9, 0, 0, 0, 9, 8, 6, 0, 0, 0 };
	struct text bytes = { arena_alloc(mem, 70000), 70000 };

	memcpy((char *)bytes.at, png, sizeof png);
	memcpy((char *)bytes.at + 100, &n, sizeof n);
	return bytes;
}

static problem add_blob(struct tx *tx, void *arg)
{
	media_add(tx, arg);
	return tx_problem(tx);
}

static void keep_picture(int n)
{
	struct blob blob;

	assert_done(media_keep(mem, text_of(shop.house.folder), picture(n), &blob));
	assert_done(db_write(shop.db, add_blob, &blob));
}

static const char *at_home(const char *path) { return arena_format(mem, "%s/%s", shop.house.folder, path).at; }

static void put_file(const char *path, struct text bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, bytes.at, bytes.length), bytes.length);
	close(fd);
}

static struct text get_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes;

	assert_int_equal(fstat(fd, &status), 0);
	bytes = arena_alloc(mem, (size_t)status.st_size + 1);
	assert_int_equal(read(fd, bytes, (size_t)status.st_size), status.st_size);
	close(fd);
	return (struct text){ bytes, (size_t)status.st_size };
}

/* One that plays as it came: two names, one file. One that is still coming is not in a backup. */
static void keep_recordings(void)
{
	assert_int_equal(system(arena_format(mem, "mkdir -p %s/assets/07/100000000000007 %s/assets/08/100000000000008", shop.house.folder, shop.house.folder).at), 0);
	put_file(at_home("assets/07/100000000000007/original"), TEXT("a recording"));
	put_file(at_home("assets/07/100000000000007/page-1.jpg"), TEXT("a page"));
	put_file(at_home("assets/07/100000000000007/draft.mp4"), TEXT("half of something"));
	put_file(at_home("assets/08/100000000000008/original"), TEXT("still com"));
	assert_int_equal(link(at_home("assets/07/100000000000007/original"), at_home("assets/07/100000000000007/video.mp4")), 0);
	by_hand("insert into asset (id, user_id, name, ext, kind, state, size, expires_ms, sha256, progress, duration_ms, width, height, pages, served, poster, peaks,"
	        " tries, lease_ms, created_ms, changed_ms) values (100000000000007, 1, 'v.mp4', 'mp4', 'video', 'ready', 11, 0,"
	        " 'f12bb91f02aa16e2c58b86e8f5c2df9a8d13db26ff25b1d7a4b5b8f0d8ec9e1e', 100, 0, 0, 0, 0, 'video.mp4', 0, 0, 0, 0, 1, 1),"
	        " (100000000000008, 1, 'w.mp4', 'mp4', 'video', 'uploading', 99, 0, null, 0, 0, 0, 0, 0, null, 0, 0, 0, 0, 1, 1)");
}

static int open_shop(void **state)
{
	struct keyring *keyring;

	setup(state);
	mem = arena_new(512 << 20);
	assert_done(account_keyring_open(text_of(shop.house.folder), shop.house.world, &keyring));
	keyring_close(keyring);
	snprintf(place_of_tests, sizeof place_of_tests, "%s/elsewhere", shop.house.folder);
	assert_int_equal(mkdir(place_of_tests, 0700), 0);
	for (int i = 0; i < 8; i++)
		keep_picture(i);
	keep_recordings();
	by_hand("update asset set sha256 = null where id = 100000000000007");
	return 0;
}

static int close_shop(void **state)
{
	db_testing_empty_gone();
	arena_free(mem);
	return teardown(state);
}

/* ---- somebody who sells all the time ---- */

static _Atomic bool stop;
static _Atomic int sold;

static bool sell_one(int64_t buyer)
{
	struct order order;
	struct payment payment;
	struct beginning b = { .order = &order };

	if (try_place(buyer, PRICE, &order))
		return false;
	b.way = PAYMENT_NATIVE;
	if (db_write(shop.db, begin_it, &b) || payment_send(shop.payments, shop.db, shop.arena, b.payment.id, &payment))
		return false;
	return !tell_paid(&payment);
}

static void *sell_on(void *arg)
{
	(void)arg;
	for (int64_t buyer = 1000; !stop; buyer++) {
		if (sell_one(buyer))
			sold++;
	}
	return NULL;
}

static void wait_until_sold(int n)
{
	for (int from = sold; sold < from + n;)
		usleep(200);
}

/* ---- what is asked for ---- */

static struct backup_report back_up(const char *to, struct text passphrase)
{
	struct backup_order order = { .db = shop.db, .world = shop.house.world, .data_folder = text_of(shop.house.folder),
		                      .to = arena_format(mem, "%s/%s", place_of_tests, to), .passphrase = passphrase, .mode = "sandbox" };
	struct backup_report report;

	assert_done(backup_make(&order, mem, &report));
	return report;
}

static const char *new_folder(void) { return arena_format(mem, "%s/restored", place_of_tests).at; }

static problem restore(struct text path, struct text passphrase, struct text url)
{
	struct restore_order order = { .world = shop.house.world, .path = path, .passphrase = passphrase, .data_folder = text_of(new_folder()), .database = url };
	struct backup_about about;
	struct text where;

	return backup_restore(&order, mem, &about, &where);
}

static void forget_restored(void) { backup__remove_tree(new_folder()); }

static struct db *open_restored(struct text url)
{
	struct db *db;

	assert_done(db_open(url.at ? url : arena_format(mem, "sqlite:%s/zhifang.db", new_folder()), &(struct db_options){ .world = shop.house.world }, &db));
	assert_done(db_migrate(db, migrations_all, migrations_all_count));
	return db;
}

static void expect_all_well(struct db *db, const char *folder)
{
	struct check_line lines[CHECK_LINES];

	assert_done(backup_check(db, text_of(folder), mem, lines));
	for (int i = 0; i < CHECK_LINES; i++)
		assert_text(lines[i].wrong.at ? lines[i].wrong : TEXT(""), "");
}

/* ---- tests ---- */

static void test_while_it_sells(void **state)
{
	struct text url = db_testing_empty_url();
	struct backup_report report;
	struct stat one, other;
	pthread_t seller;
	struct db *db;
	int before, after, restored;

	(void)state;
	stop = false;
	assert_int_equal(pthread_create(&seller, NULL, sell_on, NULL), 0);
	wait_until_sold(20);
	before = sold;
	report = back_up("", PHRASE);
	after = sold;
	wait_until_sold(5);
	stop = true;
	pthread_join(seller, NULL);
	assert_int_equal(report.missing, 0);
	assert_int_equal(report.files, 8 + 3);
	assert_true(text_ends(report.path, TEXT(".sealed")));
	assert_done(restore(report.path, PHRASE, url));
	db = open_restored(url);
	expect_all_well(db, new_folder());
	restored = (int)db_testing_int(db, "select count(*) from purchase where state = 'PAID'");
	assert_in_range(restored, before, after + 1);
	assert_int_equal(db_testing_int(db, "select count(*) from blob"), 8);
	db_close(db);
	assert_int_equal(stat(arena_format(mem, "%s/assets/07/100000000000007/original", new_folder()).at, &one), 0);
	assert_int_equal(stat(arena_format(mem, "%s/assets/07/100000000000007/video.mp4", new_folder()).at, &other), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	assert_int_equal(access(arena_format(mem, "%s/assets/08", new_folder()).at, F_OK), -1);
	assert_int_equal(access(arena_format(mem, "%s/assets/07/100000000000007/draft.mp4", new_folder()).at, F_OK), -1);
	assert_int_equal(access(arena_format(mem, "%s/.restore", new_folder()).at, F_OK), -1);
	assert_true(text_eq(get_file(arena_format(mem, "%s/keyring", new_folder()).at), get_file(at_home("keyring"))));
	forget_restored();
}

static bool nothing_there(void) { return access(new_folder(), F_OK) != 0; }

/* Whatever bit of it is another one: refused, and nothing is left in the place. */
static void test_changed(struct text passphrase, int flips)
{
	struct backup_report report = back_up(passphrase.at ? "flip.sealed" : "flip.tar", passphrase);
	struct text whole = get_file(report.path.at), url = db_testing_empty_url(), where;
	uint64_t dice = 88172645463325252u;
	struct backup_about about;

	assert_done(backup_verify(report.path, passphrase, mem, &about, &where));
	assert_text(about.mode, "sandbox");
	for (int i = 0; i < flips; i++) {
		size_t at;

		dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
		at = i < 8 ? (size_t)i * 70 : i < 12 ? whole.length - 1 - (size_t)i * 40 : (size_t)(dice >> 8) % whole.length;
		((char *)whole.at)[at] ^= (char)(1 << (dice & 7));
		put_file(report.path.at, whole);
		((char *)whole.at)[at] ^= (char)(1 << (dice & 7));
		if (i % 8 == 0)
			assert_non_null(restore(report.path, passphrase, url));
		else
			assert_non_null(backup_verify(report.path, passphrase, mem, &about, &where));
		assert_true(nothing_there());
	}
	for (int i = 1; i <= 6; i++) {
		put_file(report.path.at, text_head(whole, i == 6 ? whole.length - 1 : whole.length / 6 * (size_t)i));
		assert_problem(restore(report.path, passphrase, url), backup_damaged);
		assert_true(nothing_there());
	}
	put_file(report.path.at, (struct text){ whole.at, whole.length + 1 });
	assert_problem(restore(report.path, passphrase, url), backup_damaged);
	put_file(report.path.at, whole);
	assert_done(restore(report.path, passphrase, url));
	forget_restored();
}

static void test_changed_plain(void **state)
{
	(void)state;
	test_changed((struct text){ 0 }, 200);
}

static void test_changed_sealed(void **state)
{
	(void)state;
	test_changed(PHRASE, 40);
}

static void test_wrong_phrase(void **state)
{
	struct backup_report report = back_up("phrase.sealed", PHRASE);
	struct text url = db_testing_empty_url();

	(void)state;
	assert_problem(restore(report.path, TEXT("something else"), url), passphrase_wrong);
	assert_problem(restore(report.path, (struct text){ 0 }, url), backup_sealed);
	assert_true(nothing_there());
	/* nothing of what is inside can be read */
	assert_int_equal(text_find(get_file(report.path.at), TEXT("zhifang keyring")), SIZE_MAX);
}

static void test_onto_something(void **state)
{
	struct backup_report report = back_up("onto.tar", (struct text){ 0 });
	struct text url = db_testing_empty_url();

	(void)state;
	assert_int_equal(mkdir(new_folder(), 0700), 0);
	put_file(arena_format(mem, "%s/mine.txt", new_folder()).at, TEXT("mine"));
	assert_problem(restore(report.path, (struct text){ 0 }, url), restore_not_empty);
	assert_true(text_is(get_file(arena_format(mem, "%s/mine.txt", new_folder()).at), "mine"));
	forget_restored();
	if (url.at) {
		/* the database of the shop that runs */
		assert_problem(restore(report.path, (struct text){ 0 }, db_testing_url()), db_not_empty);
		assert_true(nothing_there());
	}
	assert_int_equal(mkdir(new_folder(), 0700), 0); /* what one that was killed has left is no something */
	assert_int_equal(mkdir(arena_format(mem, "%s/.restore", new_folder()).at, 0700), 0);
	assert_done(restore(report.path, (struct text){ 0 }, url));
	assert_problem(restore(report.path, (struct text){ 0 }, url), restore_not_empty);
	forget_restored();
}

static void test_never_over_another(void **state)
{
	struct backup_report report = back_up("one.tar", (struct text){ 0 });
	struct backup_order order = { .db = shop.db, .world = shop.house.world, .data_folder = text_of(shop.house.folder), .to = report.path, .mode = "" };
	struct text before = get_file(report.path.at);

	(void)state;
	assert_problem(backup_make(&order, mem, &report), backup_exists);
	assert_true(text_eq(get_file(order.to.at), before));
	order.to = arena_format(mem, "%s/none/one.tar", place_of_tests);
	assert_problem(backup_make(&order, mem, &report), backup_no_folder);
	order.to = text_of(place_of_tests);
	order.data_folder = text_of(place_of_tests);
	assert_problem(backup_make(&order, mem, &report), backup_no_site);
	assert_int_equal(system(arena_format(mem, "ls -a %s | grep -q zhifang-backup", place_of_tests).at) != 0, 1);
}

/* ---- of another program ---- */

static struct text strange(const char *about)
{
	struct text path = arena_format(mem, "%s/strange.tar", place_of_tests);
	int fd = open(path.at, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct archive_out *out;

	assert_done(archive_begin(fd, (struct text){ 0 }, shop.house.world, &out));
	assert_done(archive_whole(out, TEXT(ARCHIVE_ABOUT), text_of(about)));
	assert_done(archive_end(out));
	archive_drop(out);
	close(fd);
	return path;
}

#define ABOUT(format, kind, applied) \
	"{\"format\":" format ",\"program\":\"9\",\"kind\":\"" kind "\",\"mode\":\"sandbox\",\"taken_ms\":1,\"applied\":[" applied "],\"tables\":[]}"

static void test_of_another_program(void **state)
{
	struct text url = db_testing_empty_url(), none = { 0 };
	bool postgresql = url.at != NULL;

	(void)state;
	assert_problem(restore(strange(ABOUT("2", "sqlite", "")), none, url), backup_newer);
	assert_problem(restore(strange("{\"format\":7,\"new\":true}"), none, url), backup_newer);
	assert_problem(restore(strange("[]"), none, url), backup_damaged);
	assert_problem(restore(strange(postgresql ? ABOUT("1", "sqlite", "") : ABOUT("1", "postgresql", "")), none, url), db_wrong_kind);
	assert_problem(restore(strange(postgresql ? ABOUT("1", "postgresql", "{\"room\":\"base\",\"number\":9,\"hash\":1}")
	                                          : ABOUT("1", "sqlite", "{\"room\":\"base\",\"number\":9,\"hash\":1}")), none, url), db_newer);
	put_file(arena_format(mem, "%s/strange.tar", place_of_tests).at, TEXT("PK\3\4 a zip"));
	assert_problem(restore(arena_format(mem, "%s/strange.tar", place_of_tests), none, url), backup_none);
	assert_problem(restore(TEXT("/none/none"), none, url), backup_none);
	assert_true(nothing_there());
}

/* Debian's tools read it, and agree with what it says of itself. */
static void test_tar_reads_it(void **state)
{
	struct backup_report report = back_up("tools.tar", (struct text){ 0 });

	(void)state;
	assert_int_equal(system(arena_format(mem, "mkdir %s/tools && cd %s/tools && tar xf ../tools.tar && sha256sum -c --quiet --strict manifest.sha256 &&"
	                                          " test \"$(wc -l <manifest.sha256)\" = \"$(find . -type f ! -name manifest.sha256 | wc -l)\" && test -s keyring",
	                                     place_of_tests, place_of_tests).at), 0);
	assert_true(report.size > 8 * 70000);
}

/* ---- looking through ---- */

static void expect_wrong_line(const char *what, const char *says)
{
	struct check_line lines[CHECK_LINES];
	const char *found = NULL;

	assert_done(backup_check(shop.db, text_of(shop.house.folder), mem, lines));
	for (int i = 0; i < CHECK_LINES; i++) {
		if (!lines[i].wrong.at)
			continue;
		assert_null(found);
		found = lines[i].what;
		if (text_find(lines[i].wrong, text_of(says)) == SIZE_MAX)
			assert_text(lines[i].wrong, says);
	}
	assert_string_equal(found ? found : "nothing", what);
}

static void test_check(void **state)
{
	struct blob blob;
	const char *path;
	struct text bytes = picture(3), original = TEXT("a recording");

	(void)state;
	assert_true(sell_one(500));
	expect_all_well(shop.db, shop.house.folder);
	assert_done(media_keep(mem, text_of(shop.house.folder), bytes, &blob));
	path = at_home(arena_format(mem, "blobs/%.*s/%.*s.png", TEXT_ARG(text_head(blob.hash, 2)), TEXT_ARG(text_from(blob.hash, 2))).at);
	((char *)bytes.at)[60000] ^= 1;
	put_file(path, bytes);
	expect_wrong_line("blobs", "has other bytes");
	put_file(path, text_head(bytes, 60000));
	expect_wrong_line("blobs", "has another size");
	unlink(path);
	expect_wrong_line("blobs", "is not there");
	keep_picture(3);
	unlink(at_home("assets/07/100000000000007/video.mp4"));
	expect_wrong_line("assets", "assets/07/100000000000007/video.mp4 is not there");
	put_file(at_home("assets/07/100000000000007/video.mp4"), original);
	db_testing_run(shop.db, "update asset set sha256 = 'aa' where id = 100000000000007");
	expect_wrong_line("assets", "original has other bytes");
	db_testing_run(shop.db, "update asset set sha256 = null where id = 100000000000007");
	by_hand("update purchase set state = 'PENDING' where state = 'PAID'");
	expect_wrong_line("orders", "");
	by_hand("update purchase set state = 'PAID' where state = 'PENDING'");
	by_hand("insert into rating (work_id, one, two, three, four, five) values (77, 0, 0, 0, 0, 1)");
	expect_wrong_line("reviews", "work 77: the rating is not that of its reviews");
	by_hand("delete from rating");
	assert_int_equal(rename(at_home("keyring"), at_home("keyring.away")), 0);
	expect_wrong_line("keyring", "there is none");
	assert_int_equal(rename(at_home("keyring.away"), at_home("keyring")), 0);
	expect_all_well(shop.db, shop.house.folder);
}

/* What is lost already is told, and the rest is kept. */
static void test_missing_is_told(void **state)
{
	struct backup_report report;

	(void)state;
	unlink(at_home("assets/07/100000000000007/video.mp4"));
	report = back_up("missing.tar", (struct text){ 0 });
	assert_int_equal(report.missing, 1);
	assert_text(report.first_missing, "assets/07/100000000000007/video.mp4");
	assert_int_equal(report.files, 8 + 2);
}

/* A file whose row goes during a backup stays until it is through. */
static void test_files_are_held(void **state)
{
	static const struct job_kind *tables[] = { NULL };
	struct db_jobs *jobs;
	int hold = media_hold(text_of(shop.house.folder));

	(void)state;
	tables[0] = media_module.jobs;
	assert_done(db_jobs_start(shop.db, tables, 1, shop.house.serve, 0, &jobs));
	by_hand("insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms) values (5, 'media-remove', '{\"asset\":100000000000007}', 'waiting', 1, 0, 0, 1)");
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(access(at_home("assets/07/100000000000007/original"), F_OK), 0);
	media_hold_end(hold);
	world_move(shop.house.world, 61 * 1000);
	assert_int_equal(db_jobs_run(jobs), 1);
	assert_int_equal(access(at_home("assets/07/100000000000007/original"), F_OK), -1);
	db_jobs_stop(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_while_it_sells, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_changed_plain, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_changed_sealed, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_wrong_phrase, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_onto_something, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_never_over_another, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_of_another_program, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_tar_reads_it, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_check, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_missing_is_told, open_shop, close_shop),
		cmocka_unit_test_setup_teardown(test_files_are_held, open_shop, close_shop),
	};

	log_set(STDERR_FILENO, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
