-- An application credential in a customer's project. The secret is sealed (AES-256-GCM) and written before Keystone hears of it:
-- a crash in between leaves nothing that we could not use or find again.
create table market_subscriptions.credential (
  id uuid primary key,
  user_id text not null,
  project_id text not null,
  name text not null unique,
  sealed_secret text not null,
  -- Keystone's id; null until Keystone has answered.
  keystone_id text,
  created_at timestamptz not null,
  unique (user_id, project_id)
);

create table market_subscriptions.subscription (
  id uuid primary key,
  customer_id uuid not null,
  project_id text not null,
  store_id uuid not null,
  credential_id uuid not null references market_subscriptions.credential,
  -- What was bought, at which price, from whom: as it was on the day of the quote.
  terms jsonb not null,
  parameters jsonb not null,
  spending_ceiling_minor bigint check (spending_ceiling_minor >= 0),
  state text not null check (state in ('pending', 'active', 'terminating', 'terminated', 'failed')),
  stack_id text,
  outputs jsonb not null default '{}',
  created_at timestamptz not null,
  activated_at timestamptz,
  -- Usage counts up to here: when the customer asked to terminate.
  ends_at timestamptz,
  closed_at timestamptz,
  check ((state in ('active', 'terminating', 'terminated')) = (activated_at is not null)),
  check ((state in ('terminating', 'terminated')) = (ends_at is not null)),
  check ((state in ('terminated', 'failed')) = (closed_at is not null))
);
create index subscription_customer on market_subscriptions.subscription (customer_id, id);
create index subscription_store on market_subscriptions.subscription (store_id, id);

-- What its stack is made of: the metered things that are charged to it.
create table market_subscriptions.resource (
  subscription_id uuid not null references market_subscriptions.subscription,
  resource_id text not null,
  type text not null,
  name text not null,
  primary key (subscription_id, name)
);
create index resource_id on market_subscriptions.resource (resource_id);
