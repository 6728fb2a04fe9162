/* forget_test.c - what the rooms above account keep about a person: all of it is in an export, and a deletion takes what no law wants
 * kept, refuses while works or money are open, and leaves orders and the book as sound as they were. */
#include "app/app_room.h"

#include "account/privacy_room.h"
#include "base/testing.h"
#include "catalog/catalog.h"
#include "learning/learning_room.h"
#include "order/order_room.h"
#include "serve/testing.h"
#include "talk/talk.h"

#include <archive.h>
#include <archive_entry.h>

enum { BUYER = 41, AUTHOR = 43 };

static struct house house;
static struct arena *arena;
static struct work_id work;
static struct creator creator;

static const struct privacy_part *const rooms[] = { &talk_privacy, &catalog_privacy, &order_privacy, &learning_privacy };

static problem stock(struct tx *tx, void *arg)
{
	struct lesson_draft lesson = { .key = TEXT("one"), .title = TEXT("One"), .doc = TEXT("{\"type\":\"doc\"}"), .plain = TEXT("") };
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	struct work_draft draft = {
		.source = TEXT("test"), .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("=Course"), .summary = TEXT("About"),
		.price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;
	struct order order;
	problem why;

	(void)arg;
	tx_use_arena(tx, arena);
	why = creator_add(tx, TEXT("Zoe Author"), TEXT("I teach"), (struct user_id){ AUTHOR }, &creator);
	draft.creator = creator.id;
	if (!why)
		why = work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &work);
	if (!why)
		why = order__place(tx, &(struct order_draft){ .work = work }, (struct user_id){ BUYER }, 200, &order);
	learning__save(tx, (struct user_id){ BUYER }, work, &(struct progress){ .key = TEXT("one"), .position = 0.5 });
	learning__add_attempt(tx, (struct user_id){ BUYER }, work, TEXT("quiz"), TEXT("[1]"), 1, 2);
	return why ? why : tx_problem(tx);
}

static int setup(void **state)
{
	static const struct module *const modules[] = { NULL };

	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, NULL);
	assert_done(db_write(house.db, stock, NULL));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	house_close(&house);
	arena_free(arena);
	return 0;
}

struct gathering {
	struct user_id user;
	struct privacy_writer *writer;
};

static problem gather_all(struct tx *tx, void *arg)
{
	struct gathering *g = arg;
	problem why = NULL;

	tx_use_arena(tx, arena);
	for (size_t i = 0; !why && i < sizeof rooms / sizeof *rooms; i++)
		why = rooms[i]->gather(tx, g->user, g->writer);
	return why;
}

/* All files of the export, one behind the other, each below its name. */
static struct text exported(int64_t user)
{
	struct gathering g = { { user }, writer_new(arena, NULL) };
	const char *path = arena_format(arena, "%s/all.zip", house.folder).at;
	struct buffer all = BUFFER(1 << 20);
	struct text found;
	struct archive *zip = archive_read_new();
	struct archive_entry *entry;
	int64_t size;
	char bytes[65536];
	la_ssize_t n;

	assert_done(db_read(house.db, gather_all, &g));
	assert_done(writer_save(g.writer, path, 0, &size));
	writer_free(g.writer);
	archive_read_support_format_zip(zip);
	assert_int_equal(archive_read_open_filename(zip, path, 65536), ARCHIVE_OK);
	while (archive_read_next_header(zip, &entry) == ARCHIVE_OK) {
		buffer_format(&all, "\n%s\n", archive_entry_pathname(entry));
		while ((n = archive_read_data(zip, bytes, sizeof bytes)) > 0)
			buffer_add(&all, (struct text){ bytes, (size_t)n });
	}
	archive_read_free(zip);
	found = arena_text(arena, buffer_text(&all));
	buffer_free(&all);
	return found;
}

static bool says(struct text all, const char *what) { return text_find(all, text_of(what)) != SIZE_MAX; }

