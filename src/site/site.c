/* site.c - the face of the shop, kept in memory for every page and made anew when its settings change; the list of what is
 * still missing; the first owner's token. */
#include "site/site_room.h"

#include <assert.h>
#include <stdlib.h>

#include "account/account.h"
#include "base/log.h"
#include "site/shop.h"

enum { FACE_ARENA_MAX = 4 << 20, TOKEN_BYTES = 24 };

struct site_kept {
	struct shop shop;
	struct look look;
	bool ownerless;
};

/* ---- the face ---- */

struct reloading {
	struct arena *arena;
	struct site_kept *kept;
};

static problem read_kept(struct tx *tx, void *arg)
{
	struct reloading *r = arg;
	problem why;

	tx_use_arena(tx, r->arena);
	why = setting_read(tx, &shop_group, &r->kept->shop, NULL);
	if (!why)
		why = setting_read(tx, &look_group, &r->kept->look, NULL);
	r->kept->ownerless = !account_any(tx, ADMIN);
	return why ? why : tx_problem(tx);
}

problem site__reload(struct site_home *home)
{
	struct reloading r = { .arena = arena_new(FACE_ARENA_MAX) };
	struct arena *old;
	problem why;

	r.kept = ARENA_NEW(r.arena, struct site_kept);
	why = db_read(serve_db(home->serve), read_kept, &r);
	if (why) {
		arena_free(r.arena);
		return why;
	}
	pthread_rwlock_wrlock(&home->lock);
	old = home->arena;
	home->arena = r.arena;
	home->kept = r.kept;
	pthread_rwlock_unlock(&home->lock);
	arena_free(old);
	return NULL;
}

static problem reload(void *arg)
{
	problem why = site__reload(arg);

	if (why)
		log_line(LOG_WARN, "site-reload", "problem", text_of(why->type), NULL);
	return why;
}

static bool is_ownerless(struct site_home *home)
{
	bool ownerless;

	pthread_rwlock_rdlock(&home->lock);
	ownerless = home->kept->ownerless;
	pthread_rwlock_unlock(&home->lock);
	return ownerless;
}

bool site_is_ownerless(const struct serve *serve) { return serve_has(serve, &site_module) && is_ownerless(site_home(serve)); }

void site__look_for_owner(struct site_home *home)
{
	if (is_ownerless(home))
		reload(home);
}

struct dressing {
	struct arena *arena;
	struct text language;
};

static struct text said(const struct dressing *d, const struct both *both) { return arena_text(d->arena, both_in(both, d->language)); }

/* An own address leads to the page in the language that is read. */
static struct text led(const struct dressing *d, struct text url)
{
	bool own = text_starts(url, TEXT("/")) && !text_starts(url, TEXT("/media/")) && !text_starts(url, TEXT("/en/")) && !text_is(url, "/en");

	return own && text_is(d->language, "en") ? arena_format(d->arena, "/en%.*s", TEXT_ARG(url)) : arena_text(d->arena, url);
}

static void copy_links(const struct dressing *d, const struct look_link *links, size_t n, struct site_link **ret, size_t *ret_count)
{
	*ret = ARENA_ARRAY(d->arena, struct site_link, n + 1);
	*ret_count = n;
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = (struct site_link){ said(d, &links[i].title), led(d, links[i].url) };
}

static void copy_banners(const struct dressing *d, const struct look *look, struct site_face *ret)
{
	ret->banners = ARENA_ARRAY(d->arena, struct site_banner, look->banner_count + 1);
	ret->banner_count = look->banner_count;
	for (size_t i = 0; i < look->banner_count; i++) {
		const struct look_banner *b = &look->banners[i];

		ret->banners[i] = (struct site_banner){ said(d, &b->title), said(d, &b->text), led(d, b->url), arena_text(d->arena, b->image) };
	}
}

/* "京公网安备 11010502030123号": the register is asked by the digits. */
static struct text police_address(struct arena *arena, struct text number)
{
	char digits[64];
	size_t n = 0;

	for (size_t i = 0; i < number.length && n + 1 < sizeof digits; i++) {
		if (number.at[i] >= '0' && number.at[i] <= '9')
			digits[n++] = number.at[i];
	}
	return n ? arena_format(arena, "https://beian.mps.gov.cn/#/query/webSearch?code=%.*s", (int)n, digits) : (struct text){ 0 };
}

static void dress(const struct dressing *d, const struct site_kept *kept, int64_t now_ms, struct site_face *ret)
{
	const struct shop *shop = &kept->shop;
	const struct look *look = &kept->look;

	*ret = (struct site_face){
		.name = said(d, &shop->name), .slogan = said(d, &shop->slogan), .logo = arena_text(d->arena, shop->logo),
		.accent = text_of(accent_names[shop->accent]), .icp = arena_text(d->arena, shop->icp), .police = arena_text(d->arena, shop->police),
		.police_url = police_address(d->arena, shop->police), .company = arena_text(d->arena, shop->company),
		.mail = arena_text(d->arena, shop->mail), .phone = arena_text(d->arena, shop->phone),
		.english = shop->english, .ownerless = kept->ownerless,
	};
	if (!look->notice_until_ms || now_ms < look->notice_until_ms) {
		ret->notice = said(d, &look->notice);
		ret->notice_url = led(d, look->notice_url);
	}
	copy_links(d, look->nav, look->nav_count, &ret->nav, &ret->nav_count);
	copy_links(d, look->footer, look->footer_count, &ret->footer, &ret->footer_count);
	copy_banners(d, look, ret);
}

