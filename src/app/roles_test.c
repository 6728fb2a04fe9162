/* roles_test.c - src/ROLES against the whole program, over sockets: every row is called as nobody, as each role with what is
 * his own, and as another person of the same role with what is the first one's. Nothing here reads a route table.
 *
 * Of each role there are two people. The first owns something of everything: a course bought and paid, an open order with an
 * attempt, a second device, as a creator a work. Whoever is not the first of his role is called with what the first one owns,
 * nobody with what the first learner owns. Refused is not enough and neither is "not refused": who may gets it done (2xx, 3xx). */
#include "app/roles_calls.h"
#include "app/testing.h"

#include "account/login.h"
#include "catalog/catalog.h"
#include "learning/learning.h"
#include "notify/broadcast.h"
#include "media/asset.h"
#include "order/order.h"
#include "payment/payment_room.h"
#include "share/share.h"

struct town town;

const char *print(const char *format, ...)
{
	char line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof line, format, list);
	va_end(list);
	return arena_cstr(town.arena, text_of(line));
}

const char *number(int64_t n) { return print("%lld", (long long)n); }

/* ---- a channel that believes who writes "signed" ---- */

static problem fake_create(void *self, struct arena *arena, const struct payment *payment, struct text notify_url, struct text *ret_url)
{
	(void)self, (void)notify_url;
	snprintf(town.trade_no, sizeof town.trade_no, "%.*s", TEXT_ARG(payment->trade_no));
	*ret_url = arena_text(arena, TEXT("weixin://pay"));
	return NULL;
}

/* It is asked when an order is closed, after its attempt was. */
static problem fake_query(void *self, struct arena *arena, struct text trade_no, struct channel_fact *ret)
{
	(void)self;
	*ret = (struct channel_fact){ .tag = CHANNEL_CLOSED, .trade_no = arena_text(arena, trade_no) };
	return NULL;
}

static problem fake_close(void *self, struct arena *arena, struct text trade_no)
{
	(void)self, (void)arena, (void)trade_no;
	return NULL;
}

static bool fake_matches(void *self, const struct channel_fact *fact, const struct payment *payment)
{
	(void)self;
	return fact->total.fen == payment->amount.fen;
}

/* "signed TRADE-NO" */
static problem fake_notified(void *self, struct arena *arena, const struct http_request *rq, int64_t now_ms, struct text *ret_message,
                             struct channel_fact *ret)
{
	struct text rest = rq->body;

	(void)self;
	if (!text_is(text_cut(&rest, ' '), "signed"))
		return &payment_forged;
	*ret_message = arena_text(arena, rest);
	*ret = (struct channel_fact){ .tag = CHANNEL_PAID, .trade_no = rest, .transaction = arena_format(arena, "T-%.*s", TEXT_ARG(rest)),
	                              .total = MONEY(PRICE), .paid_ms = now_ms };
	return NULL;
}

static void fake_close_state(void *self) { (void)self; }

static const struct channel fake_channel = {
	.name = "wechat", .create = fake_create, .query = fake_query, .close = fake_close, .notified = fake_notified, .matches = fake_matches,
	.close_state = fake_close_state,
};

/* ---- a sender of codes that reaches everybody ---- */

static bool reaches_all(struct serve *serve, const char *kind)
{
	(void)serve, (void)kind;
	return true;
}

static const struct code_sender sender = { reaches_all };

/* ---- people ---- */

static problem grant(struct tx *tx, void *arg)
{
	const struct caller *c = arg;

	return account_grant(tx, c->id, c->roles & ~(unsigned)(ANYBODY | LEARNER), (struct user_id){ 0 });
}

struct entering {
	struct caller *caller;
	struct text token;
	int64_t session;
};

static problem begin_session(struct tx *tx, void *arg)
{
	struct entering *e = arg;

	tx_use_arena(tx, town.arena);
	return session_begin(tx, e->caller->id, TEXT("test"), &e->token, &e->session);
}

static struct entering new_session(struct caller *caller)
{
	struct entering e = { .caller = caller };

	assert_done(db_write(town.house.db, begin_session, &e));
	return e;
}

static void enter(struct caller *caller)
{
	struct text token = new_session(caller).token;

	snprintf(caller->visitor.session, sizeof caller->visitor.session, "%.*s", TEXT_ARG(token));
}

static const char *new_login(void) { return print("person%d@example.cn", town.made++); }

static problem find_identity(struct tx *tx, void *arg)
{
	struct caller *c = arg;

	c->identity = read_int(tx, 0, "select min(id) from identity where user_id = $1", V(c->id.v));
	return tx_problem(tx);
}

