-- a review is a post with stars; one a person and work
create table review (
	post_id {I64} primary key references post (id),
	work_id {I64} not null,
	-- null: somebody who was forgotten
	user_id {I64},
	stars {I64} not null check (stars between 1 and 5),
	-- the number of the edition that was current when it was written
	edition {I64} not null,
	-- how he came by the work: order, redeem, gift, staff, …
	source {TEXT} not null,
	-- 0: his access was taken back (refunded, revoked)
	counted {I64} not null check (counted in (0, 1)),
	reply {TEXT},
	reply_ms {I64} not null,
	unique (work_id, user_id)
) {STRICT};

-- sums of the reviews that count, kept by review__recount alone and compared with them by talk_verify
create table rating (
	work_id {I64} primary key,
	one {I64} not null check (one >= 0),
	two {I64} not null check (two >= 0),
	three {I64} not null check (three >= 0),
	four {I64} not null check (four >= 0),
	five {I64} not null check (five >= 0)
) {STRICT};
