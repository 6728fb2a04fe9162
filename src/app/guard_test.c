/* guard_test.c - each refusal by its name: a site that would mix play money and real money does not start. */
#include "app/app_room.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include "base/testing.h"
#include "crypto/crypto.h"
#include "db/embedded.h"
#include "db/testing.h"

static struct world *world;
static struct db *db;
static struct arena *arena;
static char folder[] = "/tmp/guard-test-XXXXXX";

static const char *file_of(const char *name) { return arena_cstr(arena, arena_format(arena, "%s/%s", folder, name)); }

static void write_pair(unsigned long exponent, const char *private_name, const char *public_name)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;
	BIO *private = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
	char *at;
	size_t n;

	BN_set_word(e, exponent);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048);
	EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	PEM_write_bio_PKCS8PrivateKey(private, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_PUBKEY(public, key);
	n = (size_t)BIO_get_mem_data(private, &at);
	assert_done(secret_file_write(file_of(private_name), (struct text){ at, n }, true));
	n = (size_t)BIO_get_mem_data(public, &at);
	assert_done(secret_file_write(file_of(public_name), (struct text){ at, n }, true));
	BIO_free(private);
	BIO_free(public);
	BN_free(e);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(context);
}

static const char *const files[] = { "play.pem", "play-public.pem", "real.pem", "real-public.pem" };

static int setup_files(void **state)
{
	(void)state;
	arena = arena_new(16 << 20);
	assert_non_null(mkdtemp(folder));
	write_pair(65539, files[0], files[1]); /* as zhifang-sandbox makes them */
	write_pair(65537, files[2], files[3]);
	return 0;
}

static int teardown_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(file_of(files[i]));
	rmdir(folder);
	arena_free(arena);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	world = world_test(1790000000000, 1);
	db = db_testing_open(world, migrations_all, migrations_all_count);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_testing_close(db);
	world_close(world);
	return 0;
}

/* ---- settings ---- */

struct setting {
	const char *key, *value;
};

static struct config *config_of(const char *mode, const struct setting *common, const struct setting *changed)
{
	struct config *config = config_new();

	config_set(config, "mode", text_of(mode));
	for (; common->key; common++)
		config_set(config, common->key, text_of(common->value));
	for (; changed && changed->key; changed++)
		config_set(config, changed->key, text_of(changed->value));
	return config;
}

static problem check(const char *mode, const struct setting *common, const struct setting *changed)
{
	struct config *config = config_of(mode, common, changed);
	problem why = guard_check(config, db, arena);

	config_free(config);
	return why;
}

static const struct setting *real(void)
{
	static struct setting all[] = { { "origin", "https://zhifang.example.com" }, { "wechat.mchid", "1900000001" }, { "wechat.appid", "wx1" },
		                        { "wechat.key_file", NULL }, { "wechat.platform_key_file", NULL }, { NULL, NULL } };

	all[3].value = file_of("real.pem");
	all[4].value = file_of("real-public.pem");
	return all;
}

static const struct setting *play(void)
{
	static struct setting all[] = { { "wechat.base", "http://127.0.0.1:8081" }, { "wechat.mchid", "0012345678" }, { "wechat.key_file", NULL },
		                        { "wechat.platform_key_file", NULL }, { NULL, NULL } };

	all[2].value = file_of("play.pem");
	all[3].value = file_of("play-public.pem");
	return all;
}

static void expect(problem why, const char *type)
{
	assert_string_equal(why ? why->type : "", type);
}

static problem count_begun(struct tx *tx, void *arg)
{
	*(int64_t *)arg = read_int(tx, -1, "select count(*) from site", V0);
	return tx_problem(tx);
}

static void expect_begun(int64_t times)
{
	int64_t n;

	assert_done(db_read(db, count_begun, &n));
	assert_int_equal(n, times);
}

struct refusal {
	const char *type; /* "": none */
	struct setting changed[4];
};

