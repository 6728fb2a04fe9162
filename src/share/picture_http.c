/* picture_http.c - posters and cards: read what stands in them, draw it once, keep it under the hash of what was drawn. The folder is a
 * cache: each of its shelves holds a few, and the oldest goes. */
#include "share/picture.h"
#include "share/share_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "media/media.h"
#include "site/site.h"

enum { SHELF_MAX = 8, COVER_SIDE = 1200, LOGO_SIDE = 160 };

/* ---- what stands in it ---- */

static const char *const languages[] = { NULL, "zh-CN", "en", NULL };

struct asking {
	struct text code, v;
	int language;
};
const struct shape share_poster_asks = SHAPE_AS("poster_query", asking,
	FIELD(asking, code,     SHAPE_TEXT, .optional = true, .max = SHARE_CODE_LENGTH, .says = "of the link that its QR code leads through"),
	FIELD(asking, language, SHAPE_ENUM, .names = languages, .optional = true));
const struct shape share_card_asks = SHAPE_AS("card_query", asking,
	FIELD(asking, v,        SHAPE_TEXT, .optional = true, .max = 32, .says = "another one for another picture; not looked at"),
	FIELD(asking, language, SHAPE_ENUM, .names = languages, .optional = true));

struct showing {
	struct request *rq;
	int64_t work; /* 0: the home page */
	bool poster;
	struct text language, code;
	struct picture picture;
	struct blob cover, logo; /* .ext absent: none */
};

static struct text in_words(const struct showing *s, const char *key) { return serve_message(s->rq->serve, s->language, key); }

static struct text price_text(const struct showing *s, struct money price)
{
	char yuan[MONEY_TEXT_MAX];
	struct text t;

	if (!price.fen)
		return in_words(s, "card.free");
	t = money_to_yuan(price, yuan);
	if (text_ends(t, TEXT(".00")))
		t.length -= 3;
	return arena_format(s->rq->arena, "¥%.*s", TEXT_ARG(t));
}

/* Days are those of Beijing; the last one that it holds on. */
static struct text until_text(const struct showing *s, int64_t until_ms)
{
	CLEANUP(buffer_free) struct buffer time = BUFFER(64);
	struct text rest = in_words(s, "discount.poster"), before = text_cut(&rest, '{');

	text_cut(&rest, '}');
	csv_write_beijing(&time, until_ms - 1);
	return arena_format(s->rq->arena, "%.*s%.*s%.*s", TEXT_ARG(before), TEXT_ARG(text_head(buffer_text(&time), strlen("2026-11-30"))), TEXT_ARG(rest));
}

static void dress(struct showing *s)
{
	struct site_face face = { 0 };

	if (s->rq->serve && serve_has(s->rq->serve, &site_module))
		site_face(s->rq->serve, s->language, s->rq->arena, &face);
	s->picture.shop = face.name.length ? face.name : request_site_name(s->rq);
	s->picture.slogan = face.slogan.length ? face.slogan : in_words(s, "site.tagline");
	s->picture.accent = face.accent;
	s->picture.logo = text_starts(face.logo, TEXT("/media/")) ? text_from(face.logo, strlen("/media/")) : (struct text){ 0 };
	s->picture.scan = in_words(s, "poster.scan");
	s->picture.invite = s->picture.slogan;
}

/* A picture that is named and not there is left out. */
static problem find_blob(struct tx *tx, struct text *name, struct blob *ret)
{
	problem why = name->length ? media_find(tx, *name, ret) : &blob_missing;

	if (why)
		*name = (struct text){ 0 };
	return why == &blob_missing ? NULL : why;
}

static problem show_work(struct tx *tx, struct showing *s)
{
	struct work_card card;
	struct picture *p = &s->picture;
	problem why = work_by_id(tx, (struct work_id){ s->work }, &card);

	if (!why)
		why = work_visible(&card);
	if (why)
		return why;
	p->of_work = true;
	p->title = card.title;
	p->author = card.author.name;
	p->summary = card.summary;
	p->price = price_text(s, card.price);
	if (card.discounted) {
		p->old_price = price_text(s, card.list_price);
		p->until = until_text(s, card.discount_until_ms);
	}
	p->hue = card.hue;
	p->pattern = card.pattern;
	p->cover = card.cover;
	p->link = arena_format(s->rq->arena, "%.*s%.*s", TEXT_ARG(request_origin(s->rq)), TEXT_ARG(card.url));
	return NULL;
}