static void settle(struct caller *caller, const char *role, enum who granted)
{
	const struct account_home *home = module_state(town.house.serve, &account_module);
	struct account account;

	*caller = (struct caller){ .role = role, .roles = ANYBODY | LEARNER | granted, .login = new_login() };
	assert_done(account_create(town.house.db, home->keyring, town.arena,
	                           &(struct account_draft){ .login = text_of(caller->login), .password = TEXT(SECRET), .verified = true }, &account));
	caller->id = account.id;
	assert_done(db_read(town.house.db, find_identity, caller));
	if (granted != LEARNER)
		assert_done(db_write(town.house.db, grant, caller));
	visitor_open(&caller->visitor, &town.house);
	enter(caller);
}

static void settle_all(void)
{
	static const struct {
		const char *name;
		enum who who;
	} roles[ROLES] = { { "learner", LEARNER }, { "creator", CREATOR }, { "moderator", MODERATOR },
	                   { "finance", FINANCE }, { "analyst", ANALYST }, { "admin", ADMIN } };

	town.nobody = (struct caller){ .role = "nobody", .roles = ANYBODY };
	visitor_open(&town.nobody.visitor, &town.house);
	for (size_t i = 0; i < ROLES; i++) {
		for (size_t k = 0; k < 2; k++)
			settle(&town.people[i][k], roles[i].name, roles[i].who);
	}
}

static struct caller *first_creator(void) { return &town.people[1][0]; }

/* ---- works ---- */

static problem add_creator(struct tx *tx, void *arg)
{
	struct caller *c = arg;
	struct creator creator;
	problem why;

	tx_use_arena(tx, town.arena);
	why = creator_add(tx, text_of(print("Author %d", town.made++)), TEXT(""), c->id, &creator);
	c->creator = creator.id;
	if (c == first_creator())
		town.author_slug = arena_cstr(town.arena, creator.slug);
	return why;
}

struct storing {
	const struct caller *creator;
	const char *title;
	struct work_id id;
	struct work_card card;
};

#define DOC  TEXT("{\"type\":\"doc\",\"content\":[]}")
#define QUIZ TEXT("{\"items\":[{\"kind\":\"number\",\"question\":\"1\",\"answer\":1}]}")

static problem store(struct tx *tx, void *arg)
{
	struct storing *s = arg;
	struct lesson_draft lessons[] = { { .key = TEXT("free"), .title = TEXT("A"), .doc = DOC, .plain = TEXT(""), .free = true },
	                                  { .key = TEXT("paid"), .title = TEXT("B"), .doc = DOC, .plain = TEXT("") } };
	struct section_draft section = { .title = TEXT("Part"), .lessons = lessons, .lesson_count = 2 };
	struct quiz_draft quiz = { TEXT("quiz"), TEXT("paid"), TEXT("Quiz"), QUIZ };
	const struct work_draft draft = {
		.creator = s->creator->creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = text_of(s->title), .summary = TEXT("About"),
		.price = MONEY(PRICE), .price_given = true, .sections = &section, .section_count = 1, .quizzes = &quiz, .quiz_count = 1,
	};
	enum work_change change;
	problem why = work_store(tx, &draft, s->creator->id, &change, &s->id);

	tx_use_arena(tx, town.arena);
	return why ? why : work_by_id(tx, s->id, &s->card);
}

static struct work_card new_work(const struct caller *creator, const char *title)
{
	struct storing s = { .creator = creator, .title = title };

	assert_done(db_write(town.house.db, store, &s));
	return s.card;
}

static problem add_blob(struct tx *tx, void *arg)
{
	media_add(tx, arg);
	return tx_problem(tx);
}

static void keep_image(void)
{
	static const unsigned char png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 2, 0x80, 0, 0, 1, 0xE0,
	                                     8, 2, 0, 0, 0, 1, 2, 3, 4 };
	struct blob blob;

	assert_done(media_keep(town.arena, text_of(town.house.folder), (struct text){ (const char *)png, sizeof png }, &blob));
	assert_done(db_write(town.house.db, add_blob, &blob));
	town.blob = arena_cstr(town.arena, blob_name(town.arena, &blob));
}

static void stock(void)
{
	struct work_card taught;

	for (size_t k = 0; k < 2; k++) {
		struct caller *creator = &town.people[1][k];

		assert_done(db_write(town.house.db, add_creator, creator));
		creator->kept = new_work(creator, "Kept").id.v;
	}
	taught = new_work(first_creator(), "Taught");
	town.taught = taught.id.v;
	town.slug = arena_cstr(town.arena, taught.slug);
	town.wanted = new_work(first_creator(), "Wanted").id.v;
	keep_image();
}

/* ---- codes, for a login that nobody has yet: "proven"; that somebody forgot the password of: "forgot"; a second one of his: "mine" ---- */

struct proving {
	struct user_id user;
	enum code_purpose purpose;
	int64_t id;
	struct text digits;
};

