/* catalog_test.c - storing a work again: the same, revised, a new edition; addresses that stay apart; lists page by page while
 * works come and go; the life cycle's arrows; and documents, of which only what is known comes out. */
#include "catalog/catalog_room.h"
#include "catalog/doc.h"

#include "base/testing.h"
#include "media/media.h"
#include "serve/testing.h"

enum { AUTHOR = 43, STRANGER = 44 };

static struct house house;
static struct db *db;
static struct arena *arena;
static struct creator_id creator;

static problem add_creator(struct tx *tx, void *arg)
{
	struct creator made;
	problem why = creator_add(tx, TEXT("Author"), TEXT(""), (struct user_id){ AUTHOR }, &made);

	(void)arg;
	creator = made.id;
	return why;
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	house_open(&house, NULL, 0);
	db = house.db;
	assert_done(db_write(db, add_creator, NULL));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	house_close(&house);
	arena_free(arena);
	return 0;
}

/* ---- steps ---- */

struct storing {
	struct work_draft draft;
	enum work_change change;
	struct work_id id;
};

static problem store_it(struct tx *tx, void *arg)
{
	struct storing *s = arg;

	return work_store(tx, &s->draft, (struct user_id){ AUTHOR }, &s->change, &s->id);
}

static enum work_change store(const struct work_draft *draft, struct work_id *ret)
{
	struct storing s = { .draft = *draft };

	assert_done(db_write(db, store_it, &s));
	if (ret)
		*ret = s.id;
	return s.change;
}

static int64_t count(const char *sql) { return db_testing_int(db, sql); }

struct looking {
	struct work_id id;
	struct work work;
	struct text key;
	struct lesson lesson;
	problem lesson_why;
	struct edition_id edition; /* 0: the current one */
};

static problem look(struct tx *tx, void *arg)
{
	struct looking *l = arg;
	struct work_card card;
	problem why;

	tx_use_arena(tx, arena);
	why = work_by_id(tx, l->id, &card);
	if (!why)
		why = work_load(tx, &card, &l->work);
	if (!why && l->key.at)
		l->lesson_why = lesson_load(tx, l->edition.v ? l->edition : card.edition, l->key, &l->lesson);
	return why;
}

static struct looking look_at(struct work_id id, const char *key)
{
	struct looking l = { .id = id, .key = text_of(key) };

	assert_done(db_read(db, look, &l));
	return l;
}

/* ---- a work of two sections ---- */

#define DOC(words) "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"" words "\"}]}]}"

struct sample {
	struct lesson_draft lessons[3];
	struct section_draft sections[2];
	struct quiz_draft quiz;
	struct work_draft draft;
};

static struct sample *sample(const char *source)
{
	struct sample *s = ARENA_NEW(arena, struct sample);

	s->lessons[0] = (struct lesson_draft){ .key = TEXT("a"), .title = TEXT("A"), .doc = TEXT(DOC("one")), .plain = TEXT("one"), .free = true };
	s->lessons[1] = (struct lesson_draft){ .key = TEXT("b/c"), .title = TEXT("B"), .doc = TEXT(DOC("two")), .plain = TEXT("two") };
	s->lessons[2] = (struct lesson_draft){ .key = TEXT("d"), .title = TEXT("D"), .doc = TEXT(DOC("three")), .plain = TEXT("three") };
	s->sections[0] = (struct section_draft){ TEXT("First"), s->lessons, 2 };
	s->sections[1] = (struct section_draft){ TEXT("Second"), s->lessons + 2, 1 };
	s->quiz = (struct quiz_draft){ TEXT("q"), TEXT("a"), TEXT("Quiz"), TEXT("{\"items\":[]}") };
	s->draft = (struct work_draft){
		.source = text_of(source), .creator = creator, .kind = WORK_COURSE, .language = TEXT("zh-CN"), .title = TEXT("Algebra"),
		.summary = TEXT("About"), .category = TEXT("Maths"), .price = MONEY(100), .price_given = true, .sections = s->sections,
		.section_count = 2, .quizzes = &s->quiz, .quiz_count = 1,
	};
	return s;
}

