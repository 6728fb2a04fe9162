/* signer.c - the gateway's own reading and making of signatures: Authorization of requests, headers of answers and
 * notifications, sealed resources. */
#include <assert.h>

#include "sandbox.h"

const struct problem gateway_sign_error = { 401, "SIGN_ERROR", "签名错误" };

enum { AUTHORIZATION_MAX = 2048, NONCE_MAX = 32 };
#define TIMESTAMP_MAX INT64_C(99999999999)

static struct text *pair_place(struct authorization *a, struct text name)
{
	return text_is(name, "mchid")       ? &a->mchid
	       : text_is(name, "nonce_str") ? &a->nonce
	       : text_is(name, "timestamp") ? &a->timestamp
	       : text_is(name, "serial_no") ? &a->serial
	       : text_is(name, "signature") ? &a->signature
					    : NULL;
}

/* key="value", and the comma behind it; no escapes, no blanks within */
static bool pair_read(struct text *rest, struct authorization *a)
{
	struct text name = text_trim(text_cut(rest, '=')), value, *place = pair_place(a, name);

	if (!rest->at || !rest->length || rest->at[0] != '"' || !place || place->at)
		return false;
	*rest = text_from(*rest, 1);
	value = text_cut(rest, '"');
	if (!rest->at || !value.length)
		return false;
	*place = value;
	*rest = text_trim(*rest);
	if (!rest->length)
		return true;
	if (rest->at[0] != ',')
		return false;
	*rest = text_from(*rest, 1);
	return rest->length > 0;
}

bool authorization_read(struct text header, struct authorization *ret)
{
	static const char scheme[] = "WECHATPAY2-SHA256-RSA2048 ";
	struct authorization a = { 0 };
	struct text rest;

	if (header.length > AUTHORIZATION_MAX || !text_starts(header, text_of(scheme)))
		return false;
	rest = text_trim(text_from(header, sizeof(scheme) - 1));
	do {
		if (!pair_read(&rest, &a))
			return false;
	} while (rest.length);
	if (!a.mchid.at || !a.nonce.at || !a.timestamp.at || !a.serial.at || !a.signature.at)
		return false;
	*ret = a;
	return true;
}

static problem lacks(struct text *ret_why, const char *what)
{
	*ret_why = text_of(what);
	return &gateway_sign_error;
}

static const char *method_word(enum method method)
{
	static const char *const words[] = { "", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

	return words[method];
}

/* The five lines, with the raw bytes of target and body. */
static problem message_check(const struct keys *keys, const struct http_request *rq, const struct authorization *a)
{
	CLEANUP(buffer_free) struct buffer message = BUFFER(1 << 20);

	buffer_format(&message, "%s\n", method_word(rq->method));
	buffer_add(&message, rq->target);
	buffer_format(&message, "\n%.*s\n%.*s\n", TEXT_ARG(a->timestamp), TEXT_ARG(a->nonce));
	buffer_add(&message, rq->body);
	buffer_add_char(&message, '\n');
	return message.why ? message.why : rsa_verify(keys->merchant, buffer_text(&message), a->signature);
}

problem signer_check(const struct keys *keys, const struct http_request *rq, int64_t now_ms, struct text *ret_why)
{
	struct authorization a;
	int64_t at;

	if (!authorization_read(http_header(rq, "authorization"), &a))
		return lacks(ret_why, "Authorization 格式错误");
	if (!text_eq(a.mchid, keys->mchid))
		return lacks(ret_why, "商户号不存在");
	if (!text_eq_nocase(a.serial, keys->merchant_serial)) /* clients in the wild send it in lower case too */
		return lacks(ret_why, "商户证书序列号有误");
	if (a.nonce.length > NONCE_MAX)
		return lacks(ret_why, "随机串过长");
	if (!text_to_int(a.timestamp, &at) || at < 0 || at > TIMESTAMP_MAX)
		return lacks(ret_why, "时间戳格式错误");
	if (at - now_ms / 1000 > SIGNER_SKEW_S || now_ms / 1000 - at > SIGNER_SKEW_S)
		return lacks(ret_why, "时间戳已过期");
	return message_check(keys, rq, &a) ? lacks(ret_why, "签名与内容不符") : NULL;
}

/* Letters and digits, as the real gateway's. */
static struct text nonce_make(struct world *world, struct arena *arena, size_t length)
{
	static const char from[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
	unsigned char random[64];
	char *out = arena_alloc(arena, length + 1);

	assert(length <= sizeof(random));
	world_random(world, random, length);
	for (size_t i = 0; i < length; i++)
		out[i] = from[random[i] % (sizeof(from) - 1)];
	return (struct text){ out, length };
}

static struct text signature_of(const struct keys *keys, struct arena *arena, unsigned wrong, struct text timestamp,
				struct text nonce, struct text body)
{
	CLEANUP(buffer_free) struct buffer message = BUFFER(16 << 20);
	struct text signature;
	problem why;

	buffer_format(&message, "%.*s\n%.*s\n", TEXT_ARG(timestamp), TEXT_ARG(nonce));
	buffer_add(&message, body);
	buffer_add_char(&message, '\n');
	why = rsa_sign(wrong & (SIGN_STRANGER | SIGN_SIGNTEST) ? keys->stranger : keys->platforms[keys->signing].key, arena,
		       buffer_text(&message), &signature);
	assert(!why && !message.why);
	return wrong & SIGN_SIGNTEST
		       ? arena_format(arena, "WECHATPAY/SIGNTEST/%.*s", TEXT_ARG(text_from(signature, 19)))
		       : signature;
}

void signer_sign(const struct keys *keys, struct world *world, struct arena *arena, int64_t now_ms, unsigned wrong,
		 struct text body, struct signed_headers *ret)
{
	struct text timestamp = arena_format(arena, "%lld", (long long)(now_ms / 1000)),
		    nonce = nonce_make(world, arena, 32);
	struct text serial =
		wrong & SIGN_WRONG_SERIAL ? TEXT("0000000000000000000000000000000000000000") : keys->platforms[keys->signing].serial;

	ret->at[0] = (struct header){ TEXT("Wechatpay-Timestamp"), timestamp };
	ret->at[1] = (struct header){ TEXT("Wechatpay-Nonce"), nonce };
	ret->at[2] = (struct header){ TEXT("Wechatpay-Serial"), serial };
	ret->at[3] = (struct header){ TEXT("Wechatpay-Signature"),
				      signature_of(keys, arena, wrong, timestamp, nonce, body) };
	ret->at[4] = (struct header){ TEXT("Wechatpay-Signature-Type"), TEXT("WECHATPAY2-SHA256-RSA2048") };
	ret->count = 5;
}

void signer_seal(struct text apiv3, struct world *world, struct arena *arena, const char *type, struct text aad,
		 struct text plain, struct buffer *out)
{
	struct text nonce = nonce_make(world, arena, GCM_NONCE_BYTES), sealed;
	problem why = gcm_seal(apiv3, nonce, aad, arena, plain, &sealed);

	assert(!why);
	buffer_add_char(out, '{');
	if (type)
		buffer_format(out, "\"original_type\":\"%s\",", type);
	buffer_format(out,
		      "\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\"%.*s\",\"associated_data\":\"%.*s\","
		      "\"nonce\":\"%.*s\"}",
		      TEXT_ARG(base64_encode(arena, sealed)), TEXT_ARG(aad), TEXT_ARG(nonce));
}
