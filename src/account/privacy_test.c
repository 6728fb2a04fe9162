/* privacy_test.c - all of one's data as a ZIP that other programs read, and being forgotten: in time, called off, refused, and what
 * is left behind. */
#include "base/csv.h"
#include "account/privacy_room.h"
#include "account/totp.h"

#include "base/testing.h"
#include "serve/testing.h"

#include <archive.h>
#include <archive_entry.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "correct horse battery"

static struct house house;
static struct arena *arena;
static struct visitor ann;
static struct user_id ann_id;
static struct db_jobs *jobs;
static const struct job_kind *job_tables[1]; /* kept by the jobs */

static const struct module *const modules[] = { &account_module, &second_factor_module, &staff_module, &consent_module, &privacy_module, NULL };

static const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

/* ---- a room above ---- */

static struct note {
	struct user_id writer;
	struct text words;
	struct money price;
	int64_t at_ms;
	bool erased, kept;
} note;
static problem in_the_way;

static const struct shape note_shape = SHAPE_AS("export_note", note,
	FIELD(note, writer, SHAPE_ID),
	FIELD(note, words,  SHAPE_TEXT),
	FIELD(note, price,  SHAPE_MONEY),
	FIELD(note, at_ms,  SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *writer)
{
	(void)tx;
	privacy_table(writer, "notes", &note_shape);
	note.writer = user;
	return privacy_row(writer, &note);
}

static problem refuses(struct tx *tx, struct user_id user)
{
	(void)tx, (void)user;
	return in_the_way;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	(void)tx;
	assert_int_equal(user.v, ann_id.v);
	note.erased = true;
	*ret_kept = note.kept;
	return NULL;
}

static const struct privacy_part notes = { "notes", gather, refuses, erase };
static const struct privacy_part *const rooms[] = { &notes, NULL };

/* ---- house ---- */

static struct user_id join(struct visitor *v, const char *login, const char *name)
{
	visitor_open(v, &house);
	assert_int_equal(visit(v, POST, "/api/users", print("{\"login\":\"%s\",\"password\":\"" SECRET "\",\"name\":\"%s\"}", login, name)), 201);
	return (struct user_id){ json_integer_value(answer_at(v, "id")) };
}

static int enter(struct visitor *v, const char *login)
{
	return visit(v, POST, "/api/sessions", print("{\"login\":\"%s\",\"password\":\"" SECRET "\"}", login));
}

static int open_house(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	note = (struct note){ .words = TEXT("=1+1"), .price = MONEY(-19905), .at_ms = 1800000000000, .kept = true };
	in_the_way = NULL;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &account_sessions);
	account_know_privacy(house.serve, rooms);
	job_tables[0] = privacy_module.jobs;
	assert_done(db_jobs_start(house.db, job_tables, 1, house.serve, 0, &jobs));
	ann_id = join(&ann, "ann@example.com", "Ann");
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	db_jobs_stop(jobs);
	visitor_close(&ann);
	house_close(&house);
	arena_free(arena);
	return 0;
}

static void later(int64_t ms) { world_move(house.world, ms); }

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

/* ---- export ---- */

static int64_t ask_export(void)
{
	assert_int_equal(visit(&ann, POST, "/api/me/exports", NULL), 202);
	assert_text(json_text(answer_at(&ann, "state")), "received");
	return json_integer_value(answer_at(&ann, "id"));
}

static int fetch(struct visitor *v, int64_t id) { return visit(v, GET, print("/api/me/exports/%lld", (long long)id), NULL); }

/* A file of the ZIP, as libarchive reads it. */
static struct text file_of(struct text zip, const char *name)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct text found = { 0 };

	archive_read_support_format_zip(a);
	assert_int_equal(archive_read_open_memory(a, zip.at, zip.length), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		if (!strcmp(archive_entry_pathname(entry), name)) {
			char *bytes = arena_alloc(arena, 1 << 20);
			la_ssize_t length = archive_read_data(a, bytes, 1 << 20);

			assert_true(length >= 0);
			found = (struct text){ bytes, (size_t)length };
			break;
		}
	}
	archive_read_free(a);
	if (!found.at)
		fail_msg("no %s in it", name);
	return found;
}

