/* people_store.c - SQL of the desk's view of people, and of bans. */
#include "account/account_room.h"
#include "account/people.h"

#include <assert.h>

static const struct shape card_row = SHAPE(person_card,
	FIELD(person_card, id,         SHAPE_ID),
	FIELD(person_card, name,       SHAPE_TEXT),
	FIELD(person_card, language,   SHAPE_TEXT),
	FIELD(person_card, joined_ms,  SHAPE_TIME),
	FIELD(person_card, banned_ms,  SHAPE_TIME, .nullable = true),
	FIELD(person_card, ban_reason, SHAPE_TEXT, .nullable = true));

problem person__card(struct tx *tx, struct user_id id, struct person_card *ret)
{
	*ret = (struct person_card){ 0 };
	return read_one(tx, &user_missing, &card_row, ret,
	                "select u.id, u.name, u.language, u.created_ms, b.at_ms, b.reason from user_account u"
	                " left join account_ban b on b.user_id = u.id where u.id = $1", V(id.v));
}

struct found_person {
	struct user_id id;
};
static const struct shape found_row = SHAPE(found_person, FIELD(found_person, id, SHAPE_ID));
static_assert(sizeof(struct found_person) == sizeof(struct user_id), "a list of rows is a list of ids");

problem person__by_name(struct tx *tx, struct text folded, size_t most, struct user_id **ret, size_t *ret_count)
{
	if (!folded.length)
		return read_all(tx, &found_row, most, (void **)ret, ret_count, "select id from user_account order by created_ms desc, id desc limit $1", V(most));
	return read_all(tx, &found_row, most, (void **)ret, ret_count,
	                "select id from user_account where substr(name_folded, 1, cast($2 as integer)) = $1 order by created_ms desc, id desc limit $3",
	                V(folded, text_characters(folded), most));
}

problem account_people_after(struct tx *tx, struct user_id after, size_t most, struct user_id **ret, size_t *ret_count)
{
	return read_all(tx, &found_row, most, (void **)ret, ret_count, "select id from user_account where id > $1 order by id limit $2", V(after.v, most));
}

static const struct shape device_row = SHAPE(person_device,
	FIELD(person_device, agent,      SHAPE_TEXT),
	FIELD(person_device, created_ms, SHAPE_TIME),
	FIELD(person_device, seen_ms,    SHAPE_TIME));

problem account_person_devices(struct tx *tx, struct user_id id, struct person_device **ret, size_t *ret_count)
{
	return read_all(tx, &device_row, PERSON_DEVICES_MAX, (void **)ret, ret_count,
	                "select agent, created_ms, seen_ms from session where user_id = $1 and expires_ms > $2 order by seen_ms desc, id desc limit 50",
	                V(id.v, tx_now_ms(tx)));
}

/* ---- bans ---- */

void person__ban(struct tx *tx, struct user_id user, struct text reason, struct user_id by)
{
	run(tx, "insert into account_ban (user_id, reason, banned_by, at_ms) values ($1, $2, $3, $4)"
	        " on conflict (user_id) do update set reason = excluded.reason, banned_by = excluded.banned_by",
	    V(user.v, reason, by.v, tx_now_ms(tx)));
}

bool person__unban(struct tx *tx, struct user_id user)
{
	return run_count(tx, "delete from account_ban where user_id = $1", V(user.v)) == 1;
}

bool account_is_banned(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select 1 from account_ban where user_id = $1", V(user.v)) == 1;
}

bool account_is_erased(struct tx *tx, struct user_id user)
{
	return read_int(tx, 0, "select 1 from privacy_request where user_id = $1 and kind = 'deletion' and state in ('running', 'done', 'part_held') limit 1",
	                V(user.v)) == 1;
}

/* ---- proven logins ---- */

problem account_proven_holder(struct tx *tx, struct text blind, struct user_id *ret)
{
	struct found_person found;
	problem why = read_one(tx, &user_missing, &found_row, &found, "select user_id from identity where blind = $1 and verified_ms is not null", V(blind));

	if (!why)
		*ret = found.id;
	return why;
}

struct key_row {
	struct text blind;
};
static const struct shape key_row_shape = SHAPE(key_row, FIELD(key_row, blind, SHAPE_TEXT));
static_assert(sizeof(struct key_row) == sizeof(struct text), "a list of rows is a list of texts");

problem account_proven_keys(struct tx *tx, struct user_id user, struct text **ret, size_t *ret_count)
{
	return read_all(tx, &key_row_shape, 50, (void **)ret, ret_count,
	                "select blind from identity where user_id = $1 and verified_ms is not null order by id limit 50", V(user.v));
}

bool account_has_proven(struct tx *tx, struct user_id user, const char *kind)
{
	return read_int(tx, 0, "select 1 from identity where user_id = $1 and kind = $2 and verified_ms is not null limit 1", V(user.v, kind)) == 1;
}

problem account_with_role(struct tx *tx, const char *role, size_t most, struct user_id **ret, size_t *ret_count)
{
	return read_all(tx, &found_row, most, (void **)ret, ret_count, "select user_id from role_grant where role = $1 and user_id not in (select user_id from account_ban) order by user_id limit $2",
	                V(role, most));
}

#define AUDIENCE                                                                                                                   \
	" from user_account u where u.id > $1 and ($2 = '' or exists (select 1 from role_grant r where r.user_id = u.id and r.role = $2))" \
	" and not exists (select 1 from account_ban b where b.user_id = u.id)"                                                    \
	" and not exists (select 1 from privacy_request p where p.user_id = u.id and p.kind = 'deletion' and p.state in ('running', 'done', 'part_held'))"

problem account_audience(struct tx *tx, const char *role, struct user_id after, size_t most, struct user_id **ret, size_t *ret_count)
{
	return read_all(tx, &found_row, most, (void **)ret, ret_count, "select u.id" AUDIENCE " order by u.id limit $3", V(after.v, role, most));
}

int64_t account_audience_count(struct tx *tx, const char *role) { return read_int(tx, 0, "select count(*)" AUDIENCE, V(0, role)); }
