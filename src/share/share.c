/* share.c - who sent whom. A link's code is drawn at random and says nothing about anybody; who follows it gets a cookie that says
 * the code and a number of this browser's own. A visit counts only when that cookie came back, so a robot that keeps none is not
 * counted; the table of those counted today holds hashes that change with the day and the link. */
#include "share/share_room.h"

#include "audit/audit.h"
#include "crypto/crypto.h"

const struct problem share_missing = { 404, "share-missing", "There is no such link." };
static const struct problem sources_too_many = { 409, "sources-too-many", "There are too many sources already." };

static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz"; /* none that looks like another */

static struct text new_code(struct tx *tx)
{
	unsigned char random[SHARE_CODE_LENGTH];
	char code[SHARE_CODE_LENGTH];

	world_random(tx_world(tx), random, sizeof random);
	for (size_t i = 0; i < sizeof code; i++)
		code[i] = letters[random[i] % (sizeof letters - 1)];
	return arena_text(tx_arena(tx), (struct text){ code, sizeof code });
}

static problem free_code(struct tx *tx, struct text *ret)
{
	enum { TRIES = 8 };
	struct link taken;
	problem why = NULL;

	for (int i = 0; i < TRIES && !why; i++) {
		*ret = new_code(tx);
		why = share__by_code(tx, *ret, &taken);
	}
	return why == &share_missing ? NULL : why ? why : &problem_internal;
}

/* Whose work it is; only what has a page is shared. */
static problem place_of(struct tx *tx, struct work_id work, struct creator_id *ret)
{
	struct work_card card;
	problem why;

	*ret = (struct creator_id){ 0 };
	if (!work.v)
		return NULL;
	why = work_by_id(tx, work, &card);
	if (!why)
		why = work_visible(&card);
	if (!why)
		*ret = card.creator;
	return why;
}

static problem add(struct tx *tx, struct link *link)
{
	problem why = place_of(tx, link->work, &link->creator);

	if (!why)
		why = free_code(tx, &link->code);
	if (why)
		return why;
	link->id = tx_id(tx);
	link->created_ms = tx_now_ms(tx);
	return share__insert(tx, link);
}

problem share__own(struct tx *tx, struct user_id user, struct work_id work, struct link *ret)
{
	problem why = share__find_own(tx, user, work, ret);

	if (why != &share_missing)
		return why;
	*ret = (struct link){ .user = user, .work = work };
	return add(tx, ret);
}

problem share__add(struct tx *tx, const struct link *draft, struct link *ret)
{
	problem why;

	if (share__source_count(tx, draft->user) >= SHARE_SOURCES_MAX)
		return &sources_too_many;
	*ret = *draft;
	why = add(tx, ret);
	if (!why)
		audit_add(tx, draft->user, "share-source-added", "share-link", ret->id, (struct text){ 0 });
	return why ? why : tx_problem(tx);
}

/* ---- visits ---- */

static int64_t day_of(int64_t now_ms) { return (now_ms + INT64_C(8) * 3600 * 1000) / (INT64_C(24) * 3600 * 1000); }

void share__count(struct tx *tx, const struct link *link, struct text visitor)
{
	int64_t day = day_of(tx_now_ms(tx));
	struct text who = arena_format(tx_arena(tx), "%.*s|%lld|%lld", TEXT_ARG(visitor), (long long)day, (long long)link->id);

	if (share__see(tx, day, text_head(sha256_hex(tx_arena(tx), who), 32)))
		share__add_visit(tx, link->id, day);
}

problem share__target(struct tx *tx, const struct link *link, struct text *ret)
{
	struct work_card card;
	problem why;

	*ret = TEXT("/");
	if (!link->work.v)
		return NULL;
	why = work_by_id(tx, link->work, &card);
	if (!why)
		*ret = card.url;
	return why;
}

static bool is_code(struct text code)
{
	bool good = code.length == SHARE_CODE_LENGTH;

	for (size_t i = 0; good && i < code.length; i++)
		good = code.at[i] && strchr(letters, code.at[i]);
	return good;
}

static bool is_visitor(struct text t)
{
	enum { VISITOR_LENGTH = 22 }; /* 16 bytes as base64url */
	bool good = t.length == VISITOR_LENGTH;

	for (size_t i = 0; good && i < t.length; i++) {
		char c = t.at[i];

		good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
	}
	return good;
}

bool share__read_cookie(struct text cookie, struct share_cookie *ret)
{
	struct text rest = cookie, code = text_cut(&rest, '.');

	if (!is_code(code) || !is_visitor(rest))
		return false;
	*ret = (struct share_cookie){ code, rest };
	return true;
}

problem share_source(struct request *rq, int64_t *ret_source)
{
	struct share_cookie cookie;
	struct link link;
	problem why;

	*ret_source = 0;
	if (!share__read_cookie(request_cookie(rq, "source"), &cookie))
		return NULL;
	why = share__by_code(rq->tx, cookie.code, &link);
	if (!why && link.user.v != rq->who.id.v)
		*ret_source = link.id;
	return why == &share_missing ? NULL : why;
}

const struct module share_module = { .name = "share", .routes = share_routes };