static void test_all_of_it_in_json_and_csv(void **state)
{
	int64_t id = ask_export();
	struct text zip, json;
	json_t *rows;

	(void)state;
	assert_int_equal(fetch(&ann, id), 404);
	db_jobs_run(jobs);
	assert_int_equal(fetch(&ann, id), 200);
	assert_true(text_is(answer_header(&ann, "Cache-Control"), "no-store"));
	assert_true(text_starts(answer_header(&ann, "Content-Disposition"), TEXT("attachment")));
	zip = arena_text(arena, ann.answer.body);
	json = file_of(zip, "profile.json");
	assert_done(json_read(arena, json, &rows));
	assert_text(json_get_text(json_array_get(rows, 0), "name"), "Ann");
	assert_int_equal(json_get_int(json_array_get(rows, 0), "id", 0), ann_id.v);
	assert_done(json_read(arena, file_of(zip, "logins.json"), &rows));
	assert_text(json_get_text(json_array_get(rows, 0), "login"), "ann@example.com");
	assert_done(json_read(arena, file_of(zip, "consents.json"), &rows));
	assert_int_equal(json_array_size(rows), 2);
	assert_done(json_read(arena, file_of(zip, "roles.json"), &rows));
	assert_int_equal(json_array_size(rows), 0);
	assert_true(text_starts(file_of(zip, "devices.csv"), TEXT("\xef\xbb\xbf\"agent\",\"created_ms\",\"seen_ms\"\r\n")));
	assert_text(file_of(zip, "notes.csv"), print("\xef\xbb\xbf\"writer\",\"words\",\"price\",\"at_ms\"\r\n\"'%lld\",\"'=1+1\",-199.05,\"2027-01-15T08:00:00Z\"\r\n",
	                                             (long long)ann_id.v));
	assert_done(json_read(arena, file_of(zip, "notes.json"), &rows));
	assert_text(json_get_text(json_array_get(rows, 0), "words"), "=1+1");
}

