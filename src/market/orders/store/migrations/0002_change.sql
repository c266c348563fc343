-- A quote may be for another plan of something that runs; then the order is about that subscription, as others were before.
alter table market_orders.quote add column subscription_id uuid;
alter table market_orders.order add column kind text not null default 'new' check (kind in ('new', 'change-plan'));
alter table market_orders.order drop constraint order_subscription_id_key;
create unique index order_new_subscription on market_orders.order (subscription_id) where kind = 'new';
create index order_subscription on market_orders.order (subscription_id);

alter table market_orders.order drop constraint order_state_check;
alter table market_orders.order add constraint order_state_check
  check (state in ('awaiting-approval', 'rejected', 'accepted', 'provisioning', 'completed', 'failed'));
