-- `{ segments, rules }` as the API takes them; where no rule applies, the margin is added.
alter table market_storefronts.store add column price_book jsonb not null default '{"segments": [], "rules": []}';