static problem lead_through(struct tx *tx, struct showing *s)
{
	struct link link;
	problem why = share__by_code(tx, s->code, &link);

	if (!why && link.work.v != s->work)
		why = &share_missing;
	if (!why)
		s->picture.link = share__address(s->rq, link.code);
	return why;
}

static problem read_picture(struct tx *tx, void *arg)
{
	struct showing *s = arg;
	problem why;

	tx_use_arena(tx, s->rq->arena);
	s->picture = (struct picture){ .link = arena_format(s->rq->arena, "%.*s/", TEXT_ARG(request_origin(s->rq))) };
	dress(s);
	why = s->work ? show_work(tx, s) : NULL;
	if (!why && s->code.length)
		why = lead_through(tx, s);
	if (!why)
		why = find_blob(tx, &s->picture.cover, &s->cover);
	return why ? why : find_blob(tx, &s->picture.logo, &s->logo);
}

/* ---- the cache ---- */

static problem compose(struct showing *s, struct buffer *svg)
{
	if (!s->poster)
		picture_card(svg, s->rq->arena, &s->picture);
	else if (!picture_poster(svg, s->rq->arena, &s->picture))
		return &problem_too_large;
	return svg->why;
}

static bool reply_kept(struct request *rq, const char *path, struct text hash)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;

	if (fd < 0)
		return false;
	if (fstat(fd, &about) || !S_ISREG(about.st_mode)) {
		close(fd);
		return false;
	}
	reply_header(rq, "Cache-Control", TEXT("public, max-age=3600"));
	return !reply_file(rq, fd, about.st_size, about.st_mtime, arena_format(rq->arena, "\"%.*s\"", TEXT_ARG(hash)), TEXT("image/jpeg"));
}

/* Makes room for one more: the oldest goes, but no draft, which is being written. */
static void tidy_shelf(struct arena *arena, const char *shelf)
{
	DIR *folder = opendir(shelf);
	const char *oldest = NULL;
	int64_t since = INT64_MAX;
	struct dirent *entry;
	struct stat about;
	int n = 0;

	while (folder && (entry = readdir(folder))) {
		const char *path = arena_cstr(arena, arena_format(arena, "%s/%s", shelf, entry->d_name));

		if (entry->d_name[0] == '.' || text_starts(text_of(entry->d_name), TEXT("draft-")) || stat(path, &about))
			continue;
		n++;
		if (about.st_mtime < since) {
			since = about.st_mtime;
			oldest = path;
		}
	}
	if (folder)
		closedir(folder);
	if (n >= SHELF_MAX)
		unlink(oldest);
}

static problem make_shelf(struct arena *arena, struct text data, const char *shelf)
{
	const char *around = arena_cstr(arena, arena_format(arena, "%.*s/pictures", TEXT_ARG(data)));

	if ((mkdir(around, 0750) && errno != EEXIST) || (mkdir(shelf, 0750) && errno != EEXIST))
		return errno == ENOSPC ? &media_full : &media_failed;
	tidy_shelf(arena, shelf);
	return NULL;
}

/* What cannot be read as a picture is left out: the drawn cover stands there then. */
static problem embed(struct showing *s, const struct blob *blob, const struct media_size *size, struct text *name)
{
	struct text bytes;
	problem why = blob->ext.length ? media_small(s->rq->serve, s->rq->arena, blob, size, &bytes) : NULL;

	if (!why && blob->ext.length)
		*name = arena_format(s->rq->arena, "data:image/%s;base64,%.*s", size->keeps_alpha ? "png" : "jpeg", TEXT_ARG(base64_encode(s->rq->arena, bytes)));
	if (!why || why == &media_draw_off || why == &problem_busy)
		return why;
	log_line(LOG_WARN, "picture-left-out", "problem", text_of(why->type), NULL);
	*name = (struct text){ 0 };
	return NULL;
}

