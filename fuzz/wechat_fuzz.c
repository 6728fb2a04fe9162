/* wechat_fuzz.c - what comes in the name of WeChat Pay: a notification, and the answer with the platform's certificates.
 *
 * The lines of the input are the sort, the timestamp, the nonce, the serial and the signature; the rest is the body. A
 * signature is right if it says so, and what is sealed lies open before a tag of any 16 bytes: so the bytes get to what
 * comes behind. Of the sorts "plain" and "pem" only what is inside is given, and is sealed here. */
#include <assert.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool cheats;

static problem cheat_verify(const struct rsa_key *key, struct text message, struct text signature)
{
	(void)key;
	assert(text_ends(message, TEXT("\n")));
	return text_is(signature, "right") ? NULL : &signature_wrong;
}

static problem cheat_open(struct text key, struct text nonce, struct text aad, struct arena *arena, struct text sealed, struct text *ret)
{
	if (!cheats)
		return gcm_open(key, nonce, aad, arena, sealed, ret);
	if (nonce.length != GCM_NONCE_BYTES || sealed.length < GCM_TAG_BYTES)
		return &seal_broken;
	*ret = arena_text(arena, text_head(sealed, sealed.length - GCM_TAG_BYTES));
	return NULL;
}

#define rsa_verify cheat_verify
#define gcm_open   cheat_open
#include "payment/wechat.c"
#include "payment/wechat_keys.c"

static const int64_t clock_ms = 1790000000000, last_ms = 253370764800000;

static struct wechat channel_state = {
	.merchant = TEXT_INIT("1900000001"), .app = TEXT_INIT("wx1"), .serial = TEXT_INIT("0A"),
	.apiv3_key = TEXT_INIT("0123456789abcdef0123456789abcdef"), .lock = PTHREAD_RWLOCK_INITIALIZER,
	.keys = { { { .serial = "PUB_KEY_ID_1", .until_ms = INT64_MAX } }, 1 },
};

static struct text sealed(struct arena *arena, struct text plain)
{
	struct text bytes;

	if (gcm_seal(channel_state.apiv3_key, TEXT("fdasflkja484"), TEXT("a"), arena, plain, &bytes))
		abort();
	return arena_format(arena, "{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"fdasflkja484\",\"associated_data\":\"a\",\"ciphertext\":\"%.*s\"}",
	                    TEXT_ARG(base64_encode(arena, bytes)));
}

/* ---- a notification ---- */

static void check_fact(const struct channel_fact *fact)
{
	const struct payment payment = { .trade_no = TEXT("T1"), .amount = MONEY(1) };

	assert(fact->tag == CHANNEL_PAID || fact->tag == CHANNEL_CLOSED || fact->tag == CHANNEL_NOT_PAID);
	assert(fact->tag != CHANNEL_PAID || fact->transaction.length);
	if (matches(&channel_state, fact, &payment))
		assert(fact->total.fen == 1 && text_is(fact->trade_no, "T1") && text_is(fact->merchant, "1900000001"));
}

static void try_message(struct arena *arena, const struct header *headers, size_t count, struct text body)
{
	const struct http_request rq = { .method = POST, .headers = headers, .header_count = count, .body = body };
	struct text message = { 0 };
	struct channel_fact fact = { 0 };
	problem why = notified(&channel_state, arena, &rq, clock_ms, &message, &fact);

	assert(!why || why == &payment_forged || why == &payment_key_unknown);
	if (why)
		return;
	assert(text_is(headers[3].value, "right") && text_is(headers[2].value, "PUB_KEY_ID_1"));
	assert(message.length >= 1 && message.length <= 128 && text_is_utf8(message));
	check_fact(&fact);
}

static void try_plain(struct arena *arena, const struct header *headers, size_t count, struct text plain)
{
	struct text body = arena_format(arena, "{\"id\":\"E\",\"event_type\":\"TRANSACTION.SUCCESS\",\"resource\":%.*s}", TEXT_ARG(sealed(arena, plain)));

	try_message(arena, headers, count, body);
}

/* ---- certificates ---- */

static void try_certificates(struct arena *arena, struct text body)
{
	struct fetched f = { .w = &channel_state };
	problem why = read_certificates(&f, arena, body);

	assert(!why || why == &certificates_broken || why == &apiv3_key_wrong);
	for (size_t i = 0; !why && i < f.keys.count; i++) {
		assert(text_is(f.rows[i].serial, f.keys.at[i].serial) && f.rows[i].pem.length);
		assert(find(&f.keys, f.rows[i].serial) == &f.keys.at[i]);
	}
	drop_all(&f.keys);
}

static void try_pem(struct arena *arena, struct text serial, struct text pem)
{
	CLEANUP(buffer_free) struct buffer body = BUFFER(1 << 20);

	buffer_add(&body, TEXT("{\"data\":[{\"effective_time\":\"2026-01-01T00:00:00+08:00\",\"expire_time\":\"2031-01-01T00:00:00+08:00\",\"serial_no\":"));
	json_write_text(&body, serial);
	buffer_add(&body, TEXT(",\"encrypt_certificate\":"));
	buffer_add(&body, sealed(arena, pem));
	buffer_add(&body, TEXT("}]}"));
	try_certificates(arena, buffer_text(&body));
}

/* A time that is read is the one that is written, to the second, and letter by letter where it is of Beijing (:60 is the next
 * minute's :00). */
static void try_time(struct arena *arena, struct text t)
{
	int64_t ms, again;
	struct text written;

	if (!wechat__time_read(t, &ms) || ms <= 0 || ms >= last_ms)
		return;
	written = beijing_time(arena, ms);
	assert(wechat__time_read(written, &again) && again == ms);
	assert(!text_ends(t, TEXT("+08:00")) || text_find_char(t, '.') != SIZE_MAX || t.at[17] == '6' || text_eq(t, written));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature" };
	enum { COUNT = sizeof names / sizeof *names };
	struct text rest = { (const char *)data, size }, sort = text_cut(&rest, '\n');
	struct header headers[COUNT];
	struct arena *arena = arena_new((size_t)64 << 20);

	for (size_t i = 0; i < COUNT; i++)
		headers[i] = (struct header){ text_of(names[i]), text_cut(&rest, '\n') };
	cheats = !text_is(sort, "plain") && !text_is(sort, "pem");
	if (text_is(sort, "message"))
		try_message(arena, headers, COUNT, rest);
	else if (text_is(sort, "plain"))
		try_plain(arena, headers, COUNT, rest);
	else if (text_is(sort, "certificates"))
		try_certificates(arena, rest);
	else if (text_is(sort, "pem"))
		try_pem(arena, headers[2].value, rest);
	else
		try_time(arena, sort);
	arena_free(arena);
	return 0;
}
