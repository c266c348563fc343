create table market_catalogue.offering (
  id uuid primary key,
  publisher_id uuid not null,
  created_at timestamptz not null
);
create index offering_publisher on market_catalogue.offering (publisher_id, id);

create table market_catalogue.version (
  id uuid primary key,
  offering_id uuid not null references market_catalogue.offering,
  number integer not null check (number > 0),
  -- `{ title, description, fulfilment, parameters }`
  content jsonb not null,
  created_at timestamptz not null,
  published_at timestamptz,
  unique (offering_id, number)
);

create table market_catalogue.plan (
  id uuid primary key,
  offering_id uuid not null references market_catalogue.offering,
  name jsonb not null,
  -- The base price.
  price jsonb not null,
  created_at timestamptz not null
);
create index plan_offering on market_catalogue.plan (offering_id, id);

-- What was offered stays what it was: a version may only be published, once; a plan is replaced by another.
create function market_catalogue.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'version' and old.published_at is null
    and (new.id, new.offering_id, new.number, new.content, new.created_at)
      is not distinct from (old.id, old.offering_id, old.number, old.content, old.created_at) then
    return new;
  end if;
  raise exception '% never changes: make a new one', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger version_immutable before update or delete on market_catalogue.version
  for each row execute function market_catalogue.refuse_change();
create trigger plan_immutable before update or delete on market_catalogue.plan
  for each row execute function market_catalogue.refuse_change();
