-- A price that is guaranteed until a date.
create table market_orders.quote (
  id uuid primary key,
  customer_id uuid not null,
  user_id text not null,
  -- What would be bought (`Terms` of a subscription), and the choices made.
  terms jsonb not null,
  parameters jsonb not null,
  valid_until timestamptz not null,
  created_at timestamptz not null
);
create index quote_customer on market_orders.quote (customer_id, id);

create table market_orders.order (
  id uuid primary key,
  -- A quote is ordered once.
  quote_id uuid not null unique references market_orders.quote,
  customer_id uuid not null,
  user_id text not null,
  subscription_id uuid not null unique,
  workflow_id uuid not null unique,
  state text not null check (state in ('accepted', 'provisioning', 'completed', 'failed')),
  -- Why it failed, for the customer.
  fault text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index order_customer on market_orders.order (customer_id, id);
