/* mail.c - hands a mail to the mail server by SMTP (libcurl), and says in plain words why it could not. Where libcurl has one
 * code for several reasons, the last command that was sent tells them apart. */
#include "notify/notify_room.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

const char *const mail_security_names[] = { [MAIL_TLS] = "tls", [MAIL_STARTTLS] = "starttls", [MAIL_PLAIN] = "none", NULL };

const struct problem mail_off = { 503, "mail-off", "No mail server is set up." };
const struct problem mail_settings_wrong = { 422, "mail-settings-wrong", "A setting of the mail server is missing or wrong." };
const struct problem mail_host_unknown = { 502, "mail-host-unknown", "The mail server's name cannot be looked up. Check its spelling." };
const struct problem mail_unreachable = { 502, "mail-unreachable", "The mail server refuses connections at this port. Check host and port." };
const struct problem mail_not_smtp = { 502, "mail-not-smtp", "What answers there is no mail server of this kind. Check port and encryption." };
const struct problem mail_not_secure = { 502, "mail-not-secure", "The mail server offers no encryption of this kind. Try the other kind or port." };
const struct problem mail_certificate_wrong = { 502, "mail-certificate-wrong",
	"The mail server's certificate is not valid for this name, so nothing was sent." };
const struct problem mail_login_refused = { 502, "mail-login-refused", "The mail server refuses this user or password." };
const struct problem mail_sender_refused = { 502, "mail-sender-refused", "The mail server refuses the sender's address." };
const struct problem mail_recipient_refused = { 502, "mail-recipient-refused", "The mail server refuses the recipient's address." };
const struct problem mail_message_refused = { 502, "mail-message-refused", "The mail server refuses the message." };
const struct problem mail_timed_out = { 504, "mail-timed-out", "The mail server does not answer." };
const struct problem mail_closed = { 502, "mail-closed", "The mail server closed the connection before it had taken the message." };
const struct problem mail_unanswered = { 504, "mail-unanswered",
	"The mail server was given the message and did not say whether it took it." };

enum { CONNECT_MS = 10000, TOTAL_MS = 30000, MESSAGE_MAX = 512 * 1024 };

/* How far the conversation got, and the last line of the other side. */
struct talk {
	char verb[5];
	bool over; /* the farewell follows, whatever went before */
	char line[DETAIL_MAX];
	size_t line_length;
	struct text rest; /* of the message */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
}

static size_t give_message(char *to, size_t one, size_t count, void *arg)
{
	struct talk *talk = arg;
	struct text part = text_head(talk->rest, one * count);

	memcpy(to, part.at, part.length);
	talk->rest = text_from(talk->rest, part.length);
	return part.length;
}

static size_t keep_line(char *at, size_t one, size_t length, void *arg)
{
	struct talk *talk = arg;

	(void)one;
	if (talk->over)
		return length;
	talk->line_length = length < sizeof talk->line ? length : sizeof talk->line;
	memcpy(talk->line, at, talk->line_length);
	return length;
}

/* Of what we say only the verb is kept: behind it may be a password. */
static int hear(CURL *curl, curl_infotype type, char *at, size_t length, void *arg)
{
	struct talk *talk = arg;

	(void)curl;
	if (type != CURLINFO_HEADER_OUT || length < 4)
		return 0;
	talk->over = talk->over || !strncasecmp(at, "QUIT", 4);
	if (!talk->over)
		memcpy(talk->verb, at, 4);
	return 0;
}

/* ---- where to, and how ---- */

bool mail_host_ok(struct text host)
{
	for (size_t i = 0; i < host.length; i++) {
		unsigned char c = (unsigned char)host.at[i];

		if (c <= ' ' || c == 0x7F || strchr("/@?#\\\"<>", c))
			return false;
	}
	return host.length > 0 && host.length <= 253;
}

