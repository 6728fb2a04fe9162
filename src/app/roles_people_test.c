/* roles_people_test.c - what the calls of roles_test.c name of second factors, invitations, and requests about one's own data. */
#include "app/testing.h"

#include "account/invitation.h"
#include "account/privacy_room.h"
#include "account/totp.h"

#include <sys/stat.h>

/* ---- a second factor: the code is his who calls; nobody is called with the first learner's half session ---- */

#define FACTOR_SECRET TEXT("12345678901234567890")

struct factoring {
	struct caller *caller;
	const char *word;
	struct text half;
};

static problem set_factor(struct tx *tx, void *arg)
{
	struct factoring *f = arg;
	const struct account_home *home = module_state(town.house.serve, &account_module);
	struct user_id id = f->caller->id;
	problem why;

	tx_use_arena(tx, town.arena);
	totp__remove(tx, id);
	if (strcmp(f->word, "factor-off") != 0)
		totp__begin(tx, id, field_seal(home->keyring, town.arena, (struct place){ "totp", id.v, "sealed" }, FACTOR_SECRET));
	if (!strcmp(f->word, "half") || !strcmp(f->word, "factor-on"))
		assert_true(totp__confirm(tx, id, 0));
	why = account__second_factor(tx, id, &f->half);
	return why ? why : tx_problem(tx);
}

static const char *factor(struct caller *caller, struct text word)
{
	struct factoring f = { caller, arena_cstr(town.arena, word), { 0 } };

	if (text_is(word, "code"))
		return arena_cstr(town.arena, totp_code(town.arena, FACTOR_SECRET, world_now_ms(town.house.world) / 1000 / TOTP_STEP_S, TOTP_DIGITS));
	assert_done(db_write(town.house.db, set_factor, &f));
	return text_is(word, "half") ? arena_cstr(town.arena, f.half) : "second-factor";
}

struct inviting {
	struct invitation invitation;
	struct text token;
};

static problem make_invitation(struct tx *tx, void *arg)
{
	struct inviting *i = arg;
	const struct account_home *home = module_state(town.house.serve, &account_module);

	tx_use_arena(tx, town.arena);
	return invitation__make(tx, home->keyring, &(struct invitation_draft){ .role = 1 }, town.people[ROLES - 1][0].id, &i->invitation, &i->token);
}

static const char *invitation(struct text word)
{
	struct inviting i;

	assert_done(db_write(town.house.db, make_invitation, &i));
	return text_is(word, "invitation") ? number(i.invitation.id) : arena_cstr(town.arena, i.token);
}

/* ---- what one asks for about oneself: his who calls, save the export, which is the owner's ---- */

struct asking {
	struct user_id user;
	struct privacy_request request;
	bool export;
};

static problem ask_request(struct tx *tx, void *arg)
{
	struct asking *a = arg;

	a->request = (struct privacy_request){ .id = tx_id(tx), .user = a->user, .kind = a->export ? PRIVACY_EXPORT : PRIVACY_DELETION, .state = PRIVACY_RECEIVED };
	privacy__insert(tx, &a->request);
	return tx_problem(tx);
}

static int64_t new_request(const struct caller *of, bool export)
{
	struct asking a = { .user = of->id, .export = export };

	db_testing_run(town.house.db, "delete from privacy_request");
	assert_done(db_write(town.house.db, ask_request, &a));
	return a.request.id;
}

static const char *export_of(const struct caller *owner)
{
	int64_t id = new_request(owner, true), size;
	const char *path = export__path(town.arena, text_of(town.house.folder), id);
	struct privacy_writer *writer = writer_new(town.arena, NULL);

	mkdir(print("%s/exports", town.house.folder), 0700);
	assert_done(writer_save(writer, path, 0, &size));
	db_testing_run(town.house.db, print("update privacy_request set state = 'done', expires_ms = %lld where id = %lld", (long long)INT64_MAX, (long long)id));
	return number(id);
}

