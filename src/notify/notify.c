/* notify.c - by what mail and SMS go: what the owner set, or the configuration; and what is known of it in memory. */
#include "notify/notification_room.h"

#include <stdlib.h>

#include "base/log.h"

enum { HOME_ARENA_MAX = 1 << 20, SECRET_MAX = 4096, NAME_MAX_BYTES = 200, PURGE_AFTER_MS = 2 * 3600 * 1000 };

static const struct problem security_unknown = { 500, "mail-security-unknown", "mail.security is tls, starttls or none." };
static const struct problem port_wrong = { 500, "mail-port-wrong", "mail.port is a number from 1 to 65535." };
static const struct problem channel_unknown = { 500, "sms-channel-unknown", "sms.channel is aliyun, tencent or webhook." };

/* ---- groups ---- */

const char *const sms_choice_names[] = { [SMS_OFF] = "off", [SMS_ALIYUN] = "aliyun", [SMS_TENCENT] = "tencent", [SMS_WEBHOOK] = "webhook", NULL };

const struct shape mail_setting_shape = SHAPE(mail_setting,
	FIELD(mail_setting, host,         SHAPE_TEXT, .max = 253, .says = "smtp.example.com; empty: none"),
	FIELD(mail_setting, port,         SHAPE_INT, .min = 1, .max = 65535),
	FIELD(mail_setting, security,     SHAPE_ENUM, .names = mail_security_names, .says = "none: this machine only"),
	FIELD(mail_setting, user,         SHAPE_TEXT, .max = 254),
	FIELD(mail_setting, from_name,    SHAPE_TEXT, .max = 60, .says = "empty: the shop's name"),
	FIELD(mail_setting, from_address, SHAPE_TEXT, .max = 254));
const struct shape sms_setting_shape = SHAPE(sms_setting,
	FIELD(sms_setting, channel,         SHAPE_ENUM, .names = sms_choice_names),
	FIELD(sms_setting, url,             SHAPE_TEXT, .max = 500, .says = "of the webhook"),
	FIELD(sms_setting, key_id,          SHAPE_TEXT, .max = 200),
	FIELD(sms_setting, sign_name,       SHAPE_TEXT, .max = 60),
	FIELD(sms_setting, template,        SHAPE_TEXT, .max = 60, .says = "of a code, as the provider approved it"),
	FIELD(sms_setting, template_params, SHAPE_TEXT, .max = 100, .says = "in the template's order: code,minutes; empty: code"),
	FIELD(sms_setting, app_id,          SHAPE_TEXT, .max = 60, .says = "Tencent's SDK app id"),
	FIELD(sms_setting, region,          SHAPE_TEXT, .max = 60));

static const struct mail_setting mail_defaults = { .host = TEXT_INIT(""), .port = 465, .security = MAIL_TLS, .user = TEXT_INIT(""),
	                                           .from_name = TEXT_INIT(""), .from_address = TEXT_INIT("") };
static const struct sms_setting sms_defaults = { .url = TEXT_INIT(""), .key_id = TEXT_INIT(""), .sign_name = TEXT_INIT(""),
	.template = TEXT_INIT(""), .template_params = TEXT_INIT(""), .app_id = TEXT_INIT(""), .region = TEXT_INIT("") };

const struct setting_group mail_group = { .name = "notify.mail", .shape = &mail_setting_shape, .defaults = &mail_defaults };
const struct setting_group sms_group = { .name = "notify.sms", .shape = &sms_setting_shape, .defaults = &sms_defaults };

/* ---- what holds ---- */

static problem secret_or_none(struct tx *tx, const struct notify_home *home, const char *name, struct text *ret)
{
	problem why = secret_get(tx, account_keyring(home->serve), name, ret);

	return why == &secret_missing ? NULL : why;
}

problem notify__site_name(struct tx *tx, const struct notify_home *home, struct text language, struct text *ret)
{
	struct site_brief brief;
	problem why = site_brief(tx, language, &brief);

	if (!why)
		*ret = text_clip(brief.name.length ? brief.name : serve_setting(home->serve, "site_name"), NAME_MAX_BYTES);
	return why;
}