void site_face(const struct serve *serve, struct text language, struct arena *arena, struct site_face *ret)
{
	struct site_home *home = site_home(serve);
	const struct dressing d = { arena, language };

	pthread_rwlock_rdlock(&home->lock);
	dress(&d, home->kept, world_now_ms(serve_world(serve)), ret);
	pthread_rwlock_unlock(&home->lock);
}

bool site_speaks_english(const struct serve *serve)
{
	struct site_home *home = site_home(serve);
	bool speaks;

	pthread_rwlock_rdlock(&home->lock);
	speaks = home->kept->shop.english;
	pthread_rwlock_unlock(&home->lock);
	return speaks;
}

problem site_brief(struct tx *tx, struct text language, struct site_brief *ret)
{
	struct shop shop;
	problem why = setting_read(tx, &shop_group, &shop, NULL);

	if (!why)
		*ret = (struct site_brief){ both_in(&shop.name, language), shop.mail, shop.phone };
	return why;
}

/* ---- what is missing ---- */

const char *const check_state_names[] = { NULL, "good", "missing", "wrong", "later", NULL };

void site_know_check(const struct serve *serve, problem (*fn)(struct tx *tx, const struct serve *serve, struct checks *checks))
{
	struct site_home *home = site_home(serve);

	assert(home->checker_count < CHECKERS_MAX && "give CHECKERS_MAX more room");
	home->checkers[home->checker_count++] = fn;
}

void check_add(struct checks *checks, const struct check *check)
{
	assert(checks->count < CHECKS_MAX && "give CHECKS_MAX more room");
	checks->items[checks->count++] = *check;
}

static enum check_state filled(bool is, bool needed)
{
	return is ? CHECK_GOOD : needed ? CHECK_MISSING : CHECK_LATER;
}

/* What this room knows by itself. In a sandbox the records of the state are no matter yet. */
static problem own_checks(struct tx *tx, const struct serve *serve, struct checks *checks)
{
	bool real = !serve_sandbox(serve);
	struct shop shop;
	problem why = setting_read(tx, &shop_group, &shop, NULL);

	if (why)
		return why;
	check_add(checks, &(struct check){ .key = TEXT("name"), .state = filled(shop.name.zh.length > 0, true) });
	check_add(checks, &(struct check){ .key = TEXT("contact"), .state = filled(shop.mail.length || shop.phone.length || shop.wechat.length, true) });
	check_add(checks, &(struct check){ .key = TEXT("logo"), .state = filled(shop.logo.length > 0, false) });
	check_add(checks, &(struct check){ .key = TEXT("company"), .state = filled(shop.company.length > 0, real), .needed = real });
	check_add(checks, &(struct check){ .key = TEXT("icp"), .state = filled(shop.icp.length > 0, real), .needed = real });
	check_add(checks, &(struct check){ .key = TEXT("police"), .state = filled(shop.police.length > 0, false) });
	return NULL;
}

problem site_checks(struct tx *tx, const struct serve *serve, struct checks *ret)
{
	struct site_home *home = site_home(serve);
	problem why;

	ret->items = ARENA_ARRAY(tx_arena(tx), struct check, CHECKS_MAX);
	ret->count = 0;
	why = own_checks(tx, serve, ret);
	for (size_t i = 0; !why && i < home->checker_count; i++)
		why = home->checkers[i](tx, serve, ret);
	return why;
}

/* ---- the first owner ---- */

struct token {
	struct arena *arena;
	struct text value;
};

static problem make_token(struct tx *tx, void *arg)
{
	struct token *t = arg;

	t->value = (struct text){ 0 };
	if (account_any(tx, ADMIN))
		return tx_problem(tx);
	t->value = token_make(t->arena, tx_world(tx), TOKEN_BYTES);
	site__set_token(tx, sha256_hex(tx_arena(tx), t->value));
	return tx_problem(tx);
}

problem setup_token(struct db *db, struct arena *arena, struct text *ret)
{
	struct token token = { .arena = arena };
	problem why = db_write(db, make_token, &token);

	if (!why)
		*ret = token.value;
	return why;
}

/* ---- the room ---- */

static problem start(struct serve *serve, void **ret_state)
{
	struct site_home *home = calloc(1, sizeof *home);
	problem why;

	assert(home);
	home->serve = serve;
	pthread_mutex_init(&home->refreshing, NULL);
	pthread_mutex_init(&home->stop_lock, NULL);
	pthread_cond_init(&home->stop_wake, NULL);
	pthread_rwlock_init(&home->lock, NULL);
	home->watchers[home->watcher_count++] = (struct watcher){ .name = "site", .changed = reload, .arg = home };
	*ret_state = home;
	why = site__reload(home);
	return why ? why : setting__follow(home);
}

static void stop(void *state)
{
	struct site_home *home = state;

	setting__stop(home);
	arena_free(home->arena);
	pthread_rwlock_destroy(&home->lock);
	pthread_cond_destroy(&home->stop_wake);
	pthread_mutex_destroy(&home->stop_lock);
	pthread_mutex_destroy(&home->refreshing);
	free(home);
}

const struct module site_module = { .name = "site", .routes = site_routes, .start = start, .stop = stop };
