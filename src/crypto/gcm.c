/* gcm.c - AES in Galois/counter mode, for what the payment providers seal. */
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/inside.h"

const struct problem seal_broken = { 422, "seal-broken",
				     "The sealed value was changed, cut or sealed for another place." };

static const EVP_CIPHER *cipher_of(struct text key)
{
	return key.length == GCM_KEY_BYTES ? EVP_aes_256_gcm() : key.length == 16 ? EVP_aes_128_gcm() : NULL;
}

static bool fits(struct text nonce, struct text aad, struct text bytes)
{
	return nonce.length == GCM_NONCE_BYTES && aad.length <= INT_MAX && bytes.length <= INT_MAX - GCM_TAG_BYTES;
}

/* An IV of 12 bytes is the default of the mode. */
static bool start(EVP_CIPHER_CTX *context, struct text key, struct text nonce, struct text aad, int seals)
{
	int n;

	return context &&
	       EVP_CipherInit_ex2(context, cipher_of(key), bytes_of(key), bytes_of(nonce), seals, NULL) == 1 &&
	       EVP_CipherUpdate(context, NULL, &n, bytes_of(aad), (int)aad.length) == 1;
}

problem gcm_seal(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text plain,
		 struct text *ret)
{
	EVP_CIPHER_CTX *context;
	unsigned char *out;
	int n = 0, rest = 0;
	bool ok;

	if (key.length != GCM_KEY_BYTES)
		return &key_unusable;
	if (!fits(nonce, aad, plain))
		return &seal_broken;
	out = arena_alloc(arena, plain.length + GCM_TAG_BYTES);
	context = EVP_CIPHER_CTX_new();
	ok = start(context, key, nonce, aad, 1) &&
	     EVP_CipherUpdate(context, out, &n, bytes_of(plain), (int)plain.length) == 1 &&
	     EVP_CipherFinal_ex(context, out + n, &rest) == 1 &&
	     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, out + plain.length) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!ok)
		return &problem_internal;
	*ret = (struct text){ (char *)out, plain.length + GCM_TAG_BYTES };
	return NULL;
}

problem gcm__open_any(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text sealed,
		      struct text *ret)
{
	EVP_CIPHER_CTX *context;
	unsigned char *out, tag[GCM_TAG_BYTES];
	size_t length;
	int n = 0, rest = 0;
	bool ok;

	if (!cipher_of(key))
		return &key_unusable;
	if (sealed.length < GCM_TAG_BYTES || !fits(nonce, aad, sealed))
		return &seal_broken;
	length = sealed.length - GCM_TAG_BYTES;
	memcpy(tag, sealed.at + length, sizeof(tag));
	out = arena_alloc(arena, length + 1);
	context = EVP_CIPHER_CTX_new();
	ok = start(context, key, nonce, aad, 0) &&
	     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag) == 1 &&
	     EVP_CipherUpdate(context, out, &n, bytes_of(sealed), (int)length) == 1 &&
	     EVP_CipherFinal_ex(context, out + n, &rest) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!ok) {
		OPENSSL_cleanse(out, length);
		return &seal_broken;
	}
	*ret = (struct text){ (char *)out, length };
	return NULL;
}

problem gcm_open(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text sealed,
		 struct text *ret)
{
	return key.length == GCM_KEY_BYTES ? gcm__open_any(key, nonce, aad, arena, sealed, ret) : &key_unusable;
}
