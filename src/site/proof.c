/* proof.c - MP_verify_*.txt and its like: WeChat asks for such a file at our root before it believes that the domain is ours. Only
 * names of that form are taken, only letters and digits within, so nothing that a browser could run is ever served from there. */
#include "site/proof.h"

#include "audit/audit.h"

static const struct problem proof_missing = { 404, "proof-missing", "There is no such verification file." };

static bool is_word(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		char c = t.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return t.length > 0;
}

bool proof_name_fits(struct text name)
{
	struct text middle;

	if (!text_starts(name, TEXT("MP_verify_")) || !text_ends(name, TEXT(".txt")) || name.length > PROOF_NAME_MAX || name.length < 15)
		return false;
	middle = text_from(text_head(name, name.length - 4), 10);
	return is_word(middle);
}

static problem serve_proof(struct request *rq)
{
	struct text name = path_text(rq, "file"), content;
	problem why = proof_name_fits(name) ? proof__find(rq->tx, name, &content) : &problem_not_found;

	return why ? &problem_not_found : reply_bytes(rq, 200, TEXT("text/plain; charset=utf-8"), content);
}

/* ---- the owner's list ---- */

struct proofs {
	struct proof *items;
	size_t item_count;
};
static const struct shape proof_shape = SHAPE(proof,
	FIELD(proof, name,    SHAPE_TEXT, .min = 1, .max = PROOF_NAME_MAX),
	FIELD(proof, content, SHAPE_TEXT, .min = 1, .max = PROOF_CONTENT_MAX));
static const struct shape proofs_shape = SHAPE(proofs, LIST(proofs, items, item_count, &proof_shape));

static problem list(struct request *rq)
{
	struct proofs proofs;
	problem why = proof__list(rq->tx, &proofs.items, &proofs.item_count);

	return why ? why : reply(rq, 200, &proofs_shape, &proofs);
}

static problem put(struct request *rq)
{
	struct proof *proof = rq->body;
	problem why;

	proof->content = text_trim(proof->content);
	if (!proof_name_fits(proof->name))
		return field_wrong(rq, TEXT("name"), "pattern");
	if (!is_word(proof->content))
		return field_wrong(rq, TEXT("content"), "pattern");
	why = proof__keep(rq->tx, proof, rq->who.id);
	audit_add(rq->tx, rq->who.id, "domain-proof", "site", 0, (struct text){ 0 });
	return why ? why : reply_none(rq, 204);
}

static problem drop(struct request *rq)
{
	if (!proof__drop(rq->tx, path_text(rq, "file")))
		return &proof_missing;
	audit_add(rq->tx, rq->who.id, "domain-proof-removed", "site", 0, (struct text){ 0 });
	return reply_none(rq, 204);
}

static const struct route routes[] = {
	{ GET, "/{file}", serve_proof, READS, .who = ANYBODY, .says = "A verification file at the root", .page = true },
	{ GET, "/api/settings/proofs", list, READS, .who = ADMIN, .gives = &proofs_shape, .says = "Verification files" },
	{ PUT, "/api/settings/proofs", put, WRITES, .who = ADMIN, .takes = &proof_shape, .says = "Keep one" },
	{ DELETE, "/api/settings/proofs/{file}", drop, WRITES, .who = ADMIN, .says = "Remove one" },
	{ 0 }
};

const struct module proof_module = { .name = "proof", .routes = routes };
