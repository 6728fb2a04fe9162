/* keys.c - the gateway's and the merchant's keys, made at the first start with nothing but the folder to live in:
 *
 *	platform_key.pem merchant.pem stranger_key.pem   RSA, 2048 bits, mode 0600
 *	platform.pem merchant_certificate.pem            self-signed certificates
 *	platform_key-2.pem platform-2.pem ...            later ones of the platform, by rotation
 *	platform.txt                                     first certificate that is listed, and the one that signs; from 0
 *	apiv3.key                                        32 letters and digits, no newline
 *	merchant.txt                                     mchid and appid
 *
 * All that it makes can be told from what is real, whatever form it is copied into: the public exponent of its keys is
 * 65539, where everybody else's is 65537, and its merchant numbers begin with 0. A site in production refuses both. */
#include <assert.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <unistd.h>

#include "sandbox.h"

enum { FILE_MAX = 65536, SERIAL_BYTES = 20, TEN_YEARS_S = 10 * 365 * 86400, MARKED_EXPONENT = 65539 };

struct maker {
	const char *folder;
	struct world *world;
	struct arena *arena;
};

static const char *path_in(struct arena *arena, const char *folder, const char *name)
{
	return arena_format(arena, "%s/%s", folder, name).at;
}

static problem bio_save(const struct maker *m, BIO *bio, const char *name)
{
	char *at = NULL;
	long length = BIO_get_mem_data(bio, &at);
	problem why = secret_file_write(path_in(m->arena, m->folder, name), (struct text){ at, (size_t)length }, false);

	BIO_free(bio);
	return why;
}

static problem key_save(const struct maker *m, EVP_PKEY *key, const char *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return bio_save(m, bio, name);
}

static void name_add(X509_NAME *name, const char *field, const char *value)
{
	X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0);
}

static void serial_set(const struct maker *m, X509 *certificate)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number;

	world_random(m->world, bytes, sizeof(bytes));
	bytes[0] = (bytes[0] & 0x3f) | 0x40; /* positive, and of full length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
}

static problem certificate_save(const struct maker *m, EVP_PKEY *key, const char *common_name, const char *file)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	BIO *bio = BIO_new(BIO_s_mem());

	X509_set_version(certificate, X509_VERSION_3);
	serial_set(m, certificate);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
	X509_gmtime_adj(X509_getm_notAfter(certificate), TEN_YEARS_S);
	X509_set_pubkey(certificate, key);
	name_add(name, "C", "CN");
	name_add(name, "O", "zhifang-sandbox");
	name_add(name, "CN", common_name);
	X509_set_issuer_name(certificate, name);
	X509_sign(certificate, key, EVP_sha256());
	PEM_write_bio_X509(bio, certificate);
	X509_free(certificate);
	return bio_save(m, bio, file);
}

static EVP_PKEY *marked_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *exponent = BN_new();
	EVP_PKEY *key = NULL;

	if (context && exponent && BN_set_word(exponent, MARKED_EXPONENT) && EVP_PKEY_keygen_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1 && EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent) == 1)
		(void)EVP_PKEY_generate(context, &key);
	BN_free(exponent);
	EVP_PKEY_CTX_free(context);
	return key;
}

static problem pair_make(const struct maker *m, const char *key_file, const char *common_name,
			 const char *certificate_file)
{
	EVP_PKEY *key = marked_key();
	problem why;

	if (!key)
		return &problem_internal;
	why = certificate_file ? certificate_save(m, key, common_name, certificate_file) : NULL;
	if (!why)
		why = key_save(m, key, key_file);
	EVP_PKEY_free(key);
	return why;
}

static struct text letters(const struct maker *m, const char *from, size_t n)
{
	unsigned char *random = arena_alloc(m->arena, n);
	char *out = arena_alloc(m->arena, n + 1);

	world_random(m->world, random, n);
	for (size_t i = 0; i < n; i++)
		out[i] = from[random[i] % strlen(from)];
	return (struct text){ out, n };
}

/* merchant.txt comes last: where it is, everything is. */
static problem all_make(const struct maker *m)
{
	static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
	static const char any[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char *const files[] = { "platform_key.pem",         "platform.pem",     "merchant.pem",
					     "merchant_certificate.pem", "stranger_key.pem", "apiv3.key" };
	struct text merchant, mchid = letters(m, digits, 8), appid = letters(m, hex, 16);
	problem why;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_in(m->arena, m->folder, files[i])); /* of a first start that was cut short */
	why = pair_make(m, "platform_key.pem", "Tenpay.com sandbox", "platform.pem");
	if (!why)
		why = pair_make(m, "merchant.pem", "sandbox merchant", "merchant_certificate.pem");
	if (!why)
		why = pair_make(m, "stranger_key.pem", NULL, NULL);
	if (!why)
		why = secret_file_write(path_in(m->arena, m->folder, "apiv3.key"), letters(m, any, GCM_KEY_BYTES),
					false);
	merchant = arena_format(m->arena, "00%.*s\nwx%.*s\n", TEXT_ARG(mchid), TEXT_ARG(appid));
	return why ? why : secret_file_write(path_in(m->arena, m->folder, "merchant.txt"), merchant, false);
}

