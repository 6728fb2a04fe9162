/* interactions_test.c - files of both kinds, what is broken in them with its line, and compressed rows against the log they came of. */
#include "rec/interactions.h"

#include "num/testing.h"
#include "rec/testing.h"

/* ---- lines of numbers ---- */

static void lines_are_read(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	const uint32_t users[] = { 0, 0, 2, 2, 2, 0 }, items[] = { 5, 1, 3, 0, 3, 1 };
	struct interactions_place where;

	(void)state;
	assert_done(interactions_read_adjacency(TEXT("\xef\xbb\xbf" "0 5 1\n\n1\n2\t3 0  3\r\n0 1"), &m, &where));
	assert_int_equal(m.count, 6);
	assert_int_equal(m.users, 3);
	assert_int_equal(m.items, 6);
	assert_memory_equal(m.user, users, sizeof users);
	assert_memory_equal(m.item, items, sizeof items);
	assert_true(!m.weight && !m.time && !m.user_names && !m.item_names);
}

static void broken_lines_are_told(void **state)
{
	static const struct { const char *text; const struct problem *why; size_t line; } broken[] = {
		{ "", &interactions_none, 0 },
		{ "\n\n", &interactions_none, 0 },
		{ "3\n", &interactions_none, 0 },
		{ "0 1\n1 x\n", &interactions_malformed, 2 },
		{ "0 1\n1 2 -3\n", &interactions_malformed, 2 },
		{ "0 1.5\n", &interactions_malformed, 1 },
		{ "u 1\n", &interactions_malformed, 1 },
		{ "0 1\n0 16777215\n0 16777216\n", &interactions_large, 3 },
		{ "67108864 1\n", &interactions_large, 1 },
		{ "0 99999999999999999999999999999999999999\n", &interactions_large, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct interactions m = { .count = 77 };
		struct interactions_place where = { .line = 99 };

		assert_problem(interactions_read_adjacency(text_of(broken[i].text), &m, &where), *broken[i].why);
		assert_int_equal(where.line, broken[i].line);
		assert_int_equal(m.count, 77);
	}
}

/* ---- tables ---- */

static const struct interaction_columns plain = { TEXT_INIT("user"), TEXT_INIT("item"), { 0 }, { 0 } };
static const struct interaction_columns rich = { TEXT_INIT("user"), TEXT_INIT("item"), TEXT_INIT("weight"), TEXT_INIT("time") };

static void tables_keep_names(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	const uint32_t users[] = { 0, 1, 0 }, items[] = { 0, 0, 1 };
	struct interactions_place where;

	(void)state;
	assert_done(interactions_read_table(arena, TEXT("item,time,user,weight\n\"C, 语言\",5,王芳,1\n\"C, 语言\",-7.5,007,2.5\nSQL,9,王芳,-1e2\n"),
	                                    &rich, &m, &where));
	assert_int_equal(m.count, 3);
	assert_int_equal(m.users, 2);
	assert_int_equal(m.items, 2);
	assert_memory_equal(m.user, users, sizeof users);
	assert_memory_equal(m.item, items, sizeof items);
	assert_text(m.user_names[0], "王芳");
	assert_text(m.user_names[1], "007");
	assert_text(m.item_names[0], "C, 语言");
	assert_text(m.item_names[1], "SQL");
	assert_true(m.weight[0] == 1 && m.weight[1] == 2.5f && m.weight[2] == -100);
	assert_true(m.time[0] == 5 && m.time[1] == -8 && m.time[2] == 9);
}

static void broken_tables_are_told(void **state)
{
	static const struct { const char *text; const struct problem *why; size_t line; const char *column; } broken[] = {
		{ "", &interactions_none, 0, "" },
		{ "user,item,weight,time\n", &interactions_none, 1, "" },
		{ "user,thing,weight,time\na,b,1,1\n", &interactions_columns, 1, "item" },
		{ "user,item,weight\na,b,1\n", &interactions_columns, 1, "time" },
		{ "user,item,user\na,b,c\n", &interactions_twice, 1, "user" },
		{ "user,item,weight,time\na,b,1,1\n,b,1,1\n", &interactions_empty, 3, "user" },
		{ "user,item,weight,time\na,,1,1\n", &interactions_empty, 2, "item" },
		{ "user,item,weight,time\na,b,NaN,1\n", &interactions_weight, 2, "weight" },
		{ "user,item,weight,time\na,b,1e10,1\n", &interactions_weight, 2, "weight" },
		{ "user,item,weight,time\na,b,,1\n", &interactions_weight, 2, "weight" },
		{ "user,item,weight,time\na,b,1,inf\n", &interactions_time, 2, "time" },
		{ "user,item,weight,time\na,b,1,1e300\n", &interactions_time, 2, "time" },
		{ "user,item,weight,time\na,b,1,2026-01-31\n", &interactions_time, 2, "time" },
		{ "user,item,weight,time\na,b,1\n", &interactions_quotes, 2, "" },
		{ "user,item,weight,time\na,\"b,1,1\n", &interactions_quotes, 2, "" },
		{ "user,item,weight,time\na,b,1,1\na,b,1\n", &interactions_quotes, 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct interactions m = { .count = 77 };
		struct interactions_place where = { .line = 99 };

		assert_problem(interactions_read_table(arena, text_of(broken[i].text), &rich, &m, &where), *broken[i].why);
		assert_int_equal(where.line, broken[i].line);
		assert_text(where.column, broken[i].column);
		assert_int_equal(m.count, 77);
	}
}

/* More words than a dictionary begins with */
static void many_names_are_found_again(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(buffer_free) struct buffer csv = BUFFER(8 << 20);
	enum { ROWS = 20000 };
	struct interactions_place where;

	(void)state;
	buffer_add(&csv, TEXT("user\titem\n"));
	for (unsigned i = 0; i < ROWS; i++)
		buffer_format(&csv, "u%u\ti%u\n", i % 7001, i % 993);
	assert_done(interactions_read_table(arena, buffer_text(&csv), &plain, &m, &where));
	assert_int_equal(m.users, 7001);
	assert_int_equal(m.items, 993);
	for (unsigned i = 0; i < ROWS; i++)
		assert_true(m.user[i] == i % 7001 && m.item[i] == i % 993);
	assert_text(m.user_names[7000], "u7000");
}

/* ---- compressed rows ---- */

/* What the log says of a pair, the slow way */
static bool pair_of(const struct interactions *m, const uint8_t *parts, uint32_t user, uint32_t item, float *weight, int64_t *time)
{
	bool found = false;

	*weight = 0;
	*time = INT64_MIN;
	for (size_t i = 0; i < m->count; i++) {
		if (m->user[i] != user || m->item[i] != item || !(parts[i] & (PART_TRAIN | PART_KNOWN)))
			continue;
		found = true;
		*weight += m->weight[i];
		*time = m->time[i] > *time ? m->time[i] : *time;
	}
	return found;
}

static void matrices_are_what_the_log_says(void **state)
{
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse by_user = { 0 }, by_item = { 0 };
	enum { USERS = 17, ITEMS = 23, ROWS = 300 };
	uint8_t parts[ROWS];
	size_t pairs = 0;
	float weight;
	int64_t time;

	(void)state;
	recs_made(USERS, ITEMS, ROWS, 5, &m);
	for (size_t i = 0; i < ROWS; i++)
		parts[i] = (uint8_t)(1u << i % 4);
	sparse_of(&m, parts, PART_TRAIN | PART_KNOWN, &by_user);
	sparse_transpose(&by_user, &by_item);
	for (uint32_t u = 0; u < USERS; u++) {
		for (uint32_t i = 0; i < ITEMS; i++) {
			bool there = pair_of(&m, parts, u, i, &weight, &time);

			pairs += there;
			assert_int_equal(sparse_has(&by_user, u, i), there);
			assert_int_equal(sparse_has(&by_item, i, u), there);
		}
		for (size_t k = by_user.start[u]; k < by_user.start[u + 1]; k++) {
			assert_true(pair_of(&m, parts, u, by_user.column[k], &weight, &time));
			assert_true(by_user.weight[k] == weight && by_user.time[k] == time);
			assert_true(k == by_user.start[u] || by_user.column[k] > by_user.column[k - 1]);
		}
	}
	assert_int_equal(sparse_count(&by_user), pairs);
	assert_int_equal(sparse_count(&by_item), pairs);
	for (uint32_t i = 0; i < ITEMS; i++) {
		for (size_t k = by_item.start[i]; k < by_item.start[i + 1]; k++) {
			assert_true(pair_of(&m, parts, by_item.column[k], i, &weight, &time));
			assert_true(by_item.weight[k] == weight && by_item.time[k] == time);
		}
	}
}

static void sequences_go_by_time_then_by_the_log(void **state)
{
	static uint32_t users[] = { 1, 0, 1, 1, 1 }, items[] = { 4, 2, 3, 4, 0 };
	static int64_t times[] = { 9, 1, 5, 5, 9 };
	struct interactions m = { .users = 2, .items = 5, .count = 5, .user = users, .item = items, .time = times };
	const uint32_t timed[] = { 2, 3, 4, 4, 0 }, untimed[] = { 2, 4, 3, 4, 0 };
	CLEANUP(sparse_free) struct sparse s = { 0 };

	(void)state;
	sparse_sequences(&m, NULL, PART_ANY, &s);
	assert_int_equal(s.start[1], 1);
	assert_memory_equal(s.column, timed, sizeof timed);
	assert_true(s.time[1] == 5 && s.time[4] == 9);
	sparse_free(&s);
	m.time = NULL;
	sparse_sequences(&m, NULL, PART_ANY, &s);
	assert_memory_equal(s.column, untimed, sizeof untimed);
	assert_null(s.time);
}

static void nothing_makes_empty_rows(void **state)
{
	struct interactions m = { .users = 3, .items = 2 };
	CLEANUP(sparse_free) struct sparse s = { 0 }, turned = { 0 };

	(void)state;
	sparse_of(&m, NULL, PART_ANY, &s);
	sparse_transpose(&s, &turned);
	assert_true(sparse_count(&s) == 0 && turned.rows == 2 && turned.columns == 3 && !sparse_has(&s, 2, 1));
}

/* Held to a search through the log: the latest of a pair, of equal times the last row. */
static void what_is_said_anew_takes_the_place(void **state)
{
	enum { USERS = 20, ITEMS = 9, ROWS = 600 };
	CLEANUP(interactions_free) struct interactions m = { 0 };
	CLEANUP(sparse_free) struct sparse latest = { 0 }, sums = { 0 };
	uint8_t parts[ROWS];

	(void)state;
	recs_made(USERS, ITEMS, ROWS, 5, &m);
	for (size_t i = 0; i < ROWS; i++) {
		m.time[i] /= 60;
		parts[i] = i % 3 ? PART_TRAIN : PART_TEST;
	}
	sparse_latest(&m, parts, PART_TRAIN, &latest);
	sparse_of(&m, parts, PART_TRAIN, &sums);
	assert_int_equal(sparse_count(&latest), sparse_count(&sums));
	for (uint32_t u = 0; u < USERS; u++) {
		for (size_t k = latest.start[u]; k < latest.start[u + 1]; k++) {
			size_t last = ROWS;

			assert_int_equal(latest.column[k], sums.column[k]);
			for (size_t i = 0; i < ROWS; i++) {
				if (parts[i] == PART_TRAIN && m.user[i] == u && m.item[i] == latest.column[k] && (last == ROWS || m.time[i] >= m.time[last]))
					last = i;
			}
			assert_true(latest.weight[k] == m.weight[last] && latest.time[k] == m.time[last]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(broken_lines_are_told),
		cmocka_unit_test(tables_keep_names),
		cmocka_unit_test(broken_tables_are_told),
		cmocka_unit_test(many_names_are_found_again),
		cmocka_unit_test(matrices_are_what_the_log_says),
		cmocka_unit_test(sequences_go_by_time_then_by_the_log),
		cmocka_unit_test(nothing_makes_empty_rows),
		cmocka_unit_test(what_is_said_anew_takes_the_place),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
