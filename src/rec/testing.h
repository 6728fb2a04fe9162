/* testing.h - for the tests of recommenders: the sets in ../shared/data/recs beside the source, and logs made by a seed. */
#ifndef REC_TESTING_H
#define REC_TESTING_H

#include "base/testing.h"

#include <math.h>
#include <zlib.h>

#include "num/random.h"
#include "rec/interactions.h"

/* Long runs, which are no part of every test: only with ZHIFANG_TEST_FULL in the environment. */
static inline bool recs_full(void)
{
	if (getenv("ZHIFANG_TEST_FULL"))
		return true;
	print_message("[ SKIPPED ] a long run: set ZHIFANG_TEST_FULL\n");
	return false;
}

/* The bytes of a file, unpacked, behind what `ret` holds; false, and a word about it, where the file is not */
static inline bool recs_read(const char *name, struct buffer *ret)
{
	const char *source = getenv("ZHIFANG_SOURCE");
	char path[4096], piece[1 << 16];
	gzFile file;
	int n;

	snprintf(path, sizeof path, "%s/../shared/data/recs/%s", source ? source : ".", name);
	file = gzopen(path, "rb");
	if (!file) {
		print_message("[ SKIPPED ] ../shared/data/recs/%s is not beside the source\n", name);
		return false;
	}
	while ((n = gzread(file, piece, sizeof piece)) > 0)
		buffer_add(ret, (struct text){ piece, (size_t)n });
	gzclose(file);
	assert_null(ret->why);
	return true;
}

static inline bool recs_adjacency(const char *name, struct interactions *ret)
{
	struct buffer all = BUFFER(1 << 30);
	struct interactions_place where;
	bool found = recs_read(name, &all);

	if (found)
		assert_done(interactions_read_adjacency(buffer_text(&all), ret, &where));
	buffer_free(&all);
	return found;
}

/* Two parts of one set have its users and items. */
static inline void recs_widen(struct interactions *a, struct interactions *b)
{
	a->users = b->users = a->users > b->users ? a->users : b->users;
	a->items = b->items = a->items > b->items ? a->items : b->items;
}

/* A set whose training and test are files of their own */
struct recs_set {
	struct sparse train, test; /* users by items */
};

typedef bool recs_reader(const char *name, struct interactions *ret);

static inline bool recs_open_by(recs_reader *read, const char *train_name, const char *test_name, struct recs_set *ret)
{
	struct interactions train = { 0 }, test = { 0 };
	bool found = read(train_name, &train) && read(test_name, &test);

	if (found) {
		recs_widen(&train, &test);
		sparse_of(&train, NULL, PART_ANY, &ret->train);
		sparse_of(&test, NULL, PART_ANY, &ret->test);
	}
	interactions_free(&train);
	interactions_free(&test);
	return found;
}

static inline void recs_close(struct recs_set *s)
{
	sparse_free(&s->train);
	sparse_free(&s->test);
}

static inline bool recs_open(const char *train_name, const char *test_name, struct recs_set *ret)
{
	return recs_open_by(recs_adjacency, train_name, test_name, ret);
}

static inline bool recs_ml1m(struct recs_set *ret)
{
	return recs_open("ml-1m-ultragcn/train.txt.gz", "ml-1m-ultragcn/test.txt.gz", ret);
}

/* A log of `count` rows: popular items are those of small numbers; weights and times where wanted. */
static inline void recs_made(uint32_t users, uint32_t items, size_t count, uint64_t seed, struct interactions *ret)
{
	struct random r = random_of(seed, 0);

	*ret = (struct interactions){ .users = users, .items = items, .count = count };
	ret->user = calloc(count, sizeof *ret->user);
	ret->item = calloc(count, sizeof *ret->item);
	ret->weight = calloc(count, sizeof *ret->weight);
	ret->time = calloc(count, sizeof *ret->time);
	for (size_t i = 0; i < count; i++) {
		double u = random_unit(&r);

		ret->user[i] = random_below(&r, users);
		ret->item[i] = (uint32_t)(u * u * items);
		ret->weight[i] = (float)(1 + random_below(&r, 4));
		ret->time[i] = random_below(&r, (uint32_t)count / 2 + 1);
	}
}

/* Of all rows of a log, with their weights or each 1 */
static inline void recs_matrix(const struct interactions *m, bool weighs, struct sparse *ret)
{
	sparse_of(m, NULL, PART_ANY, ret);
	if (!weighs) {
		free(ret->weight);
		ret->weight = NULL;
	}
}

/* ret (rows, columns): 0 where there is no pair */
static inline void recs_whole(const struct sparse *m, double *ret)
{
	memset(ret, 0, (size_t)m->rows * m->columns * sizeof *ret);
	for (uint32_t r = 0; r < m->rows; r++)
		for (size_t k = m->start[r]; k < m->start[r + 1]; k++)
			ret[(size_t)r * m->columns + m->column[k]] = sparse_weight(m, k);
}

/* {"user":0,"item":4} a line */
static inline bool recs_json_lines(const char *name, struct interactions *ret)
{
	CLEANUP(buffer_free) struct buffer all = BUFFER(1 << 30), lines = BUFFER(1 << 30);
	struct text rest, line;
	struct interactions_place where;

	if (!recs_read(name, &all))
		return false;
	for (rest = buffer_text(&all); rest.at && rest.length;) {
		unsigned user, item;
		char copy[128];

		line = text_cut(&rest, '\n');
		snprintf(copy, sizeof copy, "%.*s", TEXT_ARG(line));
		if (sscanf(copy, "{\"user\":%u,\"item\":%u}", &user, &item) == 2)
			buffer_format(&lines, "%u %u\n", user, item);
	}
	assert_done(interactions_read_adjacency(buffer_text(&lines), ret, &where));
	return true;
}

static inline bool recs_cnpc(struct recs_set *ret)
{
	return recs_open_by(recs_json_lines, "cnpc/train_valid_data_cnpc_v2.json.gz", "cnpc/test_data_cnpc_v2.json.gz", ret);
}

/* user, item, 1, seconds a line, without names: both files are one log, in which the second begins at row *second */
static inline bool recs_coco(struct arena *to, struct interactions *ret, size_t *second)
{
	static const struct interaction_columns columns = { TEXT_INIT("user"), TEXT_INIT("item"), { 0 }, TEXT_INIT("time") };
	CLEANUP(buffer_free) struct buffer all = BUFFER(1 << 30);
	struct interactions_place where;

	buffer_add(&all, TEXT("user\titem\tone\ttime\n"));
	if (!recs_read("coco-udemy-kg/valid.txt.gz", &all))
		return false;
	*second = 0;
	for (size_t i = 0; i < all.length; i++)
		*second += all.at[i] == '\n';
	*second -= 1;
	if (!recs_read("coco-udemy-kg/test.txt.gz", &all))
		return false;
	assert_done(interactions_read_table(to, arena_text(to, buffer_text(&all)), &columns, ret, &where));
	return true;
}

#endif
