-- only: sqlite
-- a third way to pay, inside WeChat: by whom (his openid), and what the channel prepared for him
create table payment_made_anew (
	id {I64} primary key,
	payable_kind {TEXT} not null,
	payable_id {I64} not null,
	channel {TEXT} not null,
	way {TEXT} not null check (way in ('native', 'h5', 'jsapi')),
	state {TEXT} not null check (state in ('NEW', 'READY', 'UNKNOWN', 'PAID', 'DUPLICATE_PAID', 'CLOSED', 'FAILED')),
	amount {I64} not null check (amount > 0),
	trade_no {TEXT} not null unique,
	description {TEXT} not null,
	payer_address {TEXT} not null,
	code_url {TEXT},
	h5_url {TEXT},
	transaction_id {TEXT},
	created_ms {I64} not null,
	expires_ms {I64} not null,
	paid_ms {I64},
	notified_ms {I64},
	payer {TEXT},
	prepay {TEXT},
	unique (channel, transaction_id)
) {STRICT};
insert into payment_made_anew (id, payable_kind, payable_id, channel, way, state, amount, trade_no, description, payer_address, code_url, h5_url,
	transaction_id, created_ms, expires_ms, paid_ms, notified_ms)
select id, payable_kind, payable_id, channel, way, state, amount, trade_no, description, payer_address, code_url, h5_url, transaction_id, created_ms,
	expires_ms, paid_ms, notified_ms from payment;
drop table payment;
alter table payment_made_anew rename to payment;
create index payment_payable on payment (payable_kind, payable_id, id);
