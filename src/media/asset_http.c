/* asset_http.c - a creator's recordings and files, and the signed addresses under which they are played. */
#include "media/asset.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct problem address_wrong = { 403, "media-address", "This address is not for you, or its time or your access is over." };
static const struct problem captions_wrong = { 409, "captions-wrong", "Captions belong to a recording of yours." };
static const struct problem retry_wrong = { 409, "asset-not-failed", "Only what has failed is made again." };

/* ---- what a page of a lesson shows ---- */

static const struct shape captions_shape = SHAPE_AS("media_captions", media_captions,
	FIELD(media_captions, language, SHAPE_TEXT),
	FIELD(media_captions, name,     SHAPE_TEXT),
	FIELD(media_captions, url,      SHAPE_TEXT));

/* `within`: nothing, or the member that holds the item */
#define ITEM_FIELDS(type, within) \
	NAMED(type, "id",          within id,          SHAPE_ID), \
	NAMED(type, "kind",        within kind,        SHAPE_ENUM, .names = asset_kind_names), \
	NAMED(type, "state",       within state,       SHAPE_ENUM, .names = asset_state_names), \
	NAMED(type, "name",        within name,        SHAPE_TEXT), \
	NAMED(type, "size",        within size,        SHAPE_INT), \
	NAMED(type, "progress",    within progress,    SHAPE_INT, .says = "per cent of what is being made"), \
	NAMED(type, "duration_ms", within duration_ms, SHAPE_INT), \
	NAMED(type, "width",       within width,       SHAPE_INT), \
	NAMED(type, "height",      within height,      SHAPE_INT), \
	NAMED(type, "pages",       within pages,       SHAPE_INT), \
	NAMED(type, "url",         within url,         SHAPE_TEXT, .optional = true, .says = "signed, for whoever asked, and not for ever"), \
	NAMED(type, "poster",      within poster,      SHAPE_TEXT, .optional = true), \
	NAMED(type, "peaks",       within peaks,       SHAPE_TEXT, .optional = true), \
	NAMED(type, "page_url",    within page_url,    SHAPE_TEXT, .optional = true, .says = "{n} stands for the page, from 1"), \
	NAMED(type, "text_url",    within text_url,    SHAPE_TEXT, .optional = true, .says = "words of the pages, a form feed between"), \
	{ .name = "captions", .at = offsetof(struct type, within captions), .kind = SHAPE_LIST, .count_at = offsetof(struct type, within caption_count), \
	  .of = &captions_shape }

const struct shape media_item_shape = SHAPE_AS("media", media_item, ITEM_FIELDS(media_item, ));

/* ---- what its owner sees ---- */

struct asset_view {
	struct media_item item;
	bool used;
	struct text why, blob, language;
	struct asset_id captions_of;
	int64_t created_ms;
};
const struct shape asset_view_shape = SHAPE_AS("asset", asset_view,
	ITEM_FIELDS(asset_view, item.),
	FIELD(asset_view, used,        SHAPE_BOOL, .says = "a lesson shows it, so it stays"),
	FIELD(asset_view, why,         SHAPE_TEXT, .optional = true, .says = "why it could not be made ready"),
	FIELD(asset_view, blob,        SHAPE_TEXT, .optional = true, .says = "of an image: for the document's image node"),
	FIELD(asset_view, language,    SHAPE_TEXT, .optional = true),
	FIELD(asset_view, captions_of, SHAPE_ID, .optional = true),
	FIELD(asset_view, created_ms,  SHAPE_TIME));

static problem view(struct request *rq, const struct asset *a, struct asset_view *ret)
{
	*ret = (struct asset_view){ .used = asset__is_used(rq->tx, a->id), .why = a->why, .blob = a->blob, .language = a->language,
		                    .captions_of = a->captions_of, .created_ms = a->created_ms };
	return media_grant(rq->serve, rq->tx, a->id, rq->who.id, &ret->item);
}

static problem own(struct request *rq, struct asset *ret)
{
	struct asset_id id;
	problem why = path_id(rq, "id", &id.v);

	return why ? why : asset__load_own(rq->tx, id, rq->who.id, ret);
}

