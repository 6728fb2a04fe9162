/* bill.c - the trade bill of a day (Beijing time): BOM, CRLF, each cell behind a back-tick, amounts in yuan, a summary at the
 * end. Made from the book whenever it is asked for, so it agrees with what was answered. The download is not signed: who
 * asked first was given its hash. A fault of the bill is set for two times, or for good: it is made when it is asked for, and again
 * when it is downloaded. */
#include <stdio.h>

#include "sandbox.h"

static const struct problem bill_missing = { 400, "NO_STATEMENT_EXIST", "账单不存在" };
static const struct problem bill_early = { 400, "STATEMENT_CREATING", "账单生成中" };

enum { FEE_PER_MILLE = 6 };
#define DAY_MS     INT64_C(86400000)
#define BEIJING_MS INT64_C(28800000)

enum bill_type { BILL_ALL = 1, BILL_SUCCESS, BILL_REFUND };

struct bill {
	struct call *call;
	struct buffer *out;
	struct arena *arena; /* emptied after each row */
	int64_t from_ms, to_ms;
	enum bill_type type;
	int64_t rows, settled, refunded, ordered, asked, fee; /* fee in thousandths of a fen */
	bool payment_missing, refund_missing, amount_wrong; /* faults that are still to happen in this bill */
};

/* ---- cells ---- */

static void cell(struct bill *bill, struct text t)
{
	struct buffer *out = bill->out;

	if (out->length && out->at[out->length - 1] != '\n')
		buffer_add_char(out, ',');
	buffer_add_char(out, '`');
	for (size_t i = 0; i < t.length; i++)
		buffer_add_char(out, t.at[i] == '\n' || t.at[i] == '\r' ? ' ' : t.at[i]);
}

static void cells_empty(struct bill *bill, int n)
{
	while (n-- > 0)
		cell(bill, TEXT(""));
}

static void cell_yuan(struct bill *bill, int64_t fen)
{
	char yuan[MONEY_TEXT_MAX];

	cell(bill, money_to_yuan(MONEY(fen), yuan));
}

/* "0.59400": five decimals of a yuan; negative where it comes back */
static void cell_fee(struct bill *bill, int64_t thousandths)
{
	int64_t size = thousandths < 0 ? -thousandths : thousandths;

	cell(bill, arena_format(bill->arena, "%s%lld.%05lld", thousandths < 0 ? "-" : "", (long long)(size / 100000),
	                        (long long)(size % 100000)));
}

static void row_end(struct bill *bill)
{
	buffer_add(bill->out, TEXT("\r\n"));
}

static struct text bill_time(struct bill *bill, int64_t ms)
{
	struct text t = clock_rfc3339(bill->arena, ms);

	return arena_format(bill->arena, "%.10s %.8s", t.at, t.at + 11);
}

/* ---- rows ---- */

struct bill_row {
	int64_t at_ms, total, refund;
	struct text transaction, out_trade_no, openid, way, description, attach;
	struct text refund_id, out_refund_no, state; /* of a refund; empty: a payment */
	int64_t id;
};

static const struct shape row_shape = SHAPE(bill_row,
	FIELD(bill_row, at_ms, SHAPE_INT), FIELD(bill_row, total, SHAPE_INT), FIELD(bill_row, refund, SHAPE_INT),
	FIELD(bill_row, transaction, SHAPE_TEXT), FIELD(bill_row, out_trade_no, SHAPE_TEXT), FIELD(bill_row, openid, SHAPE_TEXT),
	FIELD(bill_row, way, SHAPE_TEXT), FIELD(bill_row, description, SHAPE_TEXT), FIELD(bill_row, attach, SHAPE_TEXT),
	FIELD(bill_row, refund_id, SHAPE_TEXT), FIELD(bill_row, out_refund_no, SHAPE_TEXT), FIELD(bill_row, state, SHAPE_TEXT),
	FIELD(bill_row, id, SHAPE_INT));

