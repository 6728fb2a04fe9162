/* rsa.c - signatures and OAEP as the payment providers prescribe them. Keys of fewer than 2048 bits are refused when
 * they are read, and a PEM file that is encrypted too: nobody is there to type a passphrase. */
#include <assert.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/inside.h"

const struct problem signature_wrong = { 401, "signature-wrong", "The signature does not fit." };
const struct problem key_unusable = { 500, "key-unusable", "The key is not of the kind and size that is needed." };

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, PEM_BYTES_MAX = 65536, SERIAL_MAX = 64 };

struct rsa_key {
	EVP_PKEY *key;
	char serial[SERIAL_MAX + 1]; /* empty: none */
	int64_t from_ms, until_ms;   /* of the certificate */
};

static int no_passphrase(char *to, int room, int writing, void *arg)
{
	(void)to, (void)room, (void)writing, (void)arg;
	return 0;
}

static problem key_new(EVP_PKEY *key, struct rsa_key **ret)
{
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	struct rsa_key *made;

	ERR_clear_error();
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
		EVP_PKEY_free(key);
		return &key_unusable;
	}
	made = calloc(1, sizeof(*made));
	if (!made)
		abort();
	made->key = key;
	*ret = made;
	return NULL;
}

static BIO *pem_bio(struct text pem)
{
	return pem.at && pem.length && pem.length <= PEM_BYTES_MAX ? BIO_new_mem_buf(pem.at, (int)pem.length) : NULL;
}

problem rsa_private_read(struct text pem, struct rsa_key **ret)
{
	BIO *bio = pem_bio(pem);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	return key_new(key, ret);
}

/* Upper-case, an even number of digits: as `openssl x509 -serial` prints it and the providers write it. */
static bool serial_write(X509 *certificate, char to[SERIAL_MAX + 1])
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number && !BN_is_negative(number) ? BN_bn2hex(number) : NULL;
	bool fits = hex && strlen(hex) <= SERIAL_MAX;

	if (fits)
		memcpy(to, hex, strlen(hex) + 1);
	OPENSSL_free(hex);
	BN_free(number);
	return fits;
}

static bool time_of(const ASN1_TIME *time, int64_t *ret_ms)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(time, &tm))
		return false;
	*ret_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static problem certificate_read(BIO *bio, struct rsa_key **ret)
{
	X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	char serial[SERIAL_MAX + 1] = "";
	int64_t from_ms, last_ms;
	problem why = &key_unusable;

	if (certificate && serial_write(certificate, serial) && time_of(X509_get0_notBefore(certificate), &from_ms) &&
	    time_of(X509_get0_notAfter(certificate), &last_ms))
		why = key_new(X509_get_pubkey(certificate), ret);
	if (!why) {
		memcpy((*ret)->serial, serial, sizeof(serial));
		(*ret)->from_ms = from_ms;
		(*ret)->until_ms = last_ms + 1000; /* the last second counts */
	}
	X509_free(certificate);
	ERR_clear_error();
	return why;
}

problem rsa_public_read(struct text pem, struct rsa_key **ret)
{
	BIO *bio = pem_bio(pem);
	problem why;

	if (!bio)
		return &key_unusable;
	if (text_find(pem, TEXT("-----BEGIN CERTIFICATE-----")) != SIZE_MAX)
		why = certificate_read(bio, ret);
	else
		why = key_new(PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL), ret);
	BIO_free(bio);
	return why;
}

void rsa_close(struct rsa_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

struct text rsa_serial(const struct rsa_key *key)
{
	return key->serial[0] ? text_of(key->serial) : (struct text){ 0 };
}

uint64_t rsa_exponent(const struct rsa_key *key)
{
	BIGNUM *exponent = NULL;
	uint64_t value = 0;

	if (EVP_PKEY_get_bn_param(key->key, OSSL_PKEY_PARAM_RSA_E, &exponent) && BN_num_bits(exponent) <= 63)
		value = BN_get_word(exponent);
	BN_free(exponent);
	return value;
}

bool rsa_validity(const struct rsa_key *key, int64_t *ret_from_ms, int64_t *ret_until_ms)
{
	if (!key->serial[0])
		return false;
	*ret_from_ms = key->from_ms;
	*ret_until_ms = key->until_ms;
	return true;
}

problem rsa_sign(const struct rsa_key *key, struct arena *arena, struct text message, struct text *ret)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[RSA_BITS_MAX / 8];
	size_t length = sizeof(signature);
	bool ok = context && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key->key, NULL) == 1 &&
		  EVP_DigestSign(context, signature, &length, bytes_of(message), message.length) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!ok)
		return &key_unusable;
	*ret = base64_encode(arena, (struct text){ (const char *)signature, length });
	return NULL;
}

problem rsa_verify(const struct rsa_key *key, struct text message, struct text signature_base64)
{
	struct arena *arena;
	struct text signature;
	EVP_MD_CTX *context;
	bool ok;

	if (signature_base64.length > RSA_BITS_MAX / 8 * 4 / 3 + 4)
		return &signature_wrong;
	arena = arena_new(4096);
	context = EVP_MD_CTX_new();
	ok = context && base64_decode(arena, signature_base64, &signature) &&
	     EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, key->key, NULL) == 1 &&
	     EVP_DigestVerify(context, bytes_of(signature), signature.length, bytes_of(message), message.length) == 1;
	EVP_MD_CTX_free(context);
	arena_free(arena);
	ERR_clear_error();
	return ok ? NULL : &signature_wrong;
}

typedef int (*oaep_init)(EVP_PKEY_CTX *context);
typedef int (*oaep_run)(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in,
			size_t in_length);

static bool oaep(const struct rsa_key *key, oaep_init init, oaep_run go, struct text in, struct text *out)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
	size_t length = out->length;
	bool ok = context && init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
		  EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "SHA1", NULL) == 1 &&
		  EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, "SHA1", NULL) == 1 &&
		  go(context, (unsigned char *)out->at, &length, bytes_of(in), in.length) == 1;

	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	out->length = length;
	return ok;
}

problem rsa_oaep_seal(const struct rsa_key *key, struct arena *arena, struct text plain, struct text *ret)
{
	struct text sealed = { arena_alloc(arena, RSA_BITS_MAX / 8), RSA_BITS_MAX / 8 };

	if (!oaep(key, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, plain, &sealed))
		return &problem_too_large;
	*ret = base64_encode(arena, sealed);
	return NULL;
}

problem rsa_oaep_open(const struct rsa_key *key, struct arena *arena, struct text sealed_base64, struct text *ret)
{
	struct text sealed, plain = { arena_alloc(arena, RSA_BITS_MAX / 8), RSA_BITS_MAX / 8 };

	if (sealed_base64.length > RSA_BITS_MAX / 8 * 4 / 3 + 4 || !base64_decode(arena, sealed_base64, &sealed) ||
	    !oaep(key, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, sealed, &plain))
		return &seal_broken;
	*ret = plain;
	return NULL;
}
