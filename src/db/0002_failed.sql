-- when the last try failed; null: none did
alter table job add column failed_ms {I64};
create index job_parked on job (id) where state = 'parked';