static void test_a_work_is_stored_as_it_was_drafted(void **state)
{
	struct sample *s = sample("x");
	struct work_id id;
	struct looking l;

	(void)state;
	assert_int_equal(store(&s->draft, &id), WORK_ADDED);
	l = look_at(id, "b/c");
	assert_text(l.work.card.slug, "algebra");
	assert_text(l.work.card.url, "/course/algebra");
	assert_text(l.work.card.category.slug, "maths");
	assert_int_equal(l.work.card.lesson_count, 3);
	assert_int_equal(l.work.card.state, WORK_PUBLISHED);
	assert_int_equal(l.work.section_count, 2);
	assert_int_equal(l.work.sections[0].lesson_count, 2);
	assert_int_equal(l.work.sections[0].lessons[0].quiz_count, 1);
	assert_int_equal(l.work.preview_count, 1);
	assert_int_equal(l.work.edition_number, 1);
	assert_int_equal(l.work.refund_days, 7);
	assert_done(l.lesson_why);
	assert_text(l.lesson.doc, DOC("two"));
	assert_text(l.lesson.section, "First");
	assert_text(l.lesson.previous_key, "a");
	assert_text(l.lesson.next_key, "d");
	assert_problem(look_at(id, "b").lesson_why, lesson_missing);
	assert_null(look_at(id, "a").lesson.previous_key.at);
	assert_null(look_at(id, "d").lesson.next_key.at);
}

static void test_the_same_again_writes_nothing(void **state)
{
	struct sample *s = sample("x");
	struct work_id id, again;
	int64_t news, audits;

	(void)state;
	store(&s->draft, &id);
	news = count("select count(*) from news");
	audits = count("select count(*) from audit_entry");
	world_move(house.world, 1000);
	assert_int_equal(store(&s->draft, &again), WORK_SAME);
	assert_int_equal(again.v, id.v);
	s->draft.new_edition = true;
	s->draft.price_given = false;
	s->draft.price = MONEY(5);
	assert_int_equal(store(&s->draft, &again), WORK_SAME);
	assert_int_equal(count("select count(*) from news"), news);
	assert_int_equal(count("select count(*) from audit_entry"), audits);
	assert_int_equal(look_at(id, NULL).work.card.price.fen, 100);
	assert_int_equal(count("select count(*) from edition"), 1);
}

/* Each single change must be seen, whatever field it is in. */
static void test_every_change_is_a_revision(void **state)
{
	struct sample *s = sample("x");
	struct text words[2] = { TEXT("one"), TEXT("two") };
	struct work_id id;

	(void)state;
	store(&s->draft, &id);
#define CHANGED(change) change, assert_int_equal(store(&s->draft, NULL), WORK_REVISED), assert_int_equal(store(&s->draft, NULL), WORK_SAME)
	CHANGED(s->draft.title = TEXT("Algebra II"));
	CHANGED(s->draft.subtitle = TEXT(""));
	CHANGED(s->draft.summary = TEXT("More"));
	CHANGED(s->draft.category = TEXT("Numbers"));
	CHANGED(s->draft.price = MONEY(200));
	CHANGED(s->draft.language = TEXT("en"));
	CHANGED(s->draft.kind = WORK_EBOOK);
	CHANGED((s->draft.for_whom = words, s->draft.for_whom_count = 2));
	CHANGED((s->draft.for_whom_count = 1, s->draft.tags = words + 1, s->draft.tag_count = 1));
	CHANGED(s->sections[0].title = TEXT("Begin"));
	CHANGED(s->lessons[0].title = TEXT("AA"));
	CHANGED(s->lessons[1].doc = TEXT(DOC("2")));
	CHANGED(s->lessons[1].free = true);
	CHANGED(s->lessons[1].minutes = 7);
	CHANGED((s->sections[0].lesson_count = 1, s->sections[1].lessons = s->lessons + 1, s->sections[1].lesson_count = 2));
	CHANGED(s->quiz.items = TEXT("{\"items\":[1]}"));
	CHANGED(s->quiz.lesson_key = TEXT("d"));
	CHANGED(s->draft.quiz_count = 0);
#undef CHANGED
	assert_int_equal(count("select count(*) from edition"), 1);
	assert_text(look_at(id, NULL).work.card.slug, "algebra"); /* addresses do not change */
}

