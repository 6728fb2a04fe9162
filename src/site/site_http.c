/* site_http.c - the first visit, the owner's settings of the shop, what is still missing. */
#include "site/site_room.h"

#include "account/account.h"
#include "audit/audit.h"
#include "site/shop.h"

static const struct problem setup_done = { 409, "setup-done", "This shop has an owner already." };
static const struct problem setup_token_wrong = { 403, "setup-token-wrong", "This is not the token that the program printed at its last start." };

/* ---- the first visit ---- */

struct setup_state {
	bool open;
	bool sandbox;
};
static const struct shape setup_state_shape = SHAPE(setup_state,
	FIELD(setup_state, open,    SHAPE_BOOL, .says = "nobody owns the shop yet"),
	FIELD(setup_state, sandbox, SHAPE_BOOL));

static problem serve_setup(struct request *rq)
{
	struct setup_state state = { .open = !account_any(rq->tx, ADMIN), .sandbox = serve_sandbox(rq->serve) };
	problem why = tx_problem(rq->tx);

	return why ? why : reply(rq, 200, &setup_state_shape, &state);
}

struct setup_draft {
	struct text token, login, password, name, shop_name;
};
static const struct shape setup_draft_shape = SHAPE(setup_draft,
	FIELD(setup_draft, token,     SHAPE_TEXT, .min = 1, .max = 100),
	FIELD(setup_draft, login,     SHAPE_TEXT, .min = 3, .max = 254),
	FIELD(setup_draft, password,  SHAPE_TEXT, .min = 1, .max = 128),
	FIELD(setup_draft, name,      SHAPE_TEXT, .min = 1, .max = 32),
	FIELD(setup_draft, shop_name, SHAPE_TEXT, .min = 1, .max = 40));

struct owning {
	struct request *rq;
	const struct setup_draft *draft;
	struct account account;
};

/* Before anything is made: a wrong token leaves no account behind. */
static problem may_own(struct tx *tx, void *arg)
{
	const struct owning *o = arg;
	struct text hash;

	if (account_any(tx, ADMIN))
		return &setup_done;
	hash = site__token(tx);
	return hash.at && secret_eq(hash, sha256_hex(tx_arena(tx), o->draft->token)) ? tx_problem(tx) : &setup_token_wrong;
}

static problem name_shop(struct tx *tx, const struct owning *o)
{
	struct shop shop;
	int64_t version;
	problem why = setting_read(tx, &shop_group, &shop, &version);

	shop.name.zh = o->draft->shop_name;
	return why ? why : setting_write(tx, &shop_group, &shop, version, o->account.id);
}

/* Of two first visitors with the token one is the first. */
static problem own(struct tx *tx, void *arg)
{
	struct owning *o = arg;
	problem why = may_own(tx, o);

	if (!why)
		why = account_grant(tx, o->account.id, ADMIN, o->account.id);
	if (!why)
		why = account_grant(tx, o->account.id, CREATOR, o->account.id);
	if (!why)
		why = name_shop(tx, o);
	if (why)
		return why;
	site__drop_token(tx);
	audit_add(tx, o->account.id, "site-owned", "user", o->account.id.v, (struct text){ 0 });
	news_add(tx, SITE_NEWS_OWNED, o->account.id.v, (struct text){ 0 });
	return tx_problem(tx);
}

static problem own_site(struct request *rq)
{
	const struct setup_draft *draft = rq->body;
	struct owning o = { .rq = rq, .draft = draft };
	const struct account_draft account = { .login = draft->login, .password = draft->password, .name = draft->name, .language = rq->language,
		                               .verified = true }; /* who holds the token says so */
	problem why = request_read(rq, may_own, &o);

	if (!why)
		why = account_create(serve_db(rq->serve), account_keyring(rq->serve), rq->arena, &account, &o.account);
	if (why == &problem_invalid)
		return field_wrong(rq, TEXT("login"), "pattern");
	if (why == &name_wrong)
		return field_wrong(rq, TEXT("name"), "pattern");
	if (!why)
		why = request_write(rq, own, &o);
	if (why)
		return why;
	setting_refresh(rq->serve);
	return reply_none(rq, 204);
}

/* ---- settings ---- */

