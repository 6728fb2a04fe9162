/* invitation_http.c - the administrators' list of who works here, and both ends of an invitation. What gives power asks for a
 * sign-in of the last minutes, what takes it away does not. */
#include "account/invitation.h"

#include "account/totp.h"

/* ---- the staff ---- */

struct member {
	struct user_id id;
	struct text name, login, *roles;
	size_t role_count;
	bool second_factor, me;
};
struct staff {
	struct member *items;
	size_t item_count;
};
static const struct shape member_shape = SHAPE_AS("staff_member", member,
	FIELD(member, id,            SHAPE_ID),
	FIELD(member, name,          SHAPE_TEXT),
	FIELD(member, login,         SHAPE_TEXT, .optional = true, .says = "masked"),
	LIST_OF(member, roles, role_count, SHAPE_TEXT),
	FIELD(member, second_factor, SHAPE_BOOL),
	FIELD(member, me,            SHAPE_BOOL));
static const struct shape staff_shape = SHAPE(staff, LIST(staff, items, item_count, &member_shape));

static problem add_member(struct request *rq, struct staff *staff, const struct staff_row *row)
{
	struct member *member = &staff->items[staff->item_count++];
	struct text login;
	problem why = account__login(rq, rq->tx, row->user, &login);

	*member = (struct member){ .id = row->user, .name = row->name, .second_factor = row->second_factor, .me = row->user.v == rq->who.id.v };
	member->roles = ARENA_ARRAY(rq->arena, struct text, ROLE_NAMES);
	if (!why)
		member->login = login_masked(rq->arena, login);
	return why == &user_missing ? NULL : why;
}

static problem serve_staff(struct request *rq)
{
	struct staff_row *rows;
	struct staff staff = { 0 };
	size_t n;
	problem why = staff__list(rq->tx, &rows, &n);

	if (why)
		return why;
	staff.items = ARENA_ARRAY(rq->arena, struct member, n);
	for (size_t i = 0; i < n && !why; i++) {
		struct member *last = staff.item_count ? &staff.items[staff.item_count - 1] : NULL;

		if (!last || last->id.v != rows[i].user.v)
			why = add_member(rq, &staff, &rows[i]);
		last = &staff.items[staff.item_count - 1];
		last->roles[last->role_count++] = rows[i].role;
	}
	return why ? why : reply(rq, 200, &staff_shape, &staff);
}

struct role_draft {
	int role;
};
static const struct shape role_draft_shape = SHAPE(role_draft, NAMED(role_draft, "grant", role, SHAPE_ENUM, .names = role_names));

static problem person_of(struct request *rq, struct user_id *ret)
{
	struct account account;
	problem why = path_id(rq, "id", &ret->v);

	return why ? why : account_by_id(rq->tx, *ret, &account);
}

static problem grant(struct request *rq)
{
	const struct role_draft *draft = rq->body;
	struct user_id user;
	enum who role;
	problem why = rq->who.fresh ? person_of(rq, &user) : &session_not_fresh;

	if (!why)
		why = role_from_name(text_of(role_names[draft->role]), &role) ? staff__grant(rq->tx, user, role, rq->who.id) : &problem_not_found;
	if (why)
		return why;
	second_factor__hold_all(rq->tx, rq->serve, user);
	reply_forget_person(rq, user);
	return reply_none(rq, 204);
}

static problem revoke(struct request *rq)
{
	struct user_id user;
	enum who role;
	problem why = person_of(rq, &user);

	if (!why)
		why = role_from_name(path_text(rq, "role"), &role) ? staff__revoke(rq->tx, user, role, rq->who.id) : &problem_not_found;
	if (why)
		return why;
	reply_forget_person(rq, user);
	return reply_none(rq, 204);
}

/* ---- invitations, as administrators see them ---- */

enum invitation_state { INVITATION_NONE, INVITATION_OPEN, INVITATION_USED, INVITATION_REVOKED, INVITATION_ENDED };
static const char *const invitation_states[] = { NULL, "open", "used", "revoked", "ended", NULL };

struct shown {
	int64_t id, made_ms, expires_ms;
	struct text role, by, to, used_by, link;
	int state;
};
struct shown_list {
	struct shown *items;
	size_t item_count;
};
static const struct shape shown_shape = SHAPE_AS("invitation", shown,
	FIELD(shown, id,         SHAPE_INT),
	FIELD(shown, role,       SHAPE_TEXT),
	FIELD(shown, state,      SHAPE_ENUM, .names = invitation_states),
	FIELD(shown, by,         SHAPE_TEXT),
	FIELD(shown, to,         SHAPE_TEXT, .optional = true, .says = "masked; absent: by link alone"),
	FIELD(shown, used_by,    SHAPE_TEXT, .optional = true),
	FIELD(shown, made_ms,    SHAPE_TIME),
	FIELD(shown, expires_ms, SHAPE_TIME),
	FIELD(shown, link,       SHAPE_TEXT, .optional = true, .says = "only in the answer that made it"));
static const struct shape shown_list_shape = SHAPE_AS("invitation_list", shown_list, LIST(shown_list, items, item_count, &shown_shape));

