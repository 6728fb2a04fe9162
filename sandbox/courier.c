/* courier.c - brings notifications to the platform, again and again by the real gateway's schedule, on the virtual
 * clock. What is still to be sent stands in the book, so a restart forgets nothing. Each send is signed anew. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "sandbox.h"

/* After the first send: 24 h 4 min in all. */
const int courier_gaps_s[COURIER_TRIES - 1] = { 15,   15,   30,    180,   600,   1200,  1800, 1800,
						1800, 3600, 10800, 10800, 10800, 21600, 21600 };

enum { SHARDS = 4, TICK_MS = 50, ANSWER_MS = 5000, DELAY_MS = 3000 };

struct carrier {
	struct courier *courier;
	int shard;
	pthread_t thread;
};

struct courier {
	struct sandbox *sandbox;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct carrier carriers[SHARDS];
};

/* ---- what is sent ---- */

static bool due(struct sandbox *s, enum gateway_fault fault)
{
	return faults_take(s->faults, fault, NULL);
}

/* The facts, changed by whatever fault says so: validly signed lies. */
static void lie(struct sandbox *s, json_t *plain)
{
	json_t *amount = json_object_get(plain, "amount");

	if (due(s, FAULT_NOTIFY_WRONG_MCHID))
		json_object_set_new(plain, "mchid", json_string("1900000001"));
	if (due(s, FAULT_NOTIFY_WRONG_APPID))
		json_object_set_new(plain, "appid", json_string("wx0000000000000000"));
	if (due(s, FAULT_NOTIFY_WRONG_NUMBER))
		json_object_set_new(plain, "out_trade_no", json_string("NOBODYS000001"));
	if (due(s, FAULT_NOTIFY_WRONG_AMOUNT))
		json_object_set_new(amount, "total", json_integer(json_get_int(amount, "total", 0) + 1));
	if (due(s, FAULT_NOTIFY_WRONG_CURRENCY))
		json_object_set_new(amount, "currency", json_string("USD"));
}

static void body_write(struct sandbox *s, struct arena *arena, const struct notification *n, struct buffer *out)
{
	struct buffer plain = BUFFER(65536);
	struct text key = due(s, FAULT_NOTIFY_WRONG_SECRET) ? TEXT("ThisIsNotTheKeyThatYouKnow012345") : s->keys.apiv3;
	json_t *tree;
	problem why = json_read(arena, n->plain, &tree);

	assert(!why);
	lie(s, tree);
	json_write_tree(&plain, tree);
	buffer_add_char(out, '{');
	json_member(out, "id", n->message);
	json_member(out, "create_time", clock_rfc3339(arena, n->created_ms));
	json_member(out, "resource_type", TEXT("encrypt-resource"));
	json_member(out, "event_type", n->event);
	json_member(out, "summary", n->summary);
	buffer_add(out, TEXT(",\"resource\":"));
	signer_seal(key, s->world, arena, arena_cstr(arena, n->type), n->type, buffer_text(&plain), out);
	buffer_add_char(out, '}');
	buffer_free(&plain);
}

static unsigned wrong_signature(struct sandbox *s)
{
	return (due(s, FAULT_NOTIFY_WRONG_KEY) ? SIGN_STRANGER : 0u) |
	       (due(s, FAULT_NOTIFY_SIGNTEST) ? SIGN_SIGNTEST : 0u) |
	       (due(s, FAULT_NOTIFY_WRONG_SERIAL) ? SIGN_WRONG_SERIAL : 0u);
}

static int64_t signed_at(struct sandbox *s)
{
	int64_t now = world_now_ms(s->world), away = 2 * SIGNER_SKEW_S * INT64_C(1000);

	return due(s, FAULT_NOTIFY_STALE) ? now - away : due(s, FAULT_NOTIFY_FUTURE) ? now + away : now;
}

/* The answer's status; 0 when there was none. */
static int post(struct sandbox *s, struct arena *arena, const struct notification *n, struct text body)
{
	struct signed_headers headers;
	struct header all[8];
	struct http_answer answer = { 0 };
	struct http_call call = { .method = POST,
				  .url = n->url,
				  .headers = all,
				  .body = body,
				  .total_ms = ANSWER_MS,
				  .plain_http_on_loopback = true };

	signer_sign(&s->keys, s->world, arena, signed_at(s), wrong_signature(s), body, &headers);
	if (due(s, FAULT_NOTIFY_TAMPERED))
		((char *)body.at)[body.length / 2] ^= 1;
	memcpy(all, headers.at, headers.count * sizeof(all[0]));
	all[headers.count] = (struct header){ TEXT("Content-Type"), TEXT("application/json") };
	all[headers.count + 1] = (struct header){ TEXT("User-Agent"), TEXT("Mozilla/4.0") };
	all[headers.count + 2] = (struct header){ TEXT("Accept"), TEXT("*/*") };
	call.header_count = headers.count + 3;
	return http_call(arena, &call, &answer) ? 0 : answer.status;
}

/* ---- one notification ---- */

