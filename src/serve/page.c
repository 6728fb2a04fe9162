/* page.c - a page: the template of the room, and the layout around it. */
#include "serve/page.h"

#include "serve/embedded.h"
#include "serve/inside.h"
#include "serve/web.h"

#include "base/log.h"

#include <assert.h>
#include <sodium.h>

enum { PAGE_MAX = 8 << 20 };

struct site {
	struct messages *messages;
	struct templates *templates;
	const struct template *layout, *app;
};

struct site_view {
	struct site_face face;
	struct text origin, sandbox_url;
	bool sandbox, dressed, has_records; /* dressed: it has a look of its own, which is a sheet more */
};

struct me_view {
	struct user_id id;
	struct text name;
};

struct page_view {
	struct text title, description, path, json_ld, type, image, price, locale;
	bool no_index, translated;
};

struct layout {
	struct page_view page;
	struct site_view site;
	struct me_view *me;
	size_t me_count;
	struct text lang, prefix, other_lang, other_lang_url, content, state;
	struct web_assets assets;
};

static const struct shape link_view = SHAPE(site_link, FIELD(site_link, title, SHAPE_TEXT), FIELD(site_link, url, SHAPE_TEXT));

static const struct shape banner_view = SHAPE(site_banner,
	FIELD(site_banner, title, SHAPE_TEXT),
	FIELD(site_banner, text,  SHAPE_TEXT),
	FIELD(site_banner, url,   SHAPE_TEXT),
	FIELD(site_banner, image, SHAPE_TEXT));