static problem reply_view(struct request *rq, struct asset_id id)
{
	struct asset asset;
	struct asset_view v;
	problem why = asset__load(rq->tx, id, &asset);

	if (!why)
		why = view(rq, &asset, &v);
	return why ? why : reply(rq, 200, &asset_view_shape, &v);
}

problem asset__serve_one(struct request *rq)
{
	struct asset asset;
	problem why = own(rq, &asset);

	return why ? why : reply_view(rq, asset.id);
}

/* ---- the list ---- */

enum { LIST_MOST = 50 };

struct asset_ask {
	int kind, state;
	int64_t before;
	struct text q;
};
const struct shape asset_ask_shape = SHAPE(asset_ask,
	FIELD(asset_ask, kind,   SHAPE_ENUM, .names = asset_kind_names, .optional = true),
	FIELD(asset_ask, state,  SHAPE_ENUM, .names = asset_state_names, .optional = true),
	FIELD(asset_ask, before, SHAPE_INT, .min = 1, .max = INT64_C(9007199254740991), .optional = true, .says = "id of the last one that was listed"),
	FIELD(asset_ask, q,      SHAPE_TEXT, .max = 100, .optional = true, .says = "part of the name"));

struct asset_page {
	struct asset_view *items;
	size_t item_count;
	struct asset_id next;
};
const struct shape asset_page_shape = SHAPE(asset_page,
	LIST(asset_page, items, item_count, &asset_view_shape),
	FIELD(asset_page, next, SHAPE_ID, .optional = true, .says = "`before` of the next page"));

static struct text pattern_of(struct arena *arena, struct text part)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(1024);

	if (!part.length)
		return (struct text){ 0 };
	buffer_add_char(&out, '%');
	for (size_t i = 0; i < part.length; i++) {
		if (part.at[i] == '%' || part.at[i] == '_' || part.at[i] == '\\')
			buffer_add_char(&out, '\\');
		buffer_add_char(&out, part.at[i]);
	}
	buffer_add_char(&out, '%');
	return arena_text(arena, buffer_text(&out));
}

problem asset__serve_list(struct request *rq)
{
	const struct asset_ask *ask = rq->asked;
	struct asset_list list = { .user = rq->who.id, .kind = ask->kind, .state = ask->state, .before = ask->before,
		                   .like = pattern_of(rq->arena, ask->q), .most = LIST_MOST + 1 };
	struct asset_page page = { 0 };
	struct asset *all;
	size_t n;
	problem why = asset__list(rq->tx, &list, &all, &n);

	if (why)
		return why;
	if (n > LIST_MOST) {
		n = LIST_MOST;
		page.next = all[n - 1].id;
	}
	page.items = ARENA_ARRAY(rq->arena, struct asset_view, n);
	for (; !why && page.item_count < n; page.item_count += !why)
		why = view(rq, &all[page.item_count], &page.items[page.item_count]);
	return why ? why : reply(rq, 200, &asset_page_shape, &page);
}

/* ---- changes ---- */

problem asset__serve_delete(struct request *rq)
{
	struct asset asset;
	problem why = own(rq, &asset);

	if (!why)
		why = asset_drop(rq->tx, &asset, rq->who.id);
	return why ? why : reply_none(rq, 204);
}

struct asset_label {
	struct asset_id captions_of;
	struct text language;
};
const struct shape asset_label_shape = SHAPE(asset_label,
	FIELD(asset_label, captions_of, SHAPE_ID),
	FIELD(asset_label, language,    SHAPE_TEXT, .pattern = "language"));

/* A recording has few captions, one of each language. */
static problem check_captions(struct tx *tx, const struct asset *captions, const struct asset *of, struct text language)
{
	struct asset *all;
	size_t n;
	problem why = asset__captions(tx, of->id, &all, &n);

	if (why)
		return why;
	if (captions->kind != ASSET_CAPTIONS || (of->kind != ASSET_VIDEO && of->kind != ASSET_AUDIO) || n >= MEDIA_CAPTIONS_MAX)
		return &captions_wrong;
	for (size_t i = 0; i < n; i++)
		if (text_eq(all[i].language, language) && all[i].id.v != captions->id.v)
			return &captions_wrong;
	return NULL;
}

