/* asset.c - rules of assets: which documents name them, who is given an address, how one goes. */
#include "media/asset.h"

#include <assert.h>

#include "audit/audit.h"

const struct problem asset_missing = { 404, "asset-missing", "There is no such file." };
const struct problem asset_used = { 409, "asset-used", "A lesson shows this file." };

struct media_home *media_home(const struct serve *serve) { return module_state(serve, &media_module); }

/* ---- documents ---- */

struct finder {
	struct asset_id *ids;
	size_t count;
	int depth;
};

static void add_id(struct finder *f, int64_t id)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->ids[i].v == id)
			return;
	}
	if (id > 0 && f->count < MEDIA_IN_DOC_MAX)
		f->ids[f->count++] = (struct asset_id){ id };
}

static bool shows_asset(struct text type)
{
	return text_is(type, "video") || text_is(type, "audio") || text_is(type, "attachment") || text_is(type, "pdf");
}

static void find_in(struct finder *f, const json_t *node)
{
	const json_t *content = json_object_get(node, "content");

	if (f->depth > JSON_DEPTH_MAX)
		return;
	f->depth++;
	if (shows_asset(json_get_text(node, "type")))
		add_id(f, json_get_int(json_object_get(node, "attrs"), "asset", 0));
	for (size_t i = 0; i < json_array_size(content); i++)
		find_in(f, json_array_get(content, i));
	f->depth--;
}

size_t media_in_doc(struct arena *arena, struct text doc, struct asset_id ret[MEDIA_IN_DOC_MAX])
{
	struct finder f = { .ids = ret };
	json_t *tree;

	/* most lessons have none: no tree is made for them */
	if (text_find(doc, TEXT("\"asset\"")) == SIZE_MAX || json_read(arena, doc, &tree))
		return 0;
	find_in(&f, tree);
	return f.count;
}

void media_use_doc(struct tx *tx, struct text doc, struct work_id work, struct user_id one, struct user_id other)
{
	struct asset_id ids[MEDIA_IN_DOC_MAX];
	size_t n = media_in_doc(tx_arena(tx), doc, ids);

	for (size_t i = 0; i < n; i++)
		asset__use(tx, ids[i], work, one, other);
}

bool media_is_shown(struct tx *tx, struct asset_id asset, struct work_id work) { return asset__is_used_by(tx, asset, work); }

/* ---- grants ---- */

struct granting {
	struct media_home *home;
	struct arena *arena;
	struct user_id user;
	struct work_id work;      /* as in the ticket */
	int64_t until_s;
};

/* The end is rounded, so that a page that is opened again finds the pictures and ranges that the browser has kept. */
static struct granting granting(struct serve *serve, struct tx *tx, struct user_id user)
{
	int64_t until_s = tx_now_ms(tx) / 1000 + (user.v ? GRANT_S : FREE_GRANT_S);

	return (struct granting){ .home = media_home(serve), .arena = tx_arena(tx), .user = user, .until_s = until_s - until_s % GRANT_STEP_S + GRANT_STEP_S };
}

/* What ends by itself is in the address; what is taken back before that is known to ended.c. */
static struct granting granting_by_access(struct serve *serve, struct tx *tx, const struct media_shown *shown)
{
	struct granting g = granting(serve, tx, shown->user);

	if (!shown->access_until_ms)
		return g;
	assert(shown->user.v && shown->work.v);
	g.work = shown->work;
	if (g.until_s > shown->access_until_ms / 1000)
		g.until_s = shown->access_until_ms / 1000;
	return g;
}

static struct text address(const struct granting *g, const struct asset *asset, const char *file, struct text name)
{
	struct ticket ticket = { asset->id, g->user, g->work, g->until_s, name };
	struct text signature = ticket_sign(g->arena, (struct text){ (const char *)g->home->key, sizeof g->home->key }, &ticket);
	CLEANUP(buffer_free) struct buffer out = BUFFER(8192);

	buffer_format(&out, "/media/asset/%lld/%s?e=%lld&u=%lld&s=%.*s", (long long)asset->id.v, file, (long long)g->until_s, (long long)g->user.v,
	              TEXT_ARG(signature));
	if (g->work.v)
		buffer_format(&out, "&w=%lld", (long long)g->work.v);
	if (name.at) {
		buffer_add(&out, TEXT("&n="));
		http_encode(&out, name);
	}
	assert(!out.why);
	return arena_text(g->arena, buffer_text(&out));
}

static const struct text not_to_be_kept;

static problem add_captions(const struct granting *g, struct tx *tx, struct asset_id of, struct media_item *ret)
{
	struct asset *all;
	size_t n;
	problem why = asset__captions(tx, of, &all, &n);

	if (why)
		return why;
	ret->captions = ARENA_ARRAY(g->arena, struct media_captions, n);
	for (size_t i = 0; i < n; i++)
		ret->captions[ret->caption_count++] =
			(struct media_captions){ all[i].language, all[i].name, address(g, &all[i], "captions.vtt", not_to_be_kept) };
	return NULL;
}

