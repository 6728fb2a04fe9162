/* privacy_store.c - what the catalogue keeps about a person: whoever teaches, his page and his works. Works that were sold stay for
 * their buyers; his name goes from them. */
#include "catalog/catalog_room.h"

#include "account/privacy.h"

static const struct shape own_page_shape = SHAPE_AS("export_creator", creator,
	FIELD(creator, id,         SHAPE_ID),
	FIELD(creator, name,       SHAPE_TEXT),
	FIELD(creator, slug,       SHAPE_TEXT),
	FIELD(creator, about,      SHAPE_TEXT),
	FIELD(creator, created_ms, SHAPE_TIME));

struct written {
	struct work_id id;
	struct text slug, title, state;
	struct money price;
	int64_t created_ms;
};
static const struct shape written_shape = SHAPE_AS("export_work", written,
	FIELD(written, id,         SHAPE_ID),
	FIELD(written, slug,       SHAPE_TEXT),
	FIELD(written, title,      SHAPE_TEXT),
	FIELD(written, state,      SHAPE_TEXT),
	FIELD(written, price,      SHAPE_MONEY),
	FIELD(written, created_ms, SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	problem why;

	privacy_table(w, "creator", &own_page_shape);
	why = read_each(tx, &own_page_shape, privacy_row, w, "select id, name, slug, about, created_ms from creator where user_id = $1", V(user.v));
	privacy_table(w, "works", &written_shape);
	if (!why)
		why = read_each(tx, &written_shape, privacy_row, w,
		                "select w.id, w.slug, w.title, w.state, w.price, w.created_ms from work w join creator c on c.id = w.creator_id"
		                " where c.user_id = $1 order by w.id",
		                V(user.v));
	return why;
}

static const struct problem works_on_sale = { 409, "works-on-sale", "Works of yours can still be bought. Archive them first." };

static problem refuses(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0,
	                "select 1 from work w join creator c on c.id = w.creator_id where c.user_id = $1"
	                " and w.state in ('in-review', 'published', 'unlisted', 'suspended') limit 1",
	                V(user.v)) == 1 ? &works_on_sale : NULL;
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	struct creator creator;
	problem why = creator_by_user(tx, user, &creator);
	struct text number;

	*ret_kept = false;
	if (why)
		return why == &creator_missing ? tx_problem(tx) : why;
	number = arena_format(tx_arena(tx), "%lld", (long long)creator.id.v);
	*ret_kept = read_int(tx, 0, "select 1 from work where creator_id = $1 limit 1", V(creator.id.v)) == 1;
	run(tx, "update creator set user_id = null, about = '', name = $1, slug = $2 where id = $3",
	    V(arena_format(tx_arena(tx), "已注销作者 %.*s", TEXT_ARG(number)), arena_format(tx_arena(tx), "gone-%.*s", TEXT_ARG(number)), creator.id.v));
	return tx_problem(tx);
}

const struct privacy_part catalog_privacy = { "catalog", gather, refuses, erase };
