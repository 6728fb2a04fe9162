/* keys_test.c - the certificates of WeChat Pay: fetched, stored, rotated while messages are under way, expired, forged. The
 * gateway here is a server that lists what the test wants; it shares nothing with wechat_keys.c. */
#include "payment/testing.h"

#include "payment/wechat_room.h"

/* ---- certificates ---- */

static struct certificate old, new, coming, own; /* own: with the merchant's serial */

static int setup_all(void **state)
{
	setup_keys(state);
	old = certify(0x51DE10EF, START - 300 * (int64_t)DAY, START + 10 * (int64_t)DAY);
	new = certify(0x7A3C55E1, START - DAY, START + 400 * (int64_t)DAY);
	coming = certify(0x6B000001, START + 2 * (int64_t)DAY, START + 400 * (int64_t)DAY);
	own = certify(0xAB, START - DAY, START + DAY);
	return 0;
}

static int teardown_all(void **state)
{
	rsa_close(old.pair.key);
	rsa_close(new.pair.key);
	rsa_close(coming.pair.key);
	rsa_close(own.pair.key);
	return teardown_keys(state);
}

/* ---- the gateway ---- */

static struct gate {
	struct http_server *server;
	struct db_jobs *jobs;
	_Atomic int asked, queried;
	const struct certificate *listed[4], *signs; /* signs NULL: by the public key */
	const struct rsa_key *forger;                /* signs in place of it, under its serial */
	struct text body;                            /* in place of the list */
	struct text query;                           /* what is said of a payment; absent: it is open */
	int status;
	int64_t ahead_s;                             /* its clock before ours */
	bool bare;                                   /* no signature */
	char serial_header[80];                      /* of the last request */
} gate;

static struct text rfc3339(struct arena *to, int64_t ms)
{
	time_t s = (time_t)(ms / 1000 + 8 * 3600);
	struct tm tm;
	char out[40];

