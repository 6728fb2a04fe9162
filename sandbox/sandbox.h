/* sandbox.h - zhifang-sandbox: a payment gateway for tests and demonstrations that speaks WeChat Pay's wire protocol (v3,
 * Native, H5 and JSAPI). It is what the real gateway would be to the platform: another program, with keys, a book and a clock of
 * its own. It shares no line with src/payment, so an error there meets no twin here.
 *
 *   main.c     command line, start and stop        keys.c    keys, certificates, the settings file for the platform
 *   desk.c     a request from socket to answer     signer.c  signatures both ways, sealed resources
 *   wechat.c   the endpoints under /v3             check.c   what the real one refuses
 *   refund.c   refunds       bill.c  the trade bill   book.c    the durable book: all SQL
 *   courier.c  notifications and their schedule    fault.c   faults that can be switched on
 *   control.c  the API under /sandbox/api          page.c    the payer's pages (style.c: their look)
 *   people.c   signing in by an official account
 *   sink.c     a mail server for the site (smtp.c: what it says, mime.c: what it reads in a mail)
 *   inbox.c    what arrived there, and SMS by webhook
 *   clock.c    business time: moves and runs fast  wire.c    faults that only the socket can show
 *
 * Two clocks: signatures carry real time, since the platform checks them against its own; everything else (expiry, retry
 * schedule, times in answers) follows the virtual clock. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "crypto/crypto.h"
#include "db/db.h"
#include "base/json.h"
#include "base/log.h"
#include "http/http.h"

struct sandbox;

/* ---- keys ---- */

enum { PLATFORMS_MAX = 8 };

struct platform {
	struct rsa_key *key;             /* private */
	struct text serial, certificate;
	int64_t from_ms, until_ms;
};
struct keys {
	struct text mchid, appid, apiv3;
	/* In order of age. A key is never taken away, so whoever reads the counters needs no lock. */
	struct platform platforms[PLATFORMS_MAX];
	_Atomic int platform_count, first_listed, signing;
	struct rsa_key *merchant;        /* public */
	struct text merchant_serial;
	struct rsa_key *stranger;        /* private: nobody's, for faults */
	struct arena *arena;
};
/* Made in the folder at the first start, read again later. */
MUST problem keys_open(const char *folder, struct world *world, struct keys *ret);
void keys_close(struct keys *keys);
/* Rotation, as the real one does it. publish: a new certificate is listed beside the one that signs. use: the newest signs.
 * withdraw: older ones are no longer listed. Each is kept for the next start; done before is fine. */
MUST problem keys_publish(struct keys *keys, const char *folder, struct world *world);
MUST problem keys_use(struct keys *keys, const char *folder);
MUST problem keys_withdraw(struct keys *keys, const char *folder);
struct ports {
	int http, mail;
};
/* The lines that the platform's configuration wants. */
MUST problem keys_write_settings(const struct keys *keys, const char *folder, const char *file, const struct ports *ports);

/* ---- clock ---- */

struct clock *clock_new(struct world *world);
void clock_free(struct clock *clock);
int64_t clock_now_ms(struct clock *clock);
void clock_set(struct clock *clock, int64_t now_ms, int64_t speed);
int64_t clock_speed(struct clock *clock);
struct text clock_rfc3339(struct arena *arena, int64_t ms);    /* Beijing time */
bool clock_from_rfc3339(struct text t, int64_t *ret_ms);

/* ---- faults ---- */

