-- What a subscription is made of: one component, or those of a composite.
create table market_subscriptions.component (
  subscription_id uuid not null references market_subscriptions.subscription,
  name text not null,
  -- What it has given, to the customer and to other components.
  outputs jsonb not null default '{}',
  -- The same, of what has to stay secret: credentials. Sealed (AES-256-GCM).
  sealed_secrets text,
  primary key (subscription_id, name)
);
insert into market_subscriptions.component (subscription_id, name, outputs)
  select id, 'main', outputs from market_subscriptions.subscription where activated_at is not null;

alter table market_subscriptions.resource add column component text not null default 'main';
alter table market_subscriptions.resource drop constraint resource_pkey;
alter table market_subscriptions.resource add primary key (subscription_id, component, name);

-- At which terms it was sold, from when on: a change of plan adds a row.
create table market_subscriptions.terms (
  subscription_id uuid not null references market_subscriptions.subscription,
  since timestamptz not null,
  terms jsonb not null,
  primary key (subscription_id, since)
);
insert into market_subscriptions.terms (subscription_id, since, terms)
  select id, activated_at, terms from market_subscriptions.subscription where activated_at is not null;

alter table market_subscriptions.subscription add column suspended_at timestamptz;
alter table market_subscriptions.subscription drop constraint subscription_state_check;
alter table market_subscriptions.subscription drop constraint subscription_check;
alter table market_subscriptions.subscription add constraint subscription_state_check check (state in (
  'pending', 'active', 'changing', 'suspending', 'suspended', 'resuming', 'terminating', 'terminated', 'failed'));
alter table market_subscriptions.subscription add constraint subscription_check
  check ((state in ('pending', 'failed')) = (activated_at is null));
