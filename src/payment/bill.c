/* bill.c - the form of a bill. Columns are found by their names, so new ones do no harm. A cell ends where a comma and a back-tick
 * follow, and a row where a back-tick begins the next line: commas and line ends in the name of what was sold are part of it. */
#include "payment/bill.h"

#include "payment/wechat_room.h"

#include <stdio.h>

const struct problem bill_large = { 502, "bill-large", "The bill of this day is longer than this program reads." };
const struct problem bill_unreadable = { 502, "bill-unreadable", "The channel's bill is not in the form of a bill." };
const struct problem bill_sums_wrong = { 502, "bill-sums-wrong", "The rows of the channel's bill do not add up to its sums." };

enum { COLUMNS_MAX = 64, ROW_MAX = 64 * 1024 };

/* ---- numbers ---- */

bool bill_fee_read(struct text t, int64_t *ret)
{
	bool back = t.length && t.at[0] == '-';
	struct text rest = back ? text_from(t, 1) : t, whole = text_cut(&rest, '.');
	int64_t yuan, parts = 0;

	if (!whole.length || whole.length > 12 || !text_to_int(whole, &yuan) || yuan < 0 || rest.length > 5 || (rest.at && !rest.length))
		return false;
	for (size_t i = 0; i < 5; i++) {
		char c = i < rest.length ? rest.at[i] : '0';

		if (c < '0' || c > '9')
			return false;
		parts = parts * 10 + c - '0';
	}
	*ret = (yuan * 100000 + parts) * (back ? -1 : 1);
	return true;
}

/* "2026-11-22 10:11:12", of Beijing */
static bool time_read(struct text t, int64_t *ret_ms)
{
	char whole[40];
	int n = t.length == 19 ? snprintf(whole, sizeof whole, "%.10sT%.8s+08:00", t.at, t.at + 11) : 0;

	return n == 25 && t.at[10] == ' ' && wechat__time_read((struct text){ whole, 25 }, ret_ms);
}

/* ---- rows and cells ---- */

struct cells {
	struct text at[COLUMNS_MAX];
	size_t count;
};

static struct text without_tick(struct text t) { return t.length && t.at[0] == '`' ? text_from(t, 1) : t; }

static bool cells_of(struct text row, bool ticked, struct cells *ret)
{
	ret->count = 0;
	if (row.length > ROW_MAX)
		return false;
	while (row.at) {
		size_t end = ticked ? text_find(row, TEXT(",`")) : text_find_char(row, ',');

		if (ret->count == COLUMNS_MAX)
			return false;
		ret->at[ret->count++] = without_tick(text_trim(text_head(row, end)));
		row = end == SIZE_MAX ? (struct text){ 0 } : text_from(row, end + 1);
	}
	return true;
}

#define SUM_HEAD TEXT("总交易单数")

static bool begins_row(struct text t) { return !t.length || t.at[0] == '`' || text_starts(t, SUM_HEAD); }

/* The next row, without its end; *rest moves behind it. */
static struct text next_row(struct text *rest)
{
	struct text all = *rest;
	size_t end = 0;

	do {
		size_t more = text_find_char(text_from(all, end), '\n');

		end = more == SIZE_MAX ? all.length : end + more + 1;
	} while (end < all.length && !begins_row(text_from(all, end)));
	*rest = text_from(all, end);
	return text_trim(text_head(all, end));
}

static size_t column(const struct cells *heads, const char *name)
{
	size_t i = 0;

	while (i < heads->count && !text_is(heads->at[i], name))
		i++;
	return i;
}

/* ---- facts ---- */

enum { AT, TRANSACTION, TRADE_NO, TRADE_STATE, REFUND_ID, REFUND_NO, REFUND_STATE, FEE, TOTAL, BACK, COLUMN_COUNT };
static const char *const names[COLUMN_COUNT] = { "交易时间", "微信订单号", "商户订单号", "交易状态", "微信退款单号", "商户退款单号", "退款状态",
	                                         "手续费", "订单金额", "申请退款金额" };