#define FAULTS(X) \
	X(ANSWER_500, "answer-500") X(ANSWER_500_AFTER, "answer-500-after") X(ANSWER_429, "answer-429") \
	X(TIMEOUT_BEFORE, "timeout-before") X(TIMEOUT_AFTER, "timeout-after") X(ANSWER_SLOW, "answer-slow") \
	X(ANSWER_CUT, "answer-cut") X(ANSWER_TRUNCATED, "answer-truncated") X(ANSWER_OVERSIZED, "answer-oversized") \
	X(ANSWER_NOT_JSON, "answer-not-json") X(ANSWER_SIGNTEST, "answer-signtest") X(ANSWER_WRONG_KEY, "answer-wrong-key") \
	X(ANSWER_WRONG_SERIAL, "answer-wrong-serial") X(ANSWER_STALE, "answer-stale") X(ANSWER_TAMPERED, "answer-tampered") \
	X(ANSWER_UNSIGNED, "answer-unsigned") X(QUERY_WRONG_AMOUNT, "query-wrong-amount") \
	X(NOTIFY_DROP, "notify-drop") X(NOTIFY_DUPLICATE, "notify-duplicate") X(NOTIFY_DELAY, "notify-delay") \
	X(NOTIFY_TAMPERED, "notify-tampered") X(NOTIFY_SIGNTEST, "notify-signtest") X(NOTIFY_WRONG_KEY, "notify-wrong-key") \
	X(NOTIFY_WRONG_SERIAL, "notify-wrong-serial") X(NOTIFY_STALE, "notify-stale") X(NOTIFY_FUTURE, "notify-future") \
	X(NOTIFY_WRONG_SECRET, "notify-wrong-secret") X(NOTIFY_WRONG_MCHID, "notify-wrong-mchid") \
	X(NOTIFY_WRONG_APPID, "notify-wrong-appid") X(NOTIFY_WRONG_AMOUNT, "notify-wrong-amount") \
	X(NOTIFY_WRONG_CURRENCY, "notify-wrong-currency") X(NOTIFY_WRONG_NUMBER, "notify-wrong-number") \
	X(BILL_ROW_MISSING, "bill-row-missing") X(BILL_ROW_EXTRA, "bill-row-extra") X(BILL_AMOUNT, "bill-amount") \
	X(BILL_REFUND_MISSING, "bill-refund-missing") X(BILL_HASH, "bill-hash") X(BILL_SUMS, "bill-sums") \
	X(MAIL_HANG, "mail-hang") X(MAIL_HTML, "mail-html") X(MAIL_REFUSE, "mail-refuse") X(MAIL_CUT, "mail-cut") \
	X(SMS_HANG, "sms-hang") X(SMS_HTML, "sms-html") X(SMS_REFUSE, "sms-refuse") X(SMS_ERROR, "sms-error")
#define X_FAULT(id, name) FAULT_##id,
enum gateway_fault { FAULTS(X_FAULT) FAULT_COUNT };
#undef X_FAULT
extern const char *const fault_names[];

struct faults;
struct faults *faults_new(void);
void faults_free(struct faults *faults);
void faults_set(struct faults *faults, enum gateway_fault fault, int64_t times, int64_t ms); /* times < 0: until switched off; 0: off */
void faults_clear(struct faults *faults);
/* Is it due? Uses one of its times up. *ret_ms: its duration. */
bool faults_take(struct faults *faults, enum gateway_fault fault, int64_t *ret_ms);
void faults_json(struct faults *faults, struct buffer *out);
bool fault_by_name(struct text name, enum gateway_fault *ret);

/* ---- signer ---- */

enum { SIGNER_SKEW_S = 300 };

struct authorization {
	struct text mchid, nonce, timestamp, serial, signature;
};
MUST bool authorization_read(struct text header, struct authorization *ret);
extern const struct problem gateway_sign_error;
/* now_ms: real time. *ret_why says what is wrong. */
MUST problem signer_check(const struct keys *keys, const struct http_request *rq, int64_t now_ms, struct text *ret_why);

struct signed_headers {
	struct header at[5];
	size_t count;
	char timestamp[24];
};
enum { SIGN_STRANGER = 1, SIGN_SIGNTEST = 2, SIGN_WRONG_SERIAL = 4 };
void signer_sign(const struct keys *keys, struct world *world, struct arena *arena, int64_t now_ms, unsigned wrong,
                 struct text body, struct signed_headers *ret);
/* {"original_type"?,"algorithm","ciphertext","associated_data","nonce"}; the type is left out when NULL. */
void signer_seal(struct text apiv3, struct world *world, struct arena *arena, const char *type, struct text aad,
                 struct text plain, struct buffer *out);

/* ---- book ---- */

struct trade {
	int64_t id;
	struct text prepay, mchid, appid, out_trade_no, way, description, notify_url, attach, request;
	int64_t total, created_ms, expires_ms;
	struct text state, transaction, openid; /* absent until paid */
	int64_t payer_total, success_ms;
};
struct refund {
	int64_t id;
	struct text refund, mchid, out_refund_no, out_trade_no, transaction, reason, notify_url, request, state;
	int64_t amount, total, created_ms, success_ms;
};
struct notification {
	int64_t id;
	struct text message, event, summary, type, url, plain;
	int64_t created_ms, tries, next_ms;
	struct text state, last;
};
struct log_row {
	int64_t id, at_ms;
	struct text direction, method, target, verdict;
	int64_t status;
	struct text body;
};
extern const struct shape trade_shape, notification_shape, log_shape;

extern const struct migration book_migrations[];
extern const size_t book_migrations_count;
extern const struct problem book_missing;

