/* payers_test.c - paying inside WeChat, where the official account and WeChat Pay may be of two appids. */
#include "app/app_room.h"

#include "account/account.h"
#include "base/testing.h"
#include "oauth/oauth.h"
#include "payment/payment_room.h"
#include "serve/testing.h"
#include "site/site.h"

static struct house house;
static struct visitor owner;
static const char *appid; /* of WeChat Pay */

static struct text app(void *self)
{
	(void)self;
	return text_of(appid);
}
static void close_state(void *self) { (void)self; }
static const struct channel channel = { .name = "wechat", .app = app, .close_state = close_state };

static int setup(void **state)
{
	static const struct module *const modules[] = { &account_module, &site_module, &payment_module, &payment_setting_module, &payers_module, &oauth_module, NULL };

	(void)state;
	house_open(&house, NULL, 0);
	house_start(&house, modules, &testing_sessions);
	payments_of(house.serve)->wechat = &channel;
	owner = visitor_of(&house, 7, ADMIN);
	appid = "wx1";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	visitor_close(&owner);
	house_close(&house);
	return 0;
}

static problem ask_payer(struct tx *tx, void *arg)
{
	struct text openid;

	(void)arg;
	return payment_payer(payments_of(house.serve), tx, (struct user_id){ 7 }, &openid);
}

static bool list_says(const char *state)
{
	char row[128];

	assert_int_equal(visit(&owner, GET, "/api/site/checks", NULL), 200);
	snprintf(row, sizeof row, "\"key\":\"wechat-pay-inside\",\"state\":\"%s\"", state);
	return text_find(owner.answer.body, text_of(row)) != SIZE_MAX;
}

static void set_official_account(void)
{
	assert_int_equal(visit(&owner, PUT, "/api/settings/wechat", "{\"version\":0,\"value\":{\"on\":true,\"appid\":\"wx1\"},\"secret\":\"s\"}"), 200);
}

static void test_two_appids_are_told(void **state)
{
	(void)state;
	assert_true(list_says("later"));
	assert_ptr_equal(db_read(house.db, ask_payer, NULL), &payment_payer_unknown);
	set_official_account();
	assert_true(list_says("good"));
	assert_ptr_equal(db_read(house.db, ask_payer, NULL), &payment_payer_unknown); /* he bound none */
	appid = "wx2";
	assert_true(list_says("wrong"));
	assert_ptr_equal(db_read(house.db, ask_payer, NULL), &payment_channel_off); /* signing in would not help */
	appid = "";
	assert_true(list_says("later"));
}

/* What cannot be read is no reason to send somebody to sign in. */
static void test_a_broken_setting_is_not_taken_for_nobody(void **state)
{
	problem why;

	(void)state;
	set_official_account();
	db_testing_run(house.db, "update setting set value = '{' where name = 'oauth.official'");
	why = db_read(house.db, ask_payer, NULL);
	assert_non_null(why);
	assert_ptr_not_equal(why, &payment_payer_unknown);
	assert_true(list_says("later"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_two_appids_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_broken_setting_is_not_taken_for_nobody, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
