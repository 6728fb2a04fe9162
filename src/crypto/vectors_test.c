/* vectors_test.c - signatures, ciphertexts and certificates that other people's programs made, reproduced bit for bit:
 * ../shared/pay beside the source tree. A vector that is neither checked nor named as not ours fails the test. */
#include "base/json.h"
#include "base/testing.h"
#include "crypto/inside.h"

static struct arena *arena;
static json_t *keys; /* of the file at hand; NULL when it has none */

static struct text get(const json_t *object, const char *key)
{
	struct text t = json_get_text(object, key);

	if (!t.at)
		print_error("a vector lacks \"%s\"\n", key);
	assert_non_null(t.at);
	return t;
}

static struct rsa_key *public_key(struct text pem)
{
	struct rsa_key *key = NULL;

	assert_done(rsa_public_read(pem, &key));
	return key;
}

#define check_text(got, want) assert_text_at((got), (want), __FILE__, __LINE__)
/* Signs with the private key named in the vector: the very bytes; verifies with its certificate. */
static void check_signed(const json_t *v)
{
	const json_t *pair = json_object_get(keys, get(v, "key").at);
	struct rsa_key *private = NULL, *public = public_key(get(pair, "cert_pem"));
	struct text signature;

	assert_done(rsa_private_read(get(pair, "private_pem"), &private));
	assert_done(rsa_sign(private, arena, get(v, "message"), &signature));
	check_text(signature, get(v, "signature"));
	assert_done(rsa_verify(public, get(v, "message"), signature));
	if (json_get_text(v, "serial").at)
		check_text(rsa_serial(public), get(v, "serial"));
	rsa_close(private);
	rsa_close(public);
}

/* The lines that WeChat Pay signs, put together from the vector's parts. */
static void check_request(const json_t *v)
{
	struct text message = arena_format(arena, "%s\n%s\n%s\n%s\n%s\n", get(v, "method").at, get(v, "url").at,
					   get(v, "timestamp").at, get(v, "nonce").at, get(v, "body").at);

	check_text(message, get(v, "message"));
	check_signed(v);
	assert_true(text_find(get(v, "authorization"), get(v, "signature")) != SIZE_MAX);
}

static struct text answer_message(struct text timestamp, struct text nonce, struct text body)
{
	return arena_format(arena, "%.*s\n%.*s\n%.*s\n", TEXT_ARG(timestamp), TEXT_ARG(nonce), TEXT_ARG(body));
}

static void check_answer(const json_t *v)
{
	check_text(answer_message(get(v, "timestamp"), get(v, "nonce"), get(v, "body")), get(v, "message"));
	check_signed(v);
}

static problem resource_open(const json_t *resource, struct text key, struct text *ret)
{
	struct text sealed;

	check_text(get(resource, "algorithm"), TEXT("AEAD_AES_256_GCM"));
	assert_true(base64_decode(arena, get(resource, "ciphertext"), &sealed));
	return gcm__open_any(key, get(resource, "nonce"), get(resource, "associated_data"), arena, sealed, ret);
}

static void check_notification_body(const json_t *v)
{
	json_t *body;
	struct text plain;

	assert_null(json_read(arena, get(v, "body"), &body));
	assert_done(resource_open(json_object_get(body, "resource"), get(v, "apiv3_key"), &plain));
	check_text(plain, get(v, "plaintext"));
}

/* Sealing is deterministic too, once the nonce is given: the very ciphertext of the vector. */
static void check_notification(const json_t *v)
{
	json_t *body, *resource;
	struct text sealed;

	check_answer(v);
	check_notification_body(v);
	assert_null(json_read(arena, get(v, "body"), &body));
	resource = json_object_get(body, "resource");
	assert_done(gcm_seal(get(v, "apiv3_key"), get(resource, "nonce"), get(resource, "associated_data"), arena,
			     get(v, "plaintext"), &sealed));
	check_text(base64_encode(arena, sealed), get(resource, "ciphertext"));
}

static void check_published_notification(const json_t *v)
{
	const json_t *headers = json_object_get(v, "headers");
	struct rsa_key *key = public_key(get(v, "platform_cert"));
	struct text message =
		answer_message(get(headers, "Wechatpay-Timestamp"), get(headers, "Wechatpay-Nonce"), get(v, "body"));

	check_text(rsa_serial(key), get(headers, "Wechatpay-Serial"));
	assert_done(rsa_verify(key, message, get(headers, "Wechatpay-Signature")));
	check_notification_body(v);
	rsa_close(key);
}

static void check_sealed(const json_t *v)
{
	struct text key = get(v, "key"), sealed, plain;

	assert_true(base64_decode(arena, get(v, "ciphertext"), &sealed));
	assert_done(gcm__open_any(key, get(v, "nonce"), get(v, "aad"), arena, sealed, &plain));
	check_text(plain, get(v, "plaintext"));
	/* what production calls refuses every key that is not of 32 bytes */
	assert_ptr_equal(gcm_open(key, get(v, "nonce"), get(v, "aad"), arena, sealed, &plain),
			 key.length == 32 ? NULL : &key_unusable);
	if (key.length == 32)
		assert_done(gcm_seal(key, get(v, "nonce"), get(v, "aad"), arena, plain, &sealed));
	check_text(base64_encode(arena, sealed), get(v, "ciphertext"));
}