static void expect_each(const char *mode, const struct setting *(*common)(void), const struct refusal *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		problem why = check(mode, common(), all[i].changed);

		if (strcmp(why ? why->type : "", all[i].type) != 0)
			print_error("%s = %s\n", all[i].changed[0].key, all[i].changed[0].value);
		expect(why, all[i].type);
		if (why)
			expect_begun(0);
	}
}

/* ---- tests ---- */

static void test_production_starts(void **state)
{
	(void)state;
	expect(check("production", real(), NULL), "");
	expect(check("production", real(), NULL), "");
	expect_begun(1);
}

static void test_a_sandbox_starts(void **state)
{
	static const struct setting nothing[] = { { NULL, NULL } };

	(void)state;
	expect(check("sandbox", nothing, NULL), "");
	expect(check("sandbox", play(), NULL), "");
	expect_begun(1);
}

static void test_mode_unknown(void **state)
{
	(void)state;
	expect(check("prodution", real(), NULL), "mode-unknown");
	expect(check("", real(), NULL), "mode-unknown");
	expect(check("Production", real(), NULL), "mode-unknown");
	expect_begun(0);
}

/* F57: whatever else the settings say */
static void test_begun_as_sandbox(void **state)
{
	(void)state;
	expect(check("sandbox", play(), NULL), "");
	expect(check("production", real(), NULL), "begun-as-sandbox");
	expect(check("production", play(), NULL), "begun-as-sandbox");
	expect(check("sandbox", play(), NULL), "");
}

static void test_begun_as_production(void **state)
{
	(void)state;
	expect(check("production", real(), NULL), "");
	expect(check("sandbox", play(), NULL), "begun-as-production");
	expect(check("sandbox", real(), NULL), "begun-as-production");
	expect(check("production", real(), NULL), "");
}

static void test_a_start_that_was_refused_begins_nothing(void **state)
{
	(void)state;
	expect(check("production", play(), NULL), "notify-not-https");
	expect_begun(0);
	expect(check("sandbox", play(), NULL), "");
	expect(check("production", real(), NULL), "begun-as-sandbox");
}

static void test_notify_not_https(void **state)
{
	static const struct refusal all[] = {
		{ "notify-not-https", { { "origin", "http://zhifang.example.com" } } },
		{ "notify-not-https", { { "origin", "" } } },
		{ "notify-not-https", { { "origin", "zhifang.example.com" } } },
		{ "notify-not-https", { { "origin", "https://" } } },
		{ "notify-not-https", { { "origin", "https://someone@zhifang.example.com" } } },
		{ "notify-not-https", { { "origin", "ftp://zhifang.example.com" } } },
		{ "notify-not-https", { { "payment.notify_base", "http://127.0.0.1:8080" } } },
		{ "", { { "origin", "http://127.0.0.1:8080" }, { "payment.notify_base", "https://pay.example.com:8443" } } },
	};

	(void)state;
	expect_each("production", real, all, sizeof all / sizeof *all);
}

static void test_notify_not_public(void **state)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "10.0.0.1", "192.168.1.5:8443", "8.8.8.8", "[::1]", "[2001:db8::1]", "shop",
		                             "shop.local", "shop.lan", "shop.internal", "a.test", "shop.LOCALHOST", "shop.", "x.home.arpa", "2130706433" };

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct setting changed[] = { { "origin", arena_cstr(arena, arena_format(arena, "https://%s", hosts[i])) }, { NULL, NULL } };

		expect(check("production", real(), changed), "notify-not-public");
	}
	expect_begun(0);
}

static void test_gateway_not_real(void **state)
{
	static const struct refusal all[] = {
		{ "gateway-not-real", { { "wechat.base", "http://127.0.0.1:8081" } } },
		{ "gateway-not-real", { { "wechat.base", "http://api.mch.weixin.qq.com" } } },
		{ "gateway-not-real", { { "wechat.base", "https://api.mch.weixin.qq.com.example.com" } } },
		{ "gateway-not-real", { { "wechat.base", "https://api.mch.weixin.qq.com@example.com" } } },
		{ "gateway-not-real", { { "wechat.base", "https://api.mch.weixin.qq.com:8443" } } },
		{ "gateway-not-real", { { "wechat.base", "https://example.com" } } },
		{ "", { { "wechat.base", "https://api2.mch.weixin.qq.com" } } },
		{ "", { { "wechat.base", "https://api.mch.weixin.qq.com" } } },
	};

	(void)state;
	expect_each("production", real, all, sizeof all / sizeof *all);
}

