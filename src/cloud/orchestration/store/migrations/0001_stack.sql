create table orchestration.stack (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  name text not null,
  action text not null check (action in ('CREATE', 'DELETE', 'ROLLBACK')),
  status text not null check (status in ('IN_PROGRESS', 'COMPLETE', 'FAILED')),
  status_reason text not null,
  -- The template as it was sent: text, or the object that a client had parsed.
  template jsonb not null,
  -- Values of parameters and files may be secrets: sealed.
  given text not null,
  disable_rollback boolean not null,
  timeout_mins integer,
  tags jsonb not null default '[]',
  -- The workflow that is at work on it.
  workflow_id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  deleted_at timestamptz
);
create unique index stack_name on orchestration.stack (project_id, name) where deleted_at is null;
create index stack_page on orchestration.stack (project_id, created_at, id);

create table orchestration.resource (
  stack_id uuid not null references orchestration.stack on delete cascade,
  name text not null,
  type text not null,
  id uuid not null,
  physical_id text not null default '',
  -- What it came after: it goes before them.
  after jsonb not null,
  retain boolean not null,
  -- What the resource must remember of itself that its service does not (a random string); may be secret: sealed.
  data text,
  action text not null,
  status text not null,
  status_reason text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (stack_id, name)
);

create table orchestration.event (
  id uuid primary key,
  seq bigint generated always as identity,
  stack_id uuid not null references orchestration.stack on delete cascade,
  -- The stack's own name for events of the stack itself.
  resource_name text not null,
  physical_id text not null,
  type text not null,
  action text not null,
  status text not null,
  reason text not null,
  time timestamptz not null
);
create index event_of_stack on orchestration.event (stack_id, seq);