typedef problem (*key_reader)(struct text pem, struct rsa_key **ret);

static problem key_load(const struct maker *m, const char *name, key_reader reader, struct rsa_key **ret)
{
	struct text pem;
	problem why = secret_file_read(path_in(m->arena, m->folder, name), FILE_MAX, m->arena, &pem);

	return why ? why : reader(pem, ret);
}

/* "platform.pem", then "platform-2.pem" and on */
static const char *numbered(struct arena *arena, const char *name, int i)
{
	return i ? arena_format(arena, "%s-%d.pem", name, i + 1).at : arena_format(arena, "%s.pem", name).at;
}

static problem platform_load(const struct maker *m, int i, struct platform *ret)
{
	struct rsa_key *certificate = NULL;
	const char *file = numbered(m->arena, "platform", i);
	problem why = key_load(m, file, rsa_public_read, &certificate);

	if (why)
		return why;
	ret->serial = arena_text(m->arena, rsa_serial(certificate));
	(void)rsa_validity(certificate, &ret->from_ms, &ret->until_ms);
	rsa_close(certificate);
	why = secret_file_read(path_in(m->arena, m->folder, file), FILE_MAX, m->arena, &ret->certificate);
	return why ? why : key_load(m, numbered(m->arena, "platform_key", i), rsa_private_read, &ret->key);
}

static problem rotation_load(const struct maker *m, struct keys *ret)
{
	const char *file = path_in(m->arena, m->folder, "platform.txt");
	struct text line;
	int64_t first, signing;
	problem why = access(file, F_OK) ? NULL : secret_file_read(file, FILE_MAX, m->arena, &line);

	if (why || access(file, F_OK))
		return why;
	line = text_trim(line);
	if (!text_to_int(text_cut(&line, ' '), &first) || !text_to_int(line, &signing) || first < 0 || first > signing ||
	    signing >= ret->platform_count)
		return &key_unusable;
	ret->first_listed = (int)first;
	ret->signing = (int)signing;
	return NULL;
}

static problem platforms_load(const struct maker *m, struct keys *ret)
{
	problem why = platform_load(m, 0, &ret->platforms[0]);

	for (int i = 1; !why; i++) {
		ret->platform_count = i;
		if (i == PLATFORMS_MAX || access(path_in(m->arena, m->folder, numbered(m->arena, "platform_key", i)), F_OK))
			break;
		why = platform_load(m, i, &ret->platforms[i]);
	}
	return why ? why : rotation_load(m, ret);
}

static problem all_load(const struct maker *m, struct text merchant, struct keys *ret)
{
	problem why = platforms_load(m, ret);

	if (!why)
		why = key_load(m, "merchant_certificate.pem", rsa_public_read, &ret->merchant);
	if (!why)
		ret->merchant_serial = rsa_serial(ret->merchant);
	if (!why)
		why = key_load(m, "stranger_key.pem", rsa_private_read, &ret->stranger);
	if (!why)
		why = secret_file_read(path_in(m->arena, m->folder, "apiv3.key"), GCM_KEY_BYTES, m->arena, &ret->apiv3);
	ret->mchid = text_cut(&merchant, '\n');
	ret->appid = text_cut(&merchant, '\n');
	return why;
}

