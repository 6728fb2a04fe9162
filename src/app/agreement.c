/* agreement.c - the version of an agreement that a person agrees to: the words decide. Ours have the day that the program ships with them; the
 * owner's own are told by a hash of both languages, so that a correction of one page asks nobody about another. */
#include "app/app_room.h"

#include "account/account.h"
#include "catalog/catalog.h"
#include "crypto/crypto.h"
#include "site/shop.h"

static problem version_of(struct tx *tx, enum agreement agreement, struct text *ret)
{
	enum { SHORT_HASH = 12 };
	struct legal legal;
	const struct both *words[] = { [AGREEMENT_TERMS] = &legal.terms, [AGREEMENT_PRIVACY] = &legal.privacy, [AGREEMENT_REFUND] = &legal.refund };
	const struct both *both = words[agreement];
	problem why = setting_read(tx, &legal_group, &legal, NULL);

	if (why)
		return why;
	if (!both->zh.length && !both->en.length) {
		*ret = text_of(catalog_legal_version(agreement));
		return NULL;
	}
	*ret = text_head(sha256_hex(tx_arena(tx), arena_join(tx_arena(tx), (struct text[]){ both->zh, TEXT("\n\n"), both->en }, 3)), SHORT_HASH);
	return NULL;
}

const struct agreement_source app_agreements = { version_of };
