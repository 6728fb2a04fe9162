/* page.c - the payer's side: a list of open payments, and for each the page that a phone would show. Plain HTML, whole
 * without script; Chinese first, English where the browser prefers it. */
#include "sandbox.h"

/* ---- words ---- */

enum word {
	W_TITLE, W_BANNER, W_OPEN, W_DONE, W_NONE, W_NONE_HINT, W_PAY, W_DECLINE, W_LATE, W_LATE_HINT, W_TWICE, W_TWICE_HINT, W_BACK,
	W_LIST, W_ORDER, W_WAY, W_TIME, W_STATE, W_PAID, W_DECLINED, W_CLOSED, W_EXPIRED, W_REFUNDED, W_NOTPAY, W_MORE, W_NATIVE, W_H5,
	W_REFUSED, W_MISSING, W_INBOX, W_JSAPI, W_COUNT,
};

static const char *const words[2][W_COUNT] = {
	{
		[W_TITLE] = "沙箱收银台", [W_BANNER] = "沙箱：这里不会动用真实的钱", [W_OPEN] = "待付款", [W_DONE] = "最近的付款",
		[W_NONE] = "没有待付款的订单", [W_NONE_HINT] = "在站点下单后，这里会出现一笔待付款。", [W_PAY] = "确认付款",
		[W_DECLINE] = "放弃付款", [W_LATE] = "迟到的付款", [W_LATE_HINT] = "订单过期或关闭以后，这笔款仍然付成功",
		[W_TWICE] = "重复通知", [W_TWICE_HINT] = "付款一次，相隔一秒通知商户两次", [W_BACK] = "返回商家",
		[W_LIST] = "全部付款", [W_ORDER] = "商户订单号", [W_WAY] = "支付方式", [W_TIME] = "下单时间", [W_STATE] = "状态",
		[W_PAID] = "支付成功", [W_DECLINED] = "已放弃付款", [W_CLOSED] = "订单已关闭", [W_EXPIRED] = "订单已过期",
		[W_REFUNDED] = "已退款", [W_NOTPAY] = "等待付款", [W_MORE] = "模拟特殊情况", [W_NATIVE] = "扫码支付", [W_H5] = "手机网页支付",
		[W_REFUSED] = "这笔订单已经不能付款了", [W_MISSING] = "没有这笔付款", [W_INBOX] = "收到的邮件和短信",
		[W_JSAPI] = "微信内支付",
	},
	{
		[W_TITLE] = "Sandbox cashier", [W_BANNER] = "Sandbox: no real money moves here", [W_OPEN] = "Waiting for payment",
		[W_DONE] = "Recent payments", [W_NONE] = "Nothing to pay", [W_NONE_HINT] = "Place an order on the site and it shows up here.",
		[W_PAY] = "Pay", [W_DECLINE] = "Decline", [W_LATE] = "Pay late",
		[W_LATE_HINT] = "goes through although the order has expired or was closed", [W_TWICE] = "Notify twice",
		[W_TWICE_HINT] = "one payment, two notifications a second apart", [W_BACK] = "Back to the shop", [W_LIST] = "All payments",
		[W_ORDER] = "Order number", [W_WAY] = "Way to pay", [W_TIME] = "Ordered", [W_STATE] = "State", [W_PAID] = "Paid",
		[W_DECLINED] = "Declined", [W_CLOSED] = "Closed", [W_EXPIRED] = "Expired", [W_REFUNDED] = "Refunded",
		[W_NOTPAY] = "Waiting for payment", [W_MORE] = "Out of the ordinary", [W_NATIVE] = "QR code", [W_H5] = "Mobile web",
		[W_REFUSED] = "This order cannot be paid any more", [W_MISSING] = "There is no such payment", [W_INBOX] = "Mails and SMS that arrived",
		[W_JSAPI] = "Inside WeChat",
	},
};

bool page_is_english(const struct call *call) { return text_starts(http_header(call->rq, "accept-language"), TEXT("en")); }

