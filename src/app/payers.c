/* payers.c - who pays inside WeChat: WeChat Pay takes the openid that the official account gave, so both must be of one appid. Where
 * they differ nobody is sent off to pay there, and the owner reads it on the check-list. */
#include "app/app_room.h"

#include "account/account.h"
#include "oauth/oauth.h"
#include "payment/payment.h"
#include "site/site.h"

static bool differ(struct text sign_in, struct text pay) { return sign_in.length && pay.length && !text_eq(sign_in, pay); }

static problem openid(struct tx *tx, const struct serve *serve, struct user_id user, struct text *ret)
{
	struct text app;
	problem why = oauth_app(tx, serve, &app);

	if (!why && differ(app, payment_app(payments_of(serve), TEXT("wechat"))))
		why = &payment_channel_off;
	if (!why)
		why = oauth_openid(tx, serve, user, ret);
	return why == &vouched_missing || why == &oauth_off ? &payment_payer_unknown : why;
}

/* What keeps the official account from being read stands in its own line of the list. */
static problem check_inside(struct tx *tx, const struct serve *serve, struct checks *checks)
{
	struct text pay = payment_app(payments_of(serve), TEXT("wechat")), sign_in;
	struct check check = { .key = TEXT("wechat-pay-inside"), .state = CHECK_LATER };

	if (oauth_app(tx, serve, &sign_in))
		sign_in = (struct text){ 0 };
	if (differ(sign_in, pay)) {
		check.state = CHECK_WRONG;
		check.detail = arena_format(tx_arena(tx), "%.*s, %.*s", TEXT_ARG(sign_in), TEXT_ARG(pay));
	} else if (sign_in.length && pay.length) {
		check.state = CHECK_GOOD;
	}
	check_add(checks, &check);
	return tx_problem(tx);
}

static const struct payer_source payers = { .openid = openid };

static problem start(struct serve *serve, void **ret_state)
{
	*ret_state = NULL;
	payments_know_payers(payments_of(serve), &payers);
	site_know_check(serve, check_inside);
	return NULL;
}

const struct module payers_module = { .name = "payers", .start = start };