#define FACE(member, kind)        NAMED(site_view, #member, face.member, kind)
#define FACES(member, count, of_) \
	{ .name = #member, .at = offsetof(struct site_view, face.member), .kind = SHAPE_LIST, .count_at = offsetof(struct site_view, face.count), .of = (of_) }
static const struct shape site_view = SHAPE(site_view,
	FACE(name, SHAPE_TEXT),
	FACE(slogan, SHAPE_TEXT),
	FACE(logo, SHAPE_TEXT),
	FACE(accent, SHAPE_TEXT),
	FACE(icp, SHAPE_TEXT),
	FACE(police, SHAPE_TEXT),
	FACE(police_url, SHAPE_TEXT),
	FACE(company, SHAPE_TEXT),
	FACE(mail, SHAPE_TEXT),
	FACE(phone, SHAPE_TEXT),
	FACE(notice, SHAPE_TEXT),
	FACE(notice_url, SHAPE_TEXT),
	FACES(nav, nav_count, &link_view),
	FACES(footer, footer_count, &link_view),
	FACES(banners, banner_count, &banner_view),
	FACE(english, SHAPE_BOOL),
	FIELD(site_view, origin, SHAPE_TEXT),
	FIELD(site_view, sandbox, SHAPE_BOOL),
	FIELD(site_view, dressed, SHAPE_BOOL),
	FIELD(site_view, has_records, SHAPE_BOOL),
	FIELD(site_view, sandbox_url, SHAPE_TEXT));

static const struct shape me_view = SHAPE(me_view,
	FIELD(me_view, id, SHAPE_ID),
	FIELD(me_view, name, SHAPE_TEXT));

static const struct shape page_view = SHAPE(page_view,
	FIELD(page_view, title, SHAPE_TEXT),
	FIELD(page_view, description, SHAPE_TEXT),
	FIELD(page_view, path, SHAPE_TEXT),
	FIELD(page_view, json_ld, SHAPE_JSON),
	FIELD(page_view, type, SHAPE_TEXT),
	FIELD(page_view, image, SHAPE_TEXT),
	FIELD(page_view, price, SHAPE_TEXT),
	FIELD(page_view, locale, SHAPE_TEXT),
	FIELD(page_view, no_index, SHAPE_BOOL),
	FIELD(page_view, translated, SHAPE_BOOL));

static const struct shape layout_shape = SHAPE(layout,
	FIELD(layout, page, SHAPE_OBJECT, .of = &page_view),
	FIELD(layout, site, SHAPE_OBJECT, .of = &site_view),
	LIST(layout, me, me_count, &me_view),
	FIELD(layout, lang, SHAPE_TEXT),
	FIELD(layout, prefix, SHAPE_TEXT),
	FIELD(layout, other_lang, SHAPE_TEXT),
	FIELD(layout, other_lang_url, SHAPE_TEXT),
	FIELD(layout, content, SHAPE_HTML),
	FIELD(layout, state, SHAPE_JSON),
	FIELD(layout, assets, SHAPE_OBJECT, .of = &web_assets_shape));

/* ---- starting ---- */

static problem open_templates(struct serve *serve, struct site *site)
{
	struct template_source *sources = ARENA_ARRAY(serve->arena, struct template_source, templates_all_count + 1);

	for (size_t i = 0; i < templates_all_count; i++)
		sources[i] = (struct template_source){ templates_all[i].name, text_of(templates_all[i].text) };
	return templates_open(serve->arena,
	                      &(struct templates_options){ .sources = sources, .count = templates_all_count, .messages = site->messages },
	                      &site->templates);
}

problem site_open(struct serve *serve, struct site **ret)
{
	struct site *site = ARENA_NEW(serve->arena, struct site);
	struct text folder = serve->options.web_folder;
	problem why;

	if (folder.length)
		folder = arena_format(serve->arena, "%.*s/locales", TEXT_ARG(folder));
	why = messages_open(serve->arena, folder, &site->messages);
	if (!why)
		why = open_templates(serve, site);
	if (why)
		return why;
	site->layout = templates_find(site->templates, TEXT("serve/layout"));
	site->app = templates_find(site->templates, TEXT("serve/app"));
	assert(site->layout && site->app);
	*ret = site;
	return NULL;
}

/* 'sha256-...' of the one inline script, which stands in serve/theme. */
static struct text script_hash(struct arena *arena, const struct site *site)
{
	const struct template *theme = templates_find(site->templates, TEXT("serve/theme"));
	struct text source = theme ? template_text(theme) : TEXT("");
	size_t open = text_find(source, TEXT("<script>")), length;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char base64[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	if (open == SIZE_MAX)
		return TEXT("");
	source = text_from(source, open + 8);
	length = text_find(source, TEXT("</script>"));
	assert(length != SIZE_MAX);
	crypto_hash_sha256(hash, (const unsigned char *)source.at, length);
	sodium_bin2base64(base64, sizeof(base64), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	return arena_format(arena, " 'sha256-%s'", base64);
}

struct text site_policy(struct arena *arena, const struct site *site)
{
	return arena_format(arena, "default-src 'self'; script-src 'self'%.*s; style-src 'self'; img-src 'self' data: blob:; "
	                           "media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
	                           "frame-ancestors 'self'; form-action 'self'; require-trusted-types-for 'script'",
	                    TEXT_ARG(script_hash(arena, site)));
}

/* ---- rendering ---- */

static bool is_english(const struct call *call)
{
	return text_is(call->rq.language, "en");
}

static struct text other_address(const struct call *call, const struct page *page)
{
	struct text path = page && page->translated ? page->path : TEXT("/");

	return is_english(call) ? path : arena_format(call->rq.arena, "/en%.*s", TEXT_ARG(path));
}

static void look_at_site(const struct call *call, struct site_face *ret)
{
	const struct serve_options *options = &call->rq.serve->options;

	*ret = (struct site_face){ .english = true };
	if (options->face)
		options->face(call->rq.serve, call->rq.language, call->rq.arena, ret);
	if (!ret->name.length)
		ret->name = options->site_name;
}

struct text request_site_name(const struct request *rq)
{
	const struct serve_options *options = &rq->serve->options;
	struct site_face face = { 0 };

	if (options->face)
		options->face(rq->serve, rq->language, rq->arena, &face);
	return face.name.length ? face.name : options->site_name;
}

/* The first accent is that of the sheet itself. */
static bool is_dressed(const struct site_face *face)
{
	return (face->accent.length && !text_is(face->accent, "teal")) || face->banner_count || face->notice.length;
}

static bool has_records(const struct site_face *face)
{
	return face->icp.length || face->police.length || face->mail.length || face->phone.length;
}

static void fill_layout(struct call *call, const struct page *page, struct layout *layout)
{
	const struct serve *serve = call->rq.serve;
	bool english = is_english(call);

	*layout = (struct layout){
		.site = { .origin = call->own_origin, .sandbox_url = serve->options.sandbox_url, .sandbox = serve->options.sandbox },
		.lang = call->rq.language, .prefix = english ? TEXT("/en") : TEXT(""),
		.other_lang = english ? TEXT("zh-CN") : TEXT("en"), .other_lang_url = other_address(call, page),
		.assets = *web_assets(serve->web),
	};
	look_at_site(call, &layout->site.face);
	layout->site.dressed = is_dressed(&layout->site.face);
	layout->site.has_records = has_records(&layout->site.face);
	if (page)
		layout->page = (struct page_view){ page->title, page->description, page->path, page->json_ld,
		                                   text_of(page->type ? page->type : "website"), page->image, page->price,
		                                   english ? TEXT("en_US") : TEXT("zh_CN"), page->no_index, page->translated };
	if (call->person.id.v) {
		layout->me = ARENA_NEW(call->rq.arena, struct me_view);
		*layout->me = (struct me_view){ call->person.id, call->person.name };
		layout->me_count = 1;
	}
}

static problem render_into(struct call *call, const struct template *t, const struct layout *layout, const struct shape *shape,
                           const void *body, struct buffer *out)
{
	const struct shape *const shapes[] = { &layout_shape, shape };
	const struct view views[] = { view_of(&layout_shape, layout), shape ? view_of(shape, body) : (struct view){ 0 } };
	size_t count = shape ? 2 : 1;
	problem why = template_check(t, shapes, count);

	return why ? why : template_render(t, call->rq.language, views, count, out);
}

static problem render_page(struct call *call, const struct page *page, const struct shape *shape, const void *body)
{
	const struct site *site = call->rq.serve->site;
	const struct template *view = templates_find(site->templates, text_of(page->view));
	CLEANUP(buffer_free) struct buffer content = BUFFER(PAGE_MAX);
	struct layout layout;
	problem why;

	if (!view) {
		log_line(LOG_ERROR, "template-broken", "template", text_of(page->view), "why", TEXT("no such template"), NULL);
		return &template_broken;
	}
	fill_layout(call, page, &layout);
	why = render_into(call, view, &layout, shape, body, &content);
	if (why)
		return why;
	layout.content = buffer_text(&content);
	return render_into(call, site->layout, &layout, NULL, NULL, &call->reply.body);
}

problem reply_page(struct request *rq, int status, const struct page *page, const struct shape *shape, const void *body)
{
	struct call *call = call_of(rq);
	problem why;

	assert(!call->reply.status && "a request is answered once");
	why = render_page(call, page, shape, body);
	if (why) {
		buffer_clear(&call->reply.body);
		return why;
	}
	call->reply.status = status;
	call->reply.type = TEXT("text/html; charset=utf-8");
	if (page->max_age_s && !call->person.id.v)
		call->reply.cache = arena_format(rq->arena, "public, max-age=%lld", (long long)page->max_age_s);
	return NULL;
}

problem render_text(struct request *rq, struct text language, const char *view, struct view_body body, struct text *ret)
{
	const struct template *t = templates_find(rq->serve->site->templates, text_of(view));
	const struct view shown = view_of(body.shape, body.at);
	CLEANUP(buffer_free) struct buffer out = BUFFER(PAGE_MAX);
	problem why;

	assert(t && "a template that this program brings");
	why = template_check(t, &body.shape, 1);
	if (!why)
		why = template_render(t, language, &shown, 1, &out);
	if (!why)
		*ret = arena_text(rq->arena, buffer_text(&out));
	return why;
}

/* ---- the page of a problem ---- */

struct problem_view {
	struct text title, hint, detail, request;
	int64_t status;
};

static const struct shape problem_view = SHAPE(problem_view,
	FIELD(problem_view, title, SHAPE_TEXT),
	FIELD(problem_view, hint, SHAPE_TEXT),
	FIELD(problem_view, detail, SHAPE_TEXT),
	FIELD(problem_view, request, SHAPE_TEXT),
	FIELD(problem_view, status, SHAPE_INT));

static struct text problem_message(const struct call *call, problem why, const char *suffix)
{
	struct text key = arena_format(call->rq.arena, "problem.%s%s", why->type, suffix);

	return messages_find(call->rq.serve->site->messages, call->rq.language, key);
}

problem problem_page(struct call *call, problem why)
{
	struct text title = problem_message(call, why, "");
	struct problem_view view = {
		.title = title.at ? title : text_of(why->title), .hint = problem_message(call, why, "-hint"),
		.detail = call->rq.detail, .request = call->rq.id, .status = why->status,
	};
	struct page page = { .view = "serve/problem", .title = view.title, .path = call->path, .no_index = true };

	return reply_page(&call->rq, why->status, &page, &problem_view, &view);
}

/* ---- the shell of the application ---- */

static void write_links(struct buffer *out, const struct site_link *links, size_t n)
{
	buffer_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buffer_add(out, i ? TEXT(",{\"title\":") : TEXT("{\"title\":"));
		json_write_text(out, links[i].title);
		buffer_add(out, TEXT(",\"url\":"));
		json_write_text(out, links[i].url);
		buffer_add_char(out, '}');
	}
	buffer_add_char(out, ']');
}

static void write_site(const struct call *call, const struct site_face *face, struct buffer *out)
{
	const struct serve_options *options = &call->rq.serve->options;

	buffer_add(out, TEXT("{\"name\":"));
	json_write_text(out, face->name);
	buffer_add(out, TEXT(",\"logo\":"));
	json_write_text(out, face->logo);
	buffer_add(out, TEXT(",\"nav\":"));
	write_links(out, face->nav, face->nav_count);
	buffer_add(out, TEXT(",\"notice\":"));
	json_write_text(out, face->notice);
	buffer_add(out, TEXT(",\"notice_url\":"));
	json_write_text(out, face->notice_url);
	buffer_add(out, TEXT(",\"english\":"));
	json_write_bool(out, face->english);
	buffer_add(out, TEXT(",\"ownerless\":"));
	json_write_bool(out, face->ownerless);
	buffer_add(out, TEXT(",\"sandbox\":"));
	json_write_bool(out, options->sandbox);
	if (options->sandbox_url.length) {
		buffer_add(out, TEXT(",\"sandbox_url\":"));
		json_write_text(out, options->sandbox_url);
	}
	buffer_add_char(out, '}');
}

static void write_state(struct call *call, const struct site_face *face, struct buffer *out)
{
	const struct person *person = &call->person;

	buffer_add(out, TEXT("{\"me\":"));
	if (person->id.v) {
		buffer_format(out, "{\"id\":%lld,\"name\":", (long long)person->id.v);
		json_write_text(out, person->name);
		buffer_add_char(out, '}');
	} else {
		buffer_add(out, TEXT("null"));
	}
	buffer_add(out, TEXT(",\"language\":"));
	json_write_text(out, call->rq.language);
	buffer_add(out, TEXT(",\"site\":"));
	write_site(call, face, out);
	buffer_add_char(out, '}');
}

/* An English page has its language in the address, the application in a cookie: whoever comes from one goes on in English,
 * with script or without. */
static problem carry_language(struct request *rq)
{
	reply_header(rq, "Set-Cookie", TEXT("language=en; Path=/; Max-Age=31536000; SameSite=Lax"));
	return reply_redirect(rq, 303, text_from(rq->http->target, 3));
}

problem serve_app(struct request *rq)
{
	struct call *call = call_of(rq);
	CLEANUP(buffer_free) struct buffer state = BUFFER(PAGE_MAX);
	struct layout layout;
	problem why;

	/* an address that is written in another way is served where it is */
	if (call->language_in_path && text_starts(rq->http->target, TEXT("/en/")))
		return carry_language(rq);
	fill_layout(call, NULL, &layout);
	write_state(call, &layout.site.face, &state);
	layout.state = buffer_text(&state);
	why = render_into(call, call->rq.serve->site->app, &layout, NULL, NULL, &call->reply.body);
	if (why)
		return why;
	call->reply.status = 200;
	call->reply.type = TEXT("text/html; charset=utf-8");
	return NULL;
}

struct text serve_message(const struct serve *serve, struct text language, const char *key)
{
	struct text message = messages_find(serve->site->messages, language, text_of(key));

	return message.at ? message : text_of(key);
}

struct text say(const struct request *rq, const char *key) { return serve_message(rq->serve, rq->language, key); }
