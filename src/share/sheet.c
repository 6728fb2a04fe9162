/* sheet.c - the share button of a work's page, and the sheet behind it, which a script fills once it is asked for. */
#include "share/share_room.h"

struct sheet {
	struct work_id id;
	struct text title, url, language;
};
static const struct shape sheet_shape = SHAPE(sheet,
	FIELD(sheet, id,    SHAPE_ID),
	FIELD(sheet, title, SHAPE_TEXT),
	FIELD(sheet, url,   SHAPE_TEXT),
	FIELD(sheet, language, SHAPE_TEXT));

static problem show(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	const struct sheet sheet = { .id = card->id, .title = card->title, .language = rq->language,
		                     .url = arena_format(rq->arena, "%.*s%.*s", TEXT_ARG(request_origin(rq)), TEXT_ARG(card->url)) };

	return render_text(rq, rq->language, "share/sheet", (struct view_body){ &sheet_shape, &sheet }, &ret->html);
}

const struct work_part share_work_part = { .name = "share", .show = show };
