/* category_store.c - SQL of the categories: their tree, their order, the slugs that lead to them. */
#include "catalog/shelf.h"

static const struct shape category_row = SHAPE_AS("category_row", category,
	FIELD(category, id,      SHAPE_ID),
	FIELD(category, parent,  SHAPE_ID, .nullable = true),
	FIELD(category, slug,    SHAPE_TEXT),
	FIELD(category, name,    SHAPE_TEXT),
	FIELD(category, name_en, SHAPE_TEXT, .nullable = true),
	FIELD(category, hidden,  SHAPE_BOOL),
	FIELD(category, works,   SHAPE_INT),
	FIELD(category, count,   SHAPE_INT));
#define CATEGORY_SELECT                                                                                                  \
	"select k.id, k.parent_id, k.slug, k.name, k.name_en, k.hidden, (select count(*) from work w where w.category_id = k.id)," \
	" (select count(*) from work w where w.category_id = k.id and w.state = 'published') from category k"

problem category__all(struct tx *tx, struct category **ret, size_t *ret_count)
{
	return read_all(tx, &category_row, CATEGORIES_MAX, (void **)ret, ret_count,
	                CATEGORY_SELECT " left join category p on p.id = k.parent_id order by coalesce(p.position, k.position), coalesce(p.id, k.id),"
	                                " case when p.id is null then 0 else 1 end, k.position, k.id limit 500",
	                V0);
}

problem category__load(struct tx *tx, struct category_id id, struct category *ret)
{
	*ret = (struct category){ 0 };
	return read_one(tx, &category_missing, &category_row, ret, CATEGORY_SELECT " where k.id = $1", V(id.v));
}

struct category_only {
	struct category_id id;
};
static const struct shape id_row = SHAPE_AS("category_id_row", category_only, FIELD(category_only, id, SHAPE_ID));

static int64_t by_slug(struct tx *tx, struct text slug)
{
	return read_int(tx, 0, "select coalesce((select id from category where slug = $1), (select category_id from category_alias where slug = $1), 0)", V(slug));
}

problem category__scope(struct tx *tx, struct text slug, struct category_id **ret, size_t *ret_count)
{
	return read_all(tx, &id_row, CATEGORIES_MAX, (void **)ret, ret_count, "select id from category where id = $1 or parent_id = $1 order by id limit 500",
	                V(by_slug(tx, slug)));
}

/* A name's address is itself, lower-cased, blanks as '-': Chinese ones stay readable. */
static struct text slug_of(struct arena *arena, struct text name)
{
	char *out = arena_alloc(arena, name.length + 1);

	for (size_t i = 0; i < name.length; i++) {
		char c = name.at[i];

		out[i] = c == ' ' || c == '/' || c == '&' || c == '?' || c == '#' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return (struct text){ out, name.length };
}

struct category_id category__find(struct tx *tx, struct text name)
{
	int64_t id = read_int(tx, 0, "select coalesce((select min(id) from category where name = $1), (select min(id) from category where name_en = $1), 0)", V(name));

	return (struct category_id){ id ? id : by_slug(tx, slug_of(tx_arena(tx), name)) };
}

static struct text free_slug(struct tx *tx, struct text name)
{
	struct text wanted = slug_of(tx_arena(tx), name), slug = wanted;

	for (int i = 2; by_slug(tx, slug); i++)
		slug = arena_format(tx_arena(tx), "%.*s-%d", TEXT_ARG(wanted), i);
	return slug;
}

static struct value parent_value(struct category_id parent) { return parent.v ? value_int(parent.v) : value_null(); }

struct category_id category__add(struct tx *tx, struct text name, struct text name_en, struct category_id parent)
{
	struct category_id id = { tx_id(tx) };

