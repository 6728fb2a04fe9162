/* settings_test.c - the merchant's keys by upload: what is wrong is named before anything is kept, what is kept is sealed, and the
 * channel goes by it at once; the trial payment, from its code to its refund. The gateway here answers what the test wants. */
#include "payment/testing.h"

#include "account/account.h"
#include "payment/wechat_config.h"
#include "site/site.h"

#define PLAY_MERCHANT "0000000001"

static struct visitor owner;
static struct certificate mine, ended;

static const struct module *const with_settings[] = { &account_module, &site_module, &payment_module, &payment_setting_module, NULL };

/* As zhifang-sandbox makes them: known by their exponent. */
static EVP_PKEY *play_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	BIGNUM *exponent = BN_new();
	EVP_PKEY *key = NULL;

	assert_true(BN_set_word(exponent, 65539) && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1 &&
	            EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent) == 1 && EVP_PKEY_generate(context, &key) == 1);
	BN_free(exponent);
	EVP_PKEY_CTX_free(context);
	return key;
}

static int setup_all(void **state)
{
	setup_keys(state);
	mine = certify_key(play_key(), 0x3A01, START - DAY, START + 400 * (int64_t)DAY);
	ended = certify_key(play_key(), 0x3A02, START - 400 * (int64_t)DAY, START - DAY);
	return 0;
}

static int teardown_all(void **state)
{
	rsa_close(mine.pair.key);
	rsa_close(ended.pair.key);
	return teardown_keys(state);
}

/* No merchant in the configuration: what there is, comes by upload. */
static struct text no_setting(void *self, const char *key)
{
	(void)self;
	return strcmp(key, "wechat.base") ? (struct text){ 0 } : TEXT("http://127.0.0.1:9");
}

static struct text other_merchant(void *self, const char *key)
{
	return strcmp(key, "wechat.base") ? setting(self, key) : TEXT("http://127.0.0.1:9");
}

static int open_shop(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house.options.setting = no_setting;
	house_start(&house, with_settings, &testing_sessions);
	payments = payments_of(house.serve);
	owner = visitor_of(&house, 7, ADMIN);
	return 0;
}

static int close_shop(void **state)
{
	(void)state;
	visitor_close(&owner);
	house_close(&house);
	arena_free(arena);
	return 0;
}

struct upload {
	bool off;
	const char *version, *mchid, *appid, *serial, *platform_serial;
	struct text key, certificate, apiv3_key, platform_key;
};

static const struct upload *right(void)
{
	static struct upload u;

	u = (struct upload){ .version = "0", .mchid = PLAY_MERCHANT, .appid = APP, .serial = "", .platform_serial = SERIAL, .key = mine.pair.private_pem,
	                     .certificate = mine.pem, .apiv3_key = TEXT(APIV3), .platform_key = platform.public_pem };
	return &u;
}

static void add_key(struct buffer *out, const char *name, struct text key)
{
	if (!key.at)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_write_text(out, key);
}

static int put(const struct upload *u)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 * 1024);

	buffer_format(&out, "{\"version\":%s,\"value\":{\"on\":%s,\"mchid\":\"%s\",\"appid\":\"%s\",\"serial\":\"%s\",\"platform_serial\":\"%s\"}", u->version,
	              u->off ? "false" : "true", u->mchid, u->appid, u->serial, u->platform_serial);
	add_key(&out, "key", u->key);
	add_key(&out, "certificate", u->certificate);
	add_key(&out, "apiv3_key", u->apiv3_key);
	add_key(&out, "platform_key", u->platform_key);
	buffer_add_char(&out, '}');
	return visit(&owner, PUT, "/api/settings/payment/wechat", arena_cstr(arena, buffer_text(&out)));
}

static const char *said(const char *path)
{
	const char *s = json_string_value(answer_at(&owner, path));

	return s ? s : "(nothing)";
}

static int64_t stored(const char *sql) { return db_testing_int(house.db, sql); }

