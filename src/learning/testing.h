/* testing.h - a shop with two works, each with a recording in its lesson, a buyer of both to be, and steps from buying to playing and back.
 * For the tests of this room. */
#ifndef LEARNING_TESTING_H
#define LEARNING_TESTING_H

#include "learning/learning_room.h"

#include "media/asset.h"
#include "order/part.h"
#include "order/testing.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FILM = 900, OTHER_FILM = 901 };
#define HOUR_MS (INT64_C(3600) * 1000)

static const struct module *const rooms[] = { &account_module, &media_module, &payment_module, &order_module, &order_refund_module, &learning_module, NULL };
static struct work_id other_work;
static struct visitor buyer, other;
static struct order bought;

/* ---- two works, each with a recording, and one that is free to see ---- */

struct film_draft {
	int64_t asset;
	const char *source;
	bool free;
	struct work_id *ret;
};

static inline const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(shop.arena, text_of(line));
}

static inline problem store_film(struct tx *tx, void *arg)
{
	const struct film_draft *f = arg;
	struct lesson_draft lesson = {
		.key = TEXT("one"), .title = TEXT("One"), .plain = TEXT(""), .free = f->free,
		.doc = arena_format(tx_arena(tx), "{\"type\":\"doc\",\"content\":[{\"type\":\"video\",\"attrs\":{\"asset\":%lld}}]}", (long long)f->asset),
	};
	struct section_draft section = { .title = TEXT("Part"), .lessons = &lesson, .lesson_count = 1 };
	const struct work_draft draft = {
		.source = text_of(f->source), .creator = shop.creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Course"),
		.summary = TEXT("About"), .price = MONEY(PRICE), .price_given = true, .sections = &section, .section_count = 1,
	};
	enum work_change change;

	return work_store(tx, &draft, (struct user_id){ AUTHOR }, &change, f->ret);
}

static inline void film(int64_t id, int64_t size)
{
	struct text folder = text_of(shop.house.folder);
	FILE *file;

	by_hand(print("insert into asset (id, user_id, name, ext, kind, state, size, expires_ms, progress, duration_ms, width, height, pages, served,"
	              " poster, peaks, tries, lease_ms, created_ms, changed_ms) values (%lld, %lld, 'a.mp4', 'mp4', 'video', 'ready', 5, 0, 100, 0, 0, 0, 0,"
	              " 'video.mp4', 0, 0, 0, 0, 0, 0)", (long long)id, (long long)AUTHOR));
	assert_done(asset_make_folder(shop.arena, folder, (struct asset_id){ id }));
	file = fopen(asset_path(shop.arena, folder, (struct asset_id){ id }, "video.mp4"), "w");
	assert_non_null(file);
	assert_int_equal(fwrite("bytes", 1, 5, file), 5);
	assert_int_equal(ftruncate(fileno(file), size), 0);
	assert_int_equal(fclose(file), 0);
}

static inline problem stock_films(struct tx *tx, void *arg)
{
	struct film_draft first = { FILM, "test", false, &shop.work }, second = { OTHER_FILM, "second", false, &other_work };
	struct creator creator;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &creator);

	(void)arg;
	shop.creator = creator.id;
	if (!why)
		why = store_film(tx, &first);
	return why ? why : store_film(tx, &second);
}

struct owning {
	int64_t order, user;
	struct work_id work;
};

static inline problem own_it(struct tx *tx, void *arg)
{
	const struct owning *o = arg;
	const struct opening order = { { o->user }, "order", o->order, tx_now_ms(tx), 0 };

	order__insert_entitlement(tx, &order, o->work, (struct edition_id){ 0 });
	return tx_problem(tx);
}

static inline void own(int64_t order, int64_t user, struct work_id work) { assert_done(db_write(shop.db, own_it, &(struct owning){ order, user, work })); }

static inline void start(void)
{
	house_start(&shop.house, rooms, &testing_sessions);
	shop.payments = payments_of(shop.house.serve);
	shop.payments->wechat = &fake_channel;
	payments_know(shop.payments, &order_payable);
	order_know_studied(shop.house.serve, learning_received);
	media_know_ended(shop.house.serve, learning_ended);
	media_know_served(shop.house.serve, learning_served);
	assert_done(db_jobs_start(shop.db, job_tables, 2, shop.house.serve, 0, &shop.jobs));
}

static inline void stop(void)
{
	db_jobs_stop(shop.jobs);
	serve_stop(shop.house.serve);
}

static inline int open_shop(void **state)
{
	(void)state;
	shop = (struct shop){ .arena = arena_new(64 << 20) };
	fake = (struct fake){ .query = { .tag = CHANNEL_NOT_PAID }, .refund = REFUND_TAG_PROCESSING, .refund_asked = REFUND_TAG_PROCESSING };
	house_open(&shop.house, NULL, 0);
	shop.db = shop.house.db;
	start();
	film(FILM, 50000);
	film(OTHER_FILM, 50000);
	assert_done(db_write(shop.db, stock_films, NULL));
	own(8, OTHER, shop.work);
	own(9, BUYER, other_work);
	buyer = visitor_of(&shop.house, BUYER, 0);
	other = visitor_of(&shop.house, OTHER, 0);
	return 0;
}

static inline int close_shop(void **state)
{
	visitor_close(&buyer);
	visitor_close(&other);
	return teardown(state);
}

/* ---- steps ---- */

static inline void buy(void)
{
	struct payment payment;

	bought = place(BUYER);
	payment = begin(&bought);
	assert_done(tell_paid(&payment));
}

static inline void refund(void)
{
	const char *order = print("/api/orders/%lld/refund", (long long)bought.id.v), *version;

	assert_int_equal(visit(&buyer, GET, print("%s-quote", order), NULL), 200);
	version = arena_cstr(shop.arena, json_text(answer_at(&buyer, "version")));
	buyer.key = print("key-%s", version);
	assert_int_equal(visit(&buyer, POST, print("%ss", order), print("{\"amount\":%d,\"version\":\"%s\",\"reason\":\"Not for me\"}", PRICE, version)), 201);
	buyer.key = NULL;
	assert_text(json_text(answer_at(&buyer, "state")), "APPROVED");
}

static inline void tell_refund(const char *refund_state)
{
	struct visitor channel = visitor_of(&shop.house, 0, 0);

	move_and_run(61000);
	channel.foreign = true;
	assert_int_equal(visit(&channel, POST, "/api/notify/wechat", print("%s %lld %s", fake.refund_no, (long long)fake.refund_fen, refund_state)), 204);
	visitor_close(&channel);
}

static inline const char *address_for(struct visitor *who, struct work_id work)
{
	assert_int_equal(visit(who, GET, print("/api/works/%lld/lessons/one", (long long)work.v), NULL), 200);
	return arena_cstr(shop.arena, json_text(answer_at(who, "media.0.url")));
}

static inline int play_range(struct visitor *who, const char *address, int64_t from, int64_t to)
{
	int status;

	who->more[0] = (struct header){ TEXT("Range"), text_of(print("bytes=%lld-%lld", (long long)from, (long long)to)) };
	who->more_count = 1;
	status = visit(who, GET, address, NULL);
	who->more_count = 0;
	return status;
}

static inline int play(struct visitor *who, const char *address) { return play_range(who, address, 1, 3); }

/* Those who keep it in memory see it a moment after. */
static inline void becomes(struct visitor *who, const char *address, int status)
{
	while (play(who, address) != status)
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
}

#endif