struct shop_setting {
	int64_t version;
	struct shop value;
};
struct look_setting {
	int64_t version;
	struct look value;
};
struct legal_setting {
	int64_t version;
	struct legal value;
};
static const struct shape shop_setting_shape = SHAPE(shop_setting,
	FIELD(shop_setting, version, SHAPE_INT, .says = "as it was read; 0: never set"),
	FIELD(shop_setting, value,   SHAPE_OBJECT, .of = &shop_shape));
static const struct shape look_setting_shape = SHAPE(look_setting,
	FIELD(look_setting, version, SHAPE_INT),
	FIELD(look_setting, value,   SHAPE_OBJECT, .of = &look_shape));
static const struct shape legal_setting_shape = SHAPE(legal_setting,
	FIELD(legal_setting, version, SHAPE_INT),
	FIELD(legal_setting, value,   SHAPE_OBJECT, .of = &legal_shape));

static const struct setting_form shop_form = { &shop_group, &shop_setting_shape, offsetof(struct shop_setting, value) };
static const struct setting_form look_form = { &look_group, &look_setting_shape, offsetof(struct look_setting, value) };
static const struct setting_form legal_form = { &legal_group, &legal_setting_shape, offsetof(struct legal_setting, value) };

static problem show_shop(struct request *rq) { return setting_show(rq, &shop_form); }
static problem show_look(struct request *rq) { return setting_show(rq, &look_form); }
static problem show_legal(struct request *rq) { return setting_show(rq, &legal_form); }
static problem take_legal(struct request *rq) { return setting_take(rq, &legal_form); }

static bool logo_is_ours(struct text logo) { return !logo.length || (text_starts(logo, TEXT("/media/")) && address_is_safe(logo)); }

static problem take_shop(struct request *rq)
{
	const struct shop_setting *taken = rq->body;

	if (!text_trim(taken->value.name.zh).length)
		return field_wrong(rq, TEXT("value.name.zh"), "missing");
	if (!logo_is_ours(taken->value.logo))
		return field_wrong(rq, TEXT("value.logo"), "pattern");
	return setting_take(rq, &shop_form);
}

static problem check_links(struct request *rq, const char *list, const struct look_link *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!text_trim(links[i].title.zh).length)
			return field_wrong(rq, arena_format(rq->arena, "value.%s[%zu].title.zh", list, i), "missing");
		if (!address_is_safe(links[i].url))
			return field_wrong(rq, arena_format(rq->arena, "value.%s[%zu].url", list, i), "pattern");
	}
	return NULL;
}

static problem check_banners(struct request *rq, const struct look *look)
{
	for (size_t i = 0; i < look->banner_count; i++) {
		const struct look_banner *b = &look->banners[i];

		if (!address_is_safe(b->url))
			return field_wrong(rq, arena_format(rq->arena, "value.banners[%zu].url", i), "pattern");
		if (!logo_is_ours(b->image))
			return field_wrong(rq, arena_format(rq->arena, "value.banners[%zu].image", i), "pattern");
		if (!text_trim(b->title.zh).length && !b->image.length)
			return field_wrong(rq, arena_format(rq->arena, "value.banners[%zu].title.zh", i), "missing");
	}
	return NULL;
}

static problem take_look(struct request *rq)
{
	const struct look *look = &((const struct look_setting *)rq->body)->value;
	problem why = check_links(rq, "nav", look->nav, look->nav_count);

	if (!why)
		why = check_links(rq, "footer", look->footer, look->footer_count);
	if (!why)
		why = check_banners(rq, look);
	if (!why && !address_is_safe(look->notice_url))
		why = field_wrong(rq, TEXT("value.notice_url"), "pattern");
	if (!why && !logo_is_ours(look->teacher_image))
		why = field_wrong(rq, TEXT("value.teacher_image"), "pattern");
	return why ? why : setting_take(rq, &look_form);
}

/* ---- what anybody may know of the shop ---- */