static problem fill(const struct granting *g, struct tx *tx, const struct asset *a, struct media_item *ret)
{
	*ret = (struct media_item){ .id = a->id, .kind = a->kind, .state = a->state, .name = a->name, .size = a->size, .progress = a->progress,
		                    .duration_ms = a->duration_ms, .width = a->width, .height = a->height, .pages = a->pages };
	if (a->state != ASSET_READY)
		return NULL;
	if (a->kind == ASSET_FILE)
		ret->url = address(g, a, "file", a->name);
	else if (a->served.length)
		ret->url = address(g, a, arena_cstr(g->arena, a->served), not_to_be_kept);
	if (a->poster)
		ret->poster = address(g, a, "poster.jpg", not_to_be_kept);
	if (a->peaks)
		ret->peaks = address(g, a, "peaks.json", not_to_be_kept);
	if (a->pages) {
		ret->page_url = address(g, a, "page-{n}.jpg", not_to_be_kept);
		ret->text_url = address(g, a, "text.txt", not_to_be_kept);
	}
	return a->kind == ASSET_VIDEO || a->kind == ASSET_AUDIO ? add_captions(g, tx, a->id, ret) : NULL;
}

static problem grant(const struct granting *g, struct tx *tx, struct asset_id id, struct media_item *ret)
{
	struct asset asset;
	problem why = asset__load(tx, id, &asset);

	return why ? why : fill(g, tx, &asset, ret);
}

problem media_grant(struct serve *serve, struct tx *tx, struct asset_id id, struct user_id user, struct media_item *ret)
{
	struct granting g = granting(serve, tx, user);

	return grant(&g, tx, id, ret);
}

problem asset_kind_of(struct tx *tx, struct asset_id id, struct user_id owner, enum asset_kind *ret)
{
	struct asset asset;
	problem why = asset__load_own(tx, id, owner, &asset);

	if (!why)
		*ret = (enum asset_kind)asset.kind;
	return why;
}

static bool may_show(struct tx *tx, const struct media_shown *shown, struct asset_id id)
{
	struct asset asset;

	if (asset__is_used_by(tx, id, shown->work))
		return true;
	return shown->author.v && !asset__load_own(tx, id, shown->author, &asset);
}

problem media_grant_doc(struct serve *serve, struct tx *tx, const struct media_shown *shown, struct media_item **ret, size_t *ret_count)
{
	struct asset_id ids[MEDIA_IN_DOC_MAX];
	size_t n = media_in_doc(tx_arena(tx), shown->doc, ids), count = 0;
	struct media_item *items = ARENA_ARRAY(tx_arena(tx), struct media_item, n);
	struct granting g = n ? granting_by_access(serve, tx, shown) : (struct granting){ 0 };

	for (size_t i = 0; i < n; i++) {
		problem why = may_show(tx, shown, ids[i]) ? grant(&g, tx, ids[i], &items[count]) : &asset_missing;

		if (why && why != &asset_missing)
			return why;
		count += !why;
	}
	*ret = items;
	*ret_count = count;
	return NULL;
}

/* ---- the end of one ---- */

enum { HELD_MS = 60 * 1000 };

/* A backup holds the files: later. */
static problem remove_folder(struct job *job)
{
	struct text data_folder = serve_data_folder(job->home);
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);
	int64_t id = why ? 0 : json_get_int(payload, "asset", 0);
	int hold;

	if (id <= 0)
		return why;
	if (asset_may_remove(data_folder, &hold)) {
		asset_remove_files(job->arena, data_folder, (struct asset_id){ id });
		media_hold_end(hold);
	} else {
		job_again(job, world_now_ms(serve_world(job->home)) + HELD_MS);
	}
	return NULL;
}

const struct job_kind media_jobs[] = { { .kind = "media-remove", .run = remove_folder }, { 0 } };

static void remove_later(struct tx *tx, struct asset_id id)
{
	job_add(tx, "media-remove", (struct text){ 0 }, arena_format(tx_arena(tx), "{\"asset\":%lld}", (long long)id.v), 0);
}

problem asset_drop(struct tx *tx, const struct asset *asset, struct user_id by)
{
	struct asset *captions;
	size_t n;
	problem why = asset__captions(tx, asset->id, &captions, &n);

	if (!why)
		why = asset__delete(tx, asset->id);
	if (why)
		return why;
	for (size_t i = 0; i < n; i++)
		remove_later(tx, captions[i].id);
	remove_later(tx, asset->id);
	audit_add(tx, by, "asset-deleted", "asset", asset->id.v, (struct text){ 0 });
	return tx_problem(tx);
}
