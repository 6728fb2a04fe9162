/* privacy_store.c - what somebody uploaded. What a lesson shows was sold with it, and stays; the rest goes with its files. */
#include "media/asset.h"

#include "account/privacy.h"

struct uploaded {
	struct asset_id id;
	struct text name, kind, state;
	int64_t size, created_ms;
};
static const struct shape uploaded_shape = SHAPE_AS("export_file", uploaded,
	FIELD(uploaded, id,         SHAPE_ID),
	FIELD(uploaded, name,       SHAPE_TEXT),
	FIELD(uploaded, kind,       SHAPE_TEXT),
	FIELD(uploaded, state,      SHAPE_TEXT),
	FIELD(uploaded, size,       SHAPE_INT),
	FIELD(uploaded, created_ms, SHAPE_TIME));

static problem gather(struct tx *tx, struct user_id user, struct privacy_writer *w)
{
	privacy_table(w, "files", &uploaded_shape);
	return read_each(tx, &uploaded_shape, privacy_row, w, "select id, name, kind, state, size, created_ms from asset where user_id = $1 order by id",
	                 V(user.v));
}

static problem erase(struct tx *tx, struct user_id user, bool *ret_kept)
{
	enum { AT_ONCE = 20000 };
	struct asset_list list = { .user = user, .most = AT_ONCE };
	struct asset *all;
	size_t n;
	problem why = asset__list(tx, &list, &all, &n);

	*ret_kept = false;
	for (size_t i = 0; !why && i < n; i++) {
		struct asset still;

		/* captions go with their recording */
		if (asset__load(tx, all[i].id, &still))
			continue;
		if (asset__is_used(tx, still.id) || (still.captions_of.v && asset__is_used(tx, still.captions_of)))
			*ret_kept = true;
		else
			why = asset_drop(tx, &still, user);
	}
	return why ? why : tx_problem(tx);
}

const struct privacy_part media_privacy = { .name = "media", .gather = gather, .erase = erase };