static problem show(struct request *rq, const struct invitation *i, struct shown *ret)
{
	struct text login = { 0 };
	problem why = NULL;

	*ret = (struct shown){ .id = i->id, .made_ms = i->made_ms, .expires_ms = i->expires_ms, .role = i->role, .by = i->made_by_name, .used_by = i->used_by_name };
	ret->state = i->used_ms ? INVITATION_USED : i->revoked_ms ? INVITATION_REVOKED : i->expires_ms <= tx_now_ms(rq->tx) ? INVITATION_ENDED : INVITATION_OPEN;
	if (i->sealed_login.length)
		why = field_open(account_keyring(rq->serve), rq->arena, (struct place){ "invitation", i->id, "sealed_login" }, i->sealed_login, &login);
	if (!why && login.length)
		ret->to = login_masked(rq->arena, login);
	return why;
}

static problem serve_invitations(struct request *rq)
{
	struct invitation *rows;
	struct shown_list list = { 0 };
	size_t n;
	problem why = invitation__list(rq->tx, &rows, &n);

	if (why)
		return why;
	list.items = ARENA_ARRAY(rq->arena, struct shown, n);
	while (!why && list.item_count < n) {
		why = show(rq, &rows[list.item_count], &list.items[list.item_count]);
		list.item_count++;
	}
	return why ? why : reply(rq, 200, &shown_list_shape, &list);
}

static const struct shape invitation_draft_shape = SHAPE(invitation_draft,
	NAMED(invitation_draft, "grant", role, SHAPE_ENUM, .names = role_names),
	FIELD(invitation_draft, login, SHAPE_TEXT, .optional = true, .max = 254, .says = "to whom it is sent; without one there is the link alone"));

static problem invite(struct request *rq)
{
	struct invitation_draft draft = *(const struct invitation_draft *)rq->body;
	struct invitation made;
	struct shown shown;
	struct login login;
	struct text token;
	problem why = rq->who.fresh ? NULL : &session_not_fresh;

	if (!why && draft.login.length) {
		if (login_read(rq->arena, draft.login, &login))
			return field_wrong(rq, TEXT("login"), "login");
		draft.login = login.value;
	}
	if (!why)
		why = invitation__make(rq->tx, account_keyring(rq->serve), &draft, rq->who.id, &made, &token);
	made.made_by_name = rq->who.name;
	if (!why)
		why = show(rq, &made, &shown);
	if (why)
		return why;
	shown.link = arena_format(rq->arena, "%.*s/invitation#%.*s", TEXT_ARG(request_origin(rq)), TEXT_ARG(token));
	return reply(rq, 201, &shown_shape, &shown);
}

static problem revoke_invitation(struct request *rq)
{
	int64_t id;
	problem why = path_id(rq, "id", &id);

	if (!why)
		why = invitation__revoke(rq->tx, id, rq->who.id);
	return why ? why : reply_none(rq, 204);
}

/* ---- the other end ---- */

struct token_draft {
	struct text token;
};
static const struct shape token_draft_shape = SHAPE_AS("invitation_token", token_draft, FIELD(token_draft, token, SHAPE_TEXT, .min = 1, .max = 64));

struct offer {
	struct text role, by;
	int64_t expires_ms;
};
static const struct shape offer_shape = SHAPE_AS("invitation_offer", offer,
	FIELD(offer, role,       SHAPE_TEXT),
	FIELD(offer, by,         SHAPE_TEXT),
	FIELD(offer, expires_ms, SHAPE_TIME));

static problem look(struct request *rq)
{
	const struct token_draft *draft = rq->body;
	struct invitation i;
	problem why = invitation__look(rq->tx, draft->token, &i);

	return why ? why : reply(rq, 200, &offer_shape, &(struct offer){ i.role, i.made_by_name, i.expires_ms });
}

static problem accept(struct request *rq)
{
	const struct token_draft *draft = rq->body;
	problem why = invitation__accept(rq->tx, draft->token, rq->who.id);

	if (why)
		return why;
	second_factor__hold_all(rq->tx, rq->serve, rq->who.id);
	reply_forget_person(rq, rq->who.id);
	return reply_none(rq, 204);
}

static const struct route routes[] = {
	{ GET, "/api/staff", serve_staff, READS, .who = ADMIN, .gives = &staff_shape, .says = "Who works here, with which roles" },
	{ POST, "/api/staff/{id}/roles", grant, WRITES, .who = ADMIN, .takes = &role_draft_shape, .says = "Give somebody a role" },
	{ DELETE, "/api/staff/{id}/roles/{role}", revoke, WRITES, .who = ADMIN, .says = "Take a role; the last administrator keeps his" },
	{ GET, "/api/staff/invitations", serve_invitations, READS, .who = ADMIN, .gives = &shown_list_shape, .says = "Invitations, newest first" },
	{ POST, "/api/staff/invitations", invite, WRITES, .who = ADMIN, .takes = &invitation_draft_shape, .gives = &shown_shape,
	  .says = "Invite somebody; the link is shown this once" },
	{ DELETE, "/api/staff/invitations/{id}", revoke_invitation, WRITES, .who = ADMIN, .says = "Withdraw an invitation" },
	{ POST, "/api/invitations/look", look, READS, .who = ANYBODY, .takes = &token_draft_shape, .gives = &offer_shape, .limit = LIMIT_SIGN_IN,
	  .says = "What an invitation offers" },
	{ POST, "/api/invitations/accept", accept, WRITES, .who = LEARNER, .takes = &token_draft_shape, .says = "Take the role that it offers" },
	{ 0 },
};

const struct module staff_module = { .name = "staff", .routes = routes };