static void test_sandbox_merchant_and_sandbox_key(void **state)
{
	const struct refusal all[] = {
		{ "sandbox-merchant", { { "wechat.mchid", "0012345678" } } },
		{ "sandbox-key", { { "wechat.key_file", file_of("play.pem") } } },
		{ "sandbox-key", { { "wechat.platform_key_file", file_of("play-public.pem") } } },
		{ "", { { "wechat.platform_key_file", "" } } },
		{ "", { { "wechat.key_file", file_of("nowhere.pem") } } }, /* payment says what is wrong with it */
	};

	(void)state;
	expect_each("production", real, all, sizeof all / sizeof *all);
}

static void test_gateway_elsewhere(void **state)
{
	static const struct refusal all[] = {
		{ "gateway-elsewhere", { { "wechat.base", "https://api.mch.weixin.qq.com" } } },
		{ "gateway-elsewhere", { { "wechat.base", "" } } }, /* the real one */
		{ "gateway-elsewhere", { { "wechat.base", "http://192.168.1.5:8081" } } },
		{ "gateway-elsewhere", { { "wechat.base", "http://127.0.0.1.example.com" } } },
		{ "gateway-elsewhere", { { "wechat.base", "http://127.0.0.1@example.com" } } },
		{ "gateway-elsewhere", { { "wechat.base", "http://localhost.example.com" } } },
		{ "", { { "wechat.base", "http://localhost:8081" } } },
		{ "", { { "wechat.base", "http://[::1]:8081" } } },
	};

	(void)state;
	expect_each("sandbox", play, all, sizeof all / sizeof *all);
}

static void test_real_merchant(void **state)
{
	const struct refusal all[] = {
		{ "real-merchant", { { "wechat.mchid", "1900000001" } } },
		{ "real-merchant", { { "wechat.key_file", file_of("real.pem") } } },
	};

	(void)state;
	expect_each("sandbox", play, all, sizeof all / sizeof *all);
}

static void test_notify_elsewhere(void **state)
{
	static const struct refusal all[] = {
		{ "notify-elsewhere", { { "origin", "http://192.168.1.5:8080" } } },
		{ "notify-elsewhere", { { "origin", "http://zhifang.example.com" } } },
		{ "notify-elsewhere", { { "payment.notify_base", "http://10.0.0.1" } } },
		{ "notify-elsewhere", { { "payment.notify_base", "nonsense" } } },
		{ "", { { "origin", "http://192.168.1.5:8080" }, { "payment.notify_base", "http://127.0.0.1:8080" } } },
		{ "", { { "origin", "https://demo.example.com" } } },
	};

	(void)state;
	expect_each("sandbox", play, all, sizeof all / sizeof *all);
}

static void test_a_database_that_fails_starts_nothing(void **state)
{
	(void)state;
	db_fault(db, FAULT_COMMIT_BEFORE, 1);
	assert_problem(check("sandbox", play(), NULL), db_failed);
	assert_true(db_fault_hit(db));
	expect_begun(0);
	expect(check("sandbox", play(), NULL), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_production_starts),
		TEST(test_a_sandbox_starts),
		TEST(test_mode_unknown),
		TEST(test_begun_as_sandbox),
		TEST(test_begun_as_production),
		TEST(test_a_start_that_was_refused_begins_nothing),
		TEST(test_notify_not_https),
		TEST(test_notify_not_public),
		TEST(test_gateway_not_real),
		TEST(test_sandbox_merchant_and_sandbox_key),
		TEST(test_gateway_elsewhere),
		TEST(test_real_merchant),
		TEST(test_notify_elsewhere),
		TEST(test_a_database_that_fails_starts_nothing),
	};

	return cmocka_run_group_tests(tests, setup_files, teardown_files);
}
