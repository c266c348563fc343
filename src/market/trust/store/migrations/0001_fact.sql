-- Every business fact, for ever. What is published of it later is only `leaf_hash` (RFC 9162 leaf over salt and content), so that
-- prices cannot be guessed and a payload can be forgotten without breaking the log.
create table market_trust.fact (
  seq bigint generated always as identity primary key,
  -- Transactions end in another order than they begin: the chain waits until every older one has ended.
  xid xid8 not null default pg_current_xact_id(),
  id uuid not null unique,
  kind text not null,
  subject text not null,
  at timestamptz not null,
  -- The organisations that may read it, besides the operator.
  parties uuid[] not null,
  payload jsonb not null,
  salt bytea not null check (length(salt) = 32),
  leaf_hash bytea not null check (length(leaf_hash) = 32)
);
create index fact_subject on market_trust.fact (subject, seq);
create index fact_parties on market_trust.fact using gin (parties);

-- The facts in one lasting order, each hash over the one before: the Merkle log reads its leaves from here.
create table market_trust.chain (
  position bigint primary key check (position >= 0),
  fact_seq bigint not null unique references market_trust.fact (seq),
  xid xid8 not null,
  chain_hash bytea not null check (length(chain_hash) = 32)
);

create function market_trust.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger fact_append_only before update or delete or truncate on market_trust.fact
  for each statement execute function market_trust.refuse_change();
create trigger chain_append_only before update or delete or truncate on market_trust.chain
  for each statement execute function market_trust.refuse_change();