static problem check_server(struct sending *s, const struct mail_server *server)
{
	if (!server->host.length)
		return &mail_off;
	if (!mail_host_ok(server->host))
		return sending_says(s, "host", server->host), &mail_settings_wrong;
	if (server->port < 1 || server->port > 65535)
		return sending_says(s, "port", (struct text){ 0 }), &mail_settings_wrong;
	if (!mail_address_ok(server->from_address))
		return sending_says(s, "sender's address", server->from_address), &mail_settings_wrong;
	if (server->security == MAIL_PLAIN && !http_is_loopback(server->host))
		return sending_says(s, "without encryption only this machine is spoken to", (struct text){ 0 }), &mail_settings_wrong;
	return server->security ? NULL : &mail_settings_wrong;
}

/* The path is the name we greet with: the sender's domain, which servers like better than a machine's own name. */
static problem set_url(struct sending *s, CURL *curl, CURLU *url, const struct mail_server *server)
{
	struct text domain = server->from_address, host = server->host;
	bool is_v6 = text_find_char(host, ':') != SIZE_MAX && host.at[0] != '[';

	text_cut(&domain, '@');
	if (curl_url_set(url, CURLUPART_SCHEME, server->security == MAIL_TLS ? "smtps" : "smtp", 0) ||
	    curl_url_set(url, CURLUPART_HOST, arena_format(s->arena, is_v6 ? "[%.*s]" : "%.*s", TEXT_ARG(host)).at, 0) ||
	    curl_url_set(url, CURLUPART_PORT, arena_format(s->arena, "%d", server->port).at, 0) ||
	    curl_url_set(url, CURLUPART_PATH, arena_format(s->arena, "/%.*s", TEXT_ARG(domain)).at, 0))
		return sending_says(s, "host", host), &mail_settings_wrong;
	curl_easy_setopt(curl, CURLOPT_CURLU, url);
	return NULL;
}

static void set_rest(struct sending *s, CURL *curl, const struct mail_server *server, struct talk *talk)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* SIGPIPE is ignored by the whole program */
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_USE_SSL, server->security == MAIL_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (server->ca_file.length)
		curl_easy_setopt(curl, CURLOPT_CAINFO, arena_cstr(s->arena, server->ca_file));
	if (server->user.length) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, arena_cstr(s->arena, server->user));
		curl_easy_setopt(curl, CURLOPT_PASSWORD, arena_cstr(s->arena, server->password));
	}
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(server->connect_ms ? server->connect_ms : CONNECT_MS));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(server->total_ms ? server->total_ms : TOTAL_MS));
	/* the farewell is under no other limit: the server may have hung up in its own way */
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((server->connect_ms ? server->connect_ms : CONNECT_MS) + 999) / 1000);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(curl, CURLOPT_READDATA, talk);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_line);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, talk);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, hear);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, talk);
}

/* ---- why not ---- */

static bool after(const struct talk *talk, const char *verb)
{
	return !strcasecmp(talk->verb, verb);
}

/* A reply that refuses: by the command that it answers. */
static problem refused(const struct talk *talk)
{
	if (talk->line[0] == '5' && talk->line[1] == '3' && strchr("045", talk->line[2]))
		return &mail_login_refused; /* 530: nobody signed in */
	if (after(talk, "MAIL"))
		return &mail_sender_refused;
	if (after(talk, "RCPT"))
		return &mail_recipient_refused;
	if (after(talk, "DATA"))
		return &mail_message_refused;
	return after(talk, "EHLO") || after(talk, "HELO") || !talk->verb[0] ? &mail_not_smtp : &mail_closed;
}

static bool is_refusal(const struct talk *talk)
{
	return talk->line_length >= 3 && (talk->line[0] == '4' || talk->line[0] == '5');
}

/* Something was said, and no mail server says such a thing. */
static bool is_stranger(const struct talk *talk)
{
	return talk->line_length && (talk->line_length < 3 || talk->line[0] < '2' || talk->line[0] > '5' || talk->line[1] < '0' || talk->line[1] > '9');
}

/* All was handed over, and nothing was said to it. */
static bool is_unknown(const struct talk *talk)
{
	return after(talk, "DATA") && !talk->rest.length && talk->line[0] == '3';
}

