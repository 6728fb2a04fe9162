/* proof_store.c - SQL of the verification files. */
#include "site/proof.h"

static const struct shape proof_row = SHAPE_AS("proof_row", proof, FIELD(proof, name, SHAPE_TEXT), FIELD(proof, content, SHAPE_TEXT));

problem proof__find(struct tx *tx, struct text name, struct text *ret)
{
	struct proof found;
	problem why = read_one(tx, &problem_not_found, &proof_row, &found, "select name, content from domain_proof where name = $1", V(name));

	if (!why)
		*ret = found.content;
	return why;
}

problem proof__list(struct tx *tx, struct proof **ret, size_t *ret_count)
{
	return read_all(tx, &proof_row, PROOFS_MAX, (void **)ret, ret_count, "select name, content from domain_proof order by name limit 50", V0);
}

problem proof__keep(struct tx *tx, const struct proof *proof, struct user_id by)
{
	if (read_int(tx, 0, "select count(*) from domain_proof where name <> $1", V(proof->name)) >= PROOFS_MAX)
		return tx_fail(tx, &problem_conflict);
	run(tx, "insert into domain_proof (name, content, changed_by, changed_ms) values ($1, $2, $3, $4)"
	        " on conflict (name) do update set content = excluded.content, changed_by = excluded.changed_by, changed_ms = excluded.changed_ms",
	    V(proof->name, proof->content, by.v, tx_now_ms(tx)));
	return tx_problem(tx);
}

bool proof__drop(struct tx *tx, struct text name) { return run_count(tx, "delete from domain_proof where name = $1", V(name)) > 0; }
