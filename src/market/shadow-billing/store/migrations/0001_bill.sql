-- What a month would have cost. Nobody is charged for it: the ledger never sees it, and no invoice comes of it.
create table market_shadow_billing.bill (
  project_id text not null,
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  organisation_id uuid not null,
  content jsonb not null,
  reckoned_at timestamptz not null,
  primary key (month, project_id)
);
