/* wechat_keys.c - the keys that WeChat Pay signs with, each by its serial: the configured one (a public key with an id, or a
 * certificate), and the certificates that GET /v3/certificates gives, sealed by the APIv3 key.
 *
 * Fetched ones are kept in the database, so that a restart and other processes know them, and hold until they expire: a
 * message that was signed before a rotation may still be on its way. An unknown serial is no forgery yet: stored keys are
 * read again, then certificates are fetched, at most once a minute. The merchant's own serial is never a platform's. */
#include "payment/wechat_room.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/log.h"

enum { CLOCK_SKEW_S = 300 };

const struct problem payment_key_unknown = { 401, "payment-key-unknown", "No key of this serial is known." };
const struct problem payment_keys_fresh = { 503, "payment-keys-fresh", "The channel was asked for its certificates just now." };
static const struct problem own_serial = { 500, "payment-own-serial", "The platform's key is the merchant's own: give WeChat Pay's." };
static const struct problem serial_wrong = { 500, "payment-serial-wrong", "The platform's certificate has another serial than the setting." };
static const struct problem serial_missing = { 500, "payment-serial-missing", "A public key needs its id: set wechat.platform_serial." };
static const struct problem apiv3_key_wrong = { 500, "payment-apiv3-key-wrong", "The APIv3 key does not open the platform's certificates." };
static const struct problem certificates_broken = { 502, "payment-certificates-broken", "The platform's certificates are not what they should be." };

/* ---- a set of keys ---- */

static const struct platform_key *find(const struct platform_keys *keys, struct text serial)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (text_is(serial, keys->at[i].serial))
			return &keys->at[i];
	}
	return NULL;
}

/* Takes key over. */
static void add(struct platform_keys *keys, struct text serial, struct platform_key key)
{
	assert(serial.length <= PLATFORM_SERIAL_MAX && keys->count < PLATFORM_KEYS_MAX);
	memcpy(key.serial, serial.at, serial.length);
	key.serial[serial.length] = '\0';
	keys->at[keys->count++] = key;
}

static void drop_expired(struct platform_keys *keys, int64_t now_ms)
{
	for (size_t i = keys->count; i-- > 0;) {
		if (keys->at[i].until_ms > now_ms)
			continue;
		rsa_close(keys->at[i].key);
		keys->at[i] = keys->at[--keys->count];
	}
}

static void drop_all(struct platform_keys *keys) { drop_expired(keys, INT64_MAX); }

void wechat__close_keys(struct wechat *w)
{
	for (size_t i = 0; i < w->keys.count; i++)
		rsa_close(w->keys.at[i].key);
	pthread_rwlock_destroy(&w->lock);
}

/* ---- signatures ---- */

struct signed_bytes wechat__signed_answer(const struct http_answer *answer)
{
	return (struct signed_bytes){
		.timestamp = http_answer_header(answer, "Wechatpay-Timestamp"),
		.nonce = http_answer_header(answer, "Wechatpay-Nonce"),
		.serial = http_answer_header(answer, "Wechatpay-Serial"),
		.signature = http_answer_header(answer, "Wechatpay-Signature"),
		.type = http_answer_header(answer, "Wechatpay-Signature-Type"),
		.body = answer->body,
	};
}

static bool headers_whole(const struct signed_bytes *in, int64_t now_s)
{
	int64_t at_s;

	if (!in->serial.length || in->serial.length > PLATFORM_SERIAL_MAX || !in->nonce.at || !in->signature.at)
		return false;
	if (in->type.at && !text_eq(in->type, TEXT("WECHATPAY2-SHA256-RSA2048")))
		return false;
	return text_to_int(in->timestamp, &at_s) && at_s >= 0 && at_s > now_s - CLOCK_SKEW_S && at_s < now_s + CLOCK_SKEW_S;
}

static problem check_by(const struct platform_keys *keys, struct arena *arena, const struct signed_bytes *in, int64_t now_ms)
{
	const struct platform_key *key = find(keys, in->serial);
	struct text message;

	if (!headers_whole(in, now_ms / 1000))
		return &payment_forged;
	if (!key)
		return &payment_key_unknown;
	if (now_ms < key->from_ms || now_ms >= key->until_ms)
		return &payment_forged;
	message = arena_format(arena, "%.*s\n%.*s\n%.*s\n", TEXT_ARG(in->timestamp), TEXT_ARG(in->nonce), TEXT_ARG(in->body));
	return rsa_verify(key->key, message, in->signature) ? &payment_forged : NULL;
}