static void test_a_new_edition_keeps_keys_and_the_old_one(void **state)
{
	struct sample *s = sample("x");
	struct looking before, after, old;
	struct work_id id;

	(void)state;
	store(&s->draft, &id);
	before = look_at(id, "a");
	s->lessons[0].doc = TEXT(DOC("new"));
	s->sections[1].lesson_count = 0;
	s->draft.new_edition = true;
	assert_int_equal(store(&s->draft, NULL), WORK_NEW_EDITION);
	after = look_at(id, "a");
	assert_int_equal(after.work.edition_number, 2);
	assert_int_equal(after.work.card.lesson_count, 2);
	assert_text(after.lesson.doc, DOC("new"));
	assert_problem(look_at(id, "d").lesson_why, lesson_missing);
	old = (struct looking){ .id = id, .key = TEXT("d"), .edition = before.work.card.edition };
	assert_done(db_read(db, look, &old));
	assert_done(old.lesson_why);
	old.key = TEXT("a");
	assert_done(db_read(db, look, &old));
	assert_text(old.lesson.doc, DOC("one"));
	assert_int_equal(store(&s->draft, NULL), WORK_SAME);
	assert_int_equal(count("select count(*) from edition"), 2);
}

static void test_a_revision_replaces_the_tree(void **state)
{
	struct sample *s = sample("x");
	struct work_id id;
	struct looking l;

	(void)state;
	store(&s->draft, &id);
	s->sections[1].lesson_count = 0;
	s->draft.section_count = 1;
	assert_int_equal(store(&s->draft, NULL), WORK_REVISED);
	l = look_at(id, "b/c");
	assert_int_equal(l.work.edition_number, 1);
	assert_int_equal(l.work.revision, 1);
	assert_int_equal(l.work.section_count, 1);
	assert_null(l.lesson.next_key.at);
	assert_int_equal(count("select count(*) from lesson"), 2);
}

/* ---- addresses ---- */

static void test_addresses_stay_apart(void **state)
{
	static const char *const slugs[] = { "algebra", "algebra-2", "algebra-3" };
	struct work_id id;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct sample *s = sample(slugs[i]);

		store(&s->draft, &id);
		assert_text(look_at(id, NULL).work.card.slug, slugs[i]);
	}
	assert_text(slug_make(arena, TEXT("  C++ & Rust: 2nd "), "course"), "c-rust-2nd");
	assert_text(slug_make(arena, TEXT("Linear Algebra"), "course"), "linear-algebra");
	assert_true(text_starts(slug_make(arena, TEXT("线性代数"), "course"), TEXT("course-")));
	assert_int_equal(slug_make(arena, TEXT("线性代数"), "course").length, strlen("course-") + 8);
	assert_true(slug_make(arena, TEXT("a very long title that goes on and on and on and never comes to an end, it seems"), "x").length <= 60);
}

static problem add_same_name(struct tx *tx, void *arg)
{
	struct creator other;

	return creator_add(tx, text_of(arg), TEXT(""), (struct user_id){ 0 }, &other);
}

static void test_creators_names_and_addresses_stay_apart(void **state)
{
	(void)state;
	assert_problem(db_write(db, add_same_name, (void *)"Author"), creator_name_taken);
	assert_done(db_write(db, add_same_name, (void *)"AUTHOR!"));
	assert_int_equal(count("select count(distinct slug) from creator"), 2);
}

/* ---- lists ---- */

struct listing {
	struct work_query query;
	struct work_list list;
};

static problem list_it(struct tx *tx, void *arg)
{
	struct listing *l = arg;

	tx_use_arena(tx, arena);
	l->list = (struct work_list){ 0 };
	return catalog__list(tx, &l->query, &l->list);
}

enum { MANY = 23 };

static void store_number(int i, struct work_id *ret)
{
	struct sample *s = sample(arena_cstr(arena, arena_format(arena, "n%d", i)));

	/* many equal prices, times and popularities, so that the id has to decide */
	s->draft.price = MONEY(i % 3 * 100);
	s->draft.published_ms = 1780000000000 + i % 4 * 1000;
	s->draft.popularity = i % 5;
	s->draft.category = i % 2 ? TEXT("Odd") : TEXT("Even");
	s->draft.kind = i % 2 ? WORK_COURSE : WORK_EBOOK;
	store(&s->draft, ret);
}

static int64_t value_by(const struct work_card *card, int sort)
{
	return sort == SORT_POPULAR ? -card->popularity : sort == SORT_PRICE ? card->price.fen : sort == SORT_PRICE_DESC ? -card->price.fen : -card->published_ms;
}