static void test_right_keys_open_the_channel(void **state)
{
	struct text body;

	(void)state;
	assert_null(payments->wechat);
	assert_int_equal(put(right()), 200);
	assert_true(json_is_true(answer_at(&owner, "open")));
	assert_string_equal(said("value.serial"), "3A01"); /* read from the certificate */
	assert_int_equal(json_integer_value(answer_at(&owner, "certificate.expires_ms")), mine.until_ms);
	body = owner.answer.body;
	assert_true(text_find(body, TEXT("PRIVATE")) == SIZE_MAX && text_find(body, TEXT(APIV3)) == SIZE_MAX);
	assert_non_null(payments->wechat);
	assert_int_equal(stored("select count(*) from secret where sealed <> ''"), 4);
	assert_int_equal(stored("select count(*) from secret where sealed like '%BEGIN%' or sealed like '%0123456789abcdef%'"), 0);
	assert_int_equal(stored("select count(*) from audit_entry where detail like '%BEGIN%' or detail like '%" APIV3 "%'"), 0);
	/* printf 0123456789abcdef0123456789abcdef | sha256sum */
	assert_string_equal(said("apiv3_key.hint"), "3eb1bd43");
	assert_int_equal(stored("select count(*) from audit_entry where detail like '%cdef%'"), 0);
}

static void test_a_sign_in_of_long_ago_changes_no_keys(void **state)
{
	(void)state;
	strcat(owner.session, "-stale");
	assert_int_equal(put(right()), 403);
	assert_true(answer_is_problem(&owner, "session-not-fresh"));
	assert_int_equal(stored("select count(*) from secret"), 0);
	assert_int_equal(visit(&owner, GET, "/api/settings/payment/wechat", NULL), 200);
}

static void test_a_key_that_is_wrong_is_named(void **state)
{
	struct upload bad[12];
	static const struct {
		const char *path, *why;
	} says[12] = {
		{ "key", "not-a-key" }, { "certificate", "not-a-certificate" }, { "certificate", "other-key" }, { "certificate", "expired" },
		{ "apiv3_key", "not-32-characters" }, { "platform_key", "not-a-key" }, { "platform_key", "payment-own-serial" },
		{ "value.platform_serial", "missing" }, { "value.mchid", "pattern" }, { "value.appid", "pattern" }, { "certificate", "missing" },
		{ "apiv3_key", "missing" },
	};

	(void)state;
	for (size_t i = 0; i < 12; i++)
		bad[i] = *right();
	bad[0].key = mine.pem;
	bad[1].certificate = mine.pair.private_pem;
	bad[2].key = merchant.private_pem;
	bad[3].certificate = ended.pem, bad[3].key = ended.pair.private_pem;
	bad[4].apiv3_key = TEXT("short");
	bad[5].platform_key = TEXT("<html>404</html>");
	bad[6].platform_key = mine.pem;
	bad[7].platform_serial = "";
	bad[8].mchid = "19x";
	bad[9].appid = "0001";
	bad[10].certificate = (struct text){ 0 };
	bad[11].apiv3_key = (struct text){ 0 };
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(put(&bad[i]), 422);
		assert_string_equal(said("errors.0.path"), says[i].path);
		assert_string_equal(said("errors.0.why"), says[i].why);
	}
	assert_int_equal(stored("select count(*) from secret"), 0);
	assert_int_equal(stored("select count(*) from setting"), 0);
	assert_null(payments->wechat);
}

static void test_real_money_stays_out_of_a_sandbox(void **state)
{
	struct upload u = *right();

	(void)state;
	u.mchid = MERCHANT;
	assert_int_equal(put(&u), 422);
	assert_true(answer_is_problem(&owner, "real-merchant"));
	u = *right();
	u.key = merchant.private_pem;
	u.certificate = (struct text){ 0 };
	u.serial = "AB";
	assert_int_equal(put(&u), 422);
	assert_true(answer_is_problem(&owner, "real-merchant"));
}

static void test_play_money_stays_out_of_production(void **state)
{
	(void)state;
	serve_stop(house.serve);
	house.options.sandbox = false;
	house_start(&house, with_settings, &testing_sessions);
	assert_string_equal(wechat__fits_mode(house.serve, TEXT(PLAY_MERCHANT), merchant.private_pem)->type, "sandbox-merchant");
	assert_string_equal(wechat__fits_mode(house.serve, TEXT(MERCHANT), mine.pair.private_pem)->type, "sandbox-merchant");
	assert_null(wechat__fits_mode(house.serve, TEXT(MERCHANT), merchant.private_pem));
}