static int language(const struct call *call)
{
	return page_is_english(call);
}

static const char *word(const struct call *call, enum word w)
{
	return words[language(call)][w];
}

/* ---- HTML ---- */

static void html_text(struct buffer *out, struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		switch (t.at[i]) {
		case '&': buffer_add(out, TEXT("&amp;")); break;
		case '<': buffer_add(out, TEXT("&lt;")); break;
		case '>': buffer_add(out, TEXT("&gt;")); break;
		case '"': buffer_add(out, TEXT("&quot;")); break;
		case '\'': buffer_add(out, TEXT("&#39;")); break;
		default: buffer_add_char(out, t.at[i]);
		}
	}
}

/* The pieces in turn: markup of ours as it is, TEXTs of others escaped. */
void page_html(struct buffer *out, const char *markup, struct text inner, const char *after)
{
	buffer_add(out, text_of(markup));
	html_text(out, inner);
	buffer_add(out, text_of(after));
}

void page_begin(struct call *call, struct buffer *out)
{
	call->content_type = "text/html; charset=utf-8";
	buffer_format(out, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
	                   "content=\"width=device-width,initial-scale=1\"><title>%s</title><link rel=\"stylesheet\" "
	                   "href=\"/sandbox/style.css\"></head><body><header><p class=\"banner\" role=\"note\">%s</p></header><main>\n",
	              language(call) ? "en" : "zh-CN", word(call, W_TITLE), word(call, W_BANNER));
}

void page_end(struct buffer *out)
{
	buffer_add(out, TEXT("</main></body></html>\n"));
}

static void amount(struct buffer *out, int64_t fen)
{
	char yuan[MONEY_TEXT_MAX];

	buffer_format(out, "<span class=\"amount\"><small>¥</small>%.*s</span>", TEXT_ARG(money_to_yuan(MONEY(fen), yuan)));
}

static enum word state_word(const struct call *call, const struct trade *t)
{
	if (text_is(t->state, "SUCCESS"))
		return W_PAID;
	if (text_is(t->state, "REFUND"))
		return W_REFUNDED;
	if (text_is(t->state, "CLOSED"))
		return W_CLOSED;
	if (text_is(t->state, "PAYERROR"))
		return W_DECLINED;
	return t->expires_ms <= clock_now_ms(call->sandbox->clock) ? W_EXPIRED : W_NOTPAY;
}

static enum word way_word(const struct trade *t) { return text_is(t->way, "h5") ? W_H5 : text_is(t->way, "jsapi") ? W_JSAPI : W_NATIVE; }

/* "08-15 12:30", Beijing time */
static struct text short_time(struct call *call, int64_t ms)
{
	struct text full = clock_rfc3339(call->arena, ms);

	return arena_format(call->arena, "%.5s %.5s", full.at + 5, full.at + 11);
}

/* ---- the list ---- */

static void list_item(struct call *call, struct buffer *out, const struct trade *t)
{
	enum word state = state_word(call, t);

	buffer_format(out, "<li><a class=\"card\" href=\"/sandbox/pay/%.*s\"><span class=\"what\"><b>", TEXT_ARG(t->prepay));
	page_html(out, "", t->description, "</b><small>");
	page_html(out, "", t->out_trade_no, "");
	buffer_format(out, " · %s · %s</small></span><span class=\"sum\">", word(call, way_word(t)),
	              short_time(call, t->created_ms).at);
	amount(out, t->total);
	buffer_format(out, "<small class=\"state%s\">%s</small></span></a></li>\n", state == W_NOTPAY ? " open" : "", word(call, state));
}

static bool is_open(const struct call *call, const struct trade *t)
{
	return state_word(call, t) == W_NOTPAY;
}

static size_t count_open(const struct call *call, const struct trade *trades, size_t n)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++)
		open += is_open(call, &trades[i]);
	return open;
}

