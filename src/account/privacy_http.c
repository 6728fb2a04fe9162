/* privacy_http.c - asking for one's data and fetching it, asking to be forgotten and calling it off. */
#include "account/privacy_room.h"

#include "account/totp.h"
#include "audit/audit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct privacy_part *const no_parts[] = { NULL };

void account_know_privacy(struct serve *serve, const struct privacy_part *const *parts)
{
	struct account_home *home = module_state(serve, &account_module);

	atomic_store(&home->parts, parts);
}

const struct privacy_part *const *privacy_parts(const struct serve *serve)
{
	struct account_home *home = module_state(serve, &account_module);
	const struct privacy_part *const *parts = atomic_load(&home->parts);

	return parts ? parts : no_parts;
}

/* ---- how it stands ---- */

static const struct shape request_shape = SHAPE(privacy_request,
	FIELD(privacy_request, id,          SHAPE_INT),
	FIELD(privacy_request, kind,        SHAPE_ENUM, .names = privacy_kinds),
	FIELD(privacy_request, state,       SHAPE_ENUM, .names = privacy_state_names),
	FIELD(privacy_request, received_ms, SHAPE_TIME),
	FIELD(privacy_request, due_ms,      SHAPE_TIME, .says = "of a deletion: until then it can be called off"),
	FIELD(privacy_request, done_ms,     SHAPE_TIME, .says = "0: not yet"),
	FIELD(privacy_request, expires_ms,  SHAPE_TIME, .says = "of an export: until then the file is kept"),
	FIELD(privacy_request, size,        SHAPE_INT),
	FIELD(privacy_request, reason,      SHAPE_TEXT, .optional = true, .says = "what was in the way, as the type of a problem"));

struct privacy_standing {
	struct privacy_request *items;
	size_t item_count;
	const char *refused;
};
static const struct shape privacy_shape = SHAPE_AS("privacy", privacy_standing,
	LIST(privacy_standing, items, item_count, &request_shape),
	FIELD(privacy_standing, refused, SHAPE_WORD, .optional = true, .says = "why a deletion is not possible now, as the type of a problem"));

static problem serve_privacy(struct request *rq)
{
	struct privacy_standing state = { 0 };
	problem refused = deletion__refused(rq->tx, rq->serve, rq->who.id);
	problem why = privacy__list(rq->tx, rq->who.id, &state.items, &state.item_count);

	state.refused = refused ? refused->type : NULL;
	return why ? why : reply(rq, 200, &privacy_shape, &state);
}

/* ---- export ---- */

static problem ask_export(struct request *rq)
{
	struct privacy_request made;
	problem why = rq->who.fresh ? export__ask(rq->tx, rq->who.id, &made) : &session_not_fresh;

	return why ? why : reply(rq, 202, &request_shape, &made);
}

struct fetching {
	struct request *rq;
	struct privacy_request request;
};

static problem may_fetch(struct tx *tx, void *arg)
{
	struct fetching *f = arg;
	int64_t id;
	problem why = path_id(f->rq, "id", &id);

	tx_use_arena(tx, f->rq->arena);
	if (!why)
		why = privacy__by_id(tx, id, &f->request);
	if (why)
		return why;
	if (f->request.user.v != f->rq->who.id.v || f->request.kind != PRIVACY_EXPORT || f->request.state != PRIVACY_DONE)
		return &export_missing;
	if (f->request.expires_ms <= tx_now_ms(tx))
		return &export_gone;
	audit_add(tx, f->request.user, "export-fetched", "user", f->request.user.v, (struct text){ 0 });
	return tx_problem(tx);
}

static problem fetch_export(struct request *rq)
{
	struct fetching f = { .rq = rq };
	problem why = request_write(rq, may_fetch, &f);
	struct stat status;
	int fd;

	if (why)
		return why;
	fd = open(export__path(rq->arena, serve_data_folder(rq->serve), f.request.id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return &export_gone;
	if (fstat(fd, &status)) {
		close(fd);
		return &export_gone;
	}
	reply_header(rq, "Cache-Control", TEXT("no-store"));
	reply_header(rq, "Content-Disposition", TEXT("attachment; filename=\"my-data.zip\""));
	return reply_file(rq, fd, status.st_size, status.st_mtime, arena_format(rq->arena, "\"%lld\"", (long long)f.request.id), TEXT("application/zip"));
}

/* ---- deletion ---- */

static problem ask_deletion(struct request *rq)
{
	struct privacy_request made;
	problem why = rq->who.fresh ? deletion__ask(rq->tx, rq->serve, rq->who.id, rq->who.session, &made) : &session_not_fresh;

	if (why)
		return why;
	reply_forget_person(rq, rq->who.id);
	return reply(rq, 201, &request_shape, &made);
}

static problem call_off(struct request *rq)
{
	problem why = account__call_deletion_off(rq->tx, rq->who.id);

	return why ? why : reply_none(rq, 204);
}

static const struct route routes[] = {
	{ GET, "/api/me/privacy", serve_privacy, READS, .who = LEARNER, .gives = &privacy_shape, .says = "What I asked for about my data" },
	{ POST, "/api/me/exports", ask_export, WRITES, .who = LEARNER, .gives = &request_shape, .says = "Gather all that is kept about me; once a day" },
	{ GET, "/api/me/exports/{id}", fetch_export, WORKS, .who = LEARNER, .says = "The file of it, for a day" },
	{ POST, "/api/me/deletion", ask_deletion, WRITES, .who = LEARNER, .gives = &request_shape, .says = "Forget me, in seven days" },
	{ DELETE, "/api/me/deletion", call_off, WRITES, .who = LEARNER, .says = "I stay" },
	{ 0 },
};

static const struct job_kind jobs[] = {
	{ .kind = JOB_EXPORT, .run = export__run, .tries_max = EXPORT_TRIES_MAX },
	{ .kind = JOB_EXPORT_EXPIRES, .run = export__expire },
	{ .kind = JOB_DELETE, .run = deletion__run },
	{ 0 },
};

const struct module privacy_module = { .name = "privacy", .routes = routes, .jobs = jobs };