static void test_a_change_keeps_the_keys_and_two_owners_see_one_another(void **state)
{
	struct upload u = *right();

	(void)state;
	assert_int_equal(put(right()), 200);
	u.key = u.certificate = u.apiv3_key = u.platform_key = (struct text){ 0 };
	u.serial = "3A01";
	u.appid = "wx0000000000000002";
	assert_int_equal(put(&u), 409);
	assert_true(answer_is_problem(&owner, "setting-changed"));
	u.version = "1";
	assert_int_equal(put(&u), 200);
	assert_int_equal(stored("select count(*) from secret where version = 1"), 4);
	assert_non_null(payments->retired); /* a call may still go on with it */
	assert_string_equal(said("value.appid"), "wx0000000000000002");
}

static void test_the_merchant_stays_while_only_it_can_give_back(void **state)
{
	struct upload u = *right();

	(void)state;
	assert_int_equal(put(right()), 200);
	assert_done(db_write(house.db, begin_it, NULL));
	db_testing_run(house.db, "update payment set state = 'PAID'");
	u.version = "1";
	u.mchid = "0000000002";
	assert_int_equal(put(&u), 409);
	assert_true(answer_is_problem(&owner, "payment-merchant-fixed"));
	db_testing_run(house.db, "update payment set state = 'CLOSED'");
	assert_int_equal(put(&u), 200);
}

/* With settings that go off and on the merchant changes as well. */
static void test_the_merchant_stays_when_settings_go_off_and_on(void **state)
{
	struct upload u = *right();

	(void)state;
	serve_stop(house.serve);
	house.options.setting = other_merchant;
	house_start(&house, with_settings, &testing_sessions);
	payments = payments_of(house.serve);
	assert_done(db_write(house.db, begin_it, NULL));
	db_testing_run(house.db, "update payment set state = 'PAID'");
	assert_int_equal(put(&u), 409); /* the configuration's merchant has been paid */
	assert_true(answer_is_problem(&owner, "payment-merchant-fixed"));
	db_testing_run(house.db, "update payment set state = 'CLOSED'");
	assert_int_equal(put(&u), 200);
	db_testing_run(house.db, "update payment set state = 'PAID'");
	u.version = "1";
	u.off = true;
	assert_int_equal(put(&u), 409); /* back to the configuration's */
	assert_true(answer_is_problem(&owner, "payment-merchant-fixed"));
}

static void test_no_other_merchant_by_way_of_none(void **state)
{
	struct upload u = *right();

	(void)state;
	assert_int_equal(put(&u), 200);
	assert_done(db_write(house.db, begin_it, NULL));
	db_testing_run(house.db, "update payment set state = 'PAID'");
	u.version = "1";
	u.off = true;
	assert_int_equal(put(&u), 200); /* nothing is sold for a while */
	u.version = "2";
	u.off = false;
	u.mchid = "0000000002";
	assert_int_equal(put(&u), 409);
	u.mchid = PLAY_MERCHANT;
	assert_int_equal(put(&u), 200);
}

static problem begin_under_app(struct tx *tx, void *arg)
{
	const struct payment_draft draft = {
		.payable_kind = "thing", .channel = "wechat", .payable = PAYABLE, .way = PAYMENT_NATIVE, .amount = MONEY(FEN), .description = TEXT("Thing"),
		.payer_address = TEXT("127.0.0.1"), .expires_ms = tx_now_ms(tx) + 900000, .app = payment_app(payments, TEXT("wechat")),
	};

	tx_use_arena(tx, arena);
	return payment_begin(tx, &draft, arg);
}

static problem read_begun(struct tx *tx, void *arg)
{
	struct payment *p = arg;

	tx_use_arena(tx, arena);
	return payment_by_id(tx, p->id, p);
}

static bool matches(const char *appid)
{
	const struct channel_fact fact = { .tag = CHANNEL_PAID, .trade_no = payment.trade_no, .transaction = TEXT("42"), .merchant = TEXT(PLAY_MERCHANT),
	                                   .app = text_of(appid), .currency = TEXT("CNY"), .total = MONEY(FEN) };

	return payments->wechat->matches(payments->wechat_self, &fact, &payment);
}

static void test_what_was_begun_under_another_appid_can_still_be_paid(void **state)
{
	struct upload u = *right();

	(void)state;
	assert_int_equal(put(&u), 200);
	assert_done(db_write(house.db, begin_under_app, &payment));
	u.version = "1";
	u.appid = "wx0000000000000002";
	assert_int_equal(put(&u), 200);
	assert_done(db_read(house.db, read_begun, &payment));
	assert_true(matches(APP));
	assert_false(matches("wx0000000000000002"));
	payment.app = (struct text){ 0 }; /* of before appids were kept */
	assert_true(matches("wx0000000000000002"));
	assert_false(matches(APP));
}