	gmtime_r(&s, &tm);
	return arena_text(to, (struct text){ out, strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S+08:00", &tm) });
}

struct item {
	struct text serial, from, until, algorithm, nonce, aad, pem, key;
	bool not_base64;
};

static struct item item_of(struct arena *to, const struct certificate *c)
{
	return (struct item){ .serial = c->serial, .from = rfc3339(to, c->from_ms), .until = rfc3339(to, c->until_ms), .pem = c->pem,
	                      .algorithm = TEXT("AEAD_AES_256_GCM"), .nonce = TEXT("14b16c03dc1b"), .aad = TEXT("certificate"), .key = TEXT(APIV3) };
}

static struct text item_json(struct arena *to, const struct item *i)
{
	struct text sealed;

	assert_done(gcm_seal(i->key, TEXT("14b16c03dc1b"), TEXT("certificate"), to, i->pem, &sealed));
	return arena_format(to,
	                    "{\"serial_no\":\"%.*s\",\"effective_time\":\"%.*s\",\"expire_time\":\"%.*s\",\"encrypt_certificate\":{\"algorithm\":\"%.*s\","
	                    "\"nonce\":\"%.*s\",\"associated_data\":\"%.*s\",\"ciphertext\":\"%.*s%s\"}}",
	                    TEXT_ARG(i->serial), TEXT_ARG(i->from), TEXT_ARG(i->until), TEXT_ARG(i->algorithm), TEXT_ARG(i->nonce), TEXT_ARG(i->aad),
	                    TEXT_ARG(base64_encode(to, sealed)), i->not_base64 ? "!" : "");
}

static struct text list_json(struct arena *to)
{
	struct text list = TEXT("");

	for (size_t i = 0; i < 4 && gate.listed[i]; i++) {
		struct item item = item_of(to, gate.listed[i]);

		list = arena_format(to, "%.*s%s%.*s", TEXT_ARG(list), i ? "," : "", TEXT_ARG(item_json(to, &item)));
	}
	return arena_format(to, "{\"data\":[%.*s]}", TEXT_ARG(list));
}

static void answer(struct http_request *rq, struct text body)
{
	struct text timestamp = arena_format(rq->arena, "%lld", (long long)(world_now_ms(house.world) / 1000 + gate.ahead_s)), signature;
	struct text message = arena_format(rq->arena, "%.*s\nn0nce\n%.*s\n", TEXT_ARG(timestamp), TEXT_ARG(body));
	const struct rsa_key *key = gate.forger ? gate.forger : gate.signs ? gate.signs->pair.key : platform.key;
	struct header headers[] = { { TEXT("Wechatpay-Timestamp"), timestamp }, { TEXT("Wechatpay-Nonce"), TEXT("n0nce") },
		                    { TEXT("Wechatpay-Serial"), gate.signs ? gate.signs->serial : TEXT(SERIAL) }, { TEXT("Wechatpay-Signature"), { 0 } } };

	assert_done(rsa_sign(key, rq->arena, message, &signature));
	headers[3].value = signature;
	http_reply(rq, &(struct http_reply){ .status = gate.status ? gate.status : 200, .headers = headers, .header_count = gate.bare ? 0 : 4, .body = body });
}

static void serve_gate(void *self, struct http_request *rq)
{
	(void)self;
	snprintf(gate.serial_header, sizeof gate.serial_header, "%.*s", TEXT_ARG(http_header(rq, "Wechatpay-Serial")));
	if (!text_eq(rq->path, TEXT("/v3/certificates"))) {
		gate.queried++;
		answer(rq, gate.query.at ? gate.query : TEXT("{\"trade_state\":\"NOTPAY\"}"));
		return;
	}
	gate.asked++;
	answer(rq, gate.body.at ? gate.body : list_json(rq->arena));
}

static size_t gate_body_limit(void *self, enum method method, struct text path)
{
	(void)self, (void)method, (void)path;
	return 4096;
}

static void start_jobs(void)
{
	static const struct job_kind *const tables[] = { payment_jobs };

	assert_done(db_jobs_start(house.db, tables, 1, house.serve, 0, &gate.jobs));
}

/* configured: with a public key in the settings */
static int open_gate(void **state, bool configured)
{
	memset(&gate, 0, sizeof gate);
	assert_done(http_server_start(&(struct http_server_options){ .address = TEXT("127.0.0.1"), .loops = 1, .serve = serve_gate, .body_limit = gate_body_limit },
	                              &gate.server));
	change("wechat.base", arena_format(key_arena, "http://127.0.0.1:%d", http_server_port(gate.server)));
	if (!configured)
		change("wechat.platform_key_file", (struct text){ 0 });
	gate.listed[0] = &old;
	gate.signs = configured ? NULL : &old;
	setup(state);
	start_jobs();
	return 0;
}

static int setup_configured(void **state) { return open_gate(state, true); }
static int setup_bare(void **state) { return open_gate(state, false); }

static int teardown_gate(void **state)
{
	db_jobs_stop(gate.jobs);
	teardown(state);
	http_server_stop(gate.server, 1000);
	return 0;
}

/* ---- steps ---- */

static struct message message_from(const struct certificate *c)
{
	struct resource r = resource_of(right_plain());

	return message_by(c->pair.key, c->serial, seconds(now_s()), body_of(&r));
}

static int tell_by(const struct certificate *c)
{
	struct message m = message_from(c);

	return deliver(&m);
}

static problem judge_by(const struct certificate *c)
{
	struct message m = message_from(c);
	struct channel_fact fact;

	return judge(&m, &fact);
}

static void move_and_run(int64_t ms)
{
	world_move(house.world, ms);
	db_jobs_run(gate.jobs);
}

static problem fetch(void) { return payments->wechat->fetch_keys(payments->wechat_self, house.db, arena); }

static problem count_stored(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from platform_key", V0);
	return tx_problem(tx);
}

static void expect_stored(int64_t n)
{
	int64_t got;

	assert_done(db_read(house.db, count_stored, &got));
	assert_int_equal(got, n);
}

struct look {
	struct stored_key *keys;
	size_t n;
};

static problem look_at_stored(struct tx *tx, void *arg)
{
	struct look *look = arg;

	tx_use_arena(tx, arena);
	return payment__keys(tx, TEXT("wechat"), tx_now_ms(tx), &look->keys, &look->n);
}

static struct stored_key *stored_keys(void)
{
	struct look look;

	assert_done(db_read(house.db, look_at_stored, &look));
	assert_int_equal(look.n, 1);
	return look.keys;
}

/* ---- tests ---- */

/* Nothing configured but the merchant's own: the first certificate is believed for the APIv3 key that sealed it. */
static void test_the_first_certificate(void **state)
{
	(void)state;
	assert_problem(judge_by(&old), payment_key_unknown);
	move_and_run(0);
	assert_int_equal(gate.asked, 1);
	expect_stored(1);
	assert_int_equal(tell_by(&old), 204);
	expect_effects(1);
}

static void test_an_unknown_serial_asks_once_and_the_next_try_goes_through(void **state)
{
	struct message forged = message_by(stranger.key, TEXT("77"), seconds(now_s()), right_message().body);

	(void)state;
	move_and_run(0);
	assert_int_equal(gate.asked, 1);
	gate.listed[1] = &new;
	for (int i = 0; i < 20; i++)
		assert_int_equal(tell_by(&new), 401);
	expect_effects(0);
	move_and_run(0);
	assert_int_equal(gate.asked, 1); /* it was asked this minute already */
	move_and_run(CERTIFICATES_GAP_MS);
	assert_int_equal(gate.asked, 2);
	assert_int_equal(tell_by(&new), 204);
	expect_effects(1);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(deliver(&forged), 401);
		move_and_run(1000);
	}
	assert_int_equal(gate.asked, 2);
	move_and_run(CERTIFICATES_GAP_MS);
	assert_int_equal(gate.asked, 3);
	expect_effects(1);
}

/* Messages of the old key and of the new one come in any order while it changes. */
static void test_rotation_while_notifications_are_in_flight(void **state)
{
	struct message late;

	(void)state;
	move_and_run(0);
	late = message_from(&old);
	gate.listed[1] = &new; /* published */
	move_and_run(CERTIFICATES_GAP_MS);
	gate.signs = &new; /* used */
	assert_int_equal(tell_by(&new), 401);
	assert_int_equal(tell_by(&old), 204);
	move_and_run(0);
	assert_int_equal(tell_by(&new), 204);
	gate.listed[0] = &new, gate.listed[1] = NULL; /* withdrawn */
	move_and_run(2 * CERTIFICATES_GAP_MS);
	assert_done(fetch());
	assert_int_equal(deliver(&late), 204);
	assert_int_equal(tell_by(&new), 204);
	expect_effects(1);
}

/* F20: rightly made by a key that was WeChat Pay's once. */
static void test_an_old_key_ends_with_its_certificate(void **state)
{
	int64_t left = old.until_ms - START;

	(void)state;
	gate.listed[1] = &new;
	move_and_run(0);
	move_and_run(left - 1);
	assert_done(judge_by(&old));
	world_move(house.world, 1);
	assert_problem(judge_by(&old), payment_forged);
	assert_int_equal(tell_by(&old), 401);
	gate.signs = &new;
	move_and_run(DAY);
	assert_int_equal(tell_by(&old), 401);
	expect_stored(1);
	expect_effects(0);
	assert_int_equal(tell_by(&new), 204);
}

static void test_a_certificate_that_is_not_valid_yet(void **state)
{
	(void)state;
	gate.listed[1] = &coming;
	move_and_run(0);
	expect_stored(2);
	assert_problem(judge_by(&coming), payment_forged);
	move_and_run(coming.from_ms - START - 1);
	assert_problem(judge_by(&coming), payment_forged);
	move_and_run(1);
	assert_done(judge_by(&coming));
}

static void test_certificates_are_asked_for_daily(void **state)
{
	(void)state;
	move_and_run(0);
	for (int day = 1; day <= 3; day++) {
		move_and_run(DAY - 1);
		assert_int_equal(gate.asked, day);
		move_and_run(1);
		assert_int_equal(gate.asked, day + 1);
	}
}

static void test_a_restart_knows_them(void **state)
{
	(void)state;
	move_and_run(0);
	gate.status = 500;
	db_jobs_stop(gate.jobs);
	restart_site();
	start_jobs();
	assert_int_equal(tell_by(&old), 204);
	expect_effects(1);
	assert_int_equal(gate.asked, 1);
}

/* Another process fetched: no call is needed to know. */
static void test_what_another_process_stored_is_read(void **state)
{
	const struct channel *other;
	void *other_self;

	(void)state;
	assert_done(wechat_open(house.serve, &other, &other_self));
	assert_done(other->fetch_keys(other_self, house.db, arena));
	other->close_state(other_self);
	assert_int_equal(gate.asked, 1);
	assert_problem(judge_by(&old), payment_key_unknown);
	assert_int_equal(tell_by(&old), 204);
	assert_int_equal(gate.asked, 1);
	expect_effects(1);
}

static void test_an_answer_by_a_new_key_is_believed_after_asking(void **state)
{
	struct channel_fact fact;

	(void)state;
	move_and_run(0);
	gate.listed[1] = &new;
	gate.signs = &new;
	assert_problem(payments->wechat->query(payments->wechat_self, arena, payment.trade_no, &fact), payment_unknown);
	world_move(house.world, CERTIFICATES_GAP_MS);
	assert_done(payments->wechat->query(payments->wechat_self, arena, payment.trade_no, &fact));
	assert_int_equal(fact.tag, CHANNEL_NOT_PAID);
	assert_int_equal(gate.asked, 2);
	gate.forger = stranger.key;
	assert_problem(payments->wechat->query(payments->wechat_self, arena, payment.trade_no, &fact), payment_unknown);
}

/* During the switch both kinds are there: the header says which one the answers are to use. */
static void test_a_public_key_and_certificates_together(void **state)
{
	struct message m = right_message();
	struct channel_fact fact;

	(void)state;
	move_and_run(0);
	assert_string_equal(gate.serial_header, SERIAL);
	assert_done(judge_by(&old));
	assert_done(judge(&m, &fact));
	gate.status = 404;
	gate.body = TEXT("{\"code\":\"RESOURCE_NOT_EXISTS\",\"message\":\"无可用的平台证书\"}");
	world_move(house.world, CERTIFICATES_GAP_MS);
	assert_done(fetch()); /* a merchant who has only the public key */
}

static void test_a_wrong_apiv3_key_has_a_name(void **state)
{
	struct item item = item_of(arena, &old);
	problem why;

	(void)state;
	item.key = TEXT("0123456789abcdef0123456789abcdeF");
	gate.body = arena_format(arena, "{\"data\":[%.*s]}", TEXT_ARG(item_json(arena, &item)));
	why = fetch();
	assert_non_null(why);
	assert_string_equal(why->type, "payment-apiv3-key-wrong");
	expect_stored(0);
	assert_problem(judge_by(&old), payment_key_unknown);
}

static struct item changed(const struct certificate *c, struct item *to)
{
	*to = item_of(arena, c);
	return *to;
}

static void test_lists_that_are_not_what_they_should_be(void **state)
{
	struct item items[16];
	struct text bodies[32], many = TEXT("");
	size_t n = 0, b = 0;

	(void)state;
	changed(&old, &items[n]), items[n++].serial = new.serial;
	changed(&old, &items[n]), items[n++].serial = TEXT("");
	changed(&old, &items[n]), items[n++].serial = TEXT("51de10ef");
	changed(&old, &items[n]), items[n++].from = TEXT("");
	changed(&old, &items[n]), items[n++].until = TEXT("never");
	changed(&old, &items[n]), items[n++].algorithm = TEXT("AEAD_AES_128_GCM");
	changed(&old, &items[n]), items[n++].nonce = TEXT("14b16c03dc1");
	changed(&old, &items[n]), items[n++].aad = TEXT("transaction");
	changed(&old, &items[n]), items[n++].not_base64 = true;
	changed(&old, &items[n]), items[n++].pem = TEXT("x");
	changed(&old, &items[n]), items[n++].pem = platform.public_pem;
	changed(&old, &items[n]), items[n++].pem = old.pair.private_pem;
	changed(&own, &items[n++]);
	for (size_t i = 0; i < n; i++)
		bodies[b++] = arena_format(arena, "{\"data\":[%.*s]}", TEXT_ARG(item_json(arena, &items[i])));
	changed(&old, &items[0]);
	for (int i = 0; i < PLATFORM_KEYS_MAX + 1; i++)
		many = arena_format(arena, "%.*s%s%.*s", TEXT_ARG(many), i ? "," : "", TEXT_ARG(item_json(arena, &items[0])));
	bodies[b++] = arena_format(arena, "{\"data\":[%.*s]}", TEXT_ARG(many));
	bodies[b++] = arena_format(arena, "{\"data\":[%.*s,%.*s]}", TEXT_ARG(item_json(arena, &items[0])), TEXT_ARG(item_json(arena, &items[0])));
	bodies[b++] = TEXT("{\"data\":{}}");
	bodies[b++] = TEXT("{\"data\":[7]}");
	bodies[b++] = TEXT("{}");
	bodies[b++] = TEXT("not json");
	for (size_t i = 0; i < b; i++) {
		gate.body = bodies[i];
		if (!fetch())
			fail_msg("list %zu was believed", i);
		world_move(house.world, CERTIFICATES_GAP_MS);
	}
	assert_int_equal(gate.asked, b);
	expect_stored(0);
	assert_problem(judge_by(&old), payment_key_unknown);
}

/* The answer itself must be signed, by one of those it brings or by one that is known. */
static void test_answers_that_are_not_signed(void **state)
{
	(void)state;
	gate.bare = true;
	assert_problem(fetch(), payment_forged);
	gate.bare = false;
	gate.forger = stranger.key;
	world_move(house.world, CERTIFICATES_GAP_MS);
	assert_problem(fetch(), payment_forged);
	gate.forger = NULL;
	gate.signs = &new; /* not in the list, not known */
	world_move(house.world, CERTIFICATES_GAP_MS);
	assert_problem(fetch(), payment_key_unknown);
	expect_stored(0);
	gate.listed[1] = &new;
	world_move(house.world, CERTIFICATES_GAP_MS);
	assert_done(fetch());
	expect_stored(2);
}

/* ---- a clock that is wrong ---- */

static problem create_it(void)
{
	struct text url;

	return payments->wechat->create(payments->wechat_self, arena, &payment, TEXT("http://127.0.0.1/api/notify/wechat"), &url);
}

static void test_no_money_moves_by_a_wrong_clock(void **state)
{
	const int64_t ahead[] = { 61, -61, 250 };
	const struct channel_refund refund = { .trade_no = payment.trade_no, .refund_no = TEXT("R1"), .reason = TEXT("late"), .amount = MONEY(1), .total = MONEY(FEN) };
	struct channel_fact fact;
	struct refund_fact back;
	problem why;

	(void)state;
	gate.query = TEXT("{\"trade_state\":\"NOTPAY\",\"code_url\":\"weixin://wxpay/bizpayurl?pr=1\"}");
	for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
		int queried;

		gate.ahead_s = 60;
		assert_done(payments->wechat->query(payments->wechat_self, arena, payment.trade_no, &fact));
		assert_done(create_it());
		gate.ahead_s = ahead[i];
		assert_done(payments->wechat->query(payments->wechat_self, arena, payment.trade_no, &fact));
		queried = gate.queried;
		why = create_it();
		assert_non_null(why);
		assert_string_equal(why->type, "payment-clock-wrong");
		assert_ptr_equal(payments->wechat->refund(payments->wechat_self, arena, &refund, &back), why);
		assert_int_equal(gate.queried, queried);
		gate.ahead_s = 0;
		world_move(house.world, 60000); /* one is let through, and finds the clock right */
		assert_done(create_it());
		assert_done(create_it());
	}
}

