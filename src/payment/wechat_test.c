/* wechat_test.c - notifications as WeChat Pay sends them, made with keys of our own and then changed in every way that a
 * forger, a broken proxy or another merchant would: none of them may have an effect. The right one has, once. */
#include "payment/testing.h"

/* ---- tests ---- */

static void test_the_right_message_has_one_effect(void **state)
{
	struct message m = right_message();
	struct channel_fact fact;

	(void)state;
	assert_done(judge(&m, &fact));
	assert_int_equal(fact.tag, CHANNEL_PAID);
	assert_int_equal(fact.total.fen, FEN);
	assert_int_equal(fact.paid_ms, 1790000000000);
	expect_effects(0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(deliver(&m), 204);
	expect_effects(1);
}

/* F19: every bit of the body, then one letter of each through HTTP. */
static void test_F19_no_bit_of_the_body_may_change(void **state)
{
	struct message m = right_message();
	char *body = (char *)arena_cstr(arena, m.body);
	struct channel_fact fact;

	(void)state;
	m.body.at = body;
	for (size_t i = 0; i < m.body.length; i++) {
		for (int bit = 0; bit < 8; bit++) {
			body[i] = (char)(body[i] ^ 1 << bit);
			assert_problem(judge(&m, &fact), payment_forged);
			body[i] = (char)(body[i] ^ 1 << bit);
		}
	}
	for (size_t i = 0; i < m.body.length; i += 7) {
		body[i] ^= 1;
		expect_refused(&m, 401, "a changed byte");
		body[i] ^= 1;
	}
	for (size_t cut = 1; cut <= m.body.length; cut += 31) {
		struct message shorter = m;

		shorter.body.length -= cut;
		assert_problem(judge(&shorter, &fact), payment_forged);
	}
	assert_done(judge(&m, &fact));
}

/* F19: every bit of every header, of its name and of its value. */
static bool same_header(const struct header *a, const struct header *b) { return text_eq_nocase(a->name, b->name) && text_eq(a->value, b->value); }

static void expect_flips_refused(struct message *m, size_t which, bool name)
{
	const struct header right = m->headers[which];
	struct text *part = name ? &m->headers[which].name : &m->headers[which].value;
	char *bytes = (char *)arena_cstr(arena, *part);
	struct channel_fact fact;

	part->at = bytes;
	for (size_t i = 0; i < 8 * part->length; i++) {
		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
		/* letters of a name have no case, and without its type a message is as good */
		if (!same_header(&m->headers[which], &right) && !(name && which == TYPE) && !judge(m, &fact))
			fail_msg("bit %zu of header %zu does not matter", i, which);
		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
	}
}

static void test_F19_no_bit_of_a_header_may_change(void **state)
{
	struct message m = right_message();
	struct channel_fact fact;

	(void)state;
	for (size_t which = 0; which < HEADERS; which++) {
		expect_flips_refused(&m, which, false);
		expect_flips_refused(&m, which, true);
		m = right_message();
	}
	assert_done(judge(&m, &fact));
	for (size_t which = 0; which < HEADERS; which++) { /* one letter of each, over HTTP */
		struct text value = m.headers[which].value;
		char *bytes = (char *)arena_cstr(arena, value);

		bytes[value.length / 2] ^= 1;
		m.headers[which].value.at = bytes;
		expect_refused(&m, 401, "a changed header");
		m.headers[which].value = value;
	}
}

/* F19: many things wrong at once, from a fixed seed: bytes changed, moved, repeated, left out. */
static uint64_t seed;
static size_t below(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % n;
}

static struct text mutated(struct arena *to, struct text t)
{
	size_t at = t.length ? below(t.length) : 0, n = 1 + below(8), from = t.length ? below(t.length) : 0;
	struct text head = text_head(t, at), tail = text_from(t, at);

	switch (below(4)) {
	case 0: /* left out */
		return arena_format(to, "%.*s%.*s", TEXT_ARG(head), TEXT_ARG(text_from(tail, n < tail.length ? n : tail.length)));
	case 1: /* repeated from elsewhere */
		return arena_format(to, "%.*s%.*s%.*s", TEXT_ARG(head), TEXT_ARG(text_head(text_from(t, from), n < t.length - from ? n : t.length - from)),
		                    TEXT_ARG(tail));
	case 2: /* cut */
		return head;
	default: /* another byte */
		return arena_format(to, "%.*s%c%.*s", TEXT_ARG(head), (int)(1 + below(255)), TEXT_ARG(text_from(tail, tail.length ? 1 : 0)));
	}
}

static bool same_message(const struct message *a, const struct message *b)
{
	for (size_t i = 0; i < HEADERS; i++) {
		if (!same_header(&a->headers[i], &b->headers[i]) && !(i == TYPE && !b->headers[i].value.at))
			return false;
	}
	return text_eq(a->body, b->body);
}

static void test_F19_no_mixture_of_changes_has_an_effect(void **state)
{
	const struct message right = right_message();
	struct arena *scratch = arena_new(1 << 20), *kept = arena;

	(void)state;
	seed = 20260921;
	for (int round = 0; round < 20000; round++) {
		struct message m = right;
		struct channel_fact fact;

		arena_reset(scratch);
		for (size_t changes_left = 1 + below(4); changes_left; changes_left--) {
			size_t which = below(2 * HEADERS);

			if (which < HEADERS)
				m.headers[which].value = mutated(scratch, m.headers[which].value);
			else
				m.body = mutated(scratch, m.body);
		}
		arena = scratch;
		if (!same_message(&right, &m) && !judge(&m, &fact))
			fail_msg("round %d was believed", round);
		arena = kept;
	}
	arena_free(scratch);
	expect_effects(0);
}

/* F20 */
static void test_F20_signatures(void **state)
{
	struct message right = right_message(), m = right;
	struct text good = right.headers[SIGNATURE].value, timestamp = right.headers[TIMESTAMP].value, nonce = right.headers[NONCE].value;
	const struct text bad[] = {
		TEXT("x"), TEXT("!!!!"), TEXT("===="), TEXT("AAAA"), text_head(good, good.length - 4), text_head(good, good.length - 1),
		arena_format(arena, "%.*s\t", TEXT_ARG(good)), arena_format(arena, "%.*sAAAA", TEXT_ARG(good)),
		arena_format(arena, "WECHATPAY/SIGNTEST/%.*s", TEXT_ARG(good)),
		sign(stranger.key, timestamp, nonce, right.body), sign(merchant.key, timestamp, nonce, right.body),
		sign(platform.key, timestamp, nonce, TEXT("{}")), sign(platform.key, timestamp, TEXT("other"), right.body),
		sign(platform.key, seconds(now_s() + 1), nonce, right.body),
	};
	struct channel_fact fact;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		m.headers[SIGNATURE].value = bad[i];
		if (i != 6) /* a blank behind a header's value is none of it */
			expect_refused(&m, 401, "signature");
		assert_problem(judge(&m, &fact), payment_forged);
	}
	m.headers[SIGNATURE].value = TEXT("");
	assert_problem(judge(&m, &fact), payment_forged);
	for (size_t i = 0; i < good.length; i++) {
		char *changed = (char *)arena_cstr(arena, good);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		m.headers[SIGNATURE].value = (struct text){ changed, good.length };
		assert_problem(judge(&m, &fact), payment_forged);
	}
	expect_effects(0);
}

