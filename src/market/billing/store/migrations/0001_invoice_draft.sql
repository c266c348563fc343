-- What a subscription costs in a month. A draft is reckoned again until it is final; then it is posted to the ledger and never
-- changes. Usage that comes later goes into the next draft of that month.
create table market_billing.invoice_draft (
  id uuid primary key,
  subscription_id uuid not null,
  customer_id uuid not null,
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  state text not null check (state in ('draft', 'final')),
  -- Lines with their shares, VAT, totals; amounts in minor units as text.
  content jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finalised_at timestamptz,
  check ((state = 'final') = (finalised_at is not null))
);
create unique index invoice_draft_open on market_billing.invoice_draft (subscription_id, month) where state = 'draft';
create index invoice_draft_subscription on market_billing.invoice_draft (subscription_id, month);
create index invoice_draft_customer on market_billing.invoice_draft (customer_id, id);
-- Who has a share in it.
create table market_billing.share_holder (
  draft_id uuid not null references market_billing.invoice_draft,
  organisation_id uuid not null,
  primary key (draft_id, organisation_id)
);
create index share_holder_organisation on market_billing.share_holder (organisation_id, draft_id);

create function market_billing.refuse_change() returns trigger language plpgsql as $$
begin
  if old.state = 'final' then
    raise exception 'invoice draft % is final', old.id using errcode = 'restrict_violation';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger invoice_draft_final before update or delete on market_billing.invoice_draft
  for each row execute function market_billing.refuse_change();
