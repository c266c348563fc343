-- As in market_subscriptions: who sells what was quoted, so that counting a seller's orders reads an index.
create function market_orders.sellers_of(terms jsonb) returns text[] language sql immutable as $$
  select array(
    select terms->>'publisherId' union select terms->>'resellerId'
    union select part->>'publisherId' from jsonb_array_elements(coalesce(terms->'components', '[]')) part
  )
$$;
alter table market_orders.quote
  add column seller_ids text[] not null generated always as (market_orders.sellers_of(terms)) stored,
  add column is_test boolean not null generated always as (coalesce(terms->'test' = 'true', false)) stored;
create index quote_sellers on market_orders.quote using gin (seller_ids);
create index order_created on market_orders.order (created_at);