static problem begin_inside(struct tx *tx, void *arg)
{
	const struct payment_draft draft = {
		.payable_kind = "thing", .channel = "wechat", .payable = PAYABLE, .way = PAYMENT_JSAPI, .amount = MONEY(FEN), .description = TEXT("Thing"),
		.payer_address = TEXT("127.0.0.1"), .expires_ms = tx_now_ms(tx) + 900000, .payer = text_of(arg),
	};

	tx_use_arena(tx, arena);
	return payment_begin(tx, &draft, &payment);
}

static int64_t begun_by(const char *openid)
{
	assert_done(db_write(house.db, begin_inside, (void *)openid));
	return payment.id.v;
}

static void test_another_wechat_gets_an_attempt_of_its_own(void **state)
{
	int64_t first;

	(void)state;
	first = begun_by("oFirst");
	assert_int_equal(begun_by("oFirst"), first);
	assert_int_not_equal(begun_by("oSecond"), first);
	assert_int_equal(begun_by("oFirst"), first);
}

static void test_settings_that_cannot_be_read_close_no_channel(void **state)
{
	void *before;

	(void)state;
	assert_int_equal(put(right()), 200);
	before = payments->wechat_self;
	db_testing_run(house.db, "insert into setting (name, version, value, changed_by, changed_ms) select name, 2, '{', changed_by, changed_ms from setting"
	                         " where name = 'payment.wechat'");
	setting_refresh(house.serve);
	assert_non_null(payments->wechat);
	assert_ptr_equal(payments->wechat_self, before);
	db_testing_run(house.db, "update setting set value = (select value from setting where name = 'payment.wechat' and version = 1)"
	                         " where name = 'payment.wechat' and version = 2");
	setting_refresh(house.serve);
	assert_non_null(payments->wechat);
	assert_ptr_not_equal(payments->wechat_self, before); /* it was tried again */
}

static void test_an_ending_certificate_stands_on_the_list(void **state)
{
	(void)state;
	assert_int_equal(visit(&owner, GET, "/api/site/checks", NULL), 200);
	assert_non_null(strstr(arena_cstr(arena, owner.answer.body), "\"key\":\"payment-keys\",\"state\":\"missing\""));
	assert_int_equal(put(right()), 200);
	visit(&owner, GET, "/api/site/checks", NULL);
	assert_non_null(strstr(arena_cstr(arena, owner.answer.body), "\"key\":\"payment-keys\",\"state\":\"good\""));
	db_testing_run(house.db, "update secret set expires_ms = 1 where name = 'payment.wechat.certificate'");
	visit(&owner, GET, "/api/site/checks", NULL);
	assert_non_null(strstr(arena_cstr(arena, owner.answer.body), "\"key\":\"payment-keys\",\"state\":\"wrong\""));
}

/* ---- the trial ---- */

static problem trial_created(void *self, struct arena *to, const struct payment *p, struct text notify_url, struct text *ret_url)
{
	(void)self, (void)to, (void)notify_url;
	assert_int_equal(p->amount.fen, 1);
	*ret_url = TEXT("weixin://wxpay/bizpayurl?pr=trial");
	return NULL;
}

static enum refund_tag refund_answer;
static problem trial_refunded(void *self, struct arena *to, const struct channel_refund *refund, struct refund_fact *ret)
{
	(void)self, (void)to;
	assert_int_equal(refund->amount.fen, 1);
	assert_int_equal(refund->total.fen, 1);
	*ret = (struct refund_fact){ .tag = refund_answer };
	return NULL;
}
static bool refund_matches(void *self, const struct refund_fact *fact, const struct refund *refund, const struct payment *p)
{
	(void)self, (void)fact;
	return refund->payment.v == p->id.v;
}
static bool trial_matches(void *self, const struct channel_fact *fact, const struct payment *p)
{
	(void)self;
	return fact->total.fen == p->amount.fen;
}
static void trial_closed(void *self) { (void)self; }
static const struct channel trial_channel = {
	.name = "wechat", .create = trial_created, .refund = trial_refunded, .matches = trial_matches,
	.matches_refund = refund_matches, .close_state = trial_closed,
};

