-- What operator and publisher have agreed to share. A version never changes; a subscription keeps the one of its order.
create table market_revenue_sharing.agreement (
  id uuid primary key,
  publisher_id uuid not null,
  version integer not null check (version > 0),
  rules jsonb not null,
  created_at timestamptz not null,
  unique (publisher_id, version)
);

create function market_revenue_sharing.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'an agreement never changes: make a new version' using errcode = 'restrict_violation';
end $$;
create trigger agreement_immutable before update or delete or truncate on market_revenue_sharing.agreement
  for each statement execute function market_revenue_sharing.refuse_change();
