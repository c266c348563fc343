-- What a subscription's cost of a month has reached of its ceiling: each part once; another ceiling begins anew.
create table market_spending.alert (
  subscription_id uuid not null,
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  ceiling_minor bigint not null,
  percent integer not null,
  -- The cost without VAT when that was noticed.
  cost_minor bigint not null,
  at timestamptz not null,
  primary key (subscription_id, month, ceiling_minor, percent)
);
