/* consent.c - see consent.h. An agreement's version comes from whoever keeps its words; a consent is a row that is never changed. */
#include "account/consent.h"

#include <assert.h>

const struct problem agreement_changed = { 409, "agreement-changed", "There is a newer version; read that one." };

const char *const agreement_names[] = { NULL, "terms", "privacy", "refund", NULL };

/* The refund rule is agreed to with each order, which keeps it. */
static bool is_asked(enum agreement agreement) { return agreement != AGREEMENT_REFUND; }

static problem first_version(struct tx *tx, enum agreement agreement, struct text *ret)
{
	(void)tx, (void)agreement;
	*ret = TEXT("2026-01");
	return NULL;
}

const struct agreement_source agreements_as_shipped = { first_version };

problem consent__join(struct tx *tx, const struct agreement_source *source, struct user_id user)
{
	struct text version;
	problem why = NULL;

	for (int a = AGREEMENT_TERMS; !why && a < AGREEMENT_COUNT; a++) {
		why = source->version(tx, (enum agreement)a, &version);
		if (!why && is_asked((enum agreement)a))
			account__insert_consent(tx, user, agreement_names[a], version);
	}
	return why ? why : tx_problem(tx);
}

problem consent__due(struct tx *tx, const struct agreement_source *source, struct user_id user, struct consent *ret, size_t *ret_count)
{
	problem why = NULL;

	*ret_count = 0;
	for (int a = AGREEMENT_TERMS; !why && a < AGREEMENT_COUNT; a++) {
		struct consent due = { .agreement = a };

		why = source->version(tx, (enum agreement)a, &due.version);
		if (!why && is_asked((enum agreement)a) && !consent__has(tx, user, agreement_names[a], due.version))
			ret[(*ret_count)++] = due;
	}
	return why ? why : tx_problem(tx);
}

problem consent__give(struct tx *tx, const struct agreement_source *source, struct user_id user, const struct consent *given, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = agreement_names[given[i].agreement];
		struct text version;
		problem why = source->version(tx, (enum agreement)given[i].agreement, &version);

		assert(name);
		if (!why && !text_eq(version, given[i].version))
			why = &agreement_changed;
		if (why)
			return why;
		if (!consent__has(tx, user, name, version))
			account__insert_consent(tx, user, name, version);
	}
	return tx_problem(tx);
}
