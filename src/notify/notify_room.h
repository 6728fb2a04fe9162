/* notify_room.h - between the files of this room only. */
#ifndef NOTIFY_NOTIFY_ROOM_H
#define NOTIFY_NOTIFY_ROOM_H

#include "crypto/crypto.h"
#include "notify/notify.h"
#include "site/site.h"

#include <pthread.h>
#include <stdatomic.h>

/* Whose fault it was: the shop's, or that of the one address: not now, or never. */
enum recipient { RECIPIENT_FINE, RECIPIENT_LATER, RECIPIENT_DEAD };
/* One message on its way out. What the other side said goes into .detail: one line, bounded, without control characters; it may name
 * the recipient, so it is for who asked and is kept nowhere. .brief is what of it may be kept: "RCPT 550 5.1.1". */
struct sending {
	struct arena *arena;
	struct world *world;
	struct text detail, brief;
	enum recipient recipient;
};
enum { DETAIL_MAX = 300, BRIEF_MAX = DETAIL_MAX / 2 };
/* "what was done: what was said"; said may hold anything. What was done is the brief. */
void sending_says(struct sending *s, const char *doing, struct text said);

/* ---- mail ---- */

enum mail_security { MAIL_TLS = 1, MAIL_STARTTLS, MAIL_PLAIN /* this machine only */ };
extern const char *const mail_security_names[]; /* "tls", "starttls", "none" */

struct mail_server {
	struct text host;
	int port;
	int security;
	struct text user, password;          /* absent: no sign-in */
	struct text from_name, from_address; /* from_name may be absent */
	struct text ca_file;                 /* absent: the machine's own certificates; for a server of one's own */
	int connect_ms, total_ms;            /* 0: 10000, 30000 */
};

struct mail {
	struct text id;       /* the letter's, the same at each try, so that a mailbox shows it once; absent: drawn */
	struct text to, subject;
	struct text text;     /* paragraphs, a line each */
	struct text code;     /* absent, or the line of `text` that is shown large */
	struct text link;     /* absent, or the line that leads somewhere */
	struct text language;
};

/* The whole message as RFC 5322 wants it. mail_text_wrong: an address, a name or a subject with what could end a line. */
MUST problem mail_write(struct sending *s, const struct mail_server *server, const struct mail *mail, struct buffer *out);
/* Hands it over, or says why not. Blocks, so from a job or a worker. */
MUST problem mail_send(struct sending *s, const struct mail_server *server, const struct mail *mail);
bool mail_address_ok(struct text address);
bool mail_name_ok(struct text name); /* one line, not too long; it may be empty */
bool mail_host_ok(struct text host);

/* ---- SMS ---- */

struct sms_settings {
	struct text channel;                     /* "aliyun", "tencent", "webhook"; absent: off */
	struct text url;                         /* webhook: required; the others: absent, or a host of the provider's */
	struct text key_id, secret;              /* webhook: only the secret */
	struct text sign_name, template, app_id; /* as the provider approved them; app_id: Tencent's SDK app id */
	struct text template_params;             /* names in the order of the template, "code,minutes"; absent: "code" */
	struct text region;                      /* Tencent; absent: ap-guangzhou */
	int total_ms;                            /* 0: 10000 */
};

struct sms_param {
	const char *name;
	struct text value;
};
struct sms {
	struct text id;       /* of this message, the same at each try */
	struct text to;       /* eleven digits */
	struct text text;     /* whole; a provider with templates does not send it */
	struct text language;
	const struct sms_param *params;
	size_t param_count;
};

/* A way to send SMS. It keeps no state, so settings may change between two messages. */
struct sms_channel {
	const char *name;
	bool free_text; /* any text may be sent; else what is approved as a template */
	/* sms_settings_wrong, with the setting in .detail. */
	problem (*check)(struct sending *s, const struct sms_settings *settings);
	problem (*send)(struct sending *s, const struct sms_settings *settings, const struct sms *sms);
};
extern const struct sms_channel sms_aliyun, sms_tencent, sms_webhook;
const struct sms_channel *sms_channel_named(struct text name); /* NULL: none */
/* Checks, then sends. */
MUST problem sms_send(struct sending *s, const struct sms_settings *settings, const struct sms *sms);

/* For the channels. The answer is JSON of a 2xx or of any other status (a provider's errors have their own words in it); HTML, a
 * redirect, more than 64 KiB, silence are problems here. *ret_json is NULL for an empty body of a 2xx. */
MUST problem sms__call(struct sending *s, const struct sms_settings *settings, const struct http_call *call, json_t **ret_json, int *ret_status);
/* Names of the settings that must be there, in pairs with their values; ends with NULL. */
MUST problem sms__need(struct sending *s, const struct sms_param *needed);
/* Of a template's parameters: code and minutes, in any order. */
MUST problem sms__names(struct sending *s, struct text names);
/* https below `domain`, or this machine; else sms_settings_wrong. */
MUST problem sms__host(struct sending *s, struct text url, const char *domain);
/* A provider's word for why not, as a problem: the longest prefix in a table that ends with { NULL }. */
struct sms_word {
	const char *prefix;
	problem why;
};
problem sms__why(const struct sms_word *words, struct text code);
struct text sms__host_and_port(struct text url);
void sms__member(struct buffer *out, const char *key, struct text value); /* of a JSON object that was begun */
struct text sms__param(const struct sms *sms, struct text name); /* absent: there is none */

