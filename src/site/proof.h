/* proof.h - verification files at the root of the site. */
#ifndef SITE_PROOF_H
#define SITE_PROOF_H

#include "serve/serve.h"

enum { PROOF_NAME_MAX = 80, PROOF_CONTENT_MAX = 200, PROOFS_MAX = 50 };

struct proof {
	struct text name, content;
};
bool proof_name_fits(struct text name);

extern const struct module proof_module;

/* ---- store ---- */

MUST problem proof__find(struct tx *tx, struct text name, struct text *ret); /* problem_not_found */
MUST problem proof__list(struct tx *tx, struct proof **ret, size_t *ret_count);
MUST problem proof__keep(struct tx *tx, const struct proof *proof, struct user_id by); /* problem_conflict: there are PROOFS_MAX */
bool proof__drop(struct tx *tx, struct text name);

#endif
