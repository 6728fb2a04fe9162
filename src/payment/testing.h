/* testing.h - a site with one payment, WeChat Pay's keys, and its messages as it makes them, for the tests of this room. */
#ifndef PAYMENT_TESTING_H
#define PAYMENT_TESTING_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "base/log.h"
#include "base/testing.h"
#include "crypto/crypto.h"
#include "payment/payment_room.h"
#include "serve/testing.h"

#define MERCHANT "1900000001"
#define APP      "wx0000000000000001"
#define SERIAL   "PUB_KEY_ID_0119000000012026"
#define APIV3    "0123456789abcdef0123456789abcdef"

enum { FEN = 10000, PAYABLE = 77 };

/* ---- keys, made once ---- */

struct pair {
	struct text private_pem, public_pem;
	struct rsa_key *key; /* private */
};
static struct arena *key_arena;
static struct pair platform, merchant, stranger;
static char folder[] = "/tmp/wechat-test-XXXXXX";

static inline struct text pem_of(EVP_PKEY *key, bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;
	long n;
	struct text pem;

	if (private)
		assert_true(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
	else
		assert_true(PEM_write_bio_PUBKEY(bio, key));
	n = BIO_get_mem_data(bio, &at);
	pem = arena_text(key_arena, (struct text){ at, (size_t)n });
	BIO_free(bio);
	return pem;
}

static inline struct pair pair_make(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct pair pair = { .private_pem = pem_of(key, true), .public_pem = pem_of(key, false) };

	assert_done(rsa_private_read(pair.private_pem, &pair.key));
	EVP_PKEY_free(key);
	return pair;
}

struct certificate {
	struct pair pair;
	struct text pem, serial;
	int64_t from_ms, until_ms;
};

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };
#define START INT64_C(1790000000000)

static inline struct text certificate_pem(EVP_PKEY *key, const struct certificate *c, long number)
{
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;
	struct text pem;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), number);
	ASN1_TIME_set(X509_getm_notBefore(x), c->from_ms / 1000);
	ASN1_TIME_set(X509_getm_notAfter(x), c->until_ms / 1000 - 1);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, (const unsigned char *)"Tenpay.com", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_sign(x, key, EVP_sha256());
	PEM_write_bio_X509(bio, x);
	pem = (struct text){ NULL, (size_t)BIO_get_mem_data(bio, &at) };
	pem = arena_text(key_arena, (struct text){ at, pem.length });
	BIO_free(bio);
	X509_free(x);
	return pem;
}

/* Takes the key over. */
static inline struct certificate certify_key(EVP_PKEY *key, long number, int64_t from_ms, int64_t until_ms)
{
	struct certificate c = { .from_ms = from_ms, .until_ms = until_ms, .serial = arena_format(key_arena, "%lX", number) };

	c.pair.private_pem = pem_of(key, true);
	assert_done(rsa_private_read(c.pair.private_pem, &c.pair.key));
	c.pem = certificate_pem(key, &c, number);
	EVP_PKEY_free(key);
	return c;
}

static inline struct certificate certify(long number, int64_t from_ms, int64_t until_ms)
{
	return certify_key(EVP_RSA_gen(2048), number, from_ms, until_ms);
}

static inline const char *file_of(const char *name) { return arena_cstr(key_arena, arena_format(key_arena, "%s/%s", folder, name)); }

static inline int setup_keys(void **state)
{
	(void)state;
	key_arena = arena_new(1 << 20);
	platform = pair_make();
	merchant = pair_make();
	stranger = pair_make();
	assert_non_null(mkdtemp(folder));
	assert_done(secret_file_write(file_of("key.pem"), merchant.private_pem, true));
	assert_done(secret_file_write(file_of("platform.pem"), platform.public_pem, true));
	assert_done(secret_file_write(file_of("apiv3"), TEXT(APIV3 "\n"), true));
	return 0;
}

static inline int teardown_keys(void **state)
{
	(void)state;
	unlink(file_of("key.pem"));
	unlink(file_of("platform.pem"));
	unlink(file_of("apiv3"));
	rmdir(folder);
	rsa_close(platform.key);
	rsa_close(merchant.key);
	rsa_close(stranger.key);
	arena_free(key_arena);
	return 0;
}

/* What the next start is configured with in place of the settings below; no value: not set. */
struct change {
	struct text key, value;
};
static struct change changes[8];
static size_t change_count;

static inline void change(const char *key, struct text value)
{
	assert_true(change_count < 8);
	changes[change_count++] = (struct change){ text_of(key), value };
}