static problem why_not(CURLcode code, const struct talk *talk)
{
	if (code != CURLE_OK && is_unknown(talk))
		return &mail_unanswered;
	switch (code) {
	case CURLE_OK:
		return NULL;
	case CURLE_COULDNT_RESOLVE_HOST:
		return &mail_host_unknown;
	case CURLE_COULDNT_CONNECT:
		return &mail_unreachable;
	case CURLE_OPERATION_TIMEDOUT:
		return is_stranger(talk) ? &mail_not_smtp : &mail_timed_out;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return &mail_certificate_wrong;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_USE_SSL_FAILED:
		return &mail_not_secure;
	case CURLE_LOGIN_DENIED:
		return &mail_login_refused;
	default:
		return is_stranger(talk) ? &mail_not_smtp : is_refusal(talk) ? refused(talk) : &mail_closed;
	}
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "550 5.1.1": the rest of the line is anybody's words, with the address in them as a rule. */
static struct text reply_code(const struct talk *talk)
{
	size_t end = 3;

	if (talk->line_length > 8 && is_digit(talk->line[4]) && talk->line[5] == '.')
		for (end = 4; end < talk->line_length && end < 15 && (is_digit(talk->line[end]) || talk->line[end] == '.');)
			end++;
	return (struct text){ talk->line, end };
}

/* A server that takes mails to nobody for us refuses at the same place as one that does not know the address; that is for the owner to
 * mend: "554 5.7.1 Relay access denied", "550 relay not permitted". */
static bool refuses_us(const struct talk *talk)
{
	struct text line = { talk->line, talk->line_length };

	return text_starts(text_from(reply_code(talk), 3), TEXT(" 5.7.")) || text_find(line, TEXT("relay")) != SIZE_MAX ||
	       text_find(line, TEXT("Relay")) != SIZE_MAX;
}

static enum recipient recipient_after(const struct talk *talk, problem why)
{
	if (why != &mail_recipient_refused)
		return RECIPIENT_FINE;
	if (talk->line[0] == '4')
		return RECIPIENT_LATER;
	return refuses_us(talk) ? RECIPIENT_FINE : RECIPIENT_DEAD;
}

static problem perform(struct sending *s, CURL *curl, const struct mail *mail, struct talk *talk)
{
	char reason[CURL_ERROR_SIZE] = "";
	struct curl_slist *to = curl_slist_append(NULL, arena_format(s->arena, "<%.*s>", TEXT_ARG(mail->to)).at);
	CURLcode code;
	problem why;

	if (!to)
		abort();
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	code = curl_easy_perform(curl);
	why = why_not(code, talk);
	s->recipient = recipient_after(talk, why);
	if (why)
		sending_says(s, talk->verb[0] ? talk->verb : "connecting",
		             is_refusal(talk) || !reason[0] ? (struct text){ talk->line, talk->line_length } : text_of(reason));
	if (why && is_refusal(talk))
		s->brief = arena_format(s->arena, "%.*s %.*s", TEXT_ARG(s->brief), TEXT_ARG(reply_code(talk)));
	curl_slist_free_all(to);
	return why;
}

problem mail_send(struct sending *s, const struct mail_server *server, const struct mail *mail)
{
	CLEANUP(buffer_free) struct buffer message = BUFFER(MESSAGE_MAX);
	struct talk talk = { 0 };
	CURLU *url = curl_url();
	CURL *curl;
	problem why = check_server(s, server);

	pthread_once(&once, prepare);
	curl = curl_easy_init();
	if (!curl || !url)
		abort();
	if (!why)
		why = mail_write(s, server, mail, &message);
	if (!why)
		why = set_url(s, curl, url, server);
	if (!why) {
		talk.rest = buffer_text(&message);
		set_rest(s, curl, server, &talk);
		curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_format(s->arena, "<%.*s>", TEXT_ARG(server->from_address)).at);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.length);
		db_step("before-call");
		why = perform(s, curl, mail, &talk);
		db_step("after-call");
	}
	curl_easy_cleanup(curl);
	curl_url_cleanup(url);
	return why;
}