/* The signatures, apart from the calls, so that they can be held against published ones. `headers` in the order of their names,
 * lower-case; `query` canonical. Each gives the value of Authorization. */
struct signing {
	const char *method;
	struct text query, body;
	const struct header *headers;
	size_t header_count;
	struct text key_id, secret;
};
struct text acs3_authorization(struct arena *arena, const struct signing *in);
struct text tc3_authorization(struct arena *arena, const struct signing *in, struct text service, int64_t now_s);
/* "v1=" and hex of HMAC-SHA256(secret, TIMESTAMP "." BODY) */
struct text webhook_signature(struct arena *arena, struct text secret, struct text timestamp, struct text body);

/* ---- settings: what the owner set; where that is empty, what the configuration says ---- */

struct mail_setting {
	struct text host;     /* empty: the configuration's server, if it has one */
	int64_t port;
	int security;
	struct text user, from_name, from_address; /* from_name empty: the shop's */
};
enum sms_choice { SMS_OFF, SMS_ALIYUN, SMS_TENCENT, SMS_WEBHOOK };
struct sms_setting {
	int channel;          /* off: the configuration's channel, if it has one */
	struct text url, key_id, sign_name, template, template_params, app_id, region;
};
extern const struct shape mail_setting_shape, sms_setting_shape;
extern const struct setting_group mail_group, sms_group;
extern const char *const sms_choice_names[];
#define MAIL_PASSWORD "notify.mail.password"
#define SMS_SECRET    "notify.sms.secret"

/* ---- what the room keeps in memory ---- */

enum notify_kind { BY_MAIL, BY_PHONE, NOTIFY_KINDS };

enum { TESTS_MAX = 5, TESTS_MS = 60 * 1000 };
struct notify_home {
	struct serve *serve;
	const struct broadcast_owners *owners; /* NULL: nobody owns anything */
	struct arena *arena;             /* of what the configuration says */
	struct mail_server mail;
	struct sms_settings sms;
	atomic_bool open[NOTIFY_KINDS];  /* is something set up? It sends codes; for notices ask notification__is_open */
	pthread_mutex_t lock;            /* guards what follows */
	problem trouble[NOTIFY_KINDS];   /* of the last try; NULL: it went well, or there was none */
	char says[NOTIFY_KINDS][BRIEF_MAX + 1]; /* briefly: no address */
	int64_t tests_ms[NOTIFY_KINDS][TESTS_MAX]; /* when the last ones were */
};
static inline struct notify_home *notify_home(const struct serve *serve) { return module_state(serve, &notify_module); }

MUST problem notify__site_name(struct tx *tx, const struct notify_home *home, struct text language, struct text *ret);
MUST problem notify__mail_server(struct tx *tx, const struct notify_home *home, struct text language, struct mail_server *ret);
MUST problem notify__sms_settings(struct tx *tx, const struct notify_home *home, struct sms_settings *ret);
problem notify__trouble(struct notify_home *home, enum notify_kind kind, struct arena *arena, struct text *ret_says);

/* ---- letters ---- */

/* What is said, apart from how it gets there. The texts are messages of web/src/locales; {names} in them are filled in. */
struct letter {
	struct text to, kind, language; /* "mail", "phone" */
	struct text id;
	const char *subject;            /* key of a message */
	const char *lines[6];           /* keys, one paragraph each; "{code}" or "{link}" as they are; ends with NULL */
	const char *sms;                /* key */
	bool is_code;                   /* what a channel with templates may send */
	const struct sms_param *params; /* names to fill in; "site" is there always */
	size_t param_count;
};
struct letter_end {
	struct text detail;             /* what the other side said, for who asked */
	enum recipient recipient;
};
/* Sends, remembers how it went. mail_off, sms_off: nothing is set up; that is no trouble of the shop's, nor is one address that is wrong. */
MUST problem letter_send(struct notify_home *home, struct arena *arena, const struct letter *letter, struct letter_end *ret);

/* The message with {names} filled in; a name that nobody knows stays as it is written. */
void letter_fill(struct buffer *out, const struct sms_param *params, size_t n, struct text message);
/* How a job of a notice ends: one that nobody can send, or to an address that is dead, is no failure. */
MUST problem notify__end_notice(const struct job *job, const struct letter_end *end, problem why);
struct text notify__address(struct arena *arena, const struct serve *serve); /* https://host, for links */

extern const struct job_kind notify_jobs[], notification_jobs[];
extern const struct route notify_routes[];

#endif