static inline struct text setting(void *self, const char *key)
{
	static const struct {
		const char *key, *value;
	} settings[] = { { "wechat.mchid", MERCHANT }, { "wechat.appid", APP }, { "wechat.serial", "AB" }, { "wechat.platform_serial", SERIAL } };

	(void)self;
	for (size_t i = 0; i < change_count; i++) {
		if (text_is(changes[i].key, key))
			return changes[i].value;
	}
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (!strcmp(key, settings[i].key))
			return text_of(settings[i].value);
	}
	if (!strcmp(key, "wechat.key_file"))
		return text_of(file_of("key.pem"));
	if (!strcmp(key, "wechat.platform_key_file"))
		return text_of(file_of("platform.pem"));
	return strcmp(key, "wechat.apiv3_key_file") ? (struct text){ 0 } : text_of(file_of("apiv3"));
}

/* ---- what is paid for ---- */

static inline problem thing_paid(struct tx *tx, int64_t id, const struct payment *payment, bool *ret_taken)
{
	const struct posting lines[] = { { LEDGER_CHANNEL_RECEIVABLE, 0, payment->amount }, { LEDGER_COMMISSION, 0, MONEY(-payment->amount.fen) } };

	assert_int_equal(id, PAYABLE);
	*ret_taken = true;
	return ledger_post(tx, "paid", arena_format(tx_arena(tx), "%.*s|paid", TEXT_ARG(payment->transaction)), lines, 2, NULL);
}

static const struct payable thing = { .kind = "thing", .paid = thing_paid };

static struct house house;
static struct payments *payments;
static struct arena *arena;
static struct payment payment;
static struct visitor gateway;

static inline problem begin_it(struct tx *tx, void *arg)
{
	const struct payment_draft draft = {
		.payable_kind = "thing", .channel = "wechat", .payable = PAYABLE, .way = PAYMENT_NATIVE, .amount = MONEY(FEN),
		.description = TEXT("Thing"), .payer_address = TEXT("127.0.0.1"), .expires_ms = tx_now_ms(tx) + 900000,
	};

	(void)arg;
	tx_use_arena(tx, arena);
	return payment_begin(tx, &draft, &payment);
}

static inline void open_site(void)
{
	static const struct module *const modules[] = { &payment_module, NULL };

	house_start(&house, modules, NULL);
	payments = payments_of(house.serve);
	assert_non_null(payments->wechat);
	payments_know(payments, &thing);
}

static inline void restart_site(void)
{
	serve_stop(house.serve);
	open_site();
}

static inline int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	house.options.setting = setting;
	open_site();
	assert_done(db_write(house.db, begin_it, NULL));
	visitor_open(&gateway, &house);
	gateway.foreign = true;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	visitor_close(&gateway);
	house_close(&house);
	arena_free(arena);
	change_count = 0;
	return 0;
}

/* ---- messages ---- */

struct resource {
	struct text algorithm, nonce, aad, said_aad, plain;
	size_t cut; /* bytes of the tag that are missing */
	struct text key;
};

static inline struct text plain_of(const char *fen, const char *currency, const char *mchid, const char *appid)
{
	return arena_format(arena,
	                    "{\"mchid\":\"%s\",\"appid\":\"%s\",\"out_trade_no\":\"%.*s\",\"transaction_id\":\"4200001\",\"trade_type\":\"NATIVE\","
	                    "\"trade_state\":\"SUCCESS\",\"trade_state_desc\":\"支付成功\",\"bank_type\":\"CMC\",\"attach\":\"\","
	                    "\"success_time\":\"2026-09-21T22:13:20+08:00\",\"payer\":{\"openid\":\"o1\"},"
	                    "\"amount\":{\"total\":%s,\"payer_total\":9000,\"currency\":\"%s\",\"payer_currency\":\"CNY\"}}",
	                    mchid, appid, TEXT_ARG(payment.trade_no), fen, currency);
}

static inline struct text right_plain(void) { return plain_of("10000", "CNY", MERCHANT, APP); }

static inline struct resource resource_of(struct text plain)
{
	return (struct resource){ .algorithm = TEXT("AEAD_AES_256_GCM"), .nonce = TEXT("fdasflkja484"), .aad = TEXT("transaction"),
	                          .said_aad = TEXT("transaction"), .plain = plain, .key = TEXT(APIV3) };
}