static problem add_mine(struct tx *tx, void *arg)
{
	struct proving *p = arg;
	struct keyring *keyring = account_keyring(town.house.serve);
	struct identity identity = { .id = tx_id(tx), .kind = TEXT("mail"), .verified_ms = 1 };

	run(tx, "delete from identity where user_id = $1 and id > (select min(id) from identity where user_id = $1)", V(p->user.v));
	identity.sealed = field_seal(keyring, tx_arena(tx), (struct place){ "identity", identity.id, "sealed" }, text_of(town.proven));
	account__insert_identity(tx, &identity, p->user, login_blind(keyring, tx_arena(tx), text_of(town.proven)));
	p->id = identity.id;
	return tx_problem(tx);
}

static problem make_code(struct tx *tx, void *arg)
{
	struct proving *p = arg;
	const struct code_ask ask = { .keyring = account_keyring(town.house.serve), .purpose = p->purpose, .user = p->user,
		                      .login = { text_of(town.proven), "mail" }, .language = TEXT("en") };
	struct account_letter letter;
	int64_t wait_ms;
	problem why = code_make(tx, &ask, &wait_ms);

	if (!why)
		why = account_letter(tx, ask.keyring, town.arena, read_int(tx, 0, "select max(id) from code", V0), &letter);
	p->digits = letter.digits;
	return why;
}

static const char *new_code(const char *purpose, struct user_id user)
{
	struct proving p = { .user = user };

	for (int i = CODE_SIGN_IN; i < CODE_PURPOSE_COUNT; i++) {
		if (!strcmp(purpose, code_purpose_names[i]))
			p.purpose = (enum code_purpose)i;
	}
	if (p.purpose == CODE_SIGN_IN || p.purpose == CODE_RESET)
		p.user.v = 0;
	assert_done(db_write(town.house.db, make_code, &p));
	return arena_cstr(town.arena, p.digits);
}

static const char *forgotten(void)
{
	struct account account;

	town.proven = new_login();
	assert_done(account_create(town.house.db, account_keyring(town.house.serve), town.arena,
	                           &(struct account_draft){ .login = text_of(town.proven), .password = TEXT(SECRET), .verified = true }, &account));
	return town.proven;
}

/* What is proven is his whom the path names; what is added, his who calls. NULL: the word is about something else. */
static const char *login_thing(const struct caller *owner, const struct caller *caller, struct text word)
{
	struct proving p = { .user = owner->id };

	if (text_is(word, "proven"))
		return town.proven = new_login();
	if (text_is(word, "forgot"))
		return forgotten();
	if (text_is(word, "code-change"))
		return new_code("change", caller->id);
	if (text_starts(word, TEXT("code-")))
		return new_code(arena_cstr(town.arena, text_from(word, strlen("code-"))), owner->id);
	if (!text_is(word, "mine"))
		return NULL;
	town.proven = new_login();
	assert_done(db_write(town.house.db, add_mine, &p));
	return print("%lld", (long long)p.id);
}

/* ---- orders, as a buyer makes them ---- */

static int64_t id_of(struct caller *caller, const char *path, const char *body)
{
	caller->visitor.key = print("key-%d", town.made++);
	assert_int_equal(visit(&caller->visitor, POST, path, body), 201);
	return json_integer_value(answer_at(&caller->visitor, "id"));
}

static int64_t place(struct caller *buyer, int64_t work) { return id_of(buyer, "/api/orders", print("{\"work\":%lld}", (long long)work)); }

static int64_t begin_payment(struct caller *buyer, int64_t order)
{
	return id_of(buyer, print("/api/orders/%lld/payments", (long long)order), "{\"channel\":\"wechat\",\"way\":\"native\"}");
}

static void buy(struct caller *buyer, int64_t work)
{
	buyer->bought = place(buyer, work);
	begin_payment(buyer, buyer->bought);
	snprintf(town.told, sizeof town.told, "signed %s", town.trade_no);
	assert_int_equal(visit(&town.nobody.visitor, POST, "/api/notify/wechat", town.told), 204);
}

/* An open order is given again, a closed one replaced. */
static void want(struct caller *buyer)
{
	buyer->order = place(buyer, town.wanted);
	buyer->payment = begin_payment(buyer, buyer->order);
}

/* ---- the town ---- */

static int setup(void **state)
{
	static const struct text proxy = TEXT_INIT("127.0.0.1");
	struct payments *payments;

	(void)state;
	town = (struct town){ .arena = arena_new(256 << 20) };
	house_open(&town.house, NULL, 0);
	town.house.options.trusted_proxies = &proxy;
	town.house.options.trusted_proxy_count = 1;
	house_start(&town.house, app_modules, &account_sessions);
	payments = payments_of(town.house.serve);
	payments->wechat = &fake_channel;
	payments_know(payments, &order_payable);
	order_know_studied(town.house.serve, learning_received);
	order_know_source(town.house.serve, share_source);
	broadcast_know_owners(town.house.serve, &order_owners);
	account_know_sender(town.house.serve, &sender);
	settle_all();
	stock();
	for (size_t i = 0; i < ROLES; i++)
		buy(&town.people[i][0], town.taught);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROLES; i++) {
		visitor_close(&town.people[i][0].visitor);
		visitor_close(&town.people[i][1].visitor);
	}
	visitor_close(&town.nobody.visitor);
	house_close(&town.house);
	arena_free(town.arena);
	return 0;
}

