/* work_store.c - SQL that writes works, editions, lessons and quizzes. */
#include "catalog/catalog_room.h"

#include "crypto/crypto.h"

static const struct shape work_row_shape = SHAPE(work_row,
	FIELD(work_row, id,        SHAPE_ID),
	FIELD(work_row, edition,   SHAPE_ID),
	FIELD(work_row, state,     SHAPE_ENUM, .names = work_state_names),
	FIELD(work_row, price,     SHAPE_INT),
	FIELD(work_row, head_hash, SHAPE_TEXT),
	FIELD(work_row, creator,   SHAPE_ID));

static const struct shape edition_row = SHAPE(edition,
	FIELD(edition, id,       SHAPE_ID),
	FIELD(edition, number,   SHAPE_INT),
	FIELD(edition, revision, SHAPE_INT),
	FIELD(edition, hash,     SHAPE_TEXT));

problem catalog__by_source(struct tx *tx, struct text source, struct work_row *ret)
{
	return read_one(tx, &work_missing, &work_row_shape, ret,
	                "select id, edition_id, state, coalesce(list_price, price), head_hash, creator_id from work where source = $1", V(source));
}

bool catalog__slug_taken(struct tx *tx, struct text slug)
{
	return read_int(tx, 0, "select 1 from work where slug = $1", V(slug)) == 1;
}

problem catalog__edition(struct tx *tx, struct edition_id id, struct edition *ret)
{
	return read_one(tx, &work_missing, &edition_row, ret, "select id, number, revision, hash from edition where id = $1", V(id.v));
}

struct text catalog__texts_json(struct arena *arena, const struct text *texts, size_t n)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(256 * 1024);

	buffer_add_char(&out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_add_char(&out, ',');
		json_write_text(&out, texts[i]);
	}
	buffer_add_char(&out, ']');
	return arena_text(arena, buffer_text(&out));
}

static struct value category_value(struct tx *tx, struct text name)
{
	int64_t id = catalog__category(tx, name);

	return id ? value_int(id) : value_null();
}

struct drawn_cover catalog__look(struct text title)
{
	enum { HUES = 11, PATTERNS = 6 };
	uint64_t look = text_hash(title);

	return (struct drawn_cover){ (int64_t)(look % HUES), (int64_t)(look / HUES % PATTERNS) };
}

void catalog__insert_work(struct tx *tx, const struct work_draft *d, struct work_id id, struct text slug, struct text head_hash)
{
	struct arena *arena = tx_arena(tx);
	struct drawn_cover look = catalog__look(d->title);
	int64_t now_ms = tx_now_ms(tx), published_ms = d->published_ms ? d->published_ms : now_ms;

	run(tx,
	    "insert into work (id, creator_id, category_id, slug, kind, state, language, title, subtitle, summary, for_whom, tags, price,"
	    " lesson_count, sales, popularity, hue, pattern, source, head_hash, created_ms, published_ms, changed_ms)"
	    " values ($1, $2, $3, $4, $5, 'published', $6, $7, $8, $9, $10, $11, $12, 0, 0, $13, $14, $15, $16, $17, $18, $19, $18)",
	    V(id.v, d->creator.v, category_value(tx, d->category), slug, work_kind_names[d->kind], d->language, d->title, d->subtitle, d->summary,
	      catalog__texts_json(arena, d->for_whom, d->for_whom_count), catalog__texts_json(arena, d->tags, d->tag_count), d->price.fen, d->popularity,
	      look.hue, look.pattern, d->source, head_hash, now_ms, published_ms));
	catalog__note_price(tx, id);
}

void catalog__update_work(struct tx *tx, const struct work_draft *d, struct work_id id, struct text head_hash)
{
	struct arena *arena = tx_arena(tx);

	run(tx,
	    "update work set creator_id = $1, category_id = $2, language = $3, title = $4, subtitle = $5, summary = $6, for_whom = $7, tags = $8,"
	    " price = case when $9 = 1 and list_price is null then $10 else price end, head_hash = $11, kind = $12, changed_ms = $13 where id = $14",
	    V(d->creator.v, category_value(tx, d->category), d->language, d->title, d->subtitle, d->summary,
	      catalog__texts_json(arena, d->for_whom, d->for_whom_count), catalog__texts_json(arena, d->tags, d->tag_count), (int)d->price_given, d->price.fen, head_hash,
	      work_kind_names[d->kind], tx_now_ms(tx), id.v));
	catalog__note_price(tx, id);
}

