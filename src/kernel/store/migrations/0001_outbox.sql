-- What happened, written in the transaction that made it happen (CloudEvents 1.0 attributes).
create table kernel.outbox (
  seq bigint generated always as identity primary key,
  -- Transactions end in another order than they begin: readers wait until every older one has ended.
  xid xid8 not null default pg_current_xact_id(),
  id uuid not null unique,
  type text not null,
  subject text not null,
  time timestamptz not null,
  data jsonb not null
);

create table kernel.outbox_consumer (
  name text primary key,
  seq bigint not null default 0,
  xid xid8 not null default '0'
);
