/* notification.c - who is told what by which channel, and in which words; the job that writes the letters, and the one that clears up.
 *
 * Whether a letter goes out is decided with the fact: by what the person chose, by whether the channel is set up, and only to somebody
 * who has proven such a login. Nothing is queued otherwise. A letter whose message was read meanwhile, or that is wanted no more, is
 * not sent. */
#include "notify/notification_room.h"

#include "account/people.h"
#include "db/watch.h"

#include <assert.h>

const struct problem notification_not_mine = { 404, "notification-missing", "There is no such message." };

enum { WORDS_MAX = 4096, SUBJECT_MAX = 240 };
#define DAY_MS ((int64_t)24 * 3600 * 1000)

#define X_NAME(id, name) [TOPIC_##id] = name,
const char *const notification_topic_names[] = { NULL, NOTIFICATION_TOPICS(X_NAME) NULL };
#undef X_NAME
#define X_NAME(id, name, topic) [NOTIFICATION_##id] = name,
const char *const notification_kind_names[] = { NULL, NOTIFICATION_KINDS(X_NAME) NULL };
#undef X_NAME
const char *const channel_names[] = { [CHANNEL_SITE] = "site", [CHANNEL_MAIL] = "mail", [CHANNEL_SMS] = "sms", NULL };

#define X_TOPIC(id, name, topic) [NOTIFICATION_##id] = TOPIC_##topic,
static const enum notification_topic topics[NOTIFICATION_KIND_COUNT] = { NOTIFICATION_KINDS(X_TOPIC) };
#undef X_TOPIC

/* What was done with one's money or account is told in the site, whoever asks; mail where somebody waits for it. */
static const enum choice defaults[TOPIC_COUNT][CHANNEL_COUNT] = {
	[TOPIC_ANSWERS]       = { CHOICE_ON, CHOICE_ON, CHOICE_OFF },
	[TOPIC_QUESTIONS]     = { CHOICE_ON, CHOICE_OFF, CHOICE_NEVER },
	[TOPIC_DECISIONS]     = { CHOICE_ON, CHOICE_OFF, CHOICE_NEVER },
	[TOPIC_ORDERS]        = { CHOICE_FIXED, CHOICE_ON, CHOICE_OFF },
	[TOPIC_SALES]         = { CHOICE_FIXED, CHOICE_ON, CHOICE_NEVER },
	[TOPIC_CHANGES]       = { CHOICE_ON, CHOICE_OFF, CHOICE_NEVER },
	[TOPIC_NEWS]          = { CHOICE_ON, CHOICE_OFF, CHOICE_NEVER },
	[TOPIC_SECURITY]      = { CHOICE_FIXED, CHOICE_FIXED, CHOICE_NEVER },
};

enum choice notification__default(enum notification_topic topic, enum channel channel)
{
	assert(topic > TOPIC_NONE && topic < TOPIC_COUNT);
	return defaults[topic][channel];
}

enum notification_topic notification__topic(enum notification_kind kind)
{
	assert(kind > NOTIFICATION_NONE && kind < NOTIFICATION_KIND_COUNT);
	return topics[kind];
}

bool notification__wants(struct tx *tx, struct user_id user, enum notification_topic topic, enum channel channel)
{
	switch (notification__default(topic, channel)) {
	case CHOICE_FIXED:
		return true;
	case CHOICE_NEVER:
		return false;
	case CHOICE_ON:
		return notification__preference(tx, user, topic, channel, 1) == 1;
	case CHOICE_OFF:
		return notification__preference(tx, user, topic, channel, 0) == 1;
	}
	abort();
}

/* ---- telling ---- */

const struct shape notification_params_shape = SHAPE(notification_params,
	FIELD(notification_params, title,  SHAPE_TEXT, .optional = true),
	FIELD(notification_params, amount, SHAPE_TEXT, .optional = true),
	FIELD(notification_params, note,   SHAPE_TEXT, .optional = true));

/* One line, as a subject is. */
static struct text line_of(struct arena *arena, struct text t)
{
	struct text clipped = text_clip(t, TITLE_MAX);
	char *line = arena_alloc(arena, clipped.length + 1);

	if (!clipped.at)
		return clipped;
	for (size_t i = 0; i < clipped.length; i++)
		line[i] = (unsigned char)clipped.at[i] < ' ' || clipped.at[i] == 0x7f ? ' ' : clipped.at[i];
	return (struct text){ line, clipped.length };
}