static void row_head(struct bill *bill, const struct bill_row *r, bool back)
{
	const struct keys *keys = &bill->call->sandbox->keys;

	cell(bill, bill_time(bill, r->at_ms));
	cell(bill, keys->appid);
	cell(bill, keys->mchid);
	cells_empty(bill, 2);
	cell(bill, r->transaction);
	cell(bill, r->out_trade_no);
	cell(bill, r->openid);
	cell(bill, text_is(r->way, "h5") ? TEXT("MWEB") : TEXT("NATIVE"));
	cell(bill, back ? TEXT("REFUND") : TEXT("SUCCESS"));
	cell(bill, TEXT("OTHERS"));
	cell(bill, TEXT("CNY"));
}

static void row_tail(struct bill *bill, const struct bill_row *r, bool back)
{
	int64_t fee = (back ? -r->refund : r->total) * FEE_PER_MILLE;

	cell_yuan(bill, back ? 0 : r->total);
	cell_yuan(bill, 0);
	cell(bill, back ? r->refund_id : TEXT("0"));
	cell(bill, back ? r->out_refund_no : TEXT("0"));
	cell_yuan(bill, back ? r->refund : 0);
	cell_yuan(bill, 0);
	cell(bill, back ? TEXT("ORIGINAL") : TEXT(""));
	cell(bill, back ? (text_is(r->state, "CLOSED") ? TEXT("FAIL") : text_is(r->state, "ABNORMAL") ? TEXT("CHANGE") : r->state) : TEXT(""));
	cell(bill, r->description);
	cell(bill, r->attach);
	cell_fee(bill, fee);
	cell(bill, TEXT("0.60%"));
	cell_yuan(bill, back ? 0 : r->total);
	cell_yuan(bill, back ? r->refund : 0);
	cell(bill, TEXT(""));
	row_end(bill);
	bill->fee += fee;
}

static void row_add(struct bill *bill, const struct bill_row *r)
{
	bool back = r->state.length > 0;

	row_head(bill, r, back);
	row_tail(bill, r, back);
	arena_reset(bill->arena);
	bill->rows++;
	bill->settled += back ? 0 : r->total;
	bill->ordered += back ? 0 : r->total;
	bill->refunded += back ? r->refund : 0;
	bill->asked += back ? r->refund : 0;
}

/* Is it due in this bill? Then it has happened. */
static bool happens(bool *due)
{
	bool was = *due;

	*due = false;
	return was;
}

static problem row_write(void *arg, const void *found)
{
	struct bill *bill = arg;
	struct bill_row row = *(const struct bill_row *)found;
	bool back = row.state.length > 0;

	if (happens(back ? &bill->refund_missing : &bill->payment_missing))
		return NULL;
	if (!back && happens(&bill->amount_wrong))
		row.total++;
	row_add(bill, &row);
	return bill->out->why;
}

/* A payment that nobody ever made here. */
static void row_invent(struct bill *bill)
{
	row_add(bill, &(struct bill_row){ .at_ms = bill->from_ms + 1000, .total = 8800, .transaction = TEXT("4200009999202601010000000001"),
	                                  .out_trade_no = TEXT("ZF-NOT-OURS-1"), .openid = TEXT("oNobody"), .way = TEXT("native"),
	                                  .description = TEXT("来历不明"), .attach = TEXT(""), .refund_id = TEXT(""), .out_refund_no = TEXT(""),
	                                  .state = TEXT("") });
}

static void summary_write(struct bill *bill)
{
	buffer_add(bill->out, TEXT("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"));
	cell(bill, arena_format(bill->arena, "%lld", (long long)bill->rows));
	cell_yuan(bill, bill->settled);
	cell_yuan(bill, bill->refunded);
	cell_yuan(bill, 0);
	cell_fee(bill, bill->fee);
	cell_yuan(bill, bill->ordered);
	cell_yuan(bill, bill->asked);
	row_end(bill);
}

