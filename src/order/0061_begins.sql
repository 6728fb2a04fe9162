-- From when an entitlement's days count: those of a work that is had already stand behind what there is.
alter table entitlement add column begins_ms {I64} not null default 0;
update entitlement set begins_ms = from_ms;
update entitlement set begins_ms = until_ms - 86400000 * (select t.access_days from purchase_part t
	where t.purchase_id = entitlement.source_id and t.work_id = entitlement.work_id)
	where source = 'order' and until_ms is not null and exists (select 1 from purchase_part t
	where t.purchase_id = entitlement.source_id and t.work_id = entitlement.work_id and t.access = 'days');
-- whether the buyer had the work already when he paid: what he studied of it is then no use of this order
alter table purchase_part add column held {I64} not null default 0 check (held in (0, 1));