static struct text params_of(struct tx *tx, const struct notification_draft *draft)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(64 * 1024);
	struct arena *arena = tx_arena(tx);
	char yuan[MONEY_TEXT_MAX];
	const struct notification_params params = {
		.title = line_of(arena, draft->title),
		.amount = draft->amount.fen ? money_to_yuan(draft->amount, yuan) : (struct text){ 0 },
		.note = draft->note.length ? text_clip(draft->note, NOTE_MAX) : (struct text){ 0 },
	};

	shape_write(&notification_params_shape, &out, &params);
	assert(!out.why);
	return arena_text(arena, buffer_text(&out));
}

static void write_letter(struct tx *tx, const struct notification *n, enum channel channel)
{
	if (!notification__is_open(tx, channel) || !account_has_proven(tx, n->user, channel == CHANNEL_MAIL ? "mail" : "phone"))
		return;
	job_add(tx, NOTIFY_JOB_MESSAGE, (struct text){ 0 },
	        arena_format(tx_arena(tx), "{\"notification\":%lld,\"channel\":\"%s\"}", (long long)n->id, channel_names[channel]), 0);
}

bool notification__tell(struct tx *tx, const struct notification_draft *draft)
{
	enum notification_topic topic = notification__topic(draft->kind);
	struct notification n = { .user = draft->whom, .kind = (int)draft->kind, .subject = draft->subject, .turn = draft->turn, .url = draft->url };
	bool by[CHANNEL_COUNT], any = false;

	assert(draft->subject && draft->url.length);
	if (!draft->whom.v || draft->whom.v == draft->by.v || account_is_erased(tx, draft->whom))
		return false;
	for (enum channel c = CHANNEL_SITE; c < CHANNEL_COUNT; c++)
		any |= by[c] = notification__wants(tx, draft->whom, topic, c);
	if (!any)
		return false;
	n.id = tx_id(tx);
	n.made_ms = tx_now_ms(tx);
	n.params = params_of(tx, draft);
	n.shown = by[CHANNEL_SITE];
	if (!notification__insert(tx, &n))
		return false;
	/* what becomes of an account has letters of its own, to each proven login (letter.c) */
	for (enum channel c = CHANNEL_MAIL; c < CHANNEL_COUNT; c++) {
		if (by[c] && topic != TOPIC_SECURITY)
			write_letter(tx, &n, c);
	}
	return true;
}

void notification_add(struct tx *tx, const struct notification_draft *draft) { notification__tell(tx, draft); }

/* ---- words ---- */

static size_t fill_with(const struct notification_params *from, struct sms_param to[2])
{
	to[0] = (struct sms_param){ "title", from->title };
	to[1] = (struct sms_param){ "amount", from->amount };
	return 2;
}

static const char *message_key(struct arena *arena, const struct notification *n)
{
	return arena_format(arena, "notify.message.%s", n->withdrawn ? "withdrawn" : notification_kind_names[n->kind]).at;
}

problem notification__words(const struct serve *serve, struct arena *arena, struct text language, const struct notification *n,
                            struct text *ret, struct text *ret_note)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(WORDS_MAX);
	struct notification_params params = { 0 };
	struct field_errors errors = { 0 };
	struct sms_param with[2];
	problem why = shape_read(&notification_params_shape, arena, n->params, &params, &errors);

	if (why)
		return why;
	letter_fill(&out, with, fill_with(&params, with), serve_message(serve, language, message_key(arena, n)));
	*ret = arena_text(arena, buffer_text(&out));
	*ret_note = n->withdrawn ? (struct text){ 0 } : n->said.length ? n->said : params.note;
	return out.why;
}

/* ---- letters ---- */

struct message_letter {
	struct job *job;
	int64_t id;
	enum channel channel;
	struct notification n;
	struct account account;
	struct text to;             /* absent: there is nobody to write to */
};

static problem load_address(struct tx *tx, struct message_letter *m)
{
	const char *kind = m->channel == CHANNEL_MAIL ? "mail" : "phone";
	struct person_login *logins;
	size_t n = 0;
	problem why = account_person_logins(tx, account_keyring(m->job->home), m->n.user, true, &logins, &n);

	for (size_t i = 0; !why && !m->to.at && i < n; i++) {
		if (logins[i].verified && text_is(logins[i].kind, kind))
			m->to = logins[i].login;
	}
	return why;
}