/* ---- calls ---- */

/* A draft of the first creator's, or of the second's where it is his, with a new section and a lesson in it. */
struct writing {
	int64_t work, section, lesson;
};

static struct writing write_draft(struct caller *owner)
{
	struct caller *author = owner->kept ? owner : first_creator();
	struct visitor *v = &author->visitor;
	struct writing w = { .work = author->kept };

	v->key = NULL;
	assert_int_equal(visit(v, POST, print("/api/studio/works/%lld/sections", (long long)w.work), "{\"title\":\"Part\"}"), 201);
	w.section = json_integer_value(answer_at(v, "added"));
	assert_int_equal(visit(v, POST, print("/api/studio/sections/%lld/lessons", (long long)w.section), "{\"title\":\"Lesson\"}"), 201);
	w.lesson = json_integer_value(answer_at(v, "added"));
	return w;
}

static int64_t new_pack(struct caller *owner)
{
	struct caller *author = owner->kept ? owner : first_creator();

	author->visitor.key = NULL;
	assert_int_equal(visit(&author->visitor, POST, "/api/studio/works", "{\"kind\":\"bundle\",\"title\":\"Pack\"}"), 201);
	return json_integer_value(answer_at(&author->visitor, "id"));
}

static const char *new_preview(void)
{
	struct caller *author = first_creator();
	const size_t before = strlen("/preview/");

	author->visitor.key = NULL;
	assert_int_equal(visit(&author->visitor, POST, print("/api/studio/works/%lld/preview", (long long)author->kept), NULL), 201);
	return arena_cstr(town.arena, text_from(json_text(answer_at(&author->visitor, "url")), before));
}

/* ---- files of creators ---- */

struct adding {
	const struct caller *owner;
	const char *name, *state;
	struct asset asset;
};

static problem add_asset(struct tx *tx, void *arg)
{
	struct adding *a = arg;
	enum asset_kind kind;

	assert_true(kind_of_name(text_of(a->name), &kind, &a->asset.ext));
	a->asset = (struct asset){ .id = { tx_id(tx) }, .user = a->owner->id, .name = text_of(a->name), .ext = a->asset.ext, .kind = (int)kind, .size = 3,
	                           .expires_ms = tx_now_ms(tx) + 1000000 };
	asset__insert(tx, &a->asset);
	return tx_problem(tx);
}

static int64_t new_asset(const struct caller *owner, const char *name, const char *state)
{
	struct adding a = { .owner = owner, .name = name };

	assert_done(db_write(town.house.db, add_asset, &a));
	db_testing_run(town.house.db, print("update asset set state = '%s' where id = %lld", state, (long long)a.asset.id.v));
	return a.asset.id.v;
}

/* Signed for anybody; FORGED: for another asset. */
static const char *signed_address(const struct caller *owner)
{
	const struct media_home *home = media_home(town.house.serve);
	struct ticket ticket = { .asset = { new_asset(owner, "a.mp4", "ready") }, .until_s = world_now_ms(town.house.world) / 1000 + 60 };
	struct text folder = text_of(town.house.folder);
	int64_t id = ticket.asset.v;
	FILE *file;

	assert_done(asset_make_folder(town.arena, folder, ticket.asset));
	file = fopen(asset_path(town.arena, folder, ticket.asset, "video.mp4"), "w");
	assert_non_null(file);
	fclose(file);
	ticket.asset.v += town.twist == FORGED;
	return print("%lld/video.mp4?e=%lld&u=0&s=%.*s", (long long)id, (long long)ticket.until_s,
	             TEXT_ARG(ticket_sign(town.arena, (struct text){ (const char *)home->key, sizeof home->key }, &ticket)));
}

static const char *filmed(void)
{
	int64_t id = new_asset(first_creator(), "a.mp4", "ready");

	db_testing_run(town.house.db, print("insert into asset_use (asset_id, work_id) values (%lld, %lld)", (long long)id, (long long)town.taught));
	return number(id);
}

static const char *file_of_his(struct caller *owner, struct text word)
{
	if (text_is(word, "filmed"))
		return filmed();
	if (text_is(word, "upload"))
		return number(new_asset(owner, "a.txt", "uploading"));
	if (text_is(word, "captions"))
		return number(new_asset(owner, "a.vtt", "ready"));
	if (text_is(word, "failed"))
		return number(new_asset(owner, "a.mp4", "failed"));
	if (text_is(word, "recording"))
		return number(new_asset(owner, "a.mp4", "ready"));
	return text_is(word, "address") ? signed_address(owner) : NULL;
}