static const char *request_thing(struct caller *owner, const struct caller *caller, struct text word)
{
	if (text_is(word, "export"))
		return export_of(owner);
	if (text_is(word, "deletion"))
		new_request(caller->id.v ? caller : owner, false);
	else
		db_testing_run(town.house.db, "delete from privacy_request");
	return text_is(word, "deletion") ? "deletion" : "";
}

/* ---- the desk: the first learner, who bought of the first creator; what the shop gave him; and somebody who may be shut out ---- */

static const char *given(void)
{
	const struct caller *learner = &town.people[0][0], *author = &town.people[1][0];
	int id = 1000 + town.made++;

	db_testing_run(town.house.db, "delete from entitlement where source = 'staff'");
	db_testing_run(town.house.db, print("insert into access_grant (id, user_id, work_id, creator_id, access, access_days, access_until_ms, reason, state, granted_by,"
	                                    " created_ms, given_ms, until_ms) values (%d, %lld, %lld, %lld, 'days', 7, 0, 'Why', 'GIVEN', 1, 1, 1, 2)",
	                                    id, (long long)learner->id.v, (long long)town.wanted, (long long)author->creator.v));
	db_testing_run(town.house.db, print("insert into entitlement (id, user_id, work_id, edition_id, source, source_id, from_ms, until_ms)"
	                                    " values (%d, %lld, %lld, 1, 'staff', %d, 1, 2)", id, (long long)learner->id.v, (long long)town.wanted, id));
	return number(id);
}

static const char *stranger(void)
{
	struct account account;
	const struct account_draft draft = { .login = text_of(print("stranger%d@example.cn", town.made++)), .password = TEXT("correct horse battery") };

	assert_done(account_create(town.house.db, account_keyring(town.house.serve), town.arena, &draft, &account));
	return number(account.id.v);
}

/* A day's bill and its one difference have the same number. */
static const char *bill(void)
{
	db_testing_run(town.house.db, "insert into recon_run (id, channel, day, state, started_ms, asked_by) values (9, 'wechat', '2026-01-01', 'DONE', 1, 0)"
	                              " on conflict (id) do nothing");
	db_testing_run(town.house.db, "insert into recon_diff (id, run_id, kind, about, number, channel_number, ours, theirs, our_state, their_state, at_ms, seen_ms)"
	                              " values (9, 9, 'STATE', 'payment', 'ZF1', '42', 1, 1, '', '', 1, 1) on conflict (id) do nothing");
	return "9";
}

static const char *import(void)
{
	int id = 2000 + town.made++;

	db_testing_run(town.house.db, print("insert into grant_batch (id, sha256, name, state, made_by, made_ms, good) values (%d, '%d', 'a.csv', 'READY', 1, 1, 1)", id, id));
	return number(id);
}

static const char *desk_thing(struct text word)
{
	if (text_is(word, "failed-job")) {
		db_testing_run(town.house.db, print("insert into job (id, kind, payload, state, run_at_ms, tries, lease, added_ms, why)"
		                                    " values (%d, 'nobody-runs-it', '{}', 'parked', 1, 1, 0, 1, 'broken')", ++town.made));
		return number(town.made);
	}
	if (text_is(word, "notice"))
		return number(db_testing_int(town.house.db, "select min(id) from channel_event"));
	if (text_is(word, "import"))
		return import();
	if (text_is(word, "bill"))
		return bill();
	if (text_is(word, "given"))
		return given();
	if (text_is(word, "stranger"))
		return stranger();
	return text_is(word, "learner") || text_is(word, "ungiven") ? number(town.people[0][0].id.v) : NULL;
}

const char *people_thing(struct caller *owner, const struct caller *caller, struct text word)
{
	if (text_is(word, "code") || text_is(word, "half") || text_starts(word, TEXT("factor-")))
		return factor(caller->id.v ? (struct caller *)caller : owner, word);
	if (text_starts(word, TEXT("invitation")))
		return invitation(word);
	if (text_is(word, "export") || text_is(word, "deletion") || text_is(word, "no-request"))
		return request_thing(owner, caller, word);
	return desk_thing(word);
}