/* Walks all pages; a work is added on the way, which must not disturb those that were there. */
static void walk(int sort, struct text category, int64_t limit, size_t wanted)
{
	struct listing l = { .query = { .sort = sort, .limit = limit, .category = category } };
	int64_t seen[MANY + 10], last = INT64_MIN;
	size_t n = 0;

	do {
		assert_done(db_read(db, list_it, &l));
		assert_true(l.list.item_count <= (size_t)limit);
		for (size_t i = 0; i < l.list.item_count; i++) {
			assert_true(value_by(&l.list.items[i], sort) >= last);
			last = value_by(&l.list.items[i], sort);
			for (size_t k = 0; k < n; k++)
				assert_int_not_equal(seen[k], l.list.items[i].id.v);
			assert_true(n < MANY + 10);
			seen[n++] = l.list.items[i].id.v;
		}
		l.query.after = l.list.next;
	} while (l.list.next.at);
	assert_int_equal(n, wanted);
}

static void test_pages_of_each_sort_hold_each_work_once(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		store_number(i, NULL);
	for (int sort = SORT_NONE; sort <= SORT_PRICE_DESC; sort++) {
		walk(sort, (struct text){ 0 }, 1, MANY);
		walk(sort, (struct text){ 0 }, 7, MANY);
		walk(sort, (struct text){ 0 }, 50, MANY);
		walk(sort, TEXT("odd"), 3, MANY / 2);
		walk(sort, TEXT("nothing"), 3, 0);
	}
}

static void test_a_page_goes_on_where_the_last_one_ended(void **state)
{
	struct listing l = { .query = { .sort = SORT_NEW, .limit = 5 } };
	struct work_id newer;
	struct text next;
	int64_t first;

	(void)state;
	for (int i = 0; i < 12; i++)
		store_number(i, NULL);
	assert_done(db_read(db, list_it, &l));
	next = l.list.next;
	l.query.after = next;
	assert_done(db_read(db, list_it, &l));
	first = l.list.items[0].id.v;
	store_number(3, &newer); /* is there already */
	store_number(15, &newer);
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.items[0].id.v, first);
	l.query.after = (struct text){ 0 };
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.items[0].id.v, newer.v);
}

static void test_a_cursor_that_is_none(void **state)
{
	static const char *const wrong[] = { "x", "1", ".", "1.", ".1", "1.2.3", "1.x", "99999999999999999999.1", "1 .2" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct listing l = { .query = { .limit = 5, .after = text_of(wrong[i]) } };

		assert_problem(db_read(db, list_it, &l), problem_malformed);
	}
}

static void test_filters(void **state)
{
	struct listing l = { .query = { .limit = 50, .kind = WORK_EBOOK } };

	(void)state;
	for (int i = 0; i < MANY; i++)
		store_number(i, NULL);
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.item_count, 12);
	l.query = (struct work_query){ .limit = 50, .free = true };
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.item_count, 8);
	l.query = (struct work_query){ .limit = 50, .author = TEXT("author"), .language = TEXT("zh-CN") };
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.item_count, MANY);
	l.query.language = TEXT("en");
	assert_done(db_read(db, list_it, &l));
	assert_int_equal(l.list.item_count, 0);
}

/* ---- life cycle ---- */

struct moving {
	struct work_id id;
	enum work_state from, to;
	struct person by;
};

static problem move_it(struct tx *tx, void *arg)
{
	struct moving *m = arg;

	run(tx, "update work set state = $1 where id = $2", V(work_state_names[m->from], m->id.v));
	return work_move(tx, m->id, m->to, &m->by);
}

/* from, to -> which of author, moderator, admin may; all others never */
static const struct {
	enum work_state from, to;
	unsigned who;
} arrows[] = {
	{ WORK_DRAFT, WORK_IN_REVIEW, CREATOR }, { WORK_DRAFT, WORK_PUBLISHED, MODERATOR | ADMIN },
	{ WORK_IN_REVIEW, WORK_PUBLISHED, MODERATOR | ADMIN }, { WORK_IN_REVIEW, WORK_DRAFT, CREATOR | MODERATOR | ADMIN },
	{ WORK_PUBLISHED, WORK_UNLISTED, CREATOR | ADMIN }, { WORK_PUBLISHED, WORK_ARCHIVED, CREATOR | ADMIN },
	{ WORK_PUBLISHED, WORK_SUSPENDED, MODERATOR | ADMIN }, { WORK_UNLISTED, WORK_PUBLISHED, CREATOR | ADMIN },
	{ WORK_UNLISTED, WORK_ARCHIVED, CREATOR | ADMIN }, { WORK_UNLISTED, WORK_SUSPENDED, MODERATOR | ADMIN },
	{ WORK_SUSPENDED, WORK_PUBLISHED, MODERATOR | ADMIN }, { WORK_SUSPENDED, WORK_WITHDRAWN, MODERATOR | ADMIN },
};

