/* work_part.c - parts of a work's page that rooms above tell (catalog.h). A part is a <section> of its own; what is in it comes from a
 * template of that room. */
#include "catalog/catalog_room.h"

#include <assert.h>
#include <stdlib.h>

struct work_parts {
	const struct work_part *items[WORK_PARTS_MAX];
	size_t count;
};

static problem start(struct serve *serve, void **ret_state)
{
	(void)serve;
	*ret_state = calloc(1, sizeof(struct work_parts));
	if (!*ret_state)
		abort();
	return NULL;
}

void catalog_know_part(struct serve *serve, const struct work_part *part)
{
	struct work_parts *parts = module_state(serve, &catalog_module);

	assert(parts->count < WORK_PARTS_MAX && part->name[0] && part->show);
	parts->items[parts->count++] = part;
}

struct written {
	struct buffer html, json_ld;
};

static void written_free(struct written *w)
{
	buffer_free(&w->html);
	buffer_free(&w->json_ld);
}

static problem write_part(struct request *rq, const struct work_card *card, const struct work_part *part, struct written *to)
{
	struct work_part_view view = { 0 };
	problem why = part->show(rq, card, &view);

	if (why)
		return why;
	if (view.html.length) {
		buffer_format(&to->html, "<section id=\"%s\">", part->name);
		buffer_add(&to->html, view.html);
		buffer_add(&to->html, TEXT("</section>\n"));
	}
	if (view.json_ld.length) {
		buffer_add_char(&to->json_ld, ',');
		buffer_add(&to->json_ld, view.json_ld);
	}
	return NULL;
}

problem catalog__show_parts(struct request *rq, const struct work_card *card, struct work_part_view *ret)
{
	const struct work_parts *parts = module_state(rq->serve, &catalog_module);
	CLEANUP(written_free) struct written to = { BUFFER(1 << 20), BUFFER(64 * 1024) };
	problem why = NULL;

	for (size_t i = 0; !why && i < parts->count; i++)
		why = write_part(rq, card, parts->items[i], &to);
	if (!why)
		why = to.html.why ? to.html.why : to.json_ld.why;
	if (why)
		return why;
	*ret = (struct work_part_view){ arena_text(rq->arena, buffer_text(&to.html)), arena_text(rq->arena, buffer_text(&to.json_ld)) };
	return NULL;
}

const struct module catalog_module = { .name = "catalog", .routes = catalog_routes, .start = start, .stop = free };
