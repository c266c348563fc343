create table market_partners.organisation (
  id uuid primary key,
  name text not null,
  roles text[] not null check (roles <@ array['operator', 'publisher', 'reseller', 'customer'] and cardinality(roles) > 0),
  -- ISO 3166-1 alpha-2.
  country text not null check (country ~ '^[A-Z]{2}$'),
  registration_number text,
  vat_id text,
  -- Its Keystone domain: orders then only go into projects of that domain.
  domain_id text,
  created_at timestamptz not null
);
-- The merchant of record of the whole installation.
create unique index organisation_one_operator on market_partners.organisation ((true)) where 'operator' = any (roles);

create table market_partners.member (
  organisation_id uuid not null references market_partners.organisation,
  -- A Keystone user.
  user_id text not null,
  role text not null check (role in ('owner', 'member')),
  created_at timestamptz not null,
  primary key (organisation_id, user_id)
);
create index member_user on market_partners.member (user_id);
