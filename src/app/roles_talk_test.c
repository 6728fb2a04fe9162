/* roles_talk_test.c - what the calls of roles_test.c name of what people say about the work that the town teaches. */
#include "app/testing.h"

static int64_t last_question;

static int64_t add_post(const char *kind, int64_t question, int64_t user)
{
	const char *of = question ? number(question) : "null";
	const char *creator = number(town.people[1][0].creator.v);

	town.made++;
	db_testing_run(town.house.db, print("insert into post (id, kind, state, question_id, work_id, creator_id, lesson_key, user_id, mark, body, created_ms, edited_ms)"
	                                    " values (%d, '%s', 'shown', %s, %lld, %s, 'paid', %lld, 'learner', 'Why?', %lld, 0)",
	                                    town.made, kind, of, (long long)town.taught, creator, (long long)user,
	                                    (long long)world_now_ms(town.house.world)));
	return town.made;
}

static const char *new_note(const struct caller *owner)
{
	town.made++;
	db_testing_run(town.house.db, print("insert into note (id, user_id, note_key, work_id, lesson_key, place, body, revision, created_ms, changed_ms)"
	                                    " values (%d, %lld, 'n%d', %lld, 'paid', 0, 'So', 1, 1, 1)",
	                                    town.made, (long long)owner->id.v, town.made, (long long)town.taught));
	return print("n%d", town.made);
}

/* A path is filled before its body, so a solution is of the question that was just asked. */
const char *talk_thing(struct caller *owner, struct text word)
{
	if (text_is(word, "asked"))
		return number(last_question = add_post("question", 0, owner->id.v));
	if (text_is(word, "solution"))
		return number(add_post("answer", last_question, owner->id.v));
	return text_is(word, "noted") ? new_note(owner) : NULL;
}