	run(tx,
	    "insert into category (id, slug, name, name_en, parent_id, position) values ($1, $2, $3, $4, $5,"
	    " (select coalesce(max(position), 0) + 1 from category))",
	    V(id.v, free_slug(tx, name), name, name_en.length ? value_text(name_en) : value_null(), parent_value(parent)));
	return id;
}

int64_t category__children(struct tx *tx, struct category_id parent, struct category_id **ret)
{
	size_t n = 0;
	problem why = read_all(tx, &id_row, CATEGORIES_MAX, (void **)ret, &n,
	                       "select id from category where coalesce(parent_id, 0) = $1 order by position, id limit 500", V(parent.v));

	return why ? 0 : (int64_t)n;
}

void category__name(struct tx *tx, struct category_id id, struct text name, struct text name_en)
{
	run(tx, "update category set name = $1, name_en = $2 where id = $3", V(name, name_en.length ? value_text(name_en) : value_null(), id.v));
}

void category__hide(struct tx *tx, struct category_id id, bool hidden) { run(tx, "update category set hidden = $1 where id = $2", V(hidden, id.v)); }

void category__put(struct tx *tx, struct category_id id, struct category_id parent, int64_t position)
{
	run(tx, "update category set parent_id = $1, position = $2 where id = $3", V(parent_value(parent), position, id.v));
}

void category__merge(struct tx *tx, const struct category *from, struct category_id into)
{
	run(tx, "update work set category_id = $1 where category_id = $2", V(into.v, from->id.v));
	run(tx, "update category set parent_id = $1 where parent_id = $2", V(into.v, from->id.v));
	run(tx, "update category_alias set category_id = $1 where category_id = $2", V(into.v, from->id.v));
	run(tx, "delete from category where id = $1", V(from->id.v));
	run(tx, "insert into category_alias (slug, category_id) values ($1, $2)", V(from->slug, into.v));
}

void category__drop(struct tx *tx, struct category_id id)
{
	run(tx, "delete from category_alias where category_id = $1", V(id.v));
	run(tx, "delete from category where id = $1", V(id.v));
}

/* ---- for search, which knows works by the slugs of the day they were read in ---- */

struct name_row {
	struct text slug, own, name, name_en, top, top_name, top_name_en;
	bool hidden;
};
static const struct shape name_row_shape = SHAPE_AS("category_name_row", name_row,
	FIELD(name_row, slug,        SHAPE_TEXT),
	FIELD(name_row, own,         SHAPE_TEXT),
	FIELD(name_row, name,        SHAPE_TEXT),
	FIELD(name_row, name_en,     SHAPE_TEXT, .nullable = true),
	FIELD(name_row, top,         SHAPE_TEXT),
	FIELD(name_row, top_name,    SHAPE_TEXT),
	FIELD(name_row, top_name_en, SHAPE_TEXT, .nullable = true),
	FIELD(name_row, hidden,      SHAPE_BOOL));

static struct text said(struct text name, struct text name_en, struct text language) { return text_is(language, "en") && name_en.length ? name_en : name; }

problem catalog_category_names(struct tx *tx, struct text language, struct category_name **ret, size_t *ret_count)
{
	struct name_row *rows;
	problem why = read_all(tx, &name_row_shape, CATEGORY_NAMES_MAX, (void **)&rows, ret_count,
	                       "select s.slug, k.slug, k.name, k.name_en, p.slug, p.name, p.name_en, case when k.hidden + p.hidden > 0 then 1 else 0 end"
	                       " from (select slug, id from category union all select slug, category_id from category_alias) s"
	                       " join category k on k.id = s.id join category p on p.id = coalesce(k.parent_id, k.id)"
	                       " order by p.position, p.id, k.position, k.id limit 1000",
	                       V0);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct category_name, *ret_count + 1);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = (struct category_name){ .slug = rows[i].slug, .own = rows[i].own, .name = said(rows[i].name, rows[i].name_en, language), .top = rows[i].top,
			                            .top_name = said(rows[i].top_name, rows[i].top_name_en, language), .hidden = rows[i].hidden };
	return NULL;
}
