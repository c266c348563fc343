-- How an organisation buys; without one, its people order freely. Its row is the lock under which its orders are weighed.
create table market_approvals.policy (
  organisation_id uuid primary key,
  -- So that nobody overwrites what they have not seen.
  version integer not null check (version > 0),
  -- Cost centres, budgets and levels, as the API takes them.
  content jsonb not null,
  updated_at timestamptz not null
);

-- An order weighed by a policy: what it reserves of the budgets, and who has to agree, as it was when it was placed.
create table market_approvals.request (
  -- The order's.
  id uuid primary key,
  organisation_id uuid not null,
  subscription_id uuid not null,
  requester_id text not null,
  requester_name text not null,
  -- What is bought: title, name of the plan, price.
  subject jsonb not null,
  cost_centre_code text,
  cost_centre_name text,
  -- What it may cost a month at most, without VAT; null: without limit.
  amount_minor bigint check (amount_minor >= 0),
  -- What of it counts against the budgets until `freed_at`: for another plan of something that runs, the increase.
  reserved_minor bigint not null check (reserved_minor >= 0),
  currency text not null,
  levels jsonb not null,
  own_approval boolean not null,
  -- The managers of the cost centre as it was then.
  manager_ids text[] not null,
  state text not null check (state in ('waiting', 'granted', 'refused', 'withdrawn', 'expired')),
  reason text,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  freed_at timestamptz,
  check ((state = 'waiting') = (ended_at is null)),
  check (state in ('waiting', 'granted') or freed_at is not null)
);
create index request_reserved on market_approvals.request (organisation_id, cost_centre_code) include (reserved_minor)
  where freed_at is null;
create index request_subscription on market_approvals.request (subscription_id) where freed_at is null;
create index request_waiting on market_approvals.request (expires_at) where state = 'waiting';
create index request_newest on market_approvals.request (organisation_id, created_at, id);
create index request_managers on market_approvals.request using gin (manager_ids) where state = 'waiting';

create table market_approvals.decision (
  request_id uuid not null references market_approvals.request,
  -- Which of the request's levels: 0 for the first.
  level integer not null,
  user_id text not null,
  user_name text not null,
  decision text not null check (decision in ('approved', 'refused')),
  note text,
  at timestamptz not null,
  primary key (request_id, level),
  -- Two levels take two people.
  unique (request_id, user_id)
);