/* F21 */
static void test_F21_headers_missing_doubled_and_unknown(void **state)
{
	struct message right = right_message();
	struct channel_fact fact;

	(void)state;
	for (int i = 0; i < HEADERS; i++) {
		struct message twice = right, without = right;

		twice.headers[twice.count++] = right.headers[i];
		expect_refused(&twice, 401, "a doubled header");
		without.headers[i] = without.headers[--without.count];
		if (i == TYPE)
			assert_done(judge(&without, &fact));
		else
			expect_refused(&without, 401, "a missing header");
	}
	for (int i = SERIAL_AT; i < HEADERS; i++) {
		struct message m = right;

		m.headers[i].value = i == SERIAL_AT ? TEXT("PUB_KEY_ID_0119000000012025") : TEXT("WECHATPAY2-SM2-WITH-SM3");
		expect_refused(&m, 401, "another serial or type");
	}
	expect_effects(0);
}

/* F22, F23: the clock of the sender may differ by less than five minutes. */
static void test_F22_timestamps(void **state)
{
	struct resource r = resource_of(right_plain());
	struct text body = body_of(&r);
	const int64_t good[] = { -299, -1, 0, 1, 299 }, bad[] = { -86400, -301, -300, 300, 301, 86400 };
	const struct text wrong[] = {
		TEXT("abc"), TEXT("1e9"), TEXT("-1"), TEXT("0"), TEXT("9223372036854775807"), TEXT("9223372036854775808"), TEXT("-9223372036854775808"),
		TEXT("99999999999999999999999999"), TEXT("0x6ab13b80"), arena_format(arena, "%lld.0", (long long)now_s()),
		arena_format(arena, "+%lld", (long long)now_s()), arena_format(arena, "%lld000", (long long)now_s()),
	};
	struct channel_fact fact;
	struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		m = message_at(seconds(now_s() + bad[i]), body);
		expect_refused(&m, 401, "timestamp");
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		m = message_at(wrong[i], body);
		expect_refused(&m, 401, "timestamp");
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		m = message_at(seconds(now_s() + good[i]), body);
		assert_done(judge(&m, &fact));
	}
	m = message_at(seconds(now_s() - 299), body);
	assert_int_equal(deliver(&m), 204);
	world_move(house.world, 1000);
	assert_int_equal(deliver(&m), 401);
	expect_effects(1);
}