problem notify__mail_server(struct tx *tx, const struct notify_home *home, struct text language, struct mail_server *ret)
{
	struct mail_server server = home->mail;
	struct mail_setting set;
	problem why = setting_read(tx, &mail_group, &set, NULL);

	if (!why && set.host.length) {
		server = (struct mail_server){ .host = set.host, .port = (int)set.port, .security = set.security, .user = set.user,
			                       .from_name = set.from_name, .from_address = set.from_address, .ca_file = home->mail.ca_file };
		why = secret_or_none(tx, home, MAIL_PASSWORD, &server.password);
	}
	if (!why && !server.from_name.length)
		why = notify__site_name(tx, home, language, &server.from_name);
	if (!why)
		*ret = server;
	return why;
}

problem notify__sms_settings(struct tx *tx, const struct notify_home *home, struct sms_settings *ret)
{
	struct sms_settings settings = home->sms;
	struct sms_setting set;
	problem why = setting_read(tx, &sms_group, &set, NULL);

	if (!why && set.channel != SMS_OFF) {
		settings = (struct sms_settings){ .channel = text_of(sms_choice_names[set.channel]), .url = set.url, .key_id = set.key_id,
			.sign_name = set.sign_name, .template = set.template, .template_params = set.template_params, .app_id = set.app_id, .region = set.region };
		why = secret_or_none(tx, home, SMS_SECRET, &settings.secret);
	}
	if (!why)
		*ret = settings;
	return why;
}

/* ---- the configuration ---- */

static struct text configured(struct notify_home *home, const char *key)
{
	struct text value = serve_setting(home->serve, key);

	return value.length ? arena_text(home->arena, value) : (struct text){ 0 };
}

static problem configured_secret(struct notify_home *home, const char *key, struct text *ret)
{
	struct text path = configured(home, key);
	problem why = path.length ? secret_file_read(path.at, SECRET_MAX, home->arena, ret) : NULL;

	if (!why)
		*ret = text_trim(*ret);
	return why;
}

static int security_named(struct text name)
{
	for (int i = MAIL_TLS; mail_security_names[i]; i++) {
		if (text_is(name, mail_security_names[i]))
			return i;
	}
	return name.length ? 0 : MAIL_TLS;
}

static problem configure_mail(struct notify_home *home)
{
	struct text port = configured(home, "mail.port");
	int64_t number = 465;

	if (port.length && (!text_to_int(port, &number) || number < 1 || number > 65535))
		return &port_wrong;
	home->mail = (struct mail_server){ .host = configured(home, "mail.host"), .port = (int)number, .security = security_named(configured(home, "mail.security")),
		.user = configured(home, "mail.user"), .from_name = configured(home, "mail.from_name"), .from_address = configured(home, "mail.from_address"),
		.ca_file = configured(home, "mail.ca_file") };
	return home->mail.security ? configured_secret(home, "mail.password_file", &home->mail.password) : &security_unknown;
}

static problem configure_sms(struct notify_home *home)
{
	home->sms = (struct sms_settings){ .channel = configured(home, "sms.channel"), .url = configured(home, "sms.url"), .key_id = configured(home, "sms.key_id"),
		.sign_name = configured(home, "sms.sign_name"), .template = configured(home, "sms.template"),
		.template_params = configured(home, "sms.template_params"), .app_id = configured(home, "sms.app_id"), .region = configured(home, "sms.region") };
	if (home->sms.channel.length && !sms_channel_named(home->sms.channel))
		return &channel_unknown;
	return configured_secret(home, "sms.secret_file", &home->sms.secret);
}

/* ---- in memory ---- */

/* A provider that knows approved templates only sends codes, and no notice. */
static bool sends_notices(const struct sms_settings *sms)
{
	const struct sms_channel *channel = sms_channel_named(sms->channel);

	return channel && channel->free_text;
}

