-- What is metered: one row for each resource that has ever begun to cost. All instants are whole seconds.
create table telemetry.resource (
  meter text not null,
  resource_id text not null,
  project_id text not null,
  -- What is said of it beside the usage: tags, size.
  facts jsonb not null,
  started_at timestamptz not null,
  -- Null while it goes on.
  ended_at timestamptz,
  -- Usage before this instant is in slices already.
  reported_until timestamptz not null,
  -- Of the last slice; they are numbered from 1 without gaps.
  sequence integer not null default 0,
  primary key (meter, resource_id),
  check (reported_until >= started_at and (ended_at is null or ended_at >= started_at))
);
create index resource_open on telemetry.resource (reported_until) where ended_at is null;

-- Slices that the usage sink has not taken yet, as the CloudEvents that they are sent as.
create table telemetry.outgoing (
  seq bigint generated always as identity primary key,
  event jsonb not null,
  -- Why the sink will never take it: kept for the operator.
  rejected text
);
create index outgoing_unsent on telemetry.outgoing (seq) where rejected is null;
