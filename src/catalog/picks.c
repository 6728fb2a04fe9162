/* picks.c - works that the owner chose by hand, in named slots. The choice is a group of settings: it has versions, and two owners do
 * not overwrite one another. A work that is no longer on offer keeps its place in the choice and is not shown. */
#include "catalog/shelf.h"

#define X_SLOT(id, name) [PICK_##id] = name,
const char *const pick_slot_names[] = { PICK_SLOTS(X_SLOT) NULL };
#undef X_SLOT

static const struct shape slot_shape = SHAPE_AS("pick_slot", pick_slot_value,
	FIELD(pick_slot_value, title, SHAPE_OBJECT, .of = &both_shape),
	LIST_OF(pick_slot_value, works, work_count, SHAPE_ID, .max = PICKS_MAX));

/* A slot that a later program knows is absent from what an earlier one stored. */
#define X_SLOT(id, name_) NAMED(picks, name_, slots[PICK_##id], SHAPE_OBJECT, .of = &slot_shape, .optional = true),
static const struct shape picks_shape = { .name = "picks", .size = sizeof(struct picks), .fields = (const struct field[]){ PICK_SLOTS(X_SLOT) },
	                                  .count = PICK_SLOT_COUNT };
#undef X_SLOT

static struct work_id no_works[1];
#define X_SLOT(id, name) [PICK_##id] = { .works = no_works },
static const struct picks nothing_picked = { .slots = { PICK_SLOTS(X_SLOT) } };
#undef X_SLOT
const struct setting_group picks_group = { "catalog.picks", &picks_shape, &nothing_picked };

problem catalog_picks(struct tx *tx, enum pick_slot slot, struct picked *ret)
{
	struct picks picks;
	problem why = setting_read(tx, &picks_group, &picks, NULL);

	*ret = (struct picked){ 0 };
	if (why)
		return why;
	ret->title_zh = picks.slots[slot].title.zh;
	ret->title_en = picks.slots[slot].title.en;
	return shelf__published(tx, picks.slots[slot].works, picks.slots[slot].work_count, &ret->works, &ret->work_count);
}

/* ---- the owner's page ---- */

/* What the page shows of a chosen work, whatever became of it. */
static const struct shape pick_shape = SHAPE_AS("pick", work_card,
	FIELD(work_card, id,      SHAPE_ID),
	FIELD(work_card, title,   SHAPE_TEXT),
	FIELD(work_card, kind,    SHAPE_ENUM, .names = work_kind_names),
	FIELD(work_card, state,   SHAPE_ENUM, .names = work_state_names),
	FIELD(work_card, price,   SHAPE_MONEY),
	FIELD(work_card, author,  SHAPE_OBJECT, .of = &author_ref_shape),
	FIELD(work_card, url,     SHAPE_TEXT),
	FIELD(work_card, hue,     SHAPE_INT),
	FIELD(work_card, pattern, SHAPE_INT),
	FIELD(work_card, cover,   SHAPE_TEXT, .optional = true));

struct picks_setting {
	int64_t version;
	struct picks value;
};
static const struct shape picks_setting_shape = SHAPE(picks_setting,
	FIELD(picks_setting, version, SHAPE_INT, .says = "as it was read; 0: never set"),
	FIELD(picks_setting, value,   SHAPE_OBJECT, .of = &picks_shape));
struct picks_answer {
	int64_t version;
	struct picks value;
	struct work_card *works;
	size_t work_count;
};
static const struct shape picks_answer_shape = SHAPE(picks_answer,
	FIELD(picks_answer, version, SHAPE_INT),
	FIELD(picks_answer, value,   SHAPE_OBJECT, .of = &picks_shape),
	LIST(picks_answer, works, work_count, &pick_shape));

static problem fill_works(struct tx *tx, const struct picks *picks, struct picks_answer *ret)
{
	problem why = NULL;

	ret->works = ARENA_ARRAY(tx_arena(tx), struct work_card, (size_t)PICK_SLOT_COUNT * PICKS_MAX);
	for (int slot = 0; !why && slot < PICK_SLOT_COUNT; slot++) {
		struct work_card *found;
		size_t n;

		why = shelf__known(tx, picks->slots[slot].works, picks->slots[slot].work_count, &found, &n);
		if (!why && n)
			memcpy(ret->works + ret->work_count, found, n * sizeof *found);
		ret->work_count += why ? 0 : n;
	}
	return why;
}

static problem show(struct request *rq)
{
	struct picks_answer answer = { 0 };
	problem why = setting_read(rq->tx, &picks_group, &answer.value, &answer.version);

	if (!why)
		why = fill_works(rq->tx, &answer.value, &answer);
	return why ? why : reply(rq, 200, &picks_answer_shape, &answer);
}

static bool has(const struct work_card *cards, size_t n, struct work_id id)
{
	for (size_t i = 0; i < n; i++) {
		if (cards[i].id.v == id.v)
			return true;
	}
	return false;
}

static bool came_before(const struct work_id *ids, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (ids[i].v == ids[at].v)
			return true;
	}
	return false;
}

static problem check_slot(struct request *rq, enum pick_slot slot, const struct pick_slot_value *value)
{
	struct work_card *known;
	size_t n;
	problem why = shelf__known(rq->tx, value->works, value->work_count, &known, &n);

	for (size_t i = 0; !why && i < value->work_count; i++) {
		const char *wrong = came_before(value->works, i) ? "duplicate" : has(known, n, value->works[i]) ? NULL : "unknown";

		if (wrong)
			why = field_wrong(rq, arena_format(rq->arena, "value.%s.works[%zu]", pick_slot_names[slot], i), wrong);
	}
	return why;
}

static problem take(struct request *rq)
{
	const struct picks_setting *taken = rq->body;
	struct picks_answer answer = { .version = taken->version + 1, .value = taken->value };
	problem why = NULL;

	for (int slot = 0; !why && slot < PICK_SLOT_COUNT; slot++)
		why = check_slot(rq, (enum pick_slot)slot, &taken->value.slots[slot]);
	if (!why)
		why = setting_write(rq->tx, &picks_group, &taken->value, taken->version, rq->who.id);
	if (!why)
		why = fill_works(rq->tx, &taken->value, &answer);
	return why ? why : reply(rq, 200, &picks_answer_shape, &answer);
}

const struct route picks_routes[] = {
	{ GET, "/api/settings/picks", show, READS, .who = ADMIN, .gives = &picks_answer_shape, .says = "Works chosen by hand for the home page" },
	{ PUT, "/api/settings/picks", take, WRITES, .who = ADMIN, .takes = &picks_setting_shape, .gives = &picks_answer_shape, .says = "Choose them" },
	{ 0 },
};

const struct module picks_module = { .name = "picks", .routes = picks_routes };