problem keys_open(const char *folder, struct world *world, struct keys *ret)
{
	struct maker m = { folder, world, arena_new(1 << 20) };
	const char *merchant_file = path_in(m.arena, folder, "merchant.txt");
	struct text merchant;
	problem why = access(merchant_file, F_OK) ? all_make(&m) : NULL;

	*ret = (struct keys){ .arena = m.arena };
	if (!why)
		why = secret_file_read(merchant_file, FILE_MAX, m.arena, &merchant);
	if (!why)
		why = all_load(&m, merchant, ret);
	if (why)
		keys_close(ret);
	return why;
}

void keys_close(struct keys *keys)
{
	for (int i = 0; i < keys->platform_count; i++)
		rsa_close(keys->platforms[i].key);
	rsa_close(keys->merchant);
	rsa_close(keys->stranger);
	arena_free(keys->arena);
	*keys = (struct keys){ 0 };
}

/* ---- rotation ---- */

static problem rotation_save(const struct keys *keys, const char *folder)
{
	char path[4096], line[32];

	snprintf(path, sizeof(path), "%s/platform.txt", folder);
	snprintf(line, sizeof(line), "%d %d\n", keys->first_listed, keys->signing);
	return secret_file_write(path, text_of(line), true);
}

problem keys_publish(struct keys *keys, const char *folder, struct world *world)
{
	struct maker m = { folder, world, keys->arena };
	int i = keys->platform_count;
	const char *certificate = numbered(m.arena, "platform", i);
	problem why;

	if (i - 1 > keys->signing)
		return NULL; /* one is waiting to be used */
	if (i == PLATFORMS_MAX)
		return &problem_conflict;
	unlink(path_in(m.arena, folder, certificate)); /* of a try that was cut short: the key comes last */
	why = pair_make(&m, numbered(m.arena, "platform_key", i), "Tenpay.com sandbox", certificate);
	if (!why)
		why = platform_load(&m, i, &keys->platforms[i]);
	if (!why)
		keys->platform_count = i + 1;
	return why;
}

problem keys_use(struct keys *keys, const char *folder)
{
	keys->signing = keys->platform_count - 1;
	return rotation_save(keys, folder);
}

problem keys_withdraw(struct keys *keys, const char *folder)
{
	keys->first_listed = keys->signing;
	return rotation_save(keys, folder);
}

problem keys_write_settings(const struct keys *keys, const char *folder, const char *file, const struct ports *ports)
{
	struct arena *arena = arena_new(1 << 20);
	char *full = realpath(folder, NULL);
	const struct platform *platform = &keys->platforms[keys->signing];
	struct text lines = arena_format(
		arena,
		"# written by zhifang-sandbox: the merchant it knows, and its own public key\n"
		"wechat.base = http://127.0.0.1:%d\nwechat.mchid = %.*s\nwechat.appid = %.*s\nwechat.serial = %.*s\n"
		"wechat.key_file = %s/merchant.pem\nwechat.apiv3_key_file = %s/apiv3.key\n"
		"wechat.platform_key_file = %s/%s\nwechat.platform_serial = %.*s\n"
		"wechat.oauth_base = http://127.0.0.1:%d\nwechat.app_secret_file = %s/app.secret\n"
		"# and its mail server and SMS channel: what they take is shown at /sandbox/inbox\n"
		"mail.host = 127.0.0.1\nmail.port = %d\nmail.security = none\nmail.from_address = shop@sandbox.zhifang.example\n"
		"sms.channel = webhook\nsms.url = http://127.0.0.1:%d" SMS_PATH "\nsms.secret_file = %s/sms.secret\n",
		ports->http, TEXT_ARG(keys->mchid), TEXT_ARG(keys->appid), TEXT_ARG(keys->merchant_serial),
		full ? full : folder, full ? full : folder, full ? full : folder, numbered(arena, "platform", keys->signing),
		TEXT_ARG(platform->serial), ports->http, full ? full : folder, ports->mail, ports->http, full ? full : folder);
	problem why = secret_file_write(file, lines, true);

	free(full);
	arena_free(arena);
	return why;
}