/* ---- asking is no failure, whatever the answer ---- */

static void ask_for_a_minute(void)
{
	for (int i = 0; i < 60; i++)
		move_and_run(1000);
}

static void test_asking_logs_no_warning(void **state)
{
	const struct {
		struct text query;
		int status;
	} answers[] = { { TEXT("{\"trade_state\":\"NOTPAY\"}"), 200 }, { TEXT("{\"code\":\"ORDER_NOT_EXIST\",\"message\":\"订单不存在\"}"), 404 } };
	char said[4096];

	(void)state;
	move_and_run(0);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		FILE *file = tmpfile();

		gate.query = answers[i].query;
		gate.status = answers[i].status;
		log_set(fileno(file), LOG_WARN);
		ask_for_a_minute();
		log_set(STDERR_FILENO, LOG_ERROR);
		rewind(file);
		assert_text(((struct text){ said, fread(said, 1, sizeof said, file) }), "");
		fclose(file);
	}
	assert_true(gate.queried >= 30);
}

/* ---- the merchant's own key is nobody else's ---- */

static problem open_with(const char *platform_file, struct text pem, struct text serial)
{
	const struct channel *channel = NULL;
	void *self = NULL;
	problem why;

	assert_done(secret_file_write(file_of("other.pem"), pem, true));
	change_count = 0;
	change("wechat.platform_key_file", text_of(platform_file));
	change("wechat.platform_serial", serial);
	why = wechat_open(house.serve, &channel, &self);
	if (!why)
		channel->close_state(self);
	unlink(file_of("other.pem"));
	return why;
}