static bool accepted(int status)
{
	return status == 200 || status == 204;
}

static void plan_next(struct sandbox *s, struct notification *n, int status)
{
	n->tries++;
	if (accepted(status))
		n->state = TEXT("done");
	else if (n->tries == COURIER_TRIES)
		n->state = TEXT("given-up");
	else
		n->next_ms = clock_now_ms(s->clock) + courier_gaps_s[n->tries - 1] * INT64_C(1000);
}

struct sent {
	struct sandbox *sandbox;
	const struct notification *notification;
	int status;
};

static problem sent_write(struct tx *tx, void *arg)
{
	const struct sent *sent = arg;
	const struct notification *n = sent->notification;

	book_notify_sent(tx, n);
	book_log(tx, &(struct log_row){ .at_ms = world_now_ms(sent->sandbox->world),
					.direction = TEXT("out"),
					.method = TEXT("POST"),
					.target = n->url,
					.verdict = n->last,
					.status = sent->status,
					.body = n->plain });
	return NULL;
}

static void deliver(struct sandbox *s, struct arena *arena, struct notification *n)
{
	CLEANUP(buffer_free) struct buffer body = BUFFER(1 << 20);
	struct sent sent = { s, n, 0 };
	int64_t delay_ms = 0;

	if (n->tries == 0 && faults_take(s->faults, FAULT_NOTIFY_DELAY, &delay_ms)) {
		n->next_ms = clock_now_ms(s->clock) + (delay_ms > 0 ? delay_ms : DELAY_MS);
		n->last = TEXT("delayed");
	} else if (due(s, FAULT_NOTIFY_DROP)) {
		n->last = TEXT("dropped");
		plan_next(s, n, 0);
	} else {
		body_write(s, arena, n, &body);
		sent.status = post(s, arena, n, buffer_text(&body));
		if (due(s, FAULT_NOTIFY_DUPLICATE))
			sent.status = post(s, arena, n, buffer_text(&body));
		n->last = sent.status ? arena_format(arena, "answered %d", sent.status) : TEXT("no answer");
		plan_next(s, n, sent.status);
	}
	if (db_write(s->db, sent_write, &sent))
		log_line(LOG_ERROR, "courier-write-failed", NULL);
}

/* ---- the rounds ---- */

struct due_call {
	struct sandbox *sandbox;
	struct arena *arena;
	int shard;
	struct notification *items;
	size_t count;
};

static problem due_read(struct tx *tx, void *arg)
{
	struct due_call *call = arg;

	tx_use_arena(tx, call->arena);
	return book_notify_due(tx, clock_now_ms(call->sandbox->clock), call->shard, SHARDS, &call->items, &call->count);
}

static void round_trip(struct carrier *carrier, struct arena *arena)
{
	struct sandbox *s = carrier->courier->sandbox;
	struct due_call call = { .sandbox = s, .arena = arena, .shard = carrier->shard };

	if (carrier->shard == 0 && db_write(s->db, refunds_settle, s))
		log_line(LOG_ERROR, "refunds-settle-failed", NULL);
	if (db_read(s->db, due_read, &call))
		return;
	for (size_t i = 0; i < call.count; i++)
		deliver(s, arena, &call.items[i]);
}

static bool rest(struct courier *courier)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TICK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&courier->lock);
	if (!courier->stopping)
		pthread_cond_timedwait(&courier->changed, &courier->lock, &until);
	stopping = courier->stopping;
	pthread_mutex_unlock(&courier->lock);
	return !stopping;
}

static void *carry(void *arg)
{
	struct carrier *carrier = arg;
	struct arena *arena = arena_new(64 << 20);

	do {
		arena_reset(arena);
		round_trip(carrier, arena);
	} while (rest(carrier->courier));
	arena_free(arena);
	return NULL;
}

struct courier *courier_open(struct sandbox *sandbox)
{
	struct courier *courier = calloc(1, sizeof(*courier));

	if (!courier || pthread_mutex_init(&courier->lock, NULL) || pthread_cond_init(&courier->changed, NULL))
		abort();
	courier->sandbox = sandbox;
	for (int i = 0; i < SHARDS; i++) {
		courier->carriers[i] = (struct carrier){ .courier = courier, .shard = i };
		if (pthread_create(&courier->carriers[i].thread, NULL, carry, &courier->carriers[i]))
			abort();
	}
	return courier;
}

void courier_wake(struct courier *courier)
{
	pthread_mutex_lock(&courier->lock);
	pthread_cond_broadcast(&courier->changed);
	pthread_mutex_unlock(&courier->lock);
}

void courier_close(struct courier *courier)
{
	if (!courier)
		return;
	pthread_mutex_lock(&courier->lock);
	courier->stopping = true;
	pthread_cond_broadcast(&courier->changed);
	pthread_mutex_unlock(&courier->lock);
	for (int i = 0; i < SHARDS; i++)
		pthread_join(courier->carriers[i].thread, NULL);
	pthread_cond_destroy(&courier->changed);
	pthread_mutex_destroy(&courier->lock);
	free(courier);
}