static const char *new_coupon(const struct caller *author)
{
	town.made++;
	db_testing_run(town.house.db, print("insert into coupon_batch (id, creator_id, made_by, name, word, bearer, amount_off, permille_off, most_off, least_price, from_ms,"
	                                    " until_ms, stock, each_max, some_works, created_ms) values (%d, (select id from creator where user_id = %lld), 1, 'Word', 'WORD%d',"
	                                    " 'creator', 1, 0, 0, 0, 0, 0, 100, 0, 0, 1)",
	                                    town.made, (long long)author->id.v, town.made));
	return number(town.made);
}

static int64_t new_redeem_batch(struct caller *author)
{
	author->visitor.key = NULL;
	db_testing_run(town.house.db, "update work set state = 'published'");
	assert_int_equal(visit(&author->visitor, POST, "/api/studio/redeem-batches", print("{\"name\":\"Cards\",\"count\":1,\"work\":%lld}", (long long)author->kept)), 201);
	return json_integer_value(answer_at(&author->visitor, "batch.id"));
}

static const char *new_voucher(void)
{
	new_redeem_batch(first_creator());
	db_testing_run(town.house.db, "delete from entitlement where source = 'redeem'");
	return arena_cstr(town.arena, json_text(answer_at(&first_creator()->visitor, "codes.0")));
}

/* The call before may have used it up, so it is made anew where needed. */
static const char *thing_of_his(struct caller *owner, struct text word)
{
	const char *is = refund_thing(owner, word);

	if (is)
		return is;
	if (text_is(word, "login"))
		return owner->login;
	if (text_is(word, "device"))
		return number(owner->device = new_session(owner).session);
	if (text_is(word, "kept")) {
		db_testing_run(town.house.db, "update work set state = 'published'");
		return number(owner->kept ? owner->kept : first_creator()->kept);
	}
	if (text_is(word, "coupon"))
		return new_coupon(owner->kept ? owner : first_creator());
	if (text_is(word, "redeem-batch"))
		return number(new_redeem_batch(owner->kept ? owner : first_creator()));
	if (text_is(word, "voucher"))
		return new_voucher();
	if (text_is(word, "word"))
		return print("WORD%s", new_coupon(first_creator()));
	if (text_is(word, "order")) {
		want(owner);
		return number(owner->order);
	}
	if (text_is(word, "chapter"))
		return number(write_draft(owner).section);
	if (text_is(word, "leaf"))
		return number(write_draft(owner).lesson);
	if (text_is(word, "pack"))
		return number(new_pack(owner));
	if (text_is(word, "peek"))
		return new_preview();
	if (text_is(word, "written")) {
		db_testing_run(town.house.db, "update work set state = 'published'");
		return number(write_draft(owner).work);
	}
	return text_is(word, "payment") ? number(owner->payment) : file_of_his(owner, word);
}

/* "shop_version": of the setting that holds, so that the next one is taken. */
static int64_t setting_version(struct text word)
{
	const char *sql = print("select coalesce(max(version), 0) from setting where name like '%%.%.*s'", (int)(word.length - strlen("_version")), word.at);

	return db_testing_int(town.house.db, sql);
}

static int64_t new_topic(void)
{
	int id = 1000 + town.made++;

	db_testing_run(town.house.db, print("insert into category (id, slug, name, position) values (%d, 's%d', 's%d', 1)", id, id, id));
	return id;
}

static const char *thing(struct caller *owner, const struct caller *caller, struct text word)
{
	const char *of_people;
	const struct {
		const char *word, *is;
	} words[] = {
		{ "taught", number(town.taught) },
		{ "wanted", number(town.wanted) },
		{ "slug", town.slug },
		{ "author", town.author_slug },
		{ "author-user", number(first_creator()->id.v) },
		{ "blob", town.blob },
		{ "key*", town.twist == LOCKED ? "paid" : "free" },
		{ "x*", "1" },
		{ "to", caller->roles & MODERATOR ? "suspended" : "unlisted" },
		{ "tomorrow", number(world_now_ms(town.house.world) + 86400000) },
		{ "bearer", caller->roles & ADMIN ? "shop" : "creator" },
		{ "told", town.twist == FORGED ? "forged" : town.told },
	};
	const char *is;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(word, words[i].word))
			return words[i].is;
	}
	if (text_is(word, "proof")) {
		db_testing_run(town.house.db, "insert into domain_proof (name, content, changed_by, changed_ms) values ('MP_verify_x1.txt', 'x1', 1, 1)"
		                              " on conflict (name) do nothing");
		return "x1";
	}
	if (text_starts(word, TEXT("topic")))
		return number(new_topic());
	if (text_is(word, "shared")) {
		db_testing_run(town.house.db, "insert into share_link (id, code, work_id, creator_id, created_ms) values (1, 'aaaabbbb', 0, 0, 1)"
		                              " on conflict (id) do nothing");
		return "aaaabbbb";
	}
	if (text_is(word, "trial"))
		return number(db_testing_int(town.house.db, "select max(id) from payment where payable_kind = 'trial'"));
	if (text_ends(word, TEXT("_version")))
		return number(setting_version(word));
	if ((of_people = people_thing(owner, caller, word)) || (of_people = talk_thing(owner, word)))
		return of_people;
	if (text_is(word, "new"))
		return new_login();
	is = login_thing(owner, caller, word);
	return is ? is : thing_of_his(owner, word);
}