static void test_all_of_it_is_exported(void **state)
{
	struct text buyer = exported(BUYER), author = exported(AUTHOR), nobody = exported(99);

	(void)state;
	assert_true(says(buyer, "\norders.json\n") && says(buyer, "\"title\":\"=Course\"") && says(buyer, "\"'=Course\""));
	assert_true(says(buyer, "\nentitlements.csv\n") && says(buyer, "\"order\""));
	assert_true(says(buyer, "\"position\":0.5") && says(buyer, "\"answers\":[1],\"score\":1"));
	assert_false(says(buyer, "Zoe Author"));
	assert_true(says(author, "Zoe Author") && says(author, "I teach") && says(author, "\"state\":\"published\""));
	assert_false(says(author, "\"position\":0.5"));
	assert_false(says(nobody, "Course"));
}

struct erasing {
	struct user_id user;
	bool kept;
	problem refused;
};

static problem erase_all(struct tx *tx, void *arg)
{
	struct erasing *e = arg;
	problem why = NULL;

	e->kept = false;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		e->refused = rooms[i]->refuses ? rooms[i]->refuses(tx, e->user) : NULL;
		if (e->refused)
			return NULL;
	}
	for (size_t i = 0; !why && i < sizeof rooms / sizeof *rooms; i++) {
		bool kept = false;

		why = rooms[i]->erase(tx, e->user, &kept);
		e->kept = e->kept || kept;
	}
	return why;
}

static struct erasing erased(int64_t user)
{
	struct erasing e = { .user = { user } };

	assert_done(db_write(house.db, erase_all, &e));
	return e;
}

static int64_t count(const char *sql) { return db_testing_int(house.db, sql); }

static void test_a_buyer_is_forgotten_and_the_book_is_sound(void **state)
{
	struct erasing e = erased(BUYER);
	struct order_report orders;
	struct ledger_report ledger;

	(void)state;
	assert_null(e.refused);
	assert_true(e.kept);
	assert_int_equal(count("select count(*) from progress") + count("select count(*) from quiz_attempt"), 0);
	assert_int_equal(count("select count(*) from purchase where buyer = 41"), 1);
	assert_done(order_verify(house.db, arena, &orders));
	assert_done(ledger_verify(house.db, arena, &ledger));
	assert_true(orders.sound && ledger.sound);
	assert_false(erased(99).kept);
}

static void test_a_creator_waits_until_nothing_is_on_sale(void **state)
{
	struct erasing e = erased(AUTHOR);

	(void)state;
	assert_non_null(e.refused);
	assert_string_equal(e.refused->type, "works-on-sale");
	db_testing_run(house.db, "update work set state = 'archived'");
	e = erased(AUTHOR);
	assert_null(e.refused);
	assert_true(e.kept);
	assert_int_equal(count("select count(*) from creator where user_id is not null or name like '%Zoe%' or slug like '%zoe%' or about <> ''"), 0);
	/* its buyers go on learning */
	assert_int_equal(count("select count(*) from entitlement where revoked_ms is null"), 1);
}

static problem owe(struct tx *tx, void *arg)
{
	struct posting lines[] = { { LEDGER_CHANNEL_RECEIVABLE, 0, MONEY(100) }, { LEDGER_CREATOR_HELD, creator.id.v, MONEY(-100) } };
	struct journal_id id;

	(void)arg;
	return ledger_post(tx, "test", TEXT("test|1"), lines, 2, &id);
}

static void test_a_creator_waits_until_he_was_paid(void **state)
{
	struct erasing e;

	(void)state;
	db_testing_run(house.db, "update work set state = 'archived'");
	assert_done(db_write(house.db, owe, NULL));
	e = erased(AUTHOR);
	assert_non_null(e.refused);
	assert_string_equal(e.refused->type, "balance-open");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_of_it_is_exported),
		TEST(test_a_buyer_is_forgotten_and_the_book_is_sound),
		TEST(test_a_creator_waits_until_nothing_is_on_sale),
		TEST(test_a_creator_waits_until_he_was_paid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
