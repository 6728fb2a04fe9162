-- whose access was taken back lately: media asks every second
create index entitlement_revoked on entitlement (revoked_ms) where revoked_ms is not null;
