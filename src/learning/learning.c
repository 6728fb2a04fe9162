/* learning.c - how a quiz is marked. */
#include "learning/learning_room.h"

#include <assert.h>
#include <math.h>

static bool holds(const int64_t *set, size_t n, int64_t x)
{
	for (size_t i = 0; i < n; i++) {
		if (set[i] == x)
			return true;
	}
	return false;
}

static bool same_choices(const struct quiz_item *item, const struct quiz_answer *answer)
{
	for (size_t i = 0; i < answer->choice_count; i++) {
		if (!holds(item->choice.answer, item->choice.answer_count, answer->choice[i]))
			return false;
	}
	for (size_t i = 0; i < item->choice.answer_count; i++) {
		if (!holds(answer->choice, answer->choice_count, item->choice.answer[i]))
			return false;
	}
	return answer->choice_count > 0;
}

static bool one_of_the_words(const struct quiz_item *item, struct text answer)
{
	for (size_t i = 0; i < item->words.answer_count; i++) {
		if (text_eq_nocase(text_trim(answer), text_trim(item->words.answer[i])))
			return true;
	}
	return false;
}

bool quiz_is_right(const struct quiz_item *item, const struct quiz_answer *answer)
{
	switch ((enum quiz_kind)item->kind) {
	case QUIZ_SINGLE:
		/* some quizzes call more than one option right: any of them will do */
		return answer->choice_count == 1 && holds(item->choice.answer, item->choice.answer_count, answer->choice[0]);
	case QUIZ_MULTIPLE:
		return same_choices(item, answer);
	case QUIZ_NUMBER:
		return answer->number_given == GIVEN_VALUE && fabs(answer->number - item->number.answer) <= item->number.tolerance + 1e-12;
	case QUIZ_TEXT:
		return answer->text.length && one_of_the_words(item, answer->text);
	case QUIZ_NONE:
		return false;
	}
	return false;
}

void learning__tell_done(struct tx *tx, struct user_id user, struct work_id work, struct text key)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(4096); /* a key has at most 500 characters */

	buffer_format(&out, "{\"work\":%lld,\"user\":%lld,\"lesson\":", (long long)work.v, (long long)user.v);
	json_write_text(&out, key);
	buffer_add_char(&out, '}');
	assert(!out.why);
	news_add(tx, LEARNING_NEWS_DONE, work.v, arena_text(tx_arena(tx), buffer_text(&out)));
}

problem learning_ended(struct tx *tx, int64_t since_ms, struct media_ended **ret, size_t *ret_count)
{
	struct access_end *ends;
	problem why = order_ended(tx, since_ms, &ends, ret_count);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct media_ended, *ret_count);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = (struct media_ended){ ends[i].user, ends[i].work };
	return NULL;
}

const struct module learning_module = { .name = "learning", .routes = learning_routes };
