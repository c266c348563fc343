-- Double entry in minor units: debits positive, credits negative; every entry sums to zero in each currency. The rules hold
-- whatever program writes here.
create table market_ledger.account (
  id uuid primary key,
  kind text not null check (kind in ('asset', 'liability', 'revenue', 'expense')),
  -- `receivable`, `payable`, `vat`, `sales`
  name text not null,
  -- Whose debt or claim it is; null for the operator's own.
  organisation_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  unique nulls not distinct (name, organisation_id, currency)
);

create table market_ledger.entry (
  id uuid primary key,
  at timestamptz not null,
  kind text not null,
  -- What it accounts for: the same thing is never entered twice.
  reference text not null,
  xid xid8 not null default pg_current_xact_id(),
  unique (kind, reference)
);

create table market_ledger.posting (
  entry_id uuid not null references market_ledger.entry,
  line integer not null,
  account_id uuid not null references market_ledger.account,
  amount bigint not null check (amount <> 0),
  primary key (entry_id, line)
);
create index posting_account on market_ledger.posting (account_id);

create function market_ledger.check_entry(entry uuid) returns void language plpgsql as $$
declare wrong record;
begin
  select a.currency, sum(p.amount) as total into wrong
    from market_ledger.posting p join market_ledger.account a on a.id = p.account_id
    where p.entry_id = entry group by a.currency having sum(p.amount) <> 0 limit 1;
  if found then
    raise exception 'ledger entry % is out of balance by % %', entry, wrong.total, wrong.currency using errcode = 'check_violation';
  end if;
end $$;

-- Deferred: an entry is written posting by posting, and has to balance when its transaction commits.
create function market_ledger.posting_balances() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from market_ledger.entry where id = new.entry_id and xid = pg_current_xact_id()) then
    raise exception 'ledger entry % is closed', new.entry_id using errcode = 'restrict_violation';
  end if;
  perform market_ledger.check_entry(new.entry_id);
  return null;
end $$;
create constraint trigger posting_balances after insert on market_ledger.posting
  deferrable initially deferred for each row execute function market_ledger.posting_balances();

create function market_ledger.entry_has_postings() returns trigger language plpgsql as $$
begin
  if (select count(*) from market_ledger.posting where entry_id = new.id) < 2 then
    raise exception 'ledger entry % needs two postings', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger entry_has_postings after insert on market_ledger.entry
  deferrable initially deferred for each row execute function market_ledger.entry_has_postings();

create function market_ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
end $$;
create trigger account_append_only before update or delete or truncate on market_ledger.account
  for each statement execute function market_ledger.refuse_change();
create trigger entry_append_only before update or delete or truncate on market_ledger.entry
  for each statement execute function market_ledger.refuse_change();
create trigger posting_append_only before update or delete or truncate on market_ledger.posting
  for each statement execute function market_ledger.refuse_change();
