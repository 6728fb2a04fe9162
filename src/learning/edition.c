/* edition.c - which edition of a work a person learns from: the newest, unless they stay on an older one. They may choose among those from
 * the one on that their access began with; what came before was never theirs. */
#include "learning/learning_room.h"

const struct problem edition_not_mine = { 404, "edition-not-mine", "This is no edition of that work which you have." };

problem learning_edition(struct tx *tx, struct user_id user, struct work_card *card)
{
	struct edition_id kept = { 0 };

	if (user.v)
		kept = learning__kept_edition(tx, user, card->id);
	if (kept.v)
		card->edition = kept;
	return tx_problem(tx);
}

problem learning__editions(struct tx *tx, struct user_id user, struct work_id work, struct work_edition **ret, size_t *ret_count)
{
	struct edition_id first = entitled_edition(tx, user, work);
	size_t n, mine = 1;
	problem why = work_editions(tx, work, ret, &n);

	if (why)
		return why;
	for (size_t i = 0; i < n; i++) {
		if ((*ret)[i].id.v == first.v)
			mine = i + 1;
	}
	*ret_count = mine < n ? mine : n;
	return NULL;
}

/* The newest is followed, not kept: the one after it will be theirs as well. */
problem learning__choose_edition(struct tx *tx, struct user_id user, struct work_id work, int64_t number)
{
	struct work_edition *editions;
	size_t n;
	problem why = learning__editions(tx, user, work, &editions, &n);

	for (size_t i = 0; !why && i < n; i++) {
		if (editions[i].number != number)
			continue;
		if (i == 0)
			learning__follow_newest(tx, user, work);
		else
			learning__keep_edition(tx, user, work, editions[i].id);
		return tx_problem(tx);
	}
	return why ? why : &edition_not_mine;
}
