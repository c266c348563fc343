-- Attributes that Neutron's every resource has: project_id, description, tags, revision, created_at, updated_at.
-- `applied_revision`: the revision that the engine was last given; null before the first time.

create sequence network.segment minvalue 1 maxvalue 16777215 cycle;

create table network.network (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  admin_state_up boolean not null,
  shared boolean not null,
  external boolean not null,
  is_default boolean not null,
  mtu integer not null,
  port_security_enabled boolean not null,
  network_type text not null,
  physical_network text,
  segmentation_id integer,
  tags text[] not null default '{}',
  revision integer not null default 0,
  applied_revision integer,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index network_of_project on network.network (project_id);
create index network_seen_by_all on network.network (id) where shared or external;

create table network.subnet (
  id uuid primary key,
  project_id text not null,
  network_id uuid not null references network.network on delete cascade,
  name text not null,
  description text not null,
  ip_version smallint not null check (ip_version in (4, 6)),
  cidr cidr not null,
  gateway_ip inet,
  enable_dhcp boolean not null,
  dns_nameservers jsonb not null,
  host_routes jsonb not null,
  ipv6_ra_mode text,
  ipv6_address_mode text,
  -- Where the search for a free address goes on: an address just given back is the last to be given again.
  next_address inet,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index subnet_of_network on network.subnet (network_id);
create index subnet_of_project on network.subnet (project_id);

create table network.allocation_pool (
  subnet_id uuid not null references network.subnet on delete cascade,
  first inet not null,
  last inet not null check (last >= first),
  primary key (subnet_id, first)
);

create table network.security_group (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  is_default boolean not null,
  stateful boolean not null,
  tags text[] not null default '{}',
  revision integer not null default 0,
  applied_revision integer,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index security_group_of_project on network.security_group (project_id);
create unique index security_group_default on network.security_group (project_id) where is_default;

create table network.security_group_rule (
  id uuid primary key,
  project_id text not null,
  security_group_id uuid not null references network.security_group on delete cascade,
  description text not null,
  direction text not null check (direction in ('ingress', 'egress')),
  ethertype text not null check (ethertype in ('IPv4', 'IPv6')),
  protocol text,
  port_range_min integer,
  port_range_max integer,
  remote_ip_prefix cidr,
  remote_group_id uuid references network.security_group on delete cascade,
  -- What makes two rules the same, in one text.
  fingerprint text not null,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (security_group_id, fingerprint)
);
create index security_group_rule_of_remote on network.security_group_rule (remote_group_id);

create table network.router (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  admin_state_up boolean not null,
  external_network_id uuid references network.network,
  enable_snat boolean not null,
  routes jsonb not null,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index router_of_project on network.router (project_id);
create index router_of_network on network.router (external_network_id);

create table network.port (
  id uuid primary key,
  project_id text not null,
  network_id uuid not null references network.network,
  name text not null,
  description text not null,
  admin_state_up boolean not null,
  mac text not null,
  device_id text not null,
  device_owner text not null,
  -- The router of which the port is a leg.
  router_id uuid references network.router,
  host_name text,
  vnic_type text not null,
  binding_profile jsonb not null,
  port_security_enabled boolean not null,
  dns_name text,
  -- The engine's last word on its data path.
  link_up boolean not null default false,
  status text not null check (status in ('ACTIVE', 'DOWN', 'N/A')),
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint port_mac unique (network_id, mac)
);
create index port_of_device on network.port (device_id);
create index port_of_project on network.port (project_id);
create index port_of_router on network.port (router_id);

create table network.ip_allocation (
  port_id uuid not null references network.port on delete cascade,
  subnet_id uuid not null references network.subnet,
  address inet not null,
  -- The order in which the port has its addresses.
  position smallint not null,
  constraint ip_allocation_address primary key (subnet_id, address)
);
create index ip_allocation_of_port on network.ip_allocation (port_id);

create table network.port_security_group (
  port_id uuid not null references network.port on delete cascade,
  security_group_id uuid not null references network.security_group,
  primary key (port_id, security_group_id)
);
create index port_of_security_group on network.port_security_group (security_group_id);

create table network.floating_ip (
  id uuid primary key,
  project_id text not null,
  description text not null,
  floating_network_id uuid not null references network.network,
  -- The port on the external network that holds the address.
  floating_port_id uuid not null references network.port,
  address inet not null,
  fixed_port_id uuid references network.port,
  fixed_address inet,
  router_id uuid references network.router,
  status text not null check (status in ('ACTIVE', 'DOWN', 'ERROR')),
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((fixed_port_id is null) = (fixed_address is null) and (fixed_port_id is null) = (router_id is null)),
  constraint floating_ip_of_fixed_address unique (fixed_port_id, fixed_address, floating_network_id)
);
create index floating_ip_of_project on network.floating_ip (project_id);
create index floating_ip_of_router on network.floating_ip (router_id);
create index floating_ip_of_floating_port on network.floating_ip (floating_port_id);

-- Limits that an administrator has set; the others are the defaults of domain/quotas.ts.
create table network.quota (
  project_id text not null,
  resource text not null,
  quota_limit integer not null,
  primary key (project_id, resource)
);
