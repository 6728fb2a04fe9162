-- certificates by which a channel signs, as it gave them; those of the configuration are not here
create table platform_key (
	channel {TEXT} not null,
	serial {TEXT} not null,
	pem {TEXT} not null,
	from_ms {I64} not null,
	until_ms {I64} not null,
	primary key (channel, serial)
) {STRICT};
