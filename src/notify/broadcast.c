/* broadcast.c - what is told to many, given out piece by piece. */
#include "notify/broadcast_room.h"

#include <assert.h>

#include "account/people.h"

enum { PIECES_A_RUN = 20 /* then other jobs have their turn */ };

const struct problem announcement_missing = { 404, "announcement-missing", "There is no such announcement." };
const struct problem announcement_withdrawn = { 409, "announcement-withdrawn", "It was withdrawn already." };

#define X_NAME(id, name) [AUDIENCE_##id] = name,
const char *const broadcast_audience_names[] = { NULL, BROADCAST_AUDIENCES(X_NAME) NULL };
#undef X_NAME
#define X_NAME(id, name) [BROADCAST_##id] = name,
const char *const broadcast_state_names[] = { NULL, BROADCAST_STATES(X_NAME) NULL };
#undef X_NAME

void broadcast_know_owners(struct serve *serve, const struct broadcast_owners *owners) { notify_home(serve)->owners = owners; }

/* ---- writing it ---- */

void broadcast__begin(struct tx *tx, struct broadcast *b)
{
	b->id = tx_id(tx);
	if (!b->origin)
		b->origin = b->id;
	if (broadcast__insert(tx, b))
		job_add(tx, NOTIFY_JOB_BROADCAST, (struct text){ 0 }, arena_format(tx_arena(tx), "{\"broadcast\":%lld}", (long long)b->id), 0);
}

void broadcast_add(struct tx *tx, const struct broadcast_draft *draft)
{
	struct broadcast b = { .kind = (int)draft->kind, .origin = draft->origin, .audience = (int)draft->audience, .work = draft->work,
		               .work_title = draft->work ? draft->title : TEXT(""), .title = draft->title, .note = text_clip(draft->note, NOTE_MAX), .url = draft->url,
		               .by = draft->by };

	assert(draft->origin && draft->url.length && (draft->audience == AUDIENCE_OWNERS) == (draft->work != 0));
	broadcast__begin(tx, &b);
}

/* ---- whom ---- */

static const char *role_of(enum broadcast_audience audience) { return audience == AUDIENCE_CREATORS ? "creator" : ""; }

problem broadcast__count(struct tx *tx, const struct serve *serve, enum broadcast_audience audience, int64_t work, int64_t *ret)
{
	const struct broadcast_owners *owners = notify_home(serve)->owners;

	*ret = audience != AUDIENCE_OWNERS ? account_audience_count(tx, role_of(audience)) : owners ? owners->count(tx, work) : 0;
	return tx_problem(tx);
}

static problem people_of(struct tx *tx, const struct broadcast *b, struct reached **ret, size_t *ret_count)
{
	struct user_id *people;
	problem why = account_audience(tx, role_of((enum broadcast_audience)b->audience), (struct user_id){ b->reached }, BROADCAST_PIECE, &people, ret_count);

	if (why)
		return why;
	*ret = ARENA_ARRAY(tx_arena(tx), struct reached, *ret_count + 1);
	for (size_t i = 0; i < *ret_count; i++)
		(*ret)[i] = (struct reached){ people[i].v, people[i] };
	return NULL;
}

/* ---- giving it out ---- */

struct piece {
	struct job *job;
	int64_t id;
	struct broadcast b;
	struct reached *people;
	size_t n;
	bool over;
};

static problem find_piece(struct tx *tx, void *arg)
{
	struct piece *p = arg;
	const struct broadcast_owners *owners = notify_home(p->job->home)->owners;
	problem why;

	tx_use_arena(tx, p->job->arena);
	why = broadcast__by_id(tx, p->id, &p->b);
	p->n = 0;
	p->over = why || p->b.state != BROADCAST_SENDING;
	if (p->over)
		return why == &announcement_missing ? tx_problem(tx) : why;
	if (p->b.audience != AUDIENCE_OWNERS)
		return people_of(tx, &p->b, &p->people, &p->n);
	return owners ? owners->some(tx, p->b.work, p->b.reached, BROADCAST_PIECE, &p->people, &p->n) : NULL;
}

static bool is_told(struct tx *tx, const struct piece *p, struct user_id whom)
{
	return notification__tell(tx, &(struct notification_draft){ .kind = (enum notification_kind)p->b.kind, .whom = whom, .by = p->b.by, .subject = p->b.id,
	                                                            .title = p->b.title, .url = p->b.url });
}

/* Whose cursor is moved writes the rows: of two who run at once, one. */
static problem tell_piece(struct tx *tx, void *arg)
{
	struct piece *p = arg;
	int64_t told = 0;

	p->over = !p->n;
	if (p->over) {
		broadcast__end(tx, p->id);
		return tx_problem(tx);
	}
	for (size_t i = 0; i < p->n; i++)
		told += !account_is_banned(tx, p->people[i].user) && is_told(tx, p, p->people[i].user);
	if (!broadcast__move(tx, &p->b, p->people[p->n - 1].at, told))
		return tx_problem(tx) ? tx_problem(tx) : &problem_conflict;
	return tx_problem(tx);
}

problem broadcast__run(struct job *job)
{
	struct piece p = { .job = job };
	json_t *payload;
	problem why = json_read(job->arena, job->payload, &payload);

	p.id = why ? 0 : json_get_int(payload, "broadcast", 0);
	for (int i = 0; !why && !p.over && i < PIECES_A_RUN; i++) {
		why = db_read(job->db, find_piece, &p);
		if (!why && !p.over)
			why = db_write(job->db, tell_piece, &p);
		if (why == &problem_conflict) /* withdrawn, or somebody else's meanwhile: what was written is undone, and it is looked at again */
			why = NULL;
	}
	if (!why && !p.over)
		job_again(job, world_now_ms(db_world(job->db)));
	return why;
}