static problem load_letter(struct tx *tx, void *arg)
{
	struct message_letter *m = arg;
	problem why;

	tx_use_arena(tx, m->job->arena);
	m->to = (struct text){ 0 };
	why = notification__by_id(tx, m->id, &m->n);
	if (!why)
		why = account_by_id(tx, m->n.user, &m->account);
	if (why || m->n.read_ms || m->n.withdrawn || account_is_banned(tx, m->n.user))
		return why;
	return notification__wants(tx, m->n.user, notification__topic((enum notification_kind)m->n.kind), m->channel) ? load_address(tx, m) : tx_problem(tx);
}

static problem send_message(struct message_letter *m)
{
	struct arena *arena = m->job->arena;
	struct serve *serve = m->job->home;
	struct text address = notify__address(arena, serve), words = { 0 }, note = { 0 };
	struct letter_end end = { 0 };
	struct letter letter;
	problem why = notification__words(serve, arena, m->account.language, &m->n, &words, &note);
	const struct sms_param params[] = {
		{ "words", words }, { "brief", text_clip(words, SUBJECT_MAX) }, { "note", note.at ? note : TEXT("") },
		{ "link", arena_format(arena, "%.*s%.*s", TEXT_ARG(address), TEXT_ARG(m->n.url)) },
		{ "settings", arena_format(arena, "%.*s/me/messages/settings", TEXT_ARG(address)) },
	};

	if (why)
		return why;
	letter = (struct letter){
		.to = m->to, .kind = m->channel == CHANNEL_MAIL ? TEXT("mail") : TEXT("phone"), .language = m->account.language,
		.id = arena_format(arena, "message-%lld", (long long)m->n.id), .subject = "notify.letter.subject", .sms = "notify.letter.sms",
		.lines = { "{words}", note.length ? "{note}" : "{link}", note.length ? "{link}" : "notify.letter.why", note.length ? "notify.letter.why" : NULL },
		.params = params, .param_count = sizeof params / sizeof *params,
	};
	why = letter_send(notify_home(serve), arena, &letter, &end);
	return notify__end_notice(m->job, &end, why);
}

problem notification__run_letter(struct job *job)
{
	struct message_letter m = { .job = job, .channel = CHANNEL_MAIL };
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	if (why)
		return why;
	m.id = json_get_int(payload, "notification", 0);
	if (text_is(json_get_text(payload, "channel"), channel_names[CHANNEL_SMS]))
		m.channel = CHANNEL_SMS;
	why = db_read(job->db, load_letter, &m);
	if (why)
		return why == &notification_not_mine || why == &user_missing ? NULL : why;
	return m.to.at ? send_message(&m) : NULL;
}

/* ---- what became of an account ---- */

struct security_fact {
	int64_t news;
	struct user_id user;
	struct text what, about;
};

static enum notification_kind security_kind(struct text what)
{
	static const struct {
		const char *what;
		enum notification_kind kind;
	} known[] = { { "login-added", NOTIFICATION_LOGIN_ADDED }, { "login-removed", NOTIFICATION_LOGIN_REMOVED },
		      { "password-changed", NOTIFICATION_PASSWORD_CHANGED }, { "signed-in", NOTIFICATION_SIGNED_IN }, { "vouched-bound", NOTIFICATION_VOUCHED_BOUND },
		      { "vouched-unbound", NOTIFICATION_VOUCHED_UNBOUND } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (text_is(what, known[i].what))
			return known[i].kind;
	}
	return NOTIFICATION_NONE;
}

static problem tell_security(struct tx *tx, void *arg)
{
	const struct security_fact *fact = arg;

	enum notification_kind kind = security_kind(fact->what);

	notification_add(tx, &(struct notification_draft){ .kind = kind, .whom = fact->user, .subject = fact->news, .title = fact->about,
	                                                   .url = kind == NOTIFICATION_SIGNED_IN ? TEXT("/me/security") : TEXT("/me/settings") });
	return tx_problem(tx);
}

static const struct problem security_unknown = { 500, "security-unknown", "This news of an account tells nothing." };