static problem draw(struct showing *s, const char *shelf, const char *path)
{
	CLEANUP(buffer_free) struct buffer svg = BUFFER(PICTURE_BYTES_MAX);
	problem why = make_shelf(s->rq->arena, serve_data_folder(s->rq->serve), shelf);

	if (!why)
		why = embed(s, &s->cover, &(struct media_size){ .side = COVER_SIDE }, &s->picture.cover);
	if (!why)
		why = embed(s, &s->logo, &(struct media_size){ .side = LOGO_SIDE, .keeps_alpha = true }, &s->picture.logo);
	if (!why)
		why = compose(s, &svg);
	return why ? why : media_draw(s->rq->serve, s->rq->arena, buffer_text(&svg), path);
}

/* Whoever had the turn before may have drawn the same. */
static problem draw_in_turn(struct showing *s, const char *shelf, const char *path)
{
	problem why = media_turn_take();

	if (why)
		return why;
	if (access(path, R_OK))
		why = draw(s, shelf, path);
	media_turn_leave();
	return why;
}

/* Its name is the hash of what is drawn, where pictures within it stand by their own. */
static problem reply_picture(struct showing *s)
{
	CLEANUP(buffer_free) struct buffer recipe = BUFFER(PICTURE_BYTES_MAX);
	struct arena *arena = s->rq->arena;
	struct text hash;
	const char *shelf, *path;
	problem why = compose(s, &recipe);

	if (why)
		return why;
	hash = sha256_hex(arena, buffer_text(&recipe));
	shelf = arena_cstr(arena, arena_format(arena, "%.*s/pictures/%.*s", TEXT_ARG(serve_data_folder(s->rq->serve)), TEXT_ARG(text_head(hash, 2))));
	path = arena_cstr(arena, arena_format(arena, "%s/%.*s.jpg", shelf, TEXT_ARG(text_from(hash, 2))));
	if (reply_kept(s->rq, path, hash))
		return NULL;
	why = draw_in_turn(s, shelf, path);
	if (why)
		return why;
	return reply_kept(s->rq, path, hash) ? NULL : &media_failed;
}

/* ---- routes ---- */

static problem show(struct request *rq, bool of_work, bool poster, struct showing *s)
{
	const struct asking *asked = rq->asked;
	problem why;

	*s = (struct showing){ .rq = rq, .poster = poster, .code = asked->code, .language = asked->language ? text_of(languages[asked->language]) : rq->language };
	why = of_work ? path_id(rq, "id", &s->work) : NULL;
	return why ? why : request_read(rq, read_picture, s);
}

static problem serve_poster(struct request *rq, bool of_work)
{
	struct showing s;
	problem why = show(rq, of_work, true, &s);

	return why ? why : reply_picture(&s);
}

problem share__work_poster(struct request *rq) { return serve_poster(rq, true); }
problem share__home_poster(struct request *rq) { return serve_poster(rq, false); }

/* Who reads a link's card makes nothing of a problem: where it cannot be drawn, the cover alone is better than nothing. */
static problem serve_card(struct request *rq, bool of_work)
{
	struct showing s;
	problem why = show(rq, of_work, false, &s);
	struct text cover;

	if (why)
		return why;
	cover = s.picture.cover;
	why = reply_picture(&s);
	if (why == &media_draw_off && cover.length)
		return reply_redirect(rq, 302, arena_format(rq->arena, "/media/%.*s", TEXT_ARG(cover)));
	return why;
}

problem share__work_card(struct request *rq) { return serve_card(rq, true); }
problem share__home_card(struct request *rq) { return serve_card(rq, false); }

problem share__serve_code(struct request *rq)
{
	struct link link;
	problem why = share__by_code(rq->tx, path_text(rq, "code"), &link);

	return why ? why : reply_qr(rq, share__address(rq, link.code));
}
