/* letter.c - what is told to somebody, as a mail or an SMS; and the jobs that tell it. A job runs after the fact was committed and
 * again until the message was handed over, with growing gaps. What may have arrived is sent once more at most. */
#include "notify/broadcast_room.h"

#include "base/log.h"

enum { TEXT_MAX = 8192, UNKNOWN_TRIES = 2, NOTICE_TRIES = 12, SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

static const struct problem letter_unknown = { 500, "letter-unknown", "This news tells nothing." };

/* ---- words ---- */

static struct text param(const struct letter *letter, struct text site, struct text name)
{
	if (text_is(name, "site"))
		return site;
	for (size_t i = 0; i < letter->param_count; i++) {
		if (text_is(name, letter->params[i].name))
			return letter->params[i].value;
	}
	return (struct text){ 0 };
}

/* "{code} 是您在{site}的验证码"; a name that nobody knows stays as it is written. What is filled in is not read again. */
static void fill(struct buffer *out, const struct letter *letter, struct text site, struct text message)
{
	while (message.at) {
		struct text rest, name, value;

		buffer_add(out, text_cut(&message, '{'));
		if (!message.at)
			return;
		rest = message;
		name = text_cut(&rest, '}');
		value = param(letter, site, name);
		if (value.at) {
			buffer_add(out, value);
			message = rest;
		} else {
			buffer_add_char(out, '{');
		}
	}
}

void letter_fill(struct buffer *out, const struct sms_param *params, size_t n, struct text message)
{
	fill(out, &(struct letter){ .params = params, .param_count = n }, TEXT(""), message);
}

/* A message's key, or what is to be filled in as it is. */
static struct text message_of(const struct notify_home *home, const struct letter *letter, const char *key)
{
	return *key == '{' ? text_of(key) : serve_message(home->serve, letter->language, key);
}

static struct text words(const struct notify_home *home, struct arena *arena, const struct letter *letter, struct text site, const char *key)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(TEXT_MAX);

	fill(&out, letter, site, message_of(home, letter, key));
	return arena_text(arena, buffer_text(&out));
}

static struct text body(const struct notify_home *home, struct arena *arena, const struct letter *letter, struct text site)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(TEXT_MAX);

	for (size_t i = 0; letter->lines[i]; i++) {
		fill(&out, letter, site, message_of(home, letter, letter->lines[i]));
		buffer_add_char(&out, '\n');
	}
	return arena_text(arena, buffer_text(&out));
}

/* ---- sending ---- */

struct way {
	const struct notify_home *home;
	struct arena *arena;
	struct text language;
	struct mail_server mail;
	struct sms_settings sms;
	struct text site; /* its name */
};

static problem load_way(struct tx *tx, void *arg)
{
	struct way *way = arg;
	problem why;

	tx_use_arena(tx, way->arena);
	why = notify__mail_server(tx, way->home, way->language, &way->mail);
	if (!why)
		why = notify__sms_settings(tx, way->home, &way->sms);
	return why ? why : notify__site_name(tx, way->home, way->language, &way->site);
}

static problem send_mail(struct way *way, const struct letter *letter, struct sending *s)
{
	const struct mail mail = {
		.id = letter->id,
		.to = letter->to,
		.subject = words(way->home, way->arena, letter, way->site, letter->subject),
		.text = body(way->home, way->arena, letter, way->site),
		.code = param(letter, (struct text){ 0 }, TEXT("code")),
		.link = param(letter, (struct text){ 0 }, TEXT("link")),
		.language = letter->language,
	};

	return mail_send(s, &way->mail, &mail);
}

static problem send_sms(struct way *way, const struct letter *letter, struct sending *s)
{
	const struct sms_channel *channel = sms_channel_named(way->sms.channel);
	const struct sms sms = { .id = letter->id, .to = letter->to, .language = letter->language, .params = letter->params,
		                 .param_count = letter->param_count, .text = words(way->home, way->arena, letter, way->site, letter->sms) };

	if (channel && !channel->free_text && !letter->is_code)
		return &sms_off; /* a provider has no template for it */
	return sms_send(s, &way->sms, &sms);
}

static void remember(struct notify_home *home, enum notify_kind kind, problem why, const struct sending *s)
{
	struct text says = text_clip(s->brief, sizeof home->says[kind] - 1);

	if (why == &mail_off || why == &sms_off || why == &sms_number_refused || s->recipient != RECIPIENT_FINE)
		return;
	pthread_mutex_lock(&home->lock);
	home->trouble[kind] = why;
	snprintf(home->says[kind], sizeof home->says[kind], "%.*s", TEXT_ARG(says));
	pthread_mutex_unlock(&home->lock);
}