problem notification__run_security(struct job *job)
{
	struct security_fact fact;
	json_t *news, *payload;
	problem why = json_read(job->arena, job->payload, &news);

	if (why)
		return why;
	payload = json_object_get(news, "payload");
	fact = (struct security_fact){ .news = json_get_int(news, "id", 0), .user = { json_get_int(news, "subject", 0) }, .what = json_get_text(payload, "what"),
		                       .about = json_get_text(payload, "about") };
	return fact.news && security_kind(fact.what) ? db_write(job->db, tell_security, &fact) : &security_unknown;
}

/* ---- what gets old: in steps, so that nobody waits behind them ---- */

enum { STEP = 500 };

static problem drop_old(struct tx *tx, void *arg)
{
	int64_t *gone = arg;

	*gone = notification__drop_old(tx, tx_now_ms(tx) - NOTIFICATION_DAYS * DAY_MS, STEP);
	return tx_problem(tx);
}

static problem purge_old(struct job *job)
{
	int64_t gone = STEP;
	problem why = NULL;

	while (!why && gone == STEP)
		why = db_write(job->db, drop_old, &gone);
	return why;
}

struct crowd {
	struct arena *arena;
	struct user_id last;        /* done, up to this one */
	struct crowded *people;
	size_t n;
	int64_t gone;
};

static problem find_crowd(struct tx *tx, void *arg)
{
	struct crowd *c = arg;

	tx_use_arena(tx, c->arena);
	return notification__crowded(tx, c->last, STEP, &c->people, &c->n);
}

static problem drop_beyond(struct tx *tx, void *arg)
{
	struct crowd *c = arg;

	c->gone = notification__drop_beyond(tx, c->last, STEP);
	return tx_problem(tx);
}

static problem thin_out(struct job *job, struct crowd *c)
{
	problem why = NULL;

	for (size_t i = 0; !why && i < c->n; i++) {
		c->last = c->people[i].user;
		do
			why = db_write(job->db, drop_beyond, c);
		while (!why && c->gone == STEP);
	}
	return why;
}

static problem purge_beyond(struct job *job)
{
	struct crowd c = { .arena = job->arena };
	problem why;

	do {
		why = db_read(job->db, find_crowd, &c);
		if (!why)
			why = thin_out(job, &c);
	} while (!why && c.n == STEP);
	return why;
}

/* Letters of news that were given up: what they tell is old, and for days the owner could look at them. */
struct given_up {
	struct arena *arena;
	int64_t last;               /* looked at, down to this one */
	int64_t ids[STEP];
	size_t n, seen;
};

static bool is_over(struct tx *tx, const struct failed_job *job)
{
	return job->parked && (text_is(job->kind, NOTIFY_JOB_MESSAGE) || text_is(job->kind, NOTIFY_JOB_LOGIN)) &&
	       job->failed_ms < tx_now_ms(tx) - LETTERS_KEPT_DAYS * DAY_MS;
}

static problem find_given_up(struct tx *tx, void *arg)
{
	struct given_up *g = arg;
	struct failed_job *jobs;
	problem why;

	tx_use_arena(tx, g->arena);
	g->n = 0;
	why = db_failed_jobs(tx, g->last, STEP, &jobs, &g->seen);
	for (size_t i = 0; !why && i < g->seen; i++) {
		if (is_over(tx, &jobs[i]))
			g->ids[g->n++] = jobs[i].id;
	}
	if (!why && g->seen)
		g->last = jobs[g->seen - 1].id;
	return why;
}

/* One that somebody retried meanwhile stays. */
static problem drop_given_up(struct tx *tx, void *arg)
{
	struct given_up *g = arg;
	struct failed_job dropped;
	problem why = NULL;

	for (size_t i = 0; !why && i < g->n; i++) {
		why = db_job_drop(tx, g->ids[i], &dropped);
		if (why == &job_missing || why == &job_runs || why == &job_well)
			why = tx_problem(tx);
	}
	return why;
}

static problem purge_letters(struct job *job)
{
	struct given_up g = { .arena = job->arena };
	problem why;

	do {
		why = db_read(job->db, find_given_up, &g);
		if (!why && g.n)
			why = db_write(job->db, drop_given_up, &g);
	} while (!why && g.seen == STEP);
	return why;
}

problem notification__run_purge(struct job *job)
{
	problem why = purge_old(job);

	if (!why)
		why = purge_beyond(job);
	if (!why)
		why = purge_letters(job);
	if (!why)
		job_again(job, world_now_ms(db_world(job->db)) + DAY_MS);
	return why;
}