/* Braces of JSON stand before a quotation mark, those of a word before a letter. */
static const char *fill(struct caller *owner, const struct caller *caller, struct text with)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096);
	const char *end = with.at + with.length;

	for (const char *at = with.at; at < end; at++) {
		struct text word = { at + 1, 0 };
		const char *is;

		if (*at != '{' || at + 1 == end || at[1] < 'a' || at[1] > 'z') {
			buffer_add_char(&out, *at);
			continue;
		}
		word.length = text_find_char((struct text){ at + 1, (size_t)(end - at - 1) }, '}');
		is = thing(owner, caller, word);
		if (!is)
			fail_msg("nothing is known for {%.*s} of \"%.*s\": give the row a line in `calls`", TEXT_ARG(word), TEXT_ARG(with));
		buffer_add(&out, text_of(is));
		at += word.length + 1;
	}
	assert_null(out.why);
	return arena_cstr(town.arena, buffer_text(&out));
}

/* ---- rows ---- */

struct rule {
	unsigned who;   /* 0: operator, signature */
	int other;      /* what somebody else's answers; 0: the same as his own */
	int always;     /* what everybody hears here, whoever he is; 0: he may */
	bool own;
};
struct row {
	enum method method;
	struct text name, path; /* "GET /api/x", "/api/x" */
	struct rule rules[WORDS_MAX];
	size_t rule_count;
	enum twist twist;
	int twist_status;
};

static struct row rows[ROWS_MAX];
static size_t row_count;

static enum method method_of(struct text word)
{
	static const char *const names[] = { [GET] = "GET", [POST] = "POST", [PUT] = "PUT", [PATCH] = "PATCH", [DELETE] = "DELETE",
	                                     [OPTIONS] = "OPTIONS" };

	for (size_t i = GET; i < sizeof names / sizeof *names; i++) {
		if (names[i] && text_is(word, names[i]))
			return (enum method)i;
	}
	fail_msg("ROLES: no method %.*s", TEXT_ARG(word));
	return METHOD_NONE;
}

static void set_twist(struct row *row, enum twist twist, int status)
{
	row->twist = twist;
	row->twist_status = status;
}

static unsigned who_of(struct row *row, struct text word)
{
	enum who who;

	if (text_is(word, "anybody"))
		return ANYBODY;
	if (text_is(word, "learner"))
		return LEARNER;
	if (role_from_name(word, &who))
		return who;
	if (text_is(word, "operator"))
		set_twist(row, ELSEWHERE, 404);
	else if (text_is(word, "signature"))
		set_twist(row, FORGED, 401);
	else if (text_is(word, "address"))
		set_twist(row, FORGED, 403);
	else
		fail_msg("ROLES: nobody is called %.*s", TEXT_ARG(word));
	return ANYBODY;
}

/* "creator:404" */
static void read_rule(struct row *row, struct text word)
{
	struct rule *rule = &row->rules[row->rule_count++];
	struct text rest = word;
	int64_t other;

	assert_true(row->rule_count < WORDS_MAX);
	rule->who = who_of(row, text_cut(&rest, ':'));
	if (!rest.at)
		return;
	rule->own = text_is(rest, "own");
	if (text_starts(rest, TEXT("=")) && text_to_int(text_from(rest, 1), &other))
		rule->always = (int)other;
	else if (text_is(rest, "free"))
		set_twist(row, LOCKED, 402);
	else if (text_to_int(rest, &other) && other >= 402 && other <= 404)
		rule->other = (int)other;
	else if (!rule->own)
		fail_msg("ROLES: what is %.*s?", TEXT_ARG(word));
}

static struct text next_word(struct text *rest)
{
	struct text word;

	do
		word = text_cut(rest, ' ');
	while (rest->at && !word.length);
	return word;
}

static void read_row(struct text line)
{
	struct row *row = &rows[row_count++];
	struct text rest = line, method = next_word(&rest), word;

	assert_true(row_count < ROWS_MAX);
	row->method = method_of(method);
	row->path = next_word(&rest);
	row->name = text_of(print("%.*s %.*s", TEXT_ARG(method), TEXT_ARG(row->path)));
	while ((word = next_word(&rest)).length)
		read_rule(row, word);
	if (!row->rule_count)
		fail_msg("ROLES: who may %.*s?", TEXT_ARG(row->name));
}

