/* deletion.c - being forgotten: asked for, waited for, called off by whoever signs in, and done in one transaction over all rooms. */
#include "account/invitation.h"
#include "account/privacy_room.h"

#include "audit/audit.h"
#include "base/json.h"

#include <unistd.h>

const struct problem deletion_asked = { 409, "deletion-asked", "A deletion is under way already." };
const struct problem deletion_missing = { 404, "deletion-missing", "No deletion is under way." };

static problem refuses(struct tx *tx, struct user_id user)
{
	return (account__roles(tx, user) & ADMIN) && account__count_role(tx, "admin") < 2 ? &last_admin : NULL;
}

const struct privacy_part account_privacy = { "account", account__gather, refuses, account__erase };

problem deletion__refused(struct tx *tx, const struct serve *serve, struct user_id user)
{
	const struct privacy_part *const *parts = privacy_parts(serve);
	problem why = account_privacy.refuses(tx, user);

	for (size_t i = 0; !why && parts[i]; i++)
		why = parts[i]->refuses ? parts[i]->refuses(tx, user) : NULL;
	return why;
}

problem deletion__ask(struct tx *tx, const struct serve *serve, struct user_id user, int64_t session, struct privacy_request *ret)
{
	int64_t now_ms = tx_now_ms(tx);
	struct privacy_request last;
	problem why = deletion__refused(tx, serve, user);

	if (!why && !privacy__newest(tx, user, PRIVACY_DELETION, &last) && last.state == PRIVACY_RECEIVED)
		why = &deletion_asked;
	if (why)
		return why;
	*ret = (struct privacy_request){ .id = tx_id(tx), .user = user, .kind = PRIVACY_DELETION, .state = PRIVACY_RECEIVED, .received_ms = now_ms, .due_ms = now_ms + DELETION_WAIT_MS };
	privacy__insert(tx, ret);
	session__end_others(tx, user, session);
	job_add(tx, JOB_DELETE, (struct text){ 0 }, arena_format(tx_arena(tx), "{\"request\":%lld}", (long long)ret->id), ret->due_ms);
	audit_add(tx, user, "deletion-asked", "user", user.v, (struct text){ 0 });
	return tx_problem(tx) == &db_unique ? &deletion_asked : tx_problem(tx);
}

problem account__call_deletion_off(struct tx *tx, struct user_id user)
{
	struct privacy_request last;
	problem why = privacy__newest(tx, user, PRIVACY_DELETION, &last);

	if (why || last.state != PRIVACY_RECEIVED)
		return tx_problem(tx) ? tx_problem(tx) : &deletion_missing;
	why = privacy__move(tx, &last, PRIVACY_CANCELLED);
	if (!why)
		audit_add(tx, user, "deletion-cancelled", "user", user.v, (struct text){ 0 });
	return why ? why : tx_problem(tx);
}

/* ---- the job ---- */

struct deleting {
	struct job *job;
	struct privacy_request request;
	bool erased;
};

static problem erase_all(struct tx *tx, struct deleting *d)
{
	const struct privacy_part *const *parts = privacy_parts(d->job->home);
	bool kept, any = false;
	problem why = NULL;

	for (size_t i = 0; !why && parts[i]; i++) {
		kept = false;
		why = parts[i]->erase ? parts[i]->erase(tx, d->request.user, &kept) : NULL;
		any = any || kept;
	}
	if (!why)
		why = account_privacy.erase(tx, d->request.user, &kept);
	if (!why)
		why = privacy__move(tx, &d->request, any ? PRIVACY_PART_HELD : PRIVACY_DONE);
	return why;
}

static problem refuse(struct tx *tx, struct deleting *d, problem reason)
{
	problem why = privacy__move(tx, &d->request, PRIVACY_REFUSED);

	if (why)
		return why;
	d->request.reason = text_of(reason->type);
	privacy__set_result(tx, &d->request);
	audit_add(tx, (struct user_id){ 0 }, "deletion-refused", "user", d->request.user.v,
	          arena_format(tx_arena(tx), "{\"reason\":\"%s\"}", reason->type));
	return tx_problem(tx);
}

static problem delete_now(struct tx *tx, void *arg)
{
	struct deleting *d = arg;
	json_t *payload;
	problem why, reason;

	tx_use_arena(tx, d->job->arena);
	d->erased = false;
	why = json_read(d->job->arena, d->job->payload, &payload);
	if (!why)
		why = privacy__by_id(tx, json_get_int(payload, "request", 0), &d->request);
	if (why || d->request.state != PRIVACY_RECEIVED)
		return why;
	reason = deletion__refused(tx, d->job->home, d->request.user);
	if (reason)
		return tx_problem(tx) ? tx_problem(tx) : refuse(tx, d, reason);
	why = privacy__move(tx, &d->request, PRIVACY_RUNNING);
	if (!why)
		why = erase_all(tx, d);
	if (why)
		return why;
	privacy__set_result(tx, &d->request);
	audit_add(tx, (struct user_id){ 0 }, "person-erased", "user", d->request.user.v, (struct text){ 0 });
	d->erased = true;
	return tx_problem(tx);
}

static problem drop_exports(struct tx *tx, void *arg)
{
	struct deleting *d = arg;
	struct privacy_request *all;
	size_t n;
	problem why;

	tx_use_arena(tx, d->job->arena);
	why = privacy__list(tx, d->request.user, &all, &n);
	for (size_t i = 0; !why && i < n; i++) {
		if (all[i].kind == PRIVACY_EXPORT)
			unlink(export__path(d->job->arena, serve_data_folder(d->job->home), all[i].id));
	}
	return why;
}

problem deletion__run(struct job *job)
{
	struct deleting d = { .job = job };
	problem why = db_write(job->db, delete_now, &d);

	if (why || !d.erased)
		return why;
	serve_forget(job->home, 0, d.request.user);
	return db_read(job->db, drop_exports, &d);
}
