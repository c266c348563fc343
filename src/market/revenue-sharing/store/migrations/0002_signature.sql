-- An agreement is in force when both sides have signed it; what was made before there were signatures had been agreed.
create table market_revenue_sharing.signature (
  agreement_id uuid not null references market_revenue_sharing.agreement,
  side text not null check (side in ('operator', 'publisher')),
  -- Null: before there were signatures.
  user_id text,
  signed_at timestamptz not null,
  primary key (agreement_id, side)
);
insert into market_revenue_sharing.signature (agreement_id, side, signed_at)
  select id, side, created_at from market_revenue_sharing.agreement, unnest(array['operator', 'publisher']) as side;
create trigger signature_immutable before update or delete or truncate on market_revenue_sharing.signature
  for each statement execute function market_revenue_sharing.refuse_change();
