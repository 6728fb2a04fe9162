/* notify.h - what leaves the house to tell somebody something: mail by SMTP, SMS through a channel. Codes and notices of the
 * room account are sent from jobs, after the fact was committed; nothing waits for them. Every way it may fail is a problem with
 * words of its own, so that the owner who presses "test" knows what to mend. */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "account/account.h"

extern const struct problem mail_off;               /* 503 */
extern const struct problem mail_settings_wrong;    /* 422: which one is in the detail */
extern const struct problem mail_text_wrong;        /* 422 */
extern const struct problem mail_host_unknown;      /* 502 */
extern const struct problem mail_unreachable;       /* 502 */
extern const struct problem mail_not_smtp;          /* 502 */
extern const struct problem mail_not_secure;        /* 502 */
extern const struct problem mail_certificate_wrong; /* 502 */
extern const struct problem mail_login_refused;     /* 502 */
extern const struct problem mail_sender_refused;    /* 502 */
extern const struct problem mail_recipient_refused; /* 502 */
extern const struct problem mail_message_refused;   /* 502 */
extern const struct problem mail_timed_out;         /* 504 */
extern const struct problem mail_closed;            /* 502: surely not taken */
extern const struct problem mail_unanswered;        /* 504: all of it was sent; it may or may not arrive */

extern const struct problem sms_off;                /* 503 */
extern const struct problem sms_settings_wrong;     /* 422: which one is in the detail */
extern const struct problem sms_unreachable;        /* 502: surely not sent */
extern const struct problem sms_unanswered;         /* 504: it may have been sent */
extern const struct problem sms_answer_wrong;       /* 502: no JSON, too large, a redirect, or not what the channel answers */
extern const struct problem sms_key_refused;        /* 502 */
extern const struct problem sms_number_refused;     /* 502 */
extern const struct problem sms_template_refused;   /* 502: template or sign name */
extern const struct problem sms_limited;            /* 502: too many for this number, or in all */
extern const struct problem sms_unpaid;             /* 502 */
extern const struct problem sms_refused;            /* 502: anything else; the provider's word is in the detail */

/* For account_know_sender. */
extern const struct code_sender notify_sender;

/* Jobs, for the table of news: ACCOUNT_NEWS_CODE, ACCOUNT_NEWS_LOGIN, ACCOUNT_NEWS_INVITED, ACCOUNT_NEWS_SECURITY. */
#define NOTIFY_JOB_CODE    "notify-code"
#define NOTIFY_JOB_LOGIN   "notify-login"
#define NOTIFY_JOB_INVITED "notify-invited"
#define NOTIFY_JOB_SECURITY "notify-security"

/* Behind site_module. */
extern const struct module notify_module;

#endif
