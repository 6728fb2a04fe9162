/* cover.c - a work's cover: its picture, cut to fit, or the one that its title makes: a hue of eleven, a pattern of six. The colours are
 * those that oklch() of the style sheet comes to: (0.43 0.09 h), (0.29 0.07 h+40), (0.8 0.11 h+60). */
#include "share/picture.h"

#include <stddef.h>

enum { HUES = 11, RADIUS = 20, TITLE_LINES = 3 };

struct colours {
	const char *from, *to, *light;
};
static const struct colours hues[HUES] = {
	{ "#793942", "#461f03", "#eab26b" }, { "#7a3a33", "#412300", "#dbba66" }, { "#773f1f", "#3a2800", "#c4c36c" },
	{ "#215e36", "#003634", "#5ad0e7" }, { "#005f4a", "#00343f", "#6dcaf8" }, { "#005e60", "#003049", "#8ec1ff" },
	{ "#005a73", "#172a4e", "#b2b5ff" }, { "#21537e", "#2a244c", "#d1abf5" }, { "#434a81", "#391f42", "#eba2d9" },
	{ "#5b4278", "#431b34", "#fa9fb5" }, { "#6e3b62", "#481a1f", "#fca48c" },
};

/* Drawn in hundredths of the width, as the style sheet does by cqw; the height is then 62.5. */
struct pattern {
	const char *light;
	struct buffer *svg;
};

static void ring(const struct pattern *p, double radius, double opacity)
{
	buffer_format(p->svg, "<circle cx=\"82\" cy=\"15\" r=\"%.2f\" fill=\"none\" stroke=\"%s\" stroke-width=\"0.5\" opacity=\"%.2f\"/>", radius, p->light, opacity);
}

static void draw_sun(const struct pattern *p)
{
	buffer_format(p->svg, "<circle cx=\"82\" cy=\"15\" r=\"9\" fill=\"%s\"/>", p->light);
	ring(p, 13.5, 0.4);
	ring(p, 19.5, 0.26);
	ring(p, 26.5, 0.16);
}

static void draw_rays(const struct pattern *p)
{
	for (int x = 30; x <= 130; x += 6)
		buffer_format(p->svg, "<path d=\"M%d 0l-29 62.5\" stroke=\"%s\" stroke-width=\"0.6\" opacity=\"%.2f\"/>", x, p->light, 0.4 * (x - 24) / 106);
}

static void draw_dots(const struct pattern *p)
{
	for (int x = 2; x < 100; x += 5) {
		for (int y = 2; y < 63; y += 5) {
			double opacity = (x - y - 20) / 80.0;

			if (opacity > 0)
				buffer_format(p->svg, "<circle cx=\"%d\" cy=\"%d\" r=\"0.6\" fill=\"%s\" opacity=\"%.2f\"/>", x, y, p->light, opacity);
		}
	}
}

static void draw_wedges(const struct pattern *p)
{
	buffer_format(p->svg,
	              "<g fill=\"%s\"><path d=\"M78 22.5L86.9 39.3A19 19 0 0 1 72.2 40.6z\"/><path opacity=\"0.55\" d=\"M78 22.5L60.2 29.1A19 19 0 0 1 59.2 19.8z\"/>"
	              "<path opacity=\"0.25\" d=\"M78 22.5L72.4 4.3A19 19 0 0 1 85.8 5.2z\"/></g>",
	              p->light);
}

static void draw_hills(const struct pattern *p)
{
	buffer_format(p->svg,
	              "<g fill=\"%s\"><circle cx=\"104\" cy=\"60\" r=\"34\" opacity=\"0.6\"/><circle cx=\"74\" cy=\"67.5\" r=\"33\" opacity=\"0.4\"/>"
	              "<circle cx=\"80\" cy=\"13.7\" r=\"5\"/></g>",
	              p->light);
}

static void draw_grid(const struct pattern *p)
{
	for (int i = 7; i < 100; i += 7) {
		buffer_format(p->svg, "<path d=\"M%d 0v62.5\" stroke=\"%s\" stroke-width=\"0.25\" opacity=\"%.2f\"/>", i, p->light, 0.4 * i / 100);
		if (i < 62)
			buffer_format(p->svg, "<path d=\"M%d %dH100\" stroke=\"%s\" stroke-width=\"0.25\" opacity=\"%.2f\"/>", i, i, p->light, 0.4 * (70 - i) / 70);
	}
}

static void draw_pattern(const struct pattern *p, int64_t pattern)
{
	static void (*const draws[])(const struct pattern *) = { draw_sun, draw_rays, draw_dots, draw_wedges, draw_hills, draw_grid };

	draws[(uint64_t)pattern % (sizeof draws / sizeof *draws)](p);
}

static void draw_words(struct buffer *svg, struct arena *arena, const struct cover *c)
{
	const int inside = c->box.width * 8 / 100, size = c->box.width * 8 / 100, small = c->box.width * 4 / 100;
	const struct type title = { .size = size, .bold = true, .serif = true, .fill = "#fff" }, author = { .size = small, .fill = "#fff" };
	const int width = c->box.width - 2 * inside, foot = c->box.y + c->box.height - inside;
	struct text lines[TITLE_LINES], by[1];
	size_t n = draw_wrap(arena, c->title, &(struct wrapping){ &title, width, TITLE_LINES }, lines);

	if (draw_wrap(arena, c->author, &(struct wrapping){ &author, width, 1 }, by))
		draw_line(svg, c->box.x + inside, foot, &author, by[0]);
	for (size_t i = 0; i < n; i++)
		draw_line(svg, c->box.x + inside, foot - small * 2 - (int)(n - 1 - i) * size * 134 / 100, &title, lines[i]);
}

static void draw_made(struct buffer *svg, const struct cover *c)
{
	const struct colours *of = &hues[(uint64_t)c->hue % HUES];

	buffer_format(svg, "<linearGradient id=\"hue\" x1=\"0\" y1=\"0\" x2=\"0.6\" y2=\"1\"><stop offset=\"0\" stop-color=\"%s\"/><stop offset=\"1\" stop-color=\"%s\"/></linearGradient>",
	              of->from, of->to);
	buffer_format(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"url(#hue)\"/>", c->box.x, c->box.y, c->box.width, c->box.height);
	buffer_format(svg, "<g opacity=\"0.6\" transform=\"translate(%d %d) scale(%.4f)\">", c->box.x, c->box.y, c->box.width / 100.0);
	draw_pattern(&(struct pattern){ of->light, svg }, c->pattern);
	buffer_add(svg, TEXT("</g>"));
}

void cover_draw(struct buffer *svg, struct arena *arena, const struct cover *c)
{
	buffer_format(svg, "<clipPath id=\"cut\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/></clipPath><g clip-path=\"url(#cut)\">", c->box.x, c->box.y,
	              c->box.width, c->box.height, RADIUS);
	if (c->picture.length) {
		buffer_format(svg, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"xMidYMid slice\" xlink:href=\"", c->box.x, c->box.y, c->box.width,
		              c->box.height);
		draw_escaped(svg, c->picture);
		buffer_add(svg, TEXT("\"/>"));
	} else {
		draw_made(svg, c);
		draw_words(svg, arena, c);
	}
	buffer_add(svg, TEXT("</g>"));
}
