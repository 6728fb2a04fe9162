-- what was paid and placed when: the owner's numbers ask that
create index purchase_paid on purchase (paid_ms);
create index purchase_created on purchase (created_ms);