void catalog__set_edition(struct tx *tx, struct work_id work, struct edition_id edition, int64_t lessons)
{
	run(tx,
	    "update work set edition_id = $1, lesson_count = case when kind = 'bundle' then lesson_count else $2 end, changed_ms = $3 where id = $4",
	    V(edition.v, lessons, tx_now_ms(tx), work.v));
}

void catalog__insert_edition(struct tx *tx, struct work_id work, const struct edition *e)
{
	run(tx, "insert into edition (id, work_id, number, revision, hash, created_ms, changed_ms) values ($1, $2, $3, $4, $5, $6, $6)",
	    V(e->id.v, work.v, e->number, e->revision, e->hash, tx_now_ms(tx)));
}

void catalog__update_edition(struct tx *tx, const struct edition *e)
{
	run(tx, "update edition set revision = $1, hash = $2, changed_ms = $3 where id = $4", V(e->revision, e->hash, tx_now_ms(tx), e->id.v));
}

static void write_lesson(struct tx *tx, struct edition_id edition, const struct lesson_draft *l, int64_t position, int64_t section)
{
	struct text hash = sha256_hex(tx_arena(tx), l->doc);

	run(tx, "insert into lesson_content (hash, doc, plain) values ($1, $2, $3) on conflict (hash) do nothing", V(hash, l->doc, l->plain));
	run(tx,
	    "insert into lesson (edition_id, lesson_key, position, section, title, free, minutes, content_hash)"
	    " values ($1, $2, $3, $4, $5, $6, $7, $8)",
	    V(edition.v, l->key, position, section, l->title, l->free, l->minutes, hash));
}

void catalog__write_tree(struct tx *tx, struct edition_id edition, const struct work_draft *d)
{
	int64_t position = 0;

	run(tx, "delete from quiz where edition_id = $1", V(edition.v));
	run(tx, "delete from lesson where edition_id = $1", V(edition.v));
	run(tx, "delete from section where edition_id = $1", V(edition.v));
	for (size_t i = 0; i < d->section_count; i++) {
		run(tx, "insert into section (edition_id, position, title) values ($1, $2, $3)", V(edition.v, i, d->sections[i].title));
		for (size_t k = 0; k < d->sections[i].lesson_count; k++)
			write_lesson(tx, edition, &d->sections[i].lessons[k], position++, (int64_t)i);
	}
	for (size_t i = 0; i < d->quiz_count; i++)
		run(tx, "insert into quiz (edition_id, quiz_key, lesson_key, position, title, items) values ($1, $2, $3, $4, $5, $6)",
		    V(edition.v, d->quizzes[i].key, d->quizzes[i].lesson_key, i, d->quizzes[i].title, d->quizzes[i].items));
}

problem catalog__set_state(struct tx *tx, struct work_id id, enum work_state from, enum work_state to)
{
	return run_one(tx, &work_moved_on, "update work set state = $1, changed_ms = $2 where id = $3 and state = $4",
	               V(work_state_names[to], tx_now_ms(tx), id.v, work_state_names[from]));
}

problem catalog_count_sale(struct tx *tx, struct work_id id, int64_t by)
{
	problem why = run_one(tx, &work_missing, "update work set sales = sales + $1, popularity = popularity + $1 where id = $2", V(by, id.v));

	if (!why)
		news_add(tx, CATALOG_NEWS, id.v, TEXT("{}"));
	return why ? why : tx_problem(tx);
}

void catalog__insert_creator(struct tx *tx, const struct creator *c)
{
	run(tx, "insert into creator (id, user_id, name, slug, about, created_ms) values ($1, $2, $3, $4, $5, $6)",
	    V(c->id.v, c->user.v ? value_int(c->user.v) : value_null(), c->name, c->slug, c->about, c->created_ms));
}

problem creator_describe(struct tx *tx, struct creator_id id, struct text about, struct user_id user)
{
	return run_one(tx, &creator_missing, "update creator set about = $1, user_id = coalesce(user_id, $2) where id = $3",
	               V(about, user.v ? value_int(user.v) : value_null(), id.v));
}
