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

static int64_t new_notification(const struct caller *owner)
{
	town.made++;
	db_testing_run(town.house.db, print("insert into notification (id, user_id, kind, subject, turn, params, url, made_ms, read_ms, shown)"
	                                    " values (%d, %lld, 'paid', %d, 0, '{\"title\":\"T\"}', '/me', 1, 0, 1)", town.made, (long long)owner->id.v, town.made));
	return town.made;
}

/* A work of the second creator, that the owner has and has studied. */
static int64_t studied(const struct caller *owner)
{
	const int64_t work = town.people[1][1].kept;
	const long long user = owner->id.v;

	town.made++;
	db_testing_run(town.house.db, print("insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms)"
	                                    " select %d, %lld, id, edition_id, 'gift', %d, 1 from work where id = %lld", town.made, user, town.made, (long long)work));
	db_testing_run(town.house.db, print("insert into progress (user_id, work_id, lesson_key, position, done, changed_ms) values (%lld, %lld, 'paid', 1, 1, 1)"
	                                    " on conflict (user_id, work_id, lesson_key) do nothing", user, (long long)work));
	return work;
}

/* Of a work of the first creator. */
static int64_t new_review(int64_t user)
{
	int64_t post = add_post("review", 0, user);

	db_testing_run(town.house.db, print("delete from review where user_id = %lld", (long long)user));
	db_testing_run(town.house.db, print("insert into review (post_id, work_id, user_id, stars, edition, source, counted, reply_ms)"
	                                    " values (%lld, %lld, %lld, 5, 1, 'order', 1, 0)", (long long)post, (long long)town.taught, (long long)user));
	return post;
}

static int64_t new_announcement(void)
{
	static int id = 500;

	id++;
	db_testing_run(town.house.db, print("insert into broadcast (id, kind, origin, audience, work_id, work_title, title, note, url, by_user, made_ms, state, reached, people, told)"
	                                    " values (%d, 'announced', %d, 'everybody', 0, '', 'T', 'N', '/', 1, 1, 'sent', 0, 1, 1)", id, id));
	return id;
}

/* A path is filled before its body, so a solution is of the question that was just asked. */
const char *talk_thing(struct caller *owner, struct text word)
{
	if (text_is(word, "asked"))
		return number(last_question = add_post("question", 0, owner->id.v));
	if (text_is(word, "solution"))
		return number(add_post("answer", last_question, owner->id.v));
	if (text_is(word, "reportable")) /* of somebody who calls nothing: nobody reports himself */
		return number(add_post("question", 0, 1));
	if (text_is(word, "studied"))
		return number(studied(owner));
	if (text_is(word, "review"))
		return number(new_review(owner->id.v));
	if (text_is(word, "reviewed"))
		return new_review(owner->id.v) ? number(town.taught) : NULL;
	if (text_is(word, "announced"))
		return number(new_announcement());
	if (text_is(word, "new-message"))
		return number(new_notification(owner));
	return text_is(word, "noted") ? new_note(owner) : NULL;
}
