-- Where a publisher's own system is.
create table market_fulfilment.endpoint (
  id uuid primary key,
  publisher_id uuid not null,
  kind text not null check (kind in ('webhook', 'broker')),
  url text not null,
  -- A broker's; null for webhooks.
  username text,
  -- A broker's password, or the secret that signs webhooks; null until the first one is made. Sealed (AES-256-GCM).
  sealed_secret text,
  -- For a day after a rotation, webhooks are signed with both.
  sealed_previous_secret text,
  previous_until timestamptz,
  -- How long an operation may take that was accepted and has not been told to be over.
  timeout_seconds integer not null check (timeout_seconds > 0),
  created_at timestamptz not null
);
create index endpoint_publisher on market_fulfilment.endpoint (publisher_id, id);

-- What somebody has been asked to do, from its beginning to its end.
create table market_fulfilment.operation (
  id uuid primary key,
  workflow_id uuid not null,
  subscription_id uuid not null,
  instance_id uuid not null,
  component text not null,
  operation text not null check (operation in ('provision', 'change-plan', 'suspend', 'resume', 'terminate')),
  kind text not null check (kind in ('heat', 'webhook', 'broker', 'task')),
  state text not null check (state in ('working', 'done', 'failed')),
  waits_for text check (waits_for in ('cloud', 'publisher', 'broker', 'person')),
  -- In the words of whom it waits for, or why it failed.
  note text,
  -- What the kind remembers: where a broker wants to be polled, when a webhook was accepted.
  memory jsonb not null default '{}',
  -- What it gave: sealed, for it holds credentials.
  sealed_result text,
  -- Tells a callback that is repeated from another one.
  result_hash bytea,
  -- The outputs that were promised, to check a callback by.
  outputs jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index operation_workflow on market_fulfilment.operation (workflow_id);

-- Work for a person: it is the operation's with the same id.
create table market_fulfilment.task (
  id uuid primary key references market_fulfilment.operation,
  assignee_id uuid not null,
  title jsonb not null,
  instructions jsonb not null,
  parameters jsonb not null,
  state text not null check (state in ('open', 'claimed', 'done', 'refused', 'cancelled')),
  -- Whoever has claimed it: a Keystone user.
  claimed_by text,
  -- Why it was refused.
  reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (state <> 'claimed' or claimed_by is not null)
);
create index task_assignee on market_fulfilment.task (assignee_id, id);
