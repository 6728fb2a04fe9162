/* setting.c - groups of settings and secrets; who watches them is told, in this process at once, in others by their follower.
 * A secret is sealed with its row's id, so that it cannot be moved to another name. */
#include "site/site_room.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "audit/audit.h"
#include "base/log.h"

enum { VALUE_MAX = 256 * 1024, FOLLOW_S = 2, HOME_ARENA_MAX = 1 << 20 };

const struct problem setting_changed = { 409, "setting-changed", "Somebody else changed this setting in the meantime." };
const struct problem secret_missing = { 404, "secret-missing", "This key was not set." };
static const struct problem setting_broken = { 500, "setting-broken", "A stored setting does not fit this program." };

/* ---- groups ---- */

static void set_defaults(const struct setting_group *group, void *ret)
{
	if (group->defaults)
		memcpy(ret, group->defaults, group->shape->size);
	else
		memset(ret, 0, group->shape->size);
}

problem setting_read(struct tx *tx, const struct setting_group *group, void *ret, int64_t *ret_version)
{
	struct field_errors errors = { 0 };
	struct setting_row row = { 0 };
	problem why = site__newest(tx, group->name, &row);

	set_defaults(group, ret);
	if (ret_version)
		*ret_version = row.version;
	if (why)
		return why == &problem_not_found ? tx_problem(tx) : why;
	if (!shape_read(group->shape, tx_arena(tx), row.value, ret, &errors))
		return NULL;
	log_line(LOG_ERROR, "setting-broken", "name", text_of(group->name), "field", errors.count ? errors.items[0].path : TEXT(""), NULL);
	return &setting_broken;
}

problem setting_write(struct tx *tx, const struct setting_group *group, const void *value, int64_t version, struct user_id by)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(VALUE_MAX);
	problem why;

	shape_write(group->shape, &out, value);
	if (out.why)
		return out.why;
	why = site__add_version(tx, group->name, version, arena_text(tx_arena(tx), buffer_text(&out)), by);
	if (why)
		return why;
	audit_add(tx, by, "setting-change", "setting", version + 1, arena_format(tx_arena(tx), "{\"name\":\"%s\"}", group->name));
	return tx_problem(tx);
}

/* ---- routes of a group ---- */

problem setting_show(struct request *rq, const struct setting_form *form)
{
	char *answer = arena_alloc(rq->arena, form->shape->size);
	problem why = setting_read(rq->tx, form->group, answer + form->value_at, (int64_t *)(void *)answer);

	return why ? why : reply(rq, 200, form->shape, answer);
}

struct taking {
	struct request *rq;
	const struct setting_form *form;
};

static problem take(struct tx *tx, void *arg)
{
	const struct taking *t = arg;
	const char *body = t->rq->body;

	return setting_write(tx, t->form->group, body + t->form->value_at, *(const int64_t *)(const void *)body, t->rq->who.id);
}

problem setting_take(struct request *rq, const struct setting_form *form)
{
	struct taking taking = { rq, form };
	problem why = request_write(rq, take, &taking);

	if (why)
		return why;
	setting_refresh(rq->serve);
	++*(int64_t *)rq->body;
	return reply(rq, 200, form->shape, rq->body);
}

/* ---- secrets ---- */

const struct shape secret_shape = SHAPE(secret,
	FIELD(secret, name,       SHAPE_TEXT),
	FIELD(secret, hint,       SHAPE_TEXT),
	FIELD(secret, expires_ms, SHAPE_TIME, .says = "0: never"),
	FIELD(secret, changed_ms, SHAPE_TIME, .says = "0: it is not there"));

static struct place place_of(int64_t row) { return (struct place){ "secret", row, "sealed" }; }

static void audit_secret(struct tx *tx, const struct secret *secret, int64_t row, struct user_id by)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);

	buffer_add(&out, TEXT("{\"name\":"));
	json_write_text(&out, secret->name);
	buffer_add(&out, TEXT(",\"hint\":"));
	json_write_text(&out, secret->hint);
	buffer_add_char(&out, '}');
	audit_add(tx, by, "secret-change", "secret", row, arena_text(tx_arena(tx), buffer_text(&out)));
}

problem secret_set(struct tx *tx, struct keyring *keyring, const struct secret *secret, struct text bytes, struct user_id by)
{
	struct secret_row row = { .id = 0 };
	problem why = site__secret(tx, secret->name, &row);

	if (why && why != &secret_missing)
		return why;
	if (why)
		row = (struct secret_row){ .id = tx_id(tx), .name = secret->name };
	row.hint = secret->hint;
	row.expires_ms = secret->expires_ms;
	row.sealed = bytes.at ? field_seal(keyring, tx_arena(tx), place_of(row.id), bytes) : TEXT("");
	site__put_secret(tx, &row, by);
	audit_secret(tx, secret, row.id, by);
	return tx_problem(tx);
}