problem asset__serve_label(struct request *rq)
{
	const struct asset_label *label = rq->body;
	struct asset captions, of;
	problem why = own(rq, &captions);

	if (!why && asset__load_own(rq->tx, label->captions_of, rq->who.id, &of))
		why = &captions_wrong;
	if (!why)
		why = check_captions(rq->tx, &captions, &of, label->language);
	if (!why)
		why = asset__label(rq->tx, captions.id, of.id, label->language);
	return why ? why : reply_view(rq, captions.id);
}

problem asset__serve_retry(struct request *rq)
{
	struct asset asset;
	problem why = own(rq, &asset);

	if (!why)
		why = asset.state == ASSET_FAILED ? asset__retry(rq->tx, asset.id) : &retry_wrong;
	return why ? why : reply_view(rq, asset.id);
}

/* ---- playing and downloading ---- */

struct ticket_ask {
	int64_t e, u, w;
	struct text s, n;
};
const struct shape ticket_ask_shape = SHAPE(ticket_ask,
	FIELD(ticket_ask, e, SHAPE_INT, .optional = true),
	FIELD(ticket_ask, u, SHAPE_INT, .optional = true),
	FIELD(ticket_ask, w, SHAPE_INT, .optional = true),
	FIELD(ticket_ask, s, SHAPE_TEXT, .optional = true, .max = 64),
	FIELD(ticket_ask, n, SHAPE_TEXT, .optional = true, .max = ASSET_NAME_MAX));

static bool is_page(struct text name)
{
	int64_t n;
	struct text rest = text_from(name, 5), digits = text_cut(&rest, '.');

	return text_starts(name, TEXT("page-")) && text_to_int(digits, &n) && n > 0 && digits.at[0] != '0' && text_is(rest, "jpg");
}

/* Only what was made for playing; the file as it came goes out for download alone, under its signed name. */
static const char *served_file(struct arena *arena, struct text name, bool download)
{
	static const char *const files[] = { "video.mp4", "audio.m4a", "poster.jpg", "peaks.json", "captions.vtt", "text.txt" };

	if (download)
		return text_is(name, "file") ? "original" : NULL;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (text_is(name, files[i]))
			return files[i];
	}
	return is_page(name) ? arena_cstr(arena, name) : NULL;
}

static problem check_ticket(struct request *rq, struct ticket *ret)
{
	const struct media_home *home = media_home(rq->serve);
	const struct ticket_ask *ask = rq->asked;
	struct text key = { (const char *)home->key, sizeof home->key };
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (why)
		return why;
	*ret = (struct ticket){ { id }, { ask->u }, { ask->w }, ask->e, ask->n };
	if (!ticket_holds(key, ret, ask->s, world_now_ms(serve_world(rq->serve))))
		return &address_wrong;
	if (ret->user.v && ret->user.v != rq->who.id.v)
		return &address_wrong;
	return ret->work.v ? ended_check(home->ended, (struct media_ended){ ret->user, ret->work }, &address_wrong) : NULL;
}

/* RFC 6266 and 8187: plain letters for old readers, the name itself for the others. */
static void offer_download(struct request *rq, struct text name)
{
	CLEANUP(buffer_free) struct buffer encoded = BUFFER(4096);
	char *plain = arena_alloc(rq->arena, name.length + 1);

	for (size_t i = 0; i < name.length; i++) {
		char c = name.at[i];

		plain[i] = c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' ? '_' : c;
	}
	http_encode(&encoded, name);
	reply_header(rq, "Content-Disposition",
	             arena_format(rq->arena, "attachment; filename=\"%s\"; filename*=UTF-8''%.*s", plain, TEXT_ARG(buffer_text(&encoded))));
}

