/* testing.h - a work with buyers, its creator, staff and a stranger, for the tests of this room. */
#ifndef TALK_TESTING_H
#define TALK_TESTING_H

#include "account/account_room.h"
#include "base/testing.h"
#include "order/part.h"
#include "serve/testing.h"
#include "talk/talk_room.h"

enum { ANN = 41, BOB = 42, AUTHOR = 43, STRANGER = 44, KEEPER = 45, OTHER_AUTHOR = 46 };

static struct house house;
static struct arena *arena;
static struct visitor ann, bob, author, stranger, staff, other_author, nobody;
static struct {
	long long work;
	struct creator_id creator;
	int keys;
} town;

static const struct module *const modules[] = { &account_module, &media_module, &catalog_module, &payment_module, &order_module, &learning_module,
	                                        &talk_module, &note_module,
	                                        &review_module, &report_module, NULL };

struct edition_draft {
	const char *const *keys;
	size_t count;
	bool new_edition;
};

static inline problem store_edition(struct tx *tx, void *arg)
{
	const struct edition_draft *e = arg;
	struct lesson_draft lessons[8] = { 0 };
	struct section_draft section = { .title = TEXT("Part"), .lessons = lessons, .lesson_count = e->count };
	const struct work_draft draft = {
		.source = TEXT("x"), .creator = town.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"), .summary = TEXT("About"),
		.price = MONEY(100), .price_given = true, .sections = &section, .section_count = 1, .new_edition = e->new_edition,
	};
	enum work_change change;
	struct work_id id;
	problem why;

	for (size_t i = 0; i < e->count; i++)
		lessons[i] = (struct lesson_draft){ .key = text_of(e->keys[i]), .title = text_of(e->keys[i]), .plain = TEXT(""), .free = i == 0 && !e->new_edition,
		                                    .doc = TEXT("{\"type\":\"doc\",\"content\":[]}") };
	why = work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, &id);
	town.work = id.v;
	return why;
}

static inline void add_person(struct tx *tx, int64_t id, const char *name)
{
	account__insert(tx, &(struct account){ .id = { id }, .name = text_of(name), .language = TEXT("zh-CN") }, TEXT(""));
}

static inline void let_in(struct tx *tx, int64_t order, int64_t buyer)
{
	const struct opening sold = { { buyer }, "order", order, tx_now_ms(tx), 0 };

	order__insert_entitlement(tx, &sold, (struct work_id){ town.work }, (struct edition_id){ 0 });
}

static inline problem settle(struct tx *tx, void *arg)
{
	struct creator made;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &made);

	town.creator = made.id;
	if (!why)
		why = creator_add(tx, TEXT("Other"), TEXT(""), (struct user_id){ OTHER_AUTHOR }, &made);
	if (!why)
		why = store_edition(tx, arg);
	add_person(tx, ANN, "Ann");
	add_person(tx, BOB, "Bob");
	add_person(tx, AUTHOR, "Author");
	let_in(tx, 7, ANN);
	let_in(tx, 8, BOB);
	return why ? why : tx_problem(tx);
}

static inline int setup(void **state)
{
	static const char *const keys[] = { "a", "b/c", "d", "e", "f" };
	struct edition_draft first = { keys, 5, false };

	(void)state;
	town.keys = 0;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	assert_done(db_write(house.db, settle, &first));
	ann = visitor_of(&house, ANN, 0);
	bob = visitor_of(&house, BOB, 0);
	author = visitor_of(&house, AUTHOR, CREATOR);
	other_author = visitor_of(&house, OTHER_AUTHOR, CREATOR);
	stranger = visitor_of(&house, STRANGER, 0);
	staff = visitor_of(&house, KEEPER, MODERATOR);
	nobody = visitor_of(&house, 0, 0);
	return 0;
}

static inline int teardown(void **state)
{
	struct visitor *const all[] = { &ann, &bob, &author, &other_author, &stranger, &staff, &nobody };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		visitor_close(all[i]);
	house_close(&house);
	arena_free(arena);
	return 0;
}

/* ---- steps ---- */

static inline const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *print(const char *format, ...)
{
	char line[8192];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(arena, text_of(line));
}

static inline int call(struct visitor *v, enum method method, const char *body, const char *format, ...) __attribute__((format(printf, 4, 5)));
static inline int call(struct visitor *v, enum method method, const char *body, const char *format, ...)
{
	char path[512];
	va_list list;

	va_start(list, format);
	vsnprintf(path, sizeof path, format, list);
	va_end(list);
	v->key = print("key-%d", town.keys++);
	return visit(v, method, path, body);
}

static inline int64_t number_at(struct visitor *v, const char *path) { return json_integer_value(answer_at(v, path)); }
static inline struct text word_at(struct visitor *v, const char *path) { return json_text(answer_at(v, path)); }
static inline void by_hand(const char *sql) { db_testing_run(house.db, sql); }
/* How many messages of this kind there are, all of them to `whom`. */
static inline int64_t told(const char *kind, int whom)
{
	assert_int_equal(db_testing_int(house.db, print("select count(*) from notification where kind = '%s' and user_id <> %d", kind, whom)), 0);
	return db_testing_int(house.db, print("select count(*) from notification where kind = '%s'", kind));
}

static inline int ask(struct visitor *v, const char *lesson, const char *text)
{
	return call(v, POST, print("{\"text\":\"%s\",\"lesson\":\"%s\"}", text, lesson), "/api/works/%lld/questions", town.work);
}

static inline int answer_to(struct visitor *v, int64_t question, const char *text)
{
	return call(v, POST, print("{\"text\":\"%s\"}", text), "/api/questions/%lld/answers", (long long)question);
}

static inline int questions(struct visitor *v, const char *lesson, const char *more)
{
	return call(v, GET, NULL, "/api/works/%lld/questions?lesson=%s%s", town.work, lesson, more);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