problem secret_get(struct tx *tx, struct keyring *keyring, const char *name, struct text *ret)
{
	struct secret_row row;
	problem why = site__secret(tx, text_of(name), &row);

	if (!why && !row.sealed.length)
		why = &secret_missing;
	return why ? why : field_open(keyring, tx_arena(tx), place_of(row.id), row.sealed, ret);
}

problem secret_about(struct tx *tx, const char *name, struct secret *ret)
{
	struct secret_row row = { 0 };
	problem why = site__secret(tx, text_of(name), &row);

	*ret = (struct secret){ .name = text_of(name), .hint = TEXT("") };
	if (why)
		return why == &secret_missing ? tx_problem(tx) : why;
	if (row.sealed.length)
		*ret = (struct secret){ row.name, row.hint, row.expires_ms, row.changed_ms };
	return NULL;
}

/* ---- watching ---- */

void setting_watch(const struct serve *serve, const char *name, problem (*changed)(void *arg), void *arg)
{
	struct site_home *home = site_home(serve);

	assert(home->watcher_count < WATCHERS_MAX && "give WATCHERS_MAX more room");
	home->watchers[home->watcher_count++] = (struct watcher){ .name = name, .changed = changed, .arg = arg };
}

static bool is_of(struct text name, const char *group)
{
	size_t length = strlen(group);

	return text_starts(name, text_of(group)) && (name.length == length || name.at[length] == '.');
}

struct looking {
	struct arena *arena;
	struct known_name *names;
	size_t count;
};

static problem look(struct tx *tx, void *arg)
{
	struct looking *l = arg;

	tx_use_arena(tx, l->arena);
	return site__known(tx, &l->names, &l->count);
}

static int64_t version_known(const struct site_home *home, struct text name)
{
	for (size_t i = 0; i < home->known_count; i++) {
		if (text_eq(home->known[i].name, name))
			return home->known[i].version;
	}
	return 0;
}

static bool group_changed(const struct site_home *home, const struct looking *now, const char *group)
{
	for (size_t i = 0; i < now->count; i++) {
		if (is_of(now->names[i].name, group) && version_known(home, now->names[i].name) != now->names[i].version)
			return true;
	}
	return false;
}

static void tell(struct site_home *home, const struct looking *now)
{
	for (size_t i = 0; i < home->watcher_count; i++) {
		struct watcher *watcher = &home->watchers[i];

		if (watcher->behind || group_changed(home, now, watcher->name))
			watcher->behind = watcher->changed(watcher->arg) != NULL;
	}
}

/* Under home->refreshing. What was seen counts as known only after all were told. */
static void take_over(struct site_home *home, const struct looking *now)
{
	arena_free(home->known_arena);
	home->known_arena = now->arena;
	home->known = now->names;
	home->known_count = now->count;
}

static void refresh(struct site_home *home, bool quietly)
{
	struct looking now = { .arena = arena_new(HOME_ARENA_MAX) };
	problem why;

	pthread_mutex_lock(&home->refreshing);
	why = db_read(serve_db(home->serve), look, &now);
	if (why) {
		log_line(LOG_WARN, "setting-refresh", "problem", text_of(why->type), NULL);
		arena_free(now.arena);
	} else {
		if (!quietly)
			tell(home, &now);
		take_over(home, &now);
	}
	pthread_mutex_unlock(&home->refreshing);
}

void setting_refresh(const struct serve *serve) { refresh(site_home(serve), false); }

static bool wait_or_stop(struct site_home *home)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += FOLLOW_S;
	pthread_mutex_lock(&home->stop_lock);
	if (!home->stopping)
		pthread_cond_timedwait(&home->stop_wake, &home->stop_lock, &until);
	stopping = home->stopping;
	pthread_mutex_unlock(&home->stop_lock);
	return stopping;
}

static void *follow(void *arg)
{
	struct site_home *home = arg;

	while (!wait_or_stop(home)) {
		refresh(home, false);
		site__look_for_owner(home);
	}
	return NULL;
}

problem setting__follow(struct site_home *home)
{
	refresh(home, true);
	home->following = !pthread_create(&home->follower, NULL, follow, home);
	return home->following ? NULL : &problem_busy;
}

void setting__stop(struct site_home *home)
{
	pthread_mutex_lock(&home->stop_lock);
	home->stopping = true;
	pthread_cond_signal(&home->stop_wake);
	pthread_mutex_unlock(&home->stop_lock);
	if (home->following)
		pthread_join(home->follower, NULL);
	arena_free(home->known_arena);
}