static void test_cells_that_would_run(void **state)
{
	static const struct {
		const char *cell, *csv;
	} cells[] = {
		{ "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"" }, { "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@SUM(1)", "\"'@SUM(1)\"" },
		{ "\t=1", "\"'\t=1\"" }, { "a=1", "\"a=1\"" }, { "say \"x\"", "\"say \"\"x\"\"\"" }, { "a,b\nc", "\"a,b\nc\"" }, { "", "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		CLEANUP(buffer_free) struct buffer out = BUFFER(1024);

		csv_write_text(&out, text_of(cells[i].cell));
		assert_text(buffer_text(&out), cells[i].csv);
	}
}

static void test_an_export_is_ones_own_and_ends(void **state)
{
	int64_t id = ask_export();
	struct visitor bob;
	struct stat status;

	(void)state;
	assert_int_equal(visit(&ann, POST, "/api/me/exports", NULL), 429);
	assert_true(answer_is_problem(&ann, "export-too-soon"));
	db_jobs_run(jobs);
	join(&bob, "bob@example.com", "Bob");
	assert_int_equal(fetch(&bob, id), 404);
	assert_int_equal(visit(&bob, GET, "/api/me/privacy", NULL), 200);
	assert_int_equal(json_array_size(answer_at(&bob, "items")), 0);
	bob.session[0] = 0;
	assert_int_equal(fetch(&bob, id), 401);
	assert_int_equal(stat(export__path(arena, text_of(house.folder), id), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	later(DAY_MS - 1);
	assert_int_equal(fetch(&ann, id), 200);
	later(1);
	assert_int_equal(fetch(&ann, id), 410);
	db_jobs_run(jobs);
	assert_int_equal(stat(export__path(arena, text_of(house.folder), id), &status), -1);
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
	ask_export();
	assert_int_equal(count("select count(*) from audit_entry where verb = 'export-fetched'"), 1);
	visitor_close(&bob);
}

/* The process died behind the file and before its row, or before both. */
static void test_an_export_that_died_begins_again(void **state)
{
	int64_t id = ask_export();

	(void)state;
	db_fault(house.db, FAULT_COMMIT_BEFORE, 2);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from privacy_request where state = 'done'"), 0);
	later(60000);
	db_jobs_run(jobs);
	assert_int_equal(fetch(&ann, id), 200);
}

/* Something is where the folder should be, for as long as anybody tries. */
static void test_an_export_that_is_given_up(void **state)
{
	const char *way = print("%s/exports", house.folder);
	FILE *file = fopen(way, "w");
	int64_t id = ask_export();

	(void)state;
	assert_true(file && !fclose(file));
	for (int i = 0; i < EXPORT_TRIES_MAX - 1; i++) {
		db_jobs_run(jobs);
		later(3600 * 1000);
	}
	assert_int_equal(count("select count(*) from privacy_request where state = 'running'"), 1);
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from privacy_request where state = 'refused' and reason = 'export-failed'"), 1);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'export-refused'"), 1);
	assert_int_equal(unlink(way), 0);
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
	assert_int_equal(fetch(&ann, id), 404);
	id = ask_export();
	db_jobs_run(jobs);
	assert_int_equal(fetch(&ann, id), 200);
}

/* Its job died in its last try. */
static void test_an_export_that_nobody_ended(void **state)
{
	int64_t id = ask_export();

	(void)state;
	db_testing_run(house.db, "update privacy_request set state = 'running'");
	later(DAY_MS - 1);
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
	assert_int_equal(visit(&ann, POST, "/api/me/exports", NULL), 429);
	later(1);
	assert_true(ask_export() != id);
	assert_int_equal(count("select count(*) from privacy_request where state = 'refused' and reason = 'export-failed'"), 1);
	/* the job of the first one, alive after all, leaves it alone */
	db_jobs_run(jobs);
	assert_int_equal(count("select count(*) from privacy_request where state = 'refused'"), 1);
	assert_int_equal(count("select count(*) from privacy_request where state = 'done'"), 1);
	assert_int_equal(access(export__path(arena, text_of(house.folder), id), F_OK), -1);
}

static void *ask_twice(void *arg)
{
	struct visitor *v = arg;

	visit(v, POST, "/api/me/exports", NULL);
	return NULL;
}

static void test_two_at_once(void **state)
{
	struct visitor all[3];
	pthread_t threads[3];
	int made = 0;

	(void)state;
	for (int i = 0; i < 3; i++) {
		visitor_open(&all[i], &house);
		snprintf(all[i].session, sizeof all[i].session, "%s", ann.session);
		pthread_create(&threads[i], NULL, ask_twice, &all[i]);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		made += all[i].answer.status == 202;
		visitor_close(&all[i]);
	}
	assert_int_equal(made, 1);
	assert_int_equal(count("select count(*) from privacy_request"), 1);
}

/* ---- being forgotten ---- */

static void ask_deletion(void)
{
	assert_int_equal(visit(&ann, POST, "/api/me/deletion", NULL), 201);
	assert_int_equal(json_integer_value(answer_at(&ann, "due_ms")) - json_integer_value(answer_at(&ann, "received_ms")), DELETION_WAIT_MS);
}

static const char *state_of_deletion(void)
{
	static const char *const names[] = { "received", "done", "part_held", "cancelled", "refused" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (count(print("select count(*) from privacy_request where kind = 'deletion' and state = '%s'", names[i])))
			return names[i];
	}
	return "none";
}

static void test_forgotten_after_seven_days(void **state)
{
	int64_t id = ask_export();
	struct visitor bob;
	struct stat status;

	(void)state;
	db_jobs_run(jobs);
	ask_deletion();
	assert_int_equal(visit(&ann, POST, "/api/me/deletion", NULL), 409);
	assert_int_equal(visit(&ann, GET, "/api/me/notices", NULL), 200);
	assert_true(json_integer_value(answer_at(&ann, "deletion_ms")) > 0);
	later(DELETION_WAIT_MS - 1);
	db_jobs_run(jobs);
	assert_string_equal(state_of_deletion(), "received");
	later(1);
	db_jobs_run(jobs);
	assert_string_equal(state_of_deletion(), "part_held");
	assert_true(note.erased);
	assert_int_equal(enter(&ann, "ann@example.com"), 401);
	assert_int_equal(visit(&ann, GET, "/api/me", NULL), 401);
	assert_int_equal(count("select count(*) from identity") + count("select count(*) from session") + count("select count(*) from role_grant"), 0);
	assert_int_equal(count("select count(*) from user_account where name like '%Ann%' or password_hash <> ''"), 0);
	assert_int_equal(count("select count(*) from consent"), 2);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'person-erased'"), 1);
	assert_int_equal(stat(export__path(arena, text_of(house.folder), id), &status), -1);
	/* name and login are free again */
	join(&bob, "ann@example.com", "Ann");
	visitor_close(&bob);
}

static void test_nothing_held_is_done(void **state)
{
	(void)state;
	note.kept = false;
	ask_deletion();
	later(DELETION_WAIT_MS);
	db_jobs_run(jobs);
	assert_string_equal(state_of_deletion(), "done");
}

static void test_signing_in_calls_it_off(void **state)
{
	struct visitor other;

	(void)state;
	visitor_open(&other, &house);
	assert_int_equal(enter(&other, "ann@example.com"), 201);
	ask_deletion();
	/* the other devices are signed out, so that a sign-in means something */
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 401);
	assert_int_equal(visit(&ann, GET, "/api/me", NULL), 200);
	later(DELETION_WAIT_MS - 1000);
	assert_int_equal(enter(&other, "ann@example.com"), 201);
	assert_string_equal(state_of_deletion(), "cancelled");
	later(2000);
	db_jobs_run(jobs);
	assert_false(note.erased);
	assert_int_equal(visit(&other, GET, "/api/me", NULL), 200);
	/* and by a button */
	ask_deletion();
	assert_int_equal(visit(&ann, DELETE, "/api/me/deletion", NULL), 204);
	assert_int_equal(visit(&ann, DELETE, "/api/me/deletion", NULL), 404);
	later(DELETION_WAIT_MS);
	db_jobs_run(jobs);
	assert_false(note.erased);
	assert_int_equal(count("select count(*) from audit_entry where verb = 'deletion-cancelled'"), 2);
	visitor_close(&other);
}