/* F24, F25: rightly signed, but about somebody or something else. */
static void test_F24_F25_other_merchants_and_sums(void **state)
{
	const struct text others[] = {
		plain_of("10000", "CNY", "1900000002", APP),    plain_of("10000", "CNY", MERCHANT, "wx0000000000000002"),
		plain_of("9999", "CNY", MERCHANT, APP),         plain_of("10001", "CNY", MERCHANT, APP),
		plain_of("0", "CNY", MERCHANT, APP),            plain_of("-10000", "CNY", MERCHANT, APP),
		plain_of("10000", "USD", MERCHANT, APP),        plain_of("10000", "cny", MERCHANT, APP),
		plain_of("10000", "", MERCHANT, APP),           plain_of("\"10000\"", "CNY", MERCHANT, APP),
		plain_of("10000.0", "CNY", MERCHANT, APP),      plain_of("1e4", "CNY", MERCHANT, APP),
		plain_of("null", "CNY", MERCHANT, APP),         plain_of("[10000]", "CNY", MERCHANT, APP),
	};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct resource r = resource_of(others[i]);
		struct message m = message_of(body_of(&r));

		expect_refused(&m, 400, "another merchant or sum");
	}
}

static struct text deep_json(size_t depth)
{
	char *out = arena_alloc(arena, depth);

	memset(out, '[', depth);
	return (struct text){ out, depth };
}