static void list_section(struct call *call, enum word title, const struct trade *trades, size_t n, bool open)
{
	struct buffer *out = &call->answer;

	buffer_format(out, "<section><h2>%s</h2><ul class=\"list\">\n", word(call, title));
	for (size_t i = 0; i < n; i++)
		if (is_open(call, &trades[i]) == open)
			list_item(call, out, &trades[i]);
	buffer_add(out, TEXT("</ul></section>\n"));
}

static problem list_page(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct trade *trades;
	size_t n, open;
	problem why = book_trades(tx, false, &trades, &n);

	if (why)
		return why;
	open = count_open(call, trades, n);
	page_begin(call, &call->answer);
	buffer_format(&call->answer, "<h1>%s</h1>", word(call, W_TITLE));
	if (open)
		list_section(call, W_OPEN, trades, n, true);
	else
		buffer_format(&call->answer, "<p class=\"empty\">%s<br><small>%s</small></p>", word(call, W_NONE), word(call, W_NONE_HINT));
	if (open < n)
		list_section(call, W_DONE, trades, n, false);
	buffer_format(&call->answer, "<p class=\"foot\"><a href=\"/sandbox/inbox\">%s</a></p>\n", word(call, W_INBOX));
	page_end(&call->answer);
	return NULL;
}

/* ---- the payer's phone ---- */

/* The merchant appends it to the address, with `&` as the real one wants it, or with a `?` of its own. Only http and https. */
static struct text return_address(struct call *call)
{
	struct text query = call->rq->query, to = call_query(call, "redirect_url");
	size_t at = text_find(query, TEXT("redirect_url="));

	if (!to.at && at != SIZE_MAX && !http_decode(call->arena, text_from(query, at + 13), true, &to))
		to = (struct text){ 0 };
	return text_starts(to, TEXT("http://")) || text_starts(to, TEXT("https://")) ? to : (struct text){ 0 };
}

static void button(struct buffer *out, const char *act, const char *class, const char *label, const char *hint)
{
	buffer_format(out, "<button name=\"do\" value=\"%s\" class=\"%s\">%s%s%s%s</button>", act, class, label, hint ? "<small>" : "",
	              hint ? hint : "", hint ? "</small>" : "");
}

static void buttons(struct call *call, const struct trade *t, enum word state, struct text back)
{
	struct buffer *out = &call->answer;

	if (state != W_NOTPAY && t->transaction.at)
		return;
	buffer_format(out, "<form method=\"post\" action=\"/sandbox/pay/%.*s\">", TEXT_ARG(t->prepay));
	if (back.at)
		page_html(out, "<input type=\"hidden\" name=\"back\" value=\"", back, "\">");
	if (state == W_NOTPAY) {
		button(out, "pay", "main", word(call, W_PAY), NULL);
		button(out, "decline", "plain", word(call, W_DECLINE), NULL);
	}
	if (!t->transaction.at) {
		buffer_format(out, "<details%s><summary>%s</summary>", state == W_NOTPAY ? "" : " open", word(call, W_MORE));
		button(out, "late", "odd", word(call, W_LATE), word(call, W_LATE_HINT));
		if (state == W_NOTPAY)
			button(out, "twice", "odd", word(call, W_TWICE), word(call, W_TWICE_HINT));
		buffer_add(out, TEXT("</details>"));
	}
	buffer_add(out, TEXT("</form>\n"));
}

static void facts(struct call *call, const struct trade *t)
{
	struct buffer *out = &call->answer;

	buffer_format(out, "<dl><dt>%s</dt><dd>", word(call, W_ORDER));
	page_html(out, "", t->out_trade_no, "</dd>");
	buffer_format(out, "<dt>%s</dt><dd>%s</dd><dt>%s</dt><dd>%s</dd></dl>\n", word(call, W_WAY),
	              word(call, way_word(t)), word(call, W_TIME), short_time(call, t->created_ms).at);
}

static const char *state_class(enum word state)
{
	return state == W_PAID || state == W_REFUNDED ? "good" : state == W_NOTPAY ? "wait" : "bad";
}