static bool is_own_serial(const struct wechat *w, struct text serial) { return text_eq_nocase(serial, w->serial); }

problem wechat__check(struct wechat *w, struct arena *arena, const struct signed_bytes *in, int64_t now_ms)
{
	problem why;

	pthread_rwlock_rdlock(&w->lock);
	why = check_by(&w->keys, arena, in, now_ms);
	pthread_rwlock_unlock(&w->lock);
	return why == &payment_key_unknown && is_own_serial(w, in->serial) ? &payment_forged : why;
}

/* ---- the configured key ---- */

static bool is_own_key(const struct wechat *w, const struct rsa_key *key)
{
	struct text signature;

	return !rsa_sign(w->private_key, w->arena, TEXT("try"), &signature) && !rsa_verify(key, TEXT("try"), signature);
}

static problem check_configured(const struct wechat *w, const struct rsa_key *key, struct text serial)
{
	struct text own = rsa_serial(key);

	if (!serial.length || serial.length > PLATFORM_SERIAL_MAX)
		return &serial_missing;
	if (is_own_serial(w, serial) || is_own_key(w, key))
		return &own_serial;
	return own.at && !text_eq_nocase(own, serial) ? &serial_wrong : NULL;
}

problem wechat__configure_key(struct wechat *w, struct text pem, struct text serial)
{
	struct platform_key made = { .until_ms = INT64_MAX };
	problem why = rsa_public_read(pem, &made.key);

	if (why)
		return why;
	if (!serial.length)
		serial = rsa_serial(made.key);
	why = check_configured(w, made.key, serial);
	if (why) {
		rsa_close(made.key);
		return why;
	}
	if (rsa_validity(made.key, &made.from_ms, &made.until_ms))
		serial = rsa_serial(made.key); /* as the channel writes it */
	else
		w->public_key_id = serial;
	add(&w->keys, serial, made);
	return NULL;
}

/* ---- stored keys ---- */

static void learn(struct wechat *w, const struct stored_key *stored)
{
	struct platform_key made = { .from_ms = stored->from_ms, .until_ms = stored->until_ms };

	if (find(&w->keys, stored->serial) || is_own_serial(w, stored->serial) || stored->serial.length > PLATFORM_SERIAL_MAX)
		return;
	if (w->keys.count == PLATFORM_KEYS_MAX || rsa_public_read(stored->pem, &made.key)) {
		log_line(LOG_ERROR, "wechat-stored-key", "serial", stored->serial, NULL);
		return;
	}
	add(&w->keys, stored->serial, made);
}

problem wechat__read_keys(void *self, struct tx *tx)
{
	struct wechat *w = self;
	int64_t now_ms = tx_now_ms(tx);
	struct stored_key *keys;
	size_t n;
	problem why = payment__keys(tx, TEXT("wechat"), now_ms, &keys, &n);

	if (why)
		return why;
	pthread_rwlock_wrlock(&w->lock);
	drop_expired(&w->keys, now_ms);
	for (size_t i = 0; i < n; i++)
		learn(w, &keys[i]);
	pthread_rwlock_unlock(&w->lock);
	return NULL;
}

/* ---- fetching ---- */

struct fetched {
	struct wechat *w;
	struct platform_keys keys;              /* to check the answer itself */
	struct stored_key rows[PLATFORM_KEYS_MAX];
};

/* Two times each: what the answer says and what the certificate says; it holds while both do. */
static problem read_times(const json_t *item, struct platform_key *key)
{
	int64_t from_ms, until_ms;

	if (!wechat__time_read(json_get_text(item, "effective_time"), &from_ms) || !wechat__time_read(json_get_text(item, "expire_time"), &until_ms))
		return &certificates_broken;
	if (!rsa_validity(key->key, &key->from_ms, &key->until_ms))
		return &certificates_broken;
	key->from_ms = from_ms > key->from_ms ? from_ms : key->from_ms;
	key->until_ms = until_ms < key->until_ms ? until_ms : key->until_ms;
	return NULL;
}

