-- kernel.workflow: one row a saga. Its steps' records say how far it is; the job that drives it lives in graphile_worker.
create table kernel.workflow (
  id uuid primary key,
  name text not null,
  input jsonb not null,
  state text not null default 'running' check (state in ('running', 'undoing', 'done', 'undone', 'cancelled')),
  fault jsonb,
  queue text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index workflow_unfinished on kernel.workflow (created_at) where state in ('running', 'undoing');

create table kernel.workflow_step (
  workflow_id uuid not null references kernel.workflow on delete cascade,
  name text not null,
  state text not null check (state in ('trying', 'done', 'undone')),
  attempts integer not null default 0,
  result jsonb,
  fault text,
  updated_at timestamptz not null,
  primary key (workflow_id, name)
);

-- Under this id a process locks jobs; it holds an advisory lock on the id for as long as it lives.
create table kernel.worker (
  id text primary key,
  started_at timestamptz not null default now()
);
