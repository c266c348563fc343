-- Who sells it: its publisher, its reseller, and the publishers of what it is made of. Kept beside the terms, so that counting a
-- seller's subscriptions reads an index.
create function market_subscriptions.sellers_of(terms jsonb) returns text[] language sql immutable as $$
  select array(
    select terms->>'publisherId' union select terms->>'resellerId'
    union select part->>'publisherId' from jsonb_array_elements(coalesce(terms->'components', '[]')) part
  )
$$;
alter table market_subscriptions.subscription
  add column seller_ids text[] not null generated always as (market_subscriptions.sellers_of(terms)) stored,
  add column is_test boolean not null generated always as (coalesce(terms->'test' = 'true', false)) stored;
create index subscription_sellers on market_subscriptions.subscription using gin (seller_ids);