static problem open_certificate(const struct wechat *w, struct arena *arena, const json_t *item, struct text *ret_pem)
{
	const json_t *sealed = json_object_get(item, "encrypt_certificate");
	struct text bytes;

	if (!text_eq(json_get_text(sealed, "algorithm"), TEXT("AEAD_AES_256_GCM")) ||
	    !base64_decode(arena, json_get_text(sealed, "ciphertext"), &bytes))
		return &certificates_broken;
	return gcm_open(w->apiv3_key, json_get_text(sealed, "nonce"), json_get_text(sealed, "associated_data"), arena, bytes, ret_pem)
	               ? &apiv3_key_wrong
	               : NULL;
}

static problem read_certificate(struct fetched *f, struct arena *arena, const json_t *item)
{
	struct text serial = json_get_text(item, "serial_no"), pem;
	struct platform_key key = { 0 };
	problem why = open_certificate(f->w, arena, item, &pem);

	if (!why)
		why = rsa_public_read(pem, &key.key) ? &certificates_broken : NULL;
	if (why)
		return why;
	why = read_times(item, &key);
	if (!why && (!text_eq(serial, rsa_serial(key.key)) || is_own_serial(f->w, serial) || find(&f->keys, serial)))
		why = &certificates_broken;
	if (why) {
		rsa_close(key.key);
		return why;
	}
	f->rows[f->keys.count] = (struct stored_key){ serial, pem, key.from_ms, key.until_ms };
	add(&f->keys, serial, key);
	return NULL;
}

static problem read_certificates(struct fetched *f, struct arena *arena, struct text body)
{
	json_t *tree;
	const json_t *data;
	problem why = json_read(arena, body, &tree) ? &certificates_broken : NULL;

	if (why)
		return why;
	data = json_object_get(tree, "data");
	if (!json_is_array(data) || json_array_size(data) > PLATFORM_KEYS_MAX)
		return &certificates_broken;
	for (size_t i = 0; !why && i < json_array_size(data); i++)
		why = read_certificate(f, arena, json_array_get(data, i));
	return why;
}

/* The answer is signed by one of the certificates that it brings, or by a key that is known. */
static problem check_answer(struct fetched *f, struct arena *arena, const struct http_answer *answer)
{
	struct signed_bytes in = wechat__signed_answer(answer);
	int64_t now_ms = world_now_ms(f->w->world);
	problem why = check_by(&f->keys, arena, &in, now_ms);

	return why == &payment_key_unknown ? wechat__check(f->w, arena, &in, now_ms) : why;
}

static problem store_fetched(struct tx *tx, void *arg)
{
	struct fetched *f = arg;

	for (size_t i = 0; i < f->keys.count; i++)
		payment__keep_key(tx, TEXT("wechat"), &f->rows[i]);
	payment__drop_keys(tx, TEXT("wechat"), tx_now_ms(tx));
	return wechat__read_keys(f->w, tx);
}

static problem fetch(struct fetched *f, struct db *db, struct arena *arena)
{
	struct http_answer answer;
	struct text code;
	problem why = wechat__send(f->w, arena, GET, TEXT("/v3/certificates"), (struct text){ 0 }, &answer);

	if (why)
		return why;
	if (answer.status != 200) {
		why = wechat__refused(arena, &answer, &code);
		return wechat__says_not_there(code) ? NULL : why; /* a merchant with a public key has no certificates */
	}
	why = read_certificates(f, arena, answer.body);
	if (!why)
		why = check_answer(f, arena, &answer);
	return why ? why : db_write(db, store_fetched, f);
}

problem wechat__fetch_keys(void *self, struct db *db, struct arena *arena)
{
	struct fetched f = { .w = self };
	int64_t now_ms = world_now_ms(f.w->world), last = f.w->asked_ms;
	problem why;

	if ((last && now_ms < last + CERTIFICATES_GAP_MS) || !atomic_compare_exchange_strong(&f.w->asked_ms, &last, now_ms))
		return &payment_keys_fresh;
	why = fetch(&f, db, arena);
	drop_all(&f.keys);
	if (why)
		log_line(LOG_ERROR, "wechat-certificates", "why", text_of(why->type), "says", text_of(why->title), NULL);
	return why;
}
