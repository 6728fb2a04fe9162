-- only: postgresql
-- a third way to pay, inside WeChat: by whom (his openid), and what the channel prepared for him
alter table payment drop constraint payment_way_check;
alter table payment add constraint payment_way_check check (way in ('native', 'h5', 'jsapi'));
alter table payment add column payer {TEXT};
alter table payment add column prepay {TEXT};