struct contact {
	struct text name, company, mail, phone, wechat, address;
	struct question_answered *faq;
	size_t faq_count;
};
static const struct shape contact_shape = SHAPE(contact,
	FIELD(contact, name,    SHAPE_TEXT),
	FIELD(contact, company, SHAPE_TEXT),
	FIELD(contact, mail,    SHAPE_TEXT),
	FIELD(contact, phone,   SHAPE_TEXT),
	FIELD(contact, wechat,  SHAPE_TEXT),
	FIELD(contact, address, SHAPE_TEXT),
	LIST(contact, faq, faq_count, &question_answered_shape));

static problem serve_contact(struct request *rq)
{
	struct shop shop;
	struct look look;
	struct contact contact;
	problem why = setting_read(rq->tx, &shop_group, &shop, NULL);

	if (!why)
		why = setting_read(rq->tx, &look_group, &look, NULL);
	if (why)
		return why;
	contact = (struct contact){ both_in(&shop.name, rq->language), shop.company, shop.mail, shop.phone, shop.wechat, shop.address, look.faq, look.faq_count };
	return reply(rq, 200, &contact_shape, &contact);
}

/* Shown behind a payment: who has bought may write to the teacher. */
struct teacher {
	struct text text, image;
};
static const struct shape teacher_shape = SHAPE(teacher,
	FIELD(teacher, text,  SHAPE_TEXT),
	FIELD(teacher, image, SHAPE_TEXT));

static problem serve_teacher(struct request *rq)
{
	struct look look;
	struct teacher teacher;
	problem why = setting_read(rq->tx, &look_group, &look, NULL);

	if (why)
		return why;
	teacher = (struct teacher){ both_in(&look.teacher_text, rq->language), look.teacher_image };
	return reply(rq, 200, &teacher_shape, &teacher);
}

/* ---- the check-list ---- */

static const struct shape check_shape = SHAPE(check,
	FIELD(check, key,    SHAPE_TEXT),
	FIELD(check, state,  SHAPE_ENUM, .names = check_state_names),
	FIELD(check, detail, SHAPE_TEXT, .optional = true),
	FIELD(check, needed, SHAPE_BOOL, .says = "nothing can be sold without it"));
static const struct shape checks_shape = SHAPE(checks, LIST(checks, items, count, &check_shape));

static problem serve_checks(struct request *rq)
{
	struct checks checks;
	problem why = site_checks(rq->tx, rq->serve, &checks);

	return why ? why : reply(rq, 200, &checks_shape, &checks);
}

const struct route site_routes[] = {
	{ GET, "/api/setup", serve_setup, READS, .who = ANYBODY, .gives = &setup_state_shape, .says = "Is there an owner yet?" },
	{ POST, "/api/setup", own_site, WORKS, .who = ANYBODY, .takes = &setup_draft_shape, .limit = LIMIT_SIGN_IN,
	  .says = "Become the first owner, by the token that the program printed" },
	{ GET, "/api/site", serve_contact, READS, .who = ANYBODY, .gives = &contact_shape, .says = "The shop: contact and frequent questions" },
	{ GET, "/api/site/teacher", serve_teacher, READS, .who = LEARNER, .gives = &teacher_shape, .says = "Add the teacher: shown after a payment" },
	{ GET, "/api/site/checks", serve_checks, READS, .who = ADMIN, .gives = &checks_shape, .says = "What the shop still lacks" },
	{ GET, "/api/settings/shop", show_shop, READS, .who = ADMIN, .gives = &shop_setting_shape, .says = "Name, logo, contact, records" },
	{ PUT, "/api/settings/shop", take_shop, WORKS, .who = ADMIN, .takes = &shop_setting_shape, .gives = &shop_setting_shape, .says = "Set them" },
	{ GET, "/api/settings/look", show_look, READS, .who = ADMIN, .gives = &look_setting_shape, .says = "Banners, navigation, notice, questions" },
	{ PUT, "/api/settings/look", take_look, WORKS, .who = ADMIN, .takes = &look_setting_shape, .gives = &look_setting_shape, .says = "Set them" },
	{ GET, "/api/settings/legal", show_legal, READS, .who = ADMIN, .gives = &legal_setting_shape, .says = "The owner's own legal pages" },
	{ PUT, "/api/settings/legal", take_legal, WORKS, .who = ADMIN, .takes = &legal_setting_shape, .gives = &legal_setting_shape,
	  .says = "Set them", .body_max = 512 * 1024 },
	{ 0 }
};
