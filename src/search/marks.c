/* marks.c - a unit that stands alone is marked wherever it fits; one that stands beside another only where both fit
 * side by side, or with one character between them where slips are allowed: a lone common character is no find. */
#include "search/marks.h"

#include "search/likeness.h"

enum { MARKED_UNITS_MAX = 320 };

struct marking {
	const struct plan *plan;
	struct folded text;
	struct text_unit units[MARKED_UNITS_MAX];
	bool marked[MARKED_UNITS_MAX];
	size_t count;
};

static bool fits(const struct marking *m, size_t i, size_t j)
{
	return unit_fits(m->plan, &m->plan->units[i], m->text.at, &m->units[j]) > 0;
}

static bool stands_alone(const struct plan *plan, size_t i)
{
	return !plan->units[i].joined && (i + 1 == plan->unit_count || !plan->units[i + 1].joined);
}

/* Unit i of the query fits unit j of the text. */
static void mark_from(struct marking *m, size_t i, size_t j)
{
	bool slips = m->plan->pass == 2 && m->plan->units[i].kind == UNIT_HAN;

	if (stands_alone(m->plan, i)) {
		m->marked[j] = true;
		return;
	}
	if (i + 1 == m->plan->unit_count || !m->plan->units[i + 1].joined)
		return;
	if (j + 1 < m->count && fits(m, i + 1, j + 1))
		m->marked[j] = m->marked[j + 1] = true;
	if (slips && j + 2 < m->count && fits(m, i + 1, j + 2))
		m->marked[j] = m->marked[j + 2] = true;
	if (!slips || i + 2 >= m->plan->unit_count || !m->plan->units[i + 2].joined)
		return;
	if (j + 2 < m->count && fits(m, i + 2, j + 2))
		m->marked[j] = m->marked[j + 2] = true;
	if (j + 1 < m->count && fits(m, i + 2, j + 1))
		m->marked[j] = m->marked[j + 1] = true;
}

static struct index_mark mark_of(const struct marking *m, size_t j)
{
	size_t first = m->units[j].place, length = m->units[j].length ? m->units[j].length : 1;
	int64_t start = m->text.points[first];

	return (struct index_mark){ start, (int64_t)m->text.points[first + length - 1] + 1 - start };
}

static struct index_marks marks_join(struct arena *arena, const struct marking *m)
{
	struct index_marks ret = { .count = 0 };
	size_t marked = 0;

	for (size_t j = 0; j < m->count; j++)
		marked += m->marked[j];
	ret.items = marked ? ARENA_ARRAY(arena, struct index_mark, marked) : NULL;
	for (size_t j = 0; j < m->count; j++) {
		struct index_mark mark, *last = ret.count ? &ret.items[ret.count - 1] : NULL;

		if (!m->marked[j])
			continue;
		mark = mark_of(m, j);
		if (last && last->start + last->length >= mark.start)
			last->length = mark.start + mark.length - last->start;
		else
			ret.items[ret.count++] = mark;
	}
	return ret;
}

struct index_marks marks_of(struct arena *arena, const struct plan *plan, const struct sieve *sieve, struct text t)
{
	struct marking m;
	uint16_t at[MARKED_UNITS_MAX];
	uint32_t points[MARKED_UNITS_MAX];

	m.plan = plan;
	m.text = (struct folded){ at, points, fold_into(t, MARKED_UNITS_MAX, at, points) };
	m.count = text_units(&m.text, m.units, MARKED_UNITS_MAX);
	memset(m.marked, 0, m.count);
	for (size_t j = 0; j < m.count; j++) {
		if (!sieve_holds(sieve, &m.units[j]))
			continue;
		for (size_t i = 0; i < plan->unit_count; i++)
			if (fits(&m, i, j))
				mark_from(&m, i, j);
	}
	return marks_join(arena, &m);
}
