-- Usage as CloudEvents say it. Never changed and never marked: what belongs to which subscription is asked when it is rated, so
-- it makes no difference whether an event came early or late.
create table market_metering.usage_event (
  source text not null,
  id text not null,
  type text not null,
  project_id text not null,
  resource_id text not null,
  -- Half-open.
  start_at timestamptz not null,
  end_at timestamptz not null,
  -- In the meter's base unit (seconds).
  quantity bigint not null check (quantity >= 0),
  content_hash bytea not null,
  received_at timestamptz not null,
  primary key (source, id),
  check (end_at >= start_at)
);
create index usage_event_resource on market_metering.usage_event (resource_id, type, start_at);

create function market_metering.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'usage is append-only' using errcode = 'restrict_violation';
end $$;
create trigger usage_event_append_only before update or delete or truncate on market_metering.usage_event
  for each statement execute function market_metering.refuse_change();
