create table payment (
	id {I64} primary key,
	payable_kind {TEXT} not null,
	payable_id {I64} not null,
	channel {TEXT} not null,
	way {TEXT} not null check (way in ('native', 'h5')),
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
	unique (channel, transaction_id)
) {STRICT};
create index payment_payable on payment (payable_kind, payable_id, id);

-- The inbox: each message of a channel once, with what became of it. A rejected one keeps no effect but a trace.
create table channel_event (
	id {I64} primary key,
	channel {TEXT} not null,
	message {TEXT} not null,
	sha256 {TEXT} not null,
	raw {TEXT} not null,
	state {TEXT} not null check (state in ('APPLIED', 'DUPLICATE', 'REJECTED', 'UNKNOWN_PAYMENT')),
	at_ms {I64} not null,
	unique (channel, message)
) {STRICT};

create table refund (
	id {I64} primary key,
	payment_id {I64} not null references payment (id),
	refund_no {TEXT} not null unique,
	amount {I64} not null check (amount > 0),
	reason {TEXT} not null,
	state {TEXT} not null check (state in ('APPROVED', 'PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL')),
	created_ms {I64} not null,
	ended_ms {I64}
) {STRICT};
create index refund_payment on refund (payment_id);