problem letter_send(struct notify_home *home, struct arena *arena, const struct letter *letter, struct letter_end *ret)
{
	struct way way = { .home = home, .arena = arena, .language = letter->language };
	struct sending s = { .arena = arena, .world = serve_world(home->serve) };
	bool by_mail = text_is(letter->kind, "mail");
	problem why = db_read(serve_db(home->serve), load_way, &way);

	if (why)
		return why;
	why = by_mail ? send_mail(&way, letter, &s) : send_sms(&way, letter, &s);
	remember(home, by_mail ? BY_MAIL : BY_PHONE, why, &s);
	*ret = (struct letter_end){ s.detail, s.recipient };
	return why;
}

/* ---- jobs ---- */

/* That it will never go to this number or address, or that it may have gone twice: enough. */
static bool is_enough(const struct job *job, problem why)
{
	if (why == &mail_text_wrong || why == &sms_number_refused)
		return true;
	return (why == &mail_unanswered || why == &sms_unanswered) && job->tries >= UNKNOWN_TRIES;
}

static problem give_up(const struct job *job, problem why)
{
	log_line(LOG_WARN, "letter-given-up", "kind", job->kind, "why", text_of(why->type), NULL);
	return NULL;
}

static problem end_letter(const struct job *job, problem why) { return why && is_enough(job, why) ? give_up(job, why) : why; }

static struct text number(struct arena *arena, int64_t n) { return arena_format(arena, "%lld", (long long)n); }

struct code_letter {
	struct job *job;
	int64_t id;
	struct account_letter letter;
};

static problem load_code(struct tx *tx, void *arg)
{
	struct code_letter *c = arg;

	tx_use_arena(tx, c->job->arena);
	return account_letter(tx, account_keyring(c->job->home), c->job->arena, c->id, &c->letter);
}

static problem code_sent(struct tx *tx, void *arg)
{
	const struct code_letter *c = arg;

	return account_letter_sent(tx, c->id);
}

static problem send_code(struct code_letter *c)
{
	static const char *const lead[] = { [CODE_SIGN_IN] = "notify.code.sign_in", [CODE_RESET] = "notify.code.reset", [CODE_CHANGE] = "notify.code.change",
		                            [CODE_VERIFY] = "notify.code.verify" };
	struct arena *arena = c->job->arena;
	int64_t left_ms = c->letter.expires_ms - world_now_ms(db_world(c->job->db));
	const struct sms_param params[] = { { "code", c->letter.digits }, { "minutes", number(arena, (left_ms + MINUTE_MS - 1) / MINUTE_MS) } };
	const struct letter letter = {
		.to = c->letter.login, .kind = c->letter.kind, .language = c->letter.language, .id = arena_format(arena, "code-%lld", (long long)c->id),
		.subject = "notify.code.subject", .lines = { lead[c->letter.purpose], "{code}", "notify.code.valid", "notify.code.not_you" },
		.sms = "notify.code.sms", .is_code = true, .params = params, .param_count = 2,
	};
	struct letter_end end;

	return letter_send(notify_home(c->job->home), arena, &letter, &end);
}

static problem read_news(struct job *job, json_t **ret)
{
	problem why = json_read(job->arena, job->payload, ret);

	return why ? why : json_is_object(*ret) ? NULL : &letter_unknown;
}

/* The digits are erased once the letter is on its way: whoever dies before that sends it again. */
static problem run_code(struct job *job)
{
	struct code_letter c = { .job = job };
	json_t *news;
	problem why = read_news(job, &news);

	if (why)
		return why;
	c.id = json_get_int(news, "subject", 0);
	why = db_read(job->db, load_code, &c);
	if (why)
		return why == &code_gone ? NULL : why;
	why = end_letter(job, send_code(&c));
	return why ? why : db_write(job->db, code_sent, &c);
}

/* Soon at first: somebody waits before a screen. */
static int64_t code_wait_ms(int tries) { return tries < 6 ? (int64_t)SECOND_MS << tries : MINUTE_MS; }

static int64_t notice_wait_ms(int tries) { return tries >= NOTICE_TRIES ? -1 : tries < 6 ? (int64_t)5 * SECOND_MS << tries : HOUR_MS; }

/* What nobody can send is no failure. */
static problem end_if_off(const struct job *job, problem why) { return why == &mail_off || why == &sms_off ? NULL : end_letter(job, why); }

problem notify__end_notice(const struct job *job, const struct letter_end *end, problem why)
{
	return why && end->recipient == RECIPIENT_DEAD ? give_up(job, why) : end_if_off(job, why);
}

static const char *notice_line(struct text what)
{
	static const char *const known[][2] = { { "login-added", "notify.login.added" }, { "login-removed", "notify.login.removed" },
		                                { "password-changed", "notify.login.password" }, { "vouched-bound", "notify.login.bound" },
		                                { "vouched-unbound", "notify.login.unbound" }, { "signed-in", "notify.login.signed_in" } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (text_is(what, known[i][0]))
			return known[i][1];
	}
	return NULL;
}