static void read_rows(void)
{
	static char text[64 * 1024];
	FILE *file = fopen(print("%s/src/ROLES", getenv("ZHIFANG_SOURCE")), "r");
	struct text rest;

	assert_non_null(file);
	rest = (struct text){ text, fread(text, 1, sizeof text, file) };
	assert_true(rest.length < sizeof text);
	fclose(file);
	while (rest.at) {
		struct text line = text_cut(&rest, '\n');

		if (line.length && line.at[0] != '#')
			read_row(line);
	}
}

/* ---- what must come ---- */

enum { DONE = 0 }; /* any 2xx or 3xx */

static int expected(const struct row *row, const struct caller *caller, const struct caller *owner)
{
	int status = caller->id.v ? 403 : 401;

	for (size_t i = 0; i < row->rule_count; i++) {
		const struct rule *rule = &row->rules[i];

		if (!(rule->who & caller->roles))
			continue;
		if (caller == owner || !rule->other)
			return rule->always;
		status = rule->other;
	}
	return status;
}

static bool is_own(const struct row *row)
{
	return row->rules[0].own;
}

/* Does an answer name one of the things that are somebody's? Ids have 17 digits and more: none is part of another. */
static bool names_his(struct text body, const struct caller *owner)
{
	const int64_t ids[IDS_MAX] = { owner->id.v, owner->kept, owner->bought, owner->order, owner->payment, owner->device, owner->asset, owner->identity, town.taught };

	for (size_t i = 0; i < IDS_MAX; i++) {
		if (ids[i] && text_find(body, text_of(number(ids[i]))) != SIZE_MAX)
			return true;
	}
	return false;
}

static const struct call *call_of(const struct row *row)
{
	static const struct call as_it_stands;

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		if (text_is(row->name, calls[i].row))
			return &calls[i];
	}
	if (row->method != GET)
		fail_msg("%.*s: what is it called with? Give it a line in `calls`", TEXT_ARG(row->name));
	return &as_it_stands;
}

static void speak_tus(struct visitor *v, enum method method)
{
	v->more[v->more_count++] = (struct header){ TEXT("Tus-Resumable"), TEXT("1.0.0") };
	v->more[v->more_count++] = (struct header){ TEXT("Upload-Length"), TEXT("3") };
	v->more[v->more_count++] = (struct header){ TEXT("Upload-Metadata"), TEXT("filename YS50eHQ=") };
	v->more[v->more_count++] = (struct header){ TEXT("Upload-Offset"), TEXT("0") };
	if (method == PATCH)
		v->more[v->more_count++] = (struct header){ TEXT("Content-Type"), TEXT("application/offset+octet-stream") };
}

static int call_row(const struct row *row, struct caller *caller, struct caller *owner)
{
	const struct call *call = call_of(row);
	const char *path = fill(owner, caller, call->path ? text_of(call->path) : row->path);
	const char *body = call->body ? fill(owner, caller, text_of(call->body)) : NULL;
	struct visitor *v = &caller->visitor;
	const char *session = print("%s", v->session);
	int status;

	v->key = print("key-%d", town.made++);
	v->more_count = 0;
	if (town.twist == ELSEWHERE)
		v->more[v->more_count++] = (struct header){ TEXT("X-Forwarded-For"), TEXT("203.0.113.9") };
	if (text_starts(row->path, TEXT("/api/uploads")))
		speak_tus(v, row->method);
	status = visit(v, row->method, path, body);
	v->more_count = 0;
	if (call->undo) {
		db_testing_run(town.house.db, call->undo);
		serve_forget(town.house.serve, 0, caller->id);
	}
	if (!caller->id.v)
		v->session[0] = 0;
	else if (strcmp(v->session, session) != 0) /* signed out, or in as somebody else */
		enter(caller);
	return status;
}

static int wrong_so_far;

static void say_wrong(const struct row *row, const struct caller *caller, const struct caller *owner, const char *why)
{
	const char *whose = caller == owner ? "on his own" : "on what is another's";

	print_error("%.*s as %s, %s: %s\n", TEXT_ARG(row->name), caller->role, whose, why);
	wrong_so_far++;
}

/* A refusal is the guard's, not some other 401 or 403. */
static bool is_refusal(const struct row *row, const struct visitor *v, int status)
{
	if (!text_starts(row->path, TEXT("/api/")) || row->twist == FORGED)
		return true;
	return status == 401 ? answer_is_problem(v, "sign-in-required") : status == 403 ? answer_is_problem(v, "forbidden") : true;
}

static void check_status(const struct row *row, struct caller *caller, struct caller *owner, int wanted)
{
	int status = call_row(row, caller, owner);
	const struct visitor *v = &caller->visitor;

	if (wanted == DONE ? status < 200 || status > 399 : status != wanted || !is_refusal(row, v, status))
		say_wrong(row, caller, owner,
		          print("answered %d, the row says %s: %.*s", status, wanted == DONE ? "he may" : number(wanted),
		                TEXT_ARG(text_head(v->answer.body, 200))));
}