/* F26: rightly signed, but what is inside is broken. */
static void test_F26_resources(void **state)
{
	struct resource right = resource_of(right_plain()), all[40];
	char long_nonce[4097];
	size_t n = 0;
	const struct text plains[] = {
		TEXT(""), TEXT("x"), TEXT("null"), TEXT("[]"), TEXT("{}"), TEXT("{\"trade_state\":\"SUCCESS\"}"), deep_json(30000),
		plain_of("NaN", "CNY", MERCHANT, APP), plain_of("1e400", "CNY", MERCHANT, APP), plain_of("10000,\"total\":10000", "CNY", MERCHANT, APP),
		plain_of("99999999999999999999999", "CNY", MERCHANT, APP), plain_of("10000", "CN\xff", MERCHANT, APP),
		plain_of("10000", "CNY\\u0000", MERCHANT, APP), arena_format(arena, "%.*s x", TEXT_ARG(right.plain)),
		text_head(right.plain, right.plain.length - 1),
	};

	(void)state;
	memset(long_nonce, 'n', sizeof long_nonce - 1);
	long_nonce[4096] = '\0';
	all[n] = right, all[n++].algorithm = TEXT("AEAD_AES_128_GCM");
	all[n] = right, all[n++].algorithm = TEXT("");
	all[n] = right, all[n++].nonce = TEXT("");
	all[n] = right, all[n++].nonce = TEXT("fdasflkja48");
	all[n] = right, all[n++].nonce = TEXT("fdasflkja4844");
	all[n] = right, all[n++].nonce = text_of(long_nonce);
	all[n] = right, all[n++].said_aad = TEXT("refund");
	all[n] = right, all[n++].said_aad = TEXT("");
	for (size_t cut = 1; cut <= GCM_TAG_BYTES; cut += 5)
		all[n] = right, all[n++].cut = cut;
	all[n] = right, all[n++].key = TEXT("0123456789abcdef0123456789abcdeF");
	for (size_t i = 0; i < sizeof plains / sizeof *plains; i++)
		all[n++] = resource_of(plains[i]);
	for (size_t i = 0; i < n; i++) {
		struct message m = message_of(body_of(&all[i]));
		char what[32];

		snprintf(what, sizeof what, "resource %zu", i);
		expect_refused(&m, 401, what);
	}
}

