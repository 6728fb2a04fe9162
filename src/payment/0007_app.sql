-- the appid that an attempt was created with: it stays that one's when the owner sets another; null: the configured one
alter table payment add column app {TEXT};
