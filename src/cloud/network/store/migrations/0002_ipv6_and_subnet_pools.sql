-- Guests make their addresses themselves, of their MAC addresses (SLAAC).
alter table network.subnet add column auto_address boolean not null generated always as (coalesce(
  ipv6_address_mode in ('slaac', 'dhcpv6-stateless') or ipv6_ra_mode in ('slaac', 'dhcpv6-stateless'), false)) stored;

create table network.address_scope (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  ip_version smallint not null check (ip_version in (4, 6)),
  shared boolean not null,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index address_scope_of_project on network.address_scope (project_id);

create table network.subnet_pool (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  ip_version smallint not null check (ip_version in (4, 6)),
  prefixes cidr[] not null,
  default_prefixlen integer not null,
  min_prefixlen integer not null,
  max_prefixlen integer not null,
  -- What one project may take of it: IPv4 in addresses, IPv6 in blocks of /64; null: no limit.
  default_quota integer,
  shared boolean not null,
  is_default boolean not null,
  address_scope_id uuid references network.address_scope,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index subnet_pool_of_project on network.subnet_pool (project_id);
create index subnet_pool_of_scope on network.subnet_pool (address_scope_id);
create unique index subnet_pool_default on network.subnet_pool (ip_version) where is_default;

alter table network.subnet add column subnetpool_id uuid references network.subnet_pool;
alter table network.subnet add column service_types text[] not null default '{}';
create index subnet_of_pool on network.subnet (subnetpool_id);

-- Addresses besides its own that a port may use: `[{"ipAddress": …, "macAddress": …}]`.
alter table network.port add column address_pairs jsonb not null default '[]';
-- `[{"name": …, "value": …, "ipVersion": 4}]`
alter table network.port add column dhcp_options jsonb not null default '[]';
