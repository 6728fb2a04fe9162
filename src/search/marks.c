/* marks.c - a unit that stands alone is marked wherever it fits; one that stands beside another only where both fit
 * side by side, or with one character between them where slips are allowed: a lone common character is no find. */
#include "search/marks.h"

#include <assert.h>

#include "search/likeness.h"

enum { MARKED_UNITS_MAX = 320, GAP_MOST = 2 };
static_assert(UNITS_MAX <= 64, "a set of the query's units is one word");

struct marking {
	const struct plan *plan;
	const struct sieve *sieve;
	struct folded text;
	uint16_t places[MARKED_UNITS_MAX]; /* of its units, in the folded text */
	uint8_t lengths[MARKED_UNITS_MAX];
	uint64_t fits[MARKED_UNITS_MAX + GAP_MOST]; /* which units of the query fit it */
	uint16_t fitted[MARKED_UNITS_MAX];          /* those that any fits */
	bool marked[MARKED_UNITS_MAX], any;
	size_t count, fitted_count;
};

/* Units of the query by how they stand: a set each. */
struct standing {
	uint64_t alone, before_one, before_two; /* before_two: with two joined behind it */
	uint64_t slips;                         /* characters, where slips are allowed */
};

static struct standing standing_of(const struct plan *plan)
{
	struct standing ret = { 0 };
	uint64_t joined = 0, all = 0;

	for (size_t i = 0; i < plan->unit_count; i++) {
		uint64_t bit = (uint64_t)1 << i;

		all |= bit;
		joined |= plan->units[i].joined ? bit : 0;
		ret.slips |= plan->pass == 2 && plan->units[i].kind == UNIT_HAN ? bit : 0;
	}
	ret.before_one = joined >> 1;
	ret.before_two = joined >> 1 & joined >> 2;
	ret.alone = all & ~joined & ~ret.before_one;
	return ret;
}

/* Of few units only: not to be drawn into the loop over all. */
__attribute__((noinline)) static void add_fits(struct marking *m, const struct text_unit *unit)
{
	uint64_t fits = 0;

	for (size_t i = 0; i < m->plan->unit_count; i++)
		fits |= (uint64_t)(unit_fits(m->plan, &m->plan->units[i], m->text.at, unit) > 0) << i;
	m->fits[m->count] = fits;
	if (fits)
		m->fitted[m->fitted_count++] = (uint16_t)m->count;
}

static inline void add_unit(struct marking *m, struct text_unit unit)
{
	m->places[m->count] = (uint16_t)unit.place;
	m->lengths[m->count] = unit.length ? unit.length : 1;
	m->fits[m->count] = 0;
	if (sieve_holds(m->sieve, &unit))
		add_fits(m, &unit);
	m->count++;
}

static void add_units(struct marking *m)
{
	bool readings = m->sieve->readings;
	size_t place = 0;
	struct run run;

	while (run_next(&m->text, &place, &run)) {
		if (run.glyph != GLYPH_HAN)
			add_unit(m, text_unit_of_word(&run));
		else
			for (size_t i = 0; i < run.length; i++)
				add_unit(m, text_unit_of_han(&run, i, readings));
	}
	memset(m->fits + m->count, 0, GAP_MOST * sizeof *m->fits);
}

/* Behind the last unit nothing fits: fits[count] and fits[count + 1] are 0. */
static void mark_from(struct marking *m, const struct standing *standing, size_t j)
{
	uint64_t here = m->fits[j], next = m->fits[j + 1], second = m->fits[j + 2], slips = here & standing->slips;
	bool with_next = (here & standing->before_one & next >> 1) || (slips & standing->before_two & next >> 2);
	bool with_second = (slips & standing->before_one & second >> 1) || (slips & standing->before_two & second >> 2);

	if (!with_next && !with_second && !(here & standing->alone))
		return;
	m->any = m->marked[j] = true;
	if (with_next)
		m->marked[j + 1] = true;
	if (with_second)
		m->marked[j + 2] = true;
}

static struct index_mark mark_of(const struct marking *m, size_t j)
{
	size_t first = m->places[j], length = m->lengths[j];
	int64_t start = m->text.points[first];

	return (struct index_mark){ start, (int64_t)m->text.points[first + length - 1] + 1 - start };
}

static struct index_marks marks_join(struct arena *arena, const struct marking *m)
{
	struct index_marks ret = { .count = 0 };
	size_t marked = 0;

	for (size_t j = 0; j < m->count; j++)
		marked += m->marked[j];
	ret.items = ARENA_ARRAY(arena, struct index_mark, marked);
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
	struct standing standing = standing_of(plan);
	struct marking m;
	uint16_t at[MARKED_UNITS_MAX];
	uint32_t points[MARKED_UNITS_MAX];

	m.plan = plan;
	m.sieve = sieve;
	m.text = (struct folded){ at, points, fold_into(t, MARKED_UNITS_MAX, at, points) };
	m.count = m.fitted_count = 0;
	m.any = false;
	add_units(&m);
	memset(m.marked, 0, m.count);
	for (size_t i = 0; i < m.fitted_count; i++)
		mark_from(&m, &standing, m.fitted[i]);
	return m.any ? marks_join(arena, &m) : (struct index_marks){ .count = 0 };
}