void book_trade_add(struct tx *tx, const struct trade *t);
MUST problem book_trade_by_number(struct tx *tx, struct text mchid, struct text out_trade_no, struct trade *ret);
MUST problem book_trade_by_transaction(struct tx *tx, struct text mchid, struct text transaction, struct trade *ret);
MUST problem book_trade_by_prepay(struct tx *tx, struct text prepay, struct trade *ret);
MUST problem book_trades(struct tx *tx, bool open_only, struct trade **ret, size_t *ret_count);
void book_trade_state(struct tx *tx, const struct trade *t); /* state, transaction, openid, payer_total, success_ms */

void book_refund_add(struct tx *tx, const struct refund *r);
MUST problem book_refund_by_number(struct tx *tx, struct text mchid, struct text out_refund_no, struct refund *ret);
void book_refund_state(struct tx *tx, const struct refund *r); /* state, success_ms */
int64_t book_refunded(struct tx *tx, struct text transaction, int64_t *ret_count); /* fen, those that failed left out */
MUST problem book_refunds_due(struct tx *tx, int64_t created_before_ms, struct refund **ret, size_t *ret_count);

/* Payments and refunds of [from, to) in order of time, as the bill's rows; its shape is the caller's. */
MUST problem book_bill_each(struct tx *tx, const struct shape *row, problem (*each)(void *arg, const void *row), void *arg,
                            int64_t from_ms, int64_t to_ms, bool payments, bool refunds);

void book_notify_add(struct tx *tx, const struct notification *n);
MUST problem book_notify_due(struct tx *tx, int64_t now_ms, int64_t shard, int64_t shards, struct notification **ret, size_t *ret_count);
void book_notify_sent(struct tx *tx, const struct notification *n); /* tries, next_ms, state, last */
MUST problem book_notifications(struct tx *tx, struct notification **ret, size_t *ret_count);

void book_log(struct tx *tx, const struct log_row *row);
MUST problem book_log_after(struct tx *tx, int64_t after, struct log_row **ret, size_t *ret_count);

void book_setting(struct tx *tx, const char *name, int64_t value);
int64_t book_setting_read(struct tx *tx, const char *name, int64_t otherwise);

/* ---- people ---- */

extern const struct migration people_migrations[];
extern const size_t people_migrations_count;
struct text people_secret(const struct keys *keys, struct arena *arena); /* of the official account */
MUST problem people_write_secret(const struct keys *keys, const char *folder); /* FOLDER/app.secret */
struct call;
struct text people_openid(struct call *call, struct text appid, int64_t person);
bool people_has(struct call *call, struct text appid, struct text openid);

/* ---- mail and SMS ---- */

enum { SMTP_MESSAGE_MAX = 1 << 20, SMTP_TO_MAX = 20, SMTP_PATH_MAX = 255 };
struct smtp {
	struct buffer line, message;
	char from[SMTP_PATH_MAX], to[SMTP_TO_MAX][SMTP_PATH_MAX];
	size_t to_count;
	int stage, commands;
	bool over, refuses;                                /* refuses: every recipient */
	void (*taken)(void *arg, const struct smtp *s);    /* a whole message */
	void *arg;
};
void smtp_open(struct smtp *s);
void smtp_close(struct smtp *s);
/* Bytes as they came, in pieces of any size; answers are added to `out`. Nothing more is to be said once .over is true. */
void smtp_feed(struct smtp *s, struct text bytes, struct buffer *out);

struct mail_seen {
	struct text from, subject, text; /* UTF-8, without NUL, of a bounded length */
};
void mail_read(struct arena *arena, struct text raw, struct mail_seen *ret);
struct text code_in(struct text t); /* the first six digits that stand alone; absent: none */

struct sink;
MUST problem sink_open(struct sandbox *sandbox, int port, struct sink **ret); /* port 0: any free one */
int sink_port(const struct sink *sink);
void sink_close(struct sink *sink);

struct inbox;
struct inbox_item {
	int64_t id, at_ms;
	uint64_t request; /* 0: none */
	struct text kind, to, from, subject, text, code;
};
#define SMS_PATH "/sandbox/api/sms"
MUST problem inbox_open(const char *folder, struct world *world, struct inbox **ret); /* makes FOLDER/sms.secret */
void inbox_add(struct inbox *inbox, const struct inbox_item *item);
void inbox_close(struct inbox *inbox);

/* ---- what the pages share ---- */

bool page_is_english(const struct call *call);
void page_begin(struct call *call, struct buffer *out);
void page_end(struct buffer *out);
void page_html(struct buffer *out, const char *markup, struct text inner, const char *after); /* inner is escaped */

