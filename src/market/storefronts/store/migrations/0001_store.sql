create table market_storefronts.store (
  id uuid primary key,
  -- The first label of its host name.
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  reseller_id uuid not null,
  -- `{ name, logoText, colours }`
  brand jsonb not null,
  languages text[] not null check (cardinality(languages) > 0),
  -- Percent of the base price: the one rule of the price book so far.
  margin_percent text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index store_reseller on market_storefronts.store (reseller_id, id);

create table market_storefronts.selection (
  store_id uuid not null references market_storefronts.store,
  offering_id uuid not null,
  primary key (store_id, offering_id)
);