static problem pay_trial(struct tx *tx, void *arg)
{
	const struct channel_fact fact = { .tag = CHANNEL_PAID, .transaction = TEXT("42"), .total = MONEY(1), .paid_ms = tx_now_ms(tx) };
	struct payment p;
	problem why = payment_by_id(tx, (struct payment_id){ *(int64_t *)arg }, &p);

	return why ? why : payment__apply(payments, tx, &p, &fact);
}

static const char *state_of_trial(int64_t id)
{
	assert_int_equal(visit(&owner, GET, arena_cstr(arena, arena_format(arena, "/api/settings/payment/trials/%lld", (long long)id)), NULL), 200);
	return said("state");
}

static void run_jobs(void)
{
	const struct job_kind *const tables[] = { payment_jobs };
	struct db_jobs *jobs;

	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &jobs));
	db_jobs_run(jobs);
	db_jobs_stop(jobs);
}

static void test_one_fen_goes_and_comes_back(void **state)
{
	struct ledger_report book;
	int64_t id;

	(void)state;
	assert_int_equal(visit(&owner, POST, "/api/settings/payment/trials", NULL), 503);
	assert_true(answer_is_problem(&owner, "payment-channel-off"));
	payments->wechat = &trial_channel;
	refund_answer = REFUND_TAG_PROCESSING;
	assert_int_equal(visit(&owner, POST, "/api/settings/payment/trials", NULL), 201);
	id = json_integer_value(answer_at(&owner, "id"));
	assert_int_equal(visit(&owner, POST, "/api/settings/payment/trials", NULL), 201);
	assert_int_equal(json_integer_value(answer_at(&owner, "id")), id); /* the same one while it is open */
	assert_string_equal(state_of_trial(id), "waiting");
	assert_int_equal(visit(&owner, GET, arena_cstr(arena, arena_format(arena, "/api/settings/payment/trials/%lld/qr.svg", (long long)id)), NULL), 200);
	assert_done(db_write(house.db, pay_trial, &id));
	assert_string_equal(state_of_trial(id), "refunding");
	assert_int_equal(json_integer_value(answer_at(&owner, "notified_ms")), 0); /* it was found by asking */
	refund_answer = REFUND_TAG_SUCCESS;
	run_jobs();
	assert_string_equal(state_of_trial(id), "refunded");
	assert_done(ledger_verify(house.db, arena, &book));
	assert_true(book.sound);
	assert_int_equal(stored("select coalesce(sum(amount), 0) from posting where account_id in (select id from account where code = 'A10')"), 0);
	visit(&owner, GET, "/api/site/checks", NULL);
	assert_non_null(strstr(arena_cstr(arena, owner.answer.body), "\"key\":\"payment-trial\",\"state\":\"good\""));
}

static void test_a_payment_of_a_buyer_is_no_trial(void **state)
{
	(void)state;
	assert_done(db_write(house.db, begin_it, NULL));
	assert_int_equal(visit(&owner, GET, arena_cstr(arena, arena_format(arena, "/api/settings/payment/trials/%lld", (long long)payment.id.v)), NULL), 404);
}

#define TEST_CASE(fn) cmocka_unit_test_setup_teardown(fn, open_shop, close_shop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(test_a_sign_in_of_long_ago_changes_no_keys), TEST_CASE(test_the_merchant_stays_when_settings_go_off_and_on),
		TEST_CASE(test_no_other_merchant_by_way_of_none), TEST_CASE(test_what_was_begun_under_another_appid_can_still_be_paid),
		TEST_CASE(test_another_wechat_gets_an_attempt_of_its_own), TEST_CASE(test_settings_that_cannot_be_read_close_no_channel),
		TEST_CASE(test_right_keys_open_the_channel), TEST_CASE(test_a_key_that_is_wrong_is_named), TEST_CASE(test_real_money_stays_out_of_a_sandbox),
		TEST_CASE(test_play_money_stays_out_of_production),
		TEST_CASE(test_a_change_keeps_the_keys_and_two_owners_see_one_another),
		TEST_CASE(test_the_merchant_stays_while_only_it_can_give_back), TEST_CASE(test_an_ending_certificate_stands_on_the_list),
		TEST_CASE(test_one_fen_goes_and_comes_back), TEST_CASE(test_a_payment_of_a_buyer_is_no_trial),
	};

	log_set(STDERR_FILENO, LOG_ERROR);
	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