/* ---- desk ---- */

struct sandbox {
	struct world *world;
	struct db *db;
	struct keys keys;
	struct clock *clock;
	struct faults *faults;
	struct http_server *server;
	struct wire *wire;
	struct courier *courier;
	struct desk *desk;
	struct inbox *inbox;
	struct sink *sink;
	const char *folder;
	int port; /* the public one */
};

/* One request on its way. A handler runs inside one transaction, maybe twice, and fills the answer; a problem it returns is
 * written as the gateway's error and rolls the transaction back. */
struct call {
	struct sandbox *sandbox;
	struct http_request *rq;
	struct arena *arena;
	struct text segment;             /* the {x} of the route */
	json_t *body;                    /* of a POST with JSON, else NULL */
	struct buffer answer;
	int status;
	const char *content_type;
	struct text location;            /* of a redirect */
	bool unsigned_answer;            /* of /v3 all the same: a file */
	struct text why;                 /* about a problem: which field, or what the signature lacks */
	bool notify;                     /* wake the courier after the commit */
	const struct gateway_route *route;
	struct call *next;               /* in the queue */
};

struct gateway_route {
	enum method method;
	const char *path;                /* one {x} at most */
	problem (*serve)(struct tx *tx, void *call);
};
extern const struct gateway_route wechat_routes[], refund_routes[], bill_routes[], control_routes[], page_routes[], people_routes[], inbox_routes[];

struct desk *desk_open(void);
void desk_hurry(struct desk *desk); /* ends all waiting that a fault asked for, for good */
void desk_close(struct desk *desk);
void desk_serve(void *sandbox, struct http_request *rq); /* http_server_options.serve */
size_t desk_body_limit(void *sandbox, enum method method, struct text path);
struct text call_query(struct call *call, const char *name); /* decoded; absent when it is not there */
struct text call_form(struct call *call, const char *name);  /* the same, of a form's body */

/* What the gateway answers, by its own names: type is the code, title the message. */
extern const struct problem gateway_param_error, gateway_order_missing, gateway_system_error;

/* ---- wechat ---- */

void trade_json(struct call *call, const struct trade *t, struct buffer *out);
enum payer_act { PAYER_PAYS = 1, PAYER_PAYS_LATE, PAYER_PAYS_TWICE, PAYER_DECLINES };
extern const struct problem payer_refused;
/* What a payer does to an open payment, and the notifications that follow. */
MUST problem payer_act(struct tx *tx, struct call *call, struct trade *t, enum payer_act act);
void json_member(struct buffer *out, const char *key, struct text value); /* with the comma it needs */
struct text message_id(struct world *world, struct arena *arena);

/* ---- refund ---- */

/* Refunds that were accepted long enough ago succeed, and are told of. */
MUST problem refunds_settle(struct tx *tx, void *sandbox);
/* The same for one, at once: SUCCESS, CLOSED or ABNORMAL. */
void refund_settle(struct tx *tx, struct sandbox *sandbox, struct refund *r, const char *state);

/* ---- pages ---- */

extern const char page_style[];

/* ---- check ---- */

struct create_request {
	struct text appid, mchid, description, out_trade_no, notify_url, attach;
	int64_t total, expires_ms;       /* 0: none was given */
};
MUST problem check_create(struct call *call, bool h5, struct create_request *ret);
MUST problem check_text(struct call *call, const json_t *object, const char *name, size_t min, size_t max, struct text *ret);
MUST problem check_number(struct call *call, struct text number, size_t min, size_t max, const char *marks, const char *name);
MUST problem check_amount(struct call *call, const json_t *amount, const char *name, int64_t *ret);
MUST problem check_currency(struct call *call, const json_t *amount, bool required);
MUST problem check_notify_url(struct call *call, struct text url);
MUST problem check_merchant(struct call *call, struct text mchid);
MUST problem wrong_field(struct call *call, const char *name);

/* ---- courier ---- */

extern const int courier_gaps_s[];
enum { COURIER_TRIES = 16 };
struct courier *courier_open(struct sandbox *sandbox);
void courier_wake(struct courier *courier);
void courier_close(struct courier *courier);

/* ---- wire ---- */

/* Listens on the public port and carries bytes to the server behind; an answer with the header x-sandbox-wire is spoilt on
 * its way: "cut" (in mid-body), "slow" (a few bytes at a time). */
MUST problem wire_open(const char *address, int port, struct wire **ret); /* IPv4; port 0: any free one */
void wire_start(struct wire *wire, int to_port);
int wire_port(const struct wire *wire);
void wire_close(struct wire *wire);

#endif