struct columns {
	size_t at[COLUMN_COUNT];
};

static bool columns_of(struct text head, struct columns *ret)
{
	struct cells heads;

	if (!cells_of(head, false, &heads))
		return false;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		ret->at[i] = column(&heads, names[i]);
		if (ret->at[i] == heads.count)
			return false;
	}
	return true;
}

static bool is_number(struct text t) { return t.length && !text_is(t, "0"); }

static bool fact_of(const struct columns *c, const struct cells *row, struct bill_fact *ret)
{
	struct text cell[COLUMN_COUNT];

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (c->at[i] >= row->count)
			return false;
		cell[i] = row->at[c->at[i]];
	}
	*ret = (struct bill_fact){ .back = is_number(cell[REFUND_NO]) || is_number(cell[REFUND_ID]), .trade_no = cell[TRADE_NO] };
	ret->refund_no = ret->back ? cell[REFUND_NO] : (struct text){ 0 };
	ret->channel_number = cell[ret->back ? REFUND_ID : TRANSACTION];
	ret->state = cell[ret->back ? REFUND_STATE : TRADE_STATE];
	return ret->trade_no.length && money_from_yuan(cell[ret->back ? BACK : TOTAL], &ret->amount) && bill_fee_read(cell[FEE], &ret->fee) &&
	       time_read(cell[AT], &ret->at_ms);
}

static bool add_up(struct bill_sums *sums, const struct bill_fact *fact)
{
	int64_t *to = fact->back ? &sums->refunded.fen : &sums->gross.fen;

	sums->rows++;
	return !__builtin_add_overflow(*to, fact->amount.fen, to) && !__builtin_add_overflow(sums->fee, fact->fee, &sums->fee);
}

/* ---- sums ---- */

static bool sums_read(struct text head, struct text row, struct bill_sums *ret)
{
	struct cells heads, cells;
	size_t rows, fee, gross, refunded;

	if (!cells_of(head, false, &heads) || !cells_of(row, true, &cells) || cells.count > heads.count)
		return false;
	rows = column(&heads, "总交易单数");
	fee = column(&heads, "手续费总金额");
	gross = column(&heads, "订单总金额");
	refunded = column(&heads, "申请退款总金额");
	return rows < cells.count && fee < cells.count && gross < cells.count && refunded < cells.count && text_to_int(cells.at[rows], &ret->rows) &&
	       bill_fee_read(cells.at[fee], &ret->fee) && money_from_yuan(cells.at[gross], &ret->gross) && money_from_yuan(cells.at[refunded], &ret->refunded);
}

static bool same_sums(const struct bill_sums *a, const struct bill_sums *b)
{
	return a->rows == b->rows && a->gross.fen == b->gross.fen && a->refunded.fen == b->refunded.fen && a->fee == b->fee;
}

problem bill_read(struct text bytes, problem (*each)(void *arg, const struct bill_fact *fact), void *arg, struct bill_sums *ret)
{
	struct text rest = text_without_mark(bytes), row;
	struct bill_sums sums = { 0 }, said;
	struct columns columns;
	struct cells cells;
	problem why = NULL;

	if (!text_is_utf8(bytes) || !columns_of(next_row(&rest), &columns))
		return &bill_unreadable;
	while (!why && rest.length && !text_starts(rest, SUM_HEAD)) {
		struct bill_fact fact;

		row = next_row(&rest);
		if (!row.length)
			continue;
		if (row.at[0] != '`' || !cells_of(row, true, &cells) || !fact_of(&columns, &cells, &fact) || !add_up(&sums, &fact))
			return &bill_unreadable;
		if (each)
			why = each(arg, &fact);
	}
	if (why)
		return why;
	row = next_row(&rest);
	if (!sums_read(row, next_row(&rest), &said))
		return &bill_unreadable;
	*ret = sums;
	return same_sums(&sums, &said) ? NULL : &bill_sums_wrong;
}
