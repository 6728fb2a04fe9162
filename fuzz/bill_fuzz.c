/* bill_fuzz.c - a channel's bill as anybody may write it: what is read lies within its bytes, and adds up. */
#include <assert.h>
#include <stddef.h>

#include "payment/bill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct text all;
	struct bill_sums sums;
};

static void within(const struct seen *seen, struct text t)
{
	assert(!t.length || (t.at >= seen->all.at && t.at + t.length <= seen->all.at + seen->all.length));
}

static problem see(void *arg, const struct bill_fact *fact)
{
	struct seen *seen = arg;

	within(seen, fact->trade_no);
	within(seen, fact->refund_no);
	within(seen, fact->channel_number);
	within(seen, fact->state);
	assert(fact->trade_no.length && fact->amount.fen >= 0);
	seen->sums.rows++;
	seen->sums.gross.fen += fact->back ? 0 : fact->amount.fen;
	seen->sums.refunded.fen += fact->back ? fact->amount.fen : 0;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .all = { (const char *)data, size } };
	struct bill_sums sums;
	int64_t fee;

	if (!bill_read(seen.all, see, &seen, &sums))
		assert(sums.rows == seen.sums.rows && sums.gross.fen == seen.sums.gross.fen && sums.refunded.fen == seen.sums.refunded.fen);
	if (bill_fee_read(seen.all, &fee))
		assert(size >= 1);
	return 0;
}