static void test_F26_bodies_that_are_no_message(void **state)
{
	const struct text bodies[] = {
		TEXT("x"), TEXT("{}"), TEXT("[]"), TEXT("null"), TEXT("{\"id\":\"EV\"}"), TEXT("{\"id\":\"EV\",\"resource\":[]}"),
		TEXT("{\"id\":7,\"resource\":{}}"), TEXT("{\"id\":\"EV\",\"resource\":{\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"\"}}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct message m = message_of(bodies[i]);

		expect_refused(&m, 401, "no message");
	}
}

/* F17, and what is no news of a payment. */
static void test_rightly_signed_but_nothing_to_do(void **state)
{
	struct text plain = right_plain();
	size_t at = text_find(plain, payment.trade_no), state_at = text_find(plain, TEXT("SUCCESS"));
	struct resource unknown = resource_of(arena_text(arena, plain)), unpaid = unknown;
	struct message m;

	(void)state;
	((char *)unknown.plain.at)[at + 2] ^= 1;
	m = message_of(body_of(&unknown));
	expect_refused(&m, 404, "unknown payment");
	unpaid.plain = arena_format(arena, "%.*sNOTPAY%.*s", (int)state_at, plain.at, TEXT_ARG(text_from(plain, state_at + 7)));
	m = message_of(body_of(&unpaid));
	expect_refused(&m, 204, "not paid");
	m = right_message();
	assert_int_equal(deliver(&m), 204);
	expect_effects(1);
}

static void test_times_of_success(void **state)
{
	static const struct {
		const char *time;
		int64_t ms; /* 0: refused */
	} times[] = {
		{ "2018-06-08T10:34:56+08:00", 1528425296000 }, { "2018-06-08T02:34:56Z", 1528425296000 }, { "2018-06-07T21:34:56-05:00", 1528425296000 },
		{ "2018-06-08T10:34:56.123+08:00", 1528425296000 }, { "2024-02-29T00:00:00+08:00", 1709136000000 },
		{ "", 0 }, { "2018-06-08", 0 }, { "2018-06-08T10:34:56", 0 }, { "2018-13-08T10:34:56+08:00", 0 }, { "2018-06-08T10:34:56+08:00x", 0 },
		{ "2018-06-08T10:34:56 08:00", 0 }, { "1528425296000", 0 }, { "2018-02-30T10:34:56+08:00", 0 },
		{ "2018-06-08T10:34:56+8:-1", 0 }, { "2018-06-08T10:34:56+08:60", 0 }, { "2018-06-08T10:34:56+24:00", 0 },
		{ "2018- 6- 8T10:34:56+08:00", 0 }, { "2018-06-08T 0:34:56.5+08:00", 0 }, { "2018-06-08T10:34:56+0800", 0 },
		{ "2018-06-08T10:34:56+08:00 and a long tail of words", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct text plain = arena_format(arena,
		                                 "{\"mchid\":\"" MERCHANT "\",\"appid\":\"" APP "\",\"out_trade_no\":\"ZF1\",\"transaction_id\":\"1\","
		                                 "\"trade_state\":\"SUCCESS\",\"success_time\":\"%s\",\"amount\":{\"total\":1}}",
		                                 times[i].time);
		struct resource r = resource_of(plain);
		struct message m = message_of(body_of(&r));
		struct channel_fact fact;
		problem why = judge(&m, &fact);

		if (!times[i].ms)
			assert_problem(why, payment_forged);
		else
			assert_done(why);
		if (times[i].ms)
			assert_int_equal(fact.paid_ms, times[i].ms);
	}
}

static void test_a_message_is_limited(void **state)
{
	char *large = arena_alloc(arena, 70000);
	struct message m;

	(void)state;
	memset(large, ' ', 69999);
	m = message_of((struct text){ large, 69999 });
	expect_refused(&m, 413, "too large");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The message as WeChat Pay's documentation has it; verified by OpenSSL, not by what signed it. */
static void test_what_the_payers_wechat_is_called_with(void **state)
{
	const struct payment inside = { .way = PAYMENT_JSAPI, .prepay = TEXT("wx201410272009395522657a690389285100") };
	struct payment_call call;
	struct text message, signature;
	BIO *bio = BIO_new_mem_buf(merchant.public_pem.at, (int)merchant.public_pem.length);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();

	(void)state;
	assert_done(payments->wechat->invoke(payments->wechat_self, arena, &inside, &call));
	assert_text(call.app, APP);
	assert_text(call.package, "prepay_id=wx201410272009395522657a690389285100");
	assert_text(call.sign_type, "RSA");
	message = arena_format(arena, APP "\n%lld\n%.*s\nprepay_id=wx201410272009395522657a690389285100\n", (long long)now_s(), TEXT_ARG(call.nonce));
	assert_true(base64_decode(arena, call.pay_sign, &signature));
	assert_int_equal(EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(digest, (const unsigned char *)signature.at, signature.length, (const unsigned char *)message.at, message.length), 1);
	EVP_MD_CTX_free(digest);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_right_message_has_one_effect),
		TEST(test_F19_no_bit_of_the_body_may_change),
		TEST(test_F19_no_bit_of_a_header_may_change),
		TEST(test_F19_no_mixture_of_changes_has_an_effect),
		TEST(test_F20_signatures),
		TEST(test_F21_headers_missing_doubled_and_unknown),
		TEST(test_F22_timestamps),
		TEST(test_F24_F25_other_merchants_and_sums),
		TEST(test_F26_resources),
		TEST(test_F26_bodies_that_are_no_message),
		TEST(test_rightly_signed_but_nothing_to_do),
		TEST(test_times_of_success),
		TEST(test_a_message_is_limited),
		TEST(test_what_the_payers_wechat_is_called_with),
	};

	log_set(STDERR_FILENO, LOG_ERROR); /* each forgery is a warning */
	return cmocka_run_group_tests(tests, setup_keys, teardown_keys);
}