static void check_certificates(const json_t *v)
{
	const json_t *answer = json_array_get(json_object_get(json_object_get(v, "response"), "data"), 0);
	struct text pem;
	struct rsa_key *key;

	assert_done(resource_open(json_object_get(answer, "encrypt_certificate"), get(v, "apiv3_key"), &pem));
	check_text(text_trim(pem), text_trim(get(v, "plaintext_pem")));
	key = public_key(pem);
	check_text(rsa_serial(key), get(v, "serial_no"));
	check_text(rsa_serial(key), get(answer, "serial_no"));
	rsa_close(key);
}

static void check_verified(const json_t *v)
{
	struct text pem = json_get_text(v, "public_key"), signature = json_get_text(v, "signature"),
		    message = json_get_text(v, "message");
	struct rsa_key *key = public_key(pem.at ? pem : get(v, "certificate"));

	assert_true(json_is_true(json_object_get(v, "expect")));
	if (!signature.at)
		signature = get(json_object_get(v, "params"), "sign");
	assert_done(rsa_verify(key, message.at ? message : get(v, "sign_string"), signature));
	assert_problem(rsa_verify(key, TEXT("another message"), signature), signature_wrong);
	rsa_close(key);
}

static void check_stripe(const json_t *v)
{
	struct text signed_text =
		arena_format(arena, "%lld.%s", (long long)json_get_int(v, "timestamp", 0), get(v, "payload").at);
	struct sha256 sum = hmac_sha256(get(v, "secret"), signed_text);
	struct text hex = hex_encode(arena, (struct text){ (char *)sum.at, sizeof(sum.at) });

	assert_true(text_ends(get(v, "header"), hex));
}

static void not_ours(const json_t *v)
{
	(void)v;
}

static const struct {
	const char *name;
	void (*check)(const json_t *v);
} checks[] = {
	{ "wx.request.post", check_request },
	{ "wx.request.get", check_signed },
	{ "wx.response", check_answer },
	{ "wx.response.204", check_signed },
	{ "wx.notify.pay", check_notification },
	{ "wx.jsapi.paySign", check_signed },
	{ "wx.rsa.sha256.verify", check_verified },
	{ "wx.notify.full", check_published_notification },
	{ "wx.gcm.go", check_sealed },
	{ "wx.gcm.java", check_sealed },
	{ "wx.certificates.decrypt", check_certificates },
	{ "wx.rsa.sha256.verify.java", check_verified },
	{ "alipay.request", check_signed },
	{ "alipay.response", check_signed },
	{ "alipay.notify", check_signed },
	{ "alipay.notify.trade", check_verified },
	{ "alipay.notify.service", check_verified },
	{ "stripe.webhook", check_stripe },
	/* MD5 and AES-CBC belong to a channel that is not there yet */
	{ "alipay.aes", not_ours },
	{ "alipay.cert_sn", not_ours },
	{ "alipay.cert_sn.appCertPublicKey_2021001161683774.crt", not_ours },
	{ "alipay.cert_sn.alipayCertPublicKey_RSA2.crt", not_ours },
	{ "alipay.root_cert_sn", not_ours },
};

static bool check(const json_t *v)
{
	struct text name = get(v, "name");

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!text_is(name, checks[i].name))
			continue;
		checks[i].check(v);
		return checks[i].check != not_ours;
	}
	print_error("nobody checks %.*s\n", TEXT_ARG(name));
	fail();
	return false;
}

static json_t *file_read(const char *name)
{
	const char *source = getenv("ZHIFANG_SOURCE");
	static char bytes[1 << 18];
	json_t *tree;
	FILE *f;
	size_t n;

	arena = arena_new(1 << 26);
	f = fopen(arena_format(arena, "%s/../shared/pay/%s", source ? source : ".", name).at, "r");
	if (!f) {
		print_message("../shared/pay is not here: vectors not checked\n");
		arena_free(arena);
		skip();
	}
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_null(json_read(arena, (struct text){ bytes, n }, &tree));
	return tree;
}

static size_t check_all(const json_t *vectors)
{
	size_t done = 0;

	for (size_t i = 0; i < json_array_size(vectors); i++)
		done += check(json_array_get(vectors, i));
	arena_free(arena);
	return done;
}

static void test_own_vectors(void **state)
{
	json_t *file = file_read("own-vectors.json");

	(void)state;
	keys = json_object_get(file, "keys");
	assert_int_equal(check_all(json_object_get(file, "vectors")), 10);
}

static void test_published_vectors(void **state)
{
	json_t *file = file_read("published-vectors.json");

	(void)state;
	keys = NULL;
	assert_int_equal(check_all(file), 8);
}