static void test_the_configured_key_is_looked_at(void **state)
{
	const char *file = file_of("other.pem");
	const struct {
		struct text pem, serial;
		const char *type; /* NULL: fine */
	} cases[] = {
		{ platform.public_pem, TEXT(SERIAL), NULL },
		{ old.pem, old.serial, NULL },
		{ old.pem, TEXT("51de10ef"), NULL },
		{ old.pem, { 0 }, NULL },
		{ platform.public_pem, { 0 }, "payment-serial-missing" },
		{ platform.public_pem, TEXT("AB"), "payment-own-serial" },
		{ platform.public_pem, TEXT("ab"), "payment-own-serial" },
		{ own.pem, { 0 }, "payment-own-serial" },
		{ merchant.public_pem, TEXT(SERIAL), "payment-own-serial" },
		{ old.pem, new.serial, "payment-serial-wrong" },
		{ TEXT("x"), TEXT(SERIAL), "key-unusable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		problem why = open_with(file, cases[i].pem, cases[i].serial);

		assert_string_equal(why ? why->type : "", cases[i].type ? cases[i].type : "");
	}
}

static void test_a_message_under_the_merchants_serial_asks_nobody(void **state)
{
	struct message m = message_by(merchant.key, TEXT("AB"), seconds(now_s()), right_message().body);
	struct channel_fact fact;

	(void)state;
	assert_problem(judge(&m, &fact), payment_forged);
}

/* ---- made by somebody else ---- */

/* ../shared/pay beside the source tree; the test is skipped, and says so, where it is not. */
static const json_t *published(const char *name)
{
	const char *path = arena_cstr(arena, arena_format(arena, "%s/../shared/pay/published-vectors.json", getenv("ZHIFANG_SOURCE")));
	char *bytes = arena_alloc(arena, 1 << 18);
	FILE *file = fopen(path, "r");
	json_t *all;

	if (!file) {
		print_message("../shared/pay is not here: vector not checked\n");
		return NULL;
	}
	assert_done(json_read(arena, (struct text){ bytes, fread(bytes, 1, 1 << 18, file) }, &all));
	fclose(file);
	for (size_t i = 0; i < json_array_size(all); i++) {
		if (text_is(json_get_text(json_array_get(all, i), "name"), name))
			return json_array_get(all, i);
	}
	fail_msg("no vector %s", name);
	return NULL;
}

/* The list as WeChat Pay's own Java library has it in its tests, read as we read one. */
static void test_the_published_certificate(void **state)
{
	const json_t *vector = published("wx.certificates.decrypt");
	struct stored_key *keys = NULL;
	char *body;

	(void)state;
	if (!vector)
		skip();
	assert_done(secret_file_write(file_of("other-apiv3"), json_get_text(vector, "apiv3_key"), true));
	change("wechat.apiv3_key_file", text_of(file_of("other-apiv3")));
	db_jobs_stop(gate.jobs);
	restart_site();
	start_jobs();
	unlink(file_of("other-apiv3"));
	body = json_dumps(json_object_get(vector, "response"), JSON_COMPACT);
	gate.body = arena_text(arena, text_of(body));
	free(body);
	assert_done(fetch());
	keys = stored_keys();
	assert_text(keys[0].serial, "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC");
	assert_int_equal(keys[0].from_ms, 1695136558000);
	assert_int_equal(keys[0].until_ms, 1852816558000);
	assert_true(text_eq(text_trim(keys[0].pem), text_trim(json_get_text(vector, "plaintext_pem"))));
}

#define BARE(name)       cmocka_unit_test_setup_teardown(name, setup_bare, teardown_gate)
#define CONFIGURED(name) cmocka_unit_test_setup_teardown(name, setup_configured, teardown_gate)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE(test_the_first_certificate),
		BARE(test_an_unknown_serial_asks_once_and_the_next_try_goes_through),
		BARE(test_rotation_while_notifications_are_in_flight),
		BARE(test_an_old_key_ends_with_its_certificate),
		BARE(test_a_certificate_that_is_not_valid_yet),
		BARE(test_certificates_are_asked_for_daily),
		BARE(test_a_restart_knows_them),
		BARE(test_what_another_process_stored_is_read),
		BARE(test_an_answer_by_a_new_key_is_believed_after_asking),
		CONFIGURED(test_a_public_key_and_certificates_together),
		CONFIGURED(test_a_wrong_apiv3_key_has_a_name),
		CONFIGURED(test_lists_that_are_not_what_they_should_be),
		BARE(test_answers_that_are_not_signed),
		CONFIGURED(test_no_money_moves_by_a_wrong_clock),
		CONFIGURED(test_asking_logs_no_warning),
		CONFIGURED(test_the_configured_key_is_looked_at),
		CONFIGURED(test_a_message_under_the_merchants_serial_asks_nobody),
		CONFIGURED(test_the_published_certificate),
	};

	log_set(STDERR_FILENO, LOG_ERROR); /* each forgery is a warning */
	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
