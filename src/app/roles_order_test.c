/* roles_order_test.c - what the calls of roles_test.c name of orders that were paid and of money that goes back. */
#include "app/testing.h"

/* ---- refunds: what was bought is outside its rule, so that a request waits for the seller, who is the first creator ---- */

static const char *refund_state(int64_t order)
{
	const char *sql = print("select %d - coalesce(sum(case when state in ('APPROVED', 'SUCCEEDED') then amount else 0 end), 0) from purchase_refund"
	                        " where purchase_id = %lld", PRICE, (long long)order);
	const char *rows_of = print("select count(*) from purchase_refund where purchase_id = %lld", (long long)order);

	return print("review-%lld-%lld", (long long)db_testing_int(town.house.db, sql), (long long)db_testing_int(town.house.db, rows_of));
}

/* NULL: another word. A path is filled before its body, so the state is what holds then. */
const char *refund_thing(struct caller *owner, struct text word)
{
	const int64_t sold = town.people[0][0].bought;

	if (text_is(word, "bought-state") || text_is(word, "sold-state"))
		return refund_state(text_is(word, "sold-state") ? sold : owner->bought);
	if (!text_is(word, "bought") && !text_is(word, "sold") && !text_is(word, "request"))
		return NULL;
	db_testing_run(town.house.db, "update purchase_item set refund_days = 0");
	db_testing_run(town.house.db, "delete from purchase_refund where state in ('UNDER_REVIEW', 'REJECTED')");
	if (!text_is(word, "request"))
		return number(text_is(word, "sold") ? sold : owner->bought);
	town.made++;
	db_testing_run(town.house.db, print("insert into purchase_refund (id, purchase_id, state, automatic, ends_access, asked_by, amount, reason, created_ms)"
	                                    " values (%d, %lld, 'UNDER_REVIEW', 0, 0, %lld, 1, 'Why', 1)",
	                                    town.made, (long long)sold, (long long)town.people[0][0].id.v));
	return number(town.made);
}