static problem send(struct request *rq, int fd, struct text name, int64_t *ret_size)
{
	struct stat file;
	struct text etag;

	if (fstat(fd, &file) || !S_ISREG(file.st_mode)) {
		close(fd);
		return &problem_not_found;
	}
	etag = arena_format(rq->arena, "\"%llx-%llx\"", (unsigned long long)file.st_size, (unsigned long long)file.st_mtime);
	reply_header(rq, "Cache-Control", TEXT("private, max-age=3600, no-transform"));
	reply_header(rq, "Cross-Origin-Resource-Policy", TEXT("same-origin"));
	*ret_size = file.st_size;
	return reply_file(rq, fd, file.st_size, file.st_mtime, etag, kind_content_type(name));
}

struct sending {
	struct media_home *home;
	struct media_served of;
	int64_t all;              /* 0: not counted */
	int64_t page;             /* of so many in all; 0: bytes are counted */
};

/* What is still open when the access ends is cut. */
static bool sent(void *arg, int64_t at, int64_t length)
{
	const struct sending *s = arg;

	if (s->page && length > 0)
		served_note(s->home->served, &s->of, (struct served_piece){ s->page - 1, 1, s->all });
	else if (s->all && !s->page)
		served_note(s->home->served, &s->of, (struct served_piece){ at, length, s->all });
	return ended_check(s->home->ended, (struct media_ended){ s->of.user, s->of.work }, &address_wrong) != &address_wrong;
}

static bool has_page(struct request *rq, struct asset_id id, int64_t page)
{
	const char *name = arena_cstr(rq->arena, arena_format(rq->arena, "page-%lld.jpg", (long long)page));

	return !access(asset_path(rq->arena, serve_data_folder(rq->serve), id, name), F_OK);
}

/* They are numbered without a gap, and this one is there. */
static int64_t count_pages(struct request *rq, struct asset_id id, int64_t page)
{
	int64_t there = page, beyond = page + 1;

	while (has_page(rq, id, beyond)) {
		there = beyond;
		beyond *= 2;
	}
	while (beyond - there > 1) {
		int64_t middle = there + (beyond - there) / 2;

		*(has_page(rq, id, middle) ? &there : &beyond) = middle;
	}
	return there;
}

/* What a player plays is counted by bytes, and so is a file; a document by its pages. Of a poster, peaks, captions and words nothing is. */
static void count_as(struct request *rq, struct text name, int64_t size, struct sending *s)
{
	struct text digits = text_from(name, 5);

	if (text_is(name, "video.mp4") || text_is(name, "audio.m4a")) {
		s->of.size = s->all = size;
	} else if (text_is(name, "file")) {
		s->of.size = MEDIA_NOT_PLAYED;
		s->all = size;
	} else if (is_page(name) && text_to_int(text_cut(&digits, '.'), &s->page)) {
		s->of.size = MEDIA_NOT_PLAYED;
		s->all = count_pages(rq, s->of.asset, s->page);
	}
}

/* What went out by somebody's access is counted; it says how much of it he had. */
static void watch_sent(struct request *rq, const struct ticket *ticket, struct text name, int64_t size)
{
	struct sending *s;

	if (!ticket->work.v)
		return;
	s = arena_alloc(rq->http->arena, sizeof *s);
	reply_header(rq, "X-Accel-Buffering", TEXT("no")); /* what a proxy took in ahead of its client would count as his */
	*s = (struct sending){ .home = media_home(rq->serve), .of = { .user = ticket->user, .work = ticket->work, .asset = ticket->asset } };
	count_as(rq, name, size, s);
	reply_file_tell(rq, sent, s);
}

problem asset__serve_file(struct request *rq)
{
	struct text name = path_text(rq, "name");
	struct ticket ticket;
	const char *file;
	int64_t size;
	int fd;
	problem why = check_ticket(rq, &ticket);

	if (why)
		return why;
	file = served_file(rq->arena, name, ticket.name.at);
	if (!file)
		return &problem_not_found;
	fd = open(asset_path(rq->arena, serve_data_folder(rq->serve), ticket.asset, file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return &problem_not_found;
	if (ticket.name.at)
		offer_download(rq, ticket.name);
	why = send(rq, fd, name, &size);
	if (!why)
		watch_sent(rq, &ticket, name, size);
	return why;
}