static inline struct text body_of(const struct resource *r)
{
	/* a nonce of another length cannot be sealed with, so it is only claimed */
	struct text nonce = r->nonce.length == GCM_NONCE_BYTES ? r->nonce : TEXT("fdasflkja484"), sealed;

	assert_done(gcm_seal(r->key, nonce, r->aad, arena, r->plain, &sealed));
	sealed.length -= r->cut;
	sealed = base64_encode(arena, sealed);
	return arena_format(arena,
	                    "{\"id\":\"EV-2026\",\"create_time\":\"2026-09-21T22:13:20+08:00\",\"resource_type\":\"encrypt-resource\","
	                    "\"event_type\":\"TRANSACTION.SUCCESS\",\"summary\":\"支付成功\",\"resource\":{\"original_type\":\"transaction\","
	                    "\"algorithm\":\"%.*s\",\"ciphertext\":\"%.*s\",\"associated_data\":\"%.*s\",\"nonce\":\"%.*s\"}}",
	                    TEXT_ARG(r->algorithm), TEXT_ARG(sealed), TEXT_ARG(r->said_aad), TEXT_ARG(r->nonce));
}

struct message {
	struct header headers[8];
	size_t count;
	struct text body;
};
enum { TIMESTAMP, NONCE, SERIAL_AT, SIGNATURE, TYPE, HEADERS };

static inline struct text sign(const struct rsa_key *key, struct text timestamp, struct text nonce, struct text body)
{
	struct text signature;

	assert_done(rsa_sign(key, arena, arena_format(arena, "%.*s\n%.*s\n%.*s\n", TEXT_ARG(timestamp), TEXT_ARG(nonce), TEXT_ARG(body)), &signature));
	return signature;
}

static inline struct message message_by(const struct rsa_key *key, struct text serial, struct text timestamp, struct text body)
{
	struct message m = { .count = HEADERS, .body = body };

	m.headers[TIMESTAMP] = (struct header){ TEXT("Wechatpay-Timestamp"), timestamp };
	m.headers[NONCE] = (struct header){ TEXT("Wechatpay-Nonce"), TEXT("EcyMdmO6cXyfPDzcqVTBGxTGKUbQQ5zC") };
	m.headers[SERIAL_AT] = (struct header){ TEXT("Wechatpay-Serial"), serial };
	m.headers[SIGNATURE] = (struct header){ TEXT("Wechatpay-Signature"), sign(key, timestamp, m.headers[NONCE].value, body) };
	m.headers[TYPE] = (struct header){ TEXT("Wechatpay-Signature-Type"), TEXT("WECHATPAY2-SHA256-RSA2048") };
	return m;
}

static inline struct message message_at(struct text timestamp, struct text body)
{
	return message_by(platform.key, TEXT(SERIAL), timestamp, body);
}

static inline int64_t now_s(void) { return world_now_ms(house.world) / 1000; }
static inline struct text seconds(int64_t s) { return arena_format(arena, "%lld", (long long)s); }
static inline struct message message_of(struct text body) { return message_at(seconds(now_s()), body); }

static inline struct message right_message(void)
{
	struct resource r = resource_of(right_plain());

	return message_of(body_of(&r));
}

/* By HTTP, as it comes from outside. */
static inline int deliver(const struct message *m)
{
	gateway.more_count = m->count;
	memcpy(gateway.more, m->headers, sizeof m->headers);
	return visit(&gateway, POST, "/api/notify/wechat", arena_cstr(arena, m->body));
}

/* By the channel alone, where what no HTTP client would send can be said. */
static inline problem judge(const struct message *m, struct channel_fact *ret)
{
	const struct http_request rq = { .method = POST, .headers = m->headers, .header_count = m->count, .body = m->body };
	struct text id;

	return payments->wechat->notified(payments->wechat_self, arena, &rq, world_now_ms(house.world), &id, ret);
}

struct effects {
	int64_t journals, applied, paid;
};

static inline problem count_effects(struct tx *tx, void *arg)
{
	struct effects *e = arg;

	e->journals = read_int(tx, -1, "select count(*) from journal", V0);
	e->applied = read_int(tx, -1, "select count(*) from channel_event where state = 'APPLIED'", V0);
	e->paid = read_int(tx, -1, "select count(*) from payment where state <> 'NEW'", V0);
	return tx_problem(tx);
}

static inline void expect_effects(int64_t times)
{
	struct effects e;

	assert_done(db_read(house.db, count_effects, &e));
	assert_int_equal(e.journals, times);
	assert_int_equal(e.applied, times);
	assert_int_equal(e.paid, times);
}

static inline void expect_refused(const struct message *m, int status, const char *what)
{
	int got = deliver(m);

	if (got != status)
		print_error("%s: %d\n", what, got);
	assert_int_equal(got, status);
	expect_effects(0);
}

#endif