static unsigned who_may(enum work_state from, enum work_state to)
{
	for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
		if (arrows[i].from == from && arrows[i].to == to)
			return arrows[i].who;
	}
	return 0;
}

static void try_move(struct work_id id, enum work_state from, enum work_state to)
{
	static const struct {
		int64_t id;
		unsigned roles, counts_as;
		problem refused;
	} people[] = {
		{ AUTHOR, ANYBODY | LEARNER | CREATOR, CREATOR, &work_moved_on }, { STRANGER, ANYBODY | LEARNER | MODERATOR, MODERATOR, &work_moved_on },
		{ STRANGER, ANYBODY | LEARNER | ADMIN, ADMIN, &work_moved_on },   { STRANGER, ANYBODY | LEARNER | CREATOR, 0, &work_missing },
		{ STRANGER, ANYBODY | LEARNER, 0, &work_missing },                { 0, ANYBODY | CREATOR, 0, &work_missing },
		{ AUTHOR, ANYBODY | LEARNER, 0, &work_moved_on },
	};

	for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
		struct moving m = { id, from, to, { .id = { people[i].id }, .roles = people[i].roles } };
		problem why = db_write(db, move_it, &m), wanted = who_may(from, to) & people[i].counts_as ? NULL : people[i].refused;

		if (why != wanted)
			print_error("%s -> %s, person %zu\n", work_state_names[from], work_state_names[to], i);
		assert_ptr_equal(why, wanted);
	}
}

static void test_the_life_cycle_has_these_arrows_alone(void **state)
{
	struct sample *s = sample("x");
	struct work_id id;

	(void)state;
	store(&s->draft, &id);
	for (int from = WORK_DRAFT; from < WORK_STATE_COUNT; from++) {
		for (int to = WORK_DRAFT; to < WORK_STATE_COUNT; to++)
			try_move(id, (enum work_state)from, (enum work_state)to);
	}
}

static void test_what_a_state_shows(void **state)
{
	struct work_card card = { .state = WORK_PUBLISHED };

	(void)state;
	assert_done(work_visible(&card));
	card.state = WORK_UNLISTED;
	assert_done(work_visible(&card));
	for (int gone = WORK_ARCHIVED; gone <= WORK_WITHDRAWN; gone++) {
		card.state = gone;
		assert_problem(work_visible(&card), work_gone);
	}
	card.state = WORK_DRAFT;
	assert_problem(work_visible(&card), work_missing);
	card.state = WORK_IN_REVIEW;
	assert_problem(work_visible(&card), work_missing);
}

/* ---- documents ---- */

static problem serve_doc(struct request *rq)
{
	struct doc_view view = { .rq = rq, .work_url = TEXT("/course/x") };
	struct text html;
	problem why = doc_to_html(&view, rq->http->body, &html);

	return why ? why : reply_bytes(rq, 200, TEXT("text/plain"), html);
}

static const struct route doc_routes[] = { { POST, "/api/doc", serve_doc, KNOWS, .who = ANYBODY, .raw = true, .body_max = 1 << 20 }, { 0 } };
static const struct module doc_module = { .name = "doc", .routes = doc_routes };
static const struct module *const doc_modules[] = { &doc_module, NULL };
static struct visitor reader;

static int setup_doc(void **state)
{
	setup(state);
	house_start(&house, doc_modules, NULL);
	visitor_open(&reader, &house);
	return 0;
}

static int teardown_doc(void **state)
{
	visitor_close(&reader);
	return teardown(state);
}

static struct text html_of(const char *nodes)
{
	assert_int_equal(visit(&reader, POST, "/api/doc", arena_cstr(arena, arena_format(arena, "{\"type\":\"doc\",\"content\":[%s]}", nodes))), 200);
	return reader.answer.body;
}

