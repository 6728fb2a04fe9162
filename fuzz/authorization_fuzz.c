/* authorization_fuzz.c - the gateway's reader of Authorization: whatever it accepts has all five pairs, each of them a piece
 * of the header without a quote in it, and reads the same again when it is written out in order. */
#include <assert.h>

#include "../sandbox/signer.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct text header, struct text part)
{
	assert(part.at >= header.at && part.at + part.length <= header.at + header.length);
	assert(part.length && text_find_char(part, '"') == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text header = { (const char *)data, size };
	struct authorization a, again;
	struct buffer out = BUFFER(65536);

	if (!authorization_read(header, &a))
		return 0;
	inside(header, a.mchid);
	inside(header, a.nonce);
	inside(header, a.timestamp);
	inside(header, a.serial);
	inside(header, a.signature);
	buffer_add(&out, TEXT("WECHATPAY2-SHA256-RSA2048 mchid=\""));
	buffer_add(&out, a.mchid);
	buffer_add(&out, TEXT("\",nonce_str=\""));
	buffer_add(&out, a.nonce);
	buffer_add(&out, TEXT("\",timestamp=\""));
	buffer_add(&out, a.timestamp);
	buffer_add(&out, TEXT("\",serial_no=\""));
	buffer_add(&out, a.serial);
	buffer_add(&out, TEXT("\",signature=\""));
	buffer_add(&out, a.signature);
	buffer_add(&out, TEXT("\""));
	assert(out.length > AUTHORIZATION_MAX ||
	       (authorization_read(buffer_text(&out), &again) && text_eq(a.mchid, again.mchid) && text_eq(a.signature, again.signature)));
	buffer_free(&out);
	return 0;
}