/* F20: what is no signature, or not by this key, is refused, whatever it looks like. */
static void test_wrong_signatures(void **state)
{
	json_t *file = file_read("own-vectors.json"), *v = json_array_get(json_object_get(file, "vectors"), 4);
	struct text good = get(v, "signature"), message = get(v, "message");
	struct rsa_key *platform = public_key(get(json_object_get(json_object_get(file, "keys"), "plat"), "cert_pem"));
	struct rsa_key *merchant = public_key(get(json_object_get(json_object_get(file, "keys"), "mch"), "cert_pem"));
	char changed[512];

	(void)state;
	assert_done(rsa_verify(platform, message, good));
	assert_problem(rsa_verify(merchant, message, good), signature_wrong);
	assert_problem(rsa_verify(platform, message, (struct text){ 0 }), signature_wrong);
	assert_problem(rsa_verify(platform, message, TEXT("")), signature_wrong);
	assert_problem(rsa_verify(platform, message, TEXT("no base64 at all")), signature_wrong);
	assert_problem(rsa_verify(platform, (struct text){ 0 }, good), signature_wrong);
	for (size_t n = 0; n < good.length; n++)
		assert_problem(rsa_verify(platform, message, text_head(good, n)), signature_wrong);
	assert_problem(rsa_verify(platform, message, arena_format(arena, "WECHATPAY/SIGNTEST/%.*s", TEXT_ARG(good))),
		       signature_wrong);
	assert_problem(rsa_verify(platform, message, arena_format(arena, "%.*s\n", TEXT_ARG(good))), signature_wrong);
	assert_problem(rsa_verify(platform, message, arena_format(arena, "%.*s%.*s", TEXT_ARG(good), TEXT_ARG(good))),
		       signature_wrong);
	assert_true(good.length < sizeof(changed));
	for (size_t i = 0; i < good.length; i++) {
		memcpy(changed, good.at, good.length);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_problem(rsa_verify(platform, message, (struct text){ changed, good.length }), signature_wrong);
	}
	rsa_close(platform);
	rsa_close(merchant);
	arena_free(arena);
}

/* F19: every byte of a signed body counts. */
static void test_changed_message(void **state)
{
	json_t *file = file_read("own-vectors.json"), *v = json_array_get(json_object_get(file, "vectors"), 4);
	struct rsa_key *platform = public_key(get(json_object_get(json_object_get(file, "keys"), "plat"), "cert_pem"));
	struct text message = arena_text(arena, get(v, "message"));

	(void)state;
	for (size_t i = 0; i < message.length; i++) {
		char *byte = (char *)&message.at[i];

		*byte = (char)(*byte ^ 1);
		assert_problem(rsa_verify(platform, message, get(v, "signature")), signature_wrong);
		*byte = (char)(*byte ^ 1);
	}
	assert_done(rsa_verify(platform, message, get(v, "signature")));
	rsa_close(platform);
	arena_free(arena);
}

/* F26, as far as the cipher sees it. */
static void test_wrong_resources(void **state)
{
	json_t *file = file_read("own-vectors.json"), *v = json_array_get(json_object_get(file, "vectors"), 4), *body,
	       *resource;
	struct text key = get(v, "apiv3_key"), nonce, aad, sealed, plain = TEXT("untouched"), long_nonce;

	(void)state;
	assert_null(json_read(arena, get(v, "body"), &body));
	resource = json_object_get(body, "resource");
	nonce = get(resource, "nonce");
	aad = get(resource, "associated_data");
	long_nonce = (struct text){ arena_alloc(arena, 4096), 4096 };
	assert_true(base64_decode(arena, get(resource, "ciphertext"), &sealed));
	for (size_t n = 0; n < sealed.length; n++)
		assert_problem(gcm_open(key, nonce, aad, arena, text_head(sealed, n), &plain), seal_broken);
	assert_problem(gcm_open(key, nonce, aad, arena, (struct text){ 0 }, &plain), seal_broken);
	assert_problem(gcm_open(key, (struct text){ 0 }, aad, arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(key, text_head(nonce, 11), aad, arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(key, text_head(long_nonce, 13), aad, arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(key, long_nonce, aad, arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(key, nonce, TEXT(""), arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(key, nonce, TEXT("transactioN"), arena, sealed, &plain), seal_broken);
	assert_problem(gcm_open(TEXT("0123456789abcdef0123456789ABCDEG"), nonce, aad, arena, sealed, &plain),
		       seal_broken);
	for (size_t n = 0; n < 32; n++)
		assert_problem(gcm_open(text_head(key, n), nonce, aad, arena, sealed, &plain), key_unusable);
	check_text(plain, TEXT("untouched"));
	assert_done(gcm_open(key, nonce, aad, arena, sealed, &plain));
	check_text(plain, get(v, "plaintext"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_vectors),      cmocka_unit_test(test_published_vectors),
		cmocka_unit_test(test_wrong_signatures), cmocka_unit_test(test_changed_message),
		cmocka_unit_test(test_wrong_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