static struct text link_of(const char *attrs)
{
	return html_of(arena_cstr(arena, arena_format(arena, "{\"type\":\"text\",\"text\":\"t\",\"marks\":[{\"type\":\"link\",\"attrs\":{%s}}]}", attrs)));
}

static void test_links_lead_to_known_kinds_of_places(void **state)
{
	static const char *const refused[] = {
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\\u0001javascript:alert(1)", "java\\nscript:alert(1)",
		"data:text/html,<script>", "vbscript:x", "//evil.example", "/\\\\evil.example", "\\\\\\\\evil.example", "file:///etc/passwd", "evil.example", "",
		"ftp://x", "blob:x", "/\\t/evil.example", "/\\n/evil.example", "HTTP:/x", "https:evil.example",
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_text(link_of(arena_cstr(arena, arena_format(arena, "\"href\":\"%s\"", refused[i]))), "t");
	assert_text(link_of("\"href\":7"), "t");
	assert_text(link_of(""), "t");
	assert_text(link_of("\"href\":\"https://a.example/?a=1&b=\\\"x\\\"\""),
	            "<a href=\"https://a.example/?a=1&amp;b=&quot;x&quot;\" rel=\"noopener nofollow\">t</a>");
	assert_text(link_of("\"href\":\"/help\""), "<a href=\"/help\">t</a>");
	assert_text(link_of("\"href\":\"#part\""), "<a href=\"#part\">t</a>");
	assert_text(link_of("\"href\":\"mailto:a@b.cn\""), "<a href=\"mailto:a@b.cn\">t</a>");
	assert_text(link_of("\"lesson\":\"b/c\",\"anchor\":\"p\""), "<a href=\"/course/x/b/c#p\">t</a>");
	assert_text(link_of("\"lesson\":\"\\\"><script>\""), "<a href=\"/course/x/&quot;&gt;&lt;script&gt;\">t</a>");
}

static void test_tags_are_text(void **state)
{
	(void)state;
	assert_text(html_of("{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"<script>alert('1')</script> & <b>\"}]}"),
	            "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &lt;b&gt;</p>");
	assert_text(html_of("{\"type\":\"codeBlock\",\"attrs\":{\"language\":\"<x>\"},\"content\":[{\"type\":\"text\",\"text\":\"</code>\"}]}"),
	            "<div class=\"code\"><span class=\"code__language\">&lt;x&gt;</span><pre tabindex=\"0\"><code>&lt;/code&gt;</code></pre></div>");
	assert_text(html_of("{\"type\":\"mathInline\",\"attrs\":{\"tex\":\"a<b\"}}"), "<span class=\"math\">a&lt;b</span>");
	assert_text(html_of("{\"type\":\"image\",\"attrs\":{\"blob\":\"a.png\\\" onerror=\\\"x\",\"alt\":\"\\\"><script>\"}}"),
	            "<img loading=\"lazy\" src=\"/media/a.png&quot; onerror=&quot;x\" alt=\"&quot;&gt;&lt;script&gt;\">");
	assert_text(html_of("{\"type\":\"image\",\"attrs\":{\"src\":\"https://evil.example/x.png\",\"alt\":\"A\"}}"), "<span class=\"missing\">A</span>");
	assert_text(html_of("{\"type\":\"heading\",\"attrs\":{\"level\":1,\"id\":\"x\\\" onclick=\\\"y\"}}"), "<h2 id=\"x&quot; onclick=&quot;y\"></h2>");
}

static void test_what_is_not_known_does_not_come_out(void **state)
{
	(void)state;
	assert_text(html_of("{\"type\":\"script\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}"), "");
	assert_text(html_of("{\"type\":\"html\",\"html\":\"<b>\"},{\"type\":\"iframe\"},7,null,[],\"x\",{}"), "");
	assert_text(html_of("{\"type\":\"paragraph\",\"content\":7,\"attrs\":{\"onclick\":\"x\",\"style\":\"y\"}}"), "<p></p>");
	assert_text(html_of("{\"type\":\"text\",\"text\":\"t\",\"marks\":[{\"type\":\"style\"},{\"type\":\"bold\"},9]}"), "<strong>t</strong>");
	assert_text(html_of("{\"type\":\"orderedList\",\"attrs\":{\"start\":\"\\\"x\"}}"), "<ol start=\"1\"></ol>");
	assert_int_equal(visit(&reader, POST, "/api/doc", "{\"type\":\"paragraph\"}"), 400);
	assert_int_equal(visit(&reader, POST, "/api/doc", "[]"), 400);
	assert_int_equal(visit(&reader, POST, "/api/doc", "x"), 400);
}

static int status_of_depth(int depth)
{
	CLEANUP(buffer_free) struct buffer doc = BUFFER(1 << 20);

	buffer_add(&doc, TEXT("{\"type\":\"doc\",\"content\":["));
	for (int i = 0; i < depth; i++)
		buffer_add(&doc, TEXT("{\"type\":\"blockquote\",\"content\":["));
	buffer_add(&doc, TEXT("{\"type\":\"text\",\"text\":\"x\"}"));
	for (int i = 0; i <= depth; i++)
		buffer_add(&doc, TEXT("]}"));
	return visit(&reader, POST, "/api/doc", arena_cstr(arena, buffer_text(&doc)));
}

static void test_depth_is_limited(void **state)
{
	(void)state;
	assert_int_equal(status_of_depth(30), 200);
	assert_true(text_find(reader.answer.body, TEXT("<blockquote>x</blockquote>")) != SIZE_MAX);
	assert_int_equal(status_of_depth(40), 400);
	assert_int_equal(status_of_depth(5000), 400);
}

/* ---- parts of a work's page ---- */

static problem show_likes(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	*ret = (struct work_part_view){ arena_format(rq->arena, "<h2>Like %.*s</h2>", TEXT_ARG(card->title)), TEXT("\"likes\":{\"@type\":\"Thing\"}") };
	return NULL;
}

static problem show_nothing(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	(void)rq, (void)card, (void)ret;
	return NULL;
}

static problem show_more(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	(void)rq, (void)card;
	ret->html = TEXT("<h2>More</h2>");
	return NULL;
}

static void test_rooms_above_add_parts_to_a_page(void **state)
{
	static const struct module *const modules[] = { &media_module, &catalog_module, NULL };
	static const struct work_part likes = { "likes", show_likes }, nothing = { "nothing", show_nothing }, more = { "more", show_more };

	(void)state;
	house_start(&house, modules, NULL);
	catalog_know_part(house.serve, &likes);
	catalog_know_part(house.serve, &nothing);
	catalog_know_part(house.serve, &more);
	store(&sample("x")->draft, NULL);
	visitor_open(&reader, &house);
	assert_int_equal(visit(&reader, GET, "/course/algebra", NULL), 200);
	assert_true(text_find(reader.answer.body,
	                      TEXT("<section id=\"likes\"><h2>Like Algebra</h2></section>\n<section id=\"more\"><h2>More</h2></section>")) != SIZE_MAX);
	assert_true(text_find(reader.answer.body, TEXT("id=\"nothing\"")) == SIZE_MAX);
	assert_true(text_find(reader.answer.body, TEXT("\"price\":\"1.00\"},\"likes\":{\"@type\":\"Thing\"}}")) != SIZE_MAX);
	visitor_close(&reader);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, setup, teardown)
#define DOC_TEST(name) cmocka_unit_test_setup_teardown(name, setup_doc, teardown_doc)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_work_is_stored_as_it_was_drafted),
		TEST(test_the_same_again_writes_nothing),
		TEST(test_every_change_is_a_revision),
		TEST(test_a_new_edition_keeps_keys_and_the_old_one),
		TEST(test_a_revision_replaces_the_tree),
		TEST(test_addresses_stay_apart),
		TEST(test_creators_names_and_addresses_stay_apart),
		TEST(test_pages_of_each_sort_hold_each_work_once),
		TEST(test_a_page_goes_on_where_the_last_one_ended),
		TEST(test_a_cursor_that_is_none),
		TEST(test_filters),
		TEST(test_the_life_cycle_has_these_arrows_alone),
		TEST(test_what_a_state_shows),
		TEST(test_rooms_above_add_parts_to_a_page),
		DOC_TEST(test_links_lead_to_known_kinds_of_places),
		DOC_TEST(test_tags_are_text),
		DOC_TEST(test_what_is_not_known_does_not_come_out),
		DOC_TEST(test_depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