static void check_own(const struct row *row, struct caller *caller, struct caller *owner)
{
	struct text body = caller->visitor.answer.body;

	if (caller->visitor.answer.status != 200)
		return;
	if (caller != owner && names_his(body, owner))
		say_wrong(row, caller, owner, print("names what is the other's: %.*s", TEXT_ARG(text_head(body, 200))));
	if (caller == owner && !names_his(body, owner))
		say_wrong(row, caller, owner, print("names nothing of his: %.*s", TEXT_ARG(text_head(body, 200))));
}

static void check_call(const struct row *row, struct caller *caller, struct caller *owner)
{
	if (is_own(row)) {
		want(owner);
		owner->device = new_session(owner).session;
		owner->asset = new_asset(owner, "a.mp4", "ready");
	}
	check_status(row, caller, owner, expected(row, caller, owner));
	if (is_own(row))
		check_own(row, caller, owner);
	if (row->twist == PLAIN)
		return;
	town.twist = row->twist;
	check_status(row, caller, owner, row->twist_status);
	town.twist = PLAIN;
}

static void test_every_row_holds(void **state)
{
	(void)state;
	read_rows();
	for (size_t i = 0; i < row_count; i++) {
		check_call(&rows[i], &town.nobody, &town.people[0][0]);
		for (size_t k = 0; k < ROLES; k++) {
			check_call(&rows[i], &town.people[k][0], &town.people[k][0]);
			check_call(&rows[i], &town.people[k][1], &town.people[k][0]);
		}
	}
	assert_int_equal(wrong_so_far, 0);
}

static int see_attempt(struct caller *caller, int64_t order, int64_t payment)
{
	return visit(&caller->visitor, GET, print("/api/orders/%lld/payments/%lld/qr.svg", (long long)order, (long long)payment), NULL);
}

/* Both parts of the address are somebody's: the order may be his own and the attempt not. */
static void test_an_attempt_stands_under_its_own_order_alone(void **state)
{
	struct caller *one = &town.people[0][0], *other = &town.people[0][1];

	(void)state;
	want(one);
	want(other);
	assert_int_equal(see_attempt(one, one->order, one->payment), 200);
	assert_int_equal(see_attempt(other, other->order, one->payment), 404);
	assert_int_equal(see_attempt(other, one->order, other->payment), 404);
}

/* ---- what a caller must not set ---- */

static const char *const not_his[] = {
	"id", "user", "buyer", "creator", "author", "role", "roles", "state", "total", "amount", "paid_ms", "commission", "commission_permille",
	"entitled", "score", "session", "admin",
};

static void refuse_field(const struct call *call, const char *field)
{
	struct caller *admin = &town.people[ROLES - 1][0];
	struct text row = text_of(call->row), method = text_cut(&row, ' ');
	struct visitor *v = &admin->visitor;
	const char *path = fill(admin, admin, call->path ? text_of(call->path) : row);
	const char *body = print("{\"%s\":1,%s", field, fill(admin, admin, text_of(call->body)) + 1);

	v->key = print("key-%d", town.made++);
	if (visit(v, method_of(method), path, body) != 422 || !text_is(json_text(answer_at(v, "errors.0.path")), field) ||
	    !text_is(json_text(answer_at(v, "errors.0.why")), "unknown")) {
		print_error("%s takes \"%s\": %d %.*s\n", call->row, field, v->answer.status, TEXT_ARG(v->answer.body));
		wrong_so_far++;
	}
}

static void test_no_body_sets_what_is_not_the_callers(void **state)
{
	(void)state;
	wrong_so_far = 0;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		for (size_t k = 0; calls[i].body && calls[i].body[1] == '"' && k < sizeof not_his / sizeof *not_his; k++) {
			/* how much of his order goes back is the seller's to say */
			if (!strstr(calls[i].body, print("\"%s\":", not_his[k])))
				refuse_field(&calls[i], not_his[k]);
		}
	}
	assert_int_equal(wrong_so_far, 0);
}

/* The one price in a body is what the buyer saw, not what he pays. */
static void test_no_buyer_sets_the_price(void **state)
{
	struct caller *buyer = &town.people[0][1];

	(void)state;
	for (int fen = 0; fen < 2; fen++) {
		buyer->visitor.key = print("key-%d", town.made++);
		assert_int_equal(visit(&buyer->visitor, POST, "/api/orders", print("{\"work\":%lld,\"price\":%d}", (long long)town.wanted, fen)), 409);
		assert_true(answer_is_problem(&buyer->visitor, "price-changed"));
	}
	place(buyer, town.wanted);
	assert_int_equal(json_integer_value(answer_at(&buyer->visitor, "total")), PRICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_holds),
		cmocka_unit_test(test_an_attempt_stands_under_its_own_order_alone),
		cmocka_unit_test(test_no_body_sets_what_is_not_the_callers),
		cmocka_unit_test(test_no_buyer_sets_the_price),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
