/* learning_media.c - the second at which a recording goes on, on this device or another. */
#include "learning/learning_room.h"

const struct shape media_place_shape = SHAPE(media_place,
	FIELD(media_place, asset,       SHAPE_ID),
	FIELD(media_place, position_ms, SHAPE_INT),
	FIELD(media_place, device,      SHAPE_TEXT, .says = "what the browser that was there calls itself"),
	FIELD(media_place, changed_ms,  SHAPE_TIME));

struct media_place_draft {
	int64_t position_ms;
	struct text device;
};
const struct shape media_place_draft_shape = SHAPE(media_place_draft,
	FIELD(media_place_draft, position_ms, SHAPE_INT, .min = 0, .max = INT64_C(1000) * 3600 * 1000),
	FIELD(media_place_draft, device,      SHAPE_TEXT, .min = 1, .max = 64));

/* A recording that a lesson of this work shows, and the work is mine. */
static problem find(struct request *rq, struct work_id *ret_work, struct asset_id *ret_asset)
{
	struct work_card card;
	int64_t id;
	problem why = path_id(rq, "work", &id);

	if (!why)
		why = work_by_id(rq->tx, (struct work_id){ id }, &card);
	if (!why && !entitled(rq->tx, rq->who.id, card.id))
		why = &lesson_locked;
	if (!why)
		why = path_id(rq, "asset", &ret_asset->v);
	if (!why && !media_is_shown(rq->tx, *ret_asset, card.id))
		why = &asset_missing;
	if (!why)
		*ret_work = card.id;
	return why;
}

problem learning__tell_place(struct request *rq)
{
	struct work_id work;
	struct asset_id asset;
	struct media_place place;
	problem why = find(rq, &work, &asset);

	if (!why)
		why = learning__place(rq->tx, rq->who.id, work, asset, &place);
	return why ? why : reply(rq, 200, &media_place_shape, &place);
}

problem learning__keep_place(struct request *rq)
{
	const struct media_place_draft *draft = rq->body;
	struct media_place place = { .position_ms = draft->position_ms, .device = draft->device, .changed_ms = tx_now_ms(rq->tx) };
	struct work_id work;
	problem why = find(rq, &work, &place.asset);

	if (why)
		return why;
	learning__save_place(rq->tx, rq->who.id, work, &place);
	why = tx_problem(rq->tx);
	return why ? why : reply(rq, 200, &media_place_shape, &place);
}