static problem run_login(struct job *job)
{
	CLEANUP(buffer_free) struct buffer payload = BUFFER(TEXT_MAX);
	struct account_notice notice;
	struct letter_end end = { 0 };
	struct sms_param params[2];
	struct letter letter;
	bool of_device;
	json_t *news;
	problem why = read_news(job, &news);

	if (why)
		return why;
	json_write_tree(&payload, json_object_get(news, "payload"));
	why = account_notice(account_keyring(job->home), job->arena, buffer_text(&payload), &notice);
	if (why)
		return why;
	of_device = text_is(notice.what, "signed-in");
	params[0] = (struct sms_param){ "login", notice.about.at ? notice.about : TEXT("") };
	params[1] = (struct sms_param){ "link", of_device ? arena_format(job->arena, "%.*s/me/security", TEXT_ARG(notify__address(job->arena, job->home))) : (struct text){ 0 } };
	letter = (struct letter){
		.to = notice.login, .kind = notice.kind, .language = notice.language, .subject = of_device ? "notify.login.new_device" : "notify.login.subject",
		.id = arena_format(job->arena, "login-%lld", (long long)json_get_int(news, "id", 0)), .sms = notice_line(notice.what),
		.lines = { notice_line(notice.what), of_device ? "notify.login.devices" : "notify.login.not_you", of_device ? "notify.login.not_you" : NULL },
		.params = params, .param_count = 2,
	};
	if (!letter.sms)
		return &letter_unknown;
	why = letter_send(notify_home(job->home), job->arena, &letter, &end);
	return notify__end_notice(job, &end, why);
}

struct invited_letter {
	struct job *job;
	int64_t id;
	struct account_invited invited;
};

static problem load_invited(struct tx *tx, void *arg)
{
	struct invited_letter *i = arg;

	tx_use_arena(tx, i->job->arena);
	return account_invitation(tx, account_keyring(i->job->home), i->id, &i->invited);
}

struct text notify__address(struct arena *arena, const struct serve *serve)
{
	struct text origin = serve_origin(serve);

	return origin.length ? origin : arena_format(arena, "http://127.0.0.1:%d", serve_port(serve));
}

static problem send_invited(const struct invited_letter *i)
{
	struct arena *arena = i->job->arena;
	struct serve *serve = i->job->home;
	const char *role_key = arena_format(arena, "notify.role.%.*s", TEXT_ARG(i->invited.role)).at;
	int64_t left_ms = i->invited.expires_ms - world_now_ms(db_world(i->job->db));
	const struct sms_param params[] = {
		{ "from", i->invited.from },
		{ "role", serve_message(serve, TEXT("zh-CN"), role_key) },
		{ "link", arena_format(arena, "%.*s%.*s", TEXT_ARG(notify__address(arena, serve)), TEXT_ARG(i->invited.path)) },
		{ "days", number(arena, (left_ms + DAY_MS - 1) / DAY_MS) },
	};
	const struct letter letter = {
		.to = i->invited.login, .kind = i->invited.kind, .language = TEXT("zh-CN"), .id = arena_format(arena, "invitation-%lld", (long long)i->id),
		.subject = "notify.invited.subject", .lines = { "notify.invited.text", "{link}", "notify.invited.valid" },
		.sms = "notify.invited.sms", .params = params, .param_count = 4,
	};
	struct letter_end end;

	/* whoever invited looks after it: an address that is refused stays among what failed */
	return end_if_off(i->job, letter_send(notify_home(serve), arena, &letter, &end));
}

static problem run_invited(struct job *job)
{
	struct invited_letter i = { .job = job };
	json_t *news;
	problem why = read_news(job, &news);

	if (why)
		return why;
	i.id = json_get_int(news, "subject", 0);
	why = db_read(job->db, load_invited, &i);
	if (why)
		return why == &invitation_over ? NULL : why;
	return send_invited(&i);
}

const struct job_kind notify_jobs[] = {
	{ .kind = NOTIFY_JOB_CODE, .run = run_code, .tries_max = 100, .wait_ms = code_wait_ms },
	{ .kind = NOTIFY_JOB_LOGIN, .run = run_login, .tries_max = NOTICE_TRIES, .wait_ms = notice_wait_ms },
	{ .kind = NOTIFY_JOB_INVITED, .run = run_invited, .tries_max = NOTICE_TRIES, .wait_ms = notice_wait_ms },
	{ 0 },
};

/* There may be very many at once: threads of their own, so that no code waits behind them. */
const struct job_kind notification_jobs[] = {
	{ .kind = NOTIFY_JOB_MESSAGE, .run = notification__run_letter, .tries_max = NOTICE_TRIES, .wait_ms = notice_wait_ms },
	{ .kind = NOTIFY_JOB_BROADCAST, .run = broadcast__run },
	{ .kind = NOTIFY_JOB_SECURITY, .run = notification__run_security },
	{ .kind = NOTIFY_JOB_PURGE, .run = notification__run_purge },
	{ 0 },
};