/* So that whoever tells something knows in his transaction whether a letter can go out at all. */
static problem keep_open(struct tx *tx, void *arg)
{
	struct notify_home *home = arg;
	struct mail_server mail;
	struct sms_settings sms;
	problem why = notify__mail_server(tx, home, TEXT("zh-CN"), &mail);

	if (!why)
		why = notify__sms_settings(tx, home, &sms);
	if (why)
		return why;
	atomic_store(&home->open[BY_MAIL], mail.host.length > 0);
	atomic_store(&home->open[BY_PHONE], sms.channel.length > 0);
	notification__set_open(tx, CHANNEL_MAIL, mail.host.length > 0);
	notification__set_open(tx, CHANNEL_SMS, sends_notices(&sms));
	return tx_problem(tx);
}

static problem begin(struct tx *tx, void *arg)
{
	job_add(tx, NOTIFY_JOB_PURGE, TEXT("one"), TEXT("{}"), tx_now_ms(tx) + PURGE_AFTER_MS);
	return keep_open(tx, arg);
}

/* Old trouble is of old settings. */
static problem changed(void *arg)
{
	struct notify_home *home = arg;
	problem why = db_write(serve_db(home->serve), keep_open, home);

	if (why)
		log_line(LOG_ERROR, "notify-settings", "why", text_of(why->type), NULL);
	pthread_mutex_lock(&home->lock);
	home->trouble[BY_MAIL] = home->trouble[BY_PHONE] = NULL;
	pthread_mutex_unlock(&home->lock);
	return why;
}

problem notify__trouble(struct notify_home *home, enum notify_kind kind, struct arena *arena, struct text *ret_says)
{
	problem why;

	pthread_mutex_lock(&home->lock);
	why = home->trouble[kind];
	*ret_says = arena_text(arena, text_of(home->says[kind]));
	pthread_mutex_unlock(&home->lock);
	return why;
}

static bool reaches(struct serve *serve, const char *kind)
{
	struct notify_home *home = notify_home(serve);

	return home && atomic_load(&home->open[strcmp(kind, "mail") ? BY_PHONE : BY_MAIL]);
}
const struct code_sender notify_sender = { .reaches = reaches };

/* ---- the check-list ---- */

static problem checks(struct tx *tx, const struct serve *serve, struct checks *to)
{
	static const char *const keys[] = { [BY_MAIL] = "mail", [BY_PHONE] = "sms" };
	struct notify_home *home = notify_home(serve);

	for (int i = 0; i < NOTIFY_KINDS; i++) {
		struct check check = { .key = text_of(keys[i]), .state = atomic_load(&home->open[i]) ? CHECK_GOOD : CHECK_MISSING };
		struct text says;
		problem why = notify__trouble(home, (enum notify_kind)i, tx_arena(tx), &says);

		if (check.state == CHECK_GOOD && why) {
			check.state = CHECK_WRONG;
			check.detail = arena_format(tx_arena(tx), "%s%s%.*s", why->title, says.length ? " " : "", TEXT_ARG(says));
		}
		check_add(to, &check);
	}
	return tx_problem(tx);
}

/* ---- module ---- */

static void stop(void *state)
{
	struct notify_home *home = state;

	if (!home)
		return;
	pthread_mutex_destroy(&home->lock);
	arena_free(home->arena);
	free(home);
}

static problem start(struct serve *serve, void **ret_state)
{
	struct notify_home *home = calloc(1, sizeof *home);
	problem why;

	if (!home)
		abort();
	*home = (struct notify_home){ .serve = serve, .arena = arena_new(HOME_ARENA_MAX) };
	pthread_mutex_init(&home->lock, NULL);
	why = configure_mail(home);
	if (!why)
		why = configure_sms(home);
	if (!why)
		why = db_write(serve_db(serve), begin, home);
	if (why) {
		stop(home);
		return why;
	}
	setting_watch(serve, "notify", changed, home);
	site_know_check(serve, checks);
	*ret_state = home;
	return NULL;
}

const struct module notify_module = { .name = "notify", .routes = notify_routes, .jobs = notify_jobs, .start = start, .stop = stop };