static problem bill_write(struct tx *tx, struct bill *bill)
{
	struct faults *faults = bill->call->sandbox->faults;
	problem why;

	bill->payment_missing = faults_take(faults, FAULT_BILL_ROW_MISSING, NULL);
	bill->refund_missing = faults_take(faults, FAULT_BILL_REFUND_MISSING, NULL);
	bill->amount_wrong = faults_take(faults, FAULT_BILL_AMOUNT, NULL);
	bill->arena = arena_new(65536);
	buffer_add(bill->out, TEXT("\xef\xbb\xbf交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
	                           "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,"
	                           "订单金额,申请退款金额,费率备注\r\n"));
	why = book_bill_each(tx, &row_shape, row_write, bill, bill->from_ms, bill->to_ms, bill->type != BILL_REFUND, bill->type != BILL_SUCCESS);
	if (faults_take(faults, FAULT_BILL_ROW_EXTRA, NULL))
		row_invent(bill);
	bill->rows += faults_take(faults, FAULT_BILL_SUMS, NULL);
	if (!why)
		summary_write(bill);
	arena_free(bill->arena);
	return why ? why : bill->out->why;
}

/* ---- asking for it ---- */

static bool day_read(struct text date, int64_t *ret_ms)
{
	char whole[32];
	int64_t ms;

	if (date.length != 10)
		return false;
	snprintf(whole, sizeof(whole), "%.10sT00:00:00+08:00", date.at);
	if (!clock_from_rfc3339(text_of(whole), &ms) || (ms + BEIJING_MS) % DAY_MS)
		return false;
	*ret_ms = ms;
	return true;
}

static problem bill_asked(struct call *call, struct bill *ret)
{
	static const char *const types[] = { [BILL_ALL] = "ALL", [BILL_SUCCESS] = "SUCCESS", [BILL_REFUND] = "REFUND" };
	struct text type = call_query(call, "bill_type");
	int64_t now = clock_now_ms(call->sandbox->clock);

	if (!day_read(call_query(call, "bill_date"), &ret->from_ms))
		return wrong_field(call, "bill_date");
	ret->to_ms = ret->from_ms + DAY_MS;
	ret->type = type.at ? 0 : BILL_ALL;
	for (int i = BILL_ALL; i <= BILL_REFUND; i++)
		if (text_is(type, types[i]))
			ret->type = (enum bill_type)i;
	if (!ret->type)
		return wrong_field(call, "bill_type");
	if (ret->from_ms < now - 92 * DAY_MS)
		return wrong_field(call, "bill_date");
	return ret->to_ms > now ? &bill_early : NULL;
}

static problem bill_ask(struct tx *tx, void *arg)
{
	struct call *call = arg;
	CLEANUP(buffer_free) struct buffer file = BUFFER(64 << 20);
	struct bill bill = { .call = call, .out = &file };
	problem why = bill_asked(call, &bill);

	if (!why)
		why = bill_write(tx, &bill);
	if (why)
		return why;
	if (!bill.rows)
		return &bill_missing;
	if (faults_take(call->sandbox->faults, FAULT_BILL_HASH, NULL))
		buffer_add_char(&file, ' ');
	buffer_format(&call->answer, "{\"hash_type\":\"SHA1\",\"hash_value\":\"%.*s\",\"download_url\":\"http://127.0.0.1:%d/v3/billdownload/file?%.*s\"}",
	              TEXT_ARG(sha1_hex(call->arena, buffer_text(&file))), call->sandbox->port, TEXT_ARG(call->rq->query));
	return NULL;
}

static problem bill_download(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct bill bill = { .call = call, .out = &call->answer };
	problem why = bill_asked(call, &bill);

	call->content_type = "text/plain";
	call->unsigned_answer = true;
	return why ? why : bill_write(tx, &bill);
}

const struct gateway_route bill_routes[] = {
	{ GET, "/v3/bill/tradebill", bill_ask },
	{ GET, "/v3/billdownload/file", bill_download },
	{ 0 },
};