static const struct problem owed = { 409, "balance-open", "Money." };

static void test_what_is_in_the_way(void **state)
{
	(void)state;
	in_the_way = &owed;
	assert_int_equal(visit(&ann, GET, "/api/me/privacy", NULL), 200);
	assert_text(json_text(answer_at(&ann, "refused")), "balance-open");
	assert_int_equal(visit(&ann, POST, "/api/me/deletion", NULL), 409);
	assert_true(answer_is_problem(&ann, "balance-open"));
	in_the_way = NULL;
	assert_int_equal(visit(&ann, GET, "/api/me/privacy", NULL), 200);
	assert_null(answer_at(&ann, "refused"));
	ask_deletion();
	/* it came while he waited */
	in_the_way = &owed;
	later(DELETION_WAIT_MS);
	db_jobs_run(jobs);
	assert_string_equal(state_of_deletion(), "refused");
	assert_int_equal(count("select count(*) from privacy_request where reason = 'balance-open'"), 1);
	assert_false(note.erased);
	assert_int_equal(enter(&ann, "ann@example.com"), 201);
}

static problem make_admin(struct tx *tx, void *arg)
{
	return account_grant(tx, *(struct user_id *)arg, ADMIN, (struct user_id){ 0 });
}

static void test_the_last_administrator_stays(void **state)
{
	struct visitor bob;
	struct user_id bob_id;

	(void)state;
	assert_done(db_write(house.db, make_admin, &ann_id));
	serve_forget(house.serve, 0, ann_id);
	assert_int_equal(visit(&ann, POST, "/api/me/deletion", NULL), 409);
	assert_true(answer_is_problem(&ann, "last-admin"));
	bob_id = join(&bob, "bob@example.com", "Bob");
	assert_done(db_write(house.db, make_admin, &bob_id));
	ask_deletion();
	visitor_close(&bob);
}

static void test_what_matters_asks_for_a_fresh_sign_in(void **state)
{
	(void)state;
	later(15 * 60 * 1000);
	serve_forget(house.serve, 0, ann_id);
	assert_int_equal(visit(&ann, POST, "/api/me/deletion", NULL), 403);
	assert_int_equal(visit(&ann, POST, "/api/me/exports", NULL), 403);
	assert_true(answer_is_problem(&ann, "session-not-fresh"));
}

/* A fault anywhere leaves all of a person or nothing. */
static void test_all_or_nothing(void **state)
{
	(void)state;
	ask_deletion();
	later(DELETION_WAIT_MS);
	for (int n = 1; n < 30; n += 4) {
		db_fault(house.db, FAULT_STATEMENT, n);
		db_jobs_run(jobs);
		if (!db_fault_hit(house.db))
			break;
		assert_int_equal(count("select count(*) from identity") == 1, count("select count(*) from user_account where name = 'Ann'") == 1);
		later(3600 * 1000);
	}
	db_fault(house.db, FAULT_STATEMENT, 0);
	later(3600 * 1000);
	db_jobs_run(jobs);
	assert_string_equal(state_of_deletion(), "part_held");
	assert_int_equal(count("select count(*) from identity"), 0);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_all_of_it_in_json_and_csv), IN_HOUSE(test_cells_that_would_run), IN_HOUSE(test_an_export_is_ones_own_and_ends),
		IN_HOUSE(test_an_export_that_died_begins_again), IN_HOUSE(test_an_export_that_is_given_up),
		IN_HOUSE(test_an_export_that_nobody_ended), IN_HOUSE(test_two_at_once), IN_HOUSE(test_forgotten_after_seven_days),
		IN_HOUSE(test_nothing_held_is_done), IN_HOUSE(test_signing_in_calls_it_off), IN_HOUSE(test_what_is_in_the_way),
		IN_HOUSE(test_the_last_administrator_stays), IN_HOUSE(test_what_matters_asks_for_a_fresh_sign_in), IN_HOUSE(test_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
