/* idempotency.c - a route marked BY_KEY is done once per key, whoever asks how often.
 *
 * (owner, route, key) -> hash of the input, status and answer. WRITES: the row is part of the transaction that it
 * describes, so there is no moment when one is there without the other. WORKS: the key is claimed before the handler and
 * settled behind it; a run that died holds it for ONCE_LEASE_MS, then the next one runs again, so such a handler must be
 * able to find its own traces. Answers of 500 and more are not stored: trying again is the right thing to do. */
#include "serve/idempotency.h"

#include "serve/inside.h"

#include <sodium.h>

const struct problem idempotency_key_wrong = { 400, "idempotency-key", "The header Idempotency-Key must have 1 to 64 visible characters." };
const struct problem idempotency_mismatch = { 422, "idempotency-mismatch", "The Idempotency-Key was used for another request." };
const struct problem idempotency_running = { 409, "idempotency-running", "The same request is still running." };

static bool is_key(struct text key)
{
	if (!key.length || key.length > ONCE_KEY_MAX)
		return false;
	for (size_t i = 0; i < key.length; i++)
		if (key.at[i] <= ' ' || key.at[i] >= 0x7f)
			return false;
	return true;
}

static void hash_part(crypto_hash_sha256_state *state, struct text part)
{
	uint64_t length = part.length;

	crypto_hash_sha256_update(state, (const unsigned char *)&length, sizeof(length));
	if (part.length)
		crypto_hash_sha256_update(state, (const unsigned char *)part.at, part.length);
}

static struct text hash_input(const struct http_request *http)
{
	crypto_hash_sha256_state state;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *hex = arena_alloc(http->arena, sizeof(hash) * 2 + 1);

	crypto_hash_sha256_init(&state);
	hash_part(&state, http->path);
	hash_part(&state, http->query);
	hash_part(&state, http->body);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(hex, sizeof(hash) * 2 + 1, hash, sizeof(hash));
	return (struct text){ hex, sizeof(hash) * 2 };
}

problem once_open(struct call *call)
{
	static const char *const methods[METHODS] = { [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE" };
	struct http_request *http = call->rq.http;
	struct text key = http_header(http, "Idempotency-Key");
	int64_t person = call->person.id.v;

	if (!is_key(key))
		return &idempotency_key_wrong;
	call->once = ARENA_NEW(http->arena, struct once_key);
	*call->once = (struct once_key){
		.key = key,
		.route = arena_format(http->arena, "%s %s", methods[call->rq.route->method], call->rq.route->path),
		.owner = person ? arena_format(http->arena, "u%lld", (long long)person)
		                : arena_format(http->arena, "a%.*s", TEXT_ARG(http->peer)),
		.input = hash_input(http),
	};
	return NULL;
}

static void reply_stored(struct call *call, const struct once_row *row)
{
	reply_clear(&call->reply);
	call->reply.status = (int)row->status;
	call->reply.type = arena_text(call->rq.http->arena, row->content_type);
	buffer_add(&call->reply.body, row->answer);
	reply_header(&call->rq, "Idempotency-Replayed", TEXT("true"));
	call->once_stored = true;
}

problem once_claim(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct once_row row = { 0 };
	int64_t now_ms = tx_now_ms(tx);
	problem why;

	call->once_stored = false;
	if (once_insert(tx, call->once))
		return NULL;
	why = once_load(tx, call->once, &row);
	if (why)
		return tx_fail(tx, why);
	if (row.at_ms < now_ms - ONCE_DAYS * 86400000LL || (!row.status && row.at_ms < now_ms - ONCE_LEASE_MS)) {
		once_take_over(tx, call->once);
		return NULL;
	}
	if (!text_eq(row.input, call->once->input))
		return tx_fail(tx, &idempotency_mismatch);
	if (!row.status)
		return tx_fail(tx, &idempotency_running);
	reply_stored(call, &row);
	return NULL;
}

problem once_settle(struct tx *tx, void *arg)
{
	const struct call *call = arg;

	once_save(tx, call->once, &(struct once_row){ .status = call->reply.status, .content_type = call->reply.type,
	                                              .answer = buffer_text(&call->reply.body) });
	return tx_problem(tx);
}

problem once_drop(struct tx *tx, void *arg)
{
	const struct call *call = arg;

	once_delete(tx, call->once);
	return tx_problem(tx);
}

problem once_run(struct call *call, struct tx *tx)
{
	problem why = once_claim(tx, call);

	if (why || call->once_stored)
		return why;
	why = call->rq.route->serve(&call->rq);
	return why ? why : once_settle(tx, call);
}
