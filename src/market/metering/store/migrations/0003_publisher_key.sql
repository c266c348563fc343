-- With which publishers' own systems hand in usage. Of a key only its hash is kept: it is shown once.
create table market_metering.publisher_key (
  id uuid primary key,
  publisher_id uuid not null,
  name text not null,
  key_hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index publisher_key_publisher on market_metering.publisher_key (publisher_id, id);
