/* ended_test.c - a signed address ends with the access by which it was given: after a refund in this process and in another, over a
 * restart, and not for anybody or any work beside it. */
#include "learning/testing.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* ---- what ends, and what does not ---- */

static void test_a_refund_ends_the_addresses_that_it_gave(void **state)
{
	const char *mine, *others, *of_other_work;

	(void)state;
	buy();
	mine = address_for(&buyer, shop.work);
	others = address_for(&other, shop.work);
	of_other_work = address_for(&buyer, other_work);
	assert_int_equal(play(&buyer, mine), 206);
	assert_text(buyer.answer.body, "yte");
	assert_int_equal(play(&other, mine), 403);
	refund();
	becomes(&buyer, mine, 403);
	assert_true(answer_is_problem(&buyer, "media-address"));
	assert_int_equal(play(&other, others), 206);
	assert_int_equal(play(&buyer, of_other_work), 206);
	assert_int_equal(visit(&buyer, GET, print("/api/works/%lld/lessons/one", (long long)shop.work.v), NULL), 402);
}

static void test_a_refund_that_fails_for_good_gives_them_back(void **state)
{
	const char *mine;

	(void)state;
	buy();
	mine = address_for(&buyer, shop.work);
	refund();
	becomes(&buyer, mine, 403);
	tell_refund("CLOSED");
	assert_true(buyer_entitled());
	becomes(&buyer, mine, 206);
	refund();
	tell_refund("SUCCESS");
	becomes(&buyer, mine, 403);
}

static void test_whoever_has_it_otherwise_keeps_it(void **state)
{
	const char *mine;

	(void)state;
	buy();
	mine = address_for(&buyer, shop.work);
	refund();
	becomes(&buyer, mine, 403);
	own(10, BUYER, shop.work); /* a gift, say */
	becomes(&buyer, mine, 206);
}

/* The first request after the start is refused already: nothing was served before it was known. */
static void test_a_restart_revives_nothing(void **state)
{
	const char *mine, *of_other_work;

	(void)state;
	buy();
	mine = address_for(&buyer, shop.work);
	of_other_work = address_for(&buyer, other_work);
	refund();
	stop();
	start();
	assert_int_equal(play(&buyer, mine), 403);
	assert_int_equal(play(&buyer, of_other_work), 206);
	world_move(shop.house.world, HOUR_MS * 6);
	stop();
	start();
	assert_int_equal(play(&buyer, mine), 403);
}

/* Two programs over one database: what ends in the one ends in the other. */
static void test_another_process_learns_of_it(void **state)
{
	struct house second;
	struct visitor there;
	const char *mine;

	(void)state;
	second = shop.house;
	assert_done(serve_start(&second.options, &second.serve));
	there = visitor_of(&second, BUYER, 0);
	buy();
	mine = address_for(&buyer, shop.work);
	assert_int_equal(play(&there, mine), 503); /* it does not know yet */
	media_know_ended(second.serve, learning_ended);
	assert_int_equal(play(&there, mine), 206);
	refund();
	becomes(&there, mine, 403);
	visitor_close(&there);
	serve_stop(second.serve);
}

static void test_access_for_days_ends_in_the_address(void **state)
{
	const char *mine;

	(void)state;
	by_hand(print("update entitlement set until_ms = %lld where source_id = 9", (long long)(world_now_ms(shop.house.world) + HOUR_MS)));
	mine = address_for(&buyer, other_work);
	assert_int_equal(play(&buyer, mine), 206);
	world_move(shop.house.world, HOUR_MS);
	assert_int_equal(play(&buyer, mine), 403);
}

/* Nobody had to pay for it, and nobody has to stop. */
static void test_what_is_free_hangs_on_no_access(void **state)
{
	struct film_draft free_film = { FILM, "test", true, &shop.work };
	const char *mine;

	(void)state;
	buy();
	assert_done(db_write(shop.db, store_film, &free_film));
	mine = address_for(&buyer, shop.work);
	by_hand(print("update entitlement set revoked_ms = %lld where source_id = %lld", (long long)world_now_ms(shop.house.world), (long long)bought.id.v));
	stop();
	start();
	assert_int_equal(play(&buyer, mine), 206);
}

/* ---- an answer that is still open ---- */

enum { LONG_FILM = 256 << 20, SOME = 16 << 20, SIP = 64 << 10 };

static int begin_playing(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)serve_port(shop.house.serve)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *request = print("GET %s HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nCookie: session=%s\r\n\r\n", address, buyer.session);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	return fd;
}

static problem receive(struct tx *tx, void *arg) { return learning_received(tx, (struct user_id){ BUYER }, shop.work, arg); }

/* It counts while it is open, and a refund that was got meanwhile does not let it go on to its end. */
static void test_an_open_answer_counts_and_is_cut(void **state)
{
	static char sip[SIP];
	const char *mine;
	int64_t percent = 0, all = 0;
	ssize_t n = 1;
	int fd;

	(void)state;
	buy();
	mine = address_for(&buyer, shop.work);
	assert_int_equal(truncate(asset_path(shop.arena, text_of(shop.house.folder), (struct asset_id){ FILM }, "video.mp4"), LONG_FILM), 0);
	fd = begin_playing(mine);
	while (all < SOME && (n = recv(fd, sip, sizeof sip, 0)) > 0)
		all += n;
	assert_true(all >= SOME);
	while (!percent) {
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
		assert_done(db_read(shop.db, receive, &percent));
	}
	by_hand(print("update entitlement set revoked_ms = %lld where source_id = %lld", (long long)world_now_ms(shop.house.world), (long long)bought.id.v));
	while ((n = recv(fd, sip, sizeof sip, 0)) > 0) {
		all += n;
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
	}
	assert_true(all < LONG_FILM);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, close_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_refund_ends_the_addresses_that_it_gave), TEST(test_a_refund_that_fails_for_good_gives_them_back),
		TEST(test_whoever_has_it_otherwise_keeps_it), TEST(test_a_restart_revives_nothing), TEST(test_another_process_learns_of_it),
		TEST(test_access_for_days_ends_in_the_address), TEST(test_what_is_free_hangs_on_no_access), TEST(test_an_open_answer_counts_and_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