static void phone_page(struct call *call, const struct trade *t, struct text back, const char *notice)
{
	struct buffer *out = &call->answer;
	enum word state = state_word(call, t);

	page_begin(call, out);
	buffer_add(out, TEXT("<article class=\"phone\">"));
	if (notice)
		buffer_format(out, "<p class=\"notice\" role=\"alert\">%s</p>", notice);
	buffer_format(out, "<p class=\"badge %s\" role=\"status\">%s</p><h1>", state_class(state), word(call, state));
	html_text(out, t->description);
	buffer_add(out, TEXT("</h1><p>"));
	amount(out, t->total);
	buffer_add(out, TEXT("</p>"));
	facts(call, t);
	buttons(call, t, state, back);
	if (back.at) {
		page_html(out, "<p><a class=\"button\" href=\"", back, "\">");
		buffer_format(out, "%s</a></p>", word(call, W_BACK));
	}
	buffer_format(out, "<p class=\"foot\"><a href=\"/sandbox/\">%s</a></p></article>", word(call, W_LIST));
	page_end(out);
}

static problem missing_page(struct call *call)
{
	page_begin(call, &call->answer);
	call->status = 404;
	buffer_format(&call->answer, "<h1>%s</h1><p><a href=\"/sandbox/\">%s</a></p>", word(call, W_MISSING), word(call, W_LIST));
	page_end(&call->answer);
	return NULL;
}

static problem show(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct trade t;
	problem why = book_trade_by_prepay(tx, call->segment, &t);

	if (why == &book_missing)
		return missing_page(call);
	if (!why)
		phone_page(call, &t, return_address(call), NULL);
	return why;
}

static enum payer_act act_named(struct text name)
{
	return text_is(name, "pay")     ? PAYER_PAYS
	     : text_is(name, "decline") ? PAYER_DECLINES
	     : text_is(name, "late")    ? PAYER_PAYS_LATE
	     : text_is(name, "twice")   ? PAYER_PAYS_TWICE
	                                : 0;
}

/* Answers with the page itself where the shop is to be returned to, else sends the browser to it, so that a reload pays nothing. */
static problem press(struct tx *tx, void *arg)
{
	struct call *call = arg;
	struct text back = call_form(call, "back");
	enum payer_act act = act_named(call_form(call, "do"));
	CLEANUP(buffer_free) struct buffer encoded = BUFFER(16384);
	struct trade t;
	problem why = book_trade_by_prepay(tx, call->segment, &t);

	if (why == &book_missing || !act)
		return missing_page(call);
	if (!why)
		why = payer_act(tx, call, &t, act);
	if (why == &payer_refused) {
		call->status = 409;
		phone_page(call, &t, (struct text){ 0 }, word(call, W_REFUSED));
		return NULL;
	}
	http_encode(&encoded, back);
	call->status = 303;
	call->location = arena_format(call->arena, "/sandbox/pay/%.*s%s%.*s", TEXT_ARG(t.prepay), back.length ? "?redirect_url=" : "",
	                              TEXT_ARG(buffer_text(&encoded)));
	return why;
}

static problem style(struct tx *tx, void *arg)
{
	struct call *call = arg;

	(void)tx;
	call->content_type = "text/css; charset=utf-8";
	buffer_add(&call->answer, text_of(page_style));
	return NULL;
}

static problem home(struct tx *tx, void *arg)
{
	struct call *call = arg;

	(void)tx;
	call->status = 302;
	call->location = TEXT("/sandbox/");
	return NULL;
}

const struct gateway_route page_routes[] = {
	{ GET, "/", home },
	{ GET, "/sandbox", home },
	{ GET, "/sandbox/", list_page },
	{ GET, "/sandbox/style.css", style },
	{ GET, "/sandbox/pay/{x}", show },
	{ POST, "/sandbox/pay/{x}", press },
	{ GET, "/sandbox/h5/{x}", show },
	{ 0 },
};
